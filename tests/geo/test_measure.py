"""Areas, neighbours, outlines and lighter shapes of drawn cells."""

import json

import numpy as np
import pytest
import shapely

from gridmediate.geo import measure
from gridmediate.geo.crs import EARTH, metres_per_degree
from tests.geo.drawn import SOUTH, STEP, WEST, block

CELLS = np.array([block(0, 0), block(1, 0), block(0, 1), block(1, 1)])
CODES = ["4", "3", "2", "1"]


def test_areas_and_borders_are_those_of_the_ellipsoid():
    area, border = EARTH.geometry_area_perimeter(block(0, 0))
    assert measure.areas_m2(CELLS)[0] == pytest.approx(area, rel=1e-3)
    assert measure.lengths_m(CELLS)[0] == pytest.approx(border, rel=1e-3)
    assert measure.areas_m2([shapely.Polygon(), None]).tolist() == [0.0, 0.0]


def test_neighbours_share_an_edge_and_not_only_a_corner():
    found = measure.neighbours(CODES, CELLS)
    east_m, north_m = (each * STEP for each in metres_per_degree(SOUTH))
    assert list(found) == [("1", "2"), ("1", "3"), ("2", "4"), ("3", "4")]
    assert found["1", "2"] == pytest.approx(north_m, rel=1e-3) and found["1", "3"] == pytest.approx(east_m, rel=1e-3)


def test_a_short_shared_edge_is_below_the_tolerance():
    cells = [block(0, 0), block(1, 0.995)]
    assert measure.neighbours(["a", "b"], cells, min_edge_m=1.0) == {}
    assert list(measure.neighbours(["a", "b"], cells, min_edge_m=0.1)) == [("a", "b")]


def test_cells_drawn_with_a_sliver_between_are_neighbours_when_it_is_allowed_for():
    cells = [block(0, 0), block(1.01, 0)]
    assert measure.neighbours(["a", "b"], cells) == {}
    shared = measure.neighbours(["a", "b"], cells, within_m=2.0)["a", "b"]
    assert shared == pytest.approx(metres_per_degree(SOUTH)[1] * STEP, rel=0.05)


def test_an_outline_joins_the_cells_of_a_community_without_inner_lines():
    joined = measure.outlines(["甲", "甲", "乙", ""], CELLS)
    assert list(joined) == ["乙", "甲"]
    assert joined["甲"].equals(block(0, 0, 2)) and joined["乙"].equals(block(0, 1))
    overlapping = measure.outlines(["甲", "甲"], [block(0, 0), block(0.5, 0)])["甲"]
    assert overlapping.equals(block(0, 0, 1.5))


def wavy_cells():
    """Two cells that share a finely drawn border."""
    along = np.linspace(0, 1, 200)
    border = np.column_stack([WEST + STEP + np.sin(along * 20) * STEP / 200, SOUTH + along * STEP])
    left = shapely.Polygon([(WEST, SOUTH), *border.tolist(), (WEST, SOUTH + STEP)])
    right = shapely.Polygon([(WEST + 2 * STEP, SOUTH), *border.tolist(), (WEST + 2 * STEP, SOUTH + STEP)])
    return np.array([left, right])


def test_a_shared_border_is_simplified_once_for_both_sides():
    drawn = wavy_cells()
    shown = measure.for_display(drawn, tolerance_m=3.0)
    assert shapely.get_num_coordinates(shown).sum() < shapely.get_num_coordinates(drawn).sum() / 4
    assert shapely.is_valid(shown).all() and shapely.coverage_is_valid(shown)
    assert (shapely.get_coordinates(shown) == np.round(shapely.get_coordinates(shown), 6)).all()


def test_a_shape_that_rounding_would_spoil_is_left_and_nothing_stays_nothing():
    speck = block(0, 0, 1e-5, 1e-5)
    shown = measure.for_display([speck, None, shapely.Polygon()])
    assert shown[0].equals(speck) and shown[1] is None and shown[2].is_empty
    assert measure.for_display([None]).tolist() == [None]


def test_the_map_gets_plain_geojson_with_six_decimals():
    read = measure.display_geojson(CODES, CELLS, [{"name": each} for each in "甲乙丙丁"], tolerance_m=0)
    first = json.loads(json.dumps(read, allow_nan=False))["features"][0]
    assert first["id"] == "4" and first["properties"] == {"code": "4", "name": "甲"}
    assert all(number == round(number, 6) for ring in first["geometry"]["coordinates"] for point in ring for number in point)
    assert len(str(first["geometry"]["coordinates"][0][0][0])) <= 10
