"""The office's rooms under test: a home on a database, its administrator and auditor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Role
from gridmediate.services import accounts
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import Account
from gridmediate.store.schema import prepare
from tests import builders

#: A Monday at 09:40 in the street.
NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
TODAY = NOW.date()


@contextmanager
def an_office(url: str, *, home: bool = True) -> Iterator[Store]:
    """Open a prepared home, with the small world of :mod:`tests.builders` unless told otherwise."""
    store = Store(url, Keyring.fresh())
    prepare(store)
    if home:
        with store.writing() as session:
            builders.a_home(session)
    try:
        yield store
    finally:
        store.close()


def acting(session: Session, role: Role, **details: object) -> Actor:
    """Make a person in a post and return who that is in a request."""
    return actor_of(session, builders.an_account(session, role, password=None, **details))  # type: ignore[arg-type]


def actor_of(session: Session, account: Account) -> Actor:
    """Return who an account is in a request."""
    return accounts.actor_for(session, account, NOW)
