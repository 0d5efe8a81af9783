"""The public page of a cell and its poster, the street's notices, phones, and about: what is shown to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from segno import make as make_code

from gridmediate.domain.vocabulary import Role
from gridmediate.store.models import Case, Cell, Home, PublicPhones
from gridmediate.web.rooms import Application
from tests import builders
from tests.builders import CELL, COMMUNITY, NEXT_CELL, NEXT_COMMUNITY_CELL, OTHER_CELL, STREET
from tests.rig.pages import PageClient

NOTICE = {"title": "周六议停车", "text": "活动室\n<b>九点</b>", "first_on": "2026-11-23", "last_on": "2026-11-28",
          "places": [CELL]}


def seat_people(app: Application) -> None:
    """Seat a worker in the first cell, with a phone of the worker's own, and give the street an office phone."""
    with app.store.writing() as session:
        worker = builders.an_account(session, Role.GRID_WORKER)
        worker.name, worker.name_en, worker.phone = "罗一鸣", "Luo Yiming", "13900001111"
        builders.a_seat(session, worker, CELL)
        session.add(PublicPhones(place_code=STREET, office_phone="0510-86001234"))


def test_anybody_sees_who_is_on_duty_and_whom_to_call_and_nothing_of_any_case(
        app: Application, client: PageClient, client_as: Callable[..., PageClient]) -> None:
    seat_people(app)
    client_as(Role.GRID_WORKER).post("/cases", data={"filing_key": "6f6f4d34-5a3e-4a53-8a53-0d9d5bb0a001", "cell_code": CELL,
                                                     "t2_code": "0201", "facts": "机密的漏水"})
    with app.store.reading() as session:
        case_no = session.query(Case.case_no).scalar()
    page = client.get(f"/c/{CELL}")
    assert page.status_code == 200
    for shown in ("锦溪社区", "第1网格", "罗一鸣", "tel:0510-86001234", 'role="img"', "第2网格", "调解自愿、免费", "/about"):
        assert shown in page.text, shown
    assert "暂时空缺" in page.text  # the cadre's seat is; the office answers
    for hidden in (case_no, "机密", "13900001111", "/sign-in?next"):
        assert hidden not in page.text, hidden
    assert "Luo Yiming" in client.get(f"/c/{CELL}?lang=en").text


def test_a_cell_that_never_was_is_not_there_and_a_redrawn_one_says_whom_to_call(app: Application, client: PageClient) -> None:
    seat_people(app)
    assert client.get("/c/990101001001999").status_code == 404
    with app.store.writing() as session:
        cell = session.query(Cell).filter_by(cell_code=NEXT_CELL).one()
        cell.valid_to = builders.LONG_AGO
        session.get_one(Home, 1).grid_edition += 1
    gone = client.get(f"/c/{NEXT_CELL}")
    assert gone.status_code == 410
    assert "重新划过" in gone.text
    assert "0510-86001234" in gone.text


def test_the_ways_of_residents_are_shown_as_far_as_they_exist(app: Application, client: PageClient) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    text = client.get(f"/c/{CELL}").text
    assert (f"/ask/{CELL}" in text) is ("/ask/<cell_code>" in rules)
    assert ('href="/follow"' in text) is ("/follow" in rules)


def test_a_poster_holds_the_offices_address_as_code_and_in_letters(
        app: Application, client_as: Callable[..., PageClient]) -> None:
    seat_people(app)
    worker = client_as(Role.GRID_WORKER)
    asked = worker.get(f"/cells/{CELL}/poster").text
    assert "GRIDMEDIATE_PUBLIC_ADDRESS" in asked
    assert f"http://localhost/c/{CELL}" in asked
    app.settings = replace(app.settings, public_address="https://geli.example.cn/", complaint_phone="12345")
    poster = worker.get(f"/cells/{CELL}/poster").text
    address = f"https://geli.example.cn/c/{CELL}"
    assert "GRIDMEDIATE_PUBLIC_ADDRESS" not in poster
    drawn = re.search(r'class="qr-line"[^>]* d="([^"]+)"', poster)
    expected = re.search(r' d="([^"]+)"', make_code(address, error="q", micro=False).svg_inline(omitsize=True, border=4))
    assert drawn
    assert expected
    assert drawn[1] == expected[1]
    for shown in (address, "罗一鸣", "0510-86001234", "12345", "调解自愿、免费", "谁也不能拦"):
        assert shown in poster, shown


