"""Taking a sheet of cells into the grid: check, compare, and open new editions from a day on.

A cell has editions. One that is unchanged keeps its row; one whose outline, name, community, kind or households changed gets its
old edition closed the day before and a new one opened; one that the sheet lacks is closed only when asked. Nothing is
overwritten, since every case keeps the edition of its filing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmediate.domain.grid_problems import (
    CommunityUnclear,
    EditionAhead,
    EffectiveInThePast,
    FaultsOpen,
    OtherCounty,
)
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.geo.locate import CellIndex
from gridmediate.geo.measure import areas_m2, outlines
from gridmediate.services.cell_sheets import CellChange, CellImport, ImportReport, check_sheet, open_faults
from gridmediate.services.grid import local_day
from gridmediate.services.home_acts import note, require
from gridmediate.store import defaults
from gridmediate.store.columns import new_id
from gridmediate.store.models import Area, Case, Cell, Home
from gridmediate.store.queries import in_force

_DAY = timedelta(days=1)
#: Vertices closer than this are the same: a centimetre, the rounding of other programs.
_SAME_DEG = 1e-7
_KINDS = {
    "": "general", "base": "general", "综合网格": "general", "基础网格": "general", "专属网格": "exclusive", "微网格": "micro",
}


def compare_cells(session: Session, command: CellImport, actor: Actor | None, now: datetime) -> ImportReport:
    """Say what an import would change. Needs no change to be possible; reads only.

    Raises
    ------
    NotPermitted, FaultsOpen, CommunityUnclear, OtherCounty, EditionAhead, EffectiveInThePast, PatternUnusable
    """
    return _Import(session, command, actor, now).compare()


def import_cells(session: Session, command: CellImport, actor: Actor | None, now: datetime) -> ImportReport:
    """Take a sheet of cells over from a day on, all of it in the caller's transaction.

    Parameters
    ----------
    session : Session
    command : CellImport
    actor : Actor or None
        None for the office's own command line, which also sets up a home that is not there yet.
    now : datetime

    Raises
    ------
    NotPermitted, FaultsOpen, CommunityUnclear, OtherCounty, EditionAhead, EffectiveInThePast, PatternUnusable
    """
    work = _Import(session, command, actor, now)
    report = work.compare()
    return report if report.is_empty else work.carry_out(report)


class _Import:
    """One sheet on its way in."""

    def __init__(self, session: Session, command: CellImport, actor: Actor | None, now: datetime) -> None:
        if actor is not None:
            require(actor, Permission.CELL_IMPORT)
        self.session, self.command, self.actor, self.now = session, command, actor, now
        self.faults = check_sheet(session, command)
        if open_ones := open_faults(self.faults, command.accept):
            raise FaultsOpen(count=len(open_ones))
        self.communities = self._communities()
        self.streets = tuple(self._street_of(each) for each in self.communities)
        self._check_county()
        self.held = {cell.cell_code: cell for cell in session.scalars(select(Cell).where(in_force(Cell, command.valid_from)))}

    def compare(self) -> ImportReport:
        """Say what changes."""
        command, sheet = self.command, self.command.sheet
        new: list[str] = []
        changed: list[CellChange] = []
        for at, code in enumerate(sheet.codes):
            held = self.held.get(code)
            if held is None:
                new.append(code)
            elif what := self._differs(held, at):
                changed.append(CellChange(code, self._name(at), what))
        touched = set(self.streets)
        listed = set(sheet.codes)
        missing = sorted(code for code, cell in self.held.items() if cell.street_code in touched and code not in listed)
        report = ImportReport(
            command.valid_from, tuple(sorted(new)), tuple(changed), len(sheet) - len(new) - len(changed), tuple(missing),
            command.retire_missing, 0, 0, self.faults,
        )
        self._check_days(report)
        leaving = [each.code for each in changed] + (missing if command.retire_missing else [])
        return replace(report, open_cases=self._open_cases(leaving), queue_inside=self._queue_inside(missing))

    def carry_out(self, report: ImportReport) -> ImportReport:
        """Open and close editions, set areas and outlines, count the edition on, write it down."""
        home = self._home()
        sheet, first = self.command.sheet, self.command.valid_from
        self._areas(home)
        closing = [self.held[each.code] for each in report.changed]
        closing += [self.held[code] for code in report.missing] if report.retired else []
        for cell in closing:
            cell.valid_to = first - _DAY
        self.session.flush()
        wanted = {*report.new, *(each.code for each in report.changed)}
        areas, boxes = areas_m2(sheet.geometries), shapely.bounds(sheet.geometries)
        for at, code in enumerate(sheet.codes):
            if code in wanted:
                self.session.add(self._edition(at, float(areas[at]), boxes[at]))
        self.session.flush()
        self._outlines()
        home.grid_edition += 1
        self.session.info["home"] = home
        details: dict[str, Any] = {
            "file": self.command.file[:120], "crs": sheet.source_crs[:80], "from": first.isoformat(),
            "edition": home.grid_edition, "new": len(report.new), "changed": len(report.changed),
            "unchanged": report.unchanged,
            "retired": len(report.missing) if report.retired else 0,
            "accepted": sorted(kind.value for kind in self.command.accept),
        }
        note(self.session, "cells.import", details, actor=self.actor, now=self.now)
        self.session.flush()
        return replace(report, edition=home.grid_edition)

    def _communities(self) -> tuple[str, ...]:
        sheet, place = self.command.sheet, self.command.place
        if place is not None:
            return (place.community_code,) * len(sheet)
        unclear = [code for code in sheet.codes if not re.fullmatch(r"[0-9]{15}", code)]
        if unclear:
            raise CommunityUnclear(field="community", codes=unclear[:6])
        return tuple(code[:12] for code in sheet.codes)

    def _street_of(self, community: str) -> str:
        place = self.command.place
        if place is not None and place.street_code:
            return place.street_code
        return community[:9] if re.fullmatch(r"[0-9]{12}", community) else f"{community}-S"

    def _check_county(self) -> None:
        home = self.session.get(Home, 1)
        if home is None or self.command.place is not None:
            return
        others = sorted({code for code in self.command.sheet.codes if not code.startswith(home.county_code)})
        if others:
            raise OtherCounty(county=home.county_code, codes=others[:6])

    def _differs(self, held: Cell, at: int) -> tuple[str, ...]:
        sheet = self.command.sheet
        households = sheet.households[at]
        what = {
            "outline": not _same_outline(shapely.from_wkb(held.outline), sheet.geometries[at]),
            "name": self._name(at) != held.name,
            "community": self.communities[at] != held.community_code,
            "kind": bool(sheet.kinds[at]) and self._kind(at) != held.kind,
            "households": households is not None and households != held.households,
        }
        return tuple(name for name, differs in what.items() if differs)

    def _name(self, at: int) -> str:
        return self.command.sheet.names[at] or self.command.sheet.codes[at]

    def _kind(self, at: int) -> str:
        given = self.command.sheet.kinds[at].strip()
        return _KINDS.get(given, given)[:24]

    def _check_days(self, report: ImportReport) -> None:
        """Refuse what would reach back, or cross an edition that is entered already."""
        command, today = self.command, local_day(self.now)
        leaving = {each.code for each in report.changed} | (set(report.missing) if report.retired else set())
        if leaving and command.valid_from < today:
            raise EffectiveInThePast(field="valid_from", earliest=today)
        same_day = [code for code in leaving if self.held[code].valid_from >= command.valid_from]
        opening = [*report.new, *(each.code for each in report.changed)]
        later = self.session.execute(
            select(Cell.cell_code, Cell.valid_from).where(Cell.valid_from > command.valid_from)).all()
        ahead = {code: first for code, first in later if code in set(opening) | leaving}
        if same_day or ahead:
            day = max([command.valid_from, *ahead.values()])
            raise EditionAhead(field="valid_from", day=day, codes=sorted({*same_day, *ahead})[:6])

    def _open_cases(self, codes: list[str]) -> int:
        if not codes:
            return 0
        return self.session.scalar(select(func.count()).select_from(Case).where(Case.is_open, Case.cell_code.in_(codes))) or 0

    def _queue_inside(self, missing: list[str]) -> int:
        points = self.session.execute(
            select(Case.lon, Case.lat).where(Case.is_open, Case.cell_code.is_(None), Case.lon.is_not(None))).all()
        if not points:
            return 0
        codes, shapes = self._resulting(missing)
        found = CellIndex(codes, shapes).locate_many([each.lon for each in points], [each.lat for each in points])
        return int(np.count_nonzero(found.position >= 0))

    def _resulting(self, missing: list[str]) -> tuple[list[str], list[shapely.Geometry]]:
        gone = {*self.command.sheet.codes, *(missing if self.command.retire_missing else ())}
        kept = [cell for code, cell in self.held.items() if code not in gone]
        codes = [*self.command.sheet.codes, *(cell.cell_code for cell in kept)]
        return codes, [*self.command.sheet.geometries, *(shapely.from_wkb(cell.outline) for cell in kept)]

    def _home(self) -> Home:
        home = self.session.get(Home, 1, with_for_update=True)
        if home is None:
            street = self.streets[0]
            county = self.command.county_code or (street[:6] if re.fullmatch(r"[0-9]{9}", street) else f"{street}-C")
            home = Home(id=1, county_code=county, name=self._area_name(county).zh, grid_edition=0, rules_edition=0)
            self.session.add(home)
        return home

    def _area_name(self, code: str) -> Label:
        place = self.command.place
        return self.command.names.get(code) or (place.community if place and place.community else Label(code, code))

    def _areas(self, home: Home) -> None:
        """Add the county, streets and communities that are not there yet."""
        known = set(self.session.scalars(select(Area.code)))
        place = self.command.place
        wanted: list[tuple[str, Level, str | None, Label | None]] = [(home.county_code, Level.COUNTY, None, None)]
        for community, street in sorted(set(zip(self.communities, self.streets, strict=True))):
            wanted.append((street, Level.STREET, home.county_code, place.street if place else None))
            wanted.append((community, Level.COMMUNITY, street, place.community if place else None))
        first_street = not any(level is Level.STREET and code in known for code, level, _, _ in wanted)
        for code, level, parent, name in wanted:
            if code not in known:
                called = name or self._area_name(code)
                letters = self.command.letters if level is Level.STREET else ""
                self.session.add(Area(
                    code=code, level=level, name=called.zh, name_en=called.en, parent_code=parent, abbreviation=letters or None))
                self.session.flush()
                known.add(code)
        if first_street and home.grid_edition == 0:
            defaults.seed(self.session, self.streets[0])

    def _edition(self, at: int, area_m2: float, box: np.ndarray) -> Cell:
        sheet, code = self.command.sheet, self.command.sheet.codes[at]
        held, name = self.held.get(code), self._name(at)
        kept = held.name_en if held is not None and held.name == name else name
        households = sheet.households[at]
        return Cell(
            id=new_id(), cell_code=code, name=name, name_en=self.command.names[code].en if code in self.command.names else kept,
            kind=self._kind(at) if sheet.kinds[at] or held is None else held.kind,
            community_code=self.communities[at], street_code=self.streets[at],
            households=held.households if households is None and held is not None else households, area_m2=area_m2,
            outline=shapely.to_wkb(sheet.geometries[at]), west=float(box[0]), south=float(box[1]), east=float(box[2]),
            north=float(box[3]), valid_from=self.command.valid_from,
        )

    def _outlines(self) -> None:
        """Join the cells of each touched community and street, as they are from the new day on."""
        streets = set(self.streets)
        cells = self.session.execute(
            select(Cell.community_code, Cell.street_code, Cell.outline)
            .where(in_force(Cell, self.command.valid_from), Cell.street_code.in_(streets))).all()
        shapes = shapely.from_wkb([each.outline for each in cells])
        joined = outlines([each.community_code for each in cells], shapes)
        joined |= outlines([each.street_code for each in cells], shapes)
        for area in self.session.scalars(select(Area).where(Area.code.in_(joined))):
            area.outline = shapely.to_wkb(joined[area.code])


def _same_outline(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    if shapely.to_wkb(one) == shapely.to_wkb(other):
        return True
    return bool(shapely.equals_exact(_plain(one), _plain(other), _SAME_DEG))


def _plain(shape: shapely.Geometry) -> shapely.Geometry:
    # A program may turn a ring, begin it elsewhere, or wrap a polygon as one part of many.
    parts = shapely.get_parts(shape)
    return shapely.normalize(parts[0] if len(parts) == 1 else shape)

