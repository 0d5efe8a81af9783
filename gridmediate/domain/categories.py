"""What a dispute is about: two live category systems, one choice.

The person who files chooses a T2 code (political-legal list) in two taps; the T1 class (justice statistics) follows from the
crosswalk. A case carries both, so that nobody has to enter it a second time for the other report.

Notes
-----
Every head offers an "other" so that the choice never blocks. The source list has none under heads 14 and 16: ``1499`` and
``1699`` are ours, and leave the system as their two-digit head (:func:`export_code`), which the list allows. Head 99 has no
sub-codes; its one choice is ``99`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from gridmediate.domain.category_tables import CATEGORY_ROWS, CROSSWALK, HEAD_ROWS, HUANGSHI_SHARES, JUSTICE_ROWS
from gridmediate.domain.problems import FieldNotAChoice
from gridmediate.domain.vocabulary import Flag, Label

FIELD_NAME = Label("纠纷分类", "Category")

#: Codes that the source list does not have; see the module's notes.
LOCAL_CODES = frozenset({"1499", "1699"})

#: Heads whose disputes concern the home: lists show the cell, not the address (DESIGN 01).
SENSITIVE_HEADS = frozenset({"01"})


@dataclass(frozen=True, slots=True)
class JusticeClass:
    """A T1 class of the justice system's statistics.

    Parameters
    ----------
    code : str
        Our two digits, ``01`` to ``17`` and ``99``.
    name : Label
    hefei_code : str or None
        The class's code on the Hefei platform, for exchange.
    """

    code: str
    name: Label
    hefei_code: str | None


@dataclass(frozen=True, slots=True)
class NotMediable:
    """Why a head is outside people's mediation, and where its matters go.

    Parameters
    ----------
    reason, referral : Label
        Whole sentences, for the refusal and for the paper the applicant takes along.
    """

    reason: Label
    referral: Label


@dataclass(frozen=True, slots=True)
class Head:
    """A T2 head, the first tap.

    Parameters
    ----------
    code : str
        Two digits.
    name, short : Label
        The list's words, and the words that fit the phone's column.
    position : int
        Place in the phone's column, from 1: what is filed most comes first.
    sensitive : bool
        Whether lists leave out the address.
    not_mediable : NotMediable or None
    """

    code: str
    name: Label
    short: Label
    position: int
    sensitive: bool
    not_mediable: NotMediable | None

    @property
    def categories(self) -> tuple[Category, ...]:
        """The choices under this head, the other one last."""
        return tuple(each for each in CATEGORIES.values() if each.head_code == self.code)


@dataclass(frozen=True, slots=True)
class Category:
    """A T2 sub-class, the second tap.

    Parameters
    ----------
    code : str
        Four digits, or ``99``.
    name, short : Label
        The full words, and those for chips ("用水排水").
    examples : Label
        Plain words under the choice ("漏水、堵塞、挡光、占道").
    search_words : tuple of str
        All words that lead here, in both languages, lower case.
    """

    code: str
    name: Label
    short: Label
    examples: Label
    search_words: tuple[str, ...]

    @property
    def head_code(self) -> str:
        """The first two digits."""
        return self.code[:2]

    @property
    def head(self) -> Head:
        """The head it stands under."""
        return HEADS[self.head_code]

    @property
    def is_other(self) -> bool:
        """Whether this is the "other" of its head."""
        return self.code.endswith("99")

    @property
    def title(self) -> Label:
        """Head and sub-class as written on a chip: ``邻里 · 用水排水``."""
        if self.code == self.head_code:
            return self.short
        head = self.head.short
        return Label(f"{head.zh} · {self.short.zh}", f"{head.en} · {self.short.en}")


#: Source: joint petition-bureau rule 鲁信访〔2025〕6号 (law-and-litigation matters not finally closed are not taken); the
#: people's mediation rules of the ministry, 2002. Head 15 is recalled, not found; an office can accept the case all the same.
NOT_MEDIABLE: dict[str, NotMediable] = {
    "14": NotMediable(
        Label(
            "涉法涉诉事项由法定机关处理，不属于人民调解的范围。",
            "Law and litigation matters belong to the organs named by law, not to people's mediation.",
        ),
        Label(
            "请向作出决定的公安、检察、法院或司法行政机关提出；法院、公安委托调解的，可以受理。",
            "Please turn to the police, procuratorate, court or judicial bureau that decided; "
            "if a court or the police entrust mediation, it may be taken.",
        ),
    ),
    "15": NotMediable(
        Label(
            "涉组织人事、纪律作风的事项不属于人民调解的范围。",
            "Appointments and the conduct of officials are outside people's mediation.",
        ),
        Label(
            "请向上级组织部门或纪检监察机关反映，可拨打 12380（组织）、12388（纪检监察）。",
            "Please report to the organisation department (12380) or to discipline inspection and supervision (12388).",
        ),
    ),
}


def _split(words: str) -> list[str]:
    return [word.strip().lower() for word in re.split(r"[、，,]", words) if word.strip()]


def _category(row: tuple[str, str, str, str, str, str, str, str]) -> Category:
    code, zh, en, short_zh, short_en, examples_zh, examples_en, also = row
    names = [*_split(zh), short_zh, *_split(en.lower())]
    found = dict.fromkeys(_split(examples_zh) + also.lower().split() + names + _split(examples_en))
    return Category(code, Label(zh, en), Label(short_zh, short_en), Label(examples_zh, examples_en), tuple(found))


JUSTICE_CLASSES: dict[str, JusticeClass] = {
    code: JusticeClass(code, Label(zh, en), hefei) for code, zh, en, hefei in JUSTICE_ROWS
}
HEADS: dict[str, Head] = {
    code: Head(code, Label(zh, en), Label(short_zh, short_en), position, code in SENSITIVE_HEADS, NOT_MEDIABLE.get(code))
    for code, zh, en, short_zh, short_en, position in HEAD_ROWS
}
CATEGORIES: dict[str, Category] = {row[0]: _category(row) for row in CATEGORY_ROWS}

#: The heads as the phone lists them.
HEADS_BY_POSITION: tuple[Head, ...] = tuple(sorted(HEADS.values(), key=lambda head: head.position))


def category(code: str) -> Category:
    """Return the T2 category *code*.

    Raises
    ------
    FieldNotAChoice
        If there is none: a case must not be filed under a code that no report knows.
    """
    try:
        return CATEGORIES[code]
    except KeyError:
        raise FieldNotAChoice(field="category", name=FIELD_NAME, got=code) from None


def is_sensitive(code: str) -> bool:
    """Return whether lists leave out the address of a case of this category."""
    return category(code).head.sensitive


def not_mediable(code: str) -> NotMediable | None:
    """Return why a category is outside people's mediation and where it goes, or None if it can be mediated.

    Notes
    -----
    A matter that a court or the police *entrust* may be mediated all the same (People's Mediation Law art. 18): whoever asks
    knows the source of the case, this table does not.
    """
    return category(code).head.not_mediable


def t1_of(t2_code: str, flags: Collection[Flag | str] = ()) -> str:
    """Return the T1 code that follows from a T2 code.

    Parameters
    ----------
    t2_code : str
    flags : collection of Flag
        Labour disputes (07) count as class 10 when migrant workers' wages are owed, else as 11.

    Raises
    ------
    FieldNotAChoice
        If the T2 code is unknown.
    """
    category(t2_code)
    if t2_code.startswith("07") and Flag.MIGRANT_WAGES in flags:
        return "10"
    return CROSSWALK.get(t2_code) or CROSSWALK[t2_code[:2]]


def export_code(t2_code: str) -> str:
    """Return the code that other systems know: our own "other" codes leave as their head."""
    return t2_code[:2] if category(t2_code).code in LOCAL_CODES else t2_code


def seeding_weights() -> dict[str, float]:
    """Return a weight in per cent for each T1 class, after one month of one city.

    Notes
    -----
    Huangshi, August 2016, 869 disputes. Where the report prints one line for two classes they get half each; tourism (12) is
    not in it and gets 0. For demonstration data only: it says nothing about another place.
    """
    weights = dict.fromkeys(JUSTICE_CLASSES, 0.0)
    for codes, share in HUANGSHI_SHARES:
        for code in codes:
            weights[code] = share / len(codes)
    return weights


def find_categories(words: str, limit: int = 8) -> list[Category]:
    """Return the categories that plain words point to, best first.

    Parameters
    ----------
    words : str
        What a person types or says, a word or a sentence, Chinese or English.
    limit : int
        At most so many.

    Notes
    -----
    Long words weigh more than short ones, a word found whole more than a part of one; an "other" comes after a named class of
    the same weight. Nothing found gives an empty list: the page then says so and offers the heads.
    """
    asked = words.strip().lower()
    terms = [term for term in re.split(r"[\s、，,。.；;！!？?]+", asked) if term]
    if not terms:
        return []
    scored = [(_score(each, asked, terms), each) for each in CATEGORIES.values()]
    found = [(score, each) for score, each in scored if score > 0]
    # Equal weight: who shows the word under its name goes before who only knows it.
    found.sort(key=lambda pair: (
        -pair[0], asked not in pair[1].examples.zh, pair[1].is_other, pair[1].head.position, pair[1].code,
    ))
    return [each for _, each in found[:limit]]


def _score(each: Category, asked: str, terms: list[str]) -> float:
    if asked == each.code:
        return 1000.0
    return sum(max((_match(term, word) for word in each.search_words), default=0.0) for term in terms) + sum(
        0.5 * len(word) for word in each.search_words if not word.isascii() and len(word) > 1 and word in asked
    )


def _match(term: str, word: str) -> float:
    if term == word:
        return 6.0 + len(word)
    if term.isascii():
        return _match_english(term, word)
    if len(word) > 1 and word in term:
        return 2.0 * len(word)
    if term in word:
        return 1.0 + len(term) / len(word)
    return _shared_pairs(term, word)


def _match_english(term: str, word: str) -> float:
    if len(term) < 3 or not word.isascii():
        return 0.0
    best = 0.0
    for part in word.split():
        if part == term:
            best = max(best, 4.0)
        elif len(part) >= 4 and (part.startswith(term) or (term.startswith(part) and len(term) - len(part) <= 3)):
            best = max(best, 3.0)  # leaking, leaks -> leak; but landlord is not land
    return best


def _shared_pairs(term: str, word: str) -> float:
    # A sentence says 漏了很多水, the table 漏水: pairs of characters catch what whole words miss, at little weight.
    pairs = {word[i : i + 2] for i in range(len(word) - 1) if not word.isascii()}
    return 0.4 * sum(pair in term for pair in pairs)
