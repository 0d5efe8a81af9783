"""The shifted coordinates of Chinese maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu), to and from WGS 84.

The shifts are no projection and have no EPSG code, so no projection library does them; the formulas below have been public for
years and every map library carries them. Outside a rough box around China GCJ-02 equals WGS 84.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: Semi-major axis in metres and squared eccentricity of the Krasovsky 1940 ellipsoid, which the shift is built on.
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU_ANGLE = np.pi * 3000.0 / 180.0
#: Step at which an inverse is taken as found, in degrees: a ten-thousandth of a millimetre.
_CLOSE_ENOUGH_DEG = 1e-12
_MAX_STEPS = 30

Coordinate = Any  # a float or a numpy array of floats, in degrees


def wgs84_to_gcj02(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Shift WGS 84 coordinates to GCJ-02.

    Parameters
    ----------
    lon, lat : float or numpy.ndarray
        Degrees.

    Returns
    -------
    lon, lat : float or numpy.ndarray
        Degrees, of the kind that was given. NaN stays NaN.

    Notes
    -----
    The shift is 180-620 m over most of China: a coordinate taken for the wrong datum lands in the wrong cell.
    """
    return _plain(lon, *_gcj02(*_arrays(lon, lat)))


def gcj02_to_wgs84(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Undo :func:`wgs84_to_gcj02`, iterated until it closes to far below a millimetre."""
    return _plain(lon, *_undo(_gcj02, *_arrays(lon, lat)))


def gcj02_to_bd09(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Shift GCJ-02 coordinates to BD-09; parameters as in :func:`wgs84_to_gcj02`."""
    return _plain(lon, *_bd09(*_arrays(lon, lat)))


def bd09_to_gcj02(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Undo :func:`gcj02_to_bd09`, iterated.

    Notes
    -----
    The one-step inverse that circulates is wrong by up to 0.2 m; iterating costs microseconds.
    """
    return _plain(lon, *_undo(_bd09, *_arrays(lon, lat)))


def wgs84_to_bd09(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Shift WGS 84 coordinates to BD-09."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: Coordinate, lat: Coordinate) -> tuple[Coordinate, Coordinate]:
    """Undo :func:`wgs84_to_bd09`."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _arrays(lon: Coordinate, lat: Coordinate) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)


def _plain(given: Coordinate, lon: np.ndarray, lat: np.ndarray) -> tuple[Coordinate, Coordinate]:
    return (lon, lat) if np.ndim(given) else (float(lon), float(lat))


def _is_shifted(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _gcj02(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    pi = np.pi
    ripple = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north = north + (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north = north + (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east = east + (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east = east + (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    bulge = 1.0 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    d_lat = north * 180.0 / (_AXIS_M * (1.0 - _ECCENTRICITY_2) / (bulge * np.sqrt(bulge)) * pi)
    d_lon = east * 180.0 / (_AXIS_M / np.sqrt(bulge) * np.cos(phi) * pi)
    shifted = _is_shifted(lon, lat)
    return np.where(shifted, lon + d_lon, lon), np.where(shifted, lat + d_lat, lat)


def _bd09(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reach = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_ANGLE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_ANGLE)
    return reach * np.cos(angle) + 0.0065, reach * np.sin(angle) + 0.006


def _undo(shift: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]], lon: np.ndarray, lat: np.ndarray
          ) -> tuple[np.ndarray, np.ndarray]:
    """Find what *shift* moves to (lon, lat). The shift changes slowly, so stepping back by the miss closes fast."""
    back_lon, back_lat = lon.copy(), lat.copy()
    for _ in range(_MAX_STEPS):
        there_lon, there_lat = shift(back_lon, back_lat)
        miss_lon, miss_lat = lon - there_lon, lat - there_lat
        back_lon, back_lat = back_lon + miss_lon, back_lat + miss_lat
        if not np.any(np.maximum(np.abs(miss_lon), np.abs(miss_lat)) > _CLOSE_ENOUGH_DEG):
            break
    return back_lon, back_lat
