"""What the team gives and answers its sides: the slip with number and code, a saying dealt with, a paper looked at."""

from __future__ import annotations

import uuid

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.residents import written_code
from gridmediate.domain.vocabulary import Label, Side
from gridmediate.services import follow_codes, said
from gridmediate.services.whom_to_call import whom_to_call_about
from gridmediate.web.context import actor_in_use, app_in_use, writing
from gridmediate.web.following import follow_address, picture_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("said", __name__)

#: A picture is shown and does nothing else.
_FENCED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
}


@room.post("/cases/<case_no>/follow-code", permission=Permission.CASE_NOTE)
def give_code(case_no: str) -> str:
    """Make a code for one side and show its slip, once; the one it had before opens nothing any more."""
    form = Form(request.form)
    side = form.required_word("side", Label("哪一方", "Which side"), Side)
    form.done()
    with writing() as session:
        code = follow_codes.give_code(session, case_no, side, actor_in_use(), g.now)
        call = whom_to_call_about(session, case_no, g.now, complaint=app_in_use().settings.complaint_phone)
    return render_template(
        "follow/slip.html", case_no=case_no, side=side, code=written_code(code), call=call, address=follow_address(),
        qr=picture_of(follow_address(), gettext("查进度的二维码")))


@room.post("/cases/<case_no>/said/<uuid:saying_id>", permission=Permission.CASE_NOTE)
def answer(case_no: str, saying_id: uuid.UUID) -> AnyResponse:
    """Mark what a side said as dealt with."""
    with writing() as session:
        said.answer(session, case_no, saying_id, actor_in_use(), g.now)
    flash(gettext("已记为处理过。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no) + "#said", 303)


@room.get("/cases/<case_no>/said/<uuid:saying_id>/paper", permission=Permission.PARTY_UNMASK)
def paper(case_no: str, saying_id: uuid.UUID) -> AnyResponse:
    """Show a paper that a side handed in; each look is recorded with the case."""
    with writing() as session:
        shown = said.show_paper(session, case_no, saying_id, actor_in_use(), g.now)
    answer = Response(shown.content, mimetype=shown.mime, headers=_FENCED)
    answer.headers["Content-Disposition"] = f'inline; filename="{saying_id.hex[-12:]}.jpg"'
    return answer
