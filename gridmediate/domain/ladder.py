"""The ladder of clocks: when a deadline speaks, and who hears it. Rows to be edited by the office.

A clock that runs out climbs step by step: a warning, the moment it is due, and then the levels above, counted in working days.
Each step is climbed once per clock; a clock that is extended or started anew begins at the foot.

Notes
-----
That 70 % warns, 100 % is late and the leader hears a day later is customary (see ``deadlines.WARN_SHARE``). A step tells of a
case and a place; it is nobody's mark: no person is counted, ranked or compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, add_labels
from gridmediate.domain.working_calendar import WorkingCalendar


class Subject(StrEnum):
    """What runs out: the case's own clock, one of the two of a department's task, or what waits beside the main line."""

    CASE = "case"
    ANSWER = "answer"
    SIGN = "sign"
    CLAUSE = "clause"
    FOLLOW_UP = "follow_up"
    PAUSE = "pause"
    RAISED = "raised"


class Rung(StrEnum):
    """The steps, from the lowest up."""

    WARN = "warn"
    LATE = "late"
    STREET = "street"
    COUNTY = "county"


class Hearer(StrEnum):
    """Whom a step tells."""

    DEPARTMENT = "department"
    GRID_WORKER = "grid_worker"
    CADRE = "cadre"
    STREET = "street"
    COUNTY = "county"
    #: The level that was asked.
    ASKED = "asked"


#: Clocks that have no warning of their own.
UNWARNED = frozenset({Subject.SIGN, Subject.PAUSE, Subject.RAISED})

add_labels({
    Subject.CASE: ("案件", "Case"), Subject.ANSWER: ("部门答复", "Department's answer"),
    Subject.SIGN: ("部门签收", "Department's signature"), Subject.CLAUSE: ("协议履行", "Performance of the agreement"),
    Subject.FOLLOW_UP: ("回访", "Follow-up"), Subject.PAUSE: ("恢复计时", "Resuming the clock"),
    Subject.RAISED: ("上报的答复", "Answer of the level asked"),
})
add_labels({
    Rung.WARN: ("快到期", "due soon"), Rung.LATE: ("已超期", "overdue"),
    Rung.STREET: ("超期，已报街道", "overdue, the street told"), Rung.COUNTY: ("超期，已报区县", "overdue, the county told"),
})
add_labels({
    Hearer.DEPARTMENT: ("承办部门", "Department"), Hearer.GRID_WORKER: ("网格员", "Grid worker"),
    Hearer.CADRE: ("社区干部", "Community cadre"), Hearer.STREET: ("街道负责人", "Street leaders"),
    Hearer.COUNTY: ("区县协调员", "County coordinators"), Hearer.ASKED: ("被请求的一级", "The level that was asked"),
})

_ORDER = {rung: place for place, rung in enumerate(Rung)}
#: The smallest step of a stored moment: the last one before a day's end belongs to that day.
_TICK = timedelta(microseconds=1)

_CUSTOM = Label("惯例，本机构可改", "customary, the office may change it")
_HEADS = Label(
    "城市管理通行做法：拖延报负责人；天数为惯例，本机构可改",
    "city management practice: delays go to the head; the number of days is customary, the office may change it",
)
_COUNTY = Label(
    "“乡呼县应”，街道解决不了的报上级；天数为惯例，本机构可改",
    "what a street does not settle goes to the level above; the number of days is customary, the office may change it",
)


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One row of the ladder.

    Parameters
    ----------
    subject : Subject
    rung : Rung
    working_days : int or None
        Working days after the clock is due, 0 for the moment itself; None for the clock's warning before it.
    hearers : tuple of Hearer
        At least one.
    source : Label

    Raises
    ------
    ValueError
        If it has no hearer, counts backwards, or warns of a clock that has no warning.
    """

    subject: Subject
    rung: Rung
    working_days: int | None
    hearers: tuple[Hearer, ...]
    source: Label

    def __post_init__(self) -> None:
        """Refuse a step that nobody hears or that never comes."""
        if not self.hearers:
            raise ValueError("a step tells somebody")
        if self.working_days is not None and self.working_days < 0:
            raise ValueError(f"working days are counted from the due moment on, got {self.working_days}")
        if self.working_days is None and self.subject in UNWARNED:
            raise ValueError(f"the clock of {self.subject} has no warning of its own")

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "subject": self.subject.value, "rung": self.rung.value, "working_days": self.working_days,
            "hearers": [each.value for each in self.hearers], "source": {"zh": self.source.zh, "en": self.source.en},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> LadderStep:
        """Read back what :meth:`as_json` stored."""
        hearers = tuple(Hearer(each) for each in stored["hearers"])
        return cls(Subject(stored["subject"]), Rung(stored["rung"]), stored["working_days"], hearers, Label(**stored["source"]))


