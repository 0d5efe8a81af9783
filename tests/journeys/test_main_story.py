"""The main job, whole: from the phone to the cell, through the departments to closed, onto the leaders' map."""

from __future__ import annotations

import re
from collections.abc import Callable

from gridmediate.demo.people import HOME_CELL
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen

#: Both languages, phone and desk; a worker always holds a phone.
PLACES = seen(("language", "size"), [("zh", "desk"), ("en", "phone")])
Sit = Callable[..., Screen]


def file_by_tap(worker: Screen, facts: str, **typed: str) -> str:
    """File a leak in the worker's own cell by a tap on the map, and return the case's number."""
    worker.open("/file")
    page = worker.page
    page.locator("[data-gm-ready]").wait_for()
    at = page.evaluate("""(code) => {
        const place = document.querySelector('[data-placemap]').placeMap, cell = place.byCode.get(code);
        const point = place.map.latLngToContainerPoint(place.grid.plane.latLng(cell.at.x, cell.at.y));
        const box = place.map.getContainer().getBoundingClientRect();
        return [box.x + point.x, box.y + point.y];
    }""", HOME_CELL)
    page.mouse.click(*at)
    page.locator(f"[data-gm-choices] input[value='{HOME_CELL}']:checked").wait_for()
    page.locator("[data-team] .seat").first.wait_for()
    worker.step_on()
    page.locator("label.head-row:has(#head-02)").click()
    page.locator(".subs-02 .tick-row").first.click()
    page.locator("[data-handlers]:visible .tag--primary").first.wait_for()
    worker.step_on()
    page.locator("#facts").fill(facts)
    if typed:
        page.locator("details.parties summary").click()
    for name, value in typed.items():
        page.locator(f"[name='{name}']").fill(value)
    return worker.receipt()


def accept_by_keys(cadre: Screen, case_no: str) -> None:
    """Find the case with the search key, walk to it, accept it with a letter, and open it with Enter."""
    cadre.open("/cases?status=filed")
    cadre.page.keyboard.press("/")
    cadre.page.keyboard.type(case_no)
    with cadre.page.expect_navigation():
        cadre.page.keyboard.press("Enter")
    assert cadre.text("[data-key-row] .case-no") == case_no, "the searched case is on top"
    cadre.open("/cases?status=filed")
    rows = cadre.page.locator("[data-key-row]")
    numbers = cadre.page.locator("[data-key-row] .case-no").all_inner_texts()
    for _ in range(numbers.index(case_no)):
        cadre.page.keyboard.press("j")
    cadre.page.keyboard.press("k" if numbers.index(case_no) else "j")
    cadre.page.keyboard.press("j" if numbers.index(case_no) else "k")
    assert case_no in rows.locator("xpath=self::*[contains(@class, 'is-selected')]").inner_text()
    cadre.page.locator(f"[data-preview-of='{case_no}'] .seat").first.wait_for()
    with cadre.page.expect_navigation():
        cadre.page.keyboard.press("a")
    cadre.look()


def accept_by_finger(cadre: Screen, case_no: str) -> None:
    """Open the case from the list and press what stands first."""
    cadre.open("/cases?status=filed")
    cadre.press(f"[data-key-row]:has-text('{case_no}') h3 > a")
    assert cadre.small_targets() == []
    cadre.press("#acts form[action$='/acts/accept'] button")


def act(cadre: Screen, case_no: str, name: str, **words: object) -> Screen:
    """Do an act from the case's page."""
    cadre.open(f"/cases/{case_no}").unfold("#acts").press(f"#acts a[href$='/acts/{name}']")
    return cadre.send(f"form[action$='/acts/{name}']", **words)


def hold(cadre: Screen, case_no: str, result: str) -> Screen:
    """Write the minutes of a session from the case's page: who came, what was said, how far it came."""
    cadre.open(f"/cases/{case_no}").press("#acts a[href$='/sessions/note']")
    fill_minutes(cadre, result)
    return cadre.press("main form[method=post] .btn-primary")


def fill_minutes(cadre: Screen, result: str) -> None:
    """Fill the minutes of a session in which both sides came."""
    page = cadre.page
    page.locator("[name=team]").first.check()
    for side in ("applicant", "respondent"):
        page.locator(f"[name=sides][value={side}]").check()
    page.locator("[name=statements]").fill("一方说漏了三个月，一方说不知道")
    page.locator("[name=result]").fill(result)
    if not page.locator("[name=room]").input_value():
        page.locator("[name=room]").fill("一号调解室")


def send_back(dept: Screen, case_no: str, tab: str = "to_sign") -> Screen:
    """Send the case's task back from the department's list."""
    open_task(dept, case_no, tab)
    dept.press("a[href$='/send_back']")
    return dept.send("form[action$='/send_back']", reason="not_ours", return_words="在红线外，归综合执法队")


