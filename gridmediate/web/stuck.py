"""The stuck board, departments' punctuality and the age of open cases: what sticks, with which office, since when."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gridmediate.domain.blocks import BLOCK_MEANS, Block
from gridmediate.domain.calls import PromptKind
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, label
from gridmediate.services import prompts
from gridmediate.services.ageing import ages, flows
from gridmediate.services.grid import local_day
from gridmediate.services.punctuality import PERIODS, OfficeFigures, punctuality
from gridmediate.services.stuck import FIRST_ROWS, needs_first, stuck_board
from gridmediate.web import stuck_charts
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import problem_list, say

room = Rooms("stuck", __name__)

#: Days that a slip gives unless another day is chosen.
_SLIP_DAYS = 3
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000


@room.get("/stuck", permission=Permission.HEAT_READ)
def board() -> str:
    """Show what keeps cases from moving."""
    return _board(_block_asked())


def _block_asked() -> Block | None:
    asked = request.args.get("block", "")
    return Block(asked) if asked in set(Block) else None


def _board(only: Block | None, problem: Problem | None = None, case_no: str = "", form: Form | None = None) -> str:
    with writing() as session:
        found = stuck_board(session, actor_in_use(), g.now, only=only, after=request.args.get("after"))
    shown = [column for column in found.columns
             if column.block is only or (only is None and (column.rows or (found.exact and column.count.high)))]
    return render_template(
        "stuck/board.html", board=found, columns=needs_first(shown, actor_in_use()) if only is None else shown, only=only,
        means=[(each, BLOCK_MEANS[each]) for each in Block], first_rows=FIRST_ROWS, actor_now=actor_in_use(),
        problems=problem_list(problem) if problem else [], typed_for=case_no, typed=form.typed if form else {},
        slip_day=local_day(g.now) + timedelta(days=_SLIP_DAYS), limit=prompts.WORDS_LIMIT, nav_active="stuck")


@room.post("/stuck/<case_no>", permission=(Permission.TASK_URGE, Permission.CASE_SUPERVISE))
def prompt(case_no: str) -> Response | tuple[str, int]:
    """Urge or supervise from the board, and go back to it; a refusal shows the board again with what was typed."""
    form = Form(request.form)
    kind = form.required_word("prompt", Label("怎样推动", "What is said"), PromptKind)
    said = prompts.Prompting(
        kind, form.text("words", Label("要求", "What is asked"), limit=_ANY, required=False),
        form.key("task", Label("部门", "Department"), required=False), form.day("due_on", prompts.DUE_ON, required=False))
    only = _block_asked()
    try:
        form.done()
        with writing() as session:
            prompts.give_prompt(session, case_no, said, actor_in_use(), g.now)
    except (NotFound, NotPermitted):
        raise
    except Problem as problem:
        return _board(only, problem, case_no, form), status_of(problem)
    flash(gettext("已发出：%(what)s（%(case_no)s）。", what=say(kind), case_no=case_no), "ok")
    return redirect(url_for("stuck.board", block=only.value if only else None), 303)


@room.get("/stuck/departments", permission=Permission.HEAT_READ)
def departments() -> str:
    """Show how departments keep the times of their tasks, held against chance."""
    asked = request.args.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else PERIODS[0]
    with writing() as session:
        found = punctuality(session, actor_in_use(), g.now, days=days)
    offices = sorted(found.offices, key=_by_name)
    drawings = stuck_charts.funnels(offices, found.common) if found.common is not None else ()
    return render_template("stuck/departments.html", found=found, offices=offices, drawings=drawings, periods=PERIODS,
                           outside=stuck_charts.outside(offices), nav_active="stuck")


def _by_name(office: OfficeFigures) -> bytes:
    # In the order of the reader's own language: Chinese by pinyin, which is the order of the common letters in GBK.
    name = say(office.department)
    return name.lower().encode() if language_in_use() == "en" else name.encode("gbk", "replace")


@room.get("/stuck/ages", permission=Permission.HEAT_READ)
def ages_and_flow() -> str:
    """Show how old the open cases are, and what came in, went out and stayed by month."""
    with reading() as session:
        by_age, by_month = ages(session, actor_in_use(), g.now), flows(session, actor_in_use(), g.now)
    return render_template(
        "stuck/ages.html", ages=stuck_charts.age_rows(by_age), flows=stuck_charts.flow_rows(by_month),
        age_drawings=stuck_charts.age_drawings(by_age), flow_drawings=stuck_charts.flow_drawings(by_month),
        statuses=[label(each) for each in by_age[0]], nav_active="stuck")
