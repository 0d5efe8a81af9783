"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


class NoPostgres(RuntimeError):
    """No server can be started here; the message says why and what would help."""


def programs_folder() -> Path:
    """Return the folder of the newest ``initdb`` and ``postgres`` on this machine.

    Raises
    ------
    NoPostgres
        If there is none.
    """
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise NoPostgres("no PostgreSQL server is installed (apt-get install postgresql)")


class PostgresCluster:
    """A running server with as many databases as asked for.

    Parameters
    ----------
    fsync : bool
        Whether commits reach the disk. Off by default: no test pulls the plug, and killing a process loses nothing.
    """

    def __init__(self, *, fsync: bool = False) -> None:
        self._programs = programs_folder()
        self._runs_as: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="gm-pg-"))  # not pytest's: a socket's path may have 107 bytes
        self._numbers = count(1)
        self._templates: dict[str, str] = {}
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._hand_over_folder()
            self._initialise()
            self._start(fsync)
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of *database*."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of *template* and return its name."""
        database = f"t{next(self._numbers)}"
        self._say("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'", database, template)
        return database

    def drop(self, database: str) -> None:
        """Drop *database*, with whoever is still connected to it."""
        self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """Return a database to copy from, prepared once by ``prepare(url)``.

        Parameters
        ----------
        name : str
            Any word; the same word gets the same database.
        prepare : callable
            Makes the tables at the address it is given, and closes its connections.
        """
        if name not in self._templates:
            database = self.create()
            prepare(self.url(database))
            self._templates[name] = database
        return self._templates[name]

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._server and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # "fast": clients are disconnected, nothing is waited for
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _hand_over_folder(self) -> None:
        # PostgreSQL refuses to run as root.
        if os.geteuid() == 0:
            try:
                owner = pwd.getpwnam("postgres")
            except KeyError:
                raise NoPostgres("running as root, and there is no user “postgres” to run the server as") from None
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._runs_as = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def _initialise(self) -> None:
        command = [self._programs / "initdb", "--pgdata", self.folder / "cluster", "--username", "postgres", "--auth", "trust"]
        command += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **self._runs_as)
        if done.returncode:
            raise NoPostgres(f"initdb failed: {done.stderr.strip()[-400:]}")

    def _start(self, fsync: bool) -> None:
        wanted = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if fsync else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        command = [
            self._programs / "postgres",
            "-D",
            self.folder / "cluster",
            *(f"--{key}={value}" for key, value in wanted.items()),
        ]
        with (self.folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._runs_as
            )
        give_up = time.monotonic() + 60
        while True:
            with suppress(psycopg.OperationalError):
                self._say("SELECT 1")
                return
            if self._server.poll() is not None or time.monotonic() > give_up:
                raise NoPostgres(f"the server did not start: {(self.folder / 'log').read_text()[-400:]}")
            time.sleep(0.05)

    def _say(self, statement: str, *names: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
