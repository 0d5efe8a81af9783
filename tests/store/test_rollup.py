"""Counts per cell: whatever happens to cases, the tallies say what a recount says, and what a look at each case says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from gridmediate.domain.deeds import DEEDS
from gridmediate.domain.vocabulary import Status
from gridmediate.store import rollup
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Base, CellTally
from gridmediate.store.rollup import COUNTED, Standing
from tests import builders
from tests.builders import CELL, NEXT_CELL, STREET
from tests.store.rows import a_case

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_OPEN = (Status.FILED, Status.ACCEPTED, Status.MEDIATING)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('rollup') / 'home.sqlite3'}", Keyring.fresh())
    Base.metadata.create_all(store.engine)
    with store.writing() as session:
        builders.a_home(session)
    yield store
    store.close()


class Undone(Exception):
    """Takes an example's rows back."""


#: One step of a case: hours since the step before, then where it stands, and in how many hours it is due there.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 900), st.sampled_from([CELL, NEXT_CELL, None]), st.sampled_from(["02", "07"]), st.sampled_from(Status),
        st.one_of(st.none(), st.integers(-50, 900)),
    ),
    min_size=1, max_size=7,
)


def as_standings(steps):
    """Return the standings of one case, each with the moment of the act that made it."""
    at, walk = START, []
    for hours, cell, head, status, due in steps:
        at += timedelta(hours=hours)
        status = Status.FILED if status is Status.OVERDUE else status
        due_at = at + timedelta(hours=due) if due is not None and status in _OPEN else None
        walk.append((at, Standing(cell, STREET, head, status, at, due_at)))
    return walk


def play(session, walks):
    """Let every case walk its way, as services do: move, apply, write down."""
    for walk in walks:
        case, before = a_case(session), None
        for number, (at, standing) in enumerate(walk, 1):
            after = standing
            if before is not None and before.counts_like(after):
                after = Standing(after.cell_code, after.street_code, after.head, after.status, before.since, after.due_at)
            changes: rollup.Changes = {}
            rollup.moved(changes, before, after, at)
            rollup.done(changes, after, deeds_of(number), at)
            rollup.apply(session, changes)
            details = {"standing": after.as_json(), "deeds": deeds_of(number)}
            record(session, case.id, [Entry("case.note", details)], actor=None, at=at, case=case, is_new=number == 1)
            session.flush()
            if before is None or not before.counts_like(after):
                before = after


def deeds_of(number):
    """Return what the n-th act of a case did."""
    return {DEEDS[number % len(DEEDS)]: number}


def looked_at(walks):
    """Count each case by looking at it: what stands where now, and every stretch that ended late."""
    stock: Counter[tuple[str, str, str]] = Counter()
    flows: Counter[tuple[int, str, str, str]] = Counter()
    for walk in walks:
        for number, (at, standing) in enumerate(walk, 1):
            for head in ("", standing.head) if standing.cell_code else ():
                for deed, count in deeds_of(number).items():
                    flows[rollup.month_of(at), head, standing.cell_code, deed] += count
        runs = [walk[0]]
        for at, standing in walk[1:]:
            if not runs[-1][1].counts_like(standing):
                runs.append((at, standing))
        for (at, standing), follower in zip(runs, [*runs[1:], None], strict=True):
            if standing.cell_code is None:
                continue
            for head in ("", standing.head):
                key = (head, standing.cell_code)
                flows[rollup.month_of(at), *key, standing.status.value] += 1
                if follower is None:
                    stock[(*key, standing.status.value)] += 1
                    continue
                left = follower[0]
                flows[rollup.month_of(left), *key, standing.status.value] -= 1
                if standing.due_at is not None and left > standing.due_at:
                    flows[rollup.month_of(max(standing.due_at, at)), *key, f"late_{standing.status.value}"] += 1
                    flows[rollup.month_of(left), *key, f"late_{standing.status.value}"] -= 1
    return stock, flows


