"""Letting the demonstration street live: its cells, its people, and every act of every case through the services themselves.

Nothing is written past the rules: what a plan asks for and the rules refuse is left out and counted.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from random import Random

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from gridmediate.demo.afterwards import Afterwards
from gridmediate.demo.gazetteer import lay_out_places
from gridmediate.demo.people import PRINTED_LOGINS, Staffing, staff_street
from gridmediate.demo.places import CellPlace, read_town
from gridmediate.demo.plans import CasePlan, TaskPlan
from gridmediate.demo.street import draw_cases
from gridmediate.demo.streetcalls import StreetCalls
from gridmediate.demo.streetwork import Choosing, StreetWork
from gridmediate.domain.departments import DEPARTMENTS
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Problem
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Role, Seat
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.geo.cells import read_cells
from gridmediate.services import filing, handling, tasks
from gridmediate.services.asked import ActWords
from gridmediate.services.cell_sheets import CellImport
from gridmediate.services.cells import import_cells
from gridmediate.services.filing import PartyEntry
from gridmediate.services.passwords import DEMONSTRATION_PASSWORD
from gridmediate.services.placing import Point
from gridmediate.services.sweep import climb_cases, due_cases
from gridmediate.store import defaults
from gridmediate.store.columns import new_id
from gridmediate.store.holidays import published_calendar
from gridmediate.store.models import Account, Case, Home, Notice, Post, RosterTerm, Task

SEED = 20261123
STREET = "990101001"
#: The password of the printed accounts, in the demonstration and nowhere else.
PASSWORD = DEMONSTRATION_PASSWORD
_NAMES = {
    "990101": Label("云溪县", "Yunxi County"),
    STREET: Label("柳溪街道", "Liuxi Street"),
}
_HISTORY = timedelta(days=480)
_UNREAD = timedelta(hours=36)
#: For how long the clocks have spoken: in all fourteen months they would take a quarter of the building.
_CLOCKS_SPEAK = timedelta(days=90)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built.

    Parameters
    ----------
    cases, acts : int
    left_out : int
        Planned acts that the rules refused at their moment.
    accounts : tuple of (login, name, role)
        Those to print.
    """

    cases: int
    acts: int
    left_out: int
    accounts: tuple[tuple[str, str, Role], ...]


def build_demo(session: Session, folder: Path, now: datetime, password_hash: str, on_progress: Progress) -> DemoReport:
    """Build the street, its people and its fourteen months, in the caller's transaction.

    Parameters
    ----------
    folder : Path
        ``data/grids/liuxi``.
    now : datetime
        The moment at which the street stands when it is opened.
    password_hash : str
        Of the printed accounts; the others cannot sign in.
    on_progress : callable
        Takes what is being done, how much is done, of how much.
    """
    rng = Random(SEED)
    today = now.astimezone(LOCAL_ZONE).date()
    start = now - _HISTORY
    town = read_town(folder)
    on_progress("cells", 0, 1)
    _lay_out(session, folder, start)
    lay_out_places(session, folder, town, start)
    staffing = staff_street(rng, town, list(DEPARTMENTS), today)
    actors = _hire(session, staffing, today, start, password_hash)
    on_progress("people", 1, 1)
    plans = draw_cases(rng, town, today, is_working=published_calendar().is_working, now=now)
    walk = _Walk(session, actors, staffing, town)
    walk.through(plans, now, on_progress)
    # Everybody has looked at the bell until the evening before last; fourteen months unread would ring for nothing.
    session.execute(update(Notice).where(Notice.created_at < now - _UNREAD).values(read_at=Notice.created_at))
    printed = tuple((login, staffing.member(login).name.zh, staffing.member(login).role) for login in PRINTED_LOGINS)
    return DemoReport(len(walk.case_nos), walk.acts, walk.left_out, printed)


def _lay_out(session: Session, folder: Path, start: datetime) -> None:
    cells = json.loads((folder / "cells.geojson").read_text(encoding="utf-8"))["features"]
    communities = json.loads((folder / "communities.geojson").read_text(encoding="utf-8"))["features"]
    names = dict(_NAMES)
    for each in (*cells, *communities):
        own = each["properties"]
        names[own["code"]] = Label(own["name"], own.get("name_en") or own["name"])
    first = start.astimezone(LOCAL_ZONE).date()
    command = CellImport(read_cells(folder / "cells.geojson"), "cells.geojson", first, names=names, letters="LX")
    import_cells(session, command, None, start)
    session.get_one(Home, 1).is_demonstration = True
    session.get_one(Home, 1).name = _NAMES["990101"].zh
    defaults.seed(session, STREET)
    session.flush()


