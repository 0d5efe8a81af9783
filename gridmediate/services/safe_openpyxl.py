"""openpyxl without lxml.

Where lxml is installed (papers need it) openpyxl takes it, and no longer reads the whole of a stranger's workbook through
defusedxml. It is told not to before it is loaded, which happens with the first workbook: few workers of the web see one.
"""

from __future__ import annotations

import os

os.environ["OPENPYXL_LXML"] = "False"

from openpyxl import DEFUSEDXML, LXML, Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

__all__ = [
    "DEFUSEDXML",
    "LXML",
    "Alignment",
    "Comment",
    "DataValidation",
    "Font",
    "PatternFill",
    "Workbook",
    "get_column_letter",
    "load_workbook",
]
