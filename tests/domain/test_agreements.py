"""Agreements: instalments that make up the sum, clauses that move one way, the thirty days for the court."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.agreements import (
    CLAUSE_DONE,
    CLAUSE_MOVES,
    CONFIRMATION_MOVES,
    ClauseState,
    Confirmation,
    InstalmentsUneven,
    end_of,
    instalments,
    last_day_to_confirm,
    willingness_of,
)
from gridmediate.domain.vocabulary import LOCAL_ZONE, Willingness
from tests.rig.walk import walked

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(st.integers(60, 10**11), st.integers(2, 60), DAYS)
def test_instalments_make_up_the_sum_month_by_month(total: int, count: int, first: date) -> None:
    parts = instalments(total, count, first)
    assert sum(amount for amount, _ in parts) == total
    assert len(parts) == count
    assert min(amount for amount, _ in parts) >= 1
    # Nobody pays more with the last than the fen that did not divide.
    assert parts[-1][0] - parts[0][0] < count
    days = [day for _, day in parts]
    assert days[0] == first
    for one, after in pairwise(days):
        assert (after.year * 12 + after.month) - (one.year * 12 + one.month) == 1
        assert after.day <= first.day


def test_who_pays_on_the_31st_pays_on_the_last_of_a_shorter_month_and_on_the_31st_again() -> None:
    assert [day for _, day in instalments(300, 3, date(2026, 1, 31))] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert [day for _, day in instalments(200, 2, date(2026, 12, 5))] == [date(2026, 12, 5), date(2027, 1, 5)]


@walked(("total", "count"), [(100, 1), (100, 61), (100, 0), (2, 3), (0, 2)])
def test_no_instalment_is_nothing(total: int, count: int) -> None:
    with pytest.raises(InstalmentsUneven) as refusal:
        instalments(total, count, date(2026, 1, 1))
    assert refusal.value.say("zh") != refusal.value.say("en")


def test_a_clause_ends_kept_or_given_up_and_a_broken_one_may_be_made_good() -> None:
    assert set(CLAUSE_MOVES) == set(ClauseState)
    for state, moves in CLAUSE_MOVES.items():
        assert state not in moves
        assert (moves == frozenset()) is (state in CLAUSE_DONE)
    assert ClauseState.KEPT in CLAUSE_MOVES[ClauseState.BROKEN]
    assert not any(ClauseState.OPEN in moves for moves in CLAUSE_MOVES.values())


def test_what_the_court_decided_stays_decided() -> None:
    assert set(CONFIRMATION_MOVES) == set(Confirmation)
    for end in (Confirmation.CONFIRMED, Confirmation.REJECTED):
        assert CONFIRMATION_MOVES[end] == frozenset()
    assert Confirmation.APPLIED in CONFIRMATION_MOVES[Confirmation.WITHDRAWN]


def test_the_thirty_days_are_counted_from_the_local_day_after_the_effect() -> None:
    # 23:30 in Shanghai on 1 November is still the afternoon in UTC; ten past midnight is the 2nd there.
    assert last_day_to_confirm(datetime(2026, 11, 1, 15, 30, tzinfo=UTC)) == date(2026, 12, 1)
    assert last_day_to_confirm(datetime(2026, 11, 1, 16, 10, tzinfo=UTC)) == date(2026, 12, 2)


@given(DAYS)
def test_the_end_of_a_day_is_the_next_days_first_moment(day: date) -> None:
    assert end_of(day).astimezone(LOCAL_ZONE).date() - day == timedelta(days=1)
    assert (end_of(day) - timedelta(microseconds=1)).date() == day


@given(st.lists(st.sampled_from(Willingness)))
def test_one_refusal_refuses_and_only_all_together_are_willing(told: list[Willingness]) -> None:
    wanted = willingness_of(told)
    assert (wanted is Willingness.UNWILLING) is (Willingness.UNWILLING in told)
    assert (wanted is Willingness.WILLING) is (bool(told) and all(each is Willingness.WILLING for each in told))
