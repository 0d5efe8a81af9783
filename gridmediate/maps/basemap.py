"""The drawn base map of a place: its files beside the cells, and the buildings read back as shapes.

A place may have none; then the map shows the cells alone. File formats: ``data/grids/liuxi/SOURCE.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gridmediate.maps.deltas import Point, decode

#: Kinds counted in 幢 ("block"); the other numbered ones are counted in 号 ("no.").
BLOCK_KINDS = frozenset({"slab", "tower", "villa"})


@dataclass(frozen=True, slots=True)
class Building:
    """One building of the base map.

    Parameters
    ----------
    cell_code : str
    kind : str
        slab, tower, villa, court, house, shop, office, market, …
    floors : int
    number : int
        Its number in the cell among its like; 0 for none.
    ring : tuple of (lon, lat)
        Outer ring, EPSG:4326, not closed.
    """

    cell_code: str
    kind: str
    floors: int
    number: int
    ring: tuple[Point, ...]

    @property
    def centre(self) -> Point:
        """The mean of the corners, (lon, lat): inside for every kind but a few L-shaped houses, and never far."""
        return (sum(x for x, _ in self.ring) / len(self.ring), sum(y for _, y in self.ring) / len(self.ring))


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Where a place's base map lies, with a digest for its immutable address."""

    ground: Path
    buildings: dict[str, Path]
    digest: str


def find_base_map(folder: Path) -> BaseMap | None:
    """Return the base map in *folder* (``data/grids/<place>``), or None when the place has none."""
    ground = folder / "basemap.json"
    if not ground.is_file():
        return None
    buildings = {path.stem: path for path in sorted((folder / "buildings").glob("*.json"))}
    digest = hashlib.sha256()
    for path in (ground, *buildings.values()):
        digest.update(path.read_bytes())
    return BaseMap(ground, buildings, digest.hexdigest()[:12])


def read_landmarks(folder: Path) -> dict[str, tuple[str, str]]:
    """Return what people call the place of each cell, Chinese and English, by cell code; empty for a place without such names."""
    path = folder / "cells.geojson"
    if not path.is_file():
        return {}
    cells = [feature["properties"] for feature in json.loads(path.read_text(encoding="utf-8"))["features"]]
    return {cell["code"]: (cell["landmark"], cell["landmark_en"]) for cell in cells if cell.get("landmark")}


def read_buildings(path: Path) -> Iterator[Building]:
    """Read one community's buildings.

    Parameters
    ----------
    path : Path
        ``buildings/<community code>.json``.
    """
    sheet = json.loads(path.read_text(encoding="utf-8"))
    origin, scale, kinds = tuple(sheet["origin"]), sheet["scale"], sheet["kinds"]
    for cell_code, rows in sheet["cells"]:
        x, y = 0, 0
        for kind, floors, number, steps, *_courts in rows:
            ring = decode(steps, origin, scale, (x, y))
            x, y = x + steps[0], y + steps[1]
            yield Building(cell_code, kinds[kind], floors, number, tuple(_whole(ring)))


def _whole(ring: list[Point]) -> list[Point]:
    """Complete a parallelogram kept as three corners."""
    if len(ring) != 3:
        return ring
    a, b, c = ring
    return [a, b, c, (a[0] + c[0] - b[0], a[1] + c[1] - b[1])]
