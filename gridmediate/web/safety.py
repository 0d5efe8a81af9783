"""Safety on the case page: what a contact changed, the steps where violence is suspected, the safe contact."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.safety import SafetyStep
from gridmediate.domain.vocabulary import Flag, Label
from gridmediate.services import safe_contact, safety
from gridmediate.services.safety import Observation, Observed
from gridmediate.web.cases import case_page, version_seen
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import problem_list, say

room = Rooms("safety", __name__)

_FLAGS = Label("情况", "Circumstances")
#: More than any limit, so that the rules and not the form say what is too long.
_ANY = 4000


@room.post("/cases/<case_no>/contact", permission=Permission.CASE_NOTE)
def observe(case_no: str) -> Response | tuple[str, int]:
    """Bring the circumstances up to date after a contact.

    The form sends what it showed as known: what somebody else added meanwhile is neither seen nor gone.
    """
    form = Form(request.form)
    ticked, known = form.words("flags", _FLAGS, Flag), form.words("known", _FLAGS, Flag)
    words, why = (form.text(name, _FLAGS, limit=_ANY, required=False) for name in ("contact_words", "contact_why"))
    seen = Observation(tuple(flag for flag in ticked if flag not in known),
                       tuple(flag for flag in known if flag not in ticked), words, why)
    try:
        form.done()
        with writing() as session:
            found = safety.observe(session, case_no, seen, version_seen(), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _again(case_no, problem)
    _say(found)
    return _back(case_no, "safety" if Flag.DOMESTIC_VIOLENCE in found.added else "acts")


def _say(found: Observed) -> None:
    if not (found.added or found.gone):
        flash(gettext("已记下：情况没有变化。"), "ok")
        return
    between = ", " if language_in_use() == "en" else "、"
    parts = [
        gettext("新增：%(what)s。", what=between.join(map(say, found.added))) if found.added else "",
        gettext("不再有：%(what)s。", what=between.join(map(say, found.gone))) if found.gone else "",
        gettext("按规则加派：%(who)s，已通知。", who=between.join(map(say, found.departments))) if found.departments else "",
        gettext("需要时可再请：%(who)s。", who=between.join(map(say, found.on_demand))) if found.on_demand else "",
    ]
    flash((" " if language_in_use() == "en" else "").join(filter(None, parts)), "ok")
    if found.turned_red:
        flash(gettext("本案转为红色：调解时团队至少两人到场，街道已收到通知。"), "warn")


@room.post("/cases/<case_no>/safety/<step>", permission=Permission.CASE_NOTE)
def take_step(case_no: str, step: str) -> Response | tuple[str, int]:
    """Tick a step."""
    if step not in set(SafetyStep):
        raise NotFound
    try:
        with writing() as session:
            safety.take_step(session, case_no, SafetyStep(step), version_seen(), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _again(case_no, problem)
    return _back(case_no, "safety")


@room.post("/cases/<case_no>/safe-contact", permission=Permission.PARTY_UNMASK)
def record_contact(case_no: str) -> Response | tuple[str, int]:
    """Record how the person at risk may be reached unseen."""
    form = Form(request.form)
    party = form.key("party", Label("保护哪一位", "Who is protected"), required=False)
    words = form.text("safe_contact", Label("安全联系方式", "Safe contact"), limit=_ANY, required=False)
    try:
        form.done()
        with writing() as session:
            safe_contact.record_contact(session, case_no, words, party, version_seen(), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _again(case_no, problem)
    flash(gettext("已登记安全联系方式。原来的电话和住址不再显示，也不要打、不要寄。"), "ok")
    return _back(case_no, "safety")


@room.post("/cases/<case_no>/safe-contact/lift", permission=Permission.PARTY_UNMASK)
def lift_contact(case_no: str) -> Response | tuple[str, int]:
    """Take the safe contact back, with a reason."""
    try:
        with writing() as session:
            safe_contact.lift_contact(session, case_no, request.form.get("lift_why", ""), version_seen(), actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return _again(case_no, problem)
    flash(gettext("已撤销安全联系方式。电话和住址恢复为说明用途后可看。"), "ok")
    return _back(case_no, "parties")


def _back(case_no: str, place: str) -> Response:
    return redirect(f"{url_for('cases.show', case_no=case_no)}#{place}", 303)


def _again(case_no: str, problem: Problem) -> tuple[str, int]:
    return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
