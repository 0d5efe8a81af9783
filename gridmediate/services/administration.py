"""People, their posts and their departments: what an administrator keeps, each change written down.

An administrator reads no case. What is counted here of cases is counted, not shown.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, FieldMissing, FieldNotAChoice, FieldTooLong, NotFound, Problem
from gridmediate.domain.staff_problems import DayInThePast, DaysReversed, DutiesApart, LoginInvalid, NotOneself
from gridmediate.domain.vocabulary import Label, Level, Role, label
from gridmediate.services import accounts
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.seating import cut
from gridmediate.services.staff_files import LOGIN
from gridmediate.services.staffing import open_cases_of
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, Department, Post, RosterTerm

PAGE_SIZE = 50
_DAY = timedelta(days=1)
#: The level of place that each post is for; None is a department.
LEVEL_OF_ROLE: dict[Role, Level | None] = {
    Role.GRID_WORKER: Level.COMMUNITY, Role.CADRE: Level.COMMUNITY, Role.DEPARTMENT_STAFF: None, Role.LEADER: Level.STREET,
    Role.COORDINATOR: Level.COUNTY, Role.ADMINISTRATOR: Level.COUNTY, Role.AUDITOR: Level.COUNTY,
}
_APART = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list of people is narrowed to: words of a name or login, a role, a place, closed accounts."""

    words: str = ""
    role: Role | None = None
    place_code: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people by login; ``after`` is the next page's key."""

    people: tuple[Account, ...]
    total: int
    after: str


def people(session: Session, wanted: PeopleFilter, actor: Actor, now: datetime, *, after: str = "") -> PeoplePage:
    """List accounts with the posts they hold or will hold.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    today = local_day(now)
    statement = select(Account).where(Account.is_active.is_(not wanted.closed))
    if wanted.words:
        words = wanted.words.strip()
        statement = statement.where(or_(
            Account.name.contains(words, autoescape=True), Account.name_en.icontains(words, autoescape=True),
            Account.login.icontains(words, autoescape=True)))
    if wanted.role or wanted.place_code:
        held = select(Post.account_id).where(queries.in_force(Post, today))
        held = held.where(Post.role == wanted.role) if wanted.role else held
        held = held.where(Post.place_code == wanted.place_code) if wanted.place_code else held
        statement = statement.where(Account.id.in_(held))
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    if after:
        login, _, key = after.rpartition("|")
        statement = statement.where(tuple_(Account.login, Account.id) > (login, _uuid(key)))
    found = session.scalars(
        statement.options(selectinload(Account.posts)).order_by(Account.login, Account.id).limit(PAGE_SIZE + 1)).all()
    shown = found[:PAGE_SIZE]
    return PeoplePage(tuple(shown), total, f"{shown[-1].login}|{shown[-1].id.hex}" if len(found) > PAGE_SIZE else "")


@dataclass(frozen=True, slots=True)
class Person:
    """One account with its posts, its seats, and in how many open cases' teams it stands."""

    account: Account
    posts: tuple[Post, ...]
    terms: tuple[RosterTerm, ...]
    open_cases: int


def person(session: Session, account_id: uuid.UUID, actor: Actor) -> Person:
    """Return one account.

    Raises
    ------
    NotPermitted, NotFound
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    account = session.get(Account, account_id, options=[selectinload(Account.posts)])
    if account is None:
        raise NotFound
    terms = session.scalars(
        select(RosterTerm).where(RosterTerm.account_id == account_id)
        .order_by(RosterTerm.valid_from.desc(), RosterTerm.cell_code))
    posts = tuple(sorted(account.posts, key=lambda post: (post.valid_to is not None, post.valid_from)))
    return Person(account, posts, tuple(terms), open_cases_of(session, account_id))


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What an administrator types about a person."""

    name: str
    name_en: str = ""
    phone: str = ""

    def faults(self) -> list[Problem]:
        """Return what needs changing."""
        limits = (
            ("name", Label("姓名", "Name"), self.name, 60), ("phone", Label("手机", "Mobile"), self.phone, 24),
            ("name_en", Label("姓名拼音", "Name in Latin letters"), self.name_en, 120),
        )
        faults: list[Problem] = [
            FieldTooLong(field=field, name=name, limit=limit, length=len(text))
            for field, name, text, limit in limits if len(text) > limit
        ]
        if not self.name.strip():
            faults.append(FieldMissing(field="name", name=Label("姓名", "Name")))
        return faults


@dataclass(frozen=True, slots=True)
class PostEntry:
    """A post as an administrator enters it."""

    role: Role
    place_code: str
    valid_from: date
    valid_to: date | None = None


def hire(session: Session, login: str, details: PersonDetails, post: PostEntry, actor: Actor, now: datetime, *, secret: str
         ) -> tuple[Account, str]:
    """Make an account with its first post, and the value of the link with which the person sets a password.

    Raises
    ------
    NotPermitted, LoginTaken
    Faults
        Every fault at once.
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    locked_home(session)
    faults: list[Problem] = [] if LOGIN.fullmatch(login) else [LoginInvalid(field="login", got=login)]
    faults += details.faults() + _post_faults(session, post, now)
    if faults:
        raise Faults(faults)
    command = accounts.NewAccount(login, details.name.strip(), details.name_en.strip(), details.phone.strip() or None)
    account = accounts.create_account(session, command, actor, now)
    _give(session, account, post, actor, now)
    return account, accounts.invite(session, account.id, actor, now, secret=secret)


def change_person(session: Session, account_id: uuid.UUID, details: PersonDetails, actor: Actor, now: datetime) -> Account:
    """Correct a person's name or phone.

    Raises
    ------
    NotPermitted, NotFound, Faults
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    account = _locked(session, account_id)
    if faults := details.faults():
        raise Faults(faults)
    before = (account.name, account.name_en, account.phone)
    account.name, account.name_en = details.name.strip(), details.name_en.strip() or details.name.strip()
    account.phone = details.phone.strip() or None
    changed = [name for name, was in zip(("name", "name_en", "phone"), before, strict=True) if getattr(account, name) != was]
    if changed:
        record(session, account.id, [Entry("account.change", {"what": changed})], actor=actor, at=now)
        session.flush()
    return account


