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


def table_page(view: HeatView, grid: Grid, chosen: str, month_keys: list[str]) -> dict[str, Any]:
    """Return what the table's template shows."""
    at = _month_at(month_keys, "month", len(month_keys) - 1)
    other = _month_at(month_keys, "compare", None)
    compared = other if other != at else None
    name = MeasureName(chosen) if chosen in MEASURES else MeasureName.OPEN
    rows = [_row(view, grid, index, at, compared, name) for index in range(len(view.units))]
    sort = request.args.get("sort", "open")
    sort = sort if sort in _SORTS else "open"
    down = request.args.get("down", "0" if sort == "name" else "1") == "1"
    known = [row.counts for row in rows if row.counts]
    return {
        "rows": _sorted(rows, sort, name, down), "sort": sort, "down": down, "at": at, "compared": compared,
        "total": street_total(known), "most": max((row.counts.open.high for row in rows if row.counts), default=1),
        "rule": MEASURES[name], "has_column": name not in _FIXED.values() and name is not MeasureName.OPEN,
        "formulas": [rule.formula for rule in MEASURES.values() if rule.name in (*_FIXED.values(), MeasureName.OPEN, name)],
        "alert_rule": AREA_ALERT if view.of_areas else None,
    }


def _month_at(keys: list[str], field: str, default: Any) -> Any:
    asked = request.args.get(field, "")
    return keys.index(asked) if asked in keys else default


def _row(view: HeatView, grid: Grid, index: int, at: int, compared: int | None, name: MeasureName) -> Row:
    unit, counts = view.units[index], view.counts[at][index]
    before = view.counts[at - 1][index] if at else None
    change = counts.open.low - before.open.low if counts and before and counts.open.exact and before.open.exact else None
    level = alert_level(counts, AREA_ALERT if view.of_areas else None)
    measured = {each.value: measure(each, counts) for each in MEASURES}
    earlier = measure(name, view.counts[compared][index]) if compared is not None else None
    difference = None
    if earlier is not None and earlier.value is not None and measured[name].value is not None:
        difference = measured[name].value - earlier.value  # type: ignore[operator]
    above = say(grid.areas[unit.above].label) if unit.above in grid.areas else ""
    return Row(unit, above, counts, measured, level.value if level else None, change, earlier, difference)


def _sorted(rows: list[Row], sort: str, name: MeasureName, down: bool) -> list[Row]:
    """Return the rows in order; those without a value stand last whichever way, for nothing is less than a small number."""
    valued = [(value, row) for row in rows if (value := _value(row, sort, name)) is not None]
    valued.sort(key=lambda each: each[1].unit.code)
    valued.sort(key=lambda each: each[0], reverse=down)
    without = sorted((row for row in rows if _value(row, sort, name) is None), key=lambda row: row.unit.code)
    return [row for _, row in valued] + without


def _value(row: Row, sort: str, name: MeasureName) -> Any:
    """Return what a row is sorted by; a band counts by its upper bound."""
    if sort == "name":
        return row.unit.code
    if sort == "households":
        return row.unit.households
    if row.counts is None:
        return None
    match sort:
        case "open":
            return row.counts.open.high
        case "late":
            return row.counts.late.high
        case "change":
            return row.change
        case "compared":
            return row.compared.high if row.compared else None
        case "difference":
            return row.difference
        case _:
            return row.measured[_FIXED.get(sort, name)].high
