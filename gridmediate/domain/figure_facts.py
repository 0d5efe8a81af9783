"""What figures are made of: frozen rows of plain values, and how rows become a figure. Nothing of a person is in a row.

Rows that are equal are counted together, so that a year of cases is some thousand rows and not a hundred thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from typing import Any

from gridmediate.domain.agreements import ClauseState, Confirmation, Satisfaction
from gridmediate.domain.calls import Rating
from gridmediate.domain.case_words import Outcome, State
from gridmediate.domain.indicators import Span, mask
from gridmediate.domain.measures import LEAST_CASES
from gridmediate.domain.vocabulary import Label, Level, Status
from gridmediate.domain.workflow import AGREED, OPEN_STATES, status_of

#: A settlement that was mediated.
_AGREED_OUTCOMES = frozenset({Outcome.AGREED_ORAL, Outcome.AGREED_WRITTEN})
#: Matters that never were this office's to settle.
_NOT_OURS = frozenset({State.NOT_ACCEPTED, State.DUPLICATE})
_NOBODY, _NO_NOTE, _NONE = Label("无", "Nobody"), Label("", ""), Span(0, 0)
#: The standard normal deviate of a 95 % interval.
_Z95 = 1.959963984540054


class InTime(StrEnum):
    """How a step stands against its limit."""

    YES = "yes"
    LATE = "late"
    #: Not done, and its time has not come.
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as figures look at it.

    Parameters
    ----------
    filed : bool
        Filed in the period.
    done : bool
        Came to its end in the period (closed, solved on the spot, not accepted, joined to another).
    state, outcome, level
        As the records stand.
    accepted : bool
        A mediation clock has run for it.
    mediated : bool
        A session was held.
    decided : InTime
        The first decision (to accept, not to accept, …) against its limit.
    late_now : bool
        Unsettled and past its due moment.
    late_ever : bool
        Any of its clocks ran out, or is late now.
    late_last : bool
        The last of its clocks ran out: that of mediation, or of the decision where it was not accepted.
    extended : bool
    linked : bool
        An earlier case between the same sides lies within 180 days.
    called : bool
        The street called county departments in it.
    police : bool
        The police were told, in the period.
    """

    filed: bool = True
    done: bool = False
    state: State = State.FILED
    outcome: Outcome | None = None
    level: Level = Level.CELL
    accepted: bool = False
    mediated: bool = False
    decided: InTime = InTime.WAITING
    late_now: bool = False
    late_ever: bool = False
    late_last: bool = False
    extended: bool = False
    linked: bool = False
    called: bool = False
    police: bool = False

    @property
    def ours(self) -> bool:
        """Whether the matter was this office's: accepted or open, not refused at the door and not joined to another."""
        return self.state not in _NOT_OURS

    @property
    def open(self) -> bool:
        """Whether the matter is unsettled."""
        return self.state in OPEN_STATES

    @property
    def settled(self) -> bool:
        """Whether the dispute is settled, by agreement, on the spot or by a department."""
        return status_of(self.state, self.outcome) is Status.SETTLED

    @property
    def agreed(self) -> bool:
        """Whether mediation led to an agreement that stands."""
        return self.state in AGREED or (self.settled and self.outcome in _AGREED_OUTCOMES)


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A department's task: dispatched, answered or rated in the period; recalled ones are left out before."""

    department: str = ""
    signed: InTime = InTime.WAITING
    answered: InTime = InTime.WAITING
    returned: bool = False
    called: bool = False
    came: InTime = InTime.WAITING
    rating: Rating | None = None


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """A written agreement in force, made in the period."""

    confirmation: Confirmation = Confirmation.NONE


@dataclass(frozen=True, slots=True)
class ClauseFacts:
    """A clause of a standing agreement, due in the period."""

    state: ClauseState = ClauseState.OPEN
    on_time: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """A follow-up: due in the period, or made in it; called-off ones are left out before."""

    due: bool = True
    made_in: bool = False
    made: InTime = InTime.WAITING
    kept: bool | None = None
    worse: bool | None = None
    applicant: Satisfaction | None = None
    respondent: Satisfaction | None = None


