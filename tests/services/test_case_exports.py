"""Lists of cases as files: two persons above 200 rows, nothing personal in them, every copy counted, marked and recorded."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, func, insert, select

from gridmediate.domain.case_exports import (
    ExportEmpty,
    ExportForm,
    ExportGrown,
    ExportNotGranted,
    ExportOver,
    ExportsSpent,
    ExportState,
    OwnExport,
    is_same_person,
    most_rows,
)
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import FieldMissing, NotFound, NotPermitted
from gridmediate.domain.spreadsheets import unlike_formula
from gridmediate.domain.vocabulary import Role, Side
from gridmediate.services import case_exports
from gridmediate.services.accounts import actor_for
from gridmediate.services.case_export_files import COLUMNS, ExportFile, make_file
from gridmediate.services.case_exports import ExportAsk
from gridmediate.services.downloads import takers_of
from gridmediate.services.filing import PartyEntry
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.store.history import words_of
from gridmediate.store.models import Account, Case, CaseExport, Cell, HistoryEntry, Notice
from tests.builders import CELL, NEXT_COMMUNITY_CELL, OTHER_CELL, STREET, an_account
from tests.rig.walk import walked
from tests.rig.world import World

SECRETS = ("王小芳", "13812342071", "红星路七号", "漏水泡了天花板")


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here; the race of two is run on both elsewhere."""
    return sqlite_street_url


@pytest.fixture
def world(world: World) -> Iterator[World]:
    """A street whose copied cases are gone before its records are proved to hold: copies have no clocks."""
    yield world
    with world.store.writing() as session:
        session.execute(delete(Case).where(func.length(Case.case_no) > len("LX-2026-0001")))


def add_cases(world: World, count: int) -> None:
    """File one case and copy its row: what an export reads of it is the same."""
    facts = f"{SECRETS[3]}。请来看"
    number = world.file(facts=facts, address=SECRETS[2], parties=(PartyEntry(Side.APPLICANT, SECRETS[0], SECRETS[1]),)).case_no
    with world.store.writing() as session:
        columns = [each for each in Case.__table__.columns if each.name not in ("id", "case_no", "filing_key")]
        kept = dict(session.execute(select(*columns).where(Case.case_no == number)).one()._mapping)
        copies = [{**kept, "id": uuid.uuid4(), "case_no": f"{number}{at:05d}", "filing_key": uuid.uuid4()}
                  for at in range(1, count)]
        if copies:
            session.execute(insert(Case), copies)


def ask(world: World, by: str = "leader", desk: Desk = Desk.STREET, form: ExportForm = ExportForm.CSV,
        **narrowed: Any) -> CaseExport:
    asked = ExportAsk(desk, CaseFilter(**narrowed), form, "联席会用")
    row: CaseExport = world.do(case_exports.ask, asked, by=by, a_day=3)
    return row


def decide(world: World, row: CaseExport, by: str, *, is_granted: bool = True) -> None:
    world.do(case_exports.decide, row.id, "已核", by=by, is_granted=is_granted)


def take(world: World, row: CaseExport, by: str = "leader") -> tuple[ExportFile, bytes]:
    with world.store.reading() as session:
        made = make_file(session, row.id, world.people[by], world.now)
    with made.body:
        body = made.body.read()
    world.do(case_exports.note_taken, row.id, made.number, made.rows, made.sha256, by=by)
    assert (sha256(body).hexdigest(), len(body)) == (made.sha256, made.size)
    return made, body


def rows_of(made: ExportFile, body: bytes) -> list[list[Any]]:
    if made.name.endswith(".csv"):
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(body)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}
    return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


def acts(world: World) -> list[tuple[str, dict[str, Any], str]]:
    with world.store.reading() as session:
        rows = session.scalars(select(HistoryEntry).where(HistoryEntry.act.startswith("export.")).order_by(HistoryEntry.at)).all()
        return [(row.act, row.details, words_of(session, row)) for row in rows]


def second_leader(world: World, phone: str) -> str:
    with world.store.writing() as session:
        account = an_account(session, Role.LEADER, login="second_leader", place=STREET)
        account.phone = phone
        world.people["second_leader"] = actor_for(session, session.get_one(Account, account.id), world.now)
    return "second_leader"


