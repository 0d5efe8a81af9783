"""Names and phones before a purpose is stated: two parties can be told apart, and nobody can be found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.masking import MINOR, mask_name, mask_phone
from tests.rig.walk import walked


@walked(("name", "shown"), [
    ("王小芳", "王*芳"), ("李四", "李*"), ("欧阳明明", "欧**明"), ("王", "王*"), (" 王小芳 ", "王*芳"), ("", ""),
    ("Zhang Wei", "Zhang ***"), ("Anna Maria Li", "Anna *** ***"), ("阿卜杜拉·买买提", "阿******提"),
])
def test_a_name_keeps_its_ends(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_a_minors_name_is_withheld_whole_in_the_readers_language() -> None:
    assert mask_name("王小芳", is_minor=True) == MINOR.zh
    assert mask_name("王小芳", is_minor=True, is_organisation=True, language="en") == MINOR.en


def test_an_organisation_is_no_person() -> None:
    assert mask_name("锦溪物业有限公司", is_organisation=True) == "锦溪物业有限公司"


@walked(("phone", "shown"), [
    ("13812342071", "138****2071"), (" 13812342071 ", "138****2071"), ("88812345", "********"), ("", ""),
    ("+8613812342071", "+86****2071"),
])
def test_a_phone_keeps_its_ends_if_it_is_long_enough(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


LETTERS = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12)


@given(LETTERS)
def test_no_masked_name_gives_away_more_than_its_first_and_last_sign(name: str) -> None:
    shown = mask_name(name)
    assert len(shown) == len(name)
    assert sum(one == other for one, other in zip(shown, name, strict=True)) <= min(2, len(name) - 1)


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=2, max_size=4))
def test_no_masked_western_name_gives_away_a_family_name_or_its_length(words: list[str]) -> None:
    assert mask_name(" ".join(words)) == " ".join([words[0], *["***"] * (len(words) - 1)])


@given(st.text("0123456789+- ", max_size=20))
def test_no_masked_phone_can_be_dialled(phone: str) -> None:
    shown = mask_phone(phone)
    assert sum(letter.isdigit() for letter in shown) <= 7
    assert len(phone.strip()) == 0 or "*" in shown
