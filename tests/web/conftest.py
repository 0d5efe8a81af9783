"""The application on a small street, and browsers signed in as each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridmediate.domain.vocabulary import Role
from gridmediate.services import sign_ins
from gridmediate.settings import Settings
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Base
from gridmediate.web.app import create_app
from gridmediate.web.rooms import Application
from gridmediate.web.security import cookie_name
from tests import builders
from tests.rig.pages import PageClient

#: A Monday at 09:40 in the street.
NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)


class Clock:
    """The application's clock, set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring]:
    """A file with the small street of :mod:`tests.builders`, made once and copied for each test."""
    path, keyring = tmp_path_factory.mktemp("street") / "street.sqlite3", Keyring.fresh()
    store = Store(f"sqlite:///{path}", keyring)
    Base.metadata.create_all(store.engine)
    with store.writing() as session:
        builders.a_home(session)
    store.close()
    return path, keyring


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a server for tests: cheap hashing, cookies over http."""
    return Settings(instance_folder=tmp_path, argon2_time_cost=1, argon2_memory_kib=64, cookie_secure=False)


@pytest.fixture
def store(street: tuple[Path, Keyring], tmp_path: Path) -> Iterator[Store]:
    """The records of this test alone."""
    path = tmp_path / "gridmediate.sqlite3"
    shutil.copyfile(street[0], path)
    store = Store(f"sqlite:///{path}", street[1])
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    """The clock of the application under test."""
    return Clock()


@pytest.fixture
def app(settings: Settings, store: Store, clock: Clock) -> Application:
    """The application."""
    app = create_app(settings, store)
    app.clock = clock
    app.testing = True
    app.test_client_class = PageClient
    return app


@pytest.fixture
def client(app: Application) -> PageClient:
    """A browser that has not signed in."""
    return _client(app)


@pytest.fixture
def sign_in_as(app: Application, clock: Clock) -> Callable[[Account], PageClient]:
    """Return a browser signed in as an account that the test made."""

    def make(account: Account) -> PageClient:
        with app.store.writing() as session:
            token = sign_ins.start(session, session.get_one(Account, account.id), clock.now, "Chrome, Linux", rules=app.rules)
        client = _client(app)
        client.set_cookie(cookie_name(app), token, domain="localhost")
        return client

    return make


@pytest.fixture
def client_as(app: Application, sign_in_as: Callable[[Account], PageClient]) -> Callable[..., PageClient]:
    """Return a browser signed in as a new person: ``client_as(Role.CADRE)``, ``client_as(Role.CADRE, place=NEXT_COMMUNITY)``.

    The keywords are those of ``builders.an_account``; ``client.account`` is the person.
    """

    def make(role: Role | None, **details: Any) -> PageClient:
        with app.store.writing() as session:
            account = builders.an_account(session, role, **details)
        client = sign_in_as(account)
        client.account = account  # type: ignore[attr-defined]
        return client

    return make


def _client(app: Application) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client
