"""Filing on a phone in a real browser, in both languages: position inside, on a border, outside, refused; no scripts at all."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.serving import make_server

from gridmediate.domain.categories import CATEGORIES, find_categories
from gridmediate.domain.vocabulary import Role
from gridmediate.domain.workflow import Outcome
from gridmediate.services import sign_ins
from gridmediate.store.models import Account, Case
from gridmediate.web.rooms import Application
from gridmediate.web.security import cookie_name
from tests import builders
from tests.builders import CELL, NEXT_CELL, ORIGIN, SIDE, inside
from tests.journeys.seen import seen
from tests.services.pictures_sent import photo
from tests.web.conftest import app, clock, settings, store, street

__all__ = ["app", "clock", "settings", "store", "street"]

PHONE, SMALL_PHONE = {"width": 390, "height": 844}, {"width": 360, "height": 640}
PLACES = {
    "inside": (*inside(), 12.0),
    "border": (ORIGIN[0] + SIDE, ORIGIN[1] + SIDE / 2, 38.0),
    "far": (ORIGIN[0] - 0.1, ORIGIN[1], 20.0),
    "outside": (ORIGIN[0] - SIDE / 3, ORIGIN[1] + SIDE / 2, 9.0),
}
FACTS = "302 把阳台排水管改到外墙，水滴到 202 窗台"
#: Until something is seen; a machine under load takes long, and what never comes costs this once.
_QUIET_MS = 30_000


@pytest.fixture
def address(app: Application) -> Iterator[str]:
    """The application, answered on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Phone:
    """A phone in somebody's hand: a page, what it complained of, and how often it was tapped."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address, self.taps = page, address, 0
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", lambda sent: self._look(sent.url))

    def _look(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.complaints.append(f"asked {url}")

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(self.address + path)

    def tap(self, selector: str) -> None:
        """Tap what is seen."""
        self.taps += 1
        self.page.locator(selector).first.tap(timeout=_QUIET_MS)

    def go_on(self) -> None:
        """Press the one act at the bottom of the step that is seen."""
        self.tap(".foot-bar .btn-primary:visible")

    def see(self, selector: str, state: str = "visible") -> Any:
        """Wait for something to be seen."""
        found = self.page.locator(selector).first
        found.wait_for(state=state, timeout=_QUIET_MS)
        return found

    @property
    def heading(self) -> str:
        """The page's heading."""
        return str(self.page.locator("h1").first.inner_text())


@pytest.fixture
def phone_of(chromium: Any, app: Application, address: str) -> Iterator[Callable[..., Phone]]:
    """Return a phone whose owner is signed in as the worker of the first cell."""
    contexts = []

    def make(where: str = "inside", *, language: str = "zh", size: dict[str, int] | None = None, denied: bool = False,
             scripts: bool = True) -> Phone:
        lon, lat, accuracy = PLACES[where]
        context = chromium.new_context(
            viewport=size or PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, java_script_enabled=scripts,
            permissions=[] if denied else ["geolocation"], geolocation={"longitude": lon, "latitude": lat, "accuracy": accuracy})
        contexts.append(context)
        with app.store.writing() as session:
            account = builders.an_account(session, Role.GRID_WORKER)
            row = session.get_one(Account, account.id)
            token = sign_ins.start(session, row, app.clock(), "Chrome, Android", rules=app.rules)
        context.add_cookies([{"name": cookie_name(app), "value": token, "url": address},
                             {"name": "gm_language", "value": language, "url": address}])
        return Phone(context.new_page(), address)

    yield make
    for context in contexts:
        context.close()


def from_category_to_receipt(phone: Phone) -> None:
    """Choose the first neighbours' category in two taps, write one line, file."""
    phone.tap("label.head-row:has(#head-02)")
    phone.tap(".subs-02 .tick-row")
    assert "02-01" in phone.see("[data-handlers]:visible:has(.tag--primary)").inner_text()
    phone.go_on()
    phone.see("#facts").fill(FACTS)
    phone.go_on()
    phone.see("[data-receipt] ~ * .receipt-no")


