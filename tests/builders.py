"""Small worlds for tests: a home of two streets, cells drawn as squares, people in their posts.

Each builder takes the session, adds what it makes, and returns it. What a test does not say has a sensible value.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmediate.domain.vocabulary import Level, Role, Seat
from gridmediate.services.passwords import Hashing, hash_password
from gridmediate.store.defaults import seed_departments
from gridmediate.store.models import Account, Area, Cell, Department, Home, Post, RosterTerm

#: As cheap as Argon2 gets: tests are not about its cost.
CHEAP = Hashing(passes=1, memory_kib=64, lanes=1)
PASSWORD = "柳溪的桥有三个孔"

COUNTY = "990101"
STREET, OTHER_STREET = "990101001", "990101002"
COMMUNITY, NEXT_COMMUNITY, OTHER_COMMUNITY = "990101001001", "990101001002", "990101002001"
CELL, NEXT_CELL, NEXT_COMMUNITY_CELL = "990101001001001", "990101001001002", "990101001002001"
OTHER_CELL = "990101002001001"
#: The second cell of the next community; nobody works there.
GAP_CELL = "990101001002002"
DEPARTMENT, OTHER_DEPARTMENT = "housing", "urban"

#: The south-west corner of the first cell and the side of every cell, in degrees.
ORIGIN, SIDE = (120.10, 30.20), 0.004
LONG_AGO = date(2020, 1, 1)

_AREAS = (
    (COUNTY, Level.COUNTY, "临川区", "Linchuan County", None, None),
    (STREET, Level.STREET, "柳溪街道", "Liuxi Street", COUNTY, "LX"),
    (OTHER_STREET, Level.STREET, "东溪街道", "Dongxi Street", COUNTY, "DX"),
    (COMMUNITY, Level.COMMUNITY, "锦溪社区", "Jinxi Community", STREET, None),
    (NEXT_COMMUNITY, Level.COMMUNITY, "溪北社区", "Xibei Community", STREET, None),
    (OTHER_COMMUNITY, Level.COMMUNITY, "东园社区", "Dongyuan Community", OTHER_STREET, None),
)
_CELLS = ((CELL, 0, 0), (NEXT_CELL, 1, 0), (NEXT_COMMUNITY_CELL, 0, 1), (OTHER_CELL, 5, 5))
_PLACES = {
    Role.GRID_WORKER: COMMUNITY, Role.CADRE: COMMUNITY, Role.DEPARTMENT_STAFF: DEPARTMENT, Role.LEADER: STREET,
    Role.COORDINATOR: COUNTY, Role.ADMINISTRATOR: COUNTY, Role.AUDITOR: COUNTY,
}
_numbers = count(1)
_hashes: dict[str, str] = {}


def a_home(session: Session) -> Home:
    """Make a county with two streets, three communities, four cells and two departments."""
    home = Home(id=1, county_code=COUNTY, name="临川区", is_demonstration=False, grid_edition=1, rules_edition=1)
    session.add(home)
    for code, level, name, name_en, parent, letters in _AREAS:
        session.add(Area(code=code, level=level, name=name, name_en=name_en, parent_code=parent, abbreviation=letters))
        session.flush()
    for code, column, row in _CELLS:
        a_cell(session, code, column=column, row=row)
    session.add_all([
        Department(code=DEPARTMENT, name="住建所", name_en="Housing Office", area_code=STREET),
        Department(code=OTHER_DEPARTMENT, name="综合执法队", name_en="Urban Enforcement", area_code=STREET),
    ])
    session.flush()
    return home


def a_cell(session: Session, code: str, *, column: int = 0, row: int = 0, households: int | None = 360,
           valid_from: date = LONG_AGO, valid_to: date | None = None) -> Cell:
    """Make a square cell; cells of neighbouring columns or rows share an edge."""
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    number = int(code[-3:])
    cell = Cell(
        cell_code=code, name=f"第{number}网格", name_en=f"Cell {number}", community_code=code[:12], street_code=code[:9],
        households=households, area_m2=170_000.0, outline=shapely.to_wkb(shapely.box(west, south, west + SIDE, south + SIDE)),
        west=west, south=south, east=west + SIDE, north=south + SIDE, valid_from=valid_from, valid_to=valid_to,
    )
    session.add(cell)
    session.flush()
    return cell


def inside(column: int = 0, row: int = 0) -> tuple[float, float]:
    """Return the middle of a square, lon then lat."""
    return ORIGIN[0] + (column + 0.5) * SIDE, ORIGIN[1] + (row + 0.5) * SIDE


def an_account(
    session: Session, role: Role | None = Role.GRID_WORKER, *, place: str | None = None, login: str | None = None,
    name: str = "林晓", password: str | None = PASSWORD, cells: Sequence[str] | None = None, must_change: bool = False,
    is_active: bool = True,
) -> Account:
    """Make a person in a post; a grid worker sits in :data:`CELL` unless *cells* says otherwise. None holds no post."""
    account = Account(
        login=login or f"JX-{next(_numbers):04d}", name=name, name_en="Lin Xiao", created_at=datetime(2026, 1, 5, 1, tzinfo=UTC),
        password_hash=_hashed(password) if password else None, must_change_password=must_change, is_active=is_active,
    )
    session.add(account)
    session.flush()
    if role is not None:
        session.add(Post(account_id=account.id, role=role, place_code=place or _PLACES[role], valid_from=LONG_AGO))
    for code in cells if cells is not None else ([CELL] if role is Role.GRID_WORKER else []):
        a_seat(session, account, code)
    session.flush()
    return account


def a_seat(session: Session, account: Account, cell_code: str, seat: Seat = Seat.GRID_WORKER, *, is_cover: bool = False,
           valid_from: date = LONG_AGO, valid_to: date | None = None) -> RosterTerm:
    """Put a person into a seat of a cell."""
    taken = session.scalar(select(func.count()).where(RosterTerm.cell_code == cell_code, RosterTerm.seat == seat)) or 0
    term = RosterTerm(cell_code=cell_code, seat=seat, account_id=account.id, is_cover=is_cover, position=taken + 1,
                      valid_from=valid_from, valid_to=valid_to)
    session.add(term)
    session.flush()
    return term


def _hashed(password: str) -> str:
    if password not in _hashes:
        _hashes[password] = hash_password(password, CHEAP)
    return _hashes[password]


#: Name in tests → role, place, cells worked, place of the roster seat.
_PEOPLE: dict[str, tuple[Role, str | None, str]] = {
    "worker": (Role.GRID_WORKER, COMMUNITY, CELL),
    "second_worker": (Role.GRID_WORKER, COMMUNITY, CELL),
    "next_worker": (Role.GRID_WORKER, COMMUNITY, NEXT_CELL),
    "far_worker": (Role.GRID_WORKER, NEXT_COMMUNITY, NEXT_COMMUNITY_CELL),
    "other_worker": (Role.GRID_WORKER, OTHER_COMMUNITY, OTHER_CELL),
    "cadre": (Role.CADRE, COMMUNITY, COMMUNITY),
    "second_cadre": (Role.CADRE, COMMUNITY, COMMUNITY),
    "next_cadre": (Role.CADRE, NEXT_COMMUNITY, NEXT_COMMUNITY),
    "other_cadre": (Role.CADRE, OTHER_COMMUNITY, OTHER_COMMUNITY),
    "housing": (Role.DEPARTMENT_STAFF, "housing", ""),
    "urban": (Role.DEPARTMENT_STAFF, "urban_management", ""),
    "police": (Role.DEPARTMENT_STAFF, "police_station", ""),
    "justice": (Role.DEPARTMENT_STAFF, "justice_office", ""),
    "leader": (Role.LEADER, STREET, ""),
    "other_leader": (Role.LEADER, OTHER_STREET, ""),
    "coordinator": (Role.COORDINATOR, COUNTY, ""),
    "administrator": (Role.ADMINISTRATOR, COUNTY, ""),
    "auditor": (Role.AUDITOR, COUNTY, ""),
}


def a_street(session: Session) -> dict[str, Account]:
    """Make a home whose street can work: two communities of two cells, a roster with one gap, every department, every role.

    The people are returned by the names that tests use: ``worker`` (sits in :data:`CELL`), ``next_worker`` (in the next cell),
    ``far_worker`` (in the next community), ``other_worker`` (in the other street), and so on.
    """
    a_home(session)
    a_cell(session, GAP_CELL, column=1, row=1)
    seed_departments(session, STREET)
    people: dict[str, Account] = {}
    for number, (name, (role, place, sits)) in enumerate(_PEOPLE.items(), 1):
        people[name] = an_account(session, role, place=place, login=name, name=f"甲{number}", password=None, cells=())
        if sits:
            a_seat(session, people[name], sits, Seat.CADRE if role is Role.CADRE else Seat.GRID_WORKER)
    return people
