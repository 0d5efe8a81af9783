"""What lies on the desks of the printed accounts today: few cases, each at a telling point of its life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from gridmediate.demo.courses import Course, Days, cut, moment, prompt
from gridmediate.demo.people import HOME_COMMUNITY, HOME_DEPARTMENT
from gridmediate.demo.plans import Step, TaskPlan
from gridmediate.demo.stories import Story
from gridmediate.domain.tasks import ReturnReason, TaskState
from gridmediate.domain.workflow import Act, Needs, State

_HOME = HOME_COMMUNITY
_STREET = HOME_COMMUNITY[:9]
#: Days of mediation by T2 head, where they differ from a month (Labour Dispute Mediation and Arbitration Law art. 14).
_MEDIATION_DAYS = {"07": 15}


@dataclass(frozen=True, slots=True)
class DeskItem:
    """A case to be put on a desk.

    Parameters
    ----------
    desk, cell_code, t2_code, theme : str
    state : State
        Where it stands.
    due : int
        Working days from today until it is due: the decision of a filed case, the department's answer where *housing* is
        still out, else the end of mediation; below 0 it is late.
    sessions : int
    housing : TaskState or None
        Where the housing office's task stands.
    """

    desk: str
    cell_code: str
    t2_code: str
    theme: str
    state: State
    due: int
    sessions: int = 0
    housing: TaskState | None = None


_S, _T = State, TaskState
DESK: tuple[DeskItem, ...] = (
    DeskItem("cadre", f"{_HOME}003", "0203", "fumes", _S.MEDIATING, -1, 1),
    DeskItem("worker", f"{_HOME}005", "0201", "leak", _S.MEDIATING, 0, 1, _T.SIGNED),
    DeskItem("cadre", f"{_HOME}005", "0201", "light", _S.FILED, 0),
    DeskItem("cadre", f"{_HOME}003", "0701", "wages", _S.MEDIATING, 0, 2),
    DeskItem("cadre", f"{_HOME}007", "0202", "lift", _S.TEAM_FORMED, 4, 0, _T.ASSIGNED),
    DeskItem("cadre", f"{_HOME}006", "0601", "card", _S.FILED, 1),
    DeskItem("cadre", f"{_HOME}007", "0102", "elders", _S.MEDIATING, 1, 1),
    DeskItem("cadre", f"{_HOME}007", "0602", "rent", _S.MEDIATING, 2, 1, _T.ANSWERED),
    DeskItem("cadre", f"{_HOME}004", "0402", "carpark", _S.ACCEPTED, 20),
    DeskItem("cadre", f"{_HOME}006", "0503", "traffic", _S.FILED, 2),
    DeskItem("cadre", f"{_HOME}003", "0804", "loan", _S.AGREED_WRITTEN, 12, 2),
    DeskItem("cadre", f"{_HOME}002", "0502", "medical", _S.MEDIATING, 14, 1),
    DeskItem("worker", f"{_HOME}005", "0203", "animal", _S.MEDIATING, 1, 1),
    DeskItem("cadre", f"{_HOME}006", "0299", "quarrel", _S.FILED, -1),
    DeskItem("cadre", f"{_HOME}006", "0302", "name", _S.REFUSED, 10, 1),
    DeskItem("worker", f"{_HOME}005", "0602", "rent", _S.TEAM_FORMED, 4, 0, _T.ASSIGNED),
    DeskItem("dept", f"{_STREET}005004", "0202", "build", _S.MEDIATING, -1, 1, _T.ASSIGNED),
    DeskItem("dept", f"{_STREET}003001", "0201", "leak", _S.TEAM_FORMED, 0, 0, _T.ASSIGNED),
    DeskItem("dept", f"{_STREET}007002", "0402", "repair", _S.TEAM_FORMED, 4, 0, _T.ASSIGNED),
    DeskItem("dept", f"{_STREET}010003", "0602", "rent", _S.TEAM_FORMED, 4, 0, _T.ASSIGNED),
    DeskItem("dept", f"{_STREET}004002", "0402", "fee", _S.MEDIATING, 2, 1, _T.SIGNED),
    DeskItem("dept", f"{_STREET}010001", "0402", "carpark", _S.TEAM_FORMED, 3, 0, _T.SIGNED),
    DeskItem("dept", f"{_STREET}008003", "0602", "buy", _S.MEDIATING, 1, 1, _T.SIGNED),
    DeskItem("dept", f"{_STREET}009001", "0202", "wall", _S.TEAM_FORMED, 3, 0, _T.SIGNED),
    DeskItem("dept", f"{_STREET}001002", "0201", "drain", _S.MEDIATING, -1, 1, _T.SIGNED),
    DeskItem("dept", f"{_STREET}012002", "0902", "homestead", _S.MEDIATING, 2, 1, _T.SIGNED),
    DeskItem("dept", f"{_STREET}004003", "0701", "wages", _S.MEDIATING, 1, 1, _T.SIGNED),
    DeskItem("dept", f"{_STREET}002004", "0202", "lift", _S.MEDIATING, 2, 1, _T.ANSWERED),
    DeskItem("dept", f"{_STREET}003002", "0402", "fee", _S.MEDIATING, 1, 1, _T.ANSWERED),
    DeskItem("dept", f"{_STREET}008001", "1104", "works", _S.TEAM_FORMED, 3, 0, _T.RETURNED),
)


def lay_out(
    rng: Random, item: DeskItem, story: Story, days: Days, today: date, now: datetime
) -> tuple[datetime, Course, dict[str, TaskPlan]]:
    """Return when the case was filed, its course up to *now*, and the plan of the housing office where it has a task."""
    due = days.after(today, item.due) if item.due >= 0 else days.before(today, -item.due)
    if item.state is State.FILED:
        return min(moment(rng, days.before(due, 3)), now - timedelta(hours=2)), Course((), ()), {}
    accepted = _accepted_on(item, days, today, due)
    filed = moment(rng, days.before(accepted, 1), 9, 16)
    fresh = item.housing is TaskState.ASSIGNED and item.due > 3
    at = min(moment(rng, accepted, 11 if fresh else 8, 17 if fresh else 12), now - timedelta(hours=3))
    filed = min(filed, at - timedelta(hours=3))
    steps = [Step(Act.ACCEPT, at)]
    if item.state is not State.ACCEPTED:
        steps.append(Step(Act.FORM_TEAM, at + timedelta(seconds=1)))
    steps += _sessions(rng, item, story, at, now)
    steps += _end(rng, item, story, steps[-1].at, now)
    housing = {} if item.housing is None else {HOME_DEPARTMENT: cut(_housing(item.housing, at, now), now)}
    return filed, Course(tuple(steps), (prompt(at, now),)), housing


def _accepted_on(item: DeskItem, days: Days, today: date, due: date) -> date:
    if item.state is State.ACCEPTED:
        return days.before(today, 1)
    if item.housing is TaskState.ASSIGNED and item.due > 3:
        # Yesterday, whatever day it was: what came on Friday would have to be signed for by Saturday.
        return today - timedelta(days=1)
    if item.housing is not None:
        return min(days.before(due, 5), today - timedelta(days=1))
    if item.t2_code == "0502":
        return days.before(due, 30)
    return days.started_for(due, _MEDIATION_DAYS.get(item.t2_code[:2], 30))


def _sessions(rng: Random, item: DeskItem, story: Story, start: datetime, now: datetime) -> list[Step]:
    # The last note of a story is the one that settles it; a case still open has not had it.
    notes = story.notes if item.state is State.AGREED_WRITTEN else story.notes[:-1]
    held = [notes[min(place, len(notes) - 1)] for place in range(item.sessions)]
    if item.state is State.AGREED_WRITTEN:
        held[-1] = notes[-1]
    gap = (now - start) * 0.8 / (len(held) + 1)
    times = [_by_day(rng, start + gap * place, start, now) for place in range(1, len(held) + 1)]
    return [Step(Act.NOTE_SESSION, at, {Needs.NOTE: note}) for at, note in zip(sorted(times), held, strict=True)]


def _end(rng: Random, item: DeskItem, story: Story, last: datetime, now: datetime) -> list[Step]:
    at = _by_day(rng, last + (now - last) * 0.5, last, now)
    if item.state is State.AGREED_WRITTEN:
        return [Step(Act.AGREE_IN_WRITING, at, {Needs.TERMS: story.terms})]
    if item.state is State.REFUSED:
        return [Step(Act.RECORD_REFUSAL, at, {Needs.REASON: story.refusal, Needs.ROUTES_TOLD: "1"})]
    return []


def _by_day(rng: Random, at: datetime, after: datetime, now: datetime) -> datetime:
    """Return a moment of the day of *at* when people meet, still between *after* and *now*."""
    found = moment(rng, at.date(), 9, 19)
    return found if after < found < now else after + (now - after) * 0.5


def _housing(state: TaskState, start: datetime, now: datetime) -> TaskPlan:
    span = now - start
    if state is TaskState.ASSIGNED:
        return TaskPlan()
    if state is TaskState.RETURNED:
        return TaskPlan(returned_at=start + 0.4 * span, return_reason=ReturnReason.NOT_OURS)
    signed = TaskPlan(signed_at=start + min(0.2 * span, timedelta(hours=20)))
    return signed if state is TaskState.SIGNED else replace(signed, answered_at=start + 0.8 * span)
