"""What the browser draws: the geometry of one grid version, kept for good, and the counts, small and fresh.

The two travel apart, joined by the index of the cell: geometry is fetched once per grid version (its digest is part of its
address), counts are a few kilobytes and change with every case.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gridmediate.domain.indicators import CARRIED, SMALL_COUNT, CellCounts, ReadCounts, Span, read_counts
from gridmediate.maps.deltas import Point, encode

#: Half a metre: a pixel at the closest zoom. The records keep every decimal; this is the copy for drawing.
SCALE = 200_000
#: Signs of a packed row of counts; numbers up to 79 are one sign from ``(`` on, greater ones ``$number;``.
_ZERO, _ONE_SIGN, _NO_DATA, _SMALL = 40, 80, "!", "#"
#: Signs that no number has.
_KEPT = (ord(_NO_DATA), ord(_SMALL))
_METRES_IN_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class CellShape:
    """One cell as the map needs it.

    Parameters
    ----------
    code, name, name_en : str
    community : str
        Code of its community; empty when it has none.
    geometry : BaseGeometry
        Polygon or MultiPolygon, EPSG:4326.
    households : int or None
    landmark, landmark_en : str
        What people call the place.
    """

    code: str
    name: str
    geometry: BaseGeometry
    name_en: str = ""
    community: str = ""
    households: int | None = None
    landmark: str = ""
    landmark_en: str = ""


@dataclass(frozen=True, slots=True)
class AreaShape:
    """A community's name for the map; its outline is the union of its cells.

    ``buildings`` says whether a sheet of its buildings is kept.
    """

    code: str
    name: str
    name_en: str = ""
    buildings: bool = False


@dataclass(frozen=True, slots=True)
class Packed:
    """A body ready to send.

    Parameters
    ----------
    body : bytes
        UTF-8 JSON.
    digest : str
        First 12 hexadecimal digits of its SHA-256, for the address or the ETag.
    """

    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class HeatFrame:
    """Counts of cells over months.

    Parameters
    ----------
    geometry_digest : str
        Of the geometry whose order of cells is meant.
    months : sequence of int
        ``YYYYMM``, oldest first; the last is now.
    cells : sequence of sequences of (ReadCounts or None)
        By month, then in the geometry's order of cells; None where there is no data.
    as_of : datetime
        Aware.
    exact : bool
        Whether this reader may read the cases.
    """

    geometry_digest: str
    months: Sequence[int]
    cells: Sequence[Sequence[ReadCounts | None]]
    as_of: datetime
    exact: bool = True


def pack(content: Mapping[str, Any]) -> Packed:
    """Write *content* as the smallest JSON, with its digest."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Packed(body, hashlib.sha256(body).hexdigest()[:12])


def pack_geometry(cells: Sequence[CellShape], communities: Sequence[AreaShape] = (), *,
                  simplify_m: float = 0.0, streets: Mapping[str, AreaShape] | None = None) -> Packed:
    """Pack the shapes of one grid version.

    Parameters
    ----------
    cells : sequence of CellShape
        Their order is the index by which counts are joined.
    communities : sequence of AreaShape
    simplify_m : float
        Tolerance in metres for drawing; shared borders stay shared. 0 keeps every corner. The records keep theirs in any case.
    streets : mapping of str to AreaShape, optional
        The street of each community, where the place has several.

    Returns
    -------
    Packed
    """
    shapes = [cell.geometry for cell in cells]
    fit = bool(shapes) and bool(shapely.coverage_is_valid(shapes))
    shapes = _simplified(shapes, simplify_m, fit=fit)
    bounds = [float(bound) for bound in shapely.total_bounds(shapes)] if shapes else [0.0, 0.0, 0.0, 0.0]
    origin = (round(bounds[0], 6), round(bounds[1], 6))
    order = {area.code: index for index, area in enumerate(communities)}
    known = {area.code: area for area in communities}
    members: dict[int, list[BaseGeometry]] = {}
    for cell, outline in zip(cells, shapes, strict=True):
        members.setdefault(order.get(cell.community, -1), []).append(outline)
    unions = {index: _union(parts, fit=fit) for index, parts in members.items()}
    whole = _union(shapes, fit=fit)
    return pack({
        "v": 1, "origin": origin, "scale": SCALE, "bounds": bounds,
        "cells": [_cell(cell, order.get(cell.community, -1), short_names(cell, known.get(cell.community)), at, outline, origin)
                  for cell, outline, at in zip(cells, shapes, _anchors(shapes, origin), strict=True)],
        "communities": [_area(area, unions.get(index), origin) for index, area in enumerate(communities)],
        "outline": _polygons(whole, origin),
        **_streets(communities, unions, streets or {}, origin),
    })


