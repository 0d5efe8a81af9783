"""The gazetteer on its pages: imported by the administrator, asked while filing, a hint where a place is settled."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from gridmediate.domain.vocabulary import PlaceMethod, Role
from gridmediate.services.gazetteer_files import COLUMNS
from gridmediate.store.models import Case, GazetteerEntry
from tests.builders import CELL, NEXT_CELL

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow


def a_sheet(*rows):
    book = Workbook()
    for row in ([words.zh for words in COLUMNS.values()], *([row.get(key, "") for key in COLUMNS] for row in rows)):
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GARDEN = {"name": "锦溪花园", "name_en": "Jinxi Garden", "cell": CELL}
BOOK = (GARDEN, GARDEN | {"building": "3 幢"}, GARDEN | {"building": "A座", "cell": NEXT_CELL})


def send(client, *rows):
    return client.post("/gazetteer/import", data={"file": (io.BytesIO(a_sheet(*rows)), "地名.xlsx")})


def send_and_take(admin, *rows):
    token = re.search(r"/gazetteer/import/([\w-]+)", send(admin, *rows).text).group(1)
    assert admin.post(f"/gazetteer/import/{token}").status_code == 303


@pytest.fixture
def book(client_as, store):
    admin = client_as(Role.ADMINISTRATOR)
    plan = send(admin, *BOOK)
    assert "新增" in plan.text
    with store.reading() as session:
        assert session.scalars(select(GazetteerEntry)).all() == []
    send_and_take(admin, *BOOK)
    return admin


def test_faults_come_by_row_and_nothing_is_kept(client_as, app):
    answer = send(client_as(Role.ADMINISTRATOR), GARDEN, GARDEN | {"cell": "9"})
    assert answer.status_code == 422
    assert "第 3 行" in answer.text
    assert not list((app.settings.instance_folder / "uploads").glob("*.upload"))


def test_the_administrator_tries_the_book_and_takes_it_home(book):
    assert "3 条" in book.get("/gazetteer").text
    tried = book.post("/gazetteer", data={"q": "jxhy3"}).text
    assert "拼音首字母 jxhy 对上锦溪花园 3 幢" in tried
    assert "initials jxhy" in book.post("/gazetteer?lang=en", data={"q": "jxhy3"}).text
    for path in ("/gazetteer/places.xlsx", "/gazetteer/template.xlsx"):
        assert book.get(path).data[:2] == b"PK"
    assert "和现在的地名库一样" in send(book, *BOOK).text


def test_a_worker_asks_by_script_and_gets_every_cell_offered_with_why(book, client_as):
    worker = client_as(Role.GRID_WORKER)
    found = worker.post("/file/places", data={"q": "锦溪花园", "lon": "118.7", "lat": "36.2"}).json["matches"]
    assert [each["cell"]["code"] for each in found] == [CELL, NEXT_CELL]
    assert not any(each["exact"] for each in found)
    assert all(each["why"].startswith("地名库") for each in found)
    assert worker.post("/file/places", data={"q": "x", "lon": "east"}, headers={"Accept": "application/json"}).status_code == 422
    assert worker.post("/file/places", data={"q": "x"}, csrf=False).status_code == 400


def test_the_book_of_the_street_is_kept_for_ever_under_its_number_and_fetched_anew_after_an_import(book, client_as):
    worker = client_as(Role.GRID_WORKER)
    url = re.search(r'data-book-url="([^"]+)"', worker.get("/file").text).group(1)
    kept = worker.get(url)
    assert "immutable" in kept.headers["Cache-Control"]
    assert [each[0][1] for each in kept.json["groups"]] == ["锦溪花园"]
    send_and_take(book, GARDEN)
    assert re.search(r'data-book-url="([^"]+)"', worker.get("/file").text).group(1) != url
    assert "immutable" not in worker.get(url).headers["Cache-Control"]


def test_without_scripts_the_address_is_looked_up_and_a_person_chooses(book, client_as, store):
    worker = client_as(Role.GRID_WORKER)
    page = worker.post("/file", data={"step": "place", "go": "look", "address": "锦溪花园三号楼"}).text
    value = re.search(r'value="(entry:[^"]+)"', page).group(1)
    assert f'value="{value}" checked' not in page
    assert "没有对得上的" in worker.post("/file", data={"step": "place", "go": "look", "address": "北京路"}).text
    asked = {"step": "place", "address": "锦溪花园三号楼", "cell_code": value}
    after = worker.post("/file", data=asked | {"go": "next"}).text
    carried = {name: re.search(rf'name="{name}" value="([^"]*)"', after).group(1) for name in ("cell_code", "place_entry")}
    assert carried["cell_code"] == CELL
    again = worker.post("/file", data=asked | carried | {"step": "category", "go": "back"}).text
    assert f'value="{value}" checked' in again
    filed = worker.post("/cases", data=carried | {"address": "锦溪花园三号楼", "t2_code": "0201", "facts": "楼上漏水"})
    assert filed.status_code == 303
    with store.reading() as session:
        (case,) = session.scalars(select(Case)).all()
        assert (case.place_method, case.place_reason["code"]) == (PlaceMethod.ADDRESS, "place.gazetteer")


def test_where_a_place_is_settled_the_book_gives_a_hint_that_fills_the_form_and_settles_nothing(book, client_as, store):
    sent = {"address": "锦溪花园A座201", "t2_code": "0201", "facts": "楼上漏水", "cell_code": "unsure"}
    assert client_as(Role.GRID_WORKER).post("/cases", data=sent).status_code == 303
    cadre = client_as(Role.CADRE)
    with store.reading() as session:
        case_no = session.scalars(select(Case.case_no)).one()
    page = cadre.get(f"/cases/{case_no}/place").text
    assert "地名库：锦溪花园 A座，在" in page
    filled = cadre.get(re.search(rf'href="(/cases/{case_no}/place\?entry=\d+)"', page).group(1)).text
    assert f'<option value="{NEXT_CELL}" selected' in filled
    assert 'value="地名库：锦溪花园 A座"' in filled
    with store.reading() as session:
        assert session.scalars(select(Case.cell_code)).one() is None
