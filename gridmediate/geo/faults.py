"""Every fault of a sheet of cells, all at once, in words and on the map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.domain.vocabulary import Phrase, add_labels
from gridmediate.geo.cells import CellSheet
from gridmediate.geo.crs import metric_crs_for, to_metric
from gridmediate.geo.fault_words import RING_REASONS, named, square_metres, words_of
from gridmediate.geo.measure import geojson_of

#: 12 digits of the community and 3 of the cell (domain: GB/T 2260, GB/T 10114; the county may agree on another).
CODE_PATTERN = r"\d{15}"
#: A strip narrower than this along the border of the place is how two surveys differ, not a fault.
_RIM_M = 1.0
#: Smaller than this is the rounding of the last digit, not the drawing.
_ROUNDING_M2 = 0.01
#: A fault of more cells than this is one of the whole sheet and gets no shape of its own on the map.
_SHOWN_CELLS = 20
#: From this share of the cells' median area on, a gap is a void that somebody may have meant.
_VOID_SHARE = 0.5


class FaultKind(StrEnum):
    """What is wrong."""

    RING = "ring"
    EMPTY = "empty"
    CODE_MISSING = "code-missing"
    CODE_REPEATS = "code-repeats"
    CODE_PATTERN = "code-pattern"
    OVERLAP = "overlap"
    GAP = "gap"
    UNCOVERED = "uncovered"
    OUTSIDE = "outside"
    TINY = "tiny"
    SLIVERS = "slivers"
    MULTIPART = "multipart"
    NAME_MISSING = "name-missing"
    HOUSEHOLDS_MISSING = "households-missing"


class Severity(StrEnum):
    """Whether the sheet can be taken as it is."""

    MUST = "must"
    NOTE = "note"


add_labels({
    FaultKind.RING: ("边界有错", "Invalid boundary"),
    FaultKind.EMPTY: ("没有图形", "No shape"),
    FaultKind.CODE_MISSING: ("没有编码", "No code"),
    FaultKind.CODE_REPEATS: ("编码重复", "Code repeats"),
    FaultKind.CODE_PATTERN: ("编码不合规定", "Code not as agreed"),
    FaultKind.OVERLAP: ("重叠", "Overlap"),
    FaultKind.GAP: ("缝隙", "Gap"),
    FaultKind.UNCOVERED: ("没有网格", "Not covered"),
    FaultKind.OUTSIDE: ("越界", "Outside the area"),
    FaultKind.TINY: ("太小", "Tiny"),
    FaultKind.SLIVERS: ("细缝", "Slivers"),
    FaultKind.MULTIPART: ("多块", "In parts"),
    FaultKind.NAME_MISSING: ("没有名称", "No name"),
    FaultKind.HOUSEHOLDS_MISSING: ("没写户数", "No households"),
})
add_labels({Severity.MUST: ("必须改", "Must be corrected"), Severity.NOTE: ("请留意", "Please note")})


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One fault.

    Parameters
    ----------
    kind : FaultKind
    severity : Severity
    codes : tuple of str
        The cells concerned.
    area_m2 : float or None
        How large the overlap, gap or cell is.
    geometry : shapely geometry or None
        Where, in WGS 84: the overlap or gap itself, the point where a ring crosses, or the cells.
    phrase, advice : Phrase
        What is wrong, and what it means and what to do.
    rows : tuple of int
        Positions of the cells in the sheet, since a code may be missing or double.
    """

    kind: FaultKind
    severity: Severity
    codes: tuple[str, ...]
    area_m2: float | None
    geometry: BaseGeometry | None
    phrase: Phrase
    advice: Phrase
    rows: tuple[int, ...] = ()


