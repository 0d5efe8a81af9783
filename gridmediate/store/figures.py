"""The rows that figures are made of, counted together where they are equal. No sealed column is read.

Every statement names its leaf: nothing for totals, the cell for readers to whom small counts are not told, the case's number for
the list behind a figure. The condition is the same for all three, so that the list has as many lines as the figure says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, or_, select
from sqlalchemy import case as either
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Integer

from gridmediate.domain.agreements import SAME_QUARREL, AgreementKind, ClauseState
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.periods import Period
from gridmediate.domain.tasks import TaskState
from gridmediate.store.models import Agreement, Case, CaseClock, CaseLink, Clause, CountyCall, FollowUp, Task

_SECONDS_A_DAY = 86_400
_PAUSED = "%clock.paused%"


class seconds_between(GenericFunction[int]):
    """Whole seconds from the first moment to the second."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **given: Any) -> str:
    first, second = element.clauses
    # Rounded first: a day of the Julian calendar in floating point may miss a whole second by a hair.
    days = f"(julianday({compiler.process(second, **given)}) - julianday({compiler.process(first, **given)}))"
    return f"CAST(ROUND({days} * {_SECONDS_A_DAY}) AS INTEGER)"


@compiles(seconds_between, "postgresql")
def _on_postgres(element: Any, compiler: SQLCompiler, **given: Any) -> str:
    first, second = element.clauses
    return (f"CAST(ROUND(EXTRACT(EPOCH FROM ({compiler.process(second, **given)} - {compiler.process(first, **given)})))"
            " AS INTEGER)")


class Leaf(StrEnum):
    """How far rows are taken apart."""

    WHOLE = "whole"
    CELL = "cell"
    CASE = "case"