def open_task(dept: Screen, case_no: str, tab: str) -> None:
    """Open the case's task: in the drawer at a desk, on a page of its own on a phone."""
    dept.open(f"/tasks?tab={tab}")
    row = f"[data-key-row]:has-text('{case_no}')"
    if dept.is_phone:
        dept.press(f"{row} a.task-link")
        assert dept.small_targets() == []
        return
    dept.page.locator(f"{row} a.task-link").click()
    dept.page.locator(f"#preview a[href*='{case_no}']").first.wait_for()


def sign_two(dept: Screen, case_no: str) -> None:
    """Tick the case's task and one more, and sign for both at once."""
    dept.open("/tasks")
    row = dept.page.locator(f"[data-key-row]:has-text('{case_no}')")
    row.locator("input[name=task]").check()
    dept.page.locator(f"[data-key-row]:not(:has-text('{case_no}')) input[name=task]").first.check()
    assert dept.text("[data-ticked-count]") == "2"
    dept.press("button[form=sign-form]")
    assert "2" in dept.text(".flashes")


def answer_by_ctrl_enter(dept: Screen, case_no: str, answer: str, *, settles: bool = False) -> None:
    """Answer the case's task without leaving the keyboard."""
    open_task(dept, case_no, "in_progress")
    dept.page.locator("#answer-form input[name=kind]").first.check()
    dept.page.locator("#answer-form [name=answer]").fill(answer)
    if settles:
        dept.page.locator("#answer-form [name=settles]").check()
    dept.page.locator("#answer-form [name=answer]").focus()
    with dept.page.expect_navigation():
        dept.page.keyboard.press("Control+Enter")
    dept.look()


def figures(leader: Screen) -> dict[str, int]:
    """Read the numbers of the map and of its table twin, which have to be the same."""
    leader.open("/map").page.locator("[data-gm-ready]").wait_for()
    told = {name: int(leader.text(f"[data-gm-figure={name}]")) for name in ("open", "late", "settled")}
    leader.open("/map?view=table")
    assert int(leader.text("tfoot td.num")) == told["open"]
    assert int(leader.text("tfoot td.num:nth-of-type(3)")) == told["late"]
    assert re.search(rf"\b{told['settled']}\b", leader.text("tfoot .muted"))
    return told


@PLACES
def test_a_leak_goes_from_a_tap_to_closed_and_map_and_worker_know(office: Office, sit: Sit, language: str, size: str) -> None:
    worker, cadre = sit("worker", "phone", language), sit("cadre", size, language)
    dept, leader = sit("dept", size, language), sit("leader", size, language)
    facts = f"楼上 {language} 502 漏水，402 吊顶掉下来一块"
    case_no = file_by_tap(worker, facts)
    (accept_by_finger if size == "phone" else accept_by_keys)(cadre, case_no)
    cadre.open(f"/cases/{case_no}")
    assert cadre.count(".case-side .seat") >= 3 and cadre.count("#tasks .task-row") >= 1

    send_back(dept, case_no)
    cadre.open(f"/cases/{case_no}").press("#tasks a[href$='/assign_again']")
    cadre.send("form[action$='/assign_again']", department="housing", words="漏点在 502 卫生间，请上门查")
    sign_two(dept, case_no)
    answer_by_ctrl_enter(dept, case_no, "502 淋浴间防水层破损，已开维修单")
    cadre.open(f"/cases/{case_no}").press("#tasks form[action$='/confirm'] button")

    hold(cadre, case_no, "双方都到场，502 愿意修，赔偿再谈")
    before = figures(leader)
    act(cadre, case_no, "agree_orally", terms="502 本周内修好，赔 402 一千二百元")
    act(cadre, case_no, "close", result="502 已修好并赔付", sides_told=True)

    worker.open("/today")
    assert "502" in worker.text(".echo:has-text('502')")
    after = figures(leader)
    assert (after["open"], after["settled"]) == (before["open"] - 1, before["settled"] + 1)
    drill_down(leader)
    worker.open(f"/cases/{case_no}")
    assert "502 已修好并赔付" in worker.text("main")


def drill_down(leader: Screen) -> None:
    """Pick the worst cell on the map; the list behind it has as many cases as the map says."""
    leader.open("/map").page.locator("[data-gm-ready]").wait_for()
    leader.page.locator(".gm-rank").first.click()
    link = ".gm-picked-link" if leader.is_phone else ".gm-pop-link"
    number = int(re.search(r"\d+", leader.text(link)).group())  # type: ignore[union-attr]
    leader.press(link)
    assert leader.count("[data-key-row]") == number
