"""Standing columns: months side by side, or the classes of a histogram, grouped or stacked, with a line over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gridmediate.charts.marks import Frame, Series, Tone, box, dot, figure, key_of, path, round_top, rule, svg, width_of, words

#: Units of the drawing area for each unit of letter height.
_AREA = 11


@dataclass(frozen=True, slots=True)
class Column:
    """One place on the axis: its name and a figure for each series (≥ 0)."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """A line over the columns on the same axis: what it stands for, and one figure for each column (None where there is none)."""

    series: Series
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class _Area:
    left: float
    top: float
    width: float
    height: float
    most: float

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value / self.most)


def columns(
    frame: Frame, places: Sequence[Column], series: Sequence[Series], *, stacked: bool = False, over: Over | None = None
) -> Markup:
    """Draw columns from left to right, under the key of the *series*.

    Stacked ones print their sum on top. Side by side each prints its own figure if there is room for all of them and no line runs
    through them; otherwise the last place alone does. An axis with round figures stands at the left in any case.

    Raises
    ------
    ValueError
        A place has not as many figures as there are series, or the line not as many as there are places.
    """
    if any(len(place.values) != len(series) for place in places) or (over and len(over.values) != len(places)):
        raise ValueError("each place needs one figure for each series, and the line one for each place")
    key, start = key_of(frame, [*series, *([over.series] if over else [])], 0)
    highest = [sum(place.values) if stacked else max(place.values, default=0) for place in places]
    highest += [value for value in (over.values if over else ()) if value is not None]
    most, step = round_top(max(highest, default=0))
    left = width_of(figure(most), frame.text) + frame.text * 0.6
    area = _Area(left, start + frame.line, frame.width - left, frame.text * _AREA, most)
    parts = [*key, *_axis(frame, area, step)]
    slot = area.width / max(len(places), 1)
    tones = [each.tone for each in series]
    thick = min(slot * 0.7, frame.text * 5) if stacked else min(slot * 0.8 / max(len(series), 1), frame.text * 3)
    for index, place in enumerate(places):
        middle = area.left + slot * (index + 0.5)
        parts += (_stack if stacked else _group)(frame, area, middle, thick, place, tones)
    if not stacked:
        parts += _figures(frame, area, slot, thick, places, over)
    parts += _names(frame, area, slot, [place.label for place in places])
    if over:
        parts += _line(area, slot, over)
    return svg(frame, area.top + area.height + frame.line, parts)


def _axis(frame: Frame, area: _Area, step: float) -> list[Markup]:
    parts: list[Markup] = []
    for index in range(round(area.most / step) + 1):
        y = area.y(index * step)
        parts.append(rule(area.left, y, area.left + area.width, y, strong=index == 0))
        parts.append(words(area.left - frame.text * 0.6, y + frame.text * 0.36, figure(index * step), anchor="end", ink="ink-2"))
    return parts


def _stack(frame: Frame, area: _Area, middle: float, thick: float, place: Column, tones: Sequence[Tone]) -> list[Markup]:
    parts: list[Markup] = []
    so_far = 0.0
    for value, tone in zip(place.values, tones, strict=True):
        if value > 0:
            top = area.y(so_far + value)
            parts.append(box(middle - thick / 2, top, thick, max(area.y(so_far) - top - 1, 1), tone))
            so_far += value
    return [*parts, words(middle, area.y(so_far) - frame.text * 0.35, figure(so_far), anchor="middle", bold=True)]


def _group(_frame: Frame, area: _Area, middle: float, thick: float, place: Column, tones: Sequence[Tone]) -> list[Markup]:
    left = middle - len(tones) / 2 * thick
    return [
        box(left + index * thick, area.y(value), thick - 1, area.top + area.height - area.y(value), tone)
        for index, (value, tone) in enumerate(zip(place.values, tones, strict=True))
    ]


def _figures(frame: Frame, area: _Area, slot: float, thick: float, places: Sequence[Column], over: Over | None) -> list[Markup]:
    if not places:
        return []
    above = frame.text * 0.35
    if over is None and all(width_of(figure(value), frame.text) <= thick + 2 for place in places for value in place.values):
        return [
            words(
                area.left + slot * (at + 0.5) + (index + 0.5 - len(place.values) / 2) * thick,
                area.y(value) - above,
                figure(value),
                anchor="middle",
            )
            for at, place in enumerate(places)
            for index, value in enumerate(place.values)
        ]
    last = places[-1].values
    highest = max([*last, *([over.values[-1] or 0] if over else [])])
    said = [*last, *([over.values[-1]] if over and over.values[-1] is not None else [])]
    return [words(frame.width, area.y(highest) - above - 3, " / ".join(map(figure, said)), anchor="end", bold=True)]


def _names(frame: Frame, area: _Area, slot: float, labels: Sequence[str]) -> list[Markup]:
    # Where not every name has room, every second, third … one is written, counted from the last: the newest always has its name.
    widest = max((width_of(label, frame.text) for label in labels), default=0) + frame.text * 0.4
    every = max(1, -(-int(widest) // max(int(slot), 1)))
    y = area.top + area.height + frame.line * 0.8
    return [
        words(area.left + slot * (index + 0.5), y, label, anchor="middle", ink="ink-2")
        for index, label in enumerate(labels)
        if (len(labels) - 1 - index) % every == 0
    ]


def _line(area: _Area, slot: float, over: Over) -> list[Markup]:
    at = [
        (area.left + slot * (index + 0.5), area.y(value)) if value is not None else None
        for index, value in enumerate(over.values)
    ]
    runs: list[list[tuple[float, float]]] = [[]]
    for point in at:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    parts = [path(run, over.series.tone) for run in runs if len(run) > 1]
    return parts + [
        dot(x, y, 3, over.series.tone, figure(value or 0))
        for point, value in zip(at, over.values, strict=True)
        if point is not None
        for x, y in [point]
    ]
