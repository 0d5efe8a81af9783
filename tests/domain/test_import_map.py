"""A mapping says all that is wrong with it at once; a row is read as the mapping says, or refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gridmediate.domain.import_map import OPEN_WORDS, STATUS_WORDS, course_to, read_row
from gridmediate.domain.import_problems import (
    ClosedBeforeFiled,
    ClosingMissing,
    MapKeyMissing,
    MapKeyUnknown,
    MapUnreadable,
    MapValueWrong,
    MomentAhead,
    MomentUnreadable,
    NumberMissing,
    PositionUnreadable,
)
from gridmediate.domain.import_toml import read_map
from gridmediate.domain.problems import Faults, FieldMissing, FieldTooLong
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Datum
from gridmediate.domain.workflow import FINAL_STATES, TRANSITIONS, Act, Outcome, State
from gridmediate.resources import grids_folder
from tests.rig.walk import walked

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
MAPPING = """
[number]
column = "No"
prefix = "S-"
[filed]
column = "Filed"
format = "%Y-%m-%d %H:%M"
zone = "Asia/Shanghai"
[closed]
column = "Closed"
[place]
lon = "Lon"
lat = "Lat"
datum = "gcj02"
address = "Where"
[category]
column = "Kind"
values = { noise = "0203" }
[department]
column = "Office"
default = "rules"
values = { H = "housing" }
[status]
column = "State"
values = { open = "assigned", done = "settled_by_department" }
[facts]
template = "{Kind} {{at}} {Where}"
"""
ROW = {"No": "7", "Filed": "2026-11-02 09:30", "Closed": "", "Lon": "120.1", "Lat": "30.2", "Where": " 柳溪路 3 号 ",
       "Kind": "noise", "Office": "H", "State": "open"}


def faults_of(text: str) -> list:
    with pytest.raises(Faults) as caught:
        read_map(text)
    return list(caught.value.problems)


def test_a_row_is_read_as_the_mapping_says():
    row = read_row(read_map(MAPPING), ROW, 2, NOW)
    assert (row.number, row.lon, row.lat, row.t2_code, row.department) == ("S-7", 120.1, 30.2, "0203", "housing")
    assert row.filed_at == datetime(2026, 11, 2, 1, 30, tzinfo=UTC) and row.closed_at is None
    assert row.facts == "noise {at} 柳溪路 3 号" and row.address == "柳溪路 3 号" and row.course.word == "assigned"
    assert read_map(MAPPING).datum is Datum.GCJ02


def test_a_department_may_be_left_to_the_rules():
    assert read_row(read_map(MAPPING), ROW | {"Office": "?"}, 2, NOW).department is None


def test_what_is_closed_says_when_and_how():
    row = read_row(read_map(MAPPING), ROW | {"State": "done", "Closed": "2026-11-05 10:00"}, 2, NOW)
    assert row.closed_at == datetime(2026, 11, 5, 2, 0, tzinfo=UTC) and row.course.outcome is Outcome.SETTLED_BY_DEPARTMENT
    assert row.result == "部门办结"


@walked(("change", "problem"), [
    ({"No": " "}, NumberMissing),
    ({"No": "9" * 70}, FieldTooLong),
    ({"Filed": "2.11.2026"}, MomentUnreadable),
    ({"Filed": ""}, MomentUnreadable),
    ({"Filed": "2027-01-01 00:00"}, MomentAhead),
    ({"State": "done"}, ClosingMissing),
    ({"State": "done", "Closed": "2026-11-01 10:00"}, ClosedBeforeFiled),
    ({"Lon": ""}, PositionUnreadable),
    ({"Lat": "north"}, PositionUnreadable),
    ({"Lat": "nan"}, PositionUnreadable),
    ({"Lat": "120.1", "Lon": "30.2"}, PositionUnreadable),
    ({"Where": "x" * 201}, FieldTooLong),
])
def test_a_row_that_cannot_be_taken_is_refused_with_the_reason(change, problem):
    with pytest.raises(problem) as caught:
        read_row(read_map(MAPPING), ROW | change, 2, NOW)
    assert all(caught.value.say(language) for language in ("zh", "en"))


def test_a_row_without_words_is_refused():
    mapping = read_map(MAPPING.replace("{Kind} {{at}} {Where}", "{Where}"))
    with pytest.raises(FieldMissing):
        read_row(mapping, ROW | {"Where": " "}, 2, NOW)


def test_a_row_without_position_has_none():
    row = read_row(read_map(MAPPING), ROW | {"Lon": "", "Lat": ""}, 2, NOW)
    assert row.lon is None and row.lat is None


def test_a_closing_before_the_filing_may_count_at_the_filing():
    mapping = read_map(MAPPING.replace('column = "Closed"', 'column = "Closed"\nbefore_filed = "at_filing"'))
    row = read_row(mapping, ROW | {"State": "done", "Closed": "2026-11-01 10:00"}, 2, NOW)
    assert row.closed_at == row.filed_at and row.was_closed_early


def test_moments_may_be_iso_with_their_own_offset():
    mapping = read_map(MAPPING.replace('format = "%Y-%m-%d %H:%M"', 'format = "iso"'))
    row = read_row(mapping, ROW | {"Filed": "2026-11-02T09:30:00+01:00"}, 2, NOW)
    assert row.filed_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def test_everything_wrong_with_a_mapping_is_said_at_once():
    faults = faults_of("""
