"""What is taken from the map: the same numbers as on the page in every format, marked, recorded, limited, and never a formula."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import geopandas
import pytest
import shapely
from PIL import Image
from sqlalchemy import select

from gridmediate.domain.vocabulary import Role
from gridmediate.services.downloads import takers_of
from gridmediate.services.lists import CaseFilter, Desk, list_cases
from gridmediate.services.narrowing import Narrowing
from gridmediate.store.models import Cell, HistoryEntry
from gridmediate.web import heat_table
from tests.builders import CELL, COMMUNITY, STREET
from tests.proof.conftest import open_office
from tests.rig.taken import csv_rows, gpkg_rows, html_rows, xlsx_rows
from tests.rig.world import World, _postgres_street, postgres_street_url, sqlite_street_url, street_file, street_url, world
from tests.services.test_heat_filters import live

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]

FORMATS = ("csv", "xlsx", "gpkg", "png", "html")
HOSTILE = '=HYPERLINK("http://x.example","y")<img src=x onerror=alert(1)>'
FILTERS = [{}, {"head": "02"}, {"source": "court", "at": "cell"}, {"risk": "grave", "age": "30", "department": "housing"}]


def by_code(rows: list[list[Any]], named: str) -> dict[str, Any]:
    head = [str(each) for each in rows[0]]
    code, column = head.index("编码"), next(at for at, words in enumerate(head) if words.startswith(named))
    return {str(row[code]): row[column] for row in rows[1:] if len(row) == len(head) and row[code]}


@pytest.mark.slow
def test_page_map_list_and_files_say_the_same_for_every_filter(world: World, tmp_path: Path) -> None:
    live(world)
    leader = open_office(world, tmp_path).client("leader")

    def compare(asked: dict[str, str], *, outlines: bool) -> None:
        address = urlencode({"street": STREET, **asked})
        page = leader.get(f"/map?view=table&{address}").text
        units = re.findall(r'data-unit="(\d+)".*?<td class="num"><b>(\d+)</b>', page, re.S)
        shown = {code: int(count) for code, count in units}
        counts = leader.get(f"/map/counts?months=1&{address}").json
        drawn = [sum(ord(row[at]) - 40 for row in counts["counts"][0][:4]) for at in range(len(shown))]
        assert drawn == [shown[code] for code in sorted(shown)], asked
        narrowed = CaseFilter(unsettled=True, head=asked.get("head", ""), beyond=Narrowing.asked(asked))
        with world.store.writing() as session:
            listed = list_cases(session, Desk.STREET, narrowed, world.people["leader"], world.now, size=200).rows
        assert {code: [row.cell_code for row in listed].count(code) for code in shown} == shown, asked
        rows = csv_rows(leader.get(f"/map/download/csv?{address}").data)
        assert {code: int(count) for code, count in by_code(rows, "未结").items()} == shown
        book = xlsx_rows(leader.get(f"/map/download/xlsx?{address}").data)
        assert by_code(book, "未结") == shown
        assert book[-1][book[0].index("未结（件）")] == sum(shown.values())
        site = html_rows(leader.get(f"/map/download/html?{address}").data)
        assert {row[1]: int(row[3]) for row in site} == shown
        if outlines:
            cells = gpkg_rows(leader.get(f"/map/download/gpkg?{address}").data, "cells")
            assert {row["code"]: row["open"] for row in cells} == shown

    for asked in FILTERS:
        compare(asked, outlines=asked == {})
    with world.store.writing() as session:
        assert takers_of(session, "nobody", world.now) == []


def test_every_format_bears_its_mark_and_stands_in_the_record(client_as: Any, app: Any) -> None:
    client = client_as(Role.LEADER)
    for ending in FORMATS:
        answer = client.get(f"/map/download/{ending}?measure=alert&compare=2026-10")
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"], ending
        with app.store.writing() as session:
            entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "heat.download")
                                    .order_by(HistoryEntry.seq.desc())).first()
            assert entry is not None
            kept = entry.details
            assert (kept["format"], kept["measure"], kept["compare"], kept["rows"]) == (ending, "alert", "2026-10", 3)
            assert kept["sha256"] == hashlib.sha256(answer.data).hexdigest()
            for sought in (kept["number"].upper(), kept["sha256"]):
                assert [each.login for each in takers_of(session, sought, app.clock())] == [client.account.login], ending
        words = said_in(ending, answer.data)
        assert all(each in words for each in (kept["number"], "林晓（街道领导）", "2026-11-23 09:40", "截至")), ending
    auditor = client_as(Role.AUDITOR)
    page = auditor.get(f"/audit?taken={kept['number']}").text
    assert kept["sha256"] in page and page.count("下载格图</th>") == 1


def said_in(ending: str, body: bytes) -> str:
    match ending:
        case "xlsx":
            return str(xlsx_rows(body, 1))
        case "gpkg":
            return str(gpkg_rows(body, "about"))
        case "png":
            return str(Image.open(io.BytesIO(body)).text["Description"])  # type: ignore[attr-defined]
        case _:
            return body.decode()


def test_a_name_becomes_no_formula_and_no_markup(client_as: Any, app: Any) -> None:
    with app.store.writing() as session:
        session.scalars(select(Cell).where(Cell.cell_code == CELL)).one().name = HOSTILE
    client = client_as(Role.LEADER)
    rows = csv_rows(client.get("/map/download/csv").data)
    assert [row[0] for row in rows if row and HOSTILE in row[0]] == [f"'{HOSTILE}"]
    assert [row[0] for row in xlsx_rows(client.get("/map/download/xlsx").data) if row[1] == CELL] == [HOSTILE]
    site = client.get("/map/download/html").data
    assert b"<img" not in site and b"&lt;img" in site


def test_a_geopackage_is_read_back_with_its_outlines_and_aliases(client_as: Any, tmp_path: Path) -> None:
    client = client_as(Role.COORDINATOR)
    for level, layer, count in (("cell", "cells", 3), ("community", "communities", 2)):
        path = tmp_path / f"{layer}.gpkg"
        path.write_bytes(client.get(f"/map/download/gpkg?street={STREET}&level={level}").data)
        frame = geopandas.read_file(path, layer=layer)
        assert frame.crs.to_epsg() == 4326 and len(frame) == count, level
        assert frame.geometry.is_valid.all() and set(frame.geom_type) == {"MultiPolygon"}
        assert frame["open"].dtype.kind in "if" and list(frame["open"]) == [0] * count
        aliases = {row["column_name"]: row["title"] for row in gpkg_rows(path.read_bytes(), "gpkg_data_columns")}
        assert aliases["open"] == "未结（件）" and set(aliases) == set(frame.columns) - {"geometry"}
    west, south, *_ = frame.total_bounds
    assert 70 < west < 140 and 0 < south < 60, "lon before lat"
    cadre = client_as(Role.CADRE, place=COMMUNITY)
    path.write_bytes(cadre.get(f"/map/download/gpkg?street={STREET}&level=community").data)
    part = geopandas.read_file(path, layer="communities")
    assert list(part["code"]) == [COMMUNITY], "no outline beyond what its reader may see counted"
    assert shapely.area(part.geometry.to_numpy()).sum() > 0


def test_the_view_of_changes_is_taken_with_its_sentences(client_as: Any) -> None:
    client = client_as(Role.LEADER)
    page = client.get(f"/map?view=change&street={STREET}").text
    assert "/map/download/csv?" in page and "/map/download/png?" not in page
    rows = csv_rows(client.get(f"/map/download/csv?view=change&street={STREET}&sort=name").data)
    sentences = dict(re.findall(r'data-unit="(\d+)".*?<span>(.*?)</span>', page, re.S))
    assert {row[1]: row[3] for row in rows[1:] if len(row) > 3 and row[1] in sentences} == sentences != {}
    assert xlsx_rows(client.get(f"/map/download/xlsx?view=change&street={STREET}&sort=name").data)[1][1] == rows[1][1]
    assert client.get("/map/download/png?view=change").status_code == 404


def test_a_file_holds_every_page_of_the_table(client_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat_table, "ROWS", 2)
    client = client_as(Role.LEADER)
    assert client.get("/map?view=table&page=2").text.count("data-unit=") == 1
    rows = csv_rows(client.get("/map/download/csv?page=2").data)
    assert len(by_code(rows, "未结")) == 3


def test_an_account_takes_so_many_files_a_day(client_as: Any, app: Any, clock: Any) -> None:
    app.settings = replace(app.settings, downloads_per_day=2)
    client = client_as(Role.LEADER)
    assert [client.get("/map/download/csv").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/map/download/png?lang=en")
    assert refused.status_code == 429 and "2 files today" in refused.text and int(refused.headers["Retry-After"]) > 3600
    assert client_as(Role.LEADER, login="zweiter").get("/map/download/csv").status_code == 200
    clock.pass_minutes(60 * 15)
    with app.store.reading() as session:
        assert len(session.scalars(select(HistoryEntry).where(HistoryEntry.act == "heat.download")).all()) == 3


def test_who_may_not_see_the_map_takes_nothing_of_it(client_as: Any) -> None:
    for role in (Role.GRID_WORKER, Role.AUDITOR):
        assert client_as(role).get("/map/download/csv").status_code == 403
    assert client_as(Role.LEADER).get("/map/download/exe").status_code == 404
