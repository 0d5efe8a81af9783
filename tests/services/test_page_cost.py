"""What the page of a case costs: a few statements for whoever reads it, and no more because much has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridmediate.domain.calls import CallMatter, PromptKind
from gridmediate.domain.sittings import Plan
from gridmediate.domain.tasks import AnswerKind
from gridmediate.domain.vocabulary import Flag, Side, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import calls, investigations, prompts, safe_contact, sessions, tasks
from gridmediate.services.casepage import CaseView, read_case
from gridmediate.services.filing import PartyEntry
from gridmediate.services.investigations import Finding
from tests.rig.world import World

PARTIES = (PartyEntry(Side.APPLICANT, "王小芳", "13812342071"), PartyEntry(Side.RESPONDENT, "李四", "13900000000"))
#: The home's editions; the case, its seats and its tasks; the chain's end and the reading; the record, the names, the parties.
PLAIN = 9


def read(world: World, case_no: str, by: str) -> tuple[CaseView, list[str]]:
    """Read a case the second time, and return what was sent for it."""
    world.do(read_case, case_no, by=by)  # rules and cells are read once per edition
    with world.statements() as sent:
        view: CaseView = world.do(read_case, case_no, by=by)
    return view, sent


@pytest.mark.parametrize("by", ["cadre", "worker", "housing", "leader"])
@pytest.mark.parametrize(("state", "clocks"), [(State.MEDIATING, 1), (State.TERMINATED, 0)])
def test_what_never_happened_is_not_asked_for(world: World, by: str, state: State, clocks: int) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES, flags=(Flag.DOMESTIC_VIOLENCE,))
    if state is State.TERMINATED:
        world.act(case_no, Act.TERMINATE)
    _, sent = read(world, case_no, by)
    assert len(sent) <= PLAIN + clocks, "\n".join(sent)
    assert sum("FROM cases" in each for each in sent) == 1, "the case is loaded once"


@pytest.mark.parametrize("by", ["cadre", "worker", "urban", "leader"])
def test_a_page_costs_no_more_because_more_has_happened(world: World, by: str) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES, flags=(Flag.DOMESTIC_VIOLENCE,))
    party = world.case(case_no).parties[0].id
    world.do(safe_contact.record_contact, case_no, "晚上八点后不要打电话", party, None, by="cadre")

    def go_on(number: int) -> None:
        _call(world, case_no)
        begins_at = world.now + timedelta(days=number)
        world.do(sessions.plan, case_no, Plan(begins_at, begins_at + timedelta(hours=1), elsewhere="家里"), by="cadre")
        found = Finding(world.now - timedelta(hours=1), "楼道", "老周", "听见争吵")
        world.do(investigations.add_investigation, case_no, found, by="cadre")
        world.pass_time(minutes=1)

    go_on(1)
    _, few = read(world, case_no, by)
    for number in range(2, 5):
        go_on(number)
    view, many = read(world, case_no, by)
    assert len(view.calls.calls) == len(view.sittings.rows) == 4
    assert len(view.calls.prompts) >= 4
    assert len(many) == len(few), "\n".join(many)


def _call(world: World, case_no: str) -> None:
    """Call a department, urge it, and let it answer, so that it can be called again."""
    asked = calls.Calling(CallMatter.EMERGENCY, Urgency.URGENT, ("urban_management",), "请到现场")
    world.do(calls.call_county, case_no, asked, by="leader")
    task = world.task(case_no, "urban_management")
    world.do(prompts.give_prompt, case_no, prompts.Prompting(PromptKind.URGE, "", task.id), by="leader")
    world.do(tasks.answer, task.id, tasks.Answer(AnswerKind.DONE, "已到场"), None, by="urban")
    world.do(tasks.confirm, task.id, None, by="leader")


@pytest.mark.parametrize("by", ["cadre", "worker", "leader"])
def test_agreements_and_follow_ups_cost_one_statement_each_however_many(world: World, by: str) -> None:
    case_no = world.a_case(State.CLOSED, parties=PARTIES)
    view, few = read(world, case_no, by)
    # Agreements, their clauses, follow-ups.
    assert len(few) <= PLAIN + 3, "\n".join(few)
    world.follow_up(case_no)
    later, many = read(world, case_no, by)
    assert len(later.later.follow_ups) >= len(view.later.follow_ups) > 0
    assert len(many) == len(few)
