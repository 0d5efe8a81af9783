"""What people type and what the book offers for it, with why; never a choice made for them."""

from __future__ import annotations

import pytest

from gridmediate.domain.gazetteer import CellName, Place, is_one_off, make_book, search
from gridmediate.domain.gazetteer_words import building_key, building_label, fold
from gridmediate.domain.vocabulary import Label


def cell(number, community="锦溪社区"):
    return CellName(f"99010100100{number}", Label(f"{community}第{number}网格", f"Cell {number}"), Label(community, community))


GARDEN, ROAD = Label("锦溪花园", "Jinxi Garden"), Label("杏林路", "Xinglin Road")
PINYIN = {"pinyin": ("jinxihuayuan", "laochangsushe"), "initials": ("jxhy", "lcss")}
BOOK = make_book([
    Place(1, GARDEN, ("老厂宿舍",), "", cell(5), 118.7, 36.2, **PINYIN),
    Place(2, GARDEN, (), "3 幢", cell(5), 118.71, 36.21), Place(3, GARDEN, (), "A座", cell(6)),
    Place(4, ROAD, (), "12 号", cell(1)), Place(5, ROAD, (), "40 号", cell(2)),
    Place(6, Label("第一小学", "First School"), (), "", cell(4), pinyin=("diyixiaoxue",), initials=("dyxx",)),
    Place(7, Label("幸福小区", "Xingfu"), (), "", cell(7, "东社区")),
    Place(8, Label("幸福小区", "Xingfu"), (), "", cell(8, "西社区")),
], [Label("云溪县", "Yunxi County"), Label("柳溪街道", "Liuxi Street"), Label("锦溪社区", "Jinxi Community")])


@pytest.mark.parametrize(("typed", "kind", "offered", "exact"), [
    ("锦溪花园3幢", "name", [2], True), ("锦溪花园 三号楼", "name", [2], True), ("锦溪花园３栋2单元501室", "name", [2], True),
    ("锦溪花园3-2-501", "name", [2], True), ("云溪县柳溪街道锦溪社区锦溪花園3座", "name", [2], True),
    ("锦溪花园a座", "name", [3], True),
    ("Building 3, Jinxi Garden, Jinxi Community, Liuxi Street", "name", [2], True), ("jinxi garden bldg 3", "name", [2], True),
    ("老厂宿舍3幢", "alias", [2], True), ("杏林路12号", "name", [4], True), ("小学", "part", [6], False),
    ("一小", "part", [6], False),
    ("锦溪花园东门修车铺", "mentioned", [1, 3], False), ("jīnxī huāyuán", "pinyin", [1, 3], False),
    ("jinxihua", "pinyin", [1, 3], False),
    ("JXHY3", "initials", [2], False), ("lcss", "initials", [1, 3], False), ("jinxihuayuan3zhuang", "pinyin", [2], False),
    ("锦西花园3幢", "off", [2], False), ("锦花溪园3幢", "off", [2], False), ("锦溪园3幢", None, [], False),
    ("锦溪花花园3幢", "off", [2], False),
    ("", None, [], False), ("3", None, [], False), ("一", None, [], False), ("北京路", None, [], False),
])
def test_what_is_typed_finds_what_is_meant(typed, kind, offered, exact):
    found = search(BOOK, typed)
    assert [each.place.id for each in found] == offered
    assert {each.kind for each in found} == ({kind} if kind else set())
    assert all(each.is_exact is exact for each in found)


def test_a_place_in_several_cells_is_offered_in_each_and_chosen_in_none():
    garden, twice = search(BOOK, "锦溪花园"), search(BOOK, "幸福小区")
    assert [(each.place.cell.code[-1], each.label.zh) for each in garden] == [("5", "锦溪花园"), ("6", "锦溪花园")]
    assert "它有楼在锦溪社区第6网格" in garden[1].why.say("zh")
    assert [each.place.cell.community.zh for each in twice] == ["东社区", "西社区"]
    assert not any(each.is_exact for each in garden)


def test_a_building_that_is_not_in_the_book_is_said_and_only_its_place_offered():
    found = search(BOOK, "锦溪花园9幢")
    assert [(each.label.zh, each.is_whole, each.is_exact) for each in found] == [("锦溪花园", False, False)] * 2
    assert all("书里没有 9 这个楼号" in each.why.say("zh") and "number 9 is not in the book" in each.why.say("en")
        for each in found)


def test_each_offer_says_why_in_both_languages():
    (found,) = search(BOOK, "jxhy3")
    assert found.why.say("zh") == "地名库：拼音首字母 jxhy 对上锦溪花园 3 幢，在锦溪社区第5网格"
    assert found.why.say("en") == "Gazetteer: the initials jxhy fit Jinxi Garden, Building 3, in Cell 5"


def test_of_two_that_fit_alike_the_nearer_comes_first():
    book = make_book([Place(n, Label(f"{word}花园", word), (), "", cell(n), 118 + n / 10, 36.2)
        for n, word in ((1, "东方"), (2, "西山"))])
    assert [each.place.id for each in search(book, "花园", near=(118.21, 36.2))] == [2, 1]


@pytest.mark.parametrize(("words", "folded"), [
    ("二十三号楼", "23号楼"), ("一百零五", "105"), ("一〇二", "102"), ("５ Ｂ", "5b"), ("3 — 2", "3-2"),
    ("Lǜ-yuan", "luyuan"), ("A，b", "ab"),
])
def test_words_fold_to_what_is_compared(words, folded):
    assert fold(words) == folded


def test_a_buildings_number_is_read_however_it_is_written():
    assert {building_key(each) for each in ("3", "03幢", "三栋", "第3号楼", "3 座", "Building 3", "3#")} == {"3"}
    assert building_label("3").zh == "3 幢"
    assert building_label("12 号").en == "No. 12"


@pytest.mark.parametrize(("one", "other", "near"), [
    ("abcd", "abed", True), ("abcd", "abc", True), ("abcd", "abxcd", True), ("abcd", "acbd", True), ("abcd", "abcd", False),
    ("abcd", "badc", False), ("abcd", "ab", False), ("abcd", "axxd", False),
])
def test_one_letter_off_is_one_and_no_more(one, other, near):
    assert is_one_off(one, other) is is_one_off(other, one) is near
