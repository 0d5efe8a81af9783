"""A base map in one file: PMTiles or MBTiles, pictures or vectors, read tile by tile.

Both are published formats of one file (PMTiles specification v3; MBTiles specification 1.3). Nothing is unpacked: a tile goes out
as it is stored. Whoever may put a file into the folder runs the server, but a file may still be broken or foreign: it is then
refused in words and the map goes on without.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import re
import sqlite3
import threading
import weakref
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label

Bounds = tuple[float, float, float, float]

#: What a file may be called; the first that can be read is used.
ENDINGS = (".pmtiles", ".mbtiles")
_VECTOR_MIME = "application/vnd.mapbox-vector-tile"
#: First bytes of a picture → its kind. The bytes decide and not the file's own word: a page is never answered as a tile.
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"), (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"), (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
)
_GZIP = b"\x1f\x8b"
#: Layers of the Protomaps basemap, the one vector scheme that our drawing knows.
_DRAWN_LAYERS = frozenset({"earth", "roads", "water", "places", "landuse", "buildings"})
_MOST_ZOOM = 24
_MOST_TILE_BYTES = 4 * 1024 * 1024
_MOST_METADATA_BYTES = 4 * 1024 * 1024
_MOST_DEPTH = 4
_MERCATOR_LAT = 85.0511287798
_WORLD: Bounds = (-180.0, -_MERCATOR_LAT, 180.0, _MERCATOR_LAT)
_BROKEN = (sqlite3.Error, OSError, ValueError, KeyError, EOFError, IndexError, TypeError, OverflowError, zlib.error,
           MagicNumberNotFound, SpecVersionUnsupported)


class TileFileBroken(Problem):
    """The file is not what its name says, or is damaged."""

    code = "basemap.broken"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "底图文件 {name} 读不了：不是 PMTiles（第 3 版）或 MBTiles，或者已损坏。请重新拷一份；地图照常可用，只是没有这层底图。",
        "The base map file {name} cannot be read: it is no PMTiles (version 3) or MBTiles, or it is damaged. Copy it again; the "
        "map works without it.",
    )


class TileFileEmpty(Problem):
    """There is not one tile in the file."""

    code = "basemap.empty"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "底图文件 {name} 里一张瓦片也没有。请换一份。", "There is no tile in the base map file {name}. Take another.",
    )


class TileFileForeign(Problem):
    """The file is whole, but holds what cannot be drawn here."""

    code = "basemap.foreign"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "底图文件 {name} 里的瓦片画不出来：{got}。可用的是 PNG、JPEG、WebP 图片，或 Protomaps 图层的矢量瓦片（gzip 或不压缩）。",
        "The tiles of {name} cannot be drawn: {got}. PNG, JPEG and WebP pictures can be, and vector tiles with Protomaps' layers "
        "(gzip or plain).",
    )


@dataclass(frozen=True, slots=True)
class TileFacts:
    """What a file says of itself.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Degrees, EPSG:4326.
    least_zoom, most_zoom : int
    is_vector : bool
    name, credit : str
        Plain text; mark-up is taken out.
    """

    bounds: Bounds
    least_zoom: int
    most_zoom: int
    is_vector: bool
    name: str
    credit: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile as stored.

    Parameters
    ----------
    body : bytes
    mime : str
    is_gzip : bool
    """

    body: bytes
    mime: str
    is_gzip: bool


