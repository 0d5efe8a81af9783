"""The template files: what the script makes, in the order of parts that Word insists on, with the fonts of offices."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gridmediate.documents.package_check import check_package
from gridmediate.documents.papers import PaperKind, template_file
from gridmediate.documents.rendering import template_of
from gridmediate.resources import templates_folder
from tools.paper_templates.__main__ import write_templates
from tools.paper_templates.sheet import STANDS_IN, STYLES

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
#: Children in the order of the standard (ECMA-376, part 1, 17.3 and 17.4), as far as ours are used. Word refuses another.
_ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs spacing ind jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps strike color spacing w kern position sz szCs highlight u effect bdr shd "
    "vertAlign lang",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd "
    "tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "sectPr": "headerReference footerReference footnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols vAlign "
    "noEndnote titlePg textDirection bidi rtlGutter docGrid",
}


def _parts(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_committed_templates_are_what_the_script_makes(tmp_path: Path) -> None:
    write_templates(tmp_path)
    for kind in PaperKind:
        made, kept = _parts((tmp_path / template_file(kind)).read_bytes()), _parts(template_of(kind))
        assert made == kept, f"{kind}: run python -m tools.paper_templates"


def test_there_is_no_template_without_a_paper() -> None:
    assert {path.name for path in (templates_folder() / "papers").glob("*.docx")} == {template_file(kind) for kind in PaperKind}


@pytest.mark.parametrize("kind", PaperKind)
def test_a_filled_paper_is_a_sound_document(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    check_package(filled[kind], kind)
    parts = _parts(filled[kind])
    for name in ("word/document.xml", "word/styles.xml"):
        root = ElementTree.fromstring(parts[name])
        for element in root.iter():
            order = _ORDER.get(element.tag.removeprefix(_W), "").split()
            children = [child.tag.removeprefix(_W) for child in element]
            if order:
                assert children == sorted(children, key=order.index), f"{name}: {element.tag} {children}"
                assert len(children) == len(set(children)), children
    document = ElementTree.fromstring(parts["word/document.xml"])
    assert all(cell[-1].tag == f"{_W}p" for cell in document.iter(f"{_W}tc"))
    body = document.find(f"{_W}body")
    assert body is not None and body[-1].tag == f"{_W}sectPr"


@pytest.mark.parametrize("kind", PaperKind)
def test_the_columns_of_every_row_add_up(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    document = ElementTree.fromstring(_parts(filled[kind])["word/document.xml"])
    for table in document.iter(f"{_W}tbl"):
        grid = len(list(table.iter(f"{_W}gridCol")))
        for row in table.iter(f"{_W}tr"):
            spans = [cell.find(f"{_W}tcPr/{_W}gridSpan") for cell in row.iter(f"{_W}tc")]
            assert sum(1 if span is None else int(span.get(f"{_W}val", "1")) for span in spans) == grid


@pytest.mark.parametrize("kind", PaperKind)
def test_every_relation_of_a_paper_leads_to_a_part(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    parts = _parts(filled[kind])
    relations = ElementTree.fromstring(parts["word/_rels/document.xml.rels"])
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    assert all(f"word/{target}" in parts or target.lstrip("/") in parts for target in targets.values())
    used = re.findall(rb'r:id="([^"]+)"', parts["word/document.xml"])
    assert used and all(each.decode() in targets for each in used)


@pytest.mark.parametrize("kind", PaperKind)
def test_every_style_in_use_exists_and_names_a_chinese_font(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    parts = _parts(filled[kind])
    styles = ElementTree.fromstring(parts["word/styles.xml"])
    fonts = {
        style.get(f"{_W}styleId"): faces.get(f"{_W}eastAsia")
        for style in styles.iter(f"{_W}style")
        for faces in [style.find(f"{_W}rPr/{_W}rFonts")]
        if faces is not None
    }
    known = {style.get(f"{_W}styleId") for style in styles.iter(f"{_W}style")}
    leading = {each.decode() for each in re.findall(rb'<w:(?:basedOn|next|link) w:val="([^"]+)"', parts["word/styles.xml"])}
    assert leading <= known
    used = {each.decode() for each in re.findall(rb'<w:pStyle w:val="([^"]+)"', parts["word/document.xml"])}
    assert used <= set(fonts) and used <= set(STYLES)
    assert {fonts[each] for each in used} <= set(STANDS_IN)
    named = ElementTree.fromstring(parts["word/fontTable.xml"])
    stand_ins = {font.get(f"{_W}name"): font.find(f"{_W}altName") for font in named}
    assert all(stand_ins[font] is not None for font in STANDS_IN)


@pytest.mark.parametrize("kind", PaperKind)
def test_a_paper_says_nothing_of_the_tool_that_made_it(filled: dict[PaperKind, bytes], kind: PaperKind) -> None:
    core = _parts(filled[kind])["docProps/core.xml"].decode()
    assert "python" not in core.lower()
