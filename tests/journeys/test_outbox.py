"""The outbox in a real browser: what waits lies sealed, goes out once, survives the field, and leaves with its owner."""

from __future__ import annotations

import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from gridmediate.domain.vocabulary import Role
from gridmediate.domain.workflow import Act
from gridmediate.services import devices, sign_ins
from gridmediate.services.accounts import actor_of
from gridmediate.services.asked import ActWords
from gridmediate.services.handling import act_on_case
from gridmediate.store.models import Account, Case, FieldDevice
from gridmediate.web.rooms import Application
from gridmediate.web.security import cookie_name
from tests import builders
from tests.builders import CELL
from tests.rig.world import WORDS
from tests.web.conftest import app, clock, settings, store, street

__all__ = ["app", "clock", "settings", "store", "street"]

pytestmark = pytest.mark.slow

MARKER = "MARKER-7Q4Z-暗号"
_PATIENCE_S = 15.0
_KEEP = """async (told) => {
  const key = told.key || gridmediate.sealing.uuid(), outbox = gridmediate.outbox;
  await outbox.keep({key, kind: told.kind || 'filing', fields: told.fields, meta: told.meta});
  if (told.photo) {
    const bytes = Uint8Array.from(atob(told.photo), (letter) => letter.charCodeAt(0)).buffer;
    await outbox.photo(key, {photo_key: gridmediate.sealing.uuid(), bytes, mime: 'image/jpeg', width: 40, height: 30});
  }
  return key;
}"""
#: Everything that a browser keeps for a page, as one text: databases with their bytes, caches with their bodies, storage.
_DUMP = """async () => {
  const found = [];
  const say = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer);
      found.push(new TextDecoder().decode(bytes));
    } else if (value && typeof value === 'object') {
      Object.entries(value).forEach(([name, each]) => { found.push(name); say(each); });
    }
    else { found.push(String(value)); }
  };
  for (const {name} of await indexedDB.databases()) {
    const db = await idb.openDB(name);
    for (const store of db.objectStoreNames) { for (const row of await db.getAll(store)) { say(row); } }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) { found.push(request.url, await (await cache.match(request)).text()); }
  }
  for (const store of [localStorage, sessionStorage]) { Object.entries(store).forEach(([name, text]) => found.push(name, text)); }
  return found.join('\\n');
}"""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, kind: str, message: str, *given: Any) -> None:
        """Say nothing."""


class Field:
    """The application behind a line that can fail in its own ways.

    Attributes
    ----------
    loses : int
        So many answers to filings are lost after the server has committed.
    busy : int
        So many filings are refused with 503.
    posts : list of str
        The paths that were posted or put.
    """

    def __init__(self, app: Application) -> None:
        self.app, self.loses, self.busy = app, 0, 0
        self.posts: list[str] = []
        self._inner = app.wsgi_app
        app.wsgi_app = self  # type: ignore[assignment]
        self.server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
        self.server.daemon_threads = True  # type: ignore[attr-defined]
        self.home = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        """Answer, or do not."""
        is_filing = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/cases"
        if environ["REQUEST_METHOD"] in ("POST", "PUT"):
            self.posts.append(environ["PATH_INFO"])
        if is_filing and self.busy:
            self.busy -= 1
            start("503 Service Unavailable", [("Retry-After", "1"), ("Content-Length", "0")])
            return [b""]
        answer = self._inner(environ, start)
        if is_filing and self.loses:
            self.loses -= 1
            list(answer)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def cases(self) -> int:
        """Return how many cases the server has."""
        with self.app.store.reading() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0


