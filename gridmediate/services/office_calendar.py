"""The office's holidays: days off, days worked in exchange, and the years whose notice is entered whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, FieldMissing, NotFound, Problem
from gridmediate.domain.staff_problems import DaysReversed
from gridmediate.domain.vocabulary import Label
from gridmediate.services.grid import local_day
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.store.models import CalendarDay, CalendarYear

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarView:
    """The office's calendar: its days of one year, and which years are whole."""

    year: int
    days: tuple[CalendarDay, ...]
    years: tuple[CalendarYear, ...]

    @property
    def is_known(self) -> bool:
        """Whether the year's notice is entered."""
        return any(each.year == self.year for each in self.years)


def calendar(session: Session, year: int) -> CalendarView:
    """Return the days of one year that differ from Monday to Friday."""
    days = session.scalars(
        select(CalendarDay).where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))).order_by(CalendarDay.day))
    return CalendarView(year, tuple(days), tuple(session.scalars(select(CalendarYear).order_by(CalendarYear.year))))


def unknown_years(session: Session, now: datetime) -> tuple[int, ...]:
    """Return this year and, from October on, the next, as far as their holidays are not entered: deadlines assume them."""
    today = local_day(now)
    asked = (today.year, today.year + 1) if today.month >= 10 else (today.year,)
    known = set(session.scalars(select(CalendarYear.year).where(CalendarYear.year.in_(asked))))
    return tuple(year for year in asked if year not in known)


def set_day(session: Session, day: date, last: date, is_working: bool, name: str, actor: Actor, now: datetime) -> None:
    """Enter days off, or days worked in exchange, from *day* to *last*; deadlines started from now on count them.

    Raises
    ------
    NotPermitted, Faults
    """
    require(actor, Permission.RULES_EDIT)
    faults: list[Problem] = []
    if not name.strip():
        faults.append(FieldMissing(field="name", name=Label("名称", "Name")))
    if not day <= last <= day + timedelta(days=30):
        faults.append(DaysReversed(field="last", first=day, last=last))
    if faults:
        raise Faults(faults)
    home = locked_home(session)
    for offset in range((last - day).days + 1):
        session.merge(CalendarDay(day=day + offset * _DAY, is_working=is_working, name=name.strip()[:60]))
    home.rules_edition += 1
    details = {"day": day.isoformat(), "to": last.isoformat(), "working": int(is_working)}
    note(session, "calendar.change", details, actor=actor, now=now)
    session.flush()


def remove_day(session: Session, day: date, actor: Actor, now: datetime) -> None:
    """Take a day out, so that its weekday counts again.

    Raises
    ------
    NotPermitted, NotFound
    """
    require(actor, Permission.RULES_EDIT)
    home = locked_home(session)
    row = session.get(CalendarDay, day)
    if row is None:
        raise NotFound
    session.delete(row)
    home.rules_edition += 1
    note(session, "calendar.change", {"day": day.isoformat(), "kind": "removed"}, actor=actor, now=now)
    session.flush()


def set_year(session: Session, year: int, is_known: bool, source: str, actor: Actor, now: datetime) -> None:
    """Say that a year's holidays are entered whole, with the notice they come from, or that they are not.

    Raises
    ------
    NotPermitted, FieldMissing
    """
    require(actor, Permission.RULES_EDIT)
    if is_known and not source.strip():
        raise FieldMissing(field="source", name=Label("依据的通知", "The notice it comes from"))
    home = locked_home(session)
    if is_known:
        session.merge(CalendarYear(year=year, source=source.strip()[:120]))
    else:
        row = session.get(CalendarYear, year)
        if row is not None:
            session.delete(row)
    home.rules_edition += 1
    note(session, "calendar.change", {"year": year, "kind": "known" if is_known else "open"}, actor=actor, now=now)
    session.flush()
