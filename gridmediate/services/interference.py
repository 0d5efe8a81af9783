"""Attempts to interfere with a case: any member of the team may note one; the auditor alone reads it.

The note leaves nothing in the case: no entry of its record, no version, no notice. It is recorded on the chain of whoever noted
it, which only the auditor reads. Who leans on a case may well be somebody who reads it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import Label
from gridmediate.services.asked import check_words
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.home_acts import require
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, Case, InterferenceNote

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as the auditor reads it."""

    id: uuid.UUID
    case_no: str
    at: datetime
    by: Label
    words: str


@dataclass(frozen=True, slots=True)
class NotePage:
    """A page of notes, the newest first; ``after`` is the next page's key, None on the last."""

    rows: tuple[NoteView, ...]
    after: uuid.UUID | None


def note_interference(session: Session, case_no: str, text: str, actor: Actor, now: datetime) -> None:
    """Note an attempt to interfere with a case.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.INTERFERENCE_NOTE):
        raise NotPermitted
    words = check_words("words", Label("谁、怎么干预", "Who, and how"), text)
    row = InterferenceNote(id=new_id(), case_id=case.id, noted_by=actor.account_id, noted_at=now)
    seal(session, row, "words", words)
    session.add(row)
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("interference.note")], actor=actor, at=now)


def read_notes(session: Session, actor: Actor, now: datetime, *, after: uuid.UUID | None = None,
               size: int = PAGE_SIZE) -> NotePage:
    """Read a page of the notes; the reading is recorded.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.AUDIT_READ)
    statement = (
        select(InterferenceNote, Case.case_no, Account.name, Account.name_en)
        .join(Case, Case.id == InterferenceNote.case_id).join(Account, Account.id == InterferenceNote.noted_by)
        # The keys are ordered by time.
        .order_by(InterferenceNote.id.desc()).limit(size + 1))
    found = session.execute(statement.where(InterferenceNote.id < after) if after else statement).all()
    rows = tuple(
        NoteView(note.id, case_no, note.noted_at, Label(name, name_en or name), unseal(session, note, "words"))
        for note, case_no, name, name_en in found[:size])
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("interference.read", {"count": len(rows)})], actor=actor, at=now)
    return NotePage(rows, rows[-1].id if len(found) > size else None)
