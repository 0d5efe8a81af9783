"""The grid worker's pages: today, filing in three steps without scripts, the receipt, my cases."""

from __future__ import annotations

import gzip
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gridmediate.domain.vocabulary import PlaceMethod, Role, Willingness
from gridmediate.resources import static_folder
from gridmediate.store.models import Case, HistoryEntry, Party
from gridmediate.web.rooms import Application
from tests.builders import CELL, COMMUNITY, NEXT_CELL, NEXT_COMMUNITY_CELL, ORIGIN, OTHER_CELL, SIDE, inside
from tests.rig.pages import PageClient

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow


def at(lon: float, lat: float, accuracy_m: int = 9) -> dict[str, str]:
    """Return what a phone's position leaves in the form."""
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "accuracy_m": str(accuracy_m), "place_method": "position"}


BORDER = at(ORIGIN[0] + SIDE, ORIGIN[1] + SIDE / 2, 38)
OUTSIDE = at(ORIGIN[0] - SIDE / 3, ORIGIN[1] + SIDE / 2)
INSIDE = at(*inside())
FACTS = "302 把阳台排水管改到外墙，水滴到 202 窗台"
HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}{% raw %}", "'; drop table cases; --",
    "</textarea><b>x</b>", "javascript:alert(1)", "%(n)s %s {0}", "\u202eevil",
)


@pytest.fixture
def worker(client_as: Callable[..., PageClient]) -> PageClient:
    """A browser of the worker of the first cell."""
    return client_as(Role.GRID_WORKER)


def hidden(answer: TestResponse) -> dict[str, Any]:
    """Return what a step's page carries in hidden fields, as a browser would send it back."""
    rows = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
    fields: dict[str, Any] = {}
    for name, value in rows:
        if name == "flags":
            fields.setdefault("flags", []).append(value)
        elif name != "csrf_token" and value:
            fields[name] = value
    return fields


def to_facts(worker: PageClient, place: dict[str, str] | None = None, t2_code: str = "0201") -> dict[str, Any]:
    """Walk the first two steps and return what the third page carries."""
    first = worker.get("/file")
    second = worker.post("/file", data=hidden(first) | (place or {"cell_code": CELL}))
    assert "是什么纠纷" in second.text
    third = worker.post("/file", data=hidden(second) | {"t2_code": t2_code})
    assert "写清事情" in third.text
    return hidden(third)


def filed(app: Application) -> list[Case]:
    """Return every case filed so far."""
    with app.store.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.filed_at, Case.id)))


def count(app: Application, model: Any) -> int:
    """Return how many rows a table has."""
    with app.store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# -- the whole way without scripts -------------------------------------------------------------------------------------


def test_the_whole_way_without_scripts_ends_at_a_receipt(worker: PageClient, app: Application) -> None:
    party = {"party-0-name": "王小芳", "party-0-phone": "13812342071"}
    answer = worker.post("/cases", data=to_facts(worker) | party | {"facts": FACTS, "willingness": "willing", "flags": ["minor"]})
    assert answer.status_code == 303
    receipt = worker.get(answer.headers["Location"])
    (case,) = filed(app)
    assert case.case_no in receipt.text
    assert (case.cell_code, case.t2_code, case.willingness) == (CELL, "0201", Willingness.WILLING)
    assert case.place_method is PlaceMethod.LIST
    assert count(app, Party) == 1
    for words in ("第1网格", "用水排水", "谁来办", "名册", "11月26日 周四 24:00 前（3 个工作日）", "看这件案", "再报一件"):
        assert words in receipt.text
    assert "王小芳" not in receipt.text


def test_nothing_typed_stands_in_an_address(worker: PageClient) -> None:
    first = worker.get("/file")
    assert 'method="post"' in first.text
    answer = worker.post("/cases", data=to_facts(worker) | {"facts": FACTS})
    assert re.fullmatch(r"/cases/LX-2026-\d{4}/receipt", answer.headers["Location"])


