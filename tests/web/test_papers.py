"""Papers over the web: who gets them, under which name, what their pages show, and what is noted for the dossier."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from docx import Document
from werkzeug.test import TestResponse

from gridmediate.documents.papers import PaperKind, template_file
from gridmediate.domain.workflow import Act, State
from gridmediate.store.engine import Store
from tests.documents.own_templates import with_paragraphs
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, World, sqlite_street_url, street_file
from tests.services.paper_cases import CHILD, PARTIES, a_full_case

#: Its stories take about a second each.
pytestmark = pytest.mark.slow

__all__ = ["sqlite_street_url", "street_file"]

INVESTIGATION = {"asked_at": "2026-11-22T10:00", "place": "楼道", "person": "老周<b>", "relation": "邻居", "text": "看见漏水"}


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


def name_of(answer: TestResponse) -> str:
    """Return the file name that today's browsers take."""
    return unquote(answer.headers["Content-Disposition"].rpartition("UTF-8''")[2])


def text_of(data: bytes) -> str:
    """Return the text of a Word file."""
    opened = Document(io.BytesIO(data))
    return "\n".join([*(each.text for each in opened.paragraphs), *(
        cell.text for table in opened.tables for row in table.rows for cell in row.cells)])


def test_a_paper_comes_as_a_word_file_under_its_chinese_name_and_is_kept_by_nobody(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES)
    answer = office.client("cadre").get(f"/cases/{case_no}/papers/rights_notice")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert name_of(answer) == f"{case_no}-人民调解当事人权利义务告知书.docx"
    assert answer.headers["Content-Disposition"].isascii() and "attachment;" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    said = text_of(answer.data)
    assert "欧阳㛃𬭎" in said and "<李>&“记”装饰行" in said and CHILD not in said
    assert world.acts(case_no)[-1] == "paper.make"


def test_the_second_session_has_its_own_record_and_file(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.NOTE_SESSION)
    answer = office.client("cadre").get(f"/cases/{case_no}/papers/mediation_record?n=2")
    assert name_of(answer) == f"{case_no}-人民调解记录（第2次）.docx"
    page = office.client("cadre").get(f"/cases/{case_no}/papers/mediation_record/print?n=2").text
    assert "第2次" in page and "第1次" not in page and "mediation_record?n=2" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_print_page_is_the_paper_with_every_name_as_text(office: Office, world: World, language: str) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN, parties=(replace(PARTIES[1], name="<script>alert(1)</script>"), PARTIES[0]))
    client = office.client("cadre")
    client.set_cookie("gm_language", language, domain="localhost")
    answer = client.get(f"/cases/{case_no}/papers/agreement/print")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text and "<script>alert" not in answer.text
    assert "（2026）锦溪社区人调字第 1 号" in answer.text and "欧阳㛃𬭎" in answer.text
    assert "<title>人民调解协议书" in answer.text if language == "zh" else "<title>Mediation agreement" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["", "/rights_notice", "/rights_notice/print", "/../dossier.zip"])
def test_who_makes_no_papers_gets_none(office: Office, world: World, address: str) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES)
    path = f"/cases/{case_no}/dossier.zip" if address.startswith("/..") else f"/cases/{case_no}/papers{address}"
    for who in ("worker", "housing", "administrator", "auditor", "coordinator", "leader"):
        assert office.client(who).get(path).status_code == 403, who
    for who in ("next_cadre", "other_cadre", "other_leader"):
        assert office.client(who).get(path).status_code == 404, who
    assert office.client(None).get(path).status_code in (303, 401)
    assert "paper.make" not in world.acts(case_no)


@pytest.mark.parametrize(("address", "status"), [
    ("papers/x", 404), ("papers/APPLICATION", 404), ("papers/rights_notice?n=x", 409), ("papers/rights_notice?n=²", 409),
    ("papers/rights_notice?n=0", 409), ("papers/rights_notice?n=2", 409), ("papers/rights_notice?n=99999999999", 409),
    ("papers/agreement", 409), ("papers/agreement/print", 409), ("papers/dossier.zip", 404),
])
def test_what_is_no_paper_of_the_case_is_refused(office: Office, world: World, address: str, status: int) -> None:
    case_no = world.a_case(State.MEDIATING)
    assert office.client("cadre").get(f"/cases/{case_no}/{address}").status_code == status


def test_an_offices_own_template_is_used_and_one_that_fails_is_told(office: Office, world: World, tmp_path: Path) -> None:
    case_no = world.a_case(State.MEDIATING)
    object.__setattr__(office.app.settings, "papers_folder", tmp_path)
    own = tmp_path / template_file(PaperKind.RIGHTS_NOTICE)
    own.write_bytes(with_paragraphs("本所告知：{{ case_no }}"))
    client = office.client("cadre")
    assert text_of(client.get(f"/cases/{case_no}/papers/rights_notice").data).strip() == f"本所告知：{case_no}"
    own.write_bytes(with_paragraphs("{{ caseno }}"))
    answer = client.get(f"/cases/{case_no}/papers/rights_notice")
    assert answer.status_code == 422 and "caseno" in answer.text


