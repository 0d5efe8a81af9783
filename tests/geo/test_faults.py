"""Every fault of a sheet is found, at once, with its size, its place and its words."""

import json

import pytest
import shapely

from gridmediate.geo.cells import read_cells
from gridmediate.geo.crs import metres_per_degree
from gridmediate.geo.faults import FaultKind, Severity, faults_as_geojson, find_faults
from tests.geo.drawn import LA, OUDER_AMSTEL, SOUTH, STEP, WEST, a_sheet, block, code_of

SOUND = [block(0, 0), block(1, 0), block(0, 1), block(1, 1)]
#: One step by one step in square metres, by the ellipsoid.
STEP_M2 = metres_per_degree(SOUTH)[0] * metres_per_degree(SOUTH)[1] * STEP * STEP


def kinds(faults):
    return [(fault.kind, fault.severity) for fault in faults]


def the_one(faults, kind):
    found = [fault for fault in faults if fault.kind is kind]
    assert len(found) == 1, kinds(faults)
    return found[0]


def test_a_sound_sheet_has_no_fault_even_in_its_place():
    assert find_faults(a_sheet(SOUND), expected_place=block(0, 0, 2, 2)) == ()


def test_an_overlap_is_measured_in_square_metres_and_said_as_in_the_drawing():
    fault = the_one(find_faults(a_sheet([block(0, 0), block(0.75, 0)])), FaultKind.OVERLAP)
    assert fault.severity is Severity.MUST and fault.codes == (code_of(1), code_of(2))
    assert fault.area_m2 == pytest.approx(STEP_M2 / 4, rel=1e-3)
    assert fault.geometry.equals(block(0.75, 0, 0.25)) or fault.geometry.symmetric_difference(block(0.75, 0, 0.25)).area < 1e-14
    assert fault.phrase.say("zh") == f"第1网格与第2网格重叠 {fault.area_m2:,.0f} 平方米"
    assert fault.phrase.say("en").startswith("第1网格 and 第2网格 overlap by 2,")


def test_an_enclosed_gap_is_a_must_with_the_cells_round_it():
    ring = [block(0, 0, 3), block(0, 1, 1.4), block(1.6, 1, 1.4), block(0, 2, 3)]
    fault = the_one(find_faults(a_sheet(ring)), FaultKind.GAP)
    assert fault.severity is Severity.MUST and len(fault.codes) == 4
    assert fault.area_m2 == pytest.approx(STEP_M2 * 0.2, rel=1e-3)
    assert "之间有缝" in fault.phrase.say("zh")


def test_a_hole_in_one_cell_is_a_gap_unless_an_island_fills_it():
    drilled = block(0, 0, 3, 3).difference(block(1, 1, 0.5, 0.5))
    assert "里面有缝" in the_one(find_faults(a_sheet([drilled])), FaultKind.GAP).phrase.say("zh")
    assert find_faults(a_sheet([drilled, block(1, 1, 0.5, 0.5)])) == ()


def test_a_gap_as_large_as_a_cell_is_noted_as_a_void():
    ring = [block(0, 0, 3), block(0, 1), block(2, 1), block(0, 2, 3)]
    fault = the_one(find_faults(a_sheet(ring)), FaultKind.GAP)
    assert fault.severity is Severity.NOTE and "空处" in fault.phrase.say("zh")


def test_slivers_below_the_tolerance_are_one_note():
    hair = 5e-6
    sheet = a_sheet([block(0, 0, 1 + hair), block(1, 0), block(0, 1, 1 + hair), block(1, 1)])
    fault = the_one(find_faults(sheet), FaultKind.SLIVERS)
    assert fault.severity is Severity.NOTE and fault.geometry is None and "细小重叠" in fault.phrase.say("zh")


def test_a_crossed_ring_is_shown_where_it_crosses_and_hides_no_other_fault():
    bow = shapely.Polygon([(WEST, SOUTH), (WEST + STEP, SOUTH + STEP), (WEST + STEP, SOUTH), (WEST, SOUTH + STEP)])
    faults = find_faults(a_sheet([bow, block(0.75, 0), block(0.75, 0.5)]))
    fault = the_one(faults, FaultKind.RING)
    assert fault.severity is Severity.MUST and fault.geometry.distance(shapely.Point(WEST + STEP / 2, SOUTH + STEP / 2)) < 1e-9
    assert "自相交" in fault.phrase.say("zh") and "crosses itself" in fault.phrase.say("en")
    assert [each.kind for each in faults].count(FaultKind.OVERLAP) == 3