def find_faults(
    sheet: CellSheet, *, code_pattern: str = CODE_PATTERN, expected_place: BaseGeometry | None = None,
    overlap_tolerance_m2: float = 1.0, gap_tolerance_m2: float = 1.0, outside_tolerance_m2: float = 1.0, tiny_m2: float = 100.0,
) -> tuple[Fault, ...]:
    """Find all faults of a sheet at once.

    Parameters
    ----------
    sheet : CellSheet
    code_pattern : str
        Regular expression that a whole code must fit.
    expected_place : shapely polygon, optional
        Where the cells should lie, WGS 84: what is outside, and what of it has no cell, are faults then.
    overlap_tolerance_m2, gap_tolerance_m2, outside_tolerance_m2 : float
        Smaller ones are summed up in one note.
    tiny_m2 : float
        A cell smaller than this is noted; below one square metre it must be corrected.

    Returns
    -------
    tuple of Fault
        What must be corrected first, the largest first within each kind.

    Notes
    -----
    Overlaps and gaps are cut out in degrees, where the drawn vertices are equal to the last bit and where points are located,
    and measured in the metric CRS of the place. Invalid rings are mended for measuring only, so that one of them does not hide
    the rest; the sheet stays as it is.
    """
    look = _Look(sheet)
    slivers: list[float] = []
    found = [*_rings(look), *_empty_and_tiny(look, tiny_m2), *_codes(look, code_pattern)]
    found += _overlaps(look, overlap_tolerance_m2, slivers)
    narrow: list[float] = []
    found += _gaps(look, gap_tolerance_m2, narrow)
    found += _place(look, expected_place, outside_tolerance_m2, gap_tolerance_m2, narrow)
    slivers, narrow = ([each for each in some if each > _ROUNDING_M2] for some in (slivers, narrow))
    if slivers or narrow:
        area_m2 = sum(slivers) + sum(narrow)
        said = words_of("slivers", overlaps=len(slivers), gaps=len(narrow), area=square_metres(area_m2))
        found.append(Fault(FaultKind.SLIVERS, Severity.NOTE, (), area_m2, None, *said))
    found += _attributes(look)
    return tuple(sorted(found, key=_weight))


def _weight(fault: Fault) -> tuple[bool, int, float]:
    return fault.severity is Severity.NOTE, list(FaultKind).index(fault.kind), -(fault.area_m2 or 0.0)


def faults_as_geojson(faults: Sequence[Fault], language: str) -> dict[str, Any]:
    """Return the faults as a GeoJSON collection, numbered as in the list.

    Parameters
    ----------
    faults : sequence of Fault
    language : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    dict
        Each feature has ``number``, ``kind``, ``severity``, ``title``, ``advice``, ``codes``, ``area_m2`` and ``label`` (lon, lat
        of a point for the number). Faults without a place have no geometry.
    """
    features = []
    for number, fault in enumerate(faults, start=1):
        shape = None if fault.geometry is None or fault.geometry.is_empty else fault.geometry
        spot = None if shape is None else shape.representative_point()
        properties = {
            "number": number, "kind": str(fault.kind), "severity": str(fault.severity), "title": fault.phrase.say(language),
            "advice": fault.advice.say(language), "codes": list(fault.codes),
            "area_m2": None if fault.area_m2 is None else round(fault.area_m2, 2),
            "label": None if spot is None else [round(spot.x, 6), round(spot.y, 6)],
        }
        features.append({"type": "Feature", "id": number, "properties": properties, "geometry": geojson_of(shape, 7)})
    return {"type": "FeatureCollection", "features": features}


class _Look:
    """A sheet with what every search needs: shapes fit for measuring, their areas, a tree, the names."""

    def __init__(self, sheet: CellSheet) -> None:
        self.sheet = sheet
        self.given = sheet.geometries
        present = ~shapely.is_missing(self.given)
        self.crossed = present & ~shapely.is_valid(self.given)
        self.shapes = self.given.copy()
        self.shapes[~present] = shapely.Polygon()
        if self.crossed.any():
            self.shapes[self.crossed] = _polygons_only(shapely.make_valid(self.shapes[self.crossed], method="structure"))
        self.crs = metric_crs_for(self.shapes)
        self.areas_m2 = self.measure(self.shapes)
        self.tree = shapely.STRtree(self.shapes)

    def measure(self, shapes: np.ndarray) -> np.ndarray:
        """Return areas in square metres."""
        return shapely.area(to_metric(shapes, self.crs)) if len(shapes) else np.empty(0)

    def names(self, rows: Sequence[int]) -> dict[str, str]:
        """Return the cells' names, or else codes, for a sentence."""
        sheet = self.sheet
        return named([sheet.names[row] or sheet.codes[row] or f"#{row + 1}" for row in rows])

    def codes(self, rows: Sequence[int]) -> tuple[str, ...]:
        """Return the cells' codes."""
        return tuple(self.sheet.codes[row] for row in rows)

    def together(self, rows: Sequence[int]) -> BaseGeometry | None:
        """Return all shapes of some cells as one, for showing."""
        if len(rows) > _SHOWN_CELLS:
            return None
        return shapely.multipolygons([part for row in rows for part in shapely.get_parts(self.shapes[row])])

    def fault(
        self, kind: FaultKind, severity: Severity, rows: Sequence[int], area_m2: float | None, geometry: BaseGeometry | None,
        words: str = "", **values: Any,
    ) -> Fault:
        """Make a fault of some cells; *words* names the sentence where it is not the kind's own."""
        if area_m2 is not None:
            values["area"] = square_metres(area_m2)
        said = words_of(words or str(kind), cells=self.names(rows), **values)
        return Fault(kind, severity, self.codes(rows), area_m2, geometry, *said, rows=tuple(rows))


