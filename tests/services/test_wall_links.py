"""Addresses of walls: made and withdrawn by the street's leader, ended by time, used under the rights of whoever made them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.services import wall_links
from gridmediate.store.models import Account, HistoryEntry, Post, WallLink
from tests.builders import OTHER_STREET, STREET
from tests.rig.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here."""
    return sqlite_street_url


def make(world: World, wall: str = "三楼大厅") -> str:
    return str(world.do(wall_links.make_link, STREET, wall, by="leader"))


def opens(world: World, token: str) -> bool:
    with world.store.reading() as session:
        try:
            return wall_links.open_wall(session, token, world.now).street_code == STREET
        except NotFound:
            return False


def test_an_address_is_kept_as_a_hash_and_holds_ninety_days(world: World) -> None:
    token = make(world)
    with world.store.reading() as session:
        kept = session.scalars(select(WallLink)).one()
        assert token.encode() not in kept.token_hash
        assert (kept.wall, kept.street_code) == ("三楼大厅", STREET)
    assert opens(world, token)
    assert not opens(world, token[:-1] + ("A" if token[-1] != "A" else "B"))
    world.pass_time(days=90, seconds=-1)
    assert opens(world, token)
    world.pass_time(seconds=1)
    assert not opens(world, token)


def test_a_withdrawn_address_opens_nothing_and_stays_on_the_list(world: World) -> None:
    token, other = make(world), make(world, "会议室")
    with world.store.reading() as session:
        rows = wall_links.list_links(session, world.people["leader"], world.now)
    key = next(row.id for row in rows if row.wall == "三楼大厅")
    assert world.do(wall_links.withdraw_link, key, by="leader") is True
    assert world.do(wall_links.withdraw_link, key, by="leader") is False
    assert (opens(world, token), opens(world, other)) == (False, True)
    with world.store.reading() as session:
        rows = wall_links.list_links(session, world.people["leader"], world.now)
    assert [(row.wall, row.ended_at is None) for row in rows] == [("会议室", True), ("三楼大厅", False)]


def test_only_the_leader_of_the_street_makes_lists_and_withdraws(world: World) -> None:
    make(world)
    with world.store.reading() as session:
        key = session.scalars(select(WallLink.id)).one()
        assert wall_links.list_links(session, world.people["other_leader"], world.now) == []
    for by in ("cadre", "coordinator", "administrator"):
        with pytest.raises(NotPermitted):
            world.do(wall_links.make_link, STREET, "大厅", by=by)
    with pytest.raises(NotPermitted):
        world.do(wall_links.make_link, OTHER_STREET, "大厅", by="leader")
    with pytest.raises(NotFound):
        world.do(wall_links.withdraw_link, key, by="other_leader")


@pytest.mark.parametrize("gone", ["post", "account"])
def test_an_address_ends_with_the_office_of_whoever_made_it(world: World, gone: str) -> None:
    token, leader = make(world), world.people["leader"].account_id
    with world.store.writing() as session:
        if gone == "post":
            session.execute(update(Post).where(Post.account_id == leader).values(valid_to=world.today))
        else:
            session.execute(update(Account).where(Account.id == leader).values(is_active=False))
    world.pass_time(days=2)
    assert not opens(world, token)


def test_its_use_is_recorded_once_an_hour(world: World) -> None:
    token = make(world)
    for _ in range(130):
        with world.store.writing() as session:
            if wall_links.open_wall(session, token, world.now).is_to_be_noted:
                wall_links.note_read(session, token, world.now)
        world.pass_time(minutes=1)
    with world.store.reading() as session:
        noted = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "wall.read").order_by(HistoryEntry.seq)).all()
    assert len(noted) == 3
    assert {entry.at - noted[0].at for entry in noted} == {timedelta(), timedelta(hours=1), timedelta(hours=2)}
    assert all(set(entry.details) == {"street", "link"} for entry in noted)


def test_a_street_has_no_more_than_a_dozen(world: World) -> None:
    for number in range(wall_links.MOST):
        make(world, f"{number} 号屏")
    with pytest.raises(wall_links.TooManyWalls):
        make(world)
