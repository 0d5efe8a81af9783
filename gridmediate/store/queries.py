"""Nouns that return a ``Select``. Every list of cases passes :func:`within`, the one condition of who sees what."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Date, Select, and_, bindparam, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from gridmediate.domain.permissions import Reach
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Level, Part, Seat
from gridmediate.store.models import Account, Area, Case, Cell, Post, RosterTerm, Task, TeamSeat


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the condition on :class:`Case` that holds for exactly the cases *reach* covers.

    ``Reach.covers`` is the other reader of the same reach; a property test holds the two together.
    """
    # Places first: they are columns of the row at hand, the subqueries behind them are then rarely asked.
    parts: list[ColumnElement[bool]] = []
    for column, codes in (
        (Case.county_code, reach.counties), (Case.street_code, reach.streets), (Case.community_code, reach.communities),
        (Case.cell_code, reach.cells),
    ):
        if codes:
            parts.append(column.in_(sorted(codes)))
    columns = {Level.COUNTY: Case.county_code, Level.STREET: Case.street_code, Level.COMMUNITY: Case.community_code}
    for stands, place in sorted({(stands, place) for stands, place, _ in reach.levels}):
        there = sorted(code for *at, code in reach.levels if at == [stands, place])
        parts.append(and_(Case.level == stands, columns[place].in_(there)))
    if reach.own is not None:
        seat = aliased(TeamSeat)
        parts += [
            Case.filed_by == reach.own,
            exists().where(seat.case_id == Case.id, seat.account_id == reach.own, seat.left_at.is_(None)),
        ]
    # A task that was recalled opens nothing any more.
    for codes, further in ((reach.departments, ()), (reach.lead_departments, (Part.LEAD,))):
        if codes:
            task = aliased(Task)
            kept = [task.case_id == Case.id, task.department_code.in_(sorted(codes)), task.state != TaskState.RECALLED]
            parts.append(exists().where(*kept, *(task.part == each for each in further)))
    return or_(*parts) if parts else false()


def in_force(kind: type[Cell] | type[Post] | type[RosterTerm], day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that a dated row (a cell, a post, a roster term) is in force on *day*, both ends included."""
    return and_(kind.valid_from <= day, or_(kind.valid_to.is_(None), kind.valid_to >= day))


def cells_in_force(day: date) -> Select[Cell]:
    """Return the cells in force on *day*, by code."""
    return select(Cell).where(in_force(Cell, day)).order_by(Cell.cell_code)


def areas() -> Select[Area]:
    """Return every county, street and community, by code."""
    return select(Area).order_by(Area.code)


def posts_of(account_id: uuid.UUID, day: date) -> Select[Post]:
    """Return the posts an account holds on *day*."""
    return select(Post).where(Post.account_id == account_id, in_force(Post, day))


def cells_worked_by(account_id: uuid.UUID, day: date) -> Select[str]:
    """Return the codes of the cells in which the roster seats an account as grid worker on *day*."""
    return select(RosterTerm.cell_code).where(
        RosterTerm.account_id == account_id, RosterTerm.seat == Seat.GRID_WORKER, in_force(RosterTerm, day))


#: Built once: every filing asks it, and building it took four times as long as the database's answer.
_ROSTER = (
    select(RosterTerm, Account).join(Account, Account.id == RosterTerm.account_id)
    .where(RosterTerm.cell_code.in_(bindparam("codes", expanding=True)), in_force(RosterTerm, bindparam("day", type_=Date())),
           Account.is_active)
    .order_by(RosterTerm.seat, RosterTerm.is_cover, RosterTerm.position, RosterTerm.valid_from)
)


def roster_of(session: Session, cell_code: str, community_code: str, day: date) -> list[tuple[RosterTerm, Account]]:
    """Return the roster terms in force on *day* for a cell, its community's own included, with their people, holders first."""
    rows = session.execute(_ROSTER, {"codes": [cell_code, community_code], "day": day})
    return [(term, account) for term, account in rows]


def people_on_roster(session: Session, codes: list[str], day: date) -> list[tuple[Seat, Account]]:
    """Return everybody seated on *day* in any of these cells or communities, each person once per seat, by name."""
    rows = session.execute(
        select(RosterTerm.seat, Account)
        .join(Account, Account.id == RosterTerm.account_id)
        .where(RosterTerm.cell_code.in_(codes), in_force(RosterTerm, day), Account.is_active)
        .order_by(Account.name, RosterTerm.seat)
    ).all()
    return list({(seat, account.id): (seat, account) for seat, account in rows}.values())