def _streets(communities: Sequence[AreaShape], unions: Mapping[int, BaseGeometry], streets: Mapping[str, AreaShape],
             origin: Point) -> dict[str, Any]:
    members: dict[str, list[BaseGeometry]] = {}
    for index, area in enumerate(communities):
        if area.code in streets and index in unions:
            members.setdefault(streets[area.code].code, []).append(unions[index])
    named = {street.code: street for street in streets.values()}
    outlines = [(named[code], _union(parts, fit=False)) for code, parts in sorted(members.items())]
    if len(outlines) < 2:
        return {}
    return {"streets": [[street.code, [street.name, street.name_en or street.name], _anchors([outline], origin)[0],
                         _polygons(outline, origin)] for street, outline in outlines]}


def _simplified(shapes: list[BaseGeometry], simplify_m: float, *, fit: bool) -> list[BaseGeometry]:
    if not simplify_m or not shapes:
        return shapes
    tolerance = simplify_m / _METRES_IN_A_DEGREE
    if fit:
        return list(shapely.coverage_simplify(shapes, tolerance))
    # Cells that overlap are no coverage; each keeps its own topology, and borders may part by less than the tolerance.
    return list(shapely.simplify(shapes, tolerance, preserve_topology=True))


def _union(shapes: list[BaseGeometry], *, fit: bool) -> BaseGeometry:
    """Return the union of outlines; those that *fit* each other without gap or overlap are joined much faster."""
    return shapely.coverage_union_all(shapes) if fit and len(shapes) > 1 else shapely.union_all(shapes)


def _polygons(geometry: BaseGeometry, origin: Point) -> list[list[list[int]]]:
    parts = [part for part in getattr(geometry, "geoms", [geometry]) if isinstance(part, Polygon) and not part.is_empty]
    return [[encode(ring.coords, origin, SCALE, closed=True) for ring in (part.exterior, *part.interiors)] for part in parts]


def _anchors(shapes: Sequence[BaseGeometry], origin: Point) -> list[list[int]]:
    """Return the middle of each one's widest place, where a name stands, and how far that is from the border (units)."""
    found = [[0, 0, 0] for _ in shapes]
    drawn = [at for at, each in enumerate(shapes) if isinstance(each, Polygon | MultiPolygon) and not each.is_empty]
    if drawn:
        outlines = np.array([shapes[at] for at in drawn])
        widest = shapely.maximum_inscribed_circle(outlines, shapely.length(outlines) / 400)
        middles = (shapely.get_coordinates(shapely.get_point(widest, 0)) - np.array(origin)) * SCALE
        for at, (x, y), reach in zip(drawn, middles.round().tolist(), shapely.length(widest).tolist(), strict=True):
            found[at] = [int(x), int(y), round(reach * SCALE)]
    return found


def _cell(cell: CellShape, community: int, short: tuple[str, str], at: list[int], outline: BaseGeometry,
          origin: Point) -> list[Any]:
    return [cell.code, [cell.name, cell.name_en or cell.name], list(short), community, cell.households,
            [cell.landmark, cell.landmark_en or cell.landmark], at, _polygons(outline, origin)]


def _area(area: AreaShape, outline: BaseGeometry | None, origin: Point) -> list[Any]:
    english = area.name_en or area.name
    return [area.code, [area.name, english], [area.name.removesuffix("社区"), english.removesuffix(" Community")],
            int(area.buildings), _anchors([outline], origin)[0] if outline is not None else [0, 0, 0],
            _polygons(outline, origin) if outline is not None else []]


def short_names(cell: CellShape, community: AreaShape | None) -> tuple[str, str]:
    """Return a cell's name without its community's, in both languages: "第5网格", "Cell 5"; "柳溪中学" for an exclusive cell."""
    zh = cell.name.removeprefix(community.name if community else "").strip().removesuffix("专属网格")
    english = cell.name_en or cell.name
    en = english.removeprefix(community.name_en if community else "").strip().removesuffix(" Dedicated Cell")
    return zh or cell.name, en or english


