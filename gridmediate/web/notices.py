"""What I was told, and how I want to be told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.notices import PERSONAL, Channel
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.notifications.outlets import senders_of
from gridmediate.services import inbox
from gridmediate.services.inbox import NoticeWishes
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms

room = Rooms("notices", __name__)

_CHANNELS, _EMAIL = Label("渠道", "Channels"), Label("邮箱", "E-mail address")
_FROM, _TO = Label("几点起", "From"), Label("到几点", "To")


@room.get("/notices", permission=Permission.NOTICE_READ)
def index() -> str:
    """Show the inbox, newest first."""
    with reading() as session:
        page = inbox.read_inbox(session, actor_in_use(), after=request.args.get("after", "")[:120])
    return render_template("notices/index.html", nav_active="notices", page=page, is_first="after" not in request.args)


@room.post("/notices/<uuid:notice_id>/read", permission=Permission.NOTICE_READ)
def read(notice_id: UUID) -> AnyResponse:
    """Mark one read without opening its case."""
    with writing() as session:
        inbox.mark_read(session, notice_id, actor_in_use(), g.now)
    return redirect(url_for("notices.index", after=request.form.get("after", "")[:120] or None), 303)


@room.post("/notices/read", permission=Permission.NOTICE_READ)
def read_all() -> AnyResponse:
    """Mark all read."""
    with writing() as session:
        inbox.mark_all_read(session, actor_in_use(), g.now)
    flash(gettext("都标为已读了。"), "ok")
    return redirect(url_for("notices.index"), 303)


@room.get("/account/notices", permission=Permission.NOTICE_READ)
def wishes() -> str:
    """Show how this person wants to be told."""
    with reading() as session:
        kept = inbox.wishes_of(session, actor_in_use())
    return render_template("account/notices.html", **_offered(), wishes=kept)


@room.post("/account/notices", permission=Permission.NOTICE_READ)
def set_wishes() -> Response | AnyResponse:
    """Keep how this person wants to be told."""
    form, usual = Form(request.form), NoticeWishes()
    wanted = NoticeWishes(
        channels=tuple(each for each in form.words("channels", _CHANNELS, Channel) if each in PERSONAL),
        email=form.text("email", _EMAIL, limit=254, required=False), language=language_in_use(),
        is_digest=form.tick("is_digest"), wakes_for_urgent=form.tick("wakes_for_urgent"),
        quiet_from=form.hour("quiet_from", _FROM, otherwise=usual.quiet_from),
        quiet_to=form.hour("quiet_to", _TO, otherwise=usual.quiet_to),
    )
    try:
        form.done()
        with writing() as session:
            inbox.set_wishes(session, wanted, actor_in_use(), g.now)
    except Problem as problem:
        return refused("account/notices.html", problem, **_offered(), wishes=wanted)
    flash(gettext("通知设置存好了。"), "ok")
    return redirect(url_for("notices.wishes"), 303)


def _offered() -> dict[str, Any]:
    return {"channels": list(senders_of(app_in_use().settings)), "phone": g.signed.account.phone or ""}
