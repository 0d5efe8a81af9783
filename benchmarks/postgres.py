"""The same county on PostgreSQL: a server of the benchmark's own, whose commits reach the disk, filled from the SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from psycopg import Cursor
from sqlalchemy import JSON, Table, func, select

from benchmarks.world import World
from gridmediate.store.models import Base
from gridmediate.store.schema import prepare
from tests.rig.postgres import PostgresCluster


@contextmanager
def cluster() -> Iterator[PostgresCluster]:
    """Run a server for as long as the figures are taken."""
    server = PostgresCluster(fsync=True)
    try:
        yield server
    finally:
        server.stop()


def copied(world: World, server: PostgresCluster) -> World:
    """Return the county with all its rows on *server*."""
    there = World(world.folder, server.url(server.create()))
    source, target = world.open(), there.open()
    prepare(target)
    with source.engine.connect() as reading, target.engine.execution_options(writes=True).begin() as writing:
        writing.exec_driver_sql("SET LOCAL statement_timeout = 0")
        cursor: Cursor = writing.connection.cursor()  # type: ignore[assignment]
        for table in Base.metadata.sorted_tables:
            _copy(reading, cursor, table)
    with target.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        print(f"  on PostgreSQL: {connection.scalar(select(func.count()).select_from(Base.metadata.tables['cases'])):,} cases")
    source.close()
    target.close()
    return there


def _copy(reading: Any, cursor: Cursor, table: Table) -> None:
    as_text = [isinstance(column.type, JSON) for column in table.columns]
    names = ", ".join(column.name for column in table.columns)
    rows = reading.execution_options(yield_per=5000).execute(select(table))
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as into:
        for row in rows:
            into.write_row([_plain(value, text) for value, text in zip(row, as_text, strict=True)])


def _plain(value: Any, is_json: bool) -> Any:
    if is_json and value is not None:
        return json.dumps(value, ensure_ascii=False)
    return value.value if isinstance(value, StrEnum) else value
