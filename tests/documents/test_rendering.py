"""Filling: an office's own template goes first; what cannot be used is refused by name; no text breaks a document."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.documents.fields import FIELDS
from gridmediate.documents.papers import FieldKind, PaperKind, clean, complete, say_on_paper, template_file
from gridmediate.documents.rendering import check_template, render, template_of, unknown_fields
from gridmediate.documents.word import fill
from gridmediate.domain.paper_problems import (
    PaperTemplateCallsOut,
    PaperTemplateHasMacros,
    PaperTemplateNotWord,
    PaperTemplateRefused,
    PaperTemplateTooLarge,
    PaperTemplateUnreadable,
    UnknownPaperField,
)
from tests.documents.own_templates import repacked, text_of, with_paragraphs, with_rows

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _pointing_to(kind: str, target: str) -> bytes:
    """Our agreement with a relation to something outside."""
    relation = f'<Relationship Id="rId99" Type="{_RELATIONS}/{kind}" Target="{target}" TargetMode="External"/>'
    end = b"</Relationships>"
    return repacked(
        lambda name, data: data.replace(end, relation.encode() + end) if name == "word/_rels/document.xml.rels" else data
    )


@pytest.mark.parametrize("kind", PaperKind)
def test_our_templates_name_fields_only(kind: PaperKind) -> None:
    assert unknown_fields(template_of(kind), kind) == []


def test_an_offices_own_template_goes_before_ours(tmp_path: Path) -> None:
    own = with_paragraphs("协议 {{ agreement_no }}", "{%p for p in parties %}", "{{ p.number }} {{ p.name }}", "{%p endfor %}")
    (tmp_path / template_file(PaperKind.AGREEMENT)).write_bytes(own)
    fields = {"agreement_no": "7", "parties": [{"name": "甲"}, {"name": "乙"}]}
    assert text_of(render(PaperKind.AGREEMENT, fields, folder=tmp_path)) == "协议 7\n1 甲\n2 乙"
    assert "人民调解申请书" in text_of(render(PaperKind.APPLICATION, fields, folder=tmp_path))


def test_an_offices_own_template_with_an_unknown_field_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / template_file(PaperKind.AGREEMENT)).write_bytes(with_paragraphs("{{ agrement_no }}"))
    with pytest.raises(UnknownPaperField):
        render(PaperKind.AGREEMENT, {}, folder=tmp_path)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        (with_paragraphs("{{ case_nr }} {{ case_no }} {{ case_nr }}"), ["case_nr"]),
        (with_paragraphs("{%p for p in parties %}", "{{ p.nmae }}", "{%p endfor %}"), ["parties.nmae"]),
        (with_paragraphs("{%p for p in partys %}", "{{ p.name }}", "{%p endfor %}"), ["partys"]),
        (with_rows("{%tr for c in clauses %}", "{{ c.waht }}{{ loop.indx }}", "{%tr endfor %}"), ["clauses.waht", "loop.indx"]),
        (with_paragraphs("{{ extension.raeson }}"), ["extension.raeson"]),
        (with_paragraphs("{{ parties.name }}"), ["parties.name"]),
        (with_paragraphs("{% if id_card %}有{% endif %}"), ["id_card"]),
        (with_paragraphs("好", footer="{{ foot }}"), ["foot"]),
        (with_paragraphs("{{ (case_no if secret else gender)|line(4) }}"), ["secret", "gender"]),
    ],
    ids=["field", "column", "list", "row", "record", "no loop", "condition", "footer", "choice"],
)
def test_an_unknown_field_is_named(template: bytes, names: list[str]) -> None:
    with pytest.raises(UnknownPaperField) as refusal:
        check_template(template, "agreement.docx")
    assert sorted(refusal.value.values["names"]) == sorted(names)
    for language in ("zh", "en"):
        said = refusal.value.say(language)
        assert "agreement.docx" in said and all(name in said for name in names)


@pytest.mark.parametrize(
    "text",
    [
        "{{ case_no.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ case_no.upper() }}",
        "{{ parties[0].name }}",
        "{{ 'x' * 999999999 }}",
        "{{ case_no|safe }}",
        "{{ case_no|replace('a', 'b') }}",
        "{% set case_no = 'x' %}",
        "{% include 'agreement.docx' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ parties }}",
        "{% for p in case_no %}{% endfor %}",
        "{% for a in parties %}{% for b in parties %}{% for c in parties %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for p in parties %}",
        "{{ case_no",
        "{% fi case_no %}",
        "{{p facts }}",
        "{{r facts }}",
    ],
)
def test_only_fields_loops_and_conditions_are_carried_out(text: str) -> None:
    with pytest.raises(PaperTemplateRefused) as refusal:
        check_template(with_paragraphs(text), "own.docx")
    assert refusal.value.say("zh") != refusal.value.say("en")


@pytest.mark.parametrize(
    "rows",
    [
        ("{%tr for p in parties %}", "{{ p.name }}", "{% endfor %}"),
        ("{% for p in parties %}", "{{ p.name }}", "{%tr endfor %}"),
        ("{%tr if case_no %}", "{{ case_no }}", "{% endif %}"),
    ],
)
def test_what_would_tear_the_document_apart_is_refused(rows: tuple[str, ...]) -> None:
    with pytest.raises(PaperTemplateUnreadable):
        check_template(with_rows(*rows), "own.docx")


def test_a_cell_keeps_a_paragraph_when_its_condition_fails() -> None:
    # A cell without one is what Word calls unreadable content.
    own = with_rows("{%p if remarks %}")
    document = Document(io.BytesIO(own))
    document.tables[0].rows[0].cells[0].add_paragraph("{%p endif %}")
    out = io.BytesIO()
    document.save(out)
    check_template(out.getvalue(), "own.docx")
    (cell,) = Document(io.BytesIO(fill(out.getvalue(), {}))).tables[0].rows[0].cells
    assert len(cell.paragraphs) == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", PaperTemplateNotWord),
        (b"PK\x03\x04 not a zip", PaperTemplateNotWord),
        (b"\xd0\xcf\x11\xe0" + bytes(600), PaperTemplateNotWord),
        (repacked(lambda name, data: b"<torn" if name == "word/document.xml" else data), PaperTemplateNotWord),
        (
            repacked(lambda name, data: data.replace(b"wordprocessingml.document.main", b"spreadsheetml.sheet.main")),
            PaperTemplateNotWord,
        ),
        (
            repacked(
                lambda name, data: (
                    data.replace(b"?>", b'?><!DOCTYPE w [<!ENTITY a "aaaa">]>', 1) if name == "word/document.xml" else data
                )
            ),
            PaperTemplateNotWord,
        ),
        (
            repacked(
                lambda name, data: data.replace(
                    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                    b"application/vnd.ms-word.document.macroEnabled.main+xml",
                )
            ),
            PaperTemplateHasMacros,
        ),
        (repacked(word__vbaProject_bin=b"x"), PaperTemplateHasMacros),
        (repacked(word__embeddings__oleObject1_bin=b"x"), PaperTemplateHasMacros),
        (_pointing_to("attachedTemplate", "http://h.example/t.dotm"), PaperTemplateCallsOut),
        (_pointing_to("image", "file:///etc/passwd"), PaperTemplateCallsOut),
        (repacked(word__media_bin=bytes(41 * 1024 * 1024)), PaperTemplateTooLarge),
        (bytes(5 * 1024 * 1024 + 1), PaperTemplateTooLarge),
    ],
    ids=[
        "empty",
        "no zip",
        "old .doc",
        "torn",
        "a sheet",
        "entities",
        "docm",
        "vba",
        "embedded",
        "template from afar",
        "picture from afar",
        "bomb",
        "large",
    ],
)
def test_what_is_no_plain_word_document_is_refused(data: bytes, problem: type[PaperTemplateRefused]) -> None:
    with pytest.raises(problem) as refusal:
        check_template(data, "own.docx")
    assert "own.docx" in refusal.value.say("zh") and "own.docx" in refusal.value.say("en")


def test_a_link_in_the_text_is_allowed() -> None:
    check_template(_pointing_to("hyperlink", "http://h.example/"), "own.docx")


@given(st.text(max_size=300))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    own = with_paragraphs("【{{ facts }}】")
    from_paper = text_of(fill(own, {"facts": text}))
    assert from_paper == f"【{clean(text)}】"


@pytest.mark.parametrize(
    "text",
    [
        "<w:p/>&amp;",
        "{{ case_no }}",
        "{% if x %}",
        "第一段\r\n第二段\n\n第四段",
        "左\t右",
        "𠮷㛃𬭎😀",
        "a\x00b\x0bc\x07d\ud800e\ufffe",
    ],
)
def test_text_that_looks_like_something_else_is_text(text: str) -> None:
    assert text_of(fill(with_paragraphs("{{ facts }}"), {"facts": text})) == clean(text)


def test_paragraphs_of_a_text_stay_paragraphs_and_keep_their_style() -> None:
    paragraphs = Document(io.BytesIO(render(PaperKind.APPLICATION, {"facts": "甲\n乙"}))).paragraphs
    assert [each.style.name for each in paragraphs if each.text in {"甲", "乙"}] == ["文书正文", "文书正文"]


def test_a_field_that_papers_do_not_know_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="secret"):
        render(PaperKind.AGREEMENT, {"secret": "x"})
    with pytest.raises(ValueError, match="id_card"):
        render(PaperKind.AGREEMENT, {"parties": [{"id_card": "x"}]})


def test_a_list_without_rows_leaves_one_line_to_fill_in() -> None:
    blank = complete({}, FIELDS)
    for field in FIELDS.values():
        if field.kind is FieldKind.ROWS:
            assert blank[field.name] == [
                {column.name: False if column.kind is FieldKind.FLAG else "" for column in field.columns}
            ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 1, 9), "2026年1月9日"),
        (datetime(2026, 11, 23, 16, 5, tzinfo=UTC), "2026年11月24日0时05分"),
        (None, ""),
        (0, "0"),
    ],
)
def test_values_are_printed_in_the_words_of_papers(value: object, said: str) -> None:
    assert say_on_paper(value) == said


def test_a_sign_that_turns_the_reading_direction_is_left_out() -> None:
    assert clean("张\u202e三\u2066") == "张三"
