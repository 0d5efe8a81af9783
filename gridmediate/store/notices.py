"""Notices in the records: what was queued, on which channels it has still to leave, and how each person wants to be told."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    ScalarSelect,
    String,
    Time,
    UniqueConstraint,
    Uuid,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from gridmediate.domain.notice_times import QuietHours, Wishes
from gridmediate.domain.notices import Channel, DeliveryState, Failure
from gridmediate.store.columns import At, Count, Key, Moment, Ref, Word
from gridmediate.store.office import Base

#: A bell that says more than this says no more.
MOST_COUNTED = 100
#: Any number, the same in every program, so that two that take deliveries from one PostgreSQL home wait for each other.
_TAKING_LOCK = 7_202_612


class Notice(Base):
    """A notice queued in the transaction that causes it: number and link, never names or facts.

    It is for one person, or for the group of a department or street; a person told for a department has a row of his own.
    """

    __tablename__ = "notices"
    id: Mapped[Key]
    account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    department_code: Mapped[str | None] = mapped_column(String(24), ForeignKey("departments.code"))
    street_code: Mapped[str | None] = mapped_column(String(24), ForeignKey("areas.code"))
    #: None for a resident's request, which is no case yet; ``case_no`` is the request's number then.
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    case_no: Mapped[str] = mapped_column(String(24))
    act: Mapped[str] = mapped_column(String(48))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[At]
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    #: When its deliveries were made; None while nobody has looked where it has to go.
    planned_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("ix_notices_account", "account_id", "created_at", "id"),
        Index("ix_notices_department", "department_code", "created_at"),
        Index("ix_notices_unread", "account_id", "case_id",
              sqlite_where=text("read_at is null"), postgresql_where=text("read_at is null")),
        Index("ix_notices_unplanned", "id",
              sqlite_where=text("planned_at is null"), postgresql_where=text("planned_at is null")),
    )


class NoticeDelivery(Base):
    """One notice on its way out over one channel."""

    __tablename__ = "notice_deliveries"
    id: Mapped[Key]
    notice_id: Mapped[Ref] = mapped_column(ForeignKey("notices.id"))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[Count] = mapped_column(default=0)
    next_try_at: Mapped[At]
    #: Whoever took it has it until then; a program that was killed gives it back by letting this pass.
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    #: The message it first left in, sent along as its number. Every later try is the same message with the same lines.
    message_key: Mapped[uuid.UUID | None] = mapped_column(Uuid, index=True)
    last_error: Mapped[Failure | None] = mapped_column(Word(Failure))
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        # A notice leaves once over each channel, whoever plans it however often.
        UniqueConstraint("notice_id", "channel"),
        Index("ix_notice_deliveries_state", "state", "next_try_at", "id"),
        CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_says_when"),
    )


class NoticePreference(Base):
    """How one person wants to be told; ``id`` is the account's. Who has no row has the inbox alone."""

    __tablename__ = "notice_preferences"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("accounts.id"), primary_key=True)
    channels: Mapped[list[str]] = mapped_column(JSON, default=list)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2), default="zh")
    is_digest: Mapped[bool] = mapped_column(default=False)
    wakes_for_urgent: Mapped[bool] = mapped_column(default=False)
    quiet_from: Mapped[time] = mapped_column(Time)
    quiet_to: Mapped[time] = mapped_column(Time)

    @property
    def wishes(self) -> Wishes:
        """What the rules of times need of it."""
        return Wishes(QuietHours(self.quiet_from, self.quiet_to), self.is_digest, self.wakes_for_urgent)


def unread_of(account_id: InstrumentedAttribute[uuid.UUID]) -> ScalarSelect[int]:
    """Return how many notices an account has not read, as a column of a statement about accounts.

    It counts up to :data:`MOST_COUNTED`, so that somebody who never reads any does not slow every page.
    """
    unread = select(literal(1)).where(Notice.account_id == account_id, Notice.read_at.is_(None)).limit(MOST_COUNTED)
    return select(func.count()).select_from(unread.correlate(account_id.parent).subquery()).scalar_subquery()


def one_taker(session: Session) -> None:
    """Let one program at a time plan or take deliveries; on SQLite the queue of writers has done so already."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(func.pg_advisory_xact_lock(_TAKING_LOCK)))