class Pocket:
    """A phone of the worker of the first cell, with the outbox at hand."""

    def __init__(self, field: Field, context: Any) -> None:
        self.field, self.context = field, context
        self.worker = self.make_account("worker")
        self.sign_in(self.worker)
        self.page = context.new_page()

    def make_account(self, login: str) -> Account:
        """Make a grid worker."""
        with self.field.app.store.writing() as session:
            return builders.an_account(session, Role.GRID_WORKER, login=login)

    def sign_in(self, account: Account) -> str:
        """Give the browser a live sign-in."""
        app = self.field.app
        with app.store.writing() as session:
            token = sign_ins.start(session, session.get_one(Account, account.id), app.clock(), "Chrome, Android", rules=app.rules)
        self.context.add_cookies([{"name": cookie_name(app), "value": token, "url": self.field.home}])
        return token

    def sign_off(self) -> None:
        """Let the sign-in end, as it does by itself."""
        self.context.clear_cookies(name=cookie_name(self.field.app))

    def open(self, path: str = "/outbox") -> Pocket:
        """Go to a page and wait for the outbox."""
        self.page.goto(self.field.home + path)
        assert self.page.evaluate("gridmediate.outbox.ready")["possible"]
        return self

    def keep(self, facts: str = MARKER, **told: Any) -> str:
        """Put a filing, or with ``kind`` something else, into the outbox."""
        fields = [["cell_code", CELL], ["t2_code", "0201"], ["facts", facts], ["place_method", "list"]]
        given: dict[str, Any] = {"fields": fields, "meta": {"head": "邻里", "category": "用水排水", "cell": "第1网格"}}
        return str(self.page.evaluate(_KEEP, given | told))

    def send(self, key: str) -> dict[str, Any]:
        """Send, and return what came of it."""
        found: dict[str, Any] = self.page.evaluate("key => gridmediate.outbox.send(key)", key)
        return found

    def flush(self) -> None:
        """Press 现在再试一次."""
        self.page.evaluate("gridmediate.outbox.flush()")

    def states(self, page: Any = None) -> list[str]:
        """Return the states of what lies in the outbox, the oldest first."""
        rows: list[str] = (page or self.page).evaluate("async () => (await gridmediate.outbox.list()).map((each) => each.state)")
        return rows[::-1]

    def until(self, script: str, page: Any = None) -> Any:
        """Wait until a script says something true; the policy of the pages forbids Playwright's own way."""
        end = time.monotonic() + _PATIENCE_S
        while not (found := (page or self.page).evaluate(script)):
            assert time.monotonic() < end, f"never came: {script}"
            self.page.wait_for_timeout(60)
        return found

    def warm(self) -> None:
        """Wait until the service worker can open the filing page."""
        self.until("(async () => Boolean(await caches.match('/file') && await caches.match('/outbox')"
                   " && await caches.match('/offline') && navigator.serviceWorker.controller))()")


@pytest.fixture
def field(app: Application) -> Iterator[Field]:
    """A server whose line can fail."""
    field = Field(app)
    yield field
    field.close()


