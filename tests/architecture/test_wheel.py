"""What is installed is whole: every template, style, cell, migration and catalogue of the tree is inside the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

#: Where each folder of the tree lies in the wheel.
PLACES = {
    "gridmediate": "gridmediate",
    "static": "gridmediate/static",
    "templates": "gridmediate/templates",
    "data/grids": "gridmediate/grids",
}
PACKAGING = ["setup.cfg", "setup.py", "pyproject.toml", "requirements.in", "LICENSE", "README.md"]
NOT_OURS = {"__pycache__", ".DS_Store"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what goes into the wheel: a build leaves folders behind, and finds those of builds before it."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in PLACES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns(*NOT_OURS, "*.pyc"))
    for name in PACKAGING:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    """The wheel, built from the source archive that is built from the tree: both must be whole."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."]
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (built,) = (tree / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_the_tree_and_nothing_else(tree: Path, wheel: Path) -> None:
    expected = {
        f"{place}/{path.relative_to(tree / folder).as_posix()}"
        for folder, place in PLACES.items()
        for path in (tree / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == expected, f"missing: {sorted(expected - inside)[:20]}; surplus: {sorted(inside - expected)[:20]}"


def test_an_installed_copy_finds_its_own_files(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import gridmediate; from gridmediate import resources as r; "
        "print(gridmediate.__version__, r.static_folder(), r.templates_folder(), r.grids_folder(), sep='\\n')"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    site = tmp_path / "site" / "gridmediate"
    assert said.stdout.split()[1:] == [str(site / name) for name in ("static", "templates", "grids")]


def test_the_wheel_brings_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "gridmediate = gridmediate.cli:main" in archive.read(name).decode()
