"""Joiners, movers and leavers from a file of staff: what would change, said first; then done in one transaction.

A file says all of a person's cells in a post; what it leaves out of that post ends the day before. People it does not name are
not touched. Reading the same file again changes nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults
from gridmediate.domain.staff_problems import NoAdministrator, NotOneself
from gridmediate.domain.vocabulary import Label, Phrase, Role, Seat, add_labels, add_phrases, label
from gridmediate.services import accounts
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.seating import cut, ensure_post
from gridmediate.services.staff_checks import SEAT_OF_ROLE, RowChecks, cells_of
from gridmediate.services.staff_files import StaffFile, StaffRow
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, Case, Department, Post, RosterTerm, TeamSeat
from gridmediate.store.queries import in_force

_DAY = timedelta(days=1)
Dated = TypeVar("Dated", Post, RosterTerm)


class Change(StrEnum):
    """What happens to a person."""

    JOINS = "joins"
    MOVES = "moves"
    LEAVES = "leaves"


add_labels({Change.JOINS: ("新来", "Joins"), Change.MOVES: ("变动", "Changes"), Change.LEAVES: ("离岗", "Leaves")})
add_phrases({
    "staff.account": ("新建账号", "new account"),
    "staff.account-again": ("账号重新启用", "account opened again"),
    "staff.post": ("任{role}（{place}）", "{role} for {place}"),
    "staff.post-ends": ("不再任{role}（{place}），到 {last}", "no longer {role} for {place}, to {last}"),
    "staff.seat": ("坐{cell}{seat}席，自 {first}", "sits as {seat} in {cell} from {first}"),
    "staff.seat-cover": ("代管{cell}{seat}席，自 {first}", "covers as {seat} in {cell} from {first}"),
    "staff.seat-changes": ("{cell}{seat}席改到 {last}", "as {seat} in {cell} now to {last}"),
    "staff.seat-ends": ("不再坐{cell}{seat}席，到 {last}", "no longer sits as {seat} in {cell}, to {last}"),
    "staff.replaced": ("{cell}{seat}席由{by}接替，到 {last}", "{by} follows as {seat} in {cell}; to {last}"),
    "staff.leaves": ("离岗，最后一天 {last}", "leaves; the last day is {last}"),
    "staff.open-cases": ("还列在 {count} 件在办案件的团队里", "still named in the teams of {count} open cases"),
    "staff.while-it-lasts": ("长期", "no end"),
})


@dataclass(slots=True)
class PersonChange:
    """What the file changes for one person, said in words."""

    kind: Change
    login: str
    name: str
    words: list[Phrase] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is given to one new person, once.

    Parameters
    ----------
    login, name : str
    token : str
        The value of the link with which the person sets a password; see :func:`gridmediate.services.accounts.invite`.
    """

    login: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class StaffReport:
    """What an import does, or did.

    Parameters
    ----------
    changes : list of PersonChange
        In the order of the file.
    unchanged : int
        People named in the file for whom all is as it says.
    invitations : list of Invitation
        Empty until it is done.
    """

    changes: list[PersonChange]
    unchanged: int
    invitations: list[Invitation] = field(default_factory=list)

    def count(self, kind: Change) -> int:
        """How many people join, move or leave."""
        return sum(each.kind == kind for each in self.changes)


def plan_staff(session: Session, sheet: StaffFile, actor: Actor, now: datetime) -> StaffReport:
    """Say what a file would change; nothing is kept. For a session that writes, whose transaction is then rolled back to here.

    Raises
    ------
    NotPermitted
    Faults
        Every fault of every row at once.
    """
    with session.begin_nested() as point:
        report = _Import(session, sheet, actor, now).run()
        point.rollback()
    session.expire_all()
    return StaffReport(report.changes, report.unchanged)


