"""Who sees which case: the list's condition and the one case's check read the same reach, and agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gridmediate.domain.permissions import Actor, CaseSubject, Permission, Reach, may, visible_to
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Part, Role, Seat
from gridmediate.store import queries
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import Keyring, seal
from gridmediate.store.engine import Store
from gridmediate.store.models import Base, Case, Cell, Department, RosterTerm, Task, TeamSeat
from tests import builders
from tests.builders import (
    CELL,
    COMMUNITY,
    COUNTY,
    DEPARTMENT,
    NEXT_CELL,
    NEXT_COMMUNITY,
    NEXT_COMMUNITY_CELL,
    OTHER_CELL,
    OTHER_COMMUNITY,
    OTHER_DEPARTMENT,
    OTHER_STREET,
    STREET,
)
from tests.store.rows import NOW, a_case

_PLACES = (
    (CELL, COMMUNITY, STREET, COUNTY), (NEXT_CELL, COMMUNITY, STREET, COUNTY),
    (NEXT_COMMUNITY_CELL, NEXT_COMMUNITY, STREET, COUNTY), (OTHER_CELL, OTHER_COMMUNITY, OTHER_STREET, COUNTY),
    (None, COMMUNITY, STREET, COUNTY), (None, None, STREET, COUNTY),
    (None, None, OTHER_STREET, "990202"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Cases in every place, with every mix of filer, sitting and former members, and departments."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('queries') / 'home.sqlite3'}", Keyring.fresh())
    Base.metadata.create_all(store.engine)
    subjects: dict[object, CaseSubject] = {}
    with store.writing() as session:
        builders.a_home(session)
        session.add(Department(code="recalled", name="撤回过任务的部门", name_en="Recalled", area_code=STREET, is_active=True))
        session.flush()
        people = [builders.an_account(session, None).id for _ in range(4)]
        for number in range(84):
            cell, community, street, county = _PLACES[number % 7]
            filer = (None, *people)[number % 5]
            place = {"cell_code": cell, "community_code": community, "street_code": street, "county_code": county}
            case = a_case(session, **place, filed_by=filer)
            sitting = {people[number % 4]} if number % 3 else set()
            for person in sitting:
                session.add(a_seat(case, person))
            session.add(a_seat(case, people[(number + 1) % 4], left_at=NOW))
            departments = {each for each, bit in ((DEPARTMENT, 1), (OTHER_DEPARTMENT, 2)) if number // 7 & bit}
            leading = {DEPARTMENT} & departments
            for each in sorted(departments):
                session.add(a_task(session, case, each, Part.LEAD if each in leading else Part.SUPPORT))
            # A recalled task opens the case to nobody.
            session.add(a_task(session, case, "recalled", Part.LEAD, TaskState.RECALLED))
            subjects[case.id] = CaseSubject(
                street, county, community, cell, filer, frozenset(sitting), frozenset(departments), frozenset(leading))
    yield store, people, subjects
    store.close()


def a_seat(case, person, left_at=None):
    return TeamSeat(id=new_id(), case_id=case.id, position=1, seat=Seat.GRID_WORKER, account_id=person, is_vacant=False,
                    reason={"code": "team.holder", "values": {}}, seated_at=NOW, left_at=left_at)


def a_task(session, case, department, part, state=TaskState.ASSIGNED):
    task = Task(id=new_id(), version=1, case_id=case.id, department_code=department, part=part, state=state,
                is_open=True, dispatched_at=NOW, sign_due_at=NOW, answer_due_at=NOW, answer_warn_at=NOW)
    seal(session, task, "ask", "请查漏")
    return task


def some(*values):
    return st.frozensets(st.sampled_from(values), max_size=2)


def listed(world, reach):
    with world[0].reading() as session:
        return set(session.scalars(select(Case.id).where(queries.within(reach))))


@given(
    roles=st.frozensets(st.sampled_from(Role), max_size=3), who=st.integers(0, 3), cells=some(CELL, NEXT_CELL, OTHER_CELL),
    departments=some(DEPARTMENT, OTHER_DEPARTMENT, "none", "recalled"),
    communities=some(COMMUNITY, NEXT_COMMUNITY, OTHER_COMMUNITY), streets=some(STREET, OTHER_STREET),
    counties=some(COUNTY, "990202"), permission=st.sampled_from(Permission),
)
def test_a_list_holds_exactly_the_cases_that_may_be_read_one_by_one(
    world, roles, who, cells, departments, communities, streets, counties, permission,
):
    actor = Actor(world[1][who], "林晓", roles, cells, departments, communities, streets, counties)
    one_by_one = {case_id for case_id, subject in world[2].items() if may(actor, permission, subject)}
    assert listed(world, visible_to(actor, permission)) == one_by_one


@given(
    own=st.one_of(st.none(), st.integers(0, 3)), cells=some(CELL, OTHER_CELL), departments=some(DEPARTMENT, OTHER_DEPARTMENT),
    leading=some(DEPARTMENT, OTHER_DEPARTMENT), communities=some(COMMUNITY, OTHER_COMMUNITY), streets=some(STREET, OTHER_STREET),
    counties=some(COUNTY, "990202"),
)
def test_every_reach_reads_the_same_in_the_database_and_here(
    world, own, cells, departments, leading, communities, streets, counties,
):
    reach = Reach(
        world[1][own] if own is not None else None, cells, departments, leading, communities=communities, streets=streets,
        counties=counties,
    )
    assert listed(world, reach) == {case_id for case_id, subject in world[2].items() if reach.covers(subject)}


def test_an_empty_reach_lists_nothing(world):
    assert listed(world, Reach()) == set()


def test_who_has_left_a_team_no_longer_sees_the_case(world):
    former = next(
        (case_id, person) for case_id, subject in world[2].items() for person in world[1]
        if person not in subject.seated and subject.filed_by != person)
    assert former[0] not in listed(world, Reach(own=former[1]))


def test_a_dated_row_holds_on_its_first_and_last_day(records):
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    with records.writing() as session:
        builders.a_cell(session, f"{COMMUNITY}009", column=8, valid_from=first, valid_to=last)
        for day, held in ((first - timedelta(days=1), False), (first, True), (last, True), (last + timedelta(days=1), False)):
            codes = {cell.cell_code for cell in session.scalars(queries.cells_in_force(day))}
            assert (f"{COMMUNITY}009" in codes) is held
        assert session.scalars(select(Cell).where(queries.in_force(Cell, last))).first() is not None


def test_a_workers_cells_are_those_of_the_day(records):
    with records.writing() as session:
        worker = builders.an_account(session, cells=[])
        builders.a_seat(session, worker, CELL, valid_to=NOW.date())
        builders.a_seat(session, worker, NEXT_CELL, valid_from=NOW.date() + timedelta(days=1))
        builders.a_seat(session, worker, OTHER_CELL, Seat.CADRE)
        assert session.scalars(queries.cells_worked_by(worker.id, NOW.date())).all() == [CELL]
        assert session.scalars(queries.cells_worked_by(worker.id, NOW.date() + timedelta(days=1))).all() == [NEXT_CELL]
        assert len(session.scalars(select(RosterTerm).where(queries.in_force(RosterTerm, NOW.date()))).all()) == 2
