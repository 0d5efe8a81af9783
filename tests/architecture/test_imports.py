"""Who may import whom: five floors, every arrow pointing down, no circle."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter

from tests.architecture.source_tree import Module, is_migration, modules, modules_imported_by

#: The rooms that each room may use besides itself. A name with a dot opens that one module only.
MAY_USE: dict[str, set[str]] = {
    "gridmediate": set(),
    "resources": set(),
    "settings": {"domain.vocabulary", "domain.problems", "domain.tile_addresses"},
    "domain": set(),
    "geo": {"domain.vocabulary", "domain.problems", "domain.geo_problems", "domain.placing"},
    "store": {"domain", "resources"},
    "statistics": {"geo.crs", "domain.comparing"},
    "services": {"store", "geo", "domain", "documents.papers", "statistics.guarded"},
    "maps": {"geo", "domain"},
    "charts": set(),
    "documents": {"geo", "domain", "resources"},
    "notifications": {"store", "domain", "settings"},
    "demo": {"services", "store", "geo", "domain", "resources"},
}
MAY_USE["home"] = {"services", "store", "domain", "settings", "resources"}
MAY_USE["web"] = {*MAY_USE["demo"], "maps", "charts", "documents", "notifications", "settings", "home"}
MAY_USE["cli"] = {*MAY_USE["web"], "web", "demo", "gridmediate"}

#: What from outside each floor may use besides the standard library.
GEOMETRY = {"shapely", "geopandas", "pandas", "numpy", "pyproj", "pyogrio"}
RECORDS = {"sqlalchemy", "alembic", "psycopg", "cryptography", "argon2", "chinese_calendar"}
SHEETS = {"openpyxl", "defusedxml", "numpy"}
PAGES = {"flask", "flask_wtf", "flask_babel", "wtforms", "werkzeug", "babel", "jinja2", "markupsafe"}
MAY_USE_FROM_OUTSIDE: dict[str, set[str]] = {
    "gridmediate": set(),
    "resources": set(),
    "settings": set(),
    "home": set(),
    "domain": set(),
    "geo": GEOMETRY,
    "statistics": GEOMETRY | {"scipy", "esda", "libpysal"},
    "store": RECORDS,
    "services": {"sqlalchemy", "argon2", "chinese_calendar", "itsdangerous", "PIL", "cryptography"} | SHEETS | GEOMETRY,
    "maps": {"folium", "branca", "jinja2", "markupsafe", "pmtiles"} | GEOMETRY,
    "charts": {"markupsafe"},
    "documents": {"jinja2", "markupsafe", "segno", "babel", "docxtpl", "mammoth", "defusedxml"},
    "notifications": {"sqlalchemy"},
    "demo": {"sqlalchemy"} | GEOMETRY | SHEETS,
    "web": {"sqlalchemy", "segno", "icalendar"} | PAGES | SHEETS,
    "cli": {"sqlalchemy", "rich", "gunicorn", "flask", "werkzeug"} | GEOMETRY | SHEETS,
}


def test_every_room_has_its_line_in_the_map() -> None:
    rooms = {module.room for module in modules()}
    assert rooms <= set(MAY_USE), f"a new room needs its line in MAY_USE: {sorted(rooms - set(MAY_USE))}"
    assert set(MAY_USE) == set(MAY_USE_FROM_OUTSIDE)


def test_rooms_import_only_the_floors_below() -> None:
    wrong = [
        f"{module}:{found.line} uses {target}"
        for module in modules()
        for target, found in modules_imported_by(module)
        if not _is_open(module.room, target)
    ]
    assert not wrong, "\n".join(wrong)


def test_rooms_use_only_their_own_libraries() -> None:
    wrong = [
        f"{module}:{found.line} uses {found.target}"
        for module in modules()
        for found in module.imports
        if (library := found.target.split(".")[0]) not in sys.stdlib_module_names | {"gridmediate", *_allowed_outside(module)}
        if library != "__future__"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_import_the_standard_library_alone() -> None:
    # Said apart from the table above, so that no edit of the table can let something in.
    allowed = sys.stdlib_module_names - {"os", "io", "socket", "subprocess", "random", "secrets", "time", "sqlite3", "pathlib"}
    wrong = [
        f"{module}:{found.line} uses {found.target}"
        for module in modules()
        if module.room == "domain"
        for found in module.imports
        if found.target.split(".")[0] not in allowed and not found.target.startswith("gridmediate.domain.")
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_imported_inside_a_function() -> None:
    wrong = [f"{module}:{found.line} {found.target}" for module in modules() for found in module.imports if found.inside_function]
    assert not wrong, "\n".join(wrong)


#: Who loads a module only when it is needed: commands, of which one runs; GDAL, which no worker of the web has to carry; Word,
#: which a worker carries from its first paper on; and the reader of workbooks, the drawing of photos and the writer of calendars,
#: which few ask for.
LOADED_LATE = {
    "gridmediate",
    "gridmediate.cli.main",
    "gridmediate.documents.briefings",
    "gridmediate.documents.printing",
    "gridmediate.documents.rendering",
    "gridmediate.geo.cells",
    "gridmediate.geo.geopackage",
    "gridmediate.geo.guarded",
    "gridmediate.services.pictures",
    "gridmediate.services.gazetteer_import",
    "gridmediate.services.sheets",
    "gridmediate.statistics.guarded",
    "gridmediate.web.admin_places",
    "gridmediate.web.admin_rosters",
    "gridmediate.web.briefings",
    "gridmediate.web.calendar_links",
    "gridmediate.web.exports",
    "gridmediate.web.figures",
    "gridmediate.web.heat_downloads",
}


def test_nothing_is_imported_by_name_but_what_is_loaded_late() -> None:
    wrong = [
        f"{module}:{node.lineno}"
        for module in modules()
        if module.name not in LOADED_LATE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"import_module", "importlib.import_module", "__import__"}
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_is_reached_from_itself() -> None:
    graph = {module.name: {target for target, _ in modules_imported_by(module)} - {module.name} for module in modules()}
    # A package's __init__ is a docstring; where it were more, its own modules would close a circle at once.
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" → ".join(circle.args[1])) from None


def _is_open(room: str, target: str) -> bool:
    inner = target.removeprefix("gridmediate").lstrip(".")
    floor = inner.split(".")[0] or "gridmediate"
    # "from gridmediate import __version__" is open to all: the version hangs on nothing.
    return floor in {room, "gridmediate", *MAY_USE[room]} or inner in MAY_USE[room]


def _allowed_outside(module: Module) -> set[str]:
    return MAY_USE_FROM_OUTSIDE[module.room] | ({"alembic", "sqlalchemy"} if is_migration(module) else set())
