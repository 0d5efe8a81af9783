"""The command line: each command reads its arguments, calls one service and prints.

A module of this package holds the commands of one subject in ``COMMANDS``, name → :class:`~gridmediate.cli.command.Command`.
Exit codes: 0 done, 1 refused with the problem's sentence on stderr, 2 misuse.
"""

from gridmediate.cli.main import main

__all__ = ["main"]