def close_account(session: Session, account_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Close an account: its sign-ins end, its posts and seats end yesterday. Its past acts stay with its name.

    Raises
    ------
    NotPermitted, NotFound, NotOneself
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    locked_home(session)
    if account_id == actor.account_id:
        raise NotOneself
    yesterday = local_day(now) - _DAY
    accounts.set_active(session, account_id, False, actor, now)
    dated: list[Post | RosterTerm] = [*session.scalars(select(Post).where(Post.account_id == account_id))]
    dated += session.scalars(select(RosterTerm).where(RosterTerm.account_id == account_id))
    for each in dated:
        cut(session, each, yesterday)
    note(session, "roster.end", {"account": account_id.hex, "last": yesterday.isoformat(), "why": "closed"}, actor=actor, now=now)
    session.flush()


def give_post(session: Session, account_id: uuid.UUID, post: PostEntry, actor: Actor, now: datetime) -> None:
    """Give a person a post.

    Raises
    ------
    NotPermitted, NotFound, DutiesApart, Faults
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    locked_home(session)
    account = _locked(session, account_id)
    if faults := _post_faults(session, post, now):
        raise Faults(faults)
    lasting = session.scalars(select(Post).where(
        Post.account_id == account_id, or_(Post.valid_to.is_(None), Post.valid_to >= local_day(now)))).all()
    if any(held.role != post.role and (held.role in _APART or post.role in _APART) for held in lasting):
        raise DutiesApart(field="role")
    _give(session, account, post, actor, now)


def end_post(session: Session, post_id: uuid.UUID, actor: Actor, now: datetime, *, last: date | None = None) -> None:
    """End a post, yesterday unless another last day is given; one that has not begun is taken out.

    Raises
    ------
    NotPermitted, NotFound, NotOneself
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    locked_home(session)
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound
    if post.account_id == actor.account_id and post.role is Role.ADMINISTRATOR:
        raise NotOneself
    day = last or local_day(now) - _DAY
    _locked(session, post.account_id)
    cut(session, post, day)
    entry = Entry("post.end", {"role": post.role.value, "place": post.place_code, "to": day.isoformat()})
    record(session, post.account_id, [entry], actor=actor, at=now)
    session.flush()


def _give(session: Session, account: Account, post: PostEntry, actor: Actor, now: datetime) -> None:
    session.add(Post(id=new_id(), account_id=account.id, role=post.role, place_code=post.place_code, valid_from=post.valid_from,
                     valid_to=post.valid_to))
    details = {"role": post.role.value, "place": post.place_code, "from": post.valid_from.isoformat()}
    record(session, account.id, [Entry("post.give", details)], actor=actor, at=now)
    session.flush()


def _post_faults(session: Session, post: PostEntry, now: datetime) -> list[Problem]:
    faults: list[Problem] = []
    if post.place_code not in {code for code, _ in places_for(session, post.role, now)}:
        faults.append(FieldNotAChoice(field="place", name=Label("单位或地方", "Place"), got=post.place_code))
    if post.valid_from < local_day(now):
        faults.append(DayInThePast(field="valid_from", name=Label("起始日", "The first day"), earliest=local_day(now)))
    if post.valid_to is not None and post.valid_to < post.valid_from:
        faults.append(DaysReversed(field="valid_to", first=post.valid_from, last=post.valid_to))
    return faults


def places_for(session: Session, role: Role, now: datetime) -> list[tuple[str, Label]]:
    """Return the places a post of this role can be for, with their names."""
    level, grid = LEVEL_OF_ROLE[role], grid_of(session, now)
    if level is None:
        return departments(session)
    return [(area.code, area.label) for area in grid.areas.values() if area.level is level]


def departments(session: Session) -> list[tuple[str, Label]]:
    """Return the departments of this home with their names."""
    rows = session.scalars(select(Department).where(Department.is_active).order_by(Department.code))
    return [(row.code, Label(row.name, row.name_en)) for row in rows]


def place_name(grid: Grid, desks: dict[str, Label], code: str) -> Label:
    """Return how a post's place is called; one that is gone reads as its code."""
    return grid.areas[code].label if code in grid.areas else desks.get(code) or Label(code, code)


def _locked(session: Session, account_id: uuid.UUID) -> Account:
    lock_account(session, account_id)
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise FieldNotAChoice(name=Label("页码", "Page"), got=text[:40]) from error


def role_words(account: Account, day: date) -> list[Label]:
    """Return the posts a person holds on a day, as words of roles."""
    held = [post.role for post in account.posts if post.valid_from <= day and (post.valid_to is None or post.valid_to >= day)]
    return [label(role) for role in dict.fromkeys(held)]
