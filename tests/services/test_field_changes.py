"""What was changed in a case since somebody saw it; a note from a phone is written once and never over a change."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from gridmediate.domain.problems import ChangedMeanwhile, NotFound
from gridmediate.domain.vocabulary import Label, Phrase
from gridmediate.domain.workflow import Act
from gridmediate.services import handling, teams
from gridmediate.services.changes import Change, changes_since
from tests.builders import CELL
from tests.rig.world import World


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url


def since(world: World, case_no: str, version: int, by: str = "worker") -> list[Change]:
    found: list[Change] = world.do(changes_since, case_no, version, by=by)
    return found


def words(change: Change) -> tuple[Any, ...]:
    return tuple(each.zh if isinstance(each, Label) else each for each in (change.field, change.was, change.now))


def test_each_field_is_told_with_what_it_was_who_changed_it_and_when(world: World) -> None:
    case_no = world.file(cell_code=None, is_unsure=True, address="河边").case_no
    assert since(world, case_no, 1) == []
    world.pass_time(hours=1)
    settled = world.do(handling.settle_place, case_no, CELL, "电话问过", by="leader").version
    world.pass_time(hours=1)
    world.act(case_no, Act.ACCEPT, t2_code="0602")
    found = since(world, case_no, 1)
    told = [words(each) for each in found]
    for expected in (("网格", None, "第1网格"), ("网格员", None, world.people["worker"].name), ("分类", "用水排水", "房屋租赁"),
                     ("状态", "上报", "受理")):
        assert expected in told
    (due,) = [each for each in found if each.field and each.field.zh == "到期日" and each.was and each.now]
    assert due.was != due.now == world.case(case_no).due_at
    assert due.by.zh == world.people["cadre"].name
    assert due.at == world.now
    assert words(found[-1])[:2] == ("下一步", None)
    assert isinstance(found[-1].now, Phrase)
    # Whoever has seen the settling reads only what came after.
    assert not any(each.field and each.field.zh == "网格" for each in since(world, case_no, settled))
    with pytest.raises(NotFound):
        since(world, case_no, 1, by="other_cadre")


def test_a_seat_that_changed_hands_is_told_once_and_nothing_that_was_typed(world: World) -> None:
    case_no = world.file().case_no
    seat = next(each for each in world.case(case_no).seats if each.account_id == world.people["worker"].account_id)
    world.pass_time(hours=1)
    world.do(teams.change_seat, case_no, teams.SeatChange(seat.id, "second_worker", "机密理由"), None, by="cadre")
    found = since(world, case_no, 1)
    assert ("网格员", world.people["worker"].name, world.people["second_worker"].name) in [words(each) for each in found]
    assert "机密理由" not in repr(found)


def test_a_note_from_a_phone_is_written_once_and_waits_where_the_case_moved_on(world: World) -> None:
    case_no, key = world.file().case_no, uuid.uuid4()
    for _ in range(2):
        world.do(handling.note, case_no, "上门看过", by="worker", version=1, key=key)
    assert world.acts(case_no) == ["case.file", "case.note"]
    world.act(case_no, Act.ACCEPT)
    world.do(handling.note, case_no, "上门看过", by="worker", version=1, key=key)
    with pytest.raises(ChangedMeanwhile):
        world.do(handling.note, case_no, "再看一次", by="worker", version=1, key=uuid.uuid4())
    assert world.acts(case_no).count("case.note") == 1
