"""Taking over a file of place names: every fault by row, what it would change, and then the change, the old edition kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.gazetteer_problems import (
    PlaceCellAndPointDiffer,
    PlaceCellUnclear,
    PlaceCellUnknown,
    PlaceNowhere,
    PlaceOutside,
    PlacesFileEmpty,
    PlaceTwice,
)
from gridmediate.domain.gazetteer_words import building_key, fold
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.geo.crs import to_wgs84
from gridmediate.services.gazetteer_files import COLUMNS, PlaceRow, PlacesFile
from gridmediate.services.grid import CellCard, Grid, grid_of
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.placing import Placement, Point, locate, locate_many
from gridmediate.store.models import GazetteerEntry

#: How far a point may lie on the other side of a border and still belong to the cell that its row names.
_TOLERATED_M = 10.0
_ROWS_AT_ONCE = 2000
_COMPARED = {
    "name": "name", "name_en": "name_en", "aliases": "aliases", "building": "building", "kind": "kind", "cell_code": "cell",
    "raw_lon": "lon", "raw_lat": "lat", "datum": "datum",
}


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """A place whose entry is replaced, and in which columns it differs."""

    place: str
    columns: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class PlacesReport:
    """What a file of place names changes.

    Parameters
    ----------
    added, ended : tuple of str
        Places as they are called.
    changed : tuple of PlaceChange
    unchanged : int
    streets : tuple of Label
        Those that the file speaks of; the places of others stay as they are.
    """

    file: str
    added: tuple[str, ...]
    changed: tuple[PlaceChange, ...]
    ended: tuple[str, ...]
    unchanged: int
    streets: tuple[Label, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the book stays as it is."""
        return not (self.added or self.changed or self.ended)


def plan_places(session: Session, sheet: PlacesFile, actor: Actor | None, now: datetime) -> PlacesReport:
    """Say what a file would change; nothing is written.

    Raises
    ------
    NotPermitted, NoHome
    PlacesFileEmpty
    Faults
        Every fault of every row, in the order of the rows.
    """
    return _Plan(session, sheet, actor, now).report


def import_places(session: Session, sheet: PlacesFile, actor: Actor | None, now: datetime) -> PlacesReport:
    """Take a file over, in the caller's transaction: it is the whole book of the streets that it speaks of.

    Parameters
    ----------
    session : Session
    sheet : PlacesFile
    actor : Actor or None
        None for the office's own command line.
    now : datetime

    Raises
    ------
    NotPermitted, NoHome, PlacesFileEmpty, Faults
    """
    plan = _Plan(session, sheet, actor, now)
    if not plan.report.is_empty:
        plan.carry_out()
    return plan.report


