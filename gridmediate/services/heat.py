"""Counts of cells over months, from the roll-up and never from the cases; what leaders' maps and tables show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case as sql_case
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.indicators import CellCounts
from gridmediate.domain.permissions import Actor, CaseSubject, Permission, visible_to
from gridmediate.domain.problems import FieldNotAChoice, NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level, Urgency
from gridmediate.domain.workflow import status_of
from gridmediate.services.grid import AreaCard, CellCard, Grid, grid_of, local_day
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, CellTally
from gridmediate.store.rollup import COLUMNS, month_of

#: How late an open case is grave, for the alert view.
GRAVE_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Counts by month and cell.

    Parameters
    ----------
    cells : tuple of CellCard
        In the order of their codes.
    months : tuple of int
        ``YYYYMM``, oldest first; the last is the running month.
    counts : list of lists of (CellCounts or None)
        By month, then cell; None before a cell was in force.
    exact : bool
        Whether this reader may read the cases behind every cell; small counts are masked for others.
    """

    street: AreaCard
    cells: tuple[CellCard, ...]
    months: tuple[int, ...]
    counts: list[list[CellCounts | None]]
    exact: bool
    as_of: datetime


def streets_of(grid: Grid, actor: Actor) -> list[AreaCard]:
    """Return the streets whose cells the actor may see counted, wholly or in part."""
    codes = {card.street_code for card in _within_reach(grid, actor)}
    return [area for area in grid.areas.values() if area.level is Level.STREET and area.code in codes]


def heat_table(session: Session, actor: Actor, now: datetime, *, street_code: str | None = None, head: str = "",
               months: int = 1) -> HeatTable:
    """Return the counts of the cells the actor may see, now and for months back.

    Parameters
    ----------
    street_code : str or None
        None takes the first street within reach.
    head : str
        A T2 head, or "" for all. Readers without case access get all: the difference of two filters would be exact.
    months : int
        How many months, the running one included.

    Raises
    ------
    NotPermitted, FieldNotAChoice
    """
    grid = grid_of(session, now)
    cells = _within_reach(grid, actor)
    if not cells:
        raise NotPermitted
    street = street_code or cells[0].street_code
    chosen = tuple(card for card in cells if card.street_code == street)
    if not chosen:
        raise FieldNotAChoice(field="street", name=Label("街道", "Street"), got=street)
    exact = _reads_cases(grid, actor, chosen)
    wanted = _months_back(local_day(now), months)
    stocks = _stocks(session, street, head if exact else "", wanted)
    late = _late_now(session, street, head if exact else "", now)
    grave = _grave_now(session, street, head if exact else "", now)
    counts = [
        [_counts(card, month, stocks, late, grave if month == wanted[-1] else Counter()) for card in chosen] for month in wanted
    ]
    return HeatTable(grid.areas[street], chosen, tuple(wanted), counts, exact, now)


def record_heat(session: Session, actor: Actor, table: HeatTable, now: datetime) -> None:
    """Record that a map or table of counts was read."""
    lock_account(session, actor.account_id)
    entry = Entry("heat.read", {"street": table.street.code, "months": len(table.months), "exact": table.exact})
    record(session, actor.account_id, [entry], actor=actor, at=now)


def _within_reach(grid: Grid, actor: Actor) -> list[CellCard]:
    reach = visible_to(actor, Permission.HEAT_READ)
    return [card for card in grid.cells.values() if reach and reach.covers(_subject(grid, card))]


def _reads_cases(grid: Grid, actor: Actor, cells: Iterable[CellCard]) -> bool:
    reach = visible_to(actor, Permission.CASE_READ)
    return all(reach.covers(_subject(grid, card)) for card in cells)


def _subject(grid: Grid, card: CellCard) -> CaseSubject:
    return CaseSubject(
        street_code=card.street_code, county_code=grid.county_code, community_code=card.community_code, cell_code=card.code
    )


