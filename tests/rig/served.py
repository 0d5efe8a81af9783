"""The server as an office runs it, in processes of its own that can be killed, and a line to it that can break."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tests.rig.world import KEYRING


def calling(port: int) -> closing[http.client.HTTPConnection]:
    """Open a connection that is closed at the end, however it went."""
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20))


class Served:
    """``gridmediate serve`` in a process group of its own, on a port of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        keys = {"current": KEYRING.current, "keys": {str(number): key.hex() for number, key in KEYRING.keys.items()}}
        (folder / "keyring.json").write_text(json.dumps(keys))
        self._log = (folder / "server.log").open("ab")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMEDIATE_")} | {
            "GRIDMEDIATE_INSTANCE_FOLDER": str(folder), "GRIDMEDIATE_DATABASE_URL": url, "GRIDMEDIATE_COOKIE_SECURE": "0",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        program = "import sys; from gridmediate.cli import main; sys.exit(main())"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(self.port)], env=self._environment, stdout=self._log,
            stderr=self._log, start_new_session=True)
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException), calling(self.port) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """Kill every process of it, without a word."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Kill it and close its log."""
        self.kill()
        self._log.close()


class Line:
    """A line between browsers and a server that stays where it is while the server comes and goes.

    Attributes
    ----------
    on_answer : callable or None
        Called once, with the first filing's answer on its way: the server has committed. The answer is lost.
    lost : list of bytes
        The beginnings of answers that were lost.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.home = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.on_answer: Callable[[], None] | None = None
        self.lost: list[bytes] = []
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self._port)) as far:
            self._open |= {near, far}
            told = {"files": False}
            back = threading.Thread(target=self._answer, args=(far, near, told), daemon=True)
            back.start()
            while asked := near.recv(65536):
                told["files"] = told["files"] or asked.startswith(b"POST /cases ")
                far.sendall(asked)
            far.shutdown(socket.SHUT_WR)
            back.join()
        self._open.discard(near)

    def _answer(self, far: socket.socket, near: socket.socket, told: dict[str, bool]) -> None:
        with suppress(OSError):
            while answer := far.recv(65536):
                if told["files"] and self.on_answer:
                    act, self.on_answer = self.on_answer, None
                    self.lost.append(answer)
                    act()
                    break
                told["files"] = False
                near.sendall(answer)
        with suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut everything."""
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listening.close()