@pytest.fixture
def pocket(field: Field, chromium: Any) -> Iterator[Pocket]:
    """A phone."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    yield Pocket(field, context)
    context.close()


def a_photo(size: tuple[int, int] = (1200, 900)) -> str:
    """Return a photo of noise, several parts long, as base64."""
    picture, body = Image.effect_noise(size, 90).convert("RGB"), BytesIO()
    picture.save(body, "JPEG", quality=85)
    return b64encode(body.getvalue()).decode()


def test_whatever_waits_on_the_phone_lies_sealed_and_is_read_again_with_the_key(pocket: Pocket) -> None:
    pocket.open().warm()
    photo = MARKER.encode() + b"\xff" * 500
    kept = pocket.keep(photo=b64encode(photo).decode())
    refused = pocket.keep(fields=[["cell_code", CELL], ["t2_code", "0201"], ["facts", MARKER], ["party-0-name", MARKER],
                                  ["party-0-phone", MARKER]])
    found = pocket.send(refused)
    assert found["state"] == "needs"
    assert any(MARKER in each["sentence"] for each in found["problems"])
    pocket.context.set_offline(True)
    pocket.send(kept)
    dump = pocket.page.evaluate(_DUMP)
    assert "用水排水" in dump  # the dump does read what is in clear
    assert "MARKER-7Q4Z" not in dump
    assert "暗号" not in dump
    read = pocket.page.evaluate("""async (key) => {
      const item = await gridmediate.outbox.read(key);
      return [Object.fromEntries(item.fields).facts, new TextDecoder().decode(item.photos[0].bytes.slice(0, 10))];
    }""", kept)
    assert read == [MARKER, MARKER[:10]]


def test_a_lost_answer_and_a_busy_server_end_in_one_case_each_with_its_photo(pocket: Pocket) -> None:
    pocket.open()
    before, field = pocket.field.cases(), pocket.field
    field.loses = 2  # Chromium itself may try a connection that broke once more
    lost = pocket.keep(photo=a_photo())
    assert pocket.send(lost)["state"] == "waiting"
    assert field.cases() == before + 1
    with pytest.raises(Exception, match=r"outbox\.closed"):
        pocket.keep("另一段话", key=lost)
    field.loses = 0
    busy = pocket.keep()
    field.busy = 1
    pocket.send(busy)
    pocket.flush()
    pocket.flush()
    assert pocket.states() == ["sent", "sent"]
    assert field.cases() == before + 2
    assert field.posts.count("/cases") >= 3
    assert sum(path.startswith(f"/filings/{lost}/photos/") for path in field.posts) >= 2  # in parts
    assert pocket.page.evaluate("async () => (await (await gridmediate.sealing.database()).getAll('photos')).length") == 0


def test_what_the_server_refuses_waits_for_the_person_with_its_sentence_and_goes_out_mended(pocket: Pocket) -> None:
    pocket.open()
    key = pocket.keep("")
    assert pocket.send(key)["state"] == "needs"
    card = pocket.page.locator(".outbox-card--needs")
    card.wait_for()
    assert "一句话说事" in card.inner_text()
    assert card.locator("[data-act=edit]").get_attribute("href") == f"/file?draft={key}"
    pocket.keep("改好了", key=key)
    assert pocket.send(key)["state"] == "sent"
    assert pocket.page.locator("[data-unsent-badge]:visible").count() == 0


def test_an_ended_sign_in_and_another_account_lose_nothing_and_send_nothing(pocket: Pocket) -> None:
    pocket.open()
    before, key = pocket.field.cases(), pocket.keep()
    pocket.sign_off()
    assert pocket.send(key)["state"] == "waiting"
    assert "登录已过期" in pocket.until("document.querySelector('[data-outbox-network]:not([hidden])')?.innerText")
    other = pocket.make_account("other-worker")
    pocket.sign_in(other)
    pocket.flush()
    assert pocket.states() == ["waiting"]
    stranger = pocket.context.new_page()
    stranger.goto(pocket.field.home + "/outbox")
    assert pocket.until("document.querySelector('[data-outbox-others]:not([hidden])')?.innerText", stranger)
    assert pocket.states(stranger) == []
    assert MARKER not in stranger.content()
    stranger.close()
    assert pocket.field.cases() == before
    pocket.sign_in(pocket.worker)
    pocket.open().until("(async () => (await gridmediate.outbox.list()).every((each) => each.state === 'sent'))()")
    assert pocket.field.cases() == before + 1


def test_without_network_filing_and_outbox_open_a_dead_tab_loses_nothing_and_no_case_is_kept(pocket: Pocket) -> None:
    pocket.open("/today").warm()
    key = pocket.keep(MARKER)
    receipt = pocket.send(key)["receipt"]
    for path in (receipt["case_url"], receipt["receipt_url"], "/mine", "/today"):
        pocket.page.goto(pocket.field.home + path)
    pocket.context.set_offline(True)
    pocket.open("/file")
    assert pocket.page.locator("form[data-filing]").count() == 1
    pocket.keep("山上写的")
    pocket.page.close()
    pocket.page = pocket.context.new_page()
    pocket.open("/outbox")
    assert "山上写的" not in pocket.page.locator("main").inner_text()
    assert "加密" in pocket.page.locator("[data-locked]:visible").inner_text()
    for path in (receipt["case_url"], receipt["receipt_url"], "/mine"):
        pocket.page.goto(pocket.field.home + path)
        assert pocket.page.locator("[data-offline-page]").count() == 1
        assert MARKER not in pocket.page.content()
    kept = pocket.page.evaluate("async () => (await Promise.all((await caches.keys()).map(async (name) =>"
                                " (await (await caches.open(name)).keys()).map((each) => new URL(each.url).pathname)))).flat()")
    street = ("/static/", "/map/", "/field/outlines", "/field/places")  # the same for everybody who works there
    assert {path for path in kept if not path.startswith(street)} == {"/file", "/outbox", "/offline"}
    pocket.context.set_offline(False)
    pocket.open("/outbox").until("document.querySelector('.outbox-title')?.innerText === '山上写的'")


def test_without_locks_two_tabs_send_each_item_once(pocket: Pocket) -> None:
    pocket.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })")
    pocket.open()
    second = pocket.context.new_page()
    second.goto(pocket.field.home + "/outbox")
    pocket.context.set_offline(True)
    key, another = pocket.keep(), pocket.keep()
    pocket.send(key), pocket.send(another)
    before = pocket.field.posts.count("/cases")
    pocket.context.set_offline(False)  # both tabs hear it at once
    pocket.until("(async () => (await gridmediate.outbox.list()).every((each) => each.state === 'sent'))()", second)
    assert pocket.field.posts.count("/cases") == before + 2


def test_a_revoked_phone_is_emptied_before_anything_goes_out_and_says_so(pocket: Pocket) -> None:
    pocket.open()
    before, app = pocket.field.cases(), pocket.field.app
    key = pocket.keep(photo=a_photo((60, 40)))
    token = pocket.sign_in(pocket.worker)
    with app.store.writing() as session:
        signed = actor_of(session, token, app.clock(), app.rules)
        device = session.scalars(select(FieldDevice)).one()
        assert signed is not None
        assert devices.revoke(session, device.id, signed.actor, app.clock())
    pocket.send(key)
    assert "已被停用" in pocket.until("document.querySelector('main .banner--error')?.innerText")
    counts = pocket.page.evaluate("async () => { const db = await gridmediate.sealing.database(); return Promise.all("
                                  "['items', 'photos', 'device'].map((name) => db.count(name))); }")
    assert counts == [0, 0, 0]
    assert pocket.field.cases() == before


def test_an_eleventh_phone_says_why_it_keeps_nothing_and_files_step_by_step(pocket: Pocket) -> None:
    app, token = pocket.field.app, pocket.sign_in(pocket.worker)
    with app.store.writing() as session:
        signed = actor_of(session, token, app.clock(), app.rules)
        assert signed is not None
        for number in range(devices.DEVICES_MOST):
            devices.add(session, f"Chrome {number}", signed.actor, app.clock())
    for page in ("/file", "/outbox"):
        pocket.page.goto(f"{pocket.field.home}{page}")
        assert "我的登录" in pocket.until("document.querySelector('main .banner--info:not([hidden] *)')?.innerText")


def test_signing_out_asks_about_what_is_unsent_and_does_what_was_chosen(pocket: Pocket) -> None:
    sign_out = "document.querySelector('form[action$=\"/sign-out\"]').requestSubmit()"
    pocket.open("/today").warm()
    pocket.keep()
    pocket.page.evaluate(sign_out)
    question = pocket.page.locator("#sign-out-question")
    question.wait_for()
    assert "1" in question.locator("h2").inner_text()
    with pocket.page.expect_navigation():
        question.locator("[data-sign-out=keep]").click()
    assert "/sign-in" in pocket.page.url
    assert pocket.page.evaluate("async () => Boolean(await caches.match('/file'))") is False
    assert pocket.page.evaluate("sessionStorage.getItem('gridmediate-field-key')") is None
    pocket.sign_in(pocket.worker)
    pocket.open("/outbox")
    assert pocket.states() == ["draft"]
    assert MARKER in pocket.until("document.querySelector('.outbox-title')?.innerText")
    pocket.page.evaluate(sign_out)
    with pocket.page.expect_navigation():
        question.locator("[data-sign-out=delete]").click()
    pocket.sign_in(pocket.worker)
    pocket.open("/outbox")
    assert pocket.states() == []
    with pocket.page.expect_navigation():  # nothing waits, so nothing is asked
        pocket.page.evaluate(sign_out)
    assert "/sign-in" in pocket.page.url


def test_a_line_written_offline_meets_a_changed_case_shows_what_changed_and_goes_out_knowingly(pocket: Pocket) -> None:
    pocket.open("/today")
    case_no = pocket.send(pocket.keep())["receipt"]["case_no"]
    pocket.page.reload()
    pocket.warm()
    pocket.until("(async () => { const kept = await gridmediate.outbox.cases(); return kept && kept.list.cases.length; })()")
    pocket.context.set_offline(True)
    pocket.page.goto(pocket.field.home + "/mine")
    card = pocket.page.locator(".outbox-card", has_text=case_no)
    card.locator("summary").click()
    card.locator("textarea").fill("又看了一次，还在滴水")
    card.locator("button[type=submit]").click()
    pocket.until("gridmediate.outbox.counts.waiting === 1")
    app = pocket.field.app
    with app.store.writing() as session:
        cadre = builders.an_account(session, Role.CADRE, place=builders.COMMUNITY)
    with app.store.writing() as session:
        token = sign_ins.start(session, session.get_one(Account, cadre.id), app.clock(), "Chrome, Linux", rules=app.rules)
        signed = actor_of(session, token, app.clock(), app.rules)
        assert signed is not None
        act_on_case(session, case_no, ActWords(Act.ACCEPT, None, WORDS), signed.actor, app.clock())
    pocket.context.set_offline(False)
    pocket.open("/outbox")
    card = pocket.page.locator(".outbox-card--needs")
    card.wait_for()
    assert re.search("状态：上报 → 受理", card.locator("[data-changes]").inner_text())
    card.locator("[data-act=over]").click()
    pocket.until("(async () => (await gridmediate.outbox.list()).every((each) => each.state === 'sent'))()")
    pocket.page.goto(f"{pocket.field.home}/cases/{case_no}")
    assert pocket.page.locator("main").inner_text().count("又看了一次，还在滴水") == 1
