"""What every answer carries on its way out: headers that fence the browser in, compression, and one line in the log."""

from __future__ import annotations

import gzip
import io
import json
import logging
import secrets
import time

from flask import Response, g, request

from gridmediate.web.rooms import Application

#: Nothing inline, nothing from elsewhere, no frames. The nonce is for the one script block that the map's shell needs.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:{images}; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FENCE = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms, like a stranger's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
}
_TEXT = (
    "text/", "application/json", "application/geo+json", "application/manifest+json", "application/javascript", "image/svg+xml",
)
_WORTH_BYTES = 1024
_PAD_MOST = 96

_log = logging.getLogger("gridmediate.requests")


def register(app: Application) -> None:
    """Finish every answer of the application."""
    # Under our own certificate a browser told to insist would shut itself out once that certificate is gone.
    ours = app.settings.https and app.settings.tls_certificate is None
    secure = bool(app.settings.cookie_secure) and not ours

    def finish(answer: Response) -> Response:
        _fence(answer, secure=secure)
        _compress(answer)
        _note(answer)
        return answer

    app.after_request(finish)


def _fence(answer: Response, *, secure: bool) -> None:
    answer.headers.setdefault("Content-Security-Policy", _policy())
    for name, value in _FENCE.items():
        answer.headers.setdefault(name, value)
    if secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Request-ID"] = g.get("request_id", "-")


def _policy() -> str:
    # Pages with a map name the hosts of the tiles that the office has set (web/tiles.py); no other page lets them in.
    images = "".join(f" {origin}" for origin in g.get("tile_origins", ()))
    return _POLICY.format(nonce=g.get("csp_nonce") or secrets.token_urlsafe(16), images=images)


def _compress(answer: Response) -> None:
    if (
        answer.status_code in (204, 206, 304) or answer.direct_passthrough or answer.is_streamed
        or "Content-Encoding" in answer.headers or not (answer.content_type or "").startswith(_TEXT)
    ):
        return
    body = answer.get_data()
    if len(body) < _WORTH_BYTES:
        return
    answer.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip"):
        return
    # A file name of random length in the gzip head hides how well the page was compressed (BREACH).
    packed = io.BytesIO()
    with gzip.GzipFile(filename="g" * secrets.randbelow(_PAD_MOST), mode="wb", compresslevel=4, fileobj=packed, mtime=0) as file:
        file.write(body)
    answer.set_data(packed.getvalue())
    answer.content_encoding = "gzip"
    if answer.get_etag()[0]:
        answer.set_etag(str(answer.get_etag()[0]), weak=True)


def _note(answer: Response) -> None:
    # The route and not the address: an address may hold a number or a search for a name.
    rule = request.url_rule.rule if request.url_rule else "-"
    actor = g.get("actor")
    _log.info(json.dumps({
        "at": g.now.isoformat(timespec="milliseconds") if "now" in g else None, "id": g.get("request_id"),
        "method": request.method if len(request.method) < 10 else "?", "route": rule, "status": answer.status_code,
        "ms": round(1000 * (time.perf_counter() - g.began), 1) if "began" in g else None,
        "account": actor.account_id.hex if actor else None,
    }))
