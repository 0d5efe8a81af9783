"""The sweep: it tells what time has brought, each step once, and touches nothing else."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import ClauseState, end_of
from gridmediate.domain.ladder import Hearer, LadderStep, Rung, Subject
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Flag, Label
from gridmediate.domain.workflow import FINAL_STATES, Act, State
from gridmediate.services import performance, tasks
from gridmediate.services import sweep as sweeping
from gridmediate.services.casepage import read_case
from gridmediate.services.performance import ClauseReport
from gridmediate.services.sweep import Swept, climb_cases, due_cases, sweep
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, CaseClock, ClimbedStep, HistoryEntry, Home, Notice, RuleRow
from tests.rig.world import KEYRING, World
from tests.services.test_list_plans import plans

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

TABLES = (ClimbedStep, HistoryEntry, Notice)


def swept(world: World) -> dict[str, int]:
    """Sweep now; return the acts written down."""
    return dict(sweep(world.store, world.now).acts)


def told(world: World, case_no: str) -> set[tuple[str, str]]:
    """Return who was told of what by the clocks, people by their names in tests."""
    names = {actor.account_id: name for name, actor in world.people.items()}
    with world.store.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.case_no == case_no, Notice.act.startswith("clock."))).all()
    return {(names[row.account_id] if row.account_id else row.department_code or row.street_code or "", row.act) for row in rows}


def counts(world: World) -> list[int]:
    return [world.count(table) for table in TABLES]


def test_a_case_climbs_from_its_team_to_the_county(world: World) -> None:
    case_no = world.a_case()  # filed on a Monday, to be decided by the end of Thursday
    case = world.case(case_no)
    assert swept(world) == {}
    world.now = case.warn_at
    assert swept(world) == {"clock.case_warn": 1}
    assert told(world, case_no) == {(who, "clock.case_warn") for who in ("worker", "cadre")}
    world.now = case.due_at
    assert swept(world) == {}, "the last moment is still in time"
    world.pass_time(minutes=1)
    assert swept(world) == {"clock.case_late": 1}
    world.pass_time(days=1)
    assert swept(world) == {"clock.case_street": 1}
    world.pass_time(days=2)
    assert swept(world) == {}, "Saturday and Sunday are no working days"
    world.pass_time(days=2)
    assert swept(world) == {"clock.case_county": 1}
    assert told(world, case_no) - {("worker", "clock.case_warn"), ("cadre", "clock.case_warn")} == {
        ("cadre", "clock.case_late"), ("990101001", "clock.case_street"), ("leader", "clock.case_street"),
        ("coordinator", "clock.case_county")}
    world.pass_time(days=30)
    assert swept(world) == {}


def test_a_departments_task_climbs_from_the_department_to_the_street(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    lead, *others = world.tasks(case_no)
    for task in others:
        world.do(tasks.recall, task.id, "不需要了", None, by="cadre")
    who = world.staff_of(lead.department_code)
    world.now = lead.sign_due_at + timedelta(minutes=1)
    assert swept(world) == {"clock.sign_late": 1}
    world.do(tasks.sign, [lead.id], by=who)
    world.now = lead.answer_warn_at
    assert swept(world) == {"clock.answer_warn": 1}
    world.now = lead.answer_due_at + timedelta(minutes=1)
    assert swept(world) == {"clock.answer_late": 1}
    world.pass_time(days=4)
    assert swept(world) == {"clock.answer_street": 1}
    department = {lead.department_code, who}
    assert told(world, case_no) == {
        *((each, "clock.sign_late") for each in department | {"cadre"}), *((each, "clock.answer_warn") for each in department),
        *((each, "clock.answer_late") for each in department | {"cadre"}),
        ("990101001", "clock.answer_street"), ("leader", "clock.answer_street")}
    with world.store.reading() as session:
        rung = session.scalars(select(Notice.id).where(Notice.act.startswith("clock."))).all()
    assert len(rung) == 10, "each of them once"
    last = world.entries(case_no)[-1]
    assert (last.actor_id, last.words_sealed, last.details["department"]) == (None, None, lead.department_code)


@pytest.mark.parametrize("leave", [timedelta(hours=70), timedelta(days=4), timedelta(days=40)])
def test_sweeping_again_changes_nothing(world: World, leave: timedelta) -> None:
    for state in (State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.CLOSED):
        world.a_case(state)
    world.now += leave
    assert swept(world)
    before = counts(world)
    for _ in range(2):
        assert sweep(world.store, world.now) == Swept()
    world.pass_time(seconds=30)
    assert sweep(world.store, world.now) == Swept()
    assert counts(world) == before


def test_a_case_is_neither_changed_nor_moved_by_being_late(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    before = world.case(case_no)
    world.pass_time(days=60)
    swept(world)
    after = world.case(case_no)
    assert (after.version, after.changed_at, after.next_due_at) == (before.version, before.changed_at, before.next_due_at)
    world.act(case_no, Act.NOTE_SESSION, version=before.version)  # whoever had the page open is not sent away


def test_who_slept_a_week_wakes_nobody_twice_and_ends_where_the_others_are(world: World) -> None:
    slept, awake = world.a_case(), world.a_case()
    with world.store.writing() as session:
        session.execute(update(Case).where(Case.case_no == slept).values(is_open=False))
    for _ in range(24 * 12):
        world.pass_time(hours=1)
        swept(world)
    with world.store.writing() as session:
        session.execute(update(Case).where(Case.case_no == slept).values(is_open=True))
    assert swept(world) == {"clock.case_county": 1}
    with world.store.reading() as session:
        rungs = {case_no: Counter(session.scalars(select(ClimbedStep.rung).join(Case).where(Case.case_no == case_no)))
                 for case_no in (slept, awake)}
    assert rungs[slept] == rungs[awake] == Counter(Rung)
    assert {who for who, _ in told(world, slept)} == {who for who, _ in told(world, awake)}
    assert {act for _, act in told(world, slept)} == {"clock.case_county"}
    assert len(told(world, slept)) == 5


def test_a_new_clock_begins_at_the_foot(world: World) -> None:
    case_no = world.a_case()
    world.pass_time(days=4)
    assert swept(world) == {"clock.case_late": 1}
    world.act(case_no, Act.ACCEPT)
    assert swept(world) == {}
    world.now = world.case(case_no).warn_at
    assert swept(world)["clock.case_warn"] == 1


def test_an_extended_clock_begins_at_the_foot(world: World) -> None:
    case_no = world.a_case()
    world.pass_time(days=4)
    assert swept(world) == {"clock.case_late": 1}
    later = {"due_at": world.now + timedelta(days=10), "warn_at": world.now + timedelta(days=7)}
    with world.store.writing() as session:
        case_id = session.scalars(select(Case.id).where(Case.case_no == case_no)).one()
        session.execute(update(Case).where(Case.id == case_id).values(**later))
        session.execute(update(CaseClock).where(CaseClock.case_id == case_id).values(**later))
    assert swept(world) == {}
    world.pass_time(days=7)
    assert swept(world) == {"clock.case_warn": 1}


def test_a_task_handed_to_another_department_begins_at_the_foot(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    task = world.tasks(case_no)[0]
    world.now = task.answer_due_at + timedelta(minutes=1)
    swept(world)
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归我们", None, by=world.staff_of(task.department_code))
    free = next(code for code in ("police_station", "justice_office", "urban_management", "housing")
                if code not in {each.department_code for each in world.tasks(case_no)})
    world.do(tasks.assign_again, task.id, free, "请去看看", None, by="cadre")
    assert not [act for act in swept(world) if act.startswith("clock.answer")]
    world.now = next(each for each in world.tasks(case_no) if each.id == task.id).answer_warn_at
    swept(world)
    assert (free, "clock.answer_warn") in told(world, case_no)


def test_a_task_that_was_sent_back_is_late_with_nobody(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    for task in world.tasks(case_no):
        world.do(tasks.send_back, task.id, ReturnReason.NOT_CLEAR, "不清楚", None, by=world.staff_of(task.department_code))
    world.now = max(task.answer_due_at for task in world.tasks(case_no)) + timedelta(days=1)
    assert not [act for act in swept(world) if not act.startswith("clock.case")]


@pytest.mark.parametrize("state", sorted(FINAL_STATES - {State.DUPLICATE}))
def test_what_has_ended_is_silent(world: World, state: State) -> None:
    case_no = world.a_case(state)
    world.follow_up(case_no)
    world.pass_time(days=90)
    assert sweep(world.store, world.now) == Swept()


# -- what waits beside and after the main line -------------------------------------------------------------------------


def test_a_clause_is_called_to_mind_and_told_when_its_day_has_passed_once_each(world: World) -> None:
    case_no = world.a_case(State.PERFORMING)
    world.finish_tasks(case_no)
    first, second = world.clauses(case_no)
    assert first.due_on is not None and second.due_on is not None
    world.now = end_of(first.due_on) - timedelta(days=2)
    assert swept(world) == {"clock.clause_warn": 1}
    assert swept(world) == {}
    world.now = end_of(first.due_on) + timedelta(minutes=1)
    assert swept(world) == {"clock.clause_late": 1}
    assert told(world, case_no) == {(who, f"clock.clause_{rung}") for who in ("cadre", "worker") for rung in ("warn", "late")}
    report = ClauseReport(ClauseState.KEPT, world.today, "收条已看")
    world.do(performance.settle_clause, case_no, first.id, report, None, by="cadre")
    assert swept(world) == {}
    # The next instalment is a clock of its own.
    world.now = end_of(second.due_on) + timedelta(minutes=1)
    assert swept(world) == {"clock.clause_late": 1}
    world.keep(case_no)
    assert swept(world) == {}


def test_a_follow_up_rings_in_a_case_that_is_closed(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    (visit,) = world.follow_ups(case_no)
    world.now = visit.warn_at
    assert swept(world) == {"clock.follow_up_warn": 1}
    world.now = visit.due_at + timedelta(days=7)
    assert swept(world) == {"clock.follow_up_street": 1}
    assert ("leader", "clock.follow_up_street") in told(world, case_no)
    world.follow_up(case_no)
    world.pass_time(days=30)
    assert swept(world) == {}


def test_a_pause_that_has_run_out_asks_to_be_resumed(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    world.act(case_no, Act.SUSPEND)
    until = world.case(case_no).paused_until
    assert until is not None
    world.now = until - timedelta(minutes=1)
    assert swept(world) == {}
    world.now = until + timedelta(minutes=1)
    assert swept(world) == {"clock.pause_late": 1}
    assert told(world, case_no) == {("cadre", "clock.pause_late")}


@pytest.mark.parametrize(("level", "by", "hears"), [
    ("community", "worker", "cadre"), ("street", "cadre", "leader"), ("county", "leader", "coordinator")])
def test_a_question_that_nobody_above_answers_rings_where_it_was_asked_and_then_with_the_county(
        world: World, level: str, by: str, hears: str) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    if level == "county":
        world.act(case_no, Act.ESCALATE)
        world.act(case_no, Act.TAKE_UP, by="leader")
    world.act(case_no, Act.ESCALATE, by=by)
    assert world.case(case_no).level == level
    due_at = world.case(case_no).raise_due_at
    assert due_at is not None
    world.now = due_at + timedelta(minutes=1)
    assert swept(world)["clock.raised_late"] == 1
    assert (hears, "clock.raised_late") in told(world, case_no)
    world.pass_time(days=4)
    assert swept(world)["clock.raised_county"] == 1
    assert ("coordinator", "clock.raised_county") in told(world, case_no)
    world.act(case_no, Act.TAKE_UP, by=hears)
    world.pass_time(days=1)
    assert "clock.raised_late" not in swept(world)


def test_a_case_closed_between_the_search_and_the_climb_is_silent(world: World) -> None:
    case_no = world.a_case()
    world.pass_time(days=9)
    with world.store.reading() as session:
        found = due_cases(session, world.now)
    assert found == [world.case(case_no).id]
    world.act(case_no, Act.WITHDRAW)
    before = counts(world)
    with world.store.writing() as session:
        assert climb_cases(session, found, world.now) == Swept()
    assert counts(world) == before


def test_one_case_that_fails_keeps_no_other_from_being_heard(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    numbers = [world.a_case() for _ in range(3)]
    world.pass_time(days=4)
    tell = sweeping.tell

    def broken(session: Session, case: Case, *given: Any, **named: Any) -> None:
        if case.case_no == numbers[1]:
            raise LookupError("张三")
        tell(session, case, *given, **named)

    monkeypatch.setattr(sweeping, "tell", broken)
    report = sweep(world.store, world.now)
    assert (report.cases, report.failed, report.acts) == (2, 1, {"clock.case_late": 2})
    assert "LookupError" in caplog.text
    assert "张三" not in caplog.text
    assert not told(world, numbers[1])
    monkeypatch.undo()
    assert swept(world) == {"clock.case_late": 1}


@pytest.mark.parametrize(("community", "hear"), [
    ("990101001001", {"cadre", "second_cadre"}), (None, {"990101001", "leader"}),
])
def test_what_has_no_place_and_no_team_is_heard_in_the_community_or_else_in_the_street(
    world: World, community: str | None, hear: set[str],
) -> None:
    case_no = world.file(cell_code=None, street_code="990101001").case_no
    with world.store.writing() as session:
        session.execute(update(Case).values(community_code=community))
    world.pass_time(days=3)
    assert swept(world) == {"clock.case_warn": 1}
    assert told(world, case_no) == {(who, "clock.case_warn") for who in hear}


def test_an_urgent_case_wakes_who_asked_for_that(world: World) -> None:
    case_no = world.file(flags=(Flag.THREAT,)).case_no
    world.pass_time(days=9)
    swept(world)
    with world.store.reading() as session:
        rows = session.scalars(select(Notice.is_urgent).where(Notice.case_no == case_no, Notice.act.startswith("clock."))).all()
    assert rows
    assert all(rows)


def test_the_ladder_is_the_offices_to_set(world: World) -> None:
    own = LadderStep(Subject.CASE, Rung.LATE, 2, (Hearer.GRID_WORKER,), Label("本街道定", "set by this street"))
    with world.store.writing() as session:
        session.add(RuleRow(kind="ladder", code="case.late", position=1, body=own.as_json()))
        session.execute(update(Home).values(rules_edition=Home.rules_edition + 1))
    try:
        case_no = world.a_case()
        world.now = world.case(case_no).due_at + timedelta(days=3)  # Friday, two days off, and not yet the end of Monday
        assert swept(world) == {}
        world.pass_time(days=1, minutes=1)
        assert swept(world) == {"clock.case_late": 1}
        assert told(world, case_no) == {("worker", "clock.case_late")}
    finally:
        with world.store.writing() as session:
            session.execute(delete(RuleRow).where(RuleRow.kind == "ladder"))
            session.execute(update(Home).values(rules_edition=Home.rules_edition + 1))


def test_two_sweeps_at_once_climb_each_step_once(world: World, street_url: str) -> None:
    numbers = [world.a_case(state) for state in (State.FILED, State.TEAM_FORMED, State.MEDIATING) for _ in range(4)]
    world.pass_time(days=50)
    stores, gate, reports = [Store(street_url, KEYRING) for _ in range(3)], threading.Barrier(3), list[Any]()

    def go(store: Store) -> None:
        gate.wait()
        try:
            reports.append(sweep(store, world.now))
        except Exception as error:
            reports.append(error)

    threads = [threading.Thread(target=go, args=(store,)) for store in stores]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for store in stores:
        store.close()
    assert all(isinstance(report, Swept) for report in reports), reports
    assert sweep(world.store, world.now).cases + sum(report.cases for report in reports) == len(numbers)
    for case_no in numbers:
        told_by_time = [entry for entry in world.entries(case_no) if entry.act.startswith("clock.")]
        acts = Counter((entry.act, entry.details.get("task")) for entry in told_by_time)
        assert acts
        assert set(acts.values()) == {1}


def test_while_people_close_cases_nothing_is_said_of_a_closed_one(world: World, street_url: str) -> None:
    numbers = [world.a_case() for _ in range(12)]
    world.pass_time(days=9)
    other, gate, fallen = Store(street_url, KEYRING), threading.Barrier(2), list[Exception]()

    def close() -> None:
        gate.wait()
        try:
            for case_no in numbers:
                world.act(case_no, Act.WITHDRAW)
        except Exception as error:
            fallen.append(error)

    thread = threading.Thread(target=close)
    thread.start()
    gate.wait()
    for _ in range(3):
        sweep(other, world.now)
    thread.join()
    other.close()
    assert not fallen
    for case_no in numbers:
        acts = world.acts(case_no)
        assert acts.count("clock.case_county") <= 1
        assert acts[-1] == "case.withdraw"


def test_the_case_page_tells_it_as_the_systems_own_and_names_the_department(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    task = world.tasks(case_no)[0]
    world.now = task.answer_warn_at
    swept(world)
    world.now = task.answer_due_at + timedelta(minutes=1)
    swept(world)
    view = world.do(read_case, case_no, by="cadre")
    name = next(each.department for each in view.tasks if each.id == task.id)
    said = {(each.said.zh, each.said.en, each.by, each.is_late, each.is_key, each.words) for each in view.timeline}
    by = Label("系统", "System")
    assert (f"部门答复已超期：{name.zh}", f"Department's answer overdue: {name.en}", by, True, False, "") in said
    assert (f"部门答复快到期：{name.zh}", f"Department's answer due soon: {name.en}", by, False, False, "") in said


def test_the_search_reads_indexes_and_no_table(world: World) -> None:
    world.a_case(State.TEAM_FORMED)
    with world.store.reading() as session, plans(session) as found:
        due_cases(session, world.now)
    plan, = found
    # With next to no rows PostgreSQL takes whichever index comes first; that it takes one is the claim.
    wanted = ("ix_cases_clock", "ix_tasks_answer_clock", "ix_tasks_sign_clock")
    assert all(index in plan for index in wanted) or ("Index" in plan and "Seq Scan" not in plan), plan
    assert "SCAN tasks" not in plan
    assert "SCAN cases" not in plan


def test_the_search_asks_once_however_many_cases_there_are_and_a_quiet_sweep_writes_nothing(world: World) -> None:
    for _ in range(8):
        world.a_case(State.TEAM_FORMED)
    with world.statements() as sent:
        sweep(world.store, world.now)
    assert sum("ladder_steps" in each for each in sent) == 1
    assert not [each for each in sent if not each.startswith("SELECT")]


def test_filing_is_held_up_by_no_more_than_one_small_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    numbers = {world.a_case() for _ in range(5)}
    world.pass_time(days=4)
    seen: list[tuple[int, int]] = []
    report = sweep(world.store, world.now, on_progress=lambda done, of: (world.file(), seen.append((done, of)))[-1])
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert report.cases == len(numbers)
