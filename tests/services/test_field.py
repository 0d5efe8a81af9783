"""The phones that keep unsent filings and their keys; filed and solved on the spot in one go."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from gridmediate.domain.problems import Faults, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Flag, Source
from gridmediate.domain.workflow import Outcome, State
from gridmediate.services import accounts, devices
from gridmediate.services.devices import DEVICES_MOST, DeviceRevoked, TooManyDevices
from gridmediate.services.filing import FilingKeyReused, Receipt, file_once
from gridmediate.services.on_spot import OnSpotBarred, OnSpotOutsideGrid
from gridmediate.services.passwords import Hashing
from gridmediate.services.sign_ins import SignInRules
from gridmediate.store.models import Case, FieldDevice
from tests.builders import CELL, NEXT_COMMUNITY_CELL
from tests.rig.world import World

RESULT = "楼上当场关了水阀，答应三天内修好，双方同意"


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url


# -- phones ------------------------------------------------------------------------------------------------------------


def a_phone(world: World, by: str = "worker") -> uuid.UUID:
    row: FieldDevice = world.do(devices.add, "Chrome, Android", by=by)
    return row.id


def key_of(world: World, phone: uuid.UUID, by: str = "worker") -> bytes:
    with world.store.reading() as session:
        return devices.open_device(session, phone, world.people[by])[1]


def row_of(world: World, phone: uuid.UUID) -> FieldDevice:
    with world.store.reading() as session:
        return session.get_one(FieldDevice, phone)


def test_each_phone_has_a_key_of_its_own_that_only_its_owner_gets_and_revoking_destroys(world: World) -> None:
    one, other = a_phone(world), a_phone(world)
    keys = {key_of(world, each) for each in (one, other)}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 2
    assert key_of(world, one) not in (row_of(world, one).key_sealed or b"")
    for who in ("next_worker", "administrator"):
        with pytest.raises(NotFound):
            key_of(world, one, by=who)
        assert world.do(devices.revoke, one, by=who) is False
    assert world.do(devices.revoke, one, by="worker") is True
    assert world.do(devices.revoke, one, by="worker") is False
    assert row_of(world, one).key_sealed is None
    with pytest.raises(DeviceRevoked):
        key_of(world, one)
    assert key_of(world, other)


def test_of_ten_phones_only_one_that_lay_idle_for_a_month_makes_room(world: World) -> None:
    phones = [a_phone(world) for _ in range(DEVICES_MOST)]
    world.pass_time(days=29)
    with pytest.raises(TooManyDevices):
        a_phone(world)
    with world.store.writing() as session:
        for each in phones[1:]:
            devices.touch(session, each, world.now)
    world.pass_time(days=2)
    a_phone(world)
    with pytest.raises(DeviceRevoked):
        key_of(world, phones[0])
    assert all(key_of(world, each) for each in phones[1:])
    with pytest.raises(TooManyDevices):
        a_phone(world)


def test_closing_an_account_or_giving_it_a_new_password_ends_its_phones_and_nobody_elses(world: World) -> None:
    mine, others = a_phone(world), a_phone(world, by="cadre")
    world.do(accounts.set_active, world.people["worker"].account_id, False, by="administrator")
    with pytest.raises(DeviceRevoked):
        key_of(world, mine)
    world.do(accounts.set_active, world.people["worker"].account_id, True, by="administrator")
    again = a_phone(world)
    link = world.do(accounts.invite, world.people["worker"].account_id, by="administrator", secret="x")
    assert key_of(world, again)
    rules = SignInRules(hashing=Hashing(1, 64))
    accounts.accept_invitation(world.store, link, "一只橘猫坐在墙头看雨", world.now, rules, secret="x")
    with pytest.raises(DeviceRevoked):
        key_of(world, again)
    assert key_of(world, others, by="cadre")


# -- on the spot -------------------------------------------------------------------------------------------------------


def spot(world: World, **given: Any) -> Any:
    return world.filing(**{"on_spot": True, "spot_result": RESULT} | given)


def once(world: World, filing: Any, by: str = "worker") -> Receipt:
    return file_once(world.store, filing, world.people[by], world.now)


def test_filed_and_solved_on_the_spot_is_one_transaction_and_sent_again_the_same_receipt(world: World) -> None:
    filing = spot(world)
    receipt = once(world, filing)
    assert (receipt.is_repeat, receipt.cell_code, receipt.is_solved) == (False, CELL, True)
    case = world.case(receipt.case_no)
    assert (case.state, case.outcome) == (State.SOLVED_ON_SPOT, Outcome.SOLVED_ON_SPOT)
    assert world.acts(receipt.case_no) == ["case.file", "case.solve_on_spot"]
    assert once(world, filing) == replace(receipt, is_repeat=True)
    for other in (replace(filing, spot_result="另一种说法"), replace(filing, on_spot=False, spot_result="")):
        with pytest.raises(FilingKeyReused):
            once(world, other)
    assert world.count(Case) == 1


def test_what_may_not_be_solved_on_the_spot_is_not_filed_either(world: World) -> None:
    for filing, by, refusal in (
        (spot(world, cell_code=None, is_unsure=True, address="河边"), "worker", OnSpotOutsideGrid),
        (spot(world, cell_code=NEXT_COMMUNITY_CELL), "cadre", NotPermitted),
        (spot(world, spot_result="  "), "worker", Faults),
        (spot(world, flags=(Flag.THREAT,)), "worker", OnSpotBarred),
        (spot(world, flags=(Flag.SELF_HARM,)), "cadre", OnSpotBarred),
        (spot(world, t2_code="1401"), "worker", OnSpotBarred),
    ):
        with pytest.raises(refusal):
            once(world, filing, by)
    assert world.count(Case) == 0
    assert once(world, spot(world, t2_code="1401", source=Source.COURT)).is_solved  # entrusted
    # Outside the own cell a worker may, for what the worker filed.
    assert once(world, spot(world, cell_code=NEXT_COMMUNITY_CELL)).is_solved
