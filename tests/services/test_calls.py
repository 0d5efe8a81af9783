"""The street calls county departments: a call's whole life, what moves it on, who may, and what the county's board shows."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.acts import ON_THE_BOARD, READINGS
from gridmediate.domain.calls import CallMatter, CallState, PromptKind, Rating
from gridmediate.domain.next_steps import Turn
from gridmediate.domain.problems import (
    ActNotOpen,
    ChangedMeanwhile,
    FieldMissing,
    FieldNotAChoice,
    NotFound,
    NotPermitted,
)
from gridmediate.domain.tasks import AnswerKind, ArrivalNotOpen, ReturnReason, TaskActNotOpen, TaskState
from gridmediate.domain.vocabulary import Label, Part, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import tasks
from gridmediate.services.asked import DayNotAhead
from gridmediate.services.call_board import Share, list_calls
from gridmediate.services.calls import CallDone, Calling, CallPartsOpen, TooManyCalled, call_county, close_call, say_call_number
from gridmediate.services.calls_of_case import CallsOfCase
from gridmediate.services.casepage import read_case
from gridmediate.services.prompts import PromptDone, Prompting, UrgedToday, answer_prompt, give_prompt
from gridmediate.services.ratings import NotToBeRated, rate
from gridmediate.services.tasks import Answer, DepartmentBusy
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Account, CountyCall, Notice, Prompt
from tests.rig.world import World

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow

WORDS = "请到现场查违建，当场答复"
DONE = Answer(AnswerKind.DONE, "已到场，责令拆除")
#: None of these is dispatched by rule in a case of the test's category.
CALLED = ("urban_management", "market_regulation")


def calling(*departments: str, urgency: Urgency = Urgency.ORDINARY, words: str = WORDS) -> Calling:
    return Calling(CallMatter.JOINT_ENFORCEMENT, urgency, departments or CALLED, words)


def called(world: World, case_no: str, *departments: str, **given: Any) -> CountyCall:
    return world.do(call_county, case_no, calling(*departments, **given), by="leader")


@pytest.fixture
def case_no(world: World) -> str:
    return world.a_case(State.MEDIATING)


def seen(world: World, case_no: str, who: str) -> CallsOfCase:
    return world.do(read_case, case_no, by=who).calls


def told(world: World, case_no: str, act: str) -> set[str]:
    """Return who was told of an act, by login, and the department's groups by their code."""
    with world.store.reading() as session:
        people = session.scalars(select(Account.login).join(Notice, Notice.account_id == Account.id).where(
            Notice.case_no == case_no, Notice.act == act))
        groups = session.scalars(select(Notice.department_code).where(
            Notice.case_no == case_no, Notice.act == act, Notice.department_code.is_not(None)))
        return {*people, *groups}


# -- the call ----------------------------------------------------------------------------------------------------------


def test_a_call_sends_each_department_its_task_with_the_calls_own_clocks(world: World, case_no: str) -> None:
    call = called(world, case_no, urgency=Urgency.URGENT)
    assert call.number.endswith("-2026-0001")
    for code in CALLED:
        task = world.task(case_no, code)
        assert (task.call_id, task.state, task.part) == (call.id, TaskState.ASSIGNED, Part.SUPPORT)
        # The case is not urgent; the call is.
        assert (task.urgency, task.sign_due_at) == (Urgency.URGENT, world.now + timedelta(hours=2))
        with world.store.reading() as session:
            assert unseal(session, task, "ask") == WORDS
    seats = [seat for seat in world.case(case_no).seats if seat.department_code in CALLED and seat.left_at is None]
    assert {seat.department_code for seat in seats} == set(CALLED)
    assert world.entries(case_no)[-1].details["departments"] == list(CALLED)


def test_an_ordinary_call_is_signed_for_in_a_day(world: World, case_no: str) -> None:
    called(world, case_no)
    assert world.task(case_no, CALLED[0]).sign_due_at == world.now + timedelta(hours=24)


