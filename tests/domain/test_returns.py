"""The two returns: totals are the sum of their rows, what is not held stays blank, later changes are corrections."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from gridmediate.domain.categories import CATEGORIES, HEADS, JUSTICE_CLASSES, t1_of
from gridmediate.domain.returns import (
    COLUMNS,
    Axis,
    Ending,
    ReturnCase,
    ReturnKind,
    changes,
    corrections,
    make_return,
)
from gridmediate.domain.vocabulary import Label, Source

_NAMES = {"c1": Label("一社区", "Community 1"), "c2": Label("二社区", "Community 2"), "c3": Label("三社区", "Community 3")}
_TOTAL = Label("合计", "Total")


def some_cases(count: int = 300) -> list[ReturnCase]:
    random = Random(7)
    found = []
    for at in range(count):
        t2_code, accepted = random.choice(list(CATEGORIES)), random.random() < 0.8
        mediated = accepted and random.random() < 0.8
        form = random.choice(["oral", "written", ""]) if mediated else ""
        ending = Ending.SETTLED if form else random.choice([Ending.OPEN, Ending.ENDED])
        found.append(ReturnCase(f"L-2026-{at:04d}", t1_of(t2_code), t2_code, random.choice(["c1", "c2", ""]), "", "",
                                random.choice(list(Source)).value, ending.value, accepted, mediated, form, bool(form),
                                random.randrange(100_000), random.randrange(5)))
    return found


def test_every_total_is_the_sum_of_its_rows_and_the_same_on_every_axis() -> None:
    cases = some_cases()
    for kind in ReturnKind:
        totals = set()
        for axis in Axis:
            table = make_return(kind, axis, cases, _NAMES if axis is Axis.COMMUNITY else {})
            whole = [row for row in table.rows if not row.is_part]
            for at, column in enumerate(table.columns):
                assert table.total[at] == (None if column.value is None else sum(row.values[at] or 0 for row in whole))
            totals.add(table.total)
        assert len(totals) == 1


def test_parts_make_up_their_whole() -> None:
    cases = some_cases()
    justice = dict(zip((each.code for each in COLUMNS[ReturnKind.JUSTICE]), make_return(
        ReturnKind.JUSTICE, Axis.CLASS, cases, {}).total, strict=True))
    sources = ("own", "applied", "court", "police", "petition", "imported")
    assert sum(justice[each] or 0 for each in sources) == justice["accepted"] == sum(case.accepted for case in cases)
    assert (justice["oral"] or 0) + (justice["written"] or 0) == justice["succeeded"]
    table = make_return(ReturnKind.POLITICAL, Axis.CLASS, cases, {})
    political = dict(zip((each.code for each in table.columns), table.total, strict=True))
    assert sum(political[each] or 0 for each in ("settled", "ended", "open")) == political["filed"] == len(cases)
    for head in HEADS.values():
        row = next(each for each in table.rows if each.key == head.code)
        parts = [each for each in table.rows if each.is_part and each.key[:2] == head.code]
        assert not parts or all(value is None or value == sum(part.values[at] or 0 for part in parts)
                                for at, value in enumerate(row.values))


def test_the_rows_are_the_lists_whole() -> None:
    assert [row.key for row in make_return(ReturnKind.JUSTICE, Axis.CLASS, [], {}).rows] == list(JUSTICE_CLASSES)
    political = make_return(ReturnKind.POLITICAL, Axis.CLASS, [], {}).rows
    assert {row.key for row in political if not row.is_part} == set(HEADS)
    assert {row.key for row in political} == set(HEADS) | set(CATEGORIES)
    places = make_return(ReturnKind.JUSTICE, Axis.COMMUNITY, some_cases(), _NAMES).rows
    assert [row.label.zh for row in places] == ["一社区", "二社区", "三社区", "社区待定"]


def test_what_the_records_do_not_hold_is_blank_and_not_zero() -> None:
    table = make_return(ReturnKind.JUSTICE, Axis.CLASS, some_cases(), {})
    at = [each.code for each in table.columns].index("no_crime")
    assert table.total[at] is None and all(row.values[at] is None for row in table.rows)


def test_a_later_change_is_a_correction_beside_the_frozen_figure() -> None:
    case = ReturnCase("L-1", "02", "0201", "c1", "", "", Source.PARTY.value, Ending.OPEN.value, accepted=True, people=2)
    closed = replace(case, ending=Ending.SETTLED.value, mediated=True, agreement="oral")
    late = replace(case, case_no="L-2", community="c9")
    found = changes([case], [closed, late])
    assert [(each.case_no, each.was, each.now) for each in found] == [("L-1", case, closed), ("L-2", None, late)]
    was, now = (make_return(ReturnKind.POLITICAL, Axis.COMMUNITY, each, _NAMES) for each in ([case], [closed, late]))
    told = {(each.row.zh, each.column.code): (each.frozen, each.now, each.difference) for each in corrections(was, now, _TOTAL)}
    assert told["合计", "filed"] == (1, 2, 1)
    assert told["一社区", "settled"] == (0, 1, 1) and told["一社区", "open"] == (1, 0, -1)
    assert told["c9", "filed"] == (0, 1, 1)
    assert changes([case], [case]) == [] and corrections(was, was, _TOTAL) == []
    assert ReturnCase.from_json(closed.as_json()) == closed
