"""Every paper, filled from the straining case and from nothing, laid out by LibreOffice in one go."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from gridmediate.documents.papers import PaperKind
from gridmediate.documents.rendering import render
from tests.documents.long_case import long_case_fields

_LAYING_OUT_SECONDS = 240


@dataclass(frozen=True)
class LaidOut:
    """A paper as its pages.

    Parameters
    ----------
    pages : tuple of str
        The text of each.
    """

    pages: tuple[str, ...]

    @property
    def text(self) -> str:
        """All that stands on the pages, without blanks and line ends: where a line breaks is the layout's business."""
        return joined("".join(self.pages))


def joined(text: str) -> str:
    """Return *text* without blanks of any kind."""
    return "".join(text.split())


@pytest.fixture(scope="session")
def filled() -> dict[PaperKind, bytes]:
    """Every paper of the straining case, as Word files."""
    return {kind: render(kind, long_case_fields()) for kind in PaperKind}


@pytest.fixture(scope="session")
def laid_out(filled: dict[PaperKind, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[PaperKind, bool], LaidOut]:
    """Every paper by kind, filled (True) and as an empty form (False)."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice: none is installed (apt-get install libreoffice-writer-nogui)")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext: not installed (apt-get install poppler-utils)")
    folder = tmp_path_factory.mktemp("papers")
    files = {(kind, True): folder / f"{kind}.docx" for kind in PaperKind}
    files |= {(kind, False): folder / f"empty_{kind}.docx" for kind in PaperKind}
    for (kind, is_filled), file in files.items():
        file.write_bytes(filled[kind] if is_filled else render(kind, {}))
    # A profile of its own: a second LibreOffice on the same one hands its files to the first and leaves.
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *files.values()],
        check=True,
        capture_output=True,
        timeout=_LAYING_OUT_SECONDS,
    )
    return {key: _pages(file.with_suffix(".pdf")) for key, file in files.items()}


def _pages(file: Path) -> LaidOut:
    text = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", file, "-"], check=True, capture_output=True, text=True).stdout
    return LaidOut(tuple(text.removesuffix("\f").split("\f")))
