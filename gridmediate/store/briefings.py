"""Briefings, the numbers given to issued ones, and the samples of closed cases whose parties are called."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.briefing import BriefKind
from gridmediate.domain.call_backs import Settled
from gridmediate.store.columns import At, Code, Count, Document, Key, Moment, Ref, Word
from gridmediate.store.office import Base


class Briefing(Base):
    """A briefing of a street or the county: a draft while it has no number, kept as it is from then on."""

    __tablename__ = "briefings"
    id: Mapped[Key]
    place_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    kind: Mapped[BriefKind] = mapped_column(Word(BriefKind))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    #: 0 for the first of a period, then one for each correction.
    edition: Mapped[Count] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    counted_at: Mapped[At]
    #: Lines with their rules and numbers, tables, the drawn cells, the distribution list. Nothing personal.
    content: Mapped[Document]
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("briefings.id"))
    year: Mapped[int | None]
    number: Mapped[int | None]
    issued_at: Mapped[datetime | None] = mapped_column(Moment)
    issued_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: SHA-256 of everything that stands on the paper.
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: The Word file as it was first made.
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    __table_args__ = (
        UniqueConstraint("place_code", "kind", "first_on", "edition"),
        UniqueConstraint("place_code", "year", "number"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("(number is null) = (issued_at is null) and (number is null) = (digest is null)", name="issued_whole"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads a plain dict


class BriefingNumber(Base):
    """The last number given in a place and year; taken in the issue's own transaction, so that no gap can arise."""

    __tablename__ = "briefing_numbers"
    place_code: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[Count]


class CallBackSample(Base):
    """Closed cases of a street and period drawn by lot, once."""

    __tablename__ = "call_back_samples"
    id: Mapped[Key]
    street_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    seed: Mapped[str] = mapped_column(String(32))
    asked_size: Mapped[Count]
    #: How many cases each stratum had: ``[[head, community, cases], …]``.
    frame: Mapped[list[Any]] = mapped_column(JSON)
    #: Closed as settled, but not called: sensitive, or a safe contact is in force.
    left_out: Mapped[Count]
    drawn_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    drawn_at: Mapped[At]
    __table_args__ = (
        # A period of another length would be a second draw of the same cases.
        UniqueConstraint("street_code", "first_on"),
    )


class CallBackLine(Base):
    """One drawn case: who called, whether anybody answered, and what was said."""

    __tablename__ = "call_back_lines"
    id: Mapped[Key]
    sample_id: Mapped[Ref] = mapped_column(ForeignKey("call_back_samples.id"))
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[Count]
    head: Mapped[str] = mapped_column(String(2))
    community_code: Mapped[Code]
    tries: Mapped[Count] = mapped_column(default=0)
    called_at: Mapped[datetime | None] = mapped_column(Moment)
    called_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    settled: Mapped[Settled | None] = mapped_column(Word(Settled))
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        Index("ix_call_back_lines_sample", "sample_id", "position", unique=True),
        CheckConstraint("(called_at is null) = (called_by is null)", name="called_says_by_whom"),
    )
