"""A map in one file, opened from the disk by a browser that gets nothing else: it draws, tells, and runs nobody's text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from gridmediate.maps import shell
from gridmediate.maps.single_file import FileKey, FilePage, FileShapes, single_file
from gridmediate.resources import static_folder

HOSTILE = "<img src=x onerror=document.title='hit'></script><script>document.title='hit'</script>第1网格"


def file_of(count: int, *, name: str = HOSTILE) -> bytes:
    across = round(count ** 0.5)
    # As many corners as cells of a street have.
    cells = [shapely.segmentize(shapely.box(118.7 + at % across / 500, 36.2 + at // across / 500, 118.702 + at % across / 500,
                                            36.202 + at // across / 500), 0.0004) for at in range(count)]
    rows = [[name if not at else f"第{at + 1}网格", f"99010100100{at:04d}", "锦溪社区", *["3"] * 14] for at in range(count)]
    legend = [FileKey("#CFA3C2", "3–4", "2 个"), FileKey(None, "无数据", "1 个")]
    page = FilePage("zh-CN", f"未结件数 {name}", "按网格", "未结", legend,
                    ["网格", "编码", "社区", *(f"列{at}" for at in range(14))], rows, ["合计", "", "", *["9"] * 14],
                    [("下载编号", "b088ad05"), ("来源", name)], ("#F1EDE4", "#A59C8A"), "地图", ("放大", "缩小"))
    shapes = FileShapes(cells, ["#CFA3C2" if at % 3 else None for at in range(count)], ["3"] * count,
                        [(name, shapely.union_all(cells)), ("另一社区", cells[-1])])
    read = [(static_folder() / each).read_text(encoding="utf-8") for each in
            (shell.LEAFLET_STYLE, "css/singlefile.css", shell.LEAFLET_SCRIPT, "js/map/singlefile.js")]
    return single_file(page, shapes, read[:2], read[2:])


def opened(chromium: Any, path: Path) -> tuple[Any, list[str]]:
    faults: list[str] = []
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda sent: faults.append(sent.url) if sent.url != path.as_uri() else None)
    page.route("**/*", lambda route: route.continue_() if route.request.url == path.as_uri() else route.abort())
    page.goto(path.as_uri())
    return page, faults


@pytest.mark.browser
def test_the_file_draws_and_tells_by_itself_and_runs_nobodys_text(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_bytes(file_of(9))
    page, faults = opened(chromium, path)
    cells = page.locator("path.leaflet-interactive")
    assert cells.count() == 9
    cells.first.hover()
    cells.first.press("Enter")
    card = page.locator(".sf-card")
    assert card.locator("h3").inner_text() == HOSTILE and card.locator("dd").count() == 16
    page.locator(".sf-table tbody tr").nth(4).click()
    assert card.last.locator("h3").inner_text() == "第5网格"
    assert page.locator(".leaflet-tooltip.sf-name").first.inner_text() == HOSTILE
    assert page.locator("img").count() == 0 and page.title().startswith("未结件数")
    page.emulate_media(media="print")
    assert page.locator(".sf-legend").is_visible() and page.locator("footer").inner_text().count("b088ad05") == 1
    assert faults == []
    page.context.close()


@pytest.mark.browser
def test_a_file_of_many_cells_stays_small_and_draws_on_a_canvas(chromium: Any, tmp_path: Path) -> None:
    few, many = file_of(72, name="第1网格"), file_of(2000, name="第1网格")
    assert len(few) < 500_000 and len(many) < 3_000_000
    path = tmp_path / "map.html"
    path.write_bytes(many)
    page, faults = opened(chromium, path)
    assert page.locator(".sf-map canvas").count() == 1 and faults == []
    page.locator(".sf-table tbody tr").nth(1234).click()
    assert page.locator(".sf-card h3").inner_text() == "第1235网格"
    page.context.close()
