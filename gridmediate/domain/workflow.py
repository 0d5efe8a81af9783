"""The life of a case: one table of transitions, and :func:`advance`, the only function that changes a state.

From the same rows come the buttons of the page, the refusals, the diagram and the tests, which walk every
state × act × role. What runs beside the main line (a pause, an extension, a question to the level above) is a row that leads back
to its own state.

Sources: People's Mediation Law art. 3, 17, 18, 20, 23, 26, 27, 28, 31, 32; states in use in domain references of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.case_words import Act, AgreementState, Audience, Clock, Extension, Needs, Outcome, State
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import (
    ActNotOpen,
    ConditionNotMet,
    Faults,
    FieldMissing,
    NotPermitted,
    Problem,
    SeatsNotSettled,
    TaskOpen,
)
from gridmediate.domain.vocabulary import Label, Status, Willingness, label

__all__ = [
    "AGREED", "ENDED_OTHERWISE", "FINAL_STATES", "LAWFUL_ENDS", "MAIN_LINE", "OPEN_STATES", "TO_CLOSE", "TRANSITIONS", "Act",
    "AgreementState", "Audience", "CaseFacts", "Clock", "Condition", "Extension", "Needs", "OpenAct", "Outcome", "State",
    "Transition", "advance", "as_mermaid", "open_acts", "row_for", "status_of", "unmet",
]

#: States in which the matter itself is unsettled; their cases carry a clock and count as open.
OPEN_STATES = frozenset({State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.REOPENED})
#: States with an agreement that is to be signed or kept.
AGREED = frozenset({State.AGREED_ORAL, State.AGREED_WRITTEN, State.PERFORMING})
#: States that ended without an agreement and wait for closing.
ENDED_OTHERWISE = frozenset({State.REFUSED, State.WITHDRAWN, State.TERMINATED, State.REFERRED})
#: States that wait only for what closes them.
TO_CLOSE = AGREED | ENDED_OTHERWISE
#: States with nothing left to do but, with a reason, to reopen.
FINAL_STATES = frozenset({State.NOT_ACCEPTED, State.DUPLICATE, State.SOLVED_ON_SPOT, State.CLOSED, State.ARCHIVED})
_SETTLED = frozenset({Outcome.AGREED_ORAL, Outcome.AGREED_WRITTEN, Outcome.SETTLED_BY_DEPARTMENT, Outcome.SOLVED_ON_SPOT})


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the conditions of the table look at.

    Parameters
    ----------
    state : State
    placed : bool
        Whether the case has a cell.
    mediable : bool
        False for matters that people's mediation must not take and that no court or police entrusted.
    is_dangerous : bool
        Threats, domestic violence or danger of self-harm are marked.
    willingness : Willingness
    consent_needed : bool
        A party has refused before; mediation goes on only after a new agreement to mediate.
    seats_to_settle : tuple of Label
        Seats neither filled nor declared vacant.
    open_tasks : tuple of Label
        Departments whose tasks are not confirmed.
    lead_settles : bool
        Whether the lead department's answer settles the matter.
    other_open_tasks : tuple of Label
        Open tasks apart from the lead department's own answered one.
    agreement : AgreementState
    clauses_open : int
        Clauses of the agreement that are neither kept nor given up by both sides; broken ones among them.
    is_paused : bool
        The clock stands still.
    extension : Extension
    waits_above : bool
        The level above was asked and has not answered.
    is_raised : bool
        The case stands with a level above the cell.
    can_go_up : bool
        There is a level above that may be asked.
    follow_ups_open : int
    """

    state: State
    placed: bool = True
    mediable: bool = True
    is_dangerous: bool = False
    willingness: Willingness = Willingness.WILLING
    consent_needed: bool = False
    seats_to_settle: tuple[Label, ...] = ()
    open_tasks: tuple[Label, ...] = ()
    lead_settles: bool = False
    other_open_tasks: tuple[Label, ...] = ()
    agreement: AgreementState = AgreementState.NONE
    clauses_open: int = 0
    is_paused: bool = False
    extension: Extension = Extension.NONE
    waits_above: bool = False
    is_raised: bool = False
    can_go_up: bool = True
    follow_ups_open: int = 0


