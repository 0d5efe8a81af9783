"""What a meeting reads: stuck cases and why each is there, the meetings of a place, one meeting, and its pack without names."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Extension
from gridmediate.domain.categories import is_sensitive
from gridmediate.domain.meetings import Assigned, ItemOutcome, without_names
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.safety import Colour, colour_of
from gridmediate.domain.tasks import WITH_DEPARTMENT, AnswerKind, TaskState
from gridmediate.domain.vocabulary import Label, Level, Part, Phrase, Status, label
from gridmediate.domain.workflow import OPEN_STATES, State
from gridmediate.services.casework import load_case
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import CaseRow, case_row
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.store import queries
from gridmediate.store.encryption import unseal
from gridmediate.store.history import Entry, lock_account, record, words_of
from gridmediate.store.models import Account, Case, HistoryEntry, JointMeeting, MeetingItem, Party, Raising, Task

MOST_PROPOSED = 60
MEETINGS_SHOWN = 50
_SESSIONS_SHOWN = 3
#: Acts after which somebody of the team had to be replaced.
_STOOD_BACK = ("team.declare_interest", "team.challenge")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case proposed for a meeting, with every reason why."""

    row: CaseRow
    reasons: tuple[Phrase, ...]
    colour: Colour


def candidates(session: Session, place_code: str, actor: Actor, now: datetime) -> list[Candidate]:
    """Return the stuck cases of a street, or of those sent up to a county; what waits for a meeting already is left out.

    Those with the most reasons come first, then what was due first.
    """
    waiting = exists().where(MeetingItem.case_id == Case.id, MeetingItem.outcome.is_(None))
    cases = session.scalars(
        select(Case).where(
            or_(Case.street_code == place_code, Case.county_code == place_code), Case.state.in_(sorted(OPEN_STATES)),
            queries.within(visible_to(actor, Permission.MEETING_HOLD)), _is_stuck(now), ~waiting)
        .order_by(Case.next_due_at, Case.id).limit(MOST_PROPOSED)).all()
    grid, reasons = grid_of(session, now), reasons_of(session, cases, now)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("meeting.list", {"candidates": len(cases)})], actor=actor, at=now)
    found = [
        Candidate(case_row(session, case, grid, now), reasons[case.id],
                  colour_of(case.flags, case.urgency, is_open=case.is_open, due_at=case.due_at, now=now))
        for case in cases
    ]
    return sorted(found, key=lambda each: -len(each.reasons))


def _is_stuck(now: datetime) -> ColumnElement[bool]:
    return or_(
        Case.due_at < now, Case.extension == Extension.GRANTED, Case.level != Level.CELL,
        exists().where(Task.case_id == Case.id, _is_late(now)),
        exists().where(Task.case_id == Case.id, Task.is_open.is_(True), Task.returned_count >= 2),
        exists().where(HistoryEntry.chain == Case.id, HistoryEntry.act.in_(_STOOD_BACK)),
    )


def _is_late(now: datetime) -> ColumnElement[bool]:
    return (Task.is_open.is_(True)) & Task.state.in_(sorted(WITH_DEPARTMENT)) & (Task.answer_due_at < now)


def reasons_of(session: Session, cases: Sequence[Case], now: datetime) -> dict[uuid.UUID, tuple[Phrase, ...]]:
    """Return why each of these cases is stuck; the number of statements does not grow with them."""
    keys, rules = [case.id for case in cases], rulebook_of(session)
    late, back = (_departments(session, keys, rules, which) for which in (
        _is_late(now), (Task.is_open.is_(True)) & (Task.returned_count >= 2)))
    asked = select(Raising.case_id, func.count()).where(Raising.case_id.in_(keys)).group_by(Raising.case_id)
    raised = {case_id: count for case_id, count in session.execute(asked)}
    stood_back = set(session.scalars(
        select(HistoryEntry.chain).where(HistoryEntry.chain.in_(keys), HistoryEntry.act.in_(_STOOD_BACK)).distinct()))
    return {
        case.id: tuple(_reasons(case, late[case.id], back[case.id], raised.get(case.id, 0), case.id in stood_back, now))
        for case in cases
    }


def _departments(session: Session, keys: list[uuid.UUID], rules: Rulebook,
                 which: ColumnElement[bool]) -> defaultdict[uuid.UUID, list[dict[str, str]]]:
    found: defaultdict[uuid.UUID, list[dict[str, str]]] = defaultdict(list)
    rows = session.execute(select(Task.case_id, Task.department_code).where(Task.case_id.in_(keys), which)
                           .order_by(Task.answer_due_at))
    for case_id, code in rows:
        said = rules.department_label(code)
        found[case_id].append({"zh": said.zh, "en": said.en})
    return found


