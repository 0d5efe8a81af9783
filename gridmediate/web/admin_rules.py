"""Time limits, routing and holidays: the limits and rules with their sources, and the days an office enters itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.categories import HEADS
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import office_calendar
from gridmediate.services.grid import local_day
from gridmediate.services.recompute import recompute_clocks
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.context import actor_in_use, app_in_use, in_words, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("rules", __name__)

_DAY, _LAST = Label("日期", "Day"), Label("到哪天", "Last day")
_NAME, _YEAR, _SOURCE = Label("名称", "Name"), Label("年份", "Year"), Label("依据的通知", "The notice it comes from")


@room.get("/rules", permission=Permission.RULES_EDIT)
def index() -> str:
    """Show limits, routing and the year's holidays."""
    return render_template("admin/rules.html", **_page(_asked_year()), typed={})


def _asked_year() -> int:
    return Form(request.args).whole("year", _YEAR, least=2000, most=2100, required=False) or local_day(g.now).year


def _page(year: int) -> dict[str, Any]:
    with reading() as session:
        rules, view = rulebook_of(session), office_calendar.calendar(session, year)
        unknown = office_calendar.unknown_years(session, g.now)
    return {
        "nav_active": "rules", "rules": rules, "calendar": view, "unknown": unknown, "year": year, "heads": HEADS,
        "department": lambda code: rules.department_label(code),
    }


@room.post("/rules/days", permission=Permission.RULES_EDIT)
def add_days() -> Response | AnyResponse:
    """Enter days off, or days worked in exchange."""
    form = Form(request.form)
    first, last = form.day("day", _DAY), form.day("last", _LAST, required=False)
    name, working = form.text("name", _NAME, limit=60), form.tick("is_working")
    year = first.year if first else local_day(g.now).year
    try:
        form.done()
        if first is not None:
            with writing() as session:
                office_calendar.set_day(session, first, last or first, working, name, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/rules.html", problem, **_page(year), typed=form.typed)
    flash(gettext("已录入，今后起算的时限按此计算。"), "ok")
    return redirect(url_for("rules.index", year=year, _anchor="calendar"), 303)


@room.post("/rules/recompute", permission=Permission.RULES_EDIT)
def recompute() -> AnyResponse:
    """Work the running clocks out anew by the rules and holidays of today."""
    with in_words():
        done = recompute_clocks(app_in_use().store, actor_in_use(), g.now)
    flash(ngettext("看了在走的时限，%(num)d 件改了到期日。", "看了在走的时限，%(num)d 件改了到期日。", done.changed), "ok")
    return redirect(url_for("rules.index", _anchor="calendar"), 303)


@room.post("/rules/days/<day>/remove", permission=Permission.RULES_EDIT)
def remove_day(day: str) -> Response | AnyResponse:
    """Take a day out."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return make_response("", 404)
    with writing() as session:
        office_calendar.remove_day(session, chosen, actor_in_use(), g.now)
    flash(gettext("已删去。"), "ok")
    return redirect(url_for("rules.index", year=chosen.year, _anchor="calendar"), 303)


@room.post("/rules/years/<int:year>", permission=Permission.RULES_EDIT)
def set_year(year: int) -> Response | AnyResponse:
    """Say that a year is entered whole, or that it is not."""
    form = Form(request.form)
    known = form.tick("is_known")
    source = form.text("source", _SOURCE, limit=120, required=known)
    try:
        form.done()
        with writing() as session:
            office_calendar.set_year(session, year, known, source, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/rules.html", problem, **_page(year), typed=form.typed)
    flash(gettext("已登记。"), "ok")
    return redirect(url_for("rules.index", year=year, _anchor="calendar"), 303)
