"""Real input that nobody on the team wrote: the councils of Los Angeles as cells, two files of service requests as cases.

The files carry an answer of their own, ``NC``: the council each request was counted in. Where ours differs, it is by one of the
classes below, and the counts are held.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely
from sqlalchemy import func, select

from gridmediate.domain.import_toml import read_map
from gridmediate.domain.vocabulary import Label
from gridmediate.geo.cells import read_cells
from gridmediate.geo.crs import metric_crs_for, to_metric
from gridmediate.resources import grids_folder
from gridmediate.services.case_files import CaseFile, read_case_file
from gridmediate.services.case_import import import_cases
from gridmediate.services.case_reports import CaseImportReport
from gridmediate.services.cell_sheets import ACCEPTABLE, CellImport, Place
from gridmediate.services.cells import import_cells
from gridmediate.store import rollup
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.history import verify
from gridmediate.store.models import Case, Task
from gridmediate.store.schema import prepare

LA = Path(__file__).parents[2].parent / "shared" / "data" / "la"
COUNCILS = LA / "la_neighborhood_councils.geojson"
FILES = ("la311_2017dec_10k.csv", "la311_2018jan_10k.csv")
NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
#: A position this near a border is decided by how finely each side drew it.
NEAR_M = 5.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not COUNCILS.is_file(), reason=f"the data of Los Angeles is not on this machine ({LA})"),
]


@dataclass
class City:
    """The city's home with both files imported."""

    store: Store
    sources: list[CaseFile]
    reports: list[CaseImportReport]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Import cells and cases once."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('la') / 'la.sqlite3'}", Keyring.fresh())
    prepare(store)
    place = Place("060370001001", Label("洛杉矶", "Los Angeles"), "060370001", Label("洛杉矶市", "City of Los Angeles"))
    command = CellImport(read_cells(COUNCILS, "nc_id", "name"), COUNCILS.name, date(2017, 1, 1), place=place, accept=ACCEPTABLE,
                         county_code="060370")
    with store.writing() as session:
        assert len(import_cells(session, command, None, NOW).new) == 99
    mapping = read_map((grids_folder() / "examples" / "la311.toml").read_text(encoding="utf-8"))
    sources = [read_case_file(LA / name, mapping, NOW) for name in FILES]
    reports = []
    for source in sources:
        with store.writing() as session:
            reports.append(import_cases(session, source, mapping, None, NOW))
    yield City(store, sources, reports)
    store.close()


def test_every_row_is_accounted_for(city):
    assert all(report.adds_up for report in city.reports)
    assert [report.classes() for report in city.reports] == [
        {"inside": 8121, "overlap": 15, "edge": 0, "outside": 110, "none": 1753, "already": 0, "refused": 0},
        {"inside": 8747, "overlap": 17, "edge": 0, "outside": 134, "none": 1102, "already": 0, "refused": 0},
    ]
    assert [(report.queue_open, report.queue_closed, report.closed_at_filing, report.held_back) for report in city.reports] == [
        (1, 1862, 12, 1), (0, 1236, 13, 0)]


def test_tallies_chains_and_numbers_hold(city):
    with city.store.reading() as session:
        assert rollup.differences(session) == []
        assert all(isinstance(each, int) for each in verify(session))
        numbers = Counter(number.rsplit("-", 1)[0] for number in session.scalars(select(Case.case_no)))
        for series, count in numbers.items():
            assert session.scalar(select(func.count()).where(Case.case_no == f"{series}-{count:04d}")) == 1
        open_tasks = session.scalar(select(func.count()).select_from(Task).where(Task.is_open))
    assert sum(numbers.values()) == 19_999 and open_tasks == 4


def test_importing_again_doubles_nothing(city):
    mapping = read_map((grids_folder() / "examples" / "la311.toml").read_text(encoding="utf-8"))
    for source in city.sources:
        with city.store.writing() as session:
            again = import_cases(session, source, mapping, None, NOW)
        assert again.already == again.rows == len(source) and not again.created and not again.changed
    with city.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 19_999


def test_where_the_file_names_another_council_there_is_a_reason(city):
    """Agreement with the file's own ``NC`` is 99.0 % of the rows with a cell; each other row falls into one of three classes."""
    sheet = read_cells(COUNCILS, "nc_id", "name")
    outlines = dict(zip(sheet.codes, sheet.geometries, strict=True))
    said = [_councils_named(LA / name) for name in FILES]
    with city.store.reading() as session:
        placed = session.execute(select(Case.external_no, Case.cell_code, Case.lon, Case.lat, Case.place_reason)).all()
    found = [Counter[str](), Counter[str]()]
    for number, code, lon, lat, reason in placed:
        at = 0 if number in said[0] else 1
        found[at][_class_of(said[at][number], code, lon, lat, reason, outlines)] += 1
    assert found == [
        {"the same": 8052, "another of an overlap": 14, "at the border": 31, "another boundary": 39,
         "no cell, none named": 90, "no cell, in a gap at the border": 20, "no position": 1753},
        {"the same": 8675, "another of an overlap": 13, "at the border": 19, "another boundary": 57,
         "no cell, none named": 112, "no cell, in a gap at the border": 22, "no position": 1102},
    ]


def _councils_named(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as opened:
        return {row["SRNumber"]: row["NC"].strip() for row in csv.DictReader(opened)}


def _class_of(named: str, code: str | None, lon: float | None, lat: float | None, reason: dict, outlines: dict) -> str:
    if lon is None or lat is None:
        return "no position"
    if code is not None and named == code:
        return "the same"
    if code is None and not named:
        return "no cell, none named"
    metres = _metres_to(outlines[named], lon, lat)
    if code is None:
        return "no cell, in a gap at the border" if metres < 35 else "no cell, far from the one named"
    if metres == 0:
        return "another of an overlap" if reason["code"] == "place.overlap" else "inside the one named, overlap not told"
    return "at the border" if metres <= NEAR_M else "another boundary"


def _metres_to(outline: shapely.Geometry, lon: float, lat: float) -> float:
    shapes = [outline, shapely.Point(lon, lat)]
    one, other = to_metric(shapes, metric_crs_for(shapes))
    return float(shapely.distance(one, other))
