"""Joint meetings: which cases are proposed and why, what a decision does to tasks, and what the pack does not say."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.meetings import (
    MOST_CASES,
    AlreadyDecided,
    Assigned,
    DepartmentTwice,
    ItemOutcome,
    ItemsUndecided,
    LeadHasNoPart,
    MeetingDayUnusual,
    MeetingOver,
    NoCasePicked,
    TooManyCases,
    due_at_end_of,
)
from gridmediate.domain.problems import ConditionNotMet, Faults, FieldMissing, FieldNotAChoice, NotFound, NotPermitted, Problem
from gridmediate.domain.tasks import ReturnReason, TaskState
from gridmediate.domain.vocabulary import Flag, Level, Part, Side
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import casepage, meeting_lists, meetings, safe_contact, tasks, teams
from gridmediate.services.asked import DayNotAhead
from gridmediate.services.casework import sitting
from gridmediate.services.filing import PartyEntry
from gridmediate.services.meetings import Convening, Decision
from gridmediate.store.models import Notice
from tests.builders import COUNTY, NEXT_COMMUNITY_CELL, OTHER_CELL, OTHER_STREET, STREET
from tests.rig.world import World

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

DAY, DUE = date(2026, 11, 25), date(2026, 12, 4)
PARTIES = (PartyEntry(Side.APPLICANT, "欧阳独一", "13812342071", "独一路七号"), PartyEntry(Side.RESPONDENT, "李强"))
WORDS = "住建所牵头查漏，三方到场"


def convene(world: World, *numbers: str, by: str = "leader", place_code: str = STREET, held_on: date = DAY,
            title: str = "十一月联席会", place: str = "街道三楼", why: str = "请定谁查漏") -> uuid.UUID:
    """Convene a meeting over these cases."""
    asked = Convening(place_code, held_on, title, place, dict.fromkeys(numbers, why))
    found: uuid.UUID = world.do(meetings.convene, asked, by=by)
    return found


def decide(world: World, meeting: uuid.UUID, case_no: str, *parts: Assigned, by: str = "leader", words: str = WORDS,
           lead: str = "") -> None:
    """Record a decision."""
    world.do(meetings.decide, meeting, case_no, Decision(words, parts, lead), by=by)


def view(world: World, meeting: uuid.UUID, by: str = "leader") -> meeting_lists.MeetingView:
    """Read a meeting."""
    with world.store.writing() as session:
        row = meetings.meeting_of(session, meeting, world.people[by])
        return meeting_lists.read_meeting(session, row, world.people[by], world.now)


def pages(world: World, meeting: uuid.UUID, by: str = "leader") -> list[meeting_lists.PageOfPack]:
    """Read the pack of a meeting."""
    with world.store.writing() as session:
        row = meetings.meeting_of(session, meeting, world.people[by])
        return meeting_lists.pack_of(session, row, world.people[by], world.now)[1]


def proposed(world: World, by: str = "leader", place_code: str = STREET) -> dict[str, list[str]]:
    """Return the candidates with the codes of their reasons."""
    found = world.do(meeting_lists.candidates, place_code, by=by)
    return {each.row.case_no: [reason.code for reason in each.reasons] for each in found}


def faults(world: World, *numbers: str, **given: Any) -> set[type[Problem]]:
    """Return the kinds of problem that convening meets."""
    with pytest.raises(Faults) as refusal:
        convene(world, *numbers, **given)
    return {type(each) for each in refusal.value.problems}


# -- proposals ---------------------------------------------------------------------------------------------------------


def test_a_case_in_time_is_not_proposed_and_each_stuck_one_says_every_reason(world: World) -> None:
    world.a_case(State.TEAM_FORMED)
    late = world.a_case(State.FILED, cell_code=NEXT_COMMUNITY_CELL, filer="far_worker")
    assert proposed(world) == {}
    world.pass_time(days=20)
    fresh = world.a_case(State.TEAM_FORMED)
    raised = world.a_case(State.MEDIATING)
    world.act(raised, Act.ESCALATE, words=world.words(raised) | {Needs.LEVEL: "street", Needs.SKIPPED: "情况急"})
    back = world.a_case(State.TEAM_FORMED, t2_code="0201")
    task = world.tasks(back)[0]
    staff = world.staff_of(task.department_code)
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归", None, by=staff)
    world.do(tasks.assign_again, task.id, task.department_code, "请再看", None, by="cadre")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "不归", None, by=staff)
    stood = world.a_case(State.TEAM_FORMED)
    world.do(teams.declare_interest, stood, "是亲戚", by="worker")
    found = proposed(world)
    assert fresh not in found
    assert "stuck.overdue" in found[late]
    assert found[raised] == ["stuck.raised"]
    assert found[back] == ["stuck.sent_back"]
    assert found[stood] == ["stuck.challenged"]
    for each in world.do(meeting_lists.candidates, STREET, by="leader"):
        for reason in each.reasons:
            assert reason.say("zh")
            assert reason.say("en").isascii() or "–" in reason.say("en")


def test_a_late_department_is_named_and_those_with_more_reasons_come_first(world: World) -> None:
    one = world.a_case(State.TEAM_FORMED)
    world.pass_time(days=25)
    found = world.do(meeting_lists.candidates, STREET, by="leader")
    assert [each.row.case_no for each in found] == [one]
    assert [reason.code for reason in found[0].reasons] == ["stuck.department_late"]
    assert "住建所" in found[0].reasons[0].say("zh")


def test_what_waits_for_a_meeting_is_not_proposed_twice_and_other_streets_see_their_own(world: World) -> None:
    mine = world.a_case(State.TEAM_FORMED)
    other = world.a_case(State.FILED, cell_code=OTHER_CELL, filer="other_worker", by="other_cadre")
    world.pass_time(days=40)
    assert set(proposed(world)) == {mine}
    assert set(proposed(world, "other_leader", OTHER_STREET)) == {other}
    meeting = convene(world, mine, held_on=world.today)
    assert proposed(world) == {}
    world.do(meetings.put_off, meeting, mine, "等鉴定", by="leader")
    assert set(proposed(world)) == {mine}


def test_the_county_meets_over_what_was_sent_up_to_it_alone(world: World) -> None:
    here, up = world.a_case(State.MEDIATING), world.a_case(State.MEDIATING)
    world.act(up, Act.ESCALATE, words=world.words(up) | {Needs.LEVEL: "county", Needs.SKIPPED: "跨街道"})
    assert world.case(up).level is Level.COUNTY
    assert set(proposed(world, "coordinator", COUNTY)) == {up}
    with pytest.raises(NotFound):
        convene(world, here, by="coordinator", place_code=COUNTY)
    meeting = convene(world, up, by="coordinator", place_code=COUNTY)
    decide(world, meeting, up, Assigned("housing", "查三楼水管", DUE), by="coordinator")
    assert view(world, meeting, "coordinator").items[0].outcome is ItemOutcome.DECIDED
    with pytest.raises(NotFound):
        view(world, meeting, "leader")


@pytest.mark.parametrize("by", ["worker", "cadre", "housing", "other_leader", "administrator", "auditor", "coordinator"])
def test_nobody_else_holds_a_meeting_of_the_street(world: World, by: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    meeting = convene(world, case_no)
    with pytest.raises((NotPermitted, NotFound)):
        convene(world, case_no, by=by)
    for act in (meetings.close, lambda *given: meetings.put_off(*given[:2], case_no, "x", *given[2:])):
        with pytest.raises((NotPermitted, NotFound)):
            world.do(act, meeting, by=by)


# -- convening ---------------------------------------------------------------------------------------------------------


def test_a_meeting_needs_a_case_a_title_and_a_day_within_a_year(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    assert faults(world) == {NoCasePicked}
    assert faults(world, case_no, title=" ", place="", held_on=DAY + timedelta(days=400)) == {FieldMissing, MeetingDayUnusual}
    assert TooManyCases in faults(world, *(f"LX-2026-{n:04d}" for n in range(MOST_CASES + 1)))
    with pytest.raises(NotFound):
        convene(world, "LX-2026-9999")
    closed = world.a_case(State.CLOSED)
    with pytest.raises(ConditionNotMet):
        convene(world, closed)


def test_the_team_and_its_departments_hear_that_a_case_goes_to_a_meeting(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    meeting = convene(world, case_no)
    with world.store.reading() as session:
        told = list(session.scalars(select(Notice).where(Notice.act == "case.to_meeting")))
    assert {each.department_code for each in told} >= {"housing", None}
    item = view(world, meeting).items[0]
    assert (item.why, item.outcome, item.row and item.row.case_no) == ("请定谁查漏", None, case_no)
    entry = next(entry for entry in world.entries(case_no) if entry.act == "case.to_meeting")
    assert entry.details == {"meeting": meeting.hex, "held_on": DAY.isoformat()}


# -- decisions ---------------------------------------------------------------------------------------------------------


def test_an_open_task_gets_the_new_day_and_says_that_the_meeting_set_it(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    meeting = convene(world, case_no)
    before = world.task(case_no, "housing")
    decide(world, meeting, case_no, Assigned("housing", "到场查三楼水管", DUE))
    after = world.task(case_no, "housing")
    assert (after.id, after.state) == (before.id, TaskState.ASSIGNED)
    assert after.answer_due_at == due_at_end_of(DUE)
    assert world.now < after.answer_warn_at < after.answer_due_at
    page = world.do(casepage.read_case, case_no, by="housing")
    assert "联席会定：到场查三楼水管" in page.tasks[0].ask
    assert [entry.act for entry in page.timeline][:2] == ["task.set_deadline", "case.decide_at_meeting"]
    assert page.timeline[0].words == "到场查三楼水管"
    assert page.timeline[1].words == "", "what others have to do is not for one department"
    with world.store.reading() as session:
        told = set(session.scalars(select(Notice.department_code).where(Notice.act == "case.decide_at_meeting")))
    assert "housing" in told


def test_a_department_without_a_task_gets_a_seat_a_reason_and_a_task(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    meeting = convene(world, case_no)
    parts = Assigned("justice_office", "出法律意见", DUE), Assigned("housing", "查漏", DUE)
    decide(world, meeting, case_no, *parts, lead="justice_office")
    task = world.task(case_no, "justice_office")
    assert (task.state, task.part, task.answer_due_at) == (TaskState.ASSIGNED, Part.LEAD, due_at_end_of(DUE))
    seats = {seat.department_code: seat for seat in sitting(world.case(case_no)) if seat.department_code}
    assert seats["justice_office"].reason["code"] == "team.by_meeting"
    assert [code for code, seat in seats.items() if seat.part is Part.LEAD] == ["justice_office"]
    assert world.task(case_no, "housing").part is Part.SUPPORT
    item = view(world, meeting).items[0]
    assert [(each.department.zh, each.what, each.due_on) for each in item.parts] == [
        ("司法所", "出法律意见", DUE), ("住建所", "查漏", DUE)]
    assert (item.lead and item.lead.zh, item.decision) == ("司法所", WORDS)


def test_an_answer_is_asked_for_again_and_a_task_sent_back_is_ruled(world: World) -> None:
    answered, back = world.a_case(State.MEDIATING), world.a_case(State.TEAM_FORMED)
    world.answer(world.task(answered, "housing"), settles=True)
    world.do(tasks.send_back, world.task(back, "housing").id, ReturnReason.NOT_OURS, "不归", None, by="housing")
    meeting = convene(world, answered, back)
    for case_no in (answered, back):
        decide(world, meeting, case_no, Assigned("housing", "再查一次", DUE))
    again, ruled = world.task(answered, "housing"), world.task(back, "housing")
    assert (again.state, again.settles, again.is_ruled) == (TaskState.SIGNED, False, False)
    assert (ruled.state, ruled.is_ruled, ruled.signed_at) == (TaskState.ASSIGNED, True, None)
    world.do(tasks.sign, [ruled.id], by="housing")
    with pytest.raises(tasks.Problem):
        world.do(tasks.send_back, ruled.id, ReturnReason.NOT_OURS, "不归", None, by="housing")


def test_a_confirmed_task_stays_and_a_new_one_goes_out(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    count = len(world.tasks(case_no))
    meeting = convene(world, case_no)
    decide(world, meeting, case_no, Assigned("housing", "再查一次", DUE))
    assert len(world.tasks(case_no)) == count + 1
    assert [task.state for task in world.tasks(case_no) if task.department_code == "housing"] == [
        TaskState.CONFIRMED, TaskState.ASSIGNED]


@pytest.mark.parametrize(("parts", "lead", "words", "kinds"), [
    ((), "", " ", {FieldMissing}),
    ((Assigned("moon", "查", DUE),), "", WORDS, {FieldNotAChoice}),
    ((Assigned("housing", "查", DUE), Assigned("housing", "再查", DUE)), "", WORDS, {DepartmentTwice}),
    ((Assigned("housing", " ", date(2026, 11, 23)),), "", WORDS, {FieldMissing, DayNotAhead}),
    ((Assigned("housing", "查", date(2028, 1, 1)),), "", WORDS, {DayNotAhead}),
    ((), "health", WORDS, {LeadHasNoPart}),
])
def test_a_decision_that_is_not_whole_changes_nothing(
    world: World, parts: tuple[Assigned, ...], lead: str, words: str, kinds: set[type[Problem]],
) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    meeting = convene(world, case_no)
    before = world.case(case_no).version
    with pytest.raises(Faults) as refusal:
        decide(world, meeting, case_no, *parts, lead=lead, words=words)
    assert {type(each) for each in refusal.value.problems} == kinds
    assert world.case(case_no).version == before
    assert view(world, meeting).waiting == 1


def test_before_the_team_is_formed_words_can_be_decided_and_tasks_cannot(world: World) -> None:
    case_no = world.a_case(State.FILED)
    meeting = convene(world, case_no)
    with pytest.raises(ConditionNotMet):
        decide(world, meeting, case_no, Assigned("housing", "查", DUE))
    decide(world, meeting, case_no, words="社区明天受理")
    assert not world.tasks(case_no)
    assert view(world, meeting).items[0].decision == "社区明天受理"


def test_each_case_is_decided_once_and_a_meeting_ends_when_all_are(world: World) -> None:
    one, two, gone = (world.a_case(State.TEAM_FORMED) for _ in range(3))
    meeting = convene(world, one, two, gone)
    decide(world, meeting, one)
    with pytest.raises(AlreadyDecided):
        decide(world, meeting, one)
    with pytest.raises(AlreadyDecided):
        world.do(meetings.put_off, meeting, one, "再议", by="leader")
    with pytest.raises(ItemsUndecided) as refusal:
        world.do(meetings.close, meeting, by="leader")
    assert two in refusal.value.say("zh")
    with pytest.raises(FieldMissing):
        world.do(meetings.put_off, meeting, two, "  ", by="leader")
    world.do(meetings.put_off, meeting, two, "等鉴定结果", by="leader")
    world.act(gone, Act.WITHDRAW)
    with pytest.raises(ConditionNotMet):
        decide(world, meeting, gone)
    world.do(meetings.put_off, meeting, gone, "已撤回", by="leader")
    world.do(meetings.close, meeting, by="leader")
    assert view(world, meeting).closed_at == world.now
    with pytest.raises(MeetingOver):
        world.do(meetings.close, meeting, by="leader")
    with pytest.raises(NotFound):
        decide(world, meeting, world.a_case(State.TEAM_FORMED), by="cadre")


def test_a_case_of_another_meeting_is_not_decided_here(world: World) -> None:
    one, two = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    meeting = convene(world, one)
    with pytest.raises(NotFound):
        decide(world, meeting, two)
    with pytest.raises(NotFound):
        decide(world, uuid.uuid4(), one)


# -- the pack ----------------------------------------------------------------------------------------------------------


def test_the_pack_says_what_was_tried_and_answered_without_a_name_or_a_phone(world: World) -> None:
    facts = "欧阳独一说李强家漏水，电话 13812342071。独一不肯先修"
    case_no = world.a_case(State.MEDIATING, facts=facts, parties=PARTIES, address="独一路七号")
    given = tasks.Answer(tasks.AnswerKind.PARTLY, "李强家水管已查")
    world.do(tasks.answer, world.task(case_no, "housing").id, given, None, by="housing")
    meeting = convene(world, case_no, why="请定欧阳独一怎么配合")
    (page,) = pages(world, meeting)
    said = str(page)
    for secret in ("欧阳独一", "独一不肯", "李强", "13812342071"):
        assert secret not in said
    assert "申请人说被申请人家漏水" in page.facts
    assert page.asked == "请定申请人怎么配合"
    assert (page.sessions_held, len(page.sessions)) == (1, 1)
    assert [(task.department.zh, task.answer) for task in page.tasks] == [("住建所", "被申请人家水管已查")]
    assert "meeting.pack" in world.acts(case_no)
    assert "meeting.pack" not in {entry.act for entry in world.do(casepage.read_case, case_no, by="cadre").timeline}


def test_a_family_and_a_protected_person_have_no_address_on_paper(world: World) -> None:
    violent: dict[str, Any] = {"t2_code": "0101", "flags": (Flag.DOMESTIC_VIOLENCE,)}
    family = world.a_case(State.TEAM_FORMED, address="独一路七号", parties=PARTIES, **violent)
    plain = world.a_case(State.TEAM_FORMED, address="独一路八号", parties=PARTIES)
    guarded = world.a_case(State.TEAM_FORMED, address="独一路九号", parties=PARTIES)
    key = world.case(guarded).parties[0].id
    world.do(safe_contact.record_contact, guarded, "只打单位座机", key, None, by="cadre")
    meeting = convene(world, family, plain, guarded)
    assert [page.place for page in pages(world, meeting)] == ["", "独一路八号", ""]
    assert "座机" not in str(pages(world, meeting))


def test_a_long_pack_costs_statements_by_its_cases_and_proposals_none(world: World) -> None:
    numbers = [world.a_case(State.TEAM_FORMED) for _ in range(4)]
    world.pass_time(days=40)
    with world.statements() as few:
        proposed(world)
    more = [world.a_case(State.TEAM_FORMED) for _ in range(4)]
    world.pass_time(days=40)
    with world.statements() as many:
        assert set(proposed(world)) == {*numbers, *more}
    assert len(many) == len(few)


def test_clocks_of_the_meeting_keep_their_moment(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    decide(world, convene(world, case_no), case_no, Assigned("housing", "查", DUE))
    assert world.task(case_no, "housing").answer_due_at == datetime.fromisoformat("2026-12-05T00:00+08:00")
