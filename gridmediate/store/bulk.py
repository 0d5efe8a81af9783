"""Writing many new rows without a unit of work: for imports, whose rows nobody changes again in the same session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, insert
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
    blanks: dict[type[Base], dict[str, Any]] = {}
    for row in rows:
        kind = type(row)
        if kind not in kinds:
            kinds[kind], blanks[kind] = [], _blank(kind)
        blank, given = blanks[kind], row.__dict__
        kinds[kind].append({name: given.get(name, value) for name, value in blank.items()})
    parents_first = {table: place for place, table in enumerate(Base.metadata.sorted_tables)}
    for kind in sorted(kinds, key=lambda each: parents_first[_table(each)]):
        session.execute(insert(_table(kind)), kinds[kind])


def _table(kind: type[Base]) -> Table:
    table: Table = class_mapper(kind).local_table  # type: ignore[assignment]
    return table


def _blank(kind: type[Base]) -> dict[str, Any]:
    return {
        column.key: column.default.arg if column.default is not None and column.default.is_scalar else None  # type: ignore[attr-defined]
        for column in _table(kind).columns
    }
