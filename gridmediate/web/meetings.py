"""Joint meetings: stuck cases to pick from, the pack to print, the decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gridmediate.domain.meetings import (
    DECISION_LIMIT,
    MOST_CASES,
    MOST_PARTS,
    PLACE_LIMIT,
    TITLE_LIMIT,
    WHAT_LIMIT,
    WHY_LIMIT,
    Assigned,
)
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label
from gridmediate.services import casepage, meeting_lists, meetings
from gridmediate.services.grid import grid_of
from gridmediate.services.meetings import Convening, Decision
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("meetings", __name__)

_HOLD = Permission.MEETING_HOLD
_TITLE, _PLACE, _DAY = Label("会议名称", "Title"), Label("地点", "Place"), Label("开会日期", "Day of the meeting")
_WHAT, _DUE, _DEPARTMENT = Label("做什么", "What is done"), Label("什么时候以前", "By when"), Label("部门", "Department")
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000
_ROWS, _MORE = 3, 2


@room.get("/meetings", permission=_HOLD)
def index() -> str:
    """Show the meetings of the reader's street or county."""
    with writing() as session:
        rows = meeting_lists.list_meetings(session, meetings.places_of(actor_in_use()))
    return render_template("meetings/list.html", rows=rows, nav_active="meetings")


# -- picking -----------------------------------------------------------------------------------------------------------


@room.get("/meetings/new", permission=_HOLD)
def pick() -> str:
    """Show the stuck cases to pick from."""
    return _pick_page(Form(request.args), None)


def _pick_page(form: Form, problem: Problem | None) -> str:
    places = meetings.places_of(actor_in_use())
    place = form.typed.get("place_code") if form.typed.get("place_code") in places else next(iter(places), "")
    with writing() as session:
        found = meeting_lists.candidates(session, place or "", actor_in_use(), g.now)
        areas = grid_of(session, g.now).areas
    problems = problem_list(problem) if problem else []
    return render_template(
        "meetings/pick.html", rows=found, place_code=place,
        places=[(code, say(areas[code].label)) for code in places if code in areas],
        picked=form.several("cases"), typed=form.typed, problems=problems, errors=field_errors(problems), today=_today(),
        limits={"title": TITLE_LIMIT, "place": PLACE_LIMIT, "why": WHY_LIMIT}, most=MOST_CASES, nav_active="meetings")


@room.post("/meetings/new", permission=_HOLD, endpoint="convene")
def convene() -> Response | tuple[str, int]:
    """Convene a meeting over the cases picked."""
    form = Form(request.form)
    day = form.day("held_on", _DAY)
    title, place = form.text("title", _TITLE, limit=_ANY, required=False), form.text("place", _PLACE, limit=_ANY, required=False)
    cases = {number: form.text(f"why-{number}", Label("请会议定什么", "What the meeting is asked"), limit=_ANY, required=False)
             for number in form.several("cases")}
    asked = Convening(request.form.get("place_code", ""), day or _today(), title, place, cases)
    try:
        form.done()
        with writing() as session:
            meeting_id = meetings.convene(session, asked, actor_in_use(), g.now)
    except Problem as problem:
        if isinstance(problem, NotFound):
            raise
        return _pick_page(form, problem), status_of(problem)
    flash(gettext("已列 %(n)s 件上会，团队和部门已通知。", n=len(cases)), "ok")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


def _today() -> date:
    return g.now.astimezone(LOCAL_ZONE).date()


# -- one meeting -------------------------------------------------------------------------------------------------------


@room.get("/meetings/<uuid:meeting_id>", permission=_HOLD)
def show(meeting_id: UUID) -> str:
    """Show a meeting with its cases and what was decided."""
    return _meeting_page(meeting_id)


def _meeting_page(meeting_id: UUID, problem: Problem | None = None) -> str:
    with writing() as session:
        meeting = meetings.meeting_of(session, meeting_id, actor_in_use())
        view = meeting_lists.read_meeting(session, meeting, actor_in_use(), g.now)
    return render_template("meetings/meeting.html", meeting=view, problems=problem_list(problem) if problem else [],
                           nav_active="meetings")


