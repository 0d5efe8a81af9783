"""What chance would do: as the libraries and as exact counting have it; quiet where nothing changed, awake where it did."""

from __future__ import annotations

from contextlib import closing
from itertools import product
from typing import Any

import libpysal
import numpy as np
import pytest
import shapely
from esda import Moran_Local_Rate, fdr
from esda.smoothing import Empirical_Bayes
from libpysal.weights import lat2W
from scipy.stats import false_discovery_control

from gridmediate.domain.chance import compare_counts, compare_shares
from gridmediate.domain.comparing import LEVEL
from gridmediate.statistics import inference

pytestmark = pytest.mark.slow
SIDE = 6


def queen(side: int) -> list[list[int]]:
    found = lat2W(side, side, rook=False).neighbors
    return [sorted(found[at]) for at in range(side**2)]


QUEEN = dict(enumerate(queen(SIDE)))


def exactly(counts: Any) -> inference.Bounds:
    return np.array(counts), np.array(counts)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_known_counties_come_out_as_the_library_has_them() -> None:
    """North Carolina 1979 (Cressie), which libpysal ships."""
    links, table = (libpysal.io.open(libpysal.examples.get_path(f"sids2.{kind}")) for kind in ("gal", "dbf"))
    with closing(links), closing(table):
        contiguous = links.read()
        events, births = (np.array(table.by_col(name), dtype=float) for name in ("SID79", "BIR79"))
    position = {code: at for at, code in enumerate(contiguous.id_order)}
    near = {position[code]: [position[other] for other in others] for code, others in contiguous.neighbors.items()}
    sign, p, permutations = inference.clusters(events, births, near)
    known = Moran_Local_Rate(events, births, contiguous, permutations=permutations, seed=inference.SEED)
    assert sign.tolist() == [{1: 1, 3: -1}.get(quadrant, 0) for quadrant in known.q]
    joined = (sign != 0) & (p < 1)
    assert np.allclose(p[joined], 2 * known.p_sim[joined]) and joined.sum() > 40
    adjusted = false_discovery_control(p)
    for level in (0.05, 0.2, 0.5):
        assert (adjusted < level).sum() == (p < fdr(p, level)).sum()
    rates = inference.smoothed(events, births)
    assert np.allclose(rates, Empirical_Bayes(events, births).r.ravel())
    raw = events / births
    assert np.ptp(rates) < np.ptp(raw)
    assert np.all((rates - raw) * (events.sum() / births.sum() - raw) >= 0), "each is drawn towards the mean, none beyond it"


def test_the_tests_are_those_of_the_briefings_done_one_by_one() -> None:
    chance = np.random.default_rng(3)
    now, before = chance.poisson(6, 40), chance.poisson(5, 40)
    _, own = inference.own_change(exactly(now), exactly(before), 92 / 181)
    _, placed = inference.change_in_place(exactly(now), exactly(before))
    rest = now.sum() - now, before.sum() - before
    for at, (a, b) in enumerate(zip(now.tolist(), before.tolist(), strict=True)):
        assert own[at] == pytest.approx(compare_counts(a, b, span=92, span_before=89))
        others = int(rest[0][at]), int(rest[1][at])
        assert placed[at] == pytest.approx(compare_shares(a, a + b, others[0], sum(others)))


def test_between_bounds_the_p_value_is_the_greatest_there_is() -> None:
    """Whatever the hidden numbers are, what stands out of the bounds stands out of them."""
    chance = np.random.default_rng(5)
    for _ in range(25):
        low = chance.integers(0, 9, (2, 3))
        high = low + chance.integers(0, 3, (2, 3))
        now, before = ((low[side], high[side]) for side in (0, 1))
        found = [inference.own_change(now, before, 0.5), inference.change_in_place(now, before)]
        within = product(*(range(a, b + 1) for a, b in zip(low.ravel(), high.ravel(), strict=True)))
        for numbers in within:
            a, b = np.array(numbers[:3]), np.array(numbers[3:])
            here = inference.own_change(exactly(a), exactly(b), 0.5), inference.change_in_place(exactly(a), exactly(b))
            for (sign, p), (sign_here, p_here) in zip(found, here, strict=True):
                assert np.all(p_here <= p + 1e-12)
                assert np.all((sign == 0) | (sign == sign_here))


