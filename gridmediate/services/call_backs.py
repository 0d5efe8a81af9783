"""The blind call-back sample: drawing it, the callers' list and one call, what was said, the estimate for the street.

Whoever calls sees a case number, what kind of dispute it was and whom to ask, and neither the team nor the department. Whoever
took part in a case cannot be its caller, nor can the cadres of its community.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import READINGS
from gridmediate.domain.briefing import BriefKind, Period, latest_over, period_of
from gridmediate.domain.call_backs import (
    LEAST_SIZE,
    MOST_SIZE,
    Answer,
    Findings,
    HandledByCaller,
    NothingToDraw,
    PeriodNotOver,
    SampleDrawnAlready,
    Settled,
    Stratum,
    draw,
    findings,
)
from gridmediate.domain.categories import category, is_sensitive
from gridmediate.domain.permissions import Actor, CaseSubject, Permission, visible_to
from gridmediate.domain.problems import FieldNotAChoice, NotFound, NotPermitted
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level
from gridmediate.domain.workflow import State, Status, status_of
from gridmediate.services.grid import grid_of, local_day
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import CallBackLine, CallBackSample, Case, HistoryEntry, TeamSeat

#: How far back a sample may still be drawn.
_PERIODS = 3


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample in the list.

    Parameters
    ----------
    mine : int
        How many of its calls the reader may make and are still to be made.
    """

    id: uuid.UUID
    street: Label
    period: Period
    drawn_at: datetime
    drawn: int
    waiting: int
    mine: int


@dataclass(frozen=True, slots=True)
class CallBackDesk:
    """What the page of samples shows.

    Parameters
    ----------
    samples : list of SampleRow
    to_draw : list of (str, Label, list of Period)
        Streets with the months that are over and not drawn yet.
    """

    samples: list[SampleRow]
    to_draw: list[tuple[str, Label, list[Period]]]


@dataclass(frozen=True, slots=True)
class CallRow:
    """A line of the callers' list: no department, no team, no cell."""

    id: uuid.UUID
    position: int
    case_no: str
    category: Label
    closed_on: date | None
    tries: int
    is_done: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What a sample says, and how it was drawn.

    Parameters
    ----------
    is_masked : bool
        Whether the estimate is held back because it rests on one or two cases that this reader may not know of.
    """

    id: uuid.UUID
    street: Label
    period: Period
    seed: str
    left_out: int
    strata: int
    findings: Findings
    is_masked: bool


def streets_to_draw(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Return the streets whose samples the actor may draw: the own, or all of the county."""
    reach = visible_to(actor, Permission.CALL_BACK_DRAW)
    return [area.code for area in grid_of(session, now).areas.values()
            if area.level is Level.STREET and (area.code in reach.streets or area.parent_code in reach.counties)]


def _streets_to_call(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Return the streets in which the actor may be a caller: a cadre's own street, for its other communities."""
    reach, areas = visible_to(actor, Permission.CALL_BACK_MAKE), grid_of(session, now).areas
    parents = {areas[code].parent_code or "" for code in reach.communities if code in areas}
    return sorted({*reach.streets, *parents} - {""})


def call_back_desk(session: Session, actor: Actor, now: datetime) -> CallBackDesk:
    """Return the samples of the reader's streets, newest first, and what may be drawn; the look is recorded.

    Raises
    ------
    NotPermitted
    """
    drawing, calling = streets_to_draw(session, actor, now), _streets_to_call(session, actor, now)
    if not drawing and not calling:
        raise NotPermitted
    areas = grid_of(session, now).areas
    samples = session.scalars(
        select(CallBackSample).where(CallBackSample.street_code.in_({*drawing, *calling}))
        .order_by(CallBackSample.first_on.desc(), CallBackSample.street_code)).all()
    rows = []
    for each in samples:
        lines = session.scalars(select(CallBackLine).where(CallBackLine.sample_id == each.id)).all()
        mine = _callable(session, each, actor, now) if each.street_code in calling else set()
        rows.append(SampleRow(
            each.id, areas[each.street_code].label, Period(BriefKind.MONTH, each.first_on, each.last_on), each.drawn_at,
            len(lines), sum(line.settled is None for line in lines), sum(line.settled is None and line.id in mine for line in
            lines)))
    drawn = {(each.street_code, each.first_on) for each in samples}
    open_to = [(code, areas[code].label, [each for each in _months_over(now) if (code, each.first) not in drawn])
               for code in drawing]
    _note(session, Entry("call_back.list", {"samples": len(rows)}), actor, now)
    return CallBackDesk(rows, [each for each in open_to if each[2]])


def _months_over(now: datetime) -> list[Period]:
    months = [latest_over(BriefKind.MONTH, local_day(now))]
    while len(months) < _PERIODS:
        months.append(months[-1].before)
    return months


def _note(session: Session, entry: Entry, actor: Actor, now: datetime) -> None:
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [entry], actor=actor, at=now)


