"""What cases a map, its table and a list are narrowed to beyond place and category: one condition for all three."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from gridmediate.domain.safety import GRAVE_AFTER
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Level, Source, Status, Urgency, label
from gridmediate.domain.workflow import OPEN_STATES, Outcome, State, status_of
from gridmediate.store.models import Case, Task

#: What may be asked of risk.
RISKS: dict[str, Label] = {
    "grave": Label("红色（加急或超期 7 天以上）", "Red (urgent, or over 7 days late)"), "urgent": Label("加急", "Urgent"),
}
#: Days since filing, at least.
AGES: dict[str, Label] = {
    "7": Label("满 7 天", "7 days or more"), "30": Label("满 30 天", "30 days or more"),
    "90": Label("满 90 天", "90 days or more"),
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is left of the cases; "" for any.

    Parameters
    ----------
    source : str
        A :class:`~gridmediate.domain.vocabulary.Source`.
    risk : str
        Of :data:`RISKS`.
    department : str
        Code of a department that has, or had, a task in the case which was not recalled.
    level : str
        At which level the case is now.
    age : str
        Of :data:`AGES`.
    """

    source: str = ""
    risk: str = ""
    department: str = ""
    level: str = ""
    age: str = ""

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> Narrowing:
        """Read an address; what is no choice is none."""
        choices: dict[str, Collection[str]] = {"source": set(Source), "risk": set(RISKS), "at": set(Level), "age": set(AGES)}
        said = {name: given.get(name, "") for name in choices}
        kept = {name: value if value in choices[name] else "" for name, value in said.items()}
        return cls(kept["source"], kept["risk"], given.get("department", "")[:24], kept["at"], kept["age"])

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return any(asdict(self).values())

    def as_query(self) -> dict[str, str]:
        """Return what stands in an address; the level is ``at``, since a map has a level of its own."""
        named = {"source": self.source, "risk": self.risk, "department": self.department, "at": self.level, "age": self.age}
        return {name: value for name, value in named.items() if value}

    def words(self) -> list[Label]:
        """Return what it is narrowed to, in words; a department stands by its code's own name elsewhere."""
        said = [label(Source(self.source))] if self.source else []
        said += [RISKS[self.risk]] if self.risk else []
        said += [label(Level(self.level))] if self.level else []
        return said + ([AGES[self.age]] if self.age else [])

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """Return the conditions on :class:`Case`."""
        found: list[ColumnElement[bool]] = []
        if self.source:
            found.append(Case.source == Source(self.source))
        if self.risk:
            found.append(is_grave_now(now) if self.risk == "grave" else Case.urgency == Urgency.URGENT)
        if self.department:
            found.append(Case.id.in_(select(Task.case_id).where(
                Task.department_code == self.department, Task.state != TaskState.RECALLED)))
        if self.level:
            found.append(Case.level == Level(self.level))
        if self.age:
            found.append(Case.filed_at <= now - timedelta(days=int(self.age)))
        return found


EVERYTHING = Narrowing()


def sources() -> list[tuple[str, Label]]:
    """Return the sources that may be asked for, with their words."""
    return [(each.value, label(each)) for each in Source]


def levels() -> list[tuple[str, Label]]:
    """Return the levels that may be asked for, with their words."""
    return [(each.value, label(each)) for each in (Level.CELL, Level.COMMUNITY, Level.STREET, Level.COUNTY)]


def is_grave_now(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a red case: open with its clock running, and urgent or more than a week late."""
    return and_(Case.state.in_(sorted(OPEN_STATES)), Case.due_at.is_not(None),
                or_(Case.urgency == Urgency.URGENT, Case.due_at < now - GRAVE_AFTER))


def having_status(status: Status, now: datetime) -> ColumnElement[bool]:
    """Return the condition of a status as a chip shows it."""
    closed = (State.CLOSED, State.ARCHIVED)
    states = [state for state in State if status_of(state) is status and state not in closed]
    match status:
        case Status.OVERDUE:
            return and_(Case.state.in_(sorted(OPEN_STATES)), Case.due_at < now)
        case Status.SETTLED | Status.ENDED:
            outcomes = [each for each in Outcome if status_of(State.CLOSED, each) is status]
            return or_(Case.state.in_(states), and_(Case.state.in_(closed), Case.outcome.in_(outcomes)))
        case _:
            return and_(Case.state.in_(states), or_(Case.due_at.is_(None), Case.due_at >= now))
