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
from gridmediate.domain.vocabulary import Label, Level, Role, Status, Willingness, label
from gridmediate.domain.workflow import (
    AGREED,
    FINAL_STATES,
    LAWFUL_ENDS,
    MAIN_LINE,
    OPEN_STATES,
    TO_CLOSE,
    TRANSITIONS,
    Act,
    AgreementState,
    Audience,
    CaseFacts,
    Clock,
    Condition,
    Extension,
    Needs,
    Outcome,
    State,
    advance,
    as_mermaid,
    open_acts,
    row_for,
    status_of,
)
from tests.rig.walk import walked

ME = uuid4()
#: Somebody of each role who answers for the one place there is, in every way the role can.
PEOPLE = {
    role: Actor(ME, "林", frozenset({role}), frozenset({"cell"}), frozenset({"housing"}), frozenset({"community"}),
                frozenset({"street"}), frozenset({"county"}))
    for role in Role
}
CASE = CaseSubject("street", "county", "community", "cell", ME, frozenset({ME}), frozenset({"housing"}), frozenset({"housing"}))
READY = CaseFacts(State.FILED, lead_settles=True)
#: What an act waits for that is not so of itself: an agreement to keep, a clock that stands still, a question that went up.
LED_TO: dict[Act, dict] = {
    Act.START_PERFORMING: {"agreement": AgreementState.IN_FORCE, "clauses_open": 2},
    Act.CLOSE: {"agreement": AgreementState.IN_FORCE},
    Act.RETURN_TO_MEDIATION: {"agreement": AgreementState.UNSIGNED},
    Act.RESUME: {"is_paused": True},
    Act.GRANT_EXTENSION: {"extension": Extension.ASKED},
    Act.DENY_EXTENSION: {"extension": Extension.ASKED},
    Act.TAKE_UP: {"waits_above": True, "is_raised": True},
    Act.BRING_DOWN: {"is_raised": True},
}
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
    Act.CLOSE: ({State.AGREED_ORAL, State.AGREED_WRITTEN, State.PERFORMING, State.REFUSED, State.WITHDRAWN, State.TERMINATED,
                 State.REFERRED}, State.CLOSED),
    Act.RETURN_TO_MEDIATION: ({State.AGREED_WRITTEN}, State.MEDIATING),
    Act.START_PERFORMING: ({State.AGREED_ORAL, State.AGREED_WRITTEN}, State.PERFORMING),
    Act.END_UNPERFORMED: ({State.PERFORMING}, State.TERMINATED),
    Act.ARCHIVE: ({State.CLOSED}, State.ARCHIVED),
    Act.CLOSE_AS_DEPARTMENT: ({State.TEAM_FORMED, State.MEDIATING}, State.CLOSED),
    Act.REOPEN: ({State.NOT_ACCEPTED, State.DUPLICATE, State.SOLVED_ON_SPOT, State.CLOSED, State.ARCHIVED, State.REFUSED,
                  State.WITHDRAWN}, State.REOPENED),
}
#: What runs beside the main line, and in which states: it leads back to where it was.
BESIDE: dict[Act, set[State]] = {
    Act.AGREE_PARTLY: {State.MEDIATING},
    Act.SUSPEND: UNDER_WAY, Act.RESUME: UNDER_WAY,
    Act.ASK_EXTENSION: {State.TEAM_FORMED, State.MEDIATING}, Act.GRANT_EXTENSION: {State.TEAM_FORMED, State.MEDIATING},
    Act.DENY_EXTENSION: {State.TEAM_FORMED, State.MEDIATING},
    Act.ESCALATE: UNDER_WAY, Act.TAKE_UP: UNDER_WAY, Act.BRING_DOWN: UNDER_WAY,
    Act.NOTIFY_POLICE: {State.FILED} | UNDER_WAY,
}
DOERS: dict[Act, set[Role]] = {act: {Role.CADRE} for act in Act} | {
    Act.SOLVE_ON_SPOT: {Role.CADRE, Role.GRID_WORKER},
    Act.CLOSE_AS_DEPARTMENT: {Role.DEPARTMENT_STAFF},
    Act.REOPEN: {Role.CADRE, Role.LEADER},
    Act.GRANT_EXTENSION: {Role.LEADER}, Act.DENY_EXTENSION: {Role.LEADER},
    Act.ESCALATE: {Role.GRID_WORKER, Role.CADRE},
    Act.TAKE_UP: set(), Act.BRING_DOWN: set(),
    Act.NOTIFY_POLICE: {Role.GRID_WORKER, Role.CADRE, Role.LEADER},
}
#: Who may besides, once the case stands with a level above the cell.
ASKED: dict[Level, Role] = {Level.COMMUNITY: Role.CADRE, Level.STREET: Role.LEADER, Level.COUNTY: Role.COORDINATOR}
#: What a street's leaders do themselves in a case that was sent up to the street, or on from there.
LED_BY_STREET = {
    Act.NOTE_SESSION, Act.AGREE_ORALLY, Act.AGREE_IN_WRITING, Act.AGREE_PARTLY, Act.RETURN_TO_MEDIATION, Act.START_PERFORMING,
    Act.SUSPEND, Act.RESUME, Act.ASK_EXTENSION, Act.ESCALATE, Act.RECORD_REFUSAL, Act.WITHDRAW, Act.TERMINATE, Act.REFER,
    Act.END_UNPERFORMED, Act.CLOSE, Act.ARCHIVE,
}


