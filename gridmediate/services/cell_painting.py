"""Cells on a sheet of pixels: the one drawing that briefings and downloaded pictures share. Loaded with the first picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where degrees fall on a sheet, north up.

    Parameters
    ----------
    west, north : float
        Degrees, EPSG:4326, of the corner at *left*, *top*.
    narrow : float
        How much narrower a degree of longitude is here than one of latitude.
    scale : float
        Pixels in a degree of latitude.
    left, top : float
        Pixels.
    width, height : int
        Pixels that the shapes take up.
    """

    west: float
    north: float
    narrow: float
    scale: float
    left: float
    top: float
    width: int
    height: int

    def at(self, lon: float, lat: float) -> Point:
        """Return the pixel of a point."""
        return (lon - self.west) * self.narrow * self.scale + self.left, (self.north - lat) * self.scale + self.top

    def ring(self, ring: Any) -> list[Point]:
        """Return the pixels of a ring or line."""
        return [self.at(lon, lat) for lon, lat, *_ in ring.coords]


def ground_of(shapes: Sequence[BaseGeometry], width: float, height: float, left: float = 0, top: float = 0) -> Ground:
    """Return the ground on which *shapes* fill a box of pixels as far as their form lets them."""
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    narrow = math.cos(math.radians((south + north) / 2))
    across, down = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = min(width / across, height / down)
    return Ground(west, north, narrow, scale, left, top, math.ceil(across * scale), math.ceil(down * scale))


def paint_cells(sheet: Image.Image, shapes: Sequence[BaseGeometry], fills: Sequence[str | None], ground: Ground, *,
                line: str, line_px: int, hatch: tuple[str, str] = ("#FFFFFF", "#A59C8A")) -> None:
    """Paint cells and then their borders, so that no fill covers a neighbour's border.

    Parameters
    ----------
    fills : sequence of (str or None)
        Of each shape; None is hatched, in the colours *hatch* (ground, lines): there is no number.
    """
    pen = ImageDraw.Draw(sheet)
    for shape, fill in zip(shapes, fills, strict=True):
        for part in shapely.get_parts(shape):
            if fill is None:
                _hatched(sheet, ground.ring(part.exterior), hatch)
            else:
                pen.polygon(ground.ring(part.exterior), fill=fill)
            for hole in part.interiors:
                pen.polygon(ground.ring(hole), fill="white")
    paint_borders(sheet, shapes, ground, line=line, line_px=line_px)


def paint_borders(sheet: Image.Image, shapes: Sequence[BaseGeometry], ground: Ground, *, line: str, line_px: int) -> None:
    """Draw the borders of shapes."""
    pen = ImageDraw.Draw(sheet)
    for shape in shapes:
        for part in shapely.get_parts(shape):
            for ring in (part.exterior, *part.interiors):
                pen.line(ground.ring(ring), fill=line, width=line_px, joint="curve")


def _hatched(sheet: Image.Image, points: list[Point], hatch: tuple[str, str]) -> None:
    left, top = (math.floor(min(each[axis] for each in points)) for axis in (0, 1))
    right, bottom = (math.ceil(max(each[axis] for each in points)) for axis in (0, 1))
    size = (right - left + 1, bottom - top + 1)
    mask, tile = Image.new("1", size), Image.new("RGB", size, hatch[0])
    ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in points], fill=1)
    pen = ImageDraw.Draw(tile)
    # Lines meet across neighbours because they are counted from the sheet's corner, not from the cell's.
    first = -((left + top) % 16)
    for start in range(first, size[0] + size[1], 16):
        pen.line([(start, 0), (start - size[1], size[1])], fill=hatch[1], width=3)
    sheet.paste(tile, (left, top), mask)
