"""The departments' tasks of a case, as its page shows them to one reader."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.calls import Rating
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.tasks import WITH_DEPARTMENT, AnswerKind, ReturnReason, TaskAct, TaskState, open_task_acts
from gridmediate.domain.vocabulary import Label, Part, Urgency
from gridmediate.services.casework import facts_of_task, reads_as_department
from gridmediate.services.lists import Clock, clock_between
from gridmediate.services.ratings import may_rate
from gridmediate.services.rulebook import Rulebook
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Case, Task


@dataclass(frozen=True, slots=True)
class TaskView:
    """A department's task as the case page shows it."""

    id: uuid.UUID
    version: int
    department_code: str
    department: Label
    part: Part
    state: TaskState
    ask: str
    answer: str
    answer_kind: AnswerKind | None
    settles: bool
    is_internal: bool
    return_reason: ReturnReason | None
    return_words: str
    returned_count: int
    is_ruled: bool
    is_urgent: bool
    dispatched_at: datetime
    signed_at: datetime | None
    answered_at: datetime | None
    sign_due_at: datetime
    clock: Clock
    acts: tuple[TaskAct, ...]
    is_called: bool
    came_at: datetime | None
    rating: Rating | None
    may_rate: bool
    may_urge: bool


def tasks_of(
    session: Session, case: Case, rules: Rulebook, actor: Actor, may: Callable[[Permission], bool], now: datetime
) -> tuple[TaskView, ...]:
    """Return the tasks of a case that the reader may see: a department's reader those of the own departments.

    Parameters
    ----------
    may : callable
        What the reader may do on this case.
    """
    only_own = reads_as_department(actor, may)
    return tuple(
        _task(session, task, rules, may, now)
        for task in case.tasks if not only_own or task.department_code in actor.departments
    )


def _task(session: Session, task: Task, rules: Rulebook, may: Callable[[Permission], bool], now: datetime) -> TaskView:
    waiting = task.state in (TaskState.ASSIGNED, TaskState.SIGNED, TaskState.RETURNED, TaskState.RULING)
    return TaskView(
        id=task.id,
        version=task.version,
        department_code=task.department_code,
        department=rules.department_label(task.department_code),
        part=task.part,
        state=task.state,
        ask=unseal(session, task, "ask"),
        answer=unseal(session, task, "answer"),
        answer_kind=task.answer_kind,
        settles=task.settles,
        is_internal=task.is_internal,
        return_reason=task.return_reason,
        return_words=unseal(session, task, "return_words"),
        returned_count=task.returned_count,
        is_ruled=task.is_ruled,
        is_urgent=task.urgency is Urgency.URGENT,
        dispatched_at=task.dispatched_at,
        signed_at=task.signed_at,
        answered_at=task.answered_at,
        sign_due_at=task.sign_due_at,
        clock=clock_between(task.answer_warn_at, task.answer_due_at, now) if waiting else Clock(None, "none", 0.0),
        acts=open_task_acts(facts_of_task(task), may),
        is_called=task.call_id is not None,
        came_at=task.came_at,
        rating=task.rating,
        may_rate=may_rate(task, may),
        may_urge=task.state in WITH_DEPARTMENT and may(Permission.TASK_URGE),
    )
