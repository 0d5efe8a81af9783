"""The cells in force, ready to be asked: read once per edition and day, shared by all threads."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import CaseSubject, Reach
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level
from gridmediate.geo.locate import CellIndex
from gridmediate.store import queries
from gridmediate.store.models import Area, Cell, Home


class NoHome(Problem):
    """The database holds no county yet."""

    code = "home.missing"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "还没有建好区县数据。请先运行 gridmediate demo，或导入网格。",
        "No county has been set up yet. Run gridmediate demo, or import cells.",
    )


@dataclass(frozen=True, slots=True)
class AreaCard:
    """What a page says of a county, street or community."""

    code: str
    level: Level
    name: str
    name_en: str
    parent_code: str | None
    abbreviation: str | None

    @property
    def label(self) -> Label:
        """The name in both languages."""
        return Label(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class CellCard:
    """What a page says of a cell."""

    id: uuid.UUID
    code: str
    name: str
    name_en: str
    kind: str
    community_code: str
    street_code: str
    households: int | None
    valid_from: date

    @property
    def label(self) -> Label:
        """The name in both languages."""
        return Label(self.name, self.name_en)


@dataclass(frozen=True)
class Grid:
    """The cells in force on one day, with the places above them.

    Parameters
    ----------
    edition : int
        Grows with every import; part of the addresses of map data, which may then be kept for ever.
    cells : dict of str to CellCard
        By code, in the order of the codes.
    outlines : dict of str to shapely geometry
        By cell code, WGS 84.
    areas : dict of str to AreaCard
    index : CellIndex
        Finds the cell of a point (WGS 84, lon then lat).
    county_code : str
    """

    edition: int
    cells: dict[str, CellCard]
    outlines: dict[str, BaseGeometry]
    areas: dict[str, AreaCard]
    index: CellIndex
    county_code: str

    def community_of(self, cell_code: str) -> AreaCard:
        """Return the community a cell belongs to."""
        return self.areas[self.cells[cell_code].community_code]

    @cached_property
    def subjects(self) -> dict[str, CaseSubject]:
        """A case in each cell, by code, as permissions look at it: whoever reaches it reaches the cell's counts."""
        return {
            card.code: CaseSubject(street_code=card.street_code, county_code=self.county_code, community_code=card.community_code,
                                   cell_code=card.code)
            for card in self.cells.values()
        }

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each cell stands in the order of the codes."""
        return {code: at for at, code in enumerate(self.cells)}

    @cached_property
    def _by_place(self) -> dict[str, list[CellCard]]:
        places: dict[str, list[CellCard]] = {}
        for card in self.cells.values():
            for code in {card.street_code, card.community_code, self.county_code}:
                places.setdefault(code, []).append(card)
        return places

    def cells_of(self, place: str) -> list[CellCard]:
        """Return the cells of a street, of a community or of the county, by code."""
        return list(self._by_place.get(place, ()))

    def covered(self, reach: Reach, place: str) -> list[CellCard]:
        """Return the cells of a place that *reach* covers, by code."""
        cells = self.cells_of(place)
        return cells if self._holds_whole(reach, place) else [card for card in cells if reach.covers(self.subjects[card.code])]

    def covers(self, reach: Reach, place: str) -> bool:
        """Return whether *reach* covers all cells of a place."""
        return self._holds_whole(reach, place) or all(reach.covers(self.subjects[card.code]) for card in self.cells_of(place))

    def _holds_whole(self, reach: Reach, place: str) -> bool:
        # Asked of the place once instead of each of its thousands of cells.
        return self.county_code in reach.counties or place in reach.streets or place in reach.communities

    def codes_in(self, communities: Collection[str]) -> list[str]:
        """Return the codes of the cells of these communities."""
        return [card.code for card in self.cells.values() if card.community_code in communities]

    def communities_of(self, street_code: str) -> list[AreaCard]:
        """Return the communities of a street or of the county, by code; of a community itself."""
        return [area for area in self.areas.values()
                if area.level is Level.COMMUNITY and street_code in (area.code, area.parent_code, self.county_code)]


def local_day(moment: datetime) -> date:
    """Return the local calendar day of a moment."""
    return moment.astimezone(LOCAL_ZONE).date()


def home_of(session: Session) -> Home:
    """Return the home's one row, read once per session.

    Raises
    ------
    NoHome
    """
    home: Home | None = session.info.get("home") or session.get(Home, 1)
    if home is None:
        raise NoHome
    session.info["home"] = home
    return home


def grid_of(session: Session, now: datetime) -> Grid:
    """Return the grid in force at *now*; it is read again only after an import or at midnight."""
    home, day = home_of(session), local_day(now)
    shared: dict[str, Any] = session.info["shared"]
    kept: tuple[tuple[int, date], Grid] | None = shared.get("grid")
    if kept and kept[0] == (home.grid_edition, day):
        return kept[1]
    grid = _read(session, home, day)
    shared["grid"] = ((home.grid_edition, day), grid)
    return grid


def _read(session: Session, home: Home, day: date) -> Grid:
    columns = (
        Cell.id,
        Cell.cell_code,
        Cell.name,
        Cell.name_en,
        Cell.kind,
        Cell.community_code,
        Cell.street_code,
        Cell.households,
        Cell.valid_from,
    )
    rows = session.execute(
        select(*columns, Cell.outline).where(queries.in_force(Cell, day)).order_by(Cell.cell_code)
    ).all()
    cells = {row.cell_code: CellCard(*row[:9]) for row in rows}
    outlines = shapely.from_wkb([row.outline for row in rows])
    areas = {
        area.code: AreaCard(area.code, area.level, area.name, area.name_en, area.parent_code, area.abbreviation)
        for area in session.scalars(select(Area).order_by(Area.code))
    }
    return Grid(
        home.grid_edition,
        cells,
        dict(zip(cells, outlines, strict=True)),
        areas,
        CellIndex(list(cells), outlines),
        home.county_code,
    )
