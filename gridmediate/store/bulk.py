"""Writing new rows without a unit of work: for filings and imports, whose rows nobody changes again in the same session."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm import Session, class_mapper

from gridmediate.store.models import Base


def insert_rows(session: Session, rows: Iterable[Base]) -> None:
    """Insert rows that were made and not added, one statement for each kind, parents before what points to them.

    Parameters
    ----------
    session : Session
    rows : iterable of Base
        With their keys. What was not set has its column's plain default, else nothing.
    """
    kinds: dict[type[Base], list[dict[str, Any]]] = {}
    for row in rows:
        given = row.__dict__
        kinds.setdefault(type(row), []).append({name: given.get(name, value) for name, value in _blank(type(row)).items()})
    for kind in sorted(kinds, key=_place):
        session.execute(_into(kind), kinds[kind])


@cache
def _into(kind: type[Base]) -> Insert:
    return insert(_table(kind))


@cache
def _place(kind: type[Base]) -> int:
    """Return where a table stands when parents come first."""
    return Base.metadata.sorted_tables.index(_table(kind))


def _table(kind: type[Base]) -> Table:
    table: Table = class_mapper(kind).local_table  # type: ignore[assignment]
    return table


@cache
def _blank(kind: type[Base]) -> dict[str, Any]:
    return {
        column.key: column.default.arg if column.default is not None and column.default.is_scalar else None  # type: ignore[attr-defined]
        for column in _table(kind).columns
    }
