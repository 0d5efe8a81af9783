"""The counts that leaders see: from the roll-up alone, and equal to counting the cases one by one, now and months back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.problems import FieldNotAChoice, NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag
from gridmediate.domain.workflow import Act, State
from gridmediate.services.filing import file_case
from gridmediate.services.grid import grid_of
from gridmediate.services.handling import settle_place
from gridmediate.services.heat import HeatTable, heat_table, record_heat, streets_of
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, HistoryEntry
from tests.builders import CELL, COUNTY, NEXT_CELL, NEXT_COMMUNITY_CELL, OTHER_CELL, OTHER_STREET, STREET
from tests.rig.shadow import Shadow
from tests.rig.world import World

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow


def look(world: World, shadow: Shadow) -> None:
    """Let the shadow see every case as it is now."""
    with world.store.reading() as session:
        shadow.look(session.scalars(select(Case)), world.now)


def compare(world: World, shadow: Shadow, *, by: str = "leader", months: int = 6, head: str = "") -> HeatTable:
    """Compare a table with counting by hand, cell by cell and month by month."""
    with world.store.reading() as session:
        table = heat_table(session, world.people[by], world.now, months=months, head=head)
    for month, row in zip(table.months, table.counts, strict=True):
        for card, counts in zip(table.cells, row, strict=True):
            assert counts is not None
            kept = asdict(counts)
            by_hand = shadow.counts(card.code, month, world.now, head)
            assert {name: kept[name] for name in by_hand} == by_hand, (month, card.code)
    return table


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=LOCAL_ZONE)


def test_months_back_show_each_case_as_it_stood_then(world: World) -> None:
    shadow = Shadow()
    world.now = at(2026, 8, 28)
    early = world.file(t2_code="0402").case_no
    look(world, shadow)
    world.now = at(2026, 9, 15)  # eleven days late
    world.act(early, Act.ACCEPT)
    look(world, shadow)
    second = world.file(by="next_worker", cell_code=NEXT_CELL).case_no
    look(world, shadow)
    world.now = at(2026, 10, 31)  # the first is late again, since the middle of the month
    world.act(early, Act.NOTE_SESSION)
    look(world, shadow)
    compare(world, shadow, months=4)
    world.now = at(2026, 12, 2)
    world.act(early, Act.AGREE_ORALLY)
    world.act(second, Act.WITHDRAW)
    look(world, shadow)
    table = compare(world, shadow, months=6)
    assert table.months == (202607, 202608, 202609, 202610, 202611, 202612)
    here = {month: row[0] for month, row in zip(table.months, table.counts, strict=True)}
    assert [here[month].filed for month in table.months] == [0, 1, 0, 0, 0, 0]
    assert [here[month].late for month in table.months] == [0, 0, 0, 1, 1, 0]
    assert here[202612].settled_in_month == 1
    world.finish_tasks(early)
    world.act(early, Act.CLOSE)
    world.act(early, Act.REOPEN)
    look(world, shadow)
    compare(world, shadow, months=6)


def test_the_last_moment_of_a_month_belongs_to_it(world: World) -> None:
    shadow = Shadow()
    world.now = at(2026, 10, 28)  # three working days end with the thirtieth, a Friday … or with the second
    for hours in range(0, 120, 7):
        world.now = at(2026, 10, 26) + timedelta(hours=hours)
        world.file()
        look(world, shadow)
    for moment in (at(2026, 10, 31, 23) + timedelta(minutes=59), at(2026, 11, 1, 0), at(2026, 11, 4, 0), at(2026, 11, 4, 0) +
                   timedelta(seconds=1)):
        world.now = moment
        compare(world, shadow, months=2)


def test_a_clock_that_ends_at_midnight_of_the_first_is_late_in_the_new_month_only(world: World) -> None:
    shadow = Shadow()
    world.now = at(2026, 11, 25)  # three working days: Thursday, Friday, Monday the thirtieth, until midnight
    case_no = world.file().case_no
    look(world, shadow)
    assert world.case(case_no).due_at == at(2026, 12, 1, 0)
    world.now = at(2026, 12, 5)
    world.act(case_no, Act.ACCEPT)
    look(world, shadow)
    table = compare(world, shadow, months=2)
    assert [row[0].late for row in table.counts] == [0, 0]
    assert table.counts[0][0].filed == 1


@pytest.mark.parametrize("head", ["", "02", "04", "09"])
def test_a_head_counts_its_own(world: World, head: str) -> None:
    shadow = Shadow()
    for t2_code, cell in (("0402", CELL), ("0201", CELL), ("0203", NEXT_CELL), ("0402", NEXT_COMMUNITY_CELL)):
        world.file(t2_code=t2_code, cell_code=cell)
        look(world, shadow)
    corrected = world.file(t2_code="0201").case_no
    look(world, shadow)
    world.pass_time(days=9)
    world.act(corrected, Act.ACCEPT, t2_code="0402")
    look(world, shadow)
    compare(world, shadow, head=head, months=2)


def test_danger_and_a_week_late_are_grave(world: World) -> None:
    shadow = Shadow()
    world.file(flags=(Flag.THREAT,))
    world.file()
    look(world, shadow)
    assert compare(world, shadow).counts[-1][0].grave == 1
    world.pass_time(days=15)
    assert compare(world, shadow).counts[-1][0].grave == 2


def test_a_case_without_a_cell_is_counted_once_it_has_one(world: World) -> None:
    shadow = Shadow()
    case_no = world.file(cell_code=None, address="柳溪路口").case_no
    look(world, shadow)
    compare(world, shadow, months=1)
    world.pass_time(days=5)
    world.do(settle_place, case_no, NEXT_CELL, "双方住处", by="cadre")
    look(world, shadow)
    assert compare(world, shadow, months=1).counts[0][1].late == 1


# -- who sees which counts ---------------------------------------------------------------------------------------------


def table_for(world: World, who: str, **asked: object) -> HeatTable:
    with world.store.reading() as session:
        return heat_table(session, world.people[who], world.now, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(("who", "cells", "exact"), [
    ("leader", 4, True), ("cadre", 2, True), ("next_cadre", 2, True), ("other_leader", 1, True), ("coordinator", 4, False),
])
def test_each_reader_gets_the_cells_answered_for(world: World, who: str, cells: int, exact: bool) -> None:
    table = table_for(world, who)
    assert (len(table.cells), table.exact) == (cells, exact)
    assert [card.code for card in table.cells] == sorted(card.code for card in table.cells)


@pytest.mark.parametrize("who", ["worker", "housing", "administrator", "auditor"])
def test_who_has_no_right_to_counts_gets_none(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        table_for(world, who)


def test_a_street_that_is_not_ones_own_is_no_choice(world: World) -> None:
    with pytest.raises(FieldNotAChoice):
        table_for(world, "leader", street_code=OTHER_STREET)
    assert table_for(world, "coordinator", street_code=OTHER_STREET).street.code == OTHER_STREET
    with world.store.reading() as session:
        grid = grid_of(session, world.now)
        assert [street.code for street in streets_of(grid, world.people["coordinator"])] == [STREET, OTHER_STREET]
        assert [street.code for street in streets_of(grid, world.people["cadre"])] == [STREET]


def test_the_county_stands_for_all_of_its_streets(world: World) -> None:
    world.file()
    world.file(by="other_worker", cell_code=OTHER_CELL)
    whole = table_for(world, "coordinator", street_code=COUNTY)
    parts = [table_for(world, "coordinator", street_code=street) for street in (STREET, OTHER_STREET)]
    assert (whole.street.code, whole.exact) == (COUNTY, False)
    assert [card.code for card in whole.cells] == [card.code for part in parts for card in part.cells]
    assert whole.counts[-1] == [counts for part in parts for counts in part.counts[-1]]
    assert [card.code for card in table_for(world, "leader", street_code=COUNTY).cells] == [card.code for card in parts[0].cells]


def test_who_may_not_read_the_cases_gets_no_single_head(world: World) -> None:
    # The difference of two filters would give a small count away exactly.
    world.file(t2_code="0402")
    world.file(t2_code="0201")
    assert table_for(world, "coordinator", head="04").counts[0][0].filed == 2  # type: ignore[union-attr]
    assert table_for(world, "leader", head="04").counts[0][0].filed == 1  # type: ignore[union-attr]


def test_the_table_takes_few_statements_however_many_cases(world: World) -> None:
    taken = []
    for count in (1, 30):
        for _ in range(count):
            world.file()
        table_for(world, "leader", months=14)
        with world.statements() as sent:
            table_for(world, "leader", months=14)
        taken.append(len(sent))
    assert len(set(taken)) == 1
    assert taken[0] <= 5, "\n".join(sent)


def test_looking_at_counts_is_on_record(world: World) -> None:
    world.file(by="other_worker", cell_code=OTHER_CELL)
    with world.store.writing() as session:
        table = heat_table(session, world.people["leader"], world.now, months=3)
        record_heat(session, world.people["leader"], table, world.now)
    with world.store.reading() as session:
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == world.people["leader"].account_id)).one()
    assert (entry.act, entry.details) == ("heat.read", {"street": STREET, "months": 3, "exact": True})


@pytest.mark.parametrize("state", State)
def test_every_state_is_counted_where_it_stands(world: World, state: State) -> None:
    shadow = Shadow()
    world.a_case(state)
    look(world, shadow)
    table = compare(world, shadow, months=1)
    counts = table.counts[0][0]
    assert counts is not None
    extra = 1 if state is State.DUPLICATE else 0  # the case it was joined to
    assert counts.filed + counts.accepted + counts.mediating + counts.settled_in_month + counts.ended_in_month == 1 + extra


def test_what_is_kept_of_the_tallies_is_never_older_than_the_records_and_nobody_sees_what_was_taken_back(world: World) -> None:
    """Two programs on the same records, each with its own memory, and an act that is rolled back."""
    other = Store(str(world.store.url.render_as_string(hide_password=False)), world.store.keyring)

    def seen(store: Store) -> list[int]:
        with store.reading() as session:
            return [int(month[:4].sum()) for month in heat_table(session, world.people["leader"], world.now, months=3).numbers]

    assert seen(world.store) == seen(other) == [0, 0, 0]
    world.file()
    assert seen(other) == seen(world.store) == [0, 0, 1]
    with world.store.writing() as session:
        file_case(session, world.filing(), world.people["worker"], world.now)
        taken_back = heat_table(session, world.people["leader"], world.now, months=3).numbers
        assert int(taken_back[-1][:4].sum()) == 2
        session.rollback()
    assert seen(world.store) == [0, 0, 1]
    world.file()
    assert seen(world.store) == seen(other) == [0, 0, 2]
    other.close()
