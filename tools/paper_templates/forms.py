"""Which function draws which paper."""

from __future__ import annotations

from collections.abc import Callable

from gridmediate.documents.papers import PaperKind
from tools.paper_templates import forms_ending, forms_mediation, forms_opening
from tools.paper_templates.sheet import Sheet

_ROOMS = (forms_opening, forms_mediation, forms_ending)

FORMS: dict[PaperKind, Callable[[Sheet], None]] = {
    kind: next(getattr(room, kind.value) for room in _ROOMS if hasattr(room, kind.value)) for kind in PaperKind
}
