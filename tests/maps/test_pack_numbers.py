"""Counts packed from arrays are what counts packed cell by cell are, masks included."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.indicators import CARRIED, CellCounts
from gridmediate.maps.frame import heat_frame, pack_counts, pack_numbers
from gridmediate.services.heat import masked

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
COUNTS = st.one_of(st.integers(0, 5), st.sampled_from([78, 79, 80, 81, 4_000]))


@given(st.data(), st.integers(1, 3), st.integers(1, 6), st.booleans())
def test_both_ways_of_packing_say_the_same(data: st.DataObject, months: int, cells: int, exact: bool) -> None:
    shape = (months, len(CARRIED), cells)
    drawn = data.draw(st.lists(COUNTS, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    numbers = np.array(drawn, dtype=np.int64).reshape(shape)
    known = np.array(data.draw(st.lists(st.booleans(), min_size=months * cells, max_size=months * cells))).reshape(months, cells)
    one_by_one = [
        [CellCounts(**dict(zip(CARRIED, numbers[month, :, cell].tolist(), strict=True))) if known[month, cell] else None
         for cell in range(cells)]
        for month in range(months)
    ]
    names = [202609, 202610, 202611][:months]
    assert pack_numbers("abc", names, (numbers, numbers) if exact else masked(numbers), known, NOW, exact=exact) == \
        pack_counts(heat_frame("abc", names, one_by_one, NOW, exact=exact))


def test_a_sum_of_bands_is_written_as_its_bounds() -> None:
    low, high = np.array([[[2, 1, 90, 0, 4]]]), np.array([[[4, 2, 95, 0, 4]]])
    known = np.array([[True, True, True, False, True]])
    packed = pack_numbers("abc", [202611], (low, high), known, NOW, exact=False, keys=("calls",))
    assert json.loads(packed.body)["counts"] == [["~2-4;#~90-95;!,"]]
