"""``gridmediate grid gazetteer``: a file of place names looked at, and taken over."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from gridmediate.cli.command import DONE, REFUSED, home_in_use
from gridmediate.domain.geo_problems import FileAbsent
from gridmediate.domain.problems import Faults
from gridmediate.domain.vocabulary import Label
from gridmediate.services.gazetteer_files import read_places
from gridmediate.services.gazetteer_import import PlacesReport, import_places, plan_places
from gridmediate.store.schema import prepare

_SHOWN = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``FILE [--apply]``."""
    parser.add_argument("file", type=Path, help="an .xlsx made from the template, or a .csv with its header")
    parser.add_argument("--apply", action="store_true", help="take it over; without it only what would change is said")
    parser.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")


def run(options: Namespace, spoken: str) -> int:
    """Check the file against the home, and take it over if told to."""
    if not options.file.is_file():
        raise FileAbsent(file=str(options.file))
    sheet, now = read_places(options.file, options.file.name), datetime.now(UTC)
    with home_in_use() as store:
        prepare(store)
        try:
            # One transaction: interrupted, it leaves the book as it was.
            with store.writing() as session:
                report = (import_places if options.apply else plan_places)(session, sheet, None, now)
        except Faults as faults:
            for each in faults.problems:
                print(each.say(spoken))
            return REFUSED
    _print(report, spoken)
    return DONE


def _print(report: PlacesReport, spoken: str) -> None:
    for heading, places in ((Label("新增", "added"), report.added), (Label("停用", "ended"), report.ended),
                            (Label("变动", "changed"), tuple(each.place for each in report.changed))):
        more = "" if len(places) <= _SHOWN else " …"
        print(f"{heading.say(spoken)}\t{len(places)}\t{('、' if spoken == 'zh' else ', ').join(places[:_SHOWN])}{more}")
    print(Label(f"不变\t{report.unchanged}", f"unchanged\t{report.unchanged}").say(spoken))
