"""Taking a list of cases out: asked for with a purpose, above 200 rows agreed to by a second person, taken within a day.

The purpose, the reason and the filter are sealed: a list can be narrowed by somebody's name. Whoever decides reads the filter in
words, the purpose and the number of cases, and never the list.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.case_exports import (
    ALONE_ROWS,
    HOLDS,
    PURPOSE_LIMIT,
    WAITS,
    ExportEmpty,
    ExportForm,
    ExportNotGranted,
    ExportOver,
    ExportsSpent,
    ExportState,
    OwnExport,
    is_same_person,
    needs_second,
    state_at,
)
from gridmediate.domain.categories import HEADS
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, visible_to
from gridmediate.domain.problems import NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Role, label
from gridmediate.services.asked import check_words
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import CaseFilter, Desk, conditions_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.telling import people_of
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, Case, CaseExport, Notice

PURPOSE, REASON = Label("用途", "Purpose"), Label("理由", "Reason")
_LISTED = 30


@dataclass(frozen=True, slots=True)
class ExportAsk:
    """What is asked for."""

    desk: Desk
    narrowed: CaseFilter
    form: ExportForm
    purpose: str


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as its page shows it; ``state`` is that of this moment."""

    id: uuid.UUID
    export_no: str
    state: ExportState
    form: ExportForm
    rows: int
    purpose: str
    words: tuple[Label, ...]
    asked_by: Label
    asked_at: datetime
    decided_by: Label | None
    reason: str
    until: datetime | None
    taken: int


@dataclass(frozen=True, slots=True)
class Exports:
    """Mine, the newest first, and what waits for me to decide, the oldest first."""

    mine: tuple[ExportRow, ...]
    to_decide: tuple[ExportRow, ...]


def count_rows(session: Session, desk: Desk, narrowed: CaseFilter, actor: Actor, now: datetime) -> int:
    """Return how many cases of a list the actor may take out.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.CASE_EXPORT):
        raise NotPermitted
    asked = conditions_of(session, desk, narrowed, actor, now, Permission.CASE_EXPORT)
    return session.scalar(select(func.count()).select_from(Case).where(*asked)) or 0


def ask(session: Session, asked: ExportAsk, actor: Actor, now: datetime, *, a_day: int) -> CaseExport:
    """Ask for a list as a file: granted at once up to 200 rows, else kept for somebody else to decide.

    Raises
    ------
    NotPermitted, FieldMissing, FieldTooLong, ExportsSpent, ExportEmpty
    """
    purpose = check_words("purpose", PURPOSE, asked.purpose, limit=PURPOSE_LIMIT)
    rows = count_rows(session, asked.desk, asked.narrowed, actor, now)
    lock_account(session, actor.account_id)
    if _asked_today(session, actor, now) >= a_day:
        raise ExportsSpent(expected=a_day)
    if not rows:
        raise ExportEmpty
    waits = needs_second(rows, rows_alone_today(session, actor, now))
    row = CaseExport(
        id=new_id(), export_no=f"DC-{now.astimezone(LOCAL_ZONE):%Y%m%d}-{secrets.token_hex(3).upper()}",
        asked_by=actor.account_id, asked_at=now, form=asked.form, rows_asked=rows,
        state=ExportState.WAITING if waits else ExportState.GRANTED, decided_at=None if waits else now,
        **_places(grid_of(session, now), actor))
    seal(session, row, "purpose", purpose)
    seal(session, row, "filter", json.dumps({"desk": asked.desk.value, **asked.narrowed.as_query()}, ensure_ascii=False))
    session.add(row)
    session.flush()
    _record(session, row, "export.ask" if waits else "export.make", actor, now, words=purpose)
    if waits:
        _tell(session, row, "export.ask", now, _who_decides(session, row, now))
    return row


def rows_alone_today(session: Session, actor: Actor, now: datetime) -> int:
    """Return how many rows the actor was given today without a second person."""
    alone = (CaseExport.state == ExportState.GRANTED, CaseExport.decided_by.is_(None))
    return session.scalar(select(func.coalesce(func.sum(CaseExport.rows_asked), 0)).where(*_of_today(actor, now), *alone)) or 0


def _asked_today(session: Session, actor: Actor, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(CaseExport).where(
        *_of_today(actor, now), CaseExport.state != ExportState.WITHDRAWN)) or 0


def _of_today(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], ...]:
    since = datetime.combine(now.astimezone(LOCAL_ZONE).date(), time(), LOCAL_ZONE)
    return CaseExport.asked_by == actor.account_id, CaseExport.asked_at >= since


def _places(grid: Grid, actor: Actor) -> dict[str, str | None]:
    reach = visible_to(actor, Permission.CASE_EXPORT)
    above = {grid.areas[code].parent_code for code in reach.communities if code in grid.areas}
    streets = reach.streets | {code for code in above if code}
    return {"street_code": next(iter(streets)) if len(streets) == 1 else None, "county_code": grid.county_code}


def _who_decides(session: Session, row: CaseExport, now: datetime) -> set[uuid.UUID]:
    """The other leaders of the street; where there is none, the county's coordinators, so that no street is stuck."""
    asking = session.get_one(Account, row.asked_by)
    for place, role in ((row.street_code, Role.LEADER), (row.county_code, Role.COORDINATOR)):
        accounts = people_of(session, {place} if place else set(), now, (role,))
        found = session.scalars(select(Account).where(Account.id.in_(accounts - {row.asked_by}))) if accounts else ()
        others = {each.id for each in found if not is_same_person(_trait(asking), _trait(each))}
        if others:
            return others
    return set()


