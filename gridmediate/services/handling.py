"""Acts on a case: every row of the workflow table; settling its place; a note in its timeline."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Act, Audience, Needs, State
from gridmediate.domain.categories import t1_of
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import ChangedMeanwhile, FieldMissing, FieldNotAChoice, Kind, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, Level, Phrase
from gridmediate.domain.workflow import OPEN_STATES, Transition, advance, row_for, unmet
from gridmediate.services.asked import ActWords, check_lengths, check_words
from gridmediate.services.casework import Writing, audience, facts_of, load_case, permitted, sitting
from gridmediate.services.clocks import turn_clock
from gridmediate.services.effects import take_effect
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import dispatch, earlier_exclusions, planned_seats, seat_rows
from gridmediate.services.telling import tell
from gridmediate.store.encryption import seal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, HistoryEntry, TeamSeat

_FIRST_WORDS = (Needs.NOTE, Needs.TERMS, Needs.RESULT, Needs.REASON, Needs.REFERRAL, Needs.TRIED, Needs.ASKED)


class PlaceSettled(Problem):
    """The place was settled already."""

    code = "case.place-settled"
    kind = Kind.CONFLICT
    sentence = Label("这件案子已经定在{cell}。", "This case is already settled in {cell}.")


#: An act that follows of itself as soon as its conditions hold.
FOLLOWS: dict[Act, Act] = {
    Act.ACCEPT: Act.FORM_TEAM,
    Act.AGREE_ORALLY: Act.START_PERFORMING,
    Act.AGREE_IN_WRITING: Act.START_PERFORMING,
}


def act_on_case(session: Session, case_no: str, asked: ActWords, actor: Actor, now: datetime) -> Case:
    """Do one act of the workflow table, and the one that follows of itself in the same transaction.

    Accepting forms the team and dispatches its tasks when every seat is settled; otherwise the case stays accepted and its page
    says which seat is missing. An agreement that binds and has something to keep is at once being performed.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, SeatsNotSettled, TaskOpen, Faults, ChangedMeanwhile
    """
    case = load_case(session, case_no, actor, version=asked.version)
    rules = rulebook_of(session)
    check_lengths(asked)
    if asked.act is Act.ACCEPT and asked.t2_code and asked.t2_code != case.t2_code:
        _correct_category(session, case, asked.t2_code, rules, actor, now)
    given = {need for need, text in asked.words.items() if text.strip()}
    row = advance(facts_of(case, rules), asked.act, permitted=permitted(actor, case), given=given)
    _apply(session, case, row, rules, asked, actor, now)
    follow_on(session, case, asked, rules, actor, now)
    return case


def follow_on(session: Session, case: Case, asked: ActWords, rules: Rulebook, actor: Actor, now: datetime) -> None:
    """Do the act that follows of itself after *asked*, if nothing stands in its way."""
    follows = FOLLOWS.get(asked.act)
    row = row_for(case.state, follows) if follows else None
    facts = facts_of(case, rules)
    if row is not None and not any(unmet(each, facts) for each in row.conditions):
        _apply(session, case, row, rules, asked, actor, now)


def _apply(session: Session, case: Case, row: Transition, rules: Rulebook, asked: ActWords, actor: Actor, now: datetime) -> None:
    writing = Writing(session, case, actor, now)
    details = take_effect(session, case, asked, row, rules, actor, now)
    case.state = row.target
    case.outcome = None if row.target in OPEN_STATES else row.outcome or case.outcome
    turn_clock(session, case, row.clock, rules, now)
    words = None
    if row.act is Act.FORM_TEAM:
        details["departments"] = [task.department_code for task in dispatch(session, case, rules, asked.asks, now)]
    else:
        words = _joined(asked, row)
    for need in (Needs.RESULT, Needs.TERMS):
        if need in row.needs and row.target is not row.source:
            seal(session, case, "result", asked.said(need))
    if row.target is State.CLOSED:
        case.closed_at = now
    if told := sorted(need.value for need in (Needs.ROUTES_TOLD, Needs.SIDES_TOLD, Needs.SIDES_AGREE) if need in row.needs):
        details["told"] = told
    act = f"case.{row.act.value}"
    writing.done(act, rules, details=details, words=words)
    tell(session, case, act, now, but=actor.account_id, **_told(case, row))


def _told(case: Case, row: Transition) -> dict[str, Any]:
    seated, departments = audience(case)
    accounts = set(seated) if {Audience.TEAM, Audience.CADRE} & set(row.notifies) else set()
    if Audience.FILER in row.notifies and case.filed_by:
        accounts.add(case.filed_by)
    told: dict[str, Any] = {"accounts": accounts}
    if Audience.DEPARTMENTS in row.notifies:
        told["departments"] = departments
    if Audience.ABOVE in row.notifies:
        # A question goes to the level that is asked; everything else that goes up, to the street.
        at_county = row.act is Act.ESCALATE and case.level is Level.COUNTY
        told["counties" if at_county else "streets"] = {case.county_code if at_county else case.street_code}
    return told


def _joined(asked: ActWords, row: Transition) -> str | None:
    # Only what the act asks for: a form may carry more than its act needs.
    parts = [asked.said(need) for need in _FIRST_WORDS if need in row.needs]
    return "\n".join(part for part in parts if part) or None


def _correct_category(session: Session, case: Case, t2_code: str, rules: Rulebook, actor: Actor, now: datetime) -> None:
    if not permitted(actor, case)(Permission.CASE_ACCEPT) or case.state is not State.FILED:
        return  # advance() refuses in its own words
    writing = Writing(session, case, actor, now)
    before, case.t2_code = case.t2_code, t2_code
    case.t1_code = t1_of(t2_code, case.flags)
    replan(session, case, rules, now)
    writing.done("case.correct_category", rules, details={"from": before, "to": t2_code})


def replan(session: Session, case: Case, rules: Rulebook, now: datetime) -> None:
    """Plan the team anew, before it is formed; seats that a person changed by hand stay, and who stood back stays out."""
    plan = planned_seats(session, rules, grid_of(session, now), case, local_day(now), earlier_exclusions(session, case))
    rows = seat_rows(case, plan, now)
    by_hand = [seat for seat in sitting(case) if seat.reason["code"].startswith("team.by_hand")]
    for seat in by_hand:
        # A seat filled by hand is filled: the rule's own choice for it would sit there as a second.
        alike = [row for row in rows if row.seat is seat.seat and row.department_code == seat.department_code]
        if alike:
            rows.remove(min(alike, key=lambda row: not _same_seat(row, seat)))
    for seat in sitting(case):
        if seat not in by_hand and not any(_same_seat(row, seat) for row in rows):
            seat.left_at = now
    case.seats.extend(row for row in rows if not any(_same_seat(row, seat) for seat in sitting(case)))


def _same_seat(one: TeamSeat, other: TeamSeat) -> bool:
    return (one.seat, one.department_code, one.account_id) == (other.seat, other.department_code, other.account_id)


def settle_place(session: Session, case_no: str, cell_code: str, reason: str, actor: Actor, now: datetime, *,
                 version: int | None = None) -> Case:
    """Settle the cell of a case that came in without one, and plan its team.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, PlaceSettled, FieldNotAChoice, FieldMissing
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.CASE_PLACE):
        raise NotPermitted
    grid, rules = grid_of(session, now), rulebook_of(session)
    if case.cell_code is not None:
        cell = grid.cells.get(case.cell_code)
        raise PlaceSettled(cell=cell.label if cell else case.cell_code)
    if cell_code not in grid.cells:
        raise FieldNotAChoice(field="cell_code", name=Label("网格", "Cell"), got=cell_code)
    if not reason.strip():
        raise FieldMissing(field="reason", name=Label("依据", "Reason"))
    cell = grid.cells[cell_code]
    writing = Writing(session, case, actor, now)
    case.cell_id, case.cell_code, case.community_code, case.street_code = (
        cell.id,
        cell.code,
        cell.community_code,
        cell.street_code,
    )
    case.place_reason = Phrase("place.settled", {
        "by": actor.name, "cell": {"zh": cell.name, "en": cell.name_en}, "reason": reason.strip()[:80]}).as_json()
    replan(session, case, rules, now)
    writing.done("case.settle_place", rules, details={"cell": cell.code})
    tell(session, case, "case.settle_place", now, accounts=audience(case)[0] - {actor.account_id})
    return case


def note(session: Session, case_no: str, text: str, actor: Actor, now: datetime, *, version: int | None = None,
         key: uuid.UUID | None = None) -> Case:
    """Add a note to the case's timeline: a visit, a call, what was seen.

    Parameters
    ----------
    version : int or None
        The case version that the writer saw, where the note was written about it out of sight.
    key : UUID or None
        Made by the phone; a note that comes again under it is there already, and stays one.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong, ChangedMeanwhile
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_NOTE):
        raise NotPermitted
    words = check_words("note", Label("记事", "Note"), text)
    if key is not None and _is_noted(session, case, key, actor):
        return case
    if version is not None and version != case.version:
        raise ChangedMeanwhile
    details = {"key": key.hex} if key is not None else {}
    record(session, case.id, [Entry("case.note", details, words=words)], actor=actor, at=now, case=case)
    return case


def _is_noted(session: Session, case: Case, key: uuid.UUID, actor: Actor) -> bool:
    noted = session.scalars(select(HistoryEntry.details).where(
        HistoryEntry.chain == case.id, HistoryEntry.act == "case.note", HistoryEntry.actor_id == actor.account_id))
    return any(each.get("key") == key.hex for each in noted)


