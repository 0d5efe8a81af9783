"""What phones send and ask: a filing answered to a script, its photos in parts, the key to what lies unsent."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gridmediate.domain.vocabulary import Willingness
from gridmediate.domain.workflow import Act
from gridmediate.services import parties
from gridmediate.services.filing_photos import PART_BYTES
from gridmediate.store.engine import Store
from gridmediate.store.models import Case
from tests.builders import CELL, NEXT_CELL
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file
from tests.services.pictures_sent import photo

__all__ = ["sqlite_street_url", "street_file"]

JSON = {"Accept": "application/json"}
SENT = photo()


@pytest.fixture
def office(sqlite_street_url: str, tmp_path: Path) -> Iterator[Office]:
    """The application on a street of this test alone."""
    world = World(Store(sqlite_street_url, KEYRING))
    yield open_office(world, tmp_path)
    faults = world.faults()
    world.store.close()
    assert not faults, "\n".join(faults)


def filed(**given: str) -> dict[str, str]:
    """Return the fields of a filing."""
    return {"filing_key": str(uuid.uuid4()), "t2_code": "0201", "cell_code": CELL, "facts": "楼上漏水，泡了天花板"} | given


def part(client: Any, place: str, offset: int, content: bytes, size: int = len(SENT)) -> Any:
    """Send a part of a photo."""
    return client.put(f"{place}?offset={offset}&size={size}", data=content, content_type="application/octet-stream", headers=JSON)


def test_a_script_files_and_gets_the_receipt_and_the_same_one_again(office: Office) -> None:
    worker, form = office.client("worker"), filed()
    first = worker.post("/cases", data=form, headers=JSON)
    again = worker.post("/cases", data=form, headers=JSON)
    assert (first.status_code, again.status_code) == (201, 200)
    said = first.get_json()
    assert said | {"is_repeat": True} == again.get_json()
    assert said["case_url"] == f"/cases/{said['case_no']}"
    assert said["receipt_url"] == f"/cases/{said['case_no']}/receipt"
    assert (said["is_repeat"], said["solved"]) == (False, False)
    assert said["cell"]
    assert worker.post("/cases", data=form | {"facts": "别的事"}, headers=JSON).status_code == 409
    assert office.world.count(Case) == 1


def test_faults_come_back_to_a_script_all_at_once_and_a_stranger_is_told_to_sign_in(office: Office) -> None:
    answer = office.client("worker").post("/cases", data=filed(facts="", on_spot="1", t2_code="x"), headers=JSON)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.get_json()["problems"]} == {"facts", "spot_result", "t2_code"}
    assert office.client(None).post("/cases", data=filed(), headers=JSON).status_code == 401


def test_the_plain_form_solves_on_the_spot_too(office: Office) -> None:
    worker = office.client("worker")
    form = filed(on_spot="1", spot_result="双方当场说好")
    assert worker.post("/cases", data=form).status_code == 303
    assert worker.post("/cases", data=form, headers=JSON).get_json()["solved"] is True


@pytest.mark.slow
def test_a_photo_comes_in_parts_and_stands_on_the_page_of_the_case(office: Office) -> None:
    worker, form = office.client("worker"), filed()
    place = f"/filings/{form['filing_key']}/photos/{uuid.uuid4()}"
    assert part(worker, place, 0, SENT).get_json()["code"] == "photo.filing-not-in"
    case_no = worker.post("/cases", data=form, headers=JSON).get_json()["case_no"]
    assert worker.get(place).get_json() == {"received": 0, "complete": False}
    assert part(worker, place, 0, SENT[:99]).get_json() == {"received": 99, "complete": False}
    ahead = part(worker, place, 100, SENT[100:])
    assert (ahead.status_code, ahead.get_json()["received"]) == (409, 99)
    assert part(worker, place, 99, SENT[99:]).get_json() == {"received": len(SENT), "complete": True}
    assert part(worker, place, 0, b"x" * (PART_BYTES + 1)).status_code == 413
    assert worker.put(place, data=b"x", headers=JSON).status_code == 422
    for who in ("worker", "cadre"):
        page = office.client(who).get(f"/cases/{case_no}").text
        assert "上报照片" in page
        assert f"/cases/{case_no}/attachments/" in page
    assert "上报照片" not in office.client("leader").get(f"/cases/{case_no}").text


def test_a_phone_gets_its_key_until_it_is_revoked_on_the_page_of_sign_ins(office: Office) -> None:
    worker = office.client("worker")
    made = worker.post("/field/devices", headers=JSON)
    assert made.status_code == 201
    phone = made.get_json()["device"]
    said = worker.get(f"/field/key?device={phone}").get_json()
    assert len(urlsafe_b64decode(said["key"] + "=")) == 32
    assert (said["device"], said["account"]) == (phone, office.world.people["worker"].account_id.hex)
    assert office.client("cadre").get(f"/field/key?device={phone}").status_code == 404
    assert office.client(None).get(f"/field/key?device={phone}", headers=JSON).status_code == 401
    place = f"/field/devices/{uuid.UUID(phone)}/revoke"
    assert place in worker.get("/account/sign-ins").text
    assert worker.post(place).status_code == 303
    gone = worker.get(f"/field/key?device={phone}", headers=JSON)
    assert (gone.status_code, gone.get_json()["code"]) == (410, "device.revoked")
    assert place not in worker.get("/account/sign-ins").text


def test_similar_cases_are_told_in_words_with_a_link_only_to_what_the_filer_may_read(office: Office) -> None:
    worker = office.client("worker")
    case_no = worker.post("/cases", data=filed(**{"party-0-name": "王芳"}), headers=JSON).get_json()["case_no"]
    office.world.file("next_worker", cell_code=NEXT_CELL)
    form = filed(**{"party-1-name": "王芳", "facts": ""})
    (same,) = worker.post("/file/similar", data=form).get_json()["similar"]
    assert (same["case_no"], same["url"], same["same_party"]) == (case_no, f"/cases/{case_no}", True)
    assert "楼上漏水" in same["words"]
    (other,) = worker.post("/file/similar", data=form | {"cell_code": NEXT_CELL, "party-1-name": ""}).get_json()["similar"]
    assert (other["case_no"], other["url"], other["same_party"]) == (None, None, False)
    assert worker.post("/file/similar", data={}).get_json() == {"similar": []}


def test_the_list_for_a_phone_says_how_each_case_stands_and_nothing_personal(office: Office) -> None:
    worker = office.client("worker")
    case_no = worker.post("/cases", data=filed(address="锦溪路 1 号"), headers=JSON).get_json()["case_no"]
    answer = worker.get("/field/cases")
    (row,) = answer.get_json()["cases"]
    assert (row["case_no"], row["version"], row["status"], row["unread"]) == (case_no, 1, "filed", False)
    assert all(row[name] for name in ("status_words", "category", "cell", "next_step", "due", "due_words"))
    assert "漏水" not in answer.text
    assert "锦溪路" not in answer.text


def test_a_note_written_without_signal_gets_the_difference_when_the_case_moved_on(office: Office) -> None:
    case_no, key = office.world.file().case_no, str(uuid.uuid4())
    worker, place = office.client("worker"), f"/cases/{case_no}/notes"
    note = {"text": "上门看过", "version": "1", "note_key": key}
    assert worker.post(place, data=note, headers=JSON).status_code == 201
    office.world.act(case_no, Act.ACCEPT)
    assert worker.post(place, data=note, headers=JSON).status_code == 201
    answer = worker.post(place, data=note | {"note_key": str(uuid.uuid4())}, headers=JSON)
    said = answer.get_json()
    assert (answer.status_code, said["code"], said["version"]) == (409, "changed-meanwhile", 3)
    assert {"at", "by", "act", "field", "was", "now"} == set(said["changes"][0])
    assert ("状态", "上报", "受理") in [(each["field"], each["was"], each["now"]) for each in said["changes"]]
    assert worker.post(place, data={"text": "", "version": "3"}, headers=JSON).status_code == 422
    assert worker.post(place, data={"text": "再去", "version": "3"}, headers=JSON).status_code == 201
    assert office.world.acts(case_no).count("case.note") == 2


@pytest.mark.slow
def test_a_form_that_comes_too_late_shows_what_changed_and_keeps_what_was_typed(office: Office) -> None:
    world, cadre = office.world, office.client("cadre")
    case_no = world.file().case_no
    world.act(case_no, Act.ACCEPT, by="second_cadre")
    late = cadre.post(f"/cases/{case_no}/acts/withdraw", data={"version": "1", "reason": "双方自己说好了"})
    assert late.status_code == 409
    assert "案件有了变化" in late.text
    assert "原来：上报" in late.text
    assert "现在：受理" in late.text
    assert "双方自己说好了" in late.text
    assert 'name="version" value="3"' in late.text
    # Also where it is refused for something else: sent once more it would pass.
    assert "案件有了变化" in cadre.post(f"/cases/{case_no}/acts/withdraw", data={"version": "1", "reason": ""}).text
    assert "案件有了变化" not in cadre.post(f"/cases/{case_no}/acts/withdraw", data={"version": "3", "reason": ""}).text
    for place, form in (("willingness", {"willingness": "willing"}), ("team", {"do": "department", "department": "police"})):
        answer = cadre.post(f"/cases/{case_no}/{place}", data=form | {"version": "1", "why": "要人"})
        assert (answer.status_code, "案件有了变化" in answer.text) == (409, True)
    unplaced = world.file("worker", cell_code=None, is_unsure=True, address="河边").case_no
    world.do(parties.set_willingness, unplaced, Willingness.WILLING, None, by="worker")
    answer = office.client("leader").post(f"/cases/{unplaced}/place", data={"version": "1", "cell_code": CELL, "reason": "问过"})
    assert (answer.status_code, "案件有了变化" in answer.text, 'value="问过"' in answer.text) == (409, True, True)
