"""``gridmediate serve``: the pages, answered by gunicorn with threads."""

from __future__ import annotations

import ctypes
import gc
import logging
import socket
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from gridmediate.cli.certificate import addresses_of, say_how, with_certificate
from gridmediate.cli.command import Command, home_in_use, settings_in_use
from gridmediate.cli.scheduler import Scheduler, jobs_of
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.home import secret_of
from gridmediate.services.certificates import LocalCertificate
from gridmediate.settings import Settings
from gridmediate.store.models import Home
from gridmediate.store.schema import is_current, prepare
from gridmediate.web.app import create_app

#: One process with many threads is faster on SQLite than two, which would wait for each other; PostgreSQL has room for two.
_WORKERS_ON_POSTGRES = 2
_TIMEOUT_SECONDS = 60
_GRACE_SECONDS = 20
_KEEP_ALIVE_SECONDS = 5
#: Options of glibc's ``mallopt`` and what they are set to: see :func:`_give_memory_back`.
_MALLOC = ((-8, 2), (-3, 1 << 20), (-1, 1 << 20))  # M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD (bytes)


class NotSetUp(Problem):
    """There is nothing to serve yet."""

    code = "serve.not-set-up"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "{folder} 里还没有数据。先运行 gridmediate demo 建立演示街道，或 gridmediate grid import 导入网格。",
        "There are no records in {folder} yet. Run “gridmediate demo” for the demonstration street, or “gridmediate grid import” "
        "for your own cells.",
    )


class DemonstrationNotNamed(Problem):
    """The records are the demonstration's, whose passwords anybody can read."""

    code = "serve.demonstration-not-named"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "这是演示数据，账号密码人人知道。要演示请设 GRIDMEDIATE_DEMONSTRATION=1；要正式使用请换一个目录重新建。",
        "These are the demonstration's records, whose passwords anybody knows. To demonstrate, set GRIDMEDIATE_DEMONSTRATION=1; "
        "for real work, begin in another folder.",
    )


class PortTaken(Problem):
    """Another program listens there already."""

    code = "serve.port-taken"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "{host}:{port} 已被别的程序占用或不能使用。请换一个端口，例如 gridmediate serve --port 8080。",
        "{host}:{port} is taken by another program or cannot be used. Choose another port, e.g. gridmediate serve --port 8080.",
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")


def _serve(options: Namespace) -> None:
    given = {name: value for name in ("host", "port") if (value := getattr(options, name)) is not None}
    settings = replace(settings_in_use(), **given)
    if settings.keyring_file is None or not settings.keyring_file.exists():
        raise NotSetUp(folder=str(settings.instance_folder))
    _check_port(settings)
    with home_in_use(settings) as store:
        if not is_current(store):
            prepare(store)
        with store.reading() as session:
            home = session.get(Home, 1)
        if home is not None and home.is_demonstration and not settings.demonstration:
            raise DemonstrationNotNamed
        workers = 1 if store.is_sqlite else _WORKERS_ON_POSTGRES
    settings, made = with_certificate(settings)
    secret_of(settings)  # made once here, not by two workers at once
    _give_memory_back()
    Server(settings, workers, made).run()


def _give_memory_back() -> None:
    """Let the C library return what was freed; workers inherit it.

    Each thread would otherwise keep a heap of its own, and in it the 19 MiB that hashing a password takes: 150 MB of a worker.
    """
    with suppress(OSError, AttributeError):  # another C library has other ways
        library = ctypes.CDLL(None)
        for option, value in _MALLOC:
            library.mallopt(option, value)


def _check_port(settings: Settings) -> None:
    # gunicorn would try for five seconds and then speak of sockets.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(host=settings.host, port=settings.port) from error


class Server(BaseApplication):
    """Gunicorn, set up by our settings instead of a file of its own."""

    def __init__(self, settings: Settings, workers: int, made: LocalCertificate | None = None) -> None:
        self._settings = settings
        self._workers = workers
        self._made = made
        self._scheduler: Scheduler | None = None
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its options."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options: dict[str, Any] = {
            "bind": [f"{host}:{self._settings.port}"], "workers": self._workers, "worker_class": "gthread",
            "threads": self._settings.threads, "timeout": _TIMEOUT_SECONDS, "graceful_timeout": _GRACE_SECONDS,
            "keepalive": _KEEP_ALIVE_SECONDS, "loglevel": "warning", "proc_name": "gridmediate",
            "when_ready": self._announce, "worker_exit": self._leave, "control_socket_disable": True,
        }
        if self._settings.is_https:
            own = (self._settings.tls_certificate, self._settings.tls_key)
            certificate, key = (self._made.certificate, self._made.key) if self._made else own
            options |= {"certfile": str(certificate), "keyfile": str(key)}
        for name, value in options.items():
            self.cfg.set(name, value)
        wsgi.SERVER = "gridmediate"  # no version banner (ASVS 13.4.6)

    def load(self) -> Any:
        """Make the application, in each worker."""
        _log_to_stderr()
        app = create_app(self._settings)
        if self._settings.scheduler:
            self._scheduler = Scheduler(app.store, jobs_of(app.store, self._settings))
            self._scheduler.start()
        return app

    def _leave(self, _server: Any, _worker: Any) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()

    def _announce(self, _server: Any) -> None:
        # What is loaded by now is shared with the workers, as long as no collector of theirs writes its marks there.
        gc.freeze()
        names = self._made.names if self._made else ()
        print("格里和 gridmediate: " + "  ".join(addresses_of(self._settings, names)), flush=True)
        if self._made:
            print(say_how(self._made), flush=True)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))  # each message is one line of JSON already
    log = logging.getLogger("gridmediate")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)


COMMANDS = {"serve": Command(_serve, _arguments)}
