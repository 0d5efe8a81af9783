"""Rows of the stuck board: a case in its block, the office or seat that holds the next step, what the reader may do about it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.blocks import Block
from gridmediate.domain.calls import PromptKind
from gridmediate.domain.categories import category
from gridmediate.domain.next_steps import Turn, in_time
from gridmediate.domain.permissions import Actor, CaseSubject, Permission, visible_to
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskState
from gridmediate.domain.vocabulary import Label, Phrase, Status
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.lists import Clock, clock_between, shown_status
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store.models import Case, Prompt, Task

#: What the board reads of a case: nothing sealed.
READ = (
    Case.id, Case.case_no, Case.state, Case.outcome, Case.cell_code, Case.community_code, Case.street_code, Case.county_code,
    Case.level, Case.t2_code, Case.filed_at, Case.due_at, Case.next_due_at, Case.next_warn_at, Case.next_step, Case.turn,
)
#: Whose next step it is where no task says it: a seat of the community, or the office of a level.
_CADRE_SEAT = Label("社区干部席位", "community cadre's seat")
_NOBODY_YET = Label("还没有社区", "no community yet")
#: Blocks that a department's task makes.
OF_TASKS = (Block.CALL, Block.UNSIGNED, Block.UNANSWERED)


@dataclass(frozen=True, slots=True)
class StuckRow:
    """One case of the board.

    Parameters
    ----------
    since : datetime
        Since when it stands in its block.
    holders : tuple of Label
        Offices or seats whose step is awaited, never persons.
    clock : Clock
        By when the next step is due.
    urge_task : UUID or None
        The department's task that the reader may urge with one click; None where there is none, or it was urged today.
    urged_today : bool
    slip_due_at : datetime or None
        By when a slip that nobody has answered asked for an answer.
    may_supervise : bool
    """

    id: uuid.UUID
    case_no: str
    block: Block
    since: datetime
    status: Status
    category: Label
    cell: Label | None
    community: Label | None
    street: Label | None
    holders: tuple[Label, ...]
    turn: Turn
    step: Phrase
    clock: Clock
    urge_task: uuid.UUID | None
    urged_today: bool
    slip_due_at: datetime | None
    may_supervise: bool
    place: CaseSubject

    def is_own(self, actor: Actor) -> bool:
        """Return whether the next step is that of an office the reader answers for."""
        return {
            Turn.COMMUNITY: self.place.community_code in actor.communities,
            Turn.STREET: self.place.street_code in actor.streets,
            Turn.COUNTY: self.place.county_code in actor.counties,
        }.get(self.turn, False)


def stuck_rows(session: Session, found: Sequence[Any], actor: Actor, now: datetime) -> list[StuckRow]:
    """Return the rows in the order given: two statements more, however many they are."""
    keys = [row.id for row in found]
    tasks: dict[uuid.UUID, list[Any]] = {}
    for task in session.execute(
        select(Task.id, Task.case_id, Task.department_code, Task.state, Task.sign_due_at, Task.answer_due_at, Task.call_id)
        .where(Task.case_id.in_(keys), Task.state.in_(sorted(WITH_DEPARTMENT))).order_by(Task.answer_due_at, Task.id)
    ):
        tasks.setdefault(task.case_id, []).append(task)
    prompts: dict[uuid.UUID, list[Any]] = {}
    for prompt in session.execute(
        select(Prompt.case_id, Prompt.task_id, Prompt.kind, Prompt.given_at, Prompt.due_at)
        .where(Prompt.case_id.in_(keys), Prompt.answered_at.is_(None))
    ):
        prompts.setdefault(prompt.case_id, []).append(prompt)
    grid, rules = grid_of(session, now), rulebook_of(session)
    urges, supervises = visible_to(actor, Permission.TASK_URGE), visible_to(actor, Permission.CASE_SUPERVISE)

    def row_of(case: Any) -> StuckRow:
        place = CaseSubject(case.street_code, case.county_code, case.community_code, case.cell_code, level=case.level)
        holding = [task for task in tasks.get(case.id, ()) if _holds(task, case.block, now)]
        said = prompts.get(case.id, [])
        urged = {each.task_id for each in said if each.kind is PromptKind.URGE and local_day(each.given_at) == local_day(now)}
        to_urge = [task.id for task in holding if task.id not in urged]
        slips = [each.due_at for each in said if each.due_at is not None]
        cell, community, street = (
            cards[code].label if code in cards else None
            for cards, code in ((grid.cells, case.cell_code), (grid.areas, case.community_code), (grid.areas, case.street_code)))
        return StuckRow(
            id=case.id, case_no=case.case_no, block=case.block, since=case.since, status=shown_status(case, now),
            category=category(case.t2_code).short, cell=cell, community=community, street=street,
            holders=tuple(rules.department_label(task.department_code) for task in holding) or (_office(case, grid),),
            turn=Turn.DEPARTMENTS if holding else case.turn,
            step=in_time(Phrase.from_json(case.next_step), case.next_due_at, now),
            clock=clock_between(case.next_warn_at, case.next_due_at, now),
            urge_task=to_urge[0] if to_urge and urges.covers(place) else None,
            urged_today=bool(holding) and not to_urge, slip_due_at=max(slips, default=None),
            may_supervise=supervises.covers(place), place=place)

    return [row_of(case) for case in found]


def _holds(task: Any, block: Block, now: datetime) -> bool:
    """Return whether this task is why its case stands in the block."""
    if block not in OF_TASKS or (task.call_id is not None) is not (block is Block.CALL):
        return False
    sign_late = task.state is TaskState.ASSIGNED and task.sign_due_at < now
    answer_late = task.answer_due_at < now
    return {
        Block.CALL: sign_late or answer_late, Block.UNSIGNED: sign_late,
        Block.UNANSWERED: task.state is TaskState.SIGNED and answer_late,
    }[block]


def _office(case: Any, grid: Grid) -> Label:
    """Return the office or seat whose turn it is."""
    code = {Turn.STREET: case.street_code, Turn.COUNTY: case.county_code}.get(case.turn)
    if code is not None and code in grid.areas:
        return grid.areas[code].label
    community = grid.areas.get(case.community_code) if case.community_code else None
    if community is None:
        return _NOBODY_YET
    return Label(f"{community.name}{_CADRE_SEAT.zh}", f"{community.name_en}, {_CADRE_SEAT.en}")
