"""Read the three kinds of file that cells come in, into plain columns and shapes.

The kind is told from the content, not from the name. GDAL only ever sees a copy of ours under a name of ours, so no string from
outside (a virtual path, a network address) reaches it, and what it opened is checked to be the driver that was meant.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas
import pyogrio  # type: ignore[import-untyped]
import shapely
from pyogrio.errors import (  # type: ignore[import-untyped]
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
)
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from gridmediate.domain.geo_problems import (
    CrsMissing,
    CrsUnknown,
    FileAbsent,
    FileBroken,
    FileTooLarge,
    LayerUnclear,
    NotAFileOfCells,
    NotPolygons,
)
from gridmediate.geo.archives import MAX_BYTES, unpack_shapefile
from gridmediate.geo.crs import STORED_CRS, read_crs
from gridmediate.geo.encodings import dbf_encoding, mend_cut_texts
from gridmediate.geo.features import Features

_POLYGONS = (3, 6)
_GDAL_FAULTS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, UnicodeError, ValueError)
#: The names a CRS may have in a GeoJSON of 2008; a link to somewhere else is not followed.
_CRS_NAME = re.compile(r"(?i)(urn:(x-)?ogc:def:crs:[a-z]+:[\d.]*:\w+|(epsg|ogc|esri):\w+)")


def read_features(path: Path, file: str, layer: str | None, max_vertices: int) -> Features:
    """Read a GeoJSON, a GeoPackage or a zipped Shapefile.

    Parameters
    ----------
    path : Path
        Where the file is.
    file : str
        The name under which people know it.
    layer : str, optional
        Which layer, where there are several.
    max_vertices : int
        More are refused.

    Raises
    ------
    FileAbsent, FileTooLarge, NotAFileOfCells, FileBroken, ArchiveRefused, LayerUnclear, CrsMissing, CrsUnknown, NotPolygons
    """
    if not path.is_file():
        raise FileAbsent(file=file)
    if path.stat().st_size > MAX_BYTES:
        raise FileTooLarge(file=file, got=f"{path.stat().st_size // 2**20} MB", limit=f"{MAX_BYTES // 2**20} MB")
    with path.open("rb") as opened:
        head = opened.read(64)
    with tempfile.TemporaryDirectory(prefix="cells-") as folder:
        if head.startswith(b"SQLite format 3\0"):
            copy = Path(folder) / "cells.gpkg"
            shutil.copyfile(path, copy)
            found = _read_gdal(copy, "GPKG", file, layer, None)
        elif head.startswith(b"PK"):
            copy = unpack_shapefile(path, Path(folder), file, layer)
            encoding = dbf_encoding(copy)
            mend_cut_texts(copy, encoding)
            found = _read_gdal(copy, "ESRI Shapefile", file, None, encoding)
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
            found = _read_geojson(path, file)
        else:
            raise NotAFileOfCells(file=file)
    vertices = int(shapely.get_num_coordinates(found.geometries).sum())
    if vertices > max_vertices:
        raise FileTooLarge(file=file, got=f"{vertices} vertices", limit=f"{max_vertices} vertices")
    _check_kinds(found.geometries, file)
    return Features(found.columns, shapely.force_2d(found.geometries), found.crs)


def _read_gdal(path: Path, driver: str, file: str, layer: str | None, encoding: str | None) -> Features:
    try:
        with warnings.catch_warnings():
            # GDAL warns of rings in the wrong order and the like; what matters is looked for by find_faults.
            warnings.simplefilter("ignore")
            layer = layer if driver == "ESRI Shapefile" else _polygon_layer(path, file, layer)
            about = pyogrio.read_info(path, layer=layer, encoding=encoding)
            if about["driver"] != driver:
                raise NotAFileOfCells(file=file)
            frame: pandas.DataFrame = geopandas.read_file(path, layer=layer, encoding=encoding, engine="pyogrio")
    except (*_GDAL_FAULTS, shapely.errors.ShapelyError) as error:
        raise FileBroken(file=file, why=_first_line(error).replace(str(path), file)) from error
    declared = about["crs"]
    crs = read_crs(declared)
    if crs is None:
        named = str(declared or "").split("[")[0]
        raise CrsMissing(file=file) if not declared or "ndefined" in str(declared) else CrsUnknown(file=file, got=named[:80])
    if not isinstance(frame, geopandas.GeoDataFrame):
        return Features({}, np.full(0, None, dtype=object), crs)
    fields = frame.drop(columns=frame.geometry.name)
    columns = {str(name): [_plain(each) for each in fields[name].tolist()] for name in fields.columns}
    return Features(columns, frame.geometry.to_numpy(), crs)


def _polygon_layer(path: Path, file: str, layer: str | None) -> str:
    layers = [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(path)]
    of_polygons = [name for name, kind in layers if "Polygon" in kind or kind in ("Unknown", "GeometryCollection")]
    chosen = of_polygons if layer is None else [name for name, _ in layers if name == layer]
    if len(chosen) != 1:
        raise LayerUnclear(file=file, layers=[name for name, _ in layers] or ["-"])
    return chosen[0]


def _plain(value: Any) -> Any:
    return None if pandas.isna(value) else value


def _read_geojson(path: Path, file: str) -> Features:
    read = _parse_json(path, file)
    kind = read.get("type") if isinstance(read, dict) else None
    features = [read] if kind == "Feature" else read.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise NotAFileOfCells(file=file)
    geometries = np.full(len(features), None, dtype=object)
    for row, feature in enumerate(features):
        try:
            geometries[row] = _shape(feature.get("geometry"))
        except _NoPolygon as error:
            raise NotPolygons(file=file, rows=row + 1, got=str(error)) from error
        except (ValueError, TypeError, LookupError, OverflowError, shapely.errors.ShapelyError) as error:
            raise FileBroken(file=file, why=f"feature {row + 1}: {_first_line(error)}") from error
    properties = [each.get("properties") if isinstance(each.get("properties"), dict) else {} for each in features]
    names = list(dict.fromkeys(str(name) for each in properties for name in each))
    columns = {name: [each.get(name) for each in properties] for name in names}
    if "id" not in columns and all(each.get("id") is not None for each in features):
        columns["id"] = [each["id"] for each in features]
    return Features(columns, geometries, _geojson_crs(read, file))


def _parse_json(path: Path, file: str) -> Any:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileBroken(file=file, why=_first_line(error)) from error


def _geojson_crs(read: dict[str, Any], file: str) -> CRS:
    """Return the CRS of a GeoJSON: by RFC 7946 WGS 84; the ``crs`` member of 2008 is honoured; a null one is none."""
    if "crs" not in read:
        return CRS.from_user_input(STORED_CRS)
    declared = read["crs"]
    if not declared:
        raise CrsMissing(file=file)
    properties = declared.get("properties") if isinstance(declared, dict) else None
    named = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    crs = read_crs(named) if _CRS_NAME.fullmatch(named) else None
    if crs is None:
        raise CrsUnknown(file=file, got=named[:80] or str(declared)[:80])
    return crs


class _NoPolygon(Exception):
    """A shape of another kind."""


def _shape(given: Any) -> BaseGeometry | None:
    if given is None:
        return None
    match given:
        case {"type": "Polygon", "coordinates": rings}:
            return _polygon(rings)
        case {"type": "MultiPolygon", "coordinates": parts}:
            return shapely.multipolygons([_polygon(rings) for rings in parts])
        case _:
            raise _NoPolygon(str(given.get("type") if isinstance(given, dict) else given)[:40])


def _polygon(rings: Any) -> shapely.Polygon:
    if not rings:
        return shapely.Polygon()
    closed = [_ring(ring) for ring in rings]
    return shapely.polygons(closed[0], closed[1:] or None)


def _ring(vertices: Any) -> Any:
    drawn = np.asarray([(float(each[0]), float(each[1])) for each in vertices], dtype=float)
    if not np.isfinite(drawn).all():
        raise ValueError("a coordinate is no number")
    return shapely.linearrings(drawn)


def _check_kinds(geometries: np.ndarray, file: str) -> None:
    kinds = shapely.get_type_id(geometries)
    others = np.flatnonzero((kinds >= 0) & ~np.isin(kinds, _POLYGONS))
    if others.size:
        raise NotPolygons(file=file, rows=_rows(others), got=geometries[others[0]].geom_type)


def _rows(positions: np.ndarray) -> str:
    shown = ", ".join(str(each + 1) for each in positions[:8])
    return f"{shown} … ({positions.size})" if positions.size > 8 else shown


def _first_line(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
