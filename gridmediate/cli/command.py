"""What every command has: the arguments it takes and what it does; and the home it works on."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gridmediate.domain.problems import Faults, Problem
from gridmediate.home import open_store
from gridmediate.settings import Settings
from gridmediate.store.engine import Store

DONE, REFUSED, MISUSED = 0, 1, 2


def no_arguments(parser: ArgumentParser) -> None:
    """Take no arguments."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Parameters
    ----------
    run : callable
        Takes the parsed arguments; returns an exit code, or None for 0. It raises problems and lets them pass.
    arguments : callable
        Adds to the command's parser.
    """

    run: Callable[[Namespace], int | None]
    arguments: Callable[[ArgumentParser], None] = no_arguments


def settings_in_use() -> Settings:
    """Return the settings of the environment.

    Raises
    ------
    SettingInvalid, SettingUnknown, Faults
    """
    return Settings.from_environment(os.environ)


@contextmanager
def home_in_use(settings: Settings | None = None, *, create: bool = False) -> Iterator[Store]:
    """Open the records of the home the settings name, and close them."""
    store = open_store(settings or settings_in_use(), create=create)
    try:
        yield store
    finally:
        store.close()


def language_in_use() -> str:
    """Return the language of the terminal."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


def say(problem: Problem) -> None:
    """Print a refusal, every fault on its own line, on stderr."""
    for each in problem.problems if isinstance(problem, Faults) else (problem,):
        print(each.say(language_in_use()), file=sys.stderr)
