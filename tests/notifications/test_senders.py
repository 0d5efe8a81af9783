"""The wire itself: signatures, shapes, encryption, and what each refusal of the other side means."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from gridmediate.domain.notices import Channel, DeliveryState, Failure, NoticeItem
from gridmediate.domain.workflow import Act
from gridmediate.notifications.dispatch import send_due
from gridmediate.notifications.mail import Mailer
from gridmediate.notifications.messages import Message, NotSent
from gridmediate.notifications.outlets import outlets_of
from gridmediate.notifications.webhooks import Poster, Target, TargetsUnreadable, read_targets
from gridmediate.settings import Settings
from gridmediate.store.models import Account, NoticeDelivery
from tests.notifications.conftest import wants
from tests.notifications.sinks import WebSink, read
from tests.rig.world import World

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
ITEM = NoticeItem("LX-2026-0412", "case.accept", "https://gm.example.cn/cases/LX-2026-0412")
MESSAGE = Message(uuid.UUID(int=7), (ITEM,), "zh")
Office = Callable[..., Settings]


def post(web: WebSink, **given: Any) -> tuple[str, dict[str, str], bytes]:
    """Post the message; return what came."""
    settings = Settings(webhook_hosts=("localhost",), trusted_certificates=web.certificate)
    named = {"place": "housing", "shape": "json", "address": web.address, "secret": "s3cret"}
    Poster(settings).send(Target(**named | given), MESSAGE, NOW)
    return web.posts[-1]


def failure(web: WebSink, **given: Any) -> Failure:
    with pytest.raises(NotSent) as refusal:
        post(web, **given)
    return refusal.value.failure


def test_a_plain_webhook_is_signed_over_its_time_and_body(web: WebSink) -> None:
    _, headers, body = post(web)
    expected = hmac.new(b"s3cret", headers["X-Gridmediate-Timestamp"].encode() + b"." + body, sha256).hexdigest()
    assert headers["X-Gridmediate-Signature"] == f"sha256={expected}"
    assert int(headers["X-Gridmediate-Timestamp"]) == int(NOW.timestamp())
    assert headers["Idempotency-Key"] == read(body)["key"] == str(MESSAGE.key)
    assert read(body)["items"] == [{"case_no": "LX-2026-0412", "act": "case.accept", "label": "LX-2026-0412：受理。",
                                    "link": "https://gm.example.cn/cases/LX-2026-0412"}]


@pytest.mark.parametrize("shape", ["wecom", "dingtalk"])
def test_group_robots_get_a_text(web: WebSink, shape: str) -> None:
    _, _, body = post(web, shape=shape)
    assert read(body) == {"msgtype": "text", "text": {"content": MESSAGE.body}}


@pytest.mark.parametrize("query", ["", "?access_token=t"])
def test_dingtalk_is_signed_in_its_address(web: WebSink, query: str) -> None:
    path, _, _ = post(web, shape="dingtalk", address=web.address + query)
    asked = parse_qs(urlsplit(path).query)
    stamp = asked["timestamp"][0]
    assert stamp == str(int(NOW.timestamp() * 1000))
    signed = hmac.new(b"s3cret", f"{stamp}\ns3cret".encode(), sha256).digest()
    assert asked["sign"] == [base64.b64encode(signed).decode()]
    assert ("access_token" in asked) is bool(query)


@pytest.mark.parametrize(("status", "means"), [
    (301, Failure.REDIRECTED), (302, Failure.REDIRECTED), (307, Failure.REDIRECTED), (401, Failure.SIGN_IN_REFUSED),
    (429, Failure.TOO_MANY), (404, Failure.REFUSED), (500, Failure.REFUSED),
])
def test_what_a_status_means(web: WebSink, status: int, means: Failure) -> None:
    web.answer = (status, {"Location": web.address}, b"")
    assert failure(web) is means
    assert len(web.posts) == 1, "a redirect was followed"


@pytest.mark.parametrize(("said", "means"), [
    (b'{"errcode": 310000}', Failure.SIGN_IN_REFUSED), (b'{"errcode": 45009}', Failure.TOO_MANY), (b"{}", Failure.REFUSED),
    (b'{"errcode": 1}', Failure.REFUSED), (b"<html>", Failure.REFUSED),
])
def test_what_a_robots_answer_means(web: WebSink, said: bytes, means: Failure) -> None:
    web.answer = (200, {}, said)
    assert failure(web, shape="wecom") is means
    post(web)  # of a plain webhook the status alone counts


def test_only_listed_hosts_and_https_are_called(web: WebSink) -> None:
    assert failure(web, address=web.address.replace("localhost", "127.0.0.1")) is Failure.HOST_NOT_LISTED
    assert failure(web, address=web.address.replace("https", "http")) is Failure.NOT_HTTPS
    assert failure(web, address="file:///etc/passwd") is Failure.NOT_HTTPS
    assert failure(web, address=web.address.replace("localhost", "localhost@other.example")) is Failure.HOST_NOT_LISTED
    assert not web.posts


def test_a_certificate_nobody_trusts_is_refused(web: WebSink) -> None:
    poster = Poster(Settings(webhook_hosts=("localhost",)))
    with pytest.raises(NotSent) as refusal:
        poster.send(Target("housing", "json", web.address), MESSAGE, NOW)
    assert refusal.value.failure is Failure.NO_TRUST
    assert not web.posts


def test_mail_that_cannot_be_encrypted_is_not_sent(office: Office) -> None:
    with pytest.raises(NotSent) as refusal:
        Mailer(office(smtp_tls="starttls")).send("a@office.example.cn", MESSAGE)
    assert refusal.value.failure in (Failure.NO_TRUST, Failure.UNREACHABLE)


def test_an_address_cannot_add_a_header(office: Office) -> None:
    with pytest.raises(NotSent) as refusal:
        Mailer(office()).send("a@b.cn\nBcc: c@d.cn", MESSAGE)
    assert refusal.value.failure is Failure.ADDRESS_REFUSED


def test_text_messages_are_written_for_their_owner_only(world: World, office: Office, tmp_path: Path) -> None:
    wants(world, "worker", Channel.SMS, email="")
    case_no = world.file().case_no
    world.act(case_no, Act.ACCEPT)
    with world.store.writing() as session:
        session.get_one(Account, world.people["worker"].account_id).phone = "13800000000"
    assert send_due(world.store, office(), world.now).sent == 1
    written = tmp_path / "sms.jsonl"
    assert [json.loads(line)["to"] for line in written.read_text().splitlines()] == ["13800000000"]
    assert written.stat().st_mode & 0o077 == 0


def test_who_left_no_number_is_shown_as_such(world: World, office: Office) -> None:
    wants(world, "worker", Channel.SMS)
    with world.store.writing() as session:
        session.get_one(Account, world.people["worker"].account_id).phone = None
    world.act(world.file().case_no, Act.ACCEPT)
    assert send_due(world.store, office(), world.now).gave_up == 1
    with world.store.reading() as session:
        assert session.scalars(select(NoticeDelivery.last_error)).all() == [Failure.NO_ADDRESS]


def test_a_departments_group_hears_of_its_tasks(world: World, office: Office, web: WebSink, tmp_path: Path) -> None:
    case_no = world.file().case_no
    world.act(case_no, Act.ACCEPT)
    department = world.tasks(case_no)[0].department_code
    named = tmp_path / "robots.toml"
    named.write_text(f'[{department}]\nshape = "wecom"\naddress = "{web.address}"\n', encoding="utf-8")
    settings = office(webhook_file=named, webhook_hosts=("localhost",), trusted_certificates=web.certificate)
    assert send_due(world.store, settings, world.now).sent == 1
    assert case_no in read(web.posts[0][2])["text"]["content"]
    with world.store.reading() as session:
        assert session.scalars(select(NoticeDelivery.state)).all() == [DeliveryState.SENT]


@pytest.mark.parametrize("written", [
    "[", '[housing]\nshape = "smoke"\naddress = "x"\n', '[housing]\ncolour = "red"\n', "housing = 1\n",
])
def test_a_file_of_robots_that_cannot_be_read_is_refused_in_words(tmp_path: Path, written: str) -> None:
    named = tmp_path / "robots.toml"
    named.write_text(written, encoding="utf-8")
    with pytest.raises(TargetsUnreadable):
        read_targets(named)


def test_nothing_is_open_unless_it_is_set(tmp_path: Path) -> None:
    outlets = outlets_of(Settings(instance_folder=tmp_path))
    assert not any(outlets.is_open(each) for each in Channel)
    with pytest.raises(NotSent) as refusal:
        outlets.send(Channel.EMAIL, "a@b.cn", MESSAGE, NOW)
    assert refusal.value.failure is Failure.CHANNEL_OFF
