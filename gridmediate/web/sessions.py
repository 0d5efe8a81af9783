"""Mediation sessions: the calendar, and the forms that plan one, write its minutes, move it, call it off or miss it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import ActNotOpen, FieldMissing, NotFound, NotPermitted, Problem
from gridmediate.domain.sittings import MINUTE_LIMITS, MOST_INVITED, Held, Minute, NotPlannedAnyMore, Plan, SittingState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Seat, Side, label
from gridmediate.domain.workflow import Act
from gridmediate.services import casepage, session_lists, sessions
from gridmediate.services.casepage import CaseView
from gridmediate.services.session_lists import SittingsOfCase, SittingView
from gridmediate.services.sessions import Planned, Presence
from gridmediate.web import meanwhile
from gridmediate.web.cases import version_seen
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, moment_words, problem_list, say

room = Rooms("sessions", __name__)

_DAY, _BEGINS, _ENDS = Label("日期", "Day"), Label("开始", "Begins"), Label("结束", "Ends")
_ROOM, _ELSEWHERE = Label("房间", "Room"), Label("别的地点", "Another place")
_NEXT_DAY, _NEXT_BEGINS = Label("下次日期", "Next day"), Label("下次几点", "Next time")
_INVITED, _WORDS = Label("受邀人数", "Persons invited"), Label("说明", "What happened")
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000
#: What a new plan is filled with, and what stands in for a time that was not typed until the form is refused.
_USUAL_BEGINS, _USUAL_LENGTH = time(9, 30), timedelta(hours=1)


# -- the calendar ------------------------------------------------------------------------------------------------------


@room.get("/calendar", permission=Permission.CASE_READ)
def calendar() -> str:
    """Show a week of sessions."""
    day = _day_asked()
    with writing() as session:
        week = session_lists.week_of(session, day, request.args.get("community", "")[:24], actor_in_use(), g.now)
    today = g.now.astimezone(LOCAL_ZONE).date()
    kept: dict[str, Any] = {"community": week.community_code} if week.community_code else {}

    def link(monday: date) -> str:
        return url_for("sessions.calendar", day=monday.isoformat(), **kept)

    is_this_week = week.monday <= today < _after(week.monday)
    return render_template("sessions/calendar.html", week=week, today=today, is_this_week=is_this_week,
                           sunday=week.monday + timedelta(days=6), before=link(week.monday - timedelta(days=7)),
                           after=link(_after(week.monday)), now_link=url_for("sessions.calendar", **kept), nav_active="calendar")


def _after(monday: date) -> date:
    return monday + timedelta(days=7)


def _day_asked() -> date:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = date.min
    return day if 2000 <= day.year < 2100 else g.now.astimezone(LOCAL_ZONE).date()


# -- planning and moving -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Desk:
    """A case with its sessions, and the one that the form is about."""

    case: CaseView
    sittings: SittingsOfCase
    rooms: Sequence[str]
    sitting: SittingView | None
    #: What was changed in the case since the form was opened that comes back.
    meanwhile: Sequence[dict[str, Any]]

    @property
    def seats(self) -> list[tuple[str, str, str]]:
        """The filled seats of the team as ticks take them; invited persons are counted on their own."""
        return [(seat.id.hex, say(seat.name), say(seat.part or seat.seat)) for seat in self.case.seats
                if not seat.is_vacant and seat.seat is not Seat.GUEST]

    @property
    def invited(self) -> dict[str, str]:
        """The invited persons whom both sides have agreed to, as the form takes them."""
        seated = sum(seat.seat is Seat.GUEST for seat in self.case.seats)
        return {"invited": str(seated), "consented": "1"} if seated else {}


def _desk(case_no: str, sitting_id: UUID | None = None, *, ended_too: bool = False) -> _Desk:
    """Read what a form shows; refuse whoever may not send it, and a session that is over."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        rooms = sessions.rooms_of(session, case.community_code)
        changed = meanwhile.since(session, case, version_seen())
    found = case.sittings
    if not found.may_call_off:
        raise NotPermitted
    if not found.may_plan and not ended_too:
        raise ActNotOpen(state=label(case.state), act=label(Act.NOTE_SESSION))
    sitting = found.row(sitting_id) if sitting_id else None
    if sitting and sitting.state is not SittingState.PLANNED:
        raise NotPlannedAnyMore(state=label(sitting.state))
    return _Desk(case, found, rooms, sitting, changed)


