"""In the field: a real server, a line that breaks, a slow phone; what was filed there arrives once, whole, in its cell, and nothing was readable on the way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from sqlalchemy import func, select

from gridmediate.domain.vocabulary import Datum
from gridmediate.geo.datums import wgs84_to_gcj02
from gridmediate.store.encryption import unseal, unseal_bytes
from gridmediate.store.field import PhotoPart
from gridmediate.store.models import Case
from gridmediate.store.people_in_case import Attachment
from tests.builders import CELL, NEXT_CELL, ORIGIN, PASSWORD, SIDE, inside
from tests.journeys.fieldwork import MARKER, PHONE, Fieldwork, Walk
from tests.rig.world import make_street
from tests.services.pictures_sent import PLACE, photo

pytestmark = pytest.mark.slow

SENT = "(async () => (await gridmediate.outbox.list()).every((each) => each.state === 'sent'))()"
BORDER = (ORIGIN[0] + SIDE, ORIGIN[1] + SIDE / 2)
OUTSIDE = (ORIGIN[0] - SIDE / 3, ORIGIN[1] + SIDE / 2)


@pytest.fixture(scope="module")
def fieldwork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fieldwork]:
    """One served street for all that is done in the field."""
    file = tmp_path_factory.mktemp("field") / "field.sqlite3"
    make_street(f"sqlite:///{file}")
    fieldwork = Fieldwork(file)
    yield fieldwork
    fieldwork.close()


@pytest.fixture
def walk(fieldwork: Fieldwork, chromium: Any) -> Iterator[Callable[..., Walk]]:
    """Return the phone of a worker of the first two cells; no page of it may have thrown anything."""
    walks: list[Walk] = []

    def make(*, slow: float = 1, **options: Any) -> Walk:
        phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "permissions": ["geolocation"]}
        context = chromium.new_context(**phone | options)
        account = fieldwork.worker()
        walks.append(Walk(fieldwork, context, account, slow=slow))
        walks[-1].stand(*inside())
        return walks[-1]

    yield make
    for each in walks:
        each.context.close()
    complaints = [said for each in walks for said in each.complaints]
    assert not complaints, "\n".join(complaints)


def photos_of(fieldwork: Fieldwork, case: Case) -> list[Image.Image]:
    """Return the pictures of a case as they are kept, having looked that nothing of the phone is left in them."""
    with fieldwork.store.reading() as session:
        kept = [unseal_bytes(session, row, "content") for row in session.scalars(select(Attachment).where(Attachment.case_id == case.id))]
    for content in kept:
        assert b"PHONE-M" not in content
        assert PLACE.encode() not in content
    pictures = [Image.open(io.BytesIO(content)) for content in kept]
    for picture in pictures:
        picture.load()
        assert (dict(picture.getexif()), picture.info.get("comment")) == ({}, None)
    return pictures


def test_three_filings_made_without_signal_survive_tab_sign_in_and_server_and_arrive_once_and_whole(
        walk: Callable[..., Walk], fieldwork: Fieldwork) -> None:
    phone = walk(slow=4)
    phone.open("/today")
    phone.warm()
    phone.signal(False)

    phone.open_filing()
    phone.see(f"[data-gm-choices] input[value='{CELL}']:checked")
    phone.page.locator("#address").fill(f"{MARKER} 3 幢 302")
    phone.to_the_facts(f"{MARKER} 第一件")
    phone.tap("details.parties summary")
    phone.page.locator("#party-0-name").fill(f"王{MARKER}")
    phone.page.locator("#party-0-phone").fill("13812342071")
    phone.add_photos(photo(1600, 1200, turned=6))
    phone.go_on()
    phone.see("[data-kept-no]")
    phone.holds_nothing_plain()

    phone.stand(*inside(1))
    phone.tap("[data-step-box=kept] .btn-primary")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']:checked")
    phone.to_the_facts(f"{MARKER} 第二件")
    phone.add_photos(photo(1200, 900), photo(900, 1200, turned=3))
    phone.go_on()
    phone.see("[data-kept-no]")

    phone.tap("[data-step-box=kept] .btn-primary")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']:checked")
    phone.tap_map(0.3, 0.6)
    phone.see(f"[data-gm-choices] input[value='{CELL}']:checked")
    phone.to_the_facts(f"{MARKER} 第三件")
    phone.add_photos(photo(800, 600))
    phone.page.wait_for_timeout(600)
    phone.die()
    phone.open("/outbox")
    assert phone.states() == ["waiting", "waiting", "draft"]
    assert phone.see("[data-locked]")
    assert MARKER not in phone.page.content()
    phone.holds_nothing_plain()
    phone.open_filing()
    phone.see("[data-draft-offer]:visible")

    fieldwork.end_sign_ins(phone.account)
    phone.signal(True)
    phone.open("/outbox")
    assert phone.states() == ["waiting", "waiting", "draft"]
    assert fieldwork.cases_of(phone.account) == []
    phone.holds_nothing_plain()
    fieldwork.line.on_answer = fieldwork.server.kill
    sign_in_again(phone)
    phone.until("gridmediate.outbox.counts.waiting === 2")
    while not fieldwork.line.lost:
        phone.page.wait_for_timeout(50)
    assert len(fieldwork.cases_of(phone.account)) == 1
    assert phone.states() == ["waiting", "waiting", "draft"]
    phone.holds_nothing_plain()

    fieldwork.server.start()
    phone.tap("[data-outbox-again]")
    phone.until("gridmediate.outbox.counts.waiting === 0 && gridmediate.outbox.counts.sent_today === 2")
    phone.tap("[data-act=go-on]")
    assert phone.see("#facts").input_value() == f"{MARKER} 第三件"
    phone.go_on()
    number = phone.see("[data-receipt] ~ * .receipt-no").inner_text()
    phone.open("/outbox")
    phone.until(SENT)
    phone.holds_nothing_plain()
    hold(fieldwork, phone, number)


def sign_in_again(phone: Walk) -> None:
    """Sign in with the password, by the way that the outbox shows."""
    phone.tap("[data-outbox-sign-in] a")
    phone.page.locator("[name=login]").fill(phone.account.login)
    phone.page.locator("[name=password]").fill(PASSWORD)
    phone.page.locator("main button.btn-primary").tap()
    phone.see("[data-outbox-all]")


def hold(fieldwork: Fieldwork, phone: Walk, number: str) -> None:
    """Check what the server has in the end, and that the phone has the receipts of just that."""
    cases = fieldwork.cases_of(phone.account)
    with fieldwork.store.reading() as session:
        told = {unseal(session, case, "facts").removeprefix(f"{MARKER} "): case for case in map(session.merge, cases)}
        assert session.scalar(select(func.count()).select_from(PhotoPart)) == 0
    assert {name: case.cell_code for name, case in told.items()} == {"第一件": CELL, "第二件": NEXT_CELL, "第三件": CELL}
    assert len(cases) == 3
    sizes = {name: sorted(picture.size for picture in photos_of(fieldwork, case)) for name, case in told.items()}
    assert sizes == {"第一件": [(1200, 1600)], "第二件": [(900, 1200), (1200, 900)], "第三件": [(800, 600)]}
    assert told["第三件"].case_no == number
    assert {each["case_no"] for each in phone.outbox()} == {case.case_no for case in cases}
    assert not fieldwork.world.faults()
