"""How a case goes: from its filing and a wished end to every step with its moment, and what the departments do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from gridmediate.demo.plans import Step, TaskPlan
from gridmediate.demo.stories import Story
from gridmediate.domain.categories import not_mediable
from gridmediate.domain.routing import URGENT_FLAGS
from gridmediate.domain.tasks import AnswerKind, ReturnReason
from gridmediate.domain.vocabulary import LOCAL_ZONE, Willingness
from gridmediate.domain.workflow import Act, Needs

IsWorking = Callable[[date], bool]


class End(StrEnum):
    """How a case is wished to end; time may cut it short."""

    AGREED_ORAL = "agreed_oral"
    AGREED_WRITTEN = "agreed_written"
    BY_DEPARTMENT = "by_department"
    ON_SPOT = "on_spot"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFERRED = "referred"
    NOT_ACCEPTED = "not_accepted"
    STUCK = "stuck"


#: What part of the cases takes which end, in per cent; the fields' own reports put agreements at nine in ten of the mediated.
END_SHARES: dict[End, float] = {
    End.AGREED_ORAL: 32, End.AGREED_WRITTEN: 33, End.BY_DEPARTMENT: 9, End.ON_SPOT: 8, End.REFUSED: 4, End.WITHDRAWN: 4,
    End.TERMINATED: 3.5, End.REFERRED: 2.5, End.NOT_ACCEPTED: 1.5, End.STUCK: 2,
}


class Days:
    """Counting of working days, by the street's calendar or, without one, Monday to Friday."""

    def __init__(self, is_working: IsWorking | None = None) -> None:
        self.is_working: IsWorking = is_working or (lambda day: day.weekday() < 5)

    def on(self, day: date) -> date:
        """Return *day*, or the next working day if it is off."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, count: int) -> date:
        """Return the working day *count* working days after *day*; 0 gives the first on or after it."""
        day = self.on(day) if count == 0 else day
        for _ in range(count):
            day = self.on(day + timedelta(days=1))
        return day

    def before(self, day: date, count: int) -> date:
        """Return the last working day from which *count* working days run out on *day*, the first not counted."""
        found = day - timedelta(days=1)
        while not self.is_working(found) or self.after(found, count) > day:
            found -= timedelta(days=1)
        return found

    def started_for(self, due: date, calendar_days: int) -> date:
        """Return a day, a working one if it can be, from which *calendar_days*, rolled on over days off, end on *due*."""
        for back in range(calendar_days, calendar_days + 12):
            start = due - timedelta(days=back)
            if self.is_working(start) and self.on(start + timedelta(days=calendar_days)) == due:
                return start
        return due - timedelta(days=calendar_days)


def moment(rng: Random, day: date, first: int = 9, last: int = 17) -> datetime:
    """Return a moment of *day* between the hours, local time."""
    return datetime.combine(day, time(rng.randrange(first, last), rng.randrange(60), rng.randrange(60)), LOCAL_ZONE)


def in_office(rng: Random, at: datetime, days: Days) -> datetime:
    """Return *at*, or the next opening of the office if that falls into a night or a day off."""
    if at.hour >= 18:
        at = moment(rng, at.date() + timedelta(days=1), 8, 10)
    elif at.hour < 8:
        at = moment(rng, at.date(), 8, 10)
    return at if days.is_working(at.date()) else moment(rng, days.on(at.date()), 8, 10)


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of a case and of its tasks."""

    steps: tuple[Step, ...]
    tasks: tuple[TaskPlan, ...]

    def until(self, end: datetime) -> Course:
        """Return what of it has come before *end*."""
        return Course(tuple(step for step in self.steps if step.at < end), tuple(cut(task, end) for task in self.tasks))


def cut(task: TaskPlan, end: datetime) -> TaskPlan:
    """Return what of a task's plan has come before *end*."""
    def past(at: datetime | None) -> datetime | None:
        return at if at is not None and at < end else None

    return replace(
        task, signed_at=past(task.signed_at), returned_at=past(task.returned_at), again_at=past(task.again_at),
        returned_twice_at=past(task.returned_twice_at), ruled_at=past(task.ruled_at), answered_at=past(task.answered_at),
        confirmed_at=past(task.confirmed_at),
    )


def prompt(dispatched: datetime, now: datetime) -> TaskPlan:
    """Return the plan of a task that was signed for, answered and confirmed within hours, all before *now*."""
    span = min(timedelta(hours=3), now - dispatched)
    return TaskPlan(
        signed_at=dispatched + 0.15 * span, answered_at=dispatched + 0.6 * span, confirmed_at=dispatched + 0.9 * span,
    )


def run(rng: Random, story: Story, filed_at: datetime, end: End, days: Days) -> Course:
    """Lay out a whole case.

    Parameters
    ----------
    rng : random.Random
    story : Story
    filed_at : datetime
    end : End
    days : Days

    Returns
    -------
    Course
        Not yet cut at the present.
    """
    pace = _Pace(rng, story, days)
    decided = pace.decision(filed_at)
    if not_mediable(story.t2_code):
        end = End.NOT_ACCEPTED
    if end is End.ON_SPOT and URGENT_FLAGS & set(story.flags):
        end = End.AGREED_ORAL
    early = pace.early_end(end, filed_at, decided)
    if early is not None:
        return early
    steps = [Step(Act.ACCEPT, decided), Step(Act.FORM_TEAM, decided + timedelta(seconds=1))]
    tasks = tuple(pace.task(decided, lead=place == 0, settles=end is End.BY_DEPARTMENT) for place in range(4))
    answered = max(task.confirmed_at or decided for task in tasks)
    if end is End.BY_DEPARTMENT:
        return pace.by_department(steps, tasks)
    if end is End.WITHDRAWN:
        steps.append(Step(Act.WITHDRAW, pace.later(decided, 2, 9), {Needs.REASON: story.withdrawal}))
        return pace.closed(steps, tasks, answered, agreed=False)
    steps += pace.sessions(decided)
    if end is End.STUCK:
        # Without the session that would have brought them together.
        return Course(tuple(steps[:-1]), tasks)
    return pace.ended(steps, tasks, answered, end)


