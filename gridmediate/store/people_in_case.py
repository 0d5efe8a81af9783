"""Invited persons, challenges of members of the team, notes of interference, and pictures that are kept with a case."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.people_words import AttachmentKind, GuestKind
from gridmediate.domain.vocabulary import Side
from gridmediate.store.columns import At, Count, Key, Moment, Ref, Sealed, Word
from gridmediate.store.office import Base


class Guest(Base):
    """An invited person. The seat is taken once both sides have agreed, and only then."""

    __tablename__ = "guests"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[GuestKind] = mapped_column(Word(GuestKind))
    name_sealed: Mapped[Sealed]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: A studio works in public under its name.
    studio: Mapped[str | None] = mapped_column(String(60))
    #: Why this person: what the invitation is hoped to bring.
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    applicant_agrees: Mapped[bool | None]
    respondent_agrees: Mapped[bool | None]
    agreed_on: Mapped[date | None] = mapped_column(Date)
    seat_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("team_seats.id"))
    invited_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    invited_at: Mapped[At]
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        # Art. 20: who sits there has the consent of both.
        CheckConstraint("seat_id is null or agreed_on is not null", name="seated_with_consent"),
    )


class Challenge(Base):
    """A side asks that a member of the team step back; the level above decides."""

    __tablename__ = "challenges"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    seat_id: Mapped[Ref] = mapped_column(ForeignKey("team_seats.id"))
    raised_by_side: Mapped[Side | None] = mapped_column(Word(Side))
    reason_sealed: Mapped[Sealed]
    raised_at: Mapped[At]
    raised_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    is_upheld: Mapped[bool | None]
    decision_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    replaced_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("team_seats.id"))
    __table_args__ = (
        Index("uq_challenges_open_seat", "seat_id", unique=True,
              sqlite_where=text("decided_at is null"), postgresql_where=text("decided_at is null")),
        CheckConstraint("(decided_at is null) = (is_upheld is null)", name="decided_says_how"),
    )


class InterferenceNote(Base):
    """What a member of the team notes of an attempt to interfere with a case; the auditor alone reads it."""

    __tablename__ = "interference_notes"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    noted_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    noted_at: Mapped[At]
    words_sealed: Mapped[Sealed]


class Attachment(Base):
    """A picture of a signed sheet, of a proof or from the filing, re-encoded and sealed; once removed only its digest is left."""

    __tablename__ = "attachments"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("agreements.id"))
    kind: Mapped[AttachmentKind] = mapped_column(Word(AttachmentKind))
    mime: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[Count]
    width: Mapped[Count]
    height: Mapped[Count]
    #: Read only when it is shown: a page that names ten pictures reads none.
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    added_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[At]
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Under which a phone sent it with its filing: sent again, it stays one.
    upload_key: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    __table_args__ = (
        Index("uq_attachments_upload", "case_id", "upload_key", unique=True,
              sqlite_where=text("upload_key is not null"), postgresql_where=text("upload_key is not null")),
        CheckConstraint("(removed_at is null) = (content_sealed is not null)", name="removed_is_gone"),
    )
