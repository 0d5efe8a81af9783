"""Department tasks: sign for, answer, send back; confirm, ask again, dispatch again, recall; and the street's ruling."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.departments import default_ask
from gridmediate.domain.permissions import Actor, Permission, may
from gridmediate.domain.problems import ChangedMeanwhile, FieldMissing, FieldNotAChoice, FieldTooLong, NotFound, Problem
from gridmediate.domain.tasks import AnswerKind, ReturnReason, TaskAct, TaskState, advance_task, is_open
from gridmediate.domain.vocabulary import Label, Part, Phrase, Seat
from gridmediate.services.casework import (
    Writing,
    facts_of_task,
    load_case,
    permitted,
    sitting,
    subject_of,
    task_of,
    waiting_for,
)
from gridmediate.services.prompts import answer_urgings
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import task_deadlines
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.models import Case, Task, TeamSeat

WORDS_LIMIT = 2000


class DepartmentBusy(Problem):
    """The department named already has an open task in the case."""

    code = "task.department-busy"
    sentence = Label(
        "{department}在本案已有任务在办，请换一个部门。", "{department} already has an open task in this case; choose another.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A department's answer.

    Parameters
    ----------
    kind : AnswerKind
    words : str
        Read by the parties, unless *is_internal*.
    settles : bool
        Whether the matter itself is settled by this; asked of the lead department only.
    """

    kind: AnswerKind
    words: str
    settles: bool = False
    is_internal: bool = False


def case_no_of(session: Session, task_id: uuid.UUID) -> str:
    """Return the number of the case a task belongs to.

    Raises
    ------
    NotFound
    """
    case_no = session.scalar(select(Case.case_no).join(Task, Task.case_id == Case.id).where(Task.id == task_id))
    if case_no is None:
        raise NotFound
    return case_no


def sign(session: Session, task_ids: Iterable[uuid.UUID], actor: Actor, now: datetime) -> int:
    """Sign for one or several tasks; one that cannot be signed for refuses them all.

    Returns
    -------
    int
        How many were signed for.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen
    """
    chosen = set(task_ids)
    # Everybody locks cases in the same order; two people who sign overlapping lists would else wait for each other for ever.
    found = session.scalars(select(Task.id).where(Task.id.in_(chosen)).order_by(Task.case_id, Task.id)).all()
    if len(found) < len(chosen):
        raise NotFound
    for task_id in found:
        case, task, writing, rules = _begin(session, task_id, TaskAct.SIGN, None, actor, now)
        task.signed_at, task.signed_by = now, actor.account_id
        _finish(case, task, writing, rules, TaskAct.SIGN)
        _tell_how_it_goes(session, case, task, TaskAct.SIGN, now, actor)
    return len(found)


def come(session: Session, task_id: uuid.UUID, version: int | None, actor: Actor, now: datetime) -> Case:
    """Record that a called department's people are on the spot; who had not signed has signed by it.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, ArrivalNotOpen, ChangedMeanwhile
    """
    case, task, writing, rules = _begin(session, task_id, TaskAct.COME, version, actor, now)
    if task.signed_at is None:
        task.signed_at, task.signed_by = now, actor.account_id
    task.came_at = now
    _finish(case, task, writing, rules, TaskAct.COME)
    _tell_how_it_goes(session, case, task, TaskAct.COME, now, actor)
    return case


def answer(session: Session, task_id: uuid.UUID, given: Answer, version: int | None, actor: Actor, now: datetime) -> Case:
    """Answer a task; one that was not signed for is signed for by the same act.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, FieldMissing, FieldTooLong, ChangedMeanwhile
    """
    _check_words("answer", Label("答复", "Answer"), given.words)
    case, task, writing, rules = _begin(session, task_id, TaskAct.ANSWER, version, actor, now)
    if task.signed_at is None:
        task.signed_at, task.signed_by = now, actor.account_id
    task.answered_at, task.answered_by, task.answer_kind = now, actor.account_id, given.kind
    task.settles = given.settles and task.part is Part.LEAD and given.kind is AnswerKind.DONE
    task.is_internal = given.is_internal
    seal(session, task, "answer", given.words.strip())
    _finish(case, task, writing, rules, TaskAct.ANSWER, details={"kind": given.kind.value, "settles": task.settles})
    answer_urgings(session, task, now)
    _tell_how_it_goes(session, case, task, TaskAct.ANSWER, now, actor, seats=_COMMUNITY)
    return case


