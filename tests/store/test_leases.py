"""A lease is held by one at a time, however many ask at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gridmediate.store.engine import Store
from gridmediate.store.leases import release, take
from gridmediate.store.models import Lease
from gridmediate.store.schema import prepare
from tests.rig.world import KEYRING

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
SPAN = timedelta(minutes=3)


@pytest.fixture
def store(store_url: str):
    store = Store(store_url, KEYRING)
    prepare(store)
    yield store
    store.close()


def test_one_has_it_and_renews_it_until_it_lapses(store: Store) -> None:
    assert take(store, "sweep", "a", NOW, SPAN)
    assert not take(store, "sweep", "b", NOW, SPAN)
    assert take(store, "sweep", "a", NOW + timedelta(minutes=2), SPAN)
    assert not take(store, "sweep", "b", NOW + SPAN, SPAN), "it was renewed"
    assert take(store, "sweep", "b", NOW + timedelta(minutes=5), SPAN), "its last moment is the next one's first"
    assert not take(store, "sweep", "a", NOW + timedelta(minutes=6), SPAN), "whoever slept too long has lost it"


def test_each_job_has_its_own(store: Store) -> None:
    assert take(store, "sweep", "a", NOW, SPAN)
    assert take(store, "backup", "b", NOW, SPAN)


def test_who_gives_it_back_lets_the_next_in_and_nobody_gives_back_anothers(store: Store) -> None:
    assert take(store, "sweep", "a", NOW, SPAN)
    release(store, "sweep", "b")
    assert not take(store, "sweep", "b", NOW, SPAN)
    release(store, "sweep", "a")
    assert take(store, "sweep", "b", NOW, SPAN)


@pytest.mark.parametrize("is_lapsed", [False, True])
def test_of_many_at_once_one_has_it(store: Store, store_url: str, is_lapsed: bool) -> None:
    stores = [store, *(Store(store_url, KEYRING) for _ in range(3))]
    for number in range(5):
        name, now = f"job-{number}", NOW
        if is_lapsed:
            take(store, name, "dead", NOW, SPAN)
            now = NOW + SPAN
        gate, held = threading.Barrier(len(stores)), dict[str, bool]()

        def ask(holder: str, of: Store, name: str = name, now: datetime = now, gate: threading.Barrier = gate,
                held: dict[str, bool] = held) -> None:
            gate.wait()
            held[holder] = take(of, name, holder, now, SPAN)

        threads = [threading.Thread(target=ask, args=(str(place), each)) for place, each in enumerate(stores)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(held.values()) == [False, False, False, True]
        with store.reading() as session:
            assert held[session.scalars(select(Lease.holder).where(Lease.name == name)).one()]
    for each in stores[1:]:
        each.close()
