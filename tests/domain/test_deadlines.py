"""Clocks: when they are due, and the sum they show."""

from __future__ import annotations

import json
import os
import time as clock
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.deadline_defaults import DEFAULT_LIMITS
from gridmediate.domain.deadlines import (
    STARTS,
    WARN_SHARE,
    ClockKind,
    ClockState,
    Deadline,
    NoTimeLimit,
    TimeLimit,
    Unit,
    due,
    follow_ups,
    limit_for,
    share_used,
    state,
)
from gridmediate.domain.limit_rows import limit_from_json
from gridmediate.domain.moved_deadlines import extend, resume
from gridmediate.domain.problems import Faults
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Urgency, label, say_moment
from gridmediate.store.holidays import published_calendar, published_years
from tests.rig.walk import walked

DEFAULT_CALENDAR = published_calendar()
DEFAULT_YEARS = published_years()

NO_SOURCE = Label("试", "trial")
ROLLING = (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)

moments = st.timedeltas(timedelta(0), timedelta(days=5 * 365)).map(datetime(2023, 6, 1, tzinfo=UTC).__add__)
known_moments = st.timedeltas(timedelta(0), timedelta(days=880)).map(datetime(2024, 1, 1, tzinfo=UTC).__add__)
limits = st.builds(TimeLimit, st.sampled_from(ClockKind), st.integers(1, 60), st.sampled_from(Unit), st.just(NO_SOURCE))
rolling_limits = st.builds(
    TimeLimit, st.sampled_from(ClockKind), st.integers(1, 90), st.sampled_from(ROLLING), st.just(NO_SOURCE)
)


def local(*when):
    return datetime(*when, tzinfo=LOCAL_ZONE)


def a_limit(amount, unit, kind=ClockKind.MEDIATE):
    return TimeLimit(kind, amount, unit, NO_SOURCE)


def due_in(amount, unit, *when):
    return due(a_limit(amount, unit), local(*when), DEFAULT_CALENDAR)


def last_day(deadline):
    return (deadline.due_at - timedelta(microseconds=1)).astimezone(LOCAL_ZONE).date()


# --- the sums of the screens -----------------------------------------------------------------------------------------


def test_thirty_days_that_end_on_a_sunday_roll_to_monday_and_say_so():
    deadline = due(limit_for(DEFAULT_LIMITS, ClockKind.MEDIATE, "0201"), local(2026, 11, 20, 16, 5), DEFAULT_CALENDAR)
    assert deadline.due_at == datetime(2026, 12, 21, 16, 0, tzinfo=UTC)
    assert say_moment(deadline.due_at, "zh") == "12月21日 周一 24:00"
    assert deadline.explain("zh") == (
        "30 日自 11月20日 周五 受理起算，首日不计；末日 12月20日 周日 是休息日，顺延 1 天到 12月21日 周一。"
    )
    assert deadline.explain("en") == (
        "30 days from acceptance on Fri 20 Nov, that day not counted; "
        "the last day, Sun 20 Dec, is a day off, so it moves on to Mon 21 Dec."
    )


def test_three_working_days_from_monday_end_on_thursday():
    deadline = due(limit_for(DEFAULT_LIMITS, ClockKind.ACCEPT), local(2026, 11, 23, 9, 40), DEFAULT_CALENDAR)
    assert say_moment(deadline.due_at, "zh") == "11月26日 周四 24:00"
    assert deadline.explain("zh") == "3 个工作日自 11月23日 周一 上报起算，首日不计；末日 11月26日 周四。"


def test_an_urgent_task_is_signed_within_two_hours_whatever_the_day():
    limit = limit_for(DEFAULT_LIMITS, ClockKind.TASK_SIGN, "0201", Urgency.URGENT)
    deadline = due(limit, local(2026, 11, 21, 23, 0), DEFAULT_CALENDAR)
    assert deadline.due_at == local(2026, 11, 22, 1, 0)
    assert deadline.explain("zh") == "2 小时自 11月21日 周六 23:00 派出起连续计算。"