def _polygons_only(shapes: np.ndarray) -> np.ndarray:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    solid = shapely.get_type_id(parts) == 3
    kept = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    return shapely.multipolygons(parts[solid], indices=owner[solid], out=kept)


def _rings(look: _Look) -> Iterator[Fault]:
    for row in np.flatnonzero(look.crossed).tolist():
        said = shapely.is_valid_reason(look.given[row])
        reason, _, place = said.partition("[")
        zh, en = RING_REASONS.get(reason, (reason, reason))
        numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", place)[:2]]
        where = shapely.Point(numbers) if len(numbers) == 2 else look.given[row].centroid
        spot = f"{where.x:.6f}, {where.y:.6f}" if not where.is_empty else "—"
        yield look.fault(FaultKind.RING, Severity.MUST, [row], None, where, reason={"zh": zh, "en": en}, place=spot)


def _empty_and_tiny(look: _Look, tiny_m2: float) -> Iterator[Fault]:
    empty = shapely.is_missing(look.given) | shapely.is_empty(look.given)
    for row in np.flatnonzero(empty).tolist():
        yield look.fault(FaultKind.EMPTY, Severity.MUST, [row], None, None)
    for row in np.flatnonzero(~empty & (look.areas_m2 < tiny_m2)).tolist():
        area_m2 = float(look.areas_m2[row])
        yield look.fault(FaultKind.TINY, Severity.MUST if area_m2 < 1.0 else Severity.NOTE, [row], area_m2, look.given[row])


def _codes(look: _Look, code_pattern: str) -> Iterator[Fault]:
    rows_of: dict[str, list[int]] = {}
    for row, code in enumerate(look.sheet.codes):
        rows_of.setdefault(code, []).append(row)
    for row in rows_of.pop("", []):
        yield look.fault(FaultKind.CODE_MISSING, Severity.MUST, [row], None, look.shapes[row])
    for code, rows in rows_of.items():
        if len(rows) > 1:
            yield look.fault(FaultKind.CODE_REPEATS, Severity.MUST, rows, None, look.together(rows), code=code, count=len(rows))
    pattern = re.compile(code_pattern)
    wrong = [row for code, rows in rows_of.items() if not pattern.fullmatch(code) for row in rows]
    if wrong:
        listed = named([look.sheet.codes[row] for row in wrong])
        said = words_of("code-pattern", cells=listed, count=len(wrong), pattern=code_pattern)
        where = look.together(wrong)
        yield Fault(FaultKind.CODE_PATTERN, Severity.MUST, look.codes(wrong), None, where, *said, rows=tuple(wrong))


