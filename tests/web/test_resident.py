"""The resident's door over HTTP: ask, follow, act, without an account; what a guesser learns."""

from __future__ import annotations

import re
from uuid import uuid4

from sqlalchemy import select

from gridmediate.domain.vocabulary import Role
from gridmediate.store.models import Case, MediationRequest, SideSaying
from tests.builders import CELL

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

