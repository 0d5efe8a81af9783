"""The same quarrel again: an earlier case of the same two sides within half a year is linked to the new one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from gridmediate.domain.agreements import SAME_QUARREL
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Side
from gridmediate.store import rollup
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, CaseLink, Party

#: Of two who meet every week the latest cases are linked; what is older is linked to these.
LINKED_MOST = 10

_one, _other = aliased(Party), aliased(Party)
#: Built once: every filing that names both sides asks it. "+ 0" keeps the index of names away from the second side, which is
#: looked up by its case: SQLite would read all cases of a company instead.
_EARLIER = (
    select(Case.id, Case.case_no, Case.filed_at).join(_one, _one.case_id == Case.id).join(_other, _other.case_id == Case.id)
    .where(_one.name_index.in_(bindparam("some", expanding=True)),
           (_other.name_index + literal_column("0")).in_(bindparam("others", expanding=True)),
           _one.side != _other.side, Case.street_code == bindparam("street_code"), Case.id != bindparam("case_id"),
           Case.filed_at <= bindparam("filed_at"), func.coalesce(Case.closed_at, Case.filed_at) >= bindparam("since"),
           Case.id.not_in(select(CaseLink.earlier_id).where(CaseLink.case_id == bindparam("case_id"))))
    .distinct().order_by(Case.filed_at.desc(), Case.case_no.desc()).limit(LINKED_MOST)
)


def link_earlier(session: Session, case: Case, parties: Collection[Party], actor: Actor, now: datetime) -> None:
    """Link *case* to the latest earlier ones of the street in which somebody of each of its sides stood against the other.

    Parameters
    ----------
    parties : collection of Party
        All of the case. They are compared by the keyed index of their names; whichever side they stood on then.
    """
    sides = [[each for each in parties if each.side is side] for side in Side]
    if not all(sides):
        return
    # An organisation stands in thousands of cases, a person in few: the search begins with the people.
    some, others = sorted(sides, key=lambda side: any(each.is_organisation for each in side))
    found = session.execute(_EARLIER, {
        "some": sorted({each.name_index for each in some}), "others": sorted({each.name_index for each in others}),
        "street_code": case.street_code, "case_id": case.id, "filed_at": case.filed_at, "since": now - SAME_QUARREL}).all()
    if not found:
        return
    is_first = session.scalar(select(CaseLink.case_id).where(CaseLink.case_id == case.id).limit(1)) is None
    session.add_all(CaseLink(case_id=case.id, earlier_id=row.id) for row in found)
    session.flush()
    details: dict[str, Any] = {"earlier": sorted(row.case_no for row in found)}
    if is_first:
        details["deeds"] = {"repeats": 1}
        changes: rollup.Changes = {}
        rollup.done(changes, rollup.Standing.of(case), details["deeds"], now)
        rollup.apply(session, changes)
    record(session, case.id, [Entry("case.link", details)], actor=actor, at=now, case=case)
