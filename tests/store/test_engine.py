"""Opening a home: durable settings, writers in the order of arrival, sessions that only read."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store, WriterQueue

METADATA = MetaData()
MARKS = Table("marks", METADATA, Column("id", Integer, primary_key=True), Column("value", Integer))


@pytest.fixture
def home(store_url):
    store = Store(store_url, Keyring.fresh())
    METADATA.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def sqlite_home(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'home.sqlite3'}", Keyring.fresh())
    METADATA.create_all(store.engine)
    yield store
    store.close()


@pytest.mark.parametrize(("pragma", "value"), [
    ("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10000), ("secure_delete", 1),
    ("temp_store", 2), ("trusted_schema", 0), ("cell_size_check", 1),
])
def test_sqlite_is_opened_with_durable_settings(sqlite_home, pragma, value):
    for way in (sqlite_home.reading, sqlite_home.writing):
        with way() as session:
            assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_the_file_of_a_home_is_for_its_owner_only(sqlite_home):
    assert Path(sqlite_home.engine.url.database).stat().st_mode & 0o077 == 0


def test_a_writer_takes_the_lock_before_its_first_read(sqlite_home):
    begun = []
    event.listen(sqlite_home.engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
    with sqlite_home.writing() as session:
        session.execute(select(MARKS))
    with sqlite_home.reading() as session:
        session.execute(select(MARKS))
    assert [each for each in begun if each.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_what_was_written_is_read_by_the_next_session(home):
    with home.writing() as session:
        session.execute(insert(MARKS).values(value=7))
    with home.reading() as session:
        assert session.execute(select(MARKS.c.value)).scalar_one() == 7


def test_anything_raised_takes_all_of_the_transaction_back(home):
    with pytest.raises(RuntimeError, match="half way"), home.writing() as session:
        session.execute(insert(MARKS).values(value=7))
        raise RuntimeError("half way")
    with home.reading() as session:
        assert session.execute(select(func.count()).select_from(MARKS)).scalar_one() == 0


def test_a_refused_writer_lets_the_next_one_in(home):
    for _ in range(3):
        with pytest.raises(RuntimeError), home.writing():
            raise RuntimeError
    with home.writing() as session:
        session.execute(insert(MARKS).values(value=1))


def test_a_reading_session_cannot_write(home):
    with home.reading() as session, pytest.raises(DBAPIError):
        session.execute(insert(MARKS).values(value=7))
    with home.writing() as session:
        session.execute(insert(MARKS).values(value=8))
    with home.reading() as session:
        assert session.execute(select(MARKS.c.value)).scalars().all() == [8]
        with pytest.raises(DBAPIError):
            session.execute(insert(MARKS).values(value=7))


def test_a_reader_sees_the_state_at_its_first_look_while_another_writes(sqlite_home):
    with sqlite_home.reading() as reader:
        assert reader.execute(select(func.count()).select_from(MARKS)).scalar_one() == 0
        with sqlite_home.writing() as writer:
            writer.execute(insert(MARKS).values(value=7))
        assert reader.execute(select(func.count()).select_from(MARKS)).scalar_one() == 0


def test_a_session_knows_its_keyring(home):
    for way in (home.reading, home.writing):
        with way() as session:
            assert session.info["keyring"] is home.keyring


def test_postgresql_gives_up_on_long_statements_and_locks(postgres_url):
    store = Store(postgres_url, Keyring.fresh())
    with store.reading() as session:
        assert session.execute(text("show statement_timeout")).scalar_one() == "5s"
        assert session.execute(text("show lock_timeout")).scalar_one() == "3s"
        assert session.execute(text("show idle_in_transaction_session_timeout")).scalar_one() == "15s"
        assert session.execute(text("show transaction_isolation")).scalar_one() == "read committed"
    store.close()


def test_a_home_may_live_in_its_own_schema_of_one_postgresql(postgres_url):
    store = Store(postgres_url, Keyring.fresh())
    with store.writing() as session:
        session.execute(text("create schema county_a"))
    store.close()
    address = make_url(postgres_url).update_query_dict({"options": "-csearch_path=county_a"})
    own = Store(address.render_as_string(hide_password=False), Keyring.fresh())
    METADATA.create_all(own.engine)
    with own.reading() as session:
        assert session.execute(text("show search_path")).scalar_one() == "county_a"
        assert session.execute(text("show statement_timeout")).scalar_one() == "5s"
        assert session.execute(text("select count(*) from county_a.marks")).scalar_one() == 0
    own.close()


def test_writers_are_let_in_in_the_order_they_came():
    queue = WriterQueue(None)
    order: list[int] = []
    queue.enter()

    def write(number: int) -> None:
        queue.enter()
        order.append(number)
        queue.leave()

    threads = []
    for number in range(12):
        threads.append(threading.Thread(target=write, args=(number,)))
        threads[-1].start()
        # The queue is by arrival, so each must have arrived before the next sets out.
        while queue.waiting < number + 1:
            time.sleep(0.001)
    queue.leave()
    for each in threads:
        each.join(5)
    assert order == list(range(12))


def test_a_writer_who_is_interrupted_while_waiting_blocks_nobody(monkeypatch):
    queue = WriterQueue(None)
    queue.enter()
    monkeypatch.setattr(queue._tickets, "wait", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        queue.enter()
    monkeypatch.undo()
    queue.leave()
    thread = threading.Thread(target=lambda: (queue.enter(), queue.leave()), daemon=True)
    thread.start()
    thread.join(2)
    assert not thread.is_alive()


def test_two_writers_of_one_file_never_overlap(sqlite_home):
    def add() -> None:
        for _ in range(25):
            with sqlite_home.writing() as session:
                count = session.execute(select(func.count()).select_from(MARKS)).scalar_one()
                session.execute(insert(MARKS).values(value=count))

    threads = [threading.Thread(target=add) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with sqlite_home.reading() as session:
        assert session.execute(select(MARKS.c.value).order_by(MARKS.c.id)).scalars().all() == list(range(150))


_OTHER_PROCESS = """
import sys
from sqlalchemy import text
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
store = Store(sys.argv[1], Keyring.fresh())
for _ in range(25):
    with store.writing() as session:
        count = session.execute(text("select count(*) from marks")).scalar_one()
        session.execute(text("insert into marks (value) values (:count)"), {"count": count})
"""


def test_two_processes_of_one_file_never_overlap(sqlite_home):
    url = sqlite_home.url.render_as_string(hide_password=False)
    others = [subprocess.Popen([sys.executable, "-c", _OTHER_PROCESS, url]) for _ in range(2)]
    assert [each.wait(60) for each in others] == [0, 0]
    with sqlite_home.reading() as session:
        assert session.execute(select(MARKS.c.value).order_by(MARKS.c.id)).scalars().all() == list(range(50))
