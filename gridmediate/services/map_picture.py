"""What is seen on the map as one picture, for a slide or a briefing. Loaded with the first that is asked for.

Letters need a font of the machine. Where none has Chinese letters the picture is in English and leaves out what it cannot write.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from shapely.geometry.base import BaseGeometry

from gridmediate.services.cell_painting import Ground, ground_of, paint_borders, paint_cells

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
#: Files of fonts with Chinese letters where systems keep them, with the face in a collection that writes them as in the mainland.
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2), ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0), ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0), ("C:/Windows/Fonts/simhei.ttf", 0), ("/System/Library/Fonts/PingFang.ttc", 0),
)
_WIDTH, _TALLEST, _MARGIN = 2000, 2400, 48
_TITLE, _TEXT, _SMALL, _NAME = 52, 30, 24, 22
_INK, _INK_2, _LINE, _EDGE = "#1D2A2B", "#475456", "#8B8475", "#1D2A2B"
#: Below this luminance white letters stand out better than our ink.
_DARK = 0.225
#: Drawn so many times larger and made smaller, which smooths the borders.
_FINER = 2
_MARK_DOWN, _MARK_ACROSS, _MARK_ALPHA, _MARK_TURN = 240, 160, 34, 24
#: One at a time: a sheet of this size takes a hundred megabytes while it is drawn.
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Key:
    """A class of the legend: its fill (None: hatched), its words, the number of cells in it."""

    fill: str | None
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn.

    Parameters
    ----------
    title : str
    lines : sequence of str
        Under the title.
    cells : sequence of shapely geometry
        EPSG:4326.
    fills : sequence of (str or None)
        ``#RRGGBB`` of each cell; None is hatched.
    names : sequence of sequences of str
        Lines written into each cell as far as there is room: what it lies in, and its own name.
    values : sequence of str
        Below them, larger.
    edges : sequence of shapely geometry
        What has a heavier border: communities.
    legend_title : str
    legend : sequence of Key
    feet : sequence of str
        At the foot, first what the figures are, last who took them.
    mark : str
        Across the map, faint.
    hatch : (str, str)
        Ground and lines of cells without a number.
    """

    title: str
    lines: Sequence[str]
    cells: Sequence[BaseGeometry]
    fills: Sequence[str | None]
    names: Sequence[Sequence[str]]
    values: Sequence[str]
    edges: Sequence[BaseGeometry]
    legend_title: str
    legend: Sequence[Key]
    feet: Sequence[str]
    mark: str
    hatch: tuple[str, str]


def find_font(named: Path | None = None) -> tuple[str, int] | None:
    """Return file and face of a font with Chinese letters: the office's own, or one of the system's; None if there is none."""
    found = [(str(named), 0)] if named else FONTS
    return next((each for each in found if Path(each[0]).is_file()), None)


@lru_cache(maxsize=16)
def _font(face: tuple[str, int] | None, size: int) -> Font:
    return ImageFont.truetype(face[0], size, index=face[1]) if face else ImageFont.load_default(size)


class _Sheet:
    """A sheet with a pen that knows its font and where the next line goes."""

    def __init__(self, face: tuple[str, int] | None) -> None:
        self.face = face
        self.image = Image.new("RGB", (_WIDTH, 2 * _TALLEST + 2000), "white")
        self.pen = ImageDraw.Draw(self.image)
        self.down = float(_MARGIN)

    def written(self, text: str) -> str:
        """Return as much of a text as the font has letters for."""
        return text if self.face else text.encode("ascii", "ignore").decode().strip()

    def lines(self, text: str, size: int, fill: str) -> None:
        """Write a text, broken where the sheet ends."""
        for line in _broken(self.written(text), _font(self.face, size), _WIDTH - 2 * _MARGIN):
            self.pen.text((_MARGIN, self.down), line, font=_font(self.face, size), fill=fill)
            self.down += size * 1.45


