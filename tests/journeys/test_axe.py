"""The resident's pages and the worker's home as axe sees them: one story in one browser, every finding told at once.

Evaluated, not loaded: the policy of the pages lets no script in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.demo.people import HOME_CELL
from gridmediate.domain.permissions import Actor
from gridmediate.domain.residents import Saying
from gridmediate.domain.sittings import Plan
from gridmediate.domain.workflow import Act
from gridmediate.services import gazetteer_sheets, sessions
from gridmediate.services.grid import grid_of
from gridmediate.store.models import MediationRequest
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.services.pictures_sent import drawn, written

Sit = Callable[..., Screen]

pytestmark = pytest.mark.slow

#: What is open to whoever comes by, and what needs no more than a sign-in: who, at which screen, where.
PAGES = [
    ("", "phone", f"/c/{HOME_CELL}"), ("", "phone", "/about"), ("", "phone", "/sign-in"), ("", "phone", "/follow"),
    ("worker", "phone", "/today"), ("worker", "phone", "/mine"), ("worker", "phone", "/mine?desk=cell"),
    ("worker", "phone", "/requests"), ("worker", "phone", "/cells"), ("worker", "phone", f"/cells/{HOME_CELL}/poster"),
    ("worker", "phone", "/account/sign-ins"), ("worker", "phone", "/my/phone-position"), ("leader", "phone", "/map"),
    ("leader", "desk", "/cell-notices"), ("leader", "phone", "/cell-notices/new"), ("admin", "desk", "/grid/phones"),
    ("admin", "phone", "/grid/phones"), ("admin", "desk", "/grid/basemap"), ("admin", "phone", "/gazetteer"),
    ("admin", "desk", "/gazetteer/import"),
]
_FIND = """() => axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map(
  (each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`))"""


class Ear:
    """What axe says of each page, kept until the end of the story."""

    def __init__(self) -> None:
        self.script = Axe().axe_script
        self.found: dict[str, list[str]] = {}

    def hear(self, screen: Screen, name: str = "") -> None:
        """Note what axe finds on the page as it stands, and which controls a finger would miss."""
        screen.page.evaluate(self.script)
        found = screen.page.evaluate(_FIND) + (screen.small_targets() if screen.is_phone else [])
        if found:
            self.found[name or screen.page.url.removeprefix(screen.home)] = found


def test_axe_finds_nothing_on_the_pages_of_residents_and_of_the_worker(office: Office, sit: Sit, tmp_path: Path) -> None:
    ear = Ear()
    screens: dict[tuple[str, str], Screen] = {}

    def of(who: str, size: str) -> Screen:
        if (who, size) not in screens:
            screens[who, size] = sit(who, size)
        return screens[who, size]

    resident, worker, admin = of("", "phone"), of("worker", "phone"), of("admin", "desk")
    _ask(resident, ear)
    number, code = (resident.page.locator(".slip dd").nth(each).inner_text() for each in range(2))
    for who, size, path in PAGES:
        ear.hear(of(who, size).open(path), f"{who} {size} {path}")
    case_no = _check(office, worker, ear, number)
    _follow(office, resident, ear, case_no, (number, code))
    for screen in (worker, of("cadre", "desk")):
        ear.hear(screen.open(f"/cases/{case_no}"))
    ear.hear(worker.press("#follow-code button"), "the slip")
    _look_up(office, admin, ear, tmp_path)
    assert ear.found == {}


def _ask(resident: Screen, ear: Ear) -> None:
    ear.hear(resident.open(f"/ask/{HOME_CELL}"))
    with resident.refused(422):
        resident.send("form.fields", facts="楼上漏水", phone="13812342071")
    ear.hear(resident, "the form with faults")
    resident.send("form.fields", place="三栋201", name="周六一", consents=True)
    ear.hear(resident, "the receipt of asking")


def _check(office: Office, worker: Screen, ear: Ear, number: str) -> str:
    with office.store.reading() as session:
        key = session.scalars(select(MediationRequest.id).where(MediationRequest.request_no == number)).one()
    ear.hear(worker.open(f"/requests/{key}"), "a request")
    worker.send("form[action$='/file']", t2_code="0201")
    ear.hear(worker, "the receipt of filing")
    return worker.text(".receipt-no")


def _follow(office: Office, resident: Screen, ear: Ear, case_no: str, slip: tuple[str, str]) -> None:
    resident.open("/follow")
    with resident.refused(422):
        resident.send("form.fields", number=case_no, code="AAAA-AAAA")
    ear.hear(resident, "a wrong code")
    resident.send("form.fields", number=slip[0], code=slip[1])
    office.act(case_no, Act.ACCEPT)
    begins = office.now() + timedelta(days=1)
    office.do(sessions.plan, case_no, Plan(begins, begins + timedelta(hours=1), room="四号"), by="cadre")
    ear.hear(resident.open("/follow"), "a meeting")
    for kind in Saying:
        ear.hear(resident.open(f"/follow/say/{kind}"))
    resident.open(f"/follow/say/{Saying.PAPER}").page.set_input_files(
        "[name=picture]", {"name": "a.png", "mimeType": "image/png", "buffer": written(drawn(300, 250), "PNG")})
    resident.press("form.fields button.btn-primary")
    resident.open(f"/follow/say/{Saying.STOP}").send("form.fields", words="不调了")
    ear.hear(resident, "stopped")
    ear.hear(resident.open("/follow/my-data"))


def _look_up(office: Office, admin: Screen, ear: Ear, folder: Path) -> None:
    admin.open("/gazetteer").send("main form", q="jxhy3")
    ear.hear(admin, "the gazetteer tried")
    book = folder / "places.xlsx"
    book.write_bytes(office.do(_sheet, by="admin"))
    admin.open("/gazetteer/import").page.set_input_files("[type=file]", book)
    ear.hear(admin.press("main form button.btn-primary"), "the plan of an import")


def _sheet(session: Session, actor: Actor, now: datetime) -> bytes:
    return gazetteer_sheets.places_as_sheet(session, grid_of(session, now), actor)
