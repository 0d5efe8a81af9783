"""Opening a home: the engine with its durable settings, the fair queue of writers, and sessions that say read or write.

SQLite: WAL with ``synchronous=FULL`` (an acknowledged filing is a promise), ``BEGIN IMMEDIATE`` for writers behind a
first-come-first-served lock, since SQLite's own busy handler is unfair. PostgreSQL: READ COMMITTED with conditional updates
and short time-outs.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from gridmediate.store.encryption import Keyring

_SQLITE_PRAGMAS = (
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON", "temp_store=MEMORY",
    "wal_autocheckpoint=1000", "trusted_schema=OFF", "cell_size_check=ON", "cache_size=-2000",
)
_POSTGRES_OPTIONS = "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000"

#: Any number, the same in every program, so that two that change the tables of one PostgreSQL home wait for each other.
_RESTRUCTURING_LOCK = 7_202_611


class WriterQueue:
    """Lets one writer at a time into a SQLite file, in the order of arrival, across threads and processes."""

    def __init__(self, path: Path | None) -> None:
        self._tickets = threading.Condition()
        self._next = 0
        self._serving = 0
        self._gone: set[int] = set()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600) if path else None

    @property
    def waiting(self) -> int:
        """How many have come and are not served yet."""
        return max(0, self._next - self._serving - 1)

    def enter(self) -> None:
        """Wait for one's turn."""
        with self._tickets:
            ticket = self._next
            self._next += 1
            try:
                while ticket != self._serving:
                    self._tickets.wait()
            except BaseException:
                # Someone who is interrupted while waiting must not hold up all who came later.
                self._gone.add(ticket)
                self._serve(self._serving)
                raise
        if self._file is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            except BaseException:
                with self._tickets:
                    self._serve(ticket + 1)
                raise

    def leave(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        with self._tickets:
            self._serve(self._serving + 1)

    def _serve(self, ticket: int) -> None:
        self._serving = ticket
        while self._serving in self._gone:
            self._gone.remove(self._serving)
            self._serving += 1
        self._tickets.notify_all()

    def close(self) -> None:
        """Give the lock file back."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None


class Store:
    """One county's home: its engine, its keys, and sessions on it.

    Parameters
    ----------
    url : str
        SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.
    keyring : Keyring
    pool_size : int
        Connections kept open; one per serving thread is enough.
    """

    def __init__(self, url: str, keyring: Keyring, *, pool_size: int = 16) -> None:
        self.url = make_url(url)
        self.keyring = keyring
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._queue: WriterQueue | None = None
        self.engine = self._open_sqlite(pool_size) if self.is_sqlite else self._open_postgres(pool_size)
        # "shared" outlives sessions: what is read once per edition (cells, rules) is kept there by the services.
        info: dict[str, Any] = {"keyring": keyring, "shared": {}}
        self._readers = sessionmaker(
            self.engine.execution_options(reads=True, postgresql_readonly=True), expire_on_commit=False, info=info)
        self._writers = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False, info=info)

    def _open_sqlite(self, pool_size: int) -> Engine:
        path = Path(self.url.database) if self.url.database and self.url.database != ":memory:" else None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=True)
        self._queue = WriterQueue(path.with_name(path.name + ".writer") if path else None)
        engine = create_engine(self.url, pool_size=pool_size, max_overflow=4) if path else create_engine(self.url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _open_postgres(self, pool_size: int) -> Engine:
        # A home in its own schema says so in the address: ?options=-csearch_path%3Dcounty_a
        given = self.url.query.get("options", "")
        options = f"{_POSTGRES_OPTIONS} {given if isinstance(given, str) else ' '.join(given)}".strip()
        return create_engine(
            self.url, pool_size=pool_size, max_overflow=4, pool_pre_ping=True, connect_args={"options": options},
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads; the database itself refuses it any change."""
        with self._readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits at the end, or rolls back if anything was raised.

        Nothing slow belongs inside: no password hashing, no image work, no network.
        """
        with self._turn(), self._writers() as session, session.begin():
            yield session

    @contextmanager
    def restructuring(self) -> Iterator[Connection]:
        """Open the connection that may change tables: one at a time, one transaction, without time limits."""
        with self._turn(), self.engine.execution_options(writes=True).connect() as connection:
            if self.is_sqlite:
                with _unlinked(connection), connection.begin():
                    yield connection
                    if loose := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise RuntimeError(f"a migration left a row without its parent: {tuple(loose)}")
            else:
                with connection.begin():
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_RESTRUCTURING_LOCK})")
                    yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._queue is None:
            yield
            return
        self._queue.enter()
        try:
            yield
        finally:
            self._queue.leave()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # pysqlite would delay BEGIN until the first write; a read that turns into a write then fails at once when busy.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def _unlinked(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by copying it and dropping the old one, which would take the rows that point to it along. The
    # switch does nothing inside a transaction, so it is thrown on the driver's connection, before ours begins.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    options, pooled = connection.get_execution_options(), connection.connection
    reads = options.get("reads", False)
    # PostgreSQL begins READ ONLY; here the switch belongs to the pooled connection, which remembers how it stands.
    if pooled.info.get("query_only", False) is not reads and pooled.driver_connection is not None:
        pooled.driver_connection.execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
        pooled.info["query_only"] = reads
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
