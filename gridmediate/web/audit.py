"""The auditor's room: who saw and did what, and whether the record holds. Nothing here changes anything but the record itself."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import auditing
from gridmediate.services.auditing import ActFilter, Anchor
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("audit", __name__)

_WHO, _CASE, _ACT = Label("人员", "Person"), Label("案号", "Case number"), Label("事项", "Act")
_TAKEN = Label("下载编号或文件校验码", "Download number or file digest")
_FIRST, _LAST, _ANCHOR = Label("从哪天", "From"), Label("到哪天", "To"), Label("上次的存证", "Line kept before")


@room.get("/audit", permission=Permission.AUDIT_READ)
def index() -> Response | AnyResponse | str:
    """Show the record, newest first; every filter stays in the address."""
    form = Form(request.args)
    wanted = ActFilter(
        form.text("login", _WHO, limit=64, required=False), form.text("case_no", _CASE, limit=24, required=False),
        form.text("act", _ACT, limit=48, required=False), form.day("first", _FIRST, required=False),
        form.day("last", _LAST, required=False), form.text("taken", _TAKEN, limit=80, required=False),
    )
    page: auditing.ActPage | None = None
    try:
        form.done()
        with writing() as session:
            page = auditing.acts(session, wanted, actor_in_use(), g.now, after=request.args.get("after", "")[:120])
    except Problem as problem:
        return refused("audit/index.html", problem, page=page, **_choices(), typed=form.typed)
    return render_template("audit/index.html", page=page, **_choices(), typed=form.typed)


def _choices() -> dict[str, Any]:
    with reading() as session:
        acts, people = auditing.acts_known(session), auditing.people_known(session)
        alarms = auditing.alarms(session, g.now)
    return {
        "alarms": alarms, "alarm_days": auditing.ALARM_DAYS,
        "nav_active": "audit", "acts": acts, "people": people,
        "kept": {key: value for key, value in request.args.items() if key != "after" and value},
    }


@room.get("/audit/verify", permission=Permission.AUDIT_READ)
def verification() -> str:
    """Show the form for verifying."""
    return render_template("audit/verify.html", nav_active="audit", found=None, typed={})


@room.post("/audit/verify", permission=Permission.AUDIT_READ)
def verify() -> Response | AnyResponse:
    """Walk every chain, compare with a kept line, and write down that it was done."""
    form = Form(request.form)
    line = form.text("anchor", _ANCHOR, limit=200, required=False)
    try:
        form.done()
        kept = Anchor.read(line) if line else None
        # Reading takes long on a large record, so nobody who writes is kept waiting for it.
        with reading() as session:
            found = auditing.verify_record(session, g.now, kept=kept)
        with writing() as session:
            auditing.note_verification(session, found, actor_in_use(), g.now)
    except Problem as problem:
        return refused("audit/verify.html", problem, nav_active="audit", found=None, typed=form.typed)
    return make_response(render_template("audit/verify.html", nav_active="audit", found=found, typed=form.typed))
