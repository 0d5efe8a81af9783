"""Views of the map kept under a name: one's own only. A view is the query of its address, so that it can be sent without this."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.asked import check_words
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import MapBookmark

MOST, NAME_LIMIT = 30, 60
NAME = Label("名称", "Name")
#: What may stand in the address of a map, its table and its other views; anything else is not kept.
KEYS = (
    "view", "as", "street", "level", "measure", "head", "source", "risk", "department", "at", "age", "month", "compare", "sort",
    "down", "surface", "layers", "counted", "stretch", "versus", "null",
)
_VALUE = re.compile(r"[A-Za-z0-9_.,-]{1,80}")
#: Keys that say something while they are empty: no layer at all is not the usual ones.
_MAY_BE_EMPTY = ("layers",)


class TooManyBookmarks(Problem):
    """An account keeps as many views as it may."""

    code = "bookmark.too-many"
    kind = Kind.CONFLICT
    sentence = Label("最多收藏 {expected} 个视图。请先删掉不用的。",
                     "At most {expected} views are kept. Delete one that is not needed first.")


class NameTaken(Problem):
    """Two views of one person may not share a name."""

    code = "bookmark.name-taken"
    kind = Kind.CONFLICT
    sentence = Label("已有叫“{got}”的收藏，请换个名称。", "There is a bookmark called “{got}” already. Choose another name.")


def query_of(given: Mapping[str, str]) -> dict[str, Any]:
    """Return what of an address's query is kept."""
    return {key: given[key] for key in KEYS
            if key in given and (_VALUE.fullmatch(given[key]) or (not given[key] and key in _MAY_BE_EMPTY))}


def list_bookmarks(session: Session, actor: Actor) -> list[MapBookmark]:
    """Return the actor's bookmarks by name."""
    return list(session.scalars(select(MapBookmark).where(MapBookmark.account_id == actor.account_id)
                                .order_by(MapBookmark.name, MapBookmark.id)))


def save(session: Session, name: str, given: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Keep a view; one of the same name becomes this one.

    Raises
    ------
    FieldMissing, FieldTooLong, TooManyBookmarks
    """
    name = check_words("name", NAME, name, limit=NAME_LIMIT)
    lock_account(session, actor.account_id)
    row = _named(session, name, actor)
    if row is None:
        if len(list_bookmarks(session, actor)) >= MOST:
            raise TooManyBookmarks(field="name", expected=MOST)
        row = MapBookmark(id=new_id(), account_id=actor.account_id, name=name)
        session.add(row)
    row.query, row.made_at = query_of(given), now
    _record(session, "bookmark.save", row, actor, now)


def rename(session: Session, bookmark_id: uuid.UUID, name: str, actor: Actor, now: datetime) -> None:
    """Give a bookmark another name.

    Raises
    ------
    NotFound, FieldMissing, FieldTooLong, NameTaken
    """
    name = check_words("name", NAME, name, limit=NAME_LIMIT)
    lock_account(session, actor.account_id)
    row, other = _own(session, bookmark_id, actor), _named(session, name, actor)
    if other is not None and other is not row:
        raise NameTaken(field="name", got=name)
    row.name = name
    _record(session, "bookmark.rename", row, actor, now)


def delete(session: Session, bookmark_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Delete a bookmark.

    Raises
    ------
    NotFound
    """
    lock_account(session, actor.account_id)
    row = _own(session, bookmark_id, actor)
    session.delete(row)
    _record(session, "bookmark.delete", row, actor, now)


def _named(session: Session, name: str, actor: Actor) -> MapBookmark | None:
    return session.scalars(select(MapBookmark).where(
        MapBookmark.account_id == actor.account_id, MapBookmark.name == name)).one_or_none()


def _own(session: Session, bookmark_id: uuid.UUID, actor: Actor) -> MapBookmark:
    row = session.get(MapBookmark, bookmark_id)
    if row is None or row.account_id != actor.account_id:
        raise NotFound
    return row


def _record(session: Session, act: str, row: MapBookmark, actor: Actor, now: datetime) -> None:
    record(session, actor.account_id, [Entry(act, {"bookmark": row.id.hex})], actor=actor, at=now)
