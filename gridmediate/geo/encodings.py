"""Tell in which encoding Chinese text was written: the two that offices use are UTF-8 and GBK (read as its superset GB 18030)."""

from __future__ import annotations

import codecs
from pathlib import Path

_CPG = {
    "utf-8": "UTF-8", "utf8": "UTF-8", "65001": "UTF-8", "gbk": "GBK", "gb2312": "GBK", "gb18030": "GB18030", "936": "GBK",
    "cp936": "GBK", "ansi 936": "GBK", "oem 936": "GBK", "big5": "BIG5", "950": "BIG5", "iso-8859-1": "ISO-8859-1",
    "iso 88591": "ISO-8859-1", "88591": "ISO-8859-1", "1252": "CP1252", "ansi 1252": "CP1252", "cp1252": "CP1252",
}
_BLOCK = 1 << 20


def dbf_encoding(shapefile: Path) -> str:
    """Return the encoding of a Shapefile's table.

    Parameters
    ----------
    shapefile : Path
        The ``.shp``; its ``.cpg`` and ``.dbf`` lie beside it.

    Returns
    -------
    str
        What the ``.cpg`` says, if it says one we know; else whichever of UTF-8 and GBK breaks in fewer of the texts.

    Notes
    -----
    Office software in China writes GBK without a ``.cpg``; a reader's usual default, Latin-1, turns every name to rubbish without
    a word. Single texts are counted, not the file, because a field too short cuts its last character in two.
    """
    note = shapefile.with_suffix(".cpg")
    if note.is_file():
        said = note.read_bytes()[:40].decode("ascii", "ignore").strip().lower()
        if said in _CPG:
            return _CPG[said]
    table = shapefile.with_suffix(".dbf")
    if not table.is_file():
        return "UTF-8"
    texts = [text for text in _dbf_texts(table.read_bytes()) if not text.isascii()]
    return "UTF-8" if _broken(texts, "utf-8") <= _broken(texts, "gbk") else "GBK"


def mend_cut_texts(shapefile: Path, encoding: str) -> None:
    """Take away the broken bytes of field names and texts that were cut in the middle of a character.

    The table is rewritten in place, so it must be a copy of ours. Field names have ten bytes, in UTF-8 three Chinese characters
    and a third; readers refuse the whole file for that third.
    """
    table = shapefile.with_suffix(".dbf")
    if not table.is_file():
        return
    content = bytearray(table.read_bytes())
    for begin, end, filler in _dbf_spans(bytes(content)):
        text = bytes(content[begin:end])
        if not text.isascii() and not _reads(text, encoding):
            kept = text.split(b"\0")[0].decode(encoding, "ignore").encode(encoding)[: end - begin]
            content[begin:end] = kept.ljust(end - begin, filler)
    table.write_bytes(content)


def _dbf_texts(content: bytes) -> list[bytes]:
    return [content[begin:end].split(b"\0")[0].strip() for begin, end, _ in _dbf_spans(content)]


def _dbf_spans(content: bytes) -> list[tuple[int, int, bytes]]:
    """Return begin, end and filling byte of every field name and every text of a table."""
    header, record = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    fields, spans, at = [], [], 1
    for start in range(32, max(32, min(header, len(content)) - 31), 32):
        if content[start] == 0x0D:
            break
        if content[start + 11 : start + 12] == b"C":
            fields.append((at, at + content[start + 16]))
        spans.append((start, start + 11, b"\0"))
        at += content[start + 16]
    for row in range(header, len(content) - record + 1, record) if record else ():
        spans += [(row + begin, row + end, b" ") for begin, end in fields]
    return spans


def _broken(texts: list[bytes], encoding: str) -> int:
    return sum(1 for text in texts if not _reads(text, encoding))


def _reads(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def text_encoding(path: Path) -> str | None:
    """Return the encoding of a whole text file, read once through, or None when it is neither.

    Returns
    -------
    str or None
        ``"utf-8-sig"`` or ``"utf-16"`` by their marks, else ``"utf-8"`` or ``"gb18030"`` if every byte of the file reads as such.
    """
    with path.open("rb") as opened:
        head = opened.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig" if _reads_through(path, "utf-8-sig") else None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if _reads_through(path, "utf-16") else None
    return next((each for each in ("utf-8", "gb18030") if _reads_through(path, each)), None)


def _reads_through(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as opened:
        try:
            while block := opened.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
