"""What a filer sees before filing: the cell of a place, who sits on its team today, which departments a category brings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.categories import NotMediable, category, not_mediable
from gridmediate.domain.permissions import Actor
from gridmediate.domain.routing import RoutedDepartment
from gridmediate.domain.vocabulary import Flag, Label, Part, Phrase, Seat, label
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.placing import Candidate, Placement, Point, locate
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import plan_for, routing_of

#: A circle over more cells than this is no position; the page asks for a tap or the list instead.
CANDIDATES_AT_MOST = 4
#: A category that every office's rules know, to read the people's seats before a category is chosen.
_ANY_CATEGORY = "99"


@dataclass(frozen=True, slots=True)
class SeatSeen:
    """A person's seat as it would be filled today.

    Parameters
    ----------
    seat : Seat
    name : Label
        Of the person, or of the seat when vacant.
    reason : Phrase
    is_vacant : bool
    is_reader : bool
    """

    seat: Seat
    name: Label
    reason: Phrase
    is_vacant: bool
    is_reader: bool


@dataclass(frozen=True, slots=True)
class DepartmentSeen:
    """A department with its part and the rule that brings it.

    Parameters
    ----------
    name : Label
    part : Part or None
        None for one that is called when needed.
    rule_no : str
    reason : Phrase
    is_committee : bool
        The community's own committee, which leads without a task.
    """

    name: Label
    part: Part | None
    rule_no: str
    reason: Phrase
    is_committee: bool


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who would handle a matter of one category in one cell.

    Parameters
    ----------
    departments : tuple of DepartmentSeen
        The lead first, those on demand last.
    barred : NotMediable or None
        Why people's mediation may not take it, and where it goes.
    """

    departments: tuple[DepartmentSeen, ...]
    barred: NotMediable | None


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A point as the map asks about it.

    Parameters
    ----------
    placement : Placement
    candidates : tuple of Candidate
        Those to ask about: at most :data:`CANDIDATES_AT_MOST`, nearest first.
    is_coarse : bool
        Whether the circle covers more cells than can be asked about.
    team : tuple of SeatSeen
        Of the one cell, where there is no question.
    """

    placement: Placement
    candidates: tuple[Candidate, ...]
    is_coarse: bool
    team: tuple[SeatSeen, ...]


def see_point(session: Session, point: Point, actor: Actor, now: datetime) -> PlaceSeen:
    """Return the cell of a point, or the cells to ask about, with the team of a cell that is beyond question.

    Raises
    ------
    PointTooFar
    """
    grid = grid_of(session, now)
    placement = locate(grid, point)
    near = placement.candidates or ((Candidate(placement.cell, 0.0),) if placement.cell else ())
    sure = placement.cell if placement.cell and not placement.must_ask else None
    team = people_of(session, grid, rulebook_of(session), sure.code, actor, now) if sure else ()
    return PlaceSeen(placement, near[:CANDIDATES_AT_MOST], len(near) > CANDIDATES_AT_MOST, team)


def see_cell(session: Session, cell_code: str, actor: Actor, now: datetime) -> tuple[SeatSeen, ...]:
    """Return the people of a cell's team as of today; nobody for a cell that does not exist."""
    grid = grid_of(session, now)
    return people_of(session, grid, rulebook_of(session), cell_code, actor, now) if cell_code in grid.cells else ()


def people_of(session: Session, grid: Grid, rules: Rulebook, cell_code: str, actor: Actor, now: datetime,
              t2_code: str = _ANY_CATEGORY) -> tuple[SeatSeen, ...]:
    """Return the cadre and the worker whom the roster seats today, or the vacancy in words."""
    plan, accounts = plan_for(session, rules, grid, t2_code=t2_code, flags=(), cell_code=cell_code, day=local_day(now))
    seen = []
    for each in plan:
        if each.seat is Seat.DEPARTMENT:
            continue
        person = accounts.get(each.account_id) if each.account_id else None
        name = Label(person.name, person.name_en or person.name) if person else label(each.seat)
        seen.append(SeatSeen(each.seat, name, each.reason, each.vacant, each.account_id == actor.account_id))
    return tuple(seen)


def see_handlers(session: Session, t2_code: str, flags: Iterable[Flag], cell_code: str | None, now: datetime) -> Handlers:
    """Return the departments of a category with the rule that brings each.

    Raises
    ------
    FieldNotAChoice
        If there is no such category.
    """
    code = category(t2_code).code
    rules = rulebook_of(session)
    routing = routing_of(rules, grid_of(session, now), code, [flag.value for flag in flags], cell_code)
    routed = (routing.lead, *routing.support, *routing.on_demand)
    shown = (each for each in routed if each is routing.lead or rules.exists(each.code))
    return Handlers(tuple(_seen(each, rules) for each in shown), not_mediable(code))


def _seen(each: RoutedDepartment, rules: Rulebook) -> DepartmentSeen:
    return DepartmentSeen(rules.department_label(each.code), each.part, each.rule_no, each.reason, not rules.exists(each.code))
