"""Queueing notices in the acting transaction. A notice holds number and link, never a name or a fact."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.store.columns import new_id
from gridmediate.store.models import Case, Notice


def tell(session: Session, case: Case, act: str, now: datetime, *, accounts: Iterable[uuid.UUID] = (),
         departments: Iterable[str] = ()) -> None:
    """Queue one notice per account and per department."""
    session.add_all(notices(case, act, now, accounts=accounts, departments=departments))


def notices(case: Case, act: str, now: datetime, *, accounts: Iterable[uuid.UUID] = (),
            departments: Iterable[str] = ()) -> list[Notice]:
    """Return one notice per account and per department, not yet queued."""
    rows = [Notice(id=new_id(), account_id=each, department_code=None) for each in sorted(set(accounts))]
    rows += [Notice(id=new_id(), account_id=None, department_code=each) for each in sorted(set(departments))]
    for row in rows:
        row.case_id, row.case_no, row.act, row.created_at = case.id, case.case_no, act, now
    return rows
