"""What the rows of a file of staff say that cannot be, seen against the grid, the accounts and each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from gridmediate.domain.problems import Problem
from gridmediate.domain.staff_problems import LeaverUnknown, StaffNamesDiffer, StaffPlaceUnknown, StaffRowTwice, StaffSeatTwice
from gridmediate.domain.vocabulary import Label, Level, Role, label
from gridmediate.services.grid import Grid
from gridmediate.services.rosters import ROLE_OF_SEAT
from gridmediate.services.staff_files import COLUMNS, StaffRow
from gridmediate.store.models import Account

SEAT_OF_ROLE = {role: seat for seat, role in ROLE_OF_SEAT.items()}
#: The level of place that a post is for; department staff have a department's code.
_LEVEL_OF_ROLE = {
    Role.GRID_WORKER: Level.COMMUNITY, Role.CADRE: Level.COMMUNITY, Role.LEADER: Level.STREET, Role.COORDINATOR: Level.COUNTY,
    Role.ADMINISTRATOR: None, Role.AUDITOR: None,
}


def cells_of(row: StaffRow, grid: Grid) -> tuple[str, ...]:
    """Return the codes of the cells a row names; all of its community where it says so."""
    if row.cells != ("*",):
        return row.cells
    return tuple(code for code, cell in grid.cells.items() if cell.community_code == row.place_code)


class RowChecks:
    """What rows say that cannot be, seen against the grid, the accounts and each other."""

    def __init__(
        self, rows: Sequence[StaffRow], grid: Grid, accounts: dict[str, Account], departments: Iterable[str], today: date,
    ) -> None:
        self.rows, self.grid, self.accounts, self.departments, self.today = rows, grid, accounts, set(departments), today

    def faults(self) -> list[Problem]:
        """Return every fault."""
        return [*self._people(), *self._places(), *self._twice(), *self._seats()]

    def _people(self) -> Iterable[Problem]:
        names: dict[str, str] = {login: account.name for login, account in self.accounts.items()}
        for row in self.rows:
            if row.role is None:
                if row.login not in self.accounts:
                    yield LeaverUnknown(row=row.row, login=row.login)
                continue
            other = names.setdefault(row.login, row.name)
            if other != row.name:
                yield StaffNamesDiffer(row=row.row, login=row.login, name=row.name, other=other)

    def _places(self) -> Iterable[Problem]:
        for row in self.rows:
            if row.role is None:
                continue
            if row.role is Role.DEPARTMENT_STAFF:
                if row.place_code not in self.departments:
                    yield self._unknown(row, "place", row.place_code, Label("部门", "department"))
            else:
                level, area = _LEVEL_OF_ROLE[row.role], self.grid.areas.get(row.place_code)
                if area is None or (level is not None and area.level is not level):
                    yield self._unknown(row, "place", row.place_code, label(level) if level else Label("地方", "place"))
            for code in row.cells:
                cell = self.grid.cells.get(code)
                if code != "*" and (cell is None or row.role not in SEAT_OF_ROLE):
                    yield self._unknown(row, "cells", code, label(Level.CELL))

    def _unknown(self, row: StaffRow, column: str, got: str, expected: Label) -> Problem:
        return StaffPlaceUnknown(row=row.row, column=COLUMNS[column], got=got, expected=expected)

    def _twice(self) -> Iterable[Problem]:
        seen: dict[tuple[object, ...], int] = {}
        for row in self.rows:
            key = (row.login, row.role, row.place_code, row.cells, row.is_cover)
            if key in seen:
                yield StaffRowTwice(row=row.row, other=seen[key])
            seen.setdefault(key, row.row)

    def _seats(self) -> Iterable[Problem]:
        taken: dict[tuple[str, Role], list[StaffRow]] = defaultdict(list)
        for row in self.rows:
            if row.role not in SEAT_OF_ROLE or row.role is None or row.is_cover:
                continue
            for code in cells_of(row, self.grid):
                others = (each for each in taken[code, row.role] if each.login != row.login)
                rival = next((each for each in others if self._meet(each, row)), None)
                if rival is not None:
                    cell = self.grid.cells[code].label if code in self.grid.cells else Label(code, code)
                    yield StaffSeatTwice(row=row.row, other=rival.row, cell=cell, seat=label(SEAT_OF_ROLE[row.role]))
                taken[code, row.role].append(row)

    def _meet(self, one: StaffRow, other: StaffRow) -> bool:
        def days(row: StaffRow) -> tuple[date, date]:
            return row.first or min(self.today, row.last or self.today), row.last or date.max

        (a, b), (c, d) = days(one), days(other)
        return a <= d and c <= b
