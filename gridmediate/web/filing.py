"""Filing a dispute in three steps: where, what kind, what happened; then the receipt."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.categories import CATEGORIES, HEADS_BY_POSITION, Category, category, find_categories
from gridmediate.domain.deadlines import ClockKind, limit_for
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Faults, NotFound, Problem
from gridmediate.domain.vocabulary import Flag, Seat, Side, Source, Willingness, label
from gridmediate.domain.workflow import State
from gridmediate.services import casepage, preview
from gridmediate.services.asked import WORDS_LIMIT
from gridmediate.services.day import frequent_categories
from gridmediate.services.filing import FACTS_LIMIT, Receipt, file_once
from gridmediate.services.gazetteer import find_places
from gridmediate.services.grid import CellCard, Grid, grid_of
from gridmediate.services.placing import Point
from gridmediate.services.preview import SeatSeen
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.whom_to_call import whom_to_call_about
from gridmediate.web.context import actor_in_use, app_in_use, in_words, reading, writing
from gridmediate.web.errors import status_of, wants_json
from gridmediate.web.filing_form import LISTED, PARTY_ROWS, STEPS, UNSURE, FilingForm, OwnArea
from gridmediate.web.gazetteer import book_url, match_rows
from gridmediate.web.phone_filing import FLAG_OF_HEAD, PHONE_SCRIPTS, POSTED_SCRIPTS, phone_data
from gridmediate.web.place_map import place_map
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("filing", __name__)

_FILE = Permission.CASE_FILE
#: The circumstances that every filing asks; the others come with categories or under 更多情况.
_FLAGS_FIRST = (Flag.THREAT, Flag.DOMESTIC_VIOLENCE, Flag.MINOR, Flag.GROUP, Flag.EARLIER_ATTEMPTS)
_FLAGS_MORE = (Flag.SELF_HARM, Flag.POLICE_CALLS, Flag.BUILDING_WORK, Flag.MIGRANT_WAGES)
_FREQUENT = 6
_DANGERS = (Flag.THREAT, Flag.SELF_HARM, Flag.DOMESTIC_VIOLENCE)


@room.get("/file", permission=_FILE)
def place() -> Response:
    """Open the form at its first step; a phone gets the other steps with it."""
    return _show("place", FilingForm(MultiDict()), on_phone=True)


@room.post("/file", permission=_FILE)
def step() -> Response:
    """Go on or back; a step with faults is shown again with everything typed."""
    form = _form()
    at = request.form.get("step") if request.form.get("step") in STEPS else STEPS[0]
    go = request.form.get("go", "next")
    if go in STEPS:
        return _show(go, form)
    if go == "back":
        return _show(STEPS[max(0, STEPS.index(str(at)) - 1)], form)
    if go == "look":
        return _show("place", form)
    if go == "find":
        return _show("category", form)
    problems = _faults_of(str(at), form)
    if problems:
        return _show(str(at), form, problems)
    return _show(STEPS[min(len(STEPS) - 1, STEPS.index(str(at)) + 1)], form)


def _form() -> FilingForm:
    return FilingForm(request.form, OwnArea(actor_in_use().cells, app_in_use().settings.far_position_m))


def _faults_of(at: str, form: FilingForm) -> list[Problem]:
    if at == "place":
        with reading() as session:
            form.place(grid_of(session, g.now))
    elif at == "category":
        form.check_category()
    return form.problems


@room.post("/cases", permission=_FILE)
def submit() -> AnyResponse:
    """File the dispute. Sending it again gives the same receipt."""
    form = _form()
    try:
        with reading() as session:
            filing = form.filing(grid_of(session, g.now))
        with in_words():
            receipt = file_once(app_in_use().store, filing, actor_in_use(), g.now)
    except Problem as problem:
        if wants_json():
            raise
        return _show("facts", form, problem.problems if isinstance(problem, Faults) else [problem], status_of(problem))
    if wants_json():
        return _receipt_for_script(receipt)
    return redirect(url_for("filing.receipt", case_no=receipt.case_no), 303)


def _receipt_for_script(receipt: Receipt) -> AnyResponse:
    with reading() as session:
        cell = grid_of(session, g.now).cells.get(receipt.cell_code or "")
    answer = jsonify(
        case_no=receipt.case_no, case_url=url_for("cases.show", case_no=receipt.case_no),
        receipt_url=url_for("filing.receipt", case_no=receipt.case_no), is_repeat=receipt.is_repeat,
        cell=say(cell.label) if cell else None, solved=receipt.is_solved,
    )
    answer.status_code = 200 if receipt.is_repeat else 201
    return answer


def _show(step: str, form: FilingForm, problems: Any = (), status: int | None = None, *, on_phone: bool = False) -> Response:
    said = problem_list(Faults(list(problems))) if problems else []
    with reading() as session:
        grid = grid_of(session, g.now)
        context: dict[str, Any] = {"phone": phone_data(session) if on_phone else None}
        for each in STEPS if on_phone else (step,):
            context |= _BUILD[each](session, grid, form)
        context |= _places_of(grid, form)
    page = render_template(
        "worker/file.html", step=step, number=STEPS.index(step) + 1, form=form, typed=form.typed,
        scripts=PHONE_SCRIPTS if on_phone else POSTED_SCRIPTS,
        carried=[pair for pair in form.carried(step) if not on_phone or pair[0] == "filing_key"], problems=said,
        errors=field_errors(said), nav_active="file", **context,
    )
    return make_response(page, status or (status_of(problems[0]) if problems else 200))


def _places_of(grid: Grid, form: FilingForm) -> dict[str, Any]:
    cell = grid.cells.get(form.cell_code or "")
    return {"place_words": [], "cell": cell, "community": grid.community_of(cell.code) if cell else None}


def _place_step(session: Any, grid: Grid, form: FilingForm) -> dict[str, Any]:
    actor, point = actor_in_use(), form.point()
    seen = None
    if point is not None:
        try:
            seen = preview.see_point(session, point, actor, g.now)
        except Problem:
            seen = None
    mine = [grid.cells[code] for code in sorted(actor.cells) if code in grid.cells]
    team = preview.see_cell(session, form.cell_code, actor, g.now) if form.cell_code else seen.team if seen else ()
    return {
        "seen": seen, "mine": mine, "team": team, "cells": _cells_by_community(grid), "offered": _offered(grid, seen, mine),
        "map": place_map(grid, sorted(actor.cells)), **_looked_up(session, form),
    }


def _looked_up(session: Any, form: FilingForm) -> dict[str, Any]:
    """Return what the gazetteer says for the address: asked for by the button, or for what was chosen from it before."""
    address = form.typed["address"].strip()
    looked = bool(address) and (request.form.get("go") == "look" or form.place_entry is not None)
    found = find_places(session, address, actor_in_use(), g.now) if looked else []
    return {"looked": looked, "found": match_rows(found), "book_url": book_url(session)}


def _cells_by_community(grid: Grid) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for card in grid.cells.values():
        groups.setdefault(say(grid.areas[card.community_code].label), []).append((card.code, say(card.label)))
    return list(groups.items())


def _offered(grid: Grid, seen: preview.PlaceSeen | None, mine: list[CellCard]) -> list[dict[str, Any]]:
    """Return the choices under the map before any script asks: the cells of the point, or the worker's own."""
    cards = [each.cell for each in seen.candidates] if seen is not None and seen.candidates else mine[:4]
    own = {card.code for card in mine}
    rows = [{"value": card.code, "label": say(card.label), "hint": gettext("您的网格") if card.code in own else
             say(grid.areas[card.community_code].label)} for card in cards]
    return [*rows, {"value": LISTED, "label": gettext("别的网格，从下面的列表选"), "plain": True},
            {"value": UNSURE, "label": gettext("说不准，交社区认领"), "plain": True}]


