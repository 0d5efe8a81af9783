"""Department tasks: the department's desk, and every act on a task by the department, the community and the street."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gridmediate.domain.categories import HEADS
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import FieldMissing, FieldNotAChoice, NotFound, Problem
from gridmediate.domain.tasks import AnswerKind, ReturnReason, TaskAct
from gridmediate.domain.vocabulary import Label
from gridmediate.domain.workflow import Act
from gridmediate.services import casepage, task_lists, tasks
from gridmediate.services.case_tasks import TaskView
from gridmediate.services.casepage import CaseView
from gridmediate.services.grid import grid_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.task_lists import TASK_TABS, TaskFilter
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.paths import rows_asked
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list, say

room = Rooms("tasks", __name__)

_ACTS = (Permission.TASK_SIGN, Permission.TASK_ASSIGN, Permission.TASK_RULE)


@room.get("/tasks", permission=Permission.TASK_SIGN)
def index() -> str:
    """Show the tasks of the reader's departments, by the moment their answer is due."""
    return _desk([], request.args.get("task", ""))


def _desk(problems: list[tuple[str, str]], chosen: str = "") -> str:
    asked = request.args
    tab = asked.get("tab", "to_sign")
    narrowed = TaskFilter(tab if tab in TASK_TABS else "to_sign", asked.get("community", "")[:24], asked.get("head", "")[:2],
                          asked.get("late") == "1")
    with writing() as session:
        page = task_lists.list_tasks(session, narrowed, actor_in_use(), g.now, after=asked.get("after"), size=rows_asked())
        grid = grid_of(session, g.now)
    communities = [area for area in grid.areas.values() if area.level.value == "community"]
    g.nav_counts = {"tasks": page.counts["to_sign"] + page.counts["in_progress"]}
    kept = {key: value for key, value in asked.items() if key in ("tab", "community", "head", "late", "rows") and value}
    return render_template(
        "tasks/list.html",
        page=page,
        narrowed=narrowed,
        heads=HEADS,
        communities=communities,
        kept=kept,
        chosen=chosen,
        problems=problems,
        nav_active="tasks",
    )


@room.get("/tasks/rulings", permission=Permission.TASK_RULE)
def rulings() -> str:
    """Show the tasks that were sent back twice and wait for the street."""
    with writing() as session:
        rows = task_lists.list_rulings(session, actor_in_use(), g.now)
        rules = rulebook_of(session)
    return render_template("tasks/rulings.html", rows=rows, departments=rules.departments, nav_active="rulings")


