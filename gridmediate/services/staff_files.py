"""The Excel file of staff: the template to fill in, and reading one that a stranger may have made.

Reading takes values only: no formulas, no macros, no links. Everything that can be wrong with a row is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gridmediate.domain.problems import Problem
from gridmediate.domain.staff_problems import (
    StaffDayUnreadable,
    StaffFileRefused,
    StaffHeaderMissing,
    StaffLoginInvalid,
    StaffRowIncomplete,
    StaffTermReversed,
    StaffValueTooLong,
    StaffValueUnknown,
)
from gridmediate.domain.vocabulary import Label, Role, label
from gridmediate.services.sheets import find_header, read_lines

#: Rows whose sign-in name begins so are the template's examples; they are passed over.
EXAMPLE_MARK = "示例"
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,63}")

#: What the column "岗位" may hold beside the roles.
LEAVES = Label("离岗", "Leaves")

COLUMNS: dict[str, Label] = {
    "login": Label("登录名", "Sign-in name"),
    "name": Label("姓名", "Name"),
    "name_en": Label("姓名拼音", "Name in Latin letters"),
    "phone": Label("手机", "Mobile"),
    "post": Label("岗位", "Post"),
    "place": Label("所属编码", "Place code"),
    "cells": Label("网格编码", "Cell codes"),
    "first": Label("起始日", "First day"),
    "last": Label("截止日", "Last day"),
    "cover": Label("代管", "Cover"),
    "note": Label("备注", "Note"),
}
REQUIRED = ("login", "name", "post", "place")
_LIMITS = {"name": 60, "name_en": 120, "phone": 24, "note": 60}
_YES, _NO = {"是", "y", "yes", "1", "true", "代管"}, {"", "否", "n", "no", "0", "false"}


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One row of the file.

    Parameters
    ----------
    row : int
        As Excel counts.
    role : Role or None
        None for a leaver.
    place_code : str
        Community, street, county or department code.
    cells : tuple of str
        Cells in whose seat the person sits; ``("*",)`` for all of the community.
    first, last : date or None
        Empty: from today on, and while it lasts.
    """

    row: int
    login: str
    name: str
    name_en: str
    phone: str
    role: Role | None
    place_code: str
    cells: tuple[str, ...]
    first: date | None
    last: date | None
    is_cover: bool
    note: str


@dataclass(frozen=True, slots=True)
class StaffFile:
    """What was read: the rows that can be used, and every fault of the others."""

    file: str
    rows: tuple[StaffRow, ...]
    faults: tuple[Problem, ...]
    examples: int


def read_staff(path: Path, file: str) -> StaffFile:
    """Read a file of staff.

    Parameters
    ----------
    path : Path
    file : str
        The name under which people know it.

    Raises
    ------
    StaffFileRefused
        No .xlsx, over 10 MB or 50,000 rows, packed too densely, with macros, or broken.
    StaffHeaderMissing
    """
    lines = read_lines(path, file, StaffFileRefused)
    where = find_header(lines, COLUMNS, REQUIRED, StaffHeaderMissing)
    rows: list[StaffRow] = []
    faults: list[Problem] = []
    examples = 0
    for number, values in lines:
        if number <= where.row:
            continue
        given = where.texts(values)
        if not any(given.values()):
            continue
        if given["login"].startswith(EXAMPLE_MARK):
            examples += 1
            continue
        raw = {key: values[at] for key, at in where.columns.items() if at < len(values)}
        read = _Row(number, given, raw).read()
        faults += read.faults
        if read.row is not None:
            rows.append(read.row)
    return StaffFile(file, tuple(rows), tuple(faults), examples)


class _Row:
    """Reads one row, collecting its faults."""

    def __init__(self, number: int, given: Mapping[str, str], raw: Mapping[str, Any]) -> None:
        self.number, self.given, self.raw = number, given, raw
        self.faults: list[Problem] = []
        self.row: StaffRow | None = None

    def read(self) -> _Row:
        """Read it."""
        given, number = self.given, self.number
        role, leaves = self._post()
        login = given["login"]
        self._require("login")
        if login and not LOGIN.fullmatch(login):
            self.faults.append(StaffLoginInvalid(row=number, got=login))
        if not leaves:
            self._require("name")
            self._require("place")
        for key, limit in _LIMITS.items():
            if len(given.get(key, "")) > limit:
                self.faults.append(StaffValueTooLong(row=number, column=COLUMNS[key], limit=limit, length=len(given[key])))
        first, last = self._day("first"), self._day("last")
        if first and last and last < first:
            self.faults.append(StaffTermReversed(row=number, first=first, last=last))
        if leaves and last is None and not given.get("last"):
            self._require("last")
        cover = self._cover()
        if not self.faults:
            self.row = StaffRow(
                number, login, given["name"], given.get("name_en", ""), given.get("phone", ""), role, given["place"],
                _codes(given.get("cells", "")), first, last, cover, given.get("note", ""),
            )
        return self

    def _require(self, key: str) -> None:
        if not self.given.get(key):
            self.faults.append(StaffRowIncomplete(row=self.number, column=COLUMNS[key]))

    def _post(self) -> tuple[Role | None, bool]:
        got = self.given["post"].casefold()
        if got in (LEAVES.zh, LEAVES.en.casefold()):
            return None, True
        for role in Role:
            if got in (role.value, label(role).zh, label(role).en.casefold()):
                return role, False
        if got:
            choices = [*(label(role) for role in Role), LEAVES]
            unknown = StaffValueUnknown(row=self.number, column=COLUMNS["post"], got=self.given["post"], choices=choices)
            self.faults.append(unknown)
        else:
            self._require("post")
        return None, False

    def _day(self, key: str) -> date | None:
        value, text = self.raw.get(key), self.given.get(key, "")
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if not text:
            return None
        parts = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", text, re.ASCII)
        try:
            if parts:
                return date(*(int(part) for part in parts.groups()))
        except ValueError:
            pass  # the 31st of February
        self.faults.append(StaffDayUnreadable(row=self.number, column=COLUMNS[key], got=text))
        return None

    def _cover(self) -> bool:
        got = self.given.get("cover", "").casefold()
        if got not in _YES | _NO:
            choices = [Label("是", "yes"), Label("否", "no")]
            self.faults.append(StaffValueUnknown(row=self.number, column=COLUMNS["cover"], got=got, choices=choices))
        return got in _YES


def _codes(text: str) -> tuple[str, ...]:
    if text.casefold() in ("全部", "all", "*"):
        return ("*",)
    return tuple(dict.fromkeys(each for each in re.split(r"[\s,，、;；]+", text) if each))
