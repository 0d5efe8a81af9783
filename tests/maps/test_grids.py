"""The demonstration street as it lies in data/grids."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

import shapely
from shapely.geometry import Point, Polygon, shape

from gridmediate.maps.basemap import BLOCK_KINDS, find_base_map, read_buildings, read_landmarks
from gridmediate.resources import grids_folder

FOLDER = grids_folder() / "liuxi"


def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))["features"]
    return found


def test_seventy_two_cells_cover_the_street_without_gap_or_overlap() -> None:
    cells = [shape(cell["geometry"]) for cell in features("cells.geojson")]
    assert len(cells) == 72
    assert shapely.coverage_is_valid(cells)
    street = shape(features("street.geojson")[0]["geometry"])
    assert shapely.symmetric_difference(shapely.coverage_union_all(cells), street).area < 1e-12


def test_codes_names_and_communities_agree() -> None:
    communities = {area["properties"]["code"]: area["properties"] for area in features("communities.geojson")}
    for cell in features("cells.geojson"):
        words = cell["properties"]
        assert words["code"].startswith(words["community"]) and len(words["code"]) == 15
        assert words["community"] in communities
        assert words["name_en"].isascii() and words["households"] >= 50
    assert communities["990101001006"]["name_en"] == "Jinxi Community"


def test_buildings_read_back_inside_their_cells() -> None:
    base = find_base_map(FOLDER)
    assert base is not None and len(base.buildings) == 12
    cells = {cell["properties"]["code"]: shape(cell["geometry"]) for cell in features("cells.geojson")}
    kinds: Counter[str] = Counter()
    for path in base.buildings.values():
        for building in read_buildings(path):
            kinds[building.kind] += 1
            assert Polygon(building.ring).is_valid
            assert cells[building.cell_code].buffer(2e-5).covers(Point(building.centre))
    assert kinds.total() == 2146 and kinds["slab"] == 838


def test_numbers_of_buildings_are_unique_in_a_cell_among_their_like() -> None:
    base = find_base_map(FOLDER)
    assert base is not None
    for path in base.buildings.values():
        counted = Counter((each.cell_code, each.kind in BLOCK_KINDS, each.number) for each in read_buildings(path) if each.number)
        assert max(counted.values()) == 1


def test_the_base_map_is_light_and_absent_elsewhere() -> None:
    base = find_base_map(FOLDER)
    assert base is not None
    assert len(gzip.compress(base.ground.read_bytes())) < 21_000
    assert max(len(gzip.compress(path.read_bytes())) for path in base.buildings.values()) < 12_000
    assert find_base_map(FOLDER.parent / "nowhere") is None


def test_landmarks_are_told_by_cell() -> None:
    assert read_landmarks(FOLDER)["990101001006005"] == ("锦溪花园", "Jinxi Garden")
    assert read_landmarks(FOLDER.parent / "nowhere") == {}
