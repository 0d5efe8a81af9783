"""The administrator's grid: its cells by community, and the four steps by which a file of cells comes in."""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.grid_problems import FaultsOpen
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.spreadsheets import unlike_formula
from gridmediate.domain.vocabulary import Label, label
from gridmediate.geo.cells import CellSheet, read_cells
from gridmediate.geo.crs import extent
from gridmediate.geo.faults import Fault, FaultKind, Severity, faults_as_geojson
from gridmediate.geo.fields import guess, guess_code
from gridmediate.geo.guarded import read_in_a_guarded_process
from gridmediate.geo.measure import display_geojson
from gridmediate.maps.drawing import draw_cells
from gridmediate.maps.labels import faults_labels
from gridmediate.maps.shell import FAULTS_MAP_SCRIPTS, street_map_shell
from gridmediate.services.cell_lists import CellRow, CommunityCells, cells_by_community
from gridmediate.services.cell_sheets import ACCEPTABLE, CellImport, ImportReport, Place, check_sheet, open_faults
from gridmediate.services.cells import compare_cells, import_cells
from gridmediate.services.grid import grid_of, local_day
from gridmediate.web.admin_rosters import short_name
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses
from gridmediate.web.rooms import Rooms
from gridmediate.web.tiles import tile_addresses
from gridmediate.web.uploads import Upload, kept, receive
from gridmediate.web.words import say

room = Rooms("cells", __name__)

_FILE = Label("网格文件", "File of cells")
_CODE = Label("网格编码在哪一列", "Field with the cell code")
_STEPS = 4
_FIELDS = ("code", "name", "households", "kind")
_MOST_VERTICES = 200_000
#: Units of the drawing from which a cell has room for its name.
_WIDE = 46


@room.get("/grid", permission=Permission.CELL_IMPORT)
def index() -> str:
    """Show the cells in force, by community."""
    chosen = request.args.get("community", "")[:24]
    with reading() as session:
        groups = cells_by_community(session, actor_in_use(), g.now)
    shown = [each for each in groups if chosen in ("", each.area.code)]
    return render_template(
        "admin/cells.html", nav_active="cells", groups=shown or groups, communities=[each.area for each in groups],
        chosen=chosen if shown else "", drawing=drawing_of(shown or groups), today=local_day(g.now),
    )


def drawing_of(groups: list[CommunityCells]) -> dict[str, Any]:
    """Return the cells as paths of one drawing, which needs no script and can be printed."""
    cells = [cell for group in groups for cell in group.cells]
    drawing = draw_cells([cell.outline for cell in cells])
    of = {cell.code: group for group in groups for cell in group.cells}
    drawn = [
        {"code": cell.code, "name": cell.name, "short": _short(cell, of[cell.code], len(groups) > 1), "path": shape.path,
         "at": shape.at, "vacant": any(person is None for person in cell.people.values()), "wide": shape.width > _WIDE}
        for cell, shape in zip(cells, drawing.cells, strict=True)
    ]
    return {"width": drawing.width, "height": drawing.height, "cells": drawn}


def _short(cell: CellRow, group: CommunityCells, many: bool) -> str:
    """Return what fits into a cell of the drawing: its number, with its community where several are drawn."""
    if not (len(cell.code) == 15 and cell.code.isdecimal()):
        return say(cell.name)[:8]
    if not many:
        return say(short_name(cell.name, group.area.label))[:8]
    number = str(int(cell.code[-3:]))
    return number if language_in_use() == "en" else f"{group.area.name[:2]}{number}"


# ---- four steps: choose a file, match its fields, check its shapes, from which day


@room.get("/grid/import", permission=Permission.CELL_IMPORT)
def choose() -> str:
    """First step: which file."""
    return render_template("admin/import_file.html", nav_active="cells", step=1)


@room.post("/grid/import", permission=Permission.CELL_IMPORT)
def upload() -> Response | AnyResponse:
    """Keep the file and look into it; what cannot be read at all is said here."""
    received = None
    try:
        received = receive(request.files.get("file"), _FILE)
        fields = _fields_in(received)
    except Problem as problem:
        if received is not None:
            received.discard()
        problem.field = "file"
        return refused("admin/import_file.html", problem, nav_active="cells", step=1)
    received.choices["fields"] = fields
    received.keep()
    return redirect(url_for("cells.match", token=received.token), 303)


def _fields_in(received: Upload) -> list[dict[str, Any]]:
    found = read_in_a_guarded_process(received.path, received.name, None, _MOST_VERTICES)
    columns = found.columns
    return [{"name": name, "examples": [str(each)[:40] for each in values[:3] if each not in (None, "")]}
            for name, values in columns.items()] + [{"guess": {"code": guess_code(columns) or "", **_guesses(columns)}}]