def _page(template: str, desk: _Desk, typed: dict[str, str], problem: Problem | None, **more: Any) -> str:
    problems = problem_list(problem) if problem else []
    return render_template(f"sessions/{template}.html", case=desk.case, sittings=desk.sittings, sitting=desk.sitting,
                           rooms=desk.rooms, seats=desk.seats, sides=list(Side), typed=typed, problems=problems,
                           meanwhile=desk.meanwhile, errors=field_errors(problems), nav_active="cases", **more)


def _span_typed(begins_at: datetime, ends_at: datetime) -> dict[str, str]:
    begin, end = begins_at.astimezone(LOCAL_ZONE), ends_at.astimezone(LOCAL_ZONE)
    return {"day": f"{begin:%Y-%m-%d}", "begins": f"{begin:%H:%M}", "ends": f"{end:%H:%M}"}


def _as_planned(desk: _Desk, begins_at: datetime) -> dict[str, str]:
    """Return what the fields of time and place show before anything is typed."""
    row = desk.sitting
    if row is None:
        openness = "closed" if desk.sittings.is_closed_by_default else "open"
        return {**_span_typed(begins_at, begins_at + _USUAL_LENGTH), "room": next(iter(desk.rooms), ""), "openness": openness}
    return {**_span_typed(row.begins_at, row.ends_at), "room": row.room, "elsewhere": row.elsewhere,
            "openness": "open" if row.is_open else "closed"}


def _plan_sent(form: Form) -> Plan:
    day = form.day("day", _DAY)
    begins_at, ends_at = (_moment(form, day, name, words) for name, words in (("begins", _BEGINS), ("ends", _ENDS)))
    return Plan(begins_at, ends_at, form.text("room", _ROOM, limit=_ANY, required=False),
                form.text("elsewhere", _ELSEWHERE, limit=_ANY, required=False), is_open=form.typed.get("openness") == "open")


def _moment(form: Form, day: date | None, name: str, words: Label) -> datetime:
    if not form.typed.get(name, "").strip():
        form.fault(FieldMissing(field=name, name=words))
    clock = form.hour(name, words, otherwise=_USUAL_BEGINS)
    return datetime.combine(day or g.now.astimezone(LOCAL_ZONE).date(), clock, LOCAL_ZONE)


@room.get("/cases/<case_no>/sessions/plan", permission=Permission.CASE_MEDIATE)
def plan(case_no: str) -> str:
    """Ask when and where."""
    return _plan_page(_desk(case_no))


@room.get("/cases/<case_no>/sessions/<uuid:sitting_id>/move", permission=Permission.CASE_MEDIATE)
def move(case_no: str, sitting_id: UUID) -> str:
    """Ask for another time or place."""
    return _plan_page(_desk(case_no, sitting_id))


def _plan_page(desk: _Desk, typed: dict[str, str] | None = None, problem: Problem | None = None) -> str:
    tomorrow = g.now.astimezone(LOCAL_ZONE).date() + timedelta(days=1)
    filled = typed or _as_planned(desk, datetime.combine(tomorrow, _USUAL_BEGINS, LOCAL_ZONE))
    return _page("plan", desk, filled, problem)


@room.post("/cases/<case_no>/sessions/plan", permission=Permission.CASE_MEDIATE, endpoint="plan_now")
def plan_now(case_no: str) -> Response | tuple[str, int]:
    """Plan a session."""
    form = Form(request.form)
    asked = _plan_sent(form)
    try:
        form.done()
        with writing() as session:
            planned = sessions.plan(session, case_no, asked, actor_in_use(), g.now)
    except (NotFound, NotPermitted, ActNotOpen):
        raise
    except Problem as problem:
        return _plan_page(_desk(case_no), form.typed, problem), status_of(problem)
    return _done(case_no, gettext("已约定 %(when)s，团队已通知。", when=moment_words(asked.begins_at, relative=True)), planned)


