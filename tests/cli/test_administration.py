"""The administrator's and auditor's commands: exit codes, what is printed, and that nothing is half done."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import shapely
from openpyxl import Workbook
from sqlalchemy import select, update

from gridmediate.cli import main as run
from gridmediate.home import open_store
from gridmediate.services.staff_files import COLUMNS
from gridmediate.settings import Settings
from gridmediate.store.models import Account, Cell, HistoryEntry, Home

COMMUNITY = "990101001001"


@pytest.fixture(autouse=True)
def instance(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GRIDMEDIATE_INSTANCE_FOLDER", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.fixture
def store(instance):
    """Return a function that opens the home the commands worked on."""
    opened = []

    def open_it():
        opened.append(open_store(Settings(instance_folder=instance)))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


def a_file(tmp_path, *cells, name="cells.geojson"):
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shapely.box(120 + west, 30, 120 + east, 30.004)),
         "properties": {"code": code, "name": f"格{code[-3:]}", "households": 300}}
        for code, west, east in cells
    ]
    path = tmp_path / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


SOUND = ((f"{COMMUNITY}001", 0.0, 0.004), (f"{COMMUNITY}002", 0.004, 0.008))
OVERLAPPING = ((f"{COMMUNITY}001", 0.0, 0.005), (f"{COMMUNITY}002", 0.004, 0.008))


def test_a_sound_file_is_0_and_a_faulty_one_1_with_every_fault_in_words(tmp_path, capsys):
    assert run(["grid", "check", a_file(tmp_path, *SOUND)]) == 0
    assert run(["grid", "check", a_file(tmp_path, *OVERLAPPING), "--lang", "zh", "--geojson", str(tmp_path / "out.json")]) == 1
    assert "重叠" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())["features"][0]["properties"]["kind"] == "overlap"


def test_cells_outside_the_expected_place_are_faults(tmp_path, capsys):
    place = a_file(tmp_path, (f"{COMMUNITY}001", 0.0, 0.006), name="place.geojson")
    assert run(["grid", "check", a_file(tmp_path, *SOUND), "--expect", place]) == 1
    assert "outside" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [
    ["check", "absent.geojson"], ["check", "FILE", "--code", "nonsense"], ["check", "FILE", "--pattern", "["],
    ["check", "FILE", "--geojson", "/no/such/folder/x"], ["import", "FILE", "--pattern", "["],
])
def test_what_cannot_be_done_is_1_with_a_sentence(tmp_path, capsys, arguments):
    given = [a_file(tmp_path, *SOUND) if each == "FILE" else each for each in arguments]
    assert run(["grid", *given]) == 1
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [
    ["grid"], ["grid", "import", "x", "--from", "gestern"], ["grid", "import", "x", "--accept", "ring"], ["staff"], ["audit"],
])
def test_misuse_is_2(arguments):
    with pytest.raises(SystemExit) as left:
        run(arguments)
    assert left.value.code == 2


def test_the_first_import_sets_the_home_up_and_repeating_it_changes_nothing(tmp_path, store, capsys):
    path = a_file(tmp_path, *SOUND)
    assert run(["grid", "import", path, "--code", "code", "--name", "name", "--from", "2025-01-01"]) == 0
    assert "2 new" in capsys.readouterr().out
    assert run(["grid", "import", path]) == 0
    assert "0 new, 0 changed, 2 unchanged" in capsys.readouterr().out
    with store().reading() as session:
        assert session.get(Home, 1).grid_edition == 1
        assert len(session.scalars(select(Cell)).all()) == 2


def test_faults_stop_an_import_unless_they_are_accepted(tmp_path, store, capsys):
    path = a_file(tmp_path, *OVERLAPPING)
    assert run(["grid", "import", path]) == 1
    assert "overlap" in capsys.readouterr().out
    with store().reading() as session:
        assert session.get(Home, 1) is None
    assert run(["grid", "import", path, "--accept", "overlap"]) == 0


def test_a_dry_run_keeps_nothing(tmp_path, store, capsys):
    assert run(["grid", "import", a_file(tmp_path, *SOUND), "--dry-run"]) == 0
    assert "Would change" in capsys.readouterr().out
    with store().reading() as session:
        assert session.scalars(select(Cell)).all() == []


def test_an_interrupted_import_leaves_the_grid_as_it_was(tmp_path, store, monkeypatch):
    def interrupted(*_given):
        raise KeyboardInterrupt

    monkeypatch.setattr("gridmediate.services.cells._Import._outlines", interrupted)
    assert run(["grid", "import", a_file(tmp_path, *SOUND)]) == 130
    with store().reading() as session:
        assert session.get(Home, 1) is None
        assert session.scalars(select(Cell)).all() == []


def test_foreign_codes_come_in_under_one_community(tmp_path, store):
    path = a_file(tmp_path, ("47", 0.0, 0.004), ("48", 0.004, 0.008))
    assert run(["grid", "import", path]) == 1
    assert run(["grid", "import", path, "--community", "LA", "--community-name", "Los Angeles", "--street", "LA-CITY"]) == 0
    with store().reading() as session:
        assert {cell.community_code for cell in session.scalars(select(Cell))} == {"LA"}


# ---- staff


def a_workbook(tmp_path, *rows):
    book = Workbook()
    book.active.append([words.zh for words in COLUMNS.values()])
    for row in rows:
        book.active.append([row.get(key) for key in COLUMNS])
    book.save(tmp_path / "staff.xlsx")
    return str(tmp_path / "staff.xlsx")


ADMIN = {"login": "admin", "name": "高立民", "post": "管理员", "place": "990101"}
WORKER = {"login": "JX-0101", "name": "罗一鸣", "post": "网格员", "place": COMMUNITY, "cells": f"{COMMUNITY}001"}


@pytest.fixture
def home(tmp_path):
    assert run(["grid", "import", a_file(tmp_path, *SOUND)]) == 0


def test_the_first_administrator_comes_with_the_first_file(tmp_path, home, store, capsys):
    path = a_workbook(tmp_path, ADMIN, WORKER)
    capsys.readouterr()
    assert run(["staff", "import", path, "--address", "https://gm.example"]) == 0
    said = capsys.readouterr().out
    assert said.count("https://gm.example/invitation/") == 2
    assert run(["staff", "import", path]) == 0
    assert "0 people changed, 2 unchanged" in capsys.readouterr().out
    with store().reading() as session:
        assert {each.login for each in session.scalars(select(Account))} == {"admin", "JX-0101"}


def test_without_an_administrator_nothing_is_done(tmp_path, home, store, capsys):
    assert run(["staff", "import", a_workbook(tmp_path, WORKER)]) == 1
    assert "no administrator" in capsys.readouterr().err
    assert run(["staff", "import", a_workbook(tmp_path, ADMIN), "--as", "nobody"]) == 1
    with store().reading() as session:
        assert session.scalars(select(Account)).all() == []


def test_a_dry_run_of_staff_keeps_nothing(tmp_path, home, store, capsys):
    assert run(["staff", "import", a_workbook(tmp_path, ADMIN, WORKER), "--dry-run"]) == 0
    assert "Joins" in capsys.readouterr().out
    with store().reading() as session:
        assert session.scalars(select(Account)).all() == []


def test_faults_of_staff_are_printed_by_row(tmp_path, home, capsys):
    assert run(["staff", "import", a_workbook(tmp_path, ADMIN, WORKER | {"post": "队长"}, WORKER | {"first": "x"})]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["Row 3", "Row 4"]


def test_the_template_is_written(tmp_path, home):
    assert run(["staff", "template", str(tmp_path / "t.xlsx")]) == 0
    assert (tmp_path / "t.xlsx").read_bytes().startswith(b"PK")
    assert run(["staff", "template", "/no/such/folder/t.xlsx"]) == 1


# ---- the record


def test_an_untouched_record_is_0_and_a_touched_one_1(home, store, capsys, tmp_path):
    assert run(["audit", "verify"]) == 0
    (tmp_path / "kept.txt").write_text(capsys.readouterr().out)
    assert run(["audit", "verify", "--kept-file", str(tmp_path / "kept.txt"), "--only-read"]) == 0
    with store().writing() as session:
        session.execute(update(HistoryEntry).values(at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert run(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert "entry changed" in said.out
    assert "does not hold" in said.err


def test_a_kept_line_that_does_not_agree_is_1(home, capsys):
    assert run(["audit", "verify", "--kept", "2100-01-01T00:00:00+00:00 " + "0" * 64]) == 1
    assert "kept line does not agree" in capsys.readouterr().out
    assert run(["audit", "verify", "--kept", "nonsense"]) == 1
    assert run(["audit", "verify", "--kept-file", "/no/such/file"]) == 1
