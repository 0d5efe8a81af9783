"""What became of a case since a reader saw it: field by field, from the chained record, with who did it and when.

Nothing that somebody typed is in it, so that it may be shown to whoever may read the case, and be kept on a phone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import BY_NOBODY, READINGS
from gridmediate.domain.case_words import State
from gridmediate.domain.categories import category
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Label, Phrase, Seat, label
from gridmediate.services.calls_of_case import said_of
from gridmediate.services.casework import load_case
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.store.history import NO_ENTRY, Entry, record
from gridmediate.store.models import Account, Case, HistoryEntry, TeamSeat

STATE, CELL, CATEGORY = Label("状态", "Status"), Label("网格", "Cell"), Label("分类", "Category")
DUE, STEP = Label("到期日", "Due"), Label("下一步", "Next step")

Said = Label | Phrase | datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an act changed, or an act that changed none of them.

    Parameters
    ----------
    at : datetime
    by : Label
    act : Label
    field : Label or None
        None for an act that is told by its name alone.
    was, now : Label, Phrase, datetime or None
        None for nothing, and as *was* for what the record does not keep.
    """

    at: datetime
    by: Label
    act: Label
    field: Label | None = None
    was: Said = None
    now: Said = None


def changes_since(session: Session, case_no: str, version: int, actor: Actor, now: datetime) -> list[Change]:
    """Return what was changed in a case after its version *version*, in order; at the end, what is to be done next.

    Raises
    ------
    NotFound
        Absent or out of reach, answered alike.
    """
    case = load_case(session, case_no, actor)
    if version >= case.version:
        return []
    entries = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == case.id, HistoryEntry.act.not_in(READINGS))
                              .order_by(HistoryEntry.seq)).all()
    seen = [each for each in entries if (each.case_version or 0) <= version]
    told = _Told(grid_of(session, now), rulebook_of(session), _names(session, case, entries))
    found: list[Change] = []
    standing, since = _last_standing(seen), seen[-1].at if seen else NO_ENTRY.at
    for entry in entries:
        if (entry.case_version or 0) <= version:
            continue
        fields = [*told.of_entry(entry, standing), *told.of_seats(case.seats, since, entry.at)]
        by, act = told.by(entry.actor_id), said_of(entry, told.rules)
        found += [Change(entry.at, by, act, *each) for each in fields] or [Change(entry.at, by, act)]
        standing, since = entry.details.get("standing", standing), max(since, entry.at)
    if found:
        last = found[-1]
        found.append(Change(last.at, last.by, last.act, STEP, None, Phrase.from_json(case.next_step)))
    return found


def read_changes(session: Session, case_no: str, version: int, actor: Actor, now: datetime) -> tuple[int, list[Change]]:
    """Return the newest version of a case with what was changed since *version*, and record the reading.

    Raises
    ------
    NotFound
    """
    case = load_case(session, case_no, actor)
    record(session, case.id, [Entry("case.read")], actor=actor, at=now, case=case)
    return case.version, changes_since(session, case_no, version, actor, now)


def _last_standing(entries: Sequence[HistoryEntry]) -> list[Any]:
    return next((each.details["standing"] for each in reversed(entries) if "standing" in each.details), [None] * 5)


def _names(session: Session, case: Case, entries: Sequence[HistoryEntry]) -> dict[uuid.UUID, Label]:
    wanted = {each.actor_id for each in entries} | {seat.account_id for seat in case.seats}
    rows = session.execute(select(Account.id, Account.name, Account.name_en).where(Account.id.in_(wanted - {None})))
    return {row.id: Label(row.name, row.name_en or row.name) for row in rows}


@dataclass(frozen=True, slots=True)
class _Told:
    """How what the record keeps is called."""

    grid: Grid
    rules: Rulebook
    names: dict[uuid.UUID, Label]

    def by(self, account_id: uuid.UUID | None) -> Label:
        return self.names.get(account_id, BY_NOBODY) if account_id else BY_NOBODY

    def of_entry(self, entry: HistoryEntry, before: list[Any]) -> Iterator[tuple[Label, Said, Said]]:
        """Yield what an entry changed of the case itself."""
        after = entry.details.get("standing", before)
        if entry.from_state and entry.to_state and entry.from_state != entry.to_state:
            yield STATE, label(State(entry.from_state)), label(State(entry.to_state))
        if after[0] != before[0]:
            yield CELL, self._cell(before[0]), self._cell(after[0])
        if entry.act == "case.correct_category":
            yield CATEGORY, category(entry.details["from"]).short, category(entry.details["to"]).short
        if after[4] != before[4]:
            yield DUE, _moment(before[4]), _moment(after[4])

    def of_seats(self, seats: Sequence[TeamSeat], since: datetime, until: datetime) -> Iterator[tuple[Label, Said, Said]]:
        """Yield who left and who took a seat after *since*, *until* included; a seat that changed hands once."""
        left = [each for each in seats if each.left_at and since < each.left_at <= until and each.seated_at <= since]
        came = [each for each in seats if since < each.seated_at <= until and each.left_at is None]
        for seat in left:
            heir = next((each for each in came if (each.seat, each.department_code) == (seat.seat, seat.department_code)), None)
            if heir is not None:
                came.remove(heir)
            yield label(seat.seat), self._seat(seat), self._seat(heir) if heir else None
        for seat in came:
            yield label(seat.seat), None, self._seat(seat)

    def _cell(self, code: str | None) -> Said:
        card = self.grid.cells.get(code) if code else None
        return card.label if card else Label(code, code) if code else None

    def _seat(self, seat: TeamSeat) -> Label:
        if seat.seat is not Seat.GUEST and seat.department_code:
            return self.rules.department_label(seat.department_code)
        name = self.names.get(seat.account_id) if seat.account_id else None
        # An invited person is named on the page of the case alone.
        return name or (Label("空缺", "Vacant") if seat.is_vacant else label(seat.seat))


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
