"""Every act that a service writes down has its words, and reading leaves no trace in a case's timeline."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import gridmediate
from gridmediate.domain.acts import READINGS, act_label
from gridmediate.domain.residents import Saying, act_of
from gridmediate.domain.tasks import TaskAct
from gridmediate.domain.workflow import Act
from tests.rig.walk import walked

_ACT = re.compile(
    r"(?:account|attachment|audit|briefing|calendar|call|call_back|case|cells|challenge|guest|follow|heat|interference|investigation|meeting|notice|paper|"
    r"party|password|post|prompt|request|roster|rules|side|"
    r"session|sitting|staff|task|team|wall)\.[a-z_]+")


def _written() -> set[str]:
    """Return every act that stands as a text in the source of the services."""
    found = {f"case.{act}" for act in Act} | {f"task.{act}" for act in TaskAct} | {act_of(kind) for kind in Saying}
    for path in (Path(gridmediate.__file__).parent / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node) in ("Entry", "done", "note"):
                found |= {each.value for argument in node.args for each in ast.walk(argument)
                          if isinstance(each, ast.Constant) and isinstance(each.value, str) and _ACT.fullmatch(each.value)}
    return found


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


@walked("act", sorted(_written()))
def test_every_act_that_is_written_down_reads_in_both_languages(act: str) -> None:
    said = act_label(act)
    assert re.search(r"[\u4e00-\u9fff]", said.zh), act
    assert said.en.isascii()
    assert said.en != act


def test_an_act_of_a_newer_edition_reads_as_its_code() -> None:
    assert act_label("moon.reach").say("zh") == "moon.reach"


def test_the_readings_are_acts_that_change_nothing() -> None:
    assert {act_label(act).zh for act in READINGS}.isdisjoint({act_label(f"case.{act}").zh for act in Act})
    assert "party.unmask" in READINGS
