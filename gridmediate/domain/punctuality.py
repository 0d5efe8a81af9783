"""Whether an office's share says more than chance: intervals, and the limits of a funnel plot.

Notes
-----
Interval: E. B. Wilson, "Probable inference", J. Am. Stat. Assoc. 22 (1927). Funnel instead of a league table: D. J.
Spiegelhalter, "Funnel plots for comparing institutional performance", Stat. Med. 24 (2005). An office lies outside when the exact
binomial tail says so; the drawn curves are the same limits smoothed (Cornish and Fisher's expansion).
"""

from __future__ import annotations

import math
from enum import StrEnum
from statistics import NormalDist

#: Fewest tasks under a share; below it none is given.
LEAST_TASKS = 5
#: Chance leaves an office outside these limits one time in twenty, and one time in five hundred.
WARNING, ALARM = 0.05, 0.002


class Standing(StrEnum):
    """Where an office lies against the common share."""

    WITHIN = "within"
    LOW = "low"
    HIGH = "high"
    VERY_LOW = "very_low"
    VERY_HIGH = "very_high"


def wilson(some: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share, each end from 0 to 1.

    Raises
    ------
    ValueError
        *of* is not positive, or *some* lies outside 0 to *of*.
    """
    if of <= 0 or not 0 <= some <= of:
        raise ValueError("a share needs a number under it")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = some / of, z * z / of
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, centre - half), min(1.0, centre + half)


def limits(common: float, number: int, outside: float) -> tuple[float, float]:
    """Return the curves of a funnel at *number*: the shares beyond which chance alone leaves *outside* of the offices."""
    spread = math.sqrt(number * common * (1 - common))
    if not spread:
        return common, common
    skew = (1 - 2 * common) / spread
    z = NormalDist().inv_cdf(1 - outside / 2)
    found = [(number * common + spread * (side * z + (z * z - 1) * skew / 6)) / number for side in (-1, 1)]
    return max(0.0, found[0]), min(1.0, found[1])


def standing(some: int, of: int, common: float) -> Standing:
    """Return where *some* of *of* lie against the *common* share: outside only where chance would seldom leave it there."""
    below = _tail(some, of, common)
    above = _tail(of - some, of, 1 - common)
    for share, low, high in ((ALARM, Standing.VERY_LOW, Standing.VERY_HIGH), (WARNING, Standing.LOW, Standing.HIGH)):
        if below <= share / 2:
            return low
        if above <= share / 2:
            return high
    return Standing.WITHIN


def _tail(some: int, of: int, share: float) -> float:
    """Return how probable *some* or fewer of *of* are."""
    if share <= 0 or some >= of:
        return 1.0
    if share >= 1:
        return 0.0
    whole = math.lgamma(of + 1)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(share) + (of - k) * math.log1p(-share))
        for k in range(some + 1)
    )
