"""What a side sees of its own matter without an account: state, meeting, steps, whom to call. No party's name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.categories import HEADS, category
from gridmediate.domain.next_steps import NEVER, Turn
from gridmediate.domain.people_words import PICTURES_MOST
from gridmediate.domain.residents import (
    ROUTES,
    STEPS_DONE,
    STEPS_NEXT,
    RequestState,
    Saying,
    may_say,
    plain_state,
)
from gridmediate.domain.sittings import SittingState
from gridmediate.domain.tasks import WITH_DEPARTMENT
from gridmediate.domain.vocabulary import Label, Seat, Side, label
from gridmediate.domain.workflow import OPEN_STATES, State
from gridmediate.services.follow_codes import Following, note_of
from gridmediate.services.grid import grid_of
from gridmediate.services.residents import FIELDS
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.sayings import OF_REQUEST
from gridmediate.services.whom_to_call import WhomToCall, community_to_call, whom_to_call, whom_to_call_of
from gridmediate.store.encryption import unseal
from gridmediate.store.models import (
    Case,
    FollowCode,
    HistoryEntry,
    MediationRequest,
    MediationSession,
    Party,
    SideSaying,
)

_WHOSE: dict[Turn, Label] = {
    Turn.COMMUNITY: Label("社区干部", "the community's cadre"), Turn.DEPARTMENTS: Label("部门", "the department"),
    Turn.STREET: Label("街道", "the street"), Turn.COUNTY: Label("区县综治中心", "the county's centre"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step done or to come.

    Parameters
    ----------
    words : Label
    at : datetime or None
        When it was done, or by when it is due.
    is_done : bool
    who : Label or None
        Who has it.
    """

    words: Label
    at: datetime | None
    is_done: bool
    who: Label | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """The next meeting, and what this side answered."""

    id: uuid.UUID
    begins_at: datetime
    ends_at: datetime
    place: Label | None
    answer: Saying | None


