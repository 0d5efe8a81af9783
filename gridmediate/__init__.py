"""From a dispute filed on a phone to the grid cell it belongs to, the people who answer for it, and the leaders' map.

Importing this package loads nothing but these names, so that the rules in :mod:`gridmediate.domain` can be used without a
database or a web framework; the application is fetched when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__", "create_app"]


def __getattr__(name: str) -> Any:
    """Fetch ``create_app`` on first use (PEP 562)."""
    # A plain import here would pull Flask into every program that wants one rule; the architecture test names this
    # as the only place where something is fetched late.
    if name == "create_app":
        return import_module("gridmediate.web.app").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
