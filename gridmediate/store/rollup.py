"""Counts per cell, changed in the transaction that changes a case, and proved equal to a recount.

Heat maps read these rows and never count cases. A case *stands* in one cell, head and status; an act moves it from one standing
to the next, which is a flow: out of the old, into the new, in the month of the act. Month 0 carries the running sum, which is
the stock. Lateness is no act: it enters the tallies when a late standing ends (in the month it became late, and out again in the
month it ended); standings that are late now are counted from the partial index on due moments.

Rows of the head :data:`VERSION` count, for each month and bundle of cells, the transactions that changed their tallies: what is
kept of these in memory holds as long as that number stands, whatever clocks say. They ride in the same statement.

Deeds (:mod:`gridmediate.domain.deeds`) stand in the same rows: what an act did is kept in its entry of the history, and counted
in the month of the act where the case stands after it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridmediate.domain.deeds import DEEDS, FILED_ONE
from gridmediate.domain.vocabulary import LOCAL_ZONE, Status
from gridmediate.domain.workflow import status_of
from gridmediate.store.models import Case, CellTally, HistoryEntry

COLUMNS = ("filed", "accepted", "mediating", "settled", "ended", "late_filed", "late_accepted", "late_mediating")
#: All that a row counts.
COUNTED = (*COLUMNS, *DEEDS)
#: The head under which a bundle's row counts changes in ``filed``; the bundle stands in the cell's place.
VERSION = "~"
_OPEN = frozenset({Status.FILED, Status.ACCEPTED, Status.MEDIATING})

#: (month, head, cell_code) → street_code and the change of each column
Changes = dict[tuple[int, str, str], tuple[str, Counter[str]]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case is counted: its cell, head and status, since when, and by when it was due there."""

    cell_code: str | None
    street_code: str
    head: str
    status: Status
    since: datetime
    due_at: datetime | None

    @classmethod
    def of(cls, case: Case) -> Standing:
        """Read a case's standing."""
        status = status_of(case.state, case.outcome)
        return cls(case.cell_code, case.street_code, case.t2_code[:2], status, case.status_since, case.due_at)

    def as_json(self) -> list[Any]:
        """Return what history keeps of a standing; ``since`` is the entry's own moment."""
        return [self.cell_code, self.street_code, self.head, self.status.value, self.due_at.isoformat() if self.due_at else None]

    @classmethod
    def from_json(cls, stored: list[Any], since: datetime) -> Standing:
        """Read back what :meth:`as_json` made."""
        cell, street, head, status, due = stored
        return cls(cell, street, head, Status(status), since, datetime.fromisoformat(due) if due else None)

    def counts_like(self, other: Standing) -> bool:
        """Return whether the two are counted in the same place with the same deadline."""
        return (self.cell_code, self.street_code, self.head, self.status, self.due_at) == (
            other.cell_code, other.street_code, other.head, other.status, other.due_at)


def month_of(moment: datetime) -> int:
    """Return the local month as ``YYYYMM``."""
    local = moment.astimezone(LOCAL_ZONE)
    return local.year * 100 + local.month


def moved(changes: Changes, before: Standing | None, after: Standing, at: datetime) -> None:
    """Note that a case went from one standing to the next."""
    if before is not None:
        if before.counts_like(after):
            return
        _add(changes, before, before.status.value, at, -1)
        if before.status in _OPEN and before.due_at is not None and at > before.due_at:
            _add(changes, before, f"late_{before.status.value}", max(before.due_at, before.since), 1)
            _add(changes, before, f"late_{before.status.value}", at, -1)
    _add(changes, after, after.status.value, at, 1)


def done(changes: Changes, standing: Standing, deeds: Mapping[str, int], at: datetime) -> None:
    """Note what was done with a case that stands so after the act."""
    if standing.cell_code is None:
        return
    for name, count in deeds.items():
        for head in ("", standing.head):
            key = (month_of(at), head, standing.cell_code)
            changes.setdefault(key, (standing.street_code, Counter()))[1][name] += count


def is_settled_by(before: Standing | None, after: Standing) -> bool:
    """Return whether an act settled the case: it was not settled before, and is after."""
    return after.status is Status.SETTLED and (before is None or before.status is not Status.SETTLED)


