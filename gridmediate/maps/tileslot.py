"""The slot for a base map file: which file of the folder is in force now, and what is wrong with the others."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from gridmediate.domain.problems import Problem
from gridmediate.maps.tilefiles import ENDINGS, TileFile, open_tile_file


@dataclass(frozen=True, slots=True)
class Slot:
    """What the folder gives.

    Parameters
    ----------
    file : TileFile or None
        The first file, by name, that can be read.
    problems : tuple of Problem
        One for each file before it that cannot.
    unused : tuple of str
        Names of the files after it.
    """

    file: TileFile | None
    problems: tuple[Problem, ...]
    unused: tuple[str, ...]


class TileFolder:
    """The folder that base map files are dropped into, looked at anew when something in it changes.

    Parameters
    ----------
    folder : Path
        May be absent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._slot = Slot(None, (), ())

    def slot(self) -> Slot:
        """Return what is in force; no restart is needed after a file was put in, replaced or taken away."""
        seen = self._look()
        if seen != self._seen:
            with self._lock:
                if seen != self._seen:
                    self._slot, self._seen = self._open([name for name, _, _ in seen]), seen
        return self._slot

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        try:
            with os.scandir(self.folder) as entries:
                found = [(entry.name, entry.stat()) for entry in entries if entry.name.lower().endswith(ENDINGS)
                         and not entry.name.startswith(".")]
        except OSError:  # no such folder, or a file that went away while we looked
            return ()
        return tuple(sorted((name, status.st_size, status.st_mtime_ns) for name, status in found))

    def _open(self, names: list[str]) -> Slot:
        problems: list[Problem] = []
        for at, name in enumerate(names):
            try:
                return Slot(open_tile_file(self.folder / name), tuple(problems), tuple(names[at + 1:]))
            except Problem as problem:
                problems.append(problem)
        return Slot(None, tuple(problems), ())
