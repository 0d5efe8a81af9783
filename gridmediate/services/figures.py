"""Figures of a place and a period, from some statements over the records; the list behind each is the same rows by case."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import SAME_QUARREL
from gridmediate.domain.case_words import Extension
from gridmediate.domain.figure_facts import (
    AgreementFacts,
    Base,
    CaseFacts,
    ClauseFacts,
    Figure,
    FollowUpFacts,
    HandlingFacts,
    InTime,
    RepeatFacts,
    Rows,
    TaskFacts,
    figure,
    sides_of,
)
from gridmediate.domain.figures import INDICATORS, all_figures
from gridmediate.domain.periods import Period, PeriodKind
from gridmediate.domain.permissions import Actor, Permission, Reach, visible_to
from gridmediate.domain.problems import FieldNotAChoice, Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.grid import AreaCard, Grid, grid_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store import figures as rows_of
from gridmediate.store import queries
from gridmediate.store.columns import as_moment, plain_rows
from gridmediate.store.figures import Asked, Leaf
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, CaseClock

#: Lines of the list behind a figure that one page shows.
MOST_LISTED = 200
_STEPS = (InTime.WAITING, InTime.YES, InTime.LATE)
_PLACE = Label("地区", "Place")
_COLUMNS = {Level.COUNTY: Case.county_code, Level.STREET: Case.street_code, Level.COMMUNITY: Case.community_code,
            Level.CELL: Case.cell_code}
#: Figures of single departments, by their tasks. Not the return rate: a task that came back bears the name of who has it now.
BY_DEPARTMENT = ("signed_in_time", "answered_in_time", "answers_rated")


class MonthsOnly(Problem):
    """Small counts are hidden from this reader month by month; other periods would tell them by subtraction."""

    code = "figures.months-only"
    kind = Kind.INVALID
    sentence = Label("您不查看个案，小数按月遮盖，所以只能看整月。请选一个月。",
                     "You do not read cases and small counts are hidden month by month, so choose a whole month.")


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """A place that figures can be made for."""

    code: str
    level: Level
    label: Label


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader asked for and may see.

    Parameters
    ----------
    place : PlaceCard
    department : str
        Code, or "" for all.
    period : Period
    exact : bool
        Whether the reader may read the cases behind it.
    now : datetime
    where : tuple of conditions
        On cases.
    """

    place: PlaceCard
    department: str
    period: Period
    exact: bool
    now: datetime
    where: tuple[ColumnElement[bool], ...]

    def asked(self, period: Period | None = None, leaf: Leaf | None = None) -> Asked:
        """Return what the statements are given."""
        return Asked(self.where, self.department, period or self.period, self.now,
                     leaf or (Leaf.WHOLE if self.exact else Leaf.CELL))


def places_of(grid: Grid, actor: Actor) -> list[PlaceCard]:
    """Return the places whose figures the actor may see, from the widest down; without case access none below a street."""
    reach, reads = visible_to(actor, Permission.FIGURES_READ), visible_to(actor, Permission.CASE_READ)
    inside: dict[str, list[str]] = {}
    for card in grid.cells.values():
        for code in (grid.county_code, card.street_code, card.community_code, card.code):
            inside.setdefault(code, []).append(card.code)
    order = [Level.COUNTY, Level.STREET, Level.COMMUNITY]
    areas: list[AreaCard] = sorted((area for area in grid.areas.values() if area.code in inside),
                                   key=lambda area: (order.index(area.level), area.code))
    cards = [PlaceCard(area.code, area.level, area.label) for area in areas]
    cards += [PlaceCard(card.code, Level.CELL, card.label) for card in grid.cells.values()]
    # Who answers for every street of a county, or every community of a street, does not answer for what lies in none of them.
    whole = {Level.COUNTY: reach.counties, Level.STREET: reach.streets | reach.counties}
    return [
        card for card in cards if _covers(grid, reach, inside[card.code])
        and (bool(whole[card.level] & {card.code, grid.county_code}) if card.level in whole
             else _covers(grid, reads, inside[card.code]))
    ]


def _covers(grid: Grid, reach: Reach, cells: Collection[str]) -> bool:
    return all(reach.covers(grid.subjects[code]) for code in cells)


