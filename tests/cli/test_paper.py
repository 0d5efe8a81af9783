"""``gridmediate paper``: an office copies our templates, changes them and has them checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmediate.cli import main as run
from gridmediate.documents.fields import FIELDS
from gridmediate.documents.papers import PaperKind, template_file
from tests.documents.own_templates import with_paragraphs


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_every_field_and_column_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paper", "fields"]) == 0
    names = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    columns = {field.name: [f"{field.name}.{column.name}" for column in field.columns] for field in FIELDS.values()}
    assert names == [name for field in FIELDS for name in (field, *columns[field])]


def test_copied_templates_pass_and_a_misspelt_one_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    assert run(["paper", "copy", str(own)]) == 0
    assert {path.name for path in own.iterdir()} == {template_file(kind) for kind in PaperKind}
    monkeypatch.setenv("GRIDMEDIATE_PAPERS_FOLDER", str(own))
    assert run(["paper", "check"]) == 0
    (own / "agreement.docx").write_bytes(with_paragraphs("{{ agrement_no }}"))
    (own / "closing_report.docx").write_bytes(b"no document")
    capsys.readouterr()
    assert run(["paper", "check"]) == 1
    said = capsys.readouterr()
    assert "agrement_no" in said.err and "closing_report.docx" in said.err
    assert len(said.out.splitlines()) == len(PaperKind) - 2


def test_nothing_to_check_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["paper", "check"]) == 2
    assert "GRIDMEDIATE_PAPERS_FOLDER" in capsys.readouterr().out
