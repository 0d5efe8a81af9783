"""A filled paper in, the HTML of its print page out: its text and tables, nothing that runs, loads or styles itself."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from importlib import import_module

from markupsafe import Markup, escape

#: Elements that a paper's text may have, and the attributes they may keep.
_KEPT: dict[str, frozenset[str]] = {
    "p": frozenset({"class"}), "table": frozenset(), "thead": frozenset(), "tbody": frozenset(), "tr": frozenset(),
    "td": frozenset({"colspan", "rowspan"}), "th": frozenset({"colspan", "rowspan"}), "strong": frozenset(), "em": frozenset(),
    "u": frozenset(), "s": frozenset(), "sup": frozenset(), "sub": frozenset(), "ol": frozenset(), "ul": frozenset(),
    "li": frozenset(), "br": frozenset(), "hr": frozenset({"class"}),
}  # fmt: skip
_WITHOUT_END = frozenset({"br", "hr"})
#: Headings of an office's own template; the page has its one heading already.
_AS_PARAGRAPH = {f"h{level}": "doc-heading" for level in range(1, 7)}
#: Elements whose text is no text of the paper.
_DROPPED_WHOLE = frozenset({"script", "style", "title", "template", "svg", "math", "iframe", "object"})
_CLASS_BEGINS = "doc-"


def print_html(document: bytes) -> Markup:
    """Return the body of a print page.

    Parameters
    ----------
    document : bytes
        A paper as :func:`~gridmediate.documents.rendering.render` returns it.

    Returns
    -------
    Markup
        Paragraphs with classes that begin with ``doc-`` (``static/css/paper_forms.css``) and tables. Pictures, links and
        whatever else a template holds are left out.
    """
    return sanitise(import_module("gridmediate.documents.word").as_html(document))


def sanitise(html: str) -> Markup:
    """Return *html* rebuilt from the elements a paper may have; all text is escaped again."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.markup()


class _Builder(HTMLParser):
    """Writes down only what is in the tables above, each element closed in its order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._dropping.append(tag)
        if self._dropping:
            return
        if tag in _AS_PARAGRAPH:
            tag, attrs = "p", [("class", _AS_PARAGRAPH[tag])]
        if tag in _KEPT:
            self._parts.append(f"<{tag}{_attributes(tag, attrs)}>")
            if tag not in _WITHOUT_END:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
            return
        tag = "p" if tag in _AS_PARAGRAPH else tag
        if tag in self._open:
            while self._close_last() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._parts.append(str(escape(data)))

    def markup(self) -> Markup:
        """Return what was written, everything closed."""
        while self._open:
            self._close_last()
        return Markup("".join(self._parts))  # noqa: S704 - every piece was escaped or stands in the tables above

    def _close_last(self) -> str:
        tag = self._open.pop()
        self._parts.append(f"</{tag}>")
        return tag


def _attributes(tag: str, attrs: Sequence[tuple[str, str | None]]) -> str:
    kept = []
    for name, value in attrs:
        if name not in _KEPT[tag] or not value:
            continue
        if name == "class":
            value = " ".join(word for word in value.split() if word.startswith(_CLASS_BEGINS))
        elif not (value.isascii() and value.isdecimal() and len(value) <= 3):
            continue
        if value:
            kept.append(f' {name}="{escape(value)}"')
    return "".join(kept)