def _hire(session: Session, staffing: Staffing, today: date, start: datetime, password_hash: str) -> dict[str, Actor]:
    actors: dict[str, Actor] = {}
    for member in staffing.people:
        account = Account(
            id=new_id(), login=member.login, name=member.name.zh, name_en=member.name.en, phone=member.phone, created_at=start,
            is_active=True, password_hash=password_hash if member.login in PRINTED_LOGINS else None,
        )
        session.add(account)
        session.flush()
        session.add(Post(account_id=account.id, role=member.role, place_code=member.place_code, valid_from=member.valid_from,
                         valid_to=member.valid_to))
        actors[member.login] = _actor(account, member.role, member.place_code)
    for term in staffing.terms:
        session.add(RosterTerm(
            cell_code=term.cell_code, seat=term.seat, account_id=actors[term.login].account_id, is_cover=term.is_cover,
            note=term.note or None, valid_from=term.valid_from, valid_to=term.valid_to,
        ))
    session.flush()
    return actors


def _actor(account: Account, role: Role, place: str) -> Actor:
    places = {
        Role.CADRE: "communities",
        Role.DEPARTMENT_STAFF: "departments",
        Role.LEADER: "streets",
        Role.COORDINATOR: "counties",
    }
    where = {places[role]: frozenset({place})} if role in places else {}
    return Actor(account.id, account.name, frozenset({role}), **where)


def _mornings(first: datetime, now: datetime) -> Iterator[datetime]:
    day = first.astimezone(LOCAL_ZONE).date()
    while (morning := datetime.combine(day, time(8, 35), LOCAL_ZONE)) < now:
        yield morning
        day += timedelta(days=1)


@dataclass(order=True)
class _Event:
    """Something that happens in the street; events of one moment keep the order in which they were planned."""

    at: datetime
    order: int
    do: Callable[[], object] = field(compare=False)


