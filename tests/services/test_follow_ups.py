"""Follow-ups: planned by risk at closing, one question to both sides, called off by reopening; then the case is archived."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridmediate.domain.agreements import Satisfaction
from gridmediate.domain.case_words import Act, State
from gridmediate.domain.problems import ActNotOpen, ConditionNotMet, FieldMissing, NotFound, NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag
from gridmediate.services.follow_ups import FollowUpDone, FollowUpReport, list_follow_ups, record_follow_up
from tests.rig.world import World

WELL = FollowUpReport(True, False, Satisfaction.SATISFIED, Satisfaction.NOT_REACHED, "")


def closed(world: World, **given: object) -> str:
    case_no = world.a_case(State.AGREED_ORAL, **given)
    world.finish_tasks(case_no)
    world.act(case_no, Act.CLOSE)
    return case_no


def test_an_ordinary_case_is_visited_once_and_an_urgent_one_three_times(world: World) -> None:
    closed_on = world.today
    ordinary, urgent = closed(world), closed(world, flags=(Flag.THREAT,))

    def days(case_no: str) -> list[int]:
        last = [(row.due_at - timedelta(seconds=1)).astimezone(LOCAL_ZONE).date() for row in world.follow_ups(case_no)]
        return [(day - closed_on).days for day in last]

    assert len(days(ordinary)) == 1 and 30 <= days(ordinary)[0] <= 33
    assert [round(each, -1) if each > 10 else each for each in days(urgent)] == [7, 30, 90]
    assert world.case(urgent).follow_ups_open == 3


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN, State.TERMINATED, State.REFERRED])
def test_nobody_is_visited_who_agreed_to_nothing(world: World, state: State) -> None:
    case_no = world.a_case(state)
    world.finish_tasks(case_no)
    world.act(case_no, Act.CLOSE)
    assert world.follow_ups(case_no) == []
    world.act(case_no, Act.ARCHIVE)
    assert world.case(case_no).state is State.ARCHIVED


def test_a_case_is_archived_after_its_follow_ups_and_may_still_come_back(world: World) -> None:
    case_no = closed(world)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ARCHIVE)
    world.pass_time(days=29)
    world.follow_up(case_no, by="worker")
    world.act(case_no, Act.ARCHIVE)
    with pytest.raises(ActNotOpen):
        world.act(case_no, Act.ARCHIVE)
    world.act(case_no, Act.REOPEN)
    assert world.case(case_no).state is State.REOPENED


def test_reopening_calls_the_visits_off(world: World) -> None:
    case_no = closed(world, flags=(Flag.THREAT,))
    first = world.follow_ups(case_no)[0]
    world.do(record_follow_up, case_no, first.id, WELL, by="cadre")
    world.act(case_no, Act.REOPEN)
    rows = world.follow_ups(case_no)
    assert [row.called_off_at is not None for row in rows] == [False, True, True]
    assert world.case(case_no).follow_ups_open == 0
    with pytest.raises(FollowUpDone):
        world.do(record_follow_up, case_no, rows[1].id, WELL, by="cadre")


@pytest.mark.parametrize(("kept", "worse"), [(False, False), (True, True), (False, True)])
def test_what_is_amiss_is_said_in_words(world: World, kept: bool, worse: bool) -> None:
    case_no = closed(world)
    row = world.follow_ups(case_no)[0]
    with pytest.raises(FieldMissing):
        world.do(record_follow_up, case_no, row.id, FollowUpReport(kept, worse, *[Satisfaction.FAIRLY] * 2, " "), by="cadre")
    world.do(record_follow_up, case_no, row.id, FollowUpReport(kept, worse, *[Satisfaction.FAIRLY] * 2, "又吵了"), by="cadre")
    with pytest.raises(FollowUpDone):
        world.do(record_follow_up, case_no, row.id, WELL, by="cadre")


def test_the_list_shows_each_his_own_by_what_is_due_next(world: World) -> None:
    late, soon = closed(world), closed(world, flags=(Flag.THREAT,))
    listed = world.do(list_follow_ups, by="cadre")
    assert (listed[0].case_no, listed[0].number) == (soon, 1)
    assert {row.case_no for row in listed} == {late, soon}
    assert {row.case_no for row in world.do(list_follow_ups, by="worker")} == {late, soon}
    assert world.do(list_follow_ups, by="next_cadre") == []
    for who in ("leader", "housing", "auditor"):
        with pytest.raises(NotPermitted):
            world.do(list_follow_ups, by=who)


def test_another_communitys_visit_does_not_exist(world: World) -> None:
    case_no = closed(world)
    row = world.follow_ups(case_no)[0]
    with pytest.raises(NotFound):
        world.do(record_follow_up, case_no, row.id, WELL, by="next_cadre")
    with pytest.raises(NotFound):
        world.do(record_follow_up, closed(world), row.id, WELL, by="cadre")
