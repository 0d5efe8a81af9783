"""Public notices to cells, what everybody may know of a cell, and what comes back to whoever filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.cell_notices import DAYS_MOST, NoticeDaysUnusual, NoticeNamesSomebody, NoticeNowhere, NoticeStanding
from gridmediate.domain.problems import Faults, FieldTooLong, NotFound, NotPermitted
from gridmediate.domain.tasks import AnswerKind
from gridmediate.domain.vocabulary import Seat
from gridmediate.domain.workflow import Act, State
from gridmediate.services import cell_notices, inbox, lists, public_phones, tasks
from gridmediate.services.came_back import CameBack, came_back
from gridmediate.services.cell_notices import NoticeDraft
from gridmediate.services.cell_pages import CellPage, cell_page, posters_of
from gridmediate.services.day import worker_day
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.store.history import words_of
from gridmediate.store.models import HistoryEntry, Notice, PublicPhones
from tests.builders import (
    CELL,
    COMMUNITY,
    COUNTY,
    GAP_CELL,
    NEXT_CELL,
    NEXT_COMMUNITY,
    NEXT_COMMUNITY_CELL,
    OTHER_CELL,
    STREET,
)
from tests.rig.world import World


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """No statement here is written for one database."""
    return sqlite_street_url


def draft(world: World, *places: str, title: str = "防骗提醒", text: str = "不要点陌生链接", days: int = 6,
          ahead: int = 0) -> NoticeDraft:
    """Return a notice for some places."""
    first = world.today + timedelta(days=ahead)
    return NoticeDraft(STREET, title, text, first, first + timedelta(days=days), places)


def titles(world: World, cell: str) -> list[str]:
    """Return what hangs in a cell today."""
    with world.store.reading() as session:
        page = cell_page(session, cell, world.now)
    assert isinstance(page, CellPage)
    return [each.title for each in page.notices]


def test_a_notice_hangs_where_and_as_long_as_it_was_published(world: World) -> None:
    for title, *places in (("全街", STREET, COMMUNITY, CELL), ("溪北", NEXT_COMMUNITY), ("一格", CELL)):
        world.do(cell_notices.publish, draft(world, *places, title=title), by="leader")
    world.do(cell_notices.publish, draft(world, CELL, title="明天起", ahead=1), by="leader")
    assert set(titles(world, CELL)) == {"全街", "一格"}
    assert titles(world, NEXT_CELL) == ["全街"]
    assert set(titles(world, NEXT_COMMUNITY_CELL)) == {"全街", "溪北"}
    assert titles(world, OTHER_CELL) == []
    rows = {row.title: row for row in world.do(cell_notices.list_notices, STREET, by="leader")}
    assert [label.zh for label in rows["全街"].places] == ["柳溪街道"]  # the community and the cell say nothing more
    assert rows["明天起"].standing is NoticeStanding.COMING
    world.pass_time(days=7)
    assert titles(world, CELL) == ["明天起"]


def test_a_notice_taken_down_is_gone_at_once_and_who_did_what_is_on_record(world: World) -> None:
    key = world.do(cell_notices.publish, draft(world, CELL), by="leader")
    for who in ("other_leader", "worker"):
        with pytest.raises(NotFound):
            world.do(cell_notices.end, key, by=who)
    world.do(cell_notices.end, key, by="leader")
    assert titles(world, CELL) == []
    (row,) = world.do(cell_notices.list_notices, STREET, by="leader")
    assert (row.standing, row.by, row.ended_by) == (NoticeStanding.PAST, row.by, row.by)
    with world.store.reading() as session:
        acts = {entry.act: entry for entry in session.scalars(
            select(HistoryEntry).where(HistoryEntry.act.in_(["notice.publish", "notice.end"])))}
        assert words_of(session, acts["notice.publish"]) == "防骗提醒\n不要点陌生链接"
    assert {entry.actor_id for entry in acts.values()} == {world.people["leader"].account_id}


def test_only_the_streets_own_leader_publishes(world: World) -> None:
    for who in ("other_leader", "worker", "cadre", "coordinator", "administrator"):
        with pytest.raises(NotPermitted):
            world.do(cell_notices.publish, draft(world, CELL), by=who)


def test_all_that_is_wrong_with_a_notice_is_said_at_once(world: World) -> None:
    wrong = draft(world, OTHER_CELL, title="长" * 41, text="身份证 110101199003070011 的人", days=DAYS_MOST)
    with pytest.raises(Faults) as refusal:
        world.do(cell_notices.publish, wrong, by="leader")
    found = [type(each) for each in refusal.value.problems]
    assert found == [FieldTooLong, NoticeNamesSomebody, NoticeDaysUnusual, NoticeNowhere]
    with pytest.raises(Faults):
        world.do(cell_notices.publish, draft(world, CELL, ahead=-1), by="leader")


def test_workers_read_their_cells_notices_first_and_no_reading_is_kept(world: World) -> None:
    world.do(cell_notices.publish, draft(world, NEXT_COMMUNITY, title="不相干"), by="leader")
    world.do(cell_notices.publish, draft(world, CELL), by="leader")
    before = world.count(Notice)
    assert [each.title for each in world.do(worker_day, by="worker").notices] == ["防骗提醒"]
    assert world.count(Notice) == before


# -- the cell's page ---------------------------------------------------------------------------------------------------


def test_a_cells_page_says_who_is_on_duty_and_only_phones_entered_for_everybody(world: World) -> None:
    phones = {COUNTY: {"complaint": "12345"}, STREET: {"office": "0510-1000"}, COMMUNITY: {"office": "0510-2000"},
              CELL: {"office": "0510-3000"}, GAP_CELL: {"office": "0510-4000"}}
    assert world.do(public_phones.set_phones, phones, by="administrator") == 5
    assert world.do(public_phones.set_phones, phones, by="administrator") == 0
    with world.store.reading() as session:
        page, gap = cell_page(session, CELL, world.now), cell_page(session, GAP_CELL, world.now, complaint="96110")
    assert isinstance(page, CellPage)
    assert isinstance(gap, CellPage)
    people = [(each.seat, each.name.zh if each.name else None, each.phone) for each in page.poster.call.people]
    assert people == [(Seat.GRID_WORKER, world.people["worker"].name, "0510-3000"),
                      (Seat.CADRE, world.people["cadre"].name, "0510-2000")]
    assert page.poster.call.complaint == "12345"
    vacant, cadre = gap.poster.call.people
    assert (vacant.name, vacant.phone) == (None, "")  # nobody carries its duty phone
    assert cadre.phone == "0510-1000"  # its community has entered none
    assert {each.name.zh for each in page.around if each.is_beside} >= {"第2网格"}


def test_phones_are_the_administrators_to_enter_and_have_to_be_dialled(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.do(public_phones.set_phones, {STREET: {"office": "0510-1"}}, by="leader")
    with pytest.raises(Faults) as refusal:
        world.do(public_phones.set_phones, {STREET: {"office": "找小王", "complaint": "<b>"}}, by="administrator")
    assert [each.field for each in refusal.value.problems] == [f"office-{STREET}", f"complaint-{STREET}"]
    with pytest.raises(NotFound):
        world.do(public_phones.set_phones, {"990101001001999": {"office": "0510-1000"}}, by="administrator")


def test_a_phone_taken_away_leaves_no_row_and_the_place_above_counts_again(world: World) -> None:
    world.do(public_phones.set_phones, {STREET: {"office": "0510-1000"}, COMMUNITY: {"office": "0510-2000"}}, by="administrator")
    assert world.do(public_phones.set_phones, {COMMUNITY: {"office": ""}}, by="administrator") == 1
    assert world.count(PublicPhones) == 1
    with world.store.reading() as session:
        page = cell_page(session, CELL, world.now)
    assert isinstance(page, CellPage)
    assert [each.phone for each in page.poster.call.people] == ["", "0510-1000"]


def test_the_posters_of_a_street_take_as_many_statements_as_one(world: World) -> None:
    def sent_for(place: str) -> tuple[int, int]:
        with world.store.reading() as session:
            grid_of(session, world.now)
        with world.statements() as sent:
            found = world.do(posters_of, place, by="worker")
        return len(found), len(sent)

    (one, few), (many, as_many) = sent_for(CELL), sent_for(STREET)
    assert (one, few) == (1, as_many)
    assert many > 3


# -- what comes back ---------------------------------------------------------------------------------------------------


def back(world: World, by: str = "worker", *, closed: bool = False) -> tuple[dict[str, CameBack], list[str]]:
    """Return what comes back of a person's filings, by case number, and the statements it took."""
    def both(session: Any, actor: Any, now: Any) -> dict[str, CameBack]:
        page = lists.list_cases(session, Desk.FILED, CaseFilter(closed=closed), actor, now, counted=False)
        found = came_back(session, page.rows, actor)
        return {row.case_no: found[row.id] for row in page.rows}

    with world.statements() as sent:
        found: dict[str, CameBack] = world.do(both, by=by)
    return found, sent


