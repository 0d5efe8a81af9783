"""Accounts: who a request comes from, making and closing accounts, and passwords, which nobody but their owner ever knows."""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, cast

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    String,
    Uuid,
    and_,
    bindparam,
    exists,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, may
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Role, Seat
from gridmediate.services import devices, sign_ins
from gridmediate.services.passwords import check_new_password, hash_password, is_password
from gridmediate.services.sign_ins import SignInRules, plain_login
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, Area, Cell, Department, Home, Post, RosterTerm, SignIn
from gridmediate.store.queries import in_force

#: How long a link lives with which a person sets a first or a new password.
INVITATION_DAYS = 3
_SECONDS_A_DAY = 86_400
#: More accounts than this with a password are no list for trying out.
_FEW = 50

#: Which of an actor's places a post fills. A worker's cells come from the roster of the day; a community named in a worker's
#: post must not open that community's cases, should the same person be a cadre elsewhere.
_PLACES = {
    Role.CADRE: "communities", Role.DEPARTMENT_STAFF: "departments", Role.LEADER: "streets", Role.COORDINATOR: "counties",
    Role.ADMINISTRATOR: "counties", Role.AUDITOR: "counties",
}


class LoginTaken(Problem):
    """Two people may not share a login."""

    code = "account.login-taken"
    kind = Kind.CONFLICT
    sentence = Label("账号“{login}”已有人用，请换一个。", "The account name “{login}” is taken. Choose another.")


class PasswordNotYours(Problem):
    """The present password was typed wrong when setting a new one."""

    code = "password.not-yours"
    sentence = Label(
        "现在的密码不对，没有改。请重新输入。", "The present password is wrong, so nothing was changed. Type it again.",
    )


