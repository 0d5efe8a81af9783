"""Mediation sessions in the records: when and where, who came, the sealed minutes; and the secret addresses of calendars."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.sittings import ROOM_LIMIT, SittingState
from gridmediate.store.columns import At, Code, Count, Key, Moment, Ref, Word
from gridmediate.store.office import Base


class MediationSession(Base):
    """A session of a case, planned or held. Whoever changes one has locked its case."""

    __tablename__ = "mediation_sessions"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    #: The case's community when it was planned: whose room it is.
    community_code: Mapped[Code]
    #: Counts what was planned in the case, whatever became of it.
    number: Mapped[Count]
    #: Which session of the case it was (``cases.sessions_held``), once held.
    held_as: Mapped[int | None]
    state: Mapped[SittingState] = mapped_column(Word(SittingState), default=SittingState.PLANNED)
    #: As planned; once held, as it was.
    planned_from: Mapped[At]
    planned_to: Mapped[At]
    #: A room of the community, which calendars show; any other place is sealed.
    room: Mapped[str | None] = mapped_column(String(ROOM_LIMIT))
    elsewhere_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_open: Mapped[bool] = mapped_column(default=False)
    planned_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: ``Attendance.as_json()``: who came, or who did not; keys and figures, no names.
    attendance: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    statements_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    points_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    undisputed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[At]
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_mediation_sessions_community", "community_code", "planned_from"),
        Index("ix_mediation_sessions_from", "planned_from"),
        CheckConstraint("planned_to > planned_from", name="ends_after_it_begins"),
        CheckConstraint("room is not null or elsewhere_sealed is not null", name="is_somewhere"),
        CheckConstraint("(state = 'held') = (held_as is not null)", name="held_says_which"),
    )


class CalendarLink(Base):
    """A secret address at which a person's calendar reads that person's sessions; only its hash is kept."""

    __tablename__ = "calendar_links"
    id: Mapped[Key]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    #: In which the calendar reads.
    language: Mapped[str] = mapped_column(String(2), default="zh")
    created_at: Mapped[At]
    #: Noted at most once a day: calendars ask every quarter of an hour.
    last_read_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("uq_calendar_links_account", "account_id", unique=True,
              sqlite_where=text("revoked_at is null"), postgresql_where=text("revoked_at is null")),
    )
