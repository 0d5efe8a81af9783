"""A list of cases as a file: no name, phone, address, title or facts in it, and every row says whose copy it is.

Rows go straight from the database into the file, so that fifty thousand take no more memory than fifty. The workbook around them
(header, widths, print) is openpyxl's; its rows are written here as plain text cells, since openpyxl makes an object of each cell,
which takes a minute for such a list. Text cells cannot become formulas; in a CSV what looks like one is quoted.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from hashlib import file_digest
from tempfile import TemporaryFile
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from gridmediate.domain.case_exports import ExportForm, ExportGrown, most_rows
from gridmediate.domain.categories import JUSTICE_CLASSES, category
from gridmediate.domain.next_steps import NEVER, in_time
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.spreadsheets import unlike_formula
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Phrase, label
from gridmediate.services.case_exports import asked_of, copy_no, open_to_take
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.lists import conditions_of, shown_status
from gridmediate.services.safe_openpyxl import Alignment, Font, PatternFill, Workbook, get_column_letter
from gridmediate.store.models import Account, Case

_READ = (
    Case.case_no, Case.cell_code, Case.community_code, Case.street_code, Case.t2_code, Case.t1_code, Case.source, Case.level,
    Case.state, Case.outcome, Case.filed_at, Case.due_at, Case.next_due_at, Case.turn, Case.closed_at,
    # As it is kept: few steps are in fifty thousand rows, and each is read once.
    cast(Case.next_step, String).label("step"),
)
#: Header → width in characters.
COLUMNS: tuple[tuple[Label, int], ...] = (
    (Label("案号", "Number"), 15), (Label("网格编码", "Cell code"), 18), (Label("网格", "Cell"), 16),
    (Label("社区", "Community"), 14), (Label("街道", "Street"), 12), (Label("纠纷类型编码", "Category code"), 9),
    (Label("纠纷类型", "Category"), 18), (Label("司法统计编码", "Justice class code"), 9),
    (Label("司法统计类型", "Justice class"), 18), (Label("来源", "Source"), 12), (Label("层级", "Level"), 8),
    (Label("状态", "Status"), 10), (Label("上报", "Filed"), 17), (Label("到期", "Due"), 17), (Label("下一步", "Next step"), 28),
    (Label("轮到谁", "Whose turn"), 12), (Label("下一步到期", "Next step due"), 17), (Label("结果", "Outcome"), 14),
    (Label("办结", "Closed"), 17), (Label("导出编号", "Copy"), 24),
)
MIMETYPES = {
    ExportForm.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportForm.CSV: "text/csv; charset=utf-8",
}
_TAKEN = Label("格里和 {copy}：{name}（{login}）于 {time} 导出，仅供工作使用，请勿转发。",
               "gridmediate {copy}: taken by {name} ({login}) at {time}. For work only; do not pass on.")
_SHEET = Label("案件名单", "Cases")
_FIRST_ROW, _AT_ONCE = 3, 2000


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A copy that was made and is not handed out yet."""

    body: IO[bytes]
    name: str
    mimetype: str
    number: int
    rows: int
    sha256: str
    size: int


def make_file(session: Session, export_id: uuid.UUID, actor: Actor, now: datetime, *, language: str = "zh") -> ExportFile:
    """Make the next copy of an export, with the rows of this moment under the rights of this moment.

    It only reads; nobody may be handed it before :func:`~gridmediate.services.case_exports.note_taken` has recorded it.

    Raises
    ------
    NotFound, NotPermitted, ExportNotGranted, ExportOver
    ExportGrown
        If there are more rows than were agreed to.
    """
    row = open_to_take(session, export_id, actor, now)
    number = row.taken + 1
    copy, account = copy_no(row, number), session.get_one(Account, actor.account_id)
    mark = _TAKEN.say(language).format(copy=copy, name=account.name, login=account.login,
                                       time=f"{now.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}")
    desk, narrowed = asked_of(session, row)
    asked = conditions_of(session, desk, narrowed, actor, now, Permission.CASE_EXPORT)
    found = session.connection().execution_options(yield_per=_AT_ONCE).execute(
        select(*_READ).where(*asked).order_by(Case.next_due_at, Case.id))
    lines = _Counted(map(_line_maker(grid_of(session, now), copy, language, now), found), most_rows(row.rows_asked))
    body = TemporaryFile()  # noqa: SIM115 - it is handed on
    try:
        _WRITERS[row.form](body, lines, [words.say(language) for words, _ in COLUMNS], mark, language)
        size = body.tell()
        body.seek(0)
        digest = file_digest(body, "sha256").hexdigest()
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return ExportFile(body, f"cases-{copy}.{row.form.value}", MIMETYPES[row.form], number, lines.count, digest, size)


