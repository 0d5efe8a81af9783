"""Who holds which seat of a cell, from when to when, and how many of each seat a team wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from gridmediate.domain.vocabulary import Seat, add_labels


class RosterKind(StrEnum):
    """How someone holds a seat: as one's own, or for somebody absent."""

    HOLDER = "holder"
    COVER = "cover"


add_labels({RosterKind.HOLDER: ("在岗", "Holder"), RosterKind.COVER: ("代管", "Cover")})


@dataclass(frozen=True, slots=True)
class SeatCount:
    """How many people the categories of one prefix ask for.

    Parameters
    ----------
    prefix : str
        Beginning of T2 codes.
    cadres, grid_workers : int
    """

    prefix: str
    cadres: int = 1
    grid_workers: int = 1


@dataclass(frozen=True, slots=True)
class TeamTemplate:
    """How many of each seat a team has; 1 + 1 unless a category asks for more.

    Parameters
    ----------
    cadres, grid_workers : int
        At least 1 each.
    overrides : tuple of SeatCount
        The longest fitting prefix counts.
    """

    cadres: int = 1
    grid_workers: int = 1
    overrides: tuple[SeatCount, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the template as JSON values."""
        return {**asdict(self), "overrides": [asdict(each) for each in self.overrides]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TeamTemplate:
        """Read back what :meth:`as_json` stored; an office's edit goes through ``limit_rows`` first."""
        overrides = tuple(SeatCount(**each) for each in stored["overrides"])
        return cls(stored["cadres"], stored["grid_workers"], overrides)

    def seats(self, category: str) -> dict[Seat, int]:
        """Return how many cadres and grid workers a case of this category gets."""
        fitting = [each for each in self.overrides if category.startswith(each.prefix)]
        chosen = max(fitting, key=lambda each: len(each.prefix), default=None)
        if chosen is None:
            return {Seat.CADRE: self.cadres, Seat.GRID_WORKER: self.grid_workers}
        return {Seat.CADRE: chosen.cadres, Seat.GRID_WORKER: chosen.grid_workers}


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A row of the roster: who sits where, from when to when.

    Parameters
    ----------
    account_id : UUID
    name : str
        For display only; it is not stored with the reason.
    seat : Seat
        Cadre or grid worker.
    cell_code : str
        A cell, or a community (12 digits) whose every cell it holds for.
    valid_from, valid_to : date
        Local days, both included; ``valid_to`` None is open-ended. An absence ends a row, so cover begins without guessing.
    kind : RosterKind
    order : int
        Among rows of one kind, the smaller is asked first.
    note : str
        The office's words, such as 补选前.
    """

    account_id: UUID
    name: str
    seat: Seat
    cell_code: str
    valid_from: date
    valid_to: date | None = None
    kind: RosterKind = RosterKind.HOLDER
    order: int = 1
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Return whether the row counts on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def covers_cell(self, cell: str) -> bool:
        """Return whether the row is for this cell or for its community."""
        return cell.startswith(self.cell_code)


def candidates(roster: Iterable[RosterEntry], seat: Seat, cell: str | None, day: date) -> list[RosterEntry]:
    """Return who may be asked for a seat on that day, first first.

    Notes
    -----
    Holders before covers, the cell's own row before its community's, then the office's order; a person stands once.
    """
    if cell is None:
        return []
    rows = [row for row in roster if row.seat == seat and row.covers_cell(cell) and row.holds_on(day)]
    rows.sort(key=lambda row: (row.kind != RosterKind.HOLDER, -len(row.cell_code), row.order, row.valid_from, row.account_id.int))
    first: dict[UUID, RosterEntry] = {}
    for row in rows:
        first.setdefault(row.account_id, row)
    return list(first.values())
