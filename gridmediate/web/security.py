"""The checks that every request passes, in one order: its number, its host, its language, its sign-in, its form, its permission.

Body limits and trusted hosts are Flask's own (``MAX_CONTENT_LENGTH``, ``TRUSTED_HOSTS``, set in :mod:`gridmediate.web.app`).
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, g, redirect, request, session, url_for
from werkzeug.exceptions import BadRequest, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import Kind, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import sign_ins
from gridmediate.services.accounts import actor_of
from gridmediate.web import context
from gridmediate.web.following import PAPER_BYTES, may_send_paper
from gridmediate.web.language import choose_language
from gridmediate.web.rooms import Access, Application, Need

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SECRET_BYTES = 32
#: Bodies without files; and any body of somebody we do not know.
_FORM_BYTES, _STRANGERS_BYTES = 512 * 1024, 64 * 1024
#: Where the hidden field's value is looked for; scripts send the header.
_FIELD, _HEADER = "csrf_token", "X-CSRFToken"
#: What a person may still open who has first to choose a password.
_BEFORE_NEW_PASSWORD = frozenset({
    "account.password", "account.change_password", "auth.sign_out", "auth.form_token", "language.prefer",
})


class SignInNeeded(Problem):
    """The page is for people who have signed in, or the sign-in has run out."""

    code = "sign-in.needed"
    kind = Kind.SIGN_IN
    sentence = Label("请先登录，再继续。", "Please sign in, then go on.")


class FormExpired(Problem):
    """A form was sent that this server did not give to this browser, or whose sign-in has ended since."""

    code = "form.expired"
    sentence = Label(
        "这张表单已过期，或不是从本系统打开的，所以没有提交。请返回上一页刷新后再提交。",
        "This form has expired or was not opened from this system, so nothing was sent. Go back, reload the page, then send "
        "again.",
    )


def check_request() -> AnyResponse | None:
    """Let the request through, answer it, or refuse it. Registered once, before everything else."""
    _begin()
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception
    choose_language()
    need = _need()
    if need is not Access.IMPERSONAL:
        _recognise()
    if need is None:
        return None  # no such address; the router answers
    signed_in = g.actor is not None
    if not signed_in and need not in (Access.PUBLIC, Access.IMPERSONAL):
        raise SignInNeeded
    if request.method not in _SAFE:
        _limit_body(signed_in)
        _check_form()
    if signed_in and g.signed.account.must_change_password and not _is_open_before_new_password(need):
        return redirect(url_for("account.password"), 303)
    if not _is_permitted(need):
        raise NotPermitted
    _refuse_nul()
    return None


def _refuse_nul() -> None:
    # Nobody types one, no text of ours holds one, and PostgreSQL fails over one.
    values = [request.path, *(value for _, value in request.args.items(multi=True))]
    if request.method not in _SAFE:
        values += [value for _, value in request.form.items(multi=True)]
    if any("\x00" in value for value in values):
        raise BadRequest


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began = time.perf_counter()
    g.now = context.app_in_use().clock()
    g.csp_nonce = secrets.token_urlsafe(16)
    g.signed = g.actor = None


def _need() -> Need | None:
    return context.app_in_use().permission_of(request.endpoint) if request.endpoint else None


def _recognise() -> None:
    token = request.cookies.get(cookie_name(context.app_in_use()))
    if not token or len(token) > 100:
        return
    rules = context.app_in_use().rules
    with context.reading() as records:
        signed = actor_of(records, token, g.now, rules)
    if signed is None:
        return
    g.signed, g.actor = signed, signed.actor
    if g.now - signed.sign_in.last_seen_at >= rules.seen_every:
        _note_in_use(signed.sign_in.id)


def _note_in_use(sign_in_id: UUID) -> None:
    try:
        with context.writing() as records:
            sign_ins.touch(records, sign_in_id, g.now)
    except (context.RecordsBusy, context.RecordsFull):
        return  # reading goes on while nothing can be written


def _is_permitted(need: Need) -> bool:
    if isinstance(need, Access):
        return True
    needed = (need,) if isinstance(need, Permission) else need
    return any(holds(g.actor, each) for each in needed)


def _is_open_before_new_password(need: Need) -> bool:
    return need is Access.IMPERSONAL or request.endpoint in _BEFORE_NEW_PASSWORD


def _limit_body(signed_in: bool) -> None:
    # Flask's limit for form fields counts only multipart bodies; these are read and taken apart whole.
    most = request.max_content_length or _FORM_BYTES
    if not signed_in and may_send_paper():
        request.max_content_length = min(most, PAPER_BYTES)
    elif not signed_in:
        request.max_content_length = min(most, _STRANGERS_BYTES)
    elif request.mimetype in ("application/x-www-form-urlencoded", "application/json"):
        request.max_content_length = min(most, _FORM_BYTES)


def _check_form() -> None:
    """Refuse what another site may have sent: by where the browser says it comes from, then by our own token."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise FormExpired
    origin = request.headers.get("Origin")
    # Only the host is compared: behind a proxy that ends TLS the scheme here may not be the browser's.
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise FormExpired
    given = request.headers.get(_HEADER) or request.form.get(_FIELD, "")
    secret = _form_secret(make=False)
    if secret is None or not hmac.compare_digest(_unmasked(given), secret):
        raise FormExpired


def csrf_token() -> str:
    """Return the form token of this sign-in, or of this anonymous browser.

    It is masked afresh each time: a compressed page that repeats what was typed would otherwise give a constant secret away
    letter by letter (BREACH).
    """
    secret = _form_secret(make=True) or b""
    pad = secrets.token_bytes(_SECRET_BYTES)
    return urlsafe_b64encode(pad + _xor(pad, secret)).decode()


def _form_secret(*, make: bool) -> bytes | None:
    if g.get("signed") is not None:
        return bytes.fromhex(g.signed.sign_in.csrf_secret)
    if "form" not in session:
        if not make:
            return None
        session["form"] = secrets.token_hex(_SECRET_BYTES)
    return bytes.fromhex(session["form"])


def _unmasked(token: str) -> bytes:
    try:
        masked = urlsafe_b64decode(token.encode())
    except (NotBase64, ValueError):
        return b""
    return _xor(masked[:_SECRET_BYTES], masked[_SECRET_BYTES:]) if len(masked) == 2 * _SECRET_BYTES else b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def cookie_name(app: Application) -> str:
    """Return the name of the sign-in cookie; ``__Host-`` makes the browser refuse one set by a neighbouring host or over http."""
    return "__Host-gm_sign_in" if app.settings.cookie_secure else "gm_sign_in"


def keep_signed_in(answer: Response | AnyResponse, token: str) -> None:
    """Give the browser the value of a sign-in. It lasts until the browser closes; the server's own limits are shorter."""
    app = context.app_in_use()
    answer.set_cookie(cookie_name(app), token, path="/", secure=bool(app.settings.cookie_secure), httponly=True, samesite="Lax")


def forget_signed_in(answer: Response | AnyResponse) -> None:
    """Take the value of a sign-in away from the browser."""
    app = context.app_in_use()
    answer.delete_cookie(cookie_name(app), path="/", secure=bool(app.settings.cookie_secure), httponly=True, samesite="Lax")