_S, _R, _H = Subject, Rung, Hearer
DEFAULT_LADDER: tuple[LadderStep, ...] = (
    LadderStep(_S.CASE, _R.WARN, None, (_H.CADRE, _H.GRID_WORKER), _CUSTOM),
    LadderStep(_S.CASE, _R.LATE, 0, (_H.CADRE,), _CUSTOM),
    LadderStep(_S.CASE, _R.STREET, 1, (_H.STREET,), _HEADS),
    LadderStep(_S.CASE, _R.COUNTY, 3, (_H.COUNTY,), _COUNTY),
    LadderStep(_S.ANSWER, _R.WARN, None, (_H.DEPARTMENT,), _CUSTOM),
    LadderStep(_S.ANSWER, _R.LATE, 0, (_H.DEPARTMENT, _H.CADRE), _CUSTOM),
    LadderStep(_S.ANSWER, _R.STREET, 1, (_H.STREET,), _HEADS),
    LadderStep(_S.SIGN, _R.LATE, 0, (_H.DEPARTMENT, _H.CADRE), _CUSTOM),
    LadderStep(_S.SIGN, _R.STREET, 1, (_H.STREET,), _HEADS),
    LadderStep(_S.CLAUSE, _R.WARN, None, (_H.CADRE, _H.GRID_WORKER), _CUSTOM),
    LadderStep(_S.CLAUSE, _R.LATE, 0, (_H.CADRE, _H.GRID_WORKER), _CUSTOM),
    LadderStep(_S.FOLLOW_UP, _R.WARN, None, (_H.CADRE, _H.GRID_WORKER), _CUSTOM),
    LadderStep(_S.FOLLOW_UP, _R.LATE, 0, (_H.CADRE,), _CUSTOM),
    LadderStep(_S.FOLLOW_UP, _R.STREET, 3, (_H.STREET,), _HEADS),
    LadderStep(_S.PAUSE, _R.LATE, 0, (_H.CADRE,), _CUSTOM),
    LadderStep(_S.PAUSE, _R.STREET, 1, (_H.STREET,), _HEADS),
    LadderStep(_S.RAISED, _R.LATE, 0, (_H.ASKED, _H.CADRE), _COUNTY),
    LadderStep(_S.RAISED, _R.COUNTY, 1, (_H.COUNTY,), _COUNTY),
)


@dataclass(frozen=True, slots=True)
class RunningClock:
    """When a clock warns and when it is due; together they tell it from an extended or a new one.

    Parameters
    ----------
    warn_at, due_at : datetime
        Aware. The two are the same where nothing warns.
    """

    warn_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Climb:
    """What one look at a clock comes to.

    Parameters
    ----------
    rungs : tuple of Rung
        All that are climbed now, the lowest first.
    hearers : frozenset of Hearer
        Whoever any of them tells. All hear of the highest: "due soon" would be untrue of what is late by now.
    """

    rungs: tuple[Rung, ...]
    hearers: frozenset[Hearer]

    @property
    def highest(self) -> Rung:
        """The step that is told."""
        return self.rungs[-1]


def climb(ladder: Iterable[LadderStep], subject: Subject, clock: RunningClock, now: datetime, calendar: WorkingCalendar,
          climbed: Collection[Rung] = ()) -> Climb | None:
    """Return the steps to be climbed at *now* that have not been *climbed*, or None.

    Parameters
    ----------
    ladder : iterable of LadderStep
    now : datetime
        Aware.
    climbed : collection of Rung
        Of this very clock.
    """
    left = [step for step in ladder if step.subject is subject and step.rung not in climbed]
    steps = [step for step in left if has_come(step, clock, now, calendar)]
    if not steps:
        return None
    rungs = sorted({step.rung for step in steps}, key=height)
    return Climb(tuple(rungs), frozenset(hearer for step in steps for hearer in step.hearers))


def has_come(step: LadderStep, clock: RunningClock, now: datetime, calendar: WorkingCalendar) -> bool:
    """Return whether a step's time has come; the last moment of a period is still in time, as in ``deadlines.state``."""
    if step.working_days is None:
        return now >= clock.warn_at
    return now > working_days_after(clock.due_at, step.working_days, calendar)


def height(rung: Rung) -> int:
    """Return how high a step stands, the lowest 0."""
    return _ORDER[rung]


def working_days_after(due_at: datetime, count: int, calendar: WorkingCalendar) -> datetime:
    """Return the same time of day *count* working days after *due_at*.

    After a moment on a day off it is the end of the *count*-th working day: nobody could have acted sooner.
    """
    if count == 0:
        return due_at
    last = (due_at - _TICK).astimezone(LOCAL_ZONE)
    day = calendar.add_working_days(last.date(), count)
    at = last.time() if calendar.is_working(last.date()) else time.max
    return datetime.combine(day, at, LOCAL_ZONE) + _TICK


def latest_due(now: datetime, count: int, calendar: WorkingCalendar) -> datetime:
    """Return the latest due moment that may lie *count* working days back: what a search asks an index for.

    It is :func:`working_days_after` turned around; at the very moment it lets a clock through that has not come yet.
    """
    local = now.astimezone(LOCAL_ZONE)
    if count == 0:
        return now
    at = local.time() if calendar.is_working(local.date()) else time()
    return datetime.combine(calendar.subtract_working_days(local.date(), count), at, LOCAL_ZONE)


def act_of(subject: Subject, rung: Rung) -> str:
    """Return what the record of acts calls a step."""
    return f"clock.{subject.value}_{rung.value}"
