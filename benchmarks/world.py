"""A county to measure on: 2,000 cells, their people, 100,000 cases as whole as filed ones; built in bulk, kept between runs.

Each case is made by the code that takes over cases from elsewhere, so that its rows are sealed, chained, timed and seated as any
other's; only the way into the tables is short (plain inserts of thousands). One street, the first, is crowded: 15,000 open cases.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import shapely
from sqlalchemy import insert
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks.locate import synthetic_cells
from gridmediate.domain.departments import DEPARTMENTS
from gridmediate.domain.import_map import Course, SourceRow, course_to
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.team import plan_team
from gridmediate.domain.vocabulary import Datum, Level, Role, Seat, Side, Source, Willingness
from gridmediate.domain.workflow import Act, State, row_for
from gridmediate.services.case_courses import Intake, Taken, take_case
from gridmediate.services.grid import Grid, grid_of, local_day
from gridmediate.services.passwords import Hashing, hash_password
from gridmediate.services.placing import Point, locate
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.teams import roster_entry, routing_of
from gridmediate.store import defaults, queries, rollup
from gridmediate.store.bulk import insert_rows
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import Keyring, keyring_of, seal
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Area, Base, CaseNumber, Cell, Home, Party, Post, RosterTerm
from gridmediate.store.schema import prepare

COUNTY = "990201"
CELLS, STREETS, COMMUNITIES = 2000, 30, 180
PASSWORD = "measured-2026-county"
_SINCE = date(2024, 1, 1)
_MONTHS = timedelta(days=425)
#: Of a street as it should be, and of the crowded one: how many of a thousand cases stand where.
_COURSES = {
    "filed": 12, "assigned": 14, "signed": 20, "mediating": 34, "agreed_oral": 380, "agreed_written": 120,
    "settled_by_department": 160, "solved_on_spot": 90, "refused": 50, "withdrawn": 30, "terminated": 30, "referred": 40,
    "not_accepted": 20,
}
_CROWDED = {"filed": 40, "assigned": 150, "signed": 260, "mediating": 300, "agreed_oral": 150, "settled_by_department": 100}
_CATEGORIES = ("0101", "0102", "0201", "0203", "0303", "0401", "0502", "0601", "0603", "0701", "0901", "1002", "1104", "1201")
_FACTS = ("楼上卫生间漏水泡坏天花板，修了两次没修好。", "楼道堆放纸箱和电动车，说过几次不听，双方吵了起来。",
          "拖欠三个月工资，说好月底结清又往后拖。", "夜里装修到十一点，老人休息不好，敲门理论起了口角。",
          "退租后押金不退，理由是墙面有划痕，双方各执一词。", "宅基地界墙往外多砌了半尺，两家僵持不下。")
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈", ("建国", "晓燕", "志强", "秀英", "海涛", "玉兰", "明", "静")


@dataclass(frozen=True, slots=True)
class World:
    """Where the county lies.

    Parameters
    ----------
    folder : Path
        An instance folder: database and keys.
    url : str
        SQLAlchemy address of the database.
    """

    folder: Path
    url: str

    def open(self) -> Store:
        """Open its records."""
        return Store(self.url, Keyring.open(self.folder / "keyring.json"))

    def grid(self) -> Grid:
        """Return its cells as they are today."""
        store = self.open()
        with store.reading() as session:
            grid = grid_of(session, datetime.now(UTC))
        store.close()
        return grid


def county(folder: Path, cases: int) -> World:
    """Return the county in *folder*, built if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return kept(folder, f"county-{cases}", lambda path: _build(folder, path, cases))


def kept(folder: Path, name: str, build: Callable[[Path], None]) -> World:
    """Return the home of that name; one of older tables is brought up by the migrations, and none is built anew for them."""
    path = folder / f"{name}-{_edition()}.sqlite3"
    world = World(folder, f"sqlite:///{path}")
    older = sorted(folder.glob(f"{name}-????????.sqlite3"))
    if not path.exists() and older:
        older[-1].rename(path)
        store = world.open()
        prepare(store)
        store.close()
    elif not path.exists():
        build(path)
    return world


