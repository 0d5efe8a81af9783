"""The measures of cells and the masking of small counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.indicators import (
    BAR,
    MEASURES,
    OPEN,
    Alert,
    AlertRule,
    CellCounts,
    Measured,
    MeasureName,
    ReadCounts,
    Reason,
    Span,
    alert_level,
    class_of,
    class_sizes,
    measure,
    read_counts,
    street_total,
    worst_first,
)
from tests.rig.walk import walked

COUNTS = st.builds(CellCounts, *[st.integers(0, 12)] * 6, households=st.none() | st.integers(0, 600), grave=st.integers(0, 3))


def a_cell(**numbers: int) -> ReadCounts:
    return read_counts(CellCounts(**numbers), exact=True)


def test_the_four_open_numbers_add_up_and_lawful_ends_stay_out() -> None:
    cell = a_cell(filed=1, accepted=2, mediating=3, late=4, settled_in_month=5, ended_in_month=6)
    assert cell.open == Span(10, 10)
    assert measure(MeasureName.OPEN, cell).value == 10
    assert measure(MeasureName.RESOLUTION, cell).value == pytest.approx(100 * 5 / 15)


def test_a_lawful_end_never_lowers_the_resolution_rate() -> None:
    without = measure(MeasureName.RESOLUTION, a_cell(mediating=4, settled_in_month=4))
    with_ends = measure(MeasureName.RESOLUTION, a_cell(mediating=4, settled_in_month=4, ended_in_month=9))
    assert without == with_ends


def test_a_share_needs_five_cases_and_a_rate_fifty_households() -> None:
    assert measure(MeasureName.OVERDUE_SHARE, a_cell(mediating=3, late=1)).reason is Reason.FEW_CASES
    assert measure(MeasureName.OVERDUE_SHARE, a_cell(mediating=4, late=1)).value == 20
    assert measure(MeasureName.PER_1000, a_cell(mediating=4, households=49)).reason is Reason.FEW_HOUSEHOLDS
    assert measure(MeasureName.PER_1000, a_cell(mediating=9, households=389)).value == pytest.approx(23.136, abs=0.001)
    assert measure(MeasureName.PER_1000, a_cell(mediating=9)).reason is Reason.NO_DATA


def test_no_data_is_not_zero() -> None:
    for name in MEASURES:
        assert measure(name, None) == Measured(reason=Reason.NO_DATA)
    assert alert_level(None) is None
    assert alert_level(a_cell()) is Alert.NONE
    assert class_of(MEASURES[MeasureName.OPEN], measure(MeasureName.OPEN, a_cell())) == 0
    assert class_sizes(MeasureName.OPEN, [None, a_cell(), a_cell(late=3)]) == [1, 0, 1, 0, 0, 1]


@walked(("count", "found"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (40, 4)])
def test_classes_of_open_cases_are_fixed_whole_numbers(count: int, found: int) -> None:
    assert class_of(MEASURES[MeasureName.OPEN], measure(MeasureName.OPEN, a_cell(mediating=count))) == found


def test_every_measure_has_one_word_more_than_breaks_in_both_languages() -> None:
    for rule in MEASURES.values():
        assert len(rule.class_labels) == len(rule.breaks) + 1 == 5
        assert list(rule.breaks) == sorted(rule.breaks)
        assert all(label.zh and label.en for label in (rule.label, rule.formula, rule.unit, *rule.class_labels))


def test_red_yellow_blue_go_by_rule() -> None:
    rule = AlertRule(grave_from=1, late_from=1, open_from=7)
    assert alert_level(a_cell(mediating=1, grave=1), rule) is Alert.RED
    assert alert_level(a_cell(late=1), rule) is Alert.YELLOW
    assert alert_level(a_cell(mediating=7), rule) is Alert.YELLOW
    assert alert_level(a_cell(mediating=6), rule) is Alert.BLUE


def test_a_masked_reader_sees_bands_for_one_and_two() -> None:
    read = read_counts(CellCounts(filed=1, accepted=2, mediating=3), exact=False)
    assert [str(read.filed), str(read.accepted), str(read.mediating), str(read.late)] == ["1–2", "1–2", "3", "0"]
    assert str(read.open) == "5–7"
    assert measure(MeasureName.OPEN, read).value is None


def test_a_share_of_masked_numbers_is_not_given() -> None:
    read = read_counts(CellCounts(mediating=6, late=1), exact=False)
    assert measure(MeasureName.OVERDUE_SHARE, read).reason is Reason.MASKED


@given(st.lists(st.none() | COUNTS, min_size=1, max_size=4), st.data())
def test_nothing_a_masked_reader_sees_tells_one_from_two(cells: list[CellCounts | None], data: st.DataObject) -> None:
    """Replace any hidden number by the other it may be: totals, measures, classes and order stay the same."""
    def other(cell: CellCounts | None) -> CellCounts | None:
        if cell is None:
            return None
        changed = {name: data.draw(st.sampled_from((1, 2))) for name in (*BAR, "grave") if getattr(cell, name) in (1, 2)}
        return CellCounts(**{name: changed.get(name, getattr(cell, name)) for name in (*BAR, "grave", "households")})

    def seen(some: list[CellCounts | None]) -> object:
        read = [None if cell is None else read_counts(cell, exact=False) for cell in some]
        known = [(str(at), cell) for at, cell in enumerate(read) if cell is not None]
        return (read, street_total(read), worst_first(known), [alert_level(cell) for cell in read],
                [[measure(name, cell) for cell in read] for name in MEASURES], [class_sizes(name, read) for name in MEASURES])

    assert seen(cells) == seen([other(cell) for cell in cells])


@given(COUNTS)
def test_what_is_masked_always_holds_the_truth(counts: CellCounts) -> None:
    masked, exact = read_counts(counts, exact=False), read_counts(counts, exact=True)
    for name in (*BAR, "grave"):
        assert getattr(masked, name).low <= getattr(exact, name).low <= getattr(masked, name).high
    assert masked.open.low <= exact.open.low <= masked.open.high


def test_cells_are_ranked_by_overdue_then_open_then_code() -> None:
    cells = [("b", a_cell(late=1)), ("a", a_cell(late=1)), ("c", a_cell(late=1, mediating=3)), ("d", a_cell(mediating=9))]
    assert worst_first(cells) == ["c", "a", "b", "d"]


def test_totals_add_households_where_known() -> None:
    total = street_total([a_cell(filed=2, households=300), a_cell(late=3), None])
    assert total.open == Span(5, 5)
    assert total.households == 300
    assert street_total([None]).households is None


def test_every_open_part_is_in_the_bar() -> None:
    assert set(OPEN) < set(BAR)
