"""After the agreement: signatures and seal, how each clause is kept, and the court's confirmation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain import agreements as rules_of
from gridmediate.domain.agreements import AgreementKind, ClauseState, Confirmation
from gridmediate.domain.case_words import Act, AgreementState, State
from gridmediate.domain.deeds import clause_settled
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import ActNotOpen, FieldMissing, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Label, Side, label
from gridmediate.domain.workflow import AGREED
from gridmediate.services.agreements import SEAL, clauses_of, count_clauses
from gridmediate.services.asked import ActWords, DayNotPast, check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted
from gridmediate.services.grid import local_day
from gridmediate.services.handling import follow_on
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store.encryption import seal
from gridmediate.store.models import Agreement, Case


@dataclass(frozen=True, slots=True)
class Signing:
    """Who has signed, and when.

    Parameters
    ----------
    days : dict of str to date
        By side, and :data:`SEAL` for the committee's seal. What is left out has not been signed yet.
    """

    days: dict[str, date]


def sign(session: Session, case_no: str, signing: Signing, version: int | None, actor: Actor, now: datetime) -> Case:
    """Record signatures and seal; with the last of them the agreement is in force, and its performance begins.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ChangedMeanwhile, DayNotPast, FieldMissing
    """
    case, rules, writing = _begin(session, case_no, Permission.CASE_MEDIATE, version, actor, now)
    if case.state is not State.AGREED_WRITTEN or case.agreement_state is not AgreementState.UNSIGNED:
        raise ActNotOpen(state=label(case.state), act=Label("登记签署", "Record signatures"))
    today = local_day(now)
    agreement = _standing(session, case)
    known = {side.value for side in Side} | {SEAL}
    days = {key: day for key, day in signing.days.items() if key in known}
    if not days:
        raise FieldMissing(field="signed-applicant", name=Label("签名日期", "Day of signing"))
    for key, day in days.items():
        if day > today:
            raise DayNotPast(field=f"signed-{key}", name=_who_signs(key), got=day.isoformat())
    agreement.signed = {**agreement.signed, **{key: day.isoformat() for key, day in days.items()}}
    missing = sorted(known - agreement.signed.keys())
    if not missing:
        agreement.effect_at = now
        case.agreement_state = AgreementState.IN_FORCE
        count_clauses(case, clauses_of(session, case))
    writing.done("agreement.sign", rules, details={"agreement": agreement.number, "signed": sorted(days), "missing": missing})
    if not missing:
        tell(session, case, "agreement.sign", now, accounts=audience(case)[0], but=actor.account_id)
        follow_on(session, case, ActWords(Act.AGREE_IN_WRITING), rules, actor, now)
    return case


def _who_signs(key: str) -> Label:
    return Label("盖章日期", "Day of the seal") if key == SEAL else label(Side(key))


@dataclass(frozen=True, slots=True)
class ClauseReport:
    """What became of a clause.

    Parameters
    ----------
    state : ClauseState
    on : date
        When it was kept, or when it was found not to be.
    proof : str
        What shows it: the receipt, who saw it.
    """

    state: ClauseState
    on: date
    proof: str


def settle_clause(session: Session, case_no: str, clause_id: uuid.UUID, report: ClauseReport, version: int | None, actor: Actor,
                  now: datetime) -> Case:
    """Record that a clause was kept, not kept, or given up by both sides. A broken one may be made good later.

    Raises
    ------
    NotFound, NotPermitted, NotInForce, ClauseSettled, FieldMissing, FieldTooLong, DayNotPast, ChangedMeanwhile
    """
    case, rules, writing = _begin(session, case_no, Permission.CASE_FOLLOW_UP, version, actor, now)
    clauses = clauses_of(session, case)
    clause = next((each for each in clauses if each.id == clause_id), None)
    if clause is None:
        raise NotFound
    if case.state not in AGREED | {State.MEDIATING} or case.agreement_state is AgreementState.UNSIGNED:
        raise rules_of.NotInForce
    if report.state not in rules_of.CLAUSE_MOVES[clause.state]:
        raise rules_of.ClauseSettled(number=clause.position, state=label(clause.state), wanted=label(report.state))
    proof = check_words("proof", Label("凭证或情况", "What shows it"), report.proof, limit=300)
    if report.on > local_day(now):
        raise DayNotPast(field="on", name=Label("日期", "Day"), got=report.on.isoformat())
    was_late = clause.due_on is not None and report.on > clause.due_on
    counts = {} if report.state is ClauseState.GIVEN_UP else clause_settled(
        was_open=clause.state is ClauseState.OPEN, is_kept=report.state is ClauseState.KEPT, was_late=was_late)
    clause.state, clause.settled_on = report.state, report.on
    seal(session, clause, "proof", proof)
    count_clauses(case, clauses)
    writing.done("clause.settle", rules, words=proof, counts=counts,
                 details={"clause": clause.position, "clause_state": report.state.value, "late": was_late})
    tell(session, case, "clause.settle", now, accounts=audience(case)[0], but=actor.account_id)
    return case


@dataclass(frozen=True, slots=True)
class ConfirmationStep:
    """A step of the application for judicial confirmation."""

    state: Confirmation
    on: date
    court_no: str = ""


def confirm_in_court(session: Session, case_no: str, step: ConfirmationStep, version: int | None, actor: Actor,
                     now: datetime) -> Case:
    """Record the joint application to the court, or what the court decided.

    Raises
    ------
    NotFound, NotPermitted, NotInForce, ConfirmationNotOpen, ConfirmationTooLate, FieldMissing, DayNotPast, ChangedMeanwhile
    """
    case, rules, writing = _begin(session, case_no, Permission.CASE_FOLLOW_UP, version, actor, now)
    agreement = _standing(session, case)
    if agreement.effect_at is None:
        raise rules_of.NotInForce
    if step.state not in rules_of.CONFIRMATION_MOVES[agreement.confirmation]:
        raise rules_of.ConfirmationNotOpen(state=label(agreement.confirmation), wanted=label(step.state))
    if step.on > local_day(now):
        raise DayNotPast(field="confirmed-on", name=Label("日期", "Day"), got=step.on.isoformat())
    last = rules_of.last_day_to_confirm(agreement.effect_at)
    if step.state is Confirmation.APPLIED and step.on > last:
        raise rules_of.ConfirmationTooLate(last=last.isoformat())
    if step.state in (Confirmation.CONFIRMED, Confirmation.REJECTED):
        seal(session, agreement, "court_no", check_words("court_no", Label("裁定书文号", "Number of the ruling"), step.court_no,
                                                         limit=60))
    agreement.confirmation, agreement.confirmation_at = step.state, rules_of.end_of(step.on)
    writing.done("agreement.confirm", rules, details={"agreement": agreement.number, "confirmation": step.state.value})
    return case


def _begin(session: Session, case_no: str, permission: Permission, version: int | None, actor: Actor,
           now: datetime) -> tuple[Case, Rulebook, Writing]:
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(permission):
        raise NotPermitted
    return case, rulebook_of(session), Writing(session, case, actor, now)


def _standing(session: Session, case: Case) -> Agreement:
    with session.no_autoflush:
        found = session.scalars(select(Agreement).where(
            Agreement.case_id == case.id, Agreement.dropped_at.is_(None), Agreement.kind != AgreementKind.PARTIAL)
            .order_by(Agreement.made_at.desc())).first()
    if found is None:
        raise NotFound
    return found