def test_a_departments_answer_is_news_until_the_case_is_opened(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(inbox.mark_all_read, by="worker")
    world.pass_time(hours=1)
    world.do(tasks.answer, world.task(case_no, "housing").id, tasks.Answer(AnswerKind.DONE, "已查"), None, by="housing")
    (row, news), = world.do(worker_day, by="worker").came
    assert (row.case_no, news.what.zh, news.at) == (case_no, "答复", world.now)
    assert back(world)[0][case_no].news == news
    world.do(inbox.mark_case_read, world.case(case_no).id, by="worker")
    assert world.do(worker_day, by="worker").came == ()
    assert back(world)[0][case_no].news is None


def test_an_open_case_says_who_has_it_and_an_ended_one_why_it_ended(world: World) -> None:
    case_no = world.file(by="worker").case_no
    who = back(world)[0][case_no].who
    assert who is not None
    assert who.zh == world.people["cadre"].name
    world.act(case_no, Act.NOT_ACCEPT)
    ended = back(world, closed=True)[0][case_no]
    assert ended.who is None
    assert "请到法院立案" in ended.reason
    family = world.a_case(State.NOT_ACCEPTED, t2_code="0101")
    assert back(world, closed=True)[0][family].reason == ""


def test_the_seated_worker_hears_that_a_colleagues_filing_was_not_taken(world: World) -> None:
    case_no = world.file(by="cadre").case_no
    world.do(inbox.mark_all_read, by="worker")
    world.act(case_no, Act.NOT_ACCEPT)
    page = world.do(lambda session, actor, _now: inbox.read_inbox(session, actor), by="worker")
    assert [(row.case_no, row.act.zh) for row in page.rows if not row.is_read] == [(case_no, "不予受理")]


@pytest.mark.parametrize("closed", [False, True])
def test_what_comes_back_takes_no_more_statements_for_more_cases(world: World, closed: bool) -> None:
    state = State.CLOSED if closed else State.FILED
    world.a_case(state)
    back(world, closed=closed)
    few = back(world, closed=closed)[1]
    for _ in range(3):
        world.a_case(state)
    found, many = back(world, closed=closed)
    assert len(found) == 4
    assert len(many) == len(few), "\n".join(many)
