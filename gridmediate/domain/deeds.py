"""What is done with cases and counted when it is done: filed, dispatched, sent back, settled, kept, called.

A deed is counted in the month in which it was done and in the cell and under the head in which the case stood then; nothing that
happens later takes it back. So a case that is settled, reopened and settled again was settled twice. (The stock of cases and what
came into a status and left it again are the other half of the tallies: :mod:`gridmediate.store.rollup`.)
"""

from __future__ import annotations

from datetime import timedelta

from gridmediate.domain.vocabulary import Level

#: By the level that a case was at when it was settled, nearest to the people first.
SETTLED_AT: dict[Level, str] = {
    Level.CELL: "settled_cell", Level.COMMUNITY: "settled_community", Level.STREET: "settled_street",
    Level.COUNTY: "settled_county",
}
#: Upper bounds, in days from filing to settlement, of the classes in which settlements are counted; the last class has none.
DAY_BOUNDS = (3, 7, 15, 30, 60)
SETTLED_AFTER = (*(f"days_{bound}" for bound in DAY_BOUNDS), "days_more")
#: Everything that is counted, in the order of its columns.
DEEDS = (
    "filings", "repeats", "dispatched", "returned", "kept", "kept_late", "broken", "calls", *SETTLED_AT.values(), *SETTLED_AFTER,
)
#: What a filing counts as.
FILED_ONE = {"filings": 1}


def settled(level: Level, took: timedelta) -> dict[str, int]:
    """Return what a settlement counts as: one at its level, one in the class of its days."""
    after = next((name for bound, name in zip(DAY_BOUNDS, SETTLED_AFTER, strict=False) if took <= timedelta(days=bound)),
                 SETTLED_AFTER[-1])
    return {SETTLED_AT[level]: 1, after: 1}


def clause_settled(*, was_open: bool, is_kept: bool, was_late: bool) -> dict[str, int]:
    """Return what the report on a clause counts as.

    A clause is counted once: one that was broken and is made good later stays broken here, since it was not performed on time.
    """
    if not was_open:
        return {}
    if not is_kept:
        return {"broken": 1}
    return {"kept_late" if was_late else "kept": 1}


def median_days(counts: list[int]) -> float | None:
    """Return the median of days counted in classes, by straight lines within a class; None of nothing.

    Parameters
    ----------
    counts : list of int
        By class, as :data:`SETTLED_AFTER`.

    Notes
    -----
    The grouped median: L + (n/2 - F) / f * w, with L and w the lower bound and width of the class in which half of the n are
    reached, F what lies below it and f what lies in it. A median beyond the last bound is that bound: "60 or more".
    """
    half, below, lower = sum(counts) / 2, 0, 0
    if not half:
        return None
    for bound, count in zip(DAY_BOUNDS, counts, strict=False):
        if below + count >= half:
            return lower + (half - below) / count * (bound - lower)
        below, lower = below + count, bound
    return float(DAY_BOUNDS[-1])
