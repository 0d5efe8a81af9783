"""The print page: the paper's text and tables, and nothing that a template could smuggle in."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from gridmediate.documents.papers import PaperKind
from gridmediate.documents.printing import print_html, sanitise
from gridmediate.domain.vocabulary import label
from tests.documents.long_case import LONG_NAMES, STORY
from tests.documents.own_templates import with_paragraphs

_VOID = {"br", "hr"}


class _Reader(HTMLParser):
    """Reads the text, and complains when an element is closed out of order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", PaperKind)
def test_the_print_page_says_what_the_word_file_says(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    html = str(print_html(filled[kind]))
    read = _Reader(html)
    text = "".join(read.text.split())
    assert not read.open
    assert "".join(label(kind).zh.split()) in text
    if kind in {PaperKind.AGREEMENT, PaperKind.CLOSING_REPORT}:
        assert "".join(STORY.split()) in text
        assert [name for name in LONG_NAMES if "".join(name.split()) not in text] == []
    assert 'class="doc-title' in html
    assert not re.search(r"<(?!/?(?:p|table|thead|tbody|tr|td|th|strong|em|br|u)\b)", html)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<script>alert(1)</script><p>甲</p>", "<p>甲</p>"),
        ('<p onclick="x()" style="color:red" class="doc-text evil">甲</p>', '<p class="doc-text">甲</p>'),
        ('<a href="javascript:x()">甲</a>', "甲"),
        ('<img src="x" onerror="x()">乙', "乙"),
        ("<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
        ('<td colspan="2" rowspan="x" width="9">甲</td>', '<td colspan="2">甲</td>'),
        ("<style>p{}</style><h1>甲</h1>", '<p class="doc-heading">甲</p>'),
        ("<p><strong>甲</p>乙", "<p><strong>甲</strong></p>乙"),
        ("</p></td>甲", "甲"),
        ("<svg><script>x</script></svg><p>甲", "<p>甲</p>"),
        ('<p class="&quot;doc-x">甲</p>', "<p>甲</p>"),
    ],
)
def test_only_text_and_tables_come_through(html: str, kept: str) -> None:
    assert sanitise(html) == kept


def test_a_template_of_another_making_prints_too() -> None:
    assert print_html(with_paragraphs("一二三<b>")) == "<p>一二三&lt;b&gt;</p>"
