"""Streets for the proofs that take several threads, processes or every route at once, and the application on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmediate.services import sign_ins
from gridmediate.settings import Settings
from gridmediate.store.models import Account
from gridmediate.web.app import create_app
from gridmediate.web.rooms import Application
from gridmediate.web.security import cookie_name
from tests.rig.pages import PageClient
from tests.rig.world import World, _postgres_street, postgres_street_url, sqlite_street_url, street_file, street_url, world

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]


class Office:
    """The application on a street, and a browser for each of its people."""

    def __init__(self, world: World, app: Application) -> None:
        self.world = world
        self.app = app
        app.clock = lambda: world.now

    def client(self, who: str | None) -> PageClient:
        """Return a browser, signed in as one of the people or as nobody."""
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        if who is not None:
            with self.app.store.writing() as session:
                account = session.get_one(Account, self.world.people[who].account_id)
                token = sign_ins.start(session, account, self.world.now, "Chrome, Linux", rules=self.app.rules)
            client.set_cookie(cookie_name(self.app), token, domain="localhost")
        return client


def open_office(world: World, folder: Path) -> Office:
    """Put the application on a street."""
    app = create_app(Settings(instance_folder=folder, argon2_time_cost=1, argon2_memory_kib=64, cookie_secure=False), world.store)
    # A fault must answer as it does in service, so that the proofs can see it.
    app.config["ANSWER_FAULTS"] = True
    app.testing, app.test_client_class = True, PageClient
    return Office(world, app)


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    """The application on a street of this test alone."""
    yield open_office(world, tmp_path)
