"""What one kind of dispute looks like on a worker's page, with gaps to be filled; the tables are made of these."""

from __future__ import annotations

from dataclasses import dataclass

from gridmediate.domain.vocabulary import Flag

#: Kinds of building that a table's word for a place stands for.
WHERE: dict[str, frozenset[str]] = {
    "flat": frozenset({"slab", "tower"}),
    "yard": frozenset({"court", "house", "villa"}),
    "home": frozenset({"slab", "tower", "court", "house", "villa"}),
    "farm": frozenset({"house", "greenhouse"}),
    "trade": frozenset({"shop", "market", "mall", "office", "court"}),
    "work": frozenset({"office", "shed", "market", "mall", "shop", "tower"}),
    "school": frozenset({"school", "slab", "tower", "court", "shop"}),
    "hospital": frozenset({"hospital"}),
    "clinic": frozenset({"office", "shop"}),
    "any": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tale:
    """A pattern for stories.

    Parameters
    ----------
    t2_code : str
    theme : str
        Which words for asking, answering and agreeing go with it; a key of the themes' table.
    where : str
        A key of :data:`WHERE`; ``any`` fits every building.
    title, facts : str
        Chinese, with the gaps ``{a} {b} {c}`` (doors), ``{when} {since} {night} {sum} {n} {m} {cm} {days}``.
    applicant, respondent : str
        Their parts in it. A respondent that begins with ``*`` is an organisation.
    least, most : int
        Bounds of the amount in yuan; 0, 0 where no money is in dispute.
    flags : tuple of Flag
    months : tuple of int
        When it happens most; empty for all the year.
    """

    t2_code: str
    theme: str
    where: str
    title: str
    applicant: str
    respondent: str
    facts: str
    least: int = 0
    most: int = 0
    flags: tuple[Flag, ...] = ()
    months: tuple[int, ...] = ()

    def fits(self, building_kind: str) -> bool:
        """Return whether it may happen at a building of this kind."""
        return not WHERE[self.where] or building_kind in WHERE[self.where]


def tale(
    head: str, title: str, sides: str, facts: str, least: int = 0, most: int = 0, *, flags: tuple[Flag, ...] = (),
    months: tuple[int, ...] = (),
) -> Tale:
    """Write a :class:`Tale` in two lines: *head* is ``code theme where``, *sides* is ``applicant|respondent``."""
    code, theme, where = head.split()
    applicant, respondent = sides.split("|")
    return Tale(code, theme, where, title, applicant, respondent, facts, least, most, flags, months)
