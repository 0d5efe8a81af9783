"""Changes of the roster: put a person into a seat, change a term, end it.

They never reach behind yesterday: the team of a case was formed from the roster of its day. Each is written down on the home's
chain, and the home is locked first, so that two administrators change the roster one after the other.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, FieldMissing, FieldNotAChoice, FieldTooLong, NotFound, Problem
from gridmediate.domain.staff_problems import AccountGone, DayInThePast, DaysReversed, SeatTaken, TermOver
from gridmediate.domain.vocabulary import Label, Role, Seat, label
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.rosters import ROLE_OF_SEAT, SEATS, terms_between
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.models import Account, Post, RosterTerm

NOTE_LENGTH = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A term as an administrator enters it.

    Parameters
    ----------
    cell_code : str
    seat : Seat
    login : str
    valid_from : date
    valid_to : date or None
        None while it lasts.
    is_cover : bool
    replaces : bool
        End the present holder's term the day before.
    note : str
    """

    cell_code: str
    seat: Seat
    login: str
    valid_from: date
    valid_to: date | None = None
    is_cover: bool = False
    replaces: bool = False
    note: str = ""


def seat_person(session: Session, entry: TermEntry, actor: Actor, now: datetime) -> RosterTerm:
    """Put a person into a seat of a cell.

    A person without the post that the seat needs gets it, in the cell's community, from the same day.

    Raises
    ------
    NotPermitted
    Faults
        Every fault of the entry at once.
    SeatTaken
        If another holds the seat on those days and is not to be replaced.
    """
    require(actor, Permission.ROSTER_EDIT)
    locked_home(session)
    grid = grid_of(session, now)
    account = _checked(session, entry, grid, now)
    rivals = _rivals(session, entry)
    if rivals and not entry.replaces:
        first = rivals[0]
        raise SeatTaken(field="replaces", cell=grid.cells[entry.cell_code].label, seat=label(entry.seat), first=first.valid_from,
                        name=Label(first.account.name, first.account.name_en))
    for rival in rivals:
        cut(session, rival, entry.valid_from - _DAY)
    term = RosterTerm(
        id=new_id(), cell_code=entry.cell_code, seat=entry.seat, account_id=account.id, is_cover=entry.is_cover,
        valid_from=entry.valid_from, valid_to=entry.valid_to, note=entry.note.strip() or None,
    )
    session.add(term)
    ensure_post(session, account.id, ROLE_OF_SEAT[entry.seat], grid.cells[entry.cell_code].community_code, entry.valid_from)
    note(session, "roster.seat", {**_as_details(term), "replaced": [each.id.hex for each in rivals]}, actor=actor, now=now)
    session.flush()
    return term


def _checked(session: Session, entry: TermEntry, grid: Grid, now: datetime) -> Account:
    faults: list[Problem] = []
    if entry.cell_code not in grid.cells:
        faults.append(FieldNotAChoice(field="cell", name=Label("网格", "Cell"), got=entry.cell_code))
    if entry.seat not in SEATS:
        faults.append(FieldNotAChoice(field="seat", name=Label("席位", "Seat"), got=label(entry.seat)))
    account = session.scalars(select(Account).where(Account.login == entry.login.strip())).one_or_none()
    if not entry.login.strip():
        faults.append(FieldMissing(field="login", name=Label("人员", "Person")))
    elif account is None:
        faults.append(FieldNotAChoice(field="login", name=Label("人员", "Person"), got=entry.login))
    elif not account.is_active:
        faults.append(AccountGone(field="login", name=Label(account.name, account.name_en)))
    faults += _day_faults(entry.valid_from, entry.valid_to, local_day(now))
    faults += _note_faults(entry.note)
    if faults or account is None:
        raise Faults(faults)
    return account


def _day_faults(first: date, last: date | None, today: date) -> list[Problem]:
    faults: list[Problem] = []
    if first < today:
        faults.append(DayInThePast(field="valid_from", name=Label("起始日", "The first day"), earliest=today))
    if last is not None and last < first:
        faults.append(DaysReversed(field="valid_to", first=first, last=last))
    return faults


def _note_faults(words: str) -> list[Problem]:
    if len(words) <= NOTE_LENGTH:
        return []
    return [FieldTooLong(field="note", name=Label("备注", "Note"), limit=NOTE_LENGTH, length=len(words))]


