"""Where a dispute is: from a point, a choice or an address to a cell, with the reason in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridmediate.domain.placing import Placed
from gridmediate.domain.problems import FieldMissing, FieldNotAChoice, Problem
from gridmediate.domain.vocabulary import Datum, Label, Phrase
from gridmediate.geo.crs import to_wgs84
from gridmediate.services.grid import CellCard, Grid


class PointTooFar(Problem):
    """The point is not near the street at all; most likely latitude and longitude are exchanged or the datum is wrong."""

    code = "filing.point-implausible"
    sentence = Label(
        "位置坐标不对（{lon}, {lat}）。请重新定位，或从列表选格。",
        "The coordinates ({lon}, {lat}) cannot be right. Take the position again, or choose a cell from the list.",
    )


class CellNotNear(Problem):
    """The cell named is none of those that the point allows."""

    code = "filing.cell-not-near"
    sentence = Label(
        "选的{cell}不在这个位置附近。请重新选格，或移动位置。",
        "{cell} is not near this point. Choose the cell again, or move the point.",
    )


class FarFromOwnCells(Problem):
    """The point is far from every cell of the person who files; most likely the phone is mistaken, so the person is asked."""

    code = "filing.far"
    sentence = Label(
        "这个位置离您的网格约 {km} 公里。真在那里，请选“对，就在那里”；不是，请重新定位或从列表选格。",
        "This point is about {km} km from your cells. If it is right, choose “Yes, it is there”; if not, take the position again "
        "or choose a cell from the list.",
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A position as it came in.

    Parameters
    ----------
    lon, lat : float
        Degrees, in *datum*.
    accuracy_m : float or None
        Radius of the circle the position is sure to.
    """

    lon: float
    lat: float
    accuracy_m: float | None = None
    datum: Datum = Datum.WGS84


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell that a point may belong to, and how far its edge is from the point."""

    cell: CellCard
    distance_m: float


@dataclass(frozen=True, slots=True)
class Placement:
    """The answer to "where is this": the cell or none, why, and which cells to ask about."""

    how: Placed
    cell: CellCard | None
    candidates: tuple[Candidate, ...]
    reason: Phrase
    nearest: Candidate | None = None
    #: Whether the circle of the position crosses a border, so that a person has to say which cell.
    must_ask: bool = False


def locate(grid: Grid, point: Point) -> Placement:
    """Find the cell of a point.

    Raises
    ------
    PointTooFar
        If the coordinates are no position on earth.
    """
    lon, lat = _stored(point)
    found = grid.index.locate(lon, lat, accuracy_m=point.accuracy_m)
    candidates = tuple(Candidate(grid.cells[each.code], each.distance_m) for each in found.candidates)
    how = Placed(found.how)
    if found.cell_code is None:
        nearest = Candidate(grid.cells[found.nearest_code], found.nearest_distance_m or 0.0) if found.nearest_code else None
        reason = Phrase("place.outside", {"nearest": _names(nearest.cell), "distance_m": round(nearest.distance_m)}) if nearest \
            else Phrase("place.none")
        return Placement(how, None, candidates, reason, nearest)
    cell = grid.cells[found.cell_code]
    must_ask = point.accuracy_m is not None and len(candidates) > 1
    covering = [each.cell for each in candidates if each.distance_m == 0] or [cell]
    reason = Phrase(f"place.{how.value}", {"cell": _names(cell), "cells": [_names(each) for each in covering]})
    return Placement(how, cell, candidates, reason, must_ask=must_ask)


def _stored(point: Point) -> tuple[float, float]:
    if not (math.isfinite(point.lon) and math.isfinite(point.lat) and abs(point.lon) <= 180 and abs(point.lat) <= 90):
        raise PointTooFar(field="place", lon=point.lon, lat=point.lat)
    lon, lat = to_wgs84(point.lon, point.lat, point.datum)
    return float(lon), float(lat)


def ask_if_far(grid: Grid, point: Point, own_cells: Collection[str], far_m: float) -> FarFromOwnCells | None:
    """Return the question that a position far from the filer's own cells raises, None where there is nothing to ask.

    Parameters
    ----------
    grid : Grid
    point : Point
    own_cells : collection of str
        Codes; a person without cells is never asked.
    far_m : float
        Metres from the nearest of them.

    Raises
    ------
    PointTooFar
        If the coordinates are no position on earth.
    """
    lon, lat = _stored(point)
    distance_m = grid.index.distance_to(own_cells, lon, lat)
    if distance_m is None or distance_m <= far_m:
        return None
    return FarFromOwnCells(field="far_ok", km=_kilometres(distance_m))


def _kilometres(distance_m: float) -> str:
    # The phone says the same (static/js/placemap.js).
    return f"{distance_m / 1000:.1f}" if distance_m < 100_000 else f"{distance_m / 1000:.0f}"


def locate_many(grid: Grid, points: Sequence[Point | None]) -> list[Placement]:
    """Find the cells of many points, None being no position; each gets the answer that :func:`locate` gives it.

    Accuracies are not looked at: nobody is there to be asked.

    Raises
    ------
    PointTooFar
        If coordinates are no position on earth.
    """
    lons, lats = np.full(len(points), np.nan), np.full(len(points), np.nan)
    for datum in {point.datum for point in points if point}:
        at = [number for number, point in enumerate(points) if point and point.datum is datum]
        raw = np.array([(point.lon, point.lat) for point in points if point and point.datum is datum], dtype=float)
        lons[at], lats[at] = to_wgs84(raw[:, 0], raw[:, 1], datum)
    found = grid.index.locate_many(lons, lats)
    inside: dict[str, Placement] = {}
    placements: list[Placement] = []
    for point, code, how in zip(points, found.cell_codes().tolist(), found.words(), strict=True):
        if point is None:
            placements.append(Placement(Placed.NONE, None, (), Phrase("place.none")))
        elif code is not None and how.value == Placed.INSIDE.value:
            if code not in inside:
                names = _names(grid.cells[code])
                reason = Phrase("place.inside", {"cell": names, "cells": [names]})
                inside[code] = Placement(Placed.INSIDE, grid.cells[code], (Candidate(grid.cells[code], 0.0),), reason)
            placements.append(inside[code])
        else:
            placements.append(locate(grid, replace(point, accuracy_m=None)))
    return placements


def _names(cell: CellCard) -> dict[str, str]:
    return {"zh": cell.name, "en": cell.name_en}


@dataclass(frozen=True, slots=True)
class PlaceSaid:
    """What a filer says of the place.

    Parameters
    ----------
    point : Point or None
    cell_code : str or None
        The cell named, from the list or among those asked about.
    is_unsure : bool
        "I cannot say": the community settles it.
    address : str
    """

    point: Point | None = None
    cell_code: str | None = None
    is_unsure: bool = False
    address: str = ""


def place_of(grid: Grid, said: PlaceSaid) -> Placement:
    """Decide the cell of a filing from its point and what the filer said, with the reason in words.

    Raises
    ------
    PointTooFar, CellNotNear, FieldNotAChoice
    """
    named = _named_cell(grid, said.cell_code)
    if said.point is None:
        if named is not None and not said.is_unsure:
            return Placement(Placed.INSIDE, named, (), Phrase("place.listed", {"cell": _names(named)}))
        return Placement(Placed.NONE, None, (), Phrase("place.address" if said.address else "place.none"))
    placement = locate(grid, said.point)
    if said.is_unsure:
        near = placement.candidates or ((placement.nearest,) if placement.nearest else ())
        cells = [_names(each.cell) for each in near]
        return replace(placement, cell=None, reason=Phrase("place.unsure", {"cells": cells}))
    if named is None:
        if placement.must_ask:
            raise FieldMissing(field="cell_code", name=Label("事情在哪一格", "Which cell it is in"))
        return placement
    if named == placement.cell and not placement.must_ask:
        return placement
    if named not in [each.cell for each in placement.candidates]:
        raise CellNotNear(field="cell_code", cell=_names(named))
    return replace(placement, cell=named, reason=_chosen(placement, said.point, named))


def _chosen(placement: Placement, point: Point, named: CellCard) -> Phrase:
    return Phrase(
        "place.chosen",
        {
            "accuracy_m": round(point.accuracy_m or 0),
            "cells": [_names(each.cell) for each in placement.candidates],
            "cell": _names(named),
        },
    )


def _named_cell(grid: Grid, code: str | None) -> CellCard | None:
    if not code:
        return None
    if code not in grid.cells:
        raise FieldNotAChoice(field="cell_code", name=Label("网格", "Cell"), got=code)
    return grid.cells[code]
