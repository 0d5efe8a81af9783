"""Lying bars, one row a thing: plain ones and stacked ones, each with its figures printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gridmediate.charts.marks import Frame, Series, Tone, box, cut_to, figure, key_of, svg, width_of, words

#: The widest that the names may get, as a share of the drawing; longer ones are cut (the table beside it has them whole).
_NAMES = 0.42


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name, its figure (≥ 0), its tone, and what is printed instead of the bare figure (``"3 / 9"``)."""

    label: str
    value: float
    tone: Tone = Tone.MIDDLE
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """One row of parts: its name, a figure for each series (≥ 0), and what is printed at the end instead of the sum."""

    label: str
    values: tuple[float, ...]
    printed: str = ""


def bars(frame: Frame, rows: Sequence[Bar], *, top: float | None = None) -> Markup:
    """Draw one bar a row, in the order given.

    Parameters
    ----------
    top : float, optional
        What a full bar stands for (100 for shares); the largest figure when left out.
    """
    stacks = [Stack(row.label, (row.value,), row.printed or figure(row.value)) for row in rows]
    return svg(frame, *_rows(frame, stacks, [[row.tone] for row in rows], top, 0, inside=False))


def stacked_bars(frame: Frame, rows: Sequence[Stack], series: Sequence[Series], *, top: float | None = None) -> Markup:
    """Draw one bar of parts a row, in the order given, under the key of the *series*; a part's figure stands inside if it fits.

    Raises
    ------
    ValueError
        A row has not as many figures as there are series.
    """
    if any(len(row.values) != len(series) for row in rows):
        raise ValueError("each row needs one figure for each series")
    key, start = key_of(frame, series, 0)
    height, parts = _rows(frame, rows, [[each.tone for each in series]] * len(rows), top, start, inside=True)
    return svg(frame, height, [*key, *parts])


def _rows(
    frame: Frame, rows: Sequence[Stack], tones: Sequence[Sequence[Tone]], top: float | None, y: float, *, inside: bool
) -> tuple[float, list[Markup]]:
    printed = [row.printed or figure(sum(row.values)) for row in rows]
    gap = frame.text * 0.6
    left = min(max((width_of(row.label, frame.text) for row in rows), default=0), frame.width * _NAMES) + gap
    right = max((width_of(each, frame.text) for each in printed), default=0) + gap
    most = top or max((sum(row.values) for row in rows), default=0) or 1
    scale = max(frame.width - left - right, 1) / most
    step, thick = frame.line * 1.25, frame.text * 1.25
    parts: list[Markup] = []
    for row, row_tones, says in zip(rows, tones, printed, strict=True):
        base = y + step / 2 + frame.text * 0.36
        parts.append(words(0, base, cut_to(row.label, left - gap, frame.text)))
        x = left
        for value, tone in zip(row.values, row_tones, strict=True):
            if value <= 0:
                continue
            parts.append(box(x, y + (step - thick) / 2, max(value * scale - 1, 1), thick, tone))
            if inside and width_of(figure(value), frame.text) + 6 < value * scale:
                parts.append(_inside(x + value * scale / 2, base, figure(value), tone))
            x += value * scale
        parts.append(words(x + gap / 2, base, says, bold=True))
        y += step
    return max(y, 1), parts


def _inside(x: float, y: float, text: str, tone: Tone) -> Markup:
    # The letters of a part stand on its fill: charts.css picks light or dark ones by the tone's name.
    light = tone not in {Tone.FILED, Tone.ACCEPTED, Tone.YELLOW, Tone.LIGHT}
    return Markup('<text class="ch-on ch-on-{}" x="{:.1f}" y="{:.1f}" text-anchor="middle" fill="{}">{}</text>').format(
        tone.value, x, y, "#FFFFFF" if light else "#1D2A2B", text
    )
