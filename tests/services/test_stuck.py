"""The stuck board: each block on a case made by hand, one block a case, counts that are the lists, and who sees how much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gridmediate.domain.agreements import ClauseState
from gridmediate.domain.blocks import Block
from gridmediate.domain.calls import CallMatter, PromptKind
from gridmediate.domain.indicators import Span
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import ReturnReason, TaskState
from gridmediate.domain.vocabulary import Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import stuck, tasks
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.performance import ClauseReport, settle_clause
from gridmediate.services.prompts import Prompting, give_prompt
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.stuck import StuckBoard, stuck_board
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, CaseClock, HistoryEntry, Task
from tests.builders import CELL, NEXT_COMMUNITY_CELL, OTHER_CELL
from tests.rig.world import KEYRING, World
from tests.services.test_list_plans import plans


@pytest.fixture
def street(sqlite_street_url: str) -> Iterator[World]:
    """The street on the database of which most answers are the same."""
    store = Store(sqlite_street_url, KEYRING)
    yield World(store)
    store.close()


def look(world: World, by: str = "leader", **asked: Any) -> StuckBoard:
    """Look at the board."""
    board: StuckBoard = world.do(stuck_board, by=by, **asked)
    return board


def placed(world: World, by: str = "leader") -> dict[str, Block]:
    """Return the block of every case on the board, and prove that each count is its list."""
    board = look(world, by)
    for column in board.columns:
        assert column.count == Span.exactly(len(column.rows))
        assert column.oldest_at == (column.rows[0].since if column.rows else None)
        assert [row.since for row in column.rows] == sorted(row.since for row in column.rows)
    with world.store.reading() as session:
        open_cases = session.scalar(select(func.count()).select_from(Case).where(Case.is_open.is_(True)))
    assert board.open == Span.exactly(open_cases or 0)
    return {row.case_no: column.block for column in board.columns for row in column.rows}


def only_task(world: World, case_no: str, **values: Any) -> Task:
    """Let every task of a case be answered but the first, which is then set as wanted; what time does to it, done at once."""
    first, *others = world.tasks(case_no)
    for task in others:
        world.answer(task)
    if values:
        with world.store.writing() as session:
            session.execute(update(Task).where(Task.id == first.id).values(**values))
    return world.tasks(case_no)[0]


def a_broken_case(world: World) -> str:
    """Return a case whose agreement was not kept."""
    case_no = world.a_case(State.PERFORMING)
    clause = world.clauses(case_no)[0]
    world.do(settle_clause, case_no, clause.id, ClauseReport(ClauseState.BROKEN, world.today, "没付"), None, by="cadre")
    return case_no


def test_each_case_stands_in_the_block_that_holds_it(world: World) -> None:
    broken = a_broken_case(world)
    unsigned, unanswered, twice, called, red, calm, signing, paused, no_team = (
        world.a_case(State.ACCEPTED if name == "no_team" else State.AGREED_WRITTEN if name == "signing" else State.TEAM_FORMED)
        for name in ("unsigned", "unanswered", "twice", "called", "red", "calm", "signing", "paused", "no_team"))
    unplaced = world.file(cell_code=None).case_no
    past = world.now - timedelta(days=1)
    only_task(world, unsigned, sign_due_at=past)
    task = only_task(world, unanswered)
    world.do(tasks.sign, [task.id], by=world.staff_of(task.department_code))
    only_task(world, unanswered, answer_due_at=past, answer_warn_at=past)
    task = only_task(world, twice)
    for _ in range(2):
        world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归我们", None, by=world.staff_of(task.department_code))
        if world.task(twice, task.department_code).state is TaskState.RETURNED:
            world.do(tasks.assign_again, task.id, task.department_code, "请再看", None, by="cadre")
    world.do(call_county, called, Calling(CallMatter.EMERGENCY, Urgency.URGENT, ("health",), "请来"), by="leader")
    with world.store.writing() as session:
        session.execute(update(Task).where(Task.call_id.is_not(None)).values(sign_due_at=past))
        late = select(Case.id).where(Case.case_no.in_([red, called]))
        session.execute(update(CaseClock).where(CaseClock.case_id.in_(late), CaseClock.ended_at.is_(None)).values(due_at=past))
        session.execute(update(Case).where(Case.case_no.in_([red, called])).values(due_at=past))
    world.act(paused, Act.SUSPEND)
    assert placed(world) == {
        broken: Block.BROKEN, unsigned: Block.UNSIGNED, unanswered: Block.UNANSWERED, twice: Block.RULING,
        # Late as well, and yet in one block only: the call comes first.
        called: Block.CALL, red: Block.RED, signing: Block.PARTY, paused: Block.PARTY, no_team: Block.NO_TEAM,
        unplaced: Block.NO_TEAM,
    }
    assert look(world).moving == Span.exactly(1)
    assert calm not in placed(world)
    holders = {row.case_no: [each.zh for each in row.holders] for column in look(world).columns for row in column.rows}
    assert holders[no_team] == ["锦溪社区社区干部席位"]
    assert holders[twice] == ["柳溪街道"]
    with world.store.reading() as session:
        assert holders[called] == [rulebook_of(session).department_label("health").zh]


def test_counts_are_the_lists_within_each_readers_place(street: World) -> None:
    for cell in (None, None, NEXT_COMMUNITY_CELL, OTHER_CELL):
        street.a_case(State.FILED, by={NEXT_COMMUNITY_CELL: "next_cadre", OTHER_CELL: "other_cadre"}.get(cell or "", "cadre"),
                     cell_code=cell or CELL)
    street.now += timedelta(days=30)
    assert {by: look(street, by).stuck for by in ("leader", "cadre", "next_cadre", "other_leader")} == {
        "leader": Span.exactly(3), "cadre": Span.exactly(2), "next_cadre": Span.exactly(1), "other_leader": Span.exactly(1)}
    for by in ("worker", "housing", "administrator", "auditor"):
        with pytest.raises(NotPermitted):
            look(street, by)
    assert [entry.act for entry in readings(street)] == ["stuck.list"] * 4


def readings(street: World) -> list[HistoryEntry]:
    """Return what was recorded of looks at the board."""
    with street.store.reading() as session:
        return list(session.scalars(select(HistoryEntry).where(HistoryEntry.act == "stuck.list")))


def test_who_may_not_read_the_cases_gets_counts_masked_cell_by_cell_and_no_rows(street: World) -> None:
    for cell, by in ((CELL, "cadre"), (CELL, "cadre"), (CELL, "cadre"), (OTHER_CELL, "other_cadre")):
        street.a_case(State.FILED, by=by, cell_code=cell)
    street.now += timedelta(days=30)
    board = look(street, "coordinator")
    red = next(column for column in board.columns if column.block is Block.RED)
    # Three in one cell are told, one in another is one or two: the sum says no more than its parts.
    assert (red.count, red.oldest_at, red.rows) == (Span(4, 5), None, [])
    assert (board.open, board.exact) == (Span(4, 5), False)


def test_a_block_is_paged_by_key_from_the_oldest(street: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filed = [street.file().case_no for _ in range(5)]
    street.now += timedelta(days=30)
    monkeypatch.setattr(stuck, "PAGE_ROWS", 2)
    seen: list[str] = []
    after = None
    for _ in range(3):
        column = next(each for each in look(street, only=Block.RED, after=after).columns if each.block is Block.RED)
        seen += [row.case_no for row in column.rows]
        after = column.next_key
    assert (sorted(seen), after) == (sorted(filed), None)


def test_what_was_urged_today_is_not_offered_again(street: World) -> None:
    case_no = street.a_case(State.TEAM_FORMED)
    street.now += timedelta(days=3)
    task = only_task(street, case_no, answer_due_at=street.now + timedelta(days=9))
    row = next(row for column in look(street).columns for row in column.rows)
    assert (row.block, row.urge_task, row.urged_today, row.may_supervise) == (Block.UNSIGNED, task.id, False, True)
    street.do(give_prompt, case_no, Prompting(PromptKind.URGE, task_id=task.id), by="leader")
    row = next(row for column in look(street).columns for row in column.rows)
    assert (row.urge_task, row.urged_today) == (None, True)
    assert not next(row for column in look(street, "cadre").columns for row in column.rows).may_supervise


@pytest.mark.parametrize("cases", [2, 12])
def test_the_board_asks_as_often_however_long_it_is(street: World, cases: int) -> None:
    for _ in range(cases):
        street.a_case(State.TEAM_FORMED)
    street.now += timedelta(days=40)
    look(street)
    with street.statements() as sent:
        look(street)
    assert len([each for each in sent if each.startswith("SELECT")]) <= 6


def test_open_cases_and_late_tasks_come_out_of_their_indexes(street: World) -> None:
    street.a_case(State.TEAM_FORMED)
    with street.store.writing() as session, plans(session) as found:
        stuck_board(session, street.people["leader"], street.now)
    counted = found[0]
    assert "ix_cases_street_due" in counted
    assert "SCAN tasks" not in counted
    assert {"ix_tasks_sign_clock", "ix_tasks_answer_clock", "ix_tasks_ruling"} <= set(re.findall(r"ix_tasks_\w+", counted))
