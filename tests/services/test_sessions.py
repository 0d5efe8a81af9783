"""Mediation sessions: who may plan one, when and where, who has to be there, and who reads what was said."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.problems import (
    ActNotOpen,
    ChangedMeanwhile,
    ConditionNotMet,
    Faults,
    FieldMissing,
    FieldTooLong,
    NotFound,
    NotPermitted,
    Problem,
)
from gridmediate.domain.sittings import (
    MINUTE_LIMITS,
    ConsentMissing,
    Held,
    LengthUnusual,
    MemberElsewhere,
    Minute,
    NoSideCame,
    NotHeldYet,
    NotInTheFuture,
    NotPlannedAnyMore,
    Plan,
    RoomTaken,
    SittingState,
    TooFewOfTheTeam,
    TwoNeeded,
    WhoWasMissing,
)
from gridmediate.domain.vocabulary import Flag, Seat, Side, Willingness
from gridmediate.domain.workflow import Act, State
from gridmediate.services import casepage, parties, session_lists, sessions
from gridmediate.services.sessions import Planned, Presence
from gridmediate.store.columns import new_id
from gridmediate.store.models import MediationSession, Notice, TeamSeat
from tests.builders import COMMUNITY, NEXT_COMMUNITY_CELL
from tests.rig.world import NOW, World

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow

TOMORROW = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTES = {
    Minute.STATEMENTS: "甲方称漏水三个月", Minute.POINTS: "谁来修",
    Minute.PROPOSAL: "楼上修，费用各半", Minute.RESULT: "双方回去商量",
}
BOTH = (Side.APPLICANT, Side.RESPONDENT)


def at(begins_at: datetime = TOMORROW, length: timedelta = HOUR, room: str = "一号调解室", **given: Any) -> Plan:
    """Return a plan; what is not said has a sensible value."""
    return Plan(begins_at, begins_at + length, room, **given)


def plan(world: World, case_no: str, asked: Plan | None = None, by: str = "cadre") -> Planned:
    """Plan a session."""
    planned: Planned = world.do(sessions.plan, case_no, asked or at(), by=by)
    return planned


def hold(world: World, case_no: str, sitting_id: Any = None, *, by: str = "cadre", asked: Plan | None = None,
         minutes: dict[Minute, str] | None = None, next_at: datetime | None = None, version: int | None = None,
         **came: Any) -> Planned | None:
    """Write the minutes of a session that has just been held."""
    told = Held(asked or at(world.now - HOUR), minutes=MINUTES if minutes is None else minutes, next_at=next_at)
    present = Presence(**{"seats": seats(world, case_no, Seat.CADRE), "sides": BOTH} | came)
    following: Planned | None = world.do(sessions.hold, case_no, sitting_id, told, present, by=by, version=version)
    return following


def seats(world: World, case_no: str, *kinds: Seat) -> tuple[str, ...]:
    """Return the keys of the filled seats of some kinds."""
    return tuple(seat.id.hex for seat in world.case(case_no).seats if seat.seat in kinds and not seat.is_vacant)


def rows(world: World, case_no: str) -> list[MediationSession]:
    """Return the sessions of a case by number."""
    with world.store.reading() as session:
        return list(session.scalars(select(MediationSession).where(
            MediationSession.case_id == world.case(case_no).id).order_by(MediationSession.number)))


def seen(world: World, case_no: str, by: str) -> session_lists.SittingsOfCase:
    """Return the sessions as somebody's page of the case shows them."""
    found: session_lists.SittingsOfCase = world.do(casepage.read_case, case_no, by=by).sittings
    return found


