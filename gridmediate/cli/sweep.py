"""``gridmediate sweep``: climb what has come of the ladder of clocks, once."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from gridmediate.cli.command import DONE, Command, home_in_use, language_in_use
from gridmediate.domain.acts import act_label
from gridmediate.domain.vocabulary import Label
from gridmediate.services.sweep import Swept, sweep

_NOTHING = Label("没有新到期的事。", "Nothing new is due.")
_DONE = Label("已提醒 {count} 件案子。", "Cases told of: {count}.")
_FAILED = Label("{count} 件案子出错，没有提醒，原因见日志。", "Cases not told of because of a fault; see the log: {count}.")
_WHAT, _HOW_MANY = Label("事项", "what"), Label("次数", "count")


def _sweep(_options: Namespace) -> int:
    spoken = language_in_use()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with home_in_use() as store, Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(Label("巡查", "Sweeping").say(spoken), total=None)
        found = sweep(store, datetime.now(UTC), on_progress=lambda done, of: progress.update(task, completed=done, total=of))
    _print(found, spoken)
    return DONE


def _print(found: Swept, spoken: str) -> None:
    if found.failed:
        print(_FAILED.say(spoken).format(count=found.failed), file=sys.stderr)
    if not found.cases:
        print(_NOTHING.say(spoken))
        return
    print(_DONE.say(spoken).format(count=found.cases))
    table = Table(box=None, pad_edge=False)
    table.add_column(_WHAT.say(spoken))
    table.add_column(_HOW_MANY.say(spoken), justify="right")
    for act, count in sorted(found.acts.items()):
        table.add_row(act_label(act).say(spoken), str(count))
    Console().print(table)


COMMANDS = {"sweep": Command(_sweep)}
