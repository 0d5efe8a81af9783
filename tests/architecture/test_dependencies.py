"""What is imported is declared, what is declared is used, and the locks pin all of it with hashes."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.source_tree import ROOT, modules
from tests.rig.walk import walked

#: Declared but never named in an import, and why.
USED_WITHOUT_IMPORT = {
    "psycopg": "the driver that a postgresql+psycopg address names",
    "defusedxml": "openpyxl reads workbooks through it when it is installed",
    "gunicorn": "started as a program",
    "pyogrio": "what geopandas reads files with",
    "pypinyin": "loaded by name, and only while a book of places is imported: its tables are heavy",
}


def _declared(lock_or_list: str) -> set[str]:
    lines = (ROOT / lock_or_list).read_text(encoding="utf-8").splitlines()
    return {_normal(found.group()) for line in lines if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line))}


def _exists(room: str) -> bool:
    return any(module.room == room for module in modules())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported() -> set[str]:
    distributions = packages_distributions()
    libraries = {found.target.split(".")[0] for module in modules() for found in module.imports} - {"gridmediate"}
    return {_normal(distributions[library][0]) for library in libraries if library in distributions}


def test_every_library_in_use_is_declared() -> None:
    assert _imported() - _declared("requirements.in") == set()


def test_every_declared_library_is_in_use() -> None:
    if missing := [room for room in ("web", "cli") if not _exists(room)]:
        pytest.skip(f"rooms still to be built: {', '.join(missing)}")
    assert _declared("requirements.in") - _imported() - set(USED_WITHOUT_IMPORT) == set()


@walked("name", ["requirements", "requirements-build", "requirements-dev"])
def test_locks_pin_everything_and_name_no_host(name: str) -> None:
    lock = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    assert _declared(f"{name}.in") <= _declared(f"{name}.lock")
    assert not re.search(r"://|--index|--find-links|--trusted|\bfile:/|(?<![\w.])/", lock)
    for block in re.split(r"\n(?=[a-z])", lock)[1:]:
        assert re.match(r"[a-z0-9._-]+==[^ ]+ .*\\\n", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


def test_tests_run_on_the_versions_that_are_served() -> None:
    def pins(name: str) -> set[tuple[str, str]]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", text, flags=re.M))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
