"""When a notice may leave: outside quiet hours, alone or with the others of the morning, and after a failure a while later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gridmediate.domain.vocabulary import LOCAL_ZONE

#: The morning's message leaves now, or when the person's quiet hours end if that is later.
MORNING = time(7, 30)
#: Pauses after the first, second, … failure. After the last one it is given up and shown to the administrator.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each day in which nothing leaves; the first minute is quiet, the last is not.

    Parameters
    ----------
    begin, end : datetime.time
        Local. They may span midnight; where both are the same, no hour is quiet.
    """

    begin: time = time(21, 0)
    end: time = time(7, 30)

    def hold(self, moment: datetime) -> bool:
        """Return whether *moment* is quiet."""
        at = moment.astimezone(LOCAL_ZONE).time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told.

    Parameters
    ----------
    quiet : QuietHours
    is_digest : bool
        One message each morning instead of one for each act.
    wakes_for_urgent : bool
        Urgent cases are told at once, also in quiet hours.
    """

    quiet: QuietHours = QuietHours()
    is_digest: bool = False
    wakes_for_urgent: bool = False


def leaves_at(since: datetime, wishes: Wishes, *, is_urgent: bool = False) -> datetime:
    """Return when a notice may leave that is ready *since* then; never earlier.

    Parameters
    ----------
    since : datetime
        Aware: its creation, or the end of a pause after a failure.
    """
    if is_urgent and wishes.wakes_for_urgent:
        return since
    return morning_after(since, wishes.quiet) if wishes.is_digest else after_quiet(since, wishes.quiet)


def after_quiet(since: datetime, quiet: QuietHours) -> datetime:
    """Return *since*, or the end of the quiet hours it falls into."""
    if not quiet.hold(since):
        return since
    day = since.astimezone(LOCAL_ZONE).date()
    return next(end for end in (_at(day, quiet.end), _at(day + timedelta(days=1), quiet.end)) if end > since)


def morning_after(since: datetime, quiet: QuietHours) -> datetime:
    """Return the first moment of a morning's message after *since*; all that came since the last one leave together."""
    day = since.astimezone(LOCAL_ZONE).date()
    mornings = (after_quiet(_at(day + timedelta(days=ahead), MORNING), quiet) for ahead in (-1, 0, 1))
    return next(morning for morning in mornings if morning > since)


def tries_again_at(now: datetime, attempts: int) -> datetime | None:
    """Return when to try again after *attempts* failures, or None when it is given up."""
    return now + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LOCAL_ZONE)
