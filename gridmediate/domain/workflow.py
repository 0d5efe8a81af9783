"""The life of a case: one table of transitions, and :func:`advance`, the only function that changes a state.

From the same rows come the buttons of the page, the refusals, the diagram and the tests, which walk every
state × act × role. The table begins with filing; performing, follow-up, suspension, extension and escalation will be rows.

Sources: People's Mediation Law art. 3, 17, 18, 20, 23, 26, 27; states in use in domain references of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

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
from gridmediate.domain.vocabulary import Label, Status, Willingness, add_labels, label


class State(StrEnum):
    """Where a case stands."""

    FILED = "filed"
    ACCEPTED = "accepted"
    TEAM_FORMED = "team_formed"
    MEDIATING = "mediating"
    AGREED_ORAL = "agreed_oral"
    AGREED_WRITTEN = "agreed_written"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFERRED = "referred"
    NOT_ACCEPTED = "not_accepted"
    DUPLICATE = "duplicate"
    SOLVED_ON_SPOT = "solved_on_spot"
    CLOSED = "closed"
    REOPENED = "reopened"


class Act(StrEnum):
    """What may be done with a case."""

    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    MARK_DUPLICATE = "mark_duplicate"
    SOLVE_ON_SPOT = "solve_on_spot"
    FORM_TEAM = "form_team"
    NOTE_SESSION = "note_session"
    AGREE_ORALLY = "agree_orally"
    AGREE_IN_WRITING = "agree_in_writing"
    RECORD_REFUSAL = "record_refusal"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"
    REFER = "refer"
    CLOSE = "close"
    CLOSE_AS_DEPARTMENT = "close_as_department"
    REOPEN = "reopen"


class Outcome(StrEnum):
    """How a case ended, kept when it is closed."""

    AGREED_ORAL = "agreed_oral"
    AGREED_WRITTEN = "agreed_written"
    SETTLED_BY_DEPARTMENT = "settled_by_department"
    SOLVED_ON_SPOT = "solved_on_spot"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFERRED = "referred"
    NOT_ACCEPTED = "not_accepted"
    DUPLICATE = "duplicate"


class Clock(StrEnum):
    """What an act does to the case's own deadline."""

    KEEP = "keep"
    START_MEDIATION = "start_mediation"
    STOP = "stop"


class Audience(StrEnum):
    """Who is told."""

    FILER = "filer"
    CADRE = "cadre"
    TEAM = "team"
    DEPARTMENTS = "departments"


class Needs(StrEnum):
    """What an act asks for in words."""

    REASON = "reason"
    REFERRAL = "referral"
    RESULT = "result"
    NOTE = "note"
    DUPLICATE_OF = "duplicate_of"
    ROUTES_TOLD = "routes_told"
    SIDES_TOLD = "sides_told"
    TERMS = "terms"


add_labels({
    State.FILED: ("上报", "Filed"),
    State.ACCEPTED: ("受理", "Accepted"),
    State.TEAM_FORMED: ("已组队", "Team formed"),
    State.MEDIATING: ("调解中", "Mediating"),
    State.AGREED_ORAL: ("达成口头协议", "Agreed orally"),
    State.AGREED_WRITTEN: ("达成书面协议", "Agreed in writing"),
    State.REFUSED: ("当事人拒绝", "Refused by a party"),
    State.WITHDRAWN: ("撤回", "Withdrawn"),
    State.TERMINATED: ("终止调解", "Mediation terminated"),
    State.REFERRED: ("移送", "Referred"),
    State.NOT_ACCEPTED: ("不予受理", "Not accepted"),
    State.DUPLICATE: ("并案", "Joined to another case"),
    State.SOLVED_ON_SPOT: ("现场即办", "Solved on the spot"),
    State.CLOSED: ("结案", "Closed"),
    State.REOPENED: ("重新打开", "Reopened"),
})
add_labels({
    Act.ACCEPT: ("受理", "Accept"),
    Act.NOT_ACCEPT: ("不予受理", "Do not accept"),
    Act.MARK_DUPLICATE: ("并案", "Join to another case"),
    Act.SOLVE_ON_SPOT: ("现场已办", "Solved on the spot"),
    Act.FORM_TEAM: ("组队并派单", "Form the team and dispatch"),
    Act.NOTE_SESSION: ("记一次调解", "Note a session"),
    Act.AGREE_ORALLY: ("登记口头协议", "Record an oral agreement"),
    Act.AGREE_IN_WRITING: ("登记书面协议", "Record a written agreement"),
    Act.RECORD_REFUSAL: ("当事人拒绝", "A party refuses"),
    Act.WITHDRAW: ("撤回", "Withdraw"),
    Act.TERMINATE: ("终止并告知途径", "Terminate, telling the routes"),
    Act.REFER: ("移送", "Refer"),
    Act.CLOSE: ("结案", "Close"),
    Act.CLOSE_AS_DEPARTMENT: ("办结并结案", "Settle and close"),
    Act.REOPEN: ("重新打开", "Reopen"),
})
add_labels({
    Outcome.AGREED_ORAL: ("口头协议", "Oral agreement"),
    Outcome.AGREED_WRITTEN: ("书面协议", "Written agreement"),
    Outcome.SETTLED_BY_DEPARTMENT: ("部门办结", "Settled by the department"),
    Outcome.SOLVED_ON_SPOT: ("现场即办", "Solved on the spot"),
    Outcome.REFUSED: ("当事人拒绝", "Refused by a party"),
    Outcome.WITHDRAWN: ("撤回", "Withdrawn"),
    Outcome.TERMINATED: ("终止，已告知途径", "Terminated, routes told"),
    Outcome.REFERRED: ("移送", "Referred"),
    Outcome.NOT_ACCEPTED: ("不予受理", "Not accepted"),
    Outcome.DUPLICATE: ("并案", "Joined to another case"),
})
add_labels({
    Needs.REASON: ("理由", "Reason"),
    Needs.REFERRAL: ("去向", "Where to go"),
    Needs.RESULT: ("处理结果", "Result"),
    Needs.NOTE: ("调解情况", "What happened"),
    Needs.DUPLICATE_OF: ("并入的案号", "Case it is joined to"),
    Needs.ROUTES_TOLD: ("已告知其他途径", "Other routes told"),
    Needs.SIDES_TOLD: ("已告知双方", "Both sides told"),
    Needs.TERMS: ("约定内容", "What was agreed"),
})

