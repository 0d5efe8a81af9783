"""What every map fetches to draw on: outlines of cells, the drawn base map, its buildings; and their addresses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, g, request, url_for

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import Level
from gridmediate.geo.crs import metres_per_degree
from gridmediate.maps.basemap import BaseMap, find_base_map
from gridmediate.maps.frame import Packed, pack_geometry
from gridmediate.resources import grids_folder
from gridmediate.services.grid import CellCard, Grid, grid_of
from gridmediate.services.heat_view import level_of
from gridmediate.web.context import actor_in_use, app_in_use, reading
from gridmediate.web.heat_shapes import shapes_of, street_of, streets_above
from gridmediate.web.rooms import Rooms
from gridmediate.web.tiles import tile_addresses

room = Rooms("ground", __name__)

#: Metres by which borders may part from the records' when drawn: one at least, and what is below half a point of a wide screen.
_LEAST_SIMPLIFY_M, _POINTS_ACROSS = 1.0, 8000
_YEAR = "private, max-age=31536000, immutable"


def bounds_of(grid: Grid, cells: Iterable[CellCard]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of some cells, in degrees."""
    west, south, east, north = zip(*(grid.outlines[card.code].bounds for card in cells), strict=True)
    return min(west), min(south), max(east), max(north)


@room.get("/map/geometry", permission=Permission.CELL_READ)
def geometry() -> Response:
    """Answer the outlines of a street's cells; the address changes with every edition of the grid."""
    with reading() as session:
        grid = grid_of(session, g.now)
    street = request.args.get("street") or _own_street(grid)
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
        west, _, east, _ = bounds_of(grid, grid.cells_of(street))
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
    found = {"geometry-url": url_for("ground.geometry", street=street, **at, v=grid.edition)} | tile_addresses()
    if base:
        found["basemap-url"] = url_for("ground.basemap", street=base_of, v=base.digest)
        found["buildings-url"] = (
            url_for("ground.buildings", community="{community}", v=base.digest).replace("%7B", "{").replace("%7D", "}")
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


def outlines_mark(grid: Grid, place: str, level: Level = Level.CELL) -> str:
    """Return which outlines counts belong to, without drawing them: counts of many cells would wait for that."""
    return hashlib.sha256(f"{grid.edition}/{place}/{level.value}".encode()).hexdigest()[:12]


def ground_of(street: str) -> tuple[str, Path] | None:
    """Return the digest and the file of a street's drawn base map, if it has one."""
    folder = folder_of(street)
    base = find_base_map(folder) if folder else None
    return (base.digest, base.ground) if base else None
