"""Climbing the ladder: what time has brought to cases and tasks is written down and told, each step once."""

from __future__ import annotations

import json
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.ladder import Climb, Hearer, RunningClock, Subject, act_of, climb, height
from gridmediate.domain.tasks import WITH_DEPARTMENT, TaskState
from gridmediate.domain.vocabulary import Level, Role, Seat
from gridmediate.services import filing_photos
from gridmediate.services.casework import sitting
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.telling import people_of, tell
from gridmediate.store.climbs import ClockKey, cases_to_climb, climbed_of
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, ClimbedStep, Home, Task

#: Cases in one transaction: few enough that whoever files a case meanwhile does not notice.
BATCH = 20
#: Cases looked for at once; what is left is found by the next look.
_MOST = 5000

_log = logging.getLogger("gridmediate.sweep")


@dataclass(slots=True)
class Swept:
    """What a sweep came to.

    Parameters
    ----------
    cases : int
        In which a step was climbed.
    acts : Counter of str
        Entries of the record, by act.
    failed : int
        Cases left as they were by a fault, which is in the log.
    """

    cases: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def add(self, other: Swept) -> None:
        """Add what another transaction came to."""
        self.cases += other.cases
        self.acts += other.acts
        self.failed += other.failed


@dataclass(frozen=True, slots=True)
class _Going:
    """A clock that runs, and what is climbed of it now."""

    subject: Subject
    task: Task | None
    clock: RunningClock
    climb: Climb


def sweep(store: Store, now: datetime, *, on_progress: Callable[[int, int], None] = lambda _done, _of: None) -> Swept:
    """Climb every step whose moment has come, in small transactions. Doing it again, or twice at once, changes nothing.

    Parameters
    ----------
    store : Store
    now : datetime
        Aware.
    on_progress : callable
        Hears after each transaction how many cases were looked at, of how many.
    """
    swept = Swept()
    with store.reading() as session:
        due = due_cases(session, now)
    for start in range(0, len(due), BATCH):
        swept.add(_climb_whole(store, due[start:start + BATCH], now))
        on_progress(min(start + BATCH, len(due)), len(due))
    _clear_photo_parts(store, now)
    return swept


def _clear_photo_parts(store: Store, now: datetime) -> None:
    with store.reading() as session:
        if not filing_photos.are_stale(session, now):
            return  # most looks find nothing, and need not wait for other writers to see that
    with store.writing() as session:
        filing_photos.drop_stale(session, now)


def due_cases(session: Session, now: datetime) -> list[uuid.UUID]:
    """Return the cases in which a step has come; none in a home that is not set up yet."""
    if session.get(Home, 1) is None:
        return []
    rules = rulebook_of(session)
    return list(session.scalars(cases_to_climb(rules.ladder, now, rules.calendar, _MOST)))


def _climb_whole(store: Store, case_ids: list[uuid.UUID], now: datetime) -> Swept:
    try:
        with store.writing() as session:
            return climb_cases(session, case_ids, now)
    except OperationalError:
        raise  # the database is not there or too busy: the next look will find it
    except Exception as error:
        if len(case_ids) == 1:
            _log.error(json.dumps({"fault": type(error).__name__, "job": "sweep", "case": case_ids[0].hex}))
            return Swept(failed=1)
    # One case that cannot be climbed must not keep the others from being heard, at this look and at every later one.
    swept = Swept()
    for case_id in case_ids:
        swept.add(_climb_whole(store, [case_id], now))
    return swept


def climb_cases(session: Session, case_ids: list[uuid.UUID], now: datetime) -> Swept:
    """Climb what has come in these cases, in the caller's transaction.

    A case that somebody else holds is left to the next sweep: a clock can wait a minute, a person should not. One that was closed
    meanwhile, or whose clock has moved on, stays silent.
    """
    swept, rules = Swept(), rulebook_of(session)
    cases = session.scalars(
        select(Case).where(Case.id.in_(case_ids), or_(Case.is_open, Case.follow_ups_open > 0)).order_by(Case.id)
        .options(selectinload(Case.seats), selectinload(Case.tasks)).with_for_update(of=Case, skip_locked=True)
    ).all()
    climbed = climbed_of(session, [case.id for case in cases])
    for case in cases:
        # The gravest first: who is told of several at once has one line in his inbox, and it is this.
        going = sorted(_going(case, rules, climbed, now), key=lambda each: -height(each.climb.highest))
        if not going:
            continue
        session.add_all(ClimbedStep(
            case_id=case.id, subject_id=each.task.id if each.task else case.id, subject=each.subject,
            due_at=each.clock.due_at, warn_at=each.clock.warn_at, rung=rung, climbed_at=now,
        ) for each in going for rung in each.climb.rungs)
        record(session, case.id, [_entry(each) for each in going], actor=None, at=now, case=case)
        for each in going:
            _tell(session, case, each, now)
        swept.cases += 1
        swept.acts.update(_act(each) for each in going)
    return swept


