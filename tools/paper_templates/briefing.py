"""The template of a briefing (简报), in the type and margins of GB/T 9704-2012 with a red masthead.

Run ``python -m tools.paper_templates.briefing`` to write ``templates/briefings/briefing.docx``.

Notes
-----
A briefing is none of the 15 kinds of official document, so that it bears no document number; units set a red masthead, the issue,
who issues it and the day, a red line, and then the body as GB/T 9704 has it: text block 156 × 225 mm, 22 lines of 28 characters,
仿宋 of size 3 (16 pt), page number of size 4 between dashes, odd to the right and even to the left.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt, RGBColor

from tools.paper_templates import sheet
from tools.paper_templates.sheet import HEADING_FONT, TEXT_FONT, TITLE_FONT, Sheet

_RED = "D0021B"
_TEXT_MM = 156
#: The body stands 37 mm below the edge and 35 mm above it; the footer 7 mm below the body.
_MARGINS_MM = {"top": 37, "bottom": 35, "left": 28, "right": 26, "header": 15, "footer": 26}
_STYLES: dict[str, tuple[str, float, ALIGN, float, float, float, int]] = {
    "简报报头": (TITLE_FONT, 34, ALIGN.CENTER, 52, 0, 4, 0),
    "简报期号": (TEXT_FONT, 16, ALIGN.CENTER, 28, 0, 6, 0),
    "简报编发": (TEXT_FONT, 16, ALIGN.LEFT, 28, 0, 0, 0),
    "简报更正": (HEADING_FONT, 14, ALIGN.CENTER, 24, 6, 0, 0),
    "简报标题": (TITLE_FONT, 22, ALIGN.CENTER, 34, 18, 14, 0),
    "简报小标题": (HEADING_FONT, 16, ALIGN.LEFT, 28, 0, 0, 2),
    "简报正文": (TEXT_FONT, 16, ALIGN.JUSTIFY, 28, 0, 0, 2),
    "简报图": (TEXT_FONT, 12, ALIGN.CENTER, 20, 0, 0, 0),
    "简报图题": (TEXT_FONT, 12, ALIGN.CENTER, 20, 2, 4, 0),
    "简报表题": (HEADING_FONT, 14, ALIGN.CENTER, 24, 10, 2, 0),
    "表格项目": (HEADING_FONT, 12, ALIGN.CENTER, 18, 2, 2, 0),
    "表格内容": (TEXT_FONT, 12, ALIGN.CENTER, 18, 2, 2, 0),
    "简报说明": (TEXT_FONT, 10.5, ALIGN.LEFT, 18, 2, 0, 0),
    "简报发送": (TEXT_FONT, 14, ALIGN.LEFT, 26, 0, 0, 0),
    "页脚单页": (TEXT_FONT, 14, ALIGN.RIGHT, 18, 0, 0, 0),
    "页脚双页": (TEXT_FONT, 14, ALIGN.LEFT, 18, 0, 0, 0),
}
#: Widths of the two tables' columns in mm.
_HEADS_MM, _AREAS_MM = (56, 28, 28, 22, 22), (76, 40, 40)


class BriefingSheet(Sheet):
    """The template in the making."""

    styles = _STYLES

    def __init__(self) -> None:
        self.document = Document()
        self.words = "简报"
        self._slim()
        self._lay_out()
        for style in _STYLES:
            self._add_style(style)
        self.document.styles["简报报头"].font.color.rgb = RGBColor.from_string(_RED)
        for style in ("简报小标题", "简报表题"):
            self.document.styles[style].paragraph_format.keep_with_next = True
        # A picture in a line of fixed height would be cut to that height.
        self.document.styles["简报图"].paragraph_format.line_spacing = 1.0
        self._name_fonts()
        self._name_the_file()
        self._number_pages()

    def _lay_out(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        for side, width in _MARGINS_MM.items():
            setattr(section, f"{side}_distance" if side in {"header", "footer"} else f"{side}_margin", Mm(width))

    def _number_pages(self) -> None:
        section = self.document.sections[0]
        self.document.settings.odd_and_even_pages_header_footer = True
        for footer, style in ((section.footer, "页脚单页"), (section.even_page_footer, "页脚双页")):
            paragraph = footer.paragraphs[0]
            paragraph.style = style
            # One character in from the edge.
            side = "right" if style == "页脚单页" else "left"
            setattr(paragraph.paragraph_format, f"{side}_indent", Pt(14))
            paragraph.add_run("— ")
            sheet._page_field(paragraph, "PAGE")
            paragraph.add_run(" —")

    def line(self, style: str, text: str, *, border: str = "", color: str = "000000", size: int = 4) -> Any:
        """Add a paragraph with a line on one side: "bottom" or "top"."""
        paragraph = self.document.add_paragraph(text, style=style)
        if border:
            paragraph._p.get_or_add_pPr().insert_element_before(
                parse_xml(f'<w:pBdr {nsdecls("w")}><w:{border} w:val="single" w:sz="{size}" w:space="2" w:color="{color}"/></w:pBdr>'),
                "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr")
        return paragraph

    def loop(self, style: str, opens: str, text: str) -> None:
        """Add one paragraph for each of a list, or if something holds."""
        close = "endfor" if opens.startswith("for") else "endif"
        for each in (f"{{%p {opens} %}}", text, f"{{%p {close} %}}"):
            self.text(style, each)

    def grid(self, widths_mm: tuple[int, ...], which: str) -> None:
        """Add a table whose title, names and rows come with the briefing."""
        self.text("简报表题", f"附表　{{{{ {which}.title }}}}")
        table = self.document.add_table(rows=0, cols=len(widths_mm), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        names = [f"{{{{ {which}.columns[{at}] }}}}" for at in range(len(widths_mm))]
        cells = [f"{{{{ row[{at}] }}}}" for at in range(len(widths_mm))]
        for texts, style in ((names, "表格项目"), ([f"{{%tr for row in {which}.rows %}}"], ""), (cells, "表格内容"),
                             (["{%tr endfor %}"], "")):
            made = table.add_row()
            for place, text, width in zip(made.cells, [*texts, *[""] * (len(widths_mm) - len(texts))], widths_mm, strict=True):
                place.width = Mm(width)
                place.paragraphs[0].add_run(text)
                place.paragraphs[0].style = style or "表格内容"
            made._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            if style == "表格项目":
                made._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)
        self.loop("简报说明", f"if {which}.note", f"{{{{ {which}.note }}}}")


def write_template(path: Path) -> None:
    """Write the template."""
    form = BriefingSheet()
    form.text("简报报头", "{{ masthead }}")
    form.text("简报期号", "{{ issue }}")
    issuer = form.line("简报编发", "{{ editor }}\t{{ day }}", border="bottom", color=_RED, size=18)
    issuer.paragraph_format.tab_stops.add_tab_stop(Mm(_TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)
    form.loop("简报更正", "if corrects", "{{ corrects }}")
    form.text("简报标题", "{{ title }}")
    form.text("简报正文", "{%p for part in parts %}")
    form.text("简报小标题", "{{ part.head }}")
    form.loop("简报正文", "for line in part.lines", "{{ line }}")
    form.text("简报正文", "{%p endfor %}")
    form.text("简报图", "{%p if picture %}")
    form.text("简报图", "{{ picture }}")
    form.text("简报图题", "{{ legend }}")
    form.text("简报图", "{%p endif %}")
    form.grid(_HEADS_MM, "heads")
    form.grid(_AREAS_MM, "areas")
    form.text("简报说明", "{{ as_of }}")
    first = form.line("简报发送", "报：{{ report_to }}", border="top", size=8).paragraph_format
    first.space_before, first.keep_with_next = Pt(18), True
    form.line("简报发送", "送：{{ send_to }}", border="bottom", size=8)
    form.text("简报说明", "{{ seal }}")
    form.save(path)


if __name__ == "__main__":
    write_template(Path(sys.argv[1] if len(sys.argv) > 1 else "templates/briefings/briefing.docx"))
