"""Which days and hours count as working time at the street.

Days off and make-up Saturdays are published year by year in a notice of the State Council, usually in November. The office
keeps them as rows. For a year whose notice is not entered yet the calendar goes on with Monday to Friday less the days that
the holiday regulation fixes by date, and says that it assumed so: a deadline must not fail because of a table, nor pretend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from gridmediate.domain.vocabulary import LOCAL_ZONE, Label

#: One township's posted hours; the office sets its own.
OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(14, 30), time(18, 0)))

#: Days off by date in every year (regulation on public holidays, as amended from 2025): the lunar ones need the notice.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A row of the office's calendar: a day that differs from its weekday, or carries a holiday's name.

    Parameters
    ----------
    day : date
    working : bool
        True for a make-up day, False for a day off.
    name : Label
        The holiday it belongs to.
    """

    day: date
    working: bool
    name: Label


@dataclass(frozen=True)
class WorkingCalendar:
    """Working days and office hours, in local days.

    Parameters
    ----------
    off_days, make_up_days : frozenset of date
        Exceptions from Monday to Friday.
    known_years : frozenset of int
        Years whose notice is entered.
    office_hours : tuple of (time, time)
        Local, ascending, not overlapping, within one day.
    names : mapping of date to Label
        What a day off is called.
    """

    off_days: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()
    office_hours: tuple[tuple[time, time], ...] = OFFICE_HOURS
    names: Mapping[date, Label] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse hours and days that contradict themselves: a clock over them would never end, or end twice."""
        edges = [edge for opening in self.office_hours for edge in opening]
        if not edges or edges != sorted(set(edges)):
            raise ValueError(f"office hours must ascend without overlap, got {self.office_hours}")
        if both := self.off_days & self.make_up_days:
            raise ValueError(f"days both off and made up: {sorted(both)}")

    @classmethod
    def from_rows(
        cls, rows: Iterable[CalendarDay], known_years: Iterable[int],
        office_hours: tuple[tuple[time, time], ...] = OFFICE_HOURS,
    ) -> WorkingCalendar:
        """Build the calendar from the office's rows and the years it has finished entering."""
        days = list(rows)
        return cls(
            off_days=frozenset(row.day for row in days if not row.working),
            make_up_days=frozenset(row.day for row in days if row.working),
            known_years=frozenset(known_years),
            office_hours=office_hours,
            names={row.day: row.name for row in days},
        )

    def knows(self, day: date) -> bool:
        """Return whether the year's notice is entered, so that the answer is not assumed."""
        return day.year in self.known_years

    def is_working(self, day: date) -> bool:
        """Return whether a local day is a working day."""
        if day in self.make_up_days:
            return True
        if day in self.off_days or (not self.knows(day) and (day.month, day.day) in FIXED_HOLIDAYS):
            return False
        return day.weekday() < 5

    def next_working(self, day: date) -> date:
        """Return the day itself if it is a working day, else the next that is."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """Return the *count*-th working day after *day*, which itself is not counted."""
        for _ in range(count):
            day = self.next_working(day + _DAY)
        return day

    def subtract_working_days(self, day: date, count: int) -> date:
        """Return the *count*-th working day before *day*, which itself is not counted."""
        for _ in range(count):
            day -= _DAY
            while not self.is_working(day):
                day -= _DAY
        return day

    def assumed_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years between two days whose notice is not entered."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.known_years)

    def openings(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the office hours of a local day as aware local moments; none on a day off."""
        if not self.is_working(day):
            return []
        return [
            (datetime.combine(day, opens, LOCAL_ZONE), datetime.combine(day, closes, LOCAL_ZONE))
            for opens, closes in self.office_hours
        ]

    def add_working_time(self, moment: datetime, span: timedelta) -> datetime:
        """Return when *span* of office time has passed after an aware *moment*.

        Notes
        -----
        Nights, the noon break and days off do not count. A span that ends as the office closes ends then, not at the next
        opening.
        """
        day = moment.astimezone(LOCAL_ZONE).date()
        left = span
        while True:
            for opens, closes in self.openings(day):
                begin = max(opens, moment)
                if closes <= begin:
                    continue
                if left <= closes - begin:
                    return begin + left
                left -= closes - begin
            day += _DAY

    def name_of(self, day: date) -> Label | None:
        """Return what a day off is called, if it has a name."""
        return self.names.get(day)
