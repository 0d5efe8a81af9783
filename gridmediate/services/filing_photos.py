"""Photos that a phone sends after its filing, in parts that may come twice, at once, or after a lost answer.

A part is kept sealed until the photo is whole. Then the photo is drawn anew, outside any transaction, and goes to the case; its
parts are gone with that. What never becomes whole is swept away after a month.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from gridmediate.domain.case_words import State
from gridmediate.domain.people_words import FILING_PICTURES_MOST, PICTURES_MOST, AttachmentKind
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.attachments import FileClosed, TooManyPictures
from gridmediate.services.casework import load_case
from gridmediate.services.pictures import BYTES_MOST, MIME, Picture, PictureTooLarge, redraw
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal_bytes, unseal_bytes
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Attachment, Case, PhotoPart

PART_BYTES = 256 * 1024
PARTS_KEPT = timedelta(days=30)


class FilingNotIn(Problem):
    """A photo came before its filing."""

    code = "photo.filing-not-in"
    kind = Kind.CONFLICT
    sentence = Label("这件上报还没有收到，照片要等它先到。请先发送上报。",
                     "The filing has not come in yet, and its photos come after it. Send the filing first.")


class TooManyFilingPhotos(Problem):
    """More photos than a filing brings along."""

    code = "photo.too-many"
    kind = Kind.CONFLICT
    sentence = Label("一件上报至多带 {limit} 张照片，这一张没有收。",
                     "A filing brings at most {limit} photos; this one was not taken.")


class PartNotWhole(Problem):
    """A part that is empty, or reaches beyond the end of its photo."""

    code = "photo.part-not-whole"
    sentence = Label("照片的这一段不完整，没有收。请重新发送这张照片。",
                     "This part of the photo is not whole and was not taken. Send the photo again.")


@dataclass(frozen=True, slots=True)
class Place:
    """Which photo is meant: of which filing, under which key; both keys are the phone's."""

    filing_key: uuid.UUID
    photo_key: uuid.UUID


@dataclass(frozen=True, slots=True)
class Received:
    """How far a photo has come.

    Parameters
    ----------
    count : int
        Bytes that are here without a gap from the beginning.
    is_complete : bool
        It is with the case.
    is_ahead : bool
        What was sent begins after a gap, and was not taken.
    """

    count: int
    is_complete: bool = False
    is_ahead: bool = False


def received(session: Session, place: Place, actor: Actor) -> Received:
    """Return how far a photo has come; nothing of a filing that is not the actor's own."""
    kept = session.scalars(
        select(Attachment.size_bytes).join(Case, Case.id == Attachment.case_id)
        .where(*_own_case(place, actor), Attachment.upload_key == place.photo_key)).one_or_none()
    return Received(kept, is_complete=True) if kept is not None else Received(_reached(session, place, actor))


def take_part(store: Store, place: Place, offset: int, size: int, content: bytes, actor: Actor, now: datetime) -> Received:
    """Take one part of a photo; with the last one the photo goes to the case.

    A part that is here already is not taken twice, whatever it holds; a photo that is with the case stays as it is. Once all is
    here, any further part, an empty one too, finishes what a lost answer left unfinished.

    Parameters
    ----------
    offset, size : int
        Where the part begins, and how large the photo is, in bytes.

    Raises
    ------
    FilingNotIn, FileClosed, TooManyFilingPhotos, TooManyPictures, PartNotWhole
    PictureTooLarge, PictureNotRead, PictureAndMore
        Nothing of the photo is kept then.
    """
    if size > BYTES_MOST:
        raise PictureTooLarge.of()
    with store.writing() as session:
        now_here = _keep(session, place, offset, size, content, actor, now)
    if now_here.is_complete or now_here.is_ahead or now_here.count < size:
        return now_here
    with store.reading() as session:
        sent = _whole(session, place, actor)
    if len(sent) != size:  # somebody else has just finished it, or it was refused
        with store.reading() as session:
            return received(session, place, actor)
    return _finish(store, place, sent, actor, now)


def _finish(store: Store, place: Place, sent: bytes, actor: Actor, now: datetime) -> Received:
    try:
        picture = redraw(sent)
    except Problem:
        with store.writing() as session:
            _drop(session, place, actor)
        raise
    with store.writing() as session:
        case = _case(session, place, actor)
        if _kept(session, case, place) is None:
            _check_room(session, case, place, actor)
            _attach(session, case, place, picture, actor, now)
        _drop(session, place, actor)
    return Received(len(sent), is_complete=True)


