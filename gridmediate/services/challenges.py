"""A side asks that a member of the team step back: recorded by the team, decided by the street, the seat filled anew if upheld.

A member who knows of a tie steps back without anybody's decision (:func:`gridmediate.services.teams.declare_interest`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Extension
from gridmediate.domain.permissions import Actor, Permission, holds, visible_to
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.team import Exclusion
from gridmediate.domain.vocabulary import Label, Seat, Side
from gridmediate.services.asked import check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.teams import ADJUSTABLE, TeamIsFinal, refill
from gridmediate.services.telling import tell
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal_value
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Challenge, TeamSeat

_LISTED = 100


class ChallengeOpen(Problem):
    """The seat has been challenged and nobody has decided yet."""

    code = "challenge.open"
    kind = Kind.CONFLICT
    sentence = Label("对这一席的回避申请已经报上去，等街道决定。",
                     "A challenge of this seat has been sent up; the street is to decide.")


class ChallengeDecided(Problem):
    """Somebody has decided already."""

    code = "challenge.decided"
    kind = Kind.CONFLICT
    sentence = Label("这份回避申请已经有决定，不能再改。", "This challenge has been decided, and the decision stands.")


@dataclass(frozen=True, slots=True)
class Objection:
    """What a side has against a member of the team."""

    seat_id: uuid.UUID
    side: Side
    reason: str


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A line of the street's list: an open challenge, or (without its id) an extension that is asked for."""

    case_no: str
    title: str
    challenge_id: uuid.UUID | None
    seat: Seat | None
    side: Side | None
    since: datetime | None
    due_at: datetime | None


def challenge(session: Session, case_no: str, objection: Objection, actor: Actor, now: datetime) -> Challenge:
    """Record that a side asks a member of the team to step back, and tell the street.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, FieldMissing, FieldTooLong, ChallengeOpen
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    return raise_challenge(session, case, objection, actor, now)


def raise_challenge(session: Session, case: Case, objection: Objection, actor: Actor | None, now: datetime) -> Challenge:
    """Record a challenge in a case that is locked; None for the actor where the side asks on its own page.

    Raises
    ------
    NotFound, TeamIsFinal, FieldMissing, FieldTooLong, ChallengeOpen
    """
    if case.state not in ADJUSTABLE:
        raise TeamIsFinal
    seat = next((each for each in sitting(case) if each.id == objection.seat_id and each.account_id is not None), None)
    if seat is None:
        raise NotFound
    words = check_words("reason", Label("申请回避的理由", "Why the member should step back"), objection.reason, limit=500)
    if session.scalars(select(Challenge.id).where(Challenge.seat_id == seat.id, Challenge.decided_at.is_(None))).first():
        raise ChallengeOpen
    writing = Writing(session, case, actor, now)
    row = Challenge(id=new_id(), case_id=case.id, seat_id=seat.id, raised_by_side=objection.side, raised_at=now,
                    raised_by=actor.account_id if actor else None)
    seal(session, row, "reason", words)
    session.add(row)
    # Without the words: the whole team reads the timeline, the one who is challenged among it.
    writing.done("challenge.raise", rulebook_of(session), details={"seat": seat.seat.value, "side": objection.side.value})
    tell(session, case, "challenge.raise", now, streets={case.street_code}, but=actor.account_id if actor else None)
    return row


def decide(session: Session, case_no: str, challenge_id: uuid.UUID, words: str, actor: Actor, now: datetime, *,
           is_upheld: bool) -> Challenge:
    """Decide a challenge for the street. Upheld, the seat goes to the next on the roster; dismissed, the words say why.

    Raises
    ------
    NotFound, NotPermitted, ChallengeDecided, FieldMissing, FieldTooLong
    TeamIsFinal
        If it is upheld over a team that stays as it was, because the case has ended.
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_APPROVE):
        raise NotPermitted
    row = session.scalars(select(Challenge).where(Challenge.id == challenge_id, Challenge.case_id == case.id)).one_or_none()
    if row is None:
        raise NotFound
    if row.decided_at is not None:
        raise ChallengeDecided
    said = check_words("words", Label("决定的理由", "Reasons of the decision"), words, limit=500, required=not is_upheld)
    # Whoever was challenged may have stood back or been replaced since; then there is nothing left to vacate.
    seat = next((each for each in sitting(case) if each.id == row.seat_id), None)
    if is_upheld and seat is not None and case.state not in ADJUSTABLE:
        raise TeamIsFinal
    rules = rulebook_of(session)
    writing = Writing(session, case, actor, now)
    row.decided_at, row.decided_by, row.is_upheld = now, actor.account_id, is_upheld
    seal(session, row, "decision", said)
    details: dict[str, object] = {"side": row.raised_by_side.value if row.raised_by_side else None}
    if is_upheld and seat is not None:
        fresh = refill(session, case, seat, Exclusion.CHALLENGED, rules, now)
        session.flush()
        row.replaced_by = fresh.id
        details |= {"seat": fresh.seat.value, "vacant": fresh.is_vacant}
    act = "challenge.uphold" if is_upheld else "challenge.dismiss"
    raised_by = {row.raised_by} if row.raised_by else set()
    writing.done(act, rules, details=details)
    tell(session, case, act, now, accounts=audience(case)[0] | raised_by, but=actor.account_id)
    return row


def list_to_decide(session: Session, actor: Actor, now: datetime) -> list[ToDecide]:
    """Return what waits for the street: open challenges, the oldest first, then extensions asked for. The look is recorded.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.CASE_APPROVE):
        raise NotPermitted
    within = queries.within(visible_to(actor, Permission.CASE_APPROVE))
    challenged = session.execute(
        select(Challenge.id, Challenge.raised_by_side, Challenge.raised_at, TeamSeat.seat, *_OF_CASE)
        .join(Case, Case.id == Challenge.case_id).join(TeamSeat, TeamSeat.id == Challenge.seat_id)
        .where(Challenge.decided_at.is_(None), within).order_by(Challenge.raised_at, Challenge.id).limit(_LISTED)).all()
    extensions = session.execute(
        select(*_OF_CASE).where(Case.is_open, Case.extension == Extension.ASKED, Case.paused_at.is_(None), within)
        .order_by(Case.due_at, Case.id).limit(_LISTED)).all()
    lock_account(session, actor.account_id)
    found = [ToDecide(row.case_no, _title(session, row), row.id, row.seat, row.raised_by_side, row.raised_at, row.due_at)
             for row in challenged]
    found += [ToDecide(row.case_no, _title(session, row), None, None, None, None, row.due_at) for row in extensions]
    record(session, actor.account_id, [Entry("challenge.list", {"rows": len(found)})], actor=actor, at=now)
    return found


_OF_CASE = (Case.id.label("case_id"), Case.case_no, Case.title_sealed, Case.due_at)


def _title(session: Session, row: object) -> str:
    return unseal_value(session, Case.__tablename__, row.case_id, "title", row.title_sealed)  # type: ignore[attr-defined]
