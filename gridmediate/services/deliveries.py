"""The administrator's look at notices that could not be sent: to whom and why, never about which case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from gridmediate.domain.notices import Channel, DeliveryState, Failure
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.vocabulary import Label
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.store.models import Account, Area, Department, Notice, NoticeDelivery

_MOST_SHOWN = 100
#: What is shown: given up, or failed at least once and waiting for the next try.
_TROUBLED = or_(
    NoticeDelivery.state == DeliveryState.GAVE_UP,
    (NoticeDelivery.state == DeliveryState.WAITING) & NoticeDelivery.last_error.is_not(None),
)


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """A notice that did not go out.

    Parameters
    ----------
    to : Label
        The person's name, or the department or street.
    next_try_at : datetime or None
        None when it was given up.
    """

    id: uuid.UUID
    to: Label
    channel: Channel
    failure: Failure
    attempts: int
    created_at: datetime
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class Troubles:
    """The newest that did not go out, and how many there are, waiting and given up."""

    rows: list[TroubleRow]
    waiting: int
    gave_up: int


def troubles(session: Session, actor: Actor) -> Troubles:
    """Return the notices that could not be sent.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.NOTICE_MANAGE)
    by_state = select(NoticeDelivery.state, func.count()).where(_TROUBLED).group_by(NoticeDelivery.state)
    counted = {state: count for state, count in session.execute(by_state)}
    rows = [_row(row) for row in session.execute(_listed())]
    return Troubles(rows, counted.get(DeliveryState.WAITING, 0), counted.get(DeliveryState.GAVE_UP, 0))


def _listed() -> Any:
    return (
        select(NoticeDelivery, Notice.created_at, Account.name, Account.name_en, Department.name.label("office"),
               Department.name_en.label("office_en"), Area.name.label("street"), Area.name_en.label("street_en"))
        .join(Notice, Notice.id == NoticeDelivery.notice_id).outerjoin(Account, Account.id == Notice.account_id)
        .outerjoin(Department, Department.code == Notice.department_code).outerjoin(Area, Area.code == Notice.street_code)
        .where(_TROUBLED).order_by(NoticeDelivery.state != DeliveryState.GAVE_UP, NoticeDelivery.id.desc()).limit(_MOST_SHOWN)
    )


def _row(row: Any) -> TroubleRow:
    delivery = row.NoticeDelivery
    is_over = delivery.state is DeliveryState.GAVE_UP
    to = Label(row.name or row.office or row.street, row.name_en or row.office_en or row.street_en)
    return TroubleRow(delivery.id, to, delivery.channel, delivery.last_error or Failure.REFUSED, delivery.attempts,
                      row.created_at, None if is_over else delivery.next_try_at)


def try_again(session: Session, actor: Actor, now: datetime, *, delivery_id: uuid.UUID | None = None) -> int:
    """Let what could not be sent be tried at once, all of it or one with whatever left in the same message; return how many.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.NOTICE_MANAGE)
    locked_home(session)
    is_free = or_(NoticeDelivery.claimed_until.is_(None), NoticeDelivery.claimed_until <= now)
    which: list[ColumnElement[bool]] = [_TROUBLED, is_free]
    if delivery_id is not None:
        key = select(NoticeDelivery.message_key).where(NoticeDelivery.id == delivery_id).scalar_subquery()
        which.append(or_(NoticeDelivery.id == delivery_id, NoticeDelivery.message_key == key))
    again = session.execute(
        update(NoticeDelivery).where(*which).values(state=DeliveryState.WAITING, next_try_at=now, attempts=0)
        .returning(NoticeDelivery.id).execution_options(synchronize_session=False)
    ).all()
    note(session, "notice.try_again", {"count": len(again)}, actor=actor, now=now)
    return len(again)
