"""The gazetteer in the administrator's hands: how many places, trying it out, the file up and down."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.gazetteer import WORDS_AT_MOST, count_places, find_places
from gridmediate.services.gazetteer_files import read_places
from gridmediate.services.gazetteer_import import import_places, plan_places
from gridmediate.services.grid import grid_of
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.gazetteer import match_rows
from gridmediate.web.rooms import Rooms
from gridmediate.web.uploads import kept, receive

room = Rooms("places", __name__)

_IMPORT = Permission.CELL_IMPORT
_FILE = Label("地名文件", "File of places")
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@room.get("/gazetteer", permission=_IMPORT)
def index() -> str:
    """Show how many places there are, and a field to try the book."""
    return _page("")


@room.post("/gazetteer", permission=_IMPORT)
def try_out() -> str:
    """Show what the book says for words. Posted, as when filing: what is tried may be somebody's address."""
    return _page(request.form.get("q", "")[:WORDS_AT_MOST])


def _page(words: str) -> str:
    with reading() as session:
        grid, counts = grid_of(session, g.now), count_places(session, g.now)
        found = find_places(session, words, tuple(counts), g.now, most=20)
    streets = [(grid.areas[code].label if code in grid.areas else Label(code, code), count) for code, count in counts.items()]
    return render_template("admin/gazetteer.html", nav_active="places", words=words, rows=match_rows(found), streets=streets,
                           total=sum(counts.values()))


@room.get("/gazetteer/template.xlsx", permission=_IMPORT)
def template() -> Response:
    """Give the template with this home's cells."""
    with reading() as session:
        content = _sheets().places_template(grid_of(session, g.now))
    return _sheet(content, "gridmediate-places-template.xlsx")


@room.get("/gazetteer/places.xlsx", permission=_IMPORT)
def download() -> Response:
    """Give the book as it stands."""
    with reading() as session:
        content = _sheets().places_as_sheet(session, grid_of(session, g.now), actor_in_use())
    return _sheet(content, "gridmediate-places.xlsx")


def _sheets() -> Any:
    return import_module("gridmediate.services.gazetteer_sheets")


def _sheet(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=_SHEET)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@room.get("/gazetteer/import", permission=_IMPORT)
def choose_file() -> str:
    """Ask for the file of places."""
    return render_template("admin/gazetteer_file.html", nav_active="places")


@room.post("/gazetteer/import", permission=_IMPORT)
def check_file() -> Response | AnyResponse:
    """Read the file; say every fault by row, or what it would change."""
    received = None
    try:
        received = receive(request.files.get("file"), _FILE)
        sheet = read_places(received.path, received.name)
        with writing() as session:
            plan = plan_places(session, sheet, actor_in_use(), g.now)
    except Problem as problem:
        if received is not None:
            received.discard()
        return _refused(problem)
    page = render_template("admin/gazetteer_plan.html", nav_active="places", upload=received, sheet=sheet, plan=plan)
    return make_response(page)


@room.post("/gazetteer/import/<token>", permission=_IMPORT)
def take_over(token: str) -> Response | AnyResponse:
    """Take the file over."""
    received = kept(token)
    try:
        sheet = read_places(received.path, received.name)
        with writing() as session:
            report = import_places(session, sheet, actor_in_use(), g.now)
    except Problem as problem:
        received.discard()
        return _refused(problem)
    received.discard()
    flash(gettext("地名库已更新：新增 %(added)s，变动 %(changed)s，停用 %(ended)s。", added=len(report.added),
                  changed=len(report.changed), ended=len(report.ended)), "ok")
    return redirect(url_for("places.index"), 303)


def _refused(problem: Problem) -> Response | AnyResponse:
    faults = problem.problems if isinstance(problem, Faults) else ()
    if not faults:
        problem.field = "file"
    return refused("admin/gazetteer_file.html", problem, nav_active="places", faults=faults)
