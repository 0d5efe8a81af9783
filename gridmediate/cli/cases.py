"""``gridmediate case import``: take over a foreign file of cases by a mapping, and account for every row."""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from gridmediate.cli.command import DONE, REFUSED, Command, home_in_use, language_in_use
from gridmediate.domain.geo_problems import FileAbsent, TextUnreadable
from gridmediate.domain.import_map import ImportMap
from gridmediate.domain.import_toml import read_map
from gridmediate.domain.vocabulary import Label
from gridmediate.services.case_files import CaseFile, read_case_file
from gridmediate.services.case_import import import_cases
from gridmediate.services.case_reports import CLASS_WORDS, CaseImportReport
from gridmediate.store.engine import Store
from gridmediate.store.schema import prepare

_READ, _WRITE = Label("读文件", "read"), Label("写入", "write")
_ROWS, _SUM = Label("行", "rows"), Label("合计", "all rows of the file")
_LINES_SHOWN = 12


def _arguments(parser: ArgumentParser) -> None:
    """Take ``import FILE --map MAP``."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="import")
    said = "Import a CSV of cases. Importing a file again adds only what is new in it."
    own = acts.add_parser("import", help="import a CSV of cases", description=said)
    own.add_argument("file", type=Path, metavar="FILE.csv", help="with a header; UTF-8, UTF-16 or GBK")
    own.add_argument("--map", type=Path, required=True, metavar="MAP.toml", help="which column says what (data/grids/examples/)")
    own.add_argument(
        "--lot", type=_count, metavar="ROWS", help="commit after so many rows and let others write in between; by default the "
        "whole file is one transaction. Either way an interrupted import is finished by repeating it",
    )
    own.add_argument("--json", action="store_true", help="print the report as JSON")
    own.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a number of rows, from 1")
    return int(text)


def _case(options: Namespace) -> int:
    tongue = options.lang or language_in_use()
    mapping = read_map(_text(options.map))
    with home_in_use() as store:
        prepare(store)
        report = _import(store, options.file, mapping, options.lot, tongue)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        _print(report, tongue)
    _print_refused(report, tongue)
    return REFUSED if report.refused else DONE


def _text(path: Path) -> str:
    if not path.is_file():
        raise FileAbsent(file=path.name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextUnreadable(file=path.name) from error


def _import(store: Store, path: Path, mapping: ImportMap, lot: int | None, tongue: str) -> CaseImportReport:
    now = datetime.now(UTC)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        reading = bar.add_task(_READ.say(tongue), total=None)
        source = read_case_file(path, mapping, now, lambda done, total: bar.update(reading, completed=done, total=total))
        bar.update(reading, completed=len(source), total=len(source))
        writing = bar.add_task(_WRITE.say(tongue), total=len(source.rows))
        parts: list[CaseImportReport] = []
        # What is loaded by now stays; looking through all of it again and again for garbage costs a third of the time.
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        try:
            for part in source.in_lots(lot or max(1, len(source.rows))):
                parts.append(_take(store, part, mapping, now, bar, writing))
        except KeyboardInterrupt:
            _print_interrupted(parts, tongue)
            raise
        return sum(parts[1:], start=parts[0])


def _take(store: Store, part: CaseFile, mapping: ImportMap, now: datetime, bar: Progress, writing: TaskID) -> CaseImportReport:
    before = bar.tasks[writing].completed
    with store.writing() as session:
        report = import_cases(
            session, part, mapping, None, now, lambda done, _total: bar.update(writing, completed=before + done))
    bar.update(writing, completed=before + len(part.rows))
    return report


def _print_interrupted(parts: list[CaseImportReport], tongue: str) -> None:
    created = sum(each.created for each in parts)
    print(Label(
        f"已中断：写入了 {created} 件，每件都是完整的。同一条命令再运行一次，就接着导入其余的。",
        f"Interrupted: {created} cases are in, each of them whole. Run the same command again to import the rest.",
    ).say(tongue), file=sys.stderr)


def _print(report: CaseImportReport, tongue: str) -> None:
    table = Table(title=report.file)
    table.add_column("")
    table.add_column(_ROWS.say(tongue), justify="right")
    for name, count in report.classes().items():
        table.add_row(CLASS_WORDS[name].say(tongue), str(count))
    table.add_section()
    table.add_row(_SUM.say(tongue), str(report.rows))
    console = Console()
    console.print(table)
    for count, words in _remarks(report):
        if count:
            console.print(words.say(tongue), highlight=False, markup=False, soft_wrap=True)


def _remarks(report: CaseImportReport) -> list[tuple[int, Label]]:
    shared = ", ".join(f"{codes} ({count})" for codes, count in sorted(report.overlaps.items()))
    in_queue = report.queue_open + report.queue_closed
    return [
        (len(shared), Label(f"同在几格内的点：{shared}", f"Points that several cells share: {shared}")),
        (in_queue, Label(
            f"“位置待定”里：在办 {report.queue_open} 件，已办结 {report.queue_closed} 件（“办结”列表里按“位置待定”筛选）",
            f"In the queue of open places: {report.queue_open} open, {report.queue_closed} done (list of closed cases, filter "
            "“place open”)",
        )),
        (report.addresses.total(), Label(
            f"只有地址的行里，地名库对得准 {report.addresses['one']} 件，有几处可选 {report.addresses['some']} 件，"
            f"对不上 {report.addresses['none']} 件；都没有替人定格，“位置待定”里会给线索",
            f"Of the rows with an address only, the gazetteer knows {report.addresses['one']} exactly, has several places for "
            f"{report.addresses['some']} and none for {report.addresses['none']}; it placed none, the queue shows the hints",
        )),
        (report.held_back, Label(
            f"{report.held_back} 件来源里在办，但没有网格或不属调解范围，按“上报”登记",
            f"{report.held_back} under way in the source lack a cell or are no matter for mediation; recorded as filed")),
        (report.closed_at_filing, Label(
            f"{report.closed_at_filing} 件的办结早于上报，按上报时办结登记",
            f"{report.closed_at_filing} were closed before they were filed; recorded as closed at filing")),
        (report.changed, Label(
            f"早已导入的行里有 {report.changed} 行内容与当时不同，没有改动原案",
            f"{report.changed} of the rows there already say something else now; their cases were left as they are")),
        (len(report.departments), Label(
            f"新建部门：{'、'.join(report.departments)}", f"Departments made: {', '.join(report.departments)}")),
    ]


def _print_refused(report: CaseImportReport, tongue: str) -> None:
    """Print on stderr why rows were refused: one sentence a reason, with the lines."""
    by_reason = sorted(report.refused, key=lambda each: (each.problem.code, each.line))
    for _, group in groupby(by_reason, key=lambda each: each.problem.code):
        same = list(group)
        lines = ", ".join(str(each.line) for each in same[:_LINES_SHOWN]) + (" …" if len(same) > _LINES_SHOWN else "")
        said = same[0].problem.say(tongue)
        told = Label(f"没有收 {len(same)} 行（第 {lines} 行）：{said}", f"Refused {len(same)} rows (lines {lines}): {said}")
        print(told.say(tongue), file=sys.stderr)


COMMANDS = {"case": Command(_case, _arguments)}
