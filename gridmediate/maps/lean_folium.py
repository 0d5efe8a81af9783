"""Folium without pandas.

Folium takes pandas if there is one, for frames that we never hand it. That would cost every worker 35 MB and a third of a second,
so it does not find it while it loads; whoever imports pandas afterwards gets it as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without(name: str) -> Iterator[None]:
    loaded = name in sys.modules
    if not loaded:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not loaded:
            del sys.modules[name]


with _without("pandas"):
    import folium

__all__ = ["folium"]
