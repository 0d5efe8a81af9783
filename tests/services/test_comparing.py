"""Two periods side by side, from the records: what is counted, what is not there, and what either reader gets."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from gridmediate.domain.comparing import Comparison, Counted, Stands, Stretch, Versus
from gridmediate.domain.indicators import Span
from gridmediate.domain.vocabulary import LOCAL_ZONE, Level
from gridmediate.domain.workflow import Act
from gridmediate.services import comparing, heat
from gridmediate.services.comparing import ChangeRow, Changes, compare, gather
from gridmediate.services.grid import grid_of
from gridmediate.statistics import inference
from gridmediate.store import rollup
from gridmediate.store.models import Case, HistoryEntry
from tests.builders import CELL, NEXT_CELL, NEXT_COMMUNITY_CELL
from tests.rig.world import World

pytestmark = pytest.mark.slow
MONTH = Comparison(stretch=Stretch.MONTH)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in this process: the child has tests of its own, and takes a second to load."""
    monkeypatch.setattr(comparing, "statistics_of", inference.answer)


def changes(world: World, comparison: Comparison = MONTH, by: str = "leader", level: str = "cell") -> Changes:
    with world.store.reading() as session:
        grid = grid_of(session, world.now)
        gathered = gather(session, world.people[by], grid, comparison, now=world.now, level=level)
    return compare(gathered)


def by_code(found: Changes) -> dict[str, ChangeRow]:
    return {row.unit.code: row for row in found.rows}


def live(world: World) -> None:
    """Two months of August and September after one in July, each with filings and one settlement."""
    for month, counts in ((7, (1, 1, 0)), (8, (2, 0, 4)), (9, (9, 1, 1))):
        world.now = datetime(2026, month, 10, 10, tzinfo=LOCAL_ZONE)
        cells = ((CELL, "worker"), (NEXT_CELL, "next_worker"), (NEXT_COMMUNITY_CELL, "worker"))
        for (cell, by), count in zip(cells, counts, strict=True):
            filed = [world.file(cell_code=cell, by=by).case_no for _ in range(count)]
            if cell == CELL:
                world.act(filed[0], Act.SOLVE_ON_SPOT)
    world.now = datetime(2026, 10, 20, 10, tzinfo=LOCAL_ZONE)
    world.file()


def test_counts_are_those_of_whole_months_and_of_the_records(world: World) -> None:
    live(world)
    found = changes(world)
    assert (found.months, found.months_before) == ([202609], [202608])
    with world.store.reading() as session:
        cases = session.execute(select(Case.cell_code, Case.filed_at))
        filed = Counter((code, at.astimezone(LOCAL_ZONE).month) for code, at in cases)
    rows = by_code(found)
    for code in (CELL, NEXT_CELL, NEXT_COMMUNITY_CELL):
        assert rows[code].before == Span.exactly(filed[code, 8]) and rows[code].now == Span.exactly(filed[code, 9])
    assert (found.before, found.now) == (Span(6, 6), Span(11, 11))
    assert rows[NEXT_CELL].stands is Stands.FEW and rows[CELL].difference == 7
    settled = by_code(changes(world, Comparison(Counted.SETTLED, Stretch.MONTH)))[CELL]
    assert (settled.before, settled.now) == (Span(1, 1), Span(1, 1))
    area = by_code(changes(world, level="community"))
    assert area[CELL[:12]].now == Span.exactly(10) and changes(world, level="community").level is Level.COMMUNITY


def test_what_was_not_counted_yet_is_not_nought(world: World) -> None:
    live(world)
    found = changes(world, Comparison(stretch=Stretch.QUARTER))
    assert found.missing is not None and "2026年8月" in found.missing.zh, "July, in which the first was filed, is no whole month"
    assert {row.stands for row in found.rows} == {Stands.ABSENT} and found.before == Span(0, 0)
    assert changes(world, Comparison(Counted.SETTLED, versus=Versus.LAST_YEAR)).missing is not None
    assert changes(world).missing is None


def test_a_reader_without_cases_gets_bounds_and_nothing_that_would_not_stand_for_all_of_them(world: World) -> None:
    live(world)
    exact, masked = by_code(changes(world)), by_code(changes(world, by="coordinator"))
    assert masked[CELL].before == Span(1, 2) and masked[CELL].now == Span(9, 9) and masked[CELL].difference is None
    assert masked[NEXT_COMMUNITY_CELL].before == Span(4, 4)
    assert all(row.stands in (exact[code].stands, Stands.UNCLEAR, Stands.FEW) for code, row in masked.items())


def test_readers_see_a_planted_rise_as_far_as_they_may(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    live(world)
    counts = {202608: (2, 40, 40, 40), 202609: (30, 40, 40, 40)}
    monkeypatch.setattr(heat, "_tallies", lambda asked, months, names: np.array(
        [[counts.get(month, (0,) * 4)[:len(asked.chosen)] for _ in names] for month in months]))
    for by in ("leader", "coordinator"):
        assert {code: row.stands for code, row in by_code(changes(world, by=by)).items() if row.stands is not Stands.UNCLEAR} == {
            CELL: Stands.MORE}


def test_the_same_numbers_are_computed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    live(world)
    asked: list[Any] = []
    monkeypatch.setattr(comparing, "statistics_of", lambda each: (asked.append(each), inference.answer(each))[1])
    for _ in range(2):
        changes(world)
    world.file(by="worker")
    changes(world)
    changes(world, Comparison(Counted.SETTLED, Stretch.MONTH))
    assert len(asked) == 2, "a filing of the running month changes nothing that is compared"
    assert asked[0]["neighbours"] is None and asked[1]["outlines"] is None, "who is next to whom is looked for once"


def test_filings_recorded_before_deeds_were_are_counted_by_a_rebuild(world: World) -> None:
    live(world)
    with world.store.reading() as session:
        kept = rollup.recount(session)
        stripped = [
            (entry.chain, entry.at, {key: value for key, value in entry.details.items() if key != "deeds"})
            for entry in session.scalars(select(HistoryEntry).where(HistoryEntry.case_version.is_not(None))
                                         .order_by(HistoryEntry.chain, HistoryEntry.seq))
        ]

        class Old:
            def execute(self, _: Any) -> Any:
                return iter(stripped)

        again = rollup.recount(Old())  # type: ignore[arg-type]
    assert kept.keys() == again.keys()
    assert all(again[key][1]["filings"] == by["filings"] for key, (_, by) in kept.items())
