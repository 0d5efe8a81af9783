"""At which level disputes were settled, area by area: in the cell, the community, the street, by the county."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.deeds import SETTLED_AT
from gridmediate.domain.indicators import CARRIED, Span, mask
from gridmediate.domain.permissions import Actor
from gridmediate.domain.small_counts import keeps_its_secrets
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.grid import Grid
from gridmediate.services.heat import HeatTable, deeds_in, heat_table
from gridmediate.services.heat_view import area_code

#: Months that are looked back over; one window alone, since the difference of two would be a month's number.
MONTHS = 12


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The settlements of one area.

    Parameters
    ----------
    code : str
    label : Label
    above : str
        Code of the place above.
    settled : dict of Level to Span, or None
        By the level the case was at; None where the numbers would give small ones away.
    """

    code: str
    label: Label
    above: str
    settled: dict[Level, Span] | None

    @property
    def total(self) -> Span | None:
        """All of them, as far as the parts tell."""
        return None if self.settled is None else sum(self.settled.values(), start=Span(0, 0))


@dataclass(frozen=True, slots=True)
class LevelTable:
    """The rows, and what they are of."""

    table: HeatTable
    level: Level
    rows: list[LevelRow]

    @property
    def total(self) -> dict[Level, Span]:
        """The sums of what is told."""
        told = [row.settled for row in self.rows if row.settled is not None]
        return {level: sum((each[level] for each in told), start=Span(0, 0)) for level in SETTLED_AT}


def settled_levels(session: Session, actor: Actor, grid: Grid, now: datetime, *, street_code: str | None,
                   level: Level) -> LevelTable:
    """Return where the settlements of the last twelve months were reached.

    Whoever may not read the cases gets streets alone: the parts of a street would have to add up to it.

    Raises
    ------
    NotPermitted, FieldNotAChoice
    """
    table = heat_table(session, actor, now, street_code=street_code, months=MONTHS)
    level = level if table.exact else Level.STREET
    by_level = deeds_in(session, table, list(SETTLED_AT.values())).sum(axis=0)
    by_month = table.numbers[:, CARRIED.index("settled_in_month")]
    codes = [card.code if level is Level.CELL else area_code(card, level) for card in table.cells]
    members: dict[str, list[int]] = {}
    for at, code in enumerate(codes):
        members.setdefault(code, []).append(at)
    rows = []
    for code, here in sorted(members.items()):
        parts = by_level[:, here].sum(axis=1).tolist()
        told = table.exact or keeps_its_secrets(parts, by_month[:, here].ravel().tolist())
        spans = dict(zip(SETTLED_AT, (mask(part, exact=table.exact) for part in parts), strict=True))
        card = grid.cells[code] if level is Level.CELL else grid.areas[code]
        above = grid.cells[code].community_code if level is Level.CELL else grid.areas[code].parent_code or ""
        rows.append(LevelRow(code, card.label, above, spans if told else None))
    return LevelTable(table, level, rows)
