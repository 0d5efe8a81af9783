"""Figures of a street: known answers of a hand-made month, the same counted anew from the record of acts, the lists."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from gridmediate.domain.figure_facts import Base, Kind
from gridmediate.domain.figures import INDICATORS
from gridmediate.domain.indicators import Span
from gridmediate.domain.periods import PeriodKind, period_of, read_period
from gridmediate.domain.problems import FieldNotAChoice, NotPermitted
from gridmediate.services.figures import MonthsOnly, figure_list, figure_table, places_of, record_figures, scope_of
from gridmediate.services.grid import grid_of
from gridmediate.store.models import HistoryEntry
from tests.builders import CELL, COMMUNITY, COUNTY, NEXT_COMMUNITY, OTHER_STREET, STREET
from tests.rig.october import OCTOBER, live_through
from tests.rig.recount import recount
from tests.rig.world import World

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

#: Of the street's October as it stands on the tenth of December: numerator, denominator.
_KNOWN: dict[str, tuple[int, int]] = {
    "success_of_accepted": (2, 5), "success_of_mediated": (2, 5), "resolution_with_open": (3, 8), "resolution_decided": (3, 4),
    "closed_in_cell": (3, 3), "accepted_in_cell": (2, 5), "closed_in_community": (3, 3), "closed_in_street": (3, 3),
    "repeat_sides": (1, 10), "repeat_place": (2, 10), "on_time": (3, 7), "on_time_unextended": (2, 7), "overdue_open": (4, 4),
    "overdue_ever": (0, 3), "response": (8, 10), "handling_time": (2, 2), "signed_in_time": (2, 6), "answered_in_time": (3, 6),
    "returned": (1, 6), "first_dispatch": (5, 6), "answers_rated": (1, 1), "whistle": (1, 10), "came_in_time": (1, 1),
    "performed_on_time": (1, 2), "performed": (2, 2), "confirmed": (1, 1), "followed_up": (0, 0), "solved": (1, 1),
    "satisfied": (1, 1), "satisfied_of_asked": (1, 2), "police_told": (1, 1),
}


def test_a_hand_made_october_gives_the_known_answers_the_record_gives_the_same_and_each_list_is_as_long(world: World) -> None:
    live_through(world)
    with world.store.reading() as session:
        for period in (OCTOBER, period_of(PeriodKind.QUARTER, date(2026, 11, 1)), read_period("2026-10-12..2026-10-14")):
            scope = scope_of(session, world.people["leader"], world.now, period)
            found = figure_table(session, scope).now
            counted = recount(session, period, world.now)
            assert counted.keys() == {code for code, rule in INDICATORS.items() if rule.kind is not Kind.NOT_HELD}
            for code, (over, under) in counted.items():
                figure = found[code]
                if code == "handling_time":
                    assert figure.under.low == over
                    assert over < 5 or round((figure.mean or 0) * over * 24) == under
                elif code == "police_told":
                    assert figure.over.low == over
                else:
                    assert (figure.over.low, figure.under.low) == (over, under), (code, period.key)
                listed = figure_list(session, scope, code)
                assert (listed.figure.over, listed.figure.under) == (figure.over, figure.under), code
                assert sum(line.times for line in listed.lines) == figure.under.low, code
                if INDICATORS[code].base is Base.CASES:
                    assert sum(line.hit for line in listed.lines) == figure.over.low, code
            if period is OCTOBER:
                assert {code: (found[code].over.low, found[code].under.low) for code in counted} == _KNOWN
    assert world.faults() == []


def test_who_reads_no_cases_gets_bands_whole_months_and_no_place_below_a_street(world: World) -> None:
    live_through(world)
    with world.store.reading() as session:
        grid, county = grid_of(session, world.now), world.people["coordinator"]
        assert {each.code for each in places_of(grid, county)} == {COUNTY, STREET, OTHER_STREET}
        scope = scope_of(session, county, world.now, OCTOBER, place=STREET)
        masked, exact = figure_table(session, scope).now, scope_of(session, world.people["leader"], world.now, OCTOBER)
        for code, known in figure_table(session, exact).now.items():
            assert masked[code].over.low <= known.over.low <= masked[code].over.high
            assert masked[code].over != Span(1, 1) and masked[code].over != Span(2, 2) and masked[code].median is None
        assert masked["success_of_accepted"].over == Span(1, 2)
        with pytest.raises(NotPermitted):
            figure_list(session, scope, "success_of_accepted")
        for code in (COMMUNITY, CELL):
            with pytest.raises(FieldNotAChoice):
                scope_of(session, county, world.now, OCTOBER, place=code)
        for period in ("2026", "2026-Q4", "2026-10-01..2026-10-30"):
            with pytest.raises(MonthsOnly):
                scope_of(session, county, world.now, read_period(period))


def test_everybody_sees_the_own_place_and_the_look_is_recorded(world: World) -> None:
    with world.store.writing() as session:
        grid = grid_of(session, world.now)
        own = {name: {each.code for each in places_of(grid, world.people[name])}
               for name in ("cadre", "leader", "worker", "housing")}
        assert COMMUNITY in own["cadre"] and CELL in own["cadre"] and not own["cadre"] & {STREET, NEXT_COMMUNITY}
        assert {STREET, COMMUNITY, NEXT_COMMUNITY} <= own["leader"] and COUNTY not in own["leader"]
        assert own["worker"] == own["housing"] == set()
        with pytest.raises(FieldNotAChoice):
            scope_of(session, world.people["cadre"], world.now, OCTOBER, place=STREET)
        scope = scope_of(session, world.people["cadre"], world.now, OCTOBER)
        record_figures(session, world.people["cadre"], scope)
        session.flush()
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "figures.read")).one()
        assert entry.details == {"place": COMMUNITY, "period": "2026-10", "department": "", "exact": True}


def test_the_number_of_statements_does_not_grow_with_the_cases(world: World) -> None:
    counts = []
    for _ in range(2):
        world.a_case()
        with world.store.reading() as session, world.statements() as sent:
            figure_table(session, scope_of(session, world.people["leader"], world.now, OCTOBER))
            counts.append(len(sent))
    assert counts[1] <= counts[0] <= 30
