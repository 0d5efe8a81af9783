"""The tests behind the view of changes: did a cell change, did it change as its place did, and do high rates lie together?

Notes
-----
*Change.* Exact conditional tests of two counts. By itself: of ``now + before`` cases each falls into *now* by its share of the
days (Przyborowski and Wilenski 1940). Against its place: Fisher's exact test of the cell beside all others, so that what all did
is taken out. Two-sided by doubling the smaller tail. Where counts are known between bounds only, the p value is the
greatest within them: both tests are monotone in each count, so it stands at a corner.

*Rates.* Empirical Bayes (Marshall 1991): a cell with few households is drawn towards the mean of the place.

*Clusters.* Local Moran's I of rates, standardised for unequal numbers of households (Assunção and Reis 1999), by conditional
permutation, two-sided.

*Many cells.* Benjamini and Hochberg (1995): of the cells that stand out, at most the stated share is expected to be chance.
"""

from __future__ import annotations

from typing import Any
from warnings import catch_warnings, simplefilter

import geopandas
import numpy as np
import shapely
from esda.moran import Moran_Local_Rate
from esda.smoothing import Empirical_Bayes
from libpysal.weights import W, fuzzy_contiguity
from scipy.stats import binom, false_discovery_control, hypergeom

from gridmediate.geo.crs import STORED_CRS, metric_crs_for

#: Outlines that lie so near are neighbours: those of real grids overlap and leave gaps by their drawing.
GAP_M = 4.0
SEED = 20261129
#: Fewer areas than this have no neighbourhoods to speak of.
LEAST_AREAS = 12
#: Draws: enough that the least p value passes the rule for many cells; fewer where there are so many cells that it takes long.
PERMUTATIONS, PERMUTATIONS_OF_MANY, MANY = 9999, 999, 1000
_HOT, _COLD, _TIE = 1, 3, 1e-9

Bounds = tuple[np.ndarray, np.ndarray]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the statistics of two periods.

    Parameters
    ----------
    asked : dict
        ``now``, ``before``: the least and the most of each area's count, two lists each; ``days``: length of the two periods;
        ``bases``: households of each area, None where unknown or too few; ``level``: the false discovery rate; ``least``: the
        cases of both periods together from which on an area is tested; ``neighbours``: the
        positions of each area's neighbours, or None and ``outlines``: hexadecimal WKB in :data:`STORED_CRS`.

    Returns
    -------
    dict
        ``own``, ``place``: lists of signs (+1, -1, 0) and of adjusted p values; ``tested``: how many were; ``whole``: sign and p
        value of all areas together; ``rates``: smoothed, per household, None where there is no base; ``clusters``: +1 hot, -1
        cold, 0 neither; ``neighbours``; ``permutations``, 0 if clusters were not looked for; ``islands``: how many areas have no
        neighbour.
    """
    now, before = _bounds(asked["now"]), _bounds(asked["before"])
    share = asked["days"][0] / sum(asked["days"])
    neighbours = asked["neighbours"] if asked["neighbours"] is not None else contiguity(asked["outlines"])
    middle = (now[0] + now[1]) / 2
    has_base = np.array([base is not None for base in asked["bases"]])
    bases = np.array([base or 0 for base in asked["bases"]], dtype=float)[has_base]
    hot, permutations = _clusters(middle[has_base], bases, _within(neighbours, has_base), asked["level"])
    tested = now[1] + before[1] >= asked["least"]
    whole = own_change(_summed(now), _summed(before), share)
    return {
        "own": _told(*own_change(now, before, share), tested), "place": _told(*change_in_place(now, before), tested),
        "tested": int(tested.sum()), "whole": [int(whole[0][0]), float(whole[1][0])],
        "rates": _spread(smoothed(middle[has_base], bases), has_base, None), "clusters": _spread(hot, has_base, 0),
        "neighbours": neighbours, "permutations": permutations, "islands": sum(not each for each in neighbours),
    }


def _bounds(sides: list[list[int]]) -> Bounds:
    return np.array(sides[0]), np.array(sides[1])


def _summed(bounds: Bounds) -> Bounds:
    return bounds[0].sum(keepdims=True), bounds[1].sum(keepdims=True)


def own_change(now: Bounds, before: Bounds, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the sign and the p value of each area's own change.

    Parameters
    ----------
    now, before : pair of array of int
        Least and most.
    share : float
        What part of the days of both periods lies in *now*.
    """
    more = binom.sf(now[0] - 1, now[0] + before[1], share)
    fewer = binom.cdf(now[1], now[1] + before[0], share)
    return _either(more, fewer)


