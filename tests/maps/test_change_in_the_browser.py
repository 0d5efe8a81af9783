"""The map of changes in a real browser: it draws and tells what the table's rows say, by mouse and by list, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gridmediate.domain.comparing import Stands
from gridmediate.maps import shell
from gridmediate.maps.frame import pack_geometry
from gridmediate.maps.labels import map_labels
from tests.maps.test_in_the_browser import HOSTILE, Pages, street


@pytest.fixture
def pages(chromium: Any) -> Iterator[Pages]:
    made = Pages(chromium, viewport={"width": 1200, "height": 800}, locale="zh-CN")
    yield made
    made.context.close()


def test_the_map_of_changes_tells_what_its_rows_say(pages: Pages) -> None:
    cells, areas = street(hostile=True)
    rows: list[dict[str, Any]] = [
        {"code": cell.code, "stands": stands.value, "sentence": f"1 → {at} {HOSTILE}", "before": "1–2", "now": str(at)}
        for at, (cell, stands) in enumerate(zip(cells, list(Stands) * 20, strict=False))
    ][:-1]
    pages.give("/g", pack_geometry(cells, areas).body)
    pages.give("/ch", json.dumps({"rows": rows, "labels": {stands.value: stands.value for stands in Stands}}).encode())
    parts = shell.street_map_shell((118.742, 36.2, 118.776, 36.222))
    page = pages.open(
        '<div class="gm-page"><div class="map-box" data-gridmap data-kind="change" data-geometry-url="/g" data-change-url="/ch" '
        'data-inside-url-template="/in?street={cell}">' + str(parts.html) + "</div>"
        '<aside class="gm-side"><ol data-gm-ranking data-gm-limit="5" data-none="-"></ol></aside></div>',
        map_labels(str, "zh"), shell.CHANGE_MAP_SCRIPTS, parts)
    order = ["unclear", "few", "cold", "hot", "fewer", "more"]
    drawn = page.evaluate("Array.from(document.querySelector('[data-gridmap]').gridMap.state.classes)")
    by_code = {row["code"]: row["stands"] for row in rows}
    assert drawn == [order.index(found) if (found := by_code.get(cell.code, "")) in order else -1 for cell in cells]
    assert page.locator(".gm-rank").count() == 5
    page.locator(".gm-rank").nth(1).click()
    card = page.locator(".gm-pop")
    assert rows[1]["sentence"] in card.inner_text() and card.locator("img").count() == 0
    assert card.locator("a").get_attribute("href") == f"/in?street={rows[1]['code']}"
    assert page.title() != "hit" and pages.faults == []