class _Walk:
    """All cases side by side, act by act in the order of time."""

    def __init__(self, session: Session, actors: dict[str, Actor], staffing: Staffing, town: list[CellPlace]) -> None:
        self.session, self.actors, self.staffing = session, actors, staffing
        self.community_of = {cell.code: cell.community_code for cell in town}
        self.case_nos: dict[int, str] = {}
        self.acts = self.left_out = 0
        self._events: list[_Event] = []
        self._count = self._flushes = 0
        event.listen(session, "after_flush", self._note_flush)
        self._end = datetime.max.replace(tzinfo=LOCAL_ZONE)

    def through(self, plans: list[CasePlan], now: datetime, on_progress: Progress) -> None:
        """Walk every plan up to *now*."""
        self._end = now
        self.afterwards, choosing = Afterwards(self, now), Choosing(self, plans)
        self.streetwork = StreetWork(self, choosing, self.afterwards, now)
        self.streetwork.begin()
        StreetCalls(self, choosing, now).begin()
        for plan in plans:
            self.on(plan.filed_at, lambda plan=plan: self._file(plan))  # type: ignore[misc]
        for morning in _mornings(now - _CLOCKS_SPEAK, now):
            self.on(morning, lambda morning=morning: self._sweep(morning))  # type: ignore[misc]
        heapify(self._events)
        done = 0
        while self._events:
            event = heappop(self._events)
            event.do()
            done += 1
            if done % 100 == 0:
                self.session.expunge_all()
                on_progress("cases", len(self.case_nos), len(plans))
        self.session.expunge_all()
        self.afterwards.plan_sessions(plans)
        on_progress("cases", len(plans), len(plans))

    def on(self, at: datetime | None, do: Callable[[], object]) -> None:
        if at is not None and at < self._end:
            self._count += 1
            heappush(self._events, _Event(at, self._count, do))

    def _note_flush(self, _session: Session, _context: object) -> None:
        self._flushes += 1

    def _do(self, do: Callable[[], object]) -> None:
        self.attempt(do)

    def attempt(self, do: Callable[[], object]) -> bool:
        flushes = self._flushes
        try:
            do()
            # What an act leaves to be written would be forgotten with the objects of a later one that is refused.
            self.session.flush()
        except Problem as refusal:
            # A request of its own would leave no trace. A savepoint would see to it as well, and take longer than most acts.
            if self._flushes != flushes:
                raise RuntimeError(f"{refusal.code} came after something was written") from refusal
            self.session.expunge_all()
            self.left_out += 1
            return False
        self.acts += 1
        return True

    def _sweep(self, at: datetime) -> None:
        """Let the clocks speak, once a day as the office opens: more would cost the builder time and tell the same."""
        climb_cases(self.session, due_cases(self.session, at), at)

    def _file(self, plan: CasePlan) -> None:
        actor = self.worker_of(plan)
        command = filing.Filing(
            filing_key=uuid.UUID(int=Random(SEED + plan.number).getrandbits(128), version=4),
            t2_code=plan.story.t2_code,
            facts=plan.story.facts,
            willingness=plan.story.willingness,
            flags=plan.story.flags,
            source=plan.source,
            point=Point(*plan.point, plan.accuracy_m) if plan.point else None,
            place_method=plan.place_method,
            cell_code=plan.cell_code,
            address=plan.address,
            street_code=STREET,
            title=plan.story.title,
            parties=tuple(
                PartyEntry(
                    each.side, each.name.zh, each.phone, willingness=plan.story.willingness, is_organisation=each.is_organisation
                )
                for each in plan.parties
            ),
        )
        receipt = filing.file_case(self.session, command, actor, plan.filed_at)
        self.session.flush()
        self.case_nos[plan.number] = receipt.case_no
        self.acts += 1
        for step in plan.steps:
            self.on(step.at, lambda step=step: self.act(plan, step.act, dict(step.words), step.at))  # type: ignore[misc]

    def act(self, plan: CasePlan, act: Act, words: dict[Needs, str], at: datetime) -> None:
        case_no = self.case_nos[plan.number]
        state = self.session.scalars(select(Case.state).where(Case.case_no == case_no)).one()
        if act is Act.FORM_TEAM and state is State.TEAM_FORMED:
            return  # accepting has formed it already
        if act is Act.MARK_DUPLICATE and plan.duplicate_of in self.case_nos:
            words = {**words, Needs.DUPLICATE_OF: self.case_nos[plan.duplicate_of]}
        ticks = dict.fromkeys((Needs.ROUTES_TOLD, Needs.SIDES_TOLD), "1")
        if act is Act.CLOSE and (later := self.afterwards.put_off_closing(plan, at)):
            self.on(later, lambda: self.act(plan, act, words, later))
            return
        clauses = self.afterwards.clauses(plan, at) if act in (Act.AGREE_ORALLY, Act.AGREE_IN_WRITING) else ()
        asked = ActWords(act, None, {**ticks, **words}, asks=plan.story.asks, clauses=clauses)
        if act is Act.NOTE_SESSION and self.afterwards.hold(plan, words[Needs.NOTE], at):
            self._go_on(plan, act, at)
            return
        done = self.attempt(lambda: handling.act_on_case(self.session, case_no, asked, self._actor_for(plan, act, case_no), at))
        if done and act in (Act.ACCEPT, Act.FORM_TEAM):
            self._send(plan, case_no, at)
        if done:
            self._go_on(plan, act, at)
        if not done and act is Act.CLOSE_AS_DEPARTMENT:
            self._settle_in_community(plan, state, at)

    def _go_on(self, plan: CasePlan, act: Act, at: datetime) -> None:
        self.afterwards.after(plan, act, at)
        self.streetwork.after(plan, act, at)

    def _settle_in_community(self, plan: CasePlan, state: State, at: datetime) -> None:
        """Let the community end by talk what no department leads."""
        story = plan.story
        acts = {Act.NOTE_SESSION: {Needs.NOTE: story.notes[0]}, Act.AGREE_ORALLY: {Needs.TERMS: story.terms},
                Act.CLOSE: {Needs.RESULT: story.closing}}
        if state is State.MEDIATING:
            del acts[Act.NOTE_SESSION]
        for later, (act, words) in enumerate(acts.items()):
            moment = at + timedelta(minutes=40 * later)
            if act is Act.CLOSE:
                self.on(moment, lambda moment=moment: self._confirm_all(plan, moment))  # type: ignore[misc]
            self.on(moment, lambda act=act, words=words, moment=moment: self.act(plan, act, words, moment))  # type: ignore[misc]

    def _confirm_all(self, plan: CasePlan, at: datetime) -> None:
        answered = select(Task.id).join(Case, Case.id == Task.case_id).where(
            Case.case_no == self.case_nos[plan.number], Task.state == TaskState.ANSWERED)
        for task_id in self.session.scalars(answered).all():
            self.attempt(lambda task_id=task_id: self._confirm(plan, task_id, at))  # type: ignore[misc]

    def _confirm(self, plan: CasePlan, task_id: uuid.UUID, at: datetime) -> None:
        tasks.confirm(self.session, task_id, None, self.cadre_of(plan), at)
        self.streetwork.confirmed(plan, task_id, at)

    def _send(self, plan: CasePlan, case_no: str, formed_at: datetime) -> None:
        rows = self.session.scalars(select(Task).join(Case, Case.id == Task.case_id).where(Case.case_no == case_no)
                                    .order_by(Task.part, Task.id)).all()
        for position, task in enumerate(rows):
            self._plan_task(plan, task.id, task.department_code, plan.task_for(task.department_code, position), formed_at)

    def _plan_task(self, plan: CasePlan, task_id: uuid.UUID, department: str, wish: TaskPlan, formed_at: datetime) -> None:
        session, cadre, staff = self.session, self.cadre_of(plan), self.staff_of(department)
        sent_back = plan.story.sent_back.get(wish.return_reason.value if wish.return_reason else "", "情况不清，请补充。")
        given = tasks.Answer(wish.answer_kind, plan.story.answers.get(department, "已查明，详见说明。"), settles=wish.settles)

        def on(at: datetime | None, do: Callable[[Session, datetime], object]) -> None:
            if at is not None:
                moment = max(at, formed_at)
                self.on(moment, lambda: self._do(lambda: do(session, moment)))

        on(wish.signed_at, lambda s, at: tasks.sign(s, [task_id], staff, at))
        if wish.return_reason is not None:
            reason = wish.return_reason
            on(wish.returned_at, lambda s, at: tasks.send_back(s, task_id, reason, sent_back, None, staff, at))
            on(
                wish.again_at,
                lambda s, at: tasks.assign_again(s, task_id, department, "事项已写清，请按职责办理。", None, cadre, at),
            )
            on(wish.returned_twice_at, lambda s, at: tasks.send_back(s, task_id, reason, sent_back, None, staff, at))
            on(
                wish.ruled_at,
                lambda s, at: tasks.rule(s, task_id, department, "按职责清单，由本部门办理。", None, self.actors["leader"], at),
            )
        on(wish.answered_at, lambda s, at: self._answer(s, task_id, given, staff, at))
        on(wish.confirmed_at, lambda s, at: self._confirm(plan, task_id, at))

    @staticmethod
    def _answer(session: Session, task_id: uuid.UUID, given: tasks.Answer, staff: Actor, at: datetime) -> object:
        state = session.scalars(select(Task.state).where(Task.id == task_id)).one()
        return tasks.answer(session, task_id, given, None, staff, at) if state in (TaskState.ASSIGNED, TaskState.SIGNED) else None

    def _actor_for(self, plan: CasePlan, act: Act, case_no: str) -> Actor:
        if act is Act.SOLVE_ON_SPOT:
            return self.worker_of(plan)
        if act is Act.CLOSE_AS_DEPARTMENT:
            lead = self.session.scalars(select(Task.department_code).join(Case, Case.id == Task.case_id)
                                        .where(Case.case_no == case_no).order_by(Task.part)).first()
            return self.staff_of(lead) if lead else self.cadre_of(plan)
        return self.cadre_of(plan)

    def _community(self, plan: CasePlan) -> str:
        return plan.community_code or self.community_of[plan.cell_code or ""]

    def cadre_of(self, plan: CasePlan) -> Actor:
        community = self._community(plan)
        named = [each.login for each in self.staffing.people if each.role is Role.CADRE and each.place_code == community]
        return self.actors[named[0]]

    def worker_of(self, plan: CasePlan) -> Actor:
        day = plan.filed_at.astimezone(LOCAL_ZONE).date()
        cells = [plan.cell_code] if plan.cell_code else sorted(c for c, community in self.community_of.items()
                                                              if community == self._community(plan))
        for code in (*cells, *sorted(self.community_of)):
            seated = self.staffing.seated(code, Seat.GRID_WORKER, day)
            if seated:
                actor = self.actors[seated[0].login]
                return Actor(actor.account_id, actor.name, actor.roles, cells=frozenset({code}))
        raise LookupError("no grid worker is on any roster of that day")

    def staff_of(self, department: str) -> Actor:
        named: Iterator[str] = (each.login for each in self.staffing.people
                                if each.role is Role.DEPARTMENT_STAFF and each.place_code == department)
        return self.actors[next(named)]
