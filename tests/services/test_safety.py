"""Safety: what a contact changes, the steps where domestic violence is suspected, and the safe contact that bars the home."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridmediate.domain.indicators import Alert
from gridmediate.domain.problems import ChangedMeanwhile, ConditionNotMet, FieldMissing, FieldNotAChoice, NotFound, NotPermitted
from gridmediate.domain.safety import SafetyStep
from gridmediate.domain.sittings import Plan, TwoNeeded
from gridmediate.domain.vocabulary import Flag, Part, Side, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import casepage, parties, safe_contact, safety, sessions
from gridmediate.services.casework import sitting
from gridmediate.services.filing import PartyEntry
from gridmediate.services.safety import Observation, Observed
from gridmediate.store.models import Case, Notice, Party
from tests.rig.world import World

HOME, PHONE, HIS = "锦溪花园 6 幢 602", "13812342071", "13987654321"
PAIR = (PartyEntry(Side.APPLICANT, "王小芳", PHONE, HOME), PartyEntry(Side.RESPONDENT, "李强", HIS, "锦溪花园6幢602"))
CONTACT = "周三上午打单位座机，只找本人"


def observe(world: World, case_no: str, *seen: Flag, gone: tuple[Flag, ...] = (), why: str = "", words: str = "",
            by: str = "worker", version: int | None = None) -> Observed:
    """Say what a contact brought."""
    found: Observed = world.do(safety.observe, case_no, Observation(seen, gone, words, why), version, by=by)
    return found


def page(world: World, case_no: str, by: str = "cadre") -> casepage.CaseView:
    """Open a case's page."""
    view: casepage.CaseView = world.do(casepage.read_case, case_no, by=by)
    return view


def a_violent_home(world: World, state: State = State.TEAM_FORMED) -> str:
    """Return a case in which domestic violence is suspected."""
    return world.a_case(state, t2_code="0101", flags=(Flag.DOMESTIC_VIOLENCE,), parties=PAIR)


def protect(world: World, case_no: str, *, by: str = "cadre", position: int = 0, words: str = CONTACT) -> None:
    """Record a safe contact for one of the parties."""
    party = world.case(case_no).parties[position].id
    world.do(safe_contact.record_contact, case_no, words, party, None, by=by)


def told(world: World, case_no: str, act: str) -> list[Notice]:
    """Return the notices of an act."""
    with world.store.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.case_no == case_no, Notice.act == act)))


# -- a contact ---------------------------------------------------------------------------------------------------------


