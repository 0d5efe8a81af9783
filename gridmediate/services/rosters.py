"""Who sits in which seat of which cell and when: the roster as days across, its gaps, and the coverage report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from gridmediate.domain.vocabulary import Role, Seat, add_labels
from gridmediate.services.grid import CellCard, grid_of, local_day
from gridmediate.store import queries
from gridmediate.store.models import Post, RosterTerm

#: The seats a roster fills, and the role whoever sits there needs.
SEATS = (Seat.CADRE, Seat.GRID_WORKER)
ROLE_OF_SEAT = {Seat.CADRE: Role.CADRE, Seat.GRID_WORKER: Role.GRID_WORKER}
_DAY = timedelta(days=1)


class Presence(StrEnum):
    """How a seat stands on a day."""

    HELD = "held"
    COVERED = "covered"
    EMPTY = "empty"


add_labels({Presence.HELD: ("在岗", "Held"), Presence.COVERED: ("代管", "Covered"), Presence.EMPTY: ("空缺", "Empty")})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on which a seat stands alike.

    Parameters
    ----------
    first, last : date
        Both included, cut to the days asked for.
    presence : Presence
    term : RosterTerm or None
        Who sits there; for an empty stretch the term that ended last, if one did.
    others : tuple of RosterTerm
        Further holders on the same days, which is one too many.
    """

    first: date
    last: date
    presence: Presence
    term: RosterTerm | None
    others: tuple[RosterTerm, ...] = ()

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat of one cell over the days asked for."""

    cell: CellCard
    seat: Seat
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty seat, now or soon.

    Parameters
    ----------
    first, last : date
        ``last`` is the last day looked at where the seat stays empty to the end of the days asked for.
    is_open : bool
        Whether nobody is entered after it.
    reason : str
        The note of the term before, in the office's words.
    """

    cell: CellCard
    seat: Seat
    first: date
    last: date
    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RosterView:
    """The roster of some cells over some days."""

    first: date
    last: date
    today: date
    rows: tuple[SeatRow, ...]

    @property
    def gaps(self) -> list[Gap]:
        """Empty stretches from today on, the nearest first."""
        found = [
            Gap(row.cell, row.seat, max(each.first, self.today), each.last, each.last == self.last, _note_of(each.term))
            for row in self.rows for each in row.stretches
            if each.presence is Presence.EMPTY and each.last >= self.today
        ]
        return sorted(found, key=lambda gap: (gap.first, gap.cell.code, gap.seat))

    @property
    def covers(self) -> int:
        """How many seats are covered on some of the days."""
        return sum(any(each.presence is Presence.COVERED for each in row.stretches) for row in self.rows)


def roster_view(session: Session, first: date, days: int, now: datetime, *, community: str | None = None) -> RosterView:
    """Return the roster of a community's cells (or of all) over *days* days from *first*."""
    grid, last = grid_of(session, now), first + timedelta(days=days - 1)
    cells = [cell for cell in grid.cells.values() if community in (None, "", cell.community_code)]
    # Terms of the year before say why a seat is empty now.
    terms = session.scalars(terms_between(first - timedelta(days=400), last)).all()
    of_seat: dict[tuple[str, Seat], list[RosterTerm]] = defaultdict(list)
    for term in terms:
        of_seat[term.cell_code, term.seat].append(term)
    rows = tuple(
        SeatRow(cell, seat, _stretches([*of_seat[cell.code, seat], *of_seat[cell.community_code, seat]], first, last))
        for cell in cells for seat in SEATS
    )
    return RosterView(first, last, local_day(now), rows)


def _note_of(term: RosterTerm | None) -> str:
    return (term.note or "") if term is not None else ""


def terms_between(first: date, last: date) -> Select[RosterTerm]:
    """Return the terms that share a day with the days from *first* to *last*, with their people."""
    return (
        select(RosterTerm).options(joinedload(RosterTerm.account))
        .where(RosterTerm.valid_from <= last, or_(RosterTerm.valid_to.is_(None), RosterTerm.valid_to >= first))
        .order_by(RosterTerm.cell_code, RosterTerm.seat, RosterTerm.valid_from, RosterTerm.id)
    )


def _stretches(terms: Sequence[RosterTerm], first: date, last: date) -> tuple[Stretch, ...]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    stretches = []
    for (presence, holders), run in groupby(days, lambda day: _stand(terms, day)):
        listed = list(run)
        term = holders[0] if holders else _last_before(terms, listed[0])
        stretches.append(Stretch(listed[0], listed[-1], presence, term, holders[1:]))
    return tuple(stretches)


def _stand(terms: Iterable[RosterTerm], day: date) -> tuple[Presence, tuple[RosterTerm, ...]]:
    here = [term for term in terms if term.account.is_active and holds(term, day)]
    # The order in which a team asks them: domain.roster.candidates.
    holders = sorted(
        (term for term in here if not term.is_cover), key=lambda term: (-len(term.cell_code), term.position, term.valid_from))
    if holders:
        # A second place in the seat is asked for by some teams; two in one place is a slip.
        place = (len(holders[0].cell_code), holders[0].position)
        return Presence.HELD, tuple(each for each in holders if (len(each.cell_code), each.position) == place)
    covers = sorted((term for term in here if term.is_cover), key=lambda term: (term.position, term.valid_from))
    return (Presence.COVERED, (covers[0],)) if covers else (Presence.EMPTY, ())


def holds(term: RosterTerm, day: date) -> bool:
    """Return whether a term is in force on *day*."""
    return term.valid_from <= day and (term.valid_to is None or term.valid_to >= day)


def _last_before(terms: Iterable[RosterTerm], day: date) -> RosterTerm | None:
    # Why a seat is empty, its holder's row says rather than that of whoever covered it.
    ended = [term for term in terms if term.valid_from < day and (term.valid_to is None or term.valid_to < day)]
    return max(ended, key=lambda term: (not term.is_cover, term.valid_to or day, term.valid_from), default=None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is missing for every case to get its two people, today and in the days ahead.

    Parameters
    ----------
    seats : int
        How many seats there are.
    gaps : list of Gap
    doubles : list of (CellCard, Stretch)
        Seats with two holders on the same days.
    gone : list of RosterTerm
        Terms in force whose account is disabled.
    without_post : list of RosterTerm
        Terms in force of people who have no post that lets them work.
    """

    today: date
    last: date
    seats: int
    gaps: list[Gap]
    doubles: list[tuple[CellCard, Seat, Stretch]]
    gone: list[RosterTerm]
    without_post: list[RosterTerm]

    @property
    def empty_today(self) -> list[Gap]:
        """Seats empty today."""
        return [gap for gap in self.gaps if gap.first <= self.today]


def coverage(session: Session, now: datetime, *, days: int = 30) -> Coverage:
    """Report the seats without a person today or within *days* days, seats held twice, and terms that lead nowhere."""
    today = local_day(now)
    view = roster_view(session, today, days, now)
    terms = [term for term in session.scalars(terms_between(today, today)) if holds(term, today)]
    posted = {
        (post.account_id, post.role) for post in session.scalars(select(Post).where(queries.in_force(Post, today)))
    }
    return Coverage(
        today=today, last=view.last, seats=len(view.rows), gaps=view.gaps,
        doubles=[(row.cell, row.seat, each) for row in view.rows for each in row.stretches if each.others],
        gone=[term for term in terms if not term.account.is_active],
        without_post=[
            term for term in terms if term.account.is_active and (term.account_id, ROLE_OF_SEAT[term.seat]) not in posted
        ],
    )
