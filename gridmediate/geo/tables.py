"""Tables as offices write them: CSV in UTF-8, UTF-16 or GBK, parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gridmediate.domain.geo_problems import FileAbsent, FileBroken, RowTooLong, TextUnreadable
from gridmediate.geo.encodings import text_encoding

_LONGEST_FIELD = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table was written, so that an answer can be written alike.

    Parameters
    ----------
    encoding, delimiter, newline : str
    lines : int
        About how many rows there are, for showing progress.
    """

    encoding: str
    delimiter: str
    newline: str
    lines: int


def dialect_of(path: Path) -> Dialect:
    """Find out how a table is written.

    Raises
    ------
    FileAbsent, TextUnreadable
    """
    if not path.is_file():
        raise FileAbsent(file=path.name)
    encoding = text_encoding(path)
    if encoding is None:
        raise TextUnreadable(file=path.name)
    with path.open(encoding=encoding, newline="") as opened:
        first = opened.readline(1 << 16)
        lines = 1 + sum(block.count("\n") for block in iter(lambda: opened.read(1 << 20), ""))
    delimiter = max(",;\t", key=first.count)
    return Dialect(encoding, delimiter, "\r\n" if first.endswith("\r\n") else "\n", lines)


def rows_of(opened: TextIO, dialect: Dialect, file: str) -> Iterator[tuple[int, list[str]]]:
    """Read the rows with the line each ends on, the header first; all as long as it, blank lines left out.

    Raises
    ------
    RowTooLong, FileBroken
    """
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(opened, delimiter=dialect.delimiter, strict=False)
    width = 0
    try:
        for row in reader:
            if not row:
                continue
            width = width or len(row)
            while len(row) > width and not row[-1]:
                row.pop()
            if len(row) > width:
                raise RowTooLong(file=file, line=reader.line_num, got=len(row), expected=width)
            yield reader.line_num, row + [""] * (width - len(row))
    except csv.Error as error:
        raise FileBroken(file=file, why=f"line {reader.line_num}: {error}") from error