def _months_back(today: date, count: int) -> list[int]:
    last = today.year * 12 + today.month - 1
    return [(index // 12) * 100 + index % 12 + 1 for index in range(last - max(1, count) + 1, last + 1)]


def _month_end(month: int) -> datetime:
    year, number = divmod(month, 100)
    first_after = date(year + number // 12, number % 12 + 1, 1)
    return datetime(first_after.year, first_after.month, 1, tzinfo=LOCAL_ZONE)


#: cell code → (month → column values); "stock" months hold running sums at the month's end
_Stocks = dict[str, dict[int, tuple[dict[str, int], dict[str, int]]]]


def _stocks(session: Session, street: str, head: str, months: list[int]) -> _Stocks:
    """Return per cell and month the stock at the month's end and the month's own flow, walking back from the running sum."""
    columns = [getattr(CellTally, name) for name in COLUMNS]
    rows = session.execute(
        select(CellTally.cell_code, CellTally.month, *columns)
        .where(CellTally.street_code == street, CellTally.head == head, or_(CellTally.month == 0, CellTally.month >= months[0]))
    ).all()
    by_cell: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    for row in rows:
        by_cell[row[0]][row[1]] = dict(zip(COLUMNS, row[2:], strict=True))
    zero = dict.fromkeys(COLUMNS, 0)
    result: _Stocks = {}
    for cell, flows in by_cell.items():
        stock = dict(flows.get(0, zero))
        result[cell] = {}
        for month in reversed(months):
            flow = flows.get(month, zero)
            result[cell][month] = (dict(stock), flow)
            stock = {name: stock[name] - flow[name] for name in COLUMNS}
    return result


#: (cell code, open status) → local month in which each case that is late now became so, counted
_Late = dict[tuple[str, str], Counter[int]]


def _late_now(session: Session, street: str, head: str, now: datetime) -> _Late:
    since = sql_case((Case.status_since > Case.due_at, Case.status_since), else_=Case.due_at)
    statement = select(Case.cell_code, Case.state, since, func.count()).where(
        Case.street_code == street, Case.due_at.is_not(None), Case.due_at < now, Case.cell_code.is_not(None))
    if head:
        statement = statement.where(Case.t2_code.startswith(head, autoescape=True))
    late: _Late = defaultdict(Counter)
    for cell, state, moment, number in session.execute(statement.group_by(Case.cell_code, Case.state, since)):
        late[cell, status_of(state).value][month_of(moment)] += number
    return late


def _grave_now(session: Session, street: str, head: str, now: datetime) -> Counter[str]:
    statement = select(Case.cell_code, func.count()).where(
        Case.street_code == street, Case.due_at.is_not(None), Case.cell_code.is_not(None),
        or_(Case.due_at < now - GRAVE_AFTER, Case.urgency == Urgency.URGENT)).group_by(Case.cell_code)
    if head:
        statement = statement.where(Case.t2_code.startswith(head, autoescape=True))
    return Counter({str(cell): number for cell, number in session.execute(statement)})


def _counts(card: CellCard, month: int, stocks: _Stocks, late: _Late, grave: Counter[str]) -> CellCounts | None:
    if datetime.combine(card.valid_from, datetime.min.time(), LOCAL_ZONE) >= _month_end(month):
        return None
    zero = dict.fromkeys(COLUMNS, 0)
    stock, flow = stocks.get(card.code, {}).get(month, (zero, zero))
    in_time, overdue = {}, 0
    for status in ("filed", "accepted", "mediating"):
        late_here = stock[f"late_{status}"] + sum(
            number for since, number in late.get((card.code, status), {}).items() if since <= month)
        in_time[status] = stock[status] - late_here
        overdue += late_here
    return CellCounts(**in_time, late=overdue, settled_in_month=max(0, flow["settled"]), ended_in_month=max(0, flow["ended"]),
                      households=card.households, grave=grave[card.code])
