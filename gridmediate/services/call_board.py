"""The board of county calls (乡呼县应): what was called, who has come and answered; and the figures by department.

It shows numbers, matters, departments, states and clocks: nothing of what a case is about, and no names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import Session

from gridmediate.domain.calls import CallMatter, CallState, Rating, call_state
from gridmediate.domain.permissions import Actor, CaseSubject, Permission, holds, may, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskState
from gridmediate.domain.vocabulary import Label, Urgency
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import Clock, clock_between, read_key
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.store import queries
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, CountyCall, Task

PAGE_SIZE = 50
#: How far back the figures look: a quarter of a year.
LOOKS_BACK = timedelta(days=91)
#: Below this many no share is given; it would say more about chance than about a department.
ENOUGH = 5

_NO_CLOCK = Clock(None, "none", 0.0)


@dataclass(frozen=True, slots=True)
class BoardPart:
    """What one department makes of a call."""

    department: Label
    state: TaskState
    sign_clock: Clock
    answer_clock: Clock
    signed_at: datetime | None
    came_at: datetime | None
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A call on the board; ``case_no`` leads to its case for who may read that, and is empty for others."""

    id: uuid.UUID
    number: str
    case_no: str
    street: Label
    matter: CallMatter
    is_urgent: bool
    called_at: datetime
    state: CallState
    is_late: bool
    parts: tuple[BoardPart, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Some of those whose time has come; ``per_cent`` is None below :data:`ENOUGH`."""

    some: int
    of: int

    @property
    def per_cent(self) -> int | None:
        """The share, in whole per cent."""
        return round(100 * self.some / self.of) if self.of >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """How one department answered the calls of the last quarter."""

    department: Label
    called: int
    signed_in_time: Share
    came: Share
    answered_in_time: Share
    ratings: dict[Rating, int]


@dataclass(frozen=True, slots=True)
class CallBoard:
    """A page of the board with its figures; ``by_state`` counts every call within reach, closed ones of the last quarter."""

    rows: list[BoardRow]
    by_state: dict[CallState, int]
    departments: list[DepartmentFigures]
    next_key: str | None = None


def list_calls(session: Session, actor: Actor, now: datetime, *, closed: bool = False, after: str | None = None,
               size: int = PAGE_SIZE) -> CallBoard:
    """Return one page of the calls within the actor's reach, the newest first, and the figures; the look is recorded.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.CALL_READ):
        raise NotPermitted
    reach = queries.within(visible_to(actor, Permission.CALL_READ))
    statement: Any = (
        select(CountyCall.id, CountyCall.number, CountyCall.matter, CountyCall.urgency, CountyCall.called_at,
               CountyCall.closed_at, Case.case_no, Case.street_code, Case.county_code, Case.community_code, Case.cell_code,
               Case.level)
        .join(Case, Case.id == CountyCall.case_id)
        .where(reach, CountyCall.closed_at.is_not(None) if closed else CountyCall.closed_at.is_(None)))
    if (key := read_key(after)) is not None:
        statement = statement.where(tuple_(CountyCall.called_at, CountyCall.id) < key)
    found = session.execute(statement.order_by(CountyCall.called_at.desc(), CountyCall.id.desc()).limit(size + 1)).all()
    shown, last = found[:size], found[size - 1] if len(found) > size else None
    tasks: dict[uuid.UUID, list[Task]] = {}
    for task in session.scalars(select(Task).where(Task.call_id.in_([row.id for row in shown]))
                                .order_by(Task.call_id, Task.department_code)):
        if task.call_id:
            tasks.setdefault(task.call_id, []).append(task)
    grid, rules = grid_of(session, now), rulebook_of(session)
    streets = {code: area.label for code, area in grid.areas.items()}
    board = CallBoard(
        [_row(row, tasks.get(row.id, []), streets, rules, actor, now) for row in shown], _by_state(session, reach, now),
        _departments(session, reach, rules, now), f"{last.called_at.isoformat()}~{last.id.hex}" if last else None)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("call.list", {"closed": closed, "rows": len(shown)})], actor=actor, at=now)
    return board


