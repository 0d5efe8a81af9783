"""Unpack a zipped Shapefile that a stranger may have made.

Sizes are counted while reading, because a header may lie; names are ours, so that nothing from inside an archive ever becomes a
path or reaches GDAL.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from gridmediate.domain.geo_problems import ArchiveRefused, FileBroken, LayerUnclear

MAX_ENTRIES = 200
MAX_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
#: Ratios are not judged below this size: a short .prj or an empty .dbf may well shrink a hundred times.
_RATIO_FROM_BYTES = 1024 * 1024
_BLOCK = 1 << 16
_MEMBERS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def unpack_shapefile(archive: Path, folder: Path, file: str, layer: str | None = None) -> Path:
    """Unpack the one Shapefile of *archive* into *folder* as ``cells.shp`` and its companions.

    Parameters
    ----------
    archive : Path
        A zip.
    folder : Path
        An empty folder of ours.
    file : str
        The name under which people know the archive.
    layer : str, optional
        The Shapefile's name without its ending, where the archive holds several.

    Raises
    ------
    ArchiveRefused
        Over 200 entries, over 200 MB, over a ratio of 100, absolute or climbing names, links, encryption.
    LayerUnclear, FileBroken
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened, file)
            stem = _stem(entries, file, layer)
            left = MAX_BYTES
            for entry in entries:
                path = PurePosixPath(entry.filename)
                if str(path.with_suffix("")) == stem and path.suffix.lower() in _MEMBERS:
                    left -= _unpack(opened, entry, folder / f"cells{path.suffix.lower()}", left, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise FileBroken(file=file, why=str(error) or type(error).__name__) from error
    return folder / "cells.shp"


def _checked(opened: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    entries = opened.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveRefused(file=file, why=f"{len(entries)} > {MAX_ENTRIES} entries")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ArchiveRefused(file=file, why=f"> {MAX_BYTES // 2**20} MB")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts:
            raise ArchiveRefused(file=file, why=f"path {entry.filename!r}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ArchiveRefused(file=file, why=f"link {entry.filename!r}")
        if entry.flag_bits & 0x1:
            raise ArchiveRefused(file=file, why="password")
        if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise ArchiveRefused(file=file, why=f"{entry.filename!r} 1:{entry.file_size // max(1, entry.compress_size)}")
    return [entry for entry in entries if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]


def _stem(entries: list[zipfile.ZipInfo], file: str, layer: str | None) -> str:
    shapes = [PurePosixPath(entry.filename) for entry in entries if entry.filename.lower().endswith(".shp")]
    chosen = [path for path in shapes if layer is None or path.stem == layer]
    if len(chosen) != 1:
        raise LayerUnclear(file=file, layers=[path.name for path in shapes] or ["-"])
    return str(chosen[0].with_suffix(""))


def _unpack(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, file: str) -> int:
    written = 0
    with opened.open(entry) as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            too_dense = written > _RATIO_FROM_BYTES and written > MAX_RATIO * max(1, entry.compress_size)
            if written > left or too_dense:
                raise ArchiveRefused(file=file, why=f"{entry.filename!r} > {written} bytes")
            out.write(block)
    return written
