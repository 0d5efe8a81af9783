"""Starting and stopping the clocks of a case and its tasks. A rule changed later never changes a clock that runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Clock
from gridmediate.domain.deadlines import ClockKind, Deadline, due, limit_for
from gridmediate.domain.moved_deadlines import extend, resume
from gridmediate.domain.vocabulary import Label, Urgency, label
from gridmediate.services.rulebook import Rulebook
from gridmediate.store.columns import new_id
from gridmediate.store.models import Case, CaseClock


def deadline_for(rules: Rulebook, kind: ClockKind, category: str, urgency: Urgency, now: datetime) -> tuple[Deadline, dict]:
    """Return a deadline from now and what is stored of it, the rule's source included."""
    limit = limit_for(rules.limits, kind, category, urgency)
    deadline = due(limit, now, rules.calendar)
    return deadline, {**deadline.as_json(), "source": {"zh": limit.source.zh, "en": limit.source.en}}


def start_clock(case: Case, kind: ClockKind, rules: Rulebook, now: datetime) -> CaseClock:
    """Set the case's own clock going; the caller adds the row."""
    deadline, stored = deadline_for(rules, kind, case.t2_code, case.urgency, now)
    case.due_at, case.warn_at = deadline.due_at, deadline.warn_at
    return CaseClock(
        id=new_id(),
        case_id=case.id,
        kind=kind,
        started_at=now,
        due_at=deadline.due_at,
        warn_at=deadline.warn_at,
        explanation=stored,
    )


def turn_clock(session: Session, case: Case, effect: Clock, rules: Rulebook, now: datetime) -> None:
    """Do to the case's own clock what a row of the workflow table says."""
    match effect:
        case Clock.KEEP:
            return
        case Clock.PAUSE:
            case.due_at = case.warn_at = None
        case Clock.RESUME:
            row = _last_clock(session, case)
            cause = label(case.pause_cause) if case.pause_cause else Label("—", "—")
            _run(case, row, resume(Deadline.from_json(row.explanation), case.paused_at or now, now, cause, rules.calendar))
            case.paused_at = case.paused_until = case.pause_cause = None
        case Clock.EXTEND:
            row = _last_clock(session, case)
            limit = limit_for(rules.limits, ClockKind.EXTENSION, case.t2_code, case.urgency)
            _run(case, row, extend(Deadline.from_json(row.explanation), limit, rules.calendar))
        case Clock.GO_ON:
            row = _last_clock(session, case)
            row.ended_at = None
            case.due_at, case.warn_at = row.due_at, row.warn_at
        case Clock.STOP | Clock.START_MEDIATION:
            stop_clocks(session, case, now)
            if effect is Clock.START_MEDIATION:
                session.add(start_clock(case, ClockKind.MEDIATE, rules, now))


def _last_clock(session: Session, case: Case) -> CaseClock:
    with session.no_autoflush:
        return session.scalars(
            select(CaseClock).where(CaseClock.case_id == case.id).order_by(CaseClock.started_at.desc(), CaseClock.id.desc())
            .limit(1)).one()


def _run(case: Case, row: CaseClock, deadline: Deadline) -> None:
    case.due_at, case.warn_at = row.due_at, row.warn_at = deadline.due_at, deadline.warn_at
    row.explanation = {**row.explanation, **deadline.as_json()}


def stop_clocks(session: Session, case: Case, now: datetime) -> None:
    """Stop the case's own clock."""
    # One act makes one version: the half-done case is not to be written before the act is whole.
    with session.no_autoflush:
        session.execute(
            update(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None)).values(ended_at=now)
            .execution_options(synchronize_session=False)
        )
    case.due_at = case.warn_at = None