def doers(act: Act, level: Level) -> set[Role]:
    found = set(DOERS[act])
    if act in LED_BY_STREET and level in (Level.STREET, Level.COUNTY):
        found.add(Role.LEADER)
    if act in (Act.TAKE_UP, Act.BRING_DOWN) and level in ASKED:
        found.add(ASKED[level])
    return found


def permits(role: Role, level: Level = Level.CELL):
    return lambda permission: may(PEOPLE[role], permission, replace(CASE, level=level))


def ready(state: State, act: Act) -> CaseFacts:
    return replace(READY, state=state, **LED_TO.get(act, {}))


def led_to(state: State, act: Act) -> State | None:
    if act in BESIDE:
        return state if state in BESIDE[act] else None
    sources, target = EXPECTED[act]
    return target if state in sources else None


def anything(_permission: Permission) -> bool:
    return True


@walked("level", Level)
@walked(("state", "act"), EVERY)
def test_each_role_does_in_each_state_exactly_what_the_field_says(state: State, act: Act, level: Level) -> None:
    target, facts = led_to(state, act), ready(state, act)
    for role in Role:
        if role not in doers(act, level):
            with pytest.raises(NotPermitted):
                advance(facts, act, permitted=permits(role, level), given=set(Needs))
        elif target is None:
            with pytest.raises(ActNotOpen) as refusal:
                advance(facts, act, permitted=permits(role, level), given=set(Needs))
            assert label(state).zh in refusal.value.say("zh")
            assert label(act).zh in refusal.value.say("zh")
            assert refusal.value.kind is Kind.CONFLICT
        else:
            row = advance(facts, act, permitted=permits(role, level), given=set(Needs))
            assert (row.source, row.act, row.target) == (state, act, target)


def test_the_two_tables_name_every_act_once() -> None:
    assert EXPECTED.keys() | BESIDE.keys() == set(Act)
    assert not EXPECTED.keys() & BESIDE.keys()


@walked("role", Role)
@walked("state", State)
def test_the_buttons_of_a_page_are_the_acts_that_would_be_done(state: State, role: Role) -> None:
    facts = replace(READY, state=state)
    shown = {each.row.act for each in open_acts(facts, permits(role)) if each.blocked is None}
    done = set()
    for act in Act:
        try:
            advance(facts, act, permitted=permits(role), given=set(Needs))
        except (NotPermitted, ActNotOpen, ConditionNotMet):
            continue
        done.add(act)
    assert shown == done


