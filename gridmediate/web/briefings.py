"""Briefings (简报): the drafts that are there by themselves, editing, issuing, and the paper as a page, as Word and in print."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.documents.briefings import WORDS, BriefingFields, day_words, heading, issue_words, render_briefing
from gridmediate.domain.briefing import BriefKind, DraftEdit, LineEdit, Section, by_section
from gridmediate.domain.briefing_table import query_of
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label, label, say_moment
from gridmediate.maps.drawing import draw_cells
from gridmediate.services import briefings
from gridmediate.services.briefings import BriefingPaper
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import status_of
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list

room = Rooms("briefings", __name__)

_ISSUE = Permission.BRIEFING_ISSUE
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Words of the paper, which is Chinese: what the picture shows.
_CLASSES = [Label("0–2件", "0–2"), Label("3–5件", "3–5"), Label("6–9件", "6–9"), Label("10件及以上", "10 or more")]


@room.get("/briefings", permission=_ISSUE)
def index() -> str:
    """Show drafts and issued briefings; the draft of a period that has just ended is there by itself."""
    with reading() as session:
        new = briefings.count_missing(session, actor_in_use(), g.now)
    with writing() as session:
        rows = briefings.open_desk(session, new, actor_in_use(), g.now)
    return render_template("briefings/index.html", drafts=[row for row in rows if row.number is None],
                           issued=[row for row in rows if row.number is not None], kinds=list(BriefKind), nav_active="briefings")


@room.get("/briefings/<uuid:briefing_id>", permission=_ISSUE)
def show(briefing_id: UUID) -> str:
    """Show a briefing: a draft to be changed, or an issued one as it was issued."""
    return _page(_read(briefing_id))


def _read(key: UUID) -> BriefingPaper:
    with writing() as session:
        return briefings.read_briefing(session, key, actor_in_use(), g.now)


def _page(paper: BriefingPaper, problem: Problem | None = None) -> str:
    problems = problem_list(problem) if problem else []
    typed = request.form if problem else {}
    return render_template("briefings/briefing.html", **_shown(paper), problems=problems, errors=field_errors(problems),
                           typed=typed, nav_active="briefings")


def _shown(paper: BriefingPaper) -> dict[str, Any]:
    """Return what the page and the print page show of a briefing."""
    return {
        "paper": paper, "parts": by_section(paper.lines if paper.may_edit else paper.kept_lines), "sections": list(Section),
        "query_of": query_of, "issue": issue_words(paper.year, paper.number), "day": day_words(paper.issued_on),
        "heading": heading, "drawing": _drawing(paper), "classes": list(enumerate(_CLASSES)), "title": _title(paper),
        "w": WORDS | _closing_words(paper),
    }


def _closing_words(paper: BriefingPaper) -> dict[str, str]:
    """Return what the paper says of itself: when it was counted, what it corrects, its digest."""
    return {
        "as_of": f"数据截至{say_moment(paper.counted_at, 'zh')}。",
        "corrects": f"（更正{paper.corrects[1]}年第{paper.corrects[2]}期）" if paper.corrects else "",
        "digest": f"校验码　{paper.digest}" if paper.digest else "",
    }


def _drawing(paper: BriefingPaper) -> dict[str, Any] | None:
    if paper.picture is None:
        return None
    cells = paper.picture["cells"]
    drawn = draw_cells([bytes.fromhex(wkb) for wkb, _ in cells])
    return {"width": drawn.width, "height": drawn.height,
            "cells": [(cell.path, of_class) for cell, (_, of_class) in zip(drawn.cells, cells, strict=True)]}


def _title(paper: BriefingPaper) -> str:
    return f"{paper.period.words.zh}矛盾纠纷化解情况"


@room.post("/briefings/<uuid:briefing_id>", permission=_ISSUE, endpoint="edit")
def edit(briefing_id: UUID) -> AnyResponse | tuple[str, int]:
    """Keep what a hand changed in a draft."""
    paper, sent = _read(briefing_id), request.form
    lines = {line.key: LineEdit(_one_line(sent[f"line-{line.key}"]), f"keep-{line.key}" not in sent)
             for line in paper.lines if f"line-{line.key}" in sent}
    change = DraftEdit(lines, {section: _one_line(sent.get(f"add-{section.value}", "")) for section in Section},
                       *(_one_line(sent.get(name, "")) for name in ("report_to", "send_to", "editor")))
    try:
        with writing() as session:
            briefings.edit_draft(session, briefing_id, change, _version(), actor_in_use(), g.now)
    except Problem as problem:
        if not paper.may_edit:
            raise
        return _page(paper, problem), status_of(problem)
    flash(gettext("草稿存好了。"), "ok")
    return redirect(url_for("briefings.show", briefing_id=briefing_id), 303)


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _version() -> int | None:
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


@room.post("/briefings/<uuid:briefing_id>/recount", permission=_ISSUE, endpoint="recount")
def recount(briefing_id: UUID) -> AnyResponse:
    """Put the numbers as they are now into a draft."""
    with reading() as session:
        new = briefings.count_again(session, briefing_id, actor_in_use(), g.now)
    with writing() as session:
        briefings.keep_count(session, briefing_id, new, actor_in_use(), g.now)
    flash(gettext("按现在的数重算了；句子没变的，您的改法还在。"), "ok")
    return redirect(url_for("briefings.show", briefing_id=briefing_id), 303)


@room.post("/briefings/<uuid:briefing_id>/issue", permission=_ISSUE, endpoint="issue")
def issue(briefing_id: UUID) -> AnyResponse | tuple[str, int]:
    """Issue a briefing."""
    try:
        with writing() as session:
            briefings.issue(session, briefing_id, _version(), actor_in_use(), g.now)
    except Problem as problem:
        paper = _read(briefing_id)
        if not paper.may_edit:
            raise
        return _page(paper, problem), status_of(problem)
    paper = _read(briefing_id)
    _kept_file(paper)
    flash(gettext("印发了，是%(year)s年第%(n)s期。内容从此不变；要更正，另发一期。", year=paper.year, n=paper.number), "ok")
    return redirect(url_for("briefings.show", briefing_id=briefing_id), 303)


@room.post("/briefings/<uuid:briefing_id>/correct", permission=_ISSUE, endpoint="correct")
def correct(briefing_id: UUID) -> AnyResponse:
    """Begin the issue that corrects an issued one."""
    with writing() as session:
        draft = briefings.start_correction(session, briefing_id, actor_in_use(), g.now)
    return redirect(url_for("briefings.show", briefing_id=draft), 303)


@room.get("/briefings/<uuid:briefing_id>/print", permission=_ISSUE, endpoint="print_page")
def print_page(briefing_id: UUID) -> str:
    """Show a briefing as a page to be printed."""
    paper = _read(briefing_id)
    return render_template("briefings/print.html", **_shown(paper) | {"parts": by_section(paper.kept_lines)})


@room.get("/briefings/<uuid:briefing_id>/word", permission=_ISSUE)
def word(briefing_id: UUID) -> Response:
    """Give a briefing as a Word file: of an issued one, the file that was kept."""
    paper = _read(briefing_id)
    data = _kept_file(paper) if paper.number is not None else _rendered(paper)
    name = f"{paper.masthead}{issue_words(paper.year, paper.number).strip('（）')}.docx"
    answer = Response(data, content_type=_WORD)
    plain = f"briefing-{paper.period.first.isoformat()}.docx"
    # Old browsers read the first name, all others the second (RFC 6266).
    answer.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(name)}"
    return answer


def _kept_file(paper: BriefingPaper) -> bytes:
    with reading() as session:
        kept = briefings.file_of(session, paper.id)
    if kept is not None:
        return kept
    # Word is slow, and nobody waits for the records meanwhile.
    made = _rendered(paper)
    with writing() as session:
        return briefings.keep_file(session, paper.id, made, actor_in_use(), g.now)


def _rendered(paper: BriefingPaper) -> bytes:
    png = import_module("gridmediate.services.briefing_picture").draw_png(paper.picture) if paper.picture else None
    tables = [{"title": each["title"][0], "columns": [words[0] for words in each["columns"]],
               "rows": [[words[0] for words in row] for row in each["rows"]], "note": each["note"][0]} for each in paper.tables]
    closing = _closing_words(paper)
    return render_briefing(BriefingFields(
        paper.masthead, paper.editor, _title(paper), paper.year, paper.number, paper.issued_on,
        [(label(section).zh, [line.paper for line in lines]) for section, lines in by_section(paper.kept_lines)],
        tables, png, "图　各网格未结件数，由浅到深：" + "、".join(each.zh for each in _CLASSES),
        closing["as_of"], closing["corrects"], paper.report_to, paper.send_to, closing["digest"]))
