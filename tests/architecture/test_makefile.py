"""What "make" lists is what there is."""

from __future__ import annotations

import os
import re
import subprocess

from tests.architecture.source_tree import ROOT
from tests.rig.walk import walked

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):(?!=)", MAKEFILE, flags=re.M)


def test_the_targets_people_are_told_of_exist() -> None:
    assert {"run", "test", "check", "bench"} <= set(TARGETS)


@walked("target", TARGETS)
def test_make_alone_lists_every_target(target: str) -> None:
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^  make {target} +\w", said, flags=re.M), said


@walked("target", TARGETS)
def test_no_target_is_mistaken_for_a_file(target: str) -> None:
    phony = re.findall(r"^\.PHONY:(.*)$", MAKEFILE, flags=re.M)
    assert target in " ".join(phony).split()


def test_continuous_integration_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


@walked(
    "script", sorted(path for path in (ROOT / "tools").iterdir() if path.is_file()), ids=lambda path: path.name
)
def test_scripts_can_be_read_by_the_shell(script: object) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
