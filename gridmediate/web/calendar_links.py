"""The secret address at which my phone's calendar reads my sessions: made, revoked, and what it answers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.services import calendar_links
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms

room = Rooms("calendar_links", __name__)


@room.get("/account/calendar", permission=Permission.CASE_READ)
def show() -> str:
    """Show whether this person has an address."""
    with reading() as session:
        link = calendar_links.link_of(session, actor_in_use())
    return render_template("account/calendar.html", link=link, address="", nav_active="calendar")


@room.post("/account/calendar", permission=Permission.CASE_READ)
def make() -> str:
    """Make an address and show it, this once."""
    with writing() as session:
        token = calendar_links.make_link(session, language_in_use(), actor_in_use(), g.now)
        link = calendar_links.link_of(session, actor_in_use())
    return render_template("account/calendar.html", link=link, address=_external("calendar_links.feed", token=token),
                           nav_active="calendar")


@room.post("/account/calendar/revoke", permission=Permission.CASE_READ)
def revoke() -> AnyResponse:
    """End the address."""
    with writing() as session:
        ended = calendar_links.revoke_link(session, actor_in_use(), g.now)
    flash(gettext("日历地址已停用，用它的日历不再更新。") if ended else gettext("没有在用的日历地址。"), "ok")
    return redirect(url_for("calendar_links.show"), 303)


@room.impersonal("/calendar/<token>.ics", methods=["GET"])
def feed(token: str) -> Response:
    """Give a calendar program the sessions of the person whose address it holds."""
    with reading() as session:
        found = calendar_links.feed(session, token, g.now)
    if found.is_to_be_noted:
        with writing() as session:
            calendar_links.note_read(session, token, g.now)
    body = import_module("gridmediate.web.ics").calendar_of(
        found.rows, found.language, g.now, lambda case_no: _external("cases.show", case_no=case_no))
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = "inline; filename=sessions.ics"
    return answer


def _external(endpoint: str, **values: Any) -> str:
    office = app_in_use().settings.public_address
    return f"{office.rstrip('/')}{url_for(endpoint, **values)}" if office else url_for(endpoint, _external=True, **values)
