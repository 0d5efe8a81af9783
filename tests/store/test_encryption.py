"""Personal text at rest: bound to its row, opened by the right key only, found by a keyed index."""

from __future__ import annotations

import json
import stat
import threading
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.store.columns import new_id
from gridmediate.store.encryption import Keyring, KeysMissing, SealBroken, seal, unseal

PLACE = "cases|title|01"


@dataclass
class Note:
    __tablename__ = "notes"
    id: uuid.UUID = field(default_factory=new_id)
    title_sealed: bytes | None = None
    facts_sealed: bytes | None = None


@pytest.fixture
def session():
    return SimpleNamespace(info={"keyring": Keyring.fresh()})


@given(st.text())
def test_any_text_opens_as_it_was_sealed(text):
    ring = Keyring.fresh()
    assert ring.unseal(ring.seal(text, PLACE), PLACE) == text


def test_the_same_text_seals_differently_each_time():
    ring = Keyring.fresh()
    assert ring.seal("楼上漏水", PLACE) != ring.seal("楼上漏水", PLACE)


def test_a_sealed_text_does_not_show_its_words():
    assert "漏水".encode() not in Keyring.fresh().seal("楼上漏水", PLACE)


def test_two_swapped_rows_do_not_open(session):
    one, other = Note(), Note()
    seal(session, one, "title", "楼上漏水")
    seal(session, other, "title", "欠薪")
    one.title_sealed, other.title_sealed = other.title_sealed, one.title_sealed
    for each in (one, other):
        with pytest.raises(SealBroken):
            unseal(session, each, "title")


def test_a_text_moved_to_another_column_does_not_open(session):
    note = Note()
    seal(session, note, "title", "楼上漏水")
    note.facts_sealed = note.title_sealed
    assert unseal(session, note, "title") == "楼上漏水"
    with pytest.raises(SealBroken):
        unseal(session, note, "facts")


def test_empty_text_is_kept_as_nothing(session):
    note = Note()
    for empty in ("", None):
        seal(session, note, "title", empty)
        assert note.title_sealed is None
        assert unseal(session, note, "title") == ""


@given(st.data())
def test_any_changed_byte_breaks_the_seal(data):
    ring = Keyring.fresh()
    sealed = bytearray(ring.seal("楼上漏水", PLACE))
    where = data.draw(st.integers(0, len(sealed) - 1))
    sealed[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        ring.unseal(bytes(sealed), PLACE)


@pytest.mark.parametrize("length", range(32))
def test_a_cut_envelope_is_a_broken_seal_and_no_crash(length):
    ring = Keyring.fresh()
    with pytest.raises(SealBroken):
        ring.unseal(ring.seal("楼上漏水", PLACE)[:length], PLACE)


def test_another_homes_key_does_not_open():
    with pytest.raises(SealBroken):
        Keyring.fresh().unseal(Keyring.fresh().seal("楼上漏水", PLACE), PLACE)


def test_after_a_key_change_old_texts_open_and_new_ones_use_the_new_key():
    old = Keyring.fresh()
    sealed = old.seal("楼上漏水", PLACE)
    new = Keyring({**old.keys, 2: bytes(range(32))}, 2)
    assert new.unseal(sealed, PLACE) == "楼上漏水"
    assert new.seal("欠薪", PLACE)[1] == 2
    with pytest.raises(SealBroken):
        old.unseal(new.seal("欠薪", PLACE), PLACE)


def test_indexes_and_chains_survive_a_key_change():
    old = Keyring.fresh()
    new = Keyring({**old.keys, 2: bytes(range(32))}, 2)
    assert new.index("name", "苏婉清") == old.index("name", "苏婉清")
    assert new.link(b"entry") == old.link(b"entry")


@pytest.mark.parametrize("written", [
    "13800001234", "138 0000 1234", "138-0000-1234", "+86 13800001234", "１３８００００１２３４", "0086-138-0000-1234",
])
def test_every_way_of_writing_a_phone_has_one_index(written):
    ring = Keyring.fresh()
    assert ring.index("phone", written) == ring.index("phone", "13800001234")


@pytest.mark.parametrize(("written", "plain"), [
    ("苏 婉清", "苏婉清"), ("苏　婉清 ", "苏婉清"), ("Ann  LEE", "annlee"), ("Ａｎｎ Lee", "ann lee"),
])
def test_every_way_of_writing_a_name_has_one_index(written, plain):
    ring = Keyring.fresh()
    assert ring.index("name", written) == ring.index("name", plain)


def test_different_people_kinds_and_homes_have_different_indexes():
    ring = Keyring.fresh()
    assert len({ring.index("name", "苏婉清"), ring.index("name", "苏婉青"), ring.index("phone", "13800001234"),
                ring.index("name", "13800001234"), Keyring.fresh().index("name", "苏婉清")}) == 5


@given(st.text(min_size=1))
def test_an_index_fits_a_64_bit_column(text):
    assert -(2**63) <= Keyring({1: bytes(32)}, 1).index("name", text) < 2**63


def test_a_new_key_file_is_for_its_owner_only_and_is_read_again(tmp_path):
    path = tmp_path / "instance" / "keyring.json"
    made = Keyring.open(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.open(path).keys == made.keys == Keyring.open(path, create=True).keys
    assert [each.name for each in path.parent.iterdir()] == ["keyring.json"]


def test_two_programs_that_start_at_once_agree_on_one_key_file(tmp_path):
    rings: list[Keyring] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        rings.append(Keyring.open(tmp_path / "keyring.json", create=True))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(rings) == 8
    assert len({tuple(ring.keys.items()) for ring in rings}) == 1


@pytest.mark.parametrize("content", [
    "", "{", "[]", "{}", '{"current": 1, "keys": {"1": "zz"}}', '{"current": 2, "keys": {"1": "00"}}',
    '{"current": 1, "keys": {}}', '{"current": "x", "keys": {"1": "00"}}',
])
def test_a_spoilt_key_file_is_refused_in_words_and_never_replaced(tmp_path, content):
    path = tmp_path / "keyring.json"
    path.write_text(content)
    for create in (False, True):
        with pytest.raises(KeysMissing):
            Keyring.open(path, create=create)
    assert path.read_text() == content


def test_an_absent_key_file_is_refused_unless_it_may_be_made(tmp_path):
    with pytest.raises(KeysMissing) as refusal:
        Keyring.open(tmp_path / "keyring.json")
    assert str(tmp_path) in refusal.value.say("zh")
    assert not (tmp_path / "keyring.json").exists()


def test_a_key_file_can_hold_several_keys(tmp_path):
    path = tmp_path / "keyring.json"
    path.write_text(json.dumps({"current": 2, "keys": {"1": "00" * 32, "2": "11" * 32}}))
    ring = Keyring.open(path)
    assert ring.current == 2
    assert ring.unseal(ring.seal("楼上漏水", PLACE), PLACE) == "楼上漏水"
