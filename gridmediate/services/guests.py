"""Invited persons: asked by the mediators, seated once both sides have agreed, gone as soon as one of them does not.

Source: People's Mediation Law art. 20: relatives, neighbours, experts and others may be invited with the parties' consent.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.people_words import GUESTS_MOST, Consent, GuestKind, consent_of
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.team import SeatPlan
from gridmediate.domain.vocabulary import Label, Phrase, Seat, Side, label
from gridmediate.services.asked import DayNotPast, check_words
from gridmediate.services.casework import Writing, load_case, permitted, sitting
from gridmediate.services.grid import local_day
from gridmediate.services.parties import check_purpose
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.teams import ADJUSTABLE, TeamIsFinal, seat_rows
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Guest

_NAME, _STUDIO = Label("姓名", "Name"), Label("工作室名称", "Name of the studio")


class TooManyGuests(Problem):
    """More are invited than a talk bears."""

    code = "guest.too-many"
    kind = Kind.CONFLICT
    sentence = Label("一件案子同时至多邀请 {limit} 人，现已有 {limit} 人。请先登记有人退出。",
                     "At most {limit} persons may be invited to a case at once, and there are {limit}. "
                     "Record first that one has left.")


class GuestHasLeft(Problem):
    """The invitation is over."""

    code = "guest.has-left"
    kind = Kind.CONFLICT
    sentence = Label("这位受邀人员已经退出，或有一方不同意。要再请，请重新邀请。",
                     "This person has left, or one side did not agree. Invite anew to have the person back.")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom the mediators want to invite.

    Parameters
    ----------
    kind : GuestKind
    name : str
    phone, studio, why : str
        May be empty; a studio has to be named.
    """

    kind: GuestKind
    name: str
    phone: str = ""
    studio: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side says to an invitation, and on which day it did."""

    side: Side
    agrees: bool
    on: date


@dataclass(frozen=True, slots=True)
class ClearGuest:
    """An invited person unmasked."""

    kind: GuestKind
    name: str
    phone: str
    studio: str


def invite(session: Session, case_no: str, asked: Invitation, actor: Actor, now: datetime) -> Guest:
    """Ask both sides to let somebody take part; nobody is seated by this.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, FieldMissing, FieldTooLong, TooManyGuests
    """
    case = _open_case(session, case_no, actor)
    studio = check_words("studio", _STUDIO, asked.studio, limit=60, required=asked.kind is GuestKind.STUDIO)
    name = check_words("guest_name", _NAME, asked.name, limit=60)
    phone = check_words("guest_phone", Label("电话", "Phone"), asked.phone, limit=24, required=False)
    why = check_words("guest_why", Label("请来做什么", "What for"), asked.why, limit=300, required=False)
    writing = Writing(session, case, actor, now)
    if len(_present(session, case)) >= GUESTS_MOST:
        raise TooManyGuests(limit=GUESTS_MOST)
    row = Guest(id=new_id(), case_id=case.id, kind=asked.kind, studio=studio or None, invited_by=actor.account_id, invited_at=now)
    for column, text in (("name", name), ("phone", phone), ("reason", why)):
        seal(session, row, column, text)
    session.add(row)
    writing.done("guest.invite", rulebook_of(session), details={"kind": asked.kind.value})
    return row


def answer(session: Session, case_no: str, guest_id: uuid.UUID, said: Answer, actor: Actor, now: datetime) -> Guest:
    """Record what one side says. The second yes seats the person; a no ends the invitation, also of one who is seated.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, GuestHasLeft, DayNotPast
    """
    case = _open_case(session, case_no, actor)
    row = _guest(session, case, guest_id)
    if said.on > local_day(now):
        raise DayNotPast(field="agreed_on", name=Label("表态日期", "Day of the answer"), got=said.on.isoformat())
    writing = Writing(session, case, actor, now)
    if said.side is Side.APPLICANT:
        row.applicant_agrees = said.agrees
    else:
        row.respondent_agrees = said.agrees
    match consent_of(row.applicant_agrees, row.respondent_agrees):
        case Consent.AGREED if row.seat_id is None:
            row.agreed_on = said.on
            _seat(session, case, row, now)
        case Consent.REFUSED:
            _unseat(case, row, now)
    writing.done("guest.consent", rulebook_of(session),
                 details={"kind": row.kind.value, "side": said.side.value, "agrees": said.agrees})
    return row


def leave(session: Session, case_no: str, guest_id: uuid.UUID, actor: Actor, now: datetime) -> Guest:
    """Record that an invited person takes part no more.

    Raises
    ------
    NotFound, NotPermitted, TeamIsFinal, GuestHasLeft
    """
    case = _open_case(session, case_no, actor)
    row = _guest(session, case, guest_id)
    writing = Writing(session, case, actor, now)
    _unseat(case, row, now)
    writing.done("guest.leave", rulebook_of(session), details={"kind": row.kind.value})
    return row


def unmask(session: Session, case_no: str, purpose: str, actor: Actor, now: datetime) -> list[ClearGuest]:
    """Show in clear who is invited, for a stated purpose that is recorded with the case.

    Raises
    ------
    NotFound, NotPermitted, PurposeMissing
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_UNMASK):
        raise NotPermitted
    words = check_purpose(purpose)
    rows = _present(session, case)
    if rows:
        record(session, case.id, [Entry("guest.unmask", {"guests": len(rows)}, words=words)], actor=actor, at=now, case=case)
    return [ClearGuest(row.kind, unseal(session, row, "name"), unseal(session, row, "phone"), row.studio or "") for row in rows]


def _open_case(session: Session, case_no: str, actor: Actor) -> Case:
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    if case.state not in ADJUSTABLE:
        raise TeamIsFinal
    return case


def _present(session: Session, case: Case) -> list[Guest]:
    with session.no_autoflush:
        return list(session.scalars(
            select(Guest).where(Guest.case_id == case.id, Guest.left_at.is_(None)).order_by(Guest.invited_at, Guest.id)))


def _guest(session: Session, case: Case, guest_id: uuid.UUID) -> Guest:
    row = session.scalars(select(Guest).where(Guest.id == guest_id, Guest.case_id == case.id)).one_or_none()
    if row is None:
        raise NotFound
    if row.left_at is not None:
        raise GuestHasLeft
    return row


def _seat(session: Session, case: Case, row: Guest, now: datetime) -> None:
    said = label(row.kind)
    reason = Phrase("team.by_hand.guest", {"kind": {"zh": said.zh, "en": said.en}})
    plan = SeatPlan(Seat.GUEST, 1, None, None, None, reason, vacant=False)
    seat = seat_rows(case, [plan], now, first=max((each.position for each in case.seats), default=0) + 1)[0]
    case.seats.append(seat)
    session.flush()
    row.seat_id = seat.id


def _unseat(case: Case, row: Guest, now: datetime) -> None:
    row.left_at = now
    for seat in sitting(case):
        if seat.id == row.seat_id:
            seat.left_at = now
