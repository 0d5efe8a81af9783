"""What everybody may know of a cell: its name and outline, who is on duty today, whom to call, what the street has to say.

Nothing here looks at a case.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, holds
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.cell_notices import PublicNotice, notices_at
from gridmediate.services.grid import AreaCard, CellCard, Grid, grid_of
from gridmediate.services.whom_to_call import WhomToCall, community_to_call, whom_to_call
from gridmediate.store.models import Cell

#: How far around a cell its neighbours are looked for, as a share of its longer side.
_AROUND = 0.35
#: Cells nearer than this lie side by side: some five metres, since drawn borders seldom meet exactly.
_BESIDE_DEG = 5e-5


@dataclass(frozen=True, slots=True)
class Poster:
    """A cell on paper: what a poster says."""

    cell: CellCard
    community: AreaCard
    street: AreaCard
    call: WhomToCall


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
    call: WhomToCall


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
    return GoneCell(Label(last.name, last.name_en), community,
                    community_to_call(session, grid, community.code, complaint=complaint))


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
    calls = whom_to_call(session, grid, cells, now, complaint=complaint)
    return [Poster(cell, grid.areas[cell.community_code], grid.areas[cell.street_code], calls[cell.code]) for cell in cells]


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