def draw_map(picture: Picture, face: tuple[str, int] | None, *, about: str = "") -> bytes:
    """Return a picture as PNG, 2000 pixels wide, north up.

    Parameters
    ----------
    face : (str, int) or None
        From :func:`find_font`.
    about : str
        Written into the file besides: what it shows, who took it, under which number.
    """
    with _drawing:
        sheet = _Sheet(face)
        sheet.lines(picture.title, _TITLE, _INK)
        for line in picture.lines:
            sheet.lines(line, _TEXT, _INK_2)
        sheet.down += 16
        _draw_ground(sheet, picture)
        _draw_legend(sheet, picture)
        for foot in picture.feet:
            sheet.lines(foot, _SMALL, _INK_2)
        image = sheet.image.crop((0, 0, _WIDTH, int(sheet.down) + _MARGIN // 2))
    kept = PngInfo()
    kept.add_itxt("Description", about)
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=6, pnginfo=kept)
    return written.getvalue()


def _draw_ground(sheet: _Sheet, picture: Picture) -> None:
    cells = picture.cells
    ground = ground_of(cells, (_WIDTH - 2 * _MARGIN) * _FINER, _TALLEST * _FINER, _FINER * 4, _FINER * 4)
    size = (ground.width + 8 * _FINER, ground.height + 8 * _FINER)
    fine = Image.new("RGB", size, "white")
    hair = 1 if len(cells) > 500 else 2
    paint_cells(fine, cells, picture.fills, ground, line=_LINE, line_px=hair * _FINER, hatch=picture.hatch)
    paint_borders(fine, picture.edges, ground, line=_EDGE, line_px=3 * _FINER)
    small = fine.reduce(_FINER)
    pen = ImageDraw.Draw(small)
    for shape, fill, name, value in zip(cells, picture.fills, picture.names, picture.values, strict=True):
        _name(pen, sheet, ground, shape, fill, (name, value))
    _mark(small, sheet, picture.mark)
    sheet.image.paste(small, ((_WIDTH - small.width) // 2, int(sheet.down)))
    sheet.down += small.height + 20


def _name(pen: ImageDraw.ImageDraw, sheet: _Sheet, ground: Ground, shape: Any, fill: str | None,
          words: tuple[Sequence[str], str]) -> None:
    """Write a cell's names and value at its widest place: all of them, fewer, the value alone, or nothing, as there is room."""
    inside = shapely.maximum_inscribed_circle(shape, shape.length / 200)
    x, y = (each / _FINER for each in ground.at(*inside.coords[0]))
    room = 1.9 * inside.length * ground.scale * ground.narrow / _FINER
    ink = "white" if fill and _luminance(fill) < _DARK else _INK
    names = [(line, _NAME) for each in words[0] if (line := sheet.written(each))]
    lines = [*names, *([(value, _TEXT)] if (value := sheet.written(words[1])) else [])]
    while lines:
        height = sum(size + 4 for _, size in lines)
        if height < room and max(_font(sheet.face, size).getlength(line) for line, size in lines) < room:
            break
        lines = lines[1:]
    else:
        return
    down = y - height / 2
    for line, size in lines:
        pen.text((x, down + size / 2), line, font=_font(sheet.face, size), fill=ink, anchor="mm")
        down += size + 4


def _luminance(colour: str) -> float:
    """Return the relative luminance of ``#RRGGBB`` (WCAG 2)."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mark(image: Image.Image, sheet: _Sheet, words: str) -> None:
    """Write who took it across the map, again and again, so faint that the map reads and so dense that no cut is without."""
    font, text = _font(sheet.face, _TEXT), sheet.written(words)
    length = int(font.getlength(text)) + 8
    straight = Image.new("L", (length, _TEXT * 2), 0)
    ImageDraw.Draw(straight).text((4, _TEXT), text, font=font, fill=_MARK_ALPHA, anchor="lm")
    turned = straight.rotate(_MARK_TURN, Image.Resampling.BICUBIC, expand=True)
    ink = Image.new("RGB", turned.size, _INK)
    for row, down in enumerate(range(-turned.height // 2, image.height, _MARK_DOWN)):
        for across in range(-(row % 2) * (length + _MARK_ACROSS) // 2, image.width, length + _MARK_ACROSS):
            image.paste(ink, (across, down), turned)


def _draw_legend(sheet: _Sheet, picture: Picture) -> None:
    sheet.lines(picture.legend_title, _TEXT, _INK)
    font = _font(sheet.face, _TEXT)
    across = float(_MARGIN)
    for key in picture.legend:
        words = sheet.written(f"{key.words}   {key.count}")
        needed = 56 + 14 + font.getlength(words) + 48
        if across + needed > _WIDTH and across > _MARGIN:
            across, sheet.down = float(_MARGIN), sheet.down + 52
        box = shapely.box(across, 0, across + 56, 36)
        place = Ground(0, 0, 1, 1, 0, sheet.down + 40, 0, 0)
        paint_cells(sheet.image, [box], [key.fill], place, line=_INK_2, line_px=2, hatch=picture.hatch)
        sheet.pen.text((across + 70, sheet.down + 22), words, font=font, fill=_INK, anchor="lm")
        across += needed
    sheet.down += 64


def _broken(text: str, font: Font, width: float) -> list[str]:
    """Break a text into lines; between words where there are blanks, else anywhere."""
    lines, line = [], ""
    for sign in text:
        if line and font.getlength(line + sign) > width:
            cut = line.rfind(" ") + 1 or len(line)
            cut = cut if cut > len(line) // 2 else len(line)
            lines.append(line[:cut].rstrip())
            line = line[cut:]
        line += sign
    return [*lines, line]
