"""Photos from phones: opened with suspicion, drawn anew, so that nothing but what they show is kept.

What a camera writes beside the picture (where it was taken, by which phone, a smaller copy) and whatever hangs behind it does not
survive: the picture is decoded, turned upright, made no larger than needed, and written as a new JPEG.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label

BYTES_MOST = 8 * 1024 * 1024
PIXELS_MOST = 40_000_000
SIDE_MOST_PX = 2000
MIME = "image/jpeg"
#: A progressive JPEG is sent in some ten scans; each of thousands would cost a pass over the whole picture.
_SCANS_MOST = 64
#: How each of them begins.
_BEGINNINGS, _RIFF = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"), b"RIFF"
#: What makes a file also a page or a program for somebody who opens it as one.
_ALSO = (b"<script", b"<!doctype", b"<html", b"<?php", b"__halt_compiler")
_PDF_LOOKED_FOR_BYTES = 1024
_ZIP_END, _ZIP_END_BYTES, _ZIP_COMMENT_MOST = b"PK\x05\x06", 22, 65_535


class PictureNotRead(Problem):
    """The file is no photo that can be read."""

    code = "picture.not-read"
    sentence = Label("这张照片打不开。请重拍，或换成 JPEG、PNG、WebP 格式再传。",
                     "This photo cannot be opened. Take it again, or send it as JPEG, PNG or WebP.")


class PictureTooLarge(Problem):
    """The photo is larger than is taken."""

    code = "picture.too-large"
    kind = Kind.INVALID
    sentence = Label("照片太大：最多 {megabytes} MB、{megapixels} 百万像素。请用普通画质重拍。",
                     "The photo is too large: at most {megabytes} MB and {megapixels} megapixels. "
                     "Take it again in ordinary quality.")

    @classmethod
    def of(cls) -> PictureTooLarge:
        """Make one with the limits."""
        return cls(field="picture", megabytes=BYTES_MOST // 1024**2, megapixels=PIXELS_MOST // 10**6)


class PictureAndMore(Problem):
    """The file is a picture and something else at once."""

    code = "picture.and-more"
    sentence = Label("这个文件里除了照片还有别的内容，不能收。请直接用手机拍照上传。",
                     "This file holds something else besides a photo, so it is not taken. Send a photo straight from the phone.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo drawn anew, as JPEG.

    Parameters
    ----------
    content : bytes
    width, height : int
        In pixels.
    """

    content: bytes
    width: int
    height: int


def redraw(sent: bytes) -> Picture:
    """Return what a photo shows, and nothing else of it. Takes up to a second; never inside a transaction.

    Raises
    ------
    PictureNotRead, PictureTooLarge, PictureAndMore
    """
    if len(sent) > BYTES_MOST:
        raise PictureTooLarge.of()
    if not _begins_as_picture(sent) or _scans(sent) > _SCANS_MOST:
        raise PictureNotRead(field="picture")
    if _is_more(sent):
        raise PictureAndMore(field="picture")
    # Pillow asks for the memory of a WebP's whole canvas before it says how large that is.
    if sent.startswith(_RIFF) and _webp_pixels(sent) > PIXELS_MOST:
        raise PictureTooLarge.of()
    picture: Picture = import_module("gridmediate.services.drawing").draw(sent)
    return picture


def _begins_as_picture(sent: bytes) -> bool:
    return sent.startswith(_BEGINNINGS) or (sent.startswith(_RIFF) and sent[8:12] == b"WEBP")


def _scans(sent: bytes) -> int:
    # Inside the scans themselves the two bytes cannot stand together.
    return sent.count(b"\xff\xda") if sent.startswith(b"\xff\xd8") else 0


def _is_more(sent: bytes) -> bool:
    """Return whether a file could also be opened as a page, a program, an archive or a PDF."""
    low = sent.lower()
    if any(mark in low for mark in _ALSO) or b"%pdf-" in low[:_PDF_LOOKED_FOR_BYTES]:
        return True
    return any(_is_zip_end(sent, at) for at in _places(sent, _ZIP_END))


def _places(sent: bytes, mark: bytes) -> Iterator[int]:
    at = sent.find(mark, max(0, len(sent) - _ZIP_END_BYTES - _ZIP_COMMENT_MOST))
    while at >= 0:
        yield at
        at = sent.find(mark, at + 1)


def _is_zip_end(sent: bytes, at: int) -> bool:
    # Four bytes may stand anywhere by chance; an archive's end says rightly how much comes after it.
    end = sent[at:at + _ZIP_END_BYTES]
    return len(end) == _ZIP_END_BYTES and at + _ZIP_END_BYTES + struct.unpack("<H", end[20:])[0] <= len(sent)


def _webp_pixels(sent: bytes) -> int:
    """Return how many pixels a WebP says it has, by its first chunk; 0 where that is none."""
    match sent[12:16], sent[20:30]:
        case b"VP8X", head if len(head) == 10:
            return (int.from_bytes(head[4:7], "little") + 1) * (int.from_bytes(head[7:10], "little") + 1)
        case b"VP8L", head if len(head) == 10:
            bits = int.from_bytes(head[1:5], "little")
            return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
        case b"VP8 ", head if len(head) == 10:
            return (int.from_bytes(head[6:8], "little") & 0x3FFF) * (int.from_bytes(head[8:10], "little") & 0x3FFF)
    return 0
