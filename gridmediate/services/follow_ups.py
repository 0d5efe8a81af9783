"""Follow-ups (回访): planned at closing, recorded with one question to both sides, called off when the case is reopened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import Satisfaction
from gridmediate.domain.case_words import Outcome
from gridmediate.domain.categories import category
from gridmediate.domain.deadlines import due, follow_ups
from gridmediate.domain.permissions import Actor, Permission, holds, visible_to
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.asked import check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import Clock, clock_between
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal_value
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, FollowUp

#: Cases that ended with something to keep; nobody is visited after a refusal.
FOLLOWED = frozenset({Outcome.AGREED_ORAL, Outcome.AGREED_WRITTEN, Outcome.SETTLED_BY_DEPARTMENT})
_LISTED = 100


class FollowUpDone(Problem):
    """The visit has been recorded, or called off."""

    code = "follow-up.done"
    kind = Kind.CONFLICT
    sentence = Label("这次回访已经登记过，或已随重新打开取消。",
                     "This follow-up has been recorded, or was called off when the case was reopened.")


@dataclass(frozen=True, slots=True)
class FollowUpReport:
    """What a visit found.

    Parameters
    ----------
    is_kept : bool
        Whether what was agreed is kept.
    is_worse : bool
        Whether there are signs that the quarrel comes back.
    applicant_says, respondent_says : Satisfaction
    words : str
    """

    is_kept: bool
    is_worse: bool
    applicant_says: Satisfaction
    respondent_says: Satisfaction
    words: str


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """A line of the list."""

    id: uuid.UUID
    case_no: str
    title: str
    number: int
    clock: Clock
    category: Label
    cell: Label | None
    community: Label | None


def schedule(session: Session, case: Case, rules: Rulebook, now: datetime) -> None:
    """Plan the follow-ups that the case's risk asks for; none where nothing is to be kept."""
    if case.outcome not in FOLLOWED:
        return
    planned = [due(limit, now, rules.calendar) for limit in follow_ups(rules.limits, case.t2_code, case.urgency)]
    session.add_all(FollowUp(id=new_id(), case_id=case.id, number=number, due_at=each.due_at, warn_at=each.warn_at)
                    for number, each in enumerate(planned, 1))
    _wait_for(case, [(each.due_at, each.warn_at) for each in planned])


def call_off(session: Session, case: Case, now: datetime) -> None:
    """Call off what is still to be visited: the case is opened again."""
    with session.no_autoflush:
        session.execute(
            update(FollowUp).where(FollowUp.case_id == case.id, FollowUp.done_at.is_(None), FollowUp.called_off_at.is_(None))
            .values(called_off_at=now).execution_options(synchronize_session=False))
    _wait_for(case, [])


def _wait_for(case: Case, left: list[tuple[datetime, datetime]]) -> None:
    """Let the case say what is still to be visited, and when the next of it is due and warns."""
    case.follow_ups_open = len(left)
    case.follow_up_due_at, case.follow_up_warn_at = min(left, default=(None, None))


def record_follow_up(session: Session, case_no: str, follow_up_id: uuid.UUID, report: FollowUpReport, actor: Actor,
                     now: datetime) -> Case:
    """Record a follow-up.

    Raises
    ------
    NotFound, NotPermitted, FollowUpDone, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_FOLLOW_UP):
        raise NotPermitted
    rows = session.scalars(select(FollowUp).where(FollowUp.case_id == case.id).order_by(FollowUp.due_at)).all()
    row = next((each for each in rows if each.id == follow_up_id), None)
    if row is None:
        raise NotFound
    if row.done_at is not None or row.called_off_at is not None:
        raise FollowUpDone
    # Words are asked for only where something is amiss; who finds all well types nothing.
    amiss = not report.is_kept or report.is_worse
    words = check_words("words", Label("情况", "What was found"), report.words, required=amiss)
    writing = Writing(session, case, actor, now)
    row.done_at, row.done_by, row.is_kept, row.is_worse = now, actor.account_id, report.is_kept, report.is_worse
    row.applicant_says, row.respondent_says = report.applicant_says, report.respondent_says
    if words:
        seal(session, row, "words", words)
    _wait_for(case, [(each.due_at, each.warn_at) for each in rows if each.done_at is None and each.called_off_at is None])
    writing.done("follow_up.record", rulebook_of(session), words=words or None,
                 details={"number": row.number, "kept": report.is_kept, "worse": report.is_worse})
    if amiss:
        tell(session, case, "follow_up.record", now, accounts=audience(case)[0], but=actor.account_id)
    return case


def list_follow_ups(session: Session, actor: Actor, now: datetime) -> list[FollowUpRow]:
    """Return the follow-ups that the reader may make, by what is due next; the look is recorded.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.CASE_FOLLOW_UP):
        raise NotPermitted
    grid = grid_of(session, now)
    rows = session.execute(
        select(FollowUp.id, FollowUp.number, FollowUp.due_at, FollowUp.warn_at, Case.id.label("case_id"), Case.case_no,
               Case.title_sealed, Case.t2_code, Case.cell_code, Case.community_code)
        .join(Case, Case.id == FollowUp.case_id)
        .where(FollowUp.done_at.is_(None), FollowUp.called_off_at.is_(None), Case.follow_ups_open > 0,
               queries.within(visible_to(actor, Permission.CASE_FOLLOW_UP)))
        .order_by(FollowUp.due_at, FollowUp.id).limit(_LISTED)).all()
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("follow_up.list", {"rows": len(rows)})], actor=actor, at=now)
    found = []
    for row in rows:
        cell = grid.cells.get(row.cell_code) if row.cell_code else None
        community = grid.areas.get(row.community_code) if row.community_code else None
        found.append(FollowUpRow(
            row.id, row.case_no, unseal_value(session, Case.__tablename__, row.case_id, "title", row.title_sealed), row.number,
            clock_between(row.warn_at, row.due_at, now), category(row.t2_code).short,
            cell.label if cell else None, community.label if community else None))
    return found