def _going(case: Case, rules: Rulebook, climbed: dict[ClockKey, set], now: datetime) -> Iterator[_Going]:
    for subject, task, clock in _clocks(case):
        key = (subject, task.id if task else case.id, clock)
        found = climb(rules.ladder, subject, clock, now, rules.calendar, climbed.get(key, ()))
        if found is not None:
            yield _Going(subject, task, clock, found)


def _clocks(case: Case) -> Iterator[tuple[Subject, Task | None, RunningClock]]:
    """Yield the clocks of a case; a task that was sent back is late with nobody, the case's own clock speaks for it."""
    if case.due_at is not None:
        yield Subject.CASE, None, RunningClock(case.warn_at or case.due_at, case.due_at)
    beside = ((Subject.CLAUSE, case.clause_due_at, case.clause_warn_at),
              (Subject.FOLLOW_UP, case.follow_up_due_at, case.follow_up_warn_at),
              (Subject.PAUSE, case.paused_until, case.paused_until), (Subject.RAISED, case.raise_due_at, case.raise_due_at))
    for subject, due_at, warn_at in beside:
        if due_at is not None and warn_at is not None:
            yield subject, None, RunningClock(warn_at, due_at)
    for task in case.tasks:
        if task.state in WITH_DEPARTMENT:
            yield Subject.ANSWER, task, RunningClock(task.answer_warn_at, task.answer_due_at)
        if task.state is TaskState.ASSIGNED:
            yield Subject.SIGN, task, RunningClock(task.sign_due_at, task.sign_due_at)


def _act(going: _Going) -> str:
    return act_of(going.subject, going.climb.highest)


def _entry(going: _Going) -> Entry:
    details = {"due": going.clock.due_at.isoformat(), "rungs": [rung.value for rung in going.climb.rungs]}
    if going.task is not None:
        details |= {"task": going.task.id.hex, "department": going.task.department_code}
    return Entry(_act(going), details)


#: Who answers for a level that was asked.
_OF_LEVEL = {Level.CELL: Hearer.CADRE, Level.COMMUNITY: Hearer.CADRE, Level.STREET: Hearer.STREET, Level.COUNTY: Hearer.COUNTY}
#: Whose seat in the team hears.
_SEATS = {Hearer.CADRE: Seat.CADRE, Hearer.GRID_WORKER: Seat.GRID_WORKER}


def _tell(session: Session, case: Case, going: _Going, now: datetime) -> None:
    hearers, accounts = set(going.climb.hearers), set[uuid.UUID]()
    if Hearer.ASKED in hearers:
        hearers.add(_OF_LEVEL[case.level])
    for hearer in hearers & _SEATS.keys():
        accounts |= _seated(case, _SEATS[hearer])
    if Hearer.CADRE in hearers and not _seated(case, Seat.CADRE) and case.community_code:
        # Before the place is settled there is no team, and the clock runs all the same.
        accounts |= people_of(session, {case.community_code}, now, (Role.CADRE,))
    if Hearer.COUNTY in hearers:
        accounts |= people_of(session, {case.county_code}, now, (Role.COORDINATOR,))
    departments = {going.task.department_code} if going.task and Hearer.DEPARTMENT in hearers else set()
    # A step that nobody would hear goes to the street.
    streets = {case.street_code} if Hearer.STREET in hearers or not (accounts or departments) else set()
    tell(session, case, _act(going), now, accounts=accounts, departments=departments, streets=streets)


def _seated(case: Case, seat: Seat) -> set[uuid.UUID]:
    return {each.account_id for each in sitting(case) if each.seat is seat and each.account_id}
