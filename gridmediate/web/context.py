"""What a view works with: the application's records, and the database's refusals in words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app, g
from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import ChangedMeanwhile, Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.accounts import LoginTaken
from gridmediate.store.models import Base
from gridmediate.web.rooms import Application


class RecordsBusy(Problem):
    """The database cannot be reached or is held by others."""

    code = "records.busy"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "数据暂时连不上，这一次没有存。请过几秒再试；已经存好的不受影响。",
        "The records cannot be reached just now, and this was not saved. Try again in a few seconds; what was saved before "
        "is safe.",
    )


class RecordsFull(Problem):
    """There is no room left on the disk of the database."""

    code = "records.full"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "服务器的磁盘满了，这一次没有存。看还可以看；请马上告诉管理员腾出空间。",
        "The server's disk is full, so this was not saved. Reading still works; tell the administrator at once to make room.",
    )


class AlreadyThere(Problem):
    """The same thing exists already."""

    code = "records.already-there"
    kind = Kind.CONFLICT
    sentence = Label(
        "同样的一条已经有了，没有重复存。请回列表看看。",
        "The same thing is there already, so it was not saved twice. Look at the list.",
    )


#: Constraints whose breaking means something a person can act on. Any other is a fault of the program.
_MEANINGS: dict[str, type[Problem]] = {"uq_accounts_login": LoginTaken}

_SQLITE_FULL = {sqlite3.SQLITE_FULL}
_SQLITE_BUSY = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
}
_POSTGRES_FULL = {"53100"}
#: Classes of SQLSTATE: connection lost, resources short, operator's intervention, system error; then lock and dead-lock.
_POSTGRES_BUSY = ("08", "53", "57", "58", "55P03", "40")


def app_in_use() -> Application:
    """Return the application that answers this request."""
    return cast(Application, current_app)


def actor_in_use() -> Actor:
    """Return the signed-in person of this request; views behind a permission always have one."""
    actor: Actor | None = g.actor
    if actor is None:
        raise LookupError("this view is open without an account; look at g.actor first")
    return actor


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that only reads."""
    with in_words(), app_in_use().store.reading() as session:
        _give_home(session)
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Open a session that commits at the end, or rolls back if anything was raised. Nothing slow belongs inside."""
    with in_words(), app_in_use().store.writing() as session:
        _give_home(session)
        yield session


def _give_home(session: Session) -> None:
    # Read with the sign-in a moment ago; acts that change the home lock and read it themselves.
    signed = g.get("signed")
    if signed is not None and signed.home is not None:
        session.info["home"] = signed.home


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the database refuses into problems; for services that open their sessions themselves."""
    try:
        yield
    except StaleDataError as error:
        raise ChangedMeanwhile from error
    except PoolTimeout as error:
        raise RecordsBusy from error
    except DBAPIError as error:
        problem = meaning_of(error)
        if problem is None:
            raise
        raise problem from error


def meaning_of(error: DBAPIError) -> Problem | None:
    """Return what a refusal of the database means to a person, or None if it is a fault of the program."""
    if isinstance(error, IntegrityError):
        name = broken_constraint(error)
        kind = _MEANINGS.get(name or "")
        if kind is not None:
            return kind(field="login", login="") if kind is LoginTaken else kind()
        return AlreadyThere() if name and name.startswith(("uq_", "pk_")) else None
    number = getattr(error.orig, "sqlite_errorcode", None)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if (number is not None and number & 0xFF in _SQLITE_FULL) or state in _POSTGRES_FULL:
        return RecordsFull()
    if (number is not None and number & 0xFF in _SQLITE_BUSY) or state.startswith(_POSTGRES_BUSY) or error.connection_invalidated:
        return RecordsBusy()
    # psycopg gives no state at all when there is no server to give one.
    lost = isinstance(error, OperationalError | InterfaceError) and number is None and not state
    return RecordsBusy() if lost else None


def broken_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint a row broke.

    Notes
    -----
    SQLite names the columns of a unique constraint and not the constraint, so it is looked up by them; the words of the message
    are never read beyond that.
    """
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    text = str(error.orig)
    columns = re.findall(r"(\w+)\.(\w+)", text)
    if not columns:
        named = re.search(r"\b((?:ck|uq|pk|fk|ix)_\w+)", text)
        return named.group(1) if named else None
    table = Base.metadata.tables.get(columns[0][0])
    names = {name for _, name in columns}
    if table is None:
        return None
    for each in table.constraints:
        if isinstance(each, UniqueConstraint) and {column.name for column in each.columns} == names:
            return str(each.name)
    for index in table.indexes:
        if index.unique and {column.name for column in index.columns} == names:
            return str(index.name)
    return str(table.primary_key.name) if {column.name for column in table.primary_key} == names else None
