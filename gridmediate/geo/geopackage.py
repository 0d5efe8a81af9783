"""Outlines and figures as a GeoPackage, for programs such as QGIS; written by a guarded child, so that no worker carries GDAL.

Names of layers and fields are plain ASCII; what they mean in words stands in the file's own table of columns
(``gpkg_data_columns``, which QGIS shows as aliases) and in the table ``about``.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.domain.geo_problems import ReadingStopped
from gridmediate.geo.crs import STORED_CRS
from gridmediate.geo.guarded import answer_of_child, answer_under_limits

_ABOUT = "about"
_EXTENSION = ("gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema", "read-write")


@dataclass(frozen=True, slots=True)
class MapField:
    """A field of a layer.

    Parameters
    ----------
    name : str
        ASCII, as a program wants it.
    words : str
        What it is, for people.
    values : sequence of (int, float, str or None)
        Of one kind; None is empty.
    kind : str
        ``text``, ``whole`` or ``real``: the same in every file, also where all are empty.
    """

    name: str
    words: str
    values: Sequence[int | float | str | None]
    kind: str = "text"


def write_geopackage(layer: str, outlines: Sequence[BaseGeometry], fields: Sequence[MapField],
                     about: Sequence[tuple[str, str]]) -> bytes:
    """Return a GeoPackage with one layer of polygons and the table ``about``.

    Parameters
    ----------
    layer : str
        ASCII.
    outlines : sequence of shapely geometry
        Polygons or multipolygons, EPSG:4326, lon then lat.
    fields : sequence of MapField
        Values in the order of the outlines.
    about : sequence of (str, str)
        Name and words: what the layer shows, who took it.

    Raises
    ------
    ReadingStopped
        If the child went over a limit or fell over.
    """
    with tempfile.TemporaryDirectory(prefix="gridmediate-") as folder:
        path = Path(folder, "map.gpkg")
        asked = {"path": str(path), "layer": layer, "wkb": [shapely.to_wkb(each, hex=True) for each in outlines],
                 "fields": [asdict(each) for each in fields], "about": list(about)}
        if answer_of_child(__name__, asked) is None:
            raise ReadingStopped(file=path.name)
        return path.read_bytes()


def _written(asked: dict[str, Any]) -> dict[str, Any]:
    write = import_module("pyogrio.raw").write
    path, fields = Path(asked["path"]), asked["fields"]
    geometries = [shapely.multipolygons([*shapely.get_parts(shapely.from_wkb(each))]) for each in asked["wkb"]]
    values, empty = zip(*(_column(field) for field in fields), strict=True)
    write(str(path), np.array([shapely.to_wkb(each) for each in geometries], dtype=object), list(values),
          np.array([field["name"] for field in fields]), field_mask=list(empty), layer=asked["layer"], driver="GPKG",
          geometry_type="MultiPolygon", crs=STORED_CRS, encoding="UTF-8", layer_metadata=dict(asked["about"]))
    names, words = zip(*asked["about"], strict=True)
    write(str(path), None, [np.array(names, dtype=object), np.array(words, dtype=object)], np.array(["name", "words"]),
          layer=_ABOUT, driver="GPKG", geometry_type=None, encoding="UTF-8", append=True)
    _name_columns(path, asked["layer"], fields)
    return {"layers": 2}


def _column(field: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    values = field["values"]
    if field["kind"] == "text":
        return np.array(values, dtype=object), None
    empty = np.array([value is None for value in values])
    kind = np.int64 if field["kind"] == "whole" else np.float64
    return np.array([0 if value is None else value for value in values], dtype=kind), empty


def _name_columns(path: Path, layer: str, fields: Sequence[dict[str, Any]]) -> None:
    # GDAL reads these names as a layer's aliases but has no way to write them from here.
    with closing(sqlite3.connect(path)) as records, records:
        records.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,"
            " title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,"
            " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name))")
        records.executemany("INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                            [(layer, field["name"], *([field["words"]] * 3)) for field in fields])
        for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
            records.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)", (table, *_EXTENSION))


if __name__ == "__main__":
    answer_under_limits(_written)
