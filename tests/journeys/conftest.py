"""The office that all journeys share, and screens that are watched until the end of each story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.office import Office
from tests.journeys.screen import Screen


@pytest.fixture(scope="session")
def office(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server over a small street, made once for all journeys of this process."""
    office = Office(tmp_path_factory.mktemp("office"), chromium)
    yield office
    office.close()


@pytest.fixture
def sit(office: Office) -> Iterator[Callable[..., Screen]]:
    """Return the screen of a person: ``sit("cadre")``, ``sit("worker", "phone", "en")``; none may end with a fault."""
    screens: list[Screen] = []

    def make(login: str, size: str = "desk", language: str = "zh", **options: Any) -> Screen:
        screens.append(office.sit(login, size, language, **options))
        return screens[-1]

    yield make
    faults = [fault for screen in screens for fault in screen.faults]
    office.tidy()
    assert not faults, "\n".join(faults)