@dataclass(frozen=True, slots=True)
class FollowView:
    """A matter as one side of it sees it.

    Parameters
    ----------
    is_request : bool
        No case yet.
    state : Label
        One plain word.
    kind : tuple of Label
        Head and class of the dispute.
    stopping_by : datetime or None
        Where the side said that it wants to stop: by when the community ends it.
    settled : Saying or None
        What the side last said about whether it is settled.
    answer : Label or None
        Where else to go, for a request that was declined; ``reply`` is what the worker wrote.
    """

    is_request: bool
    side: Side
    state: Label
    kind: tuple[Label, ...]
    meeting: Meeting | None
    steps: tuple[Step, ...]
    call: WhomToCall
    open_acts: frozenset[Saying]
    stopping_by: datetime | None
    settled: Saying | None
    said: tuple[tuple[Saying, datetime], ...]
    is_over: bool
    declined: Label | None = None
    answer: Label | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is kept of one side: its own words and nothing of anybody else."""

    made_at: datetime
    filed_at: datetime
    request: tuple[tuple[Label, str], ...]
    person: tuple[tuple[Label, str], ...]
    said: tuple[tuple[Saying, datetime, str], ...]
    is_shared_side: bool


def read_matter(session: Session, who: Following, now: datetime, *, complaint: str = "") -> FollowView:
    """Return the page of one side and record the reading; ``complaint`` as in :func:`whom_to_call.whom_to_call`."""
    note_of(session, who, "follow.read", now)
    said = _said(session, who)
    if who.case_id is None:
        return _request_view(session, session.get_one(MediationRequest, who.request_id), said, now, complaint)
    case = session.scalars(select(Case).where(Case.id == who.case_id).options(
        selectinload(Case.seats), selectinload(Case.tasks)).execution_options(populate_existing=True)).one()
    meeting, kind = _meeting(session, case, said, now), category(case.t2_code)
    settled = next((row.kind for row in said if row.kind in (Saying.SETTLED, Saying.NOT_SETTLED)), None)
    stop = next((row for row in said if row.kind is Saying.STOP and row.done_at is None), None)
    offered = {each for each in Saying if may_say(each, case.state)}
    offered -= {Saying.COMING, Saying.OTHER_TIME} if meeting is None else set()
    steps = _steps(session, case, who, rulebook_of(session), meets=meeting is not None)
    return FollowView(
        False, who.side, plain_state(case.state), (kind.head.short, kind.short), meeting,
        steps, whom_to_call_of(session, case, now, complaint=complaint), frozenset(offered),
        stop.due_at if stop and case.state in OPEN_STATES else None, settled,
        tuple((row.kind, row.said_at) for row in said[:PICTURES_MOST]), case.state not in OPEN_STATES)


def _said(session: Session, who: Following) -> list[SideSaying]:
    mine = SideSaying.case_id == who.case_id if who.case_id else SideSaying.request_id == who.request_id
    return list(session.scalars(
        select(SideSaying).where(mine, SideSaying.side == who.side).order_by(SideSaying.said_at.desc(), SideSaying.id.desc())))


def _request_view(session: Session, row: MediationRequest, said: list[SideSaying], now: datetime,
                  complaint: str) -> FollowView:
    waits = row.state is RequestState.WAITING
    steps = [Step(Label("您提出申请", "You asked"), row.asked_at, True)]
    if waits:
        check = Label("网格员打电话给您核实，再登记", "The grid worker calls you to check, then registers it")
        steps.append(Step(check, row.due_at, False, label(Seat.GRID_WORKER)))
        steps.append(Step(STEPS_NEXT["next.decide"], None, False, _WHOSE[Turn.COMMUNITY]))
    else:
        steps.append(Step(label(row.state), row.decided_at, True))
    head = HEADS.get(row.head_code or "")
    grid = grid_of(session, now)
    # A request outlives a redrawn cell; its community is there still.
    call = (whom_to_call(session, grid, [grid.cells[row.cell_code]], now, complaint=complaint)[row.cell_code]
            if row.cell_code in grid.cells else community_to_call(session, grid, row.community_code, complaint=complaint))
    return FollowView(
        True, Side.APPLICANT, label(row.state), (head.short,) if head else (), None, tuple(steps),
        call, OF_REQUEST if waits else frozenset({Saying.DELETE_DATA}), None, None,
        tuple((each.kind, each.said_at) for each in said), not waits,
        label(row.declined_as) if row.declined_as else None, ROUTES[row.declined_as] if row.declined_as else None,
        unseal(session, row, "reply"))


def _meeting(session: Session, case: Case, said: list[SideSaying], now: datetime) -> Meeting | None:
    row = session.scalars(
        select(MediationSession).where(MediationSession.case_id == case.id, MediationSession.state == SittingState.PLANNED,
                                       MediationSession.planned_to > now)
        .order_by(MediationSession.planned_from, MediationSession.id).limit(1)).one_or_none()
    if row is None or case.state not in OPEN_STATES:
        return None
    area = grid_of(session, now).areas.get(row.community_code)
    # Any other place is sealed and may be somebody's home, which this page does not show.
    place = Label(f"{area.name} {row.room}", f"{area.name_en}, {row.room}") if row.room and area else None
    answer = next((each.kind for each in said if each.sitting_id == row.id), None)
    return Meeting(row.id, row.planned_from, row.planned_to, place, answer)


def _steps(session: Session, case: Case, who: Following, rules: Rulebook, *, meets: bool) -> tuple[Step, ...]:
    entries = session.execute(select(HistoryEntry.at, HistoryEntry.to_state, HistoryEntry.from_state).where(
        HistoryEntry.chain == case.id, HistoryEntry.to_state.is_not(None)).order_by(HistoryEntry.seq)).all()
    done = [Step(STEPS_DONE[State(row.to_state)], row.at, True) for row in entries
            if row.to_state != row.from_state and State(row.to_state) in STEPS_DONE]
    if done and who.request_id is not None:
        done[0] = Step(Label("您提出，网格员核实登记", "You asked; the grid worker checked and registered it"), done[0].at, True)
    held = session.execute(select(MediationSession.planned_from, MediationSession.held_as).where(
        MediationSession.case_id == case.id, MediationSession.state == SittingState.HELD)).all()
    done += [Step(Label(f"第 {row.held_as} 次见面调解", f"Meeting {row.held_as} was held"), row.planned_from, True)
             for row in held]
    return (*sorted(done, key=lambda step: step.at or case.filed_at), *_ahead(case, rules, meets=meets))


def _ahead(case: Case, rules: Rulebook, *, meets: bool) -> list[Step]:
    if not case.is_open:
        return []
    steps = []
    for task in sorted(case.tasks, key=lambda each: each.answer_due_at):
        if task.state in WITH_DEPARTMENT:
            name = rules.department_label(task.department_code)
            steps.append(Step(Label(f"{name.zh}给出答复", f"{name.en} answers"), task.answer_due_at, False, name))
    code = str(case.next_step.get("code"))
    # The meeting that is planned already stands above the steps.
    next_words = None if meets and code == "next.hold_session" else STEPS_NEXT.get(code)
    due_at = case.next_due_at if case.next_due_at < NEVER else None
    if next_words is not None:
        steps.append(Step(next_words, due_at, False, _WHOSE.get(case.turn)))
    if case.state in OPEN_STATES - {State.FILED} and case.due_at is not None:
        ends = Label("调解期满；双方同意才能延长", "Mediation ends, unless both sides agree to go on")
        steps.append(Step(ends, case.due_at, False))
    return sorted(steps, key=lambda step: step.at or NEVER)


def own_data(session: Session, who: Following, now: datetime) -> OwnData:
    """Return a copy of what is kept of this side (Personal Information Protection Law art. 45); the look is recorded.

    A code belongs to a side. Where several persons are on it, what each gave stays with the community.
    """
    note_of(session, who, "follow.data", now)
    request = session.get(MediationRequest, who.request_id) if who.request_id else None
    case = session.get(Case, who.case_id) if who.case_id else None
    parties = list(session.scalars(select(Party).where(Party.case_id == case.id, Party.side == who.side))) if case else []
    columns = (("name", Label("姓名", "Name")), ("phone", Label("电话", "Phone")), ("address", Label("住址", "Address")))
    person = [(words, unseal(session, parties[0], column)) for column, words in columns] if len(parties) == 1 else []
    asked = [(words, unseal(session, request, name)) for name, (words, _, _) in FIELDS.items()] if request else []
    made_at = session.get_one(FollowCode, who.code_id).made_at
    return OwnData(
        made_at, request.asked_at if request else case.filed_at if case else made_at,
        tuple(each for each in asked if each[1]), tuple(each for each in person if each[1]),
        tuple((row.kind, row.said_at, unseal(session, row, "words")) for row in reversed(_said(session, who))), len(parties) > 1)
