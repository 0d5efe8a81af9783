"""The 1+1+N team: who sits on it on the day of filing, and why.

People come from the cell's roster of that day, departments from the routing rules. A seat is filled or declared vacant with a
reason in words; it is never silently empty. Later changes of a roster do not alter the teams of past cases.

Notes
-----
Parties choose or accept the mediator (People's Mediation Law art. 19, 23). The law has no article on recusal; Shenzhen's
ordinance art. 23 asks for disclosure and recusal, and this follows it: who declares an interest, or is challenged, is passed
over, and the reason of the next says so without naming the tie.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as _changed
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from gridmediate.domain.problems import ConditionNotMet, NotFound
from gridmediate.domain.roster import RosterEntry, RosterKind, SeatCount, TeamTemplate, candidates
from gridmediate.domain.routing import RoutedDepartment, Routing
from gridmediate.domain.vocabulary import Label, Part, Phrase, Seat, add_labels, add_phrases, label, say_day

__all__ = [
    "Exclusion", "RosterEntry", "RosterKind", "SeatCount", "SeatPlan", "TeamPlan", "TeamTemplate", "add_department", "candidates",
    "is_settled", "plan_team", "replace", "unsettled",
]

#: The people of a team, in the order in which their seats are filled.
PEOPLE = (Seat.CADRE, Seat.GRID_WORKER)


class Exclusion(StrEnum):
    """Why somebody may not sit on this team."""

    DECLARED = "declared"
    CHALLENGED = "challenged"


add_labels({
    Exclusion.DECLARED: ("申报了利害关系", "declared an interest"),
    Exclusion.CHALLENGED: ("被申请回避", "was challenged"),
})
add_phrases({
    "team.holder": ("名册在岗，自 {since} 起", "On the roster since {since}"),
    "team.cover": ("名册代管，自 {since} 起", "Covers the seat since {since}"),
    "team.noted": ("{reason}（{note}）", "{reason} ({note})"),
    "team.next": (
        "{reason}；排在前面的 {count} 人回避：{grounds}",
        "{reason}; the {count} before on the roster had to stand back: {grounds}"
    ),
    "team.vacant.no-row": (
        "{day} 名册上没有{seat}，已提醒街道补人", "No {seat} on the roster for {day}; the street is reminded to fill it"
    ),
    "team.vacant.too-few": (
        "要 {wanted} 名{seat}，名册上只有 {found} 名", "{wanted} of {seat} are wanted, the roster has {found}"
    ),
    "team.vacant.too-few-left": (
        "要 {wanted} 名{seat}，除回避的 {count} 人外只有 {found} 名",
        "{wanted} of {seat} are wanted; apart from {count} who have to stand back the roster has {found}",
    ),
    "team.vacant.seated": (
        "名册上的{seat}已坐本案另一席", "Whoever the roster names as {seat} already sits in another seat of this case"
    ),
    "team.vacant.all-excluded": (
        "名册上的{seat}（{count} 人）都须回避：{grounds}", "All {count} of {seat} on the roster have to stand back: {grounds}"
    ),
    "team.vacant.no-cell": ("位置待定，还不知道归哪个网格", "The place is open, so no cell is known yet"),
    "team.added": ("{by}加的：{why}", "Added by {by}: {why}"),
})


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """One seat of a team.

    Parameters
    ----------
    seat : Seat
    position : int
        From 1 among seats of the same kind.
    account_id : UUID or None
        Who sits there; None for a department as such and for a vacancy.
    department_code : str or None
    part : Part or None
        A department's part.
    reason : Phrase
        Why this one, or why nobody.
    vacant : bool
    rule_no : str or None
        The routing rule of a department.
    """

    seat: Seat
    position: int
    account_id: UUID | None
    department_code: str | None
    part: Part | None
    reason: Phrase
    vacant: bool
    rule_no: str | None = None


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A proposed team: people first, then departments, the lead first among these."""

    seats: tuple[SeatPlan, ...]

    @property
    def vacancies(self) -> tuple[SeatPlan, ...]:
        """The seats declared vacant."""
        return tuple(each for each in self.seats if each.vacant)

    @property
    def account_ids(self) -> frozenset[UUID]:
        """Everybody who sits on the team."""
        return frozenset(each.account_id for each in self.seats if each.account_id is not None)

    @property
    def departments(self) -> tuple[SeatPlan, ...]:
        """The departments' seats."""
        return tuple(each for each in self.seats if each.seat is Seat.DEPARTMENT)