def _overlaps(look: _Look, tolerance_m2: float, slivers: list[float]) -> Iterator[Fault]:
    left, right = look.tree.query(look.shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    pieces = shapely.intersection(look.shapes[left], look.shapes[right])
    thick = shapely.area(pieces) > 0.0
    left, right, pieces = left[thick], right[thick], pieces[thick]
    areas_m2 = look.measure(pieces)
    for a, b, piece, area_m2 in zip(left.tolist(), right.tolist(), pieces, areas_m2.tolist(), strict=True):
        if area_m2 <= tolerance_m2:
            slivers.append(area_m2)
        else:
            yield look.fault(FaultKind.OVERLAP, Severity.MUST, [a, b], area_m2, _polygons_only(np.array([piece]))[0])


def _gaps(look: _Look, tolerance_m2: float, slivers: list[float]) -> Iterator[Fault]:
    """Find what the cells enclose and do not cover: the holes of their union."""
    joined = shapely.union_all(look.shapes)
    holes = [hole for part in shapely.get_parts(joined) if shapely.get_type_id(part) == 3 for hole in part.interiors]
    pieces = shapely.get_parts(shapely.difference(shapely.polygons(holes), joined)) if holes else np.empty(0, dtype=object)
    solid = look.areas_m2[look.areas_m2 > 0]
    void_m2 = _VOID_SHARE * float(np.median(solid)) if solid.size else np.inf
    for piece, area_m2 in zip(pieces, look.measure(pieces).tolist(), strict=True):
        if area_m2 <= tolerance_m2:
            slivers.append(area_m2)
            continue
        around = _around(look, piece)
        if area_m2 >= void_m2:
            yield look.fault(FaultKind.GAP, Severity.NOTE, around, area_m2, piece, "void")
        else:
            yield look.fault(FaultKind.GAP, Severity.MUST, around, area_m2, piece, "gap" if len(around) > 1 else "gap-within")


def _around(look: _Look, piece: BaseGeometry) -> list[int]:
    # Vertices that cutting made lie beside their edge by a rounding, hence a breadth of a tenth of a millimetre.
    touching = sorted(look.tree.query(piece, predicate="dwithin", distance=1e-9).tolist())
    return touching or sorted(look.tree.query_nearest(piece).tolist())[:1]


def _place(
    look: _Look, place: BaseGeometry | None, outside_tolerance_m2: float, gap_tolerance_m2: float, slivers: list[float]
) -> Iterator[Fault]:
    if place is None:
        return
    yield from _beyond(look, place, outside_tolerance_m2)
    joined = shapely.union_all(look.shapes)
    parts = shapely.get_parts(joined)
    filled = shapely.union_all([shapely.Polygon(part.exterior) for part in parts if shapely.get_type_id(part) == 3])
    pieces = shapely.get_parts(shapely.difference(place, filled))
    metric = to_metric(pieces, look.crs)
    for piece, area_m2, border_m in zip(pieces, shapely.area(metric).tolist(), shapely.length(metric).tolist(), strict=True):
        if area_m2 <= gap_tolerance_m2 or 2.0 * area_m2 / border_m < _RIM_M:
            slivers.append(area_m2)
        else:
            yield look.fault(FaultKind.UNCOVERED, Severity.MUST, _around(look, piece), area_m2, piece)


def _beyond(look: _Look, place: BaseGeometry, tolerance_m2: float) -> Iterator[Fault]:
    shapely.prepare(place)
    beyond = shapely.difference(look.shapes, place)
    metric = to_metric(beyond, look.crs)
    areas_m2, borders_m = shapely.area(metric), shapely.length(metric)
    for row in np.flatnonzero(areas_m2 > tolerance_m2).tolist():
        area_m2, width_m = float(areas_m2[row]), 2.0 * float(areas_m2[row] / borders_m[row])
        if area_m2 >= 0.999 * float(look.areas_m2[row]):
            yield look.fault(FaultKind.OUTSIDE, Severity.MUST, [row], area_m2, beyond[row], "outside-wholly")
        elif width_m < _RIM_M:
            yield look.fault(FaultKind.OUTSIDE, Severity.NOTE, [row], area_m2, beyond[row], "outside-rim", width=f"{width_m:.1f}")
        else:
            yield look.fault(FaultKind.OUTSIDE, Severity.MUST, [row], area_m2, beyond[row])


def _attributes(look: _Look) -> Iterator[Fault]:
    """Note what is no fault of the drawing: cells in parts, without a name, without households."""
    parts = shapely.get_num_geometries(look.given)
    for row in np.flatnonzero((parts > 1) & ~look.crossed).tolist():
        yield look.fault(FaultKind.MULTIPART, Severity.NOTE, [row], None, look.given[row], parts=int(parts[row]))
    for kind, values in ((FaultKind.NAME_MISSING, look.sheet.names), (FaultKind.HOUSEHOLDS_MISSING, look.sheet.households)):
        without = [row for row, value in enumerate(values) if value is None or value == ""]
        if without:
            yield look.fault(kind, Severity.NOTE, without, None, look.together(without), count=len(without))
