"""The cases: lists by what is due next, the page of one case, its parties, its place and its team."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from flask import flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from gridmediate.domain.categories import HEADS
from gridmediate.domain.next_steps import NEVER
from gridmediate.domain.people_words import OF_AGREEMENT, GuestKind
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import ChangedMeanwhile, NotFound, Problem
from gridmediate.domain.safety import INSTEAD_OF, TOLD
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Label, Part, Side, Willingness
from gridmediate.domain.workflow import LAWFUL_ENDS
from gridmediate.services import (
    casepage,
    guests,
    handling,
    inbox,
    lists,
    parties,
    teams,
)
from gridmediate.services.filing import PartyEntry
from gridmediate.services.gazetteer import find_places
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web import meanwhile
from gridmediate.web.case_words import sorted_acts, steps_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of, wants_json
from gridmediate.web.forms import Form
from gridmediate.web.gazetteer import match_rows
from gridmediate.web.paths import rows_asked
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("cases", __name__)

#: A road runs through many cells; whoever settles a place sees more of them than a phone shows.
_PLACES_SHOWN = 16


def desk_of() -> Desk:
    """Return whose list the reader gets: the narrowest place the reader answers for."""
    actor = actor_in_use()
    places = ((Desk.COMMUNITY, actor.communities), (Desk.STREET, actor.streets), (Desk.COUNTY, actor.counties),
              (Desk.CELL, actor.cells))
    for desk, codes in places:
        if codes:
            return desk
    return Desk.FILED


def desk_asked(given: Mapping[str, str]) -> Desk:
    """Return the desk that an address names, else the reader's own."""
    return Desk(given["desk"]) if given.get("desk") in set(Desk) else desk_of()


@room.get("/cases", permission=Permission.CASE_READ)
def worklist() -> str:
    """Show the reader's list."""
    narrowed, desk = CaseFilter.asked(request.args), desk_asked(request.args)
    with writing() as session:
        after, size = request.args.get("after"), rows_asked()
        page = lists.list_cases(session, desk, narrowed, actor_in_use(), g.now, after=after, size=size)
        grid = grid_of(session, g.now)
        communities = [area for street in sorted(actor_in_use().streets) for area in grid.communities_of(street)]
    cell = grid.cells.get(narrowed.cell_code)
    g.nav_counts = {"cases": page.counts.get("all", 0), "placing": page.counts.get("unplaced", 0)}
    return render_template(
        "cases/list.html",
        groups=_by_day(page.rows, narrowed),
        page=page,
        narrowed=narrowed,
        desk=desk,
        communities=communities,
        cell=cell.label if cell else None,
        heads=HEADS,
        may_export=holds(actor_in_use(), Permission.CASE_EXPORT),
        nav_active="placing" if narrowed.unplaced else "closed" if narrowed.closed else "cases",
        kept={key: value for key, value in request.args.items() if key not in ("after", "turn") and value},
    )


@room.get("/cases/unplaced", permission=Permission.CASE_PLACE)
def unplaced() -> Response:
    """Go to the cases whose cell is open."""
    return redirect(url_for("cases.worklist", unplaced=1), 303)


@room.get("/cases/closed", permission=Permission.CASE_READ)
def closed() -> Response:
    """Go to what is done."""
    return redirect(url_for("cases.worklist", closed=1), 303)


def _by_day(rows: list[lists.CaseRow], narrowed: CaseFilter) -> list[dict[str, Any]]:
    """Group a list as its reader plans: overdue, today, tomorrow, later."""
    if narrowed.closed:
        return [{"title": gettext("最近变动在前"), "rows": rows, "late": False}] if rows else []
    today = g.now.astimezone(LOCAL_ZONE).date()

    def when(row: lists.CaseRow) -> int:
        due_at = row.clock.due_at
        if due_at is None or due_at >= NEVER:
            return 4
        if due_at < g.now:
            return 0
        # The end of a day is the next day's first moment.
        days = (due_at.astimezone(LOCAL_ZONE) - timedelta(seconds=1)).date() - today
        return 1 if days.days <= 0 else 2 if days.days == 1 else 3

    titles = (gettext("已超期"), gettext("今天到期"), pgettext("heading", "明天"), gettext("本周及以后"), gettext("没有期限"))
    return [{"title": titles[key], "rows": list(group), "late": key == 0} for key, group in groupby(rows, key=when)]


