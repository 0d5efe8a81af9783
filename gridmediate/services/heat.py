"""Counts of cells over months, from the roll-up and never from the cases; what leaders' maps and tables show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from gridmediate.domain.indicators import CARRIED, SMALL_COUNT, CellCounts
from gridmediate.domain.measures import MEASURES, WINDOW, MeasureName
from gridmediate.domain.permissions import Actor, Permission, Reach, visible_to
from gridmediate.domain.problems import FieldNotAChoice, NotPermitted
from gridmediate.domain.safety import GRAVE_AFTER
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level, Status, Urgency
from gridmediate.domain.workflow import OPEN_STATES, status_of
from gridmediate.services.grid import AreaCard, CellCard, Grid, grid_of, local_day
from gridmediate.services.kept_tallies import tallies
from gridmediate.services.narrowing import EVERYTHING, Narrowing, having_status, is_grave_now
from gridmediate.store.columns import Word, plain_rows
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case
from gridmediate.store.rollup import COLUMNS

ENDINGS = ("settled", "ended")
#: The open statuses and the states that read as each of them.
_STATES = {
    status: [state for state in OPEN_STATES if status_of(state).value == status] for status in ("filed", "accepted", "mediating")
}


@dataclass(frozen=True, eq=False)
class HeatTable:
    """Counts by month and cell.

    Parameters
    ----------
    street : AreaCard
        A street, or the county for all of its streets.
    cells : tuple of CellCard
        In the order of their codes.
    months : tuple of int
        ``YYYYMM``, oldest first; the last is the running month.
    numbers : numpy.ndarray of int
        By month, then kind (:data:`~gridmediate.domain.indicators.CARRIED`), then cell.
    known : numpy.ndarray of bool
        By month, then cell; False before a cell was in force.
    exact : bool
        Whether this reader may read the cases behind every cell; small counts are masked for others.
    """

    street: AreaCard
    cells: tuple[CellCard, ...]
    months: tuple[int, ...]
    numbers: np.ndarray
    known: np.ndarray
    exact: bool
    as_of: datetime
    #: The deeds that the chosen measure is made of, and their sums over the months up to each: the least and the most that this
    #: reader may know, by month, deed and cell.
    deeds: tuple[str, ...] = ()
    done: tuple[np.ndarray, np.ndarray] | None = None
    narrowed: Narrowing = EVERYTHING

    @cached_property
    def counts(self) -> list[list[CellCounts | None]]:
        """The same cell by cell, by month, then cell; None before a cell was in force."""
        return [
            [
                CellCounts(**dict(zip(CARRIED, counts, strict=True)), households=card.households) if known else None
                for card, counts, known in zip(self.cells, month.T.tolist(), in_force.tolist(), strict=True)
            ]
            for month, in_force in zip(self.numbers, self.known, strict=True)
        ]


def streets_of(grid: Grid, actor: Actor) -> list[AreaCard]:
    """Return the streets whose cells the actor may see counted, wholly or in part."""
    reach = visible_to(actor, Permission.HEAT_READ)
    codes = {card.street_code for card in grid.cells.values() if reach.covers(grid.subjects[card.code])}
    return [area for area in grid.areas.values() if area.level is Level.STREET and area.code in codes]


def heat_table(session: Session, actor: Actor, now: datetime, *, street_code: str | None = None, head: str = "",
               months: int = 1, measure: str = "", narrowed: Narrowing = EVERYTHING, deeds_alone: bool = False) -> HeatTable:
    """Return the counts of the cells the actor may see, now and for months back.

    Parameters
    ----------
    street_code : str or None
        A street, or the county for all of its streets. None takes the first street within reach.
    head : str
        A T2 head, or "" for all. Readers without case access get all: the difference of two filters would be exact.
    months : int
        How many months, the running one included.
    measure : str
        A measure that is made of deeds gets them too.
    narrowed : Narrowing
        What the roll-up does not hold: then the running month alone is counted, from the cases. For readers with case access.
    deeds_alone : bool
        Leave the numbers of the bar uncounted, all 0, where the measure is made of deeds.

    Raises
    ------
    NotPermitted, FieldNotAChoice
    """
    grid = grid_of(session, now)
    place, chosen = _chosen(grid, visible_to(actor, Permission.HEAT_READ), street_code)
    reads = visible_to(actor, Permission.CASE_READ)
    exact = grid.covers(reads, place) or all(reads.covers(grid.subjects[card.code]) for card in chosen)
    narrowed = narrowed if exact else EVERYTHING
    wanted = _months_back(local_day(now), 1 if narrowed else months)
    asked = _Asked(session, grid, chosen, head if exact else "", wanted, now)
    deeds = MEASURES[MeasureName(measure)].deeds if measure in MEASURES and not narrowed else ()
    counted = _counted(asked, narrowed, needed=not (deeds and deeds_alone))
    done = _done(asked, deeds, exact=exact) if deeds else None
    return HeatTable(grid.areas[place], chosen, tuple(wanted), counted, _in_force(chosen, wanted), exact, now,
                     deeds, done, narrowed)


def record_heat(session: Session, actor: Actor, table: HeatTable, now: datetime) -> None:
    """Record that a map or table of counts was read."""
    lock_account(session, actor.account_id)
    entry = Entry("heat.read", {"street": table.street.code, "months": len(table.months), "exact": table.exact})
    record(session, actor.account_id, [entry], actor=actor, at=now)


def _chosen(grid: Grid, reach: Reach, place: str | None) -> tuple[str, tuple[CellCard, ...]]:
    """Return the place and those of its cells that *reach* covers."""
    if place is None:
        place = next((card.street_code for card in grid.cells.values() if reach.covers(grid.subjects[card.code])), None)
        if place is None:
            raise NotPermitted
    chosen = tuple(grid.covered(reach, place))
    if not chosen:
        if any(reach.covers(subject) for subject in grid.subjects.values()):
            raise FieldNotAChoice(field="street", name=Label("街道", "Street"), got=place)
        raise NotPermitted
    return place, chosen


def _months_back(today: date, count: int) -> list[int]:
    last = today.year * 12 + today.month - 1
    return [(index // 12) * 100 + index % 12 + 1 for index in range(last - max(1, count) + 1, last + 1)]


def _month_end(month: int) -> datetime:
    year, number = divmod(month, 100)
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=LOCAL_ZONE)


def _in_force(cells: Sequence[CellCard], months: Sequence[int]) -> np.ndarray:
    ends = [_month_end(month).date() for month in months]
    first = {day: [day < end for end in ends] for day in {card.valid_from for card in cells}}
    return np.array([first[card.valid_from] for card in cells], dtype=bool).T


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is counted: which cells, under which head, at the ends of which months."""

    session: Session
    grid: Grid
    chosen: tuple[CellCard, ...]
    head: str
    months: list[int]
    now: datetime

    @cached_property
    def cells(self) -> np.ndarray:
        """Where the cells stand in the grid's order."""
        return np.array([self.grid.position[card.code] for card in self.chosen])

    def places_of(self, codes: Iterable[str]) -> list[int]:
        """Return where cells stand in the grid's order; one that is no longer in force stands behind the last."""
        return [self.grid.position.get(code, -1) for code in codes]

    def cases(self) -> list[ColumnElement[bool]]:
        """Return the condition on cases that have a clock."""
        head = [Case.t2_code.startswith(self.head, autoescape=True)] if self.head else []
        return [self.in_streets(), *head, Case.due_at.is_not(None), Case.cell_code.is_not(None)]

    def in_streets(self) -> ColumnElement[bool]:
        """Return the condition that a case is in one of the cells' streets."""
        return Case.street_code.in_(sorted({card.street_code for card in self.chosen}))