@seen("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["390", "360"])
def test_inside_one_cell_it_takes_five_taps_and_one_line(phone_of: Callable[..., Phone], language: str,
                                                         size: dict[str, int]) -> None:
    phone = phone_of("inside", language=language, size=size)
    phone.open("/file")
    chosen = phone.see("[data-gm-choices] input:checked")
    assert chosen.get_attribute("value") == CELL
    phone.see("[data-team] .seat")
    phone.go_on()
    from_category_to_receipt(phone)
    assert re.fullmatch(r"LX-2026-\d{4}", phone.page.locator(".receipt-no").inner_text())
    assert phone.taps <= 5
    assert phone.complaints == []
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@seen("language", ["zh", "en"])
def test_on_a_border_both_cells_are_asked_for_and_the_team_follows(phone_of: Callable[..., Phone], language: str) -> None:
    phone = phone_of("border", language=language)
    phone.open("/file")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']")
    assert phone.page.locator("[data-gm-choices] input:checked").count() == 0
    assert phone.page.locator("[data-gm-choices] input").count() == 3
    phone.tap(f"[data-gm-choices] label:has(input[value='{NEXT_CELL}'])")
    phone.see("[data-team] .seat")
    phone.go_on()
    from_category_to_receipt(phone)
    assert phone.complaints == []


def test_on_a_border_going_on_without_an_answer_asks_again(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of("border")
    phone.open("/file")
    phone.see(f"[data-gm-choices] input[value='{NEXT_CELL}']")
    phone.go_on()
    phone.see("[data-error-summary]")
    assert phone.heading == "在哪里"
    assert [each for each in phone.complaints if "422" not in each] == []


@seen("language", ["zh", "en"])
def test_outside_the_nearest_is_named_and_the_street_takes_it(phone_of: Callable[..., Phone], language: str) -> None:
    phone = phone_of("outside", language=language)
    phone.open("/file")
    phone.see("#cell_listed")  # the list opens with the answer
    assert re.search(r"1\d\d", phone.page.locator("[data-gm-say]").inner_text())
    phone.tap("[data-gm-choices] label:has(input[value='unsure'])")
    phone.go_on()
    from_category_to_receipt(phone)
    assert phone.complaints == []


@seen("language", ["zh", "en"])
def test_without_permission_to_locate_the_list_or_a_tap_is_enough(phone_of: Callable[..., Phone], language: str) -> None:
    phone = phone_of(language=language, denied=True)
    phone.open("/file")
    phone.see("[data-gm-ready]")
    phone.tap("details[data-list] summary")
    phone.page.locator("#cell_listed").select_option(NEXT_CELL)
    phone.see("[data-team] .seat")
    phone.go_on()
    from_category_to_receipt(phone)
    assert phone.complaints == []


def test_a_tap_on_the_map_names_the_cell(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(denied=True)
    phone.open("/file")
    phone.see("[data-gm-ready]")
    box = phone.page.locator("[data-placemap]").bounding_box()
    phone.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.62)
    assert phone.see("[data-gm-choices] input:checked").get_attribute("value") == CELL
    assert phone.page.locator("[name='place_method']").input_value() == "map"
    assert phone.complaints == []


def test_the_phones_own_way_back_goes_one_step_back_and_keeps_the_words(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.open("/file")
    phone.see("[data-team] .seat")
    phone.go_on()
    phone.tap(".subs-common .tick-row:visible")
    phone.go_on()
    phone.see("#facts").fill(FACTS)
    phone.tap("label:has(#flag-group)")
    phone.page.go_back()
    phone.see(".two-taps")
    phone.go_on()
    assert phone.see("#facts").input_value() == FACTS
    assert phone.page.locator("#flag-group").is_checked()
    assert phone.complaints == []


def to_the_facts(phone: Phone) -> None:
    """Take the cell found and the first common category, and write one line."""
    phone.see("[data-team] .seat")
    phone.go_on()
    phone.tap(".subs-common .tick-row:visible")
    phone.go_on()
    phone.see("#facts").fill(FACTS)


def test_a_form_left_half_way_is_offered_again_and_another_can_be_begun_meanwhile(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.open("/file")
    to_the_facts(phone)
    phone.page.wait_for_timeout(600)
    phone.open("/file")
    phone.tap("[data-draft-resume]")
    assert phone.see("#facts").input_value() == FACTS
    phone.tap("[data-keep-and-new]")
    phone.see("[data-draft-later]:visible")
    assert phone.heading == "在哪里"
    assert phone.page.locator("#facts").input_value() == ""
    key = phone.page.evaluate("gridmediate.outbox.list().then((items) => items[0].key)")
    phone.open(f"/file?draft={key}")
    assert phone.see("#facts").input_value() == FACTS
    assert phone.page.evaluate("JSON.stringify([localStorage, sessionStorage])").find("302") == -1
    assert phone.complaints == []


def test_without_signal_it_is_kept_with_its_photo_and_goes_out_once_by_itself(phone_of: Callable[..., Phone],
                                                                              app: Application) -> None:
    phone = phone_of()
    phone.open("/file")
    to_the_facts(phone)
    phone.page.locator("#photos").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(2400, 1200, turned=6)})
    phone.see("[data-photo-list] img")
    (kept,) = phone.page.evaluate("""gridmediate.outbox.list().then(([one]) => gridmediate.outbox.read(one.key)).then((item) =>
        item.photos.map((each) => Array.from(new Uint8Array(each.bytes))))""")
    picture = Image.open(io.BytesIO(bytes(kept)))
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (800, 1600), {})
    assert b"PHONE" not in bytes(kept)
    assert picture.getpixel((400, 100))[0] < 60 < 190 < picture.getpixel((400, 1500))[0]  # the right way up
    phone.page.context.set_offline(True)
    phone.see("[data-no-signal]")
    phone.go_on()
    phone.see("[data-kept-no]")
    assert phone.heading == "已存本机"
    assert phone.page.locator(".seat:visible").count() == 0
    phone.page.context.set_offline(False)
    phone.see("[data-receipt] ~ * .receipt-no")
    with app.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
    assert [each for each in phone.complaints if "ERR_INTERNET_DISCONNECTED" not in each] == []


def test_a_double_tap_and_a_lost_answer_file_once(phone_of: Callable[..., Phone], app: Application) -> None:
    phone = phone_of()
    phone.open("/file")
    to_the_facts(phone)
    lost: list[str] = []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    phone.page.route("**/cases", lose)
    phone.page.evaluate("""() => {
        const act = document.querySelector('.step--facts .foot-bar .btn-primary');
        act.click();
        act.click();
    }""")
    phone.see("[data-kept-no]")
    phone.page.evaluate("gridmediate.outbox.flush()")
    phone.see("[data-receipt] ~ * .receipt-no")
    assert lost
    with app.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_settled_on_the_spot_is_filed_and_closed_in_one_go(phone_of: Callable[..., Phone], app: Application) -> None:
    phone = phone_of()
    phone.open("/file")
    to_the_facts(phone)
    assert not phone.page.locator("#spot_result").is_visible()
    phone.tap("label:has(#flag-threat)")
    phone.tap("label:has(#on_spot)")
    phone.go_on()
    assert phone.see(".error-summary a").get_attribute("href") == "#on_spot"
    phone.tap("label:has(#flag-threat)")
    phone.go_on()
    assert phone.see(".error-summary a").get_attribute("href") == "#spot_result"
    phone.see("#spot_result").fill("302 当天改回排水管，202 同意")
    assert phone.page.locator(".foot-bar .btn-primary:visible").inner_text() == "上报并结案"
    phone.go_on()
    phone.see("[data-receipt] ~ * .receipt-no")
    with app.store.reading() as session:
        assert session.scalars(select(Case.outcome)).one() is Outcome.SOLVED_ON_SPOT


def test_far_from_the_own_cells_the_phone_and_the_server_ask(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of("far")
    phone.open("/file")
    assert "公里" in phone.see("[data-far-words]").inner_text()
    phone.tap("[data-gm-choices] label:has(input[value='unsure'])")
    phone.go_on()
    assert phone.see(".error-summary a").get_attribute("href") == "#far_ok"
    phone.tap("label:has(#far_ok)")
    phone.go_on()
    from_category_to_receipt(phone)
    assert phone.complaints == []


def test_plain_words_find_on_the_phone_what_they_find_on_the_server(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of("border")
    phone.open("/file")
    phone.see("[data-gm-choices] input")
    words = sorted({word for each in CATEGORIES.values() for word in each.search_words})
    asked = [*words, *(each[1:] + "，" + each for each in words[::7]),
             "楼上漏了很多水，和邻居吵架", "leaking tap", "0201", "landlord", " ", "zzz"]
    found = phone.page.evaluate("(asked) => asked.map((words) => gridmediate.filing.find(words).map((each) => each.code))", asked)
    assert found == [[each.code for each in find_categories(words)] for words in asked]


def test_the_keyboard_alone_files(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.open("/file")
    phone.see("[data-team] .seat")
    keys, here = phone.page.keyboard, "document.activeElement.outerHTML"

    def walk_to(what: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if phone.page.evaluate(f"document.activeElement.matches({what!r})"):
                return
        raise AssertionError(f"{what} is not reached by Tab: {phone.page.evaluate(here)}")

    walk_to(".gm-here-dot")
    keys.press("ArrowUp")
    phone.see("[data-gm-field=place_method][value=map]", state="attached")
    walk_to(".foot-bar .btn-primary")
    keys.press("Enter")
    assert phone.page.evaluate("document.activeElement.tagName") == "H1"
    walk_to("[name=head]")
    walk_to("[name=t2_code]")
    keys.press("Space")
    walk_to(".foot-bar .btn-primary")
    keys.press("Enter")
    walk_to("#facts")
    keys.type(FACTS)
    walk_to(".foot-bar .btn-primary")
    keys.press("Enter")
    phone.see("[data-receipt] ~ * .receipt-no")
    assert phone.complaints == []


def test_danger_puts_the_police_first(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of()
    phone.open("/file")
    phone.see("[data-team] .seat")
    phone.go_on()
    phone.tap(".subs-common .tick-row:visible")
    phone.go_on()
    phone.see("#facts")
    assert not phone.page.locator(".call-first").is_visible()
    phone.tap("label:has(#flag-threat)")
    assert phone.page.locator(".call-first").is_visible()
    assert phone.page.locator(".when-threat").is_visible()
    assert phone.page.locator(".call-first").get_attribute("href") == "tel:110"
    assert phone.complaints == []


def test_without_scripts_the_same_pages_file_the_same_case(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of(scripts=False)
    phone.open("/file")
    assert not phone.page.locator("[data-placemap]").is_visible()
    phone.tap(f"[data-gm-choices] label:has(input[value='{CELL}'])")
    phone.go_on()
    phone.tap("label.head-row:has(#head-02)")
    phone.tap(".subs-02 .tick-row")
    phone.go_on()
    assert "02-01" in phone.see("[data-handlers]").inner_text()
    phone.page.locator("#facts").fill(FACTS)
    phone.go_on()
    phone.see(".receipt-no")
    assert phone.complaints == []
