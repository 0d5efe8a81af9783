"""Problems as pages and as JSON, faults nobody foresaw, the database's refusals, and forms read whole."""

from __future__ import annotations

import json
import logging
import sqlite3
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from gridmediate.domain import problems
from gridmediate.domain.problems import ChangedMeanwhile, Faults, FieldMissing, Kind, NotFound, Problem
from gridmediate.domain.vocabulary import Flag, Label, Role, Source
from gridmediate.services.accounts import LoginTaken
from gridmediate.store.models import Account, Area
from gridmediate.web import context, errors
from gridmediate.web.context import AlreadyThere, RecordsBusy, RecordsFull
from gridmediate.web.forms import Form, clean
from gridmediate.web.rooms import Rooms

NAME = Label("姓名", "Name")


@pytest.fixture
def raising(app):
    """Return a browser for an address that raises what it is told to."""
    room, told = Rooms("trouble", __name__), {}

    @room.public("/trouble", methods=["GET"])
    def trouble():
        raise told["what"]

    app.register_blueprint(room)
    app.config["ANSWER_FAULTS"] = True
    client = app.test_client()

    def ask(what, **headers):
        told["what"] = what
        return client.get("/trouble", headers={name.replace("_", "-"): value for name, value in headers.items()})

    return ask


def test_every_kind_has_a_status_and_no_two_share_one():
    assert set(errors.STATUS) == set(Kind) and len(set(errors.STATUS.values())) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_problem_reads_the_same_on_a_page_and_in_json(raising, kind):
    words = Label("做不成，请<b>再试</b>。", "No; try again.")
    made = type("Made", (Problem,), {"code": "made.up", "kind": kind, "sentence": words})
    page, script = raising(made()), raising(made(field="name"), Accept="application/json")
    assert page.status_code == script.status_code == errors.STATUS[kind]
    assert "做不成，请&lt;b&gt;再试&lt;/b&gt;。" in page.text
    assert script.get_json() == {"code": "made.up", "sentence": "做不成，请<b>再试</b>。", "field": "name"}
    assert raising(made(), HX_Request="true").is_json


def test_several_faults_are_all_told(raising):
    both = Faults([FieldMissing(field="a", name=Label("甲", "A")), FieldMissing(field="b", name=Label("乙", "B"))])
    page, script = raising(both), raising(both, Accept="application/json")
    assert "“甲”" in page.text and "“乙”" in page.text
    assert [each["field"] for each in script.get_json()["problems"]] == ["a", "b"]


def test_the_language_of_the_reader_is_spoken(app, raising):
    answer = app.test_client().get("/nowhere?lang=en", headers={"Accept": "application/json"})
    assert answer.get_json()["sentence"] == NotFound().say("en")


def test_a_fault_nobody_foresaw_shows_a_number_and_logs_neither_message_nor_values(raising, caplog):
    with caplog.at_level(logging.INFO, logger="gridmediate"):
        answer = raising(ValueError("王小明 13800001111"))
    assert answer.status_code == 500 and answer.headers["X-Request-ID"] in answer.text
    assert "小明" not in answer.text and "Traceback" not in answer.text and "ValueError" not in answer.text
    faults = [json.loads(each.getMessage()) for each in caplog.records if each.name == "gridmediate.errors"]
    assert faults[0]["fault"] == "ValueError" and faults[0]["id"] == answer.headers["X-Request-ID"]
    assert any("trouble" in each for each in faults[0]["where"])
    assert "小明" not in caplog.text and "13800001111" not in caplog.text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 429, 500, 503])
def test_the_web_servers_own_refusals_are_in_the_houses_words(raising, status):
    from werkzeug.exceptions import default_exceptions

    answer = raising(default_exceptions[status](), Accept="application/json")
    assert answer.status_code == status and set(answer.get_json()) == {"code", "sentence", "field"}


def broken(original):
    return IntegrityError("insert …", {}, original)


def stuck(code):
    error = sqlite3.OperationalError("in whatever words")
    error.sqlite_errorcode = code
    return OperationalError("select …", {}, error)


@pytest.mark.parametrize(("refusal", "problem"), [
    (stuck(sqlite3.SQLITE_BUSY), RecordsBusy), (stuck(sqlite3.SQLITE_LOCKED), RecordsBusy),
    (stuck(sqlite3.SQLITE_BUSY | 5 << 8), RecordsBusy), (stuck(sqlite3.SQLITE_FULL), RecordsFull),
    (stuck(sqlite3.SQLITE_IOERR), RecordsBusy), (PoolTimeout(), RecordsBusy), (StaleDataError(), ChangedMeanwhile),
    (OperationalError("select …", {}, Exception("no server")), RecordsBusy),
])
def test_the_databases_refusals_become_problems(app, refusal, problem):
    with app.test_request_context(), pytest.raises(problem), context.reading():
        raise refusal


