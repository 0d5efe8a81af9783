"""The agreement's words: clauses and how each was kept, follow-ups, judicial confirmation, what each side is told of its rights.

Sources: People's Mediation Law art. 21 to 24 and 28 to 33; Civil Procedure Law art. 205 (joint application within 30 days of the
agreement's effect); Measures of the Ministry of Justice, Dec 2010 (forms).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Willingness, add_labels


class AgreementKind(StrEnum):
    """How an agreement was made."""

    WRITTEN = "written"
    ORAL = "oral"
    #: A part of the quarrel; the rest goes on.
    PARTIAL = "partial"


class Deed(StrEnum):
    """What a clause asks for."""

    PAY = "pay"
    DO = "do"
    LEAVE_OFF = "leave_off"
    HAND_OVER = "hand_over"
    APOLOGISE = "apologise"


class ClauseState(StrEnum):
    """How a clause stands."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    #: Given up by both sides.
    GIVEN_UP = "given_up"


class Confirmation(StrEnum):
    """Where the joint application for judicial confirmation stands."""

    NONE = "none"
    APPLIED = "applied"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Satisfaction(StrEnum):
    """The answer to the one question that both sides are asked in the same words."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    NOT_SATISFIED = "not_satisfied"
    NOT_REACHED = "not_reached"


class NoticeHow(StrEnum):
    """How a party was told its rights."""

    SPOKEN = "spoken"
    PAPER = "paper"
    PHONE = "phone"


class MediatorChoice(StrEnum):
    """What a party says to the proposed mediator (art. 19, 23)."""

    ACCEPTS = "accepts"
    ASKS_FOR_ANOTHER = "asks_for_another"


class Openness(StrEnum):
    """Whether a party wants the sessions open or closed (art. 23)."""

    OPEN = "open"
    CLOSED = "closed"


add_labels({AgreementKind.WRITTEN: ("书面协议", "Written agreement"), AgreementKind.ORAL: ("口头协议", "Oral agreement"),
            AgreementKind.PARTIAL: ("部分协议", "Partial agreement")})
add_labels({
    Deed.PAY: ("付款", "Pay"), Deed.DO: ("做一件事", "Do something"), Deed.LEAVE_OFF: ("不再做", "Leave off"),
    Deed.HAND_OVER: ("交付", "Hand over"), Deed.APOLOGISE: ("赔礼道歉", "Apologise"),
})
add_labels({
    ClauseState.OPEN: ("待履行", "To be kept"), ClauseState.KEPT: ("已履行", "Kept"), ClauseState.BROKEN: ("没有履行",
        "Not kept"),
    ClauseState.GIVEN_UP: ("双方同意不再履行", "Given up by both sides"),
})
add_labels({
    Confirmation.NONE: ("没有申请", "Not applied for"), Confirmation.APPLIED: ("已共同申请", "Applied for jointly"),
    Confirmation.CONFIRMED: ("法院已确认", "Confirmed by the court"), Confirmation.REJECTED: ("法院驳回",
        "Rejected by the court"),
    Confirmation.WITHDRAWN: ("已撤回申请", "Application withdrawn"),
})
add_labels({
    Satisfaction.SATISFIED: ("满意", "Satisfied"), Satisfaction.FAIRLY: ("基本满意", "Fairly satisfied"),
    Satisfaction.NOT_SATISFIED: ("不满意", "Not satisfied"), Satisfaction.NOT_REACHED: ("没联系上", "Not reached"),
})
add_labels({NoticeHow.SPOKEN: ("当面告知", "Told in person"), NoticeHow.PAPER: ("交书面告知书", "Given on paper"),
            NoticeHow.PHONE: ("电话告知", "Told by phone")})
add_labels({MediatorChoice.ACCEPTS: ("同意由本组调解", "Accepts the mediators"),
            MediatorChoice.ASKS_FOR_ANOTHER: ("要求另选调解员", "Asks for another mediator")})
add_labels({Openness.OPEN: ("可以公开", "May be open"), Openness.CLOSED: ("不公开", "Closed")})

#: What may become of a clause from each state. A broken one may still be made good.
CLAUSE_MOVES: dict[ClauseState, frozenset[ClauseState]] = {
    ClauseState.OPEN: frozenset({ClauseState.KEPT, ClauseState.BROKEN, ClauseState.GIVEN_UP}),
    ClauseState.BROKEN: frozenset({ClauseState.KEPT, ClauseState.GIVEN_UP}),
    ClauseState.KEPT: frozenset(),
    ClauseState.GIVEN_UP: frozenset(),
}
#: Clauses in these states are done with.
CLAUSE_DONE = frozenset({ClauseState.KEPT, ClauseState.GIVEN_UP})
#: The next states of an application; an end stays an end, but who withdrew may apply again while time is left.
CONFIRMATION_MOVES: dict[Confirmation, frozenset[Confirmation]] = {
    Confirmation.NONE: frozenset({Confirmation.APPLIED}),
    Confirmation.APPLIED: frozenset({Confirmation.CONFIRMED, Confirmation.REJECTED, Confirmation.WITHDRAWN}),
    Confirmation.WITHDRAWN: frozenset({Confirmation.APPLIED}),
    Confirmation.CONFIRMED: frozenset(),
    Confirmation.REJECTED: frozenset(),
}
#: Calendar days from the agreement's effect within which both sides may apply together (Civil Procedure Law art. 205).
CONFIRMATION_DAYS = 30
#: How long before its last day a clause is called to mind.
CLAUSE_WARNS = timedelta(days=3)
#: The same quarrel within this time is shown beside the new case.
SAME_QUARREL = timedelta(days=180)


class ClauseSettled(Problem):
    """The clause has come to its end already."""

    code = "clause.settled"
    kind = Kind.CONFLICT
    sentence = Label("第 {number} 条现在是“{state}”，不能再改成“{wanted}”。",
                     "Clause {number} reads “{state}” and cannot become “{wanted}”.")


class NotInForce(Problem):
    """The agreement binds nobody yet."""

    code = "agreement.not-in-force"
    kind = Kind.CONFLICT
    sentence = Label("协议还没有生效，先登记各方签名和盖章。", "The agreement is not in force; record signatures and seal first.")


class ConfirmationTooLate(Problem):
    """The period for applying has run out."""

    code = "confirmation.too-late"
    kind = Kind.CONFLICT
    sentence = Label("共同申请的期限到 {last} 为止，已经过了。当事人可以向法院起诉。",
                     "The time for applying together ended on {last}. The parties may go to court.")


class ConfirmationNotOpen(Problem):
    """The application cannot take that step."""

    code = "confirmation.not-open"
    kind = Kind.CONFLICT
    sentence = Label("司法确认现在是“{state}”，不能改成“{wanted}”。",
                     "The application reads “{state}” and cannot become “{wanted}”.")


class InstalmentsUneven(Problem):
    """The instalments do not make up the sum."""

    code = "clause.instalments"
    sentence = Label("分期的期数要在 2 到 60 之间，每期至少 1 分。", "Instalments number from 2 to 60, of at least one fen each.")


def willingness_of(sides: Iterable[Willingness]) -> Willingness:
    """Return what the sides together want: one refusal refuses, all must be willing, else not everybody has been asked."""
    told = list(sides)
    if Willingness.UNWILLING in told:
        return Willingness.UNWILLING
    return Willingness.WILLING if told and set(told) == {Willingness.WILLING} else Willingness.NOT_ASKED


def end_of(day: date) -> datetime:
    """Return the last moment of a local day, as the first of the next."""
    return datetime.combine(day + timedelta(days=1), time(), LOCAL_ZONE)


def last_day_to_confirm(effect_at: datetime) -> date:
    """Return the last day for the joint application: the 30th after the day of effect."""
    return effect_at.astimezone(LOCAL_ZONE).date() + timedelta(days=CONFIRMATION_DAYS)


def instalments(total_fen: int, count: int, first: date) -> list[tuple[int, date]]:
    """Return equal monthly payments; what does not divide is paid with the last.

    Raises
    ------
    InstalmentsUneven
    """
    if not 2 <= count <= 60 or total_fen < count:
        raise InstalmentsUneven(field="instalments")
    each = total_fen // count
    amounts = [each] * (count - 1) + [total_fen - each * (count - 1)]
    return [(amount, _months_after(first, place)) for place, amount in enumerate(amounts)]


def _months_after(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
