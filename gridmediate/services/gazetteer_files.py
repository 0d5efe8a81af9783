"""The file of place names: reading one as rows, the template to fill in, and the book as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gridmediate.domain.gazetteer_problems import (
    PlaceDatumUnknown,
    PlaceNameMissing,
    PlacePointUnreadable,
    PlacesFileRefused,
    PlacesHeaderMissing,
    PlaceValueTooLong,
)
from gridmediate.domain.gazetteer_words import fold
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Datum, Label, label
from gridmediate.services.sheets import find_header, read_csv_lines, read_lines

#: Rows whose name begins so are the template's examples; they are passed over.
EXAMPLE_MARK = "示例"
COLUMNS: dict[str, Label] = {
    "name": Label("地名", "Place"),
    "name_en": Label("英文名", "Place in English"),
    "aliases": Label("别名", "Other names"),
    "building": Label("楼栋", "Building"),
    "kind": Label("类别", "Kind"),
    "cell": Label("网格编码", "Cell code"),
    "cell_name": Label("网格名", "Cell name"),
    "lon": Label("经度", "Longitude"),
    "lat": Label("纬度", "Latitude"),
    "datum": Label("坐标系", "Datum"),
}
REQUIRED = ("name",)
_LIMITS = {"name": 60, "name_en": 120, "building": 20, "kind": 20}
ALIASES_AT_MOST = 12
#: A building that is written into the name, which then stands in its own column.
_BUILT = re.compile(r"(?P<name>.*\S)\s*(?<![A-Za-z0-9])(?P<building>(?:第\s*)?[A-Za-z]?[0-9０-９]+\s*(?:号楼|幢|栋|座|号)"
                    r"|[一二三四五六七八九十]+\s*(?:号楼|幢|栋)|[A-Z]\s*座)")
_DATUMS = {
    "": Datum.WGS84, "wgs84": Datum.WGS84, "wgs1984": Datum.WGS84, "cgcs2000": Datum.WGS84, "天地图": Datum.WGS84,
    "gcj02": Datum.GCJ02, "火星坐标": Datum.GCJ02, "高德": Datum.GCJ02, "腾讯": Datum.GCJ02,
    "bd09": Datum.BD09, "百度": Datum.BD09,
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One row of the file.

    Parameters
    ----------
    row : int
        As Excel counts.
    cell : str
        A code or a name; empty where only the point says where.
    lon, lat : float or None
        Degrees, in *datum*.
    """

    row: int
    name: str
    name_en: str
    aliases: tuple[str, ...]
    building: str
    kind: str
    cell: str
    lon: float | None
    lat: float | None
    datum: Datum

    @property
    def place(self) -> str:
        """What the row is called in a refusal."""
        return f"{self.name} {self.building}".rstrip()


@dataclass(frozen=True, slots=True)
class PlacesFile:
    """What was read: the rows that can be used, and every fault of the others."""

    file: str
    rows: tuple[PlaceRow, ...]
    faults: tuple[Problem, ...]


def read_places(path: Path, file: str) -> PlacesFile:
    """Read a file of place names, a workbook or a CSV by the ending of *file*.

    Raises
    ------
    PlacesFileRefused, PlacesHeaderMissing
    """
    read = read_csv_lines if file.casefold().endswith(".csv") else read_lines
    lines = read(path, file, PlacesFileRefused)
    where = find_header(lines, COLUMNS, REQUIRED, PlacesHeaderMissing)
    rows, faults = [], []
    for number, values in lines:
        given = dict.fromkeys(COLUMNS, "") | where.texts(values)
        if number <= where.row or not any(given.values()) or given["name"].startswith(EXAMPLE_MARK):
            continue
        found = list(_faults(number, given))
        faults += found
        if not found:
            rows.append(_row(number, given))
    return PlacesFile(file, tuple(rows), tuple(faults))


def _faults(number: int, given: Mapping[str, str]) -> Iterable[Problem]:
    if not fold(given["name"]):
        yield PlaceNameMissing(row=number)
    for key, limit in _LIMITS.items():
        if len(given[key]) > limit:
            yield PlaceValueTooLong(row=number, column=COLUMNS[key], limit=limit, length=len(given[key]))
    aliases = _aliases(given["aliases"])
    if len(aliases) > ALIASES_AT_MOST or any(len(each) > _LIMITS["name"] for each in aliases):
        yield PlaceValueTooLong(row=number, column=COLUMNS["aliases"], limit=_LIMITS["name"], length=len(given["aliases"]))
    if (given["lon"] or given["lat"]) and (_degrees(given["lon"], 180) is None or _degrees(given["lat"], 90) is None):
        yield PlacePointUnreadable(row=number, place=given["name"], got=f"{given['lon']}, {given['lat']}")
    if _datum(given["datum"]) is None:
        yield PlaceDatumUnknown(row=number, place=given["name"], got=given["datum"], choices=[label(each) for each in Datum])


def _row(number: int, given: Mapping[str, str]) -> PlaceRow:
    name, building = given["name"], given["building"]
    built = None if building else _BUILT.fullmatch(name)
    if built is not None and fold(built["name"]):
        name, building = built["name"], built["building"]
    datum = _datum(given["datum"]) or Datum.WGS84
    return PlaceRow(number, name, given["name_en"], _aliases(given["aliases"]), building, given["kind"],
                    given["cell"] or given["cell_name"], _degrees(given["lon"], 180), _degrees(given["lat"], 90), datum)


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in re.split(r"[、,，;；/|]+", text) if fold(each := part.strip())))


def _degrees(text: str, most: float) -> float | None:
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", text):
        return None
    return float(text) if abs(float(text)) <= most else None


def _datum(text: str) -> Datum | None:
    return _DATUMS.get(re.sub(r"[\s_-]", "", text).casefold())
