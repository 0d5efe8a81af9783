"""The 1+1+N team of a case: planned from roster and rules, adjusted by the cadre, dispatched to the departments."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.deadlines import ClockKind, Deadline
from gridmediate.domain.departments import default_ask
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import (
    ConditionNotMet,
    FieldMissing,
    FieldNotAChoice,
    Kind,
    NotFound,
    NotPermitted,
    Problem,
)
from gridmediate.domain.routing import Place, Routing, route, urgency_of
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.team import Exclusion, RosterEntry, RosterKind, SeatPlan, plan_team
from gridmediate.domain.vocabulary import Label, Part, Phrase, Seat, Urgency, add_phrases, label
from gridmediate.domain.workflow import State
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting
from gridmediate.services.clocks import deadline_for
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.models import Account, Case, Challenge, RosterTerm, Task, TeamSeat

#: States in which the team may still be changed.
ADJUSTABLE = frozenset({State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.REOPENED})

add_phrases({
    "team.by_hand": ("{by}安排：{why}", "Placed by {by}: {why}"),
    # Said here and not in the room of imports, which pages do not load; "by hand" as far as planning a team anew goes: it stays.
    "team.by_hand.source": ("来源文件写明由{department}办理（{said}）", "The source names {department} ({said})"),
    # Called by the street: stays when the team is planned anew, like what is placed by hand.
    "team.by_hand.called": ("街道呼叫（乡呼县应）", "Called by the street"),
    "team.by_hand.vacant": ("{by}说明空缺：{why}", "Declared vacant by {by}: {why}"),
})


class TeamIsFinal(Problem):
    """The case has ended, so its team stays as it was."""

    code = "team.final"
    kind = Kind.CONFLICT
    sentence = Label("案件已经办结，团队保持当时的样子，不能再改。", "The case has ended; its team stays as it was.")


def routing_of(rules: Rulebook, grid: Grid, t2_code: str, flags: Iterable[str], cell_code: str | None) -> Routing:
    """Return which departments a case goes to, and by which rules."""
    cell = grid.cells.get(cell_code) if cell_code else None
    place = Place(cell_code, cell.kind if cell else "base")
    return route(rules.routing, t2_code, place, tuple(flags), departments=rules.departments)


def plan_for(session: Session, rules: Rulebook, grid: Grid, *, t2_code: str, flags: Iterable[str], cell_code: str, day: date,
             excluded: Mapping[uuid.UUID, Exclusion | str] | None = None) -> tuple[list[SeatPlan], dict[uuid.UUID, Account]]:
    """Return the team that a case in a cell would get on *day*, and the people named in it."""
    community = grid.cells[cell_code].community_code
    rows = queries.roster_of(session, cell_code, community, day)
    entries = [roster_entry(term, account, cell_code) for term, account in rows]
    routing = routing_of(rules, grid, t2_code, flags, cell_code)
    plan = plan_team(rules.template, entries, routing, cell=cell_code, day=day, excluded=excluded)
    return list(plan.seats), {account.id: account for _, account in rows}


def roster_entry(term: RosterTerm, account: Account, cell_code: str) -> RosterEntry:
    """Return a roster term as the rules read it, for one cell; a term of the whole community counts in each of its cells."""
    kind = RosterKind.COVER if term.is_cover else RosterKind.HOLDER
    return RosterEntry(
        term.account_id, account.name, term.seat, cell_code, term.valid_from, term.valid_to, kind, term.position, term.note or "")


def planned_seats(session: Session, rules: Rulebook, grid: Grid, case: Case, day: date,
                  excluded: Mapping[uuid.UUID, Exclusion] | None = None) -> list[SeatPlan]:
    """Return the team a placed case gets on *day*."""
    if case.cell_code is None:
        return []
    return plan_for(
        session, rules, grid, t2_code=case.t2_code, flags=case.flags, cell_code=case.cell_code, day=day, excluded=excluded)[0]


def seat_rows(case: Case, plan: Iterable[SeatPlan], now: datetime, *, first: int = 1) -> list[TeamSeat]:
    """Return the rows of planned seats."""
    return [
        TeamSeat(
            id=new_id(),
            case_id=case.id,
            position=position,
            seat=each.seat,
            account_id=each.account_id,
            department_code=each.department_code,
            part=each.part,
            is_vacant=each.vacant,
            reason=each.reason.as_json(),
            seated_at=now,
        )
        for position, each in enumerate(plan, first)
    ]


def dispatch(session: Session, case: Case, rules: Rulebook, asks: Mapping[str, str], now: datetime) -> list[Task]:
    """Send each seated department its task, unless it has one; the clocks run from now."""
    busy = {task.department_code for task in case.tasks if task.is_open}
    sent = [
        new_task(session, case, rules, seat.department_code, seat.part or Part.SUPPORT, asks.get(seat.department_code, ""), now)
        for seat in sitting(case) if seat.department_code and seat.department_code not in busy
    ]
    case.tasks.extend(sent)
    return sent


def new_task(session: Session, case: Case, rules: Rulebook, department: str, part: Part, ask: str, now: datetime, *,
             urgency: Urgency | None = None, call_id: uuid.UUID | None = None) -> Task:
    """Make a task; an empty *ask* is the department's usual question, and no *urgency* the case's own."""
    urgency = urgency or urgency_of(case.flags)
    sign, answer = task_deadlines(rules, case, urgency, now)
    task = Task(
        id=new_id(), version=1, case_id=case.id, department_code=department, part=part, state=TaskState.ASSIGNED, is_open=True,
        urgency=urgency, call_id=call_id, dispatched_at=now,
        sign_due_at=sign.due_at, answer_due_at=answer.due_at, answer_warn_at=answer.warn_at,
    )
    seal(session, task, "ask", ask.strip() or default_ask(department, case.t2_code).say("zh"))
    return task


def task_deadlines(rules: Rulebook, case: Case, urgency: Urgency, now: datetime) -> tuple[Deadline, Deadline]:
    """Return by when a task dispatched now is to be signed for, and answered."""
    sign, _ = deadline_for(rules, ClockKind.TASK_SIGN, case.t2_code, urgency, now)
    answer, _ = deadline_for(rules, ClockKind.TASK_ANSWER, case.t2_code, urgency, now)
    return sign, answer


def people_for(session: Session, cell_code: str | None, community_code: str | None, now: datetime) -> list[tuple[Seat, Account]]:
    """Return who may be seated by hand: everybody on a roster of the community today, with the seat each holds there."""
    codes = [card.code for card in grid_of(session, now).cells.values() if card.community_code == community_code]
    return queries.people_on_roster(session, [*codes, community_code or cell_code or ""], local_day(now))


@dataclass(frozen=True, slots=True)
class SeatChange:
    """A change of one seat by the cadre.

    Parameters
    ----------
    seat_id : UUID
    login : str
        Sign-in name of the newcomer; empty declares the seat vacant, or for a department takes it off the team.
    why : str
    """

    seat_id: uuid.UUID
    login: str
    why: str


def change_seat(session: Session, case_no: str, change: SeatChange, version: int | None, actor: Actor, now: datetime) -> Case:
    """Put another person in a seat, declare it vacant, or take a department off before it has a task.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, FieldMissing, FieldNotAChoice, ConditionNotMet, ChangedMeanwhile
    """
    case = _adjustable(session, case_no, actor, version)
    seat = next((each for each in sitting(case) if each.id == change.seat_id), None)
    if seat is None or seat.seat is Seat.GUEST:  # invited persons come and leave by their own acts
        raise NotFound
    if not change.why.strip():
        raise FieldMissing(field="why", name=Label("理由", "Reason"))
    if seat.seat is Seat.DEPARTMENT and change.login:
        raise FieldNotAChoice(field="login", name=Label("人员", "Person"), got=change.login)
    writing = Writing(session, case, actor, now)
    newcomer = _newcomer(session, case, change.login) if change.login else None
    if seat.seat is Seat.DEPARTMENT and any(task.is_open and task.department_code == seat.department_code for task in case.tasks):
        raise ConditionNotMet(why=Label("这个部门已有任务在办，请先确认答复或撤回任务。",
                                        "this department has an open task; confirm its answer or recall it first."))
    seat.left_at = now
    if seat.seat is not Seat.DEPARTMENT:
        code = "team.by_hand" if newcomer else "team.by_hand.vacant"
        reason = Phrase(code, {"by": actor.name, "why": change.why.strip()[:120]})
        plan = SeatPlan(seat.seat, seat.position, newcomer.id if newcomer else None, None, None, reason, vacant=newcomer is None)
        case.seats.extend(seat_rows(case, [plan], now, first=seat.position))
    writing.done("team.change", rulebook_of(session), details={"seat": seat.seat.value, "department": seat.department_code},
                 words=change.why.strip())
    if newcomer:
        tell(session, case, "team.change", now, accounts={newcomer.id} - {actor.account_id})
    return case


def add_department(session: Session, case_no: str, department: str, part: Part, why: str, ask: str, version: int | None,
                   actor: Actor, now: datetime) -> Case:
    """Add a department by hand; once the team is formed its task goes out at once.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, FieldMissing, FieldNotAChoice, ConditionNotMet, ChangedMeanwhile
    """
    case = _adjustable(session, case_no, actor, version)
    rules = rulebook_of(session)
    if not rules.exists(department):
        raise FieldNotAChoice(field="department", name=Label("部门", "Department"), got=department)
    if not why.strip():
        raise FieldMissing(field="why", name=Label("理由", "Reason"))
    if any(seat.department_code == department for seat in sitting(case)):
        raise ConditionNotMet(why=Label("这个部门已在团队里。", "this department already sits on the team."))
    if part is Part.LEAD and any(seat.part is Part.LEAD for seat in sitting(case)):
        raise ConditionNotMet(
            why=Label("已有主办部门，新加的只能协办。", "there is a lead department already; this one can support.")
        )
    writing = Writing(session, case, actor, now)
    reason = Phrase("team.by_hand", {"by": actor.name, "why": why.strip()[:120]})
    plan = SeatPlan(Seat.DEPARTMENT, 1, None, department, part, reason, vacant=False)
    case.seats.extend(seat_rows(case, [plan], now, first=max((seat.position for seat in case.seats), default=0) + 1))
    if case.state in (State.TEAM_FORMED, State.MEDIATING):
        dispatch(session, case, rules, {department: ask}, now)
    writing.done("team.add_department", rules, details={"department": department, "part": part.value}, words=why.strip())
    tell(session, case, "team.add_department", now, departments={department})
    return case


def declare_interest(session: Session, case_no: str, why: str, actor: Actor, now: datetime) -> Case:
    """Step back from a case for an interest in it; the next on the roster takes the seat, or it is declared vacant.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, FieldMissing
    """
    case = load_case(session, case_no, actor)
    mine = [seat for seat in sitting(case) if seat.account_id == actor.account_id]
    if not mine or not permitted(actor, case)(Permission.TEAM_DECLARE_INTEREST):
        raise NotPermitted
    if case.state not in ADJUSTABLE:
        raise TeamIsFinal
    if not why.strip():
        raise FieldMissing(field="why", name=Label("是什么关系", "What interest"))
    rules = rulebook_of(session)
    writing = Writing(session, case, actor, now)
    fresh = refill(session, case, mine[0], Exclusion.DECLARED, rules, now)
    writing.done("team.declare_interest", rules, details={"seat": fresh.seat.value, "vacant": fresh.is_vacant}, words=why.strip())
    tell(session, case, "team.change", now, accounts=audience(case)[0] - {actor.account_id})
    return case


def refill(session: Session, case: Case, seat: TeamSeat, ground: Exclusion, rules: Rulebook, now: datetime) -> TeamSeat:
    """Vacate a person's seat on *ground* and give it to the next on the roster, or declare it vacant; return the new seat."""
    seat.left_at = now
    gone = {seat.account_id: ground} if seat.account_id else {}
    plan, _ = plan_for(session, rules, grid_of(session, now), t2_code=case.t2_code, flags=case.flags, cell_code=case.cell_code,
                       day=local_day(now), excluded=earlier_exclusions(session, case) | gone) if case.cell_code else ([], {})
    taken = {each.account_id for each in sitting(case)}
    fresh = next((each for each in plan if each.seat is seat.seat and each.account_id not in taken), None)
    if fresh is None:
        said = label(seat.seat)
        reason = Phrase("team.vacant.all-excluded", {
            "seat": {"zh": said.zh, "en": said.en}, "count": 1, "grounds": [_both(label(ground))]})
        fresh = SeatPlan(seat.seat, 1, None, None, None, reason, vacant=True)
    row = seat_rows(case, [fresh], now, first=seat.position)[0]
    case.seats.append(row)
    return row


