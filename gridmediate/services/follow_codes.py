"""The number and code that open a matter to one of its sides, without an account: made, guessed in vain, given once, replaced.

Only the keyed hash of a code is kept. A wrong pair costs a try of its number and of its network, whether or not the number
exists; the same statements are asked either way.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Kind, NotPermitted, Problem
from gridmediate.domain.residents import CODE_ALPHABET, CODE_LENGTH, code_from, plain_code, plain_number
from gridmediate.domain.vocabulary import Label, Side
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.tries import count_try, give_back, minutes_until, network
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import Keyring, keyring_of
from gridmediate.store.engine import Store
from gridmediate.store.history import HOME_CHAIN, Entry, record
from gridmediate.store.models import Case, FollowCode, FollowSession, Home, MediationRequest

#: Built once: building it takes longer than the database does to answer.
_BY_CODE = (
    select(FollowCode, MediationRequest.request_no, Case.case_no)
    .outerjoin(MediationRequest, MediationRequest.id == FollowCode.request_id).outerjoin(Case, Case.id == FollowCode.case_id)
    .where(FollowCode.code_index == bindparam("code", type_=BigInteger()), FollowCode.ended_at.is_(None))
)


class FollowRefused(Problem):
    """Number and code do not belong together, or there is no such number: the two are answered alike."""

    code = "follow.refused"
    sentence = Label("编号和查询码对不上。请照着回执再输一次；一小时内最多试 {tries} 次。",
                     "Number and code do not belong together. Type them again as they stand on the slip; there are {tries} tries "
                     "an hour.")


class FollowLocked(Problem):
    """Too many wrong tries, for this number or from this network."""

    code = "follow.locked"
    kind = Kind.TOO_MANY
    sentence = Label("试得太多了，请 {minutes} 分钟后再试，或打社区电话问。",
                     "There were too many tries. Try again in {minutes} minutes, or call the community.")


@dataclass(frozen=True, slots=True)
class FollowRules:
    """How often a pair may be tried, and how long an opened page lasts without use."""

    tries: int = 5
    within: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Following:
    """Who looks: one side of one matter.

    Parameters
    ----------
    session_id, code_id : UUID
    side : Side
    request_id, case_id : UUID or None
        A request that has become a case has both.
    """

    session_id: uuid.UUID
    code_id: uuid.UUID
    side: Side
    request_id: uuid.UUID | None
    case_id: uuid.UUID | None


def receipt_code(ring: Keyring, form_key: uuid.UUID, request_id: uuid.UUID) -> str:
    """Return the code of a request's receipt: the same for the form sent twice; nobody without the keys can tell it."""
    return code_from(ring.index("receipt code", f"{form_key.hex}{request_id.hex}") & (2**64 - 1))


def fresh_code() -> str:
    """Return a code of random letters."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def index_of(ring: Keyring, code: str) -> int:
    """Return what is kept of a code."""
    return ring.index("follow code", plain_code(code))


def open_matter(store: Store, number: str, code: str, address: str, now: datetime, *, rules: FollowRules = FollowRules()) -> str:
    """Open a matter to the side that holds its number and code.

    Returns
    -------
    str
        The value for the cookie, which is stored nowhere.

    Raises
    ------
    FollowRefused, FollowLocked
    """
    with store.writing() as session:
        token = _try(session, plain_number(number), plain_code(code), address, now, rules)
    if isinstance(token, Problem):
        raise token
    return token


def _try(session: Session, number: str, code: str, address: str, now: datetime, rules: FollowRules) -> str | Problem:
    counted = [("follow number", number), ("follow network", network(address))]
    locked = [count_try(session, kind, what, now, most=rules.tries, within=rules.within) for kind, what in counted if what]
    found = find(session, number, code)
    if until := max((each for each in locked if each is not None), default=None):
        return FollowLocked(minutes=minutes_until(until, now))
    if found is None:
        session.execute(select(Home.id).with_for_update())
        record(session, HOME_CHAIN, [Entry("follow.refused", words=address or None)], actor=None, at=now)
        return FollowRefused(field="code", tries=rules.tries)
    for kind, what in counted:
        give_back(session, kind, what)
    return _begin(session, found, now)


def find(session: Session, number: str, code: str) -> FollowCode | None:
    """Return the code's row if it opens the matter of that number: a case's, or the request's that it was."""
    rows = session.execute(_BY_CODE, {"code": index_of(keyring_of(session), code)}).all()
    return next((row[0] for row in rows if number and number in (row.request_no, row.case_no)), None)


def _begin(session: Session, row: FollowCode, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    opened = FollowSession(id=new_id(), token_hash=_digest(token), code_id=row.id, started_at=now, last_seen_at=now)
    session.add(opened)
    session.flush()
    note_of(session, Following(opened.id, row.id, row.side, row.request_id, row.case_id), "follow.open", now)
    return token


def following(session: Session, token: str, now: datetime, *, rules: FollowRules = FollowRules()) -> Following | None:
    """Return who holds *token*, or None if it has ended, lay unused too long, or its code was replaced."""
    row = session.execute(
        select(FollowSession.id, FollowCode.id.label("code_id"), FollowCode.side, FollowCode.request_id, FollowCode.case_id)
        .join(FollowCode, FollowCode.id == FollowSession.code_id)
        .where(FollowSession.token_hash == _digest(token), FollowSession.ended_at.is_(None), FollowCode.ended_at.is_(None),
               FollowSession.last_seen_at > now - rules.idle)).one_or_none()
    return Following(row.id, row.code_id, row.side, row.request_id, row.case_id) if row else None


def touch(session: Session, who: Following, now: datetime) -> None:
    """Note that an opened page is in use."""
    session.execute(update(FollowSession).where(FollowSession.id == who.session_id).values(last_seen_at=now))


def close_matter(session: Session, who: Following, now: datetime) -> None:
    """End an opened page."""
    session.execute(update(FollowSession).where(FollowSession.id == who.session_id).values(ended_at=now))
    note_of(session, who, "follow.close", now)


def note_of(session: Session, who: Following, act: str, now: datetime, *, words: str | None = None) -> None:
    """Write down what a side did or read, in the chain of its case, or of the request that is none yet."""
    entry = Entry(act, {"side": who.side.value}, words=words)
    if who.case_id is not None:
        case = session.get_one(Case, who.case_id, with_for_update=True)
        record(session, case.id, [entry], actor=None, at=now, case=case)
    else:
        request = session.get_one(MediationRequest, who.request_id, with_for_update=True)
        record(session, request.id, [entry], actor=None, at=now)


def give_code(session: Session, case_no: str, side: Side, actor: Actor, now: datetime) -> str:
    """Make a code for one side of a case; the one it had before opens nothing any more.

    Raises
    ------
    NotFound, NotPermitted
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_NOTE):
        raise NotPermitted
    before = session.scalars(select(FollowCode).where(
        FollowCode.case_id == case.id, FollowCode.side == side, FollowCode.ended_at.is_(None))).one_or_none()
    request_id = None
    if before is not None:
        before.ended_at, request_id = now, before.request_id
        session.flush()
    code = fresh_code()
    session.add(FollowCode(id=new_id(), request_id=request_id, case_id=case.id, side=side, made_at=now, made_by=actor.account_id,
                           code_index=index_of(keyring_of(session), code)))
    details = {"side": side.value, "replaced": before is not None}
    record(session, case.id, [Entry("follow.give_code", details)], actor=actor, at=now, case=case)
    return code


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
