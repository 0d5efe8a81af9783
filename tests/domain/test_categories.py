"""Both category systems, walked whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.categories import (
    CATEGORIES,
    HEADS,
    HEADS_BY_POSITION,
    JUSTICE_CLASSES,
    LOCAL_CODES,
    category,
    export_code,
    find_categories,
    is_sensitive,
    not_mediable,
    seeding_weights,
    t1_of,
)
from gridmediate.domain.category_tables import CATEGORY_ROWS, CROSSWALK, HEAD_ROWS, JUSTICE_ROWS
from gridmediate.domain.problems import FieldNotAChoice
from gridmediate.domain.vocabulary import Flag
from tests.rig.walk import walked

# Sub-codes per head in the source list, "other" included where it has one.
SUB_CODES = {
    "01": 4, "02": 4, "03": 4, "04": 4, "05": 8, "06": 5, "07": 5, "08": 5, "09": 5, "10": 7, "11": 6, "12": 4, "13": 8,
    "14": 4, "15": 3, "16": 2,
}  # fmt: skip


def test_there_are_eighteen_justice_classes_and_seventeen_heads():
    assert list(JUSTICE_CLASSES) == [f"{n:02}" for n in range(1, 18)] + ["99"]
    assert list(HEADS) == [f"{n:02}" for n in range(1, 17)] + ["99"]


def test_no_code_stands_twice():
    for rows in (JUSTICE_ROWS, HEAD_ROWS, CATEGORY_ROWS):
        codes = [row[0] for row in rows]
        assert len(codes) == len(set(codes))


def test_the_seventy_eight_source_codes_are_there_and_only_two_are_ours():
    from_source = [code for code in CATEGORIES if code not in LOCAL_CODES and code != "99"]
    assert len(from_source) == 78
    assert {head: sum(code[:2] == head for code in from_source) for head in SUB_CODES} == SUB_CODES
    assert {"1499", "1699"} == LOCAL_CODES


@walked("head", HEADS.values(), ids=lambda head: head.code)
def test_every_head_offers_an_other_as_its_last_choice(head):
    assert head.categories
    assert [each.is_other for each in head.categories] == [False] * (len(head.categories) - 1) + [True]


@walked("each", CATEGORIES.values(), ids=lambda each: each.code)
def test_every_category_is_worded_in_both_languages(each):
    for text in (each.name, each.short, each.examples, each.title):
        assert text.zh.strip() and text.en.strip()
        assert text.en.replace("·", "").isascii()
    assert len(each.short.zh) <= 7, "chips on a phone"
    assert "、" in each.examples.zh or each.is_other or len(each.examples.zh) > 4


def test_the_column_of_heads_is_the_phones():
    assert [head.position for head in HEADS_BY_POSITION] == list(range(1, 18))
    assert [head.short.zh for head in HEADS_BY_POSITION[:7]] == [
        "邻里", "婚恋家庭", "物业与财产", "劳动工资", "合同租赁", "损害赔偿", "借贷金融",
    ]  # fmt: skip


def test_a_chip_reads_head_and_sub_class():
    assert category("0201").title.zh == "邻里 · 用水排水"
    assert category("99").title.zh == "其他"


@walked("code", ["", "0", "01", "0205", "9901", "0201 ", "٠٢٠١"])
def test_an_unknown_code_is_refused_in_words(code):
    for ask in (category, t1_of, is_sensitive, not_mediable, export_code):
        with pytest.raises(FieldNotAChoice) as refused:
            ask(code)
        assert "重新选择" in refused.value.say("zh")


# domain reference 3.3, written out by hand
EXPECTED_T1 = {
    "01": ("0101 0102 0103 0199"),
    "02": ("0201 0202 0203 0299"),
    "03": ("0403 0902"),
    "04": ("0602 0699 0801 0802 0803 0804 0899"),
    "05": ("0603 0604 1001 1002 1003 1004 1005 1006 1099"),
    "06": ("0301 0302 0303 0399 0401 0499 0501 0507 0599"),
    "07": ("0901 0903 0904 0999"),
    "08": ("1101 1102 1103 1104 1105 1199"),
    "09": ("0504"),
    "11": ("0701 0702 0703 0704 0799"),
    "13": ("0506"),
    "14": ("0505 0601"),
    "15": ("0502"),
    "16": ("0503"),
    "17": ("0402"),
}


def test_the_crosswalk_gives_every_code_the_class_of_the_reference():
    expected = {code: t1 for t1, codes in EXPECTED_T1.items() for code in codes.split()}
    for code in CATEGORIES:
        assert t1_of(code) == expected.get(code, "99"), code


def test_every_row_of_the_crosswalk_is_used_and_leads_to_a_class():
    for prefix, t1 in CROSSWALK.items():
        assert t1 in JUSTICE_CLASSES
        assert any(code.startswith(prefix) for code in CATEGORIES)


def test_migrant_workers_wages_make_a_labour_dispute_class_10_and_nothing_else():
    for code in CATEGORIES:
        with_flag = t1_of(code, [Flag.MIGRANT_WAGES])
        assert with_flag == ("10" if code.startswith("07") else t1_of(code))
        assert t1_of(code, ["migrant_wages"]) == with_flag


def test_only_litigation_and_discipline_are_not_mediable_and_say_where_to_go():
    assert {code[:2] for code in CATEGORIES if not_mediable(code)} == {"14", "15"}
    for code in ("1401", "1499", "1502"):
        why = not_mediable(code)
        assert why.reason.zh.endswith("。") and why.referral.en.endswith(".")


def test_only_family_matters_hide_the_address():
    assert {code[:2] for code in CATEGORIES if is_sensitive(code)} == {"01"}


def test_our_own_codes_leave_as_their_head():
    assert export_code("1499") == "14"
    assert export_code("1699") == "16"
    assert export_code("0299") == "0299"


def test_seeding_weights_cover_every_class_and_add_up():
    weights = seeding_weights()
    assert set(weights) == set(JUSTICE_CLASSES)
    assert sum(weights.values()) == pytest.approx(100.0)
    assert max(weights, key=weights.get) == "02"
    assert weights["10"] == weights["11"] == 0.75


@walked(
    ("words", "code"),
    [
        ("漏水", "0201"), ("楼上漏水把我家吊顶泡了", "0201"), ("下水道堵了", "0201"), ("挡光", "0201"), ("占道", "0201"),
        ("加装电梯", "0202"), ("广场舞太吵", "0203"), ("油烟", "0203"), ("狗叫", "0203"), ("离婚", "0101"), ("彩礼", "0101"),
        ("不养老", "0102"), ("遗产", "0103"), ("偷拍", "0301"), ("造谣", "0302"), ("打架", "0303"), ("东西不还", "0401"),
        ("物业费", "0402"), ("房产证", "0403"), ("学生受伤", "0501"), ("误诊", "0502"), ("车祸", "0503"), ("排污", "0504"),
        ("网购", "0506"), ("退款", "0601"), ("租房押金不退", "0602"), ("货款", "0603"), ("快递丢件", "0604"),
        ("老板不发工资", "0701"), ("农民工工资", "0701"), ("社保", "0702"), ("加班费", "0703"), ("借钱不还", "0804"),
        ("承包地", "0901"), ("宅基地", "0902"), ("拆迁", "1101"), ("违建", "1103"), ("低保", "1202"), ("摆摊", "1301"),
        ("leak", "0201"), ("leaking ceiling", "0201"), ("noise", "0203"), ("landlord", "0602"), ("wages", "0701"),
        ("divorce", "0101"), ("loan", "0804"), ("parking", "0299"), ("Inheritance", "0103"), ("0402", "0402"),
    ],
)  # fmt: skip
def test_plain_words_lead_to_the_class(words, code):
    assert find_categories(words)[0].code == code


@walked("each", [each for each in CATEGORIES.values() if not each.is_other], ids=lambda each: each.code)
def test_every_class_is_found_by_its_own_name_and_examples(each):
    for word in (each.short.zh, *each.examples.zh.split("、")):
        assert each in find_categories(word, limit=3), word


@given(st.text(max_size=40), st.integers(min_value=0, max_value=100))
def test_a_search_never_fails_and_never_gives_one_twice_or_too_many(words, limit):
    found = find_categories(words, limit)
    assert len(found) <= limit
    assert len({each.code for each in found}) == len(found)


def test_nothing_asked_or_nothing_meant_finds_nothing():
    assert find_categories("") == find_categories("  。") == find_categories("qqqq") == []
