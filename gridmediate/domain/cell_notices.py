"""Short public notices of a street to its cells: what one may say, for how long, and how one stands on a day."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label, add_labels

TITLE_LIMIT, TEXT_LIMIT = 40, 300
#: A notice that hangs longer is a sign, and nobody reads it any more.
DAYS_MOST = 92
#: A day further away than this is a slip of the pen.
AHEAD_MOST = timedelta(days=366)
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


class NoticeStanding(StrEnum):
    """How a notice stands on a day."""

    IN_FORCE = "in_force"
    COMING = "coming"
    PAST = "past"


add_labels({
    NoticeStanding.IN_FORCE: ("正在公示", "Showing"), NoticeStanding.COMING: ("还没到日子", "Not yet"),
    NoticeStanding.PAST: ("已过期或撤下", "Over"),
})


class NoticeDaysUnusual(Problem):
    """The days of a notice are reversed, over, or too many."""

    code = "cell-notice.days-unusual"
    sentence = Label(
        "公告要从今天或以后开始，结束不早于开始，最多 {most} 天。请改起止日期。",
        "A notice begins today or later, ends no earlier than it begins, and hangs for at most {most} days. Change the days.",
    )


class NoticeNowhere(Problem):
    """No cell was chosen, or one that is not the street's."""

    code = "cell-notice.nowhere"
    sentence = Label("请选公告贴到哪里：全街道，或本街道的社区、网格。",
                     "Choose where the notice hangs: the whole street, or communities and cells of it.")


class NoticeNamesSomebody(Problem):
    """A notice that everybody can read holds an identity number."""

    code = "cell-notice.names-somebody"
    sentence = Label("公告谁都能看，不能写身份证号。请删去再发布。",
                     "Everybody can read a notice, so it may not hold an identity number. Take it out, then publish.")


def check_days(first: date, last: date, today: date) -> None:
    """Refuse days that cannot be meant.

    Raises
    ------
    NoticeDaysUnusual
    """
    if not today <= first <= last or first - today > AHEAD_MOST or (last - first).days >= DAYS_MOST:
        raise NoticeDaysUnusual(field="last_on", most=DAYS_MOST)


def check_public(field: str, words: str) -> None:
    """Refuse words that plainly name a person to everybody.

    Raises
    ------
    NoticeNamesSomebody
    """
    if _IDENTITY.search(words):
        raise NoticeNamesSomebody(field=field)


def standing_of(first: date, last: date, today: date, *, is_ended: bool) -> NoticeStanding:
    """Return how a notice stands."""
    if is_ended or last < today:
        return NoticeStanding.PAST
    return NoticeStanding.COMING if first > today else NoticeStanding.IN_FORCE


def fewest_places(street: str, chosen: Collection[str]) -> list[str]:
    """Return the places that say the same in fewest words: a street makes its communities needless, a community its cells.

    Parameters
    ----------
    street : str
        A street's code; the codes of what lies in it begin with it (GB/T 2260, GB/T 10114).
    chosen : collection of str
        Codes of the street, of communities and of cells.
    """
    if street in chosen:
        return [street]
    return sorted(code for code in set(chosen) if not any(code != other and code.startswith(other) for other in chosen))
