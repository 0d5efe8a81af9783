"""The same quarrel again: an earlier case of the same two sides within half a year is linked to the new one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from gridmediate.domain.agreements import SAME_QUARREL
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Side
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, CaseLink, Party


def link_earlier(session: Session, case: Case, parties: Collection[Party], actor: Actor, now: datetime) -> None:
    """Link *case* to earlier ones of the street in which somebody of each of its sides stood against the other.

    Parameters
    ----------
    parties : collection of Party
        All of the case. They are compared by the keyed index of their names; whichever side they stood on then.
    """
    sides = [{each.name_index for each in parties if each.side is side} for side in Side]
    if not all(sides):
        return
    one, other = aliased(Party), aliased(Party)
    linked = select(CaseLink.earlier_id).where(CaseLink.case_id == case.id)
    since = func.coalesce(Case.closed_at, Case.filed_at)
    found = session.execute(
        select(Case.id, Case.case_no).join(one, one.case_id == Case.id).join(other, other.case_id == Case.id)
        .where(one.name_index.in_(sorted(sides[0])), other.name_index.in_(sorted(sides[1])), one.side != other.side,
               Case.street_code == case.street_code, Case.id != case.id, Case.filed_at <= case.filed_at,
               since >= now - SAME_QUARREL, Case.id.not_in(linked))
        .distinct().order_by(Case.case_no)).all()
    if not found:
        return
    session.add_all(CaseLink(case_id=case.id, earlier_id=row.id) for row in found)
    session.flush()
    record(session, case.id, [Entry("case.link", {"earlier": [row.case_no for row in found]})], actor=actor, at=now, case=case)
