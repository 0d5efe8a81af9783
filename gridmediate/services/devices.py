"""Phones that keep unsent filings: each has a key of its own, which its live sign-in fetches and which revoking destroys.

The filings lie on the phone, sealed; what opens them lies here. So a phone that is lost or taken away keeps its secrets: without
a sign-in there is no key, and once the phone is revoked there is none for anybody.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal_bytes, unseal_bytes
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, FieldDevice

DEVICES_MOST = 10
#: A phone that nobody opened for so long keeps nothing that still waits to be sent; it makes room for a new one.
IDLE = timedelta(days=30)
#: How old the noted moment of use may grow: asking for the key must not make every page a writer.
SEEN_EVERY = timedelta(hours=1)
_KEY_BYTES = 32


class DeviceRevoked(Problem):
    """The phone was revoked: its unsent filings open no more."""

    code = "device.revoked"
    kind = Kind.CONFLICT
    sentence = Label(
        "这部手机已停用，上面没发出的上报再也打不开。要继续离线上报，请重新登录后再试。",
        "This phone was revoked, and the unsent filings on it can never be opened again. To file offline again, sign in anew.",
    )


class TooManyDevices(Problem):
    """Ten phones that were all used lately."""

    code = "device.too-many"
    kind = Kind.CONFLICT
    sentence = Label(
        "您已有 {limit} 部手机或浏览器可以离线上报。请在“我的登录”里停用一部不用的，再试一次；联网上报不受影响。",
        "Phones or browsers of yours that file offline: {limit}. Revoke one that you no longer use under “My sign-ins”, then try "
        "again; filing with a connection goes on as before.",
    )


def add(session: Session, device: str, actor: Actor, now: datetime) -> FieldDevice:
    """Let a phone of the actor keep unsent filings.

    Nobody's unsent filings are thrown away for it: of ten phones only one that was not used for a month makes room.

    Parameters
    ----------
    device : str
        Browser and system in a few words, for the person's own list.

    Raises
    ------
    TooManyDevices
    """
    session.get_one(Account, actor.account_id, with_for_update=True)
    live = devices_of(session, actor)
    if len(live) >= DEVICES_MOST:
        idlest = live[-1]
        if now - idlest.last_seen_at < IDLE:
            raise TooManyDevices(limit=DEVICES_MOST)
        _end(session, actor.account_id, [idlest], actor, now, why="idle")
    row = FieldDevice(id=new_id(), account_id=actor.account_id, device=device[:200], made_at=now, last_seen_at=now)
    seal_bytes(session, row, "key", secrets.token_bytes(_KEY_BYTES))
    session.add(row)
    session.flush()
    record(session, actor.account_id, [Entry("device.add", {"device": row.id.hex})], actor=actor, at=now)
    return row


def devices_of(session: Session, actor: Actor) -> list[FieldDevice]:
    """Return the actor's phones that keep unsent filings, the latest used first."""
    return list(session.scalars(
        select(FieldDevice).where(FieldDevice.account_id == actor.account_id, FieldDevice.revoked_at.is_(None))
        .order_by(FieldDevice.last_seen_at.desc(), FieldDevice.id)))


def open_device(session: Session, device_id: uuid.UUID, actor: Actor) -> tuple[FieldDevice, bytes]:
    """Return a phone of the actor and its key of 32 bytes.

    Raises
    ------
    NotFound
        Absent, or somebody else's: answered alike.
    DeviceRevoked, SealBroken
    """
    row = session.scalars(select(FieldDevice).where(
        FieldDevice.id == device_id, FieldDevice.account_id == actor.account_id)).one_or_none()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        raise DeviceRevoked
    return row, unseal_bytes(session, row, "key")


def touch(session: Session, device_id: uuid.UUID, now: datetime) -> None:
    """Note that a phone is in use."""
    session.execute(update(FieldDevice).where(FieldDevice.id == device_id, FieldDevice.last_seen_at < now)
                    .values(last_seen_at=now))


def revoke(session: Session, device_id: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """Revoke one of the actor's own phones; return whether there was one to revoke."""
    session.get_one(Account, actor.account_id, with_for_update=True)
    row = session.scalars(select(FieldDevice).where(
        FieldDevice.id == device_id, FieldDevice.account_id == actor.account_id, FieldDevice.revoked_at.is_(None))).one_or_none()
    if row is None:
        return False
    _end(session, actor.account_id, [row], actor, now, why="revoked")
    return True


def revoke_all(session: Session, account_id: uuid.UUID, actor: Actor, now: datetime, *, why: str) -> None:
    """Revoke every phone of an account. The caller has locked the account and asked for the permission."""
    rows = list(session.scalars(select(FieldDevice).where(
        FieldDevice.account_id == account_id, FieldDevice.revoked_at.is_(None)).order_by(FieldDevice.id)))
    _end(session, account_id, rows, actor, now, why=why)


def _end(session: Session, account_id: uuid.UUID, rows: list[FieldDevice], actor: Actor, now: datetime, *, why: str) -> None:
    for row in rows:
        row.key_sealed, row.revoked_at = None, now
    if rows:
        entries = [Entry("device.revoke", {"why": why, "device": row.id.hex}) for row in rows]
        record(session, account_id, entries, actor=actor, at=now)
