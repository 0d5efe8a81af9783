"""The sentences of a briefing: one table of rules, each with how its numbers are counted and what it may say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gridmediate.domain import briefing_rules as rules
from gridmediate.domain.briefing import Line, Section
from gridmediate.domain.briefing_rules import Figures, Found
from gridmediate.domain.vocabulary import Label, fill


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Parameters
    ----------
    code : str
    section : Section
    query : Label
        How the numbers are counted, with what they are divided by and who is left out.
    find : callable
        From the figures to what there is to say; nothing where there is nothing.
    texts : mapping of str to Label
        By variant.
    """

    code: str
    section: Section
    query: Label
    find: Callable[[Figures], Iterator[Found]]
    texts: Mapping[str, Label]


_FILED = Label("按上报时间计，不含并案；新登记＝本期内上报的案件数。升降按每天的件数比，用精确的条件二项检验，p 不超过 0.05 "
               "才称升降。",
               "By the day of filing, without duplicates. Rates per day are compared by the exact conditional binomial "
               "test; a rise or "
               "fall is called one only at p 0.05 or less.")
_MANY = Label("按上报时间计，不含并案。各类别（各网格）一起比，按霍尔姆法校正，免得比得多了碰巧出一个。"
              "两期合计不足 10 件的不称升降。",
              "By the day of filing, without duplicates. All categories (cells) are compared together and corrected by "
              "Holm's rule, so "
              "that many looks do not find one by luck. Fewer than 10 cases in both periods are not called a rise or a fall.")
_STOCK = Label("编制时的数：未结＝尚未化解或终结；超期＝未结中已过期限，暂停计时的不算。",
               "As counted when the briefing was made. Open: neither settled nor ended; overdue: open and past the due "
               "time, paused "
               "clocks left out.")
_SHARES = Label("两个比例用费希尔精确检验比较；总数不足 5 件不给比例。",
                "The two shares are compared by Fisher's exact test; no share is given of fewer than 5.")

