"""Signing in, staying signed in, and ending it: sessions kept on the server, of which the browser holds only a random value.

Hashing must not hold up other writers, so :func:`sign_in` takes the store and works in three steps: count the try, compare the
password with no session open, then record what came of it. Counting first means that a hundred guesses sent at once are still
only as many tries as are allowed.
"""

from __future__ import annotations

import ipaddress
import secrets
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.passwords import Hashing, hash_password, is_password, needs_new_hash
from gridmediate.store.encryption import keyring_of
from gridmediate.store.engine import Store
from gridmediate.store.history import HOME_CHAIN, Entry, record
from gridmediate.store.models import Account, Home, SignIn, TryCount
from gridmediate.store.notices import unread_of

#: Built once: it is asked at every request, and every request needs to know which editions are in force.
_BY_TOKEN = (
    select(SignIn, Account, Home, unread_of(Account.id))
    .join(Account, Account.id == SignIn.account_id).outerjoin(Home, Home.id == 1).where(SignIn.token_hash == bindparam("digest"))
)

#: A network (a /24, or a /64 of IPv6) may hold a whole office behind one address, so it is allowed many people's mistakes.
TRIES_PER_NETWORK = 20


class SignInRefused(Problem):
    """Unknown account, wrong password or closed account: the three are answered alike."""

    code = "sign-in.refused"
    kind = Kind.SIGN_IN
    sentence = Label("账号或密码不对，还可再试 {left} 次。", "The account or the password is wrong; {left} more tries.")


class SignInLocked(Problem):
    """Too many wrong passwords for one login, whether or not it exists."""

    code = "sign-in.locked"
    kind = Kind.TOO_MANY
    sentence = Label(
        "连续输错太多次，已暂停登录，请 {minutes} 分钟后再试；忘了密码请找管理员重设。",
        "Too many wrong tries. Signing in is paused; try again in {minutes} minutes, or ask the administrator for a new "
        "password.",
    )


class NetworkLocked(Problem):
    """Too many wrong passwords from one network."""

    code = "sign-in.network-locked"
    kind = Kind.TOO_MANY
    sentence = Label(
        "这个网络里输错太多次，已暂停登录，请 {minutes} 分钟后再试。已登录的人不受影响。",
        "Too many wrong tries from this network. Signing in is paused; try again in {minutes} minutes. Those signed in are "
        "not affected.",
    )


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How long sign-ins last and how many tries there are."""

    tries: int = 5
    lock: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    hashing: Hashing = field(default_factory=Hashing)

    @property
    def seen_every(self) -> timedelta:
        """How old the stored moment of the last request may grow: writing it at each request would make every reader a writer."""
        return min(timedelta(minutes=5), self.idle / 6)


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try: whose password to compare with, or why nothing is compared."""

    login: str
    account_id: uuid.UUID | None = None
    password_hash: str | None = None
    left: int = 0
    refusal: Problem | None = None


def sign_in(
    store: Store, login: str, password: str, now: datetime, device: str, *, rules: SignInRules, address: str = "",
    former_token: str | None = None,
) -> tuple[str, Account]:
    """Sign a person in.

    Parameters
    ----------
    store : Store
    login, password : str
        As typed.
    now : datetime
        Aware.
    device : str
        In a few words, for the person's own list of sign-ins.
    rules : SignInRules
    address : str
        Where the request came from; "" counts no network.
    former_token : str or None
        The value the browser held before; that sign-in ends (a new value at each sign-in defeats fixation).

    Returns
    -------
    tuple of str and Account
        The value for the cookie, which is stored nowhere, and the account.

    Raises
    ------
    SignInRefused, SignInLocked, NetworkLocked
        All are recorded.
    """
    with store.writing() as session:
        attempt = count_try(session, login, address, now, rules)
    if attempt.refusal is not None:
        raise attempt.refusal
    if not is_password(password, attempt.password_hash, rules.hashing):
        with store.writing() as session:
            refusal = record_refusal(session, attempt, address, now, rules)
        raise refusal
    stored = attempt.password_hash or ""
    renewed = hash_password(password, rules.hashing) if needs_new_hash(stored, rules.hashing) else None
    with store.writing() as session:
        account = _locked_account(session, attempt.account_id)
        # The account may have been closed, or its password changed, while we were comparing.
        if account is not None and account.is_active and account.password_hash == attempt.password_hash:
            _forgive(session, attempt.login, address)
            account.failed_tries, account.locked_until = 0, None
            account.password_hash = renewed or account.password_hash
            if former_token:
                end_by_token(session, former_token, now, why="replaced")
            return start(session, account, now, device, rules=rules, address=address), account
        refusal = record_refusal(session, attempt, address, now, rules)
    raise refusal


