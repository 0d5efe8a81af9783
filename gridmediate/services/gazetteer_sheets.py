"""The template for place names, and the book as it stands, as workbooks that can be imported again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.vocabulary import Datum, label
from gridmediate.services.gazetteer_files import COLUMNS, EXAMPLE_MARK, REQUIRED
from gridmediate.services.grid import Grid
from gridmediate.services.home_acts import require
from gridmediate.services.safe_openpyxl import DataValidation, Workbook, get_column_letter
from gridmediate.services.sheet_writing import write_header, write_row
from gridmediate.services.sheets import MAX_ROWS
from gridmediate.store.models import GazetteerEntry

_NOTES = {
    "name": "必填。小区、村、学校、商铺、路名，如 锦溪花园。",
    "name_en": "可空。英文页面用，也能按它找。",
    "aliases": "可空。老名字、俗称，几个用顿号隔开，如 老厂宿舍、纺织新村。",
    "building": "可空。只写楼栋或门牌，如 3 幢、A座、12 号。",
    "kind": "可空。小区、学校、医院等。",
    "cell": "15 位网格编码。和网格名、经纬度至少写一样。",
    "cell_name": "不知道编码时写网格名，如 锦溪社区第5网格。",
    "lon": "可空。东经，如 118.760123。",
    "lat": "可空。北纬，如 36.209598。",
    "datum": "经纬度从哪里来：WGS 84（GPS、天地图，空着也是它）、GCJ-02（高德、腾讯）、BD-09（百度）。",
}
_WIDTHS = {"name": 24, "name_en": 24, "aliases": 24, "cell": 18, "cell_name": 22}
_EXAMPLES = (
    (f"{EXAMPLE_MARK}花园", "Example Garden", "老厂宿舍、纺织新村", "", "小区", "990101001006005", "", "", "", ""),
    (f"{EXAMPLE_MARK}花园", "", "", "3 幢", "小区", "", "锦溪社区第5网格", "118.760123", "36.209598", "GCJ-02"),
)
_GUIDE = (
    "一行是一处地名，或一处地名的一栋楼。不写楼栋的行是这个地方本身。",
    "一个文件是它所写到的街道的整本地名库：同街道里文件没写到的旧条目会停用，别的街道不受影响。先给您看会怎么变，再导入。",
    "旧条目不删除，只记停用时间；案件上写的依据不变。",
    "不要写人名、电话和住户：地名库会存进网格员的手机。",
    f"以“{EXAMPLE_MARK}”开头的行是样子，导入时跳过。最多 {MAX_ROWS:,} 行。",
)


def places_template(grid: Grid) -> bytes:
    """Return the template as .xlsx, with the codes and names of the cells to look up."""
    return _book(_EXAMPLES, grid)


def places_as_sheet(session: Session, grid: Grid, actor: Actor) -> bytes:
    """Return the entries in force as .xlsx; imported again it changes nothing.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.CELL_IMPORT)
    entries = session.scalars(select(GazetteerEntry).where(GazetteerEntry.ended_at.is_(None)).order_by(
        GazetteerEntry.street_code, GazetteerEntry.name, GazetteerEntry.id))
    return _book((_row(entry, grid) for entry in entries), grid)


def _row(entry: GazetteerEntry, grid: Grid) -> tuple[str, ...]:
    cell = grid.cells.get(entry.cell_code or "")
    point = ("", "", "") if entry.raw_lon is None else (repr(entry.raw_lon), repr(entry.raw_lat), label(entry.datum).zh)
    return (entry.name, entry.name_en, "、".join(entry.aliases), entry.building, entry.kind, entry.cell_code or "",
            cell.name if cell else "", *point)


def _book(rows: Iterable[Sequence[str]], grid: Grid) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "地名"
    write_header(sheet, COLUMNS, REQUIRED, _NOTES, _WIDTHS)
    sheet.freeze_panes = "B2"
    for number, row in enumerate(rows, 2):
        write_row(sheet, number, row)
    datums = DataValidation(type="list", formula1=f'"{",".join(label(each).zh for each in Datum)}"', allow_blank=True)
    sheet.add_data_validation(datums)
    letter = get_column_letter(list(COLUMNS).index("datum") + 1)
    datums.add(f"{letter}2:{letter}{MAX_ROWS + 1}")
    guide = book.create_sheet("填写说明")
    guide.column_dimensions["A"].width = 100
    for number, line in enumerate([*_GUIDE, *(f"{words.zh}：{_NOTES[key]}" for key, words in COLUMNS.items())], 1):
        write_row(guide, number, (line,))
    codes = book.create_sheet("网格编码")
    for number, pair in enumerate([("编码", "名称"), *((cell.code, cell.name) for cell in grid.cells.values())], 1):
        write_row(codes, number, pair)
    codes.column_dimensions["A"].width, codes.column_dimensions["B"].width = 20, 40
    out = BytesIO()
    book.save(out)
    return out.getvalue()