def test_calls_are_numbered_per_street_without_gaps(world: World, case_no: str) -> None:
    first = called(world, case_no, CALLED[0])
    with pytest.raises(DepartmentBusy):
        called(world, case_no, CALLED[0])
    second = called(world, case_no, CALLED[1])
    assert [each.number[-4:] for each in (first, second)] == ["0001", "0002"]
    street = Label("柳溪街道", "Liuxi Street")
    assert say_call_number(second.number, street, "zh") == "柳溪街道 呼〔2026〕2号"
    assert say_call_number(second.number, street, "en") == "Liuxi Street Call 2 (2026)"


def test_who_was_called_hears_of_it_and_the_county_of_its_board(world: World, case_no: str) -> None:
    called(world, case_no, urgency=Urgency.URGENT)
    assert {"urban", *CALLED, "worker", "cadre"} <= told(world, case_no, "call.make")
    assert told(world, case_no, ON_THE_BOARD) == {"coordinator"}
    with world.store.reading() as session:
        urgent = session.scalars(select(Notice.is_urgent).where(Notice.act.in_(["call.make", ON_THE_BOARD]))).all()
    assert all(urgent)


@pytest.mark.parametrize("who", ["worker", "cadre", "housing"])
def test_only_the_street_calls(world: World, case_no: str, who: str) -> None:
    with pytest.raises(NotPermitted):
        world.do(call_county, case_no, calling(), by=who)


@pytest.mark.parametrize("who", ["other_leader", "coordinator"])
def test_who_may_not_read_the_case_learns_nothing(world: World, case_no: str, who: str) -> None:
    with pytest.raises(NotFound):
        world.do(call_county, case_no, calling(), by=who)


@pytest.mark.parametrize("state", [State.FILED, State.AGREED_WRITTEN, State.CLOSED])
def test_a_call_is_made_while_the_case_is_under_way(world: World, state: State) -> None:
    with pytest.raises(ActNotOpen):
        world.do(call_county, world.a_case(state), calling(), by="leader")


@pytest.mark.parametrize(("given", "refusal"), [
    (Calling(CallMatter.EMERGENCY, Urgency.URGENT, (), WORDS), FieldMissing),
    (Calling(CallMatter.EMERGENCY, Urgency.URGENT, CALLED, " "), FieldMissing),
    (Calling(CallMatter.EMERGENCY, Urgency.URGENT, ("moon",), WORDS), FieldNotAChoice),
    (Calling(CallMatter.EMERGENCY, Urgency.URGENT, tuple(f"d{number}" for number in range(13)), WORDS), TooManyCalled),
])
def test_a_call_names_departments_and_says_what_for(world: World, case_no: str, given: Calling, refusal: type) -> None:
    with pytest.raises(refusal):
        world.do(call_county, case_no, given, by="leader")
    assert world.count(CountyCall) == 0


# -- its life ----------------------------------------------------------------------------------------------------------


