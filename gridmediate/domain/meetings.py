"""Joint meetings (联席会): which cases are stuck and why, and what a decision has to say.

Sources: weekly or half-monthly meetings of a street over what its grid could not settle, and the rule that the centre pushes the
procedure while a department settles the substance, are the practice of several streets; the form is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, add_labels, add_phrases

TITLE_LIMIT = PLACE_LIMIT = 60
WHY_LIMIT, DECISION_LIMIT, WHAT_LIMIT = 500, 1000, 300
#: More than these nobody talks through in one sitting.
MOST_CASES, MOST_PARTS = 20, 8
#: Of the time that a department has, when it is reminded: as with every other clock.
WARN_SHARE = 0.7


class Stuck(StrEnum):
    """Why a case is proposed for a meeting."""

    OVERDUE = "overdue"
    EXTENDED = "extended"
    RAISED = "raised"
    RAISED_AGAIN = "raised_again"
    DEPARTMENT_LATE = "department_late"
    SENT_BACK = "sent_back"
    CHALLENGED = "challenged"


add_phrases({
    "stuck.overdue": ("已超期 {days} 天", "Days overdue: {days}"),
    "stuck.extended": ("已经延过期，不能再延", "Extended once, which is all there is"),
    "stuck.raised": ("已上报到{level}", "Sent up to the {level}"),
    "stuck.raised_again": ("上报过 {count} 次", "Times sent up: {count}"),
    "stuck.department_late": ("{departments}逾期没答复", "Answer overdue from {departments}"),
    "stuck.sent_back": ("{departments}退回任务", "Sent back by {departments}"),
    "stuck.challenged": ("有人回避，席位换过", "Somebody stood back and the seat changed"),
    "team.by_meeting": ("{day} 联席会定：{what}", "Joint meeting of {day}: {what}"),
})


class ItemOutcome(StrEnum):
    """What a meeting did with a case."""

    DECIDED = "decided"
    PUT_OFF = "put_off"


add_labels({
    ItemOutcome.DECIDED: ("已定", "Decided"),
    ItemOutcome.PUT_OFF: ("缓议", "Put off"),
})


class NoCasePicked(Problem):
    """A meeting without a case."""

    code = "meeting.no-case"
    sentence = Label("请至少勾一件要上会的案件。", "Tick at least one case for the meeting.")


class TooManyCases(Problem):
    """More cases than one meeting can talk through."""

    code = "meeting.too-many-cases"
    sentence = Label("一次会至多 {limit} 件，现在勾了 {count} 件。请分两次开。",
                     "A meeting takes at most {limit} cases; {count} are ticked. Hold two.")


class MeetingDayUnusual(Problem):
    """A meeting lies too far away."""

    code = "meeting.day-unusual"
    sentence = Label("开会日期要在前后一年以内，现在是“{got}”。", "A meeting is held within a year of today; it has “{got}”.")


class MeetingOver(Problem):
    """The meeting is closed."""

    code = "meeting.over"
    kind = Kind.CONFLICT
    sentence = Label("这次会已经结束，决定不能再改；要改请在下次会上定。",
                     "This meeting is over and its decisions stand; change one at the next.")


class AlreadyDecided(Problem):
    """The case was decided in this meeting."""

    code = "meeting.already-decided"
    kind = Kind.CONFLICT
    sentence = Label("这件案子在本次会上已经定过。要改任务期限，请到案件里办。",
                     "This case was decided in this meeting. To change a task go to the case.")


class ItemsUndecided(Problem):
    """A meeting cannot end over a case that nobody decided."""

    code = "meeting.items-undecided"
    kind = Kind.CONFLICT
    sentence = Label("还有 {count} 件没有定（{cases}）。请逐件写决定，或写明缓议的理由。",
                     "Cases not decided: {count} ({cases}). Record a decision for each, or put it off with a reason.")


class DepartmentTwice(Problem):
    """A department stands in two rows of one decision."""

    code = "meeting.department-twice"
    sentence = Label("{department}写了两行，请合成一行。", "{department} stands in two rows; make them one.")


class LeadHasNoPart(Problem):
    """The lead has nothing to do with the case."""

    code = "meeting.lead-has-no-part"
    sentence = Label("主办的{department}还不在本案，请同时写它做什么、什么时候以前。",
                     "{department} is to lead and has no part in the case yet; say what it does and by when.")


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one department does, and by when.

    Parameters
    ----------
    department : str
    what : str
    due_on : date
        The last day, whole.
    """

    department: str
    what: str
    due_on: date


def due_at_end_of(day: date) -> datetime:
    """Return the end of a local day, which is the next day's first moment."""
    return datetime.combine(day + timedelta(days=1), time(), LOCAL_ZONE)


def warn_between(now: datetime, due_at: datetime) -> datetime:
    """Return when a department is reminded of what was set now."""
    return now + (due_at - now) * WARN_SHARE


#: Seven figures and more in a row, also where a space or a hyphen parts them: a phone, an identity card, an account.
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}[Xx]?")


def without_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text for the table of a meeting: names of parties as what they are in the case, long numbers left out.

    Parameters
    ----------
    text : str
    names : mapping of str to str
        Name of a party → what is said instead. The given name alone is replaced as well where it has two characters or more.

    Notes
    -----
    Names of others that somebody typed stay; whoever prints the pack is told so.
    """
    said = dict(_with_given(names.items()))
    if said:
        longest_first = sorted(said, key=len, reverse=True)
        text = re.sub("|".join(map(re.escape, longest_first)), lambda found: said[found.group()], text)
    return _LONG_NUMBER.sub("……", text)


def _with_given(names: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, instead in names:
        plain = name.strip()
        if len(plain) < 2:
            continue
        if 3 <= len(plain) <= 4 and all("\u3400" <= letter <= "\u9fff" for letter in plain):
            yield plain[-2:], instead
        yield plain, instead
