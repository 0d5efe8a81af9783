"""What a person says of a sheet of cells on its way in, what would change, and which faults stand in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from gridmediate.domain.grid_problems import PatternUnusable
from gridmediate.domain.vocabulary import Label
from gridmediate.geo.cells import CellSheet
from gridmediate.geo.faults import CODE_PATTERN, Fault, FaultKind, Severity, find_faults
from gridmediate.store.models import Home

#: Faults that an office may accept in writing because the world is so; the rule for points in an overlap is fixed.
ACCEPTABLE = frozenset({FaultKind.OVERLAP, FaultKind.GAP, FaultKind.UNCOVERED, FaultKind.OUTSIDE, FaultKind.TINY})


@dataclass(frozen=True, slots=True)
class Place:
    """A community that all cells of a sheet belong to, for sheets whose codes do not say.

    Parameters
    ----------
    community_code : str
    community : Label or None
        Its name, where it is new.
    street_code : str
        Empty: the first nine digits of a community's twelve, else made from the community's code.
    street : Label or None
    """

    community_code: str
    community: Label | None = None
    street_code: str = ""
    street: Label | None = None


@dataclass(frozen=True)
class CellImport:
    """A sheet on its way in, with all that a person decided about it.

    Parameters
    ----------
    sheet : CellSheet
    file : str
        Its name, for the record.
    valid_from : date
    place : Place or None
    retire_missing : bool
        Close the cells in force that the sheet lacks, within the streets that it touches.
    code_pattern : str
        Empty: 15 digits, or any where *place* is given.
    accept : frozenset of FaultKind
        Kinds of :data:`ACCEPTABLE` that are taken as they are.
    names : mapping of str to Label
        Names of communities and streets that may be new, and of cells in English.
    county_code : str
        For a home that does not exist yet; empty: the first six digits of the codes.
    letters : str
        That lead the case numbers of a street that is new; empty: its code does.
    """

    sheet: CellSheet
    file: str
    valid_from: date
    place: Place | None = None
    retire_missing: bool = False
    code_pattern: str = ""
    accept: frozenset[FaultKind] = frozenset()
    names: Mapping[str, Label] = field(default_factory=dict)
    county_code: str = ""
    letters: str = ""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell whose new edition differs, and in what: ``outline``, ``name``, ``community``, ``kind``, ``households``."""

    code: str
    name: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class ImportReport:
    """What an import changes, or changed.

    Parameters
    ----------
    new, missing : tuple of str
        Codes: not in the grid yet; in the grid and not in the sheet.
    changed : tuple of CellChange
    unchanged : int
    retired : bool
        Whether the missing ones are closed.
    open_cases : int
        Open cases in cells that change or close. They keep their cell; a number only.
    queue_inside : int
        Open cases without a cell whose point now lies in one.
    faults : tuple of Fault
    edition : int or None
        The grid's new edition, None as long as nothing is done.
    """

    valid_from: date
    new: tuple[str, ...]
    changed: tuple[CellChange, ...]
    unchanged: int
    missing: tuple[str, ...]
    retired: bool
    open_cases: int
    queue_inside: int
    faults: tuple[Fault, ...]
    edition: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.new or self.changed or (self.retired and self.missing))


def check_sheet(session: Session, command: CellImport) -> tuple[Fault, ...]:
    """Find the faults of a sheet, seen from this home: codes by the county's own pattern.

    Raises
    ------
    PatternUnusable
    """
    home = session.get(Home, 1)
    pattern = command.code_pattern
    if not pattern:
        county = re.escape(home.county_code) if home is not None and home.county_code.isdecimal() else r"\d{6}"
        pattern = ".+" if command.place is not None else rf"{county}\d{{9}}" if home is not None else CODE_PATTERN
    try:
        re.compile(pattern)
    except re.error as error:
        raise PatternUnusable(field="code_pattern", got=pattern) from error
    return find_faults(command.sheet, code_pattern=pattern)


def open_faults(faults: tuple[Fault, ...], accept: frozenset[FaultKind]) -> list[Fault]:
    """Return the faults that stand in the way: must be corrected, and not accepted."""
    return [fault for fault in faults if fault.severity is Severity.MUST and fault.kind not in accept & ACCEPTABLE]
