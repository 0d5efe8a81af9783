"""Sheets of cells from every kind of file and CRS, and the files that are refused."""

import json
import stat
import zipfile

import numpy as np
import pytest
import shapely

from gridmediate.domain import geo_problems as problems
from gridmediate.geo import archives
from gridmediate.geo.cells import read_cells, repair_ring, repair_rings
from tests.geo.drawn import OUDER_AMSTEL, a_feature, a_frame, a_sheet, block, code_of, write_geojson, zip_shapefile

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

NAMED_IN_PROBLEMS = (
    "file", "got", "why", "limit", "layers", "rows", "crs", "fields", "codes", "line", "expected", "columns", "folder",
)
EXPECTED = [block(0, 0), block(1, 0), block(2, 0)]


def assert_the_three_cells(sheet):
    assert sheet.codes == (code_of(1), code_of(2), code_of(3))
    assert sheet.names == ("溪北第1网格", "溪北第2网格", "医院专属")
    assert sheet.households == (300, 280, None)
    assert sheet.communities == ("990101001001",) * 3
    assert shapely.hausdorff_distance(sheet.geometries, np.array(EXPECTED)).max() < 1e-8


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:3857"])
def test_a_geopackage_in_any_crs_gives_the_same_cells(tmp_path, crs, guarded):
    a_frame(crs).to_file(tmp_path / "网格.gpkg", driver="GPKG")
    sheet = read_cells(tmp_path / "网格.gpkg", guarded=guarded)
    assert_the_three_cells(sheet)
    assert crs.split(":")[1] in sheet.source_crs


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4549"])
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("leave_out", [(), (".cpg",)])
def test_a_zipped_shapefile_keeps_its_chinese_with_or_without_a_cpg(tmp_path, crs, encoding, leave_out):
    assert_the_three_cells(read_cells(zip_shapefile(tmp_path / "cells.zip", a_frame(crs), encoding, leave_out), guarded=False))


def test_a_guarded_reader_reads_a_zipped_shapefile_as_well(tmp_path):
    zipped = zip_shapefile(tmp_path / "cells.zip", a_frame("EPSG:4549"), "GBK", (".cpg",))
    assert_the_three_cells(read_cells(zipped, guarded=True))


def test_a_plain_geojson_is_wgs84_and_an_old_crs_member_is_honoured(tmp_path):
    (tmp_path / "plain.geojson").write_text(a_frame().to_json(drop_id=True), encoding="utf-8")
    assert_the_three_cells(read_cells(tmp_path / "plain.geojson"))
    old = json.loads(a_frame("EPSG:4549").to_json(drop_id=True))
    old["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    (tmp_path / "old.json").write_text(json.dumps(old, ensure_ascii=False), encoding="gbk")
    assert_the_three_cells(read_cells(tmp_path / "old.json"))


@pytest.mark.skipif(not OUDER_AMSTEL.exists(), reason="the Dutch parcels (EPSG:28992) are not on this machine")
@pytest.mark.parametrize("guarded", [False, True])
def test_metres_of_the_netherlands_are_not_taken_for_degrees(guarded):
    sheet = read_cells(OUDER_AMSTEL, "kot_identi", guarded=guarded)
    west, south, east, north = shapely.total_bounds(sheet.geometries)
    assert len(sheet) == 136 and "28992" in sheet.source_crs
    assert 4.8 < west < east < 5.1 and 52.2 < south < north < 52.4


def test_the_missing_crs_is_refused_in_every_format(tmp_path):
    frame = a_frame().set_crs(None, allow_override=True)
    with pytest.warns(UserWarning):
        frame.to_file(tmp_path / "none.gpkg", driver="GPKG")
    files = [
        tmp_path / "none.gpkg", zip_shapefile(tmp_path / "none.zip", a_frame(), leave_out=(".prj",)),
        write_geojson(tmp_path / "none.json", [a_feature(block(0, 0), code="1")], crs=None),
    ]
    for file in files:
        with pytest.raises(problems.CrsMissing, match="does not say"):
            read_cells(file)


def test_a_crs_that_nobody_knows_or_that_is_a_link_is_refused(tmp_path):
    unknown = {"type": "name", "properties": {"name": "EPSG:999999"}}
    for member in (unknown, {"type": "link", "properties": {"href": "http://x/"}}, 7):
        with pytest.raises(problems.CrsUnknown):
            read_cells(write_geojson(tmp_path / "crs.json", [a_feature(block(0, 0), code="1")], crs=member))


def test_metres_without_a_crs_and_swapped_degrees_are_refused_with_their_rows(tmp_path):
    metric = a_feature(shapely.box(5e5, 4e6, 5.1e5, 4.1e6), code="2")
    metres = write_geojson(tmp_path / "m.json", [a_feature(block(0, 0), code="1"), metric])
    with pytest.raises(problems.CoordinatesOutOfRange, match=r"feature 2 .*510000"):
        read_cells(metres)
    with pytest.raises(problems.CoordinatesOutOfRange):
        read_cells(write_geojson(tmp_path / "s.json", [a_feature(shapely.box(36.2, 118.7, 36.3, 118.8), code="1")]))


@pytest.mark.parametrize("content", [
    b"", b"<kml></kml>", b"hello", b'{"type": "Topology"}', b'{"type": "FeatureCollection", "features": 3}', b"\x89PNG\r\n",
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
])
def test_another_kind_of_file_is_refused(tmp_path, content):
    (tmp_path / "cells.geojson").write_bytes(content)
    with pytest.raises(problems.NotAFileOfCells, match="GeoPackage"):
        read_cells(tmp_path / "cells.geojson")


@pytest.mark.parametrize("content", [
    b'{"type": "FeatureCollection", "features": [', b'{"a":' * 100_000, b"PK\x03\x04 broken",
    b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,"x"],[1,2]]]}}]}',
    b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2],[3]]]}}]}',
    b"SQLite format 3\0 and then nothing of the kind",
])
@pytest.mark.parametrize("guarded", [False, True])
def test_a_broken_file_is_said_to_be_broken(tmp_path, content, guarded):
    (tmp_path / "cells").write_bytes(content)
    with pytest.raises(problems.FileBroken):
        read_cells(tmp_path / "cells", guarded=guarded)


