"""Base map files made on the spot: tiny tiles over the demonstration street, as MBTiles and as PMTiles."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gridmediate.maps.tilefiles import column_row

#: Around the demonstration street.
BOUNDS = (118.735, 36.195, 118.785, 36.228)
Place = tuple[int, int, int]


def picture(colour: tuple[int, int, int] = (210, 228, 240)) -> bytes:
    """Return a PNG tile of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(out, "PNG")
    return out.getvalue()


def tiles_over(bounds: tuple[float, float, float, float], low: int, high: int) -> list[Place]:
    """Return the tiles that cover *bounds*, (zoom, x, y from the north)."""
    west, south, east, north = bounds
    found = []
    for zoom in range(low, high + 1):
        (left, top), (right, bottom) = column_row(west, north, zoom), column_row(east, south, zoom)
        found += [(zoom, x, y) for x in range(int(left), int(right) + 1) for y in range(int(top), int(bottom) + 1)]
    return found


def an_mbtiles(path: Path, tiles: Iterable[Place], body: Callable[[Place], bytes] = lambda _: picture(), **metadata: str) -> Path:
    """Write an MBTiles file; rows are counted from the south there."""
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE metadata (name text, value text)")
    file.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    file.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
    file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", [(z, x, (1 << z) - 1 - y, body((z, x, y))) for z, x, y in tiles])
    file.commit()
    file.close()
    return path


def a_pmtiles(path: Path, tiles: Iterable[Place], body: Callable[[Place], bytes] = lambda _: picture(), *,
              kind: TileType = TileType.PNG, packed: Compression = Compression.NONE, **metadata: Any) -> Path:
    """Write a PMTiles file."""
    tiles = sorted(tiles, key=lambda place: zxy_to_tileid(*place))
    with path.open("wb") as file:
        writer = Writer(file)
        for place in tiles:
            writer.write_tile(zxy_to_tileid(*place), body(place))
        zooms = [zoom for zoom, _, _ in tiles]
        west, south, east, north = (int(each * 1e7) for each in BOUNDS)
        writer.finalize({
            "tile_type": kind, "tile_compression": packed, "min_zoom": min(zooms), "max_zoom": max(zooms), "center_zoom": 14,
            "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north, "center_lon_e7": west,
            "center_lat_e7": south}, metadata)
    return path


def a_vector_tile() -> bytes:
    """Return a vector tile with a green earth and one road across, as Protomaps names them (MVT 2.1, gzip)."""
    square = _geometry([(0, 0), (4096, 0), (4096, 4096), (0, 4096)], close=True)
    road = _geometry([(0, 2048), (4096, 2048)], close=False)
    return gzip.compress(_layer("earth", 3, square, {"kind": "earth"}) + _layer("roads", 2, road, {"kind": "highway"}), mtime=0)


def metadata_of_vectors(*layers: str) -> str:
    """Return the ``json`` of an MBTiles file with vector layers of these names."""
    return json.dumps({"vector_layers": [{"id": each} for each in layers]})


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _geometry(points: list[tuple[int, int]], *, close: bool) -> bytes:
    steps, before = [], (0, 0)
    for x, y in points:
        steps.append([(x - before[0]) << 1 if x >= before[0] else (before[0] - x << 1) - 1,
                      (y - before[1]) << 1 if y >= before[1] else (before[1] - y << 1) - 1])
        before = (x, y)
    words = [1 | 1 << 3, *steps[0], 2 | (len(points) - 1) << 3, *(each for step in steps[1:] for each in step)]
    return b"".join(_varint(each) for each in [*words, *([7 | 1 << 3] if close else [])])


def _layer(name: str, shape: int, geometry: bytes, tags: dict[str, str]) -> bytes:
    pairs = b"".join(_varint(at) + _varint(at) for at in range(len(tags)))
    feature = _field(2, pairs) + _field(3, shape) + _field(4, geometry)
    body = _field(1, name.encode()) + _field(2, feature)
    body += b"".join(_field(3, key.encode()) for key in tags)
    body += b"".join(_field(4, _field(1, value.encode())) for value in tags.values())
    return _field(3, body + _field(5, 4096) + _field(15, 2))
