"""What a leader asks of the map: where, why, who acts by when; at the desk, under a finger, on paper."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.journeys.screen import Screen
from tests.journeys.seen import seen

Sit = Callable[..., Screen]

pytestmark = pytest.mark.slow


def on_the_map(screen: Screen, path: str) -> Any:
    """Open a page with a map and wait until its cells stand."""
    screen.open(path).page.wait_for_selector("[data-gm-ready]")
    return screen.page


@seen("language", ["zh", "en"])
def test_one_look_tells_where_one_click_why_and_one_more_who_acts(sit: Sit, language: str) -> None:
    leader = sit("leader", "desk", language)
    page = on_the_map(leader, "/map")
    worst = page.locator(".gm-rank").first
    name, late_and_open = worst.locator(".gm-rank-name").inner_text(), worst.locator(".gm-rank-n").inner_text()
    late, open_now = map(int, re.findall(r"\d+", late_and_open))
    assert late > 0, "the list begins with what is late"
    worst.click()
    card = page.locator(".gm-pop")
    assert card.locator("h3").inner_text() == name
    leader.press(".gm-pop-link")
    rows = page.locator(".work-row")
    assert rows.count() == open_now, "the list holds what the map counted"
    told = [(rows.nth(each).locator(".work-next").inner_text(), rows.nth(each).locator(".work-when").inner_text())
            for each in range(rows.count())]
    assert all(who.strip() and when.strip() for who, when in told), "whose turn it is, and by when"


@seen("language", ["zh", "en"])
def test_the_whole_view_stands_in_the_address_and_its_twin_says_the_same(sit: Sit, language: str) -> None:
    leader = sit("leader", "desk", language)
    page = on_the_map(leader, "/map")
    page.locator("[data-gm-measure=overdue_share]").first.click()
    page.locator("[data-gm-months] input").first.focus()
    page.keyboard.press("ArrowLeft")
    address = page.url
    assert "measure=overdue_share" in address
    assert "month=" in address
    told = page.evaluate("""() => { const map = document.querySelector('[data-gridmap]').gridMap, { month, grid } = map.state;
      return Object.fromEntries(grid.cells.map((cell) => [cell.code, ['filed', 'accepted', 'mediating', 'late'].reduce(
        (sum, key) => sum + month[key].low[cell.index], 0)])); }""")
    again = sit("leader", "desk", language)
    assert on_the_map(again, address.removeprefix(again.home)).url == address, "the address that is sent opens the same view"
    leader.press(".heat-views a:has-text('Table'), .heat-views a:has-text('表格')")
    assert "month=" in page.url
    rows = page.evaluate("""() => Object.fromEntries(Array.from(document.querySelectorAll('tr[data-unit]'),
      (row) => [row.dataset.unit, Number(row.querySelector('.num b').textContent)]))""")
    assert rows == told
    assert sum(rows.values()) > 0


@seen("language", ["zh", "en"])
def test_a_finger_goes_from_the_street_to_the_cases_of_a_cell(sit: Sit, language: str) -> None:
    leader = sit("leader", "phone", language)
    page = on_the_map(leader, "/street")
    page.locator(".gm-rank").first.tap()
    said = page.locator(".gm-picked-link").inner_text()
    leader.press(".gm-picked-link")
    assert page.locator(".work-row, .case-card").count() == int(re.findall(r"\d+", said)[0])


@pytest.mark.parametrize("path", ["/map", "/map?view=table", "/map?view=levels", "/map?view=change", "/stuck",
                                  "/figures"])
def test_on_paper_each_page_says_what_it_is_and_nothing_is_cut(sit: Sit, path: str, tmp_path: Path) -> None:
    leader = sit("leader")
    page = leader.open(path).page
    if path in ("/map", "/map?view=change"):
        page.wait_for_selector("[data-gm-ready]")
    title, first = page.locator("h1").first.inner_text(), page.locator("main h2:visible").first.inner_text()
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheet = subprocess.run(["pdfinfo", tmp_path / "page.pdf"], check=True, capture_output=True, text=True).stdout
    assert "(A4)" in sheet
    words = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", tmp_path / "page.pdf", "-"], check=True, capture_output=True,
                           text=True).stdout.replace(" ", "")
    assert all("".join(said.split()) in words for said in (title.split("\n")[0], first)), words[:300]
    subprocess.run(["pdftoppm", "-r", "40", "-png", tmp_path / "page.pdf", tmp_path / "sheet"], check=True)
    sheets = [Image.open(each).convert("RGB") for each in sorted(tmp_path.glob("sheet*.png"))]
    assert all(_ink(each) > 0.002 for each in sheets), "no sheet is white"
    assert all(_edge(each) == 0 for each in sheets), "nothing runs off the paper"


def _ink(sheet: Any) -> float:
    """Return what part of a sheet is not white."""
    grey = sheet.convert("L").histogram()
    return float(sum(grey[:235]) / sum(grey))


def _edge(sheet: Any) -> int:
    """Return how many points of the outermost four millimetres are not white."""
    width, height = sheet.size
    rim = round(4 / 25.4 * 40)
    strips = [(0, 0, rim, height), (width - rim, 0, width, height), (0, 0, width, rim), (0, height - rim, width, height)]
    return sum(sum(sheet.crop(each).convert("L").histogram()[:235]) for each in strips)
