"""A case as it shall be walked through the services: what is filed where, and every later act with its moment and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gridmediate.demo.people import PersonName
from gridmediate.demo.stories import Story
from gridmediate.domain.tasks import AnswerKind, ReturnReason, TaskState
from gridmediate.domain.vocabulary import PlaceMethod, Side, Source
from gridmediate.domain.workflow import Act, Needs, State, row_for


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """A party as it is filed; *name* is that of an organisation when *is_organisation*."""

    side: Side
    name: PersonName
    role: str
    phone: str
    is_organisation: bool


@dataclass(frozen=True, slots=True)
class Step:
    """An act of the workflow table, when, and the words it needs."""

    act: Act
    at: datetime
    words: Mapping[Needs, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """When a department does what with its task; None for what has not come yet.

    Parameters
    ----------
    signed_at, answered_at, confirmed_at : datetime or None
    returned_at, again_at : datetime or None
        Sent back, and dispatched again.
    return_reason : ReturnReason or None
    returned_twice_at, ruled_at : datetime or None
        Sent back a second time, and the street's ruling.
    answer_kind : AnswerKind
    settles : bool
        Whether the answer settles the matter (of the lead department).
    """

    signed_at: datetime | None = None
    returned_at: datetime | None = None
    return_reason: ReturnReason | None = None
    again_at: datetime | None = None
    returned_twice_at: datetime | None = None
    ruled_at: datetime | None = None
    answered_at: datetime | None = None
    confirmed_at: datetime | None = None
    answer_kind: AnswerKind = AnswerKind.DONE
    settles: bool = False

    @property
    def state(self) -> TaskState:
        """Where the task stands in the end."""
        if self.confirmed_at:
            return TaskState.CONFIRMED
        if self.answered_at:
            return TaskState.ANSWERED
        if self.returned_twice_at and not self.ruled_at:
            return TaskState.RULING
        if self.returned_at and not self.again_at:
            return TaskState.RETURNED
        return TaskState.SIGNED if self.signed_at else TaskState.ASSIGNED


@dataclass(frozen=True, slots=True)
class CasePlan:
    """One case of the demonstration.

    Parameters
    ----------
    number : int
        From 1, in the order of filing.
    story : Story
    cell_code : str or None
        Where it lies; None for those whose place is not settled.
    point : tuple of float or None
        (lon, lat) in WGS 84; None when only a cell or an address was given.
    accuracy_m : float or None
    address : str
    place_method : PlaceMethod
    source : Source
    parties : tuple of PartyPlan
    filed_at : datetime
        Aware.
    steps : tuple of Step
        In time order, all before the day's start of the demonstration unless the caller allowed more.
    tasks : tuple of TaskPlan
        For the lead department and the supporting ones in turn.
    task_by_department : mapping
        Plans of departments that differ from their turn.
    duplicate_of : int or None
        Number of the case it is joined to.
    desk : str
        ``cadre``, ``worker``, ``dept`` where the case is there for a printed account's desk, else empty.
    community_code : str or None
        For a case without a cell: the community whose worker filed it and that is asked to settle the place.
    """

    number: int
    story: Story
    cell_code: str | None
    point: tuple[float, float] | None
    accuracy_m: float | None
    address: str
    place_method: PlaceMethod
    source: Source
    parties: tuple[PartyPlan, ...]
    filed_at: datetime
    steps: tuple[Step, ...]
    tasks: tuple[TaskPlan, ...] = ()
    task_by_department: Mapping[str, TaskPlan] = field(default_factory=dict)
    duplicate_of: int | None = None
    desk: str = ""
    community_code: str | None = None

    @property
    def state(self) -> State:
        """The state the steps lead to by the workflow table.

        Raises
        ------
        ValueError
            If a step is not open where it stands: the plan would break in the services.
        """
        state = State.FILED
        for step in self.steps:
            row = row_for(state, step.act)
            if row is None:
                raise ValueError(f"case {self.number}: {step.act} is not open in {state}")
            state = row.target
        return state

    def task_for(self, department: str, position: int) -> TaskPlan:
        """Return what the department at *position* (0 leads) does with its task."""
        if department in self.task_by_department:
            return self.task_by_department[department]
        return self.tasks[position % len(self.tasks)] if self.tasks else TaskPlan()
