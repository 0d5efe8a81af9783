"""How words of places are compared: folded, cut into place and building; the rules travel to the browser as data.

Notes
-----
Patterns are written so that Python and the browser read them alike: ``[0-9]`` and not ``\\d``, no look-behind.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from gridmediate.domain.vocabulary import Label, add_phrases

#: How words are folded before they are compared. Edition grows when a rule changes, so that phones fetch the book again.
RULES: dict[str, Any] = {
    "edition": 1,
    # Letters read as one; the pinyin ü is typed as v or u.
    "same": {"v": "u", "棟": "栋", "號": "号", "樓": "楼", "單": "单", "園": "园", "區": "区", "層": "层", "東": "东"},
    "digits": {"零": 0, "〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9},
    "tens": {"十": 10, "百": 100},
    # What lies inside a building does not help to find it.
    "dropped": "(?:-?[0-9]+(?:单元|室|层|户))|(?:(?:unit|room|flat|apt)[0-9]+)",
    # A building's number within the words: what stands before, the number, what stands behind.
    "buildings": [
        "^(|.*?[^a-z])([a-z]?[0-9]+[a-z]?|[a-z]|[甲乙丙丁])(?:号楼|幢|栋|座)(.*)$",
        "^(.*?[a-z])([0-9]+)(?:号楼|幢|栋|座)(.*)$",
        "^(.*?)(?:building|bldg|block|blk)([0-9]+)(.*)$",
        "^(|.*?[^0-9-])([0-9]+)(?:zhuang|dong|haolou|zuo)(.*)$",
        "^(.*?[^0-9-])([0-9]+)(?:-[0-9]+)*号?()$",
    ],
    "trimmed": "^[-的]+|[-第的]+$",
    "latin": "^[a-z0-9]+$",
    # Shortest words that may be a part of a name, or a name inside an address: Chinese, Latin.
    "shortest": [2, 3],
    # Shortest names in which one letter may be wrong: Chinese, Latin.
    "long": [4, 6],
    "initials": [2, 10],
    "read_at_most": 200,
}

#: How a match was found, best first. Those of a key are looked up in the book; "name" and "alias" are also its sorts of keys.
KINDS = ("name", "alias", "part", "mentioned", "pinyin", "initials", "off")
EXACT = frozenset({"name", "alias"})
#: Sorts of keys, and which of them are words that may be looked into.
SORT_OF_KIND = {"name": ("name", "english"), "alias": ("alias",)}
WORDS = frozenset({"name", "english", "alias"})

_FOUND = {
    "name": ("地名库：{place}", "Gazetteer: {place}"),
    "alias": ("地名库：“{asked}”是{place}的别名", "Gazetteer: “{asked}” is another name of {place}"),
    "part": ("地名库：{place}的名称里有“{asked}”", "Gazetteer: the name of {place} holds “{asked}”"),
    "mentioned": ("地名库：写的地址里提到{place}", "Gazetteer: the address names {place}"),
    "pinyin": ("地名库：拼音 {asked} 对上{place}", "Gazetteer: the pinyin {asked} fits {place}"),
    "initials": ("地名库：拼音首字母 {asked} 对上{place}", "Gazetteer: the initials {asked} fit {place}"),
    "off": ("地名库：和{place}只差一个字，请核对", "Gazetteer: one letter off {place}, please check"),
}
_ENDS = {
    "": ("，在{cell}", ", in {cell}"),
    ".no_building": ("；书里没有 {building} 这个楼号，它在{cell}",
                     "; number {building} is not in the book, the place is in {cell}"),
    ".some_buildings": ("；它有楼在{cell}", "; some of it is in {cell}"),
    ".no_building.some_buildings": ("；书里没有 {building} 这个楼号，它有楼在{cell}",
                                    "; number {building} is not in the book, some of the place is in {cell}"),
    ".no_cell": ("；这个位置现在不在任何网格里", "; it lies in no cell at present"),
}
add_phrases({
    f"gazetteer.{kind}{end}": (zh + zh_end, en + en_end)
    for kind, (zh, en) in _FOUND.items() for end, (zh_end, en_end) in _ENDS.items()
})
#: How it was found, for the sentence that stays on a case; the words that were typed are not kept in it.
HOW_WORDS: dict[str, Label] = {
    "name": Label("名称", "the name"), "alias": Label("别名", "another name"), "part": Label("名称的一部分", "part of the name"),
    "mentioned": Label("地址里提到的名称", "a name in the address"), "pinyin": Label("拼音", "the pinyin"),
    "initials": Label("拼音首字母", "the pinyin initials"), "off": Label("差一个字的名称", "a name one letter off"),
}


def fold(words: str) -> str:
    """Return words as they are compared: without spaces, marks and case, numerals in digits, ``-`` between numbers."""
    same, tens = RULES["same"], RULES["tens"]
    plain = "".join(each for each in unicodedata.normalize("NFKD", words) if unicodedata.category(each)[0] != "M").lower()
    letters, run = [], ""
    for each in [*(same.get(each, each) for each in plain), " "]:
        if each in RULES["digits"] or each in tens:
            run += each
            continue
        if run:
            letters.append(_arabic(run))
            run = ""
        letters.append(each if unicodedata.category(each)[0] in "LN" else " ")
    parts = "".join(letters).split()
    joined = parts[0] if parts else ""
    for part in parts[1:]:
        between = "-" if joined[-1] in "0123456789" and part[0] in "0123456789" else ""
        joined += between + part
    return joined


def _arabic(run: str) -> str:
    digits, tens = RULES["digits"], RULES["tens"]
    if not any(each in tens for each in run):
        return "".join(str(digits[each]) for each in run)
    total = digit = 0
    for each in run:
        if each in tens:
            total, digit = total + (digit or 1) * tens[each], 0
        else:
            digit = digits[each]
    return str(total + digit)


@cache
def building_key(words: str) -> str:
    """Return what tells one building of a place from another: ``3`` for 三幢, 3栋, 03号楼; empty for none."""
    folded = fold(words)
    return re.sub(r"(?:号楼|幢|栋|座|楼|号)$|^第|^(?:building|bldg|block|blk|no)(?=[0-9])", "", folded).lstrip("0") or folded


@cache
def building_label(words: str) -> Label:
    """Return a building as it is printed after its place."""
    key = building_key(words).upper()
    if re.fullmatch(r"[0-9]+", words):
        return Label(f"{words} 幢", f"Building {key}")
    return Label(words, f"No. {key}" if words.endswith("号") else f"Building {key}")


def split(folded: str) -> tuple[str, str]:
    """Return a folded name without its building, and the building's key; without any the name as it is, and nothing."""
    for pattern in compiled()["buildings"]:
        found = pattern.match(folded)
        if found:
            place = trimmed(found[1]) or trimmed(found[3])
            if place:
                return place, found[2].lstrip("0") or found[2]
    return folded, ""


@cache
def compiled() -> dict[str, Any]:
    """Return the patterns of the rules, compiled once."""
    return {
        "buildings": [re.compile(each) for each in RULES["buildings"]], "latin": re.compile(RULES["latin"]),
        "dropped": re.compile(RULES["dropped"]), "trimmed": re.compile(RULES["trimmed"]),
    }


def trimmed(folded: str) -> str:
    """Return a folded name without what hangs on at its ends when its building is cut off."""
    return str(compiled()["trimmed"].sub("", folded))


def is_latin(folded: str) -> bool:
    """Return whether a folded word is pinyin or English, a letter of which says less than one of Chinese."""
    return bool(compiled()["latin"].match(folded))


def least(name: str, folded: str) -> int:
    """Return what a rule asks of a word at the least: another number for Chinese than for Latin letters."""
    return int(RULES[name][1 if is_latin(folded) else 0])