def _category_step(session: Any, grid: Grid, form: FilingForm) -> dict[str, Any]:
    words = request.form.get("q", "")[:60]
    chosen = form.t2_code
    # A phone gets this step before it knows the cell: the worker's own is the likely one.
    cell = form.cell_code or next(iter(sorted(actor_in_use().cells)), None)
    codes = frequent_categories(session, cell, g.now, most=_FREQUENT)
    habits = [CATEGORIES[code] for code in codes if code in CATEGORIES]
    found = find_categories(words) if words.strip() else []
    head = "found" if found else chosen[:2] if chosen and chosen not in {each.code for each in habits} else "common"
    return {
        "heads": HEADS_BY_POSITION, "frequent": _filled_up(habits), "are_habits": bool(habits and form.cell_code),
        "words": words, "found": found,
        "chosen": chosen or "",
        "head": head, "handlers": _handlers(session, form),
        "people": preview.see_cell(session, form.cell_code, actor_in_use(), g.now) if form.cell_code else (),
    }


def _filled_up(habits: list[Category]) -> list[Category]:
    # A cell with few filings shows the first class of the heads that are filed most.
    usual = [head.categories[0] for head in HEADS_BY_POSITION]
    return list({each.code: each for each in (*habits, *usual)}.values())[:_FREQUENT]


def _handlers(session: Any, form: FilingForm) -> preview.Handlers | None:
    if form.t2_code is None:
        return None
    return preview.see_handlers(session, form.t2_code, form.flags, form.cell_code, g.now)


