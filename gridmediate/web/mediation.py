"""After the agreement and beside it: rights of the parties, signatures, clauses, the court's confirmation, follow-ups."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gridmediate.domain.agreements import ClauseState, Confirmation, MediatorChoice, NoticeHow, Openness, Satisfaction
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Side, Willingness
from gridmediate.services import casepage, follow_ups, parties, performance
from gridmediate.services.agreements import SEAL
from gridmediate.web import meanwhile
from gridmediate.web.cases import case_page, version_seen
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list

room = Rooms("mediation", __name__)

_DAY = Label("日期", "Day")


def _today() -> date:
    return g.now.astimezone(LOCAL_ZONE).date()


def done(case_no: str, do: Callable[[Session], Any], said: str, at: str, again: Callable[[Problem], str] | None = None) -> Any:
    """Do something with a case and go back to its page; a refusal shows the form again."""
    try:
        with writing() as session:
            do(session)
    except NotFound:
        raise
    except Problem as problem:
        page = again(problem) if again else case_page(case_no, problems=problem_list(problem), typed=request.form)
        return page, status_of(problem)
    flash(said, "ok")
    return redirect(url_for("cases.show", case_no=case_no) + at, 303)


@room.post("/cases/<case_no>/agreement", permission=Permission.CASE_MEDIATE)
def sign(case_no: str) -> Response | tuple[str, int]:
    """Record signatures and the seal."""
    form = Form(request.form)
    days = {key: form.day(f"signed-{key}", _DAY, required=False) for key in (*(side.value for side in Side), SEAL)}

    def do(session: Session) -> None:
        form.done()
        signing = performance.Signing({key: day for key, day in days.items() if day})
        performance.sign(session, case_no, signing, version_seen(), actor_in_use(), g.now)

    return done(case_no, do, gettext("已登记签署。"), "#agreement")


@room.post("/cases/<case_no>/clauses/<uuid:clause_id>", permission=Permission.CASE_FOLLOW_UP)
def settle_clause(case_no: str, clause_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record how a clause was kept."""
    form = Form(request.form)
    state = form.required_word("state", Label("履行情况", "How it was kept"), ClauseState)
    on = form.day("on", _DAY, required=False) or _today()
    proof = form.text("proof", Label("凭证或情况", "What shows it"), limit=300)

    def do(session: Session) -> None:
        form.done()
        report = performance.ClauseReport(state, on, proof)
        performance.settle_clause(session, case_no, clause_id, report, version_seen(), actor_in_use(), g.now)

    return done(case_no, do, gettext("已登记履行情况。"), "#agreement")


@room.post("/cases/<case_no>/confirmation", permission=Permission.CASE_FOLLOW_UP)
def confirm(case_no: str) -> Response | tuple[str, int]:
    """Record the joint application to the court, or the court's decision."""
    form = Form(request.form)
    state = form.required_word("confirmation", Label("司法确认", "Judicial confirmation"), Confirmation)
    on = form.day("confirmed-on", _DAY, required=False) or _today()
    court_no = form.text("court_no", Label("裁定书文号", "Number of the ruling"), limit=60, required=False)

    def do(session: Session) -> None:
        form.done()
        step = performance.ConfirmationStep(state, on, court_no)
        performance.confirm_in_court(session, case_no, step, version_seen(), actor_in_use(), g.now)

    return done(case_no, do, gettext("已登记司法确认。"), "#agreement")


@room.get("/cases/<case_no>/parties/<uuid:party_id>", permission=Permission.PARTY_EDIT)
def rights(case_no: str, party_id: uuid.UUID) -> str:
    """Ask what a party was told and what it wants."""
    return _rights_page(case_no, party_id, {}, [])