def _guesses(columns: dict[str, list[Any]]) -> dict[str, str]:
    from_names = {"name": ("name", "cell_name", "网格名称", "名称", "wgmc"), "households": ("households", "户数", "hs"),
                  "kind": ("kind", "网格类型", "类型")}
    return {field: guess(columns, names) or "" for field, names in from_names.items()}


@room.get("/grid/import/<token>/fields", permission=Permission.CELL_IMPORT)
def match(token: str) -> str:
    """Second step: which field is what."""
    received = kept(token)
    return render_template("admin/import_fields.html", **_match_page(received), typed={})


def _match_page(received: Upload) -> dict[str, Any]:
    *fields, guessed = received.choices["fields"]
    return {
        "nav_active": "cells", "step": 2, "upload": received, "fields": fields,
        "chosen": guessed["guess"] | received.choices.get("match", {}),
    }


@room.post("/grid/import/<token>/fields", permission=Permission.CELL_IMPORT)
def match_now(token: str) -> Response | AnyResponse:
    """Keep the choice of fields; read the cells by them."""
    received, form = kept(token), Form(request.form)
    names = [each["name"] for each in received.choices["fields"][:-1]]
    chosen = {"code": form.choice("code", _CODE, names)} | {
        field: form.choice(field, Label(field, field), names, required=False) for field in _FIELDS[1:]}
    chosen["community"] = form.text("community", Label("社区编码", "Community code"), limit=24, required=False)
    chosen["community_name"] = form.text("community_name", Label("社区名称", "Community"), limit=60, required=False)
    chosen["pattern"] = form.text("pattern", Label("编码样式", "Code pattern"), limit=120, required=False)
    try:
        form.done()
        received.choices |= {"match": chosen, "accept": []}
        with reading() as session:
            check_sheet(session, _command(received))
    except Problem as problem:
        page = _match_page(received) | {"typed": form.typed}
        return refused("admin/import_fields.html", problem, **page)
    received.keep()
    return redirect(url_for("cells.check", token=token), 303)


def _command(received: Upload, **more: Any) -> CellImport:
    chosen: dict[str, str] = received.choices.get("match", {})
    sheet = _sheet(str(received.path), received.name, *(chosen.get(field, "") for field in _FIELDS))
    name = chosen.get("community_name") or chosen.get("community", "")
    place = Place(chosen["community"], Label(name, name)) if chosen.get("community") else None
    return CellImport(
        sheet, received.name, more.pop("valid_from", local_day(g.now)), place=place, code_pattern=chosen.get("pattern", ""),
        accept=frozenset(FaultKind(each) for each in received.choices.get("accept", ())), **more,
    )


@lru_cache(maxsize=4)
def _sheet(path: str, name: str, code: str, name_field: str, households: str, kind: str) -> CellSheet:
    # The page, the map's two addresses and the next step all ask for the same sheet; a kept file never changes.
    return read_cells(path, code or None, name_field or None, households_field=households or None, kind_field=kind or None,
                      file=name, guarded=True)


def _faults(received: Upload) -> tuple[Fault, ...]:
    with reading() as session:
        return check_sheet(session, _command(received))


@room.get("/grid/import/<token>/check", permission=Permission.CELL_IMPORT)
def check(token: str) -> str:
    """Third step: the faults, on the map and in a list."""
    return render_template("admin/import_check.html", **_check_page(kept(token)))


def _check_page(received: Upload) -> dict[str, Any]:
    command, faults = _command(received), _faults(received)
    # A sheet with nothing in it is shown on the whole country.
    west, south, east, north = extent(command.sheet.geometries) or (73.0, 18.0, 135.0, 54.0)
    must = [fault for fault in faults if fault.severity is Severity.MUST]
    return {
        "nav_active": "cells", "step": 3, "upload": received, "sheet": command.sheet, "faults": faults, "must": len(must),
        "notes": len(faults) - len(must), "standing": len(open_faults(faults, command.accept)), "accepted": command.accept,
        "acceptable": [(kind, sum(fault.kind is kind for fault in must)) for kind in FaultKind
                       if kind in ACCEPTABLE and any(fault.kind is kind for fault in must)],
        "map": street_map_shell((west, south, east, north)), "words": faults_labels(gettext, language_in_use()),
        "scripts": FAULTS_MAP_SCRIPTS, "addresses": tile_addresses() | _ground_of(command.sheet),
    }


def _ground_of(sheet: CellSheet) -> dict[str, str]:
    """Return where the map finds what lies under the cells, if it is a street that this home has already."""
    street = next((each[:9] for each in sheet.communities if each), "")
    with reading() as session:
        grid = grid_of(session, g.now)
    return addresses(grid, street) if any(cell.street_code == street for cell in grid.cells.values()) else {}