def test_the_posters_of_a_street_are_a_sheet_a_cell_and_for_those_who_keep_cells(client_as: Callable[..., PageClient]) -> None:
    leader = client_as(Role.LEADER)
    street, community = (leader.get(f"/cells/posters?place={place}").text for place in (STREET, COMMUNITY))
    assert (street.count('class="poster"'), community.count('class="poster"')) == (3, 2)
    assert OTHER_CELL not in street
    assert leader.get("/cells/posters?place=x").status_code == 404
    assert client_as(Role.AUDITOR).get(f"/cells/{CELL}/poster").status_code == 403
    assert f"/cells/posters?place={COMMUNITY}" in client_as(Role.CADRE).get("/cells").text


def test_a_notice_is_published_read_as_typed_and_taken_down(client: PageClient, client_as: Callable[..., PageClient]) -> None:
    leader, cadre = client_as(Role.LEADER), client_as(Role.CADRE)
    wrong = leader.post("/cell-notices/new", data=NOTICE | {"last_on": "2026-11-20", "places": []})
    assert wrong.status_code == 422
    assert "活动室" in wrong.text
    assert leader.post("/cell-notices/new", data=NOTICE).status_code == 303
    page = client.get(f"/c/{CELL}").text
    assert "周六议停车" in page
    assert "&lt;b&gt;九点" in page
    assert "周六议停车" not in client.get(f"/c/{NEXT_COMMUNITY_CELL}").text
    listed = leader.get("/cell-notices").text
    key = re.search(r"/cell-notices/([0-9a-f-]{36})/end", listed)
    assert key
    assert cadre.post(f"/cell-notices/{key[1]}/end").status_code == 403
    assert leader.post(f"/cell-notices/{key[1]}/end").status_code == 303
    assert "周六议停车" not in client.get(f"/c/{CELL}").text
    assert "撤下" in leader.get("/cell-notices").text


def test_a_notice_stands_on_the_first_screen_of_its_cells_worker_alone(client_as: Callable[..., PageClient]) -> None:
    leader, worker = client_as(Role.LEADER), client_as(Role.GRID_WORKER)
    leader.post("/cell-notices/new", data=NOTICE | {"title": "隔壁的事", "places": [NEXT_CELL]})
    leader.post("/cell-notices/new", data=NOTICE)
    assert "周六议停车" in worker.get("/today").text
    assert "隔壁的事" not in worker.get("/today").text
    assert "周六议停车" not in client_as(Role.CADRE).get("/cases").text  # a list for work, not a notice board


def test_an_administrator_enters_phones_and_a_wrong_one_is_named(
        client: PageClient, client_as: Callable[..., PageClient]) -> None:
    administrator = client_as(Role.ADMINISTRATOR)
    wrong = administrator.post("/grid/phones", data={f"office-{COMMUNITY}": "找小王", f"complaint-{COMMUNITY}": ""})
    assert wrong.status_code == 422
    assert f'href="#office-{COMMUNITY}"' in wrong.text
    administrator.post("/grid/phones", data={f"office-{COMMUNITY}": "0510-7777", f"complaint-{COMMUNITY}": "12345"})
    assert "0510-7777" in client.get(f"/c/{CELL}").text
    assert "12345" in client.get(f"/c/{CELL}").text
    assert f'name="office-{CELL}"' in administrator.get("/grid/phones").text
    assert f'name="complaint-{CELL}"' not in administrator.get("/grid/phones").text  # a cell has a duty phone alone


@pytest.mark.parametrize("language", ["zh", "en"])
def test_about_says_where_to_complain_and_the_record_number(app: Application, client: PageClient, language: str) -> None:
    said = {"record_no": "临ICP备00000001号", "complaint_phone": "12345", "complaint_address": "say@example.cn"}
    app.settings = replace(app.settings, **said)
    page = client.get(f"/about?lang={language}").text
    for shown in ("临ICP备00000001号", "tel:12345", "mailto:say@example.cn", "flask", "leaflet", "BSD"):
        assert shown in page, shown
    assert 'href="/about"' in client.get("/sign-in").text