class SeatLike(Protocol):
    """What :func:`is_settled` asks of a seat, planned or stored."""

    @property
    def seat(self) -> Seat:
        """Which seat."""

    @property
    def account_id(self) -> UUID | None:
        """Who sits there."""

    @property
    def department_code(self) -> str | None:
        """Which department."""

    @property
    def vacant(self) -> bool:
        """Whether it is declared vacant."""

    @property
    def reason(self) -> object:
        """The reason, truthy when there is one."""


def plan_team(
    template: TeamTemplate,
    roster: Iterable[RosterEntry],
    routing: Routing,
    *,
    cell: str | None,
    day: date,
    excluded: Mapping[UUID, Exclusion | str] | None = None,
) -> TeamPlan:
    """Return the team of a case, each seat filled or declared vacant with its reason.

    Parameters
    ----------
    template : TeamTemplate
    roster : iterable of RosterEntry
        May hold more than the cell's rows.
    routing : Routing
        Gives the category and the departments.
    cell : str or None
        15-digit code; None while the place is open, when every person's seat is vacant.
    day : date
        The local day of filing.
    excluded : mapping of UUID to Exclusion
        Who declared an interest or was challenged.
    """
    rows = list(roster)
    taken: set[UUID] = set()
    seats: list[SeatPlan] = []
    for seat, wanted in template.seats(routing.category).items():
        queue = candidates(rows, seat, cell, day)
        seats.extend(_fill(seat, wanted, queue, cell, day, excluded or {}, taken))
    seats.extend(_department_seat(position, each) for position, each in enumerate(routing.departments, start=1))
    return TeamPlan(tuple(seats))


def _fill(
    seat: Seat, wanted: int, queue: Sequence[RosterEntry], cell: str | None, day: date,
    excluded: Mapping[UUID, Exclusion | str], taken: set[UUID],
) -> list[SeatPlan]:
    seats: list[SeatPlan] = []
    passed: list[Exclusion] = []
    for row in queue:
        if len(seats) == wanted:
            break
        if row.account_id in excluded:
            passed.append(Exclusion(excluded[row.account_id]))
        elif row.account_id not in taken:
            taken.add(row.account_id)
            seats.append(SeatPlan(seat, len(seats) + 1, row.account_id, None, None, _why(row, passed), vacant=False))
    found = len(seats)
    while len(seats) < wanted:
        reason = _why_vacant(seat, wanted, found, cell, day, passed, bool(queue))
        seats.append(SeatPlan(seat, len(seats) + 1, None, None, None, reason, vacant=True))
    return seats


def _why(row: RosterEntry, passed: Sequence[Exclusion]) -> Phrase:
    code = "team.holder" if row.kind == RosterKind.HOLDER else "team.cover"
    reason = Phrase(code, {"since": _both(_long_day(row.valid_from))})
    if row.note:
        reason = _wrap("team.noted", reason, note=row.note)
    if passed:
        reason = _wrap("team.next", reason, count=len(passed), grounds=_grounds(passed))
    return reason


def _long_day(day: date) -> Label:
    # A seat may have been held for years, so the year belongs to the day.
    return Label(f"{day.year}年{say_day(day, 'zh').split(' ')[0]}", f"{say_day(day, 'en').split(' ', 1)[1]} {day.year}")


def _wrap(code: str, inner: Phrase, **values: object) -> Phrase:
    # A phrase inside a phrase is said in both languages now, so that what is stored stays plain JSON.
    return Phrase(code, {"reason": {"zh": inner.say("zh"), "en": inner.say("en")}, **values})


def _grounds(passed: Sequence[Exclusion]) -> list[dict[str, str]]:
    return [_both(label(ground)) for ground in dict.fromkeys(passed)]