class TileFile(ABC):
    """An opened base map file; may be asked from many threads at once.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    facts : TileFacts
    digest : str
        Changes with the file; part of the tiles' address and tag.
    """

    facts: TileFacts

    def __init__(self, path: Path) -> None:
        self.path = path
        status = path.stat()
        self.digest = hashlib.sha256(f"{path.name} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]

    @abstractmethod
    def _stored(self, zoom: int, x: int, y: int) -> bytes | None:
        """Return the bytes of a tile, y counted from the north."""

    def covers(self, zoom: int, x: int, y: int) -> bool:
        """Return whether a tile lies within the zooms and the bounds of the file."""
        if not self.facts.least_zoom <= zoom <= self.facts.most_zoom or not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            return False
        west, south, east, north = self.facts.bounds
        left, top = column_row(west, north, zoom)
        right, bottom = column_row(east, south, zoom)
        return int(left) <= x <= right and int(top) <= y <= bottom

    def tile(self, zoom: int, x: int, y: int) -> Tile | None:
        """Return a tile, or None where the file has none or one that cannot be drawn.

        Parameters
        ----------
        zoom, x, y : int
            y from the north (XYZ).

        Raises
        ------
        TileFileBroken
            If the file can no longer be read.
        """
        with _in_words(self.path):
            body = self._stored(zoom, x, y)
        return _tile_of(body, self.facts.is_vector) if body else None


class PMTiles(TileFile):
    """A PMTiles file, read by position: one open file serves every thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        weakref.finalize(self, os.close, self._file)
        self._head = deserialize_header(self._bytes(0, 127))
        self._directory = lru_cache(maxsize=64)(self._read_directory)
        metadata = self._metadata()
        kind = self._head["tile_type"]
        if self._head["tile_compression"] not in (Compression.NONE, Compression.GZIP, Compression.UNKNOWN):
            raise TileFileForeign(name=path.name, got=self._head["tile_compression"].name.lower())
        if kind not in (TileType.PNG, TileType.JPEG, TileType.WEBP, TileType.AVIF, TileType.MVT):
            raise TileFileForeign(name=path.name, got=kind.name.lower())
        if not self._directory(self._head["root_offset"], self._head["root_length"]):
            raise TileFileEmpty(name=path.name)
        box = [self._head[f"{side}_e7"] / 1e7 for side in ("min_lon", "min_lat", "max_lon", "max_lat")]  # type: ignore[literal-required]
        self.facts = _facts(path, box, self._head["min_zoom"], self._head["max_zoom"], kind is TileType.MVT, metadata)

    def _bytes(self, offset: int, length: int) -> bytes:
        if not 0 <= length <= _MOST_METADATA_BYTES:
            raise ValueError(length)
        body = os.pread(self._file, length, offset)
        if len(body) != length:
            raise EOFError
        return body

    def _metadata(self) -> dict[str, Any]:
        body = self._bytes(self._head["metadata_offset"], self._head["metadata_length"])
        found = json.loads(gzip.decompress(body) if body[:2] == _GZIP else body or b"{}")
        return found if isinstance(found, dict) else {}

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes(offset, length))

    def _stored(self, zoom: int, x: int, y: int) -> bytes | None:
        wanted = zxy_to_tileid(zoom, x, y)
        offset, length = self._head["root_offset"], self._head["root_length"]
        for _ in range(_MOST_DEPTH):
            entry = find_tile(self._directory(offset, length), wanted)
            if entry is None:
                return None
            if entry.run_length:
                return self._bytes(self._head["tile_data_offset"] + entry.offset, entry.length)
            offset, length = self._head["leaf_directory_offset"] + entry.offset, entry.length
        return None


class MBTiles(TileFile):
    """An MBTiles file: a SQLite database that is only ever read, by one connection of each thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._of_thread = threading.local()
        metadata = {str(name): str(value) for name, value in self._rows("SELECT name, value FROM metadata")}
        first = next(iter(self._rows("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles LIMIT 1")), None)
        if first is None:
            raise TileFileEmpty(name=path.name)
        is_vector = metadata.get("format", "") == "pbf" or not _picture_kind(bytes(first[3]))
        if is_vector and metadata.get("format", "") != "pbf":
            raise TileFileForeign(name=path.name, got=metadata.get("format") or "?")
        metadata_json = json.loads(metadata.get("json") or "{}") if is_vector else {}
        low, high = next(iter(self._rows("SELECT min(zoom_level), max(zoom_level) FROM tiles")))
        box = [float(each) for each in metadata["bounds"].split(",")] if metadata.get("bounds") else self._box_of_tiles(high)
        self.facts = _facts(path, box, low, high, is_vector, metadata | metadata_json)

    def _rows(self, statement: str, *values: int) -> list[Any]:
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            # immutable: no lock and no side file, so that a folder that is only read will do. A changed file is opened anew.
            connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA trusted_schema = 0")
            self._of_thread.connection = connection
        return list(connection.execute(statement, values))

    def _box_of_tiles(self, zoom: int) -> list[float]:
        left, right, low, high = next(iter(self._rows(
            "SELECT min(tile_column), max(tile_column), min(tile_row), max(tile_row) FROM tiles WHERE zoom_level = ?", zoom)))
        count = 1 << zoom
        west, south = _corner(left, count - low, zoom)
        east, north = _corner(right + 1, count - 1 - high, zoom)
        return [west, south, east, north]

    def _stored(self, zoom: int, x: int, y: int) -> bytes | None:
        # Rows are counted from the south (TMS).
        found = self._rows("SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                           zoom, x, (1 << zoom) - 1 - y)
        return bytes(found[0][0]) if found and found[0][0] is not None else None


def open_tile_file(path: Path) -> TileFile:
    """Open a base map file.

    Raises
    ------
    TileFileBroken, TileFileEmpty, TileFileForeign
    """
    kind = PMTiles if path.suffix.lower() == ".pmtiles" else MBTiles
    with _in_words(path):
        return kind(path)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise TileFileBroken(name=path.name) from error


def _facts(path: Path, box: list[float], low: Any, high: Any, is_vector: bool, metadata: dict[str, Any]) -> TileFacts:
    low, high = int(low), int(high)
    west, south, east, north = (max(least, min(most, each)) for each, least, most in zip(
        box, (-180.0, -_MERCATOR_LAT) * 2, (180.0, _MERCATOR_LAT) * 2, strict=True))
    if not 0 <= low <= high <= _MOST_ZOOM:
        raise ValueError(low, high)
    if not (west < east and south < north):
        west, south, east, north = _WORLD  # a file that does not say counts as everywhere
    if is_vector:
        layers = {str(each.get("id")) for each in metadata.get("vector_layers") or [] if isinstance(each, dict)}
        if layers and not layers & _DRAWN_LAYERS:
            raise TileFileForeign(name=path.name, got=", ".join(sorted(layers)[:8]))
    return TileFacts((west, south, east, north), low, high, is_vector, _plain(metadata.get("name")) or path.stem,
                     _plain(metadata.get("attribution")))


def _tile_of(body: bytes, is_vector: bool) -> Tile | None:
    if len(body) > _MOST_TILE_BYTES:
        return None
    if is_vector:
        return Tile(body, _VECTOR_MIME, body[:2] == _GZIP)
    kind = _picture_kind(body)
    return Tile(body, kind, is_gzip=False) if kind else None


def _picture_kind(body: bytes) -> str:
    return next((kind for head, kind in _PICTURES if head.match(body)), "")


def _plain(text: Any) -> str:
    """Return a credit as text: such metadata is usually a link, and a page takes no mark-up from a file."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", str(text or ""))).replace("&copy;", "©").replace("&amp;", "&").strip()[:120]


def column_row(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Return where a place lies in the rows of tiles of a zoom, counted from the north-west, with fractions."""
    lat = math.radians(max(-_MERCATOR_LAT, min(_MERCATOR_LAT, lat)))
    count = 1 << zoom
    row = (1 - math.asinh(math.tan(lat)) / math.pi) / 2 * count
    return (lon + 180) / 360 * count, min(max(row, 0.0), count - 1e-9)


def _corner(column: float, row: float, zoom: int) -> tuple[float, float]:
    count = 1 << zoom
    return column / count * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count))))
