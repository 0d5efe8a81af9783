from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from gridmediate.demo.stories import MAX_FACTS, MAX_TITLE, TALES, TOLD_CODES, PlaceWords, Story, tell
from gridmediate.demo.tale import WHERE
from gridmediate.demo.words_answers import ANSWERS, ASKS
from gridmediate.demo.words_sessions import THEMES
from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.departments import DEPARTMENTS
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Flag, Willingness

#: What a file must not hold, and words that would blame.
FORBIDDEN = ("身份证", "病历", "诊断", "存款", "户籍", "无赖", "刁", "泼", "精神病", "癌", "艾滋", "前科")
#: Codes that do not come up in a street of this kind: shares, ships, bills, family planning, organs of state.
UNTOLD = {"0801", "0802", "1003", "1005", "1105", "1306", "1307", "1402", "1499", "1501", "1599", "1699"}


def all_texts(story: Story) -> Iterator[str]:
    yield from (story.title, story.facts, story.terms, story.refusal, story.withdrawal, story.termination, story.closing)
    yield from (story.closing_other, story.reopening, story.department_result, story.spot, story.duplicate)
    yield from (*story.notes, *story.asks.values(), *story.answers.values(), *story.referral, *story.not_accepted)
    yield from story.sent_back.values()


@pytest.fixture(scope="module")
def told() -> list[Story]:
    rng = Random(11)
    kinds = ("slab", "tower", "court", "house", "shop", "market", "office", "hospital", "school", "shed", "greenhouse")
    return [
        tell(rng, code, PlaceWords(rng.choice(kinds), rng.choice((1, 2, 6, 18)), rng.randrange(1, 13)))
        for code in TOLD_CODES for _ in range(60)
    ]


def test_every_code_is_known_and_only_the_unlikely_ones_are_untold() -> None:
    assert set(TOLD_CODES) <= set(CATEGORIES)
    assert set(CATEGORIES) - set(TOLD_CODES) == UNTOLD


def test_frequent_categories_have_many_tales() -> None:
    tales = Counter(tale.t2_code for tale in TALES)
    for code in ("0101", "0102", "0103", "0201", "0202", "0203", "0402", "0502", "0503", "0601", "0602", "0701", "0902"):
        assert tales[code] >= 10, code
    assert len(TALES) > 300


def test_tables_speak_of_the_same_themes_departments_and_places() -> None:
    themes = {tale.theme for tale in TALES}
    assert themes <= set(THEMES)
    assert {tale.where for tale in TALES} <= set(WHERE)
    for department, theme in {*ASKS, *ANSWERS}:
        assert department in DEPARTMENTS
        assert theme == "" or theme in THEMES
    assert {department for department, theme in ANSWERS if not theme} == set(DEPARTMENTS)


def test_no_two_tales_say_the_same() -> None:
    assert len({tale.facts for tale in TALES}) == len(TALES)
    assert len({(tale.t2_code, tale.title) for tale in TALES}) == len(TALES)


def test_one_seed_tells_the_same() -> None:
    place = PlaceWords("slab", 6, 7)
    assert tell(Random(3), "0201", place) == tell(Random(3), "0201", place)


def test_an_untold_category_is_refused() -> None:
    with pytest.raises(KeyError, match="1003"):
        tell(Random(1), "1003", PlaceWords("slab"))


def test_lengths_fit_the_fields(told: list[Story]) -> None:
    for story in told:
        assert 0 < len(story.title) <= MAX_TITLE, story.title
        assert 15 <= len(story.facts) <= MAX_FACTS, story.facts
        assert all(0 < len(text) <= 2000 for text in all_texts(story))
        assert 2 <= len(story.notes) <= 4


def test_no_gap_is_left_open(told: list[Story]) -> None:
    for story in told:
        for text in all_texts(story):
            assert not re.search(r"[{}]|  |[，。]{2}|^ | $", text), text


def test_nothing_that_a_file_must_not_hold(told: list[Story]) -> None:
    for story in told:
        for text in all_texts(story):
            assert not [word for word in FORBIDDEN if word in text], text
            assert not re.search(r"1[3-9]\d{9}|\d{15}", text), text


def test_every_department_is_asked_and_answers(told: list[Story]) -> None:
    for story in told:
        assert set(story.asks) == set(story.answers) == set(DEPARTMENTS)
        assert set(story.sent_back) == set(ReturnReason)


def test_money_is_named_only_where_it_is_in_dispute(told: list[Story]) -> None:
    for story in told:
        if story.amount is None:
            assert not re.search(r"\d 元", "".join([story.terms, *story.notes])), story.terms


def test_most_people_who_come_want_to_talk(told: list[Story]) -> None:
    share = Counter(story.willingness for story in told)
    assert share[Willingness.WILLING] / len(told) > 0.6
    assert share[Willingness.UNWILLING] / len(told) < 0.05


def test_the_flags_fit_the_story(told: list[Story]) -> None:
    for story in told:
        if story.theme == "violence":
            assert Flag.DOMESTIC_VIOLENCE in story.flags
        assert Flag.MIGRANT_WAGES not in story.flags or story.t2_code.startswith("07")
        assert list(story.flags) == sorted(set(story.flags), key=list(Flag).index)


def test_a_leak_comes_from_above() -> None:
    rng = Random(4)
    for _ in range(60):
        story = tell(rng, "0201", PlaceWords("slab", 6, 3), theme="leak")
        doors = [int(door) for door in re.findall(r"\b(\d{3,4})\b", f"{story.applicant.role} {story.respondent.role}")]
        if len(doors) == 2:
            assert doors[1] - doors[0] == 100
