"""Map, table and list give the same number, for every filter."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from gridmediate.domain.indicators import CARRIED
from gridmediate.domain.vocabulary import Flag, Level, Source
from gridmediate.domain.workflow import Act, Needs
from gridmediate.services.grid import grid_of
from gridmediate.services.heat import heat_table
from gridmediate.services.heat_view import view_of
from gridmediate.services.lists import CaseFilter, Desk, list_cases
from gridmediate.services.narrowing import AGES, RISKS, Narrowing
from tests.builders import CELL, NEXT_CELL, NEXT_COMMUNITY_CELL
from tests.rig.world import World

pytestmark = pytest.mark.slow


def live(world: World) -> None:
    """Let cases of all kinds happen."""
    world.pass_time(days=-100)
    for cell, source, t2_code, flags in product((CELL, NEXT_COMMUNITY_CELL), (Source.WORKER, Source.COURT), ("0201", "0402"),
                                                ((), (Flag.THREAT,))):
        number = world.file(cell_code=cell, source=source, t2_code=t2_code, flags=flags).case_no
        world.pass_time(days=6)
        if flags:
            world.act(number, Act.ACCEPT, by="cadre" if cell == CELL else "next_cadre")
        elif source is Source.COURT and cell == CELL:
            world.act(number, Act.ACCEPT)
            world.act(number, Act.ESCALATE, words=world.words(number, "cadre") | {Needs.LEVEL: Level.STREET.value})
    world.act(world.file(cell_code=NEXT_CELL, by="next_worker").case_no, Act.SOLVE_ON_SPOT, by="next_worker")
    world.file(cell_code=NEXT_CELL, by="next_worker")


FILTERS = [
    Narrowing(source, risk, department, level, age)
    for source, risk, department, level, age in product(
        ("", "worker", "court"), ("", *RISKS), ("", "housing", "justice_office"), ("", "cell", "street"), ("", *AGES))
]


def test_map_table_and_list_say_the_same_for_every_filter(world: World) -> None:
    live(world)
    seen: Counter[int] = Counter()

    def compare(narrowed: Narrowing, head: str) -> None:
        with world.store.writing() as session:
            leader = world.people["leader"]
            table = heat_table(session, leader, world.now, head=head, months=3, narrowed=narrowed)
            view = view_of(table, grid_of(session, world.now))
            listed = list_cases(session, Desk.STREET, CaseFilter(unsettled=True, head=head, beyond=narrowed), leader, world.now,
                                size=100)
        rows = Counter(row.cell_code for row in listed.rows)
        counts = {unit.code: each.open.low for unit, each in zip(view.units, view.counts[-1], strict=True) if each}
        assert {code: count for code, count in counts.items() if count} == dict(rows), (narrowed, head)
        seen[sum(counts.values())] += 1

    for narrowed, head in product(FILTERS[::7], ("", "04")):
        compare(narrowed, head)
    assert len(seen) > 4, "the filters tried leave different numbers"


def test_what_all_sources_count_together_is_what_the_roll_up_counts(world: World) -> None:
    live(world)
    with world.store.reading() as session:
        leader = world.people["leader"]
        whole = heat_table(session, leader, world.now).numbers
        parts = [heat_table(session, leader, world.now, narrowed=Narrowing(source=source)).numbers for source in Source]
        with world.statements() as sent:
            heat_table(session, leader, world.now, narrowed=Narrowing(risk="grave", department="housing"))
    assert np.array_equal(whole, sum(parts))
    assert whole[0, CARRIED.index("settled_in_month")].sum() == 1
    assert len(sent) <= 3
