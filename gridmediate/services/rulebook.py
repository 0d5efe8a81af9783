"""The rules in force in this home: the office's rows where it has any, the shipped defaults where it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.deadline_defaults import DEFAULT_LIMITS
from gridmediate.domain.deadlines import TimeLimit
from gridmediate.domain.departments import MEDIATION_COMMITTEE, department_name
from gridmediate.domain.ladder import DEFAULT_LADDER, LadderStep
from gridmediate.domain.routing import RoutingRule
from gridmediate.domain.routing_defaults import DEFAULT_RULES
from gridmediate.domain.team import TeamTemplate
from gridmediate.domain.vocabulary import Label
from gridmediate.domain.working_calendar import CalendarDay, WorkingCalendar
from gridmediate.services.grid import home_of
from gridmediate.store import models


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides and can be edited, read once per edition."""

    calendar: WorkingCalendar
    limits: tuple[TimeLimit, ...]
    routing: tuple[RoutingRule, ...]
    template: TeamTemplate
    departments: dict[str, Label]
    ladder: tuple[LadderStep, ...] = DEFAULT_LADDER

    def department_label(self, code: str) -> Label:
        """Return how a department is called here."""
        return self.departments.get(code) or department_name(code)

    def exists(self, code: str) -> bool:
        """Return whether a department has a desk in this home; rules may name more than a home has."""
        return code in self.departments and code != MEDIATION_COMMITTEE


def rulebook_of(session: Session) -> Rulebook:
    """Return the rules in force; they are read again only after an edit."""
    home = home_of(session)
    shared: dict[str, Any] = session.info["shared"]
    kept: tuple[int, Rulebook] | None = shared.get("rulebook")
    if kept and kept[0] == home.rules_edition:
        return kept[1]
    rules = _read(session)
    shared["rulebook"] = (home.rules_edition, rules)
    return rules


def _read(session: Session) -> Rulebook:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in session.scalars(select(models.RuleRow).order_by(models.RuleRow.kind, models.RuleRow.position)):
        rows.setdefault(row.kind, []).append(row.body)
    departments = {
        row.code: Label(row.name, row.name_en)
        for row in session.scalars(select(models.Department).where(models.Department.is_active))
    }
    return Rulebook(
        calendar=_calendar(session),
        limits=tuple(TimeLimit.from_json(body) for body in rows.get("limit", ())) or DEFAULT_LIMITS,
        routing=tuple(RoutingRule.from_json(body) for body in rows.get("routing", ())) or DEFAULT_RULES,
        template=next((TeamTemplate.from_json(body) for body in rows.get("team", ())), TeamTemplate()),
        departments=departments,
        ladder=tuple(LadderStep.from_json(body) for body in rows.get("ladder", ())) or DEFAULT_LADDER,
    )


def _calendar(session: Session) -> WorkingCalendar:
    years = session.scalars(select(models.CalendarYear.year)).all()
    days = [
        CalendarDay(row.day, row.is_working, Label(row.name, row.name)) for row in session.scalars(select(models.CalendarDay))
    ]
    return WorkingCalendar.from_rows(days, years)
