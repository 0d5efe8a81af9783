"""Mediation sessions: plan one, move it, call it off, write its minutes, or say that it did not happen.

Holding a session is the workflow's own act "note a session"; the minutes are kept beside it. Nothing here changes a state.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import Faults, FieldMissing, FieldTooLong, NotFound, NotPermitted, Problem
from gridmediate.domain.sittings import (
    ANOTHER_CASE,
    LEAST_WHEN_RED,
    MINUTE_LIMITS,
    SITTING_STATES,
    Attendance,
    Held,
    MemberElsewhere,
    NotHeldYet,
    NotPlannedAnyMore,
    Plan,
    RoomTaken,
    SittingState,
    TwoNeeded,
    WhoWasMissing,
    faults_of_held,
    faults_of_plan,
    is_red,
    short_form,
)
from gridmediate.domain.vocabulary import Label, Side, label
from gridmediate.domain.workflow import Act, Needs, advance
from gridmediate.services.casework import facts_of, load_case, permitted, sitting
from gridmediate.services.handling import ActWords, act_on_case
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, Area, Case, MediationSession, TeamSeat
from gridmediate.store.queries import within

REASON_LIMIT = 200
_REASON = Label("理由", "Reason")


@dataclass(frozen=True, slots=True)
class Planned:
    """A session as it now stands, and what its planner should know: :class:`TwoNeeded`, :class:`MemberElsewhere`."""

    row: MediationSession
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is ticked on a form.

    Parameters
    ----------
    seats : tuple of str
        Keys of seats of the team; one that is not of the team counts as not ticked.
    sides : tuple of Side
    invited : int
    consented : bool
    """

    seats: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    invited: int = 0
    consented: bool = False


def plan(session: Session, case_no: str, asked: Plan, actor: Actor, now: datetime) -> Planned:
    """Plan a session and tell the team.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, Faults, NotInTheFuture, LengthUnusual, FieldMissing, RoomTaken
    """
    case = _case_to_mediate(session, case_no, actor)
    asked = _tidied(asked)
    _refuse(faults_of_plan(asked, now))
    return _add(session, case, asked, actor, now)


def move(session: Session, case_no: str, sitting_id: uuid.UUID, asked: Plan, actor: Actor, now: datetime) -> Planned:
    """Give a planned session another time or place and tell the team.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, NotPlannedAnyMore, Faults, NotInTheFuture, LengthUnusual, RoomTaken
    """
    case = _case_to_mediate(session, case_no, actor)
    row = _still_planned(session, case, sitting_id)
    asked = _tidied(asked)
    _refuse(faults_of_plan(asked, now))
    before = row.planned_from
    _settle(session, case, row, asked, actor)
    details = _details(row) | {"from_before": before.isoformat()}
    record(session, case.id, [Entry("sitting.move", details)], actor=actor, at=now, case=case)
    _tell_the_team(session, case, "sitting.move", actor, now)
    return Planned(row, _warnings(session, case, row, actor))


def call_off(session: Session, case_no: str, sitting_id: uuid.UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Call a planned session off, with a reason, and tell the team. The case may have ended meanwhile.

    Raises
    ------
    NotFound, NotPermitted, NotPlannedAnyMore, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_MEDIATE):
        raise NotPermitted
    row = _still_planned(session, case, sitting_id)
    words = reason.strip()
    if not words:
        raise FieldMissing(field="reason", name=_REASON)
    _check_reason(words, "reason")
    row.state = SittingState.CALLED_OFF
    record(session, case.id, [Entry("sitting.call_off", {"number": row.number}, words=words)], actor=actor, at=now, case=case)
    _tell_the_team(session, case, "sitting.call_off", actor, now)


