"""Views of the map under names of one's own: the menu in the map's head, and the page where they are renamed and deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import bookmarks
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("bookmarks", __name__)

_READ = Permission.HEAT_READ
_QUERY_LIMIT = 1000


#: Views that are named in a bookmark's name; of the last two the measure says nothing.
_VIEWS = {"table": Label("表格", "table"), "pair": Label("两个月对照", "two months"), "change": Label("变化", "change"),
          "levels": Label("化解层级", "levels")}
_WITHOUT_MEASURE = ("change", "levels")


def menu_of(place: Label, measure: Label, *narrowed: Label | None) -> dict[str, Any]:
    """Return what the menu in the head shows: one's own views, and a name in words for the one that is open."""
    with reading() as session:
        kept = _rows(session)
    view = request.args.get("view", "")
    words = [place, None if view in _WITHOUT_MEASURE else measure, _VIEWS.get(view), *narrowed]
    said = [say(each) for each in words if each]
    return {"kept": kept, "name": " ".join(said)[:bookmarks.NAME_LIMIT], "limit": bookmarks.NAME_LIMIT,
            "query": urlencode(bookmarks.query_of(request.args))}


def _rows(session: Any) -> list[dict[str, Any]]:
    return [{"id": row.id, "name": row.name, "href": url_for("heat.map", **bookmarks.query_of(row.query)),
             "is_open": bookmarks.query_of(row.query) == bookmarks.query_of(request.args)}
            for row in bookmarks.list_bookmarks(session, actor_in_use())]


@room.get("/map/bookmarks", permission=_READ)
def index() -> str:
    """List my bookmarks, to rename and delete."""
    return render_template("heat/bookmarks.html", **_page(), typed={})


def _page() -> dict[str, Any]:
    with reading() as session:
        return {"kept": _rows(session), "limit": bookmarks.NAME_LIMIT, "most": bookmarks.MOST, "nav_active": "heat"}


@room.post("/map/bookmarks", permission=_READ)
def save() -> Response | AnyResponse:
    """Keep the view of an address, and go back to it."""
    form = Form(request.form)
    name = form.text("name", bookmarks.NAME, limit=bookmarks.NAME_LIMIT)
    asked = request.form.get("query", "")[:_QUERY_LIMIT].removeprefix("?")
    query = bookmarks.query_of(dict(parse_qsl(asked, keep_blank_values=True)))
    try:
        form.done()
        with writing() as session:
            bookmarks.save(session, name, query, actor_in_use(), g.now)
    except Problem as problem:
        return refused("heat/bookmarks.html", problem, **_page(), typed=form.typed)
    flash(gettext("已收藏“%(name)s”。", name=name), "ok")
    return redirect(url_for("heat.map", **query), 303)


@room.post("/map/bookmarks/<uuid:bookmark_id>/rename", permission=_READ)
def rename(bookmark_id: UUID) -> Response | AnyResponse:
    """Rename a bookmark."""
    form = Form(request.form)
    name = form.text("name", bookmarks.NAME, limit=bookmarks.NAME_LIMIT)
    try:
        form.done()
        with writing() as session:
            bookmarks.rename(session, bookmark_id, name, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return refused("heat/bookmarks.html", problem, **_page(), typed=form.typed)
    return redirect(url_for("bookmarks.index"), 303)


@room.post("/map/bookmarks/<uuid:bookmark_id>/delete", permission=_READ)
def delete(bookmark_id: UUID) -> AnyResponse:
    """Delete a bookmark."""
    with writing() as session:
        bookmarks.delete(session, bookmark_id, actor_in_use(), g.now)
    flash(gettext("收藏已删除。"), "ok")
    return redirect(url_for("bookmarks.index"), 303)
