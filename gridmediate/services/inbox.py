"""The inbox: what one person was told, read and unread, and how that person wants to be told."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import ColumnElement, select, tuple_, update
from sqlalchemy.orm import Session

from gridmediate.domain.acts import ON_THE_BOARD, act_label
from gridmediate.domain.notice_times import QuietHours
from gridmediate.domain.notices import Channel
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import FieldMissing, FieldTooLong, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.lists import read_key
from gridmediate.store.encryption import seal, unseal
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Notice, NoticePreference

PAGE_SIZE = 50
_EMAIL, _EMAIL_LIMIT = Label("邮箱", "E-mail address"), 254


class EmailUnreadable(Problem):
    """An e-mail address is none."""

    code = "notice.email-unreadable"
    sentence = Label("“{got}”不像邮箱地址，应像 name@example.cn。请改正。",
                     "“{got}” does not look like an e-mail address such as name@example.cn. Correct it.")


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line of the inbox."""

    id: uuid.UUID
    case_no: str
    act: Label
    at: datetime
    is_urgent: bool
    is_read: bool
    leads_to_board: bool = False
    #: About a resident's request, which is no case yet.
    leads_to_requests: bool = False
    #: About a list of cases to be taken out.
    leads_to_exports: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox, the newest first; ``next_key`` is the next page's, None on the last."""

    rows: list[NoticeRow]
    next_key: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeWishes:
    """How one person wants to be told: the form's command, and what the form shows.

    Parameters
    ----------
    channels : tuple of Channel
        Besides the inbox.
    email : str
    language : str
        Of the messages.
    is_digest, wakes_for_urgent : bool
    quiet_from, quiet_to : datetime.time
        Local.
    """

    channels: tuple[Channel, ...] = ()
    email: str = ""
    language: str = "zh"
    is_digest: bool = False
    wakes_for_urgent: bool = False
    quiet_from: time = QuietHours().begin
    quiet_to: time = QuietHours().end


def read_inbox(session: Session, actor: Actor, *, after: str | None = None, size: int = PAGE_SIZE) -> Inbox:
    """Return one page of what the actor was told."""
    key = read_key(after)
    found: Sequence[Notice] = session.scalars(
        select(Notice).where(
            Notice.account_id == actor.account_id, *([tuple_(Notice.created_at, Notice.id) < key] if key is not None else []))
        .order_by(Notice.created_at.desc(), Notice.id.desc()).limit(size + 1)
    ).all()
    shown = found[:size]
    rows = [NoticeRow(each.id, each.case_no, act_label(each.act), each.created_at, each.is_urgent, each.read_at is not None,
                      each.act == ON_THE_BOARD, each.case_id is None and not each.act.startswith("export."),
                      each.act.startswith("export."))
            for each in shown]
    return Inbox(rows, f"{shown[-1].created_at.isoformat()}~{shown[-1].id.hex}" if len(found) > size else None)


def mark_read(session: Session, notice_id: uuid.UUID, actor: Actor, now: datetime) -> int:
    """Mark one notice read; return how many became so. Another person's is not there."""
    return _mark(session, actor, now, Notice.id == notice_id)


def mark_case_read(session: Session, case_id: uuid.UUID, actor: Actor, now: datetime) -> int:
    """Mark read whatever told the actor of a case, whose page is open now."""
    return _mark(session, actor, now, Notice.case_id == case_id)


def mark_board_read(session: Session, actor: Actor, now: datetime) -> int:
    """Mark read whatever told the actor of calls, whose board is open now."""
    return _mark(session, actor, now, Notice.act == ON_THE_BOARD)


def mark_all_read(session: Session, actor: Actor, now: datetime) -> int:
    """Mark read what came until now; what comes while the button is pressed stays."""
    return _mark(session, actor, now, Notice.created_at <= now)


def _mark(session: Session, actor: Actor, now: datetime, which: ColumnElement[bool]) -> int:
    marked = session.execute(
        update(Notice).where(Notice.account_id == actor.account_id, Notice.read_at.is_(None), which).values(read_at=now)
        .returning(Notice.id).execution_options(synchronize_session=False)
    )
    return len(marked.all())


def wishes_of(session: Session, actor: Actor) -> NoticeWishes:
    """Return how the actor wants to be told; who has not said hears in the inbox alone."""
    row = session.get(NoticePreference, actor.account_id)
    if row is None:
        return NoticeWishes()
    chosen = tuple(Channel(each) for each in row.channels)
    return NoticeWishes(chosen, unseal(session, row, "email"), row.language, row.is_digest, row.wakes_for_urgent,
                        row.quiet_from, row.quiet_to)


def set_wishes(session: Session, wishes: NoticeWishes, actor: Actor, now: datetime) -> None:
    """Keep how the actor wants to be told; the address is sealed and stands in no record.

    Raises
    ------
    FieldMissing, FieldTooLong, EmailUnreadable
    """
    _check_email(wishes)
    lock_account(session, actor.account_id)
    row = session.get(NoticePreference, actor.account_id) or NoticePreference(id=actor.account_id)
    row.channels, row.language = [each.value for each in wishes.channels], wishes.language
    row.is_digest, row.wakes_for_urgent = wishes.is_digest, wishes.wakes_for_urgent
    row.quiet_from, row.quiet_to = wishes.quiet_from, wishes.quiet_to
    seal(session, row, "email", wishes.email)
    session.add(row)
    record(session, actor.account_id, [Entry("account.set_notices", {"channels": row.channels})], actor=actor, at=now)


def _check_email(wishes: NoticeWishes) -> None:
    if not wishes.email:
        if Channel.EMAIL in wishes.channels:
            raise FieldMissing(field="email", name=_EMAIL)
    elif len(wishes.email) > _EMAIL_LIMIT:
        raise FieldTooLong(field="email", name=_EMAIL, limit=_EMAIL_LIMIT, length=len(wishes.email))
    elif not re.fullmatch(r"[!-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", wishes.email) or re.search(r'[<>,;"()\\]', wishes.email):
        raise EmailUnreadable(field="email", got=wishes.email[:60])
