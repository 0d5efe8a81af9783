"""The picture of the map: a fill for each class, hatching where there is no number, and English where no font writes Chinese."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import shapely
from PIL import Image

from gridmediate.services.map_picture import Key, Picture, draw_map, find_font

FILLS = ["#FFFFFF", "#CFA3C2", "#5E2456", None]
CELLS = [shapely.box(118.7 + at / 100, 36.2, 118.71 + at / 100, 36.21) for at in range(4)]


def drawn(face: tuple[str, int] | None, name: str) -> Any:
    legend = [Key(fill, "1–2", "× 3") for fill in FILLS]
    names = [[name, "Cell 1"]] * 4
    picture = Picture(f"{name} Open 2026", ["by cell"], CELLS, FILLS, names, ["3"] * 4, CELLS[:1], "Open", legend,
                      ["foot"], f"{name} 2026-11-29 b088ad05", ("#F1EDE4", "#A59C8A"))
    return Image.open(io.BytesIO(draw_map(picture, face, about="编号 b088ad05")))


def test_each_class_has_its_fill_and_none_is_hatched() -> None:
    image = drawn(find_font(), "柳溪")
    seen = {f"#{red:02X}{green:02X}{blue:02X}" for _, (red, green, blue) in image.getcolors(1_000_000)}
    assert {*filter(None, FILLS), "#F1EDE4", "#A59C8A"} <= seen
    assert image.width == 2000 and image.text["Description"] == "编号 b088ad05"


def test_without_a_font_what_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    assert find_font(tmp_path / "none.ttf") is None
    assert drawn(None, "柳溪").tobytes() == drawn(None, "").tobytes(), "no empty boxes in place of letters"


@pytest.mark.skipif(find_font() is None, reason="this machine has no font with Chinese letters")
def test_chinese_is_written_where_a_font_has_it() -> None:
    assert drawn(find_font(), "柳溪").tobytes() != drawn(find_font(), "").tobytes()
