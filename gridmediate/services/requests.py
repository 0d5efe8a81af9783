"""Requests for mediation as the cell's worker sees them: listed, opened, made a case, or declined with where else to go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.categories import HEADS
from gridmediate.domain.permissions import Actor, Permission, Reach, holds, may, visible_to
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.residents import Decline, ForWhom, RequestState, Saying
from gridmediate.domain.vocabulary import Flag, Label, PlaceMethod, Side, Source, Willingness
from gridmediate.services.asked import check_words
from gridmediate.services.filing import Filing, PartyEntry, Receipt, file_case
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import Clock, clock_between
from gridmediate.services.residents import FIELDS, cadres_of, tell_of
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, FollowCode, MediationRequest, Notice, SideSaying

_LISTED = 100


class RequestDecided(Problem):
    """The request is a case already, was declined, or was taken back."""

    code = "request.decided"
    kind = Kind.CONFLICT
    sentence = Label("这份申请已经有人处理，或申请人撤回了。请回到列表看看。",
                     "This request has been dealt with, or was taken back. Look at the list.")


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request that waits, without anything personal."""

    id: uuid.UUID
    request_no: str
    cell: Label
    head: Label | None
    asked_at: datetime
    clock: Clock
    is_urged: bool


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request opened: what was typed, and what its side said since."""

    id: uuid.UUID
    request_no: str
    state: RequestState
    cell: Label
    cell_code: str
    community: Label
    head_code: str
    for_whom: ForWhom
    words: dict[str, str]
    said: tuple[tuple[Saying, datetime, str], ...]
    asked_at: datetime
    due_at: datetime
    clock: Clock
    case_no: str
    declined_as: Decline | None
    reply: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A request as the worker files it, corrected after the call."""

    t2_code: str
    cell_code: str
    address: str
    facts: str
    applicant: str
    phone: str
    respondent: str = ""
    respondent_phone: str = ""
    willingness: Willingness = Willingness.WILLING


def list_requests(session: Session, actor: Actor, now: datetime) -> list[RequestRow]:
    """Return the requests that wait in the actor's cells or community, by due moment. The look is recorded.

    Raises
    ------
    NotPermitted
    """
    if not holds(actor, Permission.REQUEST_ANSWER):
        raise NotPermitted
    grid = grid_of(session, now)
    rows = session.scalars(
        select(MediationRequest).where(MediationRequest.state == RequestState.WAITING, _within(actor))
        .order_by(MediationRequest.due_at, MediationRequest.id).limit(_LISTED)).all()
    urged = set(session.scalars(select(SideSaying.request_id).where(
        SideSaying.request_id.in_([row.id for row in rows]), SideSaying.kind == Saying.URGE))) if rows else set()
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("request.list", {"rows": len(rows)})], actor=actor, at=now)
    return [RequestRow(row.id, row.request_no, _cell(grid, row), HEADS[row.head_code].short if row.head_code else None,
                       row.asked_at, _clock(row, now), row.id in urged) for row in rows]


def _within(actor: Actor) -> ColumnElement[bool]:
    reach: Reach = visible_to(actor, Permission.REQUEST_ANSWER)
    return or_(MediationRequest.cell_code.in_(sorted(reach.cells)),
               MediationRequest.community_code.in_(sorted(reach.communities)))


def _cell(grid: Grid, row: MediationRequest) -> Label:
    card = grid.cells.get(row.cell_code)
    return card.label if card else Label(row.cell_code, row.cell_code)


def _clock(row: MediationRequest, now: datetime) -> Clock:
    return clock_between(row.asked_at + 0.7 * (row.due_at - row.asked_at), row.due_at, now)


def _request(session: Session, request_id: uuid.UUID, actor: Actor, now: datetime) -> MediationRequest:
    row = session.scalars(select(MediationRequest).where(MediationRequest.id == request_id).with_for_update()).one_or_none()
    subject = grid_of(session, now).subjects.get(row.cell_code) if row else None
    if row is None or subject is None or not may(actor, Permission.REQUEST_ANSWER, subject):
        raise NotFound
    return row


