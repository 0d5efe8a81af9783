"""What phones in the field leave here: the phones that keep unsent filings, and photos that have come in part."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import At, Count, Key, Moment, Ref, Sealed
from gridmediate.store.office import Base


class FieldDevice(Base):
    """A phone that keeps unsent filings. They open with its key alone, which is gone for good once the phone is revoked.

    The key is drawn by lot and kept sealed: one worked out from the home's keys and the row's id could be worked out again after
    the phone was revoked, by anybody who holds the home's keys.
    """

    __tablename__ = "field_devices"
    id: Mapped[Key]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    #: Browser and system in two words, as with sign-ins.
    device: Mapped[str] = mapped_column(String(200), default="")
    key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[At]
    last_seen_at: Mapped[At]
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("ix_field_devices_account", "account_id", "revoked_at", "last_seen_at"),
        CheckConstraint("(revoked_at is null) = (key_sealed is not null)", name="revoked_opens_nothing"),
    )


class PhotoPart(Base):
    """A stretch of a photo of a filing that has not come whole yet; what belongs to it is found by account and keys."""

    __tablename__ = "photo_parts"
    id: Mapped[Key]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    #: Both made by the phone.
    filing_key: Mapped[uuid.UUID]
    photo_key: Mapped[uuid.UUID]
    #: Where the stretch begins, in bytes.
    starts_at: Mapped[Count]
    size_bytes: Mapped[Count]
    #: Of the whole photo.
    total_bytes: Mapped[Count]
    content_sealed: Mapped[Sealed] = mapped_column(deferred=True)
    sent_at: Mapped[At] = mapped_column(index=True)
    __table_args__ = (
        # Whoever sends a stretch twice at once leaves it here once.
        UniqueConstraint("account_id", "filing_key", "photo_key", "starts_at"),
        CheckConstraint("size_bytes > 0 and starts_at >= 0 and starts_at + size_bytes <= total_bytes", name="within_the_photo"),
    )
