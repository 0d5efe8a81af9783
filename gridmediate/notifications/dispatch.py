"""Sending what is due: plan, take one message under a lease, send it outside every transaction, keep the result.

A program killed before it has sent loses nothing: its lease lapses and another takes the message. Killed between sending and
keeping the result, it leaves a message that goes out once more with the same key: nobody here can know that it arrived. Nothing
else is sent twice, however many programs send at once.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.notice_times import Wishes, after_quiet, leaves_at, tries_again_at
from gridmediate.domain.notices import FINAL, Channel, DeliveryState, Failure, NoticeItem
from gridmediate.notifications.messages import Message, NotSent
from gridmediate.notifications.outlets import Outlets, outlets_of
from gridmediate.settings import Settings
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import unseal
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Notice, NoticeDelivery, NoticePreference
from gridmediate.store.notices import one_taker

#: Longer than any one sending takes; a message of a killed program waits so long.
LEASE = timedelta(minutes=5)
_PLANNED_AT_ONCE = 200
_MOST_LINES = 200

_log = logging.getLogger("gridmediate.notices")


@dataclass(slots=True)
class Report:
    """What one run did, in notices; one that failed will be tried again."""

    planned: int = 0
    sent: int = 0
    failed: int = 0
    gave_up: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that this run has taken, alone, until its lease lapses."""

    deliveries: tuple[uuid.UUID, ...]
    channel: Channel
    address: str
    message: Message
    wishes: Wishes
    is_urgent: bool
    attempts: int
    claimed_until: datetime


def send_due(store: Store, settings: Settings, now: datetime, *, seconds: Callable[[], float] = time.monotonic) -> Report:
    """Plan what is new and send what is due, once.

    Parameters
    ----------
    store : Store
    settings : Settings
    now : datetime
        Aware.
    seconds : callable
        What the length of the run is measured by.

    Raises
    ------
    TargetsUnreadable
    """
    outlets, report, began = outlets_of(settings), Report(), seconds()
    report.planned = plan(store, outlets, now)
    while True:
        # A long run must not take with leases that have lapsed before they are given.
        at = now + timedelta(seconds=seconds() - began)
        parcel = _take(store, outlets, at, report)
        if parcel is None:
            return report
        _keep(store, parcel, _send(outlets, parcel, at), at, report)


def plan(store: Store, outlets: Outlets, now: datetime) -> int:
    """Make the deliveries of every notice that has none planned, and return how many notices that were.

    What no open channel leads to stays in the inbox for good: an office that sets up mail later is not flooded with the past.
    """
    count = 0
    while True:
        with store.writing() as session:
            one_taker(session)
            rows = session.execute(
                select(Notice, NoticePreference).outerjoin(NoticePreference, NoticePreference.id == Notice.account_id)
                .where(Notice.planned_at.is_(None)).order_by(Notice.id).limit(_PLANNED_AT_ONCE)
            ).all()
            for notice, preference in rows:
                session.add_all(_deliveries(notice, preference, outlets, now))
                notice.planned_at = now
        count += len(rows)
        if len(rows) < _PLANNED_AT_ONCE:
            return count


def _deliveries(notice: Notice, preference: NoticePreference | None, outlets: Outlets, now: datetime) -> Iterator[NoticeDelivery]:
    ready = max(notice.created_at, now)
    for channel in _channels(notice, preference, outlets):
        wishes = _wishes(notice, preference, outlets)
        yield NoticeDelivery(
            notice_id=notice.id, channel=channel, next_try_at=leaves_at(ready, wishes, is_urgent=notice.is_urgent))


def _channels(notice: Notice, preference: NoticePreference | None, outlets: Outlets) -> list[Channel]:
    """Return where a notice goes as things are now."""
    if notice.account_id is None:
        return [Channel.WEBHOOK] if _place(notice) in outlets.targets else []
    return [channel for channel in outlets.senders if preference and channel in preference.channels]


def _wishes(notice: Notice, preference: NoticePreference | None, outlets: Outlets) -> Wishes:
    if notice.account_id is None:
        target = outlets.targets.get(_place(notice))
        return outlets.wishes_of(target) if target else Wishes()
    return preference.wishes if preference else Wishes()


def _place(notice: Notice) -> str:
    return notice.department_code or notice.street_code or ""


def _take(store: Store, outlets: Outlets, now: datetime, report: Report) -> Parcel | None:
    with store.writing() as session:
        one_taker(session)
        while first := session.execute(_waiting(now).limit(1)).one_or_none():
            if not _is_wanted(first, outlets):
                first.NoticeDelivery.state = DeliveryState.DROPPED
                report.dropped += 1
            elif (later := _may_leave(now, _wishes_in(first, outlets), is_urgent=first.Notice.is_urgent)) > now:
                first.NoticeDelivery.next_try_at = later
            else:
                return _parcel(session, first, outlets, now)
            session.flush()
    return None


