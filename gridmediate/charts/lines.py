"""Lines over places in time, and the small line beside a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gridmediate.charts.marks import Frame, Series, Tone, dot, figure, path, round_top, rule, svg, width_of, words

#: One line is told from the next by its dashes too.
_DASHES = ("", "7 4", "2 3", "10 3 2 3")
_AREA = 11


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it stands for, and one figure for each place (None leaves a gap)."""

    series: Series
    values: tuple[float | None, ...]


def lines(frame: Frame, labels: Sequence[str], drawn: Sequence[Line], *, unit: str = "", top: float | None = None) -> Markup:
    """Draw lines from left to right; each carries its word and last figure at its end, so that no key has to be matched.

    Parameters
    ----------
    labels : sequence of str
        The places in time.
    unit : str
        Printed after each figure: ``%``.
    top : float, optional
        End of the axis; a round figure above the largest when left out.

    Raises
    ------
    ValueError
        A line has not as many figures as there are labels.
    """
    if any(len(each.values) != len(labels) for each in drawn):
        raise ValueError("each line needs one figure for each label")
    most, step = round_top(top or max((value for each in drawn for value in each.values if value is not None), default=0))
    size = frame.text
    ends = [f"{each.series.word} {_last(each.values, unit)}" for each in drawn]
    left = width_of(figure(most) + unit, size) + size * 0.6
    right = max((width_of(end, size) for end in ends), default=0) + size
    width, height = max(frame.width - left - right, size * 4), size * _AREA
    slot = width / max(len(labels) - 1, 1)
    area = _Area(left, width, height, most)
    parts = [*_axis(frame, area, step, unit), *_places(frame, area, slot, labels)]
    end_of: list[tuple[float, str]] = []
    for index, each in enumerate(drawn):
        points = [
            (left + slot * place, size + height * (1 - value / most)) if value is not None else None
            for place, value in enumerate(each.values)
        ]
        parts += _runs(points, each.series.tone, _DASHES[index % len(_DASHES)])
        seen = [point for point in points if point is not None]
        if seen:
            end_of.append((seen[-1][1], ends[index]))
    parts += [
        words(left + width + size * 0.6, y + size * 0.36, end)
        for y, end in _apart(sorted(end_of), frame.line * 0.9, size + height)
    ]
    return svg(frame, size + height + frame.line * 1.3, parts)


@dataclass(frozen=True, slots=True)
class _Area:
    left: float
    width: float
    height: float
    most: float


def _axis(frame: Frame, area: _Area, step: float, unit: str) -> list[Markup]:
    parts: list[Markup] = []
    for index in range(round(area.most / step) + 1):
        y = frame.text + area.height * (1 - index * step / area.most)
        parts.append(rule(area.left, y, area.left + area.width, y, strong=index == 0))
        says = figure(index * step) + unit
        parts.append(words(area.left - frame.text * 0.6, y + frame.text * 0.36, says, anchor="end", ink="ink-2"))
    return parts


def _places(frame: Frame, area: _Area, slot: float, labels: Sequence[str]) -> list[Markup]:
    # Counted from the last, so that the newest always has its name.
    widest = max((width_of(label, frame.text) for label in labels), default=0) + frame.text * 0.6
    every = max(1, -(-int(widest) // max(int(slot), 1)))
    return [
        words(area.left + slot * index, frame.text + area.height + frame.line * 0.9, label, anchor="middle", ink="ink-2")
        for index, label in enumerate(labels)
        if (len(labels) - 1 - index) % every == 0
    ]


def sparkline(frame: Frame, values: Sequence[float | None], tone: Tone = Tone.MIDDLE) -> Markup:
    """Draw a small line without an axis that ends in a dot and the last figure."""
    size = frame.text
    end = _last(values, "")
    width, height = max(frame.width - width_of(end, size) - size, size), frame.line
    most = max((value for value in values if value is not None), default=0) or 1
    slot = width / max(len(values) - 1, 1)
    points = [
        (2 + slot * index, 3 + (height - 6) * (1 - value / most)) if value is not None else None
        for index, value in enumerate(values)
    ]
    parts = _runs(points, tone, "")
    seen = [point for point in points if point is not None]
    if seen:
        parts.append(words(seen[-1][0] + size * 0.6, min(max(seen[-1][1] + size * 0.36, size), height - 2), end, bold=True))
    return svg(frame, height, parts)


def _runs(points: Sequence[tuple[float, float] | None], tone: Tone, dashes: str) -> list[Markup]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    parts = [path(run, tone, dashes=dashes) for run in runs if len(run) > 1]
    seen = [point for point in points if point is not None]
    return [*parts, *([dot(*seen[-1], 3, tone)] if seen else [])]


def _last(values: Sequence[float | None], unit: str) -> str:
    known = [value for value in values if value is not None]
    return figure(known[-1]) + unit if known else "–"


def _apart(ends: Sequence[tuple[float, str]], least: float, floor: float) -> list[tuple[float, str]]:
    # Two lines that end at one height would write their words over each other: the lower one moves down, then all move up.
    placed: list[tuple[float, str]] = []
    for y, end in ends:
        placed.append((max(y, placed[-1][0] + least) if placed else y, end))
    over = max(placed[-1][0] - floor, 0) if placed else 0
    return [(y - over, end) for y, end in placed]
