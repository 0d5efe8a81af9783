"""Sessions on their pages: forms keep what was typed, the calendar and the secret address show nobody more than is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from sqlalchemy import select, update

from gridmediate.domain.vocabulary import Flag, Seat
from gridmediate.domain.workflow import Act, State
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, CalendarLink, HistoryEntry, MediationSession, Post
from tests.builders import NEXT_COMMUNITY_CELL
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

__all__ = ["sqlite_street_url", "street_file"]

PLAN = {"day": "2026-11-24", "begins": "14:00", "ends": "15:30", "room": "一号调解室", "openness": "closed"}
MINUTES = {
    "day": "2026-11-23", "begins": "08:30", "ends": "09:30", "room": "一号调解室", "openness": "closed",
    "sides": ["applicant", "respondent"], "statements": "甲方称漏水三个月", "points": "谁来修", "result": "双方回去商量",
}


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


def rows(world: World) -> list[MediationSession]:
    """Return all sessions."""
    with world.store.reading() as session:
        return list(session.scalars(select(MediationSession).order_by(MediationSession.case_id, MediationSession.number)))


def cadre_seat(world: World, case_no: str) -> str:
    """Return the key of the cadre's seat."""
    return next(seat.id.hex for seat in world.case(case_no).seats if seat.seat is Seat.CADRE)


