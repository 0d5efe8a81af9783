"""A grid worker's day: only what waits for this worker, in order of due moments, and how the own filings ended."""

from __future__ import annotations

import pytest

from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import Flag, Seat
from gridmediate.domain.workflow import State
from gridmediate.services import preview
from gridmediate.services.day import NEWS_DAYS, Day, frequent_categories, worker_day
from gridmediate.services.grid import grid_of
from gridmediate.services.placing import PlaceSaid, Point, place_of
from gridmediate.store.models import HistoryEntry
from tests.builders import CELL, GAP_CELL, NEXT_CELL, ORIGIN, SIDE, inside
from tests.rig.world import World

#: A point on the border of the first two cells, and one a third of the way beyond all of them.
BORDER = (ORIGIN[0] + SIDE, ORIGIN[1] + SIDE / 2)
BEYOND = (ORIGIN[0] - SIDE / 3, ORIGIN[1] + SIDE / 2)


def day_of(world: World, login: str = "worker") -> Day:
    """Return the day of one of the people."""
    day: Day = world.do(worker_day, by=login)
    return day


def test_a_quiet_day_is_empty_and_says_where(world: World) -> None:
    day = day_of(world)
    assert (day.new, day.due_today, day.late, day.todo, day.ended) == (0, 0, 0, (), ())
    assert [cell.zh for cell in day.cells]


def test_a_filed_case_waits_for_the_community_and_not_for_the_worker(world: World) -> None:
    world.file()
    assert day_of(world).todo == ()


