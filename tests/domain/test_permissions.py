"""Who may do what, and how far: every role, permission and scope, and two readers of one table that agree."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

import gridmediate
from gridmediate.domain.permissions import (
    GRANTS,
    Actor,
    CaseSubject,
    Permission,
    Reach,
    Scope,
    holds,
    may,
    scopes_of,
    visible_to,
)
from gridmediate.domain.tasks import TASK_TABLE
from gridmediate.domain.vocabulary import Level, Role
from gridmediate.domain.workflow import TRANSITIONS
from tests.rig.walk import walked

#: What permissions that are about one case begin with.
_OF_A_CASE = ("case", "interference", "paper", "party", "task", "team")
ME, OTHER = UUID(int=7), UUID(int=8)
NOTHING = Actor(ME, "林", frozenset())
FAR = CaseSubject("far-street", "far-county", "far-community", "far-cell", OTHER, frozenset({OTHER}), frozenset({"far"}))
#: Scope → how an actor answers for a place, and the case that lies in it and in nothing else of the actor's.
WITHIN: dict[Scope, tuple[Actor, CaseSubject]] = {
    Scope.OWN: (NOTHING, replace(FAR, filed_by=ME)),
    Scope.CELL: (replace(NOTHING, cells=frozenset({"near"})), replace(FAR, cell_code="near")),
    Scope.DEPARTMENT: (replace(NOTHING, departments=frozenset({"near"})), replace(FAR, departments=frozenset({"near", "far"}))),
    Scope.LEAD_DEPARTMENT: (
        replace(NOTHING, departments=frozenset({"near"})),
        replace(FAR, lead_departments=frozenset({"near"})),
    ),
    Scope.COMMUNITY: (replace(NOTHING, communities=frozenset({"near"})), replace(FAR, community_code="near")),
    Scope.STREET: (replace(NOTHING, streets=frozenset({"near"})), replace(FAR, street_code="near")),
    Scope.COUNTY: (replace(NOTHING, counties=frozenset({"near"})), replace(FAR, county_code="near")),
}
#: The same for cases that were sent up. Where a place is answered for whole, what was sent up from it is reached too.
RAISED: dict[Scope, tuple[Actor, CaseSubject, Scope]] = {
    Scope.COMMUNITY_ASKED: (
        replace(NOTHING, communities=frozenset({"near"})), replace(FAR, community_code="near", level=Level.COMMUNITY),
        Scope.COMMUNITY),
    Scope.STREET_ASKED: (
        replace(NOTHING, streets=frozenset({"near"})), replace(FAR, street_code="near", level=Level.STREET), Scope.STREET),
    Scope.STREET_RAISED: (
        replace(NOTHING, streets=frozenset({"near"})), replace(FAR, street_code="near", level=Level.COUNTY), Scope.STREET),
    Scope.COUNTY_ASKED: (
        replace(NOTHING, counties=frozenset({"near"})), replace(FAR, county_code="near", level=Level.COUNTY), Scope.COUNTY),
}


@walked("scope", sorted(WITHIN))
@walked("permission", Permission)
@walked("role", Role)
def test_a_role_reaches_exactly_as_far_as_the_table_says(role: Role, permission: Permission, scope: Scope) -> None:
    actor, case = WITHIN[scope]
    actor = replace(actor, roles=frozenset({role}))
    granted = GRANTS[role].get(permission, ())
    assert may(actor, permission, case) is (scope in granted)
    assert not may(actor, permission, FAR)
    assert holds(actor, permission) is bool(granted)
    assert may(actor, permission) is (Scope.HOME in granted)


@walked("scope", sorted(RAISED))
@walked("permission", Permission)
@walked("role", Role)
def test_what_was_sent_up_opens_to_the_level_that_was_asked(role: Role, permission: Permission, scope: Scope) -> None:
    actor, case, whole = RAISED[scope]
    actor = replace(actor, roles=frozenset({role}))
    granted = set(GRANTS[role].get(permission, ()))
    opens = {scope, whole} | ({Scope.STREET_RAISED} if scope is Scope.STREET_ASKED else set())
    assert may(actor, permission, case) is bool(opens & granted)
    # Back in its cell it is closed to them again.
    assert may(actor, permission, replace(case, level=Level.CELL)) is (whole in granted)


def test_a_seat_on_the_team_is_a_case_of_ones_own_until_one_leaves() -> None:
    worker = Actor(ME, "林", frozenset({Role.GRID_WORKER}))
    assert may(worker, Permission.CASE_READ, replace(FAR, seated=frozenset({ME})))
    assert not may(worker, Permission.CASE_READ, FAR)


@walked("permission", Permission)
def test_a_permission_is_somebodys(permission: Permission) -> None:
    assert any(permission in granted for granted in GRANTS.values())


def test_permissions_stand_in_alphabetical_order_each_once() -> None:
    assert [each.value for each in Permission] == sorted(each.value for each in Permission)
    assert all(each.name == each.value.upper().replace(":", "_").replace("-", "_") for each in Permission)
    for role, granted in GRANTS.items():
        assert list(granted) == sorted(granted), role


@walked("permission", Permission)
def test_a_permission_is_asked_for_somewhere(permission: Permission) -> None:
    in_tables = {row.permission for row in TRANSITIONS} | {row.permission for row in TASK_TABLE}
    assert permission in in_tables or permission.name in _asked_for()


@cache
def _asked_for() -> set[str]:
    root = Path(gridmediate.__file__).parent
    sources = [path for path in root.rglob("*.py") if path.name != "permissions.py"]
    return {
        node.attr for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("Permission", "_P")
    }


def test_who_keeps_the_house_reads_no_case() -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        assert not {each for each in GRANTS[role] if each.value.split(":")[0] in _OF_A_CASE}


def test_the_county_reads_only_what_was_sent_up_to_it() -> None:
    for permission, scopes in GRANTS[Role.COORDINATOR].items():
        if permission.value.split(":")[0] in _OF_A_CASE:
            assert scopes == (Scope.COUNTY_ASKED,)


def test_only_who_works_with_the_parties_sees_who_they_are() -> None:
    assert {role for role in Role if Permission.PARTY_UNMASK in GRANTS[role]} == {Role.GRID_WORKER, Role.CADRE}
    # Papers bear names: whoever mediates makes them, in the community or where the case was sent up to.
    makes = {role: GRANTS[role][Permission.PAPER_MAKE] for role in Role if Permission.PAPER_MAKE in GRANTS[role]}
    assert makes == {role: GRANTS[role][Permission.CASE_MEDIATE] for role in (Role.CADRE, Role.LEADER)}


def test_an_act_on_a_case_never_reaches_further_than_reading_it() -> None:
    for role, granted in GRANTS.items():
        for permission, scopes in granted.items():
            if permission.value.split(":")[0] in _OF_A_CASE and permission is not Permission.CASE_FILE:
                # Whoever leads in a case has a part in it; what was sent up from a place lies in it.
                wider = {Scope.LEAD_DEPARTMENT: Scope.DEPARTMENT, Scope.COMMUNITY_ASKED: Scope.COMMUNITY,
                         Scope.STREET_ASKED: Scope.STREET, Scope.STREET_RAISED: Scope.STREET}
                within = {wider.get(scope, scope) for scope in scopes}
                assert within <= set(granted[Permission.CASE_READ]), (role, permission)


def test_an_empty_reach_covers_nothing_not_even_a_case_with_nothing() -> None:
    assert not Reach()
    assert not Reach().covers(CaseSubject("", "", None, None, None))
    nobody = Actor(ME, "林", frozenset(Role))
    assert not visible_to(nobody, Permission.HEAT_READ)


PLACES = st.sampled_from(["a", "b", "c"])
SOME = st.frozensets(PLACES, max_size=2)
ACTORS = st.builds(Actor, st.just(ME), st.just("林"), st.frozensets(st.sampled_from(Role)), SOME, SOME, SOME, SOME, SOME)
CASES = st.builds(
    CaseSubject, PLACES, PLACES, st.none() | PLACES, st.none() | PLACES, st.sampled_from([None, ME, OTHER]),
    st.frozensets(st.sampled_from([ME, OTHER])), SOME, SOME, st.sampled_from(Level),
)


@given(ACTORS, st.sampled_from(Permission), CASES)
def test_one_case_and_a_list_answer_alike_and_as_by_hand(actor: Actor, permission: Permission, case: CaseSubject) -> None:
    by_hand = False
    for role in actor.roles:
        for scope in GRANTS[role].get(permission, ()):
            by_hand |= {
                Scope.OWN: case.filed_by == ME or ME in case.seated,
                Scope.CELL: case.cell_code in actor.cells,
                Scope.DEPARTMENT: bool(actor.departments & case.departments),
                Scope.LEAD_DEPARTMENT: bool(actor.departments & case.lead_departments),
                Scope.COMMUNITY: case.community_code in actor.communities,
                Scope.STREET: case.street_code in actor.streets,
                Scope.COUNTY: case.county_code in actor.counties,
                Scope.COMMUNITY_ASKED: case.level is Level.COMMUNITY and case.community_code in actor.communities,
                Scope.STREET_ASKED: case.level is Level.STREET and case.street_code in actor.streets,
                Scope.STREET_RAISED: case.level in (Level.STREET, Level.COUNTY) and case.street_code in actor.streets,
                Scope.COUNTY_ASKED: case.level is Level.COUNTY and case.county_code in actor.counties,
                Scope.HOME: False,
            }[scope]
    assert may(actor, permission, case) is by_hand
    assert visible_to(actor, permission).covers(case) is by_hand


@given(ACTORS, st.sampled_from(Role), st.sampled_from(Permission), CASES)
def test_one_more_post_never_takes_a_right_away(actor: Actor, role: Role, permission: Permission, case: CaseSubject) -> None:
    more = replace(actor, roles=actor.roles | {role})
    assert may(more, permission, case) >= may(actor, permission, case)
    assert scopes_of(more, permission) >= scopes_of(actor, permission)


@given(ACTORS, st.sampled_from(Permission))
def test_nobody_reaches_further_than_the_places_answered_for(actor: Actor, permission: Permission) -> None:
    reach = visible_to(actor, permission)
    for each in fields(Reach):
        if each.name not in ("own", "levels"):
            assert getattr(reach, each.name) <= getattr(actor, each.name.removeprefix("lead_"))
    assert reach.own in (None, actor.account_id)
    assert {code for _, _, code in reach.levels} <= actor.communities | actor.streets | actor.counties
