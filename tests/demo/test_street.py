from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from gridmediate.demo.courses import Days
from gridmediate.demo.mix import CODES_OF, PLACES, SEASONS, class_shares
from gridmediate.demo.people import HOME_CELL, HOME_COMMUNITY, HOME_DEPARTMENT
from gridmediate.demo.places import CellPlace
from gridmediate.demo.plans import CasePlan
from gridmediate.demo.stories import TALES, TOLD_CODES
from gridmediate.demo.street import draw_cases
from gridmediate.domain.categories import not_mediable, seeding_weights, t1_of
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import PlaceMethod, Willingness
from gridmediate.domain.workflow import OPEN_STATES, TO_CLOSE, Act, Needs, State, row_for
from tests.demo.conftest import NOW, TODAY

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

_SUPPLIED_LATER = {Needs.DUPLICATE_OF}


def test_the_town_is_read_whole(town: list[CellPlace]) -> None:
    assert len(town) == 72
    assert sum(len(cell.buildings) for cell in town) == 2146
    for cell in town:
        assert all(118.73 < each.lon < 118.79 and 36.19 < each.lat < 36.23 for each in cell.buildings)
        addresses = [each.address for each in cell.buildings]
        assert all(re.fullmatch(r"\S+ \d+ (幢|号)|\S+ \d+ 号院 \d+ 幢", address) for address in addresses)
    home = next(cell for cell in town if cell.code == HOME_CELL)
    assert any(each.address.startswith("锦溪花园") for each in home.buildings)


def test_one_seed_draws_the_same_street(town: list[CellPlace], plans: list[CasePlan]) -> None:
    assert draw_cases(Random(20261123), town, TODAY, now=NOW) == plans


def test_another_seed_draws_another_street(town: list[CellPlace], plans: list[CasePlan]) -> None:
    assert [plan.story.facts for plan in draw_cases(Random(1), town, TODAY, now=NOW)] != [plan.story.facts for plan in plans]


def test_nine_hundred_numbered_by_filing(plans: list[CasePlan]) -> None:
    assert len(plans) == 900
    assert [plan.number for plan in plans] == list(range(1, 901))
    assert all(one.filed_at <= other.filed_at for one, other in pairwise(plans))


def test_every_plan_walks_through_the_workflow_table(plans: list[CasePlan]) -> None:
    for plan in plans:
        state = State.FILED
        for step in plan.steps:
            row = row_for(state, step.act)
            assert row is not None, (plan.number, state, step.act)
            assert all(step.words.get(need) or need in _SUPPLIED_LATER for need in row.needs), (plan.number, step)
            state = row.target
        assert plan.state is state


def test_time_runs_forward_and_stops_at_now(plans: list[CasePlan]) -> None:
    for plan in plans:
        moments = [plan.filed_at, *(step.at for step in plan.steps)]
        assert moments == sorted(moments)
        assert moments[-1] < NOW
        for task in (*plan.tasks, *plan.task_by_department.values()):
            done = (task.signed_at, task.returned_at, task.again_at, task.answered_at, task.confirmed_at)
            given = [at for at in done if at is not None]
            assert all(at < NOW for at in given)
            assert task.signed_at is None or task.answered_at is None or task.signed_at <= task.answered_at
            assert task.confirmed_at is None or (task.answered_at is not None and task.answered_at <= task.confirmed_at)


def test_no_case_closes_over_an_open_task(plans: list[CasePlan]) -> None:
    for plan in plans:
        close = next((step for step in plan.steps if step.act is Act.CLOSE), None)
        formed = any(step.act is Act.FORM_TEAM for step in plan.steps)
        if close and formed:
            assert all(task.confirmed_at and task.confirmed_at <= close.at for task in plan.tasks)
        by_department = next((step for step in plan.steps if step.act is Act.CLOSE_AS_DEPARTMENT), None)
        if by_department:
            assert plan.tasks[0].settles
            assert plan.tasks[0].state is TaskState.ANSWERED
            assert all(task.confirmed_at and task.confirmed_at <= by_department.at for task in plan.tasks[1:])


def test_nobody_is_mediated_against_their_will(plans: list[CasePlan]) -> None:
    for plan in plans:
        if plan.story.willingness is Willingness.UNWILLING:
            assert not {step.act for step in plan.steps} & {Act.ACCEPT, Act.NOTE_SESSION}
        if not_mediable(plan.story.t2_code):
            assert {step.act for step in plan.steps} <= {Act.NOT_ACCEPT}


def test_shares_come_near_the_published_month(plans: list[CasePlan]) -> None:
    found = Counter(t1_of(plan.story.t2_code, plan.story.flags) for plan in plans)
    published = seeding_weights()
    for code in published:
        assert abs(100 * found[code] / len(plans) - published[code]) < 2.5, code
    for code, share in class_shares().items():
        assert abs(100 * found[code] / len(plans) - share) < 1.3, code
    assert sum(class_shares().values()) == pytest.approx(100)


