"""Reading a workbook that a stranger may have made: values only, no formulas, no macros, no links; and a plain CSV alike."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_ENTRIES = 500
MAX_ROWS = 50_000
_RATIO_FROM_BYTES = 4 * 1024 * 1024
_HEADER_WITHIN = 10
_COLUMNS_AT_MOST = 40
#: One row more than allowed, so that too many is seen.
_LAST = MAX_ROWS + _HEADER_WITHIN + 1
_TOO_LARGE = Label(f"超过 {MAX_BYTES >> 20} MB", f"it is over {MAX_BYTES >> 20} MB")

#: A row as Excel counts, with its values.
Line = tuple[int, tuple[Any, ...]]


def read_lines(path: Path, file: str, refused: type[Problem]) -> list[Line]:
    """Return the rows of the first sheet that hold anything.

    Parameters
    ----------
    path : Path
    file : str
        The name under which people know it.
    refused : type of Problem
        Raised with ``file`` and ``why``: no .xlsx, over 10 MB or 50,000 rows, packed too densely, with macros, or broken.
    """
    _check_package(path, file, refused)
    try:
        # From the open file, since the reader judges a path by its ending and kept uploads have none of their own.
        with path.open("rb") as content:
            book = _openpyxl().load_workbook(content, read_only=True, data_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                # The size that the file declares is not believed.
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_row=_LAST, max_col=_COLUMNS_AT_MOST, values_only=True)
                return list(_filled(rows, file, refused))
            finally:
                book.close()
    except Problem:
        raise
    except Exception as error:
        # Whatever a crafted workbook trips the reader over, it is the file that is at fault.
        raise refused(file=file, why=_BROKEN) from error


def read_csv_lines(path: Path, file: str, refused: type[Problem]) -> list[Line]:
    """Return the rows of a CSV in UTF-8 or GBK, as :func:`read_lines` returns those of a sheet."""
    if path.stat().st_size > MAX_BYTES:
        raise refused(file=file, why=_TOO_LARGE)
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            return list(_filled(csv.reader(io.StringIO(text, newline="")), file, refused))
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise refused(file=file, why=_BROKEN) from error
    raise refused(file=file, why=_BROKEN)


_BROKEN = Label("文件不完整或不是 Excel 工作簿", "it is incomplete or no Excel workbook")


def _openpyxl() -> Any:
    return import_module("gridmediate.services.safe_openpyxl")


def _check_package(path: Path, file: str, refused: type[Problem]) -> None:
    if not _openpyxl().DEFUSEDXML:
        raise refused(file=file, why=Label("服务器缺少安全读取组件", "the server lacks the safe reader, defusedxml"))
    if path.stat().st_size > MAX_BYTES:
        raise refused(file=file, why=_TOO_LARGE)
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            kinds = package.read("[Content_Types].xml") if len(entries) <= MAX_ENTRIES else b""
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise refused(file=file, why=_BROKEN) from error
    unpacked = sum(entry.file_size for entry in entries)
    dense = any(
        entry.file_size > _RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * max(1, entry.compress_size) for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or dense:
        raise refused(file=file, why=Label("展开后太大", "it is too large once unpacked"))
    if b"macroEnabled" in kinds or any("vbaproject" in entry.filename.lower() for entry in entries):
        raise refused(file=file, why=Label("带有宏", "it holds macros"))


def _filled(rows: Iterable[Sequence[Any]], file: str, refused: type[Problem]) -> Iterator[Line]:
    for number, values in enumerate(rows, 1):
        if number == _LAST:
            raise refused(file=file, why=Label(f"超过 {MAX_ROWS:,} 行", f"it has over {MAX_ROWS:,} rows"))
        if any(value is not None and value != "" for value in values):
            yield number, tuple(values)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands and which column is which."""

    row: int
    columns: Mapping[str, int]

    def texts(self, values: Sequence[Any]) -> dict[str, str]:
        """Return the texts of a row by the keys of its columns."""
        return {key: text_of(values[at]) if at < len(values) else "" for key, at in self.columns.items()}


def find_header(
    lines: Sequence[Line], columns: Mapping[str, Label], required: Sequence[str], missing: type[Problem],
) -> Header:
    """Find the header within the first rows; the order of the columns is free.

    Parameters
    ----------
    columns : mapping of str to Label
        What the columns are called, by their keys.
    missing : type of Problem
        Raised with ``columns``: the labels of those that no row has.
    """
    names = {name.casefold(): key for key, words in columns.items() for name in (words.zh, words.en, key)}
    best: dict[str, int] = {}
    for number, values in lines:
        if number > _HEADER_WITHIN:
            break
        found: dict[str, int] = {}
        for at, value in enumerate(values):
            key = names.get(text_of(value).rstrip("*＊ ").casefold())
            if key is not None:
                found.setdefault(key, at)
        if all(key in found for key in required):
            return Header(number, found)
        best = max(best, found, key=len)
    raise missing(columns=[columns[key] for key in required if key not in best])


def text_of(value: Any) -> str:
    """Return a cell's value as trimmed text; a code that Excel took for a number gets its digits back."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat()
        case _:
            return " ".join(str(value).split())
