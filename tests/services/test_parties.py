"""Parties: several on each side, persons and organisations, who speaks for many, minors withheld."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridmediate.domain.problems import FieldTooLong
from gridmediate.domain.vocabulary import Side
from gridmediate.domain.workflow import State
from gridmediate.services import casepage, parties
from gridmediate.services.filing import PartyEntry
from gridmediate.services.parties import REPRESENTATIVES, OrganisationIsNoMinor, TooManyRepresentatives
from tests.rig.world import World


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url

ONE = PartyEntry(Side.APPLICANT, "赵小明", "13712345678", "锦溪花园 5 幢 301")


def clear(world: World, case_no: str) -> list[parties.ClearParty]:
    """Show the parties in clear."""
    found: list[parties.ClearParty] = world.do(parties.unmask, case_no, "约双方到场", by="cadre")
    return found


def test_persons_and_organisations_stand_on_both_sides(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    entries = [replace(ONE, side=side, name=name, is_organisation=name.endswith("公司"))
               for side in Side for name in ("赵小明", "钱二", "锦溪物业公司")]
    for entry in entries:
        world.do(parties.add_party, case_no, entry, by="worker")
    view = world.do(casepage.read_case, case_no, by="cadre")
    assert [(each.side, each.name) for each in view.parties] == [
        (side, name) for side in Side for name in ("赵*明", "钱*", "锦溪物业公司")]
    assert [(each.name, each.address) for each in clear(world, case_no)] == [(entry.name, entry.address) for entry in entries]


def test_a_minors_name_is_withheld_also_in_clear_and_the_phone_is_not_even_hinted_at(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    world.do(parties.add_party, case_no, replace(ONE, is_minor=True), by="worker")
    for who in ("worker", "cadre", "housing", "leader"):
        (view,) = world.do(casepage.read_case, case_no, by=who).parties
        assert (view.name, view.phone) == ("未成年人（姓名遮盖）", "")
    (shown,) = clear(world, case_no)
    assert shown.name == "未成年人（姓名遮盖）"
    assert (shown.phone, shown.address) == (ONE.phone, ONE.address)  # for a purpose, and recorded


def test_at_most_five_speak_for_a_side_and_the_other_side_has_its_own(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    for number in range(REPRESENTATIVES):
        world.do(parties.add_party, case_no, replace(ONE, name=f"代表{number}"), by="worker", is_representative=True)
    with pytest.raises(TooManyRepresentatives):
        world.do(parties.add_party, case_no, replace(ONE, name="代表六"), by="worker", is_representative=True)
    world.do(parties.add_party, case_no, replace(ONE, name="众人"), by="worker")
    world.do(parties.add_party, case_no, replace(ONE, side=Side.RESPONDENT), by="worker", is_representative=True)
    view = world.do(casepage.read_case, case_no, by="cadre")
    assert sum(each.is_representative for each in view.parties) == REPRESENTATIVES + 1
    assert len(view.parties) == REPRESENTATIVES + 2


def test_an_organisation_is_no_minor_and_an_address_is_no_story(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(OrganisationIsNoMinor):
        world.do(parties.add_party, case_no, replace(ONE, is_minor=True, is_organisation=True), by="worker")
    with pytest.raises(FieldTooLong):
        world.do(parties.add_party, case_no, replace(ONE, address="五" * 121), by="worker")
    assert world.case(case_no).parties == []
