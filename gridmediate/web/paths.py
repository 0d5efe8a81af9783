"""Where one can go: the places of the navigation, the first screen of each person, and the way back after signing in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.services.lists import MAX_PAGE_SIZE, PAGE_SIZE
from gridmediate.web.rooms import Application


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the navigation.

    Parameters
    ----------
    key : str
        What a page sets as ``nav_active``.
    endpoint : str
        Left out of the navigation while no such route exists.
    words, short : lazy text
        In the rail; in the tab bar of a phone.
    icon : str
        Of ``img/icons.svg``.
    permission : Permission
    unless : Permission or None
        Left out for people who hold this one, because another place is theirs.
    group : str
        "act" for the one filled button of the tab bar.
    """

    key: str
    endpoint: str
    words: Any
    icon: str
    permission: Permission
    unless: Permission | None = None
    short: Any = None
    group: str = "main"


_P = Permission

#: In the order of the rail. The first place that is open to a person is that person's first screen.
PLACES: tuple[Place, ...] = (
    Place("file", "filing.place", _l("上报纠纷"), "plus-lg", _P.CASE_FILE, short=lazy_pgettext("act", "上报"), group="act"),
    Place("today", "worker.today", _l("我的网格"), "sun", _P.CASE_FILE, unless=_P.CASE_ACCEPT, short=_l("今日")),
    Place("cases", "cases.worklist", _l("待办"), "list-task", _P.CASE_ACCEPT),
    Place("mine", "worker.mine", _l("我报的"), "folder2-open", _P.CASE_FILE, unless=_P.CASE_ACCEPT),
    Place("outbox", "offline.outbox", _l("待发送"), "cloud-arrow-up", _P.CASE_FILE, unless=_P.CASE_ACCEPT),
    Place("tasks", "tasks.index", lazy_pgettext("navigation", "部门任务"), "card-checklist", _P.TASK_SIGN, short=_l("任务")),
    Place("heat", "heat.map", _l("网格热力"), "map", _P.HEAT_READ, short=_l("地图")),
    Place("street", "street.show", _l("今天要办"), "sun", _P.CASE_APPROVE, short=_l("今日")),
    Place("stuck", "stuck.board", _l("卡点看板"), "signpost-split", _P.HEAT_READ, short=_l("卡点")),
    Place("figures", "figures.index", _l("指标与报表"), "bar-chart", _P.FIGURES_READ, short=_l("指标")),
    Place("cases", "cases.worklist", _l("案件"), "folder2-open", _P.TASK_RULE),
    Place("cases", "cases.worklist", _l("上报来的案件"), "folder2-open", _P.CASE_TAKE_UP, unless=_P.CASE_MEDIATE),
    Place("calendar", "sessions.calendar", _l("日程"), "calendar3", _P.CASE_READ),
    Place("mine", "worker.mine", _l("我报的"), "folder2-open", _P.CASE_FILE),
    Place("outbox", "offline.outbox", _l("待发送"), "cloud-arrow-up", _P.CASE_FILE),
    Place("to_decide", "rights.to_decide", _l("待批"), "clipboard-check", _P.CASE_APPROVE),
    Place("rulings", "tasks.rulings", _l("待裁定"), "signpost-split", _P.TASK_RULE),
    Place("cell_notices", "cell_notices.index", _l("网格公告"), "chat-left-text", _P.NOTICE_PUBLISH),
    Place("calls", "calls.board", _l("乡呼县应"), "megaphone", _P.CALL_READ),
    Place("exports", "exports.index", _l("导出审批"), "clipboard-check", _P.EXPORT_APPROVE, unless=_P.CASE_APPROVE),
    Place("briefings", "briefings.index", _l("简报"), "file-earmark-text", _P.BRIEFING_ISSUE),
    Place("meetings", "meetings.index", _l("联席会"), "people", _P.MEETING_HOLD, short=_l("联席会")),
    Place("follow_ups", "mediation.list_follow_ups", _l("回访"), "telephone", _P.CASE_FOLLOW_UP),
    Place("call_backs", "call_backs.index", _l("抽样回访"), "phone", _P.CALL_BACK_DRAW),
    Place("call_backs", "call_backs.index", _l("抽样回访"), "phone", _P.CALL_BACK_MAKE),
    Place("requests", "requests.index", _l("居民申请"), "inbox", _P.REQUEST_ANSWER, short=_l("申请")),
    Place("placing", "cases.unplaced", _l("位置待定"), "pin-map", _P.CASE_PLACE),
    Place("closed", "cases.closed", _l("已办结"), "check2-square", _P.CASE_REOPEN),
    Place("cells", "cells.index", lazy_pgettext("several", "网格"), "grid-3x3-gap", _P.CELL_IMPORT),
    Place("places", "places.index", _l("地名地址库"), "signpost-split", _P.CELL_IMPORT),
    Place("rosters", "rosters.index", _l("名册"), "calendar-range", _P.ROSTER_EDIT),
    Place("coverage", "coverage.index", _l("在岗情况"), "clipboard-check", _P.ROSTER_EDIT),
    Place("people", "people.index", _l("人员与账号"), "people", _P.ACCOUNT_MANAGE),
    Place("rules", "rules.index", _l("分派与时限"), "diagram-3", _P.RULES_EDIT),
    Place("deliveries", "deliveries.index", _l("通知发送"), "send", _P.NOTICE_MANAGE),
    Place("audit", "audit.index", _l("谁看过、做过什么"), "shield-check", _P.AUDIT_READ, short=_l("审计")),
    Place("interference", "rights.interference_notes", _l("干预记录"), "megaphone", _P.AUDIT_READ),
)