def count_try(session: Session, login: str, address: str, now: datetime, rules: SignInRules) -> Try:
    """Count one try for the login and its network, before anything is compared; say what to compare with."""
    typed = plain_login(login)
    account = session.scalars(_by_login(typed)).first()
    place = _network(address)
    by_network = _counted(session, "network", place, now, rules) if place else None
    by_login = _counted(session, "login", typed, now, rules)
    refusal: Problem | None = None
    if by_network and by_network.locked_until:
        refusal = NetworkLocked(minutes=_minutes(by_network.locked_until - now))
    elif by_login.locked_until:
        refusal = SignInLocked(field="login", minutes=_minutes(by_login.locked_until - now))
    if refusal is not None:
        if by_network is None or not by_network.locked_until:
            _record(session, account, Entry("session.refused", {"why": "locked"}, address or None), now)
        return Try(typed, refusal=refusal)
    _add(by_login, now, rules.tries, rules)
    if by_network is not None:
        _add(by_network, now, rules.tries * TRIES_PER_NETWORK, rules)
    usable = account is not None and account.is_active and account.password_hash is not None
    return Try(typed, account.id if account else None, account.password_hash if account and usable else None,
               rules.tries - by_login.tries)


def record_refusal(session: Session, attempt: Try, address: str, now: datetime, rules: SignInRules) -> Problem:
    """Record a wrong password and return what the person is told; the same for a login that does not exist."""
    account = _locked_account(session, attempt.account_id)
    if account is not None:
        account.failed_tries = rules.tries - attempt.left
        account.locked_until = now + rules.lock if attempt.left <= 0 else None
    _record(session, account, Entry("session.refused", {"why": "password", "left": attempt.left}, address or None), now)
    session.execute(delete(TryCount).where(TryCount.counted_since < now - timedelta(days=1)))
    if attempt.left <= 0:
        return SignInLocked(field="login", minutes=_minutes(rules.lock))
    return SignInRefused(field="password", left=attempt.left)


def start(session: Session, account: Account, now: datetime, device: str, *, rules: SignInRules, address: str = "") -> str:
    """Begin a sign-in for a person whose identity is settled, record it, and return the value for the cookie."""
    token = secrets.token_urlsafe(32)
    row = SignIn(
        token_hash=_digest(token), account_id=account.id, csrf_secret=secrets.token_hex(32), started_at=now,
        last_seen_at=now, expires_at=now + rules.absolute, device=device[:200],
    )
    session.add(row)
    session.flush()
    record(session, account.id, [Entry("session.start", {"sign_in": row.id.hex}, address or None)], actor=itself(account), at=now)
    return token


def touch(session: Session, sign_in_id: uuid.UUID, now: datetime) -> None:
    """Note that a sign-in is in use."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.last_seen_at < now).values(last_seen_at=now))


def live(account_id: uuid.UUID, now: datetime, rules: SignInRules) -> Select[SignIn]:
    """Return an account's sign-ins that still hold, the latest used first."""
    return (
        select(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > now,
               SignIn.last_seen_at > now - rules.idle)
        .order_by(SignIn.last_seen_at.desc(), SignIn.id)
    )


def sessions_of(session: Session, actor: Actor, now: datetime, rules: SignInRules) -> list[SignIn]:
    """Return the actor's own sign-ins that still hold."""
    return list(session.scalars(live(actor.account_id, now, rules)))


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End the sign-in that holds *token*; an unknown one is no fault."""
    end_by_token(session, token, now, why="signed_out")


def end_by_token(session: Session, token: str, now: datetime, *, why: str) -> None:
    """End the sign-in that holds *token*, if one does."""
    row = session.scalars(select(SignIn).where(SignIn.token_hash == _digest(token), SignIn.ended_at.is_(None))).one_or_none()
    if row is not None:
        account = _locked_account(session, row.account_id)
        if account is not None:
            _end(session, account, [row], now, why=why, actor=itself(account))


def revoke(session: Session, sign_in_id: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """End one of the actor's own sign-ins; return whether there was one to end."""
    row = session.scalars(select(SignIn).where(
        SignIn.id == sign_in_id, SignIn.account_id == actor.account_id, SignIn.ended_at.is_(None))).one_or_none()
    if row is None:
        return False
    account = session.get_one(Account, actor.account_id, with_for_update=True)
    _end(session, account, [row], now, why="revoked", actor=actor)
    return True


