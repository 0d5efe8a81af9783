"""How much of what, when and where: the shares of kinds, the seasons, the parts of a town."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from gridmediate.domain.categories import seeding_weights

_Key = TypeVar("_Key", str, int)

#: T1 class -> its T2 codes with weights inside the class. Only codes that have stories.
CODES_OF: dict[str, dict[str, float]] = {
    "01": {"0101": 34, "0102": 34, "0103": 24, "0199": 8},
    "02": {"0201": 38, "0202": 17, "0203": 37, "0299": 8},
    "03": {"0902": 68, "0403": 32},
    "04": {"0602": 56, "0804": 26, "0803": 5, "0899": 3, "0699": 10},
    "05": {"0603": 44, "0604": 18, "1001": 6, "1002": 10, "1004": 6, "1006": 10, "1099": 6},
    "06": {"0303": 30, "0401": 25, "0599": 15, "0507": 9, "0302": 8, "0501": 8, "0301": 3, "0399": 1, "0499": 1},
    "07": {"0901": 58, "0903": 15, "0904": 20, "0999": 7},
    "08": {"1104": 45, "1103": 25, "1101": 10, "1102": 8, "1199": 12},
    "09": {"0504": 1},
    "10": {"0701": 1},
    "11": {"0701": 42, "0702": 22, "0703": 24, "0799": 9, "0704": 3},
    "13": {"0506": 1},
    "14": {"0601": 86, "0505": 14},
    "15": {"0502": 1},
    "16": {"0503": 1},
    "17": {"0402": 1},
    "99": {"1201": 16, "1202": 15, "1203": 3, "1299": 8, "1301": 17, "1302": 8, "1303": 6, "1304": 10, "1305": 2, "1399": 3,
           "1401": 2, "1403": 2, "1404": 2, "1502": 2, "1601": 1, "1602": 1, "99": 2},
}

#: Points moved between classes. The published month is of 2016 and knows next to no property management, prepaid card or
#: wage claim, which fill a street's day now; no class moves by more than a point and a half.
_MOVED = {"02": -1.5, "15": -1.5, "99": -1.2, "17": 1.5, "14": 1.2, "10": 1.0, "11": 0.5}


def class_shares() -> dict[str, float]:
    """Return the share of each T1 class in per cent, summing to 100."""
    shares = {code: share + _MOVED.get(code, 0.0) for code, share in seeding_weights().items()}
    total = sum(shares[code] for code in CODES_OF)
    return {code: 100 * shares[code] / total for code in CODES_OF}


#: Code or prefix -> months with more than the usual, and how much more. The longest prefix counts.
SEASONS: dict[str, dict[int, float]] = {
    "01": {1: 1.3, 2: 1.7, 9: 1.1, 10: 1.4},
    "0201": {6: 1.5, 7: 2.0, 8: 1.8, 12: 1.2},
    "0203": {5: 1.3, 6: 1.7, 7: 2.1, 8: 2.0, 9: 1.4},
    "0701": {11: 2.0, 12: 3.2, 1: 3.6, 2: 1.4},
    "0603": {11: 1.4, 12: 1.9, 1: 1.9},
    "0804": {12: 1.7, 1: 1.9},
    "0901": {3: 2.0, 4: 2.2, 5: 1.9, 6: 1.6, 9: 1.6, 10: 1.8},
    "0904": {5: 2.2, 6: 2.4, 7: 2.0, 3: 1.3},
    "0902": {3: 1.5, 4: 1.6, 9: 1.4, 10: 1.5},
    "0601": {1: 1.3, 3: 1.4, 6: 1.2},
    "0402": {12: 1.3, 1: 1.3, 7: 1.2},
    "0501": {3: 1.2, 9: 1.6, 10: 1.3, 7: 0.3, 8: 0.3},
    "1302": {7: 2.0, 8: 2.4},
    "1104": {4: 1.4, 5: 1.4, 9: 1.3, 10: 1.3},
}

_HOMES = {"slab": 1.0, "tower": 1.1, "court": 1.1, "house": 0.8, "villa": 0.4}
_FLATS = {"slab": 1.0, "tower": 1.1}
_YARDS = {"house": 1.0, "court": 0.5}
_TRADE = {"shop": 1.0, "market": 2.2, "mall": 3.0, "office": 0.3}
#: Code or prefix -> kinds of building where it happens. The longest prefix counts.
PLACES: dict[str, dict[str, float]] = {
    "": _HOMES,
    "0202": {"slab": 1.0, "tower": 0.5, "court": 0.9, "house": 0.5, "shop": 0.2},
    "0203": {"slab": 1.0, "tower": 1.0, "court": 1.0, "house": 0.5, "shop": 0.7, "market": 0.7},
    "0301": {**_TRADE, "slab": 0.5}, "0303": {**_HOMES, "shop": 0.8, "market": 2.5},
    "0402": _FLATS, "0403": {"slab": 1.0, "court": 0.6, "tower": 0.6},
    "0501": {"school": 60.0, "slab": 0.15}, "0502": {"hospital": 30.0, "office": 0.8, "shop": 0.25},
    "0503": {"shop": 1.0, "slab": 0.4, "market": 2.5, "school": 6.0, "mall": 3.0, "court": 0.3, "office": 0.6},
    "0504": {"shed": 2.5, "shop": 0.6, "slab": 0.3, "house": 0.2}, "0505": _TRADE,
    "0507": {"slab": 0.6, "shed": 2.0, "tower": 1.0},
    "0601": _TRADE, "0602": {"slab": 1.0, "tower": 1.0, "court": 0.7, "shop": 0.5, "market": 0.4},
    "0603": _TRADE, "0604": {"shop": 1.0, "market": 1.5, "shed": 2.0}, "0699": {**_TRADE, "slab": 0.4},
    "07": {"office": 1.2, "shed": 3.0, "shop": 0.8, "mall": 2.5, "market": 1.2, "tower": 0.5},
    "0704": {"school": 30.0}, "0804": {"slab": 1.0, "tower": 0.8, "shop": 0.5, "court": 0.6, "house": 0.5},
    "09": {"house": 1.0, "greenhouse": 2.0}, "0902": _YARDS,
    "10": _TRADE, "1006": {"slab": 1.0, "shop": 0.6, "tower": 0.6},
    "1101": {"court": 1.0}, "1102": {"house": 1.0}, "1103": {"court": 1.0, "house": 0.7, "slab": 0.5},
    "1104": {"slab": 1.0, "court": 0.7, "shop": 0.9}, "1201": {"slab": 0.8, "house": 0.8}, "1203": {"house": 1.0},
    "13": {"shop": 1.0, "market": 1.5, "court": 0.4}, "1302": {"school": 40.0, "shop": 0.3},
    "1304": {"slab": 1.0, "court": 1.0, "shed": 1.0},
    "1502": {"house": 1.0}, "1601": {"shop": 1.0}, "0506": _FLATS, "0101": _HOMES,
}

#: How much more quarrels a part of town has than its share of homes: old courts live wall to wall, villas do not.
DENSITY: dict[str, float] = {"court": 1.7, "market": 1.9, "slab": 1.1, "tower": 1.0, "house": 0.75, "villa": 0.35, "shed": 0.8}


def for_code(table: Mapping[str, dict[_Key, float]], code: str) -> dict[_Key, float]:
    """Return the row of the longest prefix of *code*."""
    return next((table[code[:length]] for length in range(len(code), -1, -1) if code[:length] in table), {})
