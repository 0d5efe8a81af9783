"""What a map or table of counts shows: cells, or communities and streets added up, as one reader may know them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import numpy as np

from gridmediate.domain.indicators import CARRIED, ReadCounts, Span, read_spans
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.grid import AreaCard, CellCard, Grid
from gridmediate.services.heat import HeatTable, masked

#: The levels that may be asked for, the finest first.
LEVELS = (Level.CELL, Level.COMMUNITY, Level.STREET)
#: Above so many cells the map starts with communities, and with streets above so many of these.
MOST_CELLS, MOST_COMMUNITIES = 20_000, 2_000


@dataclass(frozen=True, slots=True)
class Unit:
    """One area of the map and row of the table.

    Parameters
    ----------
    code : str
    label : Label
    above : str
        Code of the community of a cell, of the street of a community; of a street "".
    households : int or None
        The sum of those that are known.
    cells : int
        How many it is made of.
    """

    code: str
    label: Label
    above: str
    households: int | None
    cells: int = 1


@dataclass(frozen=True, eq=False)
class HeatView:
    """Counts by month and unit, each as its least and its most.

    Parameters
    ----------
    street : AreaCard
        The place shown: a community, a street or the county.
    level : Level
        What the units are.
    named : callable
        Makes the units. Counts of thousands of cells go to the browser without their names.
    months : tuple of int
        ``YYYYMM``, oldest first.
    keys : tuple of str
        The kinds of counts: :data:`~gridmediate.domain.indicators.CARRIED`, then the deeds asked for.
    low, high : numpy.ndarray of int
        By month, kind and unit; the same for whoever may read the cases.
    known : numpy.ndarray of bool
        By month and unit.
    exact : bool
    as_of : datetime
    """

    street: AreaCard
    level: Level
    named: Callable[[], tuple[Unit, ...]]
    months: tuple[int, ...]
    keys: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    known: np.ndarray
    exact: bool
    as_of: datetime

    @property
    def of_areas(self) -> bool:
        """Whether the units are larger than cells, and have classes of their own."""
        return self.level is not Level.CELL

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """What is counted, in the order of their codes."""
        return self.named()

    @cached_property
    def counts(self) -> Sequence[list[ReadCounts | None]]:
        """The same by month, then unit; None where there are no numbers. A month is made when it is asked for."""
        return _Months(self)

    def month(self, at: int) -> list[ReadCounts | None]:
        """Return the counts of one month by unit."""
        columns = zip(self.units, self.low[at].T.tolist(), self.high[at].T.tolist(), self.known[at].tolist(), strict=True)
        return [self._unit(unit, low, high) if known else None for unit, low, high, known in columns]

    def _unit(self, unit: Unit, low: list[int], high: list[int]) -> ReadCounts:
        return read_spans(dict(zip(self.keys, map(Span, low, high), strict=True)), unit.households)


class _Months(Sequence[list[ReadCounts | None]]):
    """The months of a view; of twelve times twenty thousand a page shows two."""

    def __init__(self, view: HeatView) -> None:
        self._view = view
        self._made: dict[int, list[ReadCounts | None]] = {}

    def __len__(self) -> int:
        return len(self._view.months)

    def __getitem__(self, at: Any) -> Any:
        at = range(len(self))[at]
        if at not in self._made:
            self._made[at] = self._view.month(at)
        return self._made[at]


def level_of(asked: str, grid: Grid, place: str) -> Level:
    """Return what the units of a map are: what is asked for, or the finest level that a browser draws with ease."""
    if asked in set(LEVELS):
        level = Level(asked)
        within = grid.areas[place].level if place in grid.areas else Level.COUNTY
        # A street has no streets in it, a community neither.
        return level if LEVELS.index(level) < (*LEVELS, Level.COUNTY).index(within) else Level.CELL
    if len(grid.cells_of(place)) <= MOST_CELLS:
        return Level.CELL
    return Level.COMMUNITY if len(grid.communities_of(place)) <= MOST_COMMUNITIES else Level.STREET


def view_of(table: HeatTable, grid: Grid, level: Level = Level.CELL) -> HeatView:
    """Add the cells of a table up to units.

    What a reader without case access sees of a larger unit is the sum of the bounds of its cells: a total from the cases would
    give a small count away, by subtraction.
    """
    low, high = (table.numbers, table.numbers) if table.exact else masked(table.numbers)
    if table.done is not None:
        low, high = (np.concatenate(pair, axis=1) for pair in ((low, table.done[0]), (high, table.done[1])))
    keys = (*CARRIED, *table.deeds)
    if level is Level.CELL:
        return HeatView(table.street, level, partial(_cells, table.cells), table.months, keys, low, high, table.known,
                        table.exact, table.as_of)
    units, member = _areas(table.cells, grid, level)
    known = _added(table.known[:, np.newaxis, :].astype(np.int64), member, len(units))[:, 0] > 0
    return HeatView(table.street, level, lambda: units, table.months, keys, _added(low, member, len(units)),
                    _added(high, member, len(units)), known, table.exact, table.as_of)


def _cells(cards: tuple[CellCard, ...]) -> tuple[Unit, ...]:
    return tuple(Unit(card.code, card.label, card.community_code, card.households) for card in cards)


def area_code(card: CellCard, level: Level) -> str:
    """Return the code of the community or street that a cell belongs to."""
    return card.community_code if level is Level.COMMUNITY else card.street_code


def _areas(cells: tuple[CellCard, ...], grid: Grid, level: Level) -> tuple[tuple[Unit, ...], np.ndarray]:
    """Return the units, and of each cell which one it belongs to."""
    codes = sorted({area_code(card, level) for card in cells})
    position = {code: at for at, code in enumerate(codes)}
    member = np.array([position[area_code(card, level)] for card in cells])
    households: list[list[int]] = [[] for _ in codes]
    for card, at in zip(cells, member.tolist(), strict=True):
        households[at] += [] if card.households is None else [card.households]
    sizes = np.bincount(member, minlength=len(codes)).tolist()
    units = tuple(
        Unit(code, grid.areas[code].label, (grid.areas[code].parent_code or "") if level is Level.COMMUNITY else "",
             sum(known) if known else None, size)
        for code, known, size in zip(codes, households, sizes, strict=True)
    )
    return units, member


def _added(counts: np.ndarray, member: np.ndarray, units: int) -> np.ndarray:
    order = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[order], np.arange(units))
    added: np.ndarray = np.add.reduceat(counts[:, :, order], starts, axis=2)
    return added
