"""The table of indicators: what each counts, what it leaves out, and how rows become a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gridmediate.domain.agreements import ClauseState, Confirmation, Satisfaction
from gridmediate.domain.calls import Rating
from gridmediate.domain.case_words import Outcome, State
from gridmediate.domain.figure_facts import (
    AgreementFacts,
    Base,
    CaseFacts,
    ClauseFacts,
    FollowUpFacts,
    HandlingFacts,
    InTime,
    Kind,
    RepeatFacts,
    TaskFacts,
    figure,
    quantile,
    wilson,
)
from gridmediate.domain.figures import GROUPS, INDICATORS, all_figures
from gridmediate.domain.indicators import Span
from gridmediate.domain.periods import Period, PeriodKind, PeriodUnclear, period_of, read_period
from gridmediate.domain.vocabulary import Level
from tests.rig.walk import walked

_AGREED = CaseFacts(state=State.CLOSED, outcome=Outcome.AGREED_WRITTEN, accepted=True, mediated=True, done=True,
                    decided=InTime.YES)
_REFUSED = replace(_AGREED, outcome=Outcome.REFUSED)
_OPEN = CaseFacts(state=State.MEDIATING, accepted=True, mediated=True, decided=InTime.YES)
_JOINED = CaseFacts(state=State.DUPLICATE, outcome=Outcome.DUPLICATE, done=True, decided=InTime.LATE)
_BEFORE = {"filed": False}
_TASK, _CLAUSE = TaskFacts(signed=InTime.YES, answered=InTime.YES), ClauseFacts(ClauseState.KEPT, on_time=True)
_VISIT = FollowUpFacts(made_in=True, made=InTime.YES, kept=True, worse=False)
_S = Satisfaction

#: Code → a row above the line, one below it only, one left out; None where there is no such row.
_ROWS: dict[str, tuple[Any, Any, Any]] = {
    "success_of_accepted": (_AGREED, replace(_AGREED, outcome=Outcome.NOT_PERFORMED), replace(_AGREED, accepted=False)),
    "success_of_mediated": (_AGREED, _OPEN, replace(_REFUSED, mediated=False)),
    "resolution_with_open": (CaseFacts(state=State.SOLVED_ON_SPOT, outcome=Outcome.SOLVED_ON_SPOT), _OPEN, _JOINED),
    "resolution_decided": (_AGREED, _REFUSED, _OPEN),
    "closed_in_cell": (_AGREED, replace(_AGREED, level=Level.COMMUNITY), replace(_AGREED, done=False)),
    "accepted_in_cell": (_AGREED, _OPEN, replace(_AGREED, **_BEFORE)),
    "closed_in_community": (replace(_AGREED, level=Level.COMMUNITY), replace(_AGREED, level=Level.STREET), _JOINED),
    "closed_in_street": (replace(_AGREED, level=Level.STREET), replace(_AGREED, level=Level.COUNTY), _JOINED),
    "repeat_sides": (replace(_OPEN, linked=True), _OPEN, replace(_OPEN, linked=True, **_BEFORE)),
    "repeat_place": (RepeatFacts(again=True), RepeatFacts(), None),
    "on_time": (_AGREED, replace(_OPEN, late_now=True, **_BEFORE), _OPEN),
    "on_time_unextended": (_AGREED, replace(_AGREED, extended=True), _JOINED),
    "overdue_open": (replace(_OPEN, late_now=True), _OPEN, _AGREED),
    "overdue_ever": (replace(_AGREED, late_ever=True), _AGREED, replace(_OPEN, late_ever=True)),
    "response": (_OPEN, replace(_OPEN, decided=InTime.LATE), CaseFacts()),
    "handling_time": (HandlingFacts(24), None, None),
    "signed_in_time": (_TASK, TaskFacts(signed=InTime.LATE), TaskFacts()),
    "answered_in_time": (_TASK, TaskFacts(answered=InTime.LATE), TaskFacts(signed=InTime.YES)),
    "returned": (TaskFacts(returned=True), _TASK, None),
    "first_dispatch": (_TASK, TaskFacts(returned=True), None),
    "answers_rated": (TaskFacts(rating=Rating.SATISFIED), TaskFacts(rating=Rating.FAIRLY), _TASK),
    "whistle": (replace(_OPEN, called=True), _OPEN, replace(_OPEN, called=True, **_BEFORE)),
    "came_in_time": (TaskFacts(called=True, came=InTime.YES), TaskFacts(called=True, came=InTime.LATE), TaskFacts(called=True)),
    "performed_on_time": (_CLAUSE, ClauseFacts(ClauseState.KEPT), ClauseFacts(ClauseState.GIVEN_UP)),
    "performed": (ClauseFacts(ClauseState.KEPT), ClauseFacts(ClauseState.BROKEN), ClauseFacts(ClauseState.GIVEN_UP)),
    "confirmed": (AgreementFacts(Confirmation.CONFIRMED), AgreementFacts(Confirmation.APPLIED), None),
    "followed_up": (_VISIT, FollowUpFacts(made=InTime.LATE), FollowUpFacts()),
    "solved": (_VISIT, replace(_VISIT, worse=True), replace(_VISIT, made_in=False)),
    "satisfied": (_S.FAIRLY, _S.NOT_SATISFIED, _S.NOT_REACHED),
    "satisfied_of_asked": (_S.SATISFIED, _S.NOT_REACHED, None),
    "police_told": (replace(_OPEN, police=True), None, _OPEN),
}


def test_every_indicator_is_tried_here_and_says_all_of_itself_in_both_languages() -> None:
    held = {code for code, rule in INDICATORS.items() if rule.kind is not Kind.NOT_HELD}
    assert held == set(_ROWS)
    assert {rule.group for rule in INDICATORS.values()} == set(GROUPS)
    for rule in INDICATORS.values():
        assert all(words.zh and words.en for words in (rule.name, rule.over, rule.under, rule.left_out)), rule.code


@walked("code", list(_ROWS))
def test_an_indicator_counts_what_its_words_say(code: str) -> None:
    rule, (above, below, outside) = INDICATORS[code], _ROWS[code]
    assert figure(rule, {("", above): 7}).over == Span(7, 7)
    assert figure(rule, {("", above): 7}).under == Span(7, 7)
    if below is not None:
        found = figure(rule, {("", above): 7, ("", below): 13})
        assert (found.over, found.under, found.share) == (Span(7, 7), Span(20, 20), 35.0)
    if outside is not None:
        assert figure(rule, {("", outside): 9}).under == Span(0, 0)


def test_where_reports_disagree_about_the_denominator_both_stand_side_by_side() -> None:
    """Lishui printed 7,913 ÷ 8,438 mediated = 93.78 %; ÷ 8,451 it would be 93.63 %."""
    rows = {("", _AGREED): 7913, ("", _REFUSED): 8438 - 7913, ("", replace(_REFUSED, mediated=False)): 8451 - 8438}
    found = all_figures({Base.CASES: rows})
    assert round(found["success_of_mediated"].share or 0, 2) == 93.78
    assert round(found["success_of_accepted"].share or 0, 2) == 93.63


def test_what_is_not_held_is_never_a_number() -> None:
    found = all_figures({})["turned_criminal"]
    assert (found.share, found.median, found.under) == (None, None, Span(0, 0))


def test_below_the_least_sample_counts_are_given_and_no_share() -> None:
    found = figure(INDICATORS["performed"], {("", _CLAUSE): 3, ("", ClauseFacts()): 1})
    assert (found.over.low, found.under.low, found.share, found.low) == (3, 4, None, None)


def test_the_interval_is_wilsons() -> None:
    """Known: 1 of 10 gives 0.0179 to 0.4042 (Newcombe 1998, method 3, for 1/10 by hand)."""
    low, high = wilson(1, 10)
    assert (round(low, 4), round(high, 4)) == (0.0179, 0.4042)
    assert wilson(0, 20)[0] == 0.0 and wilson(20, 20)[1] == 1.0 and wilson(0, 0) == (0.0, 1.0)


def test_median_and_ninetieth_are_times_that_happened() -> None:
    assert (quantile({24: 5, 48: 4, 240: 1}, 0.5), quantile({24: 5, 48: 4, 240: 1}, 0.9), quantile({}, 0.5)) == (24, 48, None)
    rows = {("", HandlingFacts(24)): 5, ("", HandlingFacts(48)): 4, ("", HandlingFacts(240)): 1}
    found = figure(INDICATORS["handling_time"], rows)
    assert (found.median, found.p90, found.mean) == (1.0, 2.0, pytest.approx(2.3))


def test_a_reader_without_cases_learns_no_small_count_of_any_cell_by_subtraction() -> None:
    """Above the line and the rest are masked apart in each cell; sums add the bands."""
    rows = {("a", _AGREED): 9, ("a", _REFUSED): 1, ("b", _AGREED): 2, ("b", _REFUSED): 6}
    found = figure(INDICATORS["success_of_accepted"], rows, exact=False)
    assert (found.over, found.under, found.share) == (Span(10, 11), Span(17, 19), None)
    times = figure(INDICATORS["handling_time"], {("a", HandlingFacts(24)): 9}, exact=False)
    assert (times.median, times.mean) == (None, None)


@walked(("kind", "day", "key", "before", "year_ago"), [
    (PeriodKind.MONTH, date(2026, 3, 31), "2026-03", "2026-02", "2025-03"),
    (PeriodKind.MONTH, date(2026, 1, 1), "2026-01", "2025-12", "2025-01"),
    (PeriodKind.QUARTER, date(2026, 2, 9), "2026-Q1", "2025-Q4", "2025-Q1"),
    (PeriodKind.YEAR, date(2026, 2, 9), "2026", "2025", "2025"),
])
def test_a_period_knows_the_one_before_and_the_same_a_year_ago(kind: PeriodKind, day: date, key: str, before: str,
                                                             year_ago: str) -> None:
    period = period_of(kind, day)
    assert (period.key, period.before().key, period.year_ago().key) == (key, before, year_ago)
    assert read_period(key) == period
    assert period.before().end == period.start


def test_free_days_are_compared_with_as_many_days_before() -> None:
    period = Period(PeriodKind.DAYS, date(2024, 2, 29), date(2024, 3, 4))
    assert read_period(period.key) == period
    assert (period.before().first, period.before().last) == (date(2024, 2, 24), date(2024, 2, 28))
    assert period.year_ago().first == date(2023, 2, 28)


@walked("key", ["", "2026-13", "2026-Q5", "2026-02-30..2026-03-01", "2026-03-02..2026-03-01", "2020-01-01..2026-01-01", "99999",
                "0001", "x..y", "2026-Q", "١٢٣٤"])
def test_days_that_make_no_period_are_refused(key: str) -> None:
    with pytest.raises(PeriodUnclear):
        read_period(key)
