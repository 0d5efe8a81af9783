"""Tallies of cells as arrays, kept in memory for as long as they hold.

A bundle of cells is read again only when a transaction has changed it since: the roll-up counts its own changes, so what is kept
is told from what is true by a number that was written in the same transaction, and never by a clock. Filters by head are read
each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.services.grid import Grid
from gridmediate.store.columns import plain_rows
from gridmediate.store.models import CellTally
from gridmediate.store.rollup import VERSION, bundle_of

#: What may be kept at most: of 20,000 cells some three hundred numbers each.
_MOST_BYTES = 24_000_000


def tallies(session: Session, grid: Grid, cells: np.ndarray, head: str, months: Sequence[int],
            names: Sequence[str]) -> np.ndarray:
    """Return tallies of some cells by month, column and cell.

    Parameters
    ----------
    cells : numpy.ndarray of int
        Where they stand in the grid's order; at least one.
    head : str
        A T2 head, or "" for all.
    months : sequence of int
        ``YYYYMM``, or 0 for the running sum; at least one.
    names : sequence of str
        Columns of the roll-up.
    """
    shelf = _shelf(session, grid)
    bundles = shelf.bundles_of(cells)
    # Numbers of a transaction that may still be rolled back are nobody else's.
    if head or session.info.get("tallies_changed"):
        found = _read(session, shelf, bundles, head, months, names)
    else:
        found = _kept(session, shelf, bundles, months, tuple(names))
    return np.stack([found[month][:, cells] for month in months])


@dataclass(frozen=True, slots=True)
class _Kept:
    """Numbers of one month by column and cell of the grid, and the version of each bundle that they hold for."""

    versions: dict[str, int]
    numbers: np.ndarray


class _Shelf:
    """What is kept of one grid, the least used thrown out first."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.members: dict[str, list[int]] = {}
        for code, at in grid.position.items():
            self.members.setdefault(bundle_of(code), []).append(at)
        self._names = list(self.members)
        order = {bundle: at for at, bundle in enumerate(self._names)}
        self._bundle = np.array([order[bundle_of(code)] for code in grid.cells], np.int32)
        self._kept: OrderedDict[tuple[int, tuple[str, ...]], _Kept] = OrderedDict()
        self._putting = threading.Lock()

    def bundles_of(self, cells: np.ndarray) -> list[str]:
        """Return the bundles of some cells, in the order of their codes."""
        return [self._names[at] for at in np.unique(self._bundle[cells]).tolist()]

    def empty(self, names: Sequence[str]) -> np.ndarray:
        """Return a month without numbers."""
        return np.zeros((len(names), len(self._bundle)), np.int32)

    def get(self, month: int, names: tuple[str, ...]) -> _Kept:
        """Return what is kept, which may be nothing."""
        return self._kept.get((month, names)) or _Kept({}, self.empty(names))

    def put(self, month: int, names: tuple[str, ...], kept: _Kept) -> None:
        """Keep it; of two that put at once the later stands, and its versions say what it holds for."""
        with self._putting:
            self._kept[month, names] = kept
            self._kept.move_to_end((month, names))
            while sum(each.numbers.nbytes for each in self._kept.values()) > _MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)


def _shelf(session: Session, grid: Grid) -> _Shelf:
    shared: dict[str, Any] = session.info["shared"]
    shelf: _Shelf | None = shared.get("tallies")
    if shelf is None or shelf.grid is not grid:
        shelf = shared["tallies"] = _Shelf(grid)
    return shelf


def _kept(session: Session, shelf: _Shelf, bundles: list[str], months: Sequence[int],
          names: tuple[str, ...]) -> dict[int, np.ndarray]:
    # The versions are read before the numbers: numbers newer than their version are read once more, older ones would stay.
    versions = _versions(session, bundles, months)
    found = {month: shelf.get(month, names) for month in months}
    stale: dict[tuple[str, ...], list[int]] = {}
    for month, kept in found.items():
        changed = tuple(each for each in bundles if kept.versions.get(each) != versions[month].get(each, 0))
        if changed:
            stale.setdefault(changed, []).append(month)
    for changed, of_months in stale.items():
        fresh = _read(session, shelf, changed, "", of_months, names)
        cells = [at for bundle in changed for at in shelf.members[bundle]]
        for month in of_months:
            numbers = found[month].numbers.copy()
            numbers[:, cells] = fresh[month][:, cells]
            found[month] = _Kept(found[month].versions | {each: versions[month].get(each, 0) for each in changed}, numbers)
    for month, kept in found.items():
        shelf.put(month, names, kept)
    return {month: kept.numbers for month, kept in found.items()}


def _versions(session: Session, bundles: list[str], months: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {month: {} for month in months}
    for month, bundle, version in plain_rows(session, select(CellTally.month, CellTally.cell_code, CellTally.filed).where(
            CellTally.month.in_(months), CellTally.head == VERSION, CellTally.cell_code.between(bundles[0], bundles[-1]))):
        found[month][bundle] = version
    return found


def _read(session: Session, shelf: _Shelf, bundles: Sequence[str], head: str, months: Sequence[int],
          names: Sequence[str]) -> dict[int, np.ndarray]:
    """Return the numbers of whole bundles as they are in the records; of other cells nothing is said."""
    position, found = shelf.grid.position, {month: shelf.empty(names) for month in months}
    columns = [getattr(CellTally, name) for name in names]
    for first, last in _stretches(shelf, bundles):
        rows = plain_rows(session, select(CellTally.month, CellTally.cell_code, *columns).where(
            # The codes of a bundle lie side by side, so each month is one stretch of the key.
            CellTally.month.in_(months), CellTally.head == head, CellTally.cell_code.between(first, last)))
        by_month: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            if row[1] in position:
                by_month.setdefault(row[0], []).append(row)
        for month, lines in by_month.items():
            _, codes, *values = zip(*lines, strict=True)
            found[month][:, [position[code] for code in codes]] = np.array(values, np.int32)
    return found


def _stretches(shelf: _Shelf, bundles: Iterable[str]) -> list[tuple[str, str]]:
    """Return the first and last cells of bundles in the order of their codes, those that lie side by side as one."""
    joined: list[list[int]] = []
    for members in (shelf.members[bundle] for bundle in bundles):
        if joined and members[0] == joined[-1][1] + 1:
            joined[-1][1] = members[-1]
        else:
            joined.append([members[0], members[-1]])
    codes = list(shelf.grid.cells)
    return [(codes[first], codes[last]) for first, last in joined]
