"""Whole lives of cases, drawn at random through the services while the clock jumps; at the end everything must hold.

What the page offers is done; what is done is on record; every case can be ended; counts equal counting by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from gridmediate.domain.agreements import CLAUSE_MOVES, Deed, Satisfaction
from gridmediate.domain.calls import CallMatter
from gridmediate.domain.problems import NotFound, NotPermitted, Problem
from gridmediate.domain.tasks import DONE_STATES, AnswerKind, ReturnReason, TaskAct, TaskState
from gridmediate.domain.vocabulary import Flag, Part, Side, Urgency
from gridmediate.domain.workflow import FINAL_STATES, TO_CLOSE, TRANSITIONS, Act, AgreementState, Needs, State
from gridmediate.services import handling, performance, tasks, teams
from gridmediate.services.asked import ClauseDraft
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.casepage import CaseView, read_case
from gridmediate.services.filing import file_case
from gridmediate.services.follow_ups import FollowUpReport, record_follow_up
from gridmediate.services.heat import heat_table
from gridmediate.services.safety import Observation, observe
from gridmediate.services.sweep import Swept, sweep
from gridmediate.services.tasks import Answer
from gridmediate.services.teams import SeatChange
from gridmediate.store.engine import Store
from gridmediate.store.models import Case, CaseClock
from tests.builders import CELL, NEXT_CELL
from tests.rig.shadow import Shadow
from tests.rig.world import CLAUSE, KEYRING, World, make_street

READERS = ("worker", "second_worker", "cadre", "second_cadre", "housing", "urban", "police", "justice", "leader", "coordinator")
CELLS = (CELL, NEXT_CELL)
CODES = ("0201", "0203", "0402", "0601", "0602", "0101", "1401", "0299")
MOST_CASES = 4
_ONWARD = {
    Act.ACCEPT, Act.FORM_TEAM, Act.NOTE_SESSION, Act.AGREE_ORALLY, Act.AGREE_IN_WRITING, Act.CLOSE, Act.CLOSE_AS_DEPARTMENT,
    Act.ARCHIVE, Act.RESUME, Act.TAKE_UP, Act.BRING_DOWN,
}
#: Clauses that an agreement may be drawn with; none is an agreement that only says sorry.
CLAUSES = ((), (CLAUSE,), (ClauseDraft(Side.APPLICANT, Deed.APOLOGISE, "当面道歉"), CLAUSE))


class Lives(RuleBasedStateMachine):
    """Cases filed, handled and ended by the people of a street."""

    url_of: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Store(type(self).url_of(), KEYRING))
        self.shadow = Shadow()
        self.numbers: list[str] = []
        self.filings: list[Any] = []
        self.due: dict[Any, datetime] = {}

    @precondition(lambda self: len(self.numbers) < MOST_CASES)
    @rule(t2_code=st.sampled_from(CODES), cell=st.sampled_from([*CELLS, None]), flags=st.sets(st.sampled_from(Flag), max_size=2))
    def file(self, t2_code: str, cell: str | None, flags: set[Flag]) -> None:
        filing = self.world.filing(t2_code=t2_code, cell_code=cell, flags=tuple(sorted(flags)), address="柳溪路口")
        self.filings.append(filing)
        self.numbers.append(self.world.do(file_case, filing, by="worker").case_no)

    @precondition(lambda self: self.filings)
    @rule(data=st.data())
    def file_again(self, data: st.DataObject) -> None:
        again = self.world.do(file_case, data.draw(st.sampled_from(self.filings)), by="worker")
        assert again.is_repeat
        assert again.case_no in self.numbers

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def do_what_is_offered(self, data: st.DataObject) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        offered = self._offered(case_no)
        state = self.world.case(case_no).state
        assert offered or state in FINAL_STATES, f"nobody can do anything with a case that is {state}"
        if offered:
            who, what = data.draw(st.sampled_from(offered))
            self._do(case_no, who, what, data)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), steps=st.integers(3, 9))
    def go_on(self, data: st.DataObject, steps: int) -> None:
        """Take one case some way along its main line, where chance alone would end most cases early."""
        case_no = data.draw(st.sampled_from(self.numbers))
        for _ in range(steps):
            onward = [each for each in self._offered(case_no) if not isinstance(each[1], Act) or each[1] in _ONWARD]
            if not onward:
                return
            who, what = data.draw(st.sampled_from(onward))
            self._do(case_no, who, what, data)
            self.remember()
            self.world.pass_time(hours=data.draw(st.sampled_from([0.1, 30, 24 * 6])))

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), act=st.sampled_from(Act), who=st.sampled_from(READERS))
    def try_anything(self, data: st.DataObject, act: Act, who: str) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        before = self.world.case(case_no)
        offered = self._offered(case_no)
        try:
            self.world.act(case_no, act, by=who, words=self.world.words(case_no, who) | {Needs.DUPLICATE_OF: self.numbers[0]})
        except Problem:
            after = self.world.case(case_no)
            assert (after.state, after.version) == (before.state, before.version)
        else:
            assert (who, act) in offered

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), leaves=st.booleans())
    def change_the_team(self, data: st.DataObject, leaves: bool) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        seats = [seat for seat in self.world.case(case_no).seats if seat.left_at is None]
        with suppress(Problem):
            if leaves:
                who = data.draw(st.sampled_from(["worker", "cadre"]))
                self.world.do(teams.declare_interest, case_no, "有利害关系", by=who)
            elif seats and data.draw(st.booleans()):
                login = data.draw(st.sampled_from(["", "next_worker"]))
                change = SeatChange(data.draw(st.sampled_from(seats)).id, login, "另有安排")
                self.world.do(teams.change_seat, case_no, change, None, by="cadre")
            else:
                department = data.draw(st.sampled_from(["housing", "justice_office", "urban_management"]))
                part = data.draw(st.sampled_from(Part))
                self.world.do(teams.add_department, case_no, department, part, "需要", "", None, by="cadre")

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), cell=st.sampled_from(CELLS))
    def settle_the_place(self, data: st.DataObject, cell: str) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        with suppress(Problem):
            self.world.do(handling.settle_place, case_no, cell, "双方住处", by="cadre")

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), department=st.sampled_from(["housing", "urban_management", "police_station"]))
    def call_the_county(self, data: st.DataObject, department: str) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        urgency = data.draw(st.sampled_from(Urgency))
        with suppress(Problem):
            self.world.do(call_county, case_no, Calling(CallMatter.BEYOND_POWERS, urgency, (department,), "请到场"), by="leader")

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), seen=st.sets(st.sampled_from(Flag), max_size=2))
    def see_them_again(self, data: st.DataObject, seen: set[Flag]) -> None:
        case_no = data.draw(st.sampled_from(self.numbers))
        with suppress(Problem):
            self.world.do(observe, case_no, Observation(tuple(sorted(seen)), (), "又见了一面"), None, by="cadre")

    @precondition(lambda self: self.numbers)
    @rule()
    def let_the_clocks_speak(self) -> None:
        sweep(self.world.store, self.world.now)
        assert sweep(self.world.store, self.world.now) == Swept(), "what was climbed is climbed once"

    @rule(hours=st.sampled_from([0.01, 1, 5, 30, 24 * 3, 24 * 9, 24 * 33]))
    def jump(self, hours: float) -> None:
        # Only forward: after a step back, counting by hand has no one answer (test_handling has that case).
        self.world.pass_time(hours=hours)

    @invariant()
    def remember(self) -> None:
        with self.world.store.reading() as session:
            self.shadow.look(session.scalars(select(Case)), self.world.now)
            for case in session.scalars(select(Case)):
                assert case.is_open is (case.state not in FINAL_STATES)
            for clock in session.scalars(select(CaseClock)):
                assert clock.due_at >= self.due.get(clock.id, clock.started_at), "a clock ran backwards"
                self.due[clock.id] = clock.due_at

    def teardown(self) -> None:
        try:
            self._counts_hold()
            for case_no in self.numbers:
                self._end(case_no)
            self.remember()
            self._counts_hold()
            faults = self.world.faults()
            assert not faults, "\n".join(faults)
        finally:
            self.world.store.close()

    def _counts_hold(self) -> None:
        with self.world.store.reading() as session:
            for head in ("", "02"):
                table = heat_table(session, self.world.people["leader"], self.world.now, months=5, head=head)
                for month, row in zip(table.months, table.counts, strict=True):
                    for card, counts in zip(table.cells, row, strict=True):
                        by_hand = self.shadow.counts(card.code, month, self.world.now, head)
                        assert {name: getattr(counts, name) for name in by_hand} == by_hand, (month, card.code, head)

    def _offered(self, case_no: str) -> list[tuple[str, Any]]:
        """Return everything that the page of any reader offers, as (who, act or task and act)."""
        found: list[tuple[str, Any]] = []
        for who in READERS:
            try:
                view: CaseView = self.world.do(read_case, case_no, by=who)
            except NotFound:
                continue
            found += [(who, each.row.act) for each in view.acts if each.blocked is None]
            found += [(who, (task, act)) for task in view.tasks for act in task.acts]
            if view.may_settle_place:
                found.append((who, "settle"))
        return found + self._after_agreement(case_no)

    def _after_agreement(self, case_no: str) -> list[tuple[str, Any]]:
        """Return what is to be seen to once there is an agreement, as (who, what and on what)."""
        case = self.world.case(case_no)
        found: list[tuple[str, Any]] = [("cadre", ("sign", side)) for side in ("applicant", "respondent", "seal")
                                        if case.agreement_state is AgreementState.UNSIGNED]
        if case.state is State.PERFORMING:
            found += [(who, ("clause", clause, state)) for clause in self.world.clauses(case_no)
                      for state in sorted(CLAUSE_MOVES[clause.state]) for who in ("worker", "cadre")]
        found += [("cadre", ("visit", row)) for row in self.world.follow_ups(case_no)
                  if row.done_at is None and row.called_off_at is None]
        return found

    def _do(self, case_no: str, who: str, what: Any, data: st.DataObject) -> None:
        if what == "settle":
            self.world.do(handling.settle_place, case_no, data.draw(st.sampled_from(CELLS)), "双方住处", by=who)
        elif isinstance(what, Act):
            self._do_act(case_no, who, what, data)
        elif what[0] == "sign":
            signing = performance.Signing({what[1]: self.world.today})
            self.world.do(performance.sign, case_no, signing, None, by=who)
        elif what[0] == "clause":
            with suppress(NotFound, NotPermitted):  # a cell's other worker
                report = performance.ClauseReport(what[2], self.world.today, "当面看过")
                self.world.do(performance.settle_clause, case_no, what[1].id, report, None, by=who)
        elif what[0] == "visit":
            told = data.draw(st.sampled_from(Satisfaction))
            report = FollowUpReport(data.draw(st.booleans()), data.draw(st.booleans()), told, told, "又吵了一次")
            self.world.do(record_follow_up, case_no, what[1].id, report, by=who)
        else:
            self._do_task(who, *what, data)

    def _do_act(self, case_no: str, who: str, act: Act, data: st.DataObject) -> None:
        others = [number for number in self.numbers if number != case_no and self.world.case(number).state not in FINAL_STATES]
        if act is Act.MARK_DUPLICATE and not others:
            return
        words = self.world.words(case_no, who) | {Needs.DUPLICATE_OF: (others or [""])[0]}
        clauses = data.draw(st.sampled_from(CLAUSES)) if Needs.TERMS in row_needs(act) else ()
        self.world.act(case_no, act, by=who, words=words, clauses=clauses)

    def _do_task(self, who: str, task: Any, act: TaskAct, data: st.DataObject) -> None:
        do, key = self.world.do, task.id
        match act:
            case TaskAct.SIGN:
                do(tasks.sign, [key], by=who)
            case TaskAct.COME:
                do(tasks.come, key, None, by=who)
            case TaskAct.ANSWER:
                given = Answer(data.draw(st.sampled_from(AnswerKind)), "如下", settles=data.draw(st.booleans()))
                do(tasks.answer, key, given, None, by=who)
            case TaskAct.SEND_BACK:
                do(tasks.send_back, key, data.draw(st.sampled_from(ReturnReason)), "不归", None, by=who)
            case TaskAct.CONFIRM:
                do(tasks.confirm, key, None, by=who)
            case TaskAct.ASK_AGAIN:
                do(tasks.ask_again, key, "再查", None, by=who)
            case TaskAct.RECALL:
                do(tasks.recall, key, "不再需要", None, by=who)
            case TaskAct.ASSIGN_AGAIN | TaskAct.RULE:
                service = tasks.rule if act is TaskAct.RULE else tasks.assign_again
                department = data.draw(st.sampled_from([task.department_code, "urban_management", "justice_office"]))
                try:
                    do(service, key, department, "请办", None, by=who)
                except tasks.DepartmentBusy:
                    do(service, key, task.department_code, "请办", None, by=who)

    def _end(self, case_no: str) -> None:
        """End a case without anybody's agreement: refuse or withdraw, recall what is out, close."""
        if self.world.case(case_no).community_code is None:
            self.world.do(handling.settle_place, case_no, CELL, "双方住处", by="leader")
        if self.world.case(case_no).agreement_state is AgreementState.UNSIGNED:
            self.world.act(case_no, Act.RETURN_TO_MEDIATION)
        if self.world.case(case_no).state not in FINAL_STATES | TO_CLOSE:
            self.world.act(case_no, Act.WITHDRAW)
        if self.world.case(case_no).state is State.PERFORMING and self.world.case(case_no).clauses_open:
            self.world.act(case_no, Act.END_UNPERFORMED)
        for task in self.world.tasks(case_no):
            # What the street called, the street takes back.
            by = "leader" if task.call_id else "cadre"
            if task.state is TaskState.ANSWERED:
                self.world.do(tasks.confirm, task.id, None, by=by)
            elif task.state not in DONE_STATES:
                self.world.do(tasks.recall, task.id, "案件已终结", None, by=by)
        if self.world.case(case_no).state not in FINAL_STATES:
            self.world.act(case_no, Act.CLOSE)
        assert self.world.case(case_no).state in FINAL_STATES - {State.REOPENED}


def row_needs(act: Act) -> tuple[Needs, ...]:
    return next(row.needs for row in TRANSITIONS if row.act is act)


def live(url_of: Callable[[], str], examples: int, steps: int) -> None:
    """Run the machine, each life on a street of its own."""

    own = type("Own", (Lives,), {"url_of": staticmethod(url_of)})
    run_state_machine_as_test(own, settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck)))


@pytest.mark.slow
def test_whole_lives_hold_on_sqlite(street_file: Path, tmp_path: Path) -> None:
    copies = count()

    def url() -> str:
        return f"sqlite:///{shutil.copyfile(street_file, tmp_path / f'{next(copies)}.sqlite3')}"

    live(url, settings().max_examples // 4, 25)


@pytest.mark.slow
@pytest.mark.postgres
def test_whole_lives_hold_on_postgres(postgres_cluster: Any) -> None:
    made: list[str] = []

    def url() -> str:
        template = postgres_cluster.template("street", make_street)
        made.append(postgres_cluster.create(template))
        return str(postgres_cluster.url(made[-1]))

    try:
        live(url, max(2, settings().max_examples // 25), 20)
    finally:
        for database in made:
            postgres_cluster.drop(database)