def test_a_call_from_the_signature_to_the_rating(world: World, case_no: str) -> None:
    call = called(world, case_no)
    one, other = (world.task(case_no, code) for code in CALLED)
    market = world.staff_of(CALLED[1])
    world.pass_time(hours=1)
    world.do(tasks.sign, [one.id], by="urban")
    world.pass_time(hours=1)
    world.do(tasks.come, one.id, None, by="urban")
    assert world.task(case_no, CALLED[0]).came_at == world.now
    with pytest.raises(ArrivalNotOpen):
        world.do(tasks.come, one.id, None, by="urban")
    # Who comes without a word of signing has signed by coming.
    world.do(tasks.come, other.id, None, by=market)
    came = world.task(case_no, CALLED[1])
    assert (came.state, came.signed_at) == (TaskState.SIGNED, world.now)
    for task, who in ((one, "urban"), (other, market)):
        world.do(tasks.answer, task.id, DONE, None, by=who)
    for task in world.tasks(case_no):
        if task.state is TaskState.ASSIGNED:
            world.do(tasks.recall, task.id, "不再需要", None, by="cadre")
    assert world.case(case_no).turn is Turn.STREET
    with pytest.raises(NotPermitted):
        world.do(tasks.confirm, one.id, None, by="cadre")
    with pytest.raises(NotToBeRated):
        world.do(rate, one.id, Rating.SATISFIED, "", by="leader")
    with pytest.raises(CallPartsOpen):
        world.do(close_call, case_no, call.id, "已拆除", by="leader")
    for task in (one, other):
        world.do(tasks.confirm, task.id, None, by="leader")
    with pytest.raises(NotPermitted):
        world.do(rate, one.id, Rating.SATISFIED, "", by="cadre")
    world.do(rate, one.id, Rating.SATISFIED, "", by="leader")
    with pytest.raises(NotToBeRated):
        world.do(rate, one.id, Rating.NOT_SATISFIED, "改主意了", by="leader")
    with pytest.raises(FieldMissing):
        world.do(rate, other.id, Rating.NOT_SATISFIED, "", by="leader")
    world.do(rate, other.id, Rating.NOT_SATISFIED, "人走了事没办", by="leader")
    assert world.task(case_no, CALLED[1]).rating is Rating.NOT_SATISFIED
    with pytest.raises(NotPermitted):
        world.do(close_call, case_no, call.id, "已拆除", by="cadre")
    world.do(close_call, case_no, call.id, "违建已拆", by="leader")
    with pytest.raises(CallDone):
        world.do(close_call, case_no, call.id, "违建已拆", by="leader")
    shown = seen(world, case_no, "leader").call(call.id)
    assert (shown.state, shown.closing) == (CallState.CLOSED, "违建已拆")
    acts = [act for act in world.acts(case_no) if act not in READINGS]
    assert acts[acts.index("call.make"):] == [
        "call.make", "task.sign", "task.come", "task.come", "task.answer", "task.answer", "task.recall", "task.confirm",
        "task.confirm", "task.rate", "task.rate", "call.close"]


def test_who_filed_and_the_grid_worker_hear_each_step(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, filer="next_worker")
    called(world, case_no, CALLED[0])
    task = world.task(case_no, CALLED[0])
    for step in (lambda: world.do(tasks.sign, [task.id], by="urban"), lambda: world.do(tasks.come, task.id, None, by="urban"),
                 lambda: world.do(tasks.answer, task.id, DONE, None, by="urban"),
                 lambda: world.do(tasks.confirm, task.id, None, by="leader")):
        world.pass_time(minutes=10)
        step()
        act = world.acts(case_no)[-1]
        assert {"next_worker", "worker"} <= told(world, case_no, act), act
        # The street hears of what it called.
        assert act == "task.confirm" or "leader" in told(world, case_no, act), act
        assert "urban" not in told(world, case_no, act) or act == "task.confirm", "nobody is told of what he does himself"


def test_an_ordinary_task_is_confirmed_and_rated_by_the_community_and_nobody_comes(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    task = world.task(case_no, "housing")
    with pytest.raises(ArrivalNotOpen):
        world.do(tasks.come, task.id, None, by="housing")
    world.answer(task)
    assert {"worker"} <= told(world, case_no, "task.answer")
    assert "leader" not in told(world, case_no, "task.answer")
    world.do(tasks.confirm, task.id, None, by="cadre")
    with pytest.raises(NotPermitted):
        world.do(rate, task.id, Rating.FAIRLY, "", by="leader")
    with pytest.raises(NotPermitted):
        world.do(rate, task.id, Rating.FAIRLY, "", by="housing")
    world.do(rate, task.id, Rating.FAIRLY, "", by="cadre")
    assert world.task(case_no, "housing").rating is Rating.FAIRLY


def test_what_is_sent_back_comes_to_the_street_and_another_department_begins_anew(world: World, case_no: str) -> None:
    called(world, case_no, CALLED[0], urgency=Urgency.URGENT)
    task = world.task(case_no, CALLED[0])
    world.do(tasks.come, task.id, None, by="urban")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "归市场监管", None, by="urban")
    assert world.case(case_no).turn is Turn.STREET
    with pytest.raises(NotPermitted):
        world.do(tasks.assign_again, task.id, CALLED[1], "", None, by="cadre")
    world.pass_time(hours=3)
    world.do(tasks.assign_again, task.id, CALLED[1], WORDS, None, by="leader")
    again = world.task(case_no, CALLED[1])
    assert (again.came_at, again.sign_due_at) == (None, world.now + timedelta(hours=2))


