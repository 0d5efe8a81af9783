"""The grid as an administrator sees it: every cell in force with its editions and who sits in it today."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.vocabulary import Label, Seat
from gridmediate.services.grid import AreaCard, grid_of, local_day
from gridmediate.services.home_acts import require
from gridmediate.services.rosters import Presence, roster_view
from gridmediate.store.models import Cell
from gridmediate.store.queries import in_force


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell of the list.

    Parameters
    ----------
    since : date
        First day of the edition in force.
    editions : int
        How many there are, past and coming ones included.
    next_from : date or None
        First day of a coming edition.
    people : dict of Seat to Label or None
        Who sits there today; None for an empty seat.
    outline : bytes
        WKB, WGS 84.
    """

    id: uuid.UUID
    code: str
    name: Label
    kind: str
    households: int | None
    area_m2: float
    since: date
    until: date | None
    editions: int
    next_from: date | None
    people: dict[Seat, Label | None]
    outline: bytes


@dataclass(frozen=True, slots=True)
class CommunityCells:
    """A community's cells."""

    area: AreaCard
    cells: tuple[CellRow, ...]


def cells_by_community(session: Session, actor: Actor, now: datetime, *, community: str = "") -> list[CommunityCells]:
    """List the cells in force, community by community.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.CELL_READ)
    today, grid = local_day(now), grid_of(session, now)
    editions = {row[0]: row[1] for row in session.execute(select(Cell.cell_code, func.count()).group_by(Cell.cell_code))}
    coming = {row[0]: row[1] for row in session.execute(
        select(Cell.cell_code, func.min(Cell.valid_from)).where(Cell.valid_from > today).group_by(Cell.cell_code))}
    seated: dict[tuple[str, Seat], Label | None] = {}
    for row in roster_view(session, today, 1, now, community=community).rows:
        held = row.stretches[0]
        person = held.term.account if held.term is not None and held.presence is not Presence.EMPTY else None
        seated[row.cell.code, row.seat] = Label(person.name, person.name_en) if person is not None else None
    wanted = select(Cell).where(in_force(Cell, today)).order_by(Cell.cell_code)
    by_community: dict[str, list[CellRow]] = {}
    for cell in session.scalars(wanted.where(Cell.community_code == community) if community else wanted):
        by_community.setdefault(cell.community_code, []).append(CellRow(
            cell.id, cell.cell_code, Label(cell.name, cell.name_en), cell.kind, cell.households, cell.area_m2, cell.valid_from,
            cell.valid_to, editions[cell.cell_code], coming.get(cell.cell_code),
            {seat: seated.get((cell.cell_code, seat)) for seat in (Seat.CADRE, Seat.GRID_WORKER)}, cell.outline,
        ))
    return [CommunityCells(grid.areas[code], tuple(cells)) for code, cells in sorted(by_community.items())]
