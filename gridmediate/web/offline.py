"""What a phone keeps for the places without signal: the outbox's page, the impersonal page, the service worker and the manifest.

The outbox itself lives on the phone (``static/js/field``); the server serves the shell and never sees what waits there.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Response, g, jsonify, render_template, request, url_for
from flask_babel import gettext

from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.maps.shell import LEAFLET_SCRIPT, LEAFLET_STYLE, MAP_STYLE, PLACE_MAP_SCRIPTS
from gridmediate.resources import static_folder, templates_folder
from gridmediate.services.grid import grid_of
from gridmediate.web.assets import version_of
from gridmediate.web.context import actor_in_use, app_in_use, reading
from gridmediate.web.gazetteer import book_url
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses
from gridmediate.web.phone_filing import PHONE_SCRIPTS, outlines_address
from gridmediate.web.rooms import Application, Rooms

room = Rooms("offline", __name__)

_FILE = Permission.CASE_FILE
#: The pages that open without a network. All other pages are personal and are never kept.
KEPT_PAGES = ("filing.place", "offline.outbox", "offline.offline")
#: Where their templates begin; what these extend, include and import belongs to them.
_TEMPLATES = ("worker/file.html", "field/outbox.html", "field/offline.html")
_FILING_FILES = (LEAFLET_STYLE, LEAFLET_SCRIPT, MAP_STYLE, *PLACE_MAP_SCRIPTS, *PHONE_SCRIPTS)
#: What pages fetch by address and a phone may keep: outlines, base map, buildings, places. Nothing of any case.
KEPT_DATA = ("/map/geometry", "/map/base", "/map/buildings/", "/field/outlines", "/field/places", "/field/pack")
#: Addresses of the outbox by the name under which the page hands them to its scripts. The capitals are filled in by them.
_ADDRESSES = {
    "token": "/token", "devices": "/field/devices", "key": "/field/key", "own-cases": "/field/cases", "cases": "/cases",
    "photos": "/filings/KEY/photos/PHOTO", "notes": "/cases/CASE/notes",
}
_ICONS = (
    ("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"), ("icon-maskable-512.png", "512x512", "maskable"),
)
_FILE_NAME = r"['\"]([\w./-]+\.(?:css|js|png|svg))['\"]"
_LED_TO = r"{%-?\s*(?:extends|include|import|from)\s+['\"]([^'\"]+)['\"]"
_GROUND, _THEME = "#F7F4EE", "#F7F4EE"


def field_words(app: Application, actor: Actor | None) -> dict[str, str] | None:
    """Return what the outbox's scripts read from the page (``data-`` attributes), None for people who file nothing."""
    return _told(app, actor.account_id.hex) if actor is not None and holds(actor, _FILE) else None


def _told(app: Application, account: str) -> dict[str, str]:
    root = request.script_root
    told = {name: root + path for name, path in _ADDRESSES.items()} | {
        "account": account, "outbox": url_for("offline.outbox"), "offline": url_for("offline.offline"),
        "sign-out": url_for("auth.sign_out"), "file": url_for("filing.place"),
    }
    if app.settings.offline:
        told["worker"] = url_for("offline.worker")
    return told


@room.get("/outbox", permission=_FILE)
def outbox() -> str:
    """Show what waits on this phone; only scripts can read it, so without them the page says what it needs."""
    return render_template("field/outbox.html", nav_active="outbox")


@room.impersonal("/offline", methods=["GET"])
def offline() -> Response:
    """Show the page that stands in for others without a network: the same for everybody, filled by the phone itself."""
    answer = Response(_offline_page())
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _offline_page() -> str:
    return render_template("field/offline.html", field=_told(app_in_use(), ""), actor=None, nav=[])


