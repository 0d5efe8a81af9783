"""Mediation sessions (调解会): how one is planned, who has to be there, what its minutes say.

In code a session of mediation is a *sitting*, since a session is also a sign-in and a unit of work of the records.

Sources: People's Mediation Law art. 20 (invited persons only with both sides' consent), art. 22 and 23 (open or closed, of free
will), art. 27 (a record is kept); Law on the Protection of Minors art. 103. Undisputed facts may be recorded where no agreement
is reached (Shandong ordinance on diversified dispute resolution art. 24; Shenzhen art. 73). Two persons at sessions of red
cases is the office's own rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gridmediate.domain.categories import is_sensitive
from gridmediate.domain.problems import FieldMissing, FieldTooLong, Kind, Problem
from gridmediate.domain.routing import URGENT_FLAGS
from gridmediate.domain.vocabulary import Flag, Label, Side, Urgency, add_labels, label
from gridmediate.domain.workflow import TRANSITIONS, Act

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=8)
#: How many of the team have to be there when a case is red, and otherwise.
LEAST_WHEN_RED, LEAST = 2, 1
ROOM_LIMIT, ELSEWHERE_LIMIT, MOST_INVITED = 40, 120, 50
#: A planned session of a case in any other state has become void: nothing is mediated there any more.
SITTING_STATES = frozenset(row.source for row in TRANSITIONS if row.act is Act.NOTE_SESSION)


class SittingState(StrEnum):
    """What became of a planned session."""

    PLANNED = "planned"
    HELD = "held"
    CALLED_OFF = "called_off"
    DID_NOT_HAPPEN = "did_not_happen"


class Minute(StrEnum):
    """The parts of the minutes, in the order in which they are written and read."""

    STATEMENTS = "statements"
    POINTS = "points"
    UNDISPUTED = "undisputed"
    PROPOSAL = "proposal"
    RESULT = "result"


add_labels({
    SittingState.PLANNED: ("已约", "Planned"),
    SittingState.HELD: ("已开", "Held"),
    SittingState.CALLED_OFF: ("已取消", "Called off"),
    SittingState.DID_NOT_HAPPEN: ("没开成", "Did not happen"),
})
add_labels({
    Minute.STATEMENTS: ("各方陈述", "What each side said"),
    Minute.POINTS: ("争议焦点", "Disputed points"),
    Minute.UNDISPUTED: ("无争议的事实", "Undisputed facts"),
    Minute.PROPOSAL: ("调解方案", "Proposal"),
    Minute.RESULT: ("结果", "Result"),
})

MINUTE_LIMITS = {Minute.STATEMENTS: 2000, Minute.POINTS: 600, Minute.UNDISPUTED: 1000, Minute.PROPOSAL: 600, Minute.RESULT: 600}
_NEEDED = (Minute.STATEMENTS, Minute.RESULT)
#: What the case's timeline repeats of the minutes. What each side said stays with the team.
_SHORT = (Minute.POINTS, Minute.PROPOSAL, Minute.RESULT)


class NotInTheFuture(Problem):
    """A session is planned for a moment that has passed."""

    code = "sitting.not-in-the-future"
    sentence = Label("开会时间要在现在之后；填的是 {got}。已经开过的，请用“记一次调解”。",
                     "A session is planned for a time to come; this one is for {got}. If it was held already, note it instead.")


class NotHeldYet(Problem):
    """Minutes are written of a session that has not begun."""

    code = "sitting.not-held-yet"
    sentence = Label("还没到开会时间（{got}），不能记笔录。提前开了的，请改成实际时间。",
                     "It has not begun yet ({got}), so there are no minutes. If it was held earlier, give the real time.")


class LengthUnusual(Problem):
    """A session is shorter or longer than any."""

    code = "sitting.length-unusual"
    sentence = Label("一场调解从 15 分钟到 8 小时，现在填的是 {minutes} 分钟。请核对开始和结束时间。",
                     "A session lasts from 15 minutes to 8 hours; this one has {minutes} minutes. Check both times.")


class RoomTaken(Problem):
    """Another session is planned in the room at that time."""

    code = "sitting.room-taken"
    kind = Kind.CONFLICT
    sentence = Label("{room}在 {begins_at} 起已有一场调解（{case}）。请换时间或换房间。",
                     "{room} has another session from {begins_at} ({case}). Choose another time or room.")


class NotPlannedAnyMore(Problem):
    """A session was held, called off or missed already."""

    code = "sitting.not-planned-any-more"
    kind = Kind.CONFLICT
    sentence = Label("这场调解现在是“{state}”，不能再改。请回案件看看。",
                     "This session is now “{state}” and cannot be changed. Look at the case.")


class TooFewOfTheTeam(Problem):
    """A red case is not mediated by one person alone."""

    code = "sitting.too-few-of-the-team"
    sentence = Label(
        "本案有安全风险，团队里至少 {least} 人到场才能开；现在勾了 {count} 人。请再约一位，或改期。",
        "This case carries a risk, so at least {least} of the team must be there; {count} ticked. Ask one more, or move it.",
    )


class NoSideCame(Problem):
    """Without any party there was no mediation."""

    code = "sitting.no-side-came"
    sentence = Label("双方都没到场的，不算开过；请登记“没开成”。",
                     "If neither side came, it was not held; record that it did not happen.")


class ConsentMissing(Problem):
    """Invited persons take part only if both sides agree (People's Mediation Law art. 20)."""

    code = "sitting.consent-missing"
    sentence = Label("请受邀人员参加须经双方同意（人民调解法第二十条）。同意了请勾选，没同意的请不要邀请。",
                     "Invited persons take part only if both sides agree (People's Mediation Law art. 20). Tick it if they did.")


class WhoWasMissing(Problem):
    """A session that did not happen says who did not come."""

    code = "sitting.who-was-missing"
    sentence = Label("请勾选谁没到场。", "Tick who did not come.")


class TwoNeeded(Problem):
    """A warning, not a refusal: a red case is planned."""

    code = "sitting.two-needed"
    sentence = Label("本案有安全风险：到时至少要有 {least} 名团队成员到场，否则不能开。",
                     "This case carries a risk: at least {least} of the team must be there, or the session cannot be held.")


class MemberElsewhere(Problem):
    """A warning, not a refusal: somebody of the team sits elsewhere at that time."""

    code = "sitting.member-elsewhere"
    sentence = Label("{who}在 {begins_at} 起还有另一场调解（{case}），请留意。",
                     "{who} has another session from {begins_at} ({case}). Please check.")


ANOTHER_CASE = Label("另一件案子", "another case")


@dataclass(frozen=True, slots=True)
class Plan:
    """When and where.

    Parameters
    ----------
    begins_at, ends_at : datetime
        Aware.
    room : str
        A room of the community, which calendars show. "" if it is elsewhere.
    elsewhere : str
        Any other place, such as a party's home; personal, so it is sealed and only the team reads it.
    is_open : bool
        Whether others may listen (People's Mediation Law art. 23).
    """

    begins_at: datetime
    ends_at: datetime
    room: str = ""
    elsewhere: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who came, or who did not: keys and figures, no names.

    Parameters
    ----------
    accounts : tuple of str
        Hexadecimal keys of team members.
    departments : tuple of str
    sides : tuple of Side
    invited : int
        How many persons outside the team were invited.
    consented : bool
        Whether both sides agreed to them.
    """

    accounts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    invited: int = 0
    consented: bool = False

    @property
    def of_the_team(self) -> int:
        """How many seats of the team."""
        return len(self.accounts) + len(self.departments)

    def as_json(self) -> dict[str, object]:
        """Return what is stored."""
        return {"accounts": list(self.accounts), "departments": list(self.departments),
                "sides": [side.value for side in self.sides], "invited": self.invited, "consented": self.consented}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Attendance:
        """Read back what :meth:`as_json` stored; a session still to come has nothing."""
        def several(name: str) -> tuple[str, ...]:
            kept = stored.get(name)
            return tuple(str(each) for each in kept) if isinstance(kept, list) else ()

        return cls(several("accounts"), several("departments"), tuple(Side(each) for each in several("sides")),
                   int(str(stored.get("invited", 0))), bool(stored.get("consented")))


@dataclass(frozen=True, slots=True)
class Held:
    """A session that was held: when and where it really was, who came, its minutes, and when to go on."""

    plan: Plan
    attendance: Attendance = Attendance()
    minutes: Mapping[Minute, str] = field(default_factory=dict)
    next_at: datetime | None = None


def is_red(flags: Collection[Flag | str], urgency: Urgency) -> bool:
    """Return whether a case carries a risk to somebody's safety, so that nobody of the team faces it alone."""
    return urgency is Urgency.URGENT or any(flag in URGENT_FLAGS for flag in flags)


def least_of_the_team(*, red: bool) -> int:
    """Return how many of the team have to be there."""
    return LEAST_WHEN_RED if red else LEAST


def is_closed_by_default(t2_code: str, flags: Collection[Flag | str]) -> bool:
    """Return whether a session is closed unless the parties want otherwise: family matters, and wherever a minor is involved."""
    return is_sensitive(t2_code) or Flag.MINOR in flags or Flag.DOMESTIC_VIOLENCE in flags


def faults_of_plan(plan: Plan, now: datetime) -> list[Problem]:
    """Return what is wrong with a plan; an empty list is a good plan."""
    found: list[Problem] = []
    if plan.begins_at <= now:
        found.append(NotInTheFuture(field="day", got=plan.begins_at))
    return found + _faults_of_span(plan) + _faults_of_place(plan)


def faults_of_held(held: Held, now: datetime, *, red: bool) -> list[Problem]:
    """Return what is wrong with what is said of a session that was held."""
    found: list[Problem] = []
    if held.plan.begins_at > now:
        found.append(NotHeldYet(field="begins", got=held.plan.begins_at))
    found += _faults_of_span(held.plan) + _faults_of_place(held.plan) + _faults_of_attendance(held.attendance, red=red)
    found += [FieldMissing(field=part.value, name=label(part)) for part in _NEEDED if not held.minutes.get(part)]
    found += [
        FieldTooLong(field=part.value, name=label(part), limit=limit, length=len(held.minutes[part]))
        for part, limit in MINUTE_LIMITS.items() if len(held.minutes.get(part, "")) > limit
    ]
    if held.next_at is not None and held.next_at <= now:
        found.append(NotInTheFuture(field="next_day", got=held.next_at))
    return found


def _faults_of_span(plan: Plan) -> list[Problem]:
    length = plan.ends_at - plan.begins_at
    return [] if SHORTEST <= length <= LONGEST else [LengthUnusual(field="ends", minutes=int(length.total_seconds() // 60))]


def _faults_of_place(plan: Plan) -> list[Problem]:
    if not plan.room and not plan.elsewhere:
        return [FieldMissing(field="room", name=Label("地点", "Place"))]
    return [
        FieldTooLong(field=name, name=Label("地点", "Place"), limit=limit, length=len(text))
        for name, text, limit in (("room", plan.room, ROOM_LIMIT), ("elsewhere", plan.elsewhere, ELSEWHERE_LIMIT))
        if len(text) > limit
    ]


def _faults_of_attendance(came: Attendance, *, red: bool) -> list[Problem]:
    found: list[Problem] = []
    if not came.of_the_team:
        found.append(FieldMissing(field="team", name=Label("到场的团队成员", "Members of the team who came")))
    elif came.of_the_team < least_of_the_team(red=red):
        found.append(TooFewOfTheTeam(field="team", least=least_of_the_team(red=red), count=came.of_the_team))
    if not came.sides:
        found.append(NoSideCame(field="sides"))
    if came.invited and not came.consented:
        found.append(ConsentMissing(field="consented"))
    return found


def short_form(minutes: Mapping[Minute, str]) -> str:
    """Return what the case's timeline says of a session: the points, the proposal and the result, each on its line."""
    return "\n".join(minutes[part] for part in _SHORT if minutes.get(part))
