"""A case to its lawful end, over months: instalments, one of them late, made good, followed up, archived; and what goes up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.case_words import Act
from gridmediate.domain.vocabulary import LOCAL_ZONE, Side
from gridmediate.services import tasks
from gridmediate.services.filing import PartyEntry
from gridmediate.store.models import Case, Task
from tests import builders
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.test_main_story import PLACES, act, hold

Sit = Callable[..., Screen]


@pytest.fixture
def office(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of each story's own: months pass in it."""
    office = Office(tmp_path_factory.mktemp("months"), chromium, builders.a_street)
    yield office
    office.close()


def filed(office: Office, **given: object) -> str:
    parties = (PartyEntry(Side.APPLICANT, "王小芳", "13812342071"), PartyEntry(Side.RESPONDENT, "李大勇", "13912342072"))
    return office.file(cell_code=builders.CELL, parties=parties, **given)


def finish_tasks(office: Office, case_no: str) -> None:
    """Let the departments answer, and the cadre confirm."""
    with office.store.reading() as session:
        rows = session.execute(select(Task.id, Task.department_code).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no)).all()
    for task_id, department in rows:
        given = tasks.Answer(tasks.AnswerKind.DONE, "已上门查看")
        office.do(tasks.answer, task_id, given, None, by=office.staff_of(department))
        office.do(tasks.confirm, task_id, None, by="cadre")


def day(office: Office, days: int = 0) -> str:
    return (office.now() + timedelta(days=days)).astimezone(LOCAL_ZONE).date().isoformat()


