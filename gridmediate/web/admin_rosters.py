"""The roster: days across, a form for one term, the file of staff, and the report of what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import Label, Seat
from gridmediate.home import secret_of
from gridmediate.services import seating
from gridmediate.services.administration import departments
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.rosters import SEATS, RosterView, roster_view
from gridmediate.services.seating import TermEntry
from gridmediate.services.staff_files import StaffFile, read_staff
from gridmediate.services.staffing import import_staff, plan_staff
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.uploads import kept, receive
from gridmediate.web.words import day_words

room = Rooms("rosters", __name__)

_SPANS = (7, 28, 91)
_DAY = timedelta(days=1)
_CELL, _SEAT, _PERSON = Label("网格", "Cell"), Label("席位", "Seat"), Label("人员", "Person")
_FIRST, _LAST, _NOTE = Label("起始日", "First day"), Label("截止日", "Last day"), Label("备注", "Note")
_FILE = Label("Excel 文件", "Excel file")


@room.get("/rosters", permission=Permission.ROSTER_EDIT)
def index() -> str:
    """Show the roster of one community."""
    asked, today = Form(request.args), local_day(g.now)
    days = asked.whole("days", _FIRST, least=7, most=91, required=False)
    days = days if days in _SPANS else 28
    first = asked.day("from", _FIRST, required=False) or today - (today.weekday() + (7 if days > 7 else 0)) * _DAY
    with reading() as session:
        grid = grid_of(session, g.now)
        communities = communities_of(grid)
        chosen = request.args.get("community", "") or (communities[0].code if communities else "")
        view = roster_view(session, first, days, g.now, community=chosen)
        everywhere = roster_view(session, today, 28, g.now)
    return render_template(
        "admin/rosters.html", nav_active="rosters", view=view, communities=communities, chosen=chosen, days=days,
        heads=_heads(view), weeks=_weeks(view), rows=_rows(view, grid), first_words=_day(first), last_words=_day(view.last),
        gaps=everywhere.gaps, spans=_SPANS, grid=grid,
        earlier=first - days * _DAY, later=first + days * _DAY, no_cells=not grid.cells,
    )


def communities_of(grid: Grid) -> list[Any]:
    """Return the communities that have cells in force."""
    codes = {cell.community_code for cell in grid.cells.values()}
    return [grid.areas[code] for code in sorted(codes)]


def _heads(view: RosterView) -> list[dict[str, Any]]:
    days = [view.first + n * _DAY for n in range((view.last - view.first).days + 1)]
    return [{"day": day, "is_today": day == view.today, "is_rest": day.weekday() >= 5} for day in days]


def _weeks(view: RosterView) -> list[dict[str, Any]]:
    """Return the weeks across, each with the number of its days shown."""
    weeks: list[dict[str, Any]] = []
    day = view.first
    while day <= view.last:
        last = min(day + (6 - day.weekday()) * _DAY, view.last)
        weeks.append({"first": day, "days": (last - day).days + 1})
        day = last + _DAY
    return weeks


def _rows(view: RosterView, grid: Grid) -> list[dict[str, Any]]:
    """Return the rows, cell by cell; the community's name, which all share, is left out of theirs."""
    return [
        {"cell": row.cell, "seat": row.seat, "stretches": row.stretches, "opens_cell": at % len(SEATS) == 0,
         "short": short_name(row.cell.label, grid.community_of(row.cell.code).label)}
        for at, row in enumerate(view.rows)
    ]


def short_name(cell: Label, community: Label) -> Label:
    """Return a cell's name without its community's in front."""
    return Label(cell.zh.removeprefix(community.zh).strip() or cell.zh, cell.en.removeprefix(community.en).strip() or cell.en)


def _day(day: date) -> str:
    words = day_words(day, relative=False).split(" ")
    return " ".join(words[1:]) if language_in_use() == "en" else words[0]


@room.get("/rosters/new", permission=Permission.ROSTER_EDIT)
def enter() -> str:
    """Show the form for a new term; a gap that was chosen fills cell, seat and day."""
    typed = {key: request.args.get(key, "") for key in ("cell", "seat", "valid_from", "valid_to")}
    typed["valid_from"] = typed["valid_from"] or local_day(g.now).isoformat()
    return render_template("admin/term_new.html", **_choices(typed["cell"]), typed=typed)


def _choices(cell_code: str) -> dict[str, Any]:
    with reading() as session:
        grid = grid_of(session, g.now)
        cell = grid.cells.get(cell_code)
        people = seating.people_for(session, cell.community_code if cell else "", local_day(g.now))
    cells = [(area.label, [(each.code, each.label) for each in grid.cells.values() if each.community_code == area.code])
             for area in communities_of(grid)]
    return {"nav_active": "rosters", "cells": cells, "seats": SEATS, "people": people, "cell": cell}


