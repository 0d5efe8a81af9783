"""Following a matter without an account: number and code once, then a page that says how it stands and takes what a side says."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.problems import FieldMissing, NotFound, Problem
from gridmediate.domain.residents import DATA_DAYS, PAPERS_MOST, WORDS_LIMIT, Saying
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Seat, label
from gridmediate.services import follow_codes, pictures, sayings
from gridmediate.services.follow_page import own_data, read_matter
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.sayings import NEEDS_WORDS, Said
from gridmediate.web import following
from gridmediate.web.context import app_in_use, in_words, reading, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("follow", __name__)

_NUMBER, _CODE, _PAPER = Label("编号", "Number"), Label("查询码", "Code"), Label("照片", "Photo")


@room.public("/follow", methods=["GET"])
def look_up() -> Response | str:
    """Show the matter that this browser has opened, or ask for number and code."""
    with writing() as records:
        who = following.who_follows(records)
        if who is None:
            return _ask()
        follow_codes.touch(records, who, g.now)
        view = read_matter(records, who, g.now, complaint=app_in_use().settings.complaint_phone)
        hours = rulebook_of(records).calendar.office_hours
    return render_template("follow/matter.html", view=view, hours=[f"{a:%-H:%M}–{b:%-H:%M}" for a, b in hours], kinds=Saying)


@room.public("/follow", methods=["POST"], endpoint="open_matter")
def open_matter() -> AnyResponse:
    """Open a matter by number and code."""
    form = Form(request.form)
    number, code = form.text("number", _NUMBER, limit=40), form.text("code", _CODE, limit=40)
    try:
        form.done()
        with in_words():
            token = follow_codes.open_matter(app_in_use().store, number, code, request.remote_addr or "", g.now,
                                             rules=following.RULES)
    except Problem as problem:
        return _ask(number, problem_list(problem), status_of(problem))
    # A new secret for its forms: what was in this browser before does not reach into the matter.
    session.clear()
    return following.keep_open(redirect(url_for("follow.look_up"), 303), token)


def _ask(number: str = "", problems: Any = (), status: int = 200) -> Response:
    page = render_template("follow/look_up.html", number=number, problems=problems, errors=field_errors(list(problems)))
    return make_response(page, status)


@room.public("/follow/close", methods=["POST"])
def close() -> AnyResponse:
    """Close the matter in this browser."""
    with writing() as records:
        who = following.who_follows(records)
        if who is not None:
            follow_codes.close_matter(records, who, g.now)
    session.clear()
    flash(gettext("已退出。再看请重新输入编号和查询码。"), "info")
    answer = following.forget(redirect(url_for("follow.look_up"), 303))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@room.public("/follow/say/<kind>", methods=["GET"])
def ask(kind: str) -> AnyResponse | str:
    """Ask for the words of one thing a side may say, and say what comes of it."""
    return _say_page(_kind(kind), "", [])


@room.public("/follow/say/<kind>", methods=["POST"], endpoint="send")
def send(kind: str) -> AnyResponse | tuple[str, int]:
    """Take what a side says."""
    form, saying = Form(request.form), _kind(kind)
    sitting_id = form.key("sitting", Label("见面", "Meeting"), required=False)
    seat = Seat.GRID_WORKER if request.form.get("seat") == Seat.GRID_WORKER else Seat.CADRE
    words = form.text("words", label(saying), limit=WORDS_LIMIT, required=saying in NEEDS_WORDS)
    if saying is Saying.PAPER:
        raise NotFound
    return _take(form, Said(saying, words, sitting_id, seat))


@room.public("/follow/papers", methods=["POST"])
def hand_in() -> AnyResponse | tuple[str, int]:
    """Take the photo of a paper."""
    form = Form(request.form)
    words = form.text("words", label(Saying.PAPER), limit=WORDS_LIMIT, required=False)
    sent, drawn = request.files.get("picture"), None
    with reading() as records:
        if following.who_follows(records) is None:
            return _gone()
    try:
        if sent is None or not sent.filename:
            raise FieldMissing(field="picture", name=_PAPER)
        # Outside the transaction: drawing takes long.
        drawn = pictures.redraw(sent.stream.read(pictures.BYTES_MOST + 1))
    except Problem as problem:
        return _say_page(Saying.PAPER, words, problem_list(problem)), status_of(problem)
    return _take(form, Said(Saying.PAPER, words, picture=drawn))


def _take(form: Form, said: Said) -> AnyResponse | tuple[str, int]:
    try:
        form.done()
        with writing() as records:
            who = following.who_follows(records)
            if who is None:
                return _gone()
            sayings.say(records, who, said, g.now)
    except Problem as problem:
        return _say_page(said.kind, said.words, problem_list(problem)), status_of(problem)
    flash(_thanks(said.kind), "ok")
    return redirect(url_for("follow.look_up"), 303)


def _say_page(kind: Saying, words: str, problems: list[tuple[str, str]]) -> Any:
    with reading() as records:
        who = following.who_follows(records)
    if who is None:
        return _gone()
    return render_template(
        "follow/say.html", kind=kind.value, name=say(label(kind)), words=words, problems=problems, errors=field_errors(problems),
        is_request=who.case_id is None, needs_words=kind in NEEDS_WORDS, limit=WORDS_LIMIT, papers=PAPERS_MOST,
        data_days=DATA_DAYS,
        sitting=(request.values.get("sitting") or "")[:36],
        seats=[(seat.value, say(label(seat))) for seat in (Seat.CADRE, Seat.GRID_WORKER)])


def _gone() -> AnyResponse:
    flash(gettext("太久没有操作，已自动退出。请重新输入编号和查询码。"), "info")
    return following.forget(redirect(url_for("follow.look_up"), 303))


def _kind(text: str) -> Saying:
    if text not in set(Saying):
        raise NotFound
    return Saying(text)


def _thanks(kind: Saying) -> str:
    return {
        Saying.COMING: gettext("好，团队知道您会到。"), Saying.OTHER_TIME: gettext("已告诉团队，会打电话跟您另约时间。"),
        Saying.SETTLED: gettext("已告诉团队：您说已经解决。"), Saying.NOT_SETTLED: gettext("已告诉团队：您说没有解决。"),
        Saying.WORDS: gettext("已交给团队。"), Saying.PAPER: gettext("材料已收到，只有办这件事的人能看。"),
        Saying.OTHER_MEDIATOR: gettext("已报街道决定；决定前由原来的人接着办。"),
        Saying.STOP: gettext("已马上告诉社区：您不想再调，调解停下。"), Saying.URGE: gettext("已催负责这一步的人。"),
        Saying.DELETE_DATA: gettext("已收到您的要求。"),
    }[kind]


@room.public("/follow/my-data", methods=["GET"])
def my_data() -> AnyResponse | str:
    """Show a copy of what is kept of this side, to print."""
    with writing() as records:
        who = following.who_follows(records)
        if who is None:
            return _gone()
        data = own_data(records, who, g.now)
    return render_template("follow/my_data.html", data=data, today=g.now.astimezone(LOCAL_ZONE).date())
