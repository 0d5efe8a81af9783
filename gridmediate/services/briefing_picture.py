"""The picture of a briefing: cells by class, for Word. Loaded with the first briefing that is printed.

The classes go from light to dark, so that a copy in black and white reads the same.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import shapely
from PIL import Image, ImageDraw

#: Fills from no case to many; the page's style sheet has the same.
FILLS = ("#FFFFFF", "#F6B67F", "#E07B45", "#A33A14")
_LINE, _WIDTH = "#5B5B5B", 1500
_MARGIN = 6


def draw_png(picture: Mapping[str, Any]) -> bytes:
    """Return the drawn cells of a briefing as PNG, 1500 pixels wide, north up.

    Parameters
    ----------
    picture : mapping
        ``cells`` as pairs of WKB in hexadecimal (EPSG:4326) and class.
    """
    shapes = shapely.from_wkb([bytes.fromhex(wkb) for wkb, _ in picture["cells"]])
    west, south, east, north = shapely.total_bounds(shapes)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min((_WIDTH - 2 * _MARGIN) / max((east - west) * narrow, 1e-9), _WIDTH / max(north - south, 1e-9))
    width = math.ceil((east - west) * narrow * scale) + 2 * _MARGIN
    sheet = Image.new("RGB", (width, math.ceil((north - south) * scale) + 2 * _MARGIN), "white")
    pen = ImageDraw.Draw(sheet)

    def at(ring: Any) -> list[tuple[float, float]]:
        return [((lon - west) * narrow * scale + _MARGIN, (north - lat) * scale + _MARGIN) for lon, lat, *_ in ring.coords]

    for shape, (_, of_class) in zip(shapes, picture["cells"], strict=True):
        for part in shapely.get_parts(shape):
            pen.polygon(at(part.exterior), fill=FILLS[of_class])
            for hole in part.interiors:
                pen.polygon(at(hole), fill="white")
    for shape in shapes:
        for part in shapely.get_parts(shape):
            for ring in (part.exterior, *part.interiors):
                pen.line(at(ring), fill=_LINE, width=3, joint="curve")
    written = io.BytesIO()
    sheet.save(written, "PNG", optimize=True)
    return written.getvalue()
