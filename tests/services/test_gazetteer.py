"""The book of place names: checked row by row, taken over as editions, asked by street, and what a filing keeps of it."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from gridmediate.domain.gazetteer_problems import PlacesFileRefused
from gridmediate.domain.problems import Faults, NotPermitted
from gridmediate.domain.vocabulary import PlaceMethod, Role
from gridmediate.geo.crs import to_wgs84
from gridmediate.services.filing import Filing, file_case
from gridmediate.services.gazetteer import find_places, library_of, packed_book, streets_of
from gridmediate.services.gazetteer_files import COLUMNS, read_places
from gridmediate.services.gazetteer_import import import_places, plan_places
from gridmediate.services.gazetteer_sheets import places_as_sheet, places_template
from gridmediate.services.grid import grid_of
from gridmediate.services.placing import Point
from gridmediate.store.models import Case, GazetteerEntry, HistoryEntry
from tests.builders import CELL, NEXT_CELL, ORIGIN, OTHER_CELL, OTHER_STREET, SIDE, STREET
from tests.services.office import NOW, acting, an_office

LON, LAT = ORIGIN[0] + SIDE / 2, ORIGIN[1] + SIDE / 2
HEAD = [words.zh for words in COLUMNS.values()]


@pytest.fixture
def office(sqlite_url):
    with an_office(sqlite_url) as store:
        yield store


def a_row(name="锦溪花园", building="", cell=CELL, **given):
    columns = {"name": name, "building": building, "cell": cell} | given
    return [columns.get(key, "") for key in COLUMNS]


def a_file(tmp_path: Path, rows, name="places.xlsx"):
    path = tmp_path / "kept.upload"
    if name.endswith(".csv"):
        path.write_text("\n".join(",".join(map(str, row)) for row in [HEAD, *rows]), encoding="gb18030")
    else:
        book = Workbook()
        for row in [HEAD, *rows]:
            book.worksheets[0].append(row)
        book.save(path)
    return read_places(path, name)


BOOK = (a_row(name_en="Jinxi Garden", aliases="老厂宿舍、纺织新村", lon=LON, lat=LAT), a_row(building="3"),
        a_row(building="A座", cell=NEXT_CELL), a_row("东园小区", cell=OTHER_CELL))


def taken(office, tmp_path, rows=BOOK, now=NOW):
    with office.writing() as session:
        return import_places(session, a_file(tmp_path, rows), None, now)


def test_every_fault_of_every_row_is_said_and_nothing_is_written(office, tmp_path):
    far = {"lon": LON + 40 * SIDE, "lat": LAT}
    rows = [
        a_row(), a_row("锦溪花园 ", building=""), a_row("甲", cell="990101001009999"), a_row("乙", cell=""),
        a_row("丙", cell="", **far), a_row("丁", lon=LON + SIDE, lat=LAT), a_row("戊", lon="东", lat=LAT), a_row("己", lon=LON),
        a_row("庚", datum="北京54"), a_row(""), a_row("辛" * 61), a_row("，。"),
    ]
    with pytest.raises(Faults) as refused, office.writing() as session:
        import_places(session, a_file(tmp_path, rows), None, NOW)
    said = [(each.values["row"], each.code.removeprefix("gazetteer.")) for each in refused.value.problems]
    assert said == [
        (3, "twice"), (4, "cell-unknown"), (5, "nowhere"), (6, "outside"), (7, "cell-and-point-differ"), (8, "point-unreadable"),
        (9, "point-unreadable"), (10, "datum-unknown"), (11, "name-missing"), (12, "value-too-long"), (13, "name-missing"),
    ]
    assert all(str(each.values["row"]) in each.say("zh") and each.say("en") for each in refused.value.problems)
    with office.reading() as session:
        assert session.scalars(select(GazetteerEntry)).all() == []


def test_an_import_says_first_what_it_does_and_keeps_the_old_edition(office, tmp_path):
    first = taken(office, tmp_path)
    assert (len(first.added), first.changed, first.ended, first.unchanged) == (4, (), (), 0)
    rows = [a_row(name_en="Jinxi Garden", aliases="老厂宿舍", lon=LON, lat=LAT), a_row(building="3"), a_row(building="5 幢")]
    with office.writing() as session:
        plan = plan_places(session, a_file(tmp_path, rows), None, NOW)
    assert plan.added == ("锦溪花园 5 幢",)
    assert [(each.place, [column.zh for column in each.columns]) for each in plan.changed] == [("锦溪花园", ["别名"])]
    assert (plan.ended, plan.unchanged) == (("锦溪花园 A座",), 1)
    later = NOW + timedelta(days=1)
    assert taken(office, tmp_path, rows, later) == plan
    with office.reading() as session:
        rows = session.scalars(select(GazetteerEntry).order_by(GazetteerEntry.id)).all()
        ended = {(each.name, each.building) for each in rows if each.ended_at == later}
        # The other street is not in the second file, so its places stay.
        assert ended == {("锦溪花园", ""), ("锦溪花园", "A座")}
        assert [each.name for each in rows if each.street_code == OTHER_STREET and each.ended_at is None] == ["东园小区"]
        noted = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "gazetteer.import")).all()
        assert [each.details["added"] for each in noted] == [4, 1]
    assert taken(office, tmp_path, [a_row("锦溪花园", "3 幢"), *[a_row("锦溪花园", "5幢")], a_row(
        name_en="Jinxi Garden", aliases="老厂宿舍", lon=LON, lat=LAT)], later).ended == ()


def test_what_is_downloaded_comes_back_without_a_change_and_the_template_is_empty(office, tmp_path):
    taken(office, tmp_path)
    with office.reading() as session:
        sheet = places_as_sheet(session, grid_of(session, NOW), acting_admin(office))
        template = places_template(grid_of(session, NOW))
    (tmp_path / "down.upload").write_bytes(sheet)
    with office.writing() as session:
        plan = plan_places(session, read_places(tmp_path / "down.upload", "down.xlsx"), None, NOW)
    assert plan.is_empty
    assert plan.unchanged == 4
    (tmp_path / "empty.upload").write_bytes(template)
    assert read_places(tmp_path / "empty.upload", "empty.xlsx").rows == ()
    formulas = [cell.value for row in load_workbook(io.BytesIO(sheet)).worksheets[0] for cell in row if cell.data_type == "f"]
    assert formulas == []


def acting_admin(office):
    with office.writing() as session:
        return acting(session, Role.ADMINISTRATOR)


def test_a_csv_of_an_office_program_is_read_and_points_of_other_datums_are_converted(office, tmp_path):
    east, north = to_wgs84(LON, LAT, "gcj02")
    lon, lat = 2 * LON - east, 2 * LAT - north
    file = a_file(tmp_path, [a_row("望月桥", cell="", lon=lon, lat=lat, datum="GCJ-02"), a_row("柳园 12 号")], "places.csv")
    with office.writing() as session:
        import_places(session, file, None, NOW)
    with office.reading() as session:
        bridge, house = session.scalars(select(GazetteerEntry).order_by(GazetteerEntry.name)).all()
        assert (bridge.lon, bridge.lat) == pytest.approx((LON, LAT), abs=1e-5)
        assert (bridge.raw_lon, bridge.cell_code) == (pytest.approx(lon), CELL)
        assert (house.name, house.building) == ("柳园", "12 号")
    with pytest.raises(PlacesFileRefused):
        a_file(tmp_path, [], "places.csv") and read_places(tmp_path / "kept.upload", "places.xlsx")


def test_only_who_may_import_cells_imports_places(office, tmp_path):
    file = a_file(tmp_path, BOOK)
    with office.writing() as session:
        worker = acting(session, Role.GRID_WORKER)
        with pytest.raises(NotPermitted):
            plan_places(session, file, worker, NOW)


def test_a_person_looks_in_the_own_streets_and_the_book_is_read_once_per_edition(office, tmp_path):
    taken(office, tmp_path)
    with office.writing() as session:
        worker, leader = acting(session, Role.CADRE), acting(session, Role.LEADER, place=OTHER_STREET)
        assert streets_of(worker, grid_of(session, NOW)) == (STREET,)
        assert [each.label.zh for each in find_places(session, "jxhy", worker, NOW)] == ["锦溪花园", "锦溪花园"]
        assert [each.label.zh for each in find_places(session, "fzxc3", worker, NOW)] == ["锦溪花园 3 幢"]
        assert find_places(session, "锦溪花园", leader, NOW) == []
        assert packed_book(session, worker, NOW).digest != packed_book(session, leader, NOW).digest
        assert library_of(session, NOW) is library_of(session, NOW)
    with office.reading() as session:
        before = library_of(session, NOW)
    taken(office, tmp_path, [*BOOK, a_row("望月桥")])
    with office.reading() as session:
        assert library_of(session, NOW) is not before
        assert find_places(session, "望月桥", (STREET,), NOW)[0].is_exact


def filed(office, **given):
    with office.writing() as session:
        worker = acting(session, Role.GRID_WORKER)
        receipt = file_case(session, Filing(uuid.uuid4(), "0201", "楼上漏水", **given), worker, NOW)
        case = session.get_one(Case, receipt.case_id)
        session.expunge(case)
        return case


def entry_id(office, words):
    with office.reading() as session:
        return find_places(session, words, (STREET,), NOW)[0].place.id


def test_a_place_that_was_chosen_from_the_book_says_so_on_the_case_and_gives_its_point(office, tmp_path):
    taken(office, tmp_path)
    garden = entry_id(office, "锦溪花园")
    case = filed(office, cell_code=CELL, address="老厂宿舍 王家", place_entry=garden)
    assert case.place_method is PlaceMethod.ADDRESS
    assert case.place_reason["code"] == "place.gazetteer"
    assert case.place_reason["values"]["how"]["zh"] == "地址里提到的名称"
    # The sentence is not sealed, so no word of the address is in it.
    assert "王家" not in str(case.place_reason)
    assert (case.lon, case.lat) == pytest.approx((LON, LAT))
    moved = filed(office, point=Point(LON, LAT), address="锦溪花园", place_entry=garden)
    assert (moved.lon, moved.place_reason["code"]) == (LON, "place.gazetteer")


def test_an_entry_never_overrules_the_cell_that_the_filer_settled_on(office, tmp_path):
    taken(office, tmp_path)
    garden = entry_id(office, "锦溪花园")
    elsewhere = filed(office, cell_code=NEXT_CELL, address="锦溪花园", place_entry=garden)
    assert (elsewhere.cell_code, elsewhere.place_reason["code"], elsewhere.lon) == (NEXT_CELL, "place.listed", None)
    # An address alone goes to the queue, however well the book knows it.
    alone = filed(office, address="锦溪花园3幢", is_unsure=True)
    assert (alone.cell_code, alone.place_reason["code"]) == (None, "place.address")
    assert filed(office, cell_code=CELL, address="锦溪花园", place_entry=999999).place_reason["code"] == "place.listed"


def test_a_phone_that_kept_an_ended_edition_still_files_with_its_entry(office, tmp_path):
    taken(office, tmp_path)
    garden = entry_id(office, "锦溪花园")
    taken(office, tmp_path, [a_row("望月桥")], NOW + timedelta(hours=1))
    case = filed(office, cell_code=CELL, address="锦溪花园", place_entry=garden)
    assert case.place_reason["values"]["place"]["en"] == "Jinxi Garden"