def heat_frame(geometry_digest: str, months: Sequence[int], counts: Sequence[Sequence[CellCounts | None]],
               as_of: datetime, *, exact: bool) -> HeatFrame:
    """Return the frame of exact counts as one reader may see them: the one door between counts and the browser.

    Parameters
    ----------
    geometry_digest, months, as_of
        See :class:`HeatFrame`.
    counts : sequence of sequences of (CellCounts or None)
        By month, then cell.
    exact : bool
        Whether the reader may read the cases of all these cells.
    """
    read = [[None if cell is None else read_counts(cell, exact=exact) for cell in cells] for cells in counts]
    return HeatFrame(geometry_digest, months, read, as_of, exact)


def pack_counts(frame: HeatFrame) -> Packed:
    """Pack the counts of *frame*.

    Returns
    -------
    Packed
        ``counts[month][k]`` is a string over the cells for number *k* (:data:`~gridmediate.domain.indicators.CARRIED`): one sign
        a cell, from ``(`` for 0; ``!`` is no data, ``#`` a masked small count, ``$123;`` a number of 80 or more.
    """
    counts = [["".join(_sign(cell, key) for cell in cells) for key in CARRIED] for cells in frame.cells]
    return _packed_counts(frame.geometry_digest, frame.months, frame.as_of, frame.exact, counts)


def _packed_counts(geometry_digest: str, months: Sequence[int], as_of: datetime, exact: bool, counts: list[list[str]],
                   keys: Sequence[str] = CARRIED) -> Packed:
    return pack({
        "v": 1, "geometry": geometry_digest, "as_of": as_of.isoformat(), "exact": exact,
        "keys": tuple(keys),
        "months": [f"{month // 100}-{month % 100:02d}" for month in months], "small": [1, SMALL_COUNT], "counts": counts,
    })


def pack_numbers(geometry_digest: str, months: Sequence[int], spans: tuple[np.ndarray, np.ndarray], known: np.ndarray,
                 as_of: datetime, *, exact: bool, keys: Sequence[str] = CARRIED) -> Packed:
    """Pack counts that stand in arrays, as :func:`heat_frame` and :func:`pack_counts` together do it cell by cell.

    Parameters
    ----------
    geometry_digest, months, as_of
        See :class:`HeatFrame`.
    spans : two numpy.ndarray of int
        The least and the most, by month, then kind (*keys*), then cell. Bounds that differ and are not those of one small count
        are a sum of such, and are written ``~low-high;``.
    known : numpy.ndarray of bool
        By month, then cell; False where there is no data.
    exact : bool
        Whether the reader may read the cases.
    keys : sequence of str
    """
    low, high = spans
    signs = low + _ZERO
    small = (low == 1) & (high == SMALL_COUNT)
    banded = (low != high) & ~small & known[:, np.newaxis, :]
    signs[small] = ord(_SMALL)
    signs[np.broadcast_to(~known[:, np.newaxis, :], signs.shape)] = ord(_NO_DATA)
    counts = [
        [_signs(row) if not band.any() else _bands(row, *bounds) for row, band, *bounds in zip(*kinds, strict=True)]
        for kinds in zip(signs, banded, low, high, strict=True)
    ]
    return _packed_counts(geometry_digest, months, as_of, exact, counts, keys)


def _bands(signs: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    return "".join(
        chr(sign) if sign in _KEPT else f"~{least}-{most};" if least != most
        else chr(sign) if least < _ONE_SIGN else f"${least};"
        for sign, least, most in zip(signs.tolist(), low.tolist(), high.tolist(), strict=True)
    )


def _signs(row: np.ndarray) -> str:
    if not (row >= _ZERO + _ONE_SIGN).any():
        return row.astype(np.uint8).tobytes().decode("ascii")
    return "".join(chr(sign) if sign < _ZERO + _ONE_SIGN else f"${sign - _ZERO};" for sign in row.tolist())


def _sign(cell: ReadCounts | None, key: str) -> str:
    if cell is None:
        return _NO_DATA
    span: Span = getattr(cell, key)
    if not span.exact:
        # Only single numbers are masked; a sum of bands is added up by the reader and never travels.
        if span != Span(1, SMALL_COUNT):
            raise ValueError(f"{key} {span} is no masked count")
        return _SMALL
    return chr(_ZERO + span.low) if span.low < _ONE_SIGN else f"${span.low};"
