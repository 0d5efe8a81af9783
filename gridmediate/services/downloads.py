"""Files that leave the house: each has a number, a mark that says who took it, a line in the record, and there is a daily limit.

What a file holds is what its reader sees on the page, masked as there; so no second person is asked. Lists of cases are not given
out by this door.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, label
from gridmediate.services.grid import local_day
from gridmediate.services.home_acts import locked_home, note
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Account, HistoryEntry

#: Acts by which a file was taken, with its number and hash in the record.
TAKEN = ("heat.download",)
_USE = Label("仅供工作使用，转给别人前请确认对方可以看。",
             "For work only; before passing it on, make sure that the other may see it.")


class DownloadsUsedUp(Problem):
    """The account has taken as many files as it may in a day."""

    code = "download.used-up"
    kind = Kind.TOO_MANY
    sentence = Label(
        "今天您已下载 {count} 份，每人每天最多 {count} 份，零点后再下。页面上照样能看、能打印；"
        "如果不是您下载的，请马上改密码并告诉管理员。",
        "You have taken {count} files today, the most for one day; more after midnight. Looking and printing go on. If it was "
        "not you, change your password at once and tell the administrator.",
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """Who takes a file, when, under which number."""

    number: uuid.UUID
    name: Label
    roles: tuple[Label, ...]
    at: datetime

    def lines(self, language: str) -> tuple[tuple[str, str], ...]:
        """Return the mark in words, as pairs of name and words."""
        roles = Label("、", ", ").say(language).join(each.say(language) for each in self.roles)
        who = Label("{name}（{roles}）", "{name} ({roles})").say(language).format(name=self.name.say(language), roles=roles)
        return (
            (Label("下载人", "Taken by").say(language), who),
            (Label("下载时间", "Taken at").say(language), f"{self.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"),
            (Label("下载编号", "Download number").say(language), str(self.number)),
            (Label("用途", "Use").say(language), _USE.say(language)),
        )


def mark_of(actor: Actor, name: Label, now: datetime) -> Mark:
    """Return the mark of a file about to be made, by somebody of this name."""
    return Mark(uuid.uuid4(), name, tuple(label(role) for role in sorted(actor.roles)), now)


def check_allowance(session: Session, actor: Actor, now: datetime, most: int) -> None:
    """Refuse an account that has taken its files of the day.

    Raises
    ------
    DownloadsUsedUp
    """
    midnight = datetime.combine(local_day(now), time(), LOCAL_ZONE)
    taken = session.scalar(select(func.count()).select_from(HistoryEntry).where(
        HistoryEntry.chain == actor.account_id, HistoryEntry.act.in_(TAKEN), HistoryEntry.at >= midnight))
    if (taken or 0) >= most:
        left = midnight + timedelta(days=1) - now
        raise DownloadsUsedUp(count=most, minutes=max(1, int(left.total_seconds() // 60)))


def record_download(session: Session, actor: Actor, mark: Mark, body: bytes, most: int, *, act: str = "heat.download",
                    **details: Any) -> None:
    """Record that a file was taken, before it is handed out.

    Parameters
    ----------
    body : bytes
        The file; its hash is kept.
    most : int
        Files that one account may take in a day.
    **details
        Codes and figures: format, rows, and what was looked at.

    Raises
    ------
    DownloadsUsedUp
        Counted again under the lock, so that requests side by side do not pass together.
    """
    lock_account(session, actor.account_id)
    check_allowance(session, actor, mark.at, most)
    kept = {name: value for name, value in details.items() if value not in ("", None)}
    entry = Entry(act, {**kept, "number": str(mark.number), "sha256": sha256(body).hexdigest()})
    record(session, actor.account_id, [entry], actor=actor, at=mark.at)


def taken_as(wanted: str) -> ColumnElement[bool]:
    """Return the condition on entries of the record for a file's number or hash; both may be in capitals."""
    sought = wanted.strip().lower()
    named = (HistoryEntry.details[name].as_string().in_((sought, sought.upper())) for name in ("number", "sha256"))
    return and_(HistoryEntry.act.in_((*TAKEN, "export.take")), or_(*named))


def join_words(words: Iterable[str], language: str) -> str:
    """Return words side by side as each language does."""
    return ("; " if language == "en" else "；").join(words)


@dataclass(frozen=True, slots=True)
class Taker:
    """Who took a file, and which."""

    at: datetime
    login: str
    name: str
    format: str
    number: str
    sha256: str


def takers_of(session: Session, sought: str, now: datetime) -> list[Taker]:
    """Return who took the file of a number or hash; that the command line asked stands on the home's chain."""
    locked_home(session)
    note(session, "audit.read", {"taken": sought}, actor=None, now=now)
    rows = session.execute(
        select(HistoryEntry.at, HistoryEntry.details, Account.login, Account.name)
        .join(Account, Account.id == HistoryEntry.actor_id).where(taken_as(sought)).order_by(HistoryEntry.at)
    )
    return [Taker(row.at, row.login, row.name, *(str(row.details.get(name, "")) for name in ("format", "number", "sha256")))
            for row in rows]
