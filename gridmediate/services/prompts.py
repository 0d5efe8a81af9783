"""Moving things on: a department urged, a yellow or red slip, a leader's instruction, and the answers to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import end_of
from gridmediate.domain.calls import NEED_A_DAY, NEED_WORDS, PromptKind
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import ActNotOpen, FieldMissing, Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskActNotOpen
from gridmediate.domain.vocabulary import Label, Seat, label
from gridmediate.services.asked import DayNotAhead, check_words
from gridmediate.services.casework import load_case, permitted, reads_as_department, task_of, waiting_for
from gridmediate.services.grid import local_day
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Prompt, Task

WORDS_LIMIT = 500
DUE_ON = Label("什么时候以前", "By when")


class UrgedToday(Problem):
    """One open urging a day: more is noise and moves nobody."""

    code = "prompt.urged-today"
    kind = Kind.CONFLICT
    sentence = Label("{department}今天已经催过，还没有回音。明天可以再催，或请街道督办。",
                     "{department} was urged today already. Urge again tomorrow, or ask the street for a slip.")


class PromptDone(Problem):
    """The prompt has been answered, or what it was about is done."""

    code = "prompt.done"
    kind = Kind.CONFLICT
    sentence = Label("这一条已经回复过，或事情已了，不用再回复。",
                     "This has been answered, or its matter is done; no answer is needed.")


@dataclass(frozen=True, slots=True)
class Prompting:
    """What is said to move things on.

    Parameters
    ----------
    kind : PromptKind
    words : str
        Asked for except when a department is urged.
    task_id : UUID or None
        The department's task; None is said to the community. A department is always named when it is urged.
    due_on : date or None
        By when; a slip names a day.
    """

    kind: PromptKind
    words: str = ""
    task_id: uuid.UUID | None = None
    due_on: date | None = None


def permission_for(kind: PromptKind) -> Permission:
    """Return what a prompt of this kind takes."""
    return Permission.TASK_URGE if kind is PromptKind.URGE else Permission.CASE_SUPERVISE


def give_prompt(session: Session, case_no: str, said: Prompting, actor: Actor, now: datetime) -> Case:
    """Urge, supervise or instruct.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, TaskActNotOpen, UrgedToday, FieldMissing, FieldTooLong, DayNotAhead
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(permission_for(said.kind)):
        raise NotPermitted
    if not case.is_open:
        raise ActNotOpen(state=label(case.state), act=label(said.kind))
    task = task_of(case, said.task_id) if said.task_id else None
    _check_task(session, said.kind, task, now)
    words = check_words("words", Label("要求", "What is asked"), said.words, limit=WORDS_LIMIT, required=said.kind in NEED_WORDS)
    due_on = _day_of(said, local_day(now))
    prompt = Prompt(id=new_id(), case_id=case.id, task_id=task.id if task else None, kind=said.kind, given_by=actor.account_id,
                    given_at=now, due_at=end_of(due_on) if due_on else None)
    seal(session, prompt, "words", words)
    session.add(prompt)
    details = {"prompt": prompt.id.hex, "department": task.department_code if task else None,
               "due": due_on.isoformat() if due_on else None}
    act = f"prompt.{said.kind.value}"
    record(session, case.id, [Entry(act, details, words=words or None)], actor=actor, at=now, case=case)
    tell(session, case, act, now, departments={task.department_code} if task else (),
         accounts=waiting_for(case, (Seat.CADRE, Seat.GRID_WORKER)), but=actor.account_id,
         is_urgent=said.kind is PromptKind.SUPERVISE_RED)
    return case


def _check_task(session: Session, kind: PromptKind, task: Task | None, now: datetime) -> None:
    if task is None:
        if kind is PromptKind.URGE:
            raise FieldMissing(field="task", name=Label("部门", "Department"))
        return
    is_waited_for = task.state in WITH_DEPARTMENT if kind is PromptKind.URGE else task.is_open
    if not is_waited_for:
        raise TaskActNotOpen(state=label(task.state), act=label(kind))
    if kind is PromptKind.URGE:
        open_since = session.scalars(select(Prompt.given_at).where(
            Prompt.case_id == task.case_id, Prompt.task_id == task.id, Prompt.kind == kind, Prompt.answered_at.is_(None)))
        if any(local_day(at) == local_day(now) for at in open_since):
            raise UrgedToday(department=rulebook_of(session).department_label(task.department_code))


def _day_of(said: Prompting, today: date) -> date | None:
    if said.due_on is None:
        if said.kind in NEED_A_DAY:
            raise FieldMissing(field="due_on", name=DUE_ON)
        return None
    if not 0 < (said.due_on - today).days <= 366:
        raise DayNotAhead(field="due_on", name=DUE_ON, got=said.due_on.isoformat())
    return said.due_on


def is_waiting(prompt: Prompt, task: Task | None) -> bool:
    """Return whether a prompt still waits for an answer; with its task done it waits no more."""
    return prompt.answered_at is None and (task is None or task.is_open)


def may_answer(prompt: Prompt, task: Task | None, actor: Actor, may: Callable[[Permission], bool]) -> bool:
    """Return whether a prompt is the reader's to answer: the department's for its task, else whoever handles the case."""
    if task is not None:
        return task.department_code in actor.departments and may(Permission.TASK_ANSWER)
    return may(Permission.CASE_MEDIATE) and prompt.given_by != actor.account_id


def answer_prompt(session: Session, case_no: str, prompt_id: uuid.UUID, words: str, actor: Actor, now: datetime) -> Case:
    """Answer a prompt in words.

    Raises
    ------
    NotFound, NotPermitted, PromptDone, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    may = permitted(actor, case)
    prompt = session.scalars(select(Prompt).where(Prompt.id == prompt_id, Prompt.case_id == case.id)).one_or_none()
    if prompt is None:
        raise NotFound
    task = task_of(case, prompt.task_id) if prompt.task_id else None
    if not may_answer(prompt, task, actor, may):
        # What was said to others a department does not even learn of.
        raise NotFound if reads_as_department(actor, may) else NotPermitted
    if not is_waiting(prompt, task):
        raise PromptDone
    said = check_words("words", Label("回复", "Answer"), words, limit=WORDS_LIMIT)
    prompt.answered_at = now
    seal(session, prompt, "answer", said)
    details = {"prompt": prompt.id.hex, "kind": prompt.kind.value, "department": task.department_code if task else None}
    record(session, case.id, [Entry("prompt.answer", details, words=said)], actor=actor, at=now, case=case)
    tell(session, case, "prompt.answer", now, accounts=[prompt.given_by] if prompt.given_by else (), but=actor.account_id)
    return case


def answer_urgings(session: Session, task: Task, now: datetime) -> None:
    """Let the task's own answer answer whoever urged: a slip asks for words of its own."""
    session.execute(
        update(Prompt).where(Prompt.case_id == task.case_id, Prompt.task_id == task.id, Prompt.kind == PromptKind.URGE,
                             Prompt.answered_at.is_(None))
        .values(answered_at=now).execution_options(synchronize_session=False))
