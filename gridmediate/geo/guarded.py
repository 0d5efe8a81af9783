"""Run GDAL in a process of its own, with little memory, little time and none of our secrets: above all on a stranger's file.

The readers are large C libraries; a crafted file may make them crash, loop or fill the memory. All of that then happens to a
child that has nothing, and its answer comes back as text and WKB, never as pickled objects.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import shapely
from pyproj import CRS

import gridmediate
from gridmediate.domain.geo_problems import ReadingStopped, problem_from
from gridmediate.domain.problems import Problem
from gridmediate.geo.features import Features

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 20
WALL_SECONDS = 60
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")


def read_in_a_guarded_process(path: Path, file: str, layer: str | None, max_vertices: int) -> Features:
    """Do as :func:`~gridmediate.geo.sources.read_features` does, in a child of 2 GB and 20 seconds.

    Raises
    ------
    ReadingStopped
        If the child went over a limit or fell over.
    Problem
        Whatever the reader refuses.
    """
    answer = answer_of_child(__name__, {"path": str(path.resolve()), "file": file, "layer": layer, "max_vertices": max_vertices})
    if answer is None:
        raise ReadingStopped(file=file)
    if "problem" in answer:
        raise problem_from(answer["problem"], answer["values"])
    return Features(answer["columns"], shapely.from_wkb(answer["wkb"]), CRS.from_wkt(answer["crs"]))


def answer_of_child(module: str, asked: dict[str, Any]) -> Any:
    """Return what one of our modules answers, run by itself with *asked* as JSON on its input; None if it stopped.

    The module calls :func:`answer_under_limits` when it is run.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread: a linear-algebra library reserves address space for each, which the limit would count.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = str(Path(gridmediate.__file__).parent.parent)
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and module; what was asked goes in by stdin
            [sys.executable, "-m", module], input=json.dumps(asked), capture_output=True, encoding="utf-8", env=environment,
            timeout=WALL_SECONDS, check=False,
        )
        return json.loads(child.stdout) if child.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        return None


def answer_under_limits(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer as the child: with little memory and time, and nothing of ours."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(answer(json.load(sys.stdin)), sys.stdout, default=str)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        # Only the child loads GDAL and what comes with it: 70 MB that no worker of the web needs to carry.
        read = import_module("gridmediate.geo.sources").read_features
        found = read(Path(asked["path"]), asked["file"], asked["layer"], asked["max_vertices"])
    except Problem as problem:
        return {"problem": problem.code, "values": problem.values}
    return {"columns": found.columns, "wkb": shapely.to_wkb(found.geometries, hex=True).tolist(), "crs": found.crs.to_wkt()}


if __name__ == "__main__":
    answer_under_limits(_answer)
