"""Returns of a place and period: made from the records, frozen as issued, and later changes shown beside what was issued."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Outcome, State
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.figure_facts import CaseFacts
from gridmediate.domain.periods import Period, read_period
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.returns import (
    Axis,
    Change,
    Correction,
    Ending,
    ReturnCase,
    ReturnKind,
    ReturnTable,
    changes,
    corrections,
    make_return,
)
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Label, Level, Part
from gridmediate.services.figures import PlaceCard, Scope, scope_of
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.home_acts import locked_home, note
from gridmediate.services.rulebook import rulebook_of
from gridmediate.store.columns import new_id
from gridmediate.store.history import HOME_CHAIN
from gridmediate.store.models import Account, Agreement, Case, CaseClock, Clause, FrozenReturn, HistoryEntry, Party, Task

TOTAL = Label("合计", "Total")
_FORMS = {Outcome.AGREED_ORAL: "oral", Outcome.AGREED_WRITTEN: "written"}
#: Where nothing of a standing agreement is left to do.
_CLOSED = frozenset({State.CLOSED, State.ARCHIVED})


class PeriodRuns(Problem):
    """A return is frozen when its period is over."""

    code = "figures.period-runs"
    kind = Kind.CONFLICT
    sentence = Label("“{period}”还没有过完，报表不能定稿。到 {last} 之后再定。",
                     "“{period}” is not over; the return cannot be frozen before {last} has passed.")


class FrozenAlready(Problem):
    """A return is frozen once; what changes later is a correction."""

    code = "figures.frozen-already"
    kind = Kind.CONFLICT
    sentence = Label("“{place} {period}”的报表已经定稿。以后的变动在定稿旁边列为更正。",
                     "The return of “{place}, {period}” is frozen. Later changes are listed beside it as corrections.")


class NothingToCorrect(Problem):
    """A corrected issue that says what the last one said would be none."""

    code = "figures.nothing-to-correct"
    kind = Kind.CONFLICT
    sentence = Label("“{place} {period}”现在重算和最近一次定稿一样，没有要更正的。",
                     "The return of “{place}, {period}” reads as it was last issued; there is nothing to correct.")


@dataclass(frozen=True, slots=True)
class Made:
    """The cases of a return and the names of its rows.

    Parameters
    ----------
    cases : tuple of ReturnCase
        In the order of their numbers.
    names : dict of Axis to dict of str to Label
    """

    cases: tuple[ReturnCase, ...]
    names: Mapping[Axis, Mapping[str, Label]]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """How its rows may be cut; classes bring their own names."""
        return (Axis.CLASS, *self.names)

    def table(self, kind: ReturnKind, axis: Axis) -> ReturnTable:
        """Add them up."""
        return make_return(kind, axis, self.cases, self.names.get(axis, {}))


def make_returns(session: Session, scope: Scope) -> Made:
    """Return what the returns of a scope are made of.

    Raises
    ------
    NotPermitted
        For a reader who may not read the cases: small numbers by class would tell of single disputes.
    """
    if not scope.exact:
        raise NotPermitted
    grid, rules = grid_of(session, scope.now), rulebook_of(session)
    cases = tuple(_cases(session, scope))
    offices = sorted({case.department for case in cases if case.department})
    return Made(cases, {
        **_places(grid, scope.place),
        Axis.DEPARTMENT: {code: rules.department_label(code) for code in offices},
    })


def _places(grid: Grid, place: PlaceCard) -> dict[Axis, dict[str, Label]]:
    inside = [card for card in grid.cells.values() if place.code in (
        card.code, card.community_code, card.street_code, grid.county_code)]
    return {
        Axis.COMMUNITY: {code: grid.areas[code].label for code in dict.fromkeys(card.community_code for card in inside)},
        Axis.CELL: {card.code: card.label for card in inside},
    }


def _cases(session: Session, scope: Scope) -> Iterable[ReturnCase]:
    accepted = select(CaseClock.case_id).where(CaseClock.kind == ClockKind.MEDIATE)
    money = (select(func.sum(Clause.amount_fen)).join(Agreement, Agreement.id == Clause.agreement_id)
             .where(Clause.case_id == Case.id, Agreement.dropped_at.is_(None)).correlate(Case).scalar_subquery())
    people = select(func.count()).where(Party.case_id == Case.id).correlate(Case).scalar_subquery()
    # The smaller code where a reopened case has had two leads: one row of a return for each case.
    leads = (select(func.min(Task.department_code)).where(
        Task.case_id == Case.id, Task.part == Part.LEAD, Task.state != TaskState.RECALLED).correlate(Case).scalar_subquery())
    asked = scope.asked()
    found = session.connection().execute(
        select(Case.case_no, Case.t1_code, Case.t2_code, Case.community_code, Case.cell_code, leads.label("department"),
               Case.source, Case.state, Case.outcome, Case.id.in_(accepted).label("accepted"), Case.sessions_held,
               Case.clauses_open, money.label("money"), people.label("people"))
        .where(*asked.cases(), asked.within(Case.filed_at)).order_by(Case.case_no))
    for row in found:
        facts = CaseFacts(state=row.state, outcome=row.outcome, accepted=bool(row.accepted))
        form = _FORMS.get(row.outcome, "") if facts.agreed else ""
        yield ReturnCase(
            row.case_no, row.t1_code, row.t2_code, row.community_code or "", row.cell_code or "", row.department or "",
            row.source.value, (Ending.OPEN if facts.open else Ending.SETTLED if facts.settled else Ending.ENDED).value,
            facts.accepted, row.sessions_held > 0, form, bool(form) and row.state in _CLOSED and not row.clauses_open,
            int(row.money or 0), row.people)


def freeze(session: Session, scope: Scope, actor: Actor) -> FrozenReturn:
    """Keep the returns of a street and an ended period as they are now.

    Raises
    ------
    NotPermitted, PeriodRuns, FrozenAlready
    """
    if not may_freeze(session, scope, actor):
        raise NotPermitted
    # The home is locked first, so that two who freeze the same do so one after the other.
    locked_home(session)
    period, place = scope.period, scope.place
    if period.end > scope.now:
        raise PeriodRuns(period=period.label, last=period.last)
    if _last_issue(session, scope):
        raise FrozenAlready(place=place.label, period=period.label)
    return _issue(session, scope, actor, make_returns(session, scope), 0)


def correct(session: Session, scope: Scope, actor: Actor) -> FrozenReturn:
    """Issue a frozen return once more, as the records stand now; what was issued before stays beside it.

    Raises
    ------
    NotPermitted, NotFound, NothingToCorrect
    """
    if not may_freeze(session, scope, actor):
        raise NotPermitted
    locked_home(session)
    last = _last_issue(session, scope)
    if last is None:
        raise NotFound
    made = make_returns(session, scope)
    if not changes(made_of(last.body).cases, made.cases):
        raise NothingToCorrect(place=scope.place.label, period=scope.period.label)
    return _issue(session, scope, actor, made, last.revision + 1)


def _last_issue(session: Session, scope: Scope) -> FrozenReturn | None:
    return session.scalar(
        select(FrozenReturn).where(FrozenReturn.place_code == scope.place.code, FrozenReturn.period == scope.period.key)
        .order_by(FrozenReturn.revision.desc()).limit(1))


def _issue(session: Session, scope: Scope, actor: Actor, made: Made, revision: int) -> FrozenReturn:
    period, place, body = scope.period, scope.place, _body(made, scope)
    row = FrozenReturn(id=new_id(), place_code=place.code, period=period.key, revision=revision, first_on=period.first,
                       last_on=period.last, issued_at=scope.now, issued_by=actor.account_id, body=body, digest=digest_of(body))
    session.add(row)
    note(session, "figures.correct" if revision else "figures.freeze",
         {"return": row.id.hex, "place": place.code, "period": period.key, "revision": revision, "cases": len(body["cases"]),
          "digest": row.digest.hex()}, actor=actor, now=scope.now)
    return row


def may_freeze(session: Session, scope: Scope, actor: Actor) -> bool:
    """Return whether the reader may freeze the returns of this scope: those of a street, of all its departments."""
    grid, reach = grid_of(session, scope.now), visible_to(actor, Permission.FIGURES_FREEZE)
    inside = [subject for subject in grid.subjects.values() if subject.street_code == scope.place.code]
    return (scope.place.level is Level.STREET and not scope.department and scope.exact and bool(inside)
            and all(reach.covers(subject) for subject in inside))


def _body(made: Made, scope: Scope) -> dict[str, Any]:
    return {
        "place": {"code": scope.place.code, "zh": scope.place.label.zh, "en": scope.place.label.en}, "period": scope.period.key,
        "cases": [case.as_json() for case in made.cases],
        "names": {axis.value: {code: [name.zh, name.en] for code, name in names.items()} for axis, names in made.names.items()},
    }


def digest_of(body: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a body's canonical JSON."""
    return sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def made_of(body: Mapping[str, Any]) -> Made:
    """Return the returns that a frozen body holds."""
    names = {Axis(axis): {code: Label(*both) for code, both in found.items()} for axis, found in body["names"].items()}
    return Made(tuple(ReturnCase.from_json(case) for case in body["cases"]), names)