class Condition(StrEnum):
    """What must hold before an act; :func:`unmet` says what is missing in words."""

    PLACED = "placed"
    MEDIABLE = "mediable"
    NOBODY_IN_DANGER = "nobody_in_danger"
    NOT_UNWILLING = "not_unwilling"
    CONSENT_ANEW = "consent_anew"
    SEATS_SETTLED = "seats_settled"
    NO_OPEN_TASK = "no_open_task"
    LEAD_SETTLES = "lead_settles"
    NO_OTHER_OPEN_TASK = "no_other_open_task"
    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    TO_PERFORM = "to_perform"
    PERFORMED = "performed"
    NOT_PAUSED = "not_paused"
    PAUSED = "paused"
    NOT_EXTENDED = "not_extended"
    EXTENSION_ASKED = "extension_asked"
    NOT_WAITING_ABOVE = "not_waiting_above"
    WAITING_ABOVE = "waiting_above"
    RAISED = "raised"
    CAN_GO_UP = "can_go_up"
    FOLLOWED_UP = "followed_up"


#: What each condition asks, and what is said where it does not hold; those with figures of their own are in :func:`unmet`.
_ASKS: dict[Condition, tuple[Callable[[CaseFacts], bool], Label]] = {
    Condition.PLACED: (lambda case: case.placed, Label(
        "还没有认定网格，请先在“位置待定”里定格。", "the case has no cell yet; settle its place first.")),
    Condition.MEDIABLE: (lambda case: case.mediable, Label(
        "这类事项依法不由人民调解办理；由社区干部选“不予受理”并写明去向。",
        "people's mediation may not take this matter; the cadre chooses “Do not accept” and says where to go.")),
    Condition.NOBODY_IN_DANGER: (lambda case: not case.is_dangerous, Label(
        "有人要动手、有家暴或可能自伤的，先报警，再由社区干部接着办，不能现场办结。",
        "where somebody may be hurt, call the police first; the cadre takes it on, and it cannot be closed on the spot.")),
    Condition.NOT_UNWILLING: (lambda case: case.willingness is not Willingness.UNWILLING, Label(
        "当事人明确不愿调解，依法不得调解；请登记“当事人拒绝”，并告知其他途径。",
        "a party clearly does not want mediation, so it is barred; record the refusal and tell the other routes.")),
    Condition.CONSENT_ANEW: (lambda case: not case.consent_needed, Label(
        "当事人拒绝过调解，要双方重新同意才能再调；请先登记调解意愿。",
        "a party refused before; both sides must agree to mediation anew. Record their willingness first.")),
    Condition.LEAD_SETTLES: (lambda case: case.lead_settles, Label(
        "主办部门还没有作出“事情已解决”的答复。", "the lead department has not answered that the matter is settled.")),
    Condition.IN_FORCE: (lambda case: case.agreement is AgreementState.IN_FORCE, Label(
        "书面协议要各方签名、调委会盖章后才生效，请先登记签署。",
        "a written agreement takes effect once every side has signed and the committee has sealed it; record that first.")),
    Condition.NOT_IN_FORCE: (lambda case: case.agreement is not AgreementState.IN_FORCE, Label(
        "协议已经生效，不能退回调解；没有履行的请告知途径。",
        "the agreement is in force and mediation cannot go on; if it is not performed, tell the routes.")),
    Condition.TO_PERFORM: (lambda case: case.clauses_open > 0, Label(
        "协议没有待履行的条款。", "no clause of the agreement is left to perform.")),
    Condition.PERFORMED: (lambda case: case.clauses_open == 0, Label(
        "协议还有条款没有履行；请逐条登记，确实不履行的选“未履行，告知途径”。",
        "clauses of the agreement are still to be kept; record each, or choose “Not performed, telling the routes”.")),
    Condition.NOT_PAUSED: (lambda case: not case.is_paused, Label(
        "计时正在中止，请先恢复计时。", "the clock is paused; resume it first.")),
    Condition.PAUSED: (lambda case: case.is_paused, Label("计时没有中止。", "the clock is not paused.")),
    Condition.NOT_EXTENDED: (lambda case: case.extension is Extension.NONE, Label(
        "延期只能申请一次，本案已申请过。", "an extension may be asked for once only; this case has had its turn.")),
    Condition.EXTENSION_ASKED: (lambda case: case.extension is Extension.ASKED, Label(
        "本案没有待批的延期申请。", "no extension waits for a decision.")),
    Condition.NOT_WAITING_ABOVE: (lambda case: not case.waits_above, Label(
        "已上报，正等上一级答复。", "the level above was asked and has not answered yet.")),
    Condition.WAITING_ABOVE: (lambda case: case.waits_above, Label(
        "本案没有等待答复的上报。", "no question waits for the level above.")),
    Condition.RAISED: (lambda case: case.is_raised, Label(
        "本案没有上报过，就在网格办理。", "the case was not sent up; it stands with its cell.")),
    Condition.CAN_GO_UP: (lambda case: case.can_go_up, Label(
        "本案已到区县，没有更上一级。", "the case stands with the county; no level is above it.")),
    Condition.FOLLOWED_UP: (lambda case: case.follow_ups_open == 0, Label(
        "回访还没有做完，做完再归档。", "follow-ups are still to be made; archive the case after them.")),
}


