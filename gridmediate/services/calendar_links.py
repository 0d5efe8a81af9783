"""A person's secret calendar address: made, shown once, revoked, and read by a calendar program without signing in.

Whoever holds the address learns when and in which room sessions of which case number are held, and nothing else.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.domain.problems import NotFound
from gridmediate.services.accounts import actor_for
from gridmediate.services.session_lists import own_sittings
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, CalendarLink

_TOKEN_BYTES = 32
#: As ``secrets.token_urlsafe`` writes them. Anything else is no address of ours and asks the records nothing.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a calendar program gets.

    Parameters
    ----------
    rows : list
        With ``id``, ``case_no``, ``planned_from``, ``planned_to``, ``room`` ("" or None elsewhere) and ``created_at``.
    language : str
    is_to_be_noted : bool
        Whether this reading has still to be recorded with :func:`note_read`.
    """

    rows: list[Any]
    language: str
    is_to_be_noted: bool


def link_of(session: Session, actor: Actor) -> CalendarLink | None:
    """Return the actor's address that holds, if there is one."""
    return session.scalars(select(CalendarLink).where(
        CalendarLink.account_id == actor.account_id, CalendarLink.revoked_at.is_(None))).one_or_none()


def make_link(session: Session, language: str, actor: Actor, now: datetime) -> str:
    """Make the actor's address anew and return its secret, which is stored nowhere; an earlier address ends."""
    lock_account(session, actor.account_id)
    token, former = secrets.token_urlsafe(_TOKEN_BYTES), link_of(session, actor)
    if former is not None:
        former.revoked_at = now
        session.flush()
    session.add(CalendarLink(id=new_id(), account_id=actor.account_id, token_hash=_digest(token), language=language,
                             created_at=now))
    entry = Entry("account.make_calendar_link", {"replaces": former is not None})
    record(session, actor.account_id, [entry], actor=actor, at=now)
    return token


def revoke_link(session: Session, actor: Actor, now: datetime) -> bool:
    """End the actor's address; return whether there was one."""
    lock_account(session, actor.account_id)
    link = link_of(session, actor)
    if link is None:
        return False
    link.revoked_at = now
    record(session, actor.account_id, [Entry("account.revoke_calendar_link")], actor=actor, at=now)
    return True


def feed(session: Session, token: str, now: datetime) -> Feed:
    """Return what the holder of an address may read today, by the posts that its person holds today.

    Raises
    ------
    NotFound
        An unknown address, a revoked one and one of a closed account are answered alike.
    """
    link, account = _found(session, token)
    actor = actor_for(session, account, now)
    rows = own_sittings(session, actor, now) if holds(actor, Permission.CASE_READ) else []
    return Feed(rows, link.language, link.last_read_at is None or now - link.last_read_at >= _NOTED_EVERY)


def note_read(session: Session, token: str, now: datetime) -> None:
    """Record that a calendar reads an address, once a day: programs ask every quarter of an hour.

    Raises
    ------
    NotFound
    """
    link, account = _found(session, token)
    lock_account(session, account.id)
    link.last_read_at = now
    record(session, account.id, [Entry("sitting.feed")], actor=actor_for(session, account, now), at=now)


def _found(session: Session, token: str) -> tuple[CalendarLink, Account]:
    # 256 random bits cannot be guessed, so wrong ones are not counted: a whole office behind one address would be locked out by
    # one phone that still asks for a revoked one.
    found = session.execute(
        select(CalendarLink, Account).join(Account, Account.id == CalendarLink.account_id)
        .where(CalendarLink.token_hash == _digest(token), CalendarLink.revoked_at.is_(None), Account.is_active)
    ).one_or_none() if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound
    return found[0], found[1]


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
