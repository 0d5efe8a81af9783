"""Working running clocks out anew by the rules and holidays of today: only when it is asked for, and written into each case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.deadlines import Deadline, TimeLimit, Unit, due, limit_for
from gridmediate.domain.moved_deadlines import extend, resume
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.tasks import WITH_DEPARTMENT
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, label
from gridmediate.services.casework import Writing
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import task_deadlines
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, CaseClock, MeetingItem, Task

#: Cases in one transaction, so that whoever files meanwhile does not notice.
BATCH = 20
_NOON = time(12)
_UNITS = {label(unit).zh: unit for unit in Unit}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many cases were looked at, and how many are due at another moment now."""

    cases: int
    changed: int


def recompute_clocks(store: Store, actor: Actor, now: datetime) -> Recomputed:
    """Work out anew when every running case and every task with a department is due.

    Notes
    -----
    A clock keeps its start, its pauses and its extension; only the count follows the rules and holidays of today. Each case whose
    due moment changes has an entry that says from when to when.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.RULES_EDIT)
    cases = changed = 0
    last: uuid.UUID | None = None
    while True:
        with store.writing() as session:
            rows = _some(session, last)
            rules = rulebook_of(session)
            met = _met(session, rows)
            changed += sum(_recompute(session, case, rules, actor, now, keeps_tasks=case.id in met) for case in rows)
            last = rows[-1].id if rows else None
        cases += len(rows)
        if len(rows) < BATCH:
            break
    with store.writing() as session:
        locked_home(session)
        note(session, "clocks.recompute", {"cases": cases, "changed": changed}, actor=actor, now=now)
    return Recomputed(cases, changed)


def _some(session: Session, after: uuid.UUID | None) -> list[Case]:
    running = select(CaseClock.id).where(CaseClock.case_id == Case.id, CaseClock.ended_at.is_(None)).exists()
    chosen = select(Case).where(Case.is_open.is_(True), running).order_by(Case.id).limit(BATCH)
    if after is not None:
        chosen = chosen.where(Case.id > after)
    return list(session.scalars(chosen.options(selectinload(Case.seats), selectinload(Case.tasks)).with_for_update(of=Case)))


def _met(session: Session, cases: list[Case]) -> set[uuid.UUID]:
    """Return the cases that a joint meeting has set days for: those days come from people, not from a rule."""
    return set(session.scalars(select(MeetingItem.case_id).where(
        MeetingItem.case_id.in_([case.id for case in cases]), MeetingItem.decided_at.is_not(None))))


def _recompute(session: Session, case: Case, rules: Rulebook, actor: Actor, now: datetime, *, keeps_tasks: bool) -> bool:
    clock = session.scalars(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None))).one()
    writing = Writing(session, case, actor, now)
    before = clock.due_at
    waiting = [] if keeps_tasks else [task for task in case.tasks if task.state in WITH_DEPARTMENT]
    moved = {task.department_code for task in waiting if _move_task(rules, case, task)}
    deadline, source = _again(Deadline.from_json(clock.explanation), case, rules)
    if deadline.due_at == before and not moved:
        return False
    clock.due_at, clock.warn_at = deadline.due_at, deadline.warn_at
    clock.explanation = {**deadline.as_json(), "source": {"zh": source.zh, "en": source.en}}
    if case.due_at is not None:  # a clock that is paused shows no due moment until it is resumed
        case.due_at, case.warn_at = deadline.due_at, deadline.warn_at
    writing.done("case.recompute", rules, details={
        "from": before.isoformat(), "to": deadline.due_at.isoformat(), "departments": sorted(moved)})
    return True


def _again(was: Deadline, case: Case, rules: Rulebook) -> tuple[Deadline, Label]:
    """Count a clock anew from its start, through its pauses and its extension."""
    limit = limit_for(rules.limits, was.kind, case.t2_code, case.urgency)
    deadline = due(limit, was.started_at, rules.calendar)
    for step in was.steps:
        told = step.values
        if step.code == "clock.paused":
            paused, resumed = (datetime.combine(date.fromisoformat(told[key]), _NOON, LOCAL_ZONE) for key in ("from", "to"))
            deadline = resume(deadline, paused, resumed, Label(**told["why"]), rules.calendar)
        elif step.code == "clock.extended":
            more = TimeLimit(was.kind, told["amount"], _UNITS[told["unit"]["zh"]], limit.source)
            deadline = extend(deadline, more, rules.calendar)
    return deadline, limit.source


def _move_task(rules: Rulebook, case: Case, task: Task) -> bool:
    _, answer = task_deadlines(rules, case, task.urgency, task.dispatched_at)
    if answer.due_at == task.answer_due_at:
        return False
    task.answer_due_at, task.answer_warn_at = answer.due_at, answer.warn_at
    return True
