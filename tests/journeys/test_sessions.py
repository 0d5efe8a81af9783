"""A session from its plan to its minutes: planned at a desk, seen by the team, in the phone's calendar, written on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.request import urlopen

import icalendar

from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag
from gridmediate.domain.workflow import Act
from tests.journeys.office import BEGIN, Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen
from tests.journeys.test_main_story import fill_minutes

Sit = Callable[..., Screen]


def plan(cadre: Screen, case_no: str, day: datetime, room: str) -> Screen:
    """Plan a session of an hour and a half from the case's page."""
    cadre.open(f"/cases/{case_no}").press("#sessions a[href$='/sessions/plan']")
    return cadre.send("form[action$='/sessions/plan']", day=f"{day:%Y-%m-%d}", begins="14:00", ends="15:30", room=room)


def address_of(worker: Screen) -> str:
    """Make an address for the phone's calendar and read it off the page that shows it once."""
    worker.open("/account/calendar")
    if worker.count("form[action$='/account/calendar'] button"):
        worker.press("form[action$='/account/calendar'] button")
    return str(worker.page.locator("#calendar-address").input_value())


@seen("language", ["zh", "en"])
def test_planned_at_a_desk_held_on_a_phone_and_read_by_a_calendar(office: Office, sit: Sit, language: str) -> None:
    case_no = office.file(facts=f"楼上漏水 {language}", flags=(Flag.THREAT,))
    office.act(case_no, Act.ACCEPT)
    day = BEGIN.astimezone(LOCAL_ZONE) + timedelta(days=2 if language == "zh" else 3)
    desk, phone, worker = sit("cadre", "desk", language), sit("cadre", "phone", language), sit("worker", "phone", language)

    plan(desk, case_no, day, "一号调解室")
    assert desk.count(".flashes .banner--warn") >= 1, "a red case needs two"
    assert "14:00–15:30" in desk.text("#sessions")
    desk.open("/calendar")
    entry = f".week-day .sitting:has-text('{case_no}')"
    assert "一号调解室" in desk.text(entry)
    assert desk.page.locator(entry).evaluate("each => getComputedStyle(each.closest('.week')).display") == "grid"
    worker.open("/calendar")
    assert "14:00–15:30" in worker.text(entry)
    assert worker.small_targets() == []

    with urlopen(address_of(worker)) as answer:
        calendar = icalendar.Calendar.from_ical(answer.read())
    event = next(event for event in calendar.walk("VEVENT") if case_no in event["SUMMARY"])
    assert (event["LOCATION"], event["DTSTART"].dt) == ("一号调解室", day.replace(hour=14, minute=0, second=0, microsecond=0))

    # It was held earlier than planned, by one, then by two of the team.
    phone.open("/calendar").press(entry)
    assert phone.small_targets() == []
    phone.press("#acts a[href$='/sessions/note']").press("form[action$='/note'] a[href$='/minutes']")
    page = phone.page
    page.locator("summary", has_text="和约定的不一样" if language == "zh" else "It was not as planned").click()
    page.locator("[name=day]").fill(f"{BEGIN.astimezone(LOCAL_ZONE):%Y-%m-%d}")
    page.locator("[name=begins]").fill("08:00")
    page.locator("[name=ends]").fill("09:00")
    fill_minutes(phone, "各退一步，周五再谈")
    assert phone.small_targets() == []
    with phone.refused(422):
        phone.press("form[action$='/minutes'] .btn-primary")
        assert phone.count("[data-error-summary] a[href='#team']") == 1
    assert page.locator("[name=result]").input_value() == "各退一步，周五再谈"
    page.locator("[name=team]").nth(1).check()
    phone.press("form[action$='/minutes'] .btn-primary")
    assert "08:00–09:00" in phone.text("#sessions")
    phone.page.locator("#sessions .disclosure summary").first.click()
    assert "各退一步" in phone.text("#sessions .minutes")
    assert "各退一步" in phone.text("#timeline")
    worker.open("/calendar")
    assert worker.count(f"{entry}.sitting--held") == 1