def send_back(session: Session, task_id: uuid.UUID, reason: ReturnReason, words: str, version: int | None, actor: Actor,
              now: datetime) -> Case:
    """Send a task back with a reason code. The second time it goes to the street, whose ruling is final.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, RulingIsFinal, FieldMissing, FieldTooLong, ChangedMeanwhile
    """
    _check_words("return_words", Label("说明", "Explanation"), words)
    case, task, writing, rules = _begin(session, task_id, TaskAct.SEND_BACK, version, actor, now)
    task.returned_count += 1
    task.return_reason = reason
    seal(session, task, "return_words", words.strip())
    _finish(case, task, writing, rules, TaskAct.SEND_BACK, details={"reason": reason.value, "times": task.returned_count},
            words=words.strip())
    _tell_how_it_goes(session, case, task, TaskAct.SEND_BACK, now, actor, seats=_COMMUNITY)
    return case


def confirm(session: Session, task_id: uuid.UUID, version: int | None, actor: Actor, now: datetime) -> Case:
    """Confirm an answer.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, ChangedMeanwhile
    """
    case, task, writing, rules = _begin(session, task_id, TaskAct.CONFIRM, version, actor, now)
    task.confirmed_at = now
    _finish(case, task, writing, rules, TaskAct.CONFIRM)
    tell(session, case, "task.confirm", now, departments={task.department_code}, accounts=waiting_for(case), but=actor.account_id)
    return case


def ask_again(session: Session, task_id: uuid.UUID, words: str, version: int | None, actor: Actor, now: datetime) -> Case:
    """Ask for more than the answer gave; the clock of the task goes on from its dispatch.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, FieldMissing, ChangedMeanwhile
    """
    _check_words("words", Label("还要什么", "What more is asked"), words)
    case, task, writing, rules = _begin(session, task_id, TaskAct.ASK_AGAIN, version, actor, now)
    seal(session, task, "ask", words.strip())
    task.settles = False
    _finish(case, task, writing, rules, TaskAct.ASK_AGAIN, words=words.strip())
    tell(session, case, "task.ask_again", now, departments={task.department_code})
    return case


def assign_again(session: Session, task_id: uuid.UUID, department: str, words: str, version: int | None, actor: Actor,
                 now: datetime) -> Case:
    """Dispatch a returned task again: to the same department with clearer words (its clock goes on), or to another (a new clock).

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, FieldNotAChoice, DepartmentBusy, ChangedMeanwhile
    """
    return _redirect(session, task_id, TaskAct.ASSIGN_AGAIN, department, words, version, actor, now)


def rule(
    session: Session, task_id: uuid.UUID, department: str, words: str, version: int | None, actor: Actor, now: datetime
) -> Case:
    """Rule, as the street, which department handles a task that was sent back twice. The ruling is final.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, FieldMissing, FieldNotAChoice, DepartmentBusy, ChangedMeanwhile
    """
    _check_words("words", Label("裁定理由", "Grounds of the ruling"), words)
    return _redirect(session, task_id, TaskAct.RULE, department, words, version, actor, now)


def recall(session: Session, task_id: uuid.UUID, words: str, version: int | None, actor: Actor, now: datetime) -> Case:
    """Recall a task, visibly and with a reason.

    Raises
    ------
    NotFound, NotPermitted, TaskActNotOpen, FieldMissing, ChangedMeanwhile
    """
    _check_words("words", Label("撤回理由", "Reason for recalling"), words)
    case, task, writing, rules = _begin(session, task_id, TaskAct.RECALL, version, actor, now)
    for seat in sitting(case):
        if seat.department_code == task.department_code:
            seat.left_at = now
    _finish(case, task, writing, rules, TaskAct.RECALL, words=words.strip())
    tell(session, case, "task.recall", now, departments={task.department_code})
    return case