@PLACES
def test_a_leak_is_settled_in_instalments_kept_late_followed_up_and_archived(
        office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = filed(office)
    cadre = sit("cadre", size, language)
    cadre.open(f"/cases/{case_no}").press("#parties a.row-act")
    cadre.send("main form", willingness="willing", notice_on=day(office), notice_how="spoken", mediator_choice="accepts")
    assert cadre.small_targets() == [] or size == "desk"
    office.act(case_no, Act.ACCEPT)
    finish_tasks(office, case_no)
    hold(cadre, case_no, "楼上愿意分两期赔")

    # A sum without a day for its first instalment is refused, and nothing that was typed is lost.
    cadre.open(f"/cases/{case_no}").unfold("#acts").press("#acts a[href$='/acts/agree_in_writing']")
    form = "form[action$='/acts/agree_in_writing']"
    clause = {"clause-0-what": "赔偿装修损失", "clause-0-amount": "1,200.00", "clause-0-times": "2"}
    with cadre.refused(422):
        cadre.send(form, terms="楼上分两期赔 1,200 元", **clause | {"clause-0-amount": "1200"})
    assert cadre.count("[data-error-summary] a[href='#clause-0-due']") == 1
    assert cadre.page.locator(f"{form} [name='clause-0-what']").input_value() == "赔偿装修损失"
    cadre.send(form, **{"clause-0-due": day(office, 10)})
    assert cadre.count("#agreement .clause") == 2
    assert cadre.count("#acts a[href$='/acts/close']") == 0

    # In force with the last signature and the seal.
    sign = "form[action$='/agreement']"
    cadre.send(sign, **{"signed-applicant": day(office), "signed-seal": day(office)})
    assert cadre.count(sign) == 1
    cadre.send(sign, **{"signed-respondent": day(office)})
    assert cadre.count(sign) == 0

    cadre = pass_days(office, sit, 9, size, language)
    settle(cadre, case_no, 0, "kept", "转账记录已看")
    cadre = pass_days(office, sit, 40, size, language)
    assert cadre.open(f"/cases/{case_no}").count("#agreement .clause.late") == 1
    settle(cadre, case_no, 1, "broken", "电话问过，说月底给")
    assert cadre.count("#agreement .status--overdue") == 1
    settle(cadre, case_no, 1, "kept", "收条已看")
    act(cadre, case_no, "close", result="分两期付清，迟了几天", sides_told=True)

    # Followed up with one question to both sides; then, and not before, it is archived.
    assert cadre.count("#acts a[href$='/acts/archive']") == 0
    cadre = pass_days(office, sit, 28, size, language)
    cadre.open("/follow-ups").press(f".follow-ups a:has-text('{case_no}')")
    with cadre.refused(422):
        cadre.send("main form", kept="no", applicant_says="satisfied", respondent_says="fairly")
    cadre.send("main form", kept="yes")
    assert cadre.count("#follow-ups a.btn") == 0
    act(cadre, case_no, "archive")
    assert cadre.count(".stepper li.done") >= 7
    assert cadre.count("#acts a[href$='/acts/reopen']") == 1


def settle(cadre: Screen, case_no: str, place: int, state: str, proof: str) -> None:
    """Record a clause from the case's page."""
    cadre.open(f"/cases/{case_no}")
    row = cadre.page.locator("#agreement .clause").nth(place)
    row.locator("summary").click()
    row.locator(f"input[name=state][value={state}]").check()
    row.locator("[name=proof]").fill(proof)
    with cadre.page.expect_navigation():
        row.locator("form button").click()
    cadre.look()


def pass_days(office: Office, sit: Sit, days: int, size: str, language: str) -> Screen:
    """Let days pass; everybody has been signed out meanwhile and signs in again."""
    office.let_pass(days=days)
    return sit("cadre", size, language)


@PLACES
def test_one_who_refused_is_mediated_again_only_with_both_sides_consent(
        office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = filed(office)
    cadre = sit("cadre", size, language)
    act(cadre, case_no, "record_refusal", reason="被申请人说不想谈", routes_told=True)
    act(cadre, case_no, "reopen", reason="双方又愿意谈了")
    assert cadre.count("#acts form[action$='/acts/form_team']") == 0
    for place in (0, 1):
        cadre.open(f"/cases/{case_no}")
        with cadre.page.expect_navigation():
            cadre.page.locator("#parties a.row-act").nth(place).click()
        cadre.send("main form", willingness="willing")
    cadre.press("#acts form[action$='/acts/form_team'] button")
    assert cadre.count("#tasks .task-row") >= 1


@PLACES
def test_who_owns_the_land_is_for_the_government_to_say_and_the_parties_are_told_where(
        office: Office, sit: Sit, language: str, size: str) -> None:
    cadre, worker = sit("cadre", size, language), sit("worker", "phone", language)
    ownership = filed(office, facts="两家都说这块林地是自家的，要求定归属", t2_code="0903")
    cadre.open(f"/cases/{ownership}").unfold("#acts").press("#acts a[href$='/acts/not_accept']")
    where = cadre.page.locator("[name=referral]").input_value()
    assert ("人民政府" if language == "zh" else "government") in where
    assert ("三十日" if language == "zh" else "30 days") in where
    cadre.send("form[action$='/acts/not_accept']", reason="要求确定权属，依法先由人民政府处理")
    assert where in worker.open(f"/cases/{ownership}").text("main")
    # What turns out to be one after it was taken up is referred, with the same words ready.
    later = filed(office, facts="说好谈补偿，后来改口要争山界", t2_code="0903")
    office.act(later, Act.ACCEPT)
    cadre.open(f"/cases/{later}").unfold("#acts").press("#acts a[href$='/acts/refer']")
    assert cadre.page.locator("[name=referral]").input_value() == where
    cadre.send("form[action$='/acts/refer']", reason="双方争的是山界归属")
    assert cadre.count(".page-head .status--ended") == 1


@PLACES
def test_what_the_cell_cannot_settle_goes_up_and_comes_down_with_advice(
        office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = filed(office)
    office.act(case_no, Act.ACCEPT)
    cadre, leader, county = (sit(who, size, language) for who in ("cadre", "leader", "coordinator"))
    act(cadre, case_no, "escalate", level="street", tried="调过两次", asked="请约物业负责人", until=day(office, 7))
    leader.open("/cases?turn=street")
    assert leader.count(f"[data-key-row]:has-text('{case_no}')") == 1
    leader.open(f"/cases/{case_no}").press("#acts form[action$='/acts/take_up'] button")
    act(leader, case_no, "escalate", level="county", tried="街道约过", asked="请县级部门到场", until=day(office, 9))
    county.open("/cases")
    assert county.count(f"[data-key-row]:has-text('{case_no}')") == 1
    assert "138" not in county.open(f"/cases/{case_no}").text("#parties")
    act(county, case_no, "bring_down", reason="已请县住建局周三到场，请街道主持")
    with county.refused(404):
        county.open(f"/cases/{case_no}")
    act(leader, case_no, "bring_down", reason="请社区按周三会上定的办")
    assert "周三" in cadre.open(f"/cases/{case_no}").text(".beside")
