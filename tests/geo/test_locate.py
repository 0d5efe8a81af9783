"""One point, many points and a plain look at every cell give the same answer."""

import threading

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridmediate.domain.geo_problems import CodesRepeat, RingsInvalid
from gridmediate.geo import raster as rasters
from gridmediate.geo.crs import EARTH
from gridmediate.geo.locate import HOW_CODES, CellIndex, How

BOX = shapely.box


def ring(west, south, east, north, hole):
    return shapely.Polygon(BOX(west, south, east, north).exterior.coords, [BOX(*hole).exterior.coords])


#: A small town at 120°E 30°N: four cells round a corner, a cell with a hole and an island in it, a gap, an overlap of two and of
#: three, a cell of two parts, a sliver next to nothing, a triangle whose edge is not on the raster's lines.
TOWN = {
    "03": BOX(120.00, 30.00, 120.01, 30.01), "01": BOX(120.01, 30.00, 120.02, 30.01),
    "04": BOX(120.00, 30.01, 120.01, 30.02), "02": BOX(120.01, 30.01, 120.02, 30.02),
    "10": ring(120.03, 30.00, 120.05, 30.02, (120.035, 30.005, 120.045, 30.015)), "09": BOX(120.035, 30.005, 120.040, 30.015),
    "21": BOX(120.00, 30.03, 120.02, 30.04), "20": BOX(120.015, 30.03, 120.03, 30.04),
    "22": BOX(120.018, 30.035, 120.019, 30.045),
    "30": shapely.union(BOX(120.04, 30.03, 120.045, 30.035), BOX(120.047, 30.037, 120.05, 30.04)),
    "40": shapely.Polygon([(120.03, 30.025), (120.05, 30.0250001), (120.05, 30.0249999)]),
    "50": shapely.Polygon([(120.0, 30.05), (120.0531, 30.0517), (120.0123, 30.0777)]),
    "51": shapely.Polygon([(120.0531, 30.0517), (120.0123, 30.0777), (120.06, 30.08)]),
}
CODES, CELLS = list(TOWN), np.array(list(TOWN.values()))
PLAIN, RASTERED = CellIndex(CODES, CELLS, raster=False), CellIndex(CODES, CELLS, raster=True)
VERTICES = shapely.get_coordinates(CELLS)
MIDDLES = (VERTICES[1:] + VERTICES[:-1]) / 2


