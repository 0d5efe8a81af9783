"""Joint meetings with their cases and decisions, and the steps taken where domestic violence is suspected."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.meetings import PLACE_LIMIT, TITLE_LIMIT, ItemOutcome
from gridmediate.domain.safety import SafetyStep
from gridmediate.store.columns import At, Code, Count, Key, Moment, Ref, Word
from gridmediate.store.office import Base


class JointMeeting(Base):
    """A joint meeting of a street, or of the county over what was sent up to it."""

    __tablename__ = "joint_meetings"
    id: Mapped[Key]
    #: The street that holds it, or the county.
    place_code: Mapped[Code]
    held_on: Mapped[date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(TITLE_LIMIT))
    place: Mapped[str] = mapped_column(String(PLACE_LIMIT))
    convened_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    created_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("ix_joint_meetings_place", "place_code", "held_on", "id"),)


class MeetingItem(Base):
    """A case before a meeting. Whoever decides one has locked the meeting and then the case."""

    __tablename__ = "meeting_items"
    id: Mapped[Key]
    meeting_id: Mapped[Ref] = mapped_column(ForeignKey("joint_meetings.id"))
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[Count]
    #: Phrases: why the case was thought stuck when it was picked.
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: What the meeting is asked, in words.
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[ItemOutcome | None] = mapped_column(Word(ItemOutcome))
    #: What was decided, or why it was put off.
    decision_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Who does what by when, as the meeting said it: a JSON list.
    parts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    lead_department: Mapped[str | None] = mapped_column(String(24), ForeignKey("departments.code"))
    #: The last of the days that were set.
    due_on: Mapped[date | None] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        UniqueConstraint("meeting_id", "case_id"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="decided_says_how"),
    )


class SafetyStepRow(Base):
    """A step taken in a case of suspected domestic violence; taken again, it bears the later time."""

    __tablename__ = "safety_steps"
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    code: Mapped[SafetyStep] = mapped_column(Word(SafetyStep), primary_key=True)
    done_at: Mapped[At]
    done_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: Whom the safe contact protects; none where nobody was named, and then everybody's phone and address are barred.
    party_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("parties.id"))