@room.post("/cases/<case_no>/sessions/<uuid:sitting_id>/move", permission=Permission.CASE_MEDIATE, endpoint="move_now")
def move_now(case_no: str, sitting_id: UUID) -> Response | tuple[str, int]:
    """Move a session."""
    form = Form(request.form)
    asked = _plan_sent(form)
    try:
        form.done()
        with writing() as session:
            planned = sessions.move(session, case_no, sitting_id, asked, actor_in_use(), g.now)
    except (NotFound, NotPermitted, ActNotOpen, NotPlannedAnyMore):
        raise
    except Problem as problem:
        return _plan_page(_desk(case_no, sitting_id), form.typed, problem), status_of(problem)
    return _done(case_no, gettext("已改到 %(when)s，团队已通知。", when=moment_words(asked.begins_at, relative=True)), planned)


def _done(case_no: str, words: str, planned: Planned | None, *, was_held: bool = False) -> Response:
    flash(words, "ok")
    for warning in planned.warnings if planned else ():
        flash(say(warning), "warn")
    if was_held:  # both sides were met: has anything changed?
        return redirect(url_for("cases.show", case_no=case_no, contact=1) + "#contact", 303)
    return redirect(url_for("cases.show", case_no=case_no) + "#sessions", 303)


# -- minutes -----------------------------------------------------------------------------------------------------------


@room.get("/cases/<case_no>/sessions/note", permission=Permission.CASE_MEDIATE)
def note(case_no: str) -> str | Response:
    """Ask for the minutes of the session that is due, or of one that nobody had planned."""
    desk = _desk(case_no)
    due = desk.sittings.due
    if due and "unplanned" not in request.args:
        return redirect(url_for("sessions.minutes", case_no=case_no, sitting_id=due.id), 303)
    return _minutes_page(desk)


@room.get("/cases/<case_no>/sessions/<uuid:sitting_id>/minutes", permission=Permission.CASE_MEDIATE)
def minutes(case_no: str, sitting_id: UUID) -> str:
    """Ask for the minutes of a planned session."""
    return _minutes_page(_desk(case_no, sitting_id))


def _minutes_page(desk: _Desk, form: Form | None = None, problem: Problem | None = None) -> str:
    filled = form.typed if form else desk.invited | _as_planned(desk, g.now - _USUAL_LENGTH)
    errors = {name for name, _ in problem_list(problem)} if problem else set()
    return _page("minutes", desk, filled, problem, parts=list(Minute), limits=MINUTE_LIMITS,
                 ticked=form.several("team") if form else (), sides_ticked=form.several("sides") if form else (),
                 time_differs=bool(errors & {"day", "begins", "ends", "room", "elsewhere"}), most_invited=MOST_INVITED)


def _presence_sent(form: Form) -> Presence:
    invited = form.whole("invited", _INVITED, least=0, most=MOST_INVITED, required=False) or 0
    seats = tuple(each.replace("-", "") for each in form.several("team"))
    return Presence(seats, form.words("sides", Label("到场的一方", "Sides"), Side), invited, form.tick("consented"))


def _next_sent(form: Form) -> datetime | None:
    day = form.day("next_day", _NEXT_DAY, required=False)
    return _moment(form, day, "next_begins", _NEXT_BEGINS) if day else None


@room.post("/cases/<case_no>/sessions/note", permission=Permission.CASE_MEDIATE, endpoint="note_now")
def note_now(case_no: str) -> Response | tuple[str, int]:
    """Write the minutes of a session that nobody had planned."""
    return _hold(case_no, None)


@room.post("/cases/<case_no>/sessions/<uuid:sitting_id>/minutes", permission=Permission.CASE_MEDIATE, endpoint="hold")
def hold(case_no: str, sitting_id: UUID) -> Response | tuple[str, int]:
    """Write the minutes of a planned session."""
    return _hold(case_no, sitting_id)


