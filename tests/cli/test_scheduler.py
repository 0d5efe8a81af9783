"""The scheduler: of all processes that serve, one works, and none stops for a fault."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gridmediate.cli import main as run
from gridmediate.cli.scheduler import LEASE_NAME, Scheduler
from gridmediate.cli.serve import Server
from gridmediate.domain.ladder import Rung
from gridmediate.settings import Settings
from gridmediate.store.leases import take
from gridmediate.store.models import ClimbedStep, Lease
from tests.rig.world import (
    KEYRING,
    World,
    _postgres_street,
    postgres_street_url,
    sqlite_street_url,
    street_file,
    street_url,
    world,
)

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]

#: Looks every 50 ms, with a lease of a second, and writes its number into a file each time.
_PROGRAM = """
import os, sys, threading
from datetime import timedelta
from pathlib import Path
from gridmediate.cli.scheduler import Scheduler
from gridmediate.store.engine import Store
from tests.rig.world import KEYRING

def note(now):
    with Path(sys.argv[2]).open("a") as file:
        file.write(f"{os.getpid()}\\n")

moment = timedelta(milliseconds=50)
Scheduler(Store(sys.argv[1], KEYRING), {"note": note}, every=moment, span=timedelta(seconds=1), first_after=moment).start()
threading.Event().wait(60)
"""


def wait_until(reached: Callable[[], object], seconds: float = 40) -> None:
    """Wait until something holds."""
    give_up = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.02)


def test_whoever_holds_the_lease_does_every_job_and_the_other_none(world: World) -> None:
    done: list[str] = []

    def scheduler(who: str) -> Scheduler:
        return Scheduler(world.store, {job: lambda _now, job=job: done.append(f"{who} {job}") for job in ("sweep", "notify")})

    one, other = scheduler("one"), scheduler("other")
    assert [one.look(), other.look(), one.look()] == [True, False, True]
    assert done == ["one sweep", "one notify"] * 2


def test_a_fault_is_one_line_of_the_log_without_its_words_and_the_next_job_is_done(
    world: World, caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[datetime] = []

    def fail(_now: datetime) -> None:
        raise RuntimeError("张三 13812342071")

    assert Scheduler(world.store, {"sweep": fail, "notify": done.append}).look()
    assert len(done) == 1
    line, = (record.getMessage() for record in caplog.records)
    assert json.loads(line)["fault"] == "RuntimeError"
    assert json.loads(line)["job"] == "sweep"
    assert "张三" not in caplog.text


def test_it_goes_on_after_a_fault_and_gives_the_lease_back_when_stopped(world: World) -> None:
    looks: list[datetime] = []

    def fail(now: datetime) -> None:
        looks.append(now)
        raise RuntimeError

    moment = timedelta(milliseconds=10)
    scheduler = Scheduler(world.store, {"sweep": fail}, every=moment, first_after=moment)
    scheduler.start()
    wait_until(lambda: len(looks) >= 3)
    scheduler.stop()
    assert take(world.store, LEASE_NAME, "next", datetime.now(UTC), timedelta(minutes=1))


def test_a_database_that_is_not_there_is_a_fault_like_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[datetime] = []
    monkeypatch.setattr("gridmediate.cli.scheduler.take", lambda *_given: 1 / 0)
    assert not Scheduler(world.store, {"sweep": done.append}).look()
    assert not done


@pytest.mark.slow
def test_a_look_that_takes_longer_than_the_lease_keeps_it(world: World) -> None:
    span, asked = timedelta(milliseconds=600), list[bool]()

    def long(_now: datetime) -> None:
        for _ in range(8):
            time.sleep(0.2)
            asked.append(take(world.store, LEASE_NAME, "other", datetime.now(UTC), span))

    assert Scheduler(world.store, {"sweep": long}, span=span).look()
    assert asked == [False] * 8


@pytest.mark.slow
def test_of_two_processes_one_works_and_the_other_takes_over_when_it_is_killed(
    world: World, street_url: str, tmp_path: Path,
) -> None:
    notes = tmp_path / "notes"
    notes.touch()

    def workers() -> list[int]:
        return [int(line) for line in notes.read_text().split()]

    command = [sys.executable, "-c", _PROGRAM, street_url, str(notes)]
    processes = [subprocess.Popen(command, cwd=Path(__file__).parents[2]) for _ in range(2)]
    try:
        wait_until(lambda: len(workers()) >= 20)
        first, = set(workers())
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: set(workers()) - {first})
        wait_until(lambda: len([each for each in workers() if each != first]) >= 5)
    finally:
        for each in processes:
            each.kill()
            each.wait()
    seen = workers()
    assert set(seen) == {each.pid for each in processes}
    assert seen == sorted(seen, key=lambda pid: pid != first), "they took turns"


@pytest.fixture
def home(street_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the settings name the street."""
    keys = {str(number): key.hex() for number, key in KEYRING.keys.items()}
    (tmp_path / "keyring.json").write_text(json.dumps({"current": KEYRING.current, "keys": keys}))
    monkeypatch.setenv("GRIDMEDIATE_INSTANCE_FOLDER", str(tmp_path))
    monkeypatch.setenv("GRIDMEDIATE_DATABASE_URL", street_url)


