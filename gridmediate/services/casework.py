"""What every act on a case shares: loading it for a reader, reading its facts, and writing an act down whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain import deeds
from gridmediate.domain.categories import not_mediable
from gridmediate.domain.next_steps import Beside, TaskBrief, next_step
from gridmediate.domain.permissions import Actor, CaseSubject, Permission, may
from gridmediate.domain.problems import ChangedMeanwhile, NotFound
from gridmediate.domain.routing import urgency_of
from gridmediate.domain.tasks import AnswerKind, TaskFacts, TaskState, is_open
from gridmediate.domain.vocabulary import Flag, Label, Level, Part, Seat, Source, Urgency, label
from gridmediate.domain.workflow import FINAL_STATES, CaseFacts
from gridmediate.services.rulebook import Rulebook
from gridmediate.store import rollup
from gridmediate.store.history import Entry, last_of, record
from gridmediate.store.models import Case, Task, TeamSeat

#: Who may entrust matters that a committee would otherwise not take (People's Mediation Law art. 18).
ENTRUSTED = frozenset({Source.COURT, Source.POLICE})


#: A case with its seats and tasks, locked; built once, since every act and every page of a case begins with it.
_BY_NO = select(Case).where(Case.case_no == bindparam("case_no")).options(
    selectinload(Case.seats), selectinload(Case.tasks)).with_for_update(of=Case)


def load_case(session: Session, case_no: str, actor: Actor, permission: Permission = Permission.CASE_READ, *,
              version: int | None = None) -> Case:
    """Load a case that the actor may read, locked for this transaction.

    Raises
    ------
    NotFound
        Absent, or out of the actor's reach: the two are answered alike.
    ChangedMeanwhile
        If *version* is given and somebody has changed the case since it was shown.
    """
    case = session.scalars(_BY_NO, {"case_no": case_no}).one_or_none()
    if case is None or not may(actor, permission, subject_of(case)):
        raise NotFound
    if version is not None and version != case.version:
        raise ChangedMeanwhile
    return case


def subject_of(case: Case) -> CaseSubject:
    """Return what decides who may do something with a case."""
    kept = [task for task in case.tasks if task.state is not TaskState.RECALLED]
    return CaseSubject(
        street_code=case.street_code, county_code=case.county_code, community_code=case.community_code, cell_code=case.cell_code,
        filed_by=case.filed_by, seated=frozenset(seat.account_id for seat in sitting(case) if seat.account_id),
        departments=frozenset(task.department_code for task in kept),
        lead_departments=frozenset(task.department_code for task in kept if task.part is Part.LEAD), level=case.level,
    )


def permitted(actor: Actor, case: Case) -> Callable[[Permission], bool]:
    """Return the question "may this actor …, to this case"."""
    subject = subject_of(case)
    return lambda permission: may(actor, permission, subject)


def reads_as_department(actor: Actor, may: Callable[[Permission], bool]) -> bool:
    """Return whether the actor reads a case for a department alone: its own tasks, and no words of others."""
    return bool(actor.departments) and not may(Permission.PARTY_UNMASK) and not may(Permission.TASK_RULE)


def sitting(case: Case) -> list[TeamSeat]:
    """Return the seats of the team as it is now."""
    return [seat for seat in case.seats if seat.left_at is None]


def is_mediable(t2_code: str, source: Source) -> bool:
    """Return whether people's mediation may take a matter: of its own right, or because a court or the police entrusted it."""
    return not_mediable(t2_code) is None or source in ENTRUSTED


def is_dangerous(flags: Collection[Flag | str]) -> bool:
    """Return whether somebody may be hurt."""
    return urgency_of(flags) is Urgency.URGENT


def facts_of(case: Case, rules: Rulebook) -> CaseFacts:
    """Return what the workflow's conditions look at."""
    lead = lead_task(case)
    lead_settles = bool(lead and lead.settles and lead.answer_kind is AnswerKind.DONE
                        and lead.state in (TaskState.ANSWERED, TaskState.CONFIRMED))
    open_tasks = [task for task in case.tasks if is_open(task.state)]
    return CaseFacts(
        state=case.state, placed=case.cell_code is not None,
        mediable=is_mediable(case.t2_code, case.source), is_dangerous=is_dangerous(case.flags), willingness=case.willingness,
        seats_to_settle=tuple(_seat_label(seat, rules) for seat in sitting(case) if not _is_settled(seat)),
        consent_needed=case.consent_needed,
        open_tasks=tuple(rules.department_label(task.department_code) for task in open_tasks), lead_settles=lead_settles,
        other_open_tasks=tuple(rules.department_label(task.department_code) for task in open_tasks if task is not lead),
        agreement=case.agreement_state, clauses_open=case.clauses_open, is_paused=case.paused_at is not None,
        extension=case.extension, waits_above=case.raise_due_at is not None, is_raised=case.level is not Level.CELL,
        can_go_up=case.level is not Level.COUNTY, follow_ups_open=case.follow_ups_open,
    )


def lead_task(case: Case) -> Task | None:
    """Return the lead department's task, the newest where a reopened case has had several."""
    leads = [task for task in case.tasks if task.part is Part.LEAD and task.state is not TaskState.RECALLED]
    return max(leads, key=lambda task: (task.dispatched_at, task.id), default=None)


