"""A department's task (交办单): its own small table beside the case's.

The clock runs from dispatch, not from signing. A task may be sent back once with a reason code; the second time the street
rules, and its ruling is final. Sources: local grid ordinances (a unit that says "not mine" must explain; objections go to a
review body, not back and forth), see DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Kind, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, add_labels, label


class TaskState(StrEnum):
    """Where a task stands."""

    ASSIGNED = "assigned"
    SIGNED = "signed"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    RULING = "ruling"
    RECALLED = "recalled"


class TaskAct(StrEnum):
    """What may be done with a task."""

    SIGN = "sign"
    #: Its people are on the spot; asked of departments that the street has called.
    COME = "come"
    ANSWER = "answer"
    SEND_BACK = "send_back"
    ASSIGN_AGAIN = "assign_again"
    RULE = "rule"
    CONFIRM = "confirm"
    ASK_AGAIN = "ask_again"
    RECALL = "recall"


class ReturnReason(StrEnum):
    """Why a task is sent back."""

    NOT_OURS = "not_ours"
    WRONG_PLACE = "wrong_place"
    NOT_CLEAR = "not_clear"
    DUPLICATE = "duplicate"


class AnswerKind(StrEnum):
    """What a department's answer comes to."""

    DONE = "done"
    PARTLY = "partly"
    CANNOT = "cannot"


add_labels({
    TaskState.ASSIGNED: ("待签收", "To be signed for"),
    TaskState.SIGNED: ("办理中", "In progress"),
    TaskState.ANSWERED: ("待确认", "Answered, to be confirmed"),
    TaskState.CONFIRMED: ("已确认", "Confirmed"),
    TaskState.RETURNED: ("已退回", "Sent back"),
    TaskState.RULING: ("待街道裁定", "Waiting for the street's ruling"),
    TaskState.RECALLED: ("已撤回", "Recalled"),
})
add_labels({
    TaskAct.SIGN: ("签收", "Sign for"),
    TaskAct.COME: ("登记到场", "Record arrival"),
    TaskAct.ANSWER: ("答复", "Answer"),
    TaskAct.SEND_BACK: ("退回", "Send back"),
    TaskAct.ASSIGN_AGAIN: ("重新派出", "Dispatch again"),
    TaskAct.RULE: ("裁定", "Rule"),
    TaskAct.CONFIRM: ("确认答复", "Confirm the answer"),
    TaskAct.ASK_AGAIN: ("请再办", "Ask again"),
    TaskAct.RECALL: ("撤回任务", "Recall"),
})
add_labels({
    ReturnReason.NOT_OURS: ("不属本部门职责", "Not our duty"),
    ReturnReason.WRONG_PLACE: ("不在本辖区", "Not our area"),
    ReturnReason.NOT_CLEAR: ("事项不清", "The matter is not clear"),
    ReturnReason.DUPLICATE: ("重复派单", "Dispatched twice"),
})
add_labels({
    AnswerKind.DONE: ("已办", "Done"),
    AnswerKind.PARTLY: ("部分办", "Partly done"),
    AnswerKind.CANNOT: ("依法不能办", "Cannot lawfully be done"),
})

#: Tasks in these states hold nothing up.
DONE_STATES = frozenset({TaskState.CONFIRMED, TaskState.RECALLED})
#: States whose next act is the department's.
WITH_DEPARTMENT = frozenset({TaskState.ASSIGNED, TaskState.SIGNED})


class TaskActNotOpen(Problem):
    """The act is not open in the task's state."""

    code = "task.act-not-open"
    kind = Kind.CONFLICT
    sentence = Label(
        "这项任务现在是“{state}”，不能“{act}”。请刷新后看现在可以做什么。",
        "The task is now “{state}”; “{act}” is not open. Reload to see what may be done now.",
    )


class RulingIsFinal(Problem):
    """After the street has ruled nothing goes back."""

    code = "task.ruling-final"
    kind = Kind.CONFLICT
    sentence = Label(
        "街道已裁定由本部门办理，不能再退回。有困难请在答复里写明。",
        "The street has ruled that your department handles this; it cannot be sent back. State difficulties in your answer.",
    )


