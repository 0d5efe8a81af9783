"""The bell, the inbox, the settings and the administrator's page: who sees what, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from gridmediate.domain.notices import Channel, DeliveryState, Failure
from gridmediate.domain.vocabulary import Role
from gridmediate.store.models import Account, Case, HistoryEntry, Notice, NoticeDelivery, NoticePreference
from gridmediate.store.notices import MOST_COUNTED
from gridmediate.web.rooms import Application
from tests.store.rows import a_case
from tests.web.conftest import NOW

ClientAs = Callable[..., Any]


def tell(app: Application, client: Any, count: int = 1, **given: Any) -> list[Notice]:
    """Queue notices for somebody, each of a case of its own."""
    with app.store.writing() as session:
        rows = []
        for number in range(count):
            case = a_case(session, next_step={"code": "next.decide", "values": {}})
            rows.append(Notice(account_id=client.account.id, case_id=case.id, case_no=case.case_no, act="case.accept",
                               created_at=NOW - timedelta(minutes=number), **given))
        session.add_all(rows)
    return rows


def bell(client: Any, path: str = "/account/sign-ins") -> str:
    """Return what the bell says."""
    return re.findall(r'class="btn btn-icon bell".*?aria-label="([^"]*)"', client.get(path).text)[0]


@pytest.mark.parametrize("role", Role)
def test_everybody_has_an_inbox_and_settings(client_as: ClientAs, role: Role) -> None:
    client = client_as(role)
    assert "还没有通知" in client.get("/notices").text
    assert "通知只进收件箱" in client.get("/account/notices").text
    assert client.get("/deliveries").status_code == (200 if role is Role.ADMINISTRATOR else 403)
    for path in ("/deliveries/again", f"/deliveries/{uuid4()}/again", "/deliveries/trial/email"):
        assert (client.post(path).status_code == 403) is (role is not Role.ADMINISTRATOR)


def test_a_stranger_is_sent_to_sign_in(client: Any) -> None:
    assert "/sign-in" in client.get("/notices").headers["Location"]


def test_the_bell_counts_what_is_unread_and_says_so_aloud(app: Application, client_as: ClientAs) -> None:
    client, other = client_as(Role.CADRE), client_as(Role.CADRE)
    assert bell(client) == "通知"
    rows = tell(app, client, 3)
    assert bell(client) == "通知，3 条未读"
    assert bell(other) == "通知"
    assert client.post(f"/notices/{rows[0].id}/read").status_code == 303
    assert bell(client) == "通知，2 条未读"
    assert other.post(f"/notices/{rows[1].id}/read").status_code == 303  # is not there for others
    assert bell(client) == "通知，2 条未读"
    client.post("/notices/read")
    assert bell(client, "/notices") == "通知"


def test_a_bell_that_says_many_says_no_more(app: Application, client_as: ClientAs) -> None:
    client = client_as(Role.CADRE)
    tell(app, client, MOST_COUNTED + 5)
    assert bell(client) == f"通知，{MOST_COUNTED - 1}+ 条未读"


def test_opening_a_case_reads_its_notices(app: Application, client_as: ClientAs) -> None:
    client = client_as(Role.GRID_WORKER)
    first, second = tell(app, client, 2)
    with app.store.writing() as session:
        session.get_one(Case, first.case_id).filed_by = client.account.id
    assert bell(client, f"/cases/{first.case_no}") == "通知，1 条未读"
    page = client.get("/notices").text
    assert page.count("notice--unread") == 1
    assert page.index(first.case_no) < page.index(second.case_no), "the newest first"


def test_the_inbox_pages_by_key(app: Application, client_as: ClientAs) -> None:
    client = client_as(Role.CADRE)
    rows = tell(app, client, 120)
    path, found = "/notices", []
    while path:
        page = client.get(path).text
        found += re.findall(r'case-no">([^<]+)<', page)
        following = re.findall(r'rel="next" href="([^"]+)"', page)
        path = following[0].replace("&amp;", "&") if following else ""
    assert found == [row.case_no for row in rows]
    assert client.get("/notices?after=%00x").status_code in (200, 400)


@contextmanager
def statements(app: Application) -> Iterator[list[str]]:
    sent: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    event.listen(app.store.engine, "before_cursor_execute", hear)
    yield sent
    event.remove(app.store.engine, "before_cursor_execute", hear)


def test_the_bell_costs_no_statement_and_the_inbox_one(app: Application, client_as: ClientAs) -> None:
    client = client_as(Role.CADRE)
    tell(app, client, 60)
    counts = {}
    for path in ("/account/sign-ins", "/notices", "/cases"):
        client.get(path)
        with statements(app) as sent:
            client.get(path)
        counts[path] = len(sent)
    assert counts["/account/sign-ins"] == 4  # the sign-in, the posts of the day, the page's own two
    assert counts["/notices"] == 3
    assert counts["/cases"] <= 6


@pytest.fixture
def open_channels(app: Application) -> None:
    """Let the office offer mail and text messages."""
    app.settings = replace(app.settings, public_address="https://gm.example.cn", smtp_host="127.0.0.1", smtp_port=9,
                           smtp_from="gm@gm.example.cn", sms_file=app.settings.instance_folder / "sms.jsonl")


WISHES = {"channels": "email", "email": "lin@office.example.cn", "is_digest": "1", "quiet_from": "22:00", "quiet_to": "06:15"}


@pytest.mark.usefixtures("open_channels")
def test_what_one_wants_is_kept_and_the_address_sealed(app: Application, client_as: ClientAs) -> None:
    client = client_as(Role.CADRE)
    assert client.post("/account/notices", data=WISHES).status_code == 303
    page = client.get("/account/notices").text
    assert 'value="lin@office.example.cn"' in page
    assert 'value="22:00"' in page
    with app.store.reading() as session:
        row = session.scalars(select(NoticePreference)).one()
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "account.set_notices")).one()
    assert (row.channels, row.is_digest, row.quiet_to.isoformat("minutes")) == ([Channel.EMAIL], True, "06:15")
    assert b"lin@" not in (row.email_sealed or b"")
    assert entry.details == {"channels": ["email"]}


@pytest.mark.usefixtures("open_channels")
@pytest.mark.parametrize("fault", [
    {"email": ""}, {"email": "lin"}, {"email": "a@b"}, {"email": "a b@c.cn"}, {"email": "a@b.cn,c@d.cn"},
    {"email": "x" * 260 + "@b.cn"}, {"quiet_from": "25:00"}, {"quiet_to": "soon"}, {"channels": "pigeon"},
])
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(app: Application, client_as: ClientAs, fault: dict) -> None:
    client = client_as(Role.CADRE)
    answer = client.post("/account/notices", data=WISHES | fault)
    assert answer.status_code == 422
    assert 'value="06:15"' in answer.text or "quiet_to" in fault
    with app.store.reading() as session:
        assert not session.scalars(select(NoticePreference)).all()


def test_what_was_not_sent_is_shown_with_its_reason_and_tried_again(app: Application, client_as: ClientAs) -> None:
    admin, worker = client_as(Role.ADMINISTRATOR), client_as(Role.GRID_WORKER)
    rows = tell(app, worker, 2)
    with app.store.writing() as session:
        session.add_all(NoticeDelivery(notice_id=row.id, channel=Channel.EMAIL, state=DeliveryState.GAVE_UP, attempts=6,
                                       next_try_at=NOW, last_error=Failure.ADDRESS_REFUSED) for row in rows)
    page = admin.get("/deliveries").text
    assert "对方服务器不收这个地址" in page
    assert rows[0].case_no not in page
    assert admin.post(f"/deliveries/{_deliveries(app)[0].id}/again").status_code == 303
    assert sorted(row.state for row in _deliveries(app)) == [DeliveryState.GAVE_UP, DeliveryState.WAITING]
    admin.post("/deliveries/again")
    assert {row.state for row in _deliveries(app)} == {DeliveryState.WAITING}
    assert admin.post(f"/deliveries/{uuid4()}/again").status_code == 404
    with app.store.reading() as session:
        noted = session.scalars(select(HistoryEntry).where(HistoryEntry.act == "notice.try_again")).all()
    assert [entry.details for entry in noted] == [{"count": 1}, {"count": 2}]


def _deliveries(app: Application) -> list[NoticeDelivery]:
    with app.store.reading() as session:
        return list(session.scalars(select(NoticeDelivery).order_by(NoticeDelivery.id)))


@pytest.mark.usefixtures("open_channels")
def test_a_trial_goes_to_the_administrator_and_says_how_it_went(app: Application, client_as: ClientAs) -> None:
    admin = client_as(Role.ADMINISTRATOR)
    with app.store.writing() as session:
        session.get_one(Account, admin.account.id).phone = "13800000001"
    admin.post("/deliveries/trial/sms")
    assert "试发成功" in admin.get("/deliveries").text
    assert "13800000001" in (app.settings.instance_folder / "sms.jsonl").read_text()
    admin.post("/account/notices", data=WISHES)
    admin.post("/deliveries/trial/email")  # nobody listens there
    assert "没有发出：连不上" in admin.get("/deliveries").text
    admin.post("/deliveries/trial/webhook/housing")
    assert "没有发出：这个渠道没有启用" in admin.get("/deliveries").text
    assert admin.post("/deliveries/trial/pigeon").status_code == 404


def test_a_file_of_robots_that_cannot_be_read_is_said_on_the_page(app: Application, client_as: ClientAs, tmp_path: Any) -> None:
    (tmp_path / "robots.toml").write_text("[")
    app.settings = replace(app.settings, public_address="https://gm.example.cn", webhook_file=tmp_path / "robots.toml")
    assert "群机器人名单" in client_as(Role.ADMINISTRATOR).get("/deliveries").text
