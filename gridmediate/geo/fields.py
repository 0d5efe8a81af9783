"""Which field of a file is the cell's code, its name, its households: by the names that offices give them."""

from __future__ import annotations

from typing import Any

CODE_NAMES = (
    "cell_code", "code", "grid_code", "gridcode", "cellcode", "网格编码", "网格代码", "网格编号", "编码", "代码",
    "wgbm", "wgdm", "wgbh", "bm", "nc_id", "cell_id", "grid_id", "cellid", "gridid", "id",
)
NAME_NAMES = ("name", "cell_name", "grid_name", "网格名称", "名称", "wgmc", "mc", "nc_name", "title")
HOUSEHOLD_NAMES = ("households", "household", "户数", "总户数", "hs", "zhs")
KIND_NAMES = ("kind", "cell_kind", "网格类型", "类型", "wglx", "lx")
COMMUNITY_NAMES = ("community", "community_code", "社区编码", "社区代码", "村居编码", "sqbm", "sqdm")


def guess(columns: dict[str, list[Any]], names: tuple[str, ...]) -> str | None:
    """Return the first field of *columns* that bears one of *names*, in their order, in any case of letters."""
    by_lower = {field.strip().lower(): field for field in reversed(columns)}
    exact = next((by_lower[name] for name in names if name in by_lower), None)
    return exact or next((by_lower[each] for name in names for each in by_lower if _is_cut_short(each, name)), None)


def _is_cut_short(field: str, name: str) -> bool:
    """Whether *field* is what a Shapefile left of a Chinese *name*: its fields have ten bytes, three characters and a third."""
    kept = field.rstrip("\ufffd")
    return len(kept) == 3 and not kept.isascii() and name.startswith(kept)


def guess_code(columns: dict[str, list[Any]]) -> str | None:
    """Return the field that holds the cell codes: by name, else the one whose values are all 15 digits and each its own."""
    named = guess(columns, CODE_NAMES)
    if named is not None:
        return named
    fits = [field for field, values in columns.items() if _are_cell_codes([text_of(each) for each in values])]
    return fits[0] if len(fits) == 1 else None


def _are_cell_codes(texts: list[str]) -> bool:
    return bool(texts) and len(set(texts)) == len(texts) and all(len(each) == 15 and each.isdecimal() for each in texts)


def text_of(value: Any) -> str:
    """Return a field's value as trimmed text; a code that a table turned into a number (``3.7e14``) gets its digits back."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def count_of(value: Any) -> int | None:
    """Return a field's value as a count, None when it is none."""
    try:
        count = int(float(text_of(value)))
    except (ValueError, OverflowError):
        return None
    return count if count >= 0 else None
