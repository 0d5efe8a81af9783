"""County calls (乡呼县应): the board, the forms that call and close; prompts and their answers; ratings of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gridmediate.domain.calls import NEED_A_DAY, NEED_WORDS, CallMatter, CallState, PromptKind, Rating
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, NotPermitted, Problem
from gridmediate.domain.tasks import is_open
from gridmediate.domain.vocabulary import Label, Urgency
from gridmediate.services import calls, casepage, inbox, prompts, ratings
from gridmediate.services.call_board import LOOKS_BACK, list_calls
from gridmediate.services.case_tasks import TaskView
from gridmediate.services.casepage import CaseView
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.tasks import case_no_of
from gridmediate.web import meanwhile
from gridmediate.web.cases import version_seen
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, moment_words, problem_list, say

room = Rooms("calls", __name__)

_PROMPTING = (Permission.TASK_URGE, Permission.CASE_SUPERVISE)
_ANSWERING = (Permission.TASK_ANSWER, Permission.CASE_MEDIATE)
_RATING = (Permission.TASK_RATE, Permission.CASE_CALL)
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000


@room.get("/calls", permission=Permission.CALL_READ)
def board() -> str:
    """Show the calls within the reader's reach, and how departments answered them."""
    closed = request.args.get("closed") == "1"
    with writing() as session:
        page = list_calls(session, actor_in_use(), g.now, closed=closed, after=request.args.get("after"))
        if g.signed.unread:
            g.notices_read = inbox.mark_board_read(session, actor_in_use(), g.now)
    return render_template("calls/board.html", page=page, closed=closed, states=list(CallState), ratings=list(Rating),
                           days=LOOKS_BACK.days, nav_active="calls")


# -- calling and closing -----------------------------------------------------------------------------------------------


def _read(case_no: str) -> CaseView:
    with writing() as session:
        return casepage.read_case(session, case_no, actor_in_use(), g.now)


def _page(template: str, case: CaseView, problem: Problem | None, form: Form | None, **more: Any) -> str:
    found = problem_list(problem) if problem else []
    return render_template(template, case=case, problems=found, errors=field_errors(found), typed=form.typed if form else {},
                           nav_active="cases", **more)


def _done(do: Callable[[Session], Any], said: str, case_no: str, again: Callable[[Problem], str]) -> Response | tuple[str, int]:
    """Do something and go back to the case; a refusal shows the form again."""
    try:
        with writing() as session:
            do(session)
    except (NotFound, NotPermitted):
        raise
    except Problem as problem:
        return again(problem), status_of(problem)
    flash(said, "ok")
    return redirect(url_for("cases.show", case_no=case_no) + "#calls", 303)


@room.get("/cases/<case_no>/calls/new", permission=Permission.CASE_CALL)
def call(case_no: str) -> str:
    """Ask whom to call and what for."""
    return _call_page(case_no)


def _call_page(case_no: str, form: Form | None = None, problem: Problem | None = None) -> str:
    case = _read(case_no)
    with writing() as session:
        changed = meanwhile.since(session, case, version_seen())
        rules, dues = rulebook_of(session), calls.sign_dues(session, case.t2_code, g.now)
    busy = {task.department_code for task in case.tasks if is_open(task.state)}
    free = [(code, say(name)) for code, name in rules.departments.items() if code not in busy and rules.exists(code)]
    urgencies = [(each.value, gettext("%(urgency)s：%(due)s 前签收", urgency=say(each), due=moment_words(due, relative=True)))
                 for each, due in dues.items()]
    return _page("calls/call.html", case, problem, form, meanwhile=changed, departments=free,
                 busy=[rules.department_label(code) for code in busy],
                 matters=list(CallMatter), urgencies=urgencies, may_call=case.calls.may_call, limit=calls.WORDS_LIMIT,
                 ticked=form.several("departments") if form else ())


@room.post("/cases/<case_no>/calls/new", permission=Permission.CASE_CALL, endpoint="call_now")
def call_now(case_no: str) -> Response | tuple[str, int]:
    """Call departments."""
    form = Form(request.form)
    calling = calls.Calling(
        form.required_word("matter", Label("为什么呼叫", "Why they are called"), CallMatter),
        form.required_word("urgency", Label("缓急", "Urgency"), Urgency), form.several("departments"),
        form.text("words", Label("请部门来做什么", "What they are called for"), limit=_ANY))

    def do(session: Session) -> None:
        form.done()
        calls.call_county(session, case_no, calling, actor_in_use(), g.now, version=version_seen())

    said = gettext("已呼叫 %(n)s 个部门，县里看板上能看到。", n=len(calling.departments))
    return _done(do, said, case_no, lambda problem: _call_page(case_no, form, problem))


@room.get("/cases/<case_no>/calls/<uuid:call_id>/close", permission=Permission.CASE_CALL)
def close(case_no: str, call_id: UUID) -> str:
    """Ask what came of a call."""
    return _close_page(case_no, call_id)


def _close_page(case_no: str, call_id: UUID, form: Form | None = None, problem: Problem | None = None) -> str:
    case = _read(case_no)
    return _page("calls/close.html", case, problem, form, call=case.calls.call(call_id), limit=calls.WORDS_LIMIT)


