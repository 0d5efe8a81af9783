"""The invented street as the tests read it: the files that ship with the project, one seed, one day."""

from __future__ import annotations

from datetime import date, datetime
from random import Random

import pytest

from gridmediate.demo.people import Staffing, staff_street
from gridmediate.demo.places import CellPlace, read_town
from gridmediate.demo.plans import CasePlan
from gridmediate.demo.street import draw_cases
from gridmediate.domain.departments import DEPARTMENTS
from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.resources import grids_folder

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 40, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="session")
def town() -> list[CellPlace]:
    return read_town(grids_folder() / "liuxi")


@pytest.fixture(scope="session")
def plans(town: list[CellPlace]) -> list[CasePlan]:
    return draw_cases(Random(20261123), town, TODAY, now=NOW)


@pytest.fixture(scope="session")
def staff(town: list[CellPlace]) -> Staffing:
    return staff_street(Random(20261123), town, tuple(DEPARTMENTS), TODAY)
