"""How the databases answer the lists: from an index in the list's own order, and the tabs' counts without reading a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gridmediate.domain.vocabulary import Side
from gridmediate.services.filing import PartyEntry
from gridmediate.services.linking import link_earlier
from gridmediate.services.lists import CaseFilter, Desk, list_cases
from gridmediate.services.task_lists import TASK_TABS, TaskFilter, list_tasks
from gridmediate.store.models import Case, Party
from tests.rig.world import World


@contextmanager
def plans(session: Session) -> Iterator[list[str]]:
    """Hear how the database means to answer each reading of cases and tasks."""
    heard: list[tuple[str, Any]] = []
    found: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and (" cases" in statement or " tasks" in statement):
            heard.append((statement, parameters))

    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    event.listen(connection, "before_cursor_execute", hear)
    yield found
    event.remove(connection, "before_cursor_execute", hear)
    if not is_sqlite:
        # A handful of rows is read whole otherwise, and rightly so.
        for way in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    for statement, parameters in heard:
        rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}", parameters)
        found.append("; ".join(str(row[-1]) for row in rows))


@pytest.mark.parametrize(("by", "desk", "closed", "index"), [
    ("cadre", Desk.COMMUNITY, False, "ix_cases_community_due"), ("leader", Desk.STREET, False, "ix_cases_street_due"),
    ("worker", Desk.CELL, False, "ix_cases_cell_due"), ("cadre", Desk.COMMUNITY, True, "ix_cases_community_closed"),
    ("leader", Desk.STREET, True, "ix_cases_street_closed"),
])
def test_a_list_comes_out_of_its_index_in_order(world: World, by: str, desk: Desk, closed: bool, index: str) -> None:
    with world.store.writing() as session, plans(session) as found:
        list_cases(session, desk, CaseFilter(closed=closed), world.people[by], world.now)
    listed, counted = found
    assert index in listed
    assert "TEMP B-TREE" not in listed
    assert "Sort" not in listed
    if desk is not Desk.CELL:
        # With next to no rows PostgreSQL takes whichever index comes first; that it takes one is the claim.
        assert "COVERING INDEX ix_cases_" in counted or ("using ix_cases_" in counted and "Seq Scan" not in counted)


@pytest.mark.parametrize("tab", [tab for tab, states in TASK_TABS.items() if len(states) == 1])
def test_a_departments_tasks_come_out_of_their_index_in_order(world: World, tab: str) -> None:
    with world.store.writing() as session, plans(session) as found:
        list_tasks(session, TaskFilter(tab), world.people["housing"], world.now)
    listed, counted = found
    assert "ix_tasks_department_due" in listed
    assert "TEMP B-TREE" not in listed
    assert "ix_tasks_department_due" in counted


@pytest.mark.parametrize("turned", [False, True])
def test_an_earlier_quarrel_is_looked_for_from_the_people_and_not_from_the_company(world: World, turned: bool) -> None:
    names = (("王小芳", False), ("锦溪物业", True))
    parties = [PartyEntry(side, name, is_organisation=organisation)
               for side, (name, organisation) in zip(Side, reversed(names) if turned else names, strict=True)]
    first = world.file(parties=parties).case_no
    begun: list[Any] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT DISTINCT"):
            begun.append(parameters["some_1"] if isinstance(parameters, dict) else parameters[0])

    with world.store.writing() as session, plans(session) as found:
        case = session.scalars(select(Case).where(Case.case_no == first)).one()
        rows = session.scalars(select(Party).where(Party.case_id == case.id)).all()
        event.listen(session.connection(), "before_cursor_execute", hear)
        link_earlier(session, case, rows, world.people["worker"], world.now)
    assert begun == [row.name_index for row in rows if not row.is_organisation]
    if not world.store.is_sqlite:
        return  # with a handful of rows PostgreSQL's choice of an index is a matter of its last look at the table
    # A company stands in thousands of cases: its rows are looked up by the case, never by its name.
    assert found[-1].count("ix_parties_name_index") == 1
    assert found[-1].count("ix_parties_case_id") == 1
