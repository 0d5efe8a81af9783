"""From a settled case to its dossier: the page of papers, one archive, and a paper as it comes out of the printer."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

from gridmediate.domain.vocabulary import Side
from gridmediate.domain.workflow import Act
from gridmediate.services.filing import PartyEntry
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen
from tests.journeys.test_paper import on_paper, sheets

Sit = Callable[..., Screen]
PARTIES = (
    PartyEntry(Side.APPLICANT, "欧阳㛃𬭎", "13800001111", "锦溪路 8 号 301 室"),
    PartyEntry(Side.RESPONDENT, "阿不都热依木·买买提艾力·阿卜杜克热木江"),
)


def a_settled_case(office: Office) -> str:
    """Let two neighbours agree orally."""
    case_no = office.file(facts="楼上漏水，泡了书架", parties=PARTIES)
    for act in (Act.ACCEPT, Act.NOTE_SESSION, Act.AGREE_ORALLY):
        office.act(case_no, act)
    return case_no


@seen(("size", "language"), [("desk", "zh"), ("phone", "zh"), ("phone", "en")])
def test_from_a_settled_case_to_its_dossier_in_one_archive(office: Office, sit: Sit, size: str, language: str) -> None:
    case_no = a_settled_case(office)
    cadre = sit("cadre", size, language).open(f"/cases/{case_no}")
    cadre.press(".papers-link")
    if size == "phone":
        assert cadre.small_targets() == []
    before = cadre.count(".dossier-piece--missing")
    assert cadre.count(".dossier-piece--missing form") == 2, "two identities are still to be seen"
    cadre.press(".dossier-piece--missing form button")
    cadre.press(".dossier-piece--missing form button")
    assert cadre.count(".dossier-piece--missing form") == 0 and cadre.count(".dossier-piece--missing") == before - 1

    with cadre.page.expect_download() as coming:
        cadre.page.locator("a[href$='/dossier.zip']").click()
    assert coming.value.suggested_filename.startswith(case_no)
    with zipfile.ZipFile(coming.value.path()) as archive:
        assert archive.testzip() is None
        assert "00_卷宗目录.docx" in archive.namelist()
        assert any("口头协议登记表" in name for name in archive.namelist())

    cadre.press("a[href$='/oral_agreement_register/print']")
    for name in (each.name for each in PARTIES):
        assert name in cadre.text("main")
    assert 1 <= sheets(on_paper(cadre)) <= 2


def test_an_investigation_is_written_on_the_phone_and_its_record_printed(office: Office, sit: Sit) -> None:
    case_no = office.file(facts="楼上漏水，泡了地板")
    office.act(case_no, Act.ACCEPT)
    cadre = sit("cadre", "phone").open(f"/cases/{case_no}")
    cadre.page.locator("#investigations summary").click()
    assert cadre.small_targets() == []
    cadre.send("#investigations form", asked_at="2026-11-22T10:00", place="楼道", person="老周", text="看见水从楼上流下")
    assert "看见水从楼上流下" in cadre.text("#investigations")
    cadre.open(f"/cases/{case_no}/papers").press("a[href$='/investigation_record/print']")
    assert "老周" in cadre.text("main") and "2026年11月22日10时00分" in cadre.text("main")
