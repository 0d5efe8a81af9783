"""Layers of the map, and two months of it side by side, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gridmediate.domain.indicators import CellCounts
from gridmediate.maps import shell
from gridmediate.maps.frame import heat_frame, pack_counts, pack_geometry
from gridmediate.maps.labels import map_labels
from tests.maps.test_in_the_browser import Pages, heat_page, some_counts, street

PLACES = """data-tools="" data-places-url="/p" data-places-themes='[["schools","S"]]'"""
BOUNDS = (118.742, 36.2, 118.776, 36.222)


@pytest.fixture
def pages(chromium: Any) -> Iterator[Pages]:
    made = Pages(chromium, viewport={"width": 1200, "height": 800}, locale="zh-CN")
    yield made
    made.context.close()


def test_layers_are_chosen_by_keyboard_and_stand_in_the_address(pages: Pages) -> None:
    hostile = "<img src=x onerror=document.title='hit'>"
    pages.give("/p", json.dumps({"places": [["schools", hostile, hostile, 118.755, 36.21]]}))
    page = heat_page(pages, some_counts(72, 1), attributes=PLACES)
    page.locator(".gm-layer-menu summary").focus()
    page.keyboard.press("Enter")
    boxes = page.locator(".gm-layer-menu input")
    assert boxes.count() == 4  # no borders of streets where there is one street
    boxes.last.focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-gridmap]').gridMap.layers.marks.length === 1")
    boxes.first.uncheck()
    assert "layers=base%2Cschools" in page.url
    boxes.last.uncheck()
    boxes.first.check()
    assert "layers=" not in page.url
    assert page.title() == "t" and pages.faults == []


def pair_page(pages: Pages, counts: list[list[CellCounts | None]]) -> Any:
    geometry = pack_geometry(*street())
    pages.give("/g", geometry.body)
    frame = heat_frame(geometry.digest, [202610, 202611], counts, datetime(2026, 11, 23, tzinfo=UTC), exact=True)
    pages.give("/c", pack_counts(frame).body)
    shells = [shell.street_map_shell(BOUNDS) for _ in range(2)]
    wanted = (("", "", "month", "2026-11", shells[0]), ("data-gm-root", "follow", "compare", "2026-10", shells[1]))
    ones = [
        f'<section {root}><select data-gm-month><option>2026-10<option>2026-11</select>'
        f'<b data-gm-figures><i data-gm-figure="open"></i></b><div class="map-box" data-gridmap data-tools="{tools}" '
        f'data-month-name="{name}" data-month="{month}" data-geometry-url="/g" data-counts-url="/c">{parts.html}</div></section>'
        for root, tools, name, month, parts in wanted
    ]
    both = shell.MapParts(shells[0].html, shells[0].script + shells[1].script)
    page = pages.open(f'<div class="gm-page gm-pair" data-gm-root>{"".join(ones)}<div data-gm-legend></div></div>',
                      map_labels(str, "zh"), shell.GRID_MAP_SCRIPTS, both)
    page.wait_for_function("() => gridmediate.maps.every((map) => map.state.beside)")
    return page


def test_two_months_move_together_and_tell_one_cell_in_both(pages: Pages) -> None:
    then, now = CellCounts(mediating=3), CellCounts(mediating=7)
    page = pair_page(pages, [[then] * 72, [now] * 72])
    assert page.locator("[data-gm-figure=open]").all_inner_texts() == ["504", "216"]
    assert "compare=2026-10" in page.url
    apart = page.evaluate("""() => {
        const [lead, other] = gridmediate.maps;
        lead.map.setZoom(lead.map.getZoom() + 1, { animate: false });
        other.map.panBy([40, 25], { animate: false });
        return [lead.map.getCenter().distanceTo(other.map.getCenter()), lead.map.getZoom() - other.map.getZoom()];
    }""")
    assert apart[0] < 5 and apart[1] == 0
    page.evaluate("gridmediate.maps[1].picked({ cell: gridmediate.maps[1].state.grid.cells[5], by: 'pointer' })")
    card = page.locator(".gm-pop")
    assert card.count() == 1
    said = card.inner_text()
    assert said.index("2026年11月 7") < said.index("2026年10月 3")
    assert page.evaluate("gridmediate.maps[0].state.picked.index") == 5
    page.locator("[data-gm-month]").nth(1).select_option("2026-11")
    assert "compare=2026-11" in page.url and page.locator("[data-gm-figure=open]").all_inner_texts() == ["504", "504"]
    assert pages.faults == []