def _both(text: Label) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _why_vacant(
    seat: Seat, wanted: int, found: int, cell: str | None, day: date, passed: Sequence[Exclusion], has_rows: bool
) -> Phrase:
    if cell is None:
        return Phrase("team.vacant.no-cell")
    values: dict[str, object] = {"seat": _both(label(seat))}
    if found:
        code = "team.vacant.too-few-left" if passed else "team.vacant.too-few"
        return Phrase(code, values | {"wanted": wanted, "found": found, "count": len(passed)})
    if passed:
        return Phrase("team.vacant.all-excluded", values | {"count": len(passed), "grounds": _grounds(passed)})
    if has_rows:
        return Phrase("team.vacant.seated", values)
    return Phrase("team.vacant.no-row", values | {"day": day.isoformat()})


def _department_seat(position: int, each: RoutedDepartment) -> SeatPlan:
    return SeatPlan(Seat.DEPARTMENT, position, None, each.code, each.part, each.reason, vacant=False, rule_no=each.rule_no)


def replace(
    plan: TeamPlan, seat: Seat, position: int, *, reason: Phrase, account_id: UUID | None = None,
    excluded: Collection[UUID] = (),
) -> TeamPlan:
    """Return the plan with another person in a seat, or with the seat declared vacant.

    Parameters
    ----------
    plan : TeamPlan
    seat, position
        Which seat.
    reason : Phrase
        In the words of whoever changes it.
    account_id : UUID or None
        The newcomer; None declares the seat vacant.
    excluded : collection of UUID
        Who may not sit on this team.

    Raises
    ------
    NotFound
        If the plan has no such seat.
    ConditionNotMet
        If the newcomer already sits on the team or has to stand back.
    """
    at = next((i for i, each in enumerate(plan.seats) if each.seat == seat and each.position == position), None)
    if at is None:
        raise NotFound(field="seat")
    if account_id is not None:
        _check_newcomer(plan, at, account_id, excluded)
    changed = _changed(plan.seats[at], account_id=account_id, reason=reason, vacant=account_id is None)
    return TeamPlan((*plan.seats[:at], changed, *plan.seats[at + 1 :]))


def _check_newcomer(plan: TeamPlan, at: int, account_id: UUID, excluded: Collection[UUID]) -> None:
    if account_id in excluded:
        raise ConditionNotMet(field="account", why=Label("此人与本案有利害关系，须回避。请选别人。",
                                                         "this person has an interest in the case; choose another."))
    if any(each.account_id == account_id for i, each in enumerate(plan.seats) if i != at):
        raise ConditionNotMet(field="account", why=Label("此人已在团队里。请选别人。",
                                                         "this person already sits on the team; choose another."))


def add_department(plan: TeamPlan, department_code: str, part: Part, reason: Phrase) -> TeamPlan:
    """Return the plan with one more department, as an addition by hand.

    Raises
    ------
    ConditionNotMet
        If the department has a seat already.
    """
    if any(each.department_code == department_code for each in plan.seats):
        raise ConditionNotMet(field="department", why=Label("这个部门已在团队里。", "this department already sits on the team."))
    seat = SeatPlan(Seat.DEPARTMENT, len(plan.departments) + 1, None, department_code, part, reason, vacant=False)
    return TeamPlan((*plan.seats, seat))


def unsettled(seats: Iterable[SeatLike]) -> tuple[Seat, ...]:
    """Return the seats that are neither filled nor declared vacant with a reason; a person's seat that is missing counts."""
    rows = list(seats)
    missing = [seat for seat in PEOPLE if not any(row.seat == seat for row in rows)]
    return (*missing, *(row.seat for row in rows if not _is_filled(row) and not (row.vacant and row.reason)))


def _is_filled(row: SeatLike) -> bool:
    return not row.vacant and (row.account_id is not None or row.department_code is not None)


def is_settled(seats: Iterable[SeatLike]) -> bool:
    """Return whether a case counts as assigned: each seat filled, or declared vacant with a reason."""
    return not unsettled(seats)
