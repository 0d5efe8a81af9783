"""Briefings (简报): drafts that are there by themselves, what hands change in them, issuing, corrections.

Counting is slow and reads only; callers count first (:func:`count_missing`, :func:`count_again`) and write after.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, undefer

from gridmediate.domain.briefing import (
    LINE_LIMIT,
    LINES_MOST,
    SENT_LIMIT,
    BriefingChanged,
    BriefingEmpty,
    BriefingIssued,
    BriefingNotIssued,
    BriefKind,
    DraftEdit,
    Line,
    Period,
    edited,
    latest_over,
    recounted,
)
from gridmediate.domain.briefing_table import compose
from gridmediate.domain.cell_notices import check_public
from gridmediate.domain.permissions import Actor, Permission, visible_to
from gridmediate.domain.problems import Faults, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.asked import check_words
from gridmediate.services.briefing_figures import Counted, count_briefing
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.store.columns import new_id
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Briefing, BriefingNumber

_LISTED_MOST = 200
_DIGESTED = ("lines", "tables", "picture", "report_to", "send_to", "editor", "place", "corrects")


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft that was counted and is to be kept."""

    place: str
    period: Period
    content: dict[str, Any]
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class BriefingRow:
    """A line of the list."""

    id: uuid.UUID
    place: Label
    period: Period
    year: int | None
    number: int | None
    issued_at: datetime | None
    is_correction: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class BriefingPaper:
    """A briefing as its page and its papers show it.

    Parameters
    ----------
    corrects : tuple of (UUID, int, int) or None
        The issue it corrects: key, year and number.
    corrected_by : tuple of (int, int) or None
        The issue that corrects it.
    is_whole : bool
        Whether what is kept is what was issued; True of a draft.
    may_edit : bool
        Whether it is a draft of a place of the reader's own.
    """

    id: uuid.UUID
    place: Label
    period: Period
    version: int
    counted_at: datetime
    lines: tuple[Line, ...]
    tables: tuple[dict[str, Any], ...]
    picture: dict[str, Any] | None
    report_to: str
    send_to: str
    editor: str
    year: int | None
    number: int | None
    issued_on: date | None
    digest: str
    is_whole: bool
    corrects: tuple[uuid.UUID, int, int] | None
    corrected_by: tuple[int, int] | None
    may_edit: bool
    may_correct: bool

    @property
    def masthead(self) -> str:
        """The red line at the head; the paper is Chinese whatever the reader's language."""
        return f"{self.place.zh}矛盾纠纷化解简报"

    @property
    def kept_lines(self) -> list[Line]:
        """The lines that stand on the paper."""
        return [line for line in self.lines if not line.is_dropped]


def places_of(actor: Actor) -> list[str]:
    """Return the streets and counties whose briefings the actor makes."""
    reach = visible_to(actor, Permission.BRIEFING_ISSUE)
    return [*sorted(reach.streets), *sorted(reach.counties)]


def _may_read(grid: Grid, actor: Actor, place: str) -> bool:
    """Return whether a briefing is this reader's: of an own place, or, issued, of a street below it."""
    own = places_of(actor)
    return place in own or (place in grid.areas and grid.areas[place].parent_code in own)


def count_missing(session: Session, actor: Actor, now: datetime) -> list[NewDraft]:
    """Count the briefings of the newest periods that nobody has opened yet.

    Raises
    ------
    NotPermitted
    """
    places = places_of(actor)
    if not places:
        raise NotPermitted
    grid, today = grid_of(session, now), local_day(now)
    periods = [latest_over(kind, today) for kind in BriefKind]
    there = {tuple(row) for row in session.execute(
        select(Briefing.place_code, Briefing.kind, Briefing.first_on).where(Briefing.place_code.in_(places)))}
    return [_counted(session, grid, place, period, now) for place in places if place in grid.areas for period in periods
            if (place, period.kind, period.first) not in there]


def _counted(session: Session, grid: Grid, place: str, period: Period, now: datetime) -> NewDraft:
    return NewDraft(place, period, _content(grid, place, count_briefing(session, grid, place, period, now)), now)


def _content(grid: Grid, place: str, counted: Counted) -> dict[str, Any]:
    name = grid.areas[place].label
    above = grid.areas[grid.county_code].name
    return {
        "lines": [line.as_json() for line in compose(counted.figures)], "tables": counted.tables, "picture": counted.picture,
        "place": [name.zh, name.en], "corrects": None, "editor": f"{name.zh}综治中心",
        "report_to": f"{above}综治中心" if grid.areas[place].level is Level.STREET else f"{above}委政法委",
        "send_to": "各社区、相关职能部门" if grid.areas[place].level is Level.STREET else "各街道、相关职能部门",
    }


