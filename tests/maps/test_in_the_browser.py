"""The scripts in a real browser under the page's own policy: same decisions as the rules, keyboard, no foreign request."""

from __future__ import annotations

import json
import mimetypes
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely

from gridmediate.domain.indicators import MEASURES as RULES
from gridmediate.domain.indicators import CellCounts, MeasureName, alert_level, class_of, measure, read_counts
from gridmediate.maps import shell
from gridmediate.maps.basemap import find_base_map
from gridmediate.maps.frame import AreaShape, CellShape, heat_frame, pack_counts, pack_geometry
from gridmediate.maps.labels import map_labels, place_labels
from gridmediate.maps.outlines import pack_outlines
from gridmediate.resources import grids_folder, static_folder

HOME = "http://localhost"
POLICY = ("default-src 'none'; script-src 'self' 'nonce-n'; style-src 'self' 'nonce-n'; img-src 'self' data: blob:; "
          "connect-src 'self'; base-uri 'none'; form-action 'self'")
HOSTILE = "<img src=x onerror=document.title='hit'>第5网格"
STYLES = ("css/tokens.css", "css/base.css", shell.LEAFLET_STYLE, shell.MAP_STYLE, shell.HEAT_STYLE)


def street(hostile: bool = False) -> tuple[list[CellShape], list[AreaShape]]:
    folder = grids_folder() / "liuxi"
    features = json.loads((folder / "cells.geojson").read_text(encoding="utf-8"))["features"]
    words = [each["properties"] for each in features]
    cells = [CellShape(said["code"], HOSTILE if hostile else said["name"], shapely.geometry.shape(each["geometry"]),
                       name_en=said["name_en"], community=said["community"], households=said["households"],
                       landmark=said["landmark"])
             for said, each in zip(words, features, strict=True)]
    areas = json.loads((folder / "communities.geojson").read_text(encoding="utf-8"))["features"]
    return cells, [AreaShape(each["properties"]["code"], each["properties"]["name"], buildings=True) for each in areas]


def some_counts(cells: int, months: int) -> list[list[CellCounts | None]]:
    chance = random.Random(11)

    def one() -> CellCounts | None:
        if chance.random() < 0.05:
            return None
        filed, accepted, mediating, late, settled, ended = (int(chance.expovariate(0.8)) for _ in range(6))
        return CellCounts(filed, accepted, mediating, late, settled, ended, grave=int(chance.random() < 0.1))

    return [[one() for _ in range(cells)] for _ in range(months)]


