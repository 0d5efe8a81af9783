"""Read a sheet of cells: the polygons of a county's grid with their codes, from whatever file the county has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmediate.domain.geo_problems import CodeFieldUnclear, CoordinatesOutOfRange, FieldNotInFile, NoCells
from gridmediate.geo.crs import crs_words, to_stored
from gridmediate.geo.features import Features
from gridmediate.geo.fields import COMMUNITY_NAMES, HOUSEHOLD_NAMES, KIND_NAMES, NAME_NAMES, count_of, guess, guess_code, text_of
from gridmediate.geo.guarded import read_in_a_guarded_process

#: What a file from a stranger may hold, and what one from the command line may.
MAX_VERTICES_GUARDED = 200_000
MAX_VERTICES = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class CellSheet:
    """The cells of one file, in the file's order.

    Parameters
    ----------
    codes, names : tuple of str
        Empty where the file has none.
    households : tuple of int or None
    kinds, communities : tuple of str
        The kind of cell, and the code of its community (the first 12 digits of a 15-digit code where the file has no field).
    geometries : numpy.ndarray of shapely geometries
        Polygons and multipolygons in WGS 84; None where a feature has none. As in the file: nothing is repaired.
    source_crs : str
        The CRS of the file, in words.
    code_field, name_field : str or None
        The fields that were read.
    fields : tuple of str
        All fields of the file.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    households: tuple[int | None, ...]
    kinds: tuple[str, ...]
    communities: tuple[str, ...]
    geometries: np.ndarray
    source_crs: str
    code_field: str | None = None
    name_field: str | None = None
    fields: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)


def read_cells(
    path: str | Path, code_field: str | None = None, name_field: str | None = None, *, households_field: str | None = None,
    kind_field: str | None = None, community_field: str | None = None, layer: str | None = None, file: str | None = None,
    max_vertices: int | None = None, guarded: bool = False,
) -> CellSheet:
    """Read the cells of a GeoJSON, a GeoPackage or a zipped Shapefile in any declared CRS.

    Parameters
    ----------
    path : str or Path
        The file.
    code_field, name_field, households_field, kind_field, community_field : str, optional
        The fields to read. One that is not named is looked for by the names that offices use.
    layer : str, optional
        Which layer, where the file has several.
    file : str, optional
        The name under which people know the file, for sentences; the path's name by default.
    max_vertices : int, optional
        More are refused. 200,000 when guarded, else 20 million.
    guarded : bool
        Read in a process of its own with limits of time and memory: for every file that comes over the web.

    Returns
    -------
    CellSheet

    Raises
    ------
    CodeFieldUnclear
        If no field looks like a code: lists those there are.
    FieldNotInFile, NoCells, CrsMissing, CrsUnknown, NotAFileOfCells, CoordinatesOutOfRange, NotPolygons, FileBroken, FileTooLarge
    ArchiveRefused, LayerUnclear, FileAbsent, ReadingStopped

    Notes
    -----
    Codes stay text. A GeoJSON without a ``crs`` member is WGS 84 by RFC 7946; the member of 2008 is honoured.
    """
    path = Path(path)
    known_as = file or path.name
    limit = max_vertices or (MAX_VERTICES_GUARDED if guarded else MAX_VERTICES)
    # GDAL and what comes with it take 70 MB: only a process that reads a file itself loads them.
    reader = read_in_a_guarded_process if guarded else import_module("gridmediate.geo.sources").read_features
    features = reader(path, known_as, layer, limit)
    if not len(features.geometries):
        raise NoCells(file=known_as)
    columns = features.columns
    code = _field(columns, code_field, guess_code(columns), known_as)
    if code is None:
        raise CodeFieldUnclear(file=known_as, fields=list(columns) or ["-"], field="code")
    name = _field(columns, name_field, guess(columns, NAME_NAMES), known_as)
    households = _field(columns, households_field, guess(columns, HOUSEHOLD_NAMES), known_as)
    kind = _field(columns, kind_field, guess(columns, KIND_NAMES), known_as)
    community = _field(columns, community_field, guess(columns, COMMUNITY_NAMES), known_as)
    codes = _texts(columns, code, len(features.geometries))
    return CellSheet(
        codes=codes,
        names=_texts(columns, name, len(codes)),
        households=tuple(count_of(each) for each in columns[households]) if households else (None,) * len(codes),
        kinds=_texts(columns, kind, len(codes)),
        communities=_texts(columns, community, len(codes)) if community else tuple(_community_of(each) for each in codes),
        geometries=_in_wgs84(features, known_as),
        source_crs=crs_words(features.crs), code_field=code, name_field=name, fields=tuple(columns),
    )


def repair_ring(geometry: BaseGeometry) -> BaseGeometry:
    """Return *geometry* with its rings set in order, polygons only.

    Notes
    -----
    Offered, never done in silence: a ring that crosses itself can be read in more ways than one, and this takes the reading in
    which each enclosed part is inside. Show the result to the person who drew it.
    """
    made = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = [each for each in shapely.get_parts(made) if shapely.get_type_id(each) == 3]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def repair_rings(sheet: CellSheet, codes: Sequence[str]) -> CellSheet:
    """Return a sheet in which the cells with *codes*, and no others, went through :func:`repair_ring`."""
    chosen, geometries = set(codes), sheet.geometries.copy()
    for at, code in enumerate(sheet.codes):
        if code in chosen and geometries[at] is not None:
            geometries[at] = repair_ring(geometries[at])
    return replace(sheet, geometries=geometries)


def _field(columns: dict[str, list[Any]], named: str | None, guessed: str | None, file: str) -> str | None:
    if named is None:
        return guessed
    if named not in columns:
        raise FieldNotInFile(file=file, got=named, fields=list(columns) or ["-"])
    return named


def _texts(columns: dict[str, list[Any]], field: str | None, rows: int) -> tuple[str, ...]:
    return tuple(text_of(each) for each in columns[field]) if field else ("",) * rows


def _community_of(code: str) -> str:
    return code[:12] if len(code) == 15 and code.isdecimal() else ""


def _in_wgs84(features: Features, file: str) -> np.ndarray:
    """Bring the shapes to WGS 84; degrees that are none, before or after, are refused with the rows where they stand."""
    if features.crs.is_geographic:
        _check_degrees(features.geometries, features, file)
    moved = to_stored(features.geometries, features.crs)
    _check_degrees(moved, features, file)
    return moved


def _check_degrees(geometries: np.ndarray, features: Features, file: str) -> None:
    coordinates, rows = shapely.get_coordinates(geometries, return_index=True)
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(coordinates[:, 0]) <= 180.0) & (np.abs(coordinates[:, 1]) <= 90.0))
    if wrong.any():
        at = np.unique(rows[wrong])
        x, y = shapely.get_coordinates(features.geometries)[np.flatnonzero(wrong)[0]]
        shown = ", ".join(str(each + 1) for each in at[:8]) + (f" … ({at.size})" if at.size > 8 else "")
        raise CoordinatesOutOfRange(file=file, rows=shown, got=f"{x:g}, {y:g}", crs=crs_words(features.crs))
