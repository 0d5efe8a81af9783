"""Returns of a county: what its streets issued, put together. The county reads no case, so nothing here looks at one.

Notes
-----
A street's issued return is an official statistic addressed to the county, so its numbers are not masked. It is read as the form
has it, by class and lead department: the rows of communities and cells, which could name a household, stay with the street. What
the street has not issued is not there, and what it has corrected is there as it was corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.periods import Period
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.returns import Axis, Correction, ReturnKind, ReturnTable, corrections
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.figures import Scope
from gridmediate.services.grid import AreaCard, grid_of
from gridmediate.services.returns import TOTAL, Made, holds, made_of, told_digests
from gridmediate.store.models import Account, FrozenReturn


@dataclass(frozen=True, slots=True)
class Issue:
    """A return as a street issued it; *holds* says whether it is still what the chain of acts was told."""

    made: Made
    revision: int
    issued_at: datetime
    issued_by: Label
    holds: bool


@dataclass(frozen=True, slots=True)
class StreetIssues:
    """What a street issued for a period, the first issue first; empty where it has issued nothing."""

    street: AreaCard
    issues: tuple[Issue, ...]

    @property
    def last(self) -> Issue | None:
        """The issue that counts."""
        return self.issues[-1] if self.issues else None

    def corrections(self, kind: ReturnKind) -> list[Correction]:
        """Return every number by class that the last issue gives otherwise than the first."""
        if len(self.issues) < 2:
            return []
        first, last = (issue.made.table(kind, Axis.CLASS) for issue in (self.issues[0], self.issues[-1]))
        return corrections(first, last, TOTAL)


@dataclass(frozen=True)
class IssuedReturns:
    """The issued returns of a county or of one of its streets.

    Parameters
    ----------
    period : Period
    streets : tuple of StreetIssues
        By code, with those that have issued nothing.
    of_county : bool
    """

    period: Period
    streets: tuple[StreetIssues, ...]
    of_county: bool

    @property
    def axes(self) -> tuple[Axis, ...]:
        """How the rows may be cut, the first as they are shown unasked."""
        return (*((Axis.STREET,) if self.of_county else ()), Axis.CLASS, Axis.DEPARTMENT)

    @cached_property
    def cases(self) -> tuple[object, ...]:
        """What is counted."""
        return self._made.cases

    @property
    def missing(self) -> list[StreetIssues]:
        """The streets that have issued nothing."""
        return [each for each in self.streets if each.last is None]

    @cached_property
    def _made(self) -> Made:
        issued = [(each.street.code, each.last.made) for each in self.streets if each.last]
        offices: dict[str, Label] = {}
        for _, made in issued:
            offices |= made.names.get(Axis.DEPARTMENT, {})
        names: Mapping[Axis, Mapping[str, Label]] = {
            Axis.STREET: {each.street.code: each.street.label for each in self.streets},
            Axis.DEPARTMENT: dict(sorted(offices.items())),
        }
        return Made(tuple(replace(case, street=code) for code, made in issued for case in made.cases), names)

    def table(self, kind: ReturnKind, axis: Axis) -> ReturnTable:
        """Add up what was issued; a street that has issued nothing has a row without numbers, not one of zeros."""
        table = self._made.table(kind, axis)
        if axis is not Axis.STREET:
            return table
        missing = {each.street.code for each in self.missing}
        blank = (None,) * len(table.columns)
        return replace(table, rows=tuple(replace(row, values=blank) if row.key in missing else row for row in table.rows))


def issued_returns(session: Session, scope: Scope) -> IssuedReturns:
    """Return what the streets of a scope issued for its period.

    Raises
    ------
    NotPermitted
        For a place below a street.
    """
    if scope.place.level not in (Level.COUNTY, Level.STREET):
        raise NotPermitted
    grid = grid_of(session, scope.now)
    of_county = scope.place.level is Level.COUNTY
    with_cells = {card.street_code for card in grid.cells.values()}
    streets = [area for area in grid.areas.values() if area.code in with_cells and (of_county or area.code == scope.place.code)]
    found = session.execute(
        select(FrozenReturn, Account.name, Account.name_en).join(Account, Account.id == FrozenReturn.issued_by)
        .where(FrozenReturn.period == scope.period.key, FrozenReturn.place_code.in_([street.code for street in streets]))
        .order_by(FrozenReturn.place_code, FrozenReturn.revision)).all()
    told = told_digests(session)
    issues: dict[str, list[Issue]] = {}
    for row, name, name_en in found:
        issues.setdefault(row.place_code, []).append(
            Issue(made_of(row.body), row.revision, row.issued_at, Label(name, name_en or name), holds(row, told)))
    return IssuedReturns(scope.period, tuple(StreetIssues(street, tuple(issues.get(street.code, ()))) for street in streets),
                         of_county)
