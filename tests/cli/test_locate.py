"""``gridmediate locate``: the rows of a file with their cells, without a database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import shapely

from gridmediate.cli import main as run

CELLS = {"07": shapely.box(0, 0, 2, 2), "08": shapely.box(2, 0, 4, 2), "09": shapely.box(3, 1, 5, 3)}
POINTS = [("inside", "1", "1"), ("edge", "2", "1"), ("overlap", "3.5", "1.5"), ("outside", "9", "9"), ("none", "", "")]


@pytest.fixture(autouse=True)
def _instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GRIDMEDIATE_INSTANCE_FOLDER", str(tmp_path / "instance"))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Cells that touch and overlap, a point of each kind, and where the answer goes."""
    cells, points = tmp_path / "cells.geojson", tmp_path / "points.csv"
    features = [
        {"type": "Feature", "properties": {"number": code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in CELLS.items()
    ]
    cells.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with points.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("what", "x", "y"), *POINTS])
    return cells, points, tmp_path / "out.csv"


def locate(cells: Path, points: Path, out: Path, lon: str = "x", **options: str) -> int:
    given = [part for name, value in ({"code": "number"} | options).items() for part in (f"--{name}", value)]
    return run(["locate", str(cells), str(points), "--lon", lon, "--lat", "y", *given, "-o", str(out)])


def test_each_row_gets_its_cell_and_says_how(files, tmp_path, capsys):
    assert locate(*files) == 0
    with files[2].open(encoding="utf-8", newline="") as found:
        rows = list(csv.DictReader(found))
    assert [each["located"] for each in rows] == [each["what"] for each in rows] == [each[0] for each in POINTS]
    assert [each["cell_code"] for each in rows] == ["07", "07", "08", "", ""]
    assert [each["candidates"] for each in rows] == ["", "07;08", "08;09", "", ""]
    assert "Outside 1" in capsys.readouterr().err
    assert not (tmp_path / "instance").exists()


def test_the_counts_are_told_in_chinese(files, capsys):
    assert locate(*files, lang="zh") == 0
    assert "在重叠处 1" in capsys.readouterr().err


@pytest.mark.parametrize(("lon", "code"), [("longitude", "number"), ("x", "nc_id")])
def test_a_refusal_leaves_an_older_answer_as_it_was(files, capsys, lon, code):
    files[2].write_text("older", encoding="utf-8")
    assert locate(*files, lon=lon, code=code) == 1
    said = capsys.readouterr()
    assert ("longitude" if lon != "x" else "nc_id") in said.err and "Traceback" not in said.err
    assert files[2].read_text(encoding="utf-8") == "older"
    assert sorted(path.name for path in files[2].parent.iterdir()) == ["cells.geojson", "out.csv", "points.csv"]


def test_files_that_are_not_there_are_named(files, tmp_path, capsys):
    assert locate(files[0], tmp_path / "no.csv", files[2]) == 1
    assert "no.csv" in capsys.readouterr().err
    assert locate(files[0], files[1], tmp_path / "nowhere" / "out.csv") == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["cells", "points"], ["cells", "points", "--lon", "x", "--lat", "y"]])
def test_misuse_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        run(["locate", *arguments])
    assert left.value.code == 2 and capsys.readouterr().err
