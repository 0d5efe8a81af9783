"""A sheet of Chinese official typography: A4, named styles, ruled tables, a footer with the page number.

The fonts are those that offices have (方正小标宋, 仿宋, 黑体); each carries the name of another that stands in for it, because a
machine without the first would otherwise print boxes or a face of its own choice.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.vocabulary import label

TITLE_FONT, TEXT_FONT, HEADING_FONT, WESTERN_FONT = "方正小标宋简体", "仿宋", "黑体", "Times New Roman"
#: What stands in for a font that a machine does not have.
STANDS_IN = {TITLE_FONT: "宋体", TEXT_FONT: "仿宋_GB2312", HEADING_FONT: "SimHei"}
_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
#: Words beside a place to sign, and the place.
_SIGN_MM = (94, 62)
#: Space at both sides of a cell, in twentieths of a point.
_INSET = 70
_STYLES_KEPT = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "TableGrid"}
_PARTS_DROPPED = ("/stylesWithEffects", "/thumbnail", "/customXml", "/numbering", "/webSettings", "/extended-properties")
_MARGINS_MM = {"top": 28, "bottom": 24, "left": 28, "right": 26, "header": 15, "footer": 14}

#: Name: font, size in pt, alignment, height of a line, space before and after in pt, first line indented by how many signs.
#: Lines have a fixed height, as official papers do: a stand-in for a font is often taller and would push the date off the sheet.
STYLES: dict[str, tuple[str, float, ALIGN, float, float, float, int]] = {
    "文书标题": (TITLE_FONT, 22, ALIGN.CENTER, 34, 0, 8, 0),
    "文书标题另页": (TITLE_FONT, 22, ALIGN.CENTER, 34, 0, 8, 0),
    "文书编号": (TEXT_FONT, 14, ALIGN.RIGHT, 24, 0, 6, 0),
    "文书抬头": (TEXT_FONT, 14, ALIGN.LEFT, 25, 4, 0, 0),
    "文书小标题": (HEADING_FONT, 14, ALIGN.LEFT, 25, 5, 0, 0),
    "文书正文": (TEXT_FONT, 14, ALIGN.JUSTIFY, 25, 0, 0, 2),
    "文书署名": (TEXT_FONT, 14, ALIGN.LEFT, 22, 3, 2, 0),
    "文书落款": (TEXT_FONT, 14, ALIGN.RIGHT, 25, 0, 0, 0),
    "表格项目": (HEADING_FONT, 12, ALIGN.CENTER, 18, 2, 2, 0),
    "表格内容": (TEXT_FONT, 12, ALIGN.LEFT, 18, 2, 2, 0),
    "页脚文字": (TEXT_FONT, 9, ALIGN.CENTER, 12, 0, 0, 0),
}


@dataclass(frozen=True)
class Cell:
    """A cell of a ruled table.

    Parameters
    ----------
    text : str
        With braces where the record goes.
    span : int
        How many columns wide.
    is_label : bool
        A printed name and not a place for a value.
    down : str or None
        "restart" begins a cell that reaches down, "continue" carries it on.
    """

    text: str = ""
    span: int = 1
    is_label: bool = False
    down: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of a ruled table.

    Parameters
    ----------
    cells : tuple of Cell
    height_mm : float
        The least height.
    may_break : bool
        Whether it may run over the end of a page; long stories must, or their end is lost.
    with_next : bool
        Stays on one page with the row below.
    is_head : bool
        Repeated on every page.
    """

    cells: tuple[Cell, ...]
    height_mm: float = 9
    may_break: bool = False
    with_next: bool = False
    is_head: bool = False


def name(text: str, span: int = 1, down: str | None = None) -> Cell:
    """Return a cell with a printed name."""
    return Cell(text, span, True, down)


def value(text: str = "", span: int = 1) -> Cell:
    """Return a cell for a value, or for a hand."""
    return Cell(text, span)


def row(*cells: Cell, **layout: Any) -> Row:
    """Return a row of *cells*; the rest as :class:`Row`."""
    return Row(cells, **layout)


def head(*names: str) -> Row:
    """Return the head of a register, repeated on every page."""
    return Row(tuple(name(each) for each in names), is_head=True, with_next=True)