def test_going_back_keeps_everything_typed(worker: PageClient) -> None:
    form = to_facts(worker) | {"facts": FACTS, "flags": ["group", "minor"], "party-1-name": "锦溪物业", "willingness": "willing"}
    back = worker.post("/file", data=form | {"go": "back"})
    assert "是什么纠纷" in back.text
    carried = hidden(back)
    assert (carried["facts"], carried["flags"], carried["party-1-name"]) == (FACTS, ["minor", "group"], "锦溪物业")
    again = worker.post("/file", data=carried | {"t2_code": "0203", "go": "next"})
    assert FACTS in again.text
    assert re.search(r'value="minor"[^>]* checked', again.text)
    first = worker.post("/file", data=hidden(again) | {"facts": FACTS, "go": "place"})
    assert re.search(rf'value="{CELL}"[^>]* checked', first.text)
    assert hidden(first)["t2_code"] == "0203"


def test_the_same_form_sent_twice_files_once_and_shows_the_same_receipt(worker: PageClient, app: Application) -> None:
    form = to_facts(worker) | {"facts": FACTS}
    moments = ("2026-11-23T01:40:00Z", "2026-11-23T01:41:00Z")
    first, second = (worker.post("/cases", data=form | {"client_at": moment}) for moment in moments)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(filed(app)) == 1


def test_the_same_key_with_other_words_is_refused_and_keeps_them(worker: PageClient, app: Application) -> None:
    form = to_facts(worker) | {"facts": FACTS}
    worker.post("/cases", data=form)
    answer = worker.post("/cases", data=form | {"facts": "另一件事"})
    assert answer.status_code == 409
    assert "另一件事" in answer.text
    assert len(filed(app)) == 1


