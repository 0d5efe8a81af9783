"""What everybody may know of a cell: its name and outline, who is on duty today, whom to call, what the street has to say.

Nothing here looks at a case. Phones are those an administrator entered for a place; an account's own is its colleagues'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.roster import RosterEntry, RosterKind, candidates
from gridmediate.domain.vocabulary import Label, Level, Seat
from gridmediate.services.cell_notices import PublicNotice, notices_at
from gridmediate.services.grid import AreaCard, CellCard, Grid, grid_of, local_day
from gridmediate.services.rosters import SEATS
from gridmediate.store.models import Account, Area, Cell, RosterTerm
from gridmediate.store.queries import in_force

#: How far around a cell its neighbours are looked for, as a share of its longer side.
_AROUND = 0.35
#: Cells nearer than this lie side by side: some five metres, since drawn borders seldom meet exactly.
_BESIDE_DEG = 5e-5


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who holds a seat of a cell today; no name for a vacancy."""

    seat: Seat
    name: Label | None
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Phones:
    """Whom to call, "" where nobody has entered a phone.

    Parameters
    ----------
    office, complaint : str
    office_of : Label or None
        Whose office phone it is: the nearest place above the cell that has one.
    """

    office: str = ""
    complaint: str = ""
    office_of: Label | None = None


@dataclass(frozen=True, slots=True)
class Poster:
    """A cell on paper: what a poster says."""

    cell: CellCard
    community: AreaCard
    street: AreaCard
    people: tuple[OnDuty, ...]
    phones: Phones


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A cell near another: its name, its outline (WGS 84), and whether the two lie side by side."""

    name: Label
    outline: BaseGeometry
    is_beside: bool


@dataclass(frozen=True, slots=True)
class CellPage:
    """A cell as everybody sees it.

    Parameters
    ----------
    poster : Poster
    outline : shapely geometry
        WGS 84.
    around : list of Neighbour
    notices : list of PublicNotice
    """

    poster: Poster
    outline: BaseGeometry
    around: list[Neighbour]
    notices: list[PublicNotice]


@dataclass(frozen=True, slots=True)
class GoneCell:
    """A cell that was redrawn after its posters were hung: where its people are to be asked now."""

    name: Label
    community: AreaCard
    phones: Phones


def cell_page(session: Session, cell_code: str, now: datetime, *, complaint: str = "") -> CellPage | GoneCell:
    """Return what everybody may know of a cell.

    Parameters
    ----------
    cell_code : str
    complaint : str
        The office's phone for complaints, where no place above the cell has its own.

    Raises
    ------
    NotFound
        There was never such a cell.
    """
    grid = grid_of(session, now)
    cell = grid.cells.get(cell_code)
    if cell is None:
        return _gone(session, grid, cell_code, complaint)
    (poster,) = _posters(session, grid, [cell], now, complaint)
    outline = grid.outlines[cell_code]
    west, south, east, north = outline.bounds
    reach = max(east - west, north - south) * _AROUND
    near = grid.index.codes_near(west - reach, south - reach, east + reach, north + reach)
    around = [Neighbour(grid.cells[code].label, grid.outlines[code], grid.outlines[code].distance(outline) < _BESIDE_DEG)
              for code in near if code != cell_code]
    return CellPage(poster, outline, around, notices_at(session, grid, [cell_code], now))


def _gone(session: Session, grid: Grid, cell_code: str, complaint: str) -> GoneCell:
    last = session.scalars(select(Cell).where(Cell.cell_code == cell_code).order_by(Cell.valid_from.desc()).limit(1)).first()
    community = grid.areas.get(last.community_code) if last else None
    if last is None or community is None:
        raise NotFound
    return GoneCell(Label(last.name, last.name_en), community, _phones(_areas(session, grid, [community.code]), grid,
                                                                       community.code, complaint))


def posters_of(session: Session, place: str, actor: Actor, now: datetime, *, complaint: str = "") -> list[Poster]:
    """Return the posters of a cell, or of each cell of a community or street, by code.

    Raises
    ------
    NotPermitted, NotFound
    """
    if not holds(actor, Permission.CELL_READ):
        raise NotPermitted
    grid = grid_of(session, now)
    cells = [cell for cell in grid.cells.values() if place in (cell.code, cell.community_code, cell.street_code)]
    if not cells:
        raise NotFound
    return _posters(session, grid, cells, now, complaint)


def _posters(session: Session, grid: Grid, cells: list[CellCard], now: datetime, complaint: str) -> list[Poster]:
    people = on_duty(session, cells, now)
    areas = _areas(session, grid, [cell.community_code for cell in cells])
    return [
        Poster(cell, grid.areas[cell.community_code], grid.areas[cell.street_code], people[cell.code],
                  _phones(areas, grid, cell.community_code, complaint))
        for cell in cells
    ]


def on_duty(session: Session, cells: Iterable[CellCard], now: datetime) -> dict[str, tuple[OnDuty, ...]]:
    """Return who is on duty today in each cell, by its code: worker and cadre, as the roster seats them, in one statement."""
    day, listed = local_day(now), list(cells)
    codes = {code for cell in listed for code in (cell.code, cell.community_code)}
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

    def seated(cell: CellCard, seat: Seat) -> OnDuty:
        found = candidates([*entries[cell.code], *entries[cell.community_code]], seat, cell.code, day)
        return OnDuty(seat, names[found[0].account_id], found[0].kind is RosterKind.COVER) if found else OnDuty(seat, None)

    # The worker first: whoever stands in front of the poster meets the worker.
    return {cell.code: tuple(seated(cell, seat) for seat in reversed(SEATS)) for cell in listed}


def _areas(session: Session, grid: Grid, codes: Iterable[str]) -> dict[str, Area]:
    """Return the rows of these places and of all above them."""
    wanted: set[str] = set()
    for code in codes:
        above: str | None = code
        while above and above not in wanted:
            wanted.add(above)
            above = grid.areas[above].parent_code if above in grid.areas else None
    return {area.code: area for area in session.scalars(select(Area).where(Area.code.in_(sorted(wanted))))}


def _phones(areas: Mapping[str, Area], grid: Grid, code: str, complaint: str) -> Phones:
    chain: list[Area] = []
    above: str | None = code
    while above and above in areas:
        chain.append(areas[above])
        above = areas[above].parent_code
    office = next((area for area in chain if area.office_phone), None)
    own = next((area.complaint_phone for area in chain if area.complaint_phone), None)
    said = (office.office_phone or "", grid.areas[office.code].label) if office else ("", None)
    return Phones(said[0], own or complaint, said[1])


def places_to_print(grid: Grid, street: str = "") -> list[tuple[AreaCard, list[CellCard]]]:
    """Return the communities (of a street, or all) with their cells, by code."""
    by_community: defaultdict[str, list[CellCard]] = defaultdict(list)
    for cell in grid.cells.values():
        if street in ("", cell.street_code):
            by_community[cell.community_code].append(cell)
    return [(grid.areas[code], cells) for code, cells in sorted(by_community.items()) if code in grid.areas]


def streets(grid: Grid) -> list[AreaCard]:
    """Return the streets of the county, by code."""
    return [area for area in grid.areas.values() if area.level is Level.STREET]
