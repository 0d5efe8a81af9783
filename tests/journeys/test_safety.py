"""Two stories of care: violence at home up to a phone that nobody rings; a stuck case from the pick to its new day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gridmediate.domain.vocabulary import LOCAL_ZONE, Side
from gridmediate.domain.workflow import Act
from gridmediate.services.filing import PartyEntry
from tests.journeys.office import BEGIN, Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen

Sit = Callable[..., Screen]
HOME, PHONE = "锦溪花园 6 幢 602", "13812342071"


@seen("language", ["zh", "en"])
def test_from_the_first_tick_to_a_phone_that_nobody_rings(office: Office, sit: Sit, language: str) -> None:
    pair = (PartyEntry(Side.APPLICANT, "王小芳", PHONE, HOME), PartyEntry(Side.RESPONDENT, "李强", "13987654321", HOME))
    case_no = office.file(t2_code="0101", facts=f"夫妻吵架 {language}", parties=pair)
    office.act(case_no, Act.ACCEPT)
    worker = sit("worker", "phone", language).open(f"/cases/{case_no}")
    assert worker.count("#parties :text('138****2071')") == 1
    worker.page.locator("#contact summary").click()
    assert worker.small_targets() == []
    worker.send("form[action$='/contact']", flags="domestic_violence", contact_words="手臂有旧伤")
    assert worker.count("#safety .safety-steps > li") == 5
    worker.press("#safety form[action$='/safe_now'] button").press("#safety form[action$='/limited_capacity'] button")
    assert worker.count("#safety .banner--error") == 1, "a duty until it is reported"
    worker.press("#safety a[href$='/acts/notify_police']")
    worker.send("form[action$='/acts/notify_police']")
    assert worker.count("#safety .banner--error") == 0
    worker.press("#safety form[action$='/told_order'] button")
    assert worker.count("#safety .step-at") == 4
    worker.page.locator("#safety .disclosure summary").first.click()
    assert worker.small_targets() == []
    worker.page.locator("#safety [name=party]").first.check()
    worker.send("#safety form[action$='/safe-contact']", safe_contact="只打单位座机")
    assert "只打单位座机" in worker.text("#safety .safe-contact")
    assert worker.count("#parties :text('138****2071')") == 0
    worker.page.locator("#parties .disclosure summary").first.click()
    worker.send("#parties form[action$='/parties']", purpose="约周三谈")
    assert PHONE not in worker.text("#parties")
    worker.page.locator("#parties .disclosure summary").first.click()
    worker.send("#parties form:has([name=override])", override="派出所核对住址")
    assert PHONE in worker.text("#parties")
    assert worker.count("#parties a[href^='tel:']") == 0


@seen("language", ["zh", "en"])
def test_a_stuck_case_is_picked_printed_and_given_a_new_day(office: Office, sit: Sit, language: str) -> None:
    leader = sit("leader", "desk", language).open("/meetings")
    leader.press("a[href$='/meetings/new']")
    case_no = str(leader.page.locator("[name=cases]").first.get_attribute("value"))
    name = f"联席会 {language}"
    leader.send("form[action$='/meetings/new']", cases=case_no, title=name, place="三楼")
    assert case_no in leader.text("main")
    meeting = leader.page.url
    leader.press("a[href$='/pack']")
    paper = leader.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 1 or b"/Page" in paper
    leader.page.goto(meeting)
    leader.press(f"a[href$='/cases/{case_no}']:has-text('{'记决定' if language == 'zh' else 'Record the decision'}')")
    due = (BEGIN.astimezone(LOCAL_ZONE) + timedelta(days=9)).date().isoformat()
    form = "form:has([name=decision])"
    leader.page.locator(f"{form} [name=part-0-department]").select_option(index=1)
    for field, typed in (("decision", "一家牵头"), ("part-0-what", "到场查清"), ("part-0-due", due)):
        leader.page.locator(f"{form} [name={field}]").fill(typed)
    leader.press(f"{form} .form-foot button")
    assert "到场查清" in leader.text(".decided-parts")
    leader.press("form[action$='/close'] button")
    leader.open(f"/cases/{case_no}")
    assert "到场查清" in leader.text("#tasks")
