"""What needs a street's leader today, one line each: rulings, questions raised, extensions, challenges, calls, red cases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.safety import GRAVE_AFTER
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Level, Urgency
from gridmediate.domain.workflow import OPEN_STATES
from gridmediate.services import challenges, task_lists
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import LISTED, case_row
from gridmediate.store import queries
from gridmediate.store.columns import Word
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, CountyCall, Task

#: The most lines of one kind; what is beyond stands on the kind's own page.
MOST_OF_A_KIND = 20


class NeedKind(StrEnum):
    """Why something waits for the leader, in the order in which it is shown."""

    RULING = "ruling"
    RAISED = "raised"
    EXTENSION = "extension"
    CHALLENGE = "challenge"
    CALL = "call"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Need:
    """One line: what it is about, where, by when; ``about_id`` is the task's, the challenge's or the call's."""

    kind: NeedKind
    case_no: str
    title: str
    place: Label | None
    due_at: datetime | None
    about_id: uuid.UUID | None = None
    is_red: bool = False


def street_needs(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """Return what waits for the street's leader, what is red first; the look is recorded.

    A red case that waits for an act of the leader stands under that act, and once.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.CASE_APPROVE):
        raise NotPermitted
    grid = grid_of(session, now)
    found = [Need(NeedKind.RULING, row.case_no, row.ask, row.cell, row.answer_clock.due_at, row.id)
             for row in task_lists.list_rulings(session, actor, now)[:MOST_OF_A_KIND]]
    found += _raised(session, actor, grid, now)
    asked = challenges.list_to_decide(session, actor, now)
    found += [Need(NeedKind.EXTENSION, row.case_no, row.title, None, row.due_at) for row in asked if not row.challenge_id]
    found += [Need(NeedKind.CHALLENGE, row.case_no, row.title, None, row.due_at, row.challenge_id)
              for row in asked if row.challenge_id]
    found += _answered_calls(session, actor, grid, now)
    red = _red(session, actor, grid, now)
    told, is_red = {each.case_no for each in found}, {each.case_no for each in red}
    found = [replace(each, is_red=each.case_no in is_red) for each in found]
    found += [replace(each, is_red=True) for each in red if each.case_no not in told]
    found.sort(key=lambda each: not each.is_red)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("case.list", {"desk": "street_day", "rows": len(found)})], actor=actor, at=now)
    return found


def _raised(session: Session, actor: Actor, grid: Grid, now: datetime) -> list[Need]:
    waits = _within(actor, Permission.CASE_APPROVE, Case.is_open.is_(True), Case.level == Level.STREET,
                    Case.raise_due_at.is_not(None))
    rows = _cases(session, [*waits], Case.raise_due_at, [Case.raise_due_at])
    return [_need(session, NeedKind.RAISED, row, grid, now, row.raise_due_at) for row in rows]


def _answered_calls(session: Session, actor: Actor, grid: Grid, now: datetime) -> list[Need]:
    with_somebody = exists().where(Task.call_id == CountyCall.id, Task.state.not_in(_ANSWERED))
    rows: Any = session.connection().execute(
        select(*LISTED, CountyCall.id.label("call_id"), CountyCall.called_at).join(CountyCall, CountyCall.case_id == Case.id)
        .where(*_within(actor, Permission.CASE_CALL, CountyCall.closed_at.is_(None), ~with_somebody))
        .order_by(CountyCall.called_at, CountyCall.id).limit(MOST_OF_A_KIND)).all()
    return [_need(session, NeedKind.CALL, row, grid, now, None, row.call_id) for row in rows]


_ANSWERED = (TaskState.ANSWERED, TaskState.CONFIRMED, TaskState.RECALLED)


def _red(session: Session, actor: Actor, grid: Grid, now: datetime) -> list[Need]:
    """Return red cases: the same that the map counts as grave and colours red. Two statements, each with an index of its own."""
    is_open = Case.state.in_(sorted(OPEN_STATES))
    # The word stands in the statement itself: only so can the database tell that the index of urgent cases answers.
    urgent = Case.urgency == literal(Urgency.URGENT, Word(Urgency), literal_execute=True)
    found: dict[str, Need] = {}
    for which in ((Case.due_at < now - GRAVE_AFTER,), (urgent, Case.due_at.is_not(None))):
        for row in _cases(session, _within(actor, Permission.CASE_READ, is_open, *which), Case.due_at):
            found.setdefault(row.case_no, _need(session, NeedKind.RED, row, grid, now, row.due_at))
    return sorted(found.values(), key=lambda each: (each.due_at or now, each.case_no))[:MOST_OF_A_KIND]


def _within(actor: Actor, permission: Permission, *conditions: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return conditions on cases of the actor's streets, within the reach of a permission."""
    return [Case.street_code.in_(sorted(actor.streets)), *conditions, queries.within(visible_to(actor, permission))]


def _cases(session: Session, conditions: list[ColumnElement[bool]], order: Any, more: list[Any] | None = None) -> Any:
    return session.connection().execute(
        select(*LISTED, *(more or [])).where(*conditions).order_by(order, Case.id).limit(MOST_OF_A_KIND)).all()


def _need(session: Session, kind: NeedKind, row: Any, grid: Grid, now: datetime, due_at: datetime | None,
          about_id: uuid.UUID | None = None) -> Need:
    shown = case_row(session, row, grid, now)
    return Need(kind, shown.case_no, shown.title, shown.cell or shown.community, due_at, about_id)