@walked(
    ("amount", "unit", "start", "end"),
    [
        (15, Unit.CALENDAR_DAYS, (2026, 9, 18), date(2026, 10, 8)),  # into National Day, rolls past its end
        (1, Unit.CALENDAR_DAYS, (2026, 2, 13), date(2026, 2, 14)),  # a Saturday that is worked is no day off
        (2, Unit.CALENDAR_DAYS, (2026, 2, 13), date(2026, 2, 24)),  # the whole Spring Festival
        (1, Unit.WORKING_DAYS, (2026, 2, 14), date(2026, 2, 24)),
        (5, Unit.WORKING_DAYS, (2026, 9, 17), date(2026, 9, 23)),  # Sunday 20 September is worked
        (3, Unit.WORKING_DAYS, (2026, 9, 30), date(2026, 10, 10)),  # 8, 9 and the make-up Saturday
        (30, Unit.CALENDAR_DAYS, (2025, 12, 2), date(2026, 1, 4)),  # over the year's end, 1 to 3 January off, the 4th worked
        (30, Unit.CALENDAR_DAYS, (2024, 1, 30), date(2024, 2, 29)),  # a leap day
        (1, Unit.WORKING_DAYS, (2025, 12, 31), date(2026, 1, 4)),
    ],
)
def test_days_by_hand(amount, unit, start, end):
    assert last_day(due_in(amount, unit, *start)) == end


@walked(
    ("hours", "start", "end"),
    [
        (2, (2026, 11, 23, 9, 40), (2026, 11, 23, 11, 40)),
        (2, (2026, 11, 23, 11, 30), (2026, 11, 23, 16, 0)),  # over the noon break
        (2, (2026, 11, 20, 17, 30), (2026, 11, 23, 10, 0)),  # over a weekend
        (2, (2026, 11, 21, 10, 0), (2026, 11, 23, 10, 30)),  # begun on a Saturday
        (7, (2026, 11, 23, 8, 30), (2026, 11, 23, 18, 0)),  # one whole office day ends at closing
        (1, (2026, 9, 30, 17, 30), (2026, 10, 8, 9, 0)),  # over National Day
    ],
)
def test_working_hours_by_hand(hours, start, end):
    assert due_in(hours, Unit.WORKING_HOURS, *start).due_at == local(*end)


def test_the_warning_of_a_working_hours_clock_comes_in_office_hours():
    deadline = due_in(2, Unit.WORKING_HOURS, 2026, 11, 20, 17, 30)
    assert deadline.warn_at == local(2026, 11, 23, 9, 24)


def test_the_day_is_the_local_one_not_that_of_utc():
    late_evening = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # already Monday in Shanghai
    assert last_day(due(a_limit(1, Unit.CALENDAR_DAYS), late_evening, DEFAULT_CALENDAR)) == date(2026, 11, 24)


def test_a_year_whose_holidays_are_not_entered_is_flagged_and_said():
    deadline = due_in(30, Unit.CALENDAR_DAYS, 2026, 12, 10)
    assert deadline.assumed_calendar
    assert "2027 年放假安排还没录入" in deadline.explain("zh")
    assert not due_in(20, Unit.CALENDAR_DAYS, 2026, 12, 10).assumed_calendar
    assert not due_in(999, Unit.HOURS, 2026, 12, 10).assumed_calendar, "hours ask no calendar"


def test_a_deadline_on_new_years_eve_asks_nothing_of_the_next_year():
    deadline = due_in(1, Unit.WORKING_DAYS, 2026, 12, 30)
    assert last_day(deadline) == date(2026, 12, 31)
    assert not deadline.assumed_calendar


def test_one_is_said_in_the_singular():
    assert due_in(1, Unit.WORKING_DAYS, 2026, 11, 23).explain("en").startswith("1 working day from")


# --- properties --------------------------------------------------------------------------------------------------------


