"""Pictures kept with a case: the sheet both sides signed, a proof of performance. Drawn anew, sealed, each look recorded."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from gridmediate.domain.case_words import State
from gridmediate.domain.people_words import PICTURES_MOST, AttachmentKind
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.pictures import MIME, Picture
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal_bytes, unseal_bytes
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Agreement, Attachment, Case


class FileClosed(Problem):
    """The case's file is closed: nothing is put into it or taken out any more."""

    code = "attachment.file-closed"
    kind = Kind.CONFLICT
    sentence = Label("案件已经归档，照片不能再增减。", "The case is archived; no photo is added or removed any more.")


class TooManyPictures(Problem):
    """More pictures than a file needs."""

    code = "attachment.too-many"
    kind = Kind.CONFLICT
    sentence = Label("一件案子至多存 {limit} 张照片。请先撤下不用的。",
                     "A case keeps at most {limit} photos. Remove one that is not needed first.")


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as it leaves the house."""

    content: bytes
    mime: str


def check_room(session: Session, case_no: str, agreement_id: uuid.UUID, actor: Actor) -> Case:
    """Return the case if one more picture may be kept with this agreement; asked before the picture is opened.

    Raises
    ------
    NotFound, NotPermitted, FileClosed, TooManyPictures
    """
    case = _case(session, case_no, actor, Permission.CASE_FOLLOW_UP)
    if case.state is State.ARCHIVED:
        raise FileClosed
    stands = select(Agreement.id).where(
        Agreement.id == agreement_id, Agreement.case_id == case.id, Agreement.dropped_at.is_(None))
    if session.scalars(stands).one_or_none() is None:
        raise NotFound
    kept = select(func.count()).where(Attachment.case_id == case.id, Attachment.removed_at.is_(None))
    if (session.scalar(kept) or 0) >= PICTURES_MOST:
        raise TooManyPictures(limit=PICTURES_MOST)
    return case


def attach(session: Session, case_no: str, agreement_id: uuid.UUID, kind: AttachmentKind, picture: Picture, actor: Actor,
           now: datetime) -> Attachment:
    """Keep a picture with an agreement.

    Raises
    ------
    NotFound, NotPermitted, FileClosed, TooManyPictures
    """
    case = check_room(session, case_no, agreement_id, actor)
    row = Attachment(
        id=new_id(), case_id=case.id, agreement_id=agreement_id, kind=kind, mime=MIME, size_bytes=len(picture.content),
        width=picture.width, height=picture.height, digest=sha256(picture.content).digest(), added_by=actor.account_id,
        added_at=now,
    )
    seal_bytes(session, row, "content", picture.content)
    session.add(row)
    record(session, case.id, [Entry("attachment.add", _details(row))], actor=actor, at=now, case=case)
    return row


def show(session: Session, case_no: str, attachment_id: uuid.UUID, actor: Actor, now: datetime) -> ShownPicture:
    """Return a picture for who may see the parties in clear; each look is recorded.

    Raises
    ------
    NotFound, NotPermitted, SealBroken
    """
    case = _case(session, case_no, actor, Permission.PARTY_UNMASK)
    row = _attachment(session, case, attachment_id)
    record(session, case.id, [Entry("attachment.read", _details(row))], actor=actor, at=now, case=case)
    return ShownPicture(unseal_bytes(session, row, "content"), row.mime)


def remove(session: Session, case_no: str, attachment_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Remove a picture that was sent by mistake: what it shows is gone, that it was there stays in the record.

    Raises
    ------
    NotFound, NotPermitted, FileClosed
    """
    case = _case(session, case_no, actor, Permission.CASE_FOLLOW_UP)
    if case.state is State.ARCHIVED:
        raise FileClosed
    row = _attachment(session, case, attachment_id)
    row.content_sealed, row.removed_at = None, now
    record(session, case.id, [Entry("attachment.remove", _details(row))], actor=actor, at=now, case=case)


def _case(session: Session, case_no: str, actor: Actor, permission: Permission) -> Case:
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(permission):
        raise NotPermitted
    return case


def _attachment(session: Session, case: Case, attachment_id: uuid.UUID) -> Attachment:
    row = session.scalars(
        select(Attachment).where(Attachment.id == attachment_id, Attachment.case_id == case.id, Attachment.removed_at.is_(None))
        .options(undefer(Attachment.content_sealed))).one_or_none()
    if row is None:
        raise NotFound
    return row


def _details(row: Attachment) -> dict[str, str]:
    return {"kind": row.kind.value, "digest": row.digest.hex()}