def import_staff(session: Session, sheet: StaffFile, actor: Actor, now: datetime, *, secret: str) -> StaffReport:
    """Take a file of staff over: accounts for joiners, posts and seats for all, an end for leavers.

    Parameters
    ----------
    session : Session
    sheet : StaffFile
    actor : Actor
    now : datetime
    secret : str
        Signs the invitations.

    Returns
    -------
    StaffReport
        With an invitation for every new account, to be shown once.

    Raises
    ------
    NotPermitted
    Faults
        Every fault of every row at once; then nothing is changed.
    """
    report = _Import(session, sheet, actor, now, secret).run()
    if report.changes:
        details = {
            "file": sheet.file[:120], "rows": len(sheet.rows), **{kind.value: report.count(kind) for kind in Change},
            "logins": [each.login for each in report.changes][:200],
        }
        note(session, "staff.import", details, actor=actor, now=now)
        session.flush()
    return report


class _Import:
    """One file on its way in."""

    def __init__(self, session: Session, sheet: StaffFile, actor: Actor, now: datetime, secret: str | None = None) -> None:
        require(actor, Permission.ROSTER_EDIT)
        require(actor, Permission.ACCOUNT_MANAGE)
        locked_home(session)
        self.session, self.sheet, self.actor, self.now, self.today = session, sheet, actor, now, local_day(now)
        self.secret = secret
        self.grid = grid_of(session, now)
        logins = {row.login for row in sheet.rows}
        known = session.scalars(select(Account).where(Account.login.in_(logins))).all() if logins else []
        self.known = {account.login: account for account in known}
        desks = session.execute(select(Department.code, Department.name).where(Department.is_active))
        self.departments = {row.code: row.name for row in desks}
        self.changes: dict[str, PersonChange] = {}
        self.invitations: list[Invitation] = []

    def run(self) -> StaffReport:
        checks = RowChecks(self.sheet.rows, self.grid, self.known, self.departments, self.today)
        faults = [*self.sheet.faults, *checks.faults()]
        mine = next((each.login for each in self.known.values() if each.id == self.actor.account_id), None)
        faults += [NotOneself() for row in self.sheet.rows if row.role is None and row.login == mine]
        if faults:
            raise Faults(sorted(faults, key=lambda each: each.values.get("row", 0)))
        by_login: dict[str, list[StaffRow]] = defaultdict(list)
        for row in self.sheet.rows:
            by_login[row.login].append(row)
        # Who leaves makes room before who comes takes it.
        for login, rows in sorted(by_login.items(), key=lambda each: not any(row.role is None for row in each[1])):
            self._person(login, rows)
        order = {login: at for at, login in enumerate(by_login)}
        changes = sorted(self.changes.values(), key=lambda each: order.get(each.login, len(order)))
        named = sum(each.login in order for each in changes)
        self._invite_actor()
        self.session.flush()
        return StaffReport(changes, len(by_login) - named, self.invitations)

    def _invite_actor(self) -> None:
        """Give the first administrator, whom the command line appointed from this very file, an invitation too."""
        mine = next((each for each in self.known.values() if each.id == self.actor.account_id), None)
        if mine is not None and mine.password_hash is None and mine.created_at == self.now:
            self._say(mine, Change.JOINS, Phrase("staff.account"))
            self._invite(mine)

    def _person(self, login: str, rows: Sequence[StaffRow]) -> None:
        account = self.known.get(login)
        leaving = next((row for row in rows if row.role is None), None)
        if account is not None and leaving is not None:
            self._leave(account, leaving)
            return
        if account is None:
            account = self._join(rows[0])
        elif not account.is_active:
            accounts.set_active(self.session, account.id, True, self.actor, self.now)
            self._say(account, Change.JOINS, Phrase("staff.account-again"))
            self._invite(account)
        for role in dict.fromkeys(row.role for row in rows if row.role is not None):
            of_role = [row for row in rows if row.role is role]
            self._posts(account, role, of_role)
            if role in SEAT_OF_ROLE:
                self._seats(account, SEAT_OF_ROLE[role], of_role)

    def _join(self, row: StaffRow) -> Account:
        command = accounts.NewAccount(row.login, row.name, row.name_en, row.phone or None)
        account = accounts.create_account(self.session, command, self.actor, self.now)
        self._say(account, Change.JOINS, Phrase("staff.account"))
        self._invite(account)
        return account

    def _invite(self, account: Account) -> None:
        if self.secret is not None:
            token = accounts.invite(self.session, account.id, self.actor, self.now, secret=self.secret)
            self.invitations.append(Invitation(account.login, account.name, token))

    def _posts(self, account: Account, role: Role, rows: Sequence[StaffRow]) -> None:
        first = min(row.first or self.today for row in rows)
        places = {row.place_code for row in rows}
        held = self._dated(Post, account, Post.role == role)
        for post in held:
            if post.place_code not in places and not all(row.is_cover for row in rows):
                self._end(post, first - _DAY)
                self._say(account, Change.MOVES, Phrase("staff.post-ends", {
                    "role": _both(label(role)), "place": self._place(post.place_code), "last": (first - _DAY).isoformat()}))
        for row in rows:
            self.session.flush()
            begun = min((post.valid_from for post in held if post.place_code == row.place_code), default=row.first or self.today)
            if ensure_post(self.session, account.id, role, row.place_code, max(begun, row.first or begun)):
                self._say(account, Change.MOVES, Phrase("staff.post", {
                    "role": _both(label(role)), "place": self._place(row.place_code)}))

    def _seats(self, account: Account, seat: Seat, rows: Sequence[StaffRow]) -> None:
        wanted = {(code, row.is_cover): row for row in rows for code in cells_of(row, self.grid)}
        held = self._dated(RosterTerm, account, RosterTerm.seat == seat)
        own = [row for row in rows if not row.is_cover]
        first = min((row.first or self.today for row in own), default=self.today)
        for term in held:
            if not term.is_cover and own and (term.cell_code, False) not in wanted:
                self._end(term, first - _DAY)
                self._say(account, Change.MOVES, self._of_term("staff.seat-ends", term, last=(first - _DAY).isoformat()))
        for (code, is_cover), row in wanted.items():
            mine = [term for term in held if term.cell_code == code and term.is_cover == is_cover]
            self._seat(account, seat, code, row, mine)

    def _seat(self, account: Account, seat: Seat, code: str, row: StaffRow, mine: Sequence[RosterTerm]) -> None:
        first = row.first or min((term.valid_from for term in mine), default=self.today)
        term = next((each for each in mine if each.valid_from <= first or row.first is None), None) or next(iter(mine), None)
        if term is not None and (term.valid_to is None or term.valid_to >= first - _DAY):
            begins = min(term.valid_from, first)
            if (term.valid_from, term.valid_to) != (begins, row.last):
                term.valid_from, term.valid_to = begins, row.last
                last = row.last.isoformat() if row.last else _both_of("staff.while-it-lasts")
                self._say(account, Change.MOVES, self._of_term("staff.seat-changes", term, last=last))
        else:
            term = RosterTerm(
                id=new_id(), cell_code=code, seat=seat, account_id=account.id, is_cover=row.is_cover, valid_from=first,
                valid_to=row.last, note=row.note or None,
            )
            self.session.add(term)
            self._say(account, Change.MOVES, self._of_term("staff.seat-cover" if row.is_cover else "staff.seat", term,
                                                           first=first.isoformat()))
        if not term.is_cover:
            self._make_room(account, term)

    def _make_room(self, account: Account, term: RosterTerm) -> None:
        """End the terms of others in the seat that a new holder takes over; those the file names itself were checked before."""
        self.session.flush()
        others = select(RosterTerm, Account).join(Account, Account.id == RosterTerm.account_id).where(
            RosterTerm.cell_code == term.cell_code, RosterTerm.seat == term.seat, RosterTerm.account_id != account.id,
            RosterTerm.is_cover.is_(False), RosterTerm.valid_from <= (term.valid_to or date.max),
        )
        for other, person in self.session.execute(others):
            if other.valid_to is None or other.valid_to >= term.valid_from:
                last = term.valid_from - _DAY
                self._end(other, last)
                self._say(person, Change.MOVES, self._of_term("staff.replaced", other, last=last.isoformat(),
                                                              by={"zh": account.name, "en": account.name_en}))

    def _leave(self, account: Account, row: StaffRow) -> None:
        last = row.last or self.today
        dated: list[Post | RosterTerm] = [*self._dated(Post, account), *self._dated(RosterTerm, account)]
        later = [each for each in dated if each.valid_to is None or each.valid_to > last]
        for each in later:
            self._end(each, last)
        over = last < self.today and account.is_active
        if over:
            accounts.set_active(self.session, account.id, False, self.actor, self.now)
        if later or over:
            self._say(account, Change.LEAVES, Phrase("staff.leaves", {"last": last.isoformat()}))
            if count := open_cases_of(self.session, account.id):
                self._say(account, Change.LEAVES, Phrase("staff.open-cases", {"count": count}))

    def _end(self, dated: Post | RosterTerm, last: date) -> None:
        cut(self.session, dated, last)

    def _dated(self, kind: type[Dated], account: Account, *conditions: ColumnElement[bool]) -> list[Dated]:
        """Return a person's posts or terms that are not over."""
        statement = select(kind).where(kind.account_id == account.id, *conditions).order_by(kind.valid_from)
        return [each for each in self.session.scalars(statement) if each.valid_to is None or each.valid_to >= self.today]

    def _say(self, account: Account, kind: Change, words: Phrase) -> None:
        change = self.changes.setdefault(account.login, PersonChange(kind, account.login, account.name))
        change.words.append(words)

    def _place(self, code: str) -> dict[str, str]:
        if code in self.grid.areas:
            return _both(self.grid.areas[code].label)
        return _both(Label(self.departments.get(code, code), self.departments.get(code, code)))

    def _of_term(self, code: str, term: RosterTerm, **more: object) -> Phrase:
        cell = self.grid.cells.get(term.cell_code)
        said = _both(cell.label) if cell else {"zh": term.cell_code, "en": term.cell_code}
        return Phrase(code, {"cell": said, "seat": _both(label(term.seat)), **more})


