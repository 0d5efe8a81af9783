"""What became of a file of cases: every row in exactly one class."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from gridmediate.domain.placing import Placed
from gridmediate.domain.vocabulary import Label
from gridmediate.services.case_files import Refusal

#: The classes of rows that became cases, in the order of a report.
CREATED = (Placed.INSIDE, Placed.OVERLAP, Placed.EDGE, Placed.OUTSIDE, Placed.NONE)
CLASS_WORDS: dict[str, Label] = {
    Placed.INSIDE: Label("在一个格内", "in one cell"),
    Placed.OVERLAP: Label("在重叠处（按规则归编码小的）", "in an overlap (by rule the smaller code)"),
    Placed.EDGE: Label("在交界线上（按规则归编码小的）", "on a border (by rule the smaller code)"),
    Placed.OUTSIDE: Label("不在任何格内（进“位置待定”）", "in no cell (queue of open places)"),
    Placed.NONE: Label("没有坐标（进“位置待定”）", "without position (queue of open places)"),
    "already": Label("早已导入", "there already"),
    "refused": Label("没有收", "refused"),
}


@dataclass(frozen=True)
class CaseImportReport:
    """What became of the rows of a file.

    Parameters
    ----------
    file : str
    rows : int
        Of the file.
    placed : Counter of Placed
        Rows that became cases, by how they lie to the cells.
    already : int
        Rows whose number was imported before; nothing about them is changed.
    refused : tuple of Refusal
    overlaps : Counter of str
        ``"44 73 → 44"``: the codes that share a point and the one that got it, edges included.
    ended : Counter of str
        Rows that became cases, by the word their status was mapped to.
    changed : int
        Of those there already: how many say something else now than when they were imported.
    closed_at_filing : int
        Closed before they were filed; recorded as closed at their filing.
    held_back : int
        Under way by the file, but without a cell or outside mediation: recorded as filed, for a person to decide.
    queue_open, queue_closed : int
        Cases without a cell that are still open, and that are done.
    departments : tuple of str
        Codes of departments made for this file.
    addresses : Counter of str
        Rows with an address and no position, by what the gazetteer says of it: "one" place that fits exactly, "some" to choose
        from, "none". None of them is placed by it; empty where the gazetteer is.
    """

    file: str
    rows: int
    placed: Counter[Placed] = field(default_factory=Counter)
    already: int = 0
    refused: tuple[Refusal, ...] = ()
    overlaps: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    closed_at_filing: int = 0
    held_back: int = 0
    queue_open: int = 0
    queue_closed: int = 0
    departments: tuple[str, ...] = ()
    addresses: Counter[str] = field(default_factory=Counter)

    @property
    def created(self) -> int:
        """How many cases were made."""
        return self.placed.total()

    @property
    def adds_up(self) -> bool:
        """Whether every row of the file is in exactly one class."""
        return self.created + self.already + len(self.refused) == self.rows

    def classes(self) -> dict[str, int]:
        """Return the rows of each class; they add up to the rows of the file."""
        return {**{how.value: self.placed[how] for how in CREATED}, "already": self.already, "refused": len(self.refused)}

    def __add__(self, other: CaseImportReport) -> CaseImportReport:
        """Join the reports of two parts of one file."""
        joined = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self) if each.name != "file"}
        return CaseImportReport(self.file, **joined)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values; a refused row says why in both languages."""
        return {
            "file": self.file, "rows": self.rows, "created": self.created, "classes": self.classes(), "adds_up": self.adds_up,
            "statuses": dict(self.ended), "overlaps": dict(self.overlaps), "changed_in_source": self.changed,
            "closed_at_filing": self.closed_at_filing, "held_back_as_filed": self.held_back,
            "queue": {"open": self.queue_open, "closed": self.queue_closed}, "departments_made": list(self.departments),
            "gazetteer": dict(self.addresses),
            "refused": [
                {"line": each.line, "number": each.number, "code": each.problem.code, "zh": each.problem.say("zh"),
                 "en": each.problem.say("en")} for each in self.refused
            ],
        }
