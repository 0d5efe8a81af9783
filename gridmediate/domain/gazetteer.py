"""The book of place names: from words that somebody types to places and their cells, each with why it is offered.

Nothing here decides. Every match is an offer to a person; where a name lies in several cells all of them are offered, and where
only the estate is known and not the building, the offer says so.

Notes
-----
The browser holds the same book and the same rules, which travel as data with the entries (``gazetteer_json``,
``static/js/field/gazetteer.js``); a test compares the two on hundreds of words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gridmediate.domain.gazetteer_words import (
    EXACT,
    KINDS,
    RULES,
    SORT_OF_KIND,
    WORDS,
    building_key,
    building_label,
    compiled,
    fold,
    is_latin,
    least,
    split,
    trimmed,
)
from gridmediate.domain.vocabulary import Label, Phrase


@dataclass(frozen=True, slots=True)
class CellName:
    """A cell as a match names it."""

    code: str
    name: Label
    community: Label


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the book.

    Parameters
    ----------
    id : int
    name : Label
        Of the place, without its building.
    aliases : tuple of str
    building : str
        As people write it, such as ``3 幢``; empty for the place itself.
    cell : CellName or None
        The cell in force that it lies in.
    lon, lat : float or None
        WGS 84.
    pinyin, initials : tuple of str
        Of the name and of each alias.
    """

    id: int
    name: Label
    aliases: tuple[str, ...] = ()
    building: str = ""
    cell: CellName | None = None
    lon: float | None = None
    lat: float | None = None
    pinyin: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()

    @property
    def label(self) -> Label:
        """The whole name: 锦溪花园 3 幢, Jinxi Garden, Building 3."""
        building = building_label(self.building)
        if not self.building:
            return self.name
        return Label(f"{self.name.zh} {building.zh}", f"{self.name.en}, {building.en}")


@dataclass(frozen=True, slots=True)
class Match:
    """A place that is offered, and why.

    Parameters
    ----------
    place : Place
        The entry; where :attr:`is_whole` is false only its name and cell are meant, not its building or point.
    kind : str
        One of :data:`KINDS`.
    why : Phrase
    is_exact : bool
        The words name this entry and nothing else.
    is_whole : bool
    """

    place: Place
    kind: str
    why: Phrase
    is_exact: bool
    is_whole: bool

    @property
    def label(self) -> Label:
        """What is offered: the entry, or only its place."""
        return self.place.label if self.is_whole else self.place.name


# ---- the book


@dataclass(frozen=True, slots=True)
class Key:
    """A word under which places are found: a folded name, its sort, and the places meant."""

    word: str
    sort: str
    group: int


@dataclass(frozen=True)
class Book:
    """The entries of a street or county, ready to be asked.

    Parameters
    ----------
    groups : tuple of tuple of Place
        The entries of one place of one community: itself and its buildings.
    keys : tuple of Key
        Short words first, so that a part of a name finds the names that are little else.
    areas : tuple of str
        Folded names of county, streets and communities, which people write in front and which find nothing.
    """

    groups: tuple[tuple[Place, ...], ...]
    keys: tuple[Key, ...]
    areas: tuple[str, ...]
    by_word: dict[str, list[int]] = field(repr=False)
    by_pair: dict[str, list[int]] = field(repr=False)
    by_id: dict[int, Place] = field(repr=False)
    #: The numbers of the buildings of each group.
    buildings: tuple[frozenset[str], ...] = field(repr=False)
    #: Positions of the keys of pinyin and of initials, sorted by word.
    sorted_keys: dict[str, list[tuple[str, int]]] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.by_id)


def make_book(places: Iterable[Place], areas: Iterable[Label] = ()) -> Book:
    """Bind entries into a book.

    Parameters
    ----------
    places : iterable of Place
    areas : iterable of Label
        County, streets and communities.
    """
    grouped: dict[tuple[str, str], list[tuple[str, Place]]] = defaultdict(list)
    for place in places:
        community = place.cell.community.zh if place.cell else ""
        grouped[fold(place.name.zh), community].append((building_key(place.building), place))
    keys: set[Key] = set()
    groups = []
    for number, (word, community) in enumerate(sorted(grouped)):
        members = sorted(grouped[word, community], key=lambda pair: (len(pair[0]), pair[0], pair[1].id))
        groups.append(tuple(place for _, place in members))
        keys.update(_keys(word, number, groups[-1]))
    ordered = tuple(sorted(keys, key=lambda key: (len(key.word), key.word, key.sort, key.group)))
    by_word, by_pair, latin = defaultdict(list), defaultdict(list), defaultdict(list)
    for at, key in enumerate(ordered):
        by_word[key.word].append(at)
        if key.sort in WORDS:
            for pair in sorted({key.word[n:n + 2] for n in range(len(key.word) - 1)}):
                by_pair[pair].append(at)
        else:
            latin[key.sort].append((key.word, at))
    names = {fold(each) for area in areas for each in (area.zh, area.en)} - {""}
    return Book(
        tuple(groups), ordered, tuple(sorted(names, key=lambda name: (-len(name), name))), dict(by_word), dict(by_pair),
        {place.id: place for group in groups for place in group},
        tuple(frozenset(building_key(place.building) for place in group) for group in groups),
        {sort: sorted(rows) for sort, rows in latin.items()})


