"""Working days and office hours, against the published years and by brute force."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.domain.working_calendar import WorkingCalendar
from gridmediate.store.holidays import published_calendar, published_days, published_years
from tests.rig.walk import walked

DEFAULT_CALENDAR = published_calendar()

ONE_DAY = timedelta(days=1)
known_days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
any_days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
moments = st.timedeltas(timedelta(0), timedelta(days=1060)).map(datetime(2024, 1, 1, tzinfo=UTC).__add__)


def days_of(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@walked("year", sorted(published_years()))
def test_every_day_of_the_shipped_years_is_as_published(year):
    wrong = [day for day in days_of(year) if DEFAULT_CALENDAR.is_working(day) is not chinese_calendar.is_workday(day)]
    assert wrong == []


def test_shipped_rows_lie_in_shipped_years_and_stand_once():
    rows = published_days()
    assert len({row.day for row in rows}) == len(rows)
    assert {row.day.year for row in rows} == published_years()
    assert all(row.day.weekday() >= 5 for row in rows if row.working), "a make-up day is a weekend day"


@walked(
    ("day", "working"),
    [
        (date(2026, 2, 14), True), (date(2026, 2, 15), False), (date(2026, 2, 23), False), (date(2026, 2, 24), True),
        (date(2026, 9, 20), True), (date(2026, 10, 7), False), (date(2026, 10, 10), True), (date(2026, 1, 4), True),
        (date(2026, 11, 21), False), (date(2026, 11, 23), True),
    ],
)  # fmt: skip
def test_spring_festival_national_day_and_make_up_saturdays(day, working):
    assert DEFAULT_CALENDAR.is_working(day) is working


def test_a_year_that_is_not_entered_says_so_and_goes_by_weekday_less_the_fixed_holidays():
    assert DEFAULT_CALENDAR.knows(date(2026, 12, 31)) and not DEFAULT_CALENDAR.knows(date(2027, 1, 1))
    for day in days_of(2027):
        fixed = (day.month, day.day) in {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
        assert DEFAULT_CALENDAR.is_working(day) is (day.weekday() < 5 and not fixed)


def test_the_assumed_years_between_two_days_are_named():
    assert DEFAULT_CALENDAR.assumed_years(date(2026, 12, 30), date(2028, 1, 1)) == (2027, 2028)
    assert DEFAULT_CALENDAR.assumed_years(date(2025, 12, 30), date(2026, 1, 1)) == ()
    assert DEFAULT_CALENDAR.assumed_years(date(2003, 12, 30), date(2004, 1, 1)) == (2003,)


def test_a_row_of_the_office_counts_also_in_a_year_that_is_not_finished():
    calendar = WorkingCalendar(off_days=frozenset({date(2027, 2, 8)}), make_up_days=frozenset({date(2027, 10, 2)}))
    assert not calendar.is_working(date(2027, 2, 8))
    assert calendar.is_working(date(2027, 10, 2))


@given(any_days)
def test_the_next_working_day_works_and_skips_none(day):
    found = DEFAULT_CALENDAR.next_working(day)
    assert found >= day and DEFAULT_CALENDAR.is_working(found)
    assert not any(DEFAULT_CALENDAR.is_working(day + timedelta(days=n)) for n in range((found - day).days))


@given(any_days, st.integers(1, 60))
def test_working_days_are_counted_as_by_hand(day, count):
    last = DEFAULT_CALENDAR.add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(DEFAULT_CALENDAR.is_working, between)) == count
    assert DEFAULT_CALENDAR.is_working(last)


def by_minutes(calendar, moment, minutes):
    """Walk minute by minute: slow and plain."""
    at = moment
    while minutes:
        local = at.astimezone(LOCAL_ZONE)
        if calendar.is_working(local.date()) and any(a <= local.time() < b for a, b in calendar.office_hours):
            minutes -= 1
        at += timedelta(minutes=1)
    return at


@given(moments.map(lambda at: at.replace(second=0, microsecond=0)), st.integers(1, 900))
def test_office_time_is_counted_as_minute_by_minute(moment, minutes):
    ends = DEFAULT_CALENDAR.add_working_time(moment, timedelta(minutes=minutes))
    assert ends == by_minutes(DEFAULT_CALENDAR, moment, minutes)


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(hours=60)))
def test_office_time_ends_inside_office_hours(moment, span):
    local = DEFAULT_CALENDAR.add_working_time(moment, span).astimezone(LOCAL_ZONE)
    assert DEFAULT_CALENDAR.is_working(local.date())
    assert any(opens < local.time() <= closes for opens, closes in DEFAULT_CALENDAR.office_hours)


def test_a_span_that_ends_as_the_office_closes_ends_then():
    start = datetime(2026, 11, 20, 16, 0, tzinfo=LOCAL_ZONE)
    assert DEFAULT_CALENDAR.add_working_time(start, timedelta(hours=2)) == datetime(2026, 11, 20, 18, 0, tzinfo=LOCAL_ZONE)


@walked(
    "hours",
    [(), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(17))), ((time(14), time(18)), (time(8), time(12)))],
)
def test_office_hours_that_contradict_themselves_are_refused(hours):
    with pytest.raises(ValueError, match="office hours"):
        WorkingCalendar(office_hours=hours)


def test_a_day_cannot_be_off_and_made_up():
    with pytest.raises(ValueError, match="both"):
        WorkingCalendar(off_days=frozenset({date(2026, 1, 1)}), make_up_days=frozenset({date(2026, 1, 1)}))
