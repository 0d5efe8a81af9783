"""The chained record: every way of tampering is seen, whatever the clock does and whoever writes at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from gridmediate.domain.workflow import State
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import SealBroken
from gridmediate.store.history import HOME_CHAIN, Break, Entry, heads, record, verify, words_of
from gridmediate.store.models import Case, HistoryEntry, Home
from tests.builders import an_account
from tests.store.rows import NOW, a_case


def breaks(store):
    with store.reading() as session:
        return [(each.chain, each.seq) for each in verify(session) if isinstance(each, Break)]


@pytest.fixture
def chain(records):
    """A chain of six entries, written in three transactions."""
    chain = new_id()
    for step in range(3):
        with records.writing() as session:
            entries = [Entry("cells.import", {"edition": step, "名": "柳溪"})]
            entries.append(Entry("roster.seat", {"to": None}, words=f"备注{step}"))
            record(session, chain, entries, actor=None, at=NOW + timedelta(minutes=step))
    return chain


def change(store, statement):
    with store.writing() as session:
        session.execute(statement)


def entry_at(chain, seq):
    return (HistoryEntry.chain == chain) & (HistoryEntry.seq == seq)


def test_an_untouched_record_holds_and_counts_its_entries(records, chain):
    with records.reading() as session:
        assert list(verify(session)) == [6]


@pytest.mark.parametrize("values", [
    {"details": {"edition": 9}}, {"act": "cells.close"}, {"at": NOW + timedelta(seconds=1)}, {"words_sealed": None},
    {"from_state": "filed"}, {"case_version": 7}, {"digest": bytes(32)},
])
def test_a_changed_entry_is_found_at_its_place(records, chain, values):
    change(records, update(HistoryEntry).where(entry_at(chain, 4)).values(**values))
    assert (chain, 4) in breaks(records)
    assert min(seq for _, seq in breaks(records)) == 4


def test_an_entry_taken_out_is_missed(records, chain):
    change(records, delete(HistoryEntry).where(entry_at(chain, 3)))
    assert breaks(records) == [(chain, 3)]


def test_an_entry_taken_out_and_the_rest_moved_up_is_seen(records, chain):
    change(records, delete(HistoryEntry).where(entry_at(chain, 3)))
    for seq in (4, 5, 6):
        change(records, update(HistoryEntry).where(entry_at(chain, seq)).values(seq=seq - 1))
    assert (chain, 3) in breaks(records)


def test_two_entries_swapped_are_seen(records, chain):
    for now, then in ((2, 99), (3, 2), (99, 3)):
        change(records, update(HistoryEntry).where(entry_at(chain, now)).values(seq=then))
    assert {(chain, 2), (chain, 3)} <= set(breaks(records))


def test_an_entry_put_in_at_the_end_without_the_key_is_seen(records, chain):
    forged = {"chain": chain, "seq": 7, "at": NOW, "act": "cells.import", "details": {}, "digest": bytes(range(32))}
    change(records, insert(HistoryEntry).values(**forged))
    assert breaks(records) == [(chain, 7)]


def test_an_entry_moved_to_another_chain_is_seen(records, chain):
    other = new_id()
    change(records, update(HistoryEntry).where(entry_at(chain, 1)).values(chain=other))
    assert (other, 1) in breaks(records)


def test_a_tail_cut_off_a_case_is_seen_by_the_cases_own_version(records):
    with records.writing() as session:
        case = a_case(session)
        record(session, case.id, [Entry("case.file")], actor=None, at=NOW, case=case, is_new=True)
    with records.writing() as session:
        case = session.get_one(Case, case.id)
        case.state = State.ACCEPTED
        session.flush()
        record(session, case.id, [Entry("case.accept")], actor=None, at=NOW, case=case)
    assert breaks(records) == []
    change(records, delete(HistoryEntry).where(entry_at(case.id, 2)))
    assert breaks(records) == [(case.id, 0)]
    change(records, delete(HistoryEntry).where(HistoryEntry.chain == case.id))
    assert breaks(records) == [(case.id, 0)]


def test_a_tail_cut_off_another_chain_is_seen_by_a_digest_kept_elsewhere(records, chain):
    def digest(until):
        with records.reading() as session:
            return heads(session, records.keyring, until=until)

    kept = digest(NOW + timedelta(hours=1))
    with records.writing() as session:
        record(session, HOME_CHAIN, [Entry("cells.import")], actor=None, at=NOW + timedelta(hours=2))
    assert digest(NOW + timedelta(hours=1)) == kept
    assert digest(None) != kept
    change(records, delete(HistoryEntry).where(entry_at(chain, 6)))
    assert breaks(records) == []
    assert digest(NOW + timedelta(hours=1)) != kept


def test_a_clock_that_steps_back_does_not_turn_acts_around(records, chain):
    with records.writing() as session:
        record(session, chain, [Entry("cells.import")], actor=None, at=NOW - timedelta(hours=3))
    with records.reading() as session:
        moments = session.scalars(select(HistoryEntry.at).where(HistoryEntry.chain == chain).order_by(HistoryEntry.seq)).all()
    assert moments == sorted(moments)
    assert breaks(records) == []


def test_words_are_sealed_to_their_place(records, chain):
    with records.reading() as session:
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == chain).order_by(HistoryEntry.seq)).all()
        assert [words_of(session, each) for each in entries] == ["", "备注0", "", "备注1", "", "备注2"]
        entries[1].words_sealed, entries[3].words_sealed = entries[3].words_sealed, entries[1].words_sealed
        with pytest.raises(SealBroken):
            words_of(session, entries[1])
        session.rollback()


def test_whoever_has_another_key_cannot_make_a_chain_that_holds(records, chain):
    with records.reading() as session:
        assert session.info["keyring"].link(b"x") != type(records.keyring).fresh().link(b"x")


def test_appenders_to_one_chain_wait_for_each_other(records):
    def append() -> None:
        for _ in range(5):
            with records.writing() as session:
                session.get(Home, 1, with_for_update=True)
                record(session, HOME_CHAIN, [Entry("cells.import")], actor=None, at=NOW)

    threads = [threading.Thread(target=append) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with records.reading() as session:
        assert list(verify(session)) == [20]


def test_an_appender_who_did_not_wait_is_stopped_by_the_key(records, chain):
    with records.reading() as session:
        last = session.scalars(select(HistoryEntry).where(entry_at(chain, 6))).one()
        session.expunge(last)
    forked = {name: getattr(last, name) for name in ("chain", "seq", "at", "act", "details", "digest")}
    with pytest.raises(IntegrityError):
        change(records, insert(HistoryEntry).values(**forked))


def test_two_who_change_one_case_at_once_get_one_winner(records):
    with records.writing() as session:
        case_id = a_case(session).id
    loaded = []
    for _ in range(2):
        with records.reading() as session:
            loaded.append(session.get_one(Case, case_id))
    with records.writing() as session:
        session.add(loaded[0])
        loaded[0].state = State.ACCEPTED
    with pytest.raises(StaleDataError), records.writing() as session:
        session.add(loaded[1])
        loaded[1].state = State.WITHDRAWN
    with records.reading() as session:
        case = session.get_one(Case, case_id)
        assert (case.state, case.version) == (State.ACCEPTED, 2)


def test_an_actor_is_named_by_account(records):
    with records.writing() as session:
        account = an_account(session)
        actor = type("Someone", (), {"account_id": account.id})
        record(session, account.id, [Entry("session.start")], actor=actor, at=NOW, is_new=True)
        assert session.scalars(select(HistoryEntry.actor_id).where(HistoryEntry.chain == account.id)).one() == account.id
