"""The street calls county departments: the call with its number, the tasks that go out with it, and its end."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridmediate.domain.acts import ON_THE_BOARD
from gridmediate.domain.calls import CALL_NOW, MOST_CALLED, CallMatter, may_close
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import ActNotOpen, FieldMissing, FieldNotAChoice, Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, Part, Phrase, Seat, Urgency, label
from gridmediate.domain.workflow import OPEN_STATES, State
from gridmediate.services.asked import check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting, waiting_for
from gridmediate.services.clocks import deadline_for
from gridmediate.services.grid import local_day
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.tasks import DepartmentBusy
from gridmediate.services.teams import new_task
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import CallNumber, Case, CountyCall, Task, TeamSeat

WORDS_LIMIT = 1000
#: States in which the street may call: accepted, and the matter not yet settled.
CALLABLE = OPEN_STATES - {State.FILED}

_DEPARTMENTS = Label("呼叫的部门", "Departments called")


class TooManyCalled(Problem):
    """More departments than one call gathers."""

    code = "call.too-many"
    sentence = Label("一次最多呼叫 {limit} 个部门，现在选了 {count} 个。",
                     "A call takes at most {limit} departments; {count} are chosen.")


class CallDone(Problem):
    """The call is closed."""

    code = "call.done"
    kind = Kind.CONFLICT
    sentence = Label("这次呼叫已经了结。", "This call is closed.")


class CallPartsOpen(Problem):
    """Departments have still to answer, or the street to confirm."""

    code = "call.parts-open"
    kind = Kind.CONFLICT
    sentence = Label("还有 {count} 个部门没答复或没确认，呼叫不能了结。请先确认答复，或说明理由撤回任务。",
                     "Departments not answered or not confirmed: {count}, so the call cannot close. Confirm the answers, or "
                     "recall a task with a reason.")


@dataclass(frozen=True, slots=True)
class Calling:
    """A call as the street makes it.

    Parameters
    ----------
    matter : CallMatter
    urgency : Urgency
        Decides the limits for signing and answering; the case's own urgency does not.
    departments : sequence of str
        Codes.
    words : str
        What each is to come for and to answer; the tasks bear them.
    """

    matter: CallMatter
    urgency: Urgency
    departments: Sequence[str]
    words: str


def call_county(session: Session, case_no: str, calling: Calling, actor: Actor, now: datetime, *,
                version: int | None = None) -> CountyCall:
    """Call departments; each gets a task with the clocks of the call, and the county hears of it.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, FieldMissing, FieldTooLong, FieldNotAChoice, TooManyCalled, DepartmentBusy,
    ChangedMeanwhile
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.CASE_CALL):
        raise NotPermitted
    if case.state not in CALLABLE:
        raise ActNotOpen(state=label(case.state), act=CALL_NOW)
    rules = rulebook_of(session)
    departments = _checked(case, calling.departments, rules)
    words = check_words("words", Label("请部门来做什么", "What they are called for"), calling.words, limit=WORDS_LIMIT)
    writing = Writing(session, case, actor, now)
    with session.no_autoflush:
        call = CountyCall(
            id=new_id(), case_id=case.id, number=_next_number(session, case.street_code, local_day(now).year),
            matter=calling.matter, urgency=calling.urgency, called_by=actor.account_id, called_at=now)
        seal(session, call, "words", words)
        session.add(call)
        case.tasks.extend(
            new_task(session, case, rules, code, Part.SUPPORT, words, now, urgency=calling.urgency, call_id=call.id)
            for code in departments)
        _seat(case, departments, now)
    details = {"call": call.number, "matter": call.matter.value, "urgency": call.urgency.value, "departments": departments}
    writing.done("call.make", rules, details=details, words=words, counts={"calls": 1})
    is_urgent = calling.urgency is Urgency.URGENT
    tell(session, case, "call.make", now, departments=set(departments), accounts=audience(case)[0] | waiting_for(case),
         but=actor.account_id, is_urgent=is_urgent)
    tell(session, case, ON_THE_BOARD, now, counties={case.county_code}, but=actor.account_id, is_urgent=is_urgent)
    return call


