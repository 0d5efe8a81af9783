"""One cell with a strip of its neighbours as a plain drawing, for a page without scripts and for a sheet of paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.geo.measure import for_display

#: Units of the drawing's longer side, and how much of the neighbours is shown, as a share of the cell's longer side.
_SIDE, _AROUND = 480, 0.3
#: Units that a short name needs.
_NAME_WIDTH, _NAME_HEIGHT = 84, 30
_SIMPLIFY_M = 2.0


@dataclass(frozen=True, slots=True)
class DrawnPlace:
    """A cell of the drawing: an SVG path, and a point for its name (None where too little of it is seen)."""

    path: str
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class CellDrawing:
    """A cell and what is seen of its neighbours, in their order; north is up."""

    width: int
    height: int
    cell: DrawnPlace
    neighbours: tuple[DrawnPlace, ...]


def draw_cell(outline: BaseGeometry, neighbours: Sequence[BaseGeometry]) -> CellDrawing:
    """Draw a cell.

    Parameters
    ----------
    outline, neighbours : shapely geometry
        EPSG:4326.
    """
    west, south, east, north = outline.bounds
    reach = max(east - west, north - south) * _AROUND
    west, south, east, north = west - reach, south - reach, east + reach, north + reach
    narrow = math.cos(math.radians((south + north) / 2))
    scale = _SIDE / max((east - west) * narrow, north - south, 1e-9)
    width, height = math.ceil((east - west) * narrow * scale), math.ceil((north - south) * scale)
    seen = shapely.box(west, south, east, north)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * narrow * scale, 1), round((north - lat) * scale, 1)

    def place(shape: BaseGeometry) -> DrawnPlace:
        shown = shapely.intersection(shape, seen)
        polygons = [part for part in shapely.get_parts(shown) if part.geom_type == "Polygon"]
        rings = [ring for part in polygons for ring in (part.exterior, *part.interiors)]
        path = "".join("M" + "L".join(f"{x} {y}" for x, y in (at(*each) for each in ring.coords[:-1])) + "Z" for ring in rings)
        left, bottom, right, top = shapely.bounds(shown).tolist()
        has_room = (right - left) * narrow * scale > _NAME_WIDTH and (top - bottom) * scale > _NAME_HEIGHT
        return DrawnPlace(path, at(*shapely.point_on_surface(shown).coords[0]) if has_room else None)

    shapes = for_display([outline, *neighbours], _SIMPLIFY_M)
    return CellDrawing(width, height, place(shapes[0]), tuple(place(each) for each in shapes[1:]))
