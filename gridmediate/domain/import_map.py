"""What a mapping of a foreign file of cases means: which column says what, and which of its values are which of our words.

A mapping is TOML. :func:`read_map` checks all of it at once; :func:`read_row` turns one row of the file into what is to be
recorded, or refuses it with the reason. How a case that ended elsewhere came to its end is not invented: :func:`course_to` takes
the shortest way through the workflow table.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gridmediate.domain.import_problems import (
    ClosedBeforeFiled,
    ClosingMissing,
    MomentAhead,
    MomentUnreadable,
    NumberMissing,
    PositionUnreadable,
)
from gridmediate.domain.problems import FieldMissing, FieldTooLong
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Datum, Label, label
from gridmediate.domain.workflow import FINAL_STATES, TRANSITIONS, Act, Outcome, State, Transition, row_for

NUMBER_LIMIT, ADDRESS_LIMIT, FACTS_LIMIT = 64, 200, 2000
#: What a moment in ISO 8601 is called in a mapping.
ISO = "iso"

#: The word for a department that is left to the routing rules.
BY_RULES = "rules"

#: Words for rows that are still open; the others are the outcomes.
OPEN_WORDS: dict[str, tuple[tuple[Act, ...], TaskState | None]] = {
    "filed": ((), None),
    "assigned": ((Act.ACCEPT, Act.FORM_TEAM), TaskState.ASSIGNED),
    "signed": ((Act.ACCEPT, Act.FORM_TEAM), TaskState.SIGNED),
}
#: A file cannot say which case another was joined to.
_NOT_FROM_A_FILE = frozenset({Act.MARK_DUPLICATE, Act.REOPEN})
#: Every word a status may be mapped to.
STATUS_WORDS = (*OPEN_WORDS, *(each.value for each in Outcome if each is not Outcome.DUPLICATE))


@dataclass(frozen=True, slots=True)
class Course:
    """How a case came to where the file says it is.

    Parameters
    ----------
    word : str
        One of :data:`STATUS_WORDS`.
    rows : tuple of Transition
        From filing on.
    task : TaskState or None
        Where the departments' tasks stand, if the team was formed.
    outcome : Outcome or None
    """

    word: str
    rows: tuple[Transition, ...]
    task: TaskState | None = None
    outcome: Outcome | None = None

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do."""
        return self.outcome is not None


def course_to(word: str) -> Course:
    """Return the shortest way through the workflow table to what a status means.

    Raises
    ------
    KeyError
        If it is none of :data:`STATUS_WORDS`.
    """
    return _COURSES[word]


def _course(word: str) -> Course:
    if word in OPEN_WORDS:
        acts, task = OPEN_WORDS[word]
        return Course(word, _follow(acts), task)
    outcome = Outcome(word)
    waiting: deque[tuple[State, Outcome | None, tuple[Transition, ...]]] = deque([(State.FILED, None, ())])
    while waiting:
        state, reached, rows = waiting.popleft()
        if state in FINAL_STATES:
            if reached is outcome:
                formed = any(row.act is Act.FORM_TEAM for row in rows)
                return Course(word, rows, TaskState.CONFIRMED if formed else None, outcome)
            continue
        waiting.extend(
            (row.target, row.outcome or reached, (*rows, row)) for row in TRANSITIONS
            if row.source is state and row.act not in _NOT_FROM_A_FILE and row not in rows and len(rows) < len(State)
        )
    raise ValueError(f"the workflow table has no way to {word!r}")


def _follow(acts: tuple[Act, ...]) -> tuple[Transition, ...]:
    rows: list[Transition] = []
    for act in acts:
        row = row_for(rows[-1].target if rows else State.FILED, act)
        if row is None:
            raise ValueError(f"the workflow table has no {act!r} here")
        rows.append(row)
    return tuple(rows)


