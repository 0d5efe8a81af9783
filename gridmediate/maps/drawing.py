"""Cells as one plain drawing: paths for a picture that needs no script and can be printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.geo.measure import for_display

_WIDTH = 960
_SIMPLIFY_M = 3.0


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell of a drawing, in its units.

    Parameters
    ----------
    path : str
        Of an SVG ``path``.
    at : tuple of float
        A point inside, for its name.
    width : float
    """

    path: str
    at: tuple[float, float]
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Cells side by side, north up, in the order in which they were given."""

    width: int
    height: int
    cells: tuple[DrawnCell, ...]


def draw_cells(outlines: Sequence[bytes]) -> Drawing:
    """Draw cells.

    Parameters
    ----------
    outlines : sequence of bytes
        WKB, EPSG:4326.
    """
    if not outlines:
        return Drawing(100, 60, ())
    shapes = for_display(shapely.from_wkb(list(outlines)), _SIMPLIFY_M)
    west, south, east, north = shapely.total_bounds(shapes)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = _WIDTH / max((east - west) * narrow, 1e-9)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * narrow * scale, 1), round((north - lat) * scale, 1)

    def path(shape: BaseGeometry) -> str:
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
        return "".join("M" + "L".join(f"{x} {y}" for x, y in (at(*each) for each in ring.coords[:-1])) + "Z" for ring in rings)

    drawn = tuple(
        DrawnCell(path(shape), at(*shape.representative_point().coords[0]), (shape.bounds[2] - shape.bounds[0]) * narrow * scale)
        for shape in shapes
    )
    return Drawing(_WIDTH, math.ceil((north - south) * scale), drawn)