def _keep(session: Session, place: Place, offset: int, size: int, content: bytes, actor: Actor, now: datetime) -> Received:
    case = _case(session, place, actor)
    if _kept(session, case, place) is not None:
        return Received(size, is_complete=True)
    here = _reached(session, place, actor, size)
    if here == 0:
        # A photo begins, perhaps anew: with another size, or after the beginning was swept away.
        _drop(session, place, actor)
        _check_room(session, case, place, actor)
    if offset != here or here == size:
        return Received(here, is_ahead=offset > here)
    if not content or offset + len(content) > size:
        raise PartNotWhole(field="picture")
    row = PhotoPart(id=new_id(), account_id=actor.account_id, filing_key=place.filing_key, photo_key=place.photo_key,
                    starts_at=offset, size_bytes=len(content), total_bytes=size, sent_at=now)
    seal_bytes(session, row, "content", content)
    session.add(row)
    return Received(offset + len(content))


def _case(session: Session, place: Place, actor: Actor) -> Case:
    """Return the filing's case, locked: parts of one filing that come at once wait for each other."""
    case_no = session.scalars(select(Case.case_no).where(*_own_case(place, actor))).one_or_none()
    if case_no is None:
        raise FilingNotIn
    return load_case(session, case_no, actor)


def _own_case(place: Place, actor: Actor) -> tuple[Any, ...]:
    return Case.filed_by == actor.account_id, Case.filing_key == place.filing_key


def _kept(session: Session, case: Case, place: Place) -> uuid.UUID | None:
    """Return the picture that the photo became, also where it was removed since: sending it again brings it back to nobody."""
    return session.scalars(select(Attachment.id).where(
        Attachment.case_id == case.id, Attachment.upload_key == place.photo_key)).one_or_none()


def _of(place: Place, actor: Actor) -> tuple[Any, ...]:
    return (PhotoPart.account_id == actor.account_id, PhotoPart.filing_key == place.filing_key,
            PhotoPart.photo_key == place.photo_key)


def _reached(session: Session, place: Place, actor: Actor, size: int | None = None) -> int:
    """Return how many bytes are here without a gap; none if the photo has another size than it had."""
    reached = 0
    rows = session.execute(select(PhotoPart.starts_at, PhotoPart.size_bytes, PhotoPart.total_bytes)
                           .where(*_of(place, actor)).order_by(PhotoPart.starts_at))
    for row in rows:
        if row.starts_at != reached or row.total_bytes != (size or row.total_bytes):
            break
        reached += row.size_bytes
    return reached


def _whole(session: Session, place: Place, actor: Actor) -> bytes:
    rows = session.scalars(select(PhotoPart).where(*_of(place, actor)).order_by(PhotoPart.starts_at)
                           .options(undefer(PhotoPart.content_sealed)))
    return b"".join(unseal_bytes(session, row, "content") for row in rows)


def _drop(session: Session, place: Place, actor: Actor) -> None:
    session.execute(delete(PhotoPart).where(*_of(place, actor)))


def _check_room(session: Session, case: Case, place: Place, actor: Actor) -> None:
    if case.state is State.ARCHIVED:
        raise FileClosed
    here = (Attachment.case_id == case.id, Attachment.removed_at.is_(None))
    kept, of_filing = session.execute(select(
        func.count(), func.count().filter(Attachment.kind == AttachmentKind.FILING)).where(*here)).one()
    others = select(func.count(PhotoPart.photo_key.distinct())).where(
        PhotoPart.account_id == actor.account_id, PhotoPart.filing_key == place.filing_key,
        PhotoPart.photo_key != place.photo_key)
    coming = session.scalar(others) or 0
    if of_filing + coming >= FILING_PICTURES_MOST:
        raise TooManyFilingPhotos(limit=FILING_PICTURES_MOST)
    if kept + coming >= PICTURES_MOST:
        raise TooManyPictures(limit=PICTURES_MOST)


def _attach(session: Session, case: Case, place: Place, picture: Picture, actor: Actor, now: datetime) -> None:
    row = Attachment(
        id=new_id(), case_id=case.id, kind=AttachmentKind.FILING, mime=MIME, size_bytes=len(picture.content),
        width=picture.width, height=picture.height, digest=sha256(picture.content).digest(), added_by=actor.account_id,
        added_at=now, upload_key=place.photo_key,
    )
    seal_bytes(session, row, "content", picture.content)
    session.add(row)
    details = {"kind": row.kind.value, "digest": row.digest.hex()}
    record(session, case.id, [Entry("attachment.add", details)], actor=actor, at=now, case=case)


def are_stale(session: Session, now: datetime) -> bool:
    """Return whether parts lie here that nobody will complete any more."""
    return session.scalars(select(PhotoPart.id).where(PhotoPart.sent_at < now - PARTS_KEPT).limit(1)).first() is not None


def drop_stale(session: Session, now: datetime) -> None:
    """Throw away the parts that nobody will complete any more."""
    session.execute(delete(PhotoPart).where(PhotoPart.sent_at < now - PARTS_KEPT))
