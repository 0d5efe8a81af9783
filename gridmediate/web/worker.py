"""The grid worker's own pages: today, and the list of what was filed and what lies in the own cells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext

from gridmediate.domain.permissions import Permission
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Status
from gridmediate.services import lists
from gridmediate.services.came_back import CameBack, came_back
from gridmediate.services.day import Day, News, Todo, worker_day
from gridmediate.services.lists import CaseFilter, CaseRow, Desk
from gridmediate.services.requests import list_requests
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import clock_view, day_words, moment_words, say

room = Rooms("worker", __name__)

_FILE = Permission.CASE_FILE
_PAGE = 20
_OPEN = (Status.OVERDUE,)
_CLOSED = (Status.SETTLED, Status.ENDED)


@room.get("/today", permission=_FILE)
def today() -> str:
    """Show what waits for this worker, by due moment, and how the worker's filings ended."""
    with writing() as session:
        day = worker_day(session, actor_in_use(), g.now)
        asked = list_requests(session, actor_in_use(), g.now)
    g.nav_counts = {"requests": len(asked)}
    return render_template(
        "worker/today.html", day=day, requests=asked,
        cards=[_todo_card(each) for each in day.todo], news=[_news(each) for each in day.ended],
        cell_links=[{"href": url_for("cell_pages.show", cell_code=code), "words": say(words)}
                    for code, words in zip(sorted(actor_in_use().cells), day.cells, strict=False)],
        came=[_told(row, news.what, news.at) for row, news in day.came],
        place_line=_place_line(day), today_words=day_words(g.now.astimezone(LOCAL_ZONE), relative=False), nav_active="today",
    )


def _place_line(day: Day) -> list[str]:
    if len(day.cells) == 1:
        return [say(day.cells[0])]
    return [say(day.community), gettext("%(n)s 个网格", n=len(day.cells))] if day.cells else [say(day.community)]


def _todo_card(todo: Todo) -> dict[str, Any]:
    row = todo.row
    title = gettext("%(act)s：%(matter)s", act=say(todo.step), matter=row.title)
    return _card(row) | {"title": title, "status": row.status}


def _card(row: CaseRow) -> dict[str, Any]:
    return {
        "href": url_for("cases.show", case_no=row.case_no), "title": row.title, "clock": clock_view(row.clock),
        "status": row.status, "place": row.address or say(row.cell) or gettext("网格待认领"),
        "category": [say(row.head), say(row.category)],
    }


def _news(news: News) -> dict[str, Any]:
    row = news.row
    words = gettext("您 %(day)s 上报的“%(title)s”：%(status)s，%(how)s。", day=day_words(row.filed_at), title=row.title,
                    status=say(row.status), how=say(row.outcome))
    return {"status": row.status.value, "words": words, "href": url_for("cases.show", case_no=row.case_no)}


def _told(row: CaseRow, what: Label, at: datetime) -> dict[str, Any]:
    words = gettext("“%(title)s”：%(what)s，%(when)s。", title=row.title, what=say(what), when=moment_words(at, relative=True))
    return {"words": words, "href": url_for("cases.show", case_no=row.case_no)}


@room.get("/mine", permission=_FILE)
def mine() -> str:
    """Show what the worker filed, or what lies in the worker's cells, with how it stands or ended."""
    desk = Desk.CELL if request.args.get("desk") == "cell" and actor_in_use().cells else Desk.FILED
    closed = request.args.get("closed") == "1"
    offered = _CLOSED if closed else _OPEN
    asked = request.args.get("status", "")
    status = next((each for each in offered if each.value == asked), None)
    with writing() as session:
        page = lists.list_cases(session, desk, CaseFilter(closed=closed, status=status), actor_in_use(), g.now,
                                after=request.args.get("after"), size=_PAGE, counted=False)
        came = came_back(session, page.rows, actor_in_use())
    kept: dict[str, Any] = {"desk": desk.value, "closed": "1" if closed else None, "status": status.value if status else None}
    return render_template(
        "worker/mine.html", desk=desk.value, desks=_desks(desk), chips=_chips(desk, closed, status),
        narrowed=closed or status is not None,
        cards=[(_ended_card if closed else _going_card)(row, came[row.id]) for row in page.rows],
        page_size=_PAGE, nav_active="mine",
        more=url_for("worker.mine", after=page.next_key, **kept) if page.next_key else None,
        whole=url_for("worker.mine", desk=desk.value),
    )


def _going_card(row: CaseRow, came: CameBack) -> dict[str, Any]:
    who = gettext("%(name)s在办", name=say(came.who)) if came.who else ""
    return _card(row) | {"note": [say(row.step), who], "news": _news_words(came)}


def _ended_card(row: CaseRow, came: CameBack) -> dict[str, Any]:
    when = f" {day_words(row.closed_at)}" if row.closed_at else ""
    note = [gettext("怎么结的：%(how)s", how=say(row.outcome)) + when if row.outcome else "", came.reason]
    return _card(row) | {"clock": None, "note": note, "news": _news_words(came)}


def _news_words(came: CameBack) -> str:
    if came.news is None:
        return ""
    return gettext("新消息：%(what)s，%(when)s", what=say(came.news.what), when=moment_words(came.news.at, relative=True))


def _desks(desk: Desk) -> list[dict[str, Any]]:
    rows = [{"label": gettext("我报的"), "href": url_for("worker.mine"), "current": desk is Desk.FILED}]
    if actor_in_use().cells:
        rows.append({"label": gettext("我格里的"), "href": url_for("worker.mine", desk="cell"), "current": desk is Desk.CELL})
    return rows


def _chips(desk: Desk, closed: bool, status: Status | None) -> list[dict[str, Any]]:
    at: dict[str, Any] = {"desk": desk.value}
    rows = [
        {"label": gettext("没办完"), "href": url_for("worker.mine", **at), "current": not closed and not status},
        {"label": gettext("办完的"), "href": url_for("worker.mine", closed="1", **at), "current": closed and not status},
    ]
    kept = at | ({"closed": "1"} if closed else {})
    rows += [{"label": say(each), "href": url_for("worker.mine", status=each.value, **kept), "current": each is status}
             for each in (_CLOSED if closed else _OPEN)]
    return rows
