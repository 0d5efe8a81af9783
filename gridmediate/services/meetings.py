"""Joint meetings: convene one over chosen cases, record what is decided for each, close it.

A decision gives departments tasks and days: an open task gets the new day, a department without one a new task. Who decides holds
:attr:`Permission.MEETING_HOLD` for the case.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.meetings import (
    DECISION_LIMIT,
    MOST_CASES,
    PLACE_LIMIT,
    TITLE_LIMIT,
    WHAT_LIMIT,
    WHY_LIMIT,
    AlreadyDecided,
    Assigned,
    DepartmentTwice,
    ItemOutcome,
    ItemsUndecided,
    LeadHasNoPart,
    MeetingDayUnusual,
    MeetingOver,
    NoCasePicked,
    TooManyCases,
    due_at_end_of,
    warn_between,
)
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import ConditionNotMet, Faults, FieldNotAChoice, NotFound, NotPermitted, Problem
from gridmediate.domain.tasks import TaskAct, TaskFacts, TaskState, advance_task, is_open
from gridmediate.domain.team import SeatPlan
from gridmediate.domain.vocabulary import Label, Part, Phrase, Seat, say_day
from gridmediate.domain.workflow import OPEN_STATES, State
from gridmediate.services.asked import DayNotAhead, check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting
from gridmediate.services.grid import local_day
from gridmediate.services.meeting_lists import reasons_of
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import new_task, seat_rows, task_deadlines
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, JointMeeting, MeetingItem, Task

#: A task that waits for somebody else goes back to its department: the meeting has settled whose it is.
_GOES_BACK = {TaskState.ANSWERED: TaskAct.ASK_AGAIN, TaskState.RETURNED: TaskAct.ASSIGN_AGAIN, TaskState.RULING: TaskAct.RULE}
_WITH_TASKS = frozenset({State.TEAM_FORMED, State.MEDIATING})


@dataclass(frozen=True, slots=True)
class Convening:
    """A meeting to be held.

    Parameters
    ----------
    place_code : str
        The street that holds it, or the county.
    held_on : date
    title, place : str
    cases : mapping of str to str
        Case number → what the meeting is asked, which may be empty. In the order in which they are talked through.
    """

    place_code: str
    held_on: date
    title: str
    place: str
    cases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a meeting decided for one case.

    Parameters
    ----------
    words : str
    parts : tuple of Assigned
        Which department does what by when.
    lead : str
        The department that leads from now on; "" leaves it as it is.
    """

    words: str
    parts: tuple[Assigned, ...] = ()
    lead: str = ""


def places_of(actor: Actor) -> list[str]:
    """Return the streets and the county for which the actor holds meetings."""
    reach = visible_to(actor, Permission.MEETING_HOLD)
    return [*sorted(reach.streets), *sorted({code for *_, code in reach.levels})]


