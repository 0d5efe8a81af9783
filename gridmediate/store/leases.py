"""Leases: of all programs that work on one home, one at a time does a job, and another takes over when that one has died."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite

from gridmediate.store.engine import Store
from gridmediate.store.models import Lease

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def take(store: Store, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take a lease that nobody holds, or renew one's own; return whether it is held now.

    Parameters
    ----------
    name : str
        The job.
    holder : str
        Unlike every other program's.
    now : datetime
        Aware. Clocks of several machines must agree to well within *span*.
    span : timedelta
        After it another may take the lease, unless it is renewed.
    """
    with store.writing() as session:
        given = _INSERTS[store.engine.dialect.name](Lease).values(name=name, holder=holder, until=now + span)
        # One statement: whoever comes second finds the row changed, and changes nothing.
        kept = given.on_conflict_do_update(
            index_elements=["name"], set_={"holder": given.excluded.holder, "until": given.excluded.until},
            where=or_(Lease.until <= now, Lease.holder == holder),
        ).returning(Lease.holder)
        return session.execute(kept).one_or_none() is not None


def release(store: Store, name: str, holder: str) -> None:
    """Give one's lease back, so that another need not wait for its end; somebody else's stays."""
    with store.writing() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
