"""The leaders' map of cells and its table twin, and what the browser's maps fetch: geometry, counts, base map."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from gridmediate.domain.categories import HEADS
from gridmediate.domain.deeds import SETTLED_AT
from gridmediate.domain.indicators import ALERT_LABEL, AREA_ALERT, CARRIED, street_total
from gridmediate.domain.measures import MEASURES, MeasureName
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import Level, label, say_month
from gridmediate.geo.crs import metres_per_degree
from gridmediate.maps.basemap import BaseMap, find_base_map
from gridmediate.maps.frame import Packed, pack_geometry, pack_numbers
from gridmediate.maps.labels import map_labels
from gridmediate.maps.shell import CHANGE_MAP_SCRIPTS, GRID_MAP_SCRIPTS, street_map_shell
from gridmediate.resources import grids_folder
from gridmediate.services.grid import AreaCard, CellCard, Grid, grid_of
from gridmediate.services.heat import HeatTable, heat_table, record_heat, streets_of
from gridmediate.services.heat_levels import settled_levels
from gridmediate.services.heat_view import LEVELS, HeatView, level_of, view_of
from gridmediate.services.narrowing import AGES, RISKS, Narrowing, sources
from gridmediate.services.narrowing import levels as case_levels
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.bookmarks import menu_of
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.heat_change import change_json, change_words, changes_asked
from gridmediate.web.heat_pair import pair_page
from gridmediate.web.heat_shapes import shapes_of, street_of, streets_above
from gridmediate.web.heat_table import table_page
from gridmediate.web.language import language_in_use
from gridmediate.web.map_places import layers_of
from gridmediate.web.rooms import Rooms
from gridmediate.web.tiles import tile_addresses
from gridmediate.web.words import say

room = Rooms("heat", __name__)

#: Months that the slider goes back.
MONTHS = 12
#: Metres by which borders may part from the records' when drawn: one at least, and what is below half a point of a wide screen.
_LEAST_SIMPLIFY_M, _POINTS_ACROSS = 1.0, 8000
_YEAR = "private, max-age=31536000, immutable"


@room.get("/map", permission=Permission.HEAT_READ)
def map() -> str:
    """Show the map of a place's cells, or the same as a table, or where its disputes were settled."""
    if request.args.get("view") == "levels":
        return _levels_page()
    if request.args.get("view") == "change":
        return _change_page()
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        table = _table_asked(session, MONTHS, _measure_asked())
        departments = _departments(session)
        places = layers_of(session, grid, table.street.code)
        record_heat(session, actor_in_use(), table, g.now)
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    shared = _shared(table, view, grid, streets)
    shared["narrowings"]["department"] = departments
    if request.args.get("view") == "table":
        return render_template("heat/table.html", **shared, **table_page(view, grid, shared["measure"], shared["month_keys"]))
    bounds = _bounds(grid, table.cells)
    paired = request.args.get("view") == "pair" and len(table.months) > 1
    shared |= pair_page(bounds, shared["month_keys"]) if paired else {}
    return render_template(
        "heat/pair.html" if paired else "heat/map.html", map_shell=street_map_shell(bounds), scripts=GRID_MAP_SCRIPTS,
        words=map_labels(gettext, language_in_use(), AREA_ALERT if view.of_areas else None, of_areas=view.of_areas,
                         without_deeds=bool(table.narrowed)),
        addresses=addresses(grid, table.street.code, view.level) | places,
        counts_url=url_for("heat.counts", **_address(table, view)), total=street_total(view.counts[-1]), **shared,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees by an address: the counts, their units, and what map and table share."""

    table: HeatTable
    view: HeatView
    grid: Grid
    shared: dict[str, Any]


def seen(session: Session) -> Seen:
    """Return what the address of this request shows, for those who take it away."""
    grid = grid_of(session, g.now)
    streets = streets_of(grid, actor_in_use())
    table = _table_asked(session, MONTHS, _measure_asked())
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    shared = _shared(table, view, grid, streets)
    shared["narrowings"]["department"] = _departments(session)
    return Seen(table, view, grid, shared)


def _departments(session: Session) -> list[tuple[str, str]]:
    return [(code, say(words)) for code, words in rulebook_of(session).departments.items()]


def _table_asked(session: Session, months: int, measure: str, *, deeds_alone: bool = False) -> HeatTable:
    return heat_table(session, actor_in_use(), g.now, street_code=_street_asked(), head=_head_asked(), months=months,
                      measure=measure, narrowed=Narrowing.asked(request.args), deeds_alone=deeds_alone)


def _measure_asked() -> str:
    return request.args.get("measure", "open")


def _address(table: HeatTable, view: HeatView) -> dict[str, Any]:
    """Return the part of the address that says what is counted: place, level and filters."""
    level = {"level": view.level.value} if request.args.get("level") or view.of_areas else {}
    head = {"head": _head_asked()} if table.exact and _head_asked() else {}
    street = {"street": table.street.code} if request.args.get("street") else {}
    return {**street, **level, **head, **table.narrowed.as_query()}


def _shared(table: HeatTable, view: HeatView, grid: Grid, streets: list[AreaCard]) -> dict[str, Any]:
    """Return what map and table share: the whole view stands in the address, so that it can be sent."""
    offered = [rule for rule in MEASURES.values() if not (table.narrowed and rule.deeds)]
    names = [rule.name.value for rule in offered]
    chosen = _measure_asked() if _measure_asked() in (*names, MeasureName.ALERT) else names[0]
    kept = {key: request.args[key] for key in ("month", "compare", "surface", "layers") if request.args.get(key)}
    asked = {**_address(table, view), "measure": chosen, **kept}
    return {
        "table": table, "shown_level": view.level.value, "streets": streets, "measure": chosen, "asked": asked, "heads": HEADS,
        "nav_active": "heat", "measures": [(rule.name.value, rule.label) for rule in offered],
        "months": [_month_words(each) for each in table.months], "month_keys": [_month_key(each) for each in table.months],
        "levels": [(each.value, say(label(each))) for each in LEVELS if level_of(each.value, grid, table.street.code) is each],
        "place": table.street, "county": grid.areas.get(grid.county_code), "up": _up(grid, table.street),
        "narrowed": table.narrowed, "narrowings": {
            name: [(value, say(words)) for value, words in choices]
            for name, choices in (("source", sources()), ("at", case_levels()), ("risk", RISKS.items()), ("age", AGES.items()))
        },
        "cases_url": _cases_url(table, view), "inside_url": _inside_url(view),
        "bookmarks": menu_of(
            table.street.label, ALERT_LABEL if chosen == MeasureName.ALERT else MEASURES[MeasureName(chosen)].label,
            HEADS[asked["head"]].short if "head" in asked else None, *table.narrowed.words()),
        "may_brief": holds(actor_in_use(), Permission.BRIEFING_ISSUE),
    }


def _up(grid: Grid, place: AreaCard) -> AreaCard | None:
    """Return the street above a community."""
    return grid.areas.get(place.parent_code or "") if place.level is Level.COMMUNITY else None


_IN_LISTS = {Level.CELL: "cell", Level.COMMUNITY: "community", Level.STREET: "street"}


def _cases_url(table: HeatTable, view: HeatView) -> str:
    # Whoever may not read cases gets no door to them.
    if not table.exact or not holds(actor_in_use(), Permission.CASE_READ):
        return ""
    asked: dict[str, Any] = {"unsettled": "1", **({"head": _head_asked()} if _head_asked() else {}), **table.narrowed.as_query()}
    return f"{url_for('cases.worklist', **asked)}&{_IN_LISTS[view.level]}={{cell}}"


def _inside_url(view: HeatView) -> str:
    """Return the address of the map of what is within a unit; cells have nothing in them."""
    if not view.of_areas:
        return ""
    dropped = ("street", "level", "view", "sort", "down")
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in dropped}
    return f"{url_for('heat.map', **kept)}{'&' if kept else '?'}street={{cell}}"


def _levels_page() -> str:
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        place = _street_asked() or (grid.county_code if len(streets) > 1 else None)
        level = level_of(request.args.get("level", Level.STREET.value if place == grid.county_code else ""), grid, place or "")
        found = settled_levels(session, actor_in_use(), grid, g.now, street_code=place, level=level)
        record_heat(session, actor_in_use(), found.table, g.now)
    shared = _shared(found.table, view_of(found.table, grid, found.level), grid, streets)
    return render_template("heat/levels.html", found=found, settled_at=list(SETTLED_AT), areas=grid.areas, **shared)


def _change_page() -> str:
    changes, grid, streets = changes_asked()
    words = change_words(changes, grid)
    table = changes.table
    view = view_of(replace(table, done=None, deeds=()), grid, changes.level)
    shared = _shared(table, view, grid, streets)
    shared["asked"] |= changes.comparison.as_query()
    return render_template(
        "heat/change.html", **shared, **words, map_shell=street_map_shell(_bounds(grid, table.cells)), scripts=CHANGE_MAP_SCRIPTS,
        drawn=change_json(changes), map_words=map_labels(gettext, language_in_use(), of_areas=view.of_areas),
        addresses=addresses(grid, table.street.code, view.level),
        change_url=url_for("heat.change", **{key: value for key, value in shared["asked"].items() if key != "measure"}),
    )


@room.get("/map/change", permission=Permission.HEAT_READ)
def change() -> Response:
    """Answer how the counts of two periods compare, and what stands out."""
    changes, _, _ = changes_asked()
    return Response(json.dumps(change_json(changes), ensure_ascii=False), mimetype="application/json")


def _street_asked() -> str | None:
    return request.args.get("street") or None


def _head_asked() -> str:
    head = request.args.get("head", "")
    return head if head in HEADS else ""


def _bounds(grid: Grid, cells: tuple[CellCard, ...]) -> tuple[float, float, float, float]:
    boxes = [grid.outlines[card.code].bounds for card in cells]
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _month_key(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def _month_words(month: int) -> str:
    return say_month(month // 100, month % 100, language_in_use())


@room.get("/map/counts", permission=Permission.HEAT_READ)
def counts() -> Response:
    """Answer the counts of a place over the months, masked for readers without case access.

    A measure that is made of deeds gets these alone; the numbers of the bar travel by themselves.
    """
    with writing() as session:
        grid = grid_of(session, g.now)
        months = request.args.get("months", "")
        back = min(int(months), 24) if months.isdecimal() else MONTHS
        table = _table_asked(session, back, _measure_asked(), deeds_alone=True)
        record_heat(session, actor_in_use(), table, g.now)
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    digest = _geometry(grid, table.street.code, view.level).digest
    kinds = slice(len(CARRIED), None) if table.deeds else slice(None)
    packed = pack_numbers(digest, view.months, (view.low[:, kinds], view.high[:, kinds]), view.known, view.as_of,
                          exact=view.exact, keys=view.keys[kinds])
    return Response(packed.body, mimetype="application/json")


@room.get("/map/geometry", permission=Permission.CELL_READ)
def geometry() -> Response:
    """Answer the outlines of a street's cells; the address changes with every edition of the grid."""
    with reading() as session:
        grid = grid_of(session, g.now)
    street = _street_asked() or _own_street(grid)
    if not grid.cells_of(street):
        raise NotFound
    return kept(_geometry(grid, street, level_of(request.args.get("level", ""), grid, street)).body)


def _own_street(grid: Grid) -> str:
    actor = actor_in_use()
    own = [grid.cells[code].street_code for code in sorted(actor.cells) if code in grid.cells]
    own += [grid.areas[code].parent_code or "" for code in sorted(actor.communities) if code in grid.areas]
    own += sorted(actor.streets)
    return own[0] if own else next((area.code for area in grid.areas.values() if area.level is Level.STREET), "")


def _geometry(grid: Grid, street: str, level: Level) -> Packed:
    kept: dict[tuple[int, str, Level], Packed] = app_in_use().extensions.setdefault("gridmediate-geometry", {})
    key = (grid.edition, street, level)
    if key not in kept:
        cells, communities = shapes_of(grid, street, level, folder_of(street_of(grid, street)))
        west, _, east, _ = _bounds(grid, tuple(grid.cells_of(street)))
        across_m = (east - west) * metres_per_degree(0.0)[0]
        kept[key] = pack_geometry(cells, communities, simplify_m=max(_LEAST_SIMPLIFY_M, across_m / _POINTS_ACROSS),
                                  streets=streets_above(grid, street))
    return kept[key]


@lru_cache(maxsize=64)
def folder_of(street: str) -> Path | None:
    """Return the folder under ``data/grids`` that holds a street's base map, if there is one."""
    for path in sorted(grids_folder().glob("*/street.geojson")):
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        if any(feature["properties"].get("code") == street for feature in features):
            return path.parent
    return None


def addresses(grid: Grid, street: str | None = None, level: Level = Level.CELL) -> dict[str, str]:
    """Return the ``data-`` addresses of a map's box: geometry, the drawn base map where there is one, the tiles in force."""
    street = street or _own_street(grid)
    base_of = street_of(grid, street)
    folder = folder_of(base_of)
    base = find_base_map(folder) if folder else None
    at: dict[str, Any] = {} if level is Level.CELL else {"level": level.value}
    found = {"geometry-url": url_for("heat.geometry", street=street, **at, v=grid.edition)} | tile_addresses()
    if base:
        found["basemap-url"] = url_for("heat.basemap", street=base_of, v=base.digest)
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
    return kept(_geometry(grid, street, Level.CELL).body)


def outlines_digest(grid: Grid, street: str) -> str:
    """Return which outlines the counts of a street belong to."""
    return _geometry(grid, street, Level.CELL).digest


def ground_of(street: str) -> tuple[str, Path] | None:
    """Return the digest and the file of a street's drawn base map, if it has one."""
    folder = folder_of(street)
    base = find_base_map(folder) if folder else None
    return (base.digest, base.ground) if base else None


def bounds_of(grid: Grid, cells: tuple[CellCard, ...]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of some cells, in degrees."""
    return _bounds(grid, cells)