def test_201_rows_leave_only_after_somebody_else_agreed_and_every_copy_is_marked_and_recorded(world: World) -> None:
    add_cases(world, 201)
    row = ask(world)
    with pytest.raises(ExportNotGranted) as refusal:
        take(world, row)
    assert "201" in refusal.value.say("zh") and "批准" in refusal.value.say("zh")
    for by, problem in (("leader", OwnExport), ("cadre", NotFound), ("other_leader", NotFound), ("administrator", NotFound)):
        with pytest.raises(problem):
            decide(world, row, by)
    decide(world, row, "coordinator")
    with pytest.raises(ExportOver):
        decide(world, row, "coordinator", is_granted=False)
    made, body = take(world, row)
    lines = rows_of(made, body)
    assert (made.rows, len(lines)) == (201, 203)
    assert {line[-1] for line in lines[2:]} == {f"{row.export_no}-1"}
    told = dict((act, (details, words)) for act, details, words in acts(world))
    assert told["export.ask"][1] == "联席会用" and told["export.grant"][1] == "已核"
    assert told["export.take"][0] == {"number": f"{row.export_no}-1", "rows": 201, "format": "csv", "second": "coordinator",
                                      "sha256": made.sha256}
    with world.store.writing() as session:
        for sought in (f"{row.export_no}-1", made.sha256):
            assert [each.login for each in takers_of(session, sought.lower(), world.now)] == ["leader"]
    with world.store.reading() as session:
        heard = {(each.account_id, each.act) for each in session.scalars(select(Notice).where(Notice.case_id.is_(None)))}
    people = world.people
    assert heard == {(people["coordinator"].account_id, "export.ask"), (people["leader"].account_id, "export.grant")}


@pytest.mark.parametrize("form", list(ExportForm))
def test_a_file_says_whose_it_is_and_holds_nothing_personal_and_no_formula(world: World, form: ExportForm) -> None:
    with world.store.writing() as session:
        session.scalars(select(Cell).where(Cell.cell_code == CELL)).one().name = '=HYPERLINK("//x")\x0b<b>&'
    add_cases(world, 2)
    made, body = take(world, ask(world, form=form))
    lines = rows_of(made, body)
    assert lines[0][0].startswith("格里和 DC-") and "leader" in lines[0][0] and "2026-11-23 09:40" in lines[0][0]
    assert lines[1] == [words.zh for words, _ in COLUMNS]
    cell = lines[2][2]
    assert cell.startswith("'=HYP") if form is ExportForm.CSV else cell == '=HYPERLINK("//x")<b>&'
    said = dict(zip(lines[1], lines[2], strict=True))
    assert (said["网格编码"], said["纠纷类型编码"], said["层级"], said["轮到谁"]) == (CELL, "0201", "网格", "轮到社区")
    assert not [each for each in SECRETS if each in str(lines)]


def test_up_to_200_rows_nobody_else_is_asked_and_a_copy_can_be_taken_three_times_in_a_day(world: World) -> None:
    add_cases(world, 200)
    row = ask(world)
    for number in (1, 2, 3):
        assert take(world, row)[0].number == number
    with pytest.raises(ExportOver):
        take(world, row)
    other = ask(world)
    assert other.state is ExportState.WAITING, "a long list cut into short ones is a long list"
    decide(world, other, "coordinator")
    world.pass_time(hours=24)
    with pytest.raises(ExportOver):
        take(world, other)
    assert ask(world).state is ExportState.GRANTED, "on another day"


def test_a_list_that_grew_beyond_what_was_agreed_is_asked_for_anew(world: World) -> None:
    add_cases(world, 200)
    row = ask(world)
    add_cases(world, 1)
    with pytest.raises(ExportGrown):
        take(world, row)
    long = ask(world)
    decide(world, long, "coordinator")
    add_cases(world, 20)
    assert take(world, long)[0].rows == 221 == most_rows(201)
    add_cases(world, 1)
    with pytest.raises(ExportGrown):
        take(world, long)


