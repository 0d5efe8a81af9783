"""Lists by what is due next: the community's desk, the street's, a cell's, a department's tasks, a worker's day.

A list is one statement however long it is; it pages by key, and each look at one is recorded.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from gridmediate.domain.categories import category, is_sensitive
from gridmediate.domain.next_steps import NEVER, Turn, in_time
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.safety import is_grave
from gridmediate.domain.vocabulary import Label, Phrase, Status, Urgency, label
from gridmediate.domain.workflow import FINAL_STATES, OPEN_STATES, State, status_of
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.narrowing import EVERYTHING, Narrowing, having_status
from gridmediate.store import queries
from gridmediate.store.encryption import keyring_of, unseal_value
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Party

#: What a list reads of a case; the rest of a case is three times as much.
LISTED = (
    Case.id, Case.case_no, Case.version, Case.state, Case.outcome, Case.cell_code, Case.community_code, Case.t2_code,
    Case.urgency, Case.title_sealed, Case.address_sealed, Case.filed_at, Case.due_at, Case.next_due_at, Case.next_warn_at,
    Case.next_step, Case.turn, Case.changed_at, Case.closed_at,
)
PAGE_SIZE = 50
MAX_PAGE_SIZE = 100


class Desk(StrEnum):
    """Whose list it is."""

    COMMUNITY = "community"
    STREET = "street"
    COUNTY = "county"
    CELL = "cell"
    FILED = "filed"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list is narrowed to; everything stays in the address.

    Parameters
    ----------
    turn : Turn or None
    closed : bool
        True lists what is done, newest first.
    status : Status or None
    cell_code, community_code, head : str
        Empty for any. ``head`` is a T2 head.
    unplaced : bool
        Only cases whose cell is still open.
    unsettled : bool
        Only what the leaders' map counts as open: neither settled nor ended, though perhaps not closed yet.
    words : str
        A case number, a party's exact name or phone, or a cell's name.
    street_code : str
        Of several in reach.
    beyond : Narrowing
        The leaders' map's other filters.
    """

    turn: Turn | None = None
    closed: bool = False
    status: Status | None = None
    cell_code: str = ""
    community_code: str = ""
    head: str = ""
    unplaced: bool = False
    unsettled: bool = False
    words: str = ""
    street_code: str = ""
    beyond: Narrowing = EVERYTHING

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> CaseFilter:
        """Read an address; what is no choice is none."""
        return cls(
            turn=Turn(given["turn"]) if given.get("turn") in set(Turn) else None, closed=given.get("closed") == "1",
            status=Status(given["status"]) if given.get("status") in set(Status) else None, cell_code=given.get("cell", "")[:24],
            community_code=given.get("community", "")[:24], head=given.get("head", "")[:2], unplaced=given.get("unplaced") == "1",
            unsettled=given.get("unsettled") == "1", words=given.get("q", "")[:60], street_code=given.get("street", "")[:24],
            beyond=Narrowing.asked(given),
        )

    def as_query(self) -> dict[str, str]:
        """Return what stands in an address."""
        named = {
            "turn": self.turn or "", "closed": "1" if self.closed else "", "status": self.status or "", "cell": self.cell_code,
            "community": self.community_code, "head": self.head, "unplaced": "1" if self.unplaced else "",
            "unsettled": "1" if self.unsettled else "", "q": self.words, "street": self.street_code, **self.beyond.as_query(),
        }
        return {name: str(value) for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Clock:
    """A due moment as a chip shows it.

    Parameters
    ----------
    due_at : datetime or None
    state : str
        ``calm``, ``warn``, ``late`` or ``none``.
    share : float
        Of the time used, 0 to 1.
    """

    due_at: datetime | None
    state: str
    share: float


def clock_between(warn_at: datetime, due_at: datetime, now: datetime) -> Clock:
    """Return a chip from the two moments a list keeps: the warning stands at 70 % of the time."""
    if due_at >= NEVER:
        return Clock(None, "none", 0.0)
    span = (due_at - warn_at) / 0.3
    share = 1.0 if not span else max(0.0, min(1.0, 1 - (due_at - now) / span))
    return Clock(due_at, "late" if now > due_at else "warn" if now >= warn_at else "calm", share)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list."""

    id: uuid.UUID
    case_no: str
    version: int
    title: str
    state: State
    status: Status
    clock: Clock
    step: Phrase
    turn: Turn
    category: Label
    head: Label
    cell_code: str | None
    cell: Label | None
    community: Label | None
    address: str
    filed_at: datetime
    closed_at: datetime | None
    outcome: Label | None
    is_urgent: bool
    is_red: bool
    #: Not for a list that others may glance at: no address, no words of how it ended.
    is_sensitive: bool


@dataclass(frozen=True, slots=True)
class CasePageOfList:
    """A page of a list, with the counts its tabs show and the key of the next page."""

    rows: list[CaseRow]
    counts: dict[str, int] = field(default_factory=dict)
    next_key: str | None = None


def list_cases(session: Session, desk: Desk, narrowed: CaseFilter, actor: Actor, now: datetime, *, after: str | None = None,
               size: int = PAGE_SIZE, counted: bool = True) -> CasePageOfList:
    """Return one page of a desk's list.

    Raises
    ------
    NotPermitted
        If the actor may read no case at all.
    """
    if not holds(actor, Permission.CASE_READ):
        raise NotPermitted
    grid = grid_of(session, now)
    scope = _scope(desk, actor)
    listed: Any = select(*LISTED).where(scope)
    statement = listed.where(*_narrowing(session, narrowed, grid, now))
    statement = _page(statement, narrowed.closed, after).limit(min(size, MAX_PAGE_SIZE) + 1)
    # By the connection: the session would take every row apart and put it together again.
    cases = session.connection().execute(statement).all()
    more, cases = len(cases) > min(size, MAX_PAGE_SIZE), cases[:min(size, MAX_PAGE_SIZE)]
    counts = _counts(session, scope, now) if counted else {}
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("case.list", {"desk": desk.value, "rows": len(cases)})], actor=actor, at=now)
    return CasePageOfList(
        [case_row(session, case, grid, now) for case in cases], counts, _key(cases[-1], narrowed.closed) if more else None
    )


def case_row(session: Session, case: Any, grid: Grid, now: datetime) -> CaseRow:
    """Return a case as a list shows it.

    Parameters
    ----------
    case : Case or row
        Whole, or what :data:`LISTED` reads of it.
    """
    cell = grid.cells.get(case.cell_code) if case.cell_code else None
    community = grid.areas.get(case.community_code) if case.community_code else None
    kind = category(case.t2_code)
    return CaseRow(
        id=case.id, case_no=case.case_no, version=case.version, state=case.state,
        title=unseal_value(session, Case.__tablename__, case.id, "title", case.title_sealed),
        status=shown_status(case, now), clock=clock_between(case.next_warn_at, case.next_due_at, now),
        step=in_time(Phrase.from_json(case.next_step), case.next_due_at, now), turn=case.turn,
        category=kind.short, head=kind.head.short, cell_code=case.cell_code, cell=cell.label if cell else None,
        community=community.label if community else None,
        address="" if is_sensitive(case.t2_code)
        else unseal_value(session, Case.__tablename__, case.id, "address", case.address_sealed),
        filed_at=case.filed_at, closed_at=case.closed_at, outcome=_outcome(case), is_urgent=case.urgency is Urgency.URGENT,
        is_red=case.state not in FINAL_STATES and is_grave(case.urgency, case.due_at, now),
        is_sensitive=is_sensitive(case.t2_code),
    )


def _outcome(case: Any) -> Label | None:
    return label(case.outcome) if case.outcome else None


def shown_status(case: Any, now: datetime) -> Status:
    """Return the word a chip shows: overdue is laid over an open status."""
    if case.state in OPEN_STATES and case.due_at is not None and case.due_at < now:
        return Status.OVERDUE
    return status_of(case.state, case.outcome)


def conditions_of(session: Session, desk: Desk, narrowed: CaseFilter, actor: Actor, now: datetime,
                  permission: Permission) -> list[ColumnElement[bool]]:
    """Return the conditions of a desk's narrowed list within what the actor's *permission* reaches."""
    return [_scope(desk, actor, permission), *_narrowing(session, narrowed, grid_of(session, now), now)]


def _scope(desk: Desk, actor: Actor, permission: Permission = Permission.CASE_READ) -> ColumnElement[bool]:
    """Return what a desk holds of what its reader may read.

    A desk that lies wholly within the reader's reach is the condition itself: another beside it would hide from the database that
    one index answers.
    """
    reach = visible_to(actor, permission)
    held, is_within = _desk(desk, actor, reach)
    return held if is_within else and_(held, queries.within(reach))


def _desk(desk: Desk, actor: Actor, reach: Reach) -> tuple[ColumnElement[bool], bool]:
    match desk:
        case Desk.COMMUNITY:
            return Case.community_code.in_(sorted(actor.communities)), actor.communities <= reach.communities
        case Desk.STREET:
            return Case.street_code.in_(sorted(actor.streets)), actor.streets <= reach.streets
        case Desk.COUNTY:
            return Case.county_code.in_(sorted(actor.counties)), actor.counties <= reach.counties
        case Desk.CELL:
            return Case.cell_code.in_(sorted(actor.cells)), actor.cells <= reach.cells
        case Desk.FILED:
            return Case.filed_by == actor.account_id, reach.own == actor.account_id


def _narrowing(session: Session, by: CaseFilter, grid: Grid, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [] if by.words else [Case.is_open.is_(not by.closed)]
    if by.turn is not None:
        conditions.append(Case.turn == by.turn)
    for column, wanted in ((Case.cell_code, by.cell_code), (Case.community_code, by.community_code),
                           (Case.street_code, by.street_code)):
        if wanted:
            conditions.append(column == wanted)
    if by.head:
        conditions.append(Case.t2_code.startswith(by.head, autoescape=True))
    if by.unplaced:
        conditions.append(Case.cell_code.is_(None))
    if by.unsettled:
        conditions.append(Case.state.in_(sorted(OPEN_STATES)))
    if by.status is not None:
        conditions.append(having_status(by.status, now))
    conditions += by.beyond.conditions(now)
    if by.words.strip():
        conditions.append(_matching(session, by.words.strip(), grid))
    return conditions


def _matching(session: Session, words: str, grid: Grid) -> ColumnElement[bool]:
    """Personal text is sealed, so it is found by its keyed index only: an exact name or phone."""
    ring = keyring_of(session)
    if re.fullmatch(r"[A-Za-z0-9]{1,12}-\d{4}-\d{1,8}", words):
        return Case.case_no == words.upper()
    party = select(Party.case_id)
    found: list[ColumnElement[bool]] = [Case.id.in_(party.where(Party.name_index == ring.index("name", words)))]
    digits = re.sub(r"\D", "", words)
    if len(digits) >= 7:
        found.append(Case.id.in_(party.where(Party.phone_index == ring.index("phone", words))))
    if words.isdecimal() and len(words) <= 6:
        found.append(Case.case_no.endswith(f"-{int(words):04d}", autoescape=True))
    cells = [
        card.code
        for card in grid.cells.values()
        if words.casefold() in card.name.casefold() or words.casefold() in card.name_en.casefold()
    ]
    if cells:
        found.append(Case.cell_code.in_(cells))
    return or_(*found)


def _page(statement: Select[Any], closed: bool, after: str | None) -> Select[Any]:
    if closed:
        statement = statement.order_by(Case.changed_at.desc(), Case.id.desc())
    else:
        statement = statement.order_by(Case.next_due_at, Case.id)
    key = read_key(after)
    if key is None:
        return statement
    if closed:
        return statement.where(tuple_(Case.changed_at, Case.id) < key)
    return statement.where(tuple_(Case.next_due_at, Case.id) > key)


def _key(case: Any, closed: bool) -> str:
    moment = case.changed_at if closed else case.next_due_at
    return f"{moment.isoformat()}~{case.id.hex}"


def read_key(after: str | None) -> Any | None:
    """Return the place in a list that a page's address names, or None for its beginning and for what is no place."""
    if not after:
        return None
    try:
        moment, _, key = after.partition("~")
        return tuple_(datetime.fromisoformat(moment), uuid.UUID(key))
    except ValueError:
        return None


def _counts(session: Session, scope: ColumnElement[bool], now: datetime) -> dict[str, int]:
    conditions = {
        **{turn.value: Case.turn == turn for turn in Turn}, "late": Case.due_at < now, "unplaced": Case.cell_code.is_(None),
    }
    # One pass without groups, which would be sorted first. A case without a due moment counts as neither late nor in time.
    numbers = session.execute(
        select(func.count().label("all"), *(func.count(sql_case((each, 1))).label(name) for name, each in conditions.items()))
        .where(scope, Case.is_open.is_(True))
    ).one()
    return dict(numbers._mapping)
