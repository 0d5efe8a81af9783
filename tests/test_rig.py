"""The rig itself: a rig that lets something through makes every other claim worth less."""

from __future__ import annotations

import os
import socket
import urllib.request
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.rig.network import NetworkReached
from tests.rig.postgres import PostgresCluster
from tests.rig.walk import walked


def test_a_test_cannot_reach_another_machine() -> None:
    with pytest.raises(NetworkReached), socket.socket() as outward:
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkReached), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.sendto(b"", ("192.0.2.1", 53))
    with pytest.raises(NetworkReached):
        urllib.request.urlopen("http://gridmediate.invalid/")


def test_this_machine_stays_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_settings_of_the_desk_do_not_reach_a_test() -> None:
    assert not [name for name in os.environ if name.startswith("GRIDMEDIATE_")]


def test_a_store_is_empty_and_takes_chinese(store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE words (word VARCHAR(20) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO words VALUES ('网格')"))
        assert connection.scalar(text("SELECT length(word) FROM words")) == 2
    engine.dispose()


def test_a_template_is_prepared_once_and_copied(postgres_cluster: PostgresCluster) -> None:
    prepared = []

    def prepare(url: str) -> None:
        prepared.append(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE rows_of_template (number INTEGER)"))
        engine.dispose()

    for _ in range(2):
        database = postgres_cluster.create(postgres_cluster.template("rig", prepare))
        engine = create_engine(postgres_cluster.url(database))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM rows_of_template")) == 0
        engine.dispose()
        postgres_cluster.drop(database)
    assert len(prepared) == 1


def test_the_browser_shows_a_page(chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.set_content("<h1>网格</h1>")
    assert page.locator("h1").inner_text() == "网格"
    context.close()


def test_a_walk_tries_every_row_and_names_all_that_fail() -> None:
    tried = []

    @walked("step", [1, 2])
    @walked(("number", "word"), [(1, "one"), (2, "two"), (3, "three")], ids=lambda row: row[1])
    def claim(step: int, number: int, word: str) -> None:
        tried.append((step, number))
        assert number == 1, word

    with pytest.raises(AssertionError, match=r"(?s)4 rows fail.*two, 1: AssertionError: two.*three, 2") as refusal:
        claim()
    assert len(tried) == 6 and isinstance(refusal.value.__cause__, AssertionError)
