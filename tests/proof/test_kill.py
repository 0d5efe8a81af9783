"""The server is killed (SIGKILL, the whole process group) again and again while people file: nothing acknowledged is lost,
nothing is there twice, nothing is there in part.

``PROOF_FILINGS`` and ``PROOF_KILLS`` make it longer; gate G3 wants 10000 and 50.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from gridmediate.domain.vocabulary import Seat
from gridmediate.services import sign_ins
from gridmediate.services.sign_ins import SignInRules
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Case, CaseNumber, HistoryEntry, Party
from tests.builders import CELL
from tests.rig.served import Served, calling
from tests.rig.world import KEYRING, World

FILINGS = int(os.environ.get("PROOF_FILINGS", "300"))
KILLS = int(os.environ.get("PROOF_KILLS", "5"))
CLIENTS = 6
GIVE_UP_SECONDS = 120 + FILINGS // 5


class Filers:
    """People who file from a queue, each filing sent again until it is acknowledged."""

    def __init__(self, port: int, token: str, forms: list[dict[str, str]]) -> None:
        self._port = port
        self._headers = {"Cookie": f"gm_sign_in={token}"}
        self._waiting: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        for form in forms:
            self._waiting.put(form)
        self.acknowledged: dict[str, str] = {}
        self.odd: list[str] = []
        self.sent = 0
        self._stop_at = time.monotonic() + GIVE_UP_SECONDS
        self._csrf = self._form_token()
        self._threads = [threading.Thread(target=self._file) for _ in range(CLIENTS)]

    def __enter__(self) -> Filers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        for thread in self._threads:
            thread.join(GIVE_UP_SECONDS)

    def _form_token(self) -> str:
        with calling(self._port) as connection:
            connection.request("GET", "/token", headers=self._headers)
            token: str = json.loads(connection.getresponse().read())["csrf_token"]
        return token

    def _file(self) -> None:
        with suppress(queue.Empty), calling(self._port) as connection:
            while True:
                form = self._waiting.get_nowait()
                while not self._is_acknowledged(connection, form) and time.monotonic() < self._stop_at:
                    connection.close()
                    time.sleep(0.05)

    def _is_acknowledged(self, connection: http.client.HTTPConnection, form: dict[str, str]) -> bool:
        self.sent += 1
        try:
            connection.request("POST", "/cases", urlencode(form | {"csrf_token": self._csrf}),
                               self._headers | {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 303:
            self.acknowledged[form["filing_key"]] = answer.headers["Location"].split("/")[-2]
            return True
        if answer.status not in (502, 503):
            self.odd.append(f"{answer.status}")
        return False


def a_token(url: str) -> str:
    """Sign the worker in and return the value of the cookie."""
    store = Store(url, KEYRING)
    with store.writing() as session:
        worker = session.scalars(select(Account).where(Account.login == "worker")).one()
        token: str = sign_ins.start(session, worker, datetime.now(UTC), "Chrome, Android", rules=SignInRules())
    store.close()
    return token


def forms() -> list[dict[str, str]]:
    """Return the filings, each with a key of its own."""
    return [
        {"filing_key": str(uuid.uuid4()), "t2_code": "0201", "facts": f"第{number}件：楼上漏水", "cell_code": CELL,
         "party-0-name": "王小芳", "party-0-phone": "13812342071"}
        for number in range(FILINGS)
    ]


@pytest.mark.slow
def test_killed_again_and_again_it_loses_doubles_and_tears_nothing(street_url: str, tmp_path: Path) -> None:
    token, server, wanted = a_token(street_url), Served(street_url, tmp_path), forms()
    try:
        server.start()
        with Filers(server.port, token, wanted) as filers:
            for number in range(1, KILLS + 1):
                _wait_until(lambda enough=number * FILINGS // (KILLS + 1): len(filers.acknowledged) >= enough)
                server.kill()
                server.start()
    finally:
        server.close()
    assert not filers.odd, Counter(filers.odd)
    assert filers.sent > FILINGS, "no kill hit anybody"
    assert len(filers.acknowledged) == FILINGS, "somebody gave up"
    _hold(street_url, filers.acknowledged)


def _wait_until(reached: Any) -> None:
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while not reached() and time.monotonic() < give_up:
        time.sleep(0.02)


def _hold(url: str, acknowledged: dict[str, str]) -> None:
    """Check the records as they are after the last start."""
    store = Store(url, KEYRING)
    world = World(store)
    with store.reading() as session:
        loads = (selectinload(Case.seats), selectinload(Case.clocks), selectinload(Case.parties))
        cases = session.scalars(select(Case).options(*loads)).all()
        found = {str(case.filing_key): case.case_no for case in cases}
        assert found == acknowledged, "lost or another number"
        assert len(cases) == len(found) == len(set(found.values())), "doubled"
        assert session.scalar(select(CaseNumber.last)) == len(cases), "a gap in the numbers"
        for case in cases:
            assert Counter(seat.seat for seat in case.seats) >= Counter({Seat.CADRE: 1, Seat.GRID_WORKER: 1}), case.case_no
            assert (len(case.clocks), len(case.parties)) == (1, 1), case.case_no
        filed = session.scalars(select(HistoryEntry.chain).where(HistoryEntry.act == "case.file")).all()
        assert sorted(filed) == sorted(case.id for case in cases)
        if store.is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    assert world.count(Party) == len(acknowledged)
    assert not world.faults()
    store.close()
