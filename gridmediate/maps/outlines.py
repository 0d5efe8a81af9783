"""The cells' outlines as the records hold them, for the phone that finds the cell of a point without the server.

Maps draw a copy that is rounded and simplified; a border told by that copy would not be the border. Here every coordinate is
written with all its digits, so that ``static/js/field/locate.js`` decides on the numbers that ``gridmediate.geo.locate`` has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.maps.frame import Packed


def pack_outlines(outlines: Mapping[str, BaseGeometry | None]) -> Packed:
    """Return the outlines as JSON: ``{"cells": [[code, [[x, y, x, y, …], …]], …]}``, in the order of the codes.

    Parameters
    ----------
    outlines : mapping of str to shapely geometry
        Polygons or multipolygons by cell code, EPSG:4326, lon then lat. One that is empty or None has no rings.

    Notes
    -----
    JSON's shortest decimal of a double reads back as the same double. Rings keep their order and their closing point.
    """
    cells = [[code, [_flat(ring) for ring in _rings(outlines[code])]] for code in sorted(outlines)]
    body = json.dumps({"cells": cells}, separators=(",", ":")).encode()
    return Packed(body, hashlib.sha256(body).hexdigest()[:12])


def _rings(shape: BaseGeometry | None) -> list[BaseGeometry]:
    return [] if shape is None or shape.is_empty else list(shapely.get_rings(shapely.get_parts(shape)))


def _flat(ring: BaseGeometry) -> list[float]:
    flat: list[float] = shapely.get_coordinates(ring).ravel().tolist()
    return flat
