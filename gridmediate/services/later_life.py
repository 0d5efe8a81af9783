"""What the page of a case shows of its later life: agreements and their clauses, follow-ups, questions to the level above."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import (
    CLAUSE_MOVES,
    CONFIRMATION_MOVES,
    AgreementKind,
    ClauseState,
    Confirmation,
    Deed,
    Satisfaction,
    last_day_to_confirm,
)
from gridmediate.domain.case_words import AgreementState, Extension, PauseCause, State
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.vocabulary import LOCAL_ZONE, Level, Side
from gridmediate.domain.workflow import AGREED
from gridmediate.services.agreements import missing_signatures
from gridmediate.services.effects import levels_above
from gridmediate.services.lists import Clock, clock_between
from gridmediate.store import queries
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Agreement, Case, CaseLink, Clause, FollowUp, Raising


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause and how it stands."""

    id: uuid.UUID
    position: int
    side: Side
    deed: Deed
    what: str
    amount_fen: int | None
    due_on: date | None
    is_late: bool
    state: ClauseState
    settled_on: date | None
    proof: str
    moves: tuple[ClauseState, ...]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement with its clauses, and where signing and the court's confirmation stand."""

    id: uuid.UUID
    number: str
    kind: AgreementKind
    terms: str
    made_at: datetime
    effect_at: datetime | None
    is_dropped: bool
    signed: dict[str, date]
    missing: tuple[str, ...]
    clauses: tuple[ClauseView, ...]
    confirmation: Confirmation
    confirmation_at: datetime | None
    court_no: str
    confirm_by: date | None
    confirm_days_left: int
    confirmation_moves: tuple[Confirmation, ...]


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """A follow-up, to be made or made."""

    id: uuid.UUID
    number: int
    clock: Clock
    done_at: datetime | None
    called_off_at: datetime | None
    is_kept: bool | None
    is_worse: bool | None
    applicant_says: Satisfaction | None
    respondent_says: Satisfaction | None
    words: str


@dataclass(frozen=True, slots=True)
class RaisingView:
    """A question to the level above and its answer."""

    from_level: Level
    to_level: Level
    tried: str
    asked: str
    skipped: str
    wanted_by: date
    asked_at: datetime
    taken_up_at: datetime | None
    came_down_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """An earlier case between the same sides."""

    case_no: str
    title: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class LaterLife:
    """What runs beside and after mediation."""

    level: Level
    waits_above_until: datetime | None
    levels_above: tuple[Level, ...]
    extension: Extension
    paused_at: datetime | None
    paused_until: datetime | None
    pause_cause: PauseCause | None
    consent_needed: bool
    agreement_state: AgreementState
    clauses_open: int
    police_notified_at: datetime | None
    agreements: tuple[AgreementView, ...]
    follow_ups: tuple[FollowUpView, ...]
    raisings: tuple[RaisingView, ...]
    earlier: tuple[EarlierCase, ...]


def later_life(session: Session, case: Case, actor: Actor, now: datetime, *, acts: set[str], whole: bool) -> LaterLife:
    """Return the later life of a case for one reader.

    Parameters
    ----------
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    whole : bool
        False for a department's reader, who gets no words of agreements and of questions to others.
    """
    agreed = whole and not acts.isdisjoint(_AGREEING)
    closed = whole and not acts.isdisjoint(_CLOSING)
    return LaterLife(
        level=case.level, waits_above_until=case.raise_due_at, levels_above=tuple(levels_above(actor, case)),
        extension=case.extension, paused_at=case.paused_at, paused_until=case.paused_until, pause_cause=case.pause_cause,
        consent_needed=case.consent_needed, agreement_state=case.agreement_state, clauses_open=case.clauses_open,
        police_notified_at=case.police_notified_at,
        agreements=_agreements(session, case, now) if agreed else (),
        follow_ups=_follow_ups(session, case, now) if closed else (),
        raisings=_raisings(session, case) if whole and "case.escalate" in acts else (),
        earlier=_earlier(session, case, actor) if whole and "case.link" in acts else (),
    )


