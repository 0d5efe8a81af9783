"""The edition of the tables: brought up to date by numbered migrations, in one transaction, as often as one likes.

The same migrations serve SQLite and PostgreSQL, and on PostgreSQL each home that lives in its own schema, since every name is
found by the search path of the home's own address.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.store.engine import Store

_FOLDER = Path(__file__).parent / "migrations"


class SchemaNewer(Problem):
    """The records were written by a newer edition of the program."""

    code = "record.schema-newer"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "数据是由较新的版本建立的（{got}），这个程序只认识到 {expected}。请换用较新的程序，数据没有改动。",
        "The records were made by a newer edition ({got}); this program knows editions up to {expected}. Use the newer program. "
        "Nothing was changed.",
    )


def prepare(store: Store, *, to: str = "head") -> str:
    """Bring the tables of a home to edition *to*, the newest unless told otherwise, and return its number.

    Parameters
    ----------
    store : Store
    to : str
        A revision, "head" or "base". Going back loses what only the newer edition can hold.

    Raises
    ------
    SchemaNewer
        When the home is at an edition this program has not heard of.

    Notes
    -----
    All of it is one transaction: a program that is killed half way leaves the home as it was. Two that start at once wait for
    each other, and the second finds nothing to do.
    """
    with store.restructuring() as connection:
        script = ScriptDirectory.from_config(_config(connection))
        known = {each.revision for each in script.walk_revisions()}
        present = set(MigrationContext.configure(connection).get_current_heads())
        if present - known:
            raise SchemaNewer(got=", ".join(sorted(present - known)), expected=script.get_current_head())
        if to == "base" or to < max(present, default=""):
            command.downgrade(_config(connection), to)
        else:
            command.upgrade(_config(connection), to)
        return max(MigrationContext.configure(connection).get_current_heads(), default="")


def is_current(store: Store) -> bool:
    """Return whether the home's tables are at the newest edition this program knows."""
    with store.engine.connect() as connection:
        expected = set(ScriptDirectory.from_config(_config(connection)).get_heads())
        return set(MigrationContext.configure(connection).get_current_heads()) == expected


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
