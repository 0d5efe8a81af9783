"""Invented people: names, numbers that ring nowhere, the staff of a street and its rosters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random

from gridmediate.demo.name_tables import NAMED, OLDER, SINGLE, SURNAMES, YOUNGER
from gridmediate.demo.places import CellPlace
from gridmediate.domain.vocabulary import Role, Seat

#: The community and the cell of the accounts ``cadre`` and ``worker``, and the department of ``dept``.
HOME_COMMUNITY = "990101001006"
HOME_CELL = "990101001006005"
HOME_DEPARTMENT = "housing"
#: Accounts whose names ``make run`` prints.
PRINTED_LOGINS = ("worker", "cadre", "dept", "leader", "county", "admin", "auditor")
#: Rosters reach back a little further than the cases.
ROSTER_DAYS = 460

_WEIGHTS = tuple(weight for _, _, weight in SURNAMES)
_ABBREVIATIONS = {
    "溪北": "XB", "书院": "SY", "兰亭": "LT", "北苑": "BY", "青杨": "QY", "锦溪": "JX", "听泉": "TQ", "西园": "XY", "通济": "TJ",
    "渠东": "QD", "东泊": "DB", "南柳": "NL",
}


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in characters and in pinyin, surname first."""

    zh: str
    en: str


def make_name(rng: Random, *, older: bool | None = None, woman: bool | None = None) -> PersonName:
    """Invent a name.

    Parameters
    ----------
    rng : random.Random
    older : bool, optional
        Whether the name sounds like that of a person above sixty; drawn when not given.
    woman : bool, optional
        Whether it is a woman's; drawn when not given.

    Notes
    -----
    The tables leave out the characters that would often meet a name from the news; a meeting by chance means nobody.
    """
    surname, surname_en, _ = rng.choices(SURNAMES, _WEIGHTS)[0]
    if older is None:
        older = rng.random() < 0.38
    if woman is None:
        woman = rng.random() < 0.5
        if not older and rng.random() < 0.3:
            given, given_en = rng.choice(SINGLE)
            return PersonName(surname + given, f"{surname_en} {given_en}")
    firsts, seconds = (OLDER if older else YOUNGER)[int(woman)]
    (first, first_en), (second, second_en) = rng.choice(firsts), rng.choice(seconds)
    # Pinyin writes an apostrophe before a syllable that begins with a vowel.
    joint = "'" if second_en[0] in "aoe" else ""
    return PersonName(surname + first + second, f"{surname_en} {(first_en + joint + second_en).capitalize()}")


def make_phone(rng: Random) -> str:
    """Invent a mobile number that belongs to nobody.

    Notes
    -----
    The segment 154 has never been given to a carrier (the numbering metadata of libphonenumber leaves out 154 between 153 and
    155), and yet the number has eleven digits and the shape that masks and checks of form expect. ``00`` follows, so that the
    eye sees that it is made up.
    """
    return f"15400{rng.randrange(1_000_000):06d}"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works in the street and signs in.

    Parameters
    ----------
    login : str
    name : PersonName
    role : Role
    place_code : str
        The community, street, county or department they work for.
    phone : str
    position : str
        What is printed beside the name, Chinese.
    valid_from : date
    valid_to : date or None
        Last day of the post; None while it lasts.
    """

    login: str
    name: PersonName
    role: Role
    place_code: str
    phone: str
    position: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody in a seat of a cell, first and last day included.

    Parameters
    ----------
    login, cell_code : str
    seat : Seat
    valid_from : date
    valid_to : date or None
    is_cover : bool
        Standing in for somebody on leave.
    note : str
    """

    login: str
    cell_code: str
    seat: Seat
    valid_from: date
    valid_to: date | None = None
    is_cover: bool = False
    note: str = ""

    def holds(self, day: date) -> bool:
        """Return whether the term runs on *day*."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Everybody who works in the street, and who sits where when."""

    people: tuple[StaffMember, ...]
    terms: tuple[Term, ...]

    def seated(self, cell_code: str, seat: Seat, day: date) -> list[Term]:
        """Return the terms of a seat that run on *day*; a cover comes first."""
        found = [term for term in self.terms if term.cell_code == cell_code and term.seat is seat and term.holds(day)]
        return sorted(found, key=lambda term: (not term.is_cover, term.login))

    def vacancies(self, cell_codes: Iterable[str], day: date) -> list[tuple[str, Seat]]:
        """Return the seats that nobody holds on *day*."""
        return [
            (code, seat) for code in cell_codes for seat in (Seat.CADRE, Seat.GRID_WORKER) if not self.seated(code, seat, day)
        ]

    def member(self, login: str) -> StaffMember:
        """Return the person of *login*."""
        return next(each for each in self.people if each.login == login)