def revoke_all(
    session: Session, account_id: uuid.UUID, actor: Actor, now: datetime, *, but: uuid.UUID | None = None, why: str = "revoked",
) -> int:
    """End every sign-in of an account, except *but*; return how many were ended. The caller has asked for the permission."""
    account = session.get_one(Account, account_id, with_for_update=True)
    rows = [row for row in session.scalars(select(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None)))
            if row.id != but]
    _end(session, account, rows, now, why=why, actor=actor)
    return len(rows)


def renew(session: Session, sign_in_id: uuid.UUID) -> str:
    """Give a sign-in a new value and a new secret for its forms, and return the value for the cookie."""
    token = secrets.token_urlsafe(32)
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(
        token_hash=_digest(token), csrf_secret=secrets.token_hex(32)))
    return token


def forgive_login(session: Session, login: str) -> None:
    """Forget the wrong tries counted for a login."""
    session.execute(delete(TryCount).where(TryCount.subject == keyring_of(session).index("login", plain_login(login))))


def by_token(session: Session, token: str) -> tuple[SignIn, Account, Home | None, int] | None:
    """Return the sign-in that a browser's value belongs to, whether or not it still holds.

    With it come its account, the home, and how many notices the account has not read: the bell of every page asks for that.
    """
    found = session.execute(_BY_TOKEN, {"digest": _digest(token)}).one_or_none()
    return (found[0], found[1], found[2], found[3]) if found is not None else None


def plain_login(typed: str) -> str:
    """Return a login as it is compared: full-width letters and blanks at the ends do not count."""
    return unicodedata.normalize("NFKC", typed).strip()[:64]


def itself(account: Account) -> Actor:
    """Return the account as the actor of its own sign-in, which has no roles yet."""
    return Actor(account.id, account.name, frozenset())


def _by_login(typed: str) -> Select[Account]:
    return select(Account).where(Account.login.in_({typed, typed.upper(), typed.lower()})).order_by(Account.login != typed)


def _locked_account(session: Session, account_id: uuid.UUID | None) -> Account | None:
    return session.get(Account, account_id, with_for_update=True, populate_existing=True) if account_id else None


def _record(session: Session, account: Account | None, entry: Entry, now: datetime) -> None:
    if account is not None:
        session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
        record(session, account.id, [entry], actor=None, at=now)
    else:
        session.execute(select(Home.id).with_for_update())
        record(session, HOME_CHAIN, [entry], actor=None, at=now)


def _end(session: Session, account: Account, rows: list[SignIn], now: datetime, *, why: str, actor: Actor) -> None:
    for row in rows:
        row.ended_at = now
    entries = [Entry("session.end", {"why": why, "sign_in": row.id.hex}) for row in rows]
    if entries:
        record(session, account.id, entries, actor=actor, at=now)


def _counted(session: Session, kind: str, what: str, now: datetime, rules: SignInRules) -> TryCount:
    subject = keyring_of(session).index(kind, what)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(TryCount).values(subject=subject, tries=0, counted_since=now).on_conflict_do_nothing())
    row = session.get_one(TryCount, subject, with_for_update=True, populate_existing=True)
    if (row.locked_until or row.counted_since + rules.lock) <= now:
        row.tries, row.counted_since, row.locked_until = 0, now, None
    return row


def _add(row: TryCount, now: datetime, limit: int, rules: SignInRules) -> None:
    row.tries += 1
    if row.tries >= limit:
        row.locked_until = now + rules.lock


def _forgive(session: Session, login: str, address: str) -> None:
    forgive_login(session, login)
    if place := _network(address):
        # One's own success takes back one's own try, not the others' mistakes.
        subject = keyring_of(session).index("network", place)
        session.execute(update(TryCount).where(TryCount.subject == subject, TryCount.tries > 0)
                        .values(tries=TryCount.tries - 1, locked_until=None))


def _network(address: str) -> str:
    # Whoever holds one IPv6 address holds 2**64 of them (CVE-2021-22915), so the network is what is counted.
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((given, 24 if given.version == 4 else 64), strict=False))


def _minutes(rest: timedelta) -> int:
    return max(1, -(-int(rest.total_seconds()) // 60))


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
