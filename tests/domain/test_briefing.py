"""Briefings: hand-made numbers with known sentences, what chance would do, masks that hold against whoever knows the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmediate.domain.briefing import BriefKind, DraftEdit, Line, LineEdit, Section, edited, latest_over, period_of, recounted
from gridmediate.domain.briefing_masks import known, known_part, mask_column, shown, worst
from gridmediate.domain.briefing_rules import Figures, Group, Pair
from gridmediate.domain.briefing_table import RULES, compose, query_of
from gridmediate.domain.chance import compare_counts, compare_shares, stand_out, wilson
from gridmediate.domain.indicators import Span
from gridmediate.domain.vocabulary import Label

WEEK = latest_over(BriefKind.WEEK, date(2026, 11, 25))


def pair(now: int, before: int) -> Pair:
    """Return two counts as the paper knows them."""
    return Pair(known(now), known(before))


def figures(**given: object) -> Figures:
    """Return the figures of a quiet week."""
    none = known(0)
    quiet = Figures(WEEK, pair(20, 21), pair(12, 11), pair(3, 4), None, known(30), none, (), (), Pair(known(6), known(6)),
                    pair(0, 0), pair(0, 0), none, none, none, none)
    return replace(quiet, **given)  # type: ignore[arg-type]


def said(numbers: Figures) -> dict[str, str]:
    """Return the sentences by their keys."""
    return {line.key: line.text.zh for line in compose(numbers)}


# -- chance ------------------------------------------------------------------------------------------------------------


def test_counts_and_shares_are_compared_exactly() -> None:
    assert compare_counts(10, 0) == pytest.approx(2 / 2**10)
    assert compare_counts(31, 28, span=31, span_before=28) == 1.0  # the same rate a day
    assert compare_counts(3, 0, span=1, span_before=3) == pytest.approx(2 / 4**3)
    # 3 of 10 against 0 of 10: C(10,3)/C(20,3) = 120/1140.
    assert compare_shares(3, 10, 0, 10) == pytest.approx(2 * 120 / 1140)
    assert compare_shares(3, 10, 0, 0) == 1.0
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(0.3, 10) == pytest.approx((0.1078, 0.6032), abs=1e-4)


def test_of_many_looks_the_lucky_one_does_not_stand_out() -> None:
    assert stand_out([0.04]) == [True]
    assert stand_out([0.04, 0.5, 0.6]) == [False, False, False]
    assert stand_out([0.03, 0.001, 0.02]) == [True, True, True]  # 0.001 ≤ 0.05/3, 0.02 ≤ 0.05/2, 0.03 ≤ 0.05


# -- sentences ---------------------------------------------------------------------------------------------------------


def test_a_rise_is_only_called_one_beyond_chance() -> None:
    assert said(figures(new=pair(42, 20)))["total.new"] == "本周新登记矛盾纠纷42件，多于上周的20件，超出偶然波动。"
    assert said(figures(new=pair(20, 42)))["total.new"] == "本周新登记矛盾纠纷20件，少于上周的42件，超出偶然波动。"
    assert said(figures(new=pair(28, 20)))["total.new"] == "本周新登记矛盾纠纷28件，上周20件，差别在偶然波动之内。"
    assert said(figures(new=pair(7, 1)))["total.new"] == "本周新登记矛盾纠纷7件，上周不足3件；件数少，不作升降判断。"


def test_a_category_and_a_cell_that_rise_are_named_with_where_it_comes_from() -> None:
    heads = (Group(Label("邻里纠纷", "Neighbours"), pair(30, 8)), Group(Label("物业", "Property"), pair(12, 11)))
    lines = {line.key: line for line in compose(figures(heads=heads, cells=(Group(Label("一格", "Cell 1"), pair(15, 2)),)))}
    rise = lines["head.rise|邻里纠纷"]
    assert rise.text.zh == "“邻里纠纷”类新登记30件，上周8件，上升超出偶然波动。"
    assert [value for _, value in rise.inputs] == ["30", "8"]
    assert (rise.among, rise.p) == (2, pytest.approx(compare_counts(30, 8)))
    assert lines["cell.rise|一格"].text.zh == "一格新登记15件，上周不足3件，上升超出偶然波动。"
    # Held against the worst of what may stand behind the mask.
    assert lines["cell.rise|一格"].p == pytest.approx(compare_counts(15, 2))
    assert "change.none" not in lines
    hidden = said(figures(heads=(Group(Label("邻里纠纷", "Neighbours"), pair(30, 2), hides=frozenset({"before"})),)))
    assert hidden["head.rise|邻里纠纷"] == "“邻里纠纷”类新登记30件，与上周相比上升，超出偶然波动。"
    assert said(figures(heads=heads[1:]))["change.none"] == "各类别、各网格的增减都在偶然波动之内。"


def test_what_sticks_and_what_went_well() -> None:
    heads = (Group(Label("邻里", "N"), pair(9, 9), known(20), known(10)),
             Group(Label("物业", "P"), pair(9, 9), known(40), known(0)))
    found = said(figures(open=known(60), late=known_part(10, 60), heads=heads, unsigned=known(2), broken=known(4),
                         settled=pair(30, 25), local=Pair(known_part(27, 30), known_part(20, 25))))
    assert found["late.share"] == "编制时未结60件，其中超期10件（17%）。"
    assert found["late.head|邻里"] == "超期较多的是“邻里”：未结20件，超期10件（50%），其余各类合计0%，差别超出偶然波动。"
    assert found["late.low_head|物业"] == "“物业”类未结40件，没有一件超期，其余各类合计50%，差别超出偶然波动。"
    assert found["task.unsigned"] == "部门任务过时未签收不足3项。"
    assert found["agreement.broken"] == "协议有条款到期未履行的案件4件。"
    assert found["local.share"] == "本周化解的30件中，27件在网格、社区内化解（90%），上周为80%，差别在偶然波动之内。"
    assert said(figures())["late.none"] == "编制时未结30件，没有一件超期。"


def test_a_share_whose_rest_is_small_gives_no_number_to_subtract() -> None:
    found = said(figures(settled=pair(12, 11), local=Pair(known_part(11, 12), known_part(11, 11))))
    assert found["local.share"] == "本周化解的12件中，至少10件在网格、社区内化解。"


def test_every_sentence_names_a_rule_that_says_how_it_counts() -> None:
    for line in compose(figures(new=pair(42, 20), late=known(5), unsigned=known(3))):
        query = query_of(line.rule)
        assert query is not None
        assert query.en.isascii() or "÷" in query.en
        assert line.inputs, line.key
    assert len({rule.code for rule in RULES}) == len(RULES)


# -- masks -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(st.integers(0, 7), min_size=2, max_size=6))
def test_no_small_number_of_a_table_follows_from_its_total_and_the_rest(counts: list[int]) -> None:
    masked, total = mask_column(counts), sum(counts)
    if total <= 2:
        return  # the total is masked too
    # All tables that would be printed the same, to somebody who knows the rule.
    options = [range(total + 1) if each is None else [each.low] for each in masked]
    possible = [row for row in product(*options) if sum(row) == total and mask_column(row) == masked]
    for at, count in enumerate(counts):
        if 0 < count <= 2:
            assert len({row[at] for row in possible}) > 1, (counts, masked)


def test_masked_numbers_read_as_fewer_than_three() -> None:
    assert [shown(known(count)).zh for count in (0, 1, 2, 3)] == ["0", "不足3", "不足3", "3"]
    assert worst(lambda now, before: now - before, Span(1, 2), Span(1, 2)) == 1


# -- hands and periods -------------------------------------------------------------------------------------------------


def test_hands_reword_drop_and_add_and_the_origin_stays() -> None:
    lines = compose(figures())
    key = lines[0].key
    changed = edited(lines, DraftEdit({key: LineEdit("另一种说法"), lines[1].key: LineEdit(lines[1].text.zh, is_dropped=True)},
                                      {Section.NEXT: "下月走访"}))
    assert (changed[0].paper, changed[0].inputs, changed[0].rule) == ("另一种说法", lines[0].inputs, lines[0].rule)
    assert changed[1].is_dropped
    assert not changed[1].said
    assert (changed[-1].rule, changed[-1].paper, changed[-1].section) == ("", "下月走访", Section.NEXT)
    assert edited(changed, DraftEdit({changed[-1].key: LineEdit("")}))[-1].rule  # emptied, it goes
    assert [Line.from_json(each.as_json()) for each in changed] == changed
    # After a new count a wording stays only where the sentence is still the same.
    same, other = recounted(changed, compose(figures())), recounted(changed, compose(figures(new=pair(50, 21))))
    assert (same[0].said, other[0].said) == ("另一种说法", "")
    assert other[-1].paper == "下月走访"


def test_periods_begin_on_mondays_and_firsts() -> None:
    assert (WEEK.first, WEEK.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert WEEK.words.zh == "2026年11月16日至22日"
    assert latest_over(BriefKind.WEEK, date(2026, 11, 22)).last == date(2026, 11, 15)
    assert period_of(BriefKind.WEEK, date(2026, 12, 30)).words.zh == "2026年12月28日至2027年1月3日"
    quarter = latest_over(BriefKind.QUARTER, date(2027, 1, 1))
    assert (quarter.first, quarter.last, quarter.words.zh) == (date(2026, 10, 1), date(2026, 12, 31), "2026年第4季度")
    assert quarter.year_before.first == date(2025, 10, 1)
    assert period_of(BriefKind.MONTH, date(2028, 2, 10)).days == 29
