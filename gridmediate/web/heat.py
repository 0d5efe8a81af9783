"""The leaders' map of cells and its table twin, and what the browser's maps fetch: geometry, counts, base map."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext

from gridmediate.domain.categories import HEADS
from gridmediate.domain.indicators import (
    MEASURES,
    Measured,
    MeasureName,
    ReadCounts,
    alert_level,
    measure,
    read_counts,
    street_total,
)
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import Level, say_month
from gridmediate.geo.crs import metres_per_degree
from gridmediate.geo.measure import geojson_of
from gridmediate.maps.basemap import BaseMap, find_base_map, read_landmarks
from gridmediate.maps.frame import AreaShape, CellShape, Packed, pack_geometry, pack_numbers
from gridmediate.maps.labels import map_labels
from gridmediate.maps.shell import GRID_MAP_SCRIPTS, street_map_shell
from gridmediate.resources import grids_folder
from gridmediate.services.grid import CellCard, Grid, grid_of
from gridmediate.services.heat import HeatTable, heat_table, record_heat, streets_of
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.tiles import tile_addresses
from gridmediate.web.words import say

room = Rooms("heat", __name__)

#: Months that the slider goes back.
MONTHS = 12
#: Metres by which borders may part from the records' when drawn: one at least, and what is below half a point of a wide screen.
_LEAST_SIMPLIFY_M, _POINTS_ACROSS = 1.0, 8000
_YEAR = "private, max-age=31536000, immutable"
_SORTS = ("open", "late", "share", "resolution", "households", "per_1000", "change", "name")


@room.get("/map", permission=Permission.HEAT_READ)
def map() -> str:
    """Show the map of a street's cells, or the same as a table."""
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        table = heat_table(session, actor_in_use(), g.now, street_code=_street_asked(), head=_head_asked(), months=MONTHS)
        record_heat(session, actor_in_use(), table, g.now)
    chosen = request.args.get("measure", "open")
    asked = {key: value for key, value in request.args.items() if key in ("street", "head", "measure", "month") and value}
    shared = {
        "table": table,
        "streets": streets,
        "measure": chosen,
        "asked": asked,
        "heads": HEADS,
        "nav_active": "heat",
        "measures": [(name.value, rule.label) for name, rule in MEASURES.items()],
        "months": [_month_words(each) for each in table.months],
        "month_keys": [_month_key(each) for each in table.months],
    }
    if request.args.get("view") == "table":
        return _table_page(table, grid, shared)
    bounds = _bounds(grid, table.cells)
    return render_template(
        "heat/map.html", map_shell=street_map_shell(bounds), scripts=GRID_MAP_SCRIPTS,
        words=map_labels(gettext, language_in_use()), addresses=addresses(grid, table.street.code),
        counts_url=url_for("heat.counts", street=asked.get("street"), head=asked.get("head")),
        cases_url=_cases_url(table), total=street_total([_read(each, table) for each in table.counts[-1]]), **shared,
    )


def _cases_url(table: HeatTable) -> str:
    # Whoever may not read cases gets no door to them.
    if not table.exact or not holds(actor_in_use(), Permission.CASE_READ):
        return ""
    head = f"&head={_head_asked()}" if _head_asked() else ""
    return f"{url_for('cases.worklist')}?unsettled=1{head}&cell={{cell}}"


def _street_asked() -> str | None:
    return request.args.get("street") or None


def _head_asked() -> str:
    head = request.args.get("head", "")
    return head if head in HEADS else ""


def _bounds(grid: Grid, cells: tuple[CellCard, ...]) -> tuple[float, float, float, float]:
    boxes = [grid.outlines[card.code].bounds for card in cells]
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _read(counts: Any, table: HeatTable) -> ReadCounts | None:
    return None if counts is None else read_counts(counts, exact=table.exact)


