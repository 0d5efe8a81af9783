"""The papers of a mediation case, and the values that stand on them.

Sources: forms in the ministry's notice of December 2010 on mediation papers; People's Mediation Law art. 17, 23, 24, 26–33; the
rules on judicial confirmation (2011) art. 3. Street forms (extension, supervision, handover) have no national pattern.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, add_labels


class PaperKind(StrEnum):
    """A paper of a case, in the order of its life; the value is the name of its template's file."""

    APPLICATION = "application"
    ACCEPTANCE_REGISTER = "acceptance_register"
    RIGHTS_NOTICE = "rights_notice"
    INVESTIGATION_RECORD = "investigation_record"
    MEDIATION_RECORD = "mediation_record"
    AGREEMENT = "agreement"
    ORAL_AGREEMENT_REGISTER = "oral_agreement_register"
    FOLLOW_UP_RECORD = "follow_up_record"
    TERMINATION_NOTICE = "termination_notice"
    NON_ACCEPTANCE_LETTER = "non_acceptance_letter"
    EXTENSION_REQUEST = "extension_request"
    CONFIRMATION_APPLICATION = "confirmation_application"
    SUPERVISION_SLIP = "supervision_slip"
    HANDOVER_LETTER = "handover_letter"
    DOSSIER_COVER = "dossier_cover"
    DOSSIER_INDEX = "dossier_index"
    CLOSING_REPORT = "closing_report"


add_labels({
    PaperKind.APPLICATION: ("人民调解申请书", "Application for mediation"),
    PaperKind.ACCEPTANCE_REGISTER: ("人民调解受理登记表", "Acceptance register"),
    PaperKind.RIGHTS_NOTICE: ("人民调解当事人权利义务告知书", "Notice of rights and duties"),
    PaperKind.INVESTIGATION_RECORD: ("人民调解调查记录", "Investigation record"),
    PaperKind.MEDIATION_RECORD: ("人民调解记录", "Mediation record"),
    PaperKind.AGREEMENT: ("人民调解协议书", "Mediation agreement"),
    PaperKind.ORAL_AGREEMENT_REGISTER: ("人民调解口头协议登记表", "Register of an oral agreement"),
    PaperKind.FOLLOW_UP_RECORD: ("人民调解回访记录", "Follow-up record"),
    PaperKind.TERMINATION_NOTICE: ("终止人民调解通知书", "Notice that mediation is terminated"),
    PaperKind.NON_ACCEPTANCE_LETTER: ("不予受理告知书", "Letter of non-acceptance"),
    PaperKind.EXTENSION_REQUEST: ("延长调解期限申请书", "Request to extend mediation"),
    PaperKind.CONFIRMATION_APPLICATION: ("司法确认申请书", "Joint application for judicial confirmation"),
    PaperKind.SUPERVISION_SLIP: ("矛盾纠纷督办单", "Supervision slip"),
    PaperKind.HANDOVER_LETTER: ("矛盾纠纷移送函", "Handover letter"),
    PaperKind.DOSSIER_COVER: ("人民调解卷宗", "Dossier cover"),
    PaperKind.DOSSIER_INDEX: ("卷宗目录", "Dossier index"),
    PaperKind.CLOSING_REPORT: ("结案报告表", "Closing report"),
})


def template_file(kind: PaperKind) -> str:
    """Return the name that a paper's template has, ours and an office's own."""
    return f"{kind.value}.docx"


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    DAY = "day"
    FLAG = "flag"
    RECORD = "record"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class PaperField:
    """One name that templates may use.

    Parameters
    ----------
    name : str
        As written between the braces.
    kind : FieldKind
        TEXT and DAY print as they are; FLAG is asked with ``if``; RECORD has columns, written ``extension.reason``; ROWS is a
        list of such, gone through with ``for``.
    what : Label
        What it holds.
    columns : tuple of PaperField
        Of a RECORD or ROWS.
    """

    name: str
    kind: FieldKind
    what: Label
    columns: tuple[PaperField, ...] = ()


def complete(fields: Mapping[str, Any], table: Mapping[str, PaperField]) -> dict[str, Any]:
    """Return *fields* as a template reads them: every name of *table* present, days in words, text free of control signs.

    Parameters
    ----------
    fields : mapping
        TEXT str, int or None; DAY date, aware datetime, str or None; FLAG bool; RECORD a mapping; ROWS a sequence of mappings,
        numbered from 1 where they have a ``number`` and give none. What is absent is blank.
    table : mapping
        Name to field: ``gridmediate.documents.fields.FIELDS``.

    Returns
    -------
    dict
        A list without rows gets one row of blanks: its line on the paper is then filled in by hand.

    Raises
    ------
    ValueError
        If a name is in no table: what a caller gathers must not vanish unseen.
    """
    if strange := set(fields) - set(table):
        raise ValueError(f"papers have no field {', '.join(sorted(strange))}")
    return {name: _complete(field, fields.get(name)) for name, field in table.items()}


def _complete(field: PaperField, value: Any) -> Any:
    match field.kind:
        case FieldKind.FLAG:
            return bool(value)
        case FieldKind.RECORD:
            return complete(value or {}, _by_name(field))
        case FieldKind.ROWS:
            return _rows(field, value or ())
        case _:
            return clean(say_on_paper(value))


def _rows(field: PaperField, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    columns = _by_name(field)
    if not rows:
        return [complete({}, columns)]
    numbers = "number" in columns
    return [complete({"number": place, **row} if numbers else row, columns) for place, row in enumerate(rows, start=1)]


def _by_name(field: PaperField) -> dict[str, PaperField]:
    return {column.name: column for column in field.columns}


def say_on_paper(value: Any) -> str:
    """Return a value as papers print it: ``2026年11月23日``, with the time of day if it has one; None is blank."""
    match value:
        case None:
            return ""
        case datetime():
            local = value.astimezone(LOCAL_ZONE)
            return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02}分"
        case date():
            return f"{value.year}年{value.month}月{value.day}日"
        case _:
            return str(value)


#: Turn the reading direction: a name could print as another.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Return *text* without what XML or a printed page cannot hold; lines end in ``\\n``, and nothing stands after the last."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(sign for sign in lines if _can_be_printed(sign)).strip()


def _can_be_printed(sign: str) -> bool:
    if sign in "\n\t":
        return True
    is_no_character = ord(sign) & 0xFFFE == 0xFFFE
    return unicodedata.category(sign) not in {"Cc", "Cs"} and not is_no_character and sign not in _TURNING
