"""Where the files that are not Python live: inside the installed wheel, or at the root of the source tree.

The source tree keeps ``static/``, ``templates/`` and ``data/grids/`` at its root, where people look for them; the wheel carries
them inside the package (``setup.cfg``, *package_dir*). Nothing else in the program may know that there are two places.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def static_folder() -> Path:
    """Return the folder of style sheets, scripts and pictures."""
    return _find("static", "static")


def templates_folder() -> Path:
    """Return the folder of page templates."""
    return _find("templates", "templates")


def grids_folder() -> Path:
    """Return the folder of the demonstration street's cells and staff."""
    return _find("grids", "data/grids")


def migrations_folder() -> Path:
    """Return the folder of the database's migrations; it lies in the package in both cases."""
    return _PACKAGE / "store" / "migrations"


def translations_folder() -> Path:
    """Return the folder of the message catalogues; it lies in the package in both cases."""
    return _PACKAGE / "translations"


def _find(in_wheel: str, in_tree: str) -> Path:
    inside, beside = _PACKAGE / in_wheel, _PACKAGE.parent / in_tree
    if inside.is_dir():
        return inside
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"gridmediate is not installed whole: neither {inside} nor {beside} exists; install it again")