def _trait(account: Account) -> tuple[str, str | None]:
    return account.name, account.phone


def decide(session: Session, export_id: uuid.UUID, reason: str, actor: Actor, now: datetime, *, is_granted: bool) -> CaseExport:
    """Grant or deny a request as its second person. Of two who decide at once one does, and the other is told.

    Raises
    ------
    NotFound
        Absent or out of reach, answered alike.
    OwnExport, ExportOver, FieldMissing, FieldTooLong
    """
    row = _locked(session, export_id)
    is_own = row.asked_by == actor.account_id
    if not is_own and not _decides(visible_to(actor, Permission.EXPORT_APPROVE), row):
        raise NotFound
    if is_own or is_same_person(*(_trait(session.get_one(Account, each)) for each in (row.asked_by, actor.account_id))):
        raise OwnExport
    if (state := _state(row, now)) is not ExportState.WAITING:
        raise ExportOver(state=label(state))
    said = check_words("reason", REASON, reason, limit=PURPOSE_LIMIT)
    row.state, row.decided_by, row.decided_at = ExportState.GRANTED if is_granted else ExportState.DENIED, actor.account_id, now
    seal(session, row, "reason", said)
    act = "export.grant" if is_granted else "export.deny"
    _record(session, row, act, actor, now, words=said)
    _tell(session, row, act, now, {row.asked_by})
    return row


def withdraw(session: Session, export_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Take a request back that nobody has decided.

    Raises
    ------
    NotFound, ExportOver
    """
    row = _own(_locked(session, export_id), actor)
    if (state := _state(row, now)) is not ExportState.WAITING:
        raise ExportOver(state=label(state))
    row.state, row.decided_at = ExportState.WITHDRAWN, now
    _record(session, row, "export.withdraw", actor, now)


def open_to_take(session: Session, export_id: uuid.UUID, actor: Actor, now: datetime) -> CaseExport:
    """Return an export of the actor's that may be taken now.

    Raises
    ------
    NotFound, NotPermitted, ExportNotGranted, ExportOver
    """
    row = _own(session.get(CaseExport, export_id), actor)
    if not holds(actor, Permission.CASE_EXPORT):
        raise NotPermitted
    state = _state(row, now)
    if state is ExportState.WAITING:
        raise ExportNotGranted(got=row.rows_asked, limit=ALONE_ROWS)
    if state is not ExportState.GRANTED:
        raise ExportOver(state=label(state))
    return row


def asked_of(session: Session, row: CaseExport) -> tuple[Desk, CaseFilter]:
    """Return the list that an export is of."""
    query = json.loads(unseal(session, row, "filter"))
    return Desk(query["desk"]), CaseFilter.asked(query)


def note_taken(session: Session, export_id: uuid.UUID, number: int, rows: int, sha256: str, actor: Actor, now: datetime) -> None:
    """Count and record that a file was taken, as its *number*-th copy.

    Raises
    ------
    NotFound, NotPermitted, ExportNotGranted, ExportOver
        ExportOver also where two copies were made at once: the second would bear the first one's number.
    """
    row = open_to_take(session, _locked(session, export_id).id, actor, now)
    if row.taken + 1 != number:
        raise ExportOver(state=label(ExportState.OVER))
    row.taken = number
    _record(session, row, "export.take", actor, now, number=copy_no(row, number), rows=rows, sha256=sha256)


def copy_no(row: CaseExport, number: int) -> str:
    """Return what a copy bears: the export's number and its own."""
    return f"{row.export_no}-{number}"


def note_refusal(session: Session, problem: Problem, actor: Actor, now: datetime) -> None:
    """Write down for the auditor that an export was refused; in a transaction of its own, since the refused one is undone."""
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("export.refused", {"why": problem.code})], actor=actor, at=now)


def list_exports(session: Session, actor: Actor, now: datetime) -> Exports:
    """Return what the actor asked for and what waits for the actor; marks the notices about exports read and records the look.

    Raises
    ------
    NotPermitted
    """
    if not (holds(actor, Permission.CASE_EXPORT) or holds(actor, Permission.EXPORT_APPROVE)):
        raise NotPermitted
    own = session.scalars(select(CaseExport).where(CaseExport.asked_by == actor.account_id)
                          .order_by(CaseExport.asked_at.desc(), CaseExport.id.desc()).limit(_LISTED)).all()
    waiting = _waiting(session, actor, now)
    people = {each.id: each for each in session.scalars(select(Account).where(Account.id.in_(
        {key for row in (*own, *waiting) for key in (row.asked_by, row.decided_by) if key})))}
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("export.list", {"rows": len(own), "waiting": len(waiting)})], actor=actor, at=now)
    session.execute(update(Notice).where(Notice.account_id == actor.account_id, Notice.act.startswith("export."),
                                         Notice.read_at.is_(None)).values(read_at=now))
    shown = [tuple(_shown(session, row, people, now) for row in rows) for rows in (own, waiting)]
    return Exports(*shown)


