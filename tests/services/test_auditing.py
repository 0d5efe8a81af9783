"""The auditor's record: who saw and did what, without a word of anybody's, and proof that nothing was changed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import FieldNotAChoice, NotPermitted
from gridmediate.domain.vocabulary import PlaceMethod, Role
from gridmediate.services.auditing import (
    ActFilter,
    Anchor,
    AnchorUnreadable,
    acts,
    acts_known,
    note_verification,
    verify_record,
)
from gridmediate.services.filing import Filing, file_case
from gridmediate.services.seating import TermEntry, seat_person
from gridmediate.store.columns import new_id
from gridmediate.store.history import HOME_CHAIN, Entry, record
from gridmediate.store.models import Account, HistoryEntry
from tests.builders import CELL, an_account
from tests.services.office import NOW, TODAY, acting, actor_of, an_office

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow

SECRET_WORDS = "三楼的老周说水管是楼上弄坏的"


@pytest.fixture
def session(sqlite_url):
    with an_office(sqlite_url) as store, store.writing() as session:
        yield session


@pytest.fixture
def auditor(session):
    return acting(session, Role.AUDITOR, login="auditor")


@pytest.fixture
def filed(session):
    """File a case as the worker ``worker`` and return its number."""
    worker = an_account(session, login="worker", name="罗一鸣")
    filing = Filing(uuid.uuid4(), "0201", SECRET_WORDS, cell_code=CELL, place_method=PlaceMethod.LIST)
    return file_case(session, filing, actor_of(session, worker), NOW).case_no


def acts_of(page):
    return [row.act for row in page.rows]


def test_the_record_shows_who_did_what_to_which_case(session, auditor, filed):
    row = acts(session, ActFilter(), auditor, NOW).rows[0]
    assert (row.act, row.label.zh, row.login, row.case_no) == ("case.file", "上报", "worker", filed)
    assert ("网格", CELL) in [(name.zh, value.zh) for name, value in row.details]


def test_nothing_that_anybody_typed_is_in_the_record(session, auditor, filed):
    case = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "case.file")).one()
    other = HistoryEntry(chain=case.chain, seq=2, at=NOW, act="case.note", details={"story": SECRET_WORDS, "words": ["x"]},
                         words_sealed=b"sealed", digest=bytes(32))
    session.add(other)
    page = acts(session, ActFilter(), auditor, NOW)
    assert "老周" not in repr(page)
    assert [row.has_words for row in page.rows if row.act == "case.note"] == [True]


def test_looking_is_itself_written_down_with_what_was_looked_for(session, auditor, filed):
    acts(session, ActFilter(login="worker", first=TODAY), auditor, NOW)
    page = acts(session, ActFilter(act="reading"), auditor, NOW + timedelta(seconds=1))
    assert acts_of(page) == ["audit.read"]
    entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "audit.read").order_by(HistoryEntry.seq)).first()
    assert entry.details == {"login": "worker", "first": TODAY.isoformat()}
    assert entry.chain == auditor.account_id


@pytest.mark.parametrize(("wanted", "found"), [
    (ActFilter(login="worker"), ["case.file"]), (ActFilter(act="case"), ["case.file"]),
    (ActFilter(act="case.file"), ["case.file"]), (ActFilter(act="cas"), []), (ActFilter(act="%"), []),
    (ActFilter(act="roster"), []), (ActFilter(last=TODAY), ["case.file"]),
    (ActFilter(last=TODAY - timedelta(days=1)), []), (ActFilter(first=TODAY + timedelta(days=1)), []),
])
def test_the_record_is_narrowed_by_person_act_and_day(session, auditor, filed, wanted, found):
    assert acts_of(acts(session, wanted, auditor, NOW)) == found


def test_the_record_is_narrowed_to_one_case(session, auditor, filed):
    assert acts_of(acts(session, ActFilter(case_no=filed), auditor, NOW)) == ["case.file"]


@pytest.mark.parametrize("wanted", [ActFilter(login="nobody"), ActFilter(case_no="LX-2026-9999")])
def test_who_or_what_is_not_there_is_said(session, auditor, wanted):
    with pytest.raises(FieldNotAChoice):
        acts(session, wanted, auditor, NOW)


def test_days_are_those_of_the_street_and_not_of_greenwich(session, auditor):
    late = NOW.replace(hour=16, minute=30)  # 00:30 of the next day in the street
    record(session, HOME_CHAIN, [Entry("cells.import")], actor=None, at=late)
    assert acts_of(acts(session, ActFilter(act="cells", last=TODAY), auditor, NOW)) == []
    assert acts_of(acts(session, ActFilter(act="cells", first=TODAY + timedelta(days=1)), auditor, NOW)) == ["cells.import"]


def test_pages_by_key_show_every_act_once(session, auditor):
    for number in range(25):
        at = NOW + timedelta(minutes=number // 3)
        record(session, HOME_CHAIN, [Entry("calendar.change", {"day": str(number)})], actor=None, at=at)
    session.flush()
    seen, after = [], ""
    while True:
        page = acts(session, ActFilter(act="calendar"), auditor, NOW, after=after, size=4)
        seen += [row.details[0][1].zh for row in page.rows]
        after = page.after
        if not after:
            break
    assert seen == [str(number) for number in reversed(range(25))]


@pytest.mark.parametrize("key", ["x", "||", "2026-11-23|0|1", "2026-11-23T00:00:00|" + "0" * 32 + "|1"])
def test_a_page_key_that_is_none_is_refused(session, auditor, key):
    with pytest.raises(FieldNotAChoice):
        acts(session, ActFilter(), auditor, NOW, after=key)


def test_only_an_auditor_reads_the_record_and_an_auditor_changes_nothing(session, auditor):
    for role in (Role.ADMINISTRATOR, Role.LEADER, Role.GRID_WORKER):
        with pytest.raises(NotPermitted):
            acts(session, ActFilter(), acting(session, role), NOW)
    with pytest.raises(NotPermitted):
        seat_person(session, TermEntry(CELL, "grid_worker", "auditor", TODAY), auditor, NOW)


def test_an_act_on_an_account_says_whose_it_is(session, auditor):
    account = an_account(session, login="JX-0777")
    record(session, account.id, [Entry("account.close")], actor=Actor(auditor.account_id, "x", frozenset()), at=NOW)
    row = acts(session, ActFilter(act="account"), auditor, NOW).rows[0]
    assert (row.login, row.about) == ("auditor", "JX-0777")


def test_the_acts_that_occur_are_offered_with_their_words(session, filed):
    assert ("case.file", "上报") in [(act, words.zh) for act, words in acts_known(session)]


# ---- verification


@pytest.fixture
def home(store_url):
    with an_office(store_url) as store:
        with store.writing() as session:
            session.add(Account(id=new_id(), login="auditor", name="周敬", name_en="Zhou Jing", created_at=NOW))
            for number in range(5):
                at = NOW + timedelta(hours=number)
                record(session, HOME_CHAIN, [Entry("cells.import", {"edition": number})], actor=None, at=at)
        yield store


def verified(home, kept=None):
    with home.reading() as session:
        return verify_record(session, NOW + timedelta(hours=9), kept=kept)


def test_an_untouched_record_holds_and_gives_a_line_to_keep(home):
    found = verified(home)
    assert (found.holds, found.entries, found.breaks) == (True, 5, ())
    assert Anchor.read(str(found.anchor)) == found.anchor


def test_a_kept_line_holds_after_more_has_been_added(home):
    kept = verified(home).anchor
    with home.writing() as session:
        record(session, HOME_CHAIN, [Entry("cells.import")], actor=None, at=NOW + timedelta(days=1))
        # Begun before the line was made, written after it.
        record(session, new_id(), [Entry("account.create")], actor=None, at=NOW + timedelta(hours=8, minutes=50))
    found = verified(home, kept)
    assert (found.holds, found.kept_holds) == (True, True)


def test_a_tail_cut_off_shows_only_against_a_kept_line(home):
    kept = verified(home).anchor
    with home.writing() as session:
        session.execute(delete(HistoryEntry).where(HistoryEntry.seq == 5))
    assert verified(home).holds
    found = verified(home, kept)
    assert (found.holds, found.kept_holds, found.breaks) == (False, False, ())


def test_a_changed_entry_breaks_the_chain_there_and_nowhere_else(home):
    with home.writing() as session:
        session.execute(update(HistoryEntry).where(HistoryEntry.seq == 3).values(details={"edition": 9}))
    found = verified(home)
    assert [(each.chain, each.seq) for each in found.breaks] == [(HOME_CHAIN, 3)]
    assert not found.holds


@pytest.mark.parametrize("line", [
    "", "x", "2026-11-23T00:00:00 " + "0" * 64, "2026-11-23T00:00:00+00:00 00", "2026-11-23 " + "g" * 64,
])
def test_a_kept_line_that_cannot_be_read_is_refused(line):
    with pytest.raises(AnchorUnreadable):
        Anchor.read(line)


def test_verifying_is_written_down_with_its_line(session, auditor):
    found = verify_record(session, NOW)
    note_verification(session, found, auditor, NOW)
    entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "audit.verify")).one()
    assert entry.details["heads"] == found.anchor.digest
    assert verify_record(session, NOW, kept=found.anchor).holds
