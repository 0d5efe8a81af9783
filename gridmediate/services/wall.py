"""What a wall shows of a street or a county: counts of cells, answers awaited from offices, twelve months. No person, no case.

Everything comes from the roll-up and from three bounded counts of what is open now, so the cost follows the cells and the work in
hand and never the number of cases ever filed. A reader without case access gets all of it computed from masked numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from gridmediate.domain.indicators import SMALL_COUNT, ReadCounts, Span, mask, read_counts, street_total, worst_first
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.tasks import WITH_DEPARTMENT
from gridmediate.domain.vocabulary import Label
from gridmediate.services.grid import CellCard
from gridmediate.services.heat import HeatTable, heat_table, record_heat
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store import queries
from gridmediate.store.models import Case, CellTally, Task

#: Months that the chart goes back, the running one included; rows of its two lists.
MONTHS, WORST, OFFICES = 12, 8, 4


@dataclass(frozen=True, slots=True)
class WorstCell:
    """A cell with overdue cases; cells are listed and persons never are."""

    card: CellCard
    counts: ReadCounts


@dataclass(frozen=True, slots=True)
class OfficeWaits:
    """Answers that an office still owes; ``late_by`` is how long the longest is overdue, None if none is or it is not shown."""

    office: Label
    waiting: Span
    late_by: timedelta | None


@dataclass(frozen=True, slots=True)
class MonthFlow:
    """Cases filed and settled in one month (``YYYYMM``)."""

    month: int
    filed: Span
    settled: Span


@dataclass(frozen=True, eq=False, slots=True)
class Wall:
    """Everything on a wall; ``total`` adds up the cells as the reader knows them."""

    table: HeatTable
    total: ReadCounts
    worst: tuple[WorstCell, ...]
    offices: tuple[OfficeWaits, ...]
    months: tuple[MonthFlow, ...]


def read_wall(session: Session, actor: Actor, now: datetime, *, street_code: str | None = None, masked: bool = False) -> Wall:
    """Return what a wall shows.

    Parameters
    ----------
    street_code : str or None
        A street, or the county for all of its streets. None takes the first street within reach.
    masked : bool
        Whether small counts are hidden whatever the actor may read: a wall that is opened by its address hangs before everybody.

    Raises
    ------
    NotPermitted, FieldNotAChoice
    """
    table = heat_table(session, actor, now, street_code=street_code, months=1)
    if masked:
        table = replace(table, exact=False)
    read = {card.code: read_counts(counts, exact=table.exact)
            for card, counts in zip(table.cells, table.counts[-1], strict=True) if counts is not None}
    cards = {card.code: card for card in table.cells}
    late = [code for code in worst_first(read.items()) if read[code].late.high][:WORST]
    return Wall(
        table, street_total(read.values()), tuple(WorstCell(cards[code], read[code]) for code in late),
        tuple(_offices(session, actor, table, now)), tuple(_flows(session, table)),
    )


def record_wall(session: Session, actor: Actor, wall: Wall, now: datetime) -> None:
    """Record that a signed-in person put the counts on a wall."""
    record_heat(session, actor, wall.table, now)


def _offices(session: Session, actor: Actor, table: HeatTable, now: datetime) -> list[OfficeWaits]:
    streets = sorted({card.street_code for card in table.cells})
    rows = session.execute(
        select(Task.department_code, func.count(), func.min(Task.answer_due_at))
        .join(Case, Case.id == Task.case_id)
        .where(Task.is_open, Task.state.in_(sorted(WITH_DEPARTMENT)), Case.street_code.in_(streets),
               queries.within(visible_to(actor, Permission.HEAT_READ)))
        .group_by(Task.department_code)).all()
    rules = rulebook_of(session)
    found = []
    for code, count, first_due in rows:
        is_hidden = not table.exact and count <= SMALL_COUNT
        late_by = now - first_due if first_due < now and not is_hidden else None
        found.append(OfficeWaits(rules.department_label(code), mask(count, exact=table.exact), late_by))
    found.sort(key=lambda each: (-each.waiting.high, -(each.late_by or timedelta()), each.office.zh))
    return found[:OFFICES]


def _flows(session: Session, table: HeatTable) -> list[MonthFlow]:
    """Return the months from the roll-up. A new case adds one to some standing and every later act moves it, so the flows add up
    to what was filed."""
    filed: ColumnElement[int] = CellTally.filed + CellTally.accepted + CellTally.mediating + CellTally.settled + CellTally.ended
    settled: ColumnElement[int] = CellTally.settled.expression
    months, codes = _months(table.months[-1]), [card.code for card in table.cells]
    rows = session.execute(
        select(CellTally.month, *(func.sum(bound) for each in (filed, settled) for bound in _bounds(each, table.exact)))
        .where(CellTally.month.in_(months), CellTally.head == "", CellTally.cell_code.between(min(codes), max(codes)),
               CellTally.cell_code.in_(codes))
        .group_by(CellTally.month)).all()
    found = {row[0]: [int(number) for number in row[1:]] for row in rows}
    return [MonthFlow(month, Span(*known[:2]), Span(*known[2:])) for month in months for known in [found.get(month, [0] * 4)]]


def _bounds(number: ColumnElement[int], exact: bool) -> Sequence[ColumnElement[int]]:
    """Return the lower and the upper bound of a cell's month as the reader may know it."""
    if exact:
        return [sql_case((number > 0, number), else_=0)] * 2
    small = number.between(1, SMALL_COUNT)
    return [sql_case((small, bound), (number > 0, number), else_=0) for bound in (1, SMALL_COUNT)]


def _months(last: int) -> list[int]:
    at = (last // 100) * 12 + last % 100 - 1
    return [(index // 12) * 100 + index % 12 + 1 for index in range(at - MONTHS + 1, at + 1)]
