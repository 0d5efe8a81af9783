"""``gridmediate case import``: every row accounted for, twice as well as once, and whole when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gridmediate.cli import main as run
from gridmediate.home import open_store
from gridmediate.settings import Settings
from gridmediate.store import rollup
from gridmediate.store.history import verify
from gridmediate.store.models import Case
from gridmediate.store.schema import prepare
from tests import builders
from tests.services.test_case_import import DONE, MAPPING, MIXED, a_file, row


@pytest.fixture(autouse=True)
def _instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GRIDMEDIATE_INSTANCE_FOLDER", str(tmp_path / "instance"))
    store = open_store(Settings(instance_folder=tmp_path / "instance"), create=True)
    prepare(store)
    with store.writing() as session:
        builders.a_home(session)
    store.close()


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def counted(folder: Path) -> int:
    """How many cases there are, once it is clear that tallies and chains hold."""
    store = open_store(Settings(instance_folder=folder))
    with store.reading() as session:
        assert rollup.differences(session) == []
        assert all(isinstance(each, int) for each in verify(session))
        count = session.scalar(select(func.count()).select_from(Case)) or 0
    store.close()
    return count


def test_an_import_tells_every_row_and_a_repeat_adds_none(tmp_path, mapping, capsys):
    file = str(a_file(tmp_path, MIXED[:12]))
    assert run(["case", "import", file, "--map", str(mapping), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["adds_up"] and first["rows"] == 12 and first["created"] == 12 and sum(first["classes"].values()) == 12
    assert run(["case", "import", file, "--map", str(mapping), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["classes"]["already"] == 12 and again["created"] == 0
    assert counted(tmp_path / "instance") == 12


def test_refused_rows_are_told_by_reason_and_the_rest_goes_in(tmp_path, mapping, capsys):
    assert run(["case", "import", str(a_file(tmp_path, MIXED)), "--map", str(mapping), "--lot", "4"]) == 1
    said = capsys.readouterr()
    assert "Refused 1 rows (lines 14)" in said.err and "is no longitude and latitude" in said.err
    assert "all rows of the file" in said.out and "Departments made: night_office" in said.out
    assert counted(tmp_path / "instance") == 13


def test_the_report_speaks_chinese(tmp_path, mapping, capsys):
    assert run(["case", "import", str(a_file(tmp_path, MIXED)), "--map", str(mapping), "--lang", "zh"]) == 1
    said = capsys.readouterr()
    assert "合计" in said.out and "没有收 1 行" in said.err


@pytest.mark.parametrize(("change", "sentence"), [
    (('column = "Office"', 'column = "Bureau"'), "Bureau (department.column)"),
    (('H = "housing", ', ""), "H ("),
    (('"housing"', '"moon"'), "moon"),
    (("[number]", "[nubmer]"), "nubmer"),
    (("[number]", "[number"), "cannot be read"),
])
def test_a_mapping_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path, mapping, capsys, change, sentence):
    mapping.write_text(MAPPING.replace(*change), encoding="utf-8")
    assert run(["case", "import", str(a_file(tmp_path, MIXED)), "--map", str(mapping)]) == 1
    said = capsys.readouterr()
    assert sentence in said.err and "Traceback" not in said.err and not said.out
    assert counted(tmp_path / "instance") == 0


def test_files_that_are_not_there_are_named(tmp_path, mapping, capsys):
    assert run(["case", "import", str(tmp_path / "no.csv"), "--map", str(mapping)]) == 1
    assert "no.csv" in capsys.readouterr().err
    assert run(["case", "import", str(a_file(tmp_path, MIXED)), "--map", str(tmp_path / "no.toml")]) == 1
    assert "no.toml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [
    [], ["import"], ["import", "x.csv"], ["export", "x.csv"], ["import", "x.csv", "--map", "y", "--lot", "0"]])
def test_misuse_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        run(["case", *arguments])
    assert left.value.code == 2 and capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupt_from_the_keyboard_leaves_whole_cases_and_a_repeat_finishes(tmp_path, mapping):
    rows = [row(number, builders.inside(), **(DONE if number % 2 else {})) for number in range(3000)]
    command = ["case", "import", str(a_file(tmp_path, rows)), "--map", str(mapping), "--lot", "200"]
    # A suite started in the background hands an ignored SIGINT down; a person at a keyboard never does.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from gridmediate.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    running = subprocess.Popen([sys.executable, "-c", code, *command], stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    store = open_store(Settings(instance_folder=tmp_path / "instance"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with store.reading() as session:
            if session.scalar(select(func.count()).select_from(Case)):
                break
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    store.close()
    assert running.returncode == 130 and "Run the same command again" in said and "Traceback" not in said
    part = counted(tmp_path / "instance")
    assert 0 < part < 3000 and part % 200 == 0
    assert run(command) == 0
    assert counted(tmp_path / "instance") == 3000
