"""Style sheets, scripts and pictures: addresses that change with their contents, kept by browsers for a year, sent compressed."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, has_request_context, request
from werkzeug.exceptions import NotFound
from werkzeug.utils import safe_join

from gridmediate.resources import static_folder
from gridmediate.web.rooms import Access, Application

_YEAR_SECONDS = 365 * 24 * 3600
_WITHOUT_VERSION_SECONDS = 300
_TEXT = frozenset({".css", ".js", ".mjs", ".svg", ".json", ".geojson", ".html", ".txt", ".webmanifest"})
_WORTH_BYTES = 1024
#: No browser runs these as pages, so they need no policy of one: with thirty files on a slow line that is a tenth of a second.
_NEVER_A_PAGE, _NO_PAGE = frozenset({".css", ".js"}), "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
#: Not in every system's table.
_KINDS = {".webmanifest": "application/manifest+json", ".geojson": "application/geo+json", ".mjs": "text/javascript"}


def register(app: Application) -> None:
    """Serve ``/static/…`` and put the version of its contents into every address made for it."""
    folder = static_folder()

    def static(filename: str) -> Response:
        return _send(folder, filename)

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and (version := version_of(folder, values.get("filename", ""))):
            values["v"] = version

    def address(endpoint: str, **values: Any) -> str:
        # A page links some twenty files; the router would take a millisecond for them.
        if endpoint == "static" and values.keys() == {"filename"} and has_request_context():
            name = values["filename"]
            version = version_of(folder, name)
            return f"{request.script_root}/static/{quote(name)}" + (f"?v={version}" if version else "")
        return app.url_for(endpoint, **values)

    app.jinja_env.globals["url_for"] = address
    app.add_url_rule("/static/<path:filename>", "static", static, permission=Access.IMPERSONAL)
    app.url_default_functions.setdefault(None, []).append(add_version)


def version_of(folder: Path, filename: str) -> str:
    """Return a few letters that change with a file's contents, "" if there is no such file."""
    try:
        file = folder / filename
        return _version(file, file.stat().st_mtime_ns)
    except OSError:
        return ""


def _send(folder: Path, filename: str) -> Response:
    path = safe_join(str(folder), filename)
    file = Path(path) if path else None
    if file is None or not file.is_file():
        raise NotFound
    changed = file.stat().st_mtime_ns
    body, version = _content(file, changed), _version(file, changed)
    answer = Response(body, content_type=_content_type(file))
    is_text = file.suffix in _TEXT
    if is_text:
        answer.vary.add("Accept-Encoding")
    if is_text and len(body) >= _WORTH_BYTES and request.accept_encodings.quality("gzip") and "Range" not in request.headers:
        answer.set_data(_compressed(file, changed))
        answer.content_encoding = "gzip"
    versioned = request.args.get("v") == version
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR_SECONDS if versioned else _WITHOUT_VERSION_SECONDS
    answer.cache_control.immutable = versioned
    answer.set_etag(version, weak=True)
    if file.suffix in _NEVER_A_PAGE:
        answer.headers["Content-Security-Policy"] = _NO_PAGE
    answer.make_conditional(request)
    return answer


def _content_type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or _KINDS.get(file.suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if file.suffix in _TEXT else kind


@lru_cache(maxsize=256)
def _content(file: Path, _changed: int) -> bytes:
    return file.read_bytes()


@lru_cache(maxsize=512)
def _version(file: Path, _changed: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=256)
def _compressed(file: Path, _changed: int) -> bytes:
    return gzip.compress(file.read_bytes(), 9, mtime=0)
