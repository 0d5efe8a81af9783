"""A grid worker's phone: Chromium at a phone's size, four times slower than this machine, on a 3G line, with fingers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from shutil import which
from typing import Any

from playwright.sync_api import sync_playwright

#: A character of Chinese by pinyin, a tap with the look and the thought before it, a new screen read.
CHARACTER_S, TAP_S, SCREEN_S = 0.22, 1.0, 1.5
SLOW_CPU = 4
#: Latency in ms, bytes a second down and up. 3G is that of a village, 750 kbit/s at 150 ms.
LINES: dict[str, tuple[float, float, float] | None] = {
    "3G": (150, 94_000, 32_000), "4G": (60, 500_000, 375_000), "no limit": None,
}
VIEW = {"width": 390, "height": 844}
#: When the cells were on the screen, by the page's own clock since the navigation began: the frame after the page's mark.
_PAINTED = """(mark) => {
  const frame = requestAnimationFrame, note = () => { window.paintedAt = performance.now(); };
  const look = () => {
    if (performance.getEntriesByName(mark).length) { frame(() => frame(note)); } else { setTimeout(look, 8); }
  };
  look();
}"""
_TIMES = """() => {
  const page = performance.getEntriesByType('navigation')[0], times = {};
  performance.getEntriesByType('paint').forEach((each) => { times[each.name] = each.startTime / 1000; });
  return Object.assign(times, {
    answer: page.responseStart / 1000, "page read": page.domInteractive / 1000,
    "scripts run": page.domContentLoadedEventEnd / 1000,
  });
}"""


class Phone:
    """A page of a slow phone, and what was done on it.

    Attributes
    ----------
    taps : int
    typed : int
        Characters.
    screens : int
        New screens that were read.
    asked : list of (str, int)
        Path and bytes on the wire of each answer.
    """

    def __init__(self, browser: Any, home: str, line: str = "3G", *, position: tuple[float, float] | None = None,
                 rate: float = SLOW_CPU) -> None:
        given: dict[str, Any] = {
            "viewport": VIEW, "is_mobile": True, "has_touch": True, "device_scale_factor": 2, "locale": "zh-CN"}
        if position:
            here = {"longitude": position[0], "latitude": position[1], "accuracy": 12}
            given |= {"permissions": ["geolocation"], "geolocation": here}
        self.context = browser.new_context(**given)
        self.page, self.home = self.context.new_page(), home
        self.taps = self.typed = self.screens = 0
        self.asked: list[tuple[str, int]] = []
        self._paths: dict[str, str] = {}
        self._wire = self.context.new_cdp_session(self.page)
        self._wire.send("Network.enable")
        self._wire.on("Network.responseReceived", self._note)
        self._wire.on("Network.loadingFinished", self._weigh)
        self._rate, self._line = rate, LINES[line]

    def _note(self, told: Mapping[str, Any]) -> None:
        self._paths[told["requestId"]] = re.sub(r"^https?://[^/]+", "", told["response"]["url"])

    def _weigh(self, told: Mapping[str, Any]) -> None:
        self.asked.append((self._paths.get(told["requestId"], "?"), int(told["encodedDataLength"])))

    def slow_down(self) -> None:
        """From here on the phone is as slow as one."""
        self._wire.send("Emulation.setCPUThrottlingRate", {"rate": self._rate})
        if self._line:
            latency, down, up = self._line
            self._wire.send("Network.emulateNetworkConditions",
                            {"offline": False, "latency": latency, "downloadThroughput": down, "uploadThroughput": up})

    def sign_in(self, login: str, password: str) -> None:
        """Sign in, at the machine's own speed."""
        self.page.goto(f"{self.home}/sign-in")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile(r"^(?!.*sign-in)"))

    def sign_in_elsewhere(self, browser: Any, login: str, password: str) -> None:
        """Take over the cookies of a sign-in made in another browser, so that nothing lies here yet."""
        other = Phone(browser, self.home, "no limit", rate=1)
        other.sign_in(login, password)
        self.context.add_cookies(other.context.cookies())
        other.close()

    def processor_s(self, path: str) -> float:
        """Open a page with a map; return the seconds of the main thread's own time until the cells were painted.

        The processor has to be as fast as it is: the thread that slows it down would be counted as well.
        """
        self.page.goto("about:blank")
        self._wire.send("Performance.enable", {"timeDomain": "threadTicks"})
        began = self._task_s()
        self.marks(path)
        ended = self._task_s()
        return ended - began if ended >= began else ended  # another page may have got another process

    def _task_s(self) -> float:
        found = self._wire.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in found if each["name"] == "TaskDuration")

    def close(self) -> None:
        """Put the phone away; the account forgets it, since it may have ten."""
        self.page.evaluate("""async () => {
          const sealing = window.gridmediate && gridmediate.sealing;
          if (sealing) { await sealing.wipe(await sealing.account(), { device: true }); }
        }""")
        self.context.close()

    def warm(self) -> None:
        """Wait until the service worker keeps the filing page and the street, as it does after the first visit."""
        script = """async () => Boolean(await caches.match('/file') && navigator.serviceWorker.controller
          && (await (await caches.open('gridmediate-data-1')).keys()).length > 1)"""
        while not self.page.evaluate(script):
            time.sleep(0.2)

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(self.home + path, wait_until="commit")

    def tap(self, selector: str) -> None:
        """Think, and tap what is seen."""
        time.sleep(TAP_S)
        self.taps += 1
        self.page.locator(selector).first.tap()

    def type(self, selector: str, words: str) -> None:
        """Tap a field and type at an ordinary speed."""
        self.tap(selector)
        for letter in words:
            time.sleep(CHARACTER_S)
            self.typed += 1
            self.page.keyboard.insert_text(letter)

    def see(self, selector: str) -> None:
        """Wait until something is seen, and read it."""
        self.page.locator(selector).first.wait_for()
        self.screens += 1
        time.sleep(SCREEN_S)

    def marks(self, path: str) -> dict[str, float]:
        """Open a page with a map and return, in seconds since the navigation began, what happened when."""
        self.open(path)
        self.page.evaluate(_PAINTED, "gridmediate-cells")
        while not (at := self.page.evaluate("window.paintedAt || 0")):
            time.sleep(0.05)
        told: dict[str, float] = self.page.evaluate(_TIMES)
        return {**told, "cells painted": at / 1000}


@contextmanager
def chromium() -> Iterator[Any]:
    """The machine's own Chromium."""
    path = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