def _hold(case_no: str, sitting_id: UUID | None) -> Response | tuple[str, int]:
    form = Form(request.form)
    said = {part: form.text(part.value, label(part), limit=_ANY, required=False) for part in Minute}
    told = Held(_plan_sent(form), minutes=said, next_at=_next_sent(form))
    came = _presence_sent(form)
    try:
        form.done()
        with writing() as session:
            following = sessions.hold(session, case_no, sitting_id, told, came, actor_in_use(), g.now, version=version_seen())
    except (NotFound, NotPermitted, ActNotOpen, NotPlannedAnyMore):
        raise
    except Problem as problem:
        return _minutes_page(_desk(case_no, sitting_id), form, problem), status_of(problem)
    words = gettext("笔录已存。")
    if following:
        words = gettext("笔录已存，下次 %(when)s，团队已通知。", when=moment_words(following.row.planned_from, relative=True))
    return _done(case_no, words, following, was_held=True)


# -- what did not come about -------------------------------------------------------------------------------------------


@room.get("/cases/<case_no>/sessions/<uuid:sitting_id>/missed", permission=Permission.CASE_MEDIATE)
def missed(case_no: str, sitting_id: UUID) -> str:
    """Ask who did not come, and for a new date."""
    return _missed_page(_desk(case_no, sitting_id))


def _missed_page(desk: _Desk, form: Form | None = None, problem: Problem | None = None) -> str:
    filled = form.typed if form else _as_planned(desk, g.now) | {"day": "", "begins": "", "ends": ""}
    return _page("missed", desk, filled, problem, ticked=form.several("team") if form else (),
                 sides_ticked=form.several("sides") if form else (), limit=sessions.REASON_LIMIT)


@room.post("/cases/<case_no>/sessions/<uuid:sitting_id>/missed", permission=Permission.CASE_MEDIATE, endpoint="miss")
def miss(case_no: str, sitting_id: UUID) -> Response | tuple[str, int]:
    """Say that a session did not happen."""
    form = Form(request.form)
    again = _plan_sent(form) if form.typed.get("day", "").strip() else None
    missing, words = _presence_sent(form), form.text("words", _WORDS, limit=_ANY, required=False)
    try:
        form.done()
        with writing() as session:
            following = sessions.did_not_happen(session, case_no, sitting_id, missing, words, again, actor_in_use(), g.now)
    except (NotFound, NotPermitted, ActNotOpen, NotPlannedAnyMore):
        raise
    except Problem as problem:
        return _missed_page(_desk(case_no, sitting_id), form, problem), status_of(problem)
    said = gettext("已记下没开成。")
    if again:
        said = gettext("已记下没开成，改约 %(when)s，团队已通知。", when=moment_words(again.begins_at, relative=True))
    return _done(case_no, said, following)


@room.get("/cases/<case_no>/sessions/<uuid:sitting_id>/call-off", permission=Permission.CASE_MEDIATE)
def call_off(case_no: str, sitting_id: UUID) -> str:
    """Ask why a session is called off."""
    return _page("call_off", _desk(case_no, sitting_id, ended_too=True), {}, None, limit=sessions.REASON_LIMIT)


@room.post("/cases/<case_no>/sessions/<uuid:sitting_id>/call-off", permission=Permission.CASE_MEDIATE, endpoint="call_off_now")
def call_off_now(case_no: str, sitting_id: UUID) -> Response | tuple[str, int]:
    """Call a session off."""
    form = Form(request.form)
    reason = form.text("reason", Label("理由", "Reason"), limit=_ANY)
    try:
        form.done()
        with writing() as session:
            sessions.call_off(session, case_no, sitting_id, reason, actor_in_use(), g.now)
    except (NotFound, NotPermitted, NotPlannedAnyMore):
        raise
    except Problem as problem:
        desk = _desk(case_no, sitting_id, ended_too=True)
        return _page("call_off", desk, form.typed, problem, limit=sessions.REASON_LIMIT), status_of(problem)
    return _done(case_no, gettext("已取消，团队已通知。"), None)