@pytest.mark.parametrize(("state", "problem"), [
    ("08006", RecordsBusy), ("57P01", RecordsBusy), ("57014", RecordsBusy), ("55P03", RecordsBusy), ("40P01", RecordsBusy),
    ("53300", RecordsBusy), ("53100", RecordsFull), ("42P01", None),
])
def test_postgresqls_states_are_read_and_never_its_words(state, problem):
    original = type("Original", (Exception,), {"sqlstate": state})()
    meant = context.meaning_of(OperationalError("select …", {}, original))
    assert (type(meant) if meant else None) is problem


def test_busy_and_full_are_answered_with_when_to_come_back(raising):
    for problem, status in ((RecordsBusy(), 503), (RecordsFull(), 507)):
        answer = raising(problem)
        assert answer.status_code == status and answer.headers["Retry-After"] == "5"


def test_a_taken_login_is_told_by_its_constraint(app, store):
    def account():
        return Account(login="twice", name="甲", name_en="A", created_at=datetime.now(UTC))

    with app.test_request_context(), pytest.raises(LoginTaken), context.writing() as session:
        session.add_all([account(), account()])
        session.flush()


def test_a_doubled_key_is_a_conflict_and_a_broken_check_is_our_own_fault(app, store):
    with app.test_request_context(), pytest.raises(AlreadyThere), context.writing() as session:
        session.add(Area(code="990101", level="county", name="又", name_en="Again"))
        session.flush()
    check = broken(sqlite3.IntegrityError("CHECK constraint failed: ck_cases_point_whole"))
    assert context.broken_constraint(check) == "ck_cases_point_whole" and context.meaning_of(check) is None


def test_a_failed_write_leaves_nothing(app, store):
    with app.test_request_context(), pytest.raises(problems.NotPermitted), context.writing() as session:
        session.add(Area(code="1", level="county", name="半", name_en="Half"))
        session.flush()
        raise problems.NotPermitted
    with store.reading() as session:
        assert session.get(Area, "1") is None


def form(**fields):
    return Form(MultiDict(fields))


def test_a_form_tells_all_its_faults_at_once_and_keeps_what_was_typed():
    read = form(name="  ", long="x" * 11, kind="nonsense", lon="181", day="2026-02-30", id="no", password="p", csrf_token="t")
    read.text("name", NAME)
    read.text("long", NAME, limit=10)
    read.word("kind", NAME, Source, otherwise=Source.WORKER)
    read.number("lon", NAME, least=-180, most=180)
    read.day("day", NAME)
    read.key("id", NAME)
    with pytest.raises(Faults) as caught:
        read.done()
    assert [each.field for each in caught.value.problems] == ["name", "long", "kind", "lon", "day", "id"]
    assert read.typed["day"] == "2026-02-30" and "password" not in read.typed and "csrf_token" not in read.typed


def test_one_fault_is_told_as_itself():
    read = form(name="")
    read.text("name", NAME)
    with pytest.raises(FieldMissing):
        read.done()


def test_a_form_gives_typed_values():
    read = Form(MultiDict([("name", " 王  小明\r\n"), ("flags", "minor"), ("flags", "threat"), ("flags", "minor"), ("n", "１２"),
                           ("day", "2026-11-23"), ("at", "2026-11-23T09:40"), ("tick", "on"), ("lon", "120.1")]))
    assert read.text("name", NAME) == "王  小明"
    assert read.words("flags", NAME, Flag) == (Flag.THREAT, Flag.MINOR)
    assert read.whole("n", NAME, least=0, most=99) == 12
    assert read.day("day", NAME) == date(2026, 11, 23)
    assert read.moment("at", NAME) == datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
    assert read.tick("tick") and not read.tick("other") and read.number("lon", NAME, least=-180, most=180) == 120.1
    read.done()


@pytest.mark.parametrize("given", ["nan", "inf", "-inf", "1e999", "0x10", "1,5", "一"])
def test_what_is_no_number_is_refused(given):
    read = form(n=given)
    assert read.number("n", NAME, least=-1e6, most=1e6) is None and len(read.problems) == 1


@pytest.mark.parametrize(("typed", "kept"), [
    ("a\x00b\x1bc", "abc"), ("cafe\u0301", "caf\u00e9"), ("a\r\nb\rc", "a\nb\nc"), ("\u202eabc\u202c", "abc"), ("  x\t", "x"),
    ("\ud800x", "x"),
])
def test_a_text_is_kept_in_one_spelling(typed, kept):
    assert clean(typed) == kept


def test_a_refused_form_names_its_faults_to_a_script(client_as):
    client = client_as(Role.CADRE)
    answer = client.post("/account/password", data={}, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert {each["field"] for each in answer.get_json()["problems"]} == {"present_password", "new_password"}
