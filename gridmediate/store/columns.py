"""Column kinds, named once."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, LargeBinary, String, TypeDecorator, Uuid
from sqlalchemy.orm import Session, mapped_column

_ticking = threading.Lock()
_last_tick = 0


def new_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562): time-ordered, so that keys made by clients keep indexes compact.

    The 12 bits after the milliseconds count within this process and carry over into them, so that rows made in one transaction
    stay in order, also within a millisecond and when the clock steps back.
    """
    global _last_tick
    with _ticking:
        _last_tick = tick = max((time.time_ns() // 1_000_000) << 12, _last_tick + 1)
    value = ((tick >> 12) & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (tick & 0xFFF) << 64
    value |= 0x2 << 62
    value |= int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    return uuid.UUID(int=value)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive one is refused: it would be somebody's guess at a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC; SQLite keeps no zone, so there it is dropped after conversion."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A word of the vocabulary, stored by its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        self.kind = kind
        # Asking the enumeration takes ten times as long, and a list of a hundred cases has seven hundred words.
        self._by_value = {each.value: each for each in kind}
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Store the value; a word of another kind is refused."""
        if value is None:
            return None
        word: str = value.value if isinstance(value, self.kind) else self.kind(value).value
        return word

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Give back the word."""
        return None if value is None else self._by_value.get(value) or self.kind(value)


Key = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
Ref = Annotated[uuid.UUID, mapped_column(Uuid)]
Code = Annotated[str, mapped_column(String(24))]
Name = Annotated[str, mapped_column(String(120))]
At = Annotated[datetime, mapped_column(Moment)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Index64 = Annotated[int, mapped_column(BigInteger)]
Document = Annotated[dict[str, Any], mapped_column(JSON)]
Count = Annotated[int, mapped_column(Integer)]


def plain_rows(session: Session, statement: Any) -> list[tuple[Any, ...]]:
    """Return the driver's own tuples: thousands of rows of codes and numbers need no wrapping."""
    result = session.connection().execute(statement)
    return list(result.cursor.fetchall())


def as_moment(stored: Any) -> datetime:
    """Return the moment that a driver gave as it keeps it: SQLite's text in UTC, or a moment."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored
