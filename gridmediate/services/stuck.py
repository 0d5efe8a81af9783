"""The stuck board: every open case by the one thing that keeps it from moving, how many, since when, who holds the next step.

It shows case numbers, cells, categories, offices and clocks: no titles, no names. Who may not read the cases gets counts with
small ones masked cell by cell, so that no total tells what a cell's own figure hides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Subquery

from gridmediate.domain.agreements import ClauseState
from gridmediate.domain.blocks import Block
from gridmediate.domain.indicators import Span, mask
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskState
from gridmediate.domain.workflow import AGREED, OPEN_STATES, AgreementState, State
from gridmediate.services.lists import read_key
from gridmediate.services.stuck_rows import READ, StuckRow, stuck_rows
from gridmediate.store import queries
from gridmediate.store.columns import Moment, Word
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Clause, CountyCall, Task

#: Rows of each block on the board, and of a block's own page.
FIRST_ROWS, PAGE_ROWS = 3, 50


@dataclass(frozen=True, slots=True)
class BlockColumn:
    """One block.

    Parameters
    ----------
    count : Span
        How many cases stand in it.
    oldest_at : datetime or None
        Since when the oldest has; None where there is none, or where the count is masked.
    rows : list of StuckRow
        The oldest first, those that the reader may read.
    next_key : str or None
        Where the next page begins.
    """

    block: Block
    count: Span
    oldest_at: datetime | None
    rows: list[StuckRow]
    next_key: str | None = None


@dataclass(frozen=True, slots=True)
class StuckBoard:
    """The board: its columns in the order of the blocks, and how many open cases stand in none.

    ``exact`` says whether the reader may read every case that is counted.
    """

    columns: list[BlockColumn]
    moving: Span
    exact: bool

    @property
    def stuck(self) -> Span:
        """How many stand in a block."""
        return sum((column.count for column in self.columns), start=Span(0, 0))

    @property
    def open(self) -> Span:
        """How many are open."""
        return self.stuck + self.moving


def stuck_board(
    session: Session, actor: Actor, now: datetime, *, only: Block | None = None, after: str | None = None
) -> StuckBoard:
    """Return the board of the places whose counts the actor may see; the look is recorded.

    Parameters
    ----------
    only : Block or None
        A block whose whole list is wanted, page by page; the others then come without rows.
    after : str or None
        Where that page begins.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.HEAT_READ):
        raise NotPermitted
    counted, read = visible_to(actor, Permission.HEAT_READ), visible_to(actor, Permission.CASE_READ)
    exact = reads_all(counted, read)
    blocked = _blocked(session, now)
    counts = _counts(session, blocked, counted, exact)
    seen = queries.within(counted) if exact else and_(queries.within(counted), queries.within(read))
    found = _page(session, blocked, seen, only, after) if only else _first(session, blocked, seen)
    more = only is not None and len(found) > PAGE_ROWS
    found = found[:PAGE_ROWS] if only else found
    rows = stuck_rows(session, found, actor, now)
    columns = [
        BlockColumn(block, count, oldest_at if count.exact else None, [row for row in rows if row.block is block],
                    f"{rows[-1].since.isoformat()}~{rows[-1].id.hex}" if more and block is only else None)
        for block in Block for count, oldest_at in [counts.get(block, (Span(0, 0), None))]
    ]
    lock_account(session, actor.account_id)
    entry = Entry("stuck.list", {"block": only.value if only else None, "rows": len(rows), "exact": exact})
    record(session, actor.account_id, [entry], actor=actor, at=now)
    return StuckBoard(columns, counts.get(None, (Span(0, 0), None))[0], exact)


def reads_all(counted: Reach, read: Reach) -> bool:
    """Return whether whoever counts these places may also read every case in them."""
    return counted.communities <= read.communities and counted.streets <= read.streets and counted.counties <= read.counties


def _held(now: datetime) -> Subquery:
    """Return by case since when a department's task holds it up, one column for each way; each part reads an index of its own."""
    with_department = Task.state.in_(sorted(WITH_DEPARTMENT))
    sign_late = and_(Task.state == TaskState.ASSIGNED, Task.sign_due_at < now)
    answer_late = and_(Task.answer_warn_at < now, Task.answer_due_at < now)
    own = (Task.is_open.is_(True), Task.call_id.is_(None))

    def part(block: Block, since: Any) -> Any:
        return select(Task.case_id.label("case_id"), literal(block.value, String).label("how"), since.label("since"))

    each = union_all(
        part(Block.CALL, sql_case((sign_late, Task.sign_due_at), else_=Task.answer_due_at))
        .join(CountyCall, CountyCall.id == Task.call_id)
        .where(CountyCall.closed_at.is_(None), with_department, or_(sign_late, answer_late)),
        part(Block.RULING, Task.dispatched_at).where(Task.state == TaskState.RULING),
        part(Block.UNSIGNED, Task.sign_due_at).where(*own, sign_late),
        part(Block.UNANSWERED, Task.answer_due_at).where(*own, Task.state == TaskState.SIGNED, answer_late),
    ).subquery()
    return (
        select(each.c.case_id, *(func.min(sql_case((each.c.how == block.value, each.c.since))).label(block.value)
                                 for block in (Block.CALL, Block.RULING, Block.UNSIGNED, Block.UNANSWERED)))
        .group_by(each.c.case_id).subquery()
    )


@dataclass(frozen=True, slots=True)
class _Blocked:
    """The block of a case and since when it stands there, as expressions over ``cases`` joined to the tasks that hold them up."""

    held: Subquery
    block: ColumnElement[Any]
    since: ColumnElement[Any]

    def of(self, *columns: Any) -> Any:
        """Select from the open cases."""
        joined = self.held.c.case_id == Case.id
        return select(*columns).select_from(Case).outerjoin(self.held, joined).where(Case.is_open.is_(True))


def _blocked(session: Session, now: datetime) -> _Blocked:
    held = _held(now)
    no_seats = and_(Case.state.in_([State.ACCEPTED, State.REOPENED]), Case.consent_needed.is_(False))
    to_sign = and_(Case.state.in_(sorted(AGREED)), Case.agreement_state == AgreementState.UNSIGNED)
    waits = and_(Case.state.in_(sorted(OPEN_STATES)), or_(Case.paused_at.is_not(None), Case.consent_needed.is_(True)))
    rows: list[tuple[Block, ColumnElement[bool], Any]] = [
        *((block, held.c[block.value].is_not(None), held.c[block.value]) for block in (Block.CALL, Block.RULING)),
        (Block.BROKEN, Case.clauses_broken > 0, _broken_since(session)),
        (Block.NO_TEAM, or_(Case.cell_code.is_(None), no_seats),
         sql_case((Case.cell_code.is_(None), Case.filed_at), else_=Case.status_since)),
        *((block, held.c[block.value].is_not(None), held.c[block.value]) for block in (Block.UNSIGNED, Block.UNANSWERED)),
        (Block.PARTY, or_(to_sign, waits), func.coalesce(Case.paused_at, Case.status_since)),
        (Block.RED, and_(Case.state.in_(sorted(OPEN_STATES)), Case.due_at < now), Case.due_at),
    ]
    block = sql_case(*((holds_here, literal(each.value, String)) for each, holds_here, _ in rows), else_=null())
    since = sql_case(*((holds_here, moment) for _, holds_here, moment in rows), else_=null())
    return _Blocked(held, type_coerce(block, Word(Block)), type_coerce(since, Moment))


#: A clause is broken from the end of its day in the street, which the records keep in UTC.
_END_OF_DAY = "16:00"


def _broken_since(session: Session) -> Any:
    first: Any = func.min(Clause.due_on)
    if session.get_bind().dialect.name == "sqlite":
        moment: Any = cast(first, String) + literal(f" {_END_OF_DAY}:00.000000", String)
    else:
        moment = func.timezone("UTC", cast(first, DateTime) + text(f"interval '{_END_OF_DAY}'"))
    broken = (
        select(type_coerce(moment, Moment)).where(Clause.case_id == Case.id, Clause.state == ClauseState.BROKEN)
        .correlate(Case).scalar_subquery()
    )
    return func.coalesce(broken, Case.status_since)


def _counts(session: Session, blocked: _Blocked, reach: Reach, exact: bool) -> dict[Block | None, tuple[Span, datetime | None]]:
    """Return by block how many there are and since when; for a reader without case access added up from masked cells."""
    cell: tuple[Any, ...] = () if exact else (Case.cell_code,)
    inner = blocked.of(blocked.block.label("block"), blocked.since.label("since"), *cell).where(queries.within(reach)).subquery()
    by = [inner.c.block, *([] if exact else [inner.c.cell_code])]
    rows = session.execute(select(inner.c.block, func.count().label("number"), func.min(inner.c.since).label("since"))
                           .group_by(*by))
    found: dict[Block | None, tuple[Span, datetime | None]] = {}
    for block, number, since in rows:
        so_far, oldest = found.get(block, (Span(0, 0), None))
        span = mask(number, exact=exact)
        found[block] = (so_far + span, min(filter(None, (oldest, since)), default=None))
    return found


def _first(session: Session, blocked: _Blocked, seen: ColumnElement[bool]) -> list[Any]:
    """Return the oldest cases of every block."""
    place = func.row_number().over(partition_by=blocked.block, order_by=(blocked.since, Case.id)).label("place")
    inner = blocked.of(Case.id, blocked.block.label("block"), blocked.since.label("since"), place).where(
        seen, blocked.block.is_not(None)).subquery()
    statement = (
        select(*READ, inner.c.block, inner.c.since).join(inner, inner.c.id == Case.id)
        .where(inner.c.place <= FIRST_ROWS).order_by(inner.c.since, Case.id)
    )
    return list(session.connection().execute(statement))


def _page(session: Session, blocked: _Blocked, seen: ColumnElement[bool], only: Block, after: str | None) -> list[Any]:
    """Return one page of a block, and one row more where there is one."""
    inner = blocked.of(Case.id, blocked.block.label("block"), blocked.since.label("since")).where(seen).subquery()
    statement = (
        select(*READ, inner.c.block, inner.c.since).join(inner, inner.c.id == Case.id)
        .where(inner.c.block == only).order_by(inner.c.since, Case.id).limit(PAGE_ROWS + 1)
    )
    if (key := read_key(after)) is not None:
        statement = statement.where(tuple_(inner.c.since, Case.id) > key)
    return list(session.connection().execute(statement))


def needs_first(columns: Iterable[BlockColumn], actor: Actor) -> list[BlockColumn]:
    """Return the columns with those first in which the reader's own office holds a step: the order of a phone."""
    return sorted(columns, key=lambda column: not any(row.is_own(actor) for row in column.rows))

