"""A browser page that is watched: what no screen may do is noted while a story walks over it, and asserted at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What every page has to satisfy wherever a story comes by. Read by script, so that it holds for pages as drawn, not as sent.
_LOOK = """() => {
  const main = document.querySelector('main') || document.body;
  const ids = Array.from(document.querySelectorAll('[id]'), (each) => each.id);
  const wide = Array.from(document.querySelectorAll('body *')).filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !each.closest('.table-wrap, .segmented, .chips, .map-box');
  });
  return {
    h1s: document.querySelectorAll('h1').length, title: document.title.trim(), words: main.innerText.trim().length,
    over: document.documentElement.scrollWidth - innerWidth, widest: wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at), injected: window.__xss === undefined ? null : window.__xss,
    loose: Array.from(document.querySelectorAll('[tabindex]')).filter((each) => each.tabIndex > 0).length,
  };
}"""

#: Controls that a finger has to meet. Links inside sentences are left out, as WCAG 2.5.8 does.
_SMALL = """(least) => Array.from(document.querySelectorAll(
  '.btn, .row-act, .tabbar > a, .tabbar summary, .segmented a, .chips a, .case-card, .menu-item, select, textarea, summary,'
  + 'label.choice, label.tick-row, input:not([type=hidden]):not([type=checkbox]):not([type=radio])')).filter((each) => {
    const box = each.getBoundingClientRect(), style = getComputedStyle(each);
    return each.offsetParent !== null && box.width > 2 && style.visibility !== 'hidden' && box.height < least - 0.5;
}).map((each) => `${Math.round(each.getBoundingClientRect().height)} px: ${each.outerHTML.slice(0, 110)}`)"""

_FOCUSED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect();
  return { tag: here.tagName, words: (here.innerText || here.getAttribute('aria-label') || here.name || '').slice(0, 30),
           seen: box.width && box.height && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
           place: Array.from(document.querySelectorAll('*')).indexOf(here) };
}"""

#: Says aloud what the policy stopped; Chromium's own message does not always reach the console of the page.
_WITNESS = """document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


class Screen:
    """One page of one person, watched.

    Parameters
    ----------
    page : playwright.sync_api.Page
    home : str
        The address of the server, without a slash at its end.
    is_phone : bool
        Whether fingers use it.

    Attributes
    ----------
    faults : list of str
        What was seen and may not be.
    """

    def __init__(self, page: Any, home: str, *, is_phone: bool = False) -> None:
        self.page, self.home, self.is_phone = page, home, is_phone
        self.faults: list[str] = []
        self._expected: set[int] = set()
        page.add_init_script(_WITNESS)
        page.on("console", self._hear)
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))
        page.on("request", self._follow)
        page.on("dialog", self._refuse)

    def _hear(self, said: Any) -> None:
        if said.type not in ("error", "warning"):
            return
        if any(f"the server responded with a status of {status} " in said.text for status in self._expected):
            return
        self.faults.append(f"{self.page.url}: console {said.type}: {said.text}")

    def _follow(self, request: Any) -> None:
        if not request.url.startswith((self.home + "/", "data:", "blob:")):
            self.faults.append(f"{self.page.url} asked for {request.url}")

    def _refuse(self, dialog: Any) -> None:
        self.faults.append(f"{self.page.url}: a dialog said {dialog.message!r}")
        dialog.dismiss()

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Expect the server to refuse what is sent meanwhile, which a browser writes into its console."""
        self._expected.add(status)
        yield
        self.look()
        self._expected.discard(status)

    def open(self, path: str) -> Screen:
        """Go to an address of the server, as if it were typed, and look at what comes."""
        self.page.goto(self.home + path)
        return self.look()

    def press(self, chosen: str) -> Screen:
        """Click what leads to another page, wait until that has come, and look at it."""
        with self.page.expect_navigation():
            self.page.locator(chosen).first.click()
        return self.look()

    def step_on(self) -> Screen:
        """Press the primary act of a step that changes on the phone, without another page."""
        self.page.locator(".foot-bar .btn-primary:visible").first.click()
        return self

    def receipt(self) -> str:
        """Send the filing, wait for the server's receipt, and return its number."""
        self.step_on().page.locator("[data-receipt] ~ * .receipt-no").wait_for()
        return self.look().text(".receipt-no")

    def send(self, form: str, **typed: Any) -> Screen:
        """Fill the fields of a form (a value True ticks) and press its first button that is no way back."""
        for name, value in typed.items():
            field = self.page.locator(f"{form} [name='{name}']")
            kind = field.first.evaluate("each => each.tagName + ' ' + (each.type || '')")
            if kind.endswith(("radio", "checkbox")):
                self.page.locator(f"{form} [name='{name}']" + ("" if value is True else f"[value='{value}']")).first.check()
            elif kind.startswith("SELECT"):
                field.first.select_option(str(value))
            else:
                field.first.fill(str(value))
        return self.press(f"{form} button:not([type=button]):not([tabindex='-1']):not([name=more])")

    def unfold(self, inside: str) -> Screen:
        """Open what is folded, as a finger would."""
        folded = self.page.locator(f"{inside} details:not([open]) > summary")
        while folded.count():
            folded.first.click()
        return self

    def look(self) -> Screen:
        """Note what is wrong with the page as it stands."""
        page = self.page
        page.wait_for_load_state()
        seen = page.evaluate(_LOOK)
        wrong = [
            seen["h1s"] != 1 and f"{seen['h1s']} h1", not seen["title"] and "no title", not seen["words"] and "nothing in main",
            seen["over"] > 0 and f"{seen['over']} px too wide: {seen['widest']}", seen["twice"] and f"ids twice: {seen['twice']}",
            seen["loose"] and "a positive tabindex", seen["injected"] is not None and f"a payload ran: {seen['injected']}",
        ]
        self.faults += [f"{page.url}: {fault}" for fault in wrong if fault]
        return self

    def small_targets(self, least: int = 44) -> list[str]:
        """Return the controls that are lower than a finger needs."""
        found: list[str] = self.page.evaluate(_SMALL, least)
        return found

    def walk_by_tab(self, steps: int = 18) -> list[dict[str, Any]]:
        """Press Tab and return where the focus went; it has to go down the page and to be seen."""
        self.page.evaluate("() => { document.activeElement.blur(); window.getSelection().removeAllRanges(); }")
        way = []
        for _ in range(steps):
            self.page.keyboard.press("Tab")
            step = self.page.evaluate(_FOCUSED)
            if not step["seen"]:  # the page may still be gliding there
                self.page.wait_for_timeout(400)
                step = self.page.evaluate(_FOCUSED)
            way.append(step)
        return way

    def text(self, chosen: str) -> str:
        """Return the words of the first match."""
        said: str = self.page.locator(chosen).first.inner_text()
        return said.strip()

    def count(self, chosen: str) -> int:
        """Return how many match."""
        found: int = self.page.locator(chosen).count()
        return found
