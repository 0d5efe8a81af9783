"""Column kinds: keys in order of time, moments that know their zone, words of the vocabulary."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from gridmediate.domain.vocabulary import Role, Seat
from gridmediate.store.columns import Moment, Word, new_id

METADATA = MetaData()
STAMPS = Table("stamps", METADATA, Column("id", Integer, primary_key=True), Column("at", Moment), Column("role", Word(Role)))


def test_a_new_id_is_version_7_and_variant_2():
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_of_different_milliseconds_are_in_order_of_time():
    ids = []
    for _ in range(20):
        ids.append(new_id())
        time.sleep(0.0012)
    assert ids == sorted(ids)


def test_an_id_carries_the_moment_it_was_made():
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert before <= made.int >> 80 <= after


def test_ids_made_by_many_threads_are_all_different():
    made: list[object] = []

    def make() -> None:
        made.extend(new_id() for _ in range(2_000))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(made)) == 8_000


def test_a_run_of_ids_stays_in_the_order_it_was_made():
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(ids)


@pytest.fixture
def engine(store_url):
    engine = create_engine(store_url)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def test_a_naive_moment_is_refused(engine):
    with engine.begin() as connection, pytest.raises(StatementError, match="without a time zone"):
        connection.execute(insert(STAMPS).values(at=datetime(2026, 11, 23, 9, 40)))  # noqa: DTZ001 - the point of the test


def test_a_moment_comes_back_aware_in_utc_whatever_zone_it_was_given_in(engine):
    given = datetime(2026, 11, 23, 9, 40, 1, 234567, tzinfo=timezone(timedelta(hours=8)))
    with engine.begin() as connection:
        connection.execute(insert(STAMPS).values(at=given))
        kept = connection.execute(select(STAMPS.c.at)).scalar_one()
    assert kept == given
    assert kept.tzinfo is UTC


def test_moments_compare_in_the_database_as_they_do_here(engine):
    early = datetime(2026, 11, 23, 23, 0, tzinfo=timezone(timedelta(hours=8)))
    late = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(STAMPS), [{"at": late}, {"at": early}])
        assert connection.execute(select(STAMPS.c.at).where(STAMPS.c.at < late)).scalars().all() == [early]
        assert connection.execute(select(STAMPS.c.at).order_by(STAMPS.c.at)).scalars().all() == [early, late]


def test_a_word_is_stored_by_value_and_comes_back_as_the_word(engine):
    with engine.begin() as connection:
        connection.execute(insert(STAMPS).values(role=Role.CADRE))
        assert connection.exec_driver_sql("select role from stamps").scalar_one() == "cadre"
        assert connection.execute(select(STAMPS.c.role)).scalar_one() is Role.CADRE


def test_a_word_of_another_kind_is_refused(engine):
    class Colour(StrEnum):
        RED = "red"

    with engine.begin() as connection:
        with pytest.raises(StatementError):
            connection.execute(insert(STAMPS).values(role=Colour.RED))
        with pytest.raises(StatementError):
            connection.execute(insert(STAMPS).values(role=Seat.DEPARTMENT.value))
