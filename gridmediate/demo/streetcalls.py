"""Calls to the county and joint meetings in the demonstration: who was called, came, was urged; what a meeting decided."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from random import Random

from sqlalchemy import exists, or_, select

from gridmediate.demo.afterwards import Street
from gridmediate.demo.plans import CasePlan
from gridmediate.demo.streetwork import Choosing, workday
from gridmediate.domain.calls import CallMatter, PromptKind, Rating
from gridmediate.domain.meetings import Assigned
from gridmediate.domain.tasks import AnswerKind
from gridmediate.domain.vocabulary import LOCAL_ZONE, Level, Urgency
from gridmediate.services import calls, meeting_lists, meetings, prompts, ratings, tasks
from gridmediate.store.models import Case, CountyCall, Prompt, Task

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_THURSDAY, _FRIDAY = 3, 4


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is called for in a class of cases, and whom."""

    matter: CallMatter
    departments: tuple[str, ...]
    words: str


_BUILDING = _Matter(
    CallMatter.JOINT_ENFORCEMENT, ("natural_resources", "urban_management", "justice_office"),
    "请到现场看一看有没有审批、动没动结构，量清楚，当场答复怎么处理。")
#: T2 code or its head → the call.
_MATTERS = {
    "07": _Matter(CallMatter.BEYOND_POWERS, ("police_station", "justice_office", "market_regulation"),
                  "欠薪过了约定的日子还没付，请派人到场，核对考勤和工资表，当场答复怎么付、什么时候付。"),
    **dict.fromkeys(("0202", "0403", "0902", "1103", "1104"), _BUILDING),
}
_ANSWERS = {
    "police_station": "民警到场，核对了双方说法，提醒双方不堵门、不动手。",
    "justice_office": "已到场讲明法律规定和各条途径的费用、时间，双方都听了，没有异议。",
    "market_regulation": "已核对经营登记，单位正常经营，账上能付，材料复印给社区。",
    "natural_resources": "已到现场测量，界址以登记图为准，图当场给双方看过。",
    "urban_management": "已到现场查看，搭建没有审批，已发限期整改通知书。",
}
_SAID = {
    PromptKind.URGE: "约好的时间过了，请今天给个回音。",
    PromptKind.SUPERVISE_YELLOW: "到期两天没有答复，请派人到场并写明进展。",
    PromptKind.SUPERVISE_RED: "到期多日没有到场，住户反映强烈，请负责人过问。",
}
#: How the calls of the last weeks went, in turn: nobody had to be urged, or somebody was, or got a slip.
_COURSES = (None, PromptKind.URGE, None, PromptKind.SUPERVISE_YELLOW, None, PromptKind.SUPERVISE_RED, None, PromptKind.URGE)
_RATED_LATE = {PromptKind.URGE: Rating.FAIRLY, PromptKind.SUPERVISE_YELLOW: Rating.FAIRLY,
               PromptKind.SUPERVISE_RED: Rating.NOT_SATISFIED}
_DECISIONS = (
    ("司法所出一份书面意见，社区十天内再约双方谈一次。", "justice_office", "就争议的几条出书面法律意见"),
    ("先把现场查清楚，查清以前双方都不再动工。", "urban_management", "到现场查看，出书面查看记录"),
    ("请派出所把出警记录理一理，参加下一次调解。", "police_station", "核对出警记录，派人参加下一次调解"),
    ("费用由双方各找一家报价，取中间数，物业代垫。", "market_regulation", "核对两家报价是否合市价"),
)
_PUT_OFF = "一方在外地，月底才回，下次会再议。"
_MOST_AT_MEETING = 5


def _on_workday(moment: datetime) -> datetime:
    """Return the moment, or the same hour of the Monday after it."""
    return moment + (7 - moment.weekday()) * _DAY if moment.weekday() > _FRIDAY else moment


