"""What is seen on the leaders' map, to take away: as a table, for a map program, as a picture, as one page without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import quote

from flask import Response, g, request
from flask_babel import gettext

from gridmediate.domain.measures import MEASURES
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level
from gridmediate.maps.shell import LEAFLET_SCRIPT, LEAFLET_STYLE
from gridmediate.maps.single_file import FilePage, FileShapes, single_file
from gridmediate.resources import static_folder
from gridmediate.services.downloads import Mark, check_allowance, mark_of, record_download
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.heat import Seen, seen
from gridmediate.web.heat_change import changes_asked
from gridmediate.web.heat_drawn import colours, drawn_of
from gridmediate.web.heat_table import Row, table_page
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

_STYLES = (LEAFLET_STYLE, "css/singlefile.css")
_SCRIPTS = (LEAFLET_SCRIPT, "js/map/singlefile.js")

room = Rooms("heat_downloads", __name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file is made of: all of it as this reader may see it."""

    seen: Seen
    page: dict[str, Any]
    mark: Mark


@room.get("/map/download/<ending>", permission=Permission.HEAT_READ)
def download(ending: str) -> Response:
    """Hand out what the same address shows as a map or table. The file is recorded before it leaves."""
    if ending not in _MAKERS:
        raise NotFound
    make, mimetype = _MAKERS[ending]
    if request.args.get("view") == "change":
        return _changes(ending, mimetype)
    if ending == "png" and _face() is None:
        g.language = "en"  # what can be written without Chinese letters
    most = app_in_use().settings.downloads_per_day
    with reading() as session:
        check_allowance(session, actor_in_use(), g.now, most)
        found = seen(session)
    found.shared["rules"] = {rule.name.value: rule for rule in MEASURES.values()}
    page = table_page(found.view, found.grid, found.shared["measure"], found.shared["month_keys"], whole=True)
    taken = Taken(found, page, _mark())
    # Files are made outside of any transaction: a picture takes longer than a writer may be kept waiting.
    body = make(taken)
    with writing() as session:
        record_download(session, actor_in_use(), taken.mark, body, most, format=ending, rows=len(page["rows"]),
                        street=found.table.street.code, **_looked_at(found, page))
    answer = Response(body, content_type=mimetype)
    plain, words = _file_names(taken, ending)
    answer.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(words)}"
    return answer


def _changes(ending: str, mimetype: str) -> Response:
    """Hand out the table of the view of changes; its map has no figure of one month to be drawn by."""
    sheets, files = import_module("gridmediate.web.heat_change_sheet"), import_module("gridmediate.services.sheet_files")
    if ending not in files.WRITERS:
        raise NotFound
    most = app_in_use().settings.downloads_per_day
    with reading() as session:
        check_allowance(session, actor_in_use(), g.now, most)
    changes, grid, _ = changes_asked()
    mark = _mark()
    body = files.WRITERS[ending][0](sheets.change_sheet(changes, grid, mark), language_in_use())
    place, asked = changes.table.street, changes.comparison.as_query()
    with writing() as session:
        record_download(session, actor_in_use(), mark, body, most, format=ending, rows=len(changes.rows), view="change",
                        street=place.code, level=changes.level.value, exact=changes.table.exact, **asked)
    answer = Response(body, content_type=mimetype)
    answer.headers["Content-Disposition"] = f"attachment; filename=change-{place.code}-{changes.months[-1]}.{ending}"
    return answer


def _mark() -> Mark:
    account = g.signed.account
    return mark_of(actor_in_use(), Label(account.name, account.name_en or account.name), g.now)


def _looked_at(found: Seen, page: dict[str, Any]) -> dict[str, Any]:
    keys, asked = found.shared["month_keys"], found.shared["asked"]
    compared = keys[page["compared"]] if page["compared"] is not None else ""
    return {"level": found.view.level.value, "measure": found.shared["measure"], "month": keys[page["at"]], "compare": compared,
            "exact": found.view.exact, "head": asked.get("head", ""), **found.table.narrowed.as_query()}


def _file_names(taken: Taken, ending: str) -> tuple[str, str]:
    """Return the name of a file in ASCII, and as people read it."""
    shared, place = taken.seen.shared, taken.seen.view.street
    month = shared["month_keys"][taken.page["at"]]
    measure = _sheets().measure_words(taken.seen, taken.page)
    words = re.sub(r"[^\w-]+", "-", f"{say(place.label)}-{measure}-{month}")
    return f"{shared['measure']}-{place.code}-{month}.{ending}", f"{words}.{ending}"


def _sheets() -> Any:
    return import_module("gridmediate.web.heat_sheet")  # with what writes workbooks, which few workers of the web need


