"""What the demonstration street leaves behind is whole: the record of acts holds, and the counts equal a recount."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmediate.store import history, rollup
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.schema import prepare
from tests.journeys.office import live_in_the_demonstration


@pytest.mark.slow
def test_the_record_of_a_lived_in_street_holds(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'home.sqlite3'}", Keyring({1: bytes(range(32))}, 1))
    try:
        prepare(store)
        with store.writing() as session:
            live_in_the_demonstration(session)
        with store.reading() as session:
            *breaks, entries = history.verify(session)
            assert breaks == []
            assert isinstance(entries, int) and entries > 300
            assert list(rollup.differences(session)) == []
    finally:
        store.close()
