"""The Excel template for staff: header with notes, examples that are passed over, choices to pick from."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from gridmediate.domain.vocabulary import Role, label
from gridmediate.services.grid import Grid
from gridmediate.services.safe_openpyxl import DataValidation, Workbook, get_column_letter
from gridmediate.services.sheet_writing import write_header, write_row
from gridmediate.services.sheets import MAX_ROWS
from gridmediate.services.staff_files import COLUMNS, EXAMPLE_MARK, LEAVES, REQUIRED

_NOTES = {
    "login": "必填。一人一号，如 JX-0102。已有的登录名表示同一个人。",
    "name": "必填。与登录名对应，不能一号两人。",
    "name_en": "可空。英文页面用，如 Luo Yiming。",
    "phone": "可空。只给同事联系用。",
    "post": "必填。从列表里选。“离岗”表示此人从截止日起不再任职。",
    "place": "必填。社区干部、网格员填 12 位社区编码；街道领导填 9 位街道编码；区县填 6 位；部门人员填部门代码。见“编码”表。",
    "cells": "坐席的网格编码，多个用顿号隔开；写“全部”表示本社区每一格。部门和领导不填。",
    "first": "可空，空着是导入当天。写成 2026-11-23。",
    "last": "可空，空着是长期。离岗必填。",
    "cover": "替别人顶班写“是”。代管不会顶掉原来的人。",
    "note": "可空，如 产假、补选前。最多 60 字。",
}
_EXAMPLES = (
    (f"{EXAMPLE_MARK}-1", "张某", "Zhang Mou", "", label(Role.GRID_WORKER).zh, "990101001006", "990101001006004", "2026-11-23",
     "", "否", ""),
    (f"{EXAMPLE_MARK}-2", "李某", "Li Mou", "", label(Role.CADRE).zh, "990101001006", "全部", "", "", "否", ""),
    (f"{EXAMPLE_MARK}-3", "王某", "Wang Mou", "", LEAVES.zh, "", "", "", "2026-11-30", "否", "调离"),
)
_GUIDE = (
    "一行是一个人的一个岗位。一个人有几个岗位就写几行；同一岗位的网格要写全，没写到的网格视为不再负责。",
    "表里没有的人不受影响，不会因为没写而离岗。",
    "新来的人没有密码：导入后页面给出一次性的邀请码，打印交给本人，首次登录时自己设密码。",
    "重复导入同一张表不会多出人，也不会多出任期。",
    f"以“{EXAMPLE_MARK}”开头的行是样子，导入时跳过，可以删掉。最多 {MAX_ROWS:,} 行。",
)
_WIDTHS = {"login": 14, "name": 12, "name_en": 16, "phone": 14, "post": 14, "place": 18, "cells": 36, "note": 24}


def staff_template(grid: Grid, departments: dict[str, str]) -> bytes:
    """Return the template as .xlsx, with the home's own codes to look up.

    Parameters
    ----------
    grid : Grid
    departments : dict of str to str
        Code to name.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "人员"
    write_header(sheet, COLUMNS, REQUIRED, _NOTES, _WIDTHS)
    sheet.freeze_panes = "C2"
    for row, example in enumerate(_EXAMPLES, 2):
        write_row(sheet, row, example)
    _choices(sheet)
    guide = book.create_sheet("填写说明")
    guide.column_dimensions["A"].width = 100
    lines = [*_GUIDE, *(f"{words.zh}（{words.en}）：{_NOTES[key]}" for key, words in COLUMNS.items())]
    for row, line in enumerate(lines, 1):
        write_row(guide, row, (line,))
    codes = book.create_sheet("编码")
    places = [(area.code, area.name) for area in grid.areas.values()]
    places += [(cell.code, cell.name) for cell in grid.cells.values()]
    for row, pair in enumerate([("编码", "名称"), *places, *departments.items()], 1):
        write_row(codes, row, pair)
    codes.column_dimensions["A"].width, codes.column_dimensions["B"].width = 20, 40
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _choices(sheet: Any) -> None:
    letters = {key: get_column_letter(at) for at, key in enumerate(COLUMNS, 1)}
    posts = ",".join([*(label(role).zh for role in Role), LEAVES.zh])
    for key, listed in (("post", posts), ("cover", "是,否")):
        choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True)
        choice.error, choice.errorTitle = "请从列表里选", COLUMNS[key].zh
        sheet.add_data_validation(choice)
        choice.add(f"{letters[key]}2:{letters[key]}{MAX_ROWS + 1}")