def test_a_threat_makes_the_case_urgent_red_and_seats_the_police_with_the_reason(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    found = observe(world, case_no, Flag.THREAT, words="带了棍子来")
    case = world.case(case_no)
    assert (case.flags, case.urgency) == (["threat"], Urgency.URGENT)
    seat = next(seat for seat in sitting(case) if seat.department_code == "police_station")
    assert seat.reason["code"] == "team.because_of"
    said = casepage.Phrase.from_json(seat.reason)
    assert "扬言动手" in said.say("zh")
    assert "Threat of violence" in said.say("en")
    assert world.task(case_no, "police_station").urgency is Urgency.URGENT
    assert (found.turned_red, [each.zh for each in found.departments]) == (True, ["派出所"])
    assert page(world, case_no).colour.alert is Alert.RED
    entry = next(entry for entry in world.entries(case_no) if entry.act == "case.observe")
    assert entry.details["added"] == ["threat"]
    assert "棍子" not in str(entry.details)
    notices = told(world, case_no, "case.observe")
    assert all(notice.is_urgent for notice in notices)
    assert {notice.department_code for notice in notices} >= {"police_station", None}
    assert any(notice.street_code for notice in notices), "a leader hears that a case turned red"


def test_a_second_contact_with_the_same_circumstances_changes_nobody(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    observe(world, case_no, Flag.THREAT)
    before = len(world.case(case_no).seats), len(world.tasks(case_no)), len(told(world, case_no, "case.observe"))
    found = observe(world, case_no, Flag.THREAT)
    assert found == Observed()
    assert (len(world.case(case_no).seats), len(world.tasks(case_no)), len(told(world, case_no, "case.observe"))) == before
    assert world.acts(case_no).count("case.observe") == 2


def test_what_is_gone_needs_a_reason_and_lets_the_urgency_fall(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT, Flag.POLICE_CALLS))
    with pytest.raises(FieldMissing):
        observe(world, case_no, gone=(Flag.THREAT,))
    assert world.case(case_no).urgency is Urgency.URGENT
    observe(world, case_no, gone=(Flag.THREAT,), why="双方当面和好，派出所已撤")
    case = world.case(case_no)
    assert (case.flags, case.urgency) == (["police_calls"], Urgency.ORDINARY)
    assert page(world, case_no).colour.alert is Alert.YELLOW


def test_a_red_case_with_a_session_planned_stays_red_until_somebody_says_why(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    begins_at = world.now + timedelta(days=1)
    planned = world.do(sessions.plan, case_no, Plan(begins_at, begins_at + timedelta(hours=1), "一号"), by="cadre")
    assert any(isinstance(each, TwoNeeded) for each in planned.warnings)
    with world.store.writing() as session:
        session.scalars(select(Case).where(Case.case_no == case_no)).one().flags = []
    observe(world, case_no, Flag.MINOR)
    assert world.case(case_no).urgency is Urgency.URGENT
    observe(world, case_no, gone=(Flag.MINOR,), why="孩子已由祖父母照看，没有威胁")
    assert world.case(case_no).urgency is Urgency.ORDINARY


def test_wages_change_the_class_of_the_statistics(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0701")
    assert world.case(case_no).t1_code == "11"
    observe(world, case_no, Flag.MIGRANT_WAGES)
    assert world.case(case_no).t1_code == "10"


def test_before_the_team_is_formed_the_rules_lead_is_taken_over_and_no_task_goes_out(world: World) -> None:
    case_no = world.a_case(State.FILED, t2_code="0101")
    observe(world, case_no, Flag.DOMESTIC_VIOLENCE)
    leads = {seat.department_code: seat.part for seat in sitting(world.case(case_no)) if seat.department_code}
    assert leads["police_station"] is Part.LEAD
    assert list(leads.values()).count(Part.LEAD) == 1
    assert not world.tasks(case_no)


def test_a_department_that_has_answered_is_not_asked_again_by_a_contact(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    before = len(world.tasks(case_no))
    observe(world, case_no, Flag.THREAT)
    assert [task.department_code for task in world.tasks(case_no) if task.is_open] == ["police_station"]
    assert len(world.tasks(case_no)) == before + 1


@pytest.mark.parametrize("by", ["housing", "coordinator", "administrator", "next_worker", "next_cadre", "other_leader"])
def test_nobody_else_says_what_a_contact_brought(world: World, by: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises((NotPermitted, NotFound)):
        observe(world, case_no, Flag.THREAT, by=by)
    assert world.case(case_no).flags == []


def test_an_ended_case_and_an_old_page_are_refused(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    with pytest.raises(ConditionNotMet):
        observe(world, case_no, Flag.THREAT)
    other = world.a_case(State.TEAM_FORMED)
    with pytest.raises(ChangedMeanwhile):
        observe(world, other, Flag.THREAT, version=1)


# -- the steps ---------------------------------------------------------------------------------------------------------


def test_steps_bear_time_and_person_and_the_police_notice_is_the_workflows_own(world: World) -> None:
    case_no = a_violent_home(world)
    for step in (SafetyStep.SAFE_NOW, SafetyStep.POLICE_TOLD, SafetyStep.TOLD_ORDER):
        world.do(safety.take_step, case_no, step, None, by="worker")
    found = page(world, case_no).safety
    assert found is not None
    assert set(found.taken) == {SafetyStep.SAFE_NOW, SafetyStep.POLICE_TOLD, SafetyStep.TOLD_ORDER}
    assert found.taken[SafetyStep.SAFE_NOW].at == world.now
    assert world.case(case_no).police_notified_at == world.now
    assert "case.notify_police" in world.acts(case_no)
    world.pass_time(hours=3)
    world.do(safety.take_step, case_no, SafetyStep.SAFE_NOW, None, by="cadre")
    found = page(world, case_no).safety
    assert found is not None
    assert found.taken[SafetyStep.SAFE_NOW].at == world.now, "asked anew at each contact"


def test_limited_capacity_is_a_duty_until_the_police_know_and_tells_the_street(world: World) -> None:
    case_no = a_violent_home(world)
    world.do(safety.take_step, case_no, SafetyStep.FULL_CAPACITY, None, by="worker")
    world.do(safety.take_step, case_no, SafetyStep.LIMITED_CAPACITY, None, by="worker")
    found = page(world, case_no).safety
    assert found is not None
    assert found.must_report
    assert SafetyStep.FULL_CAPACITY not in found.taken
    assert any(notice.street_code for notice in told(world, case_no, "case.safety_step"))
    world.act(case_no, Act.NOTIFY_POLICE, by="worker")
    found = page(world, case_no).safety
    assert found is not None
    assert not found.must_report


def test_violence_after_an_agreement_is_reported_too(world: World) -> None:
    case_no = a_violent_home(world, State.PERFORMING)
    world.do(safety.take_step, case_no, SafetyStep.POLICE_TOLD, None, by="worker")
    assert world.case(case_no).police_notified_at == world.now
    assert world.acts(case_no)[-2:] == ["case.notify_police", "case.safety_step"]


def test_steps_belong_to_cases_of_suspected_violence(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(ConditionNotMet):
        world.do(safety.take_step, case_no, SafetyStep.SAFE_NOW, None, by="worker")
    assert page(world, case_no).safety is None
    violent = a_violent_home(world)
    with pytest.raises((NotPermitted, NotFound)):
        world.do(safety.take_step, violent, SafetyStep.SAFE_NOW, None, by="police")
    assert page(world, violent, "police").safety is None


# -- the safe contact --------------------------------------------------------------------------------------------------


def test_a_safe_contact_hides_her_phone_and_the_shared_home_on_every_screen(world: World) -> None:
    case_no = a_violent_home(world)
    assert any(party.phone for party in page(world, case_no).parties)
    protect(world, case_no)
    view = page(world, case_no)
    assert [party.is_barred for party in view.parties] == [True, True], "he lives in the same home, written without spaces"
    assert not any(party.phone for party in view.parties)
    clear = world.do(parties.unmask, case_no, "约周三谈", by="cadre")
    assert [(party.phone, party.address, party.is_barred) for party in clear] == [("", "", True)] * 2
    again = world.do(parties.unmask, case_no, "约周三谈", by="cadre", override="派出所要核对住址")
    assert [(party.phone, party.address) for party in again] == [(PHONE, HOME), (HIS, "锦溪花园6幢602")]
    details = [entry.details for entry in world.entries(case_no) if entry.act == "party.unmask"]
    assert [each["override"] for each in details] == [False, True]


def test_a_second_purpose_of_one_letter_is_none(world: World) -> None:
    case_no = a_violent_home(world)
    protect(world, case_no)
    with pytest.raises(parties.PurposeMissing):
        world.do(parties.unmask, case_no, "约周三谈", by="cadre", override=" 看 ")


def test_his_own_phone_stays_where_he_lives_elsewhere(world: World) -> None:
    elsewhere = (PAIR[0], PartyEntry(Side.RESPONDENT, "李强", HIS, "东园 2 幢"))
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0101", flags=(Flag.DOMESTIC_VIOLENCE,), parties=elsewhere)
    protect(world, case_no)
    clear = world.do(parties.unmask, case_no, "约周三谈", by="worker")
    assert [(party.phone, party.is_barred) for party in clear] == [("", True), (HIS, False)]


def test_only_who_sits_in_the_case_as_cadre_or_worker_reads_it(world: World) -> None:
    case_no = a_violent_home(world)
    protect(world, case_no)
    read: dict[str, Any] = {by: page(world, case_no, by).safety for by in ("cadre", "worker", "second_cadre", "leader")}
    assert (read["cadre"].contact, read["worker"].contact) == (CONTACT, CONTACT)
    assert (read["second_cadre"].contact, read["leader"].contact) == ("", "")
    assert read["leader"].has_contact
    assert page(world, case_no, "police").safety is None
    for entry in page(world, case_no, "leader").timeline:
        assert CONTACT not in entry.words
    with world.store.reading() as session:
        assert CONTACT.encode() not in (session.scalars(select(Case.safe_contact_sealed)).all()[-1] or b"")


def test_whom_it_protects_is_asked_and_without_names_everybody_is_barred(world: World) -> None:
    case_no = a_violent_home(world)
    with pytest.raises(FieldMissing):
        world.do(safe_contact.record_contact, case_no, CONTACT, None, None, by="cadre")
    with world.store.reading() as session:
        other = session.scalars(select(Party.id).join(Case).where(Case.case_no == case_no)).first()
    nameless = world.a_case(State.TEAM_FORMED, t2_code="0101", flags=(Flag.DOMESTIC_VIOLENCE,))
    world.do(safe_contact.record_contact, nameless, CONTACT, None, None, by="worker")
    world.do(parties.add_party, nameless, PAIR[0], by="worker")
    assert page(world, nameless).parties[0].is_barred
    with pytest.raises(FieldNotAChoice):
        world.do(safe_contact.record_contact, nameless, CONTACT, other, None, by="worker")
    with pytest.raises(FieldMissing):
        world.do(safe_contact.record_contact, nameless, "  ", None, None, by="worker")


def test_it_stays_when_the_flag_goes_and_is_lifted_with_a_reason_by_who_may_read_it(world: World) -> None:
    case_no = a_violent_home(world)
    protect(world, case_no)
    observe(world, case_no, gone=(Flag.DOMESTIC_VIOLENCE,), why="查明是邻居误会", by="cadre")
    assert page(world, case_no).parties[0].is_barred
    with pytest.raises(NotPermitted):
        world.do(safe_contact.lift_contact, case_no, "不用了", None, by="second_cadre")
    with pytest.raises(FieldMissing):
        world.do(safe_contact.lift_contact, case_no, " ", None, by="cadre")
    world.do(safe_contact.lift_contact, case_no, "本人说可以照常联系", None, by="cadre")
    view = page(world, case_no)
    assert (view.safety, view.parties[0].is_barred) == (None, False)
    with pytest.raises(NotPermitted):
        world.do(safe_contact.record_contact, case_no, CONTACT, None, None, by="leader")
