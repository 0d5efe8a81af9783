"""What a case waits for now, whose turn it is, and by when: the order and the last column of every list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Phrase, add_labels, add_phrases
from gridmediate.domain.workflow import FINAL_STATES, TO_CLOSE, State

#: Where cases stand in a list when nothing is due: behind all that is.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Turn(StrEnum):
    """Whose act is awaited."""

    COMMUNITY = "community"
    DEPARTMENTS = "departments"
    STREET = "street"
    NOBODY = "nobody"


add_labels({
    Turn.COMMUNITY: ("轮到社区", "The community's turn"),
    Turn.DEPARTMENTS: ("等部门", "Waiting for departments"),
    Turn.STREET: ("等街道", "Waiting for the street"),
    Turn.NOBODY: ("已办完", "Nothing left to do"),
})
add_phrases({
    "next.settle_place": ("认定网格", "Settle the cell"),
    "next.decide": ("决定受理与否", "Decide whether to accept"),
    "next.form_team": ("落实席位，组队派单", "Settle the seats, form the team"),
    "next.hold_session": ("主持第 {number} 次调解", "Hold session {number}"),
    "next.await_answer": ("等{departments}答复", "Await the answer of {departments}"),
    "next.await_answer_late": ("催{departments}答复", "Urge {departments} to answer"),
    "next.confirm_answer": ("确认{departments}答复", "Confirm the answer of {departments}"),
    "next.dispatch_again": ("{departments}退回，重新派单", "{departments} sent it back; dispatch again"),
    "next.rule": ("裁定由谁办理", "Rule who handles it"),
    "next.close": ("告知双方，结案", "Tell both sides and close"),
    "next.nothing": ("已办完", "Done"),
    "worker.next.settle_place": ("补上位置", "Add the place"),
    "worker.next.await_answer": ("陪同{departments}上门", "Go along with {departments}"),
    "worker.next.hold_session": ("带双方到场，第 {number} 次调解", "Bring both sides to session {number}"),
})


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """What of a task decides the next step."""

    department: Label
    state: TaskState
    answer_due_at: datetime
    answer_warn_at: datetime


@dataclass(frozen=True, slots=True)
class NextStep:
    """The act awaited, by whom, by when, and from when it counts as due soon."""

    phrase: Phrase
    turn: Turn
    due_at: datetime
    warn_at: datetime


def next_step(
    state: State, *, placed: bool, due_at: datetime | None, warn_at: datetime | None = None, tasks: Sequence[TaskBrief] = (),
    sessions_held: int = 0, has_community: bool = True,
) -> NextStep:
    """Return what a case waits for.

    Parameters
    ----------
    state : State
    placed : bool
    due_at, warn_at : datetime or None
        The case's own deadline, if one runs.
    tasks : sequence of TaskBrief
    sessions_held : int
    has_community : bool
        Whether a community has been asked about the place; where none has, the street settles it.

    Notes
    -----
    What stands with the community comes before what stands with others: a returned or answered task is its turn, however many
    tasks are still out.
    """
    own = (due_at or NEVER, warn_at or due_at or NEVER)
    if state in FINAL_STATES:
        return NextStep(Phrase("next.nothing"), Turn.NOBODY, NEVER, NEVER)
    if not placed:
        return NextStep(Phrase("next.settle_place"), Turn.COMMUNITY if has_community else Turn.STREET, *own)
    if state is State.FILED:
        return NextStep(Phrase("next.decide"), Turn.COMMUNITY, *own)
    if state in (State.ACCEPTED, State.REOPENED):
        return NextStep(Phrase("next.form_team"), Turn.COMMUNITY, *own)
    for waiting, code, turn in _TASKS_FIRST:
        found = [task for task in tasks if task.state in waiting]
        if found:
            # An answer that has come is late no more; whoever confirms it has the case's own time.
            running = () if code == "next.confirm_answer" else [(task.answer_due_at, task.answer_warn_at) for task in found]
            return NextStep(_naming(code, found), turn, *min([own, *running]))
    if state in TO_CLOSE:
        return NextStep(Phrase("next.close"), Turn.COMMUNITY, *own)
    return NextStep(Phrase("next.hold_session", {"number": sessions_held + 1}), Turn.COMMUNITY, *own)


_TASKS_FIRST = (
    ({TaskState.RULING}, "next.rule", Turn.STREET),
    ({TaskState.RETURNED}, "next.dispatch_again", Turn.COMMUNITY),
    ({TaskState.ANSWERED}, "next.confirm_answer", Turn.COMMUNITY),
    ({TaskState.ASSIGNED, TaskState.SIGNED}, "next.await_answer", Turn.DEPARTMENTS),
)


def _naming(code: str, tasks: Sequence[TaskBrief]) -> Phrase:
    return Phrase(code, {"departments": [{"zh": task.department.zh, "en": task.department.en} for task in tasks]})


def in_time(phrase: Phrase, due_at: datetime, now: datetime) -> Phrase:
    """Return the step as it reads at *now*: an answer that is late is to be urged, not awaited."""
    return Phrase("next.await_answer_late", phrase.values) if phrase.code == "next.await_answer" and due_at < now else phrase


def for_worker(phrase: Phrase) -> Phrase | None:
    """Return the grid worker's own part in a step, or None if it waits for others."""
    own = {"next.settle_place", "next.await_answer", "next.hold_session"}
    return Phrase(f"worker.{phrase.code}", phrase.values) if phrase.code in own else None
