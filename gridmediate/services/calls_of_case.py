"""The calls of one case and what was said to move it on, as one reader of the case sees them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import act_label
from gridmediate.domain.calls import CallMatter, CallState, PromptKind, call_state, may_close
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.residents import side_said
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Side, Urgency
from gridmediate.services.calls import CALLABLE, parts_of
from gridmediate.services.casework import reads_as_department, task_of
from gridmediate.services.lists import Clock, clock_between
from gridmediate.services.prompts import is_waiting, may_answer
from gridmediate.services.rulebook import Rulebook
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Case, CountyCall, HistoryEntry, Prompt, Task


@dataclass(frozen=True, slots=True)
class CallPart:
    """What one department makes of a call."""

    department: Label
    state: TaskState
    signed_at: datetime | None
    came_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallView:
    """A call with the parts that the reader sees."""

    id: uuid.UUID
    number: str
    matter: CallMatter
    is_urgent: bool
    words: str
    called_at: datetime
    state: CallState
    parts: tuple[CallPart, ...]
    closed_at: datetime | None
    closing: str
    may_close: bool


@dataclass(frozen=True, slots=True)
class PromptView:
    """An urging, a slip or an instruction; *to* is the department, None for the community."""

    id: uuid.UUID
    kind: PromptKind
    to: Label | None
    words: str
    given_at: datetime
    clock: Clock
    answered_at: datetime | None
    answer: str
    is_waiting: bool
    may_answer: bool


@dataclass(frozen=True, slots=True)
class CallsOfCase:
    """What a page of the case shows of both, and what its reader may do."""

    calls: tuple[CallView, ...]
    prompts: tuple[PromptView, ...]
    may_call: bool
    may_supervise: bool

    def call(self, call_id: uuid.UUID) -> CallView:
        """Return one call.

        Raises
        ------
        NotFound
        """
        return _one(self.calls, call_id)

    def prompt(self, prompt_id: uuid.UUID) -> PromptView:
        """Return one prompt.

        Raises
        ------
        NotFound
        """
        return _one(self.prompts, prompt_id)


#: What leaves a prompt behind.
_PROMPTING = {f"prompt.{kind.value}" for kind in PromptKind}

_ViewT = TypeVar("_ViewT", CallView, PromptView)


def _one(views: tuple[_ViewT, ...], key: uuid.UUID) -> _ViewT:
    found = next((each for each in views if each.id == key), None)
    if found is None:
        raise NotFound
    return found


def calls_of(session: Session, case: Case, actor: Actor, may: Callable[[Permission], bool], rules: Rulebook, now: datetime, *,
             acts: set[str]) -> CallsOfCase:
    """Return the calls and prompts of a case; they are shown on a page of the case, which records the reading.

    A department's reader sees the calls that call it and what was said to it.

    Parameters
    ----------
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    """
    only_own = reads_as_department(actor, may)
    own = {task.id for task in case.tasks if not only_own or task.department_code in actor.departments}
    called = {task.call_id for task in case.tasks if task.call_id and task.id in own}
    calls = session.scalars(
        select(CountyCall).where(CountyCall.id.in_(called)).order_by(CountyCall.called_at.desc())).all() if called else []
    prompts = session.scalars(
        select(Prompt).where(Prompt.case_id == case.id).order_by(Prompt.given_at.desc(), Prompt.id.desc())
    ).all() if not acts.isdisjoint(_PROMPTING) else []
    may_call = may(Permission.CASE_CALL)
    return CallsOfCase(
        tuple(_call(session, case, each, rules, own, may_call=may_call) for each in calls),
        tuple(_prompt(session, case, each, rules, now, is_own=may_answer(each, _task(case, each), actor, may))
              for each in prompts if not only_own or each.task_id in own),
        may_call=may_call and case.state in CALLABLE,
        may_supervise=case.is_open and may(Permission.CASE_SUPERVISE),
    )


def _call(session: Session, case: Case, row: CountyCall, rules: Rulebook, own: set[uuid.UUID], *, may_call: bool) -> CallView:
    parts = parts_of(case, row.id)
    states = [task.state for task in parts]
    return CallView(
        row.id, row.number, row.matter, row.urgency is Urgency.URGENT, unseal(session, row, "words"), row.called_at,
        call_state(states, closed=row.closed_at is not None),
        tuple(CallPart(rules.department_label(task.department_code), task.state, task.signed_at, task.came_at)
              for task in parts if task.id in own),
        row.closed_at, unseal(session, row, "closing"), may_call and row.closed_at is None and may_close(states))


def _prompt(session: Session, case: Case, row: Prompt, rules: Rulebook, now: datetime, *, is_own: bool) -> PromptView:
    task = _task(case, row)
    waits = is_waiting(row, task)
    clock = Clock(None, "none", 0.0)
    if waits and row.due_at:
        clock = clock_between(row.given_at + 0.7 * (row.due_at - row.given_at), row.due_at, now)
    return PromptView(
        row.id, row.kind, rules.department_label(task.department_code) if task else None, unseal(session, row, "words"),
        row.given_at, clock, row.answered_at, unseal(session, row, "answer"), waits, waits and is_own)


def _task(case: Case, prompt: Prompt) -> Task | None:
    return task_of(case, prompt.task_id) if prompt.task_id else None


#: Acts whose line in the timeline says which side they are of, or which department they are about.
_OF_SIDES = ("side.", "follow.give_code")
_OF_DEPARTMENTS = ("prompt.", "call.", "task.come", "task.rate")


def said_of(entry: HistoryEntry, rules: Rulebook) -> Label:
    """Return what the timeline calls an act; calls, prompts and ratings with the departments they are about."""
    said, details = act_label(entry.act), entry.details
    if entry.act.startswith(_OF_SIDES) and details.get("side"):
        return side_said(Side(details["side"]), said)
    codes = [*details.get("departments", ()), *([details["department"]] if details.get("department") else ())]
    if not entry.act.startswith(_OF_DEPARTMENTS) or not codes:
        return said
    names = [rules.department_label(code) for code in codes]
    return Label(f"{said.zh}：{'、'.join(each.zh for each in names)}", f"{said.en}: {', '.join(each.en for each in names)}")
