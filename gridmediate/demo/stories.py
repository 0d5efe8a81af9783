"""One dispute told whole: the facts, what is asked and answered, how the sessions went, and the words of every possible end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from gridmediate.demo import words_ends as ends
from gridmediate.demo.tale import Tale
from gridmediate.demo.tales_family import FAMILY_TALES
from gridmediate.demo.tales_money import MONEY_TALES
from gridmediate.demo.tales_neighbours import NEIGHBOUR_TALES
from gridmediate.demo.tales_public import PUBLIC_TALES
from gridmediate.demo.words_answers import ANSWER_ANYONE, ANSWERS, ASKS, SENT_BACK
from gridmediate.demo.words_sessions import GENERAL, THEMES
from gridmediate.domain.departments import DEPARTMENTS, default_ask
from gridmediate.domain.vocabulary import Flag, Willingness

MAX_FACTS = 200
MAX_TITLE = 24

TALES: tuple[Tale, ...] = FAMILY_TALES + NEIGHBOUR_TALES + MONEY_TALES + PUBLIC_TALES
_BY_CODE: dict[str, list[Tale]] = defaultdict(list)
for _each in TALES:
    _BY_CODE[_each.t2_code].append(_each)
#: Codes that have stories. The others (shares, ships, bills of exchange, …) do not come up in a street of this kind.
TOLD_CODES = tuple(sorted(_BY_CODE))

#: Themes between a flat and the one above; in the others the two are on one floor.
_ABOVE = frozenset({"leak", "drain", "drip", "noise", "animal", "fumes", "clutter"})
#: Themes in which people grow loud: only there a warning flag is drawn.
_LOUD = frozenset({
    "noise", "quarrel", "carpark", "leak", "passage", "clutter", "homestead", "land", "hurt", "couple", "kin", "build",
})
#: Themes whose facts end where they end: a word on who wants to talk would sound wrong.
_NO_TAIL = frozenset({"referral", "civil", "enforce", "faith", "violence", "title"})

_WHEN = ("上周六晚上", "上周日下午", "前天傍晚", "昨天一早", "前几天", "这周一", "月初", "上个月底", "昨天晚上", "三天前")
_SINCE = ("半个月", "一个多月", "两个多月", "三个月", "小半年", "二十来天")
_NIGHT = ("夜里十一点", "半夜", "晚上十点半", "夜里十二点", "后半夜")
_CJK = "\u3400-\u9fff"
_GLUE = (
    (re.compile(rf"(?<=[{_CJK}]) (?=[{_CJK}])"), ""),
    (re.compile(r"(?<=[，。；：]) "), ""),
    # The house sets a thin gap between characters and figures; it is a plain space here.
    (re.compile(rf"(?<=[{_CJK}])(?=\d)|(?<=\d)(?=[{_CJK}])"), " "),
)


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What a story must know about the place: the kind of building, its floors, the month."""

    kind: str
    floors: int = 6
    month: int = 1


