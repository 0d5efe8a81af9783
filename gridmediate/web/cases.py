"""The cases: lists by what is due next, the page of one case, and every act on it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import groupby
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from gridmediate.domain.categories import HEADS
from gridmediate.domain.next_steps import NEVER, Turn
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Part, Side, Status, Willingness
from gridmediate.domain.workflow import LAWFUL_ENDS, MAIN_LINE, Act, Needs, State, row_for
from gridmediate.services import casepage, handling, inbox, lists, session_lists, teams
from gridmediate.services.casepage import CaseView
from gridmediate.services.filing import PartyEntry
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.paths import rows_asked
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import day_words, field_errors, problem_list, say

room = Rooms("cases", __name__)

#: Acts whose button presses at once; the others ask for words on a page of their own.
AT_ONCE = frozenset({Act.FORM_TEAM})
_PRIMARY = (Act.ACCEPT, Act.FORM_TEAM, Act.NOTE_SESSION, Act.CLOSE, Act.CLOSE_AS_DEPARTMENT, Act.REOPEN)
_KEYS = {Act.ACCEPT: "a", Act.NOT_ACCEPT: "r", Act.NOTE_SESSION: "m", Act.CLOSE: "c"}


def _button(act: Act, case: CaseView) -> str:
    words = {
        Act.ACCEPT: gettext("受理并通知团队"), Act.NOT_ACCEPT: gettext("不予受理…"), Act.MARK_DUPLICATE: gettext("并案…"),
        Act.SOLVE_ON_SPOT: gettext("现场已办…"), Act.FORM_TEAM: gettext("组队并派单"),
        Act.NOTE_SESSION: gettext("记第 %(n)s 次调解", n=case.sessions_held + 1), Act.AGREE_ORALLY: gettext("登记口头协议"),
        Act.AGREE_IN_WRITING: gettext("登记书面协议"), Act.RECORD_REFUSAL: gettext("当事人拒绝…"), Act.WITHDRAW: gettext("撤回…"),
        Act.TERMINATE: gettext("终止…"), Act.REFER: gettext("移送…"), Act.CLOSE: gettext("告知双方，结案…"),
        Act.CLOSE_AS_DEPARTMENT: gettext("办结并结案…"), Act.REOPEN: gettext("重新打开…"),
    }
    return words[act]


def desk_of() -> Desk:
    """Return whose list the reader gets: the narrowest place the reader answers for."""
    actor = actor_in_use()
    for desk, codes in ((Desk.COMMUNITY, actor.communities), (Desk.STREET, actor.streets), (Desk.CELL, actor.cells)):
        if codes:
            return desk
    return Desk.FILED


@room.get("/cases", permission=Permission.CASE_READ)
def worklist() -> str:
    """Show the reader's list."""
    narrowed = _filter_asked()
    desk = Desk(request.args["desk"]) if request.args.get("desk") in set(Desk) else desk_of()
    with writing() as session:
        after, size = request.args.get("after"), rows_asked()
        page = lists.list_cases(session, desk, narrowed, actor_in_use(), g.now, after=after, size=size)
        grid = grid_of(session, g.now)
        communities = [area for street in sorted(actor_in_use().streets) for area in grid.communities_of(street)]
    cell = grid.cells.get(narrowed.cell_code)
    g.nav_counts = {"cases": page.counts.get("all", 0), "placing": page.counts.get("unplaced", 0)}
    return render_template(
        "cases/list.html",
        groups=_by_day(page.rows, narrowed),
        page=page,
        narrowed=narrowed,
        desk=desk,
        communities=communities,
        cell=cell.label if cell else None,
        heads=HEADS,
        nav_active="placing" if narrowed.unplaced else "closed" if narrowed.closed else "cases",
        kept={key: value for key, value in request.args.items() if key not in ("after", "turn") and value},
    )


@room.get("/cases/unplaced", permission=Permission.CASE_PLACE)
def unplaced() -> Response:
    """Go to the cases whose cell is open."""
    return redirect(url_for("cases.worklist", unplaced=1), 303)


