"""What a phone may keep: the service worker and all its files, the manifest, the impersonal page, and the places of a worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from gridmediate.domain.vocabulary import Role
from gridmediate.web.app import create_app
from gridmediate.web.rooms import Application
from gridmediate.web.security import cookie_name


def told_to(client: Any) -> dict[str, Any]:
    """Return what the service worker is told."""
    words = client.get("/sw.js").get_data(as_text=True)
    told: dict[str, Any] = json.loads(re.match(r"const TOLD = (.*);\n", words)[1])  # type: ignore[index]
    return told


@pytest.fixture
def worker(client_as: Callable[..., Any]) -> Any:
    """The browser of a grid worker."""
    return client_as(Role.GRID_WORKER)


def test_every_file_of_the_pages_that_open_without_network_is_kept(worker: Any) -> None:
    told = told_to(worker)
    for path in told["pages"]:
        page = worker.get(path).get_data(as_text=True)
        named = {each.replace("&amp;", "&") for each in re.findall(r"(?:src|href)=\"(/static/[^\"#]+)", page)}
        assert len(named) > 10
        assert named - set(told["static"]) == set(), path
    for address in told["static"]:
        assert worker.get(address, check=False).status_code == 200


def test_the_worker_is_another_version_in_another_language_and_is_asked_for_each_time(worker: Any) -> None:
    first, again = worker.get("/sw.js"), worker.get("/sw.js")
    assert first.get_data() == again.get_data()
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Content-Type"].startswith("text/javascript")
    worker.set_cookie("gm_language", "en")
    assert worker.get("/sw.js").get_data() != first.get_data()


def test_switched_off_it_takes_itself_and_what_it_kept_away_and_pages_name_it_no_more(app: Application, worker: Any) -> None:
    assert 'data-worker="/sw.js"' in worker.get("/today").get_data(as_text=True)
    off = create_app(replace(app.settings, offline=False), app.store)
    off.clock = app.clock
    browser, cookie = off.test_client(), worker.get_cookie(cookie_name(app))
    browser.set_cookie(cookie.key, cookie.value)
    script = browser.get("/sw.js").get_data(as_text=True)
    assert "unregister()" in script
    assert "fetch" not in script
    page = browser.get("/today").get_data(as_text=True)
    assert "data-field" in page
    assert "data-worker" not in page


def test_the_page_that_stands_in_is_the_same_for_everybody(app: Application, worker: Any) -> None:
    stranger = app.test_client().get("/offline")
    assert stranger.status_code == 200
    assert "Set-Cookie" not in stranger.headers
    assert worker.get("/offline").get_data() == stranger.get_data()
    assert worker.account.id.hex not in stranger.get_data(as_text=True)


def test_the_manifest_names_pictures_of_the_sizes_it_says(worker: Any) -> None:
    said = worker.get("/manifest.webmanifest")
    manifest = said.get_json(force=True)
    assert said.headers["Content-Type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["display"], manifest["short_name"]) == ("/today", "standalone", "格里和")
    assert {each["purpose"] for each in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        picture = Image.open(BytesIO(worker.get(icon["src"]).get_data()))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
    assert 'rel="manifest"' in worker.get("/today").get_data(as_text=True)


def test_the_thumb_finds_today_own_filings_filing_and_the_outbox_in_this_order(worker: Any) -> None:
    page = worker.get("/today").get_data(as_text=True)
    bar = page[page.index('class="tabbar"'):page.index('class="tab-more"')]
    assert re.findall(r'href="(/[\w/]+)"', bar) == ["/today", "/mine", "/file", "/outbox"]


def test_the_outbox_says_what_it_needs_without_scripts_and_is_for_those_who_file(
        client_as: Callable[..., Any], worker: Any) -> None:
    page = worker.get("/outbox").get_data(as_text=True)
    assert "脚本" in page[page.index("<noscript>"):page.index("</noscript>")]
    leader = client_as(Role.LEADER)
    assert leader.get("/outbox", check=False).status_code == 403
    assert "data-field" not in leader.get("/map").get_data(as_text=True)
