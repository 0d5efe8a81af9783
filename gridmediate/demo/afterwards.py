"""What comes of an agreement and beside it in the demonstration: signatures, instalments, follow-ups, pauses, going up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.demo.people import HOME_COMMUNITY
from gridmediate.demo.plans import CasePlan
from gridmediate.domain.agreements import ClauseState, Deed, Satisfaction
from gridmediate.domain.case_words import Act, Needs, PauseCause, State
from gridmediate.domain.permissions import Actor
from gridmediate.domain.sittings import Held, Minute
from gridmediate.domain.sittings import Plan as SessionPlan
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Level, Side
from gridmediate.services import performance, sessions
from gridmediate.services.agreements import SEAL
from gridmediate.services.asked import ActWords, ClauseDraft
from gridmediate.services.follow_ups import FollowUpReport, record_follow_up
from gridmediate.services.handling import act_on_case
from gridmediate.store.models import Case, Clause, FollowUp, TeamSeat

#: For how long minutes are kept as such; the years before were taken over as notes.
_MINUTES_FOR = timedelta(days=60)
_ROOMS = ("一号调解室", "二号调解室", "社区会议室")
_RISK = frozenset({Flag.DOMESTIC_VIOLENCE, Flag.THREAT})


class Street(Protocol):
    """What is needed of the street that lives."""

    session: Session
    actors: dict[str, Actor]
    case_nos: dict[int, str]

    def on(self, at: datetime | None, do: Callable[[], object]) -> None:
        """Let something happen at a moment."""

    def cadre_of(self, plan: CasePlan) -> Actor:
        """Return the cadre who leads a case."""

    def worker_of(self, plan: CasePlan) -> Actor:
        """Return the grid worker who filed a case."""

    def staff_of(self, department: str) -> Actor:
        """Return who answers for a department."""

    def act(self, plan: CasePlan, act: Act, words: dict[Needs, str], at: datetime) -> None:
        """Do an act of a plan."""

    def attempt(self, do: Callable[[], object]) -> bool:
        """Do something and return whether the rules let it."""


_Who = Callable[[Street, CasePlan], Actor]
#: Level asked, who asks, who takes it up, and what is asked for.
_UPWARDS: tuple[tuple[Level, _Who, _Who, str], ...] = (
    (Level.COMMUNITY, lambda street, plan: street.worker_of(plan), lambda street, plan: street.cadre_of(plan),
     "请社区出面，约双方和楼长一起谈。"),
    (Level.STREET, lambda street, plan: street.cadre_of(plan), lambda street, _: street.actors["leader"],
     "请街道把几个部门约到一起，当场定办法。"),
    (Level.COUNTY, lambda street, _: street.actors["leader"], lambda street, _: street.actors["county"],
     "涉及县级部门职权，请区县牵头。"),
)


class Afterwards:
    """The later life of every case, drawn from the number of its plan."""

    def __init__(self, street: Street, now: datetime) -> None:
        self.street, self.now = street, now
        #: The case whose side has not kept its day: the first that agrees in writing in the days before the last week.
        self._owing: int | None = None

    def clauses(self, plan: CasePlan, at: datetime) -> tuple[ClauseDraft, ...]:
        """Return the clauses of an agreement: most small sums are paid on the spot, some by a day, a few in instalments."""
        rng = self._rng(plan, "clauses")
        kind, day = rng.random(), at.astimezone(LOCAL_ZONE).date()
        if self._may_owe(plan, at):
            part = round((plan.story.amount or 0) * 0.6) * 100
            deed, what = (Deed.PAY, "一次付清") if part else (Deed.DO, "按约定修好、恢复原样")
            return (ClauseDraft(Side.RESPONDENT, deed, what, part or None, day + timedelta(days=4)),)
        if plan.story.amount:
            part = max(1, round(plan.story.amount * rng.uniform(0.55, 0.85))) * 100
            if kind < 0.10:
                return (ClauseDraft(Side.RESPONDENT, Deed.PAY, "赔偿款，按月给付", part, day + timedelta(days=10), rng.choice((2,
                    3))),)
            if kind < 0.40:
                return (ClauseDraft(Side.RESPONDENT, Deed.PAY, "一次付清", part, day + timedelta(days=rng.randrange(2, 6))),)
        elif kind < 0.25:
            return (ClauseDraft(Side.RESPONDENT, Deed.DO, "按约定修好、恢复原样", due_on=day + timedelta(days=rng.randrange(2,
                6))),)
        return ()

    def after(self, plan: CasePlan, act: Act, at: datetime) -> None:
        """Plan what follows an act that was done."""
        match act:
            case Act.AGREE_IN_WRITING:
                if self._may_owe(plan, at):
                    self._owing = plan.number
                self._sign(plan, at)
                self._keep(plan, at)
            case Act.AGREE_ORALLY:
                self._keep(plan, at)
            case Act.CLOSE | Act.CLOSE_AS_DEPARTMENT:
                self._follow_up(plan, at)
            case Act.NOTE_SESSION if plan.steps[-1].act is Act.NOTE_SESSION and plan.steps[-1].at == at:
                self._hang(plan, at)
            case Act.NOTE_SESSION if plan.steps[-1].act is Act.CLOSE and not (plan.cell_code or "").startswith(HOME_COMMUNITY):
                self._lift(plan, at)
            case Act.ACCEPT if _RISK & set(plan.story.flags):
                self.street.on(at + timedelta(minutes=6), lambda: self.street.act(plan, Act.NOTIFY_POLICE, {}, at))

    def hold(self, plan: CasePlan, note: str, at: datetime) -> bool:
        """Hold a session of the last weeks with its minutes: who came, where, how far it came. Earlier ones are notes only.

        Returns
        -------
        bool
            Whether it was held in this way; the caller notes it otherwise.
        """
        if at < self.now - _MINUTES_FOR:
            return False
        session, case_no = self.street.session, self._no(plan)
        seats = session.scalars(select(TeamSeat.id).join(Case, Case.id == TeamSeat.case_id).where(
            Case.case_no == case_no, TeamSeat.left_at.is_(None), TeamSeat.is_vacant.is_(False)).order_by(TeamSeat.position)).all()
        began = at - timedelta(minutes=self._rng(plan, f"{at}").randrange(40, 110))
        minutes = {Minute.STATEMENTS: "双方各说各的经过，意见都记了。", Minute.RESULT: note}
        held = Held(SessionPlan(began, at, room=self._rng(plan, "room").choice(_ROOMS)), minutes=minutes)
        came = sessions.Presence(tuple(key.hex for key in seats[:3]), tuple(Side))
        return self.street.attempt(lambda: sessions.hold(session, case_no, None, held, came, self.street.cadre_of(plan), at))

    def plan_sessions(self, plans: list[CasePlan]) -> None:
        """Put the next sessions of what is being mediated into the calendars of the coming days."""
        session = self.street.session
        talking = set(session.scalars(select(Case.case_no).where(
            Case.state == State.MEDIATING, Case.paused_at.is_(None), Case.level == Level.CELL)))
        today = self.now.astimezone(LOCAL_ZONE).date()
        for plan in plans:
            case_no, rng = self.street.case_nos.get(plan.number), self._rng(plan, "next")
            if case_no is None or case_no not in talking or rng.random() < 0.4:
                continue
            day, hour = today + timedelta(days=rng.randrange(1, 8)), time(rng.choice((9, 10, 14, 15, 19)))
            begins_at = datetime.combine(day, hour, LOCAL_ZONE)
            asked = SessionPlan(begins_at, begins_at + timedelta(minutes=90), room=rng.choice(_ROOMS))
            at = self.now - timedelta(hours=rng.randrange(2, 30))

            def put(plan: CasePlan = plan, case_no: str = case_no, asked: SessionPlan = asked, at: datetime = at) -> None:
                sessions.plan(session, case_no, asked, self.street.cadre_of(plan), at)

            self.street.attempt(put)

    def put_off_closing(self, plan: CasePlan, at: datetime) -> datetime | None:
        """Return when a case can be closed that has something to keep, or None if now."""
        due = self.street.session.scalars(
            select(Clause.due_on).join(Case, Case.id == Clause.case_id)
            .where(Case.case_no == self._no(plan), Clause.state == ClauseState.OPEN)).all()
        days = [day for day in due if day is not None]
        if not days:
            return None
        last = datetime.combine(max(days) + timedelta(days=3), at.astimezone(LOCAL_ZONE).timetz())
        return max(last, at + timedelta(days=1))

    def _rng(self, plan: CasePlan, what: str) -> Random:
        return Random(f"{what}-{plan.number}")

    def _no(self, plan: CasePlan) -> str:
        return self.street.case_nos[plan.number]

    def _may_owe(self, plan: CasePlan, at: datetime) -> bool:
        """Return whether nobody is late with a promise yet and this case may be the one."""
        fits = not plan.desk and timedelta(days=6) < self.now - at < timedelta(days=20)
        return self._owing is None and fits and any(step.act is Act.AGREE_IN_WRITING and step.at == at for step in plan.steps)

    def _sign(self, plan: CasePlan, agreed_at: datetime) -> None:
        if plan.number != self._owing and self._rng(plan, "sign").random() < 0.03:
            return  # one side wants to sleep on it
        at = agreed_at + timedelta(minutes=12)

        def sign() -> None:
            signing = performance.Signing(dict.fromkeys((*(side.value for side in Side), SEAL), at.astimezone(LOCAL_ZONE).date()))
            self.street.attempt(lambda: performance.sign(
                self.street.session, self._no(plan), signing, None, self.street.cadre_of(plan), at))

        self.street.on(at, sign)

    def _keep(self, plan: CasePlan, agreed_at: datetime) -> None:
        if plan.number == self._owing:
            return
        rng = self._rng(plan, "keep")
        clauses = self.street.session.execute(
            select(Clause.id, Clause.due_on).join(Case, Case.id == Clause.case_id)
            .where(Case.case_no == self._no(plan)).order_by(Clause.position)).all()
        for clause_id, due_on in clauses:
            if due_on is None:
                continue
            late = rng.random()
            kept_on = due_on + timedelta(days=rng.randrange(3, 9) if late < 0.12 or late > 0.97 else -rng.randrange(0, 2))
            state = ClauseState.BROKEN if late > 0.97 else ClauseState.KEPT
            proof = "约好的日子没做到，电话问过，说再等等" if state is ClauseState.BROKEN else rng.choice(("收条已看",
                "转账记录已看", "双方当面说已办"))
            at = datetime.combine(max(kept_on, agreed_at.date()),
                                  agreed_at.astimezone(LOCAL_ZONE).timetz()) + timedelta(minutes=40)

            def settle(clause_id: object = clause_id, state: ClauseState = state, proof: str = proof, at: datetime = at) -> None:
                report = performance.ClauseReport(state, at.astimezone(LOCAL_ZONE).date(), proof)
                self.street.attempt(lambda: performance.settle_clause(
                    self.street.session, self._no(plan), clause_id, report, None, self.street.cadre_of(plan), at))  # type: ignore[arg-type]

            self.street.on(at, settle)

    def _follow_up(self, plan: CasePlan, closed_at: datetime) -> None:
        rng = self._rng(plan, "follow-up")
        visits = self.street.session.execute(
            select(FollowUp.id, FollowUp.due_at).join(Case, Case.id == FollowUp.case_id)
            .where(Case.case_no == self._no(plan), FollowUp.called_off_at.is_(None)).order_by(FollowUp.due_at)).all()
        last = closed_at
        for visit_id, due_at in visits:
            at = max(closed_at + timedelta(days=1), due_at - timedelta(days=rng.uniform(0.3, 6)))
            last = max(last, at)
            worse = rng.random() < 0.03
            says = rng.choices((Satisfaction.SATISFIED, Satisfaction.FAIRLY, Satisfaction.NOT_SATISFIED,
                                Satisfaction.NOT_REACHED),
                               (62, 27, 5, 6), k=2)
            report = FollowUpReport(not worse, worse, says[0], says[1], "又为同一件事拌过嘴，已劝开，再看一阵" if worse else "")

            def visit(visit_id: object = visit_id, report: FollowUpReport = report, at: datetime = at) -> None:
                self.street.attempt(lambda: record_follow_up(
                    self.street.session, self._no(plan), visit_id, report, self.street.cadre_of(plan), at))  # type: ignore[arg-type]

            self.street.on(at, visit)
        if rng.random() < 0.85:
            at = last + timedelta(days=rng.uniform(1, 6))
            self.street.on(at, lambda: self.street.act(plan, Act.ARCHIVE, {}, at))

    def _lift(self, plan: CasePlan, at: datetime) -> None:
        """Take some talks up after their first session, so that what comes of them is settled there."""
        first = next(step.at for step in plan.steps if step.act is Act.NOTE_SESSION)
        following = next(step.at for step in plan.steps if step.at > at)
        if at != first or following - at < timedelta(hours=2):
            return
        kind = self._rng(plan, "lift").random()
        up = [row for row, share in zip(_UPWARDS, (0.16, 0.08, 0.02), strict=True) if kind < share]
        # Whoever sits in the community asks the street at once; only workers ask the community.
        for turn, (level, asker, taker, asked) in enumerate(up[:1] if len(up) == 1 else up[1:]):
            when = at + timedelta(minutes=30 * turn + 10)
            words = {Needs.TRIED: "谈过一次，双方都愿意再谈，但这一级定不下来。", Needs.ASKED: asked, Needs.LEVEL: level.value,
                     Needs.UNTIL: (when + timedelta(days=7)).astimezone(LOCAL_ZONE).date().isoformat()}
            taken = when + timedelta(minutes=15)
            for act, who, say, moment in ((Act.ESCALATE, asker, words, when), (Act.TAKE_UP, taker, {}, taken)):
                self.street.on(moment, lambda act=act, who=who, say=say, moment=moment:  # type: ignore[misc]
                               self._by(plan, who(self.street, plan), act, say, moment))

    def _hang(self, plan: CasePlan, at: datetime) -> None:
        """Some cases that talk does not settle go up, some stand still for a good reason, some ask for more time."""
        rng = self._rng(plan, "hang")
        if plan.desk:
            return
        days, kind = timedelta(days=1), rng.random()
        if at < self.now - 12 * days:
            # What has hung for long is sent up these days: nobody above has left it lying since spring.
            self.go_up(plan, max(at + 2 * days, self.now - rng.uniform(1, 9) * days))
        elif kind < 0.10:
            words = {Needs.CAUSE: rng.choice((PauseCause.APPRAISAL, PauseCause.ILLNESS, PauseCause.AWAY)).value,
                     Needs.UNTIL: (self.now + 8 * days).astimezone(LOCAL_ZONE).date().isoformat()}
            self.street.on(at + days, lambda: self.street.act(plan, Act.SUSPEND, words, at + days))
        elif kind < 0.22:
            self.street.on(at + days, lambda: self.street.act(
                plan, Act.ASK_EXTENSION, {Needs.REASON: "双方愿意再谈，等鉴定意见出来", Needs.SIDES_AGREE: "1"}, at + days))
            if kind < 0.16:
                self.street.on(at + 2 * days, lambda: self._as(plan, "leader", Act.GRANT_EXTENSION, {}, at + 2 * days))

    def go_up(self, plan: CasePlan, at: datetime) -> None:
        """Plan that a case goes up, and what the street makes of it."""
        rng = self._rng(plan, "up")
        until = (at + timedelta(days=9)).astimezone(LOCAL_ZONE).date().isoformat()
        words = {Needs.TRIED: "调解过两次，双方各让一步，还差一截；部门答复已给双方看过。",
                 Needs.ASKED: "请街道出面约双方单位负责人，当面定一个办法。", Needs.UNTIL: until, Needs.LEVEL: Level.STREET.value}
        self.street.on(at, lambda: self.street.act(plan, Act.ESCALATE, words, at))
        kind, day = rng.random(), timedelta(days=1)
        if kind < 0.7:
            self.street.on(at + 2 * day, lambda: self._as(plan, "leader", Act.TAKE_UP, {}, at + 2 * day))
        if kind < 0.3:
            self.street.on(at + 5 * day, lambda: self._as(plan, "leader", Act.BRING_DOWN, {
                Needs.REASON: "已约物业和住建所碰过头，请社区按会上定的办法再谈一次。"}, at + 5 * day))
        elif kind < 0.45:
            further = {**words, Needs.LEVEL: Level.COUNTY.value, Needs.ASKED: "涉及县级部门职权，请区县协调。"}
            self.street.on(at + 4 * day, lambda: self._as(plan, "leader", Act.ESCALATE, further, at + 4 * day))

    def _as(self, plan: CasePlan, login: str, act: Act, words: dict[Needs, str], at: datetime) -> None:
        self._by(plan, self.street.actors[login], act, words, at)

    def _by(self, plan: CasePlan, actor: Actor, act: Act, words: dict[Needs, str], at: datetime) -> None:
        asked = ActWords(act, None, words)
        self.street.attempt(lambda: act_on_case(self.street.session, self._no(plan), asked, actor, at))

