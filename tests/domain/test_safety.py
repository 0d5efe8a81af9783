"""Safety in rules: colours, what a contact leaves, when the law obliges; and the text of a pack without names."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.indicators import Alert
from gridmediate.domain.meetings import due_at_end_of, warn_between, without_names
from gridmediate.domain.routing import URGENT_FLAGS, urgency_of
from gridmediate.domain.safety import (
    GRAVE_AFTER,
    INSTEAD_OF,
    SafetyStep,
    colour_of,
    flags_after,
    must_report,
    urgency_after,
)
from gridmediate.domain.vocabulary import LOCAL_ZONE, Flag, Urgency, label
from tests.rig.walk import walked

NOW = datetime(2026, 11, 23, 9, 40, tzinfo=LOCAL_ZONE)
FLAGS = st.frozensets(st.sampled_from(Flag))


def colour(flags: tuple[Flag, ...] = (), late: timedelta | None = None, *, is_open: bool = True) -> Alert:
    """Return the colour of a case with these circumstances, late by so much."""
    due_at = NOW + timedelta(days=3) if late is None else NOW - late
    return colour_of(flags, urgency_of(flags), is_open=is_open, due_at=due_at, now=NOW).alert


@walked("flag", Flag)
def test_where_somebody_may_be_hurt_it_is_red_and_every_other_circumstance_is_yellow(flag: Flag) -> None:
    assert colour((flag,)) is (Alert.RED if flag in URGENT_FLAGS else Alert.YELLOW)


def test_lateness_colours_too_and_an_end_takes_the_colour_away() -> None:
    assert colour() is Alert.BLUE
    assert colour(late=timedelta(minutes=1)) is Alert.YELLOW
    assert colour(late=GRAVE_AFTER) is Alert.YELLOW
    assert colour(late=GRAVE_AFTER + timedelta(seconds=1)) is Alert.RED
    assert colour(tuple(Flag), late=timedelta(days=30), is_open=False) is Alert.NONE
    assert colour_of((), Urgency.URGENT, is_open=True, due_at=None, now=NOW).alert is Alert.RED


@given(FLAGS, st.sampled_from(Urgency), st.integers(-20, 20))
def test_every_colour_says_why(flags: frozenset[Flag], urgency: Urgency, days: int) -> None:
    found = colour_of(flags, urgency, is_open=True, due_at=NOW + timedelta(days=days), now=NOW)
    assert found.why
    assert (found.alert is Alert.RED) is (urgency is Urgency.URGENT or bool(flags & URGENT_FLAGS) or days < -7)


@given(FLAGS, FLAGS, FLAGS)
def test_what_is_seen_is_there_and_what_is_gone_is_not(
    before: frozenset[Flag], seen: frozenset[Flag], gone: frozenset[Flag],
) -> None:
    after = flags_after(before, seen, gone)
    assert set(after) == (before - gone) | seen
    assert list(after) == [flag for flag in Flag if flag in after]


@given(st.sampled_from(Urgency), FLAGS)
def test_urgency_falls_only_with_a_reason_and_always_rises(before: Urgency, flags: frozenset[Flag]) -> None:
    assert urgency_after(before, flags, is_explained=True) is urgency_of(flags)
    kept = urgency_after(before, flags, is_explained=False)
    assert (kept is Urgency.URGENT) is (before is Urgency.URGENT or urgency_of(flags) is Urgency.URGENT)


def test_the_duty_to_report_ends_with_the_report() -> None:
    assert must_report({SafetyStep.LIMITED_CAPACITY}, None)
    assert not must_report({SafetyStep.LIMITED_CAPACITY}, NOW)
    assert not must_report({SafetyStep.FULL_CAPACITY}, None)
    assert {INSTEAD_OF[other]: other for other in INSTEAD_OF} == INSTEAD_OF


@walked("step", SafetyStep)
def test_a_step_reads_in_both_languages(step: SafetyStep) -> None:
    assert label(step).zh
    assert label(step).en.isascii()


NAMES = {"王小芳": "申请人", "李强": "被申请人", "欧阳明月": "申请人2", "Li Na": "被申请人2", "张": "×"}


@walked(("text", "said"), [
    ("王小芳说李强动手", "申请人说被申请人动手"),
    ("小芳不在家，明月在", "申请人不在家，申请人2在"),
    ("电话 138 1234 2071，身份证 330106199001011234", "电话 ……，身份证 ……"),
    ("Li Na came", "被申请人2 came"),
    ("6 幢 602，赔 6,800 元，11月23日", "6 幢 602，赔 6,800 元，11月23日"),
    ("张家的墙", "张家的墙"),
])
def test_a_pack_says_what_a_party_is_and_no_name_or_long_number(text: str, said: str) -> None:
    assert without_names(text, NAMES) == said


@given(st.lists(st.sampled_from([*NAMES, "来了", "，", "13812342071"]), max_size=12))
def test_no_name_of_a_party_is_left_wherever_it_stands(words: list[str]) -> None:
    said = without_names("".join(words), NAMES)
    assert not any(name in said for name in NAMES if len(name) > 1)
    assert "1381" not in said


def test_a_day_set_lasts_until_its_end_and_warns_at_seven_tenths() -> None:
    due_at = due_at_end_of(date(2026, 11, 30))
    assert due_at == datetime(2026, 12, 1, tzinfo=LOCAL_ZONE)
    assert warn_between(due_at - timedelta(days=10), due_at) == due_at - timedelta(days=3)
