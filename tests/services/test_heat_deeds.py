"""What is done with cases, where and when: the map's further measures, from the roll-up, as counted by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gridmediate.domain.agreements import ClauseState
from gridmediate.domain.calls import CallMatter
from gridmediate.domain.indicators import Reason, measure
from gridmediate.domain.measures import MEASURES, MeasureName
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import LOCAL_ZONE, Level, Side, Urgency
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import performance, tasks
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.filing import PartyEntry
from gridmediate.services.grid import grid_of
from gridmediate.services.heat import deeds_in, heat_table
from gridmediate.services.heat_levels import settled_levels
from gridmediate.services.heat_view import view_of
from gridmediate.services.performance import ClauseReport
from gridmediate.store import rollup
from tests.builders import CELL, STREET
from tests.rig.world import CLAUSE, World

pytestmark = pytest.mark.slow


def deeds(world: World, name: MeasureName, months: int = 1, by: str = "leader") -> list[dict[str, int]]:
    """Return the worker's cell, month by month: what the measure is made of."""
    with world.store.reading() as session:
        table = heat_table(session, world.people[by], world.now, months=months, measure=name)
        view = view_of(table, grid_of(session, world.now))
        assert rollup.differences(session) == []
    here = [card.code for card in table.cells].index(CELL)
    found = [month[here] for month in view.counts]
    assert all(found)
    return [{key: span.low for key, span in each.deeds.items()} for each in found if each]


def test_dispatches_and_what_is_sent_back(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    sent = len(world.tasks(case_no))
    assert sent
    task = world.tasks(case_no)[0]
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归我们", None, by="housing")
    assert deeds(world, MeasureName.RETURNS) == [{"returned": 1, "dispatched": sent}]
    world.do(tasks.assign_again, task.id, "urban_management", "请办", None, by="cadre")
    assert deeds(world, MeasureName.RETURNS) == [{"returned": 1, "dispatched": sent + 1}], "handed to another is a dispatch"


def test_settlements_stand_in_the_class_of_their_days_and_at_their_level(world: World) -> None:
    early = world.file().case_no
    world.pass_time(days=5)
    world.act(early, Act.ACCEPT)
    world.act(early, Act.NOTE_SESSION)
    world.act(early, Act.ESCALATE, words=world.words(early, "cadre") | {Needs.LEVEL: Level.STREET.value})
    world.act(early, Act.AGREE_ORALLY)
    world.act(world.file().case_no, Act.SOLVE_ON_SPOT)
    assert {key: count for key, count in deeds(world, MeasureName.MEDIAN_DAYS)[0].items() if count} == {"days_3": 1, "days_7": 1}
    with world.store.reading() as session:
        grid = grid_of(session, world.now)
        rows = settled_levels(session, world.people["leader"], grid, world.now, street_code=None, level=Level.CELL).rows
    settled = next(row for row in rows if row.code == CELL).settled
    assert settled is not None
    assert {level: span.low for level, span in settled.items() if span.low} == {Level.CELL: 1, Level.STREET: 1}


def test_the_same_two_sides_again_are_one_repeat_however_often_they_met(world: World) -> None:
    both = (PartyEntry(Side.APPLICANT, "王小明"), PartyEntry(Side.RESPONDENT, "李大山"))
    for _ in range(3):
        world.file(parties=both)
        world.pass_time(days=3)
    world.file()
    assert deeds(world, MeasureName.REPEATS) == [{"repeats": 2, "filings": 4}]


def test_a_clause_counts_once_and_one_made_good_stays_broken(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.AGREE_ORALLY, clauses=(CLAUSE,))
    kept, broken = world.clauses(case_no)[:2]

    def report(clause: object, state: ClauseState) -> None:
        day = date(2026, 12, 1)
        world.do(performance.settle_clause, case_no, clause.id, ClauseReport(state, day, "看过"), None, by="cadre")  # type: ignore

    world.now = datetime(2026, 12, 2, 10, tzinfo=LOCAL_ZONE)
    report(kept, ClauseState.KEPT)
    report(broken, ClauseState.BROKEN)
    report(broken, ClauseState.KEPT)
    assert deeds(world, MeasureName.PERFORMANCE) == [{"kept": 1, "kept_late": 0, "broken": 1}]


def test_calls_are_summed_over_half_a_year_and_then_forgotten(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    calling = Calling(CallMatter.BEYOND_POWERS, Urgency.URGENT, ("police_station",), "请到场")
    world.do(call_county, case_no, calling, by="leader")
    world.now += timedelta(days=31 * 7)
    assert [each["calls"] for each in deeds(world, MeasureName.CALLS, months=9)] == [0, 1, 1, 1, 1, 1, 1, 0, 0]


def test_a_measure_that_was_not_asked_for_is_no_data_and_few_are_too_few(world: World) -> None:
    world.act(world.file().case_no, Act.SOLVE_ON_SPOT)
    with world.store.reading() as session:
        table = heat_table(session, world.people["leader"], world.now, measure=MeasureName.MEDIAN_DAYS)
        view = view_of(table, grid_of(session, world.now))
        assert deeds_in(session, table, ["filings"]).sum() == 1
    counts = view.counts[-1][0]
    assert measure(MeasureName.MEDIAN_DAYS, counts).reason is Reason.FEW_CASES
    assert measure(MeasureName.RETURNS, counts).reason is Reason.NO_DATA
    assert set(view.keys) >= set(MEASURES[MeasureName.MEDIAN_DAYS].deeds)
    assert view.street.code == STREET