def unmet(condition: Condition, facts: CaseFacts) -> Problem | None:
    """Return why *condition* does not hold, or None."""
    match condition:
        case Condition.SEATS_SETTLED:
            return SeatsNotSettled(seats=facts.seats_to_settle) if facts.seats_to_settle else None
        case Condition.NO_OPEN_TASK:
            return TaskOpen(count=len(facts.open_tasks), departments=facts.open_tasks) if facts.open_tasks else None
        case Condition.NO_OTHER_OPEN_TASK:
            others = facts.other_open_tasks
            return TaskOpen(count=len(others), departments=others) if others else None
    holds, why = _ASKS[condition]
    return None if holds(facts) else ConditionNotMet(why=why)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: from this state, by this act, to that state."""

    source: State
    act: Act
    target: State
    permission: Permission
    conditions: tuple[Condition, ...] = ()
    needs: tuple[Needs, ...] = ()
    clock: Clock = Clock.KEEP
    notifies: tuple[Audience, ...] = ()
    outcome: Outcome | None = None


def _rows(
    sources: Iterable[State], act: Act, target: State, permission: Permission, *,
    conditions: tuple[Condition, ...] = (), needs: tuple[Needs, ...] = (), clock: Clock = Clock.KEEP,
    notifies: tuple[Audience, ...] = (), outcome: Outcome | None = None,
) -> list[Transition]:
    return [Transition(source, act, target, permission, conditions, needs, clock, notifies, outcome) for source in sources]


_S, _A, _P, _C, _N, _TO, _O = State, Act, Permission, Condition, Needs, Audience, Outcome
_UNDER_WAY = (_S.ACCEPTED, _S.TEAM_FORMED, _S.MEDIATING, _S.REOPENED)
_AT_WORK = (_S.TEAM_FORMED, _S.MEDIATING)
_TELL_ALL = (_TO.FILER, _TO.TEAM, _TO.DEPARTMENTS)
_TO_MEDIATE = (_C.NOT_UNWILLING, _C.NOT_PAUSED)


def _beside(
    states: Iterable[State], act: Act, permission: Permission, *, conditions: tuple[Condition, ...] = (),
    needs: tuple[Needs, ...] = (), clock: Clock = Clock.KEEP, notifies: tuple[Audience, ...] = (_TO.TEAM,),
) -> list[Transition]:
    """Return the rows of an act that leaves the state as it is."""
    return [Transition(state, act, state, permission, conditions, needs, clock, notifies) for state in states]


_DECIDING = tuple(
    _rows([_S.FILED], _A.ACCEPT, _S.ACCEPTED, _P.CASE_ACCEPT, conditions=(_C.PLACED, _C.MEDIABLE, _C.NOT_UNWILLING),
          clock=Clock.START_MEDIATION, notifies=(_TO.FILER,))
    + _rows([_S.FILED], _A.NOT_ACCEPT, _S.NOT_ACCEPTED, _P.CASE_ACCEPT, needs=(_N.REASON, _N.REFERRAL), clock=Clock.STOP,
            notifies=(_TO.FILER, _TO.TEAM), outcome=_O.NOT_ACCEPTED)
    + _rows([_S.FILED], _A.MARK_DUPLICATE, _S.DUPLICATE, _P.CASE_ACCEPT, needs=(_N.DUPLICATE_OF,), clock=Clock.STOP,
            notifies=(_TO.FILER, _TO.TEAM), outcome=_O.DUPLICATE)
    + _rows([_S.FILED], _A.SOLVE_ON_SPOT, _S.SOLVED_ON_SPOT, _P.CASE_SOLVE_ON_SPOT,
            conditions=(_C.MEDIABLE, _C.NOBODY_IN_DANGER), needs=(_N.RESULT,), clock=Clock.STOP,
            notifies=(_TO.FILER, _TO.CADRE), outcome=_O.SOLVED_ON_SPOT)
    + _rows([_S.ACCEPTED, _S.REOPENED], _A.FORM_TEAM, _S.TEAM_FORMED, _P.CASE_ACCEPT,
            conditions=(_C.PLACED, _C.MEDIABLE, _C.SEATS_SETTLED, _C.NOT_UNWILLING, _C.CONSENT_ANEW), notifies=_TELL_ALL)
)
_MEDIATING = tuple(
    _rows(_AT_WORK, _A.NOTE_SESSION, _S.MEDIATING, _P.CASE_MEDIATE, conditions=_TO_MEDIATE, needs=(_N.NOTE,),
          notifies=(_TO.FILER,))
    + _rows([_S.MEDIATING], _A.AGREE_ORALLY, _S.AGREED_ORAL, _P.CASE_MEDIATE, conditions=_TO_MEDIATE,
            needs=(_N.TERMS,), clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.AGREED_ORAL)
    + _rows([_S.MEDIATING], _A.AGREE_IN_WRITING, _S.AGREED_WRITTEN, _P.CASE_MEDIATE, conditions=_TO_MEDIATE,
            needs=(_N.TERMS,), clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.AGREED_WRITTEN)
    + _beside([_S.MEDIATING], _A.AGREE_PARTLY, _P.CASE_MEDIATE, conditions=_TO_MEDIATE, needs=(_N.TERMS,), notifies=_TELL_ALL)
    + _rows([_S.AGREED_WRITTEN], _A.RETURN_TO_MEDIATION, _S.MEDIATING, _P.CASE_MEDIATE, conditions=(_C.NOT_IN_FORCE,),
            needs=(_N.REASON,), clock=Clock.GO_ON, notifies=_TELL_ALL)
    + _rows([_S.AGREED_ORAL, _S.AGREED_WRITTEN], _A.START_PERFORMING, _S.PERFORMING, _P.CASE_MEDIATE,
            conditions=(_C.IN_FORCE, _C.TO_PERFORM), clock=Clock.STOP, notifies=(_TO.FILER, _TO.TEAM))
)
_BESIDE = tuple(
    _beside(_UNDER_WAY, _A.SUSPEND, _P.CASE_MEDIATE, conditions=(_C.NOT_PAUSED,), needs=(_N.CAUSE, _N.UNTIL), clock=Clock.PAUSE,
            notifies=_TELL_ALL)
    + _beside(_UNDER_WAY, _A.RESUME, _P.CASE_MEDIATE, conditions=(_C.PAUSED,), clock=Clock.RESUME, notifies=_TELL_ALL)
    + _beside(_AT_WORK, _A.ASK_EXTENSION, _P.CASE_MEDIATE, conditions=(_C.NOT_EXTENDED, _C.NOT_PAUSED),
              needs=(_N.REASON, _N.SIDES_AGREE), notifies=(_TO.ABOVE,))
    + _beside(_AT_WORK, _A.GRANT_EXTENSION, _P.CASE_APPROVE, conditions=(_C.EXTENSION_ASKED, _C.NOT_PAUSED), clock=Clock.EXTEND)
    + _beside(_AT_WORK, _A.DENY_EXTENSION, _P.CASE_APPROVE, conditions=(_C.EXTENSION_ASKED,), needs=(_N.REASON,))
    + _beside(_UNDER_WAY, _A.ESCALATE, _P.CASE_ESCALATE, conditions=(_C.PLACED, _C.NOT_WAITING_ABOVE, _C.CAN_GO_UP),
              needs=(_N.LEVEL, _N.TRIED, _N.ASKED, _N.UNTIL), notifies=(_TO.TEAM, _TO.ABOVE))
    + _beside(_UNDER_WAY, _A.TAKE_UP, _P.CASE_TAKE_UP, conditions=(_C.WAITING_ABOVE,), notifies=(_TO.FILER, _TO.TEAM))
    + _beside(_UNDER_WAY, _A.BRING_DOWN, _P.CASE_TAKE_UP, conditions=(_C.RAISED,), needs=(_N.REASON,),
              notifies=(_TO.FILER, _TO.TEAM))
    + _beside([_S.FILED, *_UNDER_WAY], _A.NOTIFY_POLICE, _P.CASE_NOTE, notifies=(_TO.TEAM, _TO.ABOVE))
)
_ENDING = tuple(
    _rows([_S.FILED, *_UNDER_WAY], _A.RECORD_REFUSAL, _S.REFUSED, _P.CASE_END, needs=(_N.REASON, _N.ROUTES_TOLD),
          clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.REFUSED)
    + _rows([_S.FILED, *_UNDER_WAY], _A.WITHDRAW, _S.WITHDRAWN, _P.CASE_END, needs=(_N.REASON,), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.WITHDRAWN)
    + _rows(_AT_WORK, _A.TERMINATE, _S.TERMINATED, _P.CASE_END, needs=(_N.REASON, _N.ROUTES_TOLD),
            clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.TERMINATED)
    + _rows([_S.PERFORMING], _A.END_UNPERFORMED, _S.TERMINATED, _P.CASE_END, needs=(_N.REASON, _N.ROUTES_TOLD),
            clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.NOT_PERFORMED)
    + _rows(_UNDER_WAY, _A.REFER, _S.REFERRED, _P.CASE_END, needs=(_N.REASON, _N.REFERRAL), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.REFERRED)
    + _rows(sorted(AGREED), _A.CLOSE, _S.CLOSED, _P.CASE_CLOSE, conditions=(_C.NO_OPEN_TASK, _C.IN_FORCE, _C.PERFORMED),
            needs=(_N.RESULT, _N.SIDES_TOLD), clock=Clock.STOP, notifies=_TELL_ALL)
    + _rows(sorted(ENDED_OTHERWISE), _A.CLOSE, _S.CLOSED, _P.CASE_CLOSE, conditions=(_C.NO_OPEN_TASK,),
            needs=(_N.RESULT, _N.SIDES_TOLD), clock=Clock.STOP, notifies=_TELL_ALL)
    + _rows(_AT_WORK, _A.CLOSE_AS_DEPARTMENT, _S.CLOSED, _P.CASE_CLOSE_AS_DEPARTMENT,
            conditions=(_C.LEAD_SETTLES, _C.NO_OTHER_OPEN_TASK), needs=(_N.RESULT, _N.SIDES_TOLD), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.SETTLED_BY_DEPARTMENT)
    + _rows([_S.CLOSED], _A.ARCHIVE, _S.ARCHIVED, _P.CASE_CLOSE, conditions=(_C.FOLLOWED_UP,), clock=Clock.STOP,
            notifies=(_TO.CADRE,))
    + _rows([*sorted(FINAL_STATES), _S.REFUSED, _S.WITHDRAWN], _A.REOPEN, _S.REOPENED, _P.CASE_REOPEN, needs=(_N.REASON,),
            clock=Clock.START_MEDIATION, notifies=_TELL_ALL)
)
TRANSITIONS: tuple[Transition, ...] = _DECIDING + _MEDIATING + _BESIDE + _ENDING

_BY_KEY = {(row.source, row.act): row for row in TRANSITIONS}
if len(_BY_KEY) != len(TRANSITIONS):
    raise ValueError("two rows of the workflow table share a state and an act")

#: The states of a case that goes all the way, for the stepper.
MAIN_LINE = (
    State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.AGREED_WRITTEN, State.PERFORMING, State.CLOSED,
    State.ARCHIVED,
)
#: Ends that are lawful and count as nobody's failure.
LAWFUL_ENDS = (
    Act.RECORD_REFUSAL, Act.WITHDRAW, Act.TERMINATE, Act.REFER, Act.MARK_DUPLICATE, Act.NOT_ACCEPT, Act.END_UNPERFORMED)


def row_for(state: State, act: Act) -> Transition | None:
    """Return the row of *act* in *state*, or None if the act is not open there."""
    return _BY_KEY.get((state, act))


def advance(facts: CaseFacts, act: Act, *, permitted: Callable[[Permission], bool], given: Collection[Needs] = ()) -> Transition:
    """Decide one act and return the row that now applies.

    Parameters
    ----------
    facts : CaseFacts
    act : Act
    permitted : callable
        Whether the actor holds a permission for this case.
    given : collection of Needs
        Which of the needed words the actor has supplied.

    Raises
    ------
    ActNotOpen, NotPermitted, SeatsNotSettled, TaskOpen, ConditionNotMet
        In this order: a person without the right learns nothing about the case's inside.
    Faults
        With every word that is still missing.
    """
    row = row_for(facts.state, act)
    if not permitted(_permission_of(act)):
        raise NotPermitted
    if row is None:
        raise ActNotOpen(state=label(facts.state), act=label(act))
    for condition in row.conditions:
        problem = unmet(condition, facts)
        if problem is not None:
            raise problem
    missing = [FieldMissing(field=need.value, name=label(need)) for need in row.needs if need not in given]
    if missing:
        raise Faults(missing)
    return row


def _permission_of(act: Act) -> Permission:
    return next(row.permission for row in TRANSITIONS if row.act is act)


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act that the reader may do now, or may once *blocked* is cleared."""

    row: Transition
    blocked: Problem | None


