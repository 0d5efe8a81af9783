"""What each act does besides changing the state: one table, from the act to its function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import end_of
from gridmediate.domain.case_words import LEVELS, Act, Extension, Needs, PauseCause
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import FieldMissing, FieldNotAChoice, NotFound, Problem
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Level, Part, Willingness, label
from gridmediate.domain.workflow import FINAL_STATES, OPEN_STATES, Transition
from gridmediate.services import follow_ups
from gridmediate.services.agreements import drop_agreements, record_agreement
from gridmediate.services.asked import ActWords
from gridmediate.services.casework import load_case
from gridmediate.services.grid import local_day
from gridmediate.services.rulebook import Rulebook
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.models import Case, Raising

Details = dict[str, Any]
Effect = Callable[[Session, Case, ActWords, Transition, Rulebook, Actor, datetime], Details]


class NoSuchCase(Problem):
    """The case named for joining is not there, or is the case itself."""

    code = "case.no-such-case"
    sentence = Label(
        "没有案号“{got}”的在办案件，或就是本案。请填另一件在办案件的案号。",
        "There is no case “{got}” under way, or it is this one. Give the number of another case under way.",
    )


class LevelNotAbove(Problem):
    """The level named is not above the one that asks, or nobody of this reader's place may ask it."""

    code = "case.level-not-above"
    sentence = Label("本案现在由{level}办理，只能上报到更高一级。",
                     "The case stands with the {level}; only a level above may be asked.")


def take_effect(session: Session, case: Case, asked: ActWords, row: Transition, rules: Rulebook, actor: Actor,
                now: datetime) -> Details:
    """Do what *row* does besides changing the state; return what of it the record keeps. Called before the state changes."""
    effect = EFFECTS.get(row.act)
    details = effect(session, case, asked, row, rules, actor, now) if effect else {}
    if row.target not in OPEN_STATES and row.source in OPEN_STATES:
        # Nothing waits for an answer, a pause or a session once the matter is decided.
        case.raise_due_at = case.paused_at = case.paused_until = case.pause_cause = None
        if case.extension is Extension.ASKED:
            case.extension = Extension.NONE
    return details


def _mark_duplicate(session: Session, case: Case, asked: ActWords, _row: Transition, _rules: Rulebook, actor: Actor,
                    _now: datetime) -> Details:
    number = asked.said(Needs.DUPLICATE_OF)
    try:
        other = load_case(session, number.upper(), actor)
    except NotFound:
        raise NoSuchCase(field=Needs.DUPLICATE_OF.value, got=number) from None
    # Two cases joined to each other, or one joined to a case that has ended, would leave the dispute in nobody's hands.
    if other.id == case.id or other.state in FINAL_STATES:
        raise NoSuchCase(field=Needs.DUPLICATE_OF.value, got=number)
    case.duplicate_of = other.id
    return {"duplicate_of": other.case_no}


def _refuse(_session: Session, case: Case, *_rest: Any) -> Details:
    case.willingness, case.consent_needed = Willingness.UNWILLING, True
    return {}


def _reopen(session: Session, case: Case, _asked: ActWords, row: Transition, _rules: Rulebook, _actor: Actor,
            now: datetime) -> Details:
    case.willingness, case.closed_at = Willingness.NOT_ASKED, None
    case.level, case.extension = Level.CELL, Extension.NONE
    drop_agreements(session, case, now)
    follow_ups.call_off(session, case, now)
    return {}


def _note_session(_session: Session, case: Case, *_rest: Any) -> Details:
    case.sessions_held += 1
    return {"session": case.sessions_held}


def _return_to_mediation(session: Session, case: Case, _asked: ActWords, _row: Transition, _rules: Rulebook, _actor: Actor,
                         now: datetime) -> Details:
    drop_agreements(session, case, now)
    return {}


def _close(session: Session, case: Case, _asked: ActWords, row: Transition, rules: Rulebook, _actor: Actor,
           now: datetime) -> Details:
    if row.act is Act.CLOSE_AS_DEPARTMENT:
        for task in case.tasks:
            if task.part is Part.LEAD and task.state is TaskState.ANSWERED:
                task.state, task.is_open, task.confirmed_at = TaskState.CONFIRMED, False, now
    case.outcome = row.outcome or case.outcome
    follow_ups.schedule(session, case, rules, now)
    return {"follow_ups": case.follow_ups_open} if case.follow_ups_open else {}


def _suspend(_session: Session, case: Case, asked: ActWords, _row: Transition, _rules: Rulebook, _actor: Actor,
             now: datetime) -> Details:
    cause = asked.said(Needs.CAUSE)
    if cause not in set(PauseCause):
        raise FieldNotAChoice(field=Needs.CAUSE.value, name=label(Needs.CAUSE), got=cause)
    until = asked.day_ahead(Needs.UNTIL, local_day(now))
    case.paused_at, case.paused_until, case.pause_cause = now, end_of(until) - timedelta(days=1), PauseCause(cause)
    return {"cause": cause, "until": until.isoformat()}


