"""Acts on a case: accept or not, note a session, record how it ended, close, reopen; settle its place; show the parties."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.categories import t1_of
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import (
    FieldMissing,
    FieldNotAChoice,
    FieldTooLong,
    Kind,
    NotFound,
    NotPermitted,
    Problem,
)
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Part, Phrase, Side, Willingness
from gridmediate.domain.workflow import FINAL_STATES, Act, Audience, Clock, Needs, State, Transition, advance
from gridmediate.services.casework import Writing, audience, facts_of, load_case, permitted, sitting
from gridmediate.services.clocks import start_clock, stop_clocks
from gridmediate.services.filing import PartyEntry
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import dispatch, earlier_exclusions, planned_seats, seat_rows
from gridmediate.services.telling import tell
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import keyring_of, seal, unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Party, TeamSeat

WORDS_LIMIT = 2000
_FIRST_WORDS = (Needs.NOTE, Needs.TERMS, Needs.RESULT, Needs.REASON, Needs.REFERRAL)


class NoSuchCase(Problem):
    """The case named for joining is not there, or is the case itself."""

    code = "case.no-such-case"
    sentence = Label(
        "没有案号“{got}”的在办案件，或就是本案。请填另一件在办案件的案号。",
        "There is no case “{got}” under way, or it is this one. Give the number of another case under way.",
    )


class PurposeMissing(Problem):
    """Personal fields are shown only for a stated purpose."""

    code = "party.purpose-missing"
    sentence = Label(
        "请写明查看用途，例如“约双方周三到场”。这会记入本案。",
        "State what you need it for, such as “to call both sides in on Wednesday”. It is recorded with the case.",
    )


class PlaceSettled(Problem):
    """The place was settled already."""

    code = "case.place-settled"
    kind = Kind.CONFLICT
    sentence = Label("这件案子已经定在{cell}。", "This case is already settled in {cell}.")


@dataclass(frozen=True, slots=True)
class ActWords:
    """An act with what was typed for it.

    Parameters
    ----------
    act : Act
    version : int or None
        The case version that the person saw.
    words : dict of Needs to str
        Reasons, results and so on; the ticks ``ROUTES_TOLD`` and ``SIDES_TOLD`` are present when ticked.
    t2_code : str or None
        A corrected category, at acceptance.
    asks : dict of str to str
        What each department is asked, where the usual question was reworded.
    """

    act: Act
    version: int | None = None
    words: dict[Needs, str] = field(default_factory=dict)
    t2_code: str | None = None
    asks: dict[str, str] = field(default_factory=dict)


def act_on_case(session: Session, case_no: str, asked: ActWords, actor: Actor, now: datetime) -> Case:
    """Do one act of the workflow table.

    Accepting forms the team and dispatches its tasks in the same transaction when every seat is settled; otherwise the case
    stays accepted and its page says which seat is missing.

    Raises
    ------
    NotFound, NotPermitted, ActNotOpen, ConditionNotMet, SeatsNotSettled, TaskOpen, Faults, ChangedMeanwhile
    """
    case = load_case(session, case_no, actor, version=asked.version)
    rules = rulebook_of(session)
    _check_lengths(asked)
    if asked.act is Act.ACCEPT and asked.t2_code and asked.t2_code != case.t2_code:
        _correct_category(session, case, asked.t2_code, rules, actor, now)
    given = {need for need, text in asked.words.items() if text.strip()}
    row = advance(facts_of(case, rules), asked.act, permitted=permitted(actor, case), given=given)
    if row.act is Act.FORM_TEAM:
        _form_team(session, case, row, rules, asked, actor, now)
        return case
    _apply(session, case, row, rules, asked, actor, now)
    if row.act is Act.ACCEPT and not facts_of(case, rules).seats_to_settle:
        follow = advance(facts_of(case, rules), Act.FORM_TEAM, permitted=permitted(actor, case))
        _form_team(session, case, follow, rules, asked, actor, now)
    return case


def _apply(session: Session, case: Case, row: Transition, rules: Rulebook, asked: ActWords, actor: Actor, now: datetime) -> None:
    writing = Writing(session, case, actor, now)
    details: dict[str, object] = {}
    if row.act is Act.MARK_DUPLICATE:
        other = _other_case(session, case, asked.words[Needs.DUPLICATE_OF], actor)
        case.duplicate_of, details["duplicate_of"] = other.id, other.case_no
    if row.act is Act.CLOSE_AS_DEPARTMENT:
        _confirm_own_answer(case, now)
    if row.act is Act.RECORD_REFUSAL:
        case.willingness = Willingness.UNWILLING
    if row.act is Act.REOPEN:
        case.willingness, case.closed_at = Willingness.NOT_ASKED, None
    if row.act is Act.NOTE_SESSION:
        case.sessions_held += 1
        details["session"] = case.sessions_held
    case.state = row.target
    case.outcome = None if row.act is Act.REOPEN else row.outcome or case.outcome
    _turn_clock(session, case, row.clock, rules, now)
    words = _joined(asked, row)
    for need in (Needs.RESULT, Needs.TERMS):
        if need in row.needs:
            seal(session, case, "result", asked.words[need].strip())
    if row.target is State.CLOSED:
        case.closed_at = now
    details |= {"told": sorted(need.value for need in (Needs.ROUTES_TOLD, Needs.SIDES_TOLD) if need in row.needs)}
    writing.done(f"case.{row.act.value}", rules, details=details, words=words)
    accounts, departments = _told(case, row)
    tell(session, case, f"case.{row.act.value}", now, accounts=accounts, departments=departments, but=actor.account_id)


def _form_team(
    session: Session, case: Case, row: Transition, rules: Rulebook, asked: ActWords, actor: Actor, now: datetime
) -> None:
    writing = Writing(session, case, actor, now)
    case.state = row.target
    sent = dispatch(session, case, rules, asked.asks, now)
    writing.done("case.form_team", rules, details={"departments": [task.department_code for task in sent]})
    accounts, departments = _told(case, row)
    tell(session, case, "case.form_team", now, accounts=accounts, departments=departments, but=actor.account_id)


def _turn_clock(session: Session, case: Case, effect: Clock, rules: Rulebook, now: datetime) -> None:
    if effect is Clock.KEEP:
        return
    stop_clocks(session, case, now)
    if effect is Clock.START_MEDIATION:
        session.add(start_clock(case, ClockKind.MEDIATE, rules, now))


def _told(case: Case, row: Transition) -> tuple[set, set]:
    seated, departments = audience(case)
    accounts = seated if Audience.TEAM in row.notifies or Audience.CADRE in row.notifies else set()
    if Audience.FILER in row.notifies and case.filed_by:
        accounts = accounts | {case.filed_by}
    return accounts, departments if Audience.DEPARTMENTS in row.notifies else set()


def _confirm_own_answer(case: Case, now: datetime) -> None:
    for task in case.tasks:
        if task.part is Part.LEAD and task.state is TaskState.ANSWERED:
            task.state, task.is_open, task.confirmed_at = TaskState.CONFIRMED, False, now


def _check_lengths(asked: ActWords) -> None:
    for need, text in asked.words.items():
        if len(text) > WORDS_LIMIT:
            raise FieldTooLong(field=need.value, name=Label("文字", "Text"), limit=WORDS_LIMIT, length=len(text))


def _joined(asked: ActWords, row: Transition) -> str | None:
    # Only what the act asks for: a form may carry more than its act needs.
    parts = [asked.words[need].strip() for need in _FIRST_WORDS if need in row.needs]
    return "\n".join(parts) or None


def _other_case(session: Session, case: Case, number: str, actor: Actor) -> Case:
    try:
        other = load_case(session, number.strip().upper(), actor)
    except NotFound:
        raise NoSuchCase(field=Needs.DUPLICATE_OF.value, got=number) from None
    # Two cases joined to each other, or one joined to a case that has ended, would leave the dispute in nobody's hands.
    if other.id == case.id or other.state in FINAL_STATES:
        raise NoSuchCase(field=Needs.DUPLICATE_OF.value, got=number)
    return other


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
    plan = planned_seats(session, rules, grid_of(session, now), case, local_day(now), earlier_exclusions(case))
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


def settle_place(session: Session, case_no: str, cell_code: str, reason: str, actor: Actor, now: datetime) -> Case:
    """Settle the cell of a case that came in without one, and plan its team.

    Raises
    ------
    NotFound, NotPermitted, PlaceSettled, FieldNotAChoice, FieldMissing
    """
    case = load_case(session, case_no, actor)
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


def note(session: Session, case_no: str, text: str, actor: Actor, now: datetime) -> Case:
    """Add a note to the case's timeline: a visit, a call, what was seen.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_NOTE):
        raise NotPermitted
    if not text.strip():
        raise FieldMissing(field="note", name=Label("记事", "Note"))
    if len(text) > WORDS_LIMIT:
        raise FieldTooLong(field="note", name=Label("记事", "Note"), limit=WORDS_LIMIT, length=len(text))
    record(session, case.id, [Entry("case.note", words=text.strip())], actor=actor, at=now, case=case)
    return case