_LEAVES: dict[Leaf, Any] = {
    Leaf.WHOLE: literal(""), Leaf.CELL: func.coalesce(Case.cell_code, ""), Leaf.CASE: Case.case_no,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted.

    Parameters
    ----------
    where : sequence of conditions
        On :class:`~gridmediate.store.models.Case`: the place, and what the reader reaches.
    department : str
        Only its tasks, and the cases in which it has one; "" for all.
    period : Period
    now : datetime
    leaf : Leaf
    """

    where: tuple[ColumnElement[bool], ...]
    department: str
    period: Period
    now: datetime
    leaf: Leaf = Leaf.WHOLE

    def within(self, moment: Any) -> ColumnElement[bool]:
        """Return the condition that a moment lies in the period."""
        return and_(moment >= self.period.start, moment < self.period.end)

    def cases(self) -> list[ColumnElement[bool]]:
        """Return the conditions on cases."""
        if not self.department:
            return list(self.where)
        tasks = select(Task.case_id).where(Task.department_code == self.department, Task.state != TaskState.RECALLED)
        return [*self.where, Case.id.in_(tasks)]


#: When a case came to its end. Only closing is kept as a moment of its own; other ends are the last change of its status.
DONE_AT = func.coalesce(Case.closed_at, either((Case.is_open.is_(False), Case.status_since)))


def _flag(condition: Any) -> Any:
    return either((condition, 1), else_=0)


def _any(condition: Any) -> Any:
    return func.coalesce(func.max(_flag(condition)), 0)


def _step(done: Any, due: Any, now: datetime, *, is_done: Any = True) -> Any:
    """Return 1 for in time, 2 for late, 0 for neither yet."""
    made = and_(done.is_not(None), is_done) if is_done is not True else done.is_not(None)
    return either((and_(made, done <= due), 1), (made, 2), (due < now, 2), else_=0)


def _counted(rows: Any) -> Select[Any]:
    return select(*rows.c, func.count().label("count_")).group_by(*rows.c)


def case_rows(asked: Asked) -> Select[Any]:
    """Return the cases that were filed, open or ended in the period; columns as ``CaseFacts``, with leaf and count."""
    now, clock = asked.now, CaseClock
    late = or_(clock.ended_at > clock.due_at, and_(clock.ended_at.is_(None), clock.due_at < now, Case.due_at.is_not(None)))
    mediates = clock.kind == ClockKind.MEDIATE
    decides = _step(clock.ended_at, clock.due_at, now)
    rows = (
        select(
            _LEAVES[asked.leaf].label("leaf"), _flag(asked.within(Case.filed_at)).label("filed"),
            _flag(asked.within(DONE_AT)).label("done"), Case.state, Case.outcome, Case.level, _any(mediates).label("accepted"),
            _flag(Case.sessions_held > 0).label("mediated"),
            func.coalesce(func.max(either((clock.kind == ClockKind.ACCEPT, decides), else_=0)), 0).label("decided"),
            _flag(Case.due_at < now).label("late_now"), _any(late).label("late_ever"),
            _any(and_(mediates, late)).label("late_mediating"),
            Case.extension, _flag(Case.id.in_(select(CaseLink.case_id))).label("linked"),
            _flag(Case.id.in_(select(CountyCall.case_id))).label("called"),
            _flag(asked.within(Case.police_notified_at)).label("police"))
        .join_from(Case, clock, clock.case_id == Case.id, isouter=True)
        .where(*asked.cases(), Case.filed_at < asked.period.end, or_(Case.is_open.is_(True), asked.period.start <= DONE_AT))
        .group_by(Case.id).subquery())
    return _counted(rows)


def handling_rows(asked: Asked) -> Select[Any]:
    """Return hours from acceptance to the result of cases that ended in the period; ``paused`` names the case where one was."""
    clock = CaseClock
    started = func.min(either((clock.kind == ClockKind.MEDIATE, clock.started_at)))
    rows = (
        select(_LEAVES[asked.leaf].label("leaf"), (seconds_between(started, func.max(clock.ended_at)) / 3600).label("hours"),
               either((_any(cast(clock.explanation, Text).like(_PAUSED)) == 1, Case.id)).label("paused"))
        .join_from(Case, clock, clock.case_id == Case.id)
        .where(*asked.cases(), asked.within(DONE_AT), Case.is_open.is_(False))
        .group_by(Case.id).having(started.is_not(None)).subquery())
    return _counted(rows)


def filings(asked: Asked) -> Select[Any]:
    """Return cell, class, moment and leaf of the cases that have a cell, filed in the period or a quarrel's time before it."""
    return (
        select(Case.cell_code, Case.t2_code, Case.filed_at, _LEAVES[asked.leaf].label("leaf"))
        .where(*asked.cases(), Case.cell_code.is_not(None), Case.filed_at >= asked.period.start - SAME_QUARREL,
               Case.filed_at < asked.period.end))


def task_rows(asked: Asked) -> Select[Any]:
    """Return the tasks dispatched in the period, recalled ones left out."""
    now = asked.now
    answered = Task.state.in_([TaskState.ANSWERED, TaskState.CONFIRMED])
    rows = (
        select(_LEAVES[asked.leaf].label("leaf"), Task.department_code.label("department"),
               _step(Task.signed_at, Task.sign_due_at, now).label("signed"),
               _step(Task.answered_at, Task.answer_due_at, now, is_done=answered).label("answered"),
               _flag(Task.returned_count > 0).label("returned"), _flag(Task.call_id.is_not(None)).label("called"),
               _step(Task.came_at, Task.answer_due_at, now).label("came"), Task.rating)
        .join_from(Task, Case, Case.id == Task.case_id)
        .where(*asked.where, asked.within(Task.dispatched_at), Task.state != TaskState.RECALLED,
               *([Task.department_code == asked.department] if asked.department else []))
        .subquery())
    return _counted(rows)


def agreement_rows(asked: Asked) -> Select[Any]:
    """Return the written agreements in force that were made in the period."""
    rows = (
        select(_LEAVES[asked.leaf].label("leaf"), Agreement.confirmation)
        .join_from(Agreement, Case, Case.id == Agreement.case_id)
        .where(*asked.cases(), asked.within(Agreement.made_at), Agreement.kind == AgreementKind.WRITTEN,
               Agreement.effect_at.is_not(None), Agreement.dropped_at.is_(None)).subquery())
    return _counted(rows)


def clause_rows(asked: Asked) -> Select[Any]:
    """Return the clauses of standing agreements whose day lies in the period."""
    on_time = and_(Clause.state == ClauseState.KEPT, Clause.settled_on <= Clause.due_on)
    rows = (
        select(_LEAVES[asked.leaf].label("leaf"), Clause.state, _flag(on_time).label("on_time"))
        .join_from(Clause, Agreement, Agreement.id == Clause.agreement_id).join(Case, Case.id == Clause.case_id)
        .where(*asked.cases(), Clause.due_on >= asked.period.first, Clause.due_on <= asked.period.last,
               Agreement.dropped_at.is_(None)).subquery())
    return _counted(rows)


def follow_up_rows(asked: Asked) -> Select[Any]:
    """Return the follow-ups that were due or made in the period, called-off ones left out."""
    rows = (
        select(_LEAVES[asked.leaf].label("leaf"), _flag(asked.within(FollowUp.due_at)).label("due"),
               _flag(asked.within(FollowUp.done_at)).label("made_in"),
               _step(FollowUp.done_at, FollowUp.due_at, asked.now).label("made"), FollowUp.is_kept.label("kept"),
               FollowUp.is_worse.label("worse"), FollowUp.applicant_says.label("applicant"),
               FollowUp.respondent_says.label("respondent"))
        .join_from(FollowUp, Case, Case.id == FollowUp.case_id)
        .where(*asked.cases(), FollowUp.called_off_at.is_(None),
               or_(asked.within(FollowUp.due_at), asked.within(FollowUp.done_at))).subquery())
    return _counted(rows)