def _ask_extension(_session: Session, case: Case, *_rest: Any) -> Details:
    case.extension = Extension.ASKED
    return {}


def _grant_extension(_session: Session, case: Case, *_rest: Any) -> Details:
    case.extension = Extension.GRANTED
    return {}


def _deny_extension(_session: Session, case: Case, *_rest: Any) -> Details:
    case.extension = Extension.DENIED
    return {}


def speaks_for(actor: Actor, case: Case) -> Level:
    """Return the level from which the actor asks upwards in this case."""
    if case.street_code in actor.streets:
        return Level.STREET
    return Level.COMMUNITY if case.community_code in actor.communities else Level.CELL


def levels_above(actor: Actor, case: Case) -> list[Level]:
    """Return the levels that the actor may ask, nearest first."""
    from_level = max(speaks_for(actor, case), case.level, key=LEVELS.index)
    return list(LEVELS[LEVELS.index(from_level) + 1:])


def _escalate(session: Session, case: Case, asked: ActWords, _row: Transition, _rules: Rulebook, actor: Actor,
              now: datetime) -> Details:
    wanted, above = asked.said(Needs.LEVEL), levels_above(actor, case)
    if wanted not in above:
        raise LevelNotAbove(field=Needs.LEVEL.value, level=label(case.level))
    to_level = Level(wanted)
    if to_level is not above[0] and not asked.said(Needs.SKIPPED):
        raise FieldMissing(field=Needs.SKIPPED.value, name=label(Needs.SKIPPED))
    until = asked.day_ahead(Needs.UNTIL, local_day(now))
    raising = Raising(id=new_id(), case_id=case.id, from_level=case.level, to_level=to_level, wanted_by=until, asked_at=now,
                      asked_by=actor.account_id)
    for column in ("tried", "asked"):
        seal(session, raising, column, asked.said(Needs(column)))
    if skipped := asked.said(Needs.SKIPPED):
        seal(session, raising, "skipped", skipped)
    with session.no_autoflush:
        session.add(raising)
    details = {"from": case.level.value, "to": wanted, "until": until.isoformat()}
    case.level, case.raise_due_at = to_level, end_of(until)
    return details


def _latest(session: Session, case: Case) -> Raising | None:
    with session.no_autoflush:
        return session.scalars(select(Raising).where(Raising.case_id == case.id, Raising.came_down_at.is_(None))
                               .order_by(Raising.asked_at.desc(), Raising.id.desc())).first()


def _take_up(session: Session, case: Case, _asked: ActWords, _row: Transition, _rules: Rulebook, _actor: Actor,
             now: datetime) -> Details:
    if raising := _latest(session, case):
        raising.taken_up_at = now
    case.raise_due_at = None
    return {"level": case.level.value}


def _bring_down(session: Session, case: Case, asked: ActWords, _row: Transition, _rules: Rulebook, _actor: Actor,
                now: datetime) -> Details:
    came_from = case.level
    if raising := _latest(session, case):
        raising.came_down_at = now
        seal(session, raising, "answer", asked.said(Needs.REASON))
        case.level = raising.from_level
    else:
        case.level = Level.CELL
    case.raise_due_at = None
    return {"from": came_from.value, "to": case.level.value}


def _notify_police(_session: Session, case: Case, _asked: ActWords, _row: Transition, _rules: Rulebook, _actor: Actor,
                   now: datetime) -> Details:
    case.police_notified_at = case.police_notified_at or now
    return {}


EFFECTS: dict[Act, Effect] = {
    Act.MARK_DUPLICATE: _mark_duplicate,
    Act.NOTE_SESSION: _note_session,
    Act.AGREE_ORALLY: record_agreement,
    Act.AGREE_IN_WRITING: record_agreement,
    Act.AGREE_PARTLY: record_agreement,
    Act.RETURN_TO_MEDIATION: _return_to_mediation,
    Act.SUSPEND: _suspend,
    Act.ASK_EXTENSION: _ask_extension,
    Act.GRANT_EXTENSION: _grant_extension,
    Act.DENY_EXTENSION: _deny_extension,
    Act.ESCALATE: _escalate,
    Act.TAKE_UP: _take_up,
    Act.BRING_DOWN: _bring_down,
    Act.NOTIFY_POLICE: _notify_police,
    Act.RECORD_REFUSAL: _refuse,
    Act.CLOSE: _close,
    Act.CLOSE_AS_DEPARTMENT: _close,
    Act.REOPEN: _reopen,
}
