"""Reading a foreign file of cases by its mapping: all that stands against the file as a whole at once, then row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridmediate.domain.geo_problems import HeaderMissing
from gridmediate.domain.import_map import ImportMap, SourceRow, read_row
from gridmediate.domain.import_problems import ColumnsAbsent, NumberRepeats, ValuesUnmapped
from gridmediate.domain.problems import Faults, Problem
from gridmediate.geo.tables import Dialect, dialect_of, rows_of

#: Called with the rows done and about how many there are.
Progress = Callable[[int, int], None]

_STEP = 1000
_VALUES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken, and why."""

    line: int
    number: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of cases, read.

    Parameters
    ----------
    name : str
    rows : tuple of SourceRow
        In the order of their filing, so that case numbers follow it.
    refused : tuple of Refusal
        By line.
    """

    name: str
    rows: tuple[SourceRow, ...]
    refused: tuple[Refusal, ...] = ()

    def __len__(self) -> int:
        return len(self.rows) + len(self.refused)

    def in_lots(self, size: int) -> Iterator[CaseFile]:
        """Yield the file in parts of at most *size* rows; what was refused comes with the first."""
        for start in range(0, max(1, len(self.rows)), size):
            yield CaseFile(self.name, self.rows[start:start + size], () if start else self.refused)


def read_case_file(path: str | Path, mapping: ImportMap, now: datetime, on_progress: Progress | None = None) -> CaseFile:
    """Read a CSV of cases.

    Parameters
    ----------
    path : str or Path
        With a header; UTF-8, UTF-16 or GBK; parted by commas, semicolons or tabs.
    mapping : ImportMap
    now : datetime
        What is dated later is refused.
    on_progress : callable, optional

    Raises
    ------
    FileAbsent, TextUnreadable, HeaderMissing, RowTooLong, FileBroken
    Faults
        Columns that are not there, and values that are not mapped, with their counts.
    """
    path = Path(path)
    dialect = dialect_of(path)
    _check_values(path, dialect, mapping)
    rows: list[SourceRow] = []
    refused: list[Refusal] = []
    seen: dict[str, int] = {}
    for done, (line, row) in enumerate(_named_rows(path, dialect, mapping), 1):
        try:
            read = read_row(mapping, row, line, now)
            first = seen.setdefault(read.number, line)
            if first != line:
                raise NumberRepeats(number=read.number, line=first)
            rows.append(read)
        except Problem as problem:
            refused.append(Refusal(line, row[mapping.number].strip(), problem))
        if on_progress is not None and done % _STEP == 0:
            on_progress(done, max(done, dialect.lines))
    rows.sort(key=lambda each: (each.filed_at, each.line))
    return CaseFile(path.name, tuple(rows), tuple(refused))


def _check_values(path: Path, dialect: Dialect, mapping: ImportMap) -> None:
    unmapped = {choice.key: Counter[str]() for choice in mapping.choices}
    for _, row in _named_rows(path, dialect, mapping):
        for choice in mapping.choices:
            value = row[choice.column].strip()
            if choice.of(value) is None:
                unmapped[choice.key][value] += 1
    faults: list[Problem] = []
    for choice in mapping.choices:
        if found := unmapped[choice.key]:
            values = [f"{value or '—'} ({count})" for value, count in found.most_common(_VALUES_SHOWN)]
            values += ["…"] if len(found) > _VALUES_SHOWN else []
            faults.append(ValuesUnmapped(key=choice.key, column=choice.column, values=values))
    if faults:
        raise Faults(faults)


def _named_rows(path: Path, dialect: Dialect, mapping: ImportMap) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's line and the columns that the mapping reads."""
    with path.open(encoding=dialect.encoding, newline="") as opened:
        rows = rows_of(opened, dialect, path.name)
        _, header = next(rows, (0, []))
        if not header:
            raise HeaderMissing(file=path.name)
        columns = [each.strip() for each in header]
        missing = [f"{column} ({key})" for column, key in mapping.columns.items() if column not in columns]
        if missing:
            raise Faults([ColumnsAbsent(file=path.name, missing=missing, columns=columns)])
        at = [(column, columns.index(column)) for column in mapping.columns]
        for line, row in rows:
            yield line, {column: row[index] for column, index in at}
