"""The tables of one home (one county): places and people, cases and what belongs to them, rules, and the record of acts.

Geometry is kept as WKB in WGS 84 with its bounding box and located by ``geo``. Columns that end in ``_sealed`` hold personal
text encrypted by ``store.encryption``. Relationships are ``lazy="raise"``: a statement says what it loads.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridmediate.domain.agreements import MediatorChoice, NoticeHow, Openness
from gridmediate.domain.calls import Rating
from gridmediate.domain.case_words import AgreementState, Extension, Outcome, PauseCause, State
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.next_steps import Turn
from gridmediate.domain.tasks import AnswerKind, ReturnReason, TaskState
from gridmediate.domain.vocabulary import Datum, Level, Part, PlaceMethod, Seat, Side, Source, Urgency, Willingness
from gridmediate.store.bookmarks import MapBookmark
from gridmediate.store.briefings import Briefing, BriefingNumber, CallBackLine, CallBackSample
from gridmediate.store.calls import CallNumber, CountyCall, Prompt
from gridmediate.store.cell_notices import CellNotice, CellNoticePlace
from gridmediate.store.columns import At, Code, Count, Document, Index64, Key, Moment, Ref, Sealed, Word
from gridmediate.store.exports import CaseExport
from gridmediate.store.field import FieldDevice, PhotoPart
from gridmediate.store.gazetteer import GazetteerEntry
from gridmediate.store.investigations import Investigation
from gridmediate.store.ladder import ClimbedStep, Lease
from gridmediate.store.mediation import Agreement, AgreementNumber, CaseLink, Clause, FollowUp, Raising
from gridmediate.store.meetings import JointMeeting, MeetingItem, SafetyStepRow
from gridmediate.store.notices import Notice, NoticeDelivery, NoticePreference
from gridmediate.store.office import (
    Account,
    Area,
    Base,
    CalendarDay,
    CalendarYear,
    Cell,
    Department,
    Home,
    Post,
    RosterTerm,
    RuleRow,
    SignIn,
    TryCount,
)
from gridmediate.store.people_in_case import Attachment, Challenge, Guest, InterferenceNote
from gridmediate.store.public_phones import PublicPhones
from gridmediate.store.residents import FollowCode, FollowSession, MediationRequest, SideSaying
from gridmediate.store.returns import FrozenReturn
from gridmediate.store.sessions import CalendarLink, MediationSession
from gridmediate.store.tallies import CellTally
from gridmediate.store.walls import WallLink

__all__ = [
    "Account",
    "Agreement",
    "AgreementNumber",
    "Area",
    "Attachment",
    "Base",
    "Briefing",
    "BriefingNumber",
    "CalendarDay",
    "CalendarLink",
    "CalendarYear",
    "CallBackLine",
    "CallBackSample",
    "CallNumber",
    "Case",
    "CaseClock",
    "CaseExport",
    "CaseLink",
    "CaseNumber",
    "Cell",
    "CellNotice",
    "CellNoticePlace",
    "CellTally",
    "Challenge",
    "Clause",
    "ClimbedStep",
    "CountyCall",
    "Department",
    "FieldDevice",
    "FollowCode",
    "FollowSession",
    "FollowUp",
    "FrozenReturn",
    "GazetteerEntry",
    "Guest",
    "HistoryEntry",
    "Home",
    "InterferenceNote",
    "Investigation",
    "JointMeeting",
    "Lease",
    "MapBookmark",
    "MediationRequest",
    "MediationSession",
    "MeetingItem",
    "Notice",
    "NoticeDelivery",
    "NoticePreference",
    "Party",
    "PhotoPart",
    "Post",
    "Prompt",
    "PublicPhones",
    "Raising",
    "RosterTerm",
    "RuleRow",
    "SafetyStepRow",
    "SideSaying",
    "SignIn",
    "Task",
    "TeamSeat",
    "TryCount",
    "WallLink",
]


#: A case as it is filed: with its cell, nothing beside the main line.
_NOTHING_BESIDE: dict[str, Any] = {
    "level": Level.CELL, "extension": Extension.NONE, "consent_needed": False, "agreement_state": AgreementState.NONE,
    "clauses_open": 0, "clauses_broken": 0, "follow_ups_open": 0,
}


class Case(Base):
    """A dispute, from filing to its lawful end."""

    __tablename__ = "cases"
    id: Mapped[Key]
    case_no: Mapped[str] = mapped_column(String(24), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[State] = mapped_column(Word(State))
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    is_open: Mapped[bool] = mapped_column(default=True)

    cell_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cells.id"))
    cell_code: Mapped[str | None] = mapped_column(String(24))
    community_code: Mapped[str | None] = mapped_column(String(24))
    street_code: Mapped[Code]
    county_code: Mapped[Code]

    t2_code: Mapped[str] = mapped_column(String(4))
    t1_code: Mapped[str] = mapped_column(String(2))
    source: Mapped[Source] = mapped_column(Word(Source))
    willingness: Mapped[Willingness] = mapped_column(Word(Willingness))
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency), default=Urgency.ORDINARY)

    title_sealed: Mapped[Sealed]
    facts_sealed: Mapped[Sealed]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    lon: Mapped[float | None]
    lat: Mapped[float | None]
    raw_lon: Mapped[float | None]
    raw_lat: Mapped[float | None]
    datum: Mapped[Datum] = mapped_column(Word(Datum), default=Datum.WGS84)
    accuracy_m: Mapped[float | None]
    place_method: Mapped[PlaceMethod] = mapped_column(Word(PlaceMethod))
    #: A Phrase: why this cell (inside, shared edge, overlap, chosen) or why none.
    place_reason: Mapped[Document]

    filed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    filed_at: Mapped[At]
    #: What the phone's clock said; never used for a deadline.
    client_at: Mapped[datetime | None] = mapped_column(Moment)
    filing_key: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4)
    filing_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    external_no: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    warn_at: Mapped[datetime | None] = mapped_column(Moment)
    #: What lists are ordered by and show (``domain.next_steps``), kept with the case so that a list is one statement.
    next_due_at: Mapped[At]
    next_warn_at: Mapped[At]
    next_step: Mapped[Document]
    turn: Mapped[Turn] = mapped_column(Word(Turn))
    #: Since when the case has stood in its present cell, head and status.
    status_since: Mapped[At]
    changed_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    duplicate_of: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"))
    sessions_held: Mapped[Count] = mapped_column(default=0)

    # What runs beside the main line, kept with the case so that a page and a list read one row (``domain.next_steps.Beside``).
    level: Mapped[Level] = mapped_column(Word(Level), default=Level.CELL, server_default="cell")
    raise_due_at: Mapped[datetime | None] = mapped_column(Moment)
    extension: Mapped[Extension] = mapped_column(Word(Extension), default=Extension.NONE, server_default="none")
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    paused_until: Mapped[datetime | None] = mapped_column(Moment)
    pause_cause: Mapped[PauseCause | None] = mapped_column(Word(PauseCause))
    consent_needed: Mapped[bool] = mapped_column(default=False, server_default=false())
    agreement_state: Mapped[AgreementState] = mapped_column(
        Word(AgreementState), default=AgreementState.NONE, server_default="none")
    clauses_open: Mapped[Count] = mapped_column(default=0, server_default="0")
    clauses_broken: Mapped[Count] = mapped_column(default=0, server_default="0")
    clause_due_at: Mapped[datetime | None] = mapped_column(Moment)
    clause_warn_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_ups_open: Mapped[Count] = mapped_column(default=0, server_default="0")
    follow_up_due_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_up_warn_at: Mapped[datetime | None] = mapped_column(Moment)
    police_notified_at: Mapped[datetime | None] = mapped_column(Moment)
    #: How the person at risk may be reached unseen.
    safe_contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    parties: Mapped[list[Party]] = relationship(lazy="raise", order_by="Party.position")
    seats: Mapped[list[TeamSeat]] = relationship(lazy="raise", order_by="TeamSeat.position")
    tasks: Mapped[list[Task]] = relationship(lazy="raise", order_by="Task.dispatched_at", back_populates="case")
    clocks: Mapped[list[CaseClock]] = relationship(lazy="raise", order_by="CaseClock.started_at")

    __table_args__ = (
        UniqueConstraint("filed_by", "filing_key"),
        # The last three are what the tabs of a list count, so that counting reads no row.
        Index("ix_cases_community_due", "community_code", "is_open", "next_due_at", "id", "turn", "due_at", "cell_code"),
        Index("ix_cases_street_due", "street_code", "is_open", "next_due_at", "id", "turn", "due_at", "cell_code"),
        Index("ix_cases_community_closed", "community_code", "changed_at", "id",
              sqlite_where=text("is_open is 0"), postgresql_where=text("is_open is false")),
        Index("ix_cases_street_closed", "street_code", "changed_at", "id",
              sqlite_where=text("is_open is 0"), postgresql_where=text("is_open is false")),
        Index("ix_cases_cell_due", "cell_code", "is_open", "next_due_at", "id", "turn"),
        Index("ix_cases_filed_by", "filed_by", "filed_at"),
        Index("ix_cases_late", "street_code", "due_at", "cell_code", "state", "t2_code", "status_since",
              sqlite_where=text("due_at is not null"), postgresql_where=text("due_at is not null")),
        Index("ix_cases_urgent", "street_code", "due_at", "cell_code", "t2_code",
              sqlite_where=text("urgency = 'urgent' and due_at is not null"),
              postgresql_where=text("urgency = 'urgent' and due_at is not null")),
        # What waits beside the main line, for the sweep; most cases have none of it.
        *(Index(f"ix_cases_{column.removesuffix('_at')}", column,
                sqlite_where=text(f"{column} is not null"), postgresql_where=text(f"{column} is not null"))
          for column in ("clause_warn_at", "follow_up_warn_at", "paused_until", "raise_due_at")),
        Index("ix_cases_raised", "level", "street_code", "is_open",
              sqlite_where=text("level != 'cell'"), postgresql_where=text("level != 'cell'")),
        Index("ix_cases_clock", "warn_at", "due_at", "id",
              sqlite_where=text("due_at is not null"), postgresql_where=text("due_at is not null")),
        Index("ix_cases_unplaced", "street_code", "filed_at",
              sqlite_where=text("cell_code is null"), postgresql_where=text("cell_code is null")),
        Index("uq_cases_external_no", "external_no", unique=True,
              sqlite_where=text("external_no is not null"), postgresql_where=text("external_no is not null")),
        CheckConstraint("(lon is null) = (lat is null)", name="point_whole"),
        CheckConstraint("lon is null or (lon between -180 and 180 and lat between -90 and 90)", name="point_on_earth"),
        CheckConstraint("cell_code is null or community_code is not null", name="cell_in_community"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads a plain dict

    def __init__(self, **given: Any) -> None:
        # What lists show of a case is worked out before it is first written.
        super().__init__(**_NOTHING_BESIDE | given)


class Party(Base):
    """A party to a case. Names, phones and addresses are sealed; keyed indexes allow an exact search."""

    __tablename__ = "parties"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[Count] = mapped_column(default=1)
    side: Mapped[Side] = mapped_column(Word(Side))
    is_organisation: Mapped[bool] = mapped_column(default=False)
    is_minor: Mapped[bool] = mapped_column(default=False)
    name_sealed: Mapped[Sealed]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_index: Mapped[Index64] = mapped_column(index=True)
    phone_index: Mapped[int | None] = mapped_column(BigInteger, index=True)
    willingness: Mapped[Willingness] = mapped_column(Word(Willingness), default=Willingness.NOT_ASKED)
    #: Speaks for several on its side; at most five do.
    is_representative: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Who acts for the party, with a power of attorney.
    agent_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    notice_on: Mapped[date | None] = mapped_column(Date)
    notice_how: Mapped[NoticeHow | None] = mapped_column(Word(NoticeHow))
    mediator_choice: Mapped[MediatorChoice | None] = mapped_column(Word(MediatorChoice))
    openness: Mapped[Openness | None] = mapped_column(Word(Openness))
    #: When its proof of identity was looked at; no copy is kept.
    identity_seen_on: Mapped[date | None] = mapped_column(Date)
    #: When its agent's power of attorney was taken into the dossier.
    power_seen_on: Mapped[date | None] = mapped_column(Date)


class TeamSeat(Base):
    """A seat of the case's 1+1+N team, filled or declared vacant, with its reason in words."""

    __tablename__ = "team_seats"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[Count]
    seat: Mapped[Seat] = mapped_column(Word(Seat))
    account_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"), index=True)
    department_code: Mapped[str | None] = mapped_column(String(24), ForeignKey("departments.code"))
    part: Mapped[Part | None] = mapped_column(Word(Part))
    is_vacant: Mapped[bool] = mapped_column(default=False)
    #: A Phrase: the roster row, the rule number, "added by …", or why nobody sits here.
    reason: Mapped[Document]
    seated_at: Mapped[At]
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    account: Mapped[Account | None] = relationship(lazy="raise")
    __table_args__ = (
        Index("ix_team_seats_account_open", "account_id", "left_at", "case_id"),
        CheckConstraint("not (is_vacant and account_id is not null)", name="vacant_is_empty"),
    )


