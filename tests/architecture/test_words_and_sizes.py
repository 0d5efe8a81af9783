"""Files a person can hold in the head, names from the field, a docstring on everything others may use."""

from __future__ import annotations

import ast
import re

from tests.architecture.source_tree import Module, is_migration, modules
from tests.rig.walk import walked

MOST_LINES_OF_A_FILE = 450
MOST_LINES_OF_A_FUNCTION = 50

#: Words that say nothing about what a thing is.
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "misc"}
#: Names that say nothing when they stand alone.
EMPTY_ALONE = {"common", "data", "info", "process", "handle"}


def test_the_package_has_source_to_read() -> None:
    assert len(modules()) > 5


def test_a_file_stays_short() -> None:
    # A file of rows and no function is read like a table, not like a program.
    long = [
        f"{module}: {len(module.lines)}"
        for module in modules()
        if len(module.lines) > MOST_LINES_OF_A_FILE and not _is_table(module)
    ]
    assert not long, "\n".join(long)


def test_a_function_stays_short() -> None:
    long = [
        f"{module}:{node.lineno} {name}: {length}"
        for module in modules()
        if not is_migration(module)
        for name, node in module.definitions()
        if not isinstance(node, ast.ClassDef) and (length := _lines_of_code(node)) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_every_file_says_what_it_is_for() -> None:
    silent = [str(module) for module in modules() if not ast.get_docstring(module.tree)]
    assert not silent, "\n".join(silent)


def test_every_room_says_what_it_is_for() -> None:
    without = [
        str(folder)
        for folder in {module.path.parent for module in modules() if not is_migration(module)}
        if not (folder / "__init__.py").is_file()
    ]
    assert not without, "\n".join(without)


def test_every_public_name_is_documented() -> None:
    silent = [
        f"{module}:{node.lineno} {name}"
        for module in modules()
        if not is_migration(module)
        for name, node in module.definitions()
        if not any(part.startswith("_") for part in name.split("."))
        if not ast.get_docstring(node) and not _is_overload(node)
    ]
    assert not silent, "\n".join(silent)


def test_no_name_is_empty_of_meaning() -> None:
    names = [(str(module), module.path.stem) for module in modules()]
    names += [(f"{module}:{node.lineno}", node.name) for module in modules() for _, node in module.definitions()]
    empty = [f"{place} {name}" for place, name in names if _words(name) & EMPTY_WORDS or name in EMPTY_ALONE]
    assert not empty, "\n".join(empty)


@walked(
    ("name", "words"), [("CellManager", {"cell", "manager"}), ("file_case", {"file", "case"}), ("URLPart", {"url", "part"})]
)
def test_names_fall_into_their_words(name: str, words: set[str]) -> None:
    assert _words(name) == words


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def _is_table(module: Module) -> bool:
    return (
        not any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in ast.walk(module.tree))
        and module.room != "store"
    )


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = node.body[0] if ast.get_docstring(node) else None
    documented = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - documented


def _is_overload(node: ast.AST) -> bool:
    # A property's setter is documented where the property is read.
    marks = {ast.unparse(mark) for mark in getattr(node, "decorator_list", [])}
    return any(mark.endswith((".setter", "overload")) for mark in marks)
