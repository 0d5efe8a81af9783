"""``gridmediate notify`` is killed (SIGKILL) at each step between taking a message and keeping its result.

Nothing is lost. What was not on the wire goes out once; what was, goes out again under the same number, and nothing else does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gridmediate.domain.notices import DeliveryState
from gridmediate.domain.workflow import Act
from gridmediate.notifications.dispatch import LEASE
from gridmediate.settings import Settings
from gridmediate.store.models import Notice, NoticeDelivery
from tests.notifications.conftest import wants
from tests.notifications.sinks import MailSink, WebSink
from tests.rig.world import KEYRING, World

#: Sends at a moment, and is killed at the second call of the function named: before it, or after.
_PROGRAM = """
import os, signal, sys
from datetime import datetime
from gridmediate.cli.command import home_in_use, settings_in_use
from gridmediate.notifications import dispatch

name, when, at = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
if name:
    step, calls = getattr(dispatch, name), []
    def killed(*given):
        calls.append(given)
        if len(calls) == 2 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = step(*given)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    setattr(dispatch, name, killed)
settings = settings_in_use()
with home_in_use(settings) as store:
    dispatch.send_due(store, settings, at, seconds=lambda: 0)
"""
#: Step → how many messages are on the wire twice after all.
STEPS = {
    ("_take", "before"): 0, ("_take", "after"): 0, ("_send", "before"): 0, ("_send", "after"): 1, ("_keep", "before"): 1,
    ("_keep", "after"): 0,
}


def run(world: World, settings: Settings, name: str = "", when: str = "") -> int:
    """Send what is due in a process of its own; return how it ended."""
    folder = settings.instance_folder
    keys = {"current": KEYRING.current, "keys": {str(number): key.hex() for number, key in KEYRING.keys.items()}}
    (folder / "keyring.json").write_text(json.dumps(keys))
    given = {each.variable: each.value for each in settings.describe() if each.value}
    given["GRIDMEDIATE_DATABASE_URL"] = world.store.url.render_as_string(hide_password=False)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMEDIATE_")} | given
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, name, when, world.now.isoformat()], env=environment, timeout=60, check=False).returncode


@pytest.mark.slow
@pytest.mark.parametrize(("name", "when"), STEPS)
def test_killed_at_any_step_it_loses_nothing_and_doubles_only_what_was_on_the_wire(
    world: World, office: Callable[..., Settings], mail: MailSink, web: WebSink, tmp_path: Path, name: str, when: str,
) -> None:
    wants(world, "worker")
    numbers = {world.file().case_no for _ in range(3)}
    for case_no in numbers:
        world.act(case_no, Act.ACCEPT)
    departments = {task.department_code for case_no in numbers for task in world.tasks(case_no)}
    robots = tmp_path / "robots.toml"
    robots.write_text("".join(f'[{each}]\nshape = "json"\naddress = "{web.address}"\n' for each in departments))
    settings = office(webhook_file=robots, webhook_hosts=("localhost",), trusted_certificates=web.certificate)

    assert run(world, settings, name, when) == -signal.SIGKILL
    assert run(world, settings) == 0
    world.now += LEASE + timedelta(seconds=1)
    assert run(world, settings) == 0

    with world.store.reading() as session:
        kept = session.scalars(select(NoticeDelivery)).all()
        assert not session.scalars(select(Notice.id).where(Notice.planned_at.is_(None))).all()
    assert {row.state for row in kept} == {DeliveryState.SENT}
    on_the_wire = Counter([letter["Message-ID"].strip("<>").split("@")[0] for letter in mail.letters]
                          + [headers["Idempotency-Key"] for _, headers, _ in web.posts])
    assert set(on_the_wire) == {str(row.message_key) for row in kept}, "lost, or another number"
    assert sum(on_the_wire.values()) - len(kept) == STEPS[name, when]
    assert {letter["Subject"].split("：")[0] for letter in mail.letters} == numbers
