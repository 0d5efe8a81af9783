"""Every place of every role without scripts, on a phone and at a desk: whole pages, plain links, forms that send."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridmediate.domain.workflow import Act
from tests.journeys.office import Office
from tests.journeys.screen import Screen

Sit = Callable[..., Screen]
PLACES_OF = {
    "worker": 3, "cadre": 6, "dept": 1, "leader": 4, "county": 1, "admin": 6, "auditor": 1,
}


def places(screen: Screen) -> list[str]:
    """Return the addresses of the navigation that this size shows, those under 更多 among them."""
    found: list[str] = screen.page.locator(".tabbar a" if screen.is_phone else ".rail a:not(.brand)").evaluate_all(
        "links => links.map((each) => each.getAttribute('href'))")
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("login", "size", "language"), [
    *((login, "phone", "en") for login in PLACES_OF), *((login, "desk", "zh") for login in ("cadre", "leader", "admin")),
])
def test_every_place_of_the_navigation_works_without_scripts(sit: Sit, login: str, size: str, language: str) -> None:
    screen = sit(login, size, language, scripts=False).open("/")
    walked = places(screen)
    assert len(walked) >= PLACES_OF[login]
    for path in walked:
        screen.open(path)
        if not path.startswith("/account/"):
            assert screen.count("[aria-current='page']") >= 1, f"{path} is not marked in the navigation"
        if screen.is_phone:
            assert screen.small_targets() == [], path


def test_the_menu_behind_the_name_opens_and_signs_out(sit: Sit) -> None:
    screen = sit("county", "tablet", scripts=False).open("/")
    screen.page.locator(".topbar .menu summary").click()
    assert screen.page.locator(".menu-panel form[action='/sign-out'] button").is_visible()
    screen.press(".menu-panel form[action='/sign-out'] button")
    assert "/sign-in" in screen.page.url


def test_accepting_answering_and_the_table_twin_need_no_scripts(office: Office, sit: Sit) -> None:
    case_no = office.file(facts="水管爆了")
    cadre, dept = sit("cadre", "phone", scripts=False), sit("dept", scripts=False)
    cadre.open(f"/cases?q={case_no}").press("[data-key-row] h3 > a").press("form[action$='/acts/accept'] button")
    assert cadre.count("#tasks .task-row") >= 1

    dept.open("/tasks")
    dept.page.locator(f"[data-key-row]:has-text('{case_no}') input[name=task]").check()
    dept.press("button[form=sign-form]").open("/tasks?tab=in_progress").press(f"[data-key-row]:has-text('{case_no}') a.task-link")
    dept.page.locator("#answer-form input[name=kind]").first.check()
    dept.page.locator("#answer-form [name=answer]").fill("已关阀抢修")
    dept.press("button[form=answer-form]")
    cadre.open(f"/cases/{case_no}").press("#tasks form[action$='/confirm'] button")
    office.act(case_no, Act.NOTE_SESSION)

    leader = sit("leader", "phone", scripts=False).open("/map")
    assert not leader.page.locator("[data-gridmap]").is_visible()
    leader.press("noscript a[href*='view=table']")
    leader.press("thead a[href*='sort=late']")
    assert leader.count("th[aria-sort]") == 1
    leader.press("tbody th a")
    assert leader.count("[data-key-row]") >= 1
