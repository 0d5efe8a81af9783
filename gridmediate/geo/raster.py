"""A two-level raster in front of the exact predicates: most points are answered by looking up one box.

A box answers with a cell only if that cell contains the whole box, slightly grown, and no other cell touches it; with "none" only
if no cell touches it; else it says "ask" and the exact predicates decide. So the raster changes the speed and never the answer.

After Kipf et al., *Adaptive Main-Memory Indexing for High-Performance Point-Polygon Joins*, EDBT 2020 (true-hit filtering).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridmediate.geo.crs import extent

#: What a box says when it names no cell: no cell touches it, or look more closely.
NONE, ASK = -1, -2
#: Fine boxes along one side of a coarse one; a power of two, so that a fine index is exact.
_SPLIT = 8
#: Fine boxes along one side of a cell of mean size, and how many there may be in all.
_FINE_ALONG_A_CELL = 96
_MAX_FINE_BOXES = 1 << 26
#: By how much of a fine box edges are taken to be wider than they are: far above rounding, far below what is seen in speed.
_GROWTH = 1e-6
#: Boxes are never smaller than this many degrees (about 0.1 m), so that the growth stays far above the rounding of coordinates.
_SMALLEST_BOX_DEG = 1e-6
#: Edges cut to pieces at one time, and fine boxes painted at one time: what bounds the memory of building.
_PIECES_AT_ONCE = 1 << 21
_PAINTED_AT_ONCE = 1 << 21
#: One count of "a cell covers this box" in the painted sum, above any position of a cell.
_ONE_COVER = np.int64(1) << 40


@dataclass(frozen=True, slots=True, eq=False)
class CellRaster:
    """Boxes over the cells, made by :func:`build_raster`.

    Parameters
    ----------
    west, south, per_degree : float
        Corner and scale: a point lies in column ``(lon - west) * per_degree``.
    coarse : numpy.ndarray of int32, shape (rows, columns)
        Position of a cell, ``NONE``, ``ASK``, or ``-3 - k`` for the fine boxes ``fine[k]``. The rim is ``NONE``.
    fine : numpy.ndarray of int, shape (blocks, _SPLIT, _SPLIT)
        Position of a cell, ``NONE`` or ``ASK``.
    """

    west: float
    south: float
    per_degree: float
    coarse: np.ndarray
    fine: np.ndarray

    def look_up(self, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
        """Return for each point the position of its cell, ``NONE`` or ``ASK``; coordinates that are no number say ``NONE``."""
        rows, columns = self.coarse.shape
        with np.errstate(over="ignore"):
            u, v = (lons - self.west) * self.per_degree, (lats - self.south) * self.per_degree
        # fmax and fmin let go of NaN, so that it ends on the rim and is never turned into an index.
        np.fmin(np.fmax(u, 0.0, out=u), columns - 1, out=u)
        np.fmin(np.fmax(v, 0.0, out=v), rows - 1, out=v)
        column, row = u.astype(np.int32), v.astype(np.int32)
        found = self.coarse.ravel()[row * np.int32(columns) + column]
        closer = np.flatnonzero(found < ASK)
        if closer.size:
            in_column = ((u[closer] - column[closer]) * _SPLIT).astype(np.int32)
            in_row = ((v[closer] - row[closer]) * _SPLIT).astype(np.int32)
            block = -3 - found[closer].astype(np.int64)
            found[closer] = self.fine.ravel()[(block * _SPLIT + in_row) * _SPLIT + in_column]
        return found

    @property
    def nbytes(self) -> int:
        """Memory of the boxes, in bytes."""
        return self.coarse.nbytes + self.fine.nbytes


def build_raster(geometries: np.ndarray, fine_along_a_cell: int = _FINE_ALONG_A_CELL) -> CellRaster | None:
    """Lay a raster over cells, its boxes chosen by their number and size.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely geometries
        Valid polygons, prepared; empty ones and None are in no box.
    fine_along_a_cell : int
        Fine boxes along the side of a cell of mean size, where memory allows.

    Returns
    -------
    CellRaster or None
        None where there is nothing to lay it over.
    """
    bounds = extent(geometries)
    if bounds is None or bounds[2] <= bounds[0] or bounds[3] <= bounds[1]:
        return None
    box = _coarse_box_deg(geometries, bounds, fine_along_a_cell)
    west, south = bounds[0] - 1.5 * box, bounds[1] - 1.5 * box
    columns, rows = int((bounds[2] - west) / box) + 3, int((bounds[3] - south) / box) + 3
    edges = _edges(geometries, west, south, 1.0 / box)
    marks, runs = _trace(geometries, edges, west, south, box, columns * _SPLIT)
    coarse, fine = _paint(marks, runs, rows, columns)
    kind = np.int16 if len(geometries) < 30_000 else np.int32
    coarse.setflags(write=False)
    fine = fine.astype(kind)
    fine.setflags(write=False)
    return CellRaster(float(west), float(south), 1.0 / box, coarse, fine)


def _coarse_box_deg(geometries: np.ndarray, bounds: tuple[float, float, float, float], fine_along_a_cell: int) -> float:
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    area = float(np.nansum(shapely.area(geometries))) / max(1, len(geometries))
    wished = max(np.sqrt(area) / fine_along_a_cell, _SMALLEST_BOX_DEG)
    # Two rims a side are part of what memory allows; a narrow extent must not get millions of columns.
    allowed = max(np.sqrt(width * height / _MAX_FINE_BOXES), max(width, height) / (1 << 18))
    return float(max(wished, allowed)) * _SPLIT


def _edges(geometries: np.ndarray, west: float, south: float, per_degree: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return begin, end (in fine boxes) and cell of every edge, in the order of the cells."""
    parts, cell_of_part = shapely.get_parts(geometries, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring_of_vertex = shapely.get_coordinates(rings, return_index=True)
    # The same two operations as for a point in look_up: both are monotonic, so a point on an edge falls into the edge's boxes.
    scaled = (coordinates - (west, south)) * per_degree * _SPLIT
    same = ring_of_vertex[1:] == ring_of_vertex[:-1]
    return scaled[:-1][same], scaled[1:][same], cell_of_part[part_of_ring[ring_of_vertex[1:][same]]]


def _trace(
    geometries: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray], west: float, south: float, box: float, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the fine boxes that edges touch, and the runs of fine boxes that lie inside a cell.

    Returns
    -------
    marks : numpy.ndarray of int64
        ``row * width + column``, each once.
    runs : numpy.ndarray of int64, shape (n, 3)
        First box, the box after the last, cell.

    Notes
    -----
    Between two boxes of one row that a cell's edges touch lie boxes that they do not touch: all inside the cell or all outside.
    One exact question settles the run.
    """
    begin, end, cell = edges
    length = np.maximum(1, np.ceil(np.abs(end - begin).max(axis=1))).astype(np.int64)
    all_marks, all_runs = [np.empty(0, np.int64)], [np.empty((0, 3), np.int64)]
    for first, last in _batches(cell, length):
        keys = _marked(begin[first:last], end[first:last], cell[first:last], length[first:last], width)
        position, flat = keys[:, 0], keys[:, 1]
        gap = np.flatnonzero((np.diff(flat) > 1) & (np.diff(position) == 0) & (flat[1:] // width == flat[:-1] // width))
        start, stop, of_cell = flat[gap] + 1, flat[gap + 1], position[gap]
        x = west + (start % width + 0.5) * (box / _SPLIT)
        y = south + (start // width + 0.5) * (box / _SPLIT)
        inside = shapely.intersects_xy(geometries[of_cell], x, y)
        all_runs.append(np.column_stack([start, stop, of_cell])[inside])
        all_marks.append(_distinct(flat))
    return _distinct(np.concatenate(all_marks)), np.concatenate(all_runs)


def _batches(cell: np.ndarray, length: np.ndarray) -> list[tuple[int, int]]:
    """Cut the edges into lots of bounded size without cutting a cell's edges apart."""
    if not cell.size:
        return []
    last_of_cell = np.append(np.flatnonzero(np.diff(cell)) + 1, cell.size)
    lot = np.cumsum(length)[last_of_cell - 1] // _PIECES_AT_ONCE
    stops = last_of_cell[np.append(np.flatnonzero(np.diff(lot)), lot.size - 1)]
    return list(zip([0, *stops[:-1].tolist()], stops.tolist(), strict=True))


def _marked(begin: np.ndarray, end: np.ndarray, cell: np.ndarray, length: np.ndarray, width: int) -> np.ndarray:
    """Return (cell, box) of every fine box that an edge touches, sorted, each once.

    Edges are cut into pieces no longer than a box, and all boxes of a piece's bounds are taken: some too many, never one too few.
    """
    edge = np.repeat(np.arange(begin.shape[0]), length)
    step = np.arange(edge.size) - np.repeat(np.cumsum(length) - length, length)
    delta = (end - begin) / length[:, None]
    here = begin[edge] + delta[edge] * step[:, None]
    there = begin[edge] + delta[edge] * (step + 1)[:, None]
    low = np.floor(np.minimum(here, there) - _GROWTH).astype(np.int64)
    high = np.floor(np.maximum(here, there) + _GROWTH).astype(np.int64)
    owner = cell[edge].astype(np.int64)
    found = []
    for right in range(3):
        for up in range(3):
            taken = (low[:, 0] + right <= high[:, 0]) & (low[:, 1] + up <= high[:, 1])
            box = (low[taken, 1] + up) * width + low[taken, 0] + right
            found.append((owner[taken] << 36) | box)
    keys = _distinct(np.concatenate(found))
    return np.column_stack([keys >> 36, keys & ((1 << 36) - 1)])


def _distinct(values: np.ndarray) -> np.ndarray:
    # numpy.unique goes by hashing here, which takes ten times as long as sorting and sorts afterwards all the same.
    values = np.sort(values)
    return values[np.diff(values, prepend=-1) > 0]


def _paint(marks: np.ndarray, runs: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Paint the fine boxes band by band and keep them only where a coarse box is not of one kind."""
    width = columns * _SPLIT
    coarse = np.full((rows, columns), NONE, dtype=np.int32)
    runs = runs[np.argsort(runs[:, 0], kind="stable")]
    band = max(1, _PAINTED_AT_ONCE // (width * _SPLIT))
    kept: list[np.ndarray] = []
    blocks = 0
    for row in range(0, rows, band):
        high = min(rows, row + band)
        first, last = row * _SPLIT * width, high * _SPLIT * width
        mine = runs[np.searchsorted(runs[:, 0], first) : np.searchsorted(runs[:, 0], last)]
        marked = marks[np.searchsorted(marks, first) : np.searchsorted(marks, last)]
        if not mine.size and not marked.size:
            continue
        painted = _painted(mine, marked, first, last).reshape(high - row, _SPLIT, columns, _SPLIT)
        whole = painted[:, 0, :, 0].copy()
        mixed = (painted.max(axis=(1, 3)) != whole) | (painted.min(axis=(1, 3)) != whole)
        at_row, at_column = np.nonzero(mixed)
        kept.append(painted[at_row, :, at_column, :])
        whole[at_row, at_column] = -3 - blocks - np.arange(at_row.size, dtype=np.int32)
        blocks += at_row.size
        coarse[row:high] = whole
    return coarse, np.concatenate(kept) if kept else np.empty((0, _SPLIT, _SPLIT), np.int32)


def _painted(runs: np.ndarray, marked: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return what each fine box from *first* to *last* says; boxes inside two cells or touched by an edge say ``ASK``."""
    change = np.zeros(last - first + 1, dtype=np.int64)
    weight = _ONE_COVER + runs[:, 2]
    np.add.at(change, runs[:, 0] - first, weight)
    np.subtract.at(change, runs[:, 1] - first, weight)
    total = np.cumsum(change[:-1])
    covers = total >> 40
    said = np.where(covers == 1, total & (_ONE_COVER - 1), np.where(covers == 0, NONE, ASK)).astype(np.int32)
    said[marked - first] = ASK
    return said
