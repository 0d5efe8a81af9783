"""The later life of a case: agreements with their clauses, follow-ups, questions to the level above, earlier cases."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.agreements import AgreementKind, ClauseState, Confirmation, Deed, Satisfaction
from gridmediate.domain.vocabulary import Level, Side
from gridmediate.store.columns import At, Code, Count, Key, Moment, Ref, Sealed, Word
from gridmediate.store.office import Base


class Agreement(Base):
    """An agreement: written, oral or on a part of the quarrel. In force from ``effect_at``."""

    __tablename__ = "agreements"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    #: Counted per community and year without gaps.
    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[AgreementKind] = mapped_column(Word(AgreementKind))
    terms_sealed: Mapped[Sealed]
    made_at: Mapped[At]
    made_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: Sides that have signed, with the day, as ``{"applicant": "2026-11-29", …}``; the seal under ``"seal"``.
    signed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    effect_at: Mapped[datetime | None] = mapped_column(Moment)
    #: It did not take effect and mediation went on, or the case was opened again.
    dropped_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmation: Mapped[Confirmation] = mapped_column(Word(Confirmation), default=Confirmation.NONE)
    confirmation_at: Mapped[datetime | None] = mapped_column(Moment)
    #: The number of the court's ruling.
    court_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint("dropped_at is null or kind != 'oral' or effect_at is not null",
                                      name="oral_binds_at_once"),)


class AgreementNumber(Base):
    """The last number given in a community and year; taken in the agreement's own transaction, so that no gap can arise."""

    __tablename__ = "agreement_numbers"
    community_code: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[Count]


class Clause(Base):
    """One thing that one side owes the other: what, how, by when. An instalment is a clause."""

    __tablename__ = "clauses"
    id: Mapped[Key]
    agreement_id: Mapped[Ref] = mapped_column(ForeignKey("agreements.id"), index=True)
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[Count]
    side: Mapped[Side] = mapped_column(Word(Side))
    deed: Mapped[Deed] = mapped_column(Word(Deed))
    what_sealed: Mapped[Sealed]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[ClauseState] = mapped_column(Word(ClauseState), default=ClauseState.OPEN)
    settled_on: Mapped[date | None] = mapped_column(Date)
    #: What shows it: a receipt's number, who saw it.
    proof_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint("amount_fen is null or amount_fen > 0", name="amount_positive"),)


class FollowUp(Base):
    """A visit or call after closing: is it kept, is it well, and what both sides say to the one question."""

    __tablename__ = "follow_ups"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[Count]
    due_at: Mapped[At]
    warn_at: Mapped[At]
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: The case was opened again before its time.
    called_off_at: Mapped[datetime | None] = mapped_column(Moment)
    is_kept: Mapped[bool | None]
    is_worse: Mapped[bool | None]
    applicant_says: Mapped[Satisfaction | None] = mapped_column(Word(Satisfaction))
    respondent_says: Mapped[Satisfaction | None] = mapped_column(Word(Satisfaction))
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (Index("ix_follow_ups_open", "done_at", "called_off_at", "due_at", "case_id"),)


class Raising(Base):
    """A question to the level above: what was tried, what is asked, by when; and what came of it."""

    __tablename__ = "raisings"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    from_level: Mapped[Level] = mapped_column(Word(Level))
    to_level: Mapped[Level] = mapped_column(Word(Level))
    tried_sealed: Mapped[Sealed]
    asked_sealed: Mapped[Sealed]
    skipped_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    wanted_by: Mapped[date] = mapped_column(Date)
    asked_at: Mapped[At]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    taken_up_at: Mapped[datetime | None] = mapped_column(Moment)
    came_down_at: Mapped[datetime | None] = mapped_column(Moment)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class CaseLink(Base):
    """An earlier case between the same sides, so that nobody starts again from nothing."""

    __tablename__ = "case_links"
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    earlier_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), primary_key=True)
