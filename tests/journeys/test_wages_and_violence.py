"""Wages that nobody pays up to the county and back to a signed paper; violence at home from the first tick to a talk of four."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Role, Side
from gridmediate.services import sweep
from gridmediate.services.filing import PartyEntry
from gridmediate.store.models import Case, Task
from tests import builders
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.test_calls import answer
from tests.journeys.test_main_story import act, fill_minutes, hold

Sit = Callable[..., Screen]
#: Who leads where wages are owed, and whom the street calls.
LEAD, CALLED = "human_resources", ("police_station", "justice_office")
PHONE, CONTACT = "13812342071", "每周二下午到社区活动室当面说"


def a_street_with_a_wages_office(session: Session) -> None:
    """Make the tests' street, with somebody at the office that leads wage disputes."""
    builders.a_street(session)
    builders.an_account(session, Role.DEPARTMENT_STAFF, place=LEAD, login="wages", name="甲99", password=None)


@pytest.fixture
def office(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of each story's own: days pass in it."""
    office = Office(tmp_path_factory.mktemp("street"), chromium, a_street_with_a_wages_office)
    yield office
    office.close()


def day(office: Office, days: int = 0) -> str:
    return (office.now() + timedelta(days=days)).astimezone(LOCAL_ZONE).date().isoformat()


def task_of(office: Office, case_no: str, department: str) -> str:
    with office.store.reading() as session:
        return str(session.scalars(select(Task.id).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no, Task.department_code == department)).one())


def let_the_clocks_speak(office: Office, **span: float) -> None:
    """Let time pass, and the sweep come by as it does every few minutes."""
    office.let_pass(**span)
    sweep.sweep(office.store, office.now())


def call_both(leader: Screen, case_no: str) -> None:
    """Call two departments from the page of a case that was sent up."""
    leader.open(f"/cases/{case_no}").press("#calls a[href$='/calls/new']")
    for code in CALLED:
        leader.page.locator(f"[name=departments][value={code}]").check()
    leader.send("form[action$='/calls/new']", matter="beyond_powers", urgency="urgent", words="请到场核对工资表，当场答复怎么付")


def confirm_and_rate(leader: Screen, case_no: str, task: str, rating: str) -> None:
    leader.open(f"/cases/{case_no}").press(f"#tasks form[action$='{task}/confirm'] button")
    leader.press(f"#tasks a[href$='{task}/rating']").send(f"form[action$='{task}/rating']", rating=rating)


def test_wages_climb_go_up_call_two_departments_and_are_settled_on_paper(office: Office, sit: Sit) -> None:
    parties = (PartyEntry(Side.APPLICANT, "王小芳", PHONE), PartyEntry(Side.RESPONDENT, "某装修公司", "13912342072",
                                                                         is_organisation=True))
    case_no = office.file(cell_code=builders.CELL, t2_code="0701", facts="工地欠三个月工资", parties=parties,
                          flags=(Flag.MIGRANT_WAGES,))
    sit("cadre").open(f"/cases/{case_no}").press("#acts form[action$='/acts/accept'] button")
    lead = task_of(office, case_no, LEAD)
    answer(sit("housing", "phone"), task_of(office, case_no, "housing"), "done", "工地用工已核对")
    sit("wages", "phone").open(f"/tasks/{lead}").press("form[action$='/sign'] button")

    # The lead department is silent: its clock warns, is late, and the street hears.
    for hours, said, hearer in ((128, "快到期", "wages"), (64, "已超期", "cadre"), (24, "已报街道", "leader")):
        let_the_clocks_speak(office, hours=hours)
        heard = sit(hearer, "phone" if hearer == "wages" else "desk")
        assert said in heard.open("/notices").text(f".notices a[href*='{case_no}']"), hearer
        assert heard.open(f"/cases/{case_no}").count(f"#timeline li:has-text('{said}')") == 1, said

    cadre, leader = sit("cadre"), sit("leader")
    checked = task_of(office, case_no, "housing")
    cadre.open(f"/cases/{case_no}").press(f"#tasks form[action$='{checked}/confirm'] button")
    act(cadre, case_no, "escalate", level="street", tried="谈过两次，人社所没答复", asked="请叫派出所、司法所到场",
        until=day(office, 3))
    leader.open(f"/cases/{case_no}").press("#acts form[action$='/acts/take_up'] button")
    call_both(leader, case_no)
    for code, login in zip(CALLED, ("police", "justice"), strict=True):
        screen, task = sit(login, "phone"), task_of(office, case_no, code)
        screen.open("/tasks").press(f"tr:has-text('{case_no}') a.task-link")
        screen.press("form[action$='/sign'] button").open(f"/tasks/{task}").press("form[action$='/come'] button")
        assert screen.small_targets() == []
        answer(screen, task, "done", f"已到场，{login} 工资表核对过")
    for code, rating in zip(CALLED, ("satisfied", "fairly"), strict=True):
        confirm_and_rate(leader, case_no, task_of(office, case_no, code), rating)
    leader.press("#calls a[href$='/close']").send("form[action$='/close']", words="账已对清，社区签协议")
    assert leader.count("#calls .call-parts li") == 2

    # The lead answers at last; what was agreed is written down, signed, and kept on the spot.
    answer(sit("wages", "phone"), lead, "done", "欠款属实，已责令三日内付清")
    cadre.open(f"/cases/{case_no}").press(f"#tasks form[action$='{lead}/confirm'] button")
    hold(cadre, case_no, "单位当场转账")
    act(cadre, case_no, "agree_in_writing", terms="当场付清三个月工资")
    assert cadre.count("#acts a[href$='/acts/close']") == 0, "not before it is signed"
    cadre.send("form[action$='/agreement']", **{f"signed-{who}": day(office) for who in ("applicant", "respondent", "seal")})
    act(cadre, case_no, "close", result="工资已付清，双方无异议", sides_told=True)
    cadre.unfold("#timeline")
    for said in ("快到期", "已超期", "已报街道", "请到场核对工资表", "账已对清", "工资已付清"):
        assert said in cadre.text("#timeline"), said
    assert sit("wages", "phone").open(f"/cases/{case_no}").count("#calls .call-row") == 0, "who was called is no lead's matter"


