"""A table of points gets its cells, row by row, whole or not at all."""

import csv
import json

import pytest
import shapely

from gridmediate.domain import geo_problems as problems
from gridmediate.geo import locate_file as room
from gridmediate.geo.locate import How
from gridmediate.geo.locate_file import locate_file
from tests.geo.drawn import LA, SOUTH, STEP, WEST, a_feature, block, write_geojson


def at(column, row):
    return f"{WEST + column * STEP!r}", f"{SOUTH + row * STEP!r}"


@pytest.fixture
def cells(tmp_path):
    """Two cells side by side and a third that overlaps the first."""
    drawn = {"02": block(0, 0), "01": block(1, 0), "10": block(0, 0, 0.5, 0.5)}
    return write_geojson(tmp_path / "cells.geojson", [a_feature(shape, code=code) for code, shape in drawn.items()])


ROWS = [
    ["inside", *at(0.75, 0.75)], ["edge", *at(1, 0.5)], ["overlap", *at(0.25, 0.25)], ["outside", *at(5, 5)], ["blank", "", ""],
    ["words", "没有", "x"], ["half", at(0, 0)[0], ""], ["nan", "nan", "inf"],
]
ANSWERS = [
    ["02", "inside", ""], ["01", "edge", "01;02"], ["02", "overlap", "02;10"], ["", "outside", ""], ["", "none", ""],
    ["", "none", ""], ["", "none", ""], ["", "none", ""],
]


def write_points(path, encoding="utf-8", delimiter=",", newline="\n", header=("说明", "经度", "纬度"), rows=ROWS):
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize(("delimiter", "newline"), [(",", "\n"), (";", "\r\n"), ("\t", "\n")])
def test_rows_keep_their_order_columns_encoding_and_separator(tmp_path, cells, encoding, delimiter, newline):
    points = write_points(tmp_path / "点.csv", encoding, delimiter, newline)
    report = locate_file(cells, points, tmp_path / "out.csv", lon="经度", lat="纬度", code="code")
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    text = content.decode(encoding)
    assert text.split(newline)[0] == delimiter.join(["说明", "经度", "纬度", "cell_code", "located", "candidates"])
    read = list(csv.reader(text.splitlines(), delimiter=delimiter))
    assert read[1:] == [row + answer for row, answer in zip(ROWS, ANSWERS, strict=True)]
    assert report.rows == 8 and sum(report.counts.values()) == 8
    assert report.counts == {How.INSIDE: 1, How.EDGE: 1, How.OVERLAP: 1, How.OUTSIDE: 1, How.NONE: 4}


def test_quotes_line_breaks_short_rows_and_blank_lines_are_borne(tmp_path, cells):
    lon, lat = at(0.75, 0.75)
    points = tmp_path / "p.csv"
    points.write_text(f'lon,lat,story\n{lon},{lat},"a ""b"",\nc"\n\n{lon}\n{lon},{lat},x,,\n', encoding="utf-8")
    report = locate_file(cells, points, tmp_path / "o.csv", lon="lon", lat="lat")
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    assert report.rows == 3 and rows[1][2] == 'a "b",\nc' and rows[1][3:] == ["02", "inside", ""]
    assert rows[2] == [lon, "", "", "", "none", ""] and rows[3] == [lon, lat, "x", "02", "inside", ""]


def test_many_lots_give_the_answers_of_one(tmp_path, cells, monkeypatch):
    points = write_points(tmp_path / "p.csv", rows=ROWS * 50)
    locate_file(cells, points, tmp_path / "one.csv", lon="经度", lat="纬度")
    monkeypatch.setattr(room, "_ROWS_AT_ONCE", 7)
    monkeypatch.setattr(room, "_worth_a_raster", lambda cells: 0)
    seen = []
    many = tmp_path / "many.csv"
    locate_file(cells, points, many, lon="经度", lat="纬度", on_progress=lambda done, of: seen.append((done, of)))
    assert many.read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert seen[-1][0] == 400 and all(done <= of for done, of in seen) and seen == sorted(seen)


