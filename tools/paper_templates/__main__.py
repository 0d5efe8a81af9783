"""Write every template into a folder: ``templates/papers``, or the one that is named."""

from __future__ import annotations

import sys
from pathlib import Path

from gridmediate.documents.papers import template_file
from tools.paper_templates.forms import FORMS
from tools.paper_templates.sheet import Sheet


def write_templates(folder: Path) -> None:
    """Write the templates of all papers into *folder*."""
    for kind, draw in FORMS.items():
        sheet = Sheet(kind)
        draw(sheet)
        sheet.save(folder / template_file(kind))


if __name__ == "__main__":
    write_templates(Path(sys.argv[1] if len(sys.argv) > 1 else "templates/papers"))