_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row with the cell that it lies in."""

    row: PlaceRow
    cell: CellCard
    lon: float | None
    lat: float | None

    @property
    def key(self) -> _Key:
        return fold(self.row.name), building_key(self.row.building), self.cell.community_code

    def columns(self) -> dict[str, Any]:
        row = self.row
        return {
            "name": row.name, "name_en": row.name_en, "aliases": list(row.aliases), "building": row.building, "kind": row.kind,
            "street_code": self.cell.street_code, "cell_code": self.cell.code, "lon": self.lon, "lat": self.lat,
            "raw_lon": row.lon, "raw_lat": row.lat, "datum": row.datum,
        }


class _Plan:
    """A file held against the book as it stands."""

    def __init__(self, session: Session, sheet: PlacesFile, actor: Actor | None, now: datetime) -> None:
        if actor is not None:
            require(actor, Permission.CELL_IMPORT)
        self.session, self.sheet, self.actor, self.now = session, sheet, actor, now
        self.home = locked_home(session)
        self.grid = grid_of(session, now)
        placed, faults = _place(self.grid, sheet.rows)
        faults += [*sheet.faults, *_twice(placed)]
        if faults:
            raise Faults(sorted(faults, key=lambda fault: (fault.values["row"], fault.code)))
        if not placed:
            raise PlacesFileEmpty(file=sheet.file)
        self.placed = {each.key: each for each in placed}
        streets = sorted({each.cell.street_code for each in placed})
        in_force = session.scalars(select(GazetteerEntry).where(
            GazetteerEntry.ended_at.is_(None), GazetteerEntry.street_code.in_(streets)).order_by(GazetteerEntry.id))
        self.held = {self._key_of(entry): entry for entry in in_force}
        self.differing = {key: found for key, each in self.placed.items()
                          if key in self.held and (found := _differing(self.held[key], each))}
        self.leaving = [key for key in self.held if key not in self.placed]
        new = [each.row.place for key, each in self.placed.items() if key not in self.held]
        changed = tuple(PlaceChange(self.placed[key].row.place, found) for key, found in self.differing.items())
        self.report = PlacesReport(
            sheet.file, tuple(new), changed,
            tuple(f"{entry.name} {entry.building}".rstrip() for entry in map(self.held.__getitem__, self.leaving)),
            len(self.placed) - len(new) - len(self.differing), tuple(self.grid.areas[code].label for code in streets))

    def _key_of(self, entry: GazetteerEntry) -> _Key:
        cell = self.grid.cells.get(entry.cell_code or "")
        return fold(entry.name), building_key(entry.building), cell.community_code if cell else (entry.cell_code or "")[:12]

    def carry_out(self) -> None:
        """End what is replaced or gone, write what is new, count the edition on, write it down."""
        ending = [self.held[key].id for key in (*self.differing, *self.leaving)]
        for start in range(0, len(ending), _ROWS_AT_ONCE):
            lot = ending[start:start + _ROWS_AT_ONCE]
            self.session.execute(update(GazetteerEntry).where(GazetteerEntry.id.in_(lot)).values(ended_at=self.now),
                                 execution_options={"synchronize_session": False})
        new = [each for key, each in self.placed.items() if key not in self.held or key in self.differing]
        spell = _Spelling()
        rows = [
            each.columns() | spell(each.row) | {"source": self.sheet.file[:120], "made_at": self.now, "ended_at": None}
            for each in new]
        if rows:
            self.session.execute(insert(GazetteerEntry), rows)
        self.home.gazetteer_edition += 1
        details = {"file": self.sheet.file[:120], "edition": self.home.gazetteer_edition, "added": len(self.report.added),
                   "changed": len(self.report.changed), "ended": len(self.report.ended), "unchanged": self.report.unchanged}
        note(self.session, "gazetteer.import", details, actor=self.actor, now=self.now)
        self.session.flush()


def _differing(entry: GazetteerEntry, placed: _Placed) -> tuple[Label, ...]:
    given = placed.columns()
    return tuple(COLUMNS[column] for name, column in _COMPARED.items() if getattr(entry, name) != given[name])


class _Spelling:
    """Pinyin and initials of names. The dictionary is large and loaded with the first file only."""

    def __init__(self) -> None:
        self._read = import_module("pypinyin").lazy_pinyin
        self._known: dict[str, list[str]] = {}

    def __call__(self, row: PlaceRow) -> dict[str, list[str]]:
        spelled = [self._syllables(name) for name in (row.name, *row.aliases)]
        return {"pinyin": ["".join(each) for each in spelled], "initials": ["".join(one[0] for one in each) for each in spelled]}

    def _syllables(self, name: str) -> list[str]:
        if name not in self._known:
            self._known[name] = [part for part in self._read(name) if fold(part)]
        return self._known[name]


def _place(grid: Grid, rows: Sequence[PlaceRow]) -> tuple[list[_Placed], list[Problem]]:
    points = [Point(row.lon, row.lat, datum=row.datum) if row.lon is not None and row.lat is not None else None for row in rows]
    by_name: dict[str, list[CellCard]] = defaultdict(list)
    for card in grid.cells.values():
        for name in {card.name, card.name_en}:
            by_name[fold(name)].append(card)
    placed, faults = [], []
    for row, point, found in zip(rows, points, locate_many(grid, points), strict=True):
        said = [grid.cells[row.cell]] if row.cell in grid.cells else by_name.get(fold(row.cell), []) if row.cell else []
        problem = _fault(grid, row, point, found, said)
        if problem is not None:
            faults.append(problem)
            continue
        cell = said[0] if said else found.cell
        if cell is not None:
            lon, lat = to_wgs84(point.lon, point.lat, point.datum) if point else (None, None)
            placed.append(_Placed(row, cell, None if lon is None else float(lon), None if lat is None else float(lat)))
    return placed, faults


def _fault(grid: Grid, row: PlaceRow, point: Point | None, found: Placement, said: Sequence[CellCard]) -> Problem | None:
    told: dict[str, Any] = {"row": row.row, "place": row.place}
    if row.cell and not said:
        return PlaceCellUnknown(**told, got=row.cell)
    if len(said) > 1:
        return PlaceCellUnclear(**told, got=row.cell, codes=[card.code for card in said])
    if point is None:
        return None if said else PlaceNowhere(**told)
    if found.cell is None and not _is_near(grid, point, said):
        nearest = found.nearest
        return PlaceOutside(**told, nearest=nearest.cell.label if nearest else "—",
                            distance_m=round(nearest.distance_m) if nearest else "—")
    if said and found.cell != said[0] and not _is_near(grid, point, said):
        return PlaceCellAndPointDiffer(**told, cell=said[0].label, found=found.cell.label if found.cell else "—")
    return None


def _is_near(grid: Grid, point: Point, said: Sequence[CellCard]) -> bool:
    near = locate(grid, Point(point.lon, point.lat, _TOLERATED_M, point.datum))
    return bool(said) and said[0] in [each.cell for each in near.candidates]


def _twice(placed: Sequence[_Placed]) -> Iterator[Problem]:
    seen: dict[_Key, int] = {}
    for each in placed:
        if each.key in seen:
            yield PlaceTwice(row=each.row.row, other=seen[each.key], place=each.row.place)
        seen.setdefault(each.key, each.row.row)