class StreetCalls:
    """The leader's calls and meetings."""

    def __init__(self, street: Street, choosing: Choosing, now: datetime) -> None:
        self.street, self.choosing, self.now = street, choosing, now
        self.session, self.leader = street.session, street.actors["leader"]
        self._looked = 0

    def begin(self) -> None:
        """Plan the calls of the last two months, two that are open today, one meeting that was held and one that will be."""
        for place, prompt in enumerate(_COURSES):
            at = workday(self.now - (61 - 7 * place) * _DAY, 10, 5)
            self.street.on(at, lambda prompt=prompt, at=at: self._call_through(prompt, at))  # type: ignore[misc]
        came, unsigned = workday(self.now - 2 * _DAY, 9, 20), workday(self.now - 20 * _HOUR, 15, 20)
        self.street.on(came, lambda: self._call_that_came(came))
        self.street.on(unsigned, lambda: self._call(unsigned, Urgency.URGENT, 1))
        held, convened = workday(self.now - 21 * _DAY, 14, 30), workday(self.now - 20 * _HOUR, 16, 40)
        self.street.on(held, lambda: self._hold(held))
        self.street.on(convened, lambda: self._convene(convened, "矛盾纠纷联席会（本周）", self._coming(convened)))

    def _later(self, at: datetime, do: Callable[[datetime], object]) -> None:
        self.street.on(at, lambda: self.street.attempt(lambda: do(at)))

    def _to_call_for(self, at: datetime, quiet_for: timedelta) -> CasePlan | None:
        """Return a wage or building case, the two in turn: one that is late or was sent up, or else any."""
        self._looked += 1
        wages, building = ("07",), tuple(code for code in _MATTERS if code != "07")
        order = (wages, building) if self._looked % 2 else (building, wages)
        never = ~exists().where(CountyCall.case_id == Case.id)
        stuck = or_(Case.level != Level.CELL, Case.due_at < at)
        for codes, more in product(order, ((stuck,), ())):
            wanted = or_(*(Case.t2_code.startswith(code) for code in codes))
            for plan in self.choosing.fitting(at, wanted, never, *more, quiet_for=quiet_for):
                return plan
        return None

    def _call(self, at: datetime, urgency: Urgency, most: int,
              lasts: timedelta = 9 * _DAY) -> tuple[CasePlan, list[tuple[uuid.UUID, str]]] | None:
        """Call, and return the plan of the case with the tasks and the departments called."""
        plan = self._to_call_for(at, lasts)
        if plan is None:
            return None
        case_no, matter = self.choosing.no_of(plan), _MATTERS.get(plan.story.t2_code) or _MATTERS[plan.story.t2_code[:2]]
        busy = set(self.session.scalars(select(Task.department_code).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no, Task.is_open)))
        free = [code for code in matter.departments if code not in busy][:most]
        calling = calls.Calling(matter.matter, urgency, free, matter.words)
        if not self.street.attempt(lambda: calls.call_county(self.session, case_no, calling, self.leader, at)):
            return None
        parts = self.session.execute(
            select(Task.id, Task.department_code).join(Case, Case.id == Task.case_id)
            .where(Case.case_no == case_no, Task.call_id.is_not(None)).order_by(Task.department_code)).all()
        return plan, [(task_id, department) for task_id, department in parts]

    def _call_that_came(self, at: datetime) -> None:
        called = self._call(at, Urgency.ORDINARY, 1)
        for task_id, department in called[1] if called else ():
            self._sign_and_come(task_id, department, at, 2 * _HOUR)

    def _sign_and_come(self, task_id: uuid.UUID, department: str, at: datetime, after: timedelta) -> None:
        staff = self.street.staff_of(department)
        self._later(at + after, lambda moment: tasks.sign(self.session, [task_id], staff, moment))
        self._later(at + after + 3 * _HOUR, lambda moment: tasks.come(self.session, task_id, None, staff, moment))

    def _call_through(self, prompt: PromptKind | None, at: datetime) -> None:
        """Let a call go from its number to its end; the last department is the one that had to be moved on."""
        # Who has to be moved on takes longer, and a case that ends meanwhile would have to wait.
        called = self._call(at, *((Urgency.URGENT, 2, 9 * _DAY) if prompt else (Urgency.ORDINARY, 1, 5 * _DAY)))
        if called is None:
            return
        plan, parts = called
        rng, ends = Random(f"call-{plan.number}"), at + 3 * _DAY
        for task_id, department in parts:
            moved = prompt if task_id == parts[-1][0] else None
            self._sign_and_come(task_id, department, at, timedelta(minutes=rng.randrange(20, 100)))
            answered = _on_workday(at + (7 if moved else 2) * _DAY) + rng.uniform(0, 3) * _HOUR
            if moved:
                self._move_on(plan, task_id, department, moved, at)
            ends = max(ends, self._finish(task_id, department, moved, answered, rng))
        self._later(ends + _HOUR, lambda moment: self._close(self.choosing.no_of(plan), moment))

    def _move_on(self, plan: CasePlan, task_id: uuid.UUID, department: str, kind: PromptKind, called_at: datetime) -> None:
        """Urge as the community does, or send a slip as the street does, which the department answers the day after."""
        case_no, staff = self.choosing.no_of(plan), self.street.staff_of(department)
        by = self.street.cadre_of(plan) if kind is PromptKind.URGE else self.leader
        at = workday(called_at + 5 * _DAY, 10, 30)
        due_on = None if kind is PromptKind.URGE else (at + 4 * _DAY).astimezone(LOCAL_ZONE).date()
        said = prompts.Prompting(kind, _SAID[kind], task_id, due_on)
        self._later(at, lambda moment: prompts.give_prompt(self.session, case_no, said, by, moment))
        if kind is PromptKind.URGE:
            return  # the task's own answer answers it

        def answer(moment: datetime) -> None:
            prompt_id = self.session.scalars(select(Prompt.id).where(
                Prompt.task_id == task_id, Prompt.answered_at.is_(None))).one()
            prompts.answer_prompt(self.session, case_no, prompt_id, "人手已经排好，下一个工作日上午答复。", staff, moment)

        self._later(workday(called_at + 6 * _DAY, 16), answer)

    def _finish(self, task_id: uuid.UUID, department: str, moved: PromptKind | None, at: datetime, rng: Random) -> datetime:
        """Answer, confirm and rate; return when."""
        given = tasks.Answer(AnswerKind.PARTLY if moved is PromptKind.SUPERVISE_RED else AnswerKind.DONE, _ANSWERS[department])
        rating = _RATED_LATE[moved] if moved else rng.choices((Rating.SATISFIED, Rating.FAIRLY), (4, 1))[0]
        words = "催了几次才来，只办了一半。" if rating is Rating.NOT_SATISFIED else ""
        self._answer(task_id, department, given, at)
        confirmed = at + 3 * _HOUR
        self._later(confirmed, lambda moment: tasks.confirm(self.session, task_id, None, self.leader, moment))
        self._later(confirmed + timedelta(minutes=4), lambda moment: ratings.rate(
            self.session, task_id, rating, words, self.leader, moment))
        return confirmed

    def _answer(self, task_id: uuid.UUID, department: str, given: tasks.Answer, at: datetime) -> None:
        staff = self.street.staff_of(department)
        self._later(at, lambda moment: tasks.answer(self.session, task_id, given, None, staff, moment))

    def _close(self, case_no: str, at: datetime) -> None:
        call_id = self.session.scalars(select(CountyCall.id).join(Case, Case.id == CountyCall.case_id).where(
            Case.case_no == case_no, CountyCall.closed_at.is_(None))).one()
        calls.close_call(self.session, case_no, call_id, "部门都到了场，答复已给双方看过，社区接着谈。", self.leader, at)

    def _convene(self, at: datetime, title: str, held_on: date) -> tuple[uuid.UUID, list[str]] | None:
        """Put the cases that are stuck most before a meeting; return it with their numbers."""
        talked = {self.choosing.no_of(plan): plan for plan in self.choosing.fitting(at, quiet_for=5 * _DAY)}
        place, made = min(self.leader.streets), list[uuid.UUID]()
        chosen: dict[str, str] = {}

        def put() -> None:
            stuck = meeting_lists.candidates(self.session, place, self.leader, at)
            chosen.update((each.row.case_no, "请会上定由谁主办、什么时候以前办完。") for each in
                          [each for each in stuck if each.row.case_no in talked][:_MOST_AT_MEETING])
            if chosen:
                asked = meetings.Convening(place, held_on, title, "街道三楼会议室", chosen)
                made.append(meetings.convene(self.session, asked, self.leader, at))

        self.street.attempt(put)
        return (made[0], list(chosen)) if made else None

    def _hold(self, at: datetime) -> None:
        """Hold a meeting on the day on which it is convened: each case decided, the last of many put off, and closed."""
        convened = self._convene(at, "矛盾纠纷联席会", at.astimezone(LOCAL_ZONE).date())
        if convened is None:
            return
        meeting_id, numbers = convened
        for place, case_no in enumerate(numbers):
            moment = at + timedelta(minutes=20 * (place + 1))
            if place == _MOST_AT_MEETING - 1:
                self._later(moment, lambda when, case_no=case_no: meetings.put_off(  # type: ignore[misc]
                    self.session, meeting_id, case_no, _PUT_OFF, self.leader, when))
            else:
                self.street.on(moment, lambda moment=moment, case_no=case_no, place=place: self._decide(  # type: ignore[misc]
                    meeting_id, case_no, place, moment))
        self._later(at + 2.5 * _HOUR, lambda when: meetings.close(self.session, meeting_id, self.leader, when))

    def _decide(self, meeting_id: uuid.UUID, case_no: str, place: int, at: datetime) -> None:
        words, department, what = _DECISIONS[place % len(_DECISIONS)]
        part = Assigned(department, what, (at + 9 * _DAY).astimezone(LOCAL_ZONE).date())
        decided = meetings.Decision(words, (part,))
        if not self.street.attempt(lambda: meetings.decide(self.session, meeting_id, case_no, decided, self.leader, at)):
            return
        task_id = self.session.scalars(select(Task.id).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no, Task.department_code == department, Task.is_open)).first()
        if task_id is None:
            return
        self._answer(task_id, department, tasks.Answer(AnswerKind.DONE, _ANSWERS[department]), at + 5 * _DAY)
        plan = next(self.choosing.plans[number - 1] for number, known in self.street.case_nos.items() if known == case_no)
        self._later(at + 6 * _DAY, lambda moment: tasks.confirm(
            self.session, task_id, None, self.street.cadre_of(plan), moment))

    @staticmethod
    def _coming(at: datetime) -> date:
        day = at.astimezone(LOCAL_ZONE).date()
        return day + timedelta(days=(_THURSDAY - day.weekday() - 1) % 7 + 1)