def convene(session: Session, asked: Convening, actor: Actor, now: datetime) -> uuid.UUID:
    """Put chosen cases before a meeting and tell their teams and departments.

    Raises
    ------
    NotFound, NotPermitted, ConditionNotMet, Faults
    """
    if asked.place_code not in places_of(actor):
        raise NotPermitted
    faults: list[Problem] = []
    title = _checked(faults, "title", Label("会议名称", "Title"), asked.title, TITLE_LIMIT)
    place = _checked(faults, "place", Label("地点", "Place"), asked.place, PLACE_LIMIT)
    for number, why in asked.cases.items():
        _checked(faults, f"why-{number}", Label("请会议定什么", "What the meeting is asked"), why, WHY_LIMIT, required=False)
    if abs((asked.held_on - local_day(now)).days) > 366:
        faults.append(MeetingDayUnusual(field="held_on", got=asked.held_on))
    if not asked.cases:
        faults.append(NoCasePicked(field="cases"))
    if len(asked.cases) > MOST_CASES:
        faults.append(TooManyCases(field="cases", limit=MOST_CASES, count=len(asked.cases)))
    if faults:
        raise Faults(faults)
    meeting = JointMeeting(id=new_id(), place_code=asked.place_code, held_on=asked.held_on, title=title, place=place,
                           convened_by=actor.account_id, created_at=now)
    session.add(meeting)
    session.flush()
    # Everybody locks cases in the same order; the order of the meeting is its own.
    cases = {number: _case_to_meet(session, number, asked.place_code, actor) for number in sorted(asked.cases)}
    reasons = reasons_of(session, list(cases.values()), now)
    for position, (number, why) in enumerate(asked.cases.items(), 1):
        case = cases[number]
        item = MeetingItem(id=new_id(), meeting_id=meeting.id, case_id=case.id, position=position,
                           reasons=[reason.as_json() for reason in reasons[case.id]])
        seal(session, item, "why", why.strip())
        session.add(item)
        details = {"meeting": meeting.id.hex, "held_on": asked.held_on.isoformat()}
        record(session, case.id, [Entry("case.to_meeting", details, words=why.strip() or None)], actor=actor, at=now, case=case)
        seated, departments = audience(case)
        tell(session, case, "case.to_meeting", now, accounts=seated, departments=departments, but=actor.account_id)
    _note(session, "meeting.convene", meeting, actor, now, cases=len(cases))
    return meeting.id


def _checked(faults: list[Problem], field: str, name: Label, text: str, limit: int, *, required: bool = True) -> str:
    try:
        return check_words(field, name, text, limit=limit, required=required)
    except Problem as problem:
        faults.append(problem)
        return ""


def _case_to_meet(session: Session, case_no: str, place_code: str, actor: Actor) -> Case:
    case = load_case(session, case_no, actor)
    if place_code not in (case.street_code, case.county_code):
        raise NotFound
    if not permitted(actor, case)(Permission.MEETING_HOLD):
        raise NotPermitted
    if case.state not in OPEN_STATES:
        raise ConditionNotMet(field="cases", why=Label(f"{case.case_no} 已经谈成或结束，不用上会。",
                                                       f"{case.case_no} is settled or has ended; it needs no meeting."))
    return case


def _note(session: Session, act: str, meeting: JointMeeting, actor: Actor, now: datetime, **figures: int) -> None:
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry(act, {"meeting": meeting.id.hex, **figures})], actor=actor, at=now)


def meeting_of(session: Session, meeting_id: uuid.UUID, actor: Actor, *, to_change: bool = False) -> JointMeeting:
    """Return a meeting of the actor's places; locked, and still open, if it is to be changed.

    Raises
    ------
    NotFound, MeetingOver
    """
    statement = select(JointMeeting).where(JointMeeting.id == meeting_id)
    meeting = session.scalars(statement.with_for_update() if to_change else statement).one_or_none()
    if meeting is None or meeting.place_code not in places_of(actor):
        raise NotFound
    if to_change and meeting.closed_at is not None:
        raise MeetingOver
    return meeting


