"""Finding the command that was asked for, and its exit code.

Only the module of that command is imported: ``serve`` must answer within a second and a half, and the geometry libraries that
other commands need take most of a second to load.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from gridmediate import __version__
from gridmediate.cli.command import MISUSED, REFUSED, Command, language_in_use, say
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label

#: Command → the module of this package that holds it, and what it does.
COMMANDS: dict[str, tuple[str, Label]] = {
    "serve": ("serve", Label("启动服务", "serve the pages")),
    "demo": ("demo", Label("建立演示街道", "build the demonstration street")),
    "grid": ("grid", Label("检查、导入网格", "check and import cells")),
    "staff": ("staff", Label("导入人员与名册", "import staff and rosters")),
    "case": ("cases", Label("导入案件", "import cases")),
    "locate": ("locate", Label("给一批点找网格（不用数据库）", "find the cells of many points (needs no database)")),
    "sweep": ("sweep", Label("提醒快到期、已超期的事", "tell of what is due soon or overdue")),
    "notify": ("notify", Label("发出到时的通知", "send the notices that are due")),
    "paper": ("paper", Label("文书模板：列字段、复制、检查", "templates of papers: list the fields, copy, check")),
    "audit": ("audit", Label("核验行为记录", "verify the record of acts")),
    "certificate": ("certificate", Label("本机 https 证书，手机怎么信任它", "certificate of this machine for https")),
    "workflow": ("workflow", Label("打印流程表", "print the workflow table")),
    "routes": ("workflow", Label("列出所有地址和权限", "list every route and its permission")),
    "settings": ("workflow", Label("列出所有设置", "list every setting")),
}
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = next((each for each in given if not each.startswith("-")), "")
    command = _command(name)
    parser = _parser()
    if command is None:
        parser.parse_args(given or ["--help"])  # exits: help and version are answered, anything else is misuse
        return MISUSED
    own = ArgumentParser(prog=f"gridmediate {name}", description=COMMANDS[name][1].say(language_in_use()))
    command.arguments(own)
    options = own.parse_args(given[given.index(name) + 1:])
    try:
        return command.run(options) or 0
    except Problem as problem:
        say(problem)
        return REFUSED
    except KeyboardInterrupt:
        return _INTERRUPTED


def _command(name: str) -> Command | None:
    if name not in COMMANDS or not _exists(name):
        return None
    commands: dict[str, Command] = import_module(f"gridmediate.cli.{COMMANDS[name][0]}").COMMANDS
    return commands.get(name)


def _exists(name: str) -> bool:
    return find_spec(f"gridmediate.cli.{COMMANDS[name][0]}") is not None


def _parser() -> ArgumentParser:
    rows = [f"  {name:<10}{words.say(language_in_use())}" for name, (_, words) in COMMANDS.items() if _exists(name)]
    parser = ArgumentParser(
        prog="gridmediate", formatter_class=RawDescriptionHelpFormatter, usage="gridmediate COMMAND [OPTIONS]",
        epilog="\n".join(rows) + "\n\ngridmediate COMMAND --help",
    )
    parser.add_argument("command", choices=[name for name in COMMANDS if _exists(name)], metavar="COMMAND")
    parser.add_argument("--version", action="version", version=__version__)
    return parser
