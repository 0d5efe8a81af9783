"""Everything that people and files can name holds a payload; no page, popup or list of any role runs or draws one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.tasks import AnswerKind, ReturnReason
from gridmediate.domain.vocabulary import Part, Side
from gridmediate.domain.workflow import Act, Needs
from gridmediate.services import handling, parties, tasks, teams
from gridmediate.services.asked import ActWords
from gridmediate.services.filing import PartyEntry
from gridmediate.store.encryption import seal
from gridmediate.store.models import Account, Area, Case, Cell, Department, Home, Party, Task
from tests import builders
from tests.journeys.office import Office
from tests.journeys.payloads import PAYLOADS, packed
from tests.journeys.screen import Screen

Sit = Callable[..., Screen]
ALL = packed(100_000)[0]
_INJECTED = """() => Array.from(document.querySelectorAll('*')).filter((each) =>
  each.hasAttribute('data-xss') || /^(iframe|object|embed|base|marquee|math|audio|video|portal|animate)$/.test(each.localName)
  || Array.from(each.attributes).some((own) => /^on|^hx-on/.test(own.name)
    || /^(href|src|action|formaction|data)$/.test(own.localName)
    && /^\\s*(javascript|vbscript|data:text|\\/\\/evil)/i.test(own.value))
).map((each) => each.outerHTML.slice(0, 140))"""


def a_hostile_street(session: Session) -> None:
    """Make the small street, and give everything in it that has a name a part of the corpus for a name."""
    builders.a_street(session)
    for kind in (Cell, Area, Account, Department):
        rows, texts = session.scalars(select(kind)).all(), packed(len(ALL) // 4 + 200)
        for at, row in enumerate(rows):
            row.name = row.name_en = f"{at} {texts[at % len(texts)]}"  # type: ignore[attr-defined]
    session.get_one(Home, 1).name = packed(400)[0]


@pytest.fixture(scope="module")
def hostile(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office where every name, story, answer and reason is hostile."""
    office = Office(tmp_path_factory.mktemp("hostile"), chromium, a_hostile_street)
    yield office
    office.close()


@pytest.fixture
def sit(hostile: Office) -> Iterator[Sit]:
    """Return screens of the hostile street."""
    screens: list[Screen] = []

    def make(login: str, size: str = "desk", **options: Any) -> Screen:
        screens.append(hostile.sit(login, size, **options))
        return screens[-1]

    yield make
    hostile.tidy()
    faults = [fault for screen in screens for fault in screen.faults]
    assert not faults, "\n".join(faults)


def look(screen: Screen, path: str = "") -> None:
    """Open a page, let its scripts fetch what they fetch, and see that nothing of the corpus became markup."""
    if path:
        screen.open(path)
    if screen.count("[data-preview], [data-find]"):
        screen.page.wait_for_load_state("networkidle")
    screen.look()
    assert screen.page.evaluate(_INJECTED) == [], screen.page.url


@pytest.fixture(scope="module")
def cases(hostile: Office) -> dict[str, str]:
    """Cases at each point of their life, every text of which is hostile: number by what it shows."""
    names = packed(60)
    sides = tuple(PartyEntry(Side.APPLICANT if at % 2 else Side.RESPONDENT, name) for at, name in enumerate(names[:6]))
    made = {
        name: hostile.file(
            cell_code=builders.CELL if name != "unplaced" else None,
            is_unsure=name == "unplaced",
            facts=facts,
            address=packed(200)[0],
            parties=sides,
            t2_code="0201",
        )
        for name, facts in zip(
            ("filed", "sent", "answered", "returned", "ruling", "settled", "unplaced"), packed(2000) * 3, strict=False
        )
    }
    words = {need: packed(2000)[at % 3] for at, need in enumerate(Needs)} | {Needs.ROUTES_TOLD: "1", Needs.SIDES_TOLD: "1"}

    def act(name: str, act: Act) -> None:
        hostile.do(handling.act_on_case, made[name], ActWords(act, None, words), by="cadre")

    for name in ("sent", "answered", "returned", "ruling", "settled"):
        act(name, Act.ACCEPT)
    for text in packed(2000):
        hostile.do(handling.note, made["filed"], text, by="cadre")
    hostile.do(
        teams.add_department, made["answered"], "urban_management", Part.SUPPORT, packed(120)[0], packed(200)[0], None, by="cadre"
    )
    hostile.do(parties.unmask, made["filed"], packed(200)[1], by="cadre")
    _let_departments_answer(hostile, made)
    for name in (Act.NOTE_SESSION, Act.AGREE_ORALLY):
        act("settled", name)
    _seal_everything(hostile)
    return made


