"""The safe contact: how a person at risk may be reached unseen, who reads it, and whose phone and address it bars."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import FieldMissing, FieldNotAChoice, NotPermitted
from gridmediate.domain.safety import SafetyStep
from gridmediate.domain.vocabulary import Label, Seat
from gridmediate.services.asked import check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.models import Case, Party, SafetyStepRow

CONTACT_LIMIT = 300


def may_read_contact(case: Case, actor: Actor) -> bool:
    """Return whether the actor sits in this case as cadre or grid worker: nobody else reads how a person at risk is reached."""
    return any(seat.account_id == actor.account_id and seat.seat in (Seat.CADRE, Seat.GRID_WORKER) for seat in sitting(case))


def contact_for(session: Session, case: Case, actor: Actor) -> str:
    """Return the safe contact for one reader, "" for whoever may not read it."""
    return unseal(session, case, "safe_contact") if may_read_contact(case, actor) else ""


def step_of_contact(session: Session, case: Case) -> SafetyStepRow | None:
    """Return when the safe contact was recorded and whom it protects."""
    return session.get(SafetyStepRow, (case.id, SafetyStep.SAFE_CONTACT)) if case.safe_contact_sealed else None


def barred_parties(session: Session, case: Case, rows: Sequence[Party]) -> frozenset[uuid.UUID]:
    """Return the parties whose phone and address nobody calls or writes to while a safe contact is in force.

    The person protected, and whoever shares that person's phone or home: a letter there is read by the other. Where nobody was
    named when it was recorded, all of them. Every room that prints or sends something asks this.
    """
    if case.safe_contact_sealed is None:
        return frozenset()
    step = step_of_contact(session, case)
    protected = next((row for row in rows if step is not None and row.id == step.party_id), None)
    if protected is None:
        return frozenset(row.id for row in rows)
    home = _plain(unseal(session, protected, "address"))
    return frozenset(
        row.id for row in rows
        if row is protected or (row.phone_index is not None and row.phone_index == protected.phone_index)
        or (home and _plain(unseal(session, row, "address")) == home))


def _plain(address: str) -> str:
    return "".join(address.split()).casefold()


def record_contact(session: Session, case_no: str, words: str, party_id: uuid.UUID | None, version: int | None, actor: Actor,
                   now: datetime) -> Case:
    """Record how the person at risk may be reached unseen; from now on that person's phone and address are barred.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, FieldMissing, FieldTooLong, FieldNotAChoice
    """
    case = _to_write(session, case_no, version, actor)
    contact = check_words("safe_contact", Label("安全联系方式", "Safe contact"), words, limit=CONTACT_LIMIT)
    rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    chosen = next((row for row in rows if row.id == party_id), None)
    if rows and chosen is None:
        name = Label("保护哪一位", "Who is protected")
        raise FieldNotAChoice(field="party", name=name, got="—") if party_id else FieldMissing(field="party", name=name)
    writing = Writing(session, case, actor, now)
    seal(session, case, "safe_contact", contact)
    row = SafetyStepRow(case_id=case.id, code=SafetyStep.SAFE_CONTACT, done_at=now, done_by=actor.account_id,
                        party_id=chosen.id if chosen else None)
    session.merge(row)
    # Neither the words nor who: the timeline is read by more people than the contact is.
    writing.done("case.safe_contact", rulebook_of(session))
    tell(session, case, "case.safe_contact", now, accounts=audience(case)[0], but=actor.account_id)
    return case


def lift_contact(session: Session, case_no: str, why: str, version: int | None, actor: Actor, now: datetime) -> Case:
    """Take a safe contact back, with a reason; phones and addresses are open for a purpose again.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, FieldMissing, FieldTooLong
    """
    case = _to_write(session, case_no, version, actor)
    if not may_read_contact(case, actor) or case.safe_contact_sealed is None:
        raise NotPermitted
    reason = check_words("lift_why", Label("理由", "Reason"), why, limit=CONTACT_LIMIT)
    writing = Writing(session, case, actor, now)
    seal(session, case, "safe_contact", None)
    session.execute(delete(SafetyStepRow).where(
        SafetyStepRow.case_id == case.id, SafetyStepRow.code == SafetyStep.SAFE_CONTACT))
    writing.done("case.lift_safe_contact", rulebook_of(session), words=reason)
    tell(session, case, "case.lift_safe_contact", now, accounts=audience(case)[0], but=actor.account_id)
    return case


def _to_write(session: Session, case_no: str, version: int | None, actor: Actor) -> Case:
    case = load_case(session, case_no, actor, version=version)
    may = permitted(actor, case)
    # Whoever works with the parties, seated or not: the first to hear of it may be the worker of the next cell.
    if not (may(Permission.CASE_NOTE) and may(Permission.PARTY_UNMASK)):
        raise NotPermitted
    return case
