"""A briefing's plain values in, its Word file out. The paper is Chinese whatever the reader's language: it is issued as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from gridmediate.resources import templates_folder

_WIDTH_MM, _EMU_PER_MM = 120, 36_000
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class BriefingFields:
    """What stands on a briefing.

    Parameters
    ----------
    masthead, editor, title : str
    year, number : int or None
        None on a draft.
    issued_on : date or None
    parts : sequence of (str, sequence of str)
        Heads without their numerals, and the sentences.
    tables : sequence of mapping
        Two, each with title, columns, rows and note.
    picture : bytes or None
        PNG.
    legend, as_of, corrects, report_to, send_to, digest : str
    """

    masthead: str
    editor: str
    title: str
    year: int | None
    number: int | None
    issued_on: date | None
    parts: Sequence[tuple[str, Sequence[str]]]
    tables: Sequence[Mapping[str, Any]]
    picture: bytes | None
    legend: str
    as_of: str
    corrects: str
    report_to: str
    send_to: str
    digest: str


#: What a briefing's page prints besides; its Word template has the same.
WORDS = {"figure": "各网格未结件数", "figure_title": "图　各网格未结件数", "tables": "附表", "table": "附表　",
         "report_to": "报：", "send_to": "送："}


def issue_words(year: int | None, number: int | None) -> str:
    """Return ``第12期`` with its year, or what a draft bears instead."""
    return f"{year}年第{number}期" if number is not None else "（草稿，未印发）"


def heading(at: int, words: str) -> str:
    """Return a head of the body: ``一、总体情况``."""
    return f"{_NUMERALS[at]}、{words}"


def day_words(day: date | None) -> str:
    """Return a day in Arabic numerals without leading zeros, as GB/T 9704 has it."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "　年　月　日"


def render_briefing(fields: BriefingFields) -> bytes:
    """Return a briefing as a .docx."""
    heads, areas = fields.tables
    values = {
        "masthead": fields.masthead, "issue": issue_words(fields.year, fields.number), "editor": fields.editor,
        "day": day_words(fields.issued_on), "corrects": fields.corrects, "title": fields.title,
        "parts": [{"head": heading(at, head), "lines": list(lines)} for at, (head, lines) in enumerate(fields.parts)],
        "legend": fields.legend, "heads": dict(heads), "areas": dict(areas), "as_of": fields.as_of,
        "report_to": fields.report_to, "send_to": fields.send_to, "seal": fields.digest,
    }
    template = (templates_folder() / "briefings" / "briefing.docx").read_bytes()
    filled: bytes = import_module("gridmediate.documents.word").fill_briefing(
        template, values, fields.picture, _WIDTH_MM * _EMU_PER_MM)
    return filled
