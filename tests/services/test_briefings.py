"""Briefings: the draft is there by itself, issuing gives the next number and freezes, a correction is an issue of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from gridmediate.domain.briefing import BriefingChanged, BriefingEmpty, BriefingIssued, BriefKind, DraftEdit, LineEdit, Section
from gridmediate.domain.problems import Faults, NotFound, NotPermitted, Problem
from gridmediate.services import briefings
from gridmediate.services.briefings import BriefingPaper, BriefingRow
from gridmediate.store.history import words_of
from gridmediate.store.models import Briefing, BriefingNumber, HistoryEntry
from tests.builders import NEXT_COMMUNITY_CELL, STREET
from tests.rig.world import World


def desk(world: World, by: str = "leader") -> list[BriefingRow]:
    """Open the page of briefings."""
    new = world.do(briefings.count_missing, by=by)
    rows: list[BriefingRow] = world.do(briefings.open_desk, new, by=by)
    return rows


def read(world: World, key: uuid.UUID, by: str = "leader") -> BriefingPaper:
    """Open one briefing."""
    paper: BriefingPaper = world.do(briefings.read_briefing, key, by=by)
    return paper


def weekly(rows: Sequence[BriefingRow]) -> BriefingRow:
    """Return the weekly one."""
    return next(row for row in rows if row.period.kind is BriefKind.WEEK)


@pytest.fixture
def street_url(request: pytest.FixtureRequest) -> str:
    """Two databases for the race for numbers alone."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_street_url")
    return url


def test_the_draft_of_a_new_period_is_there_by_itself_with_its_numbers(world: World) -> None:
    for _ in range(3):
        world.file()
    world.file("far_worker", cell_code=NEXT_COMMUNITY_CELL, t2_code="0501")
    world.pass_time(days=7)
    rows = desk(world)
    assert [row.period.kind for row in rows] == [BriefKind.WEEK, BriefKind.MONTH, BriefKind.QUARTER]
    paper = read(world, weekly(rows).id)
    assert paper.picture is None  # four cells: beside the total a colour would tell a number
    assert paper.lines[0].text.zh == "本周新登记矛盾纠纷4件，上周0件；件数少，不作升降判断。"
    heads, areas = paper.tables
    # One case in a category: neither it nor the other one is told.
    for table in (heads, areas):
        assert [row[1][0] for row in table["rows"]] == ["※", "※", "4"]
    assert desk(world) == rows
    assert len(desk(world, "coordinator")) == 3
    for by in ("cadre", "worker", "administrator", "auditor", "housing"):
        with pytest.raises(NotPermitted):
            desk(world, by)


def test_hands_change_a_draft_and_what_is_issued_stays(world: World) -> None:
    world.file()
    world.pass_time(days=7)
    key = weekly(desk(world)).id
    paper = read(world, key)
    first, second = paper.lines[0], paper.lines[1]
    edit = DraftEdit({first.key: LineEdit("本周平稳。"), second.key: LineEdit(second.text.zh, is_dropped=True)},
                     {Section.NEXT: "下周走访老旧小区。"}, "区里", "各社区", "街道综治中心")
    world.do(briefings.edit_draft, key, edit, paper.version, by="leader")
    with pytest.raises(BriefingChanged):
        world.do(briefings.edit_draft, key, edit, paper.version, by="leader")
    with pytest.raises(Faults):
        world.do(briefings.edit_draft, key, DraftEdit(added={Section.NEXT: "身份证 110101199003070011 的人"}), None, by="leader")
    draft = read(world, key)
    assert draft.kept_lines[0].paper == "本周平稳。"
    assert draft.kept_lines[-1].paper == "下周走访老旧小区。"
    assert draft.lines[0].inputs == first.inputs
    world.do(briefings.issue, key, draft.version, by="leader")
    issued = read(world, key)
    assert (issued.year, issued.number, issued.is_whole, issued.may_edit) == (2026, 1, True, False)
    for again in (lambda: world.do(briefings.edit_draft, key, edit, None, by="leader"),
                  lambda: world.do(briefings.issue, key, None, by="leader"),
                  lambda: world.do(briefings.count_again, key, by="leader")):
        with pytest.raises(BriefingIssued):
            again()
    world.file()  # a case filed late changes nothing in it
    assert read(world, key).lines == issued.lines
    # The record of acts holds the digest of all that stands on the paper, so that a change behind its back is seen.
    with world.store.writing() as session:
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "briefing.issue")).one()
        assert (entry.details["digest"], entry.details["number"]) == (issued.digest, 1)
        words = [words_of(session, each) for each in session.scalars(
            select(HistoryEntry).where(HistoryEntry.act == "briefing.edit"))]
        assert "本周平稳。" in words[0]
        row = session.get_one(Briefing, key)
        session.execute(update(Briefing).where(Briefing.id == key).values(content=row.content | {"send_to": "别处"}))
    assert not read(world, key).is_whole


