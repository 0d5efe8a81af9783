"""The two monthly returns: the justice system's eighteen classes, the political-legal list's heads and sub-codes.

A return is a list of cases as plain values and some sums over them, so that every total is the sum of its rows, and a frozen
return can say later which cases have changed. What the records do not hold is a column that says so and stays blank.

Notes
-----
Cases count by the day of filing, as the indicators of success and resolution do, whose numbers the totals equal. Dimensions of
the justice return: as printed by two independent mediation systems; the ministry's forms of December 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from enum import StrEnum
from typing import Any

from gridmediate.domain.categories import CATEGORIES, HEADS, JUSTICE_CLASSES
from gridmediate.domain.vocabulary import Label, Source, add_labels


class ReturnKind(StrEnum):
    """Which return."""

    JUSTICE = "justice"
    POLITICAL = "political"


class Axis(StrEnum):
    """What its rows are."""

    CLASS = "class"
    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"
    DEPARTMENT = "department"


class Ending(StrEnum):
    """How a case stands for a return."""

    OPEN = "open"
    SETTLED = "settled"
    ENDED = "ended"


add_labels({ReturnKind.JUSTICE: ("人民调解统计（司法行政）", "People's mediation (justice system)"),
            ReturnKind.POLITICAL: ("矛盾纠纷统计（综治）", "Disputes (political-legal)")})
add_labels({Axis.CLASS: ("按类别", "By class"), Axis.STREET: ("按街道", "By street"), Axis.COMMUNITY: ("按社区", "By community"),
            Axis.CELL: ("按网格", "By cell"), Axis.DEPARTMENT: ("按主办部门", "By lead department")})


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """A case filed in the period, as a return counts it; codes and numbers only.

    Parameters
    ----------
    case_no, t1_code, t2_code : str
    community, cell, department : str
        Codes; "" where there is none. The department is the one that leads.
    source : str
        Value of :class:`~gridmediate.domain.vocabulary.Source`.
    ending : str
        Value of :class:`Ending`.
    accepted, mediated : bool
    agreement : str
        ``oral`` or ``written`` where an agreement stands, else "".
    performed : bool
        The agreement stands, nothing of it is left to do, and the case is closed.
    money_fen : int
        Sums of the clauses of standing agreements.
    people : int
        Parties on record.
    street : str
        Code; only where returns of several streets are put together. A return of one street does not keep it.
    """

    case_no: str
    t1_code: str
    t2_code: str
    community: str
    cell: str
    department: str
    source: str
    ending: str
    accepted: bool = False
    mediated: bool = False
    agreement: str = ""
    performed: bool = False
    money_fen: int = 0
    people: int = 0
    street: str = field(default="", compare=False)

    def as_json(self) -> list[Any]:
        """Return what a frozen return keeps of it, the number first."""
        return list(astuple(self)[:-1])

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> ReturnCase:
        """Read back what :meth:`as_json` gave."""
        return cls(*stored)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what is added up over the cases of a row, or None for what the records do not hold."""

    code: str
    label: Label
    value: Callable[[ReturnCase], int] | None = None
    is_money: bool = False


NOT_HELD = Label("本系统没有记录，请填报人另填", "Not held in this system; to be filled in by the author")


def _from(source: Source) -> Callable[[ReturnCase], int]:
    return lambda case: int(case.accepted and case.source == source.value)