def test_what_waits_for_the_departments_is_the_workers_to_go_along_with(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    todo = day_of(world).todo
    assert [each.row.case_no for each in todo] == [case_no]
    assert todo[0].step.say("zh").startswith("陪同")
    assert todo[0].step.say("en").startswith("Go along with")


def test_when_the_departments_have_answered_both_sides_are_to_be_brought(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    assert [each.step.say("zh") for each in day_of(world).todo] == ["带双方到场，第 2 次调解"]


def test_the_todo_stands_in_the_order_of_due_moments_and_counts_what_is_due_today(world: World) -> None:
    first, second = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    day = day_of(world)
    assert [each.row.case_no for each in day.todo] == [second, first]
    world.now = day.todo[0].row.clock.due_at or world.now
    world.pass_time(hours=-2)
    day = day_of(world)
    assert (day.due_today, day.late) == (1, 0)
    world.pass_time(days=30)
    day = day_of(world)
    assert (day.due_today, day.late) == (2, 2)


def test_a_case_of_another_workers_team_is_not_on_the_list(world: World) -> None:
    world.a_case(State.TEAM_FORMED)
    others = [name for name, actor in world.people.items() if actor.cells and CELL not in actor.cells]
    assert others
    assert day_of(world, others[0]).todo == ()


def test_a_filing_without_a_cell_comes_back_to_its_filer(world: World) -> None:
    world.file(cell_code=None, is_unsure=True, address="听泉路口")
    assert [each.step.say("zh") for each in day_of(world).todo] == ["补上位置"]


def test_new_counts_what_others_filed_in_my_cells_since_yesterday(world: World) -> None:
    world.file(by="worker")
    world.file(by="cadre")
    world.file(by="cadre", cell_code=NEXT_CELL)
    assert day_of(world).new == 1
    world.pass_time(days=2)
    assert day_of(world).new == 0


@pytest.mark.parametrize(("state", "outcome"), [
    (State.CLOSED, "书面协议"), (State.NOT_ACCEPTED, "不予受理"), (State.SOLVED_ON_SPOT, "现场即办"),
])
def test_how_a_filing_ended_is_told_for_two_weeks(world: World, state: State, outcome: str) -> None:
    case_no = world.a_case(state)
    (news,) = day_of(world).ended
    assert news.row.case_no == case_no
    assert news.row.outcome is not None
    assert news.row.outcome.zh == outcome
    world.pass_time(days=NEWS_DAYS, minutes=1)
    assert day_of(world).ended == ()


def test_a_family_matter_shows_no_address(world: World) -> None:
    world.a_case(State.TEAM_FORMED, t2_code="0101", address="锦溪花园 3 幢 201")
    (todo,) = day_of(world).todo
    assert todo.row.address == ""


def test_reading_the_day_is_recorded_with_the_account(world: World) -> None:
    before = world.count(HistoryEntry)
    day_of(world)
    assert world.count(HistoryEntry) == before + 1


def test_who_may_not_file_has_no_such_day(world: World) -> None:
    with pytest.raises(NotPermitted):
        day_of(world, "leader")


def test_a_day_takes_few_statements(world: World) -> None:
    for _ in range(6):
        world.a_case(State.TEAM_FORMED)
    with world.store.reading() as session:
        grid_of(session, world.now)
    with world.statements() as sent:
        day_of(world)
    assert len([each for each in sent if each.lstrip().startswith("SELECT")]) <= 8


def test_the_frequent_categories_of_a_cell_come_most_frequent_first(world: World) -> None:
    for code in ("0203", "0201", "0203", "0602"):
        world.file(t2_code=code)
    world.file(t2_code="0703", cell_code=NEXT_CELL)
    with world.store.reading() as session:
        assert frequent_categories(session, CELL, world.now) == ["0203", "0201", "0602"]
        assert frequent_categories(session, CELL, world.now, most=1) == ["0203"]
        assert frequent_categories(session, None, world.now) == []


# -- what a filer sees before filing -----------------------------------------------------------------------------------


def seen_at(world: World, at: tuple[float, float], accuracy_m: float | None = 10) -> preview.PlaceSeen:
    """Look at a point as the worker."""
    with world.store.reading() as session:
        return preview.see_point(session, Point(*at, accuracy_m), world.people["worker"], world.now)


def test_a_point_well_inside_shows_the_team_with_reasons_at_once(world: World) -> None:
    seen = seen_at(world, inside())
    assert [each.cell.code for each in seen.candidates] == [CELL]
    assert {each.seat for each in seen.team} == {Seat.CADRE, Seat.GRID_WORKER}
    assert all(each.reason.say("zh") and each.reason.say("en") for each in seen.team)
    assert [each.is_reader for each in seen.team if each.seat is Seat.GRID_WORKER] == [True]


def test_a_circle_across_a_border_asks_and_shows_no_team_yet(world: World) -> None:
    seen = seen_at(world, BORDER, 38)
    assert seen.placement.must_ask
    assert {each.cell.code for each in seen.candidates} == {CELL, NEXT_CELL}
    assert seen.team == ()


def test_a_circle_over_the_whole_street_is_called_coarse(world: World) -> None:
    seen = seen_at(world, BORDER, 90_000)
    assert seen.is_coarse
    assert len(seen.candidates) <= preview.CANDIDATES_AT_MOST


def test_a_point_beyond_all_cells_names_the_nearest(world: World) -> None:
    seen = seen_at(world, BEYOND, 5)
    assert seen.placement.cell is None
    assert seen.placement.nearest is not None
    assert seen.placement.nearest.cell.code == CELL
    assert 50 < seen.placement.nearest.distance_m < 500


def test_unsure_between_two_cells_names_both_in_the_reason(world: World) -> None:
    with world.store.reading() as session:
        grid = grid_of(session, world.now)
    placement = place_of(grid, PlaceSaid(Point(*BORDER, 38), is_unsure=True))
    assert placement.cell is None
    assert "第1网格、第2网格" in placement.reason.say("zh")


def test_a_vacant_seat_is_shown_as_vacant_with_its_reason(world: World) -> None:
    with world.store.reading() as session:
        team = preview.see_cell(session, GAP_CELL, world.people["worker"], world.now)
    assert any(each.is_vacant and each.reason.say("zh") for each in team)


def test_looking_at_a_cell_that_is_none_shows_nobody(world: World) -> None:
    with world.store.reading() as session:
        assert preview.see_cell(session, "990101001001999", world.people["worker"], world.now) == ()


def test_handlers_name_the_rule_of_each_department_and_the_flags_add_theirs(world: World) -> None:
    with world.store.reading() as session:
        plain = preview.see_handlers(session, "0201", (), CELL, world.now)
        urgent = preview.see_handlers(session, "0201", (Flag.THREAT,), CELL, world.now)
        barred = preview.see_handlers(session, "1501", (), CELL, world.now)
    assert all(each.rule_no and each.reason.say("zh") for each in plain.departments)
    assert plain.barred is None
    assert {each.rule_no for each in urgent.departments} > {each.rule_no for each in plain.departments}
    assert barred.barred is not None
