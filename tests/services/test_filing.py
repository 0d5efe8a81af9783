"""Filing a dispute: its cell, team, clock, number, record and counts in one transaction, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from gridmediate.domain.problems import Faults as ManyFaults
from gridmediate.domain.problems import FieldMissing, FieldNotAChoice, FieldTooLong, NotPermitted
from gridmediate.domain.vocabulary import (
    LOCAL_ZONE,
    Datum,
    Flag,
    Part,
    Phrase,
    PlaceMethod,
    Seat,
    Side,
    Source,
    Urgency,
    Willingness,
)
from gridmediate.domain.workflow import State
from gridmediate.services.filing import FACTS_LIMIT, Filing, FilingKeyReused, PartyEntry, file_case, file_once, title_of
from gridmediate.services.placing import CellNotNear, Point, PointTooFar
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Case, CaseNumber, CellTally, HistoryEntry, Notice, Party, TeamSeat
from tests.builders import (
    CELL,
    COMMUNITY,
    GAP_CELL,
    NEXT_CELL,
    NEXT_COMMUNITY_CELL,
    ORIGIN,
    OTHER_CELL,
    OTHER_STREET,
    SIDE,
    STREET,
    inside,
)
from tests.rig.world import World

PARTIES = (
    PartyEntry(Side.APPLICANT, "王小芳", "13812342071", "柳溪路 3 号", willingness=Willingness.WILLING),
    PartyEntry(Side.RESPONDENT, "锦溪物业", is_organisation=True),
)


def whole(world: World, case_no: str) -> None:
    """Check that a filing is all there: seats, clock, record, counts, notices."""
    case = world.case(case_no)
    assert case.state is State.FILED
    assert len(case.clocks) == 1
    assert case.due_at == case.clocks[0].due_at
    assert world.acts(case_no)[0] == "case.file"
    if case.cell_code:
        assert {seat.seat for seat in case.seats} >= {Seat.CADRE, Seat.GRID_WORKER}
        assert all(Phrase.from_json(seat.reason).say("zh") for seat in case.seats)


@pytest.mark.parametrize("more", [
    {}, {"parties": PARTIES}, {"point": Point(*inside()), "cell_code": None},
    {"flags": (Flag.THREAT, Flag.MINOR), "t2_code": "0102"},
], ids=["list", "parties", "point", "flags"])
def test_a_filing_takes_at_most_twelve_statements(world: World, more: dict) -> None:
    world.file()  # rules and cells are read once per edition
    with world.statements() as sent:
        receipt = world.file(**more)
    assert len(sent) <= 12, "\n".join(sent)
    whole(world, receipt.case_no)


def test_a_filing_from_a_position_is_whole(world: World) -> None:
    point = Point(*inside(), accuracy_m=12.0)
    receipt = world.file(point=point, cell_code=None, place_method=PlaceMethod.POSITION, parties=PARTIES, source=Source.PARTY)
    case = world.case(receipt.case_no)
    whole(world, receipt.case_no)
    assert (case.cell_code, case.community_code, case.street_code) == (CELL, COMMUNITY, STREET)
    assert (case.lon, case.lat, case.raw_lon, case.raw_lat, case.accuracy_m) == (*inside(), *inside(), 12.0)
    assert case.cell_id is not None
    assert case.filed_by == world.people["worker"].account_id
    assert case.filed_at == case.status_since == world.now
    # Three working days from Monday end with Thursday.
    assert case.due_at == datetime(2026, 11, 27, tzinfo=LOCAL_ZONE)
    assert [party.position for party in case.parties] == [1, 2]
    with world.store.reading() as session:
        here = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
        assert [unseal(session, row, "name") for row in here] == ["王小芳", "锦溪物业"]
        assert unseal(session, session.get_one(Case, case.id), "title") == "楼上卫生间漏水，泡了天花板"
        told = set(session.scalars(select(Notice.account_id)))
    seated = {seat.account_id for seat in case.seats if seat.account_id}
    assert told == seated - {case.filed_by}
    assert b"\xe7\x8e\x8b\xe5\xb0\x8f\xe8\x8a\xb3" not in b"".join(party.name_sealed for party in case.parties)


def test_the_team_is_one_cadre_one_worker_and_the_departments_of_the_rules(world: World) -> None:
    case = world.case(world.file(t2_code="0602").case_no)
    by_seat = {seat.seat: seat for seat in case.seats if seat.seat is not Seat.DEPARTMENT}
    assert by_seat[Seat.CADRE].account_id in {world.people["cadre"].account_id, world.people["second_cadre"].account_id}
    assert by_seat[Seat.GRID_WORKER].account_id in {world.people["worker"].account_id, world.people["second_worker"].account_id}
    departments = [seat for seat in case.seats if seat.seat is Seat.DEPARTMENT]
    assert departments
    assert sum(seat.part is Part.LEAD for seat in departments) <= 1
    assert case.tasks == []  # nothing goes out before the community has accepted


def test_a_cell_without_a_worker_declares_the_seat_vacant_in_words(world: World) -> None:
    case = world.case(world.file(by="far_worker", cell_code=GAP_CELL).case_no)
    seat = next(seat for seat in case.seats if seat.seat is Seat.GRID_WORKER)
    assert seat.is_vacant
    assert seat.account_id is None
    assert "名册上没有网格员" in Phrase.from_json(seat.reason).say("zh")


def test_numbers_run_without_gaps_per_street_and_year_also_over_rolled_back_filings(world: World) -> None:
    first = world.file().case_no
    with pytest.raises(ZeroDivisionError), world.store.writing() as session:
        file_case(session, world.filing(), world.people["worker"], world.now)
        raise ZeroDivisionError
    with pytest.raises(ManyFaults):
        world.file(facts=" ")
    with pytest.raises(CellNotNear):
        world.file(point=Point(*inside()), cell_code=OTHER_CELL)
    assert [first, world.file().case_no] == ["LX-2026-0001", "LX-2026-0002"]
    assert world.file(by="other_worker", cell_code=OTHER_CELL).case_no == "DX-2026-0001"
    # New Year is the street's, not Greenwich's.
    world.now = datetime(2026, 12, 31, 15, 59, tzinfo=world.now.tzinfo)
    assert world.file().case_no == "LX-2026-0003"
    world.pass_time(minutes=1)
    assert world.file().case_no == "LX-2027-0001"
    assert world.count(Case) == 5


def test_sending_a_filing_again_gives_the_first_receipt_and_changes_nothing(world: World) -> None:
    filing = world.filing(parties=PARTIES, client_at=world.now)
    first = world.do(file_case, filing, by="worker")
    tables = (Case, Party, TeamSeat, Notice, HistoryEntry, CaseNumber, CellTally)
    before = [world.count(table) for table in tables]
    world.pass_time(days=3)
    again = world.do(file_case, filing, by="worker")
    assert (again.case_id, again.case_no, again.is_repeat, first.is_repeat) == (first.case_id, first.case_no, True, False)
    # The phone's clock is no part of what is filed.
    later = Filing(**{name: getattr(filing, name) for name in Filing.__dataclass_fields__} | {"client_at": world.now})
    assert world.do(file_case, later, by="worker").is_repeat
    assert file_once(world.store, filing, world.people["worker"], world.now).is_repeat
    assert [world.count(table) for table in tables] == before


@pytest.mark.parametrize("change", [
    {"facts": "另一件事"}, {"t2_code": "0203"}, {"cell_code": NEXT_CELL}, {"flags": (Flag.THREAT,)}, {"parties": PARTIES[:1]},
    {"parties": PARTIES[::-1]}, {"address": "柳溪路"}, {"willingness": Willingness.WILLING}, {"source": Source.COURT},
])
def test_the_same_key_with_other_contents_is_refused(world: World, change: dict) -> None:
    filing = world.filing()
    world.do(file_case, filing, by="worker")
    other = Filing(**{name: getattr(filing, name) for name in Filing.__dataclass_fields__} | change)
    with pytest.raises(FilingKeyReused):
        world.do(file_case, other, by="worker")
    assert world.count(Case) == 1


def test_a_key_is_its_filers_own(world: World) -> None:
    key = uuid4()
    assert world.file(filing_key=key).case_no != world.file(by="next_worker", filing_key=key).case_no


EDGE = Point(inside()[0] + SIDE / 2 - 0.00005, inside()[1], accuracy_m=30.0)


def test_near_a_border_the_filer_is_asked_which_cell(world: World) -> None:
    with pytest.raises(FieldMissing) as asked:
        world.file(point=EDGE, cell_code=None)
    assert asked.value.field == "cell_code"
    for cell in (CELL, NEXT_CELL):
        case = world.case(world.file(point=EDGE, cell_code=cell).case_no)
        assert case.cell_code == cell
        said = Phrase.from_json(case.place_reason)
        assert said.code == "place.chosen"
        assert "误差约 30 米" in said.say("zh")
    with pytest.raises(CellNotNear):
        world.file(point=EDGE, cell_code=NEXT_COMMUNITY_CELL)


def test_on_the_shared_edge_itself_the_smaller_code_gets_it_and_the_case_says_so(world: World) -> None:
    case = world.case(world.file(point=Point(ORIGIN[0] + SIDE, inside()[1]), cell_code=None).case_no)
    assert case.cell_code == CELL
    assert Phrase.from_json(case.place_reason).code == "place.edge"


def test_a_filer_who_cannot_say_leaves_the_cell_to_the_one_community_asked(world: World) -> None:
    case = world.case(world.file(point=EDGE, cell_code=None, is_unsure=True).case_no)
    assert (case.cell_code, case.community_code) == (None, COMMUNITY)
    assert case.seats == []
    between = Point(inside()[0], inside()[1] + SIDE / 2 - 0.00005, accuracy_m=30.0)
    case = world.case(world.file(point=between, cell_code=None, is_unsure=True).case_no)
    assert (case.cell_code, case.community_code, case.street_code) == (None, None, STREET)


def test_outside_every_cell_the_street_settles_it_and_the_case_names_the_nearest(world: World) -> None:
    outside = Point(inside()[0] - 3 * SIDE, inside()[1])
    case = world.case(world.file(point=outside, cell_code=None).case_no)
    assert (case.cell_code, case.community_code, case.street_code) == (None, None, STREET)
    said = Phrase.from_json(case.place_reason)
    assert said.code == "place.outside"
    assert "第1网格" in said.say("zh")
    assert world.count(CellTally) == 0
    whole(world, case.case_no)


def test_an_address_alone_waits_with_the_filers_own_community(world: World) -> None:
    case = world.case(world.file(cell_code=None, address="柳溪路口，门牌没问到", place_method=PlaceMethod.ADDRESS).case_no)
    assert (case.cell_code, case.community_code) == (None, COMMUNITY)
    assert Phrase.from_json(case.place_reason).code == "place.address"
    other = world.case(world.file(by="other_worker", cell_code=None, address="东园路").case_no)
    assert other.street_code == OTHER_STREET


@pytest.mark.parametrize("point", [Point(float("nan"), 30.2), Point(120.1, float("inf")), Point(181, 30), Point(30.2, 120.1)])
def test_coordinates_that_are_nowhere_are_refused_in_words(world: World, point: Point) -> None:
    with pytest.raises(PointTooFar) as refusal:
        world.file(point=point, cell_code=None)
    assert refusal.value.field == "place"


def test_a_shifted_datum_is_taken_back_and_what_came_in_is_kept(world: World) -> None:
    lon, lat = inside()
    case = world.case(world.file(point=Point(lon + 0.0047, lat - 0.0024, datum=Datum.GCJ02), cell_code=None).case_no)
    assert case.datum is Datum.GCJ02
    assert (case.raw_lon, case.raw_lat) == (lon + 0.0047, lat - 0.0024)
    assert case.lon is not None
    assert abs(case.lon - lon) < 0.001
    assert case.cell_code == CELL


@pytest.mark.parametrize("flags", [(Flag.THREAT,), (Flag.SELF_HARM,), (Flag.DOMESTIC_VIOLENCE,)])
def test_danger_makes_a_case_urgent_and_brings_the_police_station(world: World, flags: tuple[Flag, ...]) -> None:
    case = world.case(world.file(flags=flags).case_no)
    assert case.urgency is Urgency.URGENT
    assert "police_station" in {seat.department_code for seat in case.seats}
    assert case.flags == [flag.value for flag in flags]


def test_a_matter_that_mediation_may_not_take_can_be_filed_all_the_same(world: World) -> None:
    # The person at the door is heard; the community then says where to go.
    whole(world, world.file(t2_code="1401").case_no)


def test_every_fault_of_a_form_comes_back_at_once(world: World) -> None:
    with pytest.raises(ManyFaults) as refusal:
        world.file(facts="", t2_code="9999", address="长" * 201,
                   parties=(PartyEntry(Side.APPLICANT, " "), PartyEntry(Side.RESPONDENT, "名" * 61)))
    found = {problem.field: type(problem) for problem in refusal.value.problems}
    assert found == {"facts": FieldMissing, "address": FieldTooLong, "t2_code": FieldNotAChoice, "party-0-name": FieldMissing,
                     "party-1-name": FieldTooLong}
    with pytest.raises(ManyFaults):
        world.file(facts="字" * (FACTS_LIMIT + 1))
    with pytest.raises(FieldNotAChoice):
        world.file(cell_code="990101001001999")
    assert world.count(Case) == world.count(CaseNumber) == 0


@pytest.mark.parametrize("who", ["housing", "leader", "coordinator", "administrator", "auditor"])
def test_only_people_of_the_community_file(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        world.file(by=who)


def test_the_phones_clock_decides_nothing(world: World) -> None:
    ahead = world.case(world.file(client_at=world.now + timedelta(hours=48)).case_no)
    behind = world.case(world.file(client_at=world.now - timedelta(hours=48)).case_no)
    assert ahead.due_at == behind.due_at
    assert ahead.filed_at == behind.filed_at == world.now
    assert ahead.client_at == world.now + timedelta(hours=48)


def test_counts_are_kept_with_the_filing(world: World) -> None:
    for cell in (CELL, CELL, NEXT_CELL):
        world.file(cell_code=cell)
    with world.store.reading() as session:
        kept = session.execute(select(CellTally.cell_code, func.sum(CellTally.filed)).where(
            CellTally.month == 0, CellTally.head == "").group_by(CellTally.cell_code)).all()
    assert {code: int(number) for code, number in kept} == {CELL: 2, NEXT_CELL: 1}


@pytest.mark.parametrize(("facts", "title"), [
    ("楼上漏水。已经三天", "楼上漏水"), ("楼上漏水", "楼上漏水"), ("。。。", "。。。"), ("  漏水 \n 第二行", "漏水"),
    ("一二三四五六七八九十，一二三四五六七八九十一二三四五六七八", "一二三四五六七八九十"),
    ("一二三四五六七八九十一二三四五六七八九十一二三四五六七八", "一二三四五六七八九十一二三四五六七八九十一二三四…"),
])
def test_the_title_is_the_first_clause(facts: str, title: str) -> None:
    assert title_of(facts) == title
