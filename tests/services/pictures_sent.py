"""Photos as phones send them, and as nobody should."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

PLACE = "30.2741N"


def drawn(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is dark and whose right half is light."""
    light: Any = {"RGB": (250, 250, 250), "RGBA": (250, 250, 250, 255), "CMYK": (5, 5, 5, 0)}.get(mode, 250)
    sheet = Image.new(mode, (width, height), light)
    sheet.paste(Image.new(mode, (width // 2, height), {"RGB": (10, 20, 30), "RGBA": (10, 20, 30, 255)}.get(mode, 10)), (0, 0))
    return sheet


def written(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo(width: int = 64, height: int = 48, *, turned: int = 1) -> bytes:
    """Return a photo with all that a phone writes beside it: where, when, by which phone, a comment, a profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = turned, "PHONE-MAKER", "PHONE-MODEL"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 16.0, 27.0), 3: "E", 4: (120.0, 9.0, 18.0), 29: "2026:11:23"})
    exif.get_ifd(0x8769).update({0x9286: f"ASCII\0\0\0{PLACE}"})
    return written(drawn(width, height), exif=exif, comment=PLACE.encode(), icc_profile=b"PROFILE" * 20, quality=90)


def archive() -> bytes:
    """Return a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("run.sh", "echo")
    return file.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """Return a small PNG that says it is as large as this."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 5000)) + chunk(b"IEND", b"")


def webp_that_says(width: int, height: int) -> bytes:
    """Return an extended WebP whose canvas says it is as large as this."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    content = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(content)) + content
