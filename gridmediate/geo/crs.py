"""The coordinate reference systems: the one everything is stored in, and the metric one chosen for a place.

No other module names a CRS by its code.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from gridmediate.domain.vocabulary import Datum
from gridmediate.geo.datums import bd09_to_wgs84, gcj02_to_wgs84

#: Stored and exchanged: WGS 84, longitude then latitude.
STORED_CRS = "EPSG:4326"
#: CGCS2000, the national datum: within a metre of WGS 84, far below what a phone knows; its degrees are taken over as they are.
NATIONAL_CRS = "EPSG:4490"
#: Other names under which the stored CRS arrives.
_SAME_AS_STORED = ("EPSG:4326", "EPSG:4979", "EPSG:4490", "EPSG:4480", "OGC:CRS84", "OGC:CRS84h")
#: The ellipsoid on which far distances are measured.
EARTH = Geod(ellps="WGS84")

_AXIS_M = 6378137.0
_ECCENTRICITY_2 = 0.0066943799901413165


def metric_crs(lon: float, lat: float) -> CRS:
    """Choose the metric CRS for a place.

    Parameters
    ----------
    lon, lat : float
        A point in the middle of the place, WGS 84.

    Returns
    -------
    pyproj.CRS
        The CGCS2000 three-degree Gauss-Krüger zone (EPSG 4534-4554) within the box of China, else the UTM zone.

    Notes
    -----
    EPSG = 4534 + (central meridian - 75) / 3, so 4549 has 120°E. Measuring only; the answer is never stored.
    """
    if 73.5 <= lon < 136.5 and 3.0 <= lat <= 54.0:
        return CRS.from_epsg(4534 + round((lon - 75.0) / 3.0))
    zone = min(60, int((lon + 180.0) // 6.0) + 1)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def metric_crs_for(geometries: Any) -> CRS:
    """Choose the metric CRS for the middle of *geometries* (WGS 84); see :func:`metric_crs`."""
    found = extent(geometries)
    if found is None:
        return metric_crs(120.0, 30.0)
    west, south, east, north = found
    return metric_crs((west + east) / 2.0, (south + north) / 2.0)


def extent(geometries: Any) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of *geometries*, None where there is nothing in them."""
    each = np.asarray(geometries, dtype=object).ravel()
    each = each[~(shapely.is_missing(each) | shapely.is_empty(each))]
    if not each.size:
        return None
    west, south, east, north = shapely.total_bounds(each).tolist()
    return west, south, east, north


def to_metric(geometries: Any, crs: CRS) -> Any:
    """Return WGS 84 geometries in the metric *crs*."""
    return _transformed(geometries, CRS.from_user_input(STORED_CRS), crs)


def to_stored(geometries: Any, source: CRS) -> Any:
    """Return geometries of the CRS *source* in WGS 84, x first; CGCS2000 degrees are taken over as they are."""
    return geometries if is_stored(source) else _transformed(geometries, source, CRS.from_user_input(STORED_CRS))


def is_stored(crs: CRS) -> bool:
    """Whether *crs* is the stored one by one of its names, or the national one, which equals it below a metre."""
    return any(crs.equals(_named(name), ignore_axis_order=True) for name in _SAME_AS_STORED)


def to_wgs84(lon: Any, lat: Any, datum: Datum | str) -> tuple[Any, Any]:
    """Bring coordinates from the datum they were entered in to WGS 84.

    Parameters
    ----------
    lon, lat : float or numpy.ndarray
        Degrees in *datum*.
    datum : Datum
        The datum the map or the device said it uses. It is never guessed.

    Returns
    -------
    lon, lat : float or numpy.ndarray
        WGS 84.
    """
    match Datum(datum):
        case Datum.GCJ02:
            return gcj02_to_wgs84(lon, lat)
        case Datum.BD09:
            return bd09_to_wgs84(lon, lat)
        case Datum.WGS84:
            return lon, lat


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return the metres in one degree of longitude and of latitude at *lat*, on the WGS 84 ellipsoid."""
    phi = np.radians(min(89.99, max(-89.99, lat)))
    bulge = 1.0 - _ECCENTRICITY_2 * float(np.sin(phi)) ** 2
    east = float(np.pi / 180.0 * _AXIS_M / np.sqrt(bulge) * np.cos(phi))
    north = float(np.pi / 180.0 * _AXIS_M * (1.0 - _ECCENTRICITY_2) / bulge**1.5)
    return east, north


def read_crs(given: Any) -> CRS | None:
    """Return a usable CRS for what a file declares, or None when it declares none that says where on Earth it is."""
    if not given:
        return None
    try:
        crs = CRS.from_user_input(given)
    except CRSError:
        return None
    if crs.name.lower().startswith(("undefined", "unknown")) or not (crs.is_geographic or crs.is_projected):
        return None
    return crs


def crs_words(crs: CRS) -> str:
    """Return how a person knows the CRS: its name and, where it has one, its code."""
    authority = crs.to_authority(min_confidence=70)
    return f"{crs.name} ({':'.join(authority)})" if authority else str(crs.name)


def _transformed(geometries: Any, source: CRS, target: CRS) -> Any:
    transformer = _transformer(source.to_wkt(), target.to_wkt(), threading.get_ident())

    def move(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometries, move)


@lru_cache(maxsize=32)
def _named(name: str) -> CRS:
    return CRS.from_user_input(name)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str, _thread: int) -> Transformer:
    # One for each thread: a PROJ transformation may not be shared by two.
    return Transformer.from_crs(CRS.from_wkt(source), CRS.from_wkt(target), always_xy=True)
