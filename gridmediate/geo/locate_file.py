"""Write the cell of every row of a table of points: the engine of ``gridmediate locate``. No database is needed."""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from gridmediate.domain.geo_problems import (
    ColumnTaken,
    FieldNotInFile,
    FileAbsent,
    FolderAbsent,
    HeaderMissing,
    OutputIsInput,
)
from gridmediate.geo.cells import read_cells
from gridmediate.geo.locate import CellIndex, How
from gridmediate.geo.tables import dialect_of, rows_of

#: The columns that are added, and the order in which they are.
ADDED = ("cell_code", "located", "candidates")
_ROWS_AT_ONCE = 50_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LocateReport:
    """What became of a file.

    Parameters
    ----------
    rows : int
        Rows written, the header not counted.
    counts : dict of How to int
        How many lie how; they add up to *rows*.
    """

    rows: int
    counts: dict[How, int]


def locate_file(
    cells_path: str | Path, points_path: str | Path, out_path: str | Path, *, lon: str, lat: str, code: str | None = None,
    on_progress: Progress | None = None,
) -> LocateReport:
    """Write the rows of a table with the cell of each.

    Parameters
    ----------
    cells_path : str or Path
        A file that :func:`~gridmediate.geo.cells.read_cells` reads.
    points_path : str or Path
        A CSV with a header, in UTF-8, UTF-16 or GBK, separated by commas, semicolons or tabs.
    out_path : str or Path
        Written whole or not at all; an older file of that name stays until then.
    lon, lat : str
        The columns with the coordinates, WGS 84. What is no number there is no position.
    code : str, optional
        The field with the cell codes; looked for by the usual names by default.
    on_progress : callable, optional
        Called with the rows done and the lines of the file, after each lot and at the end.

    Returns
    -------
    LocateReport

    Raises
    ------
    FieldNotInFile, TextUnreadable, HeaderMissing, RowTooLong, ColumnTaken, OutputIsInput, FileAbsent, FolderAbsent, FileBroken
        About the table.
    CodesRepeat, RingsInvalid
        Cells whose codes or insides are not settled give no answer; see ``grid check``.
    Problem
        Whatever :func:`~gridmediate.geo.cells.read_cells` refuses.

    Notes
    -----
    The rows keep their columns, their order, their encoding and their separator. Added are ``cell_code`` (empty when the point is
    in no cell), ``located`` (inside, edge, overlap, outside, none) and ``candidates`` (for edge and overlap the codes of all
    covering cells in their order, parted by ``;``; else empty). A row shorter than the header is filled up.
    """
    cells_path, points_path, out_path = Path(cells_path), Path(points_path), Path(out_path)
    if not points_path.is_file():
        raise FileAbsent(file=points_path.name)
    if out_path.exists() and any(each.is_file() and out_path.samefile(each) for each in (cells_path, points_path)):
        raise OutputIsInput(file=out_path.name)
    dialect = dialect_of(points_path)
    with points_path.open(encoding=dialect.encoding, newline="") as opened:
        rows = (row for _, row in rows_of(opened, dialect, points_path.name))
        header = next(rows, None)
        if header is None:
            raise HeaderMissing(file=points_path.name)
        at = _column(header, lon, points_path.name), _column(header, lat, points_path.name)
        if taken := [each for each in ADDED if each in header]:
            raise ColumnTaken(file=points_path.name, columns=taken)
        sheet = read_cells(cells_path, code)
        index = CellIndex(sheet.codes, sheet.geometries, raster=dialect.lines > _worth_a_raster(len(sheet)))
        with written_whole(out_path, dialect.encoding) as out:
            writer = csv.writer(out, delimiter=dialect.delimiter, lineterminator=dialect.newline)
            writer.writerow([*header, *ADDED])
            return _write(index, rows, at, writer, on_progress, dialect.lines)


@contextmanager
def written_whole(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open a file to write that appears under its name only when all of it is written, and not at all if anything is raised.

    Raises
    ------
    FolderAbsent
        If the folder is not there or may not be written to.
    """
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise FolderAbsent(folder=str(path.parent)) from error
    try:
        with os.fdopen(number, "w", encoding=encoding, newline="") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # mkstemp makes it ours alone; the answer is as open as any file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _worth_a_raster(cells: int) -> int:
    return max(20_000, 60 * cells)


def _column(header: Sequence[str], name: str, file: str) -> int:
    trimmed = [each.strip() for each in header]
    if name.strip() not in trimmed:
        raise FieldNotInFile(file=file, got=name, fields=list(header))
    return trimmed.index(name.strip())


def _write(
    index: CellIndex, rows: Iterator[list[str]], at: tuple[int, int], writer: Any, on_progress: Progress | None, lines: int
) -> LocateReport:
    counts: Counter[How] = Counter(dict.fromkeys(How, 0))
    done = 0
    while lot := list(islice(rows, _ROWS_AT_ONCE)):
        found = index.locate_many(_numbers(lot, at[0]), _numbers(lot, at[1]))
        codes, words = found.cell_codes().tolist(), found.words()
        shown: dict[int, list[str]] = {}
        for point, cell in zip(found.candidate_point.tolist(), found.candidate_position.tolist(), strict=True):
            shown.setdefault(point, []).append(found.codes[cell])
        writer.writerows(
            [*row, code or "", how.value, ";".join(shown.get(number, ()))]
            for number, (row, code, how) in enumerate(zip(lot, codes, words, strict=True))
        )
        counts.update(words)
        done += len(lot)
        if on_progress is not None:
            on_progress(done, max(lines, done))
    return LocateReport(done, dict(counts))


def _numbers(rows: list[list[str]], column: int) -> np.ndarray:
    return np.fromiter((_number(row[column]) for row in rows), dtype=float, count=len(rows))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
