"""Rating a department's confirmed answer: by the community that asked, or by the street that called. Never a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.calls import Rating
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Kind, NotPermitted, Problem
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, label
from gridmediate.services.asked import check_words
from gridmediate.services.casework import load_case, permitted, task_of
from gridmediate.services.tasks import case_no_of
from gridmediate.services.telling import tell
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Task

WORDS_LIMIT = 500


class NotToBeRated(Problem):
    """Only a confirmed answer is rated, and once."""

    code = "task.not-to-be-rated"
    kind = Kind.CONFLICT
    sentence = Label("这项任务现在是“{state}”，只有已确认、还没评过的答复能评价。",
                     "The task is now “{state}”; only a confirmed answer that has not been rated can be.")


def may_rate(task: Task, may: Callable[[Permission], bool]) -> bool:
    """Return whether the reader may rate this task's answer now."""
    return task.state is TaskState.CONFIRMED and task.rating is None and may(_permission_for(task))


def _permission_for(task: Task) -> Permission:
    return Permission.CASE_CALL if task.call_id else Permission.TASK_RATE


def rate(session: Session, task_id: uuid.UUID, rating: Rating, words: str, actor: Actor, now: datetime) -> Case:
    """Rate a confirmed answer, once. Who is not satisfied says why.

    Raises
    ------
    NotFound, NotPermitted, NotToBeRated, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no_of(session, task_id), actor)
    task, may = task_of(case, task_id), permitted(actor, case)
    if not may(_permission_for(task)):
        raise NotPermitted
    if not may_rate(task, may):
        raise NotToBeRated(state=label(task.state))
    said = check_words("words", Label("为什么", "Why"), words, limit=WORDS_LIMIT, required=rating is Rating.NOT_SATISFIED)
    task.rating, task.rated_at = rating, now
    details = {"task": task.id.hex, "department": task.department_code, "rating": rating.value}
    record(session, case.id, [Entry("task.rate", details, words=said or None)], actor=actor, at=now, case=case)
    tell(session, case, "task.rate", now, departments={task.department_code}, but=actor.account_id)
    return case
