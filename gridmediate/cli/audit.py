"""``gridmediate audit``: walk every chain of the record and compare with a line kept before; who took a file out of the house."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gridmediate.cli.command import DONE, Command, home_in_use, language_in_use
from gridmediate.domain.geo_problems import FileAbsent
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label
from gridmediate.services.auditing import Anchor, RecordBroken, Verification, entries_kept, note_verification, verify_record
from gridmediate.services.downloads import takers_of


class NotTaken(Problem):
    """No file of this number or hash was taken."""

    code = "audit.not-taken"
    kind = Kind.MISSING
    sentence = Label("记录里没有“{sought}”这份下载。请核对编号；文件若改动过，校验码就对不上。",
                     "The record has no download “{sought}”. Check the number; a file that was changed has another digest.")


def _arguments(parser: ArgumentParser) -> None:
    subjects = parser.add_subparsers(dest="what", required=True, metavar="verify|taken")
    verify = subjects.add_parser("verify", help="verify the record; exit code 1 when it does not hold")
    verify.add_argument("--kept", metavar="LINE", help="the line an earlier verification gave")
    verify.add_argument("--kept-file", type=Path, metavar="FILE", help="a file whose last line is that line")
    verify.add_argument("--only-read", action="store_true", help="do not write down that it was verified")
    taken = subjects.add_parser("taken", help="who took a file: by its number, its SHA-256, or the file itself")
    taken.add_argument("sought", metavar="NUMBER|SHA256|FILE")
    verify.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")


def _audit(options: Namespace) -> int:
    return _taken(options) if options.what == "taken" else _verify(options)


def _taken(options: Namespace) -> int:
    path = Path(options.sought)
    sought = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else options.sought
    with home_in_use() as store, store.writing() as session:
        found = takers_of(session, sought, datetime.now(UTC))
    for each in found:
        print(f"{each.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}", each.login, each.name, each.number, each.format, each.sha256,
              sep="\t")
    if not found:
        raise NotTaken(sought=options.sought)
    return DONE


def _verify(options: Namespace) -> int:
    spoken, now = options.lang or language_in_use(), datetime.now(UTC)
    line = options.kept or _last_line(options.kept_file)
    kept = Anchor.read(line) if line else None
    with home_in_use() as store:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with store.reading() as session, Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(Label("核对", "Verifying").say(spoken), total=entries_kept(session))
            found = verify_record(session, now, kept=kept, told=lambda count: progress.update(task, completed=count))
        if not options.only_read:
            with store.writing() as session:
                note_verification(session, found, None, now)
    _print(found, spoken)
    if not found.holds:
        raise RecordBroken(count=len(found.breaks) + (found.kept_holds is False))
    return DONE


def _last_line(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise FileAbsent(file=str(path)) from error
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _print(found: Verification, spoken: str) -> None:
    for each in found.breaks:
        print(f"{each.chain}\t{each.seq}\t{each.why}")
    if found.kept_holds is False:
        print(Label("与上次存下的一行对不上：那之前的记录有变。",
                    "The kept line does not agree: entries before it have changed.").say(spoken))
    if found.holds:
        print(Label(f"核对了 {found.entries} 条，记录完整。", f"{found.entries} entries read; the record holds.").say(spoken))
    print(Label("请把下面一行存到别处：", "Keep this line elsewhere:").say(spoken))
    print(found.anchor)


COMMANDS = {"audit": Command(_audit, _arguments)}