@pytest.fixture
def served(home: None) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start ``gridmediate serve`` on the street."""
    started: list[subprocess.Popen[bytes]] = []

    def serve() -> subprocess.Popen[bytes]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        started.append(subprocess.Popen(
            [sys.executable, "-m", "gridmediate.cli", "serve", "--port", str(port)], stdout=subprocess.DEVNULL))
        return started[-1]

    yield serve
    for each in started:
        if each.poll() is None:
            each.terminate()
            each.wait(20)


def a_late_case(world: World) -> None:
    """Leave a case that is late by the clock on the wall."""
    world.now = datetime.now(UTC) - timedelta(days=40)
    world.a_case()


@pytest.mark.slow
def test_a_server_climbs_the_ladder_by_itself_and_leaves_no_lease_behind(
    world: World, served: Callable[[], subprocess.Popen[bytes]],
) -> None:
    a_late_case(world)
    process = served()
    wait_until(lambda: world.count(ClimbedStep))
    with world.store.reading() as session:
        assert set(session.scalars(select(ClimbedStep.rung))) == set(Rung)
        assert len(session.scalars(select(Lease)).all()) == 1
    process.terminate()
    assert process.wait(20) == 0
    assert world.count(Lease) == 0


@pytest.mark.parametrize("is_on", [True, False])
def test_serving_starts_one_in_each_worker_unless_switched_off(
    home: None, monkeypatch: pytest.MonkeyPatch, is_on: bool,
) -> None:
    started: list[str] = []
    monkeypatch.setattr(Scheduler, "start", lambda _self: started.append("start"))
    monkeypatch.setattr(Scheduler, "stop", lambda _self: started.append("stop"))
    monkeypatch.setenv("GRIDMEDIATE_SCHEDULER", str(int(is_on)))
    server = Server(Settings.from_environment(os.environ), 1)
    server.load().store.close()
    server.cfg.worker_exit(None, None)
    assert started == (["start", "stop"] if is_on else [])


@pytest.mark.parametrize(("tongue", "told", "nothing"), [
    ("C.UTF-8", ("Cases told of: 1.", "Case overdue, the county told"), "Nothing new is due."),
    ("zh_CN.UTF-8", ("已提醒 1 件案子。", "案件超期，已报区县"), "没有新到期的事。"),
])
def test_the_command_says_what_was_climbed_and_nothing_the_second_time(
    world: World, home: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tongue: str,
    told: tuple[str, ...], nothing: str,
) -> None:
    monkeypatch.setenv("LC_ALL", tongue)
    a_late_case(world)
    assert run(["sweep"]) == 0
    said = capsys.readouterr().out
    assert all(each in said for each in told)
    assert run(["sweep"]) == 0
    assert capsys.readouterr().out.strip() == nothing
