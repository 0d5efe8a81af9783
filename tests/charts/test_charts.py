"""Each drawing is well-formed, says what it is, prints its figures and carries nothing that the pages' policy refuses."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from gridmediate.charts.bars import Bar, Stack, bars, stacked_bars
from gridmediate.charts.columns import Column, Over, columns
from gridmediate.charts.funnel import Limits, Point, funnel
from gridmediate.charts.lines import Line, lines, sparkline
from gridmediate.charts.marks import Frame, Series, Tone, round_top
from tests.architecture.source_tree import ROOT

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</title><script>alert(1)</script>"'
FRAME = Frame("drawn", "未结案件 & 超期", HOSTILE)
IN = Series("上报", Tone.FILED)
OUT = Series("办结", Tone.SETTLED)

LIMITS = [Limits("95%", lambda number: (max(0.8 - 1 / number, 0), 1.0))]

DRAWN = {
    "bars": bars(FRAME, [Bar("通济社区", 9, Tone.OVERDUE, "3 / 9"), Bar(HOSTILE, 0)]),
    "stacked bars": stacked_bars(FRAME, [Stack("通济", (1, 1204))], [IN, OUT]),
    "columns": columns(FRAME, [Column("11月", (158, 149)), Column("12月", (0, 0))], [IN, OUT]),
    "columns and a line": columns(FRAME, [Column("11月", (158,)), Column("12月", (2,))], [IN], over=Over(OUT, (3, None))),
    "stacked columns": columns(FRAME, [Column("0–3", (3, 4)), Column("4–7", (0, 0))], [IN, OUT], stacked=True),
    "no columns": columns(FRAME, [], [IN]),
    "lines": lines(FRAME, ["10月", "11月"], [Line(IN, (40.5, 41)), Line(OUT, (None, 41))], unit="%"),
    "sparkline": sparkline(FRAME, [3, None, 5]),
    "funnel": funnel(FRAME, [Point("住建所", 40, 0.5, outside=True), Point("城管", 7, 1.0)], 0.8, "全街道", LIMITS),
    "empty funnel": funnel(FRAME, [], 0.8, "全街道", LIMITS),
}


def _tree(drawn: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def _texts(drawn: Markup) -> list[str]:
    return [each.text or "" for each in _tree(drawn).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_is_named_safe_and_inside_its_frame(name: str) -> None:
    root = _tree(DRAWN[name])
    title, desc = root[0], root[1]
    assert (title.text, desc.text) == (FRAME.title, FRAME.desc)
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert root.get("role") == "img"
    assert not [each.tag for each in root.iter() if each.tag.removeprefix(SVG) in {"script", "style", "foreignObject"}]
    assert not [key for each in root.iter() for key in each.attrib if key == "style" or key.startswith("on")]
    _, _, width, height = (float(each) for each in (root.get("viewBox") or "").split())
    for each in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(each.get(key) or "nan") for key in ("x", "y", "width", "height"))
        assert min(x, y, wide, high) >= 0
        assert x + wide <= width + 1
        assert y + high <= height + 1


def test_every_class_of_a_drawing_has_its_colour_in_the_style_sheet() -> None:
    known = set(re.findall(r"\.((?:ch-|chart)[\w-]*)", (ROOT / "static/css/charts.css").read_text(encoding="utf-8")))
    used = {name for drawn in DRAWN.values() for each in _tree(drawn).iter() for name in (each.get("class") or "").split()}
    tones = {f"ch-{tone.value}" for tone in Tone} | {f"ch-{tone.value}-line" for tone in Tone}
    # The letters on a fill need no rule of their own where the common one serves.
    assert {name for name in used | tones if not name.startswith("ch-on-")} <= known


def test_figures_are_printed_and_bars_are_as_long_as_their_figures() -> None:
    assert "3 / 9" in _texts(DRAWN["bars"])
    assert {"1,204", "1,205"} <= set(_texts(DRAWN["stacked bars"]))
    assert {"158", "149"} <= set(_texts(DRAWN["columns"]))
    assert "2" in _texts(DRAWN["columns and a line"])
    assert _texts(DRAWN["stacked columns"]).count("7") == 1
    assert {"上报 41%", "办结 41%"} <= set(_texts(DRAWN["lines"]))
    assert _texts(DRAWN["sparkline"]) == ["5"]
    drawn = _tree(bars(FRAME, [Bar("a", 10), Bar("b", 5)]))
    first, second = (float(each.get("width") or 0) for each in drawn.iter(f"{SVG}rect"))
    assert first == pytest.approx(2 * second, abs=2)


def test_words_at_the_end_of_two_lines_do_not_cover_each_other() -> None:
    ends = [each for each in _tree(DRAWN["lines"]).iter(f"{SVG}text") if (each.text or "").endswith(" 41%")]
    first, second = (float(each.get("y") or 0) for each in ends)
    assert abs(first - second) >= FRAME.text


def test_only_a_point_outside_the_limits_is_named_and_has_another_shape() -> None:
    root = _tree(DRAWN["funnel"])
    assert "住建所" in _texts(DRAWN["funnel"])
    assert "城管" not in _texts(DRAWN["funnel"])
    assert len(list(root.iter(f"{SVG}polygon"))) == len(list(root.iter(f"{SVG}circle"))) == 1


def test_figures_that_do_not_fit_the_series_are_refused() -> None:
    for wrong in (
        lambda: stacked_bars(FRAME, [Stack("a", (1,))], [IN, OUT]),
        lambda: columns(FRAME, [Column("a", (1, 2))], [IN]),
        lambda: columns(FRAME, [Column("a", (1,))], [IN], over=Over(OUT, ())),
        lambda: lines(FRAME, ["a"], [Line(IN, (1, 2))]),
    ):
        with pytest.raises(ValueError, match="one figure"):
            wrong()


def test_an_axis_ends_at_a_round_figure() -> None:
    assert [round_top(most) for most in (0, 1, 9, 158, 1204)] == [(1, 1), (1, 1), (10, 5), (200, 50), (1500, 500)]
