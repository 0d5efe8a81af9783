"""Statements compiled once a test process: each store would otherwise compile the same ones anew, a third of its test's time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from gridmediate.store import engine as stores

#: The dialect and what was compiled for it, by its name. More than the suite's statements, so that none is pushed out.
_kept: dict[str, tuple[Any, Any]] = {}
_MOST_KEPT = 4000


def keep() -> None:
    """Let every store opened from here on share what was compiled for its kind of database."""
    stores.create_engine = _create_engine  # type: ignore[attr-defined]


def _create_engine(url: Any, **options: Any) -> Engine:
    engine = create_engine(url, query_cache_size=_MOST_KEPT, **options)
    if url.query.get("options"):
        return engine  # a schema of its own: its dialect has another default
    dialect, compiled = _kept.get(engine.dialect.name, (None, None))
    if dialect is None or dialect.server_version_info is None:  # never connected, so it knows nothing of its server yet
        _kept[engine.dialect.name] = engine.dialect, engine._compiled_cache
    else:
        engine.dialect, engine._compiled_cache = dialect, compiled
    return engine