def test_the_tables_name_codes_that_are_told_and_lie_in_their_class() -> None:
    listed = [code for codes in CODES_OF.values() for code in codes]
    assert set(listed) <= set(TOLD_CODES)
    for t1_code, codes in CODES_OF.items():
        assert t1_code in ("10", "11") or all(t1_of(code) == t1_code for code in codes)
    for prefix in {*SEASONS, *PLACES} - {""}:
        assert any(tale.t2_code.startswith(prefix) for tale in TALES), prefix


#: Acts that come of an agreement or beside the main line; tests/demo/test_life.py finds them in what was lived.
AFTERWARDS = {
    Act.START_PERFORMING, Act.END_UNPERFORMED, Act.ARCHIVE, Act.SUSPEND, Act.RESUME, Act.ASK_EXTENSION, Act.GRANT_EXTENSION,
    Act.DENY_EXTENSION, Act.ESCALATE, Act.TAKE_UP, Act.BRING_DOWN, Act.NOTIFY_POLICE, Act.AGREE_PARTLY, Act.RETURN_TO_MEDIATION,
}


def test_all_states_lie_about_and_about_one_in_seven_is_open(plans: list[CasePlan]) -> None:
    states = Counter(plan.state for plan in plans)
    wanted = {
        State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.AGREED_WRITTEN, State.REFUSED, State.REOPENED,
        State.CLOSED, State.NOT_ACCEPTED, State.DUPLICATE, State.SOLVED_ON_SPOT,
    }
    assert wanted <= set(states)
    acts = Counter(step.act for plan in plans for step in plan.steps)
    assert set(Act) - AFTERWARDS <= set(acts)
    assert 0.11 < sum(states[state] for state in OPEN_STATES) / len(plans) < 0.18


def test_most_that_is_open_is_fresh_and_some_is_late(plans: list[CasePlan]) -> None:
    unfinished = [plan for plan in plans if plan.state in OPEN_STATES and plan.state is not State.REOPENED]
    fresh = [plan for plan in unfinished if (NOW - plan.filed_at).days <= 45]
    assert len(fresh) / len(unfinished) > 0.75
    assert len([plan for plan in unfinished if (NOW - plan.filed_at).days > 36]) >= 6


def test_every_month_has_cases_and_none_lies_before_the_fourteen(plans: list[CasePlan]) -> None:
    assert (TODAY - plans[0].filed_at.date()).days <= 14 * 31
    assert len({(plan.filed_at.year, plan.filed_at.month) for plan in plans}) >= 14


def test_cases_lie_at_buildings_of_their_cell(plans: list[CasePlan], town: list[CellPlace]) -> None:
    points = {cell.code: {(each.lon, each.lat) for each in cell.buildings} for cell in town}
    for plan in plans:
        if plan.cell_code is None:
            assert plan.place_method in (PlaceMethod.ADDRESS, PlaceMethod.POSITION)
            assert plan.state is State.FILED
            assert plan.community_code
        elif plan.point is None:
            assert plan.place_method is PlaceMethod.LIST
        else:
            assert plan.point in points[plan.cell_code]
        assert plan.address


def test_some_wait_for_a_place_and_two_of_them_in_the_cadres_community(plans: list[CasePlan]) -> None:
    waiting = [plan for plan in plans if plan.cell_code is None]
    assert 4 <= len(waiting) <= 8
    assert len([plan for plan in waiting if plan.community_code == HOME_COMMUNITY]) == 2
    assert any(plan.point for plan in waiting)


def test_old_courts_quarrel_more_than_villas(plans: list[CasePlan], town: list[CellPlace]) -> None:
    count = Counter(plan.cell_code for plan in plans)
    old = [cell for cell in town if cell.share("court") > 0.6]
    villas = [cell for cell in town if cell.share("villa") > 0.6]
    assert villas
    assert sum(count[cell.code] for cell in old) / len(old) > 2 * sum(count[cell.code] for cell in villas) / len(villas)


def test_stories_do_not_feel_repeated(plans: list[CasePlan]) -> None:
    facts = Counter(plan.story.facts for plan in plans if plan.duplicate_of is None)
    assert max(facts.values()) <= 3
    assert len(facts) / sum(facts.values()) > 0.97
    kinds = Counter(re.sub(r"[\d,.]+", "", plan.story.title) for plan in plans)
    assert len(kinds) > 300
    assert max(kinds.values()) <= 14


