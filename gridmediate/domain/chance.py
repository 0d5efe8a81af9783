"""What chance alone would do: exact comparisons of two counts and of two shares, and the interval of a share.

Counts of cases are small, so nothing here leans on the normal curve for a test. A p value is the share of outcomes, were nothing
different, that are at least as far out; two-sided by doubling the smaller tail, which never errs on the bold side.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, exp, lgamma, log, sqrt

#: The p value at and below which a difference is called one.
LEVEL = 0.05
#: The standard normal quantile of a two-sided interval of 95 %.
Z_95 = 1.959963984540054


def compare_counts(now: int, before: int, *, span: float = 1.0, span_before: float = 1.0) -> float:
    """Return the p value of two counts under one rate.

    Parameters
    ----------
    now, before : int
    span, span_before : float
        How long each was counted, in one unit.

    Notes
    -----
    The conditional test: of ``now + before`` events each falls into *now* with the probability of its share of the time, so that
    the count is binomial. Source: Przyborowski and Wilenski, Biometrika 31 (1940), 313–323.
    """
    total, share = now + before, span / (span + span_before)
    weights = [_binomial(count, total, share) for count in range(total + 1)]
    return _doubled(sum(weights[: now + 1]), sum(weights[now:]))


def compare_shares(hits: int, of: int, hits_before: int, of_before: int) -> float:
    """Return the p value of two shares under one probability; 1 where either is of nothing.

    Notes
    -----
    Fisher's exact test: the total of hits is held, the count is hypergeometric.
    """
    if not of or not of_before:
        return 1.0
    total, people = hits + hits_before, of + of_before
    whole = comb(people, total)
    low, high = max(0, total - of_before), min(of, total)
    weights = {count: comb(of, count) * comb(of_before, total - count) / whole for count in range(low, high + 1)}
    return _doubled(sum(weight for count, weight in weights.items() if count <= hits),
                    sum(weight for count, weight in weights.items() if count >= hits))


def _doubled(lower: float, upper: float) -> float:
    return min(1.0, 2 * min(lower, upper))


def _binomial(count: int, total: int, share: float) -> float:
    """Return the probability of *count* of *total*, by logarithms: a county's quarter has tens of thousands of cases."""
    ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    return exp(ways + count * log(share) + (total - count) * log(1 - share))


def stand_out(p_values: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Return which of several comparisons stand out when all are looked at together.

    Notes
    -----
    Holm's step-down rule (1979): of a hundred cells five would stand out at 5 % by chance alone, so the least p value is held
    against ``level / n``, the next against ``level / (n - 1)``, and so on until one fails.
    """
    found = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    for step, at in enumerate(order):
        if p_values[at] > level / (len(p_values) - step):
            break
        found[at] = True
    return found


def wilson(share: float, size: float, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's interval of a share seen in a sample of *size*, which may be an effective one and no whole number.

    Notes
    -----
    Wilson (1927); it stays within 0 and 1 and has width also where nothing, or everything, was found.
    """
    if size <= 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)
