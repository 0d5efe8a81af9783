"""The numbers of a briefing: counted from the cases, masked at once, with the tables and the drawn cells of its paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import shapely
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from gridmediate.domain.briefing import Period
from gridmediate.domain.briefing_masks import cell_words, known, known_part, mask_column
from gridmediate.domain.briefing_rules import Figures, Group, Pair
from gridmediate.domain.categories import HEADS
from gridmediate.domain.indicators import Span
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level
from gridmediate.domain.workflow import OPEN_STATES, Outcome, State, Status, status_of
from gridmediate.geo.measure import for_display
from gridmediate.services.grid import Grid
from gridmediate.store.models import Case, FollowUp, Task

#: Fewer cells are not drawn: beside the totals, a colour would tell a cell's number.
LEAST_DRAWN = 5
#: Open cases of a cell as the picture knows them: one class holds all that is masked, and none.
MAP_CLASSES = ((0, 2), (3, 5), (6, 9), (10, None))
#: How coarsely outlines are kept with a paper, which stays as it is when cells are redrawn.
_SIMPLIFY_M = 3.0
_SETTLED_OUTCOMES = [each for each in Outcome if status_of(State.CLOSED, each) is Status.SETTLED]
_UNCLOSED = [state for state in State if state not in (State.CLOSED, State.ARCHIVED)]


@dataclass(frozen=True, slots=True)
class Counted:
    """A briefing as the records give it.

    Parameters
    ----------
    figures : Figures
    tables : list
        As they are stored: title, columns, rows, in both languages.
    picture : dict or None
        Drawn cells with their classes; None where there are too few.
    """

    figures: Figures
    tables: list[dict[str, Any]]
    picture: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Raw:
    """Exact counts, which do not leave this room. ``new`` is by period (0 this, 1 before), then cell, community, head."""

    new: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]
    open: Counter[tuple[str, ...]]
    late: Counter[tuple[str, ...]]


#: What groups are counted by, from the code of cell, street and head.
_BY_HEAD, _BY_CELL, _BY_COMMUNITY, _BY_STREET = 0, 1, 2, 3


def count_briefing(session: Session, grid: Grid, place: str, period: Period, now: datetime) -> Counted:
    """Count everything a briefing of a place says.

    Parameters
    ----------
    place : str
        Code of a street, or of the county.
    period : Period
        One that is over.
    """
    here = Case.county_code == place if place == grid.county_code else Case.street_code == place
    raw = _raw(session, here, period, now)
    areas = _BY_STREET if place == grid.county_code else _BY_COMMUNITY
    heads = _heads(raw)
    visits, kept = _visits(session, here, period)
    unsigned, unanswered, returned_twice, broken = _stuck(session, here, now)
    figures = Figures(
        period=period, new=_pair(*(sum(each.values()) for each in raw.new)),
        settled=_pair(*(_reached(session, here, each, Status.SETTLED) for each in (period, period.before))),
        ended=_pair(*(_reached(session, here, each, Status.ENDED) for each in (period, period.before))),
        year_before=_year_before(session, here, period), open=known(sum(raw.open.values())),
        late=known_part(sum(raw.late.values()), sum(raw.open.values())), heads=heads, cells=_cells(raw, grid),
        local=_parts(session, here, period), visits=visits, kept=kept, unsigned=unsigned, unanswered=unanswered,
        returned_twice=returned_twice, broken=broken)
    return Counted(figures, [_table_of_heads(figures), _table_of_areas(raw, grid, areas)], _picture(grid, place, raw))


def _moments(period: Period) -> tuple[datetime, datetime]:
    return (datetime.combine(period.first, time(), LOCAL_ZONE),
            datetime.combine(period.last + timedelta(days=1), time(), LOCAL_ZONE))


def _within(column: Any, period: Period) -> ColumnElement[bool]:
    begins, ends = _moments(period)
    return and_(column >= begins, column < ends)


def _pair(now: int, before: int) -> Pair:
    return Pair(known(now), known(before))


def _raw(session: Session, here: ColumnElement[bool], period: Period, now: datetime) -> _Raw:
    head = func.substr(Case.t2_code, 1, 2)
    by = (head, Case.cell_code, Case.community_code, Case.street_code)

    def counted(*conditions: ColumnElement[bool]) -> Counter[tuple[str, ...]]:
        rows = session.execute(select(*by, func.count()).where(here, *conditions).group_by(*by))
        return Counter({tuple(code or "" for code in codes): count for *codes, count in rows})

    is_open = Case.state.in_(sorted(OPEN_STATES))
    first, before = (counted(_within(Case.filed_at, each), Case.duplicate_of.is_(None)) for each in (period, period.before))
    return _Raw((first, before), counted(is_open), counted(is_open, Case.due_at < now))


def _summed(counts: Mapping[tuple[str, ...], int], by: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for codes, count in counts.items():
        found[codes[by]] += count
    return found


def _reached(session: Session, here: ColumnElement[bool], period: Period, status: Status,
             *conditions: ColumnElement[bool]) -> int:
    """Return how many cases came to a status in a period and have not left it since."""
    states = [state for state in _UNCLOSED if status_of(state) is status]
    outcomes = [each for each in Outcome if (each in _SETTLED_OUTCOMES) is (status is Status.SETTLED)]
    there = or_(Case.state.in_(states), and_(Case.state.in_((State.CLOSED, State.ARCHIVED)), Case.outcome.in_(outcomes)))
    return session.scalar(select(func.count()).select_from(Case).where(
        here, there, _within(Case.status_since, period), Case.duplicate_of.is_(None), *conditions)) or 0


def _parts(session: Session, here: ColumnElement[bool], period: Period) -> Pair:
    is_local = Case.level.in_((Level.CELL, Level.COMMUNITY))
    spans = [known_part(_reached(session, here, each, Status.SETTLED, is_local), _reached(session, here, each, Status.SETTLED))
             for each in (period, period.before)]
    return Pair(*spans)


def _year_before(session: Session, here: ColumnElement[bool], period: Period) -> Span | None:
    begins, _ = _moments(period.year_before)
    first = session.scalar(select(func.min(Case.filed_at)).where(here))
    if first is None or first > begins:
        return None  # the record is younger: nothing then is no zero
    count = session.scalar(select(func.count()).select_from(Case).where(
        here, _within(Case.filed_at, period.year_before), Case.duplicate_of.is_(None)))
    return known(count or 0)


def _visits(session: Session, here: ColumnElement[bool], period: Period) -> tuple[Pair, Pair]:
    """Return the follow-ups made, and those of them that found all kept and nothing worse."""
    found = []
    for each in (period, period.before):
        row = session.execute(
            select(func.count(), func.count(sql_case((and_(FollowUp.is_kept.is_(True), FollowUp.is_worse.is_not(True)), 1))))
            .select_from(FollowUp).join(Case, Case.id == FollowUp.case_id).where(here, _within(FollowUp.done_at, each))).one()
        found.append((row[0], row[1]))
    return _pair(found[0][0], found[1][0]), Pair(*(known_part(kept, made) for made, kept in found))


def _stuck(session: Session, here: ColumnElement[bool], now: datetime) -> list[Span]:
    """Return what waits now: tasks not signed for, not answered, sent back twice; cases with a broken clause."""
    unsigned = and_(Task.state == TaskState.ASSIGNED, Task.sign_due_at < now)
    unanswered = and_(Task.state == TaskState.SIGNED, Task.answer_due_at < now)
    returned = and_(Task.state == TaskState.RULING, Task.returned_count > 1)
    row = session.execute(
        select(*(func.count(sql_case((each, 1))) for each in (unsigned, unanswered, returned)))
        .select_from(Task).join(Case, Case.id == Task.case_id).where(here, Task.is_open.is_(True))).one()
    broken = session.scalar(select(func.count()).select_from(Case).where(here, Case.clauses_broken > 0, Case.is_open.is_(True)))
    return [known(count or 0) for count in (*row, broken)]


def _columns(codes: Sequence[str], *columns: Counter[str]) -> list[list[Span | None]]:
    return [mask_column([column[code] for code in codes]) for column in columns]


def _heads(raw: _Raw) -> tuple[Group, ...]:
    """Return the categories in the order of the list, as their table shows them."""
    columns = [_summed(each, _BY_HEAD) for each in (*raw.new, raw.open, raw.late)]
    codes = [code for code in HEADS if any(column[code] for column in columns)]
    rows = zip(codes, *_columns(codes, *columns), strict=True)
    return tuple(
        Group(HEADS[code].name, _pair(columns[0][code], columns[1][code]), is_open, late,
              frozenset(side for side, told in (("now", now), ("before", before)) if told is None))
        for code, now, before, is_open, late in rows)


def _cells(raw: _Raw, grid: Grid) -> tuple[Group, ...]:
    """Return the cells whose new cases may be told: not where the rest of the community would be told with them."""
    cells = [_summed(each, _BY_CELL) for each in raw.new]
    communities = [_summed(each, _BY_COMMUNITY) for each in raw.new]
    found = []
    for card in grid.cells.values():
        rests = [whole[card.community_code] - part[card.code] for part, whole in zip(cells, communities, strict=True)]
        if any(part[card.code] for part in cells) and all(known(rest).exact for rest in rests):
            found.append(Group(_full_name(grid, card.code), _pair(cells[0][card.code], cells[1][card.code])))
    return tuple(found)


def _full_name(grid: Grid, code: str) -> Label:
    """Return a cell's name with its community before it, unless it begins with it."""
    cell, community = grid.cells[code].label, grid.community_of(code).label
    zh = cell.zh if cell.zh.startswith(community.zh.removesuffix("社区")) else community.zh + cell.zh
    return Label(zh, cell.en if cell.en.startswith(community.en.split(" ")[0]) else f"{community.en}, {cell.en}")


