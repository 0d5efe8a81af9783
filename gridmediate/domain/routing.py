"""Which departments a case goes to, by ordered rules over category, place and circumstances, each with its reason.

Two kinds of rule stand in one list. A *category rule* names who leads; the first that fits counts, the rest are not asked. A
*circumstance rule* (``additive``) is asked every time and adds its departments to what the category rule chose; if it names a
lead, it takes the lead over. The rule that chose each department stays with the case, in words, also when the rule is edited
later.

Notes
-----
A case is never sent to "unknown": when no category rule fits, :data:`LAST_RESORT` gives it to the community's mediation
committee, visibly. The defaults follow the duties found in published rules (women's federation for families, human resources
for wages …) and are the office's to change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridmediate.domain.departments import MEDIATION_COMMITTEE, default_ask, department_name
from gridmediate.domain.vocabulary import Flag, Label, Part, Phrase, Urgency, add_phrases

add_phrases({
    "routing.rule": ("规则 {no}“{label}”：{why}", "Rule {no} “{label}”: {why}"),
    "routing.gave-up-lead": (
        "规则 {no}“{label}”定为主办；因规则 {by} 改由他部门主办，转为协办",
        "Rule {no} “{label}” made it the lead; rule {by} gives the lead to another, so it supports",
    ),
    "routing.no-desk": (
        "规则 {no}“{label}”由{department}主办，本处没有这个部门，由社区调委会先接",
        "Rule {no} “{label}” is for {department}, which has no desk here; the community's committee takes it",
    ),
})

CELL_KINDS = ("base", "exclusive", "micro")

#: Circumstances under which tasks are urgent: life or body may be at stake (People's Mediation Law art. 25).
URGENT_FLAGS = frozenset({Flag.THREAT, Flag.DOMESTIC_VIOLENCE, Flag.SELF_HARM})


def urgency_of(flags: Collection[Flag | str]) -> Urgency:
    """Return how fast tasks of a case with these circumstances must be signed for."""
    return Urgency.URGENT if any(flag in URGENT_FLAGS for flag in flags) else Urgency.ORDINARY


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case lies, as far as rules ask.

    Parameters
    ----------
    cell_code : str or None
        None while the case waits in the queue of open places.
    cell_kind : str
        One of :data:`CELL_KINDS`.
    """

    cell_code: str | None = None
    cell_kind: str = "base"


#: A case whose place is open yet: only rules that ask for no place fit.
NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One row of the routing table.

    Parameters
    ----------
    no : str
        Public number such as ``02-01``, printed beside every department it chose.
    label, why : Label
        What the rule is about, and why these departments.
    categories : tuple of str
        Prefixes of T2 codes, any of which fits; empty fits all.
    cell_kinds, communities : tuple of str
        Kinds of cell, and prefixes of cell codes (street or community), any of which fits; empty fits all.
    flags : tuple of Flag
        Circumstances that must *all* be given.
    lead : str or None
        Department code or the mediation committee; a category rule needs one.
    support, on_demand : tuple of str
        Departments that get a task at once, and those to be called when needed.
    additive : bool
        A circumstance rule, see the module's notes.
    active : bool
    """

    no: str
    label: Label
    why: Label
    categories: tuple[str, ...] = ()
    cell_kinds: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    lead: str | None = None
    support: tuple[str, ...] = ()
    on_demand: tuple[str, ...] = ()
    additive: bool = False
    active: bool = True

    def fits(self, category: str, place: Place, flags: Collection[Flag | str]) -> bool:
        """Return whether the rule is active and all its conditions hold."""
        return (
            self.active
            and (not self.categories or category.startswith(self.categories))
            and (not self.cell_kinds or place.cell_kind in self.cell_kinds)
            and (not self.communities or (place.cell_code or "").startswith(self.communities))
            and all(flag in flags for flag in self.flags)
        )

    @property
    def is_unconditional(self) -> bool:
        """Whether it fits every case."""
        return self.active and not (self.categories or self.cell_kinds or self.communities or self.flags)

    @property
    def departments(self) -> tuple[str, ...]:
        """All that it names, the lead first; the committee is none."""
        named = ((self.lead,) if self.lead else ()) + self.support + self.on_demand
        return tuple(each for each in named if each != MEDIATION_COMMITTEE)

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "no": self.no, "label": _stored(self.label), "why": _stored(self.why),
            "categories": list(self.categories), "cell_kinds": list(self.cell_kinds), "communities": list(self.communities),
            "flags": [flag.value for flag in self.flags], "lead": self.lead, "support": list(self.support),
            "on_demand": list(self.on_demand), "additive": self.additive, "active": self.active,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RoutingRule:
        """Read back what :meth:`as_json` stored; an office's edit goes through ``routing_rows`` first."""
        lists = {key: tuple(stored[key]) for key in ("categories", "cell_kinds", "communities", "support", "on_demand")}
        return cls(
            stored["no"], Label(**stored["label"]), Label(**stored["why"]), flags=tuple(Flag(each) for each in stored["flags"]),
            lead=stored["lead"], additive=stored["additive"], active=stored["active"], **lists,
        )

    def reason(self) -> Phrase:
        """Return the rule as a reason to store; it repeats the rule's words, so that an edit does not rewrite old cases."""
        return Phrase("routing.rule", {"no": self.no, "label": _stored(self.label), "why": _stored(self.why)})


