"""An October of a street, made by hand: what came of each case is known, and so is every figure of the month."""

from __future__ import annotations

from datetime import date, datetime

from gridmediate.domain.agreements import ClauseState, Confirmation, Deed, Satisfaction
from gridmediate.domain.calls import CallMatter, Rating
from gridmediate.domain.periods import PeriodKind, period_of
from gridmediate.domain.tasks import ReturnReason, TaskState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Side, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import performance, ratings, tasks
from gridmediate.services.asked import ClauseDraft
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.filing import PartyEntry
from gridmediate.services.follow_ups import FollowUpReport, record_follow_up
from gridmediate.services.performance import ClauseReport, ConfirmationStep
from tests.builders import NEXT_CELL
from tests.rig.world import World

OCTOBER = period_of(PeriodKind.MONTH, date(2026, 10, 1))
_SIDES = (PartyEntry(Side.APPLICANT, "甲一"), PartyEntry(Side.RESPONDENT, "乙二"))


def at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LOCAL_ZONE)


def _written_and_kept(world: World) -> str:
    """Agree in writing, keep one clause in time and one late, let the court confirm, visit both sides."""
    world.now = at(10, 8)
    case_no = world.file(parties=_SIDES).case_no
    world.act(case_no, Act.ACCEPT)
    world.now = at(10, 10)
    world.act(case_no, Act.NOTE_SESSION)
    world.act(case_no, Act.AGREE_IN_WRITING, clauses=(ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔偿", 50_000, date(2026, 10, 20)),
                                                      ClauseDraft(Side.RESPONDENT, Deed.DO, "修好", None, date(2026, 10, 22))))
    world.sign(case_no)
    first, second = world.clauses(case_no)
    world.now = at(10, 19)
    world.do(performance.settle_clause, case_no, first.id, ClauseReport(ClauseState.KEPT, world.today, "收条"), None, by="cadre")
    world.now = at(10, 26)
    world.do(performance.settle_clause, case_no, second.id, ClauseReport(ClauseState.KEPT, world.today, "照片"), None, by="cadre")
    for step in (Confirmation.APPLIED, Confirmation.CONFIRMED):
        world.do(performance.confirm_in_court, case_no, ConfirmationStep(step, world.today, "2026-1"), None, by="cadre")
    world.finish_tasks(case_no)
    for task in world.tasks(case_no):
        if task.state is TaskState.CONFIRMED:
            world.do(ratings.rate, task.id, Rating.SATISFIED, "", by="cadre")
    world.act(case_no, Act.CLOSE)
    return case_no


def _extended_and_called(world: World) -> str:
    """The same quarrel again: paused, extended, the county called, agreed orally."""
    world.now = at(10, 12)
    case_no = world.file(parties=_SIDES).case_no
    world.act(case_no, Act.ACCEPT)
    calling = Calling(CallMatter.BEYOND_POWERS, Urgency.ORDINARY, ("urban_management",), "请到场")
    world.do(call_county, case_no, calling, by="leader")
    called = world.task(case_no, "urban_management")
    world.do(tasks.come, called.id, None, by="urban")
    world.act(case_no, Act.SUSPEND)
    world.now = at(10, 15)
    world.act(case_no, Act.RESUME)
    world.act(case_no, Act.NOTE_SESSION)
    world.act(case_no, Act.ASK_EXTENSION)
    world.act(case_no, Act.GRANT_EXTENSION, by="leader")
    world.answer(called)
    world.do(tasks.confirm, called.id, None, by="leader")
    world.finish_tasks(case_no)
    world.act(case_no, Act.AGREE_ORALLY)
    world.now = at(10, 20)
    world.act(case_no, Act.CLOSE)
    return case_no


def _ended_otherwise(world: World) -> None:
    """Not accepted, joined to another, solved on the spot, terminated in the community with the police told."""
    world.now = at(10, 13)
    world.a_case(State.NOT_ACCEPTED, t2_code="0502")
    world.a_case(State.DUPLICATE, t2_code="0503")
    world.a_case(State.SOLVED_ON_SPOT, filer="next_worker", by="next_worker", cell_code=NEXT_CELL)
    raised = world.a_case(State.TEAM_FORMED, t2_code="0402")
    world.act(raised, Act.NOTIFY_POLICE)
    world.act(raised, Act.ESCALATE, by="worker", words=world.words(raised, "worker"))
    world.act(raised, Act.TAKE_UP)
    back = world.tasks(raised)[0]
    world.do(tasks.send_back, back.id, ReturnReason.NOT_OURS, "不归我们", None, by=world.staff_of(back.department_code))
    world.act(raised, Act.NOTE_SESSION)
    world.act(raised, Act.TERMINATE)


def _left_lying(world: World) -> None:
    """Filed and forgotten, mediated and left, closed and opened again."""
    world.now = at(10, 14)
    world.file(t2_code="0101")
    world.a_case(State.MEDIATING, t2_code="0303")
    again = world.a_case(State.CLOSED, t2_code="0601")
    world.now = at(10, 16)
    world.act(again, Act.REOPEN)


def live_through(world: World) -> str:
    """Let October happen, and then time pass to the tenth of December."""
    first = _written_and_kept(world)
    second = _extended_and_called(world)
    _ended_otherwise(world)
    _left_lying(world)
    world.now = at(10, 27)
    report = FollowUpReport(True, False, Satisfaction.SATISFIED, Satisfaction.NOT_REACHED, "")
    world.do(record_follow_up, second, world.follow_ups(second)[0].id, report, by="cadre")
    world.now = at(12, 10)
    return first