def open_acts(facts: CaseFacts, permitted: Callable[[Permission], bool]) -> tuple[OpenAct, ...]:
    """Return what this reader may do with the case now, in the order of the table."""
    return tuple(
        OpenAct(row, next((problem for each in row.conditions if (problem := unmet(each, facts))), None))
        for row in TRANSITIONS
        if row.source is facts.state and permitted(row.permission)
    )


def status_of(state: State, outcome: Outcome | None = None) -> Status:
    """Return which of the six words a state reads as; lateness is laid over it by the clock, not here."""
    match state:
        case State.FILED:
            return Status.FILED
        case State.ACCEPTED | State.TEAM_FORMED | State.REOPENED:
            return Status.ACCEPTED
        case State.MEDIATING:
            return Status.MEDIATING
        case State.AGREED_ORAL | State.AGREED_WRITTEN | State.PERFORMING | State.SOLVED_ON_SPOT:
            return Status.SETTLED
        case State.CLOSED | State.ARCHIVED:
            return Status.SETTLED if outcome in _SETTLED else Status.ENDED
        case _:
            return Status.ENDED


def as_mermaid(language: str = "zh") -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.FILED.value}"]
    lines += [f"    {state.value}: {label(state).say(language)}" for state in State]
    lines += [f"    {row.source.value} --> {row.target.value}: {label(row.act).say(language)}" for row in TRANSITIONS]
    lines += [f"    {state.value} --> [*]" for state in sorted(FINAL_STATES)]
    return "\n".join(lines) + "\n"