class Pages:
    """Answers the browser's requests from memory and keeps what went wrong."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.bodies: dict[str, tuple[bytes, str]] = {}
        self.faults: list[str] = []
        #: Another host that pages of this test may ask, and what the page's policy says of it.
        self.beyond = "nobody"
        self.policy = POLICY
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.context.route("**/*", self.answer)

    def answer(self, route: Any) -> None:
        path = route.request.url.removeprefix(HOME).partition("?")[0]
        if route.request.url.startswith(self.beyond):
            route.fulfill(response=route.fetch())  # itself Chromium asks no loopback host for a page that came from nowhere
        elif not route.request.url.startswith(HOME + "/"):
            self.faults.append(f"asked for {route.request.url}")
            route.abort()
        elif path.startswith("/static/"):
            file = static_folder() / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(path)[0] or "text/plain")
        else:
            body, kind = self.bodies[path]
            route.fulfill(body=body, content_type=kind, headers={"Content-Security-Policy": self.policy, "Content-Type": kind})

    def give(self, path: str, content: bytes | str, kind: str = "application/json") -> None:
        self.bodies[path] = (content.encode() if isinstance(content, str) else content, kind)

    def open(self, body: str, words: dict[str, Any], scripts: tuple[str, ...], parts: shell.MapParts) -> Any:
        links = "".join(f'<link rel="stylesheet" href="/static/{name}">' for name in STYLES)
        files = "".join(f'<script defer src="/static/{name}"></script>' for name in scripts)
        said = json.dumps(words).replace("<", "\\u003c")
        self.give("/page", '<!doctype html><html lang="zh" class="js"><head><meta charset="utf-8"><title>t</title>'
                           f'<link rel="icon" href="data:,">{links}<script src="/static/{shell.LEAFLET_SCRIPT}"></script>{files}'
                           f'</head><body>{body}'
                           f'<script type="application/json" data-gm-words>{said}</script>'
                           f'<script nonce="n">{parts.script}</script></body></html>',
                  "text/html; charset=utf-8")
        self.page.goto(f"{HOME}/page")
        self.page.wait_for_selector("[data-gm-ready]", timeout=20_000)
        return self.page


@pytest.fixture
def pages(chromium: Any) -> Iterator[Pages]:
    made = Pages(chromium, viewport={"width": 1200, "height": 800}, locale="zh-CN")
    yield made
    made.context.close()


def heat_page(pages: Pages, counts: list[list[CellCounts | None]], *, exact: bool = True, hostile: bool = False,
              attributes: str = "") -> Any:
    cells, areas = street(hostile)
    geometry = pack_geometry(cells, areas)
    months = [202609 + at for at in range(len(counts))]
    base = find_base_map(grids_folder() / "liuxi")
    assert base is not None
    pages.give("/g", geometry.body)
    frame = heat_frame(geometry.digest, months, counts, datetime(2026, 11, 23, tzinfo=UTC), exact=exact)
    pages.give("/c", pack_counts(frame).body)
    pages.give("/base", base.ground.read_bytes())
    parts = shell.street_map_shell((118.742, 36.2, 118.776, 36.222))
    return pages.open(
        '<a href="?measure=alert" data-gm-measure="alert">a</a><div class="gm-page">'
        f'<div class="map-box" data-gridmap {attributes} data-geometry-url="/g" data-counts-url="/c" data-basemap-url="/base" '
        'data-cases-url-template="/cases?cell={cell}">' + str(parts.html) + "</div>"
        '<div class="gm-months" data-gm-months></div><aside class="gm-side">'
        '<div data-gm-figures><b data-gm-figure="open"></b></div>'
        "<div data-gm-legend></div><ol data-gm-ranking></ol></aside></div>", map_labels(str, "zh"), shell.GRID_MAP_SCRIPTS, parts)


@pytest.mark.parametrize("exact", [True, False])
def test_browser_and_rules_put_every_cell_in_the_same_class(pages: Pages, exact: bool) -> None:
    counts = some_counts(72, 2)
    cells, _ = street()
    households = [cell.households for cell in cells]
    page = heat_page(pages, counts, exact=exact)
    for name in MeasureName:
        drawn = page.evaluate("""(view) => {
            const map = document.querySelector('[data-gridmap]').gridMap;
            map.state.view = view;
            map.show();
            return Array.from(map.state.classes);
        }""", name.value)
        for at, (cell, told) in enumerate(zip(counts[-1], drawn, strict=True)):
            # The browser takes households from the geometry of the version, as the server does.
            read = None if cell is None else read_counts(replace(cell, households=households[at]), exact=exact)
            if name is MeasureName.ALERT:
                level = alert_level(read)
                expected = -1 if level is None else ("none", "blue", "yellow", "red").index(level.value)
            else:
                found = class_of(RULES[name], measure(name, read))
                expected = -1 if found is None else found
            assert told == expected, (name, at, cell)
    assert pages.faults == []


def test_cells_are_buttons_that_the_keyboard_walks(pages: Pages) -> None:
    page = heat_page(pages, some_counts(72, 1))
    assert page.locator(".gm-cell[role=button][tabindex='0']").count() == 12
    page.locator(".gm-cell[tabindex='0']").nth(4).focus()
    first = page.evaluate("document.activeElement.dataset.cell")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.cell")
    assert second != first
    page.keyboard.press("Enter")
    assert page.locator(".gm-pop[role=dialog] h3").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".gm-pop").count() == 0
    assert page.evaluate("document.activeElement.dataset.cell") == second
    assert pages.faults == []


def test_names_are_text_and_never_markup(pages: Pages) -> None:
    page = heat_page(pages, [[CellCounts(mediating=3, late=2)] * 72], hostile=True)
    page.evaluate("""() => {
        const map = document.querySelector('[data-gridmap]').gridMap;
        map.picked({ cell: map.state.grid.cells[5], by: 'list' });
    }""")
    assert "<img" in page.locator(".gm-pop h3").inner_text()
    assert page.locator("main img, .gm-pop img, .gm-rank img").count() == 0
    assert page.title() == "t"
    assert pages.faults == []


def test_the_months_slider_goes_by_arrow_keys_and_the_address_keeps_the_month(pages: Pages) -> None:
    page = heat_page(pages, some_counts(72, 3))
    page.locator(".gm-range").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".gm-range").get_attribute("aria-valuetext") == "2026年10月"
    assert "month=2026-10" in page.url
    page.locator("[data-gm-measure=alert]").click()
    assert "measure=alert" in page.url
    assert pages.faults == []


def place_page(pages: Pages, answer: dict[str, Any] | None) -> Any:
    cells, areas = street()
    pages.give("/g", pack_geometry(cells, areas).body)
    if answer is not None:
        pages.give("/locate", json.dumps(answer))
    pages.give("/o", pack_outlines({cell.code: shapely.geometry.shape(cell.geometry) for cell in cells}).body)
    parts = shell.street_map_shell((118.742, 36.2, 118.776, 36.222))
    fields = "".join(f'<input type="hidden" name="{name}" data-gm-field="{name}">'
                     for name in ("lon", "lat", "accuracy_m", "datum", "place_method"))
    return pages.open(
        '<form class="gm-place"><div class="map-box" data-placemap data-geometry-url="/g" data-outlines-url="/o" '
        'data-locate-url="/locate">'
        f"{parts.html}</div>"
        '<h2 data-gm-question></h2><p data-gm-say></p><div data-gm-choices></div>'
        '<select name="cell_code" data-gm-cell-list><option></option>'
        f'<option value="{cells[3].code}">x</option></select>{fields}</form>',
        place_labels(str, "zh"), shell.PLACE_MAP_SCRIPTS, parts)


def tap(page: Any, lon: float, lat: float) -> None:
    page.evaluate("""([lon, lat]) => {
        const place = document.querySelector('[data-placemap]').placeMap;
        place.map.setView([lat, lon], 18, { animate: false });
        place.tap(L.latLng(lat, lon));
    }""", [lon, lat])
    page.wait_for_selector("[data-gm-choices] input")


def test_one_cell_is_chosen_two_are_asked_for(pages: Pages) -> None:
    cells, _ = street()
    one, two = ({"code": cell.code, "name": cell.name, "distance_m": at * 9, "mine": not at} for at, cell in enumerate(cells[:2]))
    page = place_page(pages, {"cell": one["code"], "candidates": [one], "nearest": None})
    tap(page, 118.745, 36.219)
    assert page.locator("[data-gm-choices] input:checked").get_attribute("value") == one["code"]
    pages.give("/locate", json.dumps({"cell": one["code"], "candidates": [one, two], "nearest": None}))
    tap(page, 118.7461, 36.219)
    page.wait_for_selector("[data-gm-choices] label:nth-child(3)")
    assert page.locator("[data-gm-choices] input:checked").count() == 0
    assert page.locator("[data-gm-choices] input").last.get_attribute("value") == "unsure"
    assert page.locator("[data-gm-field=place_method]").input_value() == "map"
    assert page.locator("[data-gm-cell-list]").get_attribute("name") is None
    assert pages.faults == []


def test_the_list_takes_over_from_the_point(pages: Pages) -> None:
    cells, _ = street()
    only = {"code": cells[0].code, "name": "x", "distance_m": 0}
    page = place_page(pages, {"cell": cells[0].code, "candidates": [only], "nearest": None})
    tap(page, 118.745, 36.219)
    page.locator("[data-gm-cell-list]").select_option(cells[3].code)
    sent = Counter(page.evaluate("Array.from(new FormData(document.forms[0])).map(([name, value]) => name + '=' + value)"))
    assert sent[f"cell_code={cells[3].code}"] == 1 and sent["lon="] == 1 and sent["place_method=list"] == 1


def test_without_the_network_the_phone_answers_by_its_own_map(pages: Pages) -> None:
    page = place_page(pages, None)
    pages.context.route("**/locate*", lambda route: route.abort())
    tap(page, 118.745, 36.219)
    assert page.locator("[data-gm-choices] input:checked").get_attribute("value") == "990101001001001"
    assert page.locator("[data-gm-say]").inner_text() != ""
