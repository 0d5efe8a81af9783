"""A wall as its page and its refreshes take it: texts by name, bars by name, what is shown; one making for both.

The page is rendered from this, and a refresh puts the same texts into the same elements, so that nothing on a wall flickers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext

from gridmediate.domain.indicators import OPEN, ReadCounts, Span
from gridmediate.domain.vocabulary import LOCAL_ZONE, say_moment, say_month
from gridmediate.services.wall import OFFICES, WORST, MonthFlow, OfficeWaits, Wall, WorstCell
from gridmediate.web.language import language_in_use
from gridmediate.web.words import say

#: The width and the height of every drawn bar, in its own units.
FULL = 1000


def view_of(wall: Wall) -> dict[str, Any]:
    """Return ``texts`` (name → words), ``bars`` (name → list of [start, length] out of 1000) and ``shown`` (names of rows)."""
    texts = {name: str(getattr(wall.total, field)) for name, field in _FIGURES.items()}
    bars: dict[str, list[list[int]]] = {}
    shown: list[str] = []
    most = max([1, *(each.counts.open.high for each in wall.worst)])
    for at, each in enumerate(wall.worst):
        shown.append(f"worst-{at}")
        texts |= _worst(f"worst-{at}", each)
        bars[f"worst-{at}"] = _stack(each.counts, most)
    for at, office in enumerate(wall.offices):
        shown.append(f"office-{at}")
        texts |= _office(f"office-{at}", office)
    highest = max([1, *(number.high for month in wall.months for number in (month.filed, month.settled))])
    for at, month in enumerate(wall.months):
        texts |= _month(f"month-{at}", month)
        bars[f"month-{at}"] = [_column(month.filed, highest), _column(month.settled, highest)]
    last = wall.months[-1]
    texts |= {"last-filed": str(last.filed), "last-settled": str(last.settled)}
    shown += [name for name, rows in (("worst-none", wall.worst), ("office-none", wall.offices)) if not rows]
    return {"texts": texts, "bars": bars, "shown": shown}


_FIGURES = {"open": "open", "late": "late", "settled": "settled_in_month", "ended": "ended_in_month"}


def _worst(name: str, each: WorstCell) -> dict[str, str]:
    return {f"{name}-name": say(each.card.label), f"{name}-late": str(each.counts.late), f"{name}-open": str(each.counts.open)}


def _office(name: str, each: OfficeWaits) -> dict[str, str]:
    return {f"{name}-name": say(each.office), f"{name}-n": str(each.waiting), f"{name}-late": late_words(each.late_by)}


def late_words(late_by: timedelta | None) -> str:
    """Return how long an answer is overdue, in whole days or hours; "" when none is."""
    if late_by is None:
        return ""
    if late_by < timedelta(days=1):
        return gettext("超 %(n)s 小时", n=max(1, int(late_by.total_seconds() // 3600)))
    return gettext("超 %(n)s 天", n=late_by.days)


def _month(name: str, each: MonthFlow) -> dict[str, str]:
    year, month = divmod(each.month, 100)
    # Twelve in a row leave no room for a year, and a wall always shows the last twelve.
    short = f"{month}月" if language_in_use() != "en" else say_month(year, month, "en").split()[0]
    spoken = gettext("上报 %(filed)s 件，化解 %(settled)s 件", filed=each.filed, settled=each.settled)
    return {f"{name}-name": short, f"{name}-said": spoken}


def _stack(counts: ReadCounts, most: int) -> list[list[int]]:
    """Return the parts of an open bar side by side. Bands count by their upper bound, as on the map."""
    parts, at = [], 0
    for key in OPEN:
        length = round(FULL * getattr(counts, key).high / max(most, sum(getattr(counts, each).high for each in OPEN)))
        parts.append([at, length])
        at += length
    return parts


def _column(number: Span, highest: int) -> list[int]:
    length = round(FULL * number.high / highest)
    return [FULL - length, length]


def page_words(ends_at: datetime, *, by_link: bool) -> dict[str, str]:
    """Return what the wall's script says; the script itself holds no words."""
    tongue = language_in_use()
    return {
        "language": "en-GB" if tongue == "en" else "zh-CN", "zone": LOCAL_ZONE.key,
        "clock": "%(weekday)s %(day)s %(time)s" if tongue == "en" else "%(day)s %(weekday)s %(time)s",
        "as_of": gettext("数据截至 %(time)s，每分钟更新"),
        "old": gettext("数据停在 %(time)s，已有 %(minutes)s 分钟没有更新"),
        "offline": gettext("连不上网络。屏上是 %(time)s 的数，连上后会自己更新。"),
        "signed_out": gettext("登录已到期。屏上停在 %(time)s 的数，重新登录后会自己更新。"),
        "closed": gettext("这个大屏地址已停用或到期，数字已收起。请街道重新生成地址。"),
        "pause": gettext("暂停轮换"), "resume": gettext("继续轮换"),
        "until": gettext("地址用到 %(time)s") % {"time": say_moment(ends_at, tongue)} if by_link
        else gettext("登录用到 %(time)s") % {"time": say_moment(ends_at, tongue)},
    }


ROWS = {"worst": WORST, "offices": OFFICES}
