"""Where things happen: cells and their buildings with an address in words, read from the street's own files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Metres a degree of latitude is long; good enough to find the nearest road of a town.
_METRES_A_DEGREE = 111_320.0
_BLOCKS = frozenset({"slab", "tower", "villa"})
#: House numbers step by two on each side of a road, one step each so many metres.
_NUMBER_STEP_M = 11.0


@dataclass(frozen=True, slots=True)
class Building:
    """A building that a case can lie at.

    Parameters
    ----------
    lon, lat : float
        A point on it, WGS 84.
    kind : str
        ``slab``, ``tower``, ``villa``, ``court``, ``house``, ``shop``, ``office``, ``market``, ``mall``, ``shed``, ``school``,
        ``hospital`` or ``greenhouse``.
    floors : int
    address : str
        In words, such as 锦溪花园 3 幢 or 杏林路 12 号.
    """

    lon: float
    lat: float
    kind: str
    floors: int
    address: str


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell as the demonstration needs it.

    Parameters
    ----------
    code, name, community_code, community_name : str
    kind : str
        ``general`` or ``exclusive``.
    households : int
    buildings : tuple of Building
    landmark : str
        The best known place inside, may be empty.
    """

    code: str
    name: str
    community_code: str
    community_name: str
    kind: str
    households: int
    buildings: tuple[Building, ...]
    landmark: str = ""

    def share(self, *kinds: str) -> float:
        """Return which part of the buildings is of these kinds, 0 to 1."""
        return sum(each.kind in kinds for each in self.buildings) / max(1, len(self.buildings))


def read_town(folder: Path) -> list[CellPlace]:
    """Read the cells and buildings of a street from its folder under ``data/grids``.

    Parameters
    ----------
    folder : Path
        With ``cells.geojson``, ``communities.geojson``, ``places.geojson``, ``basemap.json`` and ``buildings/``.

    Returns
    -------
    list of CellPlace
        By cell code.
    """
    communities = {each["code"]: each["name"] for each in _properties(folder / "communities.geojson")}
    estates = {each["cell"]: each["name"] for each in _properties(folder / "places.geojson") if each["kind"] == "estate"}
    roads = _read_roads(folder / "basemap.json")
    footprints = {code: rows for part in sorted((folder / "buildings").glob("*.json")) for code, rows in _read_buildings(part)}
    cells = []
    for each in _properties(folder / "cells.geojson"):
        taken: set[str] = set()
        buildings = tuple(
            Building(lon, lat, kind, floors, _address(lon, lat, kind, number, estates.get(each["code"]), roads, taken))
            for kind, floors, number, lon, lat in footprints.get(each["code"], ())
        )
        cells.append(CellPlace(
            each["code"], each["name"], each["community"], communities[each["community"]], each["kind"], each["households"],
            buildings, each.get("landmark", ""),
        ))
    return sorted(cells, key=lambda cell: cell.code)


@dataclass(frozen=True, slots=True)
class _Road:
    name: str
    line: tuple[tuple[float, float], ...]


def _properties(path: Path) -> Iterator[dict[str, Any]]:
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        yield feature["properties"]


def _unroll(steps: Sequence[int], start: tuple[int, int] = (0, 0)) -> list[tuple[int, int]]:
    x, y = start
    corners = []
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        corners.append((x, y))
    return corners


def _read_roads(path: Path) -> list[_Road]:
    base = json.loads(path.read_text("utf-8"))
    west, south = base["origin"]
    scale = base["scale"]
    return [
        _Road(name, tuple((west + x / scale, south + y / scale) for x, y in _unroll(line)))
        for _, name, _, lines in base["roads"] if name
        for line in lines
    ]


def _read_buildings(path: Path) -> Iterator[tuple[str, list[tuple[str, int, int, float, float]]]]:
    stored = json.loads(path.read_text("utf-8"))
    west, south = stored["origin"]
    scale, kinds = stored["scale"], stored["kinds"]
    for code, rows in stored["cells"]:
        found, first = [], (0, 0)
        for kind, floors, number, ring, *_courts in rows:
            corners = _unroll(ring, first)
            first = corners[0]
            if len(corners) == 3:
                (ax, ay), (bx, by), (cx, cy) = corners
                corners.append((ax + cx - bx, ay + cy - by))
            lon = west + sum(x for x, _ in corners) / len(corners) / scale
            lat = south + sum(y for _, y in corners) / len(corners) / scale
            found.append((kinds[kind], floors, number, round(lon, 6), round(lat, 6)))
        yield code, found


def _address(lon: float, lat: float, kind: str, number: int, estate: str | None, roads: Sequence[_Road], taken: set[str]) -> str:
    """Return words for a building; two buildings of a cell never share them."""
    if kind in _BLOCKS and estate and number:
        return f"{estate} {number} 幢"
    name, house_no = _nearest_house_no(lon, lat, roads)
    words = f"{name} {house_no} 号"
    while words in taken:
        house_no += 2
        words = f"{name} {house_no} 号"
    taken.add(words)
    return f"{words}院 {number} 幢" if kind in _BLOCKS and number else words


def _nearest_house_no(lon: float, lat: float, roads: Sequence[_Road]) -> tuple[str, int]:
    best = (math.inf, "", 0)
    stretch = math.cos(math.radians(lat))
    for road in roads:
        along = 0.0
        for (ax, ay), (bx, by) in zip(road.line, road.line[1:], strict=False):
            ux, uy = (bx - ax) * stretch * _METRES_A_DEGREE, (by - ay) * _METRES_A_DEGREE
            px, py = (lon - ax) * stretch * _METRES_A_DEGREE, (lat - ay) * _METRES_A_DEGREE
            length = math.hypot(ux, uy) or 1e-9
            at = min(max((px * ux + py * uy) / length, 0.0), length)
            away = math.hypot(px - at * ux / length, py - at * uy / length)
            if away < best[0]:
                right = ux * py - uy * px < 0
                best = (away, road.name, 2 * int((along + at) / _NUMBER_STEP_M) + (1 if right else 2))
            along += length
    return best[1], best[2]
