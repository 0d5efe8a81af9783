"""Asking for mediation without an account: one short form, and its receipt."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext

from gridmediate.domain.categories import HEADS_BY_POSITION
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.residents import ForWhom, written_code
from gridmediate.services import residents
from gridmediate.services.grid import grid_of
from gridmediate.services.residents import FIELDS, Asking, AskRules
from gridmediate.services.whom_to_call import whom_to_call
from gridmediate.web.context import app_in_use, in_words, reading
from gridmediate.web.errors import status_of
from gridmediate.web.following import follow_address, picture_of
from gridmediate.web.forms import Form, clean
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("ask", __name__)

RULES = AskRules()


@room.public("/ask/<cell_code>", methods=["GET"])
def form(cell_code: str) -> Response:
    """Show the form of a cell."""
    return _form(cell_code, {}, [])


@room.public("/ask/<cell_code>", methods=["POST"], endpoint="send")
def send(cell_code: str) -> Response:
    """Take a request and show its receipt. The code is on this answer alone: a reload sends the form again and gives the same."""
    sent = Form(request.form)
    asking = Asking(
        form_key=_key(request.form.get("form_key", "")), cell_code=cell_code[:24], for_whom=_for_whom(),
        head_code=request.form.get("head", "")[:8], consents=sent.tick("consents"),
        **{name: clean(request.form.get(name, "")) for name in FIELDS})
    try:
        with in_words():
            asked = residents.ask(app_in_use().store, asking, request.remote_addr or "", g.now, rules=RULES,
                                  complaint=app_in_use().settings.complaint_phone)
    except NotFound:
        raise
    except Problem as problem:
        return _form(cell_code, sent.typed, problem_list(problem), status_of(problem), key=asking.form_key)
    return make_response(render_template(
        "ask/receipt.html", asked=asked, code=written_code(asked.code) if asked.code else "", address=follow_address(),
        qr=picture_of(follow_address(), gettext("查进度的二维码"))))


def _form(cell_code: str, typed: Any, problems: list[tuple[str, str]], status: int = 200, *,
          key: uuid.UUID | None = None) -> Response:
    with reading() as session:
        grid = grid_of(session, g.now)
        cell = grid.cells.get(cell_code)
        if cell is None:
            raise NotFound
        complaint = app_in_use().settings.complaint_phone
        call = whom_to_call(session, grid, [cell], g.now, complaint=complaint)[cell.code]
        community = grid.areas[cell.community_code]
    page = render_template(
        "ask/form.html", cell=cell, community=community, call=call, typed=typed, problems=problems,
        errors=field_errors(problems), form_key=key or uuid.uuid4(),
        heads=[(head.code, say(head.name)) for head in HEADS_BY_POSITION],
        whom=[(each.value, say(each)) for each in ForWhom], limits={name: limit for name, (_, limit, _) in FIELDS.items()})
    return make_response(page, status)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _for_whom() -> ForWhom:
    given = request.form.get("for_whom", "")
    return ForWhom(given) if given in set(ForWhom) else ForWhom.SELF


