"""Where a call stands by its parts, and the words of calls, prompts and ratings."""

from __future__ import annotations

from enum import StrEnum

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.calls import (
    NEED_A_DAY,
    NEED_WORDS,
    CallMatter,
    CallState,
    PromptKind,
    Rating,
    call_state,
    may_close,
)
from gridmediate.domain.tasks import DONE_STATES, TaskState
from gridmediate.domain.vocabulary import label
from tests.rig.walk import walked

T = TaskState


@walked(("parts", "state"), [
    ([T.ASSIGNED, T.CONFIRMED], CallState.TO_SIGN),
    ([T.RETURNED, T.SIGNED], CallState.TO_SIGN),
    ([T.RULING], CallState.TO_SIGN),
    ([T.SIGNED, T.ANSWERED], CallState.IN_PROGRESS),
    ([T.ANSWERED, T.CONFIRMED], CallState.ANSWERED),
    ([T.CONFIRMED, T.RECALLED], CallState.ANSWERED),
])
def test_a_call_stands_with_its_slowest_part(parts: list[TaskState], state: CallState) -> None:
    assert call_state(parts) is state
    assert call_state(parts, closed=True) is CallState.CLOSED


@given(st.lists(st.sampled_from(TaskState), min_size=1, max_size=6))
def test_what_may_be_closed_waits_for_nobody(parts: list[TaskState]) -> None:
    assert may_close(parts) is (set(parts) <= DONE_STATES)
    if may_close(parts):
        assert call_state(parts) is CallState.ANSWERED


def test_only_an_urging_needs_no_words_and_only_slips_a_day() -> None:
    assert set(PromptKind) - NEED_WORDS == {PromptKind.URGE}
    assert set(PromptKind) - NEED_A_DAY == {PromptKind.URGE, PromptKind.INSTRUCTION}


@walked("word", [*CallMatter, *CallState, *PromptKind, *Rating])
def test_every_word_reads_in_both_languages(word: StrEnum) -> None:
    assert label(word).zh
    assert label(word).en.isascii()
