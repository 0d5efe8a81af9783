"""A home's records with their tables, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.schema import prepare
from tests import builders


@pytest.fixture
def records(store_url: str) -> Iterator[Store]:
    """A home with the small world of :mod:`tests.builders`."""
    store = Store(store_url, Keyring.fresh())
    prepare(store)
    with store.writing() as session:
        builders.a_home(session)
    yield store
    store.close()
