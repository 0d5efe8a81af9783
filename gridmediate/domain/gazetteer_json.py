"""The book of place names as the phone keeps it, with the rules by which it is asked."""

from __future__ import annotations

from typing import Any

from gridmediate.domain.gazetteer import Book
from gridmediate.domain.gazetteer_words import KINDS, RULES, building_key
from gridmediate.domain.vocabulary import PHRASES


def book_as_json(book: Book) -> dict[str, Any]:
    """Return the book with its rules, as ``gridmediate.gazetteer`` reads it.

    Returns
    -------
    dict
        ``rules``; ``kinds``; ``phrases`` code → [zh, en]; ``areas``; ``cells`` [code, zh, en, community zh, en];
        ``groups``: lists of [id, zh, en, whole zh, whole en, building key, place in ``cells`` or -1, lon, lat];
        ``keys`` [word, sort, group] in the book's order.
    """
    cells: dict[str, list[str]] = {}
    for place in book.by_id.values():
        if place.cell:
            cells.setdefault(place.cell.code, [
                place.cell.code, place.cell.name.zh, place.cell.name.en, place.cell.community.zh, place.cell.community.en])
    at = {code: number for number, code in enumerate(sorted(cells))}
    return {
        "rules": RULES, "kinds": list(KINDS), "areas": list(book.areas),
        "phrases": {code: [words.zh, words.en] for code, words in PHRASES.items() if code.startswith("gazetteer.")},
        "cells": [cells[code] for code in at],
        "groups": [
            [[place.id, place.name.zh, place.name.en, place.label.zh, place.label.en, building_key(place.building),
              at[place.cell.code] if place.cell else -1, place.lon, place.lat] for place in group] for group in book.groups],
        "keys": [[key.word, key.sort, key.group] for key in book.keys],
    }
