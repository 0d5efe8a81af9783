"""Reading a form into typed values, with every fault at once.

A view makes a :class:`Form`, reads its fields, calls :meth:`Form.done`, and hands the values to a service as a command::

    form = Form(request.form)
    command = NewAccount(login=form.text("login", Label("账号", "Account"), limit=64), name=form.text("name", NAME))
    try:
        form.done()
        with writing() as session:
            create_account(session, command, actor_in_use(), g.now)
    except Problem as problem:
        return refused("people/new.html", problem, typed=form.typed)
    return redirect(url_for("people.index"), 303)
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from werkzeug.datastructures import MultiDict

from gridmediate.domain.problems import Faults, FieldMissing, FieldNotAChoice, FieldTooLong, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label

_WordT = TypeVar("_WordT", bound=StrEnum)
#: Line breaks and tabs are typed; any other control character is pasted by accident or on purpose.
_KEPT = frozenset("\n\t")
#: Directions of writing can make a text read as another (CVE-2021-42574).
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class FieldNotANumber(Problem):
    """A number could not be read or lies outside its range."""

    code = "field.not-a-number"
    sentence = Label(
        "“{name}”要填 {least} 到 {most} 之间的数，现在是“{got}”。",
        "“{name}” takes a number from {least} to {most}; it has “{got}”.",
    )


class FieldNotADay(Problem):
    """A day or moment could not be read."""

    code = "field.not-a-day"
    sentence = Label(
        "“{name}”的日期看不懂：“{got}”。请从日历里选。",
        "The date of “{name}” cannot be read: “{got}”. Choose it from the calendar.",
    )


class FieldNotAnHour(Problem):
    """A time of day could not be read."""

    code = "field.not-an-hour"
    sentence = Label(
        "“{name}”的时间看不懂：“{got}”。请填成 21:00 这样。",
        "The time of “{name}” cannot be read: “{got}”. Write it like 21:00.",
    )


class Form:
    """A submitted form.

    Parameters
    ----------
    sent : MultiDict
        ``request.form`` or ``request.args``.

    Attributes
    ----------
    problems : list of Problem
        Faults so far, in the order of reading.
    typed : dict of str to str
        What was typed, to fill the form again; passwords and the form's token are not kept.
    """

    def __init__(self, sent: MultiDict[str, str]) -> None:
        self._sent = sent
        self.problems: list[Problem] = []
        self.typed: dict[str, str] = {
            name: sent[name] for name in sent if name != "csrf_token" and "password" not in name
        }

    def done(self) -> None:
        """Finish reading.

        Raises
        ------
        Problem
            The fault, if there is one.
        Faults
            If there are several.
        """
        if self.problems:
            raise self.problems[0] if len(self.problems) == 1 else Faults(self.problems)

    def fault(self, problem: Problem) -> None:
        """Add a fault the view found itself."""
        self.problems.append(problem)

    def text(self, name: str, label: Label, *, limit: int = 200, required: bool = True) -> str:
        """Return a text, trimmed, composed (NFC), with one kind of line break and no control characters."""
        value = clean(self._sent.get(name, ""))
        if required and not value:
            self.problems.append(FieldMissing(field=name, name=label))
        elif len(value) > limit:
            self.problems.append(FieldTooLong(field=name, name=label, limit=limit, length=len(value)))
        return value

    def password(self, name: str, label: Label) -> str:
        """Return a password exactly as typed."""
        value = self._sent.get(name, "")
        if not value:
            self.problems.append(FieldMissing(field=name, name=label))
        return value

    def word(self, name: str, label: Label, kind: type[_WordT], *, otherwise: _WordT) -> _WordT:
        """Return one word of *kind*; *otherwise* stands for an empty field (and for a wrong one, beside the fault)."""
        return self._word(name, label, kind, self._sent.get(name, "").strip()) or otherwise

    def required_word(self, name: str, label: Label, kind: type[_WordT]) -> _WordT:
        """Return one word of *kind*; an empty field is a fault, and the first word stands in until :meth:`done` raises."""
        value = self._sent.get(name, "").strip()
        if not value:
            self.problems.append(FieldMissing(field=name, name=label))
        return (self._word(name, label, kind, value) if value else None) or next(iter(kind))

    def words(self, name: str, label: Label, kind: type[_WordT]) -> tuple[_WordT, ...]:
        """Return the ticked words of *kind*, each once, in the order of the vocabulary."""
        ticked = {self._word(name, label, kind, value.strip()) for value in self._sent.getlist(name)}
        return tuple(word for word in kind if word in ticked)

    def choice(self, name: str, label: Label, offered: Iterable[str], *, required: bool = True) -> str:
        """Return one of the codes offered, "" if none was chosen."""
        value = self._sent.get(name, "").strip()
        if not value:
            if required:
                self.problems.append(FieldMissing(field=name, name=label))
        elif value not in set(offered):
            self.problems.append(FieldNotAChoice(field=name, name=label, got=value[:60]))
            return ""
        return value

    def several(self, name: str) -> tuple[str, ...]:
        """Return every value sent under a name, each once."""
        return tuple(dict.fromkeys(value.strip() for value in self._sent.getlist(name) if value.strip()))

    def tick(self, name: str) -> bool:
        """Return whether a box was ticked."""
        return self._sent.get(name, "") not in ("", "0", "off", "false")

    def key(self, name: str, label: Label, *, required: bool = True) -> UUID | None:
        """Return a key (UUID)."""
        value = self._sent.get(name, "").strip()
        if not value:
            if required:
                self.problems.append(FieldMissing(field=name, name=label))
            return None
        try:
            return UUID(value)
        except ValueError:
            self.problems.append(FieldNotAChoice(field=name, name=label, got=value[:60]))
            return None

    def number(self, name: str, label: Label, *, least: float, most: float, required: bool = True) -> float | None:
        """Return a number in [least, most]; "not a number" and infinities are none."""
        value = unicodedata.normalize("NFKC", self._sent.get(name, "")).strip()
        if not value:
            if required:
                self.problems.append(FieldMissing(field=name, name=label))
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            self.problems.append(_not_a_number(name, label, least, most, value[:60]))
            return None
        return number

    def whole(self, name: str, label: Label, *, least: int, most: int, required: bool = True) -> int | None:
        """Return a whole number in [least, most]."""
        number = self.number(name, label, least=least, most=most, required=required)
        if number is not None and number != int(number):
            self.problems.append(_not_a_number(name, label, least, most, str(number)))
            return None
        return None if number is None else int(number)

    def day(self, name: str, label: Label, *, required: bool = True) -> date | None:
        """Return a local calendar day, sent as ISO text."""
        value = self._sent.get(name, "").strip()
        if not value:
            if required:
                self.problems.append(FieldMissing(field=name, name=label))
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.problems.append(FieldNotADay(field=name, name=label, got=value[:60]))
            return None

    def hour(self, name: str, label: Label, *, otherwise: time) -> time:
        """Return a local time of day; *otherwise* stands for an empty field (and for a wrong one, beside the fault)."""
        value = self._sent.get(name, "").strip()
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:00)?", value, re.ASCII):
            return time.fromisoformat(value)
        if value:
            self.problems.append(FieldNotAnHour(field=name, name=label, got=value[:60]))
        return otherwise

    def moment(self, name: str, label: Label, *, required: bool = True) -> datetime | None:
        """Return an aware moment from a field of local time."""
        value = self._sent.get(name, "").strip()
        if not value:
            if required:
                self.problems.append(FieldMissing(field=name, name=label))
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.problems.append(FieldNotADay(field=name, name=label, got=value[:60]))
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)

    def _word(self, name: str, label: Label, kind: type[_WordT], value: str) -> _WordT | None:
        if not value:
            return None
        try:
            return kind(value)
        except ValueError:
            self.problems.append(FieldNotAChoice(field=name, name=label, got=value[:60]))
            return None


def clean(text: str) -> str:
    """Return a typed text in one spelling: trimmed, NFC, line breaks as ``\\n``, without control and direction characters."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        letter for letter in composed
        if letter in _KEPT or (letter not in _BIDI and unicodedata.category(letter) not in ("Cc", "Cs"))
    ).strip()


def _not_a_number(name: str, label: Label, least: float, most: float, got: str) -> FieldNotANumber:
    return FieldNotANumber(field=name, name=label, least=_figure(least), most=_figure(most), got=got)


def _figure(number: float) -> str:
    """Return a bound as people write it: 0.01, 60, 1,000,000,000; a year keeps its four digits together."""
    written = f"{number:,.2f}" if abs(number) >= 100_000 else f"{number:.2f}"
    return written.rstrip("0").rstrip(".")
