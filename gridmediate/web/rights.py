"""Invited persons, challenges and who decides them, notes of interference, and the photo of the signed sheet."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.people_words import AttachmentKind, GuestKind
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import FieldMissing, NotFound, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Side
from gridmediate.services import attachments, case_exports, casepage, challenges, guests, interference, pictures
from gridmediate.web.cases import case_page, team_page
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.mediation import done
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list

room = Rooms("rights", __name__)

_SIDE, _DAY, _PICTURE = Label("哪一方", "Which side"), Label("日期", "Day"), Label("照片", "Photo")
#: A picture is shown and does nothing else, not even as the page that a browser would make of it.
_FENCED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
}


# -- invited persons ---------------------------------------------------------------------------------------------------


@room.post("/cases/<case_no>/guests", permission=Permission.PARTY_EDIT)
def invite(case_no: str) -> AnyResponse | tuple[str, int]:
    """Ask both sides to let somebody take part."""
    form = Form(request.form)
    asked = guests.Invitation(
        form.required_word("guest_kind", Label("请的是", "Who is invited"), GuestKind),
        form.text("guest_name", Label("姓名", "Name"), limit=60),
        form.text("guest_phone", Label("电话", "Phone"), limit=24, required=False),
        form.text("studio", Label("工作室名称", "Name of the studio"), limit=60, required=False),
        form.text("guest_why", Label("请来做什么", "What for"), limit=300, required=False))

    def do(session: Session) -> None:
        form.done()
        guests.invite(session, case_no, asked, actor_in_use(), g.now)

    return done(case_no, do, gettext("已登记邀请；双方都同意了才参加。"), "#guests")


@room.post("/cases/<case_no>/guests/<uuid:guest_id>/answer", permission=Permission.PARTY_EDIT)
def answer(case_no: str, guest_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Record whether a side agrees to an invited person."""
    form = Form(request.form)
    side = form.required_word("side", _SIDE, Side)
    agrees = form.choice("agrees", Label("同意吗", "Whether it agrees"), ("yes", "no"))
    on = form.day("agreed_on", _DAY, required=False) or g.now.astimezone(LOCAL_ZONE).date()

    def do(session: Session) -> None:
        form.done()
        guests.answer(session, case_no, guest_id, guests.Answer(side, agrees == "yes", on), actor_in_use(), g.now)

    return done(case_no, do, gettext("已登记这一方的意见。"), "#guests")