def test_of_two_who_sign_at_once_one_has_signed(world: World, case_no: str) -> None:
    called(world, case_no, CALLED[0])
    task_id = world.task(case_no, CALLED[0]).id
    results = _at_once(*[lambda: world.do(tasks.sign, [task_id], by="urban")] * 4)
    lost = [each for each in results if isinstance(each, Exception)]
    assert len(lost) == 3, results
    assert all(isinstance(each, TaskActNotOpen | ChangedMeanwhile) for each in lost), lost
    assert Counter(world.acts(case_no))["task.sign"] == 1


def test_two_calls_at_once_have_two_numbers(world: World) -> None:
    cases = [world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)]
    results = _at_once(*[lambda number=number: called(world, number) for number in cases])
    assert sorted(each.number[-4:] for each in results) == ["0001", "0002"]


def _at_once(*doings: Callable[[], Any]) -> list[Any]:
    barrier, results = threading.Barrier(len(doings)), [None] * len(doings)

    def run(place: int, doing: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = doing()
        except Exception as refusal:
            results[place] = refusal

    threads = [threading.Thread(target=run, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


# -- what moves things on ----------------------------------------------------------------------------------------------


def test_a_department_is_urged_once_a_day_until_it_answers(world: World, case_no: str) -> None:
    called(world, case_no, CALLED[0])
    task = world.task(case_no, CALLED[0])
    urging = Prompting(PromptKind.URGE, task_id=task.id)
    world.do(give_prompt, case_no, urging, by="cadre")
    assert {CALLED[0], "urban"} <= told(world, case_no, "prompt.urge")
    with pytest.raises(UrgedToday):
        world.do(give_prompt, case_no, urging, by="leader")
    world.pass_time(days=1)
    world.do(give_prompt, case_no, urging, by="leader")
    world.do(tasks.answer, task.id, DONE, None, by="urban")
    shown = seen(world, case_no, "urban").prompts
    assert [each.answered_at for each in shown] == [world.now, world.now], "its answer answers who urged"
    with pytest.raises(TaskActNotOpen):
        world.do(give_prompt, case_no, urging, by="cadre")


def test_an_urging_that_was_answered_may_be_followed_by_another(world: World, case_no: str) -> None:
    called(world, case_no, CALLED[0])
    urging = Prompting(PromptKind.URGE, task_id=world.task(case_no, CALLED[0]).id)
    world.do(give_prompt, case_no, urging, by="cadre")
    mine = seen(world, case_no, "urban").prompts[0]
    assert mine.may_answer
    world.do(answer_prompt, case_no, mine.id, "下午到场", by="urban")
    assert "cadre" in told(world, case_no, "prompt.answer")
    with pytest.raises(PromptDone):
        world.do(answer_prompt, case_no, mine.id, "下午到场", by="urban")
    world.do(give_prompt, case_no, urging, by="cadre")


def test_a_slip_names_a_day_and_says_why_and_is_answered_in_words(world: World, case_no: str) -> None:
    called(world, case_no, CALLED[0])
    task = world.task(case_no, CALLED[0])
    slip = Prompting(PromptKind.SUPERVISE_YELLOW, "两天没有到场", task.id, world.today + timedelta(days=2))
    for refused, given in (
        (FieldMissing, Prompting(PromptKind.SUPERVISE_YELLOW, "", task.id, slip.due_on)),
        (FieldMissing, Prompting(PromptKind.SUPERVISE_RED, "两天没有到场", task.id)),
        (DayNotAhead, Prompting(PromptKind.SUPERVISE_RED, "两天没有到场", task.id, world.today)),
        (FieldMissing, Prompting(PromptKind.URGE)),
    ):
        with pytest.raises(refused):
            world.do(give_prompt, case_no, given, by="leader")
    world.do(give_prompt, case_no, slip, by="leader")
    world.do(tasks.answer, task.id, DONE, None, by="urban")
    shown = seen(world, case_no, "urban").prompts[0]
    assert (shown.is_waiting, shown.clock.state) == (True, "calm"), "a slip asks for words of its own"
    world.pass_time(days=3)
    assert seen(world, case_no, "leader").prompts[0].clock.state == "late"
    with pytest.raises(NotPermitted):
        world.do(answer_prompt, case_no, shown.id, "已办", by="cadre")
    world.do(answer_prompt, case_no, shown.id, "已整改", by="urban")
    assert world.entries(case_no)[-1].details["department"] == CALLED[0]


def test_the_community_is_instructed_and_answers(world: World, case_no: str) -> None:
    world.do(give_prompt, case_no, Prompting(PromptKind.INSTRUCTION, "请书记亲自上门"), by="leader")
    assert {"cadre", "worker"} <= told(world, case_no, "prompt.instruction")
    assert seen(world, case_no, "housing").prompts == (), "what was said to others"
    prompt = seen(world, case_no, "cadre").prompts[0]
    assert prompt.may_answer
    with pytest.raises(NotFound):
        world.do(answer_prompt, case_no, prompt.id, "好", by="housing")
    with pytest.raises(NotPermitted):
        world.do(answer_prompt, case_no, prompt.id, "好", by="worker")
    world.do(answer_prompt, case_no, prompt.id, "已上门", by="cadre")
    assert seen(world, case_no, "leader").prompts[0].answer == "已上门"


@pytest.mark.parametrize(("who", "kind", "refusal"), [
    ("worker", PromptKind.URGE, NotPermitted), ("housing", PromptKind.URGE, NotPermitted),
    ("cadre", PromptKind.SUPERVISE_YELLOW, NotPermitted), ("cadre", PromptKind.INSTRUCTION, NotPermitted),
    ("coordinator", PromptKind.SUPERVISE_RED, NotFound), ("other_leader", PromptKind.SUPERVISE_RED, NotFound),
])
def test_who_may_not_move_a_case_on(world: World, case_no: str, who: str, kind: PromptKind, refusal: type) -> None:
    given = Prompting(kind, "请抓紧", world.task(case_no, "housing").id, world.today + timedelta(days=2))
    with pytest.raises(refusal):
        world.do(give_prompt, case_no, given, by=who)
    assert world.count(Prompt) == 0


def test_the_county_supervises_what_was_sent_up_to_it(world: World, case_no: str) -> None:
    world.act(case_no, Act.ESCALATE)
    world.act(case_no, Act.TAKE_UP, by="leader")
    world.act(case_no, Act.ESCALATE, by="leader")
    given = Prompting(PromptKind.SUPERVISE_RED, "限期", world.task(case_no, "housing").id, world.today + timedelta(days=2))
    world.do(give_prompt, case_no, given, by="coordinator")
    with world.store.reading() as session:
        urgent = session.scalars(select(Notice.is_urgent).where(Notice.act == "prompt.supervise_red")).all()
    assert len(urgent) > 2
    assert all(urgent)


def test_nothing_is_moved_on_in_a_case_that_has_ended(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    with pytest.raises(ActNotOpen):
        world.do(give_prompt, case_no, Prompting(PromptKind.INSTRUCTION, "再看看"), by="leader")


# -- one timeline, one board -------------------------------------------------------------------------------------------


def test_calls_and_prompts_stand_in_the_one_timeline_with_their_departments(world: World, case_no: str) -> None:
    called(world, case_no)
    world.do(give_prompt, case_no, Prompting(PromptKind.URGE, "请今天到场", world.task(case_no, CALLED[0]).id), by="leader")
    said = [(entry.said.zh, entry.words) for entry in world.do(read_case, case_no, by="cadre").timeline]
    assert ("催办：综合执法队", "请今天到场") in said
    assert ("呼叫县里部门：综合执法队、市场监管所", WORDS) in said
    # A department reads what is said to it, and not what is said to another.
    world.do(give_prompt, case_no, Prompting(PromptKind.URGE, "请快办", world.task(case_no, "housing").id), by="leader")
    words = {entry.words for entry in world.do(read_case, case_no, by="urban").timeline}
    assert "请今天到场" in words
    assert "请快办" not in words


def test_the_county_sees_the_board_and_not_the_case(world: World, case_no: str) -> None:
    call = called(world, case_no, urgency=Urgency.URGENT)
    elsewhere = world.a_case(State.TEAM_FORMED, by="other_cadre", filer="other_worker", cell_code="990101002001001")
    world.do(call_county, elsewhere, calling("health"), by="other_leader")
    world.pass_time(hours=3)
    world.do(tasks.come, world.task(case_no, CALLED[0]).id, None, by="urban")
    county, street = (world.do(list_calls, by=who) for who in ("coordinator", "leader"))
    assert len(county.rows) == 2
    row = next(each for each in county.rows if each.number == call.number)
    assert (row.case_no, row.state, row.is_late) == ("", CallState.TO_SIGN, True)
    assert [(part.department.zh, part.came_at is not None) for part in row.parts] == [("市场监管所", False), ("综合执法队", True)]
    assert [each.case_no for each in street.rows] == [case_no]
    with pytest.raises(NotFound):
        world.do(read_case, case_no, by="coordinator")
    for who in ("cadre", "worker", "housing", "auditor"):
        with pytest.raises(NotPermitted):
            world.do(list_calls, by=who)


def test_the_figures_have_their_bases(world: World, case_no: str) -> None:
    call = called(world, case_no, urgency=Urgency.URGENT)
    one, other = (world.task(case_no, code) for code in CALLED)
    world.do(tasks.sign, [one.id], by="urban")
    world.pass_time(days=10)
    world.do(tasks.answer, one.id, DONE, None, by="urban")
    world.do(tasks.confirm, one.id, None, by="leader")
    world.do(rate, one.id, Rating.FAIRLY, "", by="leader")
    board = world.do(list_calls, by="leader")
    urban = next(each for each in board.departments if each.department.zh == "综合执法队")
    market = next(each for each in board.departments if each.department.zh == "市场监管所")
    assert (urban.signed_in_time, urban.came, urban.answered_in_time) == (Share(1, 1), Share(0, 1), Share(0, 1))
    assert urban.ratings == {Rating.SATISFIED: 0, Rating.FAIRLY: 1, Rating.NOT_SATISFIED: 0}
    # Silence counts once its time has come.
    assert (market.signed_in_time, market.answered_in_time) == (Share(0, 1), Share(0, 1))
    assert urban.signed_in_time.per_cent is None, "one is too few for a share"
    assert Share(4, 5).per_cent == 80
    assert board.by_state == {
        CallState.TO_SIGN: 1, CallState.IN_PROGRESS: 0, CallState.ANSWERED: 0, CallState.CLOSED: 0}
    world.do(tasks.recall, other.id, "不用来了", None, by="leader")
    assert world.do(list_calls, by="leader").by_state[CallState.ANSWERED] == 1
    world.do(close_call, case_no, call.id, "已办", by="leader")
    board = world.do(list_calls, by="leader", closed=True)
    assert [row.state for row in board.rows] == [CallState.CLOSED]
    assert board.by_state[CallState.CLOSED] == 1
    assert [each.called for each in board.departments] == [1], "who was recalled is in no figure"
    world.pass_time(days=120)
    assert world.do(list_calls, by="leader").departments == []


def test_the_board_pages_and_its_statements_do_not_grow(world: World) -> None:
    def statements() -> int:
        with world.statements() as sent:
            world.do(list_calls, by="coordinator")
        return len(sent)

    called(world, world.a_case(State.TEAM_FORMED))
    statements()
    few = statements()
    for _ in range(4):
        world.pass_time(minutes=1)
        called(world, world.a_case(State.TEAM_FORMED))
    assert statements() == few
    first = world.do(list_calls, by="leader", size=3)
    second = world.do(list_calls, by="leader", size=3, after=first.next_key)
    assert [row.number[-4:] for row in (*first.rows, *second.rows)] == ["0005", "0004", "0003", "0002", "0001"]
    assert second.next_key is None
