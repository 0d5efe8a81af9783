"""Invited persons, challenges, notes of interference and photos on their pages; what may not be mediated is told first."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gridmediate.domain.people_words import GuestKind
from gridmediate.domain.vocabulary import Seat, Side, Source
from gridmediate.domain.workflow import Act, State
from gridmediate.services import guests
from gridmediate.store.engine import Store
from gridmediate.store.models import Agreement, Attachment, Case, Challenge, Guest, InterferenceNote
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file
from tests.services.pictures_sent import PLACE, archive, photo, png_that_says

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

__all__ = ["sqlite_street_url", "street_file"]

GUEST = {"guest_kind": "expert", "guest_name": "王建国", "guest_phone": "13912345678", "guest_why": "看漏水从哪里来"}


@pytest.fixture
def office(sqlite_street_url: str, tmp_path: Path) -> Iterator[Office]:
    """The application on a street of this test alone."""
    world = World(Store(sqlite_street_url, KEYRING))
    yield open_office(world, tmp_path)
    faults = world.faults()
    world.store.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def world(office: Office) -> World:
    """The street."""
    return office.world


def only(world: World, kind: Any) -> Any:
    """Return the only row of a table."""
    with world.store.reading() as session:
        return session.scalars(select(kind)).one()


def seat_of(world: World, case_no: str, kind: Seat = Seat.GRID_WORKER) -> str:
    """Return the key of a seat."""
    return str(next(seat.id for seat in world.case(case_no).seats if seat.seat is kind and seat.left_at is None))


def agreement_of(world: World, case_no: str) -> str:
    """Return the key of the agreement of a case."""
    with world.store.reading() as session:
        found = select(Agreement.id).join(Case, Case.id == Agreement.case_id).where(Case.case_no == case_no)
        return str(session.scalars(found).one())


def test_an_expert_is_invited_by_the_worker_and_seated_when_both_sides_agree(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    worker = office.client("worker")
    assert worker.post(f"/cases/{case_no}/guests", data=GUEST).status_code == 303
    page = worker.get(f"/cases/{case_no}").text
    assert "等双方同意" in page
    assert "王建国" in page
    assert "13912345678" not in page
    guest = only(world, Guest)
    for side in Side:
        place = f"/cases/{case_no}/guests/{guest.id}/answer"
        assert worker.post(place, data={"side": side, "agrees": "yes"}).status_code == 303
    page = worker.get(f"/cases/{case_no}").text
    assert "双方同意邀请（专家）" in page
    minutes = office.client("cadre").get(f"/cases/{case_no}/sessions/note").text
    assert re.search(r'name="invited" value="1"', minutes), "the minutes count the invited person"
    assert f'value="{seat_of(world, case_no, Seat.GUEST).replace("-", "")}"' not in minutes
    clear = worker.post(f"/cases/{case_no}/parties", data={"purpose": "约到现场"}).text
    assert "13912345678" in clear
    assert worker.post(f"/cases/{case_no}/guests/{guest.id}/leave").status_code == 303
    assert "已退出" in worker.get(f"/cases/{case_no}").text


@pytest.mark.parametrize(("fault", "field"), [
    ({"guest_kind": ""}, "guest_kind"), ({"guest_kind": "x"}, "guest_kind"), ({"guest_name": ""}, "guest_name"),
    ({"guest_kind": "studio"}, "studio"),
])
def test_an_invitation_that_is_not_whole_is_shown_again_with_what_was_typed(
        office: Office, world: World, fault: dict[str, str], field: str) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    answer = office.client("cadre").post(f"/cases/{case_no}/guests", data=GUEST | fault)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="看漏水从哪里来"' in answer.text
    assert world.count(Guest) == 0


def test_an_answer_that_says_nothing_is_refused(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    guest = world.do(guests.invite, case_no, guests.Invitation(GuestKind.EXPERT, "王建国"), by="worker")
    for form in ({}, {"side": "x", "agrees": "yes"}, {"side": "applicant", "agrees": "x"}, {"side": "applicant"}):
        assert office.client("cadre").post(f"/cases/{case_no}/guests/{guest.id}/answer", data=form).status_code == 422
    assert only(world, Guest).applicant_agrees is None


def test_a_challenge_goes_to_the_street_and_comes_back_with_another_worker(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    cadre, leader = office.client("cadre"), office.client("leader")
    form = {"challenged": seat_of(world, case_no), "side": "applicant", "reason": "他是被申请人的表弟"}
    for fault in ("challenged", "side", "reason"):
        answer = cadre.post(f"/cases/{case_no}/challenges", data=form | {fault: ""})
        assert answer.status_code == 422
        assert f'id="{fault}-error"' in answer.text
    assert cadre.post(f"/cases/{case_no}/challenges", data=form).status_code == 303
    assert "申请网格员回避，等街道决定" in cadre.get(f"/cases/{case_no}").text
    assert "作决定" not in cadre.get(f"/cases/{case_no}").text
    assert cadre.post(f"/cases/{case_no}/challenges", data=form).status_code == 409
    place = f"/cases/{case_no}/challenges/{only(world, Challenge).id}"
    assert place in leader.get("/challenges").text
    assert place in leader.get(f"/cases/{case_no}").text
    assert "他是被申请人的表弟" in leader.get(place).text
    assert leader.post(place, data={}).status_code == 422
    assert leader.post(place, data={"ruling": "dismiss"}).status_code == 422
    assert leader.post(place, data={"ruling": "uphold", "words": "理由成立"}).status_code == 303
    assert place not in leader.get("/challenges").text
    page = cadre.get(f"/cases/{case_no}").text
    assert "被申请回避" in page
    assert "等街道决定。" not in page
    assert leader.post(place, data={"ruling": "dismiss", "words": "再想想"}).status_code == 409


def test_the_streets_list_leads_to_extensions_too(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.ASK_EXTENSION)
    leader = office.client("leader")
    page = leader.get("/challenges").text
    assert f"/cases/{case_no}#acts" in page
    assert "延期待批" in page
    assert 'href="/challenges"' in leader.get("/cases").text
    assert 'href="/challenges"' not in office.client("cadre").get("/cases").text


def test_an_attempt_to_interfere_is_noted_from_the_case_and_read_by_the_auditor_alone(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    words = "有人打电话要求偏向被申请人"
    for who in ("worker", "cadre", "housing", "leader"):
        client = office.client(who)
        assert f"/cases/{case_no}/interference" in client.get(f"/cases/{case_no}").text
        assert client.post(f"/cases/{case_no}/interference", data={"words": " "}).status_code == 422
        assert client.post(f"/cases/{case_no}/interference", data={"words": words + who}).status_code == 303
    assert world.count(InterferenceNote) == 4
    for who in ("worker", "cadre", "housing", "leader"):
        client = office.client(who)
        assert words not in client.get(f"/cases/{case_no}").text
        assert client.get("/audit/interference").status_code == 403
    page = office.client("auditor").get("/audit/interference").text
    assert [words + who in page for who in ("worker", "cadre", "housing", "leader")] == [True] * 4
    assert case_no in page


def send(client: Any, case_no: str, agreement: str, content: bytes, name: str = "sheet.jpg", **form: str) -> Any:
    """Send a photo."""
    data = {"agreement": agreement, "picture_kind": "signed_sheet", "picture": (io.BytesIO(content), name)} | form
    return client.post(f"/cases/{case_no}/attachments", data=data, content_type="multipart/form-data")


def test_the_signed_sheet_is_photographed_kept_without_its_position_and_shown_fenced_in(office: Office, world: World) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN)
    worker, agreement = office.client("worker"), agreement_of(world, case_no)
    page = worker.get(f"/cases/{case_no}").text
    assert 'capture="environment"' in page
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert send(worker, case_no, agreement, photo(400, 300), "..\\x.html").status_code == 303
    row = only(world, Attachment)
    place = f"/cases/{case_no}/attachments/{row.id}"
    assert place in worker.get(f"/cases/{case_no}").text
    assert "<img" not in worker.get(f"/cases/{case_no}").text.split('id="agreement"')[1], "names are not shown before one asks"
    answer = worker.get(place)
    assert answer.mimetype == "image/jpeg"
    assert PLACE.encode() not in answer.data
    assert Image.open(io.BytesIO(answer.data)).size == (400, 300)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert re.fullmatch(r'inline; filename="[0-9a-f]{12}\.jpg"', answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "no-store"
    for who, status in (("leader", 403), ("housing", 403), ("next_cadre", 404), ("auditor", 403)):
        assert office.client(who).get(place).status_code == status
    assert place not in office.client("leader").get(f"/cases/{case_no}").text
    assert worker.post(f"{place}/remove").status_code == 303
    assert worker.get(place).status_code == 404


@pytest.mark.parametrize("content", [
    b"", b"GIF89a", b"<svg/>", photo() + archive(), png_that_says(30_000, 30_000), photo()[:300],
], ids=range(6))
def test_what_is_no_photo_is_refused_in_words_and_nothing_is_kept(office: Office, world: World, content: bytes) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN)
    answer = send(office.client("worker"), case_no, agreement_of(world, case_no), content)
    assert answer.status_code == 422
    assert "照片" in answer.text.split("data-error-summary")[1][:600]
    assert world.count(Attachment) == 0


def test_a_photo_for_no_agreement_and_a_form_without_a_photo_are_refused(office: Office, world: World) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN)
    worker, agreement = office.client("worker"), agreement_of(world, case_no)
    assert worker.post(f"/cases/{case_no}/attachments", data={"agreement": agreement}).status_code == 422
    assert send(worker, case_no, "x", photo()).status_code in (404, 422)
    assert send(worker, case_no, str(only(world, Agreement).case_id), photo()).status_code == 404
    assert world.count(Attachment) == 0


def test_what_may_not_be_mediated_is_told_first_with_reason_and_referral_filled_in(office: Office, world: World) -> None:
    case_no = world.file(t2_code="1501").case_no
    cadre = office.client("cadre")
    page = cadre.get(f"/cases/{case_no}").text
    assert re.search(rf'class="btn btn-primary btn-big" href="/cases/{case_no}/acts/not_accept"', page)
    assert "12388" in page
    form = cadre.get(f"/cases/{case_no}/acts/not_accept").text
    assert re.search(r'<textarea[^>]*name="reason"[^>]*>\s*涉组织人事、纪律作风的事项不属于人民调解的范围。</textarea>', form)
    assert re.search(r'name="referral" value="[^"]*12388[^"]*"', form)
    cadre.set_cookie("gm_language", "en", domain="localhost")
    assert "outside people&#39;s mediation" in cadre.get(f"/cases/{case_no}/acts/not_accept").text
    # What was typed is not typed over.
    again = cadre.post(f"/cases/{case_no}/acts/not_accept", data={"reason": "自己写的", "referral": ""})
    assert "自己写的" in again.text
    assert "12388" not in again.text.split('name="referral"')[1][:100]


def test_an_ordinary_matter_is_accepted_first_and_its_refusal_asks_for_a_reason(office: Office, world: World) -> None:
    case_no = world.file(t2_code="0201").case_no
    cadre = office.client("cadre")
    page = cadre.get(f"/cases/{case_no}").text
    assert "受理并通知团队" in re.findall(r'<button class="btn btn-primary btn-big"[^>]*>([^<]+)', page)[0]
    form = cadre.get(f"/cases/{case_no}/acts/not_accept").text
    assert re.search(r'<textarea[^>]*name="reason"[^>]*>\s*</textarea>', form)
    # The way that is open for the matter stands ready; why it is not accepted only the cadre knows.
    assert 'name="referral" value="向人民法院起诉' in form


@pytest.mark.parametrize(("source", "said"), [(Source.COURT, "法院委托"), (Source.POLICE, "公安移送")])
def test_what_was_entrusted_says_by_whom_and_is_accepted(office: Office, world: World, source: Source, said: str) -> None:
    case_no = world.file(t2_code="1403", source=source).case_no
    cadre = office.client("cadre")
    page = cadre.get(f"/cases/{case_no}").text
    assert said in page
    assert "依法不由人民调解办理" not in page
    assert cadre.post(f"/cases/{case_no}/acts/accept").status_code == 303


def test_a_wrong_category_is_corrected_on_the_form_that_the_banner_leads_to(office: Office, world: World) -> None:
    case_no = world.file(t2_code="1403").case_no
    cadre = office.client("cadre")
    assert f'href="/cases/{case_no}/acts/accept"' in cadre.get(f"/cases/{case_no}").text
    form = cadre.get(f"/cases/{case_no}/acts/accept").text
    assert not re.search(r'<button class="btn btn-primary btn-big"[^>]* disabled', form)
    assert cadre.post(f"/cases/{case_no}/acts/accept", data={"t2_code": "1403"}).status_code == 409
    assert cadre.post(f"/cases/{case_no}/acts/accept", data={"t2_code": "0201"}).status_code == 303
    assert world.case(case_no).state is State.TEAM_FORMED


def test_a_party_is_added_as_an_organisation_with_an_address_or_as_one_who_speaks_for_many(office: Office, world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    worker = office.client("worker")
    place = f"/cases/{case_no}/parties/new"
    company = {"side": "respondent", "name": "锦溪物业公司", "party_address": "锦溪路 1 号", "is_organisation": "1"}
    assert worker.post(place, data=company).status_code == 303
    assert worker.post(place, data={"side": "applicant", "name": "赵小明", "is_representative": "1"}).status_code == 303
    child = {"side": "applicant", "name": "赵小小", "phone": "13712345678", "is_minor": "1"}
    assert worker.post(place, data=child).status_code == 303
    page = worker.get(f"/cases/{case_no}").text
    assert "锦溪物业公司" in page
    assert "代表人" in page
    assert "赵*小" not in page
    assert "137****5678" not in page
    clear = worker.post(f"/cases/{case_no}/parties", data={"purpose": "约到场"}).text
    assert "锦溪路 1 号" in clear
    assert "13712345678" in clear
    assert "赵小小" not in clear
    refused = worker.post(place, data=company | {"is_minor": "1"})
    assert refused.status_code == 422
    assert 'id="is_minor-error"' in refused.text
