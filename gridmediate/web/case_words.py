"""How a case's acts and course read on its page: what each button says, which comes first, and the stepper."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from gridmediate.domain.case_words import Act, State
from gridmediate.domain.safety import SafetyStep
from gridmediate.domain.vocabulary import Flag
from gridmediate.domain.workflow import LAWFUL_ENDS, MAIN_LINE, row_for
from gridmediate.services.casepage import CaseView
from gridmediate.web.words import day_words, say

#: Acts whose button presses at once; the others ask for words on a page of their own.
AT_ONCE = frozenset({Act.ACCEPT, Act.FORM_TEAM, Act.START_PERFORMING, Act.RESUME, Act.TAKE_UP})
_PRIMARY = (
    Act.ACCEPT, Act.TAKE_UP, Act.RESUME, Act.FORM_TEAM, Act.GRANT_EXTENSION, Act.NOTE_SESSION, Act.START_PERFORMING, Act.CLOSE,
    Act.CLOSE_AS_DEPARTMENT, Act.ARCHIVE,
)
_KEYS = {Act.ACCEPT: "a", Act.NOT_ACCEPT: "r", Act.NOTE_SESSION: "m", Act.CLOSE: "c"}
#: What runs beside the main line stands behind one fold.
_BESIDE = frozenset({Act.SUSPEND, Act.ASK_EXTENSION, Act.ESCALATE, Act.NOTIFY_POLICE, Act.AGREE_PARTLY})
#: Acts of which it is worth saying why they are not open yet; a clock that is not paused needs no word on resuming it.
_SAY_WHY = frozenset({
    Act.ACCEPT, Act.FORM_TEAM, Act.NOTE_SESSION, Act.CLOSE, Act.CLOSE_AS_DEPARTMENT, Act.ARCHIVE, Act.AGREE_IN_WRITING,
})
#: What the buttons say; translated one at a time, since a page has a dozen of them.
_BUTTONS = {
    Act.ACCEPT: _l("受理并通知团队"), Act.NOT_ACCEPT: _l("不予受理…"), Act.MARK_DUPLICATE: _l("并案…"),
    Act.SOLVE_ON_SPOT: _l("现场已办…"), Act.FORM_TEAM: _l("组队并派单"),
    Act.NOTE_SESSION: _l("记第 %(n)s 次调解"), Act.AGREE_ORALLY: _l("登记口头协议"),
    Act.AGREE_IN_WRITING: _l("登记书面协议"), Act.AGREE_PARTLY: _l("登记部分协议…"),
    Act.RETURN_TO_MEDIATION: _l("没签成，继续调解…"), Act.START_PERFORMING: _l("进入履行"),
    Act.END_UNPERFORMED: _l("没履行，告知途径…"), Act.SUSPEND: _l("中止计时…"), Act.RESUME: _l("恢复计时"),
    Act.ASK_EXTENSION: _l("申请延期…"), Act.GRANT_EXTENSION: _l("同意延期…"),
    Act.DENY_EXTENSION: _l("不同意延期…"),
    Act.ESCALATE: _l("上报上一级…"), Act.TAKE_UP: _l("接办"), Act.BRING_DOWN: _l("答复并交回…"),
    Act.NOTIFY_POLICE: _l("报公安…"), Act.RECORD_REFUSAL: _l("当事人拒绝…"), Act.WITHDRAW: _l("撤回…"),
    Act.TERMINATE: _l("终止…"), Act.REFER: _l("移送…"), Act.CLOSE: _l("告知双方，结案…"),
    Act.CLOSE_AS_DEPARTMENT: _l("办结并结案…"), Act.ARCHIVE: _l("归档…"), Act.REOPEN: _l("重新打开…"),
}


def button(act: Act, case: CaseView) -> str:
    """Return what the button of an act says."""
    return str(_BUTTONS[act]) % {"n": case.sessions_held + 1}


def page_of(act: Act, case_no: str) -> str:
    """Return where an act is asked for; a session has minutes, and a form of its own."""
    if act is Act.NOTE_SESSION:
        return url_for("sessions.note", case_no=case_no)
    return url_for("cases.ask", case_no=case_no, act=act.value)


def sorted_acts(case: CaseView) -> dict[str, Any]:
    """Sort what the reader may do now: the primary act, the others, what runs beside, lawful ends, and what stands in the way."""
    shown = [
        {"act": each.row.act, "words": button(each.row.act, case), "key": _KEYS.get(each.row.act, ""), "blocked": each.blocked,
         "href": page_of(each.row.act, case.case_no), "at_once": each.row.act in AT_ONCE}
        for each in case.acts
    ]
    free = [each for each in shown if each["blocked"] is None]
    # What mediation may not take is told so first, with where to go; nothing else leads on from here.
    first = (Act.NOT_ACCEPT,) if case.not_mediable else ()
    primary = next((each for act in (*first, *_PRIMARY) for each in free if each["act"] is act), None)
    next_links = _next_links(case)
    # Whether everybody is safe comes before any act; else what may be done comes before what may be written down.
    unsafe = bool(next_links) and next_links[0]["href"].endswith("#safety")
    if next_links and (primary is None or unsafe):
        primary = next_links.pop(0)
    rest = [*next_links, *(each for each in free if each is not primary)]
    blocked = {say(each["blocked"]): each for each in shown if each["blocked"] is not None and each["act"] in _SAY_WHY}
    return {
        "primary": primary,
        "others": [each for each in rest if each["act"] not in _BESIDE and each["act"] not in LAWFUL_ENDS],
        "beside": [each for each in rest if each["act"] in _BESIDE],
        "ends": [each for each in rest if each["act"] in LAWFUL_ENDS],
        "blocked": list(blocked.values()),
    }


def _next_links(case: CaseView) -> list[dict[str, Any]]:
    """Return what is to be done further below on the page: safety first, then what follows an agreement."""
    page = url_for("cases.show", case_no=case.case_no)
    found: list[tuple[str, str]] = []
    safety = case.safety
    if safety and safety.may_write and Flag.DOMESTIC_VIOLENCE in case.flags and SafetyStep.SAFE_NOW not in safety.taken:
        found.append((gettext("先确认人安全"), f"{page}#safety"))
    agreements = [one for one in case.later.agreements if not one.is_dropped]
    if case.may_mediate and case.state is State.AGREED_WRITTEN and any(one.missing for one in agreements):
        found.append((gettext("登记签名盖章"), f"{page}#sign"))
    if case.may_follow_up and any(clause.moves for one in agreements for clause in one.clauses):
        found.append((gettext("登记履行情况"), f"{page}#agreement"))
    if case.may_follow_up:
        due = next((one for one in case.later.follow_ups if one.done_at is None and one.called_off_at is None), None)
        if due:
            found.append((gettext("登记第 %(n)s 次回访", n=due.number),
                          url_for("mediation.follow_up", case_no=case.case_no, follow_up_id=due.id)))
    return [{"act": "", "words": words, "key": "", "blocked": None, "href": href, "at_once": False} for words, href in found]


def steps_of(case: CaseView) -> list[dict[str, Any]]:
    """Return the stepper: the main line as far as this case goes along it, or the way it took."""
    reached = {mark.state: mark.at for mark in case.stages}
    line = [
        state if state is not State.AGREED_WRITTEN or State.AGREED_ORAL not in reached else State.AGREED_ORAL
        for state in MAIN_LINE
    ]
    # Not every agreement leaves something to keep, and what was settled long ago is not archived by itself.
    line = [state for state in line if state not in (State.PERFORMING, State.ARCHIVED) or state in reached]
    if case.state not in line:
        kept = [state for state in line if state in reached]
        line = [*kept, case.state] + ([State.CLOSED] if case.state is not State.CLOSED and row_for(case.state, Act.CLOSE) else [])
    at = line.index(case.state)
    done = (State.CLOSED, State.ARCHIVED)
    return [
        {"label": gettext("达成协议") if state is State.AGREED_WRITTEN and state not in reached else say(state),
         "state": "done" if index < at or case.state in done else "now" if index == at else "later",
         "date": day_words(reached[state], relative=False) if state in reached and index <= at else "", "status": case.status}
        for index, state in enumerate(line)
    ]
