"""In the field: a real server, a line that breaks, a slow phone. What is filed there arrives once, whole and in its cell."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
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
        rows = session.scalars(select(Attachment).where(Attachment.case_id == case.id))
        kept = [unseal_bytes(session, row, "content") for row in rows]
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

    phone.stand(*inside(0.6))
    phone.tap("[data-step-box=kept] .btn-primary")
    phone.tap(".gm-locate")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']:checked")
    phone.to_the_facts(f"{MARKER} 第二件")
    phone.add_photos(photo(1200, 900), photo(900, 1200, turned=3))
    phone.go_on()
    phone.see("[data-kept-no]")

    phone.stand(*inside(0.56))  # a few steps over the border
    phone.tap("[data-step-box=kept] .btn-primary")
    phone.tap(".gm-locate")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']:checked")
    phone.tap_map(ORIGIN[0] + 0.94 * SIDE, ORIGIN[1] + SIDE / 2)
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

    phone.open("/outbox")
    fieldwork.end_sign_ins(phone.account)
    phone.signal(True)
    phone.see("[data-outbox-sign-in]")
    assert phone.states() == ["waiting", "waiting", "draft"]
    assert fieldwork.cases_of(phone.account) == []
    phone.holds_nothing_plain()
    fieldwork.line.on_answer = fieldwork.server.kill
    sign_in_again(phone)
    phone.until("document.querySelector('[data-outbox-network]:not([hidden])')")
    while "sending" in phone.states() or not fieldwork.line.lost:
        phone.page.wait_for_timeout(100)
    assert b" 201 " in fieldwork.line.lost[0]
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


def to_the_receipt(phone: Walk) -> None:
    """File from the third step, with a signal or without."""
    phone.go_on()
    phone.see(".receipt-no:visible")


@pytest.mark.parametrize("signal", [True, False], ids=["signal", "none"])
def test_a_border_is_asked_about_outside_goes_to_the_queue_and_a_shifted_reading_finds_its_cell(
        walk: Callable[..., Walk], fieldwork: Fieldwork, signal: bool) -> None:
    phone = walk()
    phone.open("/file")
    phone.warm()
    phone.signal(signal)

    phone.stand(*BORDER, 38)
    phone.open_filing()
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']")
    offered = phone.page.locator("[data-gm-choices] input").all()
    assert [each.get_attribute("value") for each in offered] == [CELL, NEXT_CELL, "unsure"]
    assert phone.page.locator("[data-gm-choices] input:checked").count() == 0
    phone.go_on()
    assert phone.see(".error-summary a").get_attribute("href") == "#cell_code"
    phone.tap(f"[data-gm-choices] label:has(input[value='{NEXT_CELL}'])")
    phone.to_the_facts("交界处的事")
    to_the_receipt(phone)

    phone.stand(*OUTSIDE)
    phone.open_filing()
    phone.until("/1\\d\\d/.test(document.querySelector('[data-gm-say]').innerText)")  # so many metres from the nearest
    phone.tap("[data-gm-choices] label:has(input[value='unsure'])")
    phone.to_the_facts("格外的事")
    to_the_receipt(phone)

    shifted = wgs84_to_gcj02(*inside())
    phone.page.evaluate("localStorage.setItem('gridmediate-position-datum', 'gcj02')")
    phone.stand(*shifted)
    phone.open_filing()
    phone.see(f"[data-gm-choices] input[value='{CELL}']:checked")
    phone.to_the_facts("火星坐标的事")
    to_the_receipt(phone)

    phone.signal(True)
    phone.open("/outbox")
    phone.until(SENT)
    border, outside, mars = fieldwork.cases_of(phone.account)
    assert [case.cell_code for case in (border, outside, mars)] == [NEXT_CELL, None, CELL]
    assert (mars.datum, mars.raw_lon, mars.raw_lat) == (Datum.GCJ02, pytest.approx(shifted[0]), pytest.approx(shifted[1]))
    assert (mars.lon, mars.lat) == (pytest.approx(inside()[0], abs=1e-6), pytest.approx(inside()[1], abs=1e-6))
    assert abs(shifted[0] - inside()[0]) > SIDE / 2  # the reading itself lies in another cell


# -- everybody can use it ----------------------------------------------------------------------------------------------

#: Puts one item into each state that the outbox knows; the real ways there are the other tests'.
_EVERY_STATE = """async () => {
  const outbox = gridmediate.outbox, sealing = gridmediate.sealing, until = Date.now() + 9e8;
  const bytes = new Uint8Array(300000).buffer;
  for (const [n, state] of ['draft', 'waiting', 'sending', 'photos', 'needs', 'needs', 'sent'].entries()) {
    const key = sealing.uuid(), fields = [['facts', '楼上漏水' + n], ['cell_code', '']], refused = n === 5;
    await outbox.keep({key, kind: 'filing', fields, meta: {head: '邻里', category: '用水排水', cell: '第1网格'}});
    if (n < 6) { await outbox.photo(key, {photo_key: sealing.uuid(), bytes, mime: 'image/jpeg', width: 4, height: 3}); }
    const problems = {problems: [{code: 'x', sentence: '照片打不开，请换一张。', field: null}]};
    const said = state === 'needs' ? await sealing.sealWords(problems, 'said:' + key) : null;
    const more = {state, said, try_at: until, tries: n === 1 ? 3 : 0, begun_at: n ? Date.now() : 0};
    if (refused || state === 'photos' || state === 'sent') { more.case_no = 'LX-2026-0009'; }
    if (state === 'sent') { Object.assign(more, {sealed: null, sent_at: Date.now(), receipt_url: '/cases/X/receipt'}); }
    await outbox.inside.change(key, (was) => Object.assign({}, was, more));
  }
}"""


def look_over(phone: Walk, where: str, found: list[str]) -> None:
    """Let axe look at the screen as it is; evaluated, since the policy of the pages lets no other script in."""
    phone.page.evaluate(Axe().axe_script)
    rows = phone.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    found += [f"{where}: {row['id']}: {node['html'][:150]}" for row in rows for node in row["nodes"]]
    if not phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append(f"{where}: wider than the screen")


def test_axe_finds_nothing_on_any_screen_of_the_field(walk: Callable[..., Walk]) -> None:
    phone, found = walk(viewport={"width": 360, "height": 640}), list[str]()
    phone.open_filing()
    phone.warm()
    phone.see("[data-team] .seat")
    look_over(phone, "place", found)
    phone.go_on()
    look_over(phone, "category", found)
    phone.go_on()
    look_over(phone, "category refused", found)
    phone.tap("label.head-row:has(#head-02)")
    phone.tap(".subs-02 .tick-row")
    phone.go_on()
    phone.tap("label:has(#flag-threat)")
    phone.tap("label:has(#on_spot)")
    phone.tap("details.parties summary")
    phone.tap("details.more-flags summary")
    phone.add_photos(photo(400, 300))
    look_over(phone, "facts", found)
    phone.go_on()
    phone.see(".error-summary")
    look_over(phone, "facts refused", found)
    phone.page.locator("#facts").fill("302 和 202 为水管吵起来了")
    phone.tap("label:has(#on_spot)")  # nobody in danger is settled on the spot
    phone.signal(False)
    phone.see("[data-no-signal]")
    phone.go_on()
    phone.see("[data-kept-no]")
    look_over(phone, "phone's receipt", found)
    phone.open("/outbox")
    phone.page.evaluate(_EVERY_STATE)
    phone.see(".outbox-card--needs")
    look_over(phone, "outbox", found)
    phone.page.locator("[data-act=drop]:visible").first.tap()
    look_over(phone, "outbox, a question", found)
    phone.page.goto(f"{phone.fieldwork.home}/mine")
    phone.see("[data-offline-page]")
    look_over(phone, "offline", found)
    assert not found, "\n".join(found)


def test_tab_arrows_and_enter_alone_file_from_the_first_screen_to_the_receipt(walk: Callable[..., Walk]) -> None:
    phone = walk()
    keys = phone.page.keyboard
    phone.open("/today")

    def walk_to(what: str) -> None:
        for _ in range(80):
            keys.press("Tab")
            if phone.page.evaluate("(what) => document.activeElement.matches(`:is(${what}):focus-visible`)", what):
                return
        raise AssertionError(f"Tab does not reach {what}: {phone.page.evaluate('document.activeElement.outerHTML')}")

    walk_to("a[href='/file']")
    keys.press("Enter")
    phone.see("[data-team] .seat")
    walk_to(".step--place .foot-bar .btn-primary")
    keys.press("Enter")
    walk_to("[name=head]")
    keys.press("ArrowDown")
    walk_to("[name=t2_code]")
    keys.press("ArrowDown")
    walk_to(".step--category .foot-bar .btn-primary")
    keys.press("Enter")
    walk_to("#facts")
    keys.type("302 和 202 为水管吵起来了")
    walk_to(".step--facts .foot-bar .btn-primary")
    keys.press("Enter")
    phone.see("[data-receipt] ~ * .receipt-no")
    assert len(phone.fieldwork.cases_of(phone.account)) == 1
