"""The blind sample: drawn once, read without department or team, called by somebody who had no part, told for the street only."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.call_backs import (
    AnswerIsFinal,
    HandledByCaller,
    NothingToDraw,
    PeriodNotOver,
    SampleDrawnAlready,
    Settled,
    draw,
)
from gridmediate.domain.problems import FieldMissing, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Side
from gridmediate.domain.workflow import State
from gridmediate.services import call_back_calls, call_backs, safe_contact
from gridmediate.services.call_backs import CallRow
from gridmediate.services.filing import PartyEntry
from gridmediate.services.parties import PurposeMissing
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store.models import Account, CallBackLine, CallBackSample, HistoryEntry, Party
from tests.builders import NEXT_COMMUNITY_CELL, STREET
from tests.rig.world import World

PHONE = "13812342071"
NOVEMBER = date(2026, 11, 1)
CADRE = {"by": "cadre", "filer": "worker"}


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """No statement here is written for one database."""
    return sqlite_street_url


def closed(world: World, count: int, *, t2_code: str = "0201") -> list[str]:
    """Close cases with a party each."""
    party = PartyEntry(Side.APPLICANT, "王小芳", PHONE, "三楼")
    return [world.a_case(State.CLOSED, parties=(party,), t2_code=t2_code, **CADRE) for _ in range(count)]  # type: ignore[arg-type]


def drawn(world: World, by: str = "leader") -> uuid.UUID:
    """Draw November's sample in December."""
    world.now += timedelta(days=10)
    key: uuid.UUID = world.do(call_backs.draw_sample, STREET, NOVEMBER, 10, by=by)
    return key


def calls(world: World, key: uuid.UUID, by: str) -> list[CallRow]:
    """Return what a caller may call."""
    rows: list[CallRow] = world.do(call_backs.list_calls, key, by=by)[1]
    return rows


def test_a_sample_is_drawn_once_and_anybody_can_draw_it_again(world: World) -> None:
    numbers = [*closed(world, 4), *closed(world, 2, t2_code="0601")]
    with pytest.raises(PeriodNotOver):
        world.do(call_backs.draw_sample, STREET, NOVEMBER, 10, by="leader")
    with pytest.raises(NotPermitted):
        world.do(call_backs.draw_sample, STREET, NOVEMBER, 10, by="other_leader")
    key = drawn(world, "coordinator")
    for day in (NOVEMBER, date(2026, 11, 20)):
        with pytest.raises(SampleDrawnAlready):
            world.do(call_backs.draw_sample, STREET, day, 20, by="leader")
    with pytest.raises(NothingToDraw):
        world.do(call_backs.draw_sample, STREET, date(2026, 10, 1), 10, by="leader")
    with world.store.reading() as session:
        sample = session.get_one(CallBackSample, key)
        frame = [(case_no, (world.case(case_no).t2_code[:2], "990101001001")) for case_no in numbers]
        assert [row.case_no for row in calls(world, key, "next_cadre")] == draw(frame, 10, sample.seed)
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "call_back.draw")).one()
        assert entry.details["seed"] == sample.seed
    assert [count for *_, count in sample.frame] == [4, 2]


def test_the_list_and_the_call_name_no_department_and_nobody_of_the_team(world: World) -> None:
    closed(world, 3)
    key = drawn(world)
    rows = calls(world, key, "next_cadre")
    page = world.do(call_back_calls.read_call, rows[0].id, by="next_cadre")
    shown = f"{[asdict(row) for row in rows]}{asdict(page)}"
    with world.store.reading() as session:
        departments = [each for label in rulebook_of(session).departments.values() for each in (label.zh, label.en)]
        team = [row.name for row in session.scalars(select(Account)) if row.name]
    assert [name for name in (*departments, *team, "990101001001") if name in shown] == []
    assert page.agreed == ""  # the cadre of another community may not read the case
    # The leader may, and reads the result without the names in it.
    with world.store.reading() as session:
        case = world.case(rows[0].case_no)
        seated = session.get_one(Account, next(seat.account_id for seat in case.seats if seat.account_id))
        words = f"{departments[0]}和{seated.name}上门修好"
        assert call_back_calls.blinded(session, case, words) == "〇〇和〇〇上门修好"


