"""Geometry and counts as the browser gets them."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from gridmediate.domain.indicators import CARRIED, CellCounts, ReadCounts, Span
from gridmediate.maps.deltas import decode, encode
from gridmediate.maps.frame import AreaShape, CellShape, HeatFrame, heat_frame, pack_counts, pack_geometry, short_names

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ORIGIN = (118.7, 36.2)


def a_square(code: str, x: int, y: int, community: str = "A", **words: Any) -> CellShape:
    side = 0.004
    shape = box(118.7 + x * side, 36.2 + y * side, 118.7 + (x + 1) * side, 36.2 + (y + 1) * side)
    return CellShape(code=code, name=words.pop("name", code), geometry=shape, community=community, **words)


@given(st.lists(st.tuples(st.floats(118, 119), st.floats(36, 37)), min_size=1, max_size=40))
def test_steps_read_back_to_the_sixth_decimal(points: list[tuple[float, float]]) -> None:
    read = decode(encode(points, ORIGIN, 1_000_000, closed=False), ORIGIN, 1_000_000)
    rounded = [(round(x, 6), round(y, 6)) for x, y in read]
    for x, y in points:
        assert any(abs(x - a) <= 6e-7 and abs(y - b) <= 6e-7 for a, b in rounded)


def test_a_closed_ring_leaves_out_its_last_point_and_doubles() -> None:
    ring = [(118.7, 36.2), (118.701, 36.2), (118.701, 36.2), (118.701, 36.201), (118.7, 36.2)]
    assert encode(ring, ORIGIN, 1000, closed=True) == [0, 0, 1, 0, 0, 1]


def test_neighbours_share_their_corners_after_packing() -> None:
    cells = [a_square("1", 0, 0), a_square("2", 1, 0)]
    packed = json.loads(pack_geometry(cells).body)
    corners = [set(decode(row[7][0][0], tuple(packed["origin"]), packed["scale"])) for row in packed["cells"]]
    assert len(corners[0] & corners[1]) == 2


def test_geometry_has_communities_outline_and_a_digest_of_its_own() -> None:
    cells = [a_square("1", 0, 0, "A"), a_square("2", 1, 0, "A"), a_square("3", 2, 0, "B")]
    areas = [AreaShape("A", "锦溪社区", "Jinxi Community", buildings=True), AreaShape("B", "南柳村", "Nanliu Village")]
    packed = pack_geometry(cells, areas)
    read = json.loads(packed.body)
    assert [area[2] for area in read["communities"]] == [["锦溪", "Jinxi"], ["南柳村", "Nanliu Village"]]
    assert [area[3] for area in read["communities"]] == [1, 0]
    assert len(read["outline"]) == 1
    assert packed.digest == pack_geometry(cells, areas).digest != pack_geometry(cells[:2], areas).digest


def test_a_cell_in_two_parts_with_a_hole_keeps_all_rings() -> None:
    holed = Polygon(box(0, 0, 3, 3).exterior.coords, [box(1, 1, 2, 2).exterior.coords])
    parts = MultiPolygon([holed, box(5, 5, 6, 6)])
    read = json.loads(pack_geometry([CellShape("1", "一", parts)]).body)
    assert [len(polygon) for polygon in read["cells"][0][7]] == [2, 1]


def test_overlapping_cells_are_drawn_all_the_same() -> None:
    cells = [CellShape("1", "一", box(0, 0, 2, 2)), CellShape("2", "二", box(1, 0, 3, 2))]
    read = json.loads(pack_geometry(cells, simplify_m=5).body)
    assert len(read["cells"]) == 2
    assert read["bounds"] == [0, 0, 3, 2]


def test_simplifying_keeps_shared_borders_shared() -> None:
    wavy = [(118.702, 36.2 + k * 0.0004 + (k % 2) * 1e-6) for k in range(11)]
    left = Polygon([(118.7, 36.2), *wavy, (118.7, 36.204)])
    right = Polygon([*wavy, (118.704, 36.204), (118.704, 36.2)])
    cells = [CellShape("1", "一", left), CellShape("2", "二", right)]
    packed = json.loads(pack_geometry(cells, simplify_m=3).body)
    corners = [decode(row[7][0][0], tuple(packed["origin"]), packed["scale"]) for row in packed["cells"]]
    assert max(map(len, corners)) < 8
    assert len(set(corners[0]) & set(corners[1])) == 2


def test_no_cells_make_an_empty_map() -> None:
    assert json.loads(pack_geometry([]).body)["cells"] == []


@pytest.mark.parametrize(("name", "name_en", "short"), [
    ("锦溪社区第5网格", "Jinxi Community Cell 5", ("第5网格", "Cell 5")),
    ("柳溪中学专属网格", "Liuxi Middle School Dedicated Cell", ("柳溪中学", "Liuxi Middle School")),
    ("锦溪社区", "", ("锦溪社区", "锦溪社区")),
])
def test_short_names_leave_out_the_community(name: str, name_en: str, short: tuple[str, str]) -> None:
    area = AreaShape("A", "锦溪社区", "Jinxi Community")
    assert short_names(a_square("1", 0, 0, name=name, name_en=name_en), area) == short


def test_counts_are_one_sign_a_cell() -> None:
    counts = [[CellCounts(filed=0, late=2, mediating=123), None]]
    read = json.loads(pack_counts(heat_frame("abc", [202611], counts, NOW, exact=True)).body)
    assert read["months"] == ["2026-11"]
    assert dict(zip(read["keys"], read["counts"][0], strict=True)) == {
        "filed": "(!", "accepted": "(!", "mediating": "$123;!", "late": "*!", "settled_in_month": "(!",
        "ended_in_month": "(!", "grave": "(!"}


def test_no_exact_small_count_leaves_for_a_masked_reader() -> None:
    counts = [[CellCounts(filed=a, late=b, settled_in_month=3) for a in (1, 2) for b in (1, 2)]]
    body = pack_counts(heat_frame("abc", [202611], counts, NOW, exact=False)).body
    rows = dict(zip(CARRIED, json.loads(body)["counts"][0], strict=True))
    assert rows["filed"] == rows["late"] == "####"
    assert rows["settled_in_month"] == "++++"
    swapped = [[CellCounts(filed=3 - a, late=3 - b, settled_in_month=3) for a in (1, 2) for b in (1, 2)]]
    assert body == pack_counts(heat_frame("abc", [202611], swapped, NOW, exact=False)).body


def test_a_sum_of_bands_does_not_travel() -> None:
    zero = Span(0, 0)
    read = ReadCounts(Span(2, 4), zero, zero, zero, zero, zero, zero)
    with pytest.raises(ValueError, match="no masked count"):
        pack_counts(HeatFrame("abc", [202611], [[read]], NOW))


def test_the_counts_of_two_thousand_cells_stay_small() -> None:
    chance = random.Random(3)
    cells = [CellCounts(*(int(chance.expovariate(1.1)) for _ in range(6))) for _ in range(2000)]
    body = pack_counts(heat_frame("abc", [202611], [cells], NOW, exact=True)).body
    assert len(body) < 20_000
    assert len(gzip.compress(body)) < 6_000