def _numbers(asked: _Asked) -> np.ndarray:
    """Return the counts of :class:`HeatTable`."""
    stocks, flows = _stocks(asked)
    late, grave = _late_now(asked)
    numbers = np.zeros((len(asked.months), len(CARRIED), len(asked.chosen)), dtype=np.int64)
    for at, status in enumerate(_STATES):
        late_here = stocks[:, COLUMNS.index(f"late_{status}")] + late[:, at]
        numbers[:, at] = stocks[:, COLUMNS.index(status)] - late_here
        numbers[:, CARRIED.index("late")] += late_here
    for name in ENDINGS:
        numbers[:, CARRIED.index(f"{name}_in_month")] = np.maximum(flows[:, COLUMNS.index(name)], 0)
    numbers[-1, CARRIED.index("grave")] = grave
    return numbers


def _stocks(asked: _Asked) -> tuple[np.ndarray, np.ndarray]:
    """Return by month, column and cell the stock at the month's end and the month's own flow: back from the running sum."""
    sums, flows = np.split(_tallies(asked, [0, *asked.months], COLUMNS).astype(np.int64), [1])
    after = np.cumsum(flows[::-1], axis=0)[::-1] - flows
    return sums - after, flows


def deeds_in(session: Session, table: HeatTable, deeds: Sequence[str], *, months: Sequence[int] = (),
             head: str = "") -> np.ndarray:
    """Return what was done in some months, or in each of a table's, by month, deed and cell: exact, so never shown as it is."""
    wanted = list(months or table.months)
    asked = _Asked(session, grid_of(session, table.as_of), table.cells, head, wanted, table.as_of)
    return _tallies(asked, wanted, deeds)


def _counted(asked: _Asked, narrowed: Narrowing, *, needed: bool) -> np.ndarray:
    if not needed:
        return np.zeros((len(asked.months), len(CARRIED), len(asked.chosen)), dtype=np.int64)
    return _Narrowed(asked, narrowed).numbers() if narrowed else _numbers(asked)


