"""The rig all rooms share: no network, the same chances on every run, a database of each kind, a browser."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.rig.browser import CHROMIUM_ARGUMENTS, find_chromium
from tests.rig.network import close_network
from tests.rig.postgres import NoPostgres, PostgresCluster

# Derandomised: a red run is red again for whoever looks into it. "search" is for hunting by hand.
# These variables must not begin with GRIDMEDIATE_, which Settings would refuse as unknown.
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("fast", derandomize=True, max_examples=60, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", derandomize=True, max_examples=150, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("search", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

#: Memory that looks like a folder, where each commit of a street need not wait for a disk; the records' own settings stay.
_MEMORY = Path("/dev/shm")
_ROOM_NEEDED = 2 * 1024**3

#: What each process of the tests makes once and keeps, by the module that would make it anew each time.
_KEEPERS = {
    "gridmediate.store.engine": "tests.rig.statements",
    "gridmediate.store.schema": "tests.rig.migrated",
    "gridmediate.web.rooms": "tests.rig.compiled",
}

_MARK_BY_FIXTURE = {"postgres_cluster": "postgres", "chromium": "browser"}


def pytest_configure() -> None:
    """Close the network before the first test module is imported; keep the tests' folders in memory where there is some."""
    close_network()
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_NEEDED:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    gc.set_threshold(20_000, 20, 50)


def pytest_collection_finish() -> None:
    """Keep what is made once, and let the collector pass over all that was imported: it stays until the end."""
    for module, keeper in _KEEPERS.items():
        if module in sys.modules:
            import_module(keeper).keep()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands on the server or the browser, so that ``make check`` can leave it out."""
    for item in items:
        for fixture, mark in _MARK_BY_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the settings of whoever runs the tests: a suite that passes only on one desk is worth nothing."""
    for variable in [name for name in os.environ if name.startswith("GRIDMEDIATE_")]:
        monkeypatch.delenv(variable)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A running PostgreSQL server of this test process; ``TEST_FSYNC=on`` lets its commits reach the disk."""
    try:
        cluster = PostgresCluster(fsync=os.environ.get("TEST_FSYNC") == "on")
    except NoPostgres as reason:
        pytest.skip(f"PostgreSQL: {reason}")
    yield cluster
    cluster.stop()


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test alone."""
    database = postgres_cluster.create()
    yield postgres_cluster.url(database)
    postgres_cluster.drop(database)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'gridmediate.sqlite3'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once of each kind; the same claims must hold on both."""
    # Fetched by name, so that the SQLite half runs where there is no server.
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium as a Playwright ``Browser``; each test opens a context of its own size and language in it."""
    path = find_chromium()
    if path is None:
        pytest.skip("Chromium: none is installed (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()