def earlier_exclusions(session: Session, case: Case) -> dict[uuid.UUID, Exclusion]:
    """Return whoever once left a person's seat of this case, and so does not come back to it by rule."""
    left = {seat.id: seat.account_id for seat in case.seats if seat.left_at is not None and seat.account_id}
    if not left:
        return {}
    with session.no_autoflush:
        challenged = set(session.scalars(
            select(Challenge.seat_id).where(Challenge.case_id == case.id, Challenge.is_upheld.is_(True))))
    return {account: Exclusion.CHALLENGED if seat in challenged else Exclusion.DECLARED for seat, account in left.items()}


def _both(text: Label) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _adjustable(session: Session, case_no: str, actor: Actor, version: int | None) -> Case:
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.TEAM_ADJUST):
        raise NotPermitted
    if case.state not in ADJUSTABLE:
        raise TeamIsFinal
    return case


def _newcomer(session: Session, case: Case, login: str) -> Account:
    account = session.scalars(select(Account).where(Account.login == login.strip(), Account.is_active)).one_or_none()
    if account is None:
        raise FieldNotAChoice(field="login", name=Label("人员", "Person"), got=login)
    if any(seat.account_id == account.id for seat in sitting(case)):
        raise ConditionNotMet(
            field="login", why=Label("此人已在团队里。请选别人。", "this person already sits on the team; choose another.")
        )
    return account
