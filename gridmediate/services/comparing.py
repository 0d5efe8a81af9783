"""How the counts of areas compare between two periods, and which of them stand out: the view of changes.

Gathered in a transaction, computed after it: the statistics take a second in which nobody else should wait to write.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.comparing import LEAST_CASES, LEVEL, Comparison, Counted, Null, Stands, days_of, months_label, what_stands
from gridmediate.domain.comparing_words import no_figures
from gridmediate.domain.indicators import CARRIED, Span
from gridmediate.domain.measures import LEAST_HOUSEHOLDS
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.geo.measure import union_of
from gridmediate.services.grid import Grid, local_day
from gridmediate.services.heat import HeatTable, deeds_in, heat_table, masked
from gridmediate.services.heat_view import HeatView, Unit, area_code, level_of, view_of
from gridmediate.statistics.guarded import statistics_of
from gridmediate.store.models import CellTally

#: Answers that a process keeps.
_MOST_KEPT = 64
_SIDES = ("before", "now")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One area in two periods.

    Parameters
    ----------
    unit : Unit
    before, now : Span or None
        Cases, as this reader may know them; None without figures of the earlier period.
    stands : Stands
    chance, chance_in_place : float or None
        The adjusted p value of its own change, and of its change beside the rest of the place.
    cluster : int
        +1 where rates are high together in the later period, -1 where low.
    per_1000 : float or None
        Smoothed, of the later period; of a reader who knows bounds only, from their middles. None below the least households.
    """

    unit: Unit
    before: Span | None = None
    now: Span | None = None
    stands: Stands = Stands.ABSENT
    chance: float | None = None
    chance_in_place: float | None = None
    cluster: int = 0
    per_1000: float | None = None

    @property
    def difference(self) -> int | None:
        """Cases more than before, where both are known exactly."""
        return self.now.low - self.before.low if self.now and self.before and self.now.exact and self.before.exact else None


@dataclass(frozen=True, slots=True)
class Changes:
    """All areas of a place in two periods.

    Parameters
    ----------
    table : HeatTable
        Which cells, of which reader.
    level : Level
    comparison : Comparison
    months, months_before : list of int
        ``YYYYMM``.
    rows : list of ChangeRow
        By code.
    whole : tuple of int and float
        Sign and p value of the place's own change.
    tested : int
        Areas with cases enough for their change to be tested.
    permutations : int
        Draws by which high and low land was looked for; 0 where there is too little to look in.
    islands : int
        Areas without a neighbour.
    missing : Label or None
        Why nothing can be compared.
    """

    table: HeatTable
    level: Level
    comparison: Comparison
    months: list[int]
    months_before: list[int]
    rows: list[ChangeRow]
    whole: tuple[int, float] = (0, 1.0)
    tested: int = 0
    permutations: int = 0
    islands: int = 0
    missing: Label | None = None

    @property
    def before(self) -> Span:
        """Cases of the whole place in the earlier period."""
        return sum((row.before for row in self.rows if row.before), start=Span(0, 0))

    @property
    def now(self) -> Span:
        """Cases of the whole place in the later period."""
        return sum((row.now for row in self.rows if row.now), start=Span(0, 0))


@dataclass(frozen=True, eq=False)
class Gathered:
    """The counts of two periods, and what is needed to compare them without the records."""

    table: HeatTable
    grid: Grid
    comparison: Comparison
    level: Level
    months: tuple[list[int], list[int]]
    view: HeatView | None
    absent: list[Unit]
    missing: Label | None
    kept: dict[Any, Any]


def gather(session: Session, actor: Actor, grid: Grid, comparison: Comparison, *, now: datetime, street_code: str | None = None,
           level: str = "", head: str = "") -> Gathered:
    """Read the counts of two periods.

    Settlements are the months' own numbers of the map and not the deeds: a second count of nearly the same would make equations
    by which small numbers could be solved.

    Raises
    ------
    NotPermitted, FieldNotAChoice
    """
    months, before = comparison.months(local_day(now))
    filed = comparison.counted is Counted.FILED
    table = heat_table(session, actor, now, street_code=street_code, head=head, months=1 if filed else _back_to(before[0], now))
    counts = _counts(session, table, filed, (before, months), head if table.exact else "")
    known = _known(session, table, before, filed)
    shown = level_of(level, grid, table.street.code)
    view = _compared(table, grid, shown, known, counts) if known.any() else None
    told = {unit.code for unit in view.units} if view else set()
    absent = [unit for unit in view_of(replace(table, done=None, deeds=()), grid, shown).units if unit.code not in told]
    missing = None if view else no_figures(months_label(before), _first(session, table, filed))
    kept = session.info["shared"].setdefault("comparisons", {})
    return Gathered(table, grid, comparison, shown, (months, before), view, absent, missing, kept)


def _compared(table: HeatTable, grid: Grid, level: Level, known: np.ndarray, counts: list[list[np.ndarray]]) -> HeatView:
    """Return the areas, made of those of their cells that were there in both periods."""
    cells = tuple(card for card, is_known in zip(table.cells, known, strict=True) if is_known)
    low, high = (np.stack([side[:, known] for side in bound], axis=1) for bound in counts)
    numbers = np.zeros((1, len(CARRIED), len(cells)), dtype=np.int64)
    return view_of(replace(table, cells=cells, months=table.months[-1:], numbers=numbers, deeds=_SIDES, done=(low, high),
                           known=np.ones((1, len(cells)), dtype=bool)), grid, level)