_COURSES = {word: _course(word) for word in STATUS_WORDS}


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A column of moments: how they are written, and in which zone they were meant."""

    column: str
    format: str
    zone: ZoneInfo

    def read(self, text: str) -> datetime:
        """Return a moment in UTC.

        Raises
        ------
        MomentUnreadable
        """
        try:
            moment = datetime.fromisoformat(text) if self.format == ISO else datetime.strptime(text, self.format)  # noqa: DTZ007
        except ValueError:
            raise MomentUnreadable(column=self.column, got=text, expected=self.format) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Choice:
    """A column whose values are our words.

    Parameters
    ----------
    key : str
        The section of the mapping.
    column : str
    values : mapping of str to str
    default : str or None
        For values that are not listed; None refuses them.
    """

    key: str
    column: str
    values: Mapping[str, str]
    default: str | None = None

    def of(self, text: str) -> str | None:
        """Return the word a value stands for, None if it is not mapped."""
        return self.values.get(text, self.default)

    @property
    def words(self) -> frozenset[str]:
        """Every word that may come out."""
        return frozenset(self.values.values()) | ({self.default} if self.default is not None else set())


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with columns in braces, read once; ``{{`` is a brace."""

    parts: tuple[tuple[str, str | None], ...]

    def fill(self, row: Mapping[str, str]) -> str:
        """Put a row's values in."""
        return "".join(text + (row[column].strip() if column is not None else "") for text, column in self.parts).strip()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns named."""
        return tuple(column for _, column in self.parts if column is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMap:
    """A mapping, checked.

    Parameters
    ----------
    number : str
        The column with the number a row has in its own system.
    number_prefix : str
        Put before it, where two systems might use the same numbers.
    filed, closed : TimeColumn
        ``closed`` is None if the file closes nothing.
    closed_at_filing : bool
        Whether a closing before the filing counts as closed at its filing; else the row is refused.
    lon, lat, address, street : str or None
        Columns.
    datum : Datum
    street_code : str or None
        The street whose queue gets rows without a cell, where it is the same for all.
    category, status : Choice
    department : Choice or None
        None leaves departments to the routing rules.
    departments : mapping of str to Label
        Departments that are made if they are not here.
    facts, result : Template
        ``result`` is None where the outcome's own name will do.
    """

    number: str
    number_prefix: str = ""
    filed: TimeColumn
    closed: TimeColumn | None = None
    closed_at_filing: bool = False
    lon: str | None = None
    lat: str | None = None
    datum: Datum = Datum.WGS84
    address: str | None = None
    street: str | None = None
    street_code: str | None = None
    category: Choice
    status: Choice
    department: Choice | None = None
    departments: Mapping[str, Label] = field(default_factory=dict)
    facts: Template
    result: Template | None = None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The columns whose values are mapped."""
        return (self.category, self.status, *((self.department,) if self.department else ()))

    @property
    def columns(self) -> dict[str, str]:
        """Every column that is read, with the key of the mapping that first names it."""
        named = [
            (self.number, "number.column"), (self.filed.column, "filed.column"),
            (self.closed.column if self.closed else None, "closed.column"), (self.lon, "place.lon"), (self.lat, "place.lat"),
            (self.address, "place.address"), (self.street, "place.street"),
            *((each.column, f"{each.key}.column") for each in self.choices),
            *((each, "facts.template") for each in self.facts.columns),
            *((each, "result.template") for each in (self.result.columns if self.result else ())),
        ]
        found: dict[str, str] = {}
        for column, key in named:
            if column is not None:
                found.setdefault(column, key)
        return found


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a file, understood.

    Parameters
    ----------
    line : int
        Of the file, for people.
    number : str
    filed_at, closed_at : datetime
        UTC; ``closed_at`` is None while it is open.
    lon, lat : float or None
        In the mapping's datum.
    address, street_code, department : str or None
        What the row says; a department may be left to the rules.
    department_said : str
        The value of the department's column, for the reason of its seat.
    t2_code : str
    course : Course
    facts, result : str
    was_closed_early : bool
        Whether the file closes it before it was filed.
    """

    line: int
    number: str
    filed_at: datetime
    closed_at: datetime | None
    lon: float | None
    lat: float | None
    address: str
    street_code: str | None
    department: str | None
    department_said: str
    t2_code: str
    course: Course
    facts: str
    result: str
    was_closed_early: bool = False


def read_row(mapping: ImportMap, row: Mapping[str, str], line: int, now: datetime) -> SourceRow:
    """Read one row; values that are not mapped were refused before.

    Raises
    ------
    NumberMissing, MomentUnreadable, MomentAhead, ClosingMissing, ClosedBeforeFiled, PositionUnreadable, FieldMissing,
    FieldTooLong
    """
    number = row[mapping.number].strip()
    if not number:
        raise NumberMissing(column=mapping.number)
    _check_length(Label("来源编号", "Number in the source"), mapping.number_prefix + number, NUMBER_LIMIT)
    course = course_to(mapping.status.of(row[mapping.status.column].strip()) or "")
    filed_at = _past(mapping.filed, row, now)
    closed_at = _closing(mapping, row, course, now)
    early = closed_at is not None and closed_at < filed_at
    if early and mapping.closed and not mapping.closed_at_filing:
        raise ClosedBeforeFiled(closed=row[mapping.closed.column].strip(), filed=row[mapping.filed.column].strip())
    lon, lat = _position(mapping, row)
    facts, address = mapping.facts.fill(row), row[mapping.address].strip() if mapping.address else ""
    if not facts:
        raise FieldMissing(name=Label("一句话说事", "What happened"))
    _check_length(Label("一句话说事", "What happened"), facts, FACTS_LIMIT)
    _check_length(Label("地址", "Address"), address, ADDRESS_LIMIT)
    said = row[mapping.department.column].strip() if mapping.department else ""
    department = mapping.department.of(said) if mapping.department else None
    street = (row[mapping.street].strip() or None) if mapping.street else None
    return SourceRow(
        line=line, number=mapping.number_prefix + number, filed_at=filed_at, closed_at=filed_at if early else closed_at,
        lon=lon, lat=lat, address=address, street_code=street or mapping.street_code,
        department=None if department == BY_RULES else department, department_said=said,
        t2_code=mapping.category.of(row[mapping.category.column].strip()) or "", course=course, facts=facts,
        result=_result(mapping, row, course), was_closed_early=early,
    )


def _past(column: TimeColumn, row: Mapping[str, str], now: datetime) -> datetime:
    text = row[column.column].strip()
    moment = column.read(text)
    if moment > now:
        raise MomentAhead(column=column.column, got=text)
    return moment


def _closing(mapping: ImportMap, row: Mapping[str, str], course: Course, now: datetime) -> datetime | None:
    if not course.is_closed:
        return None
    if mapping.closed is None or not row[mapping.closed.column].strip():
        raise ClosingMissing(status=row[mapping.status.column].strip(), column=mapping.closed.column if mapping.closed else "—")
    return _past(mapping.closed, row, now)


def _result(mapping: ImportMap, row: Mapping[str, str], course: Course) -> str:
    if course.outcome is None:
        return ""
    return (mapping.result.fill(row) if mapping.result else "")[:FACTS_LIMIT] or label(course.outcome).zh


def _position(mapping: ImportMap, row: Mapping[str, str]) -> tuple[float | None, float | None]:
    if mapping.lon is None or mapping.lat is None:
        return None, None
    texts = row[mapping.lon].strip(), row[mapping.lat].strip()
    if not any(texts):
        return None, None
    try:
        lon, lat = float(texts[0]), float(texts[1])
    except ValueError:
        raise PositionUnreadable(lon=texts[0] or "—", lat=texts[1] or "—") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise PositionUnreadable(lon=texts[0], lat=texts[1])
    return lon, lat


def _check_length(name: Label, text: str, limit: int) -> None:
    if len(text) > limit:
        raise FieldTooLong(name=name, limit=limit, length=len(text))
