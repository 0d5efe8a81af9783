"""Acts on a case: what each changes, who is told, how it ends, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.next_steps import Turn
from gridmediate.domain.problems import (
    ActNotOpen,
    ChangedMeanwhile,
    ConditionNotMet,
    Faults,
    FieldMissing,
    FieldNotAChoice,
    FieldTooLong,
    NotFound,
    NotPermitted,
    SeatsNotSettled,
    TaskOpen,
)
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Flag, Part, Phrase, Seat, Side, Source, Urgency, Willingness
from gridmediate.domain.workflow import FINAL_STATES, LAWFUL_ENDS, TO_CLOSE, Act, Needs, Outcome, State
from gridmediate.services import handling, parties, tasks
from gridmediate.services.asked import WORDS_LIMIT
from gridmediate.services.effects import NoSuchCase
from gridmediate.services.filing import PartyEntry
from gridmediate.services.handling import PlaceSettled
from gridmediate.services.parties import PurposeMissing
from gridmediate.store.encryption import unseal
from gridmediate.store.history import words_of
from gridmediate.store.models import Case, Notice, Party
from tests.builders import CELL, COMMUNITY, NEXT_CELL, NEXT_COMMUNITY_CELL, OTHER_CELL, OTHER_COMMUNITY, OTHER_STREET
from tests.rig.world import WORDS, World


@pytest.mark.parametrize("state", State)
def test_every_state_is_lived_in_and_its_records_hold(world: World, state: State) -> None:
    case = world.case(world.a_case(state))
    assert case.state is state


@pytest.mark.parametrize("state", [State.FILED, State.MEDIATING, State.AGREED_WRITTEN, State.CLOSED])
def test_each_act_makes_one_version_and_one_entry(world: World, state: State) -> None:
    case_no = world.a_case(state)
    versions = [entry.case_version for entry in world.entries(case_no)]
    assert versions == sorted(set(versions)), versions
    assert versions == list(range(1, len(versions) + 1))


# -- accepting ---------------------------------------------------------------------------------------------------------


def test_accepting_forms_the_team_and_dispatches_its_tasks_once(world: World) -> None:
    case_no = world.file(t2_code="0602").case_no
    seated = {seat.department_code for seat in world.case(case_no).seats if seat.department_code}
    world.pass_time(hours=2)
    world.act(case_no, Act.ACCEPT)
    case = world.case(case_no)
    assert case.state is State.TEAM_FORMED
    assert {task.department_code for task in case.tasks} == seated
    assert len(case.tasks) == len(seated) > 0
    assert {task.state for task in case.tasks} == {TaskState.ASSIGNED}
    assert all(task.dispatched_at == world.now < task.sign_due_at < task.answer_due_at for task in case.tasks)
    assert sum(task.part is Part.LEAD for task in case.tasks) <= 1
    assert world.acts(case_no) == ["case.file", "case.accept", "case.form_team"]
    assert [clock.kind for clock in case.clocks] == [ClockKind.ACCEPT, ClockKind.MEDIATE]
    assert case.clocks[0].ended_at == world.now
    assert case.turn is Turn.DEPARTMENTS
    with world.store.reading() as session:
        told = session.execute(select(Notice.department_code, Notice.account_id, Notice.act)).all()
    assert {(code, act) for code, _, act in told if code} == {(code, "case.form_team") for code in seated}
    assert (None, world.people["worker"].account_id, "case.accept") in told
    assert world.people["cadre"].account_id not in {account for _, account, act in told if act != "case.file"}


def test_a_seat_left_open_keeps_the_case_accepted_until_it_is_settled(world: World) -> None:
    case_no = world.a_case(State.ACCEPTED)
    assert world.case(case_no).tasks == []
    with pytest.raises(SeatsNotSettled):
        world.act(case_no, Act.FORM_TEAM)


def test_a_corrected_category_plans_the_team_anew(world: World) -> None:
    case_no = world.file(t2_code="0201").case_no
    before = {seat.department_code for seat in world.case(case_no).seats if seat.department_code}
    world.act(case_no, Act.ACCEPT, t2_code="0601")
    case = world.case(case_no)
    after = {task.department_code for task in case.tasks}
    assert (case.t2_code, case.state) == ("0601", State.TEAM_FORMED)
    assert "housing" in before
    assert "market_regulation" in after
    assert "housing" not in after
    assert {seat.department_code for seat in case.seats if seat.left_at is None and seat.department_code} == after
    people = [seat for seat in case.seats if seat.seat is not Seat.DEPARTMENT]
    assert [seat.left_at for seat in people] == [None] * len(people)
    assert world.acts(case_no) == ["case.file", "case.correct_category", "case.accept", "case.form_team"]


def test_a_category_that_does_not_exist_changes_nothing(world: World) -> None:
    case_no = world.file().case_no
    with pytest.raises(FieldNotAChoice):
        world.act(case_no, Act.ACCEPT, t2_code="9999")
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ACCEPT, t2_code="1401")
    case = world.case(case_no)
    assert (case.t2_code, case.version, case.state) == ("0201", 1, State.FILED)


def test_what_mediation_may_not_take_is_not_accepted_unless_it_is_entrusted(world: World) -> None:
    barred = world.file(t2_code="1401").case_no
    with pytest.raises(ConditionNotMet):
        world.act(barred, Act.ACCEPT)
    world.act(barred, Act.NOT_ACCEPT)
    assert world.case(barred).outcome is Outcome.NOT_ACCEPTED
    world.act(barred, Act.REOPEN)
    with pytest.raises(ConditionNotMet):
        world.act(barred, Act.FORM_TEAM)
    entrusted = world.file(t2_code="1401", source=Source.COURT).case_no
    world.act(entrusted, Act.ACCEPT)
    assert world.case(entrusted).state is State.TEAM_FORMED


def test_without_a_cell_nothing_is_accepted(world: World) -> None:
    case_no = world.file(cell_code=None, address="柳溪路口").case_no
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ACCEPT)


def test_who_clearly_refuses_is_not_mediated(world: World) -> None:
    case_no = world.file(willingness=Willingness.UNWILLING).case_no
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ACCEPT)
    world.act(case_no, Act.RECORD_REFUSAL)
    world.act(case_no, Act.CLOSE)
    case = world.case(case_no)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.REFUSED)


def test_the_departments_are_asked_what_the_cadre_wrote(world: World) -> None:
    case_no = world.file().case_no
    world.act(case_no, Act.ACCEPT, asks={"housing": "请查三楼的水管"})
    with world.store.reading() as session:
        task = session.merge(world.task(case_no, "housing"), load=False)
        assert unseal(session, task, "ask") == "请查三楼的水管"


# -- ends --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [Act.RECORD_REFUSAL, Act.WITHDRAW, Act.TERMINATE, Act.REFER])
def test_every_lawful_end_is_open_while_mediation_goes_on_and_closes(world: World, act: Act) -> None:
    assert act in LAWFUL_ENDS
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, act)
    case = world.case(case_no)
    assert case.state in TO_CLOSE
    assert case.due_at is None
    with pytest.raises(TaskOpen) as refusal:
        world.act(case_no, Act.CLOSE)
    assert "住建所" in refusal.value.say("zh")
    for task in world.tasks(case_no):
        world.do(tasks.recall, task.id, "案件已终结", None, by="cadre")
    world.pass_time(days=1)
    world.act(case_no, Act.CLOSE)
    case = world.case(case_no)
    assert (case.state, case.closed_at) == (State.CLOSED, world.now)
    assert case.outcome is not None
    assert case.turn is Turn.NOBODY


def test_refusal_is_remembered_until_the_case_is_reopened(world: World) -> None:
    case_no = world.a_case(State.REFUSED)
    assert world.case(case_no).willingness is Willingness.UNWILLING
    world.act(case_no, Act.CLOSE)
    world.act(case_no, Act.REOPEN)
    case = world.case(case_no)
    assert (case.state, case.willingness, case.outcome, case.closed_at) == (State.REOPENED, Willingness.NOT_ASKED, None, None)
    assert case.due_at is not None


def test_an_agreement_keeps_its_words_and_closes_with_its_result(world: World) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN)

    def result() -> str:
        with world.store.reading() as session:
            return unseal(session, session.scalars(select(Case)).one(), "result")

    assert result() == WORDS[Needs.TERMS]
    world.finish_tasks(case_no)
    world.sign(case_no)
    world.act(case_no, Act.CLOSE)
    assert result() == WORDS[Needs.RESULT]
    closing = world.entries(case_no)[-1]
    assert closing.details["told"] == ["sides_told"]
    with world.store.reading() as session:
        assert words_of(session, session.merge(closing, load=False)) == WORDS[Needs.RESULT]


def test_closing_asks_for_the_result_and_that_both_sides_were_told(world: World) -> None:
    case_no = world.a_case(State.AGREED_ORAL)
    world.finish_tasks(case_no)
    for given in ({}, {Needs.RESULT: " "}, {Needs.SIDES_TOLD: "1"}):
        with pytest.raises(Faults):
            world.act(case_no, Act.CLOSE, words=given)
    assert world.case(case_no).state is State.AGREED_ORAL


def test_a_session_is_counted(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.NOTE_SESSION)
    assert world.case(case_no).sessions_held == 2
    assert [entry.details["session"] for entry in world.entries(case_no) if entry.act == "case.note_session"] == [1, 2]


def test_words_have_a_limit(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(FieldTooLong):
        world.act(case_no, Act.NOTE_SESSION, words={Needs.NOTE: "字" * (WORDS_LIMIT + 1)})


def test_a_worker_solves_on_the_spot_and_the_cadre_is_told(world: World) -> None:
    case_no = world.file().case_no
    world.act(case_no, Act.SOLVE_ON_SPOT, by="worker")
    case = world.case(case_no)
    assert (case.state, case.is_open) == (State.SOLVED_ON_SPOT, False)
    with world.store.reading() as session:
        told = set(session.scalars(select(Notice.account_id).where(Notice.act == "case.solve_on_spot")))
    assert {seat.account_id for seat in case.seats if seat.seat is Seat.CADRE} <= told


# -- duplicates --------------------------------------------------------------------------------------------------------


def test_a_duplicate_names_a_case_under_way(world: World) -> None:
    first, second = world.a_case(State.MEDIATING), world.file(by="second_worker").case_no
    world.act(second, Act.MARK_DUPLICATE, words={Needs.DUPLICATE_OF: f" {first.lower()} "})
    case = world.case(second)
    assert (case.state, case.duplicate_of) == (State.DUPLICATE, world.case(first).id)
    assert world.entries(second)[-1].details["duplicate_of"] == first


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_no_case_is_joined_to_one_that_has_ended(world: World, state: State) -> None:
    # Joined to each other, two filings of one dispute would both be gone.
    ended, second = world.a_case(state), world.file(by="second_worker").case_no
    with pytest.raises(NoSuchCase):
        world.act(second, Act.MARK_DUPLICATE, words={Needs.DUPLICATE_OF: ended})
    assert world.case(second).state is State.FILED


def test_a_case_that_is_absent_foreign_or_itself_is_no_case_to_join(world: World) -> None:
    case_no = world.file().case_no
    foreign = world.file(by="other_worker", cell_code=OTHER_CELL).case_no
    said = set()
    for number in (case_no, foreign, "LX-2026-9999"):
        with pytest.raises(NoSuchCase) as refusal:
            world.act(case_no, Act.MARK_DUPLICATE, words={Needs.DUPLICATE_OF: number})
        said.add(refusal.value.say("zh").replace(number, "?"))
    assert len(said) == 1


# -- reopening ---------------------------------------------------------------------------------------------------------


def test_a_reopened_case_runs_again_and_asks_its_departments_again(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    first = world.tasks(case_no)
    world.pass_time(days=40)
    world.act(case_no, Act.REOPEN, by="leader")
    world.act(case_no, Act.FORM_TEAM)
    case = world.case(case_no)
    assert case.state is State.TEAM_FORMED
    assert len(case.tasks) == 2 * len(first)
    assert case.due_at is not None
    assert case.due_at > world.now


def test_the_answer_that_once_settled_a_reopened_case_settles_it_no_more(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, t2_code="0402")
    lead = world.tasks(case_no)[0]
    world.answer(lead, settles=True)
    for task in world.tasks(case_no)[1:]:
        world.answer(task)
        world.do(tasks.confirm, task.id, None, by="cadre")
    world.act(case_no, Act.CLOSE_AS_DEPARTMENT, by="housing")
    world.act(case_no, Act.REOPEN)
    world.act(case_no, Act.FORM_TEAM)
    for task in world.tasks(case_no):
        if task.is_open:
            world.answer(task)
            world.do(tasks.confirm, task.id, None, by="cadre")
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.CLOSE_AS_DEPARTMENT, by="housing")


# -- two at once, and strangers ----------------------------------------------------------------------------------------


def test_of_two_editors_the_second_is_told_that_something_changed(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    seen = world.case(case_no).version
    world.act(case_no, Act.NOTE_SESSION, version=seen)
    with pytest.raises(ChangedMeanwhile):
        world.act(case_no, Act.AGREE_ORALLY, by="second_cadre", version=seen)
    with pytest.raises(ChangedMeanwhile):
        world.do(parties.set_willingness, case_no, Willingness.WILLING, seen, by="cadre")
    assert world.case(case_no).state is State.MEDIATING


@pytest.mark.parametrize(
    "who", ["other_worker", "next_cadre", "other_leader", "police", "administrator"])
def test_a_foreign_case_and_an_absent_one_are_answered_alike_by_every_service(world: World, who: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)  # housing has its task; police has none
    services = (
        lambda number: world.act(number, Act.NOTE_SESSION, by=who),
        lambda number: world.do(handling.note, number, "记", by=who),
        lambda number: world.do(parties.unmask, number, "约双方到场", by=who),
        lambda number: world.do(handling.settle_place, number, CELL, "住处", by=who),
        lambda number: world.do(parties.set_willingness, number, Willingness.WILLING, None, by=who),
        lambda number: world.do(parties.add_party, number, PartyEntry(Side.APPLICANT, "王"), by=who),
    )
    version = world.case(case_no).version
    for service in services:
        said = []
        for number in (case_no, "LX-2026-9999"):
            with pytest.raises(NotFound) as refusal:
                service(number)
            said.append((refusal.value.code, refusal.value.say("zh"), refusal.value.values))
        assert said[0] == said[1]
    assert world.case(case_no).version == version
    assert world.acts(case_no)[-1] == "case.form_team"


@pytest.mark.parametrize(("who", "act"), [
    ("worker", Act.ACCEPT), ("leader", Act.ACCEPT), ("leader", Act.CLOSE), ("worker", Act.CLOSE), ("housing", Act.NOTE_SESSION),
    ("worker", Act.REOPEN),
])
def test_who_may_read_but_not_act_is_told_so(world: World, who: str, act: Act) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(NotPermitted):
        world.act(case_no, act, by=who)


def test_an_act_out_of_turn_says_how_the_case_stands(world: World) -> None:
    case_no = world.file().case_no
    with pytest.raises(ActNotOpen) as refusal:
        world.act(case_no, Act.CLOSE)
    assert "上报" in refusal.value.say("zh")


# -- place, notes, parties ---------------------------------------------------------------------------------------------


def test_a_place_is_settled_once_with_its_reason_and_gets_its_team(world: World) -> None:
    case_no = world.file(cell_code=None, address="柳溪路口").case_no
    with pytest.raises(FieldMissing):
        world.do(handling.settle_place, case_no, CELL, " ", by="cadre")
    with pytest.raises(FieldNotAChoice):
        world.do(handling.settle_place, case_no, "990101001001999", "双方住处", by="cadre")
    with pytest.raises(NotPermitted):
        world.do(handling.settle_place, case_no, CELL, "双方住处", by="worker")
    world.pass_time(hours=3)
    world.do(handling.settle_place, case_no, NEXT_CELL, "双方都住在这里", by="cadre")
    case = world.case(case_no)
    assert (case.cell_code, case.community_code) == (NEXT_CELL, COMMUNITY)
    assert {seat.account_id for seat in case.seats if seat.seat is Seat.GRID_WORKER} == {world.people["next_worker"].account_id}
    said = Phrase.from_json(case.place_reason).say("zh")
    assert "双方都住在这里" in said
    with pytest.raises(PlaceSettled):
        world.do(handling.settle_place, case_no, CELL, "另一处", by="cadre")


def test_the_street_sends_a_case_to_any_community_also_of_another_street(world: World) -> None:
    far = world.file(cell_code=None, address="柳溪路口").case_no
    world.do(handling.settle_place, far, NEXT_COMMUNITY_CELL, "实际在那一格", by="leader")
    world.act(far, Act.ACCEPT, by="next_cadre")
    with pytest.raises(NotFound):
        world.do(handling.note, far, "记", by="cadre")
    other = world.file(cell_code=None, address="东园路口").case_no
    world.do(handling.settle_place, other, OTHER_CELL, "在东溪街道", by="leader")
    case = world.case(other)
    assert (case.street_code, case.community_code, case.case_no) == (OTHER_STREET, OTHER_COMMUNITY, other)


def test_a_note_changes_nothing_but_the_record(world: World) -> None:
    case_no = world.file().case_no
    before = world.case(case_no).version
    world.do(handling.note, case_no, "上门看过，水还在滴", by="worker")
    assert world.case(case_no).version == before
    assert world.acts(case_no) == ["case.file", "case.note"]
    with pytest.raises(FieldMissing):
        world.do(handling.note, case_no, "  ", by="worker")
    with pytest.raises(FieldTooLong):
        world.do(handling.note, case_no, "字" * 2001, by="worker")
    with pytest.raises(NotFound):
        world.do(handling.note, case_no, "看过", by="coordinator")


def test_parties_are_shown_in_clear_for_a_purpose_that_is_recorded(world: World) -> None:
    case_no = world.file(parties=(PartyEntry(Side.APPLICANT, "王小芳", "13812342071", "柳溪路 3 号"),)).case_no
    for nothing in ("", " ", "约"):
        with pytest.raises(PurposeMissing):
            world.do(parties.unmask, case_no, nothing, by="cadre")
    assert world.acts(case_no) == ["case.file"]
    clear = world.do(parties.unmask, case_no, "约双方周三到场", by="cadre")
    assert [(each.name, each.phone, each.address) for each in clear] == [("王小芳", "13812342071", "柳溪路 3 号")]
    entry = world.entries(case_no)[-1]
    assert (entry.act, entry.details, entry.actor_id) == ("party.unmask", {"parties": 1}, world.people["cadre"].account_id)
    with world.store.reading() as session:
        assert words_of(session, session.merge(entry, load=False)) == "约双方周三到场"


@pytest.mark.parametrize("who", ["housing", "leader"])
def test_a_department_and_the_street_never_see_parties_in_clear(world: World, who: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED, parties=(PartyEntry(Side.APPLICANT, "王小芳"),))
    with pytest.raises(NotPermitted):
        world.do(parties.unmask, case_no, "约双方到场", by=who)


def test_a_party_whose_name_came_later_is_added_sealed(world: World) -> None:
    case_no = world.file(parties=(PartyEntry(Side.APPLICANT, "王小芳"),)).case_no
    world.do(parties.add_party, case_no, PartyEntry(Side.RESPONDENT, "李四", "13900000000"), by="worker")
    with world.store.reading() as session:
        rows = session.scalars(select(Party).order_by(Party.position)).all()
        assert [(row.position, unseal(session, row, "name")) for row in rows] == [(1, "王小芳"), (2, "李四")]
        assert rows[1].phone_index is not None
    for name, kind in ((" ", FieldMissing), ("名" * 61, FieldTooLong)):
        with pytest.raises(kind):
            world.do(parties.add_party, case_no, PartyEntry(Side.RESPONDENT, name), by="worker")


def test_willingness_is_recorded(world: World) -> None:
    case_no = world.file().case_no
    world.do(parties.set_willingness, case_no, Willingness.WILLING, None, by="worker")
    assert world.case(case_no).willingness is Willingness.WILLING
    assert world.acts(case_no)[-1] == "case.willingness"


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_a_clock_that_steps_back_turns_nothing_around_and_the_counts_still_hold(world: World) -> None:
    world.now = world.now.replace(month=11, day=30, hour=16, minute=30)  # 1 December, half past midnight
    case_no = world.file().case_no
    filed_at = world.now
    world.pass_time(hours=-1)  # November again
    world.act(case_no, Act.ACCEPT)
    moments = [entry.at for entry in world.entries(case_no)]
    assert moments == sorted(moments) == [filed_at] * 3
    world.pass_time(hours=-48)
    world.act(case_no, Act.RECORD_REFUSAL)
    assert world.entries(case_no)[-1].at == filed_at
    # World.faults compares the tallies with a recount when the test ends.


def test_an_urgent_case_has_shorter_tasks(world: World) -> None:
    calm = world.a_case(State.TEAM_FORMED)
    urgent = world.a_case(State.TEAM_FORMED, flags=(Flag.THREAT,))
    assert world.case(urgent).urgency is Urgency.URGENT
    assert world.task(urgent, "housing").sign_due_at - world.now == timedelta(hours=2)
    assert world.task(urgent, "housing").answer_due_at < world.task(calm, "housing").answer_due_at
