"""The wall in a real browser, at both sizes; and the leader's phone page under a finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gridmediate.services import wall_links
from tests.journeys.office import Office
from tests.journeys.screen import Screen

Sit = Callable[..., Screen]

#: Every text that is seen, in a smaller type than it may have: its size and its words.
_SMALL_TYPE = """(least) => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const box = text.parentElement;
    if (!text.textContent.trim() || box.closest('script, .visually-hidden') || !box.getClientRects().length) continue;
    const size = parseFloat(getComputedStyle(box).fontSize);
    if (box.checkVisibility({ visibilityProperty: true }) && size < least) found.push(`${size} ${text.textContent.trim()}`);
  }
  return found; }"""
#: What is cut by the box that holds it, or lies beyond the screen.
_CUT = """() => Array.from(document.querySelectorAll('.wall-figures *, .wall-time, .wall-head h1, .wall-foot, .wall-key,'
    + ' .wall-card-head, .wall-offices li, .wall-month')).filter((each) => {
    const box = each.getBoundingClientRect();
    const cut = getComputedStyle(each).display !== 'inline' && each.scrollWidth > each.clientWidth + 1;
    return box.width && (cut || box.right > innerWidth || box.bottom > innerHeight + 1);
  }).map((each) => each.className + ': ' + each.textContent.trim())"""
_OVER = "(each => [each.scrollWidth - innerWidth, each.scrollHeight - innerHeight])(document.documentElement)"
_PARTS = "Array.from(document.querySelectorAll('[data-wall-text], [data-wall-bar] rect, .gm-cell'))"
_MARK = f"() => {_PARTS}.forEach((each, k) => {{ each.kept = k; }})"
_KEPT = f"() => {_PARTS}.every((each, k) => each.kept === k)"


def wall(office: Office, size: tuple[int, int], **options: Any) -> Screen:
    """Return the page of a screen on a wall: nobody is signed in at it."""
    room = office.browser.new_context(viewport={"width": size[0], "height": size[1]}, timezone_id="Asia/Shanghai", **options)
    return Screen(room.new_page(), office.home)


def hung(screen: Screen, at: str) -> Any:
    """Open a wall and wait until its map stands."""
    screen.open(at).page.wait_for_selector("[data-gm-ready]")
    return screen.page


def address(office: Office) -> str:
    street = office.do(lambda session, actor, now: min(actor.streets), by="leader")
    return f"/wall/w/{office.do(wall_links.make_link, street, '大厅', by='leader')}"


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_a_wall_fills_its_screen_in_type_that_a_room_can_read(office: Office, size: tuple[int, int]) -> None:
    at, screen = address(office), wall(office, size)
    for asked in ("?theme=light", "?lang=en&views=open,alert"):
        page = hung(screen, at + asked)
        assert page.evaluate(_OVER) == [0, 0]
        assert page.evaluate(_SMALL_TYPE, 18 * size[0] / 1920) == []
        assert page.evaluate(_CUT) == []
    screen.page.context.close()
    assert screen.faults == []


def test_a_wall_refreshes_in_place_and_says_calmly_what_is_gone(office: Office) -> None:
    at, screen = address(office), wall(office, (1920, 1080))
    page = hung(screen, at)
    page.evaluate(_MARK)
    before = page.locator("[data-wall-text=last-filed]").inner_text()
    page.evaluate("gridmediate.wall.refresh()")
    page.wait_for_function("() => gridmediate.wall.tag")
    with page.expect_response("**/numbers*") as told:
        page.evaluate("gridmediate.wall.refresh()")
    assert told.value.status == 304
    for _ in range(4):
        office.file()
    page.evaluate("gridmediate.wall.refresh()")
    page.wait_for_function("(was) => document.querySelector('[data-wall-text=last-filed]').textContent !== was", arg=before)
    assert page.evaluate(_KEPT), "the same elements with new words"
    page.evaluate("gridmediate.wall.heardAt -= 6 * 60000; gridmediate.wall.tick()")
    assert page.locator("body.is-old").count() == 1
    assert "6" in screen.text("[data-wall-as-of]")
    page.route("**/numbers*", lambda route: route.abort())
    page.evaluate("gridmediate.wall.refresh()")
    page.wait_for_selector("[data-wall-say]:not([hidden])")
    assert screen.text("[data-wall-say]").startswith("连不上网络")
    assert page.locator("[data-wall-text=open]").is_visible()
    page.unroute("**/numbers*")
    page.evaluate("gridmediate.wall.refresh()")
    page.wait_for_selector("[data-wall-say][hidden]", state="attached")
    assert page.locator("body.is-old").count() == 0
    key = office.do(lambda session, actor, now: wall_links.list_links(session, actor, now)[0].id, by="leader")
    office.do(wall_links.withdraw_link, key, by="leader")
    page.evaluate("gridmediate.wall.refresh()")
    page.wait_for_selector("body.is-closed")
    assert "已停用" in screen.text("[data-wall-say]")
    assert not page.locator("[data-wall-text=open]").is_visible()
    page.context.close()


def test_a_sign_in_that_ends_leaves_the_figures_and_a_sentence(office: Office, sit: Sit) -> None:
    screen = sit("leader")
    page = hung(screen, "/wall")
    with screen.refused(401):
        page.context.clear_cookies()
        page.evaluate("gridmediate.wall.refresh()")
        page.wait_for_selector("[data-wall-say]:not([hidden])")
    assert screen.text("[data-wall-say]").startswith("登录已到期")
    assert page.locator("[data-wall-text=open]").is_visible()
    office.let_pass(seconds=0)  # the next story signs in anew


def test_views_go_round_pause_and_stand_still_for_whom_motion_is_unwelcome(office: Office) -> None:
    at = address(office) + "?views=open,alert&seconds=8"
    screen = wall(office, (1920, 1080))
    page = hung(screen, at)
    on = page.locator(".wall-views .on")
    assert on.get_attribute("data-gm-measure") == "open"
    page.keyboard.press("ArrowRight")
    assert on.get_attribute("data-gm-measure") == "alert"
    page.wait_for_function("() => document.querySelector('.wall-views .on').dataset.gmMeasure === 'open'", timeout=12_000)
    page.keyboard.press(" ")
    assert page.evaluate("gridmediate.wall.running") is False
    assert screen.text("[data-wall-pause]") == "继续轮换"
    page.context.close()
    still = wall(office, (1920, 1080), reduced_motion="reduce")
    page = hung(still, at)
    assert page.evaluate("gridmediate.wall.running") is False
    assert not page.locator("[data-wall-pause]").is_visible()
    page.context.close()
    assert screen.faults + still.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_leader_on_a_phone_sees_the_street_and_what_waits(sit: Sit, language: str) -> None:
    leader = sit("leader", "phone", language).open("/street")
    leader.page.wait_for_selector("[data-gm-ready]")
    assert leader.small_targets() == []
    before = leader.page.evaluate("document.querySelector('[data-gridmap]').gridMap.map.getZoom()")
    leader.page.locator(".gm-cell").nth(30).tap()
    leader.page.wait_for_function("(was) => document.querySelector('[data-gridmap]').gridMap.map.getZoom() > was", arg=before)
    assert leader.count(".gm-picked h2") == 0, "a small cell is first brought nearer"
    leader.press(".need")
    assert leader.page.url.split("?")[0].split("/")[3] in ("cases", "tasks")
