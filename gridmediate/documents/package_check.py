"""Whether a file is a Word document that may be opened at all: no program, no bomb, nothing fetched from elsewhere.

An office puts its own templates in; whoever made them is not known. Every part is looked at before a library of Word sees it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from gridmediate.domain.paper_problems import (
    PaperTemplateCallsOut,
    PaperTemplateHasMacros,
    PaperTemplateNotWord,
    PaperTemplateTooLarge,
)

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED_BYTES = 40 * 1024 * 1024
MOST_PARTS = 500

_TYPES = "[Content_Types].xml"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
#: Parts that carry programs, by the words in their names or types.
_PROGRAMS = ("vbaproject", "vbadata", "macroenabled", "activex", "oleobject", "/embeddings/")


def check_package(data: bytes, file: str) -> None:
    """Refuse what is no plain Word document.

    Parameters
    ----------
    data : bytes
        The file.
    file : str
        The name under which people know it.

    Raises
    ------
    PaperTemplateTooLarge, PaperTemplateNotWord, PaperTemplateHasMacros, PaperTemplateCallsOut
    """
    if len(data) > MOST_BYTES:
        raise _too_large(file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_sizes(package, file)
            names = package.namelist()
            types = _types_of(package, file)
            if _carries_programs([*names, *types]):
                raise PaperTemplateHasMacros(file=file)
            if _DOCUMENT not in types:
                raise PaperTemplateNotWord(file=file)
            for name in names:
                if name.endswith((".xml", ".rels")):
                    _check_part(name, fromstring(package.read(name), forbid_dtd=True), file)
    # A word processor never writes a document type, so an entity is a bomb or an outside file.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ParseError,
            DefusedXmlException) as error:  # fmt: skip
        raise PaperTemplateNotWord(file=file) from error


def _check_sizes(package: zipfile.ZipFile, file: str) -> None:
    # The stated size is also the most that zipfile unpacks, so a header that lies gives a broken file and no bomb.
    parts = package.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise _too_large(file)


def _too_large(file: str) -> PaperTemplateTooLarge:
    megabyte = 1024 * 1024
    return PaperTemplateTooLarge(file=file, most_mb=MOST_BYTES // megabyte, most_unpacked_mb=MOST_UNPACKED_BYTES // megabyte)


def _types_of(package: zipfile.ZipFile, file: str) -> set[str]:
    if _TYPES not in package.namelist():
        raise PaperTemplateNotWord(file=file)
    return {each.get("ContentType", "") for each in fromstring(package.read(_TYPES), forbid_dtd=True)}


def _carries_programs(words: list[str]) -> bool:
    return any(program in f"/{word}".lower() for word in words for program in _PROGRAMS)


def _check_part(name: str, root: Element, file: str) -> None:
    if not name.endswith(".rels"):
        return
    for relation in root:
        kind = relation.get("Type", "").rpartition("/")[2]
        if relation.get("TargetMode") == "External" and kind != "hyperlink":
            raise PaperTemplateCallsOut(file=file, target=relation.get("Target", "")[:80])
