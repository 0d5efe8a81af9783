"""Texts that go into a table which a spreadsheet will open."""

from __future__ import annotations

_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def unlike_formula(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula when it opens a CSV (OWASP, CSV injection)."""
    return f"'{value}" if value.startswith(_BEGINS_A_FORMULA) or value.lstrip().startswith(_BEGINS_A_FORMULA) else value