@dataclass(frozen=True, slots=True)
class RoutedDepartment:
    """A department with its part and the rule that chose it.

    Parameters
    ----------
    code : str
        Department code, or the mediation committee as lead.
    part : Part or None
        None for one that is called only when needed.
    rule_no : str
    reason : Phrase
    ask : Phrase or None
        What it is asked by default; None for the committee.
    """

    code: str
    part: Part | None
    rule_no: str
    reason: Phrase
    ask: Phrase | None


@dataclass(frozen=True, slots=True)
class Routing:
    """What the rules say for one case.

    Parameters
    ----------
    category : str
    lead : RoutedDepartment
        Who leads; the community's committee counts here.
    support, on_demand : tuple of RoutedDepartment
    rules : tuple of str
        Numbers of all rules that took part, the category rule first.
    """

    category: str
    lead: RoutedDepartment
    support: tuple[RoutedDepartment, ...] = ()
    on_demand: tuple[RoutedDepartment, ...] = ()
    rules: tuple[str, ...] = field(default=())

    @property
    def led_by_committee(self) -> bool:
        """Whether the community leads itself, so that no department does."""
        return self.lead.code == MEDIATION_COMMITTEE

    @property
    def departments(self) -> tuple[RoutedDepartment, ...]:
        """The departments that get a task at once, the lead first; never the committee."""
        return self.support if self.led_by_committee else (self.lead, *self.support)


#: What takes a case that no category rule fits.
LAST_RESORT = RoutingRule(
    no="99-99",
    label=Label("兜底", "Last resort"),
    why=Label(
        "没有别的规则适用，由社区调委会先接，必要时再请部门",
        "no other rule fits; the community's committee takes it and calls departments in",
    ),
    lead=MEDIATION_COMMITTEE,
    on_demand=("justice_office",),
)


def route(
    rules: Sequence[RoutingRule], category: str, place: Place = NOWHERE, flags: Collection[Flag | str] = (), *,
    departments: Collection[str] | None = None,
) -> Routing:
    """Return the departments of a case with the rule that chose each.

    Parameters
    ----------
    rules : sequence of RoutingRule
        In the office's order.
    category : str
        T2 code.
    place : Place
    flags : collection of Flag
    departments : collection of str or None
        Those that have a desk here. Others are left out, and the committee takes what one of them would lead: a case must not
        wait for an office that does not exist. None takes every department named.

    Returns
    -------
    Routing
        Always with a lead; no department twice.
    """
    fitting = [rule for rule in rules if rule.fits(category, place, flags)]
    base = next((rule for rule in fitting if not rule.additive and rule.lead), LAST_RESORT)
    added = [rule for rule in fitting if rule.additive]
    leading = next((rule for rule in added if rule.lead), base)
    if leading.lead == base.lead:
        leading = base  # both agree: the category's own reason is the plainer one
    taking_part = [base, *added]

    lead_code = leading.lead or MEDIATION_COMMITTEE
    lead = _routed(lead_code, Part.LEAD, leading, category)
    absent = set() if departments is None else {each for rule in taking_part for each in rule.departments} - set(departments)
    if lead_code in absent:
        lead = _instead_of(lead_code, leading)
    seen = {lead_code, MEDIATION_COMMITTEE} | absent
    support: list[RoutedDepartment] = []
    for rule in taking_part:
        if rule.lead and rule is not leading and rule.lead not in seen:
            seen.add(rule.lead)
            support.append(_demoted(rule, leading, category))
        support.extend(_fresh(rule.support, seen, Part.SUPPORT, rule, category))
    on_demand = [each for rule in taking_part for each in _fresh(rule.on_demand, seen, None, rule, category)]
    return Routing(category, lead, tuple(support), tuple(on_demand), tuple(rule.no for rule in taking_part))


def _fresh(
    codes: Sequence[str], seen: set[str], part: Part | None, rule: RoutingRule, category: str
) -> list[RoutedDepartment]:
    fresh = [code for code in dict.fromkeys(codes) if code not in seen]
    seen.update(fresh)
    return [_routed(code, part, rule, category) for code in fresh]


def _routed(code: str, part: Part | None, rule: RoutingRule, category: str) -> RoutedDepartment:
    ask = None if code == MEDIATION_COMMITTEE else default_ask(code, category)
    return RoutedDepartment(code, part, rule.no, rule.reason(), ask)


def _instead_of(absent: str, rule: RoutingRule) -> RoutedDepartment:
    values = {"no": rule.no, "label": _stored(rule.label), "department": _stored(department_name(absent))}
    return RoutedDepartment(MEDIATION_COMMITTEE, Part.LEAD, rule.no, Phrase("routing.no-desk", values), None)


def _demoted(rule: RoutingRule, by: RoutingRule, category: str) -> RoutedDepartment:
    reason = Phrase("routing.gave-up-lead", {"no": rule.no, "label": _stored(rule.label), "by": by.no})
    return RoutedDepartment(str(rule.lead), Part.SUPPORT, rule.no, reason, default_ask(str(rule.lead), category))


def _stored(text: Label) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
