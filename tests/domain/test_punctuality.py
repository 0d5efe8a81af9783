"""Intervals and limits against known values, and the exact test against adding up the binomial by hand."""

from __future__ import annotations

from math import comb

import pytest

from gridmediate.domain.punctuality import ALARM, WARNING, Standing, limits, standing, wilson


def test_wilsons_interval_has_the_published_values() -> None:
    # Newcombe, Stat. Med. 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    published = ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718))
    for some, of, low, high in published:
        assert wilson(some, of) == pytest.approx((low, high), abs=5e-5)
    for some, of in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="a share"):
            wilson(some, of)


def _by_hand(some: int, of: int, share: float) -> Standing:
    chances = [comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(of + 1)]
    below, above = sum(chances[: some + 1]), sum(chances[some:])
    for outside, low, high in ((ALARM, Standing.VERY_LOW, Standing.VERY_HIGH), (WARNING, Standing.LOW, Standing.HIGH)):
        if below <= outside / 2:
            return low
        if above <= outside / 2:
            return high
    return Standing.WITHIN


def test_an_office_lies_outside_where_the_binomial_says_so() -> None:
    for share in (0.02, 0.5, 0.83, 0.97):
        for of in (1, 5, 40, 120):
            for some in range(of + 1):
                assert standing(some, of, share) is _by_hand(some, of, share), (some, of, share)


def test_all_in_time_or_none_says_nothing_of_an_office_that_does_as_all_do() -> None:
    assert standing(7, 7, 1.0) is Standing.WITHIN
    assert standing(0, 7, 0.0) is Standing.WITHIN
    assert limits(1.0, 7, WARNING) == (1.0, 1.0)


def test_the_drawn_curves_follow_the_exact_limits() -> None:
    for share in (0.5, 0.83):
        for of in (60, 200, 700):
            low, high = limits(share, of, ALARM)
            outside = {Standing.VERY_LOW, Standing.VERY_HIGH}
            exact = [some / of for some in range(of + 1) if standing(some, of, share) not in outside]
            assert (low, high) == pytest.approx((exact[0], exact[-1]), abs=1.6 / of)
    narrow, wide = limits(0.83, 400, WARNING), limits(0.83, 400, ALARM)
    assert wide[0] < narrow[0] < 0.83 < narrow[1] < wide[1]
