"""Whoever sees colours otherwise reads the same map: ramps and statuses as Chromium simulates each deficiency, in both themes."""

from __future__ import annotations

import io
from itertools import combinations, pairwise, product
from math import dist
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from gridmediate.domain.measures import MEASURES

STATIC = Path(__file__).parents[2] / "static/css"
SHEETS = ("tokens.css", "gridmap.css", "heatmap.css", "heatmore.css")
SIGHTS = ("none", "deuteranopia", "protanopia", "tritanopia", "achromatopsia")
#: In the order in which a bar puts them side by side.
STATUSES = ("filed", "accepted", "mediating", "overdue", "settled", "ended")
RAMPS = sorted({rule.ramp for rule in MEASURES.values()})
#: Least distance in CIELAB of two parts of a bar, and least step in lightness from class to class.
APART, STEP = 6.0, 3.5
_SIDE = 8

Lab = tuple[float, float, float]
Colours = dict[str, Lab]
#: Theme and sight → token → its colour in CIELAB.
Seen = dict[tuple[str, str], Colours]

_STRIP = """([names, side]) => document.body.replaceChildren(...names.map((name) => {
  const box = document.createElement('i');
  box.style.cssText = `display:block;float:left;width:${side}px;height:${side}px;background:var(--${name})`;
  return box;
}))"""


@pytest.fixture(scope="module")
def seen(chromium: Any) -> Seen:
    """Return how the ramps and statuses look to each eye in each theme."""
    names = [f"{ramp}{each}" for ramp in RAMPS for each in range(5)] + [f"st-{each}" for each in STATUSES]
    page = chromium.new_page(viewport={"width": _SIDE * len(names), "height": _SIDE})
    styles = [(STATIC / sheet).read_text() for sheet in SHEETS] + ["body { margin: 0 }"]
    page.set_content("".join(f"<style>{each}</style>" for each in styles))
    page.evaluate(_STRIP, [names, _SIDE])
    session = page.context.new_cdp_session(page)
    found = {}
    for theme, sight in product(("light", "dark"), SIGHTS):
        page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
        found[theme, sight] = dict(zip(names, _read(page.screenshot(), len(names)), strict=True))
    page.close()
    return found


def _read(shot: bytes, count: int) -> list[Lab]:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    strip: Any = ImageCms.applyTransform(Image.open(io.BytesIO(shot)).convert("RGB"), to_lab)
    return [_lab(*strip.getpixel((_SIDE * each + _SIDE // 2, _SIDE // 2))) for each in range(count)]


def _lab(lightness: int, a: int, b: int) -> Lab:
    # Pillow keeps a and b as signed bytes in unsigned ones.
    return lightness / 2.55, float((a + 128) % 256 - 128), float((b + 128) % 256 - 128)


def test_the_classes_of_each_measure_go_one_way_in_lightness_for_every_eye(seen: Seen) -> None:
    faults = []
    for ((theme, sight), colours), ramp in product(seen.items(), RAMPS):
        lightness = [colours[f"{ramp}{each}"][0] for each in range(5)]
        steps = [(after - before) * (1 if theme == "dark" else -1) for before, after in pairwise(lightness)]
        faults += [f"{theme} {sight} {ramp}: {steps}"] if min(steps) < STEP else []
    assert not faults, "\n".join(faults)


def test_parts_of_a_bar_that_touch_are_told_apart_by_every_eye(seen: Seen) -> None:
    faults = []
    for (theme, sight), colours in seen.items():
        # Without any colour the gaps, the fixed order and the numbers must do.
        if sight != "achromatopsia":
            # Any part between two others may be empty, so each may touch each.
            faults += [f"{theme} {sight} {one}/{other}" for one, other in combinations(STATUSES, 2)
                       if dist(colours[f"st-{one}"], colours[f"st-{other}"]) < APART]
    assert not faults, "\n".join(faults)