class InvitationSpent(Problem):
    """A link for setting a password is too old, was used, or was altered."""

    code = "invitation.spent"
    kind = Kind.MISSING
    sentence = Label(
        "这个设密码的链接已用过或已过期（{days} 天内有效）。请找管理员重新发一个。",
        "This link for setting a password was used or has run out (it holds {days} days). Ask the administrator for a new one.",
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a request comes from.

    Parameters
    ----------
    actor : Actor
    account : Account
    sign_in : SignIn
    places : tuple of Label
        What the person answers for today, in words.
    home : Home or None
        As it was when the request came.
    unread : int
        Notices that were not read then.
    """

    actor: Actor
    account: Account
    sign_in: SignIn
    places: tuple[Label, ...] = ()
    home: Home | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an administrator says of a person; no password."""

    login: str
    name: str
    name_en: str = ""
    phone: str | None = None


def actor_of(session: Session, token: str, now: datetime, rules: SignInRules) -> Signed | None:
    """Return who holds *token*, or None if the sign-in has ended, run out or belongs to a closed account.

    Two statements: the sign-in with its account, and the posts and roster terms of the day. Rights are read at each request, so
    a worker moved to another cell sees it at once (ASVS 8.3.2).
    """
    found = sign_ins.by_token(session, token)
    if found is None:
        return None
    row, account, home, unread = found
    if row.ended_at is not None or now >= row.expires_at or now >= row.last_seen_at + rules.idle or not account.is_active:
        return None
    actor, places = _answering(session, account, now.astimezone(LOCAL_ZONE).date())
    return Signed(actor, account, row, places, home, unread)


def actor_for(session: Session, account: Account, now: datetime) -> Actor:
    """Return an account as the actor of its posts and roster terms of the day, for the command line and the scheduler."""
    return _answering(session, account, now.astimezone(LOCAL_ZONE).date())[0]


def _posts_and_terms() -> CompoundSelect[Any]:
    account, day = bindparam("account", type_=Uuid()), bindparam("day", type_=Date())
    posts = (
        select(literal("post").label("kind"), type_coerce(Post.role, String).label("word"), Post.place_code.label("code"),
               Area.name, Area.name_en, Department.name.label("office"), Department.name_en.label("office_en"))
        .outerjoin(Area, Area.code == Post.place_code).outerjoin(Department, Department.code == Post.place_code)
        .where(Post.account_id == account, _in_force(Post, day))
    )
    terms = (
        select(literal("term"), type_coerce(RosterTerm.seat, String), RosterTerm.cell_code, Cell.name, Cell.name_en,
               null(), null())
        .outerjoin(Cell, and_(Cell.cell_code == RosterTerm.cell_code, _in_force(Cell, day)))
        .where(RosterTerm.account_id == account, RosterTerm.seat == Seat.GRID_WORKER, _in_force(RosterTerm, day))
    )
    return union_all(posts, terms)


def _in_force(kind: type[Cell] | type[Post] | type[RosterTerm], day: BindParameter[date]) -> ColumnElement[bool]:
    # queries.in_force with the day left open
    return in_force(kind, cast(date, day))


#: Built once: it is asked at every request, and building it costs more than the database takes to answer.
_ANSWERING = _posts_and_terms()


def _answering(session: Session, account: Account, day: date) -> tuple[Actor, tuple[Label, ...]]:
    roles: set[Role] = set()
    reached: dict[str, set[str]] = {kind: set() for kind in ("cells", *_PLACES.values())}
    words: dict[str, Label] = {}
    row: Any
    for row in session.execute(_ANSWERING, {"account": account.id, "day": day}):
        if row.kind == "post":
            roles.add(Role(row.word))
            reached.get(_PLACES.get(Role(row.word), ""), set()).add(row.code)
        else:
            reached["cells"].add(row.code)
        name, name_en = (row.office, row.office_en) if row.word == Role.DEPARTMENT_STAFF else (row.name, row.name_en)
        words[row.code] = Label(name or row.code, name_en or row.code)
    places = {kind: frozenset(codes) for kind, codes in reached.items()}
    return Actor(account.id, account.name, frozenset(roles), **places), tuple(words[code] for code in sorted(words))


def demonstration_accounts(session: Session) -> list[tuple[str, Role]]:
    """Return the accounts of a demonstration that can be signed in with, by role; of any other home, none."""
    rows = session.execute(
        select(Account.login, Post.role).join(Post, Post.account_id == Account.id)
        .where(exists().where(Home.is_demonstration), Account.password_hash.is_not(None), Account.is_active)
        .order_by(Account.id.desc()).limit(_FEW)
    )
    by_role = {row.role: row.login for row in rows}
    return [(by_role[role], role) for role in Role if role in by_role]


def create_account(session: Session, command: NewAccount, actor: Actor, now: datetime) -> Account:
    """Make an account without a password; its owner sets one through :func:`invite`.

    Raises
    ------
    NotPermitted, LoginTaken
    """
    _may_manage(actor)
    login = plain_login(command.login)
    if session.scalars(select(Account.id).where(Account.login.in_({login, login.upper(), login.lower()}))).first():
        raise LoginTaken(field="login", login=login)
    account = Account(login=login, name=command.name, name_en=command.name_en or command.name, phone=command.phone,
                      created_at=now, must_change_password=True)
    session.add(account)
    session.flush()
    record(session, account.id, [Entry("account.create")], actor=actor, at=now, is_new=True)
    return account


def set_active(session: Session, account_id: uuid.UUID, active: bool, actor: Actor, now: datetime) -> None:
    """Close an account, which ends its sign-ins with the next request, or open it again.

    Raises
    ------
    NotPermitted, NotFound
    """
    account = _managed(session, account_id, actor)
    account.is_active = active
    record(session, account.id, [Entry("account.open" if active else "account.close")], actor=actor, at=now)
    if not active:
        session.flush()
        sign_ins.revoke_all(session, account.id, actor, now, why="closed")
        devices.revoke_all(session, account.id, actor, now, why="closed")


def unlock(session: Session, account_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Let a person try again who has typed too many wrong passwords.

    Raises
    ------
    NotPermitted, NotFound
    """
    account = _managed(session, account_id, actor)
    account.failed_tries, account.locked_until = 0, None
    sign_ins.forgive_login(session, account.login)
    record(session, account.id, [Entry("account.unlock")], actor=actor, at=now)


def invite(session: Session, account_id: uuid.UUID, actor: Actor, now: datetime, *, secret: str) -> str:
    """Return the value of a link with which its owner sets the account's password; the administrator never learns it.

    The link holds until it is used, since it names the password it replaces, and at most :data:`INVITATION_DAYS`.

    Raises
    ------
    NotPermitted, NotFound
    """
    account = _managed(session, account_id, actor)
    record(session, account.id, [Entry("account.invite")], actor=actor, at=now)
    signed = _invitations(secret).dumps([account.id.hex, _trace(account)])
    return signed if isinstance(signed, str) else signed.decode()


def invited(session: Session, invitation: str, *, secret: str) -> Account:
    """Return the account an invitation is for.

    Raises
    ------
    InvitationSpent
    """
    try:
        hexed, trace = _invitations(secret).loads(invitation, max_age=INVITATION_DAYS * _SECONDS_A_DAY)
        account = session.get(Account, uuid.UUID(hexed))
    except (BadSignature, ValueError, TypeError) as error:
        raise InvitationSpent(days=INVITATION_DAYS) from error
    if account is None or not account.is_active or not hmac.compare_digest(_trace(account), str(trace)):
        raise InvitationSpent(days=INVITATION_DAYS)
    return account


def accept_invitation(store: Store, invitation: str, password: str, now: datetime, rules: SignInRules, *, secret: str) -> None:
    """Set the password of the account an invitation is for.

    Raises
    ------
    InvitationSpent, PasswordTooShort, PasswordTooLong, PasswordTooCommon
    """
    with store.reading() as session:
        account = invited(session, invitation, secret=secret)
    check_new_password(password, not_these=_own_words(account))
    hashed = hash_password(password, rules.hashing)
    with store.writing() as session:
        account = invited(session, invitation, secret=secret)
        set_password(session, account.id, hashed, sign_ins.itself(account), now)
        # Whoever asks the administrator for a new password may have lost the phone along with it.
        devices.revoke_all(session, account.id, sign_ins.itself(account), now, why="reset")


def change_password(
    store: Store, signed: Signed, present: str, new: str, now: datetime, rules: SignInRules,
) -> str:
    """Change one's own password; every other sign-in ends and this one gets a new value, which is returned for the cookie.

    Raises
    ------
    PasswordNotYours, SignInLocked
        A wrong present password counts as a wrong try: whoever finds an open screen may not guess without end.
    PasswordTooShort, PasswordTooLong, PasswordTooCommon
    """
    account = signed.account
    check_new_password(new, field="new_password", not_these=(*_own_words(account), present))
    with store.writing() as session:
        attempt = sign_ins.count_try(session, account.login, "", now, rules)
    if attempt.refusal is not None:
        raise attempt.refusal
    if not is_password(present, attempt.password_hash, rules.hashing):
        with store.writing() as session:
            refusal = sign_ins.record_refusal(session, attempt, "", now, rules)
        raise PasswordNotYours(field="present_password") if attempt.left > 0 else refusal
    hashed = hash_password(new, rules.hashing)
    with store.writing() as session:
        sign_ins.forgive_login(session, account.login)
        set_password(session, account.id, hashed, signed.actor, now, but=signed.sign_in.id)
        return sign_ins.renew(session, signed.sign_in.id)


def set_password(
    session: Session, account_id: uuid.UUID, hashed: str, actor: Actor, now: datetime, *, must_change: bool = False,
    but: uuid.UUID | None = None,
) -> None:
    """Store a new password's hash, made before this session was opened, and end the account's sign-ins except *but*."""
    account = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    account.password_hash, account.must_change_password = hashed, must_change
    account.failed_tries, account.locked_until = 0, None
    record(session, account.id, [Entry("password.change", {"must_change": must_change})], actor=actor, at=now)
    session.flush()
    sign_ins.revoke_all(session, account.id, actor, now, but=but, why="password")


def _may_manage(actor: Actor) -> None:
    if not may(actor, Permission.ACCOUNT_MANAGE):
        raise NotPermitted


def _managed(session: Session, account_id: uuid.UUID, actor: Actor) -> Account:
    _may_manage(actor)
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound
    return account


def _own_words(account: Account) -> tuple[str, ...]:
    return tuple(word for word in (account.login, account.name, account.name_en, account.phone) if word)


def _trace(account: Account) -> str:
    return sha256(f"{account.id.hex}|{account.password_hash}".encode()).hexdigest()[:16]


def _invitations(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="gridmediate/invitation")
