"""How a case was lengthened, watched over and ended, as papers tell it; read from the acts in its history."""

from __future__ import annotations

from datetime import date
from typing import Any

from gridmediate.domain.acts import act_label
from gridmediate.domain.deadlines import ClockKind, Deadline, limit_for
from gridmediate.domain.ladder import act_of
from gridmediate.domain.legal_routes import legal_routes
from gridmediate.domain.moved_deadlines import extend
from gridmediate.domain.vocabulary import Level, label
from gridmediate.services.grid import local_day
from gridmediate.services.paper_people import Rows, mediators
from gridmediate.services.paper_record import PaperRecord, begun_at, last_day, supervisions
from gridmediate.store.models import CaseClock, ClimbedStep, HistoryEntry, Raising

_ENDS = ("case.record_refusal", "case.withdraw", "case.terminate", "case.end_unperformed", "case.refer", "case.not_accept")
#: Acts whose words close with the line that says where to go.
_WITH_REFERRAL = frozenset({"case.refer", "case.not_accept"})


def ending_fields(record: PaperRecord) -> dict[str, Any]:
    """Return the fields about the end of a case, its extension and its handover."""
    case, end = record.case, record.last(*_ENDS)
    reason, referral = _reason(record, end)
    ended_on = local_day(end.at) if end else None
    fields: dict[str, Any] = {
        "reason": reason, "referral": referral, "ended_on": ended_on,
        "routes": _routes(record), "outcome": label(case.outcome).zh if case.outcome else "",
        "result": record.text(case, "result"),
        "closed_on": local_day(case.closed_at) if case.closed_at else None,
        "due_on": _due_on(record), "extension": _extension(record),
        "handover": _handover(record, reason, referral, ended_on) if end and end.act == "case.refer" else {},
    }
    return fields | ({"mediation_to": ended_on} if ended_on else {})


def _reason(record: PaperRecord, end: HistoryEntry | None) -> tuple[str, str]:
    words = record.words(end)
    if end is None or end.act not in _WITH_REFERRAL:
        return words, ""
    # The form takes the referral in one line, and the act writes it down last.
    reason, _, referral = words.rpartition("\n")
    return reason, referral


def _routes(record: PaperRecord) -> Rows:
    return [{"name": each.name.zh, "where": f"{record.county}{each.body.zh}", "time_limit": each.time_limit.zh}
            for each in legal_routes(record.case.t1_code)]


def _clock(record: PaperRecord) -> CaseClock | None:
    return next((each for each in reversed(record.clocks) if each.kind is ClockKind.MEDIATE), None)


def _extended(clock: CaseClock | None) -> dict[str, Any] | None:
    """Return the step of the clock's sum that lengthened it."""
    steps = Deadline.from_json(clock.explanation).steps if clock else ()
    return next((dict(step.values) for step in reversed(steps) if step.code == "clock.extended"), None)


def _due_on(record: PaperRecord) -> date | None:
    """Return the last day of the period as it was before any extension."""
    clock = _clock(record)
    if step := _extended(clock):
        return date.fromisoformat(step["last"])
    return last_day(clock.due_at) if clock else None


def _extension(record: PaperRecord) -> dict[str, Any]:
    asked, clock = record.last("case.ask_extension"), _clock(record)
    if asked is None or clock is None:
        return {}
    decided = record.last("case.grant_extension", "case.deny_extension")
    granted, step = decided is not None and decided.act == "case.grant_extension", _extended(clock)
    limit = limit_for(record.rules.limits, ClockKind.EXTENSION, record.case.t2_code, record.case.urgency)
    would_be = extend(Deadline.from_json(clock.explanation), limit, record.rules.calendar)
    opinion = "" if decided is None else "同意延期" if granted else f"不同意：{record.words(decided)}"
    return {
        "asked_on": local_day(asked.at), "reason": record.words(asked),
        "days": step["amount"] if step else limit.amount,
        "until": last_day(clock.due_at if step else would_be.due_at),
        "opinion": opinion,
        "decided_by": record.name(decided.actor_id) if decided else "",
        "decided_on": local_day(decided.at) if decided else None,
    }


def _handover(record: PaperRecord, reason: str, unit: str, day: date | None) -> dict[str, Any]:
    contact = next(iter(mediators(record)), {"name": "", "phone": ""})
    return {"unit": unit, "handed_on": day, "reason": reason, "contact": contact["name"], "contact_phone": contact["phone"]}


def supervision_fields(record: PaperRecord, place: int) -> dict[str, Any]:
    """Return the fields of the *place*-th supervision, from 1."""
    row = supervisions(record)[place - 1]
    told = {"issued_on": local_day(begun_at(row))}
    return told | (_of_delay(record, row) if isinstance(row, ClimbedStep) else _of_question(record, row))


def _of_delay(record: PaperRecord, row: ClimbedStep) -> dict[str, Any]:
    task = next((each for each in record.case.tasks if each.id == row.subject_id), None)
    unit = record.rules.department_label(task.department_code).zh if task else _unit(record, Level.COMMUNITY)
    above = Level.COUNTY if row.rung.value == Level.COUNTY.value else Level.STREET
    said = act_label(act_of(row.subject, row.rung)).zh
    return {
        "issued_by": _unit(record, above), "unit": unit,
        "matter": f"{said}。期限原到{_say(last_day(row.due_at))}。",
        "answer": record.text(task, "answer") if task and not task.is_internal else "",
        "answered_on": local_day(task.answered_at) if task and task.answered_at else None,
    }


def _of_question(record: PaperRecord, row: Raising) -> dict[str, Any]:
    return {
        "issued_by": _unit(record, row.to_level), "unit": _unit(record, row.from_level),
        "matter": record.text(row, "asked"), "demand": record.text(row, "answer"),
    }


def _unit(record: PaperRecord, level: Level) -> str:
    match level:
        case Level.COUNTY:
            return f"{record.county}综治中心"
        case Level.STREET:
            return f"{record.street}综治中心"
        case _:
            return record.community or record.street


def _say(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
