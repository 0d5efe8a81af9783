"""The team of a case: who sits on it by the roster of the day, changed by hand with reasons, and stepped back from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridmediate.domain.problems import (
    ChangedMeanwhile,
    ConditionNotMet,
    FieldMissing,
    FieldNotAChoice,
    NotFound,
    NotPermitted,
    SeatsNotSettled,
)
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Part, Phrase, Seat
from gridmediate.domain.workflow import Act, State
from gridmediate.services import teams
from gridmediate.services.teams import SeatChange, TeamIsFinal
from gridmediate.store.columns import new_id
from gridmediate.store.models import TeamSeat
from tests.builders import NEXT_CELL
from tests.rig.world import World


def seat(world: World, case_no: str, kind: Seat) -> TeamSeat:
    """Return who sits in a seat now."""
    return next(each for each in world.case(case_no).seats if each.seat is kind and each.left_at is None)


def test_another_person_takes_a_seat_with_a_reason_in_words(world: World) -> None:
    case_no = world.file().case_no
    old = seat(world, case_no, Seat.GRID_WORKER)
    login = "second_worker" if old.account_id == world.people["worker"].account_id else "worker"
    world.pass_time(hours=1)
    world.do(teams.change_seat, case_no, SeatChange(old.id, login, "原网格员住院"), None, by="cadre")
    new = seat(world, case_no, Seat.GRID_WORKER)
    assert (new.account_id, new.position, new.seated_at) == (world.people[login].account_id, old.position, world.now)
    assert "原网格员住院" in Phrase.from_json(new.reason).say("zh")
    assert next(each for each in world.case(case_no).seats if each.id == old.id).left_at == world.now
    assert world.acts(case_no)[-1] == "team.change"


def test_a_seat_declared_vacant_by_hand_says_by_whom_and_why(world: World) -> None:
    case_no = world.a_case(State.ACCEPTED)
    with pytest.raises(SeatsNotSettled):
        world.act(case_no, Act.FORM_TEAM)
    sitting = world.case(case_no).seats
    open_seat = next(each for each in sitting if not (each.account_id or each.department_code or each.is_vacant))
    world.do(teams.change_seat, case_no, SeatChange(open_seat.id, "", "暂无人选，街道已知"), None, by="cadre")
    new = next(each for each in world.case(case_no).seats if each.left_at is None and each.is_vacant)
    assert "暂无人选" in Phrase.from_json(new.reason).say("zh")
    world.act(case_no, Act.FORM_TEAM)
    assert world.case(case_no).state is State.TEAM_FORMED


def test_a_change_that_is_not_whole_changes_nothing(world: World) -> None:
    case_no = world.file().case_no
    now, version = seat(world, case_no, Seat.GRID_WORKER), world.case(case_no).version
    seated = seat(world, case_no, Seat.CADRE)
    login = next(name for name, actor in world.people.items() if actor.account_id == seated.account_id)
    for change, kind in (
        (SeatChange(now.id, "second_worker", " "), FieldMissing), (SeatChange(now.id, "nobody", "换人"), FieldNotAChoice),
        (SeatChange(now.id, login, "换人"), ConditionNotMet), (SeatChange(new_id(), "second_worker", "换人"), NotFound),
    ):
        with pytest.raises(kind):
            world.do(teams.change_seat, case_no, change, None, by="cadre")
    with pytest.raises(ChangedMeanwhile):
        world.do(teams.change_seat, case_no, SeatChange(now.id, "", "换人"), version + 1, by="cadre")
    with pytest.raises(NotPermitted):
        world.do(teams.change_seat, case_no, SeatChange(now.id, "", "换人"), None, by="worker")
    with pytest.raises(NotFound):
        world.do(teams.change_seat, case_no, SeatChange(now.id, "", "换人"), None, by="other_cadre")
    assert world.case(case_no).version == version


def test_a_department_is_taken_off_before_it_has_a_task_and_not_after(world: World) -> None:
    case_no = world.file().case_no
    housing = seat(world, case_no, Seat.DEPARTMENT)
    assert housing.department_code == "housing"
    world.do(teams.change_seat, case_no, SeatChange(housing.id, "", "本案无须核查"), None, by="cadre")
    world.act(case_no, Act.ACCEPT)
    assert "housing" not in {task.department_code for task in world.tasks(case_no)}
    formed = world.a_case(State.TEAM_FORMED)
    with pytest.raises(ConditionNotMet):
        world.do(teams.change_seat, formed, SeatChange(seat(world, formed, Seat.DEPARTMENT).id, "", "不必了"), None, by="cadre")


def test_no_person_is_put_into_a_departments_seat(world: World) -> None:
    case_no = world.file().case_no
    housing = seat(world, case_no, Seat.DEPARTMENT)
    with pytest.raises(FieldNotAChoice):
        world.do(teams.change_seat, case_no, SeatChange(housing.id, "next_worker", "换人"), None, by="cadre")


def test_a_department_added_by_hand_gets_its_task_with_the_others_or_at_once(world: World) -> None:
    filed, formed = world.file().case_no, world.a_case(State.TEAM_FORMED)
    for case_no in (filed, formed):
        world.do(teams.add_department, case_no, "justice_office", Part.SUPPORT, "要法律意见", "请出具意见", None, by="cadre")
    assert world.tasks(filed) == []
    assert world.task(formed, "justice_office").state is TaskState.ASSIGNED
    world.act(filed, Act.ACCEPT)
    assert world.task(filed, "justice_office").part is Part.SUPPORT
    assert world.acts(formed)[-1] == "team.add_department"


@pytest.mark.parametrize(("department", "part", "why", "kind"), [
    ("moon", Part.SUPPORT, "要", FieldNotAChoice), ("mediation_committee", Part.SUPPORT, "要", FieldNotAChoice),
    ("justice_office", Part.SUPPORT, " ", FieldMissing), ("housing", Part.SUPPORT, "要", ConditionNotMet),
    ("justice_office", Part.LEAD, "要", ConditionNotMet),
])
def test_a_department_that_cannot_be_added_is_refused(world: World, department: str, part: Part, why: str, kind: type) -> None:
    case_no = world.file(t2_code="0402").case_no  # housing leads
    with pytest.raises(kind):
        world.do(teams.add_department, case_no, department, part, why, "", None, by="cadre")


def test_who_declares_an_interest_is_replaced_by_the_next_on_the_roster(world: World) -> None:
    case_no = world.file().case_no
    old = seat(world, case_no, Seat.GRID_WORKER)
    who, other = sorted(("worker", "second_worker"), key=lambda name: world.people[name].account_id != old.account_id)
    with pytest.raises(FieldMissing):
        world.do(teams.declare_interest, case_no, " ", by=who)
    world.do(teams.declare_interest, case_no, "申请人是我表弟", by=who)
    new = seat(world, case_no, Seat.GRID_WORKER)
    assert new.account_id == world.people[other].account_id
    said = Phrase.from_json(new.reason).say("zh")
    assert "回避" in said
    assert "表弟" not in said  # the tie is in the sealed words, not in the reason that all read
    with pytest.raises(NotPermitted):
        world.do(teams.declare_interest, case_no, "还是有关系", by=who)
    # The second steps back too: the first does not come back by rule, so nobody is left.
    world.do(teams.declare_interest, case_no, "被申请人是我同学", by=other)
    last = seat(world, case_no, Seat.GRID_WORKER)
    assert (last.account_id, last.is_vacant) == (None, True)
    assert "回避" in Phrase.from_json(last.reason).say("zh")
    world.act(case_no, Act.ACCEPT)
    assert world.case(case_no).state is State.TEAM_FORMED


def test_where_there_is_no_next_the_seat_is_declared_vacant(world: World) -> None:
    case_no = world.file(by="next_worker", cell_code=NEXT_CELL).case_no
    world.do(teams.declare_interest, case_no, "申请人是我邻居", by="next_worker")
    left = seat(world, case_no, Seat.GRID_WORKER)
    assert (left.account_id, left.is_vacant) == (None, True)


def test_who_has_stood_back_does_not_come_back_with_a_corrected_category(world: World) -> None:
    case_no = world.file(by="next_worker", cell_code=NEXT_CELL).case_no
    world.do(teams.declare_interest, case_no, "申请人是我邻居", by="next_worker")
    world.act(case_no, Act.ACCEPT, t2_code="0601")
    assert seat(world, case_no, Seat.GRID_WORKER).account_id is None


def test_a_seat_filled_by_hand_is_not_filled_twice_when_the_category_is_corrected(world: World) -> None:
    case_no = world.file().case_no
    old = seat(world, case_no, Seat.GRID_WORKER)
    _, other = sorted(("worker", "second_worker"), key=lambda name: world.people[name].account_id != old.account_id)
    world.do(teams.change_seat, case_no, SeatChange(old.id, other, "原网格员住院"), None, by="cadre")
    world.do(teams.add_department, case_no, "justice_office", Part.SUPPORT, "要法律意见", "", None, by="cadre")
    world.act(case_no, Act.ACCEPT, t2_code="0601")
    sitting = [each for each in world.case(case_no).seats if each.left_at is None]
    assert [each.account_id for each in sitting if each.seat is Seat.GRID_WORKER] == [world.people[other].account_id]
    assert len([each for each in sitting if each.seat is Seat.CADRE]) == 1
    assert {"justice_office", "market_regulation"} <= {each.department_code for each in sitting}
    assert "justice_office" in {task.department_code for task in world.tasks(case_no)}


def test_who_has_no_seat_has_nothing_to_step_back_from(world: World) -> None:
    case_no = world.file(by="next_worker").case_no  # filed by a neighbour, in another worker's cell
    with pytest.raises(NotPermitted):
        world.do(teams.declare_interest, case_no, "有关系", by="next_worker")


@pytest.mark.parametrize("state", [State.CLOSED, State.REFUSED, State.NOT_ACCEPTED])
def test_the_team_of_a_case_that_ended_stays_as_it_was(world: World, state: State) -> None:
    case_no = world.a_case(state)
    old = seat(world, case_no, Seat.GRID_WORKER)
    with pytest.raises(TeamIsFinal):
        world.do(teams.change_seat, case_no, SeatChange(old.id, "", "换人"), None, by="cadre")
    with pytest.raises(TeamIsFinal):
        world.do(teams.add_department, case_no, "justice_office", Part.SUPPORT, "要", "", None, by="cadre")
    who = next(name for name, actor in world.people.items() if actor.account_id == old.account_id)
    with pytest.raises(TeamIsFinal):
        world.do(teams.declare_interest, case_no, "有关系", by=who)


def test_people_to_choose_from_are_those_of_the_community(world: World) -> None:
    with world.store.reading() as session:
        found = teams.people_for(session, None, "990101001001", world.now)
    assert {account.login for _, account in found} == {"worker", "second_worker", "next_worker", "cadre", "second_cadre"}
    assert {kind for kind, _ in found} == {Seat.CADRE, Seat.GRID_WORKER}


def test_the_clock_of_a_department_added_later_starts_when_it_is_added(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.pass_time(days=4)
    world.do(teams.add_department, case_no, "justice_office", Part.SUPPORT, "要法律意见", "", None, by="cadre")
    late = world.task(case_no, "justice_office")
    assert late.dispatched_at == world.now
    assert late.sign_due_at - world.now == timedelta(hours=24)
