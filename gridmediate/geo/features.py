"""What stands in a file of cells, whoever read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyproj import CRS


@dataclass(frozen=True, slots=True)
class Features:
    """What stood in a file.

    Parameters
    ----------
    columns : dict of str to list
        The fields in the file's order, one value a feature.
    geometries : numpy.ndarray of shapely geometries
        Polygons or multipolygons, two-dimensional, in *crs*; None where the file has none.
    crs : pyproj.CRS
        What the file declares.
    """

    columns: dict[str, list[Any]]
    geometries: np.ndarray
    crs: CRS
