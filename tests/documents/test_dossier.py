"""The dossier: one archive that every system unpacks to the same names, with its index twice."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.documents.dossier import DossierPaper, dossier_zip, safe_file_name
from gridmediate.documents.papers import PaperKind

NOW = datetime(2027, 1, 9, 17, 30, tzinfo=UTC)


def _opened(*papers: DossierPaper) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(dossier_zip(papers, b"index", NOW)))


def test_the_papers_lie_in_their_order_with_the_index_first() -> None:
    with _opened(
        DossierPaper(2, "人民调解协议书", PaperKind.AGREEMENT, b"two"),
        DossierPaper(1, "人民调解申请书", PaperKind.APPLICATION, b"one"),
        DossierPaper(3, "签名页照片", None, b"three", ending=".jpg"),
    ) as archive:
        names = archive.namelist()
        assert names[:2] == ["00_卷宗目录.docx", "00_卷宗目录.csv"]
        assert names[2:] == ["01_人民调解申请书.docx", "02_人民调解协议书.docx", "03_签名页照片.jpg"]
        assert [archive.read(name) for name in (names[0], *names[2:])] == [b"index", b"one", b"two", b"three"]
        assert archive.testzip() is None
        # Bit 11 says that a name is UTF-8; without it Windows reads Chinese names as another code page.
        assert all(each.flag_bits & 0x800 for each in archive.infolist())
        assert {each.date_time for each in archive.infolist()} == {(2027, 1, 10, 1, 30, 0)}


def test_the_table_names_every_file_and_is_no_formula() -> None:
    with _opened(DossierPaper(1, "=1+1", PaperKind.AGREEMENT, b"", note="有"), DossierPaper(2, "乙", None, b"")) as archive:
        data = archive.read("00_卷宗目录.csv")
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [
        ["序号", "材料名称", "文书种类", "文件名", "备注"],
        ["1", "'=1+1", "人民调解协议书", "01_=1+1.docx", "有"],
        ["2", "乙", "", "02_乙.docx", ""],
    ]


def test_two_papers_of_one_name_are_both_kept() -> None:
    with _opened(*(DossierPaper(1, "照片", None, bytes([n])) for n in range(3))) as archive:
        assert archive.namelist()[2:] == ["01_照片.docx", "01_照片（2）.docx", "01_照片（3）.docx"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "＿..＿etc＿passwd"),
        ('a\\b:c*?"<>|', "a＿b＿c＿＿＿＿＿＿"),
        ("甲\n乙\t丙", "甲乙丙"),
        ("...", "未命名"),
        ("", "未命名"),
    ],
)
def test_a_name_leads_nowhere(title: str, name: str) -> None:
    assert safe_file_name(title) == name


@given(st.text(max_size=200))
def test_any_title_becomes_a_name_that_every_system_takes(title: str) -> None:
    name = safe_file_name(title)
    assert 1 <= len(name) <= 60
    assert not re.search(r'[/\\:*?"<>|\x00-\x1f\x7f]', name)
    assert name == name.strip(". ")
    name.encode()
