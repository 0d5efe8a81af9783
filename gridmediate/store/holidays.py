"""The published years of holidays and make-up days, from the chinesecalendar package.

The package raises for a year it does not know, and learns a year in the November before it; asked only here, it can neither fail
a deadline nor speak for a year that is not out.
"""

from __future__ import annotations

import chinese_calendar  # type: ignore[import-untyped]

from gridmediate.domain.vocabulary import Label
from gridmediate.domain.working_calendar import CalendarDay, WorkingCalendar

_NAMES = {
    each.value: Label(each.chinese, each.value.replace("-f", "-F").replace(" d", " D")) for each in chinese_calendar.Holiday
}


def published_years() -> frozenset[int]:
    """Return the years whose notice the installed package holds."""
    return frozenset(day.year for day in chinese_calendar.holidays)


def published_days() -> list[CalendarDay]:
    """Return every holiday and make-up day of those years, by day."""
    rows = [CalendarDay(day, False, _name(name)) for day, name in chinese_calendar.holidays.items()]
    rows += [CalendarDay(day, True, _name(name)) for day, name in chinese_calendar.workdays.items()]
    return sorted(rows, key=lambda row: row.day)


def published_calendar() -> WorkingCalendar:
    """Return the calendar of those years alone, as a home starts with it."""
    return WorkingCalendar.from_rows(published_days(), published_years())


def _name(name: str) -> Label:
    return _NAMES.get(name) or Label(name, name)
