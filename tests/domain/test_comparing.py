"""Which months are held side by side, and what is said."""

from __future__ import annotations

from datetime import date
from itertools import product

from gridmediate.domain.comparing import (
    LEAST_CASES,
    Comparison,
    Null,
    Stands,
    Stretch,
    Versus,
    days_of,
    months_label,
    what_stands,
)
from gridmediate.domain.comparing_words import sentence, whole_verdict
from gridmediate.domain.indicators import Span


def test_periods_are_whole_months_and_never_meet() -> None:
    today = date(2026, 1, 5)
    assert Comparison(stretch=Stretch.MONTH).months(today) == ([202512], [202511])
    quarter = Comparison(stretch=Stretch.QUARTER, versus=Versus.LAST_YEAR)
    assert quarter.months(today) == ([202510, 202511, 202512], [202410, 202411, 202412])
    for stretch, versus, month in product(Stretch, Versus, range(1, 13)):
        now, before = Comparison(stretch=stretch, versus=versus).months(date(2026, month, 28))
        assert len(now) == len(before) and before[-1] < now[0] and now[-1] < 202600 + month
    assert days_of([202602]) == 28 and days_of([202512]) == 31 and days_of(list(range(202401, 202413))) == 366


def test_a_stretch_of_months_is_said_in_words() -> None:
    assert months_label([202610]).zh == "2026年10月"
    assert months_label([202608, 202609, 202610]).zh == "2026年8月至10月"
    across = months_label([202511, 202512, 202601])
    assert (across.zh, across.en) == ("2025年11月至2026年1月", "Nov 2025 to Jan 2026")


def test_what_the_address_does_not_say_is_the_default() -> None:
    assert Comparison.asked({"stretch": "week", "null": "place", "versus": ""}) == Comparison(null=Null.PLACE)
    asked = Comparison(stretch=Stretch.YEAR)
    assert Comparison.asked(asked.as_query()) == asked


def test_few_cases_never_stand_out_by_their_change() -> None:
    assert what_stands(LEAST_CASES - 1, 1, 0.0001, 0) is Stands.FEW
    assert what_stands(LEAST_CASES, 1, 0.05, -1) is Stands.MORE
    assert what_stands(LEAST_CASES, -1, 0.05, 1) is Stands.FEWER
    assert what_stands(LEAST_CASES, 0, 0.0, 0) is Stands.UNCLEAR
    assert what_stands(1, 0, 1.0, -1) is Stands.COLD


def test_every_class_has_a_sentence_that_gives_its_counts() -> None:
    for stands, null, cluster in product(set(Stands) - {Stands.ABSENT}, Null, (1, 0, -1)):
        said = sentence(stands, Span(1, 2), Span(7, 7), cluster, null)
        assert "1–2 → 7" in said.zh and "1–2 → 7" in said.en
    assert sentence(Stands.ABSENT, None, None, 0, Null.OWN).zh.startswith("前一段")
    assert {whole_verdict(sign, chance).zh for sign, chance in ((1, 0.01), (-1, 0.01), (1, 0.2), (0, 0.01))} == {
        "多得不像碰巧", "少得不像碰巧", "这样的差别，碰巧也常有"}