def _waiting(now: datetime, *narrowed: ColumnElement[bool]) -> Any:
    return (
        select(NoticeDelivery, Notice, NoticePreference, Account).join(Notice, Notice.id == NoticeDelivery.notice_id)
        .outerjoin(NoticePreference, NoticePreference.id == Notice.account_id).outerjoin(Account, Account.id == Notice.account_id)
        .where(NoticeDelivery.state == DeliveryState.WAITING, NoticeDelivery.next_try_at <= now,
               or_(NoticeDelivery.claimed_until.is_(None), NoticeDelivery.claimed_until <= now), *narrowed)
        .order_by(NoticeDelivery.next_try_at, NoticeDelivery.id)
    )


def _is_wanted(row: Row[Any], outlets: Outlets) -> bool:
    """Return whether a delivery has still to go: its reader may have read it meanwhile, left, or chosen otherwise."""
    delivery, notice = row.NoticeDelivery, row.Notice
    if notice.account_id is None:
        return _place(notice) in outlets.targets
    is_chosen = row.NoticePreference is not None and delivery.channel in row.NoticePreference.channels
    # A message that may have left already keeps its lines.
    return row.Account.is_active and is_chosen and (notice.read_at is None or delivery.message_key is not None)


def _wishes_in(row: Row[Any], outlets: Outlets) -> Wishes:
    return _wishes(row.Notice, row.NoticePreference, outlets)


def _may_leave(moment: datetime, wishes: Wishes, *, is_urgent: bool) -> datetime:
    return moment if is_urgent and wishes.wakes_for_urgent else after_quiet(moment, wishes.quiet)


def _parcel(session: Session, first: Row[Any], outlets: Outlets, now: datetime) -> Parcel:
    delivery, notice, preference = first.NoticeDelivery, first.Notice, first.NoticePreference
    rows = _travelling(session, first, outlets, now)
    key, until = delivery.message_key or (delivery.id if len(rows) == 1 else new_id()), now + LEASE
    for row in rows:
        row.NoticeDelivery.message_key, row.NoticeDelivery.claimed_until = key, until
        row.NoticeDelivery.attempts += 1
    told = [row.Notice for row in rows]
    items = tuple(NoticeItem(each.case_no, each.act, outlets.link(each.case_no, each.act)) for each in told)
    address = {
        Channel.EMAIL: lambda: unseal(session, preference, "email"), Channel.SMS: lambda: first.Account.phone or "",
        Channel.WEBHOOK: lambda: _place(notice),
    }[delivery.channel]()
    return Parcel(
        tuple(row.NoticeDelivery.id for row in rows), delivery.channel, address,
        Message(key, items, preference.language if preference else outlets.language), _wishes_in(first, outlets),
        notice.is_urgent, delivery.attempts, until)


def _travelling(session: Session, first: Row[Any], outlets: Outlets, now: datetime) -> list[Row[Any]]:
    """Return the deliveries that leave in one message with *first*: those it left with before, or the rest of its morning."""
    delivery, notice, wishes = first.NoticeDelivery, first.Notice, _wishes_in(first, outlets)
    if delivery.message_key is not None:
        return list(session.execute(_waiting(now, NoticeDelivery.message_key == delivery.message_key)))
    if not wishes.is_digest or (notice.is_urgent and wishes.wakes_for_urgent):
        return [first]
    others = session.execute(_waiting(
        now, Notice.account_id == notice.account_id, NoticeDelivery.channel == delivery.channel,
        NoticeDelivery.message_key.is_(None), Notice.read_at.is_(None)).limit(_MOST_LINES))
    return list(others)


def _send(outlets: Outlets, parcel: Parcel, now: datetime) -> Failure | None:
    try:
        outlets.send(parcel.channel, parcel.address, parcel.message, now)
    except NotSent as refusal:
        return refusal.failure
    except Exception:
        # A fault of ours in one message must not hold up all that come after it.
        _log.exception("message %s over %s", parcel.message.key, parcel.channel.value)
        return Failure.REFUSED
    return None


def _keep(store: Store, parcel: Parcel, failure: Failure | None, now: datetime, report: Report) -> None:
    count = len(parcel.deliveries)
    if failure is None:
        values: dict[str, Any] = {"state": DeliveryState.SENT, "sent_at": now, "last_error": None}
        report.sent += count
    elif failure in FINAL or (again := tries_again_at(now, parcel.attempts)) is None:
        values = {"state": DeliveryState.GAVE_UP, "last_error": failure}
        report.gave_up += count
    else:
        values = {"next_try_at": _may_leave(again, parcel.wishes, is_urgent=parcel.is_urgent), "last_error": failure}
        report.failed += count
    with store.writing() as session:
        # Whoever lost the lease has nothing to say any more.
        session.execute(update(NoticeDelivery).where(
            NoticeDelivery.id.in_(parcel.deliveries), NoticeDelivery.claimed_until == parcel.claimed_until,
        ).values(claimed_until=None, **values).execution_options(synchronize_session=False))
