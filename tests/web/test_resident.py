"""The resident's door over HTTP: ask, follow, act, without an account; what a guesser learns."""

from __future__ import annotations

import io
import re
from uuid import uuid4

from sqlalchemy import select

from gridmediate.domain.vocabulary import Role
from gridmediate.store.models import Account, Case, MediationRequest, PublicPhones, SideSaying
from tests.builders import CELL, COMMUNITY, STREET
from tests.services.pictures_sent import drawn, written

ASKED = {
    "facts": "楼上漏水，泡了我家天花板", "place": "3 栋 201", "name": "周六一", "phone": "13812342071", "for_whom": "self",
    "other": "楼上三楼", "head": "", "wish": "修好", "consents": "1",
}


def ask(client, **changes):
    form = {"form_key": str(uuid4())} | ASKED | changes
    answer = client.post(f"/ask/{CELL}", data=form)
    slip = re.findall(r'<dd class="case-no">([^<]+)</dd>', answer.text)
    return answer, form, slip


def test_a_resident_asks_the_worker_files_and_the_resident_follows(client, client_as, store):
    worker, _cadre = client_as(Role.GRID_WORKER), client_as(Role.CADRE)
    assert client.get(f"/ask/{CELL}").status_code == 200
    answer, _, (number, code) = ask(client)
    assert answer.status_code == 200
    assert number not in answer.request.path
    today = worker.get("/today").text
    assert number in today
    assert "漏水" not in today
    with store.reading() as session:
        request_id = session.scalars(select(MediationRequest.id)).one()
    page = worker.get(f"/requests/{request_id}").text
    assert "周六一" in page
    filed = worker.post(f"/requests/{request_id}/file", data={
        "t2_code": "0201", "cell_code": CELL, "address": "3 栋 201", "facts": "楼上漏水", "applicant": "周六一",
        "phone": "13812342071", "respondent": "楼上三楼", "willingness": "willing"})
    assert filed.status_code == 303
    assert client.post("/follow", data={"number": number, "code": code.lower()}).status_code == 303
    matter = client.get("/follow").text
    assert "已经登记" in matter
    assert "周六一" not in matter
    assert "3 栋" not in matter
    assert client.post("/follow/say/settled", data={"words": "他修好了"}).status_code == 303
    with store.reading() as session:
        case_no = session.scalars(select(Case.case_no)).one()
        assert session.scalars(select(SideSaying.kind)).all() == ["settled"]
    assert "他修好了" in worker.get(f"/cases/{case_no}").text
    assert worker.get(f"/cases/{case_no}/receipt").status_code == 200


def test_every_page_for_residents_shows_the_same_public_phones_and_never_an_accounts_own(client, client_as, store):
    cadre, worker = client_as(Role.CADRE), client_as(Role.GRID_WORKER)
    with store.writing() as session:
        for row in session.scalars(select(Account)):
            row.phone = f"1390000{session.scalars(select(Account.id)).all().index(row.id):04d}"
        session.add_all([PublicPhones(place_code=CELL, office_phone="0510-3333"),
                         PublicPhones(place_code=COMMUNITY, office_phone="0510-2222"),
                         PublicPhones(place_code=STREET, office_phone="0510-1111", complaint_phone="0510-9999")])
    receipt, _, (number, code) = ask(client)
    client.post("/follow", data={"number": number, "code": code})
    pages = {"receipt": receipt.text, "/cells/poster": cadre.get(f"/cells/{CELL}/poster").text}
    pages |= {path: client.get(path).text for path in (f"/c/{CELL}", f"/ask/{CELL}", "/follow")}
    with store.reading() as session:
        request_id = session.scalars(select(MediationRequest.id)).one()
    worker.post(f"/requests/{request_id}/file", data={"t2_code": "0201", "cell_code": CELL, "facts": "楼上漏水",
                                                      "applicant": "周六一", "phone": "13812342071"})
    with store.reading() as session:
        case_no = session.scalars(select(Case.case_no)).one()
    pages["the case's receipt"] = filed = worker.get(f"/cases/{case_no}/receipt").text
    pages["the slip"] = worker.post(f"/cases/{case_no}/follow-code", data={"side": "respondent"}).text
    pages["the case followed"] = client.get("/follow").text
    for name, page in pages.items():
        called = set(re.findall(r"0510-\d{4}", page))
        assert called == {"0510-3333", "0510-2222", "0510-9999"}, name
    plain = {path: client.get(path).text for path in ("/about", "/follow/say/stop", "/follow/my-data", "/c/990101001001999")}
    assert [name for name, page in (pages | plain).items() if "1390000" in page] == []
    assert "当事人可以打" in filed



def masked(answer, *typed):
    """Return what an answer tells, without what was typed and without the token that differs each time."""
    page = re.sub(r'name="csrf_token" value="[^"]*"|<meta name="csrf-token"[^>]*>|nonce="[^"]*"', "", answer.text)
    for each in typed:
        page = page.replace(each, "?")
    return answer.status_code, page


