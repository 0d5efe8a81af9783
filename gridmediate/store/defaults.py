"""What a new home starts with: time limits, routing rules, the team, departments and holidays, as rows the office may edit.

The defaults themselves stand in ``domain``, each with its source; here they only become rows. Seeding again adds what is missing
and leaves what the office has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain import departments
from gridmediate.domain.deadline_defaults import DEFAULT_LIMITS
from gridmediate.domain.ladder import DEFAULT_LADDER
from gridmediate.domain.roster import TeamTemplate
from gridmediate.domain.routing_defaults import DEFAULT_RULES
from gridmediate.store.holidays import published_days, published_years
from gridmediate.store.models import CalendarDay, CalendarYear, Department, RuleRow

#: Kinds of :class:`~gridmediate.store.models.RuleRow`.
LIMIT, ROUTING, TEAM, LADDER = "limit", "routing", "team", "ladder"

#: Who says that the shipped years are whole.
CALENDAR_SOURCE = "国务院办公厅放假通知（随程序附带）"


def seed_rules(session: Session) -> None:
    """Add the time limits, routing rules, team template and ladder of clocks, each kind only if the home has no row of it yet."""
    present = set(session.scalars(select(RuleRow.kind).distinct()))
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {
        LIMIT: [(limit_code(each.as_json()), each.as_json()) for each in DEFAULT_LIMITS],
        ROUTING: [(rule.no, rule.as_json()) for rule in DEFAULT_RULES],
        TEAM: [("default", TeamTemplate().as_json())],
        LADDER: [(f"{step.subject.value}.{step.rung.value}", step.as_json()) for step in DEFAULT_LADDER],
    }
    session.add_all(
        RuleRow(kind=kind, code=code, position=position, body=body)
        for kind, each in rows.items() if kind not in present
        for position, (code, body) in enumerate(each, 1)
    )


def limit_code(body: dict[str, Any]) -> str:
    """Return the key of a time limit's row: what it is for, by category and urgency where it names them."""
    return ".".join(part for part in (body["kind"], body.get("category") or "", body.get("urgency") or "") if part)


def seed_departments(session: Session, area_code: str, codes: Iterable[str] | None = None) -> None:
    """Add the departments of a street, all of the shipped ones unless *codes* names some; those that are there stay."""
    present = set(session.scalars(select(Department.code)))
    for code in codes if codes is not None else departments.DEPARTMENTS:
        if code not in present:
            name = departments.department_name(code)
            session.add(Department(code=code, name=name.zh, name_en=name.en, area_code=area_code, is_active=True))


def seed_calendar(session: Session) -> None:
    """Add the holidays and make-up days of the shipped years; a year that the office has entered stays as it is."""
    present = set(session.scalars(select(CalendarYear.year)))
    missing = published_years() - present
    session.add_all(CalendarYear(year=year, source=CALENDAR_SOURCE) for year in sorted(missing))
    session.add_all(
        CalendarDay(day=each.day, is_working=each.working, name=each.name.zh)
        for each in published_days() if each.day.year in missing
    )


def seed(session: Session, street_code: str) -> None:
    """Give a home all it needs to decide: rules, departments of *street_code*, calendar."""
    seed_rules(session)
    seed_departments(session, street_code)
    seed_calendar(session)
    session.flush()
