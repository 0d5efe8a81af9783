"""Areas, lengths, neighbours, outlines, and the lighter shapes that a map shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.geo.crs import metres_per_degree, metric_crs_for, to_metric

#: Decimals of a coordinate on a map: 0.1 m.
DISPLAY_DECIMALS = 6


def areas_m2(geometries: Any) -> np.ndarray:
    """Return the area of each WGS 84 shape in square metres, in the metric CRS of the place; 0 for what is empty or None."""
    geometries = np.asarray(geometries, dtype=object)
    return np.nan_to_num(shapely.area(to_metric(geometries, metric_crs_for(geometries))))


def lengths_m(geometries: Any) -> np.ndarray:
    """Return the length of each WGS 84 line, or of each polygon's border, in metres; 0 for what is empty or None."""
    geometries = np.asarray(geometries, dtype=object)
    return np.nan_to_num(shapely.length(to_metric(geometries, metric_crs_for(geometries))))


def union_of(geometries: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return what several WGS 84 shapes cover together."""
    return shapely.union_all(np.asarray(geometries, dtype=object))


def neighbours(
    codes: Sequence[str], geometries: Any, min_edge_m: float = 1.0, within_m: float = 0.0
) -> dict[tuple[str, str], float]:
    """Find the cells that share a border.

    Parameters
    ----------
    codes : sequence of str
    geometries : array of valid polygons, WGS 84
    min_edge_m : float
        A shared border must be longer than this; cells that meet in a corner are no neighbours.
    within_m : float
        Borders no farther apart than this count as shared: for sheets drawn with slivers between cells. 0 asks for the same line.

    Returns
    -------
    dict of (str, str) to float
        Each pair once, smaller code first, with the length of the shared border in metres, in the order of the codes.
    """
    geometries = np.asarray(geometries, dtype=object)
    tree = shapely.STRtree(geometries)
    if within_m > 0:
        bounds = extent_middle(geometries)
        left, right = tree.query(geometries, predicate="dwithin", distance=within_m / min(metres_per_degree(bounds[1])))
    else:
        left, right = tree.query(geometries, predicate="intersects")
    one = left < right
    left, right = left[one], right[one]
    metric = to_metric(geometries, metric_crs_for(geometries))
    if within_m > 0:
        shared = shapely.length(shapely.intersection(shapely.boundary(metric[left]), shapely.buffer(metric[right], within_m)))
    else:
        # In degrees, where the drawn vertices are equal to the last bit; the result alone is measured.
        shared = lengths_m(shapely.intersection(shapely.boundary(geometries[left]), shapely.boundary(geometries[right])))
    pairs = {
        (min(codes[a], codes[b]), max(codes[a], codes[b])): float(metres)
        for a, b, metres in zip(left.tolist(), right.tolist(), shared.tolist(), strict=True) if metres > min_edge_m
    }
    return dict(sorted(pairs.items()))


def extent_middle(geometries: Any) -> tuple[float, float]:
    """Return the (lon, lat) in the middle of all shapes."""
    west, south, east, north = shapely.total_bounds(geometries).tolist()
    return (west + east) / 2.0, (south + north) / 2.0


def outlines(groups: Sequence[str], geometries: Any) -> dict[str, BaseGeometry]:
    """Join the cells of each group, such as a community, to its outline.

    Parameters
    ----------
    groups : sequence of str
        The group of each cell; cells with an empty one are left out.
    geometries : array of valid polygons

    Returns
    -------
    dict of str to shapely geometry
        By group, in order. Where cells of a group overlap, which joining by shared edges cannot bear, they are united in full.
    """
    geometries = np.asarray(geometries, dtype=object)
    named = np.asarray(groups, dtype=object)
    joined: dict[str, BaseGeometry] = {}
    for group in sorted({each for each in groups if each}):
        members = geometries[named == group]
        members = members[~shapely.is_missing(members)]
        clean = bool(members.size) and bool(shapely.coverage_is_valid(members))
        joined[group] = shapely.coverage_union_all(members) if clean else shapely.union_all(members)
    return joined


def for_display(geometries: Any, tolerance_m: float = 2.0) -> np.ndarray:
    """Return lighter shapes for a map: shared borders simplified once for both sides, coordinates to 6 decimals.

    Parameters
    ----------
    geometries : array of polygons, WGS 84
    tolerance_m : float
        How far a border may move, about. 0 only rounds.

    Notes
    -----
    Never for locating: a simplified border gives points near it to the wrong cell. A shape that the simplification would spoil
    is only rounded, and one that rounding would spoil is left as it is.
    """
    geometries = np.asarray(geometries, dtype=object)
    solid = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    shown = geometries.copy()
    if not solid.size:
        return shown
    drawn = geometries[solid]
    for light in (_rounded(drawn), _rounded(_simplified(drawn, tolerance_m)) if tolerance_m > 0 else drawn):
        fit = shapely.is_valid(light) & ~shapely.is_empty(light) & np.isin(shapely.get_type_id(light), (3, 6))
        shown[solid[fit]] = light[fit]
    return shown


def _simplified(geometries: np.ndarray, tolerance_m: float) -> np.ndarray:
    # coverage_simplify keeps areas, not distances: its tolerance is the side of the largest triangle it may cut off.
    tolerance_deg = tolerance_m / min(metres_per_degree(extent_middle(geometries)[1]))
    simplified: np.ndarray = shapely.coverage_simplify(geometries, tolerance_deg)
    return simplified


def _rounded(geometries: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = shapely.transform(geometries, lambda coordinates: np.round(coordinates, DISPLAY_DECIMALS))
    return rounded


def display_geojson(
    codes: Sequence[str], geometries: Any, properties: Sequence[Mapping[str, Any]] | None = None, tolerance_m: float = 2.0
) -> dict[str, Any]:
    """Return cells as a GeoJSON collection for a map.

    Parameters
    ----------
    codes : sequence of str
        Become the features' ``id`` and ``code``.
    geometries : array of polygons, WGS 84
    properties : sequence of mappings, optional
        More properties of each cell, JSON values.
    tolerance_m : float
        See :func:`for_display`.

    Returns
    -------
    dict
        A FeatureCollection by RFC 7946.
    """
    shown = for_display(geometries, tolerance_m)
    more = properties if properties is not None else [{}] * len(codes)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": code, "properties": {"code": code, **extra}, "geometry": geojson_of(shape)}
            for code, shape, extra in zip(codes, shown, more, strict=True)
        ],
    }


def geojson_of(geometry: BaseGeometry | None, decimals: int = DISPLAY_DECIMALS) -> dict[str, Any] | None:
    """Return one shape as a GeoJSON geometry of plain lists, rounded to *decimals*; None for None."""
    if geometry is None:
        return None
    return _rounded_lists(shapely.geometry.mapping(geometry), decimals)


def _rounded_lists(value: Any, decimals: int) -> Any:
    if isinstance(value, dict):
        return {key: _rounded_lists(each, decimals) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded_lists(each, decimals) for each in value]
    return round(value, decimals) if isinstance(value, float) else value
