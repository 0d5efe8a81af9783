"""At each contact: has anything changed? And the steps where domestic violence is suspected, each with its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Act, State
from gridmediate.domain.categories import t1_of
from gridmediate.domain.departments import MEDIATION_COMMITTEE
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import ConditionNotMet, NotPermitted
from gridmediate.domain.routing import RoutedDepartment, Routing
from gridmediate.domain.safety import INSTEAD_OF, SafetyStep, flags_after, must_report, urgency_after
from gridmediate.domain.sittings import is_red
from gridmediate.domain.team import SeatPlan
from gridmediate.domain.vocabulary import Flag, Label, Part, Phrase, Seat, label
from gridmediate.domain.workflow import FINAL_STATES, row_for
from gridmediate.services.asked import ActWords, check_words
from gridmediate.services.casework import Writing, audience, load_case, permitted, sitting
from gridmediate.services.grid import grid_of
from gridmediate.services.handling import act_on_case
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.safe_contact import contact_for, may_read_contact
from gridmediate.services.teams import ADJUSTABLE, new_task, routing_of, seat_rows
from gridmediate.services.telling import tell
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, Case, Party, SafetyStepRow

WORDS_LIMIT = 500
#: States in which a department's task goes out at once; before them it waits for the team to be formed.
_AT_WORK = frozenset({State.TEAM_FORMED, State.MEDIATING})


@dataclass(frozen=True, slots=True)
class Observation:
    """What a contact brought.

    Parameters
    ----------
    seen, gone : tuple of Flag
        Circumstances that are there now, and that are there no longer.
    words : str
        What was seen; may be empty.
    why : str
        Why something is there no longer; needed if anything is gone.
    """

    seen: tuple[Flag, ...] = ()
    gone: tuple[Flag, ...] = ()
    words: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What followed from a contact.

    Parameters
    ----------
    added, gone : tuple of Flag
    departments : tuple of Label
        Added to the team because of it.
    on_demand : tuple of Label
        Not added; rules name them for when they are needed.
    turned_red : bool
    """

    added: tuple[Flag, ...] = ()
    gone: tuple[Flag, ...] = ()
    departments: tuple[Label, ...] = ()
    on_demand: tuple[Label, ...] = ()
    turned_red: bool = False


def observe(session: Session, case_no: str, seen: Observation, version: int | None, actor: Actor, now: datetime) -> Observed:
    """Bring the circumstances of a case up to date after a contact, and with them urgency, category and team.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, ConditionNotMet, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.CASE_NOTE):
        raise NotPermitted
    if case.state in FINAL_STATES:
        raise ConditionNotMet(why=Label("案件已经办结；情况又起了，请重新打开。",
                                        "the case has ended; if it starts again, reopen it."))
    before = tuple(Flag(flag) for flag in case.flags)
    after = flags_after(before, seen.seen, seen.gone)
    added = tuple(flag for flag in after if flag not in before)
    gone = tuple(flag for flag in before if flag not in after)
    words = check_words("contact_words", Label("看到的情况", "What was seen"), seen.words, limit=WORDS_LIMIT, required=False)
    why = check_words("contact_why", Label("不再有的，依据是什么", "Why it is there no longer"), seen.why, limit=WORDS_LIMIT,
                      required=bool(gone))
    rules, was_red = rulebook_of(session), is_red(before, case.urgency)
    writing = Writing(session, case, actor, now)
    case.flags = [flag.value for flag in after]
    case.urgency = urgency_after(case.urgency, after, is_explained=bool(gone and why))
    case.t1_code = t1_of(case.t2_code, after)
    fresh, on_demand = _seat_what_is_asked(session, case, before, added, rules, now)
    details = {"added": [flag.value for flag in added], "gone": [flag.value for flag in gone], "urgency": case.urgency.value,
               "t1": case.t1_code, "departments": fresh}
    writing.done("case.observe", rules, details=details, words="\n".join(filter(None, (words, why))) or None)
    turned_red = is_red(after, case.urgency) and not was_red
    if added or gone:
        seated, departments = audience(case)
        tell(session, case, "case.observe", now, accounts=seated, departments=departments | set(fresh),
             streets={case.street_code} if turned_red else (), but=actor.account_id)
    return Observed(added, gone, _labels(rules, fresh), _labels(rules, on_demand), turned_red)


def _labels(rules: Rulebook, codes: Iterable[str]) -> tuple[Label, ...]:
    return tuple(rules.department_label(code) for code in codes)


def _seat_what_is_asked(session: Session, case: Case, before: tuple[Flag, ...], added: tuple[Flag, ...], rules: Rulebook,
                        now: datetime) -> tuple[list[str], list[str]]:
    """Seat the departments that the new circumstances ask for and that the old did not; return them, and those to be called."""
    if not added or case.state not in ADJUSTABLE:
        return [], []
    grid = grid_of(session, now)
    then = routing_of(rules, grid, case.t2_code, before, case.cell_code)
    routing = routing_of(rules, grid, case.t2_code, case.flags, case.cell_code)
    known = {each.code for each in then.departments} | {seat.department_code for seat in sitting(case)}
    fresh = [each for each in routing.departments if each.code not in known]
    for each in fresh:
        _seat(session, case, each, added, routing, rules, now)
    called = {each.code for each in then.on_demand} | known | {each.code for each in fresh}
    return [each.code for each in fresh], [each.code for each in routing.on_demand if each.code not in called]


def _seat(session: Session, case: Case, routed: RoutedDepartment, added: tuple[Flag, ...], routing: Routing, rules: Rulebook,
          now: datetime) -> None:
    part = _part_of(case, routed, routing)
    asking = next((rule.flags for rule in rules.routing if rule.no == routed.rule_no), ())
    flags = [_both(label(flag)) for flag in added if flag in asking] or [_both(label(flag)) for flag in added]
    reason = Phrase("team.because_of", {"flags": flags, "reason": {tongue: routed.reason.say(tongue) for tongue in ("zh", "en")}})
    plan = SeatPlan(Seat.DEPARTMENT, 1, None, routed.code, part, reason, vacant=False)
    case.seats.extend(seat_rows(case, [plan], now, first=max((seat.position for seat in case.seats), default=0) + 1))
    if case.state in _AT_WORK:
        # Only to the newcomer: one that has answered already is not asked the same again.
        case.tasks.append(new_task(session, case, rules, routed.code, part, "", now))


def _part_of(case: Case, routed: RoutedDepartment, routing: Routing) -> Part:
    """Return whether a newcomer leads: where the rules say so and nobody has begun to lead."""
    if routed.part is not Part.LEAD:
        return Part.SUPPORT
    leading = next((seat for seat in sitting(case) if seat.part is Part.LEAD), None)
    if leading is None:
        return Part.LEAD
    if case.state in _AT_WORK or any(task.is_open for task in case.tasks):
        return Part.SUPPORT
    leading.part = Part.SUPPORT
    reason = next((each.reason for each in routing.support if each.code == leading.department_code), None)
    if reason is not None and leading.department_code != MEDIATION_COMMITTEE:
        leading.reason = reason.as_json()
    return Part.LEAD


def _both(text: Label) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def take_step(session: Session, case_no: str, step: SafetyStep, version: int | None, actor: Actor, now: datetime) -> Case:
    """Tick a step; taken again it bears the later time. The safe contact has words and an act of its own.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, ConditionNotMet
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.CASE_NOTE) or step is SafetyStep.SAFE_CONTACT:
        raise NotPermitted
    if Flag.DOMESTIC_VIOLENCE not in case.flags:
        raise ConditionNotMet(why=Label("本案没有标“疑似家庭暴力”；有的话请先在“情况有变吗”里勾上。",
                                        "the case is not marked as suspected domestic violence; tick that first."))
    if step is SafetyStep.POLICE_TOLD:
        _tell_the_police(session, case, actor, now)
    if other := INSTEAD_OF.get(step):
        given = session.get(SafetyStepRow, (case.id, other))
        if given is not None:
            session.delete(given)
    session.merge(SafetyStepRow(case_id=case.id, code=step, done_at=now, done_by=actor.account_id, party_id=None))
    session.flush()
    record(session, case.id, [Entry("case.safety_step", {"step": step.value})], actor=actor, at=now, case=case)
    if must_report({step}, case.police_notified_at):
        tell(session, case, "case.safety_step", now, accounts=audience(case)[0], streets={case.street_code}, but=actor.account_id)
    return case


