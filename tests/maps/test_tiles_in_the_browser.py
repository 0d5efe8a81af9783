"""Tiles under the cells in a real browser under the page's own policy, and positions of phones that shift them."""

from __future__ import annotations

import gzip
import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gridmediate.domain.vocabulary import Datum
from gridmediate.geo.crs import to_wgs84
from gridmediate.geo.datums import wgs84_to_gcj02
from gridmediate.maps import shell
from gridmediate.maps.frame import pack_geometry
from gridmediate.maps.labels import place_labels
from tests.maps.made_tiles import BOUNDS, a_vector_tile, picture
from tests.maps.test_in_the_browser import HOME, Pages, street

LIBRARY = "/static/vendor/protomaps-leaflet/protomaps-leaflet.js"
FIELDS = ("lon", "lat", "accuracy_m", "datum", "place_method")


class Wmts(BaseHTTPRequestHandler):
    """A stand-in for a map service: answers a KVP GetTile, and keeps who asked from where."""

    asked: list[tuple[dict[str, list[str]], str]] = []  # noqa: RUF012 - of the class, which the server makes anew for each request
    status = 200

    def do_GET(self) -> None:
        """Answer a tile."""
        type(self).asked.append((parse_qs(urlsplit(self.path).query), self.headers.get("Referer", "")))
        body = picture() if self.status == 200 else b""
        self.send_response(self.status)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def wmts() -> Iterator[str]:
    """A map service on this machine; without https, which only the settings insist on."""
    Wmts.asked, Wmts.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wmts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def pages(chromium: Any) -> Iterator[Pages]:
    made = Pages(chromium, viewport={"width": 900, "height": 800}, locale="zh-CN", reduced_motion="reduce")
    yield made
    made.context.unroute_all(behavior="ignoreErrors")
    made.context.close()


def place_page(pages: Pages, **data: str) -> Any:
    cells, areas = street()
    pages.give("/g", pack_geometry(cells, areas).body)
    pages.give("/locate", json.dumps({"cell": None, "candidates": [], "nearest": None}))
    parts = shell.street_map_shell((118.742, 36.2, 118.776, 36.222))
    told = "".join(f" data-{name.replace('_', '-')}='{value}'" for name, value in data.items())
    fields = "".join(f'<input type="hidden" name="{name}" data-gm-field="{name}">' for name in FIELDS)
    return pages.open(
        f'<form class="gm-place"><div class="map-box" data-placemap data-geometry-url="/g" data-locate-url="/locate"{told}>'
        f'{parts.html}</div><h2 data-gm-question></h2><p data-gm-say></p><div data-gm-choices></div>{fields}</form>',
        place_labels(str, "zh"), shell.PLACE_MAP_SCRIPTS, parts)


def is_drawn(page: Any) -> bool:
    drawn: bool = page.evaluate("document.querySelector('[data-placemap]').placeMap.drawn()")
    return drawn


def test_layers_of_a_map_service_come_under_the_policy_with_credit_and_review_number(wmts: str, pages: Pages) -> None:
    pages.beyond, pages.policy = wmts, pages.policy.replace("img-src 'self'", f"img-src 'self' {wmts}")
    layers = [f"{wmts}/{name}_w/wmts?LAYER={name}&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk=k" for name in ("vec", "cva")]
    page = place_page(pages, tile_layers=json.dumps(layers), tile_kind="raster", tile_zooms="1,18", tile_failed="没有来",
                      map_review="审图号：鲁S(2026)012号", tile_credit="天地图")
    page.wait_for_selector(".leaflet-gm-tiles-pane img.leaflet-tile-loaded >> nth=7")
    assert not is_drawn(page)
    assert page.locator(".gm-credit").inner_text().split() == ["天地图", "审图号：鲁S(2026)012号"]
    assert {query["LAYER"][0] for query, _ in Wmts.asked} == {"vec", "cva"}
    # The service learns which site asks, as its keys need, and nothing of the page.
    assert {referer for _, referer in Wmts.asked} <= {f"{HOME}/", ""}
    assert pages.faults == []


