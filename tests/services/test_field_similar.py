"""What a filer is told of similar cases, and what of other people's cases nobody is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.vocabulary import PlaceMethod, Side
from gridmediate.domain.workflow import State
from gridmediate.services.field_cases import field_cases
from gridmediate.services.filing import PartyEntry
from gridmediate.services.placing import Point
from gridmediate.services.similar import Asked, Hint, similar_cases
from gridmediate.store.models import HistoryEntry
from tests.builders import CELL, NEXT_CELL, NEXT_COMMUNITY_CELL, ORIGIN, SIDE
from tests.rig.world import World

#: In the worker's cell, some 40 m from the border to the next one.
AT = (ORIGIN[0] + SIDE - 0.0004, ORIGIN[1] + SIDE / 2)
PHONE = "13812342071"


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url


def hint(world: World, by: str = "worker", **given: Any) -> Hint:
    found: Hint = world.do(similar_cases, Asked(**{"t2_code": "0201", "cell_code": CELL, "at": AT} | given), by=by)
    return found


def numbers(found: Hint) -> list[str]:
    return [each.case_no for each in found.cases]


def at(metres_east: float) -> dict[str, Any]:
    east = 0.00001 * metres_east / 0.9627  # at 30 degrees north a hundred-thousandth of a degree is 0.96 m
    return {"point": Point(AT[0] + east, AT[1]), "place_method": PlaceMethod.MAP, "cell_code": None}


def test_open_cases_of_the_same_head_near_by_are_shown_and_no_others(world: World) -> None:
    near, far = world.file(**at(-60), t2_code="0202").case_no, world.file(**at(-250)).case_no
    across = world.file(**at(70)).case_no
    world.file(t2_code="0602")
    world.file("next_worker", cell_code=NEXT_COMMUNITY_CELL)
    world.a_case(State.SOLVED_ON_SPOT, by="worker")
    found = hint(world)
    assert set(numbers(found)) == {near, far, across}
    assert {each.case_no: round(each.distance_m or 0, -1) for each in found.cases} == {near: 60, far: 250, across: 70}
    assert numbers(found) == [far, across, near], "the same category first, then the same cell"
    assert [each.same_cell for each in found.cases] == [True, False, True]
    assert hint(world, t2_code="").cases == ()
    world.pass_time(days=61)
    assert hint(world) == Hint()


def test_of_a_case_next_door_that_is_not_for_the_filer_only_that_there_is_one(world: World) -> None:
    world.file("next_worker", cell_code=NEXT_CELL)
    assert hint(world) == Hint(others_near=True)
    assert hint(world, at=(AT[0] - 0.002, AT[1])) == Hint()
    assert len(hint(world, by="cadre").cases) == 0
    assert len(hint(world, by="cadre", cell_code=NEXT_CELL).cases) == 1


def test_a_sensitive_matter_of_others_is_not_even_hinted_at(world: World) -> None:
    world.file("next_worker", cell_code=NEXT_CELL, t2_code="0101")
    assert hint(world, t2_code="0101", cell_code=NEXT_CELL) == Hint()
    assert len(hint(world, by="next_worker", t2_code="0101", cell_code=NEXT_CELL).cases) == 1


def test_the_same_party_is_found_in_the_own_cases_and_never_confirmed_in_others(world: World) -> None:
    parties = (PartyEntry(Side.RESPONDENT, "欧阳建国", PHONE),)
    own = world.file(parties=parties, t2_code="0602").case_no
    others = world.file("other_worker", cell_code=NEXT_COMMUNITY_CELL, parties=parties, t2_code="0602").case_no
    for asked in ({"names": ["欧阳 建国"]}, {"phones": ["+86 138-1234-2071"]}):
        found = hint(world, t2_code="0301", **asked)
        assert numbers(found) == [own] != [others]
        assert found.cases[0].same_party
        # Whoever may read neither gets what there would be if nobody of that name was in any case.
        of_nobody = hint(world, by="other_cadre", t2_code="0301", names=["无此人"])
        assert hint(world, by="other_cadre", t2_code="0301", **asked) == of_nobody
    assert hint(world, t2_code="0301", phones=["2071"], names=[" "]) == Hint()


def test_the_look_is_recorded_and_costs_the_same_however_many_there_are(world: World) -> None:
    costs = []
    for count in (1, 12):
        for _ in range(count):
            world.file(parties=(PartyEntry(Side.APPLICANT, "王芳"),))
        with world.statements() as sent:
            found = hint(world, names=["王芳"])
        costs.append(len(sent))
        assert len(found.cases) == min(count, 5)
    assert costs[0] == costs[1] <= 7
    with world.store.reading() as session:
        acts = session.scalars(select(HistoryEntry.details).where(HistoryEntry.act == "case.similar")).all()
    assert [each["rows"] for each in acts] == [1, 5]


def test_the_list_for_a_phone_holds_the_own_open_cases_and_what_is_unread(world: World) -> None:
    own = world.file(t2_code="0201").case_no
    in_cell = world.file("cadre", cell_code=CELL).case_no
    world.file("next_worker", cell_code=NEXT_CELL)
    world.a_case(State.SOLVED_ON_SPOT, by="worker")
    rows = {each.case_no: each for each in world.do(field_cases, by="worker")}
    assert set(rows) == {own, in_cell}
    assert rows[in_cell].is_unread
    assert not rows[own].is_unread
    assert rows[own].version == world.case(own).version
