"""Large homes in minutes: the county of :mod:`benchmarks.world`, copied in the database itself.

A copy has new keys and numbers; its cells are others, east of the first, or the same. Rows, indexes, roll-up and history have the
sizes that so many cases have. Two things are not true of a copy, and nothing that is measured here reads them: texts are sealed
for the case they came from, and its history's links hold only for the first.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path
from typing import cast

import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from benchmarks.world import CELLS, COUNTY, STREETS, World, county, kept
from gridmediate.store import rollup

_BASE = 100_000
_OF_CASES = ("cases", "parties", "team_seats", "tasks", "case_clocks", "history")
_KEYS = ("id", "case_id", "chain")
_CODES = ("cell_code", "community_code", "street_code")


def unfolded(folder: Path, cases: int, cells: int) -> World:
    """Return a home of so many cases in so many cells, built if it is not there yet.

    Parameters
    ----------
    cases : int
        100,000 or a multiple of it.
    cells : int
        2,000 or a multiple of it, up to 30,000. More cells than cases allow for share the first county's cases.
    """
    base = county(folder, _BASE)
    if (cases, cells) == (_BASE, CELLS):
        return base
    source = Path(base.url.removeprefix("sqlite:///"))
    return kept(folder, f"{cells}-cells-{cases}", lambda path: _build(source, path, cases, cells))


def _build(source: Path, path: Path, cases: int, cells: int) -> None:
    began = time.perf_counter()
    beside = path.with_name(path.name + ".building")
    shutil.copy(source, beside)
    records = sqlite3.connect(beside, isolation_level=None)
    _unfold(records, cases // _BASE, cells // CELLS)
    records.close()
    if cases // _BASE < cells // CELLS:
        _recount(World(path.parent, f"sqlite:///{beside}"))
    beside.rename(path)
    size, took = path.stat().st_size / 1e9, time.perf_counter() - began
    print(f"  {cases:,} cases in {cells:,} cells: {took:.0f} s, {size:.1f} GB", flush=True)


def _unfold(records: sqlite3.Connection, of_cases: int, of_cells: int) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-800000", "temp_store=MEMORY"):
        records.execute(f"PRAGMA {pragma}")
    records.execute("BEGIN")
    for copy in range(1, of_cells):
        _copy_places(records, copy)
    indexes = records.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {_OF_CASES}").fetchall()
    for name, _ in indexes:
        records.execute(f'DROP INDEX "{name}"')
    records.execute("CREATE TEMP TABLE first AS SELECT id, cell_code, street_code, rowid AS n FROM cases")
    records.execute("CREATE UNIQUE INDEX temp.first_id ON first (id)")
    if of_cases >= of_cells:
        for copy in range(1, of_cases):
            for table in _OF_CASES:
                _copy_cases(records, table, copy, copy % of_cells)
        _multiply_tallies(records, of_cases, of_cells)
    else:
        for table in _OF_CASES:
            _move_cases(records, table, of_cells)
    for _, sql in indexes:
        records.execute(sql)
    records.execute("UPDATE home SET grid_edition = grid_edition + 1")
    records.execute("COMMIT")
    records.execute("ANALYZE")
    records.execute("PRAGMA journal_mode=WAL")


def _copy_places(records: sqlite3.Connection, copy: int) -> None:
    """Lay the county's cells once more, a degree further, under streets of their own."""
    records.execute(
        f"INSERT INTO areas SELECT {_moved('code', str(copy))}, level, name || '·{copy}', name_en || ' {copy}', "
        f"CASE level WHEN 'street' THEN parent_code ELSE {_moved('parent_code', str(copy))} END, "
        f"CASE WHEN abbreviation IS NULL THEN NULL ELSE 'K{copy:02d}' || abbreviation END, outline "
        f"FROM areas WHERE code != '{COUNTY}' AND CAST(substr(code, 7, 3) AS INTEGER) <= {STREETS}")
    cells = records.execute("SELECT * FROM cells ORDER BY cell_code LIMIT ?", (CELLS,))
    names = [each[0] for each in cells.description]
    rows = []
    for row in map(list, cells):
        of = dict(zip(names, row, strict=True))
        east, north = 1.0 * (copy % 5), 1.0 * (copy // 5)
        of["id"] = f"{copy:x}{of['id'][1:]}"
        of |= {name: f"{COUNTY}{int(of[name][6:9]) + STREETS * copy:03d}{of[name][9:]}" for name in _CODES}
        of["outline"] = shapely.to_wkb(translate(cast(BaseGeometry, shapely.from_wkb(of["outline"])), east, north))
        of |= {"west": of["west"] + east, "east": of["east"] + east, "south": of["south"] + north, "north": of["north"] + north}
        rows.append(list(of.values()))
    records.executemany(f"INSERT INTO cells VALUES ({', '.join('?' * len(names))})", rows)


def _moved(column: str, places: str) -> str:
    """Return the SQL of a code of the copied place; *places* is SQL for how many counties further."""
    return (f"substr({column}, 1, 6) || printf('%03d', CAST(substr({column}, 7, 3) AS INTEGER) + {STREETS} * ({places})) "
            f"|| substr({column}, 10)")


def _expressions(records: sqlite3.Connection, table: str, key: str, places: str) -> dict[str, str]:
    """Return the SQL of each column of a copy; *key* is SQL for the first digit of its keys."""
    found = {}
    for name in [row[1] for row in records.execute(f"PRAGMA table_info({table})")]:
        column = f"t.{name}"
        if name in _CODES:
            column = _moved(column, places)
        elif name == "cell_id":
            column = f"printf('%x', {places}) || substr({column}, 2)"
        elif name in _KEYS:
            column = f"printf('%x', {key}) || substr({column}, 2)"
        elif name == "filing_key":
            # The filer's own key may begin with any digit, so a copy takes the case's.
            column = f"printf('%x', {key}) || substr(t.id, 2)"
        elif name == "case_no":
            column = f"'K' || ({key}) || {column}"
        elif table == "history" and name == "details":
            column = (f"replace(replace({column}, first.cell_code, {_moved('first.cell_code', places)}), "
                      f"'\"' || first.street_code || '\"', '\"' || {_moved('first.street_code', places)} || '\"')")
        found[name] = column
    return found


def _copy_cases(records: sqlite3.Connection, table: str, copy: int, place: int) -> None:
    columns = _expressions(records, table, str(copy), str(place)).values()
    of_case = "t.id" if table == "cases" else "t.case_id"
    records.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM {table} t JOIN first ON first.id = {of_case}")


def _move_cases(records: sqlite3.Connection, table: str, of_cells: int) -> None:
    """Give every case of the one county to one of several; its keys stay."""
    columns = _expressions(records, table, "0", f"(first.n % {of_cells})")
    changed = [name for name in columns if name in (*_CODES, "cell_id") or (table, name) == ("history", "details")]
    if not changed:
        return
    of_case = "t.id" if table == "cases" else "t.case_id"
    sets = ", ".join(f"{name} = {columns[name]}" for name in changed)
    records.execute(f"UPDATE {table} AS t SET {sets} FROM first WHERE first.id = {of_case}")


def _multiply_tallies(records: sqlite3.Connection, of_cases: int, of_cells: int) -> None:
    times = of_cases // of_cells
    numbers = [row[1] for row in records.execute("PRAGMA table_info(cell_tallies)")][4:]
    records.execute(f"UPDATE cell_tallies SET {', '.join(f'{name} = {name} * {times}' for name in numbers)}")
    records.execute("CREATE TEMP TABLE tallies AS SELECT * FROM cell_tallies")
    for copy in range(1, of_cells):
        records.execute(f"INSERT INTO cell_tallies SELECT month, head, {_moved('cell_code', str(copy))}, "
                        f"{_moved('street_code', str(copy))}, {', '.join(numbers)} FROM temp.tallies")


def _recount(world: World) -> None:
    store = world.open()
    with store.writing() as session:
        rollup.rebuild(session)
    store.close()
