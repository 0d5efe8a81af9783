"""The wall over the web: the small answer and its tag, what it may never say, and who may open it how."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gridmediate.domain.vocabulary import Side
from gridmediate.domain.workflow import State
from gridmediate.services import wall_links
from gridmediate.services.filing import PartyEntry
from gridmediate.store.models import Account, HistoryEntry
from tests.builders import COUNTY, STREET
from tests.proof.conftest import Office, open_office
from tests.rig.world import World

pytestmark = pytest.mark.slow

APPLICANT, RESPONDENT = "上官婉清", "Zebedee Quill"
FACTS = "楼上紫水晶吊灯漏水"


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here."""
    return sqlite_street_url


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    """A street with two late cases of two named sides."""
    pair = (PartyEntry(Side.APPLICANT, APPLICANT), PartyEntry(Side.RESPONDENT, RESPONDENT))
    for _ in range(2):
        world.a_case(State.MEDIATING, parties=pair, facts=FACTS)
    world.pass_time(days=60)
    yield open_office(world, tmp_path)


def address(world: World) -> str:
    return f"/wall/w/{world.do(wall_links.make_link, STREET, '大厅', by='leader')}"


def test_what_did_not_change_is_answered_without_a_body_and_with_its_moment(office: Office) -> None:
    client = office.client("leader")
    first = client.get("/wall/numbers")
    office.world.pass_time(seconds=60)
    again = client.get("/wall/numbers", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert again.headers["X-As-Of"] > first.headers["X-As-Of"]
    assert len(first.data) < 20_000
    office.world.file()
    changed = client.get("/wall/numbers", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["texts"]["open"] == "3"


def test_the_page_shows_what_its_answer_says(office: Office) -> None:
    client = office.client("leader")
    page, told = client.get("/wall").get_data(as_text=True), client.get("/wall/numbers").json
    shown = dict(re.findall(r'data-wall-text="([\w-]+)"[^>]*>([^<]*)<', page))
    assert {name: shown[name] for name in told["texts"]} == told["texts"]
    hidden = set(re.findall(r'data-wall-row="([\w-]+)" hidden', page))
    assert hidden.isdisjoint(told["shown"])
    assert {"worst-0", "office-0"} <= set(told["shown"])


@pytest.mark.parametrize("who", ["leader", "cadre", "coordinator", None])
def test_no_wall_says_a_name_or_a_word_of_a_case(office: Office, who: str | None) -> None:
    world = office.world
    with world.store.reading() as session:
        staff = [name for row in session.execute(select(Account.name, Account.name_en)) for name in row if name]
    at = "/wall" if who else address(world)
    client = office.client(who)
    for language in ("zh", "en"):
        said = "".join(client.get(f"{at}{part}?lang={language}").get_data(as_text=True) for part in ("", "/numbers"))
        assert "data-wall-text" in said
        assert [name for name in [*staff, APPLICANT, RESPONDENT, FACTS] if name in said] == []
        assert not re.search(r"LX-20\d\d-\d+", said)


def test_an_address_opens_a_masked_wall_and_its_own_parts_without_a_sign_in(office: Office) -> None:
    at, client = address(office.world), office.client(None)
    told = client.get(f"{at}/numbers").json
    assert (told["exact"], told["texts"]["late"], told["texts"]["worst-0-late"]) == (False, "1–2", "1–2")
    assert office.client("leader").get("/wall/numbers").json["texts"]["late"] == "2"
    assert len(client.get(f"{at}/outlines").json["cells"]) == len(told["counts"][0][0])
    page = client.get(f"{at}?views=open,share,alert").get_data(as_text=True)
    assert re.findall(r'data-gm-measure="(\w+)"', page) == ["open", "alert"]
    asked = set(re.findall(r'-url="([^"]+)"', page))
    assert {each.split("?")[0] for each in asked} == {f"{at}/{part}" for part in ("numbers", "outlines", "ground")}
    assert {client.get(each).status_code for each in asked} == {200}
    # A sign-in that happens to be there gives nothing more.
    assert office.client("leader").get(f"{at}/numbers").json == told | {"as_of": office.world.now.isoformat()}


def test_a_withdrawn_address_and_one_never_made_are_answered_alike(office: Office) -> None:
    at, client = address(office.world), office.client(None)
    leader = office.client("leader")
    row = re.search(r"/wall/addresses/[0-9a-f-]{36}/withdraw", leader.get("/wall/addresses").get_data(as_text=True))
    assert row is not None
    assert leader.post(row[0], data={"csrf_token": leader.token()}).status_code == 303
    answers = [client.get(f"{at}/numbers", headers={"Accept": "application/json"}),
               client.get(f"/wall/w/{'x' * 43}/numbers", headers={"Accept": "application/json"})]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_an_ended_sign_in_is_told_to_the_script_as_such(office: Office) -> None:
    client = office.client("leader")
    office.world.pass_time(hours=13)
    assert client.get("/wall/numbers", headers={"Accept": "application/json"}).status_code == 401


def test_a_signed_in_wall_is_recorded_when_it_opens_and_each_hour(office: Office) -> None:
    client = office.client("leader")
    client.get("/wall")
    for _ in range(24):
        client.get("/wall/numbers")
        office.world.pass_time(minutes=5)
    with office.world.store.reading() as session:
        noted = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "heat.read")).all()
    assert 3 <= len(noted) <= 4


def test_the_county_sees_its_streets_on_one_wall(office: Office) -> None:
    client = office.client("coordinator")
    whole, street = (client.get(f"/wall/numbers?street={place}").json for place in (COUNTY, STREET))
    assert whole["exact"] is False
    assert len(whole["counts"][0][0]) > len(street["counts"][0][0])
    assert "临川区" in client.get(f"/wall?street={COUNTY}").get_data(as_text=True)


def test_a_phone_takes_a_leader_to_the_street_and_a_desk_to_the_map(office: Office) -> None:
    client = office.client("leader")
    assert client.get("/").location == "/map"
    assert client.get("/", headers={"Sec-CH-UA-Mobile": "?1"}).location == "/street"
    assert office.client("cadre").get("/", headers={"Sec-CH-UA-Mobile": "?1"}).location == "/cases"
    page = client.get("/street").get_data(as_text=True)
    assert json.loads(re.search(r'data-gm-words>(.*?)</script>', page)[1])["measures"]  # type: ignore[index]
