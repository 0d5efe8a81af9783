"""The rows of one imported case: itself, team, tasks, clocks and history, as if each act had been done here at its own moment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridmediate.domain import deeds
from gridmediate.domain.case_words import AgreementState
from gridmediate.domain.categories import t1_of
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.import_map import SourceRow
from gridmediate.domain.tasks import AnswerKind, TaskState, is_open
from gridmediate.domain.team import SeatPlan
from gridmediate.domain.vocabulary import Datum, Level, Part, Phrase, PlaceMethod, Source, Urgency, Willingness
from gridmediate.domain.workflow import FINAL_STATES, Act, Clock, State, Transition
from gridmediate.geo.crs import to_wgs84
from gridmediate.services.casework import refresh_next_step
from gridmediate.services.clocks import start_clock
from gridmediate.services.filing import title_of
from gridmediate.services.placing import Placement
from gridmediate.services.rulebook import Rulebook
from gridmediate.services.teams import dispatch, seat_rows
from gridmediate.store import rollup
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import Keyring, seal
from gridmediate.store.history import Entry, chained
from gridmediate.store.models import Base, Case, CaseClock, HistoryEntry, Task
from gridmediate.store.rollup import Standing

#: Acts that stand at the moment of filing; the file knows no other moment for them. The rest stand at the closing.
_AT_FILING = frozenset({Act.ACCEPT, Act.FORM_TEAM})
#: Names the filing keys of imported rows, so that one number always makes one key.
_KEYS = uuid.UUID("6f0f9f0e-3c0b-5d8e-9a57-0c5b1d1f2a44")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What decides an imported case besides its row.

    Parameters
    ----------
    placement : Placement
    seats : list of SeatPlan
    street, county, case_no : str
    datum : Datum
        Of the file's coordinates.
    file : str
    importer : UUID or None
    now : datetime
        When it is imported, as against when it was filed.
    digest : bytes
        Of what the row says, to tell later whether it says something else.
    """

    placement: Placement
    seats: list[SeatPlan]
    street: str
    county: str
    case_no: str
    datum: Datum
    file: str
    importer: uuid.UUID | None
    now: datetime
    digest: bytes


@dataclass(slots=True)
class Taken:
    """An imported case with all that belongs to it, in no session."""

    case: Case
    clocks: list[CaseClock] = field(default_factory=list)
    acts: list[tuple[Entry, datetime, uuid.UUID | None]] = field(default_factory=list)
    #: Every standing and the moment it was taken, for the tallies.
    standings: list[tuple[Standing, datetime]] = field(default_factory=list)

    def count(self, changes: rollup.Changes) -> None:
        """Note for the tallies where the case stood and what was done with it."""
        before = None
        for standing, at in self.standings:
            rollup.moved(changes, before, standing, at)
            before = standing if before is None or not before.counts_like(standing) else before
        for (entry, at, _), (standing, _) in zip(self.acts, self.standings, strict=True):
            rollup.done(changes, standing, entry.details.get("deeds", {}), at)

    @property
    def rows(self) -> list[Base]:
        """The case and what belongs to it, its history aside."""
        return [self.case, *self.case.seats, *self.case.tasks, *self.clocks]

    def history(self, ring: Keyring) -> list[HistoryEntry]:
        """Return the entries of its history."""
        return chained(ring, self.case.id, self.acts, case=self.case)


def take_case(session: Session, rules: Rulebook, row: SourceRow, intake: Intake) -> Taken:
    """Make the rows of one imported case, by the course that its row names."""
    taken = Taken(_filed(session, row, intake))
    case = taken.case
    case.seats = seat_rows(case, intake.seats, row.filed_at)
    case.tasks = []
    taken.clocks.append(start_clock(case, ClockKind.ACCEPT, rules, row.filed_at))
    details = {
        "cell": case.cell_code, "how": intake.placement.how.value, "t2": case.t2_code, "t1": case.t1_code,
        "file": intake.file[:120], "line": row.line, "imported_at": intake.now.isoformat(),
        "seats": [seat.reason["code"] for seat in case.seats],
    }
    standing = Standing.of(case)
    entry = Entry("case.import", {"standing": standing.as_json(), "deeds": deeds.FILED_ONE, **details}, to_state=State.FILED)
    taken.acts.append((entry, row.filed_at, intake.importer))
    taken.standings.append((standing, row.filed_at))
    for step in row.course.rows:
        _step(session, rules, taken, row, step)
    if row.course.task is TaskState.SIGNED:
        for task in case.tasks:
            task.state, task.signed_at = TaskState.SIGNED, row.filed_at
            _note(taken, "task.sign", row.filed_at, _about(task))
    case.is_open = case.state not in FINAL_STATES
    refresh_next_step(case, rules)
    return taken


