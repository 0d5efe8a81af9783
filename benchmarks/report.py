"""Figures and how they are printed."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the value below which *share* of them lie."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one thing took, over and over.

    Parameters
    ----------
    name : str
    seconds : list of float
    body : int
        Bytes of one answer as it travelled.
    """

    name: str
    seconds: list[float]
    body: int = 0

    @property
    def p50_ms(self) -> float:
        """The median in milliseconds."""
        return 1000 * statistics.median(self.seconds)

    @property
    def p95_ms(self) -> float:
        """What 95 of 100 stay under, in milliseconds."""
        return 1000 * percentile(self.seconds, 0.95)


def machine() -> str:
    """Return the machine, its load and the versions, in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    packages = ", ".join(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "gunicorn"))
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{now}, {os.cpu_count()} × {model}, Python {platform.python_version()}, {packages}, {load()}"


def load() -> str:
    """Return the load of the last one and five minutes."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} / {five:.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