def open_cases_of(session: Session, account_id: uuid.UUID) -> int:
    """Count the open cases in whose teams a person still sits. A number only: administrators read no case."""
    return session.scalar(
        select(func.count(Case.id.distinct())).join(TeamSeat, TeamSeat.case_id == Case.id)
        .where(TeamSeat.account_id == account_id, TeamSeat.left_at.is_(None), Case.is_open)
    ) or 0


def _both(text: Label) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _both_of(code: str) -> dict[str, str]:
    return {language: Phrase(code).say(language) for language in ("zh", "en")}


def administrator_for(session: Session, sheet: StaffFile, now: datetime, *, login: str | None = None) -> Actor:
    """Return the administrator in whose name the command line takes a file over.

    In a home that has none yet the first administrator whom the file names is appointed; who has the server has the records
    anyway, and that it was done so is written down.

    Raises
    ------
    NoAdministrator
        If *login* is none, or nobody is and the file names none.
    """
    today = local_day(now)
    posted = select(Account).join(Post, Post.account_id == Account.id).where(
        Post.role == Role.ADMINISTRATOR, in_force(Post, today), Account.is_active).order_by(Post.valid_from, Account.login)
    found = session.scalars(posted.where(Account.login == login) if login else posted).first()
    if found is None:
        first = next((row for row in sheet.rows if row.role is Role.ADMINISTRATOR), None)
        if login is not None or first is None:
            raise NoAdministrator(login=login or "—")
        found = Account(id=new_id(), login=first.login, name=first.name, name_en=first.name_en or first.name, created_at=now,
                        is_active=True, must_change_password=True, failed_tries=0)
        session.add(found)
        session.flush()
        post = Post(id=new_id(), account_id=found.id, role=Role.ADMINISTRATOR, place_code=first.place_code, valid_from=today)
        session.add(post)
        record(session, found.id, [Entry("account.create", {"why": "first"})], actor=None, at=now, is_new=True)
        session.flush()
    return accounts.actor_for(session, found, now)
