"""Lists of cases as files: asked for from a list, agreed to by a second person where they are long, taken within a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.case_exports import (
    ALONE_ROWS,
    HOLDS,
    MOST_TAKEN,
    PURPOSE_LIMIT,
    TOLD_TO_AUDITOR,
    ExportForm,
    ExportState,
    needs_second,
)
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import case_exports
from gridmediate.services.case_exports import ExportAsk
from gridmediate.services.lists import CaseFilter
from gridmediate.web.cases import desk_asked
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms

room = Rooms("exports", __name__)

_PIECE_BYTES = 1 << 16
_EXPORT, _APPROVE = Permission.CASE_EXPORT, Permission.EXPORT_APPROVE


@room.get("/exports", permission=(_EXPORT, _APPROVE))
def index() -> str:
    """List my exports and what waits for me."""
    with writing() as session:
        exports = case_exports.list_exports(session, actor_in_use(), g.now)
    return render_template("exports/index.html", exports=exports, hours=int(HOLDS.total_seconds() // 3600), most=MOST_TAKEN,
                           ready=ExportState.GRANTED, waiting=ExportState.WAITING,
                           may_ask=holds(actor_in_use(), _EXPORT), nav_active="exports")


@room.get("/exports/new", permission=_EXPORT)
def new() -> str:
    """Ask what a list is exported for, and as what."""
    return render_template("exports/new.html", **_asked_page(request.args), typed={})


@room.post("/exports", permission=_EXPORT)
def ask() -> AnyResponse:
    """Export a list, or ask for somebody's consent where it is long."""
    form, narrowed = Form(request.form), CaseFilter.asked(request.form)
    purpose = form.text("purpose", case_exports.PURPOSE, limit=PURPOSE_LIMIT)
    wanted = form.required_word("format", Label("格式", "Format"), ExportForm)
    try:
        form.done()
        with _telling_the_auditor(), writing() as session:
            asked = ExportAsk(desk_asked(request.form), narrowed, wanted, purpose)
            row = case_exports.ask(session, asked, actor_in_use(), g.now, a_day=app_in_use().settings.exports_a_day)
            waits, number = row.state is ExportState.WAITING, row.rows_asked
    except Problem as problem:
        return refused("exports/new.html", problem, **_asked_page(request.form), typed=form.typed)
    flash(gettext("一天里合计超过 %(limit)s 件，已送另一个人批准；批了会有通知。", limit=ALONE_ROWS) if waits
          else gettext("可以下载了，共 %(n)s 件。", n=number), "ok")
    return redirect(url_for("exports.index"), 303)


def _asked_page(given: Any) -> dict[str, Any]:
    narrowed, desk = CaseFilter.asked(given), desk_asked(given)
    with reading() as session:
        rows = case_exports.count_rows(session, desk, narrowed, actor_in_use(), g.now)
        alone = case_exports.rows_alone_today(session, actor_in_use(), g.now)
        words = case_exports.filter_words(session, desk, narrowed, g.now)
    query = {"desk": desk.value, **narrowed.as_query()}
    return {"rows": rows, "words": words, "query": query, "waits": needs_second(rows, alone), "limit": ALONE_ROWS,
            "forms": list(ExportForm), "a_day": app_in_use().settings.exports_a_day, "purpose_limit": PURPOSE_LIMIT,
            "nav_active": "cases"}


@room.post("/exports/<uuid:export_id>/take", permission=_EXPORT)
def take(export_id: UUID) -> AnyResponse:
    """Hand out a copy, once it is recorded that it was."""
    files = import_module("gridmediate.services.case_export_files")  # what writes workbooks is loaded when one is asked for
    actor = actor_in_use()
    with _telling_the_auditor():
        # Read without keeping anybody who writes waiting.
        with reading() as session:
            made = files.make_file(session, export_id, actor, g.now, language=language_in_use())
        try:
            with writing() as session:
                case_exports.note_taken(session, export_id, made.number, made.rows, made.sha256, actor, g.now)
        except Problem:
            made.body.close()
            raise
    answer = Response(_pieces(made.body), mimetype=made.mimetype)
    answer.content_length = made.size
    answer.headers["Content-Disposition"] = f"attachment; filename={made.name}"
    return answer


def _pieces(body: IO[bytes]) -> Iterator[bytes]:
    with body:
        while piece := body.read(_PIECE_BYTES):
            yield piece


@room.post("/exports/<uuid:export_id>/withdraw", permission=_EXPORT)
def withdraw(export_id: UUID) -> AnyResponse:
    """Take my request back."""
    with writing() as session:
        case_exports.withdraw(session, export_id, actor_in_use(), g.now)
    flash(gettext("申请已撤回。"), "ok")
    return redirect(url_for("exports.index"), 303)


@room.get("/exports/<uuid:export_id>", permission=_APPROVE)
def show(export_id: UUID) -> str:
    """Show a request that waits for me."""
    return render_template("exports/decide.html", **_waiting_page(export_id), typed={})


def _waiting_page(export_id: UUID) -> dict[str, Any]:
    with writing() as session:
        rows = case_exports.list_exports(session, actor_in_use(), g.now).to_decide
    row = next((each for each in rows if each.id == export_id), None)
    if row is None:
        raise NotFound
    return {"row": row, "purpose_limit": PURPOSE_LIMIT, "nav_active": "exports"}


@room.post("/exports/<uuid:export_id>/decide", permission=_APPROVE)
def decide(export_id: UUID) -> AnyResponse:
    """Grant or deny a request as its second person."""
    form = Form(request.form)
    verdict = form.choice("verdict", Label("决定", "Decision"), ("grant", "deny"))
    reason = form.text("reason", case_exports.REASON, limit=PURPOSE_LIMIT)
    try:
        form.done()
        with _telling_the_auditor(), writing() as session:
            case_exports.decide(session, export_id, reason, actor_in_use(), g.now, is_granted=verdict == "grant")
    except Problem as problem:
        if not form.problems:
            raise
        return refused("exports/decide.html", problem, **_waiting_page(export_id), typed=form.typed)
    flash(gettext("已批准，申请人会收到通知。") if verdict == "grant" else gettext("没有批准，申请人会收到通知。"), "ok")
    return make_response(redirect(url_for("exports.index"), 303))


@contextmanager
def _telling_the_auditor() -> Iterator[None]:
    try:
        yield
    except TOLD_TO_AUDITOR as problem:
        with writing() as session:
            case_exports.note_refusal(session, problem, actor_in_use(), g.now)
        raise
