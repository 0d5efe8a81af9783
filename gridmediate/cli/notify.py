"""``gridmediate notify``: send the notices that are due, once."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from gridmediate.cli.command import DONE, Command, home_in_use, language_in_use, settings_in_use
from gridmediate.domain.vocabulary import Label
from gridmediate.notifications.dispatch import send_due

_DONE = Label(
    "新排 {planned} 条；发出 {sent} 条，稍后再试 {failed} 条，发不出去 {gave_up} 条，不用发了 {dropped} 条。",
    "Notices planned: {planned}; sent: {sent}, to be tried again: {failed}, given up: {gave_up}, no longer wanted: {dropped}.",
)


def _notify(_options: Namespace) -> int:
    settings = settings_in_use()
    with home_in_use(settings) as store:
        report = send_due(store, settings, datetime.now(UTC))
    counts = {name: getattr(report, name) for name in report.__slots__}
    print(_DONE.say(language_in_use()).format(**counts))
    return DONE


COMMANDS = {"notify": Command(_notify)}
