"""A department's task: the whole small table, sent back once, ruled the second time, and final then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.permissions import GRANTS, Permission, Scope
from gridmediate.domain.problems import Kind, NotPermitted
from gridmediate.domain.tasks import (
    DONE_STATES,
    TASK_TABLE,
    WITH_DEPARTMENT,
    AnswerKind,
    ArrivalNotOpen,
    ReturnReason,
    RulingIsFinal,
    TaskAct,
    TaskActNotOpen,
    TaskFacts,
    TaskState,
    advance_task,
    is_open,
    open_task_acts,
)
from gridmediate.domain.vocabulary import Role, label
from tests.rig.walk import walked

T, A = TaskState, TaskAct
#: Written a second time by hand: act → the states it is open in, the state it leads to, the roles that do it.
EXPECTED: dict[TaskAct, tuple[set[TaskState], TaskState, set[Role]]] = {
    A.SIGN: ({T.ASSIGNED}, T.SIGNED, {Role.DEPARTMENT_STAFF}),
    A.ANSWER: ({T.ASSIGNED, T.SIGNED}, T.ANSWERED, {Role.DEPARTMENT_STAFF}),
    A.SEND_BACK: ({T.ASSIGNED, T.SIGNED}, T.RETURNED, {Role.DEPARTMENT_STAFF}),
    A.ASSIGN_AGAIN: ({T.RETURNED}, T.ASSIGNED, {Role.CADRE}),
    A.RULE: ({T.RULING}, T.ASSIGNED, {Role.LEADER}),
    A.CONFIRM: ({T.ANSWERED}, T.CONFIRMED, {Role.CADRE}),
    A.ASK_AGAIN: ({T.ANSWERED}, T.SIGNED, {Role.CADRE}),
    A.RECALL: ({T.ASSIGNED, T.SIGNED, T.RETURNED, T.RULING}, T.RECALLED, {Role.CADRE}),
}
#: What is otherwise where the street has called: the department comes, and the street receives what comes back.
WHEN_CALLED = EXPECTED | {
    A.COME: ({T.ASSIGNED, T.SIGNED}, T.SIGNED, {Role.DEPARTMENT_STAFF}),
    A.ASSIGN_AGAIN: ({T.RETURNED}, T.ASSIGNED, {Role.LEADER}),
    A.CONFIRM: ({T.ANSWERED}, T.CONFIRMED, {Role.LEADER}),
    A.ASK_AGAIN: ({T.ANSWERED}, T.SIGNED, {Role.LEADER}),
    A.RECALL: ({T.ASSIGNED, T.SIGNED, T.RETURNED, T.RULING}, T.RECALLED, {Role.LEADER}),
}


def anything(_permission: Permission) -> bool:
    return True


@walked("role", Role)
@walked(("act", "called"), [(act, False) for act in EXPECTED] + [(act, True) for act in WHEN_CALLED])
@walked("state", TaskState)
def test_each_role_does_in_each_state_exactly_what_the_field_says(
    state: TaskState, act: TaskAct, role: Role, called: bool,
) -> None:
    sources, target, doers = (WHEN_CALLED if called else EXPECTED)[act]
    facts = TaskFacts(state, called=called)

    def permitted(permission: Permission) -> bool:
        # Of a case that stands with its cell; a leader takes over the cadre's part where it was sent up (test_permissions).
        return set(GRANTS[role].get(permission, ())) - {Scope.STREET_RAISED} != set()

    shown = open_task_acts(facts, permitted)
    if role not in doers:
        with pytest.raises(NotPermitted):
            advance_task(facts, act, permitted=permitted)
        assert act not in shown
    elif state not in sources:
        with pytest.raises(TaskActNotOpen) as refusal:
            advance_task(facts, act, permitted=permitted)
        assert refusal.value.kind is Kind.CONFLICT
        assert label(state).zh in refusal.value.say("zh")
        assert act not in shown
    else:
        assert advance_task(facts, act, permitted=permitted) is target
        assert act in shown


@walked("facts", [TaskFacts(T.SIGNED), TaskFacts(T.SIGNED, called=True, came=True)], ids=["asked", "came"])
def test_only_who_was_called_comes_and_once(facts: TaskFacts) -> None:
    with pytest.raises(ArrivalNotOpen):
        advance_task(facts, A.COME, permitted=anything)
    assert A.COME not in open_task_acts(facts, anything)
    assert A.ANSWER in open_task_acts(facts, anything)


def test_every_act_has_one_row() -> None:
    assert sorted(row.act for row in TASK_TABLE) == sorted(TaskAct)


def test_the_first_return_goes_to_the_community_the_second_to_the_street() -> None:
    assert advance_task(TaskFacts(T.SIGNED, 0), A.SEND_BACK, permitted=anything) is T.RETURNED
    assert advance_task(TaskFacts(T.ASSIGNED, 1), A.SEND_BACK, permitted=anything) is T.RULING
    assert advance_task(TaskFacts(T.ASSIGNED, 7), A.SEND_BACK, permitted=anything) is T.RULING


@walked("state", sorted(WITH_DEPARTMENT))
@walked("count", [0, 1, 2])
def test_after_a_ruling_nothing_goes_back(state: TaskState, count: int) -> None:
    facts = TaskFacts(state, count, ruled=True)
    with pytest.raises(RulingIsFinal) as refusal:
        advance_task(facts, A.SEND_BACK, permitted=anything)
    assert refusal.value.kind is Kind.CONFLICT
    assert A.SEND_BACK not in open_task_acts(facts, anything)
    assert A.ANSWER in open_task_acts(facts, anything)


def test_only_confirmed_and_recalled_tasks_hold_nothing_up() -> None:
    assert {state for state in TaskState if not is_open(state)} == DONE_STATES == {T.CONFIRMED, T.RECALLED}


@walked(("called", "asker"), [(False, Role.CADRE), (True, Role.LEADER)])
@walked("state", sorted(set(TaskState) - DONE_STATES))
def test_every_open_task_can_be_ended_by_who_asked_alone(state: TaskState, called: bool, asker: Role) -> None:
    # Otherwise a silent department could keep a case from closing for ever.
    def permitted(permission: Permission) -> bool:
        return permission in GRANTS[asker]

    facts = TaskFacts(state, called=called)
    assert {advance_task(facts, act, permitted=permitted) for act in open_task_acts(facts, permitted)} & DONE_STATES


@walked("state", sorted(DONE_STATES))
def test_a_task_that_is_done_stays_done(state: TaskState) -> None:
    assert open_task_acts(TaskFacts(state), anything) == ()


@given(st.lists(st.sampled_from(TaskAct), max_size=60))
def test_a_task_goes_back_at_most_twice_however_long_it_lives(acts: list[TaskAct]) -> None:
    state, returned, ruled, rulings = T.ASSIGNED, 0, False, 0
    for act in acts:
        try:
            state = advance_task(TaskFacts(state, returned, ruled), act, permitted=anything)
        except (TaskActNotOpen, RulingIsFinal, ArrivalNotOpen):
            continue
        returned += act is A.SEND_BACK
        rulings += act is A.RULE
        ruled = ruled or act is A.RULE
    assert returned <= 2
    assert rulings <= 1


@walked("word", [*TaskState, *TaskAct, *ReturnReason, *AnswerKind])
def test_every_word_reads_in_both_languages(word) -> None:
    assert label(word).zh
    assert label(word).en.isascii()
