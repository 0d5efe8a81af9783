"""``gridmediate locate``: write the rows of a CSV with the cell of each. No database is opened."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gridmediate.cli.command import Command, language_in_use
from gridmediate.domain.vocabulary import label
from gridmediate.geo.locate_file import locate_file


def _arguments(parser: ArgumentParser) -> None:
    """Take the cells, the points, where their coordinates stand, and where to write."""
    parser.add_argument("cells", type=Path, metavar="CELLS", help="GeoJSON, GeoPackage or zipped Shapefile")
    parser.add_argument("points", type=Path, metavar="POINTS.csv", help="with a header; UTF-8, UTF-16 or GBK")
    parser.add_argument("--lon", required=True, metavar="COL", help="column of the longitude, WGS 84")
    parser.add_argument("--lat", required=True, metavar="COL", help="column of the latitude, WGS 84")
    parser.add_argument("--code", metavar="FIELD", help="field of CELLS with the cell codes; looked for if not given")
    parser.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv",
                        help="the rows with cell_code, located and candidates; written whole or not at all")


def _locate(options: Namespace) -> None:
    tongue = options.lang or language_in_use()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(options.points.name, total=None)
        report = locate_file(
            options.cells, options.points, options.output, lon=options.lon, lat=options.lat, code=options.code,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    said = ", ".join(f"{label(how).say(tongue)} {count}" for how, count in report.counts.items())
    print(f"{options.output}: {report.rows} ({said})", file=sys.stderr)


COMMANDS = {"locate": Command(_locate, _arguments)}
