"""A resident without an account: asks, is called back, follows, answers the meeting, says it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gridmediate.demo.people import HOME_CELL
from gridmediate.domain.sittings import Plan
from gridmediate.domain.workflow import Act
from gridmediate.services import sessions
from tests.journeys.office import Office
from tests.journeys.screen import Screen

Sit = Callable[..., Screen]


@pytest.mark.parametrize(("language", "scripts"), [("zh", True), ("en", False)])
def test_a_resident_asks_follows_answers_and_says_it_is_settled(office: Office, sit: Sit, language: str, scripts: bool) -> None:
    resident = sit("", "phone", language, scripts=scripts)
    worker = sit("worker", "phone", language)

    def look() -> None:
        if scripts:
            assert resident.small_targets() == [], resident.page.url

    resident.open(f"/ask/{HOME_CELL}")
    look()
    with resident.refused(422):
        resident.send("form.fields", facts="楼上漏水", phone="13812342071")
    look()
    resident.send("form.fields", place="三栋201", name="周六一", consents=True)
    look()
    number, code = (resident.page.locator(".slip dd").nth(each).inner_text() for each in range(2))
    assert resident.page.url.endswith(f"/ask/{HOME_CELL}"), "nothing personal in an address"

    worker.open("/today").press(f".request-row:has-text('{number}')")
    worker.send("form[action$='/file']", t2_code="0201")
    case_no = worker.text(".receipt-no")

    resident.open("/follow")
    look()
    with resident.refused(422):
        resident.send("form.fields", number=case_no, code="AAAA-AAAA")
    resident.send("form.fields", number=number, code=code)
    look()
    office.act(case_no, Act.ACCEPT)
    begins = office.now() + timedelta(days=1)
    office.do(sessions.plan, case_no, Plan(begins, begins + timedelta(hours=1), room=f"三号 {language}"), by="cadre")
    resident.open("/follow")
    look()
    resident.press(".meet-card form button")
    assert ("您已答复" if language == "zh" else "Your answer") in resident.text(".meet-card")
    resident.press(".act-grid a[href$='/settled']")
    look()
    resident.send("form.fields", words="他把管子换了")
    assert not any(word in resident.text("main") for word in ("周六一", "三栋", "他把管子换了"))
    resident.press("a[href$='/my-data']")
    look()
    assert "他把管子换了" in resident.text("main")

    cadre = sit("cadre", "desk", language).open(f"/cases/{case_no}")
    assert "他把管子换了" in cadre.text("#said")
    assert cadre.count("#said .said-rows > li") == 2
    if scripts:
        resident.open("/follow")
        way = resident.walk_by_tab(20)
        assert all(step["seen"] for step in way)
    resident.open("/follow").press("form[action$='/close'] button")
    assert resident.count("form.fields [name=code]") == 1
