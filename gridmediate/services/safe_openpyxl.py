"""openpyxl without lxml.

Where lxml is installed (papers need it) openpyxl takes it, and no longer reads the whole of a stranger's workbook through
defusedxml; every worker would also carry 5 MB more. So openpyxl does not find it while it loads; whoever imports lxml afterwards
gets it as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without(*names: str) -> Iterator[None]:
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


with _without("lxml", "lxml.etree"):
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
