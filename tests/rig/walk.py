"""A table walked whole in one test: every row is tried, and all that fail are named together.

Thousands of rows as tests of their own cost more in counting than in trying; stopping at the first would hide the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import product
from typing import Any

import pytest

#: So many failing rows are printed in full.
_SHOWN = 20

Claim = Callable[..., None]


def walked(names: str | Sequence[str], values: Iterable[Any], ids: Any = None) -> Callable[[Claim], Claim]:
    """Hand every row of a table to one test. Takes what ``pytest.mark.parametrize`` takes, and stacks likewise.

    Parameters
    ----------
    names : str or sequence of str
        Arguments of the test.
    values : iterable
        A value for each row, or a tuple of values where there are several names.
    ids : callable or list of str, optional
        What a failing row is called; its values otherwise.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [(_name(ids, number, row), dict(zip(columns, row if len(columns) > 1 else (row,), strict=True)))
            for number, row in enumerate(values)]
    assert rows, "an empty table proves nothing"

    def decorate(claim: Claim) -> Claim:
        inner: Claim = getattr(claim, "claim", claim)
        tables = [*getattr(claim, "tables", []), rows]

        @wraps(inner)
        def walk(**fixtures: Any) -> None:
            _walk(inner, tables, fixtures)

        taken = {name for table in tables for name in table[0][1]}
        left = [each for name, each in inspect.signature(inner).parameters.items() if name not in taken]
        walk.claim, walk.tables = inner, tables  # type: ignore[attr-defined]
        walk.__signature__ = inspect.Signature(left)  # type: ignore[attr-defined]
        del walk.__wrapped__
        return walk

    return decorate


def _walk(claim: Claim, tables: list[list[tuple[str, dict[str, Any]]]], fixtures: dict[str, Any]) -> None:
    failed = []
    for combination in product(*tables):
        arguments = {name: value for _, row in combination for name, value in row.items()}
        try:
            claim(**arguments, **fixtures)
        except (Exception, pytest.fail.Exception) as fault:
            failed.append((", ".join(name for name, _ in combination), fault))
    if failed:
        shown = "\n".join(f"{name}: {type(fault).__name__}: {fault}" for name, fault in failed[:_SHOWN])
        raise AssertionError(f"{len(failed)} rows fail\n{shown}") from failed[0][1]


def _name(ids: Any, number: int, row: Any) -> str:
    if callable(ids):
        return str(ids(row))
    return str(ids[number]) if ids is not None else str(row)