_JUSTICE = (
    Column("accepted", Label("受理", "Accepted"), lambda case: int(case.accepted)),
    Column("mediated", Label("调解", "Mediated"), lambda case: int(case.mediated)),
    Column("succeeded", Label("调解成功", "Succeeded"), lambda case: int(bool(case.agreement))),
    Column("own", Label("主动调解", "On own motion"), _from(Source.WORKER)),
    Column("applied", Label("依申请", "Applied for"), _from(Source.PARTY)),
    Column("court", Label("法院委托", "From the court"), _from(Source.COURT)),
    Column("procuratorate", Label("检察院委托", "From the procuratorate")),
    Column("police", Label("公安移送", "From the police"), _from(Source.POLICE)),
    Column("petition", Label("信访转来", "From petitions"), _from(Source.PETITION)),
    Column("imported", Label("导入（来源未记）", "Imported, source not stated"), _from(Source.IMPORT)),
    Column("oral", Label("口头协议", "Oral agreements"), lambda case: int(case.agreement == "oral")),
    Column("written", Label("书面协议", "Written agreements"), lambda case: int(case.agreement == "written")),
    Column("money", Label("协议金额（元）", "Sum agreed (yuan)"), lambda case: case.money_fen if case.agreement else 0,
           is_money=True),
    Column("people", Label("登记的当事人", "Parties on record"), lambda case: case.people if case.accepted else 0),
    Column("performed", Label("履行", "Performed"), lambda case: int(case.performed)),
    Column("no_crime", Label("防止民转刑（件）", "Crimes prevented")),
    Column("no_crime_people", Label("防止民转刑（人）", "Crimes prevented, people")),
    Column("no_petition", Label("防止群体性上访（件）", "Group petitions prevented")),
    Column("no_petition_people", Label("防止群体性上访（人）", "Group petitions prevented, people")),
    Column("village", Label("村调委会", "Village committee")), Column("residents", Label("居调委会", "Residents' committee")),
    Column("township", Label("乡镇调委会", "Township committee")), Column("street", Label("街道调委会", "Street committee")),
    Column("enterprise", Label("企事业调委会", "Committee of an enterprise")),
    Column("association", Label("社会团体等调委会", "Committee of an association")),
)
_POLITICAL = (
    Column("filed", Label("上报", "Filed"), lambda _: 1),
    Column("accepted", Label("受理", "Accepted"), lambda case: int(case.accepted)),
    Column("settled", Label("化解", "Settled"), lambda case: int(case.ending == Ending.SETTLED)),
    Column("ended", Label("依法终结", "Ended lawfully"), lambda case: int(case.ending == Ending.ENDED)),
    Column("open", Label("未结", "Open"), lambda case: int(case.ending == Ending.OPEN)),
    Column("agreements", Label("达成协议", "Agreements"), lambda case: int(bool(case.agreement))),
    Column("performed", Label("履行", "Performed"), lambda case: int(case.performed)),
    Column("people", Label("登记的当事人", "Parties on record"), lambda case: case.people),
    Column("turned_criminal", Label("民转刑", "Turned criminal")),
)
COLUMNS: Mapping[ReturnKind, tuple[Column, ...]] = {ReturnKind.JUSTICE: _JUSTICE, ReturnKind.POLITICAL: _POLITICAL}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a return; *values* by the order of the columns, None for what is not held. A part is inside the row above it."""

    key: str
    label: Label
    values: tuple[int | None, ...]
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class ReturnTable:
    """A return: its rows, and their sum."""

    kind: ReturnKind
    axis: Axis
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[int | None, ...]


#: Code → name, for the rows of an axis; places that have no case stand with zeros.
Names = Mapping[str, Label]
_NOWHERE: Mapping[Axis, Label] = {
    Axis.STREET: Label("街道待定", "Street not settled"),
    Axis.COMMUNITY: Label("社区待定", "Community not settled"), Axis.CELL: Label("位置待定", "Cell not settled"),
    Axis.DEPARTMENT: Label("没有派部门", "No department"), Axis.CLASS: Label("其他", "Other"),
}
_KEYS: Mapping[Axis, Callable[[ReturnCase], str]] = {
    Axis.STREET: lambda case: case.street, Axis.COMMUNITY: lambda case: case.community, Axis.CELL: lambda case: case.cell,
    Axis.DEPARTMENT: lambda case: case.department,
}


def make_return(kind: ReturnKind, axis: Axis, cases: Iterable[ReturnCase], names: Names) -> ReturnTable:
    """Add cases up.

    Parameters
    ----------
    names : mapping of str to Label
        Of the axis' places or offices; classes bring their own.
    """
    columns, listed = COLUMNS[kind], list(cases)
    if axis is Axis.CLASS:
        rows = _by_head(columns, listed) if kind is ReturnKind.POLITICAL else _grouped(
            columns, listed, lambda case: case.t1_code, {code: each.name for code, each in JUSTICE_CLASSES.items()}, axis)
    else:
        rows = _grouped(columns, listed, _KEYS[axis], names, axis)
    whole = [row.values for row in rows if not row.is_part]
    return ReturnTable(kind, axis, columns, tuple(rows), _summed(columns, whole))


def _grouped(columns: tuple[Column, ...], cases: list[ReturnCase], key: Callable[[ReturnCase], str], names: Names,
             axis: Axis) -> list[Row]:
    by_key: dict[str, list[ReturnCase]] = {code: [] for code in names}
    for case in cases:
        by_key.setdefault(key(case), []).append(case)
    # What a later edition of the grid no longer knows keeps its code for a name: a case without a row would be lost.
    return [Row(code, names.get(code) or (Label(code, code) if code else _NOWHERE[axis]), _values(columns, found))
            for code, found in by_key.items()]


def _by_head(columns: tuple[Column, ...], cases: list[ReturnCase]) -> list[Row]:
    rows: list[Row] = []
    for head in HEADS.values():
        inside = [case for case in cases if case.t2_code[:2] == head.code]
        rows.append(Row(head.code, head.name, _values(columns, inside)))
        rows += [Row(each.code, each.name, _values(columns, [case for case in inside if case.t2_code == each.code]), is_part=True)
                 for each in CATEGORIES.values() if each.head_code == head.code and each.code != head.code]
    return rows


def _values(columns: tuple[Column, ...], cases: Sequence[ReturnCase]) -> tuple[int | None, ...]:
    return tuple(None if column.value is None else sum(map(column.value, cases)) for column in columns)


def _summed(columns: tuple[Column, ...], rows: Sequence[tuple[int | None, ...]]) -> tuple[int | None, ...]:
    return tuple(None if column.value is None else sum(row[at] or 0 for row in rows) for at, column in enumerate(columns))


@dataclass(frozen=True, slots=True)
class Change:
    """A case that a frozen return counted otherwise than it would be counted now; None where it was not or is no longer in it."""

    case_no: str
    was: ReturnCase | None
    now: ReturnCase | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A frozen number beside what it would be now."""

    row: Label
    column: Column
    frozen: int
    now: int

    @property
    def difference(self) -> int:
        """Now less frozen."""
        return self.now - self.frozen


def changes(frozen: Iterable[ReturnCase], now: Iterable[ReturnCase]) -> list[Change]:
    """Return the cases that differ, by their numbers."""
    was, are = {case.case_no: case for case in frozen}, {case.case_no: case for case in now}
    return [Change(case_no, was.get(case_no), are.get(case_no)) for case_no in sorted(was.keys() | are.keys())
            if was.get(case_no) != are.get(case_no)]


def corrections(frozen: ReturnTable, now: ReturnTable, total: Label) -> list[Correction]:
    """Return every number that differs, the total's first; rows that only one of the two has count as zero in the other."""
    zero: tuple[int | None, ...] = tuple(0 for _ in frozen.columns)
    was, are = {row.key: row for row in frozen.rows}, {row.key: row for row in now.rows}
    pairs = [(total, frozen.total, now.total)]
    for key in dict.fromkeys((*was, *are)):
        rows = [found for found in (was.get(key), are.get(key)) if found]
        pairs.append((rows[0].label, was[key].values if key in was else zero, are[key].values if key in are else zero))
    return [Correction(label, column, before or 0, after or 0) for label, first, second in pairs
            for column, before, after in zip(frozen.columns, first, second, strict=True) if (before or 0) != (after or 0)]
