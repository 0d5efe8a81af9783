"""Counting what may be tried only so often, by whom or for what it is tried; neither an address nor a number is kept in clear."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridmediate.store.encryption import keyring_of
from gridmediate.store.models import TryCount


def count_try(session: Session, kind: str, what: str, now: datetime, *, most: int, within: timedelta) -> datetime | None:
    """Count a try.

    Parameters
    ----------
    kind, what : str
        What is counted, e.g. ``"follow number"`` and the number; kept as a keyed index.
    most : int
        Tries within the window.
    within : timedelta
        The window, from its first try.

    Returns
    -------
    datetime or None
        When it may be tried again, if there have been too many; this one was not counted then.
    """
    subject = keyring_of(session).index(kind, what)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(TryCount).values(subject=subject, tries=0, counted_since=now).on_conflict_do_nothing())
    row = session.get_one(TryCount, subject, with_for_update=True, populate_existing=True)
    if row.counted_since + within <= now:
        row.tries, row.counted_since = 0, now
    if row.tries >= most:
        return row.counted_since + within
    row.tries += 1
    return None


def give_back(session: Session, kind: str, what: str) -> None:
    """Take one counted try back: it was no guess."""
    subject = keyring_of(session).index(kind, what)
    session.execute(update(TryCount).where(TryCount.subject == subject, TryCount.tries > 0).values(tries=TryCount.tries - 1))


def network(address: str) -> str:
    """Return the network of an address (a /24, or a /64 of IPv6), "" for what is none: whoever holds one holds the others."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((given, 24 if given.version == 4 else 64), strict=False))


def minutes_until(moment: datetime, now: datetime) -> int:
    """Return the minutes left, rounded up and at least one."""
    return max(1, -(-int((moment - now).total_seconds()) // 60))
