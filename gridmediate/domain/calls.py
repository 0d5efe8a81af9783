"""The street calls county departments (乡呼县应): why it may, where a call stands, and what is said to move things on.

A call names departments; the part of each is a task (``domain.tasks``) with the clocks of the call's urgency: sign, come, answer.
The street that called confirms and rates the answer. Ratings are of answers and departments, never of persons.

Notes
-----
When a street may call follows the capital's rule for its streets: what it cannot settle itself, joint enforcement, an emergency.
Who calls and who answers are both looked at (Beijing ordinance on handling complaints without delay, art. 33).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from gridmediate.domain.tasks import DONE_STATES, TaskState
from gridmediate.domain.vocabulary import Label, add_labels

#: What the whole thing is called.
NAME = Label("乡呼县应", "County call")
CALL_NOW = Label("呼叫县里部门", "Call county departments")
#: A call opens with at most this many departments; more is a meeting, not a call.
MOST_CALLED = 12


class CallMatter(StrEnum):
    """Why the street calls."""

    BEYOND_POWERS = "beyond_powers"
    JOINT_ENFORCEMENT = "joint_enforcement"
    EMERGENCY = "emergency"


class CallState(StrEnum):
    """Where a call stands: with its slowest part."""

    TO_SIGN = "to_sign"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"


class PromptKind(StrEnum):
    """What is said to move things on, from the mildest up; an instruction stands beside the slips."""

    URGE = "urge"
    SUPERVISE_YELLOW = "supervise_yellow"
    SUPERVISE_RED = "supervise_red"
    INSTRUCTION = "instruction"


class Rating(StrEnum):
    """What the one who asked thinks of a confirmed answer."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    NOT_SATISFIED = "not_satisfied"


add_labels({
    CallMatter.BEYOND_POWERS: ("超出街道权限", "Beyond the street's powers"),
    CallMatter.JOINT_ENFORCEMENT: ("联合执法", "Joint enforcement"),
    CallMatter.EMERGENCY: ("突发急事", "Emergency"),
})
add_labels({
    CallState.TO_SIGN: ("等签收", "To be signed for"), CallState.IN_PROGRESS: ("办理中", "In progress"),
    CallState.ANSWERED: ("都已答复", "All answered"), CallState.CLOSED: ("已了结", "Closed"),
})
add_labels({
    PromptKind.URGE: ("催办", "Urge"), PromptKind.SUPERVISE_YELLOW: ("黄牌督办", "Yellow slip"),
    PromptKind.SUPERVISE_RED: ("红牌督办", "Red slip"), PromptKind.INSTRUCTION: ("领导批示", "Leader's instruction"),
})
add_labels({
    Rating.SATISFIED: ("满意", "Satisfied"), Rating.FAIRLY: ("基本满意", "Fairly satisfied"),
    Rating.NOT_SATISFIED: ("不满意", "Not satisfied"),
})

#: Slips say by when; an urging means at once, an instruction may.
NEED_A_DAY = frozenset({PromptKind.SUPERVISE_YELLOW, PromptKind.SUPERVISE_RED})
#: What says why; an urging says enough by itself.
NEED_WORDS = frozenset(PromptKind) - {PromptKind.URGE}

_NOT_SIGNED = frozenset({TaskState.ASSIGNED, TaskState.RETURNED, TaskState.RULING})


def call_state(parts: Collection[TaskState], *, closed: bool = False) -> CallState:
    """Return where a call stands, by the states of its parts.

    Parameters
    ----------
    parts : collection of TaskState
        One for each department called; a recalled one holds nothing up.
    closed : bool
        Whether the street has closed the call.
    """
    if closed:
        return CallState.CLOSED
    if any(state in _NOT_SIGNED for state in parts):
        return CallState.TO_SIGN
    return CallState.IN_PROGRESS if TaskState.SIGNED in parts else CallState.ANSWERED


def may_close(parts: Collection[TaskState]) -> bool:
    """Return whether nothing of a call is still to be answered or confirmed."""
    return all(state in DONE_STATES for state in parts)
