"""In which language and size a story is told: one of its ways, always the same, and all of them with ``JOURNEYS=all``.

Stories take minutes of a browser. Between them they are told in both languages and on both sizes; telling each in all of them is
for the hour before a release.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import pytest


def seen(names: str | Sequence[str], ways: Sequence[Any]) -> Callable[[Any], Any]:
    """Hand a story one of its ways, as ``pytest.mark.parametrize`` would hand it all."""

    def decorate(story: Any) -> Any:
        chosen = list(ways) if os.environ.get("JOURNEYS") == "all" else [ways[crc32(story.__name__.encode()) % len(ways)]]
        return pytest.mark.parametrize(names, chosen)(story)

    return decorate
