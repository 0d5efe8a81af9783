"""The map in Chromium: ours, and the same cells as folium draws them unasked, in turns.

folium's own page fetches its parts from other hosts; here it gets our copy of Leaflet and nothing else, which spares it time.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from benchmarks.phone import chromium
from benchmarks.report import table
from benchmarks.world import COUNTY, PASSWORD
from gridmediate.geo.measure import geojson_of
from gridmediate.maps.lean_folium import folium
from gridmediate.resources import static_folder
from gridmediate.services.grid import Grid

_ROUNDS = 3
_COLOURS = ("#eef3f2", "#cfe3df", "#9fc9c1", "#5fa79b", "#0f5f58")
#: When the cells were on the screen: two frames after the page says so.
_WATCH = """() => {
  const look = () => {
    const box = document.querySelector('[data-gm-ready], .folium-done');
    if (box) requestAnimationFrame(() => requestAnimationFrame(() => { window.drawnAt = performance.now(); }));
    else setTimeout(look, 4);
  };
  look();
}"""
_RESTYLED = """async () => {
  const links = [...document.querySelectorAll('[data-gm-measure]')].filter((each) => !each.classList.contains('on'));
  const link = links.find((each) => each.getAttribute('data-gm-measure') === 'per_1000') || links[0];
  const began = performance.now();
  link.click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - began;
}"""


def drawn(port: int, grid: Grid, folder: Path) -> str:
    """Draw all cells and return the times in Markdown."""
    peer = folder / "folium.html"
    peer.write_text(_as_folium_does(grid), encoding="utf-8")
    ours: list[float] = []
    restyled: list[float] = []
    theirs: list[float] = []
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(180_000)
        home = f"http://127.0.0.1:{port}"
        page.goto(f"{home}/sign-in")
        page.fill("[name=login]", "county")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
        other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        for _ in range(_ROUNDS):
            ours.append(_time(page, f"{home}/map?street={COUNTY}&level=cell"))
            restyled.append(page.evaluate(_RESTYLED))
            theirs.append(_time(other, peer.as_uri()))
    rows = [
        [f"{len(grid.cells):,} cells drawn, ours", f"{min(ours):.0f}", ""],
        ["the same restyled", f"{min(restyled):.0f}", ""],
        ["the same as folium draws them", f"{min(theirs):.0f}",
         f"{min(theirs) / min(ours):.1f} × ours; {peer.stat().st_size:,} bytes"],
    ]
    return "\n" + table(["in Chromium, the best of three", "ms", ""], rows)


def _time(page: Any, address: str) -> float:
    page.goto(address, wait_until="commit")
    page.evaluate(_WATCH)
    # Asked over and over: a condition that waits in the page would need what its policy refuses.
    while not (at := page.evaluate("window.drawnAt || 0")):
        time.sleep(0.05)
    return float(at)


def _as_folium_does(grid: Grid) -> str:
    """Return a page of folium with the cells embedded and coloured, its foreign parts replaced by our Leaflet."""
    features = [{"type": "Feature", "properties": {"colour": _COLOURS[at % 5]}, "geometry": geojson_of(outline)}
                for at, outline in enumerate(grid.outlines.values())]
    middle = next(iter(grid.outlines.values())).centroid
    sheet = folium.Map(location=[middle.y, middle.x], zoom_start=9, tiles=None)
    folium.GeoJson({"type": "FeatureCollection", "features": features},
                   style_function=lambda each: {"fillColor": each["properties"]["colour"], "weight": 1, "fillOpacity": 0.8},
                   ).add_to(sheet)
    sheet.fit_bounds(_corners(grid))
    page = re.sub(r'<(?:script src|link rel="stylesheet" href)="http[^>]*>(?:</script>)?', "", sheet.get_root().render())
    leaflet = Path(static_folder()) / "vendor" / "leaflet"
    parts = (f"<style>{(leaflet / 'leaflet.css').read_text(encoding='utf-8')}</style>"
             f"<script>{(leaflet / 'leaflet.js').read_text(encoding='utf-8')}</script>")
    done = "<script>document.body.classList.add('folium-done')</script></html>"
    return page.replace("<head>", f"<head>{parts}", 1).replace("</html>", done, 1)


def _corners(grid: Grid) -> list[list[float]]:
    boxes = [outline.bounds for outline in grid.outlines.values()]
    west, south, east, north = zip(*boxes, strict=True)
    return [[min(south), min(west)], [max(north), max(east)]]
