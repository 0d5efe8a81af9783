"""``gridmediate paper``: what an office needs to make templates of its own: the fields, ours to begin with, and a check."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from gridmediate.cli.command import DONE, MISUSED, Command, language_in_use, settings_in_use
from gridmediate.documents.fields import FIELDS
from gridmediate.documents.papers import PaperKind, template_file
from gridmediate.documents.rendering import check_template, template_of
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import Label, label

_FINE = Label("{file}：可以用。", "{file}: can be used.")
_NONE = Label(
    "没有要检查的模板。请写明文件，或用 GRIDMEDIATE_PAPERS_FOLDER 指明文件夹。",
    "There is no template to check. Name files, or the folder in GRIDMEDIATE_PAPERS_FOLDER.",
)


def _arguments(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("fields", help="list every field a template may use")
    acts.add_parser("copy", help="write our templates into a folder, to begin with").add_argument("folder", type=Path)
    check = acts.add_parser("check", help="check templates; without FILE, those of GRIDMEDIATE_PAPERS_FOLDER")
    check.add_argument("files", nargs="*", type=Path, metavar="FILE")


def _paper(options: Namespace) -> int:
    if options.act == "fields":
        _list_fields()
        return DONE
    if options.act == "copy":
        options.folder.mkdir(parents=True, exist_ok=True)
        for kind in PaperKind:
            (options.folder / template_file(kind)).write_bytes(template_of(kind))
            print(f"{template_file(kind)}\t{label(kind).say(language_in_use())}")
        return DONE
    return _check(options.files)


def _list_fields() -> None:
    language = language_in_use()
    for field in FIELDS.values():
        print(f"{field.name}\t{field.kind.value}\t{field.what.say(language)}")
        for column in field.columns:
            print(f"{field.name}.{column.name}\t{column.kind.value}\t{column.what.say(language)}")


def _check(files: list[Path]) -> int:
    folder = settings_in_use().papers_folder
    if not files and folder is not None:
        files = [own for kind in PaperKind if (own := folder / template_file(kind)).is_file()]
    if not files:
        print(_NONE.say(language_in_use()))
        return MISUSED
    problems: list[Problem] = []
    for file in files:
        try:
            check_template(file.read_bytes(), file.name)
            print(_FINE.say(language_in_use()).format(file=file.name))
        except Problem as problem:
            problems.append(problem)
    if problems:
        raise Faults(problems)
    return DONE


COMMANDS = {"paper": Command(_paper, _arguments)}