@room.post("/rosters/new", permission=Permission.ROSTER_EDIT)
def enter_now() -> Response | AnyResponse:
    """Put a person into a seat."""
    form = Form(request.form)
    with reading() as session:
        cells = grid_of(session, g.now).cells
    code = form.choice("cell", _CELL, cells)
    seat = form.required_word("seat", _SEAT, Seat)
    first, last = form.day("valid_from", _FIRST), form.day("valid_to", _LAST, required=False)
    login, note = form.text("login", _PERSON, limit=64), form.text("note", _NOTE, limit=seating.NOTE_LENGTH, required=False)
    try:
        form.done()
        entry = TermEntry(code, seat, login, first or local_day(g.now), last, form.tick("is_cover"), form.tick("replaces"), note)
        with writing() as session:
            seating.seat_person(session, entry, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/term_new.html", problem, **_choices(code), typed=form.typed)
    flash(gettext("已排进名册。"), "ok")
    return redirect(url_for("rosters.index", community=cells[code].community_code), 303)


@room.get("/rosters/terms/<uuid:term_id>", permission=Permission.ROSTER_EDIT)
def show_term(term_id: UUID) -> str:
    """Show one term with what can be done to it."""
    return render_template("admin/term.html", **_term_page(term_id), typed={})


def _term_page(term_id: UUID) -> dict[str, Any]:
    with reading() as session:
        grid = grid_of(session, g.now)
        term = seating.term_of(session, term_id, actor_in_use())
    cell, area = grid.cells.get(term.cell_code), grid.areas.get(term.cell_code)
    place = cell.label if cell else area.label if area else Label(term.cell_code, term.cell_code)
    today = local_day(g.now)
    return {
        "nav_active": "rosters", "term": term, "place": place, "today": today, "yesterday": today - _DAY,
        "community": cell.community_code if cell else term.cell_code[:12],
        "is_over": term.valid_to is not None and term.valid_to < today - _DAY,
    }


@room.post("/rosters/terms/<uuid:term_id>", permission=Permission.ROSTER_EDIT)
def change_term(term_id: UUID) -> Response | AnyResponse:
    """Set a term's last day and note."""
    form, page = Form(request.form), _term_page(term_id)
    last, note = form.day("valid_to", _LAST, required=False), form.text("note", _NOTE, limit=seating.NOTE_LENGTH, required=False)
    try:
        form.done()
        with writing() as session:
            seating.change_term(session, term_id, last, note, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/term.html", problem, **page, typed=form.typed)
    flash(gettext("已改。"), "ok")
    return redirect(url_for("rosters.index", community=page["community"]), 303)


@room.post("/rosters/terms/<uuid:term_id>/end", permission=Permission.ROSTER_EDIT)
def end_term(term_id: UUID) -> Response | AnyResponse:
    """End a term yesterday."""
    page = _term_page(term_id)
    try:
        with writing() as session:
            seating.end_term(session, term_id, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/term.html", problem, **page, typed={})
    flash(gettext("已截止到昨天。空出来的席位请补人。"), "ok")
    return redirect(url_for("rosters.index", community=page["community"]), 303)


# ---- the file of staff


@room.get("/rosters/template.xlsx", permission=Permission.ROSTER_EDIT)
def template() -> Response:
    """Give the template with this home's codes."""
    with reading() as session:
        write = import_module("gridmediate.services.staff_template").staff_template
        content = write(grid_of(session, g.now), {code: name.zh for code, name in departments(session)})
    answer = Response(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer.headers["Content-Disposition"] = "attachment; filename=gridmediate-staff.xlsx"
    return answer


@room.get("/rosters/import", permission=Permission.ROSTER_EDIT)
def choose_file() -> str:
    """Ask for the file of staff."""
    return render_template("admin/staff_file.html", nav_active="rosters")


@room.post("/rosters/import", permission=Permission.ROSTER_EDIT)
def check_file() -> Response | AnyResponse:
    """Read the file; say every fault by row, or what it would change."""
    received = None
    try:
        received = receive(request.files.get("file"), _FILE)
        sheet = read_staff(received.path, received.name)
        with writing() as session:
            plan = plan_staff(session, sheet, actor_in_use(), g.now)
    except Problem as problem:
        if received is not None:
            received.discard()
        faults = problem.problems if isinstance(problem, Faults) else ()
        if not faults:
            problem.field = "file"
        return refused("admin/staff_file.html", problem, nav_active="rosters", faults=faults)
    return make_response(render_template("admin/staff_plan.html", nav_active="rosters", upload=received, sheet=sheet, plan=plan))


@room.post("/rosters/import/<token>", permission=Permission.ROSTER_EDIT)
def take_over(token: str) -> Response | AnyResponse:
    """Take the file over, and show the invitations; they are shown once, so this answer is the page itself."""
    received = kept(token)
    try:
        sheet: StaffFile = read_staff(received.path, received.name)
        with writing() as session:
            report = import_staff(session, sheet, actor_in_use(), g.now, secret=secret_of(app_in_use().settings))
    except Problem as problem:
        received.discard()
        faults = problem.problems if isinstance(problem, Faults) else ()
        return refused("admin/staff_file.html", problem, nav_active="rosters", faults=faults)
    received.discard()
    return make_response(render_template("admin/staff_done.html", nav_active="rosters", report=report))