def open_request(session: Session, request_id: uuid.UUID, actor: Actor, now: datetime) -> RequestView:
    """Return one request in clear; the reading is recorded with it.

    Raises
    ------
    NotFound
        Absent or out of reach, answered alike.
    """
    row, grid = _request(session, request_id, actor, now), grid_of(session, now)
    record(session, row.id, [Entry("request.read")], actor=actor, at=now)
    session.execute(update(Notice).where(Notice.account_id == actor.account_id, Notice.case_id.is_(None),
                                         Notice.case_no == row.request_no, Notice.read_at.is_(None)).values(read_at=now))
    said = session.scalars(select(SideSaying).where(SideSaying.request_id == row.id).order_by(SideSaying.said_at, SideSaying.id))
    cell = grid.cells[row.cell_code]
    return RequestView(
        row.id, row.request_no, row.state, cell.label, cell.code, grid.areas[cell.community_code].label, row.head_code or "",
        row.for_whom, {name: unseal(session, row, name) for name in FIELDS},
        tuple((each.kind, each.said_at, unseal(session, each, "words")) for each in said),
        row.asked_at, row.due_at, _clock(row, now),
        session.get_one(Case, row.case_id).case_no if row.case_id else "", row.declined_as,
        unseal(session, row, "reply"))


def file_request(session: Session, request_id: uuid.UUID, checked: Checked, actor: Actor, now: datetime) -> Receipt:
    """Make a case of a request that was checked by a call; the applicant's number and code open the case from now on.

    Sending it twice gives the same case.

    Raises
    ------
    NotFound, NotPermitted, RequestDecided, Faults, OutsideGrid
    """
    row = _request(session, request_id, actor, now)
    if row.case_id is not None:
        return Receipt(row.case_id, session.get_one(Case, row.case_id).case_no, is_repeat=True)
    if row.state is not RequestState.WAITING:
        raise RequestDecided
    receipt = file_case(session, _filing(row, checked), actor, now)
    row.state, row.case_id, row.decided_at, row.decided_by = RequestState.FILED, receipt.case_id, now, actor.account_id
    session.execute(update(FollowCode).where(FollowCode.request_id == row.id, FollowCode.ended_at.is_(None))
                    .values(case_id=receipt.case_id))
    record(session, row.id, [Entry("request.file", {"case": receipt.case_id.hex})], actor=actor, at=now)
    return receipt


def _filing(row: MediationRequest, checked: Checked) -> Filing:
    parties = [PartyEntry(Side.APPLICANT, checked.applicant, checked.phone, is_minor=row.for_whom is ForWhom.GUARDIAN,
                          willingness=Willingness.WILLING)]
    if checked.respondent.strip():
        parties.append(PartyEntry(Side.RESPONDENT, checked.respondent, checked.respondent_phone))
    return Filing(
        filing_key=row.id, t2_code=checked.t2_code, facts=checked.facts, willingness=checked.willingness, source=Source.PARTY,
        place_method=PlaceMethod.LIST, cell_code=checked.cell_code, address=checked.address, parties=tuple(parties),
        flags=(Flag.MINOR,) if row.for_whom is ForWhom.GUARDIAN else ())


def decline(session: Session, request_id: uuid.UUID, why: Decline, words: str, actor: Actor, now: datetime) -> None:
    """Decline a request, in words that the resident reads when following it.

    Raises
    ------
    NotFound, RequestDecided, FieldMissing, FieldTooLong
    """
    row = _request(session, request_id, actor, now)
    if row.state is not RequestState.WAITING:
        raise RequestDecided
    said = check_words("words", Label("告诉申请人的话", "What the applicant is told"), words, limit=500)
    row.state, row.declined_as, row.decided_at, row.decided_by = RequestState.DECLINED, why, now, actor.account_id
    seal(session, row, "reply", said)
    record(session, row.id, [Entry("request.decline", {"why": why.value})], actor=actor, at=now)


def remind(store: Store, now: datetime) -> int:
    """Tell the community's cadres of each request that nobody has looked at in time, once; return how many."""
    with store.writing() as session:
        late = session.scalars(
            select(MediationRequest).where(MediationRequest.state == RequestState.WAITING, MediationRequest.due_at < now,
                                           MediationRequest.reminded_at.is_(None))
            .order_by(MediationRequest.id).limit(_LISTED).with_for_update(skip_locked=True)).all()
        for row in late:
            row.reminded_at = now
            record(session, row.id, [Entry("request.late")], actor=None, at=now)
            tell_of(session, row, "request.late", now, cadres_of(session, row.community_code, now))
        return len(late)
