"""The book of place names in use: read once per edition, asked by whoever files or settles a place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.gazetteer import Book, CellName, Match, Place, make_book, search
from gridmediate.domain.gazetteer_json import book_as_json
from gridmediate.domain.gazetteer_words import HOW_WORDS
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Label, Level, Phrase
from gridmediate.services.grid import Grid, grid_of, home_of, local_day
from gridmediate.services.placing import Placement, Point, locate_many
from gridmediate.store.models import GazetteerEntry

#: Nobody reads more; a longer text is an address with a story behind it.
WORDS_AT_MOST = 200
_TO_TELL_HOW = 60


@dataclass(frozen=True, slots=True)
class PackedBook:
    """A book ready to send to a phone: UTF-8 JSON, and the first sixteen hexadecimal digits of its SHA-256."""

    body: bytes
    digest: str


@dataclass
class Library:
    """The books of one edition, by the streets that they speak of; bound when they are first asked for."""

    grid: Grid
    places: dict[str, list[Place]]
    bound: dict[tuple[str, ...], Book] = field(default_factory=dict)
    packed: dict[tuple[str, ...], PackedBook] = field(default_factory=dict)

    def book(self, streets: tuple[str, ...]) -> Book:
        """Return the book of some streets."""
        if streets not in self.bound:
            areas = [area.label for area in self.grid.areas.values()]
            self.bound[streets] = make_book([place for street in streets for place in self.places.get(street, ())], areas)
        return self.bound[streets]

    def pack(self, streets: tuple[str, ...]) -> PackedBook:
        """Return the book of some streets for the phone."""
        if streets not in self.packed:
            body = json.dumps(book_as_json(self.book(streets)), ensure_ascii=False, separators=(",", ":")).encode()
            self.packed[streets] = PackedBook(body, sha256(body).hexdigest()[:16])
        return self.packed[streets]


def library_of(session: Session, now: datetime) -> Library:
    """Return the books in force at *now*; they are read again only after an import of places or cells, or at midnight."""
    home, day = home_of(session), local_day(now)
    shared: dict[str, Any] = session.info["shared"]
    edition = (home.gazetteer_edition, home.grid_edition, day)
    kept: tuple[tuple[int, int, date], Library] | None = shared.get("gazetteer")
    if kept and kept[0] == edition:
        return kept[1]
    library = _read(session, grid_of(session, now))
    shared["gazetteer"] = (edition, library)
    return library


def _read(session: Session, grid: Grid) -> Library:
    columns = (
        GazetteerEntry.id, GazetteerEntry.name, GazetteerEntry.name_en, GazetteerEntry.aliases, GazetteerEntry.building,
        GazetteerEntry.street_code, GazetteerEntry.cell_code, GazetteerEntry.lon, GazetteerEntry.lat, GazetteerEntry.pinyin,
        GazetteerEntry.initials,
    )
    rows = session.execute(select(*columns).where(GazetteerEntry.ended_at.is_(None)).order_by(GazetteerEntry.id)).all()
    cells = {card.code: CellName(card.code, card.label, grid.community_of(card.code).label) for card in grid.cells.values()}
    # A cell that was redrawn away since the import gives way to the one that the point lies in today.
    lost = [row for row in rows if row.cell_code not in cells]
    found = {row.id: placed.cell for row, placed in zip(lost, locate_many(grid, [_point(row) for row in lost]), strict=True)}
    places: dict[str, list[Place]] = defaultdict(list)
    for row in rows:
        card = found.get(row.id)
        code = card.code if card else row.cell_code
        street = grid.cells[code].street_code if code in cells else row.street_code
        places[street].append(Place(
            row.id, Label(row.name, row.name_en or row.name), tuple(row.aliases), row.building, cells.get(code), row.lon, row.lat,
            tuple(row.pinyin), tuple(row.initials)))
    return Library(grid, dict(places))


def _point(row: Any) -> Point | None:
    return None if row.lon is None else Point(row.lon, row.lat)


def streets_of(actor: Actor, grid: Grid) -> tuple[str, ...]:
    """Return the streets whose places a person looks for: those of the own posts, without any those of the county."""
    own = {grid.cells[code].street_code for code in actor.cells if code in grid.cells} | actor.streets
    own |= {grid.areas[code].parent_code or "" for code in actor.communities if code in grid.areas}
    return tuple(sorted(own - {""})) or tuple(code for code, area in grid.areas.items() if area.level is Level.STREET)


def find_places(
    session: Session, words: str, streets: Sequence[str] | Actor, now: datetime, *, most: int = 8,
    near: tuple[float, float] | None = None,
) -> list[Match]:
    """Return what the book says for words, best first, each with why; nothing is chosen and nothing is written.

    Parameters
    ----------
    words : str
        A name or an address as typed.
    streets : sequence of str, or Actor
        Where to look; a person looks in the streets of the own posts.
    near : (lon, lat), optional
        WGS 84.
    """
    library = library_of(session, now)
    where = streets_of(streets, library.grid) if isinstance(streets, Actor) else tuple(streets)
    return search(library.book(where), words[:WORDS_AT_MOST], most, near)


def packed_book(session: Session, actor: Actor, now: datetime) -> PackedBook:
    """Return the book of a person's streets for the phone; no person is in it."""
    library = library_of(session, now)
    return library.pack(streets_of(actor, library.grid))


def count_places(session: Session, now: datetime) -> dict[str, int]:
    """Return the number of entries in force, by street."""
    return {street: len(places) for street, places in library_of(session, now).places.items()}


# ---- filing


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An entry that the filer chose: the point it gives, where none was taken, and the sentence that stays on the case."""

    point: Point | None
    reason: Phrase


def confirmed_entry(
    session: Session, entry_id: int, placement: Placement, address: str, now: datetime,
) -> Confirmed | None:
    """Return what a chosen entry adds to a placement, or None where the filer went on to another cell.

    Parameters
    ----------
    entry_id : int
        Also of an edition that ended since: a phone without signal chooses from the book it has.
    placement : Placement
        As the filer's cell and point decide it; the entry never overrules them.
    address : str
        As typed, to say how the words fit; it is not kept in the sentence.
    """
    entry = session.get(GazetteerEntry, entry_id)
    if entry is None or placement.cell is None:
        return None
    library = library_of(session, now)
    book = library.book((entry.street_code,))
    own = Place(entry.id, Label(entry.name, entry.name_en or entry.name), building=entry.building)
    match = next((each for each in search(book, address, _TO_TELL_HOW) if each.place.id == entry_id), None)
    meant = match.label if match else own.label
    current = book.by_id.get(entry_id)
    code = current.cell.code if current and current.cell else entry.cell_code
    if code != placement.cell.code:
        return None
    # Where only the place fits, the point would be that of some building.
    point = _point(entry) if match is None or match.is_whole else None
    how = HOW_WORDS[match.kind if match else "name"]
    values = {"how": _words(how), "place": _words(meant), "cell": _words(placement.cell.label)}
    return Confirmed(point, Phrase("place.gazetteer", values))


def _words(words: Label) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