def _is_settled(seat: TeamSeat) -> bool:
    if seat.seat is Seat.DEPARTMENT:
        return seat.department_code is not None
    if seat.seat is Seat.GUEST:
        return True
    return seat.account_id is not None or (seat.is_vacant and bool(seat.reason))


def _seat_label(seat: TeamSeat, rules: Rulebook) -> Label:
    return rules.department_label(seat.department_code) if seat.department_code else label(seat.seat)


class Writing:
    """One act on a case, written down whole: history, tallies, next step and version.

    Make it before changing anything, call :meth:`done` after.
    """

    def __init__(self, session: Session, case: Case, actor: Actor | None, now: datetime) -> None:
        self._last = last_of(session, case.id)
        # One moment for the record and for the tallies, also when the clock has stepped back since the last entry.
        self.session, self.case, self.actor, self.now = session, case, actor, max(now, self._last.at)
        self._before = rollup.Standing.of(case)
        self._tasks = _sent_and_back(case)
        self._from_state = case.state

    def done(self, act: str, rules: Rulebook, *, details: dict[str, Any] | None = None, words: str | None = None,
             counts: Mapping[str, int] | None = None) -> None:
        """Write the act down; a change without this is not committed by any service of this room.

        Parameters
        ----------
        counts : mapping or None
            Deeds that cannot be told from the case and its tasks (:mod:`gridmediate.domain.deeds`).
        """
        case = self.case
        if (case.cell_code, case.t2_code[:2]) != (self._before.cell_code, self._before.head) or \
                rollup.Standing.of(case).status is not self._before.status:
            case.status_since = self.now
        case.is_open = case.state not in FINAL_STATES
        case.changed_at = self.now
        refresh_next_step(case, rules)
        self.session.flush()
        after = rollup.Standing.of(case)
        did = {**self._did(after), **(counts or {})}
        entry = Entry(act, {"standing": after.as_json(), **({"deeds": did} if did else {}), **(details or {})}, words=words,
                      from_state=self._from_state, to_state=case.state)
        record(self.session, case.id, [entry], actor=self.actor, at=self.now, case=case, last=self._last)
        changes: rollup.Changes = {}
        rollup.moved(changes, self._before, after, self.now)
        rollup.done(changes, after, did, self.now)
        rollup.apply(self.session, changes)

    def _did(self, after: rollup.Standing) -> dict[str, int]:
        """Return the deeds that show in the case and its tasks: dispatched, sent back, settled."""
        case, now = self.case, _sent_and_back(self.case)
        did = {
            "dispatched": sum(key not in self._tasks or self._tasks[key][0] != to for key, (to, _) in now.items()),
            "returned": sum(back - self._tasks.get(key, ("", 0))[1] for key, (_, back) in now.items()),
        }
        if rollup.is_settled_by(self._before, after):
            did |= deeds.settled(case.level, self.now - case.filed_at)
        return {name: count for name, count in did.items() if count}


def _sent_and_back(case: Case) -> dict[uuid.UUID, tuple[str, int]]:
    """Return of each task to which department it is dispatched and how often it was sent back."""
    return {task.id: (task.department_code, task.returned_count) for task in case.tasks}


def refresh_next_step(case: Case, rules: Rulebook) -> None:
    """Bring what lists show of a case up to date."""
    briefs = [TaskBrief(rules.department_label(task.department_code), task.state, task.answer_due_at, task.answer_warn_at,
                        is_called=task.call_id is not None)
              for task in case.tasks if is_open(task.state)]
    step = next_step(case.state, placed=case.cell_code is not None, due_at=case.due_at, warn_at=case.warn_at, tasks=briefs,
                     sessions_held=case.sessions_held, has_community=case.community_code is not None, beside=beside_of(case))
    case.next_step, case.turn = step.phrase.as_json(), step.turn
    case.next_due_at, case.next_warn_at = step.due_at, step.warn_at


def beside_of(case: Case) -> Beside:
    """Return what runs beside the main line of a case, as its columns keep it."""
    return Beside(
        level=case.level, raise_due_at=case.raise_due_at, extension=case.extension, paused_until=case.paused_until,
        consent_needed=case.consent_needed, agreement=case.agreement_state, clauses_open=case.clauses_open,
        clauses_broken=case.clauses_broken, clause_due_at=case.clause_due_at,
    )


def audience(case: Case) -> tuple[set[uuid.UUID], set[str]]:
    """Return the accounts seated in the case and the departments with a task in it."""
    return {seat.account_id for seat in sitting(case) if seat.account_id}, {task.department_code for task in case.tasks}


def waiting_for(case: Case, seats: Collection[Seat] = (Seat.GRID_WORKER,)) -> set[uuid.UUID]:
    """Return who wants to hear how a case goes on: whoever filed it, and who sits in these seats."""
    seated = {seat.account_id for seat in sitting(case) if seat.account_id and seat.seat in seats}
    return seated | ({case.filed_by} if case.filed_by else set())


def facts_of_task(task: Task) -> TaskFacts:
    """Return what decides an act on a task."""
    return TaskFacts(task.state, task.returned_count, task.is_ruled, task.call_id is not None, task.came_at is not None)


def task_of(case: Case, task_id: uuid.UUID) -> Task:
    """Return one task of a case.

    Raises
    ------
    NotFound
    """
    task = next((task for task in case.tasks if task.id == task_id), None)
    if task is None:
        raise NotFound
    return task
