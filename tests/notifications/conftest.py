"""A street whose people want to be told, and the other side of the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gridmediate.domain.notices import Channel
from gridmediate.services.inbox import NoticeWishes, set_wishes
from gridmediate.settings import Settings
from tests.notifications.sinks import MailSink, WebSink, listening
from tests.rig.world import World, _postgres_street, postgres_street_url, sqlite_street_url, street_file, street_url, world

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]


@pytest.fixture
def mail() -> Iterator[MailSink]:
    """A mail server."""
    with listening(MailSink()) as sink:
        yield sink


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebSink]:
    """A web server of group robots."""
    with listening(WebSink(tmp_path)) as sink:
        yield sink


@pytest.fixture
def office(tmp_path: Path, mail: MailSink) -> Callable[..., Settings]:
    """Return settings with mail to the sink and text messages to a file."""
    def make(**given: Any) -> Settings:
        named = {
            "instance_folder": tmp_path, "public_address": "https://gm.example.cn/", "smtp_host": "127.0.0.1",
            "smtp_port": mail.port, "smtp_tls": "none", "smtp_from": "gm@gm.example.cn", "sms_file": tmp_path / "sms.jsonl",
        }
        return Settings(**named | given)

    return make


def wants(world: World, who: str, *channels: Channel, **given: Any) -> None:
    """Let somebody want to be told; by mail unless said otherwise, at any hour."""
    named = {"email": f"{who}@office.example.cn", "quiet_from": NoticeWishes().quiet_to}
    world.do(lambda session, actor, now: set_wishes(
        session, NoticeWishes(channels or (Channel.EMAIL,), **named | given), actor, now), by=who)