def _spreadsheet(ending: str) -> Callable[[Taken], bytes]:
    def make(taken: Taken) -> bytes:
        write, _ = import_module("gridmediate.services.sheet_files").WRITERS[ending]
        body: bytes = write(_sheets().sheet_of(taken.seen, taken.page, taken.mark), language_in_use())
        return body

    return make


def _picture(taken: Taken) -> bytes:
    pictures, sheets, seen = import_module("gridmediate.services.map_picture"), _sheets(), taken.seen
    drawn, sheet = drawn_of(seen, taken.page), sheets.sheet_of(seen, taken.page, taken.mark)
    *who, use = [words for _, words in sheet.mark]
    made = pictures.Picture(
        sheet.title, [sheets.under_title(seen)], drawn.outlines, drawn.fills,
        [_names(row, within=len(drawn.areas) > 1) for row in drawn.rows], drawn.values,
        [outline for _, outline in drawn.areas], f"{drawn.title}  {drawn.unit}",
        [pictures.Key(key.fill, key.words, key.count) for key in drawn.legend],
        [*drawn.formulas, *sheets.remarks(seen), " · ".join((*who, use)),
         *([] if _face() else ["This server has no font with Chinese letters: names in Chinese are left out."])],
        f"{say(taken.mark.name)} {g.now.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M} {str(taken.mark.number)[:8]}",
        (colours()["hatch-ground"], colours()["hatch"]))
    body: bytes = pictures.draw_map(made, _face(), about=sheet.text)
    return body


def _geopackage(taken: Taken) -> bytes:
    packages = import_module("gridmediate.geo.geopackage")
    sheet, drawn = _sheets().sheet_of(taken.seen, taken.page, taken.mark), drawn_of(taken.seen, taken.page)
    fields = [packages.MapField(*each) for at, column in enumerate(sheet.columns)
              for each in _fields(column, [row[at] for row in sheet.rows])]
    layer = {Level.CELL: "cells", Level.COMMUNITY: "communities"}.get(taken.seen.view.level, "streets")
    title = (say(Label("标题", "Title")), sheet.title)
    body: bytes = packages.write_geopackage(layer, drawn.outlines, fields, [title, *sheet.about])
    return body


def _fields(column: Any, values: list[Any]) -> list[tuple[str, str, list[Any], str]]:
    """Return a column as a field; one of numbers that has words in it too becomes two, so that a program can still count."""
    if column.decimals is None:
        return [(column.key, column.words, values, "text")]
    numbers = [None if isinstance(value, str) else value for value in values]
    found = [(column.key, column.words, numbers, "real" if column.decimals else "whole")]
    if any(isinstance(value, str) for value in values):
        words = say(Label("{words}：没有数字时", "{words}: where there is no number")).format(words=column.words)
        found.append((f"{column.key}_words", words, [value if isinstance(value, str) else None for value in values], "text"))
    return found


def _page(taken: Taken) -> bytes:
    drawn, sheet, seen = drawn_of(taken.seen, taken.page), _sheets().sheet_of(taken.seen, taken.page, taken.mark), taken.seen
    shown = [[_said(value) for value in row] for row in (*sheet.rows, sheet.total)]
    page = FilePage(
        "en" if language_in_use() == "en" else "zh-CN", sheet.title, _sheets().under_title(seen), f"{drawn.title} {drawn.unit}",
        drawn.legend, [each.words for each in sheet.columns], shown[:-1], shown[-1], sheet.about,
        (colours()["hatch-ground"], colours()["hatch"]), sheet.title, (gettext("放大"), gettext("缩小")))
    shapes = FileShapes(drawn.outlines, drawn.fills, drawn.values, drawn.areas)
    styles, scripts = ([_read(name) for name in names] for names in (_STYLES, _SCRIPTS))
    return single_file(page, shapes, styles, scripts)


def _said(value: Any) -> str:
    return "" if value is None else str(value)


@lru_cache(maxsize=8)
def _read(name: str) -> str:
    return (static_folder() / name).read_text(encoding="utf-8")


def _names(row: Row, *, within: bool) -> list[str]:
    above = row.above.removesuffix("社区").removesuffix(" Community") if within else ""
    return [each for each in (above, say(row.unit.label).removeprefix(row.above).strip()) if each]


def _face() -> tuple[str, int] | None:
    face: tuple[str, int] | None = import_module("gridmediate.services.map_picture").find_font(app_in_use().settings.picture_font)
    return face


_MAKERS: dict[str, tuple[Callable[[Taken], bytes], str]] = {
    "csv": (_spreadsheet("csv"), "text/csv; charset=utf-8"),
    "xlsx": (_spreadsheet("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "gpkg": (_geopackage, "application/geopackage+sqlite3"),
    "html": (_page, "text/html; charset=utf-8"),
    "png": (_picture, "image/png"),
}
