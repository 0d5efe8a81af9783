"""A return as a workbook: one sheet for each way its rows are cut, every total the sum of the rows above it.

Texts are texts and numbers numbers; there is no formula in it, so nothing in a name can become one. Each sheet says who took it
and when, and the file's hash goes into the record.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor
from gridmediate.domain.returns import NOT_HELD, ReturnKind, ReturnTable
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, label
from gridmediate.services.county_returns import IssuedReturns, issued_returns
from gridmediate.services.figures import Scope, record_figures
from gridmediate.services.returns import TOTAL, Made, make_returns
from gridmediate.services.safe_openpyxl import Alignment, Font, PatternFill, Workbook, get_column_letter

_HEAD = PatternFill("solid", fgColor="0F5F58")
_BLANK = PatternFill("solid", fgColor="EEEEEE")
_RULE = Label("按上报日期计。{count} 件。合计是各行之和。灰格：{not_held}。",
              "By day of filing. Cases: {count}. Totals are the sum of the rows. Grey: {not_held}.")
_NOT_ISSUED = Label("未定稿、没有计入：{streets}。", " Not issued and not counted: {streets}.")
_TAKEN = Label("{name} 于 {time} 从格里和导出，仅供工作使用。", "Taken from gridmediate by {name} at {time}, for work only.")


def export_return(session: Session, scope: Scope, kind: ReturnKind, actor: Actor, *, language: str = "zh") -> bytes:
    """Return a workbook (.xlsx) of a return, and record who took it with the file's hash.

    Raises
    ------
    NotPermitted
    """
    made = make_returns(session, scope) if scope.exact else issued_returns(session, scope)
    body = workbook_of(made, kind, scope, actor.name, scope.now, language)
    record_figures(session, actor, scope, act="figures.export", kind=kind.value, cases=len(made.cases),
                   sha256=sha256(body).hexdigest())
    return body


def workbook_of(made: Made | IssuedReturns, kind: ReturnKind, scope: Scope, taken_by: str, taken_at: datetime,
                language: str) -> bytes:
    """Write a return of every axis into a workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    lines = [
        f"{scope.place.label.say(language)} {scope.period.label.say(language)} {label(kind).say(language)}",
        _RULE.say(language).format(count=len(made.cases), not_held=NOT_HELD.say(language)),
        _TAKEN.say(language).format(name=taken_by, time=f"{taken_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"),
    ]
    if isinstance(made, IssuedReturns):
        lines[1] += _missing(made, language)
    for axis in made.axes:
        _write_sheet(book.create_sheet(label(axis).say(language)), made.table(kind, axis), lines, language)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _missing(made: IssuedReturns, language: str) -> str:
    """Return which streets the sums lack."""
    names = "、".join(each.street.label.say(language) for each in made.missing)
    return _NOT_ISSUED.say(language).format(streets=names) if names else ""


def _write_sheet(sheet: Any, table: ReturnTable, lines: list[str], language: str) -> None:
    for number, line in enumerate(lines, 1):
        _text(sheet.cell(number, 1), line)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    first = len(lines) + 1
    for at, words in enumerate((label(table.axis), *(column.label for column in table.columns)), 1):
        cell = sheet.cell(first, at)
        _text(cell, words.say(language))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(at)].width = 30 if at == 1 else 11
    number = first
    for number, row in enumerate(table.rows, first + 1):
        name = f"　{row.label.say(language)}" if row.is_part else row.label.say(language)
        _row(sheet, number, name, row.values, table)
    _row(sheet, number + 1, TOTAL.say(language), table.total, table)
    for at in range(1, len(table.columns) + 2):
        sheet.cell(number + 1, at).font = Font(bold=True)
    sheet.row_dimensions[first].height = 48
    sheet.freeze_panes = sheet.cell(first + 1, 2)
    _for_print(sheet, first)
    sheet.oddFooter.left.text = _plain(lines[-1])


def _for_print(sheet: Any, header_row: int) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{header_row}:{header_row}"


def _plain(text: str) -> str:
    # In a footer "&" begins a code.
    return text.replace("&", "＆")


def _row(sheet: Any, number: int, name: str, values: tuple[int | None, ...], table: ReturnTable) -> None:
    _text(sheet.cell(number, 1), name)
    for at, (column, value) in enumerate(zip(table.columns, values, strict=True), 2):
        cell = sheet.cell(number, at)
        if value is None:
            cell.fill = _BLANK
        else:
            cell.value, cell.number_format = (value / 100, "#,##0.00") if column.is_money else (value, "0")


def _text(cell: Any, words: str) -> None:
    cell.value, cell.data_type = words, "s"


def file_name(scope: Scope, kind: ReturnKind) -> str:
    """Return the name under which a return is saved: letters, digits and dashes only."""
    return f"{kind.value}-{scope.place.code}-{scope.period.key.replace('..', '-')}.xlsx"


#: What a downloaded return is sent as.
MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
