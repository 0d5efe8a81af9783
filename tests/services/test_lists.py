"""Lists by what is due next: who sees what on which desk, stable pages, filters, and a steady number of statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.next_steps import Turn
from gridmediate.domain.permissions import Permission, may
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Flag, Side, Status
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import handling, lists, task_lists, tasks
from gridmediate.services.casework import subject_of
from gridmediate.services.filing import PartyEntry
from gridmediate.services.lists import CaseFilter, Desk, list_cases
from gridmediate.services.task_lists import TaskFilter, list_rulings, list_tasks
from gridmediate.store.models import HistoryEntry
from tests.builders import CELL, COMMUNITY, NEXT_CELL, NEXT_COMMUNITY, NEXT_COMMUNITY_CELL, OTHER_CELL
from tests.rig.world import WORDS, World


def numbers(world: World, desk: Desk = Desk.COMMUNITY, by: str = "cadre", **narrowed: Any) -> list[str]:
    """Return the numbers on a desk."""
    return [row.case_no for row in world.do(list_cases, desk, CaseFilter(**narrowed), by=by).rows]


@pytest.fixture
def four(world: World) -> dict[str, str]:
    """A case in each place."""
    filed = {"here": ("worker", CELL), "next": ("next_worker", NEXT_CELL), "far": ("far_worker", NEXT_COMMUNITY_CELL),
             "other": ("other_worker", OTHER_CELL)}
    return {name: world.file(by=by, cell_code=cell).case_no for name, (by, cell) in filed.items()}


@pytest.mark.parametrize(("by", "desk", "seen"), [
    ("cadre", Desk.COMMUNITY, {"here", "next"}), ("next_cadre", Desk.COMMUNITY, {"far"}),
    ("other_cadre", Desk.COMMUNITY, {"other"}), ("leader", Desk.STREET, {"here", "next", "far"}),
    ("other_leader", Desk.STREET, {"other"}), ("worker", Desk.CELL, {"here"}),
    ("worker", Desk.FILED, {"here"}), ("next_worker", Desk.CELL, {"next"}), ("cadre", Desk.STREET, set()),
    ("worker", Desk.COMMUNITY, set()), ("housing", Desk.STREET, set()), ("leader", Desk.FILED, set()),
])
def test_a_desk_holds_what_its_reader_answers_for(world: World, four: dict, by: str, desk: Desk, seen: set[str]) -> None:
    assert set(numbers(world, desk, by)) == {four[name] for name in seen}


@pytest.mark.parametrize("who", ["worker", "cadre", "housing", "leader", "next_cadre"])
def test_what_a_list_shows_opens_and_what_opens_is_on_a_list(world: World, four: dict[str, str], who: str) -> None:
    actor = world.people[who]
    shown = {number for desk in Desk for number in numbers(world, desk, who)}
    for case_no in four.values():
        opens = may(actor, Permission.CASE_READ, subject_of(world.case(case_no)))
        assert opens or case_no not in shown
        assert case_no in shown or not opens


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_who_reads_no_case_gets_no_list(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        world.do(list_cases, Desk.STREET, CaseFilter(), by=who)
    with pytest.raises(NotPermitted):
        world.do(list_tasks, TaskFilter(), by=who)
    with pytest.raises(NotPermitted):
        world.do(list_rulings, by=who)


def test_the_county_lists_what_was_sent_up_to_it_and_nothing_else(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    assert world.do(list_cases, Desk.COUNTY, CaseFilter(), by="coordinator").rows == []
    words = world.words(case_no) | {Needs.LEVEL: "county", Needs.SKIPPED: "街道已说明办不了"}
    world.act(case_no, Act.ESCALATE, words=words)
    page = world.do(list_cases, Desk.COUNTY, CaseFilter(), by="coordinator")
    assert [(row.case_no, row.turn) for row in page.rows] == [(case_no, Turn.COUNTY)]
    world.act(case_no, Act.BRING_DOWN, by="coordinator")
    assert world.do(list_cases, Desk.COUNTY, CaseFilter(), by="coordinator").rows == []


def test_the_earliest_due_comes_first(world: World) -> None:
    late = world.file().case_no
    world.pass_time(days=10)
    fresh = world.file().case_no
    mediating = world.a_case(State.MEDIATING)
    assert numbers(world)[0] == late
    assert set(numbers(world)) == {late, fresh, mediating}
    due = [world.case(number).next_due_at for number in numbers(world)]
    assert due == sorted(due)


def walk(world: World, size: int, between: Any = None, **narrowed: Any) -> list[str]:
    """Page through a list, doing something between the pages."""
    found, after = [], None
    while True:
        page = world.do(list_cases, Desk.COMMUNITY, CaseFilter(**narrowed), by="cadre", after=after, size=size)
        found += [row.case_no for row in page.rows]
        if page.next_key is None:
            return found
        after = page.next_key
        if between:
            between()


@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize("closed", [False, True])
def test_pages_hold_every_case_once(world: World, size: int, closed: bool) -> None:
    made = []
    for number in range(7):
        made.append(world.a_case(State.SOLVED_ON_SPOT if closed else State.FILED))
        world.pass_time(hours=number % 3)  # some share a moment
    found = walk(world, size, closed=closed)
    assert sorted(found) == sorted(made)
    assert found == walk(world, 50, closed=closed)


def test_what_is_filed_between_two_pages_moves_nothing(world: World) -> None:
    made = [world.file().case_no for _ in range(6)]
    found = walk(world, 2, between=world.file)
    assert [number for number in found if number in made] == made


@pytest.mark.parametrize("key", ["", "x", "~", "2026-11-23~", "2026-11-23T00:00:00+00:00~zz", "²", "9999-99-99~" + "0" * 32])
def test_a_key_that_is_none_begins_at_the_beginning(world: World, key: str) -> None:
    case_no = world.file().case_no
    page = world.do(list_cases, Desk.COMMUNITY, CaseFilter(), by="cadre", after=key)
    assert [row.case_no for row in page.rows] == [case_no]


@pytest.mark.parametrize("who", ["cadre", "leader"])
def test_a_list_takes_at_most_six_statements_however_long(world: World, who: str) -> None:
    desk = Desk.COMMUNITY if who == "cadre" else Desk.STREET
    taken = []
    for count in (1, 10, 30):
        for _ in range(count):
            world.a_case(State.TEAM_FORMED if count == 1 else State.FILED)
        world.do(list_cases, desk, CaseFilter(), by=who)
        with world.statements() as sent:
            page = world.do(list_cases, desk, CaseFilter(), by=who)
        taken.append(len(sent))
    assert len(page.rows) == 41
    assert len(set(taken)) == 1
    assert taken[0] <= 6, "\n".join(sent)


def test_a_departments_list_takes_at_most_six_statements_however_long(world: World) -> None:
    taken = []
    for count in (1, 9):
        for _ in range(count):
            world.a_case(State.TEAM_FORMED)
        world.do(list_tasks, TaskFilter(), by="housing")
        with world.statements() as sent:
            page = world.do(list_tasks, TaskFilter(), by="housing")
        taken.append(len(sent))
    assert len(page.rows) == 10
    assert len(set(taken)) == 1
    assert taken[0] <= 6, "\n".join(sent)


def test_filters_narrow(world: World, four: dict[str, str]) -> None:
    unplaced = world.file(cell_code=None, address="柳溪路口").case_no
    formed = world.a_case(State.TEAM_FORMED, t2_code="0402")
    solved, refused = world.a_case(State.SOLVED_ON_SPOT), world.a_case(State.REFUSED)
    assert set(numbers(world, unplaced=True)) == {unplaced}
    assert set(numbers(world, cell_code=NEXT_CELL)) == {four["next"]}
    assert set(numbers(world, head="04")) == {formed}
    assert set(numbers(world, turn=Turn.DEPARTMENTS)) == {formed}
    assert set(numbers(world, closed=True)) == {solved}
    assert set(numbers(world, status=Status.ENDED)) == {refused}
    assert set(numbers(world, status=Status.FILED)) == {four["here"], four["next"], unplaced}
    assert set(numbers(world, status=Status.ACCEPTED)) == {formed}
    assert set(numbers(world, Desk.STREET, "leader", community_code=NEXT_COMMUNITY)) == {four["far"]}
    # A filter is no way round one's reach.
    assert numbers(world, community_code=NEXT_COMMUNITY) == []
    assert numbers(world, cell_code=OTHER_CELL) == []
    world.pass_time(days=5)
    assert set(numbers(world, status=Status.OVERDUE)) == {four["here"], four["next"], unplaced}
    assert numbers(world, status=Status.FILED) == []


def test_the_tabs_count_what_they_hold(world: World, four: dict[str, str]) -> None:
    world.file(cell_code=None, address="柳溪路口")
    world.a_case(State.TEAM_FORMED)
    world.pass_time(days=5)
    counts = world.do(list_cases, Desk.COMMUNITY, CaseFilter(), by="cadre").counts
    assert counts["all"] == len(numbers(world)) == 4
    assert counts["late"] == len(numbers(world, status=Status.OVERDUE)) == 3
    assert counts["unplaced"] == 1
    for turn in (Turn.COMMUNITY, Turn.DEPARTMENTS):
        assert counts.get(turn, 0) == len(numbers(world, turn=turn))


def test_words_find_a_number_an_exact_name_or_phone_and_a_cell_within_reach(world: World) -> None:
    mine = world.file(parties=(PartyEntry(Side.APPLICANT, "王 小芳", "+86 138-1234-2071"),)).case_no
    plain = world.file(by="next_worker", cell_code=NEXT_CELL).case_no
    same_name = (PartyEntry(Side.APPLICANT, "王小芳", "13812342071"),)
    foreign = world.file(by="other_worker", cell_code=OTHER_CELL, parties=same_name).case_no
    for words in (mine, mine.lower(), "1", "0001", "王小芳", " 王小芳 ", "13812342071", "138 1234 2071"):
        assert numbers(world, words=words) == [mine], words
    assert numbers(world, words="第2网格") == [plain]
    assert set(numbers(world, words="网格")) == {mine, plain}
    for words in (foreign, "王小", "小芳", "138", "%", "_", "²", "٣", "'; drop table cases", "x" * 60, "LX-2026-9999"):
        assert numbers(world, words=words) == [], words
    assert numbers(world, Desk.COMMUNITY, "other_cadre", words="王小芳") == [foreign]


def test_a_search_finds_what_is_closed_too(world: World) -> None:
    closed = world.a_case(State.SOLVED_ON_SPOT)
    assert numbers(world) == []
    assert numbers(world, words=closed) == [closed]


def test_a_familys_address_is_not_for_a_list(world: World) -> None:
    world.file(t2_code="0101", address="柳溪路 3 号 201")
    world.file(t2_code="0201", address="柳溪路 5 号")
    rows = world.do(list_cases, Desk.COMMUNITY, CaseFilter(), by="cadre").rows
    assert {row.address for row in rows} == {"", "柳溪路 5 号"}


def test_every_look_at_a_list_is_on_the_readers_record(world: World) -> None:
    world.file()
    numbers(world)
    with world.store.reading() as session:
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == world.people["cadre"].account_id)).all()
    assert [(row.act, row.details) for row in entries] == [("case.list", {"desk": "community", "rows": 1})]


# -- tasks -------------------------------------------------------------------------------------------------------------


def ids(world: World, by: str = "housing", **narrowed: Any) -> list[str]:
    return [row.case_no for row in world.do(list_tasks, TaskFilter(**narrowed), by=by).rows]


def test_a_departments_list_holds_its_tasks_by_tab(world: World) -> None:
    made = {tab: world.a_case(State.TEAM_FORMED) for tab in ("to_sign", "in_progress", "answered", "returned", "done")}
    for tab, case_no in made.items():
        task = world.task(case_no, "housing")
        if tab == "in_progress":
            world.do(tasks.sign, [task.id], by="housing")
        if tab in ("answered", "done"):
            world.answer(task)
        if tab == "done":
            world.do(tasks.confirm, task.id, None, by="cadre")
        if tab == "returned":
            world.do(tasks.send_back, task.id, ReturnReason.NOT_CLEAR, "哪一家？", None, by="housing")
    for tab, case_no in made.items():
        assert ids(world, tab=tab) == [case_no], tab
    counts = world.do(list_tasks, TaskFilter(), by="housing").counts
    assert counts == dict.fromkeys(task_lists.TASK_TABS.keys() - {"done"}, 1)
    assert ids(world, "police") == []
    assert ids(world, tab="nonsense") == [made["to_sign"]]


def test_a_departments_list_narrows_and_pages(world: World) -> None:
    made = []
    for number in range(5):
        made.append(world.a_case(State.TEAM_FORMED, t2_code="0402" if number == 4 else "0201"))
        world.pass_time(hours=1)
    assert ids(world, head="04") == [made[4]]
    assert ids(world, community_code=COMMUNITY) == made
    assert ids(world, community_code=NEXT_COMMUNITY) == []
    assert ids(world, late=True) == []
    found, after = [], None
    for _ in range(5):
        page = world.do(list_tasks, TaskFilter(), by="housing", after=after, size=2)
        found += [row.case_no for row in page.rows]
        after = page.next_key
        if after is None:
            break
    assert found == made
    world.pass_time(days=20)
    assert ids(world, late=True) == made


def test_what_waits_for_the_streets_ruling_is_the_streets_own(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    task = world.task(case_no, "housing")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归", None, by="housing")
    world.do(tasks.assign_again, task.id, "housing", "归", None, by="cadre")
    assert world.do(list_rulings, by="leader") == []
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归", None, by="housing")
    assert [row.case_no for row in world.do(list_rulings, by="leader")] == [case_no]
    assert world.do(list_rulings, by="other_leader") == []


# -- the clock's chip --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "state"), [(0, "calm"), (6.9, "calm"), (7, "warn"), (10, "warn"), (10.1, "late"), (99, "late")])
def test_the_chip_warns_at_seven_tenths_and_is_late_after_the_last_moment(world: World, hours: float, state: str) -> None:
    start = world.now
    chip = lists.clock_between(start + timedelta(hours=7), start + timedelta(hours=10), start + timedelta(hours=hours))
    assert chip.state == state
    assert 0 <= chip.share <= 1


def test_overdue_is_laid_over_open_cases_only(world: World) -> None:
    open_no, ended = world.a_case(State.MEDIATING, flags=(Flag.MINOR,)), world.a_case(State.REFUSED)
    world.pass_time(days=200)
    assert lists.shown_status(world.case(open_no), world.now) is Status.OVERDUE
    assert lists.shown_status(world.case(ended), world.now) is Status.ENDED
    world.act(open_no, Act.TERMINATE, words=WORDS | {Needs.REASON: "双方未再到场"})
    assert lists.shown_status(world.case(open_no), world.now) is Status.ENDED
    world.do(handling.note, ended, "已告知", by="cadre")
