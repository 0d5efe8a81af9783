"""The blind sample: who is drawn, that anybody can draw it again, and the estimate against values worked out by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.call_backs import Answer, Settled, allocate, draw, findings

A, B, C = ("02", "c1"), ("02", "c2"), ("05", "c1")
NOT, PARTLY, REALLY = Settled.NOT, Settled.PARTLY, Settled.REALLY


def test_each_stratum_gives_its_share_and_at_least_one() -> None:
    assert allocate({A: 60, B: 30, C: 10}, 10) == {A: 6, B: 3, C: 1}
    assert allocate({A: 97, B: 2, C: 1}, 10) == {A: 8, B: 1, C: 1}
    assert allocate({A: 3, B: 1, C: 1}, 2) == {A: 1, B: 1, C: 1}
    assert allocate({A: 3, B: 2}, 200) == {A: 3, B: 2}


@given(st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("cdef")), st.integers(1, 60), min_size=1),
       st.integers(1, 80))
def test_an_allocation_adds_up_and_stays_within_the_strata(frame: dict[tuple[str, str], int], size: int) -> None:
    given_out = allocate(frame, size)
    assert sum(given_out.values()) == min(sum(frame.values()), max(size, len(frame)))
    assert all(1 <= given_out[each] <= frame[each] for each in frame)


def test_a_draw_follows_from_its_seed_alone() -> None:
    frame = [(f"LX-2026-{number:04d}", A if number % 3 else C) for number in range(60)]
    drawn = draw(frame, 12, "seed")
    assert draw(reversed(frame), 12, "seed") == drawn
    assert draw(frame, 12, "another") != drawn
    assert Counter(dict(frame)[case_no] for case_no in drawn) == {A: 8, C: 4}
    assert drawn[:3] == draw(frame, 12, "seed")[:3]
    assert len(set(drawn)) == 12


def answers(of: dict[tuple[str, str], list[Settled | None]]) -> list[Answer]:
    """Return answers by stratum."""
    return [Answer(stratum, settled) for stratum, said in of.items() for settled in said]


def test_the_estimate_is_the_one_worked_out_by_hand() -> None:
    # Share .6·1/6 + .4·2/4 = .3; variance .36·.9·(5/36)/5 + .16·.9·(1/4)/3 = .009 + .012, so that .21/.021 = 10 answers count.
    given_out = answers({A: [NOT, *[REALLY] * 5], B: [NOT, NOT, REALLY, PARTLY]})
    found = findings({A: 60, B: 40}, given_out, 10)
    assert found.false_closures is not None
    assert found.false_closures.share == pytest.approx(0.3)
    assert (found.false_closures.low, found.false_closures.high) == pytest.approx((0.1078, 0.6032), abs=1e-4)
    assert found.not_whole is not None
    assert found.not_whole.share == pytest.approx(0.6 / 6 + 0.4 * 3 / 4)
    assert (found.frame, found.drawn, found.reached, found.pooled) == (100, 10, 10, 0)


def test_where_nothing_is_found_the_interval_still_has_width_and_a_census_has_none() -> None:
    found = findings({A: 100}, answers({A: [REALLY] * 10}), 10)
    assert found.false_closures is not None
    assert found.false_closures.share == found.false_closures.low == 0
    assert found.false_closures.high == pytest.approx(0.2588, abs=1e-4)  # Wilson with 10·99/90 = 11 answers
    whole = findings({A: 10}, answers({A: [NOT, *[REALLY] * 9]}), 10)
    assert whole.false_closures is not None
    assert (whole.false_closures.low, whole.false_closures.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_who_was_not_reached_is_said_and_not_counted_and_few_answers_give_no_estimate() -> None:
    said = answers({A: [NOT, *[REALLY] * 9, None, None], B: [None]})
    found = findings({A: 60, B: 40}, said, 12)
    assert (found.reached, found.unreached, found.waiting, found.pooled) == (10, 2, 1, 2)
    assert found.false_closures is not None
    assert found.false_closures.share == pytest.approx(0.1)  # nobody of B: counted with its category
    assert findings({A: 60}, answers({A: [NOT, REALLY]}), 2).false_closures is None


def test_strata_with_one_answer_are_counted_with_their_category_then_with_the_rest() -> None:
    said = answers({A: [NOT], B: [REALLY], C: [REALLY] * 8})
    found = findings({A: 10, B: 10, C: 80}, said, 10)
    assert found.pooled == 2
    assert found.false_closures is not None
    assert found.false_closures.share == pytest.approx(0.2 * 0.5)