def masked(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the most that counts may be for a reader without case access."""
    small = (counts > 0) & (counts <= SMALL_COUNT)
    return np.where(small, 1, counts), np.where(small, SMALL_COUNT, counts)


def _done(asked: _Asked, deeds: Sequence[str], *, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return deeds summed over the months up to each; of masked months the sums of their bounds, so that no sum unmasks them."""
    months = _months_back(local_day(asked.now), len(asked.months) + WINDOW - 1)
    counts = _tallies(asked, months, deeds)
    low, high = ((counts, counts) if exact else masked(counts))
    return _windowed(low), _windowed(high)


def _windowed(counts: np.ndarray) -> np.ndarray:
    sums: np.ndarray = np.cumsum(counts, axis=0)
    sums[WINDOW:] -= sums[:-WINDOW].copy()
    return sums[WINDOW - 1:]


def _tallies(asked: _Asked, months: list[int], names: Sequence[str]) -> np.ndarray:
    """Return the tallies of some months, by month, column and cell."""
    return tallies(asked.session, asked.grid, asked.cells, asked.head, months, names)


def _late_now(asked: _Asked) -> tuple[np.ndarray, np.ndarray]:
    """Return by month, open status and cell the cases late now that were so by the month's end, and by cell the grave ones."""
    grave_before = asked.now - GRAVE_AFTER
    status = sql_case(*((Case.state.in_(states), at) for at, states in enumerate(_STATES.values())), else_=len(_STATES))
    # A case late now is late from the month on in which it was due and in its status: each is counted once, and added up here.
    since = sql_case(*((and_(Case.due_at < end, Case.status_since < end), at)
                       for at, end in enumerate(map(_month_end, asked.months[:-1]))), else_=len(asked.months) - 1) \
        if len(asked.months) > 1 else literal(0)
    groups = plain_rows(
        asked.session, select(Case.cell_code, status.label("status"), since.label("since"), func.count(),
                              func.count(sql_case((Case.due_at < grave_before, 1))))
        .where(*asked.cases(), Case.due_at < asked.now).group_by(Case.cell_code, "status", "since"))
    late = np.zeros((len(asked.months), len(_STATES) + 1, len(asked.grid.cells) + 1), dtype=np.int64)
    grave = np.zeros(len(asked.grid.cells) + 1, dtype=np.int64)
    if groups:
        codes, statuses, firsts, counts, graves = zip(*groups, strict=True)
        cells = asked.places_of(codes)
        np.add.at(late, (list(firsts), list(statuses), cells), counts)
        np.add.at(grave, cells, graves)
    for code, count in _urgent(asked, grave_before):
        grave[asked.places_of([code])] += count
    return np.cumsum(late, axis=0)[:, :-1, asked.cells], grave[asked.cells]


def _urgent(asked: _Asked, not_before: datetime) -> Iterable[Any]:
    """Return by cell the urgent cases that are not so late that they are counted as grave already."""
    # The word stands in the statement itself: only so can the database tell that the index of urgent cases answers.
    is_urgent = Case.urgency == literal(Urgency.URGENT, Word(Urgency), literal_execute=True)
    return asked.session.connection().execute(
        select(Case.cell_code, func.count()).where(*asked.cases(), is_urgent, Case.due_at >= not_before).group_by(Case.cell_code)
    )


class _Narrowed:
    """Counts of the running month by what the roll-up does not hold: two statements over what is open or was closed in it."""

    def __init__(self, asked: _Asked, narrowed: Narrowing) -> None:
        self.asked = asked
        head = [Case.t2_code.startswith(asked.head, autoescape=True)] if asked.head else []
        self._cases = [asked.in_streets(), Case.cell_code.is_not(None), *head, *narrowed.conditions(asked.now)]
        self._since = _month_end(_months_back(local_day(asked.now), 2)[0])

    def numbers(self) -> np.ndarray:
        """Return the counts of :class:`HeatTable` for one month."""
        found = np.zeros((1, len(CARRIED), len(self.asked.grid.cells) + 1), dtype=np.int64)
        for is_open, since in ((True, ()), (False, (Case.changed_at >= self._since,))):
            rows = self.asked.session.connection().execute(
                select(Case.cell_code, *(func.count(sql_case((each, 1))) for each in self._kinds()))
                .where(*self._cases, Case.is_open.is_(is_open), *since).group_by(Case.cell_code)
            ).all()
            if rows:
                codes, *counts = zip(*rows, strict=True)
                found[0, :, self.asked.places_of(codes)] += np.array(counts, dtype=np.int64).T
        return found[:, :, self.asked.cells]

    def _kinds(self) -> list[ColumnElement[bool]]:
        """Return the condition of each of :data:`CARRIED`."""
        now = self.asked.now
        by_status = [having_status(Status(name), now) for name in (*_STATES, "overdue")]
        ended = [and_(having_status(Status(name), now), Case.status_since >= self._since) for name in ENDINGS]
        return [*by_status, *ended, is_grave_now(now)]