def draw_sample(session: Session, street: str, first: date, size: int, actor: Actor, now: datetime) -> uuid.UUID:
    """Draw the sample of a street and month, once.

    Raises
    ------
    NotPermitted, PeriodNotOver, FieldNotAChoice, SampleDrawnAlready, NothingToDraw
    """
    if street not in streets_to_draw(session, actor, now):
        raise NotPermitted
    period = period_of(BriefKind.MONTH, first)
    if period.last >= local_day(now):
        raise PeriodNotOver(field="first")
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise FieldNotAChoice(field="size", name=Label("抽几件", "How many"), got=str(size))
    if session.scalar(select(CallBackSample.id).where(
            CallBackSample.street_code == street, CallBackSample.first_on == period.first)) is not None:
        raise SampleDrawnAlready
    cases, left_out = _frame(session, street, period)
    if not cases:
        raise NothingToDraw
    seed = secrets.token_hex(16)
    strata: dict[Stratum, int] = {}
    for _, stratum, _ in cases:
        strata[stratum] = strata.get(stratum, 0) + 1
    sample = CallBackSample(
        id=new_id(), street_code=street, first_on=period.first, last_on=period.last, seed=seed, asked_size=size,
        frame=[[*stratum, count] for stratum, count in sorted(strata.items())], left_out=left_out, drawn_by=actor.account_id,
        drawn_at=now)
    keys = {case_no: (key, stratum) for case_no, stratum, key in cases}
    drawn = draw(((case_no, stratum) for case_no, stratum, _ in cases), size, seed)
    session.add(sample)
    session.flush()
    session.add_all(CallBackLine(id=new_id(), sample_id=sample.id, case_id=keys[case_no][0], position=position,
                                 head=keys[case_no][1][0], community_code=keys[case_no][1][1])
                    for position, case_no in enumerate(drawn, 1))
    _note(session, Entry("call_back.draw", {"sample": sample.id.hex, "street": street, "first": period.first.isoformat(),
                                            "seed": seed, "frame": len(cases), "drawn": len(drawn)}), actor, now)
    return sample.id


def _frame(session: Session, street: str, period: Period) -> tuple[list[tuple[str, Stratum, uuid.UUID]], int]:
    """Return the cases closed as settled that may be called, and how many may not.

    A sensitive matter, and one in which somebody may only be reached unseen, is not called about by a stranger.
    """
    begins = datetime.combine(period.first, time(), LOCAL_ZONE)
    ends = datetime.combine(period.last + timedelta(days=1), time(), LOCAL_ZONE)
    rows = session.execute(
        select(Case.id, Case.case_no, Case.t2_code, Case.community_code, Case.outcome, Case.safe_contact_sealed)
        .where(Case.street_code == street, Case.state.in_((State.CLOSED, State.ARCHIVED)), Case.closed_at >= begins,
               Case.closed_at < ends)).all()
    settled = [row for row in rows if status_of(State.CLOSED, row.outcome) is Status.SETTLED]
    open_to = [row for row in settled if row.safe_contact_sealed is None and not is_sensitive(row.t2_code)]
    return ([(row.case_no, (row.t2_code[:2], row.community_code or ""), row.id) for row in open_to],
            len(settled) - len(open_to))


# -- the callers' side -------------------------------------------------------------------------------------------------


