"""``gridmediate grid check``, ``import`` and ``gazetteer``: the cells or the places of a file looked at, and taken over."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import shapely

from gridmediate.cli import gazetteer
from gridmediate.cli.command import DONE, REFUSED, Command, home_in_use, language_in_use
from gridmediate.domain.geo_problems import FolderAbsent
from gridmediate.domain.grid_problems import FaultsOpen, PatternUnusable
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, label
from gridmediate.geo.cells import CellSheet, read_cells
from gridmediate.geo.faults import CODE_PATTERN, Fault, FaultKind, Severity, faults_as_geojson, find_faults
from gridmediate.services.cell_sheets import ACCEPTABLE, CellImport, ImportReport, Place, check_sheet, open_faults
from gridmediate.services.cells import compare_cells, import_cells
from gridmediate.store.schema import prepare


def _arguments(parser: ArgumentParser) -> None:
    subjects = parser.add_subparsers(dest="what", required=True, metavar="check | import | gazetteer")
    check = subjects.add_parser("check", help="list every fault of a file of cells; needs no database")
    _file_arguments(check)
    check.add_argument("--expect", type=Path, metavar="FILE", help="where the cells should lie: a file of polygons")
    check.add_argument("--geojson", type=Path, metavar="OUT", help="write the faults as GeoJSON")
    taken = subjects.add_parser("import", help="take the cells over as new editions, from a day on")
    _file_arguments(taken)
    taken.add_argument("--from", dest="valid_from", type=_day, metavar="DAY", help="first day, YYYY-MM-DD; today if left out")
    taken.add_argument("--retire", action="store_true", help="close cells that the file lacks")
    taken.add_argument("--accept", type=_kinds, default=frozenset(), metavar="KINDS",
                       help="take these faults as they are: " + ",".join(sorted(ACCEPTABLE)))
    taken.add_argument("--community", metavar="CODE", help="all cells belong to it, for codes that are not of 15 digits")
    taken.add_argument("--community-name", metavar="NAME")
    taken.add_argument("--street", default="", metavar="CODE", help="the community's street, where its code does not say")
    taken.add_argument("--street-name", metavar="NAME")
    taken.add_argument("--letters", type=_letters, metavar="XX",
                       help="two to six capitals that lead the case numbers of a new street")
    taken.add_argument("--county", default="", metavar="CODE", help="for a home that is not set up yet")
    taken.add_argument("--dry-run", action="store_true", help="say what would change and stop")
    gazetteer.add_arguments(subjects.add_parser("gazetteer", help="check a file of place names, and take it over"))


def _file_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="GeoJSON, GeoPackage or zipped Shapefile")
    parser.add_argument("--code", metavar="FIELD", help="field with the cell code")
    parser.add_argument("--name", metavar="FIELD", help="field with the name")
    parser.add_argument("--households", metavar="FIELD")
    parser.add_argument("--kind", metavar="FIELD")
    parser.add_argument("--layer", metavar="LAYER", help="which layer, where the file has several")
    parser.add_argument("--pattern", default="", metavar="RE", help="what a whole code must look like; 15 digits if left out")
    parser.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")


def _letters(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2,6}", text):
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _kinds(text: str) -> frozenset[FaultKind]:
    kinds = {each.strip() for each in text.split(",") if each.strip()}
    if not kinds <= ACCEPTABLE:
        raise ArgumentTypeError("one or more of " + ",".join(sorted(ACCEPTABLE)))
    return frozenset(FaultKind(each) for each in kinds)


def _run(options: Namespace) -> int:
    spoken: str = options.lang or language_in_use()
    acts: dict[str, Callable[[Namespace, str], int]] = {"check": _check, "import": _import, "gazetteer": gazetteer.run}
    return acts[options.what](options, spoken)


def _sheet(options: Namespace) -> CellSheet:
    return read_cells(options.file, options.code, options.name, households_field=options.households, kind_field=options.kind,
                      layer=options.layer)


def _check(options: Namespace, spoken: str) -> int:
    sheet = _sheet(options)
    place = None
    if options.expect:
        place = shapely.union_all(read_cells(options.expect, None).geometries)
    pattern = options.pattern or CODE_PATTERN
    try:
        re.compile(pattern)
    except re.error as error:
        raise PatternUnusable(got=pattern) from error
    faults = find_faults(sheet, code_pattern=pattern, expected_place=place)
    count = len(sheet)
    print(f"{options.file.name}: " + _say(spoken, f"{count} 格，{sheet.source_crs}", f"{count} cells, {sheet.source_crs}"))
    _list(faults, spoken)
    if options.geojson:
        _write(options.geojson, json.dumps(faults_as_geojson(faults, spoken), ensure_ascii=False))
    return REFUSED if open_faults(faults, frozenset()) else DONE


def _list(faults: tuple[Fault, ...], spoken: str, accepted: frozenset[FaultKind] = frozenset()) -> None:
    for number, fault in enumerate(faults, 1):
        weight = _say(spoken, "已接受", "accepted") if fault.kind in accepted else label(fault.severity).say(spoken)
        print(f"{number:>4}  {weight}  {fault.phrase.say(spoken)}")
        print(f"      {fault.advice.say(spoken)}")
    must = sum(fault.severity is Severity.MUST for fault in faults)
    print(_say(spoken, f"必须改 {must}，请留意 {len(faults) - must}", f"{must} to be corrected, {len(faults) - must} to note"))


def _import(options: Namespace, spoken: str) -> int:
    now = datetime.now(UTC)
    command = CellImport(
        _sheet(options), options.file.name, options.valid_from or now.astimezone(LOCAL_ZONE).date(), place=_place(options),
        retire_missing=options.retire, code_pattern=options.pattern, accept=options.accept, county_code=options.county,
        letters=options.letters or "",
        names={options.street: Label(options.street_name, options.street_name)} if options.street and options.street_name else {},
    )
    with home_in_use(create=True) as store:
        prepare(store)
        with store.reading() as session:
            faults = check_sheet(session, command)
        if standing := open_faults(faults, command.accept):
            _list(faults, spoken, command.accept)
            raise FaultsOpen(count=len(standing))
        if options.dry_run:
            with store.reading() as session:
                report = compare_cells(session, command, None, now)
        else:
            # One transaction: interrupted, it leaves the grid as it was.
            with store.writing() as session:
                report = import_cells(session, command, None, now)
    _print_report(report, spoken, is_dry=options.dry_run)
    return DONE


def _place(options: Namespace) -> Place | None:
    if not options.community:
        return None
    name = options.community_name or options.community
    street = Label(options.street_name, options.street_name) if options.street_name else None
    return Place(options.community, Label(name, name), options.street, street)


def _print_report(report: ImportReport, spoken: str, *, is_dry: bool) -> None:
    retired = len(report.missing) if report.retired else 0
    kept = len(report.missing) - retired
    head = _say(spoken, "会这样变" if is_dry else "已导入", "Would change" if is_dry else "Imported")
    print(f"{head} ({report.valid_from.isoformat()}): " + _say(
        spoken,
        f"新增 {len(report.new)}，变动 {len(report.changed)}，不变 {report.unchanged}，停用 {retired}，文件里没有而照旧 {kept}",
        f"{len(report.new)} new, {len(report.changed)} changed, {report.unchanged} unchanged, {retired} closed, "
        f"{kept} not in the file and left as they are"))
    for each in report.changed:
        print(f"  {each.code}  {each.name}  {', '.join(each.what)}")
    if report.open_cases:
        print(_say(spoken, f"有 {report.open_cases} 件在办案件在变动或停用的网格里，仍记在原来的网格。",
                   f"{report.open_cases} open cases are in cells that change or close; they keep their cell."))
    if report.queue_inside:
        print(_say(spoken, f"“位置待定”里有 {report.queue_inside} 件落进了网格，请社区认领。",
                   f"{report.queue_inside} cases without a cell now lie in one; their community settles them."))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FolderAbsent(folder=str(path.parent)) from error


def _say(spoken: str, zh: str, en: str) -> str:
    return Label(zh, en).say(spoken)


COMMANDS = {"grid": Command(_run, _arguments)}
