"""Whether a total may be told beside the small counts that it could unmask.

A reader without case access knows every count of 1 or 2 as "1–2". A total that is told exactly is an equation over such counts,
and an equation may have one solution.
"""

from __future__ import annotations

from collections.abc import Sequence

from gridmediate.domain.indicators import SMALL_COUNT


def keeps_its_secrets(parts: Sequence[int], summands: Sequence[int]) -> bool:
    """Return whether *parts* may be told to somebody who knows *summands*, small ones of both only as small.

    Parameters
    ----------
    parts, summands : sequence of int
        Two ways of dividing one whole: settlements by level, and by cell and month. Their sums may differ, since a case that was
        reopened or moved is counted in one and not in the other; where they visibly do, there is no equation to solve.

    Returns
    -------
    bool
        True if every small number of either could be 1 as well as 2 for all that such a reader can work out.
    """
    known = [sum(each for each in side if each > SMALL_COUNT) for side in (parts, summands)]
    small = [sum(0 < each <= SMALL_COUNT for each in side) for side in (parts, summands)]
    # What the small numbers of both sides may add up to, so that the wholes agree.
    sums = [
        (mine, mine + known[0] - known[1]) for mine in range(small[0], 2 * small[0] + 1)
        if small[1] <= mine + known[0] - known[1] <= 2 * small[1]
    ]
    return not sums or all(
        not count or (min(each[side] for each in sums) < 2 * count and max(each[side] for each in sums) > count)
        for side, count in enumerate(small)
    )