def _let_departments_answer(office: Office, made: dict[str, str]) -> None:
    given = tasks.Answer(AnswerKind.DONE, packed(2000)[0])
    for name in ("answered", "settled"):
        for key, department in _tasks(office, made[name]):
            office.do(tasks.answer, key, given, None, by=department)
            if name == "settled":
                office.do(tasks.confirm, key, None, by="cadre")
    for turn in range(2):
        for name in ("returned", "ruling")[turn:]:
            key, department = _tasks(office, made[name])[-1]
            office.do(tasks.send_back, key, ReturnReason.NOT_OURS, packed(2000)[1], None, by=department)
            if name == "ruling" and not turn:
                office.do(tasks.assign_again, key, department_code(department), packed(2000)[2], None, by="cadre")


def department_code(login: str) -> str:
    """Return the department that the builders' person answers for."""
    return {"housing": "housing", "urban": "urban_management", "police": "police_station", "justice": "justice_office"}[login]


def _tasks(office: Office, case_no: str) -> list[tuple[Any, str]]:
    people = {"housing": "housing", "urban_management": "urban", "police_station": "police", "justice_office": "justice"}
    with office.store.reading() as session:
        found = session.execute(select(Task.id, Task.department_code).join(Case).where(Case.case_no == case_no).order_by(Task.id))
        return [(key, people[code]) for key, code in found if code in people]


def _seal_everything(office: Office) -> None:
    """Put the whole corpus where the forms' limits let only a part of it in, as an import from elsewhere might."""
    with office.store.writing() as session:
        for kind, columns in (
            (Case, ("title", "address", "result")),
            (Party, ("name", "phone", "address")),
            (Task, ("ask", "answer", "return_words")),
        ):
            for row in session.scalars(select(kind)):
                for column in columns:
                    if column in ("title", "ask", "name") or getattr(row, f"{column}_sealed") is not None:
                        seal(session, row, column, ALL)


def test_the_corpus_is_worth_its_name() -> None:
    assert len(set(PAYLOADS)) >= 100
    assert all(payload in ALL for payload in PAYLOADS)


def test_the_watch_sees_what_would_run(hostile: Office) -> None:
    stranger = hostile.sit("").open("/sign-in")
    stranger.page.evaluate("text => { document.body.innerHTML = text; }", ALL)
    assert len(stranger.page.evaluate(_INJECTED)) > 50
    stranger.page.wait_for_timeout(300)
    assert any("policy: script-src" in fault for fault in stranger.faults)
    hostile.tidy()


def test_nothing_runs_on_the_pages_of_the_community(sit: Sit, cases: dict[str, str]) -> None:
    cadre = sit("cadre")
    for path in (
        "/cases",
        "/cases/unplaced",
        "/cases/closed",
        f"/cases?q={quote(packed(60)[0])}",
        f"/cases?cell={quote(PAYLOADS[6])}&community={quote(PAYLOADS[5])}&after={quote(PAYLOADS[10])}",
    ):
        look(cadre, path)
    for case_no in cases.values():
        look(cadre, f"/cases/{case_no}")
    for name, act in (("filed", "accept"), ("filed", "not_accept"), ("returned", "record_refusal"), ("settled", "close")):
        look(cadre, f"/cases/{cases[name]}/acts/{act}")
    look(cadre, f"/cases/{cases['answered']}/team")
    look(cadre, f"/cases/{cases['unplaced']}/place")


def test_nothing_runs_on_the_pages_of_workers_and_departments(sit: Sit, cases: dict[str, str], hostile: Office) -> None:
    worker, dept = sit("worker", "phone"), sit("housing")
    for path in ("/today", "/mine", "/mine?closed=1", f"/cases/{cases['filed']}/receipt", f"/cases/{cases['answered']}"):
        look(worker, path)
    for tab in ("to_sign", "in_progress", "answered", "returned"):
        look(dept, f"/tasks?tab={tab}&community={quote(PAYLOADS[7])}")
    key = _tasks(hostile, cases["answered"])[0][0]
    look(dept, f"/tasks/{key}")
    returned = _tasks(hostile, cases["returned"])[-1][0]
    look(sit("cadre"), f"/tasks/{returned}/assign_again")


