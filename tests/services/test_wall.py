"""What a wall shows equals counting by hand, hides what it must, and costs the same with any number of cases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.indicators import Span
from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.domain.workflow import Act, State
from gridmediate.services.wall import MONTHS, OFFICES, WORST, Wall, read_wall
from gridmediate.store.models import Account
from tests.builders import CELL, COUNTY, NEXT_CELL, STREET
from tests.rig.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: the roll-up itself is proved on each."""
    return sqlite_street_url


def read(world: World, by: str = "leader", **named: object) -> Wall:
    with world.store.reading() as session:
        return read_wall(session, world.people[by], world.now, **named)  # type: ignore[arg-type]


def test_months_tell_what_was_filed_and_settled_in_them_whatever_became_of_it_later(world: World) -> None:
    world.now = datetime(2026, 8, 28, 10, tzinfo=LOCAL_ZONE)
    early = [world.file().case_no, world.file(by="next_worker", cell_code=NEXT_CELL).case_no]
    world.now = datetime(2026, 9, 15, 10, tzinfo=LOCAL_ZONE)
    world.file()
    for act in (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_ORALLY):
        world.act(early[0], act)
    world.now = datetime(2026, 10, 6, 10, tzinfo=LOCAL_ZONE)
    world.act(early[1], Act.WITHDRAW)
    months = read(world).months
    assert len(months) == MONTHS
    told = {each.month: (each.filed, each.settled) for each in months}
    assert told[202608] == (Span(2, 2), Span(0, 0))
    assert told[202609] == (Span(1, 1), Span(1, 1))
    assert told[202610] == (Span(0, 0), Span(0, 0))


def test_a_masked_wall_tells_bands_in_every_number_and_no_lateness_of_one_task(world: World) -> None:
    for _ in range(2):
        world.a_case(State.MEDIATING)
    world.pass_time(days=60)
    exact, masked = read(world), read(world, masked=True)
    assert exact.total.late == Span(2, 2)
    assert masked.total.late == Span(1, 2)
    assert [(each.card.code, each.counts.late) for each in masked.worst] == [(CELL, Span(1, 2))]
    filed = sum((each.filed for each in masked.months), start=Span(0, 0))
    assert filed == Span(1, 2)
    assert {each.waiting for each in exact.offices} == {Span(2, 2)}
    assert all(each.late_by for each in exact.offices)
    assert {(each.waiting, each.late_by) for each in masked.offices} == {(Span(1, 2), None)}


def test_the_county_reads_its_streets_masked_and_a_community_its_own_cells(world: World) -> None:
    world.file()
    county = read(world, "coordinator", street_code=COUNTY)
    assert county.table.street.code == COUNTY
    assert county.total.open == Span(1, 2)
    assert {card.community_code for card in read(world, "cadre").table.cells} == {CELL[:12]}


def test_a_wall_asks_the_same_and_tells_as_much_with_any_number_of_cases(world: World) -> None:
    def cost() -> tuple[list[str], int, int]:
        read(world)  # the grid is read once and kept
        with world.statements() as asked:
            wall = read(world)
        return asked, len(wall.worst), len(wall.offices)

    world.a_case(State.MEDIATING)
    world.pass_time(days=60)
    few, *_ = cost()
    for cell in [CELL, NEXT_CELL] * 8:
        world.file(by="worker" if cell == CELL else "next_worker", cell_code=cell)
    many, worst, offices = cost()
    assert few == many
    assert len(many) <= 7
    assert worst <= WORST
    assert offices <= OFFICES


def test_a_wall_holds_no_name_of_anybody(world: World) -> None:
    world.a_case(State.MEDIATING)
    world.pass_time(days=60)
    wall = read(world)
    with world.store.reading() as session:
        names = session.scalars(select(Account.name)).all()
    said = repr((wall.table.street, wall.table.cells, wall.total, wall.worst, wall.offices, wall.months))
    assert names
    assert [name for name in names if name in said] == []
    assert timedelta() < max(each.late_by or timedelta() for each in wall.offices)
    assert wall.table.street.code == STREET
