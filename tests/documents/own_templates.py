"""Word files that an office might put in, made in the test: good ones, misspelt ones, harmful ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from docx import Document

from gridmediate.documents.papers import PaperKind
from gridmediate.documents.rendering import template_of


def with_paragraphs(*paragraphs: str, footer: str = "") -> bytes:
    """A plain document with these paragraphs."""
    document = _empty()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    return _saved(document)


def with_rows(*rows: str) -> bytes:
    """A document with a table of one column."""
    document = _empty()
    table = document.add_table(rows=len(rows), cols=1)
    for row, text in zip(table.rows, rows, strict=True):
        row.cells[0].text = text
    return _saved(document)


def repacked(change: Callable[[str, bytes], bytes] = lambda name, data: data, **added: bytes) -> bytes:
    """Our agreement with its parts changed, or with parts added (``word__x.bin`` for ``word/x.bin``)."""
    ours, out = io.BytesIO(template_of(PaperKind.AGREEMENT)), io.BytesIO()
    with zipfile.ZipFile(ours) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in added.items():
            new.writestr(name.replace("__", "/").replace("_bin", ".bin"), data)
    return out.getvalue()


def text_of(document: bytes) -> str:
    """All text of a document's paragraphs and tables, a line each."""
    read = Document(io.BytesIO(document))
    lines = [paragraph.text for paragraph in read.paragraphs]
    lines += [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def _empty() -> Any:
    # The library's own empty document carries hundreds of styles, which take longer to read than a paper to fill.
    document = Document(io.BytesIO(template_of(PaperKind.DOSSIER_INDEX)))
    document.element.body.clear_content()
    return document


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