def test_each_takes_out_what_he_answers_for_and_as_often_as_allowed(world: World) -> None:
    for cell, by in ((CELL, "worker"), (NEXT_COMMUNITY_CELL, "far_worker"), (OTHER_CELL, "other_worker")):
        world.file(by, cell_code=cell)
    assert ask(world).rows_asked == 2
    assert ask(world, "cadre", Desk.COMMUNITY).rows_asked == 1
    with pytest.raises(ExportEmpty):
        ask(world, "cadre", Desk.STREET)
    for by in ("worker", "housing", "coordinator", "administrator", "auditor"):
        with pytest.raises(NotPermitted):
            ask(world, by, Desk.COUNTY)
    with pytest.raises(FieldMissing):
        world.do(case_exports.ask, ExportAsk(Desk.STREET, CaseFilter(), ExportForm.CSV, " "), by="leader", a_day=3)
    ask(world)
    ask(world)
    with pytest.raises(ExportsSpent):
        ask(world)
    world.pass_time(hours=24)
    ask(world)


def test_rows_are_those_of_the_rights_at_the_taking(world: World) -> None:
    world.file()
    row = ask(world, "cadre", Desk.COMMUNITY)
    world.people["cadre"] = Actor(world.people["cadre"].account_id, "林", frozenset({Role.CADRE}))
    assert take(world, row, "cadre")[0].rows == 0
    world.people["cadre"] = Actor(world.people["cadre"].account_id, "林", frozenset())
    with pytest.raises(NotPermitted):
        take(world, row, "cadre")


def test_another_leader_is_asked_before_the_county_and_a_second_account_of_the_same_person_is_not(world: World) -> None:
    add_cases(world, 201)
    with world.store.writing() as session:
        session.get_one(Account, world.people["leader"].account_id).phone = "138-1234-0000"
    same = second_leader(world, phone="13812340000")
    row = ask(world)
    with pytest.raises(OwnExport):
        decide(world, row, same)
    with world.store.writing() as session:
        session.get_one(Account, world.people[same].account_id).phone = "13812340001"
    decide(world, ask(world), same, is_granted=False)
    with world.store.reading() as session:
        heard = session.scalars(select(Notice.account_id).where(Notice.act == "export.ask").order_by(Notice.id))
        assert list(heard) == [world.people["coordinator"].account_id, world.people[same].account_id]
        shown = session.scalars(select(CaseExport.state).order_by(CaseExport.asked_at, CaseExport.id)).all()
    assert shown == [ExportState.WAITING, ExportState.DENIED]


def test_a_request_is_taken_back_or_lapses_and_says_its_filter_without_what_was_searched_for(world: World) -> None:
    add_cases(world, 201)
    row = ask(world, head="02", cell_code=CELL)
    listed = world.do(case_exports.list_exports, by="coordinator").to_decide
    assert [each.zh for each in listed[0].words][1:] == ["未办结", "邻里"]
    ask(world, words=SECRETS[0])
    searched = world.do(case_exports.list_exports, by="leader").mine[0]
    assert [each.zh for each in searched.words] == ["全街道", "按案号、姓名、电话或网格名查找"]
    world.do(case_exports.withdraw, row.id, by="leader")
    with pytest.raises(ExportOver):
        decide(world, row, "coordinator")
    late = ask(world)
    world.pass_time(days=3)
    with pytest.raises(ExportOver):
        decide(world, late, "coordinator")
    assert world.do(case_exports.list_exports, by="coordinator").to_decide == ()
    assert [each.state for each in world.do(case_exports.list_exports, by="leader").mine] == [
        ExportState.LAPSED, ExportState.OVER, ExportState.WITHDRAWN]


@walked(("own", "other", "same"), [
    (("王芳", "13800000000"), ("李强", "138-0000-0000"), True), (("王芳", "13800000000"), ("王芳", "13900000000"), False),
    (("王芳", None), ("王 芳", "13900000000"), True), (("王芳", None), ("李强", None), False),
])
def test_a_person_is_known_by_the_phone_and_without_one_by_the_name(own: Any, other: Any, same: bool) -> None:
    assert is_same_person(own, other) is same


@walked(("text", "guarded"), [("=1+1", True), ("　@SUM", True), ("\t-1", True), ("1-2", False), ("", False), ("LX-1", False)])
def test_a_text_like_a_formula_is_quoted(text: str, guarded: bool) -> None:
    assert unlike_formula(text) == (f"'{text}" if guarded else text)