def open_desk(session: Session, new: Sequence[NewDraft], actor: Actor, now: datetime) -> list[BriefingRow]:
    """Keep the drafts that were counted, and return drafts and issued briefings, newest first; the look is recorded.

    Raises
    ------
    NotPermitted
    """
    own = places_of(actor)
    if not own:
        raise NotPermitted
    grid = grid_of(session, now)
    kept = [draft for draft in new if draft.place in own and _keep(session, draft)]
    below = [area.code for area in grid.areas.values() if area.parent_code in own and area.level is Level.STREET]
    rows = session.scalars(
        select(Briefing)
        .where(Briefing.place_code.in_(own) | (Briefing.place_code.in_(below) & Briefing.number.is_not(None)))
        .order_by(Briefing.first_on.desc(), Briefing.kind, Briefing.edition.desc(), Briefing.place_code)
        .limit(_LISTED_MOST)).all()
    entries = [Entry("briefing.draft", {"place": draft.place, "kind": draft.period.kind.value,
                                        "first": draft.period.first.isoformat()}) for draft in kept]
    _note(session, [*entries, Entry("briefing.read", {"rows": len(rows)})], actor, now)
    return [BriefingRow(row.id, Label(*row.content["place"]), Period(row.kind, row.first_on, row.last_on), row.year, row.number,
                        row.issued_at, row.edition > 0, row.place_code in own) for row in rows]


