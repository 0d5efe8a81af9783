"""Cells drawn by hand, and files of them, for the tests of this room."""

import json
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import shapely

from gridmediate.geo.cells import CellSheet

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
LA = SHARED / "la"
OUDER_AMSTEL = SHARED / "other_crs" / "ouder_amstel.json"

#: A block of 100 m by 100 m, about, in degrees at 36°N.
STEP = 0.001
WEST, SOUTH = 118.74, 36.20


def block(column, row, columns=1.0, rows=1.0):
    """A rectangle of the drawn town, in steps."""
    return shapely.box(WEST + column * STEP, SOUTH + row * STEP, WEST + (column + columns) * STEP, SOUTH + (row + rows) * STEP)


def code_of(number):
    return f"990101001001{number:03d}"


def a_sheet(cells, codes=None, names=None, households=None):
    """A sheet of sound cells but for what is said."""
    count = len(cells)
    return CellSheet(
        codes=tuple(codes or [code_of(n + 1) for n in range(count)]),
        names=tuple(names or [f"第{n + 1}网格" for n in range(count)]),
        households=tuple(households or [300] * count),
        kinds=("general",) * count, communities=("990101001001",) * count,
        geometries=np.array(cells, dtype=object), source_crs="WGS 84 (EPSG:4326)",
    )


def a_frame(crs="EPSG:4326"):
    """Three cells in a row as a table of features."""
    cells = [block(0, 0), block(1, 0), block(2, 0)]
    columns = {
        "网格编码": [code_of(1), code_of(2), code_of(3)], "网格名称": ["溪北第1网格", "溪北第2网格", "医院专属"],
        "户数": [300, 280, None],
    }
    return geopandas.GeoDataFrame(columns, geometry=cells, crs="EPSG:4326").to_crs(crs)


def write_geojson(path, features, **members):
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}), encoding="utf-8")
    return path


def a_feature(geometry, **properties):
    shape = None if geometry is None else shapely.geometry.mapping(geometry)
    return {"type": "Feature", "properties": properties, "geometry": shape}


def zip_shapefile(path, frame, encoding="UTF-8", leave_out=()):
    """A Shapefile in one zip, as an office would send it."""
    folder = path.parent / f"{path.stem}-parts"
    folder.mkdir()
    # Field names of a .dbf have ten bytes: three characters and a third of UTF-8.
    short = frame.rename(columns={"网格编码": "编码", "网格名称": "名称"})
    short.to_file(folder / "网格.shp", driver="ESRI Shapefile", encoding=encoding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            if part.suffix not in leave_out:
                archive.write(part, part.name)
    return path