def hold(session: Session, case_no: str, sitting_id: uuid.UUID | None, told: Held, came: Presence, actor: Actor, now: datetime, *,
         version: int | None = None) -> Planned | None:
    """Write the minutes of a session, note it in the case, and plan the next one if its date was agreed.

    Parameters
    ----------
    sitting_id : UUID or None
        None for one that nobody had planned.
    told : Held
        Its ``attendance`` is made from *came*.
    version : int or None
        The case version that the person saw.

    Returns
    -------
    Planned or None
        The next session, in the same place.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, ChangedMeanwhile, NotPlannedAnyMore, Faults, NotHeldYet, LengthUnusual,
    FieldMissing, FieldTooLong, TooFewOfTheTeam, NoSideCame, ConsentMissing, RoomTaken
    """
    case = _case_to_mediate(session, case_no, actor, version=version)
    row = _still_planned(session, case, sitting_id) if sitting_id else _new_row(session, case, actor, now)
    told = replace(told, plan=_tidied(told.plan), attendance=_attendance(case, came),
                   minutes={part: text.strip() for part, text in told.minutes.items()})
    _refuse(faults_of_held(told, now, red=is_red(case.flags, case.urgency)))
    _put(session, row, told.plan)
    row.state, row.held_as, row.next_at = SittingState.HELD, case.sessions_held + 1, told.next_at
    row.attendance = told.attendance.as_json()
    for part in MINUTE_LIMITS:
        seal(session, row, part.value, told.minutes.get(part))
    session.add(row)
    details = _details(row) | {"team": told.attendance.of_the_team, "invited": told.attendance.invited,
                               "sides": [side.value for side in told.attendance.sides]}
    record(session, case.id, [Entry("sitting.hold", details)], actor=actor, at=now, case=case)
    _tell_the_team(session, case, "sitting.hold", actor, now)
    act_on_case(session, case_no, ActWords(Act.NOTE_SESSION, None, {Needs.NOTE: short_form(told.minutes)}), actor, now)
    if told.next_at is None:
        return None
    following = replace(told.plan, begins_at=told.next_at, ends_at=told.next_at + (told.plan.ends_at - told.plan.begins_at))
    return _add(session, case, following, actor, now, field="next_day")


def did_not_happen(session: Session, case_no: str, sitting_id: uuid.UUID, missing: Presence, words: str, again: Plan | None,
                   actor: Actor, now: datetime) -> Planned | None:
    """Say that a planned session did not happen and who did not come; plan it again if a new date is known.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, NotPlannedAnyMore, NotHeldYet, WhoWasMissing, FieldTooLong, Faults,
    NotInTheFuture, LengthUnusual, RoomTaken
    """
    case = _case_to_mediate(session, case_no, actor)
    row = _still_planned(session, case, sitting_id)
    again = _tidied(again) if again else None
    absent = _attendance(case, missing)
    found: list[Problem] = []
    if row.planned_from > now:
        found.append(NotHeldYet(got=row.planned_from))
    if not absent.of_the_team and not absent.sides:
        found.append(WhoWasMissing(field="sides"))
    _refuse(found + (faults_of_plan(again, now) if again else []))
    _check_reason(words, "words")
    row.state, row.attendance = SittingState.DID_NOT_HAPPEN, absent.as_json()
    details = {"number": row.number, "team": absent.of_the_team, "sides": [side.value for side in absent.sides]}
    entry = Entry("sitting.did_not_happen", details, words=words.strip() or None)
    record(session, case.id, [entry], actor=actor, at=now, case=case)
    _tell_the_team(session, case, "sitting.did_not_happen", actor, now)
    return _add(session, case, again, actor, now) if again else None


def rooms_of(session: Session, community_code: str | None) -> list[str]:
    """Return the rooms a community has used, to be chosen from."""
    found = session.scalars(
        select(MediationSession.room).where(
            MediationSession.community_code == community_code, MediationSession.room.is_not(None))
        .group_by(MediationSession.room).order_by(func.max(MediationSession.planned_from).desc()).limit(8))
    return [room for room in found if room]


def _case_to_mediate(session: Session, case_no: str, actor: Actor, version: int | None = None) -> Case:
    """Load a case in which a session could be noted now; the workflow's own row says whether."""
    case = load_case(session, case_no, actor, version=version)
    advance(facts_of(case, rulebook_of(session)), Act.NOTE_SESSION, permitted=permitted(actor, case), given={Needs.NOTE})
    return case


def _still_planned(session: Session, case: Case, sitting_id: uuid.UUID) -> MediationSession:
    # The case is locked, so nobody else holds or moves this one meanwhile.
    row = session.scalars(select(MediationSession).where(
        MediationSession.id == sitting_id, MediationSession.case_id == case.id)).one_or_none()
    if row is None:
        raise NotFound
    if row.state is not SittingState.PLANNED:
        raise NotPlannedAnyMore(state=label(row.state))
    return row


def _tidied(asked: Plan) -> Plan:
    room = " ".join(unicodedata.normalize("NFKC", asked.room).split())
    # Two spellings of a room would be two rooms; one that is named makes the other place void.
    return replace(asked, room=room, elsewhere="" if room else asked.elsewhere.strip())


def _refuse(found: list[Problem]) -> None:
    if found:
        raise found[0] if len(found) == 1 else Faults(found)


def _check_reason(words: str, name: str) -> None:
    if len(words) > REASON_LIMIT:
        raise FieldTooLong(field=name, name=_REASON, limit=REASON_LIMIT, length=len(words))