def _reasons(case: Case, late: list[dict[str, str]], back: list[dict[str, str]], raised: int, stood_back: bool,
             now: datetime) -> Iterable[Phrase]:
    if case.due_at is not None and case.due_at < now:
        yield Phrase("stuck.overdue", {"days": max(1, (now - case.due_at).days)})
    if case.extension is Extension.GRANTED:
        yield Phrase("stuck.extended")
    if raised > 1:
        yield Phrase("stuck.raised_again", {"count": raised})
    elif case.level is not Level.CELL:
        said = label(case.level)
        yield Phrase("stuck.raised", {"level": {"zh": said.zh, "en": said.en.lower()}})
    if late:
        yield Phrase("stuck.department_late", {"departments": late})
    if back:
        yield Phrase("stuck.sent_back", {"departments": back})
    if stood_back:
        yield Phrase("stuck.challenged")


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A line of the list of meetings."""

    id: uuid.UUID
    held_on: date
    title: str
    place: str
    cases: int
    waiting: int
    closed_at: datetime | None


def list_meetings(session: Session, places: Sequence[str]) -> list[MeetingRow]:
    """Return the meetings of these places, the newest first."""
    rows = session.execute(
        select(JointMeeting, func.count(MeetingItem.id), func.count(MeetingItem.decided_at))
        .outerjoin(MeetingItem, MeetingItem.meeting_id == JointMeeting.id).where(JointMeeting.place_code.in_(places))
        .group_by(JointMeeting.id).order_by(JointMeeting.held_on.desc(), JointMeeting.id.desc()).limit(MEETINGS_SHOWN))
    return [MeetingRow(row.id, row.held_on, row.title, row.place, count, count - decided, row.closed_at)
            for row, count, decided in rows]


@dataclass(frozen=True, slots=True)
class AssignedView:
    """What a department does, by when, as the meeting said it."""

    department: Label
    what: str
    due_on: date


@dataclass(frozen=True, slots=True)
class ItemView:
    """A case before a meeting; None stands for what this reader may not read any more."""

    position: int
    row: CaseRow | None
    reasons: tuple[Phrase, ...]
    why: str
    outcome: ItemOutcome | None
    decision: str
    parts: tuple[AssignedView, ...]
    lead: Label | None
    is_settled: bool


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting with its cases."""

    id: uuid.UUID
    place_code: str
    held_on: date
    title: str
    place: str
    convened_by: Label | None
    closed_at: datetime | None
    items: tuple[ItemView, ...]

    @property
    def waiting(self) -> int:
        """How many cases are neither decided nor put off."""
        return sum(item.outcome is None for item in self.items)


def read_meeting(session: Session, meeting: JointMeeting, actor: Actor, now: datetime) -> MeetingView:
    """Return a meeting for one reader, with the cases that this reader may read, and record the reading."""
    grid, rules = grid_of(session, now), rulebook_of(session)
    readable = queries.within(visible_to(actor, Permission.CASE_READ)).label("is_read")
    rows = session.execute(
        select(MeetingItem, Case, readable).join(Case, Case.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id).order_by(MeetingItem.position)).all()
    by = session.get(Account, meeting.convened_by) if meeting.convened_by else None
    lock_account(session, actor.account_id)
    entry = Entry("meeting.list", {"meeting": meeting.id.hex, "cases": len(rows)})
    record(session, actor.account_id, [entry], actor=actor, at=now)
    return MeetingView(
        meeting.id, meeting.place_code, meeting.held_on, meeting.title, meeting.place,
        Label(by.name, by.name_en or by.name) if by else None, meeting.closed_at,
        tuple(_item(session, item, case if is_read else None, grid, rules, now) for item, case, is_read in rows))


def _item(session: Session, item: MeetingItem, case: Case | None, grid: Grid, rules: Rulebook, now: datetime) -> ItemView:
    if case is None:
        return ItemView(item.position, None, (), "", item.outcome, "", (), None, is_settled=False)
    lead = rules.department_label(item.lead_department) if item.lead_department else None
    return ItemView(
        item.position, case_row(session, case, grid, now), tuple(Phrase.from_json(each) for each in item.reasons),
        unseal(session, item, "why"), item.outcome, unseal(session, item, "decision"),
        tuple(AssignedView(rules.department_label(each.department), each.what, each.due_on)
              for each in assigned(session, item)), lead, is_settled=case.state not in OPEN_STATES)


