"""A street's office with its server: small but lived in, its clock a Monday morning, its people signed in without a password."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from gridmediate.demo import life
from gridmediate.demo.people import HOME_CELL, HOME_COMMUNITY
from gridmediate.domain.vocabulary import Role
from gridmediate.resources import grids_folder
from gridmediate.services import accounts, sign_ins
from gridmediate.services.asked import ActWords
from gridmediate.services.filing import Filing, file_case
from gridmediate.services.handling import act_on_case
from gridmediate.services.passwords import hash_password
from gridmediate.settings import Settings
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Post
from gridmediate.store.schema import prepare
from gridmediate.web.app import create_app
from gridmediate.web.security import cookie_name
from tests import builders
from tests.journeys.screen import Screen
from tests.rig.world import WORDS

#: A Monday at 09:40 in the street.
BEGIN = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
#: What is on the desks of the printed accounts, and as much again elsewhere.
CASES = 60
SIZES = {"phone": (390, 844), "desk": (1440, 900), "small": (360, 640), "tablet": (768, 1024), "paper": (1280, 900)}


class _Handler(WSGIRequestHandler):
    """Keeps connections open, as the real server does, and says nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, kind: str, message: str, *given: Any) -> None:
        """Say nothing: pytest's output is for claims."""


def live_in_the_demonstration(session: Session) -> None:
    """Let a small part of the demonstration street live."""
    drawn, password = life.draw_cases, hash_password(life.PASSWORD, builders.CHEAP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(life, "draw_cases", lambda *given, **named: drawn(*given, **named | {"n": CASES}))
        life.build_demo(session, grids_folder() / "liuxi", BEGIN, password, lambda *_: None)


class Office:
    """The server over a small demonstration street, and the screens of the people who work with it.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder of its own.
    browser : playwright.sync_api.Browser
    live : callable
        Takes a session and fills the records; by default a part of the demonstration.
    """

    def __init__(self, folder: Path, browser: Any, live: Callable[[Session], object] | None = None) -> None:
        self.browser = browser
        self._began = time.monotonic()
        keyring = Keyring({1: bytes(range(32))}, 1)
        self.store = Store(f"sqlite:///{folder / 'office.sqlite3'}", keyring, pool_size=16)
        prepare(self.store)
        with self.store.writing() as session:
            (live or live_in_the_demonstration)(session)
        settings = Settings(instance_folder=folder, argon2_time_cost=1, argon2_memory_kib=64, cookie_secure=False)
        self.app = create_app(settings, self.store)
        self.app.clock = self.now
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=_Handler)
        self.server.daemon_threads = True  # type: ignore[attr-defined]
        self.home = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        self._rooms: dict[tuple[str, str, str, bool], Any] = {}

    def now(self) -> datetime:
        """Return the office's time: a Monday morning that goes on as the tests do."""
        return BEGIN + timedelta(seconds=time.monotonic() - self._began)

    def let_pass(self, **span: float) -> None:
        """Let time pass; whoever was signed in signs in again."""
        self._began -= timedelta(**span).total_seconds()
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()

    def account(self, login: str) -> Account:
        """Return a person by login."""
        with self.store.reading() as session:
            return session.scalars(select(Account).where(Account.login == login)).one()

    def staff_of(self, department: str) -> str:
        """Return the login of somebody who answers for a department."""
        posts = select(Account.login).join(Post, Post.account_id == Account.id).where(
            Post.role == Role.DEPARTMENT_STAFF, Post.place_code == department).order_by(Account.login)
        with self.store.reading() as session:
            return session.scalars(posts).first() or ""

    def second_cadre(self) -> str:
        """Return the login of another cadre of the home community."""
        with self.store.writing() as session:
            known = session.scalars(select(Account.login).where(Account.login == "second-cadre")).first()
            return known or builders.an_account(session, Role.CADRE, place=HOME_COMMUNITY, login="second-cadre", name="周敏",
                                                password=None).login

    def sit(self, login: str, size: str = "desk", language: str = "zh", *, scripts: bool = True) -> Screen:
        """Return a page of a signed-in person at a screen of some size; the page is closed with the test."""
        key = (login, size, language, scripts)
        if key not in self._rooms:
            self._rooms[key] = self._room(*key)
        return Screen(self._rooms[key].new_page(), self.home, is_phone=size in ("phone", "small"))

    def _room(self, login: str, size: str, language: str, scripts: bool) -> Any:
        width, height = SIZES[size]
        options = {"viewport": {"width": width, "height": height}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai",
                   "has_touch": width < 768, "is_mobile": width < 768, "java_script_enabled": scripts}
        room = self.browser.new_context(**options)
        room.set_default_timeout(15_000)
        cookies = [{"name": "gm_language", "value": language, "url": self.home}]
        if login:
            cookies.append({"name": cookie_name(self.app), "value": self._sign_in(login), "url": self.home})
        room.add_cookies(cookies)
        return room

    def _sign_in(self, login: str) -> str:
        with self.store.writing() as session:
            account = session.scalars(select(Account).where(Account.login == login)).one()
            return sign_ins.start(session, account, self.now(), "Chromium", rules=self.app.rules)

    def do(self, service: Any, *given: Any, by: str, **named: Any) -> Any:
        """Call a service as one of the people: what a story needs to find, told without the browser."""
        with self.store.writing() as session:
            account = session.scalars(select(Account).where(Account.login == by)).one()
            return service(session, *given, accounts.actor_for(session, account, self.now()), self.now(), **named)

    def file(self, *, by: str = "worker", **given: Any) -> str:
        """File a case in the worker's cell and return its number."""
        named = {"filing_key": uuid.uuid4(), "t2_code": "0201", "cell_code": HOME_CELL, "facts": "楼上漏水，泡了天花板"}
        return str(self.do(file_case, Filing(**named | given), by=by).case_no)

    def act(self, case_no: str, act: Any, *, by: str = "cadre") -> None:
        """Do an act with all the words it asks for."""
        self.do(act_on_case, case_no, ActWords(act, None, WORDS), by=by)

    def tidy(self) -> None:
        """Close every page; people stay signed in."""
        for room in self._rooms.values():
            for page in list(room.pages):
                page.close()

    def close(self) -> None:
        """Stop the server and leave."""
        for room in self._rooms.values():
            room.close()
        self.server.shutdown()
        self.server.server_close()
        self.store.close()