def told_digests(session: Session) -> dict[str, str]:
    """Return of every issued return the digest that the chain of the home's acts bears; both hexadecimal."""
    details = session.scalars(select(HistoryEntry.details).where(
        HistoryEntry.chain == HOME_CHAIN, HistoryEntry.act.in_(("figures.freeze", "figures.correct"))))
    return {each["return"]: each["digest"] for each in details}


def holds(row: FrozenReturn, told: Mapping[str, str]) -> bool:
    """Return whether the body gives the digest that stands beside it, and the one that was told to the chain."""
    return digest_of(row.body) == row.digest and told.get(row.id.hex) == row.digest.hex()


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A frozen return in the list."""

    id: uuid.UUID
    period: Period
    revision: int
    issued_at: datetime
    issued_by: Label


def frozen_returns(session: Session, scope: Scope) -> list[FrozenLine]:
    """Return the frozen returns of a place, the latest period first."""
    rows = session.execute(
        select(FrozenReturn.id, FrozenReturn.period, FrozenReturn.revision, FrozenReturn.issued_at, Account.name, Account.name_en)
        .join(Account, Account.id == FrozenReturn.issued_by).where(FrozenReturn.place_code == scope.place.code)
        .order_by(FrozenReturn.last_on.desc(), FrozenReturn.first_on, FrozenReturn.revision.desc()))
    return [FrozenLine(row.id, read_period(row.period), row.revision, row.issued_at, Label(row.name, row.name_en or row.name))
            for row in rows]


@dataclass(frozen=True, slots=True)
class FrozenPage:
    """A frozen return beside what the records say now.

    Parameters
    ----------
    scope : Scope
    frozen, now : Made
    issued_at : datetime
    issued_by : Label
    digest : str
        Hexadecimal.
    revision : int
        0 as first issued.
    holds : bool
        Whether the body still gives the digest that was issued and is on the chain.
    may_correct : bool
        Whether the reader may issue it once more: it is the last issue, and something has changed.
    changes : list of Change
    """

    scope: Scope
    frozen: Made
    now: Made
    issued_at: datetime
    issued_by: Label
    digest: str
    revision: int
    holds: bool
    may_correct: bool
    changes: list[Change]

    def corrections(self, kind: ReturnKind, axis: Axis) -> list[Correction]:
        """Return every number that differs."""
        return corrections(self.frozen.table(kind, axis), self.now.table(kind, axis), TOTAL)


def frozen_page(session: Session, return_id: uuid.UUID, actor: Actor, now: datetime) -> FrozenPage:
    """Return a frozen return with its corrections.

    Raises
    ------
    NotFound
        Absent, or of a place that the reader may not see: the two are answered alike.
    """
    found = session.execute(select(FrozenReturn, Account).join(Account, Account.id == FrozenReturn.issued_by)
                            .where(FrozenReturn.id == return_id)).one_or_none()
    if found is None:
        raise NotFound
    row, account = found
    try:
        scope = scope_of(session, actor, now, read_period(row.period), place=row.place_code)
        made = make_returns(session, scope)
    except Problem as error:
        raise NotFound from error
    frozen = made_of(row.body)
    changed, last = changes(frozen.cases, made.cases), _last_issue(session, scope)
    return FrozenPage(
        scope, frozen, made, row.issued_at, Label(account.name, account.name_en or account.name), row.digest.hex(), row.revision,
        holds(row, told_digests(session)), bool(changed) and last is row and may_freeze(session, scope, actor), changed)
