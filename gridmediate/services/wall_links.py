"""Addresses of walls: made by a street's leader, listed, withdrawn, and opened by a screen that nobody signs in at.

A sign-in ends after some hours and a wall hangs for months. Whoever holds an address reads one street's masked counts and
nothing else, until it ends, is withdrawn, or whoever made it no longer leads that street.
"""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import FieldMissing, FieldTooLong, Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.accounts import actor_for
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, WallLink

#: How long an address holds. A quarter of a year, so that a forgotten one ends by itself.
HOLDS = timedelta(days=90)
#: The most addresses of one street that hold at a time.
MOST = 12
WALL_LIMIT = 40
_TOKEN_BYTES = 32
#: As ``secrets.token_urlsafe`` writes them. Anything else is no address of ours and asks the records nothing.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTED_EVERY = timedelta(hours=1)
#: How long an ended address stays on the list.
_LISTED_AFTER = timedelta(days=90)
_WALL = Label("哪一块屏", "Which screen")


class TooManyWalls(Problem):
    """A street has all the addresses it may have."""

    code = "wall.too-many"
    kind = Kind.CONFLICT
    sentence = Label(
        "本街道已有 {expected} 个在用的大屏地址。请先停用不再用的。",
        "This street has {expected} wall addresses in use. Withdraw one that is no longer needed first.",
    )


@dataclass(frozen=True, slots=True)
class LinkRow:
    """An address as its list shows it; the secret itself is stored nowhere."""

    id: uuid.UUID
    street_code: str
    wall: str
    made_by: Label
    made_at: datetime
    ends_at: datetime
    last_read_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenWall:
    """What an address opens.

    Parameters
    ----------
    street_code : str
    maker : Actor
        With the rights of today: what the maker may no longer see, the wall no longer shows.
    ends_at : datetime
    is_to_be_noted : bool
        Whether this hour's use has still to be recorded with :func:`note_read`.
    """

    street_code: str
    maker: Actor
    ends_at: datetime
    is_to_be_noted: bool


def make_link(session: Session, street_code: str, wall: str, actor: Actor, now: datetime) -> str:
    """Make an address and return its secret, which is stored nowhere.

    Raises
    ------
    NotPermitted, FieldMissing, FieldTooLong, TooManyWalls
    """
    _check(actor, street_code)
    wall = wall.strip()
    if not wall:
        raise FieldMissing(field="wall", name=_WALL)
    if len(wall) > WALL_LIMIT:
        raise FieldTooLong(field="wall", name=_WALL, length=len(wall), limit=WALL_LIMIT)
    lock_account(session, actor.account_id)
    held = session.scalars(select(WallLink.id).where(
        WallLink.street_code == street_code, WallLink.withdrawn_at.is_(None), WallLink.ends_at > now)).all()
    if len(held) >= MOST:
        raise TooManyWalls(expected=MOST)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = WallLink(id=new_id(), street_code=street_code, wall=wall, token_hash=_digest(token), made_by=actor.account_id,
                    made_at=now, ends_at=now + HOLDS)
    session.add(link)
    record(session, actor.account_id, [Entry("wall.make", _about(link))], actor=actor, at=now)
    return token


def list_links(session: Session, actor: Actor, now: datetime) -> list[LinkRow]:
    """Return the addresses of the actor's streets, those that hold first, the newest first.

    Raises
    ------
    NotPermitted
    """
    streets = visible_to(actor, Permission.WALL_SHARE).streets
    if not streets:
        raise NotPermitted
    rows = session.execute(
        select(WallLink, Account.name, Account.name_en).join(Account, Account.id == WallLink.made_by)
        .where(WallLink.street_code.in_(sorted(streets)), WallLink.ends_at > now - _LISTED_AFTER,
               or_(WallLink.withdrawn_at.is_(None), WallLink.withdrawn_at > now - _LISTED_AFTER))
        .order_by(WallLink.made_at.desc(), WallLink.id)).all()
    found = [LinkRow(link.id, link.street_code, link.wall, Label(name, name_en or name), link.made_at, link.ends_at,
                     link.last_read_at, link.withdrawn_at or (link.ends_at if link.ends_at <= now else None))
             for link, name, name_en in rows]
    return sorted(found, key=lambda row: row.ended_at is not None)


def withdraw_link(session: Session, link_id: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """End an address; return whether it still held.

    Raises
    ------
    NotFound
        An absent address and one of another street are answered alike.
    """
    lock_account(session, actor.account_id)
    link = session.get(WallLink, link_id)
    if link is None or link.street_code not in visible_to(actor, Permission.WALL_SHARE).streets:
        raise NotFound
    if link.withdrawn_at is not None or link.ends_at <= now:
        return False
    link.withdrawn_at, link.withdrawn_by = now, actor.account_id
    record(session, actor.account_id, [Entry("wall.withdraw", _about(link))], actor=actor, at=now)
    return True


def open_wall(session: Session, token: str, now: datetime) -> OpenWall:
    """Return what the holder of an address reads.

    Raises
    ------
    NotFound
        An unknown address, one that ended or was withdrawn, and one whose maker leads that street no more are answered alike.
    """
    link, maker = _found(session, token, now)
    return OpenWall(link.street_code, maker, link.ends_at, link.last_read_at is None or now - link.last_read_at >= _NOTED_EVERY)


def note_read(session: Session, token: str, now: datetime) -> None:
    """Record that an address is in use, once an hour: a wall asks every minute.

    Raises
    ------
    NotFound
    """
    link, maker = _found(session, token, now)
    lock_account(session, maker.account_id)
    link.last_read_at = now
    record(session, maker.account_id, [Entry("wall.read", _about(link))], actor=maker, at=now)


def _found(session: Session, token: str, now: datetime) -> tuple[WallLink, Actor]:
    # 256 random bits cannot be guessed, so wrong ones are not counted.
    found = session.execute(
        select(WallLink, Account).join(Account, Account.id == WallLink.made_by)
        .where(WallLink.token_hash == _digest(token), WallLink.withdrawn_at.is_(None), WallLink.ends_at > now, Account.is_active)
    ).one_or_none() if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound
    link, account = found
    maker = actor_for(session, account, now)
    if link.street_code not in visible_to(maker, Permission.WALL_SHARE).streets:
        raise NotFound
    return link, maker


def _check(actor: Actor, street_code: str) -> None:
    if street_code not in visible_to(actor, Permission.WALL_SHARE).streets:
        raise NotPermitted


def _about(link: WallLink) -> dict[str, str]:
    return {"street": link.street_code, "link": link.id.hex}


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
