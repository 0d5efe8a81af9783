"""A second memory of what became of each case, kept by the test, and the counts of cells made from it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridmediate.domain.vocabulary import LOCAL_ZONE, Status, Urgency
from gridmediate.domain.workflow import status_of
from gridmediate.store.models import Case

_OPEN = (Status.FILED, Status.ACCEPTED, Status.MEDIATING)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a case stood from one moment on."""

    since: datetime
    cell: str | None
    head: str
    status: Status
    due_at: datetime | None
    is_urgent: bool


@dataclass
class Shadow:
    """What each case was seen as, in order."""

    lives: dict[str, list[Seen]] = field(default_factory=dict)

    def look(self, cases: Iterable[Case], at: datetime) -> None:
        """Remember how the cases stand since *at*."""
        for case in cases:
            life = self.lives.setdefault(case.case_no, [])
            seen = Seen(at, case.cell_code, case.t2_code[:2], status_of(case.state, case.outcome), case.due_at,
                        case.urgency is Urgency.URGENT)
            if not life or (life[-1].cell, life[-1].head, life[-1].status, life[-1].due_at) != (
                    seen.cell, seen.head, seen.status, seen.due_at):
                life.append(seen)

    def counts(self, cell: str, month: int, now: datetime, head: str = "") -> dict[str, int]:
        """Count a cell at the end of a month, or now, case by case."""
        begins, ends = _bounds(month)
        is_running = begins <= now < ends
        at = now if is_running else ends
        found = dict.fromkeys(("filed", "accepted", "mediating", "late", "settled_in_month", "ended_in_month", "grave"), 0)
        for life in self.lives.values():
            standing = [seen for seen in life if (seen.since <= at if is_running else seen.since < at)]
            if not standing:
                continue
            last = standing[-1]
            if last.cell == cell and last.head.startswith(head) and last.status in _OPEN:
                late = last.due_at is not None and last.due_at < at
                found["late" if late else last.status.value] += 1
            for status in (Status.SETTLED, Status.ENDED):
                found[f"{status.value}_in_month"] += _net(life, cell, head, status, begins, ends)
            now_at = life[-1]
            if is_running and now_at.cell == cell and now_at.head.startswith(head) and now_at.due_at is not None:
                found["grave"] += now_at.is_urgent or now_at.due_at < now - timedelta(days=7)
        found["settled_in_month"] = max(0, found["settled_in_month"])
        found["ended_in_month"] = max(0, found["ended_in_month"])
        return found


def _net(life: list[Seen], cell: str, head: str, status: Status, begins: datetime, ends: datetime) -> int:
    """Return how often the case came into a status within the month, less how often it left it."""
    count = 0
    for before, after in zip([None, *life], life, strict=False):
        if begins <= after.since < ends:
            count += _is(after, cell, head, status) - (before is not None and _is(before, cell, head, status))
    return count


def _is(seen: Seen, cell: str, head: str, status: Status) -> bool:
    return seen.cell == cell and seen.head.startswith(head) and seen.status is status


def _bounds(month: int) -> tuple[datetime, datetime]:
    year, number = divmod(month, 100)
    return (datetime(year, number, 1, tzinfo=LOCAL_ZONE), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=LOCAL_ZONE))