@room.get("/cases/closed", permission=Permission.CASE_READ)
def closed() -> Response:
    """Go to what is done."""
    return redirect(url_for("cases.worklist", closed=1), 303)


def _filter_asked() -> CaseFilter:
    asked = request.args
    return CaseFilter(
        turn=Turn(asked["turn"]) if asked.get("turn") in set(Turn) else None, closed=asked.get("closed") == "1",
        status=Status(asked["status"]) if asked.get("status") in set(Status) else None, cell_code=asked.get("cell", "")[:24],
        community_code=asked.get("community", "")[:24], head=asked.get("head", "")[:2], unplaced=asked.get("unplaced") == "1",
        unsettled=asked.get("unsettled") == "1", words=asked.get("q", "")[:60],
    )


def _by_day(rows: list[lists.CaseRow], narrowed: CaseFilter) -> list[dict[str, Any]]:
    """Group a list as its reader plans: overdue, today, tomorrow, later."""
    if narrowed.closed:
        return [{"title": gettext("最近变动在前"), "rows": rows, "late": False}] if rows else []
    today = g.now.astimezone(LOCAL_ZONE).date()

    def when(row: lists.CaseRow) -> int:
        due_at = row.clock.due_at
        if due_at is None or due_at >= NEVER:
            return 4
        if due_at < g.now:
            return 0
        # The end of a day is the next day's first moment.
        days = (due_at.astimezone(LOCAL_ZONE) - timedelta(seconds=1)).date() - today
        return 1 if days.days <= 0 else 2 if days.days == 1 else 3

    titles = (gettext("已超期"), gettext("今天到期"), pgettext("heading", "明天"), gettext("本周及以后"), gettext("没有期限"))
    return [{"title": titles[key], "rows": list(group), "late": key == 0} for key, group in groupby(rows, key=when)]


@room.get("/cases/<case_no>", permission=Permission.CASE_READ)
def show(case_no: str) -> str:
    """Show one case."""
    return _case_page(case_no)


@room.get("/cases/<case_no>/preview", permission=Permission.CASE_READ)
def preview(case_no: str) -> str:
    """Show a case beside the list, with the acts that decide it."""
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    return render_template("cases/_preview.html", case=case, acts=_acts(case))


def _case_page(case_no: str, *, parties_in_clear: Any = None, problems: Any = (), typed: Any = None) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        sittings = session_lists.sittings_of(session, case_no, actor_in_use(), g.now)
        if g.signed.unread:  # with the sign-in, so that who has none pays nothing
            g.notices_read = inbox.mark_case_read(session, case.id, actor_in_use(), g.now)
    return render_template(
        "cases/case.html",
        case=case,
        sittings=sittings,
        acts=_acts(case),
        steps=_steps(case),
        clear=parties_in_clear,
        problems=problems,
        typed=typed or {},
        ends=[say(each.row.act) for each in case.acts if each.row.act in LAWFUL_ENDS],
        nav_active="cases",
        sides=list(Side),
        wishes=list(Willingness),
    )


def _acts(case: CaseView) -> dict[str, Any]:
    """Sort what the reader may do now: the primary act, the others, and what stands in the way."""
    shown = [
        {"act": each.row.act, "words": _button(each.row.act, case), "key": _KEYS.get(each.row.act, ""), "blocked": each.blocked,
         "href": _page_of(each.row.act, case.case_no), "lawful_end": each.row.act in LAWFUL_ENDS,
         "at_once": each.row.act in AT_ONCE or each.row.act is Act.ACCEPT}
        for each in case.acts
    ]
    free = [each for each in shown if each["blocked"] is None]
    primary = next((each for act in _PRIMARY for each in free if each["act"] is act), None)
    return {"primary": primary, "others": [each for each in free if each is not primary],
            "blocked": [each for each in shown if each["blocked"] is not None]}


def _page_of(act: Act, case_no: str) -> str:
    """Return where an act is asked for; a session has minutes, and a form of its own."""
    if act is Act.NOTE_SESSION:
        return url_for("sessions.note", case_no=case_no)
    return url_for("cases.ask", case_no=case_no, act=act.value)