@pytest.mark.slow
def test_the_dossier_is_one_archive_with_its_index_and_a_file_for_every_paper(office: Office, world: World) -> None:
    case_no = a_full_case(world)
    answer = office.client("cadre").get(f"/cases/{case_no}/dossier.zip")
    assert answer.status_code == 200 and name_of(answer) == f"{case_no}-卷宗.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        table = list(csv.reader(io.StringIO(archive.read("00_卷宗目录.csv").decode("utf-8-sig"))))
        index = text_of(archive.read("00_卷宗目录.docx"))
        cover = text_of(archive.read("01_人民调解卷宗.docx"))
    assert [row[3] for row in table[1:]] == names[2:] and len(names) == 13
    for row in table[1:]:
        assert row[1] in index, row
    assert "已核对原件，不留复印件" in index and "书面协议" in cover and CHILD not in cover


# -- the page of papers ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_link_of_the_page_of_papers_leads_somewhere(office: Office, world: World) -> None:
    client = office.client("cadre")
    for state in (State.FILED, State.MEDIATING, State.AGREED_WRITTEN, State.PERFORMING, State.TERMINATED, State.CLOSED):
        case_no = world.a_case(state, parties=PARTIES)
        answer = client.get(f"/cases/{case_no}/papers")
        links = {link for link in _links(answer.text) if case_no in link}
        assert len(links) > 6, state
        for link in links:
            assert client.get(link).status_code in (200, 303), link


def _links(page: str) -> list[str]:
    return [part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]


def test_the_page_of_papers_names_no_party_and_is_linked_where_it_may_be_opened(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES)
    page = office.client("cadre").get(f"/cases/{case_no}/papers").text
    assert "欧阳" not in page and CHILD not in page and "权利义务告知书" in page
    assert world.acts(case_no)[-1] == "paper.list"
    for who, shown in (("cadre", True), ("worker", False), ("housing", False), ("leader", False)):
        assert (f"/cases/{case_no}/papers" in office.client(who).get(f"/cases/{case_no}").text) is shown, who


def test_a_proof_is_noted_with_one_button_and_the_gap_closes(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES[:1])
    client, party = office.client("cadre"), world.case(case_no).parties[0]
    path = f"/cases/{case_no}/parties/{party.id}/proofs"
    assert path in client.get(f"/cases/{case_no}/papers").text
    answer = client.post(path, data={"proof": "identity"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert path not in page and "已记下：身份证明已核对。" in page
    assert client.post(path, data={"proof": "passport"}).status_code == 404
    assert office.client("worker").post(path, data={"proof": "identity"}).status_code == 403


def test_closing_tells_what_the_dossier_lacks_and_bars_nothing(office: Office, world: World) -> None:
    case_no = world.a_case(State.AGREED_ORAL, parties=PARTIES[:1])
    world.finish_tasks(case_no)
    client = office.client("cadre")
    page = client.get(f"/cases/{case_no}/acts/close").text
    assert "卷宗还缺" in page and "申请人（当事人 1）身份证明还没有核对" in page
    assert client.post(f"/cases/{case_no}/acts/close", data={"result": "了结", "sides_told": "1"}).status_code == 303
    assert "卷宗还缺" not in client.get(f"/cases/{world.a_case(State.MEDIATING)}/acts/terminate").text


# -- investigations ----------------------------------------------------------------------------------------------------


def test_an_investigation_is_written_on_the_case_page_and_stands_there(office: Office, world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    client = office.client("cadre")
    assert "记一次调查" in client.get(f"/cases/{case_no}").text
    answer = client.post(f"/cases/{case_no}/investigations", data=INVESTIGATION)
    assert answer.status_code == 303
    page = client.get(f"/cases/{case_no}").text
    assert "老周&lt;b&gt;" in page and "看见漏水" in page and "11月22日" in page
    assert "老周" not in office.client("housing").get(f"/cases/{case_no}").text
    assert "老周" in office.client("worker").get(f"/cases/{case_no}").text


@pytest.mark.parametrize(("fault", "field"), [
    ({"asked_at": ""}, "asked_at"), ({"asked_at": "x"}, "asked_at"), ({"asked_at": "2027-01-01T10:00"}, "asked_at"),
    ({"place": ""}, "place"), ({"person": ""}, "person"), ({"text": ""}, "text"), ({"text": "x" * 4001}, "text"),
])
def test_an_investigation_with_a_fault_is_shown_again_with_what_was_typed(
    office: Office, world: World, fault: dict, field: str,
) -> None:
    case_no = world.a_case(State.MEDIATING)
    answer = office.client("cadre").post(f"/cases/{case_no}/investigations", data=INVESTIGATION | fault)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    for name, value in (INVESTIGATION | fault).items():
        assert value.replace("<b>", "&lt;b&gt;") in answer.text, name
    assert "investigation.add" not in world.acts(case_no)