@room.get("/cases/<case_no>", permission=Permission.CASE_READ)
def show(case_no: str) -> str:
    """Show one case."""
    return case_page(case_no)


@room.get("/cases/<case_no>/preview", permission=Permission.CASE_READ)
def preview(case_no: str) -> str:
    """Show a case beside the list, with the acts that decide it."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    return render_template("cases/_preview.html", case=case, acts=sorted_acts(case))


def case_page(case_no: str, *, parties_in_clear: Any = None, guests_in_clear: Any = (), problems: Any = (),
              typed: Any = None) -> str:
    """Return the page of one case, with what was refused and what was typed."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        if g.signed.unread:  # with the sign-in, so that who has none pays nothing
            g.notices_read = inbox.mark_case_read(session, case.id, actor_in_use(), g.now)
        changed = meanwhile.since(session, case, version_seen())
    return render_template(
        "cases/case.html",
        case=case,
        meanwhile=changed,
        acts=sorted_acts(case),
        steps=steps_of(case),
        clear=parties_in_clear,
        clear_guests=guests_in_clear,
        guest_kinds=list(GuestKind),
        picture_kinds=OF_AGREEMENT,
        today=g.now.astimezone(LOCAL_ZONE).date().isoformat(),
        problems=problems,
        typed=typed or {},
        ends=[say(each.row.act) for each in case.acts if each.row.act in LAWFUL_ENDS],
        nav_active="cases",
        sides=list(Side),
        wishes=list(Willingness),
        all_flags=list(Flag),
        told_steps=TOLD,
        step_words={step.value: step for step in INSTEAD_OF},
        purpose=request.form.get("purpose", ""),
    )