def _rivals(session: Session, entry: TermEntry) -> list[RosterTerm]:
    """Return the holders' terms that share a day with a holder's entry; a cover has no rivals."""
    if entry.is_cover:
        return []
    statement = terms_between(entry.valid_from, entry.valid_to or date.max).where(
        RosterTerm.cell_code == entry.cell_code, RosterTerm.seat == entry.seat, RosterTerm.is_cover.is_(False))
    return [term for term in session.scalars(statement) if term.account.is_active or entry.replaces]


def cut(session: Session, dated: RosterTerm | Post, last: date) -> None:
    """End a term or a post on *last*; one that would not even have begun is taken out."""
    if dated.valid_from > last:
        session.delete(dated)
    elif dated.valid_to is None or dated.valid_to > last:
        dated.valid_to = last


def ensure_post(session: Session, account_id: uuid.UUID, role: Role, place_code: str, first: date) -> bool:
    """Give a person a post that lasts from *first*, unless one does already; return whether one was given."""
    lasting = select(Post.id).where(
        Post.account_id == account_id, Post.role == role, Post.place_code == place_code, Post.valid_to.is_(None),
        Post.valid_from <= first)
    if session.scalars(lasting.limit(1)).first() is not None:
        return False
    session.add(Post(id=new_id(), account_id=account_id, role=role, place_code=place_code, valid_from=first))
    return True


def change_term(
    session: Session, term_id: uuid.UUID, valid_to: date | None, words: str, actor: Actor, now: datetime,
) -> RosterTerm:
    """Set the last day and the note of a term; the first day stays as it was.

    Raises
    ------
    NotPermitted, NotFound, TermOver, Faults
    """
    term = _term(session, term_id, actor, now)
    today = local_day(now)
    faults = _note_faults(words)
    if valid_to is not None and valid_to < term.valid_from:
        faults.append(DaysReversed(field="valid_to", first=term.valid_from, last=valid_to))
    elif valid_to is not None and valid_to < today - _DAY:
        faults.append(DayInThePast(field="valid_to", name=Label("截止日", "The last day"), earliest=today - _DAY))
    if faults:
        raise Faults(faults)
    term.valid_to, term.note = valid_to, words.strip() or None
    note(session, "roster.change", _as_details(term), actor=actor, now=now)
    session.flush()
    return term


def end_term(session: Session, term_id: uuid.UUID, actor: Actor, now: datetime, *, last: date | None = None) -> None:
    """End a term, yesterday unless another last day is given; one that has not begun is taken out.

    Raises
    ------
    NotPermitted, NotFound, TermOver, Faults
    """
    term = _term(session, term_id, actor, now)
    yesterday = local_day(now) - _DAY
    chosen = yesterday if last is None else last
    if chosen < yesterday:
        raise Faults([DayInThePast(field="valid_to", name=Label("截止日", "The last day"), earliest=yesterday)])
    details = _as_details(term) | {"last": chosen.isoformat(), "taken_out": term.valid_from > chosen}
    cut(session, term, chosen)
    note(session, "roster.end", details, actor=actor, now=now)
    session.flush()


def _term(session: Session, term_id: uuid.UUID, actor: Actor, now: datetime) -> RosterTerm:
    require(actor, Permission.ROSTER_EDIT)
    locked_home(session)
    term = session.get(RosterTerm, term_id, options=[joinedload(RosterTerm.account)], populate_existing=True)
    if term is None:
        raise NotFound
    if term.valid_to is not None and term.valid_to < local_day(now) - _DAY:
        raise TermOver(last=term.valid_to)
    return term


def term_of(session: Session, term_id: uuid.UUID, actor: Actor) -> RosterTerm:
    """Return a term with its person, to be shown in a form.

    Raises
    ------
    NotPermitted, NotFound
    """
    require(actor, Permission.ROSTER_EDIT)
    term = session.get(RosterTerm, term_id, options=[joinedload(RosterTerm.account)])
    if term is None:
        raise NotFound
    return term


def people_for(session: Session, community: str, today: date) -> list[Account]:
    """Return the people who may be put into a seat of a community: whoever works there first, then everybody else."""
    here = select(Post.account_id).where(Post.place_code == community, queries.in_force(Post, today))
    return list(session.scalars(
        select(Account).where(Account.is_active).order_by(Account.id.not_in(here), Account.name, Account.login)))


def _as_details(term: RosterTerm) -> dict[str, object]:
    return {
        "cell": term.cell_code, "seat": term.seat.value, "account": term.account_id.hex, "cover": term.is_cover,
        "from": term.valid_from.isoformat(), "to": term.valid_to.isoformat() if term.valid_to else None,
    }