def by_looking_at_every_cell(codes, cells, x, y):
    """The rule itself, with Shapely's own predicates on each cell alone."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return None, How.NONE, ()
    point = shapely.Point(x, y)
    covering = sorted(code for code, cell in zip(codes, cells, strict=True) if cell.covers(point))
    inside = [code for code, cell in zip(codes, cells, strict=True) if cell.contains(point)]
    if not covering:
        return None, How.OUTSIDE, ()
    how = How.OVERLAP if len(inside) > 1 else How.INSIDE if len(inside) == len(covering) else How.EDGE
    return covering[0], how, tuple(covering)


def assert_all_agree(codes, cells, indexes, xs, ys):
    for index in indexes:
        many = index.locate_many(xs, ys)
        for at, (x, y) in enumerate(zip(xs.tolist(), ys.tolist(), strict=True)):
            code, how, covering = by_looking_at_every_cell(codes, cells, x, y)
            one = index.locate(x, y)
            assert (one.cell_code, one.how, tuple(each.code for each in one.candidates)) == (code, how, covering)
            assert (many.cell_codes()[at], HOW_CODES[many.how[at]]) == (code, how)
            assert many.candidates_of(at) == (covering if how in (How.EDGE, How.OVERLAP) else ())


@st.composite
def points_of_a_town(draw):
    """Points anywhere, on vertices, on middles and along edges, and a few units of the last place beside them."""
    kind = draw(st.sampled_from(["free", "vertex", "middle", "along", "nothing"]))
    if kind == "nothing":
        return draw(st.sampled_from([(np.nan, 30.0), (120.0, np.nan), (np.inf, 30.0), (np.nan, np.nan)]))
    if kind == "free":
        return draw(st.floats(119.99, 120.07)), draw(st.floats(29.99, 30.09))
    at = draw(st.integers(0, len(MIDDLES) - 1))
    x, y = (VERTICES if kind == "vertex" else MIDDLES)[at]
    if kind == "along":
        share = draw(st.floats(0, 1))
        x, y = VERTICES[at] + share * (VERTICES[at + 1] - VERTICES[at])
    for _ in range(draw(st.integers(0, 3))):
        x = np.nextafter(x, draw(st.sampled_from([-np.inf, np.inf])))
        y = np.nextafter(y, draw(st.sampled_from([-np.inf, np.inf])))
    return float(x), float(y)


@settings(max_examples=150, deadline=None)
@given(st.lists(points_of_a_town(), min_size=1, max_size=30))
@example([(120.01, 30.01)])
def test_one_point_many_points_and_every_cell_looked_at_agree(points):
    xs, ys = np.array(points).T
    assert_all_agree(CODES, CELLS, (PLAIN, RASTERED), xs, ys)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.sampled_from([4, 24, 96]))
def test_the_raster_never_changes_an_answer_whatever_the_cells(seed, count, fineness):
    random = np.random.default_rng(seed)
    seeds = random.uniform((100, 20), (100.2, 20.1), (count, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds)))
    middles = shapely.points(random.uniform((100, 20), (100.2, 20.1), (3, 2)))
    blobs = shapely.buffer(middles, random.uniform(0.001, 0.03, 3), quad_segs=3)
    cells = np.append(cells, blobs)
    codes = [f"{each:04d}" for each in random.permutation(len(cells))]
    vertices = shapely.get_coordinates(cells)
    picked = vertices[random.integers(0, len(vertices) - 1, 60)]
    free = random.uniform((99.9, 19.9), (100.3, 20.2), (60, 2))
    xs, ys = np.concatenate([free, picked, (picked + np.roll(picked, 1, axis=0)) / 2]).T
    index = CellIndex(codes, cells, raster=False)
    rastered = CellIndex(codes, cells, raster=False)
    rastered._raster = rasters.build_raster(cells, fineness)
    assert_all_agree(codes, cells, (index, rastered), xs, ys)


def test_every_vertex_and_middle_of_the_drawn_town_agrees():
    for points in (VERTICES, MIDDLES):
        assert_all_agree(CODES, CELLS, (PLAIN, RASTERED), points[:, 0].copy(), points[:, 1].copy())


def test_a_point_on_a_shared_edge_goes_to_the_smaller_code():
    found = PLAIN.locate(120.01, 30.005)
    assert (found.cell_code, found.how, [each.code for each in found.candidates]) == ("01", How.EDGE, ["01", "03"])


def test_a_point_on_a_corner_of_four_goes_to_the_smallest_code():
    found = PLAIN.locate(120.01, 30.01)
    assert (found.cell_code, found.how, len(found.candidates)) == ("01", How.EDGE, 4)


def test_a_point_on_the_outer_boundary_of_one_cell_is_its_own_and_said_to_be_on_the_edge():
    assert (PLAIN.locate(120.0, 30.005).cell_code, PLAIN.locate(120.0, 30.005).how) == ("03", How.EDGE)


def test_a_point_strictly_inside_two_is_in_an_overlap_and_goes_to_the_smaller_code():
    found = PLAIN.locate(120.017, 30.032)
    assert (found.cell_code, found.how, [each.code for each in found.candidates]) == ("20", How.OVERLAP, ["20", "21"])


def test_a_point_in_a_hole_is_outside_and_one_on_the_island_is_inside():
    assert PLAIN.locate(120.0425, 30.01).how is How.OUTSIDE
    assert PLAIN.locate(120.0375, 30.01).cell_code == "09"


def test_outside_names_the_nearest_cell_and_its_metres():
    found = PLAIN.locate(120.024, 30.005)
    expected = EARTH.inv(120.024, 30.005, 120.02, 30.005)[2]
    assert found.cell_code is None and found.how is How.OUTSIDE and found.candidates == ()
    assert (found.nearest_code, found.nearest_distance_m) == ("01", pytest.approx(expected, rel=1e-4))


def test_nearest_is_nearest_in_metres_not_in_degrees():
    # At 60°N a degree of longitude is half as long as one of latitude.
    index = CellIndex(["a", "b"], [BOX(10.0, 60.010, 10.02, 60.02), BOX(10.025, 60.0, 10.03, 60.004)])
    assert index.locate(10.010, 60.0).nearest_code == "b"


def test_a_far_point_is_measured_on_the_ellipsoid():
    found = PLAIN.locate(121.0, 31.0)
    assert found.nearest_distance_m == pytest.approx(EARTH.inv(121.0, 31.0, 120.06, 30.08)[2], rel=0.01)
    assert PLAIN.locate(500.0, 31.0).how is How.OUTSIDE


def test_an_accuracy_circle_over_a_border_returns_every_cell_it_reaches_nearest_first():
    found = PLAIN.locate(120.0099, 30.0097, 60.0)
    assert [each.code for each in found.candidates] == ["03", "01", "04", "02"]
    assert found.candidates[1].distance_m == pytest.approx(9.65, abs=0.05)
    assert found.border_distance_m == pytest.approx(9.65, abs=0.05)
    assert [each.code for each in PLAIN.locate(120.0099, 30.0097, 5.0).candidates] == ["03"]


def test_a_point_outside_with_an_accuracy_names_the_cells_in_reach():
    found = PLAIN.locate(120.0201, 30.005, 30.0)
    assert found.cell_code is None
    assert [(each.code, round(each.distance_m)) for each in found.candidates] == [("01", 10)]


@pytest.mark.parametrize("accuracy", [float("nan"), -1.0, 0.0, float("inf")])
def test_an_accuracy_that_says_nothing_is_borne(accuracy):
    assert PLAIN.locate(120.005, 30.005, accuracy).cell_code == "03"


@pytest.mark.parametrize(("lon", "lat"), [(None, 30.0), (120.0, None), (float("nan"), 30.0), (120.0, float("inf"))])
def test_no_position_is_none(lon, lat):
    assert PLAIN.locate(lon, lat).how is How.NONE


def test_codes_must_be_present_and_each_its_own():
    with pytest.raises(CodesRepeat, match="7"):
        CellIndex(["7", "7"], [BOX(0, 0, 1, 1), BOX(1, 0, 2, 1)])
    with pytest.raises(CodesRepeat):
        CellIndex(["7", ""], [BOX(0, 0, 1, 1), BOX(1, 0, 2, 1)])


def test_a_crossed_ring_is_refused_not_repaired():
    with pytest.raises(RingsInvalid, match="8"):
        CellIndex(["7", "8"], [BOX(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])


@pytest.mark.parametrize("raster", [True, False])
def test_no_cells_and_empty_cells_cover_nothing(raster):
    nothing = CellIndex([], [], raster=raster)
    assert nothing.locate(120.0, 30.0).how is How.OUTSIDE and nothing.locate(120.0, 30.0).nearest_code is None
    assert nothing.locate_many([120.0, np.nan], [30.0, 30.0]).words() == [How.OUTSIDE, How.NONE]
    index = CellIndex(["a", "b", "c"], [shapely.Polygon(), None, BOX(120, 30, 121, 31)], raster=raster)
    assert index.locate(120.5, 30.5).cell_code == "c"
    assert index.locate_many([120.5, 119.0], [30.5, 30.0]).counts()[How.INSIDE] == 1


def test_points_far_off_the_earth_do_not_disturb_the_others():
    random = np.random.default_rng(11)
    xs, ys = random.uniform(119.99, 120.07, 5000), random.uniform(29.99, 30.09, 5000)
    expected = PLAIN.locate_many(xs, ys)
    far = np.array([1e308, -1e308, np.nan, np.inf, 0.0])
    for index in (PLAIN, RASTERED):
        found = index.locate_many(np.concatenate([far, xs]), np.concatenate([far[::-1], ys]))
        assert (found.position[5:] == expected.position).all() and (found.how[5:] == expected.how).all()
        assert found.words()[:5] == [How.OUTSIDE, How.NONE, How.NONE, How.NONE, How.OUTSIDE]
        assert found.position[:5].tolist() == [-1] * 5


def test_many_threads_get_what_one_gets():
    random = np.random.default_rng(7)
    xs, ys = random.uniform(119.99, 120.07, 30_000), random.uniform(29.99, 30.09, 30_000)
    expected = PLAIN.locate_many(xs[:5000], ys[:5000]).position
    index = CellIndex(CODES, CELLS)
    answers: list[np.ndarray] = []

    def ask():
        answers.append(index.locate_many(xs, ys).position[:5000])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == 4 and all((each == expected).all() for each in answers)
    assert index._raster is not None, "thirty thousand points on a dozen cells are worth a raster"
