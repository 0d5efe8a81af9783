"""The book of place names in the records. Entries are never changed: an edition that is replaced ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.vocabulary import Datum
from gridmediate.store.columns import At, Code, Moment, Name, Word
from gridmediate.store.office import Base


class GazetteerEntry(Base):
    """One edition of one place or building: no person lives in it, so nothing is sealed."""

    __tablename__ = "gazetteer_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Name]
    name_en: Mapped[Name]
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    building: Mapped[str] = mapped_column(String(24), default="")
    kind: Mapped[str] = mapped_column(String(24), default="")
    street_code: Mapped[Code]
    cell_code: Mapped[str | None] = mapped_column(String(24))
    #: WGS 84; beside it the point as it came in, with its datum.
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    raw_lon: Mapped[float | None]
    raw_lat: Mapped[float | None]
    datum: Mapped[Datum] = mapped_column(Word(Datum), default=Datum.WGS84)
    #: Of the name and each alias, worked out at the import.
    pinyin: Mapped[list[str]] = mapped_column(JSON, default=list)
    initials: Mapped[list[str]] = mapped_column(JSON, default=list)
    source: Mapped[Name]
    made_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        CheckConstraint("(lon is null) = (lat is null)", name="point_whole"),
        CheckConstraint("cell_code is not null or lon is not null", name="somewhere"),
        Index("ix_gazetteer_entries_in_force", "ended_at", "street_code"),
    )
