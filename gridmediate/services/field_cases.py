"""The list that a phone keeps to read without signal: the own open cases, with nothing personal in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, exists, select, union
from sqlalchemy.orm import Session

from gridmediate.domain.categories import Category, category
from gridmediate.domain.next_steps import in_time
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import Label, Phrase, Status
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import Clock, clock_between, shown_status
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Notice, TeamSeat

ROWS_MOST = 200


@dataclass(frozen=True, slots=True)
class FieldCase:
    """A case as a phone keeps it: what a stranger who finds the phone may learn."""

    case_no: str
    version: int
    status: Status
    category: Category
    cell: Label | None
    step: Phrase
    clock: Clock
    is_unread: bool


def field_cases(session: Session, actor: Actor, now: datetime) -> list[FieldCase]:
    """Return the open cases that the actor filed, sits in or has in the own cells, by what is due next; the look is recorded.

    Raises
    ------
    NotPermitted
        If the actor may read no case at all.
    """
    if not holds(actor, Permission.CASE_READ):
        raise NotPermitted
    grid = grid_of(session, now)
    unread = exists().where(Notice.case_id == Case.id, Notice.account_id == actor.account_id, Notice.read_at.is_(None))
    rows = session.execute(
        select(Case.case_no, Case.version, Case.state, Case.outcome, Case.due_at, Case.t2_code, Case.cell_code, Case.next_step,
               Case.next_due_at, Case.next_warn_at, unread.label("is_unread"))
        .where(Case.is_open.is_(True), Case.id.in_(_own(visible_to(actor, Permission.CASE_READ))))
        .order_by(Case.next_due_at, Case.id).limit(ROWS_MOST)).all()
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("case.list", {"desk": "field", "rows": len(rows)})], actor=actor, at=now)
    cells = grid.cells
    return [
        FieldCase(row.case_no, row.version, shown_status(row, now), category(row.t2_code),
                  cells[row.cell_code].label if row.cell_code in cells else None,
                  in_time(Phrase.from_json(row.next_step), row.next_due_at, now),
                  clock_between(row.next_warn_at, row.next_due_at, now), row.is_unread)
        for row in rows
    ]


def _own(reach: Reach) -> CompoundSelect[Any]:
    # One part for each index: as one condition with "or", PostgreSQL would read every open case of the county.
    return union(
        select(Case.id).where(Case.cell_code.in_(sorted(reach.cells)), Case.is_open.is_(True)),
        select(Case.id).where(Case.filed_by == reach.own, Case.is_open.is_(True)),
        select(TeamSeat.case_id).where(TeamSeat.account_id == reach.own, TeamSeat.left_at.is_(None)),
    )