@given(limits, moments, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_later_start_is_never_due_earlier(limit, start, later):
    first, second = due(limit, start, DEFAULT_CALENDAR), due(limit, start + later, DEFAULT_CALENDAR)
    assert first.due_at <= second.due_at


@given(limits, moments)
def test_a_larger_amount_is_never_due_earlier(limit, start):
    more = TimeLimit(limit.kind, limit.amount + 1, limit.unit, NO_SOURCE)
    assert due(limit, start, DEFAULT_CALENDAR).due_at <= due(more, start, DEFAULT_CALENDAR).due_at


@given(limits, moments)
def test_a_clock_starts_then_warns_then_ends_in_utc(limit, start):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    assert deadline.started_at < deadline.warn_at < deadline.due_at
    assert all(at.tzinfo is UTC for at in (deadline.started_at, deadline.warn_at, deadline.due_at))


@given(rolling_limits, moments)
def test_a_limit_in_days_ends_at_local_midnight_of_a_working_day(limit, start):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    assert say_moment(deadline.due_at, "zh").endswith("24:00")
    assert DEFAULT_CALENDAR.is_working(last_day(deadline))


@given(st.integers(1, 90), moments)
def test_calendar_days_roll_only_over_days_off(amount, start):
    deadline = due(a_limit(amount, Unit.CALENDAR_DAYS), start, DEFAULT_CALENDAR)
    nominal = start.astimezone(LOCAL_ZONE).date() + timedelta(days=amount)
    assert last_day(deadline) >= nominal
    skipped = [nominal + timedelta(days=n) for n in range((last_day(deadline) - nominal).days)]
    assert not any(map(DEFAULT_CALENDAR.is_working, skipped))


@given(st.integers(1, 60), moments)
def test_working_days_equal_a_count_by_hand(amount, start):
    first, last = start.astimezone(LOCAL_ZONE).date(), last_day(due(a_limit(amount, Unit.WORKING_DAYS), start, DEFAULT_CALENDAR))
    counted = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(map(DEFAULT_CALENDAR.is_working, counted)) == amount


@given(st.integers(1, 80), known_moments)
def test_working_hours_count_office_time_only(amount, start):
    deadline = due(a_limit(amount, Unit.WORKING_HOURS), start, DEFAULT_CALENDAR)
    day, counted = start.astimezone(LOCAL_ZONE).date(), timedelta(0)
    while day <= deadline.due_at.astimezone(LOCAL_ZONE).date():
        for opens, closes in DEFAULT_CALENDAR.openings(day):
            counted += max(timedelta(0), min(closes, deadline.due_at) - max(opens, start))
        day += timedelta(days=1)
    assert counted == timedelta(hours=amount)


@given(limits, moments)
def test_a_clock_that_touches_an_unknown_year_says_so(limit, start):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    years = range(start.astimezone(LOCAL_ZONE).year, last_day(deadline).year + 1)
    touches = limit.unit is not Unit.HOURS and any(year not in DEFAULT_YEARS for year in years)
    assert deadline.assumed_calendar is touches
    assert touches == any(step.code == "clock.assumed" for step in deadline.steps)


@given(limits, moments)
def test_a_clock_survives_storage_with_its_words(limit, start):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    back = Deadline.from_json(json.loads(json.dumps(deadline.as_json())))
    assert back == deadline
    assert back.explain("zh") == deadline.explain("zh") and back.explain("en")


@given(limits, moments, st.lists(st.timedeltas(timedelta(days=-1), timedelta(days=200)), min_size=2))
def test_the_share_used_grows_and_agrees_with_the_state(limit, start, offsets):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    shares = [share_used(deadline, start + offset) for offset in sorted(offsets)]
    assert all(a <= b for a, b in pairwise(shares))
    for offset in offsets:
        share, now = share_used(deadline, start + offset), state(deadline, start + offset)
        assert now is (ClockState.LATE if share > 1 else ClockState.WARN if share >= WARN_SHARE else ClockState.CALM)


@given(limits, moments)
def test_the_share_is_fixed_at_start_warning_and_end(limit, start):
    deadline = due(limit, start, DEFAULT_CALENDAR)
    assert share_used(deadline, deadline.started_at) == 0.0
    assert share_used(deadline, deadline.warn_at) == pytest.approx(WARN_SHARE)
    assert share_used(deadline, deadline.due_at) == pytest.approx(1.0)
    assert state(deadline, deadline.due_at) is ClockState.WARN, "the last moment is still in time"
    assert state(deadline, deadline.due_at + timedelta(microseconds=1)) is ClockState.LATE


@given(limits, moments, st.sampled_from(["America/New_York", "UTC", "Asia/Tokyo"]))
def test_the_zone_a_moment_comes_in_makes_no_difference(limit, start, zone):
    assert due(limit, start.astimezone(ZoneInfo(zone)), DEFAULT_CALENDAR) == due(limit, start, DEFAULT_CALENDAR)


@pytest.mark.skipif(not hasattr(clock, "tzset"), reason="the zone of this machine cannot be changed from inside")
def test_the_zone_of_the_machine_makes_no_difference(monkeypatch):
    expected = due_in(30, Unit.CALENDAR_DAYS, 2026, 11, 20)
    before = os.environ.get("TZ")
    try:
        for zone in ("America/Los_Angeles", "Pacific/Kiritimati"):
            monkeypatch.setenv("TZ", zone)
            clock.tzset()
            assert due_in(30, Unit.CALENDAR_DAYS, 2026, 11, 20) == expected
    finally:
        monkeypatch.delenv("TZ") if before is None else monkeypatch.setenv("TZ", before)
        clock.tzset()


def test_a_moment_without_a_zone_is_refused():
    naive = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001 - the point of the test
    deadline = due_in(1, Unit.HOURS, 2026, 11, 20)
    for ask in (
        lambda: due(a_limit(1, Unit.HOURS), naive, DEFAULT_CALENDAR),
        lambda: share_used(deadline, naive),
        lambda: state(deadline, naive),
    ):
        with pytest.raises(ValueError, match="zone"):
            ask()


# --- the table ---------------------------------------------------------------------------------------------------------

# domain reference 4.2: (kind, urgency, a category) -> amount, unit
EXPECTED = {
    (ClockKind.VERIFY, "ordinary", "0201"): (24, "hours"),
    (ClockKind.ACCEPT, "ordinary", "0201"): (3, "working_days"),
    (ClockKind.MEDIATE, "ordinary", "0201"): (30, "calendar_days"),
    (ClockKind.MEDIATE, "urgent", "0702"): (15, "calendar_days"),
    (ClockKind.MEDIATE, "ordinary", "0502"): (30, "working_days"),
    (ClockKind.EXTENSION, "ordinary", "0201"): (30, "calendar_days"),
    (ClockKind.TASK_SIGN, "ordinary", "0201"): (24, "hours"),
    (ClockKind.TASK_SIGN, "urgent", "0201"): (2, "hours"),
    (ClockKind.TASK_ANSWER, "ordinary", "0201"): (5, "working_days"),
    (ClockKind.TASK_ANSWER, "urgent", "0201"): (2, "working_days"),
    (ClockKind.RETURN_OBJECTION, "ordinary", "0201"): (1, "working_days"),
    (ClockKind.CONFIRMATION, "ordinary", "0201"): (30, "calendar_days"),
    (ClockKind.FOLLOW_UP_FIRST, "ordinary", "0201"): (30, "calendar_days"),
    (ClockKind.FOLLOW_UP_FIRST, "urgent", "0201"): (7, "calendar_days"),
    (ClockKind.FOLLOW_UP_SECOND, "urgent", "0201"): (30, "calendar_days"),
    (ClockKind.FOLLOW_UP_THIRD, "urgent", "0201"): (90, "calendar_days"),
}


def test_the_default_limits_are_those_of_the_reference_and_each_row_is_asked():
    met = set()
    for (kind, urgency, code), (amount, unit) in EXPECTED.items():
        limit = limit_for(DEFAULT_LIMITS, kind, code, Urgency(urgency))
        assert (limit.amount, limit.unit) == (amount, unit)
        met.add(DEFAULT_LIMITS.index(limit))
    assert met == set(range(len(DEFAULT_LIMITS)))


@walked("kind", ClockKind)
def test_every_clock_is_worded_and_starts_with_an_event(kind):
    assert label(kind).zh and label(kind).en.isascii()
    assert STARTS[kind].zh


@walked("limit", DEFAULT_LIMITS, ids=lambda limit: f"{limit.kind}-{limit.category}-{limit.urgency}")
def test_every_row_names_its_source_and_survives_storage(limit):
    assert limit.source.zh and limit.source.en.isascii()
    stored = json.loads(json.dumps(limit.as_json()))
    assert TimeLimit.from_json(stored) == limit_from_json(stored) == limit


def test_no_two_rows_claim_the_same():
    keys = [(limit.kind, limit.category, limit.urgency) for limit in DEFAULT_LIMITS]
    assert len(set(keys)) == len(keys)


def test_every_category_has_a_limit_for_each_clock_that_always_runs():
    sometimes = {ClockKind.FOLLOW_UP_SECOND, ClockKind.FOLLOW_UP_THIRD}
    for code in CATEGORIES:
        for kind in set(ClockKind) - sometimes:
            for urgency in Urgency:
                assert limit_for(DEFAULT_LIMITS, kind, code, urgency).amount >= 1


def test_an_urgent_case_is_followed_up_three_times_an_ordinary_one_once():
    assert [limit.amount for limit in follow_ups(DEFAULT_LIMITS, "0201", Urgency.URGENT)] == [7, 30, 90]
    assert [limit.amount for limit in follow_ups(DEFAULT_LIMITS, "0201", Urgency.ORDINARY)] == [30]


def test_a_missing_limit_is_refused_never_endless():
    with pytest.raises(NoTimeLimit) as refused:
        limit_for([], ClockKind.MEDIATE)
    assert "时限与假日" in refused.value.say("zh")
    with pytest.raises(NoTimeLimit):
        limit_for(DEFAULT_LIMITS, ClockKind.FOLLOW_UP_THIRD)


def test_a_longer_category_goes_before_an_urgency():
    rows = [
        TimeLimit(ClockKind.TASK_ANSWER, 2, Unit.WORKING_DAYS, NO_SOURCE, Urgency.URGENT),
        TimeLimit(ClockKind.TASK_ANSWER, 9, Unit.WORKING_DAYS, NO_SOURCE, None, "0502"),
        TimeLimit(ClockKind.TASK_ANSWER, 4, Unit.WORKING_DAYS, NO_SOURCE, Urgency.URGENT, "05"),
    ]
    assert limit_for(rows, ClockKind.TASK_ANSWER, "0502", Urgency.URGENT).amount == 9
    assert limit_for(rows, ClockKind.TASK_ANSWER, "0503", Urgency.URGENT).amount == 4


def test_a_bad_row_names_every_fault_at_once():
    with pytest.raises(Faults) as refused:
        limit_from_json({"kind": "nap", "amount": "0", "unit": "moons", "urgency": "rather", "category": "77"})
    assert [problem.field for problem in refused.value.problems] == ["kind", "unit", "urgency", "amount", "category"]
    for amount in (True, 1.5, "", None, -3, 367):
        with pytest.raises(Faults):
            limit_from_json({"kind": "accept", "amount": amount, "unit": "hours"})
    assert limit_from_json({"kind": "accept", "amount": " 3 ", "unit": "hours"}).source.zh == "本机构规定"


def test_a_limit_of_no_length_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        a_limit(0, Unit.HOURS)


# -- clocks that stood still or were given more time -------------------------------------------------------------------

WHY = Label("等鉴定", "an appraisal is awaited")


@given(st.integers(1, 90), known_moments, st.integers(0, 200), st.integers(0, 120))
def test_a_clock_that_stood_still_moves_by_the_days_it_stood_and_rolls_over_days_off(amount, start, after, stood):
    deadline = due(a_limit(amount, Unit.CALENDAR_DAYS), start, DEFAULT_CALENDAR)
    paused = start + timedelta(hours=after)
    moved = resume(deadline, paused, paused + timedelta(days=stood), WHY, DEFAULT_CALENDAR)
    by_hand = last_day(deadline) + timedelta(days=stood)
    assert last_day(moved) == (DEFAULT_CALENDAR.next_working(by_hand) if stood else last_day(deadline))
    assert moved.due_at >= deadline.due_at
    assert moved.warn_at >= deadline.warn_at
    assert moved.started_at <= moved.warn_at <= moved.due_at
    assert "等鉴定" in moved.explain("zh")
    assert f"{stood} days" in moved.explain("en")
    assert Deadline.from_json(moved.as_json()) == moved


@given(st.integers(1, 60), known_moments, st.integers(1, 60), st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS]))
def test_an_extension_is_counted_on_from_the_old_last_day(amount, start, more, unit):
    deadline = due(a_limit(amount, Unit.CALENDAR_DAYS), start, DEFAULT_CALENDAR)
    longer = extend(deadline, a_limit(more, unit, ClockKind.EXTENSION), DEFAULT_CALENDAR)
    old = last_day(deadline)
    to = DEFAULT_CALENDAR.add_working_days(old, more) if unit is Unit.WORKING_DAYS else old + timedelta(days=more)
    assert last_day(longer) == DEFAULT_CALENDAR.next_working(to)
    assert longer.warn_at >= deadline.warn_at
    assert "延长" in longer.explain("zh")
    assert Deadline.from_json(longer.as_json()) == longer


def test_a_pause_of_a_week_reads_as_people_would_say_it():
    deadline = due_in(30, Unit.CALENDAR_DAYS, 2026, 11, 2)
    paused = resume(deadline, local(2026, 11, 10), local(2026, 11, 17), WHY, DEFAULT_CALENDAR)
    assert paused.explain("zh").endswith("11月10日 周二 至 11月17日 周二 中止 7 天（等鉴定），不计；末日 12月9日 周三。")
