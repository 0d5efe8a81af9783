"""Which cases have a step of the ladder before them now, and what was climbed in them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from gridmediate.domain.ladder import LadderStep, Rung, RunningClock, Subject, latest_due
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskState
from gridmediate.domain.working_calendar import WorkingCalendar
from gridmediate.store.models import Case, ClimbedStep, Task

_T = InstrumentedAttribute[Any]
#: Subject and the row it belongs to, with its clock as it was.
ClockKey = tuple[Subject, uuid.UUID, RunningClock]


def climbed_of(session: Session, case_ids: Iterable[uuid.UUID]) -> dict[ClockKey, set[Rung]]:
    """Return what was climbed in these cases, by clock."""
    found: dict[ClockKey, set[Rung]] = {}
    for row in session.scalars(select(ClimbedStep).where(ClimbedStep.case_id.in_(case_ids))):
        found.setdefault((row.subject, row.subject_id, RunningClock(row.warn_at, row.due_at)), set()).add(row.rung)
    return found


def cases_to_climb(ladder: Iterable[LadderStep], now: datetime, calendar: WorkingCalendar, limit: int) -> Select[Any]:
    """Return the ids of cases in which a step has come and was not climbed, at most *limit* of them.

    Each kind of clock is found along an index of its own. A case may be among them whose moment is this very one.
    """
    rows: dict[Subject, list[LadderStep]] = {}
    for step in ladder:
        rows.setdefault(step.subject, []).append(step)
    found = union(*(_BY_SUBJECT[subject](steps, now, calendar) for subject, steps in rows.items())).subquery()
    return select(found.c.case_id).order_by(found.c.case_id).limit(limit)


def _cases(steps: list[LadderStep], now: datetime, calendar: WorkingCalendar) -> Select[Any]:
    ahead = _ahead(steps, now, calendar, Case.id, Case.id, Case.due_at, Case.warn_at)
    return select(Case.id.label("case_id")).where(Case.due_at.is_not(None), ahead)


def _answers(steps: list[LadderStep], now: datetime, calendar: WorkingCalendar) -> Select[Any]:
    ahead = _ahead(steps, now, calendar, Task.case_id, Task.id, Task.answer_due_at, Task.answer_warn_at)
    return select(Task.case_id).where(Task.is_open.is_(True), Task.state.in_(sorted(WITH_DEPARTMENT)), ahead)


def _signatures(steps: list[LadderStep], now: datetime, calendar: WorkingCalendar) -> Select[Any]:
    ahead = _ahead(steps, now, calendar, Task.case_id, Task.id, Task.sign_due_at, Task.sign_due_at)
    return select(Task.case_id).where(Task.is_open.is_(True), Task.state == TaskState.ASSIGNED, ahead)


def _beside(due_at: _T, warn_at: _T) -> Callable[[list[LadderStep], datetime, WorkingCalendar], Select[Any]]:
    """Return the search for what waits beside the main line, kept as columns of the case."""
    def found(steps: list[LadderStep], now: datetime, calendar: WorkingCalendar) -> Select[Any]:
        ahead = _ahead(steps, now, calendar, Case.id, Case.id, due_at, warn_at)
        return select(Case.id.label("case_id")).where(warn_at.is_not(None), ahead)

    return found


_BY_SUBJECT: Mapping[Subject, Callable[[list[LadderStep], datetime, WorkingCalendar], Select[Any]]] = {
    Subject.CASE: _cases, Subject.ANSWER: _answers, Subject.SIGN: _signatures,
    Subject.CLAUSE: _beside(Case.clause_due_at, Case.clause_warn_at),
    Subject.FOLLOW_UP: _beside(Case.follow_up_due_at, Case.follow_up_warn_at),
    Subject.PAUSE: _beside(Case.paused_until, Case.paused_until),
    Subject.RAISED: _beside(Case.raise_due_at, Case.raise_due_at),
}


def _ahead(steps: list[LadderStep], now: datetime, calendar: WorkingCalendar, case_id: _T, subject_id: _T, due_at: _T,
           warn_at: _T) -> ColumnElement[bool]:
    """Return the condition that a step's moment has come and its row is not there."""
    def not_climbed(step: LadderStep) -> ColumnElement[bool]:
        return ~exists().where(
            ClimbedStep.case_id == case_id, ClimbedStep.subject_id == subject_id, ClimbedStep.subject == step.subject,
            ClimbedStep.due_at == due_at, ClimbedStep.warn_at == warn_at, ClimbedStep.rung == step.rung)

    def come(step: LadderStep) -> ColumnElement[bool]:
        if step.working_days is None:
            return warn_at <= now
        return due_at <= latest_due(now, step.working_days, calendar)

    # Said once more outside, where the index begins: no step comes before the warning, or the due moment where none warns.
    return and_(warn_at <= now, or_(*(and_(come(step), not_climbed(step)) for step in steps)))