@room.post("/cases/<case_no>/guests/<uuid:guest_id>/leave", permission=Permission.PARTY_EDIT)
def leave(case_no: str, guest_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Record that an invited person takes part no more."""
    return done(case_no, lambda session: guests.leave(session, case_no, guest_id, actor_in_use(), g.now),
                gettext("已登记退出。"), "#guests")


# -- challenges --------------------------------------------------------------------------------------------------------


@room.post("/cases/<case_no>/challenges", permission=Permission.PARTY_EDIT)
def challenge(case_no: str) -> AnyResponse | tuple[str, int]:
    """Record that a side asks a member of the team to step back."""
    form = Form(request.form)
    seat_id = form.key("challenged", Label("申请谁回避", "Who should step back"))
    side = form.required_word("side", _SIDE, Side)
    reason = form.text("reason", Label("申请回避的理由", "Why the member should step back"), limit=500)

    def do(session: Session) -> None:
        form.done()
        objection = challenges.Objection(seat_id or uuid.uuid4(), side, reason)
        challenges.challenge(session, case_no, objection, actor_in_use(), g.now)

    return done(case_no, do, gettext("已报街道，决定前由原来的人继续办。"), "#team",
                lambda problem: team_page(case_no, request.form, problem_list(problem)))


@room.get("/challenges", permission=Permission.CASE_APPROVE)
def to_decide() -> str:
    """Show what waits for the street's decision."""
    with writing() as session:
        rows = challenges.list_to_decide(session, actor_in_use(), g.now)
        exports = case_exports.count_waiting(session, actor_in_use(), g.now)
    g.nav_counts = {"to_decide": len(rows) + exports}
    return render_template("rights/to_decide.html", rows=rows, exports=exports, nav_active="to_decide")


@room.get("/cases/<case_no>/challenges/<uuid:challenge_id>", permission=Permission.CASE_APPROVE)
def ruling(case_no: str, challenge_id: uuid.UUID) -> str:
    """Ask for the decision of a challenge."""
    return _ruling_page(case_no, challenge_id, {}, [])


def _ruling_page(case_no: str, challenge_id: uuid.UUID, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    row = next((each for each in case.rights.challenges if each.id == challenge_id), None)
    if row is None or not case.rights.may_decide:
        raise NotFound
    return render_template("rights/ruling.html", case=case, row=row, typed=typed, problems=problems,
                           errors=field_errors(problems), nav_active="to_decide")


@room.post("/cases/<case_no>/challenges/<uuid:challenge_id>", permission=Permission.CASE_APPROVE)
def decide(case_no: str, challenge_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Decide a challenge."""
    form = Form(request.form)
    ruled = form.choice("ruling", Label("怎么定", "The decision"), ("uphold", "dismiss"))
    words = form.text("words", Label("决定的理由", "Reasons of the decision"), limit=500, required=False)

    def do(session: Session) -> None:
        form.done()
        challenges.decide(session, case_no, challenge_id, words, actor_in_use(), g.now, is_upheld=ruled == "uphold")

    return done(case_no, do, gettext("已作决定，并通知团队。"), "#team",
                lambda problem: _ruling_page(case_no, challenge_id, request.form, problem_list(problem)))


# -- interference ------------------------------------------------------------------------------------------------------


@room.get("/cases/<case_no>/interference", permission=Permission.INTERFERENCE_NOTE)
def interference_form(case_no: str) -> str:
    """Ask what happened."""
    return _interference_page(case_no, {}, [])


def _interference_page(case_no: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    if not case.rights.may_note_interference:
        raise NotFound
    return render_template("rights/interference.html", case=case, typed=typed, problems=problems, errors=field_errors(problems),
                           nav_active="cases")


@room.post("/cases/<case_no>/interference", permission=Permission.INTERFERENCE_NOTE)
def note_interference(case_no: str) -> AnyResponse | tuple[str, int]:
    """Note an attempt to interfere with a case."""
    form = Form(request.form)
    words = form.text("words", Label("谁、怎么干预", "Who, and how"), limit=2000)

    def do(session: Session) -> None:
        form.done()
        interference.note_interference(session, case_no, words, actor_in_use(), g.now)

    return done(case_no, do, gettext("已记下，只有审计员能看到。"), "",
                lambda problem: _interference_page(case_no, request.form, problem_list(problem)))


@room.get("/audit/interference", permission=Permission.AUDIT_READ)
def interference_notes() -> str:
    """Show the notes of interference to the auditor."""
    after = Form(request.args).key("after", Label("页码", "Page"), required=False)
    with writing() as session:
        page = interference.read_notes(session, actor_in_use(), g.now, after=after)
    return render_template("audit/interference.html", page=page, nav_active="interference")


# -- the signed sheet --------------------------------------------------------------------------------------------------


@room.post("/cases/<case_no>/attachments", permission=Permission.CASE_FOLLOW_UP)
def attach(case_no: str) -> AnyResponse | tuple[str, int]:
    """Keep a photo with an agreement."""
    form = Form(request.form)
    agreement_id = form.key("agreement", Label("协议", "Agreement")) or uuid.uuid4()
    kind = form.word("picture_kind", Label("拍的是什么", "What it shows"), AttachmentKind, otherwise=AttachmentKind.SIGNED_SHEET)
    sent = request.files.get("picture")
    try:
        with writing() as session:
            attachments.check_room(session, case_no, agreement_id, actor_in_use())
        form.done()
        if sent is None or not sent.filename:
            raise FieldMissing(field="picture", name=_PICTURE)
        # Between the two: drawing takes long, and a transaction is held for everybody.
        drawn = pictures.redraw(sent.stream.read(pictures.BYTES_MOST + 1))
    except NotFound:
        raise
    except Problem as problem:
        return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)

    def do(session: Session) -> None:
        attachments.attach(session, case_no, agreement_id, kind, drawn, actor_in_use(), g.now)

    return done(case_no, do, gettext("照片已存，位置等附带信息已去掉。"), "#agreement")


@room.get("/cases/<case_no>/attachments/<uuid:attachment_id>", permission=Permission.PARTY_UNMASK)
def picture(case_no: str, attachment_id: uuid.UUID) -> AnyResponse:
    """Show a photo; each look is recorded with the case."""
    with writing() as session:
        shown = attachments.show(session, case_no, attachment_id, actor_in_use(), g.now)
    answer = Response(shown.content, mimetype=shown.mime, headers=_FENCED)
    answer.headers["Content-Disposition"] = f'inline; filename="{attachment_id.hex[-12:]}.jpg"'
    return answer


@room.post("/cases/<case_no>/attachments/<uuid:attachment_id>/remove", permission=Permission.CASE_FOLLOW_UP)
def remove(case_no: str, attachment_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Remove a photo that was sent by mistake."""
    return done(case_no, lambda session: attachments.remove(session, case_no, attachment_id, actor_in_use(), g.now),
                gettext("照片已撤下。"), "#agreement")
