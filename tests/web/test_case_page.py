"""The page of a case leads to what is to be done now, and keeps what is rarely needed out of the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from gridmediate.domain.vocabulary import Datum, PlaceMethod
from gridmediate.domain.workflow import State
from gridmediate.store.engine import Store
from gridmediate.store.models import Case
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file

__all__ = ["sqlite_street_url", "street_file"]


@pytest.fixture
def office(sqlite_street_url: str, tmp_path: Path) -> Iterator[Office]:
    """The application on a street of this test alone."""
    world = World(Store(sqlite_street_url, KEYRING))
    yield open_office(world, tmp_path)
    world.store.close()


def first_act(page: str) -> str:
    """Return where the one filled button among the acts leads."""
    acts = page[page.index('id="acts"'):]
    found = re.search(r'btn-primary btn-big" href="([^"]+)"', acts)
    return found.group(1) if found else ""


def test_after_mediation_the_first_act_is_what_is_still_to_be_written_down(office: Office) -> None:
    world, cadre = office.world, office.client("cadre")
    case_no = world.a_case(State.AGREED_WRITTEN)
    assert first_act(cadre.get(f"/cases/{case_no}").text).endswith("#sign")
    closed = world.a_case(State.CLOSED)
    page = cadre.get(f"/cases/{closed}").text
    assert f"/cases/{closed}/follow-ups/" in first_act(page)
    assert "重新打开…" in page, "it may be opened again, and nobody is led there"


def test_where_violence_is_suspected_safety_comes_before_any_act(office: Office) -> None:
    world, cadre = office.world, office.client("cadre")
    case_no = world.a_case(State.MEDIATING)
    assert first_act(cadre.get(f"/cases/{case_no}").text).endswith("/sessions/note")
    cadre.post(f"/cases/{case_no}/contact", data={"flags": ["domestic_violence"], "contact_words": "有旧伤"})
    assert first_act(cadre.get(f"/cases/{case_no}").text).endswith("#safety")
    cadre.post(f"/cases/{case_no}/safety/safe_now")
    assert first_act(cadre.get(f"/cases/{case_no}").text).endswith("/sessions/note")


def test_a_sum_out_of_range_names_the_bounds_as_people_write_them(office: Office) -> None:
    world, cadre = office.world, office.client("cadre")
    case_no = world.a_case(State.MEDIATING)
    answer = cadre.post(f"/cases/{case_no}/acts/agree_in_writing",
                        data={"terms": "先付一半", "clause-0-what": "赔偿款", "clause-0-amount": "-3"})
    assert answer.status_code == 422
    assert "要填 0.01 到 1,000,000,000 之间的数" in answer.text


def test_the_page_says_how_the_place_was_found_and_in_which_datum_it_was_read(office: Office) -> None:
    world, cadre = office.world, office.client("cadre")
    case_no = world.a_case(State.FILED)
    with world.store.engine.begin() as connection:
        connection.execute(update(Case).where(Case.case_no == case_no).values(
            lon=117.1, lat=36.6, accuracy_m=12.4, place_method=PlaceMethod.POSITION, datum=Datum.GCJ02))
    page = cadre.get(f"/cases/{case_no}").text
    assert all(words in page for words in ("手机定位", "误差约 12 米", "GCJ-02 读数，已换算"))
