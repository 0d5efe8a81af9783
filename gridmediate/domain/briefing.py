"""Briefings (简报): their periods, their parts, their lines and where each comes from, and what may not be done with an issued
one.

A paper leaves the house and is read by people who may read no case. **It is therefore made from masked numbers, whoever makes
it**
(``briefing_masks``), and names categories and cells only: no person, no department's person, no order of merit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, add_labels

#: What a hand may write.
LINE_LIMIT, SENT_LIMIT, LINES_MOST = 400, 200, 60


class BriefKind(StrEnum):
    """How long a briefing reaches."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Section(StrEnum):
    """The parts of a briefing, in the order of the paper."""

    OVERVIEW = "overview"
    CHANGES = "changes"
    STICKS = "sticks"
    WENT_WELL = "went_well"
    NEXT = "next"


add_labels({BriefKind.WEEK: ("周报", "Weekly"), BriefKind.MONTH: ("月报", "Monthly"), BriefKind.QUARTER: ("季报", "Quarterly")})
add_labels({
    Section.OVERVIEW: ("总体情况", "Overview"),
    Section.CHANGES: ("上升与下降", "Rises and falls"),
    Section.STICKS: ("卡在哪里", "What sticks"),
    Section.WENT_WELL: ("做得好的", "What went well"),
    Section.NEXT: ("下步打算", "What comes next"),
})  # fmt: skip


class BriefingIssued(Problem):
    """An issued briefing is kept as it is."""

    code = "briefing.issued"
    kind = Kind.CONFLICT
    sentence = Label("这一期已经印发，不再改动。要更正，请另发一期更正。",
                     "This briefing has been issued and is not changed any more. To correct it, issue a correction.")


class BriefingNotIssued(Problem):
    """Only what was issued can be corrected."""

    code = "briefing.not-issued"
    kind = Kind.CONFLICT
    sentence = Label("这一期还没印发，直接改就行。", "This briefing has not been issued yet; simply change it.")


class BriefingEmpty(Problem):
    """Nothing would stand on the paper."""

    code = "briefing.empty"
    kind = Kind.CONFLICT
    sentence = Label("一句话也没留下，不能印发。请至少保留一句。", "No sentence is left. Keep at least one before issuing.")


class BriefingChanged(Problem):
    """Somebody else saved the draft first."""

    code = "briefing.changed"
    kind = Kind.CONFLICT
    sentence = Label("刚刚有人先改了这份草稿。您填的内容还在，请看过再保存。",
                     "Somebody changed this draft just now. What you typed is kept; look, then save again.")