class Task(Base):
    """A department's part in a case (交办单)."""

    __tablename__ = "tasks"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    department_code: Mapped[Code] = mapped_column(ForeignKey("departments.code"))
    part: Mapped[Part] = mapped_column(Word(Part))
    state: Mapped[TaskState] = mapped_column(Word(TaskState))
    is_open: Mapped[bool] = mapped_column(default=True)
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency), default=Urgency.ORDINARY)
    ask_sealed: Mapped[Sealed]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_kind: Mapped[AnswerKind | None] = mapped_column(Word(AnswerKind))
    settles: Mapped[bool] = mapped_column(default=False)
    #: An answer for the team only; the parties do not read it.
    is_internal: Mapped[bool] = mapped_column(default=False)
    dispatched_at: Mapped[At]
    sign_due_at: Mapped[At]
    answer_due_at: Mapped[At]
    answer_warn_at: Mapped[At]
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    returned_count: Mapped[Count] = mapped_column(default=0)
    return_reason: Mapped[ReturnReason | None] = mapped_column(Word(ReturnReason))
    return_words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_ruled: Mapped[bool] = mapped_column(default=False)
    #: The call it is part of (``store.calls``); no foreign key, which SQLite adds to a table only by copying it.
    call_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    came_at: Mapped[datetime | None] = mapped_column(Moment)
    rating: Mapped[Rating | None] = mapped_column(Word(Rating))
    rated_at: Mapped[datetime | None] = mapped_column(Moment)
    case: Mapped[Case] = relationship(lazy="raise", back_populates="tasks")
    __table_args__ = (
        Index("ix_tasks_department_due", "department_code", "state", "answer_due_at", "id"),
        Index("ix_tasks_ruling", "state", "case_id"),
        Index("ix_tasks_call", "call_id", "department_code",
              sqlite_where=text("call_id is not null"), postgresql_where=text("call_id is not null")),
        Index("ix_tasks_answer_clock", "state", "answer_warn_at", "answer_due_at", "case_id",
              sqlite_where=text("is_open is 1"), postgresql_where=text("is_open is true")),
        Index("ix_tasks_sign_clock", "state", "sign_due_at", "case_id",
              sqlite_where=text("is_open is 1"), postgresql_where=text("is_open is true")),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CaseClock(Base):
    """A deadline that ran or runs for a case, with its sum in words."""

    __tablename__ = "case_clocks"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[ClockKind] = mapped_column(Word(ClockKind))
    started_at: Mapped[At]
    due_at: Mapped[At]
    warn_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    #: ``Deadline.as_json()``: limit, unit, source and the steps of the sum.
    explanation: Mapped[Document]
    # The figures of a year read every clock of it, but never its sum, which is the most of a row.
    __table_args__ = (Index("ix_case_clocks_case", "case_id", "kind", "started_at", "due_at", "ended_at"),)


class CaseNumber(Base):
    """The last number given in a street and year; taken in the filing's own transaction, so that no gap can arise."""

    __tablename__ = "case_numbers"
    street_code: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[Count]


class HistoryEntry(Base):
    """One act or one reading, appended to a chain and never edited. A case is a chain; so is an account, the grid, the rules."""

    __tablename__ = "history"
    chain: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[At] = mapped_column(index=True)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"), index=True)
    #: What was done, e.g. ``case.accept``, ``case.read``, ``party.unmask``, ``session.start``.
    act: Mapped[str] = mapped_column(String(48))
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"))
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    case_version: Mapped[int | None]
    #: Codes and figures only; nothing personal.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
