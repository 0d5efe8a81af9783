"""Whom a resident can call about a cell or a matter: one answer, for every page, poster and slip that leaves the office.

The worker has the cell's duty phone, the cadre the community's; who is dissatisfied calls the street's complaint phone, or the
office's own. An account's phone is for colleagues: it is not even read here.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.roster import RosterEntry, RosterKind, candidates
from gridmediate.domain.vocabulary import Label, Seat
from gridmediate.services.casework import sitting
from gridmediate.services.grid import CellCard, Grid, grid_of, local_day
from gridmediate.services.rosters import SEATS
from gridmediate.store.models import Account, Case, PublicPhones, RosterTerm
from gridmediate.store.queries import in_force

#: The worker first: whoever stands in front of a poster meets the worker.
_ORDER = tuple(reversed(SEATS))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who holds a seat, and the phone that goes with the seat.

    Parameters
    ----------
    seat : Seat
    name : Label or None
        None for a vacancy.
    phone : str
        "" where none was entered.
    phone_of : Label or None
        Whose office the phone rings in; None for a worker's duty phone.
    is_cover : bool
        Stands in for somebody today.
    """

    seat: Seat
    name: Label | None
    phone: str = ""
    phone_of: Label | None = None
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class WhomToCall:
    """The people of a cell or a matter, and the phone for complaints, "" for none."""

    people: tuple[Contact, ...]
    complaint: str = ""

    @property
    def has_phone(self) -> bool:
        """Whether anybody of them can be called."""
        return any(each.phone for each in self.people)


@dataclass(frozen=True, slots=True)
class _Phones:
    duty: str
    office: str
    office_of: Label | None
    complaint: str

    def of(self, seat: Seat) -> tuple[str, Label | None]:
        """Return the phone of a seat, and whose office it rings in."""
        return (self.duty, None) if seat is Seat.GRID_WORKER else (self.office, self.office_of)


def whom_to_call(session: Session, grid: Grid, cells: Iterable[CellCard], now: datetime, *,
                 complaint: str = "") -> dict[str, WhomToCall]:
    """Return who is on duty today in each of these cells and how to call them, by cell code; two statements for all.

    Parameters
    ----------
    complaint : str
        The office's phone for complaints, where no place above a cell has its own.
    """
    listed = list(cells)
    phones = _phones(session, grid, [(cell.code, cell.community_code) for cell in listed], complaint)
    people = _on_duty(session, listed, now)
    return {
        cell.code: WhomToCall(tuple(_with_phone(each, phones[cell.code]) for each in people[cell.code]),
                              phones[cell.code].complaint)
        for cell in listed
    }


def community_to_call(session: Session, grid: Grid, code: str, *, complaint: str = "") -> WhomToCall:
    """Return how to call a community, where a cell is no more: nobody by name."""
    found = _phones(session, grid, [(code, code)], complaint)[code]
    return WhomToCall((Contact(Seat.CADRE, None, found.office, found.office_of),), found.complaint)


def whom_to_call_of(session: Session, case: Case, now: datetime, *, complaint: str = "") -> WhomToCall:
    """Return the cadre and the worker of a case's team; before there is a team, whoever is on duty in its cell.

    Parameters
    ----------
    case : Case
        With its seats.
    """
    grid = grid_of(session, now)
    seats = [each for each in sitting(case) if each.seat in SEATS]
    if not seats and case.cell_code in grid.cells:
        return whom_to_call(session, grid, [grid.cells[case.cell_code]], now, complaint=complaint)[case.cell_code]
    above = case.community_code or case.street_code
    place = case.cell_code or above
    phones = _phones(session, grid, [(place, above)], complaint)[place]
    names = _names(session, {each.account_id for each in seats if each.account_id})
    people = [Contact(each.seat, names.get(each.account_id) if each.account_id else None)
              for each in sorted(seats, key=lambda one: SEATS.index(one.seat))]
    if not any(each.seat is Seat.CADRE for each in people):
        people.insert(0, Contact(Seat.CADRE, None))
    return WhomToCall(tuple(_with_phone(each, phones) for each in people), phones.complaint)


def whom_to_call_about(session: Session, case_no: str, now: datetime, *, complaint: str = "") -> WhomToCall:
    """Return whom the sides of a case can call; the caller has read the case, and it is there."""
    case = session.scalars(select(Case).where(Case.case_no == case_no).options(selectinload(Case.seats))).one()
    return whom_to_call_of(session, case, now, complaint=complaint)


def _with_phone(contact: Contact, phones: _Phones) -> Contact:
    phone, phone_of = phones.of(contact.seat)
    # A duty phone is in the worker's pocket: with nobody on duty it rings in nobody's.
    is_held = contact.name is not None or phone_of is not None
    return replace(contact, phone=phone, phone_of=phone_of) if is_held else contact


def _names(session: Session, keys: set[uuid.UUID]) -> dict[uuid.UUID, Label]:
    rows = session.execute(select(Account.id, Account.name, Account.name_en).where(Account.id.in_(keys), Account.is_active))
    return {row.id: Label(row.name, row.name_en) for row in rows}


def _on_duty(session: Session, cells: list[CellCard], now: datetime) -> dict[str, tuple[Contact, ...]]:
    day = local_day(now)
    codes = {code for cell in cells for code in (cell.code, cell.community_code)}
    rows = session.execute(
        select(RosterTerm, Account.name, Account.name_en).join(Account, Account.id == RosterTerm.account_id)
        .where(RosterTerm.cell_code.in_(sorted(codes)), in_force(RosterTerm, day), Account.is_active))
    entries: defaultdict[str, list[RosterEntry]] = defaultdict(list)
    names: dict[object, Label] = {}
    for term, name, name_en in rows:
        names[term.account_id] = Label(name, name_en)
        kind = RosterKind.COVER if term.is_cover else RosterKind.HOLDER
        entries[term.cell_code].append(RosterEntry(term.account_id, name, term.seat, term.cell_code, term.valid_from,
                                                   term.valid_to, kind, term.position))

    def seated(cell: CellCard, seat: Seat) -> Contact:
        found = candidates([*entries[cell.code], *entries[cell.community_code]], seat, cell.code, day)
        if not found:
            return Contact(seat, None)
        return Contact(seat, names[found[0].account_id], is_cover=found[0].kind is RosterKind.COVER)

    return {cell.code: tuple(seated(cell, seat) for seat in _ORDER) for cell in cells}


def _phones(session: Session, grid: Grid, places: list[tuple[str, str]], complaint: str) -> dict[str, _Phones]:
    """Return the phones of places, each given with the community (or street) it lies in; one statement."""
    chains = {code: [code, *_upward(grid, above)] for code, above in places}
    wanted = {code for chain in chains.values() for code in chain}
    rows = {row.place_code: row for row in session.scalars(
        select(PublicPhones).where(PublicPhones.place_code.in_(sorted(wanted))))}
    found = {}
    for code, chain in chains.items():
        own = [rows[each] for each in chain if each in rows]
        office = next((row for row in own if row.office_phone and row.place_code in grid.areas), None)
        found[code] = _Phones(
            next((row.office_phone or "" for row in own if row.place_code not in grid.areas), ""),
            (office.office_phone or "") if office else "", grid.areas[office.place_code].label if office else None,
            next((row.complaint_phone for row in own if row.complaint_phone), None) or complaint)
    return found


def _upward(grid: Grid, code: str | None) -> Iterator[str]:
    while code and code in grid.areas:
        yield code
        code = grid.areas[code].parent_code
