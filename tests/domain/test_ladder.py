"""The ladder of clocks: each step once, never early, and the same whoever looks however often."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gridmediate.domain.acts import act_label
from gridmediate.domain.deadlines import ClockKind as Kind
from gridmediate.domain.deadlines import ClockState, Deadline, TimeLimit, Unit, due, state
from gridmediate.domain.ladder import (
    DEFAULT_LADDER,
    Hearer,
    LadderStep,
    Rung,
    RunningClock,
    Subject,
    act_of,
    climb,
    has_come,
    height,
    latest_due,
    working_days_after,
)
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label
from gridmediate.domain.working_calendar import CalendarDay, WorkingCalendar
from tests.rig.walk import walked

WORDS = Label("惯例", "customary")
HOLIDAYS = [CalendarDay(date(2026, 10, day), False, WORDS) for day in range(1, 8)]
CALENDAR = WorkingCalendar.from_rows([*HOLIDAYS, CalendarDay(date(2026, 10, 10), True, WORDS)], [2026])

days = some.dates(date(2026, 9, 20), date(2026, 11, 1))
#: Any moment, and the end of a day as often.
moments = some.builds(datetime.combine, days, some.times() | some.just(time()), some.just(LOCAL_ZONE))
counts = some.integers(1, 6)
subjects = some.sampled_from(Subject)


@some.composite
def clocks(draw: some.DrawFn) -> RunningClock:
    due_at = draw(moments)
    return RunningClock(due_at - draw(some.timedeltas(timedelta(0), timedelta(days=9))), due_at)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


# -- the moments ---------------------------------------------------------------------------------------------------------


@walked(("due_at", "count", "falls_at"), [
    ("2026-11-24 00:00", 1, "2026-11-25 00:00"),  # the end of Monday: the end of Tuesday
    ("2026-11-28 00:00", 1, "2026-12-01 00:00"),  # the end of Friday: the end of Monday
    ("2026-11-27 10:20", 1, "2026-11-30 10:20"),  # within Friday: the same hour on Monday
    ("2026-11-28 10:20", 1, "2026-12-01 00:00"),  # on a Saturday: the end of Monday
    ("2026-11-27 10:20", 3, "2026-12-02 10:20"),
    ("2026-09-30 16:00", 1, "2026-10-08 16:00"),  # over the holidays
    ("2026-10-09 16:00", 1, "2026-10-10 16:00"),  # the Saturday is worked
])
def test_so_many_working_days_later(due_at: str, count: int, falls_at: str) -> None:
    assert working_days_after(at(due_at), count, CALENDAR) == at(falls_at)


@given(moments)
def test_no_working_days_later_is_the_moment_itself(due_at: datetime) -> None:
    assert working_days_after(due_at, 0, CALENDAR) == due_at == latest_due(due_at, 0, CALENDAR)


@given(moments, moments, counts)
def test_whoever_is_due_later_is_told_of_later(one: datetime, other: datetime, count: int) -> None:
    earlier, later = sorted([one, other])
    assert earlier < working_days_after(earlier, count, CALENDAR) <= working_days_after(later, count, CALENDAR)


@given(moments, moments, counts)
def test_the_search_lets_through_all_that_has_come_and_nothing_else(due_at: datetime, now: datetime, count: int) -> None:
    falls_at, reach = working_days_after(due_at, count, CALENDAR), latest_due(now, count, CALENDAR)
    if falls_at < now:
        assert due_at <= reach
    elif due_at <= reach:
        assert falls_at == now, "it would be looked at in vain every minute"


@given(some.integers(1, 20), some.sampled_from(Unit), moments, moments)
def test_the_foot_of_the_ladder_says_what_the_pages_say(amount: int, unit: Unit, start: datetime, now: datetime) -> None:
    deadline: Deadline = due(TimeLimit(Kind.MEDIATE, amount, unit, WORDS), start, CALENDAR)
    found = climb(DEFAULT_LADDER, Subject.CASE, RunningClock(deadline.warn_at, deadline.due_at), now, CALENDAR)
    shown = state(deadline, now)
    if shown is ClockState.LATE:
        assert found is not None
        assert found.rungs[:2] == (Rung.WARN, Rung.LATE)
    else:
        assert (found.rungs if found else ()) == ((Rung.WARN,) if shown is ClockState.WARN else ())


# -- climbing ------------------------------------------------------------------------------------------------------------


Look = tuple[datetime, tuple[Rung, ...], frozenset[Hearer]]


def walk(subject: Subject, clock: RunningClock, looks: list[datetime]) -> list[Look]:
    """Look at these moments, remembering what was climbed."""
    climbed: set[Rung] = set()
    found = []
    for now in sorted(looks):
        step = climb(DEFAULT_LADDER, subject, clock, now, CALENDAR, climbed)
        if step is not None:
            climbed |= set(step.rungs)
            found.append((now, step.rungs, step.hearers))
    return found


@given(subjects, clocks(), some.lists(moments, max_size=12))
def test_no_step_is_climbed_twice_or_early(subject: Subject, clock: RunningClock, looks: list[datetime]) -> None:
    climbed = [(rung, now) for now, rungs, _ in walk(subject, clock, looks) for rung in rungs]
    assert len({rung for rung, _ in climbed}) == len(climbed)
    steps = {step.rung: step for step in DEFAULT_LADDER if step.subject is subject}
    for rung, now in climbed:
        assert has_come(steps[rung], clock, now, CALENDAR)
        assert now >= clock.warn_at
        assert rung is Rung.WARN or now > clock.due_at


@given(subjects, clocks(), moments)
def test_who_slept_ends_where_who_looked_every_hour_does(subject: Subject, clock: RunningClock, end: datetime) -> None:
    hours = [end - timedelta(hours=each) for each in range(24 * 20)]
    awake, asleep = walk(subject, clock, hours), walk(subject, clock, [end])
    assert {rung for _, rungs, _ in awake for rung in rungs} == {rung for _, rungs, _ in asleep for rung in rungs}
    assert {who for *_, hearers in awake for who in hearers} == {who for *_, hearers in asleep for who in hearers}
    assert len(asleep) <= 1, "whoever slept is told once"


def test_who_slept_tells_the_truth_of_now() -> None:
    clock = RunningClock(at("2026-11-20 10:00"), at("2026-11-24 00:00"))
    found = climb(DEFAULT_LADDER, Subject.CASE, clock, at("2026-11-25 09:00"), CALENDAR)
    assert found is not None
    assert (found.rungs, found.highest) == ((Rung.WARN, Rung.LATE, Rung.STREET), Rung.STREET)
    assert found.hearers == {Hearer.CADRE, Hearer.GRID_WORKER, Hearer.STREET}


@walked(("subject", "now", "rungs", "hearers"), [
    (Subject.CASE, "2026-11-20 10:00", [Rung.WARN], {Hearer.CADRE, Hearer.GRID_WORKER}),
    (Subject.CASE, "2026-11-24 00:00", [Rung.WARN], {Hearer.CADRE, Hearer.GRID_WORKER}),
    (Subject.CASE, "2026-11-24 00:01", [Rung.WARN, Rung.LATE], {Hearer.CADRE, Hearer.GRID_WORKER}),
    (Subject.CASE, "2026-11-27 00:01", list(Rung), {Hearer.CADRE, Hearer.GRID_WORKER, Hearer.STREET, Hearer.COUNTY}),
    (Subject.ANSWER, "2026-11-20 10:00", [Rung.WARN], {Hearer.DEPARTMENT}),
    (Subject.ANSWER, "2026-11-24 09:00", [Rung.WARN, Rung.LATE], {Hearer.DEPARTMENT, Hearer.CADRE}),
    (Subject.ANSWER, "2026-11-30 09:00", [Rung.WARN, Rung.LATE, Rung.STREET], {Hearer.DEPARTMENT, Hearer.CADRE, Hearer.STREET}),
    (Subject.SIGN, "2026-11-24 09:00", [Rung.LATE], {Hearer.DEPARTMENT, Hearer.CADRE}),
    (Subject.CLAUSE, "2026-11-20 10:00", [Rung.WARN], {Hearer.CADRE, Hearer.GRID_WORKER}),
    (Subject.FOLLOW_UP, "2026-11-24 09:00", [Rung.WARN, Rung.LATE], {Hearer.CADRE, Hearer.GRID_WORKER}),
    (Subject.PAUSE, "2026-11-24 09:00", [Rung.LATE], {Hearer.CADRE}),
    (Subject.RAISED, "2026-11-26 09:00", [Rung.LATE, Rung.COUNTY], {Hearer.ASKED, Hearer.CADRE, Hearer.COUNTY}),
])
def test_the_shipped_ladder(subject: Subject, now: str, rungs: list[Rung], hearers: set[Hearer]) -> None:
    clock = RunningClock(at("2026-11-20 10:00"), at("2026-11-24 00:00"))
    found = climb(DEFAULT_LADDER, subject, clock, at(now), CALENDAR)
    assert found is not None
    assert (list(found.rungs), found.hearers) == (rungs, hearers)


def test_nothing_is_said_in_time() -> None:
    clock = RunningClock(at("2026-11-20 10:00"), at("2026-11-24 00:00"))
    assert climb(DEFAULT_LADDER, Subject.CASE, clock, at("2026-11-20 09:59"), CALENDAR) is None


# -- the table -----------------------------------------------------------------------------------------------------------


def test_each_step_stands_once_and_higher_ones_come_later() -> None:
    assert len({(step.subject, step.rung) for step in DEFAULT_LADDER}) == len(DEFAULT_LADDER)
    for subject in Subject:
        steps = sorted((step for step in DEFAULT_LADDER if step.subject is subject), key=lambda step: height(step.rung))
        waits = [-1 if step.working_days is None else step.working_days for step in steps]
        assert waits
        assert waits == sorted(set(waits))


@walked("step", DEFAULT_LADDER)
def test_a_row_is_read_back_as_it_was_kept(step: LadderStep) -> None:
    assert LadderStep.from_json(step.as_json()) == step
    assert step.source.zh and step.source.en.isascii()


@walked(("subject", "days", "hearers"), [
    (Subject.CASE, 0, ()), (Subject.CASE, -1, (Hearer.CADRE,)), (Subject.SIGN, None, (Hearer.CADRE,)),
])
def test_a_row_that_cannot_work_is_refused(subject: Subject, days: int | None, hearers: tuple[Hearer, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        LadderStep(subject, Rung.LATE, days, hearers, WORDS)


def test_the_acts_read_in_both_languages() -> None:
    assert act_label(act_of(Subject.ANSWER, Rung.STREET)) == Label(
        "部门答复超期，已报街道", "Department's answer overdue, the street told")
    said = {act_label(act_of(subject, rung)) for subject in Subject for rung in Rung}
    assert len(said) == len(Subject) * len(Rung)


def test_moments_of_another_zone_are_the_same_moments() -> None:
    due_at = at("2026-11-27 10:20")
    assert working_days_after(due_at.astimezone(UTC), 1, CALENDAR) == working_days_after(due_at, 1, CALENDAR)
