"""A street in which whole cases live: its records, its people, its clock, and the proof that its records hold."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session, selectinload

from gridmediate.domain.agreements import CLAUSE_DONE, ClauseState, Deed, Satisfaction
from gridmediate.domain.permissions import Actor
from gridmediate.domain.tasks import AnswerKind, is_open
from gridmediate.domain.vocabulary import LOCAL_ZONE, Part, Side
from gridmediate.domain.workflow import AGREED, FINAL_STATES, OPEN_STATES, Act, AgreementState, Needs, State
from gridmediate.services import accounts, performance, tasks
from gridmediate.services.asked import ActWords, ClauseDraft
from gridmediate.services.effects import levels_above
from gridmediate.services.filing import Filing, Receipt, file_case
from gridmediate.services.follow_ups import FollowUpReport, record_follow_up
from gridmediate.services.handling import act_on_case
from gridmediate.services.performance import ClauseReport, Signing
from gridmediate.store import history, rollup
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Agreement, Base, Case, CaseClock, Clause, FollowUp, HistoryEntry, Task, TeamSeat
from gridmediate.store.schema import prepare
from tests import builders

#: A Monday at 09:40 in the street.
NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
#: One for all, so that a street made once can be copied.
KEYRING = Keyring({1: bytes(range(32))}, 1)

#: What is typed where a test does not say otherwise.
WORDS = {
    Needs.REASON: "当事人另有安排", Needs.REFERRAL: "请到法院立案", Needs.RESULT: "双方已了结",
    Needs.NOTE: "双方到场，谈了一个小时", Needs.ROUTES_TOLD: "1", Needs.SIDES_TOLD: "1", Needs.TERMS: "三日内修好",
    Needs.CAUSE: "appraisal", Needs.SIDES_AGREE: "1", Needs.TRIED: "调过两次", Needs.ASKED: "请协调物业",
}
#: Something to keep: a sum in two instalments.
CLAUSE = ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔偿装修损失", 120_000, date(2026, 12, 10), instalments=2)
#: What a cadre does to bring a new case to each state.
_WAYS: dict[State, tuple[Act, ...]] = {
    State.FILED: (),
    State.TEAM_FORMED: (Act.ACCEPT,),
    State.MEDIATING: (Act.ACCEPT, Act.NOTE_SESSION),
    State.AGREED_ORAL: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_ORALLY),
    State.AGREED_WRITTEN: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_IN_WRITING),
    State.PERFORMING: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_ORALLY),
    State.REFUSED: (Act.RECORD_REFUSAL,),
    State.WITHDRAWN: (Act.WITHDRAW,),
    State.TERMINATED: (Act.ACCEPT, Act.TERMINATE),
    State.REFERRED: (Act.ACCEPT, Act.REFER),
    State.NOT_ACCEPTED: (Act.NOT_ACCEPT,),
    State.SOLVED_ON_SPOT: (Act.SOLVE_ON_SPOT,),
    State.CLOSED: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_IN_WRITING, Act.CLOSE),
    State.ARCHIVED: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_IN_WRITING, Act.CLOSE, Act.ARCHIVE),
    State.REOPENED: (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_IN_WRITING, Act.CLOSE, Act.REOPEN),
}


class World:
    """A street on a database, with a clock that is moved by hand."""

    def __init__(self, store: Store, now: datetime = NOW) -> None:
        self.store = store
        self.now = now
        with store.reading() as session:
            rows = session.scalars(select(Account)).all()
            self.people: dict[str, Actor] = {row.login: accounts.actor_for(session, row, now) for row in rows}

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(LOCAL_ZONE).date()

    def pass_time(self, **span: float) -> None:
        """Let time pass; a negative span is a clock that steps back."""
        self.now += timedelta(**span)

    def do(self, service: Callable[..., Any], *given: Any, by: str, **named: Any) -> Any:
        """Call a service in a transaction of its own, as one of the people."""
        with self.store.writing() as session:
            return service(session, *given, self.people[by], self.now, **named)

    def filing(self, **given: Any) -> Filing:
        """Return a filing in the worker's cell; what is not said has a sensible value."""
        named = {
            "filing_key": uuid.uuid4(), "t2_code": "0201", "cell_code": builders.CELL,
            "facts": "楼上卫生间漏水，泡了天花板。请人来看",
        }
        return Filing(**named | given)

    def file(self, by: str = "worker", **given: Any) -> Receipt:
        """File a case."""
        return self.do(file_case, self.filing(**given), by=by)

    def act(self, case_no: str, act: Act, *, by: str = "cadre", version: int | None = None, words: dict[Needs, str] | None = None,
            **more: Any) -> Case:
        """Do an act, with all the words that acts ask for unless told otherwise."""
        words = self.words(case_no, by) if words is None else words
        return self.do(act_on_case, case_no, ActWords(act, version, words, **more), by=by)

    def words(self, case_no: str, by: str = "cadre") -> dict[Needs, str]:
        """Return all that acts ask for, the days a week ahead and the level the nearest above."""
        ahead = (self.now + timedelta(days=7)).astimezone(LOCAL_ZONE).date()
        with self.store.reading() as session:
            case = session.scalars(select(Case).where(Case.case_no == case_no)).one_or_none()
        above = levels_above(self.people[by], case) if case else []
        return {**WORDS, Needs.UNTIL: ahead.isoformat(), Needs.LEVEL: above[0].value if above else ""}

    def a_case(self, state: State = State.FILED, *, by: str = "cadre", filer: str = "worker", **given: Any) -> str:
        """Bring a new case to *state* by the acts that lead there, and return its number."""
        case_no = self.file(filer, **given).case_no
        if state is State.DUPLICATE:
            first = self.file().case_no
            self.act(case_no, Act.MARK_DUPLICATE, by=by, words=WORDS | {Needs.DUPLICATE_OF: first})
            return case_no
        if state is State.ACCEPTED:
            self.leave_a_seat_open(case_no)
            self.act(case_no, Act.ACCEPT, by=by)
            return case_no
        for act in _WAYS[state]:
            if act is Act.CLOSE:
                self.finish_tasks(case_no, by=by)
                self.sign(case_no, by=by)
            if act is Act.ARCHIVE:
                self.follow_up(case_no, by=by)
            keeps = (CLAUSE,) if (state, act) == (State.PERFORMING, Act.AGREE_ORALLY) else ()
            self.act(case_no, act, by=by, clauses=keeps)
        return case_no

    def sign(self, case_no: str, *, by: str = "cadre") -> None:
        """Let both sides sign a written agreement and the committee seal it, if that is still to be done."""
        if self.case(case_no).agreement_state is AgreementState.UNSIGNED:
            days = dict.fromkeys(("applicant", "respondent", "seal"), self.today)
            self.do(performance.sign, case_no, Signing(days), None, by=by)

    def clauses(self, case_no: str) -> list[Clause]:
        """Return the clauses of the agreements of a case that stand."""
        with self.store.reading() as session:
            return list(session.scalars(
                select(Clause).join(Agreement, Agreement.id == Clause.agreement_id).join(Case, Case.id == Clause.case_id)
                .where(Case.case_no == case_no, Agreement.dropped_at.is_(None)).order_by(Agreement.made_at, Clause.position)))

    def keep(self, case_no: str, *, by: str = "cadre") -> None:
        """Let every clause that is open be kept today."""
        for clause in self.clauses(case_no):
            if clause.state not in CLAUSE_DONE:
                report = ClauseReport(ClauseState.KEPT, self.today, "收条已看")
                self.do(performance.settle_clause, case_no, clause.id, report, None, by=by)

    def follow_ups(self, case_no: str) -> list[FollowUp]:
        """Return the follow-ups of a case by number."""
        with self.store.reading() as session:
            return list(session.scalars(select(FollowUp).join(Case, Case.id == FollowUp.case_id)
                                        .where(Case.case_no == case_no).order_by(FollowUp.due_at, FollowUp.id)))

    def follow_up(self, case_no: str, *, by: str = "cadre") -> None:
        """Make every follow-up that is still to be made, and find all well."""
        well = FollowUpReport(True, False, Satisfaction.SATISFIED, Satisfaction.FAIRLY, "")
        for row in self.follow_ups(case_no):
            if row.done_at is None and row.called_off_at is None:
                self.do(record_follow_up, case_no, row.id, well, by=by)

    def leave_a_seat_open(self, case_no: str) -> None:
        """Leave one seat neither filled nor declared vacant, which no rule does by itself."""
        with self.store.writing() as session:
            seat = session.scalars(select(TeamSeat).join(Case, Case.id == TeamSeat.case_id).where(
                Case.case_no == case_no, TeamSeat.account_id.is_not(None)).order_by(TeamSeat.position)).first()
            assert seat is not None
            seat.account_id = None

    def finish_tasks(self, case_no: str, *, by: str = "cadre") -> None:
        """Let every department answer, and confirm it."""
        for task in self.tasks(case_no):
            if is_open(task.state):
                self.answer(task)
                self.do(tasks.confirm, task.id, None, by=by)

    def answer(self, task: Task, *, settles: bool = False, kind: AnswerKind = AnswerKind.DONE) -> None:
        """Let a department answer its task."""
        given = tasks.Answer(kind, "已到场查看", settles=settles)
        self.do(tasks.answer, task.id, given, None, by=self.staff_of(task.department_code))

    def staff_of(self, department: str) -> str:
        """Return who answers for a department; a person of this name is made where the street has none."""
        for name, actor in self.people.items():
            if department in actor.departments:
                return name
        some = self.people["housing"]
        self.people[department] = Actor(some.account_id, some.name, some.roles, departments=frozenset({department}))
        return department

    def case(self, case_no: str) -> Case:
        """Return a case with its team, tasks, parties and clocks, as it is now."""
        loads = (selectinload(Case.seats), selectinload(Case.tasks), selectinload(Case.parties), selectinload(Case.clocks))
        with self.store.reading() as session:
            return session.scalars(select(Case).where(Case.case_no == case_no).options(*loads)).one()

    def tasks(self, case_no: str) -> list[Task]:
        """Return the tasks of a case by department, the lead first."""
        by_department = sorted(self.case(case_no).tasks, key=lambda task: (task.department_code, task.dispatched_at, task.id))
        return sorted(by_department, key=lambda task: task.part is not Part.LEAD)

    def task(self, case_no: str, department: str) -> Task:
        """Return a department's newest task in a case."""
        return [task for task in self.tasks(case_no) if task.department_code == department][-1]

    def entries(self, case_no: str) -> list[HistoryEntry]:
        """Return the record of a case."""
        with self.store.reading() as session:
            return list(session.scalars(select(HistoryEntry).join(Case, Case.id == HistoryEntry.chain).where(
                Case.case_no == case_no).order_by(HistoryEntry.seq)))

    def acts(self, case_no: str) -> list[str]:
        """Return what was done with a case, in order."""
        return [entry.act for entry in self.entries(case_no)]

    def count(self, model: Any) -> int:
        """Return how many rows a table has."""
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect every statement sent meanwhile, apart from the beginning of transactions."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                sent.append(statement)

        event.listen(self.store.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(self.store.engine, "before_cursor_execute", note)

    def faults(self) -> list[str]:
        """Return in words whatever does not hold in the records; empty is the proof."""
        with self.store.reading() as session:
            found = [f"{each}" for each in history.verify(session) if isinstance(each, history.Break)]
            found += rollup.differences(session)
            for case in session.scalars(select(Case).options(selectinload(Case.tasks), selectinload(Case.clocks))):
                found += [f"{case.case_no}: {fault}" for fault in _faults_of(session, case)]
        return found


def _faults_of(session: Session, case: Case) -> Iterator[str]:
    last = session.scalars(select(HistoryEntry).where(
        HistoryEntry.chain == case.id).order_by(HistoryEntry.seq.desc()).limit(1)).one()
    if last.case_version != case.version:
        yield f"version {case.version}, last entry says {last.case_version}"
    if case.is_open is (case.state in FINAL_STATES):
        yield f"{case.state}, is_open {case.is_open}"
    if case.state in FINAL_STATES and any(is_open(task.state) for task in case.tasks):
        yield "closed over an open task"
    if any(task.is_open is not is_open(task.state) for task in case.tasks):
        yield "a task's is_open is not its state's"
    running = _running(case.clocks)
    if len(running) != (case.state in OPEN_STATES):
        yield f"{case.state} with {len(running)} running clocks"
    if (case.due_at is not None) is not (case.state in OPEN_STATES and case.paused_at is None):
        yield f"{case.state}, due {case.due_at}, paused {case.paused_at}"
    if case.state not in OPEN_STATES and (case.paused_at or case.raise_due_at):
        yield f"{case.state} and something still waits beside it"
    if case.state in AGREED | OPEN_STATES and (case.agreement_state is AgreementState.NONE) is (case.state in AGREED):
        yield f"{case.state} with agreement {case.agreement_state}"
    undone = [each for each in _clauses(session, case) if each.state not in CLAUSE_DONE]
    if case.clauses_open != len(undone) or case.clauses_broken != sum(each.state is ClauseState.BROKEN for each in undone):
        yield f"{case.clauses_open} clauses open, {case.clauses_broken} broken; counted {len(undone)}"
    visits = session.scalars(select(FollowUp.due_at).where(
        FollowUp.case_id == case.id, FollowUp.done_at.is_(None), FollowUp.called_off_at.is_(None))).all()
    if (case.clause_due_at is None) is not (case.clause_warn_at is None):
        yield "a clause that is due and does not warn, or the other way round"
    if (case.follow_ups_open, case.follow_up_due_at) != (len(visits), min(visits, default=None)):
        yield f"{case.follow_ups_open} follow-ups open, counted {len(visits)}"
    if visits and case.state is not State.CLOSED:
        yield f"follow-ups wait in {case.state}"
    if running and case.due_at and (running[0].due_at, running[0].warn_at) != (case.due_at, case.warn_at):
        yield "the clock and the case are due at different moments"
    if (case.outcome is None) is not (case.state in OPEN_STATES):
        yield f"{case.state} with outcome {case.outcome}"


def _clauses(session: Session, case: Case) -> list[Clause]:
    return list(session.scalars(select(Clause).join(Agreement, Agreement.id == Clause.agreement_id).where(
        Clause.case_id == case.id, Agreement.dropped_at.is_(None))))


def _running(clocks: list[CaseClock]) -> list[CaseClock]:
    return [clock for clock in clocks if clock.ended_at is None]


# -- a street of one test's own, on each kind of database --------------------------------------------------------------


def make_street(url: str) -> None:
    """Make the tables and the street at an address."""
    store = Store(url, KEYRING)
    prepare(store)
    with store.writing() as session:
        builders.a_street(session)
    store.close()


@pytest.fixture(scope="session")
def street_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the street, made once and copied for each test."""
    path = tmp_path_factory.mktemp("street") / "street.sqlite3"
    make_street(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_street_url(street_file: Path, tmp_path: Path) -> str:
    """The address of a SQLite street of this test alone."""
    return f"sqlite:///{shutil.copyfile(street_file, tmp_path / 'street.sqlite3')}"


#: What belongs to cases, and holidays that a story entered; the street and its people stay. A database of its own for each test
#: would take most of a second.
_OF_CASES = (
    "cases", "parties", "team_seats", "tasks", "case_clocks", "case_numbers", "cell_tallies", "history", "notices",
    "notice_deliveries", "notice_preferences", "ladder_steps", "leases", "sign_ins", "agreements", "agreement_numbers",
    "clauses", "follow_ups", "raisings", "case_links", "mediation_sessions", "calendar_links", "investigations", "calls",
    "call_numbers", "prompts", "joint_meetings", "meeting_items", "safety_steps", "guests", "challenges", "interference_notes",
    "attachments", "cell_notices", "cell_notice_places", "public_phones", "photo_parts", "field_devices", "side_sayings",
    "follow_sessions", "follow_codes", "mediation_requests", "try_counts", "wall_links", "frozen_returns", "call_back_samples",
    "call_back_lines", "briefings", "briefing_numbers", "case_exports", "map_bookmarks", "calendar_days",
)


@pytest.fixture(scope="session")
def _postgres_street(postgres_cluster: Any) -> str:
    database = postgres_cluster.create()
    make_street(postgres_cluster.url(database))
    url: str = postgres_cluster.url(database)
    return url


@pytest.fixture
def postgres_street_url(_postgres_street: str) -> Iterator[str]:
    """The address of a PostgreSQL street without any case; a test that changes the street itself takes it back."""
    yield _postgres_street
    store = Store(_postgres_street, KEYRING)
    with store.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name in _OF_CASES:
                session.execute(delete(table))
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def street_url(request: pytest.FixtureRequest) -> str:
    """The address of a street, once on each kind of database."""
    url: str = request.getfixturevalue(f"{request.param}_street_url")
    return url


@pytest.fixture
def world(street_url: str) -> Iterator[World]:
    """A street to live in; after each story its records are proved to hold."""
    store = Store(street_url, KEYRING)
    world = World(store)
    yield world
    faults = world.faults()
    store.close()
    assert not faults, "\n".join(faults)