@given(st.lists(STEPS, min_size=1, max_size=5))
def test_tallies_are_what_a_recount_and_a_look_at_each_case_give(home, walked):
    walks = [as_standings(steps) for steps in walked]
    try:
        with home.writing() as session:
            play(session, walks)
            assert rollup.differences(session) == []
            stock, flows = looked_at(walks)
            rows = session.scalars(select(CellTally).where(CellTally.head != rollup.VERSION)).all()
            for row in rows:
                for column in COUNTED:
                    kept = getattr(row, column)
                    if column in DEEDS and not row.month:
                        assert kept == 0
                    elif row.month:
                        assert kept == flows[row.month, row.head, row.cell_code, column]
                    else:
                        assert kept == stock[row.head, row.cell_code, column]
                        months = [
                            each for each in rows
                            if each.month and (each.head, each.cell_code) == (row.head, row.cell_code)
                        ]
                        assert kept == sum(getattr(each, column) for each in months)
            assert {key for key, count in flows.items() if count} <= {
                (row.month, row.head, row.cell_code, column) for row in rows for column in COUNTED}
            raise Undone
    except Undone:
        pass


def test_a_case_that_left_late_counts_as_late_from_the_month_it_was_due_to_the_month_it_left(records):
    due = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)  # 23:59 of 31 March in the street
    filed = Standing(CELL, STREET, "02", Status.FILED, START, due)
    left = datetime(2026, 5, 2, tzinfo=UTC)
    with records.writing() as session:
        changes: rollup.Changes = {}
        rollup.moved(changes, None, filed, START)
        rollup.moved(changes, filed, Standing(CELL, STREET, "02", Status.ACCEPTED, left, None), left)
        rollup.apply(session, changes)
        late = {row.month: row.late_filed for row in session.scalars(select(CellTally).where(CellTally.head == ""))}
    assert late == {202601: 0, 202603: 1, 202605: -1, 0: 0}


def test_a_case_that_left_at_its_last_moment_was_not_late(records):
    filed = Standing(CELL, STREET, "02", Status.FILED, START, START + timedelta(days=3))
    with records.writing() as session:
        changes: rollup.Changes = {}
        rollup.moved(changes, filed, Standing(CELL, STREET, "02", Status.ENDED, START, None), START + timedelta(days=3))
        rollup.apply(session, changes)
        assert sum(row.late_filed for row in session.scalars(select(CellTally))) == 0


def test_months_are_those_of_the_street():
    assert rollup.month_of(datetime(2026, 1, 31, 15, 59, tzinfo=UTC)) == 202601
    assert rollup.month_of(datetime(2026, 1, 31, 16, 0, tzinfo=UTC)) == 202602


def test_a_tally_that_was_tampered_with_is_named_and_mended(records):
    with records.writing() as session:
        play(session, [as_standings([(0, CELL, "02", Status.FILED, 5), (200, NEXT_CELL, "02", Status.SETTLED, None)])])
        session.execute(update(CellTally).where(CellTally.month == 0, CellTally.cell_code == NEXT_CELL).values(settled=9))
    with records.writing() as session:
        assert len(rollup.differences(session)) == 2
        rollup.rebuild(session)
        session.expire_all()
        assert rollup.differences(session) == []


def test_an_unplaced_case_is_in_no_tally(records):
    with records.writing() as session:
        play(session, [as_standings([(0, None, "02", Status.FILED, 5)])])
        assert session.scalars(select(CellTally)).all() == []


def test_each_change_of_a_bundle_of_cells_has_a_number_of_its_own_and_a_rebuild_too(records):
    def versions(session):
        return {row.month: row.filed for row in session.scalars(select(CellTally).where(CellTally.head == rollup.VERSION))}

    with records.writing() as session:
        play(session, [as_standings([(0, CELL, "02", Status.FILED, 5)])])
        first = versions(session)
        play(session, [as_standings([(0, CELL, "02", Status.FILED, 5)])])
        second = versions(session)
        rollup.rebuild(session)
        session.expire_all()
        assert set(first.values()) == {1} and set(second.values()) == {2} and set(first) == set(second)
        assert all(each > 2 for each in versions(session).values()) and rollup.differences(session) == []
