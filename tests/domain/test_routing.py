"""Every code under every circumstance has somebody to lead it, and a rule that says why."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.departments import (
    DEPARTMENTS,
    MEDIATION_COMMITTEE,
    default_ask,
    department,
    department_name,
)
from gridmediate.domain.problems import Faults, FieldNotAChoice
from gridmediate.domain.routing import CELL_KINDS, LAST_RESORT, Place, RoutingRule, route, urgency_of
from gridmediate.domain.routing_defaults import DEFAULT_RULES
from gridmediate.domain.routing_rows import NoLastResort, RuleNeverReached, RuleNumberTwice, check_rules, rule_from_json
from gridmediate.domain.vocabulary import PHRASES, Flag, Label, Part, Phrase, Urgency
from tests.rig.walk import walked

FLAG_SETS = [frozenset(some) for size in range(len(Flag) + 1) for some in combinations(Flag, size)]
HERE = Place("990102001003005")


def a_rule(no="77-01", **changes):
    return RoutingRule(no, Label("试", "Trial"), Label("因为", "because"), **changes)


def codes(routed):
    return [each.code for each in routed]


@walked("code", CATEGORIES)
def test_every_code_under_every_set_of_circumstances_is_led(code):
    numbers = {rule.no: rule for rule in DEFAULT_RULES}
    for flags in FLAG_SETS:
        routing = route(DEFAULT_RULES, code, HERE, flags)
        everyone = [routing.lead, *routing.support, *routing.on_demand]
        assert routing.lead.part is Part.LEAD
        assert len(set(codes(everyone))) == len(everyone), "no department twice"
        assert set(codes(everyone)) <= {*DEPARTMENTS, MEDIATION_COMMITTEE}
        assert MEDIATION_COMMITTEE not in codes(routing.departments) + codes(routing.on_demand)
        for each in everyone:
            assert numbers[each.rule_no].no in routing.rules


# domain reference 3.3; the county's bureaus without a desk at the street come in through the office named in departments.py
LEADS = {
    "0101": "womens_federation", "0201": MEDIATION_COMMITTEE, "0203": MEDIATION_COMMITTEE, "0301": "police_station",
    "0401": "justice_office", "0402": "housing", "0403": "natural_resources", "0501": "civil_affairs", "0502": "health",
    "0503": "police_station", "0504": "urban_management", "0505": "market_regulation", "0506": "market_regulation",
    "0507": "human_resources", "0601": "market_regulation", "0602": "housing", "0603": "market_regulation",
    "0701": "human_resources", "0804": "justice_office", "0901": "natural_resources", "0902": "natural_resources",
    "1004": "market_regulation", "1101": "housing", "1102": "natural_resources", "1202": "civil_affairs",
    "1301": "urban_management", "1403": MEDIATION_COMMITTEE, "1502": MEDIATION_COMMITTEE, "1601": "civil_affairs",
    "99": MEDIATION_COMMITTEE,
}  # fmt: skip


@walked(("code", "lead"), LEADS.items())
def test_the_default_lead_is_that_of_the_reference(code, lead):
    assert route(DEFAULT_RULES, code).lead.code == lead


def test_a_leak_goes_to_the_committee_with_housing_and_the_police_on_call():
    routing = route(DEFAULT_RULES, "0201", HERE)
    assert routing.led_by_committee and routing.lead.ask is None
    assert codes(routing.departments) == ["housing"]
    assert codes(routing.on_demand) == ["police_station"]
    assert routing.support[0].reason.say("zh") == "规则 02-01“邻里—用水排水”：用排水类须查渗漏"
    assert routing.support[0].ask.say("zh") == "查明渗漏部位并出说明"


def test_violence_at_home_gives_the_lead_to_the_police_and_keeps_the_federation():
    routing = route(DEFAULT_RULES, "0101", HERE, [Flag.DOMESTIC_VIOLENCE])
    assert routing.lead.code == "police_station" and routing.lead.rule_no == "00-01"
    assert codes(routing.support) == ["womens_federation"]
    assert "转为协办" in routing.support[0].reason.say("zh")


@walked(
    ("flag", "departments"),
    [
        (Flag.DOMESTIC_VIOLENCE, {"police_station", "womens_federation"}),
        (Flag.THREAT, {"police_station"}),
        (Flag.SELF_HARM, {"police_station", "health"}),
        (Flag.MINOR, {"civil_affairs"}),
        (Flag.MIGRANT_WAGES, {"human_resources", "housing"}),
        (Flag.GROUP, {"justice_office"}),
        (Flag.EARLIER_ATTEMPTS, {"justice_office"}),
        (Flag.POLICE_CALLS, {"police_station"}),
        (Flag.BUILDING_WORK, {"urban_management"}),
    ],
)
def test_each_circumstance_brings_its_departments_in_every_category(flag, departments):
    for code in CATEGORIES:
        assert departments <= set(codes(route(DEFAULT_RULES, code, HERE, [flag]).departments))


def test_every_circumstance_has_a_rule():
    assert {flag for rule in DEFAULT_RULES if rule.additive for flag in rule.flags} == set(Flag)


@given(st.sampled_from(sorted(CATEGORIES)), st.sets(st.sampled_from(list(Flag))), st.sampled_from(list(Flag)))
def test_one_more_circumstance_never_takes_a_department_away(code, flags, more):
    before = route(DEFAULT_RULES, code, HERE, flags)
    after = route(DEFAULT_RULES, code, HERE, {*flags, more})
    assert set(codes(before.departments)) <= set(codes(after.departments))


def test_the_first_category_rule_that_fits_counts():
    rules = [a_rule("1", categories=("02",), lead="housing"), a_rule("2", categories=("0201",), lead="health"), LAST_RESORT]
    assert route(rules, "0201").lead.code == "housing"
    assert route(rules[1:], "0201").lead.code == "health"
    assert route(rules, "0301").rules == ("99-99",)


def test_a_rule_for_a_place_holds_there_only():
    rules = [
        a_rule("1", communities=("990102001003",), lead="health"),
        a_rule("2", cell_kinds=("exclusive",), lead="housing"),
        LAST_RESORT,
    ]
    assert route(rules, "0201", HERE).lead.code == "health"
    assert route(rules, "0201", Place("990102001004001", "exclusive")).lead.code == "housing"
    assert route(rules, "0201", Place("990102001004001")).lead.code == MEDIATION_COMMITTEE
    assert route(rules, "0201").lead.code == MEDIATION_COMMITTEE, "a place that is open fits no rule about places"


def test_an_inactive_rule_is_not_asked():
    rules = [a_rule(categories=("02",), lead="housing", active=False)]
    assert route(rules, "0201").lead.rule_no == LAST_RESORT.no


def test_a_case_is_led_even_when_the_office_has_deleted_every_rule():
    assert route([], "0201").lead.code == MEDIATION_COMMITTEE


def test_a_department_without_a_desk_here_is_left_out_and_the_committee_takes_what_it_would_lead():
    routing = route(DEFAULT_RULES, "0502", HERE, [Flag.THREAT], departments=["justice_office"])
    assert routing.led_by_committee and routing.departments == ()
    assert routing.lead.reason.say("zh") == "规则 05-02“医疗”由卫健办主办，本处没有这个部门，由社区调委会先接"
    assert codes(routing.on_demand) == ["justice_office"]


@given(st.sampled_from(sorted(CATEGORIES)), st.sets(st.sampled_from(list(Flag))), st.sets(st.sampled_from(list(DEPARTMENTS))))
def test_nobody_is_sent_to_a_desk_that_does_not_exist(code, flags, here):
    routing = route(DEFAULT_RULES, code, HERE, flags, departments=here)
    everywhere = route(DEFAULT_RULES, code, HERE, flags)
    assert set(codes([*routing.departments, *routing.on_demand])) <= here
    assert set(codes(everywhere.departments)) & here == set(codes(routing.departments))
    assert routing.lead.code in here | {MEDIATION_COMMITTEE}


def test_a_stored_reason_outlives_an_edit_of_its_rule():
    routing = route(DEFAULT_RULES, "0201")
    stored = json.loads(json.dumps(routing.support[0].reason.as_json()))
    assert Phrase.from_json(stored).say("en") == "Rule 02-01 “Neighbours: water and passage”: the leak has to be found"


def test_urgent_is_what_may_cost_life_or_body():
    assert {flag for flag in Flag if urgency_of([flag]) is Urgency.URGENT} == {
        Flag.THREAT, Flag.DOMESTIC_VIOLENCE, Flag.SELF_HARM,
    }  # fmt: skip
    assert urgency_of([]) is Urgency.ORDINARY


def test_there_are_ten_departments_and_the_committee_is_none_of_them():
    assert len(DEPARTMENTS) == 10
    assert MEDIATION_COMMITTEE not in DEPARTMENTS
    assert department_name(MEDIATION_COMMITTEE).zh == "社区调委会"
    with pytest.raises(FieldNotAChoice):
        department(MEDIATION_COMMITTEE)
    assert department("housing").name.zh == "住建所"
    assert department_name("elsewhere").zh == "elsewhere"


@walked("code", DEPARTMENTS)
def test_every_department_is_used_worded_and_has_a_question_for_every_category(code):
    each = DEPARTMENTS[code]
    assert code.isascii() and code == code.lower()
    assert each.name.en.isascii() and each.duty.zh.endswith("。")
    assert any(rule.lead == code for rule in DEFAULT_RULES)
    for t2 in CATEGORIES:
        assert default_ask(code, t2).code in PHRASES
        assert default_ask(code, t2).code != "ask"


def test_a_department_of_the_offices_own_is_asked_the_general_question():
    assert default_ask("water_company", "0201").say("zh") == "按职责查明情况并答复"


@walked("rule", DEFAULT_RULES, ids=lambda rule: rule.no)
def test_every_default_rule_is_worded_and_survives_storage(rule):
    assert rule.label.en.isascii() and rule.why.en.isascii()
    stored = json.loads(json.dumps(rule.as_json()))
    assert RoutingRule.from_json(stored) == rule_from_json(stored) == rule
    assert rule.reason().say("zh") and rule.reason().say("en")
    assert rule.additive == rule.no.startswith("00-")
    assert rule.additive or rule.no[:2] == "99" or all(each.startswith(rule.no[:2]) for each in rule.categories)


def test_the_default_table_is_sound_and_each_rule_is_reached():
    assert check_rules(DEFAULT_RULES) == []
    reached = {
        route(DEFAULT_RULES, code, HERE, flags).rules[0] for code in CATEGORIES for flags in ([], [Flag.MIGRANT_WAGES])
    }
    assert reached == {rule.no for rule in DEFAULT_RULES if not rule.additive}


def test_faults_of_a_table_are_found():
    wide, narrow = a_rule("1", categories=("02",), lead="housing"), a_rule("2", categories=("0201",), lead="health")
    assert [type(each) for each in check_rules([wide, narrow])] == [RuleNeverReached, NoLastResort]
    assert [type(each) for each in check_rules([narrow, wide, replace(LAST_RESORT, no="1")])] == [RuleNumberTwice]
    assert [type(each) for each in check_rules([LAST_RESORT, wide])] == [RuleNeverReached]
    assert check_rules([replace(wide, no="0", cell_kinds=("base",)), wide, LAST_RESORT]) == []
    assert check_rules([replace(wide, active=False), narrow, LAST_RESORT]) == []


def test_a_bad_row_names_every_fault_at_once():
    bad = {
        "no": " ", "label": {"zh": ""}, "categories": ["77", ""], "cell_kinds": ["round"], "communities": ["柳溪"],
        "flags": ["rain"], "lead": "nobody", "support": [MEDIATION_COMMITTEE], "on_demand": ["housing"],
    }  # fmt: skip
    with pytest.raises(Faults) as refused:
        rule_from_json(bad)
    assert sorted(problem.field for problem in refused.value.problems) == [
        "categories", "categories", "cell_kinds", "communities", "flags", "label", "lead", "no", "support", "why",
    ]  # fmt: skip


def test_a_category_rule_needs_a_lead_and_english_may_be_left_empty():
    row = {"no": "1", "label": {"zh": "甲"}, "why": {"zh": "乙"}}
    with pytest.raises(Faults):
        rule_from_json(row)
    assert rule_from_json({**row, "additive": True}).label.en == "甲"
    assert rule_from_json({**row, "lead": "water"}, departments=["water"]).lead == "water"


rules_of_any_shape = st.builds(
    a_rule,
    no=st.text("0123456789-", min_size=1, max_size=6),
    categories=st.lists(st.sampled_from(["01", "02", "0201", "07", "99"]), max_size=3).map(tuple),
    cell_kinds=st.lists(st.sampled_from(CELL_KINDS), max_size=2).map(tuple),
    communities=st.lists(st.sampled_from(["990102001", "990102001003"]), max_size=2).map(tuple),
    flags=st.lists(st.sampled_from(list(Flag)), max_size=2, unique=True).map(tuple),
    lead=st.sampled_from([MEDIATION_COMMITTEE, *DEPARTMENTS]),
    support=st.lists(st.sampled_from(list(DEPARTMENTS)), max_size=3).map(tuple),
    on_demand=st.lists(st.sampled_from(list(DEPARTMENTS)), max_size=3).map(tuple),
    additive=st.booleans(),
    active=st.booleans(),
)


@given(st.lists(rules_of_any_shape, max_size=6), st.sampled_from(sorted(CATEGORIES)), st.sets(st.sampled_from(list(Flag))))
def test_any_table_gives_one_lead_and_nobody_twice(rules, code, flags):
    routing = route(rules, code, HERE, flags)
    everyone = codes([routing.lead, *routing.support, *routing.on_demand])
    assert len(set(everyone)) == len(everyone)
    assert all(each.part is Part.SUPPORT for each in routing.support)
    assert all(each.part is None for each in routing.on_demand)
    assert MEDIATION_COMMITTEE not in everyone[1:]
    assert all(rule_from_json(rule.as_json()) == rule for rule in rules)


@given(st.lists(rules_of_any_shape, max_size=4), st.sampled_from(sorted(CATEGORIES)), st.sets(st.sampled_from(list(Flag))))
def test_a_rule_reported_as_never_reached_is_never_reached(rules, code, flags):
    rules = [replace(rule, no=str(n)) for n, rule in enumerate(rules)]
    unreached = {fault.values["no"] for fault in check_rules(rules) if isinstance(fault, RuleNeverReached)}
    assert route(rules, code, HERE, flags).rules[0] not in unreached
