"""The street's public notices to its cells: what hangs, what hung, a new one, taking one down."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.cell_notices import DAYS_MOST, TEXT_LIMIT, TITLE_LIMIT, NoticeStanding
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import cell_notices
from gridmediate.services.cell_notices import NoticeDraft
from gridmediate.services.cell_pages import places_to_print
from gridmediate.services.grid import grid_of, local_day
from gridmediate.web.admin_rosters import short_name
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("cell_notices", __name__)

_PUBLISH = Permission.NOTICE_PUBLISH
_TITLE, _TEXT = Label("标题", "Title"), Label("内容", "Text")
_FIRST, _LAST = Label("从哪天", "First day"), Label("到哪天", "Last day")
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000
_USUAL = timedelta(days=6)


def _street() -> str:
    streets = cell_notices.streets_of(actor_in_use())
    asked = request.values.get("street", "")
    return asked if asked in streets else next(iter(streets), "")


@room.get("/cell-notices", permission=_PUBLISH)
def index() -> str:
    """Show the street's notices: what hangs, what comes, what is over."""
    street = _street()
    with reading() as session:
        rows = cell_notices.list_notices(session, street, actor_in_use(), g.now)
    groups = [(standing, [row for row in rows if row.standing is standing]) for standing in NoticeStanding]
    return render_template("cell_notices/list.html", groups=[each for each in groups if each[1]], street=street,
                           nav_active="cell_notices")


@room.get("/cell-notices/new", permission=_PUBLISH)
def new() -> str:
    """Show the form of a new notice."""
    today = local_day(g.now)
    usual = {"first_on": today.isoformat(), "last_on": (today + _USUAL).isoformat()}
    return render_template("cell_notices/new.html", **_page(), typed=usual, chosen=(_street(),))


@room.post("/cell-notices/new", permission=_PUBLISH, endpoint="publish")
def publish() -> Response | AnyResponse:
    """Publish a notice."""
    form = Form(request.form)
    title, text = (form.text(name, label, limit=_ANY, required=False) for name, label in (("title", _TITLE), ("text", _TEXT)))
    first, last = form.day("first_on", _FIRST), form.day("last_on", _LAST)
    chosen, today = form.several("places"), local_day(g.now)
    draft = NoticeDraft(_street(), title, text, first or today, last or today, chosen)
    try:
        form.done()
        with writing() as session:
            cell_notices.publish(session, draft, actor_in_use(), g.now)
    except Problem as problem:
        return refused("cell_notices/new.html", problem, **_page(), typed=form.typed, chosen=chosen)
    flash(gettext("公告发布了，所选网格的公开页和网格员的首页都会显示。"), "ok")
    return redirect(url_for("cell_notices.index", street=draft.street_code), 303)


def _page() -> dict[str, object]:
    street = _street()
    with reading() as session:
        grid = grid_of(session, g.now)
    areas = grid.areas
    return {
        "nav_active": "cell_notices", "street": areas.get(street), "today": local_day(g.now), "most": DAYS_MOST,
        "limits": {"title": TITLE_LIMIT, "text": TEXT_LIMIT},
        "streets": [(code, say(areas[code].label)) for code in cell_notices.streets_of(actor_in_use()) if code in areas],
        "groups": [(area, [(cell.code, short_name(cell.label, area.label)) for cell in cells])
                   for area, cells in places_to_print(grid, street)],
    }


@room.post("/cell-notices/<uuid:cell_notice_id>/end", permission=_PUBLISH)
def end(cell_notice_id: UUID) -> AnyResponse:
    """Take a notice down."""
    with writing() as session:
        cell_notices.end(session, cell_notice_id, actor_in_use(), g.now)
    flash(gettext("公告撤下了。"), "ok")
    return make_response(redirect(url_for("cell_notices.index", street=_street()), 303))