CLOCK = {
    Act.ACCEPT: Clock.START_MEDIATION, Act.REOPEN: Clock.START_MEDIATION, Act.FORM_TEAM: Clock.KEEP, Act.NOTE_SESSION: Clock.KEEP,
    **dict.fromkeys(BESIDE, Clock.KEEP), Act.SUSPEND: Clock.PAUSE, Act.RESUME: Clock.RESUME, Act.GRANT_EXTENSION: Clock.EXTEND,
    Act.RETURN_TO_MEDIATION: Clock.GO_ON,
}
OUTCOME = {
    Act.NOT_ACCEPT: Outcome.NOT_ACCEPTED, Act.MARK_DUPLICATE: Outcome.DUPLICATE, Act.SOLVE_ON_SPOT: Outcome.SOLVED_ON_SPOT,
    Act.AGREE_ORALLY: Outcome.AGREED_ORAL, Act.AGREE_IN_WRITING: Outcome.AGREED_WRITTEN, Act.RECORD_REFUSAL: Outcome.REFUSED,
    Act.WITHDRAW: Outcome.WITHDRAWN, Act.TERMINATE: Outcome.TERMINATED, Act.REFER: Outcome.REFERRED,
    Act.CLOSE_AS_DEPARTMENT: Outcome.SETTLED_BY_DEPARTMENT, Act.END_UNPERFORMED: Outcome.NOT_PERFORMED,
}
TOLD = {
    Act.ACCEPT: {Audience.FILER}, Act.NOT_ACCEPT: {Audience.FILER, Audience.TEAM},
    Act.MARK_DUPLICATE: {Audience.FILER, Audience.TEAM},
    Act.NOTE_SESSION: {Audience.FILER}, Act.SOLVE_ON_SPOT: {Audience.FILER, Audience.CADRE},
    Act.START_PERFORMING: {Audience.FILER, Audience.TEAM}, Act.ASK_EXTENSION: {Audience.ABOVE},
    Act.GRANT_EXTENSION: {Audience.TEAM}, Act.DENY_EXTENSION: {Audience.TEAM}, Act.ESCALATE: {Audience.TEAM, Audience.ABOVE},
    Act.TAKE_UP: {Audience.FILER, Audience.TEAM}, Act.BRING_DOWN: {Audience.FILER, Audience.TEAM},
    Act.NOTIFY_POLICE: {Audience.TEAM, Audience.ABOVE}, Act.ARCHIVE: {Audience.CADRE},
}
NEEDED = {
    Act.ACCEPT: set(), Act.FORM_TEAM: set(), Act.NOT_ACCEPT: {Needs.REASON, Needs.REFERRAL},
    Act.MARK_DUPLICATE: {Needs.DUPLICATE_OF}, Act.SOLVE_ON_SPOT: {Needs.RESULT}, Act.NOTE_SESSION: {Needs.NOTE},
    Act.AGREE_ORALLY: {Needs.TERMS},
    Act.AGREE_IN_WRITING: {Needs.TERMS}, Act.RECORD_REFUSAL: {Needs.REASON, Needs.ROUTES_TOLD}, Act.WITHDRAW: {Needs.REASON},
    Act.TERMINATE: {Needs.REASON, Needs.ROUTES_TOLD}, Act.REFER: {Needs.REASON, Needs.REFERRAL},
    Act.CLOSE: {Needs.RESULT, Needs.SIDES_TOLD}, Act.CLOSE_AS_DEPARTMENT: {Needs.RESULT, Needs.SIDES_TOLD},
    Act.REOPEN: {Needs.REASON},
    Act.AGREE_PARTLY: {Needs.TERMS}, Act.RETURN_TO_MEDIATION: {Needs.REASON}, Act.START_PERFORMING: set(),
    Act.END_UNPERFORMED: {Needs.REASON, Needs.ROUTES_TOLD}, Act.SUSPEND: {Needs.CAUSE, Needs.UNTIL}, Act.RESUME: set(),
    Act.ASK_EXTENSION: {Needs.REASON, Needs.SIDES_AGREE}, Act.GRANT_EXTENSION: set(), Act.DENY_EXTENSION: {Needs.REASON},
    Act.ESCALATE: {Needs.LEVEL, Needs.TRIED, Needs.ASKED, Needs.UNTIL}, Act.TAKE_UP: set(), Act.BRING_DOWN: {Needs.REASON},
    Act.NOTIFY_POLICE: set(), Act.ARCHIVE: set(),
}


@walked("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.act}")
def test_each_row_turns_its_clock_names_its_outcome_and_tells_its_people(row) -> None:
    assert row.clock is CLOCK.get(row.act, Clock.STOP)
    assert row.outcome is OUTCOME.get(row.act)
    assert set(row.notifies) == TOLD.get(row.act, {Audience.FILER, Audience.TEAM, Audience.DEPARTMENTS})
    assert set(row.needs) == NEEDED[row.act]


@walked("row", [row for row in TRANSITIONS if row.needs], ids=lambda row: f"{row.source}-{row.act}")
def test_an_act_without_its_words_names_every_word_that_is_missing(row) -> None:
    with pytest.raises(Faults) as refusal:
        advance(ready(row.source, row.act), row.act, permitted=anything)
    assert {each.field for each in refusal.value.problems} == {need.value for need in row.needs}
    for need in row.needs:
        with pytest.raises(Faults) as one:
            advance(ready(row.source, row.act), row.act, permitted=anything, given=set(Needs) - {need})
        assert [each.field for each in one.value.problems] == [need.value]


