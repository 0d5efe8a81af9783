"""Ask for the statistics of a map in a process of its own, with little memory, little time and none of our secrets.

The libraries take about 190 MB and more than a second to load, which no worker of the web should carry for a page that few open.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import gridmediate
from gridmediate.domain.comparing import StatisticsStopped

MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 60
WALL_SECONDS = 120
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
#: One child at a time: ten leaders who open the page at once must not fill the machine.
_TURN = threading.Lock()


def statistics_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what :func:`gridmediate.statistics.inference.answer` makes of *asked*, both plain JSON.

    Raises
    ------
    StatisticsStopped
        If the child went over a limit or fell over.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread: a linear-algebra library reserves address space for each, which the limit would count.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = str(Path(gridmediate.__file__).parent.parent)
    try:
        with _TURN:
            child = subprocess.run(  # noqa: S603 - our own interpreter and module; what was asked goes in by stdin
                [sys.executable, "-m", __name__], input=json.dumps(asked), capture_output=True, encoding="utf-8",
                env=environment, timeout=WALL_SECONDS, check=False,
            )
        found: dict[str, Any] | None = json.loads(child.stdout) if child.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        found = None
    if found is None:
        raise StatisticsStopped
    return found


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only the child loads the libraries.
    json.dump(import_module("gridmediate.statistics.inference").answer(json.load(sys.stdin)), sys.stdout)
