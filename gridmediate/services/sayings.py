"""What a side says and asks on its own page: written down, told to whoever has the next step, answered by the team."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.next_steps import NEVER, Turn
from gridmediate.domain.problems import Kind, NotFound, Problem
from gridmediate.domain.residents import (
    ANSWER_DAYS,
    PAPERS_MOST,
    SAYINGS_A_DAY,
    WORDS_LIMIT,
    RequestState,
    Saying,
    act_of,
    may_say,
    urge_again_at,
)
from gridmediate.domain.sittings import SittingState
from gridmediate.domain.tasks import WITH_DEPARTMENT
from gridmediate.domain.vocabulary import Label, Seat, label
from gridmediate.services.asked import check_words
from gridmediate.services.casework import sitting
from gridmediate.services.challenges import Objection, raise_challenge
from gridmediate.services.follow_codes import Following
from gridmediate.services.pictures import Picture
from gridmediate.services.residents import FIELDS, cadres_of, end_of_working_day, hearers, tell_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, seal_bytes
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, FollowCode, MediationRequest, MediationSession, SideSaying

#: Kinds that mean nothing without words.
NEEDS_WORDS = frozenset({Saying.WORDS, Saying.OTHER_MEDIATOR})
_AT_ONCE = frozenset({Saying.STOP, Saying.OTHER_TIME, Saying.OTHER_MEDIATOR})
#: What may be said of a request that waits.
OF_REQUEST = frozenset({Saying.WORDS, Saying.URGE, Saying.STOP, Saying.DELETE_DATA})


class NotSayable(Problem):
    """The matter is in a state in which this leads nowhere."""

    code = "side.not-now"
    kind = Kind.CONFLICT
    sentence = Label("现在不能“{what}”：事情已经往前走了。请看页面上现在可以做的。",
                     "“{what}” is not open now; the matter has moved on. Look at what the page offers.")


class UrgedAlready(Problem):
    """A step is urged once."""

    code = "side.urged"
    kind = Kind.CONFLICT
    sentence = Label("这一步您已经催过，负责的人已收到。{again} 以后还没动静，可以再催。",
                     "You have urged this step, and whoever has it was told. If nothing has happened by {again}, urge again.")


class SaidTooOften(Problem):
    """More in a day than anybody can answer."""

    code = "side.too-often"
    kind = Kind.TOO_MANY
    sentence = Label("今天发得太多，请明天再发；急的事请打社区电话。",
                     "That was a great deal for one day. Send again tomorrow, or call the community.")


class PapersEnough(Problem):
    """A side hands in so many papers and no more."""

    code = "side.papers-enough"
    kind = Kind.CONFLICT
    sentence = Label("网上最多交 {most} 份材料，其余的请当面交给社区。",
                     "At most {most} papers are taken here; bring the others to the community.")


@dataclass(frozen=True, slots=True)
class Said:
    """What a side sends.

    Parameters
    ----------
    kind : Saying
    words : str
    sitting_id : UUID or None
        The meeting that is answered.
    seat : Seat
        Whose place in the team another person should take.
    picture : Picture or None
        A paper, drawn anew.
    """

    kind: Saying
    words: str = ""
    sitting_id: uuid.UUID | None = None
    seat: Seat = Seat.CADRE
    picture: Picture | None = None


def say(session: Session, who: Following, said: Said, now: datetime) -> SideSaying | None:
    """Write down what a side says, and tell the team.

    Returns
    -------
    SideSaying or None
        None where the matter itself was changed: a request taken back or erased, a member challenged.

    Raises
    ------
    NotSayable, UrgedAlready, SaidTooOften, PapersEnough, FieldMissing, FieldTooLong, NotFound, ChallengeOpen, TeamIsFinal
    """
    name = label(said.kind)
    words = check_words("words", name, said.words, limit=WORDS_LIMIT, required=said.kind in NEEDS_WORDS)
    if who.case_id is None:
        return _of_request(session, who, said, words, now)
    case = session.scalars(select(Case).where(Case.id == who.case_id).with_for_update()).one()
    if not may_say(said.kind, case.state):
        raise NotSayable(what=name)
    _check_often(session, who, now)
    session.refresh(case, ["seats", "tasks"])
    if said.kind is Saying.OTHER_MEDIATOR:
        _challenge(session, case, who, said, words, now)
        return None
    if said.kind is Saying.URGE:
        _check_urge(session, who, case.state.value, case.next_due_at, now)
    if said.kind in (Saying.COMING, Saying.OTHER_TIME):
        _check_sitting(session, case, said)
    row = _row(session, who, said, words, case.state.value, now)
    # Without the words: they stand with the saying, where they can be erased.
    record(session, case.id, [Entry(act_of(said.kind), {"side": who.side.value})], actor=None, at=now, case=case)
    _tell_the_team(session, case, said.kind, now)
    return row


def _row(session: Session, who: Following, said: Said, words: str, stage: str, now: datetime) -> SideSaying:
    days = ANSWER_DAYS.get(said.kind)
    row = SideSaying(
        id=new_id(), case_id=who.case_id, request_id=None if who.case_id else who.request_id, side=who.side, kind=said.kind,
        stage=stage, sitting_id=said.sitting_id, said_at=now,
        due_at=end_of_working_day(rulebook_of(session).calendar, now, days) if days else None)
    seal(session, row, "words", words)
    if said.kind is Saying.PAPER:
        _check_papers(session, who, said)
        if said.picture is not None:
            seal_bytes(session, row, "picture", said.picture.content)
            row.picture_digest = sha256(said.picture.content).digest()
    session.add(row)
    session.flush()
    return row


def _check_often(session: Session, who: Following, now: datetime) -> None:
    count = session.scalar(select(func.count()).where(
        _mine(who), SideSaying.side == who.side, SideSaying.said_at > now - timedelta(days=1))) or 0
    if count >= SAYINGS_A_DAY:
        raise SaidTooOften


def _mine(who: Following) -> ColumnElement[bool]:
    return SideSaying.case_id == who.case_id if who.case_id else SideSaying.request_id == who.request_id


def _check_urge(session: Session, who: Following, stage: str, due_at: datetime, now: datetime) -> None:
    last = session.scalars(select(SideSaying.said_at).where(
        _mine(who), SideSaying.side == who.side, SideSaying.kind == Saying.URGE, SideSaying.stage == stage)
        .order_by(SideSaying.said_at.desc()).limit(1)).one_or_none()
    if last is None:
        return
    again = urge_again_at(last, due_at if due_at < NEVER else None)
    if now < again:
        raise UrgedAlready(again=again)


def _check_sitting(session: Session, case: Case, said: Said) -> None:
    planned = select(MediationSession.id).where(
        MediationSession.id == said.sitting_id, MediationSession.case_id == case.id,
        MediationSession.state == SittingState.PLANNED)
    if session.scalars(planned).one_or_none() is None:
        raise NotSayable(what=label(said.kind))


def _check_papers(session: Session, who: Following, said: Said) -> None:
    kept = session.scalar(select(func.count()).where(
        SideSaying.case_id == who.case_id, SideSaying.side == who.side, SideSaying.kind == Saying.PAPER)) or 0
    if kept >= PAPERS_MOST:
        raise PapersEnough(most=PAPERS_MOST)


def _challenge(session: Session, case: Case, who: Following, said: Said, words: str, now: datetime) -> None:
    """Ask the street for another mediator in the side's own words (People's Mediation Law art. 19, 23)."""
    seat = next((each for each in sitting(case) if each.seat is said.seat and each.account_id is not None), None)
    if seat is None:
        raise NotFound
    raise_challenge(session, case, Objection(seat.id, who.side, words), None, now)


def _tell_the_team(session: Session, case: Case, kind: Saying, now: datetime) -> None:
    people = {each.account_id for each in sitting(case) if each.account_id}
    cadres = {each.account_id for each in sitting(case) if each.account_id and each.seat is Seat.CADRE}
    if not cadres and case.community_code:
        people |= cadres_of(session, case.community_code, now)
    departments, streets, counties = set[str](), set[str](), set[str]()
    if kind is Saying.URGE:
        awaited = case.turn is Turn.DEPARTMENTS
        departments = {task.department_code for task in case.tasks if awaited and task.state in WITH_DEPARTMENT}
        streets = {case.street_code} if case.turn is Turn.STREET else set()
        counties = {case.county_code} if case.turn is Turn.COUNTY else set()
    tell(session, case, act_of(kind), now, accounts=people, departments=departments, streets=streets, counties=counties,
         is_urgent=kind in _AT_ONCE)


def _of_request(session: Session, who: Following, said: Said, words: str, now: datetime) -> SideSaying | None:
    request = session.get_one(MediationRequest, who.request_id, with_for_update=True, populate_existing=True)
    waits = request.state is RequestState.WAITING
    if said.kind not in OF_REQUEST or (not waits and said.kind is not Saying.DELETE_DATA):
        raise NotSayable(what=label(said.kind))
    if said.kind is Saying.DELETE_DATA:
        _erase(session, request, now)
        return None
    if said.kind is Saying.STOP:
        _withdraw(request, now)
        record(session, request.id, [Entry("request.withdraw", {"side": who.side.value})], actor=None, at=now)
        tell_of(session, request, "request.withdraw", now, hearers(session, request.cell_code, now))
        return None
    _check_often(session, who, now)
    if said.kind is Saying.URGE:
        _check_urge(session, who, request.state.value, request.due_at, now)
    row = _row(session, who, said, words, request.state.value, now)
    act = f"request.{said.kind.value}"
    record(session, request.id, [Entry(act, {"side": who.side.value})], actor=None, at=now)
    tell_of(session, request, act, now, hearers(session, request.cell_code, now))
    return row


def _withdraw(request: MediationRequest, now: datetime) -> None:
    request.state, request.decided_at = RequestState.WITHDRAWN, now


def _erase(session: Session, request: MediationRequest, now: datetime) -> None:
    """Erase what was typed: no case came of it, so no law keeps it. That there was a request stays in the record."""
    if request.state is RequestState.WAITING:
        _withdraw(request, now)
    for name in FIELDS:
        setattr(request, f"{name}_sealed", None)
    request.erased_at = now
    session.execute(update(SideSaying).where(SideSaying.request_id == request.id).values(words_sealed=None))
    session.execute(update(FollowCode).where(FollowCode.request_id == request.id).values(ended_at=now))
    record(session, request.id, [Entry("request.erase")], actor=None, at=now)
    tell_of(session, request, "request.erase", now, hearers(session, request.cell_code, now))
