"""What a case waits for, whose turn it is and by when: always somebody's, until nothing is left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.next_steps import NEVER, Beside, TaskBrief, Turn, for_worker, in_time, next_step
from gridmediate.domain.permissions import GRANTS, Permission
from gridmediate.domain.tasks import DONE_STATES, TASK_TABLE, WITH_DEPARTMENT, TaskState, is_open
from gridmediate.domain.vocabulary import PHRASES, Label, Level, Role, label
from gridmediate.domain.workflow import FINAL_STATES, TO_CLOSE, TRANSITIONS, AgreementState, Extension, State
from tests.rig.walk import walked

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
DUE = NOW + timedelta(days=20)
OUT = sorted(set(TaskState) - DONE_STATES)
FORMED = [state for state in State if state not in FINAL_STATES and state not in (State.FILED, State.ACCEPTED, State.REOPENED)]


def brief(state: TaskState, days: float = 5, name: str = "住建所") -> TaskBrief:
    due_at = NOW + timedelta(days=days)
    return TaskBrief(Label(name, "Housing office"), state, due_at, due_at - timedelta(days=1))


MOMENTS = st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days))
BRIEFS = st.lists(st.builds(brief, st.sampled_from(OUT), st.integers(-400, 400)), max_size=4)


@given(st.sampled_from(State), st.booleans(), st.booleans(), st.none() | MOMENTS, BRIEFS, st.integers(0, 9))
def test_it_is_somebodys_turn_exactly_until_nothing_is_left(state, placed, has_community, due_at, tasks, held) -> None:
    step = next_step(state, placed=placed, has_community=has_community, due_at=due_at, tasks=tasks, sessions_held=held)
    assert (step.turn is Turn.NOBODY) is (state in FINAL_STATES)
    assert step.phrase.say("zh")
    assert step.phrase.say("en")
    assert step.warn_at <= step.due_at
    if due_at is not None and state not in FINAL_STATES:
        assert step.due_at <= due_at


#: Who is meant by whose turn it is, and has therefore to hold a right that takes the case on.
_MEANT = {Turn.COMMUNITY: {Role.CADRE}, Turn.DEPARTMENTS: {Role.DEPARTMENT_STAFF}, Turn.STREET: {Role.LEADER},
          Turn.COUNTY: {Role.COORDINATOR}}

BESIDES = st.builds(
    Beside, st.sampled_from(Level), st.none() | MOMENTS, st.sampled_from(Extension), st.none() | MOMENTS, st.booleans(),
    st.sampled_from(AgreementState), st.integers(0, 3), st.integers(0, 1), st.none() | MOMENTS)


@given(st.sampled_from(State), st.booleans(), st.none() | MOMENTS, BRIEFS, BESIDES)
def test_whatever_runs_beside_it_is_the_turn_of_somebody_who_can_act(state, placed, due_at, tasks, beside) -> None:
    step = next_step(state, placed=placed, due_at=due_at, tasks=tasks, beside=beside)
    assert (step.turn is Turn.NOBODY) is (state in FINAL_STATES)
    assert step.phrase.say("zh")
    assert step.phrase.say("en")
    assert step.warn_at <= step.due_at
    if state not in FINAL_STATES:
        open_now = {row.permission for row in TRANSITIONS if row.source is state} | {Permission.CASE_PLACE}
        open_now |= {row.permission for task in tasks for row in TASK_TABLE if task.state in row.sources}
        assert any(open_now & GRANTS[role].keys() for role in _MEANT[step.turn])


@walked(("beside", "code", "turn"), [
    (Beside(level=Level.STREET, raise_due_at=DUE), "next.answer_raise", Turn.STREET),
    (Beside(level=Level.COMMUNITY, raise_due_at=DUE), "next.answer_raise", Turn.COMMUNITY),
    (Beside(level=Level.COUNTY, raise_due_at=DUE), "next.answer_raise", Turn.COUNTY),
    (Beside(level=Level.COUNTY), "next.county_handles", Turn.COUNTY),
    (Beside(level=Level.STREET), "next.hold_session", Turn.STREET),
    (Beside(paused_until=DUE), "next.resume", Turn.COMMUNITY),
    (Beside(extension=Extension.ASKED), "next.decide_extension", Turn.STREET),
    (Beside(extension=Extension.DENIED), "next.hold_session", Turn.COMMUNITY),
])
def test_what_was_asked_of_others_comes_before_the_next_session(beside: Beside, code: str, turn: Turn) -> None:
    step = next_step(State.MEDIATING, placed=True, due_at=DUE, beside=beside)
    assert (step.phrase.code, step.turn) == (code, turn)


@walked(("state", "beside", "code"), [
    (State.AGREED_WRITTEN, Beside(agreement=AgreementState.UNSIGNED, clauses_open=2), "next.sign_agreement"),
    (State.AGREED_ORAL, Beside(agreement=AgreementState.IN_FORCE, clauses_open=2), "next.start_performing"),
    (State.PERFORMING, Beside(agreement=AgreementState.IN_FORCE, clauses_open=2), "next.see_performed"),
    (State.PERFORMING, Beside(agreement=AgreementState.IN_FORCE, clauses_open=2, clauses_broken=1), "next.answer_breach"),
    (State.PERFORMING, Beside(agreement=AgreementState.IN_FORCE), "next.close"),
    (State.REOPENED, Beside(consent_needed=True), "next.ask_consent"),
    # After the end nothing of this is asked any more.
    (State.REFUSED, Beside(level=Level.STREET, raise_due_at=DUE, paused_until=DUE), "next.close"),
])
def test_an_agreement_is_signed_then_kept_then_the_case_is_closed(state: State, beside: Beside, code: str) -> None:
    assert next_step(state, placed=True, due_at=DUE, beside=beside).phrase.code == code


@walked(
    ("state", "placed", "has_community", "task"),
    [each for each in product(sorted(set(State) - FINAL_STATES), [True, False], [True, False], [None, *OUT])],
)
def test_whose_turn_it_is_has_an_act_to_do(state: State, placed: bool, has_community: bool, task: TaskState | None) -> None:
    step = next_step(state, placed=placed, has_community=has_community, due_at=DUE, tasks=[brief(task)] if task else [])
    open_now = {row.permission for row in TRANSITIONS if row.source is state}
    open_now |= {row.permission for row in TASK_TABLE if task in row.sources}
    open_now |= {Permission.CASE_PLACE} if not placed else set()
    assert any(open_now & GRANTS[role].keys() for role in _MEANT[step.turn])


def test_a_place_that_no_community_was_asked_about_waits_for_the_street() -> None:
    assert next_step(State.FILED, placed=False, has_community=False, due_at=DUE).turn is Turn.STREET
    assert next_step(State.FILED, placed=False, has_community=True, due_at=DUE).turn is Turn.COMMUNITY


@walked(("state", "code"), [
    (State.FILED, "next.decide"), (State.ACCEPTED, "next.form_team"), (State.REOPENED, "next.form_team"),
    (State.TEAM_FORMED, "next.hold_session"), (State.MEDIATING, "next.hold_session"),
    *((state, "next.close") for state in sorted(TO_CLOSE)), *((state, "next.nothing") for state in sorted(FINAL_STATES)),
])
def test_a_placed_case_without_tasks_waits_for(state: State, code: str) -> None:
    step = next_step(state, placed=True, due_at=DUE)
    assert step.phrase.code == code


@walked("state", FORMED)
@walked(("task", "code", "turn"), [
    (TaskState.RULING, "next.rule", Turn.STREET), (TaskState.RETURNED, "next.dispatch_again", Turn.COMMUNITY),
    (TaskState.ANSWERED, "next.confirm_answer", Turn.COMMUNITY), (TaskState.ASSIGNED, "next.await_answer", Turn.DEPARTMENTS),
    (TaskState.SIGNED, "next.await_answer", Turn.DEPARTMENTS),
])
def test_a_formed_case_waits_for_its_tasks_first(state: State, task: TaskState, code: str, turn: Turn) -> None:
    step = next_step(state, placed=True, due_at=DUE, tasks=[brief(task)])
    assert (step.phrase.code, step.turn) == (code, turn)


def test_what_stands_with_the_community_comes_before_what_stands_with_departments() -> None:
    tasks = [brief(TaskState.SIGNED, 1), brief(TaskState.ANSWERED, 4, "司法所")]
    step = next_step(State.MEDIATING, placed=True, due_at=DUE, tasks=tasks)
    assert step.turn is Turn.COMMUNITY
    assert step.phrase.say("zh") == "确认司法所答复"
    # The answer is there; whoever confirms it has the case's own time.
    assert step.due_at == DUE


@walked("state", FORMED)
@walked("task", [TaskState.RETURNED, TaskState.ANSWERED])
def test_what_the_street_called_comes_back_to_the_street(state: State, task: TaskState) -> None:
    called = replace(brief(task), is_called=True)
    assert next_step(state, placed=True, due_at=DUE, tasks=[called]).turn is Turn.STREET
    both = next_step(state, placed=True, due_at=DUE, tasks=[called, brief(task, name="司法所")])
    assert both.turn is Turn.COMMUNITY
    assert "司法所" in both.phrase.say("zh")
    assert "住建所" not in both.phrase.say("zh")


def test_the_earlier_of_the_cases_and_the_tasks_deadline_counts() -> None:
    late_case = next_step(State.MEDIATING, placed=True, due_at=NOW + timedelta(days=2), tasks=[brief(TaskState.SIGNED, 5)])
    assert late_case.due_at == NOW + timedelta(days=2)
    tasks = [brief(TaskState.SIGNED, 5), brief(TaskState.ASSIGNED, 3)]
    late_task = next_step(State.MEDIATING, placed=True, due_at=DUE, tasks=tasks)
    assert late_task.due_at == NOW + timedelta(days=3)


def test_a_task_that_is_done_holds_nothing_up() -> None:
    for state in DONE_STATES:
        assert not is_open(state)
        assert next_step(State.MEDIATING, placed=True, due_at=DUE, tasks=[brief(state)]).phrase.code == "next.hold_session"


def test_the_next_session_is_numbered() -> None:
    assert next_step(State.MEDIATING, placed=True, due_at=DUE, sessions_held=2).phrase.say("zh") == "主持第 3 次调解"


def test_without_a_deadline_a_case_stands_behind_all_that_have_one() -> None:
    assert next_step(State.MEDIATING, placed=True, due_at=None).due_at == NEVER
    assert next_step(State.CLOSED, placed=True, due_at=None).due_at == NEVER


def test_an_answer_that_is_late_is_urged() -> None:
    phrase = next_step(State.MEDIATING, placed=True, due_at=DUE, tasks=[brief(TaskState.SIGNED)]).phrase
    assert in_time(phrase, NOW + timedelta(days=5), NOW).code == "next.await_answer"
    assert in_time(phrase, NOW + timedelta(days=5), NOW + timedelta(days=5)).code == "next.await_answer"
    late = in_time(phrase, NOW + timedelta(days=5), NOW + timedelta(days=6))
    assert late.say("zh") == "催住建所答复"
    other = next_step(State.FILED, placed=True, due_at=DUE).phrase
    assert in_time(other, NOW, NOW + timedelta(days=1)) == other


def test_the_worker_has_a_part_in_three_steps_and_reads_of_no_other() -> None:
    for code in [code for code in PHRASES if code.startswith("next.")]:
        step = next_step(State.FILED, placed=True, due_at=DUE).phrase
        own = for_worker(type(step)(code, {"departments": ["住建所"], "number": 1}))
        assert (own is not None) is (f"worker.{code}" in PHRASES)
    part = for_worker(next_step(State.MEDIATING, placed=True, due_at=DUE).phrase)
    assert part is not None
    assert part.say("zh") == "带双方到场，第 1 次调解"


@walked("turn", Turn)
def test_every_turn_reads_in_both_languages(turn: Turn) -> None:
    assert label(turn).zh
    assert label(turn).en.isascii()


def test_a_step_that_waits_for_departments_names_those_and_only_those_that_are_waited_for() -> None:
    tasks = [brief(TaskState.ASSIGNED, 5, "住建所"), brief(TaskState.SIGNED, 6, "派出所")]
    assert {task.state for task in tasks} == WITH_DEPARTMENT
    assert next_step(State.TEAM_FORMED, placed=True, due_at=DUE, tasks=tasks).phrase.say("zh") == "等住建所、派出所答复"