def _keys(word: str, group: int, places: Sequence[Place]) -> Iterator[Key]:
    yield Key(word, "name", group)
    for place in places:
        for sort, said in (("english", (place.name.en,)), ("alias", place.aliases), ("pinyin", place.pinyin),
                           ("initials", place.initials)):
            for each in said:
                folded = fold(each)
                if folded and folded != word:
                    yield Key(folded, sort, group)


# ---- asking


@dataclass(frozen=True, slots=True)
class _Asked:
    """One way to read what was typed: a place, and perhaps its building."""

    place: str
    building: str


def readings(book: Book, words: str) -> list[tuple[str, str]]:
    """Return the ways to read what was typed, as place and building; that with a building first."""
    text = trimmed(compiled()["dropped"].sub("", fold(words)))
    found: list[tuple[str, str]] = []
    for whole in (text, _without_areas(book, text)):
        place, building = split(whole)
        for each in ((place, building), (_without_areas(book, place), building), (whole, "")):
            if each[0] and each not in found:
                found.append(each)
    return found


def _without_areas(book: Book, text: str) -> str:
    """Return an address without county, street and community at either end."""
    for area in book.areas * 3:
        for cut in (str.removeprefix, str.removesuffix):
            rest = cut(text, area)
            if len(rest) >= RULES["shortest"][0]:
                text = rest
    return text


def search(book: Book, words: str, most: int = 8, near: tuple[float, float] | None = None) -> list[Match]:
    """Return the places that words may mean, best first, each with why.

    Parameters
    ----------
    book : Book
    words : str
        As typed: Chinese, English, pinyin, initials; a name or a whole address.
    most : int
    near : (lon, lat), optional
        WGS 84; of two that fit alike the nearer comes first.
    """
    asked = [_Asked(*each) for each in readings(book, words)]
    found: dict[int, tuple[str, _Asked]] = {}
    for kind in KINDS:
        if kind == "off" and found:
            break
        for each in asked:
            for at in _hits(book, kind, each.place):
                found.setdefault(book.keys[at].group, (kind, each))
        if kind in EXACT and len(found) >= most:
            break
    ranked = []
    for order, (group, (kind, each)) in enumerate(found.items()):
        misses = bool(each.building) and each.building not in book.buildings[group]
        ranked.append((KINDS.index(kind), misses, _away(book.groups[group][0], near), order, group))
    ranked.sort()
    matches: list[Match] = []
    for *_, group in ranked:
        if len(matches) >= most:
            break
        matches += _offers(book.groups[group], *found[group])
    return matches[:most]


def _away(place: Place, near: tuple[float, float] | None) -> float:
    if near is None or place.lon is None or place.lat is None:
        return 0.0 if near is None else 1e9
    # Near enough to rank by; the browser has to come to the very same number.
    east, north = (place.lon - near[0]) * 0.8, place.lat - near[1]
    return east * east + north * north


def _hits(book: Book, kind: str, word: str) -> Iterable[int]:
    """Return the keys that fit a word in one way, best first."""
    match kind:
        case "name" | "alias":
            return [at for at in book.by_word.get(word, ()) if book.keys[at].sort in SORT_OF_KIND[kind]]
        case "part":
            return _holding(book, word)
        case "mentioned":
            return _mentioned(book, word)
        case "pinyin":
            return _beginning(book, "pinyin", word) if len(word) >= RULES["shortest"][1] else ()
        case "initials":
            least, longest = RULES["initials"]
            return _beginning(book, "initials", word) if least <= len(word) <= longest else ()
        case _:
            return _one_off(book, word)


def _holding(book: Book, word: str) -> list[int]:
    if len(word) < least("shortest", word):
        return []
    found = []
    for at in _rarest(book, word):
        if word in book.keys[at].word:
            found.append(at)
            if len(found) == RULES["read_at_most"]:
                break
    return found


