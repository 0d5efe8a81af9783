"""The heat surface in a real browser: sums are kept, equal rates stay equal, and nothing but what the reader may know goes into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gridmediate.domain.indicators import CellCounts
from tests.maps.test_in_the_browser import Pages, heat_page, some_counts

#: What the surface holds of a view: sum over the pixels, extremes, and the sum of the cells' middles.
READ = """(view) => {
    const map = document.querySelector('[data-gridmap]').gridMap;
    map.state.view = view;
    map.state.surface = true;
    map.show();
    const { surface, state } = map;
    const shown = Array.from(surface.values).filter((value) => !Number.isNaN(value));
    const middle = state.grid.cells.reduce((sum, cell) => {
        const span = gridmediate.total(state.month, state.config.open, cell.index);
        return sum + (state.month.known[cell.index] ? (span.low + span.high) / 2 : 0);
    }, 0);
    return { sum: shown.reduce((all, each) => all + each, 0) * surface.smoother.pixelKm2, middle, pixels: shown.length,
             least: Math.min(...shown), most: Math.max(...shown), values: shown.map((each) => Number(each.toFixed(4))) };
}"""


@pytest.fixture
def pages(chromium: Any) -> Iterator[Pages]:
    made = Pages(chromium, viewport={"width": 1200, "height": 800}, locale="zh-CN")
    yield made
    made.context.close()


@pytest.mark.parametrize("exact", [True, False])
def test_the_surface_sums_to_the_cells_and_leaves_out_those_without_data(pages: Pages, exact: bool) -> None:
    page = heat_page(pages, some_counts(72, 2), exact=exact, attributes="data-tools")
    whole = page.evaluate(READ, "open")
    assert whole["sum"] == pytest.approx(whole["middle"], rel=0.01)
    gone = page.evaluate("""() => {
        const { surface, state } = document.querySelector('[data-gridmap]').gridMap;
        return Array.from(surface.values).filter((value, at) => surface.smoother.owner[at] >= 0
            && !state.month.known[surface.smoother.owner[at]] && !Number.isNaN(value)).length;
    }""")
    assert gone == 0 < whole["pixels"]
    assert pages.faults == []


def test_where_every_cell_has_the_same_rate_the_surface_has_it_everywhere(pages: Pages) -> None:
    page = heat_page(pages, [[CellCounts(mediating=3 * (1 + at % 4), late=1 + at % 4) for at in range(72)]], attributes="data-tools")
    rate = page.evaluate(READ, "overdue_share")
    assert rate["least"] == pytest.approx(25, abs=0.01) and rate["most"] == pytest.approx(25, abs=0.01)
    assert pages.faults == []


def test_two_towns_that_a_masked_reader_cannot_tell_apart_have_the_same_surface(pages: Pages) -> None:
    seen = []
    for small in (1, 2):
        counts: list[list[CellCounts | None]] = [[CellCounts(mediating=small if at % 2 else 7) for at in range(72)]]
        page = heat_page(pages, counts, exact=False, attributes="data-tools")
        seen.append(page.evaluate(READ, "open"))
    assert seen[0] == seen[1]
    assert "1.5" in page.locator("[data-gm-legend]").inner_text()


def test_cells_are_picked_under_the_surface_and_the_address_carries_it(pages: Pages) -> None:
    page = heat_page(pages, some_counts(72, 1), attributes="data-tools")
    page.locator(".gm-surface-choice button").nth(1).click()
    assert "surface=1" in page.url
    page.locator(".gm-cell[tabindex='0']").nth(4).focus()
    page.keyboard.press("Enter")
    assert page.locator(".gm-pop[role=dialog] h3").count() == 1
    page.locator("[data-gm-measure=alert]").click()
    assert page.locator(".gm-surface-choice").is_hidden() and page.locator(".gm-surfaced").count() == 0
    assert pages.faults == []
