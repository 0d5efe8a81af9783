"""Stretches of whole local days that figures are made for: a month, a quarter, a year, or any days from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, add_labels


class PeriodKind(StrEnum):
    """How a period was chosen; it decides what the period before is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    DAYS = "days"


add_labels({PeriodKind.MONTH: ("月", "Month"), PeriodKind.QUARTER: ("季", "Quarter"), PeriodKind.YEAR: ("年", "Year"),
            PeriodKind.DAYS: ("起止日", "From and to")})

#: Months of each kind.
_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
#: The longest stretch of free days.
MOST_DAYS = 366 * 2
_NOT_A_DATE = Label("起止日", "From and to")


class PeriodUnclear(Problem):
    """The days do not make a period."""

    code = "period.unclear"
    kind = Kind.INVALID
    sentence = Label("看不懂期间“{got}”。请选月、季、年，或填起止日，止日不早于起日，最长两年。",
                     "The period “{got}” is not clear. Choose a month, quarter or year, or give two days in order, "
                     "at most two years.")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days.

    Parameters
    ----------
    kind : PeriodKind
    first, last : date
        Both included.
    """

    kind: PeriodKind
    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), LOCAL_ZONE)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), LOCAL_ZONE)

    @property
    def key(self) -> str:
        """What the address says: ``2026-11``, ``2026-Q4``, ``2026`` or ``2026-11-01..2026-11-15``."""
        return {
            PeriodKind.MONTH: f"{self.first:%Y-%m}", PeriodKind.QUARTER: f"{self.first.year}-Q{(self.first.month + 2) // 3}",
            PeriodKind.YEAR: str(self.first.year), PeriodKind.DAYS: f"{self.first.isoformat()}..{self.last.isoformat()}",
        }[self.kind]

    @property
    def label(self) -> Label:
        """The period in words."""
        year, month, quarter = self.first.year, self.first.month, (self.first.month + 2) // 3
        return {
            PeriodKind.MONTH: Label(f"{year}年{month}月", f"{self.first:%b} {year}"),
            PeriodKind.QUARTER: Label(f"{year}年第{quarter}季度", f"Q{quarter} {year}"),
            PeriodKind.YEAR: Label(f"{year}年", str(year)),
            PeriodKind.DAYS: Label(f"{self.first.isoformat()} 至 {self.last.isoformat()}",
                                   f"{self.first.isoformat()} to {self.last.isoformat()}"),
        }[self.kind]

    def before(self) -> Period:
        """Return the period just before, as long as this one."""
        if self.kind is PeriodKind.DAYS:
            days = (self.last - self.first).days + 1
            return Period(self.kind, self.first - timedelta(days=days), self.first - timedelta(days=1))
        return _of_months(self.kind, self.first.year * 12 + self.first.month - 1 - _MONTHS[self.kind])

    def year_ago(self) -> Period:
        """Return the same period of the year before; 29 February becomes the 28th."""
        if self.kind is not PeriodKind.DAYS:
            return _of_months(self.kind, self.first.year * 12 + self.first.month - 13)
        return Period(self.kind, _a_year_back(self.first), _a_year_back(self.last))


def _of_months(kind: PeriodKind, month: int) -> Period:
    after = month + _MONTHS[kind]
    return Period(kind, date(month // 12, month % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1))


def _a_year_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def period_of(kind: PeriodKind, day: date) -> Period:
    """Return the month, quarter or year that a day lies in; as free days the day alone."""
    if kind is PeriodKind.DAYS:
        return Period(kind, day, day)
    months = _MONTHS[kind]
    return _of_months(kind, day.year * 12 + (day.month - 1) // months * months)


def read_period(key: str) -> Period:
    """Read back :attr:`Period.key`.

    Raises
    ------
    PeriodUnclear
    """
    try:
        if ".." in key:
            first, last = (date.fromisoformat(each) for each in key.split("..", 1))
            found = Period(PeriodKind.DAYS, first, last)
        elif "-Q" in key:
            year, quarter = key.split("-Q", 1)
            found = period_of(PeriodKind.QUARTER, date(int(year), int(quarter) * 3, 1))
        elif len(key) == 4:
            found = period_of(PeriodKind.YEAR, date(int(key), 1, 1))
        else:
            found = period_of(PeriodKind.MONTH, date.fromisoformat(f"{key}-01"))
    except ValueError:
        raise PeriodUnclear(field="period", name=_NOT_A_DATE, got=key[:40]) from None
    # The year before must exist as well, and a far year is a slip of the finger.
    if not 2000 <= found.first.year <= 2200 or found.last.year > 2200 or not 0 <= (found.last - found.first).days < MOST_DAYS:
        raise PeriodUnclear(field="period", name=_NOT_A_DATE, got=key[:40])
    return found