def _tell_the_police(session: Session, case: Case, actor: Actor, now: datetime) -> None:
    if row_for(case.state, Act.NOTIFY_POLICE) is not None:
        act_on_case(session, case.case_no, ActWords(Act.NOTIFY_POLICE), actor, now)
        return
    # After an agreement the workflow has no row for it, and violence does not wait for one.
    writing = Writing(session, case, actor, now)
    case.police_notified_at = case.police_notified_at or now
    writing.done("case.notify_police", rulebook_of(session))
    tell(session, case, "case.notify_police", now, accounts=audience(case)[0], streets={case.street_code}, but=actor.account_id)


#: What leaves a step behind.
_STEPPING = {"case.safety_step", "case.safe_contact"}


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step with its time and who took it."""

    at: datetime
    by: Label | None


@dataclass(frozen=True, slots=True)
class Safety:
    """The steps of a case as its page shows them.

    Parameters
    ----------
    taken : dict of SafetyStep to StepTaken
    must_report : bool
        The law obliges to report and nobody has.
    has_contact : bool
        A safe contact is in force.
    contact : str
        The safe contact, for who sits in the case as cadre or grid worker.
    may_read_contact, may_write, may_write_contact : bool
    protected : int or None
        Position of the party it protects.
    """

    taken: dict[SafetyStep, StepTaken]
    must_report: bool
    has_contact: bool
    contact: str
    may_read_contact: bool
    may_write: bool
    may_write_contact: bool
    protected: int | None


def safety_of(session: Session, case: Case, actor: Actor, *, acts: set[str]) -> Safety | None:
    """Return the steps of a case, or None where nothing of the kind is suspected and no safe contact is in force.

    Parameters
    ----------
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    """
    if Flag.DOMESTIC_VIOLENCE not in case.flags and case.safe_contact_sealed is None:
        return None
    rows = session.execute(
        select(SafetyStepRow, Account.name, Account.name_en, Party.position)
        .outerjoin(Account, Account.id == SafetyStepRow.done_by).outerjoin(Party, Party.id == SafetyStepRow.party_id)
        .where(SafetyStepRow.case_id == case.id)).all() if not acts.isdisjoint(_STEPPING) else []
    taken = {row.code: StepTaken(row.done_at, Label(name, name_en or name) if name else None) for row, name, name_en, _ in rows}
    if case.police_notified_at is not None and SafetyStep.POLICE_TOLD not in taken:
        taken[SafetyStep.POLICE_TOLD] = StepTaken(case.police_notified_at, None)
    may = permitted(actor, case)
    writes = may(Permission.CASE_NOTE) and case.state not in FINAL_STATES
    return Safety(
        taken, must_report(taken, case.police_notified_at), case.safe_contact_sealed is not None,
        contact_for(session, case, actor), may_read_contact(case, actor), writes, writes and may(Permission.PARTY_UNMASK),
        next((position for row, *_, position in rows if row.code is SafetyStep.SAFE_CONTACT), None))