_NOTE = Label("※ 不足3件，或为防止推算出不足3件的数而不列。",
              "※ Fewer than 3, or left out so that such a number cannot be worked out.")


def _table(title: Label, columns: Sequence[Label], rows: Sequence[tuple[Label, Sequence[Span | None]]],
           totals: Sequence[Span]) -> dict[str, Any]:
    def both(words: Label) -> list[str]:
        return [words.zh, words.en]
    lines = [[both(name), *(both(cell_words(each)) for each in cells)] for name, cells in rows]
    total = [both(Label("合计", "Total")), *(both(cell_words(each)) for each in totals)]
    has_masks = any(cell is None for _, cells in rows for cell in cells)
    return {"title": both(title), "columns": [both(each) for each in columns], "rows": [*lines, total],
            "note": both(_NOTE) if has_masks else ["", ""]}


def _table_of_heads(figures: Figures) -> dict[str, Any]:
    columns = (Label("类别", "Category"), Label("本期新登记", "New"), Label("上期新登记", "New, period before"),
               Label("未结", "Open"), Label("其中超期", "Of them overdue"))
    rows = [(group.name, (None if "now" in group.hides else group.new.now, None if "before" in group.hides else group.new.before,
                          group.open, group.late))
            for group in figures.heads]
    return _table(Label("按类别", "By category"), columns, rows,
                  (figures.new.now, figures.new.before, figures.open, figures.late))


