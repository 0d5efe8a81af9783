"""What the demonstration street leaves behind is whole, and shows one of everything that a home can come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from gridmediate.demo.people import HOME_COMMUNITY
from gridmediate.domain.agreements import ClauseState
from gridmediate.domain.calls import PromptKind, Rating
from gridmediate.domain.case_words import State
from gridmediate.domain.safety import TOLD
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Level
from gridmediate.store import history, rollup
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import (
    Case,
    Challenge,
    Clause,
    CountyCall,
    Guest,
    JointMeeting,
    MeetingItem,
    Prompt,
    SafetyStepRow,
    Task,
    TeamSeat,
)
from gridmediate.store.schema import prepare
from tests.journeys.office import BEGIN, live_in_the_demonstration

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The records of a small street that was lived in, read only."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('lived') / 'home.sqlite3'}", Keyring({1: bytes(range(32))}, 1))
    try:
        prepare(store)
        with store.writing() as session:
            live_in_the_demonstration(session)
        with store.reading() as session:
            yield session
    finally:
        store.close()


def count(session: Session, model: Any, *conditions: ColumnElement[bool]) -> int:
    """Return how many rows of a table there are, each joined to its case."""
    statement = select(func.count()).select_from(model)
    if model is not Case:
        statement = statement.join(Case, Case.id == model.case_id)
    return session.scalar(statement.where(*conditions)) or 0


def test_the_record_of_a_lived_in_street_holds(lived: Session) -> None:
    *breaks, entries = history.verify(lived)
    assert breaks == []
    assert isinstance(entries, int) and entries > 300
    assert list(rollup.differences(lived)) == []


_TODAY = BEGIN.astimezone(LOCAL_ZONE).date()
_THERE_IS: dict[str, Callable[[Session], int]] = {
    "a promise that is late": lambda s: count(
        s, Clause, Case.state == State.PERFORMING, Clause.state == ClauseState.OPEN, Clause.due_on < _TODAY),
    "an archived case": lambda s: count(s, Case, Case.state == State.ARCHIVED),
    "a case at the street": lambda s: count(s, Case, Case.is_open, Case.level == Level.STREET),
    "a safe contact in an open case": lambda s: count(s, Case, Case.is_open, Case.safe_contact_sealed.is_not(None)),
    "a guest in a seat": lambda s: count(
        s, Guest, exists().where(TeamSeat.id == Guest.seat_id, TeamSeat.left_at.is_(None))),
    "an open challenge": lambda s: count(s, Challenge, Case.is_open, Challenge.decided_at.is_(None)),
    "a challenge that was upheld": lambda s: count(s, Challenge, Challenge.is_upheld.is_(True)),
    "a call to which nobody came in time": lambda s: count(
        s, Task, Task.call_id.is_not(None), Task.state == TaskState.ASSIGNED, Task.sign_due_at < BEGIN),
    "a call whose department came": lambda s: count(
        s, Task, Task.call_id.is_not(None), Task.state == TaskState.SIGNED, Task.came_at.is_not(None)),
    "a call that was closed": lambda s: count(s, CountyCall, CountyCall.closed_at.is_not(None)),
    "a slip that was answered": lambda s: count(
        s, Prompt, Prompt.kind != PromptKind.URGE, Prompt.answered_at.is_not(None)),
    "a called answer that was rated": lambda s: count(s, Task, Task.call_id.is_not(None), Task.rating.is_not(None)),
    "an ordinary answer that was rated": lambda s: count(s, Task, Task.call_id.is_(None), Task.rating == Rating.SATISFIED),
    "a case that was settled in the community": lambda s: count(s, Case, Case.level == Level.COMMUNITY, ~Case.is_open),
    "a case that was settled by the street": lambda s: count(s, Case, Case.level == Level.STREET, ~Case.is_open),
    "a meeting that has still to decide": lambda s: count(
        s, MeetingItem, MeetingItem.outcome.is_(None),
        exists().where(JointMeeting.id == MeetingItem.meeting_id, JointMeeting.closed_at.is_(None))),
}


@pytest.mark.parametrize("what", list(_THERE_IS))
def test_a_small_street_shows(lived: Session, what: str) -> None:
    assert _THERE_IS[what](lived) >= 1


def test_the_coming_meeting_is_on_thursday(lived: Session) -> None:
    held_on = lived.scalars(select(JointMeeting.held_on).where(JointMeeting.closed_at.is_(None))).one()
    assert timedelta() < held_on - _TODAY <= timedelta(days=7)
    assert held_on.isoweekday() == 4


def test_where_violence_is_suspected_every_step_was_taken_and_the_police_know(lived: Session) -> None:
    for case in lived.scalars(select(Case).where(Case.safe_contact_sealed.is_not(None))):
        assert Flag.DOMESTIC_VIOLENCE in case.flags
        assert case.police_notified_at is not None
        taken = set(lived.scalars(select(SafetyStepRow.code).where(SafetyStepRow.case_id == case.id)))
        assert set(TOLD) <= taken


def test_what_is_open_beside_the_plans_is_on_nobody_s_printed_desk(lived: Session) -> None:
    """The desks of the printed accounts stay as they are laid: the community's, whose cadre and worker are printed."""
    at_home = Case.community_code == HOME_COMMUNITY
    assert count(lived, CountyCall, CountyCall.closed_at.is_(None), at_home) == 0
    assert count(lived, Challenge, Challenge.decided_at.is_(None), at_home) == 0
    assert count(lived, MeetingItem, MeetingItem.outcome.is_(None), at_home) == 0
    assert count(lived, Case, Case.is_open, Case.level != Level.CELL, at_home) == 0
