"""What was done, as papers tell it: investigations, sessions with their minutes, agreements and their clauses, follow-ups."""

from __future__ import annotations

import uuid
from typing import Any

from gridmediate.domain.agreements import AgreementKind, Confirmation, Satisfaction, last_day_to_confirm
from gridmediate.domain.sittings import Attendance
from gridmediate.domain.vocabulary import Label, Side, label
from gridmediate.services.agreements import say_number
from gridmediate.services.grid import local_day
from gridmediate.services.paper_people import names_of_side
from gridmediate.services.paper_record import PaperRecord, Sitting, last_day
from gridmediate.store.models import Agreement, Clause, FollowUp, Investigation


def work_fields(record: PaperRecord, *, chosen: Agreement | None, names_minors: bool) -> dict[str, Any]:
    """Return the fields about what was done.

    Parameters
    ----------
    chosen : Agreement or None
        The agreement that the paper is about; None for the one that stands for the case, with the clauses of all.
    names_minors : bool
    """
    agreement = chosen or record.agreement
    clauses = record.clauses_of(chosen) if chosen else [
        each for one in record.agreements for each in record.clauses_of(one)]
    return {
        "investigations": [_investigation(record, place, each) for place, each in enumerate(record.investigations, 1)],
        "sessions": [_sitting(record, each, names_minors=names_minors) for each in record.sittings],
        "points": _points(record),
        "mediation_from": local_day(record.sittings[0].held_at) if record.sittings else None,
        "follow_ups": [_follow_up(record, place, each, names_minors=names_minors)
                       for place, each in enumerate((row for row in record.follow_ups if row.done_at), 1)],
        **(_agreement(record, agreement) if agreement else {}),
        "clauses": [{"number": place, **_clause(record, each, names_minors=names_minors)}
                    for place, each in enumerate(clauses, 1)],
        "has_clauses": bool(clauses),
    }


def _investigation(record: PaperRecord, place: int, row: Investigation) -> dict[str, Any]:
    asked_by = record.name(row.asked_by)
    return {
        "number": place, "held_on": row.asked_at, "place": record.text(row, "place"), "asked": record.text(row, "person"),
        "relation": record.text(row, "relation"), "investigators": asked_by,
        "recorder": record.text(row, "recorder") or asked_by, "content": record.text(row, "text"),
    }


def _sitting(record: PaperRecord, held: Sitting, *, names_minors: bool) -> dict[str, Any]:
    recorder = record.name(held.note.actor_id if held.note else None)
    told: dict[str, Any] = {"number": held.number, "held_on": held.held_at, "recorder": recorder}
    if held.row is None:
        return told | {"statements": record.words(held.note)}
    row, came = held.row, Attendance.from_json(held.row.attendance)
    away = [side for side in Side if side not in came.sides]
    undisputed = record.text(row, "undisputed")
    return told | {
        "place": row.room or record.text(row, "elsewhere"),
        "present": names_of_side(record, [side for side in Side if side in came.sides], names_minors=names_minors),
        "absent": names_of_side(record, away, names_minors=names_minors),
        "guests": "、".join(_guests(record, came)),
        "mediators": "、".join(record.name(uuid.UUID(key)) for key in came.accounts),
        "statements": record.text(row, "statements"),
        "checked": f"各方没有争议的事实：{undisputed}" if undisputed else "",
        "points": record.text(row, "points"),
        "proposal": record.text(row, "proposal"),
        "result": record.text(row, "result"),
    }


def _guests(record: PaperRecord, came: Attendance) -> list[str]:
    names = [record.rules.department_label(code).zh for code in came.departments]
    return [*names, *([f"其他受邀人员 {came.invited} 人（经各方同意）"] if came.invited else [])]


def _points(record: PaperRecord) -> str:
    """Return what was in dispute at last: the newest minutes that say it."""
    said = (record.text(each.row, "points") for each in reversed(record.sittings) if each.row)
    return next((points for points in said if points), "")


def _agreement(record: PaperRecord, row: Agreement) -> dict[str, Any]:
    made_on = local_day(row.made_at)
    return {
        "agreement_no": say_number(row.number, Label(record.community, record.community), "zh"),
        "agreed_on": made_on, "mediation_to": made_on,
        "agreement_form": "口头" if row.kind is AgreementKind.ORAL else "书面",
        "terms": record.text(row, "terms"),
        # One for each party and one for the committee (People's Mediation Law art. 29, forms of 2010).
        "copies": len(record.parties) + 1 if record.parties else "",
        "confirmation": _confirmation(record, row),
    }


def _confirmation(record: PaperRecord, row: Agreement) -> dict[str, Any]:
    said_on = last_day(row.confirmation_at) if row.confirmation_at else None
    result = label(row.confirmation).zh if row.confirmation is not Confirmation.NONE else ""
    return {
        "applied_on": said_on if row.confirmation is Confirmation.APPLIED else None,
        "latest_on": last_day_to_confirm(row.effect_at) if row.effect_at else None,
        "result": "，".join(filter(None, (result, record.text(row, "court_no")))),
    }


def _clause(record: PaperRecord, row: Clause, *, names_minors: bool) -> dict[str, Any]:
    other = next(side for side in Side if side is not row.side)
    return {
        "what": record.text(row, "what"),
        "who": names_of_side(record, [row.side], names_minors=names_minors),
        "whom": names_of_side(record, [other], names_minors=names_minors),
        "how": label(row.deed).zh, "due_on": row.due_on, "amount": _yuan(row.amount_fen),
        "result": "：".join(filter(None, (label(row.state).zh, record.text(row, "proof")))), "done_on": row.settled_on,
    }


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100:,}.{fen % 100:02} 元"


def _follow_up(record: PaperRecord, place: int, row: FollowUp, *, names_minors: bool) -> dict[str, Any]:
    says = {Side.APPLICANT: row.applicant_says, Side.RESPONDENT: row.respondent_says}
    reached = [side for side, answer in says.items() if answer is not Satisfaction.NOT_REACHED]
    found = "有反复或激化的苗头" if row.is_worse else "没有发现起诉、反复或激化的苗头"
    return {
        "number": place, "visited_on": local_day(row.done_at) if row.done_at else None,
        "visited": names_of_side(record, reached, names_minors=names_minors),
        "performance": "按约定履行" if row.is_kept else "没有按约定履行",
        "satisfaction": "；".join(f"{label(side).zh}：{label(answer).zh}" for side, answer in says.items() if answer),
        "findings": "。".join(filter(None, (found, record.text(row, "words")))),
        "visitor": record.name(row.done_by),
    }
