"""Several at once over the services: of two who close or sign one thing one wins; a filing sent many times is one case."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm.exc import StaleDataError

from gridmediate.domain.problems import ActNotOpen, ChangedMeanwhile, Problem
from gridmediate.domain.tasks import AnswerKind, TaskActNotOpen, TaskState
from gridmediate.domain.vocabulary import Part
from gridmediate.domain.workflow import Act, Needs, Outcome, State
from gridmediate.services import tasks, teams
from gridmediate.services.filing import FilingKeyReused, file_case, file_once
from gridmediate.services.tasks import Answer
from gridmediate.store.columns import new_id
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, CaseNumber, HistoryEntry, Notice, TeamSeat
from tests.rig.world import (
    KEYRING,
    World,
    _postgres_street,
    postgres_street_url,
    sqlite_street_url,
    street_file,
    street_url,
    world,
)

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]

ROUNDS = 4
MANY = 8


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """Do everything at the same moment; return each result, or the exception."""
    barrier = threading.Barrier(len(doings))
    results: list[Any] = [None] * len(doings)

    def run(place: int, doing: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = doing()
        except Exception as refusal:  # the test looks at it
            results[place] = refusal

    threads = [threading.Thread(target=run, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def outcomes(results: list[Any]) -> Counter[str]:
    """Count what came of each."""
    return Counter(type(each).__name__ if isinstance(each, Exception) else "done" for each in results)


def test_of_two_closers_one_wins(world: World) -> None:
    for number in range(ROUNDS):
        case_no = world.a_case(State.AGREED_WRITTEN)
        world.finish_tasks(case_no)
        world.sign(case_no)
        version = world.case(case_no).version if number % 2 else None
        results = at_once(*[
            lambda who=who, case_no=case_no, version=version: world.act(case_no, Act.CLOSE, by=who, version=version)
            for who in ("cadre", "second_cadre") * 2
        ])
        lost = [each for each in results if isinstance(each, Exception)]
        assert len(lost) == 3, results
        assert all(isinstance(each, ChangedMeanwhile | ActNotOpen) for each in lost), lost
        assert Counter(world.acts(case_no))["case.close"] == 1


def test_of_many_who_accept_one_forms_the_team_and_each_department_is_asked_once(world: World) -> None:
    for _ in range(ROUNDS):
        case_no = world.file(t2_code="0602").case_no
        results = at_once(*[lambda case_no=case_no: world.act(case_no, Act.ACCEPT, version=1)] * MANY)
        assert outcomes(results) == {"done": 1, "ChangedMeanwhile": MANY - 1}, results
        case = world.case(case_no)
        assert len({task.department_code for task in case.tasks}) == len(case.tasks) > 0
        assert world.acts(case_no) == ["case.file", "case.accept", "case.form_team"]


def test_one_accepts_while_another_refuses(world: World) -> None:
    for _ in range(ROUNDS):
        case_no = world.file().case_no
        results = at_once(
            lambda case_no=case_no: world.act(case_no, Act.ACCEPT), lambda case_no=case_no: world.act(case_no, Act.NOT_ACCEPT),
            lambda case_no=case_no: world.act(case_no, Act.SOLVE_ON_SPOT, by="worker"))
        assert outcomes(results) == {"done": 1, "ActNotOpen": 2}, results


def test_a_case_does_not_close_past_an_answer_that_is_sent_back_at_the_same_moment(world: World) -> None:
    for _ in range(ROUNDS):
        case_no = world.a_case(State.AGREED_ORAL)
        world.finish_tasks(case_no)
        at_once(
            lambda case_no=case_no: world.act(case_no, Act.CLOSE),
            lambda case_no=case_no: world.do(
                teams.add_department, case_no, "justice_office", Part.SUPPORT, "要法律意见", "", None, by="second_cadre"))
    # World.faults finds any case that closed over an open task.


def test_the_lead_closes_while_the_community_recalls_its_task(world: World) -> None:
    for _ in range(ROUNDS):
        case_no = world.a_case(State.TEAM_FORMED, t2_code="0402")
        for task in world.tasks(case_no)[1:]:
            world.do(tasks.recall, task.id, "不再需要", None, by="cadre")
        lead = world.tasks(case_no)[0]
        world.answer(lead, settles=True)
        results = at_once(
            lambda case_no=case_no: world.act(case_no, Act.CLOSE_AS_DEPARTMENT, by="housing"),
            lambda lead=lead: world.do(tasks.ask_again, lead.id, "请再看", None, by="cadre"))
        assert outcomes(results)["done"] == 1, results
        case = world.case(case_no)
        if case.state is State.CLOSED:
            assert (case.outcome, world.task(case_no, "housing").state) == (Outcome.SETTLED_BY_DEPARTMENT, TaskState.CONFIRMED)
        else:
            assert world.task(case_no, "housing").state is TaskState.SIGNED


def test_of_many_who_answer_one_task_one_is_kept(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    task = world.task(case_no, "housing")
    answers = [Answer(AnswerKind.DONE, f"答复{number}") for number in range(MANY)]
    results = at_once(*[
        lambda given=given: world.do(tasks.answer, task.id, given, task.version, by="housing") for given in answers])
    assert outcomes(results) == {"done": 1, "ChangedMeanwhile": MANY - 1}, results
    signing = world.a_case(State.TEAM_FORMED)
    key = world.task(signing, "housing").id
    results = at_once(*[lambda: world.do(tasks.sign, [key], by="housing")] * MANY)
    assert outcomes(results) == {"done": 1, "TaskActNotOpen": MANY - 1}, results
    assert all(isinstance(each, TaskActNotOpen | int) for each in results)


def test_two_who_sign_the_same_tasks_in_opposite_order_end_with_each_signed_once(world: World) -> None:
    for _ in range(ROUNDS):
        ids = [world.task(world.a_case(State.TEAM_FORMED), "housing").id for _ in range(4)]
        results = at_once(*[lambda order=order: world.do(tasks.sign, order, by="housing") for order in (ids, ids[::-1])])
        assert outcomes(results) == {"done": 1, "TaskActNotOpen": 1}, results


def test_two_cases_marked_as_duplicates_of_each_other_at_once_are_not_both_gone(world: World) -> None:
    for _ in range(ROUNDS):
        one, two = world.file().case_no, world.file(by="second_worker").case_no
        results = at_once(*[
            lambda case_no=case_no, other=other: world.act(case_no, Act.MARK_DUPLICATE, words={Needs.DUPLICATE_OF: other})
            for case_no, other in ((one, two), (two, one))])
        assert outcomes(results)["done"] == 1, results
        assert sorted(world.case(number).state for number in (one, two)) == [State.DUPLICATE, State.FILED]


# -- one filing, sent many times ---------------------------------------------------------------------------------------


def test_one_filing_sent_many_times_at_once_is_one_case_with_one_receipt(world: World) -> None:
    worker = world.people["worker"]
    for number in range(1, ROUNDS + 1):
        filing = world.filing()
        results = at_once(*[lambda filing=filing: file_once(world.store, filing, worker, world.now)] * MANY)
        assert {(each.case_id, each.case_no) for each in results} == {(results[0].case_id, f"LX-2026-{number:04d}")}
        assert sum(not each.is_repeat for each in results) == 1
    assert world.count(Case) == ROUNDS
    with world.store.reading() as session:
        assert session.scalar(select(CaseNumber.last)) == ROUNDS


def test_one_key_with_two_contents_at_once_is_one_case_and_one_refusal(world: World) -> None:
    worker, key = world.people["worker"], new_id()
    both = [world.filing(filing_key=key, facts=facts) for facts in ("漏水", "噪声")]
    results = at_once(*[lambda filing=filing: file_once(world.store, filing, worker, world.now) for filing in both])
    assert sum(isinstance(each, FilingKeyReused) for each in results) == 1, results
    assert world.count(Case) == 1


def test_many_filings_at_once_get_numbers_without_gaps_and_counts_that_hold(world: World) -> None:
    results = at_once(*[lambda: [world.do(file_case, world.filing(), by="worker") for _ in range(4)]] * MANY)
    numbers = sorted(receipt.case_no for each in results for receipt in each)
    assert numbers == [f"LX-2026-{number:04d}" for number in range(1, 4 * MANY + 1)]


def test_a_filing_that_fails_at_the_very_end_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("the notice could not be queued")

    monkeypatch.setattr("gridmediate.services.filing.notices", fail)
    with pytest.raises(RuntimeError):
        world.file()
    monkeypatch.undo()
    assert [world.count(table) for table in (Case, TeamSeat, HistoryEntry, Notice, CaseNumber)] == [0, 0, 0, 0, 0]
    assert world.file().case_no == "LX-2026-0001"


# -- the tests have teeth ----------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_even_a_program_that_forgot_to_lock_loses_no_update(postgres_street_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The version column is the second line of defence; a person is told "changed meanwhile", nothing is overwritten.
    world = World(Store(postgres_street_url, KEYRING))
    monkeypatch.setattr(Select, "with_for_update", lambda statement, **_how: statement)
    for _ in range(ROUNDS):
        case_no = world.file().case_no
        results = at_once(*[lambda case_no=case_no: world.act(case_no, Act.ACCEPT)] * 4)
        lost = [each for each in results if isinstance(each, Exception)]
        assert len(lost) == 3
        assert all(isinstance(each, StaleDataError | Problem) or type(each).__name__ == "IntegrityError" for each in lost), lost
    assert not world.faults()
    world.store.close()