@dataclass(frozen=True, slots=True)
class _Pace:
    """One case's tempo: what :func:`run` is made of."""

    rng: Random
    story: Story
    days: Days

    def later(self, at: datetime, least: int, most: int) -> datetime:
        """Return a moment some working days after *at*, never before it."""
        found = moment(self.rng, self.days.after(at.date(), self.rng.randint(least, most)))
        return found if found > at else at + timedelta(minutes=self.rng.randrange(25, 240))

    def decision(self, filed_at: datetime) -> datetime:
        """One case in ten is decided a day or two late."""
        late = self.rng.random() < 0.1
        return self.later(filed_at, 4, 5) if late else self.later(filed_at, 0, 3)

    def early_end(self, end: End, filed_at: datetime, decided: datetime) -> Course | None:
        """Return the course of a case that ends without a team."""
        story = self.story
        reason, referral = story.not_accepted
        soon = filed_at + timedelta(minutes=self.rng.randrange(8, 95))
        ends = {
            End.ON_SPOT: Step(Act.SOLVE_ON_SPOT, soon, {Needs.RESULT: story.spot}),
            End.NOT_ACCEPTED: Step(Act.NOT_ACCEPT, decided, {Needs.REASON: reason, Needs.REFERRAL: referral}),
        }
        if story.willingness is Willingness.UNWILLING and end is not End.NOT_ACCEPTED:
            refused = [self._refusal(decided)]
            return self.closed(refused, (), decided, agreed=False)
        return Course((ends[end],), ()) if end in ends else None

    def task(self, dispatched: datetime, *, lead: bool, settles: bool) -> TaskPlan:
        """One task in twelve comes back once, one in eight is answered late."""
        rng, start = self.rng, dispatched
        back = again = None
        reason = None
        if not settles and rng.random() < 0.08:
            back = in_office(rng, dispatched + timedelta(hours=rng.uniform(2, 20)), self.days)
            start = again = self.later(back, 0, 1)
            reason = rng.choices(tuple(ReturnReason), (5, 2, 4, 1))[0]
        signed = in_office(rng, start + timedelta(hours=rng.uniform(0.5, 22)), self.days)
        answered = self.later(signed, 6, 8) if rng.random() < 0.12 else self.later(signed, 1, 4)
        kind = AnswerKind.DONE if settles else rng.choices(tuple(AnswerKind), (82, 13, 5))[0]
        return TaskPlan(
            signed, back, reason, again, answered_at=answered, confirmed_at=self.later(answered, 0, 2), answer_kind=kind,
            settles=settles and lead,
        )

    def sessions(self, formed: datetime) -> list[Step]:
        found, at = [], formed
        for note in self.story.notes:
            at = self.later(at, 3, 7)
            found.append(Step(Act.NOTE_SESSION, at, {Needs.NOTE: note}))
        return found

    def by_department(self, steps: list[Step], tasks: tuple[TaskPlan, ...]) -> Course:
        """The lead department closes once the others' answers are confirmed; its own answer is confirmed by the closing."""
        others = [task.confirmed_at for task in tasks[1:] if task.confirmed_at]
        lead = replace(tasks[0], confirmed_at=None)
        ready = max([at for at in (lead.answered_at, *others) if at], default=steps[-1].at)
        words = {Needs.RESULT: self.story.department_result, Needs.SIDES_TOLD: "1"}
        return Course((*steps, Step(Act.CLOSE_AS_DEPARTMENT, self.later(ready, 0, 1), words)), (lead, *tasks[1:]))

    def ended(self, steps: list[Step], tasks: tuple[TaskPlan, ...], answered: datetime, end: End) -> Course:
        story, last = self.story, steps[-1].at
        if end in (End.AGREED_ORAL, End.AGREED_WRITTEN):
            act = Act.AGREE_IN_WRITING if end is End.AGREED_WRITTEN or story.in_writing else Act.AGREE_ORALLY
            steps.append(Step(act, last + timedelta(minutes=self.rng.randrange(10, 55)), {Needs.TERMS: story.terms}))
            return self.closed(steps, tasks, answered, agreed=True)
        at = self.later(last, 1, 4)
        # A case that ends without agreement ends before the session that would have brought it.
        steps = steps[:-1] if len(steps) > 3 else steps
        reason, referral = story.referral
        step = {
            End.REFUSED: self._refusal(at),
            End.TERMINATED: Step(Act.TERMINATE, at, {Needs.REASON: story.termination, Needs.ROUTES_TOLD: "1"}),
            End.REFERRED: Step(Act.REFER, at, {Needs.REASON: reason, Needs.REFERRAL: referral}),
        }[end]
        return self.closed([*steps, step], tasks, answered, agreed=False)

    def closed(self, steps: list[Step], tasks: tuple[TaskPlan, ...], answered: datetime, *, agreed: bool) -> Course:
        at = self.later(max(steps[-1].at, answered), 2, 8 if agreed else 3)
        result = self.story.closing if agreed else self.story.closing_other
        return Course((*steps, Step(Act.CLOSE, at, {Needs.RESULT: result, Needs.SIDES_TOLD: "1"})), tasks)

    def _refusal(self, at: datetime) -> Step:
        return Step(Act.RECORD_REFUSAL, at, {Needs.REASON: self.story.refusal, Needs.ROUTES_TOLD: "1"})
