"""The office's edits of time limits and team sizes: rows read from JSON with all their faults at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.categories import FIELD_NAME as CATEGORY
from gridmediate.domain.deadlines import ClockKind, TimeLimit, Unit
from gridmediate.domain.problems import Faults, FieldNotAChoice, Problem
from gridmediate.domain.roster import SeatCount, TeamTemplate
from gridmediate.domain.vocabulary import Label, Urgency

_CLOCK = Label("时限种类", "Kind of limit")
_AMOUNT = Label("数量", "Amount")
_UNIT = Label("单位", "Unit")
_URGENCY = Label("缓急", "Urgency")
_CADRES = Label("社区干部人数", "Number of cadres")
_WORKERS = Label("网格员人数", "Number of grid workers")

#: Above this a figure is a slip of the finger: no limit of the field is longer than a year, no team larger than a few.
_MOST = {"amount": 366, "cadres": 5, "grid_workers": 5}

Word = TypeVar("Word", bound=StrEnum)


class FigureOutOfRange(Problem):
    """A figure is no whole number, or too small or too large."""

    code = "field.out-of-range"
    sentence = Label(
        "“{name}”要填 1 到 {most} 的整数，现在是“{got}”。", "“{name}” takes a whole number from 1 to {most}; it has “{got}”."
    )


def limit_from_json(stored: Mapping[str, Any]) -> TimeLimit:
    """Read a time limit back, or an office's edit of one; the shape is that of :meth:`TimeLimit.as_json`.

    Raises
    ------
    Faults
        With every fault at once.
    """
    faults: list[Problem] = []
    kind = _word(ClockKind, stored.get("kind"), "kind", _CLOCK, faults)
    unit = _word(Unit, stored.get("unit"), "unit", _UNIT, faults)
    asked = stored.get("urgency") or None
    urgency = None if asked is None else _word(Urgency, asked, "urgency", _URGENCY, faults)
    amount = _figure(stored.get("amount"), "amount", _AMOUNT, faults)
    category = _prefix(stored.get("category") or "", faults)
    if faults or kind is None or unit is None:
        raise Faults(faults)
    source = stored.get("source") or {}
    zh = str(source.get("zh") or "本机构规定")
    return TimeLimit(kind, amount, unit, Label(zh, str(source.get("en") or "set by this office")), urgency, category)


def template_from_json(stored: Mapping[str, Any]) -> TeamTemplate:
    """Read a team template back, or an office's edit of one.

    Raises
    ------
    Faults
        With every fault at once; a team without a cadre or without a worker is one.
    """
    faults: list[Problem] = []
    rows: Iterable[Mapping[str, Any]] = stored.get("overrides") or ()
    overrides = tuple(SeatCount(_prefix(row.get("prefix") or "", faults), *_counts(row, faults)) for row in rows)
    cadres, workers = _counts(stored, faults)
    if faults:
        raise Faults(faults)
    return TeamTemplate(cadres, workers, overrides)


def _counts(row: Mapping[str, Any], faults: list[Problem]) -> tuple[int, int]:
    return (
        _figure(row.get("cadres", 1), "cadres", _CADRES, faults),
        _figure(row.get("grid_workers", 1), "grid_workers", _WORKERS, faults),
    )


def _figure(got: Any, field: str, name: Label, faults: list[Problem]) -> int:
    most = _MOST[field]
    text = str(got).strip()
    # str.isdecimal takes Arabic-Indic digits as well, as int() does; a bool or 1.5 is no figure here.
    if isinstance(got, bool) or not text.isdecimal() or not 1 <= int(text) <= most:
        faults.append(FigureOutOfRange(field=field, name=name, most=most, got=text))
        return 1
    return int(text)


def _prefix(code: str, faults: list[Problem]) -> str:
    if code and not any(each.startswith(code) for each in CATEGORIES):
        faults.append(FieldNotAChoice(field="category", name=CATEGORY, got=code))
    return code


def _word(words: type[Word], got: Any, field: str, name: Label, faults: list[Problem]) -> Word | None:
    try:
        return words(got)
    except ValueError:
        faults.append(FieldNotAChoice(field=field, name=name, got="" if got is None else got))
        return None