@room.post("/grid/import/<token>/check", permission=Permission.CELL_IMPORT)
def check_now(token: str) -> Response | AnyResponse:
    """Take note of faults that are real and accepted, and go on if none is left."""
    received, form = kept(token), Form(request.form)
    ticked = form.words("accept", Label("接受", "Accept"), FaultKind)
    received.choices["accept"] = [kind.value for kind in ticked if kind in ACCEPTABLE]
    received.keep()
    standing = open_faults(_faults(received), _command(received).accept)
    if standing:
        return refused("admin/import_check.html", FaultsOpen(field="accept", count=len(standing)), **_check_page(received))
    return redirect(url_for("cells.effect", token=token), 303)


@room.get("/grid/import/<token>/cells.geojson", permission=Permission.CELL_IMPORT)
def sheet_shapes(token: str) -> Response:
    """Answer the map with the cells of the file."""
    sheet = _command(kept(token)).sheet
    drawable = [at for at, shape in enumerate(sheet.geometries) if shape is not None and not shape.is_empty]
    named = [{"name": sheet.names[at] or sheet.codes[at]} for at in drawable]
    return _json(display_geojson([sheet.codes[at] for at in drawable], sheet.geometries[drawable], named, tolerance_m=0))


@room.get("/grid/import/<token>/faults.geojson", permission=Permission.CELL_IMPORT)
def fault_shapes(token: str) -> Response:
    """Answer the map with the faults, numbered as in the list; also to be opened in the program the cells come from."""
    answer = _json(faults_as_geojson(_faults(kept(token)), language_in_use()))
    if request.args.get("save"):
        answer.headers["Content-Disposition"] = "attachment; filename=faults.geojson"
    return answer


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), content_type="application/geo+json")


@room.get("/grid/import/<token>/faults.csv", permission=Permission.CELL_IMPORT)
def fault_list(token: str) -> Response:
    """Give the list of faults as a table."""
    language, out = language_in_use(), io.StringIO()
    table = csv.writer(out)
    table.writerow([gettext("编号"), gettext("轻重"), gettext("问题"), gettext("怎么办"), gettext("网格编码"),
                    gettext("面积（平方米）")])
    for number, fault in enumerate(_faults(kept(token)), 1):
        row = [number, label(fault.severity).say(language), fault.phrase.say(language), fault.advice.say(language),
               gettext("、").join(fault.codes), "" if fault.area_m2 is None else round(fault.area_m2, 1)]
        table.writerow([unlike_formula(each) if isinstance(each, str) else each for each in row])
    answer = Response("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=faults.csv"
    return answer


@room.get("/grid/import/<token>/effect", permission=Permission.CELL_IMPORT)
def effect(token: str) -> Response | AnyResponse | str:
    """Fourth step: from which day, with what it will change."""
    received = kept(token)
    form = Form(request.args)
    first = form.day("valid_from", Label("生效日", "Effective day"), required=False) or local_day(g.now)
    return _effect_page(received, first, retire=form.tick("retire"))


def _effect_page(received: Upload, first: Any, *, retire: bool, problem: Problem | None = None) -> Response | AnyResponse | str:
    page: dict[str, Any] = {"nav_active": "cells", "step": 4, "upload": received, "valid_from": first, "retire": retire}
    report: ImportReport | None = None
    try:
        with reading() as session:
            report = compare_cells(session, _command(received, valid_from=first, retire_missing=retire), actor_in_use(), g.now)
    except FaultsOpen:
        return redirect(url_for("cells.check", token=received.token), 303)
    except Problem as found:
        problem = problem or found
    if problem is not None:
        return refused("admin/import_effect.html", problem, report=report, **page)
    return make_response(render_template("admin/import_effect.html", report=report, **page))


@room.post("/grid/import/<token>/effect", permission=Permission.CELL_IMPORT)
def take_over(token: str) -> Response | AnyResponse | str:
    """Take the cells over."""
    received, form = kept(token), Form(request.form)
    first = form.day("valid_from", Label("生效日", "Effective day"))
    retire = form.tick("retire")
    try:
        form.done()
        command = _command(received, valid_from=first, retire_missing=retire)
        with writing() as session:
            report = import_cells(session, command, actor_in_use(), g.now)
    except Problem as problem:
        return _effect_page(received, first or local_day(g.now), retire=retire, problem=problem)
    received.discard()
    if report.edition is None:
        flash(gettext("文件和现在的网格一样，没有改动。"), "info")
    else:
        flash(gettext("网格已导入：新增 %(new)s，变动 %(changed)s，停用 %(retired)s，从 %(day)s 起生效。", new=len(report.new),
                      changed=len(report.changed), retired=len(report.missing) if report.retired else 0,
                      day=report.valid_from.isoformat()), "ok")
    return redirect(url_for("cells.index"), 303)


@room.post("/grid/import/<token>/discard", permission=Permission.CELL_IMPORT)
def discard(token: str) -> AnyResponse:
    """Drop the file and begin again."""
    kept(token).discard()
    return redirect(url_for("cells.choose"), 303)