def _begin(session: Session, task_id: uuid.UUID, act: TaskAct, version: int | None, actor: Actor,
           now: datetime) -> tuple[Case, Task, Writing, Rulebook]:
    case = load_case(session, case_no_of(session, task_id), actor)
    task = task_of(case, task_id)
    if not may(actor, Permission.TASK_READ, subject_of(case)) or not _own_if_department(actor, case, task, act):
        raise NotFound
    if version is not None and version != task.version:
        raise ChangedMeanwhile
    target = advance_task(facts_of_task(task), act, permitted=permitted(actor, case))
    writing = Writing(session, case, actor, now)
    task.state = target
    return case, task, writing, rulebook_of(session)


def _own_if_department(actor: Actor, case: Case, task: Task, act: TaskAct) -> bool:
    # A department reaches the cases it has a task in, but only its own tasks in them.
    if act not in (TaskAct.SIGN, TaskAct.COME, TaskAct.ANSWER, TaskAct.SEND_BACK):
        return True
    return task.department_code in actor.departments or not actor.departments


def _finish(case: Case, task: Task, writing: Writing, rules: Rulebook, act: TaskAct, *, details: dict | None = None,
            words: str | None = None) -> None:
    task.is_open = is_open(task.state)
    about = {"task": task.id.hex, "department": task.department_code, "task_state": task.state.value}
    writing.done(f"task.{act.value}", rules, details={**about, **(details or {})}, words=words)


def _redirect(session: Session, task_id: uuid.UUID, act: TaskAct, department: str, words: str, version: int | None, actor: Actor,
              now: datetime) -> Case:
    case, task, writing, rules = _begin(session, task_id, act, version, actor, now)
    if not rules.exists(department):
        raise FieldNotAChoice(field="department", name=Label("部门", "Department"), got=department)
    task.is_ruled = act is TaskAct.RULE
    if department != task.department_code:
        _hand_over(session, case, task, department, rules, actor, words, now)
    elif words.strip() and act is TaskAct.ASSIGN_AGAIN:
        seal(session, task, "ask", words.strip())
    task.signed_at = task.signed_by = None
    _finish(case, task, writing, rules, act, words=words.strip() or None)
    tell(session, case, f"task.{act.value}", now, departments={department})
    return case


def _hand_over(session: Session, case: Case, task: Task, department: str, rules: Rulebook, actor: Actor, words: str,
               now: datetime) -> None:
    if any(each.is_open and each.department_code == department for each in case.tasks):
        raise DepartmentBusy(department=rules.department_label(department))
    sign_due, answer_due = task_deadlines(rules, case, task.urgency, now)
    for seat in sitting(case):
        if seat.department_code == task.department_code:
            seat.left_at = now
            reason = Phrase("team.by_hand", {"by": actor.name, "why": words.strip()[:120] or "—"})
            case.seats.append(TeamSeat(
                id=new_id(), case_id=case.id, position=seat.position, seat=Seat.DEPARTMENT, department_code=department,
                part=seat.part, is_vacant=False, reason=reason.as_json(), seated_at=now))
            break
    task.department_code, task.came_at = department, None
    task.dispatched_at, task.sign_due_at = now, sign_due.due_at
    task.answer_due_at, task.answer_warn_at = answer_due.due_at, answer_due.warn_at
    seal(session, task, "ask", words.strip() or default_ask(department, case.t2_code).say("zh"))


def _check_words(field: str, name: Label, words: str) -> None:
    if not words.strip():
        raise FieldMissing(field=field, name=name)
    if len(words) > WORDS_LIMIT:
        raise FieldTooLong(field=field, name=name, limit=WORDS_LIMIT, length=len(words))


#: Who in the community goes on with what a department says.
_COMMUNITY = (Seat.CADRE, Seat.GRID_WORKER)


def _tell_how_it_goes(session: Session, case: Case, task: Task, act: TaskAct, now: datetime, actor: Actor, *,
                      seats: Collection[Seat] = (Seat.GRID_WORKER,)) -> None:
    """Tell whoever filed the case and sits in these seats; the street of what it called, and of what it has to rule."""
    to_street = task.call_id is not None or task.state is TaskState.RULING
    tell(session, case, f"task.{act.value}", now, accounts=waiting_for(case, seats),
         streets={case.street_code} if to_street else (), but=actor.account_id)
