"""The picture of a briefing: cells by class, for Word. Loaded with the first briefing that is printed.

The classes go from light to dark, so that a copy in black and white reads the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import shapely
from PIL import Image

from gridmediate.services.cell_painting import ground_of, paint_cells

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
    shapes = list(shapely.from_wkb([bytes.fromhex(wkb) for wkb, _ in picture["cells"]]))
    ground = ground_of(shapes, _WIDTH - 2 * _MARGIN, _WIDTH, _MARGIN, _MARGIN)
    sheet = Image.new("RGB", (ground.width + 2 * _MARGIN, ground.height + 2 * _MARGIN), "white")
    paint_cells(sheet, shapes, [FILLS[of_class] for _, of_class in picture["cells"]], ground, line=_LINE, line_px=3)
    written = io.BytesIO()
    sheet.save(written, "PNG", optimize=True)
    return written.getvalue()
