"""What the street does beside the plans in the demonstration: care where there is violence, guests, challenges, ratings.

The first case that fits always gets each of them, so that a small street shows them as a full one does; later ones are drawn.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy import ColumnElement, and_, exists, func, select

from gridmediate.demo.afterwards import Afterwards, Street
from gridmediate.demo.plans import CasePlan
from gridmediate.domain.calls import Rating
from gridmediate.domain.case_words import Act, State
from gridmediate.domain.people_words import GuestKind
from gridmediate.domain.permissions import Actor
from gridmediate.domain.safety import TOLD, SafetyStep
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Level, Seat, Side
from gridmediate.services import challenges, guests, ratings, safe_contact, safety
from gridmediate.store.models import Case, Challenge, Guest, Party, TeamSeat

_DAY = timedelta(days=1)
#: For how long answers are rated and guests invited: before that the office did neither.
_LATELY = 60 * _DAY
_SHARE_RATED, _SHARE_WITH_GUEST = 1 / 3, 0.03
#: Cases that are on these desks stay as they were laid.
_LAID_DESKS = ("cadre", "worker")
_TALKED_OVER = (State.TEAM_FORMED, State.MEDIATING)

_CONTACTS = (
    "工作日上午十点到十一点打单位座机，别打手机，也别发短信。",
    "请找她妹妹转话，只说社区活动；不要上门，不要留纸条。",
    "每周二下午她到社区活动室，当面说；家里电话不要打。",
)
_GUESTS = (
    (GuestKind.EXPERT, "方师傅", "", "做了二十多年维修，请来看一看怎么修、要花多少。"),
    (GuestKind.NEIGHBOUR, "袁阿姨", "", "两边都熟，请来一起劝一劝。"),
    (GuestKind.STUDIO, "何老师", "溪畔和事工作室", "这类事调得多，请来帮着主持一次。"),
)
_RATED = {Rating.SATISFIED: 68, Rating.FAIRLY: 26, Rating.NOT_SATISFIED: 6}
_NOT_SATISFIED = "答复只说了程序，没说什么时候能办好。"


def workday(moment: datetime, hour: int, minute: int = 0) -> datetime:
    """Return a time of the local day of *moment*, or of the Friday before it."""
    day = moment.astimezone(LOCAL_ZONE).date()
    day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time(hour, minute), LOCAL_ZONE)


class Choosing:
    """Finds the cases that something may happen to.

    Parameters
    ----------
    street : Street
    plans : sequence of CasePlan
        Numbered from 1 without a gap.
    """

    def __init__(self, street: Street, plans: Sequence[CasePlan]) -> None:
        self.street, self.plans = street, plans

    def fitting(self, at: datetime, *conditions: ColumnElement[bool], quiet_for: timedelta = 2 * _DAY) -> Iterator[CasePlan]:
        """Yield the plans of cases that are being talked over and end in none of the coming days, off the desks first."""
        talked = set(self.street.session.scalars(select(Case.case_no).where(
            Case.state.in_(_TALKED_OVER), Case.paused_at.is_(None), *conditions)))
        chosen = [self.plans[number - 1] for number, case_no in self.street.case_nos.items() if case_no in talked]
        fit = [plan for plan in chosen if _may_be_chosen(plan) and is_quiet(plan, at, quiet_for)]
        yield from sorted(fit, key=lambda plan: (bool(plan.desk), plan.number))

    def no_of(self, plan: CasePlan) -> str:
        """Return the number of a plan's case."""
        return self.street.case_nos[plan.number]


def _may_be_chosen(plan: CasePlan) -> bool:
    return plan.cell_code is not None and plan.desk not in _LAID_DESKS and Flag.DOMESTIC_VIOLENCE not in plan.story.flags


def is_quiet(plan: CasePlan, at: datetime, span: timedelta) -> bool:
    """Return whether nothing but talks is planned for a case in the time after *at*."""
    return all(step.act is Act.NOTE_SESSION for step in plan.steps if at < step.at <= at + span)


