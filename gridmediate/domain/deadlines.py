"""Time limits: how long each step may take, when it is due, and the sum in words.

Notes
-----
*Start and end.* The day of the start is not counted (Civil Code art. 201); a period in days ends at 24:00 local of its last day,
and if that is a day off, of the next working day (art. 203). Limits in hours run on through nights and weekends; limits in
working hours run in office hours only.

*Moments.* Only aware datetimes are taken, and moments are given back in UTC. Days are those of the local zone, whatever the
zone of the machine; nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Phrase, Urgency, add_labels, add_phrases, label, say_moment
from gridmediate.domain.working_calendar import WorkingCalendar

#: The share of the time after which a clock warns.
WARN_SHARE = 0.7


class Unit(StrEnum):
    """What a limit is counted in."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    HOURS = "hours"


class ClockKind(StrEnum):
    """The clocks that run beside a case, a task or an agreement."""

    VERIFY = "verify"
    ACCEPT = "accept"
    MEDIATE = "mediate"
    EXTENSION = "extension"
    TASK_SIGN = "task_sign"
    TASK_ANSWER = "task_answer"
    RETURN_OBJECTION = "return_objection"
    CONFIRMATION = "confirmation"
    FOLLOW_UP_FIRST = "follow_up_first"
    FOLLOW_UP_SECOND = "follow_up_second"
    FOLLOW_UP_THIRD = "follow_up_third"


class ClockState(StrEnum):
    """How a clock reads now."""

    CALM = "calm"
    WARN = "warn"
    LATE = "late"


add_labels({
    Unit.CALENDAR_DAYS: ("日", "days"),
    Unit.WORKING_DAYS: ("个工作日", "working days"),
    Unit.WORKING_HOURS: ("个工作小时", "working hours"),
    Unit.HOURS: ("小时", "hours"),
})
add_labels({
    ClockKind.VERIFY: ("核实", "Verification"),
    ClockKind.ACCEPT: ("受理决定", "Decision to accept"),
    ClockKind.MEDIATE: ("调解", "Mediation"),
    ClockKind.EXTENSION: ("延长调解", "Extended mediation"),
    ClockKind.TASK_SIGN: ("签收", "Signing for a task"),
    ClockKind.TASK_ANSWER: ("部门答复", "Department's answer"),
    ClockKind.RETURN_OBJECTION: ("退回异议", "Sending a task back"),
    ClockKind.CONFIRMATION: ("申请司法确认", "Application for judicial confirmation"),
    ClockKind.FOLLOW_UP_FIRST: ("第一次回访", "First follow-up"),
    ClockKind.FOLLOW_UP_SECOND: ("第二次回访", "Second follow-up"),
    ClockKind.FOLLOW_UP_THIRD: ("第三次回访", "Third follow-up"),
})
add_labels({
    ClockState.CALM: ("时间充裕", "In time"),
    ClockState.WARN: ("快到期", "Due soon"),
    ClockState.LATE: ("已超期", "Overdue"),
})

#: What sets each clock going, as the sum says it.
STARTS: dict[ClockKind, Label] = {
    ClockKind.VERIFY: Label("上报", "filing"),
    ClockKind.ACCEPT: Label("上报", "filing"),
    ClockKind.MEDIATE: Label("受理", "acceptance"),
    ClockKind.EXTENSION: Label("原期满", "the end of the first period"),
    ClockKind.TASK_SIGN: Label("派出", "dispatch"),
    ClockKind.TASK_ANSWER: Label("派出", "dispatch"),
    ClockKind.RETURN_OBJECTION: Label("派出", "dispatch"),
    ClockKind.CONFIRMATION: Label("协议生效", "the agreement's effect"),
    ClockKind.FOLLOW_UP_FIRST: Label("结案", "closing"),
    ClockKind.FOLLOW_UP_SECOND: Label("结案", "closing"),
    ClockKind.FOLLOW_UP_THIRD: Label("结案", "closing"),
}