BROKEN: dict[Condition, tuple[dict, type[Exception]]] = {
    Condition.PLACED: ({"placed": False}, ConditionNotMet),
    Condition.MEDIABLE: ({"mediable": False}, ConditionNotMet),
    Condition.NOBODY_IN_DANGER: ({"is_dangerous": True}, ConditionNotMet),
    Condition.NOT_UNWILLING: ({"willingness": Willingness.UNWILLING}, ConditionNotMet),
    Condition.SEATS_SETTLED: ({"seats_to_settle": (HOUSING,)}, SeatsNotSettled),
    Condition.NO_OPEN_TASK: ({"open_tasks": (HOUSING,)}, TaskOpen),
    Condition.LEAD_SETTLES: ({"lead_settles": False}, ConditionNotMet),
    Condition.NO_OTHER_OPEN_TASK: ({"other_open_tasks": (HOUSING,)}, TaskOpen),
    Condition.CONSENT_ANEW: ({"consent_needed": True}, ConditionNotMet),
    Condition.IN_FORCE: ({"agreement": AgreementState.UNSIGNED}, ConditionNotMet),
    Condition.NOT_IN_FORCE: ({"agreement": AgreementState.IN_FORCE}, ConditionNotMet),
    Condition.TO_PERFORM: ({"clauses_open": 0}, ConditionNotMet),
    Condition.PERFORMED: ({"clauses_open": 1}, ConditionNotMet),
    Condition.NOT_PAUSED: ({"is_paused": True}, ConditionNotMet),
    Condition.PAUSED: ({"is_paused": False}, ConditionNotMet),
    Condition.NOT_EXTENDED: ({"extension": Extension.DENIED}, ConditionNotMet),
    Condition.EXTENSION_ASKED: ({"extension": Extension.NONE}, ConditionNotMet),
    Condition.NOT_WAITING_ABOVE: ({"waits_above": True}, ConditionNotMet),
    Condition.WAITING_ABOVE: ({"waits_above": False}, ConditionNotMet),
    Condition.RAISED: ({"is_raised": False}, ConditionNotMet),
    Condition.CAN_GO_UP: ({"can_go_up": False}, ConditionNotMet),
    Condition.FOLLOWED_UP: ({"follow_ups_open": 1}, ConditionNotMet),
}
CONDITIONED = [(row, condition) for row in TRANSITIONS for condition in row.conditions]


@walked(("row", "condition"), CONDITIONED, ids=[f"{row.source}-{row.act}-{each}" for row, each in CONDITIONED])
def test_a_condition_that_does_not_hold_refuses_in_words_and_beside_the_button(row, condition: Condition) -> None:
    change, kind = BROKEN[condition]
    facts = replace(ready(row.source, row.act), **change)
    with pytest.raises(kind) as refusal:
        advance(facts, row.act, permitted=anything, given=set(Needs))
    assert refusal.value.kind is Kind.CONFLICT
    assert refusal.value.say("zh") != refusal.value.say("en")
    blocked = next(each.blocked for each in open_acts(facts, anything) if each.row is row)
    assert type(blocked) is kind


@walked("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.act}")
def test_what_a_row_does_not_ask_for_does_not_stop_it(row) -> None:
    asked = {name for condition in row.conditions for name in BROKEN[condition][0]}
    for condition, (change, _) in BROKEN.items():
        if condition not in row.conditions and not asked & change.keys():
            assert advance(replace(ready(row.source, row.act), **change), row.act, permitted=anything, given=set(Needs)) is row


def test_who_may_not_learns_nothing_of_the_inside() -> None:
    facts = CaseFacts(State.CLOSED, placed=False, mediable=False)
    with pytest.raises(NotPermitted):
        advance(facts, Act.ACCEPT, permitted=lambda permission: False)


def test_what_is_dangerous_or_not_for_mediation_reaches_the_cadre_whoever_stands_there() -> None:
    for change in ({"is_dangerous": True}, {"mediable": False}):
        with pytest.raises(ConditionNotMet):
            advance(replace(READY, **change), Act.SOLVE_ON_SPOT, permitted=anything, given=set(Needs))
    # The cadre's own decisions stay open: the danger goes with the case, it does not stop it.
    assert advance(replace(READY, is_dangerous=True), Act.ACCEPT, permitted=anything).target is State.ACCEPTED


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


@walked("state", sorted(set(State) - FINAL_STATES))
def test_every_open_state_has_a_way_to_an_end(state: State) -> None:
    assert reachable(state, set(Act)) & FINAL_STATES


