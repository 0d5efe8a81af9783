"""A real server on a line that can break, and a phone with which a grid worker walks about."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from gridmediate.services import sign_ins
from gridmediate.services.sign_ins import SignInRules
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Case, SignIn
from tests import builders
from tests.rig.served import Line, Served
from tests.rig.world import KEYRING, World

MARKER = "MARKER-7Q4Z-暗号"
PATIENCE_S = 20.0
PHONE = {"width": 390, "height": 844}
#: Everything that a browser keeps for a page as one text: databases with their bytes and blobs, caches with their bodies,
#: storage. A marker is looked for as it stands, and as base64 at each of its three offsets.
_DUMP = """async (marker) => {
  const found = [];
  const say = async (value) => {
    if (value instanceof Blob) { value = await value.arrayBuffer(); }
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer);
      found.push(new TextDecoder().decode(bytes), new TextDecoder('utf-16le').decode(bytes.slice(0, bytes.length & ~1)));
    } else if (value && typeof value === 'object') {
      for (const [name, each] of Object.entries(value)) { found.push(name); await say(each); }
    } else { found.push(String(value)); }
  };
  for (const {name} of await indexedDB.databases()) {
    const db = await idb.openDB(name);
    for (const store of db.objectStoreNames) { for (const row of await db.getAll(store)) { await say(row); } }
    db.close();
  }
  const kept = found.length;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) { found.push(request.url, await (await cache.match(request)).text()); }
  }
  for (const store of [localStorage, sessionStorage]) { Object.entries(store).forEach(([name, text]) => found.push(name, text)); }
  const text = found.join('\\n'), bytes = new TextEncoder().encode(marker);
  const coded = [0, 1, 2].map((n) => btoa(String.fromCharCode(...new Uint8Array(n), ...bytes)).slice(n ? 4 : 0, -4));
  const ways = [marker, escape(marker), encodeURIComponent(marker), JSON.stringify(marker).slice(1, -1), ...coded];
  const inRows = (...words) => found.slice(0, kept).some((each) => words.some((word) => each.includes(word)));
  return { marked: ways.filter((each) => text.includes(each)), photos: inRows('JFIF', 'PHONE-M'), meta: inRows('网格') };
}"""

_POINT = """([lon, lat]) => {
  const point = document.querySelector('[data-placemap]').placeMap.map.latLngToContainerPoint([lat, lon]);
  return [Math.round(point.x), Math.round(point.y)];
}"""


class Fieldwork:
    """The server of a street in a process of its own, behind a line, and its records.

    Parameters
    ----------
    file : pathlib.Path
        A SQLite file with the street of :func:`tests.builders.a_street`.
    """

    def __init__(self, file: Path) -> None:
        url = f"sqlite:///{file}"
        self.store = Store(url, KEYRING)
        self.world = World(self.store)
        self.server = Served(url, file.parent)
        self.line = Line(self.server.port)
        self.home = self.line.home
        self.server.start()

    def worker(self, *cells: str) -> Account:
        """Make a grid worker who sits in these cells, by default in the first two."""
        with self.store.writing() as session:
            return builders.an_account(session, cells=cells or (builders.CELL, builders.NEXT_CELL))

    def sign_in(self, account: Account) -> str:
        """Return the cookie of a live sign-in."""
        with self.store.writing() as session:
            row = session.get_one(Account, account.id)
            return sign_ins.start(session, row, datetime.now(UTC), "Chrome, Android", rules=SignInRules())

    def end_sign_ins(self, account: Account) -> None:
        """Let every sign-in of a person run out, as time does."""
        with self.store.writing() as session:
            session.execute(update(SignIn).where(SignIn.account_id == account.id).values(expires_at=datetime.now(UTC)))

    def cases_of(self, account: Account) -> list[Case]:
        """Return what a person filed, in order."""
        with self.store.reading() as session:
            return list(session.scalars(select(Case).where(Case.filed_by == account.id).order_by(Case.case_no)))

    def close(self) -> None:
        """Stop serving."""
        self.line.close()
        self.server.close()
        self.store.close()


class Walk:
    """A phone in a worker's hand.

    Parameters
    ----------
    fieldwork : Fieldwork
    context : playwright.sync_api.BrowserContext
    account : Account
        Who is signed in.
    slow : float
        How many times slower than this machine the phone is.
    """

    def __init__(self, fieldwork: Fieldwork, context: Any, account: Account, *, slow: float = 1) -> None:
        self.fieldwork, self.context, self.account, self.slow = fieldwork, context, account, slow
        self.complaints: list[str] = []
        self._wires: list[Any] = []
        self._has_signal = True
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_cookies([{"name": "gm_sign_in", "value": fieldwork.sign_in(account), "url": fieldwork.home}])
        self.page = self.new_page()

    def new_page(self) -> Any:
        """Open another tab on the same slow phone and line."""
        page = self.context.new_page()
        page.on("pageerror", lambda fault: self.complaints.append(f"{page.url}: {fault}"))
        self._wires.append(self.context.new_cdp_session(page))
        self._wires[-1].send("Emulation.setCPUThrottlingRate", {"rate": self.slow})
        self._set_line(self._wires[-1])
        return page

    def signal(self, there: bool) -> None:
        """Let the signal come or go."""
        self._has_signal = there
        for wire in self._wires:
            self._set_line(wire)
        self.context.set_offline(not there)

    def _set_line(self, wire: Any) -> None:
        """The browser takes the last word about a page's line, so it says both: how slow, and whether there is one."""
        if self.slow > 1:  # a village's 3G
            wire.send("Network.enable")
            wire.send("Network.emulateNetworkConditions", {
                "offline": not self._has_signal, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000})

    def die(self) -> None:
        """Let the tab be killed, and open a new one."""
        self.page.close()
        self._wires.clear()
        self.page = self.new_page()

    def open(self, path: str) -> None:
        """Go to a page and wait until its outbox is there."""
        self.page.goto(self.fieldwork.home + path)
        assert self.page.evaluate("gridmediate.outbox.ready")["possible"], path

    def open_filing(self) -> None:
        """Open the filing page and wait until the phone runs it."""
        self.open("/file")
        self.see("form[data-on-phone]")
        self.see("[data-gm-ready]")

    def stand(self, lon: float, lat: float, accuracy_m: float = 8) -> None:
        """Be somewhere."""
        self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": accuracy_m})

    def see(self, selector: str, *, state: str = "visible") -> Any:
        """Wait for something."""
        found = self.page.locator(selector).first
        found.wait_for(state=state)
        return found

    def until(self, script: str) -> Any:
        """Wait until a script says something true; the policy of the pages forbids Playwright's own way."""
        end = time.monotonic() + PATIENCE_S
        while not (found := self.page.evaluate(script)):
            assert time.monotonic() < end, f"never came: {script}"
            self.page.wait_for_timeout(60)
        return found

    def warm(self) -> None:
        """Wait until the service worker can open the filing page with the street."""
        self.until("""(async () => Boolean(navigator.serviceWorker.controller
          && await caches.match('/file') && await caches.match('/outbox') && await caches.match('/offline')
          && (await (await caches.open('gridmediate-data-1')).keys()).length > 1))()""")

    def go_on(self) -> None:
        """Press the one act at the bottom."""
        self.page.locator(".foot-bar .btn-primary:visible").first.tap()

    def tap(self, selector: str) -> None:
        """Tap what is seen."""
        self.page.locator(selector).first.tap()

    def tap_map(self, lon: float, lat: float) -> None:
        """Tap the map at a place that it shows."""
        box, seen = self.see("[data-placemap]").bounding_box(), None
        while (at := self.page.evaluate(_POINT, [lon, lat])) != seen:  # the map may still be on its way
            self.page.wait_for_timeout(150)
            seen = at
        self.page.touchscreen.tap(box["x"] + at[0], box["y"] + at[1])

    def to_the_facts(self, facts: str) -> None:
        """From the place that was found to the third step, with the first common category."""
        self.go_on()
        self.tap(".subs-common .tick-row:visible")
        self.go_on()
        self.see("#facts").fill(facts)

    def add_photos(self, *photos: bytes) -> None:
        """Take photos, and wait until each is shrunk and sealed."""
        self.page.locator("#photos").set_input_files(
            [{"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": body} for n, body in enumerate(photos)])
        self.page.locator("[data-photo-list] img").nth(len(photos) - 1).wait_for()
        self.until(f"document.querySelectorAll('[data-photo-list] img').length === {len(photos)}")

    def outbox(self) -> list[dict[str, Any]]:
        """Return what lies in the outbox, the oldest first."""
        rows: list[dict[str, Any]] = self.page.evaluate("gridmediate.outbox.list()")
        return rows[::-1]

    def states(self) -> list[str]:
        """Return the states of what lies in the outbox, the oldest first."""
        return [each["state"] for each in self.outbox()]

    def holds_nothing_plain(self) -> None:
        """Assert that nothing typed and no photo lies anywhere in clear, and that the dump does read what is in clear."""
        found = self.page.evaluate(_DUMP, MARKER)
        assert found["meta"], "the dump read nothing"
        assert found["marked"] == []
        assert not found["photos"]


Walks = Callable[..., Walk]