def test_what_is_interrupted_leaves_nothing_and_what_was_there_stays(tmp_path, cells):
    points = write_points(tmp_path / "p.csv")
    (tmp_path / "out.csv").write_text("older answer", encoding="utf-8")

    def interrupt(done, lines):
        raise KeyboardInterrupt

    before = sorted(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        locate_file(cells, points, tmp_path / "out.csv", lon="经度", lat="纬度", on_progress=interrupt)
    assert sorted(tmp_path.iterdir()) == before and (tmp_path / "out.csv").read_text(encoding="utf-8") == "older answer"


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path, cells):
    with pytest.raises(problems.FieldNotInFile, match=r"no field “x”.*说明, 经度, 纬度"):
        locate_file(cells, write_points(tmp_path / "p.csv"), tmp_path / "o.csv", lon="x", lat="纬度")
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(("content", "problem"), [
    (b"", problems.HeaderMissing), (b"lon,lat\n1,2,3\n", problems.RowTooLong), (b"lon,lat,located\n", problems.ColumnTaken),
    (b"lon,lat\n\xff\xff\xfe\n", problems.TextUnreadable),
])
def test_a_table_that_cannot_be_answered_row_by_row_is_refused(tmp_path, cells, content, problem):
    (tmp_path / "p.csv").write_bytes(content)
    with pytest.raises(problem):
        locate_file(cells, tmp_path / "p.csv", tmp_path / "o.csv", lon="lon", lat="lat")
    assert not (tmp_path / "o.csv").exists()


def test_inputs_are_never_written_over_and_absent_places_are_said(tmp_path, cells):
    points = write_points(tmp_path / "p.csv")
    for out in (points, cells):
        with pytest.raises(problems.OutputIsInput):
            locate_file(cells, points, out, lon="经度", lat="纬度")
    with pytest.raises(problems.FolderAbsent):
        locate_file(cells, points, tmp_path / "no" / "o.csv", lon="经度", lat="纬度")
    with pytest.raises(problems.FileAbsent):
        locate_file(cells, tmp_path / "absent.csv", tmp_path / "o.csv", lon="经度", lat="纬度")


def test_cells_with_a_code_twice_or_a_crossed_ring_are_refused(tmp_path):
    points = write_points(tmp_path / "p.csv")
    double = write_geojson(tmp_path / "d.json", [a_feature(block(0, 0), code="7"), a_feature(block(1, 0), code="7")])
    with pytest.raises(problems.CodesRepeat, match="7"):
        locate_file(double, points, tmp_path / "o.csv", lon="经度", lat="纬度")
    bow = write_geojson(tmp_path / "b.json", [a_feature(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), code="7")])
    with pytest.raises(problems.RingsInvalid):
        locate_file(bow, points, tmp_path / "o.csv", lon="经度", lat="纬度")


def test_a_file_without_rows_gives_a_header_only(tmp_path, cells):
    (tmp_path / "p.csv").write_text("lon,lat\n", encoding="utf-8")
    assert locate_file(cells, tmp_path / "p.csv", tmp_path / "o.csv", lon="lon", lat="lat").rows == 0
    assert (tmp_path / "o.csv").read_text(encoding="utf-8") == "lon,lat,cell_code,located,candidates\n"


@pytest.mark.skipif(not LA.exists(), reason="the requests of Los Angeles are not on this machine")
@pytest.mark.parametrize(("file", "rows", "without", "several"), [
    ("la311_2017dec_10k.csv", 9999, 1753, 15), ("la311_2018jan_10k.csv", 10000, 1102, 17),
])
def test_the_requests_of_los_angeles_lie_where_their_own_file_says(tmp_path, file, rows, without, several):
    out = tmp_path / "out.csv"
    report = locate_file(LA / "la_neighborhood_councils.geojson", LA / file, out, lon="Longitude", lat="Latitude", code="nc_id")
    assert report.rows == rows and report.counts[How.NONE] == without and report.counts[How.OVERLAP] == several
    with out.open(encoding="utf-8", newline="") as opened:
        inside = [row for row in csv.DictReader(opened) if row["located"] == "inside"]
    same = sum(1 for row in inside if row["NC"] == row["cell_code"])
    assert same / len(inside) > 0.99
    with (LA / "la_neighborhood_councils.geojson").open(encoding="utf-8") as opened:
        known = {feature["properties"]["nc_id"] for feature in json.load(opened)["features"]}
    assert {row["cell_code"] for row in inside} <= known