[number]
colum = "No"
[filed]
column = "Filed"
format = "%Q"
zone = "Asia/Nowhere"
[place]
lon = "Lon"
[category]
column = "Kind"
default = "9999"
[status]
column = "State"
values = { open = "sleeping" }
[departments]
Housing = { zh = "住建" }
[facts]
template = "{Kind:>10}"
[extra]
""")
    assert {type(each) for each in faults} == {MapKeyMissing, MapKeyUnknown, MapValueWrong}
    named = {each.values["key"] for each in faults}
    assert named == {"extra", "number.colum", "number.column", "filed.format", "filed.zone", "place.lat", "place.datum",
                     "category.default", "status.values.open", "departments.Housing", "facts.template"}
    assert len(faults) == len(named)
    assert all(each.say(language) for each in faults for language in ("zh", "en"))


def test_an_empty_mapping_says_what_every_mapping_has():
    assert {each.values["key"] for each in faults_of("")} == {
        "number.column", "filed.column", "filed.format", "category.column", "category.values", "status.column", "status.values",
        "facts.template"}


def test_what_is_no_toml_is_refused():
    with pytest.raises(MapUnreadable):
        read_map("[number")


@walked("text", ["number = 3", "[category]\nvalues = 3", "[number]\ncolumn = 3"])
def test_values_of_another_kind_are_faults_and_no_crash(text):
    assert faults_of(text)


def test_the_shipped_mapping_reads():
    mapping = read_map((grids_folder() / "examples" / "la311.toml").read_text(encoding="utf-8"))
    assert mapping.category.of("Graffiti Removal") == "1301" and mapping.category.of("Anything") == "1199"
    assert set(mapping.department.words) == set(mapping.departments)


@walked("word", STATUS_WORDS)
def test_a_course_is_a_way_through_the_workflow_table(word):
    course = course_to(word)
    state, outcome = State.FILED, None
    for row in course.rows:
        assert row in TRANSITIONS and row.source is state
        state, outcome = row.target, row.outcome or outcome
    assert course.is_closed == (state in FINAL_STATES) and outcome == course.outcome
    formed = any(row.act is Act.FORM_TEAM for row in course.rows)
    assert (course.task is not None) == formed
    if course.is_closed and formed:
        assert course.task is TaskState.CONFIRMED


def test_every_outcome_but_joining_can_be_reached():
    assert set(STATUS_WORDS) - set(OPEN_WORDS) == {each.value for each in Outcome} - {Outcome.DUPLICATE.value}
