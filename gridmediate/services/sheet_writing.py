"""Writing a sheet for people to fill in: a header with notes, and cells that are all text.

Text all the way, also where the words come from the database, so that nothing in it can become a formula, and a 15-digit code
keeps its zeros.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gridmediate.domain.vocabulary import Label
from gridmediate.services.safe_openpyxl import Alignment, Comment, Font, PatternFill, get_column_letter

_TEXT = "@"
_EMPTY_ROWS = 500


def write_header(
    sheet: Any, columns: Mapping[str, Label], required: Collection[str], notes: Mapping[str, str], widths: Mapping[str, int],
) -> None:
    """Write the header into the first row, each column with its note, and make the rows below text.

    Parameters
    ----------
    columns : mapping of str to Label
    required : collection of str
        Keys of the columns that get a star.
    notes, widths : mapping
        By the keys of the columns.
    """
    for at, (key, words) in enumerate(columns.items(), 1):
        cell = sheet.cell(1, at, words.zh + (" *" if key in required else ""))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0F5F58")
        cell.alignment = Alignment(vertical="center")
        cell.comment = Comment(notes[key], "gridmediate", width=260, height=110)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = widths.get(key, 13)
        # Text all the way down: a 15-digit code that Excel takes for a number loses its zeros, a phone its plus.
        for row in range(2, _EMPTY_ROWS + 2):
            sheet.cell(row, at).number_format = _TEXT
    sheet.row_dimensions[1].height = 24


def write_row(sheet: Any, row: int, values: Sequence[str]) -> None:
    """Write a row of texts."""
    for at, value in enumerate(values, 1):
        cell = sheet.cell(row, at)
        cell.value, cell.data_type, cell.number_format = value, "s", _TEXT