_AGREEING = {"case.agree_orally", "case.agree_in_writing", "case.agree_partly"}
_CLOSING = {"case.close", "case.close_as_department"}


def _agreements(session: Session, case: Case, now: datetime) -> tuple[AgreementView, ...]:
    rows = session.scalars(select(Agreement).where(Agreement.case_id == case.id).order_by(Agreement.made_at)).all()
    clauses = session.scalars(select(Clause).where(Clause.case_id == case.id).order_by(Clause.position)).all() if rows else []
    return tuple(_agreement(session, case, row, [each for each in clauses if each.agreement_id == row.id], now) for row in rows)


def _agreement(session: Session, case: Case, row: Agreement, clauses: list[Clause], now: datetime) -> AgreementView:
    today = now.astimezone(LOCAL_ZONE).date()
    stands = row.dropped_at is None
    binds = stands and row.effect_at is not None
    may_move = binds and case.state in AGREED | {State.MEDIATING}
    last = last_day_to_confirm(row.effect_at) if row.effect_at else None
    return AgreementView(
        id=row.id, number=row.number, kind=row.kind, terms=unseal(session, row, "terms"), made_at=row.made_at,
        effect_at=row.effect_at,
        is_dropped=not stands, signed={key: date.fromisoformat(day) for key, day in row.signed.items()},
        missing=() if row.effect_at else tuple(missing_signatures(row)),
        clauses=tuple(_clause(session, each, today, may_move) for each in clauses),
        confirmation=row.confirmation, confirmation_at=row.confirmation_at, court_no=unseal(session, row, "court_no"),
        confirm_by=last, confirm_days_left=(last - today).days if last else 0,
        confirmation_moves=tuple(sorted(CONFIRMATION_MOVES[row.confirmation])) if binds else (),
    )


def _clause(session: Session, row: Clause, today: date, may_move: bool) -> ClauseView:
    late_by = row.settled_on or today
    is_late = row.due_on is not None and row.state is not ClauseState.GIVEN_UP and late_by > row.due_on
    return ClauseView(
        row.id, row.position, row.side, row.deed, unseal(session, row, "what"), row.amount_fen, row.due_on, is_late, row.state,
        row.settled_on, unseal(session, row, "proof"), tuple(sorted(CLAUSE_MOVES[row.state])) if may_move else (),
    )


def _follow_ups(session: Session, case: Case, now: datetime) -> tuple[FollowUpView, ...]:
    rows = session.scalars(select(FollowUp).where(FollowUp.case_id == case.id).order_by(FollowUp.due_at, FollowUp.id))
    return tuple(
        FollowUpView(row.id, row.number, clock_between(row.warn_at, row.due_at, now), row.done_at, row.called_off_at, row.is_kept,
                     row.is_worse, row.applicant_says, row.respondent_says, unseal(session, row, "words"))
        for row in rows)


def _raisings(session: Session, case: Case) -> tuple[RaisingView, ...]:
    rows = session.scalars(select(Raising).where(Raising.case_id == case.id).order_by(Raising.asked_at.desc(), Raising.id.desc()))
    return tuple(
        RaisingView(row.from_level, row.to_level, unseal(session, row, "tried"), unseal(session, row, "asked"),
                    unseal(session, row, "skipped"), row.wanted_by, row.asked_at, row.taken_up_at, row.came_down_at,
                    unseal(session, row, "answer"))
        for row in rows)


def _earlier(session: Session, case: Case, actor: Actor) -> tuple[EarlierCase, ...]:
    rows = session.scalars(
        select(Case).join(CaseLink, CaseLink.earlier_id == Case.id)
        .where(CaseLink.case_id == case.id, queries.within(visible_to(actor, Permission.CASE_READ)))
        .order_by(Case.filed_at.desc()))
    return tuple(EarlierCase(row.case_no, unseal(session, row, "title"), row.closed_at) for row in rows)