def _rights_page(case_no: str, party_id: uuid.UUID, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
        changed = meanwhile.since(session, case, version_seen())
    party = next((each for each in case.parties if each.id == party_id), None)
    if party is None or not case.may_edit_parties:
        raise NotFound
    return render_template(
        "cases/rights.html", case=case, party=party, meanwhile=changed, typed=typed, problems=problems,
        errors=field_errors(problems),
        wishes=list(Willingness), hows=list(NoticeHow), choices=list(MediatorChoice), openness=list(Openness),
        today=_today().isoformat(), nav_active="cases")


@room.post("/cases/<case_no>/parties/<uuid:party_id>", permission=Permission.PARTY_EDIT)
def record_rights(case_no: str, party_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record what a party was told and what it wants."""
    form = Form(request.form)
    wanted = parties.Rights(
        willingness=form.word("willingness", Label("调解意愿", "Willingness"), Willingness, otherwise=Willingness.NOT_ASKED),
        notice_on=form.day("notice_on", Label("告知日期", "Day of the notice"), required=False),
        notice_how=_word(form, "notice_how", NoticeHow), mediator_choice=_word(form, "mediator_choice", MediatorChoice),
        openness=_word(form, "openness", Openness), is_representative=form.tick("is_representative"),
        agent=form.text("agent", Label("代理人", "Agent"), limit=60, required=False))

    def do(session: Session) -> None:
        form.done()
        parties.record_rights(session, case_no, party_id, wanted, version_seen(), actor_in_use(), g.now)

    def again(problem: Problem) -> str:
        return _rights_page(case_no, party_id, request.form, problem_list(problem))

    return done(case_no, do, gettext("已登记权利告知和意愿。"), "#parties", again)


def _word(form: Form, name: str, kind: Any) -> Any:
    # An unanswered question is none of the answers.
    return form.word(name, Label("选项", "Choice"), kind, otherwise=next(iter(kind))) if request.form.get(name) else None


@room.get("/follow-ups", permission=Permission.CASE_FOLLOW_UP)
def list_follow_ups() -> str:
    """Show the follow-ups that are to be made, by what is due next."""
    with writing() as session:
        rows = follow_ups.list_follow_ups(session, actor_in_use(), g.now)
    g.nav_counts = {"follow_ups": len(rows)}
    return render_template("follow_ups/list.html", rows=rows, nav_active="follow_ups")


@room.get("/cases/<case_no>/follow-ups/<uuid:follow_up_id>", permission=Permission.CASE_FOLLOW_UP)
def follow_up(case_no: str, follow_up_id: uuid.UUID) -> str:
    """Ask what a follow-up found."""
    return _follow_up_page(case_no, follow_up_id, {}, [])


def _follow_up_page(case_no: str, follow_up_id: uuid.UUID, typed: Any, problems: list[tuple[str, str]]) -> str:
    with writing() as session:
        case = casepage.read_case(session, case_no, actor_in_use(), g.now)
    row = next((each for each in case.later.follow_ups if each.id == follow_up_id), None)
    if row is None or not case.may_follow_up:
        raise NotFound
    return render_template("follow_ups/form.html", case=case, row=row, typed=typed, problems=problems,
                           errors=field_errors(problems), answers=list(Satisfaction), nav_active="follow_ups")


@room.post("/cases/<case_no>/follow-ups/<uuid:follow_up_id>", permission=Permission.CASE_FOLLOW_UP)
def record_follow_up(case_no: str, follow_up_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record a follow-up."""
    form = Form(request.form)
    kept = form.choice("kept", Label("约定的事做到了吗", "Is it kept"), ("yes", "no"))
    says = {side: form.required_word(f"{side.value}_says", Label("满意吗", "Satisfied"), Satisfaction) for side in Side}
    words = form.text("words", Label("情况", "What was found"), limit=2000, required=False)

    def do(session: Session) -> None:
        form.done()
        report = follow_ups.FollowUpReport(kept == "yes", form.tick("worse"), says[Side.APPLICANT], says[Side.RESPONDENT], words)
        follow_ups.record_follow_up(session, case_no, follow_up_id, report, actor_in_use(), g.now)

    def again(problem: Problem) -> str:
        return _follow_up_page(case_no, follow_up_id, request.form, problem_list(problem))

    return done(case_no, do, gettext("已登记回访。"), "#follow-ups", again)