def _new_row(session: Session, case: Case, actor: Actor, now: datetime) -> MediationSession:
    last = session.scalar(select(func.max(MediationSession.number)).where(MediationSession.case_id == case.id)) or 0
    # A case without a place cannot have a team, and without a team no session.
    return MediationSession(id=new_id(), case_id=case.id, community_code=case.community_code or "", number=last + 1,
                            state=SittingState.PLANNED, planned_by=actor.account_id, attendance={}, created_at=now)


def _add(session: Session, case: Case, asked: Plan, actor: Actor, now: datetime, field: str = "room") -> Planned:
    row = _new_row(session, case, actor, now)
    _settle(session, case, row, asked, actor, field)
    session.add(row)
    session.flush()
    record(session, case.id, [Entry("sitting.plan", _details(row))], actor=actor, at=now, case=case)
    _tell_the_team(session, case, "sitting.plan", actor, now)
    return Planned(row, _warnings(session, case, row, actor))


def _settle(session: Session, case: Case, row: MediationSession, asked: Plan, actor: Actor, field: str = "room") -> None:
    """Put a plan down unless its room is taken."""
    if asked.room:
        # Two cases of a community that plan at once wait for each other; on SQLite the queue of writers has done so already.
        session.execute(select(Area.code).where(Area.code == row.community_code).with_for_update())
        _check_room(session, row, asked, actor, field)
    _put(session, row, asked)


def _put(session: Session, row: MediationSession, asked: Plan) -> None:
    row.planned_from, row.planned_to, row.is_open = asked.begins_at, asked.ends_at, asked.is_open
    row.room = asked.room or None
    seal(session, row, "elsewhere", asked.elsewhere)


def _check_room(session: Session, row: MediationSession, asked: Plan, actor: Actor, field: str) -> None:
    other = session.execute(
        select(Case.case_no, MediationSession.planned_from, within(visible_to(actor, Permission.CASE_READ)).label("is_read"))
        .join(Case, Case.id == MediationSession.case_id)
        .where(MediationSession.community_code == row.community_code, MediationSession.room == asked.room,
               *_meets(asked.begins_at, asked.ends_at, row.id))
        .order_by(MediationSession.planned_from).limit(1)).one_or_none()
    if other is not None:
        raise RoomTaken(field=field, room=asked.room, begins_at=other.planned_from,
                        case=other.case_no if other.is_read else ANOTHER_CASE)


def _meets(begins_at: datetime, ends_at: datetime, but: uuid.UUID) -> tuple:
    """Return the conditions of a planned session, still to be held, that overlaps; one that ends as another begins does not."""
    return (MediationSession.state == SittingState.PLANNED, Case.state.in_(sorted(SITTING_STATES)), MediationSession.id != but,
            MediationSession.planned_from < ends_at, MediationSession.planned_to > begins_at)


def _warnings(session: Session, case: Case, row: MediationSession, actor: Actor) -> tuple[Problem, ...]:
    found: list[Problem] = [TwoNeeded(least=LEAST_WHEN_RED)] if is_red(case.flags, case.urgency) else []
    seated = {seat.account_id for seat in sitting(case) if seat.account_id}
    rows = session.execute(
        select(Account.name, Account.name_en, Case.case_no, MediationSession.planned_from,
               within(visible_to(actor, Permission.CASE_READ)).label("is_read"))
        .join(Case, Case.id == MediationSession.case_id).join(TeamSeat, TeamSeat.case_id == Case.id)
        .join(Account, Account.id == TeamSeat.account_id)
        .where(TeamSeat.left_at.is_(None), Account.id.in_(seated), *_meets(row.planned_from, row.planned_to, row.id))
        .order_by(MediationSession.planned_from, Account.name).limit(6))
    found += [
        MemberElsewhere(who=Label(name, name_en or name), begins_at=begins_at, case=case_no if is_read else ANOTHER_CASE)
        for name, name_en, case_no, begins_at, is_read in rows
    ]
    return tuple(found)


def _attendance(case: Case, ticked: Presence) -> Attendance:
    of_the_team = [seat for seat in sitting(case) if not seat.is_vacant and seat.id.hex in ticked.seats]
    return Attendance(
        tuple(seat.account_id.hex for seat in of_the_team if seat.account_id),
        tuple(seat.department_code for seat in of_the_team if seat.department_code),
        ticked.sides, ticked.invited, ticked.consented,
    )


def _details(row: MediationSession) -> dict[str, object]:
    return {"number": row.number, "from": row.planned_from.isoformat(), "to": row.planned_to.isoformat(), "open": row.is_open}


def _tell_the_team(session: Session, case: Case, act: str, actor: Actor, now: datetime) -> None:
    seats = sitting(case)
    tell(session, case, act, now, accounts={seat.account_id for seat in seats if seat.account_id},
         departments={seat.department_code for seat in seats if seat.department_code}, but=actor.account_id)
