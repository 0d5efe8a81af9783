"""The main screens by keyboard and by finger: the focus goes down the page and is seen, and what is touched is large enough."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.screen import Screen

Sit = Callable[..., Screen]
SCREENS = [("worker", "/today"), ("worker", "/file"), ("worker", "/mine"), ("cadre", "/cases"), ("dept", "/tasks"),
           ("leader", "/map"), ("leader", "/map?view=table"), ("admin", "/grid"), ("admin", "/rosters"), ("auditor", "/audit")]


@pytest.mark.parametrize(("login", "path"), SCREENS)
def test_the_focus_goes_down_the_page_and_is_seen(sit: Sit, login: str, path: str) -> None:
    screen = sit(login).open(path)
    way = screen.walk_by_tab(22)
    assert way[0]["tag"] == "A" and screen.page.locator(".skip-link").count() == 1, "the way past the navigation comes first"
    places = [step["place"] for step in way if step["tag"] != "BODY"]
    turned = [at for at in range(1, len(places)) if places[at] < places[at - 1]]
    assert len(turned) <= 1, f"the focus jumps up: {[way[at] for at in turned]}"
    assert [step for step in way if not step["seen"] and step["tag"] != "BODY"] == []


@pytest.mark.parametrize(("login", "path"), SCREENS)
def test_a_finger_meets_what_it_aims_at_on_the_smallest_phone(sit: Sit, login: str, path: str) -> None:
    screen = sit(login, "small").open(path)
    assert screen.small_targets() == []


def test_the_skip_link_leads_to_the_matter(sit: Sit) -> None:
    screen = sit("cadre").open("/cases")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    assert screen.page.evaluate("document.activeElement.id") == "main"


def test_letters_can_be_switched_off_and_are_letters_in_a_field(sit: Sit) -> None:
    screen = sit("cadre", "desk", "en").open("/cases?status=filed")
    screen.page.keyboard.press("?")
    screen.page.locator("#keys-switch").uncheck()
    screen.page.keyboard.press("Escape")
    screen.open("/cases?status=filed")
    before = screen.page.url
    screen.page.keyboard.press("a")
    screen.page.wait_for_timeout(200)
    assert screen.page.url == before and screen.count(".flashes") == 0
    screen.page.evaluate("localStorage.clear()")