@dataclass(frozen=True, slots=True)
class SideRole:
    """Who stands on a side."""

    role: str
    is_organisation: bool = False
    is_minor_involved: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A dispute in words, Chinese; texts that a reader sees. Every end is told, whichever the case will take.

    Parameters
    ----------
    t2_code, theme, title, facts : str
    applicant, respondent : SideRole
    amount : int or None
        Yuan in dispute.
    flags : tuple of Flag
    willingness : Willingness
    notes : tuple of str
        Two to four session notes, in order.
    terms : str
        What was agreed.
    in_writing : bool
        Whether such an agreement is written down.
    asks, answers : dict
        By department code, for all ten.
    refusal, withdrawal, termination, closing, closing_other, reopening, department_result, spot, duplicate : str
    referral, not_accepted : tuple of (str, str)
        Reason and where to go.
    sent_back : dict
        By the code of the reason.
    """

    t2_code: str
    theme: str
    title: str
    facts: str
    applicant: SideRole
    respondent: SideRole
    amount: int | None
    flags: tuple[Flag, ...]
    willingness: Willingness
    notes: tuple[str, ...]
    terms: str
    in_writing: bool
    asks: dict[str, str]
    answers: dict[str, str]
    refusal: str
    withdrawal: str
    termination: str
    referral: tuple[str, str]
    not_accepted: tuple[str, str]
    closing: str
    closing_other: str
    reopening: str
    department_result: str
    spot: str
    duplicate: str
    sent_back: dict[str, str]


def tell(
    rng: Random, t2_code: str, place: PlaceWords, *, willingness: Willingness | None = None, theme: str | None = None
) -> Story:
    """Tell a dispute of a category at a place.

    Parameters
    ----------
    rng : random.Random
    t2_code : str
        One of :data:`TOLD_CODES`.
    place : PlaceWords
    willingness : Willingness, optional
        Drawn when not given: mostly willing, since people who ask for mediation want it.
    theme : str, optional
        Keep to one theme of the category, such as ``leak``.

    Raises
    ------
    KeyError
        If no story of the category is known.
    """
    tale = _choose(rng, t2_code, place, theme)
    if willingness is None:
        willingness = rng.choices(
            (Willingness.WILLING, Willingness.NOT_ASKED, Willingness.UNWILLING), (74, 24, 2)
        )[0]
    amount = _amount(rng, tale)
    gaps = _gaps(rng, tale, place, amount)

    def say(words: str) -> str:
        return _tidy(words.format(**gaps))

    flags = _flags(rng, tale)
    applicant, respondent = _side(tale.applicant, say, tale), _side(tale.respondent, say, tale)
    gaps["A"], gaps["B"] = applicant.role, respondent.role
    words = THEMES[tale.theme]
    pick = _picker(rng, say, money=amount is not None)
    return Story(
        t2_code=t2_code, theme=tale.theme, title=say(tale.title), facts=say(tale.facts) + _tail(rng, tale, flags, willingness),
        applicant=applicant, respondent=respondent, amount=amount, flags=flags, willingness=willingness,
        notes=_notes(rng, tale, pick), terms=pick(words.terms, GENERAL.terms),
        in_writing=(amount or 0) > 2000 or rng.random() < 0.45,
        asks={code: _ask(rng, code, tale) for code in DEPARTMENTS},
        answers={code: _answer(rng, code, tale) for code in DEPARTMENTS},
        refusal=pick(ends.REFUSALS), withdrawal=pick(ends.WITHDRAWALS), termination=pick(ends.TERMINATIONS),
        referral=_by_head(rng, ends.REFERRALS, t2_code), not_accepted=_by_head(rng, ends.NOT_ACCEPTED, t2_code),
        closing=pick(ends.CLOSINGS), closing_other=pick(ends.CLOSINGS_OTHER),
        reopening=pick(ends.REOPENINGS_LEAK if tale.theme == "leak" else ends.REOPENINGS),
        department_result=pick(ends.DEPARTMENT_RESULTS), spot=pick(words.spot or ends.SPOT), duplicate=pick(ends.DUPLICATES),
        sent_back={reason: rng.choice(texts) for reason, texts in SENT_BACK.items()},
    )


def _choose(rng: Random, t2_code: str, place: PlaceWords, theme: str | None) -> Tale:
    """Draw a tale that fits the building; one out of its season is seldom told."""
    told = [tale for tale in _BY_CODE[t2_code] if theme in (None, tale.theme)]
    if not told:
        raise KeyError(f"no story of category {t2_code!r} and theme {theme!r}")
    # A tale of another kind of building beats none; the draws give each category a building that has one.
    told = [tale for tale in told if tale.fits(place.kind)] or told
    weights = [(1.0 if place.month in tale.months else 0.12) * 1.6 if tale.months else 1.0 for tale in told]
    return rng.choices(told, weights)[0]


def _amount(rng: Random, tale: Tale) -> int | None:
    if not tale.most:
        return None
    # Small sums are far more frequent than large ones.
    drawn = tale.least + (tale.most - tale.least) * rng.random() ** 2.2
    step = 10 if drawn < 1000 else 100 if drawn < 20_000 else 1000
    return max(step, round(drawn / step) * step)


def _yuan(amount: int) -> str:
    return f"{amount / 10_000:g} 万元" if amount >= 100_000 else f"{amount:,} 元"


def _gaps(rng: Random, tale: Tale, place: PlaceWords, amount: int | None) -> dict[str, str]:
    a, b, c = _doors(rng, tale, place)
    part = None if amount is None else max(10, round(amount * rng.uniform(0.55, 0.85) / 10) * 10)
    return {
        "a": a, "b": b, "c": c, "A": "", "B": "",
        "when": rng.choice(_WHEN), "since": rng.choice(_SINCE), "night": rng.choice(_NIGHT),
        "n": str(rng.randrange(3, 13)), "m": str(rng.randrange(2, 8)), "days": str(rng.randrange(4, 21)),
        "cm": str(rng.randrange(15, 65, 5)),
        "sum": _yuan(amount) if amount else "", "part": _yuan(part) if part else "",
        "gap": _yuan(max(10, amount - part)) if amount and part else "",
    }


def _doors(rng: Random, tale: Tale, place: PlaceWords) -> tuple[str, str, str]:
    if place.kind not in ("slab", "tower", "shop", "mall", "office"):
        number = rng.randrange(2, 88)
        return f"{number} 号", f"{number + rng.choice((-2, -1, 1, 2)) or 1} 号", f"{number + 4} 号"
    top = max(2, place.floors)
    if "顶层" in tale.facts:
        floor = top
    elif "一层 {a}" in tale.facts + tale.title:
        floor = 1
    else:
        floor = rng.randrange(1, top) if tale.theme in _ABOVE else rng.randrange(1, top + 1)
    door = rng.randrange(1, 5 if place.kind == "tower" else 3)
    other = door % (4 if place.kind == "tower" else 2) + 1
    above = floor + 1 if tale.theme in _ABOVE else floor
    b = f"{above}{door if tale.theme in _ABOVE else other:02}"
    c = f"{min(top, floor + 2) if floor + 2 <= top else max(1, floor - 1)}{door:02}"
    return f"{floor}{door:02}", b, c


def _side(words: str, say: Callable[[str], str], tale: Tale) -> SideRole:
    return SideRole(say(words.removeprefix("*")), words.startswith("*"), Flag.MINOR in tale.flags)


def _flags(rng: Random, tale: Tale) -> tuple[Flag, ...]:
    found = set(tale.flags)
    if tale.theme in _LOUD:
        for flag, chance in ((Flag.EARLIER_ATTEMPTS, 0.13), (Flag.POLICE_CALLS, 0.05), (Flag.THREAT, 0.018)):
            if rng.random() < chance:
                found.add(flag)
    return tuple(flag for flag in Flag if flag in found)


def _tail(rng: Random, tale: Tale, flags: Sequence[Flag], willingness: Willingness) -> str:
    if tale.theme in _NO_TAIL:
        return ""
    flagged = next((rng.choice(ends.TAILS_FLAG[flag.value]) for flag in flags if flag.value in ends.TAILS_FLAG), "")
    tails = {
        Willingness.WILLING: ends.TAILS_WILLING,
        Willingness.NOT_ASKED: ends.TAILS_NOT_ASKED_FIRM if tale.respondent.startswith("*") else ends.TAILS_NOT_ASKED,
        Willingness.UNWILLING: ends.TAILS_UNWILLING,
    }
    return flagged + rng.choice(tails[willingness])


def _picker(rng: Random, say: Callable[[str], str], *, money: bool) -> Callable[..., str]:
    def pick(texts: Sequence[str], otherwise: Sequence[str] = GENERAL.terms) -> str:
        # A sentence about a sum has no place where no money is in dispute.
        usable = [text for text in texts if money or not re.search(r"\{(sum|part|gap)\}", text)]
        return say(rng.choice(usable or list(otherwise)))

    return pick


def _notes(rng: Random, tale: Tale, pick: Callable[..., str]) -> tuple[str, ...]:
    words = THEMES[tale.theme]
    between = [pick(words.later, GENERAL.later) for _ in range(rng.choice((0, 1, 1, 2)))]
    notes = [pick(words.first, GENERAL.first), *dict.fromkeys(between), pick(words.last, GENERAL.last)]
    return tuple(dict.fromkeys(notes))


def _ask(rng: Random, department: str, tale: Tale) -> str:
    own = ASKS.get((department, tale.theme))
    return rng.choice(own) if own else default_ask(department, tale.t2_code).say("zh")


def _answer(rng: Random, department: str, tale: Tale) -> str:
    return rng.choice(ANSWERS.get((department, tale.theme)) or ANSWERS.get((department, "")) or ANSWER_ANYONE)


def _by_head(rng: Random, table: dict[str, tuple[tuple[str, str], ...]], t2_code: str) -> tuple[str, str]:
    return rng.choice(table.get(t2_code[:2]) or table[""])


def _tidy(words: str) -> str:
    for pattern, put in _GLUE:
        words = pattern.sub(put, words)
    return words