def _checked(case: Case, chosen: Sequence[str], rules: Rulebook) -> list[str]:
    departments = list(dict.fromkeys(chosen))
    if not departments:
        raise FieldMissing(field="departments", name=_DEPARTMENTS)
    if len(departments) > MOST_CALLED:
        raise TooManyCalled(field="departments", limit=MOST_CALLED, count=len(departments))
    busy = {task.department_code for task in case.tasks if task.is_open}
    for code in departments:
        if not rules.exists(code):
            raise FieldNotAChoice(field="departments", name=_DEPARTMENTS, got=code)
        if code in busy:
            raise DepartmentBusy(field="departments", department=rules.department_label(code))
    return departments


def _seat(case: Case, departments: Sequence[str], now: datetime) -> None:
    """Give a seat to who has none, so that whoever was called is asked to sessions as well."""
    seated = {seat.department_code for seat in sitting(case)}
    first = max((seat.position for seat in case.seats), default=0) + 1
    newcomers = [code for code in departments if code not in seated]
    case.seats.extend(
        TeamSeat(id=new_id(), case_id=case.id, position=position, seat=Seat.DEPARTMENT, department_code=code, part=Part.SUPPORT,
                 is_vacant=False, reason=Phrase("team.by_hand.called").as_json(), seated_at=now)
        for position, code in enumerate(newcomers, first))


def _next_number(session: Session, street: str, year: int) -> str:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taking = insert(CallNumber).values(street_code=street, year=year, last=1).on_conflict_do_update(
        index_elements=["street_code", "year"], set_={"last": CallNumber.last + 1}).returning(CallNumber.last)
    return f"{street}-{year}-{session.execute(taking).scalar_one():04d}"


def sign_dues(session: Session, t2_code: str, now: datetime) -> dict[Urgency, datetime]:
    """Return by when a call made now is to be signed for, by its urgency and the office's own limits."""
    rules = rulebook_of(session)
    return {urgency: deadline_for(rules, ClockKind.TASK_SIGN, t2_code, urgency, now)[0].due_at for urgency in Urgency}


def say_call_number(number: str, street: Label, language: str) -> str:
    """Return a call's number as it is written: 柳溪街道 呼〔2026〕12号."""
    _, year, last = number.rsplit("-", 2)
    return f"{street.en} Call {int(last)} ({year})" if language == "en" else f"{street.zh} 呼〔{year}〕{int(last)}号"


def parts_of(case: Case, call_id: uuid.UUID) -> list[Task]:
    """Return the tasks of a call, as they went out."""
    return [task for task in case.tasks if task.call_id == call_id]


def close_call(session: Session, case_no: str, call_id: uuid.UUID, words: str, actor: Actor, now: datetime) -> CountyCall:
    """Close a call, saying what came of it; every part is confirmed or recalled by then. A case that has ended keeps none open.

    Raises
    ------
    NotFound, NotPermitted, CallDone, CallPartsOpen, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    call = session.scalars(select(CountyCall).where(CountyCall.id == call_id, CountyCall.case_id == case.id)).one_or_none()
    if not permitted(actor, case)(Permission.CASE_CALL):
        raise NotPermitted
    if call is None:
        raise NotFound
    if call.closed_at is not None:
        raise CallDone
    parts = parts_of(case, call.id)
    if not may_close([task.state for task in parts]):
        raise CallPartsOpen(count=sum(task.is_open for task in parts))
    said = check_words("words", Label("结果", "What came of it"), words, limit=WORDS_LIMIT)
    call.closed_at = now
    seal(session, call, "closing", said)
    record(session, case.id, [Entry("call.close", {"call": call.number}, words=said)], actor=actor, at=now, case=case)
    tell(session, case, "call.close", now, departments={task.department_code for task in parts}, accounts=waiting_for(case),
         but=actor.account_id)
    return call