@room.post("/tasks/sign", permission=Permission.TASK_SIGN)
def sign_several() -> Response | tuple[str, int]:
    """Sign for the ticked tasks."""
    chosen = request.form.getlist("task")
    try:
        if not chosen:
            raise FieldMissing(field="task", name=Label("要签收的任务", "Tasks to sign for"))
        with writing() as session:
            count = tasks.sign(session, [_uuid(each) for each in chosen], actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _desk(problem_list(problem)), status_of(problem)
    flash(gettext("已签收 %(n)s 项，转到“办理中”。", n=count), "ok")
    asked = request.args
    return redirect(url_for("tasks.index", tab=asked.get("tab"), community=asked.get("community"), head=asked.get("head")), 303)


@room.get("/tasks/<task_id>", permission=Permission.TASK_SIGN)
def show(task_id: str) -> str:
    """Show one task to be answered: the same form in the drawer beside the list and on a page of its own."""
    return _answer_page(task_id, {}, [])


def _answer_page(task_id: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    case, task = _read(task_id)
    drawer = request.headers.get("X-Drawer") == "1"
    return render_template(
        "tasks/_answer.html" if drawer else "tasks/answer.html",
        case=case,
        task=task,
        typed=typed,
        problems=problems,
        errors=field_errors(problems),
        kinds=list(AnswerKind),
        closes=case.act(Act.CLOSE_AS_DEPARTMENT),
        nav_active="tasks",
    )


def _read(task_id: str) -> tuple[CaseView, TaskView]:
    key = _uuid(task_id)
    with writing() as session:
        case = casepage.read_case(session, tasks.case_no_of(session, key), actor_in_use(), g.now)
    task = next((each for each in case.tasks if each.id == key), None)
    if task is None:
        raise NotFound
    return case, task


@room.get("/tasks/<task_id>/<act>", permission=_ACTS)
def ask(task_id: str, act: str) -> str:
    """Ask for the words of an act."""
    return _ask(task_id, act, {}, [])


def _ask(task_id: str, act: str, typed: Any, problems: list[tuple[str, str]]) -> str:
    wanted = _act_named(act)
    if wanted is TaskAct.ANSWER:
        return _answer_page(task_id, typed, problems)
    case, task = _read(task_id)
    with writing() as session:
        departments = [(code, say(name)) for code, name in rulebook_of(session).departments.items()]
    return render_template(
        "tasks/act.html",
        case=case,
        task=task,
        act=wanted,
        departments=departments,
        typed=typed,
        problems=problems,
        errors=field_errors(problems),
        reasons=list(ReturnReason),
        is_open=wanted in task.acts,
        nav_active="tasks",
    )


@room.post("/tasks/<task_id>/<act>", permission=_ACTS)
def do(task_id: str, act: str) -> Response | tuple[str, int]:
    """Do an act on a task; a refusal shows the form again with what was typed."""
    wanted, key = _act_named(act), _uuid(task_id)
    try:
        with writing() as session:
            case_no = tasks.case_no_of(session, key)
            _do(session, key, wanted)
    except NotFound:
        raise
    except Problem as problem:
        return _ask(task_id, act, request.form, problem_list(problem)), status_of(problem)
    flash(gettext("已记下：%(act)s。", act=say(wanted)), "ok")
    return redirect(_onward(wanted, case_no), 303)


def _do(session: Any, key: uuid.UUID, act: TaskAct) -> None:
    form, actor = request.form, actor_in_use()
    version = int(form["version"]) if form.get("version", "").isdecimal() else None
    words, department = form.get("words", ""), form.get("department", "")
    match act:
        case TaskAct.SIGN:
            tasks.sign(session, [key], actor, g.now)
        case TaskAct.COME:
            tasks.come(session, key, version, actor, g.now)
        case TaskAct.ANSWER:
            kind = _choice(AnswerKind, "kind", Label("结论", "Conclusion"))
            given = tasks.Answer(kind, form.get("answer", ""), form.get("settles") == "1", form.get("is_internal") == "1")
            tasks.answer(session, key, given, version, actor, g.now)
        case TaskAct.SEND_BACK:
            reason = _choice(ReturnReason, "reason", Label("退回理由", "Reason for sending back"))
            tasks.send_back(session, key, reason, form.get("return_words", ""), version, actor, g.now)
        case TaskAct.CONFIRM:
            tasks.confirm(session, key, version, actor, g.now)
        case TaskAct.ASK_AGAIN:
            tasks.ask_again(session, key, words, version, actor, g.now)
        case TaskAct.ASSIGN_AGAIN:
            tasks.assign_again(session, key, department, words, version, actor, g.now)
        case TaskAct.RULE:
            tasks.rule(session, key, department, words, version, actor, g.now)
        case TaskAct.RECALL:
            tasks.recall(session, key, words, version, actor, g.now)


def _choice(kind: Any, field: str, name: Label) -> Any:
    got = request.form.get(field, "")
    if not got:
        raise FieldMissing(field=field, name=name)
    if got not in set(kind):
        raise FieldNotAChoice(field=field, name=name, got=got)
    return kind(got)


def _onward(act: TaskAct, case_no: str) -> str:
    if request.form.get("from") == "case" or act in (TaskAct.CONFIRM, TaskAct.ASK_AGAIN, TaskAct.ASSIGN_AGAIN, TaskAct.RECALL):
        return url_for("cases.show", case_no=case_no) + "#tasks"
    if act is TaskAct.RULE:
        return url_for("tasks.rulings")
    if act is TaskAct.ANSWER and request.form.get("settles") == "1":
        return url_for("cases.ask", case_no=case_no, act=Act.CLOSE_AS_DEPARTMENT.value)
    return url_for("tasks.index")


def _act_named(name: str) -> TaskAct:
    if name not in set(TaskAct):
        raise NotFound
    return TaskAct(name)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
