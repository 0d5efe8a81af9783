"""The view of changes: two periods side by side, for the page, its table and the browser's map."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import g, request

from gridmediate.domain.categories import HEADS
from gridmediate.domain.comparing import (
    LEAST_CASES,
    LEVEL,
    Comparison,
    Counted,
    Null,
    Stands,
    Stretch,
    Versus,
    days_of,
    months_label,
)
from gridmediate.domain.comparing_words import sentence, whole_verdict
from gridmediate.domain.measures import LEAST_HOUSEHOLDS
from gridmediate.domain.vocabulary import label
from gridmediate.services.comparing import ChangeRow, Changes, compare, gather
from gridmediate.services.grid import AreaCard, Grid, grid_of
from gridmediate.services.heat import record_heat, streets_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.words import say

_ORDER = list(Stands)
_SORTS = ("stands", "name", "before", "now", "difference", "per_1000")


def changes_asked() -> tuple[Changes, Grid, list[AreaCard]]:
    """Return the changes that the address asks for, the grid and the streets on offer."""
    asked = request.args
    head = asked.get("head", "") if asked.get("head", "") in HEADS else ""
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        gathered = gather(session, actor_in_use(), grid, Comparison.asked(asked), now=g.now,
                          street_code=asked.get("street") or None, level=asked.get("level", ""), head=head)
        record_heat(session, actor_in_use(), gathered.table, g.now)
    return compare(gathered), grid, streets


def change_words(changes: Changes, grid: Grid) -> dict[str, Any]:
    """Return what the page and its table show."""
    sort = request.args.get("sort", "stands")
    sort = sort if sort in _SORTS else "stands"
    down = request.args.get("down", "0" if sort in ("stands", "name") else "1") == "1"
    sizes = Counter(row.stands for row in changes.rows)
    return {
        "changes": changes, "sort": sort, "down": down,
        "rows": [(row, say(_sentence(changes, row)), _above(row, grid)) for row in _sorted(changes.rows, sort, down)],
        "legend": [(stands, sizes[stands]) for stands in _ORDER if sizes[stands] or stands is not Stands.ABSENT],
        "period": say(months_label(changes.months)), "period_before": say(months_label(changes.months_before)),
        "days": (days_of(changes.months_before), days_of(changes.months)), "verdict": say(whole_verdict(*changes.whole)),
        "level": LEVEL, "tested": changes.tested, "least": LEAST_CASES, "least_households": LEAST_HOUSEHOLDS,
        "comparison": changes.comparison,
        "choices": {name: [(each.value, say(label(each))) for each in kind] for name, kind in
                    (("counted", Counted), ("stretch", Stretch), ("versus", Versus), ("null", Null))},
    }


def change_json(changes: Changes) -> dict[str, Any]:
    """Return what the browser's map draws: its words are the table's."""
    return {
        "labels": {stands.value: say(label(stands)) for stands in Stands}, "exact": changes.table.exact,
        "missing": None if changes.missing is None else say(changes.missing),
        "as_of": changes.table.as_of.isoformat(), "months": changes.months, "months_before": changes.months_before,
        "whole": {"before": str(changes.before), "now": str(changes.now), "verdict": say(whole_verdict(*changes.whole))},
        "rows": [
            {"code": row.unit.code, "stands": row.stands.value, "cluster": row.cluster, "sentence": say(_sentence(changes, row)),
             "before": None if row.before is None else str(row.before), "now": None if row.now is None else str(row.now),
             "per_1000": None if row.per_1000 is None else f"{row.per_1000:.1f}"}
            for row in _sorted(changes.rows, "stands", False)
        ],
    }


def _sentence(changes: Changes, row: ChangeRow) -> Any:
    return sentence(row.stands, row.before, row.now, row.cluster, changes.comparison.null)


def _above(row: ChangeRow, grid: Grid) -> str:
    return say(grid.areas[row.unit.above].label) if row.unit.above in grid.areas else ""


def _sorted(rows: list[ChangeRow], sort: str, down: bool) -> list[ChangeRow]:
    """Return the rows in order; those without a value stand last whichever way."""
    valued = [row for row in rows if _value(row, sort) is not None]
    valued.sort(key=lambda row: _value(row, sort), reverse=down)
    return valued + [row for row in rows if _value(row, sort) is None]


def _value(row: ChangeRow, sort: str) -> Any:
    """Return what a row is sorted by; a band counts by its upper bound."""
    match sort:
        case "name":
            return row.unit.code
        case "before" | "now":
            span = row.before if sort == "before" else row.now
            return None if span is None else span.high
        case "difference" | "per_1000":
            return getattr(row, sort)
        case _:
            moved = 0 if row.now is None or row.before is None else row.now.high - row.before.high
            return _ORDER.index(row.stands), -abs(moved)