def _row(row: Any, tasks: list[Task], streets: dict[str, Label], rules: Rulebook, actor: Actor, now: datetime) -> BoardRow:
    # Of a case the board knows its place alone, which is what a street's and a county's reach is made of.
    place = CaseSubject(street_code=row.street_code, county_code=row.county_code, community_code=row.community_code,
                        cell_code=row.cell_code, level=row.level)
    parts = tuple(_part(task, rules, now) for task in tasks if task.state is not TaskState.RECALLED)
    return BoardRow(
        row.id, row.number, row.case_no if may(actor, Permission.CASE_READ, place) else "",
        streets.get(row.street_code, Label(row.street_code, row.street_code)), row.matter, row.urgency is Urgency.URGENT,
        row.called_at, call_state([task.state for task in tasks], closed=row.closed_at is not None),
        any("late" in (part.sign_clock.state, part.answer_clock.state) for part in parts), parts)


def _part(task: Task, rules: Rulebook, now: datetime) -> BoardPart:
    sign, answer = _NO_CLOCK, _NO_CLOCK
    if task.state is TaskState.ASSIGNED:
        sign_warn = task.dispatched_at + 0.7 * (task.sign_due_at - task.dispatched_at)
        sign = clock_between(sign_warn, task.sign_due_at, now)
    if task.state in WITH_DEPARTMENT:
        answer = clock_between(task.answer_warn_at, task.answer_due_at, now)
    return BoardPart(rules.department_label(task.department_code), task.state, sign, answer, task.signed_at, task.came_at,
                     task.rating)


def _count(condition: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _by_state(session: Session, reach: ColumnElement[bool], now: datetime) -> dict[CallState, int]:
    """Count calls by what their slowest part stands at, as ``domain.calls.call_state`` says it."""
    to_sign = func.max(case((Task.state.in_([TaskState.ASSIGNED, TaskState.RETURNED, TaskState.RULING]), 2),
                            (Task.state == TaskState.SIGNED, 1), else_=0))
    per_call = (
        select(CountyCall.id, case((CountyCall.closed_at.is_not(None), -1), else_=to_sign).label("stands"))
        .join(Case, Case.id == CountyCall.case_id).join(Task, Task.call_id == CountyCall.id)
        .where(reach, CountyCall.closed_at.is_(None) | (CountyCall.closed_at >= now - LOOKS_BACK))
        .group_by(CountyCall.id, CountyCall.closed_at).subquery())
    rows = session.execute(select(per_call.c.stands, func.count()).group_by(per_call.c.stands))
    counted = {stands: number for stands, number in rows}
    return {state: counted.get(stands, 0) for state, stands in _STANDS.items()}


_STANDS = {CallState.TO_SIGN: 2, CallState.IN_PROGRESS: 1, CallState.ANSWERED: 0, CallState.CLOSED: -1}


def _departments(session: Session, reach: ColumnElement[bool], rules: Rulebook, now: datetime) -> list[DepartmentFigures]:
    """Return how each department answered. A share's base is those whose time has come, one way or the other."""
    answered = Task.state.in_([TaskState.ANSWERED, TaskState.CONFIRMED])
    rows = session.execute(
        select(
            Task.department_code, func.count().label("called"),
            _count(Task.signed_at <= Task.sign_due_at).label("signed"),
            _count(Task.signed_at.is_not(None) | (Task.sign_due_at < now)).label("to_sign"),
            _count(Task.came_at.is_not(None)).label("came"),
            _count(answered & (Task.answered_at <= Task.answer_due_at)).label("answered"),
            _count(answered | (Task.answer_due_at < now)).label("to_answer"),
            *(_count(Task.rating == rating).label(rating.value) for rating in Rating))
        .join(Case, Case.id == Task.case_id)
        .where(reach, Task.call_id.is_not(None), Task.state != TaskState.RECALLED, Task.dispatched_at >= now - LOOKS_BACK)
        .group_by(Task.department_code).order_by(Task.department_code)).all()
    return [
        DepartmentFigures(
            rules.department_label(row.department_code), row.called, Share(row.signed, row.to_sign), Share(row.came, row.called),
            Share(row.answered, row.to_answer), _ratings(row, Rating))
        for row in rows]


def _ratings(row: Any, kinds: Iterable[Rating]) -> dict[Rating, int]:
    return {rating: int(getattr(row, rating.value)) for rating in kinds}
