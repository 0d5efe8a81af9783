"""Notes of interference: anybody of the team writes them, the auditor alone reads them, and the case knows nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from gridmediate.domain.problems import FieldMissing, FieldTooLong, NotFound, NotPermitted
from gridmediate.domain.workflow import State
from gridmediate.services import auditing, casepage, interference
from gridmediate.services.auditing import ActFilter
from gridmediate.store.models import HistoryEntry, InterferenceNote, Notice
from tests.rig.world import World

WORDS = "有人打电话要求偏向被申请人"


def notes(world: World, by: str = "auditor", **given: Any) -> interference.NotePage:
    """Read the notes."""
    page: interference.NotePage = world.do(interference.read_notes, by=by, **given)
    return page


@pytest.mark.parametrize("who", ["worker", "cadre", "housing", "leader"])
def test_a_member_of_the_team_notes_it_and_the_case_shows_nobody_a_trace(world: World, who: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    before, acts, told = world.case(case_no), world.acts(case_no), world.count(Notice)
    world.pass_time(hours=1)
    world.do(interference.note_interference, case_no, WORDS, by=who)
    after = world.case(case_no)
    assert (after.version, after.changed_at, world.acts(case_no), world.count(Notice)) == (
        before.version, before.changed_at, acts, told)
    with world.store.reading() as session:
        (entry,) = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "interference.note"))
        assert (entry.chain, entry.case_id, entry.words_sealed) == (world.people[who].account_id, None, None)
        (stored,) = session.scalars(select(InterferenceNote))
        assert WORDS.encode() not in stored.words_sealed
    for reader in ("worker", "cadre", "housing", "leader"):
        view = world.do(casepage.read_case, case_no, by=reader)
        assert WORDS not in repr(view)
        assert "interference" not in {entry.act.split(".")[0] for entry in view.timeline}
    (row,) = notes(world).rows
    assert (row.case_no, row.words, row.at) == (case_no, WORDS, world.now)


@pytest.mark.parametrize("who", ["worker", "cadre", "housing", "leader", "coordinator", "administrator"])
def test_nobody_but_the_auditor_reads_the_notes(world: World, who: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(interference.note_interference, case_no, WORDS, by="worker")
    with pytest.raises(NotPermitted):
        notes(world, by=who)


@pytest.mark.parametrize("pair", [("worker", "second_worker"), ("cadre", "second_cadre")])
def test_who_reads_the_case_and_has_no_seat_in_it_has_nothing_to_note(world: World, pair: tuple[str, str]) -> None:
    case_no = world.a_case(State.TEAM_FORMED, filer="next_worker")
    seated = {seat.account_id for seat in world.case(case_no).seats if seat.left_at is None}
    (beside,) = (who for who in pair if world.people[who].account_id not in seated)
    world.do(casepage.read_case, case_no, by=beside)
    with pytest.raises(NotPermitted):
        world.do(interference.note_interference, case_no, WORDS, by=beside)
    assert world.count(InterferenceNote) == 0


@pytest.mark.parametrize("who", ["police", "other_leader", "coordinator", "administrator", "auditor"])
def test_who_does_not_read_the_case_does_not_learn_that_it_is_there(world: World, who: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(NotFound):
        world.do(interference.note_interference, case_no, WORDS, by=who)


@pytest.mark.parametrize(("words", "kind"), [(" ", FieldMissing), ("某" * 2001, FieldTooLong)])
def test_a_note_without_words_or_with_too_many_is_none(world: World, words: str, kind: type) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(kind):
        world.do(interference.note_interference, case_no, words, by="worker")


def test_reading_is_recorded_and_goes_page_by_page(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    for number in range(5):
        world.do(interference.note_interference, case_no, f"{WORDS}{number}", by="worker")
    first = notes(world, size=2)
    second = notes(world, size=2, after=first.after)
    third = notes(world, size=2, after=second.after)
    assert [row.words[-1] for page in (first, second, third) for row in page.rows] == ["4", "3", "2", "1", "0"]
    assert third.after is None
    page = world.do(auditing.acts, ActFilter(act="interference.read"), by="auditor")
    assert len(page.rows) == 3


def test_the_record_of_a_case_that_the_auditor_reads_names_no_note_either(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(interference.note_interference, case_no, WORDS, by="worker")
    page = world.do(auditing.acts, ActFilter(case_no=case_no), by="auditor")
    assert "interference.note" not in {row.act for row in page.rows}
    with world.store.reading() as session:
        assert session.execute(text("select count(*) from history where act = 'interference.note'")).scalar() == 1
