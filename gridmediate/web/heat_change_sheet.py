"""The table of changes between two periods as a sheet of values for files: the page's rows, order and sentences."""

from __future__ import annotations

from typing import Any

from flask import request

from gridmediate.domain.categories import HEADS
from gridmediate.domain.comparing import Comparison
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level, label
from gridmediate.services.comparing import ChangeRow, Changes
from gridmediate.services.downloads import Mark
from gridmediate.services.grid import Grid
from gridmediate.services.sheet_files import Column, Sheet, Value
from gridmediate.web.heat_change import change_words
from gridmediate.web.heat_sheet import COUNT_WORDS, PLACE_WORDS, remarks_for, span_value
from gridmediate.web.language import language_in_use
from gridmediate.web.words import say

_CHOICES = {"counted": Label("数什么", "Counted"), "stretch": Label("多长一段", "Stretch"),
            "versus": Label("和哪一段比", "Against"), "null": Label("对照", "Beside")}
_NOTE = Label("▲▼ 标出的，平均每 20 个里至多 1 个是碰巧；少了不一定是矛盾少了，也可能是报得少。每千户经过修匀。",
              "Of those marked more or fewer, at most 1 in 20 is chance on average; fewer may also mean fewer were reported. "
              "The rates are smoothed.")


def change_sheet(changes: Changes, grid: Grid, mark: Mark) -> Sheet:
    """Return the changes as a sheet, in the order that the address asks for."""
    words = change_words(changes, grid)
    within = changes.level is not Level.STREET
    columns = (
        Column("name", say(PLACE_WORDS[changes.level]), None), Column("code", say(Label("编码", "Code")), None),
        *([Column("above", say(PLACE_WORDS[Level.COMMUNITY if changes.level is Level.CELL else Level.STREET]), None)] * within),
        Column("stands", say(Label("怎么看", "How it stands")), None), Column("before", words["period_before"]),
        Column("now", words["period"]), Column("difference", say(Label("相差", "Difference"))),
        Column("per_1000", say(Label("每千户（修匀）", "Per 1,000 households (smoothed)")), 1),
    )
    rows = tuple(_row(row, sentence, above if within else None) for row, sentence, above in words["rows"])
    total: tuple[Value, ...] = (
        say(Label("合计", "Total")), None, *([None] * within), words["verdict"], span_value(changes.before),
        span_value(changes.now), None, None)
    title = f"{say(changes.table.street.label)} {say(changes.comparison.counted)} {words['period_before']} → {words['period']}"
    return Sheet(title, columns, rows, () if changes.missing else total, _notes(changes), mark.lines(language_in_use()))


def _row(row: ChangeRow, sentence: str, above: str | None) -> tuple[Value, ...]:
    within = [] if above is None else [above]
    return (say(row.unit.label), row.unit.code, *within, sentence, *(None if each is None else span_value(each)
            for each in (row.before, row.now)), row.difference, None if row.per_1000 is None else round(row.per_1000, 1))


def _notes(changes: Changes) -> tuple[tuple[str, str], ...]:
    comparison: Comparison = changes.comparison
    asked: Any = {name: say(getattr(comparison, name)) for name in _CHOICES}
    remark, source = remarks_for(exact=changes.table.exact)
    asked_head = request.args.get("head", "") if changes.table.exact else ""
    head = [(say(COUNT_WORDS["head"]), say(HEADS[asked_head].short))] if asked_head in HEADS else []
    missing = [(say(Label("缺", "Missing")), say(changes.missing))] if changes.missing else []
    return (
        (say(Label("地方", "Place")), say(changes.table.street.label)), (say(Label("按哪一级", "By")), say(label(changes.level))),
        *((say(words), asked[name]) for name, words in _CHOICES.items()), *head, *missing,
        (say(Label("截至", "As of")), f"{changes.table.as_of.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"),
        (say(Label("注意", "Mind")), f"{say(_NOTE)} {remark}"), (say(Label("来源", "Source")), source),
    )
