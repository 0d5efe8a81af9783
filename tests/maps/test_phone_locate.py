"""The phone finds a cell by the server's rule: thousands of points, most where a rounded or careless answer would differ."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely

from gridmediate.geo.locate import CellIndex
from gridmediate.maps.outlines import pack_outlines
from gridmediate.resources import grids_folder, static_folder
from tests.geo.drawn import block, code_of
from tests.geo.test_locate import TOWN

#: Metres by which distances may differ: both sides measure with doubles, in another order.
_HAIR_M = 1e-6
_ANSWERS = """([body, points]) => {
  const outlines = gridmediate.readOutlines(JSON.parse(body));
  return points.map(([lon, lat, accuracy]) => {
    const found = gridmediate.locate(outlines, lon, lat, accuracy);
    return [found.cell, found.how, found.candidates.map((each) => [each.code, each.distance_m]),
            found.nearest ? [found.nearest.code, found.nearest.distance_m] : null];
  });
}"""
Cells = dict[str, Any]


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    """A bare page with the cell finder."""
    context = chromium.new_context()
    made = context.new_page()
    made.add_script_tag(content=(static_folder() / "js" / "field" / "locate.js").read_text(encoding="utf-8"))
    yield made
    context.close()


def demonstration() -> Cells:
    """The demonstration street's cells."""
    features = json.loads((grids_folder() / "liuxi" / "cells.geojson").read_text(encoding="utf-8"))["features"]
    return {each["properties"]["code"]: shapely.geometry.shape(each["geometry"]) for each in features}


def drawn() -> Cells:
    """Blocks with a shared corner, a hole with a cell in it, an island, an overlap, and edges that lie on no round number."""
    ring = shapely.difference(block(4, 0, 3, 3), block(5, 1))
    slanted = shapely.affinity.rotate(block(8, 0, 2, 2), 17.3, origin=(118.75, 36.2))
    shapes = [block(0, 0), block(1, 0), block(0, 1), block(1, 1), ring, block(5, 1), shapely.union(block(8, 4), block(10, 4)),
              block(0.5, 0.5), slanted, shapely.affinity.translate(slanted, 0.0013, 0.0007), shapely.Polygon()]
    return {code_of(number + 1): shape for number, shape in enumerate(shapes)}


def delicate_points(cells: Cells, seed: int, free: int) -> list[tuple[float, float, float | None]]:
    """Vertices, middles of edges, points along edges, each also a last digit beside it, and points anywhere."""
    chance = random.Random(seed)
    rings = [shapely.get_coordinates(ring) for shape in cells.values() for ring in shapely.get_rings(shapely.get_parts(shape))]
    ends = np.concatenate([np.hstack([flat[:-1], flat[1:]]) for flat in rings])
    points = []

    def beside(value: float) -> float:
        return float(np.nextafter(value, chance.choice((-1e9, 1e9))))

    for ax, ay, bx, by in ends.tolist():
        share = chance.random()
        for x, y in ((ax, ay), ((ax + bx) / 2, (ay + by) / 2), (ax + share * (bx - ax), ay + share * (by - ay))):
            points.append((x, y))
            points.append((beside(x), beside(y)))
    west, south, east, north = shapely.total_bounds(list(cells.values())).tolist()
    points += [(chance.uniform(west - 0.01, east + 0.01), chance.uniform(south - 0.01, north + 0.01)) for _ in range(free)]
    return [(x, y, chance.choice((None, 1.0, 9.0, 38.0, 140.0))) for x, y in points]


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "free"), [(demonstration, 2000), (drawn, 2000), (lambda: TOWN, 2000)],
                         ids=["street", "drawn", "town"])
def test_phone_and_server_find_the_same_cell_for_every_point(page: Any, cells: Any, free: int) -> None:
    shapes = cells()
    index = CellIndex(list(shapes), list(shapes.values()), raster=False)
    points = delicate_points(shapes, seed=4, free=free)
    answers = page.evaluate(_ANSWERS, [pack_outlines(shapes).body.decode(), points])
    for (lon, lat, accuracy), (cell, how, candidates, nearest) in zip(points, answers, strict=True):
        found = index.locate(lon, lat, accuracy)
        assert (cell, how) == (found.cell_code, found.how.value), (lon, lat)
        assert [code for code, _ in candidates] == [each.code for each in found.candidates], (lon, lat, accuracy)
        assert [metres for _, metres in candidates] == pytest.approx([each.distance_m for each in found.candidates], abs=_HAIR_M)
        if found.cell_code is None and found.nearest_distance_m < 3000:
            assert nearest[0] == found.nearest_code, (lon, lat, nearest, found.nearest_distance_m)
            assert nearest[1] == pytest.approx(found.nearest_distance_m, abs=_HAIR_M)
    hows = {each[1] for each in answers}
    assert {"inside", "edge", "outside"} <= hows


def test_outlines_read_back_to_the_last_digit() -> None:
    odd = shapely.Polygon([(118.1 + 1e-14, 36.0), (118.2, 36.0 + 2**-47), (1 / 3 + 118, 36.7)])
    body = json.loads(pack_outlines({"2": odd, "1": shapely.Polygon()}).body)
    assert body["cells"][0] == ["1", []]
    assert body["cells"][1][1][0] == shapely.get_coordinates(odd).ravel().tolist()
