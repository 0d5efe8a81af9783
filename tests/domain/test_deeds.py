"""Deeds and their medians, and when a total may be told beside small counts."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.deeds import DAY_BOUNDS, SETTLED_AFTER, median_days, settled
from gridmediate.domain.small_counts import keeps_its_secrets
from gridmediate.domain.vocabulary import Level


@given(st.lists(st.floats(0, 90), min_size=1, max_size=40))
def test_the_grouped_median_lies_in_the_class_of_the_median(days: list[float]) -> None:
    counts = dict.fromkeys(SETTLED_AFTER, 0)
    for each in days:
        counts[next(name for name in settled(Level.CELL, timedelta(days=each)) if name in counts)] += 1
    found = median_days(list(counts.values()))
    middle = sorted(days)[(len(days) - 1) // 2], sorted(days)[len(days) // 2]
    classes = [sum(each > bound for bound in DAY_BOUNDS) for each in middle]
    bounds = (0, *DAY_BOUNDS, DAY_BOUNDS[-1])
    assert found is not None
    assert bounds[classes[0]] - 1e-9 <= found <= bounds[classes[1] + 1] + 1e-9


def test_the_grouped_median_of_known_histories() -> None:
    assert median_days([0] * 6) is None
    assert median_days([4, 0, 0, 0, 0, 0]) == pytest.approx(1.5)
    assert median_days([2, 4, 2, 0, 0, 0]) == pytest.approx(5.0) == median([1, 2, 4, 5, 5, 6, 9, 9])
    assert median_days([0, 0, 0, 0, 1, 9]) == 60


SMALL = st.integers(0, 5)


@given(st.lists(SMALL, min_size=1, max_size=3), st.lists(SMALL, min_size=1, max_size=4))
def test_what_may_be_told_leaves_every_small_number_open_to_a_solver(parts: list[int], summands: list[int]) -> None:
    """Try every pair of histories that look the same: none of the small numbers may be the same in all of them."""
    if not keeps_its_secrets(parts, summands):
        return
    sides = [[(1, 2) if 0 < each <= 2 else (each,) for each in side] for side in (parts, summands)]
    same = [(one, other) for one in product(*sides[0]) for other in product(*sides[1]) if sum(one) == sum(other)]
    if not same:
        assert sum(parts) != sum(summands)
        return
    for side in (0, 1):
        for at, choices in enumerate(sides[side]):
            assert {each[side][at] for each in same} == set(choices), (parts, summands)


def test_a_total_beside_one_hidden_number_is_not_told_and_beside_a_mixture_is() -> None:
    assert not keeps_its_secrets([7], [5, 2])
    assert not keeps_its_secrets([9], [5, 2, 2])
    assert keeps_its_secrets([8], [5, 2, 1])
    assert keeps_its_secrets([5], [5, 0])
