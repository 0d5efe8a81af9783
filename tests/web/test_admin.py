"""The administrator's and auditor's rooms: imports in steps, the roster, people, holidays, the record."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
import shapely
from openpyxl import Workbook
from sqlalchemy import select

from gridmediate.domain.vocabulary import Role
from gridmediate.services.staff_files import COLUMNS
from gridmediate.store.models import Account, CalendarDay, CalendarYear, Cell, HistoryEntry, Post, RosterTerm
from tests import builders
from tests.builders import CELL, COMMUNITY, DEPARTMENT, NEXT_CELL, NEXT_COMMUNITY_CELL, ORIGIN, SIDE
from tests.web.conftest import NOW

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

TODAY = NOW.date()
XSS = "<script>alert(1)</script>"


@pytest.fixture
def admin(client_as):
    return client_as(Role.ADMINISTRATOR, login="admin", name="高立民")


@pytest.fixture
def auditor(client_as):
    return client_as(Role.AUDITOR, login="auditor", name="邵书宁")


def rows(store, statement):
    with store.reading() as session:
        return session.scalars(statement).all()


# ---- who may come in


@pytest.mark.parametrize("path", [
    "/grid", "/grid/import", "/rosters", "/rosters/new", "/rosters/import", "/coverage", "/people", "/people/new", "/rules",
])
@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMINISTRATOR])
def test_only_an_administrator_enters_the_administrators_rooms(client_as, path, role):
    assert client_as(role).get(path).status_code == 403


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.AUDITOR])
def test_only_an_auditor_reads_the_record(client_as, role):
    client = client_as(role)
    assert client.get("/audit").status_code == client.get("/audit/verify").status_code == 403


@pytest.mark.parametrize("path", [
    "/grid", "/rosters", "/rosters?days=7", "/rosters?days=91", "/rosters/new", "/coverage", "/people", "/people/new", "/rules",
    "/rules?year=2027", "/grid/import", "/rosters/import",
])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_in_both_languages(admin, store, path, language):
    with store.writing() as session:
        builders.an_account(session, name=XSS)
    answer = admin.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status_code == 200
    assert XSS not in answer.text


def test_an_administrator_gets_no_door_to_a_case(admin):
    for path in ("/cases", "/map", "/file"):
        assert admin.get(path).status_code in (403, 404)


# ---- importing cells


def square(column, row=0, width=1.0):
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    return shapely.box(west, south, west + width * SIDE, south + SIDE)


def a_file(cells, names=None):
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape),
         "properties": {"code": code, "name": (names or {}).get(code, f"第{int(code[-3:])}网格"), "households": 360}}
        for code, shape in cells
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


WHOLE = [(CELL, square(0)), (NEXT_CELL, square(1, width=2)), (NEXT_COMMUNITY_CELL, square(0, 1))]


def sent(client, content, name="cells.geojson"):
    return client.post("/grid/import", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def token_of(answer):
    return re.search(r"/grid/import/([\w-]+)/", answer.location).group(1)


def matched(client, content, **more):
    answer = sent(client, content)
    assert answer.status_code == 303, answer.text
    token = token_of(answer)
    chosen = {"code": "code", "name": "name", "households": "households"} | more
    return token, client.post(f"/grid/import/{token}/fields", data=chosen)


def test_four_steps_bring_new_editions_in(admin, store):
    token, answer = matched(admin, a_file(WHOLE))
    assert answer.location.endswith("/check")
    page = admin.get(answer.location)
    assert page.status_code == 200
    assert "没有查出问题" in page.text
    assert admin.post(f"/grid/import/{token}/check").location.endswith("/effect")
    page = admin.get(f"/grid/import/{token}/effect?valid_from={TODAY + timedelta(days=7)}")
    assert "变动的网格" in page.text
    done = admin.post(f"/grid/import/{token}/effect", data={"valid_from": str(TODAY + timedelta(days=7))})
    assert done.status_code == 303
    editions = rows(store, select(Cell).where(Cell.cell_code == NEXT_CELL).order_by(Cell.valid_from))
    assert [each.valid_to for each in editions] == [TODAY + timedelta(days=6), None]
    assert admin.get(f"/grid/import/{token}/check").status_code == 404


def test_faults_stand_on_the_page_on_the_map_and_in_the_table(admin):
    broken = [(CELL, square(0)), (NEXT_CELL, square(0.5)), (NEXT_CELL, square(0, 1))]
    token, answer = matched(admin, a_file(broken, {CELL: f"=1+1{XSS}"}))
    page = admin.get(answer.location)
    assert "必须改 2" in page.text
    assert "才能下一步" in page.text
    assert XSS not in page.text
    shown = admin.get(f"/grid/import/{token}/faults.geojson").get_json(force=True)["features"]
    assert [each["properties"]["number"] for each in shown] == list(range(1, len(shown) + 1))
    assert len(admin.get(f"/grid/import/{token}/cells.geojson").get_json(force=True)["features"]) == 3
    table = admin.get(f"/grid/import/{token}/faults.csv").get_data(as_text=True)
    assert "重叠" in table
    assert not any(field.startswith(("=", "+", "-", "@")) for line in table.splitlines() for field in line.split(","))


def test_nothing_goes_on_while_faults_stand_and_real_overlaps_can_be_accepted(admin):
    token, _ = matched(admin, a_file([(CELL, square(0)), (NEXT_CELL, square(0.5))]))
    assert admin.post(f"/grid/import/{token}/check").status_code == 409
    assert admin.get(f"/grid/import/{token}/effect").status_code == 303
    assert admin.post(f"/grid/import/{token}/check", data={"accept": "overlap"}).location.endswith("/effect")


def test_a_day_in_the_past_is_refused_and_what_was_chosen_stays(admin):
    token, _ = matched(admin, a_file(WHOLE))
    admin.post(f"/grid/import/{token}/check")
    day = str(TODAY - timedelta(days=3))
    answer = admin.post(f"/grid/import/{token}/effect", data={"valid_from": day, "retire": "1"})
    assert answer.status_code == 422
    assert f'value="{day}"' in answer.text
    assert "checked" in answer.text


@pytest.mark.parametrize("content", [b"", b"nonsense", b"{}", b"PK\x03\x04broken"])
def test_a_file_that_cannot_be_read_is_refused_in_words_and_not_kept(admin, app, content):
    answer = sent(admin, content)
    assert answer.status_code in (422, 404)
    assert "文件没有收下" in answer.text
    assert not list((app.settings.instance_folder / "uploads").glob("*.upload"))


def test_without_a_file_the_page_says_so(admin):
    assert admin.post("/grid/import", data={}, content_type="multipart/form-data").status_code == 422


def test_a_name_that_climbs_never_becomes_a_path(admin, app):
    answer = sent(admin, a_file(WHOLE), name="../../../../etc/passwd")
    assert answer.status_code == 303
    kept = [path.name for path in (app.settings.instance_folder / "uploads").iterdir()]
    assert all(re.fullmatch(r"[\w-]{20,40}\.(upload|json)", name) for name in kept)


def test_an_upload_belongs_to_whoever_sent_it(admin, client_as):
    token, _ = matched(admin, a_file(WHOLE))
    other = client_as(Role.ADMINISTRATOR)
    assert other.get(f"/grid/import/{token}/check").status_code == 404
    assert other.get("/grid/import/..%2f..%2fsecret/check").status_code == 404
    assert other.get(f"/grid/import/{'x' * 24}/fields").status_code == 404


def test_codes_of_other_lengths_come_in_under_one_community(admin, store):
    token, answer = matched(admin, a_file([("4711", square(9))]), community=COMMUNITY, pattern="")
    assert answer.location.endswith("/check")
    assert admin.post(f"/grid/import/{token}/check").status_code == 303
    assert admin.post(f"/grid/import/{token}/effect", data={"valid_from": str(TODAY)}).status_code == 303
    assert [each.community_code for each in rows(store, select(Cell).where(Cell.cell_code == "4711"))] == [COMMUNITY]


# ---- the roster


def test_the_roster_names_its_gaps_and_leads_to_the_form_that_fills_them(admin, store):
    with store.writing() as session:
        worker = builders.an_account(session, name="罗一鸣", cells=[])
        builders.a_seat(session, worker, CELL, valid_to=TODAY + timedelta(days=2))
    page = admin.get(f"/rosters?community={COMMUNITY}").text
    assert "罗一鸣" in page
    gap = f"/rosters/new?cell={CELL}&amp;seat=grid_worker&amp;valid_from={TODAY + timedelta(days=3)}"
    assert gap in page
    form = admin.get(gap.replace("&amp;", "&")).text
    assert f'value="{TODAY + timedelta(days=3)}"' in form


def test_a_term_is_entered_changed_and_ended(admin, store):
    with store.writing() as session:
        builders.an_account(session, None, login="new")
    entered = admin.post("/rosters/new", data={"cell": CELL, "seat": "grid_worker", "login": "new", "valid_from": str(TODAY)})
    assert entered.status_code == 303
    term = rows(store, select(RosterTerm))[0]
    assert admin.get(f"/rosters/terms/{term.id}").status_code == 200
    changed = {"valid_to": str(TODAY + timedelta(days=9)), "note": "产假"}
    assert admin.post(f"/rosters/terms/{term.id}", data=changed).status_code == 303
    assert admin.post(f"/rosters/terms/{term.id}/end").status_code == 303
    assert rows(store, select(RosterTerm)) == []


def test_a_refused_term_keeps_all_that_was_typed(admin, store):
    with store.writing() as session:
        builders.an_account(session, name="罗一鸣")
        builders.an_account(session, None, login="new")
    typed = {"cell": CELL, "seat": "grid_worker", "login": "new", "valid_from": str(TODAY), "note": "补选前"}
    answer = admin.post("/rosters/new", data=typed)
    assert answer.status_code == 409
    assert "罗一鸣" in answer.text
    assert 'value="补选前"' in answer.text
    assert f'value="{CELL}" selected' in answer.text


def test_an_absent_term_is_404(admin):
    assert admin.get("/rosters/terms/01a20000-0000-7000-8000-000000000000").status_code == 404


def a_workbook(*given):
    book = Workbook()
    book.active.append([words.zh for words in COLUMNS.values()])
    for row in given:
        book.active.append([row.get(key) for key in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


NEWCOMER = {"login": "JX-0901", "name": "罗一鸣", "post": "网格员", "place": COMMUNITY, "cells": CELL}


def sent_staff(client, content, name="staff.xlsx"):
    return client.post("/rosters/import", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def test_a_file_of_staff_is_shown_first_and_taken_over_then(admin, store, client):
    plan = sent_staff(admin, a_workbook(NEWCOMER))
    assert plan.status_code == 200
    assert "新来" in plan.text
    assert rows(store, select(Account).where(Account.login == "JX-0901")) == []
    token = re.search(r"/rosters/import/([\w-]+)", plan.text).group(1)
    done = admin.post(f"/rosters/import/{token}")
    link = re.search(r"http://[^<\s]+(/invitation/[^<\s]+)", done.text).group(1)
    assert client.get(link).status_code == 200
    account = rows(store, select(Account).where(Account.login == "JX-0901"))[0]
    assert account.password_hash is None
    assert admin.post(f"/rosters/import/{token}").status_code == 404
    assert "和现在的名册一样" in sent_staff(admin, a_workbook(NEWCOMER)).text


def test_faults_of_a_file_of_staff_come_by_row_and_nothing_is_kept(admin, store, app):
    answer = sent_staff(admin, a_workbook(NEWCOMER, NEWCOMER | {"login": "x y", "first": "明天"}))
    assert answer.status_code == 422
    assert answer.text.count("第 3 行") == 2
    assert rows(store, select(Account).where(Account.login == "JX-0901")) == []
    assert not list((app.settings.instance_folder / "uploads").glob("*.upload"))


def test_what_is_no_workbook_is_refused(admin):
    assert sent_staff(admin, b"login,name\n", "staff.csv").status_code == 422


def test_the_template_is_a_workbook(admin):
    answer = admin.get("/rosters/template.xlsx", check=False)
    assert answer.data.startswith(b"PK")
    assert "attachment" in answer.headers["Content-Disposition"]


# ---- people


def test_a_person_is_made_with_a_post_and_gets_a_link_once(admin, store, client):
    typed = {"login": "JX-0777", "name": "方琳", "role": "department_staff", "place": DEPARTMENT, "valid_from": str(TODAY)}
    answer = admin.post("/people/new", data=typed)
    link = re.search(r"http://[^<\s]+(/invitation/[^<\s]+)", answer.text).group(1)
    assert client.get(link).status_code == 200
    account = rows(store, select(Account).where(Account.login == "JX-0777"))[0]
    assert [post.role for post in rows(store, select(Post).where(Post.account_id == account.id))] == [Role.DEPARTMENT_STAFF]
    assert admin.post("/people/new", data=typed).status_code == 409


def test_every_fault_of_a_new_person_is_said_at_once(admin):
    answer = admin.post("/people/new", data={"login": "有 空格", "name": "方琳", "role": "cadre", "place": DEPARTMENT,
                                             "valid_from": str(TODAY - timedelta(days=1))})
    assert answer.status_code == 422
    assert all(f'href="#{field}"' in answer.text for field in ("login", "place", "valid_from"))
    assert 'value="方琳"' in answer.text


def test_closing_an_account_ends_posts_seats_and_sign_ins(admin, client_as, store):
    worker = client_as(Role.GRID_WORKER)
    page = f"/people/{worker.account.id}"
    assert admin.get(page).status_code == 200
    assert admin.post(f"{page}/close").status_code == 303
    assert "/sign-in" in worker.get("/").location
    assert {post.valid_to for post in rows(store, select(Post).where(Post.account_id == worker.account.id))} == {
        TODAY - timedelta(days=1)}
    assert {term.valid_to for term in rows(store, select(RosterTerm))} == {TODAY - timedelta(days=1)}


def test_nobody_locks_himself_out(admin, store):
    assert admin.post(f"/people/{admin.account.id}/close").status_code == 409
    post = rows(store, select(Post).where(Post.account_id == admin.account.id))[0]
    assert admin.post(f"/people/{admin.account.id}/posts/{post.id}/end").status_code == 409


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_works_on_cases_becomes_neither_administrator_nor_auditor(admin, client_as, role):
    cadre = client_as(Role.CADRE)
    typed = {"role": role, "place": builders.COUNTY, "valid_from": str(TODAY)}
    assert admin.post(f"/people/{cadre.account.id}/posts", data=typed).status_code == 409


def test_people_are_found_by_name_and_paged_by_key(admin, store):
    with store.writing() as session:
        for number in range(60):
            builders.an_account(session, None, login=f"P-{number:03d}", name=f"测试{number}")
    first = admin.get("/people?q=P-").text
    assert first.count('<th scope="row">') == 50
    onward = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    assert admin.get(onward).text.count('<th scope="row">') == 10
    assert "测试7</a>" in admin.get("/people?q=测试7").text


def test_an_invitation_can_be_given_again(admin, store):
    with store.writing() as session:
        account = builders.an_account(session, password=None)
    assert "/invitation/" in admin.post(f"/people/{account.id}/invite").text


# ---- holidays


def test_holidays_are_entered_and_a_year_is_said_to_be_whole(admin, store):
    assert "2027 年的放假安排还没录全" in admin.get("/rules").text
    entered = {"day": "2027-10-01", "last": "2027-10-03", "name": "国庆节"}
    assert admin.post("/rules/days", data=entered).status_code == 303
    assert [each.day.day for each in rows(store, select(CalendarDay).order_by(CalendarDay.day))] == [1, 2, 3]
    assert admin.post("/rules/years/2027", data={"is_known": "1"}).status_code == 422
    assert admin.post("/rules/years/2027", data={"is_known": "1", "source": "国办发明电〔2026〕7号"}).status_code == 303
    assert [each.year for each in rows(store, select(CalendarYear))] == [2027]
    assert admin.post("/rules/days/2027-10-02/remove").status_code == 303
    assert len(rows(store, select(CalendarDay))) == 2
    assert admin.post("/rules/days/2027-10-02/remove").status_code == 404
    assert admin.post("/rules/days/x/remove").status_code == 404


def test_days_without_a_name_are_refused_and_kept_on_the_page(admin):
    answer = admin.post("/rules/days", data={"day": "2027-10-01", "last": "2027-09-01", "name": "国庆"})
    assert answer.status_code == 422
    assert 'value="2027-09-01"' in answer.text


# ---- the record


def test_the_record_filters_stay_in_the_address_and_looking_is_written_down(auditor, store, client_as):
    worker = client_as(Role.GRID_WORKER, login="worker")
    page = auditor.get("/audit?act=session")
    assert "登录" in page.text
    assert "worker" in page.text
    assert auditor.get("/audit?login=worker").status_code == 200
    assert auditor.get("/audit?login=nobody").status_code == 422
    assert auditor.get("/audit?first=gestern").status_code == 422
    looked = rows(store, select(HistoryEntry).where(HistoryEntry.act == "audit.read"))
    assert [entry.details for entry in looked] == [{"act": "session"}, {"login": "worker"}]
    assert worker.get("/audit").status_code == 403


def test_the_record_is_verified_and_a_kept_line_compared(auditor, store, clock):
    page = auditor.post("/audit/verify")
    line = re.search(r'anchor-line">([^<]+)<', page.text).group(1)
    clock.pass_minutes(1)
    assert "记录完整" in auditor.post("/audit/verify", data={"anchor": line}).text
    false_line = line[:-1] + ("0" if line[-1] != "0" else "1")
    assert "记录对不上" in auditor.post("/audit/verify", data={"anchor": false_line}).text
    answer = auditor.post("/audit/verify", data={"anchor": "nonsense"})
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.text
    assert len(rows(store, select(HistoryEntry).where(HistoryEntry.act == "audit.verify"))) == 3


