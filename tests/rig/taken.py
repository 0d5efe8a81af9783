"""Downloaded files read back into rows, so that tests compare what they say and not how they are packed."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from gridmediate.services.safe_openpyxl import load_workbook


def csv_rows(body: bytes) -> list[list[str]]:
    """Return all rows of a CSV file, notes and mark among them."""
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def xlsx_rows(body: bytes, sheet: int = 0) -> list[list[Any]]:
    """Return the values of one sheet of a workbook; none of them may be a formula."""
    page = load_workbook(io.BytesIO(body)).worksheets[sheet]
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    return [list(row) for row in page.iter_rows(values_only=True)]


def gpkg_rows(body: bytes, table: str) -> list[dict[str, Any]]:
    """Return the rows of one table of a GeoPackage, outlines among them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.gpkg")
        path.write_bytes(body)
        records = sqlite3.connect(path)
        records.row_factory = sqlite3.Row
        rows = [dict(row) for row in records.execute(f'SELECT * FROM "{table}"')]
        records.close()
    return rows


def html_rows(body: bytes) -> list[list[str]]:
    """Return the rows of the table in a page, as they stand in its source."""
    inside = body.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in inside.split("</tr>") if "<th" in row]
