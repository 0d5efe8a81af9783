"""What phones send and ask: a filing answered to a script, its photos in parts, the key to what lies unsent."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gridmediate.services.filing_photos import PART_BYTES
from gridmediate.store.engine import Store
from gridmediate.store.models import Case
from tests.builders import CELL
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