def _steps(case: CaseView) -> list[dict[str, Any]]:
    reached = {mark.state: mark.at for mark in case.stages}
    line = [
        state if state is not State.AGREED_WRITTEN or State.AGREED_ORAL not in reached else State.AGREED_ORAL
        for state in MAIN_LINE
    ]
    if case.state not in line:
        kept = [state for state in line if state in reached]
        line = [*kept, case.state] + ([State.CLOSED] if case.state is not State.CLOSED and row_for(case.state, Act.CLOSE) else [])
    at = line.index(case.state)
    return [
        {"label": gettext("达成协议") if state is State.AGREED_WRITTEN and state not in reached else say(state),
         "state": "done" if index < at or case.state is State.CLOSED else "now" if index == at else "later",
         "date": day_words(reached[state], relative=False) if state in reached and index <= at else "", "status": case.status}
        for index, state in enumerate(line)
    ]


@room.get("/cases/<case_no>/acts/<act>", permission=Permission.CASE_READ)
def ask(case_no: str, act: str) -> str | Response:
    """Ask for the words that an act needs."""
    if act == Act.NOTE_SESSION:
        return redirect(_page_of(Act.NOTE_SESSION, case_no), 303)
    return _ask(case_no, act, {}, [])


def _ask(case_no: str, act: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    wanted = _act_named(act)
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    row = row_for(case.state, wanted)
    open_act = case.act(wanted)
    if row is None or open_act is None:
        return _case_page(
            case_no, problems=[("", gettext("案件现在是“%(state)s”，不能“%(act)s”。", state=say(case.state), act=say(wanted)))]
        )
    return render_template(
        "cases/act.html",
        case=case,
        act=wanted,
        row=row,
        needs=[need.value for need in row.needs],
        typed=typed,
        problems=problems,
        errors=field_errors(problems),
        words=_button(wanted, case).rstrip("…"),
        blocked=open_act.blocked,
        heads=HEADS,
        nav_active="cases",
    )


@room.post("/cases/<case_no>/acts/<act>", permission=Permission.CASE_READ)
def do(case_no: str, act: str) -> Response | str | tuple[str, int]:
    """Do an act; a refusal shows the form again with what was typed."""
    wanted = _act_named(act)
    words = {need: request.form.get(need.value, "") for need in Needs}
    asks = {key.removeprefix("ask-"): value for key, value in request.form.items() if key.startswith("ask-")}
    asked = handling.ActWords(wanted, _version(), words, request.form.get("t2_code") or None, asks)
    try:
        with writing() as session:
            handling.act_on_case(session, case_no, asked, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _ask(case_no, act, request.form, problem_list(problem)), status_of(problem)
    flash(gettext("已记下：%(act)s。", act=say(wanted)), "ok")
    return redirect(_onward(case_no), 303)


def _onward(case_no: str) -> str:
    # From the list one goes on with the list; from the case one stays with the case.
    return url_for("cases.worklist") if request.form.get("from") == "list" else url_for("cases.show", case_no=case_no)


def _act_named(name: str) -> Act:
    if name not in set(Act):
        raise NotFound
    return Act(name)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() else None


@room.post("/cases/<case_no>/notes", permission=Permission.CASE_NOTE)
def add_note(case_no: str) -> Response | str | tuple[str, int]:
    """Add a note to the timeline."""
    try:
        with writing() as session:
            handling.note(session, case_no, request.form.get("note", ""), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
    return redirect(url_for("cases.show", case_no=case_no) + "#timeline", 303)


@room.post("/cases/<case_no>/parties", permission=Permission.PARTY_UNMASK)
def unmask(case_no: str) -> str | tuple[str, int]:
    """Show the parties in clear on this one answer; going back or reloading masks them again."""
    try:
        with writing() as session:
            clear = handling.unmask(session, case_no, request.form.get("purpose", ""), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
    return _case_page(case_no, parties_in_clear=clear)


@room.post("/cases/<case_no>/parties/new", permission=Permission.PARTY_EDIT)
def add_party(case_no: str) -> Response | tuple[str, int]:
    """Add a party."""
    form = request.form
    side = Side(form["side"]) if form.get("side") in set(Side) else Side.APPLICANT
    entry = PartyEntry(side, form.get("name", "").strip(), form.get("phone", "").strip(), form.get("party_address", "").strip(),
                       is_minor=form.get("is_minor") == "1")
    try:
        with writing() as session:
            handling.add_party(session, case_no, entry, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _case_page(case_no, problems=problem_list(problem), typed=form), status_of(problem)
    flash(gettext("已补充当事人。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.post("/cases/<case_no>/willingness", permission=Permission.PARTY_EDIT)
def set_willingness(case_no: str) -> Response:
    """Record whether the parties want mediation."""
    wish = request.form.get("willingness", "")
    if wish in set(Willingness):
        with writing() as session:
            handling.set_willingness(session, case_no, Willingness(wish), _version(), actor_in_use(), g.now)
        flash(gettext("已登记调解意愿。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.get("/cases/<case_no>/place", permission=Permission.CASE_PLACE)
def place(case_no: str) -> str:
    """Ask in which cell a case lies that came in without one."""
    return _place_page(case_no, {}, [])


def _place_page(case_no: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        grid = grid_of(session, g.now)
    cells = [
        (
            say(community.label),
            [(card.code, say(card.label)) for card in grid.cells.values() if card.community_code == community.code],
        )
        for community in grid.areas.values()
        if any(card.community_code == community.code for card in grid.cells.values())
    ]
    return render_template(
        "cases/place.html",
        case=case,
        cells=cells,
        typed=typed,
        problems=problems,
        errors=field_errors(problems),
        nav_active="placing",
    )


@room.post("/cases/<case_no>/place", permission=Permission.CASE_PLACE)
def settle_place(case_no: str) -> Response | tuple[str, int]:
    """Settle the cell of a case."""
    try:
        with writing() as session:
            handling.settle_place(
                session, case_no, request.form.get("cell_code", ""), request.form.get("reason", ""), actor_in_use(), g.now
            )
    except NotFound:
        raise
    except Problem as problem:
        return _place_page(case_no, request.form, problem_list(problem)), status_of(problem)
    flash(gettext("已定格，团队已按名册拟好。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


@room.get("/cases/<case_no>/team", permission=(Permission.TEAM_ADJUST, Permission.TEAM_DECLARE_INTEREST))
def team(case_no: str) -> str:
    """Show the team to be adjusted."""
    return _team_page(case_no, {}, [])


def _team_page(case_no: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        rules = rulebook_of(session)
        people = teams.people_for(session, case.cell_code, case.community_code, g.now) if case.may_adjust_team else []
    seated = {seat.department_code for seat in case.seats}
    departments = [(code, say(name)) for code, name in rules.departments.items() if code not in seated]
    return render_template("cases/team.html", case=case, people=people, departments=departments, typed=typed, problems=problems,
                           errors=field_errors(problems), parts=list(Part), nav_active="cases")


@room.post("/cases/<case_no>/team", permission=(Permission.TEAM_ADJUST, Permission.TEAM_DECLARE_INTEREST))
def change_team(case_no: str) -> Response | tuple[str, int]:
    """Change a seat, add a department, or step back for an interest."""
    form, actor = request.form, actor_in_use()
    try:
        with writing() as session:
            match form.get("do"):
                case "interest":
                    teams.declare_interest(session, case_no, form.get("why", ""), actor, g.now)
                case "department":
                    part = Part.LEAD if form.get("part") == Part.LEAD else Part.SUPPORT
                    teams.add_department(
                        session,
                        case_no,
                        form.get("department", ""),
                        part,
                        form.get("why", ""),
                        form.get("ask", ""),
                        _version(),
                        actor,
                        g.now,
                    )
                case _:
                    change = teams.SeatChange(_uuid(form.get("seat", "")), form.get("login", ""), form.get("why", ""))
                    teams.change_seat(session, case_no, change, _version(), actor, g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _team_page(case_no, form, problem_list(problem)), status_of(problem)
    flash(gettext("团队已调整，理由记入本案。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no), 303)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None

