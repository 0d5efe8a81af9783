"""Which cell a point belongs to: one point as it is filed, or millions from a file, with the same answer.

The rule: among the cells that cover the point, their boundary included, the one with the smaller ``cell_code``.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
import shapely

from gridmediate.domain.geo_problems import CodesRepeat, RingsInvalid
from gridmediate.domain.vocabulary import add_labels
from gridmediate.geo.crs import EARTH, metres_per_degree
from gridmediate.geo.raster import ASK, CellRaster, build_raster


class How(StrEnum):
    """How a point lies to the cells."""

    INSIDE = "inside"
    EDGE = "edge"
    OVERLAP = "overlap"
    OUTSIDE = "outside"
    NONE = "none"


add_labels({
    How.INSIDE: ("在格内", "Inside"),
    How.EDGE: ("在边界上", "On an edge"),
    How.OVERLAP: ("在重叠处", "In an overlap"),
    How.OUTSIDE: ("在网格之外", "Outside"),
    How.NONE: ("没有位置", "No position"),
})

#: The words behind the numbers in :attr:`LocatedMany.how`.
HOW_CODES = tuple(How)
_INSIDE, _EDGE, _OVERLAP, _OUTSIDE, _NONE = range(5)
#: From how many points on, at least and for each cell, laying the raster is worth its time.
_RASTER_FROM_POINTS, _RASTER_FROM_POINTS_A_CELL = 20_000, 60
#: Preparing a cell costs about a kilobyte; beyond so many cells the raster has to carry the load alone.
_PREPARED_UP_TO = 200_000
#: Points looked up at one time, so that the steps between stay in the cache; and pairs of point and cell judged at one time.
_POINTS_AT_ONCE = 1 << 15
_ASKED_AT_ONCE = 1 << 14
#: From so many points on, asking neighbours one after the other is worth putting them in order.
_ORDERED_FROM = 2_000
#: A distance beyond this is measured on the ellipsoid; nearer, the flat measure errs by less than a metre.
_FLAT_UP_TO_M = 3_000.0
#: Cells weighed for the nearest one; a point so far away that more come into question gets the nearest by degrees.
_WEIGHED_AT_MOST = 500
#: An accuracy worse than this tells nothing more.
_CIRCLE_AT_MOST_M = 100_000.0
_ORIGIN = shapely.Point(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell that a point may belong to.

    Parameters
    ----------
    code : str
    distance_m : float
        From the point to the cell; 0 when the cell covers it.
    """

    code: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Located:
    """Where one point lies.

    Parameters
    ----------
    cell_code : str or None
        The covering cell with the smallest code.
    how : How
        ``EDGE`` on the boundary of a covering cell, ``OVERLAP`` strictly inside two or more, ``OUTSIDE``, ``NONE``: no position.
    candidates : tuple of Candidate
        Every covering cell by code, then, when an accuracy was given, every other cell within it by distance.
    nearest_code, nearest_distance_m : str or None, float or None
        The nearest cell and the metres to it: the cell itself and 0, or for a point outside the one to name.
    border_distance_m : float or None
        Metres to the border of the cell, when an accuracy was given and a cell found.
    """

    cell_code: str | None
    how: How
    candidates: tuple[Candidate, ...] = ()
    nearest_code: str | None = None
    nearest_distance_m: float | None = None
    border_distance_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LocatedMany:
    """Where many points lie, as arrays.

    Parameters
    ----------
    codes : numpy.ndarray of object
        The codes of the index, by position.
    position : numpy.ndarray of int32
        Position of each point's cell in *codes*, -1 for none.
    how : numpy.ndarray of uint8
        Index into :data:`HOW_CODES`.
    candidate_point, candidate_position : numpy.ndarray
        The covering cells of points on an edge or in an overlap, by point and then by code.
    """

    codes: np.ndarray
    position: np.ndarray
    how: np.ndarray
    candidate_point: np.ndarray
    candidate_position: np.ndarray

    def cell_codes(self) -> np.ndarray:
        """Return each point's cell code, None where it has none."""
        with_none = np.full(len(self.codes) + 1, None, dtype=object)
        with_none[:-1] = self.codes
        chosen: np.ndarray = with_none[self.position]
        return chosen

    def words(self) -> list[How]:
        """Return how each point lies, as words."""
        return [HOW_CODES[each] for each in self.how.tolist()]

    def candidates_of(self, point: int) -> tuple[str, ...]:
        """Return the codes of the covering cells of a point on an edge or in an overlap, else nothing."""
        first, last = np.searchsorted(self.candidate_point, [point, point + 1])
        return tuple(self.codes[self.candidate_position[first:last]])

    def counts(self) -> dict[How, int]:
        """Return how many points lie how."""
        return {how: int(count) for how, count in zip(HOW_CODES, np.bincount(self.how, minlength=len(HOW_CODES)), strict=True)}


