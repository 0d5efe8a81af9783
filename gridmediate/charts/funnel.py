"""A funnel plot: shares against the number they rest on, between the limits of what chance explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gridmediate.charts.marks import Frame, Tone, cut_to, diamond, dot, figure, path, round_top, rule, svg, width_of, words

_AREA = 16
#: Points of a limit's line.
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One place of the plot.

    Parameters
    ----------
    label : str
        Written beside the point where it lies outside a limit, shown at the pointer in any case.
    number : int
        What the share rests on, at least 1.
    share : float
        From 0 to 1.
    outside : bool
        Whether it lies outside the limits: drawn as a diamond and named.
    """

    label: str
    number: int
    share: float
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Two curves: the word written at their end, and the lower and upper share for a number; *dashes* tell them apart."""

    word: str
    at: Callable[[int], tuple[float, float]]
    dashes: str = ""


@dataclass(frozen=True, slots=True)
class _Area:
    left: float
    top: float
    width: float
    height: float
    most: float
    low: float

    def x(self, number: float) -> float:
        return self.left + self.width * number / self.most

    def y(self, share: float) -> float:
        return self.top + self.height * (1 - (max(share, self.low) - self.low) / (1 - self.low))


def funnel(frame: Frame, points: Sequence[Point], centre: float, centre_word: str, limits: Sequence[Limits]) -> Markup:
    """Draw the plot: the number runs right, the share up, the common share is a line across.

    The share's axis starts at the fifth below the lowest point, so that a street where nearly all is in time still shows its
    differences; it ends at 100 % always.

    Parameters
    ----------
    centre : float
        The common share, 0 to 1; *centre_word* is written at its line.
    """
    most, step = round_top(max((point.number for point in points), default=1))
    low = min([max(int(min((point.share for point in points), default=0) * 5 - 0.5), 0) / 5, 0.8])
    size = frame.text
    ends = [*(each.word for each in limits), centre_word]
    left, right = width_of("100%", size) + size * 0.6, max(width_of(end, size) for end in ends) + size
    area = _Area(left, size, max(frame.width - left - right, size * 6), size * _AREA, most, low)
    parts = _axes(frame, area, step)
    parts.append(rule(area.left, area.y(centre), area.left + area.width, area.y(centre), strong=True))
    written = [(area.y(centre), centre_word)]
    numbers = sorted({max(round(most * index / _STEPS), 1) for index in range(1, _STEPS + 1)} | {1})
    for each in limits:
        found = [each.at(number) for number in numbers]
        for side in (0, 1):
            curve = [(area.x(number), area.y(pair[side])) for number, pair in zip(numbers, found, strict=True)]
            parts.append(path(curve, Tone.PLAIN, dashes=each.dashes, thick=1.5))
        written.append((area.y(found[-1][0]), each.word))
    parts += _ends(frame, area, written)
    parts += _points(frame, area, points)
    return svg(frame, area.top + area.height + frame.line * 1.3, parts)


def _axes(frame: Frame, area: _Area, step: float) -> list[Markup]:
    size = frame.text
    parts: list[Markup] = []
    for fifth in range(round(area.low * 5), 6):
        y = area.y(fifth / 5)
        parts.append(rule(area.left, y, area.left + area.width, y))
        parts.append(words(area.left - size * 0.6, y + size * 0.36, f"{fifth * 20}%", anchor="end", ink="ink-2"))
    base = area.top + area.height
    parts.append(rule(area.left, base, area.left + area.width, base, strong=True))
    widest, every = width_of(figure(area.most), size) + size, 1
    while area.width * step * every / area.most < widest:
        every += 1
    for index in range(0, round(area.most / step) + 1, every):
        parts.append(words(area.x(index * step), base + frame.line * 0.9, figure(index * step), anchor="middle", ink="ink-2"))
    return parts


def _ends(frame: Frame, area: _Area, written: Sequence[tuple[float, str]]) -> list[Markup]:
    parts: list[Markup] = []
    under = area.top - frame.line
    for y, word in sorted(written):
        under = max(y, under + frame.line * 0.85)
        parts.append(words(area.left + area.width + frame.text * 0.5, under + frame.text * 0.36, word, ink="ink-2"))
    return parts


def _points(frame: Frame, area: _Area, points: Sequence[Point]) -> list[Markup]:
    parts: list[Markup] = []
    for point in points:
        x, y = area.x(point.number), area.y(point.share)
        says = f"{point.label} {round(point.share * point.number)} / {point.number}"
        shape, radius, tone = (diamond, 0.55, Tone.YELLOW) if point.outside else (dot, 0.36, Tone.MIDDLE)
        parts.append(shape(x, y, frame.text * radius, tone, says))
        if point.outside:
            left_half = x < area.left + area.width / 2
            room = area.left + area.width - x if left_half else x - area.left
            away = frame.text * (0.8 if left_half else -0.8)
            label = cut_to(point.label, max(room - frame.text, frame.text * 4), frame.text)
            parts.append(words(x + away, y + frame.text * 1.3, label, anchor="start" if left_half else "end"))
    return parts