@room.get("/field/files", permission=_FILE)
def files() -> Response:
    """Answer the addresses of what the phone should fetch while it has a network: its own street, cell by cell."""
    with reading() as session:
        grid = grid_of(session, g.now)
        book = book_url(session)
    found = addresses(grid) | {"outlines-url": outlines_address(grid), "book-url": book} if grid.outlines else {}
    actor = actor_in_use()
    codes = {grid.cells[code].community_code for code in actor.cells if code in grid.cells} | set(actor.communities)
    buildings = found.pop("buildings-url", "")
    known = [code for code in sorted(codes) if code in grid.areas and buildings]
    named = [each for name, each in found.items() if name.endswith("-url")]
    return jsonify(addresses=[*named, *(buildings.replace("{community}", code) for code in known)])


@room.impersonal("/sw.js", methods=["GET"])
def worker() -> Response:
    """Answer the service worker; switched off, one that takes itself and everything it kept away."""
    name = "js/field/sw.js" if app_in_use().settings.offline else "js/field/sw_off.js"
    script = (static_folder() / name).read_text(encoding="utf-8")
    told = _worker_words(script) if app_in_use().settings.offline else {}
    answer = Response(f"const TOLD = {json.dumps(told)};\n{script}", content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _worker_words(script: str) -> dict[str, Any]:
    static, root = precached(), request.script_root
    # The words of the impersonal page change with the language and with an edition; either makes another version.
    made = sha256("\n".join((*static, script, _offline_page())).encode()).hexdigest()[:12]
    return {
        "version": made, "static": static, "pages": [url_for(each) for each in KEPT_PAGES], "offline": url_for("offline.offline"),
        "data": [root + each for each in KEPT_DATA], "files": url_for("offline.files"),
    }


def precached() -> list[str]:
    """Return the addresses of every style sheet, script and picture of the pages that open without a network."""
    shell = re.findall(r"/static/([^\"?#]+)", _offline_page())
    named = [*shell, *_named_by(templates_folder(), _TEMPLATES), *_FILING_FILES, *(f"img/{name}" for name, _, _ in _ICONS)]
    folder = static_folder()
    return [url_for("static", filename=name) for name in _with_pictures(folder, named) if version_of(folder, name)]


@lru_cache(maxsize=8)
def _named_by(folder: Path, first: tuple[str, ...]) -> tuple[str, ...]:
    """Return the static files that templates name, and those that these extend, include or import."""
    found: dict[str, None] = {}
    seen: list[str] = list(first)
    for name in seen:
        source = (folder / name).read_text(encoding="utf-8")
        found |= dict.fromkeys(re.findall(_FILE_NAME, source))
        seen += [each for each in re.findall(_LED_TO, source) if each not in seen]
    return tuple(found)


def _with_pictures(folder: Path, named: list[str]) -> list[str]:
    return sorted({each for name in named for each in (name, *_pictures_of(folder, name, version_of(folder, name)))})


@lru_cache(maxsize=256)
def _pictures_of(folder: Path, name: str, _version: str) -> tuple[str, ...]:
    """Return the files that a style sheet points to."""
    if not name.endswith(".css") or not (folder / name).is_file():
        return ()
    root, sheet = folder.resolve(), folder / name
    found = re.findall(r"url\(['\"]?([\w./-]+\.\w+)['\"]?\)", sheet.read_text(encoding="utf-8"))
    paths = [(sheet.parent / each).resolve() for each in found]
    return tuple(path.relative_to(root).as_posix() for path in paths if path.is_relative_to(root) and path.is_file())


@room.impersonal("/manifest.webmanifest", methods=["GET"])
def manifest() -> Response:
    """Answer what a phone needs to put the application on its first screen."""
    body = {
        "name": gettext("格里和 矛盾纠纷多元化解"), "short_name": gettext("格里和"),
        "lang": "en" if language_in_use() == "en" else "zh-CN",
        "id": "/today", "start_url": f"{request.script_root}/today", "scope": f"{request.script_root}/", "display": "standalone",
        "background_color": _GROUND, "theme_color": _THEME,
        "icons": [{"src": url_for("static", filename=f"img/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}
                  for name, size, purpose in _ICONS],
    }
    answer = Response(json.dumps(body, ensure_ascii=False), content_type="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
