"""Doing an act on a case: the page that asks for its words, and the form that comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridmediate.domain.agreements import Deed
from gridmediate.domain.case_words import Act, Needs, PauseCause
from gridmediate.domain.categories import HEADS
from gridmediate.domain.legal_routes import LegalRoute, legal_routes
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Faults, NotFound, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Side
from gridmediate.domain.workflow import row_for
from gridmediate.services import casepage, handling, papers
from gridmediate.services.asked import SUM_LIMIT, ActWords, ClauseDraft
from gridmediate.services.casework import permitted
from gridmediate.web import meanwhile
from gridmediate.web.case_words import button, page_of
from gridmediate.web.cases import case_page, room, version_seen
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.words import field_errors, problem_list, say

#: How many empty clauses an agreement's form begins with, and how many more one asks for at a time.
CLAUSES_SHOWN = 2
CLAUSES_MOST = 30
#: Acts after which a dossier is rarely opened again: their pages tell what it still lacks.
_ENDING = frozenset({Act.CLOSE, Act.CLOSE_AS_DEPARTMENT, Act.ARCHIVE})


@room.get("/cases/<case_no>/acts/<act>", permission=Permission.CASE_READ)
def ask(case_no: str, act: str) -> str | Response:
    """Ask for the words that an act needs."""
    if act == Act.NOTE_SESSION:
        return redirect(page_of(Act.NOTE_SESSION, case_no), 303)
    return _ask(case_no, act, {}, [])


def _ask(case_no: str, act: str, typed: Any, problems: list[tuple[str, str]], clauses: int = CLAUSES_SHOWN) -> str:
    wanted = _act_named(act)
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        changed = meanwhile.since(session, case, version_seen())
        lacks = papers.lacking(session, case_no, actor_in_use(), g.now) if wanted in _ENDING else ()
    row = row_for(case.state, wanted)
    open_act = case.act(wanted)
    if row is None or open_act is None:
        return case_page(
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
        words=button(wanted, case).rstrip("…"),
        blocked=open_act.blocked,
        lacks=lacks,
        meanwhile=changed,
        heads=HEADS,
        clauses=clauses,
        sides=list(Side),
        deeds=list(Deed),
        causes=list(PauseCause),
        routes=[_route_words(each) for each in legal_routes(case.t1_code)],
        today=g.now.astimezone(LOCAL_ZONE).date().isoformat(),
        nav_active="cases",
    )


def _route_words(route: LegalRoute) -> str:
    said = say(route.name)
    return gettext("%(route)s（%(limit)s）", route=said, limit=say(route.time_limit)) if say(route.time_limit) else said


@room.post("/cases/<case_no>/acts/<act>", permission=Permission.CASE_READ)
def do(case_no: str, act: str) -> Response | str | tuple[str, int]:
    """Do an act; a refusal shows the form again with what was typed."""
    wanted = _act_named(act)
    if wanted is Act.NOTE_SESSION:
        # A session is held with its minutes and with who came; here it would pass by the rule of two.
        return redirect(page_of(wanted, case_no), 303)
    sent = request.form
    shown = _clauses_shown(sent)
    if sent.get("more"):
        return _ask(case_no, act, sent, [], min(shown + CLAUSES_SHOWN, CLAUSES_MOST))
    try:
        asked = _asked(wanted, sent)
        with writing() as session:
            case = handling.act_on_case(session, case_no, asked, actor_in_use(), g.now)
            is_left = not permitted(actor_in_use(), case)(Permission.CASE_READ)
    except NotFound:
        raise
    except Problem as problem:
        return _ask(case_no, act, sent, problem_list(problem), shown), status_of(problem)
    flash(gettext("已记下：%(act)s。", act=say(wanted)), "ok")
    # Who gives a case back to the level below may not read it any more.
    return redirect(url_for("cases.worklist") if is_left else _onward(case_no), 303)


def _asked(act: Act, sent: MultiDict[str, str]) -> ActWords:
    words = {need: sent.get(need.value, "") for need in Needs}
    asks = {key.removeprefix("ask-"): value for key, value in sent.items() if key.startswith("ask-")}
    return ActWords(act, version_seen(), words, sent.get("t2_code") or None, asks, _clauses(sent))


def _clauses_shown(sent: MultiDict[str, str]) -> int:
    places = [int(key.split("-")[1]) for key in sent if key.startswith("clause-") and key.split("-")[1].isdecimal()]
    return min(max([CLAUSES_SHOWN - 1, *places]) + 1, CLAUSES_MOST)


def _clauses(sent: MultiDict[str, str]) -> tuple[ClauseDraft, ...]:
    """Read the clauses; one without any words and sum was left empty."""
    form, found = Form(sent), []
    for place in range(_clauses_shown(sent)):
        if not any(sent.get(f"clause-{place}-{part}", "").strip() for part in ("what", "amount", "due")):
            continue
        found.append(_clause(form, f"clause-{place}-"))
    if form.problems:
        raise Faults(form.problems)
    return tuple(found)


def _clause(form: Form, prefix: str) -> ClauseDraft:
    amount = form.number(f"{prefix}amount", Label("金额（元）", "Sum in yuan"), least=0.01, most=SUM_LIMIT / 100, required=False)
    times = form.whole(f"{prefix}times", Label("分几期", "Instalments"), least=1, most=60, required=False)
    due_on: date | None = form.day(f"{prefix}due", Label("什么时候以前", "By when"), required=False)
    return ClauseDraft(
        side=form.word(f"{prefix}side", Label("谁来做", "Who does it"), Side, otherwise=Side.RESPONDENT),
        deed=form.word(f"{prefix}deed", Label("做什么", "What is done"), Deed, otherwise=Deed.DO),
        what=form.text(f"{prefix}what", Label("条款内容", "What the clause says"), limit=300, required=False),
        amount_fen=round(amount * 100) if amount is not None else None, due_on=due_on, instalments=times or 1,
    )


def _onward(case_no: str) -> str:
    # From the list one goes on with the list; from the case one stays with the case.
    return url_for("cases.worklist") if request.form.get("from") == "list" else url_for("cases.show", case_no=case_no)


def _act_named(name: str) -> Act:
    if name not in set(Act):
        raise NotFound
    return Act(name)