@room.post("/cases/<case_no>/calls/<uuid:call_id>/close", permission=Permission.CASE_CALL, endpoint="close_now")
def close_now(case_no: str, call_id: UUID) -> Response | tuple[str, int]:
    """Close a call."""
    form = Form(request.form)
    words = form.text("words", Label("结果", "What came of it"), limit=_ANY)

    def do(session: Session) -> None:
        form.done()
        calls.close_call(session, case_no, call_id, words, actor_in_use(), g.now)

    return _done(do, gettext("呼叫已了结。"), case_no, lambda problem: _close_page(case_no, call_id, form, problem))


# -- prompts -----------------------------------------------------------------------------------------------------------


@room.get("/cases/<case_no>/prompts/new", permission=_PROMPTING)
def prompt(case_no: str) -> str:
    """Ask what is said to whom."""
    return _prompt_page(case_no)


def _prompt_page(case_no: str, form: Form | None = None, problem: Problem | None = None) -> str:
    case = _read(case_no)
    urged = [task for task in case.tasks if task.may_urge]
    kinds = [kind for kind in PromptKind if (urged if kind is PromptKind.URGE else case.calls.may_supervise)]
    about = [task for task in case.tasks if is_open(task.state)] if case.calls.may_supervise else urged
    form = form or Form(request.args)
    return _page("cases/prompt.html", case, problem, form, kinds=kinds, about=about, may_supervise=case.calls.may_supervise,
                 limit=prompts.WORDS_LIMIT, need_words=NEED_WORDS, need_a_day=NEED_A_DAY)


@room.post("/cases/<case_no>/prompts/new", permission=_PROMPTING, endpoint="prompt_now")
def prompt_now(case_no: str) -> Response | tuple[str, int]:
    """Urge, supervise or instruct."""
    form = Form(request.form)
    kind = form.required_word("prompt", Label("怎样推动", "What is said"), PromptKind)
    said = prompts.Prompting(
        kind, form.text("words", Label("要求", "What is asked"), limit=_ANY, required=False),
        form.key("task", Label("部门", "Department"), required=False), form.day("due_on", prompts.DUE_ON, required=False))

    def do(session: Session) -> None:
        form.done()
        prompts.give_prompt(session, case_no, said, actor_in_use(), g.now)

    return _done(do, gettext("已发出：%(what)s。", what=say(kind)), case_no, lambda problem: _prompt_page(case_no, form, problem))


@room.get("/cases/<case_no>/prompts/<uuid:prompt_id>", permission=_ANSWERING)
def answer(case_no: str, prompt_id: UUID) -> str:
    """Ask for the answer to a prompt."""
    return _answer_page(case_no, prompt_id)


def _answer_page(case_no: str, prompt_id: UUID, form: Form | None = None, problem: Problem | None = None) -> str:
    case = _read(case_no)
    return _page("calls/answer.html", case, problem, form, prompt=case.calls.prompt(prompt_id), limit=prompts.WORDS_LIMIT)


@room.post("/cases/<case_no>/prompts/<uuid:prompt_id>", permission=_ANSWERING, endpoint="answer_now")
def answer_now(case_no: str, prompt_id: UUID) -> Response | tuple[str, int]:
    """Answer a prompt."""
    form = Form(request.form)
    words = form.text("words", Label("回复", "Answer"), limit=_ANY)

    def do(session: Session) -> None:
        form.done()
        prompts.answer_prompt(session, case_no, prompt_id, words, actor_in_use(), g.now)

    return _done(do, gettext("已回复。"), case_no, lambda problem: _answer_page(case_no, prompt_id, form, problem))


# -- ratings -----------------------------------------------------------------------------------------------------------


@room.get("/tasks/<uuid:task_id>/rating", permission=_RATING)
def rating(task_id: UUID) -> str:
    """Ask what is thought of a confirmed answer."""
    return _rating_page(task_id)


def _rating_page(task_id: UUID, form: Form | None = None, problem: Problem | None = None) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no_of(session, task_id), actor_in_use(), g.now)
    task: TaskView | None = next((each for each in case.tasks if each.id == task_id), None)
    if task is None:
        raise NotFound
    return _page("calls/rating.html", case, problem, form, task=task, ratings=list(Rating), limit=ratings.WORDS_LIMIT)


@room.post("/tasks/<uuid:task_id>/rating", permission=_RATING, endpoint="rate_now")
def rate_now(task_id: UUID) -> Response | tuple[str, int]:
    """Rate a confirmed answer."""
    form = Form(request.form)
    given = form.required_word("rating", Label("满意吗", "Satisfied"), Rating)
    words = form.text("words", Label("为什么", "Why"), limit=_ANY, required=False)
    with writing() as session:
        case_no = case_no_of(session, task_id)

    def do(session: Session) -> None:
        form.done()
        ratings.rate(session, task_id, given, words, actor_in_use(), g.now)

    return _done(do, gettext("已评价，部门会看到。"), case_no, lambda problem: _rating_page(task_id, form, problem))