def decide(session: Session, meeting_id: uuid.UUID, case_no: str, decided: Decision, actor: Actor, now: datetime) -> Case:
    """Record a decision: its words, who leads, and for each department what and by when.

    Raises
    ------
    NotFound, NotPermitted, MeetingOver, AlreadyDecided, ConditionNotMet, Faults
    """
    meeting, item, case = _item_to_decide(session, meeting_id, case_no, actor)
    rules = rulebook_of(session)
    if case.state not in OPEN_STATES:
        raise ConditionNotMet(why=Label("案件已经谈成或结束，请选“缓议”并写明。",
                                        "the case is settled or has ended; choose “put off” and say so."))
    if decided.parts and case.state not in _WITH_TASKS:
        raise ConditionNotMet(why=Label("案件还没有组队，不能派任务；可先定由谁受理，或缓议。",
                                        "the team is not formed, so no task can go out; say who accepts it, or put it off."))
    words = _check_decision(case, decided, rules, now)
    writing = Writing(session, case, actor, now)
    day = say_day(meeting.held_on, "zh")
    tasks = [(part, _set_task(session, case, part, day, rules, now)) for part in decided.parts]
    if decided.lead:
        _give_lead(case, decided.lead)
    _close_item(session, item, ItemOutcome.DECIDED, words, now)
    if decided.parts:
        seal(session, item, "parts", json.dumps([_as_json(part) for part in decided.parts], ensure_ascii=False))
        item.due_on = max(part.due_on for part in decided.parts)
    item.lead_department = decided.lead or None
    named = [part.department for part in decided.parts]
    details = {"meeting": meeting.id.hex, "lead": decided.lead or None, "departments": named}
    writing.done("case.decide_at_meeting", rules, details=details, words=words)
    for part, task in tasks:
        about = {"meeting": meeting.id.hex, "task": task.id.hex, "department": part.department, "task_state": task.state.value,
                 "due_on": part.due_on.isoformat()}
        record(session, case.id, [Entry("task.set_deadline", about, words=part.what.strip())], actor=actor, at=now, case=case)
    _tell_all(session, case, "case.decide_at_meeting", set(filter(None, (*named, decided.lead))), actor, now)
    return case


def _as_json(part: Assigned) -> dict[str, str]:
    return {"department": part.department, "what": part.what.strip(), "due_on": part.due_on.isoformat()}


def _check_decision(case: Case, decided: Decision, rules: Rulebook, now: datetime) -> str:
    faults: list[Problem] = []
    words = _checked(faults, "decision", Label("决定", "Decision"), decided.words, DECISION_LIMIT)
    today, seen = local_day(now), set[str]()
    for row, part in enumerate(decided.parts):
        if not rules.exists(part.department):
            faults.append(FieldNotAChoice(field=f"part-{row}-department", name=Label("部门", "Department"), got=part.department))
        if part.department in seen:
            faults.append(DepartmentTwice(field=f"part-{row}-department", department=rules.department_label(part.department)))
        seen.add(part.department)
        _checked(faults, f"part-{row}-what", Label("做什么", "What is done"), part.what, WHAT_LIMIT)
        if not 0 < (part.due_on - today).days <= 366:
            name = Label("什么时候以前", "By when")
            faults.append(DayNotAhead(field=f"part-{row}-due", name=name, got=part.due_on.isoformat()))
    if decided.lead and decided.lead not in seen | {seat.department_code for seat in sitting(case)}:
        faults.append(LeadHasNoPart(field="lead", department=rules.department_label(decided.lead)))
    if faults:
        raise Faults(faults)
    return words


def _set_task(session: Session, case: Case, part: Assigned, day: str, rules: Rulebook, now: datetime) -> Task:
    """Give a department its part: a new day for the task it has, or a new task and a seat."""
    said = f"{day} 联席会定：{part.what.strip()}（{say_day(part.due_on, 'zh')} 24:00 前）"
    task = next((each for each in case.tasks if each.is_open and each.department_code == part.department), None)
    if task is None:
        _seat(case, part, day, now)
        task = new_task(session, case, rules, part.department, _part_of(case, part.department), said, now)
        case.tasks.append(task)
    else:
        _send_back_to_work(case, task, rules, now)
        seal(session, task, "ask", f"{unseal(session, task, 'ask')}\n{said}")
    task.answer_due_at = due_at_end_of(part.due_on)
    task.answer_warn_at = warn_between(now, task.answer_due_at)
    task.sign_due_at = min(task.sign_due_at, task.answer_due_at)
    return task


def _send_back_to_work(case: Case, task: Task, rules: Rulebook, now: datetime) -> None:
    act = _GOES_BACK.get(task.state)
    if act is None:
        return
    # Holding the meeting is the permission; the task's own table says where each state leads.
    task.state = advance_task(TaskFacts(task.state, task.returned_count, task.is_ruled), act, permitted=lambda _: True)
    task.is_open = is_open(task.state)
    if act is TaskAct.ASK_AGAIN:
        task.settles = False
        return
    task.is_ruled, task.signed_at, task.signed_by = True, None, None
    task.sign_due_at = task_deadlines(rules, case, task.urgency, now)[0].due_at