def test_a_number_that_exists_and_one_that_does_not_get_the_same_bytes_until_429(client, clock):
    _, _, (number, _code) = ask(client)
    other, wrong = "SQ-10000000", "AAAA-AAAA"
    for minute in range(7):
        pair = [
            client.post("/follow", data={"number": each, "code": wrong}, environ_base={"REMOTE_ADDR": f"10.{minute}.{place}.1"})
            for place, each in enumerate((number, other))]
        assert masked(pair[0], number) == masked(pair[1], other)
        assert pair[0].status_code == (422 if minute < 5 else 429)
    clock.pass_minutes(61)
    assert client.post("/follow", data={"number": number, "code": wrong}).status_code == 422


def test_one_network_guesses_five_times_whatever_the_number(client):
    answers = [client.post("/follow", data={"number": f"SQ-{10_000_000 + each}", "code": "AAAA-AAAA"}).status_code
               for each in range(8)]
    assert answers == [422] * 5 + [429] * 3


def test_a_double_post_shows_the_same_receipt_and_faults_lose_nothing(client):
    first, form, slip = ask(client)
    again = client.post(f"/ask/{CELL}", data=form)
    assert re.findall(r'<dd class="case-no">([^<]+)</dd>', again.text) == slip
    assert "/follow" in first.text
    assert not any(each in first.text.split("<svg class=\"qr\"")[0].split("<title>")[0] for each in slip)
    bad, _, _ = ask(client, phone="不知道", consents="")
    assert bad.status_code == 422
    assert "楼上漏水，泡了我家天花板" in bad.text
    assert "不知道" in bad.text
    assert client.get("/ask/990101001001999").status_code == 404
    assert client.post(f"/ask/{CELL}", data=form, csrf=False).status_code == 400


def test_only_who_follows_may_send_a_photo_and_a_stranger_sends_little(client, app):
    photo_bytes = written(drawn(300, 250), "PNG", compress_level=0)

    def send(browser):
        return browser.post("/follow/papers", data={"picture": (io.BytesIO(photo_bytes), "a.png"), "words": "收条"},
                            content_type="multipart/form-data")

    assert len(photo_bytes) > 64 * 1024
    assert send(client).status_code == 413
    assert client.post(f"/ask/{CELL}", data={"facts": "x" * 70_000}).status_code == 413
    browser = app.test_client()
    _, _, (number, code) = ask(browser)
    browser.post("/follow", data={"number": number, "code": code})
    answer = send(browser)
    assert answer.status_code == 409
    assert "现在不能" in answer.text


def test_who_has_not_opened_a_matter_is_led_to_the_form_from_every_page_of_it(client):
    for path in ("/follow/say/stop", "/follow/my-data"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/follow")
    assert client.post("/follow/say/stop", data={}).headers["Location"] == "/follow"
    assert client.get("/follow/say/dance").status_code == 404


def test_closing_ends_the_page_and_the_cookie_is_for_the_server_alone(client):
    _, _, (number, code) = ask(client)
    opened = client.post("/follow", data={"number": number, "code": code})
    cookie = next(each for each in opened.headers.getlist("Set-Cookie") if each.startswith("gm_follow="))
    assert "HttpOnly" in cookie
    assert number not in cookie
    assert client.get("/follow").headers["Cache-Control"] == "no-store"
    assert "等网格员核实" in client.get("/follow").text
    client.post("/follow/close")
    assert "等网格员核实" not in client.get("/follow").text


def test_the_worker_gives_a_slip_with_a_fresh_code_on_the_case(client, client_as, store):
    worker = client_as(Role.GRID_WORKER)
    ask(client)
    with store.reading() as session:
        request_id = session.scalars(select(MediationRequest.id)).one()
    form = {"t2_code": "", "cell_code": CELL, "facts": "楼上漏水", "applicant": "周六一", "phone": "13812342071"}
    refused = worker.post(f"/requests/{request_id}/file", data=form)
    assert refused.status_code == 422
    assert "楼上漏水" in refused.text
    worker.post(f"/requests/{request_id}/file", data=form | {"t2_code": "0201"})
    with store.reading() as session:
        case_no = session.scalars(select(Case.case_no)).one()
    slip = worker.post(f"/cases/{case_no}/follow-code", data={"side": "respondent"})
    number, code = re.findall(r'<dd class="case-no">([^<]+)</dd>', slip.text)
    assert number == case_no
    assert client.post("/follow", data={"number": number, "code": code}).status_code == 303
    assert "已经登记" in client.get("/follow").text


def test_a_declined_request_is_read_by_the_resident(client, client_as, store):
    worker = client_as(Role.GRID_WORKER)
    _, _, (number, code) = ask(client)
    with store.reading() as session:
        request_id = session.scalars(select(MediationRequest.id)).one()
    assert worker.post(f"/requests/{request_id}/decline", data={"why": "other_body", "words": ""}).status_code == 422
    worker.post(f"/requests/{request_id}/decline", data={"why": "other_body", "words": "请找供电所"})
    client.post("/follow", data={"number": number, "code": code})
    assert "请找供电所" in client.get("/follow").text
