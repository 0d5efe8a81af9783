"""The Word file of a briefing: opens, holds what was said in the layout of GB/T 9704, and is laid out by LibreOffice."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import shapely

from gridmediate.documents.briefings import BriefingFields, render_briefing
from gridmediate.documents.package_check import check_package
from gridmediate.resources import templates_folder
from gridmediate.services.briefing_picture import FILLS, draw_png
from tests.documents.conftest import joined
from tools.paper_templates.briefing import write_template

PICTURE = {"cells": [[shapely.to_wkb(shapely.box(120 + x / 100, 30, 120.009 + x / 100, 30.01)).hex(), x % 4] for x in range(6)]}
TABLE = {"title": "按类别", "columns": ["类别", "本期新登记", "上期新登记", "未结", "其中超期"],
         "rows": [["邻里<纠纷>", "9", "※", "12", "0"], ["合计", "9", "4", "12", "0"]], "note": "※ 不足3件，或不列。"}
AREAS = {"title": "按社区", "columns": ["社区", "本期新登记", "上期新登记"], "rows": [["锦溪社区", "9", "4"]], "note": ""}
BRIEFING = BriefingFields(
    "柳溪街道矛盾纠纷化解简报", "柳溪街道综治中心", "2026年11月16日至22日矛盾纠纷化解情况", 2026, 12, date(2026, 11, 23),
    [("总体情况", ["本周新登记矛盾纠纷9件。", "甲 & 乙 {{ masthead }}"]), ("下步打算", ["走访老旧小区。"])], [TABLE, AREAS], None,
    "图　由浅到深", "数据截至11月23日。", "（更正2026年第11期）", "区里", "各社区", "校验码　ab12")


def test_the_committed_template_is_what_the_script_makes(tmp_path: Path) -> None:
    write_template(tmp_path / "briefing.docx")
    assert (tmp_path / "briefing.docx").read_bytes() == (templates_folder() / "briefings" / "briefing.docx").read_bytes()


def test_the_file_opens_and_holds_every_word_and_the_picture() -> None:
    with_picture = render_briefing(replace(BRIEFING, picture=draw_png(PICTURE)))
    check_package(with_picture, "briefing.docx")
    with zipfile.ZipFile(io.BytesIO(with_picture)) as package:
        xml = package.read("word/document.xml").decode()
        assert [name for name in package.namelist() if name.endswith(".png")]
    for words in ("2026年第12期", "2026年11月23日", "一、总体情况", "二、下步打算", "甲 &amp; 乙 {{ masthead }}",
                  "邻里&lt;纠纷&gt;", "报：区里", "送：各社区", "（更正2026年第11期）", "ab12"):
        assert words in xml, words
    without = render_briefing(replace(BRIEFING, number=None, year=None, issued_on=None, corrects=""))
    check_package(without, "briefing.docx")
    with zipfile.ZipFile(io.BytesIO(without)) as package:
        xml = package.read("word/document.xml").decode()
    assert "（草稿，未印发）" in xml
    assert "更正" not in xml
    assert "由浅到深" not in xml


def test_the_picture_has_a_shade_for_each_class() -> None:
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(draw_png(PICTURE)))
    seen = {f"#{red:02X}{green:02X}{blue:02X}" for _, (red, green, blue) in image.getcolors(100_000)}
    assert set(FILLS) <= seen


@pytest.mark.slow
def test_it_is_laid_out_as_pages(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None or shutil.which("pdftotext") is None:
        pytest.skip("LibreOffice or pdftotext: not installed (apt-get install libreoffice-writer-nogui poppler-utils)")
    (tmp_path / "briefing.docx").write_bytes(render_briefing(replace(BRIEFING, picture=draw_png(PICTURE))))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run([office, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "briefing.docx"],
                   check=True, capture_output=True, timeout=240)
    text = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", tmp_path / "briefing.pdf", "-"], check=True, capture_output=True,
                          text=True).stdout
    first = joined(text.split("\f")[0])
    assert first.startswith("柳溪街道矛盾纠纷化解简报2026年第12期柳溪街道综治中心2026年11月23日")
    assert "—1—" in first
