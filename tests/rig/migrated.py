"""Migrations run once a test process for each kind of database; every other empty one is told the same statements again.

Building all editions takes half a second, and telling their statements a fifth of it. What the migrations
themselves claim (``store/test_schema.py``) is proved on the migrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, inspect

from gridmediate.store import schema

_WRITES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")
#: By the dialect's name: the statements with what was given to each.
_said: dict[str, list[tuple[str, Any]]] = {}


def keep() -> None:
    """Let :func:`gridmediate.store.schema.prepare` repeat, on an empty database, what the migrations said the first time."""
    schema.command = SimpleNamespace(upgrade=_upgrade, downgrade=command.downgrade)  # type: ignore[assignment]


@contextmanager
def real_migrations() -> Iterator[None]:
    """Run the migrations themselves meanwhile."""
    kept, schema.command = schema.command, command
    try:
        yield
    finally:
        schema.command = kept


def _upgrade(config: Config, to: str) -> None:
    connection: Connection = config.attributes["connection"]
    kind = connection.dialect.name
    if to != "head" or connection.engine.url.query.get("options") or inspect(connection).get_table_names():
        command.upgrade(config, to)
    elif kind in _said:
        for statement, given in _said[kind]:
            connection.exec_driver_sql(statement, given or None)
    else:
        heard: list[tuple[str, Any]] = []

        def hear(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
            if statement.lstrip().upper().startswith(_WRITES):
                heard.append((statement, given))

        event.listen(connection, "before_cursor_execute", hear)
        command.upgrade(config, to)
        event.remove(connection, "before_cursor_execute", hear)
        _said[kind] = heard