def _keep(session: Session, draft: NewDraft) -> bool:
    """Keep a draft unless somebody has opened the same period a moment before."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    period = draft.period
    done = session.execute(insert(Briefing).values(
        id=new_id(), place_code=draft.place, kind=period.kind, first_on=period.first, last_on=period.last, edition=0, version=1,
        counted_at=draft.counted_at, content=draft.content,
    ).on_conflict_do_nothing(index_elements=["place_code", "kind", "first_on", "edition"]).returning(Briefing.id))
    return done.scalar_one_or_none() is not None


def _note(session: Session, entries: list[Entry], actor: Actor, now: datetime) -> None:
    lock_account(session, actor.account_id)
    record(session, actor.account_id, entries, actor=actor, at=now)


def read_briefing(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> BriefingPaper:
    """Return one briefing; the reading is recorded.

    Raises
    ------
    NotFound
        Absent, of a place that is not the reader's, or a draft of another place: answered alike.
    """
    row = session.get(Briefing, key)
    if row is None or not _may_read(grid_of(session, now), actor, row.place_code) or (
            row.number is None and row.place_code not in places_of(actor)):
        raise NotFound
    _note(session, [Entry("briefing.read", {"briefing": row.id.hex})], actor, now)
    return _paper(session, row, actor)


def _paper(session: Session, row: Briefing, actor: Actor) -> BriefingPaper:
    content, is_own = row.content, row.place_code in places_of(actor)
    later: Any = session.execute(select(Briefing.year, Briefing.number).where(
        Briefing.corrects_id == row.id, Briefing.number.is_not(None))).first()
    corrects = content["corrects"]
    return BriefingPaper(
        row.id, Label(*content["place"]), Period(row.kind, row.first_on, row.last_on), row.version, row.counted_at,
        tuple(Line.from_json(each) for each in content["lines"]), tuple(content["tables"]), content["picture"],
        content["report_to"], content["send_to"], content["editor"], row.year, row.number,
        local_day(row.issued_at) if row.issued_at else None, row.digest.hex() if row.digest else "",
        row.digest is None or row.digest == _digest(row),
        (row.corrects_id, *corrects) if row.corrects_id and corrects else None, (later.year, later.number) if later else None,
        is_own and row.number is None, is_own and row.number is not None and later is None)


def _digest(row: Briefing) -> bytes:
    """Return the SHA-256 of all that stands on an issued paper."""
    whole = {name: row.content[name] for name in _DIGESTED} | {
        "kind": row.kind.value, "first": row.first_on.isoformat(), "last": row.last_on.isoformat(), "year": row.year,
        "number": row.number, "place_code": row.place_code, "issued": row.issued_at.isoformat() if row.issued_at else None}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def _to_write(session: Session, key: uuid.UUID, version: int | None, actor: Actor) -> Briefing:
    row = session.get(Briefing, key, with_for_update=True, populate_existing=True)
    if row is None or row.place_code not in places_of(actor):
        raise NotFound
    if row.number is not None:
        raise BriefingIssued
    if version is not None and version != row.version:
        raise BriefingChanged
    return row


def edit_draft(session: Session, key: uuid.UUID, edit: DraftEdit, version: int | None, actor: Actor, now: datetime) -> None:
    """Keep what a hand did to a draft.

    Raises
    ------
    NotFound, BriefingIssued, BriefingChanged, Faults
    """
    row = _to_write(session, key, version, actor)
    _check(edit)
    before = [Line.from_json(each) for each in row.content["lines"]]
    lines = edited(before, edit)[:LINES_MOST]
    row.content = row.content | {"lines": [line.as_json() for line in lines], "report_to": edit.report_to.strip(),
                                 "send_to": edit.send_to.strip(), "editor": edit.editor.strip()}
    old = {line.key: line for line in before}
    changed = [line for line in lines if old.get(line.key) != line]
    words = "\n".join(line.paper for line in changed) or None
    _note(session, [Entry("briefing.edit", {"briefing": row.id.hex, "lines": [line.key for line in changed]}, words=words)],
          actor, now)


def _check(edit: DraftEdit) -> None:
    said = {f"line-{key}": change.said for key, change in edit.lines.items()}
    said |= {f"add-{section.value}": words for section, words in edit.added.items()}
    faults: list[Problem] = []
    for names, limit in ((said, LINE_LIMIT), ({"report_to": edit.report_to, "send_to": edit.send_to, "editor": edit.editor},
                                              SENT_LIMIT)):
        for name, words in names.items():
            try:
                check_words(name, Label("内容", "Text"), words, limit=limit, required=False)
                check_public(name, words)
            except Problem as problem:
                faults.append(problem)
    if faults:
        raise Faults(faults)


def count_again(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> NewDraft:
    """Count a draft's numbers as they are now.

    Raises
    ------
    NotFound, BriefingIssued
    """
    row = _to_write(session, key, None, actor)
    return _counted(session, grid_of(session, now), row.place_code, Period(row.kind, row.first_on, row.last_on), now)


def keep_count(session: Session, key: uuid.UUID, new: NewDraft, actor: Actor, now: datetime) -> None:
    """Put new numbers into a draft; what hands did stays where the sentence is still the same.

    Raises
    ------
    NotFound, BriefingIssued
    """
    row = _to_write(session, key, None, actor)
    lines = recounted(*([Line.from_json(each) for each in content["lines"]] for content in (row.content, new.content)))
    row.content = row.content | {"lines": [line.as_json() for line in lines], "tables": new.content["tables"],
                                 "picture": new.content["picture"]}
    row.counted_at = new.counted_at
    _note(session, [Entry("briefing.recount", {"briefing": row.id.hex})], actor, now)


def issue(session: Session, key: uuid.UUID, version: int | None, actor: Actor, now: datetime) -> str:
    """Issue a briefing: its number is given, its content frozen and its digest recorded. Return the number as written.

    Raises
    ------
    NotFound, BriefingIssued, BriefingChanged, BriefingEmpty
    """
    row = _to_write(session, key, version, actor)
    if all(each["is_dropped"] for each in row.content["lines"]):
        raise BriefingEmpty
    row.year = local_day(now).year
    row.number = _next_number(session, row.place_code, row.year)
    row.issued_at, row.issued_by = now, actor.account_id
    row.digest = _digest(row)
    _note(session, [Entry("briefing.issue", {"briefing": row.id.hex, "place": row.place_code, "year": row.year,
                                             "number": row.number, "digest": row.digest.hex()})], actor, now)
    return f"{row.year}-{row.number}"


def _next_number(session: Session, place: str, year: int) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taking = insert(BriefingNumber).values(place_code=place, year=year, last=1).on_conflict_do_update(
        index_elements=["place_code", "year"], set_={"last": BriefingNumber.last + 1}).returning(BriefingNumber.last)
    return session.execute(taking).scalar_one()


def file_of(session: Session, key: uuid.UUID) -> bytes | None:
    """Return the Word file that was kept with an issued briefing; the caller has read the briefing."""
    return session.scalar(select(Briefing.file).where(Briefing.id == key))


def keep_file(session: Session, key: uuid.UUID, file: bytes, actor: Actor, now: datetime) -> bytes:
    """Keep the Word file of an issued briefing, the first that is made, and return the one that is kept.

    Raises
    ------
    NotFound, BriefingNotIssued
    """
    row = session.get(Briefing, key, with_for_update=True, options=[undefer(Briefing.file)], populate_existing=True)
    if row is None or not _may_read(grid_of(session, now), actor, row.place_code):
        raise NotFound
    if row.number is None:
        raise BriefingNotIssued
    if row.file is None:
        row.file = file
        _note(session, [Entry("briefing.keep", {"briefing": row.id.hex, "sha256": hashlib.sha256(file).hexdigest()})], actor, now)
    return row.file


def start_correction(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> uuid.UUID:
    """Begin the draft of an issue that corrects an issued one, or return the one that was begun.

    Raises
    ------
    NotFound, BriefingNotIssued
    """
    row = session.get(Briefing, key, with_for_update=True)
    if row is None or row.place_code not in places_of(actor):
        raise NotFound
    if row.number is None:
        raise BriefingNotIssued
    begun = session.scalar(select(Briefing.id).where(Briefing.corrects_id == row.id))
    if begun is not None:
        return begun
    draft = Briefing(id=new_id(), place_code=row.place_code, kind=row.kind, first_on=row.first_on, last_on=row.last_on,
                     edition=row.edition + 1, counted_at=row.counted_at, corrects_id=row.id,
                     content=row.content | {"corrects": [row.year, row.number]})
    session.add(draft)
    session.flush()
    _note(session, [Entry("briefing.draft", {"place": row.place_code, "corrects": row.id.hex})], actor, now)
    return draft.id
