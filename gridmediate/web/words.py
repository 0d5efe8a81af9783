"""How rules' values read on a page: labels, moments, clocks and problems in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Flask, g
from flask_babel import gettext

from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Phrase, label, say_day, say_moment
from gridmediate.services.agreements import say_number
from gridmediate.services.calls import say_call_number
from gridmediate.services.lists import Clock
from gridmediate.web.language import language_in_use


def say(value: Any, spoken: str | None = None) -> str:
    """Return a label, phrase, problem, word of the vocabulary, moment or day in the reader's language; the filter ``|say``."""
    tongue = spoken or language_in_use()
    match value:
        case Label() | Phrase() | Problem():
            return value.say(tongue)
        case StrEnum():
            return label(value).say(tongue)
        case datetime():
            return say_moment(value, tongue)
        case date():
            return say_day(value, tongue)
        case {"code": str()}:
            return Phrase.from_json(value).say(tongue)
        case None:
            return ""
        case _:
            return str(value)


def day_words(moment: datetime | date, *, relative: bool = True) -> str:
    """Return a day: 今天 and 明天 only inside two days, the year only when it is another."""
    today = g.now.astimezone(LOCAL_ZONE).date()
    day = moment.astimezone(LOCAL_ZONE).date() if isinstance(moment, datetime) else moment
    if relative and day == today:
        return gettext("今天")
    if relative and day == today + timedelta(days=1):
        return gettext("明天")
    words = say_day(day, language_in_use())
    if day.year == today.year:
        return words
    return f"{words} {day.year}" if language_in_use() == "en" else f"{day.year}年{words}"


def moment_words(moment: datetime, *, relative: bool = False) -> str:
    """Return a moment in local time; the end of a day reads 24:00 of that day."""
    local = moment.astimezone(LOCAL_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return f"{day_words(local - timedelta(seconds=1), relative=relative)} 24:00"
    return f"{day_words(local, relative=relative)} {local:%H:%M}"


def due_words(due_at: datetime, now: datetime) -> str:
    """Return how a due moment reads in a list: 超 1 天, 今天 17:30 前, 明天, 11月26日 周四."""
    if due_at < now:
        late = now - due_at
        if late < timedelta(hours=1):
            return gettext("刚超期")
        if late < timedelta(days=1):
            return gettext("超 %(n)s 小时", n=int(late.total_seconds() // 3600))
        return gettext("超 %(n)s 天", n=late.days)
    last = (due_at - timedelta(seconds=1)).astimezone(LOCAL_ZONE).date()
    if last <= now.astimezone(LOCAL_ZONE).date() + timedelta(days=1):
        return gettext("%(moment)s 前", moment=moment_words(due_at, relative=True))
    return day_words(last)


def clock_view(clock: Clock | None) -> dict[str, Any] | None:
    """Return a clock as the chip takes it, or None if none runs."""
    if clock is None or clock.due_at is None:
        return None
    return {"state": clock.state, "share": clock.share, "words": due_words(clock.due_at, g.now)}


def days_left(clock: Clock) -> str:
    """Return the figure in the big ring: whole days left, or nothing once the time is up."""
    if clock.due_at is None or clock.due_at < g.now:
        return ""
    return str((clock.due_at - g.now).days)


def problem_list(problem: Problem) -> list[tuple[str, str]]:
    """Return a refusal as the error summary takes it: (field, sentence), one for each fault."""
    parts = problem.problems if isinstance(problem, Faults) else (problem,)
    return [(part.field or "", part.say(language_in_use())) for part in parts]


def field_errors(problems: list[tuple[str, str]]) -> dict[str, str]:
    """Return field → sentence, for the words above each field."""
    return {field: sentence for field, sentence in problems if field}


def options(items: Iterable[Any], value: str = "", words: str = "") -> list[tuple[str, str]]:
    """Return things to choose from as fields take them: words of the vocabulary by themselves, others by two attributes."""
    if not value:
        return [(each.value, say(each)) for each in items]
    return [(getattr(each, value), say(getattr(each, words))) for each in items]


def grouped(items: Iterable[Any], members: str, value: str, words: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return things to choose from in groups, each group under its own words."""
    return [(say(getattr(each, words)), options(getattr(each, members), value, words)) for each in items]


def yuan(fen: int) -> str:
    """Return a sum as people write it: 1,200.50 元."""
    figure = f"{fen / 100:,.2f}".removesuffix(".00")
    return f"¥{figure}" if language_in_use() == "en" else f"{figure} 元"


def agreement_no(number: str, community: Label | None) -> str:
    """Return an agreement's number as papers bear it."""
    return say_number(number, community or Label("", ""), language_in_use())


def call_no(number: str, street: Label | None) -> str:
    """Return a call's number as it is written."""
    return say_call_number(number, street or Label("", ""), language_in_use())


def teach(app: Flask) -> None:
    """Give the templates these words as filters."""
    app.jinja_env.filters.update(
        say=say, day=day_words, moment=moment_words, clock=clock_view, options=options, grouped=grouped, days_left=days_left,
        yuan=yuan, agreement_no=agreement_no, call_no=call_no,
        hour=lambda moment: f"{moment.astimezone(LOCAL_ZONE):%H:%M}",
        iso=lambda moment: moment.astimezone(LOCAL_ZONE).isoformat(timespec="minutes"),
    )