def scope_of(session: Session, actor: Actor, now: datetime, period: Period, *, place: str = "", department: str = "") -> Scope:
    """Return what the reader asks for, if it is theirs to see.

    Parameters
    ----------
    place : str
        Code of a county, street, community or cell; "" takes the widest within reach.
    department : str
        Code, or "" for all.

    Raises
    ------
    NotPermitted, FieldNotAChoice, MonthsOnly
    """
    grid = grid_of(session, now)
    places = places_of(grid, actor)
    if not places:
        raise NotPermitted
    card = next((each for each in places if each.code == place), None) if place else places[0]
    if card is None:
        raise FieldNotAChoice(field="place", name=_PLACE, got=place)
    if department and not rulebook_of(session).exists(department):
        raise FieldNotAChoice(field="department", name=Label("部门", "Department"), got=department)
    reads = visible_to(actor, Permission.CASE_READ)
    exact = _covers(grid, reads, [code for code, subject in grid.subjects.items() if card.code in (
        subject.county_code, subject.street_code, subject.community_code, code)])
    if not exact and period.kind is not PeriodKind.MONTH:
        raise MonthsOnly(field="period")
    where = (_COLUMNS[card.level] == card.code, queries.within(visible_to(actor, Permission.FIGURES_READ)))
    return Scope(card, department, period, exact, now, where)


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """What one office's tasks come to."""

    code: str
    label: Label
    tasks: int
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures of a scope, with those of the period before and of the same period a year ago."""

    scope: Scope
    now: dict[str, Figure]
    before: dict[str, Figure]
    year_ago: dict[str, Figure]
    departments: list[DepartmentFigures]


def figure_table(session: Session, scope: Scope) -> FigureTable:
    """Make every figure of a scope; the number of statements does not grow with the cases."""
    rows = fetch(session, scope.asked())
    before, year_ago = scope.period.before(), scope.period.year_ago()
    # Of a year they are one and the same.
    then = {period.key: all_figures(fetch(session, scope.asked(period)), exact=scope.exact)
            for period in {before.key: before, year_ago.key: year_ago}.values()}
    departments = _departments(session, rows[Base.TASKS]) if scope.exact else []
    return FigureTable(scope, all_figures(rows, exact=scope.exact), then[before.key], then[year_ago.key], departments)


def _departments(session: Session, tasks: Rows) -> list[DepartmentFigures]:
    """Return offices by their codes, which ranks nobody."""
    rules = rulebook_of(session)
    by_code: dict[str, Counter[Any]] = {}
    for (leaf, facts), count in tasks.items():
        by_code.setdefault(facts.department, Counter())[leaf, facts] += count
    return [DepartmentFigures(code, rules.department_label(code), sum(rows.values()),
                              {name: figure(INDICATORS[name], rows) for name in BY_DEPARTMENT})
            for code, rows in sorted(by_code.items())]


def record_figures(session: Session, actor: Actor, scope: Scope, *, act: str = "figures.read", **more: Any) -> None:
    """Record that figures were read."""
    lock_account(session, actor.account_id)
    details = {"place": scope.place.code, "period": scope.period.key, "department": scope.department, "exact": scope.exact}
    record(session, actor.account_id, [Entry(act, details | more)], actor=actor, at=scope.now)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line of the list behind a figure: codes and days, no words of the case."""

    case_no: str
    t2_code: str
    state: Any
    filed_at: datetime
    closed_at: datetime | None
    hit: bool
    times: int


@dataclass(frozen=True, slots=True)
class FigureList:
    """The cases behind a figure: all that stand below the line, and which of them stand above as well."""

    code: str
    figure: Figure
    lines: list[CaseLine]
    cases: int


def figure_list(session: Session, scope: Scope, code: str) -> FigureList:
    """Return the cases behind a figure, those above the line first.

    Raises
    ------
    NotFound
        No such indicator, or nothing of it is held.
    NotPermitted
        The reader may not read cases there.
    """
    rule = INDICATORS.get(code)
    if rule is None or rule.base is Base.NONE:
        raise NotFound
    if not scope.exact:
        raise NotPermitted
    rows = _fetch_one(session, scope.asked(leaf=Leaf.CASE), rule.base)
    hits, all_of = Counter[str](), Counter[str]()
    for (case_no, facts), count in rows.items():
        if rule.counts(facts):
            all_of[case_no] += count
            hits[case_no] += count * rule.hits(facts)
    chosen = sorted(all_of, key=lambda case_no: (not hits[case_no], case_no))[:MOST_LISTED]
    found = session.execute(select(Case.case_no, Case.t2_code, Case.state, Case.filed_at, Case.closed_at)
                            .where(Case.case_no.in_(chosen)))
    by_no = {row.case_no: row for row in found}
    lines = [CaseLine(*by_no[case_no], hit=hits[case_no] > 0, times=all_of[case_no]) for case_no in chosen]
    return FigureList(code, figure(rule, rows), lines, len(all_of))