class StreetWork:
    """Care, guests, challenges and ratings, drawn from the number of the plan."""

    def __init__(self, street: Street, choosing: Choosing, afterwards: Afterwards, now: datetime) -> None:
        self.street, self.choosing, self.afterwards, self.now = street, choosing, afterwards, now
        self._invited = 0

    def begin(self) -> None:
        """Plan what happens on days of its own."""
        for back, do in ((20, self._challenge_upheld), (3, self._go_up_if_none_has), (1, self._challenge_open)):
            at = workday(self.now - back * _DAY, 10, 50)
            self.street.on(at, lambda do=do, at=at: do(at))  # type: ignore[misc]

    def after(self, plan: CasePlan, act: Act, at: datetime) -> None:
        """Plan what follows an act that was done."""
        if act is Act.ACCEPT and Flag.DOMESTIC_VIOLENCE in plan.story.flags:
            self._care(plan, at)
        if act is Act.NOTE_SESSION and at > self.now - _LATELY and not plan.desk:
            self._invite(plan, at)

    def confirmed(self, plan: CasePlan, task_id: uuid.UUID, at: datetime) -> None:
        """Let the community rate every third answer that it has confirmed lately."""
        rng = Random(f"rating-{plan.number}-{at}")
        if at < self.now - _LATELY or rng.random() > _SHARE_RATED:
            return
        rating = rng.choices(tuple(_RATED), tuple(_RATED.values()))[0]
        words = _NOT_SATISFIED if rating is Rating.NOT_SATISFIED else ""
        self._later(at + timedelta(minutes=rng.randrange(5, 90)), lambda moment: ratings.rate(
            self.street.session, task_id, rating, words, self.street.cadre_of(plan), moment))

    def _later(self, at: datetime, do: Callable[[datetime], object]) -> None:
        self.street.on(at, lambda: self.street.attempt(lambda: do(at)))

    def _care(self, plan: CasePlan, at: datetime) -> None:
        """Take the steps in their order, then record how the person is reached unseen. The police were told by the community."""
        worker, session, case_no = self.street.worker_of(plan), self.street.session, self.choosing.no_of(plan)
        rng = Random(f"care-{plan.number}")
        for place, step in enumerate((SafetyStep.SAFE_NOW, SafetyStep.FULL_CAPACITY, *TOLD)):
            self._later(at + timedelta(minutes=9 + 3 * place), lambda moment, step=step: safety.take_step(  # type: ignore[misc]
                session, case_no, step, None, worker, moment))
        words = rng.choice(_CONTACTS)

        def keep(moment: datetime) -> None:
            party_id = session.scalars(select(Party.id).join(Case, Case.id == Party.case_id).where(
                Case.case_no == case_no, Party.side == Side.APPLICANT).order_by(Party.position)).first()
            safe_contact.record_contact(session, case_no, words, party_id, None, worker, moment)

        self._later(at + timedelta(minutes=40), keep)

    def _invite(self, plan: CasePlan, at: datetime) -> None:
        if not (_may_be_chosen(plan) and is_quiet(plan, at, 2 * _DAY)):
            return
        is_first = self._invited == 0 and at > self.now - 20 * _DAY
        if not is_first and Random(f"guest-{plan.number}-{at}").random() > _SHARE_WITH_GUEST:
            return
        kind, name, studio, why = _GUESTS[self._invited % len(_GUESTS)]
        # The second of them is one that a side does not want.
        agrees = self._invited != 1
        self._invited += 1
        session, case_no, cadre = self.street.session, self.choosing.no_of(plan), self.street.cadre_of(plan)
        invitation = guests.Invitation(kind, name, studio=studio, why=why)
        self._later(at + timedelta(minutes=15), lambda moment: guests.invite(session, case_no, invitation, cadre, moment))
        for minutes, side, says in ((40, Side.APPLICANT, True), (55, Side.RESPONDENT, agrees)):
            self._later(at + timedelta(minutes=minutes), lambda moment, side=side, says=says: guests.answer(  # type: ignore[misc]
                session, case_no, self._last_invited(case_no),
                guests.Answer(side, says, moment.astimezone(LOCAL_ZONE).date()), cadre, moment))

    def _last_invited(self, case_no: str) -> uuid.UUID:
        return self.street.session.scalars(select(Guest.id).join(Case, Case.id == Guest.case_id).where(
            Case.case_no == case_no).order_by(Guest.invited_at.desc()).limit(1)).one()

    def _challenge(self, at: datetime, side: Side, reason: str) -> CasePlan | None:
        mine = (TeamSeat.case_id == Case.id, TeamSeat.seat == Seat.GRID_WORKER, TeamSeat.left_at.is_(None),
                TeamSeat.account_id.is_not(None))
        never = ~exists().where(Challenge.case_id == Case.id)
        plan = next(self.choosing.fitting(at, exists().where(*mine), never), None)
        if plan is None:
            return None
        session, case_no, cadre = self.street.session, self.choosing.no_of(plan), self.street.cadre_of(plan)
        seat_id = session.scalars(select(TeamSeat.id).join(Case, and_(*mine)).where(Case.case_no == case_no).limit(1)).one()
        objection = challenges.Objection(seat_id, side, reason)
        done = self.street.attempt(lambda: challenges.challenge(session, case_no, objection, cadre, at))
        return plan if done else None

    def _challenge_upheld(self, at: datetime) -> None:
        plan = self._challenge(at, Side.RESPONDENT, "被申请人说网格员和申请人是表亲，怕说不公道，请换一位。")
        if plan is None:
            return
        session, case_no, leader = self.street.session, self.choosing.no_of(plan), self._leader

        def uphold(moment: datetime) -> None:
            challenge_id = session.scalars(select(Challenge.id).join(Case, Case.id == Challenge.case_id).where(
                Case.case_no == case_no, Challenge.decided_at.is_(None))).one()
            challenges.decide(session, case_no, challenge_id, "核实过，确有亲戚关系，换名册上的下一位。", leader, moment,
                              is_upheld=True)

        self._later(at + timedelta(hours=23), uphold)

    def _challenge_open(self, at: datetime) -> None:
        self._challenge(at, Side.APPLICANT, "申请人觉得网格员平时和对方来往多，请换一位来谈。")

    def _go_up_if_none_has(self, at: datetime) -> None:
        above = self.street.session.scalar(select(func.count()).where(Case.is_open, Case.level == Level.STREET))
        plan = None if above else next(self.choosing.fitting(at), None)
        if plan is not None:
            self.afterwards.go_up(plan, at)

    @property
    def _leader(self) -> Actor:
        return self.street.actors["leader"]