@room.get("/meetings/<uuid:meeting_id>/pack", permission=_HOLD)
def pack(meeting_id: UUID) -> str:
    """Show the pack as it is printed: one case to a page."""
    with writing() as session:
        meeting = meetings.meeting_of(session, meeting_id, actor_in_use())
        view, pages = meeting_lists.pack_of(session, meeting, actor_in_use(), g.now)
    return render_template("meetings/pack.html", meeting=view, pages=pages)


@room.post("/meetings/<uuid:meeting_id>/close", permission=_HOLD)
def close(meeting_id: UUID) -> Response | tuple[str, int]:
    """Close a meeting."""
    try:
        with writing() as session:
            meetings.close(session, meeting_id, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _meeting_page(meeting_id, problem), status_of(problem)
    flash(gettext("会议已结束。"), "ok")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


# -- deciding ----------------------------------------------------------------------------------------------------------


@room.get("/meetings/<uuid:meeting_id>/cases/<case_no>", permission=_HOLD)
def decide(meeting_id: UUID, case_no: str) -> str:
    """Ask for the decision of one case."""
    return _decide_page(meeting_id, case_no, None, None)


def _decide_page(meeting_id: UUID, case_no: str, form: Form | None, problem: Problem | None, rows: int = _ROWS) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        meeting = meetings.meeting_of(session, meeting_id, actor_in_use())
        view = meeting_lists.read_meeting(session, meeting, actor_in_use(), g.now)
        departments = [(code, say(name)) for code, name in rulebook_of(session).departments.items()]
    item = next((each for each in view.items if each.row and each.row.case_no == case_no), None)
    if item is None:
        raise NotFound
    at_work = [task.department_code for task in case.tasks if task.state not in ("confirmed", "recalled")]
    typed = form.typed if form else {f"part-{row}-department": code for row, code in enumerate(at_work[:MOST_PARTS])}
    problems = problem_list(problem) if problem else []
    return render_template(
        "meetings/decide.html", meeting=view, item=item, case=case, departments=departments, typed=typed, problems=problems,
        errors=field_errors(problems), rows=min(max(rows, len(at_work)), MOST_PARTS), most=MOST_PARTS,
        tomorrow=_today() + timedelta(days=1), limits={"decision": DECISION_LIMIT, "what": WHAT_LIMIT}, nav_active="meetings")


@room.post("/meetings/<uuid:meeting_id>/cases/<case_no>", permission=_HOLD, endpoint="decide_now")
def decide_now(meeting_id: UUID, case_no: str) -> Response | str | tuple[str, int]:
    """Record the decision of one case, or put it off."""
    form = Form(request.form)
    rows = _rows_shown(form)
    if form.tick("more"):
        return _decide_page(meeting_id, case_no, form, None, rows + _MORE)
    try:
        with writing() as session:
            if form.tick("is_put_off"):
                why = form.text("put_off", Label("缓议的理由", "Why it is put off"), limit=_ANY, required=False)
                meetings.put_off(session, meeting_id, case_no, why, actor_in_use(), g.now)
            else:
                meetings.decide(session, meeting_id, case_no, _decision(form, rows), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _decide_page(meeting_id, case_no, form, problem, rows), status_of(problem)
    flash(gettext("%(no)s 已记下，相关部门和团队已通知。", no=case_no), "ok")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


def _rows_shown(form: Form) -> int:
    places = [int(name.split("-")[1]) for name in form.typed if name.startswith("part-") and name.split("-")[1].isdecimal()]
    return min(max([_ROWS - 1, *places]) + 1, MOST_PARTS)


def _decision(form: Form, rows: int) -> Decision:
    """Read the decision; a row with neither words nor day asks nothing of its department."""
    parts: list[Assigned] = []
    words = form.text("decision", Label("决定", "Decision"), limit=_ANY, required=False)
    for row in range(rows):
        if any(form.typed.get(f"part-{row}-{name}", "").strip() for name in ("what", "due")):
            code = form.text(f"part-{row}-department", _DEPARTMENT, limit=24)
            what = form.text(f"part-{row}-what", _WHAT, limit=_ANY, required=False)
            due_on: Any = form.day(f"part-{row}-due", _DUE)
            parts.append(Assigned(code, what, due_on or _today()))
    form.done()
    return Decision(words, tuple(parts), form.typed.get("lead", "").strip()[:24])