def change_in_place(now: Bounds, before: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """Return the sign and the p value of each area's change beside that of all other areas together."""
    others = [side.sum() - side for side in (*now, *before)]
    more = _fisher(now[0], before[1], others[1], others[2])
    fewer = _fisher(before[0], now[1], others[3], others[0])
    return _either(more, fewer)


def _fisher(here: np.ndarray, here_other: np.ndarray, rest: np.ndarray, rest_other: np.ndarray) -> np.ndarray:
    """Return the probability of as many *here* or more, all sums being held."""
    found: np.ndarray = hypergeom.sf(here - 1, here + here_other + rest + rest_other, here + rest, here + here_other)
    return found


def _either(more: np.ndarray, fewer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = np.clip(2 * np.minimum(more, fewer), 0, 1)
    return np.where(p >= 1, 0, np.where(more < fewer, 1, -1)), p


def _told(sign: np.ndarray, p: np.ndarray, tested: np.ndarray) -> list[list[Any]]:
    """Return signs and adjusted p values.

    Those that could not stand out whatever became of their cases are not tested, so that they do not dull the test of the others.
    How many cases both periods have together says nothing of how they fall into them, so this choice favours no finding.
    """
    adjusted = np.ones(len(p))
    if tested.any():
        adjusted[tested] = false_discovery_control(p[tested])
    return [sign.tolist(), adjusted.tolist()]


def contiguity(outlines: list[str]) -> list[list[int]]:
    """Return the positions of the areas that touch each, at an edge or a corner, give or take :data:`GAP_M`.

    Notes
    -----
    Queen contiguity by libpysal, of outlines widened by half the gap.
    """
    shapes = geopandas.GeoDataFrame(geometry=shapely.from_wkb(outlines), crs=STORED_CRS)
    metric = shapes.to_crs(metric_crs_for(shapes.geometry.to_numpy()))
    found = fuzzy_contiguity(metric, buffering=True, buffer=GAP_M / 2, drop=False, silence_warnings=True)
    return [sorted(map(int, found.neighbors[at])) for at in range(len(outlines))]


def _within(neighbours: list[list[int]], kept: np.ndarray) -> dict[int, list[int]]:
    position = np.cumsum(kept) - 1
    return {
        int(position[at]): [int(position[other]) for other in near if kept[other]]
        for at, near in enumerate(neighbours) if kept[at]
    }


def smoothed(events: np.ndarray, bases: np.ndarray) -> np.ndarray:
    """Return rates by empirical Bayes: events per household."""
    if not events.sum():
        return np.zeros(len(events))
    rates, mean = events / bases, events.sum() / bases.sum()
    # Where the rates differ by less than chance would make them, the formula's weights turn negative: then there is one rate.
    if (bases * (rates - mean) ** 2).sum() / bases.sum() <= mean / bases.mean():
        return np.full(len(events), mean)
    found: np.ndarray = Empirical_Bayes(events, bases).r.ravel()
    return found


def _clusters(events: np.ndarray, bases: np.ndarray, neighbours: dict[int, list[int]], level: float) -> tuple[np.ndarray, int]:
    if len(events) < LEAST_AREAS or not events.any() or np.ptp(events / bases) == 0:
        return np.zeros(len(events), dtype=int), 0
    sign, p, permutations = clusters(events, bases, neighbours)
    return np.where(false_discovery_control(p) <= level, sign, 0), permutations


def clusters(events: np.ndarray, bases: np.ndarray, neighbours: dict[int, list[int]]) -> tuple[np.ndarray, np.ndarray, int]:
    """Return of each area +1 (high among high), -1 (low among low) or 0, the two-sided p value, and the number of draws."""
    permutations = PERMUTATIONS if len(events) <= MANY else PERMUTATIONS_OF_MANY
    with catch_warnings():
        # The library announces that its own p value will change, which is not used.
        simplefilter("ignore", DeprecationWarning)
        found = Moran_Local_Rate(events, bases, W(neighbours, silence_warnings=True), permutations=permutations, seed=SEED)
    joined = np.array([bool(neighbours[at]) for at in range(len(events))])
    # The library's own p value breaks ties by the last digit, so that a flat land of equal rates would stand out.
    as_far = (found.sim >= found.Is - _TIE * np.abs(found.Is)).sum(axis=0)
    p = np.minimum(1.0, 2 * (as_far + 1) / (permutations + 1))
    sign = np.where(found.q == _HOT, 1, np.where(found.q == _COLD, -1, 0))
    # An area without neighbours has none to be like; its p value is of nothing.
    return np.where(joined, sign, 0), np.where(joined, p, 1.0), permutations


def _spread(values: np.ndarray, kept: np.ndarray, otherwise: Any) -> list[Any]:
    rest = iter(values.tolist())
    return [next(rest) if each else otherwise for each in kept.tolist()]