@dataclass(frozen=True, slots=True)
class ClearParty:
    """A party unmasked."""

    side: Side
    name: str
    phone: str
    address: str
    is_minor: bool


def unmask(session: Session, case_no: str, purpose: str, actor: Actor, now: datetime) -> list[ClearParty]:
    """Show the parties in clear, for a stated purpose that is recorded with the case.

    Raises
    ------
    NotFound, NotPermitted, PurposeMissing
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_UNMASK):
        raise NotPermitted
    if len(purpose.strip()) < 2:
        raise PurposeMissing(field="purpose")
    rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    record(
        session,
        case.id,
        [Entry("party.unmask", {"parties": len(rows)}, words=purpose.strip()[:200])],
        actor=actor,
        at=now,
        case=case,
    )
    return [
        ClearParty(
            row.side, unseal(session, row, "name"), unseal(session, row, "phone"), unseal(session, row, "address"), row.is_minor
        )
        for row in rows
    ]


def add_party(session: Session, case_no: str, entry: PartyEntry, actor: Actor, now: datetime) -> Case:
    """Add a party whose name was not known at filing.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    if not entry.name.strip():
        raise FieldMissing(field="name", name=Label("当事人姓名", "Name of the party"))
    if len(entry.name) > 60:
        raise FieldTooLong(field="name", name=Label("当事人姓名", "Name of the party"), limit=60, length=len(entry.name))
    session.refresh(case, ["parties"])
    ring = keyring_of(session)
    row = Party(
        id=new_id(), case_id=case.id, position=len(case.parties) + 1, side=entry.side, is_minor=entry.is_minor,
        is_organisation=entry.is_organisation, willingness=entry.willingness, name_index=ring.index("name", entry.name),
        phone_index=ring.index("phone", entry.phone) if entry.phone else None,
    )
    for column in ("name", "phone", "address"):
        seal(session, row, column, getattr(entry, column).strip())
    session.add(row)
    session.flush()
    record(session, case.id, [Entry("party.add", {"side": entry.side.value})], actor=actor, at=now, case=case)
    return case


def set_willingness(
    session: Session, case_no: str, willingness: Willingness, version: int | None, actor: Actor, now: datetime
) -> Case:
    """Record whether the parties want mediation; a later refusal is recorded by its own act.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    writing = Writing(session, case, actor, now)
    case.willingness = willingness
    writing.done("case.willingness", rulebook_of(session), details={"willingness": willingness.value})
    return case
