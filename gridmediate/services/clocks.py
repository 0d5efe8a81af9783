"""Starting and stopping the clocks of a case and its tasks. A rule changed later never changes a clock that runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from gridmediate.domain.deadlines import ClockKind, Deadline, due, limit_for
from gridmediate.domain.vocabulary import Urgency
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


def stop_clocks(session: Session, case: Case, now: datetime) -> None:
    """Stop the case's own clock."""
    # One act makes one version: the half-done case is not to be written before the act is whole.
    with session.no_autoflush:
        session.execute(
            update(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None)).values(ended_at=now)
            .execution_options(synchronize_session=False)
        )
    case.due_at = case.warn_at = None
