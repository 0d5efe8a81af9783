"""The blind call-back sample: the streets' samples, drawing one, the callers' list, one call, what it all says."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.call_backs import LEAST_ANSWERS, LEAST_SIZE, MOST_SIZE, Settled
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import call_back_calls, call_backs
from gridmediate.services.call_back_calls import CallPage
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list

room = Rooms("call_backs", __name__)

_DRAW, _MAKE = Permission.CALL_BACK_DRAW, Permission.CALL_BACK_MAKE
_USUAL_SIZE = 30
_REACHED, _UNREACHED = "reached", "unreached"


@room.get("/call-backs", permission=(_DRAW, _MAKE))
def index() -> str:
    """Show the samples, and what may be drawn."""
    return _index()


def _index(problem: Problem | None = None) -> str:
    with writing() as session:
        desk = call_backs.call_back_desk(session, actor_in_use(), g.now)
    problems = problem_list(problem) if problem else []
    return render_template(
        "call_backs/index.html", desk=desk, may_draw=holds(actor_in_use(), _DRAW), limits=(LEAST_SIZE, MOST_SIZE),
        usual=_USUAL_SIZE, problems=problems, errors=field_errors(problems), typed=request.form if problem else {},
        nav_active="call_backs")


@room.post("/call-backs", permission=_DRAW, endpoint="draw")
def draw() -> AnyResponse | tuple[str, int]:
    """Draw a sample, once for a street and month."""
    form = Form(request.form)
    size = form.whole("size", Label("抽几件", "How many"), least=LEAST_SIZE, most=MOST_SIZE)
    street, _, first = request.form.get("of", "").partition("|")
    try:
        form.done()
        with writing() as session:
            call_backs.draw_sample(session, street, _day(first), size or _USUAL_SIZE, actor_in_use(), g.now)
    except NotPermitted:
        raise
    except Problem as problem:
        return _index(problem), status_of(problem)
    flash(gettext("抽好了。名单按抽签的顺序排，不写部门和团队。"), "ok")
    return redirect(url_for("call_backs.index"), 303)


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise NotFound from error


@room.get("/call-backs/<uuid:sample_id>", permission=_MAKE)
def calls(sample_id: UUID) -> str:
    """Show the calls that the reader may make."""
    with writing() as session:
        sample, rows = call_backs.list_calls(session, sample_id, actor_in_use(), g.now)
    return render_template("call_backs/calls.html", sample=sample, rows=rows, nav_active="call_backs")


@room.get("/call-backs/<uuid:sample_id>/results", permission=_DRAW)
def results(sample_id: UUID) -> str:
    """Show what a sample says of its street."""
    with writing() as session:
        found = call_backs.read_results(session, sample_id, actor_in_use(), g.now)
    return render_template("call_backs/results.html", found=found, answers=list(Settled), least=LEAST_ANSWERS,
                           nav_active="call_backs")


@room.get("/call-backs/lines/<uuid:call_line_id>", permission=_MAKE)
def call(call_line_id: UUID) -> str:
    """Show one call."""
    with writing() as session:
        page = call_back_calls.read_call(session, call_line_id, actor_in_use(), g.now)
    return _call_page(page)


def _call_page(page: CallPage, problem: Problem | None = None) -> str:
    problems = problem_list(problem) if problem else []
    return render_template("call_backs/call.html", page=page, answers=list(Settled), problems=problems,
                           errors=field_errors(problems), typed=request.form if problem else {}, nav_active="call_backs")


@room.post("/call-backs/lines/<uuid:call_line_id>/phone", permission=_MAKE, endpoint="phone")
def phone(call_line_id: UUID) -> AnyResponse | tuple[str, int]:
    """Show one party's number for a stated purpose. Nobody keeps the answer."""
    form = Form(request.form)
    party = form.key("party", Label("当事人", "Party"))
    if party is None:
        raise NotFound
    try:
        with writing() as session:
            purpose = request.form.get("purpose", "")
            page = call_back_calls.show_phone(session, call_line_id, party, purpose, actor_in_use(), g.now)
    except (NotFound, NotPermitted):
        raise
    except Problem as problem:
        return _refused(call_line_id, problem)
    answer = make_response(_call_page(page))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@room.post("/call-backs/lines/<uuid:call_line_id>", permission=_MAKE, endpoint="record")
def record(call_line_id: UUID) -> AnyResponse | tuple[str, int]:
    """Record one call."""
    form = Form(request.form)
    reached = form.choice("reached", Label("接通了吗", "Was anybody reached?"), (_REACHED, _UNREACHED))
    said = request.form.get("settled", "")
    try:
        form.done()
        with writing() as session:
            sample = call_back_calls.record_call(
                session, call_line_id, Settled(said) if said in set(Settled) else None, reached == _REACHED,
                request.form.get("words", ""), actor_in_use(), g.now)
    except (NotFound, NotPermitted):
        raise
    except Problem as problem:
        return _refused(call_line_id, problem)
    flash(gettext("记下了。"), "ok")
    return redirect(url_for("call_backs.calls", sample_id=sample), 303)


def _refused(key: UUID, problem: Problem) -> tuple[str, int]:
    with writing() as session:
        page = call_back_calls.read_call(session, key, actor_in_use(), g.now)
    return _call_page(page, problem), status_of(problem)
