"""Public holidays and make-up days as published for 2024 to 2026, to seed the office's calendar.

Source: the yearly notices of the State Council General Office on holiday arrangements; a test compares every day with the
chinesecalendar package. The program does not ask that package at run time: it raises for a year that it does not know.
"""

from __future__ import annotations

from datetime import date, timedelta

from gridmediate.domain.vocabulary import Label

NEW_YEAR = Label("元旦", "New Year")
SPRING = Label("春节", "Spring Festival")
TOMB_SWEEPING = Label("清明节", "Tomb-Sweeping Day")
LABOUR = Label("劳动节", "Labour Day")
DRAGON_BOAT = Label("端午节", "Dragon Boat Festival")
MID_AUTUMN = Label("中秋节", "Mid-Autumn Festival")
NATIONAL = Label("国庆节", "National Day")


def _from_to(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


#: Holiday and all its days off, weekends within included.
HOLIDAYS: tuple[tuple[Label, tuple[date, ...]], ...] = (
    (NEW_YEAR, _from_to(date(2024, 1, 1), date(2024, 1, 1))),
    (SPRING, _from_to(date(2024, 2, 10), date(2024, 2, 17))),
    (TOMB_SWEEPING, _from_to(date(2024, 4, 4), date(2024, 4, 6))),
    (LABOUR, _from_to(date(2024, 5, 1), date(2024, 5, 5))),
    (DRAGON_BOAT, _from_to(date(2024, 6, 10), date(2024, 6, 10))),
    (MID_AUTUMN, _from_to(date(2024, 9, 15), date(2024, 9, 17))),
    (NATIONAL, _from_to(date(2024, 10, 1), date(2024, 10, 7))),
    (NEW_YEAR, _from_to(date(2025, 1, 1), date(2025, 1, 1))),
    (SPRING, _from_to(date(2025, 1, 28), date(2025, 2, 4))),
    (TOMB_SWEEPING, _from_to(date(2025, 4, 4), date(2025, 4, 6))),
    (LABOUR, _from_to(date(2025, 5, 1), date(2025, 5, 5))),
    (DRAGON_BOAT, _from_to(date(2025, 5, 31), date(2025, 6, 2))),
    (NATIONAL, _from_to(date(2025, 10, 1), date(2025, 10, 5))),
    (MID_AUTUMN, _from_to(date(2025, 10, 6), date(2025, 10, 6))),
    (NATIONAL, _from_to(date(2025, 10, 7), date(2025, 10, 8))),
    (NEW_YEAR, _from_to(date(2026, 1, 1), date(2026, 1, 3))),
    (SPRING, _from_to(date(2026, 2, 15), date(2026, 2, 23))),
    (TOMB_SWEEPING, _from_to(date(2026, 4, 4), date(2026, 4, 6))),
    (LABOUR, _from_to(date(2026, 5, 1), date(2026, 5, 5))),
    (DRAGON_BOAT, _from_to(date(2026, 6, 19), date(2026, 6, 21))),
    (MID_AUTUMN, _from_to(date(2026, 9, 25), date(2026, 9, 27))),
    (NATIONAL, _from_to(date(2026, 10, 1), date(2026, 10, 7))),
)

#: Weekend days that are worked instead (调休).
MAKE_UP_DAYS: tuple[tuple[Label, tuple[date, ...]], ...] = (
    (SPRING, (date(2024, 2, 4), date(2024, 2, 18))),
    (TOMB_SWEEPING, (date(2024, 4, 7),)),
    (LABOUR, (date(2024, 4, 28), date(2024, 5, 11))),
    (MID_AUTUMN, (date(2024, 9, 14),)),
    (NATIONAL, (date(2024, 9, 29), date(2024, 10, 12))),
    (SPRING, (date(2025, 1, 26), date(2025, 2, 8))),
    (LABOUR, (date(2025, 4, 27),)),
    (NATIONAL, (date(2025, 9, 28), date(2025, 10, 11))),
    (NEW_YEAR, (date(2026, 1, 4),)),
    (SPRING, (date(2026, 2, 14), date(2026, 2, 28))),
    (LABOUR, (date(2026, 5, 9),)),
    (NATIONAL, (date(2026, 9, 20), date(2026, 10, 10))),
)
