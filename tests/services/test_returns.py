"""Returns of a street: equal to the indicators, frozen as issued with corrections beside them, taken along as workbooks."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pytest
from sqlalchemy import select, update

from gridmediate.domain.periods import read_period
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.returns import COLUMNS, NOT_HELD, Axis, ReturnKind
from gridmediate.domain.vocabulary import Label, label
from gridmediate.domain.workflow import Act
from gridmediate.services.county_returns import IssuedReturns, issued_returns
from gridmediate.services.figures import figure_table, scope_of
from gridmediate.services.return_sheets import export_return, workbook_of
from gridmediate.services.returns import (
    FrozenAlready,
    NothingToCorrect,
    PeriodRuns,
    correct,
    digest_of,
    freeze,
    frozen_page,
    frozen_returns,
    make_returns,
)
from gridmediate.services.safe_openpyxl import load_workbook
from gridmediate.store.history import HOME_CHAIN
from gridmediate.store.models import FrozenReturn, HistoryEntry
from tests.builders import COMMUNITY, OTHER_STREET, STREET
from tests.rig.october import OCTOBER, live_through
from tests.rig.world import World

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow


def test_returns_equal_the_indicators_and_know_the_street_s_october(world: World) -> None:
    live_through(world)
    with world.store.reading() as session:
        scope = scope_of(session, world.people["leader"], world.now, OCTOBER)
        made, figures = make_returns(session, scope), figure_table(session, scope).now
        for axis in Axis:
            columns = [column.code for column in COLUMNS[ReturnKind.JUSTICE]]
            justice = dict(zip(columns, made.table(ReturnKind.JUSTICE, axis).total, strict=True))
            assert (justice["succeeded"], justice["accepted"]) == tuple(
                span.low for span in (figures["success_of_accepted"].over, figures["success_of_accepted"].under))
            assert justice["mediated"] == figures["success_of_mediated"].under.low
            # Two agreements, one written with 500 yuan; both closed with nothing left to do. Two parties of each.
            known = {"oral": 1, "written": 1, "money": 50_000, "performed": 2, "people": 4, "own": 5, "no_crime": None}
            assert {code: justice[code] for code in known} == known
            columns = [column.code for column in COLUMNS[ReturnKind.POLITICAL]]
            political = dict(zip(columns, made.table(ReturnKind.POLITICAL, axis).total, strict=True))
            assert (political["filed"], political["settled"]) == (
                figures["whistle"].under.low, figures["resolution_with_open"].over.low)
            assert {code: political[code] for code in ("filed", "settled", "ended", "open")} == {
                "filed": 10, "settled": 3, "ended": 3, "open": 4}


def test_a_frozen_return_stays_as_issued_and_later_changes_stand_beside_it(world: World) -> None:
    first = live_through(world)
    with world.store.writing() as session:
        leader = world.people["leader"]
        row = freeze(session, scope_of(session, leader, world.now, OCTOBER), leader)
        return_id, digest = row.id, row.digest
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "figures.freeze")).one()
        assert entry.chain == HOME_CHAIN and entry.details["digest"] == digest.hex() and entry.details["cases"] == 10
    with world.store.reading() as session:
        page = frozen_page(session, return_id, world.people["leader"], world.now)
        assert page.holds and page.changes == [] and page.corrections(ReturnKind.JUSTICE, Axis.CLASS) == []
    world.pass_time(days=1)
    world.act(first, Act.REOPEN)
    with world.store.reading() as session:
        page = frozen_page(session, return_id, world.people["leader"], world.now)
        assert [each.case_no for each in page.changes] == [first]
        total = {each.column.code: (each.frozen, each.now, each.difference)
                 for each in page.corrections(ReturnKind.JUSTICE, Axis.CLASS) if each.row.zh == "合计"}
        assert total == {"succeeded": (2, 1, -1), "written": (1, 0, -1), "money": (50_000, 0, -50_000), "performed": (2, 1, -1)}
        kept = session.get(FrozenReturn, return_id)
        assert kept is not None and page.holds and kept.digest == digest
    assert world.faults() == []


def test_who_tampers_with_a_frozen_return_is_found_out(world: World) -> None:
    live_through(world)
    with world.store.writing() as session:
        leader = world.people["leader"]
        return_id = freeze(session, scope_of(session, leader, world.now, OCTOBER), leader).id
        session.flush()
        session.execute(update(FrozenReturn).values(body={"place": {}, "period": "2026-10", "cases": [], "names": {}}))
    with world.store.writing() as session:
        assert not frozen_page(session, return_id, world.people["leader"], world.now).holds
        # Whoever writes a fitting digest beside it is contradicted by the chain.
        session.execute(update(FrozenReturn).values(digest=digest_of(session.get(FrozenReturn, return_id).body)))
        session.expire_all()
        assert not frozen_page(session, return_id, world.people["leader"], world.now).holds


def test_a_return_is_frozen_once_by_the_street_when_its_period_is_over(world: World) -> None:
    with world.store.writing() as session:
        leader = world.people["leader"]
        with pytest.raises(PeriodRuns):
            freeze(session, scope_of(session, leader, world.now, read_period("2026-11")), leader)
        with pytest.raises(NotPermitted):
            freeze(session, scope_of(session, leader, world.now, OCTOBER, place=COMMUNITY), leader)
        scope = scope_of(session, leader, world.now, OCTOBER)
        row = freeze(session, scope, leader)
        session.flush()
        with pytest.raises(FrozenAlready):
            freeze(session, scope, leader)
        assert [each.period for each in frozen_returns(session, scope)] == [OCTOBER]
        # To a street of others and to who reads no cases it is not there.
        for name in ("other_leader", "coordinator", "cadre"):
            with pytest.raises(NotFound):
                frozen_page(session, row.id, world.people[name], world.now)
        with pytest.raises(NotPermitted):
            make_returns(session, scope_of(session, world.people["coordinator"], world.now, OCTOBER, place=STREET))


def test_a_workbook_holds_numbers_texts_and_no_formula_and_its_hash_is_on_record(world: World) -> None:
    live_through(world)
    with world.store.writing() as session:
        leader = world.people["leader"]
        scope = scope_of(session, leader, world.now, OCTOBER)
        body = export_return(session, scope, ReturnKind.JUSTICE, leader)
        session.flush()
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "figures.export")).one()
        assert (entry.details["sha256"], entry.details["cases"]) == (sha256(body).hexdigest(), 10)
        assert entry.actor_id == leader.account_id
        made = replace(make_returns(session, scope), names={Axis.COMMUNITY: {COMMUNITY: Label('=HYPERLINK("http://x")', "+1")}})
        evil = workbook_of(made, ReturnKind.JUSTICE, scope, "=1+1", world.now, "zh")
    book = load_workbook(BytesIO(body))
    assert book.sheetnames == [label(axis).zh for axis in Axis if axis is not Axis.STREET]
    for sheet in book.worksheets:
        lines = list(sheet.iter_rows(values_only=True))
        assert leader.name in lines[2][0] and "2026-12-10 10:00" in lines[2][0] and NOT_HELD.zh in lines[1][0]
        rows, total = lines[4:-1], lines[-1]
        for at, column in enumerate(COLUMNS[ReturnKind.JUSTICE], 1):
            assert total[at] == (None if column.value is None else pytest.approx(sum(row[at] for row in rows)))
    for sheet in load_workbook(BytesIO(evil)).worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_the_county_reads_what_streets_issued_and_no_more_and_corrections_as_corrections(world: World) -> None:
    first = live_through(world)
    leader, coordinator = world.people["leader"], world.people["coordinator"]

    def county(place: str = "") -> IssuedReturns:
        with world.store.reading() as session:
            return issued_returns(session, scope_of(session, coordinator, world.now, OCTOBER, place=place))

    assert [each.street.code for each in county().missing] == [STREET, OTHER_STREET]
    with world.store.writing() as session:
        scope = scope_of(session, leader, world.now, OCTOBER)
        with pytest.raises(NotFound):
            correct(session, scope, leader)
        freeze(session, scope, leader)
        with pytest.raises(NothingToCorrect):
            correct(session, scope, leader)
        of_street = make_returns(session, scope)
    made = county()
    assert [each.street.code for each in made.missing] == [OTHER_STREET]
    for kind in ReturnKind:
        for axis in made.axes:
            assert made.table(kind, axis).total == of_street.table(kind, Axis.CLASS).total
        issued, not_issued = made.table(kind, Axis.STREET).rows
        assert issued.values == of_street.table(kind, Axis.CLASS).total and set(not_issued.values) == {None}
    # Nothing below a street.
    assert made.axes == (Axis.STREET, Axis.CLASS, Axis.DEPARTMENT) and county(STREET).axes == (Axis.CLASS, Axis.DEPARTMENT)
    assert not any("网格" in text or "社区" in text for text in _texts(world, coordinator))
    # What changes in the records is the street's to issue: until then the county reads what it was told.
    world.pass_time(days=1)
    world.act(first, Act.REOPEN)
    before = county().table(ReturnKind.JUSTICE, Axis.CLASS)
    assert before == made.table(ReturnKind.JUSTICE, Axis.CLASS)
    with world.store.writing() as session:
        assert correct(session, scope_of(session, leader, world.now, OCTOBER), leader).revision == 1
    street = county().streets[0]
    assert [issue.revision for issue in street.issues] == [0, 1] and all(issue.holds for issue in street.issues)
    told = {each.column.code: each.difference for each in street.corrections(ReturnKind.JUSTICE) if each.row.zh == "合计"}
    assert told == {"succeeded": -1, "written": -1, "money": -50_000, "performed": -1}
    assert county().table(ReturnKind.JUSTICE, Axis.CLASS).total[2] == (before.total[2] or 0) - 1
    assert world.faults() == []


def _texts(world: World, reader: Actor) -> list[str]:
    """Return every text of the county's workbook; each sheet of it is the sum of its rows and says who is missing."""
    with world.store.writing() as session:
        body = export_return(session, scope_of(session, reader, world.now, OCTOBER), ReturnKind.JUSTICE, reader)
    texts: list[str] = []
    for sheet in load_workbook(BytesIO(body)).worksheets:
        lines = list(sheet.iter_rows(values_only=True))
        assert lines[1][0].endswith("没有计入：东溪街道。")
        for at, column in enumerate(COLUMNS[ReturnKind.JUSTICE], 1):
            assert column.value is None or lines[-1][at] == pytest.approx(sum(line[at] or 0 for line in lines[4:-1]))
        texts += [value for line in lines for value in line if isinstance(value, str)]
    return texts