def version_seen() -> int | None:
    """Return the version of the case that the sender saw."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


@room.post("/cases/<case_no>/notes", permission=Permission.CASE_NOTE)
def add_note(case_no: str) -> Response | str | tuple[str, int]:
    """Add a note to the timeline; from a phone that was without signal, with the version of the case that it showed."""
    sent = Form(request.form)
    key = sent.key("note_key", Label("记事编号", "Key of the note"), required=False)
    try:
        sent.done()
        with writing() as session:
            text = request.form.get("note", "") or request.form.get("text", "")
            handling.note(session, case_no, text, actor_in_use(), g.now, version=version_seen(), key=key)
    except NotFound:
        raise
    except Problem as problem:
        if not wants_json():
            return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
        if isinstance(problem, ChangedMeanwhile):
            return meanwhile.for_script(case_no, version_seen() or 0, problem)
        raise
    if wants_json():
        return make_response(jsonify({}), 201)
    return redirect(url_for("cases.show", case_no=case_no, contact=1) + "#contact", 303)


@room.post("/cases/<case_no>/parties", permission=Permission.PARTY_UNMASK)
def unmask(case_no: str) -> str | tuple[str, int]:
    """Show the parties in clear on this one answer; going back or reloading masks them again."""
    try:
        with writing() as session:
            purpose, override = request.form.get("purpose", ""), request.form.get("override", "")
            clear = parties.unmask(session, case_no, purpose, actor_in_use(), g.now, override=override)
            invited = guests.unmask(session, case_no, purpose, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
    return case_page(case_no, parties_in_clear=clear, guests_in_clear=invited)


@room.post("/cases/<case_no>/parties/new", permission=Permission.PARTY_EDIT)
def add_party(case_no: str) -> Response | tuple[str, int]:
    """Add a party."""
    form = request.form
    side = Side(form["side"]) if form.get("side") in set(Side) else Side.APPLICANT
    entry = PartyEntry(side, form.get("name", "").strip(), form.get("phone", "").strip(), form.get("party_address", "").strip(),
                       is_minor=form.get("is_minor") == "1", is_organisation=form.get("is_organisation") == "1")
    try:
        with writing() as session:
            parties.add_party(session, case_no, entry, actor_in_use(), g.now,
                              is_representative=form.get("is_representative") == "1")
    except NotFound:
        raise
    except Problem as problem:
        return case_page(case_no, problems=problem_list(problem), typed=form), status_of(problem)
    flash(gettext("已补充当事人。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.post("/cases/<case_no>/willingness", permission=Permission.PARTY_EDIT)
def set_willingness(case_no: str) -> Response | tuple[str, int]:
    """Record whether the parties want mediation."""
    wish = request.form.get("willingness", "")
    if wish in set(Willingness):
        try:
            with writing() as session:
                parties.set_willingness(session, case_no, Willingness(wish), version_seen(), actor_in_use(), g.now)
        except ChangedMeanwhile as problem:
            return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
        flash(gettext("已登记调解意愿。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.get("/cases/<case_no>/place", permission=Permission.CASE_PLACE)
def place(case_no: str) -> str:
    """Ask in which cell a case lies that came in without one."""
    return _place_page(case_no, None, [])


def _place_page(case_no: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        changed = meanwhile.since(session, case, version_seen())
        grid = grid_of(session, g.now)
        found = match_rows(find_places(session, case.address or "", actor_in_use(), g.now, most=_PLACES_SHOWN))
    # A place of the book that was pointed to fills the form; the person still says so by sending it.
    chosen = next((each for each in found if each["cell"] and str(each["entry"]) == request.args.get("entry")), None)
    if typed is None and chosen is not None:
        typed = {"cell_code": chosen["cell"]["code"], "reason": gettext("地名库：%(place)s", place=chosen["name"])}
    cells = [
        (
            say(community.label),
            [(card.code, say(card.label)) for card in grid.cells.values() if card.community_code == community.code],
        )
        for community in grid.areas.values()
        if any(card.community_code == community.code for card in grid.cells.values())
    ]
    return render_template(
        "cases/place.html",
        case=case,
        meanwhile=changed,
        cells=cells,
        found=found,
        typed=typed or {},
        problems=problems,
        errors=field_errors(problems),
        nav_active="placing",
    )


@room.post("/cases/<case_no>/place", permission=Permission.CASE_PLACE)
def settle_place(case_no: str) -> Response | tuple[str, int]:
    """Settle the cell of a case."""
    try:
        with writing() as session:
            handling.settle_place(session, case_no, request.form.get("cell_code", ""), request.form.get("reason", ""),
                                  actor_in_use(), g.now, version=version_seen())
    except NotFound:
        raise
    except Problem as problem:
        return _place_page(case_no, request.form, problem_list(problem)), status_of(problem)
    flash(gettext("已定格，团队已按名册拟好。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.get("/cases/<case_no>/team", permission=(Permission.TEAM_ADJUST, Permission.TEAM_DECLARE_INTEREST))
def team(case_no: str) -> str:
    """Show the team to be adjusted."""
    return team_page(case_no, {}, [])


def team_page(case_no: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    """Return the page of a team, with what was refused and what was typed."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        changed = meanwhile.since(session, case, version_seen())
        rules = rulebook_of(session)
        people = teams.people_for(session, case.cell_code, case.community_code, g.now) if case.may_adjust_team else []
    seated = {seat.department_code for seat in case.seats}
    departments = [(code, say(name)) for code, name in rules.departments.items() if code not in seated]
    return render_template("cases/team.html", case=case, people=people, departments=departments, typed=typed, problems=problems,
                           errors=field_errors(problems), parts=list(Part), sides=list(Side), nav_active="cases",
                           meanwhile=changed)


@room.post("/cases/<case_no>/team", permission=(Permission.TEAM_ADJUST, Permission.TEAM_DECLARE_INTEREST))
def change_team(case_no: str) -> Response | tuple[str, int]:
    """Change a seat, add a department, or step back for an interest."""
    form, actor = request.form, actor_in_use()
    try:
        with writing() as session:
            match form.get("do"):
                case "interest":
                    teams.declare_interest(session, case_no, form.get("why", ""), actor, g.now)
                case "department":
                    part = Part.LEAD if form.get("part") == Part.LEAD else Part.SUPPORT
                    teams.add_department(
                        session,
                        case_no,
                        form.get("department", ""),
                        part,
                        form.get("why", ""),
                        form.get("ask", ""),
                        version_seen(),
                        actor,
                        g.now,
                    )
                case _:
                    change = teams.SeatChange(_uuid(form.get("seat", "")), form.get("login", ""), form.get("why", ""))
                    teams.change_seat(session, case_no, change, version_seen(), actor, g.now)
    except NotFound:
        raise
    except Problem as problem:
        return team_page(case_no, form, problem_list(problem)), status_of(problem)
    flash(gettext("团队已调整，理由记入本案。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None

