"""Servers to be measured, each a process of its own as an office would run it, and a small browser without a screen."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.world import PASSWORD, World

_START_SECONDS = 30
TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"|name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Parameters
    ----------
    port : int
    pid : int
        Of the process that started it; workers are its children.
    start_s : float
        From the start of the process to its first answer.
    """

    port: int
    pid: int
    start_s: float

    def memory_mb(self) -> list[tuple[float, float]]:
        """Return of each worker its resident memory, and its share of it: what is shared with others counts in part."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [_memory_mb(Path(f"/proc/{child}/smaps_rollup")) for child in children]


def _memory_mb(kept: Path) -> tuple[float, float]:
    sizes = dict(line.split(":") for line in kept.read_text().splitlines()[1:])
    resident, share = (int(sizes[name].split()[0]) * 1024 / 1e6 for name in ("Rss", "Pss"))
    return resident, share


@contextmanager
def ours(world: World, log: Path) -> Iterator[Server]:
    """Run ``gridmediate serve`` with its production settings on the county."""
    port = _free_port()
    environment = _bare_environment() | {
        "GRIDMEDIATE_INSTANCE_FOLDER": str(world.folder), "GRIDMEDIATE_DATABASE_URL": world.url, "GRIDMEDIATE_PORT": str(port)}
    command = [sys.executable, "-m", "gridmediate.cli", "serve"]
    with _running(command, environment, port, "/healthz", log) as server:
        yield server


@contextmanager
def floor(url: str, workers: int, log: Path) -> Iterator[Server]:
    """Run the floor on the same gunicorn with as many threads."""
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--workers", str(workers), "--threads", "8",
        "--keep-alive", "5", "--log-level", "warning", "--no-control-socket", f"benchmarks.floor:app('{url}')",
    ]
    with _running(command, _bare_environment(), port, "/cases?community=none", log) as server:
        yield server


@contextmanager
def running_on(program: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Run ``PROGRAM serve`` on a port of its own in an environment that is told whole."""
    port = _free_port()
    with _running([*program, "serve"], {**environment, "GRIDMEDIATE_PORT": str(port)}, port, "/healthz", log) as server:
        yield server


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], port: int, probe: str, log: Path) -> Iterator[Server]:
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        while not _answers(port, probe):
            if process.poll() is not None or time.perf_counter() - began > _START_SECONDS:
                raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.005)
        yield Server(port, process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, probe: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", probe)
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRIDMEDIATE_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    body: bytes
    seconds: float
    location: str = ""

    @property
    def text(self) -> bytes:
        """The body as it was before it was compressed."""
        return gzip.decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body


class Browser:
    """A person at one connection that is kept open: cookies, form tokens, compressed answers."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._cookies: dict[str, str] = {}
        self.token = ""

    def sign_in(self, login: str) -> Browser:
        """Sign in and take a form token."""
        self.token = self._token_on("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": PASSWORD, "next": ""})
        if answer.status != 303:
            raise SystemExit(f"{login} cannot sign in: {answer.status} {answer.text[:300]!r}")
        self.token = self._token_on("/account/sign-ins")
        return self

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form with its token."""
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **fields}))

    def _token_on(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        if not found:
            raise SystemExit(f"no form token on {path}")
        return (found[1] or found[2]).decode()

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Accept-Encoding": "gzip", "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            # gunicorn closes an idle connection; a browser opens the next one.
            self._connection.close()
            began = time.perf_counter()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - began
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, content, seconds, answer.headers.get("Location", ""))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
