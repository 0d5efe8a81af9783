"""A grid worker's day: what is new in the own cells, what waits for the worker, and how the worker's filings ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridmediate.domain.next_steps import for_worker
from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Phrase, Seat
from gridmediate.services import came_back
from gridmediate.services.cell_notices import PublicNotice, notices_at
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import LISTED, CaseRow, case_row
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, TeamSeat

#: How long an end stays among the news.
NEWS_DAYS = 14
_NEWS_AT_MOST = 5
#: More than anybody can do in a day; what comes later is in the list of the cell.
_TODO_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Todo:
    """A case that waits for this worker.

    Parameters
    ----------
    step : Phrase
        The worker's own part, as the card's title begins with.
    row : CaseRow
    """

    step: Phrase
    row: CaseRow


@dataclass(frozen=True, slots=True)
class News:
    """How a case that the worker filed has ended.

    Parameters
    ----------
    row : CaseRow
    at : datetime
        When it was closed, or not taken.
    """

    row: CaseRow
    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """What the first screen of a grid worker shows.

    Parameters
    ----------
    new : int
        Open cases that others filed in the worker's cells since yesterday's first moment.
    due_today : int
        Of *todo*, those due before the day ends, the late ones included.
    late : int
        Of *todo*, those overdue.
    todo : tuple of Todo
        By due moment.
    ended : tuple of News
        The worker's own filings that ended in the last :data:`NEWS_DAYS` days, newest first.
    came : tuple of (CaseRow, came_back.News)
        Cases of which the worker was told something and has not opened them since, newest first; not those in *ended*.
    notices : tuple of PublicNotice
        What the street has hung out in the worker's cells.
    cells : tuple of Label
        The worker's cells by name.
    community : Label or None
        Their community, if it is one.
    """

    new: int
    due_today: int
    late: int
    todo: tuple[Todo, ...]
    ended: tuple[News, ...]
    came: tuple[tuple[CaseRow, came_back.News], ...]
    notices: tuple[PublicNotice, ...]
    cells: tuple[Label, ...]
    community: Label | None


def worker_day(session: Session, actor: Actor, now: datetime) -> Day:
    """Return a worker's day and record that titles were read.

    Raises
    ------
    NotPermitted
        If the actor may not file, which only people of the community do.
    """
    if not holds(actor, Permission.CASE_FILE):
        raise NotPermitted
    grid = grid_of(session, now)
    todo = _todo(session, actor, grid, now)
    ended = _ended(session, actor, grid, now)
    told = {each.row.id for each in ended}
    came = tuple((row, news) for row, news in came_back.latest(session, actor, grid, now) if row.id not in told)
    tonight = _midnight(now) + timedelta(days=1)
    due = [each.row.clock.due_at for each in todo if each.row.clock.due_at is not None]
    lock_account(session, actor.account_id)
    details = {"desk": "day", "rows": len(todo) + len(ended) + len(came)}
    record(session, actor.account_id, [Entry("case.list", details)], actor=actor, at=now)
    return Day(
        new=_count_new(session, actor, now), todo=todo, ended=ended, came=came,
        notices=tuple(notices_at(session, grid, actor.cells or grid.codes_in(actor.communities), now)),
        due_today=sum(moment <= tonight for moment in due), late=sum(moment < now for moment in due),
        cells=tuple(grid.cells[code].label for code in _cells(actor, grid)), community=_community(actor, grid),
    )


def _midnight(now: datetime) -> datetime:
    """Return the first moment of the local day."""
    return datetime.combine(now.astimezone(LOCAL_ZONE).date(), time(), LOCAL_ZONE)


def _cells(actor: Actor, grid: Grid) -> list[str]:
    return sorted(code for code in actor.cells if code in grid.cells)


def _community(actor: Actor, grid: Grid) -> Label | None:
    codes = {grid.cells[code].community_code for code in _cells(actor, grid)} or (actor.communities & grid.areas.keys())
    return grid.areas[min(codes)].label if len(codes) == 1 else None


def _count_new(session: Session, actor: Actor, now: datetime) -> int:
    if not actor.cells:
        return 0
    by_others = or_(Case.filed_by.is_(None), Case.filed_by != actor.account_id)
    in_my_cells = and_(Case.cell_code.in_(sorted(actor.cells)), Case.is_open.is_(True))
    since = _midnight(now) - timedelta(days=1)
    return session.scalar(select(func.count()).where(in_my_cells, Case.filed_at >= since, by_others)) or 0


def _todo(session: Session, actor: Actor, grid: Grid, now: datetime) -> tuple[Todo, ...]:
    listed: Any = select(*LISTED).where(Case.is_open.is_(True), _waits_for(actor))
    cases = session.connection().execute(listed.order_by(Case.next_due_at, Case.id).limit(_TODO_AT_MOST * 4)).all()
    steps = ((for_worker(Phrase.from_json(case.next_step)), case) for case in cases)
    found = (Todo(step, case_row(session, case, grid, now)) for step, case in steps if step is not None)
    return tuple(islice(found, _TODO_AT_MOST))


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Return when a worker has a part: seated on the team, or the worker filed it and nobody knows the cell yet.

    The cell alone does not count: where a cover sits on the team, the holder of the seat is not the one who is waited for.
    """
    seats = select(TeamSeat.case_id).where(
        TeamSeat.account_id == actor.account_id, TeamSeat.seat == Seat.GRID_WORKER, TeamSeat.left_at.is_(None))
    own = aliased(Case)
    unplaced = select(own.id).where(own.cell_code.is_(None), own.filed_by == actor.account_id)
    # One list of names: with "or" between the two, PostgreSQL would go through all that is open.
    return Case.id.in_(seats.union(unplaced))


def _ended(session: Session, actor: Actor, grid: Grid, now: datetime) -> tuple[News, ...]:
    # What was never taken is never closed; its end is the moment of that decision.
    at = func.coalesce(Case.closed_at, Case.status_since)
    cases = session.scalars(
        select(Case).where(Case.filed_by == actor.account_id, Case.is_open.is_(False), at >= now - timedelta(days=NEWS_DAYS))
        .order_by(at.desc(), Case.id).limit(_NEWS_AT_MOST)
    )
    return tuple(News(case_row(session, case, grid, now), case.closed_at or case.status_since) for case in cases)


def frequent_categories(session: Session, cell_code: str | None, now: datetime, *, most: int = 6) -> list[str]:
    """Return the T2 codes filed most in a cell within a year, most frequent first; fewer where fewer were filed.

    Parameters
    ----------
    cell_code : str or None
        None gives none: an open place has no habits.
    """
    if cell_code is None:
        return []
    rows = session.execute(
        select(Case.t2_code, func.count()).where(Case.cell_code == cell_code, Case.filed_at >= now - timedelta(days=365))
        .group_by(Case.t2_code).order_by(func.count().desc(), Case.t2_code).limit(most)
    )
    return [code for code, _ in rows]
