"""A base map in one file is read alike from both formats, and a broken or foreign one is refused in words."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pmtiles.tile import Compression, TileType

from gridmediate.maps.tilefiles import TileFileBroken, TileFileEmpty, TileFileForeign, open_tile_file
from gridmediate.maps.tileslot import TileFolder
from tests.maps.made_tiles import (
    BOUNDS,
    a_pmtiles,
    a_vector_tile,
    an_mbtiles,
    metadata_of_vectors,
    picture,
    tiles_over,
)

PLACES = tiles_over(BOUNDS, 11, 16)


def body(place: tuple[int, int, int]) -> bytes:
    zoom, x, y = place
    return picture((zoom * 9, x % 256, y % 256))


def test_both_formats_give_every_tile_where_it_belongs_to_many_threads(tmp_path: Path) -> None:
    files = [
        open_tile_file(a_pmtiles(tmp_path / "a.pmtiles", PLACES, body, attribution="<a href='//x'>&copy; 局</a>")),
        open_tile_file(an_mbtiles(tmp_path / "b.mbtiles", PLACES, body, bounds=",".join(map(str, BOUNDS)), format="png")),
    ]
    for file in files:
        assert (file.facts.least_zoom, file.facts.most_zoom, file.facts.is_vector) == (11, 16, False)
        assert file.facts.bounds == pytest.approx(BOUNDS)
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda place, file=file: file.tile(*place), PLACES))
        assert [(tile.body, tile.mime) for tile in found if tile] == [(body(place), "image/png") for place in PLACES]
        assert all(file.covers(*place) for place in PLACES)
        zoom, x, y = PLACES[-1]
        assert not any(file.covers(*place) for place in ((zoom, x + 1, y), (zoom, x, y + 1), (17, 2 * x, 2 * y), (10, 0, 0)))
        assert not file.covers(zoom, -1, y)
    assert files[0].facts.credit == "© 局"


def test_a_file_without_bounds_covers_what_its_tiles_cover(tmp_path: Path) -> None:
    file = open_tile_file(an_mbtiles(tmp_path / "a.mbtiles", PLACES))
    west, south, east, north = file.facts.bounds
    assert west <= BOUNDS[0] and south <= BOUNDS[1] and east >= BOUNDS[2] and north >= BOUNDS[3]
    assert (east - west, north - south) < (0.07, 0.05)
    assert all(file.covers(*place) for place in PLACES if place[0] == 16)


def test_vector_tiles_are_drawn_only_with_layers_that_we_know(tmp_path: Path) -> None:
    vector = a_vector_tile()
    ours = open_tile_file(a_pmtiles(tmp_path / "a.pmtiles", PLACES[:1], lambda _: vector, kind=TileType.MVT,
                                    packed=Compression.GZIP, vector_layers=[{"id": "roads"}]))
    tile = ours.tile(*PLACES[0])
    assert tile is not None and ours.facts.is_vector
    assert (tile.mime, tile.is_gzip) == ("application/vnd.mapbox-vector-tile", True)
    theirs = an_mbtiles(tmp_path / "b.mbtiles", PLACES[:1], lambda _: vector, format="pbf",
                        json=metadata_of_vectors("transportation", "place"))
    with pytest.raises(TileFileForeign) as refusal:
        open_tile_file(theirs)
    assert "transportation" in refusal.value.say("zh")


def test_what_is_no_base_map_is_refused_in_words(tmp_path: Path) -> None:
    whole = a_pmtiles(tmp_path / "whole.pmtiles", PLACES, body).read_bytes()
    cases = {"cut.pmtiles": (whole[:150], TileFileBroken), "text.pmtiles": (b"hello" * 40, TileFileBroken),
             "old.pmtiles": (whole[:7] + b"\x02" + whole[8:], TileFileBroken), "none.pmtiles": (b"", TileFileBroken),
             "text.mbtiles": (b"SQLite format 3\0" + b"x" * 4000, TileFileBroken)}
    for name, (content, kind) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(kind) as refusal:
            open_tile_file(tmp_path / name)
        assert all(name in refusal.value.say(language) for language in ("zh", "en"))
    with pytest.raises(TileFileEmpty):
        open_tile_file(an_mbtiles(tmp_path / "empty.mbtiles", []))
    with pytest.raises(TileFileForeign):
        open_tile_file(a_pmtiles(tmp_path / "b.pmtiles", PLACES, body, packed=Compression.BROTLI))
    with pytest.raises(TileFileForeign):  # a page is never answered as a picture
        open_tile_file(an_mbtiles(tmp_path / "page.mbtiles", PLACES[:1], lambda _: b"<script>1</script>", format="png"))


def test_a_file_counts_from_the_moment_it_is_dropped_in(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path / "basemap")
    assert folder.slot().file is None
    (tmp_path / "basemap").mkdir()
    (tmp_path / "basemap" / "a.pmtiles").write_bytes(b"half a copy")
    slot = folder.slot()
    assert slot.file is None and [problem.code for problem in slot.problems] == ["basemap.broken"]
    an_mbtiles(tmp_path / "basemap" / "b.mbtiles", PLACES[:1])
    slot = folder.slot()
    assert slot.file is not None and slot.file.path.name == "b.mbtiles" and len(slot.problems) == 1
    assert folder.slot() is slot
    a_pmtiles(tmp_path / "new.pmtiles", PLACES, body)
    os.replace(tmp_path / "new.pmtiles", tmp_path / "basemap" / "a.pmtiles")
    slot = folder.slot()
    assert slot.file is not None and slot.file.path.name == "a.pmtiles" and slot.unused == ("b.mbtiles",) and not slot.problems