def test_coordinates_that_are_no_number_are_refused(tmp_path):
    for number in ("NaN", "1e999"):
        file = tmp_path / "cells.json"
        file.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":{"type":"Polygon",'
                        f'"coordinates":[[[118,36],[118.1,{number}],[118.1,36.1],[118,36]]]}}}}]}}', encoding="utf-8")
        with pytest.raises(problems.FileBroken, match="no number"):
            read_cells(file)


def test_points_and_lines_are_no_cells(tmp_path):
    with pytest.raises(problems.NotPolygons, match="Point"):
        read_cells(write_geojson(tmp_path / "p.json", [a_feature(shapely.Point(118, 36), code="1")]))


def test_the_field_of_the_codes_is_found_by_its_name_or_its_values_or_asked_for(tmp_path):
    def sheet_with(**properties):
        return write_geojson(tmp_path / "f.json", [a_feature(block(0, 0), **properties)])

    assert read_cells(sheet_with(WGBM="370102013006008", mc="一")).code_field == "WGBM"
    assert read_cells(sheet_with(anything="370102013006008", other="x")).code_field == "anything"
    assert read_cells(sheet_with(nc_id=47.0)).codes == ("47",)
    with pytest.raises(problems.CodeFieldUnclear, match="colour, size"):
        read_cells(sheet_with(colour="red", size="3"))
    with pytest.raises(problems.FieldNotInFile, match=r"no field “kode”.*colour"):
        read_cells(sheet_with(colour="red"), "kode")


def test_a_code_that_a_table_made_a_number_gets_its_digits_back(tmp_path):
    frame = a_frame()
    frame["网格编码"] = [990101001001001.0, 990101001001002.0, None]
    frame.to_file(tmp_path / "n.gpkg", driver="GPKG")
    assert read_cells(tmp_path / "n.gpkg", "网格编码").codes == (code_of(1), code_of(2), "")


def test_a_field_name_that_a_shapefile_cut_in_the_middle_of_a_character_is_still_known(tmp_path):
    frame = a_frame().rename(columns={"网格编码": "FIELD00001"})
    whole = zip_shapefile(tmp_path / "whole.zip", frame)
    with zipfile.ZipFile(whole) as read, zipfile.ZipFile(tmp_path / "cut.zip", "w") as cut:
        for name in read.namelist():
            cut.writestr(name, read.read(name).replace(b"FIELD00001", "网格编码".encode()[:10]))
    assert read_cells(tmp_path / "cut.zip").codes == (code_of(1), code_of(2), code_of(3))


