"""What is seen on the map as things to draw: outlines, the class and colour of each, the legend with its counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gridmediate.domain.indicators import ALERT_LABEL, ALERT_WORDS, Alert, AlertRule, class_of
from gridmediate.domain.measures import MeasureName
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.geo.measure import union_of
from gridmediate.maps.single_file import FileKey
from gridmediate.resources import static_folder
from gridmediate.services.heat_view import area_code
from gridmediate.web.heat import Seen
from gridmediate.web.heat_table import Row
from gridmediate.web.words import say

#: In the order of their classes.
_LEVELS = (Alert.NONE, Alert.BLUE, Alert.YELLOW, Alert.RED)
#: Red, yellow and blue are told apart by shape as well.
SHAPES = {Alert.RED: "▲", Alert.YELLOW: "◆", Alert.BLUE: "●", Alert.NONE: ""}
_NONE = Label("无数据、样本不足或不显示", "no data, too few or not shown")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The map's parts, in the order of the table's rows.

    Parameters
    ----------
    rows : list of Row
    outlines : list of shapely geometry
        EPSG:4326.
    fills : list of (str or None)
        ``#RRGGBB`` by class; None without a number.
    values : list of str
        As the legend's measure says them, short.
    areas : list of (str, shapely geometry)
        Communities, or streets, with their names: what has a heavier border.
    title, unit : str
        Of the legend.
    legend : list of FileKey
        Its fill is None for those without a number.
    formulas : list of str
        Of what the colours show.
    """

    rows: list[Row]
    outlines: list[Any]
    fills: list[str | None]
    values: list[str]
    areas: list[tuple[str, Any]]
    title: str
    unit: str
    legend: list[FileKey]
    formulas: list[str]


@lru_cache(maxsize=1)
def colours() -> dict[str, str]:
    """Return the colours of the pages by day, by the name of their token: one place says what a class looks like."""
    found: dict[str, str] = {}
    for name in ("tokens", "gridmap", "heatmore"):
        text = (static_folder() / "css" / f"{name}.css").read_text(encoding="utf-8")
        for token, colour in re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b", text):
            # The first to be said is the one by day; the dark theme's come after it.
            found.setdefault(token, colour)
    return found


def drawn_of(seen: Seen, page: dict[str, Any]) -> Drawn:
    """Return what is drawn of a table of rows."""
    rows: list[Row] = page["rows"]
    outlines = _outlines(seen)
    is_alert = seen.shared["measure"] == MeasureName.ALERT
    classes = [_alert_class(row) if is_alert else class_of(page["rule"], row.measured[page["rule"].name.value],
                                                           of_areas=seen.view.of_areas) for row in rows]
    ramp = "a" if is_alert else page["rule"].ramp
    fills = [None if each is None else colours()[f"{ramp}{each}"] for each in classes]
    words = _class_words(seen, page, is_alert=is_alert)
    sizes = Counter(classes)
    legend = [FileKey(colours()[f"{ramp}{at}"], each, _number_of(sizes[at])) for at, each in enumerate(words)]
    if sizes[None]:
        legend.append(FileKey(None, say(_NONE), _number_of(sizes[None])))
    return Drawn(
        rows, [outlines[row.unit.code] for row in rows], fills, [_value(row, page, is_alert=is_alert) for row in rows],
        _areas(seen), say(ALERT_LABEL if is_alert else page["rule"].label),
        "" if is_alert or (seen.view.of_areas and not page["rule"].under) else say(page["rule"].unit), legend,
        [] if is_alert else [say(page["rule"].formula)])


def _number_of(count: int) -> str:
    return say(Label("{n} 个", "× {n}")).format(n=count)


def _class_words(seen: Seen, page: dict[str, Any], *, is_alert: bool) -> list[str]:
    if not is_alert:
        return [say(each) for each in page["rule"].classes(of_areas=seen.view.of_areas)[1]]
    rule = (page["alert_rule"] or AlertRule()).labels()
    return [f"{SHAPES[each]} {say(ALERT_WORDS[each])}: {say(rule[each])}".strip() for each in _LEVELS]


def _alert_class(row: Row) -> int | None:
    return _LEVELS.index(Alert(row.alert)) if row.alert else None


def _value(row: Row, page: dict[str, Any], *, is_alert: bool) -> str:
    if is_alert:
        return SHAPES[Alert(row.alert)] if row.alert else ""
    rule, measured = page["rule"], row.measured[page["rule"].name.value]
    if measured.reason:
        return ""  # hatched, and told of in the legend
    low, high = (f"{each:.{rule.decimals}f}" for each in (measured.low, measured.high))
    return (low if low == high else f"{low}–{high}") + ("%" if rule.factor == 100 else "")


def _outlines(seen: Seen) -> dict[str, Any]:
    """Return the outlines of the units; of a reader who sees a part of a place, of that part."""
    view, cells = seen.view, seen.table.cells
    if view.level is Level.CELL:
        return {card.code: seen.grid.outlines[card.code] for card in cells}
    return _united(seen, view.level)


def _areas(seen: Seen) -> list[tuple[str, Any]]:
    level = Level.COMMUNITY if seen.view.level is Level.CELL else Level.STREET
    return [(say(seen.grid.areas[code].label), outline) for code, outline in _united(seen, level).items()]


def _united(seen: Seen, level: Level) -> dict[str, Any]:
    members: dict[str, list[Any]] = {}
    for card in seen.table.cells:
        members.setdefault(area_code(card, level), []).append(seen.grid.outlines[card.code])
    return {code: union_of(outlines) for code, outlines in sorted(members.items())}
