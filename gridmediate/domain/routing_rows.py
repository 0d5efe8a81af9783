"""The office's edits of the routing table: rows read from JSON with all their faults, and the table checked as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.departments import DEPARTMENTS, MEDIATION_COMMITTEE
from gridmediate.domain.problems import Faults, FieldMissing, FieldNotAChoice, Problem
from gridmediate.domain.routing import CELL_KINDS, RoutingRule
from gridmediate.domain.vocabulary import Flag, Label


class RuleNumberTwice(Problem):
    """Two rules carry one number."""

    code = "routing.number-twice"
    sentence = Label(
        "规则编号 {no} 用了两次，理由会指错。请改其中一条的编号。",
        "Rule number {no} is used twice, so reasons would point to the wrong one. Please renumber one.",
    )


class RuleNeverReached(Problem):
    """A category rule stands behind one that takes all its cases."""

    code = "routing.never-reached"
    sentence = Label(
        "规则 {no} 排在 {by} 后面，永远轮不到。请把它移到前面，或删掉。",
        "Rule {no} stands behind {by}, which takes all its cases. Move it up, or delete it.",
    )


class NoLastResort(Problem):
    """No active category rule fits every case."""

    code = "routing.no-last-resort"
    sentence = Label(
        "缺一条不设条件的兜底规则。请把“99-99”启用并放在最后。",
        "There is no rule without conditions. Please activate “99-99” and keep it last.",
    )


def check_rules(rules: Sequence[RoutingRule]) -> list[Problem]:
    """Return the faults of a whole table; an empty list when it is sound."""
    faults: list[Problem] = []
    numbers = [rule.no for rule in rules]
    faults.extend(RuleNumberTwice(no=no) for no in dict.fromkeys(numbers) if numbers.count(no) > 1)
    deciding = [rule for rule in rules if rule.active and not rule.additive and rule.lead]
    for place, rule in enumerate(deciding):
        before = next((each for each in deciding[:place] if _takes_all_of(each, rule)), None)
        if before is not None:
            faults.append(RuleNeverReached(no=rule.no, by=before.no))
    if not any(rule.is_unconditional for rule in deciding):
        faults.append(NoLastResort())
    return faults


def _takes_all_of(earlier: RoutingRule, later: RoutingRule) -> bool:
    def prefixes_cover(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
        return not wide or (bool(narrow) and all(each.startswith(wide) for each in narrow))

    return (
        prefixes_cover(earlier.categories, later.categories)
        and prefixes_cover(earlier.communities, later.communities)
        and (not earlier.cell_kinds or (bool(later.cell_kinds) and set(later.cell_kinds) <= set(earlier.cell_kinds)))
        and set(earlier.flags) <= set(later.flags)
    )


_NO = Label("规则编号", "Rule number")
_TITLE = Label("规则名称", "Rule's name")
_WHY = Label("理由", "Reason")
_CATEGORIES = Label("纠纷分类", "Categories")
_KINDS = Label("网格类型", "Kinds of cell")
_PLACES = Label("街道或社区", "Streets or communities")
_FLAGS = Label("情形", "Circumstances")
_LEAD = Label("主办", "Lead")
_SUPPORT = Label("协办", "Support")
_ON_DEMAND = Label("需要时", "When needed")


def rule_from_json(stored: Mapping[str, Any], departments: Collection[str] = tuple(DEPARTMENTS)) -> RoutingRule:
    """Read a rule back, or an office's edit of one.

    Parameters
    ----------
    stored : mapping
        The shape of :meth:`RoutingRule.as_json`; English words may be left empty and then repeat the Chinese.
    departments : collection of str
        The departments there are.

    Raises
    ------
    Faults
        With every fault at once.
    """
    faults: list[Problem] = []
    label, why = _text(stored, "label", _TITLE, faults), _text(stored, "why", _WHY, faults)
    no = str(stored.get("no") or "").strip()
    if not no:
        faults.append(FieldMissing(field="no", name=_NO))
    additive, lead = bool(stored.get("additive", False)), stored.get("lead") or None
    faults.extend(_lead_faults(lead, additive, departments))
    faults.extend(_choice_faults(stored, departments))
    if faults:
        raise Faults(faults)
    return RoutingRule(
        no, label, why, _items(stored, "categories"), _items(stored, "cell_kinds"), _items(stored, "communities"),
        tuple(Flag(each) for each in _items(stored, "flags")), lead, _items(stored, "support"), _items(stored, "on_demand"),
        additive, bool(stored.get("active", True)),
    )


def _lead_faults(lead: str | None, additive: bool, departments: Collection[str]) -> list[Problem]:
    if lead is None:
        return [] if additive else [FieldMissing(field="lead", name=_LEAD)]
    if lead == MEDIATION_COMMITTEE or lead in departments:
        return []
    return [FieldNotAChoice(field="lead", name=_LEAD, got=lead)]


def _choice_faults(stored: Mapping[str, Any], departments: Collection[str]) -> list[Problem]:
    columns: tuple[tuple[str, Label, Callable[[str], bool]], ...] = (
        ("categories", _CATEGORIES, lambda each: any(code.startswith(each) for code in CATEGORIES)),
        ("cell_kinds", _KINDS, lambda each: each in CELL_KINDS),
        ("communities", _PLACES, lambda each: each.isdecimal() and len(each) <= 15),
        ("flags", _FLAGS, lambda each: each in {flag.value for flag in Flag}),
        ("support", _SUPPORT, lambda each: each in departments),
        ("on_demand", _ON_DEMAND, lambda each: each in departments),
    )
    return [
        FieldNotAChoice(field=key, name=name, got=each)
        for key, name, fits in columns
        for each in _items(stored, key)
        if not (each and fits(each))
    ]


def _items(stored: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(each) for each in stored.get(key) or ())


def _text(stored: Mapping[str, Any], key: str, name: Label, faults: list[Problem]) -> Label:
    words = stored.get(key) or {}
    zh = str(words.get("zh") or "").strip()
    if not zh:
        faults.append(FieldMissing(field=key, name=name))
    return Label(zh, str(words.get("en") or "").strip() or zh)
