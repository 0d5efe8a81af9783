"""Agreements: recording them with their clauses, numbering without gaps, and letting them go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridmediate.domain import agreements as rules_of
from gridmediate.domain.agreements import AgreementKind, ClauseState, Confirmation, Deed
from gridmediate.domain.case_words import Act, AgreementState, Needs
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import FieldMissing
from gridmediate.domain.vocabulary import Label, Side
from gridmediate.domain.workflow import Transition
from gridmediate.services.asked import (
    CLAUSES_LIMIT,
    SUM_LIMIT,
    ActWords,
    ClauseDraft,
    TooManyClauses,
    check_words,
)
from gridmediate.services.grid import local_day
from gridmediate.services.rulebook import Rulebook
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.models import Agreement, AgreementNumber, Case, Clause

_KINDS = {Act.AGREE_ORALLY: AgreementKind.ORAL, Act.AGREE_IN_WRITING: AgreementKind.WRITTEN,
          Act.AGREE_PARTLY: AgreementKind.PARTIAL}
#: The committee's seal, beside the sides that sign.
SEAL = "seal"


def record_agreement(session: Session, case: Case, asked: ActWords, _row: Transition, _rules: Rulebook, actor: Actor,
                     now: datetime) -> dict[str, Any]:
    """Write an agreement down with its clauses. Oral and partial ones bind at once, a written one when it is signed and sealed.

    Raises
    ------
    FieldMissing, FieldTooLong, TooManyClauses, InstalmentsUneven
    """
    kind = _KINDS[asked.act]
    drafts = _whole(asked.clauses)
    with session.no_autoflush:
        number = _next_number(session, case.community_code or case.street_code, local_day(now).year)
        agreement = Agreement(
            id=new_id(), case_id=case.id, number=number, kind=kind, made_at=now, made_by=actor.account_id, signed={},
            effect_at=None if kind is AgreementKind.WRITTEN else now, confirmation=Confirmation.NONE,
        )
        seal(session, agreement, "terms", asked.said(Needs.TERMS))
        clauses = []
        for position, draft in enumerate(drafts, 1):
            clause = Clause(id=new_id(), agreement_id=agreement.id, case_id=case.id, position=position, side=draft.side,
                            deed=draft.deed, amount_fen=draft.amount_fen, due_on=draft.due_on, state=ClauseState.OPEN)
            seal(session, clause, "what", draft.what.strip())
            clauses.append(clause)
        held = [each for each in clauses_of(session, case) if each.agreement_id != agreement.id]
        session.add_all([agreement, *clauses])
        if kind is not AgreementKind.PARTIAL:
            case.agreement_state = AgreementState.IN_FORCE if agreement.effect_at else AgreementState.UNSIGNED
        count_clauses(case, [*held, *clauses])
    return {"agreement": number, "clauses": len(clauses)}


def _whole(drafts: Iterable[ClauseDraft]) -> list[ClauseDraft]:
    """Return the clauses with every instalment as one of its own."""
    whole: list[ClauseDraft] = []
    for place, draft in enumerate(drafts):
        check_words(f"clause-{place}-what", Label("条款内容", "What the clause says"), draft.what, limit=300)
        if draft.deed is Deed.PAY and not draft.amount_fen:
            raise FieldMissing(field=f"clause-{place}-amount", name=Label("金额", "Sum"))
        if draft.amount_fen is not None and draft.amount_fen > SUM_LIMIT:
            raise FieldMissing(field=f"clause-{place}-amount", name=Label("金额", "Sum"))
        if draft.instalments == 1:
            whole.append(draft)
            continue
        if draft.due_on is None or not draft.amount_fen:
            raise FieldMissing(field=f"clause-{place}-due", name=Label("第一期的日期", "Day of the first instalment"))
        for amount, day in rules_of.instalments(draft.amount_fen, draft.instalments, draft.due_on):
            whole.append(ClauseDraft(draft.side, draft.deed, draft.what, amount, day))
    if len(whole) > CLAUSES_LIMIT:
        raise TooManyClauses(limit=CLAUSES_LIMIT, count=len(whole))
    return whole


def _next_number(session: Session, community: str, year: int) -> str:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taking = insert(AgreementNumber).values(community_code=community, year=year, last=1).on_conflict_do_update(
        index_elements=["community_code", "year"], set_={"last": AgreementNumber.last + 1}).returning(AgreementNumber.last)
    return f"{community}-{year}-{session.execute(taking).scalar_one():04d}"


def say_number(number: str, community: Label, language: str) -> str:
    """Return an agreement's number as papers bear it: （2026）临江社区人调字第 12 号."""
    _, year, last = number.rsplit("-", 2)
    if language == "en":
        return f"{community.en} ({year}) No. {int(last)}"
    return f"（{year}）{community.zh}人调字第 {int(last)} 号"


def clauses_of(session: Session, case: Case) -> list[Clause]:
    """Return the clauses of the agreements that stand."""
    # One act makes one version: the half-done case is not to be written before the act is whole.
    with session.no_autoflush:
        return list(session.scalars(
            select(Clause).join(Agreement, Agreement.id == Clause.agreement_id)
            .where(Clause.case_id == case.id, Agreement.dropped_at.is_(None)).order_by(Agreement.made_at, Clause.position)))


def count_clauses(case: Case, clauses: Iterable[Clause]) -> None:
    """Bring what the case says of its clauses up to date."""
    undone = [each for each in clauses if each.state not in rules_of.CLAUSE_DONE]
    case.clauses_open = len(undone)
    case.clauses_broken = sum(each.state is ClauseState.BROKEN for each in undone)
    days = [each.due_on for each in undone if each.due_on and each.state is ClauseState.OPEN]
    case.clause_due_at = rules_of.end_of(min(days)) if days else None
    case.clause_warn_at = case.clause_due_at - rules_of.CLAUSE_WARNS if case.clause_due_at else None


def drop_agreements(session: Session, case: Case, now: datetime) -> None:
    """Let what was agreed stand no longer: it did not take effect, or the case is opened again."""
    with session.no_autoflush:
        for agreement in session.scalars(select(Agreement).where(Agreement.case_id == case.id, Agreement.dropped_at.is_(None))):
            agreement.dropped_at = now
    case.agreement_state, case.clauses_open, case.clauses_broken = AgreementState.NONE, 0, 0
    case.clause_due_at = case.clause_warn_at = None


def missing_signatures(agreement: Agreement) -> list[str]:
    """Return who has not signed yet: sides, and :data:`SEAL`."""
    return [key for key in (*(side.value for side in Side), SEAL) if key not in agreement.signed]