def test_codes_missing_double_and_against_the_pattern_are_told_apart():
    faults = find_faults(a_sheet(SOUND, codes=["", code_of(7), code_of(7), "12-3"]))
    assert the_one(faults, FaultKind.CODE_MISSING).rows == (0,)
    double = the_one(faults, FaultKind.CODE_REPEATS)
    assert double.rows == (1, 2) and double.phrase.say("zh") == "第2网格与第3网格编码相同"
    assert double.advice.say("zh").startswith(f"{code_of(7)} 出现 2 次")
    assert the_one(faults, FaultKind.CODE_PATTERN).codes == ("12-3",)
    assert find_faults(a_sheet(SOUND, codes=["1", "2", "3", "4"]), code_pattern=r"\d") == ()


def test_empty_and_tiny_cells_are_told_by_how_small_they_are():
    faults = find_faults(a_sheet([*SOUND, None, shapely.Polygon(), block(3, 0, 0.05, 0.05), block(4, 0, 0.005, 0.005)]))
    assert [(each.kind, each.severity, each.rows) for each in faults] == [
        (FaultKind.EMPTY, Severity.MUST, (4,)), (FaultKind.EMPTY, Severity.MUST, (5,)), (FaultKind.TINY, Severity.MUST, (7,)),
        (FaultKind.TINY, Severity.NOTE, (6,)),
    ]


def test_what_lies_outside_the_place_and_what_of_it_has_no_cell_are_faults():
    faults = find_faults(a_sheet([block(0, 0), block(1, 0), block(9, 9)]), expected_place=block(0, 0, 1.5, 2))
    outside = [(fault.codes, fault.phrase.code) for fault in faults if fault.kind is FaultKind.OUTSIDE]
    assert sorted(outside) == [((code_of(2),), "cells.outside"), ((code_of(3),), "cells.outside-wholly")]
    uncovered = the_one(faults, FaultKind.UNCOVERED)
    assert uncovered.severity is Severity.MUST and uncovered.area_m2 == pytest.approx(STEP_M2 * 1.5, rel=1e-3)


def test_a_strip_of_less_than_a_metre_over_the_border_is_noted():
    fault = the_one(find_faults(a_sheet([block(0, 0, 1.005)]), expected_place=block(0, 0)), FaultKind.OUTSIDE)
    assert fault.severity is Severity.NOTE and "越出辖区约 0.4 米" in fault.phrase.say("zh")


def test_parts_names_and_households_are_noted_and_never_stop_an_import():
    sheet = a_sheet(
        [shapely.union(block(0, 0), block(3, 0)), block(1, 0)], names=["甲", ""], households=[None, 10]
    )
    faults = find_faults(sheet)
    assert kinds(faults) == [
        (FaultKind.MULTIPART, Severity.NOTE), (FaultKind.NAME_MISSING, Severity.NOTE),
        (FaultKind.HOUSEHOLDS_MISSING, Severity.NOTE),
    ]
    assert faults[2].phrase.say("zh") == "1 格没写户数：甲"


def test_the_geojson_numbers_the_faults_as_the_list_does_and_places_each_number():
    faults = find_faults(a_sheet([block(0, 0), block(0.75, 0), None], households=[1, 2, None]))
    read = json.loads(json.dumps(faults_as_geojson(faults, "en"), allow_nan=False))
    assert [each["properties"]["number"] for each in read["features"]] == [1, 2, 3]
    by_kind = {each["properties"]["kind"]: each for each in read["features"]}
    overlap = by_kind["overlap"]
    assert shapely.geometry.shape(overlap["geometry"]).contains(shapely.Point(overlap["properties"]["label"]))
    assert overlap["properties"]["severity"] == "must" and overlap["properties"]["codes"] == [code_of(1), code_of(2)]
    assert by_kind["empty"]["geometry"] is None and by_kind["empty"]["properties"]["label"] is None


@pytest.mark.skipif(not LA.exists(), reason="the councils of Los Angeles are not on this machine")
def test_the_192_overlaps_of_los_angeles_are_found_with_the_gaps_between():
    sheet = read_cells(LA / "la_neighborhood_councils.geojson")
    faults = find_faults(sheet, code_pattern=r"\d+")
    overlaps = [fault for fault in faults if fault.kind is FaultKind.OVERLAP]
    assert len(overlaps) == 192 and overlaps[0].area_m2 == pytest.approx(8.1e6, rel=0.01)
    assert sum(1 for fault in faults if fault.kind is FaultKind.GAP) > 900
    assert the_one(faults, FaultKind.SLIVERS)


@pytest.mark.skipif(not OUDER_AMSTEL.exists(), reason="the Dutch parcels (EPSG:28992) are not on this machine")
def test_parcels_with_next_to_no_area_are_found():
    faults = find_faults(read_cells(OUDER_AMSTEL, "kot_identi"), code_pattern=r".+")
    assert [fault.severity for fault in faults if fault.kind is FaultKind.TINY].count(Severity.MUST) == 1
    assert sum(1 for fault in faults if fault.kind is FaultKind.TINY) == 35
