"""A worker carries no library of Word, Excel, photos or calendars before somebody asks for one, and none of statistics ever."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = {"PIL", "docx", "docxtpl", "icalendar", "lxml", "mammoth", "openpyxl", "esda", "libpysal", "pandas", "scipy"}


def test_the_application_and_the_doors_to_papers_load_nothing_heavy() -> None:
    asked = (
        "import sys, gridmediate.web.app, gridmediate.documents.dossier, gridmediate.documents.fields, "
        "gridmediate.documents.printing, gridmediate.documents.rendering; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not _HEAVY & set(done.stdout.split())


def test_strangers_workbooks_are_still_read_by_the_safe_reader() -> None:
    asked = "import lxml.etree; from gridmediate.services.safe_openpyxl import DEFUSEDXML, LXML; print(DEFUSEDXML, LXML)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