def file_from_the_phone(worker: Screen) -> str:
    """File a quarrel of two who live together, with the flag and both names, and return its number."""
    worker.open("/file")
    page = worker.page
    page.locator("[data-gm-ready]").wait_for()
    page.locator("details[data-list] summary").click()
    page.locator("#cell_listed").select_option(builders.CELL)
    page.locator("[data-team] .seat").first.wait_for()
    worker.step_on()
    page.locator("label.head-row:has(#head-01)").click()
    page.locator(".subs-01 .tick-row").first.click()
    page.locator("[data-handlers]:visible .tag--primary").first.wait_for()
    worker.step_on()
    page.locator("#facts").fill("夫妻吵架，一方手臂有伤")
    page.locator("label:has(#flag-domestic_violence)").click()
    assert page.locator(".when-domestic_violence a[href='tel:110']").is_visible()
    page.locator("details.parties summary").click()
    typed = {"party-0-name": "王小芳", "party-0-phone": PHONE, "party-1-name": "李强", "party-1-phone": "13987654321"}
    for name, words in typed.items():
        page.locator(f"[name='{name}']").fill(words)
    return worker.receipt()


def test_violence_is_told_the_person_is_reached_unseen_and_nobody_talks_alone(office: Office, sit: Sit) -> None:
    worker, cadre, police = (sit(login, "phone", "en") for login in ("worker", "cadre", "police"))
    case_no = file_from_the_phone(worker)
    cadre.open(f"/cases/{case_no}").press("#acts form[action$='/acts/accept'] button")
    worker.open(f"/cases/{case_no}")
    assert worker.count("#safety .safety-steps > li") == 5
    assert worker.small_targets() == []

    # Told to the police: the words to read out name the place and the case, and nobody.
    worker.press("#safety a[href$='/acts/notify_police']")
    aloud = worker.text(".read-out")
    assert case_no in aloud
    assert "Suspected domestic violence" in aloud or "domestic violence" in aloud.lower()
    assert not [name for name in ("王小芳", "李强", PHONE) if name in aloud]
    worker.send("form[action$='/acts/notify_police']")
    assert worker.count("#safety a[href$='/acts/notify_police']") == 0
    worker.press("#safety form[action$='/safe_now'] button").press("#safety form[action$='/full_capacity'] button")

    # Reached unseen: from now on the phone is not shown, for no purpose that rings it.
    assert worker.count("#parties :text('138****2071')") == 1
    worker.page.locator("#safety .disclosure summary").first.click()
    worker.page.locator("#safety [name=party]").first.check()
    worker.send("#safety form[action$='/safe-contact']", safe_contact=CONTACT)
    assert CONTACT in worker.text("#safety .safe-contact")
    assert worker.count("#parties :text('138****2071')") == 0
    worker.page.locator("#parties .disclosure summary").first.click()
    worker.send("#parties form[action$='/parties']", purpose="约周三谈")
    assert "王小芳" in worker.text("#parties")
    assert PHONE not in worker.text("#parties")
    assert PHONE[-4:] not in worker.text("#parties")

    # Whoever answers for a department reads its own task, and nothing of how the person is reached.
    told = police.open(f"/cases/{case_no}").text("main")
    assert police.count("#tasks .task-row") >= 1
    assert not [words for words in (CONTACT, PHONE, PHONE[-4:], "王小芳") if words in told]
    assert police.count("#safety form") == 0

    # Nobody talks to them alone.
    cadre.open(f"/cases/{case_no}").press("#acts a[href$='/sessions/note']")
    fill_minutes(cadre, "分开谈过，先各住各的")
    with cadre.refused(422):
        cadre.press("main form[method=post] .btn-primary")
        assert cadre.count("[data-error-summary] a[href='#team']") == 1
    cadre.page.locator("[name=team]").nth(1).check()
    cadre.press("main form[method=post] .btn-primary")
    assert "先各住各的" in cadre.text("#timeline")