def _edition() -> str:
    """Return a few letters that change with the tables, so that a county of older tables is not taken for one of these."""
    tables = Base.metadata.sorted_tables
    parts = [str(CreateTable(table)) for table in tables]
    parts += [str(CreateIndex(index)) for table in tables for index in sorted(table.indexes, key=lambda each: str(each.name))]
    return sha256("|".join(parts).encode()).hexdigest()[:8]


def _build(folder: Path, path: Path, cases: int) -> None:
    beside = path.with_name(path.name + ".building")
    for left in folder.glob(beside.name + "*"):
        left.unlink()
    began = time.perf_counter()
    store = Store(f"sqlite:///{beside}", Keyring.open(folder / "keyring.json", create=True))
    prepare(store)
    now = datetime.now(UTC)
    with store.writing() as session:
        _settle(session)
    print(f"  cells and people in {time.perf_counter() - began:.0f} s", flush=True)
    with store.writing() as session:
        # The file is put in place when whole, so nothing is lost by not waiting for the disk.
        connection = session.connection()
        for pragma in ("cache_size=-600000", "foreign_keys=OFF"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        _Filler(session, now).fill(cases)
    print(f"  {cases:,} cases in {time.perf_counter() - began:.0f} s", flush=True)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with store.reading() as session:
        wrong = rollup.differences(session)
        if wrong:
            raise SystemExit(f"the tallies of the county are not what a recount gives: {wrong[:3]}")
    store.close()
    print(f"  tallies equal a recount; ready in {time.perf_counter() - began:.0f} s", flush=True)
    beside.rename(path)
    for left in folder.glob(beside.name + "*"):
        left.unlink()


def street_of(number: int) -> str:
    """Return the code of a street, from 1."""
    return f"{COUNTY}{number:03d}"


def _settle(session: Session) -> None:
    """Make areas, cells and people."""
    session.add(Home(id=1, county_code=COUNTY, name="测量县", is_demonstration=False, grid_edition=1, rules_edition=1))
    session.add(Area(code=COUNTY, level=Level.COUNTY, name="测量县", name_en="Measured County"))
    session.flush()
    for number in range(1, STREETS + 1):
        session.add(Area(code=street_of(number), level=Level.STREET, name=f"第{number}街道", name_en=f"Street {number}",
                         parent_code=COUNTY, abbreviation=f"S{number}"))
    session.flush()
    communities = [f"{street_of(at * STREETS // COMMUNITIES + 1)}{at % 6 + 1:03d}" for at in range(COMMUNITIES)]
    session.add_all(Area(code=code, level=Level.COMMUNITY, name=f"社区{code[-6:]}", name_en=f"Community {code[-6:]}",
                         parent_code=code[:9]) for code in communities)
    session.flush()
    defaults.seed(session, street_of(1))
    hashed = hash_password(PASSWORD, Hashing())
    _people(session, communities, _cells(session, communities), hashed)


def _cells(session: Session, communities: list[str]) -> list[str]:
    outlines = synthetic_cells(np.random.default_rng(20261123), CELLS)
    middle = shapely.get_coordinates(shapely.centroid(outlines))
    # Strips of streets, then from south to north, so that the cells of a community lie together.
    ordered = outlines[np.lexsort((middle[:, 1], np.floor(middle[:, 0] * 12)))]
    rows, seen = [], dict.fromkeys(communities, 0)
    for at, outline in enumerate(ordered):
        community = communities[at * COMMUNITIES // CELLS]
        seen[community] += 1
        west, south, east, north = outline.bounds
        rows.append({
            "id": new_id(), "cell_code": f"{community}{seen[community]:03d}", "name": f"第{seen[community]}网格",
            "name_en": f"Cell {seen[community]}", "kind": "general", "community_code": community, "street_code": community[:9],
            "households": 300, "area_m2": 150_000.0, "outline": shapely.to_wkb(outline),
            "west": west, "south": south, "east": east, "north": north, "valid_from": _SINCE, "valid_to": None,
        })
    session.execute(insert(Cell), rows)
    return [row["cell_code"] for row in rows]


def _people(session: Session, communities: list[str], cells: list[str], hashed: str) -> None:
    made = datetime(2024, 1, 1, tzinfo=UTC)
    accounts: list[dict[str, Any]] = []
    posts: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []

    def hire(login: str, role: Role, place: str, seats: Iterable[tuple[str, Seat]] = ()) -> None:
        key = new_id()
        accounts.append({"id": key, "login": login, "name": f"{login}员", "name_en": login, "password_hash": hashed,
                         "created_at": made, "is_active": True, "must_change_password": False, "failed_tries": 0})
        posts.append({"id": new_id(), "account_id": key, "role": role, "place_code": place, "valid_from": _SINCE,
                      "valid_to": None})
        terms.extend({"id": new_id(), "cell_code": code, "seat": seat, "account_id": key, "is_cover": False, "position": 1,
                      "valid_from": _SINCE, "valid_to": None} for code, seat in seats)

    for code in cells:
        hire(f"worker-{code}", Role.GRID_WORKER, code[:12], [(code, Seat.GRID_WORKER)])
    for code in communities:
        hire(f"cadre-{code}", Role.CADRE, code, [(code, Seat.CADRE)])
    for number in range(1, STREETS + 1):
        hire(f"leader-{number}", Role.LEADER, street_of(number))
    for code in DEPARTMENTS:
        hire(f"dept-{code}", Role.DEPARTMENT_STAFF, code)
    hire("county", Role.COORDINATOR, COUNTY)
    for kind, rows in ((Account, accounts), (Post, posts), (RosterTerm, terms)):
        session.execute(insert(kind), rows)


class _Filler:
    """Makes the cases and puts them in."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now, self.random = session, now, Random(20261123)
        self.grid: Grid = grid_of(session, now)
        self.rules = rulebook_of(session)
        self.ring = keyring_of(session)
        self.cells = list(self.grid.cells)
        self.own = [code for code in self.cells if code.startswith(street_of(1))]
        self.workers, self.roster = self._roster()
        self.plans: dict[tuple[str, str], Any] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.changes: rollup.Changes = {}

    def fill(self, count: int) -> None:
        """Put *count* cases in, a fifth of them in the crowded street, in the order of their filing."""
        drawn = sorted(self._draw(at, crowded=at % 5 == 0) for at in range(count))
        waiting = iter(drawn)
        while lot := list(islice(waiting, 2000)):
            taken = [self._take(*each) for each in lot]
            insert_rows(self.session, (
                row for each in taken for row in (*each.rows, *self._parties(each), *each.history(self.ring))))
        self.session.execute(insert(CaseNumber), [
            {"street_code": street, "year": year, "last": last} for (street, year), last in self.numbers.items()])
        keys = iter(self.changes.items())
        while part := dict(islice(keys, 1000)):
            rollup.apply(self.session, part)

    def _roster(self) -> tuple[dict[str, uuid.UUID], dict[str, list[Any]]]:
        workers, roster = {}, {}
        for code, card in self.grid.cells.items():
            rows = queries.roster_of(self.session, code, card.community_code, local_day(self.now))
            roster[code] = [roster_entry(term, account, code) for term, account in rows]
            workers[code] = next(term.account_id for term, _ in rows if term.seat is Seat.GRID_WORKER)
        return workers, roster

    def _draw(self, at: int, *, crowded: bool) -> tuple[datetime, int, datetime, str, str]:
        """Return moment of filing, number, moment of the last act, course and cell."""
        random = self.random
        shares = _CROWDED if crowded else _COURSES
        course = random.choices(list(shares), list(shares.values()))[0]
        is_open = course in ("filed", "assigned", "signed", "mediating")
        if is_open:
            waits = random.expovariate(1 / (2.5 if course == "filed" else 14.0))
            days = random.uniform(0.01, 25.0) if crowded else min(waits, 120.0) + 0.01
        else:
            days = random.uniform(1.0, _MONTHS.days)
        filed = self.now - timedelta(days=days)
        ended = filed + timedelta(days=days * random.random() if is_open else min(days * 0.9, random.lognormvariate(2.0, 0.8)))
        return filed, at, ended, course, random.choice(self.own if crowded else self.cells[len(self.own):])

    def _take(self, filed: datetime, at: int, ended: datetime, course: str, cell_code: str) -> Taken:
        random, card = self.random, self.grid.cells[cell_code]
        middle = self.grid.outlines[cell_code].centroid
        lon, lat = middle.x + random.gauss(0, 1e-4), middle.y + random.gauss(0, 1e-4)
        t2_code = random.choice(_CATEGORIES)
        row = SourceRow(
            line=at, number=f"B{at:07d}", filed_at=filed, closed_at=None if course == "filed" else ended, lon=lon, lat=lat,
            address=f"{card.name}{random.randint(1, 99)}号{random.randint(1, 30)}室", street_code=None, department=None,
            department_said="", t2_code=t2_code, course=_course(course), facts=random.choice(_FACTS) + random.choice(_FACTS),
            result="双方谈妥，当场握手。" if course not in ("filed", "assigned", "signed") else "",
        )
        street, year = card.street_code, local_day(filed).year
        number = self.numbers[street, year] = self.numbers.get((street, year), 0) + 1
        abbreviation = self.grid.areas[street].abbreviation
        intake = Intake(
            placement=locate(self.grid, Point(lon, lat)), seats=self._seats(cell_code, t2_code), street=street, county=COUNTY,
            case_no=f"{abbreviation}-{year}-{number:04d}", datum=Datum.WGS84, file="", importer=self.workers[cell_code],
            now=self.now, digest=random.randbytes(32),
        )
        taken = take_case(self.session, self.rules, row, intake)
        taken.case.source, taken.case.external_no, taken.case.willingness = Source.WORKER, None, Willingness.WILLING
        taken.acts[0][0].act = "case.file"
        taken.count(self.changes)
        return taken

    def _seats(self, cell_code: str, t2_code: str) -> Any:
        key = (cell_code, t2_code)
        if key not in self.plans:
            routing = routing_of(self.rules, self.grid, t2_code, (), cell_code)
            plan = plan_team(self.rules.template, self.roster[cell_code], routing, cell=cell_code, day=local_day(self.now))
            self.plans[key] = list(plan.seats)
        return self.plans[key]

    def _parties(self, taken: Taken) -> Iterator[Party]:
        for position, side in enumerate((Side.APPLICANT, Side.RESPONDENT), 1):
            name = self.random.choice(_SURNAMES) + self.random.choice(_GIVEN)
            phone = f"1380000{self.random.randint(0, 9999):04d}"
            party = Party(id=new_id(), case_id=taken.case.id, position=position, side=side, is_minor=False, is_organisation=False,
                          willingness=Willingness.WILLING, name_index=self.ring.index("name", name),
                          phone_index=self.ring.index("phone", phone))
            seal(self.session, party, "name", name)
            seal(self.session, party, "phone", phone)
            yield party


def _course(word: str) -> Course:
    if word != "mediating":
        return course_to(word)
    rows, state = [], State.FILED
    for act in (Act.ACCEPT, Act.FORM_TEAM, Act.NOTE_SESSION):
        step = row_for(state, act)
        if step is None:
            raise LookupError(act)
        rows.append(step)
        state = step.target
    return Course(word, tuple(rows), TaskState.SIGNED)
