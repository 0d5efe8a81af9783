"""The ways a matter goes when it does not go the straight way: each told at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

from gridmediate.domain.vocabulary import Side
from gridmediate.domain.workflow import Act
from gridmediate.services.filing import PartyEntry
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen
from tests.journeys.test_main_story import answer_by_ctrl_enter, fill_minutes, hold, open_task, send_back

PLACES = seen(("language", "size"), [("zh", "phone"), ("en", "desk")])
Sit = Callable[..., Screen]


@PLACES
def test_the_lead_department_settles_the_matter_and_closes_the_case(office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = office.file(t2_code="0602", facts=f"租期没到，房东要收回房子 {language}")
    office.act(case_no, Act.ACCEPT)
    dept = sit("dept", size, language)
    open_task(dept, case_no, "to_sign")
    dept.page.locator("form[action$='/sign'] button").first.click()
    dept.page.wait_for_load_state()
    answer_by_ctrl_enter(dept, case_no, "已到场核对合同，双方同意按合同住满", settles=True)
    assert "close_as_department" in dept.page.url
    dept.send("form[action$='/acts/close_as_department']", result="住满租期，押金到期退还", sides_told=True)
    worker = sit("worker", "phone", language).open(f"/cases/{case_no}")
    assert "住满租期" in worker.text("main")
    assert worker.open("/mine?closed=1").count(f".case-card[href$='{case_no}']") == 1


@PLACES
def test_one_party_refuses_and_is_told_where_else_to_go(office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = office.file(facts=f"对门装修太吵 {language}", t2_code="0203")
    cadre = sit("cadre", size, language)
    cadre.open(f"/cases/{case_no}").unfold("#acts").press("#acts a[href$='/acts/record_refusal']")
    form = "form[action$='/acts/record_refusal']"
    with cadre.refused(422):
        cadre.send(form, reason="被申请人说不想谈，要去法院")
        assert cadre.count("[data-error-summary] a[href='#routes_told']") == 1
    assert cadre.page.locator(f"{form} [name=reason]").input_value() == "被申请人说不想谈，要去法院"
    cadre.send(form, routes_told=True)
    assert cadre.count(".page-head .status--ended") == 1
    assert cadre.count("#acts a[href$='/sessions/note']") == 0


@PLACES
def test_what_is_sent_back_twice_is_ruled_by_the_street_for_good(office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = office.file(facts=f"外墙渗水，两家说不清 {language}")
    office.act(case_no, Act.ACCEPT)
    dept, cadre, leader = sit("dept", size, language), sit("cadre", size, language), sit("leader", size, language)
    send_back(dept, case_no)
    cadre.open(f"/cases/{case_no}").press("#tasks a[href$='/assign_again']")
    cadre.send("form[action$='/assign_again']", words="查过图纸，外墙归住建所")
    send_back(dept, case_no)
    leader.open("/tasks/rulings").press(f".work-row:has-text('{case_no}') h3 > a")
    leader.send("form[action$='/rule']", department="housing", words="外墙是共有部分，由住建所牵头")
    assert leader.count(f".work-row:has-text('{case_no}')") == 0
    open_task(dept, case_no, "to_sign")
    assert dept.count("article.preview a[href$='/send_back']") == 0, "a ruling is final"


@PLACES
def test_a_place_nobody_knew_is_settled_by_the_community(office: Office, sit: Sit, language: str, size: str) -> None:
    worker, cadre = sit("worker", "phone", language), sit("cadre", size, language)
    worker.open("/file")
    worker.page.locator("[data-gm-ready]").wait_for()
    worker.page.locator("[data-gm-choices] label:has(input[value='unsure'])").click()
    worker.page.locator("[name=address]").fill("桥头往东第二家，门牌掉了")
    worker.step_on().page.locator(".subs-common .tick-row").first.click()
    worker.step_on()
    worker.page.locator("#facts").fill(f"两家为水沟改道争起来 {language}")
    case_no = worker.receipt()
    cadre.open("/cases/unplaced")
    cadre.page.locator(f"[data-key-row]:has-text('{case_no}') h3 > a").focus()
    with cadre.page.expect_navigation():
        cadre.page.keyboard.press("Enter")
    cadre.press("a[href$='/place']")
    cadre.send("form[action$='/place']", cell_code="990101001006004", reason="电话问过，在桥东那一格")
    assert cadre.count(".seat-mark--cadre") >= 1, "the team follows from the cell"
    assert cadre.count(".seat-mark--department") >= 1


@PLACES
def test_names_are_shown_for_a_purpose_and_masked_on_the_next_page(office: Office, sit: Sit, language: str, size: str) -> None:
    parties = (PartyEntry(Side.APPLICANT, "欧阳清波", "15400001234"), PartyEntry(Side.RESPONDENT, "司徒远山"))
    case_no = office.file(facts=f"电动车占道 {language}", parties=parties)
    cadre = sit("cadre", size, language).open(f"/cases/{case_no}")
    assert "欧阳清波" not in cadre.page.content() and "15400001234" not in cadre.page.content()
    cadre.page.locator("#parties .disclosure summary").first.click()
    cadre.send("#parties form[action$='/parties']", purpose="约双方周三到场")
    assert "欧阳清波" in cadre.text("#parties") and cadre.count("#parties a[href='tel:15400001234']") == 1
    cadre.open(f"/cases/{case_no}")
    assert "欧阳清波" not in cadre.page.content()
    auditor = sit("auditor", size, language).open(f"/audit?case_no={case_no}&act=party.unmask")
    assert auditor.count(".audit-table tbody tr") == 1, "who looked is on record"
    assert "欧阳清波" not in auditor.page.content()


@PLACES
def test_of_two_editors_the_second_keeps_the_words_and_is_told(office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = office.file(facts=f"楼道堆物 {language}")
    office.act(case_no, Act.ACCEPT)
    first, second = sit("cadre", size, language), sit(office.second_cadre(), size, language)
    second.open(f"/cases/{case_no}/sessions/note")
    fill_minutes(second, "双方都到了，谈妥搬走")
    hold(first, case_no, "一方到场，约了明天")
    send = "form[action$='/sessions/note'] .btn-primary"
    with second.refused(409):
        second.press(send)
        assert second.count("[data-error-summary]") == 1
    assert second.page.locator("[name=result]").input_value() == "双方都到了，谈妥搬走"
    assert second.page.locator("[name=sides]:checked").count() == 2
    second.press(send)
    assert "谈妥搬走" in second.text("#timeline") and "约了明天" in second.text("#timeline")
