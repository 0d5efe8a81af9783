"""Residents' requests for the cell's worker: the list, one of them opened, filed after the call or declined."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.categories import HEADS_BY_POSITION
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.residents import ROUTES, Decline, ForWhom
from gridmediate.domain.vocabulary import Label, Side, Willingness, label
from gridmediate.services import requests as asked
from gridmediate.services.filing import FACTS_LIMIT
from gridmediate.services.grid import grid_of
from gridmediate.services.requests import Checked, RequestView
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("requests", __name__)

_ANSWER = Permission.REQUEST_ANSWER
#: Faults of a filing → the field of this page that they are about.
_FIELD_OF = {"party-0-name": "applicant", "party-1-name": "respondent", "party-0-phone": "phone"}


@room.get("/requests", permission=_ANSWER)
def index() -> str:
    """Show what waits to be checked."""
    with writing() as session:
        rows = asked.list_requests(session, actor_in_use(), g.now)
    g.nav_counts = {"requests": len(rows)}
    return render_template("requests/list.html", rows=rows, nav_active="requests")


@room.get("/requests/<uuid:request_id>", permission=_ANSWER)
def show(request_id: uuid.UUID) -> Response:
    """Show one request in clear; the reading is recorded."""
    return _page(request_id, {}, [])


@room.post("/requests/<uuid:request_id>/file", permission=_ANSWER)
def file(request_id: uuid.UUID) -> AnyResponse:
    """Make a case of a request that was checked."""
    form = Form(request.form)
    checked = Checked(
        t2_code=form.text("t2_code", Label("是什么纠纷", "What kind of dispute"), limit=4),
        cell_code=form.text("cell_code", Label("网格", "Cell"), limit=24),
        address=form.text("address", Label("地址", "Address"), required=False), facts=form.text(
            "facts", Label("一句话说事", "What happened"), limit=FACTS_LIMIT),
        applicant=form.text("applicant", Label("申请人", "Applicant"), limit=60),
        phone=form.text("phone", Label("电话", "Phone"), limit=24),
        respondent=form.text("respondent", Label("对方", "The other side"), limit=60, required=False),
        respondent_phone=form.text("respondent_phone", Label("电话", "Phone"), limit=24, required=False),
        willingness=form.word("willingness", Label("意愿", "Willingness"), Willingness, otherwise=Willingness.WILLING))
    try:
        form.done()
        with writing() as session:
            receipt = asked.file_request(session, request_id, checked, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _page(request_id, form.typed, problem_list(problem), status_of(problem))
    return redirect(url_for("filing.receipt", case_no=receipt.case_no), 303)


@room.post("/requests/<uuid:request_id>/decline", permission=_ANSWER)
def decline(request_id: uuid.UUID) -> AnyResponse:
    """Decline a request with a reason and where else to go."""
    form = Form(request.form)
    why = form.required_word("why", Label("为什么不登记", "Why not"), Decline)
    words = form.text("words", Label("告诉申请人的话", "What the applicant is told"), limit=500)
    try:
        form.done()
        with writing() as session:
            asked.decline(session, request_id, why, words, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _page(request_id, form.typed, problem_list(problem), status_of(problem))
    flash(gettext("已答复申请人；对方查进度时会看到。"), "ok")
    return redirect(url_for("requests.index"), 303)


def _page(request_id: uuid.UUID, typed: Any, problems: list[tuple[str, str]], status: int = 200) -> Response:
    with writing() as session:
        view = asked.open_request(session, request_id, actor_in_use(), g.now)
        grid = grid_of(session, g.now)
    placed = [(_FIELD_OF.get(field, field), words) for field, words in problems]
    page = render_template(
        "requests/request.html", view=view, typed={**_prefilled(view), **typed}, problems=placed, errors=field_errors(placed),
        cells=[(card.code, say(card.label)) for card in grid.cells.values()
                                if card.community_code == grid.cells[view.cell_code].community_code],
        categories=[(say(head.name), [(each.code, say(each.name)) for each in head.categories]) for head in HEADS_BY_POSITION],
        declines=[(each.value, say(each), say(ROUTES[each])) for each in Decline], limit=FACTS_LIMIT,
        wishes=[(each.value, say(each)) for each in Willingness], sides={side.value: say(label(side)) for side in Side},
        is_for_child=view.for_whom is ForWhom.GUARDIAN, nav_active="requests")
    return make_response(page, status)


def _prefilled(view: RequestView) -> dict[str, str]:
    words = view.words
    heads = [head for head in HEADS_BY_POSITION if head.code == view.head_code]
    return {
        "t2_code": heads[0].categories[0].code if heads else "", "cell_code": view.cell_code, "address": words["place"],
        "facts": "\n".join(each for each in (words["facts"], words["wish"]) if each),
        "applicant": words["behalf"] or words["name"], "phone": words["phone"], "respondent": words["other"],
        "respondent_phone": "", "willingness": Willingness.WILLING.value, "why": "", "words": "",
    }
