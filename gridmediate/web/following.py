"""The cookie of a browser that follows a matter without an account, and the code's picture that leads to the page."""

from __future__ import annotations

import io

import segno
from flask import g, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.services.follow_codes import Following, FollowRules, following
from gridmediate.web.context import app_in_use, reading

RULES = FollowRules()
#: A photo, and what a form has besides.
PAPER_BYTES = 9 * 1024 * 1024
#: Where a browser that follows a matter may send more than a stranger.
_PAPERS = "follow.hand_in"


def cookie_name() -> str:
    """Return the name of the cookie."""
    return "__Host-gm_follow" if app_in_use().settings.cookie_secure else "gm_follow"


def token_sent() -> str:
    """Return the value that the browser holds, "" for none."""
    token = request.cookies.get(cookie_name(), "")
    return token if len(token) <= 100 else ""


def who_follows(session: Session) -> Following | None:
    """Return who looks, if this browser has opened a matter."""
    token = token_sent()
    return following(session, token, g.now, rules=RULES) if token else None


def may_send_paper() -> bool:
    """Return whether this request is a paper from somebody who has opened a matter: more than a stranger's body is taken then."""
    if request.endpoint != _PAPERS or not token_sent():
        return False
    with reading() as session:
        return who_follows(session) is not None


def keep_open(answer: AnyResponse, token: str) -> AnyResponse:
    """Give the browser the value; it lasts until the browser closes, the server's own limit is shorter."""
    secure = bool(app_in_use().settings.cookie_secure)
    answer.set_cookie(cookie_name(), token, path="/", secure=secure, httponly=True, samesite="Lax")
    return answer


def forget(answer: AnyResponse) -> AnyResponse:
    """Take the value away from the browser."""
    secure = bool(app_in_use().settings.cookie_secure)
    answer.delete_cookie(cookie_name(), path="/", secure=secure, httponly=True, samesite="Lax")
    return answer


def follow_address() -> str:
    """Return the address of the page where number and code are typed; neither stands in it."""
    base = app_in_use().settings.public_address
    return f"{base.rstrip('/')}{url_for('follow.look_up')}" if base else url_for("follow.look_up", _external=True)


def picture_of(address: str, words: str) -> Markup:
    """Return an address as a QR code, drawn into the page."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, svgclass="qr", lineclass=None, scale=1, border=2, title=words, omitsize=True)
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by us from our own address
