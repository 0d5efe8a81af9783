"""A sheet of figures as a file for a spreadsheet: CSV and Excel, with the words that belong to it and who took it.

The sheet is made once, as the reader may see it, and every format writes the same values; nothing is counted or divided here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from gridmediate.domain.spreadsheets import unlike_formula
from gridmediate.domain.vocabulary import Label
from gridmediate.services.safe_openpyxl import Alignment, Font, PatternFill, Workbook, get_column_letter

#: A number as it is shown; words ("样本不足", "1–2") where there is no number to be told; None for an empty place.
Value = int | float | str | None

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ABOUT = Label("说明", "About")
_HEAD = PatternFill("solid", fgColor="0F5F58")
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Parameters
    ----------
    key : str
        Lower-case ASCII letters, digits and underlines: the name of the field in files of maps.
    words : str
        With its unit.
    decimals : int or None
        Of its numbers; None for a column of words.
    """

    key: str
    words: str
    decimals: int | None = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """Figures with all that must be known to read them.

    Parameters
    ----------
    title : str
    columns : tuple of Column
    rows : tuple of tuple of Value
    total : tuple of Value
        The sums of the rows as far as a column can be summed; empty for none.
    notes : tuple of (str, str)
        What it shows, in pairs of name and words: place, filters, moment, formulas, source.
    mark : tuple of (str, str)
        Who took it, when, and under which number.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...]
    notes: tuple[tuple[str, str], ...]
    mark: tuple[tuple[str, str], ...]

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """Notes and mark."""
        return (*self.notes, *self.mark)

    @property
    def text(self) -> str:
        """The same with the title, a line each."""
        return "\n".join((self.title, *(f"{name} {words}" for name, words in self.about)))


def write_csv(sheet: Sheet) -> bytes:
    """Return a sheet as CSV: UTF-8 with a mark at its beginning, the header first, notes and mark below the rows."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([unlike_formula(column.words) for column in sheet.columns])
    writer.writerows([[_plain(value, column) for value, column in zip(row, sheet.columns, strict=True)]
                      for row in _with_total(sheet)])
    writer.writerows([[], [unlike_formula(sheet.title)], *([*map(unlike_formula, each)] for each in sheet.about)])
    return out.getvalue().encode("utf-8-sig")


def _with_total(sheet: Sheet) -> Iterable[tuple[Value, ...]]:
    return (*sheet.rows, sheet.total) if sheet.total else sheet.rows


def _plain(value: Value, column: Column) -> str:
    if value is None:
        return ""
    # A number may begin with a minus; only words can be a formula.
    return unlike_formula(value) if isinstance(value, str) else f"{value:.{column.decimals or 0}f}"


def write_xlsx(sheet: Sheet, language: str) -> bytes:
    """Return a sheet as a workbook: the rows, then a sheet with notes and mark, which are also printed on every page.

    Numbers are numbers and words are words; there is no formula in it, so nothing in a name can become one.
    """
    book = Workbook()
    page = book.worksheets[0]
    page.title = Label("数据", "Figures").say(language)
    _write_rows(page, sheet)
    about = book.create_sheet(ABOUT.say(language))
    _words(about.cell(1, 1), sheet.title)
    about.cell(1, 1).font = Font(bold=True, size=14)
    for number, (name, words) in enumerate(sheet.about, 2):
        for at, text in enumerate((name, words), 1):
            _words(about.cell(number, at), text)
            about.cell(number, at).alignment = Alignment(wrap_text=True, vertical="top")
        about.cell(number, 1).font = Font(bold=True)
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 18, 90
    for each in (page, about):
        _for_print(each, sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write_rows(page: Any, sheet: Sheet) -> None:
    for at, column in enumerate(sheet.columns, 1):
        cell = page.cell(1, at)
        _words(cell, column.words)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        longest = max((len(str(row[at - 1])) for row in sheet.rows), default=0) if column.decimals is None else 0
        page.column_dimensions[get_column_letter(at)].width = min(_WIDEST, max(11, 2 * longest + 2))
    page.row_dimensions[1].height = 48
    for number, row in enumerate(_with_total(sheet), 2):
        for at, (value, column) in enumerate(zip(row, sheet.columns, strict=True), 1):
            cell = page.cell(number, at)
            if isinstance(value, str):
                _words(cell, value)
                cell.alignment = Alignment(horizontal="left" if column.decimals is None else "right")
            elif value is not None:
                cell.value, cell.number_format = value, f"0.{'0' * column.decimals}" if column.decimals else "0"
    if sheet.total:
        for at in range(1, len(sheet.columns) + 1):
            page.cell(len(sheet.rows) + 2, at).font = Font(bold=True)
    page.freeze_panes = page.cell(2, 2)
    page.print_title_rows = "1:1"


def _for_print(page: Any, sheet: Sheet) -> None:
    page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", 9, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    # In a header or footer "&" begins a code.
    page.oddHeader.left.text = sheet.title.replace("&", "＆")
    page.oddFooter.left.text = "  ".join(words for _, words in sheet.mark).replace("&", "＆")
    page.oddFooter.right.text = "&P / &N"


def _words(cell: Any, text: str) -> None:
    cell.value, cell.data_type = text, "s"


#: What a sheet is written as, by the ending of its file.
WRITERS: dict[str, tuple[Callable[[Sheet, str], bytes], str]] = {
    "csv": (lambda sheet, language: write_csv(sheet), "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, XLSX),
}
