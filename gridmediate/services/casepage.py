"""All that one reader may see of one case, and the acts that are open to this reader now."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import BY_NOBODY, OF_TIME, READINGS, act_label
from gridmediate.domain.agreements import MediatorChoice, NoticeHow, Openness
from gridmediate.domain.categories import category, not_mediable
from gridmediate.domain.deadlines import Deadline
from gridmediate.domain.ladder import Rung
from gridmediate.domain.masking import mask_name, mask_phone
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.safety import Colour, colour_of
from gridmediate.domain.vocabulary import (
    Datum,
    Flag,
    Label,
    Part,
    Phrase,
    PlaceMethod,
    Seat,
    Side,
    Source,
    Status,
    Urgency,
    Willingness,
    label,
)
from gridmediate.domain.workflow import OPEN_STATES, Act, OpenAct, Outcome, State, open_acts
from gridmediate.services.calls_of_case import CallsOfCase, calls_of, said_of
from gridmediate.services.case_tasks import TaskView, tasks_of
from gridmediate.services.casework import (
    ENTRUSTED,
    facts_of,
    load_case,
    permitted,
    reads_as_department,
    sitting,
)
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.investigations import InvestigationView, read_investigations
from gridmediate.services.later_life import LaterLife, later_life
from gridmediate.services.lists import Clock, clock_between, shown_status
from gridmediate.services.rights_page import RightsView, rights_of
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.safe_contact import barred_parties
from gridmediate.services.safety import Safety, safety_of
from gridmediate.services.session_lists import SittingsOfCase, sittings_of
from gridmediate.store.encryption import unseal
from gridmediate.store.history import Entry, record, words_of
from gridmediate.store.models import Account, Case, CaseClock, HistoryEntry, Party, TeamSeat


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party, masked, with what it was told and wants."""

    id: uuid.UUID
    position: int
    side: Side
    name: str
    phone: str
    is_minor: bool
    is_organisation: bool
    willingness: Willingness
    notice_on: date | None
    notice_how: NoticeHow | None
    mediator_choice: MediatorChoice | None
    openness: Openness | None
    is_representative: bool
    has_agent: bool
    #: A safe contact is in force: nobody calls or writes here.
    is_barred: bool


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat with its reason in words."""

    id: uuid.UUID
    seat: Seat
    name: Label
    part: Part | None
    department_code: str | None
    is_vacant: bool
    is_reader: bool
    reason: Phrase


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An act in the case's history."""

    at: datetime
    act: str
    said: Label
    by: Label | None
    words: str
    details: dict[str, Any]
    is_key: bool
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class StageMark:
    """When the case reached a state, for the stepper."""

    state: State
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case as this reader sees it."""

    id: uuid.UUID
    case_no: str
    version: int
    title: str
    facts: str
    address: str
    state: State
    status: Status
    outcome: Outcome | None
    result: str
    urgency: Urgency
    category: Label
    head: Label
    t2_code: str
    t1_code: str
    flags: tuple[Flag, ...]
    willingness: Willingness
    source: Source
    is_entrusted: bool
    not_mediable: Label | None
    referral: Label | None
    cell_code: str | None
    cell: Label | None
    community: Label | None
    community_code: str | None
    street: Label | None
    place_reason: Phrase
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    place_method: PlaceMethod
    datum: Datum
    filed_at: datetime
    filed_by: Label | None
    is_filer: bool
    closed_at: datetime | None
    sessions_held: int
    deadline: Deadline | None
    deadline_source: Label | None
    clock: Clock
    step: Phrase
    parties: tuple[PartyView, ...]
    may_unmask: bool
    may_edit_parties: bool
    may_note: bool
    may_make_papers: bool
    may_adjust_team: bool
    may_settle_place: bool
    is_seated: bool
    seats: tuple[SeatView, ...]
    tasks: tuple[TaskView, ...]
    open_tasks: tuple[Label, ...]
    acts: tuple[OpenAct, ...]
    timeline: tuple[TimelineEntry, ...]
    stages: tuple[StageMark, ...]
    later: LaterLife
    rights: RightsView
    may_mediate: bool
    may_follow_up: bool
    colour: Colour
    safety: Safety | None
    sittings: SittingsOfCase
    calls: CallsOfCase
    investigations: tuple[InvestigationView, ...]

    def act(self, act: Act | str) -> OpenAct | None:
        """Return an act if it is open to the reader."""
        return next((each for each in self.acts if each.row.act == act), None)


def read_case(session: Session, case_no: str, actor: Actor, now: datetime) -> CaseView:
    """Return a case for one reader and record the reading.

    A department's reader sees the facts and the department's own tasks, and no phone numbers.

    Raises
    ------
    NotFound
        Absent or out of reach, answered alike.
    """
    case = load_case(session, case_no, actor)
    record(session, case.id, [Entry("case.read")], actor=actor, at=now, case=case)
    grid, rules = grid_of(session, now), rulebook_of(session)
    may = permitted(actor, case)
    running = select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None))
    clock = session.scalars(running).one_or_none() if case.state in OPEN_STATES else None
    entries = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == case.id, HistoryEntry.act.not_in(READINGS))
                              .order_by(HistoryEntry.seq)).all()
    names = _names(session, case, entries)
    acts, whole = {entry.act for entry in entries}, not reads_as_department(actor, may)
    rights = rights_of(session, case, actor, may, names, acts=acts, whole=whole)
    return CaseView(
        **_matter(session, case, grid, actor, names, now),
        deadline=Deadline.from_json(clock.explanation) if clock else None,
        deadline_source=_label(clock.explanation["source"]) if clock else None,
        clock=clock_between(case.warn_at, case.due_at, now) if case.due_at and case.warn_at else Clock(None, "none", 0.0),
        parties=_parties(session, case, actor, may),
        may_unmask=may(Permission.PARTY_UNMASK),
        may_edit_parties=may(Permission.PARTY_EDIT),
        may_note=may(Permission.CASE_NOTE),
        may_make_papers=may(Permission.PAPER_MAKE),
        may_adjust_team=may(Permission.TEAM_ADJUST),
        may_settle_place=case.cell_code is None and may(Permission.CASE_PLACE),
        is_seated=any(seat.account_id == actor.account_id for seat in sitting(case)),
        seats=tuple(_seat(seat, names, rules, rights, actor) for seat in sorted(sitting(case), key=lambda each: each.position)),
        tasks=tasks_of(session, case, rules, actor, may, now),
        open_tasks=facts_of(case, rules).open_tasks,
        acts=open_acts(facts_of(case, rules), may),
        timeline=tuple(_entry(session, each, names, rules, actor, may) for each in reversed(entries)),
        stages=_stages(entries),
        later=later_life(session, case, actor, now, acts=acts, whole=whole),
        rights=rights,
        may_mediate=may(Permission.CASE_MEDIATE),
        may_follow_up=may(Permission.CASE_FOLLOW_UP),
        colour=colour_of(case.flags, case.urgency, is_open=case.is_open, due_at=case.due_at, now=now),
        safety=safety_of(session, case, actor, acts=acts) if whole else None,
        sittings=sittings_of(session, case, actor, may, now, acts=acts),
        calls=calls_of(session, case, actor, may, rules, now, acts=acts),
        investigations=read_investigations(session, case, may, acts=acts),
    )


def _matter(
    session: Session, case: Case, grid: Grid, actor: Actor, names: dict[uuid.UUID, Label], now: datetime
) -> dict[str, Any]:
    cell = grid.cells.get(case.cell_code) if case.cell_code else None
    community = grid.areas.get(case.community_code) if case.community_code else None
    street = grid.areas.get(case.street_code)
    kind = category(case.t2_code)
    barred = not_mediable(case.t2_code) if case.source not in ENTRUSTED else None
    return {
        "id": case.id,
        "case_no": case.case_no,
        "version": case.version,
        "title": unseal(session, case, "title"),
        "facts": unseal(session, case, "facts"),
        "address": unseal(session, case, "address"),
        "state": case.state,
        "status": shown_status(case, now),
        "outcome": case.outcome,
        "result": unseal(session, case, "result"),
        "urgency": case.urgency,
        "category": kind.short,
        "head": kind.head.short,
        "t2_code": case.t2_code,
        "t1_code": case.t1_code,
        "flags": tuple(Flag(flag) for flag in case.flags),
        "willingness": case.willingness,
        "source": case.source,
        "is_entrusted": case.source in ENTRUSTED,
        "not_mediable": barred.reason if barred else None,
        "referral": barred.referral if barred else None,
        "cell_code": case.cell_code,
        "cell": cell.label if cell else None,
        "community": community.label if community else None,
        "community_code": case.community_code,
        "street": street.label if street else None,
        "place_reason": Phrase.from_json(case.place_reason),
        "lon": case.lon,
        "lat": case.lat,
        "accuracy_m": case.accuracy_m,
        "place_method": case.place_method,
        "datum": case.datum,
        "filed_at": case.filed_at,
        "filed_by": names.get(case.filed_by) if case.filed_by else None,
        "is_filer": case.filed_by == actor.account_id,
        "closed_at": case.closed_at,
        "sessions_held": case.sessions_held,
        "step": Phrase.from_json(case.next_step),
    }


def _names(session: Session, case: Case, entries: Any) -> dict[uuid.UUID, Label]:
    wanted = {entry.actor_id for entry in entries} | {seat.account_id for seat in case.seats} | {case.filed_by}
    rows = session.execute(select(Account.id, Account.name, Account.name_en).where(Account.id.in_(wanted - {None})))
    return {row.id: Label(row.name, row.name_en or row.name) for row in rows}


def _label(stored: dict[str, str]) -> Label:
    return Label(stored["zh"], stored["en"])


def _parties(session: Session, case: Case, actor: Actor, may: Callable[[Permission], bool]) -> tuple[PartyView, ...]:
    shows_phone = may(Permission.PARTY_UNMASK)
    rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    barred = barred_parties(session, case, rows)
    return tuple(
        PartyView(
            row.id,
            row.position,
            row.side,
            mask_name(
                unseal(session, row, "name"),
                is_minor=row.is_minor or Flag.MINOR in case.flags,
                is_organisation=row.is_organisation,
            ),
            mask_phone(unseal(session, row, "phone")) if shows_phone and not row.is_minor and row.id not in barred else "",
            row.is_minor,
            row.is_organisation,
            row.willingness,
            row.notice_on,
            row.notice_how,
            row.mediator_choice,
            row.openness,
            row.is_representative,
            row.agent_sealed is not None,
            row.id in barred,
        )
        for row in rows
    )


def _seat(seat: TeamSeat, names: dict[uuid.UUID, Label], rules: Rulebook, rights: RightsView, actor: Actor) -> SeatView:
    if seat.seat is Seat.GUEST:
        name = rights.seat_name(seat.id) or label(seat.seat)
    elif seat.department_code:
        name = rules.department_label(seat.department_code)
    else:
        name = names.get(seat.account_id, label(seat.seat)) if seat.account_id else label(seat.seat)
    return SeatView(
        seat.id,
        seat.seat,
        name,
        seat.part,
        seat.department_code,
        seat.is_vacant,
        seat.account_id == actor.account_id,
        Phrase.from_json(seat.reason),
    )


def _entry(session: Session, entry: HistoryEntry, names: dict[uuid.UUID, Label], rules: Rulebook, actor: Actor,
           may: Callable[[Permission], bool]) -> TimelineEntry:
    if entry.act in OF_TIME:
        return _of_time(entry, rules)
    # A department's reader gets the course of the case, and words only of its own tasks.
    own = not reads_as_department(actor, may) or entry.details.get("department") in actor.departments
    # Whose cousin a party is was told for the seat's sake; who declared it is promised that no colleague reads it.
    own = own and (entry.act != "team.declare_interest" or entry.actor_id == actor.account_id)
    return TimelineEntry(
        at=entry.at, act=entry.act, said=said_of(entry, rules), by=names.get(entry.actor_id) if entry.actor_id else None,
        words=words_of(session, entry) if own else "", details=entry.details,
        is_key=entry.from_state != entry.to_state or entry.act == "case.note_session",
    )


def _of_time(entry: HistoryEntry, rules: Rulebook) -> TimelineEntry:
    said = act_label(entry.act)
    if code := entry.details.get("department"):
        name = rules.department_label(code)
        said = Label(f"{said.zh}：{name.zh}", f"{said.en}: {name.en}")
    return TimelineEntry(at=entry.at, act=entry.act, said=said, by=BY_NOBODY, words="", details=entry.details, is_key=False,
                         is_late=OF_TIME[entry.act][1] is not Rung.WARN)


def _stages(entries: Any) -> tuple[StageMark, ...]:
    return tuple(
        StageMark(State(entry.to_state), entry.at) for entry in entries if entry.to_state and entry.from_state != entry.to_state
    )
