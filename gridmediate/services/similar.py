"""A hint before a dispute is filed: what may be the same matter, filed already.

Two statements, however many cases there are. A case that the filer may not read is never shown: of one near by the filer learns
that there is such a matter in these cells, of one with the same party nothing at all, as if there were none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from gridmediate.domain.categories import is_sensitive
from gridmediate.domain.permissions import Actor, Permission, may, visible_to
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import Label, Status
from gridmediate.geo.crs import metres_per_degree
from gridmediate.services.grid import grid_of
from gridmediate.services.lists import shown_status
from gridmediate.store import queries
from gridmediate.store.encryption import keyring_of, unseal_value
from gridmediate.store.history import Entry, lock_account, record
from gridmediate.store.models import Case, Party

NEAR_M = 100.0
DAYS = 60
SHOWN_MOST = 5
#: Newest first; of more in one place the older ones are no likelier to be the same matter.
_LOOKED_AT = 50
#: Fewer digits are no number, and would be shared by many.
_PHONE_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known so far of a dispute about to be filed.

    Parameters
    ----------
    t2_code : str
        Its category; "" for none yet.
    cell_code : str or None
    at : tuple of float or None
        Longitude and latitude, WGS 84.
    names, phones : collection of str
        Of parties, as typed.
    filing_key : UUID or None
        A filing that was sent already is not similar to itself.
    """

    t2_code: str = ""
    cell_code: str | None = None
    at: tuple[float, float] | None = None
    names: Collection[str] = ()
    phones: Collection[str] = ()
    filing_key: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Similar:
    """An open case that the filer may read, and why it is shown.

    Parameters
    ----------
    distance_m : float or None
        Between the two points, where both are known and that is why.
    """

    case_no: str
    title: str
    status: Status
    cell: Label | None
    filed_at: datetime
    same_party: bool
    same_category: bool
    same_cell: bool
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Hint:
    """What the filer is told.

    Parameters
    ----------
    cases : tuple of Similar
        The same party first, then the same category, then the nearest.
    others_near : bool
        There is such a matter in these cells that the filer may not read.
    """

    cases: tuple[Similar, ...] = ()
    others_near: bool = False


def similar_cases(session: Session, asked: Asked, actor: Actor, now: datetime) -> Hint:
    """Return open cases that may be the same matter, and record the look.

    Near by are cases of the last sixty days of the same head, in the same cell or within a hundred metres. A case that the filer
    may not read counts by its cell alone: by a circle around points of one's choice its place could be found out. One of a
    sensitive head does not count at all.

    Raises
    ------
    NotPermitted
    """
    if not may(actor, Permission.CASE_FILE):
        raise NotPermitted
    grid = grid_of(session, now)
    cells = _cells(grid.index, asked)
    known = queries.within(visible_to(actor, Permission.CASE_READ))
    near = list(session.execute(_near(asked, cells, known, now))) if asked.t2_code and cells else []
    matches = _party(session, asked)
    same = list(session.execute(_open(known, asked).where(known, Case.id.in_(matches)))) if matches is not None else []
    found: dict[uuid.UUID, Similar] = {}
    for row in (*same, *(each for each in near if each.is_known)):
        distance_m = _distance_m(asked, row)
        same_cell = row.cell_code is not None and row.cell_code == asked.cell_code
        same_party = any(row.id == each.id for each in same)
        if row.id not in found and (same_party or same_cell or (distance_m is not None and distance_m <= NEAR_M)):
            cell = grid.cells.get(row.cell_code) if row.cell_code else None
            title = unseal_value(session, Case.__tablename__, row.id, "title", row.title_sealed)
            found[row.id] = Similar(row.case_no, title, shown_status(row, now), cell.label if cell else None, row.filed_at,
                                    same_party, row.t2_code == asked.t2_code, same_cell, distance_m)
    shown = sorted(found.values(), key=lambda each: (
        not each.same_party, not each.same_category, not each.same_cell, each.distance_m or 0.0))
    lock_account(session, actor.account_id)
    record(session, actor.account_id, [Entry("case.similar", {"rows": len(shown[:SHOWN_MOST])})], actor=actor, at=now)
    others = any(not each.is_known and not is_sensitive(each.t2_code) for each in near)
    return Hint(tuple(shown[:SHOWN_MOST]), others)


def _cells(index: Any, asked: Asked) -> list[str]:
    found = index.locate(*asked.at, NEAR_M).candidates if asked.at else ()
    return sorted({each.code for each in found} | ({asked.cell_code} if asked.cell_code else set()))


def _open(known: ColumnElement[bool], asked: Asked) -> Select[Any]:
    read: tuple[Any, ...] = (
        Case.id, Case.case_no, Case.state, Case.outcome, Case.due_at, Case.t2_code, Case.cell_code, Case.lon, Case.lat,
        Case.filed_at, Case.title_sealed, known.label("is_known"))
    statement = select(*read).where(Case.is_open.is_(True)).order_by(Case.filed_at.desc(), Case.id.desc()).limit(_LOOKED_AT)
    return statement.where(Case.filing_key != asked.filing_key) if asked.filing_key else statement


def _near(asked: Asked, cells: list[str], known: ColumnElement[bool], now: datetime) -> Select[Any]:
    return _open(known, asked).where(
        Case.cell_code.in_(cells), Case.t2_code.startswith(asked.t2_code[:2], autoescape=True),
        Case.filed_at >= now - timedelta(days=DAYS))


def _party(session: Session, asked: Asked) -> Select[Any] | None:
    """Return the cases with a party of one of these names or phones, or None if none was typed."""
    ring = keyring_of(session)
    names = {ring.index("name", each) for each in asked.names if each.strip()}
    phones = {ring.index("phone", each) for each in asked.phones if sum(map(str.isdigit, each)) >= _PHONE_DIGITS}
    conditions = [column.in_(sorted(keys)) for column, keys in ((Party.name_index, names), (Party.phone_index, phones)) if keys]
    return select(Party.case_id).where(or_(*conditions)) if conditions else None


def _distance_m(asked: Asked, row: Any) -> float | None:
    if asked.at is None or row.lon is None:
        return None
    east_m, north_m = metres_per_degree(asked.at[1])
    return hypot((row.lon - asked.at[0]) * east_m, (row.lat - asked.at[1]) * north_m)
