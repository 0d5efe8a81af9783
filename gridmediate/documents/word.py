"""The one module that opens Word documents. It is heavy, so it is loaded late: ``rendering`` and ``printing`` are its doors."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import mammoth
from defusedxml.ElementTree import fromstring
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gridmediate.documents.fields import FIELDS
from gridmediate.documents.papers import FieldKind, PaperField, complete
from gridmediate.documents.template_check import CannotBeCarriedOut, unknown_names
from gridmediate.domain.paper_problems import PaperTemplateUnreadable

_LONGEST_LINE, _MOST_LINES = 60, 20
#: What the library makes a paragraph of; of \n it makes a line break, which stretches the line before it in justified text.
_PARAGRAPH = "\a"
#: Tags that put a value beside the text of a paragraph, where no reader of documents looks for it.
_BESIDE_THE_TEXT = re.compile(r"\{\{(?:p|r|tr|tc)\s")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")

#: How paragraphs of our templates become parts of the print page; a template of another making prints as plain paragraphs.
_STYLES = """
p[style-name='文书标题'] => p.doc-title:fresh
p[style-name='文书标题另页'] => p.doc-title.doc-new-page:fresh
p[style-name='文书编号'] => p.doc-number:fresh
p[style-name='文书抬头'] => p.doc-addressee:fresh
p[style-name='文书小标题'] => p.doc-heading:fresh
p[style-name='文书正文'] => p.doc-text:fresh
p[style-name='文书署名'] => p.doc-sign:fresh
p[style-name='文书落款'] => p.doc-date:fresh
p[style-name='表格项目'] => p.doc-label:fresh
p[style-name='表格内容'] => p.doc-value:fresh
p[style-name='Title'] => p.doc-title:fresh
u => u
br[type='page'] => hr.doc-break
"""


class _Form(DocxTemplate):
    """A template whose filled text must still be a document."""

    def fix_tables(self, xml: str) -> Any:
        fromstring(xml.encode())  # the library repairs what is no XML, and loses part of it
        tree = super().fix_tables(xml)
        for cell in tree.iter(f"{_WORD}tc"):
            # A cell whose condition failed is left without a paragraph, which Word calls unreadable content.
            if not len(cell) or cell[-1].tag != f"{_WORD}p":
                cell.append(cell.makeelement(f"{_WORD}p"))
        return tree


def fill(template: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return *template* filled.

    Parameters
    ----------
    template : bytes
        A .docx that :func:`unknown_fields` found nothing in.
    fields : mapping
        As :func:`~gridmediate.documents.papers.complete` takes it.
    """
    form = _Form(io.BytesIO(template))
    form.render(_paragraphs(complete(fields, FIELDS)), _environment(), autoescape=True)
    filled = io.BytesIO()
    form.save(filled)
    return filled.getvalue()


def fill_briefing(template: bytes, fields: Mapping[str, Any], picture: bytes | None, width_emu: int) -> bytes:
    """Return a briefing's template filled.

    Parameters
    ----------
    template : bytes
        Ours.
    fields : mapping
        As :func:`~gridmediate.documents.briefings.render_briefing` makes it.
    picture : bytes or None
        PNG.
    width_emu : int
        English metric units, of which an inch has 914,400.
    """
    form = _Form(io.BytesIO(template))
    image = InlineImage(form, io.BytesIO(picture), width=width_emu) if picture else ""
    form.render(_paragraphs(dict(fields)) | {"picture": image}, _environment(), autoescape=True)
    filled = io.BytesIO()
    form.save(filled)
    return filled.getvalue()


def unknown_fields(template: bytes, file: str) -> list[str]:
    """Return the names in a .docx that are no field; if there are none, it is filled with nothing and with everything first.

    Raises
    ------
    PaperTemplateUnreadable
        If what stands between braces cannot be carried out, or takes the document apart.
    """
    environment = _environment()
    try:
        form = _Form(io.BytesIO(template))
        unknown = [name for source in _sources(form) for name in unknown_names(environment.parse(source), FIELDS)]
        for trial in () if unknown else ({}, _everything()):
            fill(template, trial)
    except TemplateError as error:
        raise PaperTemplateUnreadable(file=file, what=str(error.message)[:80]) from error
    except CannotBeCarriedOut as error:
        raise PaperTemplateUnreadable(file=file, what=str(error)) from error
    except (ValueError, KeyError, SyntaxError, AttributeError) as error:  # what parsers and the library say of a torn document
        raise PaperTemplateUnreadable(file=file, what="for … endfor, if … endif") from error
    return list(dict.fromkeys(unknown))


def _everything() -> dict[str, Any]:
    """Return fields of which every condition holds and every list has two rows: what is torn then no longer closes."""
    return {
        name: [_filled(field.columns)] * 2 if field.kind is FieldKind.ROWS
        else _filled(field.columns) if field.columns
        else "1"
        for name, field in FIELDS.items()
    }  # fmt: skip


def _filled(columns: tuple[PaperField, ...]) -> dict[str, Any]:
    return {column.name: "1" for column in columns}


def as_html(document: bytes) -> str:
    """Return the text of a filled paper as HTML that is still to be sanitised: paragraphs, tables, no pictures."""
    drop_pictures = mammoth.images.img_element(lambda picture: {"src": ""})
    read = mammoth.convert_to_html(
        io.BytesIO(document),
        style_map=_STYLES,
        include_embedded_style_map=False,
        ignore_empty_paragraphs=False,
        convert_image=drop_pictures,
    )
    return str(read.value)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    environment.filters = {"line": _line}
    return environment


def _line(value: object, length: int = 8, count: int = 1) -> str:
    """Return the value, or *count* lines of *length* signs to fill in by hand."""
    line = "_" * max(1, min(int(length), _LONGEST_LINE))
    return str(value) or _PARAGRAPH.join([line] * max(1, min(int(count), _MOST_LINES)))


def _paragraphs(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\n", _PARAGRAPH)
        case dict():
            return {name: _paragraphs(each) for name, each in value.items()}
        case list():
            return [_paragraphs(each) for each in value]
        case _:
            return value


def _sources(form: _Form) -> Iterator[str]:
    """Yield every part of the document in which the library looks for braces, as the template language reads it."""
    form.init_docx()
    parts = [form.get_xml()]
    parts += [form.get_part_xml(part) for uri in (form.HEADER_URI, form.FOOTER_URI) for _, part in form.get_headers_footers(uri)]
    parts += [part.blob.decode() for part in form.docx.part.package.parts if part.content_type == _FOOTNOTES]
    for xml in parts:
        if found := _BESIDE_THE_TEXT.search(re.sub(r"<[^>]*>", "", xml)):
            raise CannotBeCarriedOut(found.group())
        yield form.patch_xml(xml)
    for name in _PROPERTIES:
        yield getattr(form.docx.core_properties, name)