def _seat(case: Case, part: Assigned, day: str, now: datetime) -> None:
    if any(seat.department_code == part.department for seat in sitting(case)):
        return
    reason = Phrase("team.by_meeting", {"day": day, "what": part.what.strip()[:120]})
    plan = SeatPlan(Seat.DEPARTMENT, 1, None, part.department, Part.SUPPORT, reason, vacant=False)
    case.seats.extend(seat_rows(case, [plan], now, first=max((seat.position for seat in case.seats), default=0) + 1))


def _part_of(case: Case, department: str) -> Part:
    return next((seat.part for seat in sitting(case) if seat.department_code == department and seat.part), Part.SUPPORT)


def _give_lead(case: Case, department: str) -> None:
    held = [seat for seat in sitting(case) if seat.department_code]
    rows: list[Any] = [*held, *(task for task in case.tasks if task.state is not TaskState.RECALLED)]
    for row in rows:
        if row.department_code == department or row.part is Part.LEAD:
            row.part = Part.LEAD if row.department_code == department else Part.SUPPORT


def put_off(session: Session, meeting_id: uuid.UUID, case_no: str, why: str, actor: Actor, now: datetime) -> Case:
    """Put a case off, with a reason.

    Raises
    ------
    NotFound, NotPermitted, MeetingOver, AlreadyDecided, FieldMissing, FieldTooLong
    """
    meeting, item, case = _item_to_decide(session, meeting_id, case_no, actor)
    words = check_words("put_off", Label("缓议的理由", "Why it is put off"), why, limit=DECISION_LIMIT)
    _close_item(session, item, ItemOutcome.PUT_OFF, words, now)
    details = {"meeting": meeting.id.hex}
    record(session, case.id, [Entry("case.put_off_at_meeting", details, words=words)], actor=actor, at=now, case=case)
    _tell_all(session, case, "case.put_off_at_meeting", set(), actor, now)
    return case


def close(session: Session, meeting_id: uuid.UUID, actor: Actor, now: datetime) -> JointMeeting:
    """Close a meeting; each of its cases has to be decided or put off.

    Raises
    ------
    NotFound, MeetingOver, ItemsUndecided
    """
    meeting = meeting_of(session, meeting_id, actor, to_change=True)
    waiting = session.scalars(
        select(Case.case_no).join(MeetingItem, MeetingItem.case_id == Case.id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingItem.decided_at.is_(None)).order_by(MeetingItem.position)).all()
    if waiting:
        raise ItemsUndecided(count=len(waiting), cases=list(waiting))
    meeting.closed_at = now
    _note(session, "meeting.close", meeting, actor, now)
    return meeting


def _item_to_decide(session: Session, meeting_id: uuid.UUID, case_no: str,
                    actor: Actor) -> tuple[JointMeeting, MeetingItem, Case]:
    # A case that may not be read answers first, so that a meeting does not tell which cases there are.
    case = load_case(session, case_no, actor)
    meeting = meeting_of(session, meeting_id, actor, to_change=True)
    item = session.scalars(select(MeetingItem).where(
        MeetingItem.meeting_id == meeting.id, MeetingItem.case_id == case.id)).one_or_none()
    if item is None:
        raise NotFound
    if not permitted(actor, case)(Permission.MEETING_HOLD):
        raise NotPermitted
    if item.outcome is not None:
        raise AlreadyDecided
    return meeting, item, case


def _close_item(session: Session, item: MeetingItem, outcome: ItemOutcome, words: str, now: datetime) -> None:
    item.outcome, item.decided_at = outcome, now
    seal(session, item, "decision", words)


def _tell_all(session: Session, case: Case, act: str, more: set[str], actor: Actor, now: datetime) -> None:
    seated, departments = audience(case)
    tell(session, case, act, now, accounts=seated, departments=departments | more, but=actor.account_id)
