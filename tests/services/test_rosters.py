"""Rosters: days across, gaps, covers; changes that do not reach back; joiners, movers and leavers from Excel."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from gridmediate.domain.problems import Faults, NotFound, NotPermitted
from gridmediate.domain.staff_problems import (
    AccountGone,
    DayInThePast,
    DaysReversed,
    LeaverUnknown,
    NotOneself,
    SeatTaken,
    StaffDayUnreadable,
    StaffFileRefused,
    StaffHeaderMissing,
    StaffLoginInvalid,
    StaffNamesDiffer,
    StaffPlaceUnknown,
    StaffRowIncomplete,
    StaffRowTwice,
    StaffSeatTwice,
    StaffTermReversed,
    StaffValueUnknown,
    TermOver,
)
from gridmediate.domain.vocabulary import Role, Seat
from gridmediate.services import accounts
from gridmediate.services.grid import grid_of
from gridmediate.services.rosters import Presence, coverage, roster_view
from gridmediate.services.seating import TermEntry, change_term, end_term, seat_person
from gridmediate.services.staff_files import COLUMNS, read_staff
from gridmediate.services.staff_template import staff_template
from gridmediate.services.staffing import Change, import_staff, plan_staff
from gridmediate.store.models import Account, HistoryEntry, Post, RosterTerm
from tests.builders import (
    CELL,
    COMMUNITY,
    DEPARTMENT,
    NEXT_CELL,
    NEXT_COMMUNITY,
    NEXT_COMMUNITY_CELL,
    STREET,
    a_seat,
    an_account,
)
from tests.services.office import NOW, TODAY, acting, an_office

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
SECRET = "for tests"


@pytest.fixture
def session(sqlite_url):
    with an_office(sqlite_url) as store, store.writing() as session:
        yield session


@pytest.fixture
def admin(session):
    return acting(session, Role.ADMINISTRATOR, login="admin")


def stretches(session, cell, seat, first=TODAY, days=14):
    view = roster_view(session, first, days, NOW)
    row = next(row for row in view.rows if row.cell.code == cell and row.seat is seat)
    return [(each.presence, each.days, each.term.account.name if each.term else None) for each in row.stretches]


# ---- days across


def test_a_seat_held_without_end_is_one_stretch(session):
    an_account(session, name="罗一鸣")
    assert stretches(session, CELL, Seat.GRID_WORKER) == [(Presence.HELD, 14, "罗一鸣")]


def test_leave_shows_as_cover_and_gap_between_two_terms(session):
    worker, other = an_account(session, name="罗一鸣", cells=[]), an_account(session, name="林晓", cells=[])
    a_seat(session, worker, CELL, valid_to=TODAY + 2 * DAY)
    a_seat(session, other, CELL, is_cover=True, valid_from=TODAY + 3 * DAY, valid_to=TODAY + 6 * DAY)
    a_seat(session, worker, CELL, valid_from=TODAY + 10 * DAY)
    assert stretches(session, CELL, Seat.GRID_WORKER) == [
        (Presence.HELD, 3, "罗一鸣"), (Presence.COVERED, 4, "林晓"), (Presence.EMPTY, 3, "罗一鸣"), (Presence.HELD, 4, "罗一鸣")]


def test_a_holder_comes_before_a_cover_on_the_same_day(session):
    a_seat(session, an_account(session, name="林晓", cells=[]), CELL, is_cover=True)
    an_account(session, name="罗一鸣")
    assert stretches(session, CELL, Seat.GRID_WORKER) == [(Presence.HELD, 14, "罗一鸣")]


def test_a_term_for_the_whole_community_counts_in_each_of_its_cells(session):
    cadre = an_account(session, Role.CADRE, name="苏婉清")
    a_seat(session, cadre, COMMUNITY, Seat.CADRE)
    assert stretches(session, CELL, Seat.CADRE) == stretches(session, NEXT_CELL, Seat.CADRE) == [(Presence.HELD, 14, "苏婉清")]
    assert stretches(session, NEXT_COMMUNITY_CELL, Seat.CADRE) == [(Presence.EMPTY, 14, None)]


def test_a_closed_account_leaves_its_seat_empty(session):
    an_account(session, is_active=False)
    assert [each[0] for each in stretches(session, CELL, Seat.GRID_WORKER)] == [Presence.EMPTY]


def test_gaps_are_named_from_today_on_and_the_nearest_first(session):
    worker = an_account(session, cells=[])
    a_seat(session, worker, CELL, valid_to=TODAY + 4 * DAY).note = "调离未补"
    a_seat(session, worker, NEXT_CELL, valid_from=TODAY + 3 * DAY)
    view = roster_view(session, TODAY - 10 * DAY, 28, NOW, community=COMMUNITY)
    found = [(gap.cell.code, gap.first, gap.last, gap.is_open, gap.reason) for gap in view.gaps if gap.seat is Seat.GRID_WORKER]
    assert found == [
        (NEXT_CELL, TODAY, TODAY + 2 * DAY, False, ""), (CELL, TODAY + 5 * DAY, TODAY + 17 * DAY, True, "调离未补")]


def test_the_report_names_gaps_doubles_closed_accounts_and_missing_posts(session):
    one, two = an_account(session, name="罗一鸣", cells=[]), an_account(session, name="林晓", cells=[])
    a_seat(session, one, CELL)
    a_seat(session, two, CELL).position = 1
    gone = an_account(session, is_active=False, cells=[NEXT_CELL])
    idle = an_account(session, None, cells=[NEXT_COMMUNITY_CELL])
    report = coverage(session, NOW)
    assert [(cell.code, seat) for cell, seat, _ in report.doubles] == [(CELL, Seat.GRID_WORKER)]
    assert [term.account_id for term in report.gone] == [gone.id]
    assert [term.account_id for term in report.without_post] == [idle.id]
    assert (NEXT_CELL, Seat.GRID_WORKER) in {(gap.cell.code, gap.seat) for gap in report.empty_today}
    assert report.seats == 8


# ---- changes


def entry(**more):
    given = {"cell_code": CELL, "seat": Seat.GRID_WORKER, "login": "new", "valid_from": TODAY}
    return TermEntry(**(given | more))


def test_whoever_is_seated_gets_the_post_that_the_seat_needs(session, admin):
    newcomer = an_account(session, None, login="new")
    seat_person(session, entry(), admin, NOW)
    post = session.scalars(select(Post).where(Post.account_id == newcomer.id)).one()
    assert (post.role, post.place_code, post.valid_from) == (Role.GRID_WORKER, COMMUNITY, TODAY)
    assert accounts.actor_for(session, newcomer, NOW).cells == {CELL}


def test_a_second_holder_is_refused_unless_he_replaces_the_first(session, admin):
    holder = an_account(session, name="罗一鸣")
    an_account(session, None, login="new")
    with pytest.raises(SeatTaken) as refusal:
        seat_person(session, entry(valid_from=TODAY + 5 * DAY), admin, NOW)
    assert "罗一鸣" in refusal.value.say("zh")
    seat_person(session, entry(valid_from=TODAY + 5 * DAY, replaces=True), admin, NOW)
    assert session.scalars(select(RosterTerm.valid_to).where(RosterTerm.account_id == holder.id)).one() == TODAY + 4 * DAY


def test_a_cover_sits_beside_the_holder(session, admin):
    an_account(session)
    an_account(session, None, login="new")
    assert seat_person(session, entry(is_cover=True), admin, NOW).is_cover


def test_a_term_never_begins_in_the_past(session, admin):
    an_account(session, None, login="new")
    with pytest.raises(Faults) as refusal:
        seat_person(session, entry(valid_from=TODAY - DAY, valid_to=TODAY - 2 * DAY), admin, NOW)
    assert [type(each) for each in refusal.value.problems] == [DayInThePast, DaysReversed]


def test_every_fault_of_an_entry_is_said_at_once(session, admin):
    an_account(session, None, login="gone", is_active=False)
    with pytest.raises(Faults) as refusal:
        seat_person(session, entry(cell_code="0", login="gone", note="备" * 61), admin, NOW)
    assert [each.field for each in refusal.value.problems] == ["cell", "login", "note"]
    assert AccountGone in [type(each) for each in refusal.value.problems]


def test_ending_a_term_ends_it_yesterday_and_one_that_has_not_begun_is_taken_out(session, admin):
    worker = an_account(session, cells=[])
    running, ahead = a_seat(session, worker, CELL), a_seat(session, worker, NEXT_CELL, valid_from=TODAY + DAY)
    end_term(session, running.id, admin, NOW)
    end_term(session, ahead.id, admin, NOW)
    assert session.get(RosterTerm, running.id).valid_to == TODAY - DAY
    assert session.get(RosterTerm, ahead.id) is None
    acts = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "roster.end").order_by(HistoryEntry.seq)).all()
    assert [each.details["taken_out"] for each in acts] == [False, True]


def test_the_past_of_a_roster_is_not_changed(session, admin):
    worker = an_account(session, cells=[])
    over, running = a_seat(session, worker, CELL, valid_to=TODAY - 5 * DAY), a_seat(session, worker, NEXT_CELL)
    with pytest.raises(TermOver):
        change_term(session, over.id, None, "", admin, NOW)
    with pytest.raises(Faults):
        change_term(session, running.id, TODAY - 5 * DAY, "", admin, NOW)
    with pytest.raises(Faults):
        end_term(session, running.id, admin, NOW, last=TODAY - 2 * DAY)


def test_only_an_administrator_changes_the_roster(session):
    worker = an_account(session, cells=[])
    term, cadre = a_seat(session, worker, CELL), acting(session, Role.CADRE)
    for act in (lambda: seat_person(session, entry(), cadre, NOW), lambda: end_term(session, term.id, cadre, NOW)):
        with pytest.raises(NotPermitted):
            act()


def test_an_absent_term_is_answered_as_absent(session, admin):
    with pytest.raises(NotFound):
        end_term(session, admin.account_id, admin, NOW)


# ---- the file of staff


def a_file(tmp_path, *rows, header=None, name="staff.xlsx"):
    book = Workbook()
    sheet = book.active
    sheet.append(list(header or (words.zh for words in COLUMNS.values())))
    for row in rows:
        sheet.append([row.get(key) for key in COLUMNS])
    path = tmp_path / name
    book.save(path)
    return path


def a_row(login="JX-0901", name="罗一鸣", post="网格员", place=COMMUNITY, cells=CELL, **more):
    return {"login": login, "name": name, "post": post, "place": place, "cells": cells, **more}


@pytest.fixture
def taken(session, admin, tmp_path):
    """Return a function that imports rows."""
    def take(*rows, now=NOW):
        return import_staff(session, read_staff(a_file(tmp_path, *rows), "staff.xlsx"), admin, now, secret=SECRET)
    return take


def faults_of(session, admin, tmp_path, *rows):
    with pytest.raises(Faults) as refusal:
        import_staff(session, read_staff(a_file(tmp_path, *rows), "staff.xlsx"), admin, NOW, secret=SECRET)
    return [(type(each), each.values["row"]) for each in refusal.value.problems]


def test_a_joiner_gets_account_post_seat_and_an_invitation_and_no_password(session, taken):
    report = taken(a_row(phone="15400000001", name_en="Luo Yiming"))
    account = session.scalars(select(Account).where(Account.login == "JX-0901")).one()
    assert account.password_hash is None
    assert [(each.login, each.name) for each in report.invitations] == [("JX-0901", "罗一鸣")]
    assert accounts.invited(session, report.invitations[0].token, secret=SECRET).id == account.id
    assert accounts.actor_for(session, account, NOW).cells == {CELL}
    assert report.count(Change.JOINS) == 1


def test_the_same_file_again_changes_nothing(session, taken):
    rows = [a_row(), a_row("JX-0902", "苏婉清", "社区干部", cells="全部"), a_row("BM-01", "方琳", "部门人员", DEPARTMENT, None)]
    taken(*rows)
    def state():
        return [(each.id, each.valid_to) for kind in (Account, Post, RosterTerm) for each in session.scalars(select(kind))
                if hasattr(each, "valid_to")]
    before, entries = state(), len(session.scalars(select(HistoryEntry)).all())
    for now in (NOW, NOW + 3 * DAY):
        again = taken(*rows, now=now)
        assert (again.changes, again.unchanged, again.invitations) == ([], 3, [])
    assert state() == before
    assert len(session.scalars(select(HistoryEntry)).all()) == entries


def test_a_plan_says_what_would_change_and_keeps_nothing(session, admin, tmp_path):
    sheet = read_staff(a_file(tmp_path, a_row(), a_row("JX-0902", "苏婉清", "社区干部", cells="全部")), "staff.xlsx")
    plan = plan_staff(session, sheet, admin, NOW)
    assert [each.kind for each in plan.changes] == [Change.JOINS, Change.JOINS]
    assert "坐第1网格网格员席" in "；".join(words.say("zh") for words in plan.changes[0].words)
    assert "Cell 1" in "; ".join(words.say("en") for words in plan.changes[0].words)
    assert session.scalars(select(Account).where(Account.login == "JX-0901")).all() == []


def test_a_mover_leaves_the_old_cell_the_day_before(session, taken):
    taken(a_row())
    report = taken(a_row(cells=NEXT_CELL, first=TODAY + 7 * DAY))
    mine = select(RosterTerm).join(Account).where(Account.login == "JX-0901").order_by(RosterTerm.valid_from)
    terms = session.scalars(mine).all()
    assert [(term.cell_code, term.valid_from, term.valid_to) for term in terms] == [
        (CELL, TODAY, TODAY + 6 * DAY), (NEXT_CELL, TODAY + 7 * DAY, None)]
    assert report.count(Change.MOVES) == 1


def test_a_mover_to_another_community_loses_the_old_post(session, taken):
    taken(a_row())
    taken(a_row(place=NEXT_COMMUNITY, cells=NEXT_COMMUNITY_CELL, first=TODAY + DAY))
    posts = session.scalars(select(Post).join(Account).where(Account.login == "JX-0901").order_by(Post.valid_from)).all()
    assert [(post.place_code, post.valid_to) for post in posts] == [(COMMUNITY, TODAY), (NEXT_COMMUNITY, None)]


def test_a_successor_ends_the_holder_who_is_not_in_the_file(session, taken):
    taken(a_row())
    report = taken(a_row("JX-0902", "林晓", first=TODAY + DAY))
    old = session.scalars(select(RosterTerm).join(Account).where(Account.login == "JX-0901")).one()
    assert old.valid_to == TODAY
    assert {each.login for each in report.changes} == {"JX-0901", "JX-0902"}


def test_a_cover_ends_nobody(session, taken):
    taken(a_row(), a_row("JX-0902", "林晓", cells=NEXT_CELL))
    taken(a_row("JX-0902", "林晓", cells=CELL, cover="是", first=TODAY, last=TODAY + 3 * DAY))
    assert session.scalars(select(RosterTerm).where(RosterTerm.valid_to.is_(None))).all().__len__() == 2


def test_a_leaver_loses_seats_posts_and_with_the_day_past_the_account(session, taken):
    taken(a_row())
    leave = {"login": "JX-0901", "name": "罗一鸣", "post": "离岗", "last": TODAY + 2 * DAY}
    assert taken(leave).count(Change.LEAVES) == 1
    account = session.scalars(select(Account).where(Account.login == "JX-0901")).one()
    assert account.is_active
    assert taken(leave).changes == []
    taken(leave, now=NOW + 3 * DAY)
    assert not account.is_active
    assert taken(leave, now=NOW + 4 * DAY).changes == []


def test_a_handover_in_one_file_leaves_no_day_without_a_worker(session, taken):
    taken(a_row())
    taken({"login": "JX-0901", "name": "罗一鸣", "post": "离岗", "last": TODAY + DAY},
          a_row("JX-0902", "林晓", first=TODAY + 2 * DAY))
    assert [each[0] for each in stretches(session, CELL, Seat.GRID_WORKER)] == [Presence.HELD, Presence.HELD]


def test_all_faults_of_all_rows_come_at_once_by_row(session, admin, tmp_path):
    an_account(session, login="JX-0900", name="陈志远")
    assert faults_of(
        session, admin, tmp_path,
        a_row(login=None), a_row("有空格"), a_row("JX-1", post="队长"), a_row("JX-2", first="明天"),
        a_row("JX-3", first="2026-12-01", last="2026-11-30"), a_row("JX-4", cells="990101001001999"), a_row("JX-5", place=STREET),
        a_row("JX-0900", "别人", cells=""), {"login": "nobody", "name": "x", "post": "离岗", "last": "2026-11-30"},
        a_row("JX-6", cells=NEXT_CELL), a_row("JX-7", "林晓", cells=NEXT_CELL),
        a_row("JX-8", "甲", cells=""), a_row("JX-8", "甲", cells=""), a_row("JX-9", cover="也许", cells=""),
    ) == [
        (StaffRowIncomplete, 2), (StaffLoginInvalid, 3), (StaffValueUnknown, 4), (StaffDayUnreadable, 5), (StaffTermReversed, 6),
        (StaffPlaceUnknown, 7), (StaffPlaceUnknown, 8), (StaffNamesDiffer, 9), (LeaverUnknown, 10), (StaffSeatTwice, 12),
        (StaffRowTwice, 14), (StaffValueUnknown, 15),
    ]
    assert session.scalars(select(Account).where(Account.login.startswith("JX-6"))).all() == []


def test_an_administrator_does_not_let_himself_go(session, admin, tmp_path):
    sheet = read_staff(a_file(tmp_path, {"login": "admin", "name": "林晓", "post": "离岗", "last": TODAY - DAY}), "staff.xlsx")
    with pytest.raises(Faults) as refusal:
        import_staff(session, sheet, admin, NOW, secret=SECRET)
    assert [type(each) for each in refusal.value.problems] == [NotOneself]


def test_codes_that_excel_took_for_numbers_and_real_dates_are_read(tmp_path):
    first = datetime(2026, 12, 1)  # noqa: DTZ001 - as Excel gives it
    path = a_file(tmp_path, a_row(place=int(COMMUNITY), cells=int(CELL), first=first, last=date(2026, 12, 31)))
    row = read_staff(path, "staff.xlsx").rows[0]
    assert (row.place_code, row.cells, row.first, row.last) == (COMMUNITY, (CELL,), date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize("written", ["2026-12-1", "2026/12/01", "2026.12.1", "2026年12月1日"])
def test_a_day_may_be_written_in_several_ways(tmp_path, written):
    assert read_staff(a_file(tmp_path, a_row(first=written)), "staff.xlsx").rows[0].first == date(2026, 12, 1)


def test_a_file_is_judged_by_its_content_and_not_by_its_ending(tmp_path):
    path = a_file(tmp_path, a_row()).rename(tmp_path / "random.upload")
    assert len(read_staff(path, "staff.xlsx").rows) == 1


def test_columns_may_stand_in_any_order_and_in_english(tmp_path):
    book = Workbook()
    book.active.append(["People of the street"])
    book.active.append(["Post", "Place code", "Name", "Sign-in name *"])
    book.active.append(["Community cadre", COMMUNITY, "苏婉清", "JX-0001"])
    book.save(tmp_path / "staff.xlsx")
    row = read_staff(tmp_path / "staff.xlsx", "staff.xlsx").rows[0]
    assert (row.login, row.role, row.place_code) == ("JX-0001", Role.CADRE, COMMUNITY)


def test_the_template_reads_as_no_rows_and_holds_no_formula(session, tmp_path):
    path = tmp_path / "template.xlsx"
    path.write_bytes(staff_template(grid_of(session, NOW), {DEPARTMENT: '=HYPERLINK("http://x")'}))
    read = read_staff(path, "template.xlsx")
    assert (read.rows, read.faults, read.examples) == ((), (), 3)
    for sheet in load_workbook(path).worksheets:
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert all(cell.value is None for row in sheet.iter_rows() for cell in row if cell.data_type == "n")


def test_a_header_without_its_columns_says_which(tmp_path):
    with pytest.raises(StaffHeaderMissing) as refusal:
        read_staff(a_file(tmp_path, header=["登录名", "姓名"]), "staff.xlsx")
    assert "岗位" in refusal.value.say("zh")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"login,name\n", b"\xd0\xcf\x11\xe0" * 200])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    (tmp_path / "staff.xlsx").write_bytes(content)
    with pytest.raises(StaffFileRefused):
        read_staff(tmp_path / "staff.xlsx", "staff.xlsx")


def repacked(path, change):
    """Write the workbook again with *change*(name, content) → content or None."""
    out = BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = change(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize(("part", "change"), [
    ("[Content_Types].xml", lambda content: content.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")),
    ("xl/worksheets/sheet1.xml", lambda content: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + content[content.index(b"<worksheet"):]),
    ("xl/worksheets/sheet1.xml", lambda content: content + b" " * 120_000_000),
    ("xl/worksheets/sheet1.xml", lambda content: content[:200]),
    ("xl/workbook.xml", lambda content: None),
], ids=["macros", "entities", "bomb", "cut", "no workbook"])
def test_a_crafted_workbook_is_refused_in_words(tmp_path, part, change):
    path = repacked(a_file(tmp_path, a_row()), lambda name, content: change(content) if name == part else content)
    with pytest.raises(StaffFileRefused):
        read_staff(path, "staff.xlsx")


def test_too_many_rows_are_refused_without_reading_on(tmp_path):
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>'
    rows = b"".join(row % (n, n) for n in range(2, 50_200))
    path = repacked(a_file(tmp_path, a_row()), lambda name, content: content.replace(b"</sheetData>", rows + b"</sheetData>")
                    if name == "xl/worksheets/sheet1.xml" else content)
    with pytest.raises(StaffFileRefused, match="50,000"):
        read_staff(path, "staff.xlsx")


def test_a_row_a_million_below_costs_nothing(tmp_path):
    path = repacked(a_file(tmp_path, a_row()), lambda name, content: content.replace(
        b"</sheetData>", b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')
        if name == "xl/worksheets/sheet1.xml" else content)
    shutil.copy(path, tmp_path / "far.xlsx")
    with pytest.raises(StaffFileRefused, match="50,000"):
        read_staff(tmp_path / "far.xlsx", "far.xlsx")
