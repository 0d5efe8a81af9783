"""Those who keep the house: a file with faults, what the county may know, who did what; on both sizes and in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from gridmediate.resources import grids_folder
from tests.journeys.screen import Screen
from tests.journeys.seen import seen

Sit = Callable[..., Screen]
PLACES = seen(("language", "size"), [("zh", "desk"), ("en", "phone")])


def a_broken_file(folder: Path) -> Path:
    """Return the street's cells with one code twice, one ring that crosses itself, and one cell laid over its neighbour."""
    cells = json.loads((grids_folder() / "liuxi" / "cells.geojson").read_text(encoding="utf-8"))
    first, second, third = cells["features"][:3]
    second["properties"]["code"] = first["properties"]["code"]
    ring = third["geometry"]["coordinates"][0]
    west, south = ring[0]
    east, north = west + 0.002, south + 0.002
    third["geometry"]["coordinates"] = [[[west, south], [east, north], [east, south], [west, north], [west, south]]]
    path = folder / "cells.geojson"
    path.write_text(json.dumps(cells, ensure_ascii=False), encoding="utf-8")
    return path


@PLACES
def test_a_broken_file_of_cells_is_told_fault_by_fault(sit: Sit, tmp_path: Path, language: str, size: str) -> None:
    admin = sit("admin", size, language).open("/grid/import")
    admin.page.locator("main input[type=file]").set_input_files(a_broken_file(tmp_path))
    admin.press("main form button.btn-primary")
    for _ in range(2):
        if admin.count("[data-faultsmap]"):
            break
        admin.press("main form button.btn-primary")
    admin.page.locator("[data-gm-ready]").wait_for()
    assert len(re.findall("990101001001001", admin.text("main"))) >= 1
    assert admin.count("[data-gm-fault]") >= 3
    assert admin.count("main form[action$='/effect'] button:not([disabled])") == 0, "faults stand in the way"
    admin.open("/grid")
    assert admin.count("main table tbody tr") >= 12


@PLACES
def test_the_county_sees_small_counts_as_a_range_and_no_door_to_a_case(sit: Sit, language: str, size: str) -> None:
    county = sit("county", size, language).open("/map?view=table")
    assert "1–2" in county.text("tbody")
    assert county.page.locator("tbody .num b").all_inner_texts().count("1") == 0
    assert county.count("main a[href*='/cases']") == 0
    county.open("/map").page.locator("[data-gm-ready]").wait_for()
    county.page.locator(".gm-rank").first.click()
    county.look()
    assert county.count("main a[href*='/cases']") == 0
    with county.refused(403):
        county.open("/cases")


@PLACES
def test_the_auditor_verifies_the_record_and_reads_no_story(sit: Sit, language: str, size: str) -> None:
    auditor = sit("auditor", size, language).open("/audit").press("a[href='/audit/verify']")
    auditor.press("main form button.btn-primary")
    assert auditor.count("main .banner--ok, main .status--settled") >= 1
    with auditor.refused(403):
        auditor.open("/cases")
