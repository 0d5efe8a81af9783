"""Photos drawn anew: what they show stays, whatever else came along is gone, and what is no photo is refused in words."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gridmediate.domain.problems import Problem
from gridmediate.services import pictures
from gridmediate.services.pictures import BYTES_MOST, SIDE_MOST_PX, PictureAndMore, PictureNotRead, PictureTooLarge, redraw
from tests.services.pictures_sent import PLACE, archive, drawn, photo, png_that_says, webp_that_says, written

PHOTO = photo()


def opened(content: bytes) -> Image.Image:
    """Open what was written."""
    return Image.open(io.BytesIO(content))


def test_nothing_of_what_a_phone_writes_beside_the_picture_is_kept() -> None:
    for told in (b"PHONE-MODEL", PLACE.encode(), b"PROFILE", b"Exif"):
        assert told in PHOTO
        assert told not in redraw(PHOTO).content
    kept = opened(redraw(PHOTO).content)
    assert not kept.getexif()
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(("turned", "size"), [(1, (64, 48)), (3, (64, 48)), (6, (48, 64)), (8, (48, 64))])
def test_a_photo_taken_sideways_is_kept_upright(turned: int, size: tuple[int, int]) -> None:
    picture = redraw(photo(turned=turned))
    assert (picture.width, picture.height) == opened(picture.content).size == size


@pytest.mark.parametrize(("kind", "mode"), [
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("WEBP", "RGB"),
    ("WEBP", "RGBA"),
])
def test_every_format_and_colour_is_kept_as_a_jpeg_that_shows_the_same(kind: str, mode: str) -> None:
    kept = opened(redraw(written(drawn(mode=mode), kind)).content)
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (64, 48))
    dark, light = (sum(kept.getpixel((x, 24))) for x in (8, 56))  # type: ignore[arg-type]
    assert light - dark > 150 or mode == "CMYK"


def test_what_is_clear_in_a_picture_is_paper_and_not_ink() -> None:
    kept = opened(redraw(written(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")).content)
    assert kept.getpixel((10, 10)) == (255, 255, 255)


def test_a_scanners_fine_greys_stay_greys() -> None:
    kept = opened(redraw(written(Image.new("I;16", (20, 20), 40_000), "PNG")).content)
    assert kept.getpixel((10, 10)) == pytest.approx((156, 156, 156), abs=2)


def test_a_large_photo_is_made_no_larger_than_needed() -> None:
    picture = redraw(photo(4000, 3000))
    assert (picture.width, picture.height) == (SIDE_MOST_PX, 1500)
    small = redraw(photo(300, 200))
    assert (small.width, small.height) == (300, 200)


@pytest.mark.parametrize("sent", [
    b"", b"x", b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", b"MZ\x90\0", archive(),
    b"BM" + b"\0" * 60,
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", PHOTO[:200], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ",
    written(drawn(), "GIF"), written(drawn(), "TIFF"), written(drawn(), "BMP"), b"\n" + PHOTO,
], ids=range(17))
def test_what_is_no_photo_of_ours_is_refused(sent: bytes) -> None:
    with pytest.raises(PictureNotRead):
        redraw(sent)


def test_half_a_photo_is_refused_and_not_filled_up_with_grey() -> None:
    whole = written(drawn(640, 480), quality=95)
    with pytest.raises(PictureNotRead):
        redraw(whole[: len(whole) // 2])


@pytest.mark.parametrize("more", [
    PHOTO + archive(), PHOTO[:2] + b"\xff\xfe\0\x20<script>alert(1)</script>  " + PHOTO[2:], PHOTO + b"<!DOCTYPE html><p>",
    PHOTO + b"<?php system(1);", PHOTO + b"__HALT_COMPILER();", PHOTO[:2] + b"\xff\xfe\0\x10%PDF-1.7\n%    " + PHOTO[2:],
    PHOTO + archive() + b"x" * 100, written(drawn(), "PNG") + archive(), PHOTO + b"<HTML>",
], ids=range(9))
def test_a_photo_that_is_also_something_else_is_refused(more: bytes) -> None:
    with pytest.raises(PictureAndMore):
        redraw(more)


def test_what_hangs_behind_a_photo_is_not_kept() -> None:
    # Some phones hang a short film behind it; that is nobody's fault.
    assert b"ftypmp42" not in redraw(PHOTO + b"\0\0\0\x18ftypmp42" + b"\0" * 500).content


@pytest.mark.parametrize("sent", [
    b"\xff\xd8\xff" + b"\0" * BYTES_MOST, png_that_says(30_000, 30_000), png_that_says(8000, 5001),
    png_that_says(2**31 - 1, 2**31 - 1),
    webp_that_says(16_000, 16_000), webp_that_says(2**24, 2**24),
], ids=range(6))
def test_what_is_too_large_is_refused_before_it_is_drawn(sent: bytes) -> None:
    began = time.monotonic()
    with pytest.raises((PictureTooLarge, PictureNotRead)) as refused:
        redraw(sent)
    assert refused.value.field == "picture"
    assert time.monotonic() - began < 2


def test_the_limit_is_said_in_both_languages() -> None:
    with pytest.raises(PictureTooLarge) as refused:
        redraw(png_that_says(8000, 5001))
    assert "8 MB" in refused.value.say("en")
    assert "8 MB" in refused.value.say("zh")


def test_a_film_is_no_photo() -> None:
    frames = [drawn(), drawn().rotate(90), drawn().rotate(180)]
    for kind in ("WEBP", "PNG"):
        with pytest.raises(PictureNotRead):
            redraw(written(frames[0], kind, save_all=True, append_images=frames[1:]))


def test_a_photo_sent_in_thousands_of_scans_is_refused_at_once() -> None:
    slow = written(drawn(640, 480), progressive=True)
    at = slow.index(b"\xff\xda")
    began = time.monotonic()
    with pytest.raises(PictureNotRead):
        redraw(slow[:at] + slow[at:-2] * 200 + slow[-2:])
    assert time.monotonic() - began < 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    whole=st.sampled_from([PHOTO, written(drawn(), "PNG"), written(drawn(), "WEBP"), written(drawn(), "WEBP", lossless=True),
                           written(drawn(), progressive=True)]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), cut=st.floats(0.05, 1),
)
def test_however_a_photo_is_broken_it_is_drawn_or_refused_in_words(
        whole: bytes, changes: list[tuple[float, int]], cut: float) -> None:
    sent = bytearray(whole)
    for where, value in changes:
        sent[min(int(where * len(sent)), len(sent) - 1)] = value
    try:
        picture = pictures.redraw(bytes(sent[: int(cut * len(sent))]))
    except Problem as problem:
        assert problem.say("zh")
        return
    assert max(picture.width, picture.height) <= SIDE_MOST_PX
    assert opened(picture.content).format == "JPEG"
