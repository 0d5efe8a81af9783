"""Acts on the home itself (cells, rosters, rules): allowed, one after another, and each written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission, may
from gridmediate.domain.problems import NotPermitted
from gridmediate.services.grid import NoHome
from gridmediate.store.history import HOME_CHAIN, Entry, record
from gridmediate.store.models import Home


def require(actor: Actor, permission: Permission) -> None:
    """Refuse an actor who does not hold *permission* for the whole home.

    Raises
    ------
    NotPermitted
    """
    if not may(actor, permission):
        raise NotPermitted


def locked_home(session: Session) -> Home:
    """Return the home's row, locked, so that two who change the grid, a roster or a rule do so one after the other.

    Raises
    ------
    NoHome
    """
    home = session.get(Home, 1, with_for_update=True)
    if home is None:
        raise NoHome
    session.info["home"] = home
    return home


def note(session: Session, act: str, details: dict[str, Any], *, actor: Actor | None, now: datetime) -> None:
    """Write one act down on the home's chain; the home is locked by then."""
    record(session, HOME_CHAIN, [Entry(act, details)], actor=actor, at=now)