def places_for(app: Application, actor: Actor | None) -> tuple[Place, ...]:
    """Return the places that a person may go to and that exist; one that two rows give stands where the first gives it."""
    if actor is None:
        return ()
    found: dict[tuple[str, str], Place] = {}
    for each in PLACES:
        is_open = holds(actor, each.permission) and not (each.unless and holds(actor, each.unless))
        if is_open and each.endpoint in app.view_functions:
            found.setdefault((each.key, each.endpoint), each)
    return tuple(found.values())


def navigation(app: Application, actor: Actor | None, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return the rows of the rail and the tab bar; *counts* come from the view that has them anyway."""
    return [
        {"key": each.key, "label": each.words, "short": each.short or each.words, "icon": each.icon, "group": each.group,
         "href": url_for(each.endpoint), "count": counts.get(each.key, 0)}
        for each in places_for(app, actor)
    ]


def first_screen(app: Application, actor: Actor, *, on_phone: bool = False) -> str:
    """Return the address of a person's first screen; without any, that of the own account."""
    if on_phone and holds(actor, Permission.CASE_APPROVE) and "street.show" in app.view_functions:
        return url_for("street.show")
    places = [each for each in places_for(app, actor) if each.group != "act"]
    return url_for(places[0].endpoint if places else "account.sign_ins")


def links(app: Application, actor: Actor | None = None) -> dict[str, str]:
    """Return the addresses that the shell of every page needs, as far as their routes exist and are the reader's."""
    known = {
        "home": "home.index", "sign_in": "auth.sign_in", "sign_out": "auth.sign_out", "preferences": "language.prefer",
        "sessions": "account.sign_ins", "password": "account.password", "search": "cases.search", "notices": "notices.index",
        "notice_settings": "notices.wishes", "help": "help.index", "public": "follow.look_up", "about": "about.show",
    }
    if actor is not None and holds(actor, Permission.CELL_READ):
        known["posters"] = "cell_pages.index"
    return {name: url_for(endpoint) for name, endpoint in known.items() if endpoint in app.view_functions}


#: What a resident does without an account → the rule of its address.
_RESIDENT = {"ask": "/ask/<cell_code>", "follow": "/follow"}


def resident_links(app: Application, cell_code: str) -> dict[str, str]:
    """Return where a resident asks for mediation in a cell and follows a case, as far as these pages exist."""
    endpoints = {each.rule: each.endpoint for each in app.url_map.iter_rules() if "GET" in (each.methods or ())}
    given: dict[str, Any] = {"ask": {"cell_code": cell_code}, "follow": {}}
    return {name: url_for(endpoints[rule], **given[name]) for name, rule in _RESIDENT.items() if rule in endpoints}


def safe_next(given: str | None, otherwise: str = "/") -> str:
    """Return an address of this server to go on to: a path, and nothing that a browser could read as another host."""
    if not given or not given.startswith("/") or given.startswith("//") or len(given) > 2000:
        return otherwise
    # Browsers read "\\" as "/" and drop tabs and line ends, so "/\\evil" and "/\t/evil" lead elsewhere.
    if "\\" in given or any(ord(letter) < 33 or ord(letter) == 127 for letter in given):
        return otherwise
    parts = urlsplit(given)
    return given if not parts.scheme and not parts.netloc else otherwise


def rows_asked() -> int:
    """Return how many rows a list is to show: what the address says (``rows=100``), within what a list allows."""
    asked = request.args.get("rows", "")
    return max(1, min(int(asked), MAX_PAGE_SIZE)) if asked.isdecimal() and len(asked) < 5 else PAGE_SIZE