#: States in which the matter itself is unsettled; their cases carry a clock and count as open.
OPEN_STATES = frozenset({State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.REOPENED})
#: States that wait only for closing.
TO_CLOSE = frozenset({State.AGREED_ORAL, State.AGREED_WRITTEN, State.REFUSED, State.WITHDRAWN, State.TERMINATED, State.REFERRED})
#: States with nothing left to do but, with a reason, to reopen.
FINAL_STATES = frozenset({State.NOT_ACCEPTED, State.DUPLICATE, State.SOLVED_ON_SPOT, State.CLOSED})
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
    willingness : Willingness
    seats_to_settle : tuple of Label
        Seats neither filled nor declared vacant.
    open_tasks : tuple of Label
        Departments whose tasks are not confirmed.
    lead_settles : bool
        Whether the lead department's answer settles the matter.
    other_open_tasks : tuple of Label
        Open tasks apart from the lead department's own answered one.
    """

    state: State
    placed: bool = True
    mediable: bool = True
    willingness: Willingness = Willingness.WILLING
    seats_to_settle: tuple[Label, ...] = ()
    open_tasks: tuple[Label, ...] = ()
    lead_settles: bool = False
    other_open_tasks: tuple[Label, ...] = ()


class Condition(StrEnum):
    """What must hold before an act; :func:`unmet` says what is missing in words."""

    PLACED = "placed"
    MEDIABLE = "mediable"
    NOT_UNWILLING = "not_unwilling"
    SEATS_SETTLED = "seats_settled"
    NO_OPEN_TASK = "no_open_task"
    LEAD_SETTLES = "lead_settles"
    NO_OTHER_OPEN_TASK = "no_other_open_task"


def unmet(condition: Condition, facts: CaseFacts) -> Problem | None:
    """Return why *condition* does not hold, or None."""
    match condition:
        case Condition.PLACED if not facts.placed:
            return ConditionNotMet(why=Label(
                "还没有认定网格，请先在“位置待定”里定格。",
                "the case has no cell yet; settle its place first.",
            ))
        case Condition.MEDIABLE if not facts.mediable:
            return ConditionNotMet(why=Label(
                "这类事项依法不由人民调解办理，请选“不予受理”并写明去向。",
                "people's mediation may not take this matter; choose “Do not accept” and say where to go.",
            ))
        case Condition.NOT_UNWILLING if facts.willingness is Willingness.UNWILLING:
            return ConditionNotMet(why=Label(
                "当事人明确不愿调解，依法不得调解；请登记“当事人拒绝”，并告知其他途径。",
                "a party clearly does not want mediation, so it is barred; record the refusal and tell the other routes.",
            ))
        case Condition.SEATS_SETTLED if facts.seats_to_settle:
            return SeatsNotSettled(seats=facts.seats_to_settle)
        case Condition.NO_OPEN_TASK if facts.open_tasks:
            return TaskOpen(count=len(facts.open_tasks), departments=facts.open_tasks)
        case Condition.LEAD_SETTLES if not facts.lead_settles:
            return ConditionNotMet(why=Label(
                "主办部门还没有作出“事情已解决”的答复。",
                "the lead department has not answered that the matter is settled.",
            ))
        case Condition.NO_OTHER_OPEN_TASK if facts.other_open_tasks:
            return TaskOpen(count=len(facts.other_open_tasks), departments=facts.other_open_tasks)
    return None


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
_TELL_ALL = (_TO.FILER, _TO.TEAM, _TO.DEPARTMENTS)

TRANSITIONS: tuple[Transition, ...] = tuple(
    _rows([_S.FILED], _A.ACCEPT, _S.ACCEPTED, _P.CASE_ACCEPT, conditions=(_C.PLACED, _C.MEDIABLE, _C.NOT_UNWILLING),
          clock=Clock.START_MEDIATION, notifies=(_TO.FILER,))
    + _rows([_S.FILED], _A.NOT_ACCEPT, _S.NOT_ACCEPTED, _P.CASE_ACCEPT, needs=(_N.REASON, _N.REFERRAL), clock=Clock.STOP,
            notifies=(_TO.FILER,), outcome=_O.NOT_ACCEPTED)
    + _rows([_S.FILED], _A.MARK_DUPLICATE, _S.DUPLICATE, _P.CASE_ACCEPT, needs=(_N.DUPLICATE_OF,), clock=Clock.STOP,
            notifies=(_TO.FILER,), outcome=_O.DUPLICATE)
    + _rows([_S.FILED], _A.SOLVE_ON_SPOT, _S.SOLVED_ON_SPOT, _P.CASE_SOLVE_ON_SPOT, needs=(_N.RESULT,), clock=Clock.STOP,
            notifies=(_TO.FILER, _TO.CADRE), outcome=_O.SOLVED_ON_SPOT)
    + _rows([_S.ACCEPTED, _S.REOPENED], _A.FORM_TEAM, _S.TEAM_FORMED, _P.CASE_ACCEPT,
            conditions=(_C.PLACED, _C.MEDIABLE, _C.SEATS_SETTLED, _C.NOT_UNWILLING), notifies=_TELL_ALL)
    + _rows([_S.TEAM_FORMED, _S.MEDIATING], _A.NOTE_SESSION, _S.MEDIATING, _P.CASE_MEDIATE, conditions=(_C.NOT_UNWILLING,),
            needs=(_N.NOTE,), notifies=(_TO.FILER,))
    + _rows([_S.MEDIATING], _A.AGREE_ORALLY, _S.AGREED_ORAL, _P.CASE_MEDIATE, conditions=(_C.NOT_UNWILLING,),
            needs=(_N.TERMS,), clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.AGREED_ORAL)
    + _rows([_S.MEDIATING], _A.AGREE_IN_WRITING, _S.AGREED_WRITTEN, _P.CASE_MEDIATE, conditions=(_C.NOT_UNWILLING,),
            needs=(_N.TERMS,), clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.AGREED_WRITTEN)
    + _rows([_S.FILED, *_UNDER_WAY], _A.RECORD_REFUSAL, _S.REFUSED, _P.CASE_END, needs=(_N.REASON, _N.ROUTES_TOLD),
            clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.REFUSED)
    + _rows([_S.FILED, *_UNDER_WAY], _A.WITHDRAW, _S.WITHDRAWN, _P.CASE_END, needs=(_N.REASON,), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.WITHDRAWN)
    + _rows([_S.TEAM_FORMED, _S.MEDIATING], _A.TERMINATE, _S.TERMINATED, _P.CASE_END, needs=(_N.REASON, _N.ROUTES_TOLD),
            clock=Clock.STOP, notifies=_TELL_ALL, outcome=_O.TERMINATED)
    + _rows(_UNDER_WAY, _A.REFER, _S.REFERRED, _P.CASE_END, needs=(_N.REASON, _N.REFERRAL), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.REFERRED)
    + _rows(sorted(TO_CLOSE), _A.CLOSE, _S.CLOSED, _P.CASE_CLOSE, conditions=(_C.NO_OPEN_TASK,),
            needs=(_N.RESULT, _N.SIDES_TOLD), clock=Clock.STOP, notifies=_TELL_ALL)
    + _rows([_S.TEAM_FORMED, _S.MEDIATING], _A.CLOSE_AS_DEPARTMENT, _S.CLOSED, _P.CASE_CLOSE_AS_DEPARTMENT,
            conditions=(_C.LEAD_SETTLES, _C.NO_OTHER_OPEN_TASK), needs=(_N.RESULT, _N.SIDES_TOLD), clock=Clock.STOP,
            notifies=_TELL_ALL, outcome=_O.SETTLED_BY_DEPARTMENT)
    + _rows(sorted(FINAL_STATES), _A.REOPEN, _S.REOPENED, _P.CASE_REOPEN, needs=(_N.REASON,), clock=Clock.START_MEDIATION,
            notifies=_TELL_ALL)
)

_BY_KEY = {(row.source, row.act): row for row in TRANSITIONS}
if len(_BY_KEY) != len(TRANSITIONS):
    raise ValueError("two rows of the workflow table share a state and an act")

#: The states of a case that goes all the way, for the stepper.
MAIN_LINE = (State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.AGREED_WRITTEN, State.CLOSED)
#: Ends that are lawful and count as nobody's failure.
LAWFUL_ENDS = (Act.RECORD_REFUSAL, Act.WITHDRAW, Act.TERMINATE, Act.REFER, Act.MARK_DUPLICATE, Act.NOT_ACCEPT)


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
        case State.AGREED_ORAL | State.AGREED_WRITTEN | State.SOLVED_ON_SPOT:
            return Status.SETTLED
        case State.CLOSED:
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