FOLLOW_UPS = (ClockKind.FOLLOW_UP_FIRST, ClockKind.FOLLOW_UP_SECOND, ClockKind.FOLLOW_UP_THIRD)

add_phrases({
    "clock.days": (
        "{amount} {unit}自 {start} {event}起算，首日不计", "{amount} {unit} from {event} on {start}, that day not counted"
    ),
    "clock.hours": ("{amount} {unit}自 {start} {event}起连续计算", "{amount} {unit} without a break from {event} at {start}"),
    "clock.working-hours": (
        "{amount} {unit}自 {start} {event}起算，只计上班时间 {hours}",
        "{amount} {unit} from {event} at {start}, office hours only: {hours}",
    ),
    "clock.rolled": (
        "末日 {last} {why}，顺延 {days} 天到 {to}", "the last day, {last}, {why}, so it moves on to {to}"
    ),
    "clock.last": ("末日 {last}", "the last day is {last}"),
    "clock.rest-days": ("其间休息 {days} 天不计", "days off in between are not counted: {days}"),
    "clock.assumed": (
        "{years} 年放假安排还没录入，先按周一至周五推算，录入后会重算",
        "the holidays of {years} are not entered yet; Monday to Friday is assumed until they are",
    ),
})


class NoTimeLimit(Problem):
    """No time limit is set for a step."""

    code = "deadline.no-limit"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "“{clock}”没有设时限，算不出到期日。请管理员在“时限与假日”里补上。",
        "No time limit is set for “{clock}”, so no due date can be given. Ask the administrator to add one.",
    )


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One row of the time-limit table.

    Parameters
    ----------
    kind : ClockKind
    amount : int
        At least 1.
    unit : Unit
    source : Label
        Statute and article, or that it is customary and the office's to set.
    urgency : Urgency or None
        None counts for any.
    category : str
        Prefix of T2 codes; empty counts for any.
    """

    kind: ClockKind
    amount: int
    unit: Unit
    source: Label
    urgency: Urgency | None = None
    category: str = ""

    def __post_init__(self) -> None:
        """Refuse a limit of no length: its clock would be late as it starts."""
        if self.amount < 1:
            raise ValueError(f"a time limit is at least 1, got {self.amount}")

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "kind": self.kind.value, "amount": self.amount, "unit": self.unit.value, "source": stored_label(self.source),
            "urgency": self.urgency.value if self.urgency else None, "category": self.category,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TimeLimit:
        """Read back what :meth:`as_json` stored; an office's edit goes through ``limit_rows`` first."""
        urgency = Urgency(stored["urgency"]) if stored["urgency"] else None
        kind, unit = ClockKind(stored["kind"]), Unit(stored["unit"])
        return cls(kind, stored["amount"], unit, Label(**stored["source"]), urgency, stored["category"])

    def fits(self, kind: ClockKind, category: str, urgency: Urgency) -> bool:
        """Return whether the row is for this clock, category and urgency."""
        return self.kind == kind and self.urgency in (None, urgency) and category.startswith(self.category)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock that was started.

    Parameters
    ----------
    kind : ClockKind
    started_at, due_at, warn_at : datetime
        UTC. ``due_at`` is the last moment in time; the end of a day is 00:00 local of the next.
    steps : tuple of Phrase
        The sum in words.
    assumed_calendar : bool
        Whether it leans on a year whose holidays are not entered.
    """

    kind: ClockKind
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    steps: tuple[Phrase, ...]
    assumed_calendar: bool

    def explain(self, language: str) -> str:
        """Return the sum as one sentence."""
        joint, end = ("; ", ".") if language == "en" else ("；", "。")
        said = joint.join(step.say(language) for step in self.steps) + end
        return said[:1].upper() + said[1:]

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "kind": self.kind.value,
            "started_at": self.started_at.isoformat(),
            "due_at": self.due_at.isoformat(),
            "warn_at": self.warn_at.isoformat(),
            "steps": [step.as_json() for step in self.steps],
            "assumed_calendar": self.assumed_calendar,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Deadline:
        """Read back what :meth:`as_json` stored."""
        return cls(
            ClockKind(stored["kind"]),
            in_utc(datetime.fromisoformat(stored["started_at"])),
            in_utc(datetime.fromisoformat(stored["due_at"])),
            in_utc(datetime.fromisoformat(stored["warn_at"])),
            tuple(Phrase.from_json(step) for step in stored["steps"]),
            bool(stored["assumed_calendar"]),
        )


def limit_for(
    limits: Iterable[TimeLimit], kind: ClockKind, category: str = "", urgency: Urgency = Urgency.ORDINARY
) -> TimeLimit:
    """Return the row that counts: the longest category prefix first, then one for this very urgency.

    Raises
    ------
    NoTimeLimit
        If no row fits; a missing limit must not pass for an endless one.
    """
    fitting = [limit for limit in limits if limit.fits(kind, category, urgency)]
    if not fitting:
        raise NoTimeLimit(clock=label(kind))
    return max(fitting, key=lambda limit: (len(limit.category), limit.urgency is not None))


def follow_ups(limits: Iterable[TimeLimit], category: str = "", urgency: Urgency = Urgency.ORDINARY) -> list[TimeLimit]:
    """Return the follow-ups a closed case gets, in order; an ordinary one gets fewer than an urgent one."""
    rows = list(limits)
    kinds = [kind for kind in FOLLOW_UPS if any(row.fits(kind, category, urgency) for row in rows)]
    return [limit_for(rows, kind, category, urgency) for kind in kinds]


def due(limit: TimeLimit, started_at: datetime, calendar: WorkingCalendar) -> Deadline:
    """Start a clock.

    Parameters
    ----------
    limit : TimeLimit
    started_at : datetime
        Aware.
    calendar : WorkingCalendar

    Raises
    ------
    ValueError
        If ``started_at`` is naive: a moment without a zone is eight hours wrong on some machine.
    """
    start = in_utc(started_at)
    count = {
        Unit.CALENDAR_DAYS: _due_in_calendar_days,
        Unit.WORKING_DAYS: _due_in_working_days,
        Unit.WORKING_HOURS: _due_in_working_hours,
        Unit.HOURS: _due_in_hours,
    }[limit.unit]
    due_at, warn_at, steps = count(limit, start, calendar)
    assumed: tuple[int, ...] = ()
    if limit.unit is not Unit.HOURS:
        # A day's end is the next day's first moment: the year that counts is that of the moment before it.
        assumed = calendar.assumed_years(local_day_of(start), local_day_of(due_at - timedelta(microseconds=1)))
    if assumed:
        steps.append(Phrase("clock.assumed", {"years": [str(year) for year in assumed]}))
    return Deadline(limit.kind, start, due_at, warn_at, tuple(steps), bool(assumed))


_Sum = tuple[datetime, datetime, list[Phrase]]


def _due_in_calendar_days(limit: TimeLimit, start: datetime, calendar: WorkingCalendar) -> _Sum:
    last = local_day_of(start) + timedelta(days=limit.amount)
    to = calendar.next_working(last)
    steps = [_first_step("clock.days", limit, start)]
    if to == last:
        steps.append(Phrase("clock.last", {"last": last.isoformat()}))
    else:
        steps.append(rolled(last, to, calendar))
    return _whole_days(start, to, steps)


def rolled(last: date, to: date, calendar: WorkingCalendar) -> Phrase:
    """Return the words for a last day that is off and moves on."""
    return Phrase("clock.rolled", {
        "last": last.isoformat(), "why": _why_off(last, calendar), "days": (to - last).days, "to": to.isoformat(),
    })


def _due_in_working_days(limit: TimeLimit, start: datetime, calendar: WorkingCalendar) -> _Sum:
    first = local_day_of(start)
    last = calendar.add_working_days(first, limit.amount)
    steps = [_first_step("clock.days", limit, start)]
    rest = (last - first).days - limit.amount
    if rest:
        steps.append(Phrase("clock.rest-days", {"days": rest}))
    steps.append(Phrase("clock.last", {"last": last.isoformat()}))
    return _whole_days(start, last, steps)


def _whole_days(start: datetime, last: date, steps: list[Phrase]) -> _Sum:
    due_at = datetime.combine(last + timedelta(days=1), time(), LOCAL_ZONE).astimezone(UTC)
    return due_at, start + WARN_SHARE * (due_at - start), steps


def _due_in_working_hours(limit: TimeLimit, start: datetime, calendar: WorkingCalendar) -> _Sum:
    span = timedelta(hours=limit.amount)
    hours = "、".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in calendar.office_hours)
    step = _first_step("clock.working-hours", limit, start)
    steps = [Phrase(step.code, {**step.values, "hours": {"zh": hours, "en": hours.replace("、", ", ")}})]
    # The warning is counted in office time too: a share of the nights and weekends would warn an empty office.
    warn_at = calendar.add_working_time(start, WARN_SHARE * span).astimezone(UTC)
    return calendar.add_working_time(start, span).astimezone(UTC), warn_at, steps


def _due_in_hours(limit: TimeLimit, start: datetime, calendar: WorkingCalendar) -> _Sum:
    span = timedelta(hours=limit.amount)
    return start + span, start + WARN_SHARE * span, [_first_step("clock.hours", limit, start)]


def share_used(deadline: Deadline, now: datetime) -> float:
    """Return how much of the time is used: 0 at the start, 0.7 at the warning, 1 when due, more when late."""
    at = in_utc(now)
    if at <= deadline.started_at:
        return 0.0
    if at <= deadline.warn_at:
        return WARN_SHARE * ((at - deadline.started_at) / (deadline.warn_at - deadline.started_at))
    if at <= deadline.due_at:
        return WARN_SHARE + (1 - WARN_SHARE) * ((at - deadline.warn_at) / (deadline.due_at - deadline.warn_at))
    return 1.0 + (at - deadline.due_at) / (deadline.due_at - deadline.started_at)


def state(deadline: Deadline, now: datetime) -> ClockState:
    """Return how the clock reads; the last moment itself is still in time."""
    at = in_utc(now)
    if at > deadline.due_at:
        return ClockState.LATE
    return ClockState.WARN if at >= deadline.warn_at else ClockState.CALM


def in_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC.

    Raises
    ------
    ValueError
        If it has no zone.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"a moment needs a zone, got {moment!r}")
    return moment.astimezone(UTC)


def local_day_of(moment: datetime) -> date:
    """Return the local day of a moment."""
    return moment.astimezone(LOCAL_ZONE).date()


def _first_step(code: str, limit: TimeLimit, start: datetime) -> Phrase:
    moment = {"zh": say_moment(start, "zh"), "en": say_moment(start, "en")}
    said = local_day_of(start).isoformat() if code == "clock.days" else moment
    unit = stored_label(label(limit.unit))
    if limit.amount == 1:
        unit["en"] = unit["en"].removesuffix("s")
    return Phrase(code, {"amount": limit.amount, "unit": unit, "start": said, "event": stored_label(STARTS[limit.kind])})


def _why_off(day: date, calendar: WorkingCalendar) -> dict[str, str]:
    name = calendar.name_of(day)
    return stored_label(Label(f"逢{name.zh}", f"falls in the {name.en} holiday") if name else Label("是休息日", "is a day off"))


def stored_label(text: Label) -> dict[str, str]:
    """Return a label as phrases keep it."""
    return {"zh": text.zh, "en": text.en}
