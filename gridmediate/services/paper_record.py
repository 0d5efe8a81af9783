"""All that the record holds of one case, read once for its papers: rows, people by key, and the acts of its present life."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import READINGS
from gridmediate.domain.agreements import AgreementKind, Confirmation, last_day_to_confirm
from gridmediate.domain.case_words import Act
from gridmediate.domain.dossier import DossierFacts, PartyFacts
from gridmediate.domain.ladder import Rung
from gridmediate.domain.sittings import SITTING_STATES, Attendance, SittingState
from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.investigations import investigations_of
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.safe_contact import barred_parties
from gridmediate.store.encryption import Row, unseal
from gridmediate.store.history import words_of
from gridmediate.store.models import (
    Account,
    Agreement,
    Case,
    CaseClock,
    Clause,
    ClimbedStep,
    FollowUp,
    Guest,
    HistoryEntry,
    Investigation,
    MediationSession,
    Party,
    Raising,
)

#: The smallest step of a stored moment: the last one before a day's end belongs to that day.
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the office, as papers name them."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session that was held: the row with its minutes, or only the note in the case's history where there are none."""

    number: int
    held_at: datetime
    row: MediationSession | None
    note: HistoryEntry | None


@dataclass(frozen=True)
class PaperRecord:
    """A case as its papers are made from it; only to be used while its session is open."""

    session: Session
    case: Case
    now: datetime
    grid: Grid
    rules: Rulebook
    parties: tuple[Party, ...]
    sittings: tuple[Sitting, ...]
    minutes_waiting: int
    agreements: tuple[Agreement, ...]
    clauses: tuple[Clause, ...]
    follow_ups: tuple[FollowUp, ...]
    raisings: tuple[Raising, ...]
    steps: tuple[ClimbedStep, ...]
    investigations: tuple[Investigation, ...]
    clocks: tuple[CaseClock, ...]
    entries: tuple[HistoryEntry, ...]
    guests: tuple[Guest, ...]

    @cached_property
    def barred(self) -> frozenset[uuid.UUID]:
        """Parties whose phone and address stand on no paper, because a letter or call there would be seen."""
        return barred_parties(self.session, self.case, self.parties)

    def text(self, row: Row, column: str) -> str:
        """Return a sealed text."""
        return unseal(self.session, row, column)

    def words(self, entry: HistoryEntry | None) -> str:
        """Return what somebody typed with an act, "" if there is no such act."""
        return words_of(self.session, entry) if entry else ""

    def last(self, *acts: str) -> HistoryEntry | None:
        """Return the last entry of any of these acts since the case was filed or opened again."""
        return next((entry for entry in reversed(self.lived) if entry.act in acts), None)

    def last_ever(self, act: str) -> HistoryEntry | None:
        """Return the last entry of an act, also of an earlier life."""
        return next((entry for entry in reversed(self.entries) if entry.act == act), None)

    @cached_property
    def lived(self) -> tuple[HistoryEntry, ...]:
        """What was done since the case was filed, or opened again: how an earlier life ended is not how this one did."""
        opened = [place for place, entry in enumerate(self.entries) if entry.act == f"case.{Act.REOPEN.value}"]
        return self.entries[opened[-1]:] if opened else self.entries

    @cached_property
    def people(self) -> dict[uuid.UUID, Person]:
        """Everybody who had a hand in the case."""
        keys: set[uuid.UUID | None] = {self.case.filed_by}
        keys |= {seat.account_id for seat in self.case.seats} | {task.answered_by for task in self.case.tasks}
        keys |= {entry.actor_id for entry in self.entries} | {row.done_by for row in self.follow_ups}
        keys |= {row.asked_by for row in self.investigations}
        keys |= {uuid.UUID(key) for each in self.sittings if each.row
                 for key in Attendance.from_json(each.row.attendance).accounts}
        rows = self.session.execute(select(Account.id, Account.name, Account.phone).where(Account.id.in_(keys - {None})))
        return {row.id: Person(row.name, row.phone or "") for row in rows}

    def name(self, account: uuid.UUID | None) -> str:
        """Return a person's name, "" for nobody."""
        return self.people[account].name if account in self.people else ""

    @cached_property
    def county(self) -> str:
        """The county's name."""
        return self._area(self.case.county_code)

    @cached_property
    def street(self) -> str:
        """The street's name."""
        return self._area(self.case.street_code)

    @cached_property
    def community(self) -> str:
        """The community's name; "" while the place is open."""
        return self._area(self.case.community_code)

    def _area(self, code: str | None) -> str:
        area = self.grid.areas.get(code) if code else None
        return area.name if area else ""

    @property
    def agreement(self) -> Agreement | None:
        """The agreement that stands for the whole quarrel, else the last one on a part of it."""
        whole = [each for each in self.agreements if each.kind is not AgreementKind.PARTIAL]
        return next(reversed(whole or self.agreements), None)

    def clauses_of(self, agreement: Agreement) -> list[Clause]:
        """Return the clauses of one agreement."""
        return [each for each in self.clauses if each.agreement_id == agreement.id]

    @property
    def may_confirm(self) -> bool:
        """Whether the court may still be asked together."""
        return any(each.effect_at is not None and local_day(self.now) <= last_day_to_confirm(each.effect_at)
                   for each in self.agreements)


