"""Mediation sessions as they are read: those of one case, a week of a community's, and a person's own for a calendar."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.categories import category
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.sittings import SITTING_STATES, Attendance, Minute, SittingState, is_closed_by_default, is_red
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Side
from gridmediate.services.casework import sitting
from gridmediate.services.grid import AreaCard, grid_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store.encryption import unseal
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, Case, MediationSession, TeamSeat
from gridmediate.store.queries import within

#: More than a street holds in a week.
MOST_IN_A_WEEK = 500
#: What a calendar is given: enough behind it to look something up, enough ahead to plan.
FEED_BEFORE, FEED_AHEAD = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class SittingView:
    """A session as a reader of its case sees it.

    ``elsewhere``, ``minutes``, who came and ``next_at`` are empty for a reader outside the team.
    """

    id: uuid.UUID
    number: int
    held_as: int | None
    state: SittingState
    begins_at: datetime
    ends_at: datetime
    room: str
    elsewhere: str
    is_elsewhere: bool
    is_open: bool
    is_void: bool
    waits_for_minutes: bool
    people: tuple[Label, ...] = ()
    sides: tuple[Side, ...] = ()
    invited: int = 0
    minutes: dict[Minute, str] = field(default_factory=dict)
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SittingsOfCase:
    """The sessions of one case, those to come first, then the latest held first."""

    rows: tuple[SittingView, ...]
    may_plan: bool
    may_call_off: bool
    reads_minutes: bool
    is_red: bool
    is_closed_by_default: bool

    def row(self, sitting_id: uuid.UUID) -> SittingView:
        """Return one session.

        Raises
        ------
        NotFound
        """
        found = next((row for row in self.rows if row.id == sitting_id), None)
        if found is None:
            raise NotFound
        return found

    @property
    def due(self) -> SittingView | None:
        """The planned session that has begun and waits for its minutes, the earliest of them."""
        waiting = [row for row in self.rows if row.waits_for_minutes]
        return min(waiting, key=lambda row: row.begins_at, default=None)


#: What leaves a session behind.
_SITTING = {"sitting.plan", "sitting.hold"}


def sittings_of(session: Session, case: Case, actor: Actor, may: Callable[[Permission], bool], now: datetime, *,
                acts: set[str]) -> SittingsOfCase:
    """Return the sessions of a case; they are shown on a page of the case, which records the reading.

    Parameters
    ----------
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    """
    mediates = may(Permission.CASE_MEDIATE)
    reads = mediates or any(seat.account_id == actor.account_id for seat in sitting(case))
    rows = session.scalars(select(MediationSession).where(MediationSession.case_id == case.id)).all() \
        if not acts.isdisjoint(_SITTING) else []
    names = _names(session, rows) if reads else {}
    is_going_on = case.state in SITTING_STATES
    views = [_view(session, row, names, now, reads=reads, is_going_on=is_going_on) for row in rows]
    to_come = sorted((row for row in views if row.state is SittingState.PLANNED), key=lambda row: row.begins_at)
    past = sorted((row for row in views if row.state is not SittingState.PLANNED), key=lambda row: row.begins_at, reverse=True)
    return SittingsOfCase((*to_come, *past), mediates and is_going_on, mediates, reads, is_red(case.flags, case.urgency),
                          is_closed_by_default(case.t2_code, case.flags))


def _view(session: Session, row: MediationSession, names: Mapping[str, Label], now: datetime, *, reads: bool,
          is_going_on: bool) -> SittingView:
    is_planned = row.state is SittingState.PLANNED
    view = SittingView(
        id=row.id, number=row.number, held_as=row.held_as, state=row.state, begins_at=row.planned_from, ends_at=row.planned_to,
        room=row.room or "", elsewhere="", is_elsewhere=row.room is None, is_open=row.is_open,
        is_void=is_planned and not is_going_on, waits_for_minutes=is_planned and is_going_on and row.planned_from <= now,
    )
    if not reads:
        return view
    came = Attendance.from_json(row.attendance)
    return replace(
        view, elsewhere=unseal(session, row, "elsewhere"), sides=came.sides, invited=came.invited, next_at=row.next_at,
        people=tuple(names[key] for key in (*came.accounts, *came.departments) if key in names),
        minutes={part: text for part in Minute if (text := unseal(session, row, part.value))},
    )


def _names(session: Session, rows: Iterable[MediationSession]) -> dict[str, Label]:
    came = [Attendance.from_json(row.attendance) for row in rows]
    keys = {uuid.UUID(key) for each in came for key in each.accounts}
    found = session.execute(select(Account.id, Account.name, Account.name_en).where(Account.id.in_(keys))) if keys else ()
    rules = rulebook_of(session)
    departments = {code: rules.department_label(code) for each in came for code in each.departments}
    return departments | {row.id.hex: Label(row.name, row.name_en or row.name) for row in found}


# -- a week ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A session in a calendar: when, where, of which case, and who sits in its team. Nothing of what it is about but the kind."""

    id: uuid.UUID
    case_no: str
    state: SittingState
    begins_at: datetime
    ends_at: datetime
    room: str
    is_open: bool
    is_red: bool
    category: Label
    community: Label | None
    people: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday, each with its sessions by time."""

    monday: date
    days: tuple[tuple[date, tuple[CalendarRow, ...]], ...]
    communities: tuple[AreaCard, ...]
    community_code: str

    @property
    def count(self) -> int:
        """How many sessions."""
        return sum(len(rows) for _, rows in self.days)


def week_of(session: Session, day: date, community_code: str, actor: Actor, now: datetime) -> Week:
    """Return the week around *day* of the cases the actor may read, narrowed to a community if one is given.

    Raises
    ------
    NotPermitted
        If the actor may read no case at all.
    """
    if not holds(actor, Permission.CASE_READ):
        raise NotPermitted
    reach = visible_to(actor, Permission.CASE_READ)
    grid = grid_of(session, now)
    monday = day - timedelta(days=day.weekday())
    begin = datetime.combine(monday, time(), LOCAL_ZONE)
    statement = _sittings(within(reach), begin, begin + timedelta(days=7)).limit(MOST_IN_A_WEEK)
    if community_code:
        statement = statement.where(Case.community_code == community_code)
    found = session.execute(statement).all()
    teams = _teams(session, {row.case_id for row in found})
    rows = [
        CalendarRow(row.id, row.case_no, row.state, row.planned_from, row.planned_to, row.room or "", row.is_open,
                    is_red(row.flags, row.urgency), category(row.t2_code).short,
                    grid.areas[row.community_code].label if row.community_code in grid.areas else None,
                    tuple(teams.get(row.case_id, ())))
        for row in found
    ]
    by_day = {monday + timedelta(days=number): list[CalendarRow]() for number in range(7)}
    for each in rows:
        by_day[each.begins_at.astimezone(LOCAL_ZONE).date()].append(each)
    lock_account(session, actor.account_id)
    entry = Entry("sitting.list", {"week": monday.isoformat(), "rows": len(rows)})
    record(session, actor.account_id, [entry], actor=actor, at=now)
    codes = actor.communities | {area.code for street in actor.streets for area in grid.communities_of(street)}
    return Week(monday, tuple((each, tuple(by_day[each])) for each in by_day),
                tuple(grid.areas[code] for code in sorted(codes) if code in grid.areas), community_code)


def _sittings(reaching: ColumnElement[bool], begin: datetime, end: datetime) -> Select:
    """Return what a calendar shows between two moments: not what was called off, nor what became void with its case."""
    shown = or_(MediationSession.state.in_([SittingState.HELD, SittingState.DID_NOT_HAPPEN]),
                (MediationSession.state == SittingState.PLANNED) & Case.state.in_(sorted(SITTING_STATES)))
    return (
        select(MediationSession.id, MediationSession.case_id, MediationSession.state, MediationSession.planned_from,
               MediationSession.planned_to, MediationSession.room, MediationSession.is_open, MediationSession.created_at,
               Case.case_no, Case.t2_code, Case.flags, Case.urgency, Case.community_code)
        .join(Case, Case.id == MediationSession.case_id)
        .where(MediationSession.planned_from >= begin, MediationSession.planned_from < end, shown, reaching)
        .order_by(MediationSession.planned_from, Case.case_no)
    )


def _teams(session: Session, cases: set[uuid.UUID]) -> dict[uuid.UUID, list[Label]]:
    if not cases:
        return {}
    rules = rulebook_of(session)
    seats = session.execute(
        select(TeamSeat.case_id, TeamSeat.department_code, Account.name, Account.name_en)
        .outerjoin(Account, Account.id == TeamSeat.account_id)
        .where(TeamSeat.case_id.in_(cases), TeamSeat.left_at.is_(None), TeamSeat.is_vacant.is_(False))
        .order_by(TeamSeat.position))
    found: dict[uuid.UUID, list[Label]] = {}
    for case_id, department, name, name_en in seats:
        if department or name:
            who = rules.department_label(department) if department else Label(name, name_en or name)
            found.setdefault(case_id, []).append(who)
    return found


# -- one person's ------------------------------------------------------------------------------------------------------


def own_sittings(session: Session, actor: Actor, now: datetime) -> list[Row]:
    """Return the sessions that belong in a person's own calendar.

    They are those of cases in which the person sits or which the person filed, of the person's departments, and for a street's
    leaders of the street. What the person may merely look up, such as the rest of a community, is left to the page.
    """
    reach = visible_to(actor, Permission.CASE_READ)
    own = Reach(own=reach.own, departments=reach.departments, streets=reach.streets)
    return list(session.execute(_sittings(within(own), now - FEED_BEFORE, now + FEED_AHEAD)))