def fetch(session: Session, asked: Asked) -> dict[Base, Rows]:
    """Return the rows of every base."""
    rows = {base: _fetch_one(session, asked, base) for base in (*_READERS, Base.REPEATS)}
    rows[Base.SIDES] = sides_of(rows[Base.FOLLOW_UPS])
    return rows


def _fetch_one(session: Session, asked: Asked, base: Base) -> Rows:
    if base is Base.SIDES:
        return sides_of(_fetch_one(session, asked, Base.FOLLOW_UPS))
    if base is Base.REPEATS:
        return _repeats(session, asked)
    statement, facts = _READERS[base]
    # The cursor's own rows: the unit of work has nothing to keep of them.
    found = session.connection().execute(statement(asked)).all()
    paused = _paused(session, [row.paused for row in found if row.paused is not None]) if base is Base.HANDLING else {}
    rows: Counter[tuple[str, Any]] = Counter()
    for row in found:
        rows[row.leaf, facts(row, paused)] += row.count_
    return rows


def _repeats(session: Session, asked: Asked) -> Rows:
    """Return the cases filed in the period that have a cell, and whether one of the class was filed there shortly before.

    They are walked along here: a window in the statement sorts the whole of every row.
    """
    filed: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
    for cell, t2_code, filed_at, leaf in plain_rows(session, rows_of.filings(asked)):
        filed.setdefault((cell, t2_code), []).append((as_moment(filed_at), leaf))
    rows: Counter[tuple[str, bool]] = Counter()
    for there in filed.values():
        there.sort()
        for (before, _), (filed_at, leaf) in pairwise([(datetime.min.replace(tzinfo=UTC), ""), *there]):
            if filed_at >= asked.period.start:
                rows[leaf, round((filed_at - before).total_seconds()) <= SAME_QUARREL.total_seconds()] += 1
    return Counter({(leaf, RepeatFacts(again)): count for (leaf, again), count in rows.items()})


def _paused(session: Session, case_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the hours for which the clocks of these cases stood still."""
    if not case_ids:
        return {}
    found: Counter[uuid.UUID] = Counter()
    clocks = session.connection().execute(
        select(CaseClock.case_id, CaseClock.explanation).where(CaseClock.case_id.in_(case_ids)))
    for case_id, explanation in clocks:
        found[case_id] += sum(24 * step["values"]["days"] for step in explanation["steps"] if step["code"] == "clock.paused")
    return found


def _case(row: Any, _: Mapping[uuid.UUID, int]) -> CaseFacts:
    return CaseFacts(
        filed=bool(row.filed), done=bool(row.done), state=row.state, outcome=row.outcome, level=row.level,
        accepted=bool(row.accepted), mediated=bool(row.mediated), decided=_STEPS[row.decided], late_now=bool(row.late_now),
        late_ever=bool(row.late_ever), late_last=bool(row.late_mediating if row.accepted else row.late_ever),
        extended=row.extension is Extension.GRANTED, linked=bool(row.linked), called=bool(row.called), police=bool(row.police))


def _task(row: Any, _: Mapping[uuid.UUID, int]) -> TaskFacts:
    return TaskFacts(row.department, _STEPS[row.signed], _STEPS[row.answered], bool(row.returned), bool(row.called),
                     _STEPS[row.came], row.rating)


def _follow_up(row: Any, _: Mapping[uuid.UUID, int]) -> FollowUpFacts:
    return FollowUpFacts(bool(row.due), bool(row.made_in), _STEPS[row.made], row.kept, row.worse, row.applicant, row.respondent)


_READERS: dict[Base, tuple[Callable[[Asked], Select[Any]], Callable[[Any, Mapping[uuid.UUID, int]], Any]]] = {
    Base.CASES: (rows_of.case_rows, _case),
    Base.TASKS: (rows_of.task_rows, _task),
    Base.AGREEMENTS: (rows_of.agreement_rows, lambda row, _: AgreementFacts(row.confirmation)),
    Base.CLAUSES: (rows_of.clause_rows, lambda row, _: ClauseFacts(row.state, bool(row.on_time))),
    Base.FOLLOW_UPS: (rows_of.follow_up_rows, _follow_up),
    Base.HANDLING: (rows_of.handling_rows,
                    lambda row, paused: HandlingFacts(max(0, int(row.hours) - paused.get(row.paused, 0)))),
}
