"""From the agreement to its performance: clauses, numbers without gaps, signatures, what is kept and what is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gridmediate.domain.agreements import (
    ClauseSettled,
    ClauseState,
    Confirmation,
    ConfirmationNotOpen,
    ConfirmationTooLate,
    Deed,
    InstalmentsUneven,
    NotInForce,
)
from gridmediate.domain.case_words import Act, AgreementState, Needs, State
from gridmediate.domain.next_steps import NEVER, Turn
from gridmediate.domain.problems import ActNotOpen, ChangedMeanwhile, ConditionNotMet, FieldMissing, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Side
from gridmediate.services import performance
from gridmediate.services.asked import ClauseDraft, DayNotPast, TooManyClauses
from gridmediate.services.casepage import read_case
from gridmediate.services.performance import ClauseReport, ConfirmationStep, Signing
from tests.rig.world import CLAUSE, World

SORRY = ClauseDraft(Side.APPLICANT, Deed.APOLOGISE, "当面道歉")


def agreed(world: World, *clauses: ClauseDraft, act: Act = Act.AGREE_IN_WRITING) -> str:
    case_no = world.a_case(State.MEDIATING)
    world.finish_tasks(case_no)
    world.act(case_no, act, clauses=clauses)
    return case_no


def settle(world: World, case_no: str, place: int, state: ClauseState, on: date | None = None, by: str = "cadre") -> None:
    clause = world.clauses(case_no)[place]
    report = ClauseReport(state, on or world.today, "收条已看")
    world.do(performance.settle_clause, case_no, clause.id, report, None, by=by)


def test_instalments_become_clauses_of_their_own(world: World) -> None:
    case_no = agreed(world, CLAUSE, SORRY)
    clauses = world.clauses(case_no)
    assert [(each.position, each.amount_fen, each.due_on) for each in clauses] == [
        (1, 60_000, date(2026, 12, 10)), (2, 60_000, date(2027, 1, 10)), (3, None, None)]
    case = world.case(case_no)
    assert (case.state, case.agreement_state, case.clauses_open) == (State.AGREED_WRITTEN, AgreementState.UNSIGNED, 3)
    assert case.next_step["code"] == "next.sign_agreement"


@pytest.mark.parametrize(("clause", "problem"), [
    (ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔钱"), FieldMissing),
    (ClauseDraft(Side.RESPONDENT, Deed.DO, " "), FieldMissing),
    (ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔钱", 100, None, 3), FieldMissing),
    (ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔钱", 2, date(2026, 12, 1), 3), InstalmentsUneven),
    (ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔钱", 10**12), FieldMissing),
])
def test_a_clause_that_says_nothing_is_refused_and_nothing_is_written(world: World, clause: ClauseDraft, problem: type) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(problem):
        world.act(case_no, Act.AGREE_ORALLY, clauses=(SORRY, clause))
    assert world.case(case_no).state is State.MEDIATING
    # The number that it would have had is given to the next one.
    assert agreement_number(world, agreed(world)).endswith("-0001")


def agreement_number(world: World, case_no: str) -> str:
    return str(world.do(read_case, case_no, by="cadre").later.agreements[-1].number)


def test_nobody_reads_more_than_sixty_clauses(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(TooManyClauses):
        world.act(case_no, Act.AGREE_ORALLY, clauses=(SORRY,) * 61)


def test_agreements_of_a_community_are_numbered_without_gaps(world: World) -> None:
    numbers = [agreement_number(world, agreed(world)) for _ in range(3)]
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]
    assert len({number[:-5] for number in numbers}) == 1


def test_an_oral_agreement_binds_at_once_and_is_performed(world: World) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    case = world.case(case_no)
    assert (case.state, case.agreement_state) == (State.PERFORMING, AgreementState.IN_FORCE)
    assert world.acts(case_no)[-2:] == ["case.agree_orally", "case.start_performing"]
    assert case.next_due_at == case.clause_due_at
    assert case.clause_due_at is not None and case.clause_due_at.date() == date(2026, 12, 10), "the end of the day, in UTC"


def test_an_agreement_that_only_says_sorry_waits_for_closing(world: World) -> None:
    case_no = agreed(world, act=Act.AGREE_ORALLY)
    assert world.case(case_no).state is State.AGREED_ORAL
    world.finish_tasks(case_no)
    world.act(case_no, Act.CLOSE)
    assert world.case(case_no).state is State.CLOSED


def test_a_written_agreement_binds_with_the_last_signature_and_the_seal(world: World) -> None:
    case_no = agreed(world, CLAUSE)
    world.finish_tasks(case_no)
    for key in ("applicant", "seal"):
        world.do(performance.sign, case_no, Signing({key: world.today}), None, by="cadre")
        assert world.case(case_no).agreement_state is AgreementState.UNSIGNED
        with pytest.raises(ConditionNotMet):
            world.act(case_no, Act.CLOSE)
    world.do(performance.sign, case_no, Signing({"respondent": world.today}), None, by="cadre")
    case = world.case(case_no)
    assert (case.state, case.agreement_state) == (State.PERFORMING, AgreementState.IN_FORCE)
    with pytest.raises(ActNotOpen):
        world.do(performance.sign, case_no, Signing({"seal": world.today}), None, by="cadre")


def test_nobody_signs_tomorrow_and_an_empty_form_signs_nothing(world: World) -> None:
    case_no = agreed(world)
    with pytest.raises(DayNotPast):
        world.do(performance.sign, case_no, Signing({"seal": world.today + timedelta(days=1)}), None, by="cadre")
    for nothing in ({}, {"somebody": world.today}):
        with pytest.raises(FieldMissing):
            world.do(performance.sign, case_no, Signing(nothing), None, by="cadre")


def test_who_will_not_sign_goes_on_mediating_on_the_clock_that_ran(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    due_at = world.case(case_no).due_at
    world.pass_time(days=3)
    world.act(case_no, Act.AGREE_IN_WRITING, clauses=(CLAUSE,))
    assert world.case(case_no).due_at is None
    world.pass_time(days=2)
    world.act(case_no, Act.RETURN_TO_MEDIATION)
    case = world.case(case_no)
    assert (case.state, case.due_at, case.agreement_state, case.clauses_open) == (
        State.MEDIATING, due_at, AgreementState.NONE, 0)
    assert case.outcome is None
    # What was not signed is still on record, and the next agreement has the next number.
    world.act(case_no, Act.AGREE_IN_WRITING)
    shown = world.do(read_case, case_no, by="cadre").later.agreements
    assert [(each.is_dropped, each.number[-4:]) for each in shown] == [(True, "0001"), (False, "0002")]


def test_an_agreement_in_force_does_not_go_back_to_the_table(world: World) -> None:
    case_no = agreed(world)
    world.sign(case_no)
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.RETURN_TO_MEDIATION)


def test_the_second_instalment_is_late_made_good_and_the_case_closes(world: World) -> None:
    case_no = agreed(world, CLAUSE)
    world.sign(case_no)
    world.finish_tasks(case_no)
    world.pass_time(days=15)
    settle(world, case_no, 0, ClauseState.KEPT, date(2026, 12, 8))
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.CLOSE)
    world.pass_time(days=40)
    settle(world, case_no, 1, ClauseState.BROKEN)
    case = world.case(case_no)
    assert (case.next_step["code"], case.turn, case.clauses_broken) == ("next.answer_breach", Turn.COMMUNITY, 1)
    world.pass_time(days=3)
    settle(world, case_no, 1, ClauseState.KEPT, by="worker")
    case = world.case(case_no)
    assert (case.clauses_open, case.clauses_broken, case.clause_due_at) == (0, 0, None)
    view = world.do(read_case, case_no, by="cadre").later.agreements[0]
    assert [each.is_late for each in view.clauses] == [False, True]
    world.act(case_no, Act.CLOSE)
    assert world.case(case_no).next_due_at == NEVER


def test_a_clause_that_is_done_with_stays_so(world: World) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    settle(world, case_no, 0, ClauseState.GIVEN_UP)
    for state in ClauseState:
        with pytest.raises(ClauseSettled):
            settle(world, case_no, 0, state)
    with pytest.raises(ClauseSettled):
        settle(world, case_no, 1, ClauseState.OPEN)


def test_what_is_not_performed_ends_with_the_routes_told_and_counts_as_no_settlement(world: World) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    world.act(case_no, Act.END_UNPERFORMED)
    world.finish_tasks(case_no)
    world.act(case_no, Act.CLOSE)
    view = world.do(read_case, case_no, by="cadre")
    assert view.outcome is not None and view.outcome.value == "not_performed"
    assert view.status.value == "ended"
    assert world.follow_ups(case_no) == []


def test_a_clause_of_an_unsigned_agreement_binds_nobody_yet(world: World) -> None:
    case_no = agreed(world, CLAUSE)
    with pytest.raises(NotInForce):
        settle(world, case_no, 0, ClauseState.KEPT)


def test_a_part_is_agreed_and_the_rest_goes_on(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    due_at = world.case(case_no).due_at
    world.act(case_no, Act.AGREE_PARTLY, clauses=(SORRY,))
    case = world.case(case_no)
    assert (case.state, case.due_at, case.agreement_state, case.clauses_open) == (State.MEDIATING, due_at, AgreementState.NONE, 1)
    settle(world, case_no, 0, ClauseState.KEPT)
    world.act(case_no, Act.AGREE_ORALLY)
    assert world.case(case_no).state is State.AGREED_ORAL


def test_both_sides_apply_to_the_court_within_thirty_days_of_the_effect(world: World) -> None:
    case_no = agreed(world)
    world.pass_time(days=5)
    world.sign(case_no)
    view = world.do(read_case, case_no, by="cadre").later.agreements[0]
    assert (view.confirm_by, view.confirm_days_left) == (world.today + timedelta(days=30), 30)

    def step(state: Confirmation, on: date | None = None, court_no: str = "") -> None:
        world.do(performance.confirm_in_court, case_no, ConfirmationStep(state, on or world.today, court_no), None, by="cadre")

    with pytest.raises(ConfirmationNotOpen):
        step(Confirmation.CONFIRMED)
    world.pass_time(days=31)
    with pytest.raises(ConfirmationTooLate):
        step(Confirmation.APPLIED)
    step(Confirmation.APPLIED, world.today - timedelta(days=2))
    with pytest.raises(FieldMissing):
        step(Confirmation.CONFIRMED)
    step(Confirmation.CONFIRMED, court_no="（2026）某 01 民特 12 号")
    assert world.do(read_case, case_no, by="cadre").later.agreements[0].court_no == "（2026）某 01 民特 12 号"
    with pytest.raises(ConfirmationNotOpen):
        step(Confirmation.WITHDRAWN)


def test_a_stale_page_settles_nothing(world: World) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    clause, version = world.clauses(case_no)[0], world.case(case_no).version
    report = ClauseReport(ClauseState.KEPT, world.today, "收条")
    world.do(performance.settle_clause, case_no, clause.id, report, version, by="cadre")
    with pytest.raises(ChangedMeanwhile):
        world.do(performance.settle_clause, case_no, world.clauses(case_no)[1].id, report, version, by="cadre")


@pytest.mark.parametrize(("who", "problem"), [
    ("leader", NotPermitted), ("housing", NotPermitted), ("next_cadre", NotFound), ("auditor", NotFound)])
def test_others_neither_sign_nor_settle(world: World, who: str, problem: type) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    with pytest.raises(problem):
        settle(world, case_no, 0, ClauseState.KEPT, by=who)


def test_a_departments_reader_gets_no_terms_and_no_clauses(world: World) -> None:
    case_no = agreed(world, CLAUSE, act=Act.AGREE_ORALLY)
    assert world.do(read_case, case_no, by="housing").later.agreements == ()
    assert len(world.do(read_case, case_no, by="leader").later.agreements) == 1


def test_reopening_lets_the_agreement_go_and_asks_for_consent_only_after_a_refusal(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    world.act(case_no, Act.REOPEN)
    case = world.case(case_no)
    assert (case.agreement_state, case.clauses_open, case.consent_needed) == (AgreementState.NONE, 0, False)
    refused = world.a_case(State.REFUSED)
    world.act(refused, Act.REOPEN, words={Needs.REASON: "双方又愿意谈"})
    assert world.case(refused).next_step["code"] == "next.ask_consent"
    with pytest.raises(ConditionNotMet):
        world.act(refused, Act.FORM_TEAM)
