"""What comes back to whoever filed a case or accompanies it: how far it is, who has it, what is new, how and why it ended.

Each answer is one statement however many cases are asked about. Nothing here counts what a person does.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.acts import ON_THE_BOARD, act_label
from gridmediate.domain.next_steps import Turn
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.vocabulary import Label, Level, Seat, label
from gridmediate.domain.workflow import OPEN_STATES, TRANSITIONS
from gridmediate.services.grid import Grid
from gridmediate.services.lists import LISTED, CaseRow, case_row
from gridmediate.store import queries
from gridmediate.store.history import words_of
from gridmediate.store.models import Account, Case, HistoryEntry, Notice, TeamSeat

#: What a card has room for; the case page says it whole.
REASON_LIMIT = 60
#: How many unread notices a first screen looks through, and of how many cases it tells.
_LOOKED_THROUGH, _TOLD_MOST = 60, 5
#: Acts that decide a matter, and whose words say why.
_DECIDING = tuple(sorted({f"case.{row.act.value}" for row in TRANSITIONS if row.target not in OPEN_STATES}))


@dataclass(frozen=True, slots=True)
class News:
    """The newest that a person was told of a case and has not opened yet."""

    what: Label
    at: datetime


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a list says of a case beside its row.

    Parameters
    ----------
    who : Label or None
        Who has it now; None where the step names them already, or nothing is left to do.
    reason : str
        How it ended, in the words of whoever ended it, cut to :data:`REASON_LIMIT`; "" while it goes on and in sensitive
        matters.
    news : News or None
        What the reader has not opened yet.
    """

    who: Label | None = None
    reason: str = ""
    news: News | None = None


def came_back(session: Session, rows: Sequence[CaseRow], actor: Actor) -> dict[uuid.UUID, CameBack]:
    """Return what comes back of each of these cases, which the actor reads."""
    news, cadres, reasons = unread(session, [row.id for row in rows], actor), _cadres(session, rows), _reasons(session, rows)
    return {row.id: CameBack(_who(row, cadres), reasons.get(row.id, ""), news.get(row.id)) for row in rows}


def unread(session: Session, cases: Sequence[uuid.UUID], actor: Actor) -> dict[uuid.UUID, News]:
    """Return the newest unread notice of each case that has one; opening the case's page marks its notices read."""
    told = select(Notice.case_id, Notice.act, Notice.created_at).where(
        Notice.account_id == actor.account_id, Notice.read_at.is_(None), Notice.case_id.in_(cases))
    rows = session.execute(told.order_by(Notice.created_at, Notice.id)) if cases else ()
    return {row.case_id: News(act_label(row.act), row.created_at) for row in rows}


def latest(session: Session, actor: Actor, grid: Grid, now: datetime) -> list[tuple[CaseRow, News]]:
    """Return the cases with unread news, the newest first, each once."""
    told = select(Notice.act, Notice.created_at, *LISTED).join(Case, Case.id == Notice.case_id).where(
        Notice.account_id == actor.account_id, Notice.read_at.is_(None), Notice.act != ON_THE_BOARD,
        queries.within(visible_to(actor, Permission.CASE_READ)))
    rows: Any = session.execute(told.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(_LOOKED_THROUGH))
    found: dict[uuid.UUID, Any] = {}
    for row in rows:
        found.setdefault(row.id, row)
    return [(case_row(session, row, grid, now), News(act_label(row.act), row.created_at))
            for row in list(found.values())[:_TOLD_MOST]]


def _who(row: CaseRow, cadres: dict[uuid.UUID, Label]) -> Label | None:
    match row.turn:
        case Turn.COMMUNITY:
            return cadres.get(row.id) or row.community
        case Turn.STREET:
            return label(Level.STREET)
        case Turn.COUNTY:
            return label(Level.COUNTY)
        case _:
            return None  # a step that waits for departments names them


def _cadres(session: Session, rows: Sequence[CaseRow]) -> dict[uuid.UUID, Label]:
    asked = [row.id for row in rows if row.turn is Turn.COMMUNITY]
    if not asked:
        return {}
    seated = session.execute(
        select(TeamSeat.case_id, Account.name, Account.name_en).join(Account, Account.id == TeamSeat.account_id)
        .where(TeamSeat.case_id.in_(asked), TeamSeat.seat == Seat.CADRE, TeamSeat.left_at.is_(None))
        .order_by(TeamSeat.position.desc()))
    return {case_id: Label(name, name_en) for case_id, name, name_en in seated}


def _reasons(session: Session, rows: Sequence[CaseRow]) -> dict[uuid.UUID, str]:
    asked = [row.id for row in rows if row.outcome is not None and not row.is_sensitive]
    if not asked:
        return {}
    decided = session.scalars(select(HistoryEntry).where(
        HistoryEntry.chain.in_(asked), HistoryEntry.act.in_(_DECIDING), HistoryEntry.words_sealed.is_not(None),
    ).order_by(HistoryEntry.chain, HistoryEntry.seq))
    last = {entry.chain: entry for entry in decided}
    return {chain: _cut(words_of(session, entry)) for chain, entry in last.items()}


def _cut(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= REASON_LIMIT else f"{line[:REASON_LIMIT - 1]}…"