@dataclass(frozen=True, slots=True)
class Period:
    """Days of one briefing, both ends included."""

    kind: BriefKind
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has; a February is compared with a January by its days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of the same kind before it."""
        return period_of(self.kind, self.first - timedelta(days=1))

    @property
    def year_before(self) -> Period:
        """The same period a year earlier; of a week, 52 weeks."""
        if self.kind is BriefKind.WEEK:
            return period_of(self.kind, self.first - timedelta(weeks=52))
        return period_of(self.kind, self.first.replace(year=self.first.year - 1))

    @property
    def words(self) -> Label:
        """The days as the paper writes them."""
        match self.kind:
            case BriefKind.WEEK:
                first, last = _day_zh(self.first), _day_zh(self.last)
                for part in (f"{self.first.year}年", f"{self.first.month}月"):  # what the first day has said already
                    last = last.removeprefix(part) if last.startswith(part) else last
                return Label(f"{first}至{last}", f"{_day_en(self.first)} to {_day_en(self.last)}")
            case BriefKind.MONTH:
                return Label(f"{self.first.year}年{self.first.month}月", f"{self.first:%B %Y}")
            case BriefKind.QUARTER:
                quarter = (self.first.month + 2) // 3
                return Label(f"{self.first.year}年第{quarter}季度", f"Q{quarter} {self.first.year}")


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day_en(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def period_of(kind: BriefKind, day: date) -> Period:
    """Return the period a day lies in; weeks begin on Monday."""
    if kind is BriefKind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + timedelta(days=6))
    months = 1 if kind is BriefKind.MONTH else 3
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    after = first.month - 1 + months
    return Period(kind, first, date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1))


def latest_over(kind: BriefKind, today: date) -> Period:
    """Return the newest period that is over: the one a briefing is due for."""
    return period_of(kind, today).before


#: What the compared-with period is called in a sentence.
NOW_WORDS = {BriefKind.WEEK: Label("本周", "this week"), BriefKind.MONTH: Label("本月", "this month"),
             BriefKind.QUARTER: Label("本季度", "this quarter")}  # fmt: skip
BEFORE_WORDS = {BriefKind.WEEK: Label("上周", "the week before"), BriefKind.MONTH: Label("上月", "the month before"),
                BriefKind.QUARTER: Label("上季度", "the quarter before")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a briefing and where it comes from.

    Parameters
    ----------
    key : str
        Within its briefing.
    section : Section
    rule : str
        Code of the rule that made it, "" for one that was written by hand.
    text : Label
        As the rule said it.
    inputs : tuple of (Label, str)
        The numbers it rests on, as they may be shown.
    p : float or None
        Of the comparison in it.
    among : int
        How many comparisons were made at once.
    said : str
        The wording that a hand gave it, "" while none has.
    is_dropped : bool
        Left out by hand; stays in the draft, with its numbers.
    """

    key: str
    section: Section
    rule: str
    text: Label
    inputs: tuple[tuple[Label, str], ...] = ()
    p: float | None = None
    among: int = 1
    said: str = ""
    is_dropped: bool = False

    @property
    def paper(self) -> str:
        """What stands on the paper, which is Chinese."""
        return self.said or self.text.zh

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "key": self.key, "section": self.section.value, "rule": self.rule, "text": [self.text.zh, self.text.en],
            "inputs": [[name.zh, name.en, value] for name, value in self.inputs], "p": self.p, "among": self.among,
            "said": self.said, "is_dropped": self.is_dropped,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Line:
        """Read back what :meth:`as_json` made."""
        return cls(
            stored["key"], Section(stored["section"]), stored["rule"], Label(*stored["text"]),
            tuple((Label(zh, en), value) for zh, en, value in stored["inputs"]), stored["p"], stored["among"], stored["said"],
            stored["is_dropped"])


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What a hand did to one line: another wording ("" keeps the rule's), or left it out."""

    said: str
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class DraftEdit:
    """What a hand did to a draft.

    Parameters
    ----------
    lines : mapping of str to LineEdit
        By the lines' keys; a line that is not named stays as it is.
    added : mapping of Section to str
        A new sentence at the end of a part.
    report_to, send_to, editor : str
        The distribution list, and who made it up (an office, no person).
    """

    lines: Mapping[str, LineEdit] = field(default_factory=dict)
    added: Mapping[Section, str] = field(default_factory=dict)
    report_to: str = ""
    send_to: str = ""
    editor: str = ""


def edited(lines: Sequence[Line], edit: DraftEdit) -> list[Line]:
    """Return the lines as a hand left them; where each comes from stays with it.

    A line written by hand and emptied again goes; one that a rule made is only ever dropped.
    """
    kept = []
    for line in lines:
        change = edit.lines.get(line.key)
        if change is None:
            kept.append(line)
        elif line.rule or change.said:
            said = "" if change.said == line.text.zh else change.said
            kept.append(replace(line, said=said, is_dropped=change.is_dropped))
    number = 1 + max((int(line.key[1:]) for line in kept if not line.rule), default=0)
    for section, words in edit.added.items():
        if words:
            kept.append(Line(f"h{number}", section, "", Label("", ""), said=words))
            number += 1
    return kept


def recounted(old: Sequence[Line], new: Sequence[Line]) -> list[Line]:
    """Return the lines of a new count with what hands did to the old ones.

    A wording by hand stays only where the rule still says the same, because words that name the old numbers would now be false.
    """
    before = {line.key: line for line in old}
    kept = []
    for line in new:
        same = before.get(line.key)
        if same is not None:
            line = replace(line, is_dropped=same.is_dropped, said=same.said if same.text == line.text else "")
        kept.append(line)
    return kept + [line for line in old if not line.rule]


def by_section(lines: Sequence[Line]) -> list[tuple[Section, list[Line]]]:
    """Return the lines by part, in the order of the paper; parts without a line are left out."""
    groups = [(section, [line for line in lines if line.section is section]) for section in Section]
    return [group for group in groups if group[1]]
