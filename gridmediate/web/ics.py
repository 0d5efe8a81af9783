"""A person's sessions as an iCalendar file (RFC 5545). Loaded only where a calendar program asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from gridmediate.domain.vocabulary import Label

_TITLE, _NAME = Label("调解 {case_no}", "Mediation {case_no}"), Label("调解日程（格里和）", "Mediation sessions (gridmediate)")
_ELSEWHERE = Label("社区外，见案件", "Elsewhere, see the case")
#: How often a program is asked to look again.
_EVERY = timedelta(hours=1)


def calendar_of(rows: Iterable[Any], language: str, now: datetime, address_of: Callable[[str], str]) -> bytes:
    """Return a calendar: number, room, time and link of each session, and nothing of what it is about.

    Parameters
    ----------
    rows : iterable
        With ``id``, ``case_no``, ``planned_from``, ``planned_to`` and ``room`` (None elsewhere).
    language : str
    now : datetime
    address_of : callable
        The address of a case by its number.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//gridmediate//sessions//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _NAME.say(language))
    calendar.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for row in rows:
        event = Event()
        event.add("uid", f"{row.id.hex}@gridmediate")
        event.add("dtstamp", now.astimezone(UTC))
        # Moments in UTC: a calendar shows them in its own zone, and no table of zones has to travel with them.
        event.add("dtstart", row.planned_from.astimezone(UTC))
        event.add("dtend", row.planned_to.astimezone(UTC))
        event.add("summary", _TITLE.say(language).format(case_no=row.case_no))
        event.add("location", row.room or _ELSEWHERE.say(language))
        event.add("url", address_of(row.case_no))
        # Whoever shares a whole calendar does not share these.
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