def test_a_duplicate_points_to_the_case_under_way_at_the_same_place(plans: list[CasePlan]) -> None:
    joined = [plan for plan in plans if plan.state is State.DUPLICATE]
    assert len(joined) >= 8
    for plan in joined:
        assert plan.duplicate_of is not None
        first = plans[plan.duplicate_of - 1]
        assert (first.cell_code, first.address) == (plan.cell_code, plan.address)
        assert first.filed_at < plan.filed_at
        assert not first.steps or first.steps[-1].at > plan.steps[0].at or first.state in OPEN_STATES


def test_the_cadres_desk_is_full_and_not_drowned(plans: list[CasePlan]) -> None:
    home = [plan for plan in plans if (plan.cell_code or plan.community_code or "").startswith(HOME_COMMUNITY)]
    unfinished = [plan for plan in home if plan.state in OPEN_STATES | TO_CLOSE]
    with_departments = [
        plan for plan in unfinished
        if any(task.state in (TaskState.ASSIGNED, TaskState.SIGNED) for task in plan.task_by_department.values())
    ]
    assert 10 <= len(unfinished) - len(with_departments) <= 16
    assert len(home) > 45


def test_the_worker_has_three_acts_in_the_own_cell(plans: list[CasePlan]) -> None:
    own = [plan for plan in plans if plan.cell_code == HOME_CELL and plan.state in (State.TEAM_FORMED, State.MEDIATING)]
    assert [plan.desk for plan in own] == ["worker"] * 3


def test_the_housing_office_has_a_desk_in_all_states(plans: list[CasePlan]) -> None:
    states = Counter(
        plan.task_by_department[HOME_DEPARTMENT].state for plan in plans
        if plan.state in OPEN_STATES | TO_CLOSE and HOME_DEPARTMENT in plan.task_by_department
    )
    states.pop(TaskState.CONFIRMED)
    assert states == {TaskState.ASSIGNED: 6, TaskState.SIGNED: 8, TaskState.ANSWERED: 3, TaskState.RETURNED: 1}


def test_elsewhere_no_open_case_leaves_housing_a_task(plans: list[CasePlan]) -> None:
    for plan in plans:
        formed = any(step.act is Act.FORM_TEAM for step in plan.steps)
        if not plan.desk and formed and plan.state in OPEN_STATES - {State.REOPENED}:
            assert plan.task_for(HOME_DEPARTMENT, 0).state is TaskState.CONFIRMED


def test_parties_carry_numbers_that_ring_nowhere(plans: list[CasePlan]) -> None:
    for plan in plans:
        assert 1 <= len(plan.parties) <= 2
        for party in plan.parties:
            assert party.phone == "" or re.fullmatch(r"154\d{8}", party.phone)
            assert party.is_organisation == party.name.zh.startswith("某")
        assert len({party.name.zh for party in plan.parties}) == len(plan.parties)


def test_brothers_share_a_surname(plans: list[CasePlan]) -> None:
    pairs = [
        plan.parties for plan in plans if len(plan.parties) == 2 and {party.role for party in plan.parties} == {"哥哥", "弟弟"}
    ]
    assert pairs
    assert all(one.name.zh[0] == other.name.zh[0] for one, other in pairs)


def test_summer_is_loud_and_the_year_ends_with_wages(town: list[CellPlace]) -> None:
    plans = draw_cases(Random(3), town, TODAY, months=12, n=3000, now=NOW)
    noise = Counter(plan.filed_at.month for plan in plans if plan.story.t2_code == "0203" and (NOW - plan.filed_at).days > 60)
    wages = Counter(plan.filed_at.month for plan in plans if plan.story.t2_code == "0701" and (NOW - plan.filed_at).days > 60)
    assert sum(noise[month] for month in (6, 7, 8)) > 1.3 * sum(noise[month] for month in (2, 3, 4))
    assert wages[12] + wages[1] > wages[4] + wages[5]


@pytest.mark.parametrize("offset", range(8))
def test_any_day_of_the_week_can_be_today(town: list[CellPlace], offset: int) -> None:
    today = date(2026, 9, 28) + timedelta(days=offset)
    plans = draw_cases(Random(9), town, today, n=260)
    assert len(plans) == 260
    for plan in plans:
        assert plan.state
        moments = [plan.filed_at, *(step.at for step in plan.steps)]
        assert moments == sorted(moments)
        assert moments[-1].date() < today


def test_working_days_are_counted_as_the_rules_count_them() -> None:
    days = Days()
    monday = date(2026, 11, 23)
    assert days.before(monday, 3) == date(2026, 11, 18)
    assert days.after(date(2026, 11, 18), 3) == monday
    assert days.on(date(2026, 11, 21)) == monday
    assert days.started_for(monday, 30) == date(2026, 10, 23)
    holiday = Days(lambda day: day.weekday() < 5 and day != monday)
    assert holiday.after(date(2026, 11, 20), 1) == date(2026, 11, 24)
