"""Clocks that stood still, and clocks that were given more time: where their end moves to, and the sum in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from gridmediate.domain.deadlines import (
    WARN_SHARE,
    Deadline,
    TimeLimit,
    Unit,
    in_utc,
    local_day_of,
    rolled,
    stored_label,
)
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Phrase, add_phrases, label
from gridmediate.domain.working_calendar import WorkingCalendar

add_phrases({
    "clock.paused": ("{from} 至 {to} 中止 {days} 天（{why}），不计",
                     "paused for {days} days from {from} to {to} ({why}), not counted"),
    "clock.extended": ("经同意延长 {amount} {unit}，自 {last} 起接算",
                       "extended by consent by {amount} {unit}, counted on from {last}"),
})


def resume(deadline: Deadline, paused_at: datetime, resumed_at: datetime, why: Label, calendar: WorkingCalendar) -> Deadline:
    """Return a clock that stood still and runs again: its end moves by the days that it stood, and on over days off.

    Parameters
    ----------
    deadline : Deadline
        As it was when it was paused.
    paused_at, resumed_at : datetime
        Aware; the day of the pause counts as standing, the day of resuming runs.
    why : Label
        Shown in the sum.
    calendar : WorkingCalendar
    """
    stood = max(0, (local_day_of(in_utc(resumed_at)) - local_day_of(in_utc(paused_at))).days)
    step = Phrase("clock.paused", {
        "from": local_day_of(paused_at).isoformat(), "to": local_day_of(resumed_at).isoformat(), "days": stood,
        "why": stored_label(why)})
    if not stood:
        return replace(deadline, steps=(*deadline.steps, step))
    return _moved(deadline, timedelta(days=stood), step, calendar)


def extend(deadline: Deadline, limit: TimeLimit, calendar: WorkingCalendar) -> Deadline:
    """Return the clock with a second period added to the first, counted from the first one's last day."""
    last = local_day_of(deadline.due_at - timedelta(microseconds=1))
    to = calendar.add_working_days(last, limit.amount) if limit.unit is Unit.WORKING_DAYS else last + timedelta(days=limit.amount)
    step = Phrase("clock.extended", {"amount": limit.amount, "unit": stored_label(label(limit.unit)), "last": last.isoformat()})
    return _moved(deadline, to - last, step, calendar)


def _moved(deadline: Deadline, by: timedelta, step: Phrase, calendar: WorkingCalendar) -> Deadline:
    last = local_day_of(deadline.due_at - timedelta(microseconds=1)) + by
    to = calendar.next_working(last)
    due_at = datetime.combine(to + timedelta(days=1), time(), LOCAL_ZONE).astimezone(UTC)
    steps = [step, Phrase("clock.last", {"last": last.isoformat()}) if to == last else rolled(last, to, calendar)]
    assumed = calendar.assumed_years(local_day_of(deadline.started_at), to)
    if assumed and not deadline.assumed_calendar:
        steps.append(Phrase("clock.assumed", {"years": [str(year) for year in assumed]}))
    # Of the time that is left a share is gone at the warning; what is past stays as it was.
    warn_at = max(deadline.warn_at, due_at - (1 - WARN_SHARE) * (due_at - deadline.started_at))
    return replace(deadline, due_at=due_at, warn_at=warn_at, steps=(*deadline.steps, *steps),
                   assumed_calendar=deadline.assumed_calendar or bool(assumed))