def test_several_layers_are_asked_about(tmp_path):
    for layer in ("甲", "乙"):
        a_frame().to_file(tmp_path / "two.gpkg", driver="GPKG", layer=layer)
    with pytest.raises(problems.LayerUnclear, match="甲"):
        read_cells(tmp_path / "two.gpkg")
    assert_the_three_cells(read_cells(tmp_path / "two.gpkg", layer="乙"))


def test_a_file_without_cells_an_absent_one_and_a_heavy_one_are_refused(tmp_path):
    with pytest.raises(problems.NoCells):
        read_cells(write_geojson(tmp_path / "none.json", []))
    with pytest.raises(problems.FileAbsent):
        read_cells(tmp_path / "absent.json")
    with pytest.raises(problems.FileTooLarge, match="vertices"):
        read_cells(write_geojson(tmp_path / "heavy.json", [a_feature(block(0, 0), code="1")]), max_vertices=4)


def test_a_problem_of_the_guarded_reader_is_the_same_problem_with_the_name_people_know(tmp_path):
    file = write_geojson(tmp_path / "upload-1", [a_feature(block(0, 0), code="1")], crs=None)
    with pytest.raises(problems.CrsMissing) as caught:
        read_cells(file, guarded=True, file="锦溪社区.geojson")
    assert "锦溪社区.geojson" in caught.value.say("zh")


@pytest.mark.parametrize("name", ["../网格.shp", "/网格.shp", "a/../../网格.shp", "C:\\网格.shp"])
def test_an_archive_that_climbs_is_not_unpacked(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(problems.ArchiveRefused, match="path"):
        read_cells(tmp_path / "slip.zip")


def test_an_archive_with_a_link_is_not_unpacked(tmp_path):
    entry = zipfile.ZipInfo("cells.shp")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(problems.ArchiveRefused, match="link"):
        read_cells(tmp_path / "link.zip")


def test_a_bomb_is_refused_by_what_it_declares_and_by_what_it_gives(tmp_path, monkeypatch):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cells.shp", bytes(8 * 1024 * 1024))
    with pytest.raises(problems.ArchiveRefused, match="1:"):
        read_cells(bomb)
    # A header that lies about the size: what is counted while reading decides.
    monkeypatch.setattr(archives, "_checked", lambda opened, file: opened.infolist())
    with pytest.raises(problems.ArchiveRefused, match="bytes"):
        read_cells(bomb)


def test_an_archive_of_too_many_or_too_large_is_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(201):
            archive.writestr(f"{number}.txt", b"")
    with pytest.raises(problems.ArchiveRefused, match="201"):
        read_cells(tmp_path / "many.zip")
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.raises(problems.ArchiveRefused, match="MB"):
        read_cells(zip_shapefile(tmp_path / "large.zip", a_frame()))


def test_an_archive_without_one_shapefile_says_what_it_holds(tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.shp", b"")
        archive.writestr("b.shp", b"")
    with pytest.raises(problems.LayerUnclear, match=r"a\.shp"):
        read_cells(tmp_path / "two.zip")


def test_a_guarded_reader_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("gridmediate.geo.guarded.WALL_SECONDS", 0.01)
    with pytest.raises(problems.ReadingStopped):
        read_cells(write_geojson(tmp_path / "c.json", [a_feature(block(0, 0), code="1")]), guarded=True)


def test_a_ring_is_mended_only_when_asked_and_only_where_asked():
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    mended = repair_ring(bow)
    assert mended.is_valid and mended.geom_type == "MultiPolygon" and mended.area == pytest.approx(0.5)
    sheet = a_sheet([bow, bow])
    one = repair_rings(sheet, [code_of(1)])
    assert one.geometries[0].is_valid and not one.geometries[1].is_valid and not sheet.geometries[0].is_valid


def test_every_problem_of_the_room_speaks_both_languages_and_comes_back_from_its_code():
    for code, kind in problems.BY_CODE.items():
        made = problems.problem_from(code, dict.fromkeys(NAMED_IN_PROBLEMS, "x"))
        assert type(made) is kind and made.say("zh") != made.say("en") and "{" not in made.say("zh")
