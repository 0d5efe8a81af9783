"""The print page of a paper, as the application shows it."""

from __future__ import annotations

import pytest
from flask import render_template

from gridmediate.documents.papers import PaperKind
from gridmediate.documents.printing import print_html
from gridmediate.documents.rendering import render
from gridmediate.domain.vocabulary import label
from gridmediate.web.rooms import Application
from tests.rig.pages import Page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_paper_prints_as_a_sound_page_of_its_own_text(app: Application, language: str) -> None:
    facts = "楼上漏水<script>alert(1)</script>"
    with app.test_request_context("/"):
        page = render_template(
            "papers/print.html",
            paper_title=label(PaperKind.APPLICATION).say(language),
            case_no="滨河调字〔2026〕1号",
            paper_html=print_html(render(PaperKind.APPLICATION, {"facts": facts})),
            word_url="/paper.docx",
            back_url="",
        )
    read = Page(page)
    assert read.faults == []
    assert "/paper.docx" in read.hrefs
    assert "楼上漏水&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page
