"""How departments, as offices, keep the times of their tasks: counts, shares with intervals, what they sent back.

Nobody is ranked: the offices stand in no order of merit, and a share is held against chance (``domain.punctuality``).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Float, Integer, extract, func, select, type_coerce
from sqlalchemy.orm import Session

from gridmediate.domain.indicators import Span, mask
from gridmediate.domain.permissions import Actor, Permission, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.punctuality import LEAST_TASKS, Standing, standing, wilson
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.stuck import reads_all
from gridmediate.store import queries
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, HistoryEntry, Task

#: How far back one may look, in days; the first is what is shown unless another is asked for.
PERIODS = (91, 30, 182, 365)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """One department's figures.

    Parameters
    ----------
    due, in_time : Span
        Tasks whose answer fell due in the period, and those of them answered by then.
    share, low, high : float or None
        Answered in time ÷ due, 0 to 1, with its 95 % interval; None below :data:`LEAST_TASKS` or where a count is masked.
    days : float or None
        Median of the days from dispatch to answer, of those that were answered.
    rightly, wrongly : Span
        Sent back and then given to another office; sent back and then given to it again. What is undecided counts as neither.
    standing : Standing or None
        Against the common share of the offices shown; None without a share.
    """

    code: str
    department: Label
    due: Span
    in_time: Span
    share: float | None
    low: float | None
    high: float | None
    days: float | None
    rightly: Span
    wrongly: Span
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Punctuality:
    """All departments that had a task due within *days* before *until*; ``common`` is the share of those that have one."""

    offices: list[OfficeFigures]
    common: float | None
    days: int
    since: datetime
    until: datetime
    exact: bool


def punctuality(session: Session, actor: Actor, now: datetime, *, days: int = PERIODS[0]) -> Punctuality:
    """Return how the departments kept the times of tasks in the places the actor may count; the look is recorded.

    Notes
    -----
    Period rule: a task counts in the period in which its answer fell due. Recalled tasks do not count.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.HEAT_READ):
        raise NotPermitted
    counted = visible_to(actor, Permission.HEAT_READ)
    exact = reads_all(counted, visible_to(actor, Permission.CASE_READ))
    days = days if days in PERIODS else PERIODS[0]
    since = now - days * _DAY
    rules = rulebook_of(session)
    due = (Task.department_code.in_(sorted(rules.departments)), Task.state.in_(sorted(set(TaskState) - {TaskState.RECALLED})),
           Task.answer_due_at >= since, Task.answer_due_at < now, queries.within(counted))
    rightly, wrongly = _sent_back(session, session.connection().execute(
        select(Task.id, Task.case_id).join(Case, Case.id == Task.case_id).where(*due, Task.returned_count > 0)).all())
    # A year of a county is a hundred thousand tasks: of each only whether it was in time, and its days as a plain number.
    by_office: dict[str, list[Any]] = {}
    for code, in_time, took in session.connection().execute(
        select(Task.department_code, type_coerce(Task.answered_at <= Task.answer_due_at, Integer), _days_taken(session))
        .join(Case, Case.id == Task.case_id).where(*due)
    ):
        by_office.setdefault(code, []).append((in_time, took))
    codes = sorted(by_office.keys() | rightly.keys() | wrongly.keys())
    offices = [_figures(code, rules.department_label(code), by_office.get(code, ()), rightly[code], wrongly[code], exact)
               for code in codes]
    offices, common = _against_common(offices)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("punctuality.read", {"days": days, "exact": exact})], actor=actor, at=now)
    return Punctuality(offices, common, days, since, now, exact)


def _days_taken(session: Session) -> Any:
    """Return the days from dispatch to answer, empty while there is none."""
    if session.get_bind().dialect.name == "sqlite":
        return type_coerce(func.julianday(Task.answered_at) - func.julianday(Task.dispatched_at), Float)
    return type_coerce(extract("epoch", Task.answered_at - Task.dispatched_at) / _DAY.total_seconds(), Float)


def _figures(code: str, name: Label, rows: Sequence[Any], rightly: int, wrongly: int, exact: bool) -> OfficeFigures:
    in_time = sum(bool(each) for each, _ in rows)
    spans = [mask(each, exact=exact) for each in (in_time, len(rows) - in_time, rightly, wrongly)]
    told = spans[0].exact and spans[1].exact and len(rows) >= LEAST_TASKS
    low, high = wilson(in_time, len(rows)) if told else (None, None)
    took = [float(days) for _, days in rows if days is not None]
    return OfficeFigures(
        code, name, spans[0] + spans[1], spans[0], in_time / len(rows) if told else None, low, high,
        median(took) if told and len(took) >= LEAST_TASKS else None, spans[2], spans[3], None)


def _against_common(offices: Iterable[OfficeFigures]) -> tuple[list[OfficeFigures], float | None]:
    """Hold each share against the common one, which is made of nothing but what is shown."""
    offices = list(offices)
    told = [each for each in offices if each.share is not None]
    due = sum(each.due.low for each in told)
    if not due:
        return offices, None
    common = sum(each.in_time.low for each in told) / due
    return [
        OfficeFigures(each.code, each.department, each.due, each.in_time, each.share, each.low, each.high, each.days,
                      each.rightly, each.wrongly,
                      None if each.share is None else standing(each.in_time.low, each.due.low, common))
        for each in offices
    ], common


def _sent_back(session: Session, returned: Sequence[Any]) -> tuple[Counter[str], Counter[str]]:
    """Return by office how often it sent back what then went to another, and what then came to it again.

    The record of the cases tells: a sending back, and what was next decided on the same task.
    """
    rightly: Counter[str] = Counter()
    wrongly: Counter[str] = Counter()
    tasks = {row.id.hex for row in returned}
    waiting: dict[str, str] = {}
    for act, details in _decisions(session, sorted({row.case_id for row in returned})):
        task, office = str(details.get("task", "")), str(details.get("department", ""))
        if task not in tasks:
            continue
        if act == "task.send_back":
            waiting[task] = office
        elif (sender := waiting.pop(task, None)) is not None:
            (wrongly if office == sender else rightly)[sender] += 1
    return rightly, wrongly


def _decisions(session: Session, cases: Sequence[uuid.UUID]) -> Iterable[Any]:
    # In portions: SQLite takes so many values in one statement and no more.
    for start in range(0, len(cases), 500):
        yield from session.connection().execute(
            select(HistoryEntry.act, HistoryEntry.details)
            .where(HistoryEntry.chain.in_(cases[start:start + 500]),
                   HistoryEntry.act.in_(["task.send_back", "task.assign_again", "task.rule"]))
            .order_by(HistoryEntry.chain, HistoryEntry.seq))
