"""Addresses at which a wall shows a street's masked counts without a sign-in; only their hashes are kept."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import At, Code, Key, Moment, Ref
from gridmediate.store.office import Base


class WallLink(Base):
    """An address of one wall: for one street, until a day, or until somebody withdraws it."""

    __tablename__ = "wall_links"
    id: Mapped[Key]
    street_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    #: Which wall it is: "三楼大厅".
    wall: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[At]
    ends_at: Mapped[At]
    #: Noted at most once an hour: a wall asks every minute.
    last_read_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("ix_wall_links_street", "street_code", "ends_at"),
        CheckConstraint("ends_at > made_at", name="ends_after_made"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by is null)", name="withdrawn_says_by_whom"),
    )