def test_a_session_is_planned_told_to_the_team_and_held(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    version = world.case(case_no).version
    planned = plan(world, case_no)
    assert planned.warnings == ()
    assert (planned.row.number, planned.row.state, planned.row.room) == (1, SittingState.PLANNED, "一号调解室")
    assert world.case(case_no).version == version, "planning is no act on the case's course"
    with world.store.reading() as session:
        told = session.scalars(select(Notice).where(Notice.act == "sitting.plan")).all()
    assert world.people["worker"].account_id in {each.account_id for each in told}
    assert world.people["cadre"].account_id not in {each.account_id for each in told}, "who plans knows"
    assert {each.department_code for each in told if each.department_code} == {
        seat.department_code for seat in world.case(case_no).seats if seat.department_code}

    world.now = TOMORROW + HOUR
    hold(world, case_no, planned.row.id, asked=at(TOMORROW))
    case = world.case(case_no)
    assert (case.state, case.sessions_held) == (State.MEDIATING, 1)
    row = rows(world, case_no)[0]
    assert (row.state, row.held_as) == (SittingState.HELD, 1)
    assert world.acts(case_no)[-2:] == ["sitting.hold", "case.note_session"]


def test_the_timeline_repeats_the_result_and_not_what_each_side_said(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    hold(world, case_no)
    with world.store.writing() as session:
        timeline = casepage.read_case(session, case_no, world.people["leader"], world.now).timeline
    said = "\n".join(entry.words for entry in timeline)
    assert "双方回去商量" in said
    assert "甲方称" not in said


def test_minutes_are_sealed_in_the_records(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    hold(world, case_no, asked=Plan(world.now - HOUR, world.now, elsewhere="柳荫里3号楼502"))
    row = rows(world, case_no)[0]
    kept = b"".join(value for name, value in vars(row).items() if name.endswith("_sealed") and value)
    for secret in ("柳荫里", *MINUTES.values()):
        assert secret.encode() not in kept
    assert row.room is None


def test_the_longest_minutes_fit_and_a_letter_more_does_not(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    longest = {part: "字" * limit for part, limit in MINUTE_LIMITS.items()}
    hold(world, case_no, minutes=longest)
    assert seen(world, case_no, "cadre").rows[0].minutes == longest
    for part in Minute:
        with pytest.raises(FieldTooLong) as refusal:
            hold(world, case_no, minutes=longest | {part: longest[part] + "字"})
        assert refusal.value.field == part.value


def test_the_team_reads_the_minutes_others_only_when_it_was(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    hold(world, case_no, asked=Plan(world.now - HOUR, world.now, elsewhere="柳荫里3号楼502"))
    for reader in ("cadre", "worker", "second_cadre"):
        row = seen(world, case_no, reader).rows[0]
        assert row.minutes == MINUTES
        assert row.elsewhere == "柳荫里3号楼502"
        assert len(row.people) == 1
        assert row.sides == BOTH
    department = next(task.department_code for task in world.tasks(case_no))
    for reader in ("leader", world.staff_of(department)):
        row = seen(world, case_no, reader).rows[0]
        assert (row.minutes, row.elsewhere, row.people, row.sides) == ({}, "", (), ())
        assert row.begins_at == world.now - HOUR
    assert seen(world, case_no, "cadre").may_plan
    assert not seen(world, case_no, "worker").may_plan


@pytest.mark.parametrize(("by", "kind"), [
    ("worker", NotPermitted), ("leader", NotPermitted), ("next_cadre", NotFound), ("other_cadre", NotFound),
    ("auditor", NotFound),
])
def test_only_a_cadre_of_the_community_plans_holds_and_calls_off(world: World, by: str, kind: type[Problem]) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = plan(world, case_no).row
    for act in (
        lambda: plan(world, case_no, by=by), lambda: hold(world, case_no, by=by),
        lambda: world.do(sessions.move, case_no, row.id, at(), by=by),
        lambda: world.do(sessions.call_off, case_no, row.id, "停水", by=by),
        lambda: world.do(sessions.did_not_happen, case_no, row.id, Presence(sides=BOTH), "", None, by=by),
    ):
        with pytest.raises(kind):
            act()
    assert [each.state for each in rows(world, case_no)] == [SittingState.PLANNED]


@pytest.mark.parametrize("state", [State.FILED, State.ACCEPTED, State.AGREED_ORAL, State.REFUSED, State.CLOSED])
def test_no_session_is_planned_or_held_before_there_is_a_team_or_after_the_end(world: World, state: State) -> None:
    case_no = world.a_case(state)
    for act in (plan, hold):
        with pytest.raises(ActNotOpen):
            act(world, case_no)


def test_nobody_is_mediated_who_does_not_want_it(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(parties.set_willingness, case_no, Willingness.UNWILLING, None, by="cadre")
    with pytest.raises(ConditionNotMet, match="barred"):
        plan(world, case_no)


@pytest.mark.parametrize(("asked", "kind", "field"), [
    (at(NOW), NotInTheFuture, "day"),
    (at(NOW - HOUR), NotInTheFuture, "day"),
    (at(length=timedelta(minutes=14)), LengthUnusual, "ends"),
    (at(length=timedelta(hours=8, minutes=1)), LengthUnusual, "ends"),
    (at(length=-HOUR), LengthUnusual, "ends"),
    (at(room="  "), FieldMissing, "room"),
    (at(room="室" * 41), FieldTooLong, "room"),
    (at(room="", elsewhere="x" * 121), FieldTooLong, "elsewhere"),
])
def test_a_plan_that_cannot_be(world: World, asked: Plan, kind: type[Problem], field: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(kind) as refusal:
        plan(world, case_no, asked)
    assert refusal.value.field == field
    assert not rows(world, case_no)


@pytest.mark.parametrize("length", [timedelta(minutes=15), timedelta(hours=8)])
def test_the_shortest_and_the_longest_session(world: World, length: timedelta) -> None:
    assert plan(world, world.a_case(State.TEAM_FORMED), at(length=length)).row.number == 1


def test_all_faults_of_a_form_come_at_once(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(Faults) as refusal:
        hold(world, case_no, asked=Plan(world.now + HOUR, world.now), minutes={}, seats=(), sides=(), invited=1)
    assert [each.field for each in refusal.value.problems] == [
        "begins", "ends", "room", "team", "sides", "consented", "statements", "result"]


def test_a_room_holds_one_session_at_a_time(world: World) -> None:
    first, second = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    plan(world, first)
    for begins_at in (TOMORROW, TOMORROW - HOUR / 2, TOMORROW + HOUR / 2):
        with pytest.raises(RoomTaken, match=first) as refusal:
            plan(world, second, at(begins_at, room=" 一号  调解室".replace("  ", "")))
        assert refusal.value.field == "room"
    plan(world, second, at(TOMORROW + HOUR))  # as one ends the next begins
    plan(world, second, at(TOMORROW - HOUR))
    plan(world, second, at(room="二号调解室"))
    elsewhere = world.a_case(State.TEAM_FORMED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    plan(world, elsewhere, by="next_cadre")  # another community's room of the same name


def test_full_width_and_doubled_blanks_are_the_same_room(world: World) -> None:
    first, second = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    plan(world, first, at(room="调解室 1"))
    with pytest.raises(RoomTaken):
        plan(world, second, at(room="  调解室　１ "))


def test_neither_a_taken_room_nor_a_clash_names_a_case_that_the_reader_may_not_read(world: World) -> None:
    here = world.a_case(State.TEAM_FORMED)
    there = world.a_case(State.TEAM_FORMED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    row = plan(world, there, by="next_cadre").row
    with world.store.writing() as session:
        session.get_one(MediationSession, row.id).community_code = COMMUNITY
        seat = next(seat for seat in world.case(here).seats if seat.account_id and seat.seat is Seat.GRID_WORKER)
        session.add(TeamSeat(id=new_id(), case_id=row.case_id, position=9, seat=seat.seat, account_id=seat.account_id,
                             reason=seat.reason, seated_at=NOW))
    with pytest.raises(RoomTaken) as refusal:
        plan(world, here)
    warnings = plan(world, here, at(room="二号调解室")).warnings
    for said in (refusal.value.say("zh"), *(each.say("zh") for each in warnings)):
        assert there not in said
        assert "另一件案子" in said
    assert [type(each) for each in warnings] == [MemberElsewhere]


def test_a_room_is_free_again_when_its_session_was_called_off_or_its_case_has_ended(world: World) -> None:
    first, second, third = (world.a_case(State.TEAM_FORMED) for _ in range(3))
    row = plan(world, first).row
    world.do(sessions.call_off, first, row.id, "当事人出差", by="cadre")
    plan(world, second)
    world.act(second, Act.TERMINATE)
    plan(world, third)
    assert seen(world, second, "cadre").rows[0].is_void


def test_a_member_who_sits_elsewhere_is_a_warning(world: World) -> None:
    first, second = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    plan(world, first)
    planned = plan(world, second, at(room="二号调解室"))
    assert planned.warnings
    assert all(isinstance(each, MemberElsewhere) and first in each.say("zh") for each in planned.warnings)
    assert not plan(world, second, at(TOMORROW + HOUR, room="二号调解室")).warnings


def test_two_of_the_team_face_a_red_case(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    planned = plan(world, case_no)
    assert [type(each) for each in planned.warnings] == [TwoNeeded]
    with pytest.raises(TooFewOfTheTeam) as refusal:
        hold(world, case_no)
    assert (refusal.value.field, "至少 2 人" in refusal.value.say("zh")) == ("team", True)
    assert world.case(case_no).sessions_held == 0
    assert [row.state for row in rows(world, case_no)] == [SittingState.PLANNED]
    hold(world, case_no, seats=seats(world, case_no, Seat.CADRE, Seat.GRID_WORKER))
    assert world.case(case_no).sessions_held == 1


def test_the_same_seat_ticked_twice_is_one_person(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.SELF_HARM,))
    with pytest.raises(TooFewOfTheTeam):
        hold(world, case_no, seats=seats(world, case_no, Seat.CADRE) * 2)
    with pytest.raises(FieldMissing):
        hold(world, case_no, seats=("0" * 32, "x"))


@pytest.mark.parametrize(("came", "kind"), [
    ({"sides": ()}, NoSideCame), ({"invited": 2}, ConsentMissing), ({"seats": ()}, FieldMissing),
])
def test_who_has_to_have_come(world: World, came: dict[str, Any], kind: type[Problem]) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(kind):
        hold(world, case_no, **came)


def test_one_side_is_enough_and_invited_persons_come_with_consent(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    hold(world, case_no, sides=(Side.APPLICANT,), invited=2, consented=True)
    row = seen(world, case_no, "cadre").rows[0]
    assert (row.sides, row.invited) == ((Side.APPLICANT,), 2)


def test_minutes_are_not_written_of_what_is_still_to_come(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = plan(world, case_no).row
    with pytest.raises(NotHeldYet):
        hold(world, case_no, row.id, asked=at(TOMORROW))
    hold(world, case_no, row.id, asked=at(world.now - HOUR))  # it was held earlier
    assert rows(world, case_no)[0].planned_from == world.now - HOUR


def test_the_next_date_is_planned_with_the_minutes(world: World) -> None:
    case_no, other = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    following = hold(world, case_no, next_at=TOMORROW)
    assert following is not None
    assert (following.row.planned_from, following.row.planned_to) == (TOMORROW, TOMORROW + HOUR)
    assert following.row.room == "一号调解室"
    with pytest.raises(RoomTaken) as refusal:
        hold(world, other, next_at=TOMORROW)
    assert refusal.value.field == "next_day"
    assert not rows(world, other), "all of it or nothing"
    assert world.case(other).sessions_held == 0
    with pytest.raises(NotInTheFuture):
        hold(world, other, next_at=world.now)


def test_sessions_are_counted_as_held_not_as_planned(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(sessions.call_off, case_no, plan(world, case_no).row.id, "停电", by="cadre")
    hold(world, case_no)
    hold(world, case_no)
    assert [(row.number, row.held_as) for row in rows(world, case_no)] == [(1, None), (2, 1), (3, 2)]
    assert world.case(case_no).sessions_held == 2


def test_a_session_is_moved_once_it_fits(world: World) -> None:
    case_no, other = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    row, taken = plan(world, case_no).row, plan(world, other, at(TOMORROW + 3 * HOUR)).row
    with pytest.raises(RoomTaken):
        world.do(sessions.move, case_no, row.id, at(taken.planned_from), by="cadre")
    world.do(sessions.move, case_no, row.id, at(TOMORROW + HOUR / 2), by="cadre")  # over its own former time
    assert rows(world, case_no)[0].planned_from == TOMORROW + HOUR / 2
    assert world.acts(case_no)[-1] == "sitting.move"


def test_what_is_over_is_not_changed(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = plan(world, case_no).row
    world.do(sessions.call_off, case_no, row.id, "停水", by="cadre")
    for act in (
        lambda: world.do(sessions.move, case_no, row.id, at(), by="cadre"),
        lambda: world.do(sessions.call_off, case_no, row.id, "停水", by="cadre"),
        lambda: hold(world, case_no, row.id),
        lambda: world.do(sessions.did_not_happen, case_no, row.id, Presence(sides=BOTH), "", None, by="cadre"),
    ):
        with pytest.raises(NotPlannedAnyMore):
            act()
    other = world.a_case(State.TEAM_FORMED)
    with pytest.raises(NotFound):
        world.do(sessions.call_off, other, row.id, "停水", by="cadre")


def test_calling_off_needs_a_reason_and_is_possible_after_the_end(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = plan(world, case_no).row
    with pytest.raises(FieldMissing):
        world.do(sessions.call_off, case_no, row.id, "  ", by="cadre")
    with pytest.raises(FieldTooLong):
        world.do(sessions.call_off, case_no, row.id, "字" * 201, by="cadre")
    world.act(case_no, Act.WITHDRAW)
    world.do(sessions.call_off, case_no, row.id, "已撤回", by="cadre")
    assert rows(world, case_no)[0].state is SittingState.CALLED_OFF


def test_a_session_to_which_nobody_came_is_planned_again(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = plan(world, case_no).row
    missing = Presence(sides=(Side.RESPONDENT,))
    with pytest.raises(NotHeldYet):
        world.do(sessions.did_not_happen, case_no, row.id, missing, "", None, by="cadre")
    world.now = TOMORROW + HOUR
    with pytest.raises(WhoWasMissing):
        world.do(sessions.did_not_happen, case_no, row.id, Presence(), "", None, by="cadre")
    again = at(TOMORROW + timedelta(days=2))
    following = world.do(sessions.did_not_happen, case_no, row.id, missing, "被申请人说记错了", again, by="cadre")
    assert following.row.number == 2
    case = world.case(case_no)
    assert (case.state, case.sessions_held) == (State.TEAM_FORMED, 0)
    assert rows(world, case_no)[0].state is SittingState.DID_NOT_HAPPEN
    assert seen(world, case_no, "cadre").rows[-1].sides == (Side.RESPONDENT,)


def test_minutes_over_a_case_that_changed_meanwhile_are_refused(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    version = world.case(case_no).version
    hold(world, case_no)
    with pytest.raises(ChangedMeanwhile):
        hold(world, case_no, version=version)


def test_two_cases_that_want_one_room_at_once_do_not_both_get_it(world: World) -> None:
    cases = [world.a_case(State.TEAM_FORMED) for _ in range(2)]
    gate, outcomes = threading.Barrier(2), []

    def ask(case_no: str) -> None:
        gate.wait()
        try:
            plan(world, case_no)
            outcomes.append("planned")
        except RoomTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=ask, args=(each,)) for each in cases]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["planned", "taken"]


# -- the calendar ------------------------------------------------------------------------------------------------------


def week(world: World, by: str, community: str = "", day: datetime = TOMORROW) -> session_lists.Week:
    """Return somebody's week."""
    with world.store.writing() as session:
        return session_lists.week_of(session, day.date(), community, world.people[by], world.now)


def numbers(found: session_lists.Week) -> list[str]:
    """Return the case numbers of a week."""
    return [row.case_no for _, rows in found.days for row in rows]


def test_everybody_sees_the_sessions_of_the_cases_they_may_read(world: World) -> None:
    here = world.a_case(State.TEAM_FORMED)
    there = world.a_case(State.TEAM_FORMED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    plan(world, here)
    plan(world, there, at(TOMORROW + HOUR), by="next_cadre")
    expected = {"cadre": [here], "worker": [here], "next_worker": [], "next_cadre": [there], "far_worker": [there],
                "leader": [here, there], "other_leader": [], "other_cadre": []}
    assert {who: numbers(week(world, who)) for who in expected} == expected
    assert numbers(week(world, "leader", "990101001002")) == [there]
    assert numbers(week(world, "cadre", "990101001002")) == [], "narrowing opens nothing"
    department = world.staff_of(world.tasks(here)[0].department_code)
    assert here in numbers(week(world, department))
    for nobody in ("administrator", "auditor"):
        with pytest.raises(NotPermitted):
            week(world, nobody)


def test_a_calendar_shows_what_is_to_come_and_what_was_but_not_what_became_void(world: World) -> None:
    kept, off, ended = (world.a_case(State.TEAM_FORMED) for _ in range(3))
    plan(world, kept)
    world.do(sessions.call_off, off, plan(world, off, at(TOMORROW + HOUR)).row.id, "停水", by="cadre")
    plan(world, ended, at(TOMORROW + 2 * HOUR))
    world.act(ended, Act.WITHDRAW)
    assert numbers(week(world, "cadre")) == [kept]
    world.now = TOMORROW + HOUR
    hold(world, kept, rows(world, kept)[0].id, asked=at(TOMORROW))
    world.act(kept, Act.AGREE_ORALLY)
    found = week(world, "cadre")
    assert [row.state for _, each in found.days for row in each] == [SittingState.HELD]
    assert numbers(week(world, "cadre", day=TOMORROW + timedelta(days=7))) == []


def test_a_week_begins_on_monday_and_a_session_stands_on_its_local_day(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    begins_at = datetime.fromisoformat("2026-11-29T23:30+08:00")  # a Sunday, late
    plan(world, case_no, at(begins_at))
    found = week(world, "cadre", day=NOW)
    assert found.monday.isoformat() == "2026-11-23"
    assert [row.case_no for row in found.days[6][1]] == [case_no]
    assert found.days[6][1][0].people


def test_a_week_takes_as_many_statements_however_full_it_is(world: World) -> None:
    counts = []
    for hours in (1, 5):
        for number in range(hours):
            plan(world, world.a_case(State.TEAM_FORMED), at(TOMORROW + number * HOUR, HOUR / 2, f"{hours}号室"))
        with world.statements() as sent:
            week(world, "cadre")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8
