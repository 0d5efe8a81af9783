"""The demonstration's book of place names: its places with their English names, and every building that has an address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from gridmediate.demo.places import CellPlace
from gridmediate.domain.vocabulary import Datum
from gridmediate.services.gazetteer_files import PlaceRow, PlacesFile
from gridmediate.services.gazetteer_import import import_places

_ADDRESS = re.compile(r"(?P<name>.+) (?P<building>[0-9]+ (?:幢|号))")


def lay_out_places(session: Session, folder: Path, town: Sequence[CellPlace], start: datetime) -> None:
    """Write the book, in the caller's transaction, through the import itself.

    Parameters
    ----------
    folder : Path
        ``data/grids/liuxi``.
    town : sequence of CellPlace
    start : datetime
        From when on the book is there.
    """
    rows: dict[tuple[str, str, str], PlaceRow] = {}
    for row in (*_places(folder), *_buildings(folder, town)):
        # Two stretches of one road may count the same number twice in a community; the first keeps it.
        rows.setdefault((row.name, row.building, row.cell[:12]), row)
    import_places(session, PlacesFile("places.geojson", tuple(rows.values()), ()), None, start)


def _places(folder: Path) -> Iterator[PlaceRow]:
    features = json.loads((folder / "places.geojson").read_text(encoding="utf-8"))["features"]
    for number, feature in enumerate(features, 2):
        own, (lon, lat) = feature["properties"], feature["geometry"]["coordinates"]
        yield PlaceRow(number, own["name"], own["name_en"], (), "", own["kind"], own["cell"], lon, lat, Datum.WGS84)


def _buildings(folder: Path, town: Sequence[CellPlace]) -> Iterator[PlaceRow]:
    features = json.loads((folder / "places.geojson").read_text(encoding="utf-8"))["features"]
    names = {each["properties"]["name"]: each["properties"]["name_en"] for each in features}
    roads = json.loads((folder / "basemap.json").read_text(encoding="utf-8"))["roads"]
    names.update({name: name_en for _, name, name_en, _ in roads if name})
    number = len(features) + 1
    for cell in town:
        for building in cell.buildings:
            found = _ADDRESS.fullmatch(building.address)
            if found is not None:
                number += 1
                name = found["name"].replace(" ", "")
                yield PlaceRow(number, name, _english(name, names), (), found["building"], building.kind, cell.code, building.lon,
                               building.lat, Datum.WGS84)


def _english(name: str, names: dict[str, str]) -> str:
    """Return 杏林路12号院 as Court 12, Xinglin Road."""
    court = re.fullmatch(r"(.+?)([0-9]+)号院", name)
    return f"Court {court[2]}, {names.get(court[1], court[1])}" if court else names.get(name, "")
