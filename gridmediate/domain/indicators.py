"""What a cell on the map is measured by, and what a reader without case access may learn of small counts.

One table of measures serves the map, its table twin, the legend and the browser: a measure is a sum of counts, divided by another
sum or by nothing, times a factor. A count is a :class:`Span`: exact for those who may read the cases, a band for the others.

Notes
-----
*Small counts.* The numbers 1 and 2 of a cell are read as "1–2" by whoever may not read its cases. Source: the practice of the
national statistics of the United Kingdom for crime by small area, which hold counts of one and two for unsafe.

*Complementary.* **Everything such a reader sees is computed from the masked counts, never from the exact ones**: totals, classes,
colours, order. A sum of bands is a band ("4–5"), so that no subtraction gives back what was hidden. It follows that such a
reader's map takes no filter by category (the difference of two filters would be exact); the caller sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from gridmediate.domain.deeds import median_days
from gridmediate.domain.measures import MEASURES, OPEN, Measure, MeasureName, Reason
from gridmediate.domain.vocabulary import Label

#: The greatest count that is not told exactly to a reader without case access.
SMALL_COUNT = 2


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A count as a reader may know it: between ``low`` and ``high``, the same number twice when exact."""

    low: int
    high: int

    @classmethod
    def exactly(cls, count: int) -> Span:
        """Return the span of one number."""
        return cls(count, count)

    @property
    def exact(self) -> bool:
        """Whether the number itself is known."""
        return self.low == self.high

    def __add__(self, other: Span) -> Span:
        """Add bound by bound."""
        return Span(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        """Return ``7`` or ``1–2``."""
        return str(self.low) if self.exact else f"{self.low}–{self.high}"


@dataclass(frozen=True, slots=True)
class CellCounts:
    """The cases of one cell at the end of a month, or now.

    Parameters
    ----------
    filed, accepted, mediating : int
        Open cases by state, those in time only, so that the four open numbers add up.
    late : int
        Open cases past their due time, whatever their state.
    settled_in_month : int
        Cases settled in the month.
    ended_in_month : int
        Cases ended lawfully without a settlement in the month (refused, withdrawn, terminated, referred): nobody's failure.
    households : int or None
        Households of the cell; None when not recorded.
    grave : int
        Open cases more than seven days late, or with a risk of violence or of many people; for the alert view alone.
    """

    filed: int = 0
    accepted: int = 0
    mediating: int = 0
    late: int = 0
    settled_in_month: int = 0
    ended_in_month: int = 0
    households: int | None = None
    grave: int = 0


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """The same numbers as one reader may know them; see :class:`CellCounts`."""

    filed: Span
    accepted: Span
    mediating: Span
    late: Span
    settled_in_month: Span
    ended_in_month: Span
    grave: Span
    households: int | None = None
    #: What was done in the months up to this one, by :data:`~gridmediate.domain.deeds.DEEDS`; only what was asked for.
    deeds: Mapping[str, Span] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def open(self) -> Span:
        """Open cases: the four parts added, so that the total tells no more than they do."""
        return self.total(OPEN)

    def total(self, parts: Iterable[str]) -> Span:
        """Add the named numbers."""
        return sum((self.deeds[part] if part in self.deeds else getattr(self, part) for part in parts), start=Span(0, 0))


#: The six numbers of the bar, in the order in which they are always shown.
BAR = ("filed", "accepted", "mediating", "late", "settled_in_month", "ended_in_month")
#: What is carried for each cell: the bar and the grave ones.
CARRIED = (*BAR, "grave")

STATUS_LABELS: dict[str, Label] = {
    "filed": Label("上报", "Filed"),
    "accepted": Label("受理", "Accepted"),
    "mediating": Label("调解中", "Mediating"),
    "late": Label("超期", "Overdue"),
    "settled_in_month": Label("已化解", "Settled"),
    "ended_in_month": Label("依法终结", "Ended"),
}


def read_counts(counts: CellCounts, *, exact: bool) -> ReadCounts:
    """Return *counts* as a reader may know them.

    Parameters
    ----------
    counts : CellCounts
        The exact numbers.
    exact : bool
        Whether this reader may read the cell's cases; otherwise 1 and 2 become "1–2".
    """
    return read_spans({name: mask(getattr(counts, name), exact=exact) for name in CARRIED}, counts.households)


def read_spans(spans: Mapping[str, Span], households: int | None) -> ReadCounts:
    """Return what a reader knows, from spans by name: those of :data:`CARRIED`, and of deeds as far as they were asked for."""
    filed, accepted, mediating, late, settled, ended, grave = (spans[name] for name in CARRIED)
    deeds = {name: span for name, span in spans.items() if name not in CARRIED}
    return ReadCounts(filed, accepted, mediating, late, settled, ended, grave, households, deeds)


def mask(count: int, *, exact: bool) -> Span:
    """Return one count as a reader may know it."""
    return Span.exactly(count) if exact or not 0 < count <= SMALL_COUNT else Span(1, SMALL_COUNT)


def street_total(cells: Iterable[ReadCounts | None]) -> ReadCounts:
    """Add up cells as the reader knows them; cells without numbers (None) count for nothing."""
    known = [cell for cell in cells if cell is not None]
    names = (*CARRIED, *(known[0].deeds if known else ()))
    sums = {name: sum((cell.total((name,)) for cell in known), start=Span(0, 0)) for name in names}
    households = [cell.households for cell in known if cell.households is not None]
    return read_spans(sums, sum(households) if households else None)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, or the reason why there is none.

    Parameters
    ----------
    low, high : float or None
        Bounds of the value, equal when exact; None without a value.
    reason : Reason or None
    over, under : Span or None
        What was divided by what: the page writes the sum out.
    """

    low: float | None = None
    high: float | None = None
    reason: Reason | None = None
    over: Span | None = None
    under: Span | None = None

    @property
    def value(self) -> float | None:
        """The value where it is exact."""
        return self.low if self.low == self.high else None


def measure(name: MeasureName, counts: ReadCounts | None) -> Measured:
    """Measure one cell.

    Parameters
    ----------
    name : MeasureName
        Any but the alert view, which has levels and no values (:func:`alert_level`).
    counts : ReadCounts or None
        The numbers as the reader may know them; None when there are none.

    Returns
    -------
    Measured
        A share of masked numbers is not given at all: its bounds would be too wide to say anything.
    """
    rule = MEASURES[name]
    if counts is None or any(name not in counts.deeds for name in rule.deeds):
        return Measured(reason=Reason.NO_DATA)
    if rule.bounds:
        return _median(rule, counts)
    over = counts.total(rule.over)
    if not rule.under:
        return Measured(over.low * rule.factor, over.high * rule.factor, over=over)
    under = _below_the_line(rule, counts)
    if under is None:
        return Measured(reason=Reason.NO_DATA, over=over)
    if under.low < rule.least:
        return Measured(reason=rule.too_few, over=over, under=under)
    if not under.exact or (rule.factor == 100 and not over.exact):
        return Measured(reason=Reason.MASKED, over=over, under=under)
    return Measured(over.low * rule.factor / under.low, over.high * rule.factor / under.low, over=over, under=under)


def _median(rule: Measure, counts: ReadCounts) -> Measured:
    classes = [counts.total((name,)) for name in rule.under]
    under = sum(classes, start=Span(0, 0))
    if under.low < rule.least:
        return Measured(reason=rule.too_few, under=under)
    value = median_days([each.low for each in classes]) if all(each.exact for each in classes) else None
    return Measured(value, value, reason=Reason.MASKED if value is None else None, under=under)


def _below_the_line(rule: Measure, counts: ReadCounts) -> Span | None:
    if rule.under != ("households",):
        return counts.total(rule.under)
    return None if counts.households is None else Span.exactly(counts.households)


def class_of(rule: Measure, measured: Measured, *, of_areas: bool = False) -> int | None:
    """Return the class of a value, from 0; a band counts by its upper bound."""
    if measured.high is None:
        return None
    return sum(measured.high >= bound for bound in rule.classes(of_areas=of_areas)[0])


class Alert(StrEnum):
    """Red, yellow, blue: by rule, never by rank; always with their shapes."""

    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    NONE = "none"


ALERT_LABEL = Label("红黄蓝", "Alerts")
ALERT_WORDS: dict[Alert, Label] = {
    Alert.RED: Label("红色", "Red"),
    Alert.YELLOW: Label("黄色", "Yellow"),
    Alert.BLUE: Label("蓝色", "Blue"),
    Alert.NONE: Label("无提示", "No alert"),
}


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When a cell is red, yellow or blue; an office may set the numbers, and the legend prints them.

    Parameters
    ----------
    grave_from : int
        Red from so many grave cases.
    late_from, open_from : int
        Yellow from so many overdue, or so many open, cases.
    """

    grave_from: int = 1
    late_from: int = 1
    open_from: int = 7

    def labels(self) -> dict[Alert, Label]:
        """Return the legend's words for each level."""
        if self.grave_from > 1 or self.late_from > 1:
            return self._labels_of_areas()
        return {
            Alert.RED: Label(f"有 {self.grave_from} 件起超期 7 天以上，或有暴力、群体风险",
                             f"{self.grave_from} or more over 7 days late, or at risk of violence or crowds"),
            Alert.YELLOW: Label(f"超期 {self.late_from} 件起，或未结 {self.open_from} 件起",
                                f"{self.late_from} or more overdue, or {self.open_from} or more open"),
            Alert.BLUE: Label("有未结，都在期限内", "Open cases, all in time"),
            Alert.NONE: Label("无未结", "No open case"),
        }

    def _labels_of_areas(self) -> dict[Alert, Label]:
        return {
            Alert.RED: Label(f"超期 7 天以上、有暴力或群体风险的满 {self.grave_from} 件",
                             f"{self.grave_from} or more over 7 days late or at risk of violence or crowds"),
            Alert.YELLOW: Label(f"超期满 {self.late_from} 件，或未结满 {self.open_from} 件",
                                f"{self.late_from} or more overdue, or {self.open_from} or more open"),
            Alert.BLUE: Label("有未结，没到上面的数", "Open cases, below these numbers"),
            Alert.NONE: Label("无未结", "No open case"),
        }


#: For communities and streets, where a cell's thresholds would never be calm.
AREA_ALERT = AlertRule(grave_from=3, late_from=5, open_from=60)


def alert_level(counts: ReadCounts | None, rule: AlertRule | None = None) -> Alert | None:
    """Return a cell's level by *rule*; None without numbers. Bands count by their upper bound."""
    if counts is None:
        return None
    rule = rule or AlertRule()
    if counts.grave.high >= max(1, rule.grave_from):
        return Alert.RED
    if counts.late.high >= max(1, rule.late_from) or counts.open.high >= max(1, rule.open_from):
        return Alert.YELLOW
    return Alert.BLUE if counts.open.high > 0 else Alert.NONE


def class_sizes(name: MeasureName, cells: Iterable[ReadCounts | None]) -> list[int]:
    """Return how many cells fall in each class, and last how many have no value: the numbers of the legend."""
    rule = MEASURES[name]
    sizes = [0] * (len(rule.class_labels) + 1)
    for cell in cells:
        found = class_of(rule, measure(name, cell))
        sizes[-1 if found is None else found] += 1
    return sizes


def worst_first(cells: Iterable[tuple[str, ReadCounts]]) -> list[str]:
    """Return cell codes, most overdue first, then most open, then by code: a ranking of cells, never of people."""
    return [code for code, _ in sorted(cells, key=lambda each: (-each[1].late.high, -each[1].open.high, each[0]))]

