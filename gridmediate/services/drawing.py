"""Where a photo is decoded and drawn on a new sheet: loaded with the first photo, since few workers see one."""

from __future__ import annotations

import io
import struct
import threading
import zlib

# Named, so that opening a picture does not load every format there is.
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from gridmediate.services.pictures import PIXELS_MOST, SIDE_MOST_PX, Picture, PictureNotRead, PictureTooLarge

_QUALITY = 85
_FORMATS = (JpegImagePlugin.JpegImageFile.format, PngImagePlugin.PngImageFile.format, WebPImagePlugin.WebPImageFile.format)
#: What Pillow raises over a broken file.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError,
           struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning)
#: One at a time: forty million pixels take a hundred megabytes while they are drawn.
_drawing = threading.Lock()


def draw(sent: bytes) -> Picture:
    """Return a photo drawn anew; :func:`~gridmediate.services.pictures.redraw` has looked at the file before.

    Raises
    ------
    PictureNotRead, PictureTooLarge
    """
    try:
        with _drawing:
            return _drawn(sent)
    except _BROKEN as error:
        raise PictureNotRead(field="picture") from error


def _drawn(sent: bytes) -> Picture:
    with Image.open(io.BytesIO(sent), formats=_FORMATS) as opened:
        if opened.width * opened.height > PIXELS_MOST:
            raise PictureTooLarge.of()
        if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":  # a film; phones put a second view behind the first
            raise PictureNotRead(field="picture")
        opened.thumbnail((SIDE_MOST_PX, SIDE_MOST_PX), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(opened)
        # On a new sheet: a picture that is converted takes its comments and profiles along.
        sheet = Image.new("RGB", upright.size, "white")
        shown = _in_eight_bits(upright).convert("RGBA")
        sheet.paste(shown, mask=shown.getchannel("A"))
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(written.getvalue(), sheet.width, sheet.height)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture whose grey has 256 steps; from a scanner it may come with 65,536, and would turn out white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda step: step / 256).convert("L")
