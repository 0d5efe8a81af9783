"""The chained record of acts and readings: appended in the acting transaction, verified by anyone who holds the keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.store.encryption import Keyring, keyring_of
from gridmediate.store.models import Account, Case, HistoryEntry

#: Chains that belong to no case: the home's own acts (cells, rosters, rules) and sign-ins that name no account.
HOME_CHAIN = uuid.UUID(int=1)

_EMPTY = bytes(32)
_BEGINNING = (0, _EMPTY)


class Last(NamedTuple):
    """The end of a chain as it is now: number, digest and moment of its last entry."""

    seq: int
    digest: bytes
    at: datetime


#: Of a chain that has no entry yet.
NO_ENTRY = Last(*_BEGINNING, datetime.min.replace(tzinfo=UTC))


@dataclass(slots=True)
class Entry:
    """What is to be recorded; moment and actor come with the call.

    Parameters
    ----------
    act : str
        ``resource.verb``.
    details : dict
        Codes and figures only. JSON types.
    words : str or None
        Free words that somebody typed; sealed.
    """

    act: str
    details: dict[str, Any] = field(default_factory=dict)
    words: str | None = None
    from_state: StrEnum | None = None
    to_state: StrEnum | None = None


def record(session: Session, chain: uuid.UUID, entries: list[Entry], *, actor: Actor | None, at: datetime,
           case: Case | None = None, is_new: bool = False, last: Last | None = None) -> None:
    """Append *entries* to a chain.

    The caller has locked what the chain belongs to (the case row, the account row), so that two appenders wait for each other;
    the primary key (chain, seq) is the second line of defence.

    Parameters
    ----------
    is_new : bool
        True when the chain's first entry is written in this transaction, which spares a look for the last one.
    last : Last or None
        The chain's end, where the caller has looked already.
    """
    if last is None:
        last = NO_ENTRY if is_new else last_of(session, chain)
    # A clock that steps back must not turn the order of acts around.
    moment = max(at, last.at)
    acts = [(each, moment, actor.account_id if actor else None) for each in entries]
    session.add_all(chained(keyring_of(session), chain, acts, case=case, before=(last.seq, last.digest)))


#: Built once: every act and every reading asks for the end of its chain.
_LAST = (
    select(HistoryEntry.seq, HistoryEntry.digest, HistoryEntry.at)
    .where(HistoryEntry.chain == bindparam("chain", type_=Uuid())).order_by(HistoryEntry.seq.desc()).limit(1)
)


def last_of(session: Session, chain: uuid.UUID) -> Last:
    """Return the end of a chain, :data:`NO_ENTRY` if it has none. No act on it bears an earlier moment than this."""
    row = session.execute(_LAST, {"chain": chain}).one_or_none()
    return Last(row.seq, row.digest, row.at) if row else NO_ENTRY


def chained(ring: Keyring, chain: uuid.UUID, acts: Iterable[tuple[Entry, datetime, uuid.UUID | None]], *, case: Case | None,
            before: tuple[int, bytes] = _BEGINNING) -> list[HistoryEntry]:
    """Return entries linked to each other and to the one before them.

    Parameters
    ----------
    ring : Keyring
    chain : UUID
    acts : iterable of (Entry, datetime, UUID or None)
        Each with its moment and the account that did it, in the order of their moments.
    case : Case or None
    before : tuple of int and bytes
        Number and digest of the chain's last entry so far.
    """
    seq, digest = before
    rows: list[HistoryEntry] = []
    for each, at, actor_id in acts:
        seq += 1
        row = HistoryEntry(
            chain=chain, seq=seq, at=at, actor_id=actor_id, act=each.act,
            case_id=case.id if case else None, case_version=case.version if case else None,
            from_state=each.from_state.value if each.from_state else None,
            to_state=each.to_state.value if each.to_state else None, details=each.details,
            words_sealed=ring.seal(each.words, _place(chain, seq)) if each.words else None,
        )
        digest = row.digest = ring.link(digest + _content(row))
        rows.append(row)
    return rows


def lock_account(session: Session, account_id: uuid.UUID) -> None:
    """Make appenders to an account's chain wait for each other; on SQLite the queue of writers has done so already."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(Account.id).where(Account.id == account_id).with_for_update())


def words_of(session: Session, entry: HistoryEntry) -> str:
    """Return the free words of an entry, "" if there are none."""
    return keyring_of(session).unseal(entry.words_sealed, _place(entry.chain, entry.seq)) if entry.words_sealed else ""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    chain: uuid.UUID
    seq: int
    why: str


def verify(session: Session, *, told: Callable[[int], None] | None = None) -> Iterator[Break | int]:
    """Walk every chain; yield each :class:`Break` and, at the end, the number of entries read.

    *told* hears every two thousand entries how many there were.

    Changed, removed (from the middle), swapped and inserted entries break a chain. A cut tail of a case's chain is seen because
    the case's version is higher than the last entry's; of other chains only by comparing with an earlier :func:`heads`.
    """
    ring = keyring_of(session)
    chain, seq, digest, count = None, 0, _EMPTY, 0
    last_versions: dict[uuid.UUID, int] = {}
    rows = session.execute(
        select(HistoryEntry).order_by(HistoryEntry.chain, HistoryEntry.seq).execution_options(yield_per=2000)
    ).scalars()
    for row in rows:
        count += 1
        if row.chain != chain:
            chain, seq, digest = row.chain, 0, _EMPTY
        seq += 1
        if row.seq != seq:
            yield Break(row.chain, seq, "entry missing")
            seq = row.seq
        elif ring.link(digest + _content(row)) != row.digest:
            yield Break(row.chain, row.seq, "entry changed")
        digest = row.digest
        if row.case_id is not None and row.case_version is not None:
            last_versions[row.case_id] = max(row.case_version, last_versions.get(row.case_id, 0))
        session.expunge(row)
        if told and count % 2000 == 0:
            told(count)
    for case_id, version in session.execute(select(Case.id, Case.version)):
        if last_versions.get(case_id, 0) < version:
            yield Break(case_id, 0, "the case is newer than its last entry")
    yield count


def heads(session: Session, ring: Keyring, *, until: datetime | None = None) -> bytes:
    """Return one digest over the heads of all chains, to be kept elsewhere and compared later.

    Parameters
    ----------
    until : datetime, optional
        As they were then: since chains only grow, an earlier digest is found again with its moment. What was appended after
        does not count; what was cut off, changed or taken out does.
    """
    digest = _EMPTY
    chain, head = None, b""
    rows = session.execute(
        select(HistoryEntry.chain, HistoryEntry.digest)
        .where(*([HistoryEntry.at <= until] if until is not None else []))
        .order_by(HistoryEntry.chain, HistoryEntry.seq).execution_options(yield_per=5000)
    )
    for row in rows:
        if chain is not None and row.chain != chain:
            digest = ring.link(digest + head)
        chain, head = row.chain, row.chain.bytes + row.digest
    return ring.link(digest + head)


def _place(chain: uuid.UUID, seq: int) -> str:
    return f"history|words|{chain.hex}|{seq}"


def _content(row: HistoryEntry) -> bytes:
    return json.dumps([
        row.chain.hex, row.seq, row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor_id.hex if row.actor_id else None, row.act,
        row.case_id.hex if row.case_id else None, row.from_state, row.to_state, row.case_version, row.details,
        row.words_sealed.hex() if row.words_sealed else None,
    ], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
