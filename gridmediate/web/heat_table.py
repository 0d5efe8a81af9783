"""The table twin of the map: the same counts, filter and measure, sorted by any column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from gridmediate.domain.indicators import AREA_ALERT, Measured, ReadCounts, alert_level, measure, street_total
from gridmediate.domain.measures import MEASURES, MeasureName
from gridmediate.services.grid import Grid
from gridmediate.services.heat_view import HeatView, Unit
from gridmediate.web.words import say

#: Columns that stand in every table, by the key of their sorting and the measure they show.
_FIXED = {"share": MeasureName.OVERDUE_SHARE, "resolution": MeasureName.RESOLUTION, "per_1000": MeasureName.PER_1000}
_SORTS = ("open", "late", *_FIXED, "households", "change", "name", "measure", "compared", "difference")


#: Rows of a page: every community of a county, and no table of thousands.
ROWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A unit in the table; every number as this reader may know it."""

    unit: Unit
    above: str
    counts: ReadCounts | None
    measured: dict[str, Measured]
    alert: str | None
    change: int | None
    compared: Measured | None = None
    difference: float | None = None


def table_page(view: HeatView, grid: Grid, chosen: str, month_keys: list[str], *, whole: bool = False) -> dict[str, Any]:
    """Return what the table's template shows: one page of rows, or for a file the *whole*."""
    at = _month_at(month_keys, "month", len(month_keys) - 1)
    other = _month_at(month_keys, "compare", None)
    compared = other if other != at else None
    name = MeasureName(chosen) if chosen in MEASURES else MeasureName.OPEN
    sort = request.args.get("sort", "open")
    sort = sort if sort in _SORTS else "open"
    down = request.args.get("down", "0" if sort == "name" else "1") == "1"
    order = _order(view, at, compared, sort, name, down)
    first = _page_asked(len(order)) * ROWS
    known = [each for each in view.counts[at] if each]
    return {
        "rows": [_row(view, grid, index, at, compared, name) for index in (order if whole else order[first:first + ROWS])],
        "first": first + 1, "last": min(first + ROWS, len(order)), "all_rows": len(order), "page": first // ROWS + 1,
        "sort": sort, "down": down, "at": at, "compared": compared,
        "total": street_total(known), "most": max((each.open.high for each in known), default=1),
        "rule": MEASURES[name], "has_column": name not in _FIXED.values() and name is not MeasureName.OPEN,
        "formulas": [rule.formula for rule in MEASURES.values() if rule.name in (*_FIXED.values(), MeasureName.OPEN, name)],
        "alert_rule": AREA_ALERT if view.of_areas else None,
    }


def _page_asked(rows: int) -> int:
    """Return which page is asked for, from 0; beyond the last it is the last."""
    asked = request.args.get("page", "")
    number = int(asked) - 1 if asked.isdecimal() and len(asked) < 6 else 0
    return max(0, min(number, (rows - 1) // ROWS))


def _month_at(keys: list[str], field: str, default: Any) -> Any:
    asked = request.args.get(field, "")
    return keys.index(asked) if asked in keys else default


def _row(view: HeatView, grid: Grid, index: int, at: int, compared: int | None, name: MeasureName) -> Row:
    unit, counts = view.units[index], view.counts[at][index]
    before = view.counts[at - 1][index] if at else None
    change = _change(counts, before)
    level = alert_level(counts, AREA_ALERT if view.of_areas else None)
    measured = {each.value: measure(each, counts) for each in MEASURES}
    earlier = measure(name, view.counts[compared][index]) if compared is not None else None
    difference = _difference(measured[name], earlier)
    above = say(grid.areas[unit.above].label) if unit.above in grid.areas else ""
    return Row(unit, above, counts, measured, level.value if level else None, change, earlier, difference)


def _change(counts: ReadCounts | None, before: ReadCounts | None) -> int | None:
    return counts.open.low - before.open.low if counts and before and counts.open.exact and before.open.exact else None


def _difference(measured: Measured, earlier: Measured | None) -> float | None:
    if earlier is None or earlier.value is None or measured.value is None:
        return None
    return measured.value - earlier.value


def _order(view: HeatView, at: int, compared: int | None, sort: str, name: MeasureName, down: bool) -> list[int]:
    """Return the units in order; those without a value stand last whichever way, for nothing is less than a small number."""
    values = [_value(view, index, at, compared, sort, name) for index in range(len(view.units))]
    by_code = sorted(range(len(values)), key=lambda index: view.units[index].code)
    valued = [index for index in by_code if values[index] is not None]
    return sorted(valued, key=values.__getitem__, reverse=down) + [index for index in by_code if values[index] is None]


def _value(view: HeatView, index: int, at: int, compared: int | None, sort: str, name: MeasureName) -> Any:
    """Return what a unit is sorted by; a band counts by its upper bound."""
    unit, counts = view.units[index], view.counts[at][index]
    if sort in ("name", "households"):
        return unit.code if sort == "name" else unit.households
    if counts is None:
        return None
    match sort:
        case "open" | "late":
            return getattr(counts, sort).high
        case "change":
            return _change(counts, view.counts[at - 1][index] if at else None)
        case "compared" | "difference":
            earlier = measure(name, view.counts[compared][index]) if compared is not None else None
            if sort == "difference":
                return _difference(measure(name, counts), earlier)
            return earlier.high if earlier else None
        case _:
            return measure(_FIXED.get(sort, name), counts).high