def staff_street(
    rng: Random, cells: Sequence[CellPlace], departments: Sequence[str], today: date, *,
    home_department: str = HOME_DEPARTMENT,
) -> Staffing:
    """Invent the staff of a street and fourteen months of rosters.

    Parameters
    ----------
    rng : random.Random
    cells : sequence of CellPlace
    departments : sequence of str
        Codes; each gets two or three people.
    today : date
    home_department : str
        Where the account ``dept`` works.

    Notes
    -----
    Left so that the screens show real life: five workers with two cells, nine handovers in the past, three seats empty on
    *today*, one that empties in a fortnight, an old gap of nine days, two seats covered for leave.
    """
    desk = _Desk(rng, today, today - timedelta(days=ROSTER_DAYS))
    for community_code, group in groupby(sorted(cells, key=lambda cell: cell.code), key=lambda cell: cell.community_code):
        desk.staff_community(community_code, list(group))
    desk.share_a_worker()
    desk.remember_handovers()
    desk.leave_gaps_and_covers()
    desk.staff_offices(departments, home_department, cells[0].code[:9])
    return Staffing(tuple(desk.people), tuple(desk.terms))


class _Desk:
    """The personnel desk of :func:`staff_street`: one list of people, one of terms."""

    def __init__(self, rng: Random, today: date, start: date) -> None:
        self.rng, self.today, self.start = rng, today, start
        self.people: list[StaffMember] = []
        self.terms: list[Term] = []
        self._names: set[str] = {zh for zh, _ in NAMED.values()}

    def hire(
        self, login: str, role: Role, place_code: str, position: str, *,
        named: str | None = None, valid_from: date | None = None, valid_to: date | None = None,
    ) -> str:
        self.people.append(StaffMember(
            login, PersonName(*NAMED[named]) if named else self._fresh_name(), role, place_code, make_phone(self.rng), position,
            valid_from or self.start, valid_to,
        ))
        return login

    def seat(self, login: str, cell_code: str, seat: Seat) -> None:
        self.terms.append(Term(login, cell_code, seat, self.start))

    def staff_community(self, code: str, cells: Sequence[CellPlace]) -> None:
        home = code == HOME_COMMUNITY
        abbreviation = _abbreviation(cells[0])
        secretary = "村党组织书记" if cells[0].community_name.endswith("村") else "社区党组织书记"
        first = "cadre" if home else f"{abbreviation}-0001"
        cadres = [self.hire(first, Role.CADRE, code, secretary, named="cadre" if home else None)]
        if home or int(code[-3:]) % 2:
            second_name = "second_cadre" if home else None
            cadres.append(self.hire(f"{abbreviation}-0002", Role.CADRE, code, "社区干部", named=second_name))
        if home:
            cadres.append(self.hire(f"{abbreviation}-0003", Role.CADRE, code, "社区干部", named="third_cadre"))
        for cell in cells:
            own = cell.code == HOME_CELL
            login = self.hire(
                "worker" if own else f"{abbreviation}-{cell.code[-2:]}01", Role.GRID_WORKER, code, "专职网格员",
                named="worker" if own else None,
            )
            self.seat(login, cell.code, Seat.GRID_WORKER)
            second = len(cadres) > 1 and int(cell.code[-3:]) in ((1, 4) if home else (4, 5, 6))
            self.seat(cadres[1 if second else 0], cell.code, Seat.CADRE)

    def share_a_worker(self) -> None:
        """Let one worker in five communities keep two cells."""
        for community in sorted({term.cell_code[:12] for term in self.terms} - {HOME_COMMUNITY})[:10:2]:
            keeper, other = self._current(f"{community}001"), self._current(f"{community}002")
            if keeper and other:
                self.people = [each for each in self.people if each.login != other.login]
                self._swap(other, [Term(keeper.login, other.cell_code, Seat.GRID_WORKER, self.start, note="兼管两格")])

    def remember_handovers(self) -> None:
        """Give nine cells a predecessor who left months ago."""
        single = [t for t in self.terms if t.seat is Seat.GRID_WORKER and not t.note and t.login not in PRINTED_LOGINS
                  and t.cell_code[-3:] in ("003", "006") and t.cell_code[:12] != HOME_COMMUNITY]
        for term in self.rng.sample(single, min(9, len(single))):
            left = self.today - timedelta(days=self.rng.randrange(50, 360))
            now = next(each for each in self.people if each.login == term.login)
            before = self.hire(f"{term.login[:-1]}2", Role.GRID_WORKER, now.place_code, "原网格员", valid_to=left)
            self._swap(term, [
                Term(before, term.cell_code, Seat.GRID_WORKER, self.start, left, note="调离"),
                Term(term.login, term.cell_code, Seat.GRID_WORKER, left + timedelta(days=1)),
            ])

    def leave_gaps_and_covers(self) -> None:
        home, villages = HOME_COMMUNITY, (f"{HOME_COMMUNITY[:9]}011", f"{HOME_COMMUNITY[:9]}012")
        self._interrupt(f"{home}004", Seat.GRID_WORKER, -9, 2, "休假", cover="worker", cover_days=(-9, -5))
        self._interrupt(f"{home}001", Seat.CADRE, 0, None, "调任，待补选", cover="JX-0003", cover_days=(3, None))
        self._interrupt(f"{home}003", Seat.GRID_WORKER, 14, None, "调离未补")
        self._interrupt(f"{villages[0]}004", Seat.GRID_WORKER, -36, None, "离职，招录中")
        self._interrupt(f"{villages[1]}002", Seat.GRID_WORKER, -158, -150, "换届空档")
        self._interrupt(f"{home[:9]}009003", Seat.GRID_WORKER, -6, 8, "休假", cover="TJ-0401", cover_days=(-6, 8))
        self._interrupt(f"{home[:9]}007002", Seat.CADRE, -2, 4, "脱产培训", cover="TQ-0002", cover_days=(-2, 4))

    def staff_offices(self, departments: Sequence[str], home_department: str, street: str) -> None:
        for number, code in enumerate(departments, 1):
            for place in range(1, 4 if number % 3 == 1 else 3):
                own = code == home_department and place == 1
                login = "dept" if own else f"BM-{number:02}{place:02}"
                self.hire(login, Role.DEPARTMENT_STAFF, code, _desk_title(code, place), named="dept" if own else None)
        self.hire("leader", Role.LEADER, street, "街道办事处副主任", named="leader")
        self.hire("JD-0002", Role.LEADER, street, "街道党工委副书记")
        self.hire("county", Role.COORDINATOR, street[:6], "县综治中心", named="county")
        self.hire("admin", Role.ADMINISTRATOR, street, "系统管理员", named="admin")
        self.hire("auditor", Role.AUDITOR, street, "审计员", named="auditor")

    def _interrupt(
        self, cell_code: str, seat: Seat, first: int, last: int | None, note: str, *,
        cover: str | None = None, cover_days: tuple[int, int | None] | None = None,
    ) -> None:
        """Take the holder out of a seat from day *first* to *last*, counted from today, and seat a cover if one is named."""
        term = self._current(cell_code, seat)
        if term is None:
            return
        parts = [Term(term.login, cell_code, seat, term.valid_from, self._day(first - 1), note=note)]
        if last is not None:
            parts.append(Term(term.login, cell_code, seat, self._day(last + 1)))
        known = {each.login for each in self.people}
        if cover in known and cover is not None and cover_days and cover != term.login:
            until = None if cover_days[1] is None else self._day(cover_days[1])
            parts.append(Term(cover, cell_code, seat, self._day(cover_days[0]), until, is_cover=True, note=f"代管：{note}"))
        self._swap(term, parts)

    def _current(self, cell_code: str, seat: Seat = Seat.GRID_WORKER) -> Term | None:
        return next((t for t in self.terms if t.cell_code == cell_code and t.seat is seat and t.valid_to is None), None)

    def _swap(self, old: Term, new: Sequence[Term]) -> None:
        where = self.terms.index(old)
        self.terms[where:where + 1] = new

    def _day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def _fresh_name(self) -> PersonName:
        while (name := make_name(self.rng, older=False)).zh in self._names:
            pass
        self._names.add(name.zh)
        return name


def _abbreviation(cell: CellPlace) -> str:
    return _ABBREVIATIONS.get(cell.community_name[:2], f"C{cell.community_code[-2:]}")


def _desk_title(department: str, place: int) -> str:
    if place == 1:
        return "工程师" if department == HOME_DEPARTMENT else "负责人"
    return "工作人员"