def test_where_tiles_do_not_come_it_is_said_once_and_the_drawn_ground_comes_back(wmts: str, pages: Pages) -> None:
    Wmts.status = 502
    pages.beyond, pages.policy = wmts, pages.policy.replace("img-src 'self'", f"img-src 'self' {wmts}")
    page = place_page(pages, tile_layers=json.dumps([f"{wmts}/{{z}}/{{x}}/{{y}}"]), tile_kind="raster", tile_zooms="1,18",
                      tile_failed="没有来")
    page.wait_for_selector(".gm-no-tiles")
    look = "document.querySelector('[data-placemap]').placeMap.map.setView([36.21, {}], 16, {{ animate: false }})"
    page.evaluate(look.format(118.75))
    page.wait_for_load_state("networkidle")
    assert page.locator(".gm-no-tiles").all_inner_texts() == ["没有来"] and is_drawn(page)
    Wmts.status = 200
    page.evaluate(look.format(118.77))
    page.wait_for_selector(".gm-no-tiles", state="detached", timeout=5000)
    assert not is_drawn(page)


def test_a_hole_in_a_file_of_ours_is_no_failure(pages: Pages) -> None:
    pages.give("/holes", b"", "image/png")
    page = place_page(pages, tile_layers=json.dumps(["/holes?{z}-{x}-{y}"]), tile_kind="raster", tile_zooms="1,18",
                      tile_failed="没有来", tile_bounds=json.dumps(BOUNDS))
    assert page.locator(".gm-no-tiles").count() == 0


def test_vector_tiles_are_drawn_without_a_breach_of_the_policy(pages: Pages) -> None:
    pages.give("/vectors", gzip.decompress(a_vector_tile()), "application/vnd.mapbox-vector-tile")
    page = place_page(pages, tile_layers=json.dumps(["/vectors?{z}/{x}/{y}"]), tile_kind="vector", tile_zooms="10,15",
                      tile_failed="没有来", tile_bounds=json.dumps(BOUNDS), tile_library=LIBRARY)
    page.wait_for_selector(".leaflet-gm-tiles-pane canvas.leaflet-tile-loaded")
    colours = page.evaluate("""() => {
        const seen = new Set();
        document.querySelectorAll('.leaflet-gm-tiles-pane canvas').forEach((tile) => {
            if (!tile.width) return;
            const { data } = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height);
            for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 4).join());
        });
        return seen.size;
    }""")
    assert colours > 2  # the ground and a road across it
    assert page.locator(".gm-no-tiles").count() == 0 and not is_drawn(page)
    assert pages.faults == []


def test_phone_and_server_undo_the_shift_alike(pages: Pages) -> None:
    page = place_page(pages)
    chance = random.Random(4)
    points = [(chance.uniform(72, 138), chance.uniform(0.5, 56)) for _ in range(3000)]
    points += [(chance.uniform(-180, 180), chance.uniform(-85, 85)) for _ in range(1000)]
    points += [(72.004, 30.0), (137.8347, 30.0), (105.0, 35.0), (118.76, 36.21)]
    told = page.evaluate("(points) => points.map(([lon, lat]) => window.gridmediate.toWgs84(lon, lat, 'gcj02'))", points)
    most = max(abs(a - b) for point, there in zip(points, told, strict=True)
               for a, b in zip(to_wgs84(*point, Datum.GCJ02), there, strict=True))
    assert most < 1e-7
    assert page.evaluate("window.gridmediate.toWgs84(118.76, 36.21, 'wgs84')") == [118.76, 36.21]


def test_a_shifted_reading_is_drawn_where_it_is_and_sent_as_it_came(pages: Pages) -> None:
    true = (118.7600, 36.2110)
    lon, lat = wgs84_to_gcj02(*true)
    pages.context.grant_permissions(["geolocation"], origin=HOME)
    pages.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 12})
    page = place_page(pages, position_datum="gcj02")

    def sent() -> dict[str, str]:
        return {name: page.locator(f"[data-gm-field={name}]").input_value() for name in FIELDS}

    def dot() -> list[float]:
        page.locator(".gm-locate").click()
        page.wait_for_selector(".gm-here-dot")
        at: dict[str, float] = page.evaluate("document.querySelector('[data-placemap]').placeMap.at")
        return [at["lon"], at["lat"]]

    assert dot() == pytest.approx(true, abs=1e-6)
    assert sent() == {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "accuracy_m": "12", "datum": "gcj02", "place_method": "position"}
    # A tap is on our own map, whatever the phone's positions are.
    page.evaluate("document.querySelector('[data-placemap]').placeMap.tap(L.latLng(36.21, 118.75))")
    assert {name: sent()[name] for name in ("lon", "datum", "place_method")} == {
        "lon": "118.750000", "datum": "wgs84", "place_method": "map"}
    # What this browser was told goes before the office's setting.
    page.evaluate("window.gridmediate.keepDatum('wgs84')")
    assert dot() == pytest.approx((lon, lat), abs=1e-6)
    assert sent()["datum"] == "wgs84"
