"""Departments' figures, ages and flow on cases made by hand; what a reader without case access is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gridmediate.domain.indicators import Span
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.punctuality import LEAST_TASKS
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Status
from gridmediate.domain.workflow import Act, State
from gridmediate.services import tasks
from gridmediate.services.ageing import ages, flows
from gridmediate.services.heat import heat_table
from gridmediate.services.punctuality import OfficeFigures, punctuality
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, Task
from tests.builders import OTHER_CELL
from tests.rig.world import KEYRING, World


@pytest.fixture
def street(sqlite_street_url: str) -> Iterator[World]:
    """A street of this test alone."""
    store = Store(sqlite_street_url, KEYRING)
    yield World(store)
    store.close()


def figures(street: World, by: str = "leader", **asked: Any) -> dict[str, OfficeFigures]:
    """Return the figures by department."""
    return {each.code: each for each in street.do(punctuality, by=by, **asked).offices}


def lead_tasks(street: World, count: int) -> list[Task]:
    """Return the lead's task of new cases."""
    return [street.tasks(street.a_case(State.TEAM_FORMED))[0] for _ in range(count)]


def test_a_share_is_answered_in_time_over_due_and_comes_with_its_interval(world: World) -> None:
    made = lead_tasks(world, 7)
    office = made[0].department_code
    assert {task.department_code for task in made} == {office}
    world.pass_time(days=2)
    for task in made[:4]:
        world.answer(task)
    world.pass_time(days=20)
    world.answer(made[4])
    # One recalled, one never answered, one dispatched only now and not due yet.
    world.do(tasks.recall, made[5].id, "不用了", None, by="cadre")
    lead_tasks(world, 1)
    found = figures(world)[office]
    assert (found.due, found.in_time) == (Span.exactly(6), Span.exactly(4))
    assert found.share == pytest.approx(4 / 6)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 4 / 6 < found.high
    assert found.days == pytest.approx(2)
    # Before they fell due nothing counts; nor does it long after.
    assert figures(world, "other_leader") == {}
    world.pass_time(days=40)
    assert office not in figures(world, days=30)


def test_below_five_there_is_no_share(street: World) -> None:
    made = lead_tasks(street, LEAST_TASKS - 1)
    street.pass_time(days=30)
    found = figures(street)[made[0].department_code]
    assert (found.due, found.share, found.standing) == (Span.exactly(LEAST_TASKS - 1), None, None)


def test_sent_back_rightly_goes_to_another_and_wrongly_comes_back(street: World) -> None:
    right, wrong, undecided = lead_tasks(street, 3)
    office = right.department_code
    for task in (right, wrong, undecided):
        street.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归我们", None, by=street.staff_of(office))
    street.do(tasks.assign_again, right.id, "health", "请办", None, by="cadre")
    street.do(tasks.assign_again, wrong.id, office, "请再看", None, by="cadre")
    street.pass_time(days=30)
    found = figures(street)
    assert (found[office].rightly, found[office].wrongly) == (Span.exactly(1), Span.exactly(1))
    assert found["health"].rightly == Span(0, 0)


def test_who_reads_no_case_gets_no_share_over_a_masked_count(street: World) -> None:
    made = lead_tasks(street, 8)
    street.pass_time(days=1)
    for task in made[:6]:
        street.answer(task)
    street.pass_time(days=30)
    office = made[0].department_code
    assert figures(street)[office].share == pytest.approx(0.75)
    masked = figures(street, "coordinator")[office]
    # Two of eight were late: neither they nor the share, which would tell them, are said.
    assert (masked.due, masked.in_time, masked.share) == (Span(7, 8), Span.exactly(6), None)
    for service in (punctuality, ages, flows):
        with pytest.raises(NotPermitted):
            street.do(service, by="worker")


def test_ages_are_whole_days_and_add_up_to_the_open_cases(street: World) -> None:
    for days in (0, 3, 4, 7, 8, 14, 15, 30, 31, 400):
        case_no = street.file().case_no
        with street.store.writing() as session:
            session.execute(update(Case).where(Case.case_no == case_no).values(
                filed_at=street.now - timedelta(days=days, hours=1), due_at=street.now + timedelta(days=1 if days < 31 else -1)))
    street.a_case(State.CLOSED)
    found = street.do(ages, by="leader")
    assert [sum((span for span in each.values()), start=Span(0, 0)).low for each in found] == [2, 2, 2, 2, 2]
    assert [each[Status.OVERDUE].low for each in found] == [0, 0, 0, 0, 2]
    # Ten in one cell, two of each age: to whoever reads no case each is one or two.
    assert sum((span for each in street.do(ages, by="coordinator") for span in each.values()), start=Span(0, 0)) == Span(5, 10)


def test_what_came_less_what_went_is_what_stays_month_by_month(street: World) -> None:
    street.pass_time(days=-60)
    early = street.a_case(State.MEDIATING)
    street.a_case(State.FILED, by="other_cadre", filer="other_worker", cell_code=OTHER_CELL)
    street.pass_time(days=31)
    street.act(early, Act.AGREE_ORALLY)
    street.file()
    street.pass_time(days=29)
    street.file()
    street.file()
    found = street.do(flows, by="leader", months=4)
    assert [(each.month, each.came.low, each.went.low, each.open.low) for each in found] == [
        (202608, 0, 0, 0), (202609, 1, 0, 1), (202610, 1, 1, 1), (202611, 2, 0, 3)]
    table = street.do(heat_table, by="leader", months=4)
    assert [int(month[:4].sum()) for month in table.numbers] == [each.open.low for each in found]
    assert street.do(flows, by="coordinator", months=1)[0].came == Span(1, 2)