class CellIndex:
    """The cells of a place, ready to be asked. Built once, never changed, safe to ask from many threads.

    Parameters
    ----------
    codes : sequence of str
        One for each cell, each its own.
    geometries : sequence of shapely geometries
        Valid polygons or multipolygons in WGS 84, lon then lat. One that is empty or None covers nothing.
    raster : bool, optional
        Lay the raster now (True), never (False), or with the first large question (default).

    Raises
    ------
    CodesRepeat
        If a code is empty or stands twice: the rule could not name one cell.
    RingsInvalid
        If a boundary crosses itself. Repair is a person's choice: see :func:`gridmediate.geo.cells.repair_ring`.

    Notes
    -----
    "Smaller" compares the codes as text, which for codes of one length is their order as numbers.
    """

    def __init__(self, codes: Sequence[str], geometries: Any, *, raster: bool | None = None) -> None:
        self.codes = np.array([str(each) for each in codes], dtype=object)
        self._position = {code: at for at, code in enumerate(self.codes.tolist())}
        self._geometries = np.asarray(geometries, dtype=object)
        self._refuse_unclear_cells()
        self._by_rank = np.argsort(self.codes, kind="stable")
        self._rank = np.empty(len(self.codes), dtype=np.int64)
        self._rank[self._by_rank] = np.arange(len(self.codes))
        self._tree = shapely.STRtree(self._geometries)
        self._prepare()
        self._raster: CellRaster | None = build_raster(self._geometries) if raster else None
        self._raster_is_open = raster is None
        self._laying = threading.Lock()
        for each in (self.codes, self._by_rank, self._rank):
            each.setflags(write=False)

    def __len__(self) -> int:
        return len(self.codes)

    def locate(self, lon: float | None, lat: float | None, accuracy_m: float | None = None) -> Located:
        """Find the cell of one point.

        Parameters
        ----------
        lon, lat : float or None
            WGS 84. None, NaN or infinity is no position.
        accuracy_m : float, optional
            Radius of the circle in which the point truly lies: cells that it reaches are candidates too.

        Returns
        -------
        Located
        """
        if lon is None or lat is None or not (isfinite(lon) and isfinite(lat)):
            return Located(None, How.NONE)
        near_by = self._tree.query(shapely.Point(lon, lat)).tolist()
        covering = [at for at in near_by if shapely.intersects_xy(self._geometries[at], lon, lat)]
        if len(covering) > 1:
            covering.sort(key=self._rank.__getitem__)
        how = self._how(covering, lon, lat)
        near, border_m = self._within(lon, lat, accuracy_m, covering) if accuracy_m is not None else ((), None)
        candidates = tuple([Candidate(self.codes[at], 0.0) for at in covering]) + near
        if not covering:
            code, distance_m = self._nearest(lon, lat)
            return Located(None, how, candidates, code, distance_m)
        code = self.codes[covering[0]]
        return Located(code, how, candidates, code, 0.0, border_m)

    def locate_many(self, lons: Any, lats: Any) -> LocatedMany:
        """Find the cells of many points; each gets the answer that :meth:`locate` gives it.

        Parameters
        ----------
        lons, lats : array-like of float
            WGS 84, NaN for no position.

        Returns
        -------
        LocatedMany
        """
        lons, lats = np.ascontiguousarray(lons, dtype=float), np.ascontiguousarray(lats, dtype=float)
        position = np.full(lons.size, ASK, dtype=np.int32)
        raster = self._raster_for(lons.size)
        if raster is not None:
            for first in range(0, lons.size, _POINTS_AT_ONCE):
                last = first + _POINTS_AT_ONCE
                position[first:last] = raster.look_up(lons[first:last], lats[first:last])
        how = np.where(position >= 0, np.uint8(_INSIDE), np.uint8(_OUTSIDE))
        asked = _side_by_side(np.flatnonzero(position == ASK), lons, lats)
        lots = [asked[first : first + _ASKED_AT_ONCE] for first in range(0, asked.size, _ASKED_AT_ONCE)]
        found = [self._ask(lot, lons, lats, position, how) for lot in lots]
        absent = ~(np.isfinite(lons) & np.isfinite(lats))
        position[absent], how[absent] = -1, _NONE
        points, cells = (np.concatenate(each) for each in zip(*found, strict=True)) if found else (np.empty(0, np.int64),) * 2
        by_point = np.argsort(points, kind="stable")
        return LocatedMany(self.codes, position, how, points[by_point], cells[by_point])

    def distance_to(self, codes: Collection[str], lon: float, lat: float) -> float | None:
        """Return the metres from a point (WGS 84) to the nearest of some cells, None where none of them is here."""
        at = [self._position[code] for code in codes if code in self._position]
        return float(self._distances_m(np.array(at), lon, lat).min()) if at else None

    def _refuse_unclear_cells(self) -> None:
        seen, counts = np.unique(self.codes.astype(str), return_counts=True)
        unclear = [code or "—" for code, count in zip(seen.tolist(), counts.tolist(), strict=True) if count > 1 or not code]
        if unclear:
            raise CodesRepeat(codes=_few(unclear))
        crossed = np.flatnonzero(~shapely.is_missing(self._geometries) & ~shapely.is_valid(self._geometries))
        if crossed.size:
            raise RingsInvalid(codes=_few(self.codes[crossed].tolist()))

    def _prepare(self) -> None:
        """Prepare every cell and ask it once.

        The tables behind a prepared shape are filled by the first question; two threads that fill them together would break them.
        """
        if len(self) > _PREPARED_UP_TO:
            return
        shapely.prepare(self._geometries)
        west, south, east, north = shapely.bounds(self._geometries).T if len(self) else np.empty((4, 0))
        x, y = (west + east) / 2.0, (south + north) / 2.0
        shapely.intersects_xy(self._geometries, x, y)
        shapely.contains_xy(self._geometries, x, y)

    def _raster_for(self, points: int) -> CellRaster | None:
        if self._raster_is_open and points >= max(_RASTER_FROM_POINTS, _RASTER_FROM_POINTS_A_CELL * len(self)):
            with self._laying:
                if self._raster_is_open:
                    self._raster = build_raster(self._geometries)
                    self._raster_is_open = False
        return self._raster

    def _how(self, covering: list[int], lon: float, lat: float) -> How:
        if not covering:
            return How.OUTSIDE
        strictly = sum(1 for at in covering if shapely.contains_xy(self._geometries[at], lon, lat))
        if strictly > 1:
            return How.OVERLAP
        return How.INSIDE if strictly == len(covering) else How.EDGE

    def _ask(
        self, asked: np.ndarray, lons: np.ndarray, lats: np.ndarray, position: np.ndarray, how: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Put the *asked* points to the exact predicates; write their answers, return the candidates of edges and overlaps."""
        x, y = lons[asked], lats[asked]
        which, cell = self._tree.query(shapely.points(x, y))
        covers = shapely.intersects_xy(self._geometries[cell], x[which], y[which])
        which, cell = which[covers], cell[covers]
        strictly = shapely.contains_xy(self._geometries[cell], x[which], y[which])
        # The tree answers in the order of the points; only those that several cells cover need the order of the codes.
        if (which[1:] == which[:-1]).any():
            ordered = np.lexsort((self._rank[cell], which))
            which, cell, strictly = which[ordered], cell[ordered], strictly[ordered]
        first = np.flatnonzero(np.diff(which, prepend=-1))
        found = np.full(asked.size, -1, dtype=np.int32)
        found[which[first]] = cell[first]
        position[asked] = found
        covering = np.bincount(which, minlength=asked.size)
        inside = np.bincount(which[strictly], minlength=asked.size)
        said = np.where(inside == covering, np.uint8(_INSIDE), np.uint8(_EDGE))
        said[inside > 1], said[covering == 0] = _OVERLAP, _OUTSIDE
        how[asked] = said
        shown = said[which] != _INSIDE
        return asked[which[shown]], cell[shown].astype(np.int64)

    def codes_near(self, west: float, south: float, east: float, north: float) -> list[str]:
        """Return the codes of the cells that reach into a box (WGS 84), in order."""
        return sorted(str(self.codes[at]) for at in self._tree.query(shapely.box(west, south, east, north), "intersects"))

    def _within(self, lon: float, lat: float, radius_m: float, covering: list[int]) -> tuple[tuple[Candidate, ...], float | None]:
        """Return the other cells within the circle, and how far the border of the point's cell is."""
        radius_m = min(radius_m, _CIRCLE_AT_MOST_M) if radius_m > 0 else 0.0
        east_m, north_m = metres_per_degree(lat)
        dx, dy = radius_m / east_m, radius_m / north_m
        in_reach = self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)).tolist()
        others = [at for at in in_reach if at not in covering]
        flat = self._flat([*covering[:1], *others], lon, lat)
        border_m = float(shapely.distance(shapely.boundary(flat[0]), _ORIGIN)) if covering else None
        distances = shapely.distance(flat[len(covering[:1]) :], _ORIGIN).tolist()
        near = sorted((distance, self._rank[at]) for at, distance in zip(others, distances, strict=True) if distance <= radius_m)
        return tuple(Candidate(self.codes[self._by_rank[rank]], distance) for distance, rank in near), border_m

    def _nearest(self, lon: float, lat: float) -> tuple[str | None, float | None]:
        if not len(self) or abs(lon) > 180.0 or abs(lat) > 90.0:
            return None, None
        by_degrees = self._tree.query_nearest(shapely.Point(lon, lat))
        if not by_degrees.size:
            return None, None
        # Nearest in degrees need not be nearest in metres, but nothing farther than it can be.
        reach_m = float(self._distances_m(by_degrees[:1], lon, lat)[0]) * 1.001
        east_m, north_m = metres_per_degree(lat)
        dx, dy = reach_m / east_m, reach_m / north_m
        weighed = self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy))
        if not 0 < weighed.size <= _WEIGHED_AT_MOST:
            weighed = by_degrees
        distances = self._distances_m(weighed, lon, lat)
        best = np.lexsort((self._rank[weighed], distances))[0]
        return self.codes[weighed[best]], float(distances[best])

    def _flat(self, cells: Any, lon: float, lat: float) -> np.ndarray:
        """Return cells in metres east and north of a point."""
        scale, here = np.array(metres_per_degree(lat)), np.array([lon, lat])
        moved: np.ndarray = shapely.transform(self._geometries[cells], lambda coordinates: (coordinates - here) * scale)
        return moved

    def _distances_m(self, cells: np.ndarray, lon: float, lat: float) -> np.ndarray:
        flat = self._flat(cells, lon, lat)
        distances: np.ndarray = shapely.distance(flat, _ORIGIN)
        for far in np.flatnonzero(distances > _FLAT_UP_TO_M):
            there = shapely.get_coordinates(shapely.shortest_line(flat[far], _ORIGIN))[0] / metres_per_degree(lat) + (lon, lat)
            distances[far] = EARTH.inv(lon, lat, *there)[2]
        return distances


def _side_by_side(points: np.ndarray, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
    """Return the points that have a position, in the order of a coarse chequer.

    Neighbours ask the same cells; one after the other they find them still in the cache, which takes less than half the time.
    """
    x, y = lons[points], lats[points]
    there = np.isfinite(x) & np.isfinite(y)
    points = points[there]
    if points.size < _ORDERED_FROM:
        return points
    x, y = np.clip(x[there], -180.0, 180.0), np.clip(y[there], -90.0, 90.0)
    squares = [((each - each.min()) * (255.0 / max(np.ptp(each), 1e-300))).astype(np.uint16) for each in (x, y)]
    ordered: np.ndarray = points[np.argsort(squares[1] * np.uint16(256) + squares[0], kind="stable")]
    return ordered


def _few(codes: list[str]) -> str:
    return ", ".join(codes[:12]) + (f" … ({len(codes)})" if len(codes) > 12 else "")
