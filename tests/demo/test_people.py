from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from random import Random

from gridmediate.demo.name_tables import OLDER, SINGLE, SURNAMES, YOUNGER
from gridmediate.demo.people import HOME_CELL, HOME_COMMUNITY, PRINTED_LOGINS, Staffing, make_name, make_phone, staff_street
from gridmediate.demo.places import CellPlace
from gridmediate.domain.departments import DEPARTMENTS
from gridmediate.domain.vocabulary import Role, Seat
from tests.demo.conftest import TODAY


def test_one_seed_names_the_same_people() -> None:
    assert [make_name(Random(5)) for _ in range(3)] == [make_name(Random(5)) for _ in range(3)]
    one, other = Random(5), Random(5)
    assert [make_name(one) for _ in range(200)] == [make_name(other) for _ in range(200)]


def test_every_character_of_a_name_has_its_pinyin() -> None:
    rng = Random(1)
    for _ in range(2000):
        name = make_name(rng)
        assert 2 <= len(name.zh) <= 3
        assert re.fullmatch(r"[A-Z][a-zü]+ [A-Z][a-z']+", name.en), name


def test_the_tables_hold_single_characters_once() -> None:
    places = [place for generation in (OLDER, YOUNGER) for sex in generation for place in sex]
    for table in [*places, SINGLE]:
        characters = [character for character, _ in table]
        assert len(set(characters)) == len(characters)
        assert all(len(character) == 1 for character in characters)
    assert len({surname for surname, _, _ in SURNAMES}) == len(SURNAMES)


def test_names_known_from_the_news_do_not_come_up() -> None:
    # Premiers, ministers and singers whose names the characters of the tables could have made.
    known = {"李强", "胡春华", "王俊凯", "李嘉诚", "刘晓波", "汪文斌", "李文亮", "王金平", "黄晓明", "陈晓东"}
    made: set[str] = set()
    for _, firsts, seconds in ((0, *pair) for generation in (OLDER, YOUNGER) for pair in generation):
        made |= {surname + first + second for surname, _, _ in SURNAMES for first, _ in firsts for second, _ in seconds}
    made |= {surname + given for surname, _, _ in SURNAMES for given, _ in SINGLE}
    assert not known & made


def test_a_phone_has_a_mobile_numbers_shape_in_a_segment_nobody_has() -> None:
    rng = Random(2)
    for _ in range(500):
        assert re.fullmatch(r"154\d{8}", make_phone(rng))


def test_the_printed_accounts_exist_once_each(staff: Staffing) -> None:
    logins = Counter(each.login for each in staff.people)
    assert all(logins[login] == 1 for login in PRINTED_LOGINS)
    assert max(logins.values()) == 1
    assert staff.member("cadre").name.zh == "陈志远"
    assert staff.member("dept").place_code == "housing"
    assert {each.role for each in staff.people} == set(Role)


def test_every_department_and_community_has_people(staff: Staffing, town: list[CellPlace]) -> None:
    by_place = Counter((each.role, each.place_code) for each in staff.people if each.valid_to is None)
    assert all(2 <= by_place[Role.DEPARTMENT_STAFF, code] <= 3 for code in DEPARTMENTS)
    assert all(by_place[Role.CADRE, code] >= 1 for code in {cell.community_code for cell in town})
    assert len({each.name.zh for each in staff.people}) == len(staff.people)


def test_a_seat_is_never_held_by_two_who_do_not_cover(staff: Staffing, town: list[CellPlace]) -> None:
    for back in range(-20, 440, 7):
        day = TODAY - timedelta(days=back)
        for cell in town:
            for seat in (Seat.CADRE, Seat.GRID_WORKER):
                assert len([term for term in staff.seated(cell.code, seat, day) if not term.is_cover]) <= 1


def test_rosters_have_gaps_covers_and_a_past(staff: Staffing, town: list[CellPlace]) -> None:
    codes = [cell.code for cell in town]
    assert staff.vacancies(codes, TODAY) == [
        (f"{HOME_COMMUNITY}001", Seat.CADRE), (f"{HOME_COMMUNITY}004", Seat.GRID_WORKER), ("990101001011004", Seat.GRID_WORKER),
    ]
    assert (f"{HOME_COMMUNITY}003", Seat.GRID_WORKER) in staff.vacancies(codes, TODAY + timedelta(days=15))
    assert len([term for term in staff.terms if term.is_cover and term.holds(TODAY)]) == 2
    assert len([each for each in staff.people if each.valid_to is not None]) == 9
    now = [term for term in staff.terms if term.seat is Seat.GRID_WORKER and not term.is_cover and term.holds(TODAY)]
    cells_of = Counter(term.login for term in now)
    assert sum(count == 2 for count in cells_of.values()) == 5


def test_the_worker_and_the_cadre_sit_in_their_cell(staff: Staffing) -> None:
    assert [term.login for term in staff.seated(HOME_CELL, Seat.GRID_WORKER, TODAY)] == ["worker"]
    assert [term.login for term in staff.seated(HOME_CELL, Seat.CADRE, TODAY)] == ["cadre"]


def test_nobody_sits_beyond_their_post(staff: Staffing) -> None:
    for term in staff.terms:
        member = staff.member(term.login)
        assert member.valid_to is None or (term.valid_to is not None and term.valid_to <= member.valid_to)
        assert member.place_code == term.cell_code[:12]


def test_one_seed_staffs_the_same_street(staff: Staffing, town: list[CellPlace]) -> None:
    assert staff_street(Random(20261123), town, tuple(DEPARTMENTS), TODAY) == staff