@dataclass(frozen=True, slots=True)
class RepeatFacts:
    """A case filed in the period: was one of the same class filed in the same cell in the 180 days before."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class HandlingFacts:
    """A case that was accepted and ended in the period: whole hours from acceptance to the decision, pauses taken off."""

    hours: int = 0


class Base(StrEnum):
    """What an indicator counts."""

    CASES = "cases"
    TASKS = "tasks"
    AGREEMENTS = "agreements"
    CLAUSES = "clauses"
    FOLLOW_UPS = "follow_ups"
    SIDES = "sides"
    REPEATS = "repeats"
    HANDLING = "handling"
    #: The records hold nothing to count.
    NONE = "none"


#: Where a row lies, for readers to whom small counts are not told: a cell, or "" for the whole.
Leaf = str
#: Leaf and facts → how many.
Rows = Mapping[tuple[Leaf, Any], int]


class Kind(StrEnum):
    """What an indicator gives."""

    SHARE = "share"
    COUNT = "count"
    DAYS = "days"
    NOT_HELD = "not_held"


class PeriodRule(StrEnum):
    """What puts a row into a period."""

    FILING = "filing"
    CLOSING = "closing"
    EVENT = "event"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the table of indicators.

    Parameters
    ----------
    code : str
    name : Label
    over, under : Label
        Numerator and denominator in words.
    base : Base
    counts : callable
        Facts → whether the row stands below the line.
    hits : callable
        Facts → whether it stands above as well; asked only of rows below the line.
    rule : PeriodRule
    left_out : Label
        Who is left out.
    note : Label
        Where the formula comes from, and its trap.
    kind : Kind
    group : str
        Under which heading of the page.
    least : int
        Below so many the share is not given: it would say more about chance.
    """

    code: str
    name: Label
    over: Label
    under: Label
    base: Base
    rule: PeriodRule
    group: str
    counts: Callable[[Any], bool] = lambda _: True
    hits: Callable[[Any], bool] = lambda _: True
    left_out: Label = _NOBODY
    note: Label = _NO_NOTE
    kind: Kind = Kind.SHARE
    least: int = LEAST_CASES


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator's value.

    Parameters
    ----------
    code : str
    over, under : Span
        Exact, or bands for a reader to whom small counts are not told.
    share, low, high : float or None
        Per cent with its 95 % Wilson interval; None below the least sample and for bands.
    median, p90, mean : float or None
        Days, for times.
    """

    code: str
    over: Span = _NONE
    under: Span = _NONE
    share: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    p90: float | None = None
    mean: float | None = None

    @property
    def exact(self) -> bool:
        """Whether the reader knows the numbers themselves."""
        return self.over.exact and self.under.exact


def wilson(over: int, under: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, both ends between 0 and 1.

    Notes
    -----
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", without continuity correction.
    """
    if not under:
        return 0.0, 1.0
    share, square = over / under, _Z95 * _Z95
    middle = (share + square / (2 * under)) / (1 + square / under)
    half = _Z95 * sqrt(share * (1 - share) / under + square / (4 * under * under)) / (1 + square / under)
    # At none and at all the ends are 0 and 1 exactly; the root leaves a rest.
    return (0.0 if over == 0 else max(0.0, middle - half)), (1.0 if over == under else min(1.0, middle + half))


def quantile(values: Mapping[int, int], share: float) -> int | None:
    """Return the smallest value that at least *share* of all do not exceed (nearest rank); None of nothing.

    Parameters
    ----------
    values : mapping of int to int
        Value → how many.
    share : float
        0.5 for the median, 0.9 for P90.
    """
    total = sum(values.values())
    if not total:
        return None
    wanted, seen = ceil(share * total), 0
    for value in sorted(values):
        seen += values[value]
        if seen >= wanted:
            return value
    return max(values)


def figure(rule: Indicator, rows: Rows, *, exact: bool = True) -> Figure:
    """Make one figure.

    Parameters
    ----------
    rule : Indicator
    rows : mapping
        The rows of its base.
    exact : bool
        Otherwise every number is the sum of what this reader may know of each leaf: rows above the line and the other rows below
        it are masked apart, so that the difference of the two tells no more than they do.
    """
    if rule.kind is Kind.NOT_HELD:
        return Figure(rule.code)
    above, rest = Counter[Leaf](), Counter[Leaf]()
    hours = Counter[int]()
    for (leaf, facts), count in rows.items():
        if not rule.counts(facts):
            continue
        (above if rule.hits(facts) else rest)[leaf] += count
        if rule.kind is Kind.DAYS:
            hours[facts.hours] += count
    over = _added(above.values(), exact)
    under = over + _added(rest.values(), exact)
    if not under.exact or not over.exact:
        return Figure(rule.code, over, under)
    if rule.kind is Kind.DAYS:
        return _times(rule, under, hours) if exact else Figure(rule.code, over, under)
    if rule.kind is Kind.COUNT or under.low < max(rule.least, 1):
        return Figure(rule.code, over, under)
    low, high = wilson(over.low, under.low)
    return Figure(rule.code, over, under, 100 * over.low / under.low, 100 * low, 100 * high)


def _added(counts: Iterable[int], exact: bool) -> Span:
    return sum((mask(count, exact=exact) for count in counts), start=Span(0, 0))


def _times(rule: Indicator, under: Span, hours: Mapping[int, int]) -> Figure:
    if under.low < max(rule.least, 1):
        return Figure(rule.code, under, under)
    middle, ninety = quantile(hours, 0.5), quantile(hours, 0.9)
    total = sum(value * count for value, count in hours.items())
    return Figure(rule.code, under, under, median=_days(middle), p90=_days(ninety), mean=total / under.low / 24)


def _days(hours: int | None) -> float | None:
    return None if hours is None else hours / 24


def sides_of(rows: Rows) -> Rows:
    """Return the follow-ups made in the period as the sides that were asked: leaf and answer → how many."""
    found = Counter[tuple[Leaf, Satisfaction]]()
    for (leaf, facts), count in rows.items():
        if facts.made_in:
            for answer in (facts.applicant, facts.respondent):
                if answer is not None:
                    found[leaf, answer] += count
    return found
