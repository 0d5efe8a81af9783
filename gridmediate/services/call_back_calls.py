"""One call of a blind sample: whom to ask, a number shown for a purpose, and what was said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.call_backs import AnswerIsFinal, Settled
from gridmediate.domain.masking import mask_name, mask_phone
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import FieldMissing, NotFound
from gridmediate.domain.vocabulary import Label, Side
from gridmediate.services.asked import check_words
from gridmediate.services.call_backs import CallRow, call_row, line_to_call
from gridmediate.services.casework import permitted
from gridmediate.services.parties import check_purpose
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.safe_contact import barred_parties
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, CallBackLine, Case, Party

_WORDS = 400
#: What stands where a department or a person of the team is named in words that a caller reads.
BLIND = "〇〇"


@dataclass(frozen=True, slots=True)
class Callee:
    """A party to be asked: masked, until a purpose is stated."""

    id: uuid.UUID
    side: Side
    name: str
    phone: str
    is_clear: bool = False


@dataclass(frozen=True, slots=True)
class CallPage:
    """What one call shows.

    Parameters
    ----------
    row : CallRow
    callees : list of Callee
        Those with a number. A minor is not called.
    agreed : str
        What the record says was agreed, without departments and people, for a reader of the case; else "".
    said : str
        Of this very caller.
    """

    row: CallRow
    callees: list[Callee]
    agreed: str
    said: str
    settled: Settled | None
    sample_id: uuid.UUID


def read_call(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> CallPage:
    """Return what the caller of one line sees; the reading is recorded with the case.

    Raises
    ------
    NotFound, HandledByCaller
    """
    line, case = _open(session, key, actor, now)
    record(session, case.id, [Entry("call_back.read")], actor=actor, at=now, case=case)
    return _page(session, line, case, actor)


def _open(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> tuple[CallBackLine, Case]:
    line, _ = line_to_call(session, key, actor, now)
    case = session.scalars(select(Case).where(Case.id == line.case_id).options(
        selectinload(Case.seats), selectinload(Case.tasks)).with_for_update(of=Case)).one()
    return line, case


def _page(session: Session, line: CallBackLine, case: Case, actor: Actor, clear: uuid.UUID | None = None) -> CallPage:
    parties = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    barred = barred_parties(session, case, parties)
    callees = []
    for party in parties:
        phone = unseal(session, party, "phone")
        if not phone or party.is_minor or party.id in barred:
            continue
        name, is_clear = unseal(session, party, "name"), party.id == clear
        callees.append(Callee(party.id, party.side, name if is_clear else mask_name(name, is_organisation=party.is_organisation),
                              phone if is_clear else mask_phone(phone), is_clear))
    agreed = blinded(session, case, unseal(session, case, "result")) if permitted(actor, case)(Permission.CASE_READ) else ""
    said = unseal(session, line, "words") if line.called_by == actor.account_id else ""
    return CallPage(call_row(line, case.case_no, case.t2_code, case.closed_at), callees, agreed, said,
                    line.settled if line.called_by == actor.account_id else None, line.sample_id)


def blinded(session: Session, case: Case, words: str) -> str:
    """Return words without the names of departments and of whoever sat in the team."""
    rules = rulebook_of(session)
    seated = [seat.account_id for seat in case.seats if seat.account_id]
    names = set(session.scalars(select(Account.name).where(Account.id.in_(seated))))
    for department in rules.departments.values():
        names |= {department.zh, department.en}
    # The longest first: a short name may stand within a long one.
    for name in sorted(filter(None, names), key=len, reverse=True):
        words = words.replace(name, BLIND)
    return words


def show_phone(session: Session, key: uuid.UUID, party_id: uuid.UUID, purpose: str, actor: Actor, now: datetime) -> CallPage:
    """Show one party's name and number in clear, for a stated purpose that is recorded with the case.

    Raises
    ------
    NotFound, HandledByCaller, PurposeMissing
    """
    line, case = _open(session, key, actor, now)
    words = check_purpose(purpose)
    page = _page(session, line, case, actor, party_id)
    if not any(each.is_clear for each in page.callees):
        raise NotFound
    shown = Entry("party.unmask", {"parties": 1, "call_back": True}, words=words)
    record(session, case.id, [shown], actor=actor, at=now, case=case)
    return page


def record_call(session: Session, key: uuid.UUID, settled: Settled | None, is_reached: bool, words: str, actor: Actor,
                now: datetime) -> uuid.UUID:
    """Record one call; who was not reached may be called again, who was is not. Return the sample.

    The record of the case says that somebody called, and not what was said: the estimate is the street's and nobody's mark.

    Raises
    ------
    NotFound, HandledByCaller, AnswerIsFinal, FieldMissing, FieldTooLong
    """
    line, case = _open(session, key, actor, now)
    if line.settled is not None:
        raise AnswerIsFinal
    if is_reached and settled is None:
        raise FieldMissing(field="settled", name=Label("是不是真的解决了", "Really settled?"))
    said = check_words("words", Label("说了什么", "What was said"), words, limit=_WORDS, required=False)
    line.tries += 1
    line.called_at, line.called_by = now, actor.account_id
    line.settled = settled if is_reached else None
    seal(session, line, "words", said)
    record(session, case.id, [Entry("call_back.record", {"reached": is_reached})], actor=actor, at=now, case=case)
    return line.sample_id