def _filed(session: Session, row: SourceRow, intake: Intake) -> Case:
    """Return the case as it was when it was filed."""
    placement, cell = intake.placement, intake.placement.cell
    has_point = row.lon is not None and row.lat is not None
    lon, lat = to_wgs84(row.lon, row.lat, intake.datum) if has_point else (None, None)
    if has_point:
        method, reason = PlaceMethod.IMPORT, placement.reason
    elif row.address:
        method, reason = PlaceMethod.ADDRESS, Phrase("place.address")
    else:
        method, reason = PlaceMethod.NONE, Phrase("place.none")
    case = Case(
        id=new_id(), version=1, state=State.FILED, is_open=True, case_no=intake.case_no,
        cell_id=cell.id if cell else None, cell_code=cell.code if cell else None,
        community_code=cell.community_code if cell else None, street_code=intake.street, county_code=intake.county,
        t2_code=row.t2_code, t1_code=t1_of(row.t2_code), source=Source.IMPORT, willingness=Willingness.NOT_ASKED,
        flags=[], urgency=Urgency.ORDINARY, level=Level.CELL, lon=lon, lat=lat, raw_lon=row.lon, raw_lat=row.lat,
        datum=intake.datum, place_method=method, place_reason=reason.as_json(), filed_by=intake.importer, filed_at=row.filed_at,
        filing_key=uuid.uuid5(_KEYS, row.number), filing_digest=intake.digest, external_no=row.number,
        status_since=row.filed_at, changed_at=row.filed_at, sessions_held=0,
    )
    seal(session, case, "title", title_of(row.facts))
    seal(session, case, "facts", row.facts)
    seal(session, case, "address", row.address)
    return case


def _step(session: Session, rules: Rulebook, taken: Taken, row: SourceRow, step: Transition) -> None:
    """Do one act of the course; what it does to outcome, clock, tasks and words is what it would have done here."""
    case, came_from, before = taken.case, taken.case.state, Standing.of(taken.case)
    at = row.filed_at if step.act in _AT_FILING else row.closed_at or row.filed_at
    details: dict[str, Any] = {"elsewhere": True}
    did: dict[str, int] = {}
    if step.target is State.CLOSED:
        _finish_tasks(session, taken, row, at, settled_by_lead=step.act is Act.CLOSE_AS_DEPARTMENT)
    match step.act:
        case Act.FORM_TEAM:
            details["departments"] = [task.department_code for task in dispatch(session, case, rules, {}, at)]
            did["dispatched"] = len(details["departments"])
        case Act.RECORD_REFUSAL:
            case.willingness = Willingness.UNWILLING
        case Act.NOTE_SESSION:
            case.sessions_held += 1
            details["session"] = case.sessions_held
        case Act.AGREE_ORALLY | Act.AGREE_IN_WRITING:
            # Its paper was made and signed where the case comes from.
            case.agreement_state = AgreementState.IN_FORCE
    words = None if step.act in _AT_FILING else row.result
    case.state, case.outcome = step.target, step.outcome or case.outcome
    _turn_clock(rules, taken, step.clock, at)
    if step.target in FINAL_STATES:
        seal(session, case, "result", row.result)
        case.closed_at = at if step.target is State.CLOSED else None
    if Standing.of(case).status is not before.status:
        case.status_since = at
    if rollup.is_settled_by(before, Standing.of(case)):
        did |= deeds.settled(case.level, at - case.filed_at)
    if any(did.values()):
        details["deeds"] = {name: count for name, count in did.items() if count}
    _note(taken, f"case.{step.act.value}", at, details, came_from, words)


def _turn_clock(rules: Rulebook, taken: Taken, effect: Clock, at: datetime) -> None:
    if effect is Clock.KEEP:
        return
    for clock in taken.clocks:
        clock.ended_at = clock.ended_at or at
    taken.case.due_at = taken.case.warn_at = None
    if effect is Clock.START_MEDIATION:
        taken.clocks.append(start_clock(taken.case, ClockKind.MEDIATE, rules, at))


def _finish_tasks(session: Session, taken: Taken, row: SourceRow, at: datetime, *, settled_by_lead: bool) -> None:
    """Answer and confirm what is still out, since no case closes over an open task."""
    for task in taken.case.tasks:
        if not is_open(task.state):
            continue
        leads = settled_by_lead and task.part is Part.LEAD
        task.settles, task.answer_kind = leads, AnswerKind.DONE
        task.state, task.signed_at, task.answered_at = TaskState.ANSWERED, at, at
        seal(session, task, "answer", row.result)
        _note(taken, "task.answer", at, {**_about(task), "kind": AnswerKind.DONE.value, "settles": leads})
        task.state, task.is_open, task.confirmed_at = TaskState.CONFIRMED, False, at
        if not leads:  # closing as the lead department confirms its own answer
            _note(taken, "task.confirm", at, _about(task))


def _about(task: Task) -> dict[str, Any]:
    return {"task": task.id.hex, "department": task.department_code, "task_state": task.state.value, "elsewhere": True}


def _note(taken: Taken, act: str, at: datetime, details: dict[str, Any], came_from: State | None = None,
          words: str | None = None) -> None:
    """Write an act down with the standing it leads to; the file does not say who did it."""
    standing = Standing.of(taken.case)
    entry = Entry(act, {"standing": standing.as_json(), **details}, words=words or None,
                  from_state=came_from or taken.case.state, to_state=taken.case.state)
    taken.case.changed_at = at
    taken.acts.append((entry, at, None))
    taken.standings.append((standing, at))
