"""Queueing notices in the acting transaction. A notice holds number and link, never a name or a fact."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.vocabulary import LOCAL_ZONE, Role, Urgency
from gridmediate.store.columns import new_id
from gridmediate.store.models import Account, Case, Notice, Post
from gridmediate.store.queries import in_force

#: Who hears of what a place is told: a department's staff, a street's leaders, the county's coordinators.
_ANSWERING = (Role.DEPARTMENT_STAFF, Role.LEADER, Role.COORDINATOR)


def tell(session: Session, case: Case, act: str, now: datetime, *, accounts: Iterable[uuid.UUID] = (),
         departments: Iterable[str] = (), streets: Iterable[str] = (), counties: Iterable[str] = (),
         but: uuid.UUID | None = None, is_urgent: bool = False) -> None:
    """Queue one notice per account, and per department and street one for its group and one for each of its people.

    The county has no group: its coordinators hear of it each.

    The people are those of this moment: each has a read mark, channels and quiet hours of his own, and the bell stays one look at
    one index. Who joins a department later finds its tasks in its list.

    Parameters
    ----------
    but : UUID or None
        The account that acts, which needs no notice of what it does.
    is_urgent : bool
        Whether this is urgent though the case is not.
    """
    offices, leading = set(departments), set(streets)
    people = (set(accounts) | people_of(session, offices | leading | set(counties), now)) - {but}
    # Accepting forms the team in the same breath; one act rings a person's bell once.
    told: set[tuple[uuid.UUID, uuid.UUID, datetime]] = session.info.setdefault("told", set())
    fresh = {each for each in people if (case.id, each, now) not in told}
    told.update((case.id, each, now) for each in fresh)
    session.add_all(notices(case, act, now, accounts=fresh, departments=offices, streets=leading, is_urgent=is_urgent))


def notices(case: Case, act: str, now: datetime, *, accounts: Iterable[uuid.UUID] = (), departments: Iterable[str] = (),
            streets: Iterable[str] = (), is_urgent: bool = False) -> list[Notice]:
    """Return one notice per account, department and street, not yet queued."""
    rows = [Notice(account_id=each, department_code=None, street_code=None) for each in sorted(set(accounts))]
    rows += [Notice(account_id=None, department_code=each, street_code=None) for each in sorted(set(departments))]
    rows += [Notice(account_id=None, department_code=None, street_code=each) for each in sorted(set(streets))]
    for row in rows:
        row.id, row.case_id, row.case_no, row.act, row.created_at = new_id(), case.id, case.case_no, act, now
        row.is_urgent = is_urgent or case.urgency is Urgency.URGENT
    return rows


def people_of(session: Session, places: set[str], now: datetime, roles: Collection[Role] = _ANSWERING) -> set[uuid.UUID]:
    """Return the accounts that hold one of these posts in one of these places on the day of *now*."""
    if not places:
        return set()
    return set(session.scalars(
        select(Post.account_id).join(Account, Account.id == Post.account_id).where(
            Post.place_code.in_(sorted(places)), Post.role.in_(roles), Account.is_active,
            in_force(Post, now.astimezone(LOCAL_ZONE).date()))
    ))
