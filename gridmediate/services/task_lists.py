"""The tasks of departments, by the moment their answer is due; and those that wait for the street's ruling."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from gridmediate.domain.categories import category
from gridmediate.domain.permissions import Actor, Permission, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Part
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import MAX_PAGE_SIZE, PAGE_SIZE, Clock, clock_between, read_key
from gridmediate.store import queries
from gridmediate.store.encryption import unseal_value
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Task


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a department's list is narrowed to."""

    tab: str = "to_sign"
    community_code: str = ""
    head: str = ""
    late: bool = False


#: What a list reads of a task and its case.
_LISTED: Any = select(
    Task.id, Task.version, Task.case_id, Task.ask_sealed, Task.state, Task.part, Task.department_code, Task.dispatched_at,
    Task.sign_due_at, Task.answer_due_at, Task.answer_warn_at, Task.signed_at, Task.returned_count, Task.is_ruled, Task.urgency,
    Task.call_id, Task.came_at,
    Case.case_no, Case.title_sealed, Case.t2_code, Case.cell_code, Case.community_code,
).join(Case, Case.id == Task.case_id)

#: Tabs of a department's list and the states they hold.
TASK_TABS: dict[str, tuple[TaskState, ...]] = {
    "to_sign": (TaskState.ASSIGNED,),
    "in_progress": (TaskState.SIGNED,),
    "answered": (TaskState.ANSWERED,),
    "returned": (TaskState.RETURNED, TaskState.RULING),
    "done": (TaskState.CONFIRMED,),
}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One line of a department's list."""

    id: uuid.UUID
    version: int
    case_no: str
    ask: str
    title: str
    state: TaskState
    part: Part
    department_code: str
    head: Label
    cell: Label | None
    community: Label | None
    dispatched_at: datetime
    sign_clock: Clock
    answer_clock: Clock
    signed_at: datetime | None
    returned_count: int
    is_ruled: bool
    is_urgent: bool
    is_called: bool
    came_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A page of a department's list."""

    rows: list[TaskRow]
    counts: dict[str, int]
    next_key: str | None = None


def list_tasks(session: Session, narrowed: TaskFilter, actor: Actor, now: datetime, *, after: str | None = None,
               size: int = PAGE_SIZE) -> TaskPage:
    """Return one page of the tasks of the actor's departments, by the moment their answer is due.

    Raises
    ------
    NotPermitted
    """
    if not actor.departments or not holds(actor, Permission.TASK_READ):
        raise NotPermitted
    grid = grid_of(session, now)
    mine = Task.department_code.in_(sorted(actor.departments))
    states = TASK_TABS.get(narrowed.tab, TASK_TABS["to_sign"])
    statement: Any = _LISTED.where(mine, Task.state.in_(states))
    if narrowed.community_code:
        statement = statement.where(Case.community_code == narrowed.community_code)
    if narrowed.head:
        statement = statement.where(Case.t2_code.startswith(narrowed.head, autoescape=True))
    if narrowed.late:
        statement = statement.where(Task.answer_due_at < now)
    done = narrowed.tab == "done"
    order = (Task.answer_due_at.desc(), Task.id.desc()) if done else (Task.answer_due_at, Task.id)
    key = read_key(after)
    if key is not None:
        here = tuple_(Task.answer_due_at, Task.id)
        statement = statement.where(here < key if done else here > key)
    rows = session.connection().execute(statement.order_by(*order).limit(min(size, MAX_PAGE_SIZE) + 1)).all()
    more, rows = len(rows) > min(size, MAX_PAGE_SIZE), rows[:min(size, MAX_PAGE_SIZE)]
    counts = _counts(session, mine)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("task.list", {"tab": narrowed.tab, "rows": len(rows)})], actor=actor, at=now)
    last = rows[-1] if more else None
    return TaskPage([task_row(session, task, grid, now) for task in rows], counts,
                    f"{last.answer_due_at.isoformat()}~{last.id.hex}" if last else None)


def _counts(session: Session, mine: ColumnElement[bool]) -> dict[str, int]:
    """Return how many tasks each tab holds; what is done is not counted, since that only grows and nobody acts on it."""
    counted = {tab: states for tab, states in TASK_TABS.items() if tab != "done"}
    wanted = [state for states in counted.values() for state in states]
    rows = session.execute(select(Task.state, func.count()).where(mine, Task.state.in_(wanted)).group_by(Task.state))
    by_state = {state: number for state, number in rows}
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in counted.items()}


def task_row(session: Session, task: Any, grid: Grid, now: datetime) -> TaskRow:
    """Return a task, read as :data:`_LISTED` reads it, as a list shows it."""
    cell = grid.cells.get(task.cell_code) if task.cell_code else None
    community = grid.areas.get(task.community_code) if task.community_code else None
    answered = task.state in (TaskState.ANSWERED, TaskState.CONFIRMED, TaskState.RECALLED)
    sign_warn = task.dispatched_at + 0.7 * (task.sign_due_at - task.dispatched_at)
    return TaskRow(
        id=task.id,
        version=task.version,
        case_no=task.case_no,
        ask=unseal_value(session, Task.__tablename__, task.id, "ask", task.ask_sealed),
        title=unseal_value(session, Case.__tablename__, task.case_id, "title", task.title_sealed),
        state=task.state,
        part=task.part,
        department_code=task.department_code,
        head=category(task.t2_code).head.short,
        cell=cell.label if cell else None,
        community=community.label if community else None,
        dispatched_at=task.dispatched_at,
        sign_clock=clock_between(sign_warn, task.sign_due_at, now),
        answer_clock=Clock(None, "none", 0.0) if answered else clock_between(task.answer_warn_at, task.answer_due_at, now),
        signed_at=task.signed_at,
        returned_count=task.returned_count,
        is_ruled=task.is_ruled,
        is_urgent=task.urgency.value == "urgent",
        is_called=task.call_id is not None,
        came_at=task.came_at,
    )


def list_rulings(session: Session, actor: Actor, now: datetime) -> list[TaskRow]:
    """Return the tasks within the street's reach that were sent back twice and wait for its ruling, oldest first."""
    if not holds(actor, Permission.TASK_RULE):
        raise NotPermitted
    grid = grid_of(session, now)
    rows = session.execute(
        _LISTED
        .where(Task.state == TaskState.RULING, queries.within(visible_to(actor, Permission.TASK_RULE)))
        .order_by(Task.answer_due_at, Task.id).limit(MAX_PAGE_SIZE)
    ).all()
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("task.list", {"tab": "rulings", "rows": len(rows)})], actor=actor, at=now)
    return [task_row(session, task, grid, now) for task in rows]
