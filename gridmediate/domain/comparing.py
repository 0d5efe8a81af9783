"""Two periods held side by side: which months, what is counted, and what is said of a cell.

Whole months only: a month that is still running has fewer days to count than the one it would be held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, add_labels, say_month

#: Of the cells that stand out, the share that may be chance.
LEVEL = 0.05
#: The fewest cases of both periods together with which a cell can stand out: five, all in one of two equal periods, are chance in
#: 6 of 100.
LEAST_CASES = 6


class Counted(StrEnum):
    """What is counted."""

    FILED = "filed"
    SETTLED = "settled"


class Stretch(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Versus(StrEnum):
    """What it is held against."""

    BEFORE = "before"
    LAST_YEAR = "last_year"


class Null(StrEnum):
    """What would be no change: as many as before, or what the whole place did."""

    OWN = "own"
    PLACE = "place"


class Stands(StrEnum):
    """What is said of an area."""

    MORE = "more"
    FEWER = "fewer"
    HOT = "hot"
    COLD = "cold"
    UNCLEAR = "unclear"
    FEW = "few"
    ABSENT = "absent"


MONTHS_OF = {Stretch.MONTH: 1, Stretch.QUARTER: 3, Stretch.YEAR: 12}

add_labels({
    Counted.FILED: ("上报", "Filed"), Counted.SETTLED: ("化解", "Settled"),
    Stretch.MONTH: ("最近一个整月", "Last whole month"), Stretch.QUARTER: ("最近三个整月", "Last three whole months"),
    Stretch.YEAR: ("最近十二个整月", "Last twelve whole months"),
    Versus.BEFORE: ("比紧前一段", "against the time before"), Versus.LAST_YEAR: ("比上年同期", "against the same time last year"),
    Null.OWN: ("只看自己的变化", "Its own change"), Null.PLACE: ("除去整体的涨落", "Beside the whole place’s change"),
    Stands.MORE: ("多，不像碰巧", "More than chance"), Stands.FEWER: ("少，不像碰巧", "Fewer than chance"),
    Stands.HOT: ("现在成片偏高", "High together now"), Stands.COLD: ("现在成片偏低", "Low together now"),
    Stands.UNCLEAR: ("看不出变化", "No clear change"), Stands.FEW: ("件数太少", "Too few to tell"),
    Stands.ABSENT: ("没有前一段的数", "No figures before"),
})


class StatisticsStopped(Problem):
    """The computing of statistics went over its limit or fell over."""

    code = "statistics.stopped"
    kind = Kind.UNAVAILABLE
    sentence = Label("变化没有算成：这次计算超出了时间或内存。件数没有受影响。请过几分钟再看，或先看小一些的地方；"
                     "再不行请告诉管理员。",
                     "The changes could not be computed within their time and memory. The counts are not affected. Look again in "
                     "a few minutes or choose a smaller place; if it stays so, tell the administrator.")


def what_stands(cases: int, sign: int, chance: float, cluster: int) -> Stands:
    """Return what is said of an area: first its change, then the land it lies in, then why nothing is said.

    Parameters
    ----------
    cases : int
        Of both periods together, the most that they may be.
    sign : int
        Of the change: +1, -1, or 0 where it is not known.
    chance : float
        The adjusted p value of the change.
    cluster : int
        +1 where rates are high together, -1 where low, else 0.
    """
    if cases >= LEAST_CASES and sign and chance <= LEVEL:
        return Stands.MORE if sign > 0 else Stands.FEWER
    if cluster:
        return Stands.HOT if cluster > 0 else Stands.COLD
    return Stands.FEW if cases < LEAST_CASES else Stands.UNCLEAR


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is held against what.

    Parameters
    ----------
    counted : Counted
    stretch : Stretch
    versus : Versus
    null : Null
    """

    counted: Counted = Counted.FILED
    stretch: Stretch = Stretch.QUARTER
    versus: Versus = Versus.BEFORE
    null: Null = Null.OWN

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> Comparison:
        """Read the choices of an address; what is not one of them is left at its default."""
        kinds = {"counted": Counted, "stretch": Stretch, "versus": Versus, "null": Null}
        chosen = {name: kind(query[name]) for name, kind in kinds.items() if query.get(name) in set(kind)}
        return cls(**chosen)  # type: ignore[arg-type]

    def as_query(self) -> dict[str, str]:
        """Return the same for an address."""
        chosen = (("counted", self.counted), ("stretch", self.stretch), ("versus", self.versus), ("null", self.null))
        return {name: choice.value for name, choice in chosen}

    def months(self, today: date) -> tuple[list[int], list[int]]:
        """Return the months (``YYYYMM``) of the period and of the one it is held against; the last is the one before today's."""
        length = MONTHS_OF[self.stretch]
        end = today.year * 12 + today.month - 1
        back = 12 if self.versus is Versus.LAST_YEAR else length
        now = range(end - length, end)
        return [_month(index) for index in now], [_month(index - back) for index in now]


def _month(index: int) -> int:
    return index // 12 * 100 + index % 12 + 1


def days_of(months: list[int]) -> int:
    """Return how many days some whole months have, which lie side by side."""
    first, last = (months[0], months[-1])
    after = date(last // 100 + last % 100 // 12, last % 100 % 12 + 1, 1)
    return (after - date(first // 100, first % 100, 1)).days


def months_label(months: list[int]) -> Label:
    """Return a stretch of months in words: ``2026年10月``, ``2026年8月至10月``."""
    (first_year, first), (year, last) = (divmod(months[0], 100), divmod(months[-1], 100))
    if months[0] == months[-1]:
        return Label(say_month(year, last, "zh"), say_month(year, last, "en"))
    same = first_year == year
    return Label(f"{first_year}年{first}月至{'' if same else f'{year}年'}{last}月",
                 f"{say_month(first_year, first, 'en')} to {say_month(year, last, 'en')}")