def assigned(session: Session, item: MeetingItem) -> list[Assigned]:
    """Return who does what by when, as the meeting said it."""
    kept = json.loads(unseal(session, item, "parts") or "[]")
    return [Assigned(each["department"], each["what"], date.fromisoformat(each["due_on"])) for each in kept]


# -- the pack ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskOfPack:
    """A department's part so far."""

    department: Label
    part: Part
    state: TaskState
    dispatched_at: datetime
    due_at: datetime
    is_late: bool
    ask: str
    answer_kind: AnswerKind | None
    answer: str


@dataclass(frozen=True, slots=True)
class PageOfPack:
    """One case on one page: facts in brief, what was tried, what departments said, what is asked. Without names."""

    position: int
    case_no: str
    title: str
    facts: str
    head: Label
    category: Label
    community: Label | None
    cell: Label | None
    place: str
    filed_at: datetime
    status: Status
    state: State
    due_at: datetime | None
    reasons: tuple[Phrase, ...]
    colour: Colour
    sessions_held: int
    sessions: tuple[tuple[datetime, str], ...]
    tasks: tuple[TaskOfPack, ...]
    tried: str
    asked: str


def pack_of(session: Session, meeting: JointMeeting, actor: Actor, now: datetime) -> tuple[MeetingView, list[PageOfPack]]:
    """Return a meeting and the page of each case that the reader may read; each reading stands in the case's own record."""
    view = read_meeting(session, meeting, actor, now)
    readable = sorted(((item.row, item) for item in view.items if item.row), key=lambda each: each[0].case_no)
    pages = []
    for row, item in readable:
        case = load_case(session, row.case_no, actor)
        entry = Entry("meeting.pack", {"meeting": meeting.id.hex})
        record(session, case.id, [entry], actor=actor, at=now, case=case)
        pages.append(_page(session, case, row, item, now))
    return view, sorted(pages, key=lambda page: page.position)


def _page(session: Session, case: Case, row: CaseRow, item: ItemView, now: datetime) -> PageOfPack:
    plain, rules = _speaker(session, case), rulebook_of(session)
    raising = session.scalars(select(Raising).where(Raising.case_id == case.id).order_by(Raising.asked_at.desc())).first()
    tried, asked = ((unseal(session, raising, each) if raising else "") for each in ("tried", "asked"))
    held = session.scalars(
        select(HistoryEntry).where(HistoryEntry.chain == case.id, HistoryEntry.act == "case.note_session")
        .order_by(HistoryEntry.seq.desc()).limit(_SESSIONS_SHOWN)).all()
    return PageOfPack(
        position=item.position, case_no=case.case_no, title=plain(row.title), facts=plain(unseal(session, case, "facts")),
        head=row.head, category=row.category, community=row.community, cell=row.cell, status=row.status, state=case.state,
        due_at=case.due_at, reasons=item.reasons,
        # Paper goes round the table: a family's address is not on it.
        place="" if is_sensitive(case.t2_code) or case.safe_contact_sealed else unseal(session, case, "address"),
        filed_at=case.filed_at,
        colour=colour_of(case.flags, case.urgency, is_open=case.is_open, due_at=case.due_at, now=now),
        sessions_held=case.sessions_held,
        sessions=tuple((entry.at, plain(words_of(session, entry))) for entry in reversed(held)),
        tasks=tuple(_task(session, task, rules, plain, now) for task in case.tasks if task.state is not TaskState.RECALLED),
        tried=plain(tried), asked=plain(item.why or asked),
    )


def _speaker(session: Session, case: Case) -> Callable[[str], str]:
    """Return what says a text of the case without its parties' names."""
    rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    many: dict[Any, int] = defaultdict(int)
    names: dict[str, str] = {}
    for row in rows:
        if row.is_organisation:
            continue  # shown in clear everywhere, and its name is often a plain word
        many[row.side] += 1
        alike = sum(other.side is row.side for other in rows)
        names[unseal(session, row, "name")] = label(row.side).zh + (str(many[row.side]) if alike > 1 else "")
    return lambda text: without_names(text, names)


def _task(session: Session, task: Task, rules: Rulebook, plain: Callable[[str], str], now: datetime) -> TaskOfPack:
    waits = task.state in WITH_DEPARTMENT
    return TaskOfPack(
        rules.department_label(task.department_code), task.part, task.state, task.dispatched_at, task.answer_due_at,
        waits and task.answer_due_at < now, plain(unseal(session, task, "ask")), task.answer_kind,
        plain(unseal(session, task, "answer") or unseal(session, task, "return_words")))