RULES: tuple[Rule, ...] = (
    Rule("total.new", Section.OVERVIEW, _FILED, rules.total, {
        "up": Label("{this}新登记矛盾纠纷{now}件，多于{then}的{before}件，超出偶然波动。",
                    "New disputes {this}: {now}, more than {then} ({before}), beyond what chance would do."),
        "down": Label("{this}新登记矛盾纠纷{now}件，少于{then}的{before}件，超出偶然波动。",
                      "New disputes {this}: {now}, fewer than {then} ({before}), beyond what chance would do."),
        "level": Label("{this}新登记矛盾纠纷{now}件，{then}{before}件，差别在偶然波动之内。",
                       "New disputes {this}: {now}; {then}: {before}. The difference is within what chance does."),
        "few": Label("{this}新登记矛盾纠纷{now}件，{then}{before}件；件数少，不作升降判断。",
                     "New disputes {this}: {now}; {then}: {before}. The numbers are too small to speak of a rise or a fall."),
    }),
    Rule("total.year", Section.OVERVIEW, _FILED, rules.year, {
        "up": Label("{then}{before}件，今年增多，超出偶然波动。",
                    "In {then} there were {before}; the rise is beyond what chance would do."),
        "down": Label("{then}{before}件，今年减少，超出偶然波动。",
                      "In {then} there were {before}; the fall is beyond what chance would do."),
        "level": Label("{then}{before}件，差别在偶然波动之内。",
                       "In {then} there were {before}; the difference is within what chance does."),
        "few": Label("{then}{before}件；件数少，不作升降判断。",
                     "In {then} there were {before}; too few to speak of a rise or a fall."),
    }),
    Rule("total.ends", Section.OVERVIEW,
         Label("化解、终结按办成的时间计，后来重新打开的不算；未结是编制时的数。"
               "依法终结（拒绝、撤回、移送等）不是谁的过失。",
               "Settled and ended by the moment it was reached, cases reopened since left out; open as counted when the "
               "briefing was "
               "made. A lawful end without settlement is nobody's failure."), rules.ends, {
        "": Label("{this}化解{settled}件，依法终结{ended}件；编制时未结{open}件。",
                  "{settled} settled and {ended} ended lawfully {this}; {open} open when this was made."),
    }),
    Rule("head.rise", Section.CHANGES, _MANY, rules.rising_heads, {
        "": Label("“{name}”类新登记{now}件，{then}{before}件，上升超出偶然波动。",
                  "“{name}”: {now} new, {then} {before}; the rise is beyond what chance would do."),
        "before": Label("“{name}”类新登记{now}件，与{then}相比上升，超出偶然波动。",
                        "“{name}”: {now} new; the rise since {then} is beyond what chance would do."),
        "now": Label("“{name}”类新登记比{then}的{before}件上升，超出偶然波动。",
                     "“{name}”: {before} new in {then}; the rise since is beyond what chance would do."),
        "before_now": Label("“{name}”类新登记比{then}上升，超出偶然波动。",
                            "“{name}”: the rise since {then} is beyond what chance would do."),
    }),
    Rule("head.fall", Section.CHANGES, _MANY, rules.falling_heads, {
        "": Label("“{name}”类新登记{now}件，{then}{before}件，下降超出偶然波动。",
                  "“{name}”: {now} new, {then} {before}; the fall is beyond what chance would do."),
        "before": Label("“{name}”类新登记{now}件，与{then}相比下降，超出偶然波动。",
                        "“{name}”: {now} new; the fall since {then} is beyond what chance would do."),
        "now": Label("“{name}”类新登记比{then}的{before}件下降，超出偶然波动。",
                     "“{name}”: {before} new in {then}; the fall since is beyond what chance would do."),
        "before_now": Label("“{name}”类新登记比{then}下降，超出偶然波动。",
                            "“{name}”: the fall since {then} is beyond what chance would do."),
    }),
    Rule("cell.rise", Section.CHANGES, _MANY, rules.rising_cells, {
        "": Label("{name}新登记{now}件，{then}{before}件，上升超出偶然波动。",
                  "{name}: {now} new, {then} {before}; the rise is beyond what chance would do.")}),
    Rule("cell.fall", Section.CHANGES, _MANY, rules.falling_cells, {
        "": Label("{name}新登记{now}件，{then}{before}件，下降超出偶然波动。",
                  "{name}: {now} new, {then} {before}; the fall is beyond what chance would do.")}),
    Rule("change.none", Section.CHANGES, _MANY, rules.nothing_stands_out, {
        "none": Label("各类别、各网格的增减都在偶然波动之内。",
                      "In every category and every cell the change is within what chance does."),
        "heads": Label("各类别的增减都在偶然波动之内。", "In every category the change is within what chance does."),
        "cells": Label("各网格的增减都在偶然波动之内。", "In every cell the change is within what chance does."),
    }),
    Rule("late.share", Section.STICKS, _STOCK, rules.late, {
        "": Label("编制时未结{open}件，其中超期{late}件{share}。",
                  "Of the {open} open when this was made, {late} are overdue{share}.")}),
    Rule("late.head", Section.STICKS, _SHARES, rules.much_late, {
        "": Label("超期较多的是“{name}”：未结{open}件，超期{late}件{share}，其余各类合计{others}，差别超出偶然波动。",
                  "Overdue most is “{name}”: {late} of {open} open{share}, all others together {others}; the difference is "
                  "beyond what "
                  "chance would do.")}),
    Rule("task.unsigned", Section.STICKS, Label("编制时的数：部门任务过了签收时限还没签收的。",
                                                "As counted when made: departments' tasks not signed for in time."),
         rules.count_of("unsigned", Label("过时未签收的任务", "Tasks not signed for in time")), {
        "": Label("部门任务过时未签收{count}项。", "Departments' tasks not signed for in time: {count}.")}),
    Rule("task.unanswered", Section.STICKS, Label("编制时的数：部门任务过了答复时限还没答复的。",
                                                  "As counted when made: departments' tasks not answered in time."),
         rules.count_of("unanswered", Label("过时未答复的任务", "Tasks not answered in time")), {
        "": Label("部门任务过时未答复{count}项。", "Departments' tasks not answered in time: {count}.")}),
    Rule("task.returned", Section.STICKS, Label("编制时的数：退回两次、等街道裁定的部门任务。",
                                                "As counted when made: tasks sent back twice that wait for the street's ruling."),
         rules.count_of("returned_twice", Label("退回两次的任务", "Tasks sent back twice")), {
        "": Label("退回两次、待街道裁定的部门任务{count}项。",
                  "Departments' tasks sent back twice, to be ruled by the street: {count}.")}),
    Rule("agreement.broken", Section.STICKS, Label("编制时的数：协议有到期未履行条款的案件。",
                                                   "As counted when made: cases with a clause of their agreement broken."),
         rules.count_of("broken", Label("有条款未履行的案件", "Cases with a broken clause")), {
        "": Label("协议有条款到期未履行的案件{count}件。", "Cases with a clause of the agreement broken: {count}.")}),
    Rule("late.none", Section.WENT_WELL, _STOCK, rules.none_late, {
        "": Label("编制时未结{open}件，没有一件超期。", "Of the {open} open when this was made, none is overdue.")}),
    Rule("local.share", Section.WENT_WELL,
         Label("网格、社区内化解率＝没有提级到街道、区县就化解的 ÷ 化解的。" + _SHARES.zh,
               "Settled in the cell or community: settled without going up to street or county ÷ all settled. " + _SHARES.en),
         rules.part_of("local", "settled"), {
        "up": Label("{this}化解的{whole}件中，{part}件在网格、社区内化解{share}，高于{then}的{before}，超出偶然波动。",
                    "Of {whole} settled {this}, {part} were settled in the cell or community{share}, more than {then} "
                    "({before}), beyond "
                    "what chance would do."),
        "down": Label("{this}化解的{whole}件中，{part}件在网格、社区内化解{share}，低于{then}的{before}，超出偶然波动。",
                      "Of {whole} settled {this}, {part} were settled in the cell or community{share}, less than {then}{before}, "
                      "beyond what chance would do."),
        "level": Label("{this}化解的{whole}件中，{part}件在网格、社区内化解{share}，{then}为{before}，差别在偶然波动之内。",
                       "Of {whole} settled {this}, {part} were settled in the cell or community{share}; {then}: {before}. "
                       "The difference "
                       "is within what chance does."),
        "alone": Label("{this}化解的{whole}件中，{part}件在网格、社区内化解{share}。",
                       "Of {whole} settled {this}, {part} were settled in the cell or community{share}."),
    }),
    Rule("visit.kept", Section.WENT_WELL,
         Label("履行率＝回访时仍在履行的 ÷ 本期做了的回访。" + _SHARES.zh,
               "Kept: follow-ups that found the agreement kept ÷ follow-ups made in the period. " + _SHARES.en),
         rules.part_of("kept", "visits"), {
        "up": Label("{this}回访{whole}次，{part}次双方都在履行{share}，高于{then}的{before}，超出偶然波动。",
                    "Of {whole} follow-ups {this}, {part} found the agreement kept{share}, more than {then} ({before}), "
                    "beyond what "
                    "chance would do."),
        "down": Label("{this}回访{whole}次，{part}次双方都在履行{share}，低于{then}的{before}，超出偶然波动。",
                      "Of {whole} follow-ups {this}, {part} found the agreement kept{share}, less than {then} ({before}), "
                      "beyond what "
                      "chance would do."),
        "level": Label("{this}回访{whole}次，{part}次双方都在履行{share}，{then}为{before}，差别在偶然波动之内。",
                       "Of {whole} follow-ups {this}, {part} found the agreement kept{share}; {then}: {before}. The "
                       "difference is within "
                       "what chance does."),
        "alone": Label("{this}回访{whole}次，{part}次双方都在履行{share}。",
                       "Of {whole} follow-ups {this}, {part} found the agreement kept{share}."),
    }),
    Rule("late.low_head", Section.WENT_WELL, _SHARES, rules.in_time, {
        "": Label("“{name}”类未结{open}件，没有一件超期，其余各类合计{others}，差别超出偶然波动。",
                  "“{name}”: {open} open and none overdue, all others together {others}; the difference is beyond what "
                  "chance would "
                  "do.")}),
)
_BY_CODE = {rule.code: rule for rule in RULES}


def query_of(code: str) -> Label | None:
    """Return how a rule counts; None for a line by hand and for a rule of another edition."""
    return _BY_CODE[code].query if code in _BY_CODE else None


def compose(figures: Figures) -> list[Line]:
    """Return every sentence there is to say, in the order of the paper.

    Notes
    -----
    The keys of lines come from their rule and what they name, so that a new count finds them again.
    """
    lines = []
    for rule in RULES:
        for found in rule.find(figures):
            name = found.values.get("name")
            key = f"{rule.code}|{name.zh}" if isinstance(name, Label) else rule.code
            text = Label(*(fill(rule.texts[found.variant], found.values, language) for language in ("zh", "en")))
            inputs = tuple((words, str(count)) for words, count in found.inputs)
            lines.append(Line(key, rule.section, rule.code, text, inputs, found.p, found.among))
    return sorted(lines, key=lambda line: list(Section).index(line.section))
