"""Signing in and out, the link for a first password, and the form token that scripts ask for."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, flash, g, jsonify, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import accounts, passwords, sign_ins
from gridmediate.web import context, paths, security, words
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("auth", __name__)

_LOGIN, _PASSWORD = Label("账号", "Account"), Label("密码", "Password")
_NEW_PASSWORD = Label("新密码", "New password")

_BROWSERS = (("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("Firefox", "Firefox"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))


@room.public("/sign-in", methods=["GET"])
def sign_in() -> Response | AnyResponse:
    """Show the form."""
    if g.actor is not None:
        return redirect(paths.safe_next(request.args.get("next")), 303)
    return make_response(render_template(
        "auth/sign_in.html", next=paths.safe_next(request.args.get("next"), ""), login="", **_form_words()))


@room.public("/sign-in", methods=["POST"], endpoint="sign_in_now")
def sign_in_now() -> Response | AnyResponse:
    """Sign in, and go on to where the person wanted to go."""
    app, form = context.app_in_use(), Form(request.form)
    login, password = form.text("login", _LOGIN, limit=64), form.password("password", _PASSWORD)
    onward = paths.safe_next(request.form.get("next"), "")
    try:
        form.done()
        with context.in_words():
            token, account = sign_ins.sign_in(
                app.store, login, password, g.now, device_in_words(request.headers.get("User-Agent", "")), rules=app.rules,
                address=request.remote_addr or "", former_token=request.cookies.get(security.cookie_name(app)))
    except Problem as problem:
        return refused("auth/sign_in.html", problem, next=onward, login=form.typed.get("login", ""), **_form_words())
    session.clear()
    answer = redirect(url_for("account.password") if account.must_change_password else onward or url_for("home.index"), 303)
    security.keep_signed_in(answer, token)
    return answer


@room.public("/sign-out", methods=["POST"])
def sign_out() -> AnyResponse:
    """End this sign-in."""
    token = request.cookies.get(security.cookie_name(context.app_in_use()))
    if token and g.signed is not None:
        with context.writing() as records:
            sign_ins.sign_out(records, token, g.now)
    session.clear()
    flash(gettext("已退出登录。"), "info")
    answer = redirect(url_for("auth.sign_in"), 303)
    security.forget_signed_in(answer)
    # Only the cache: clearing "storage" too would throw away filings that wait on the phone for a network.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@room.public("/invitation/<invitation>", methods=["GET"])
def invitation(invitation: str) -> str:
    """Show the form for a first or a new password to whoever holds the link."""
    app = context.app_in_use()
    with context.reading() as records:
        account = accounts.invited(records, invitation, secret=str(app.secret_key))
    return render_template("account/invitation.html", login=account.login, **passwords.ADVICE)


@room.public("/invitation/<invitation>", methods=["POST"], endpoint="accept")
def accept_invitation(invitation: str) -> Response | AnyResponse:
    """Set the password."""
    app, form = context.app_in_use(), Form(request.form)
    with context.reading() as records:
        account = accounts.invited(records, invitation, secret=str(app.secret_key))
    password = form.password("password", _NEW_PASSWORD)
    try:
        form.done()
        with context.in_words():
            accounts.accept_invitation(app.store, invitation, password, g.now, app.rules, secret=str(app.secret_key))
    except Problem as problem:
        return refused("account/invitation.html", problem, login=account.login, **passwords.ADVICE)
    flash(gettext("密码已设好，请登录。"), "ok")
    return redirect(url_for("auth.sign_in"), 303)


@room.signed_in("/token", methods=["GET"])
def form_token() -> Response:
    """Return the token for forms that scripts send; they ask for a fresh one and never store it."""
    return jsonify(csrf_token=security.csrf_token(), account=g.actor.account_id.hex)


def _form_words() -> dict[str, Any]:
    """Return what the form shows besides its fields: in the demonstration, the accounts to try it with."""
    if not context.app_in_use().settings.demonstration:
        return {}
    with context.reading() as records:
        rows = accounts.demonstration_accounts(records)
    return {"demo_accounts": [
        {"login": login, "role": words.say(role), "password": passwords.DEMONSTRATION_PASSWORD} for login, role in rows
    ]}


def device_in_words(user_agent: str) -> str:
    """Return a browser and its system in two words, for the person's own list of sign-ins; the full text is not kept."""
    found = [next((name for mark, name in table if re.search(mark, user_agent)), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(each for each in found if each)
