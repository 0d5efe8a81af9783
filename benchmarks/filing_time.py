"""From opening the first screen to the receipt on a slow phone, and what a phone waits for until the street is drawn.

    python -m benchmarks field [--home ADDRESS] [--login worker] [--rounds 3] [--line 3G]

Without ``--home`` the demonstration street is built and served in a folder of its own (a minute). Seconds of thought and typing
stand beside those that the phone takes: a person who is quicker or slower can be put in their place.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.phone import CHARACTER_S, LINES, SCREEN_S, SLOW_CPU, TAP_S, Phone, chromium
from benchmarks.report import machine, table
from benchmarks.served import Server, running_on
from gridmediate.demo.life import PASSWORD

FACTS = "302把阳台水管改到外墙，水滴到202窗台，两家吵过两回"
SHORT = "楼上漏水，两家吵起来了"


def main() -> None:
    """Serve if nobody does, drive, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--home", help="the address of a demonstration that is served already")
    asked.add_argument("--login", default="worker")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--line", choices=LINES, default="3G")
    options = asked.parse_args()
    print(machine(), flush=True)
    with _home(options.home) as home, chromium() as browser:
        print(filings(browser, home, options), flush=True)
        print(drawn(browser, home, options), flush=True)


@contextmanager
def _home(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMEDIATE_")} | {
            "GRIDMEDIATE_DEMONSTRATION": "1", "GRIDMEDIATE_INSTANCE_FOLDER": folder, "GRIDMEDIATE_COOKIE_SECURE": "0"}
        program = [sys.executable, "-m", "gridmediate.cli"]
        subprocess.run([*program, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        with running_on(program, environment, Path(folder) / "log") as server:
            yield _address(server)


def _address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


# -- the whole filing --------------------------------------------------------------------------------------------------


def quickest(phone: Phone) -> None:
    """Where the phone stands, a common category, one line."""
    phone.tap("a[href='/file']:visible")
    phone.see("[data-gm-choices] input:checked")
    phone.tap(".step--place .foot-bar .btn-primary")
    phone.see(".two-taps")
    phone.tap(".subs-common .tick-row:visible")
    phone.tap(".step--category .foot-bar .btn-primary")
    phone.see("#facts")
    phone.type("#facts", SHORT)
    phone.tap(".step--facts .foot-bar .btn-primary")
    phone.page.locator(".receipt-no:visible").first.wait_for()


def full(phone: Phone) -> None:
    """The same with the category looked for by its heads, the door number, and one party with name and phone."""
    phone.tap("a[href='/file']:visible")
    phone.see("[data-gm-choices] input:checked")
    phone.type("#address", "3幢202")
    phone.tap(".step--place .foot-bar .btn-primary")
    phone.see(".two-taps")
    phone.tap("label.head-row:has(#head-02)")
    phone.tap(".subs-02 .tick-row")
    phone.tap(".step--category .foot-bar .btn-primary")
    phone.see("#facts")
    phone.type("#facts", FACTS)
    phone.tap("details.parties summary")
    phone.type("#party-0-name", "王小芳")
    phone.type("#party-0-phone", "13812342071")
    phone.tap(".step--facts .foot-bar .btn-primary")
    phone.page.locator(".receipt-no:visible").first.wait_for()


def filings(browser: Any, home: str, options: argparse.Namespace) -> str:
    """Drive each kind of filing; return the table."""
    kinds = {"shortest: place, common category, one line": quickest, "in full: also door number, heads, one party": full}
    rows = [_filing(name, drive, browser, home, options) for name, drive in kinds.items()]
    head = ["/today to receipt", "taps", "characters", "whole, s", "thought and typing, s", "waiting for the phone, s"]
    fingers = f"one tap {TAP_S} s, one character {CHARACTER_S} s, a new screen {SCREEN_S} s"
    return f"\n{table(head, rows)}\n{fingers}; processor ÷ {SLOW_CPU}, line {options.line}"


def _filing(name: str, drive: Callable[[Phone], None], browser: Any, home: str, options: argparse.Namespace) -> list[str]:
    whole, waits, taps, typed = [], [], 0, 0
    phone = Phone(browser, home, options.line, position=_position(browser, home, options.login))
    phone.sign_in(options.login, PASSWORD)
    phone.warm()
    phone.slow_down()
    for _ in range(options.rounds):
        phone.taps = phone.typed = phone.screens = 0
        began = time.perf_counter()
        phone.open("/today")
        phone.see("a[href='/file']:visible")
        drive(phone)
        whole.append(time.perf_counter() - began)
        taps, typed = phone.taps, phone.typed
        waits.append(whole[-1] - taps * TAP_S - typed * CHARACTER_S - phone.screens * SCREEN_S)
    phone.close()
    middle, wait = statistics.median(whole), statistics.median(waits)
    return [name, str(taps), str(typed), f"{middle:.1f}", f"{middle - wait:.1f}", f"{wait:.1f}"]


def _position(browser: Any, home: str, login: str) -> tuple[float, float]:
    """Return the middle of the worker's own cell, which the filing page's map looks at."""
    phone = Phone(browser, home, "no limit", rate=1)
    phone.sign_in(login, PASSWORD)
    phone.marks("/file")
    lat, lng = phone.page.evaluate("""() => {
      const map = document.querySelector('[data-placemap]').placeMap, code = map.box.dataset.focusCells.split(',')[0];
      const box = map.byCode.get(code).box, at = map.grid.plane.latLng((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
      return [at.lat, at.lng];
    }""")
    phone.close()
    return lng, lat


# -- what the phone waits for ------------------------------------------------------------------------------------------


def drawn(browser: Any, home: str, options: argparse.Namespace) -> str:
    """Return when the street is drawn on the filing page, with nothing kept and with everything kept."""
    where = _position(browser, home, options.login)
    rows, weights = [], ""
    for line in dict.fromkeys((options.line, "no limit")):
        first, again = [], []
        for _ in range(options.rounds):
            phone = Phone(browser, home, line, position=where)
            phone.sign_in_elsewhere(browser, options.login, PASSWORD)
            phone.slow_down()
            first.append(phone.marks("/file"))
            weights = weights or _weights(phone.asked)
            phone.warm()
            again.append(phone.marks("/file"))
            phone.close()
        rows += [_times(f"first visit, {line}", first), _times(f"again, {line}", again)]
    head = ["/file, seconds since the tap", *_MOMENTS]
    own = _processor_s(browser, home, options)
    alone = f"again, main thread alone, whatever else the machine does: {own:.3f} s × {SLOW_CPU} = {own * SLOW_CPU:.2f} s"
    return f"\n{table(head, rows)}\nprocessor ÷ {SLOW_CPU}; {alone}\n{weights}"


def _processor_s(browser: Any, home: str, options: argparse.Namespace) -> float:
    phone = Phone(browser, home, "no limit", rate=1)
    phone.sign_in(options.login, PASSWORD)
    phone.marks("/file")
    phone.warm()
    found = statistics.median(phone.processor_s("/file") for _ in range(options.rounds))
    phone.close()
    return found


_MOMENTS = ("answer", "first-contentful-paint", "page read", "scripts run", "cells painted")


def _times(name: str, turns: list[dict[str, float]]) -> list[str]:
    return [name, *(f"{statistics.median(turn.get(moment, 0) for turn in turns):.2f}" for moment in _MOMENTS)]


#: What is weighed → what its address holds; the first that fits counts.
_WEIGHED = {
    "script and style": (".js", ".css"), "the street": ("/map/", "/field/"), "pictures": ("/img/",), "the page": ("/file",),
}


def _weights(asked: list[tuple[str, int]]) -> str:
    sums = dict.fromkeys(_WEIGHED, 0)
    for path, size in asked:
        name = next((name for name, marks in _WEIGHED.items() if any(mark in path.split("?")[0] for mark in marks)), None)
        if name and path != "/sw.js":
            sums[name] += size
    return "bytes on the wire with the first visit: " + ", ".join(f"{name} {size:,}" for name, size in sums.items())


if __name__ == "__main__":
    main()