def _back_to(month: int, now: datetime) -> int:
    today = local_day(now)
    return today.year * 12 + today.month - (month // 100 * 12 + month % 100) + 1


def _counts(session: Session, table: HeatTable, filed: bool, sides: Sequence[list[int]], head: str) -> list[list[np.ndarray]]:
    """Return least and most, each of both sides: months masked one by one and then added, as the map tells them."""
    found: list[list[np.ndarray]] = [[], []]
    for months in sides:
        if filed:
            exact = deeds_in(session, table, ["filings"], months=months, head=head)[:, 0]
        else:
            exact = table.numbers[[table.months.index(month) for month in months], CARRIED.index("settled_in_month")]
        for bound, counts in zip(found, (exact, exact) if table.exact else masked(exact), strict=True):
            bound.append(counts.sum(axis=0, keepdims=True))
    return found


def _known(session: Session, table: HeatTable, before: list[int], filed: bool) -> np.ndarray:
    """Return which cells were there, and their street at work, before the earlier period began."""
    # A year of months by their names: each is one stretch of the key.
    year = [month - 100 if month >= before[0] else month for month in (before[0] // 100 * 100 + at for at in range(1, 13))]
    streets = set(session.scalars(
        select(CellTally.street_code).distinct().where(*_working(table, filed), CellTally.month.in_(year))
    ))
    first = np.datetime64(f"{before[0] // 100}-{before[0] % 100:02d}-01")
    return np.array([card.street_code in streets and np.datetime64(card.valid_from) <= first for card in table.cells], dtype=bool)


def _working(table: HeatTable, filed: bool) -> list[Any]:
    # Filings are counted since deeds are; before that a home has settlements only.
    begun = [CellTally.filings > 0] if filed else []
    streets = {card.street_code for card in table.cells}
    return [CellTally.head == "", CellTally.month > 0, CellTally.street_code.in_(streets), *begun]


def _first(session: Session, table: HeatTable, filed: bool) -> Label:
    """Return the first month that is whole: the one after the first in which anything was counted."""
    month = session.scalar(select(CellTally.month).where(*_working(table, filed)).order_by(CellTally.month).limit(1))
    month = month or table.months[-1]
    return months_label([month + 89 if month % 100 == 12 else month + 1])


def compare(gathered: Gathered) -> Changes:
    """Compute what stands out; the same numbers are computed once in a process.

    Raises
    ------
    StatisticsStopped
    """
    view, comparison = gathered.view, gathered.comparison
    months, before = gathered.months
    rows = [ChangeRow(unit) for unit in gathered.absent]
    if view is None:
        return Changes(gathered.table, gathered.level, comparison, months, before, rows, missing=gathered.missing)
    bounds = {name: [side[0, view.keys.index(name)].tolist() for side in (view.low, view.high)] for name in _SIDES}
    found = _statistics(gathered, [unit.code for unit in view.units], {
        **bounds, "days": [days_of(months), days_of(before)], "level": LEVEL, "least": LEAST_CASES,
        "bases": [unit.households if (unit.households or 0) >= LEAST_HOUSEHOLDS else None for unit in view.units],
    })
    signs, chances = found["own"] if comparison.null is Null.OWN else found["place"]
    for at, unit in enumerate(view.units):
        was, is_now = (Span(bounds[name][0][at], bounds[name][1][at]) for name in _SIDES)
        stands = what_stands(was.high + is_now.high, signs[at], chances[at], found["clusters"][at])
        rate = found["rates"][at]
        rows.append(ChangeRow(unit, was, is_now, stands, found["own"][1][at], found["place"][1][at], found["clusters"][at],
                              None if rate is None else rate * 1000))
    sign, chance = found["whole"]
    return Changes(gathered.table, gathered.level, comparison, months, before, sorted(rows, key=lambda row: row.unit.code),
                   (sign, chance), found["tested"], found["permutations"], found["islands"])


def _statistics(gathered: Gathered, codes: list[str], asked: dict[str, Any]) -> dict[str, Any]:
    kept = gathered.kept
    ground = ("neighbours", gathered.grid.edition, hashlib.sha256(" ".join(codes).encode()).digest())
    key = (*ground, hashlib.sha256(json.dumps(asked).encode()).digest())
    if key not in kept:
        near = kept.get(ground)
        outlines = None if near is not None else [_outline(gathered, code).wkb_hex for code in codes]
        found = statistics_of({**asked, "neighbours": near, "outlines": outlines})
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[ground], kept[key] = found["neighbours"], found
    return dict(kept[key])


def _outline(gathered: Gathered, code: str) -> BaseGeometry:
    grid, level = gathered.grid, gathered.level
    if level is Level.CELL:
        return grid.outlines[code]
    return union_of([grid.outlines[card.code] for card in gathered.table.cells if area_code(card, level) == code])
