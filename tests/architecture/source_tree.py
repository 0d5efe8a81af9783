"""Reads the source as text and as syntax; nothing here imports the program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gridmediate"
VERSIONS = PACKAGE / "store" / "migrations"


@dataclass(frozen=True)
class Import:
    """One imported name.

    Parameters
    ----------
    target : str
        The module as written, ``gridmediate.domain.workflow``; for ``from package import name`` the package and the name.
    line : int
        Where.
    inside_function : bool
        Whether it is fetched when a function runs.
    """

    target: str
    line: int
    inside_function: bool


@dataclass(frozen=True)
class Module:
    """One file of the package.

    Parameters
    ----------
    path : Path
        The file.
    """

    path: Path

    @cached_property
    def name(self) -> str:
        """The dotted name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def room(self) -> str:
        """The folder below ``gridmediate`` that the file lies in, or the file's own name at the top."""
        return [*self.name.split("."), "gridmediate"][1]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.path.read_text(encoding="utf-8").splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax."""
        return ast.parse("\n".join(self.lines), str(self.path))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, wherever it stands."""
        return tuple(self._imports_of(self.tree, False))

    def _imports_of(self, node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = self._resolve(child)
                yield from (Import(f"{base}.{alias.name}", child.lineno, inside) for alias in child.names)
            else:
                function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from self._imports_of(child, inside or function)

    def _resolve(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        package = self.name.split(".") if self.path.stem == "__init__" else self.name.split(".")[:-1]
        above = package[: len(package) - statement.level + 1]
        return ".".join([*above, *([statement.module] if statement.module else [])])

    def definitions(self) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
        """Yield every function, class and method that is not inside a function, with its dotted name."""
        yield from _definitions_of(self.tree, "")

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def _definitions_of(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from _definitions_of(child, f"{prefix}{child.name}.")
        elif isinstance(child, (ast.If, ast.Try, ast.With)):
            yield from _definitions_of(child, prefix)


@cache
def modules() -> tuple[Module, ...]:
    """Return every file of the package, migrations included."""
    return tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def module_names() -> frozenset[str]:
    """Return the dotted names of all files of the package."""
    return frozenset(module.name for module in modules())


def modules_imported_by(module: Module) -> Iterator[tuple[str, Import]]:
    """Yield the modules of the package that *module* imports; a name taken from a module counts as the module."""
    for each in module.imports:
        if each.target in module_names():
            yield each.target, each
        elif (owner := each.target.rpartition(".")[0]) in module_names():
            yield owner, each


def is_migration(module: Module) -> bool:
    """Return whether the file is run by Alembic and read by nobody else."""
    return VERSIONS in module.path.parents
