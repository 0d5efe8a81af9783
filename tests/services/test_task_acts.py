"""A department's task through the services: signed, answered, confirmed; sent back once, then ruled; closing a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.next_steps import Turn
from gridmediate.domain.problems import (
    ChangedMeanwhile,
    ConditionNotMet,
    FieldMissing,
    FieldNotAChoice,
    FieldTooLong,
    NotFound,
    NotPermitted,
    TaskOpen,
)
from gridmediate.domain.tasks import AnswerKind, ReturnReason, RulingIsFinal, TaskActNotOpen, TaskState
from gridmediate.domain.vocabulary import Flag, Part
from gridmediate.domain.workflow import Act, Needs, Outcome, State
from gridmediate.services import tasks
from gridmediate.services.tasks import Answer, DepartmentBusy
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Case, Notice, Task
from tests.rig.world import World

DONE = Answer(AnswerKind.DONE, "已到场查看，水管已修好")


@pytest.fixture
def formed(world: World) -> str:
    """A case led by housing, with the police station beside it."""
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0402", flags=(Flag.THREAT,))
    led = world.tasks(case_no)
    assert led[0].department_code == "housing"
    assert {task.department_code for task in led} >= {"housing", "police_station"}
    return case_no


def text(world: World, task: Task, column: str) -> str:
    with world.store.reading() as session:
        return unseal(session, session.get_one(Task, task.id), column)


def test_several_tasks_are_signed_for_at_once_or_none(world: World) -> None:
    one, two = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    ids = [world.task(case_no, "housing").id for case_no in (one, two)]
    with pytest.raises(NotFound):
        world.do(tasks.sign, [*ids, new_id()], by="housing")
    assert world.task(one, "housing").state is TaskState.ASSIGNED
    world.pass_time(hours=1)
    assert world.do(tasks.sign, ids, by="housing") == 2
    task = world.task(two, "housing")
    assert (task.state, task.signed_at, task.signed_by) == (TaskState.SIGNED, world.now, world.people["housing"].account_id)
    with pytest.raises(TaskActNotOpen):
        world.do(tasks.sign, ids, by="housing")


def test_two_tasks_of_one_case_are_signed_for_in_one_go(world: World, formed: str) -> None:
    world.people["both"] = replace(world.people["housing"], departments=frozenset({"housing", "police_station"}))
    assert world.do(tasks.sign, [world.task(formed, code).id for code in ("housing", "police_station")], by="both") == 2


def test_an_answer_signs_and_the_community_confirms(world: World, formed: str) -> None:
    task = world.task(formed, "housing")
    world.pass_time(days=1)
    world.do(tasks.answer, task.id, DONE, task.version, by="housing")
    task = world.task(formed, "housing")
    assert (task.state, task.answer_kind, task.settles, task.signed_at) == (TaskState.ANSWERED, AnswerKind.DONE, False, world.now)
    assert text(world, task, "answer") == DONE.words
    assert world.case(formed).turn is Turn.COMMUNITY
    with pytest.raises(NotPermitted):
        world.do(tasks.confirm, task.id, None, by="housing")
    world.do(tasks.confirm, task.id, task.version, by="cadre")
    task = world.task(formed, "housing")
    assert (task.state, task.is_open, task.confirmed_at) == (TaskState.CONFIRMED, False, world.now)


def test_an_answer_that_is_not_enough_is_asked_again_on_the_same_clock(world: World, formed: str) -> None:
    task = world.task(formed, "housing")
    world.do(tasks.answer, task.id, Answer(AnswerKind.DONE, "已了结", settles=True), None, by="housing")
    world.pass_time(days=1)
    with pytest.raises(FieldMissing):
        world.do(tasks.ask_again, task.id, " ", None, by="cadre")
    world.do(tasks.ask_again, task.id, "请说明谁来修", None, by="cadre")
    again = world.task(formed, "housing")
    assert (again.state, again.settles, again.answer_due_at) == (TaskState.SIGNED, False, task.answer_due_at)
    assert text(world, again, "ask") == "请说明谁来修"


@pytest.mark.parametrize(("kind", "settles", "kept"), [
    (AnswerKind.DONE, True, True), (AnswerKind.PARTLY, True, False), (AnswerKind.CANNOT, True, False),
    (AnswerKind.DONE, False, False),
])
def test_only_the_lead_department_settles_and_only_by_what_it_has_done(
    world: World, formed: str, kind: AnswerKind, settles: bool, kept: bool,
) -> None:
    world.do(tasks.answer, world.task(formed, "housing").id, Answer(kind, "如下", settles=settles), None, by="housing")
    world.do(tasks.answer, world.task(formed, "police_station").id, Answer(kind, "如下", settles=True), None, by="police")
    assert world.task(formed, "housing").settles is kept
    assert world.task(formed, "police_station").settles is False


@pytest.mark.parametrize("words", ["", "  \n", "字" * 2001])
def test_words_are_asked_for_and_bounded(world: World, formed: str, words: str) -> None:
    task = world.task(formed, "housing")
    kind = FieldTooLong if words.strip() else FieldMissing
    with pytest.raises(kind):
        world.do(tasks.answer, task.id, Answer(AnswerKind.DONE, words), None, by="housing")
    with pytest.raises(kind):
        world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, words, None, by="housing")
    with pytest.raises(kind):
        world.do(tasks.recall, task.id, words, None, by="cadre")
    assert world.task(formed, "housing").state is TaskState.ASSIGNED


# -- sent back ---------------------------------------------------------------------------------------------------------


def test_sent_back_once_dispatched_again_sent_back_twice_ruled_and_final(world: World, formed: str) -> None:
    task = world.task(formed, "housing")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_CLEAR, "哪一家漏水？", None, by="housing")
    back = world.task(formed, "housing")
    assert (back.state, back.returned_count, back.return_reason) == (TaskState.RETURNED, 1, ReturnReason.NOT_CLEAR)
    assert world.case(formed).turn is Turn.COMMUNITY
    world.pass_time(hours=5)
    world.do(tasks.assign_again, task.id, "housing", "三楼漏到二楼", None, by="cadre")
    again = world.task(formed, "housing")
    # Clearer words do not buy the department new time.
    assert (again.state, again.answer_due_at, again.signed_at) == (TaskState.ASSIGNED, task.answer_due_at, None)
    assert text(world, again, "ask") == "三楼漏到二楼"
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不是我们的", None, by="housing")
    assert world.task(formed, "housing").state is TaskState.RULING
    assert world.case(formed).turn is Turn.STREET
    with pytest.raises(TaskActNotOpen):
        world.do(tasks.assign_again, task.id, "housing", "还是请你们办", None, by="cadre")
    with pytest.raises(NotPermitted):
        world.do(tasks.rule, task.id, "housing", "依三定方案", None, by="cadre")
    with pytest.raises(NotFound):
        world.do(tasks.rule, task.id, "housing", "依三定方案", None, by="other_leader")
    with pytest.raises(FieldMissing):
        world.do(tasks.rule, task.id, "housing", "", None, by="leader")
    world.do(tasks.rule, task.id, "housing", "依三定方案，房屋漏水归住建", None, by="leader")
    ruled = world.task(formed, "housing")
    assert (ruled.state, ruled.is_ruled) == (TaskState.ASSIGNED, True)
    with pytest.raises(RulingIsFinal):
        world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "还是不归", None, by="housing")
    world.do(tasks.answer, task.id, DONE, None, by="housing")
    assert [act for act in world.acts(formed) if act.startswith("task.")] == [
        "task.send_back", "task.assign_again", "task.send_back", "task.rule", "task.answer"]


def test_another_department_gets_the_task_with_a_clock_of_its_own(world: World, formed: str) -> None:
    task = world.task(formed, "housing")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "归执法队", None, by="housing")
    world.pass_time(days=2)
    with pytest.raises(FieldNotAChoice):
        world.do(tasks.assign_again, task.id, "moon", "请查", None, by="cadre")
    with pytest.raises(DepartmentBusy):
        world.do(tasks.assign_again, task.id, "police_station", "请查", None, by="cadre")
    world.do(tasks.assign_again, task.id, "urban_management", "请查搭建", None, by="cadre")
    moved = world.task(formed, "urban_management")
    assert (moved.id, moved.part, moved.dispatched_at) == (task.id, Part.LEAD, world.now)
    assert moved.answer_due_at > task.answer_due_at
    seats = {seat.department_code for seat in world.case(formed).seats if seat.left_at is None and seat.department_code}
    assert "housing" not in seats
    assert "urban_management" in seats
    # Who handed it over has no more to do with the case, and reads it no more.
    with pytest.raises(NotFound):
        world.do(tasks.answer, task.id, DONE, None, by="housing")
    world.do(tasks.answer, task.id, Answer(AnswerKind.DONE, "已拆除", settles=True), None, by="urban")
    assert world.task(formed, "urban_management").settles
    with world.store.reading() as session:
        assert session.scalars(select(Notice).where(Notice.department_code == "urban_management")).all()


def test_a_recalled_task_holds_nothing_up_and_frees_the_department(world: World, formed: str) -> None:
    for task in world.tasks(formed):
        world.do(tasks.recall, task.id, "双方已自行和解", None, by="cadre")
    assert {task.state for task in world.tasks(formed)} == {TaskState.RECALLED}
    assert not [seat for seat in world.case(formed).seats if seat.department_code and seat.left_at is None]
    with pytest.raises(TaskActNotOpen):
        world.do(tasks.recall, world.tasks(formed)[0].id, "再撤", None, by="cadre")
    world.act(formed, Act.WITHDRAW)
    world.act(formed, Act.CLOSE)


# -- who, and two at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["police", "urban", "justice", "other_cadre", "next_cadre", "auditor", "administrator"])
def test_a_departments_task_is_absent_for_everybody_it_is_not_for(world: World, formed: str, who: str) -> None:
    task = world.task(formed, "housing")
    for service in (
        lambda key: world.do(tasks.sign, [key], by=who), lambda key: world.do(tasks.answer, key, DONE, None, by=who),
        lambda key: world.do(tasks.send_back, key, ReturnReason.NOT_OURS, "不归", None, by=who),
    ):
        said = []
        for key in (task.id, new_id()):
            with pytest.raises(NotFound) as refusal:
                service(key)
            said.append(refusal.value.say("zh"))
        assert said[0] == said[1]
    assert world.task(formed, "housing").version == task.version


@pytest.mark.parametrize("who", ["worker", "leader"])
def test_who_reads_a_task_does_not_thereby_do_it(world: World, formed: str, who: str) -> None:
    task = world.task(formed, "housing")
    with pytest.raises(NotPermitted):
        world.do(tasks.sign, [task.id], by=who)
    with pytest.raises(NotPermitted):
        world.do(tasks.recall, task.id, "撤回", None, by=who)


def test_of_two_who_answer_one_task_the_second_is_told(world: World, formed: str) -> None:
    task = world.task(formed, "housing")
    world.do(tasks.sign, [task.id], by="housing")
    with pytest.raises(ChangedMeanwhile):
        world.do(tasks.answer, task.id, DONE, task.version, by="housing")


# -- closing -----------------------------------------------------------------------------------------------------------


def test_the_lead_department_closes_when_its_answer_settles_and_nothing_else_is_open(world: World, formed: str) -> None:
    with pytest.raises(ConditionNotMet):
        world.act(formed, Act.CLOSE_AS_DEPARTMENT, by="housing")
    world.do(tasks.answer, world.task(formed, "housing").id, Answer(AnswerKind.DONE, "已修好", settles=True), None, by="housing")
    with pytest.raises(TaskOpen) as refusal:
        world.act(formed, Act.CLOSE_AS_DEPARTMENT, by="housing")
    assert "派出所" in refusal.value.say("zh")
    assert "住建所" not in refusal.value.say("zh")
    for task in world.tasks(formed)[1:]:
        world.answer(task)
        world.do(tasks.confirm, task.id, None, by="cadre")
    world.pass_time(days=1)
    words = {Needs.RESULT: "水管已换，双方认可", Needs.SIDES_TOLD: "1"}
    world.act(formed, Act.CLOSE_AS_DEPARTMENT, by="housing", words=words)
    case = world.case(formed)
    assert (case.state, case.outcome, case.closed_at) == (State.CLOSED, Outcome.SETTLED_BY_DEPARTMENT, world.now)
    assert {task.state for task in case.tasks} == {TaskState.CONFIRMED}
    assert world.entries(formed)[-1].details["told"] == ["sides_told"]
    with world.store.reading() as session:
        assert unseal(session, session.get_one(Case, case.id), "result") == "水管已换，双方认可"


def test_a_supporting_department_does_not_close_on_the_leads_answer(world: World, formed: str) -> None:
    world.do(tasks.answer, world.task(formed, "housing").id, Answer(AnswerKind.DONE, "已修好", settles=True), None, by="housing")
    for task in world.tasks(formed)[1:]:
        world.answer(task)
        world.do(tasks.confirm, task.id, None, by="cadre")
    with pytest.raises(NotPermitted):
        world.act(formed, Act.CLOSE_AS_DEPARTMENT, by="police")
    assert world.case(formed).state is State.TEAM_FORMED


def test_without_a_settling_answer_the_cadre_closes(world: World, formed: str) -> None:
    for task in world.tasks(formed):
        world.answer(task, kind=AnswerKind.PARTLY)
        world.do(tasks.confirm, task.id, None, by="cadre")
    with pytest.raises(ConditionNotMet):
        world.act(formed, Act.CLOSE_AS_DEPARTMENT, by="housing")
    world.act(formed, Act.NOTE_SESSION)
    world.act(formed, Act.AGREE_ORALLY)
    world.act(formed, Act.CLOSE)
    assert world.case(formed).outcome is Outcome.AGREED_ORAL


def test_the_tasks_clock_runs_from_dispatch_not_from_signing(world: World, formed: str) -> None:
    before = world.task(formed, "housing")
    world.pass_time(hours=30)
    world.do(tasks.sign, [before.id], by="housing")
    after = world.task(formed, "housing")
    assert (after.answer_due_at, after.sign_due_at) == (before.answer_due_at, before.sign_due_at)
    assert after.sign_due_at - before.dispatched_at == timedelta(hours=2)
