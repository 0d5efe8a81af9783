"""The drawings of the stuck board's pages in the reader's words; each once for a desk and once for a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from flask_babel import gettext
from markupsafe import Markup

from gridmediate.charts.bars import Bar, bars
from gridmediate.charts.columns import Column, Over, columns
from gridmediate.charts.funnel import Limits, Point, funnel
from gridmediate.charts.marks import Frame, Series, Tone
from gridmediate.domain.indicators import Span
from gridmediate.domain.punctuality import ALARM, WARNING, Standing, limits
from gridmediate.domain.vocabulary import Status, say_month
from gridmediate.services.ageing import AGE_FROM, OPEN_STATUSES, Flow
from gridmediate.services.punctuality import OfficeFigures
from gridmediate.web.language import language_in_use
from gridmediate.web.words import say

#: Units across: a desk's card, a phone's.
_WIDE, _NARROW = 920, 340
_TONES = {
    Status.FILED: Tone.FILED, Status.ACCEPTED: Tone.ACCEPTED, Status.MEDIATING: Tone.MEDIATING, Status.OVERDUE: Tone.OVERDUE,
}


def _twice(key: str, title: str, desc: str, draw: Callable[[Frame], Markup]) -> tuple[Markup, Markup]:
    wide, narrow = (draw(Frame(f"{key}-{width}", title, desc, width)) for width in (_WIDE, _NARROW))
    return wide, narrow


def funnels(offices: Sequence[OfficeFigures], common: float) -> tuple[Markup, Markup]:
    """Draw the funnel of the offices that have a share."""
    points = [
        Point(say(each.department), each.due.low, each.share, each.standing is not Standing.WITHIN)
        for each in offices if each.share is not None
    ]
    title = gettext("各部门按时答复的比例与任务数")
    desc = gettext("%(n)s 个部门；全部合计按时 %(share)s%%。菱形是落在界线外的部门，下面的表里有每个部门的数字。",
                   n=len(points), share=round(100 * common))
    curves = [Limits("95%", lambda n: limits(common, n, WARNING), "4 3"), Limits("99.8%", lambda n: limits(common, n, ALARM))]
    word = gettext("合计 %(share)s%%", share=round(100 * common))
    return _twice("funnel", title, desc, lambda frame: funnel(frame, points, common, word, curves))


def outside(offices: Sequence[OfficeFigures]) -> dict[str, list[str]]:
    """Return by standing the names of the offices that lie there."""
    found: dict[str, list[str]] = {each.value: [] for each in Standing}
    for office in offices:
        if office.standing is not None:
            found[office.standing.value].append(say(office.department))
    return found


def age_words() -> list[str]:
    """Return the names of the classes of age."""
    between = [gettext("%(first)s–%(last)s 天", first=first, last=after - 1)
               for first, after in pairwise(AGE_FROM)]
    return [*between, gettext("30 天以上")]


def age_rows(by_age: Sequence[Mapping[Status, Span]]) -> list[tuple[str, list[Span], Span]]:
    """Return the table of ages: class, a count for each status, their sum; last the sums of the columns."""
    rows = [(name, list(each.values()), _sum(each.values())) for name, each in zip(age_words(), by_age, strict=True)]
    sums = [_sum(each[status] for each in by_age) for status in OPEN_STATUSES]
    return [*rows, (gettext("合计"), sums, _sum(sums))]


def _sum(spans: Iterable[Span]) -> Span:
    return sum(spans, start=Span(0, 0))


def age_drawings(by_age: Sequence[Mapping[Status, Span]]) -> tuple[Markup, Markup]:
    """Draw the ages: stacked by status where the counts are known, else one bar a class with what may be known."""
    totals = [_sum(each.values()) for each in by_age]
    title = gettext("未化解案件的案龄")
    desc = gettext("共 %(n)s 件，其中 30 天以上 %(old)s 件。", n=_sum(totals), old=totals[-1])
    names = age_words()
    if all(span.exact for each in by_age for span in each.values()):
        series = [Series(say(status), _TONES[status]) for status in OPEN_STATUSES]
        places = [Column(name, tuple(span.low for span in each.values())) for name, each in zip(names, by_age, strict=True)]
        return _twice("ages", title, desc, lambda frame: columns(frame, places, series, stacked=True))
    rows = [Bar(name, span.high, printed=str(span)) for name, span in zip(names, totals, strict=True)]
    return _twice("ages", title, desc, lambda frame: bars(frame, rows))


def _month(month: int) -> str:
    return say_month(month // 100, month % 100, language_in_use())


def flow_rows(by_month: Sequence[Flow]) -> list[tuple[str, Flow]]:
    """Return the table of months, the newest first."""
    return [(_month(each.month), each) for each in reversed(by_month)]


def flow_drawings(by_month: Sequence[Flow]) -> tuple[Markup, Markup] | None:
    """Draw what came in and went out by month, and what was open at its end; None where the counts are masked."""
    if not all(span.exact for each in by_month for span in (each.came, each.went, each.open)):
        return None
    names = [gettext("%(n)s月", n=each.month % 100) if language_in_use() != "en" else _month(each.month).split()[0][:3]
             for each in by_month]
    places = [Column(name, (max(each.came.low, 0), max(each.went.low, 0))) for name, each in zip(names, by_month, strict=True)]
    over = Over(Series(gettext("月末未化解"), Tone.DEEP), tuple(each.open.low for each in by_month))
    series = [Series(gettext("新收"), Tone.FILED), Series(gettext("化解或终结"), Tone.SETTLED)]
    last = by_month[-1]
    desc = gettext("最近一个月新收 %(came)s 件，化解或终结 %(went)s 件，未化解 %(open)s 件。",
                   came=last.came, went=last.went, open=last.open)
    title = gettext("每月新收、化解或终结、未化解")
    return _twice("flow", title, desc, lambda frame: columns(frame, places, series, over=over))
