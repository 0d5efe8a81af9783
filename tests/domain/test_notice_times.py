"""When a notice may leave: never in quiet hours, never before it was there, the morning's together."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.notice_times import PAUSES, QuietHours, Wishes, after_quiet, leaves_at, morning_after, tries_again_at
from gridmediate.domain.vocabulary import LOCAL_ZONE
from tests.rig.walk import walked

MOMENTS = st.integers(0, 20 * 365 * 24 * 3600).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
HOURS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
QUIET = st.builds(QuietHours, HOURS, HOURS)
WISHES = st.builds(Wishes, QUIET, st.booleans(), st.booleans())


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL_ZONE)


@given(MOMENTS, WISHES, st.booleans())
def test_a_notice_never_leaves_in_quiet_hours_unless_it_may_wake(since: datetime, wishes: Wishes, is_urgent: bool) -> None:
    leaves = leaves_at(since, wishes, is_urgent=is_urgent)
    assert not wishes.quiet.hold(leaves) or (is_urgent and wishes.wakes_for_urgent)


@given(MOMENTS, WISHES, st.booleans())
def test_a_notice_never_leaves_before_it_was_there_and_waits_two_days_at_most(
    since: datetime, wishes: Wishes, is_urgent: bool,
) -> None:
    assert since <= leaves_at(since, wishes, is_urgent=is_urgent) <= since + timedelta(days=2)


@given(MOMENTS, QUIET, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_came_between_two_mornings_leaves_together(since: datetime, quiet: QuietHours, later: timedelta) -> None:
    morning = morning_after(since, quiet)
    assert since < morning
    other = since + later
    assert (morning_after(other, quiet) == morning) is (other < morning)


@given(MOMENTS, QUIET)
def test_a_moment_that_may_leave_leaves_then(since: datetime, quiet: QuietHours) -> None:
    leaves = after_quiet(since, quiet)
    assert after_quiet(leaves, quiet) == leaves
    assert (leaves == since) is not quiet.hold(since)


@walked(("since", "leaves"), [
    (at(20, 59), at(20, 59)), (at(21), at(7, 30, 24)), (at(23, 59), at(7, 30, 24)), (at(0), at(7, 30)),
    (at(7, 29), at(7, 30)), (at(7, 30), at(7, 30)),
])
def test_the_usual_night_is_quiet_from_nine_to_half_past_seven(since: datetime, leaves: datetime) -> None:
    assert leaves_at(since, Wishes()) == leaves


@walked(("since", "leaves"), [(at(7, 29), at(7, 30)), (at(7, 30), at(7, 30, 24)), (at(12), at(7, 30, 24))])
def test_a_digest_leaves_the_next_morning(since: datetime, leaves: datetime) -> None:
    assert leaves_at(since, Wishes(is_digest=True)) == leaves


def test_who_sleeps_longer_gets_the_morning_later() -> None:
    assert leaves_at(at(8), Wishes(QuietHours(time(22), time(9)), is_digest=True)) == at(9)


def test_urgent_wakes_only_who_wants_that() -> None:
    assert leaves_at(at(23), Wishes(is_digest=True, wakes_for_urgent=True), is_urgent=True) == at(23)
    assert leaves_at(at(23), Wishes(), is_urgent=True) == at(7, 30, 24)
    assert leaves_at(at(23), Wishes(wakes_for_urgent=True), is_urgent=False) == at(7, 30, 24)


def test_equal_ends_make_no_hour_quiet() -> None:
    assert not any(QuietHours(time(8), time(8)).hold(at(hour)) for hour in range(24))


def test_pauses_grow_and_end() -> None:
    tries = [tries_again_at(at(9), number) for number in range(1, len(PAUSES) + 2)]
    assert tries == [at(9) + pause for pause in PAUSES] + [None]
    assert list(PAUSES) == sorted(set(PAUSES))