def test_the_file_is_kept_as_it_was_first_made(world: World) -> None:
    key = weekly(desk(world)).id
    world.do(briefings.issue, key, None, by="leader")
    assert world.do(briefings.keep_file, key, b"first", by="leader") == b"first"
    assert world.do(briefings.keep_file, key, b"second", by="coordinator") == b"first"


def test_a_correction_is_a_new_issue_that_refers_to_the_first(world: World) -> None:
    key = weekly(desk(world)).id
    world.do(briefings.issue, key, None, by="leader")
    draft = world.do(briefings.start_correction, key, by="leader")
    assert world.do(briefings.start_correction, key, by="leader") == draft
    new = world.do(briefings.count_again, draft, by="leader")
    world.do(briefings.keep_count, draft, new, by="leader")
    world.do(briefings.issue, draft, None, by="leader")
    assert read(world, draft).corrects == (key, 2026, 1)
    assert read(world, draft).number == 2
    old = read(world, key)
    assert (old.corrected_by, old.is_whole, old.may_correct) == ((2026, 2), True, False)


def test_a_draft_is_the_places_own_and_an_issued_one_is_read_by_the_county(world: World) -> None:
    key = weekly(desk(world)).id
    for by in ("other_leader", "coordinator"):
        with pytest.raises(NotFound):
            read(world, key, by)
    world.do(briefings.issue, key, None, by="leader")
    assert not read(world, key, "coordinator").may_correct
    with pytest.raises(NotFound):
        read(world, key, "other_leader")
    with pytest.raises(NotFound):
        world.do(briefings.start_correction, key, by="coordinator")


def test_nothing_is_issued_without_a_sentence(world: World) -> None:
    key = weekly(desk(world)).id
    dropped = {line.key: LineEdit(line.text.zh, is_dropped=True) for line in read(world, key).lines}
    world.do(briefings.edit_draft, key, DraftEdit(dropped), None, by="leader")
    with pytest.raises(BriefingEmpty):
        world.do(briefings.issue, key, None, by="leader")


@pytest.mark.parametrize("street_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_numbers_have_no_gap_when_two_issue_at_once(world: World) -> None:
    keys = [row.id for row in desk(world)]
    refused: list[Problem] = []

    def issue(key: uuid.UUID) -> None:
        try:
            world.do(briefings.issue, key, None, by="leader")
        except BriefingIssued as problem:
            refused.append(problem)

    # Each of the three drafts is issued by two at once.
    threads = [threading.Thread(target=issue, args=(key,)) for key in [*keys, *keys]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read(world, key).number or 0 for key in keys) == [1, 2, 3]
    assert len(refused) == 3
    with world.store.reading() as session:
        assert session.get_one(BriefingNumber, (STREET, 2026)).last == 3
    world.pass_time(days=60)  # another year, another series
    later: Any = weekly(desk(world))
    world.do(briefings.issue, later.id, None, by="leader")
    assert (read(world, later.id).year, read(world, later.id).number) == (2027, 1)

