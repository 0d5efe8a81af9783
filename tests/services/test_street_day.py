"""What needs a street's leader: each kind of thing that waits, once, red first, and nothing of another street."""

from __future__ import annotations

import pytest

from gridmediate.domain.calls import CallMatter
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Flag, Seat, Side, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import challenges, tasks
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.street_day import Need, NeedKind, street_needs
from tests.rig.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here."""
    return sqlite_street_url


def needs(world: World, by: str = "leader") -> list[Need]:
    found: list[Need] = world.do(street_needs, by=by)
    return found


def kinds(world: World, by: str = "leader") -> dict[str, NeedKind]:
    return {each.case_no: each.kind for each in needs(world, by)}


def test_each_kind_stands_on_the_list_until_it_is_dealt_with(world: World) -> None:
    assert needs(world) == []
    raised = world.a_case(State.MEDIATING)
    world.act(raised, Act.ESCALATE)
    extended = world.a_case(State.MEDIATING)
    world.act(extended, Act.ASK_EXTENSION)
    challenged = world.a_case(State.MEDIATING)
    seat = next(each for each in world.case(challenged).seats if each.seat is Seat.GRID_WORKER)
    world.do(challenges.challenge, challenged, challenges.Objection(seat.id, Side.APPLICANT, "是邻居"), by="cadre")
    ruled = world.a_case(State.MEDIATING)
    for _ in range(2):
        task = next(each for each in world.tasks(ruled) if each.is_open)
        staff = world.staff_of(task.department_code)
        world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归我们管", None, by=staff)
        if world.task(ruled, task.department_code).state.value == "returned":
            world.do(tasks.assign_again, task.id, task.department_code, "请再看", None, by="cadre")
    red = world.file(flags=frozenset({Flag.THREAT})).case_no
    world.file(by="other_worker", cell_code="990101002001001", flags=frozenset({Flag.THREAT}))
    found = kinds(world)
    assert found == {raised: NeedKind.RAISED, extended: NeedKind.EXTENSION, challenged: NeedKind.CHALLENGE,
                     ruled: NeedKind.RULING, red: NeedKind.RED}
    assert needs(world)[0].case_no == red
    world.act(raised, Act.TAKE_UP, by="leader")
    assert raised not in kinds(world)


def test_a_call_waits_for_the_leader_once_every_part_of_it_is_answered(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    calling = Calling(CallMatter.BEYOND_POWERS, Urgency.URGENT, ("market_regulation",), "请来人")
    world.do(call_county, case_no, calling, by="leader")
    assert case_no not in kinds(world)
    world.answer(world.task(case_no, "market_regulation"))
    assert kinds(world)[case_no] is NeedKind.CALL


def test_a_red_case_that_waits_for_an_act_stands_under_the_act_and_once(world: World) -> None:
    world.a_case(State.MEDIATING)
    red = world.a_case(State.MEDIATING, flags=frozenset({Flag.THREAT}))
    world.act(red, Act.ESCALATE)
    assert [(each.kind, each.is_red) for each in needs(world)] == [(NeedKind.RAISED, True)]


def test_it_is_the_leaders_list(world: World) -> None:
    for by in ("cadre", "coordinator"):
        with pytest.raises(NotPermitted):
            needs(world, by)