class ArrivalNotOpen(Problem):
    """Nobody asked this department to come, or its arrival stands recorded."""

    code = "task.arrival-not-open"
    kind = Kind.CONFLICT
    sentence = Label(
        "这项任务不用登记到场：不是街道呼叫的，或已经登记过。",
        "No arrival is to be recorded here: the street did not call, or it has been recorded.",
    )


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What decides an act on a task.

    Parameters
    ----------
    state : TaskState
    returned_count : int
        How often it came back.
    ruled : bool
        Whether the street has ruled.
    called : bool
        Whether the street called the department (乡呼县应), so that the street and not the community receives the answer.
    came : bool
        Whether its people have come.
    """

    state: TaskState
    returned_count: int = 0
    ruled: bool = False
    called: bool = False
    came: bool = False


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of the task table; ``when_called`` is the permission for what the street called, where it is another."""

    act: TaskAct
    sources: frozenset[TaskState]
    target: TaskState
    permission: Permission
    when_called: Permission | None = None

    def needs(self, facts: TaskFacts) -> Permission:
        """Return the permission that the act takes."""
        return self.when_called if facts.called and self.when_called else self.permission


_T = TaskState
TASK_TABLE: tuple[TaskRow, ...] = (
    TaskRow(TaskAct.SIGN, frozenset({_T.ASSIGNED}), _T.SIGNED, Permission.TASK_SIGN),
    TaskRow(TaskAct.COME, frozenset({_T.ASSIGNED, _T.SIGNED}), _T.SIGNED, Permission.TASK_SIGN),
    TaskRow(TaskAct.ANSWER, frozenset({_T.ASSIGNED, _T.SIGNED}), _T.ANSWERED, Permission.TASK_ANSWER),
    TaskRow(TaskAct.SEND_BACK, frozenset({_T.ASSIGNED, _T.SIGNED}), _T.RETURNED, Permission.TASK_RETURN),
    TaskRow(TaskAct.ASSIGN_AGAIN, frozenset({_T.RETURNED}), _T.ASSIGNED, Permission.TASK_ASSIGN, Permission.CASE_CALL),
    TaskRow(TaskAct.RULE, frozenset({_T.RULING}), _T.ASSIGNED, Permission.TASK_RULE),
    TaskRow(TaskAct.CONFIRM, frozenset({_T.ANSWERED}), _T.CONFIRMED, Permission.TASK_CONFIRM, Permission.CASE_CALL),
    TaskRow(TaskAct.ASK_AGAIN, frozenset({_T.ANSWERED}), _T.SIGNED, Permission.TASK_CONFIRM, Permission.CASE_CALL),
    TaskRow(TaskAct.RECALL, frozenset({_T.ASSIGNED, _T.SIGNED, _T.RETURNED, _T.RULING}), _T.RECALLED, Permission.TASK_ASSIGN,
            Permission.CASE_CALL),
)
_ROWS = {row.act: row for row in TASK_TABLE}


def advance_task(facts: TaskFacts, act: TaskAct, *, permitted: Callable[[Permission], bool]) -> TaskState:
    """Decide one act on a task and return its new state.

    Raises
    ------
    NotPermitted, TaskActNotOpen, RulingIsFinal, ArrivalNotOpen
    """
    row = _ROWS[act]
    if not permitted(row.needs(facts)):
        raise NotPermitted
    if facts.state not in row.sources:
        raise TaskActNotOpen(state=label(facts.state), act=label(act))
    if act is TaskAct.SEND_BACK:
        if facts.ruled:
            raise RulingIsFinal
        return TaskState.RETURNED if facts.returned_count == 0 else TaskState.RULING
    if act is TaskAct.COME and not _may_come(facts):
        raise ArrivalNotOpen
    return row.target


def _may_come(facts: TaskFacts) -> bool:
    return facts.called and not facts.came


def open_task_acts(facts: TaskFacts, permitted: Callable[[Permission], bool]) -> tuple[TaskAct, ...]:
    """Return what this reader may do with the task now."""
    return tuple(
        row.act for row in TASK_TABLE
        if facts.state in row.sources and permitted(row.needs(facts)) and not (row.act is TaskAct.SEND_BACK and facts.ruled)
        and (row.act is not TaskAct.COME or _may_come(facts))
    )


def is_open(state: TaskState) -> bool:
    """Return whether a task in *state* still keeps its case from closing."""
    return state not in DONE_STATES
