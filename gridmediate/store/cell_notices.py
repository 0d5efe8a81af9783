"""Public notices of a street and the places they hang in. Nobody's reading of one is kept."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.cell_notices import TEXT_LIMIT, TITLE_LIMIT
from gridmediate.store.columns import At, Code, Key, Moment, Ref
from gridmediate.store.office import Base


class CellNotice(Base):
    """A public notice: plain words, from one day to another (both included)."""

    __tablename__ = "cell_notices"
    id: Mapped[Key]
    street_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    title: Mapped[str] = mapped_column(String(TITLE_LIMIT))
    text: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    published_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    published_at: Mapped[At]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("ix_cell_notices_street", "street_code", "last_on", "id"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("(ended_at is null) = (ended_by is null)", name="ended_says_by_whom"),
    )


class CellNoticePlace(Base):
    """Where a notice hangs: the street, one of its communities, or one of its cells. Codes outlive a redrawn cell."""

    __tablename__ = "cell_notice_places"
    notice_id: Mapped[Ref] = mapped_column(ForeignKey("cell_notices.id"), primary_key=True)
    place_code: Mapped[Code] = mapped_column(primary_key=True, index=True)