def _table_of_areas(raw: _Raw, grid: Grid, by: int) -> dict[str, Any]:
    """Return new cases by community, or by street for the county.

    Open cases are not told here: with the picture's classes, and with the new and settled ones of two papers, they could be
    counted back to the cells.
    """
    columns = [_summed(each, by) for each in raw.new]
    level = Level.STREET if by == _BY_STREET else Level.COMMUNITY
    codes = sorted({code for column in columns for code in column})
    rows = [(grid.areas[code].label if code in grid.areas else Label("位置待定", "Place open"), cells)
            for code, *cells in zip(codes, *_columns(codes, *columns), strict=True)]
    title = Label("按社区", "By community") if level is Level.COMMUNITY else Label("按街道", "By street")
    heads = (Label("社区", "Community") if level is Level.COMMUNITY else Label("街道", "Street"),
             Label("本期新登记", "New"), Label("上期新登记", "New, period before"))
    return _table(title, heads, rows, [known(sum(column.values())) for column in columns])


def class_of(count: int) -> int:
    """Return the class of the picture a number of open cases falls into."""
    return next(at for at, (low, high) in enumerate(MAP_CLASSES) if low <= count and (high is None or count <= high))


def _picture(grid: Grid, place: str, raw: _Raw) -> dict[str, Any] | None:
    cards = grid.cells_of(place)
    if len(cards) < LEAST_DRAWN:
        return None
    counts = _summed(raw.open, _BY_CELL)
    shapes = for_display([grid.outlines[card.code] for card in cards], _SIMPLIFY_M)
    return {"cells": [[shapely.to_wkb(shape, output_dimension=2).hex(), class_of(counts[card.code])]
                      for shape, card in zip(shapes, cards, strict=True)]}
