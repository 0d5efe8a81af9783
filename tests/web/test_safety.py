"""Safety and joint meetings on their pages: forms keep what was typed, and nobody reads more than is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from gridmediate.domain.vocabulary import Flag, Side
from gridmediate.domain.workflow import State
from gridmediate.services.filing import PartyEntry
from gridmediate.store.engine import Store
from gridmediate.store.models import JointMeeting
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

__all__ = ["sqlite_street_url", "street_file"]

HOME, PHONE = "锦溪花园 6 幢 602", "13812342071"
PAIR = (PartyEntry(Side.APPLICANT, "王小芳", PHONE, HOME), PartyEntry(Side.RESPONDENT, "李强", "13987654321", HOME))
CONTACT = "只打单位座机"


@pytest.fixture
def office(sqlite_street_url: str, tmp_path: Path) -> Iterator[Office]:
    """The application on a street of this test alone."""
    world = World(Store(sqlite_street_url, KEYRING))
    yield open_office(world, tmp_path)
    faults = world.faults()
    world.store.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def world(office: Office) -> World:
    """The street."""
    return office.world


def meeting_id(world: World) -> UUID:
    """Return the key of the newest meeting."""
    with world.store.reading() as session:
        return session.scalars(select(JointMeeting.id).order_by(JointMeeting.created_at.desc())).first() or UUID(int=0)


def test_a_contact_says_what_followed_and_leads_to_the_steps(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    worker = office.client("worker")
    assert "每次接触后：情况有变吗" in worker.get(f"/cases/{case_no}").text
    answer = worker.post(f"/cases/{case_no}/contact", data={"flags": ["domestic_violence"], "contact_words": "有旧伤"})
    assert answer.headers["Location"].endswith("#safety")
    page = worker.get(answer.headers["Location"]).text
    for said in ("新增：疑似家庭暴力。", "按规则加派：派出所、妇联", "本案转为红色", "人现在安全吗", "告诫书", "12338", "12348"):
        assert said in page
    assert world.case(case_no).flags == ["domestic_violence"]


def test_what_another_added_meanwhile_is_neither_seen_nor_gone(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.MINOR, Flag.THREAT))
    office.client("worker").post(f"/cases/{case_no}/contact", data={"flags": ["minor"], "known": ["minor"]})
    assert world.case(case_no).flags == ["threat", "minor"]


def test_a_contact_that_is_refused_is_shown_again_with_every_tick(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    answer = office.client("worker").post(f"/cases/{case_no}/contact", data={
        "known": ["threat"], "flags": ["minor"], "contact_words": "看着还好"})
    assert answer.status_code == 422
    assert 'id="contact_why-error"' in answer.text
    assert 'value="看着还好"' in answer.text
    assert re.search(r'value="minor"[^>]* checked', answer.text)
    assert not re.search(r'name="flags" value="threat"[^>]* checked', answer.text)


def test_after_a_note_the_question_stands_open(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    worker = office.client("worker")
    answer = worker.post(f"/cases/{case_no}/notes", data={"note": "上门看过"})
    page = worker.get(answer.headers["Location"]).text
    assert "刚接触过，情况有变吗？" in page
    assert "刚接触过" not in worker.get(f"/cases/{case_no}").text


def test_the_colour_stands_on_the_page_and_red_in_the_list(office: Office, world: World) -> None:
    red, blue = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,)), world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    assert "红色" in cadre.get(f"/cases/{red}").text
    assert "蓝色" in cadre.get(f"/cases/{blue}").text
    assert cadre.get("/cases").text.count("红色") == 1


def test_steps_are_ticked_with_their_time_and_the_duty_stays_until_reported(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0101", flags=(Flag.DOMESTIC_VIOLENCE,), parties=PAIR)
    cadre = office.client("cadre")
    cadre.post(f"/cases/{case_no}/safety/limited_capacity")
    assert "必须立即报案。" in cadre.get(f"/cases/{case_no}").text
    cadre.post(f"/cases/{case_no}/acts/notify_police")
    page = cadre.get(f"/cases/{case_no}").text
    assert "必须立即报案。" not in page
    assert "step-at" in page
    assert cadre.post(f"/cases/{case_no}/safety/moon", check=False).status_code == 404
    assert "人现在安全吗" not in office.client("police").get(f"/cases/{case_no}").text


def test_the_safe_contact_hides_phone_and_home_until_a_second_purpose(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0101", flags=(Flag.DOMESTIC_VIOLENCE,), parties=PAIR)
    cadre, party = office.client("cadre"), world.case(case_no).parties[0].id
    answer = cadre.post(f"/cases/{case_no}/safe-contact", data={"safe_contact": CONTACT}, check=False)
    assert (answer.status_code, 'id="party-error"' in answer.text) == (422, True)
    assert CONTACT in answer.text
    cadre.post(f"/cases/{case_no}/safe-contact", data={"safe_contact": CONTACT, "party": str(party)})
    page = cadre.get(f"/cases/{case_no}").text
    assert CONTACT in page
    assert "138****2071" not in page
    clear = cadre.post(f"/cases/{case_no}/parties", data={"purpose": "约周三谈"}).text
    assert "王小芳" in clear
    assert "打电话、寄信会被看见" in clear
    assert not any(secret in clear for secret in (PHONE, HOME, "tel:138"))
    again = cadre.post(f"/cases/{case_no}/parties", data={"purpose": "约周三谈", "override": "派出所核对住址"}).text
    assert PHONE in again
    assert "tel:138" not in again, "shown, and still no button to call"
    for who, reads in (("worker", True), ("second_cadre", False), ("leader", False)):
        assert (CONTACT in office.client(who).get(f"/cases/{case_no}").text) is reads
    for who in ("worker", "cadre", "leader"):
        assert CONTACT not in office.client(who).get("/notices").text
    cadre.post(f"/cases/{case_no}/safe-contact/lift", data={"lift_why": "本人说可以"})
    assert "138****2071" in cadre.get(f"/cases/{case_no}").text


# -- joint meetings ----------------------------------------------------------------------------------------------------


def convened(office: Office, world: World, *numbers: str) -> str:
    """Convene a meeting and return its address."""
    leader = office.client("leader")
    answer = leader.post("/meetings/new", data={
        "cases": list(numbers), "title": "十一月联席会", "place": "三楼", "held_on": "2026-12-01", "place_code": "990101001",
        **{f"why-{number}": "请定谁查漏" for number in numbers}})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_a_leader_picks_prints_decides_and_closes(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, parties=PAIR, facts="王小芳家漏水", address="锦溪花园 6 幢")
    assert "现在没有办不动的案件" in office.client("leader").get("/meetings/new").text
    world.pass_time(days=40)
    leader = office.client("leader")
    page = leader.get("/meetings/new").text
    assert case_no in page
    assert "已超期" in page
    path = convened(office, world, case_no)
    pack = leader.get(f"{path}/pack").text
    assert "申请人家漏水" in pack
    assert not any(secret in pack for secret in ("王小芳", PHONE))
    form = leader.get(f"{path}/cases/{case_no}").text
    assert re.search(r'<option value="housing" selected', form), "who has a task stands there already"
    answer = leader.post(f"{path}/close", check=False)
    assert (answer.status_code, case_no in answer.text) == (409, True)
    due = date.fromordinal(world.today.toordinal() + 9).isoformat()
    leader.post(f"{path}/cases/{case_no}", data={
        "decision": "住建所牵头", "lead": "housing", "part-0-department": "housing", "part-0-what": "查三楼水管",
        "part-0-due": due})
    page = leader.get(path).text
    assert "住建所牵头" in page
    assert "查三楼水管" in page
    leader.post(f"{path}/close")
    assert "结束" in leader.get("/meetings").text
    housing = office.client("housing").get(f"/cases/{case_no}").text
    assert "联席会定：查三楼水管" in housing
    assert "住建所牵头" not in housing


@pytest.mark.parametrize(("sent", "field"), [
    ({"decision": ""}, "decision"), ({"part-0-what": ""}, "part-0-what"), ({"part-0-due": "2026-11-01"}, "part-0-due"),
    ({"part-0-due": "x"}, "part-0-due"), ({"part-0-department": ""}, "part-0-department"),
    ({"part-1-department": "housing", "part-1-what": "又查", "part-1-due": "2026-12-05"}, "part-1-department"),
    ({"lead": "health"}, "lead"), ({"is_put_off": "1", "put_off": " "}, "put_off"),
])
def test_a_decision_that_is_not_whole_is_shown_again_at_its_field(
    office: Office, world: World, sent: dict[str, str], field: str,
) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    path = convened(office, world, case_no)
    whole = {"decision": "住建所牵头", "part-0-department": "housing", "part-0-what": "查水管", "part-0-due": "2026-12-04"}
    answer = office.client("leader").post(f"{path}/cases/{case_no}", data=whole | sent, check=False)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="查水管"' in answer.text or field == "part-0-what"


def test_more_rows_keep_what_was_typed(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    path = convened(office, world, case_no)
    sent = {"decision": "先查", "part-2-what": "查水管", "more": "1"}
    answer = office.client("leader").post(f"{path}/cases/{case_no}", data=sent)
    assert 'name="part-4-what"' in answer.text
    assert 'value="查水管"' in answer.text
    assert "先查" in answer.text


@pytest.mark.parametrize(("sent", "field"), [({"title": ""}, "title"), ({"held_on": "x"}, "held_on"), ({"cases": []}, "cases")])
def test_a_meeting_that_is_not_whole_is_shown_again(office: Office, world: World, sent: dict, field: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.pass_time(days=40)
    whole = {"cases": [case_no], "title": "联席会", "place": "三楼", "held_on": world.today.isoformat(),
             "place_code": "990101001", f"why-{case_no}": "请定谁查"}
    answer = office.client("leader").post("/meetings/new", data=whole | sent, check=False)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "请定谁查" in answer.text
    assert field == "cases" or re.search(rf'value="{case_no}" checked', answer.text)


def test_only_holders_see_the_way_there_and_no_other_street_the_meeting(office: Office, world: World) -> None:
    path = convened(office, world, world.a_case(State.TEAM_FORMED))
    assert 'href="/meetings"' in office.client("leader").get("/cases").text
    assert 'href="/meetings"' not in office.client("cadre").get("/cases").text
    assert office.client("cadre").get("/meetings", check=False).status_code == 403
    for who in ("other_leader", "coordinator"):
        for place in ("", "/pack"):
            assert office.client(who).get(path + place, check=False).status_code == 404
        assert "十一月联席会" not in office.client(who).get("/meetings").text
    assert office.client("leader").get(f"/meetings/{meeting_id(world)}").status_code == 200