def _facts_step(session: Any, grid: Grid, form: FilingForm) -> dict[str, Any]:
    chosen = category(form.t2_code) if form.t2_code else None
    own = FLAG_OF_HEAD.get(chosen.head_code) if chosen else None
    first = (*((own,) if own else ()), *_FLAGS_FIRST)
    return {
        "category": chosen, "handlers": _handlers(session, form), "flags_first": first,
        "flags_more": [flag for flag in _FLAGS_MORE if flag is not own], "flag_notes": _flag_notes(), "limit": FACTS_LIMIT,
        "spot_limit": WORDS_LIMIT,
        "wishes": [(each.value, say(each)) for each in Willingness], "sides": [(each.value, say(each)) for each in Side],
        "sources": [(each.value, say(each)) for each in (Source.WORKER, Source.COURT, Source.POLICE)],
        "party_rows": range(PARTY_ROWS),
    }


_BUILD = {"place": _place_step, "category": _category_step, "facts": _facts_step}


def _flag_notes() -> dict[Flag, str]:
    return {
        Flag.THREAT: gettext("先报警"), Flag.SELF_HARM: gettext("先报警"), Flag.DOMESTIC_VIOLENCE: gettext("依法必须报告公安"),
        Flag.MINOR: gettext("姓名全程遮盖"),
    }


@room.post("/file/handlers", permission=_FILE)
def handlers() -> str:
    """Say who handles what has been chosen so far; a part of the page."""
    form = _form()
    with reading() as session:
        return render_template("worker/_handlers.html", handlers=_handlers(session, form))


@room.post("/file/categories", permission=_FILE)
def find() -> str:
    """Show the categories that plain words point to; a part of the page. Posted, so that the words stand in no address."""
    words = request.form.get("q", "")[:60]
    found = find_categories(words) if words.strip() else []
    return render_template("worker/_found.html", found=found, words=words, chosen=request.form.get("t2_code", ""))


@room.get("/place/locate", permission=_FILE)
def locate() -> Response:
    """Answer which cell a point lies in, or who sits on the team of a cell; nothing is written."""
    code = request.args.get("cell_code", "")
    if code:
        return jsonify(_listed(code))
    form = FilingForm(request.args)
    point = form.point()
    if point is None:
        raise Faults(form.problems) if form.problems else NotFound
    with reading() as session:
        seen = preview.see_point(session, point, actor_in_use(), g.now)
        return jsonify(_located(grid_of(session, g.now), seen, point))


def _listed(code: str) -> dict[str, Any]:
    with reading() as session:
        grid = grid_of(session, g.now)
        if code not in grid.cells:
            raise NotFound
        team = preview.see_cell(session, code, actor_in_use(), g.now)
    return {"how": "listed", "cell": _cell(grid, grid.cells[code]), "candidates": [], "nearest": None, "team": _team(team)}


def _located(grid: Grid, seen: preview.PlaceSeen, point: Point) -> dict[str, Any]:
    found, nearest = seen.placement, seen.placement.nearest
    return {
        "how": found.how.value, "cell": _cell(grid, found.cell) if found.cell else None, "must_ask": found.must_ask,
        "candidates": [_cell(grid, each.cell) | {"distance_m": round(each.distance_m, 1)} for each in seen.candidates],
        "coarse_m": round(point.accuracy_m or 0) if seen.is_coarse else None,
        "nearest": _cell(grid, nearest.cell) | {"distance_m": round(nearest.distance_m)} if nearest else None,
        "reason": say(found.reason), "team": _team(seen.team),
    }


def _cell(grid: Grid, card: CellCard) -> dict[str, Any]:
    return {"code": card.code, "name": say(card.label), "community": say(grid.areas[card.community_code].label),
            "mine": card.code in actor_in_use().cells}


def _team(seats: tuple[SeatSeen, ...]) -> list[dict[str, Any]]:
    marks = {Seat.CADRE: gettext("干"), Seat.GRID_WORKER: gettext("格")}
    return [
        {"kind": each.seat.value, "mark": gettext("缺") if each.is_vacant else marks.get(each.seat, ""), "name": say(each.name),
         "seat": gettext("空缺") if each.is_vacant else say(label(each.seat)) + (gettext("（您）") if each.is_reader else ""),
         "reason": say(each.reason), "vacant": each.is_vacant}
        for each in seats
    ]


@room.get("/cases/<case_no>/receipt", permission=_FILE)
def receipt(case_no: str) -> str:
    """Show what the filer takes away: the number, who handles it and why, what comes next and when."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        if not case.is_filer:
            raise NotFound
        rows = rulebook_of(session).limits
        call = whom_to_call_about(session, case_no, g.now, complaint=app_in_use().settings.complaint_phone)
    decision, mediation = (limit_for(rows, kind, case.t2_code, case.urgency) for kind in (ClockKind.ACCEPT, ClockKind.MEDIATE))
    return render_template("worker/receipt.html", case=case, decision=decision, mediation=mediation, call=call,
                           nav_active="file", is_filed=case.state is State.FILED,
                           urgent=[flag for flag in case.flags if flag in _DANGERS])
