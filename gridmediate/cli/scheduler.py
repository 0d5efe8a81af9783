"""The scheduler of a serving process: every minute whoever holds the home's lease climbs the ladder and sends what is due.

Every process that serves has one; the lease sees to it that one of them works, however many there are on however many machines.
A process that dies leaves its lease to lapse. One that is held up for longer than the lease may work beside its successor: what
they do is safe to do twice at once.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from gridmediate.notifications.dispatch import send_due
from gridmediate.services.sweep import sweep
from gridmediate.settings import Settings
from gridmediate.store.columns import new_id
from gridmediate.store.engine import Store
from gridmediate.store.leases import release, take

LEASE_NAME = "clocks"
EVERY = timedelta(minutes=1)
#: Three looks long, so that one that comes late does not cost the lease.
SPAN = timedelta(minutes=3)
_FIRST_AFTER = timedelta(seconds=5)
_STOP_WITHIN_SECONDS = 5

#: What is done at each look; takes the moment.
Job = Callable[[datetime], object]

_log = logging.getLogger("gridmediate.scheduler")


def jobs_of(store: Store, settings: Settings) -> dict[str, Job]:
    """Return what a scheduler does: first what queues notices, then what sends them."""
    return {"sweep": lambda now: sweep(store, now), "notify": lambda now: send_due(store, settings, now)}


class Scheduler:
    """A thread that does its jobs again and again while its process holds the lease.

    Parameters
    ----------
    store : Store
    jobs : mapping of str to callable
        By the name they have in the log. A job must be safe to do twice.
    every, span, first_after : timedelta
        Between two looks; how long the lease lasts without a sign of life; before the first look.
    """

    def __init__(self, store: Store, jobs: Mapping[str, Job], *, every: timedelta = EVERY, span: timedelta = SPAN,
                 first_after: timedelta = _FIRST_AFTER) -> None:
        self.holder = f"{socket.gethostname()[:32]}:{os.getpid()}:{new_id().hex[-12:]}"
        self._store, self._jobs = store, jobs
        self._every, self._span, self._first_after = every, span, first_after
        self._stopped = threading.Event()
        # A daemon: a process that is told to go does not wait for a mail server.
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done, and give the lease back, unless that takes long."""
        self._stopped.set()
        self._thread.join(_STOP_WITHIN_SECONDS)
        if not self._thread.is_alive():
            self._guarded("release", lambda: release(self._store, LEASE_NAME, self.holder))

    def look(self) -> bool:
        """Do every job once if the lease is held; return whether it is."""
        if not self._guarded("lease", self._take):
            return False
        done = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(done,), name="lease", daemon=True)
        renewing.start()
        try:
            for name, job in self._jobs.items():
                self._guarded(name, lambda job=job: job(datetime.now(UTC)))  # type: ignore[misc]
        finally:
            done.set()
            renewing.join()
        return True

    def _work(self) -> None:
        wait = self._first_after
        while not self._stopped.wait(wait.total_seconds()):
            self.look()
            wait = self._every

    def _take(self) -> bool:
        return take(self._store, LEASE_NAME, self.holder, datetime.now(UTC), self._span)

    def _renew(self, done: threading.Event) -> None:
        # A look may take longer than the lease: a mail server that hangs is waited for once for each message.
        while not done.wait(self._span.total_seconds() / 3):
            self._guarded("lease", self._take)

    @staticmethod
    def _guarded(name: str, do: Callable[[], object]) -> object:
        try:
            return do()
        except Exception as error:
            # The kind and the place only: what an error says may hold what somebody typed.
            where = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            _log.error(json.dumps({"fault": type(error).__name__, "job": name, "where": where[-12:]}))
            return None
