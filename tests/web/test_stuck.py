"""The stuck board on its pages: one click from it and back to it, what is typed is kept, and each reader's own measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gridmediate.domain.calls import PromptKind
from gridmediate.domain.workflow import State
from gridmediate.store.engine import Store
from gridmediate.store.models import Prompt
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file

pytestmark = pytest.mark.slow

__all__ = ["sqlite_street_url", "street_file"]


@pytest.fixture
def office(sqlite_street_url: str, tmp_path: Path) -> Iterator[Office]:
    """The application on a street with one case whose departments have not signed."""
    world = World(Store(sqlite_street_url, KEYRING))
    yield open_office(world, tmp_path)
    world.store.close()


def prompts(world: World) -> list[tuple[PromptKind, bool]]:
    """Return what was said, and whether a day was set."""
    with world.store.reading() as session:
        return [(each.kind, each.due_at is not None) for each in session.scalars(select(Prompt).order_by(Prompt.given_at))]


def test_one_click_urges_and_one_more_supervises_without_leaving_the_board(office: Office) -> None:
    world = office.world
    case_no = world.a_case(State.TEAM_FORMED, facts="机密事由。请来看")
    world.pass_time(days=3)
    leader = office.client("leader")
    page = leader.get("/stuck?block=unsigned").text
    assert case_no in page
    assert "机密事由" not in page
    task = re.search(r'name="prompt" value="urge"><input type="hidden" name="task" value="([^"]+)"', page)
    assert task is not None
    answer = leader.post(f"/stuck/{case_no}?block=unsigned", data={"prompt": "urge", "task": task[1]})
    assert answer.headers["Location"].endswith("/stuck?block=unsigned")
    words = re.search(r'<textarea[^>]*name="words"[^>]*>([^<]+)<', page)
    day = re.search(r'name="due_on" required value="([^"]+)"', page)
    assert words is not None
    assert day is not None
    # The slip is written already: sending it is one click.
    leader.post(f"/stuck/{case_no}", data={"prompt": "supervise_yellow", "words": words[1], "due_on": day[1]})
    assert prompts(world) == [(PromptKind.URGE, False), (PromptKind.SUPERVISE_YELLOW, True)]
    assert "已督办" in leader.get("/stuck").text


def test_a_refused_slip_keeps_what_was_typed(office: Office) -> None:
    world = office.world
    case_no = world.a_case(State.TEAM_FORMED)
    world.pass_time(days=3)
    answer = office.client("leader").post(
        f"/stuck/{case_no}", data={"prompt": "supervise_red", "words": "务必本周办完", "due_on": "2020-01-01"})
    assert answer.status_code == 422
    assert "务必本周办完" in answer.text
    assert "2020-01-01" in answer.text
    assert office.client("cadre").post(f"/stuck/{case_no}", data={"prompt": "supervise_red", "words": "x"}).status_code != 303
    assert prompts(world) == []


def test_the_county_sees_masked_figures_and_no_case(office: Office) -> None:
    case_no = office.world.a_case(State.TEAM_FORMED)
    office.world.now += timedelta(days=40)
    county = office.client("coordinator")
    for path in ("/stuck", "/stuck?block=red", "/stuck/departments", "/stuck/ages"):
        page = county.get(path)
        assert page.status_code == 200
        assert case_no not in page.text
    assert "1–2" in county.get("/stuck").text
    assert case_no in office.client("leader").get("/stuck").text


def test_each_drawing_stands_beside_its_table_once_for_a_desk_and_once_for_a_phone(office: Office) -> None:
    world = office.world
    for _ in range(6):
        world.a_case(State.TEAM_FORMED)
    world.pass_time(days=40)
    leader = office.client("leader")
    for path, drawings in (("/stuck/departments", 2), ("/stuck/ages", 4), ("/stuck/departments?days=x", 2)):
        page = leader.get(path).text
        assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="chart"') == drawings
        assert len(set(re.findall(r'<title id="([^"]+)"', page))) == drawings
        assert page.count("<table") >= drawings / 2
