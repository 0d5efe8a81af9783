"""Rows of cases for tests of the records: whole enough for every constraint, with nothing behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from gridmediate.domain.next_steps import Turn
from gridmediate.domain.vocabulary import PlaceMethod, Source, Urgency, Willingness
from gridmediate.domain.workflow import State
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import seal
from gridmediate.store.models import Case
from tests.builders import CELL, COMMUNITY, COUNTY, STREET

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
_numbers = count(1)


def a_case(session: Session, **given: Any) -> Case:
    """Make a case as a bare row: no team, no task, no history."""
    at = given.pop("filed_at", NOW)
    row: dict[str, Any] = {
        "id": new_id(), "case_no": f"LX-2026-{next(_numbers):04d}", "version": 1, "state": State.FILED, "is_open": True,
        "cell_code": CELL, "community_code": COMMUNITY, "street_code": STREET, "county_code": COUNTY, "t2_code": "0201",
        "t1_code": "01", "source": Source.WORKER, "willingness": Willingness.WILLING, "flags": [], "urgency": Urgency.ORDINARY,
        "place_method": PlaceMethod.LIST, "place_reason": {"code": "place.none", "values": {}}, "filed_at": at,
        "due_at": at + timedelta(days=3), "warn_at": at + timedelta(days=2), "next_due_at": at + timedelta(days=3),
        "next_warn_at": at + timedelta(days=2), "next_step": {"code": "next.accept", "values": {}}, "turn": next(iter(Turn)),
        "status_since": at, "changed_at": at,
    }
    case = Case(**row | given)
    seal(session, case, "title", "楼上漏水")
    seal(session, case, "facts", "楼上漏水，泡了天花板")
    session.add(case)
    session.flush()
    return case
