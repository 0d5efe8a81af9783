"""A change of rules leaves running clocks alone until somebody asks; then each case says from when to when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.case_words import Act, State
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.services.casepage import read_case
from gridmediate.services.office_calendar import set_day
from gridmediate.services.recompute import BATCH, recompute_clocks
from gridmediate.store.history import HOME_CHAIN
from gridmediate.store.models import HistoryEntry
from tests.rig.world import World


def close_the_office_on_the_last_day(world: World, case_no: str) -> date:
    """Make a holiday of the day on which the case is due, and of the next."""
    due_at = world.case(case_no).due_at
    assert due_at is not None
    last = (due_at - timedelta(seconds=1)).astimezone(LOCAL_ZONE).date()
    world.do(set_day, last, last + timedelta(days=1), False, "临时放假", by="administrator")
    return last


def recompute(world: World, by: str = "administrator") -> tuple[int, int]:
    done = recompute_clocks(world.store, world.people[by], world.now)
    return done.cases, done.changed


def test_a_holiday_entered_later_moves_a_running_clock_only_when_asked(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    before = world.case(case_no).due_at
    assert before is not None
    last = close_the_office_on_the_last_day(world, case_no)
    assert world.case(case_no).due_at == before
    assert recompute(world) == (1, 1)
    after = world.case(case_no).due_at
    assert after is not None
    moved = (after - timedelta(seconds=1)).astimezone(LOCAL_ZONE).date()
    assert moved > last + timedelta(days=1)
    view = world.do(read_case, case_no, by="cadre")
    assert view.deadline is not None and view.deadline.due_at == after
    assert "临时放假" in view.deadline.explain("zh")
    entry = world.entries(case_no)[-2]  # the reading is the last
    assert entry.act == "case.recompute"
    assert (entry.details["from"], entry.details["to"]) == (before.isoformat(), after.isoformat())
    # Asked again nothing changes, and no case has a second entry.
    assert recompute(world) == (1, 0)


def test_pauses_and_the_extension_are_kept(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.SUSPEND)
    world.pass_time(days=6)
    world.act(case_no, Act.RESUME)
    world.act(case_no, Act.ASK_EXTENSION)
    world.act(case_no, Act.GRANT_EXTENSION, by="leader")
    before = world.case(case_no).due_at
    assert recompute(world) == (1, 0)
    last = close_the_office_on_the_last_day(world, case_no)
    assert recompute(world) == (1, 1)
    after = world.case(case_no).due_at
    assert before is not None and after is not None
    assert timedelta(0) < after - before <= timedelta(days=6)
    view = world.do(read_case, case_no, by="cadre")
    assert view.deadline is not None
    for words in ("中止 6 天", "延长 30 日"):
        assert words in view.deadline.explain("zh"), last


def test_a_paused_case_stays_paused_and_ended_ones_are_left_alone(world: World) -> None:
    paused, ended = world.a_case(State.MEDIATING), world.a_case(State.AGREED_ORAL)
    close_the_office_on_the_last_day(world, paused)
    world.act(paused, Act.SUSPEND)
    versions = world.case(ended).version
    assert recompute(world) == (1, 1)
    assert world.case(paused).due_at is None
    assert world.case(ended).version == versions


def test_more_cases_than_one_transaction_holds(world: World) -> None:
    cases = [world.file().case_no for _ in range(BATCH + 3)]
    close_the_office_on_the_last_day(world, cases[0])
    assert recompute(world) == (len(cases), len(cases))
    with world.store.reading() as session:
        noted = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == HOME_CHAIN,
                                                           HistoryEntry.act == "clocks.recompute"))
        assert [each.details for each in noted] == [{"cases": len(cases), "changed": len(cases)}]


@pytest.mark.parametrize("who", ["cadre", "leader", "auditor", "coordinator"])
def test_only_who_keeps_the_rules_asks_for_it(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        recompute(world, who)