def count_waiting(session: Session, actor: Actor, now: datetime) -> int:
    """Return how many exports wait for the actor to decide."""
    return len(_waiting(session, actor, now))


def _waiting(session: Session, actor: Actor, now: datetime) -> list[CaseExport]:
    reach = visible_to(actor, Permission.EXPORT_APPROVE)
    if not reach:
        return []
    rows = session.scalars(select(CaseExport).where(
        CaseExport.state == ExportState.WAITING, CaseExport.asked_at > now - WAITS, CaseExport.asked_by != actor.account_id)
        .order_by(CaseExport.asked_at, CaseExport.id))
    return [row for row in rows if _decides(reach, row)][:_LISTED]


def _shown(session: Session, row: CaseExport, people: dict[uuid.UUID, Account], now: datetime) -> ExportRow:
    desk, narrowed = asked_of(session, row)
    state = _state(row, now)
    until = row.asked_at + WAITS if state is ExportState.WAITING else \
        row.decided_at + HOLDS if state is ExportState.GRANTED and row.decided_at else None
    named = {key: Label(each.name, each.name_en or each.name) for key, each in people.items()}
    return ExportRow(
        row.id, row.export_no, state, row.form, row.rows_asked, unseal(session, row, "purpose"),
        tuple(filter_words(session, desk, narrowed, now)), named[row.asked_by], row.asked_at,
        named[row.decided_by] if row.decided_by else None, unseal(session, row, "reason"), until, row.taken)


_DESKS = {
    Desk.COMMUNITY: Label("本社区", "The community"), Desk.STREET: Label("全街道", "The street"),
    Desk.COUNTY: Label("区县", "The county"), Desk.CELL: Label("本格", "The cell"),
    Desk.FILED: Label("本人上报的", "Filed by the reader"),
}
_OPEN, _CLOSED = Label("未办结", "Open"), Label("已办结", "Closed")
_UNPLACED, _UNSETTLED = Label("位置待定", "Cell to be settled"), Label("未结", "Neither settled nor ended")
_SEARCHED = Label("按案号、姓名、电话或网格名查找", "Searched by number, name, phone or cell")


def filter_words(session: Session, desk: Desk, by: CaseFilter, now: datetime) -> list[Label]:
    """Return a list's filter in words; what was searched for is not told, it may be somebody's name."""
    grid = grid_of(session, now)
    places = [Label(code, code) if card is None else card.label for code, card in (
        (by.street_code, grid.areas.get(by.street_code)), (by.community_code, grid.areas.get(by.community_code)),
        (by.cell_code, grid.cells.get(by.cell_code))) if code]
    said = places or [_DESKS[desk]]
    said += [] if by.words else [_CLOSED if by.closed else _OPEN]
    said += [label(each) for each in (by.turn, by.status) if each]
    said += [HEADS[by.head].short] if by.head in HEADS else []
    said += [words for words, is_so in ((_UNPLACED, by.unplaced), (_UNSETTLED, by.unsettled), (_SEARCHED, by.words)) if is_so]
    said += [rulebook_of(session).department_label(by.beyond.department)] if by.beyond.department else []
    return said + by.beyond.words()


def _locked(session: Session, export_id: uuid.UUID) -> CaseExport:
    row = session.scalars(select(CaseExport).where(CaseExport.id == export_id).with_for_update()
                          .execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _own(row: CaseExport | None, actor: Actor) -> CaseExport:
    if row is None or row.asked_by != actor.account_id:
        raise NotFound
    return row


def _decides(reach: Reach, row: CaseExport) -> bool:
    return row.street_code in reach.streets or row.county_code in reach.counties


def _state(row: CaseExport, now: datetime) -> ExportState:
    return state_at(row.state, row.asked_at, row.decided_at, row.taken, now)


def _record(session: Session, row: CaseExport, act: str, actor: Actor, now: datetime, *, words: str | None = None,
            **details: str | int) -> None:
    lock_account(session, actor.account_id)
    second = {"second": session.get_one(Account, row.decided_by).login} if row.decided_by else {}
    about = {"number": row.export_no, "rows": row.rows_asked, "format": row.form.value, **second, **details}
    record(session, actor.account_id, [Entry(act, about, words)], actor=actor, at=now)


def _tell(session: Session, row: CaseExport, act: str, now: datetime, accounts: set[uuid.UUID]) -> None:
    session.add_all(Notice(id=new_id(), account_id=each, case_id=None, case_no=row.export_no, act=act, created_at=now)
                    for each in sorted(accounts))
