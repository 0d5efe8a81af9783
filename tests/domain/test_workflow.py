"""The life of a case: every state, every act, every role, and the soundness of the table itself."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.permissions import Actor, CaseSubject, Permission, holds, may
from gridmediate.domain.problems import (
    ActNotOpen,
    ConditionNotMet,
    Faults,
    Kind,
    NotPermitted,
    SeatsNotSettled,
    TaskOpen,
)
from gridmediate.domain.vocabulary import Label, Role, Status, Willingness, label
from gridmediate.domain.workflow import (
    FINAL_STATES,
    LAWFUL_ENDS,
    MAIN_LINE,
    OPEN_STATES,
    TO_CLOSE,
    TRANSITIONS,
    Act,
    Audience,
    CaseFacts,
    Clock,
    Condition,
    Needs,
    Outcome,
    State,
    advance,
    as_mermaid,
    open_acts,
    row_for,
    status_of,
)

ME = uuid4()
#: Somebody of each role who answers for the one place there is, in every way the role can.
PEOPLE = {
    role: Actor(ME, "林", frozenset({role}), frozenset({"cell"}), frozenset({"housing"}), frozenset({"community"}),
                frozenset({"street"}), frozenset({"county"}))
    for role in Role
}
CASE = CaseSubject("street", "county", "community", "cell", ME, frozenset({ME}), frozenset({"housing"}), frozenset({"housing"}))
READY = CaseFacts(State.FILED, lead_settles=True)
HOUSING = Label("住建所", "Housing office")
EVERY = [(state, act) for state in State for act in Act]

#: What may be done where, and where it leads: the field's rule, written a second time by hand.
UNDER_WAY = {State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.REOPENED}
EXPECTED: dict[Act, tuple[set[State], State]] = {
    Act.ACCEPT: ({State.FILED}, State.ACCEPTED),
    Act.NOT_ACCEPT: ({State.FILED}, State.NOT_ACCEPTED),
    Act.MARK_DUPLICATE: ({State.FILED}, State.DUPLICATE),
    Act.SOLVE_ON_SPOT: ({State.FILED}, State.SOLVED_ON_SPOT),
    Act.FORM_TEAM: ({State.ACCEPTED, State.REOPENED}, State.TEAM_FORMED),
    Act.NOTE_SESSION: ({State.TEAM_FORMED, State.MEDIATING}, State.MEDIATING),
    Act.AGREE_ORALLY: ({State.MEDIATING}, State.AGREED_ORAL),
    Act.AGREE_IN_WRITING: ({State.MEDIATING}, State.AGREED_WRITTEN),
    Act.RECORD_REFUSAL: ({State.FILED} | UNDER_WAY, State.REFUSED),
    Act.WITHDRAW: ({State.FILED} | UNDER_WAY, State.WITHDRAWN),
    Act.TERMINATE: ({State.TEAM_FORMED, State.MEDIATING}, State.TERMINATED),
    Act.REFER: (UNDER_WAY, State.REFERRED),
    Act.CLOSE: ({State.AGREED_ORAL, State.AGREED_WRITTEN, State.REFUSED, State.WITHDRAWN, State.TERMINATED, State.REFERRED},
                State.CLOSED),
    Act.CLOSE_AS_DEPARTMENT: ({State.TEAM_FORMED, State.MEDIATING}, State.CLOSED),
    Act.REOPEN: ({State.NOT_ACCEPTED, State.DUPLICATE, State.SOLVED_ON_SPOT, State.CLOSED}, State.REOPENED),
}
DOERS: dict[Act, set[Role]] = {act: {Role.CADRE} for act in Act} | {
    Act.SOLVE_ON_SPOT: {Role.CADRE, Role.GRID_WORKER},
    Act.CLOSE_AS_DEPARTMENT: {Role.DEPARTMENT_STAFF},
    Act.REOPEN: {Role.CADRE, Role.LEADER},
}


def permits(role: Role):
    return lambda permission: may(PEOPLE[role], permission, CASE)


def anything(_permission: Permission) -> bool:
    return True


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("state", "act"), EVERY)
def test_each_role_does_in_each_state_exactly_what_the_field_says(state: State, act: Act, role: Role) -> None:
    sources, target = EXPECTED[act]
    facts = replace(READY, state=state)
    if role not in DOERS[act]:
        with pytest.raises(NotPermitted):
            advance(facts, act, permitted=permits(role), given=set(Needs))
    elif state not in sources:
        with pytest.raises(ActNotOpen) as refusal:
            advance(facts, act, permitted=permits(role), given=set(Needs))
        assert label(state).zh in refusal.value.say("zh")
        assert label(act).zh in refusal.value.say("zh")
        assert refusal.value.kind is Kind.CONFLICT
    else:
        row = advance(facts, act, permitted=permits(role), given=set(Needs))
        assert (row.source, row.act, row.target) == (state, act, target)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", State)
def test_the_buttons_of_a_page_are_the_acts_that_would_be_done(state: State, role: Role) -> None:
    facts = replace(READY, state=state)
    shown = {each.row.act for each in open_acts(facts, permits(role)) if each.blocked is None}
    done = set()
    for act in Act:
        try:
            advance(facts, act, permitted=permits(role), given=set(Needs))
        except (NotPermitted, ActNotOpen):
            continue
        done.add(act)
    assert shown == done


CLOCK = {
    Act.ACCEPT: Clock.START_MEDIATION, Act.REOPEN: Clock.START_MEDIATION, Act.FORM_TEAM: Clock.KEEP, Act.NOTE_SESSION: Clock.KEEP,
}
OUTCOME = {
    Act.NOT_ACCEPT: Outcome.NOT_ACCEPTED, Act.MARK_DUPLICATE: Outcome.DUPLICATE, Act.SOLVE_ON_SPOT: Outcome.SOLVED_ON_SPOT,
    Act.AGREE_ORALLY: Outcome.AGREED_ORAL, Act.AGREE_IN_WRITING: Outcome.AGREED_WRITTEN, Act.RECORD_REFUSAL: Outcome.REFUSED,
    Act.WITHDRAW: Outcome.WITHDRAWN, Act.TERMINATE: Outcome.TERMINATED, Act.REFER: Outcome.REFERRED,
    Act.CLOSE_AS_DEPARTMENT: Outcome.SETTLED_BY_DEPARTMENT,
}
TOLD = {
    Act.ACCEPT: {Audience.FILER}, Act.NOT_ACCEPT: {Audience.FILER}, Act.MARK_DUPLICATE: {Audience.FILER},
    Act.NOTE_SESSION: {Audience.FILER}, Act.SOLVE_ON_SPOT: {Audience.FILER, Audience.CADRE},
}
NEEDED = {
    Act.ACCEPT: set(), Act.FORM_TEAM: set(), Act.NOT_ACCEPT: {Needs.REASON, Needs.REFERRAL},
    Act.MARK_DUPLICATE: {Needs.DUPLICATE_OF}, Act.SOLVE_ON_SPOT: {Needs.RESULT}, Act.NOTE_SESSION: {Needs.NOTE},
    Act.AGREE_ORALLY: {Needs.TERMS},
    Act.AGREE_IN_WRITING: {Needs.TERMS}, Act.RECORD_REFUSAL: {Needs.REASON, Needs.ROUTES_TOLD}, Act.WITHDRAW: {Needs.REASON},
    Act.TERMINATE: {Needs.REASON, Needs.ROUTES_TOLD}, Act.REFER: {Needs.REASON, Needs.REFERRAL},
    Act.CLOSE: {Needs.RESULT, Needs.SIDES_TOLD}, Act.CLOSE_AS_DEPARTMENT: {Needs.RESULT, Needs.SIDES_TOLD},
    Act.REOPEN: {Needs.REASON},
}


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.act}")
def test_each_row_turns_its_clock_names_its_outcome_and_tells_its_people(row) -> None:
    assert row.clock is CLOCK.get(row.act, Clock.STOP)
    assert row.outcome is OUTCOME.get(row.act)
    assert set(row.notifies) == TOLD.get(row.act, {Audience.FILER, Audience.TEAM, Audience.DEPARTMENTS})
    assert set(row.needs) == NEEDED[row.act]


@pytest.mark.parametrize("row", [row for row in TRANSITIONS if row.needs], ids=lambda row: f"{row.source}-{row.act}")
def test_an_act_without_its_words_names_every_word_that_is_missing(row) -> None:
    with pytest.raises(Faults) as refusal:
        advance(replace(READY, state=row.source), row.act, permitted=anything)
    assert {each.field for each in refusal.value.problems} == {need.value for need in row.needs}
    for need in row.needs:
        with pytest.raises(Faults) as one:
            advance(replace(READY, state=row.source), row.act, permitted=anything, given=set(Needs) - {need})
        assert [each.field for each in one.value.problems] == [need.value]


BROKEN: dict[Condition, tuple[dict, type[Exception]]] = {
    Condition.PLACED: ({"placed": False}, ConditionNotMet),
    Condition.MEDIABLE: ({"mediable": False}, ConditionNotMet),
    Condition.NOT_UNWILLING: ({"willingness": Willingness.UNWILLING}, ConditionNotMet),
    Condition.SEATS_SETTLED: ({"seats_to_settle": (HOUSING,)}, SeatsNotSettled),
    Condition.NO_OPEN_TASK: ({"open_tasks": (HOUSING,)}, TaskOpen),
    Condition.LEAD_SETTLES: ({"lead_settles": False}, ConditionNotMet),
    Condition.NO_OTHER_OPEN_TASK: ({"other_open_tasks": (HOUSING,)}, TaskOpen),
}
CONDITIONED = [(row, condition) for row in TRANSITIONS for condition in row.conditions]


@pytest.mark.parametrize(("row", "condition"), CONDITIONED, ids=[f"{row.source}-{row.act}-{each}" for row, each in CONDITIONED])
def test_a_condition_that_does_not_hold_refuses_in_words_and_beside_the_button(row, condition: Condition) -> None:
    change, kind = BROKEN[condition]
    facts = replace(READY, state=row.source, **change)
    with pytest.raises(kind) as refusal:
        advance(facts, row.act, permitted=anything, given=set(Needs))
    assert refusal.value.kind is Kind.CONFLICT
    assert refusal.value.say("zh") != refusal.value.say("en")
    blocked = next(each.blocked for each in open_acts(facts, anything) if each.row is row)
    assert type(blocked) is kind


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.act}")
def test_what_a_row_does_not_ask_for_does_not_stop_it(row) -> None:
    wrong: dict = {}
    for condition, (change, _) in BROKEN.items():
        wrong |= change if condition not in row.conditions else {}
    assert advance(replace(READY, state=row.source, **wrong), row.act, permitted=anything, given=set(Needs)) is row


def test_who_may_not_learns_nothing_of_the_inside() -> None:
    facts = CaseFacts(State.CLOSED, placed=False, mediable=False)
    with pytest.raises(NotPermitted):
        advance(facts, Act.ACCEPT, permitted=lambda permission: False)


def test_matters_that_mediation_may_not_take_do_not_come_in_by_reopening() -> None:
    # "Not accepted", then "reopened", must not lead round the refusal.
    facts = CaseFacts(State.REOPENED, mediable=False)
    with pytest.raises(ConditionNotMet):
        advance(facts, Act.FORM_TEAM, permitted=anything)


# -- the table is sound ------------------------------------------------------------------------------------------------


def reachable(start: State, acts: set[Act]) -> set[State]:
    found, edge = {start}, [start]
    while edge:
        state = edge.pop()
        for row in TRANSITIONS:
            if row.source is state and row.act in acts and row.target not in found:
                found.add(row.target)
                edge.append(row.target)
    return found


def test_every_state_can_be_reached_from_filed() -> None:
    assert reachable(State.FILED, set(Act)) == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL_STATES))
def test_every_open_state_has_a_way_to_an_end(state: State) -> None:
    assert reachable(state, set(Act)) & FINAL_STATES


@pytest.mark.parametrize("state", sorted(set(State) - FINAL_STATES))
def test_every_open_state_has_a_lawful_end_that_asks_nobodys_agreement(state: State) -> None:
    # Nor a cell, a full team, a willing party or a department's answer: only, before closing, that no task is left open.
    without_agreeing = {*LAWFUL_ENDS, Act.CLOSE}
    assert reachable(state, without_agreeing) & FINAL_STATES
    for row in TRANSITIONS:
        if row.act in LAWFUL_ENDS:
            assert row.conditions == ()
        if row.act is Act.CLOSE:
            assert row.conditions == (Condition.NO_OPEN_TASK,)


def test_every_state_is_open_or_waits_for_closing_or_is_final_and_only_one() -> None:
    assert set(State) == OPEN_STATES | TO_CLOSE | FINAL_STATES
    assert len(OPEN_STATES) + len(TO_CLOSE) + len(FINAL_STATES) == len(State)


def test_no_case_closes_past_an_open_task() -> None:
    for row in TRANSITIONS:
        # Only from FILED, where no task can be out yet, does a case become final without the question.
        if row.target in FINAL_STATES and row.source is not State.FILED:
            assert {Condition.NO_OPEN_TASK, Condition.NO_OTHER_OPEN_TASK} & set(row.conditions)


def test_a_final_state_leads_only_to_reopening() -> None:
    assert {row.act for row in TRANSITIONS if row.source in FINAL_STATES} == {Act.REOPEN}


def test_one_act_asks_for_one_permission_wherever_it_stands() -> None:
    for act in Act:
        assert len({row.permission for row in TRANSITIONS if row.act is act}) == 1
    for row in TRANSITIONS:
        assert any(holds(actor, row.permission) for actor in PEOPLE.values())


def test_a_clock_runs_in_open_states_and_in_no_other() -> None:
    for row in TRANSITIONS:
        if row.target in OPEN_STATES:
            assert row.clock is not Clock.STOP
        else:
            assert row.clock is Clock.STOP
        if row.source not in OPEN_STATES and row.target in OPEN_STATES:
            assert row.clock is Clock.START_MEDIATION


def test_every_end_has_its_outcome_and_every_outcome_its_end() -> None:
    assert {row.outcome for row in TRANSITIONS} - {None} == set(Outcome)
    for row in TRANSITIONS:
        if row.target in FINAL_STATES | TO_CLOSE and row.source not in TO_CLOSE:
            assert row.outcome is not None


@pytest.mark.parametrize("word", [*State, *Act, *Outcome, *Needs])
def test_every_word_reads_in_both_languages(word) -> None:
    assert re.search(r"[\u4e00-\u9fff]", label(word).zh)
    assert label(word).en.isascii()


def test_the_stepper_walks_the_table() -> None:
    for one, next_one in pairwise(MAIN_LINE):
        assert any(row.source is one and row.target is next_one for row in TRANSITIONS)


# -- status and diagram ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_a_state_reads_as_one_of_five_words_and_never_as_late(state: State, outcome: Outcome | None) -> None:
    status = status_of(state, outcome)
    assert status is not Status.OVERDUE
    assert (status in (Status.FILED, Status.ACCEPTED, Status.MEDIATING)) is (state in OPEN_STATES)


def test_closing_does_not_change_how_a_case_ended() -> None:
    for row in TRANSITIONS:
        if row.target in TO_CLOSE:
            assert status_of(State.CLOSED, row.outcome) is status_of(row.target, row.outcome)
    assert status_of(State.CLOSED, Outcome.SETTLED_BY_DEPARTMENT) is Status.SETTLED


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_diagram_draws_every_row(language: str) -> None:
    drawn = as_mermaid(language)
    for row in TRANSITIONS:
        assert f"{row.source} --> {row.target}: {label(row.act).say(language)}" in drawn
    assert drawn.startswith("stateDiagram-v2\n    [*] --> filed\n")


@given(st.lists(st.sampled_from(Act), max_size=40))
def test_no_row_of_acts_gets_stuck(acts: list[Act]) -> None:
    state = State.FILED
    for act in acts:
        row = row_for(state, act)
        state = row.target if row else state
    assert reachable(state, set(Act)) & FINAL_STATES
