"""What the sides said on their own pages, as the team reads and answers it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.residents import ANSWER_DAYS, Saying
from gridmediate.domain.vocabulary import Side
from gridmediate.services.attachments import ShownPicture
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.lists import Clock, clock_between
from gridmediate.services.pictures import MIME
from gridmediate.store.encryption import unseal, unseal_bytes
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, SideSaying

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class SaidView:
    """One thing a side said.

    Parameters
    ----------
    clock : Clock
        Of what has to be answered.
    is_open : bool
        It has to be answered, and nobody has.
    """

    id: uuid.UUID
    side: Side
    kind: Saying
    said_at: datetime
    words: str
    has_picture: bool
    clock: Clock
    is_open: bool
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class SaidOfCase:
    """What both sides said, the newest first, and what each last said about whether it is settled."""

    rows: tuple[SaidView, ...] = ()
    settled: tuple[tuple[Side, Saying, datetime], ...] = ()
    may_answer: bool = False
    may_give_code: bool = False

    @property
    def wants_to_stop(self) -> tuple[SaidView, ...]:
        """What a side said about stopping that nobody has answered."""
        return tuple(row for row in self.rows if row.kind is Saying.STOP and row.is_open)


def said_in_case(session: Session, case: Case, may: Callable[[Permission], bool], now: datetime, *, acts: set[str],
                 whole: bool) -> SaidOfCase:
    """Return what the sides said, for one reader of the case; a department's reader gets none of it."""
    may_give_code = whole and may(Permission.CASE_NOTE)
    if not whole or not any(act.startswith("side.") for act in acts):
        return SaidOfCase(may_give_code=may_give_code)
    rows = session.scalars(select(SideSaying).where(SideSaying.case_id == case.id)
                           .order_by(SideSaying.said_at.desc(), SideSaying.id.desc()).limit(_SHOWN)).all()
    settled: dict[Side, tuple[Side, Saying, datetime]] = {}
    for row in rows:
        if row.kind in (Saying.SETTLED, Saying.NOT_SETTLED):
            settled.setdefault(row.side, (row.side, row.kind, row.said_at))
    return SaidOfCase(tuple(_view(session, row, now) for row in rows), tuple(settled[side] for side in Side if side in settled),
                      may(Permission.CASE_NOTE), may_give_code)


def _view(session: Session, row: SideSaying, now: datetime) -> SaidView:
    is_open = row.kind in ANSWER_DAYS and row.done_at is None
    clock = Clock(None, "none", 0.0)
    if is_open and row.due_at is not None:
        clock = clock_between(row.said_at + 0.7 * (row.due_at - row.said_at), row.due_at, now)
    return SaidView(row.id, row.side, row.kind, row.said_at, unseal(session, row, "words"), row.picture_digest is not None, clock,
                    is_open, row.done_at)


def answer(session: Session, case_no: str, saying_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Mark what a side said as dealt with; a second time changes nothing.

    Raises
    ------
    NotFound, NotPermitted
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_NOTE):
        raise NotPermitted
    row = _saying(session, case, saying_id)
    if row.done_at is not None:
        return
    row.done_at, row.done_by = now, actor.account_id
    details = {"side": row.side.value, "kind": row.kind.value}
    record(session, case.id, [Entry("side.answered", details)], actor=actor, at=now, case=case)


def show_paper(session: Session, case_no: str, saying_id: uuid.UUID, actor: Actor, now: datetime) -> ShownPicture:
    """Return the picture of a paper that a side handed in; each look is recorded.

    Raises
    ------
    NotFound, NotPermitted, SealBroken
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_UNMASK):
        raise NotPermitted
    row = _saying(session, case, saying_id)
    if row.picture_digest is None:
        raise NotFound
    details = {"side": row.side.value, "digest": row.picture_digest.hex()}
    record(session, case.id, [Entry("follow.paper", details)], actor=actor, at=now, case=case)
    return ShownPicture(unseal_bytes(session, row, "picture"), MIME)


def _saying(session: Session, case: Case, saying_id: uuid.UUID) -> SideSaying:
    row = session.scalars(select(SideSaying).where(SideSaying.id == saying_id, SideSaying.case_id == case.id)
                          .options(undefer(SideSaying.picture_sealed))).one_or_none()
    if row is None:
        raise NotFound
    return row