def test_where_nothing_changed_few_places_show_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred places of 36 cells with one and the same rate in both periods; a tenth of the draws, for the time it takes."""
    monkeypatch.setattr(inference, "PERMUTATIONS", 999)
    chance = np.random.default_rng(7)
    false = {"own": 0, "place": 0, "clusters": 0}
    for _ in range(200):
        bases = chance.integers(80, 700, SIDE**2)
        now, before = (chance.poisson(bases * 0.012).tolist() for _ in range(2))
        found = inference.answer({"now": [now] * 2, "before": [before] * 2, "days": [92, 92], "bases": bases.tolist(),
                                  "level": LEVEL, "least": 6, "neighbours": queen(SIDE), "outlines": None})
        false["own"] += min(found["own"][1]) <= LEVEL
        false["place"] += min(found["place"][1]) <= LEVEL
        false["clusters"] += any(found["clusters"])
    # 10 are expected at the most; 17 or more of 200 would come about once in fifty times.
    assert max(false.values()) <= 16, false


def test_what_was_planted_is_found() -> None:
    bases = np.full(SIDE**2, 400.0)
    middle = [at for at in range(SIDE**2) if at // SIDE in (2, 3, 4) and at % SIDE in (2, 3, 4)]
    chance = np.random.default_rng(9)
    now, before = chance.poisson(4, SIDE**2), chance.poisson(4, SIDE**2)
    now[middle] += 20
    found = inference.answer({
        "now": [now.tolist()] * 2, "before": [before.tolist()] * 2, "days": [92, 92], "bases": bases.tolist(),
        "level": LEVEL, "least": 6, "neighbours": queen(SIDE), "outlines": None,
    })
    standing = {at for at, (sign, p) in enumerate(zip(*found["own"], strict=True)) if sign > 0 and p <= LEVEL}
    assert standing <= set(middle) and len(standing) >= 7
    hot = {at for at, cluster in enumerate(found["clusters"]) if cluster > 0}
    assert 3 * SIDE + 3 in hot and hot <= set(middle)
    assert found["whole"][0] == 1 and found["whole"][1] < LEVEL
    twice = np.full(SIDE**2, 8), np.full(SIDE**2, 4)
    twice[0][5] = 60
    sign, p = inference.change_in_place(exactly(twice[0]), exactly(twice[1]))
    assert np.flatnonzero(false_discovery_control(p) <= LEVEL).tolist() == [5] and sign[5] == 1, "all others rose alike"


def test_a_flat_land_has_no_clusters_and_one_rate() -> None:
    events, bases = np.full(SIDE**2, 3), np.full(SIDE**2, 100.0)
    assert inference.smoothed(events.astype(float), bases).tolist() == [0.03] * SIDE**2
    events[10] = 20
    sign, p, _ = inference.clusters(events, bases, QUEEN)
    assert not ((p < LEVEL) & (sign < 0)).any(), "ties are no sign of anything"


def test_neighbours_touch_at_a_corner_or_nearly() -> None:
    metre = 1e-5
    boxes = [shapely.box(119 + 0.001 * (at % 3), 30 + 0.001 * (at // 3), 119.001 + 0.001 * (at % 3), 30.001 + 0.001 * (at // 3))
             for at in range(9)]
    boxes[8] = shapely.affinity.translate(boxes[8], 2 * metre, 2 * metre)
    boxes[0] = boxes[0].buffer(2 * metre)
    island = shapely.affinity.translate(boxes[8], 0.01, 0)
    found = inference.contiguity([box.wkb_hex for box in (*boxes, island)])
    assert found[:9] == queen(3)
    assert found[9] == []
    assert inference._within(found, np.array([True] * 4 + [False] + [True] * 5))[4] == [1, 2, 6, 7], "positions among those kept"