def _callable(session: Session, sample: CallBackSample, actor: Actor, now: datetime) -> set[uuid.UUID]:
    """Return the lines of a sample whose caller the actor may be."""
    if sample.street_code not in _streets_to_call(session, actor, now):
        return set()
    sat = exists().where(TeamSeat.case_id == Case.id, TeamSeat.account_id == actor.account_id)
    acted = exists().where(HistoryEntry.chain == Case.id, HistoryEntry.actor_id == actor.account_id,
                           HistoryEntry.act.not_in([*READINGS, *OWN_ACTS]))
    return set(session.scalars(
        select(CallBackLine.id).join(Case, Case.id == CallBackLine.case_id)
        .where(CallBackLine.sample_id == sample.id, ~sat, ~acted, Case.community_code.not_in(sorted(actor.communities)),
               or_(Case.filed_by.is_(None), Case.filed_by != actor.account_id))))


#: What a caller writes into the record of a case by calling.
OWN_ACTS = ("call_back.record",)


def list_calls(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> tuple[SampleRow, list[CallRow]]:
    """Return the lines of a sample that the reader may call, in the order of the draw; the look is recorded.

    Raises
    ------
    NotFound
    """
    sample = _sample(session, key, _streets_to_call(session, actor, now))
    mine = _callable(session, sample, actor, now)
    rows = session.execute(
        select(CallBackLine, Case.case_no, Case.t2_code, Case.closed_at).join(Case, Case.id == CallBackLine.case_id)
        .where(CallBackLine.sample_id == sample.id).order_by(CallBackLine.position)).all()
    _note(session, Entry("call_back.list", {"sample": sample.id.hex, "rows": len(mine)}), actor, now)
    lines = [call_row(*row) for row in rows if row[0].id in mine]
    return SampleRow(
        sample.id, grid_of(session, now).areas[sample.street_code].label,
        Period(BriefKind.MONTH, sample.first_on, sample.last_on), sample.drawn_at, len(rows),
        sum(row[0].settled is None for row in rows), sum(not line.is_done for line in lines)), lines


def call_row(line: CallBackLine, case_no: str, t2_code: str, closed_at: datetime | None) -> CallRow:
    """Return a drawn case as its caller sees it."""
    return CallRow(line.id, line.position, case_no, category(t2_code).title, local_day(closed_at) if closed_at else None,
                   line.tries, line.settled is not None)


def _sample(session: Session, key: uuid.UUID, streets: Iterable[str]) -> CallBackSample:
    sample = session.get(CallBackSample, key)
    if sample is None or sample.street_code not in streets:
        raise NotFound
    return sample


def line_to_call(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> tuple[CallBackLine, CallBackSample]:
    """Return a line whose caller the actor may be, locked for this transaction.

    Raises
    ------
    NotFound, HandledByCaller
    """
    line = session.get(CallBackLine, key, with_for_update=True, populate_existing=True)
    if line is None:
        raise NotFound
    sample = _sample(session, line.sample_id, _streets_to_call(session, actor, now))
    if line.id not in _callable(session, sample, actor, now):
        raise HandledByCaller
    return line, sample


def read_results(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> Results:
    """Return what a sample says of its street; the reading is recorded. Nothing smaller than the street is ever told.

    Raises
    ------
    NotFound
    """
    sample = _sample(session, key, streets_to_draw(session, actor, now))
    lines = session.scalars(select(CallBackLine).where(CallBackLine.sample_id == sample.id)).all()
    frame = {(head, community): count for head, community, count in sample.frame}
    found = findings(frame, [Answer((line.head, line.community_code), line.settled) for line in lines],
                     sum(line.called_at is not None for line in lines))
    _note(session, Entry("call_back.results", {"sample": sample.id.hex}), actor, now)
    grid = grid_of(session, now)
    subject = CaseSubject(street_code=sample.street_code, county_code=grid.county_code)
    small = any(0 < found.answers.get(each, 0) <= 2 for each in (Settled.NOT, Settled.PARTLY))
    return Results(sample.id, grid.areas[sample.street_code].label, Period(BriefKind.MONTH, sample.first_on, sample.last_on),
                   sample.seed, sample.left_out, len(frame), found,
                   small and not visible_to(actor, Permission.CASE_READ).covers(subject))
