"""Beside the main line: what stands still, what is lengthened, what goes up and comes down, the same quarrel again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridmediate.domain.case_words import Act, Extension, Needs, State
from gridmediate.domain.next_steps import Turn
from gridmediate.domain.problems import ConditionNotMet, FieldMissing, FieldNotAChoice, NotFound, NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Level, Side, Willingness
from gridmediate.services import parties
from gridmediate.services.asked import DayNotAhead
from gridmediate.services.casepage import read_case
from gridmediate.services.effects import LevelNotAbove
from gridmediate.services.filing import PartyEntry
from gridmediate.services.linking import LINKED_MOST
from gridmediate.services.parties import Rights, TooManyRepresentatives
from tests.rig.world import World

ANNA, BEN = PartyEntry(Side.APPLICANT, "王小芳", "13812342071"), PartyEntry(Side.RESPONDENT, "李大勇", "13912342072")


def escalate(world: World, case_no: str, level: str, by: str = "cadre", **words: str) -> None:
    said = world.words(case_no, by) | {Needs.LEVEL: level} | {Needs(key): text for key, text in words.items()}
    if "skipped" not in words:
        said.pop(Needs.SKIPPED, None)
    world.act(case_no, Act.ESCALATE, by=by, words=said)


# -- the clock that stands still ---------------------------------------------------------------------------------------


def test_a_clock_that_stood_still_is_due_later_by_the_days_it_stood(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    due_at = world.case(case_no).due_at
    assert due_at is not None
    world.act(case_no, Act.SUSPEND)
    case = world.case(case_no)
    assert (case.due_at, case.next_step["code"]) == (None, "next.resume")
    for act in (Act.NOTE_SESSION, Act.AGREE_ORALLY, Act.ASK_EXTENSION, Act.SUSPEND):
        with pytest.raises(ConditionNotMet):
            world.act(case_no, act)
    world.pass_time(days=9)
    world.act(case_no, Act.RESUME)
    moved = world.case(case_no).due_at
    assert moved is not None
    # Rolled on over days off at most.
    assert timedelta(days=9) <= moved - due_at <= timedelta(days=12)
    clock = world.do(read_case, case_no, by="cadre").deadline
    assert clock is not None and "鉴定" in clock.explain("zh") and "中止 9 天" in clock.explain("zh")


def test_a_pause_says_why_and_until_when(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    words = world.words(case_no)
    for need, text, problem in (
            (Needs.CAUSE, "because", FieldNotAChoice), (Needs.UNTIL, world.today.isoformat(), DayNotAhead),
            (Needs.UNTIL, "2099-01-01", DayNotAhead), (Needs.UNTIL, "soon", DayNotAhead)):
        with pytest.raises(problem):
            world.act(case_no, Act.SUSPEND, words=words | {need: text})


def test_a_case_may_end_while_its_clock_stands_still(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.SUSPEND)
    world.act(case_no, Act.WITHDRAW)
    case = world.case(case_no)
    assert (case.paused_at, case.paused_until, case.pause_cause) == (None, None, None)


# -- more time ---------------------------------------------------------------------------------------------------------


def test_an_extension_is_asked_for_once_granted_by_the_street_and_counted_on(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    due_at = world.case(case_no).due_at
    assert due_at is not None
    world.act(case_no, Act.ASK_EXTENSION)
    assert world.case(case_no).turn is Turn.STREET
    with pytest.raises(NotPermitted):
        world.act(case_no, Act.GRANT_EXTENSION)
    world.act(case_no, Act.GRANT_EXTENSION, by="leader")
    case = world.case(case_no)
    assert case.extension is Extension.GRANTED
    assert case.due_at is not None and timedelta(days=30) <= case.due_at - due_at <= timedelta(days=34)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ASK_EXTENSION)


def test_a_denied_extension_leaves_the_clock_and_is_not_asked_for_again(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    due_at = world.case(case_no).due_at
    world.act(case_no, Act.ASK_EXTENSION)
    world.act(case_no, Act.DENY_EXTENSION, by="leader")
    assert world.case(case_no).due_at == due_at
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ASK_EXTENSION)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.GRANT_EXTENSION, by="leader")


# -- up and down -------------------------------------------------------------------------------------------------------


def test_a_case_goes_from_the_cell_to_the_county_and_comes_down_step_by_step(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    for level, asks, answers in (("community", "worker", "cadre"), ("street", "cadre", "leader"),
                                 ("county", "leader", "coordinator")):
        escalate(world, case_no, level, by=asks)
        case = world.case(case_no)
        assert case.level == level
        assert case.raise_due_at is not None
        with pytest.raises(ConditionNotMet):
            escalate(world, case_no, "county", by=asks, skipped="急")
        world.act(case_no, Act.TAKE_UP, by=answers)
        assert world.case(case_no).raise_due_at is None
    for level, answers in (("street", "coordinator"), ("community", "leader"), ("cell", "cadre")):
        world.act(case_no, Act.BRING_DOWN, by=answers)
        assert world.case(case_no).level == level
    raisings = world.do(read_case, case_no, by="cadre").later.raisings
    assert [(each.from_level, each.to_level) for each in raisings] == [
        (Level.STREET, Level.COUNTY), (Level.COMMUNITY, Level.STREET), (Level.CELL, Level.COMMUNITY)]
    assert all(each.answer and each.taken_up_at and each.came_down_at for each in raisings)


def test_what_the_street_took_up_the_street_may_settle(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(NotPermitted):
        world.act(case_no, Act.NOTE_SESSION, by="leader")
    escalate(world, case_no, "street")
    world.act(case_no, Act.TAKE_UP, by="leader")
    world.act(case_no, Act.NOTE_SESSION, by="leader")
    assert world.case(case_no).turn in (Turn.STREET, Turn.DEPARTMENTS)
    world.act(case_no, Act.AGREE_ORALLY, by="leader")
    assert world.case(case_no).state is State.AGREED_ORAL


def test_the_county_reads_a_case_exactly_while_it_stands_there(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(NotFound):
        world.do(read_case, case_no, by="coordinator")
    escalate(world, case_no, "county", skipped="街道已说明办不了")
    view = world.do(read_case, case_no, by="coordinator")
    assert view.later.raisings[0].skipped == "街道已说明办不了"
    assert not view.may_unmask
    world.act(case_no, Act.BRING_DOWN, by="coordinator")
    with pytest.raises(NotFound):
        world.do(read_case, case_no, by="coordinator")


def test_a_level_is_skipped_only_with_a_reason_and_nobody_asks_downwards(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(FieldMissing):
        escalate(world, case_no, "county")
    for wrong in ("cell", "community", "moon"):
        with pytest.raises(LevelNotAbove):
            escalate(world, case_no, wrong, skipped="急")
    assert world.case(case_no).level is Level.CELL


def test_a_case_that_was_decided_waits_for_no_answer_from_above(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    escalate(world, case_no, "street")
    world.act(case_no, Act.AGREE_ORALLY)
    assert world.case(case_no).raise_due_at is None


# -- parties and their rights ------------------------------------------------------------------------------------------


def test_a_refusal_of_one_side_ends_it_and_only_both_bring_it_back(world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=(ANNA, BEN))
    anna, ben = world.case(case_no).parties

    def wants(party: object, wish: Willingness) -> None:
        world.do(parties.record_rights, case_no, party.id, Rights(wish), None, by="worker")  # type: ignore[attr-defined]

    wants(anna, Willingness.WILLING)
    assert world.case(case_no).willingness is Willingness.NOT_ASKED
    wants(ben, Willingness.UNWILLING)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.NOTE_SESSION)
    world.act(case_no, Act.RECORD_REFUSAL)
    world.act(case_no, Act.REOPEN)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.FORM_TEAM)
    wants(anna, Willingness.WILLING)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.FORM_TEAM)
    wants(ben, Willingness.WILLING)
    assert world.case(case_no).consent_needed is False
    world.act(case_no, Act.FORM_TEAM)
    assert world.case(case_no).state is State.TEAM_FORMED


def test_five_speak_for_many_and_a_sixth_does_not(world: World) -> None:
    many = tuple(PartyEntry(Side.APPLICANT, f"住户{number}") for number in range(6))
    case_no = world.file(parties=(*many, BEN)).case_no
    rows = world.case(case_no).parties
    for row in rows[:5]:
        world.do(parties.record_rights, case_no, row.id, Rights(is_representative=True), None, by="cadre")
    with pytest.raises(TooManyRepresentatives):
        world.do(parties.record_rights, case_no, rows[5].id, Rights(is_representative=True), None, by="cadre")
    world.do(parties.record_rights, case_no, rows[6].id, Rights(is_representative=True), None, by="cadre")


# -- the same quarrel again --------------------------------------------------------------------------------------------


def test_the_same_two_sides_within_half_a_year_are_shown_their_earlier_case(world: World) -> None:
    first = world.file(parties=(ANNA, BEN)).case_no
    world.pass_time(days=100)
    # They have changed sides, and somebody else is there too.
    again = world.file(parties=(PartyEntry(Side.APPLICANT, BEN.name), PartyEntry(Side.RESPONDENT, ANNA.name),
                                PartyEntry(Side.RESPONDENT, "赵某"))).case_no
    assert [each.case_no for each in world.do(read_case, again, by="cadre").later.earlier] == [first]
    assert "case.link" in world.acts(again)
    for other in ((ANNA,), (ANNA, PartyEntry(Side.RESPONDENT, "钱某")), (ANNA, PartyEntry(Side.APPLICANT, BEN.name))):
        assert "case.link" not in world.acts(world.file(parties=other).case_no)
    world.pass_time(days=181)
    assert "case.link" not in world.acts(world.file(parties=(ANNA, BEN)).case_no)


def test_of_two_who_quarrel_all_the_time_the_latest_cases_are_linked(world: World) -> None:
    numbers = []
    for _ in range(LINKED_MOST + 2):
        world.pass_time(minutes=1)
        numbers.append(world.file(parties=(ANNA, BEN)).case_no)
    *_, last = numbers
    earlier = [each.case_no for each in world.do(read_case, last, by="cadre").later.earlier]
    assert earlier == numbers[-2:-2 - LINKED_MOST:-1]
    assert world.entries(last)[-2].details["earlier"] == sorted(earlier)


def test_an_earlier_case_is_found_when_the_second_side_becomes_known(world: World) -> None:
    first = world.file(parties=(ANNA, BEN)).case_no
    again = world.file(parties=(ANNA,)).case_no
    world.do(parties.add_party, again, BEN, by="worker")
    assert [each.case_no for each in world.do(read_case, again, by="cadre").later.earlier] == [first]


def test_the_day_of_a_pause_ends_in_the_street(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.SUSPEND)
    until = world.case(case_no).paused_until
    assert until is not None
    assert until.astimezone(LOCAL_ZONE).date() == world.today + timedelta(days=7)
    assert until.astimezone(LOCAL_ZONE).hour == 0
