"""My account: where I am signed in, my password, my language and size of type."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import accounts, devices, passwords, sign_ins
from gridmediate.web import context, security
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("account", __name__, url_prefix="/account")

_PRESENT, _NEW = Label("现在的密码", "Present password"), Label("新密码", "New password")


@room.signed_in("/sign-ins", methods=["GET"], endpoint="sign_ins")
def show_sign_ins() -> str:
    """Show where this person is signed in."""
    with context.reading() as records:
        rows = sign_ins.sessions_of(records, context.actor_in_use(), g.now, context.app_in_use().rules)
        phones = devices.devices_of(records, context.actor_in_use())
    return render_template("account/sign_ins.html", rows=rows, here=g.signed.sign_in.id, phones=phones)


@room.signed_in("/sign-ins/<uuid:sign_in_id>/end", methods=["POST"])
def end_sign_in(sign_in_id: UUID) -> AnyResponse:
    """End one of this person's sign-ins, on a lost phone for instance."""
    with context.writing() as records:
        if not sign_ins.revoke(records, sign_in_id, context.actor_in_use(), g.now):
            raise NotFound
    flash(gettext("那一处登录已结束。"), "ok")
    return redirect(url_for("account.sign_ins"), 303)


@room.signed_in("/sign-ins/end-others", methods=["POST"])
def end_other_sign_ins() -> AnyResponse:
    """End every sign-in of this person but this one."""
    actor = context.actor_in_use()
    with context.writing() as records:
        count = sign_ins.revoke_all(records, actor.account_id, actor, g.now, but=g.signed.sign_in.id)
    flash(gettext("已结束其他 %(n)s 处登录。", n=count) if count else gettext("没有其他登录。"), "ok")
    return redirect(url_for("account.sign_ins"), 303)


@room.signed_in("/password", methods=["GET"])
def password() -> str:
    """Show the form for a new password."""
    return render_template("account/password.html", **_advice())


@room.signed_in("/password", methods=["POST"], endpoint="change_password")
def change_password() -> Response | AnyResponse:
    """Change the password; other sign-ins end."""
    app, form = context.app_in_use(), Form(request.form)
    present, new = form.password("present_password", _PRESENT), form.password("new_password", _NEW)
    try:
        form.done()
        with context.in_words():
            token = accounts.change_password(app.store, g.signed, present, new, g.now, app.rules)
    except Problem as problem:
        return refused("account/password.html", problem, **_advice())
    flash(gettext("密码已改，其他地方的登录都已结束。"), "ok")
    answer = redirect(url_for("account.sign_ins"), 303)
    security.keep_signed_in(answer, token)
    return answer


def _advice() -> dict[str, Any]:
    return {"login": g.signed.account.login, "must_change": g.signed.account.must_change_password, **passwords.ADVICE}