def _month_key(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def _month_words(month: int) -> str:
    return say_month(month // 100, month % 100, language_in_use())


@dataclass(frozen=True, slots=True)
class _Row:
    """A cell in the table twin; every number as this reader may know it."""

    card: CellCard
    community: str
    counts: ReadCounts | None
    measured: dict[str, Measured]
    alert: str | None
    change: int | None


def _table_page(table: HeatTable, grid: Grid, shared: dict[str, Any]) -> str:
    keys = shared["month_keys"]
    at = keys.index(request.args["month"]) if request.args.get("month") in keys else len(keys) - 1
    rows = [_row(table, grid, card, index, at) for index, card in enumerate(table.cells)]
    sort = request.args.get("sort", "open")
    sort = sort if sort in _SORTS else "open"
    down = request.args.get("down", "0" if sort == "name" else "1") == "1"
    rows.sort(key=lambda row: (_sort_value(row, sort), row.card.code), reverse=down)
    known = [row.counts for row in rows if row.counts]
    return render_template(
        "heat/table.html",
        rows=rows,
        sort=sort,
        down=down,
        at=at,
        total=street_total(known),
        most=max((row.counts.open.high for row in rows if row.counts), default=1),
        formulas=[rule.formula for rule in MEASURES.values()],
        cases_url=_cases_url(table),
        **shared,
    )


def _row(table: HeatTable, grid: Grid, card: CellCard, index: int, at: int) -> _Row:
    counts = _read(table.counts[at][index], table)
    before = _read(table.counts[at - 1][index], table) if at else None
    change = counts.open.low - before.open.low if counts and before and counts.open.exact and before.open.exact else None
    level = alert_level(counts)
    return _Row(
        card,
        say(grid.areas[card.community_code].label),
        counts,
        {name.value: measure(name, counts) for name in MEASURES},
        level.value if level else None,
        change,
    )


def _sort_value(row: _Row, sort: str) -> Any:
    if sort == "name":
        return row.card.code
    if row.counts is None:
        return -1.0
    values = {
        "open": row.counts.open.high, "late": row.counts.late.high, "households": row.card.households or 0,
        "share": row.measured[MeasureName.OVERDUE_SHARE].high, "resolution": row.measured[MeasureName.RESOLUTION].high,
        "per_1000": row.measured[MeasureName.PER_1000].high, "change": row.change,
    }
    value = values[sort]
    return -1.0 if value is None else float(value)


@room.get("/map/counts", permission=Permission.HEAT_READ)
def counts() -> Response:
    """Answer the counts of a street's cells over the months, masked for readers without case access."""
    with writing() as session:
        grid = grid_of(session, g.now)
        months = request.args.get("months", "")
        table = heat_table(session, actor_in_use(), g.now, street_code=_street_asked(), head=_head_asked(),
                           months=min(int(months), 24) if months.isdecimal() else MONTHS)
        record_heat(session, actor_in_use(), table, g.now)
    digest = _geometry(grid, table.street.code).digest
    packed = pack_numbers(digest, table.months, table.numbers, table.known, table.as_of, exact=table.exact)
    return Response(packed.body, mimetype="application/json")


@room.get("/map/geometry", permission=Permission.CELL_READ)
def geometry() -> Response:
    """Answer the outlines of a street's cells; the address changes with every edition of the grid."""
    with reading() as session:
        grid = grid_of(session, g.now)
    street = _street_asked() or _own_street(grid)
    if not grid.cells_of(street):
        raise NotFound
    return kept(_geometry(grid, street).body)


def _own_street(grid: Grid) -> str:
    actor = actor_in_use()
    own = [grid.cells[code].street_code for code in sorted(actor.cells) if code in grid.cells]
    own += [grid.areas[code].parent_code or "" for code in sorted(actor.communities) if code in grid.areas]
    own += sorted(actor.streets)
    return own[0] if own else next((area.code for area in grid.areas.values() if area.level is Level.STREET), "")


def _geometry(grid: Grid, street: str) -> Packed:
    kept: dict[tuple[int, str], Packed] = app_in_use().extensions.setdefault("gridmediate-geometry", {})
    key = (grid.edition, street)
    if key not in kept:
        cells, communities = _shapes(grid, street)
        west, _, east, _ = _bounds(grid, tuple(grid.cells_of(street)))
        across_m = (east - west) * metres_per_degree(0.0)[0]
        kept[key] = pack_geometry(cells, communities, simplify_m=max(_LEAST_SIMPLIFY_M, across_m / _POINTS_ACROSS))
    return kept[key]


def _shapes(grid: Grid, street: str) -> tuple[list[CellShape], list[AreaShape]]:
    folder = folder_of(street)
    landmarks = read_landmarks(folder) if folder else {}
    base = find_base_map(folder) if folder else None
    cells = [
        CellShape(card.code, card.name, geojson_of(grid.outlines[card.code]) or {}, card.name_en,
                  card.community_code, card.households, *landmarks.get(card.code, ("", "")))
        for card in grid.cells_of(street)
    ]
    communities = [
        AreaShape(area.code, area.name, area.name_en, buildings=bool(base and area.code in base.buildings))
        for area in grid.communities_of(street)
    ]
    return cells, communities


@lru_cache(maxsize=64)
def folder_of(street: str) -> Path | None:
    """Return the folder under ``data/grids`` that holds a street's base map, if there is one."""
    for path in sorted(grids_folder().glob("*/street.geojson")):
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        if any(feature["properties"].get("code") == street for feature in features):
            return path.parent
    return None


def addresses(grid: Grid, street: str | None = None) -> dict[str, str]:
    """Return the ``data-`` addresses of a map's box: geometry, the drawn base map where there is one, the tiles in force."""
    street = street or _own_street(grid)
    folder = folder_of(street)
    base = find_base_map(folder) if folder else None
    found = {"geometry-url": url_for("heat.geometry", street=street, v=grid.edition)} | tile_addresses()
    if base:
        found["basemap-url"] = url_for("heat.basemap", street=street, v=base.digest)
        found["buildings-url"] = (
            url_for("heat.buildings", community="{community}", v=base.digest).replace("%7B", "{").replace("%7D", "}")
        )
    return found


@room.get("/map/base", permission=Permission.CELL_READ)
def basemap() -> Response:
    """Answer a street's drawn base map."""
    return kept(_base_of(request.args.get("street", "")).ground.read_bytes())


@room.get("/map/buildings/<community>", permission=Permission.CELL_READ)
def buildings(community: str) -> Response:
    """Answer the buildings of one community, fetched when a map is near enough to show them."""
    with reading() as session:
        area = grid_of(session, g.now).areas.get(community)
    path = _base_of(area.parent_code or "").buildings.get(community) if area else None
    if path is None:
        raise NotFound
    return kept(path.read_bytes())


def _base_of(street: str) -> BaseMap:
    folder = folder_of(street)
    base = find_base_map(folder) if folder else None
    if base is None:
        raise NotFound
    return base


def kept(body: bytes) -> Response:
    """Return JSON that a browser may keep for good when its address names the version."""
    answer = Response(body, mimetype="application/json")
    if request.args.get("v"):
        answer.headers["Cache-Control"] = _YEAR
    return answer


def outlines_of(grid: Grid, street: str) -> Response:
    """Return the answer with the outlines of a street's cells, for a map that another room shows."""
    return kept(_geometry(grid, street).body)


def outlines_digest(grid: Grid, street: str) -> str:
    """Return which outlines the counts of a street belong to."""
    return _geometry(grid, street).digest


def ground_of(street: str) -> tuple[str, Path] | None:
    """Return the digest and the file of a street's drawn base map, if it has one."""
    folder = folder_of(street)
    base = find_base_map(folder) if folder else None
    return (base.digest, base.ground) if base else None


def bounds_of(grid: Grid, cells: tuple[CellCard, ...]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of some cells, in degrees."""
    return _bounds(grid, cells)
