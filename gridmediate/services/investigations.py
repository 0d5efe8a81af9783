"""Investigations (调查): what somebody who is no party said, kept with the case for its dossier."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.domain.workflow import FINAL_STATES
from gridmediate.services.asked import check_words
from gridmediate.services.casework import load_case, permitted
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, Case, Investigation

PLACE_LIMIT, PERSON_LIMIT, TEXT_LIMIT = 120, 60, 4000


class AskedInTheFuture(Problem):
    """A talk that is still to come."""

    code = "investigation.in-the-future"
    sentence = Label("调查时间要在现在以前，现在是“{got}”。", "An investigation has to have been made; this one is for “{got}”.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was asked and said.

    Parameters
    ----------
    asked_at : datetime
        Aware.
    place, person, relation, text : str
        Who was asked and how that person stands to the parties; *relation* may be empty.
    recorder : str
        Who kept the record, if another than the one who asked.
    """

    asked_at: datetime
    place: str
    person: str
    text: str
    relation: str = ""
    recorder: str = ""


@dataclass(frozen=True, slots=True)
class InvestigationView:
    """An investigation as the team reads it."""

    id: uuid.UUID
    number: int
    asked_at: datetime
    place: str
    person: str
    relation: str
    text: str
    asked_by: Label | None


def add_investigation(session: Session, case_no: str, found: Finding, actor: Actor, now: datetime) -> Investigation:
    """Record an investigation.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong, AskedInTheFuture
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.CASE_MEDIATE) or case.state in FINAL_STATES:
        raise NotPermitted
    if found.asked_at > now:
        raise AskedInTheFuture(field="asked_at", got=found.asked_at)
    row = Investigation(id=new_id(), case_id=case.id, asked_at=found.asked_at, asked_by=actor.account_id, recorded_at=now)
    for column, name, limit, required in FIELDS:
        seal(session, row, column, check_words(column, name, getattr(found, column), limit=limit, required=required))
    session.add(row)
    record(session, case.id, [Entry("investigation.add")], actor=actor, at=now, case=case)
    return row


FIELDS = (
    ("place", Label("地点", "Place"), PLACE_LIMIT, True),
    ("person", Label("被调查人", "Who was asked"), PERSON_LIMIT, True),
    ("relation", Label("与当事人的关系", "Relation to the parties"), PERSON_LIMIT, False),
    ("recorder", Label("记录人", "Who kept the record"), PERSON_LIMIT, False),
    ("text", Label("调查内容", "What was found"), TEXT_LIMIT, True),
)


def investigations_of(session: Session, case: Case) -> list[Investigation]:
    """Return the investigations of a case, the earliest first."""
    return list(session.scalars(
        select(Investigation).where(Investigation.case_id == case.id).order_by(Investigation.asked_at, Investigation.id)))


def read_investigations(session: Session, case: Case, may: Callable[[Permission], bool], *,
                        acts: set[str]) -> tuple[InvestigationView, ...]:
    """Return the investigations of a case for its page, which records the reading; a department's reader gets none.

    Parameters
    ----------
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    """
    if "investigation.add" not in acts:
        return ()
    if not may(Permission.CASE_MEDIATE) and not may(Permission.PARTY_UNMASK):
        return ()
    rows = investigations_of(session, case)
    people = {row.id: Label(row.name, row.name_en or row.name) for row in session.execute(
        select(Account.id, Account.name, Account.name_en).where(Account.id.in_({each.asked_by for each in rows} - {None})))}
    return tuple(
        InvestigationView(row.id, number, row.asked_at, unseal(session, row, "place"), unseal(session, row, "person"),
                          unseal(session, row, "relation"), unseal(session, row, "text"),
                          people.get(row.asked_by) if row.asked_by else None)
        for number, row in enumerate(rows, 1))
