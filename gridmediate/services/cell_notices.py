"""Public notices to cells: a street publishes one, sees its own, takes one down. Nobody's reading of one is kept or counted."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.cell_notices import (
    TEXT_LIMIT,
    TITLE_LIMIT,
    NoticeNowhere,
    NoticeStanding,
    check_days,
    check_public,
    fewest_places,
    standing_of,
)
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import Faults, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.asked import check_words
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, CellNotice, CellNoticePlace

#: More than a street hangs out in years; older ones are in the record of acts.
_LISTED_MOST = 100
#: More than a person reads before the own work.
_SHOWN_MOST = 5


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What is to be published.

    Parameters
    ----------
    street_code : str
    title, text : str
        Plain words.
    first_on, last_on : date
        Both included.
    places : tuple of str
        Codes of the street, of its communities, of its cells.
    """

    street_code: str
    title: str
    text: str
    first_on: date
    last_on: date
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """A notice as residents and workers read it."""

    title: str
    text: str
    first_on: date
    last_on: date
    street: Label


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its street looks after it."""

    id: uuid.UUID
    title: str
    text: str
    first_on: date
    last_on: date
    standing: NoticeStanding
    places: tuple[Label, ...]
    by: Label
    at: datetime
    ended_by: Label | None
    ended_at: datetime | None


def streets_of(actor: Actor) -> list[str]:
    """Return the streets whose notices the actor publishes."""
    return sorted(visible_to(actor, Permission.NOTICE_PUBLISH).streets)


def publish(session: Session, draft: NoticeDraft, actor: Actor, now: datetime) -> uuid.UUID:
    """Publish a notice to cells of a street; what it says is kept with the act.

    Raises
    ------
    NotPermitted, Faults
    """
    if draft.street_code not in streets_of(actor):
        raise NotPermitted
    title, text, places = _checked(draft, grid_of(session, now), now)
    notice = CellNotice(id=new_id(), street_code=draft.street_code, title=title, text=text, first_on=draft.first_on,
                        last_on=draft.last_on, published_by=actor.account_id, published_at=now)
    session.add(notice)
    session.flush()
    session.add_all(CellNoticePlace(notice_id=notice.id, place_code=code) for code in places)
    details = {"notice": notice.id.hex, "places": places, "from": draft.first_on.isoformat(), "to": draft.last_on.isoformat()}
    _note(session, Entry("notice.publish", details, words=f"{title}\n{text}"), actor, now)
    return notice.id


def _checked(draft: NoticeDraft, grid: Grid, now: datetime) -> tuple[str, str, list[str]]:
    faults: list[Problem] = []
    said = {"title": "", "text": ""}
    for field, name, words, limit in (("title", Label("标题", "Title"), draft.title, TITLE_LIMIT),
                                      ("text", Label("内容", "Text"), draft.text, TEXT_LIMIT)):
        try:
            said[field] = check_words(field, name, words, limit=limit)
            check_public(field, words)
        except Problem as problem:
            faults.append(problem)
    try:
        check_days(draft.first_on, draft.last_on, local_day(now))
    except Problem as problem:
        faults.append(problem)
    if not draft.places or not set(draft.places) <= _places_of(grid, draft.street_code):
        faults.append(NoticeNowhere(field="places"))
    if faults:
        raise Faults(faults)
    return said["title"], said["text"], fewest_places(draft.street_code, draft.places)


def _places_of(grid: Grid, street: str) -> set[str]:
    """Return every code a notice of this street may hang at."""
    return {street, *(area.code for area in grid.communities_of(street)), *(cell.code for cell in grid.cells_of(street))}


def end(session: Session, notice_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Take a notice down before its last day; one that is down stays as it is.

    Raises
    ------
    NotFound
    """
    notice = session.get(CellNotice, notice_id, with_for_update=True)
    if notice is None or notice.street_code not in streets_of(actor):
        raise NotFound
    if notice.ended_at is None:
        notice.ended_at, notice.ended_by = now, actor.account_id
        _note(session, Entry("notice.end", {"notice": notice.id.hex}), actor, now)


def _note(session: Session, entry: Entry, actor: Actor, now: datetime) -> None:
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [entry], actor=actor, at=now)


def list_notices(session: Session, street: str, actor: Actor, now: datetime) -> list[NoticeRow]:
    """Return a street's notices, those that end last first.

    Raises
    ------
    NotPermitted
    """
    if street not in streets_of(actor):
        raise NotPermitted
    grid, today = grid_of(session, now), local_day(now)
    found = session.scalars(select(CellNotice).where(CellNotice.street_code == street)
                            .order_by(CellNotice.last_on.desc(), CellNotice.id.desc()).limit(_LISTED_MOST)).all()
    places: defaultdict[uuid.UUID, list[Label]] = defaultdict(list)
    hung = select(CellNoticePlace).where(CellNoticePlace.notice_id.in_([each.id for each in found]))
    for row in session.scalars(hung.order_by(CellNoticePlace.place_code)):
        places[row.notice_id].append(_place_label(grid, row.place_code))
    people = {each.published_by for each in found} | {each.ended_by for each in found if each.ended_by}
    names = {row.id: Label(row.name, row.name_en)
             for row in session.execute(select(Account.id, Account.name, Account.name_en).where(Account.id.in_(people)))}
    return [
        NoticeRow(each.id, each.title, each.text, each.first_on, each.last_on,
                  standing_of(each.first_on, each.last_on, today, is_ended=each.ended_at is not None), tuple(places[each.id]),
                  names[each.published_by], each.published_at, names[each.ended_by] if each.ended_by else None, each.ended_at)
        for each in found
    ]


def _place_label(grid: Grid, code: str) -> Label:
    if code in grid.areas:
        return grid.areas[code].label
    return grid.cells[code].label if code in grid.cells else Label(code, code)


def notices_at(session: Session, grid: Grid, cells: Iterable[str], now: datetime) -> list[PublicNotice]:
    """Return what hangs today in any of these cells, each notice once, the newest first.

    Parameters
    ----------
    grid : Grid
    cells : iterable of str
        Codes; those that are none of the grid's are passed over.
    """
    own = [grid.cells[code] for code in cells if code in grid.cells]
    places = {code for cell in own for code in (cell.code, cell.community_code, cell.street_code)}
    if not places:
        return []
    today = local_day(now)
    here = select(CellNoticePlace.notice_id).where(CellNoticePlace.place_code.in_(sorted(places)))
    found = session.scalars(
        select(CellNotice)
        .where(CellNotice.id.in_(here), CellNotice.ended_at.is_(None), CellNotice.first_on <= today, CellNotice.last_on >= today)
        .order_by(CellNotice.first_on.desc(), CellNotice.id.desc()).limit(_SHOWN_MOST))
    return [PublicNotice(each.title, each.text, each.first_on, each.last_on, _place_label(grid, each.street_code))
            for each in found]