@walked("state", sorted(set(State) - FINAL_STATES))
def test_every_open_state_has_a_lawful_end_that_asks_nobodys_agreement(state: State) -> None:
    # Nor a cell, a full team, a willing party or a department's answer: only, before closing, that no task is left open.
    # An agreement that binds nobody goes back to mediation; one that binds and is not kept begins its performance and ends so.
    without_agreeing = {*LAWFUL_ENDS, Act.CLOSE, Act.RETURN_TO_MEDIATION, Act.START_PERFORMING}
    assert reachable(state, without_agreeing) & FINAL_STATES
    for row in TRANSITIONS:
        if row.act in LAWFUL_ENDS:
            assert row.conditions == ()
        if row.act is Act.CLOSE and row.source not in AGREED:
            assert row.conditions == (Condition.NO_OPEN_TASK,)


@walked("left", [0, 2])
@walked(("state", "agreement"), [
    (State.AGREED_ORAL, AgreementState.IN_FORCE), (State.AGREED_WRITTEN, AgreementState.UNSIGNED),
    (State.AGREED_WRITTEN, AgreementState.IN_FORCE), (State.PERFORMING, AgreementState.IN_FORCE),
])
def test_an_agreement_leaves_no_case_stuck(state: State, agreement: AgreementState, left: int) -> None:
    facts = replace(READY, state=state, agreement=agreement, clauses_open=left)
    assert any(each.blocked is None and each.row.target is not state for each in open_acts(facts, anything))


def test_every_state_is_open_or_waits_for_closing_or_is_final_and_only_one() -> None:
    assert set(State) == OPEN_STATES | TO_CLOSE | FINAL_STATES
    assert len(OPEN_STATES) + len(TO_CLOSE) + len(FINAL_STATES) == len(State)


def test_no_case_closes_past_an_open_task() -> None:
    for row in TRANSITIONS:
        # Only from FILED, where no task can be out yet, does a case become final without the question.
        if row.target in FINAL_STATES and row.source not in {State.FILED} | FINAL_STATES:
            assert {Condition.NO_OPEN_TASK, Condition.NO_OTHER_OPEN_TASK} & set(row.conditions)


def test_a_final_state_leads_only_to_reopening() -> None:
    assert {row.act for row in TRANSITIONS if row.source in FINAL_STATES - {State.CLOSED}} == {Act.REOPEN}
    assert {row.act for row in TRANSITIONS if row.source is State.CLOSED} == {Act.REOPEN, Act.ARCHIVE}


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
            assert row.clock is (Clock.GO_ON if row.act is Act.RETURN_TO_MEDIATION else Clock.START_MEDIATION)


def test_every_end_has_its_outcome_and_every_outcome_its_end() -> None:
    assert {row.outcome for row in TRANSITIONS} - {None} == set(Outcome)
    for row in TRANSITIONS:
        if row.target in FINAL_STATES | TO_CLOSE and row.source not in TO_CLOSE | FINAL_STATES:
            assert row.outcome is not None


@walked("word", [*State, *Act, *Outcome, *Needs])
def test_every_word_reads_in_both_languages(word) -> None:
    assert re.search(r"[\u4e00-\u9fff]", label(word).zh)
    assert label(word).en.isascii()


def test_the_stepper_walks_the_table() -> None:
    for one, next_one in pairwise(MAIN_LINE):
        assert any(row.source is one and row.target is next_one for row in TRANSITIONS)


# -- status and diagram ------------------------------------------------------------------------------------------------


@walked("state", State)
@walked("outcome", [None, *Outcome])
def test_a_state_reads_as_one_of_five_words_and_never_as_late(state: State, outcome: Outcome | None) -> None:
    status = status_of(state, outcome)
    assert status is not Status.OVERDUE
    assert (status in (Status.FILED, Status.ACCEPTED, Status.MEDIATING)) is (state in OPEN_STATES)


def test_closing_does_not_change_how_a_case_ended() -> None:
    for row in TRANSITIONS:
        if row.target in TO_CLOSE and row.outcome is not None:
            assert status_of(State.CLOSED, row.outcome) is status_of(row.target, row.outcome)
            assert status_of(State.ARCHIVED, row.outcome) is status_of(row.target, row.outcome)
    assert status_of(State.CLOSED, Outcome.SETTLED_BY_DEPARTMENT) is Status.SETTLED


@walked("language", ["zh", "en"])
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
