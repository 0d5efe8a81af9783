"""Frozen returns in the records: kept as issued, never written again."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import At, Code, Key
from gridmediate.store.office import Base


class FrozenReturn(Base):
    """The returns of a place and period as they were issued: the cases by codes and numbers, and the names of the day."""

    __tablename__ = "frozen_returns"
    id: Mapped[Key]
    place_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    period: Mapped[str] = mapped_column(String(24))
    #: 0 as first issued; each corrected issue has the next number and replaces none.
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    issued_at: Mapped[At]
    issued_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Of the body's canonical JSON; the chain of the home's acts bears it too.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    __table_args__ = (
        UniqueConstraint("place_code", "period", "revision"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
    )