def test_nothing_runs_in_the_maps_and_their_popups(sit: Sit, cases: dict[str, str]) -> None:
    leader, worker = sit("leader"), sit("worker")
    for view in ("/map", "/map?measure=alert", f"/map?measure={quote(PAYLOADS[3])}&month={quote(PAYLOADS[4])}"):
        leader.open(view).page.locator("[data-gm-ready]").wait_for()
        for row in leader.page.locator(".gm-rank").all():
            row.click()
            assert leader.count(".gm-pop h3") == 1
            look(leader)
        leader.page.locator(".gm-cell").first.hover()
        look(leader)
    for path in ("/map?view=table", "/tasks/rulings", "/cases", f"/cases?cell={builders.CELL}", f"/cases/{cases['answered']}"):
        look(leader, path)
    worker.open("/file").page.locator("[data-gm-ready]").wait_for()
    lon, lat = builders.inside()
    worker.page.evaluate("([lon, lat]) => document.querySelector('[data-placemap]').placeMap.tap(L.latLng(lat, lon))", [lon, lat])
    worker.page.locator("[data-team] .seat").first.wait_for()
    look(worker)
    look(sit("coordinator", "phone"), "/map?view=table")


def test_nothing_typed_comes_back_as_markup(sit: Sit, cases: dict[str, str], hostile: Office) -> None:
    cadre, dept, stranger = sit("cadre"), sit("housing"), sit("")
    form = "form[action$='/acts/not_accept']"
    for text in packed(2000):
        with cadre.refused(422):
            cadre.open(f"/cases/{cases['filed']}/acts/not_accept").send(form, reason=text, referral="")
            look(cadre)
        assert cadre.page.locator(f"{form} [name=reason]").input_value() == text
    with cadre.refused(422):
        cadre.open(f"/cases/{cases['unplaced']}/place").send("form[action$='/place']", reason=packed(80)[0])
        look(cadre)
    key = _tasks(hostile, cases["sent"])[0][0]
    with dept.refused(422):
        dept.open(f"/tasks/{key}/send_back").send("form[action$='/send_back']", return_words=packed(2000)[1])
        look(dept)
    for text in packed(200)[:2]:
        stranger.open(f"/sign-in?next={quote(text)}")
        with stranger.refused(401), stranger.refused(422), stranger.refused(429):
            stranger.send("form.fields", login=text[:60], password=text[:60])
            look(stranger)
        with stranger.refused(404):
            look(stranger, f"/{quote(text)}")


def test_nothing_runs_in_the_rooms_behind(sit: Sit, cases: dict[str, str], hostile: Office, tmp_path: Path) -> None:
    admin, auditor = sit("administrator"), sit("auditor", "phone")
    person = hostile.account("worker").id
    for path in ("/grid", "/rosters", "/rosters/new", "/coverage", "/people", "/people/new", f"/people/{person}", "/rules"):
        look(admin, path)
    for path in ("/audit", f"/audit?case_no={quote(packed(24)[0])}", f"/audit?case_no={cases['filed']}"):
        with auditor.refused(422):
            look(auditor, path)
    look(admin, "/grid/import")
    file = a_hostile_file(tmp_path)
    admin.page.locator("main input[type=file]").set_input_files(file)
    admin.press("main form button.btn-primary")
    look(admin)
    for _ in range(2):
        if admin.count("[data-faultsmap]"):
            break
        admin.press("main form button.btn-primary")
    admin.page.locator("[data-gm-ready]").wait_for()
    for shown in admin.page.locator("[data-gm-show]").all()[:3]:
        shown.click()
    look(admin)


def a_hostile_file(folder: Path) -> Path:
    """Return a file of cells that overlap, whose codes, names, fields and own name are hostile."""
    west, south = builders.ORIGIN
    cells = []
    for at, text in enumerate(packed(2000)):
        x = west + at * builders.SIDE * 0.9
        ring = [
            [x, south],
            [x + builders.SIDE, south],
            [x + builders.SIDE, south + builders.SIDE],
            [x, south + builders.SIDE],
            [x, south],
        ]
        named = {"code": builders.CELL if at < 2 else PAYLOADS[at][:40], "name": text, PAYLOADS[6]: text}
        cells.append({"type": "Feature", "properties": named, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    path = folder / "cells'\"><img src=x onerror=alert(1)>.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": cells}), encoding="utf-8")
    return path
