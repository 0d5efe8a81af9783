"""A case's fields in, a filled Word file out; an office's own template goes before ours."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from gridmediate.documents.package_check import MOST_BYTES, check_package
from gridmediate.documents.papers import PaperKind, template_file
from gridmediate.domain.paper_problems import UnknownPaperField
from gridmediate.resources import templates_folder


def render(kind: PaperKind, fields: Mapping[str, Any], *, folder: Path | None = None) -> bytes:
    """Return one paper of a case as a .docx.

    Parameters
    ----------
    kind : PaperKind
    fields : mapping
        As :func:`~gridmediate.documents.papers.complete` takes it; what is absent is left blank, to fill in by hand.
    folder : Path, optional
        Where an office keeps its own templates, named as ours (``agreement.docx``). None, or no such file: ours.

    Raises
    ------
    UnknownPaperField, PaperTemplateRefused
        If the office's own template cannot be used. Ours is not taken instead: the office would not see that its own fails.
    ValueError
        If *fields* has a name that papers do not know.
    """
    return _word().fill(template_of(kind, folder), fields)


def template_of(kind: PaperKind, folder: Path | None = None) -> bytes:
    """Return the template in force for a paper, checked if it is an office's own.

    Raises
    ------
    UnknownPaperField, PaperTemplateRefused
    """
    name = template_file(kind)
    if folder is not None and (own := folder / name).is_file():
        with own.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
        check_template(data, name)
        return data
    return (templates_folder() / "papers" / name).read_bytes()


def check_template(data: bytes, file: str) -> None:
    """Refuse a template that cannot be used.

    Parameters
    ----------
    data : bytes
        What an office puts in.
    file : str
        The name under which people know it.

    Raises
    ------
    UnknownPaperField
        With every name that is no field, columns as ``parties.name``.
    PaperTemplateRefused
        No Word document, with macros, too large, calling out, or with what cannot be carried out between its braces.
    """
    if unknown := unknown_fields(data, file):
        raise UnknownPaperField(file=file, names=unknown)


def unknown_fields(data: bytes, file: str) -> list[str]:
    """Return the names between a template's braces that are no field, in order and once.

    Raises
    ------
    PaperTemplateRefused
        If it is not a Word document that may be opened and carried out.
    """
    check_package(data, file)
    return list(_word().unknown_fields(data, file))


def _word() -> Any:
    return import_module("gridmediate.documents.word")