class _Counted:
    """Rows on their way out, refused as soon as there are too many."""

    def __init__(self, lines: Iterable[list[str]], most: int) -> None:
        self._lines, self._most, self.count = lines, most, 0

    def __iter__(self) -> Iterator[list[str]]:
        for line in self._lines:
            self.count += 1
            if self.count > self._most:
                raise ExportGrown(expected=self._most)
            yield line


def _line_maker(grid: Grid, copy: str, language: str, now: datetime) -> Callable[[Any], list[str]]:
    @cache
    def area(code: str | None) -> str:
        found = grid.areas.get(code or "")
        return found.label.say(language) if found else code or ""

    @cache
    def cell(code: str | None) -> str:
        found = grid.cells.get(code or "")
        return found.label.say(language) if found else ""

    @cache
    def kind(code: str) -> str:
        return category(code).name.say(language)

    @cache
    def justice(code: str) -> str:
        return JUSTICE_CLASSES[code].name.say(language)

    @lru_cache(maxsize=None, typed=True)  # words of two kinds may have one value: the level "street" and the turn "street"
    def word(value: Any) -> str:
        return label(value).say(language)

    @lru_cache(maxsize=4096)
    def step(kept: str, is_late: bool) -> str:
        due_at = now - timedelta(1) if is_late else now
        return in_time(Phrase.from_json(json.loads(kept)), due_at, now).say(language)

    def line(case: Any) -> list[str]:
        return [
            case.case_no, case.cell_code or "", cell(case.cell_code), area(case.community_code), area(case.street_code),
            case.t2_code, kind(case.t2_code), case.t1_code, justice(case.t1_code), word(case.source), word(case.level),
            word(shown_status(case, now)), _moment(case.filed_at), _moment(case.due_at),
            step(case.step, case.next_due_at < now), word(case.turn),
            _moment(case.next_due_at), word(case.outcome) if case.outcome else "", _moment(case.closed_at), copy,
        ]

    return line


def _moment(moment: datetime | None) -> str:
    if moment is None or moment >= NEVER:
        return ""
    local = moment.astimezone(LOCAL_ZONE)
    # The end of a day is not the morning of the next.
    return f"{local - timedelta(seconds=1):%Y-%m-%d} 24:00" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _write_csv(body: IO[bytes], lines: Iterable[list[str]], header: list[str], mark: str, _language: str) -> None:
    # With a byte order mark, without which Excel takes Chinese for another encoding.
    text = io.TextIOWrapper(body, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([mark])
    writer.writerow(header)
    writer.writerows([unlike_formula(value) for value in line] for line in lines)
    text.flush()
    text.detach()


def _write_excel(body: IO[bytes], lines: Iterable[list[str]], header: list[str], mark: str, language: str) -> None:
    shell = _shell(header, mark, language)
    with ZipFile(shell) as empty, ZipFile(body, "w", ZIP_DEFLATED, compresslevel=3) as book:
        for part in empty.infolist():
            if part.filename != "xl/worksheets/sheet1.xml":
                book.writestr(part, empty.read(part))
                continue
            head, end, tail = empty.read(part).decode().partition("</sheetData>")
            if not end:
                raise ValueError("openpyxl wrote a sheet without its rows' place")
            with book.open(part.filename, "w", force_zip64=True) as sheet:
                sheet.write(head.encode())
                for batch in _batched(lines):
                    sheet.write(batch.encode())
                sheet.write((end + tail).encode())


def _batched(lines: Iterable[list[str]]) -> Iterator[str]:
    batch: list[str] = []
    for number, line in enumerate(lines, _FIRST_ROW):
        cells = "".join(f'<c t="inlineStr"><is><t>{_xml(value)}</t></is></c>' for value in line)
        batch.append(f'<row r="{number}">{cells}</row>')
        if len(batch) == _AT_ONCE:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)


@cache
def _dropped() -> dict[int, None]:
    """Control characters, which XML cannot hold."""
    return dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


def _xml(value: str) -> str:
    return escape(value.translate(_dropped())) if not value.isalnum() else value


def _shell(header: list[str], mark: str, language: str) -> IO[bytes]:
    """Return a workbook with everything but the rows."""
    book = Workbook()
    sheet: Any = book.worksheets[0]
    sheet.title = _SHEET.say(language)
    first = sheet.cell(1, 1)
    first.value, first.data_type, first.font = mark, "s", Font(bold=True)
    for at, (words, (_, width)) in enumerate(zip(header, COLUMNS, strict=True), 1):
        cell = sheet.cell(_FIRST_ROW - 1, at)
        cell.value, cell.data_type = words, "s"
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0F5F58")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = sheet.cell(_FIRST_ROW, 2)
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{_FIRST_ROW - 1}"
    sheet.oddFooter.left.text = mark.replace("&", "＆")
    book.properties.creator, book.properties.description = "gridmediate", mark
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


_WRITERS: dict[ExportForm, Callable[[IO[bytes], Iterable[list[str]], list[str], str, str], None]] = {
    ExportForm.EXCEL: _write_excel, ExportForm.CSV: _write_csv,
}