def test_all_faults_come_at_once_and_everything_is_kept(worker: PageClient, app: Application) -> None:
    form = {"step": "facts", "filing_key": str(uuid.uuid4()), "t2_code": "9z", "cell_code": "", "facts": "", "flags": ["group"],
            "party-0-phone": "打他家座机", "party-1-name": "锦溪物业"}
    answer = worker.post("/cases", data=form)
    assert answer.status_code == 422
    for field in ("cell_code", "t2_code", "facts", "party-0-name", "party-0-phone"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    assert "打他家座机" in answer.text
    assert "锦溪物业" in answer.text
    assert filed(app) == []


def test_a_cadre_files_as_well_and_a_leader_does_not(client_as: Callable[..., PageClient], app: Application) -> None:
    cadre = client_as(Role.CADRE, place=COMMUNITY)
    answer = cadre.post("/cases", data=to_facts(cadre) | {"facts": FACTS})
    assert cadre.get(answer.headers["Location"]).status_code == 200
    for role in (Role.LEADER, Role.DEPARTMENT_STAFF, Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR):
        other = client_as(role)
        assert [other.get(path).status_code for path in ("/file", "/today", "/mine", "/place/locate?lon=1&lat=1")] == [403] * 4
        assert other.post("/cases", data={"facts": FACTS}).status_code == 403
    assert len(filed(app)) == 1


def test_a_receipt_is_the_filers_alone(worker: PageClient, client_as: Callable[..., PageClient]) -> None:
    address = worker.post("/cases", data=to_facts(worker) | {"facts": FACTS}).headers["Location"]
    neighbour, stranger = client_as(Role.GRID_WORKER), client_as(Role.GRID_WORKER, cells=[OTHER_CELL])
    absent = stranger.get("/cases/LX-2026-9999/receipt")
    assert [neighbour.get(address).status_code, stranger.get(address).status_code, absent.status_code] == [404, 404, 404]
    assert stranger.get(address).text == absent.text


# -- 1 place -----------------------------------------------------------------------------------------------------------


def after_place(worker: PageClient, **given: str) -> TestResponse:
    """Send the first step."""
    return worker.post("/file", data=hidden(worker.get("/file")) | given)


def test_a_place_is_asked_for(worker: PageClient) -> None:
    answer = after_place(worker)
    assert answer.status_code == 422
    assert 'href="#cell_code"' in answer.text


@pytest.mark.parametrize("bad", [
    {"lon": "abc", "lat": "30"}, {"lon": "120"}, {"lon": "nan", "lat": "30"}, {"lon": "500", "lat": "30"},
    {"lon": "1e999", "lat": "1"},
    {"lon": "120.1", "lat": "30.2", "datum": "mars"}, {"lon": "120.1", "lat": "30.2", "accuracy_m": "-4"},
    {"cell_code": "990101001001999"}, {"cell_code": "' or 1=1"}, {"cell_code": CELL, "address": "幢" * 201},
])
def test_a_bad_place_is_refused_with_what_was_typed(worker: PageClient, bad: dict[str, str]) -> None:
    answer = after_place(worker, **bad)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert "在哪里" in answer.text


def test_near_a_border_both_cells_are_asked_for_and_none_is_chosen(worker: PageClient) -> None:
    answer = after_place(worker, **BORDER)
    assert answer.status_code == 422
    offered = re.search(r"data-gm-choices.*?</fieldset>", answer.text, re.DOTALL)
    assert offered
    assert all(f'value="{code}"' in offered[0] for code in (CELL, NEXT_CELL, "unsure"))
    assert "checked" not in offered[0]
    assert "您在两格交界处" in answer.text


def test_near_a_border_the_chosen_cell_is_taken_with_the_reason(worker: PageClient, app: Application) -> None:
    form = to_facts(worker, BORDER | {"cell_code": NEXT_CELL})
    receipt = worker.get(worker.post("/cases", data=form | {"facts": FACTS}).headers["Location"])
    (case,) = filed(app)
    assert case.cell_code == NEXT_CELL
    assert case.place_method is PlaceMethod.POSITION
    assert "上报人认定在第2网格" in receipt.text


def test_near_a_border_unsure_goes_to_the_community(worker: PageClient, app: Application) -> None:
    form = to_facts(worker, BORDER | {"cell_code": "unsure"})
    receipt = worker.get(worker.post("/cases", data=form | {"facts": FACTS}).headers["Location"])
    (case,) = filed(app)
    assert (case.cell_code, case.community_code) == (None, COMMUNITY)
    assert "先由锦溪社区认定网格" in receipt.text
    assert "说不准" in receipt.text


@pytest.mark.parametrize("foreign", [NEXT_COMMUNITY_CELL, OTHER_CELL])
def test_a_cell_that_the_point_does_not_allow_is_refused(worker: PageClient, app: Application, foreign: str) -> None:
    assert after_place(worker, **BORDER, cell_code=foreign).status_code == 422
    form = to_facts(worker) | INSIDE | {"cell_code": foreign, "facts": FACTS}
    assert worker.post("/cases", data=form).status_code == 422
    assert filed(app) == []


def test_outside_says_so_with_the_nearest_and_its_distance(worker: PageClient) -> None:
    answer = after_place(worker, **OUTSIDE)
    assert answer.status_code == 422
    assert re.search(r"不在任何网格内，最近的是第1网格，相距约 1\d\d 米", answer.text)


def test_outside_goes_to_the_streets_queue_when_asked_to(worker: PageClient, app: Application) -> None:
    form = to_facts(worker, OUTSIDE | {"cell_code": "unsure", "address": "北环路外侧"})
    answer = worker.post("/cases", data=form | {"facts": FACTS})
    (case,) = filed(app)
    assert (case.cell_code, case.community_code, case.street_code) == (None, None, CELL[:9])
    assert "网格待认领" in worker.get(answer.headers["Location"]).text


def test_the_list_of_cells_counts_where_it_is_pointed_to(worker: PageClient) -> None:
    answer = after_place(worker, cell_code="listed", cell_listed=NEXT_COMMUNITY_CELL)
    assert hidden(answer)["cell_code"] == NEXT_COMMUNITY_CELL
    assert hidden(after_place(worker, cell_code=CELL, cell_listed=NEXT_COMMUNITY_CELL))["cell_code"] == CELL
    assert after_place(worker, cell_code="listed").status_code == 422


def test_an_address_in_words_alone_is_enough(worker: PageClient, app: Application) -> None:
    form = to_facts(worker, {"cell_code": "unsure", "address": "听泉路和锦溪路路口"})
    worker.post("/cases", data=form | {"facts": FACTS})
    (case,) = filed(app)
    assert (case.place_method, case.cell_code, case.community_code) == (PlaceMethod.ADDRESS, None, COMMUNITY)


# -- locate ------------------------------------------------------------------------------------------------------------


def locate(worker: PageClient, **asked: Any) -> Any:
    """Ask where a point is."""
    return worker.get("/place/locate", query_string=asked).get_json()


def test_locate_names_the_cell_its_community_and_its_team_at_once(worker: PageClient) -> None:
    found = locate(worker, **INSIDE)
    assert (found["how"], found["must_ask"]) == ("inside", False)
    assert (found["cell"]["code"], found["cell"]["community"]) == (CELL, "锦溪社区")
    assert found["cell"]["mine"] is True
    assert {row["kind"] for row in found["team"]} == {"cadre", "grid_worker"}
    assert all(row["reason"] for row in found["team"])


def test_locate_asks_near_a_border_and_names_the_nearest_outside(worker: PageClient) -> None:
    border, outside = locate(worker, **BORDER), locate(worker, **OUTSIDE)
    assert [each["code"] for each in border["candidates"]] == [CELL, NEXT_CELL]
    assert (border["must_ask"], border["team"]) == (True, [])
    assert (outside["cell"], outside["candidates"], outside["nearest"]["code"]) == (None, [], CELL)
    assert 100 < outside["nearest"]["distance_m"] < 200


def test_locate_answers_for_a_cell_from_the_list(worker: PageClient) -> None:
    assert locate(worker, cell_code=NEXT_CELL)["cell"]["mine"] is False
    assert worker.get("/place/locate?cell_code=nowhere").status_code == 404


def test_locate_speaks_the_readers_language(worker: PageClient) -> None:
    found = locate(worker, lang="en", **INSIDE)
    assert (found["cell"]["name"], found["cell"]["community"]) == ("Cell 1", "Jinxi Community")
    assert found["team"][-1]["reason"].startswith("On the roster")


@pytest.mark.parametrize("bad", ["lon=abc&lat=1", "lon=200&lat=1", "lon=1", "lon=1&lat=nan"])
def test_locate_refuses_what_is_no_position(worker: PageClient, bad: str) -> None:
    answer = worker.get(f"/place/locate?{bad}", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.get_json()["sentence"]


def test_locate_writes_nothing(worker: PageClient, app: Application) -> None:
    before = count(app, HistoryEntry)
    locate(worker, **INSIDE)
    assert count(app, HistoryEntry) == before


# -- 2 category --------------------------------------------------------------------------------------------------------


def test_a_category_is_asked_for_and_the_place_is_kept(worker: PageClient) -> None:
    second = after_place(worker, cell_code=CELL, address="3 幢")
    answer = worker.post("/file", data=hidden(second))
    assert answer.status_code == 422
    assert 'href="#t2_code"' in answer.text
    assert hidden(answer)["address"] == "3 幢"


def test_plain_words_find_the_category_without_scripts(worker: PageClient) -> None:
    second = after_place(worker, cell_code=CELL)
    found = worker.post("/file", data=hidden(second) | {"go": "find", "q": "漏水"})
    block = found.text.split('id="found"')[1].split('class="subs subs-common"')[0]
    assert 'value="0201"' in block
    assert 'id="head-found" value="found" checked' in found.text
    nothing = worker.post("/file/categories", data={"q": "qqqq"})
    assert "没有找到" in nothing.text


def test_the_departments_and_their_rule_are_shown_before_filing(worker: PageClient) -> None:
    part = worker.post("/file/handlers", data={"t2_code": "0201", "cell_code": CELL})
    assert "02-01" in part.text
    assert "主办" in part.text
    page = worker.post("/file", data=to_facts(worker) | {"go": "facts"})
    assert "02-01" in page.text


@pytest.mark.parametrize("t2_code", ["1401", "1501"])
def test_what_cannot_be_mediated_says_at_once_where_to_go(worker: PageClient, t2_code: str) -> None:
    assert "不属于人民调解" in worker.post("/file/handlers", data={"t2_code": t2_code}).text
    form = to_facts(worker, t2_code=t2_code)
    page = worker.post("/file", data=form | {"go": "facts"})
    assert 'value="court"' in page.text
    receipt = worker.get(worker.post("/cases", data=form | {"facts": FACTS}).headers["Location"])
    assert "不属于人民调解" in receipt.text


def test_the_cells_frequent_categories_stand_first(worker: PageClient) -> None:
    for _ in range(2):
        worker.post("/cases", data=to_facts(worker, t2_code="0602") | {"facts": FACTS})
    page = after_place(worker, cell_code=CELL)
    common = page.text.split('class="subs subs-common"')[1].split('class="subs subs-02"')[0]
    assert "本格常见" in page.text
    assert re.findall(r'value="(\d+)"', common)[0] == "0602"
    assert len(re.findall(r'value="(\d+)"', common)) == 6


# -- 3 facts -----------------------------------------------------------------------------------------------------------


def test_the_consequences_stand_on_the_page_before_filing(worker: PageClient) -> None:
    page = worker.post("/file", data=to_facts(worker) | {"go": "facts"})
    for words in ('href="tel:110"', "反家庭暴力法第十四条", "不愿意就不调", "12348", "为调解这件事收集"):
        assert words in page.text


def test_danger_comes_first_on_the_receipt(worker: PageClient) -> None:
    form = to_facts(worker) | {"facts": FACTS, "flags": ["domestic_violence"]}
    receipt = worker.get(worker.post("/cases", data=form).headers["Location"])
    assert receipt.text.index('href="tel:110"') < receipt.text.index("谁来办")


def test_a_long_story_is_kept_and_its_limit_said(worker: PageClient, app: Application) -> None:
    form = to_facts(worker)
    assert worker.post("/cases", data=form | {"facts": "水" * 2001}).status_code == 422
    assert "水" * 2001 in worker.post("/cases", data=form | {"facts": "水" * 2001}).text
    assert worker.post("/cases", data=form | {"facts": "水" * 2000}).status_code == 303
    assert len(filed(app)) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words_on_every_page(worker: PageClient, text: str) -> None:
    form = to_facts(worker, {"cell_code": CELL, "address": text}) | {"facts": text, "party-0-name": text}
    back = worker.post("/file", data=form | {"go": "back"})
    assert back.status_code == 200
    receipt = worker.get(worker.post("/cases", data=form).headers["Location"])
    mine, today = worker.get("/mine"), worker.get("/today")
    found = worker.post("/file/categories", data={"q": text})
    for page in (back, receipt, mine, today, found):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "</textarea><b>" not in page.text


def test_a_form_of_another_site_is_refused(worker: PageClient, app: Application) -> None:
    form = to_facts(worker) | {"facts": FACTS}
    assert worker.post("/cases", data=form, csrf=False).status_code == 400
    assert filed(app) == []


# -- today and my cases ------------------------------------------------------------------------------------------------


def test_today_is_the_workers_first_screen_and_says_when_it_is_empty(worker: PageClient) -> None:
    assert worker.get("/").headers["Location"] == "/today"
    page = worker.get("/today")
    assert "现在没有等您的事" in page.text
    assert "第1网格" in page.text


def test_the_worker_is_offered_today_filing_and_the_own_cases(worker: PageClient) -> None:
    page = worker.get("/today")
    for address in ("/today", "/file", "/mine"):
        assert f'href="{address}"' in page.text


def test_my_cases_list_what_i_filed_and_what_lies_in_my_cells(worker: PageClient, client_as: Callable[..., PageClient]) -> None:
    assert "您还没有报过案" in worker.get("/mine").text
    worker.post("/cases", data=to_facts(worker, {"cell_code": NEXT_CELL}) | {"facts": "隔壁格的事"})
    neighbour = client_as(Role.GRID_WORKER, cells=[NEXT_CELL])
    neighbour.post("/cases", data=to_facts(neighbour) | {"facts": "我格里的事"})
    assert "隔壁格的事" in worker.get("/mine").text
    assert "我格里的事" not in worker.get("/mine").text
    assert "我格里的事" in worker.get("/mine?desk=cell").text
    assert "这一栏没有案子" in worker.get("/mine?closed=1&status=settled").text
    assert worker.get("/mine?desk=street&status=nonsense&after=garbage").status_code == 200

# -- what the page weighs ----------------------------------------------------------------------------------------------


def test_everything_the_filing_page_loads_weighs_at_most_150_kilobytes(worker: PageClient) -> None:
    page = worker.get("/file").text
    named = re.findall(r'<(?:script[^>]* src|link rel="stylesheet" href)="/static/([^"?]+)', page)
    weights = {name: len(gzip.compress((static_folder() / name).read_bytes(), 6)) for name in set(named)}
    assert len(weights) > 20
    assert sum(weights.values()) <= 150_000, sorted(weights.items(), key=lambda pair: -pair[1])


# -- a position far away -----------------------------------------------------------------------------------------------

FAR = at(ORIGIN[0] - 0.1, ORIGIN[1])


def test_a_position_far_from_the_own_cells_is_questioned_once(worker: PageClient, client_as: Callable[..., PageClient],
                                                              app: Application) -> None:
    said = FAR | {"cell_code": "unsure"}
    answer = after_place(worker, **said)
    assert answer.status_code == 422
    assert 'href="#far_ok"' in answer.text
    assert re.search(r"离您的网格约 \d\.\d 公里", answer.text)
    assert after_place(client_as(Role.CADRE, place=COMMUNITY), **said).status_code == 200
    form = to_facts(worker, said | {"far_ok": "yes"})
    assert form["far_ok"] == "yes"
    unanswered = worker.post("/cases", data=form | {"facts": FACTS, "far_ok": ""}, headers={"Accept": "application/json"})
    assert (unanswered.status_code, unanswered.get_json()["field"]) == (422, "far_ok")
    assert worker.post("/cases", data=form | {"facts": FACTS}).status_code == 303
    assert len(filed(app)) == 1


# -- what a phone is given ---------------------------------------------------------------------------------------------


def test_a_phone_gets_the_exact_outlines_and_may_keep_them(worker: PageClient) -> None:
    address = html.unescape(re.search(r'data-outlines-url="([^"]+)"', worker.get("/file").text)[1])  # type: ignore[index]
    answer = worker.get(address)
    assert "immutable" in answer.headers["Cache-Control"]
    first = next(rings for code, rings in answer.get_json()["cells"] if code == CELL)
    assert [ORIGIN[0] + SIDE, ORIGIN[1]] in [first[0][at : at + 2] for at in range(0, len(first[0]), 2)]
    assert worker.get("/field/outlines?street=000").status_code == 404


def test_a_posted_step_carries_no_second_copy(worker: PageClient) -> None:
    assert "<template data-step" in worker.get("/file").text
    assert "<template data-step" not in after_place(worker, cell_code=CELL).text
