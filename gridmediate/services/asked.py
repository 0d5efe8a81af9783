"""What comes with an act: the words that were typed, the choices, and the clauses of an agreement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from gridmediate.domain.agreements import Deed
from gridmediate.domain.case_words import Act, Needs
from gridmediate.domain.problems import FieldMissing, FieldTooLong, Kind, Problem
from gridmediate.domain.vocabulary import Label, Side, label

WORDS_LIMIT = 2000
CLAUSES_LIMIT = 60
#: The largest sum of a clause: a billion yuan, in fen. Above it a figure is a slip of the finger.
SUM_LIMIT = 100_000_000_000


class DayNotAhead(Problem):
    """A day that has to lie ahead does not."""

    code = "field.day-not-ahead"
    sentence = Label("“{name}”要填今天以后、一年以内的日子，现在是“{got}”。",
                     "“{name}” takes a day after today and within a year; it has “{got}”.")


class DayNotPast(Problem):
    """A day that has to have come has not."""

    code = "field.day-not-past"
    sentence = Label("“{name}”不能晚于今天，现在是“{got}”。", "“{name}” cannot be later than today; it has “{got}”.")


class TooManyClauses(Problem):
    """More clauses than anybody reads."""

    code = "agreement.too-many-clauses"
    kind = Kind.INVALID
    sentence = Label("条款（含分期）至多 {limit} 条，现在有 {count} 条。",
                     "At most {limit} clauses, instalments counted; there are {count}.")


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A clause as it was written down.

    Parameters
    ----------
    side : Side
        Who owes it.
    deed : Deed
    what : str
    amount_fen : int or None
        The whole sum, in fen; asked for where the deed is to pay.
    due_on : date or None
        By when; None for at once. With instalments the day of the first.
    instalments : int
        1 for no instalments.
    """

    side: Side
    deed: Deed
    what: str
    amount_fen: int | None = None
    due_on: date | None = None
    instalments: int = 1


@dataclass(frozen=True, slots=True)
class ActWords:
    """An act with what was typed for it.

    Parameters
    ----------
    act : Act
    version : int or None
        The case version that the person saw.
    words : dict of Needs to str
        Reasons, results, days as ISO text and so on; the ticks are present when ticked.
    t2_code : str or None
        A corrected category, at acceptance.
    asks : dict of str to str
        What each department is asked, where the usual question was reworded.
    clauses : tuple of ClauseDraft
        Of an agreement.
    """

    act: Act
    version: int | None = None
    words: dict[Needs, str] = field(default_factory=dict)
    t2_code: str | None = None
    asks: dict[str, str] = field(default_factory=dict)
    clauses: tuple[ClauseDraft, ...] = ()

    def said(self, need: Needs) -> str:
        """Return what was typed for *need*, trimmed; "" for nothing."""
        return self.words.get(need, "").strip()

    def day_ahead(self, need: Needs, today: date) -> date:
        """Return the day typed for *need*, which has to come within a year.

        Raises
        ------
        DayNotAhead
        """
        try:
            day = date.fromisoformat(self.said(need))
        except ValueError:
            day = today
        if not 0 < (day - today).days <= 366:
            raise DayNotAhead(field=need.value, name=label(need), got=self.said(need))
        return day


def check_words(field_name: str, name: Label, words: str, *, limit: int = WORDS_LIMIT, required: bool = True) -> str:
    """Return what was typed, trimmed.

    Raises
    ------
    FieldMissing, FieldTooLong
    """
    if required and not words.strip():
        raise FieldMissing(field=field_name, name=name)
    if len(words) > limit:
        raise FieldTooLong(field=field_name, name=name, limit=limit, length=len(words))
    return words.strip()


def check_lengths(asked: ActWords) -> None:
    """Refuse words that are too long.

    Raises
    ------
    FieldTooLong
    """
    for need, text in asked.words.items():
        check_words(need.value, Label("文字", "Text"), text, required=False)
