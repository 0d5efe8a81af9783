"""The dossier of a case as one archive: its papers in order, the index as a paper, and the index as a plain table."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.spreadsheets import unlike_formula
from gridmediate.domain.vocabulary import LOCAL_ZONE, label

#: What file systems of any kind refuse in a name, or read as a path.
_REFUSED = frozenset('/\\:*?"<>|')
_LONGEST_NAME = 60
_INDEX_NAME = "00_卷宗目录.docx"
_TABLE_NAME = "00_卷宗目录.csv"
_HEAD = ("序号", "材料名称", "文书种类", "文件名", "备注")


@dataclass(frozen=True, slots=True)
class DossierPaper:
    """One file of the dossier.

    Parameters
    ----------
    number : int
        Its place.
    title : str
        As the index names it.
    kind : PaperKind or None
        None for what is no paper of ours: a proof, a picture of a signed page.
    data : bytes
        The file.
    ending : str
        Of its name, with the dot.
    note : str
        For the index.
    """

    number: int
    title: str
    kind: PaperKind | None
    data: bytes
    ending: str = ".docx"
    note: str = ""


def dossier_zip(papers: Sequence[DossierPaper], index: bytes, made_at: datetime) -> bytes:
    """Return the dossier as a zip with names in UTF-8.

    Parameters
    ----------
    papers : sequence of DossierPaper
        In any order; they lie in the archive by number.
    index : bytes
        The paper ``DOSSIER_INDEX`` of the same papers.
    made_at : datetime
        Aware; the files carry it in local time.

    Notes
    -----
    The table is UTF-8 with a mark at its beginning, without which Excel reads Chinese wrong.
    """
    ordered = sorted(papers, key=lambda paper: paper.number)
    names = _file_names(ordered)
    stamp = made_at.astimezone(LOCAL_ZONE).timetuple()[:6]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        files = [(_INDEX_NAME, index), (_TABLE_NAME, _table(ordered, names))]
        files += [(name, paper.data) for name, paper in zip(names, ordered, strict=True)]
        for name, data in files:
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            opened.writestr(entry, data)
    return archive.getvalue()


def safe_file_name(text: str) -> str:
    """Return *text* as part of a file's name on any system: no path, no control signs, not longer than 60 signs."""
    kept = "".join("＿" if sign in _REFUSED else sign for sign in text if unicodedata.category(sign)[0] != "C")
    return " ".join(kept.split())[:_LONGEST_NAME].strip(". ") or "未命名"


def _file_names(papers: Sequence[DossierPaper]) -> list[str]:
    names: list[str] = []
    for paper in papers:
        # A number first keeps the order in every file list, and no name is one that a system reserves.
        name = f"{paper.number:02}_{safe_file_name(paper.title)}"
        double = 1
        while f"{name}{paper.ending}" in names:
            double += 1
            name = f"{paper.number:02}_{safe_file_name(paper.title)}（{double}）"
        names.append(f"{name}{paper.ending}")
    return names


def _table(papers: Sequence[DossierPaper], names: Sequence[str]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_HEAD)
    for paper, name in zip(papers, names, strict=True):
        kind = label(paper.kind).zh if paper.kind else ""
        table.writerow([paper.number, *map(unlike_formula, (paper.title, kind, name, paper.note))])
    return written.getvalue().encode("utf-8-sig")
