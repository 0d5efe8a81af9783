"""The pieces that all drawings are made of: frame, tones, rectangles, lines, words, the key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup


class Tone(StrEnum):
    """The colours that a figure may have, each with one meaning (design notes, 1).

    Six statuses, three alerts, three steps of the map's hue for open cases, and a plain one for what has no meaning of its own.
    """

    FILED = "filed"
    ACCEPTED = "accepted"
    MEDIATING = "mediating"
    OVERDUE = "overdue"
    SETTLED = "settled"
    ENDED = "ended"
    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    LIGHT = "light"
    MIDDLE = "middle"
    DEEP = "deep"
    PLAIN = "plain"


#: By day, for a drawing that no style sheet reaches.
_BY_DAY = {
    Tone.FILED: "#BDC2C4",
    Tone.ACCEPTED: "#7FB8F1",
    Tone.MEDIATING: "#004F9A",
    Tone.OVERDUE: "#C64F00",
    Tone.SETTLED: "#128B5F",
    Tone.ENDED: "#5F4568",
    Tone.RED: "#B3261E",
    Tone.YELLOW: "#F2B624",
    Tone.BLUE: "#1F5FA8",
    Tone.LIGHT: "#CFA3C2",
    Tone.MIDDLE: "#A2628F",
    Tone.DEEP: "#5E2456",
    Tone.PLAIN: "#8B8475",
}
_INK = {"ink": "#1D2A2B", "ink-2": "#475456", "late": "#963700"}
_FONT = "PingFang SC, HarmonyOS Sans SC, MiSans, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
#: Width of a letter as a share of its height: Chinese letters and full-width signs; all others, on the safe side.
_WIDE, _NARROW = 1.0, 0.58
_FIRST_WIDE = 0x2E80


@dataclass(frozen=True, slots=True)
class Frame:
    """What every drawing is told besides its figures.

    Parameters
    ----------
    key : str
        Unlike every other drawing's of the page: the ids of title and description hang on it.
    title, desc : str
        What is drawn, and what can be seen in it, in the reader's language; a screen reader says them for the picture.
    width : float
        Units across. The drawing fills its box; at this width a unit is a pixel, so a phone asks for 340 and a desk for 640.
    text : float
        Height of the letters in units; the wall asks for 18.
    """

    key: str
    title: str
    desc: str
    width: float = 640
    text: float = 13

    @property
    def line(self) -> float:
        """Height of a line of words."""
        return round(self.text * 1.6, 1)


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour stands for: the word of the key, and the tone."""

    word: str
    tone: Tone


def svg(frame: Frame, height: float, parts: Iterable[Markup]) -> Markup:
    """Return a whole drawing: *height* units high, named by its title, described by its description."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'font-family="{font}" font-size="{text}" aria-labelledby="{key}-t {key}-d">'
        '<title id="{key}-t">{title}</title><desc id="{key}-d">{desc}</desc>{parts}</svg>'
    ).format(
        w=number(frame.width),
        h=number(height),
        font=_FONT,
        text=number(frame.text),
        key=frame.key,
        title=frame.title,
        desc=frame.desc,
        parts=Markup().join(parts),
    )


def box(x: float, y: float, width: float, height: float, tone: Tone) -> Markup:
    """Return a filled rectangle."""
    return Markup('<rect class="ch-{}" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
        tone.value, number(x), number(y), number(max(width, 0)), number(max(height, 0)), _BY_DAY[tone]
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, strong: bool = False, dashes: str = "") -> Markup:
    """Return a straight line of the ground: an axis (*strong*) or a help line, dashed by *dashes* (``"4 3"``)."""
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else Markup()
    name, colour = ("ch-axis", "#8B8475") if strong else ("ch-grid", "#E3DDD1")
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"{}/>').format(
        name, number(x1), number(y1), number(x2), number(y2), colour, dashed
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", ink: str = "ink", bold: bool = False) -> Markup:
    """Return words whose base line is *y*: *anchor* start, middle or end; *ink* one of ``ink``, ``ink-2``, ``late``."""
    weight = Markup(' font-weight="600"') if bold else Markup()
    return Markup('<text class="ch-{}" x="{}" y="{}" text-anchor="{}" fill="{}"{}>{}</text>').format(
        ink, number(x), number(y), anchor, _INK[ink], weight, text
    )


def path(points: Sequence[tuple[float, float]], tone: Tone, *, dashes: str = "", thick: float = 2) -> Markup:
    """Return an open line through *points*."""
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else Markup()
    return Markup('<polyline class="ch-line ch-{}-line" points="{}" fill="none" stroke="{}" stroke-width="{}"{}/>').format(
        tone.value, " ".join(f"{number(x)},{number(y)}" for x, y in points), _BY_DAY[tone], number(thick), dashed
    )


def dot(x: float, y: float, radius: float, tone: Tone, says: str = "") -> Markup:
    """Return a disc; *says* is shown beside the pointer."""
    inner = Markup("<title>{}</title>").format(says) if says else Markup()
    return Markup('<circle class="ch-{}" cx="{}" cy="{}" r="{}" fill="{}">{}</circle>').format(
        tone.value, number(x), number(y), number(radius), _BY_DAY[tone], inner
    )


def diamond(x: float, y: float, radius: float, tone: Tone, says: str = "") -> Markup:
    """Return a square standing on its corner: a second shape, for readers whom the colour tells nothing."""
    corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    inner = Markup("<title>{}</title>").format(says) if says else Markup()
    return Markup('<polygon class="ch-{}" points="{}" fill="{}">{}</polygon>').format(
        tone.value, " ".join(f"{number(a)},{number(b)}" for a, b in corners), _BY_DAY[tone], inner
    )


def key_of(frame: Frame, series: Sequence[Series], y: float) -> tuple[list[Markup], float]:
    """Return the key, in as many lines as it needs from *y* on, and where it ends."""
    parts: list[Markup] = []
    x, side = 0.0, frame.text * 0.8
    for each in series:
        wide = side + frame.text * 0.4 + width_of(each.word, frame.text) + frame.text * 1.2
        if x and x + wide > frame.width:
            x, y = 0.0, y + frame.line
        parts.append(box(x, y + frame.line / 2 - side / 2, side, side, each.tone))
        parts.append(words(x + side + frame.text * 0.4, y + frame.line / 2 + frame.text * 0.36, each.word, ink="ink-2"))
        x += wide
    return parts, y + (frame.line if series else 0)


def width_of(text: str, size: float) -> float:
    """Return about how many units *text* takes in letters of *size*; never too few."""
    return sum((_WIDE if ord(letter) >= _FIRST_WIDE or letter in "%…" else _NARROW) * size for letter in text)


def round_top(most: float, steps: int = 4) -> tuple[float, float]:
    """Return the end of an axis that holds *most*, and its step: 1, 2 or 5 times a power of ten, never under one."""
    if most <= 0:
        return 1.0, 1.0
    rough = most / steps
    power = 10 ** math.floor(math.log10(rough))
    step = max(1.0, next(power * each for each in (1, 2, 5, 10) if power * each >= rough))
    return math.ceil(most / step) * step, step


def figure(value: float) -> str:
    """Return a figure as it is printed: ``1,204``, ``2.5``."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def number(value: float) -> str:
    """Return a coordinate: one decimal, without what it does not need."""
    return f"{value:.1f}".removesuffix(".0")


def cut_to(text: str, units: float, size: float) -> str:
    """Return *text*, cut with … to what *units* hold in letters of *size*."""
    if width_of(text, size) <= units:
        return text
    kept = text
    while kept and width_of(kept + "…", size) > units:
        kept = kept[:-1]
    return kept + "…"
