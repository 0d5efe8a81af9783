"""How old the open cases are, and how many came in, went out and stayed, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import String, func, literal, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from gridmediate.domain.indicators import Span, mask
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Status
from gridmediate.domain.workflow import OPEN_STATES, status_of
from gridmediate.services.grid import grid_of
from gridmediate.services.stuck import reads_all
from gridmediate.store import queries
from gridmediate.store.models import Case, CellTally

#: First whole day of each class of age.
AGE_FROM = (0, 4, 8, 15, 31)
#: In the order of bars.
OPEN_STATUSES = (Status.FILED, Status.ACCEPTED, Status.MEDIATING, Status.OVERDUE)


@dataclass(frozen=True, slots=True)
class Flow:
    """One month: filed, settled or ended, and open at its end."""

    month: int
    came: Span
    went: Span
    open: Span


def ages(session: Session, actor: Actor, now: datetime) -> list[dict[Status, Span]]:
    """Return by class of age (:data:`AGE_FROM`) and status how many cases are neither settled nor ended.

    Age is counted in whole days of 24 hours from filing.

    Raises
    ------
    NotPermitted
    """
    counted, exact = _reach(actor)
    classes = [(Case.filed_at > now - timedelta(days=first), at) for at, first in enumerate(AGE_FROM[1:])]
    age = sql_case(*classes, else_=len(AGE_FROM) - 1)
    in_state = [
        (Case.state.in_(sorted(state for state in OPEN_STATES if status_of(state) is status)), literal(status.value, String))
        for status in OPEN_STATUSES[:-1]
    ]
    status = sql_case((Case.due_at < now, literal(Status.OVERDUE.value, String)), *in_state)
    inner = select(age.label("age"), status.label("status"), Case.cell_code).where(
        queries.within(counted), Case.is_open.is_(True), Case.state.in_(sorted(OPEN_STATES))).subquery()
    by = [inner.c.age, inner.c.status, *([] if exact else [inner.c.cell_code])]
    found = [dict.fromkeys(OPEN_STATUSES, Span(0, 0)) for _ in AGE_FROM]
    for at, name, number in session.execute(select(inner.c.age, inner.c.status, func.count()).group_by(*by)):
        found[at][Status(name)] += mask(number, exact=exact)
    return found


def flows(session: Session, actor: Actor, now: datetime, months: int = 12) -> list[Flow]:
    """Return the last *months*, the running one last, from the tallies of the cells: cases without a cell are not in it.

    Notes
    -----
    Came in: what the five tallies of a month add up to, since a case enters them once and then only moves between them. Went out:
    settled and ended in the month less reopened ones. Open: filed, accepted and mediating at the month's end.
    """
    counted, exact = _reach(actor)
    grid = grid_of(session, now)
    codes = [code for code, subject in grid.subjects.items() if counted.covers(subject)]
    wanted = _months_back(now, months)
    tallies = _tallies(session, codes, wanted)
    stayed, went = tallies[:, 0], tallies[:, 1]
    came = stayed + went
    # The stock of month 0 is today's; the end of a month is that less what has changed since.
    later = np.cumsum(stayed[:0:-1], axis=0)[::-1]
    stock = np.concatenate([stayed[:1] - later[1:], stayed[:1]]) if months > 1 else stayed[:1]
    return [
        Flow(month, _total(came[at + 1], exact), _total(went[at + 1], exact), _total(stock[at], exact))
        for at, month in enumerate(wanted)
    ]


def _reach(actor: Actor) -> tuple[Reach, bool]:
    if not holds(actor, Permission.HEAT_READ):
        raise NotPermitted
    counted = visible_to(actor, Permission.HEAT_READ)
    return counted, reads_all(counted, visible_to(actor, Permission.CASE_READ))


def _months_back(now: datetime, months: int) -> list[int]:
    day = now.astimezone(LOCAL_ZONE)
    last = day.year * 12 + day.month - 1
    return [index // 12 * 100 + index % 12 + 1 for index in range(last - months + 1, last + 1)]


def _tallies(session: Session, codes: list[str], months: list[int]) -> Any:
    """Return by month (0 first), kind (what stayed open, what went) and cell the change in it."""
    position = {code: at for at, code in enumerate(codes)}
    at_month = {month: at for at, month in enumerate([0, *months])}
    found = np.zeros((len(months) + 1, 2, len(codes)), dtype=np.int64)
    if not codes:
        return found
    rows = session.connection().execute(
        select(CellTally.month, CellTally.cell_code, CellTally.filed + CellTally.accepted + CellTally.mediating,
               CellTally.settled + CellTally.ended)
        .where(CellTally.month.in_([0, *months]), CellTally.head == "", CellTally.cell_code.between(min(codes), max(codes))))
    for month, code, stayed, went in rows:
        if code in position:
            found[at_month[month], :, position[code]] = stayed, went
    return found


def _total(cells: Any, exact: bool) -> Span:
    """Add up cells, each masked for who may not read its cases; a month in which a case was reopened may stand below nothing."""
    if exact:
        return Span.exactly(int(cells.sum()))
    return sum((mask(abs(int(each)), exact=False) if each > 0 else Span.exactly(int(each)) for each in cells), start=Span(0, 0))