def last_day(due_at: datetime) -> date:
    """Return the last day of a period that ends at a moment."""
    return (due_at - _TICK).astimezone(LOCAL_ZONE).date()


def read_record(session: Session, case: Case, now: datetime) -> PaperRecord:
    """Read a loaded case for its papers."""
    def rows(model: Any, *order: Any) -> tuple[Any, ...]:
        return tuple(session.scalars(select(model).where(model.case_id == case.id).order_by(*order)))

    entries = tuple(session.scalars(select(HistoryEntry).where(
        HistoryEntry.chain == case.id, HistoryEntry.act.not_in(READINGS)).order_by(HistoryEntry.seq)))
    planned = rows(MediationSession, MediationSession.number)
    agreements = tuple(each for each in rows(Agreement, Agreement.made_at, Agreement.id) if each.dropped_at is None)
    stand = {each.id for each in agreements}
    return PaperRecord(
        session, case, now, grid_of(session, now), rulebook_of(session),
        parties=rows(Party, Party.position), sittings=_sittings(planned, entries), minutes_waiting=_waiting(case, planned, now),
        agreements=agreements,
        clauses=tuple(each for each in rows(Clause, Clause.position) if each.agreement_id in stand),
        follow_ups=rows(FollowUp, FollowUp.due_at, FollowUp.id), raisings=rows(Raising, Raising.asked_at, Raising.id),
        steps=tuple(each for each in rows(ClimbedStep, ClimbedStep.climbed_at)
                    if each.rung in (Rung.STREET, Rung.COUNTY)),
        investigations=tuple(investigations_of(session, case)), clocks=rows(CaseClock, CaseClock.started_at, CaseClock.id),
        entries=entries, guests=tuple(each for each in rows(Guest, Guest.invited_at) if each.seat_id and each.left_at is None),
    )


def _sittings(rows: Iterable[MediationSession], entries: Iterable[HistoryEntry]) -> tuple[Sitting, ...]:
    held = {row.held_as: row for row in rows if row.held_as is not None}
    notes = {entry.details.get("session"): entry for entry in entries if entry.act == f"case.{Act.NOTE_SESSION.value}"}
    found = [Sitting(number, row.planned_from, row, notes.get(number)) for number, row in held.items()]
    found += [Sitting(number, note.at, None, note) for number, note in notes.items() if number and number not in held]
    return tuple(sorted(found, key=lambda each: each.number))


def _waiting(case: Case, rows: Iterable[MediationSession], now: datetime) -> int:
    if case.state not in SITTING_STATES:
        return 0
    return sum(row.state is SittingState.PLANNED and row.planned_from <= now for row in rows)


def dossier_facts(record: PaperRecord) -> DossierFacts:
    """Return what the table of the dossier looks at."""
    case, agreements = record.case, record.agreements
    oral = sum(each.kind is AgreementKind.ORAL for each in agreements)
    return DossierFacts(
        state=case.state, outcome=case.outcome, source=case.source,
        was_accepted=any(entry.act == f"case.{Act.ACCEPT.value}" for entry in record.entries),
        parties=tuple(PartyFacts(number, each.side, each.notice_on is not None, each.identity_seen_on is not None,
                                 each.agent_sealed is not None, each.power_seen_on is not None)
                      for number, each in enumerate(record.parties, 1)),
        sessions_held=len(record.sittings), minutes_waiting=record.minutes_waiting, investigations=len(record.investigations),
        agreement=case.agreement_state, written=len(agreements) - oral, oral=oral,
        clauses=tuple(each.state for agreement in agreements for each in record.clauses_of(agreement)),
        follow_ups_done=sum(each.done_at is not None for each in record.follow_ups),
        follow_ups_open=case.follow_ups_open, extension_asked=record.last("case.ask_extension") is not None,
        confirmation=record.agreement.confirmation if record.agreement else Confirmation.NONE,
        may_confirm=record.may_confirm, supervisions=len(supervisions(record)),
    )


def supervisions(record: PaperRecord) -> list[Raising | ClimbedStep]:
    """Return what the levels above set in motion: questions that came back with advice, and delays that went up to them."""
    answered: list[Raising | ClimbedStep] = [each for each in record.raisings if each.came_down_at is not None]
    return sorted([*answered, *record.steps], key=begun_at)


def begun_at(row: Raising | ClimbedStep) -> datetime:
    """Return when the level above spoke."""
    return row.climbed_at if isinstance(row, ClimbedStep) else row.came_down_at or row.asked_at