def test_a_cadre_plans_and_everybody_of_the_team_sees_it_in_the_calendar(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    assert "约一次调解" in cadre.get(f"/cases/{case_no}").text
    assert 'id="room" name="room" value=""' in cadre.get(f"/cases/{case_no}/sessions/plan").text
    answer = cadre.post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    assert answer.status_code == 303
    assert "已约定 明天 14:00，团队已通知。" in cadre.get(answer.headers["Location"]).text
    for who in ("cadre", "worker", "leader"):
        page = office.client(who).get("/calendar").text
        assert "14:00–15:30" in page
        assert case_no in page
        assert "一号调解室" in page
    assert case_no not in office.client("cadre").get("/calendar?day=2026-12-01").text
    for who in ("next_worker", "next_cadre", "other_leader"):
        assert case_no not in office.client(who).get("/calendar").text
    assert 'value="一号调解室"' in cadre.get(f"/cases/{case_no}/sessions/plan").text, "the room is offered again"


@pytest.mark.parametrize(("fault", "field"), [
    ({"day": ""}, "day"), ({"day": "2026-02-30"}, "day"), ({"day": "2026-11-22"}, "day"), ({"begins": ""}, "begins"),
    ({"begins": "25:00"}, "begins"), ({"ends": "13:00"}, "ends"), ({"ends": ""}, "ends"), ({"room": ""}, "room"),
    ({"room": "室" * 41}, "room"), ({"room": "", "elsewhere": "x" * 121}, "elsewhere"),
])
def test_a_plan_that_cannot_be_is_shown_again_with_what_was_typed(office: Office, world: World, fault: dict, field: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    answer = office.client("cadre").post(f"/cases/{case_no}/sessions/plan", data=PLAN | fault)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    for name, value in (PLAN | fault).items():
        assert f'name="{name}"' in answer.text
        assert name == "openness" or f'value="{value}"' in answer.text
    assert not rows(world)


def test_a_taken_room_is_said_at_its_field_and_a_clash_after_planning(office: Office, world: World) -> None:
    first, second = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    cadre.post(f"/cases/{first}/sessions/plan", data=PLAN)
    answer = cadre.post(f"/cases/{second}/sessions/plan", data=PLAN)
    assert answer.status_code == 409
    assert f"已有一场调解（{first}）" in answer.text
    assert 'id="room-error"' in answer.text
    answer = cadre.post(f"/cases/{second}/sessions/plan", data=PLAN | {"room": "二号调解室"})
    assert f"还有另一场调解（{first}）" in cadre.get(answer.headers["Location"]).text


@pytest.mark.parametrize(("category", "flags", "chosen"), [
    ("0101", (), "closed"), ("0201", (), "open"), ("0201", (Flag.MINOR,), "closed"),
])
def test_family_matters_are_closed_unless_the_parties_want_otherwise(
    office: Office, world: World, category: str, flags: tuple[Flag, ...], chosen: str,
) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code=category, flags=flags)
    page = office.client("cadre").get(f"/cases/{case_no}/sessions/plan").text
    assert re.findall(r'name="openness" value="(\w+)"[^>]* checked', page) == [chosen]


def test_the_button_leads_to_the_minutes_of_the_session_that_is_due(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    assert f'href="/cases/{case_no}/sessions/note"' in cadre.get(f"/cases/{case_no}").text
    assert cadre.get(f"/cases/{case_no}/acts/note_session").headers["Location"].endswith("/sessions/note")
    # Nor is a session noted past its minutes and past who came.
    sent = cadre.post(f"/cases/{case_no}/acts/note_session", data={"note": "谈过"})
    assert sent.headers["Location"].endswith("/sessions/note")
    assert "case.note_session" not in office.world.acts(case_no)
    cadre.post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    assert cadre.get(f"/cases/{case_no}/sessions/note").status_code == 200, "it has not begun"
    world.now = datetime.fromisoformat("2026-11-24T15:00+08:00")
    cadre = office.client("cadre")
    place = cadre.get(f"/cases/{case_no}/sessions/note").headers["Location"]
    assert place == f"/cases/{case_no}/sessions/{rows(world)[0].id}/minutes"
    assert cadre.get(f"/cases/{case_no}/sessions/note?unplanned=1").status_code == 200
    page = cadre.get(place).text
    assert 'value="14:00"' in page
    answer = cadre.post(place, data=MINUTES | PLAN | {"team": cadre_seat(world, case_no)})
    assert answer.status_code == 303
    assert "第 1 次" in cadre.get(f"/cases/{case_no}").text
    assert world.case(case_no).state is State.MEDIATING


def test_minutes_that_are_not_whole_are_shown_again_with_every_tick(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    cadre, seat = office.client("cadre"), cadre_seat(world, case_no)
    assert "至少两名团队成员到场才能开" in cadre.get(f"/cases/{case_no}/sessions/note").text
    sent = MINUTES | {"team": seat, "result": "", "invited": "1"}
    answer = cadre.post(f"/cases/{case_no}/sessions/note", data=sent | {"next_day": "x"})
    assert answer.status_code == 422
    assert 'id="next_day-error"' in answer.text
    answer = cadre.post(f"/cases/{case_no}/sessions/note", data=sent)
    assert answer.status_code == 422
    for field in ("result", "consented"):
        assert f'id="{field}-error"' in answer.text
    assert "至少 2 人到场才能开；现在勾了 1 人" in answer.text
    assert "甲方称漏水三个月" in answer.text
    assert re.search(rf'value="{seat}"[^>]* checked', answer.text)
    assert re.search(r'value="respondent"[^>]* checked', answer.text)
    assert not rows(world)
    assert world.case(case_no).sessions_held == 0


def test_minutes_of_a_case_that_changed_meanwhile_are_kept_on_the_form(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre, version = office.client("cadre"), world.case(case_no).version
    world.act(case_no, Act.NOTE_SESSION)
    sent = MINUTES | {"team": cadre_seat(world, case_no), "version": str(version)}
    answer = cadre.post(f"/cases/{case_no}/sessions/note", data=sent)
    assert answer.status_code == 409
    assert "刚刚有人先改了" in answer.text
    assert "甲方称漏水三个月" in answer.text


def test_a_session_is_moved_missed_planned_anew_and_called_off(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    cadre.post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    base = f"/cases/{case_no}/sessions/{rows(world)[0].id}"
    assert 'value="15:30"' in cadre.get(f"{base}/move").text
    assert cadre.post(f"{base}/move", data=PLAN | {"ends": "14:05"}).status_code == 422
    assert cadre.post(f"{base}/move", data=PLAN | {"begins": "16:00", "ends": "17:00"}).status_code == 303
    world.now = datetime.fromisoformat("2026-11-24T17:30+08:00")
    cadre = office.client("cadre")
    assert cadre.post(f"{base}/missed", data={"words": "都没来"}).status_code == 422
    assert cadre.post(f"{base}/missed", data={"sides": "respondent"} | PLAN | {"day": "2026-11-26"}).status_code == 303
    page = cadre.get(f"/cases/{case_no}").text
    assert "没到：被申请人" in page
    second = f"/cases/{case_no}/sessions/{rows(world)[1].id}"
    assert cadre.get(f"{base}/minutes").status_code == 409
    assert cadre.post(f"{second}/call-off", data={"reason": " "}).status_code == 422
    assert cadre.post(f"{second}/call-off", data={"reason": "出差"}).status_code == 303
    assert [row.state.value for row in rows(world)] == ["did_not_happen", "called_off"]
    assert cadre.get("/calendar").text.count(f"/cases/{case_no}#sessions") == 1, "what was called off is not there any more"


def test_who_may_not_mediate_is_refused_on_every_form(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    office.client("cadre").post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    base = f"/cases/{case_no}/sessions/{rows(world)[0].id}"
    for who, status in (("worker", 403), ("leader", 403), ("next_cadre", 404)):
        client = office.client(who)
        for path in (f"/cases/{case_no}/sessions/plan", f"/cases/{case_no}/sessions/note", f"{base}/move", f"{base}/minutes",
                     f"{base}/missed", f"{base}/call-off"):
            assert client.get(path).status_code == status
            assert client.post(path, data=PLAN | MINUTES | {"reason": "x"}).status_code == status
    closed = world.a_case(State.CLOSED)
    assert office.client("cadre").get(f"/cases/{closed}/sessions/plan").status_code == 409


def test_the_case_page_shows_minutes_to_the_team_and_times_to_departments(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    cadre.post(f"/cases/{case_no}/sessions/note", data=MINUTES | {
        "team": cadre_seat(world, case_no), "room": "", "elsewhere": "柳荫里3号楼502"})
    for who in ("cadre", "worker"):
        page = office.client(who).get(f"/cases/{case_no}").text
        assert "甲方称漏水三个月" in page
        assert "柳荫里3号楼502" in page
    department = world.staff_of(world.tasks(case_no)[0].department_code)
    for who in ("leader", department):
        page = office.client(who).get(f"/cases/{case_no}").text
        assert "08:30–09:30" in page
        assert "甲方称漏水三个月" not in page
        assert "柳荫里3号楼502" not in page
    assert "柳荫里" not in office.client("cadre").get("/calendar").text


def test_a_leader_narrows_the_calendar_to_a_community(office: Office, world: World) -> None:
    here = world.a_case(State.TEAM_FORMED)
    there = world.a_case(State.TEAM_FORMED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    office.client("cadre").post(f"/cases/{here}/sessions/plan", data=PLAN)
    office.client("next_cadre").post(f"/cases/{there}/sessions/plan", data=PLAN)
    leader = office.client("leader")
    page = leader.get("/calendar").text
    assert here in page
    assert there in page
    page = leader.get("/calendar?community=990101001002").text
    assert here not in page
    assert there in page
    assert "community=990101001002" in page, "the choice is kept from week to week"


@pytest.mark.parametrize("day", ["", "x", "0001-01-01", "9999-12-31", "2026-11-31", "²"])
def test_an_odd_day_shows_this_week(office: Office, day: str) -> None:
    page = office.client("cadre").get(f"/calendar?day={day}")
    assert page.status_code == 200
    assert "本周" in page.text


# -- the secret address ------------------------------------------------------------------------------------------------


def make_address(client: Any) -> str:
    """Make an address and return its path."""
    page = client.post("/account/calendar").text
    return re.findall(r">\s*https?://[^/<]+(/calendar/[\w-]+\.ics)</textarea>", page)[0]


def fetch(office: Office, address: str) -> Any:
    """Fetch an address as a calendar program does: without a sign-in."""
    return office.client(None).get(address, check=False)


def test_a_calendar_reads_numbers_rooms_and_times_and_nothing_else(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0203", facts="楼上漏水，泡了天花板", address="柳荫里3号楼")
    outside = world.a_case(State.TEAM_FORMED)
    cadre = office.client("cadre")
    cadre.post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    cadre.post(f"/cases/{outside}/sessions/plan", data=PLAN | {"room": "", "elsewhere": "柳荫里5号楼101", "day": "2026-11-25"})
    worker = office.client("worker")
    address = make_address(worker)
    answer = fetch(office, address)
    assert answer.content_type == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.data)
    first, second = sorted(calendar.walk("VEVENT"), key=lambda event: event["DTSTART"].dt)
    assert first["SUMMARY"] == f"调解 {case_no}"
    assert first["LOCATION"] == "一号调解室"
    assert first["DTSTART"].dt == datetime.fromisoformat("2026-11-24T14:00+08:00")
    assert first["DTEND"].dt == datetime.fromisoformat("2026-11-24T15:30+08:00")
    assert first["URL"].endswith(f"/cases/{case_no}")
    assert set(first) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "URL", "CLASS"}
    assert first["UID"] != second["UID"]
    assert second["LOCATION"] == "社区外，见案件"
    text = answer.data.decode().replace("\r\n ", "")
    for secret in ("漏水", "柳荫里", "甲", "相邻", "0203"):
        assert secret not in text
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n")), "lines are folded"


def test_each_calendar_holds_what_its_person_sits_in(office: Office, world: World) -> None:
    here = world.a_case(State.TEAM_FORMED)
    there = world.a_case(State.TEAM_FORMED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    office.client("cadre").post(f"/cases/{here}/sessions/plan", data=PLAN)
    office.client("next_cadre").post(f"/cases/{there}/sessions/plan", data=PLAN)
    department = world.staff_of(world.tasks(here)[0].department_code)
    seated = {seat.account_id for seat in world.case(here).seats}
    away = next(who for who in ("cadre", "second_cadre") if world.people[who].account_id not in seated)
    expected = {"worker": {here}, "next_worker": set(), "far_worker": {there}, away: set(), "leader": {here, there}}
    for who, numbers in expected.items():
        text = fetch(office, make_address(office.client(who))).text
        assert {case_no for case_no in (here, there) if case_no in text} == numbers, who
    assert here in fetch(office, make_address(office.client(department))).text


def test_an_address_that_does_not_hold_is_not_there(office: Office, world: World) -> None:
    worker = office.client("worker")
    former, address = make_address(worker), make_address(worker)
    assert fetch(office, address).status_code == 200
    gone = [former, "/calendar/x.ics", f"/calendar/{'A' * 43}.ics", f"/calendar/{'A' * 300}.ics", address[:-5] + ".ics"]
    worker.post("/account/calendar/revoke")
    answers = [fetch(office, each) for each in (*gone, address)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert "没有在用的日历地址" in worker.get(worker.post("/account/calendar/revoke").headers["Location"]).text

    address = make_address(office.client("worker"))
    with world.store.writing() as session:
        session.execute(update(Account).where(Account.login == "worker").values(is_active=False))
    assert fetch(office, address).status_code == 404


def test_an_address_is_shown_once_and_only_its_hash_kept(office: Office, world: World) -> None:
    worker = office.client("worker")
    assert "还没有在用的地址" in worker.get("/account/calendar").text
    token = make_address(worker).removeprefix("/calendar/").removesuffix(".ics")
    assert token not in worker.get("/account/calendar").text
    assert token not in office.client(None).get("/calendar/x.ics", check=False).text
    with world.store.reading() as session:
        kept = session.scalars(select(CalendarLink)).one()
        acts = session.scalars(select(HistoryEntry.act).where(HistoryEntry.chain == kept.account_id)).all()
        details = session.scalars(select(HistoryEntry.details)).all()
    assert token.encode() not in kept.token_hash
    assert token not in str(details)
    assert "account.make_calendar_link" in acts


def test_a_reading_is_recorded_once_a_day_and_shown_to_the_person(office: Office, world: World) -> None:
    worker = office.client("worker")
    address = make_address(worker)

    def readings() -> int:
        with world.store.reading() as session:
            return len(session.scalars(select(HistoryEntry.seq).where(HistoryEntry.act == "sitting.feed")).all())

    for _ in range(3):
        fetch(office, address)
    assert readings() == 1
    assert "日历最近一次读取" in worker.get("/account/calendar").text
    world.now += timedelta(days=1)
    fetch(office, address)
    assert readings() == 2


def test_an_address_follows_todays_posts_and_speaks_the_language_it_was_made_in(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    office.client("cadre").post(f"/cases/{case_no}/sessions/plan", data=PLAN)
    leader = office.client("leader")
    leader.set_cookie("gm_language", "en", domain="localhost")
    address = make_address(leader)
    assert f"Mediation {case_no}" in fetch(office, address).text
    with world.store.writing() as session:
        session.execute(update(Post).where(Post.account_id == world.people["leader"].account_id).values(
            valid_to=date(2026, 11, 22)))
    answer = fetch(office, address)
    assert answer.status_code == 200
    assert case_no not in answer.text


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_who_reads_no_case_has_neither_calendar_nor_address(office: Office, who: str) -> None:
    client = office.client(who)
    for path in ("/calendar", "/account/calendar"):
        assert client.get(path).status_code == 403
    assert client.post("/account/calendar").status_code == 403
    assert "/calendar" not in client.get("/account/sign-ins").text
