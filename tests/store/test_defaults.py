"""What a new home starts with: all that decides, added once, and never over what an office has changed."""

from __future__ import annotations

from sqlalchemy import select

from gridmediate.domain.deadline_defaults import DEFAULT_LIMITS
from gridmediate.domain.ladder import DEFAULT_LADDER, LadderStep
from gridmediate.domain.limit_rows import limit_from_json, template_from_json
from gridmediate.domain.roster import TeamTemplate
from gridmediate.domain.routing_defaults import DEFAULT_RULES
from gridmediate.domain.routing_rows import rule_from_json
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store import defaults
from gridmediate.store.models import CalendarDay, CalendarYear, Department, RuleRow
from tests.builders import STREET


def kept(session, kind):
    return [row.body for row in session.scalars(select(RuleRow).where(RuleRow.kind == kind).order_by(RuleRow.position))]


def test_the_rows_read_back_as_the_rules_they_were_made_from(records):
    with records.writing() as session:
        defaults.seed(session, STREET)
        assert tuple(limit_from_json(body) for body in kept(session, "limit")) == DEFAULT_LIMITS
        assert tuple(rule_from_json(body) for body in kept(session, "routing")) == DEFAULT_RULES
        assert [template_from_json(body) for body in kept(session, "team")] == [TeamTemplate()]
        assert tuple(LadderStep.from_json(body) for body in kept(session, "ladder")) == DEFAULT_LADDER


def test_seeding_again_adds_nothing_and_keeps_what_the_office_changed(records):
    with records.writing() as session:
        defaults.seed(session, STREET)
        year = session.scalars(select(CalendarYear)).first()
        year.source = "本街道核对"
        first = session.get(RuleRow, ("limit", "accept"))
        first.body = {**first.body, "amount": 5}
        session.flush()
        counts = [len(session.scalars(select(kind)).all()) for kind in (RuleRow, CalendarDay, CalendarYear, Department)]
        defaults.seed(session, STREET)
        assert counts == [len(session.scalars(select(kind)).all()) for kind in (RuleRow, CalendarDay, CalendarYear, Department)]
        assert session.get(RuleRow, ("limit", "accept")).body["amount"] == 5
        assert session.get(CalendarYear, year.year).source == "本街道核对"


def test_a_seeded_home_decides_by_its_rows(records):
    with records.writing() as session:
        defaults.seed(session, STREET)
        row = session.get(RuleRow, ("limit", "accept"))
        row.body = {**row.body, "amount": 7}
        session.flush()
        rules = rulebook_of(session)
        assert next(limit.amount for limit in rules.limits if limit.kind == "accept") == 7
        day = session.scalars(select(CalendarDay.day)).first()
        assert rules.calendar.knows(day)