class Sheet:
    """One template in the making."""

    #: What its paragraphs look like, by name.
    styles = STYLES

    def __init__(self, kind: PaperKind) -> None:
        self.document = Document()
        self.words = label(kind).zh
        self._slim()
        self._lay_out()
        for style in STYLES:
            self._add_style(style)
        self._name_fonts()
        self._name_the_file()
        self._foot()

    def text(self, style: str, text: str) -> None:
        """Add a paragraph."""
        self.document.add_paragraph(text, style=style)

    def signatures(self, *rows: str) -> None:
        """Add places to sign, words to the left and a line to the right; a row with ``{%tr`` carries a loop or a condition."""
        plain = [each if "{%tr" in each else Row((Cell(f"{each}："), Cell()), height_mm=10.5) for each in rows]
        table = self.table(_SIGN_MM, *plain, style="Normal Table")
        for made in table.rows:
            for paragraph in made.cells[0].paragraphs:
                paragraph.style = "文书署名"
            for cell in made.cells:
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
            if len(made._tr.tc_lst) == len(_SIGN_MM):
                properties = made._tr.tc_lst[1].get_or_add_tcPr()
                properties.insert_element_before(
                    parse_xml(f'<w:tcBorders {nsdecls("w")}><w:bottom w:val="single" w:sz="4" w:space="0" w:color="000000"/></w:tcBorders>'),
                    "w:shd", "w:noWrap", "w:tcMar", "w:vAlign",
                )

    def title(self, text: str = "") -> None:
        """Add the title."""
        self.text("文书标题", text or self.words)

    def each(self, rows: str, one: str) -> None:
        """Begin one record of a list, each with its title on a page of its own; end with :meth:`end_each`."""
        self.text("文书正文", f"{{%p for {one} in {rows} %}}")
        self.text("文书正文", "{%p if loop.first %}")
        self.title()
        self.text("文书正文", "{%p else %}")
        self.text("文书标题另页", self.words)
        self.text("文书正文", "{%p endif %}")

    def end_each(self) -> None:
        """End what :meth:`each` began."""
        self.text("文书正文", "{%p endfor %}")

    def table(self, widths_mm: Sequence[float], *rows: Row | str, style: str = "Table Grid") -> Any:
        """Add a table; a row that is a text carries a loop or a condition over the rows below it."""
        table = self.document.add_table(rows=0, cols=len(widths_mm), style=style)
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        table._tblPr.insert_element_before(
            parse_xml(f'<w:tblCellMar {nsdecls("w")}><w:left w:w="{_INSET}" w:type="dxa"/><w:right w:w="{_INSET}" w:type="dxa"/>'
                      "</w:tblCellMar>"),
            "w:tblLook", "w:tblCaption", "w:tblDescription",
        )
        for each in rows:
            made = table.add_row()
            self._fill(made, Row((Cell(each, len(widths_mm)),)) if isinstance(each, str) else each)
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)
        for made in table.rows:
            for cell in made._tr.tc_lst:
                at = cell.grid_offset
                cell.width = Mm(sum(widths_mm[at : at + cell.grid_span]))
        # Two tables that touch would become one.
        self.document.add_paragraph(style="页脚文字")
        return table

    def save(self, path: Path) -> None:
        """Write the template, with the same bytes on every run: the files are committed."""
        made = io.BytesIO()
        self.document.save(made)
        with zipfile.ZipFile(made) as package, zipfile.ZipFile(path, "w") as written:
            for name_of_part in package.namelist():
                entry = zipfile.ZipInfo(name_of_part, _WRITTEN_AT.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                written.writestr(entry, package.read(name_of_part))

    def _fill(self, made: Any, wanted: Row) -> None:
        # The row's own cells: asked for "cells", the library answers with the one above where a cell is carried on.
        for cell, place in zip(wanted.cells, self._merged(made, wanted), strict=True):
            paragraph = place.paragraphs[0]
            paragraph.style = "表格项目" if cell.is_label else "表格内容"
            if cell.text:
                paragraph.add_run(cell.text)
            paragraph.paragraph_format.keep_with_next = wanted.with_next or None
            properties = place._tc.get_or_add_tcPr()
            if cell.down:
                properties.append(parse_xml(f'<w:vMerge {nsdecls("w")} w:val="{cell.down}"/>'))
            properties.append(parse_xml(f'<w:vAlign {nsdecls("w")} w:val="{"top" if wanted.may_break else "center"}"/>'))
        properties = made._tr.get_or_add_trPr()
        if not wanted.may_break:
            properties.append(OxmlElement("w:cantSplit"))
        made.height, made.height_rule = Mm(wanted.height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
        if wanted.is_head:
            properties.append(OxmlElement("w:tblHeader"))

    def _merged(self, made: Any, wanted: Row) -> list[Any]:
        places, at = [], 0
        plain = made.cells
        for cell in wanted.cells:
            places.append(plain[at].merge(plain[at + cell.span - 1]) if cell.span > 1 else plain[at])
            at += cell.span
        return places

    def _slim(self) -> None:
        """Drop what the library's empty document brings along: hundreds of styles, a picture of a page, a mark of its maker."""
        styles = self.document.styles.element
        for style in styles.findall(qn("w:style")):
            if style.get(qn("w:styleId")) not in _STYLES_KEPT:
                styles.remove(style)
        for owner in (self.document.part, self.document.part.package):
            for key in [key for key, each in owner.rels.items() if each.reltype.endswith(_PARTS_DROPPED)]:
                del owner.rels[key]

    def _lay_out(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        for side, width in _MARGINS_MM.items():
            setattr(section, f"{side}_distance" if side in {"header", "footer"} else f"{side}_margin", Mm(width))

    def _add_style(self, style: str) -> None:
        font, size, align, line, before, after, indent = self.styles[style]
        made = self.document.styles.add_style(style, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = self.document.styles["Normal"]
        made.quick_style = True
        made.font.size, made.font.name = Pt(size), WESTERN_FONT
        made.element.rPr.rFonts.set(qn("w:eastAsia"), font)
        shape = made.paragraph_format
        shape.alignment, shape.line_spacing = align, Pt(line)
        shape.space_before, shape.space_after = Pt(before), Pt(after)
        shape.keep_with_next = style in {"文书标题", "文书标题另页", "文书小标题"} or None
        shape.page_break_before = style == "文书标题另页" or None
        if indent:
            shape.first_line_indent = Pt(size * indent)
            # In signs, so that it stays two signs wide when an office changes the size.
            made.element.pPr.ind.set(qn("w:firstLineChars"), str(indent * 100))

    def _name_fonts(self) -> None:
        defaults = self.document.styles.element.find(qn("w:docDefaults"))
        faces = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
        for child in list(faces):
            faces.remove(child)
        faces.append(parse_xml(
            f'<w:rFonts {nsdecls("w")} w:ascii="{WESTERN_FONT}" w:hAnsi="{WESTERN_FONT}" w:eastAsia="{TEXT_FONT}" '
            f'w:cs="{WESTERN_FONT}"/>'
        ))
        faces.append(parse_xml(f'<w:sz {nsdecls("w")} w:val="28"/>'))
        faces.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))
        for kept in ("Normal", "Table Grid"):
            style = self.document.styles[kept].element
            for own in (*style.findall(qn("w:rPr")), *style.findall(qn("w:pPr"))):
                style.remove(own)
        shape = defaults.find(f"{qn('w:pPrDefault')}/{qn('w:pPr')}")
        for child in list(shape):
            shape.remove(child)
        self._part_of_fonts()._blob = _font_table().encode()
        settings = self.document.settings.element
        settings.find(qn("w:zoom")).set(qn("w:percent"), "100")
        # Which shapes a sign has that Chinese and Japanese write differently.
        settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
        compatible = settings.find(qn("w:compat"))
        for old in compatible.findall(qn("w:compatSetting")):
            compatible.remove(old)
        # Without it Word opens the paper in a mode for old files and says so in the title bar.
        compatible.append(parse_xml(
            f'<w:compatSetting {nsdecls("w")} w:name="compatibilityMode" '
            'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        ))

    def _part_of_fonts(self) -> Part:
        for relation in self.document.part.rels.values():
            if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
                return relation.target_part
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"
        part = Part(PackURI("/word/fontTable.xml"), kind, b"", self.document.part.package)
        self.document.part.relate_to(part, RELATIONSHIP_TYPE.FONT_TABLE)
        return part

    def _name_the_file(self) -> None:
        properties = self.document.core_properties
        properties.title, properties.language = self.words, "zh-CN"
        properties.author = properties.comments = properties.last_modified_by = ""
        properties.created = properties.modified = _WRITTEN_AT

    def _foot(self) -> None:
        paragraph = self.document.sections[0].footer.paragraphs[0]
        paragraph.style = "页脚文字"
        paragraph.add_run("{{ case_no }}{% if case_no %}　{% endif %}第 ")
        _page_field(paragraph, "PAGE")
        paragraph.add_run(" 页　共 ")
        _page_field(paragraph, "NUMPAGES")
        paragraph.add_run(" 页")


def _page_field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")._r
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run.append(mark)
        elif not kind:
            order = OxmlElement("w:instrText")
            order.set(qn("xml:space"), "preserve")
            order.text = f" {text} "
            run.append(order)


def _font_table() -> str:
    fonts = "".join(
        f'<w:font w:name="{font}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
        '<w:pitch w:val="default"/></w:font>'
        for font, other in STANDS_IN.items()
    )
    western = f'<w:font w:name="{WESTERN_FONT}"><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts {nsdecls("w")}>{fonts}{western}</w:fonts>'