def _add(changes: Changes, standing: Standing, column: str, at: datetime, step: int) -> None:
    if standing.cell_code is None:
        return
    for head in ("", standing.head):
        for month in (month_of(at), 0):
            changes.setdefault((month, head, standing.cell_code), (standing.street_code, Counter()))[1][column] += step


def apply(session: Session, changes: Changes) -> None:
    """Add the changes to the tallies, in one statement."""
    rows = _rows(changes)
    if rows:
        # Numbers of a transaction that may still be rolled back are nobody else's.
        session.info["tallies_changed"] = True
        session.execute(_ADDING[session.get_bind().dialect.name], rows + _versions(rows))


def bundle_of(cell_code: str) -> str:
    """Return which cells share a version: by the code alone, whatever street a cell is in today. By the book it is the street."""
    return cell_code[:9]


def _versions(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    zero = dict.fromkeys(COUNTED, 0)
    bundles = sorted({(row["month"], bundle_of(row["cell_code"])) for row in rows})
    return [{"month": month, "head": VERSION, "cell_code": bundle, "street_code": bundle, **zero, "filed": 1}
            for month, bundle in bundles]


def _adding(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["month", "head", "cell_code"],
        set_={name: getattr(CellTally, name) + getattr(statement.excluded, name) for name in COUNTED},
    )


#: Built once and given its rows apart: one that holds its rows is put into words anew at every filing, for two milliseconds.
_TABLE: Any = CellTally.__table__
_ADDING = {"sqlite": _adding(sqlite.insert(_TABLE)), "postgresql": _adding(postgresql.insert(_TABLE))}


def _rows(changes: Changes) -> list[dict[str, Any]]:
    return [
        {"month": month, "head": head, "cell_code": cell, "street_code": street, **{name: by[name] for name in COUNTED}}
        for (month, head, cell), (street, by) in sorted(changes.items()) if any(by.values())
    ]


def recount(session: Session) -> Changes:
    """Count everything anew by walking the recorded standings and deeds of every case."""
    changes: Changes = {}
    standings: dict[uuid.UUID, Standing] = {}
    entries = session.execute(
        select(HistoryEntry.chain, HistoryEntry.at, HistoryEntry.details)
        .where(HistoryEntry.case_version.is_not(None)).order_by(HistoryEntry.chain, HistoryEntry.seq)
    )
    for chain, at, details in entries:
        if "standing" in details:
            after = Standing.from_json(details["standing"], at)
            before = standings.get(chain)
            moved(changes, before, after, at)
            if before is None or not before.counts_like(after):
                standings[chain] = after
            if before is None and "deeds" not in details:
                # Recorded before deeds were: that a case was filed shows in its first standing.
                done(changes, after, FILED_ONE, at)
        if details.get("deeds"):
            done(changes, standings[chain], details["deeds"], at)
    return changes


def rebuild(session: Session) -> None:
    """Replace all tallies by a recount; what was kept in memory of the old ones holds no longer."""
    rows = _rows(recount(session))
    session.execute(delete(CellTally).where(CellTally.head != VERSION))
    session.execute(update(CellTally).values(filed=CellTally.filed + 1))
    versions = _versions(rows)
    if versions:
        session.execute(_ADDING[session.get_bind().dialect.name], versions)
    for start in range(0, len(rows), 500):
        session.execute(insert(CellTally), rows[start:start + 500])


def differences(session: Session) -> list[str]:
    """Return in words each tally that is not what a recount gives; an empty list is the proof."""
    counted = {
        (row["month"], row["head"], row["cell_code"]): {name: row[name] for name in COUNTED} for row in _rows(recount(session))
    }
    kept = {
        (row.month, row.head, row.cell_code): {name: getattr(row, name) for name in COUNTED}
        for row in session.scalars(select(CellTally).where(CellTally.head != VERSION))
    }
    zero = dict.fromkeys(COUNTED, 0)
    return [
        f"{key}: kept {kept.get(key, zero)}, counted {counted.get(key, zero)}"
        for key in sorted(counted.keys() | kept.keys()) if kept.get(key, zero) != counted.get(key, zero)
    ]
