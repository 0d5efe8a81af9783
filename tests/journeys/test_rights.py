"""The parties' rights in a browser: an expert both sides agree to, a worker challenged and replaced, the sheet photographed."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from gridmediate.demo.people import HOME_CELL, HOME_COMMUNITY
from gridmediate.domain.vocabulary import Role
from gridmediate.domain.workflow import Act
from tests import builders
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen
from tests.services.pictures_sent import PLACE, photo

Sit = Callable[..., Screen]


def put_another_worker_on_the_roster(office: Office, login: str) -> None:
    """Seat one more worker in the home cell, who comes after those that are there."""
    with office.store.writing() as session:
        builders.an_account(session, Role.GRID_WORKER, place=HOME_COMMUNITY, cells=[HOME_CELL], login=login, password=None)


@seen("language", ["zh", "en"])
def test_an_expert_comes_a_worker_goes_and_the_signed_sheet_is_kept(office: Office, sit: Sit, language: str) -> None:
    put_another_worker_on_the_roster(office, f"next-worker-{language}")
    case_no = office.file(facts=f"楼上漏水，谁来看 {language}")
    office.act(case_no, Act.ACCEPT)
    phone, desk = sit("worker", "phone", language), sit("cadre", "desk", language)
    leader, small = sit("leader", "desk", language), sit("cadre", "phone", language)

    phone.open(f"/cases/{case_no}")
    phone.page.locator("#guests summary").last.click()
    phone.send("#guests form[action$='/guests']", guest_kind="expert", guest_name="王建国", guest_why="看漏水从哪里来")
    assert phone.small_targets() == []
    for side in ("applicant", "respondent"):
        assert phone.count(".seat-mark--guest") == 0, "not before both agree"
        phone.press(f"#guests form:has([name=side][value={side}]):has([name=agrees][value=yes]) button")
    assert "王建国" in phone.text(".seat:has(.seat-mark--guest)")

    before = desk.open(f"/cases/{case_no}").text("#team .seat:has(.seat-mark--grid_worker)")
    desk.press("#team a[href$='#challenge']")
    worker = desk.page.locator("#challenged option").last.get_attribute("value")
    desk.send("#challenge form", challenged=worker, side="applicant", reason="他是被申请人的表弟")
    assert desk.count(".banner--warn") >= 1
    leader.open("/challenges").press(f".task-link:has-text('{case_no}')")
    leader.send("form[action*='/challenges/']", ruling="uphold", words="理由成立")
    after = desk.open(f"/cases/{case_no}").text("#team .seat:has(.seat-mark--grid_worker)")
    assert after != before
    assert ("被申请回避" if language == "zh" else "was challenged") in after

    for act in (Act.NOTE_SESSION, Act.AGREE_IN_WRITING):
        office.act(case_no, act)
    small.open(f"/cases/{case_no}#agreement")
    small.page.locator(".shots summary").last.click()
    assert small.page.locator("input[type=file]").get_attribute("capture") == "environment"
    sheet = {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": photo(1200, 900)}
    small.page.locator("input[type=file]").set_input_files(sheet)
    small.press(".shots form[enctype] button")
    assert small.small_targets() == []
    shown = small.page.request.get(office.home + str(small.page.locator("a.shot").get_attribute("href")))
    assert shown.headers["content-type"] == "image/jpeg"
    assert PLACE.encode() not in shown.body()
    assert not Image.open(io.BytesIO(shown.body())).getexif()
    # On a page that is not watched: a browser's own viewer complains that the fence keeps its styles and scripts out too.
    viewer = small.page.context.new_page()
    viewer.goto(shown.url)
    assert viewer.evaluate("() => document.images[0].naturalWidth") == 1200
