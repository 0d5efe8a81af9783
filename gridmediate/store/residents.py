"""What residents without an account leave in the records: requests, the codes that open a matter, and what a side says."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.residents import Decline, ForWhom, RequestState, Saying
from gridmediate.domain.vocabulary import Side
from gridmediate.store.columns import At, Code, Index64, Key, Moment, Ref, Word
from gridmediate.store.office import Base


class MediationRequest(Base):
    """A request for mediation that waits for the worker's look; nothing of it has gone to anybody else."""

    __tablename__ = "mediation_requests"
    id: Mapped[Key]
    request_no: Mapped[str] = mapped_column(String(24), unique=True)
    cell_code: Mapped[Code]
    community_code: Mapped[Code]
    state: Mapped[RequestState] = mapped_column(Word(RequestState), default=RequestState.WAITING)
    #: Made when the form opened: sending the form twice gives one receipt.
    form_key: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    for_whom: Mapped[ForWhom] = mapped_column(Word(ForWhom))
    head_code: Mapped[str | None] = mapped_column(String(4))
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    behalf_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    other_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    wish_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[At]
    due_at: Mapped[At]
    #: When the community's cadres were told that nobody has looked.
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    declined_as: Mapped[Decline | None] = mapped_column(Word(Decline))
    reply_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"))
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("ix_mediation_requests_waiting", "community_code", "due_at",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        CheckConstraint("(state = 'filed') = (case_id is not null)", name="filed_is_a_case"),
        CheckConstraint("(state = 'declined') = (declined_as is not null)", name="declined_says_why"),
    )


class FollowCode(Base):
    """The code with which one side opens its matter; only its keyed hash is kept, and one holds at a time."""

    __tablename__ = "follow_codes"
    id: Mapped[Key]
    request_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("mediation_requests.id"))
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"))
    side: Mapped[Side] = mapped_column(Word(Side))
    code_index: Mapped[Index64] = mapped_column(index=True)
    made_at: Mapped[At]
    made_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("uq_follow_codes_request", "request_id", unique=True,
              sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null")),
        Index("uq_follow_codes_case_side", "case_id", "side", unique=True,
              sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null")),
        CheckConstraint("request_id is not null or case_id is not null", name="opens_something"),
    )


class FollowSession(Base):
    """A browser that has given the right number and code; of its value only the hash is kept."""

    __tablename__ = "follow_sessions"
    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_id: Mapped[Ref] = mapped_column(ForeignKey("follow_codes.id"), index=True)
    started_at: Mapped[At]
    last_seen_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class SideSaying(Base):
    """What a side said or asked on its own page, with the picture of a paper if it handed one in."""

    __tablename__ = "side_sayings"
    id: Mapped[Key]
    request_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("mediation_requests.id"), index=True)
    case_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    side: Mapped[Side] = mapped_column(Word(Side))
    kind: Mapped[Saying] = mapped_column(Word(Saying))
    #: The state that the matter was in; a step is urged once per stage.
    stage: Mapped[str] = mapped_column(String(32))
    sitting_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("mediation_sessions.id"))
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Read only when it is shown.
    picture_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    picture_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    said_at: Mapped[At]
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    __table_args__ = (
        CheckConstraint("(request_id is null) <> (case_id is null)", name="of_one_matter"),
        CheckConstraint("(picture_sealed is null) = (picture_digest is null)", name="picture_whole"),
    )
