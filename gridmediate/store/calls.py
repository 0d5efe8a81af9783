"""Calls to county departments and what moves things on: slips, urgings, instructions."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.calls import CallMatter, PromptKind
from gridmediate.domain.vocabulary import Urgency
from gridmediate.store.columns import At, Code, Count, Key, Moment, Ref, Sealed, Word
from gridmediate.store.office import Base


class CountyCall(Base):
    """A street's call in a case. What each department has to do of it is a task that bears its ``call_id``."""

    __tablename__ = "calls"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    #: Counted per street and year without gaps: street, year, number.
    number: Mapped[str] = mapped_column(String(32), unique=True)
    matter: Mapped[CallMatter] = mapped_column(Word(CallMatter))
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    words_sealed: Mapped[Sealed]
    called_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    called_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closing_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        Index("ix_calls_board", "closed_at", "called_at", "id"),
        CheckConstraint("(closed_at is null) = (closing_sealed is null)", name="closed_says_how"),
    )


class CallNumber(Base):
    """The last number given in a street and year; taken in the call's own transaction, so that no gap can arise."""

    __tablename__ = "call_numbers"
    street_code: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[Count]


class Prompt(Base):
    """An urging, a slip or an instruction: to a department about its task, or to the community about its case."""

    __tablename__ = "prompts"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    task_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("tasks.id"))
    kind: Mapped[PromptKind] = mapped_column(Word(PromptKind))
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    given_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    given_at: Mapped[At]
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Empty where the task's own answer answered it.
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint("kind != 'urge' or task_id is not null", name="urges_a_department"),)