def test_who_handled_a_case_cannot_call_about_it(world: World) -> None:
    closed(world, 2)
    key = drawn(world)
    (line, *_) = calls(world, key, "next_cadre")
    assert calls(world, key, "cadre") == calls(world, key, "second_cadre") == []
    with pytest.raises(HandledByCaller):
        world.do(call_back_calls.read_call, line.id, by="second_cadre")
    for by in ("other_cadre", "worker", "coordinator", "housing", "other_leader"):
        with pytest.raises(NotFound):
            world.do(call_back_calls.read_call, line.id, by=by)
    assert len(calls(world, key, "leader")) == 2


def test_one_number_at_a_time_for_a_purpose_that_is_recorded_with_the_case(world: World) -> None:
    (case_no,) = closed(world, 1)
    key = drawn(world)
    (line,) = calls(world, key, "next_cadre")
    page = world.do(call_back_calls.read_call, line.id, by="next_cadre")
    assert (page.callees[0].name, page.callees[0].phone) == ("王*芳", "138****2071")
    with pytest.raises(PurposeMissing):
        world.do(call_back_calls.show_phone, line.id, page.callees[0].id, " ", by="next_cadre")
    with pytest.raises(NotFound):
        world.do(call_back_calls.show_phone, line.id, uuid.uuid4(), "抽样回访", by="next_cadre")
    clear = world.do(call_back_calls.show_phone, line.id, page.callees[0].id, "抽样回访", by="next_cadre")
    assert [each.phone for each in clear.callees] == [PHONE]
    assert world.acts(case_no)[-1] == "party.unmask"
    assert world.entries(case_no)[-1].actor_id == world.people["next_cadre"].account_id


def test_sensitive_matters_and_safe_contacts_are_not_drawn(world: World) -> None:
    closed(world, 1, t2_code="0101")
    plain, guarded = closed(world, 2)
    with world.store.reading() as session:
        party = session.scalars(select(Party.id).where(Party.case_id == world.case(guarded).id)).one()
    world.do(safe_contact.record_contact, guarded, "打工作单位", party, None, by="cadre")
    key = drawn(world)
    assert [row.case_no for row in calls(world, key, "next_cadre")] == [plain]
    assert world.do(call_backs.read_results, key, by="leader").left_out == 2


def test_a_call_is_recorded_and_its_answer_stays_out_of_the_case(world: World) -> None:
    (case_no,) = closed(world, 1)
    key = drawn(world)
    (line,) = calls(world, key, "next_cadre")
    with pytest.raises(FieldMissing):
        world.do(call_back_calls.record_call, line.id, None, True, "", by="next_cadre")
    world.do(call_back_calls.record_call, line.id, Settled.NOT, False, "没人接", by="next_cadre")
    assert not calls(world, key, "next_cadre")[0].is_done
    world.do(call_back_calls.record_call, line.id, Settled.NOT, True, "还在漏", by="leader")
    with pytest.raises(AnswerIsFinal):
        world.do(call_back_calls.record_call, line.id, Settled.REALLY, True, "", by="next_cadre")
    # Both may still call: calling about a case is not handling it.
    assert len(calls(world, key, "leader")) == 1
    entry = world.entries(case_no)[-1]
    assert (entry.act, entry.details, entry.words_sealed) == ("call_back.record", {"reached": True}, None)
    with world.store.reading() as session:
        row = session.get_one(CallBackLine, line.id)
        assert (row.settled, row.tries) == (Settled.NOT, 2)
        assert "还在漏".encode() not in (row.words_sealed or b"")


def test_the_results_are_the_streets_and_small_numbers_are_kept_from_who_reads_no_cases(world: World) -> None:
    closed(world, 3)
    world.a_case(State.CLOSED, by="next_cadre", filer="far_worker", cell_code=NEXT_COMMUNITY_CELL)
    key = drawn(world)
    for row in calls(world, key, "leader"):
        says = Settled.NOT if row.position == 1 else Settled.REALLY
        world.do(call_back_calls.record_call, row.id, says, True, "", by="leader")
    found = world.do(call_backs.read_results, key, by="leader")
    assert (found.findings.reached, found.findings.false_closures.share, found.is_masked) == (4, pytest.approx(0.25), False)
    assert world.do(call_backs.read_results, key, by="coordinator").is_masked
    for by in ("cadre", "next_cadre", "other_leader"):
        with pytest.raises(NotFound):
            world.do(call_backs.read_results, key, by=by)