def _rarest(book: Book, word: str) -> Sequence[int]:
    """Return the keys that hold the rarest pair of letters of a word."""
    pairs = (book.by_pair.get(word[n:n + 2], ()) for n in range(len(word) - 1))
    return min(pairs, key=len, default=())


def _mentioned(book: Book, word: str) -> list[int]:
    """Return the keys that stand within an address, the longest first."""
    found: list[int] = []
    for length in range(len(word) - 1, 1, -1):
        for start in range(len(word) - length + 1):
            part = word[start:start + length]
            for at in book.by_word.get(part, ()):
                if book.keys[at].sort in WORDS and length >= least("shortest", part):
                    found.append(at)
    return found


def _beginning(book: Book, sort: str, word: str) -> list[int]:
    if not is_latin(word):
        return []
    rows = book.sorted_keys.get(sort, [])
    first = bisect_left(rows, (word, -1))
    found = []
    for begun, at in rows[first:first + RULES["read_at_most"]]:
        if not begun.startswith(word):
            break
        found.append(at)
    return found


def _one_off(book: Book, word: str) -> list[int]:
    """Return the keys of long names that are one letter more, less, other or exchanged away."""
    if len(word) < least("long", word):
        return []
    half = len(word) // 2
    front, back = word[:half], word[half:]
    # One letter leaves the front or the back as it is; two exchanged across the middle leave neither, and are tried one by one.
    keys, lengths = book.keys, (len(word) - 1, len(word), len(word) + 1)
    found = {at for at in _rarest(book, front) if len(keys[at].word) in lengths and keys[at].word.startswith(front)}
    found |= {at for at in _rarest(book, back) if len(keys[at].word) in lengths and keys[at].word.endswith(back)}
    found |= {at for n in range(len(word) - 1)
              for at in book.by_word.get(word[:n] + word[n + 1] + word[n] + word[n + 2:], ()) if book.keys[at].sort in WORDS}
    fit = [at for at in found if len(book.keys[at].word) >= RULES["long"][0] and is_one_off(word, book.keys[at].word)]
    return sorted(fit)[:RULES["read_at_most"]]


def is_one_off(one: str, other: str) -> bool:
    """Return whether two words differ by one letter: another, one more, one less, or two neighbours exchanged."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    shorter = min(len(one), len(other))
    start = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    if len(one) == len(other):
        return one[start + 1:] == other[start + 1:] or (
            one[start:start + 2] == other[start + 1:start + 2] + other[start:start + 1] and one[start + 2:] == other[start + 2:])
    longer, short = (one, other) if len(one) > len(other) else (other, one)
    return longer[start + 1:] == short[start:]


def _offers(group: Sequence[Place], kind: str, asked: _Asked) -> list[Match]:
    """Return what of a place is offered: the building asked for, or the place in every cell that it touches."""
    built = [place for place in group if asked.building and building_key(place.building) == asked.building]
    if built:
        return [_match(place, kind, asked, exact=kind in EXACT and len(built) == 1) for place in built]
    itself = [place for place in group if not building_key(place.building)]
    cells = {place.cell.code if place.cell else "" for place in group}
    if asked.building or not itself:
        first: dict[str, Place] = {}
        for place in (*itself, *group):
            first.setdefault(place.cell.code if place.cell else "", place)
        end = (".no_building" if asked.building else "") + (".some_buildings" if len(cells) > 1 else "")
        alone = kind in EXACT and not end
        return [_match(place, kind, asked, exact=alone, end=end, whole=False) for place in first.values()]
    offers = [_match(place, kind, asked, exact=kind in EXACT and len(cells) == 1 == len(itself)) for place in itself]
    own = {place.cell.code if place.cell else "" for place in itself}
    for place in group:
        code = place.cell.code if place.cell else ""
        if code not in own:
            own.add(code)
            offers.append(_match(place, kind, asked, exact=False, end=".some_buildings", whole=False))
    return offers


def _match(place: Place, kind: str, asked: _Asked, *, exact: bool, end: str = "", whole: bool = True) -> Match:
    meant = place.label if whole else place.name
    values = {
        "place": {"zh": meant.zh, "en": meant.en}, "asked": asked.place, "building": asked.building.upper(),
        "cell": {"zh": place.cell.name.zh, "en": place.cell.name.en} if place.cell else "",
    }
    return Match(place, kind, Phrase(f"gazetteer.{kind}{end if place.cell else '.no_cell'}", values), exact, whole)
